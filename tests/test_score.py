"""Scoring: every backend gives the same numbers, and every usual error is refused."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, ScoringError
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import allowed_codes, item_columns
from balint_research.scoring.score import score

NO_ANSWER = 99


def pandas_numpy(frame: pd.DataFrame) -> Any:
    return frame


def pandas_nullable(frame: pd.DataFrame) -> Any:
    return frame.convert_dtypes()


def pandas_pyarrow(frame: pd.DataFrame) -> Any:
    return frame.convert_dtypes(dtype_backend="pyarrow")


def polars_eager(frame: pd.DataFrame) -> Any:
    import polars as pl

    return pl.DataFrame(frame.to_dict("list"), strict=False)  # NaN stays NaN, not null


def polars_lazy(frame: pd.DataFrame) -> Any:
    return polars_eager(frame).lazy()


def pyarrow_table(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def duckdb_relation(frame: pd.DataFrame) -> Any:
    import duckdb

    return duckdb.connect().from_df(frame)


def dask_frame(frame: pd.DataFrame) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(frame, npartitions=2)  # type: ignore[no-untyped-call]


def pyspark_frame(frame: pd.DataFrame) -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session.createDataFrame(frame)


BACKENDS: list[Callable[[pd.DataFrame], Any]] = [
    pandas_numpy, pandas_nullable, pandas_pyarrow, polars_eager, polars_lazy, pyarrow_table,
    duckdb_relation, dask_frame,
]  # fmt: skip
if find_spec("pyspark"):  # only `make test-spark` installs it
    BACKENDS.append(pyspark_frame)


@pytest.fixture(params=BACKENDS, ids=lambda make: make.__name__)
def backend(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    made: Callable[[pd.DataFrame], Any] = request.param
    return made


def back(frame: Any) -> pd.DataFrame:
    """Any frame as pandas, in the order of the column `person`."""
    data = nw.from_native(frame)
    eager = data.collect(backend="pandas") if isinstance(data, nw.LazyFrame) else data
    result: pd.DataFrame = eager.to_pandas().sort_values("person", ignore_index=True)
    return result


def answers(instrument: str, rows: Sequence[Sequence[float]]) -> pd.DataFrame:
    key = load_instrument(instrument)
    frame = pd.DataFrame(rows, columns=[f"{instrument}_{n}" for n in key.items], dtype=float)
    frame.insert(0, "person", range(len(rows)))
    return frame


def floats(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in column]


# --- the same numbers everywhere -----------------------------------------------------------------


def test_values_counts_and_states_on_every_backend(
    backend: Callable[[pd.DataFrame], Any],
) -> None:
    nan = float("nan")
    rows: list[list[float]] = [
        [0] * 19,
        [100] * 19,
        [50, 50, 50, nan, nan, nan, 25, 25, 25, nan, nan, nan, nan, *[nan] * 6],
        [75, 75, 0, 100, 0, 75, 75, 0, 100, 0, 75, 75, 0, 100, 0, 75, 75, 0, 100],
    ]
    scored = back(score(backend(answers("cbi", rows)), "cbi"))
    assert floats(scored["cbi_personal"]) == pytest.approx([0, 100, 50, 325 / 6])
    assert floats(scored["cbi_work"])[2] is None
    assert floats(scored["cbi_work"])[3] == pytest.approx(60.7143, abs=5e-5)
    assert floats(scored["cbi_client"]) == [0, 100, None, pytest.approx(350 / 6)]
    assert scored["cbi_work_answered"].tolist() == [7, 7, 3, 7]
    assert scored["cbi_client_status"].tolist() == ["complete", "complete", "empty", "complete"]
    assert scored["cbi_personal_status"].tolist()[2] == "prorated"
    assert scored["cbi_work_status"].tolist()[2] == "too_few"


def test_coding_order_missing_codes_and_criteria_on_every_backend(
    backend: Callable[[pd.DataFrame], Any],
) -> None:
    frame = answers("phq9", [[2, 2, 2, 2, 2, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0, NO_ANSWER]])
    scored = back(score(backend(frame), "phq9", missing_codes=[NO_ANSWER]))
    assert floats(scored["phq9_total"]) == [10, None]
    assert floats(scored["phq9_major_depressive_syndrome"]) == [1, None]
    assert floats(scored["phq9_other_depressive_syndrome"]) == [0, None]
    article = answers("cbi", [[1] * 9 + [5] + [1] * 9])
    scored = back(score(backend(article), "cbi", coding="coded_1_5", item_order="article_2005"))
    assert floats(scored["cbi_work"]) == [0]


def test_an_answer_outside_the_codes_stops_on_every_backend(
    backend: Callable[[pd.DataFrame], Any],
) -> None:
    frame = answers("who5", [[0, 5, 2, 6, 1], [0, 5, 2.5, 1, 1]])
    with pytest.raises(DataError) as caught:
        score(backend(frame), "who5")
    found = [(issue.rule, issue.column, issue.count) for issue in caught.value.issues]
    assert found == [("range", "who5_3", 1), ("range", "who5_4", 1)]


def test_the_frame_that_came_in_is_untouched_and_of_the_same_kind(
    backend: Callable[[pd.DataFrame], Any],
) -> None:
    frame = answers("teq", [[4] * 16])
    native = backend(frame)
    result = score(native, "teq")
    assert type(result) is type(native)
    pd.testing.assert_frame_equal(frame, answers("teq", [[4] * 16]))
    kept = back(result)[list(frame.columns)].astype(float)
    pd.testing.assert_frame_equal(kept, frame.astype(float), check_dtype=False)


def test_integer_columns_are_scored_too(backend: Callable[[pd.DataFrame], Any]) -> None:
    frame = answers("gad7", [[3, 2, 1, 0, 3, 2, 1]]).astype(int)
    assert floats(back(score(backend(frame), "gad7"))["gad7_total"]) == [12]


# --- what may be declared ------------------------------------------------------------------------


def test_a_lazy_frame_stays_lazy() -> None:
    import polars as pl

    assert isinstance(score(polars_lazy(answers("who5", [[1] * 5])), "who5"), pl.LazyFrame)


def test_the_published_missing_rule_is_never_overridden() -> None:
    nan = float("nan")
    jse = answers("jse_hp", [[4.0] * 16 + [nan] * 4, [4.0] * 15 + [nan] * 5])
    scored = score(jse, "jse_hp", min_share=0.5)
    assert floats(scored["jse_hp_total"]) == [80, None]
    assert scored["jse_hp_total_status"].tolist() == ["prorated", "too_few"]


def test_without_a_published_rule_every_item_is_needed_unless_declared() -> None:
    frame = answers("mbi_hss", [[3.0] * 21 + [float("nan")]])
    assert floats(score(frame, "mbi_hss")["mbi_hss_depersonalization"]) == [None]
    declared = score(frame, "mbi_hss", min_share=0.8)
    assert floats(declared["mbi_hss_depersonalization"]) == [15]
    assert declared["mbi_hss_depersonalization_status"].tolist() == ["prorated"]
    assert floats(score(frame, "mbi_hss", min_share=0.81)["mbi_hss_depersonalization"]) == [None]


def test_a_shifted_coding_is_declared_by_its_ends() -> None:
    frame = answers("mbi_hss", [[7] * 22])
    as_pair = score(frame, "mbi_hss", coding=(1, 7))
    pd.testing.assert_frame_equal(as_pair, score(frame, "mbi_hss", coding={"min": 1, "max": 7}))
    pd.testing.assert_frame_equal(as_pair, score(frame, "mbi_hss", coding="coded_1_7"))
    assert floats(as_pair["mbi_hss_emotional_exhaustion"]) == [54]


def test_olbi_needs_its_coding_and_scores_both_directions() -> None:
    printed = [4, 1, 1, 1, 4, 1, 4, 1, 1, 4, 1, 1, 4, 4, 4, 4]
    with pytest.raises(ScoringError) as caught:
        score(answers("olbi", [printed]), "olbi")
    assert str(caught.value) == (
        "OLBI is stored in either direction, and the numbers do not show which: a wrong choice "
        "turns every score round. Declare `coding`. Allowed: 'as_printed': 1 = strongly agree, "
        "2 = agree, 3 = disagree, 4 = strongly disagree; 'disagree_first': 1 = strongly disagree "
        "to 4 = strongly agree (most software); in that coding the items to recode are the other "
        "eight: 1, 5, 7, 10, 13, 14, 15, 16. Look it up in the codebook of the survey."
    )
    scored = score(answers("olbi", [printed]), "olbi", coding="as_printed")
    mirrored = score(answers("olbi", [[5 - x for x in printed]]), "olbi", coding="disagree_first")
    for scale in ("exhaustion", "disengagement", "total"):
        assert floats(scored[f"olbi_{scale}"]) == floats(mirrored[f"olbi_{scale}"]) == [4]


def test_items_stored_reversed_are_turned_back() -> None:
    raw = answers("tas20", [[1, 2, 3, 4, 5] * 4])
    stored = raw.copy()
    for n in load_instrument("tas20").reversed_anywhere:
        stored[f"tas20_{n}"] = 6 - stored[f"tas20_{n}"]
    names = [f"tas20_{scale}" for scale in load_instrument("tas20").scales]
    expected = score(raw, "tas20")[names]
    pd.testing.assert_frame_equal(score(stored, "tas20", already_reversed=True)[names], expected)
    listed = load_instrument("tas20").reversed_anywhere
    pd.testing.assert_frame_equal(score(stored, "tas20", already_reversed=listed)[names], expected)


@pytest.mark.parametrize("already_reversed", [True, [10]])
def test_items_stored_reversed_are_counted_as_the_form_does(already_reversed: Any) -> None:
    """In the article order of the CBI the reversed item is number 10 (in the form's, 13)."""
    form = pd.DataFrame([[75.0] * 19], columns=[f"Q{n}" for n in range(1, 20)])
    scored = score(form, "cbi", items="Q{n}", item_order="article_2005",
                   already_reversed=already_reversed)
    assert floats(scored["cbi_work"]) == [75]


@pytest.mark.parametrize(
    "items",
    ["q{n:02}", [f"q{n:02}" for n in range(1, 17)], {n: f"q{n:02}" for n in range(1, 17)}],
    ids=["pattern", "list", "mapping"],
)
def test_items_may_be_a_pattern_a_list_or_a_mapping(items: Any) -> None:
    frame = pd.DataFrame({f"q{n:02}": [4.0] for n in range(1, 17)})
    assert floats(score(frame, "teq", items=items)["teq_total"]) == [32]


def test_a_parent_form_is_found_by_its_numbers() -> None:
    key = load_instrument("mbi_2item")
    columns = item_columns(key, "mbi_{n}", "mbi_hss_numbers")
    assert columns == {1: "mbi_8", 2: "mbi_10"}
    frame = pd.DataFrame({f"mbi_{n}": [float(n % 7)] for n in range(1, 23)})
    scored = score(frame, "mbi_2item", items="mbi_{n}", item_order="mbi_hss_numbers")
    assert floats(scored["mbi_2item_ee_single"]) == [1]
    assert floats(scored["mbi_2item_dp_single"]) == [3]


def test_allowed_codes_follow_the_coding() -> None:
    cbi = load_instrument("cbi")
    assert allowed_codes(cbi, None) == (0, 25, 50, 75, 100)
    assert allowed_codes(cbi, "coded_1_5") == allowed_codes(cbi, (1, 5)) == (1, 2, 3, 4, 5)


# --- what is refused -----------------------------------------------------------------------------


def refusal(frame: pd.DataFrame, instrument: str = "who5", **how: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        score(frame, instrument, **how)
    return [str(issue) for issue in caught.value.issues]


def test_every_fault_of_the_columns_is_told_at_once() -> None:
    frame = answers("who5", [[1] * 5]).drop(columns="who5_2")
    frame = frame.assign(who5_1="often", who5_3=True, WHO5_4=1.0, who5_raw=0)
    assert refusal(frame) == [
        "column 'who5_1': Item 1 of WHO-5 is not stored as numbers. Allowed: numeric codes (whole "
        "numbers 0 to 5 as printed). Export the answers as numeric codes, or turn the labels into "
        "codes first. [not_numeric]",
        "column 'who5_2': The column of item 2 of WHO-5 is missing. The nearest column is "
        "'who5_5'. Say with `items` how the item columns are named. [item_missing]",
        "column 'who5_3': Item 3 of WHO-5 is not stored as numbers. Allowed: numeric codes (whole "
        "numbers 0 to 5 as printed). Export the answers as numeric codes, or turn the labels into "
        "codes first. [not_numeric]",
        "column 'who5_4': Another column has the same name but for capitals. Rename or remove one "
        "of them. [twin_columns]",
        "column 'who5_raw': The column that would hold a result is already there. Rename or drop "
        "it first; nothing is overwritten. [output_exists]",
    ]


def test_an_answer_a_hair_beside_its_code_is_that_code() -> None:
    near = 4 + 4e-10
    shifted = answers("who5", [[near] * 5])
    assert floats(score(shifted, "who5", coding={"min": 1, "max": 6})["who5_percent"]) == [60]
    symptoms = answers("phq9", [[2 - 4e-10] * 9])
    assert floats(score(symptoms, "phq9")["phq9_major_depressive_syndrome"]) == [1]


def test_the_range_of_few_answers_is_not_told() -> None:
    with pytest.raises(DataError) as caught:
        score(answers("who5", [[5.5] * 5]), "who5")
    assert "5.5" not in str(caught.value)


@pytest.mark.parametrize(("options", "sentence"), [
    ({"items": {"a", "b"}}, "`items` must be a pattern, a list in item order, or a mapping item -> "
                            "column."),
    ({"coding": {"low": 1, "high": 6}},
     "`coding` must be an id, 'as_printed', or {'min': 1, 'max': 7}."),
    ({"coding": 5}, "`coding` must be an id, 'as_printed', or {'min': 1, 'max': 7}."),
    ({"missing_codes": 99, "min_share": "0.8"}, "`missing_codes` must be a list of codes, as in "
     "[99]. `min_share` must be a number above 0 and at most 1."),
    ({"already_reversed": 1}, "`already_reversed` must be True, False or a list of item numbers."),
])
def test_an_argument_of_the_wrong_kind_is_named(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScoringError) as caught:
        score(answers("who5", [[1] * 5]), "who5", **options)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("change", "sentence"), [
    (lambda f: pd.concat([f, f], axis=1), "Two columns of the frame have one name."),
    (lambda f: f.rename(columns={"who5_1": 1}), "The names of the columns must be texts."),
    (lambda f: f.to_numpy().tolist(), "This is not a frame that can be scored."),
])
def test_what_is_no_frame_with_names_is_refused(
    change: Callable[[pd.DataFrame], Any], sentence: str
) -> None:
    with pytest.raises(ScoringError, match=sentence):
        score(change(answers("who5", [[1] * 5])), "who5")


def test_the_range_issue_never_prints_an_answer_far_from_the_codes() -> None:
    [sentence] = refusal(answers("who5", [[1, 1, 1, 1, 4917612345]]))
    assert "4917612345" not in sentence
    assert sentence == (
        "column 'who5_5': 1 answer is outside the codes of WHO-5. Evidence: the column reaches "
        "more than one step beyond the codes. Allowed: whole numbers 0 to 5. Correct the file, "
        "declare `missing_codes`, or declare the `coding` in which the answers are stored. [range]"
    )


def test_one_column_for_two_items_is_refused() -> None:
    columns = {1: "who5_1", 2: "who5_1", 3: "who5_3", 4: "who5_4", 5: "who5_5"}
    assert refusal(answers("who5", [[1] * 5]), items=columns) == [
        "column 'who5_1': The column stands for more than one item of WHO-5. Give each item its "
        "own column in `items`. [item_twice]"
    ]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"coding": "coded_1_8"},
         "WHO-5 has no coding 'coded_1_8'. Allowed: 'as_printed', 'printed_left_to_right_1_6', "
         "'turned_0_5'."),
        ({"coding": (1, 7)},
         "coding 1 to 7 does not fit WHO-5: it has 6 codes (whole numbers 0 to 5). Give the "
         "lowest and the highest code stored, 6 evenly spaced codes in the same direction."),
        ({"coding": (5, 0)},
         "coding 5 to 0 does not fit WHO-5: it has 6 codes (whole numbers 0 to 5). Give the "
         "lowest and the highest code stored, 6 evenly spaced codes in the same direction."),
        ({"item_order": "other"}, "WHO-5 has no item order 'other'. Allowed: none."),
        ({"items": "who5_1"},
         "The pattern 'who5_1' does not name the items of WHO-5. Write {n} where the item number "
         "stands ({n:02} for 01) and {id} for the instrument."),
        ({"items": ["a", "b"]}, "`items` has 2 columns; WHO-5 has 5 items."),
        ({"items": {1: "a", 9: "b"}},
         "`items` must name the column of each item of WHO-5 (5 items). Missing: 2, 3, 4, 5. "
         "Unknown: 9."),
        ({"already_reversed": [3, 9]},
         "`already_reversed` names items that WHO-5 does not have: 9. Allowed: whole "
         "numbers 1 to 5."),
        ({"missing_codes": [0, 9]},
         "`missing_codes` 0 are answers of WHO-5 in this coding (whole numbers 0 to 5). Remove "
         "them, or declare the `coding`."),
        ({"min_share": 1.2}, "`min_share` must be above 0 and at most 1 (0.8 means 80 %)."),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_right_is_refused(how: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScoringError) as caught:
        score(answers("who5", [[1] * 5]), "who5", **how)
    assert str(caught.value) == sentence


