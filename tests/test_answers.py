"""Item answers with given moments: the integrals against closed forms, the draws against both."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import StudyError
from balint_research.study.answers import (
    AnswerModel,
    Numbers,
    fit_answers,
    shared_covariance,
    solve,
    total_moments,
)

# codes, items, mean, SD, alpha: sums, a ceiling, a two-item scale, codes in steps of 25
SCALES = [
    ((0, 1, 2, 3, 4, 5, 6), 9, 25.0, 10.5, 0.88),
    ((0, 1, 2, 3, 4, 5, 6), 5, 9.0, 5.5, 0.75),
    ((1, 2, 3, 4, 5, 6, 7), 8, 49.5, 5.0, 0.75),
    ((1, 2, 3, 4, 5, 6, 7), 2, 10.5, 2.3, 0.55),
    ((0, 25, 50, 75, 100), 6, 250.0, 100.0, 0.8),
]


def alpha_of(answers: Numbers) -> float:
    """Cronbach's alpha from its definition."""
    items = answers.shape[1]
    shares = answers.var(axis=0, ddof=1).sum() / answers.sum(axis=1).var(ddof=1)
    return float(items / (items - 1) * (1 - shares))


@pytest.mark.parametrize(("codes", "items", "mean", "sd", "alpha"), SCALES)
def test_the_solved_model_has_the_declared_moments(
    codes: tuple[int, ...], items: int, mean: float, sd: float, alpha: float
) -> None:
    model = fit_answers(codes, items=items, mean=mean, sd=sd, alpha=alpha)
    total = total_moments(model)
    assert total.mean == pytest.approx(mean, rel=1e-8)
    assert math.sqrt(total.variance) == pytest.approx(sd, rel=1e-8)


@pytest.mark.parametrize(("codes", "items", "mean", "sd", "alpha"), SCALES)
def test_drawn_answers_have_the_declared_moments(
    codes: tuple[int, ...], items: int, mean: float, sd: float, alpha: float
) -> None:
    people = 100_000
    rng = np.random.default_rng(3)
    model = fit_answers(codes, items=items, mean=mean, sd=sd, alpha=alpha)
    answers = model.draw(rng.standard_normal(people), rng)
    total = answers.sum(axis=1)
    assert set(np.unique(answers)) <= set(codes)
    assert total.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(people))
    assert total.std() == pytest.approx(sd, rel=4 / math.sqrt(people))
    assert alpha_of(answers) == pytest.approx(alpha, abs=0.01)


def test_integrated_item_moments_equal_the_closed_form() -> None:
    """The margin of an item is a normal variable cut at the codes: sums of normal probabilities."""
    model = fit_answers((0, 1, 2, 3, 4, 5, 6), items=9, mean=25, sd=10.5, alpha=0.88)
    for shift in (0.0, -1.3):
        expected = 0.0
        for location in model.location:
            margin = statistics.NormalDist(location + model.spread * model.loading * shift,
                                           model.spread)
            expected += sum(1 - margin.cdf(cut + 0.5) for cut in range(6))
        assert total_moments(model, shift).mean == pytest.approx(expected, abs=1e-8)


@given(r=st.floats(0, 1), shift=st.floats(-2, 2))
@settings(max_examples=25, deadline=None)
def test_covariance_is_nothing_at_0_and_the_explained_variance_at_1(r: float, shift: float) -> None:
    model = fit_answers((1, 2, 3, 4, 5), items=8, mean=28, sd=5.5, alpha=0.8)
    total = total_moments(model, shift)
    assert shared_covariance(total, total, 0) == 0
    between = shared_covariance(total, total, r)
    assert 0 <= between <= shared_covariance(total, total, 1) <= total.variance


def test_covariance_equals_that_of_drawn_pairs() -> None:
    people, r = 200_000, 0.6
    rng = np.random.default_rng(8)
    one, other = (
        fit_answers((1, 2, 3, 4, 5, 6, 7), items=8, mean=49.5, sd=5.0, alpha=0.75),
        fit_answers((1, 2, 3, 4, 5), items=8, mean=28, sd=5.5, alpha=0.8),
    )
    z = rng.standard_normal((2, people))
    alike = r * z[0] + math.sqrt(1 - r**2) * z[1]
    pairs = one.draw(z[0], rng).sum(axis=1), other.draw(alike, rng).sum(axis=1)
    expected = shared_covariance(total_moments(one), total_moments(other), r)
    assert np.cov(*pairs)[0, 1] == pytest.approx(expected, abs=4 * 5.0 * 5.5 / math.sqrt(people))


def test_left_out_and_turned_items() -> None:
    model = fit_answers((1, 2, 3, 4, 5), items=3, mean=10, sd=2.5, alpha=0.7)
    first, others, all_turned = (
        total_moments(model, signs=np.array(signs, dtype=float))
        for signs in ([1, 0, 0], [0, 1, 1], [-1, -1, -1])
    )
    assert first.mean + others.mean == pytest.approx(10)
    assert all_turned.mean == pytest.approx(3 * 6 - 10)
    assert all_turned.variance == pytest.approx(2.5**2)


def test_a_single_item() -> None:
    model = fit_answers((0, 1, 2, 3, 4, 5, 6), items=1, mean=2, sd=1.5, alpha=0.6)
    total = total_moments(model)
    assert isinstance(model, AnswerModel)
    assert total.mean == pytest.approx(2)
    assert total.variance == pytest.approx(2.25)


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        ({"mean": 54, "sd": 5, "alpha": 0.8},
         "9 items with codes 0 to 6 cannot have the mean 54 together with item variances that add "
         "up to 7.22222. Move the mean away from the end of the scale, or lower the SD."),
        ({"mean": 52, "sd": 20, "alpha": 0.1},
         "9 items with codes 0 to 6 cannot have the mean 52 together with item variances that add "
         "up to 364.444. Move the mean away from the end of the scale, or lower the SD."),
        ({"mean": 27, "sd": 18, "alpha": 0.999},
         "9 items with codes 0 to 6 cannot have the SD 18 together with alpha 0.999. Lower alpha "
         "or the SD."),
    ],
)
def test_impossible_moments_are_refused_in_words(request_: dict[str, float], refusal: str) -> None:
    with pytest.raises(StudyError) as caught:
        fit_answers((0, 1, 2, 3, 4, 5, 6), items=9, **request_)
    assert str(caught.value) == refusal


def test_solve_takes_a_root_at_the_lower_end() -> None:
    assert solve(lambda x: x, (0.0, 1.0), "no") == 0.0
    assert solve(lambda x: x - 0.25, (0.0, 1.0), "no") == pytest.approx(0.25)
    with pytest.raises(StudyError, match=r"^no$"):
        solve(lambda x: x - 2, (0.0, 1.0), "no")
