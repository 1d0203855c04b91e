import math
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.analysis.effect import (
    Interval,
    hedges_correction,
    independent_effects,
    noncentral_t_interval,
    paired_effects,
    pre_post_control_yardstick,
    rescaled_effects,
)
from balint_research.errors import AnalysisError
from tests.scores_frames import case, oracle

EXACT = 1e-10      # the same closed form in R, to the digits written
ROOT = 1e-6        # R optim() finds the noncentrality to about seven digits
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
PRE = [43, 28, 54, 36, 31, 48, 50, 69, 29, 40]
POST = [51, 33, 58, 42, 39, 45, 54, 68, 35, 44]
CONTROL = [34, 54, 33, 44, 45, 53, 37, 26, 38, 58]
TREATED = [66, 38, 35, 55, 48, 39, 65, 32, 57, 41]


def by_name(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return frame.set_index("effect_name").to_dict("index")  # type: ignore[return-value]


def mtcars(am: int) -> list[float]:
    return [float(row["value"]) for row in oracle("paired.csv") if row["case"] == f"mtcars_{am}"]


@pytest.mark.parametrize("df", [2, 4.2, 9, 12, 18, 30])
def test_hedges_correction_agrees_with_r(df: float) -> None:
    assert hedges_correction(df) == pytest.approx(case("J")[f"J{df:g}"], rel=1e-12)


def test_hedges_correction_does_not_exist_with_one_degree_of_freedom() -> None:
    assert math.isnan(hedges_correction(1))
    assert math.isnan(hedges_correction(0))


def test_paired_family_of_sleep_agrees_with_r_and_with_the_printed_values() -> None:
    """R effectsize `repeated_measures_d(extra_1, extra_2)`: its b divides by the SD of extra_2."""
    effects = by_name(paired_effects(pre=SLEEP_2, post=SLEEP_1))
    for name, value in case("sleep_effects").items():
        assert effects[name]["value"] == pytest.approx(value, rel=EXACT)
    printed = {"d_z": -1.17392, "d_rm": -0.75137, "d_av": -0.76051, "d_b": -0.72115}
    for name, value in printed.items():
        assert effects[name]["value"] == pytest.approx(value, abs=5e-6)
    assert effects["d_z"]["value"] / hedges_correction(9) == pytest.approx(-1.28456, abs=5e-6)


def test_large_sample_intervals_of_sleep_agree_with_the_printed_ones() -> None:
    printed = {"d_z": (-1.94, -0.41), "d_rm": (-1.17, -0.33), "d_av": (-1.13, -0.39),
               "d_b": (-1.20, -0.24)}
    effects = by_name(paired_effects(SLEEP_2, SLEEP_1, interval="large_sample"))
    for name, (low, high) in printed.items():
        assert effects[name]["low"] == pytest.approx(low, abs=0.005)
        assert effects[name]["high"] == pytest.approx(high, abs=0.005)


def test_the_noncentral_interval_of_d_z_agrees_with_r() -> None:
    effect = by_name(paired_effects(SLEEP_2, SLEEP_1))["d_z"]
    assert effect["low"] == pytest.approx(case("sleep_d_z_interval")["low"], rel=ROOT)
    assert effect["high"] == pytest.approx(case("sleep_d_z_interval")["high"], rel=ROOT)


def test_becker_divides_by_the_pre_test() -> None:
    effects = by_name(paired_effects(SLEEP_2, SLEEP_1))
    assert effects["d_b"]["sd_used"] == pytest.approx(np.std(SLEEP_2, ddof=1))
    assert effects["d_b"]["method"] == (
        "SD of the pre-test (Becker); exact Hedges correction, 9 df; interval of the noncentral t"
    )


def test_independent_family_of_mtcars_agrees_with_r() -> None:
    effects = by_name(independent_effects(mtcars(0), mtcars(1)))
    for name, oracle_name in (("smd", "mtcars_smd"), ("glass_delta", "mtcars_glass")):
        for figure, value in case(oracle_name).items():
            assert effects[name][figure] == pytest.approx(value, rel=ROOT)
    assert effects["smd"]["value"] == pytest.approx(-1.4406354, abs=5e-8)
    assert effects["smd"]["value"] / hedges_correction(30) == pytest.approx(-1.4779471, abs=5e-8)
    assert effects["glass_delta"]["value"] == pytest.approx(-1.0996250, abs=5e-8)


def test_cumming_2012() -> None:
    """Paired well-being: d_av .3436277; g .3290738 is the smd (18 df). Independent: .47, .45."""
    d_av = by_name(paired_effects(PRE, POST))["d_av"]["value"]
    assert d_av / hedges_correction(9) == pytest.approx(0.3436277, abs=5e-8)
    smd = by_name(independent_effects(POST, PRE))["smd"]["value"]
    assert smd == pytest.approx(0.3290738, abs=5e-8)
    unpaired = by_name(independent_effects(TREATED, CONTROL))["smd"]["value"]
    assert unpaired == pytest.approx(0.45, abs=0.005)
    assert unpaired / hedges_correction(18) == pytest.approx(0.47, abs=0.005)


def test_pre_post_control_agrees_with_r() -> None:
    treated_pre, control_pre = [30, 28, 35, 31, 26, 33], [29, 33, 31, 27, 34]
    yardstick = pre_post_control_yardstick(treated_pre, control_pre)
    change = (np.mean([25, 27, 29, 30, 20, 26]) - np.mean(treated_pre)) - (
        np.mean([28, 34, 30, 28, 31]) - np.mean(control_pre))
    frame = rescaled_effects(float(change), math.nan, math.nan, [yardstick])
    assert yardstick.sd == pytest.approx(case("ppc2")["sd_used"], rel=EXACT)
    assert frame["value"][0] == pytest.approx(case("ppc2")["value"], rel=EXACT)
    assert frame["method"][0] == (
        "pooled SD of the pre-tests (Morris); exact Hedges correction, 9 df; "
        "interval of the estimate, rescaled"
    )


@pytest.mark.parametrize(("pre", "post"), [([], []), ([1.0], [2.0]), ([1, 2], [2, 5])])
def test_too_few_pairs_have_no_effect_size(pre: list[float], post: list[float]) -> None:
    for interval in get_args(Interval):
        frame = paired_effects(pre, post, interval=interval)
        assert frame[["value", "low", "high"]].isna().all(axis=None)


def test_the_same_change_for_everybody_has_d_av_without_an_interval() -> None:
    effects = by_name(paired_effects([1, 2, 3, 4], [3, 4, 5, 6]))
    assert effects["d_av"]["value"] > 0
    assert math.isnan(effects["d_av"]["low"])
    assert math.isnan(effects["d_z"]["value"])
    assert math.isnan(effects["d_rm"]["value"])


def test_no_spread_at_all_has_no_effect_size() -> None:
    assert paired_effects([5, 5, 5], [5, 5, 5])["value"].isna().all()
    assert independent_effects([5, 5, 5], [5, 5, 5])["value"].isna().all()


def test_samples_too_small_to_have_an_sd_have_no_effect_size() -> None:
    assert independent_effects([1], [2])["value"].isna().all()
    assert independent_effects([], [])["value"].isna().all()
    assert independent_effects([], [1, 2, 3])["value"].isna().all()


def test_unequal_pairs_are_refused() -> None:
    with pytest.raises(AnalysisError) as error:
        paired_effects([1, 2, 3], [1, 2])
    assert str(error.value) == (
        "Pre and post must be the same people in the same order: there are 3 values before and 2 "
        "after."
    )


def test_missing_values_are_refused() -> None:
    with pytest.raises(AnalysisError) as error:
        paired_effects([1, 2, math.nan], [1, 2, 3])
    assert str(error.value) == (
        "1 of 3 values of `pre` are missing. Leave these people out of both samples first, and "
        "report how many they are."
    )


scores = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=20)