# --- laws ----------------------------------------------------------------------------------------

ANSWER = st.one_of(st.none(), st.integers(0, 4))
SHEETS = st.lists(st.lists(ANSWER, min_size=28, max_size=28), min_size=1, max_size=6)


def iri(sheets: list[list[int | None]]) -> pd.DataFrame:
    return answers("iri", [[np.nan if a is None else a for a in sheet] for sheet in sheets])


def scales(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[f"iri_{scale}" for scale in load_instrument("iri").scales]]


@settings(max_examples=10, deadline=None)
@given(SHEETS)
def test_reversing_every_answer_mirrors_every_score(sheets: list[list[int | None]]) -> None:
    mirrored = [[None if a is None else 4 - a for a in sheet] for sheet in sheets]
    pd.testing.assert_frame_equal(
        28 - scales(score(iri(sheets), "iri")), scales(score(iri(mirrored), "iri"))
    )


@settings(max_examples=10, deadline=None)
@given(SHEETS, st.randoms(use_true_random=False))
def test_scores_ignore_row_and_column_order(sheets: list[list[int | None]], random: Any) -> None:
    frame = iri(sheets)
    columns = list(frame.columns)
    random.shuffle(columns)
    shuffled = score(frame[columns].iloc[::-1], "iri").sort_index()
    pd.testing.assert_frame_equal(scales(shuffled), scales(score(frame, "iri")))


@settings(max_examples=10, deadline=None)
@given(SHEETS, st.integers(1, 28))
def test_one_more_gap_never_raises_the_count(sheets: list[list[int | None]], n: int) -> None:
    frame = iri(sheets)
    fewer = frame.assign(**{f"iri_{n}": np.nan})
    names = [f"iri_{scale}_answered" for scale in load_instrument("iri").scales]
    assert (score(fewer, "iri")[names] <= score(frame, "iri")[names]).all(axis=None)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=28, max_size=28), st.integers(0, 5))
def test_a_prorated_sum_is_exact_where_it_is_a_whole_number(row: list[int], gaps: int) -> None:
    """29 / 7 * 7 is not 29: the product must come before the quotient."""
    kept: list[float] = [float(row[0])] * (28 - gaps) + [float("nan")] * gaps
    scored = score(answers("ments", [kept]), "ments", min_share=0.8)
    key = load_instrument("ments").scales["total"]
    keyed = [6 - row[0] if n in key.reversed else row[0] for n in key.items[: 28 - gaps]]
    assert floats(scored["ments_total"]) == [sum(keyed) * 28 / (28 - gaps)]
