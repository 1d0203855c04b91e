"""The Gaussian likelihood of independent blocks, and its first two derivatives.

With V = sum_m c_m B_m, Phi = (X'V^-1 X)^-1 and P = V^-1 - V^-1 X Phi X'V^-1 (REML):

    loglik      = -1/2 [(n - p) log 2 pi + log|V| + log|X'V^-1 X| + y'P y]
    score_m     = -1/2 [tr(P B_m) - y'P B_m P y]
    expected_mn =  1/2 tr(P B_m P B_n)
    observed_mn =  y'P B_m P B_n P y - expected_mn

Everything is computed block by block after multiplying by L^-1, where V = L L'. Blocks of similar
size lie in one array, and blocks of the same pattern share their matrices: no n x n matrix.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Method = Literal["reml", "ml"]


@dataclass(frozen=True)
class Batch:
    """Blocks of similar size, filled up to the largest with rows that count nothing.

    `rows` (b x n): places of the rows in the data, -1 for filling.
    `which` (b): pattern of each block; `matrices` (m x u x n x n): the known matrices of every
    pattern; `active` (m): which coefficients they belong to; `filling` (u x n x n): 1 on the
    diagonal of rows that fill up; `blocks` (u): number of blocks of each pattern.
    """

    rows: Integers
    which: Integers
    matrices: Floats
    active: Integers
    filling: Floats
    blocks: Floats

    @property
    def one_each(self) -> bool:
        """Whether every block has a pattern of its own, in order."""
        return len(self.which) == len(self.blocks)


@dataclass(frozen=True)
class Data:
    """The batches with their part of the design: [X y] of every block (b x n x (p + 1))."""

    batches: tuple[Batch, ...]
    columns: tuple[Floats, ...]
    n: int
    p: int
    coefficients: int


@dataclass(frozen=True)
class Point:
    """The likelihood at one set of coefficients, with what the derivatives start from.

    Shapes: `beta` p, `phi` p x p; of each batch the inverse factors (u x n x n) and [X r] after
    multiplication with them (b x n x (p + 1)).
    """

    loglik: float
    beta: Floats
    phi: Floats
    inverse_factors: tuple[Floats, ...]
    whitened: tuple[Floats, ...]


@dataclass(frozen=True)
class Slopes:
    """Derivatives by the coefficients.

    score (m), expected and observed information (m x m); `first` (m x p x p) is
    X'V^-1 B_m V^-1 X, `second` (m x m x p x p) is X'V^-1 B_m V^-1 B_n V^-1 X. `at_known_mean` is
    the expected information there would be if the fixed effects were known.
    """

    score: Floats
    expected: Floats
    observed: Floats
    first: Floats
    second: Floats
    at_known_mean: Floats


def with_outcome(data: Data, y: Floats) -> Data:
    """The same design with another outcome (n, in the order of the rows)."""
    columns = []
    for batch, own in zip(data.batches, data.columns, strict=True):
        changed = own.copy()
        changed[..., -1] = np.where(batch.rows >= 0, y[batch.rows], 0.0)
        columns.append(changed)
    return Data(data.batches, tuple(columns), data.n, data.p, data.coefficients)


def point(data: Data, c: Floats, method: Method) -> Point | None:
    """The likelihood at coefficients c; None where V or X'V^-1 X is not positive definite."""
    inverse_factors, whitened, log_det = [], [], 0.0
    gram = np.zeros((data.p + 1, data.p + 1))
    for batch, columns in zip(data.batches, data.columns, strict=True):
        factors = cholesky(covariances(batch, c))
        if factors is None:
            return None
        diagonal = np.diagonal(factors, axis1=-2, axis2=-1)
        log_det += 2 * float(batch.blocks @ np.log(diagonal).sum(axis=-1))
        inverse = np.asarray(np.linalg.inv(factors), dtype="float64")
        white = of_blocks(batch, inverse) @ columns
        flat = white.reshape(-1, data.p + 1)
        gram += flat.T @ flat
        inverse_factors.append(inverse)
        whitened.append(white)
    p = data.p
    root = cholesky(gram[:p, :p])
    if root is None:
        return None
    inverse_root = np.linalg.inv(root)
    phi = inverse_root.T @ inverse_root
    beta = phi @ gram[:p, p]
    for white in whitened:
        white[..., p] -= white[..., :p] @ beta
    squares = sum(float((white[..., p] ** 2).sum()) for white in whitened)
    df = data.n - p if method == "reml" else data.n
    loglik = -0.5 * (df * np.log(2 * np.pi) + log_det + squares)
    if method == "reml":
        loglik -= float(np.log(np.diag(root)).sum())
    if not np.isfinite(loglik):
        return None
    return Point(loglik, beta, phi, tuple(inverse_factors), tuple(whitened))


