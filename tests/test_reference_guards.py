"""A mean or an alpha far from every published one: told as a note, with the names of those."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument, Norm, Reference
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.reliability.reliability import reliability
from balint_research.scoring.score import score
from balint_research.scoring.screen.references import FAR_ALPHA, FAR_MEAN, reference_issues
from balint_research.scoring.screen.screen import screen
from tests.guard_frames import CODES, MIXED, answers
from tests.guard_frames import rules as guards_told
from tests.reliability_frames import questionnaire, scale


def with_norms(*norms: Norm, key: Instrument = MIXED) -> Instrument:
    return replace(key, reference=Reference(norms=norms))


def norm(population: str, **figures: object) -> Norm:
    return Norm(population=population, source="invented", **{  # type: ignore[arg-type]
        "scale": "total", **figures})


def rules(key: Instrument, people: int = 60) -> list[str]:
    return guards_told(answers(MIXED, people), key)


def told_figure(issue: Issue, name: str) -> float:
    figure, people, *_ = str(issue.evidence).replace(";", ",").split(",")
    assert (figure.split()[0], people) == (name, " n 40")
    return float(figure.split()[1])


HALF_A_DIGIT = 0.00501   # figures are told with two decimals
OWN_MEAN = float(score(answers(MIXED), MIXED)["made_total"].mean())
OWN_ALPHA = float(reliability(answers(MIXED), MIXED)["alpha"].iloc[0])


def test_the_mean_of_every_reference_is_named() -> None:
    key = with_norms(norm("students", mean=31.0, sd=5.0, n=120), norm("nurses", mean=4, sd=2.5),
                     norm("doctors", mean=30.0))
    [issue] = screen(answers(MIXED), key)
    assert str(issue) == (
        "The mean of made Made up is more than 2 SD from every verified reference that gives an "
        f"SD. Evidence: mean {OWN_MEAN:.2f}, n 60; published: 31 (SD 5) in students, n 120; 4 (SD "
        "2.5) in nurses. Nothing, if these people are so; else check coding and directions. "
        "[far_mean]"
    )
    assert issue.severity == "note"


def test_the_alpha_of_every_reference_is_named() -> None:
    key = with_norms(norm("students", alpha=0.55, n=120), norm("nurses", alpha_range=(0.4, 0.6)))
    [issue] = screen(answers(MIXED), key)
    assert str(issue) == (
        "Cronbach's alpha of made Made up is more than 0.15 from every verified reference. "
        f"Evidence: alpha {OWN_ALPHA:.2f}, n 60; published: 0.55 in students, n 120; 0.4 to 0.6 in "
        "nurses. Nothing, if these people are so; else check directions and columns. [far_alpha]"
    )
    assert issue.severity == "note"


@pytest.mark.parametrize("norms", [
    (norm("near", mean=17.0, sd=5.0), norm("far", mean=2.0, sd=1.0)),   # one that is near is enough
    (norm("no SD", mean=2.0),), (norm("another scale", scale="other", mean=2.0, sd=1.0),),
    (norm("near", alpha=0.8), norm("far", alpha=0.3)), (norm("a range", alpha_range=(0.3, 0.9)),),
    (norm("only retest", retest_r=0.8),), (),
])  # fmt: skip
def test_what_is_not_far_from_every_reference(norms: tuple[Norm, ...]) -> None:
    assert rules(with_norms(*norms)) == []


@settings(max_examples=15, deadline=None)
@given(st.floats(-40, 40), st.floats(0.5, 6))
def test_two_sd_of_the_reference_is_the_line(centre: float, sd: float) -> None:
    far = rules(with_norms(norm("x", mean=centre, sd=sd))) == ["far_mean"]
    assert far == (abs(OWN_MEAN - centre) > FAR_MEAN * sd)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 1))
def test_fifteen_hundredths_is_the_line(published: float) -> None:
    far = rules(with_norms(norm("x", alpha=published))) == ["far_alpha"]
    assert far == (abs(OWN_ALPHA - published) > FAR_ALPHA)


def test_of_fewer_than_twenty_complete_forms_nothing_is_said() -> None:
    key = with_norms(norm("x", mean=31, sd=1, alpha=0.2))
    assert rules(key, 20) == ["far_mean", "far_alpha"]
    assert rules(key, 19) == []
    gap = answers(MIXED, 20)
    gap.loc[3, "made_1"] = np.nan
    assert guards_told(gap, key) == []


@pytest.mark.parametrize("name", ["who5", "eq22", "phq9", "cbi", "olbi", "mbi_2item", "pss10"])
def test_means_and_alphas_are_those_of_score_and_reliability(name: str) -> None:
    """The figures told are the ones the toolkit reports elsewhere: sums, means, recoded ..."""
    key = load_instrument(name)
    far = replace(key, reference=Reference(norms=tuple(
        norm("far", scale=part, mean=-999.0, sd=1.0, alpha=9.0) for part in key.scales)))
    coding = "as_printed" if key.response.must_declare else None
    drawn = np.random.default_rng(3).choice(key.response.codes, size=(40, len(key.items)))
    frame = pd.DataFrame(drawn, columns=[f"{name}_{n}" for n in key.items], dtype=float)
    keyed = keyed_answers(frame, far, coding=coding)
    scores = score(frame, far, coding=coding)
    alphas = reliability(frame, far, coding=coding).set_index("scale")["alpha"]
    issues = iter(reference_issues(keyed.scales, far))
    for part in keyed.scales:
        mean = scores[f"{name}_{part}"].mean()
        assert told_figure(next(issues), "mean") == pytest.approx(mean, abs=HALF_A_DIGIT)
        if len(key.scales[part].items) > 1:
            alpha = told_figure(next(issues), "alpha")
            assert alpha == pytest.approx(alphas[part], abs=HALF_A_DIGIT)
    assert next(issues, None) is None


def test_a_mean_is_a_mean_and_a_sum_is_multiplied() -> None:
    key = questionnaire(CODES, a=scale([1, 2], CODES, score="mean"),
                        b=scale([3, 4], CODES, multiply=4))
    key = with_norms(norm("x", scale="a", mean=3.9, sd=0.01), norm("x", scale="b", mean=3.9, sd=1),
                     key=key)
    frame = pd.DataFrame(np.full((20, 4), 1.0), columns=[f"made_{n}" for n in range(1, 5)])
    frame.iloc[0] = 2.0
    means = [str(issue.evidence).split(",")[0] for issue in screen(frame, key)
             if issue.rule == "far_mean"]
    assert means == ["mean 1.05", "mean 8.40"]


def test_items_that_do_not_vary_have_no_alpha() -> None:
    key = with_norms(norm("x", alpha=0.2))
    frame = answers(MIXED) * 0 + 2
    assert "far_alpha" not in [issue.rule for issue in screen(frame, key)]
