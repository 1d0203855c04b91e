"""How many false candidates are expected: the printed table, R by brute force, and properties."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.study.link.baseline import FEW, compared, standardised
from balint_research.study.link.codes import coded
from balint_research.study.link.elements import elements_of
from balint_research.study.link.expected import expected_table, false_candidates
from balint_research.study.link.link import link_waves
from balint_research.study.link.near import LEVELS, candidates

ORACLES = Path(__file__).parent / "oracles"
ELEMENTS = {"day": "day", "mother": "letters:2", "siblings": "number:0-5", "village": "text",
            "month": "month", "street": "number"}
CONSTANTS = ["gender", "site"]
SETS = ["small", "holes", "coarse"]

# --- the printed table of the design notes (study-data.md, section 4.2) ---------------------------

FOUR, SEVEN = (30, 15, 3, 18), (30, 15, 3, 18, 12, 2, 10)
PRINTED = {  # people: four elements exact, one differing; seven exact, one, two differing
    12: ("0.005", "0.34", "<0.001", "0.002", "0.06"),
    36: ("0.05", "3.3", "<0.001", "0.02", "0.6"),
    150: ("0.9", "58", "0.004", "0.3", "10.6"),
    372: ("5.7", "358", "0.02", "2.0", "65"),
}
COLUMNS = ((FOUR, 0), (FOUR, 1), (SEVEN, 0), (SEVEN, 1), (SEVEN, 2))


@pytest.mark.parametrize("people", PRINTED)
def test_the_printed_table_comes_out(people: int) -> None:
    for printed, (values, differing) in zip(PRINTED[people], COLUMNS, strict=True):
        expected = false_candidates([1 / k for k in values], people, differing=differing)
        if printed.startswith("<"):
            assert expected < float(printed[1:])
        else:
            digits = len(printed.partition(".")[2])
            assert f"{expected:.{digits}f}" == printed


def test_the_closed_form_of_one_differing_element() -> None:
    """By hand: 150 x 149 pairs, 1 + 29 + 14 + 2 + 17 of 24,300 patterns."""
    assert false_candidates([1 / k for k in FOUR], 150, differing=1) == pytest.approx(
        150 * 149 * 63 / 24300, rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.integers(1, 400), st.integers(1, 400))
def test_more_tolerance_never_expects_fewer(chances: list[float], n: int, m: int) -> None:
    expected = [false_candidates(chances, n, m, differing=k) for k in range(len(chances) + 1)]
    assert all(less <= more + 1e-9 for less, more in pairwise(expected))
    assert expected[-1] == pytest.approx(n * m - min(n, m), rel=1e-9)


# --- R, which looked at every pair and every pattern ----------------------------------------------


def oracle() -> tuple[pd.DataFrame, pd.DataFrame]:
    codes = pd.read_csv(ORACLES / "link_codes.csv", comment="#", dtype=str)
    return codes, pd.read_csv(ORACLES / "link_expected.csv", comment="#")


def waves_of(codes: pd.DataFrame, name: str) -> dict[str, pd.DataFrame]:
    own = codes[codes["set"] == name]
    return {f"w{wave}": own[own["wave"] == wave].reset_index(drop=True) for wave in ("1", "2")}


@pytest.mark.parametrize("name", SETS)
def test_expected_false_candidates_agree_with_brute_force_in_r(name: str) -> None:
    codes, figures = oracle()
    made = coded(waves_of(codes, name), elements_of(ELEMENTS), CONSTANTS)
    a, b = made.waves
    table, _ = expected_table(made, a, b, budget=0.01, highest=3)
    for quantity in ("by_frequencies", "by_near_pairs"):
        printed = figures[(figures["set"] == name) & (figures["quantity"] == quantity)]
        assert list(table[quantity]) == pytest.approx(list(printed["value"]), rel=1e-10)
    larger = table[["by_frequencies", "by_near_pairs"]].max(axis=1)
    others = len(a) * len(b) - min(len(a), len(b))
    assert list(table["agreement"]) == pytest.approx(list(larger / others), rel=1e-12)
    assert list(table["share"]) == pytest.approx(list(table["expected"] / min(len(a), len(b))))


@pytest.mark.parametrize("name", SETS)
def test_wrong_links_are_expected_among_the_rows_that_are_open(name: str) -> None:
    """Identical codes among all rows; then what each level adds among rows not linked before."""
    waves = waves_of(oracle()[0], name)
    report = link_waves(*waves.values(), elements=ELEMENTS, constants=CONSTANTS, budget=1, seed=1)
    chance, expected = list(report.expected["agreement"]), list(report.expected["expected"])
    counts = report.per_pair_of_waves.iloc[0]
    n, m = int(counts["rows_a"]), int(counts["rows_b"])
    surest = int(counts["exact"])
    close = surest + int(counts["one_edit"]) + int(counts["one_element"])
    opened = [(n, m), *[(n - surest, m - surest)] * 2, (n - close, m - close)]
    assert list(zip(report.expected["open_a"], report.expected["open_b"], strict=True)) == opened
    first = (n * m - min(n, m)) * chance[0]
    one = [first + (n - surest) * (m - surest) * (chance[k] - chance[0]) for k in (1, 2)]
    two = one[1] + (n - close) * (m - close) * (chance[3] - chance[2])
    assert expected == pytest.approx([first, *one, two], rel=1e-12)
    assert surest and close > surest


def test_the_oracle_has_something_to_say() -> None:
    """Every level occurs between the waves, and alike rows within a wave do too."""
    figures = oracle()[1].groupby("quantity")["value"].sum()
    assert (oracle()[1].query("quantity == 'candidates'").groupby("level")["value"].sum() > 0).all()
    assert figures["by_near_pairs"] > 10


@pytest.mark.parametrize("name", SETS)
def test_the_candidates_are_those_that_r_found_pair_by_pair(name: str) -> None:
    codes, figures = oracle()
    made = coded(waves_of(codes, name), elements_of(ELEMENTS), CONSTANTS)
    near = candidates(made.waves[0], made.waves[1], 3, made.spellings)
    assert near is not None
    counts = np.bincount(near.level[~near.against], minlength=4)
    printed = figures[(figures["set"] == name) & (figures["quantity"] == "candidates")]
    assert list(counts) == list(printed["value"])


# --- which level is used --------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-6, 1), st.sampled_from(LEVELS), st.sampled_from(SETS))
def test_no_level_is_used_beyond_the_budget_or_what_was_asked(
    budget: float, tolerance: str, name: str
) -> None:
    waves = waves_of(oracle()[0], name)
    report = link_waves(*waves.values(), elements=ELEMENTS, constants=CONSTANTS, budget=budget,
                        tolerance=tolerance, seed=1)
    used = report.expected[report.expected["used"]]
    beyond = used[used["level"] != "exact"]
    assert (beyond["share"] <= budget).all()
    assert set(used["level"]) <= set(LEVELS[:LEVELS.index(tolerance) + 1])
    assert set(report.links["how"]) <= {*used["level"], "single"}


def test_identical_codes_beyond_the_budget_are_linked_and_said() -> None:
    """Two elements of two values: most identical codes are those of strangers."""
    pre = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})
    report = link_waves(pre, pre, elements={"a": "number:1-2", "b": "number:1-2"}, seed=1)
    assert "exact_beyond_budget" in [issue.rule for issue in report.issues]
    assert set(report.links["how"]) == {"exact"}


def test_two_elements_need_constants_and_more_than_half_of_the_code() -> None:
    pre = pd.DataFrame({name: range(1, 10) for name in "abcd"} | {"gender": "w"})
    elements = dict.fromkeys("abcd", "number:0-99999")
    report = link_waves(pre, pre, elements=elements, constants=["gender"], budget=1, seed=1)
    assert report.per_pair_of_waves["level"].item() == "one_element"
    without = link_waves(pre, pre, elements=elements, budget=1, tolerance="two_elements", seed=1)
    assert [issue.rule for issue in without.issues] == ["no_constants"]


# --- matched against unmatched --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["even", "few", "far"])
def test_the_standardised_difference_agrees_with_effectsize(name: str) -> None:
    """R warns that its noncentral t is not at full precision far out: 1e-6 there."""
    rows = pd.read_csv(ORACLES / "link_baseline.csv", comment="#")
    own = rows[rows["set"] == name].groupby("what")["value"].apply(list)
    d, low, high = standardised(own["matched"], own["unmatched"])
    assert d == pytest.approx(own["d"][0], rel=1e-12)
    assert [low, high] == pytest.approx([own["low"][0], own["high"][0]], abs=1e-6)


def test_baseline_by_hand() -> None:
    frame = pd.DataFrame({
        "age": ["20", "30", "40", "30", "30", "50", "40", "40", "60", "60"],
        "gender": ["w", "w", "w", "m", "w", "m", "m", "w", "m", "w"]})
    matched = np.array([True] * 5 + [False] * 5)
    age, gender = compared(frame, ["age", "gender"], matched).to_dict(orient="records")
    assert (age["matched"], age["unmatched"]) == (30, 50)
    assert age["matched_sd"] == pytest.approx(50**0.5)      # deviations -10, 0, 10, 0, 0; n - 1 = 4
    assert age["difference"] == pytest.approx(-20 / 75**0.5)   # variances 50 and 100
    assert gender["note"] == FEW and np.isnan(gender["matched"])


def test_shares_by_hand() -> None:
    gender = pd.Series(["w"] * 15 + ["m"] * 5 + ["w"] * 10 + ["m"] * 10)
    matched = np.arange(40) < 20
    men, women = compared(gender.to_frame("gender"), ["gender"], matched).to_dict(orient="records")
    assert (women["matched"], women["unmatched"], men["matched"]) == (0.75, 0.5, 0.25)
    assert women["difference"] == pytest.approx(0.25 / ((0.1875 + 0.25) / 2)**0.5)
    assert men["difference"] == pytest.approx(-women["difference"])


def test_free_text_is_not_shown() -> None:
    frame = pd.DataFrame({"remark": [f"zq-{i}" for i in range(40)]})
    table = compared(frame, ["remark"], np.arange(40) < 20)
    assert "zq-" not in table.to_csv()