def slopes(data: Data, at: Point, method: Method) -> Slopes:
    """Score and information at a point."""
    m, q = data.coefficients, data.p + 1
    trace, traces = np.zeros(m), np.zeros((m, m))
    inner, outer = np.zeros((m, q, q)), np.zeros((m, m, q, q))
    for batch, inverse, white in zip(data.batches, at.inverse_factors, at.whitened, strict=True):
        own, number = batch.active, len(batch.active)
        if not number:
            continue
        turned = inverse @ batch.matrices @ np.swapaxes(inverse, -1, -2)
        trace[own] += np.einsum("muii,u->m", turned, batch.blocks)
        flat = (turned * np.sqrt(batch.blocks)[:, None, None]).reshape(number, -1)
        traces[np.ix_(own, own)] += flat @ flat.T
        product = (turned if batch.one_each else turned[:, batch.which]) @ white
        beside = np.concatenate([white[None], product]).reshape(number + 1, -1, q)
        wide = np.moveaxis(beside, 0, 1).reshape(-1, (number + 1) * q)
        gram = np.moveaxis((wide.T @ wide).reshape(number + 1, q, number + 1, q), 1, 2)
        inner[own] += gram[0, 1:]
        outer[np.ix_(own, own)] += gram[1:, 1:]
    return _slopes(at.phi, trace, traces, inner, outer, method)


def _slopes(
    phi: Floats, trace: Floats, traces: Floats, inner: Floats, outer: Floats, method: Method
) -> Slopes:
    p = len(phi)
    first, second = inner[:, :p, :p], outer[:, :, :p, :p]
    squares, to_x = inner[:, p, p], inner[:, :p, p]
    average = outer[:, :, p, p] - to_x @ phi @ to_x.T
    if method == "ml":
        expected = traces / 2
        score = (squares - trace) / 2
    else:
        across = first @ phi
        lost = np.einsum("ij,mnji->mn", phi, second)
        expected = (traces - lost - lost.T + np.einsum("mij,nji->mn", across, across)) / 2
        score = (squares - trace + np.einsum("mii->m", across)) / 2
    return Slopes(score, expected, average - expected, first, second, traces / 2)


def covariances(batch: Batch, c: Floats) -> Floats:
    """V of every pattern (u x n x n)."""
    shape = batch.matrices.shape
    filled = c[batch.active] @ batch.matrices.reshape(shape[0], -1)
    return np.asarray(filled.reshape(shape[1:]) + batch.filling)


def of_blocks(batch: Batch, of_patterns: Floats) -> Floats:
    """Matrices of the patterns as those of the blocks."""
    return of_patterns if batch.one_each or len(of_patterns) == 1 else of_patterns[batch.which]


def cholesky(matrices: Floats) -> Floats | None:
    """Lower factors, or None where a matrix is not positive definite."""
    try:
        factors = np.asarray(np.linalg.cholesky(matrices), dtype="float64")
    except np.linalg.LinAlgError:
        return None
    return factors if np.isfinite(factors).all() else None


