"""What a release promises, counted once more in the very tables that will be written."""

from collections.abc import Mapping, Sequence

import pandas as pd

from balint_research.errors import PrivacyError
from balint_research.files import harmless_cell
from balint_research.study.privacy.choose import Choice
from balint_research.study.privacy.folder import PERSON
from balint_research.study.study import Study

NOT_WRITTEN = ("This is a fault in balint_research: the finished tables do not keep what was "
               "promised ({what}). Nothing was written. Please report it.")


def check_tables(study: Study, tables: Mapping[str, pd.DataFrame], choice: Choice) -> None:
    """Refuse tables in which anybody stands out, or that tell of anybody who was left out.

    The classes are counted from the tables alone, by plain grouping, and not with the functions
    that chose the levels: what one of them got wrong is found here.

    Raises
    ------
    PrivacyError : a class of fewer than k people, or with fewer than l values of a sensitive
        scale; a person twice or in one table only; a week or a group that singles out fewer than k.
    """
    people = tables["participants"]
    known = people[[harmless_cell(name) for name in choice.people]]
    classes = classes_of(known)
    if int(classes.value_counts().min()) < choice.k:
        raise _fault("classes of k people")
    if people[PERSON].duplicated().any() or len(people) != len(choice.people):
        raise _fault("each person once")
    for name in ("responses", "scores"):
        if not tables[name][PERSON].isin(people[PERSON]).all():
            raise _fault("nobody who was left out")
    if "sessions" in tables and not tables["sessions"]["group"].isin(people["group"]).all():
        raise _fault("groups of people who go")
    of_person = classes.set_axis(people[PERSON])
    _check_weeks(tables["responses"], of_person, choice.k)
    arms = people.set_index(PERSON)["arm"] if "arm" in people else of_person * 0
    for name, bounds in (study.privacy.sensitive or {study.primary_outcome: ()}).items():
        scores = tables["scores"]
        own = scores[(scores["instrument"] + "." + scores["scale"]) == name]
        _check_values(own.dropna(subset="value"), bounds, of_person, arms, study.privacy.l)


def classes_of(people: pd.DataFrame) -> "pd.Series[int]":
    """A number for each class: people who are equal in every column, a missing value as a value.

    Examples
    --------
    >>> classes_of(pd.DataFrame({"year": ["1", "2", "1", None, None]})).tolist()
    [0, 1, 0, 2, 2]
    """
    if people.columns.empty:
        return pd.Series(0, index=people.index)
    return people.groupby(list(people), dropna=False, sort=False).ngroup()


def _check_weeks(responses: pd.DataFrame, classes: "pd.Series[int]", k: int) -> None:
    """At least k people of a class share all their weeks together."""
    own = responses[responses["rater"] == "self"].dropna(subset="week")
    weeks = (own["wave"] + " " + own["week"].astype("str")).groupby(own[PERSON]).agg(sorted)
    told = weeks.map(str).reindex(classes.index).fillna("")
    shared = (classes.astype("str") + told).value_counts()
    if int(shared.min()) < k:
        raise _fault("weeks that k people share")


def _check_values(
    scores: pd.DataFrame, bounds: Sequence[float], classes: "pd.Series[int]", arms: pd.Series,
    least: int,
) -> None:
    """At each wave, every class of an arm that has scores has enough different values."""
    told = scores["value"] if not bounds else pd.cut(
        scores["value"], [float("-inf"), *bounds, float("inf")], right=False, labels=False)
    rows = pd.DataFrame({"told": told, "class": scores[PERSON].map(classes),
                         "arm": scores[PERSON].map(arms), "wave": scores["wave"]})
    for _, at_wave in rows.groupby("wave"):
        asked = classes[arms.isin(at_wave["arm"])].unique()
        values = at_wave.groupby("class")["told"].nunique().reindex(asked, fill_value=0)
        if bool((values < least).any()):
            raise _fault(f"{least} values of a sensitive scale")


def _fault(what: str) -> PrivacyError:
    return PrivacyError(NOT_WRITTEN.format(what=what))
