"""Class sizes and distinct values: against printed numbers, pycanon and a loop over all pairs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycanon import anonymity  # type: ignore[import-untyped]

from balint_research.study.privacy.risk import Missing, class_sizes, distinct_values

# sdcMicro, tests/testthat/test_freqCalc.R: three variables of eight people
EIGHT = pd.DataFrame({"A": [2, 3, 2, 2, 3, 3, 1, 2], "B": [3, 3, 3, 3, 3, 3, 4, 3],
                      "C": [1, 3, 1, 2, 1, 1, 1, 1]})
# sdcMicro, tests/testthat/test_ldiversity.R: three variables and a sensitive one of seven people
SEVEN = pd.DataFrame({
    "sex": ["f", "f", "f", "m", "m", "f", "f"],
    "occupation": [None, None, None, "t", "t", "n", "n"],
    "ethnicity": ["o", "o", "o", "o", "o", "m", "m"],
    "sensitive": [1.0, 0.0, 2.0, 1.0, 0.0, 0.0, 1.0],
})
ALL = ["A", "B", "C"]


def test_the_printed_counts_of_sdcmicro() -> None:
    sizes = class_sizes(EIGHT, ALL, missing="wildcard")
    assert sizes.tolist() == [3, 1, 3, 1, 2, 2, 1, 3]
    assert class_sizes(EIGHT, ALL, missing="category").equals(sizes)
    assert (int(sizes.eq(1).sum()), int(sizes.eq(2).sum())) == (3, 2)


def test_the_printed_counts_of_sdcmicro_with_missing_values() -> None:
    people = EIGHT.assign(C=EIGHT["C"].astype(float).mask(EIGHT.index.isin([2, 6])))
    assert class_sizes(people, ALL, missing="wildcard").tolist() == [3, 1, 4, 2, 2, 2, 1, 3]
    assert class_sizes(people, ALL, missing="category").tolist() == [2, 1, 1, 1, 2, 2, 1, 2]


@pytest.mark.parametrize("missing", ["category", "wildcard"])
def test_the_printed_values_of_sdcmicro(missing: Missing) -> None:
    values = distinct_values(SEVEN, ["sex", "occupation", "ethnicity"], SEVEN["sensitive"],
                             missing=missing)
    assert values.tolist() == [3, 3, 3, 2, 2, 2, 2]


@pytest.mark.parametrize("missing", ["category", "wildcard"])
def test_nothing_known_and_nobody(missing: Missing) -> None:
    assert class_sizes(EIGHT, [], missing=missing).tolist() == [8] * 8
    nobody = EIGHT.iloc[:0]
    assert class_sizes(nobody, ALL, missing=missing).tolist() == []
    assert distinct_values(nobody, ALL, nobody["A"], missing=missing).tolist() == []


def test_a_sensitive_column_of_other_people_is_refused() -> None:
    with pytest.raises(ValueError, match="index"):
        distinct_values(EIGHT, ALL, EIGHT["A"].iloc[1:], missing="category")
    with pytest.raises(KeyError):
        class_sizes(EIGHT, ["D"], missing="category")


# --- random frames -------------------------------------------------------------------------------

CELL = st.sampled_from(["a", "b", "c", None])
FRAMES = st.lists(st.tuples(CELL, CELL, CELL, st.sampled_from([1.0, 2.0, 3.0, None])),
                  min_size=1, max_size=14).map(
    lambda rows: pd.DataFrame(rows, columns=["x", "y", "z", "score"],
                              index=[f"p{i}" for i in range(len(rows))]))
THREE = ["x", "y", "z"]


@settings(max_examples=40, deadline=None)
@given(FRAMES)
def test_as_pycanon_counts(frame: pd.DataFrame) -> None:
    told = frame.astype("str").fillna("missing").reset_index(drop=True)
    assert class_sizes(frame, THREE, missing="category").min() == (
        anonymity.k_anonymity(told, THREE))
    assert distinct_values(frame, THREE, frame["score"], missing="category").min() == (
        anonymity.l_diversity(told, THREE, ["score"]))


def slow_matches(frame: pd.DataFrame, columns: Sequence[str], missing: Missing) -> list[list[int]]:
    """Who shares everything with whom, one pair and one column after the other."""
    def same(a: Any, b: Any) -> bool:
        if pd.isna(a) or pd.isna(b):
            return missing == "wildcard" or bool(pd.isna(a) and pd.isna(b))
        return bool(a == b)

    rows = frame[list(columns)].to_numpy(dtype=object).tolist()
    return [[j for j, other in enumerate(rows) if all(map(same, row, other))] for row in rows]


@settings(max_examples=60, deadline=None)
@given(FRAMES, st.sampled_from(["category", "wildcard"]))
def test_as_a_loop_over_all_pairs_counts(frame: pd.DataFrame, missing: Missing) -> None:
    matches = slow_matches(frame, THREE, missing)
    scores = frame["score"].tolist()
    assert class_sizes(frame, THREE, missing=missing).tolist() == list(map(len, matches))
    told = [{"none" if pd.isna(scores[j]) else scores[j] for j in row} for row in matches]
    if missing == "wildcard":
        told = [values - {"none"} for values in told]
    assert distinct_values(frame, THREE, frame["score"], missing=missing).tolist() == (
        list(map(len, told)))


def test_two_thousand_people_and_twelve_columns() -> None:
    rng = np.random.default_rng(5)
    columns = [f"c{i}" for i in range(12)]
    drawn = pd.DataFrame(rng.choice(["a", "b", "c", "-"], (2000, 12), p=[.6, .2, .1, .1]),
                         columns=columns)
    people = drawn.mask(drawn == "-")
    category = class_sizes(people, columns, missing="category")
    told = drawn.agg("|".join, axis=1)
    assert category.equals(told.map(told.value_counts()).rename("people"))
    assert (class_sizes(people, columns, missing="wildcard") >= category).all()
