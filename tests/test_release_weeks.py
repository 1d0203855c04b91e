"""Weeks since the baseline, told only where nobody is alone with one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.study.release.weeks import weeks_since_baseline
from tests import release_study


def dated(weeks: Mapping[str, tuple[float | None, ...]], group: dict[str, str], k: int, *,
          waves: tuple[str, ...] = ("pre", "post"), again: bool = False
          ) -> dict[tuple[str, str], float]:
    """Person and wave -> the week told, of people who answered in these weeks."""
    study, data = release_study.read()
    study = replace(study, waves=waves)
    rows = pd.DataFrame([(person, wave, "self") for person in weeks for wave in waves],
                        columns=["participant", "wave", "rater"])
    when = rows.assign(week=pd.Series([week for pair in weeks.values() for week in pair],
                                      dtype=float)).dropna()
    people = pd.DataFrame({"group": group}).loc[list(weeks)]
    told = weeks_since_baseline(study, replace(data, weeks=when), rows, people, k,
                                again=again)
    return dict(zip(zip(rows["participant"], rows["wave"], strict=True), told, strict=True))


def test_weeks_count_from_a_persons_own_baseline() -> None:
    weeks = {person: (start, start + 26.0) for person, start in zip("abcd", (0, 1, 2, 9),
                                                                   strict=True)}
    told = dated(weeks, dict.fromkeys("abcd", "g"), 3)
    assert {told[(person, "pre")] for person in "abcd"} == {0}
    assert {told[(person, "post")] for person in "abcd"} == {26}


def test_one_late_answer_hides_enough_others_with_it() -> None:
    """Three in week 26, three in week 27, one in week 40: 40 alone would be known as hidden."""
    late = dict(zip("abcdefg", (26, 26, 26, 27, 27, 27, 40), strict=True))
    told = dated({person: (0.0, float(week)) for person, week in late.items()},
                 dict.fromkeys("abcdefg", "g"), 3)
    shown = [told[(person, "post")] for person in "abcdefg"]
    assert sum(pd.notna(shown)) == 3 and len({week for week in shown if pd.notna(week)}) == 1


PERSON = st.tuples(st.sampled_from(["g", "h"]), st.sampled_from([0.0, 1.0, None]),
                   st.sampled_from([24.0, 25.0, 26.0, None]))


@settings(max_examples=15, deadline=None)
@given(people=st.lists(PERSON, min_size=1, max_size=24), k=st.integers(2, 4))
def test_no_week_singles_out_fewer_than_k(
    people: list[tuple[str, float | None, float | None]], k: int
) -> None:
    weeks = {f"p{i}": (first, then) for i, (_, first, then) in enumerate(people)}
    group = {f"p{i}": name for i, (name, *_) in enumerate(people)}
    told = dated(weeks, group, k)
    for wave in ("pre", "post"):
        for name in ("g", "h"):
            shown = sorted((told[(person, wave)] for person in weeks if group[person] == name),
                           key=str)
            counts = {week: len(list(same)) for week, same in groupby(shown, key=str)}
            hidden = counts.pop("nan", 0)
            assert all(count >= k for count in counts.values())
            assert not counts or hidden == 0 or hidden >= k


def test_a_second_release_tells_no_weeks() -> None:
    weeks = dict.fromkeys("abcd", (0.0, 26.0))
    told = dated(weeks, dict.fromkeys("abcd", "g"), 3)
    again = dated(weeks, dict.fromkeys("abcd", "g"), 3, again=True)
    assert not pd.isna(list(told.values())).any()
    assert pd.isna(list(again.values())).all()


def test_weeks_that_are_safe_one_by_one_and_not_together() -> None:
    """Four and four at each later wave, and the two together part them into four pairs."""
    weeks = {person: (0.0, 26.0 + i % 2, 52.0 + i // 4) for i, person in enumerate("abcdefgh")}
    told = dated(weeks, dict.fromkeys(weeks, "g"), 3, waves=("pre", "post", "late"))
    assert {told[(person, "post")] for person in weeks} == {26.0, 27.0}
    assert all(pd.isna(told[(person, "late")]) for person in weeks)


THREE = st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([24.0, 25.0, None]),
                  st.sampled_from([50.0, 51.0, None]))


@settings(max_examples=15, deadline=None)
@given(people=st.lists(THREE, min_size=4, max_size=30), k=st.integers(2, 4))
def test_all_weeks_of_a_person_are_shared_by_k(
    people: list[tuple[float | None, ...]], k: int
) -> None:
    weeks = {f"p{i}": row for i, row in enumerate(people)}
    waves = ("pre", "post", "late")
    told = dated(weeks, dict.fromkeys(weeks, "g"), k, waves=waves)
    shown = Counter(str([told[(person, wave)] for wave in waves]) for person in weeks)
    assert len(weeks) < k or min(shown.values()) >= k
