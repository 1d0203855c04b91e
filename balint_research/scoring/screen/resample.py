"""Bootstrap of people: how far a statistic of correlations moves from sample to sample.

A resample is a row of weights (how often each person was drawn), so that sums over people become
one matrix product and a thousand resamples cost as much as a few.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 1000
AT_ONCE = 2_000_000   # weights held in memory at a time
ROUNDING = 1e-9       # share of the squares below which a variance is that of a constant column


def resampled(statistic: Callable[[Floats], Floats], people: int, seed: int) -> Floats:
    """A statistic in every resample (resample x number).

    `statistic` gets weights (resample x person) and gives one row of numbers a resample.
    """
    rng = np.random.default_rng(seed)
    return np.concatenate([statistic(weight) for weight in _weights(people, rng)])


def percentiles(drawn: Floats, level: int) -> tuple[Floats, Floats]:
    """Both ends of the percentile interval of resampled correlations (`level` in per cent).

    A correlation that does not exist in a resample (of a column that few people keep from being
    constant) counts as 0: it says nothing, and must not make the others look sure.
    """
    tail = (100 - level) / 2
    low, high = np.percentile(np.nan_to_num(drawn), (tail, 100 - tail), axis=0)
    return low, high


def _weights(people: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Weights of the resamples (resample x person), some at a time."""
    at_once = max(1, AT_ONCE // people)
    for start in range(0, RESAMPLES, at_once):
        size = min(at_once, RESAMPLES - start)
        drawn = rng.integers(0, people, (size, people)) + people * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * people)
        yield counts.reshape(size, people).astype(float)


def correlations(one: Floats, other: Floats, weight: Floats | None = None) -> Floats:
    """Weighted correlations of the columns of `one` with those of `other`, pair by pair.

    ``one`` and ``other``: person x pair; ``weight``: resample x person (without it every person
    counts once). One row a resample; missing where a column is constant.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0], [5.0]])
    >>> float(correlations(x, x**2)[0, 0] - np.corrcoef(x.T, x.T**2)[0, 1]) < 1e-12
    True
    """
    if weight is None:
        weight = np.ones((1, len(one)))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)   # no digits lost in squares
    weight = weight / weight.sum(axis=1, keepdims=True)
    covariance = weight @ (one * other) - (weight @ one) * (weight @ other)
    result: Floats = covariance / np.sqrt(_variances(one, weight) * _variances(other, weight))
    return result


def _variances(columns: Floats, weight: Floats) -> Floats:
    square = weight @ columns**2
    variance = square - (weight @ columns) ** 2
    return np.where(variance > ROUNDING * square, variance, np.nan)
