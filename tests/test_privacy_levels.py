"""The wider forms of a column, and what does not fit them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.study.privacy.levels import (
    as_text,
    banded,
    level_faults,
    number_text,
    wider_forms,
)

NAN = float("nan")


def texts(column: pd.Series) -> list[object]:
    """The column with None where a value is missing, so that it compares."""
    assert str(column.dtype) == "str"
    return column.astype(object).where(column.notna(), None).tolist()


def test_numbers_in_bands() -> None:
    age = pd.Series([29.0, 30.0, 39.5, 40.0, None, -1.0])
    told, fine, coarse = wider_forms(age, [(30, 40), (40,)])
    assert texts(told) == ["29", "30", "39.5", "40", None, "-1"]
    assert texts(fine) == ["under 30", "30 to under 40", "30 to under 40", "40 and over", None,
                           "under 30"]
    assert texts(coarse) == ["under 40", "under 40", "under 40", "40 and over", None, "under 40"]


@pytest.mark.parametrize("year", [
    pd.Series([3.0, 1.0, None]), pd.Series([3, 1, None], dtype="Int64"),
    pd.Series(["3", "1", None]),
])
def test_a_table_names_the_values_as_they_stand_in_the_file(year: pd.Series) -> None:
    _, told = wider_forms(year, [{"3": "senior", "1": "junior", "2": "junior"}])
    assert texts(told) == ["senior", "junior", None]


def test_whole_numbers_and_booleans() -> None:
    assert texts(as_text(pd.Series([3, 200]))) == ["3", "200"]
    assert texts(as_text(pd.Series(["yes", None]))) == ["yes", None]
    assert [number_text(n) for n in (0.0, -0.0, 100.0, 2 / 3, 12345678.25, 1e-9)] == [
        "0", "0", "100", "0.666667", "12345678.25", "0"]
    assert texts(as_text(pd.Series([None, None], dtype=float))) == [None, None]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-50, 150) | st.just(NAN), min_size=1, max_size=20),
       st.lists(st.integers(0, 100), min_size=1, max_size=4, unique=True).map(sorted))
def test_bands_as_the_words_say(values: list[float], bounds: list[int]) -> None:
    for value, band in zip(values, banded(pd.Series(values), bounds), strict=True):
        if np.isnan(value):
            assert pd.isna(band)
            continue
        low, high = -np.inf, np.inf
        for words in band.split(" to "):
            if words.startswith("under "):
                high = float(words.removeprefix("under "))
            else:
                low = float(words.removesuffix(" and over"))
        assert low <= value < high
        assert not any(low < bound < high for bound in bounds)


def test_every_level_that_does_not_fit_is_told_at_once_without_a_value() -> None:
    people = pd.DataFrame({"role": ["resident", "Zebra", "Okapi", None], "age": [30.0, 41, 50, 60]})
    issues = list(level_faults(people, {
        "role": ({"resident": "doctor"}, {"resident": "staff", "Zebra": "staff"}, (30,)),
        "age": ((40,), {"30": "young"}), "unit": ((1,),),
    }))
    assert [(i.rule, i.column, i.count, i.severity) for i in issues] == [
        ("value_without_level", "role", 2, "stop"), ("value_without_level", "role", 1, "stop"),
        ("bounds_for_text", "role", 3, "stop"), ("value_without_level", "age", 3, "stop"),
    ]
    assert issues[0].what == "2 people have a value that step 1 of its levels does not name."
    assert not any(word in str(issue) for issue in issues for word in ("Zebra", "Okapi", "41"))
