"""Between the arms: oracle A, Welch in R, refusals and warnings as whole sentences."""

import math
import statistics
from collections.abc import Sequence

import pandas as pd
import pytest

from balint_research.analysis import arms
from balint_research.analysis.arms import arm_results, compare_arms, group_variance
from balint_research.study.study import Arms
from tests.scores_frames import BALINT, case, instrument, oracle, rows, scale, study, two_arms

EXACT = 1e-9       # the same closed form in R, to the digits written
REML = 1e-5        # nlme stops its iterations at about this relative distance
TREATED = [22, 25, 19, 28, 24, 20, 30, 27, 33, 29, 26, 35, 18, 21, 24, 17, 23, 19, 27, 31, 25, 29,
           22, 28]
CONTROL = [31, 28, 35, 26, 33, 29, 24, 37, 30, 27, 34, 22, 36, 25, 32, 28, 39, 30, 23, 33, 29, 27,
           35, 31]
GROUPS = [g for g in "abcd" for _ in range(6)]
OURS = study(design="individually_randomised", arms=BALINT)
TREATED_PRE, TREATED_POST = [30, 28, 35, 31, 26, 33], [25, 27, 29, 30, 20, 26]
CONTROL_PRE, CONTROL_POST = [29, 33, 31, 27, 34], [28, 34, 30, 28, 31]


def changed(treated: list[float], control: list[float], groups: str | None = None) -> pd.DataFrame:
    """Scores whose changes from 50 are the ones given."""
    return two_arms(
        {"pre": [50] * len(treated), "post": [50 + x for x in treated]},
        {"pre": [50] * len(control), "post": [50 + x for x in control]},
        groups=list(groups) if groups else None,
    )


def note(frame: pd.DataFrame) -> str:
    return str(frame["note"][0])


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
    assert row["method"] == "Welch test on change: treated group means against single controls"
    assert row["better"] and pd.isna(row["note"])


def test_the_closed_form_agrees_with_nlme() -> None:
    r = {line["name"]: float(line["value"]) for line in oracle("partially_nested.csv")}
    scores = two_arms({"pre": [0] * 24, "post": TREATED}, {"pre": [0] * 24, "post": CONTROL},
                      groups=GROUPS)
    row = compare_arms(scores, OURS).iloc[0]
    for name in ("estimate", "se"):
        assert row[name] == pytest.approx(r[name], rel=REML)
    for name in ("df", "statistic", "p", "low", "high"):
        assert row[name] == pytest.approx(r[name], rel=EXACT)
    variance = group_variance(TREATED, GROUPS)
    assert variance.between == pytest.approx(r["tau2"], rel=REML)
    assert variance.within == pytest.approx(r["within"], rel=REML)
    printed = (16.53888889, 10.26666667, 0.6169948187)
    assert (variance.between, variance.within, variance.icc) == pytest.approx(printed, rel=EXACT)


def test_without_groups_people_are_compared_one_by_one() -> None:
    scores = two_arms({"pre": TREATED_PRE, "post": TREATED_POST},
                      {"pre": CONTROL_PRE, "post": CONTROL_POST})
    row = compare_arms(scores, OURS).iloc[0]
    for name, value in case("ppc_welch").items():
        assert row[name] == pytest.approx(value, rel=EXACT)
    assert row["method"] == "Welch test on change, person by person"
    assert row["n_groups"] == 0 and pd.isna(row["note"])
    assert row["effect_name"] == "smd"
    for name, end in (("effect_size", "estimate"), ("effect_low", "low"), ("effect_high", "high")):
        assert row[name] == pytest.approx(hedges_g(row[end], TREATED_POST, CONTROL_POST), rel=EXACT)


def hedges_g(difference: float, treated: Sequence[float], control: Sequence[float]) -> float:
    """A difference by the pooled SD, times the exact J: closed forms, without our own helpers."""
    df = len(treated) + len(control) - 2
    squares = sum((len(x) - 1) * statistics.variance(x) for x in (treated, control))
    log_j = math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - math.log(df / 2) / 2
    return difference / math.sqrt(squares / df) * math.exp(log_j)


def test_unequal_groups_count_the_same() -> None:
    """R: t.test of the three group means against the controls."""
    scores = changed([-3, -5, -1, 0, 2, -4, -6, -2, -8], [1, -1, 0, 2, -3, 1], "aaabbcccc")
    frame = compare_arms(scores, OURS)
    for name, value in case("unequal_groups").items():
        assert frame[name][0] == pytest.approx(value, rel=EXACT)
    assert note(frame) == (
        "The groups differ in size: the mean of each group counts the same, whatever its size."
    )


