"""When people answered, in whole weeks since their own baseline, where it singles nobody out."""

import pandas as pd

from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF
from balint_research.study.release.guarantee import classes_of
from balint_research.study.study import Study


def weeks_since_baseline(
    study: Study, data: StudyData, rows: pd.DataFrame, people: pd.DataFrame, k: int
) -> pd.Series:
    """Whole weeks since the person's own baseline answer, for each row of the responses.

    A colleague may know when somebody answered. So a week is told where at least k people of one
    class (equal in every column of `people`) answered this wave in it, and where those of the
    class whose week is not told are none or at least k. Only people's own rows have a week.

    Parameters
    ----------
    rows : ``participant wave rater``, of the people who go.
    people : what a release tells of each person (index participant).

    Returns
    -------
    one number a row, missing where it is not known or not told; index as `rows`.
    """
    own = rows.loc[rows["rater"] == SELF, ["participant", "wave", "rater"]]
    dated = own.reset_index().merge(data.weeks, on=["participant", "wave", "rater"], how="left")
    if dated["week"].isna().all():
        return pd.Series(float("nan"), index=rows.index)
    first = dated[dated["wave"] == study.baseline].groupby("participant")["week"].first()
    since = (dated["week"] - dated["participant"].map(first)) // 1
    classes = classes_of(people)
    frame = pd.DataFrame({
        "week": since, "class": dated["participant"].map(classes), "wave": dated["wave"],
        "person": dated["participant"]})
    told = frame.groupby(["class", "wave"], sort=False)["week"].transform(_told, k=k)
    return pd.Series(told.to_numpy(), index=dated["index"]).reindex(rows.index)


def _told(weeks: pd.Series, k: int) -> pd.Series:
    """The weeks of one class at one wave, without those that would single out fewer than k."""
    sizes = weeks.value_counts()
    kept = sizes[sizes >= k].sort_values(kind="stable")
    hidden = len(weeks) - int(kept.sum())
    while 0 < hidden < k and len(kept):
        hidden, kept = hidden + int(kept.iloc[0]), kept.iloc[1:]
    return weeks.where(weeks.isin(kept.index))
