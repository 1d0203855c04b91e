import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from balint_research.analysis import change, words
from balint_research.analysis.change import compare_waves, wave_results
from balint_research.analysis.estimates import t_p_value
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.fit import fit_gaussian
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from balint_research.analysis.signed_rank import wilcoxon_signed_rank
from tests.scores_frames import (
    BALINT,
    case,
    instrument,
    oracle,
    rows,
    scale,
    study,
    two_arms,
)

EXACT = 1e-9   # the same closed form in R, to the digits written
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
SAMPLES = oracle("signed_rank.csv")


def by_enumeration(differences: list[int]) -> float:
    """Two-sided p over every pattern of signs."""
    used = [d for d in differences if d]
    ranks = pd.Series(np.abs(used)).rank().to_numpy()
    centre = ranks.sum() / 2
    seen = abs(ranks[np.array(used) > 0].sum() - centre)
    signs = itertools.product((0, 1), repeat=len(used))
    far = [abs(np.dot(sign, ranks) - centre) >= seen - 1e-9 for sign in signs]
    return float(np.mean(far))


def note(frame: pd.DataFrame, row: int = 0) -> str:
    return str(frame["note"][row])


# --- signed-rank test -----------------------------------------------------------------------------

@pytest.mark.parametrize("row", SAMPLES, ids=[row["differences"] for row in SAMPLES])
def test_signed_rank_agrees_with_coin(row: dict[str, str]) -> None:
    result = wilcoxon_signed_rank([float(d) for d in row["differences"].split()])
    assert result.statistic == pytest.approx(float(row["statistic"]), rel=1e-12)
    assert result.p == pytest.approx(float(row["value"]), abs=1e-10)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=12).filter(any))
def test_signed_rank_agrees_with_full_enumeration(differences: list[int]) -> None:
    result = wilcoxon_signed_rank(differences)
    assert result.p == pytest.approx(by_enumeration(differences), abs=1e-12)
    assert (result.n, result.zeros) == (
        len(differences) - differences.count(0), differences.count(0))


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=30).filter(any))
def test_signed_rank_does_not_care_for_order_sign_or_unit(differences: list[int]) -> None:
    p = wilcoxon_signed_rank(differences).p
    assert wilcoxon_signed_rank(differences[::-1]).p == pytest.approx(p)
    assert wilcoxon_signed_rank([-d for d in differences]).p == pytest.approx(p)
    assert wilcoxon_signed_rank([d / 7 for d in differences]).p == pytest.approx(p)


def test_changes_that_differ_by_rounding_only_are_tied() -> None:
    given = [0.1 + 0.2, 0.3, -(0.1 + 0.2), 1.0 - 0.9 - 0.1]
    assert wilcoxon_signed_rank(given) == wilcoxon_signed_rank([3, 3, -3, 0])


def test_signed_rank_of_zeros_or_nothing_has_no_p() -> None:
    for differences, zeros in (([0, 0], 2), ([], 0), ([math.nan], 0)):
        result = wilcoxon_signed_rank(differences)
        assert math.isnan(result.p) and math.isnan(result.statistic)
        assert (result.n, result.zeros) == (0, zeros)


# --- change ---------------------------------------------------------------------------------------

def test_a_small_single_group_has_the_paired_interval_and_the_exact_test() -> None:
    frame = compare_waves(rows({"pre": SLEEP_2, "post": SLEEP_1}), study())
    row, r = frame.iloc[0], case("sleep_paired")
    for name in ("estimate", "se", "df", "low", "high"):
        assert row[name] == pytest.approx(r[name], rel=EXACT)
    signed = wilcoxon_signed_rank(np.array(SLEEP_1) - np.array(SLEEP_2))
    assert (row["statistic"], row["p"], row["p_adjusted"]) == (
        signed.statistic, signed.p, signed.p)
    assert row["contrast"] == "post - pre" and row["better"]
    assert (row["n"], row["n_asked"], row["n_groups"]) == (10, 10, 0)
    assert row["method"] == "exact Wilcoxon signed-rank test; mean paired difference, t interval"
    assert note(frame) == "1 person did not change; the signed-rank test leaves this pair out."
    assert (row["effect_name"], row["effect_size"]) == ("d_av", pytest.approx(-0.76050939567))


def test_from_twenty_pairs_on_the_paired_t_is_tested() -> None:
    frame = compare_waves(rows({"pre": SLEEP_2 * 2, "post": SLEEP_1 * 2}), study())
    row = frame.iloc[0]
    assert row["method"] == "paired t test"
    assert row["statistic"] == pytest.approx(row["estimate"] / row["se"])
    assert row["df"] == 19 and pd.isna(row["note"])


