"""Contrasts of fixed effects with df that hold for few groups, and F tests of several."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from balint_research.analysis.estimates import t_interval, t_p_value
from balint_research.analysis.mixed.degrees import (
    Df,
    estimates_of,
    kenward_roger_covariance,
    kenward_roger_df,
    kenward_roger_f,
    satterthwaite_df,
    satterthwaite_f,
)
from balint_research.analysis.mixed.fit import GaussianFit
from balint_research.analysis.mixed.likelihood import Floats
from balint_research.analysis.mixed.robust import cr2_df, hotelling_df, sandwich
from balint_research.analysis.mixed.threads import one_thread
from balint_research.errors import AnalysisError

Rows = Mapping[str, Mapping[str, float]] | pd.DataFrame

LEAST_DF = 1e-6   # df that are nothing but rounding give no test
SINGULAR = 1e-10  # eigenvalue of a covariance scaled to unit variances
NOTHING = 1e-12   # variance of a contrast by the usual one of the model
METHODS = ("kenward_roger", "satterthwaite", "cr2")


def contrasts(
    fit: GaussianFit, rows: Rows | None = None, *, df: Df = "kenward_roger",
    drop_zero: bool = True,
) -> pd.DataFrame:
    """Estimate, interval and test of linear functions of the coefficients.

    Parameters
    ----------
    fit : of `fit_gaussian`.
    rows : name -> {term: weight}, or a frame with one row a contrast and terms as columns; every
        coefficient by itself if not given. Terms that are not named count 0.
    df : ``kenward_roger``: adjusted standard error and df (Kenward & Roger 1997);
        ``satterthwaite``: unadjusted standard error, df from the observed information;
        ``cr2``: cluster-robust standard error with its own df, the blocks being the clusters (give
        `blocks` where a member may have no row with the group's effect); missing where a single
        cluster carries the contrast.
    drop_zero : variances estimated at 0 count as known. This is nearest to the nominal error rate
        with few groups; False keeps them, as pbkrtest does, and is conservative.

    Returns
    -------
    frame ``contrast estimate se df low high statistic p``; statistic is t, the interval 95 %.

    Raises
    ------
    AnalysisError : an unknown term or method, or a fit that did not converge.

    Notes
    -----
    Checked against R pbkrtest (`vcovAdj`, `Lb_ddf`; zero components kept), lmerTest, clubSandwich
    (CR2, Satterthwaite) and a dense implementation of the formulas. `df` of a t is the smaller the
    fewer groups carry the contrast: 4 treated groups give about 4, whatever the number of people.

    References
    ----------
    Kenward MG, Roger JH. Biometrics 1997;53:983-997. Satterthwaite FE. Biometrics Bull
    1946;2:110-114. Bell RM, McCaffrey DF. Surv Methodol 2002;28:169-181. Pustejovsky JE, Tipton E.
    J Bus Econ Stat 2018;36:672-683.

    Examples
    --------
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> from balint_research.analysis.mixed.terms import RandomEffect
    >>> frame = pd.DataFrame({
    ...     "change": [-3.0, -5, -1, 4, 3, 5, -8, -9, -6, 1, -1, 0, 2],
    ...     "treated": [1] * 9 + [0] * 4, "group": [*"aaabbbccc", None, None, None, None]})
    >>> fit = fit_gaussian(frame, "change ~ treated", components=[RandomEffect(by="group")])
    >>> contrasts(fit, {"treated - control": {"treated": 1}}).round(3).to_dict("records")
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'contrast': 'treated - control', 'estimate': -2.722, 'se': 3.47, 'df': 2.194, 'low': -16.458,
      'high': 11.014, 'statistic': -0.785, 'p': 0.509}]
    """
    names, wanted = weights_of(fit, rows)
    with one_thread():
        at = wanted @ fit.design.back   # in the units of the fit
        se, degrees = _uncertainty(fit, at, df, drop_zero)
    made = []
    estimates = wanted @ fit.coefficients["estimate"].to_numpy()
    for name, estimate, own, freedom in zip(names, estimates, se, degrees, strict=True):
        if not own > 0:
            made.append({"contrast": name, "estimate": float(estimate)})
            continue
        low, high = t_interval(float(estimate), float(own), freedom)
        statistic = float(estimate / own)
        made.append({"contrast": name, "estimate": float(estimate), "se": float(own),
                     "df": freedom, "low": low, "high": high, "statistic": statistic,
                     "p": t_p_value(statistic, freedom)})
    columns = ["contrast", "estimate", "se", "df", "low", "high", "statistic", "p"]
    return pd.DataFrame(made, columns=columns)


def f_test(
    fit: GaussianFit, rows: Rows, *, df: Df = "kenward_roger", drop_zero: bool = True
) -> pd.DataFrame:
    """F test that several linear functions of the coefficients are all 0.

    Parameters
    ----------
    fit, rows, df, drop_zero : as for `contrasts`. Rows that say the same are told once.

    Returns
    -------
    frame of one row ``statistic df_numerator df_denominator p scaling``. `scaling` is the factor
    of Kenward and Roger by which F was multiplied (1 for the others); `cr2` gives the
    approximate Hotelling T2 test (HTZ).

    Raises
    ------
    AnalysisError : an unknown term or method, no row, or a fit that did not converge.

    Notes
    -----
    Checked against R pbkrtest (``KRmodcomp``), lmerTest (``contestMD``) and clubSandwich
    (``Wald_test``, HTZ).

    Examples
    --------
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> frame = pd.DataFrame({"y": [1.0, 2, 4, 3, 6, 5], "arm": list("aabbcc")})
    >>> fit = fit_gaussian(frame, "y ~ arm")
    >>> f_test(fit, {"b": {"arm[T.b]": 1}, "c": {"arm[T.c]": 1}}).round(4).to_dict("records")
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'statistic': 16.0, 'df_numerator': 2, 'df_denominator': 3.0, 'p': 0.0251, 'scaling': 1.0}]
    """
    from scipy.special import fdtrc

    _, wanted = weights_of(fit, rows)
    given = wanted @ fit.design.back   # in the units of the fit
    at = _told_once(given)
    q = len(at)
    if not q:
        raise AnalysisError("An F test needs at least one contrast that is not 0.")
    _check(fit, df)
    with one_thread():
        statistic, degrees, scaling = _f(fit, given, at, df, drop_zero)
    known = degrees > LEAST_DF and statistic >= 0
    return pd.DataFrame([{
        "statistic": statistic if known else math.nan, "df_numerator": q,
        "df_denominator": degrees if known else math.nan,
        "p": float(fdtrc(q, degrees, max(statistic, 0.0))) if known else math.nan,
        "scaling": scaling}])


def _f(
    fit: GaussianFit, given: Floats, at: Floats, df: Df, drop_zero: bool
) -> tuple[float, float, float]:
    """F, its denominator df and scaling of the hypothesis; `at` is an orthonormal form of it."""
    q = len(at)
    values = at @ estimates_of(fit)
    if df == "kenward_roger":
        adjusted, w = kenward_roger_covariance(fit, drop_zero)
        degrees, scaling = kenward_roger_f(fit, at, w)
        return scaling * _quadratic(values, at @ adjusted @ at.T) / q, degrees, scaling
    if df == "satterthwaite":
        return *satterthwaite_f(fit, given, drop_zero), 1.0
    pieces = sandwich(fit)
    eta = hotelling_df(fit, pieces, at)
    degrees = eta - q + 1
    if not degrees > 0:
        return math.nan, math.nan, 1.0
    quadratic = _quadratic(values, at @ pieces.covariance @ at.T)
    return degrees / (eta * q) * quadratic, degrees, 1.0


def weights_of(fit: GaussianFit, rows: Rows | None) -> tuple[list[str], Floats]:
    """Names of the contrasts, and their weights over the estimated columns."""
    terms = list(fit.design.columns)
    if rows is None:
        return terms, np.eye(len(terms))
    if isinstance(rows, pd.DataFrame):
        rows = {str(name): {str(term): float(x) for term, x in row.items()}
                for name, row in rows.iterrows()}
    unknown = sorted({term for row in rows.values() for term in row} - set(terms))
    if unknown:
        raise AnalysisError(
            f"{', '.join(unknown)}: no such coefficient. There are: {', '.join(terms)}.")
    weights = np.array([[row.get(term, 0.0) for term in terms] for row in rows.values()])
    return list(rows), weights.reshape(len(rows), len(terms))


def _uncertainty(
    fit: GaussianFit, at: Floats, df: Df, drop_zero: bool
) -> tuple[Floats, Sequence[float]]:
    """Standard error and df of each row, in the units of the outcome."""
    _check(fit, df)
    of_row: Callable[[Floats], float]
    if df == "cr2":
        pieces = sandwich(fit)
        covariance, of_row = pieces.covariance, partial(cr2_df, fit, pieces)
    elif df == "satterthwaite":
        covariance = fit.moments.phi
        of_row = partial(satterthwaite_df, fit, drop_zero=drop_zero)
    else:
        covariance, w = kenward_roger_covariance(fit, drop_zero)
        of_row = partial(kenward_roger_df, fit, w)
    variance = np.einsum("qi,ij,qj->q", at, covariance, at)
    # a row of zeros, as a difference that the model holds at 0, has neither
    degrees = np.array([of_row(row) if row.any() else math.nan for row in at])
    usual = np.einsum("qi,ij,qj->q", at, fit.moments.phi, at)
    # else it is rounding, where nothing varies
    known = (degrees > LEAST_DF) & (variance > NOTHING * usual)
    se = fit.design.scale * np.sqrt(np.where(known, variance, math.nan))
    return se, degrees.tolist()


def _check(fit: GaussianFit, df: str) -> None:
    if df not in METHODS:
        raise AnalysisError(f"'{df}' is no method for df. Allowed: {', '.join(METHODS)}.")
    if not fit.converged:
        raise AnalysisError(
            "The search for the largest likelihood did not end, so nothing is tested: use a "
            "simpler residual or fewer random effects.")


def _told_once(rows: Floats) -> Floats:
    """An orthonormal basis of the rows."""
    _, size, basis = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(basis[size > 1e-9 * max(size.max(initial=0), 1e-300)])


def _quadratic(values: Floats, covariance: Floats) -> float:
    """values' covariance^-1 values; NaN where that is not positive definite."""
    diagonal = np.diag(covariance)
    if not (diagonal > 0).all():
        return math.nan
    scale = np.sqrt(diagonal)
    eigenvalues, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    if eigenvalues[0] <= SINGULAR:
        return math.nan
    return float(((vectors.T @ (values / scale)) ** 2 / eigenvalues).sum())
