"""Cluster-robust inference with few clusters: CR2, its Satterthwaite df, and Hotelling's T2.

The clusters are the blocks of the fit, the working covariance is the fitted V. With D_i'D_i = V_i
(Cholesky), Phi = (X'V^-1X)^-1:

    B_i = D_i (V_i - X_i Phi X_i') D_i',   A_i = D_i' B_i^(+1/2) D_i
    V_CR2 = Phi [sum_i X_i'V_i^-1 A_i e_i e_i' A_i V_i^-1 X_i] Phi

so that V_CR2 is unbiased where V is right (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).
"""

import math
from dataclasses import dataclass

import numpy as np

from balint_research.analysis.mixed.degrees import estimates_of
from balint_research.analysis.mixed.fit import GaussianFit
from balint_research.analysis.mixed.likelihood import Floats, cholesky, covariances, of_blocks
from balint_research.analysis.mixed.parts import curve

LOST = 1e-6    # expected CR2 variance by that of the model: with less, nothing is left of it
NONE = 1e-12   # eigenvalues below this share of the largest count as 0


@dataclass(frozen=True)
class Sandwich:
    """CR2 in the units of the fit, for the clusters j = 1 ... J and p coefficients.

    `covariance` (p x p). `adjusted` (J x p x p): D_j with the variance under the model of the
    scores of a cluster; `loading` (J x p x p): their part of the fixed effects. For functions L,
    cov(s_i, s_j) = [i = j] L Phi adjusted_j Phi L' - L Phi loading_i Phi loading_j' Phi L'.
    """

    covariance: Floats
    adjusted: Floats
    loading: Floats


def sandwich(fit: GaussianFit) -> Sandwich:
    """The pieces of CR2, cluster by cluster."""
    made = fit.design
    phi, c = fit.moments.phi, curve(made.parts, fit.theta).c
    p = made.data.p
    meat, adjusted, loading = np.zeros((p, p)), [], []
    beta = estimates_of(fit)
    for batch, columns in zip(made.data.batches, made.data.columns, strict=True):
        v = covariances(batch, c)
        factors = cholesky(v)
        assert factors is not None   # V was positive definite when it was fitted
        lower, own = of_blocks(batch, factors), of_blocks(batch, v)
        x = columns[..., :p]
        error = columns[..., p] - x @ beta
        upper = np.swapaxes(lower, -1, -2)
        weighted = np.linalg.solve(own, x)                       # V^-1 X
        middle = upper @ (own - x @ phi @ np.swapaxes(x, -1, -2)) @ lower
        g = lower @ _inverse_root(middle) @ upper @ weighted     # A V^-1 X, b x n x p
        score = np.einsum("bnp,bn->bp", g, error)
        meat += score.T @ score
        across = np.swapaxes(g, -1, -2)
        adjusted.append(across @ own @ g)
        loading.append(across @ x)
    return Sandwich(phi @ meat @ phi, np.concatenate(adjusted), np.concatenate(loading))


def cr2_df(fit: GaussianFit, pieces: Sandwich, row: Floats) -> float:
    """(sum of eigenvalues)^2 / sum of their squares, of the quadratic form under the model.

    NaN where one cluster alone carries the contrast: its residuals are 0, and so would CR2 be.
    """
    diagonal, low = _forms(fit, pieces, row[None, :])
    own, left = diagonal[:, 0, 0], low[:, 0, :]
    gram = left.T @ left
    trace = float(own.sum() - (left**2).sum())
    squares = float((own**2).sum() - 2 * (own * (left**2).sum(axis=1)).sum() + (gram**2).sum())
    if trace < LOST * float(row @ fit.moments.phi @ row) or squares <= 0:
        return math.nan
    return trace**2 / squares


def hotelling_df(fit: GaussianFit, pieces: Sandwich, rows: Floats) -> float:
    """eta of the approximate Hotelling T2 (HTZ): F = (eta - q + 1) / (eta q) Q, df q, eta - q + 1.

    The covariance of the q functions is taken as a Wishart matrix whose total variance is that of
    CR2 under the model.
    """
    q = len(rows)
    diagonal, low = _forms(fit, pieces, rows)
    omega = diagonal.sum(axis=0) - np.einsum("jsa,jta->st", low, low)
    values, vectors = np.linalg.eigh(omega)
    if values[0] <= NONE * values[-1] or values[-1] <= 0 or np.isnan(
            [cr2_df(fit, pieces, row) for row in rows]).any():
        return math.nan
    root = vectors / np.sqrt(values) @ vectors.T
    diagonal = root @ diagonal @ root
    low = root @ low
    # P[s, t, i, j] = [i = j] diagonal_j[s, t] - low_i[s] . low_j[t]
    gram = np.einsum("jsa,jtb->stab", low, low)

    def product(s: int, t: int, u: int, v: int) -> float:
        """Sum over i, j of P[s, t, i, j] P[u, v, i, j]."""
        own = float(diagonal[:, s, t] @ diagonal[:, u, v])
        mixed = float(diagonal[:, s, t] @ (low[:, u] * low[:, v]).sum(axis=1)
                      + diagonal[:, u, v] @ (low[:, s] * low[:, t]).sum(axis=1))
        return own - mixed + float((gram[s, u] * gram[t, v]).sum())

    total = sum(product(s, t, t, s) + product(s, s, t, t) for s in range(q) for t in range(q))
    return q * (q + 1) / total


def _forms(fit: GaussianFit, pieces: Sandwich, rows: Floats) -> tuple[Floats, Floats]:
    """Of the functions: the diagonal part (J x q x q), and the low-rank part (J x q x p)."""
    half = fit.moments.phi @ rows.T
    diagonal = half.T @ pieces.adjusted @ half
    root = np.linalg.cholesky(fit.moments.phi)
    low = half.T @ pieces.loading @ root
    return diagonal, low


def _inverse_root(matrices: Floats) -> Floats:
    """Symmetric square roots of the pseudo-inverses."""
    values, vectors = np.linalg.eigh((matrices + np.swapaxes(matrices, -1, -2)) / 2)
    most = values.max(axis=-1, keepdims=True)
    safe = np.where(values > NONE * most, values, np.inf)
    return np.asarray((vectors / np.sqrt(safe)[..., None, :]) @ np.swapaxes(vectors, -1, -2))
