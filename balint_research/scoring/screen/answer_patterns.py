"""Patterns in the answers of a form: runs, spread, halves that agree, and twins.

Arrays in, arrays out: one row a form, one column an item, NaN where there is no answer.
`careless` says what the patterns mean.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Marks = NDArray[np.bool_]

FEWEST_SCALES = 3    # a correlation over two points is always +1 or -1
GROUPS = 10          # levels within which items are taken as independent
GROUP_SIZE = 10      # forms to a level, at least


def run_lengths(answers: Floats) -> Whole:
    """Length of the run of one and the same answer that ends at each answer; 0 where none is.

    A missing answer breaks a run, as in `careless::longstring` (NaN equals nothing).
    """
    lengths = (~np.isnan(answers)).astype(np.int64)
    for j in range(1, answers.shape[1]):
        same = answers[:, j] == answers[:, j - 1]
        lengths[same, j] += lengths[same, j - 1]
    return lengths


def answered_stretch(answers: Floats) -> Whole:
    """The most items answered in a row without a gap: the longest run there could have been."""
    return longest(run_lengths(np.where(np.isnan(answers), np.nan, 0.0)))


def longest(lengths: Whole) -> Whole:
    """The longest run of each form."""
    return np.asarray(lengths.max(axis=1), dtype=np.int64)


def constant(answers: Floats) -> Marks:
    """True where all answers of the form are the same (and there is at least one)."""
    lowest, highest = reach(answers)
    return np.asarray(lowest == highest)


def reach(answers: Floats) -> tuple[Floats, Floats]:
    """Lowest and highest answer of each form; infinity and minus infinity where there is none."""
    missing = np.isnan(answers)
    return (np.where(missing, np.inf, answers).min(axis=1),
            np.where(missing, -np.inf, answers).max(axis=1))


def row_means(answers: Floats) -> Floats:
    """Mean of the answers of each form; NaN where there is none."""
    count = (~np.isnan(answers)).sum(axis=1)
    means = np.full(len(answers), np.nan)
    np.divide(np.nansum(answers, axis=1), count, out=means, where=count > 0)
    return means


def half_agreement(scales: Sequence[Floats], forms: int) -> tuple[Floats, Whole]:
    """Even-odd consistency over the scales, and the number of scales it rests on.

    Within each scale (columns in the order of the key, keyed) the answers at odd and at even
    places are averaged; over the scales with both halves these two rows of means are correlated
    within the form, and corrected with Spearman-Brown, ``2r / (1 + r)``, not below -1.
    """
    odd = np.array([row_means(scale[:, 0::2]) for scale in scales]).reshape(len(scales), forms).T
    even = np.array([row_means(scale[:, 1::2]) for scale in scales]).reshape(len(scales), forms).T
    both = ~(np.isnan(odd) | np.isnan(even))
    counted = both.sum(axis=1)
    agreement = np.full(forms, np.nan)
    if len(scales) >= FEWEST_SCALES:
        odd, even = np.where(both, odd, np.nan), np.where(both, even, np.nan)
        usable = (counted >= FEWEST_SCALES) & ~constant(odd) & ~constant(even)
        r = _row_correlations(odd[usable], even[usable])
        # from r = -1/3 down the correction is at or below -1, and at -1 it has no value
        agreement[usable] = np.maximum(2 * r / (1 + np.maximum(r, -1 / 3)), -1.0)
    return agreement, counted


def _row_correlations(one: Floats, other: Floats) -> Floats:
    """Pearson's r within each row over the pairs that are there."""
    one = one - row_means(one)[:, None]
    other = other - row_means(other)[:, None]
    spread = np.sqrt(np.nansum(one**2, axis=1) * np.nansum(other**2, axis=1))
    return np.asarray(np.clip(np.nansum(one * other, axis=1) / spread, -1.0, 1.0))


def twins(answers: Floats) -> Whole:
    """Number of other forms with exactly the same answers (and the same gaps)."""
    filled = np.where(np.isnan(answers), np.inf, answers)
    _, place, size = np.unique(filled, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(size[place.reshape(-1)] - 1, dtype=np.int64)


def expected_twins(answers: Floats, level: Floats) -> Floats:
    """How many other forms would have exactly these answers by coincidence.

    The forms are cut into at most ten groups of one `level` each (ties stay together). Within a
    group the items are taken as independent, each answer with the share it has in the group, a
    gap counting as an answer; a form of n expects ``(n - 1) * sum over groups of (share of the
    group) * (product over items of the share of the answer)`` twins.
    """
    n, codes = len(answers), _codes(answers)
    chance = np.zeros(n)
    groups = _level_groups(level)
    for group in np.unique(groups):
        members = groups == group
        with np.errstate(divide="ignore"):  # an answer that nobody of the group gave: log 0
            logs = [np.log(np.bincount(item[members], minlength=item.max() + 1) / members.sum())
                    for item in codes.T]
        chance += members.mean() * np.exp(sum(
            log[item] for log, item in zip(logs, codes.T, strict=True)
        ))
    return (n - 1) * chance


def _level_groups(level: Floats) -> Whole:
    """Groups of about equal size by rank, ties together: the order of the rows plays no part."""
    number = min(GROUPS, max(1, len(level) // GROUP_SIZE))
    rank = pd.Series(level).rank(method="average").to_numpy()
    return np.ceil(rank * number / len(level)).astype(np.int64)


def _codes(answers: Floats) -> Whole:
    """Each answer as its place among the answers that occur; a gap is the place after the last."""
    known = np.unique(answers[~np.isnan(answers)])
    return np.searchsorted(known, np.where(np.isnan(answers), np.inf, answers)).astype(np.int64)
