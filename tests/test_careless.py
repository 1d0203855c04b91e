"""Careless answering: the indices agree with R, and ordinary people are seldom flagged."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue, ScoringError
from balint_research.scoring.instrument import Instrument, Response, Scale
from balint_research.scoring.library import load_instrument
from balint_research.scoring.screen.answer_patterns import longest, run_lengths
from balint_research.scoring.screen.careless import COLUMNS, careless, careless_issues
from balint_research.scoring.screen.careless_rules import CarelessRules, directions

TEQ = load_instrument("teq")
ORACLE = Path(__file__).parent / "oracles" / "careless.csv"
CLOSE = 1e-12  # both sides compute with doubles; what differs is the order of additions
NO_ANSWER = float("nan")


def key_of(items: int, codes: tuple[int, ...], *scales: Scale) -> Instrument:
    """An invented questionnaire; only what the indices look at is its own."""
    named = {f"s{i}": scale for i, scale in enumerate(scales)}
    return replace(
        load_instrument("teq"), id="own", abbreviation="OWN", response=Response(codes=codes),
        items={n: f"item {n}" for n in range(1, items + 1)}, scales=named, examples=(),
        coding_variants={}, item_order_variants={}, band_sets={},
    )


def scale(items: list[int], reversed_: tuple[int, ...] = (), **others: Any) -> Scale:
    usual = {"name": "A scale", "score": "mean", "range": (1, 5), "higher_means": "better"}
    return Scale(**usual | {"items": tuple(items), "reversed": reversed_} | others)


def forms(name: str, *answers: Sequence[float]) -> pd.DataFrame:
    columns = [f"{name}_{n}" for n in range(1, len(answers[0]) + 1)]
    return pd.DataFrame(list(answers), columns=columns, dtype="float64")


def flags(found: pd.DataFrame) -> list[str]:
    return list(found["flags"])


def mixed(people: int, name: str = "teq", items: int = 16, top: int = 4) -> pd.DataFrame:
    """Answers without a pattern: no run, no twin, nothing to flag."""
    drawn = np.random.default_rng(8).integers(0, top + 1, size=(people, items))
    return forms(name, *drawn.tolist())


# --- the indices, against R and closed forms -----------------------------------------------------

IN_R = key_of(
    21, (1, 2, 3, 4, 5), scale([1, 5, 9, 13], (5,)), scale([2, 6, 10, 14, 17], (6, 14)),
    scale([3, 7, 11, 15, 18, 20], (11,)), scale([4, 8, 12, 16], (12,)), scale([19, 21]),
    scale(list(range(1, 22)), (5, 6, 11, 12, 14)),  # a total: no scale of its own
)  # fmt: skip


@pytest.fixture(scope="module")
def in_r() -> pd.DataFrame:
    return pd.read_csv(ORACLE, comment="#")


@pytest.mark.parametrize(
    "index", ["answered", "long_string", "longest_possible", "irv", "even_odd", "even_odd_scales",
              "duplicate_of_other", "expected_twins"],
)  # fmt: skip
def test_every_index_is_that_of_r(in_r: pd.DataFrame, index: str) -> None:
    ours = careless(in_r, IN_R)[index].astype("float64").to_numpy()
    theirs = in_r[index].to_numpy(dtype=float)
    assert np.isfinite(theirs).sum() >= 60
    np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=0, equal_nan=True)


def test_the_published_test_of_the_r_package_careless() -> None:
    """Its file `lonstring-test-data.csv`: 10, 20 ... 90 ones, then 0 and 1 in turn; last, tens."""
    rows = [[1.0] * ones + [float(j % 2) for j in range(100 - ones)] for ones in range(10, 100, 10)]
    rows.append([float(1 - (j // 10) % 2) for j in range(100)])
    assert longest(run_lengths(np.array(rows))).tolist() == [*range(10, 100, 10), 10]


def test_a_run_is_one_in_the_order_that_was_shown() -> None:
    """CBI, article order: numbers 7-10 are items 10-13 of the key, 11-13 are its items 7-9."""
    shown = [0.0, 50.0, 0.0, 50.0] + [25.0] * 6 + [50.0, 75.0, 100.0] + [0.0, 25.0] * 3
    found = careless(forms("cbi", shown), "cbi", item_order="article_2005")
    assert found["long_string"].tolist() == [6]


def test_a_run_counts_what_was_ticked_not_what_is_stored() -> None:
    straight, order = [3.0] * 16, [1.0, 4.0, 0.0, 2.0] * 4
    raw = forms("teq", straight, order)
    stored = raw.copy()
    turned = [f"teq_{n}" for n in load_instrument("teq").reversed_anywhere]
    stored[turned] = 4 - stored[turned]
    shifted = raw + 1
    plain = careless(raw, "teq")
    assert plain["long_string"].tolist() == [16, 1]
    pd.testing.assert_frame_equal(careless(stored, "teq", already_reversed=True), plain)
    pd.testing.assert_frame_equal(careless(shifted, "teq", coding=(1, 5)), plain)


def test_declared_missing_codes_break_a_run() -> None:
    answers = forms("phq9", [1, 1, 1, 1, 9, 1, 1, 1, 1])
    found = careless(answers, "phq9", missing_codes=[9]).iloc[0]
    assert (found["answered"], found["long_string"], found["longest_possible"]) == (8, 4, 4)


def test_even_odd_is_missing_for_questionnaires_of_one_or_two_scales() -> None:
    for name, items in [("teq", 16), ("phq9", 9), ("who5", 5)]:
        found = careless(mixed(20, name, items, 3), name)
        assert found["even_odd"].isna().all()
        assert (found["even_odd_scales"] < 3).all()
    assert careless(mixed(20, "iri", 28), "iri")["even_odd"].notna().all()


def test_seconds_are_divided_by_the_items_answered() -> None:
    answers = forms("phq9", [0, 1, 2, 0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, *[NO_ANSWER] * 4],
                    [NO_ANSWER] * 9, [0, 1, 2, 0, 1, 2, 0, 1, 2])
    answers["time"] = [17.9, 10.0, 3.0, NO_ANSWER]
    found = careless(answers, "phq9", seconds="time")
    expected = [17.9 / 9, 2.0, NO_ANSWER, NO_ANSWER]
    np.testing.assert_allclose(found["seconds_per_item"], expected, rtol=CLOSE, equal_nan=True)
    assert flags(found) == ["too_fast", "", "", ""]  # 2 s exactly is not faster than 2 s
    assert careless(answers, "phq9")["seconds_per_item"].isna().all()


# --- straight lines ------------------------------------------------------------------------------


def test_nothing_throughout_a_scale_without_reversed_items_is_an_ordinary_answer() -> None:
    assert flags(careless(forms("phq9", [0] * 9, [3] * 9, [1] * 9), "phq9")) == ["", "", ""]
    long = forms("maas", [1] * 15, [6] * 15, [1] * 14 + [2])
    assert flags(careless(long, "maas")) == ["", "", ""]


def test_one_inner_answer_throughout_a_long_form_is_flagged() -> None:
    most = [3.0] * 12 + [1.0, 2.0, 4.0]
    fewer = [3.0] * 11 + [1.0, 2.0, 4.0, 5.0]
    found = careless(forms("maas", [3] * 15, most, fewer), "maas")
    assert flags(found) == ["long_string irv_zero", "long_string", ""]


@pytest.mark.parametrize("code", [0, 2, 4])
def test_a_straight_line_over_reversed_items_is_flagged_at_every_code(code: int) -> None:
    assert flags(careless(forms("teq", [code] * 16), "teq")) == ["long_string irv_zero"]


def test_half_the_form_is_the_limit_where_items_contradict_each_other() -> None:
    eight, seven = [4.0] * 8 + [1.0, 0.0] * 4, [4.0] * 7 + [1.0, 0.0] * 4 + [1.0]
    found = careless(forms("teq", eight, seven), "teq")
    assert found["long_string"].tolist() == [8, 7]
    assert flags(found) == ["long_string", ""]


def test_a_run_within_items_of_one_direction_does_not_contradict_itself() -> None:
    key = key_of(16, (1, 2, 3, 4, 5), scale(list(range(1, 17)), tuple(range(9, 17))))
    first_half, across = [2.0] * 8 + [4.0, 5.0] * 4, [4.0, 5.0] * 2 + [2.0] * 8 + [4.0, 5.0] * 2
    found = careless(forms("own", first_half, across), key)
    assert found["long_string"].tolist() == [8, 8]
    assert flags(found) == ["", "long_string"]


def test_exhaustion_and_accomplishment_point_in_two_directions_without_reversal() -> None:
    key = load_instrument("mbi_hss")
    assert not key.reversed_anywhere
    assert flags(careless(forms("mbi_hss", [0] * 22, [6] * 22), key)) == [
        "long_string irv_zero", "long_string irv_zero",
    ]


def test_a_straight_line_with_a_gap_is_seen_by_its_variability() -> None:
    gap = [2.0] * 7 + [NO_ANSWER] + [2.0] * 8
    few = [2.0] * 5 + [NO_ANSWER] * 11
    found = careless(forms("teq", gap, few), "teq")
    assert found["irv"].tolist() == [0, 0]
    assert flags(found) == ["long_string irv_zero", ""]
    wider = careless(forms("teq", [2.0] * 5 + [NO_ANSWER] + [2.0] * 5 + [NO_ANSWER] * 5), "teq")
    assert flags(wider) == ["irv_zero"]


def test_short_forms_are_not_flagged_for_a_run() -> None:
    assert flags(careless(forms("who5", [3] * 5), "who5")) == [""]
    assert flags(careless(forms("pss4", [2] * 4), "pss4")) == [""]


def test_directions_come_from_reversal_recoding_and_what_higher_means() -> None:
    key = key_of(
        6, (1, 2, 3), scale([1, 2], (2,)), scale([3, 4], (4,), higher_means="worse"),
        scale([5, 6], (6,), higher_means="neutral"), scale([1, 3], recode={1: 2, 2: 1, 3: 0}),
        scale([5], score="criteria", criteria=load_instrument("phq9").scales[
            "major_depressive_syndrome"].criteria),
    )  # fmt: skip
    # items 1 and 3: item 1 is better in one scale and worse in another, item 3 is worse in both
    assert directions(key, range(1, 7)).tolist() == [[0, -1, -1, 1, 0, 0], [0, 0, 0, 0, 1, -1]]


# --- even-odd ------------------------------------------------------------------------------------


def test_even_odd_is_flagged_only_where_it_rests_on_enough_scales() -> None:
    key = key_of(16, (1, 2, 3, 4, 5), *[scale(list(range(i, i + 4))) for i in (1, 5, 9, 13)])
    torn = forms("own", [1, 5, 1, 5, 2, 4, 2, 4, 4, 2, 4, 2, 5, 1, 5, 1])
    found = careless(torn, key)
    assert found["even_odd"].tolist() == [-1]
    assert flags(found) == [""]
    assert flags(careless(torn, key, rules=CarelessRules(even_odd_scales=4))) == ["even_odd"]
    agreed = forms("own", [1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5])
    eager = careless(agreed, key, rules=CarelessRules(even_odd_scales=4))
    assert eager["even_odd"].iloc[0] == pytest.approx(1, abs=CLOSE)
    assert flags(eager) == [""]


# --- duplicates ----------------------------------------------------------------------------------


def test_a_copied_form_is_flagged_with_its_original() -> None:
    answers = mixed(40)
    answers.loc[39] = answers.loc[7]
    found = careless(answers, "teq")
    assert found.index[found["flags"] == "duplicate"].tolist() == [7, 39]
    assert found["duplicate_of_other"].sum() == 2


def test_a_copy_with_another_gap_is_another_form() -> None:
    answers = mixed(40)
    answers.loc[39] = answers.loc[7]
    answers.loc[39, "teq_16"] = NO_ANSWER
    assert careless(answers, "teq")["duplicate_of_other"].sum() == 0
    answers.loc[7, "teq_16"] = NO_ANSWER
    assert careless(answers, "teq")["duplicate_of_other"].sum() == 2


def test_honest_twins_of_a_short_form_are_counted_and_not_flagged() -> None:
    nearly_none = [[1.0 if n == place else 0.0 for n in range(9)] for place in range(9)]
    found = careless(forms("phq9", *nearly_none, *nearly_none), "phq9")
    assert found["duplicate_of_other"].tolist() == [1] * 18
    assert flags(found) == [""] * 18


def test_forms_that_many_share_are_not_compared() -> None:
    floor = [4.0 if n in load_instrument("teq").reversed_anywhere else 0.0 for n in range(1, 17)]
    few = [1.0, 2.0, 3.0, 4.0, 0.0, *[NO_ANSWER] * 11]
    answers = forms("teq", floor, floor, [2] * 16, [2] * 16, few, few, [NO_ANSWER] * 16)
    found = careless(answers, "teq")
    assert found["duplicate_of_other"].isna().all()
    assert found["expected_twins"].isna().all()
    assert not found["flags"].str.contains("duplicate").any()


@given(order=st.permutations(range(20)))
@settings(max_examples=6, deadline=None)
def test_the_order_of_the_rows_plays_no_part(order: list[int]) -> None:
    answers = mixed(20)
    answers.loc[3] = answers.loc[5]
    whole = careless(answers, TEQ)
    pd.testing.assert_frame_equal(careless(answers.iloc[order], TEQ), whole.iloc[order],
                                  rtol=CLOSE, atol=0)


answer = st.one_of(st.integers(0, 4).map(float), st.just(NO_ANSWER))


@given(rows=st.lists(st.lists(answer, min_size=16, max_size=16), min_size=1, max_size=8),
       gap=st.integers(1, 16))
@settings(max_examples=10, deadline=None)
def test_what_holds_for_every_form(rows: list[list[float]], gap: int) -> None:
    answers = forms("teq", *rows)
    whole = careless(answers, TEQ)
    assert (whole["long_string"] >= 0).all()
    assert (whole["long_string"] <= whole["longest_possible"]).all()
    assert (whole["longest_possible"] <= whole["answered"]).all()
    assert (whole["irv"].isna() == (whole["answered"] < 2)).all()
    assert whole["irv"].dropna().between(0, 4).all()
    less = careless(answers.assign(**{f"teq_{gap}": NO_ANSWER}), TEQ)
    assert (whole["answered"] - less["answered"]).isin([0, 1]).all()
    assert (less["long_string"] <= whole["long_string"]).all()


# --- the frame -----------------------------------------------------------------------------------


def test_rows_index_and_answers_stay_as_they_are() -> None:
    answers = mixed(5).set_axis(["b", "b", "a", "c", "c"], axis="index")
    before = answers.copy()
    found = careless(answers, "teq")
    assert list(found.columns) == list(COLUMNS)
    assert found.index.tolist() == ["b", "b", "a", "c", "c"]
    pd.testing.assert_frame_equal(answers, before)


def test_frames_without_rows_or_answers() -> None:
    assert careless(mixed(3).iloc[:0], "teq").shape == (0, len(COLUMNS))
    found = careless(forms("teq", [NO_ANSWER] * 16), "teq").iloc[0]
    assert (found["answered"], found["long_string"], found["longest_possible"]) == (0, 0, 0)
    assert found["flags"] == ""


def test_other_kinds_of_frame_give_the_same() -> None:
    import polars as pl

    answers = mixed(12).assign(time=[float(10 * i) for i in range(12)])
    whole = careless(answers, "teq", seconds="time")
    assert (whole["flags"] == "too_fast").sum() == 4
    for frame in (pl.DataFrame(answers.to_dict("list")), pl.LazyFrame(answers.to_dict("list"))):
        pd.testing.assert_frame_equal(careless(frame, "teq", seconds="time"), whole)
    nullable = answers.convert_dtypes()
    pd.testing.assert_frame_equal(careless(nullable, "teq", seconds="time"), whole)


@pytest.mark.parametrize(
    ("times", "column", "text"),
    [
        ([20.0, 30.0], "tine", "column 'tine': The column with the times is missing. The nearest "
         "column is 'time'. Allowed: seconds, 0 or more; empty where not known. Name the column "
         "with the seconds spent on the form, or leave `seconds` out. [seconds_missing]"),
        (["20", "30"], "time", "column 'time': The times are not stored as numbers. Allowed: "
         "seconds, 0 or more; empty where not known. Give the seconds spent on the form as "
         "numbers. [seconds_not_numeric]"),
        ([20.0, -1.0], "time", "column 'time': 1 time is below 0. Allowed: seconds, 0 or more; "
         "empty where not known. Correct them, or leave them empty where the time is not known. "
         "[seconds_negative]"),
    ],
)  # fmt: skip
def test_times_that_cannot_be_used(times: list[Any], column: str, text: str) -> None:
    with pytest.raises(DataError) as fault:
        careless(mixed(2).assign(time=times), "teq", seconds=column)
    assert [str(issue) for issue in fault.value.issues] == [text]


def test_answers_are_refused_as_in_scoring() -> None:
    with pytest.raises(DataError, match="outside the codes of TEQ"):
        careless(forms("teq", [7] * 16), "teq")


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"long_string_share": 0}, "`long_string_share` must be above 0 and at most 1 (0.5 means "
         "half of the items)."),
        ({"one_way_share": 75}, "`one_way_share` must be above 0 and at most 1 (0.5 means half of "
         "the items)."),
        ({"least_items": 1}, "`least_items` must be at least 2: one answer is no pattern."),
        ({"least_one_way": 0}, "`least_one_way` must be at least 2: one answer is no pattern."),
    ],
)  # fmt: skip
def test_rules_that_would_accuse_everybody_are_refused(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(ScoringError) as fault:
        CarelessRules(**wrong)
    assert str(fault.value) == text


# --- issues --------------------------------------------------------------------------------------


def issues_of_twelve_forms() -> tuple[Issue, ...]:
    answers = mixed(12)
    answers.loc[11] = answers.loc[4]
    answers.loc[0] = 3.0
    answers.loc[1] = NO_ANSWER
    answers["time"] = [8.0, 0.0, *[60.0] * 9, 31.0]
    found = careless(answers, "teq", seconds="time")
    return careless_issues(found, load_instrument("teq"), file="t0.csv", wave="baseline",
                           lines=range(2, 14))


def test_one_issue_a_rule_with_numbers_and_never_an_answer() -> None:
    issues = issues_of_twelve_forms()
    assert [(issue.rule, issue.severity, issue.count, issue.rows) for issue in issues] == [
        ("careless_long_string", "warn", 1, (2,)), ("careless_irv_zero", "note", 1, (2,)),
        ("careless_too_fast", "warn", 2, (2, 13)), ("careless_duplicate", "warn", 2, (6, 13)),
    ]
    place = "wave 'baseline', rows 6, 13: "
    assert str(issues[3]) == (
        f"t0.csv, {place}2 forms of TEQ have exactly the answers of another form, a pattern too "
        "rare for coincidence. Evidence: 2 of 11 forms with answers (18.2 %). Look at them beside "
        "other signs of carelessness. Nothing was deleted: report the primary outcome with and "
        "without them. [careless_duplicate]"
    )
    assert issues[2].what == "2 forms of TEQ have answers given faster than 2 s an item."


def test_nothing_found_nothing_said() -> None:
    assert careless_issues(careless(mixed(12), "teq"), load_instrument("teq")) == ()


def test_many_rows_are_counted_and_the_first_are_named() -> None:
    answers = forms("teq", *[[2.0] * 16] * 30)
    issue = careless_issues(careless(answers, "teq"), load_instrument("teq"), lines=range(2, 32))[0]
    assert issue.count == 30
    assert issue.rows == tuple(range(2, 10))


# --- real answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "items", "pairs"), [("phq9", "phq{n}", 676), ("gad7", "gad{n}", 1284)]
)
def test_no_student_is_accused_and_twins_are_as_many_as_coincidence_expects(
    shared_data: Path, name: str, items: str, pairs: int
) -> None:
    answers = pd.read_csv(shared_data / "phq_gad_medstudents_mx" / "items.csv")
    found = careless(answers, name, items=items)
    assert len(found) == 783
    assert (found["flags"] == "").all()
    assert found["duplicate_of_other"].sum() == 2 * pairs
    assert found["expected_twins"].sum() == pytest.approx(2 * pairs, rel=0.1)


def test_few_in_the_trial_are_flagged_and_all_for_runs(shared_data: Path) -> None:
    answers = pd.read_csv(shared_data / "pospsy_rct_items" / "items_long_as_published.csv")
    key = key_of(20, (0, 1, 2, 3), scale(list(range(1, 21)), (4, 8, 12, 16), higher_means="worse"))
    pretest = answers[answers["occasion"] == 0]
    found = careless(pretest, key, items="cesd{n:02}", coding=(1, 4))
    assert (found["flags"] != "").sum() == 7
    assert found.loc[found["flags"] != "", "flags"].str.startswith("long_string").all()
    assert found["duplicate_of_other"].sum() == 18
