"""How finely a release may tell what an outsider knows of people, and whom it leaves out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from balint_research.errors import Issue, PrivacyError
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.earlier import NOT_IN_IT, Earlier, nothing_earlier
from balint_research.study.privacy.known import answered_at, known, sensitive_values, wave_pattern
from balint_research.study.privacy.levels import wider_forms
from balint_research.study.privacy.risk import (
    Codes,
    class_codes,
    class_sizes,
    codes_of,
    joined,
    value_counts,
)
from balint_research.study.privacy.rules import found
from balint_research.study.privacy.staying import Demands, People, largest, staying
from balint_research.study.study import Study

FEWEST_PEOPLE = 30  # with fewer there is usually no release at k 5 on three variables


class NoRelease(PrivacyError):
    """No release can be made of a study; `issues` says why and what can be given instead."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        lines = [f"  {i}. {issue.what}" for i, issue in enumerate(issues, 1)]
        super().__init__("\n".join(["No release can be made of this study.", *lines,
                                    *dict.fromkeys(issue.do for issue in issues)]))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a release tells of people, and the proof that nobody stands out.

    Attributes
    ----------
    k : smallest class asked for.
    levels : column -> step taken (0 as it is, 1 the first declared wider form ...), or None where
        it is left out. In the order in which the columns were wanted; without `arm`, which is
        always kept.
    people : index participant; `arm` (where the study has arms), then the columns that stay in
        their wider form as text, missing where nothing is known. Without those left out.
    left_out : ids of the people who are left out, for the caller only; never shown.
    smallest_class : fewest people who share everything in `people`, a missing value counted as a
        value of its own.
    smallest_class_wildcard : the same, a missing value counted as any value.
    classes : number of classes.
    diversity : "instrument.scale at wave" -> fewest values in a class; a missing value is none.
        Without arms, and so without waves, at which nobody has a value.
    at_waves : wave -> smallest class among those who answered at it; without waves at which
        nobody did.
    with_pattern : smallest class if it were known at which waves each person answered.
    new_left_out : people of `left_out` who are in no earlier release and too few to be told apart
        from those who are.
    """

    k: int
    levels: Mapping[str, int | None]
    people: pd.DataFrame
    left_out: tuple[str, ...]
    smallest_class: int
    smallest_class_wildcard: int
    classes: int
    diversity: Mapping[str, int]
    at_waves: Mapping[str, int]
    with_pattern: int
    new_left_out: int = 0


def choose(
    study: Study, data: StudyData, scores: pd.DataFrame, *, k: int, earlier: Earlier | None = None,
) -> Choice:
    """The finest release in which everybody shares what is known of them with k people.

    Every column is told as it is, in one of the wider forms that `[privacy.levels]` declares for
    it, or not at all, for everybody alike. The arm is always told. The group is wanted most, for
    without it nobody can analyse correctly, unless it is named at another place among the
    quasi-identifiers; these follow as declared.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).
    scores : what `score_study` returns.
    k : fewest people of a class: `study.privacy.k`, of a public release at least 11.
    earlier : what earlier releases tell (`earlier_classes`).

    Returns
    -------
    `Choice`. In it every class has at least k people, a missing value counted as a value of its
    own (the stricter way), and at least `study.privacy.l` values of each sensitive scale at each
    wave at which somebody of the arm has one, a missing value counted as none. At most the share
    `study.privacy.most_left_out` of the people is left out, and of an arm nobody or at least k: the
    sum over fewer would follow from a report about everybody.

    Raises
    ------
    DataError : as `known`.
    NoRelease : (a `PrivacyError`) the study has fewer than 30 people, an arm fewer than k, or
        nothing reaches these demands; says why and what can be given instead.

    Notes
    -----
    Full-domain generalisation: each column in turn takes the finest step with which, all later
    columns left out, the demands can be held. Classes only grow when a column becomes wider, so
    this is the first of all combinations, in the order of wants, that holds the demands (held
    against a search of all combinations in ``tests/test_privacy_choose.py``). Then the fewest
    people are left out; if these are fewer than k, others of the largest classes go with them.

    The class of a person in earlier releases counts as known and is never widened. A class known
    from several releases has at least the smallest k of them, and so have the people of an earlier
    class who are gone or left out now. New people who are too few for that whatever is told are
    left out, be they fewer than k: they were in no release. People of whom it is not sure in which
    class of an earlier release they are cannot stay.

    References
    ----------
    Samarati 2001, IEEE TKDE 13(6):1010-1027 (full-domain generalisation with suppression).

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     study = br.read_study(br.simulate_study(place, seed=1))
    ...     data = br.read_data(study)
    >>> privacy = replace(study.privacy, quasi_identifiers=("gender", "training_year"),
    ...                   levels={"training_year": ((3,),)})
    >>> study = replace(study, privacy=privacy)
    >>> choice = choose(study, data, br.score_study(study, data), k=5)
    >>> choice.levels, choice.smallest_class
    ({'group': 0, 'gender': None, 'training_year': None}, 8)
    """
    people = known(study, data)
    sensitive = {name: codes_of(values)
                 for name, values in sensitive_values(study, data, scores).items()}
    demands = _demands(study, people, sensitive, k, earlier or nothing_earlier(people.index))
    excused = _excused(demands, people) if earlier else np.zeros(len(people), dtype=bool)
    if issues := _refusals(people, demands, excused):
        raise NoRelease(issues)
    forms = {name: wider_forms(people[name], study.privacy.levels.get(name, ()))
             for name in people.columns}
    levels, classes = _levels(_wanted(study, people), forms, _arms(people), demands, excused)
    keep = staying(classes, demands, excused)
    assert keep is not None  # _levels takes only what can be held
    return _choice(study, data, people.index, forms, levels, keep, demands, sensitive, excused)


def _excused(demands: Demands, people: pd.DataFrame) -> People:
    """People of no earlier release who cannot stay whatever is told."""
    return ~demands.known & ~largest(_arms(people), demands, ~demands.barred)


def _arms(people: pd.DataFrame) -> Codes:
    return class_codes(people, ["arm"] if "arm" in people else [])


def _wanted(study: Study, people: pd.DataFrame) -> list[str]:
    """The columns that may be widened, the most wanted first."""
    declared = [name for name in study.privacy.quasi_identifiers if name in people]
    first = [name for name in people if name == "group" and name not in declared]
    return first + declared


def _levels(
    wanted: Sequence[str], forms: Mapping[str, Sequence[pd.Series]], classes: Codes,
    demands: Demands, excused: People,
) -> tuple[dict[str, int | None], Codes]:
    """The finest step of each column in turn, and the classes that they make."""
    levels: dict[str, int | None] = {}
    for name in wanted:
        levels[name] = None
        for step, form in enumerate(forms[name]):
            finer = joined(classes, codes_of(form))
            if staying(finer, demands, excused) is not None:
                levels[name], classes = step, finer
                break
    return levels, classes


def _demands(
    study: Study, people: pd.DataFrame, sensitive: Mapping[str, Codes], k: int, earlier: Earlier
) -> Demands:
    most = int(study.privacy.most_left_out * len(people) + 1e-9)  # 0.29 of 100 are 29
    most = min(most, len(people) - FEWEST_PEOPLE)
    arms = _arms(people)
    everyone = pd.concat([earlier.classes.loc[people.index], earlier.gone])
    codes = class_codes(everyone)
    gone = dict(zip(*np.unique(codes[len(people):], return_counts=True), strict=True))
    return Demands(
        k=k, k_earlier=min([k, *earlier.k.values()]), l=study.privacy.l,
        most=most if most >= k else 0,
        values=tuple((values, value_counts(arms, values) > 0) for values in sensitive.values()),
        arms=arms, earlier=codes[:len(people)],
        gone={int(code): int(n) for code, n in gone.items()},
        known=(earlier.classes.loc[people.index] != NOT_IN_IT).any(axis=1).to_numpy(dtype=bool),
        barred=people.index.isin(list(earlier.unsure)))


def _choice(
    study: Study, data: StudyData, index: pd.Index, forms: Mapping[str, Sequence[pd.Series]],
    levels: Mapping[str, int | None], keep: People, demands: Demands,
    sensitive: Mapping[str, Codes], excused: People,
) -> Choice:
    steps = {name: levels.get(name, 0) for name in forms}
    people = pd.DataFrame({name: forms[name][step][keep] for name, step in steps.items()
                           if step is not None}, index=index[keep])
    columns = people.columns.tolist()
    classes = class_codes(people)
    pattern = people.assign(_pattern=wave_pattern(study, data))
    return Choice(
        k=demands.k, levels=levels, people=people, left_out=tuple(index[~keep]),
        smallest_class=_smallest(people),
        smallest_class_wildcard=int(class_sizes(people, columns, missing="wildcard").min()),
        classes=int(classes.max()) + 1,
        diversity=_fewest_values(classes, sensitive, demands, keep),
        at_waves=_at_waves(study, data, people),
        with_pattern=_smallest(pattern),
        new_left_out=int(excused.sum()))


def _fewest_values(
    classes: Codes, sensitive: Mapping[str, Codes], demands: Demands, keep: People
) -> dict[str, int]:
    fewest = {}
    for (name, values), (_, asked) in zip(sensitive.items(), demands.values, strict=True):
        if (keep & asked).any():
            fewest[name] = int(value_counts(classes, values[keep])[asked[keep]].min())
    return fewest


def _at_waves(study: Study, data: StudyData, people: pd.DataFrame) -> dict[str, int]:
    answered = answered_at(study, data).loc[people.index]
    smallest = {}
    for wave in study.waves:
        there = people[answered[wave]]
        if len(there):
            smallest[wave] = _smallest(there)
    return smallest


def _smallest(people: pd.DataFrame) -> int:
    return int(class_sizes(people, people.columns.tolist(), missing="category").min())


# --- refusals ------------------------------------------------------------------------------------


def _refusals(people: pd.DataFrame, demands: Demands, excused: People) -> list[Issue]:
    """Why not even the arm alone can be told; empty where it can."""
    if issues := too_few(people, demands.k):
        return issues
    if staying(_arms(people), demands, excused) is not None:
        return []
    out = int((~largest(_arms(people), demands, ~excused & ~demands.barred) & ~excused).sum())
    if out == 0:
        return [found("people_gone", k=str(demands.k_earlier))]
    return [found("no_level_protects", count=out, k=str(demands.k), l=str(demands.l),
                  most=str(demands.most))]


def too_few(people: pd.DataFrame, k: int) -> list[Issue]:
    """A study, or an arm of it, that is too small for any release; `people` as of `known`."""
    issues = []
    if len(people) < FEWEST_PEOPLE:
        issues.append(found("few_people", count=len(people), fewest=str(FEWEST_PEOPLE)))
    if "arm" in people:
        issues += [found("small_arm", count=int(number), k=str(k))
                   for number in people["arm"].value_counts(sort=False) if number < k]
    return issues