def test_the_paired_t_p_agrees_with_r() -> None:
    """The p of the t that R prints for ten pairs, from the same statistic and df."""
    r = case("sleep_paired")
    assert t_p_value(r["statistic"], r["df"]) == pytest.approx(r["p"], rel=EXACT)


def test_with_arms_the_change_is_described_and_not_tested() -> None:
    scores = two_arms({"pre": SLEEP_2, "post": SLEEP_1}, {"pre": [1, 2, 3], "post": [2, 2, 4]})
    ours = study(design="individually_randomised", arms=BALINT)
    frame = compare_waves(scores, ours)
    assert frame["contrast"].tolist() == ["balint: post - pre", "waitlist: post - pre"]
    assert frame["arm"].tolist() == ["balint", "waitlist"]
    assert frame[["statistic", "p", "p_adjusted"]].isna().all(axis=None)
    assert frame["low"].notna().all()
    assert frame["method"].tolist() == ["mean paired difference, t interval"] * 2
    assert note(frame) == (
        "The change within one arm is described and not tested: the comparison between the arms "
        "is the test."
    )
    assert compare_waves(scores, ours, test=True)["p"].notna().all()


def test_a_test_can_be_declined() -> None:
    frame = compare_waves(rows({"pre": SLEEP_2, "post": SLEEP_1}), study(), test=False)
    assert frame["p"].isna().all()
    assert note(frame) == "The change is described and not tested, as was asked for."


def test_only_complete_pairs_are_used_and_all_who_were_asked_are_told() -> None:
    scores = rows({"pre": [1, 2, 3, 4, None], "post": [2, 4, 7, None, 5]})
    frame = compare_waves(scores, study())
    assert frame[["n", "n_asked"]].to_numpy().tolist() == [[3, 5]]
    flow = pd.DataFrame({"arm": [pd.NA, pd.NA], "wave": ["pre", "post"], "people": [9, 8]})
    assert compare_waves(scores, study(), asked=flow)["n_asked"].tolist() == [8]


@pytest.mark.parametrize("post", [[2.0, None], [None, None], [None, 7]])
def test_fewer_than_two_pairs_are_a_row_with_a_note(post: list[float | None]) -> None:
    frame = compare_waves(rows({"pre": [1, 2], "post": post}), study())
    assert frame[["estimate", "se", "low", "p", "effect_size", "better"]].isna().all(axis=None)
    assert note(frame) == (
        "Fewer than two people have scores at both waves, so a change cannot be estimated."
    )


def test_a_wave_nobody_answered_is_a_row_with_a_note() -> None:
    frame = compare_waves(rows({"pre": [1, 2]}), study())
    assert frame["n"].tolist() == [0] and frame["p"].isna().all()


def test_two_pairs_have_an_interval_and_no_effect_size() -> None:
    row = compare_waves(rows({"pre": [1, 2], "post": [2, 5]}), study()).iloc[0]
    assert (row["estimate"], row["df"], row["p"]) == (2, 1, 0.5)
    assert np.isnan(row["effect_size"]) and row["low"] < 2 < row["high"]


def test_when_nobody_changed_there_is_nothing_to_test() -> None:
    frame = compare_waves(rows({"pre": [1, 2, 3], "post": [1, 2, 3]}), study())
    assert frame["estimate"].tolist() == [0] and frame[["se", "p", "better"]].isna().all(axis=None)
    assert note(frame) == (
        "Nobody's score changed, so there is no spread to estimate an interval from."
    )


def test_when_everybody_changed_alike_there_is_no_interval() -> None:
    frame = compare_waves(rows({"pre": [1, 2, 3], "post": [3, 4, 5]}), study())
    assert frame["estimate"].tolist() == [2] and frame[["se", "low", "p"]].isna().all(axis=None)
    assert note(frame) == (
        "Everybody's score changed by the same amount, so there is no spread to estimate an "
        "interval from."
    )


