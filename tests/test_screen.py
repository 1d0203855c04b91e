"""The guards together: any frame, any row order, never a value, never a traceback, quickly."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue, ScoringError
from balint_research.scoring.library import list_instruments, load_instrument
from balint_research.scoring.score import score
from balint_research.scoring.screen.rules import RULES
from balint_research.scoring.screen.screen import MAP_COLUMNS, item_map, screen
from tests.guard_frames import CODES, MIXED, PARTS, answers, rules, shipped, told, turned
from tests.reliability_frames import simple

SCORABLE = [name for name in list_instruments()["id"] if load_instrument(name).scales]
INCOMPLETE = [name for name in list_instruments()["id"] if not load_instrument(name).scales]


def faulty() -> pd.DataFrame:
    """A file with a fault of nearly every kind."""
    frame = turned(answers(PARTS, 60, gaps=0.02), PARTS, 5)
    frame.iloc[:3, 0], frame.iloc[3, 1], frame.iloc[4, 2] = 99, 2.5, 41
    return frame.assign(made_8=2.0, made_11=3.0, group="a")


def declared(name: str) -> dict[str, Any]:
    """What a key asks for before it can be scored."""
    key = load_instrument(name)
    said: dict[str, Any] = {"coding": "as_printed"} if key.response.must_declare else {}
    return said | ({"items": {n: f"{name}_{n}" for n in key.items}}
                   if key.map_columns_by == "content" else {})


# --- one result for every frame ------------------------------------------------------------------


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "nullable": lambda frame: frame.convert_dtypes(),
    "pyarrow columns": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pl.from_pandas(frame),
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "duckdb": lambda frame: duckdb.from_df(frame),
    "other index": lambda frame: frame.set_axis([7] * len(frame)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_frame_gives_the_same_issues(kind: str) -> None:
    frame = faulty()
    expected = screen(frame, PARTS, missing_codes=[99])
    assert {issue.rule for issue in expected} >= {
        "range", "fractional", "declared_missing", "constant_item", "polarity"}
    assert screen(FRAMES[kind](frame), PARTS, missing_codes=[99]) == expected
    mapped = item_map(frame, PARTS)
    pd.testing.assert_frame_equal(item_map(FRAMES[kind](frame), PARTS), mapped)


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(chance: Any) -> None:
    frame = faulty().drop(columns=["made_11", "group"])   # strangers would stand between
    rows = chance.sample(range(len(frame)), len(frame))
    columns = chance.sample(list(frame), len(frame.columns))
    shuffled = frame.iloc[rows][columns]
    assert screen(shuffled, PARTS) == screen(frame, PARTS)


def test_a_seed_gives_one_result_and_another_one_nearly_the_same() -> None:
    frame = turned(answers(MIXED, 40), MIXED, 3)
    assert screen(frame, MIXED) == screen(frame, MIXED)
    one, other = screen(frame, MIXED), screen(frame, MIXED, seed=5)
    assert [issue.rule for issue in one] == [issue.rule for issue in other]
    assert one != other   # the ends of the interval


def test_a_column_elsewhere_changes_nothing() -> None:
    frame = faulty()
    assert screen(frame.assign(site=1, note="x"), PARTS) == screen(frame, PARTS)


@pytest.mark.parametrize("kind", ["pandas", "nullable", "polars"])
def test_the_frame_is_not_changed(kind: str) -> None:
    frame = FRAMES[kind](faulty())
    before = frame.copy() if kind != "polars" else frame.clone()
    screen(frame, PARTS)
    item_map(frame, PARTS)
    assert before.equals(frame)


# --- texts ---------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["Zebulon 1987", 8713.25, -4417.0, 61379.0, "zeb@example.org"]),
       st.integers(0, 9), st.integers(1, 60))
def test_no_issue_holds_a_cell(cell: float | str, column: int, times: int) -> None:
    frame = answers(PARTS)
    name = frame.columns[column]
    cells: list[float | str] = [cell] * times
    planted = frame.assign(**{name: cells + frame[name].tolist()[times:]})
    texts = " ".join(map(repr, screen(planted, PARTS)))
    assert texts
    assert not any(way in texts for way in (str(cell), str(cell).removesuffix(".0"), "Zeb"))


def every_rule() -> Iterable[Issue]:
    """Issues of files that break each rule in turn."""
    frame, key = answers(PARTS), PARTS
    yield from screen(faulty(), key)
    yield from screen(faulty(), key, missing_codes=[99])
    yield from screen(frame.assign(made_1="often", made_2=np.nan), key)
    yield from screen(frame * np.nan, key)
    yield from screen(frame + 1, key)
    yield from screen(frame.clip(1, 4), key)
    yield from screen(turned(frame, key, 2, 3, 8, 9), key)
    yield from screen(frame, key, already_reversed=True)
    yield from screen(turned(answers(MIXED, 30, 7, 0.35), MIXED, 2, 5, 6, 8), MIXED)
    yield from screen(turned(answers(MIXED, 25, 1, 0.45), MIXED, 3), MIXED)
    noise = answers(MIXED, 2000, 2).assign(made_3=np.resize([0.0, 1, 2, 3, 4], 2000))
    yield from screen(noise, MIXED)
    moved = frame.set_axis([*list(frame)[1:], "made_1"], axis=1)[list(frame)]
    yield from screen(moved, key)
    yield from screen(frame.rename(columns={"made_1": "made_4", "made_4": "made_1"}), key)
    cbi = shipped("cbi", 80)
    yield from screen(cbi, "cbi", item_order="article_2005")
    inside = frame.copy()
    inside.insert(3, "check", 3)
    yield from screen(inside, key, items=[str(column) for column in inside][:10])
    yield from screen(inside, key)
    bat = shipped("bat12")
    yield from screen(bat * 0 + 5, "bat12")
    drawn = np.random.default_rng(1).integers(1, 6, size=(60, 12))
    yield from screen(pd.DataFrame(drawn, columns=list(bat)), "bat12")


def test_every_rule_is_reached_and_every_text_is_a_sentence() -> None:
    found = list(every_rule())
    assert set(RULES) <= {issue.rule for issue in found}
    for issue in found:
        text = str(issue)
        assert not re.search(r"[{}]|\bnan\b|None|\d{4,}\.\d|-0\.00", text.replace(
            "{min", "").replace("}`", "`")), text
        assert issue.what.endswith(".") and issue.do.endswith((".", "?")), text
        assert issue.severity in ("stop", "warn", "note")
        assert ".." not in text and "  " not in text, text
        assert not re.search(r"\b1 (answers|columns|items|forms) ", text), text


def test_the_gravest_come_first() -> None:
    severities = [issue.severity for issue in screen(faulty(), PARTS, missing_codes=[99])]
    order = ["stop", "warn", "note"]
    assert severities == sorted(severities, key=order.index)
    assert set(severities) == set(order)


# --- what scoring refuses, and what is refused here ----------------------------------------------


def test_missing_columns_are_told_with_the_nearest_name_and_nothing_else_is() -> None:
    frame = faulty().drop(columns="made_3").rename(columns={"made_4": "made_04"})
    assert [str(issue) for issue in screen(frame, PARTS)] == [
        "column 'made_3': The column of item 3 of made is missing. The nearest column is 'made_9'. "
        "Say with `items` how the item columns are named. [item_missing]",
        "column 'made_4': The column of item 4 of made is missing. The nearest column is "
        "'made_04'. Say with `items` how the item columns are named. [item_missing]",
    ]


def test_columns_of_one_name() -> None:
    frame = answers(PARTS).assign(MADE_2=1)
    assert told(screen(frame, PARTS)) == [("twin_columns", "stop", "made_2")]
    twice = {n: f"made_{n}" for n in PARTS.items} | {3: "made_2"}
    assert told(screen(answers(PARTS), PARTS, items=twice)) == [("item_twice", "stop", "made_2")]
    same = pd.concat([answers(PARTS), answers(PARTS)[["made_1"]]], axis=1)
    with pytest.raises(ScoringError, match="Two columns of the frame have one name"):
        screen(same, PARTS)


@pytest.mark.parametrize("name", INCOMPLETE)
def test_incomplete_keys_are_refused_with_the_steps(name: str) -> None:
    with pytest.raises(ScoringError, match=r"no established key, so it cannot be scored\. Step 1"):
        screen(pd.DataFrame({"a": [1.0]}), name)


def test_what_has_to_be_declared_is_refused_as_in_scoring() -> None:
    with pytest.raises(ScoringError, match="is stored in either direction"):
        screen(shipped("olbi"), "olbi")
    with pytest.raises(ScoringError, match="The printed order of GCS is not certain"):
        screen(shipped("gcs7"), "gcs7")
    with pytest.raises(ScoringError, match="This is not a frame that can be scored"):
        screen([1, 2], "teq")


def test_the_column_with_the_times() -> None:
    frame = shipped("teq").assign(time=np.r_[[3.0] * 2, [90.0] * 58])
    assert "careless_too_fast" in [
        issue.rule for issue in screen(frame, "teq", seconds="time")]
    with pytest.raises((ScoringError, DataError), match="column"):
        screen(frame, "teq", seconds="when")


def test_what_stops_scoring_stops_here_too() -> None:
    """Every file that `score` refuses has a stop."""
    right = answers(PARTS)
    wrong = [right.assign(made_1=value) for value in (9.0, 2.5, "x", "2", True, np.inf, -1.0)]
    wrong += [right.drop(columns="made_1"), right.assign(MADE_1=1), right + 1]
    for frame in wrong:
        with pytest.raises(DataError):
            score(frame, PARTS)
        assert "stop" in [issue.severity for issue in screen(frame, PARTS)]


# --- every key -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORABLE)
def test_no_shipped_key_accuses_answers_that_hang_together(name: str) -> None:
    """Parts are taken as independent here; benchmarks/screen_rates.py has the other cases."""
    issues = screen(shipped(name, 60, seed=7), name, **declared(name))
    grave = [issue for issue in issues if issue.severity != "note"
             and not issue.rule.startswith("careless")]
    assert grave == []


@pytest.mark.parametrize("name", ["mini_z_burnout", "mbi_2item", "rfq8", "phq9", "gcs7", "olbi"])
@pytest.mark.parametrize("people", [0, 1, 19, 20])
def test_small_files_of_unusual_keys(name: str, people: int) -> None:
    frame = shipped(name, 20, gaps=0.1).head(people)
    for some in (frame, frame * np.nan):
        issues = screen(some, name, **declared(name))
        assert not {"stop"} & {issue.severity for issue in issues}
        assert len(item_map(some, name, **declared(name))) >= len(frame.columns)


@pytest.mark.parametrize("cell", [
    np.inf, -np.inf, 1e308, pd.NaT, None, pd.NA, "", [1, 2], 1 + 2j, b"1", pd.Timedelta(days=1),
    np.bool_(True), 10**400,
])  # fmt: skip
def test_degenerate_cells(cell: object) -> None:
    frame = answers(MIXED)
    for cells in ([cell], [cell] * 60):
        column = pd.Series(cells + frame["made_1"].tolist()[len(cells):], dtype=object)
        issues = screen(frame.assign(made_1=column), MIXED)
        texts = " ".join(map(str, issues))
        assert issues and "inf" not in texts and "e+" not in texts


def test_a_constant_file_and_one_without_any_answer() -> None:
    constant = answers(PARTS) * 0 + 2
    assert rules(constant, PARTS) == ["constant_item"] * 10 + ["lowest_never_used"]
    assert rules(answers(PARTS) * np.nan, PARTS) == ["unanswered"]
    assert screen(pd.DataFrame(columns=list(answers(PARTS))), PARTS) == ()


# --- the map -------------------------------------------------------------------------------------


def test_the_map_of_columns_items_scales_and_directions() -> None:
    """Worked out by hand for the CBI in the order of the article."""
    frame = shipped("cbi", 60)
    frame["cbi_10"] = [25.0] * 4 + [np.nan] * 56
    found = item_map(frame, "cbi", item_order="article_2005")
    assert tuple(found.columns) == MAP_COLUMNS
    key = load_instrument("cbi")
    assert found["column"].tolist() == [f"cbi_{n}" for n in range(1, 20)]   # as the form has them
    tenth = found.iloc[9]
    assert tenth[["item", "scale", "direction", "stored", "n"]].tolist() == [
        13, "work", "reversed", "raw", 4]
    assert tenth[["low", "high"]].isna().all()   # of four answers the range would tell one
    assert tenth["gist"] == key.items[13]
    first = found.iloc[0]
    assert first[["item", "scale", "direction"]].tolist() == [1, "personal", "forward"]
    assert (first["low"], first["high"]) == (frame["cbi_1"].min(), frame["cbi_1"].max())


def test_the_map_has_a_row_for_each_scale_of_an_item_and_tells_fillers() -> None:
    pss = item_map(shipped("pss10"), "pss10", already_reversed=True)
    fourth = pss[pss["item"] == 4].set_index("scale")
    assert fourth["direction"].to_dict() == {"total": "reversed", "self_efficacy": "forward"}
    assert fourth["stored"].tolist() == ["reversed", "reversed"]
    eq = item_map(shipped("eq40"), "eq40")
    fillers = eq[eq["scale"].isna()]
    assert len(fillers) == 20 and fillers["direction"].isna().all()


def test_the_map_shows_what_is_there_also_outside_the_codes() -> None:
    frame = answers(PARTS)
    frame.loc[0, "made_1"] = 99
    assert item_map(frame, PARTS).iloc[0][["low", "high"]].tolist() == [0.0, 99.0]
    assert item_map(frame.assign(made_1="x"), PARTS).iloc[0]["n"] == 0
    with pytest.raises(DataError, match="The column of item 1 of made is missing"):
        item_map(frame.drop(columns="made_1"), PARTS)


# --- speed ---------------------------------------------------------------------------------------


def test_it_costs_little() -> None:
    """Far from the measured times (benchmarks/README.md), so that only a blunder fails."""
    frame = shipped("teq", 60)
    screen(frame, "teq")
    start = time.perf_counter()
    screen(frame, "teq")
    assert time.perf_counter() - start < 3


def test_many_forms_are_drawn_from() -> None:
    key = simple(8, CODES, reversed=(2, 5, 6, 8))
    frame = turned(answers(key, 2500), key, 3)
    issue = next(issue for issue in screen(frame, key) if issue.rule == "polarity")
    assert "n 2000)" in str(issue.evidence)
    mixed = frame.sample(frac=1, random_state=1)
    assert screen(mixed, key) == screen(frame, key)


def test_a_key_of_ones_own_is_read_from_a_folder_or_given() -> None:
    assert rules(answers(MIXED), replace(MIXED, id="made")) == []
