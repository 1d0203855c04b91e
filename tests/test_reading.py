"""One fixed sentence for each kind of result, tested as text."""

from typing import Any

import pytest

from balint_research.analysis.words import FITTED_ON, TWO_CLUSTERS, TWO_GROUPS, one_group
from balint_research.reporting.reading import CEILING_SHARE, read_result
from balint_research.scoring.instrument import HigherMeans, Scale

ROW: dict[str, Any] = {
    "wave": "month6", "arm": "balint", "estimate": -5.07, "low": -9.7, "high": -1.2, "p": 0.0137,
    "p_adjusted": 0.0274, "n": 80, "n_asked": 92, "n_groups": 6, "note": None,
}
NOTHING: dict[str, Any] = dict.fromkeys(["low", "high", "p", "p_adjusted"], float("nan"))
FOUND = ("Exhaustion at month6: allowing for scores at baseline, the difference balint − waitlist "
         "was −5.1 points (95 % interval −9.7 to −1.2; p = 0.014, adjusted p = 0.027; n = 80 of 92 "
         "asked). ")


def read(
    means: HigherMeans = "worse", control: str | None = "waitlist", at_best: float | None = None,
    **values: Any,
) -> str:
    scale = Scale(name="Exhaustion", items=(1,), score="sum", range=(0, 54), higher_means=means)
    return read_result(ROW | values, scale, baseline="baseline", control=control, at_best=at_best,
                       smallest_cell=5)


def test_clear_benefit() -> None:
    assert read() == FOUND + ("Lower scores are better: this favours balint, and the interval "
                              "leaves out zero.")


def test_clear_harm() -> None:
    assert read("better") == FOUND + ("Higher scores are better: this favours waitlist, and the "
                                      "interval leaves out zero.")


def test_interval_over_zero() -> None:
    assert read(low=-11.3, high=1.24, p=0.1, p_adjusted=None) == (
        "Exhaustion at month6: allowing for scores at baseline, the difference balint − waitlist "
        "was −5.1 points (95 % interval −11.3 to 1.2; p = 0.100; n = 80 of 92 asked). The interval "
        "includes zero: it reaches from a benefit of 11.3 to a disadvantage of 1.2 points for "
        "balint, so these data show neither a difference nor that there is none.")


def test_interval_over_zero_on_a_scale_where_more_is_better() -> None:
    assert ("from a benefit of 1.2 to a disadvantage of 11.3 points for balint"
            in read("better", low=-11.3, high=1.2))


def test_neutral_scale() -> None:
    assert read("neutral") == FOUND + (
        "The key names no better direction for this scale, so the difference is called neither a "
        "benefit nor a disadvantage; the interval leaves out zero.")
    assert read("neutral", high=1.0).endswith("the interval includes zero.")


def test_one_group_is_refused_in_the_words_of_the_analysis() -> None:
    note = f"{one_group('balint', 1)} {FITTED_ON} 80 people, 1 group and 151 rows."
    assert read(n_groups=1, note=note, **NOTHING) == (
        "Exhaustion at month6: allowing for scores at baseline, the difference balint − waitlist "
        "was −5.1 points (n = 80 of 92 asked). No interval is given. Only one group of arm "
        "'balint' has people with scores at this wave, so the effect of the method and the effect "
        "of this one group cannot be told apart: the difference is shown and not tested.")


def test_two_groups_have_an_interval_and_no_test() -> None:
    note = f"{TWO_GROUPS} {FITTED_ON} 80 people, 2 groups and 151 rows."
    assert read(n_groups=2, p=None, p_adjusted=None, note=note) == (
        "Exhaustion at month6: allowing for scores at baseline, the difference balint − waitlist "
        "was −5.1 points (95 % interval −9.7 to −1.2; n = 80 of 92 asked). Lower scores are "
        "better: this favours balint, and the interval leaves out zero; it describes and is not a "
        "test. "
        f"{TWO_GROUPS}")


def test_two_clusters_are_warned_of_and_more_are_not() -> None:
    assert read(note=TWO_CLUSTERS) == f"{read()} {TWO_CLUSTERS}"
    assert read(note=f"{FITTED_ON} 80 people, 8 groups and 151 rows.") == read()


def test_no_interval_without_a_reason() -> None:
    assert read(**NOTHING).endswith("(n = 80 of 92 asked). No interval is given.")


@pytest.mark.parametrize(("share", "told"), [(CEILING_SHARE, False), (0.38, True), (None, False),
                                             (float("nan"), False)])
def test_ceiling(share: float | None, told: bool) -> None:
    sentence = ("At baseline 38 % of balint were already at the best possible score, which leaves "
                "little room to improve.")
    assert read(at_best=share).endswith(sentence) == told


def test_an_interval_without_zero_and_a_large_adjusted_p_is_a_hint() -> None:
    assert read(p_adjusted=0.268).endswith(
        "this favours balint, and the interval leaves out zero, but the adjusted p value is not "
        "below 0.05: a hint, not a finding.")


def test_an_interval_over_zero_with_a_small_p_of_the_ranks_is_a_hint() -> None:
    assert read(control=None, arm=None, high=0.4, p=0.002, p_adjusted=0.002).endswith(
        "n = 80 of 92 asked). The interval of the mean change includes zero, while the test of the "
        "ranks has p below 0.05: most people changed in one direction, and a few large changes "
        "make the mean uncertain; a hint, not a finding.")


def test_a_result_adjusted_with_no_other_tells_p_once() -> None:
    scale = Scale(name="Total", items=(1,), score="sum", range=(0, 54), higher_means="worse")
    row = ROW | {"p_adjusted": ROW["p"]}
    assert "p = 0.014; n" in read_result(row, scale, baseline="pre", alone=True)
    assert "p = 0.014, adjusted p = 0.014; n" in read_result(row, scale, baseline="pre")


def test_change_within_an_arm_is_described() -> None:
    assert read(control=None, p=None, p_adjusted=None) == (
        "Exhaustion at month6: the mean change since baseline in balint was −5.1 points (95 % "
        "interval −9.7 to −1.2; n = 80 of 92 asked). Lower scores are better: this is an "
        "improvement, and the interval leaves out zero; it describes and is not a test.")


def test_change_without_arms_is_tested_and_speaks_of_no_arm() -> None:
    assert read("better", control=None, arm=None) == (
        "Exhaustion at month6: the mean change since baseline was −5.1 points (95 % interval −9.7 "
        "to −1.2; p = 0.014, adjusted p = 0.027; n = 80 of 92 asked). Higher scores are better: "
        "this is a deterioration, and the interval leaves out zero.")


def test_an_outcome_can_be_called_by_another_name() -> None:
    scale = Scale(name="Total", items=(1,), score="sum", range=(0, 54), higher_means="worse")
    said = read_result(ROW, scale, baseline="baseline", control="waitlist", name="Total (CES-D)")
    assert said.startswith("Total (CES-D) at month6: allowing for scores at baseline, the diff")


def test_a_suppressed_result_says_so_and_nothing_else() -> None:
    assert read(estimate=None, suppressed=True) == (
        "Exhaustion at month6: not shown, because fewer than 5 people would be described or would "
        "follow from it.")
