"""How uncertain a contrast is when the covariance was estimated: standard error and df."""

import math
from typing import Any, Literal

import numpy as np

from balint_research.analysis.mixed.fit import GaussianFit, inverse_information
from balint_research.analysis.mixed.likelihood import Floats

Df = Literal["kenward_roger", "satterthwaite", "cr2"]

MOST_DF = 1e8        # beyond this the t distribution is the normal one
NOTHING = 1e-10      # as pbkrtest: numbers below count as 0 in the moments of F


def used_parameters(fit: GaussianFit, drop_zero: bool) -> Any:
    """Which covariance parameters count as estimated: all that are known, or those not at 0."""
    unknown = fit.variances["unknown"].to_numpy(dtype=bool)
    return ~(unknown | fit.variances["boundary"].to_numpy(dtype=bool)) if drop_zero else ~unknown


def kenward_roger_covariance(fit: GaussianFit, drop_zero: bool) -> tuple[Floats, Floats]:
    """Phi_A, the adjusted covariance of the coefficients in the units of the fit, and W.

    Phi_A = Phi + 2 Phi [sum_ij W_ij (Q_ij - P_i Phi P_j - R_ij / 4)] Phi, with W the inverse of
    the expected information, P_i = X'V^-1 V_i V^-1 X, Q_ij = X'V^-1 V_i V^-1 V_j V^-1 X and R_ij =
    X'V^-1 V_ij V^-1 X, which is 0 where V is linear in its parameters.
    """
    own = fit.moments
    w = inverse_information(own.expected, used_parameters(fit, drop_zero))
    weighted = np.tensordot(w, own.first, 1)
    inner = np.tensordot(w, own.second, 2) - (own.first @ own.phi @ weighted).sum(axis=0)
    if own.bend is not None:
        inner = inner - np.tensordot(w, own.bend, 2) / 4
    inner = (inner + inner.T) / 2
    return own.phi + 2 * own.phi @ inner @ own.phi, w


def satterthwaite_df(fit: GaussianFit, row: Floats, drop_zero: bool) -> float:
    """2 v^2 / var(v) of v = l Phi l', with the observed information (as lmerTest and mmrm)."""
    w = inverse_information(fit.moments.observed, used_parameters(fit, drop_zero))
    return _df_of_variance(fit, w, row)


def kenward_roger_df(fit: GaussianFit, w: Floats, row: Floats) -> float:
    """df of the t of one contrast: for one row A1 = A2, so df = 2 / A2 and the factor of F is 1."""
    return _df_of_variance(fit, w, row)


def _df_of_variance(fit: GaussianFit, w: Floats, row: Floats) -> float:
    """2 v^2 / var(v) of v = l Phi l', where w is the covariance of the parameters."""
    half = fit.moments.phi @ row
    gradient = half @ fit.moments.first @ half
    return _ratio(2 * float(row @ half) ** 2, float(gradient @ w @ gradient))


def kenward_roger_f(fit: GaussianFit, rows: Floats, w: Floats) -> tuple[float, float]:
    """Denominator df of an F of q rows and the factor it is multiplied by.

    Kenward & Roger 1997: with T = L'(L Phi L')^-1 L, A1 = sum W_ij tr(T Phi P_i Phi)
    tr(T Phi P_j Phi), A2 = sum W_ij tr(T Phi P_i Phi T Phi P_j Phi), df and factor are those for
    which an F distribution has the approximate mean and variance of the statistic. For one row
    the factor is 1.
    """
    own, q = fit.moments, len(rows)
    theta = rows.T @ np.linalg.solve(rows @ own.phi @ rows.T, rows)
    turned = theta @ own.phi @ own.first @ own.phi
    traces = np.einsum("kii->k", turned)
    a1 = float(traces @ w @ traces)
    products = turned.reshape(len(w), -1) @ np.swapaxes(turned, 1, 2).reshape(len(w), -1).T
    a2 = float((w * products).sum())
    if a2 <= NOTHING * 1e-6:
        return MOST_DF, 1.0
    if q == 1:
        return min(2 / a2, MOST_DF), 1.0
    with np.errstate(all="ignore"):   # where there is no such F distribution, df are not finite
        df, factor = _matched_f(np.float64(a1), np.float64(a2), q)
    return (min(df, MOST_DF), factor) if math.isfinite(df * factor) else (math.nan, 1.0)


def _matched_f(a1: np.float64, a2: np.float64, q: int) -> tuple[float, float]:
    """df and factor for which F has the mean and variance of the statistic (as pbkrtest)."""
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    c = np.array([g, q - g, q + 2 - g]) / (3 * q + 2 * (1 - g))
    top, first, second = 1 + c[0] * b, 1 - c[1] * b, 1 - c[2] * b
    top = 0.0 if abs(top) < NOTHING else top
    rho = (1 - a2 / q) / first if abs(first) > NOTHING else 1.0
    rho = rho**2 * top / second / q
    df = 4 + (q + 2) / (q * rho - 1)
    return float(df), 1.0 if abs(df - 2) < 1e-2 else float(df * (1 - a2 / q) / (df - 2))


def satterthwaite_f(fit: GaussianFit, rows: Floats, drop_zero: bool) -> tuple[float, float]:
    """F and its denominator df from uncorrelated contrasts (Fai & Cornelius 1996, as lmerTest).

    The df depend on how the hypothesis is written: other rows that say the same give others.
    """
    own = fit.moments
    gamma = estimates_of(fit)
    values, vectors = np.linalg.eigh(rows @ own.phi @ rows.T)
    told = values > NOTHING * values.max()
    values, contrasts = values[told], vectors[:, told].T @ rows
    statistic = float(((contrasts @ gamma) ** 2 / values).mean())
    each = np.array([satterthwaite_df(fit, row, drop_zero) for row in contrasts])
    if len(each) == 1 or np.ptp(each) < 1e-8:
        return statistic, float(each[0])
    enough = each[each > 2]
    if len(enough) < len(each):
        return statistic, 2.0
    expected = float((each / (each - 2)).sum())
    return statistic, 2 * expected / (expected - len(each))


def estimates_of(fit: GaussianFit) -> Floats:
    """The coefficients in the units of the fit."""
    made = fit.design
    return np.linalg.solve(made.back, fit.coefficients["estimate"].to_numpy()) / made.scale


def _ratio(top: float, bottom: float) -> float:
    return min(top / bottom, MOST_DF) if bottom > 0 else MOST_DF
