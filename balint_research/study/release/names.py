"""New names for people, groups, raters and leaders: random in every release, never kept."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF

GROUP, RATER, LEADER = "group", "rater", "leader"


@dataclass(frozen=True, kw_only=True)
class NewNames:
    """What people and groups are called in a release; never shown and never written.

    Attributes
    ----------
    people : id of the file -> number, in the random order of the rows.
    groups : value of `group` as chosen -> ``group 1`` ...
    raters : (id, rater) -> ``self`` or ``rater 1`` ..., counted within a person.
    leaders : id of the file -> ``leader 1`` ...
    """

    people: Mapping[str, int] = field(repr=False)
    groups: Mapping[str, str] = field(repr=False)
    raters: Mapping[tuple[str, str], str] = field(repr=False)
    leaders: Mapping[str, str] = field(repr=False)


def new_names(people: pd.DataFrame, data: StudyData) -> NewNames:
    """New names for the people who go, and for all that they have to do with.

    The order comes from the system's source of randomness, not from a seed: nobody can draw it
    again and so find a person's number.

    Parameters
    ----------
    people : one row a person who goes (index participant); `group` where it goes.
    """
    groups = people["group"].dropna().unique() if "group" in people else ()
    led = data.sessions[data.sessions["group"].isin(groups)]
    rated = data.responses.loc[data.responses["participant"].isin(people.index),
                               ["participant", "rater"]].drop_duplicates()
    others = rated[rated["rater"] != SELF].groupby("participant")["rater"]
    raters = {(str(person), SELF): SELF for person in people.index}
    for person, names in others:
        raters |= {(str(person), name): new for name, new in _numbered(names, RATER).items()}
    return NewNames(
        people={name: number for number, name in enumerate(shuffled(people.index), 1)},
        groups=_numbered(groups, GROUP), raters=raters,
        leaders=_numbered(leaders_of(led["leaders"]), LEADER),
    )


def leaders_of(cells: "pd.Series[str]") -> list[str]:
    """Every leader named in the sessions, where a cell may name several.

    Examples
    --------
    >>> leaders_of(pd.Series(["L1 L2", "L2, L3", None]))
    ['L1', 'L2', 'L3']
    """
    return list(dict.fromkeys(name for cell in cells.dropna() for name in split_leaders(cell)))


def split_leaders(cell: str) -> list[str]:
    """The leaders that one cell names."""
    return [name for name in re.split(r"[\s,;/&|+]+", cell) if name]


def shuffled(names: Iterable[object]) -> list[str]:
    """The names in an order that nobody can foresee or draw again."""
    mixed = [str(name) for name in names]
    secrets.SystemRandom().shuffle(mixed)
    return mixed


def _numbered(names: Iterable[object], word: str) -> dict[str, str]:
    return {name: f"{word} {number}" for number, name in enumerate(shuffled(names), 1)}
