"""How the files are written: text, tables of text, and the study.toml beside each export."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from making.programme import ANSWERS, SURVEYED


def csv_text(
    rows: Iterable[Sequence[Any]], *, separator: str = ",", end: str = "\n", quote_all: bool = False
) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end,
               quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL).writerows(rows)
    return text.getvalue()


def lines_of(frame: pd.DataFrame) -> list[list[str]]:
    return [list(frame.columns), *frame.astype(str).to_numpy().tolist()]


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def study_toml(
    exported: str, rest: str, *, waves: Sequence[str] = SURVEYED, outcome: str = "teq.total",
) -> str:
    named = ", ".join(f'"{wave}"' for wave in waves)
    return f"""# SYNTHETIC: written by make_messy.py; nobody answered. The truth is in truth.json.

[study]
title = "Balint groups for residents, {exported} (synthetic example)"
design = "single_group"
waves = [{named}]
primary_outcome = "{outcome}"
primary_wave = "month6"
synthetic = true

{rest.strip()}
"""


def toml_map(pairs: Mapping[Any, Any]) -> str:
    inside = ", ".join(f"{json.dumps(str(key))} = {json.dumps(value)}"
                       for key, value in pairs.items())
    return f"{{{inside}}}"


def label_table(instrument: str) -> str:
    """The map from the texts of an instrument to its codes, one a line."""
    lines = [f"{json.dumps(label)} = {code}" for code, label in ANSWERS[instrument].items()]
    return "\n".join([f"[instruments.{instrument}.labels]", *lines])
