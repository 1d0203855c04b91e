"""Item answers whose scale scores have a given mean, SD, alpha and correlation.

The model of one scale: a person has a latent score z, standard normal. Item j is answered by
its propensity ``loading * z + sqrt(1 - loading^2) * e_j`` (e_j standard normal), stretched by
`spread`, moved by `location[j]` and cut at the middle between two codes. Everything that is
asked of such answers is then a one-dimensional normal integral, so the parameters are *solved*
for, not tuned by trial: what `simulate_study` declares as truth is the truth.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from balint_research.errors import StudyError

Numbers = NDArray[np.float64]

# Gauss-Hermite nodes for the standard normal; 61 leave errors below 1e-8 for the loadings used.
NODES, _RAW_WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = _RAW_WEIGHTS / math.sqrt(2 * math.pi)

# Hermite polynomials at the nodes, scaled to variance 1: Mehler's formula then gives the
# covariance of f(z1) and g(z2) at correlation r as the sum of f_n * g_n * r^n over n >= 1.
DEGREE = 24
POLYNOMIALS = np.polynomial.hermite_e.hermevander(NODES, DEGREE) / np.sqrt(
    [float(math.factorial(n)) for n in range(DEGREE + 1)]
)

HIGHEST_LOADING = 0.98   # above it answers are nearly copies of each other
DIFFICULTY_RANGE = 0.4   # items differ by this many item SDs to both sides
TINY = 1e-12   # keeps the logarithm of a variance finite while a solver tries
GOLDEN = (math.sqrt(5) - 1) / 2   # spreads difficulties evenly, in no visible order


@dataclass(frozen=True, kw_only=True)
class AnswerModel:
    """How the items of one scale are answered, in keyed codes (high = more of the construct).

    Attributes
    ----------
    codes : the allowed codes, ascending.
    location : one number an item, in steps of the codes: where its propensity is centred.
    spread : standard deviation of the propensity, in steps of the codes.
    loading : correlation of a propensity with the latent score.
    """

    codes: Numbers
    location: Numbers
    spread: float
    loading: float

    def moments(self, latent: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and variance of each item's answer at each latent score (latent x item)."""
        centre = self.location + self.spread * self.loading * latent[:, None]
        return _cut_moments(self.codes, centre, self.spread * math.sqrt(1 - self.loading**2))

    def draw(self, latent: Numbers, rng: np.random.Generator) -> Numbers:
        """Keyed answers (person x item) of people with these latent scores."""
        own = rng.standard_normal((latent.size, self.location.size))
        propensity = self.loading * latent[:, None] + math.sqrt(1 - self.loading**2) * own
        step = np.floor(self.location + self.spread * propensity + 0.5)
        answers: Numbers = self.codes[np.clip(step, 0, self.codes.size - 1).astype(int)]
        return answers


@dataclass(frozen=True, kw_only=True)
class TotalMoments:
    """The total of a set of items in a population: `hermite[0]` is its mean.

    `hermite` are the coefficients of its regression on the latent score; `error` is the part of
    its variance that the latent score does not explain.
    """

    hermite: Numbers
    error: float

    @property
    def mean(self) -> float:
        return float(self.hermite[0])

    @property
    def variance(self) -> float:
        return shared_covariance(self, self, 1.0) + self.error


def total_moments(model: AnswerModel, shift: float = 0.0,
                  signs: Numbers | None = None) -> TotalMoments:
    """Moments of the sum of the answers where the latent score is normal(shift, 1).

    `signs` has one number an item: 1 adds it, 0 leaves it out, -1 adds it the other way round
    (low + high - answer).

    Examples
    --------
    >>> model = fit_answers((0, 1, 2, 3, 4, 5, 6), items=9, mean=24, sd=10.5, alpha=0.88)
    >>> total = total_moments(model)
    >>> f"{total.mean:.6f} {total.variance ** 0.5:.6f}"
    '24.000000 10.500000'
    """
    signs = np.ones(model.location.size) if signs is None else signs
    mean, variance = model.moments(NODES + shift)
    turned = float(np.sum(signs < 0) * (model.codes[0] + model.codes[-1]))
    regression = mean @ signs + turned
    return TotalMoments(
        hermite=POLYNOMIALS.T @ (WEIGHTS * regression),
        error=float(WEIGHTS @ (variance @ np.abs(signs))),
    )


