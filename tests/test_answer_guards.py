"""Guards on single answers: every kind of fault has its own sentence, and no value is told."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.score import score
from balint_research.scoring.screen.screen import screen
from tests.guard_frames import MIXED, ONE_WAY, answers, rules, shipped, told
from tests.reliability_frames import simple

SEVEN = simple(4, range(7))      # 0 to 6
FROM_ONE = simple(4, range(1, 8))


def found(frame: pd.DataFrame, rule: str, key: Instrument | str = MIXED, **declared: Any) -> Issue:
    """The one Issue of a rule."""
    [issue] = [issue for issue in screen(frame, key, **declared) if issue.rule == rule]
    return issue


def with_cells(frame: pd.DataFrame, column: str, *cells: object) -> pd.DataFrame:
    """The first answers of a column replaced."""
    values = frame[column].astype(object)
    values.iloc[:len(cells)] = list(cells)
    numeric = all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells)
    return frame.assign(**{column: values.astype(float) if numeric else values})


def test_right_answers_raise_nothing() -> None:
    assert rules(answers(MIXED), MIXED) == []
    assert rules(answers(MIXED, gaps=0.1), MIXED) == []


# --- each kind of wrong answer -------------------------------------------------------------------


def test_out_of_range() -> None:
    frame = with_cells(answers(MIXED), "made_3", 5, 5)
    assert str(found(frame, "range")) == (
        "column 'made_3': 2 answers are outside the codes of made. Evidence: the column runs from "
        "0 to 5. Allowed: whole numbers 0 to 4. Correct the file, declare `missing_codes`, or "
        "declare the `coding` in which the answers are stored. [range]"
    )
    far = found(with_cells(answers(MIXED), "made_3", 5, 41), "range")
    assert far.count == 2
    assert far.evidence == "the column reaches more than one step beyond the codes"


def test_the_range_of_few_answers_is_not_told() -> None:
    frame = pd.DataFrame({f"made_{n}": [0.0, 1.0, 2.0, np.nan, np.nan] for n in range(1, 9)})
    issue = found(with_cells(frame, "made_3", 5), "range")
    assert (issue.count, issue.evidence) == (1, None)


def test_fractions() -> None:
    frame = with_cells(answers(MIXED), "made_3", 2.5)
    assert str(found(frame, "fractional")) == (
        "column 'made_3': 1 answer is between two codes of made. Allowed: whole numbers 0 to 4. "
        "Look there for means, percentages or answers that were filled in: score raw answers. "
        "[fractional]"
    )
    assert found(with_cells(shipped("cbi"), "cbi_3", 25, 30), "fractional", "cbi").count == 1
    assert rules(with_cells(answers(MIXED), "made_3", 2 + 1e-12), MIXED) == []   # read from a float


@pytest.mark.parametrize("cell", ["often", "", " ", "2,5", True, pd.Timestamp(2026, 1, 1), [3]])
def test_what_is_no_number(cell: object) -> None:
    frame = with_cells(answers(MIXED), "made_3", cell, 3)
    assert str(found(frame, "text_answers")) == (
        "column 'made_3': 1 answer is not numeric. Allowed: whole numbers 0 to 4. Export the "
        "answers as numeric codes, not as text or labels. [text_answers]"
    )


@pytest.mark.parametrize("kind", [
    lambda column: column.astype("str"), lambda column: column.astype("category"),
    lambda column: column.astype(object), lambda column: column > 1,
    lambda column: pd.to_datetime(column),
])  # fmt: skip
def test_a_column_that_scoring_would_refuse_is_told(
    kind: Callable[[pd.Series], pd.Series]
) -> None:
    """Numbers stored as text: each of them can be read, and none of them would be scored."""
    frame = answers(MIXED).astype(int)
    assert found(frame.assign(made_3=kind(frame["made_3"])), "text_answers").count == 60
    with pytest.raises(DataError):
        score(frame.assign(made_3=kind(frame["made_3"])), MIXED)


@pytest.mark.parametrize(("key", "code"), [
    *((SEVEN, code) for code in (9, 99, -999, -1, -9, 8, 77, 999)),
    *((FROM_ONE, code) for code in (9, 99, -999, -1, 98, 9999)),
    (ONE_WAY, 7),
])  # fmt: skip
def test_missing_codes_are_recognised(key: Instrument, code: int) -> None:
    frame = with_cells(answers(key), "made_3", code, code, code)
    assert str(found(frame, "missing_codes", key)) == (
        f"column 'made_3': 3 answers are probably a code for no answer ({code}). Allowed: whole "
        f"numbers {key.response.low} to {key.response.high}. If so, declare `missing_codes = "
        f"[{code}]`; else correct the file. [missing_codes]"
    )
    assert told(screen(frame, key, missing_codes=[code])) == [
        ("declared_missing", "note", "made_3")]


def test_several_missing_codes_of_a_column() -> None:
    frame = with_cells(answers(MIXED), "made_3", 99, -999, 99, 9)
    issue = found(frame, "missing_codes")
    assert (issue.count, issue.do[:43]) == (4, "If so, declare `missing_codes = [-999, 9, 9")


def test_declared_missing_codes_are_counted() -> None:
    frame = with_cells(answers(MIXED), "made_3", 99, 99)
    assert str(found(frame, "declared_missing", missing_codes=[99])) == (
        "column 'made_3': 2 answers are a declared missing code: no answer. Nothing, if this is "
        "meant. [declared_missing]"
    )


def test_missing_codes_between_the_codes_of_a_wide_range() -> None:
    """0, 25 ... 100: nobody can have ticked 99 or 9, and they are no fractions."""
    frame = with_cells(shipped("cbi"), "cbi_3", 99, 9)
    assert told(screen(frame, "cbi")) == [("missing_codes", "stop", "cbi_3")]


@pytest.mark.parametrize("key", [SEVEN, simple(4, range(1, 7))])
def test_a_number_next_to_the_codes_is_no_missing_code(key: Instrument) -> None:
    """7 beside 0 to 6 (or 1 to 6) may be an answer stored one step higher."""
    assert "missing_codes" not in rules(with_cells(answers(key), "made_3", 7), key)
    assert found(with_cells(answers(key), "made_3", 7), "range", key).count == 1


def test_a_column_of_ages_is_not_taken_for_missing_codes() -> None:
    """The codes named in the text would be somebody's age."""
    ages = np.random.default_rng(1).integers(24, 99, size=60).astype(float)
    ages[:3] = [77, 88, 98]
    issue = found(answers(MIXED).assign(made_3=ages), "range")
    assert (issue.count, "77" in str(issue)) == (60, False)


