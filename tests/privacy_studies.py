"""Studies in memory for the tests of privacy: people, answers and scores without any file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from balint_research.files import sha256
from balint_research.study import tables
from balint_research.study.contracts import REASON_COLUMNS, StudyData
from balint_research.study.privacy import folder as layout
from balint_research.study.privacy.choose import Choice
from balint_research.study.study import Privacy, Study, read_study
from tests.study_folder import TOML

ITEMS = [f"who5_{n}" for n in range(1, 6)]


@cache
def _declared(toml: str) -> Study:
    with TemporaryDirectory() as place:
        (Path(place) / "study.toml").write_text(toml, encoding="utf-8")
        return read_study(place)


def study_with(toml: str = TOML, **privacy: Any) -> Study:
    """The study of `tests/study_folder.py` with another `[privacy]`; nothing is on disk."""
    return replace(_declared(toml), privacy=Privacy(**privacy))


def data_of(people: pd.DataFrame, responses: pd.DataFrame | None = None,
            **frames: pd.DataFrame) -> StudyData:
    """Checked tables of people (``participant arm group`` ...) and their answers."""
    names = ("memberships", "sessions", "attendance", "links")
    given: dict[str, Any] = {name: frames.get(name, tables.empty(name)) for name in names}
    nothing = pd.DataFrame(columns=["participant", "wave", "rater", *ITEMS])
    return StudyData(
        participants=people, responses=nothing if responses is None else responses,
        missing_reasons=pd.DataFrame(columns=list(REASON_COLUMNS)),
        left_out=pd.DataFrame(columns=["table", "file", "reason", "rows"]),
        files=pd.DataFrame(columns=["table", "file", "sha256", "rows_in", "rows_used"]),
        **given)


def answers_of(people: Sequence[str], rng: np.random.Generator,
               waves: Sequence[str] = ("pre", "post")) -> pd.DataFrame:
    """Random answers of everybody at each wave."""
    rows = pd.DataFrame({"participant": np.repeat(list(people), len(waves)),
                         "wave": list(waves) * len(people), "rater": "self"})
    items = rng.integers(0, 6, (len(rows), len(ITEMS))).astype(float)
    return pd.concat([rows, pd.DataFrame(items, columns=ITEMS)], axis=1)


def scores_of(responses: pd.DataFrame) -> pd.DataFrame:
    """The sum of the answers as the score of the primary outcome."""
    return responses[["participant", "wave"]].assign(
        instrument="who5", scale="percent", value=4 * responses[ITEMS].sum(axis=1, skipna=False))


def write_release(place: Path, choice: Choice, data: StudyData, rng: np.random.Generator,
                  **manifest: Any) -> Path:
    """A release in the layout of `folder.py`: random ids, groups under other names."""
    (place / "data").mkdir(parents=True)
    people = choice.people
    numbers = dict(zip(people.index, rng.permutation(len(people)) + 1001, strict=True))
    told = people.copy()
    if "group" in told:
        groups = rng.permutation(told["group"].dropna().unique())
        names = {group: f"group {i}" for i, group in enumerate(groups, 1)}
        told["group"] = told["group"].map(names)
    told.insert(0, layout.PERSON, told.index.map(numbers))
    rows = data.responses[data.responses["participant"].isin(people.index)]
    rows = rows.assign(participant=rows["participant"].map(numbers), week=np.nan)
    rows = rows.rename(columns={"participant": layout.PERSON})[[*layout.ROW, *ITEMS]]
    for name, frame in ((layout.PARTICIPANTS, told), (layout.RESPONSES, rows)):
        frame.sample(frac=1, random_state=rng).to_csv(place / name, index=False,
                                                      na_rep=layout.MISSING)
    facts: Mapping[str, Any] = {
        "package": layout.PACKAGE, "kind": layout.KIND, "k": choice.k, "known": list(people),
        "results": {name: sha256(place / name) for name in (layout.PARTICIPANTS,
                                                            layout.RESPONSES)}, **manifest}
    (place / layout.MANIFEST).write_text(json.dumps(facts), encoding="utf-8")
    return place
