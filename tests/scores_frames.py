"""Small studies and scores frames made by hand, for the tests of the analysis (synthetic)."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.scoring.instrument import (
    Evidence,
    HigherMeans,
    Instrument,
    Method,
    Missing,
    Response,
    Rights,
    Scale,
)
from balint_research.study.study import Arms, Design, Files, InstrumentUse, Study

ORACLES = Path(__file__).parent / "oracles"
BALINT = Arms(control="waitlist", treated=("balint",))


def oracle(file: str) -> list[dict[str, str]]:
    """Rows of a CSV that R wrote; lines that begin with # name the versions."""
    lines = (ORACLES / file).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def case(name: str) -> dict[str, float]:
    """The figures of one case of paired.csv."""
    rows = [row for row in oracle("paired.csv") if row["case"] == name]
    return {row["name"]: float(row["value"]) for row in rows}


def scale(
    higher_means: HigherMeans = "worse", *, score: Method = "sum", secondary: bool = False
) -> Scale:
    return Scale(name="Total", items=(1, 2), score=score, range=(0, 100),
                 higher_means=higher_means, secondary=secondary)


def instrument(name: str = "strain", **scales: Scale) -> Instrument:
    return Instrument(
        id=name, name=name, construct="strain", respondent="self", intended_for="tests",
        version="1", key_status="established", confidence="high", citation="none",
        response=Response(codes=(0, 50)), items={1: "one", 2: "two"},
        rights=Rights(status="public_domain", wording_redistributable="allowed", holder="-",
                      obtain_from="-"),
        evidence=Evidence(disagreements="none", sources=()), missing=Missing(rule="none"),
        scales=scales or {"total": scale()},
    )


def study(
    *,
    design: Design = "single_group",
    waves: tuple[str, ...] = ("pre", "post"),
    arms: Arms | None = None,
    instruments: Iterable[Instrument] = (instrument(),),
    given: Mapping[str, tuple[str, ...]] | None = None,
    primary_outcome: str = "strain.total",
) -> Study:
    keys = list(instruments)
    return Study(
        title="Made by hand", design=design, waves=waves, baseline=waves[0],
        primary_outcome=primary_outcome, primary_wave=waves[-1],
        files=Files(responses="responses.csv"), folder=Path(), path=Path("study.toml"), arms=arms,
        instruments={key.id: InstrumentUse(key=key, waves=(given or {}).get(key.id, waves))
                     for key in keys},
    )


def rows(
    values: Mapping[str, Sequence[float | None]],
    *,
    arm: str | None = None,
    groups: Sequence[str | None] | None = None,
    instrument: str = "strain",
    scale: str = "total",
    prefix: str = "p",
) -> pd.DataFrame:
    """Long scores of one arm: `values` is wave -> one value a person (None: no score)."""
    records: list[dict[str, Any]] = []
    for wave, column in values.items():
        for i, value in enumerate(column):
            scored = value is not None
            records.append({
                "participant": f"{prefix}{i}", "wave": wave, "arm": arm,
                "group": groups[i] if groups else None, "instrument": instrument, "scale": scale,
                "value": value, "answered": 2 if scored else 0, "items": 2,
                "status": "complete" if scored else "empty", "raters": 1,
            })
    text = dict.fromkeys(["participant", "wave", "arm", "group", "instrument", "scale"], "string")
    return pd.DataFrame(records).astype(text | {"value": "float64"})


def two_arms(
    treated: Mapping[str, Sequence[float | None]],
    control: Mapping[str, Sequence[float | None]],
    groups: Sequence[str | None] | None = None,
    control_groups: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """Long scores of the arms of `BALINT`."""
    return pd.concat([
        rows(treated, arm="balint", groups=groups, prefix="t"),
        rows(control, arm="waitlist", groups=control_groups, prefix="c"),
    ], ignore_index=True)