@pytest.mark.parametrize("seed", range(3))
def test_with_groups_of_one_size_the_model_is_the_t_test_of_their_means(seed: int) -> None:
    """Closed form, where the groups differ more than their members do."""
    random = np.random.default_rng(seed)
    means = random.normal(-3, 4, 5)
    changes = (means[:, None] + random.normal(0, 2, (5, 6)))
    scores = rows({"pre": [30.0] * 30, "post": list(30 + changes.ravel())},
                  groups=list(np.repeat(list("abcde"), 6)))
    row = compare_waves(scores, study()).iloc[0]
    test = stats.ttest_1samp(changes.mean(axis=1), 0)
    low, high = test.confidence_interval(0.95)
    assert (row["statistic"], row["df"], row["p"]) == pytest.approx(
        (test.statistic, 4, test.pvalue), rel=1e-6)
    assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-6)
    assert row["method"] == (
        "mixed model (REML): mean change, group effect, one residual variance; Kenward-Roger df")
    assert row["note"] == "Fitted on 30 people, 5 groups and 30 rows."


def test_two_groups_or_more_have_a_group_effect_on_change() -> None:
    changes = [-3.0, -5, -1, 0, 2, -4, -6, -2, -8]
    groups = list("aaabbcccc")
    scores = rows({"pre": [10] * 9, "post": [10 + c for c in changes]}, groups=groups)
    fit = fit_gaussian(pd.DataFrame({"change": changes, "group": groups}), "change ~ 1",
                       components=[RandomEffect(by="group")])
    expected = contrasts(fit).iloc[0]
    results = wave_results(scores, study())
    row = results.estimates.iloc[0]
    for name in ("estimate", "se", "df", "low", "high", "statistic", "p"):
        assert row[name] == pytest.approx(expected[name], rel=1e-9)
    assert row["n_groups"] == 3 and row["n"] == 9
    assert results.groups[["wave", "groups", "people"]].to_numpy().tolist() == [["post", 3, 9]]


def test_with_three_waves_every_wave_is_in_the_model() -> None:
    random = np.random.default_rng(4)
    waves = ("pre", "mid", "post")
    ours = study(waves=waves)
    groups = list(np.repeat(list("abcd"), 6))
    effects = {wave: np.repeat(random.normal(0, 3, 4), 6) for wave in waves[1:]}
    level = random.normal(40, 5, 24)
    values = {wave: [float(x) for x in level + random.normal(0, 4, 24) + effects.get(wave, 0)]
              for wave in waves}
    scores = rows(values, groups=groups)
    scores.loc[[3, 30], "value"] = None
    frame = scores.dropna(subset="value").assign(
        later=lambda d: (d["wave"] != "pre").astype(float)).astype(
            {"wave": "object", "group": "object", "participant": "object"})
    fit = fit_gaussian(
        frame, "value ~ 0 + wave",
        components=[RandomEffect(by="group", times="later"),
                    RandomEffect(by=("group", "wave"), times="later")],
        residual=Residual(kind="unstructured", within="participant", over="wave"))
    expected = contrasts(fit, {wave: {f"wave[{wave}]": 1, "wave[pre]": -1} for wave in waves[1:]})
    result = compare_waves(scores, ours)
    for name in ("estimate", "se", "df", "p"):
        assert result[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-5)
    assert result["n"].tolist() == [24, 24]
    assert result["method"].unique().tolist() == [
        "mixed model (REML): mean at each wave, group and group x wave effects, one unstructured "
        "residual; Kenward-Roger df"]


def test_two_groups_have_an_interval_and_no_p_value() -> None:
    scores = rows({"pre": [1, 2, 3, 4], "post": [2, 4, 6, 9]}, groups=list("aabb"))
    frame = compare_waves(scores, study())
    assert frame["df"].tolist() == pytest.approx([1])
    assert frame[["p", "statistic"]].isna().all(axis=None) and frame["low"].notna().all()
    assert note(frame) == (
        "Two groups cannot carry a test of the method apart from these two groups: the interval is "
        "cluster-robust (CR2) and no p value is given. The interval is unreliable: cluster-robust "
        "inference needs at least 4 degrees of freedom and has 1.0. Fitted on 4 people, 2 groups "
        "and 4 rows."
    )


def test_where_every_group_changes_alike_there_is_no_spread() -> None:
    scores = rows({"pre": [1, 2, 3, 4], "post": [3, 4, 5, 6]}, groups=list("aabb"))
    frame = compare_waves(scores, study())
    assert frame["estimate"].tolist() == [2] and frame["se"].isna().all()
    assert note(frame).startswith("The outcome does not vary once the fixed effects are taken out")


def test_one_group_says_nothing_about_others() -> None:
    frame = compare_waves(rows({"pre": [1, 2, 3], "post": [2, 4, 7]}, groups=list("aaa")), study())
    assert frame["n_groups"].tolist() == [1] and frame["p"].notna().all()
    assert note(frame) == (
        "All of these people belong to one group: the interval holds for people of this group and "
        "says nothing about other groups."
    )


