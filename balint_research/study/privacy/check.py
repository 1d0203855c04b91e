"""What in a study would make people identifiable, told all at once before anything goes out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.contracts import COLUMNS, StudyData, instrument_of
from balint_research.study.identifiers import find_free_text, find_identifiers
from balint_research.study.privacy.choose import NoRelease, choose, too_few
from balint_research.study.privacy.known import (
    WAVES,
    answered_at,
    column_faults,
    known_columns,
    sensitive_values,
)
from balint_research.study.privacy.levels import level_faults
from balint_research.study.privacy.risk import class_codes, class_sizes, codes_of, value_counts
from balint_research.study.privacy.rules import found
from balint_research.study.scores import score_study
from balint_research.study.study import Study

PERSONS = ("participant", "leaders", "rater")
IDS = ("participant", "session", "group", "leaders", "rater")
TABLES = ("participants", "memberships", "responses", "sessions", "attendance", "missing_reasons",
          "links")
MOSTLY_OWN = 0.5  # share of people with a value of their own from which a column is one of ids
# Words in the name of a column that colleagues of a person can usually fill in.
LIKELY_KNOWN = frozenset((
    "role", "profession", "occupation", "job", "position", "grade", "rank", "specialty",
    "speciality", "subspecialty", "discipline", "year", "years", "training", "pgy", "seniority",
    "experience", "gender", "sex", "age", "marital", "married", "children", "education", "degree",
    "site", "hospital", "clinic", "practice", "ward", "unit", "department", "team", "shift",
    "school", "university", "faculty", "programme", "program", "region", "city", "country",
    "nationality", "ethnicity", "religion", "language", "leader", "leaders", "supervisor",
    "balint", "allocated", "cohort", "class",
))


def check_privacy(
    study: Study, data: StudyData, *, public: bool = False
) -> tuple[Issue, ...]:
    """Everything in a study that would make people identifiable, or stop a release.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).
    public : for a file that everybody can get: k is at least 11.

    Returns
    -------
    Issues, none with a value of a person; those that stop come first:
        ``"stop"`` : what would stop a release as declared: direct identifiers in any table, free
            text in a column that would go out, `[privacy]` that does not fit the data, too few
            people, or demands that nothing holds;
        ``"warn"`` : classes below k, values below l and groups below k, which a release mends by
            wider steps or by leaving out; people who left between two waves and are fewer than k
            in their class; columns declared as harmless whose name says otherwise;
        ``"note"`` : columns and tables that a release leaves out.

    Notes
    -----
    Classes are counted over people, arm and group included, with a missing value as a value of its
    own and, beside it, as any value (`class_sizes`). Values are counted as in `choose`.

    Examples
    --------
    >>> import tempfile
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     study = br.read_study(br.simulate_study(place, seed=1, groups=2, controls=8))
    ...     data = br.read_data(study)
    >>> print(check_privacy(study, data)[0].what)
    The study has 24 people, fewer than 30: no release tells anything of so few without telling \
