"""The primary result by other methods: each row is what its name says."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from balint_research.analysis.alternatives import arm_alternatives, wave_alternatives
from balint_research.analysis.arm_models import arm_models
from balint_research.analysis.arms import arm_results, compare_arms
from balint_research.analysis.change import compare_waves
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.study.study import Arms, Study
from tests.scores_frames import rows, study
from tests.test_arms import CLUSTERS, OURS, THREE, drawn

NUMBERS = ["estimate", "se", "df", "low", "high", "p"]


def of(scores: pd.DataFrame, ours: Study) -> pd.DataFrame:
    return arm_alternatives(arm_results(scores, ours), ours, scores).set_index("analysis")


def line(frame: pd.DataFrame, analysis: str) -> "pd.Series[Any]":
    """The one row of an analysis."""
    return frame.loc[[analysis]].iloc[0]


def same(row: "pd.Series[Any]", other: "pd.Series[Any]") -> None:
    assert row[NUMBERS].tolist() == pytest.approx(other[NUMBERS].tolist(), nan_ok=True)


def test_each_row_is_compare_arms_with_another_argument() -> None:
    scores = drawn([7, 6, 8, 6], 28, ("pre", "mid", "post"), missing=0.1, seed=3)
    frame = of(scores, THREE)
    assert frame.index.tolist() == [
        "as reported", "Satterthwaite df", "cluster-robust (CR2)",
        "one residual covariance for both arms", "mean of the later waves"]
    same(line(frame, "as reported"), compare_arms(scores, THREE).iloc[1])
    same(line(frame, "Satterthwaite df"), compare_arms(scores, THREE, df="satterthwaite").iloc[1])
    same(line(frame, "cluster-robust (CR2)"), compare_arms(scores, THREE, df="cr2").iloc[1])
    same(line(frame, "one residual covariance for both arms"),
         compare_arms(scores, THREE, by_arm=False).iloc[1])
    (model,) = arm_models(scores, THREE)
    assert model.model.fit is not None
    mean = contrasts(model.model.fit, {"mean": {"effect_1": 0.5, "effect_2": 0.5}}).iloc[0]
    same(line(frame, "mean of the later waves"), mean)


def test_zero_variances_are_shown_kept_as_well() -> None:
    for seed in range(20):
        scores = drawn([6, 6, 6, 6], 24, seed=seed)
        number = scores["participant"].str[1:].astype(int) % 4   # groups that are none in truth
        scores["group"] = ("g" + number.astype(str)).where(scores["arm"] == "balint")
        frame = of(scores, OURS)
        if "variances at 0 kept in the degrees of freedom" in frame.index:
            break
    kept = line(frame, "variances at 0 kept in the degrees of freedom")
    same(kept, compare_arms(scores, OURS, drop_zero=False).iloc[0])
    reported = line(frame, "as reported")
    assert kept["df"] < reported["df"]
    assert "taken as 0" in str(reported["note"]) and "taken as 0" not in str(kept["note"])


def test_cluster_means_are_compared_by_a_t_test() -> None:
    scores = drawn([6, 6, 6], 0, control_sizes=[6, 6, 6, 6], seed=2)
    row = line(of(scores, CLUSTERS), "t test of the cluster means of change")
    wide = scores.pivot(index=["arm", "group", "participant"], columns="wave", values="value")
    means = (wide["post"] - wide["pre"]).groupby(level=["arm", "group"]).mean()
    test = stats.ttest_ind(means["balint"], means["waitlist"])
    assert (row["statistic"], row["df"], row["p"]) == pytest.approx(
        (test.statistic, 5, test.pvalue))
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval(0.95)))


def test_with_two_groups_every_row_is_cluster_robust_and_none_is_tested() -> None:
    frame = of(drawn([8, 8], 16, ("pre", "mid", "post"), seed=9), THREE)
    assert frame.index.tolist() == [
        "as reported", "one residual covariance for both arms", "mean of the later waves"]
    assert frame["p"].isna().all() and frame["method"].str.contains("CR2").all()


def test_nothing_stands_beside_a_result_that_is_not_tested() -> None:
    assert of(drawn([8], 16, seed=9), OURS).empty


def test_without_arms_the_change_is_shown_by_other_methods() -> None:
    random = np.random.default_rng(1)
    groups = list(np.repeat(list("abcd"), 6))
    effect = np.repeat([-8.0, 0, 4, 8], 6)
    scores = rows({"pre": list(random.normal(40, 5, 24)),
                   "post": list(random.normal(38, 5, 24) + effect)}, groups=groups)
    ours = study()
    frame = wave_alternatives(scores, ours, compare_waves(scores, ours)).set_index("analysis")
    assert frame.index.tolist() == ["as reported", "Satterthwaite df", "cluster-robust (CR2)"]
    same(line(frame, "cluster-robust (CR2)"), compare_waves(scores, ours, df="cr2").iloc[0])
    ungrouped = rows({"pre": [1, 2, 3], "post": [2, 2, 5]})
    assert wave_alternatives(ungrouped, ours, compare_waves(ungrouped, ours)).empty


def test_several_treated_arms_stand_one_after_the_other() -> None:
    arms = Arms(control="waitlist", treated=("balint", "talks"))
    ours = study(design="individually_randomised", arms=arms)
    one = drawn([6, 6, 6], 18, seed=1)
    talks = drawn([6, 6, 6], 18, seed=2).query("arm == 'balint'").assign(
        arm="talks", participant=lambda d: "u" + d["participant"])
    frame = of(pd.concat([one, talks], ignore_index=True), ours)
    assert frame["arm"].drop_duplicates().tolist() == ["balint", "talks"]
    assert (frame.index == "as reported").sum() == 2