def test_one_group_and_people_without_a_group_are_counted_one_by_one() -> None:
    scores = rows({"pre": [1, 2, 3], "post": [2, 4, 7]}, groups=["a", "a", None])
    frame = compare_waves(scores, study())
    assert frame["df"].tolist() == [2]
    assert note(frame) == (
        "Fewer than two groups have people with scores at both waves, so people are counted one by "
        "one: the interval says nothing about other groups."
    )


def test_groups_of_one_empty_groups_and_people_without_a_group_are_told() -> None:
    scores = rows(
        {"pre": [1, 2, 3, 4, 5, 6], "post": [2, 4, 7, None, 9, 7]},
        groups=["a", "a", "b", "c", "d", None],
    )
    frame = compare_waves(scores, study())
    assert frame["n_groups"][0] == 3
    assert note(frame) == (
        "Fitted on 5 people, 3 groups and 5 rows. "
        "1 person belongs to no group and counts as a group of one. "
        "1 group has nobody with a score at this wave and does not count there."
    )


@pytest.mark.parametrize(("said", "text"), [
    (words.empty_groups(None, 2),
     "2 groups have nobody with a score at this wave and do not count there."),
    (words.people_alone(None, 2), "2 people belong to no group and count as groups of one each."),
    (change.zeros_dropped(2),
     "2 people did not change; the signed-rank test leaves these pairs out."),
])
def test_counts_are_worded(said: str, text: str) -> None:
    assert said == text


def test_groups_that_changed_alike_have_no_interval() -> None:
    scores = rows({"pre": [1, 2, 3, 4], "post": [2, 4, 4, 6]}, groups=list("aabb"))
    frame = compare_waves(scores, study())
    assert frame["estimate"].tolist() == pytest.approx([1.5]) and frame["se"].isna().all()
    assert note(frame) == (
        "The data leave no spread from which an interval could be had. Fitted on 4 people, 2 "
        "groups and 4 rows. The variance of group was estimated at 0 (the groups differ no more "
        "than by chance)."
    )


def test_other_outcomes_are_adjusted_together() -> None:
    keys = [instrument(name, total=scale()) for name in ("strain", "care", "joy")]
    changed = {"strain": [1, 2, 3, 4, 5], "care": [5, 2, 3, 4, -1], "joy": [1, -2, 3, 4, 5]}
    scores = pd.concat([
        rows({"pre": [10] * 5, "post": [10 + change for change in changes]}, instrument=name)
        for name, changes in changed.items()
    ])
    frame = compare_waves(scores, study(instruments=keys))
    assert frame["p"].tolist() == [0.0625, 0.125, 0.1875]
    assert frame["p_adjusted"].tolist() == [0.0625, 0.25, 0.25]


def test_effects_stand_under_their_own_names() -> None:
    frame = wave_results(rows({"pre": SLEEP_2, "post": SLEEP_1}), study()).effects
    values = dict(zip(frame["effect_name"], frame["value"], strict=True))
    assert list(values) == ["d_av", "d_z", "d_rm", "d_b"]
    for name, value in case("sleep_effects").items():
        assert values[name] == pytest.approx(value, rel=EXACT)


def test_with_groups_the_effect_leaves_out_zero_exactly_when_the_change_does() -> None:
    scores = rows({"pre": [1, 2, 3, 4, 5, 6], "post": [2, 4, 7, 6, 8, 8]}, groups=list("aabbcc"))
    row = compare_waves(scores, study()).iloc[0]
    assert row["effect_low"] / row["low"] == pytest.approx(row["effect_size"] / row["estimate"])
    assert row["effect_high"] / row["high"] == pytest.approx(row["effect_size"] / row["estimate"])


def test_the_order_of_rows_does_not_matter() -> None:
    scores = rows({"pre": SLEEP_2, "post": SLEEP_1}, groups=list("aabbccddee"))
    shuffled = scores.sample(frac=1, random_state=3)
    left, right = (compare_waves(frame, study()) for frame in (scores, shuffled))
    pd.testing.assert_frame_equal(left, right)


def test_scores_with_plain_text_columns_are_read_alike() -> None:
    scores = rows({"pre": SLEEP_2, "post": SLEEP_1}, groups=list("aabbccddee"))
    text = ["participant", "wave", "arm", "group", "instrument", "scale"]
    for kind in ("object", "str"):
        frame = compare_waves(scores.astype(dict.fromkeys(text, kind)), study())
        pd.testing.assert_frame_equal(frame, compare_waves(scores, study()))
