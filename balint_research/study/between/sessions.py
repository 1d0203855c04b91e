"""Sessions: whose they were, when they were, and who led them."""

import re
from collections.abc import Iterator

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.findings import found
from balint_research.study.study import Study

BETWEEN_LEADERS = re.compile(r"[,;/&|+]+")


def sessions_and_groups(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Sessions of groups that nobody is in, and sessions of no group where there are groups."""
    known = pd.concat([people["group"], memberships["group"]]).dropna()
    yield from _unknown_groups(sessions, known, file)
    nobodys = sessions.index[sessions["group"].isna()]
    if len(nobodys) and len(known):
        yield found("session_without_group", file=file, column="group", rows=nobodys)


def groups_of_members(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Memberships of groups that neither a participant nor a session has."""
    yield from _unknown_groups(memberships, pd.concat([people["group"], sessions["group"]]), file)


def _unknown_groups(rows: pd.DataFrame, known: pd.Series, file: str) -> Iterator[Issue]:
    strange = rows.index[rows["group"].notna() & ~rows["group"].isin(known)]
    if len(strange):
        yield found("unknown_group", file=file, column="group", rows=strange)


def sessions_outside(study: Study, sessions: pd.DataFrame, file: str) -> Iterator[Issue]:
    """Sessions before week 0, or after the last wave by more than the tolerance."""
    early = sessions.index[sessions["week"] < 0]
    if len(early):
        yield found("before_study", file=file, column="week", rows=early)
    last = study.dates.waves.get(study.waves[-1])
    if last is not None:
        late = sessions.index[sessions["week"] > last + study.dates.tolerance]
        if len(late):
            yield found("after_study", file=file, column="week", rows=late,
                        allowed=f"up to week {last + study.dates.tolerance:g}")


def leaders_in_study(
    people: pd.DataFrame, sessions: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Leaders whose id is a participant's: a leader is no person of the study."""
    leaders = sessions["leaders"].dropna()
    ids = set(people["participant"])
    named = leaders.map(lambda cell: _ids_in(cell) & ids)
    rows = named.index[named.map(bool).astype(bool)]
    if len(rows):
        number = len(set[str]().union(*named))
        yield found("leader_in_study", file=file, column="leaders", rows=rows,
                    people=number_of(number, "person", "people"))


def _ids_in(cell: str) -> set[str]:
    """The ids in a cell, whether blanks part them or belong to them."""
    parts = [part.strip() for part in BETWEEN_LEADERS.split(cell)]
    return {*parts, *(word for part in parts for word in part.split())}
