"""The guards on open data: right files raise no alarm, and faults put in or published are found.

Signs of careless answering are pinned as flags that never stop; the rest has to be exactly right.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.scoring.screen.screen import item_map, screen
from balint_research.study.read.read import read_table

KEYS = Path(__file__).parent
NHANES = [f"DPQ0{n}0" for n in range(1, 10)]
CESD = {"items": "cesd{n:02}", "coding": (1, 4)}
AHI = {"items": "ahi{n:02}"}


def guards(frame: pd.DataFrame, key: Instrument | str | Path, **declared: Any) -> list[Issue]:
    """What `screen` tells, apart from careless answering, which never stops."""
    issues = screen(frame, key, **declared)
    careless = [issue for issue in issues if issue.rule.startswith("careless")]
    assert all(issue.severity != "stop" for issue in careless)
    return [issue for issue in issues if issue not in careless]


def told(issues: list[Issue]) -> list[tuple[str, str, str | None]]:
    return [(issue.rule, issue.severity, issue.column) for issue in issues]


def own(study: str, name: str) -> Path:
    return KEYS / study / "instruments" / f"{name}.toml"


# --- files that are right: no alarm --------------------------------------------------------------


def test_mexican_students(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "phq_gad_medstudents_mx" / "items.csv")
    assert guards(frame, "phq9", items="phq{n}") == []
    assert guards(frame, "gad7", items="gad{n}") == []


@pytest.mark.parametrize("wave", ["screening", "halftime", "post", "one_year_followup"])
def test_the_internet_programme(shared_data: Path, wave: str) -> None:
    frame = pd.read_csv(shared_data / "qwb_icbt_longitudinal" / "items_wide.csv")
    assert guards(frame, own("qwb", "qwb"), items=f"QWB_{{n}}_{wave}") == []
    if wave == "screening":
        assert guards(frame, "phq9", items="PHQ-9_{n}_screening") == []
        assert guards(frame, "gad7", items="GAD-7_{n}_screening") == []


@pytest.mark.parametrize("occasion", range(6))
def test_the_trial_at_each_occasion(shared_data: Path, occasion: int) -> None:
    """120 to 295 people; the CES-D has four reversed items in a block of their own kind."""
    rows = pd.read_csv(shared_data / "pospsy_rct_items" / "items_long_as_published.csv")
    frame = rows[rows["occasion"] == occasion]
    assert len(frame) >= 120
    assert guards(frame, own("pospsy", "cesd"), **CESD) == []
    assert guards(frame, own("pospsy", "ahi"), **AHI) == []


@pytest.mark.parametrize("wave", [1, 2, 3])
def test_students_at_three_waves(shared_data: Path, wave: int) -> None:
    """The only remark, about the halves of Grit at wave 3, is true: they hardly correlate."""
    frame = pd.read_csv(shared_data / "wellbeing_3waves" / f"wave{wave}_raw.csv")
    assert guards(frame, own("wellbeing", "flourishing"), items="flourish{n:02}") == []
    assert guards(frame, own("wellbeing", "spane"), items="spne{n:02}") == []
    grit = told(guards(frame, own("wellbeing", "grit"), items="grit{n:02}"))
    assert grit == ([("reversal_uncertain", "note", None)] if wave == 3 else [])


# --- what is published with a fault --------------------------------------------------------------


def test_nhanes_keeps_refused_and_unknown_in_the_answers(shared_data: Path) -> None:
    frame = read_table(shared_data / "phq9_nhanes_2021_2023" / "DPQ_L.xpt")
    counts = {column: int(frame[column].isin([7, 9]).sum()) for column in NHANES}
    undeclared = guards(frame, "phq9", items=NHANES)
    assert told(undeclared) == [("missing_codes", "stop", column) for column in NHANES]
    assert {issue.column: issue.count for issue in undeclared} == counts
    assert undeclared[0].do == (
        "If so, declare `missing_codes = [7, 9]`; else correct the file.")
    declared = guards(frame, "phq9", items=NHANES, missing_codes=[7, 9])
    assert told(declared) == [("declared_missing", "note", column) for column in NHANES]
    assert {issue.column: issue.count for issue in declared} == counts


def test_the_trial_stores_one_to_four_where_the_key_has_zero_to_three(shared_data: Path) -> None:
    rows = pd.read_csv(shared_data / "pospsy_rct_items" / "items_long_as_published.csv")
    [issue] = guards(rows[rows["occasion"] == 0], own("pospsy", "cesd"), items="cesd{n:02}")
    assert (issue.rule, issue.severity) == ("shifted_coding", "stop")
    assert "declare `coding = {min = 1, max = 4}`." in issue.do


def test_an_answer_outside_the_range_of_the_epworth_scale(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "phq_gad_medstudents_mx" / "items.csv")
    key = eight_items((0, 1, 2, 3))
    issues = guards(frame, key, items="epworth{n}")
    assert {issue.rule for issue in issues} == {"range"}
    outside = (frame.filter(like="epworth") > 3).to_numpy().sum()
    assert sum(issue.count or 0 for issue in issues) == outside == 22


def test_a_user_missing_code_that_the_reader_kept(shared_data: Path) -> None:
    import pyreadstat

    path = shared_data / "messy_spss_labelled" / "aaq2_chile_subset.sav"
    kept, _ = pyreadstat.read_sav(path, user_missing=True)
    honoured, _ = pyreadstat.read_sav(path, user_missing=False)
    counted = 0
    for pattern, codes, note in (("AAQ_II_{n}", range(1, 8), []),
                                 ("SWB_7items_{n}", range(6), ["lowest_never_used"])):
        key = eight_items(tuple(codes), items=7)
        found = [issue for issue in guards(kept, key, items=pattern)
                 if issue.rule not in note]
        assert {issue.rule for issue in found} == {"missing_codes"}
        assert all("(-999)" in issue.what for issue in found)
        counted += sum(issue.count or 0 for issue in found)
        # nobody answered 0 in this file: a true remark about codes printed as 0 to 5
        assert [issue.rule for issue in guards(honoured, key, items=pattern)] == note
    assert counted == 26   # as the file's README says


def eight_items(codes: tuple[int, ...], items: int = 8) -> Instrument:
    """A key of one scale without reversed items, for scales that have no key here."""
    flourishing = load_instrument(own("wellbeing", "flourishing"))
    scale = replace(next(iter(flourishing.scales.values())), items=tuple(range(1, items + 1)))
    return replace(
        flourishing, response=replace(flourishing.response, codes=codes, anchors={}),
        items={n: f"item {n}" for n in range(1, items + 1)}, scales={"total": scale})


# --- faults put into real answers ----------------------------------------------------------------


@pytest.fixture(scope="module")
def trial(shared_data: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared_data / "pospsy_rct_items" / "items_long_as_published.csv")
    return rows[rows["occasion"] == 0].reset_index(drop=True)


def cesd(frame: pd.DataFrame, **declared: Any) -> list[tuple[str, str, str | None]]:
    return told(guards(frame, own("pospsy", "cesd"), **CESD | declared))


def turned(frame: pd.DataFrame, *items: int) -> pd.DataFrame:
    return frame.assign(**{f"cesd{n:02}": 5 - frame[f"cesd{n:02}"] for n in items})


@pytest.mark.parametrize("people", [30, 60, 295])
def test_four_items_reversed_beforehand_or_twice(trial: pd.DataFrame, people: int) -> None:
    some = trial.head(people)
    back = turned(some, 4, 8, 12, 16)
    assert cesd(back) == [("already_reversed", "stop", None)]
    assert cesd(back, already_reversed=True) == []
    assert cesd(some, already_reversed=True) == [("reversed_twice", "stop", None)]


@pytest.mark.parametrize("item", [1, 7, 14, 18])
def test_one_item_reversed(trial: pd.DataFrame, item: int) -> None:
    assert cesd(turned(trial.head(60), item)) == [("polarity", "warn", f"cesd{item:02}")]


def test_a_check_question_numbered_as_an_item(trial: pd.DataFrame) -> None:
    block = trial[[f"cesd{n:02}" for n in range(1, 21)]].head(100)
    block.insert(6, "check", np.resize([2, 2, 2, 2, 1], 100))
    moved = block.set_axis([f"cesd{n:02}" for n in range(1, 22)], axis=1)
    for frame in (moved, moved.iloc[:, :20]):
        rules = [rule for rule, *_ in cesd(frame)]
        assert "shifted_columns" in rules
        assert not {"polarity", "swapped_columns", "other_order"} & set(rules)
    listed = block.columns[:20].tolist()
    issues = guards(block, own("pospsy", "cesd"), items=listed, coding=(1, 4))
    assert ("names_and_numbers", "warn", None) in told(issues)
    assert "the column 'check'" in str([issue.evidence for issue in issues])


def test_two_columns_of_different_direction_exchanged(trial: pd.DataFrame) -> None:
    names: Mapping[str, str] = {"cesd04": "cesd06", "cesd06": "cesd04"}
    exchanged = trial.rename(columns=names)
    rules = {rule for rule, *_ in cesd(exchanged)}
    assert rules & {"swapped_columns", "polarity"}
    assert "stop" not in {severity for _, severity, _ in cesd(exchanged)}


def test_the_map_of_the_trial(trial: pd.DataFrame) -> None:
    found = item_map(trial, own("pospsy", "cesd"), items="cesd{n:02}", coding=(1, 4))
    assert found["column"].tolist() == [f"cesd{n:02}" for n in range(1, 21)]
    assert found.loc[found["direction"] == "reversed", "item"].tolist() == [4, 8, 12, 16]
    assert found[["n", "low", "high"]].drop_duplicates().to_numpy().tolist() == [[295, 1.0, 4.0]]
