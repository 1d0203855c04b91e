"""The arithmetic of reliability: arrays in, numbers out; nothing here knows a questionnaire.

A covariance matrix is that of the items as they are scored. What is not defined is NaN.
"""

import warnings
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

NOTHING = 1e-9           # share of a variance below which it is a rounding error
SAME_SCORE = 1e-9        # scores closer than this are the same score
HEYWOOD_BOUND = 0.005    # smallest uniqueness that R `factanal` admits, too
# Slope of the likelihood where the search ends. It is sent to 1e-9 (omega is then within 4e-8 of
# R); of 400 random samples all ended below 2e-8, or in a Heywood case where R finds one, too.
FLAT = 1e-9
STEEP = 1e-6
SEARCHES = 5             # one that steps over a uniqueness of zero gets stuck: begin again there

NO_THIRD_ITEM = "Omega needs at least 3 items."
ITEM_CONSTANT = "Omega needs items that vary."
SINGULAR = (
    "Omega is not estimated: the correlations of the items do not form a regular matrix (too few "
    "forms, an item that follows from others, or pairs of items that rest on different forms)."
)
HEYWOOD = (
    "Omega is not estimated: the one-factor model has a Heywood case (an item without variance "
    "of its own)."
)
NOT_CONVERGED = "Omega is not estimated: the one-factor model did not converge."


def alpha(covariance: Floats) -> float:
    """Cronbach's alpha: ``k / (k - 1) * (1 - sum of variances / variance of the sum)``.

    Examples
    --------
    >>> alpha(np.array([[2.0, 1.0], [1.0, 2.0]]))
    0.6666666666666667
    """
    k, total = len(covariance), float(covariance.sum())
    single = float(np.trace(covariance))
    if k < 2 or not total > NOTHING * single:
        return np.nan
    return k / (k - 1) * (1 - single / total)