who they are.
    """
    study = replace(study, privacy=replace(
        study.privacy, k=study.privacy.smallest(public=public)))
    people = known_columns(study, data)
    issues = [*_identifiers(study, data), *column_faults(study, data),
              *level_faults(people, study.privacy.levels), *too_few(people, study.privacy.k)]
    scores = score_study(study, data)
    issues += [*_small_classes(study, people), *_few_values(study, data, people, scores),
               *_small_groups(study, people)]
    if all(issue.severity != "stop" for issue in issues):
        issues += _of_a_release(study, data, scores)
    issues += [*_columns(study, data), *_tables(data)]
    order = ("stop", "warn", "note")
    return tuple(sorted(issues, key=lambda issue: order.index(issue.severity)))


# --- what names a person -------------------------------------------------------------------------


def _identifiers(study: Study, data: StudyData) -> Iterator[Issue]:
    """Direct identifiers and free text in every table; free text stops where it would go out."""
    goes_out = (*study.privacy.quasi_identifiers, *study.privacy.harmless)
    for table in TABLES:
        frame: pd.DataFrame = getattr(data, table)
        columns = frame.columns.tolist()
        about: dict[str, Any] = {
            "items": [name for name in columns if instrument_of(study, name)],
            "ids": [name for name in IDS if name in columns],
            "persons": [name for name in PERSONS if name in columns]}
        # rows of the frame are no lines of a file
        yield from (replace(hit, rows=()) for hit in find_identifiers(frame, table, **about))
        for hit in find_free_text(frame, table, **about):
            told = table == "participants" and hit.column in goes_out
            yield replace(hit, rows=(), severity="stop" if told else "warn")


# --- classes -------------------------------------------------------------------------------------


def _small_classes(study: Study, people: pd.DataFrame) -> Iterator[Issue]:
    k, columns = study.privacy.k, people.columns.tolist()
    small = int((class_sizes(people, columns, missing="category") < k).sum())
    if small:
        wildcard = int((class_sizes(people, columns, missing="wildcard") < k).sum())
        yield found("small_classes", count=small, k=str(k),
                    evidence=f"{number_of(small, 'person', 'people')} with a missing value as a "
                             f"value of its own, {wildcard} with it as any value")


def _few_values(
    study: Study, data: StudyData, people: pd.DataFrame, scores: pd.DataFrame
) -> Iterator[Issue]:
    fewest, classes = study.privacy.l, class_codes(people)
    if fewest == 1:
        return
    arms = class_codes(people, ["arm"] if "arm" in people else [])
    few: dict[str, list[pd.Series]] = {}
    for name, values in sensitive_values(study, data, scores).items():
        codes = codes_of(values)
        asked = value_counts(arms, codes) > 0
        few.setdefault(name.partition(" at ")[0], []).append(
            pd.Series(asked & (value_counts(classes, codes) < fewest)))
    for scale, waves in few.items():
        if count := int(pd.concat(waves, axis=1).any(axis=1).sum()):
            at = sum(bool(wave.any()) for wave in waves)
            yield found("few_values", count=count, l=str(fewest), scale=scale,
                        evidence=f"at {at} of {number_of(len(waves), 'wave')}")


def _small_groups(study: Study, people: pd.DataFrame) -> Iterator[Issue]:
    if "group" in people:
        small = int((people["group"].value_counts() < study.privacy.k).sum())
        if small:
            yield found("small_groups", count=small, k=str(study.privacy.k))


def _of_a_release(study: Study, data: StudyData, scores: pd.DataFrame) -> Iterator[Issue]:
    """What a release would meet: a refusal, or people who left between waves."""
    try:
        choice = choose(study, data, scores, k=study.privacy.k)
    except NoRelease as refusal:
        yield from refusal.issues
    else:
        yield from _leavers(study, data, choice.people)


def _leavers(study: Study, data: StudyData, people: pd.DataFrame) -> Iterator[Issue]:
    if WAVES in study.privacy.quasi_identifiers:
        return
    answered = answered_at(study, data).loc[people.index]
    classes = pd.Series(class_codes(people), people.index)
    for first, second in pairwise(study.waves):
        left = answered[first] & ~answered[second]
        by_class = left.groupby(classes).sum()
        few = int(by_class[by_class < study.privacy.k].sum())
        if few:
            yield found("left_between_waves", wave=second, count=few, first=first, second=second,
                        k=str(study.privacy.k))


# --- columns and tables --------------------------------------------------------------------------


def _columns(study: Study, data: StudyData) -> Iterator[Issue]:
    privacy = study.privacy
    yield from _lone_values(study, data.participants)
    for name in data.participants.columns.tolist():
        likely = not LIKELY_KNOWN.isdisjoint(_words(name))
        if name in privacy.harmless and likely:
            yield found("likely_known", column=name)
        elif name not in (*COLUMNS["participants"], *privacy.quasi_identifiers, *privacy.harmless):
            yield found("undeclared_and_likely_known" if likely else "undeclared_column",
                        column=name)


def _lone_values(study: Study, people: pd.DataFrame) -> Iterator[Issue]:
    """Harmless columns with a value that fewer than k people have, or of nearly each his own."""
    for name in study.privacy.harmless:
        if name not in people:
            continue
        cells = people[name].dropna()
        sizes = cells.map(cells.value_counts())
        numbers = pd.api.types.is_numeric_dtype(cells)
        measured = numbers and not bool((cells % 1 == 0).all())
        if not measured and (sizes == 1).mean() > MOSTLY_OWN:
            yield found("harmless_own", column=name, count=int((sizes == 1).sum()))
        elif not measured and (rare := int((sizes < study.privacy.k).sum())):
            yield found("harmless_rare", column=name, count=rare, k=str(study.privacy.k))


def _words(column: str) -> list[str]:
    """The words of a column's name, lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", column)]


def _tables(data: StudyData) -> Iterator[Issue]:
    if not data.memberships.empty:
        groups = data.memberships.groupby("participant")["group"].nunique()
        yield found("memberships_stay", count=int((groups > 1).sum()))
    if not data.attendance.empty:
        yield found("attendance_stays")