def test_a_group_that_never_answered_is_told_where_the_allocation_is_known() -> None:
    scores = changed([-3, -5, -1, 0, 2, -4], [1, -1, 0, 2], "aaabbb")
    asked = pd.DataFrame({"arm": ["balint", "waitlist"] * 2, "wave": ["pre"] * 2 + ["post"] * 2,
                          "people": [9, 4] * 2, "groups": [3, 0] * 2})
    row = compare_arms(scores, OURS, asked=asked).iloc[0]
    assert row["n_groups"] == 2 and row["n_asked"] == 13
    assert row["note"].endswith("1 group has nobody with scores at both waves and is left out.")


def test_one_treated_group_is_refused_in_words() -> None:
    frame = compare_arms(changed([-3, -5, -1], [1, -1, 0], "aaa"), OURS)
    assert frame["estimate"].tolist() == [-3]
    assert frame[["se", "df", "low", "high", "statistic", "p", "p_adjusted", "effect_low"]].isna(
        ).all(axis=None)
    assert frame["effect_size"].notna().all()
    assert frame["method"].tolist() == ["difference in mean change, not tested"]
    assert note(frame) == (
        "Only one group of arm 'balint' has people with scores at both waves, so the effect of the "
        "method and the effect of this one group cannot be told apart: the difference is shown and "
        "not tested."
    )


def test_two_treated_groups_are_shown_with_a_loud_note() -> None:
    frame = compare_arms(changed([-3, -5, -1, 2], [1, -1, 0], "aabb"), OURS)
    assert frame["df"][0] < 2 and frame["p"].notna().all()
    assert note(frame) == (
        "Warning: two groups cannot carry a test of the method apart from these two groups; the "
        "interval and the p value rest on very few degrees of freedom."
    )


def test_a_group_variance_of_zero_is_told() -> None:
    frame = compare_arms(changed([-3, 3, -2, 2.5, -1, 2], [1, -1, 0], "aabbcc"), OURS)
    assert frame["p"].notna().all()
    assert note(frame) == (
        "The groups differ from each other no more than their members do: the estimated variance "
        "between groups is 0; the groups remain the units of the test all the same."
    )


def test_no_spread_in_either_arm_is_not_tested() -> None:
    frame = compare_arms(changed([-3, -3, -3], [1, 1]), OURS)
    assert frame["estimate"].tolist() == [-4] and frame["se"].isna().all()
    assert note(frame) == (
        "The changes do not vary within either arm, so there is no spread to estimate an interval "
        "from."
    )


def test_spread_in_one_arm_is_enough() -> None:
    row = compare_arms(changed([-3, -3, -3], [1, 2, 0]), OURS).iloc[0]
    assert (row["df"], row["estimate"]) == (pytest.approx(2), -4)


def test_an_arm_without_follow_up_cannot_be_compared() -> None:
    scores = two_arms({"pre": [1, 2], "post": [2, 5]}, {"pre": [1, 2], "post": [None, None]})
    frame = compare_arms(scores, OURS)
    assert frame[["estimate", "p", "effect_size", "better"]].isna().all(axis=None)
    assert frame[["n", "n_asked"]].to_numpy().tolist() == [[2, 4]]
    assert note(frame) == (
        "Nobody in arm 'waitlist' has scores at both waves, so the arms cannot be compared."
    )


def test_nobody_at_all_names_both_arms() -> None:
    frame = compare_arms(two_arms({"pre": [1, 2]}, {"pre": [1]}), OURS)
    assert note(frame) == (
        "Nobody in arm 'balint' has scores at both waves, so the arms cannot be compared. "
        "Nobody in arm 'waitlist' has scores at both waves, so the arms cannot be compared."
    )


def test_one_person_in_an_arm_is_not_tested() -> None:
    frame = compare_arms(changed([-3, -5], [1]), OURS)
    assert frame["p"].isna().all()
    assert note(frame) == (
        "Only one person in arm 'waitlist' has scores at both waves, so the difference cannot be "
        "tested."
    )


def test_groups_without_follow_up_are_left_out_and_told() -> None:
    scores = two_arms(
        {"pre": [1, 2, 3, 4, 5], "post": [2, 5, 6, 9, None]}, {"pre": [1, 2, 3], "post": [1, 3, 3]},
        groups=list("aabbc"),
    )
    frame = compare_arms(scores, OURS)
    assert frame["n_groups"].tolist() == [2]
    assert note(frame).endswith("1 group has nobody with scores at both waves and is left out.")