def shared_covariance(one: TotalMoments, other: TotalMoments, correlation: float) -> float:
    """Covariance of two totals whose latent scores correlate so (Mehler's formula)."""
    powers = correlation ** np.arange(1, DEGREE + 1)
    return float(np.sum(one.hermite[1:] * other.hermite[1:] * powers))


@lru_cache(maxsize=256)
def fit_answers(codes: tuple[int, ...], *, items: int, mean: float, sd: float,
                alpha: float) -> AnswerModel:
    """The model whose total over `items` items has this mean, SD and Cronbach's alpha.

    alpha fixes the sum of the item variances, ``sd^2 * (1 - alpha * (items - 1) / items)``;
    location and spread are solved for the mean and this sum, then the loading for the SD. A
    single item has no alpha: it is drawn with the loading whose square is `alpha`.

    Raises
    ------
    StudyError : no answers with these codes have these moments.

    Notes
    -----
    Checked against the closed form of the item means, and by drawing
    (``tests/test_answers.py``).
    """
    target = sd**2 * (1 - alpha * (items - 1) / items) if items > 1 else sd**2
    steps = np.asarray(sorted(codes), dtype=float)
    location, spread = _solve_margins(steps, items, mean, target)

    def model(loading: float) -> AnswerModel:
        return AnswerModel(codes=steps, location=location, spread=spread, loading=loading)

    if items == 1:
        return model(math.sqrt(alpha))
    loading = solve(
        lambda x: total_moments(model(x)).variance - sd**2, (0.0, HIGHEST_LOADING),
        f"{items} items with codes {min(codes)} to {max(codes)} cannot have the SD {sd:g} "
        f"together with alpha {alpha:g}. Lower alpha or the SD.",
    )
    return model(loading)


def solve(function: Callable[[float], float], between: tuple[float, float],
          refusal: str) -> float:
    """The root of a rising function within two bounds; `StudyError` where none lies there."""
    from scipy.optimize import brentq

    lowest, highest = between
    if abs(function(lowest)) < 1e-9:
        return lowest
    if function(lowest) > 0 or function(highest) < 0:
        raise StudyError(refusal)
    return float(brentq(function, lowest, highest, xtol=1e-12))


def _solve_margins(codes: Numbers, items: int, mean: float,
                   variance: float) -> tuple[Numbers, float]:
    """Locations and spread: the items' means add up to `mean`, their variances to `variance`."""
    from scipy.optimize import least_squares

    number = np.arange(1, items + 1, dtype=np.float64)
    difficulty = DIFFICULTY_RANGE * (2 * (number * GOLDEN % 1) - 1)
    steps = codes.size - 1
    width = (codes[-1] - codes[0]) / steps

    def parts(x: Numbers) -> tuple[Numbers, float]:
        return float(x[0]) + math.exp(float(x[1])) * difficulty, math.exp(float(x[1]))

    def distance(x: Numbers) -> Numbers:
        means, variances = _cut_moments(codes, parts(x)[0][None, :], parts(x)[1])
        ratio = (variances.sum() + TINY) / variance
        return np.array([(means.sum() - mean) / width, math.log(ratio)])

    lowest = np.array([-2.0 * steps, math.log(0.05)])
    highest = np.array([3.0 * steps, math.log(20.0 * steps)])
    start = [(mean / items - codes[0]) / width, math.log(math.sqrt(variance / items) / width)]
    found = least_squares(distance, np.clip(start, lowest + 0.01, highest - 0.01),
                          bounds=(lowest, highest), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    if np.abs(found.fun).max() > 1e-8:
        raise StudyError(
            f"{items} items with codes {codes[0]:g} to {codes[-1]:g} cannot have the mean "
            f"{mean:g} together with item variances that add up to {variance:g}. Move the mean "
            "away from the end of the scale, or lower the SD."
        )
    return parts(found.x)


def _cut_moments(codes: Numbers, centre: Numbers, spread: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of a normal variable cut half way between two steps of the codes."""
    from scipy.special import ndtr

    cuts = np.arange(codes.size - 1) + 0.5
    above = ndtr((centre[..., None] - cuts) / spread)
    mean = codes[0] + above @ np.diff(codes)
    square = codes[0] ** 2 + above @ np.diff(codes**2)
    return mean, np.maximum(square - mean**2, 0)
