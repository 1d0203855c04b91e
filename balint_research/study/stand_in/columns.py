"""The columns that a stand-in has, and what may stand in them: nothing that only the data know."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from balint_research.study.contracts import COLUMNS, StudyData
from balint_research.study.privacy.folder import PERSON
from balint_research.study.privacy.known import WAVES
from balint_research.study.release.frames import item_columns
from balint_research.study.release.levels import declared_values
from balint_research.study.release.prepare import Release
from balint_research.study.stand_in.known import Known
from balint_research.study.study import Study

NOTHING_KNOWN = (50.0, 15.0, True)  # mean, SD, whole: of a number, or of the attendance in per cent
PLACEHOLDERS = ("value 1", "value 2", "value 3")  # a text column of which nothing may be known


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a stand-in looks like.

    Attributes
    ----------
    released : whether it looks like a release; else like the study's own tables.
    person : name of the column of ids.
    texts : column of the participants -> values to draw from. numbers : column -> mean, SD and
        whether it is whole. Both in the order of `order`.
    order : every column of the participants.
    items : columns of the answers.
    sessions : whether there is a table of sessions; attendance : one of attendance.
    """

    released: bool
    person: str
    order: tuple[str, ...]
    items: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float, float, bool]] = field(default_factory=dict)
    sessions: bool = False
    attendance: bool = False

    @property
    def has_group(self) -> bool:
        return "group" in self.order


def layout_of(study: Study, data: StudyData, known: Known, release: Release | None) -> Layout:
    """The layout of the release, or of the study's own tables where none is possible."""
    items = tuple(item_columns(study, data.responses))
    table = release.tables["participants"] if release else _own(data.participants)
    order = tuple(map(str, table.columns))
    others = [name for name in order if name not in (PERSON, *COLUMNS["participants"], WAVES)]
    texts = {name: _texts(study, name, release) for name in others
             if _is_text(name, data, release)}
    return Layout(
        released=release is not None, person=PERSON if release else "participant", order=order,
        items=items, texts=texts,
        numbers={name: known.numbers.get(name, NOTHING_KNOWN) for name in others
                 if name not in texts},
        sessions="sessions" in release.tables if release else len(data.sessions) > 0,
        attendance=release is None and len(data.attendance) > 0,
    )


def _own(people: pd.DataFrame) -> pd.DataFrame:
    """The participants, without arm or group where nobody has one."""
    return people.drop(columns=[name for name in ("arm", "group") if people[name].isna().all()])


def _is_text(name: str, data: StudyData, release: Release | None) -> bool:
    if release and release.choice.levels.get(name):
        return True
    return name in data.participants and not pd.api.types.is_numeric_dtype(data.participants[name])


def _texts(study: Study, name: str, release: Release | None) -> tuple[str, ...]:
    """Values that study.toml names: of the step taken, else of the file as a step names it."""
    step = release.choice.levels.get(name) if release else None
    if step:
        return declared_values(study, name, step)
    tables = [step for step in study.privacy.levels.get(name, ()) if isinstance(step, Mapping)]
    return tuple(tables[0]) if tables else PLACEHOLDERS
