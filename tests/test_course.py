"""What a declaration of truth must hold, and what follows from it for totals."""

from dataclasses import replace

import pytest

from balint_research.errors import StudyError
from balint_research.scoring.library import load_instrument
from balint_research.study.course import (
    ScaleTruth,
    known_truth,
    latent_correlation_of_scales,
    plan_courses,
    points_per_total,
)
from balint_research.study.simulate import COHORT

KEYS = {name: load_instrument(name) for name in ("mbi_hss", "jse_hp", "ments", "cbi", "phq9")}
MENTS = {name: truth for name, truth in COHORT.items() if name.startswith("ments")}
PLAIN = ScaleTruth(mean=28, sd=5.5, alpha=0.8, stability=0.6)


def refusal(truth: dict[str, ScaleTruth], waves: int = 3) -> str:
    keys = {name.partition(".")[0]: KEYS[name.partition(".")[0]] for name in truth}
    with pytest.raises(StudyError) as caught:
        plan_courses(keys, truth, waves)
    return str(caught.value)


def test_the_truth_of_a_total_follows_from_its_parts() -> None:
    courses = plan_courses({"ments": KEYS["ments"]}, MENTS, 3)
    known = known_truth(courses, ("t0", "t1", "t2"), 0.3)
    parts = ("self", "other", "motivation")
    assert set(known) == {f"ments.{name}" for name in (*parts, "total")}
    total, by_part = known["ments.total"], [known[f"ments.{name}"] for name in parts]
    for wave in ("t0", "t1", "t2"):
        for figure in ("control_mean", "treated_mean", "difference"):
            summed = sum(part["waves"][wave][figure] for part in by_part)
            assert total["waves"][wave][figure] == pytest.approx(summed)
    assert total["waves"]["t1"]["difference"] == pytest.approx(0.3 * 5.5 + 0.25 * 5 + 0.2 * 5.5)
    independent = known_truth(courses, ("t0", "t1", "t2"), 0.0)["ments.total"]["sd"]
    assert independent == pytest.approx((5.5**2 + 5**2 + 5.5**2) ** 0.5)
    assert total["sd"] > independent


def test_a_mean_scale_is_declared_in_its_own_points() -> None:
    declared = {
        f"cbi.{name}": ScaleTruth(mean=40, sd=15, alpha=0.8, stability=0.6, effect=-0.5)
        for name in ("personal", "work", "client")
    }
    known = known_truth(plan_courses({"cbi": KEYS["cbi"]}, declared, 2), ("pre", "post"), 0.3)
    work = known["cbi.work"]
    assert (work["mean"], work["sd"]) == (pytest.approx(40), pytest.approx(15))
    assert work["waves"]["post"]["difference"] == pytest.approx(-7.5)
    assert points_per_total(KEYS["cbi"].scales["work"]) == pytest.approx(1 / 7)


def test_effect_and_trend_add_up_wave_by_wave() -> None:
    truth = MENTS | {"ments.self": replace(PLAIN, effect=(0.5, 0.2), trend=(0.1, -0.1))}
    courses = plan_courses({"ments": KEYS["ments"]}, truth, 3)
    waves = known_truth(courses, ("t0", "t1", "t2"), 0.3)["ments.self"]["waves"]
    assert [wave["control_mean"] for wave in waves.values()] == pytest.approx([28, 28.55, 27.45])
    assert [wave["effect"] for wave in waves.values()] == pytest.approx([0, 0.5, 0.2])
    assert courses["ments.self"].group_share[0] == 0


def test_scales_of_opposite_meaning_correlate_negatively() -> None:
    mbi = {name: truth for name, truth in COHORT.items() if name.startswith("mbi")}
    courses = plan_courses({"mbi_hss": KEYS["mbi_hss"]}, mbi, 3)
    exhaustion, cynicism, accomplishment = courses.values()
    assert latent_correlation_of_scales(exhaustion, cynicism, 0.3) > 0
    assert latent_correlation_of_scales(exhaustion, accomplishment, 0.3) < 0
    assert latent_correlation_of_scales(exhaustion, exhaustion, 0.3) == pytest.approx(0.3)


def test_overlapping_and_missing_scales_are_refused() -> None:
    overlapping = {"ments.total": PLAIN, "ments.self": PLAIN}
    assert "item 8 of ments is in 2 of the declared scales" in refusal(overlapping)
    assert refusal({"ments.self": PLAIN}).splitlines()[:2] == [
        "The study cannot be simulated.",
        "  truth: item 1 of ments is in 0 of the declared scales; declare scales that share no "
        "item and hold every one",
    ]


def test_every_fault_of_a_declaration_is_told_at_once() -> None:
    truth = {
        "ments.selv": PLAIN,
        "ments.other": replace(PLAIN, effect=(0.1,), sd=0),
        "ments.motivation": ScaleTruth(mean=3, sd=1, alpha=1, stability=-0.1, icc=1),
        "phq9.major_depressive_syndrome": PLAIN,
    }
    assert refusal(truth).splitlines() == [
        "The study cannot be simulated.",
        "  truth.ments.selv: no such scale; ments has self, other, motivation, total",
        "  truth.phq9.major_depressive_syndrome: only sums and means of the answers can be "
        "simulated",
        "  truth.ments.other.sd: must be above 0",
        "  truth.ments.other.effect: 1 numbers for 2 waves after the baseline",
        "  truth.ments.motivation.alpha: must lie between 0 and 1",
        "  truth.ments.motivation.stability: must lie from 0 to below 1",
        "  truth.ments.motivation.icc: must lie from 0 to below 1",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stability": 0.95}, "stability and icc must lie between 0 and the reliability"),
        ({"icc": 0.95}, "stability and icc must lie between 0 and the reliability"),
        ({"effect": 4.0}, "the effect or trend moves the mean to the end of the scale."),
        ({"alpha": 0.999, "sd": 10.0}, "8 items with codes 1 to 5 cannot have the SD 10"),
    ],
)
def test_impossible_truths_name_the_scale(change: dict[str, float], words: str) -> None:
    text = refusal(MENTS | {"ments.self": replace(PLAIN, **change)})
    assert text.startswith("The study cannot be simulated.\n  truth.ments.self: ")
    assert words in text
