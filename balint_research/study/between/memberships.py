"""Memberships: stays that do not overlap, and agree with the group that was allocated."""

from collections.abc import Iterator

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.between.people import people_words
from balint_research.study.findings import found
from balint_research.study.study import Study

ENDLESS = float("inf")


def memberships_and_groups(
    study: Study, people: pd.DataFrame, memberships: pd.DataFrame, file: str, table: str
) -> Iterator[Issue]:
    """Stays that overlap, are all in other groups than the allocated one, or of controls."""
    memberships = memberships.dropna(subset="group")  # the others are told already
    yield from _told("stays_overlap", memberships[_overlapping(memberships)], file)
    known = people.drop_duplicates("participant").set_index("participant")
    group = memberships["participant"].map(known["group"])
    here = memberships["group"].eq(group).groupby(memberships["participant"]).transform("any")
    yield from _told("stay_elsewhere", memberships[group.notna() & ~here], file, table=table)
    if study.arms is not None and study.design != "cluster_randomised":
        controls = memberships["participant"].map(known["arm"]).eq(study.arms.control)
        yield from _told("control_member", memberships[controls & group.isna()], file)


def _overlapping(memberships: pd.DataFrame) -> pd.Series:
    """Stays that begin before an earlier one of the same person has ended."""
    stays = memberships.assign(from_week=memberships["from_week"].fillna(-ENDLESS),
                               to_week=memberships["to_week"].fillna(ENDLESS))
    stays = stays.sort_values(["from_week", "to_week"], kind="stable")
    of_person = stays.groupby("participant")["to_week"]
    ended = of_person.cummax().groupby(stays["participant"]).shift()
    return (stays["from_week"] < ended).reindex(memberships.index)


def _told(rule: str, rows: pd.DataFrame, file: str, **more: str) -> Iterator[Issue]:
    if not rows.empty:
        yield found(rule, file=file, column="group", rows=rows.index,
                    words=people_words(rows["participant"].nunique()), **more)
