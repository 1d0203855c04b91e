"""Between the arms: the closed form, the choice of the model, refusals and warnings in words."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from balint_research.analysis.arm_models import arm_models, group_variances
from balint_research.analysis.arms import arm_results, compare_arms
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.fit import fit_gaussian
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from balint_research.errors import AnalysisError
from balint_research.study.study import Arms, Design, Study
from tests.scores_frames import BALINT, case, instrument, oracle, rows, scale, study, two_arms

EXACT = 1e-9       # the same closed form, to the digits written
REML = 1e-5        # nlme stops its iterations at about this relative distance
TREATED = [22, 25, 19, 28, 24, 20, 30, 27, 33, 29, 26, 35, 18, 21, 24, 17, 23, 19, 27, 31, 25, 29,
           22, 28]
CONTROL = [31, 28, 35, 26, 33, 29, 24, 37, 30, 27, 34, 22, 36, 25, 32, 28, 39, 30, 23, 33, 29, 27,
           35, 31]
GROUPS = [g for g in "abcd" for _ in range(6)]
OURS = study(design="individually_randomised", arms=BALINT)
CLUSTERS = study(design="cluster_randomised", arms=BALINT)
CONTROLLED = study(design="controlled", arms=BALINT)
THREE = study(design="individually_randomised", arms=BALINT, waves=("pre", "mid", "post"))
NO_BASELINE = (
    "Everybody has the same score at pre, which tells nothing: that wave is not in the model.")


def changed(treated: Sequence[float], control: Sequence[float], groups: str | None = None,
            ) -> pd.DataFrame:
    """Scores whose changes from 50 are the ones given."""
    return two_arms(
        {"pre": [50] * len(treated), "post": [50 + x for x in treated]},
        {"pre": [50] * len(control), "post": [50 + x for x in control]},
        groups=list(groups) if groups else None,
    )


def drawn(sizes: Sequence[int], controls: int, waves: Sequence[str] = ("pre", "post"), *,
          control_sizes: Sequence[int] = (), seed: int = 1, missing: float = 0.0) -> pd.DataFrame:
    """Random scores of groups of these sizes against single controls, or groups of them."""
    random = np.random.default_rng(seed)

    def of(groups: Sequence[int], people: int, shift: float) -> tuple[dict[str, list[float | None]],
                                                                     list[str] | None]:
        number = sum(groups) or people
        group = np.repeat(np.arange(len(groups)), groups) if groups else None
        level = random.normal(50, 6, number)
        values: dict[str, list[float | None]] = {}
        for k, wave in enumerate(waves):
            effect = random.normal(0, 3, max(len(groups), 1))
            own = level + random.normal(0, 5, number)
            if k:
                own = own + shift + (effect[group] if group is not None else 0)
            gone = random.random(number) < missing
            values[wave] = [None if lost else float(x) for x, lost in zip(own, gone, strict=True)]
        return values, None if group is None else [f"g{g}" for g in group]

    treated, groups = of(sizes, 0, -4)
    control, control_groups = of(control_sizes, controls, 0)
    return two_arms(treated, control, groups=groups, control_groups=control_groups)


def note(frame: pd.DataFrame) -> str:
    return str(frame["note"][0])


def hedges_g(difference: float, treated: Sequence[float], control: Sequence[float]) -> float:
    """A difference by the pooled SD, times the exact J: closed forms, without our own helpers."""
    df = len(treated) + len(control) - 2
    squares = sum((len(x) - 1) * statistics.variance(x) for x in (treated, control))
    log_j = math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - math.log(df / 2) / 2
    return difference / math.sqrt(squares / df) * math.exp(log_j)


# --- the closed form, which was the first analysis of this toolkit --------------------------------


def test_the_heteroscedastic_partially_nested_model() -> None:
    """Fixed data: estimates of nlme and lme4; the wrong analyses give p 0.0005 and 0.038."""
    scores = two_arms({"pre": [0] * 24, "post": TREATED}, {"pre": [0] * 24, "post": CONTROL},
                      groups=GROUPS)
    row = compare_arms(scores, OURS).iloc[0]
    printed = {"estimate": -5.0833333333, "se": 2.328086752, "df": 4.214206578,
               "statistic": -2.183481062, "p": 0.09091434763}
    for name, value in printed.items():
        assert row[name] == pytest.approx(value, rel=EXACT)
    assert (row["low"], row["high"]) == pytest.approx((-11.4196, 1.2529), abs=5e-5)
    assert (row["n"], row["n_groups"], row["contrast"]) == (48, 4, "balint - waitlist")
    assert row["better"] and row["method"] == (
        "mixed model (REML): without the baseline, group effect in balint, a residual variance for "
        "each arm; Kenward-Roger df")
    assert row["note"] == f"Fitted on 48 people, 4 groups and 48 rows. {NO_BASELINE}"


def test_the_same_data_in_r() -> None:
    r = {line["name"]: float(line["value"]) for line in oracle("partially_nested.csv")}
    scores = two_arms({"pre": [0] * 24, "post": TREATED}, {"pre": [0] * 24, "post": CONTROL},
                      groups=GROUPS)
    results = arm_results(scores, OURS)
    for name in ("estimate", "se", "df", "statistic", "p", "low", "high"):
        assert results.estimates[name][0] == pytest.approx(r[name], rel=REML)
    variance = results.groups.iloc[0]
    assert variance["variance"] == pytest.approx(r["tau2"], rel=REML)
    assert (variance["variance"], variance["icc"]) == pytest.approx(
        (16.53888889, 0.6169948187), rel=1e-8)
    assert variance["low"] < variance["icc"] < variance["high"]
    assert variance[["groups", "people"]].tolist() == [4, 24]


@pytest.mark.parametrize("seed", range(5))
def test_on_balanced_changes_the_model_is_welchs_test_of_the_group_means(seed: int) -> None:
    """MSB above MSW: the closed form of the partially nested model with unequal variances."""
    random = np.random.default_rng(seed)
    k, m, controls = 5, 6, 17
    effects = np.repeat(random.normal(0, 4, k), m)
    treated, control = effects + random.normal(0, 2, k * m), random.normal(1, 3, controls)
    frame = pd.DataFrame({
        "change": [*treated, *control], "arm": ["t"] * (k * m) + ["c"] * controls,
        "treated": [1.0] * (k * m) + [0.0] * controls,
        "group": [*np.repeat(list("abcde"), m), *[None] * controls]})
    fit = fit_gaussian(frame, "change ~ treated", components=[RandomEffect(by="group")],
                       residual=Residual(by="arm"))
    ours = contrasts(fit, {"treated": {"treated": 1}}).iloc[0]
    welch = stats.ttest_ind(treated.reshape(k, m).mean(axis=1), control, equal_var=False)
    assert ours["statistic"] == pytest.approx(welch.statistic, rel=1e-7)
    assert ours["df"] == pytest.approx(welch.df, rel=1e-6)
    assert ours["p"] == pytest.approx(welch.pvalue, rel=1e-6)


def test_without_groups_and_baseline_people_are_compared_by_welch() -> None:
    treated, control = [3, 5, 1, 0, 2, 4, 7], [1, -1, 0, 2, 3]
    row = compare_arms(changed(treated, control), OURS).iloc[0]
    welch = stats.ttest_ind(treated, control, equal_var=False)
    assert (row["statistic"], row["df"], row["p"]) == pytest.approx(
        (welch.statistic, welch.df, welch.pvalue), rel=1e-7)
    assert row["n_groups"] == 0


# --- which model ----------------------------------------------------------------------------------


def by_hand(scores: pd.DataFrame, waves: Sequence[str]) -> pd.DataFrame:
    """Plain columns for fit_gaussian, without our own helpers."""
    frame = scores[scores["value"].notna()].copy()
    frame["treated"] = (frame["arm"] == "balint").astype(float)
    frame["later"] = (frame["wave"] != waves[0]).astype(float) * frame["treated"]
    frame["any_later"] = (frame["wave"] != waves[0]).astype(float)
    for wave in waves:
        frame[f"in_{wave}"] = (frame["wave"] == wave).astype(float)
        frame[f"t_{wave}"] = frame["treated"] * frame[f"in_{wave}"]
    frame["both"] = frame["arm"].astype(str) + frame["group"].astype("object").fillna("-")
    return frame.astype({"wave": "object", "arm": "object", "participant": "object",
                         "group": "object"})


def test_individually_randomised_with_three_waves() -> None:
    scores = drawn([8, 7, 8, 6], 30, ("pre", "mid", "post"), missing=0.1, seed=3)
    frame = by_hand(scores, ("pre", "mid", "post"))
    fit = fit_gaussian(
        frame, "value ~ 0 + in_pre + in_mid + in_post + t_mid + t_post",
        components=[RandomEffect(by="group", times="later"),
                    RandomEffect(by=("group", "wave"), times="later")],
        residual=Residual(kind="unstructured", within="participant", over="wave", by="arm",
                          shared=("pre",)))
    expected = contrasts(fit, {"mid": {"t_mid": 1}, "post": {"t_post": 1}})
    ours = compare_arms(scores, THREE)
    assert ours["wave"].tolist() == ["mid", "post"]
    for name in ("estimate", "se", "df", "low", "high", "p"):
        assert ours[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-6)
    assert ours["method"].unique().tolist() == [
        "mixed model (REML): common mean at the baseline, group and group x wave effects in "
        "balint, unstructured residual for each arm, one variance at pre; Kenward-Roger df"]
    people = frame["participant"].nunique()
    assert ours["n"].tolist() == [people, people]
    assert f"Fitted on {people} people, 4 groups and {len(frame)} rows." in note(ours)


def test_people_with_one_score_stay_in() -> None:
    scores = drawn([6, 6, 6], 18, missing=0.2, seed=5)
    pairs = scores.pivot(index="participant", columns="wave", values="value").dropna()
    row = compare_arms(scores, OURS).iloc[0]
    assert row["n"] == scores.dropna(subset="value")["participant"].nunique() > len(pairs)


def test_groups_in_both_arms_have_a_variance_each() -> None:
    scores = drawn([6, 6, 6], 0, control_sizes=[6, 6, 6, 6], seed=2)
    (model,) = arm_models(scores, OURS)
    assert model.model.between == {"balint": ("group (balint)",), "waitlist": ("group (waitlist)",)}
    method = compare_arms(scores, OURS)["method"][0]
    assert "group effect in balint, group effect in waitlist" in method


def test_clusters_share_one_variance() -> None:
    scores = drawn([6, 6, 6], 0, control_sizes=[6, 6, 6, 6], seed=2)
    frame = by_hand(scores, ("pre", "post"))
    fit = fit_gaussian(
        frame, "value ~ 0 + in_pre + in_post + t_post",
        components=[RandomEffect(by="both", times="any_later")],
        residual=Residual(kind="unstructured", within="participant", over="wave", by="arm",
                          shared=("pre",)))
    expected = contrasts(fit, {"post": {"t_post": 1}}).iloc[0]
    ours = compare_arms(scores, CLUSTERS).iloc[0]
    for name in ("estimate", "se", "df", "p"):
        assert ours[name] == pytest.approx(expected[name], rel=1e-6)
    assert "group effect in every arm, one variance" in ours["method"]
    assert ours["n_groups"] == 7


def test_controlled_adjusts_for_the_baseline_and_tells_how_uneven_it_was() -> None:
    scores = drawn([6, 6, 6, 6], 25, seed=4)
    frame = by_hand(scores, ("pre", "post"))
    pre = frame[frame["wave"] == "pre"].set_index("participant")["value"]
    later = frame[frame["wave"] == "post"].assign(before=lambda d: d["participant"].map(pre))
    fit = fit_gaussian(later, "value ~ treated + before",
                       components=[RandomEffect(by="group", times="treated")],
                       residual=Residual(by="arm"))
    expected = contrasts(fit, {"effect": {"treated": 1}}).iloc[0]
    ours = compare_arms(scores, CONTROLLED).iloc[0]
    for name in ("estimate", "se", "df", "p"):
        assert ours[name] == pytest.approx(expected[name], rel=1e-6)
    before = [scores.query("wave == 'pre' and arm == @arm")["value"].tolist()
              for arm in ("balint", "waitlist")]
    smd = hedges_g(statistics.mean(before[0]) - statistics.mean(before[1]), *before)
    assert f"at the baseline the arms differed by {smd:.2f} SD" in ours["note"]
    assert ours["method"].startswith("mixed model (REML): adjusted for the baseline score, ")


def test_controlled_leaves_out_who_has_no_baseline_and_tells() -> None:
    scores = drawn([6, 6, 6, 6], 25, seed=4)
    scores.loc[scores["wave"].eq("pre") & scores["participant"].isin(["t0", "c3"]), "value"] = None
    row = compare_arms(scores, CONTROLLED).iloc[0]
    assert row["n"] == 47
    assert ("2 people have no score at the baseline and cannot be adjusted for it: left out."
            in row["note"])


def test_declared_covariates_are_adjusted_for() -> None:
    scores = drawn([6, 6, 6, 6], 25, seed=6)
    people = scores.drop_duplicates("participant")[["participant"]].reset_index(drop=True)
    random = np.random.default_rng(0)
    people["years"] = random.integers(1, 20, len(people))
    people["role"] = random.choice(["nurse", "physician"], len(people))
    ours = Study(**{**OURS.__dict__, "covariates": ("years", "role")})
    row = compare_arms(scores, ours, participants=people).iloc[0]
    assert "common mean at the baseline, adjusted for years and role" in row["method"]
    assert row["estimate"] != compare_arms(scores, OURS)["estimate"][0]
    some = people.assign(role=people["role"].where(people["participant"] != "t1"))
    fewer = compare_arms(scores, ours, participants=some).iloc[0]
    assert fewer["n"] == row["n"] - 1 and "1 person lacks a covariate: left out." in fewer["note"]
    with pytest.raises(AnalysisError, match=r"covariates years, role; years, role cannot be found"):
        compare_arms(scores, ours)
    with pytest.raises(AnalysisError, match=r"; role cannot be found. Give `participants="):
        compare_arms(scores, ours, participants=people[["participant", "years"]])


def test_the_fallback_order_is_by_the_number_of_people_and_is_told() -> None:
    four = study(design="individually_randomised", arms=BALINT, waves=("pre", "a", "b", "post"))
    seen = []
    for size, controls in ((7, 22), (4, 9), (2, 6), (2, 3)):
        scores = drawn([size] * 3, controls, four.waves, seed=7)
        row = compare_arms(scores, four).iloc[-1]
        seen.append(str(row["method"]).partition("in balint, ")[2].partition(";")[0])
    assert seen == [
        "unstructured residual for each arm, one variance at pre", "one unstructured residual",
        "heterogeneous compound symmetry", "compound symmetry (person intercept)"]
    assert row["note"].endswith(
        "Passed over: unstructured residual for each arm, one variance at pre (arm balint has "
        "fewer than 20 people); one unstructured residual (fewer than 20 people); heterogeneous "
        "compound symmetry (fewer than 10 people).")


def test_df_methods_and_the_residual_are_one_argument_away() -> None:
    scores = drawn([6, 6, 6, 6], 24, seed=8)
    default = compare_arms(scores, OURS).iloc[0]
    words = {"satterthwaite": "Satterthwaite df",
             "cr2": "cluster-robust (CR2) with Satterthwaite df"}
    for df, told in words.items():
        other = compare_arms(scores, OURS, df=df).iloc[0]  # type: ignore[arg-type]
        assert other["method"].endswith(told) and other["estimate"] == default["estimate"]
    shared = compare_arms(scores, OURS, by_arm=False).iloc[0]
    assert "one unstructured residual" in shared["method"] and shared["se"] != default["se"]


# --- refusals and warnings ------------------------------------------------------------------------


def test_one_treated_group_is_refused_in_words() -> None:
    frame = compare_arms(changed([-3, -5, -1], [1, -1, 0], "aaa"), OURS)
    assert frame["estimate"].tolist() == pytest.approx([-3])
    assert frame[["se", "df", "low", "high", "statistic", "p", "p_adjusted", "effect_low"]].isna(
        ).all(axis=None)
    assert frame["effect_size"].notna().all()
    assert frame["method"][0].endswith("; not tested")
    assert note(frame).startswith(
        "Only one group of arm 'balint' has people with scores at this wave, so the effect of the "
        "method and the effect of this one group cannot be told apart: the difference is shown and "
        "not tested."
    )
    assert arm_results(changed([-3, -5, -1], [1, -1, 0], "aaa"), OURS).groups.empty


def test_two_treated_groups_have_an_interval_and_no_p_value() -> None:
    scores = drawn([8, 8], 16, seed=9)
    row = compare_arms(scores, OURS).iloc[0]
    assert row[["p", "statistic", "p_adjusted"]].isna().all()
    robust = compare_arms(drawn([8, 8], 16, seed=9), OURS, df="cr2").iloc[0]
    assert row[["se", "df", "low", "high"]].tolist() == robust[["se", "df", "low", "high"]].tolist()
    assert row["method"].endswith("; cluster-robust (CR2) with Satterthwaite df")
    assert row["note"].startswith(
        "Two groups cannot carry a test of the method apart from these two groups: the interval is "
        "cluster-robust (CR2) and no p value is given. The interval is unreliable: cluster-robust "
        f"inference needs at least 4 degrees of freedom and has {row['df']:.1f}. Fitted on")


def test_two_clusters_an_arm_are_tested_with_a_loud_warning() -> None:
    row = compare_arms(drawn([8, 8], 0, control_sizes=[8, 8], seed=3), CLUSTERS).iloc[0]
    assert row["p"] > 0 and row["method"].endswith("Kenward-Roger df with variances at 0 kept")
    assert row["note"].startswith(
        "Warning: two clusters in an arm are hardly a test of the method apart from these "
        "clusters; the interval and the p value rest on very few degrees of freedom.")


def test_one_cluster_an_arm_and_clusters_that_are_not_recorded_are_refused() -> None:
    one = compare_arms(drawn([8], 0, control_sizes=[8], seed=3), CLUSTERS)
    assert one["p"].isna().all() and note(one).count("Only one group of arm") == 2
    none = compare_arms(drawn([8, 8, 8], 24, seed=3), CLUSTERS)
    assert none["p"].isna().all() and note(none).startswith(
        "Clusters were allocated, but those of arm 'waitlist' are not recorded: the difference is "
        "shown and not tested. Give the column `group` in the participants.")


def test_a_group_variance_of_zero_is_told() -> None:
    frame = compare_arms(changed([-3, 3, -2, 2.5, -1, 2], [1, -1, 0], "aabbcc"), OURS)
    assert frame["p"].notna().all()
    assert note(frame) == (
        "Fitted on 9 people, 3 groups and 9 rows. The variance of group was estimated at 0 (the "
        "groups differ no more than by chance) and taken as 0 for the degrees of freedom. "
        f"{NO_BASELINE}"
    )
    kept = compare_arms(changed([-3, 3, -2, 2.5, -1, 2], [1, -1, 0], "aabbcc"), OURS,
                        drop_zero=False)
    assert kept["df"][0] < frame["df"][0]


def test_no_spread_in_either_arm_is_not_tested() -> None:
    frame = compare_arms(changed([-3, -3, -3], [1, 1]), OURS)
    assert frame["estimate"].tolist() == [-4] and frame["se"].isna().all()
    assert note(frame) == (
        f"{NO_BASELINE} The outcome does not vary once the fixed effects are taken out, so there "
        "is no spread to estimate anything from."
    )


def test_spread_in_one_arm_shares_its_variance() -> None:
    """An arm in which nobody differs has no variance of its own to model."""
    row = compare_arms(changed([-3, -3, -3], [1, 2, 0]), OURS).iloc[0]
    se = math.sqrt((0 + 2) / 4 * (1 / 3 + 1 / 3))   # pooled SD of two samples of three
    assert (row["estimate"], row["se"], row["df"]) == pytest.approx((-4, se, 4))
    assert row["note"].endswith("Passed over: a residual variance for each arm (cannot be fitted).")


def test_an_arm_without_follow_up_cannot_be_compared() -> None:
    scores = two_arms({"pre": [1, 2], "post": [2, 5]}, {"pre": [1, 2], "post": [None, None]})
    frame = compare_arms(scores, OURS)
    assert frame[["estimate", "p", "effect_size", "better"]].isna().all(axis=None)
    assert frame["n_asked"].tolist() == [4]
    assert note(frame) == (
        "Nobody in arm 'waitlist' has a score at post, so the arms cannot be compared there."
    )


def test_a_wave_that_one_arm_lacks_does_not_hinder_the_others() -> None:
    scores = drawn([6, 6, 6], 18, ("pre", "mid", "post"), seed=2)
    scores.loc[scores["arm"].eq("waitlist") & scores["wave"].eq("mid"), "value"] = None
    frame = compare_arms(scores, THREE)
    assert pd.isna(frame["estimate"][0]) and frame["p"].notna()[1]


def test_nobody_at_all_names_both_arms() -> None:
    frame = compare_arms(two_arms({"pre": [1, 2]}, {"pre": [1]}), OURS)
    assert note(frame) == (
        "Nobody in arm 'balint' has a score at post, so the arms cannot be compared there. "
        "Nobody in arm 'waitlist' has a score at post, so the arms cannot be compared there."
    )


def test_one_person_in_an_arm_is_not_tested() -> None:
    frame = compare_arms(changed([-3, -5], [1]), OURS)
    assert frame["p"].isna().all() and frame["estimate"].tolist() == pytest.approx([-5])
    assert note(frame).startswith(
        "Only one person in arm 'waitlist' has a score at this wave: the difference is not tested.")


def test_groups_without_follow_up_are_told() -> None:
    scores = two_arms(
        {"pre": [1, 2, 3, 4, 5], "post": [2, 5, 6, 9, None]}, {"pre": [1, 2, 3], "post": [1, 3, 3]},
        groups=list("aabbc"),
    )
    frame = compare_arms(scores, OURS)
    assert frame["n_groups"].tolist() == [2]
    assert ("1 group of arm 'balint' has nobody with a score at this wave and does not count there."
            in note(frame))


def test_a_group_that_never_answered_is_told_where_the_allocation_is_known() -> None:
    scores = changed([-3, -5, -1, 0, 2, -4], [1, -1, 0, 2], "aaabbb")
    asked = pd.DataFrame({"arm": ["balint", "waitlist"] * 2, "wave": ["pre"] * 2 + ["post"] * 2,
                          "people": [9, 4] * 2, "groups": [3, 0] * 2})
    row = compare_arms(scores, OURS, asked=asked).iloc[0]
    assert row["n_groups"] == 2 and row["n_asked"] == 13
    assert "1 group of arm 'balint' has nobody with a score at this wave" in row["note"]


def test_people_without_a_group_count_as_groups_of_one() -> None:
    scores = drawn([6, 6, 6], 18, seed=2)
    scores.loc[scores["participant"].isin(["t0", "t7"]), "group"] = None
    row = compare_arms(scores, OURS).iloc[0]
    assert row["n_groups"] == 3 and row["n"] == 36
    assert ("2 people of arm 'balint' belong to no group and count as groups of one each."
            in row["note"])
    assert "Fitted on 36 people, 3 groups and 72 rows." in row["note"]


def test_no_group_with_follow_up_is_refused() -> None:
    scores = two_arms({"pre": [1, 2, 3], "post": [None, 4, 9]}, {"pre": [1, 2], "post": [1, 3]},
                      groups=["a", None, None])
    frame = compare_arms(scores, OURS)
    assert frame["p"].isna().all()
    assert note(frame).startswith(
        "No group of arm 'balint' has people with scores at this wave: the difference is shown and "
        "not tested.")


def test_groups_of_one_have_no_variance_between_them() -> None:
    frame = compare_arms(drawn([1] * 12, 15, seed=2), OURS)
    assert frame["p"].notna().all()
    assert ("No variance between groups in balint can be estimated: that takes two groups with two "
            "people in one of them." in note(frame))


def test_three_rows_give_a_sentence() -> None:
    frame = compare_arms(two_arms({"pre": [1], "post": [3]}, {"pre": [2]}), OURS)
    assert frame["estimate"].isna().all() and note(frame).startswith("Nobody in arm 'waitlist'")


# --- what comes back ------------------------------------------------------------------------------


def test_several_treated_arms_are_adjusted_together() -> None:
    ours = study(design="individually_randomised",
                 arms=Arms(control="none", treated=("a", "b", "c")))
    changes = {"a": [1, 2, 4], "b": [3, 5, 6], "c": [0, 1, 2], "none": [0, 1, -1]}
    scores = pd.concat([rows({"pre": [10] * 3, "post": [10 + x for x in own]}, arm=arm, prefix=arm)
                        for arm, own in changes.items()])
    frame = compare_arms(scores, ours)
    assert frame["contrast"].tolist() == ["a - none", "b - none", "c - none"]
    p = sorted(frame["p"])
    assert sorted(frame["p_adjusted"]) == pytest.approx(
        [3 * p[0], max(3 * p[0], 2 * p[1]), max(3 * p[0], 2 * p[1], p[2])])


@pytest.mark.parametrize("design", ["individually_randomised", "controlled"])
def test_direction_comes_from_the_key(design: Design) -> None:
    neutral = study(design=design, arms=BALINT,
                    instruments=(instrument("strain", total=scale("neutral")),))
    scores = drawn([6, 6, 6], 18, seed=1)
    assert compare_arms(scores, neutral)["better"].isna().all()
    ours = compare_arms(scores, study(design=design, arms=BALINT))
    assert ours["better"].tolist() == (ours["estimate"] < 0).tolist()


def test_a_study_without_arms_has_nothing_to_compare() -> None:
    assert compare_arms(rows({"pre": [1, 2], "post": [2, 4]}), study()).empty


def test_people_asked_come_from_the_flow() -> None:
    flow = pd.DataFrame({"arm": ["balint", "waitlist"], "wave": ["post"] * 2, "people": [9, 8]})
    frame = compare_arms(changed([-3, -5, -1], [1, -1, 0]), OURS, asked=flow)
    assert frame[["n", "n_asked"]].to_numpy().tolist() == [[6, 17]]


def test_effects_are_the_difference_by_the_sd_of_the_scores() -> None:
    before = {"t": [30, 28, 35, 31, 26, 33], "c": [29, 33, 31, 27, 34]}
    after = {"t": [25, 27, 29, 30, 20, 26], "c": [28, 34, 30, 28, 31]}
    results = arm_results(two_arms({"pre": before["t"], "post": after["t"]},
                                   {"pre": before["c"], "post": after["c"]}), OURS)
    row, effects = results.estimates.iloc[0], results.effects
    assert effects["effect_name"].tolist() == ["smd", "glass_delta", "d_ppc2"]
    for name, end in (("effect_size", "estimate"), ("effect_low", "low"), ("effect_high", "high")):
        assert row[name] == pytest.approx(hedges_g(row[end], after["t"], after["c"]), rel=EXACT)
    assert effects["value"][2] == pytest.approx(
        hedges_g(row["estimate"], before["t"], before["c"]), rel=EXACT)
    assert effects["sd_used"][2] == pytest.approx(case("ppc2")["sd_used"], rel=EXACT)


def test_variances_between_groups_of_every_wave_and_arm() -> None:
    scores = drawn([8, 7, 8, 6], 30, ("pre", "mid", "post"), missing=0.1, seed=3)
    (model,) = arm_models(scores, THREE)
    frame = group_variances([model])
    assert frame["wave"].tolist() == ["mid", "post"]
    assert frame["arm"].tolist() == ["balint"] * 2
    fit = model.model.fit
    assert fit is not None
    of = dict(zip(fit.variances["parameter"], fit.variances["estimate"], strict=True))
    between = of["group"] + of["group x wave"]
    assert frame["variance"].tolist() == pytest.approx([between, between])
    assert frame["icc"][0] == pytest.approx(between / (between + of["residual balint mid"]))
