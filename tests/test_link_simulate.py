"""Simulated codes with known truth: right, wrong and missed links."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from balint_research.study.link.link import link_waves
from balint_research.study.link.simulate import FOUR, SEVEN, linkage_rates, simulate_codes

METHODS = ["identical codes", "within the budget", "one element, no budget"]
BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def test_without_errors_everybody_is_found() -> None:
    made = simulate_codes(80, errors=0, dropout=0, seed=2)
    report = link_waves(*made.waves, elements=made.elements, seed=1)
    rates = linkage_rates(report, made.truth)
    assert rates.iloc[:, 2:].to_numpy().tolist() == [[80, 80, 0, 0]]


def test_rates_by_hand() -> None:
    """Rows 0, 1, 2 of pre are people 5, 6, 7; those of post 6, 8, 5 with the codes of 5, 6, 9."""
    elements = {"a": "text", "b": "text"}
    pre = pd.DataFrame({"a": ["x", "y", "z"], "b": ["1", "2", "3"]})
    post = pd.DataFrame({"a": ["x", "y", "q"], "b": ["1", "2", "4"]})
    truth = pd.DataFrame({"person": [5, 6, 7, 6, 8, 5], "wave": ["wave1"] * 3 + ["wave2"] * 3,
                          "row": [0, 1, 2] * 2})
    rates = linkage_rates(link_waves(pre, post, elements=elements, seed=1), truth)
    assert rates[["possible", "right", "wrong", "missed"]].to_numpy().tolist() == [[2, 0, 2, 2]]


def test_errors_happen_as_often_as_asked() -> None:
    """Of those at both waves, identical codes have the share (1 - errors)**14, and a little more:
    another value drawn may be the true one."""
    made = simulate_codes(6000, errors=0.03, dropout=0, seed=3)
    one, other = (wave.set_axis(made.truth.loc[made.truth["wave"] == name, "person"].to_numpy())
                  for wave, name in zip(made.waves, ["wave1", "wave2"], strict=True))
    both = one.sort_index().fillna("") == other.sort_index().fillna("")
    assert 0.97**14 < both.all(axis=1).mean() < 0.97**14 + 0.06
    assert made.waves[0].isna().to_numpy().mean() == pytest.approx(0.03 * 0.3, abs=0.002)


def test_dropout_and_seed() -> None:
    made = simulate_codes(4000, waves=3, dropout=0.25, seed=4)
    assert [len(wave) / 4000 for wave in made.waves] == pytest.approx([0.75] * 3, abs=0.03)
    again = simulate_codes(4000, waves=3, dropout=0.25, seed=4)
    assert all(one.equals(other) for one, other in zip(made.waves, again.waves, strict=True))
    assert not made.truth["person"].head(50).is_monotonic_increasing


def test_tolerance_by_the_budget_finds_more_and_links_hardly_anybody_wrongly() -> None:
    """Ten studies of 100: more right than identical codes alone, and wrong ones within 1 %."""
    right, possible, wrong = {"ours": 0, "exact": 0}, 0, 0
    for seed in range(10):
        made = simulate_codes(100, seed=seed)
        for name, tolerance in (("ours", None), ("exact", "exact")):
            report = link_waves(*made.waves, elements=made.elements, tolerance=tolerance, seed=1)
            rates = linkage_rates(report, made.truth)
            right[name] += int(rates["right"].sum())
            possible += int(rates["possible"].sum()) if name == "ours" else 0
            wrong += int(rates["wrong"].sum()) if name == "ours" else 0
    assert right["ours"] > right["exact"] + 0.15 * possible
    assert wrong <= 0.01 * possible


def test_four_elements_allow_no_tolerance_in_a_crowd() -> None:
    made = simulate_codes(150, drawn=FOUR, seed=1)
    report = link_waves(*made.waves, elements=made.elements, seed=1)
    assert report.per_pair_of_waves["level"].tolist() == ["exact"]
    assert set(SEVEN) > set(FOUR)


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("linking", BENCHMARKS / "linking.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_rates_are_those_of_the_script() -> None:
    """The smallest cell is simulated again; all others come from the same lines."""
    committed = pd.read_csv(BENCHMARKS / "linking.csv")
    cell = benchmark().CELLS[0]
    made = benchmark().rates(cell)
    rows = committed.merge(made, on=["code", "people", "errors", "method"], suffixes=("", "_new"))
    assert len(rows) == 3
    for column in ("right", "wrong", "missed"):
        assert rows[column].tolist() == pytest.approx(rows[f"{column}_new"].tolist(), abs=1e-4)


def test_the_committed_rates_say_what_the_documentation_says() -> None:
    """Wrong links stay within the budget of 1 % in every cell, and none is far above exact's."""
    committed = pd.read_csv(BENCHMARKS / "linking.csv")
    assert (committed["right"] + committed["missed"]).to_numpy() == pytest.approx(100, abs=0.02)
    ours = committed[committed["method"] == "within the budget"]
    exact = committed[committed["method"] == "identical codes"]
    assert len(ours) == len(exact) == len(committed) / 3
    assert (ours["right"].to_numpy() >= exact["right"].to_numpy()).all()
    assert (ours["wrong"] <= 1).all()


def test_the_documentation_shows_the_committed_rates() -> None:
    text = (BENCHMARKS.parent / "docs" / "linking.md").read_text(encoding="utf-8")
    committed = pd.read_csv(BENCHMARKS / "linking.csv").query("errors == 0.03")
    for (code, people), own in committed.groupby(["code", "people"]):
        figures = own.set_index("method").loc[METHODS, ["right", "wrong"]].to_numpy().ravel()
        cells = " | ".join(f"{figure:.1f}" for figure in figures)
        assert f"| {code} | {people} | {cells} |" in text