def test_no_group_with_follow_up_is_refused() -> None:
    scores = two_arms({"pre": [1, 2, 3], "post": [None, 4, 9]}, {"pre": [1, 2], "post": [1, 3]},
                      groups=["a", None, None])
    frame = compare_arms(scores, OURS)
    assert frame["p"].isna().all()
    assert note(frame) == (
        "No group of arm 'balint' has people with scores at both waves: the difference is shown "
        "and not tested. 1 group has nobody with scores at both waves and is left out. "
        "2 people of this arm belong to no group and count as groups of one each."
    )


def test_groups_in_both_arms_are_the_units_of_both() -> None:
    scores = two_arms(
        {"pre": [1, 2, 3, 4, 5, 6], "post": [2, 5, 6, 9, 9, 9]},
        {"pre": [1, 2, 3, 4, 5, 6], "post": [2, 2, 4, 6, 5, 5]},
        groups=list("aabbcc"), control_groups=list("ddeeff"),
    )
    row = compare_arms(scores, study(design="cluster_randomised", arms=BALINT)).iloc[0]
    assert row["method"] == "Welch test on change: group means against group means"
    assert row["n_groups"] == 6


def test_groups_in_the_control_only_are_named_in_the_method() -> None:
    scores = two_arms({"pre": [1, 2, 3], "post": [2, 5, 6]},
                      {"pre": [1, 2, 3, 4, 5, 6], "post": [2, 2, 4, 6, 5, 5]},
                      control_groups=list("ddeeff"))
    method = compare_arms(scores, OURS)["method"].tolist()
    assert method == ["Welch test on change: single treated people against control group means"]


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


def test_direction_comes_from_the_key() -> None:
    neutral = study(design="controlled", arms=BALINT,
                    instruments=(instrument("strain", total=scale("neutral")),))
    scores = changed([-3, -5, -1], [1, -1, 0])
    assert compare_arms(scores, neutral)["better"].isna().all()
    assert compare_arms(scores, OURS)["better"].tolist() == [True]


def test_a_study_without_arms_has_nothing_to_compare() -> None:
    assert compare_arms(rows({"pre": [1, 2], "post": [2, 4]}), study()).empty


def test_people_asked_come_from_the_flow() -> None:
    flow = pd.DataFrame({"arm": ["balint", "waitlist"], "wave": ["post"] * 2, "people": [9, 8]})
    frame = compare_arms(changed([-3, -5, -1], [1, -1, 0]), OURS, asked=flow)
    assert frame[["n", "n_asked"]].to_numpy().tolist() == [[6, 17]]


def test_effects_agree_with_r() -> None:
    scores = two_arms({"pre": TREATED_PRE, "post": TREATED_POST},
                      {"pre": CONTROL_PRE, "post": CONTROL_POST})
    _, frame = arm_results(scores, OURS)
    assert frame["effect_name"].tolist() == ["smd", "glass_delta", "d_ppc2"]
    assert frame["value"][2] == pytest.approx(case("ppc2")["value"], rel=EXACT)
    assert frame["sd_used"][2] == pytest.approx(case("ppc2")["sd_used"], rel=EXACT)


def test_with_groups_the_effect_leaves_out_zero_exactly_when_the_difference_does() -> None:
    row = compare_arms(changed([-3, -5, -1, 0, 2, -4], [1, -1, 0, 2], "aabbcc"), OURS).iloc[0]
    ratio = row["effect_size"] / row["estimate"]
    assert row["effect_low"] / row["low"] == pytest.approx(ratio)
    assert row["effect_high"] / row["high"] == pytest.approx(ratio)


@pytest.mark.parametrize(("values", "groups"), [
    ([1, 2, 3], list("aaa")), ([1, 2], list("ab")), ([], []),
])
def test_group_variance_needs_two_groups_and_a_group_of_two(
    values: list[float], groups: list[str]
) -> None:
    variance = group_variance(values, groups)
    assert pd.isna([variance.between, variance.within, variance.icc]).all()


def test_group_variance_of_no_spread_has_no_icc() -> None:
    assert pd.isna(group_variance([1, 1, 1, 1], list("aabb")).icc)


def test_the_refusal_is_worded_by_the_number_of_groups() -> None:
    assert arms.one_group("balint", 0) == (
        "No group of arm 'balint' has people with scores at both waves: the difference is shown "
        "and not tested."
    )
