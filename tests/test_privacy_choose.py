"""The choice of a release: against a search of all combinations, and every demand counted again."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycanon import anonymity  # type: ignore[import-untyped]

from balint_research.errors import PrivacyError
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.choose import FEWEST_PEOPLE, Choice, NoRelease, choose
from balint_research.study.privacy.levels import wider_forms
from balint_research.study.study import Study
from tests.privacy_studies import answers_of, data_of, scores_of, study_with
from tests.study_folder import TOML

LEVELS: Mapping[str, Any] = {
    "group": ({"A": "n", "B": "n", "C": "s", "D": "s"},),
    "role": ({"r": "doctor", "f": "doctor", "n": "nurse"}, {"r": "staff", "f": "staff",
                                                           "n": "staff"}),
    "age": ((30, 40, 50), (40,)),
}


def programme(rng: np.random.Generator, people: int = 34, controls: int = 14) -> StudyData:
    """People with a role and an age, some of them unknown, in four groups or waiting."""
    treated = people - controls
    groups: list[Any] = [*rng.choice(list("ABCD"), treated, p=[.4, .3, .2, .1]), *[None] * controls]
    roles: list[Any] = rng.choice(["r", "f", "n", "?"], people, p=[.5, .2, .2, .1]).tolist()
    frame = pd.DataFrame({
        "participant": [f"p{i:03}" for i in range(people)],
        "arm": ["balint"] * treated + ["waitlist"] * controls,
        "group": pd.Series(groups, dtype="str"),
        "role": pd.Series([None if role == "?" else role for role in roles], dtype="str"),
        "age": pd.Series(rng.integers(25, 60, people)).astype(float).mask(rng.random(people) < .1),
    })
    answers = answers_of(frame["participant"].tolist(), rng)
    gone = (answers["wave"] == "post") & (rng.random(len(answers)) < .15)
    return data_of(frame, answers[~gone].reset_index(drop=True))


# --- against a search of all combinations --------------------------------------------------------

Person = tuple[tuple[Any, ...], tuple[Any, ...]]  # what is told, and the sensitive values


def holds(people: Sequence[Person], k: int, fewest: int) -> bool:
    """Whether the people of one class may be told."""
    columns = zip(*(values for _, values in people), strict=True)
    return len(people) >= k and (fewest == 1 or all(
        len({value for value in column if value is not None}) >= fewest for column in columns))


def may_lose(people: Sequence[Person], k: int, fewest: int, most: int) -> set[int]:
    """How many people of a class could go so that the rest holds, or is nobody."""
    numbers = {len(people)} if len(people) <= most else set()
    return numbers | {number for number in range(min(most, len(people) - 1) + 1)
                      if any(holds(rest, k, fewest)
                             for rest in combinations(people, len(people) - number))}


def can_be_told(people: Sequence[Person], k: int, fewest: int, most: int) -> bool:
    """Whether at most `most` people, of an arm nobody or k, can go so that every class left holds.

    What is told begins with the arm.
    """
    arms: dict[Any, dict[tuple[Any, ...], list[Person]]] = {}
    for person in people:
        arms.setdefault(person[0][0], {}).setdefault(person[0], []).append(person)
    totals = {0}
    for classes in arms.values():
        of_arm = {0}
        for members in classes.values():
            of_arm = sums(of_arm, may_lose(members, k, fewest, most), most)
        totals = sums(totals, {number for number in of_arm if number == 0 or number >= k}, most)
    return bool(totals)


def sums(some: set[int], others: set[int], most: int) -> set[int]:
    """Every sum of two numbers that is not above `most`."""
    return {a + b for a in some for b in others if a + b <= most}


def first_of_all(study: Study, data: StudyData, wanted: Sequence[str], k: int,
                 ) -> dict[str, int | None] | None:
    """The first combination of steps, in the order of wants, that can be told."""
    people = data.participants.set_index("participant")
    forms = {name: wider_forms(people[name], study.privacy.levels.get(name, ()))
             for name in wanted}
    scores = scores_of(data.responses)
    values = [scores[scores["wave"] == wave].set_index("participant")["value"].reindex(people.index)
              for wave in study.waves]
    sensitive = [tuple(None if pd.isna(v) else v for v in row) for row in zip(*values, strict=True)]
    steps = [[*range(len(forms[name])), None] for name in wanted]
    for taken in product(*steps):
        told = [people["arm"], *(forms[name][step] for name, step in zip(wanted, taken, strict=True)
                                 if step is not None)]
        rows = [tuple("missing" if pd.isna(v) else v for v in row)
                for row in zip(*told, strict=True)]
        most = min(int(study.privacy.most_left_out * len(people)), len(people) - FEWEST_PEOPLE)
        if can_be_told(list(zip(rows, sensitive, strict=True)), k, study.privacy.l, most):
            return dict(zip(wanted, taken, strict=True))
    return None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([3, 4, 5]), st.sampled_from([1, 2]),
       st.sampled_from([0.0, 0.1, 0.15]), st.permutations(["group", "role", "age"]),
       st.booleans())
def test_the_choice_is_the_first_of_all_combinations(
    seed: int, k: int, fewest: int, most: float, wanted: list[str], group_named: bool
) -> None:
    data = programme(np.random.default_rng(seed))
    named = wanted if group_named else [name for name in wanted if name != "group"]
    study = study_with(l=fewest, quasi_identifiers=tuple(named), levels=LEVELS, most_left_out=most)
    order = named if group_named else ["group", *named]
    best = first_of_all(study, data, order, k)
    try:
        choice = choose(study, data, scores_of(data.responses), k=k)
    except PrivacyError:
        assert best is None
        return
    assert choice.levels == best
    assert list(choice.levels) == order
    count_again(study, data, choice, k)


def count_again(study: Study, data: StudyData, choice: Choice, k: int) -> None:
    """Every number of a choice, by pycanon or by hand."""
    told = choice.people.fillna("missing").reset_index(drop=True)
    everyone = data.participants["participant"].tolist()
    assert sorted([*choice.people.index, *choice.left_out]) == sorted(everyone)
    columns = ["of the study", *told]  # pycanon warns of a single one
    assert choice.smallest_class >= k
    assert choice.smallest_class == anonymity.k_anonymity(told.assign(**{columns[0]: 1}), columns)
    assert choice.smallest_class_wildcard >= choice.smallest_class
    rows = Counter(told.itertuples(index=False, name=None))
    assert choice.classes == len(rows)
    most = study.privacy.most_left_out * len(everyone)
    assert len(choice.left_out) <= most
    arms = data.participants.set_index("participant")["arm"]
    assert all(number >= k for number in Counter(arms[list(choice.left_out)]).values())
    scores = scores_of(data.responses)
    by_wave = {wave: scores[scores["wave"] == wave].set_index("participant")["value"]
               for wave in study.waves}
    patterns = ["".join(wave for wave in study.waves if person in by_wave[wave])
                for person in choice.people.index]
    assert choice.with_pattern == min(Counter(zip(
        told.itertuples(index=False, name=None), patterns, strict=True)).values())
    for wave, values in by_wave.items():
        there = [i for i, person in enumerate(choice.people.index) if person in values]
        classes = Counter(told.loc[there].itertuples(index=False, name=None))
        assert choice.at_waves[wave] == min(classes.values())
        values_of: dict[tuple[Any, ...], set[float]] = {row: set() for row in rows}
        for i in there:
            values_of[tuple(told.loc[i])].add(values[choice.people.index[i]])
        fewest = min(map(len, values_of.values()))
        assert choice.diversity[f"who5.percent at {wave}"] == fewest
        assert fewest >= study.privacy.l or study.privacy.l == 1


# --- one demand after the other ------------------------------------------------------------------


def told(data: StudyData, k: int = 5, **privacy: Any) -> Choice:
    """The choice of a study of these data."""
    return choose(study_with(**privacy), data, scores_of(data.responses), k=k)


def people_of(groups: Mapping[str, int], controls: int = 20, **columns: Any) -> StudyData:
    """Groups of these sizes and people who wait, everybody with answers of their own."""
    names: list[Any] = [name for name, size in groups.items() for _ in range(size)]
    number = len(names) + controls
    frame = pd.DataFrame({
        "participant": [f"p{i:03}" for i in range(number)],
        "arm": ["balint"] * len(names) + ["waitlist"] * controls,
        "group": pd.Series([*names, *[None] * controls], dtype="str"), **columns})
    return data_of(frame, answers_of(frame["participant"].tolist(), np.random.default_rng(1)))


def test_a_group_below_k_is_not_told_or_told_with_others() -> None:
    data = people_of({"A": 8, "B": 8, "C": 4})
    assert told(data).levels == {"group": None}
    joined = told(data, levels={"group": ({"A": "north", "B": "south", "C": "south"},)})
    assert joined.levels == {"group": 1}
    assert joined.people["group"].value_counts().to_dict() == {"south": 12, "north": 8}
    assert joined.left_out == ()


def test_people_are_left_out_where_that_tells_more() -> None:
    data = people_of({"A": 60, "B": 5, "C": 4})
    choice = told(data, k=6, most_left_out=0.15)
    assert (choice.levels, len(choice.left_out)) == ({"group": 0}, 9)
    assert choice.people["group"].dropna().unique().tolist() == ["A"]


def test_fewer_than_k_are_never_left_out() -> None:
    """Four would do; their sum would follow from a report about everybody, so a fifth goes too."""
    data = people_of({"A": 60, "C": 4})
    choice = told(data, most_left_out=0.1)
    assert (choice.levels, len(choice.left_out), choice.smallest_class) == ({"group": 0}, 5, 20)
    assert choice.people["group"].value_counts().to_dict() == {"A": 59}
    assert told(data, most_left_out=0.05).levels == {"group": None}  # at most 4 of 84


def test_fewer_than_k_of_an_arm_are_never_left_out() -> None:
    roles = ["x"] * 27 + ["y"] * 3 + ["x"] * 27 + ["y"] * 3
    data = people_of({"A": 30}, controls=30, role=roles)
    choice = told(data, quasi_identifiers=("role",), most_left_out=0.2)
    assert choice.levels == {"group": 0, "role": 0}
    arms = data.participants.set_index("participant")["arm"]
    assert arms[list(choice.left_out)].value_counts().to_dict() == {"balint": 5, "waitlist": 5}
    assert told(data, quasi_identifiers=("role",), most_left_out=0.15).levels["role"] is None


def test_where_every_class_is_as_small_as_can_be_a_whole_one_goes() -> None:
    data = people_of(dict.fromkeys("ABCDEF", 5) | {"Z": 3}, controls=5)
    choice = told(data, most_left_out=0.25)
    assert (choice.levels, len(choice.left_out)) == ({"group": 0}, 8)


def test_the_order_of_wants() -> None:
    """Either the group or the role can be told, not both."""
    data = people_of({"A": 8, "B": 8}, controls=16, role=["x", "y"] * 16)
    assert told(data, quasi_identifiers=("role",)).levels == {"group": 0, "role": None}
    named = told(data, quasi_identifiers=("role", "group"))
    assert named.levels == {"role": 0, "group": None}
    assert named.people.columns.tolist() == ["arm", "role"]


def test_a_missing_value_is_a_value_of_its_own() -> None:
    roles = pd.Series(["x"] * 12 + [None] * 4 + ["x"] * 20, dtype="str")
    data = people_of({"A": 16}, role=roles)
    assert told(data, quasi_identifiers=("role",)).levels["role"] is None
    assert told(data, k=4, quasi_identifiers=("role",)).levels["role"] == 0
    choice = told(data, k=4, quasi_identifiers=("role",))
    assert (choice.smallest_class, choice.smallest_class_wildcard) == (4, 16)


def test_a_class_of_equal_scores_is_not_told() -> None:
    data = people_of({"A": 8, "B": 8})
    scores = scores_of(data.responses)
    same = scores["participant"].isin(data.participants["participant"][:8]) & (
        scores["wave"] == "post")
    scores.loc[same, "value"] = 12.0
    study = study_with(l=2)
    assert choose(study, data, scores, k=5).levels == {"group": None}
    assert choose(study_with(l=1), data, scores, k=5).levels == {"group": 0}
    scores.loc[same, "value"] = [12.0, *[float("nan")] * 7]  # whoever answered, scored 12
    assert choose(study, data, scores, k=5).levels == {"group": None}
    scores.loc[same, "value"] = [12.0, 16.0, *[float("nan")] * 6]
    choice = choose(study, data, scores, k=5)
    assert choice.levels == {"group": 0}
    assert choice.diversity["who5.percent at post"] == 2
    coarse = study_with(sensitive={"who5.percent": (50.0,)})
    assert choose(coarse, data, scores, k=5).levels == {"group": None}  # both under 50


def test_a_wave_at_which_an_arm_is_not_asked_demands_nothing() -> None:
    data = people_of({"A": 8, "B": 8})
    scores = scores_of(data.responses)
    waiting = scores["participant"].isin(data.participants["participant"][16:])
    asked = scores[~(waiting & (scores["wave"] == "post"))]
    choice = choose(study_with(), data, asked, k=5)
    assert choice.levels == {"group": 0}
    assert choice.diversity["who5.percent at post"] >= 2


# --- refusals ------------------------------------------------------------------------------------


def refusal(data: StudyData, k: int = 5, scores: pd.DataFrame | None = None, **privacy: Any
            ) -> list[str]:
    """The lines of the refusal."""
    scores = scores_of(data.responses) if scores is None else scores
    with pytest.raises(NoRelease) as caught:
        choose(study_with(**privacy), data, scores, k=k)
    heading, *lines, instead = str(caught.value).splitlines()
    assert heading == "No release can be made of this study."
    assert instead == ("Give aggregates (`balint report STUDY --public`) or a synthetic stand-in "
                       "(`balint release STUDY --synthetic`) instead.")
    return lines


def test_fewer_than_thirty_people_and_an_arm_below_k() -> None:
    assert refusal(people_of({"A": 8, "B": 8}, controls=4)) == [
        "  1. The study has 20 people, fewer than 30: no release tells anything of so few without "
        "telling who they are.",
        "  2. An arm has 4 people, fewer than 5, and the arm is always told."]
    assert refusal(people_of({"A": 60}, controls=10), k=11) == [
        "  1. An arm has 10 people, fewer than 11, and the arm is always told."]


def test_no_demands_are_reached() -> None:
    data = people_of({"A": 8, "B": 8})
    scores = scores_of(data.responses).assign(value=40.0)
    assert refusal(data, scores=scores) == [
        "  1. Even with nothing told but the arm 36 people would have to be left out, who share "
        "what is known of them with fewer than 5, whose class has fewer than 2 values of a "
        "sensitive scale, or who are not found for sure in an earlier release; at most 0 may be "
        "(`most_left_out`; none, if that is fewer than 5)."]


def test_a_study_without_arms_and_groups() -> None:
    frame = pd.DataFrame({
        "participant": [f"p{i:02}" for i in range(30)], "arm": pd.Series([None] * 30, dtype="str"),
        "group": pd.Series([None] * 30, dtype="str"), "role": ["x"] * 24 + ["y"] * 6})
    data = data_of(frame, answers_of(frame["participant"].tolist(), np.random.default_rng(3)))
    choice = told(data, quasi_identifiers=("role", "waves"))
    assert choice.levels == {"role": 0, "waves": 0}
    assert choice.people.columns.tolist() == ["role", "waves"]
    assert (choice.smallest_class, choice.classes) == (6, 2)


def large() -> tuple[Study, StudyData]:
    """Two thousand people, twelve waves, eleven quasi-identifiers."""
    rng = np.random.default_rng(8)
    columns = {f"q{i}": rng.choice(["a", "b", "c"], 2000) for i in range(8)}
    groups = pd.Series([f"G{i // 9}" if i < 1100 else None for i in range(2000)], dtype="str")
    frame = programme(rng, 2000, 900).participants.assign(group=groups, **columns)
    waves = [f"month{i}" for i in range(12)]
    listed = ", ".join(f'"{wave}"' for wave in waves)
    study = study_with(TOML.replace('waves = ["pre", "post"]', f"waves = [{listed}]"),
                       quasi_identifiers=("age", "role", *columns, "waves"),
                       levels={name: LEVELS[name] for name in ("age", "role")})
    answers = answers_of(frame["participant"].tolist(), rng, waves)
    return study, data_of(frame, answers[rng.random(len(answers)) > .1].reset_index(drop=True))


def test_two_thousand_people_and_twelve_waves() -> None:
    """Under 1 s where the machine is quiet."""
    study, data = large()
    started = time.perf_counter()
    choice = choose(study, data, scores_of(data.responses), k=5)
    assert time.perf_counter() - started < 10
    assert choice.smallest_class >= 5
    assert len(choice.at_waves) == len(choice.diversity) == 12
