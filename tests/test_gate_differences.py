"""Two tables of one report are not to be subtracted: attacks on what is published of a programme.

Each attack is first made on the evaluation itself, where it succeeds, and then on what is shown.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.evaluation import Evaluation
from balint_research.reporting.format import records
from balint_research.reporting.small_cells import shown
from tests import evaluations
from tests.gate_studies import Values, draw, lost, programme


def leavers_sum(evaluation: Evaluation) -> float:
    """The sum of those who left: all at the baseline, less (mean after - change) of the others."""
    before, after = (evaluation.descriptives.iloc[i] for i in (0, 1))
    change = evaluation.change.iloc[0]
    return float(before["n"] * before["mean"]
                 - change["n"] * (after["mean"] - change["estimate"]))


def test_the_mean_of_two_leavers_follows_from_the_evaluation_and_not_from_what_is_shown() -> None:
    values = lost(draw(np.random.default_rng(1), 20), slice(0, 2), 1)
    raw = programme(values)
    assert leavers_sum(raw) == pytest.approx(values[:2, 0].sum())
    safe = shown(raw)
    assert safe.descriptives["n"].tolist() == [18, 18]
    assert leavers_sum(safe) == pytest.approx(0, abs=1e-9)
    assert safe.descriptives["both_waves"].tolist() == [True, False]
    assert safe.descriptives["mean"].tolist() == pytest.approx(values[2:].mean(axis=0).tolist())
    assert safe.change["estimate"].tolist() == raw.change["estimate"].tolist()
    assert any("at one of two waves only" in sentence for sentence in safe.why)


def test_five_leavers_may_be_told() -> None:
    raw = programme(lost(draw(np.random.default_rng(2), 20), slice(0, 5), 1))
    pd.testing.assert_series_equal(shown(raw).descriptives["mean"], raw.descriptives["mean"])
    assert shown(raw, 6).descriptives["both_waves"].any()


def one_leaver(evaluation: Evaluation) -> list[float]:
    """Both roots for the one who left, from SDs alone: n - 1 pairs, and all at the baseline."""
    before = evaluation.descriptives.iloc[0]
    sd = evaluation.effects.set_index("effect_name")["sd_used"]["d_b"]
    n, total = float(before["n"]), float(before["n"] * before["mean"])
    squares = (n - 1) * before["sd"] ** 2 + total**2 / n - (n - 2) * sd**2
    # squares = y^2 + (total - y)^2 / (n - 1)
    m = n - 1
    return [float(root) for root in np.roots([1 + 1 / m, -2 * total / m, total**2 / m - squares])
            ] if np.isfinite([squares, total]).all() else []


def test_the_sds_cannot_be_solved_for_one_leaver() -> None:
    values = lost(lost(draw(np.random.default_rng(3), 30), slice(0, 1), 1), slice(1, 7), 0)
    raw = programme(values)
    assert np.abs(np.array(one_leaver(raw)) - values[0, 0]).min() == pytest.approx(0, abs=1e-6)
    safe = shown(raw)
    assert not safe.descriptives["both_waves"].any()    # seven people with one wave only
    assert one_leaver(safe) == []
    effects = safe.effects.set_index("effect_name")["sd_used"]
    assert effects[["d_b", "d_rm"]].isna().all()
    assert effects[["d_av", "d_z"]].notna().all()


def test_sds_of_all_are_not_beside_the_mean_of_those_with_both_waves() -> None:
    """47 of 48 are described at the baseline, and the SD of all 48 would tell of the one."""
    study = evaluations.controlled_study()
    whom = shown(study).descriptives.set_index(["scale", "arm", "wave"])["both_waves"]
    assert whom["exhaustion", "balint", "baseline"]
    for name, wave in (("d_ppc2", "baseline"), ("glass_delta", "month6")):
        frame = study.effects.assign(effect_name=study.effects["effect_name"].replace("smd", name))
        own = shown(replace(study, effects=frame)).effects.query(
            "effect_name == @name and scale == 'exhaustion' and wave == 'month6'")
        few = whom["exhaustion", "balint", wave] or whom["exhaustion", "waitlist", wave]
        assert own[["value", "sd_used"]].isna().all(axis=None) == few, name


def told_sums(raw: Evaluation, values: Values, k: int) -> Values:
    """What is published, as sums over single scores: a row a mean or change, a column a score."""
    safe, waves = shown(raw, k), list(raw.study.waves)
    here = ~np.isnan(values)
    rows = []
    for row in records(safe.descriptives):
        if np.isnan(row.mean):
            continue
        j, later = waves.index(row.wave), waves.index(raw.study.primary_wave)
        both = here[:, 0] & here[:, later if j == 0 else j]
        people = both if row.both_waves else here[:, j]
        assert people.sum() == row.n
        assert values[people, j].mean() == pytest.approx(row.mean)
        one = np.zeros(values.shape)
        one[people, j] = 1
        rows.append(one.ravel())
    for row in records(safe.change[safe.change["estimate"].notna()]):
        j = waves.index(row.wave)
        both = here[:, 0] & here[:, j]
        assert (values[both, j] - values[both, 0]).mean() == pytest.approx(row.estimate)
        one = np.zeros(values.shape)
        one[both, j], one[both, 0] = 1, -1
        rows.append(one.ravel())
    return np.array(rows)


def leak(values: Values, told: Values, k: int) -> bool:
    """Whether some sum over the scores of 1 to k - 1 people follows from the published sums.

    People of one pattern of waves have equal columns, so patterns are tried and not people.
    """
    people, waves = values.shape
    pattern = [tuple(row) for row in ~np.isnan(values)]
    of = {one: [i for i in range(people) if pattern[i] == one] for one in set(pattern)}
    rank = np.linalg.matrix_rank(told)
    few = [one for one, members in of.items() if len(members) < k and any(one)]
    for number in range(1, len(few) + 1):
        for some in combinations(few, number):
            inside = [i for one in some for i in of[one]]
            if len(inside) >= k:
                continue
            outside = [i * waves + j for i in range(people) if i not in inside
                       for j in range(waves)]
            if np.linalg.matrix_rank(told[:, outside]) < rank:
                return True
    return False


def test_the_attack_itself_finds_a_leak() -> None:
    values = lost(draw(np.random.default_rng(4), 12), slice(0, 2), 1)
    before, after, change = (np.zeros(values.shape) for _ in range(3))
    before[:, 0] = 1
    after[2:, 1] = change[2:, 1] = 1
    change[2:, 0] = -1
    told = np.array([one.ravel() for one in (before, after, change)])
    assert leak(values, told, 5)


@settings(max_examples=7, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 3), st.sampled_from([3, 5]))
def test_no_sum_over_a_few_people_follows_from_means_and_changes(
    seed: int, waves: int, k: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 55, (22, waves)).astype(float)
    values[random.random(values.shape) < random.uniform(0.05, 0.3)] = np.nan
    assert not leak(values, told_sums(programme(values), values, k), k)


def test_a_change_that_would_give_a_few_away_is_withheld_and_told() -> None:
    """Two of those who came after did not come later, and nobody else is missing."""
    values = np.random.default_rng(5).integers(0, 55, (20, 3)).astype(float)
    values[:2, 2] = np.nan
    safe = shown(programme(values))
    assert safe.change["estimate"].isna().tolist() == [False, True]
    assert safe.change["n"].tolist() == [20, 18]
    assert safe.effects.query("wave == 'later'")["value"].isna().all()
    assert any("who missed that wave" in sentence for sentence in safe.why)


def test_a_change_of_everybody_alike_is_nobody_s_to_tell() -> None:
    values = draw(np.random.default_rng(6), 12)
    values[:, 1] = values[:, 0] + 2
    safe = shown(programme(np.clip(values, 0, 60)))
    assert safe.change["estimate"].isna().all()
    assert safe.change["note"].fillna("").str.contains("same amount").sum() == 0
    alike = draw(np.random.default_rng(6), 12)
    alike[:, 1] = 7.0
    assert np.isnan(shown(programme(alike)).descriptives["mean"].iloc[1])


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_whoever_is_described_and_has_no_line_is_not_one_of_a_few(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 55, (25, 3)).astype(float)
    values[random.random(values.shape) < 0.12] = np.nan
    safe, k = shown(programme(values)), 5
    for row in records(safe.descriptives):
        drawn = safe.lines[safe.lines["wave"] == row.wave]
        assert row.n - len(drawn) == 0 or row.n - len(drawn) >= k
    waves = safe.lines.groupby("participant")["wave"].agg(tuple)
    assert waves.empty or waves.value_counts().min() >= k


def test_the_one_who_did_not_change_is_not_counted() -> None:
    values = draw(np.random.default_rng(7), 12)
    values[0, 1] = values[0, 0]
    values[1:, 1] = np.where(values[1:, 1] == values[1:, 0], values[1:, 0] + 1, values[1:, 1])
    raw = programme(values)
    assert "1 person did not change" in str(raw.change["note"].iloc[0])
    assert shown(raw).change["note"].iloc[0] == (
        "Some people did not change; the signed-rank test leaves these pairs out.")