def feldt_interval(
    value: float, n: int, items: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Feldt's interval of alpha: ``(1 - A) / (1 - alpha)`` follows F(n - 1, (n - 1)(k - 1)).

    Exact for parallel, normally distributed items. Feldt, Woodruff & Salih 1987, Applied
    Psychological Measurement 11:93-103.
    """
    from scipy.special import fdtri

    df, tail = n - 1, (1 - confidence) / 2
    low, high = (
        1 - (1 - value) * float(fdtri(df, df * (items - 1), p)) for p in (1 - tail, tail)
    )
    return low, high


def spearman_brown(covariance: Floats) -> float:
    """Reliability of two items from their correlation: ``2 r / (1 + r)``."""
    (a, shared), (_, b) = covariance
    if not a * b > 0:
        return np.nan
    r = float(shared / np.sqrt(a * b))
    return 2 * r / (1 + r) if 1 + r > NOTHING else np.nan


def item_rest_correlations(covariance: Floats) -> Floats:
    """Correlation of every item with the sum of the other items (corrected item-total)."""
    own = np.diag(covariance)
    shared = covariance.sum(axis=0) - own
    rest = covariance.sum() - own - 2 * shared
    return _divided(shared, np.sqrt(np.clip(own * rest, 0, None)), np.trace(covariance))


def alphas_if_dropped(covariance: Floats) -> Floats:
    """Alpha of the other items, for every item."""
    places = range(len(covariance))
    return np.array([
        alpha(np.delete(np.delete(covariance, i, axis=0), i, axis=1)) for i in places
    ])


def omega_total(covariance: Floats) -> tuple[float, str | None]:
    """McDonald's omega of a one-factor model, and why there is none where it is missing.

    ``(sum l)^2 / ((sum l)^2 + sum u)`` with the loadings l and unique variances u of the
    maximum-likelihood solution on the scale of the items. Missing for fewer than 3 items, a
    constant item, a singular matrix, a Heywood case, and where the search did not converge.

    Examples
    --------
    >>> parallel = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    >>> value, why = omega_total(parallel)
    >>> abs(value - alpha(parallel)) < 1e-6, why
    (True, None)
    """
    why_not = _not_fit_for_a_factor(covariance)
    if why_not:
        return np.nan, why_not
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1.0)
    loadings, uniquenesses, steepness = _one_factor(correlation)
    if uniquenesses.min() <= HEYWOOD_BOUND:
        return np.nan, HEYWOOD
    if not steepness <= STEEP:
        return np.nan, NOT_CONVERGED
    common = float(loadings @ sd) ** 2
    return common / (common + float(uniquenesses @ sd**2)), None


def _not_fit_for_a_factor(covariance: Floats) -> str | None:
    variances = np.diag(covariance)
    if len(covariance) < 3:
        return NO_THIRD_ITEM
    if variances.min() <= NOTHING * variances.max():
        return ITEM_CONSTANT
    sd = np.sqrt(variances)
    smallest = np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0]
    return SINGULAR if smallest <= NOTHING else None


def _one_factor(correlation: Floats) -> tuple[Floats, Floats, float]:
    """Loadings, uniquenesses, and how steep the likelihood still is where the search ended.

    The start is that of R `factanal`; without one, statsmodels would draw it at random.
    """
    from statsmodels.multivariate.factor import Factor

    unique = (1 - 0.5 / len(correlation)) / np.diag(np.linalg.inv(correlation))
    scaled = correlation / np.sqrt(np.outer(unique, unique))
    roots, vectors = np.linalg.eigh(scaled)
    first = vectors[:, -1:] * np.sqrt(max(roots[-1] - 1, NOTHING)) * np.sqrt(unique)[:, None]
    model, steepness = Factor(corr=correlation, n_factor=1, method="ml"), np.inf
    # What statsmodels warns of is read off the solution instead; at a uniqueness of zero, which
    # is told as a Heywood case, it also divides by zero.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for _ in range(SEARCHES):
            found = model.fit(start=(first, unique), opt={"gtol": FLAT})
            first, unique = found.loadings, found.uniqueness
            steepness = float(np.abs(model.mle_retvals.jac).max())
            if steepness <= STEEP or unique.min() <= HEYWOOD_BOUND:
                break
    return first[:, 0], unique, steepness


def intraclass_correlations(ratings: Floats, confidence: float = 0.95) -> dict[str, float]:
    """Agreement ICC(2,1) and consistency ICC(3,1) of people x occasions, with F intervals.

    From the mean squares of the two-way analysis of variance (people B, occasions J, error E),
    n people, k occasions:

    * ``ICC(2,1) = (B - E) / (B + (k - 1) E + k (J - E) / n)``: the same value each time;
    * ``ICC(3,1) = (B - E) / (B + (k - 1) E)``: the same order and distances, whatever the shift.

    Shrout & Fleiss 1979, Psychological Bulletin 86:420-428; interval of ICC(2,1) by Satterthwaite's
    approximation as there. Without error (a shift that is the same for everyone) there is no
    interval; without differences between people there is no ICC.
    """
    n, k = ratings.shape
    people, occasions, error = _mean_squares(ratings)
    shift = k * (occasions - error) / n
    result = dict.fromkeys(
        ["icc_2_1", "icc_2_1_low", "icc_2_1_high", "icc_3_1", "icc_3_1_low", "icc_3_1_high"], np.nan
    )
    if people == 0 and error == 0:
        return result
    agreement = (people - error) / (people + (k - 1) * error + shift)
    result |= {"icc_2_1": agreement, "icc_3_1": (people - error) / (people + (k - 1) * error)}
    if error > 0:
        squares = (people, occasions, error)
        result |= _consistency_interval(squares, n, k, confidence)
        result |= _agreement_interval(squares, n, k, agreement, confidence)
    return result


def _mean_squares(ratings: Floats) -> tuple[float, float, float]:
    """People, occasions, error; differences that are rounding errors only count as none."""
    n, k = ratings.shape
    by_person = ratings.mean(axis=1, keepdims=True) - ratings.mean()
    by_occasion = ratings.mean(axis=0, keepdims=True) - ratings.mean()
    left = ratings - ratings.mean() - by_person - by_occasion
    squares = [
        0.0 if np.abs(deviation).max() < SAME_SCORE else float((deviation**2).sum())
        for deviation in (by_person, by_occasion, left)
    ]
    return (
        k * squares[0] / (n - 1), n * squares[1] / (k - 1), squares[2] / ((n - 1) * (k - 1))
    )


def _consistency_interval(
    squares: tuple[float, float, float], n: int, k: int, confidence: float
) -> dict[str, float]:
    from scipy.special import fdtri

    ratio, upper = squares[0] / squares[2], (1 + confidence) / 2
    df, df_error = n - 1, (n - 1) * (k - 1)
    low = ratio / float(fdtri(df, df_error, upper))
    high = ratio * float(fdtri(df_error, df, upper))
    return {
        "icc_3_1_low": (low - 1) / (low + k - 1), "icc_3_1_high": (high - 1) / (high + k - 1)
    }


def _agreement_interval(
    squares: tuple[float, float, float], n: int, k: int, value: float, confidence: float
) -> dict[str, float]:
    from scipy.special import fdtri

    people, occasions, error = squares
    upper, ratio = (1 + confidence) / 2, occasions / error
    weight = n * (1 + (k - 1) * value) - k * value
    df = (n - 1) * (k - 1) * (k * value * ratio + weight) ** 2 / (
        (n - 1) * (k * value * ratio) ** 2 + weight**2
    )
    low_f, high_f = float(fdtri(n - 1, df, upper)), float(fdtri(df, n - 1, upper))
    rest = k * occasions + (k * n - k - n) * error
    return {
        "icc_2_1_low": n * (people - low_f * error) / (low_f * rest + n * people),
        "icc_2_1_high": n * (high_f * people - error) / (rest + n * high_f * people),
    }


def _divided(numerator: Floats, denominator: Floats, size: float) -> Floats:
    """The quotient, NaN where the denominator is nothing beside `size`."""
    usable = denominator > NOTHING * size
    quotient = np.full(len(numerator), np.nan)
    quotient[usable] = numerator[usable] / denominator[usable]
    return quotient
