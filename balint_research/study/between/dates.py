"""Days against the plan: baselines too late, waves far from their week or out of order."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.between.people import people_words
from balint_research.study.findings import found
from balint_research.study.layouts import Part
from balint_research.study.stays import is_outside, stays_of
from balint_research.study.study import Study
from balint_research.study.weeks import weeks_of

MOST = 0.5         # share of the people from which it is no matter of single days
FEWEST_PEOPLE = 3  # from which "most people" means anything


def answer_days(study: Study, parts: Sequence[Part]) -> pd.DataFrame:
    """``participant wave rater file line day week`` of every row of answers that has a day."""
    rows = [part.frame[["participant", "wave", "rater"]].assign(
        file=part.file, line=part.frame.index, day=part.days) for part in parts]
    days = pd.concat(rows, ignore_index=True).dropna(subset=["wave", "day"])
    return days.assign(week=weeks_of(study, days["day"]))


def baseline_and_allocation(
    study: Study, days: pd.DataFrame, people: pd.DataFrame
) -> Iterator[Issue]:
    """The baseline answered on a later day than that of the allocation."""
    if "allocated_on" not in people.columns:
        return
    allocated = people.drop_duplicates("participant").set_index("participant")["allocated_on"]
    baseline = days[days["wave"] == study.baseline]
    late = baseline[baseline["day"] > baseline["participant"].map(allocated)]
    yield from _by_file(study, "baseline_after_allocation", late)


def baseline_and_sessions(
    study: Study, days: pd.DataFrame, people: pd.DataFrame, memberships: pd.DataFrame,
    sessions: pd.DataFrame,
) -> Iterator[Issue]:
    """The baseline answered after the first session that the person's group held.

    By days where the sessions have them; else by weeks: within one week it cannot be told.
    """
    if study.design == "cross_sectional":
        return
    first = _first_sessions(people, memberships, sessions)
    baseline = days[days["wave"] == study.baseline].merge(first, on="participant")
    later_day = baseline["day"] > baseline["first_day"]
    later_week = baseline["first_day"].isna() & (baseline["week"] > baseline["first_week"])
    yield from _by_file(study, "baseline_after_session", baseline[later_day | later_week])


def weeks_and_plan(study: Study, days: pd.DataFrame) -> Iterator[Issue]:
    """Answers further from the planned week than the tolerance."""
    tolerance = study.dates.tolerance
    for wave, planned in study.dates.waves.items():
        at_wave = days[days["wave"] == wave]
        far = at_wave[(at_wave["week"] - planned).abs() > tolerance]
        yield from _by_file(study, "off_plan", far, wave=wave,
                            allowed=f"week {planned - tolerance:g} to {planned + tolerance:g}")


def waves_in_order(study: Study, days: pd.DataFrame) -> Iterator[Issue]:
    """A later wave answered before an earlier one, or most people's two waves on one day.

    Where most people answered in the wrong order, the two waves are exchanged: that stops the run.
    """
    keys = ["participant", "rater"]
    by_wave = {wave: days[days["wave"] == wave].drop_duplicates(keys) for wave in study.waves}
    for earlier, later in combinations(study.waves, 2):
        both = by_wave[earlier].merge(by_wave[later], on=keys, suffixes=("_earlier", ""))
        names = {"earlier": earlier, "later": later}
        reversed_ = both["day"] < both["day_earlier"]
        most = len(both) >= FEWEST_PEOPLE and reversed_.mean() > MOST
        for file, rows in both[reversed_].groupby("file"):
            yield found("waves_reversed", file=str(file), wave=later, rows=rows["line"],
                        severity="stop" if most else None,
                        words=names | people_words(rows["participant"].nunique()))
        same = both["day"] == both["day_earlier"]
        if len(both) >= FEWEST_PEOPLE and same.mean() > MOST:
            file = "/".join(both["file"].unique())
            yield found("waves_same_day", file=file, wave=later, count=int(same.sum()),
                        words=names | people_words(both.loc[same, "participant"].nunique()))


def _first_sessions(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame
) -> pd.DataFrame:
    """``participant first_day first_week`` of everybody whose group held a session while there."""
    days = sessions["held_on"] if "held_on" in sessions.columns else pd.Series(
        index=sessions.index, dtype="datetime64[s]")
    held = sessions.assign(day=days)[sessions["held"].astype(bool)]
    stays = stays_of(people, memberships)
    if held["group"].notna().any():
        stays = stays.dropna(subset="group")  # nobody is in the group without a name
    offered = stays.merge(held[["group", "day", "week"]], on="group")
    offered = offered[~is_outside(offered["week"], offered["from_week"], offered["to_week"])]
    return offered.groupby("participant", as_index=False).agg(
        first_day=("day", "min"), first_week=("week", "min"))


def _by_file(
    study: Study, rule: str, rows: pd.DataFrame, *, wave: str | None = None,
    allowed: str | None = None,
) -> Iterator[Issue]:
    for file, lines in rows.groupby("file"):
        yield found(rule, file=str(file), column="answered_on", wave=wave or study.baseline,
                    rows=lines["line"], allowed=allowed)