# --- the coding as a whole -----------------------------------------------------------------------


def test_one_to_seven_where_zero_to_six_is_declared_stops() -> None:
    issues = screen(answers(SEVEN) + 1, SEVEN)
    assert [str(issue) for issue in issues] == [
        "The answers of made are not stored in the codes of its key. Evidence: all answers "
        "together run from 1 to 7, and nobody answered 0; 4 of 4 items have answers outside the "
        "declared codes. Allowed: whole numbers 0 to 6. Look it up in the codebook. If it is so, "
        "declare `coding = {min = 1, max = 7}`. [shifted_coding]"
    ]
    assert issues[0].severity == "stop"
    assert rules(answers(SEVEN) + 1, SEVEN, coding=(1, 7)) == []


def test_zero_to_six_where_one_to_seven_is_declared_stops() -> None:
    assert "`coding = {min = 0, max = 6}`" in found(
        answers(FROM_ONE) - 1, "shifted_coding", FROM_ONE).do
    declared = found(answers(SEVEN), "shifted_coding", SEVEN, coding=(1, 7))
    assert "`coding = {min = 0, max = 6}`" in declared.do   # the key's own codes
    assert "`coding = {min = -3, max = 3}`" in found(
        answers(SEVEN) - 3, "shifted_coding", SEVEN).do


def test_the_variants_of_a_key_are_offered_by_name() -> None:
    frame = shipped("cbi").div(25).add(1)
    issue = found(frame, "shifted_coding", "cbi")
    assert issue.do.startswith(
        'Look it up in the codebook. If it is so, declare `coding = "coded_1_5"` (')
    assert issue.evidence == (
        "all answers together run from 1 to 5, and nobody answered 0, 25, 50, 75, 100; 19 of 19 "
        "items have answers outside the declared codes")
    assert "shifted_coding" not in rules(frame, "cbi", coding="coded_1_5")


def test_other_faults_are_told_beside_a_moved_coding() -> None:
    frame = answers(SEVEN) + 1
    frame.iloc[0, 0], frame.iloc[1, 1], frame.iloc[2, 2], frame.iloc[3, 3] = 99, 2.5, 41, -1
    assert told(screen(frame, SEVEN)) == [
        ("shifted_coding", "stop", None), ("missing_codes", "stop", "made_1"),
        ("fractional", "stop", "made_2"), ("range", "stop", "made_3"),
        ("missing_codes", "stop", "made_4"),
    ]


def test_numbers_without_any_pattern_are_no_moved_coding() -> None:
    frame = pd.DataFrame(np.random.default_rng(1).integers(10**6, 10**9, size=(60, 4)) * 1.0,
                         columns=list(answers(SEVEN)))
    assert rules(frame, SEVEN) == ["range"] * 4


def test_one_moved_column_is_a_fault_of_its_own() -> None:
    frame = answers(MIXED)
    assert told(screen(frame.assign(made_3=frame["made_3"] + 1), MIXED)) == [
        ("range", "stop", "made_3")]


