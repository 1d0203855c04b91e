"""When people answered, in whole weeks since their own baseline, where it singles nobody out."""

import pandas as pd

from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF
from balint_research.study.release.guarantee import classes_of
from balint_research.study.study import Study


def weeks_since_baseline(
    study: Study, data: StudyData, rows: pd.DataFrame, people: pd.DataFrame, k: int, *,
    again: bool = False,
) -> pd.Series:
    """Whole weeks since the person's own baseline answer, for each row of the responses.

    A colleague may know when somebody answered. So a week is told where at least k people of one
    class (equal in every column of `people`) answered this wave in it, and where those of the
    class whose week is not told are none or at least k; then weeks of the latest waves go until
    at least k people of the class share all their weeks together. Only people's own rows have a
    week.

    Parameters
    ----------
    rows : ``participant wave rater``, of the people who go.
    people : what a release tells of each person (index participant).
    again : the study was released before: then no week is told, for people are found again in
        the earlier release, which has other classes.

    Returns
    -------
    one number a row, missing where it is not known or not told; index as `rows`.
    """
    own = rows.loc[rows["rater"] == SELF, ["participant", "wave", "rater"]]
    dated = own.reset_index().merge(data.weeks, on=["participant", "wave", "rater"], how="left")
    if again or dated["week"].isna().all():
        return pd.Series(float("nan"), index=rows.index)
    first = dated[dated["wave"] == study.baseline].groupby("participant")["week"].first()
    since = (dated["week"] - dated["participant"].map(first)) // 1
    classes = classes_of(people)
    frame = pd.DataFrame({
        "week": since, "class": dated["participant"].map(classes), "wave": dated["wave"],
        "person": dated["participant"]})
    frame["week"] = frame.groupby(["class", "wave"], sort=False)["week"].transform(_told, k=k)
    frame = _together(frame, classes, [wave for wave in study.waves if wave != study.baseline], k)
    return pd.Series(frame["week"].to_numpy(), index=dated["index"]).reindex(rows.index)


def _together(
    frame: pd.DataFrame, classes: "pd.Series[int]", waves: list[str], k: int
) -> pd.DataFrame:
    """Without the weeks of the latest waves of classes in which fewer than k share all of them."""
    told = frame.copy()
    for wave in [*reversed(waves), None]:
        by_person = told.pivot(index="person", columns="wave", values="week").reindex(classes.index)
        shared = by_person.assign(class_=classes).groupby(
            [*by_person, "class_"], dropna=False)["class_"].transform("size")
        lone = set(classes[shared < k])
        if not lone or wave is None:
            return told
        of_wave = (told["wave"] == wave) & told["class"].isin(lone)
        told["week"] = told["week"].mask(of_wave)
    return told


def _told(weeks: pd.Series, k: int) -> pd.Series:
    """The weeks of one class at one wave, without those that would single out fewer than k."""
    sizes = weeks.value_counts()
    kept = sizes[sizes >= k].sort_values(kind="stable")
    hidden = len(weeks) - int(kept.sum())
    while 0 < hidden < k and len(kept):
        hidden, kept = hidden + int(kept.iloc[0]), kept.iloc[1:]
    return weeks.where(weeks.isin(kept.index))
