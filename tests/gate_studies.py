"""Small studies of one programme, as scores alone, analysed by the package: to test the gate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from balint_research.analysis.change import wave_results
from balint_research.analysis.describe import describe
from balint_research.evaluation import Evaluation
from balint_research.files import sha256, write_text_whole
from balint_research.reporting import report
from balint_research.reporting.small_cells import Shown
from tests import evaluations

Values = npt.NDArray[np.float64]
SCALE = ("sbi", "exhaustion")
NAMES = ("before", "after", "later", "last")


def programme(values: Values, names: list[str] | None = None) -> Evaluation:
    """One scale of one arm without groups: a row a person, a column a wave, nan without a score."""
    people, waves = values.shape
    base = evaluations.single_group_study()
    used = NAMES[:waves]
    key = replace(base.study.instruments["sbi"].key, scales={
        "exhaustion": base.study.scale(*SCALE)})
    study = replace(base.study, waves=used, baseline=used[0], primary_wave=used[1], instruments={
        "sbi": replace(base.study.instruments["sbi"], key=key, waves=used)})
    ids = names or [f"p{number:03}" for number in range(people)]
    scores = pd.DataFrame([
        {"participant": ids[i], "arm": pd.NA, "group": pd.NA, "wave": wave, "instrument": "sbi",
         "scale": "exhaustion", "value": values[i, j], "answered": 5, "items": 5,
         "status": "empty" if np.isnan(values[i, j]) else "complete", "raters": 1}
        for i in range(people) for j, wave in enumerate(used)])
    flow = pd.DataFrame([
        {"arm": pd.NA, "wave": wave, "people": people, "groups": 0, "asked": people,
         "answered": int((~np.isnan(values[:, j])).sum())} for j, wave in enumerate(used)])
    found = wave_results(scores, study, asked=flow)
    counts = flow[["arm", "wave", "answered"]].assign(
        instrument="sbi", scale="exhaustion", complete=flow["answered"], prorated=0, too_few=0,
        empty=0)
    return replace(
        base, study=study, scores=scores, flow=flow, completeness=counts,
        descriptives=describe(scores, study, asked=flow), change=found.estimates,
        effects=found.effects, groups=base.groups.iloc[:0],
        alternatives=base.alternatives.iloc[:0],
        reliability=base.reliability[base.reliability["scale"] == "exhaustion"].assign(
            wave=used[0], n=int((~np.isnan(values[:, 0])).sum()), n_rows=people),
        items=base.items[base.items["scale"] == "exhaustion"])


def draw(random: np.random.Generator, people: int) -> Values:
    """Whole points from 0 to 54, as the scale adds them up."""
    return random.integers(0, 55, (people, 2)).astype(float)


def lost(values: Values, rows: slice, wave: int) -> Values:
    """The same without the scores of some people at a wave."""
    changed = values.copy()
    changed[rows, wave] = np.nan
    return changed


def written(safe: Shown, folder: Path) -> Path:
    """The tables and the manifest of a results folder, without its pictures and its page."""
    (folder / "tables").mkdir(parents=True)
    for name, frame in report.csv_tables(safe).items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    hashes = {f"tables/{path.name}": sha256(path) for path in (folder / "tables").iterdir()}
    told = pd.Series({"package": "balint_research", "kind": "results", "results": hashes,
                      "study": {"title": safe.study.title}})
    write_text_whole(folder / "manifest.json", told.to_json())
    return folder
