"""Synthetic studies: what was declared is drawn, and the same seed gives the same bytes."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import OutputError, StudyError
from balint_research.scoring.library import load_instrument
from balint_research.scoring.score import score
from balint_research.study.draw import HELD, MOST_PEOPLE, Plan, SimulatedDesign, draw_tables
from balint_research.study.simulate import COHORT, simulate_study, truth_of

WAVES = ("baseline", "month6", "month12")
MBI = {name: truth for name, truth in COHORT.items() if name.startswith("mbi_hss")}
COHORT_PLAN = Plan(
    design="individually_randomised", groups=6, group_size=8, controls=44, waves=WAVES,
    truth=COHORT, between_scales=0.3, dropout=0.06, unanswered=0.004, sessions=(12, 20),
    attendance=0.75, title="t", primary_outcome="mbi_hss.emotional_exhaustion",
    primary_wave="month6",
)
SEEDS = 60


def points(tables: Mapping[str, pd.DataFrame], scale_name: str) -> pd.DataFrame:
    """Scores (participant x wave) by plain arithmetic: our scorer has no part in it."""
    instrument_id, _, scale_id = scale_name.partition(".")
    key = load_instrument(instrument_id)
    scale = key.scales[scale_id]
    raw = tables["responses"][[f"{instrument_id}_{n}" for n in scale.items]].astype("float64")
    turned = np.isin(scale.items, scale.reversed)
    keyed = np.where(turned, key.response.low + key.response.high - raw, raw)
    return tables["responses"][["participant", "wave"]].assign(value=keyed.sum(axis=1)).pivot(
        index="participant", columns="wave", values="value",
    )


def in_arm(tables: Mapping[str, pd.DataFrame], arm: str) -> list[str]:
    people = tables["participants"]
    return people.loc[people["arm"] == arm, "participant"].tolist()


@cache
def large() -> tuple[Plan, Mapping[str, pd.DataFrame]]:
    """One study so large that its moments are nearly those of the population."""
    plan = replace(COHORT_PLAN, groups=1500, controls=12_000, truth=MBI, dropout=0.0,
                   unanswered=0.0, sessions=(1, 1))
    return plan, draw_tables(plan, 11)


@cache
def cohorts() -> list[dict[str, pd.DataFrame]]:
    """The example study drawn anew with many seeds."""
    return [draw_tables(COHORT_PLAN, seed) for seed in range(SEEDS)]


@pytest.mark.parametrize("name", MBI)
def test_baseline_moments_and_stability_are_as_declared(name: str) -> None:
    plan, tables = large()
    declared = MBI[name]
    scores = points(tables, name)
    n = plan.people
    assert scores["baseline"].mean() == pytest.approx(declared.mean, abs=4 * declared.sd / n**0.5)
    assert scores["baseline"].std() == pytest.approx(declared.sd, rel=4 / n**0.5)
    untreated = scores.loc[in_arm(tables, "waitlist")]
    for one, other in (("baseline", "month6"), ("month6", "month12")):
        r = untreated[one].corr(untreated[other])
        assert r == pytest.approx(declared.stability, abs=4 / plan.controls**0.5)


@pytest.mark.parametrize("name", MBI)
def test_effects_and_group_correlation_are_as_declared(name: str) -> None:
    plan, tables = large()
    declared = MBI[name]
    assert isinstance(declared.effect, float)
    scores = points(tables, name)
    treated = scores.loc[in_arm(tables, "balint")]
    untreated = scores.loc[in_arm(tables, "waitlist")]
    groups = tables["participants"].set_index("participant")["group"].loc[treated.index]
    se = declared.sd * math.sqrt(1.4 / plan.treated + 1 / plan.controls)  # 1 + 7 * icc
    for wave in WAVES[1:]:
        difference = treated[wave].mean() - untreated[wave].mean()
        assert difference == pytest.approx(declared.effect * declared.sd, abs=4 * se)
        assert group_correlation(treated[wave], groups) == pytest.approx(0.05, abs=0.025)
    assert group_correlation(treated["baseline"], groups) == pytest.approx(0, abs=0.025)


def group_correlation(values: pd.Series, groups: pd.Series) -> float:
    """ICC(1) of balanced groups from mean squares; its standard error here is below 0.006."""
    by_group = values.groupby(groups)
    size = len(values) / groups.nunique()
    between = size * by_group.mean().var()
    within = by_group.var().mean()
    return float((between - within) / (between + (size - 1) * within))


@pytest.mark.parametrize("name", ["mbi_hss.emotional_exhaustion", "jse_hp.total", "ments.total"])
def test_many_small_studies_recover_the_truth(name: str) -> None:
    truth = truth_of(COHORT_PLAN)["scores"][name]
    scores = [points(tables, name) for tables in cohorts()]
    differences = pd.DataFrame([
        one.loc[in_arm(tables, "balint")].mean() - one.loc[in_arm(tables, "waitlist")].mean()
        for one, tables in zip(scores, cohorts(), strict=True)
    ])
    for wave in WAVES:
        error = differences[wave].std() / SEEDS**0.5
        assert abs(differences[wave].mean() - truth["waves"][wave]["difference"]) < 3.5 * error
    baselines = pd.concat([one["baseline"] for one in scores])
    n = baselines.count()
    assert baselines.mean() == pytest.approx(truth["mean"], abs=4 * truth["sd"] / n**0.5)
    assert baselines.std() == pytest.approx(truth["sd"], rel=4 / n**0.5)


def test_missingness_is_as_declared() -> None:
    for index, wave in enumerate(WAVES):
        came = sum((tables["responses"]["wave"] == wave).sum() for tables in cohorts())
        people, expected = SEEDS * COHORT_PLAN.people, (1 - COHORT_PLAN.dropout) ** index
        error = math.sqrt(expected * (1 - expected) / people)
        assert came / people == pytest.approx(expected, abs=4 * error)
    cells = pd.concat([tables["responses"].iloc[:, 2:] for tables in cohorts()]).isna().to_numpy()
    error = math.sqrt(COHORT_PLAN.unanswered / cells.size)
    assert cells.mean() == pytest.approx(COHORT_PLAN.unanswered, abs=4 * error)


def test_sessions_and_attendance_are_as_declared() -> None:
    counts = pd.concat([tables["sessions"].groupby("group").size() for tables in cohorts()])
    assert (counts.min(), counts.max()) == COHORT_PLAN.sessions
    held = pd.concat([tables["sessions"]["held"] for tables in cohorts()]).eq("yes")
    assert held.mean() == pytest.approx(HELD, abs=4 * math.sqrt(HELD * (1 - HELD) / len(held)))
    rows = pd.concat([tables["attendance"].assign(seed=i) for i, tables in enumerate(cohorts())])
    came = rows["status"].isin(["present", "late", "left_early"])
    shares = came.groupby([rows["seed"], rows["participant"]]).mean()
    error = shares.std() / math.sqrt(len(shares))
    assert shares.mean() == pytest.approx(COHORT_PLAN.attendance, abs=4 * error)
    assert not rows.loc[~came, "presented"].eq("yes").any()


def test_reversed_items_are_stored_as_they_are_ticked() -> None:
    """Raw items of one scale correlate negatively across the reversal, keyed ones never."""
    tables = pd.concat([tables["responses"] for tables in cohorts()[:10]])
    raw = tables[[f"jse_hp_{n}" for n in (2, 4, 5, 1, 7, 8)]].astype("float64").corr().to_numpy()
    assert (raw[:3, 3:] < 0).all()
    assert (raw[:3, :3] > 0).all()
    assert (raw[3:, 3:] > 0).all()


def test_the_package_scores_the_draws_to_the_same_points() -> None:
    tables = cohorts()[0]
    complete = tables["responses"].dropna().astype(
        dict.fromkeys(tables["responses"].columns[2:], "float64")
    )
    for name in ("mbi_hss.personal_accomplishment", "jse_hp.total", "ments.total"):
        instrument_id, _, scale_id = name.partition(".")
        scored = score(complete, instrument_id).set_index(["participant", "wave"])
        expected = points({"responses": complete}, name).melt(ignore_index=False).dropna()
        expected = expected.set_index("wave", append=True).sort_index()
        found = scored[f"{instrument_id}_{scale_id}"].sort_index()
        assert found.index.equals(expected.index)
        assert found.tolist() == expected["value"].tolist()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    folders = [
        simulate_study(tmp_path / name, seed=seed, groups=2, group_size=3, controls=5)
        for name, seed in (("one", 4), ("two", 4), ("other", 5))
    ]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    assert contents[0]["study.toml"] == contents[2]["study.toml"]
    assert all(contents[0][name] != contents[2][name] for name in
               ("participants.csv", "responses.csv", "attendance.csv", "truth.json", "README.md"))


def test_everything_written_says_that_it_is_synthetic(tmp_path: Path) -> None:
    folder = simulate_study(tmp_path / "s", seed=1, groups=1, controls=6, title='He said "six"')
    assert "synthetic = true" in (folder / "study.toml").read_text(encoding="utf-8")
    assert 'title = "He said \\"six\\""' in (folder / "study.toml").read_text(encoding="utf-8")
    assert "SYNTHETIC" in (folder / "README.md").read_text(encoding="utf-8").splitlines()[0]
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert truth["synthetic"] is True
    assert truth["seed"] == 1
    assert truth["scales"]["mbi_hss.emotional_exhaustion"]["effect"] == -0.6
    assert truth["scores"]["mbi_hss.emotional_exhaustion"]["waves"]["month6"] == {
        "control_mean": 25.0, "treated_mean": 18.7, "difference": -6.3, "effect": -0.6,
    }


def test_codes_follow_neither_arm_nor_order() -> None:
    people = large()[1]["participants"]
    assert people["participant"].is_unique
    assert people["participant"].is_monotonic_increasing
    assert people["participant"].str.fullmatch(r"[A-DF-HJ-NP-Z]\d{4}").all()
    rank = np.arange(len(people))
    assert abs(np.corrcoef(rank, people["arm"] == "balint")[0, 1]) < 4 / math.sqrt(len(people))


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="not empty"):
        simulate_study(tmp_path, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_every_wrong_argument_is_told_at_once(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {
        "waves": ["t0", "t0"], "groups": 0, "group_size": 0, "controls": 0, "sessions": (3, 2),
        "attendance": 1.0, "dropout": 1.0, "unanswered": -0.1, "between_scales": 1.5,
        "truth": {}, "primary_wave": "t9",
    }
    with pytest.raises(StudyError) as caught:
        simulate_study(tmp_path / "s", seed=1, **wrong)
    assert str(caught.value).splitlines() == [
        "The study cannot be simulated.",
        "  waves: at least two different names are needed",
        "  truth: at least one scale is needed",
        "  groups: at least 1",
        "  group_size: at least 1",
        "  controls: at least 1",
        "  sessions: fewest and most, at least 1 and in this order",
        "  attendance: a share between 0 and 1, without both",
        "  between_scales: a share from 0 to below 1",
        "  dropout: a share from 0 to below 1",
        "  unanswered: a share from 0 to below 1",
        "  primary_wave: a wave after the baseline",
    ]
    assert not (tmp_path / "s").exists()
    with pytest.raises(StudyError, match=f"people: at most {MOST_PEOPLE}"):
        simulate_study(tmp_path / "s", seed=1, controls=MOST_PEOPLE)


@given(
    seed=st.integers(0, 2**32), design=st.sampled_from(["individually_randomised", "single_group"]),
    groups=st.integers(1, 3), group_size=st.integers(1, 4), controls=st.integers(1, 5),
    waves=st.integers(2, 4), dropout=st.floats(0, 0.9), unanswered=st.floats(0, 0.9),
    most=st.integers(1, 4), attendance=st.floats(0.05, 0.95),
)
@settings(max_examples=20, deadline=None)
def test_every_small_design_is_consistent(
    seed: int, design: SimulatedDesign, groups: int, group_size: int, controls: int, waves: int,
    dropout: float, unanswered: float, most: int, attendance: float,
) -> None:
    names = tuple(f"t{i}" for i in range(waves))
    alone = design == "single_group"
    plan = replace(
        COHORT_PLAN, design=design, groups=groups, group_size=group_size,
        controls=0 if alone else controls, waves=names, truth=MBI, dropout=dropout,
        unanswered=unanswered, sessions=(1, most), attendance=attendance, primary_wave="t1",
    )
    tables = draw_tables(plan, seed)
    for name, again in draw_tables(plan, seed).items():
        pd.testing.assert_frame_equal(tables[name], again)
    people, responses = tables["participants"], tables["responses"]
    assert ("arm" in people) is not alone
    assert people["group"].value_counts().tolist() == [group_size] * groups
    answers = responses.iloc[:, 2:].melt()["value"].dropna()
    assert answers.isin(range(7)).all()
    assert not responses.duplicated(["participant", "wave"]).any()
    at_baseline = responses.loc[responses["wave"] == "t0", "participant"]
    assert set(at_baseline) == set(people["participant"])
    for _, rows in responses.groupby("participant"):
        assert tuple(rows["wave"]) == names[: len(rows)]  # who has left does not come back
    check_attendance(tables)


def check_attendance(tables: Mapping[str, pd.DataFrame]) -> None:
    """One row a member and held session of the member's own group; at most one presenter."""
    members = tables["participants"].dropna(subset="group")[["participant", "group"]]
    held = tables["sessions"].query("held == 'yes'")[["session", "group"]]
    expected = members.merge(held, on="group")
    rows = tables["attendance"]
    assert sorted(zip(rows["participant"], rows["session"], strict=True)) == sorted(
        zip(expected["participant"], expected["session"], strict=True)
    )
    presenters = rows["presented"].eq("yes").groupby(rows["session"]).sum()
    came = rows["status"].isin(["present", "late", "left_early"]).groupby(rows["session"]).any()
    assert (presenters == came).all()
