"""Earlier reports of the same study: what they told, so that two cannot be subtracted."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from balint_research.errors import PrivacyError
from balint_research.files import MANIFEST, sha256
from balint_research.reporting.cells.gate import CELLS, Gate, others_of_same_number


def read_earlier(folders: Sequence[str | Path], title: str) -> tuple[dict[str, pd.DataFrame], ...]:
    """The tables of earlier results folders of ours, by name; every fault at once.

    Parameters
    ----------
    folders : folders that `write_results` wrote for this study.
    title : of the study; the folder must be of the same.

    Raises
    ------
    PrivacyError : a folder is none of ours, belongs to another study, or was changed since.
    """
    faults = [fault for folder in folders for fault in _faults(Path(folder), title)]
    if faults:
        raise PrivacyError("Earlier reports could not be compared:\n" + "\n".join(
            f"  {number}. {fault}" for number, fault in enumerate(faults, 1)))
    return tuple({path.stem: _table(path) for path in sorted((Path(folder) / "tables").glob(
        "*.csv"))} for folder in folders)


def changed(gate: Gate, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The tables in which a cell of as many people as before has other numbers now."""
    return [name for name, frame in tables.items() if name in CELLS and not frame.empty
            and any(others_of_same_number(earlier[name], frame, name).any()
                    for earlier in gate.earlier if name in earlier)]


def _table(path: Path) -> pd.DataFrame:
    """A table as text in the columns that name a cell, as numbers in all others."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    key = CELLS.get(path.stem, ((), ()))[0]
    for column in frame.columns.difference(list(key)):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        if numbers.notna().any():
            frame[column] = numbers
    return frame


def _faults(folder: Path, title: str) -> list[str]:
    """Why a folder cannot be compared, in words."""
    none_of_ours = (f"'{folder.name}' is no results folder of ours. Name a folder that "
                    "`balint report` or `write_results` wrote.")
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files, study = dict(told["results"]), told["study"]["title"]
    except (OSError, ValueError, KeyError, TypeError):
        return [none_of_ours]
    tables = {name: value for name, value in files.items() if name.startswith("tables/")}
    if not tables or told.get("kind", "results") != "results":
        return [none_of_ours]
    if study != title:
        return [f"'{folder.name}' is of another study (its title differs). Name an earlier report "
                "of this one."]
    broken = [name for name, value in tables.items()
              if not (folder / name).is_file() or sha256(folder / name) != value]
    return [f"'{folder.name}': {', '.join(broken)} is not as it was written. Restore the folder "
            "that was given to others."] if broken else []
