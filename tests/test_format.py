"""Numbers as text: the only rounding of the package."""

import pandas as pd
import pytest

from balint_research.files import harmless_cell, harmless_frame
from balint_research.reporting import format as to
from balint_research.scoring.instrument import Scale


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1.25, 1, "1.2"), (-1.234, 2, "−1.23"), (-0.04, 1, "0.0"), (0.0, 2, "0.00"),
     (None, 2, "–"), (float("nan"), 2, "–"), (pd.NA, 2, "–"), (float("inf"), 2, "–")],
)
def test_a_number_has_fixed_decimals_and_a_true_minus(
    value: object, digits: int, text: str
) -> None:
    assert to.number(value, digits) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.049, "0.049"), (0.0004, "< 0.001"), (0.001, "0.001"), (0.0, "< 0.001"),
     (0.9996, "> 0.999"), (1.0, "> 0.999"), (float("nan"), "–")],
)
def test_a_p_value_has_three_decimals(p: float, text: str) -> None:
    assert to.p_value(p) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.996, "> 99 %"), (0.004, "< 1 %"), (0.25, "25 %"),
     (None, "–")],
)
def test_a_share_is_never_all_or_nothing_by_rounding(share: float | None, text: str) -> None:
    assert to.percent(share) == text


def test_an_interval_needs_both_ends() -> None:
    assert to.interval(-1.0, 2.0, 1) == "−1.0 to 2.0"
    assert to.interval(-1.0, None) == "–"
    assert to.with_interval(0.5, None, None) == "0.50"


@pytest.mark.parametrize(("high", "digits"), [(54, 1), (20, 1), (7, 2)])
def test_a_wide_scale_has_one_decimal(high: float, digits: int) -> None:
    scale = Scale(name="x", items=(1,), score="sum", range=(0, high), higher_means="worse")
    assert to.digits_of(scale) == digits


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1-A2", "-waits", "@x", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["balint", "", "a=b", "-1", "+1.5", "-1e3", -1.5, None, True])
def test_every_other_cell_stays_as_it_is(value: object) -> None:
    assert harmless_cell(value) is value


def test_words_for_counts_and_lists() -> None:
    assert to.counted(1, "person", "people") == "1 person"
    assert to.counted(1200, "row") == "1,200 rows"
    assert to.listed([]) == ""
    assert to.listed(["a", "b"]) == "a and b"
    assert to.label(float("nan")) == to.label("") == "all participants"


def test_a_frame_is_made_harmless_names_and_cells() -> None:
    frame = pd.DataFrame({"=a": ["-1", None, "=x()"], "n": [-1.0, 2.0, 3.0]})
    safe = harmless_frame(frame)
    assert list(safe) == ["'=a", "n"]
    assert safe["'=a"].tolist()[::2] == ["-1", "'=x()"]
    assert safe["'=a"].isna().tolist() == [False, True, False]
    assert safe["n"].equals(frame["n"])
    assert list(frame) == ["=a", "n"]