@settings(deadline=None, max_examples=40)
@given(scores, st.integers(-5, 5))
def test_adding_a_constant_to_both_waves_changes_no_effect(
    pairs: list[tuple[int, int]], constant: int
) -> None:
    pre, post = np.array(pairs, dtype="float64").T
    moved = paired_effects(pre + constant, post + constant)["value"]
    assert moved.to_numpy() == pytest.approx(paired_effects(pre, post)["value"].to_numpy(),
                                             nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(scores)
def test_swapping_the_waves_turns_the_sign(pairs: list[tuple[int, int]]) -> None:
    pre, post = np.array(pairs, dtype="float64").T
    there, back = by_name(paired_effects(pre, post)), by_name(paired_effects(post, pre))
    for name in ("d_av", "d_z", "d_rm"):
        assert there[name]["value"] == pytest.approx(-back[name]["value"], nan_ok=True)
        assert there[name]["low"] == pytest.approx(-back[name]["high"], rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("df", [2, 5, 9, 47, 400])
@pytest.mark.parametrize("t", [-40, -3, -0.2, 0, 0.2, 1, 3, 40, 400])
def test_the_noncentral_interval_puts_the_t_seen_at_both_tails(t: float, df: float) -> None:
    """Checked with the distribution function of scipy.stats, which is another program (Boost)."""
    from scipy.stats import nct

    low, high = noncentral_t_interval(t, df, 0.95)
    assert low < high
    assert nct.cdf(t, df, low) == pytest.approx(0.975, abs=1e-8)
    assert nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-8)


@pytest.mark.parametrize("df", [2, 9, 400])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_noncentral_interval_goes_on_smoothly_where_t_is_huge(sign: int, df: float) -> None:
    near = np.array(noncentral_t_interval(sign * 9999.0, df, 0.95)) / 9999
    far = np.array(noncentral_t_interval(sign * 10001.0, df, 0.95)) / 10001
    assert far == pytest.approx(near, rel=1e-6)
    assert np.isfinite(noncentral_t_interval(sign * 1e9, df, 0.95)).all()