def test_few_forms_say_nothing_about_the_coding_as_a_whole() -> None:
    """The range of all answers of one person would tell what this person answered."""
    frame = pd.DataFrame([[7.0, 7.0, 7.0, 7.0]] * 4, columns=list(answers(SEVEN)))
    assert set(rules(frame, SEVEN)) == {"range"}
    assert "shifted_coding" in rules(pd.concat([frame] * 2), SEVEN)


def test_negative_missing_codes_in_every_column_are_no_moved_coding() -> None:
    frame = answers(SEVEN).replace(6.0, -1.0)
    assert set(rules(frame, SEVEN)) == {"missing_codes"}


def test_the_lowest_answer_that_nobody_gave_is_a_note() -> None:
    frame = answers(SEVEN).clip(1, 6)
    assert str(found(frame, "lowest_never_used", SEVEN)) == (
        "Nobody gave the lowest answer of made to any item. Evidence: 240 answers of 60 forms, "
        "none of them 0. Look up in the codebook whether the answers are stored one step higher; "
        "then declare `coding = {min = 1, max = 7}`. [lowest_never_used]"
    )
    assert rules(frame.head(19), SEVEN) == []          # of few people it means nothing
    assert rules(answers(FROM_ONE).clip(2, 7), FROM_ONE) == []   # nobody stores 1 to 7 as 2 to 8


# --- items without life --------------------------------------------------------------------------


def test_an_item_that_nobody_answered() -> None:
    assert [str(issue) for issue in screen(answers(MIXED).assign(made_3=np.nan), MIXED)] == [
        "column 'made_3': Nobody answered this item. Check that the column holds this item; a form "
        "without it is another version of the questionnaire. [unanswered_item]"
    ]
    emptied = answers(MIXED).assign(made_3=99.0)
    assert told(screen(emptied, MIXED, missing_codes=[99])) == [
        ("unanswered_item", "warn", "made_3"), ("declared_missing", "note", "made_3")]


def test_a_column_of_text_is_not_called_unanswered() -> None:
    assert rules(answers(MIXED).assign(made_3="often"), MIXED) == ["text_answers"]


def test_a_questionnaire_that_nobody_answered() -> None:
    assert [str(issue) for issue in screen(answers(MIXED) * np.nan, MIXED)] == [
        "Nobody answered made. Check that these columns hold its items, and that it was given to "
        "these people. [unanswered]"
    ]
    assert screen(answers(MIXED).iloc[:0], MIXED) == ()


@pytest.mark.parametrize(("value", "severity"), [(2, "warn"), (0, "note"), (4, "note")])
def test_a_constant_item(value: int, severity: str) -> None:
    """At the end of the codes it may be so in a small group (a rare symptom): a note."""
    issue = found(answers(MIXED).assign(made_3=float(value)), "constant_item")
    assert (issue.severity, issue.evidence) == (severity, "60 answers")
    assert issue.sentence == (
        "Everybody gave the same answer to an item of made. Evidence: 60 answers. Check that the "
        "column holds this item, and not a default or a check question.")


def test_four_equal_answers_are_no_constant_item() -> None:
    frame = answers(MIXED).head(4)
    assert "constant_item" not in rules(frame.assign(made_3=2.0), MIXED)
    assert "constant_item" in rules(answers(MIXED).head(5).assign(made_3=2.0), MIXED)


# --- properties ----------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([3.7182, 43.0, 1234567.0, -55.5, "Zebulon", "1999-12-31", np.inf, -np.inf]),
       st.integers(1, 8), st.integers(1, 60))
def test_no_text_holds_a_cell(cell: float | str, item: int, times: int) -> None:
    frame = with_cells(answers(MIXED), f"made_{item}", *[cell] * times)
    issues = screen(frame, MIXED)
    assert issues
    texts = " ".join(map(repr, issues))
    written = {str(cell), str(cell).removesuffix(".0")}
    assert not any(way in texts for way in written)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-1000, 1000), st.floats(-10, 10)),
                min_size=8, max_size=8))
def test_every_answer_is_a_code_or_is_told_once(cells: list[float | None]) -> None:
    """Counts of the Issues of a column add up to the answers that are no codes."""
    frame = answers(SEVEN)
    frame["made_2"] = [*cells, *frame["made_2"].iloc[8:]]
    wrong = sum(cell is not None and not any(abs(cell - code) <= 1e-9 for code in range(7))
                for cell in cells)
    issues = [issue for issue in screen(frame, SEVEN) if issue.column == "made_2"
              and issue.rule in ("range", "fractional", "missing_codes")]
    assert sum(issue.count or 0 for issue in issues) == wrong


@pytest.mark.parametrize("codes", [range(8), range(1, 10), range(-3, 4), range(11), (0, 50, 100)])
def test_a_code_of_the_key_is_never_a_missing_code(codes: Sequence[int]) -> None:
    key = simple(4, codes)
    frame = pd.DataFrame({f"made_{n}": np.resize(codes, 60).astype(float) for n in range(1, 5)})
    assert not {"missing_codes", "range", "fractional", "shifted_coding"} & set(rules(frame, key))
