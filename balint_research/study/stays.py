"""Who was in which group from when to when."""

import pandas as pd


def stays_of(people: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """``participant arm group from_week to_week``, one row a stay; open where a week is missing.

    People who have memberships were where these say; everybody else was in the allocated group for
    the whole study, and has a row without a group where there was none.
    """
    people = people[["participant", "arm", "group"]].drop_duplicates("participant")
    columns = ["participant", "group", "from_week", "to_week"]
    moved = memberships[columns].merge(people[["participant", "arm"]], on="participant")
    stayed = people[~people["participant"].isin(moved["participant"])]
    if moved.empty:
        return stayed.assign(from_week=float("nan"), to_week=float("nan"))
    return pd.concat([stayed, moved], ignore_index=True)


def is_outside(weeks: pd.Series, from_week: pd.Series, to_week: pd.Series) -> pd.Series:
    """Whether a week lies outside a stay; where a week is not known, it does not."""
    return weeks.lt(from_week) | weeks.gt(to_week)
