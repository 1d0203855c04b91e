"""Two waves without an intervention: the figures of R, and nobody lost without a word."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, ScoringError
from balint_research.scoring.instrument import Criteria, Scale
from balint_research.scoring.reliability import retest as rt
from balint_research.scoring.reliability.retest import retest
from balint_research.scoring.score import score
from tests.reliability_frames import (
    CLOSED_FORM,
    answers,
    figures,
    questionnaire,
    scale,
    sheet,
    simple,
)

KEY = simple(1, range(25))
ESTIMATES = ["icc_2_1", "icc_2_1_low", "icc_2_1_high", "icc_3_1", "icc_3_1_low", "icc_3_1_high",
             "r", "mean_difference", "sem_retest"]


def wave(scores: list[Any], ids: list[Any] | None = None) -> pd.DataFrame:
    frame = sheet([[value] for value in scores])
    return frame.assign(participant=ids or [f"p{i}" for i in range(len(scores))])


def only(frame: pd.DataFrame) -> "pd.Series[Any]":
    assert len(frame) == 1
    return frame.iloc[0]


# --- against R -----------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("case", "confidence"),
    [("steady", 0.95), ("moved", 0.95), ("loose", 0.95), ("steady_80", 0.8)])
def test_two_waves_agree_with_psych(case: str, confidence: float) -> None:
    data = answers("reliability_waves.csv")
    name = case.removesuffix("_80")
    first, second = (
        data[["participant", f"{name}_{n}"]].set_axis(["participant", "made_1"], axis="columns")
        for n in (1, 2))
    row = only(retest(first, second.iloc[::-1], KEY, confidence=confidence))
    expected = figures(case)
    assert expected.pop("level") == pytest.approx(confidence)
    for column, value in expected.items():
        assert row[column] == pytest.approx(value, rel=CLOSED_FORM), column
    assert pd.isna(row["note"])


def test_flourishing_of_200_students(shared_data: Path) -> None:
    folder = shared_data / "wellbeing_3waves"
    printed = pd.read_csv(folder / "expected_results.csv")
    key = simple(8, range(1, 8), score="mean")
    waves = [pd.read_csv(folder / f"wave{w}_raw.csv") for w in (1, 2, 3)]
    for first, second, name in ((0, 1, "1-2"), (1, 2, "2-3")):
        row = only(retest(waves[first], waves[second], key, by="id", items="flourish{n:02}"))
        expected = printed[printed["analysis"] == f"stability flourish {name}"]
        value = expected.set_index("quantity")["value"]
        assert row["n"] == 200
        assert row["r"] == pytest.approx(value["r"], rel=1e-10)
        assert row["mean_difference"] == pytest.approx(value["mean change"], rel=1e-10)
        assert row["sem_retest"] == pytest.approx(value["sd change"] / np.sqrt(2), rel=1e-10)
        assert row["icc_2_1_low"] < row["icc_2_1"] < row["icc_2_1_high"]


# --- who is paired -------------------------------------------------------------------------------

def test_people_are_paired_by_id_and_not_by_row() -> None:
    first = wave([1, 5, 9, 14, 20], list("abcde"))
    second = wave([21, 15, 8, 6, 3], list("edcbz"))
    row = only(retest(first, second, KEY))
    assert row[["n_first", "n_second", "n"]].tolist() == [5, 5, 4]
    assert row["mean_difference"] == pytest.approx(np.mean([6 - 5, 8 - 9, 15 - 14, 21 - 20]))


def test_a_form_without_a_score_is_not_paired() -> None:
    key = simple(2, range(5))
    first = sheet([[1, 2], [2, 3], [None, 4], [4, 4], [0, 1]]).assign(participant=list("abcde"))
    row = only(retest(first, first, key))
    assert row[["n_first", "n_second", "n"]].tolist() == [4, 4, 4]
    shared = only(retest(first, first, key, min_share=0.5))
    assert shared["n"] == 5


def test_scores_without_an_id_are_told() -> None:
    first = wave([1, 5, 9, 14, 20], ["a", "b", "c", "d", None])
    second = wave([2, 4, 9, 15, 3, 4], ["a", "b", "c", "d", None, None])
    row = only(retest(first, second, KEY))
    assert row[["n_first", "n_second", "n"]].tolist() == [5, 6, 4]
    assert row["note"] == (
        "1 score has no `participant` in the first wave and cannot be paired. "
        "2 scores have no `participant` in the second wave and cannot be paired."
    )


def test_a_person_with_two_rows_is_refused() -> None:
    twice = wave([1, 5, 9, 14], ["secret", "secret", "c", "d"])
    with pytest.raises(DataError) as caught:
        retest(wave([1, 2, 3, 4]), twice, KEY)
    assert str(caught.value) == (
        "1 fault was found; nothing was computed.\n  1. column 'participant', wave 'second': "
        "1 person has more than one row in this wave. Keep one row a person and wave. "
        "[person_twice]"
    )


def test_a_wave_without_ids_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        retest(wave([1, 2, 3]), wave([1, 2, 3]), KEY, by="code")
    assert str(caught.value) == (
        "1 fault was found; nothing was computed.\n  1. column 'code', wave 'first': The column "
        "that names the person is missing. Say with `by` which column it is. [by_missing]"
    )


def test_a_fault_in_the_answers_says_in_which_wave() -> None:
    with pytest.raises(DataError, match=r"column 'made_1', wave 'second': 1 answer is outside"):
        retest(wave([1, 2, 3]), wave([1, 2, 30]), KEY)


def test_numbers_in_one_wave_and_text_in_the_other_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        retest(wave([1, 2, 3], [1, 2, 3]), wave([1, 2, 3], ["1", "2", "3"]), KEY)
    assert str(caught.value) == (
        "1 fault was found; nothing was computed.\n  1. column 'participant': The ids are numbers "
        "in one wave and text in the other. Read both as text, so that nobody is lost. [by_kinds]"
    )


def test_numbers_with_a_gap_are_still_numbers() -> None:
    row = only(retest(wave([1, 5, 9, 3], [1, 2, 3, 4]), wave([2, 4, 9, 8], [1, 2, 3, None]), KEY))
    assert row["n"] == 3


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_without_meaning_is_refused(confidence: float) -> None:
    with pytest.raises(ScoringError, match=r"^`confidence` must lie between 0 and 1"):
        retest(wave([1, 2, 3]), wave([1, 2, 3]), KEY, confidence=confidence)


def test_other_kinds_of_frames() -> None:
    import duckdb
    import polars as pl

    first, second = wave([1, 5, 9, 14, 20]), wave([3, 4, 9, 11, 21])
    expected = retest(first, second, KEY)
    for one, two in (
        (pl.from_pandas(first), pl.from_pandas(second).lazy()),
        (duckdb.connect().from_df(first), second.convert_dtypes()),
        (first.astype({"participant": "category"}), second.iloc[::-1]),
    ):
        pd.testing.assert_frame_equal(retest(one, two, KEY), expected)


def test_scales_of_criteria_are_left_out_and_scores_are_those_of_score() -> None:
    criteria = Scale(
        name="Yes or no", items=(1, 2), score="criteria", range=(0, 1), higher_means="worse",
        criteria=Criteria(at_least={1: 1, 2: 1}, any_of=(1,), count=(1, 2)))
    key = questionnaire(
        range(5), yes=criteria, total=scale((1, 2), range(5), reversed=(2,), multiply=5))
    first = sheet([[0, 4], [1, 1], [4, 0], [3, 1]]).assign(participant=list("abcd"))
    second = sheet([[1, 4], [1, 0], [4, 2], [3, 3]]).assign(participant=list("abcd"))
    found = retest(first, second, key)
    assert found["scale"].tolist() == ["total"]
    change = score(second, key)["made_total"] - score(first, key)["made_total"]
    assert found["mean_difference"][0] == change.mean()


# --- answers from which little can be said -------------------------------------------------------

def test_too_few_pairs() -> None:
    row = only(retest(wave([1, 2, 3], list("abc")), wave([1, 2, 3], list("bcd")), KEY))
    assert (row["n"], row["note"]) == (2, rt.TOO_FEW)
    assert row[ESTIMATES].isna().all()


def test_nobody_in_both_waves_or_no_rows_at_all() -> None:
    row = only(retest(wave([1, 2, 3], list("abc")), wave([1, 2], [7, 8]).iloc[:0], KEY))
    assert row[["n_first", "n_second", "n", "note"]].tolist() == [3, 0, 0, rt.TOO_FEW]


def test_everybody_moves_alike() -> None:
    row = only(retest(wave([1, 5, 9, 14]), wave([3, 7, 11, 16]), KEY))
    assert row["icc_3_1"] == pytest.approx(1) and row["r"] == pytest.approx(1)
    assert row["icc_2_1"] < 1 and row["sem_retest"] == 0
    assert np.isnan(row["icc_3_1_low"]) and row["note"] == rt.ONE_SHIFT


def test_everybody_is_the_same() -> None:
    row = only(retest(wave([4, 4, 4]), wave([5, 5, 5]), KEY))
    assert row[["icc_2_1", "icc_3_1", "r"]].isna().all()
    assert (row["mean_difference"], row["note"]) == (1, rt.NO_DIFFERENCES)


def test_one_wave_is_flat() -> None:
    row = only(retest(wave([4, 4, 4, 4]), wave([5, 9, 1, 2]), KEY))
    assert row["note"] == rt.FLAT_WAVE and np.isnan(row["r"])
    assert row["icc_3_1"] == pytest.approx(0) and row["icc_2_1_low"] < row["icc_2_1_high"]


# --- laws ----------------------------------------------------------------------------------------

SCORES = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), min_size=3, max_size=9)


@settings(max_examples=8, deadline=None)
@given(SCORES)
def test_the_waves_may_change_places(pairs: list[tuple[int, int]]) -> None:
    one, two = wave([a for a, _ in pairs]), wave([b for _, b in pairs])
    there, back = only(retest(one, two, KEY)), only(retest(two, one, KEY))
    same = [name for name in ESTIMATES if name != "mean_difference"]
    assert there[same].tolist() == pytest.approx(back[same].tolist(), nan_ok=True, abs=1e-9)
    assert there["mean_difference"] == pytest.approx(-back["mean_difference"])


@settings(max_examples=8, deadline=None)
@given(SCORES)
def test_the_measurement_error_is_the_error_of_the_analysis_of_variance(
    pairs: list[tuple[int, int]]
) -> None:
    """ICC(3,1) = (B - E) / (B + E) with E = sem_retest^2 and B + E = var(first) + var(second)."""
    x = np.array(pairs, dtype="float64")
    row = only(retest(wave(x[:, 0].tolist()), wave(x[:, 1].tolist()), KEY))
    both = x.var(axis=0, ddof=1).sum()
    if both == 0:
        assert np.isnan(row["icc_3_1"])
    else:
        expected = 1 - 2 * row["sem_retest"] ** 2 / both
        assert row["icc_3_1"] == pytest.approx(expected, abs=1e-9)
