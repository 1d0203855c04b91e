"""From parameters to coefficients of known matrices: V = sum_m c_m(theta) B_m.

For most structures c is theta itself. Where it is not (AR(1), heterogeneous compound symmetry, and
covariance matrices that are searched through their Cholesky factor so that they stay positive
semi-definite), the chain rule carries score and information from c to theta.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

FREE, LEAST = np.inf, 1e-8   # LEAST: residual variance, where the variance of the outcome is 1

PartKind = Literal["linear", "ar1", "heterogeneous", "factor"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Consecutive parameters that stand for consecutive coefficients.

    `size` is the number of waves (`ar1`, `heterogeneous`) or of effects (`factor`).
    `component` is True for random effects, False for the residual.
    """

    kind: PartKind
    coefficients: int
    names: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    start: tuple[float, ...]
    size: int = 1
    component: bool = False

    @property
    def sizes(self) -> tuple[float, ...]:
        """What a large change of each parameter is: its start, or that of its effect's SD."""
        if self.kind != "factor":
            return tuple(abs(value) for value in self.start)
        of = pairs(self.size)
        return tuple(self.start[of.index((i, i))] for i, _ in of)

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return len(self.names)


@dataclass(frozen=True)
class Curve:
    """Coefficients c at theta, their Jacobian (m x k) and second derivatives (m x k x k)."""

    c: Floats
    jacobian: Floats
    bend: Floats | None


def curve(parts: Sequence[Part], theta: Floats) -> Curve:
    """The coefficients of all parts and their derivatives."""
    m, k = sum(p.coefficients for p in parts), sum(p.parameters for p in parts)
    if all(part.kind == "linear" for part in parts):
        return Curve(theta, np.eye(m), None)
    c, jacobian, bend = np.zeros(m), np.zeros((m, k)), np.zeros((m, k, k))
    row = column = 0
    for part in parts:
        rows = slice(row, row + part.coefficients)
        columns = slice(column, column + part.parameters)
        c[rows], jacobian[rows, columns], bend[rows, columns, columns] = _of_part(
            part, theta[columns])
        row, column = rows.stop, columns.stop
    return Curve(c, jacobian, bend)


def pairs(size: int) -> list[tuple[int, int]]:
    """Entries of the lower triangle of a symmetric matrix, row by row."""
    return [(i, j) for i in range(size) for j in range(i + 1)]


def symmetric(entries: Floats, size: int) -> Floats:
    """The symmetric matrix with these entries of the lower triangle."""
    matrix = np.zeros((size, size))
    for value, (i, j) in zip(entries, pairs(size), strict=True):
        matrix[i, j] = matrix[j, i] = value
    return matrix


def _of_part(part: Part, theta: Floats) -> tuple[Floats, Floats, Floats]:
    if part.kind == "ar1":
        return _ar1(theta, part.size)
    if part.kind == "heterogeneous":
        return _heterogeneous(theta, part.size)
    if part.kind == "factor":
        return _factor(theta, part.size)
    k = part.parameters
    return theta, np.eye(k), np.zeros((k, k, k))


def _ar1(theta: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """c_d = variance x rho^d for the lags d = 0 ... size - 1."""
    variance, rho = theta
    lag = np.arange(size, dtype="float64")
    power = np.array([_power(rho, int(d)) for d in lag])
    first = lag * np.array([_power(rho, int(d) - 1) for d in lag])
    second = lag * (lag - 1) * np.array([_power(rho, int(d) - 2) for d in lag])
    bend = np.zeros((size, 2, 2))
    bend[:, 0, 1] = bend[:, 1, 0] = first
    bend[:, 1, 1] = variance * second
    return variance * power, np.column_stack([power, variance * first]), bend


def _power(base: float, exponent: int) -> float:
    return float(base**exponent) if exponent >= 0 else 0.0


def _heterogeneous(theta: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """c_ij = rho sqrt(v_i v_j), c_ii = v_i; parameters v_1 ... v_size, rho."""
    v, rho = theta[:size], theta[size]
    k, of = size + 1, pairs(size)
    c, jacobian, bend = np.zeros(len(of)), np.zeros((len(of), k)), np.zeros((len(of), k, k))
    for m, (i, j) in enumerate(of):
        if i == j:
            c[m], jacobian[m, i] = v[i], 1.0
            continue
        root = np.sqrt(v[i] * v[j])
        c[m] = rho * root
        jacobian[m, size] = root
        for a, b in ((i, j), (j, i)):
            jacobian[m, a] = rho * root / (2 * v[a])
            bend[m, a, a] = -rho * root / (4 * v[a] ** 2)
            bend[m, a, b] = rho / (4 * root)
            bend[m, a, size] = bend[m, size, a] = root / (2 * v[a])
    return c, jacobian, bend


def _factor(theta: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """c = lower triangle of F F', theta that of F."""
    of = pairs(size)
    where = {pair: k for k, pair in enumerate(of)}
    k = len(of)
    c, jacobian, bend = np.zeros(k), np.zeros((k, k)), np.zeros((k, k, k))
    for m, (i, j) in enumerate(of):
        for l in range(min(i, j) + 1):  # noqa: E741
            a, b = where[i, l], where[j, l]
            c[m] += theta[a] * theta[b]
            jacobian[m, a] += theta[b]
            jacobian[m, b] += theta[a]
            bend[m, a, b] += 1
            bend[m, b, a] += 1
    return c, jacobian, bend
