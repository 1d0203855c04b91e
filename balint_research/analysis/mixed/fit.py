"""Gaussian models with structured covariance, by REML."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.design import Design, design
from balint_research.analysis.mixed.likelihood import Data, Floats, Method, covariances
from balint_research.analysis.mixed.maximise import (
    Optimum,
    by_theta,
    maximise,
    space_of,
    usual_way,
)
from balint_research.analysis.mixed.parts import Part, curve, pairs, symmetric
from balint_research.analysis.mixed.terms import Component, Residual
from balint_research.analysis.mixed.threads import one_thread
from balint_research.errors import AnalysisError

UNTOLD = 1e-9            # information by what it would be with known fixed effects: less is none
METHODS = ("reml", "ml")
IMPOSSIBLE = 1e-8        # eigenvalue of the residual below 0, by the largest
SINGULAR = 1e-6          # eigenvalue of a covariance matrix of effects by the largest


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What inference needs, by the k covariance parameters, in the units of the fit.

    phi (p x p); first (k x p x p) = X'V^-1 V_i V^-1 X; second (k x k x p x p) =
    X'V^-1 V_i V^-1 V_j V^-1 X; bend (k x k x p x p) = X'V^-1 V_ij V^-1 X or None where V is linear
    in its parameters; expected and observed information (k x k).
    """

    phi: Floats
    first: Floats
    second: Floats
    bend: Floats | None
    expected: Floats
    observed: Floats


@dataclass(frozen=True, kw_only=True)
class GaussianFit:
    """A fitted model: arrays and frames, nothing that computes.

    Attributes
    ----------
    formula, method : as asked for.
    coefficients : frame ``term estimate se``; `se` is the usual one, not adjusted for the
        estimation of the covariance (`contrasts` does that).
    covariance : p x p, of the coefficients, in their order (not adjusted).
    variances : frame ``parameter estimate se random boundary unknown``: variances and covariances
        in the outcome's units squared, correlations as such; `random` True for random effects,
        False for the residual; `se` from the observed information, missing at the boundary;
        `unknown` where no row tells of it (the covariance of two waves that nobody has both).
    loglik : restricted log-likelihood (or the full one, for ``ml``) of the outcome as given.
    converged, iterations : of the search.
    boundary : parameters whose estimate lies at the end of what is possible: a variance of 0, a
        correlation of 1.
    n_rows, n_left_out, n_blocks : rows used, rows without a value the model needs, and
        independent units.
    aliased : columns left out because earlier ones say the same.
    notes : sentences a reader must know.
    design, theta, units, moments : what further functions start from (`theta` in the units of the
        fit; times `units` the parameters are in those of the outcome).
    """

    formula: str
    method: Method
    coefficients: pd.DataFrame
    covariance: Floats
    variances: pd.DataFrame
    loglik: float
    converged: bool
    iterations: int
    boundary: tuple[str, ...]
    n_rows: int
    n_left_out: int
    n_blocks: int
    aliased: tuple[str, ...]
    notes: tuple[str, ...]
    design: Design
    theta: Floats
    units: Floats
    moments: Moments


def fit_gaussian(
    frame: pd.DataFrame,
    formula: str,
    *,
    blocks: str | None = None,
    components: Sequence[Component] = (),
    residual: Residual | None = None,
    method: Method = "reml",
) -> GaussianFit:
    """Fit ``y = X b + e`` with a structured covariance of e, by restricted maximum likelihood.

        Var(e) = blockdiag(V_1 ... V_B),   V_b = sum_k theta_k G_bk

    The blocks are the independent units: a group with all its members, a person who has no group.
    Variances of random effects are at least 0; a 0 is normal with few groups and is reported.

    Parameters
    ----------
    frame : one row an observation.
    formula : outcome and fixed effects as formulaic reads them, as ``y ~ wave + treated:wave``.
        Text and categorical columns become indicators; columns that say the same as earlier ones
        are left out and named in `aliased`.
    blocks : column of the independent units; found from `components` and `residual` if not given.
        Must not cut through a person or group. CR2 takes these blocks as its clusters.
    components : `RandomEffect`, `RandomSlopes`, `Memberships`; none gives a regression or, with a
        structured residual, a model for repeated measures (MMRM).
    residual : `Residual`; one variance if not given.
    method : ``reml``, or ``ml`` to compare models that differ in their fixed effects.

    Returns
    -------
    `GaussianFit`. Rows with a missing value in a column that the model names are left out and
    counted; a missing group of a random effect means that the row has no such effect.

    Raises
    ------
    AnalysisError : a column is missing or no number, the formula cannot be read, there are fewer
        rows than fixed effects, the outcome does not vary (or not at one wave of the residual), the
        data cannot tell two parameters apart, a person has two rows at one wave of a structured
        residual, or the blocks cut through a group.

    Notes
    -----
    Newton's method on the exact score and observed information, with steps halved until the
    likelihood rises; where the search does not end, `converged` is False and `notes` says so.

    Checked against R lme4 (sets of partially nested, cluster, crossed, nested and random-slope
    designs; sleepstudy, dietox), nlme (``gls`` and ``lme``: unstructured, heterogeneous, compound
    symmetry, AR(1)), the printed mmrm tables on its FEV data, and a dense textbook
    implementation in R.

    References
    ----------
    Laird NM, Ware JH. Biometrics 1982;38:963-974. Jennrich RI, Schluchter MD. Biometrics
    1986;42:805-820. Bauer DJ, Sterba SK, Hallfors DD. Multivariate Behav Res 2008;43:210-236
    (groups in one arm). Candlish J et al. BMC Med Res Methodol 2018;18:105 (unequal variances).

    Examples
    --------
    Two treated groups of three, four controls; the groups differ less than their members do:

    >>> from balint_research.analysis.mixed.terms import RandomEffect
    >>> frame = pd.DataFrame({
    ...     "change": [-3.0, -5, -1, 0, -2, -4, 1, -1, 0, 2], "treated": [1] * 6 + [0] * 4,
    ...     "group": ["a", "a", "a", "b", "b", "b", None, None, None, None]})
    >>> fit = fit_gaussian(frame, "change ~ treated", components=[RandomEffect(by="group")])
    >>> fit.coefficients["estimate"].round(6).tolist(), fit.boundary
    ([0.5, -3.0], ('group',))
    """
    if method not in METHODS:
        raise AnalysisError(f"'{method}' is no method. Allowed: {', '.join(METHODS)}.")
    made = design(frame, formula, blocks, components, residual or Residual())
    return fitted(made, method)


def fitted(made: Design, method: Method) -> GaussianFit:
    """The fit of a design."""
    with one_thread():
        best = best_from(made.data, made.parts, method)
    if best is None:
        raise AnalysisError(
            "The covariance of this model is not defined for these data, whatever its parameters: "
            "use a simpler residual or fewer random effects."
        )
    theta = reported(made.parts, best.theta)
    parts = tuple(_told(part) for part in made.parts)
    unknown = _unknown(made, parts, theta)
    at_end = _at_end(parts, theta, unknown)
    _check_residual(made, parts, theta, at_end)
    _check_information(parts, theta, best, ~unknown & ~at_end)
    moments = _moments(parts, theta, best)
    units = np.where(_is_variance(parts), made.scale**2, 1.0)
    coefficients, covariance = _coefficients(made, best)
    names = [name for part in parts for name in part.names]
    boundary = tuple(name for name, end in zip(names, at_end, strict=True) if end)
    untold = [name for name, nothing in zip(names, unknown, strict=True) if nothing]
    n = made.data.n
    df = n - made.data.p if method == "reml" else n
    loglik = best.point.loglik - df * float(np.log(made.scale))
    if method == "reml":
        loglik -= made.log_det_back
    return GaussianFit(
        formula=made.formula, method=method, coefficients=coefficients, covariance=covariance,
        variances=pd.DataFrame({
            "parameter": names, "estimate": np.where(unknown, np.nan, theta * units),
            "se": _standard_errors(moments.observed, at_end | unknown) * units,
            "random": [part.component for part in parts for _ in part.names],
            "boundary": at_end, "unknown": unknown}),
        loglik=loglik, converged=best.converged, iterations=best.iterations, boundary=boundary,
        n_rows=n, n_left_out=made.rows_given - n, n_blocks=len(np.unique(made.block)),
        aliased=made.aliased, notes=tuple(_notes(made, best, boundary, untold)), design=made,
        theta=best.theta, units=units, moments=moments,
    )


def best_from(
    data: Data, parts: Sequence[Part], method: Method, first: Floats | None = None
) -> Optimum | None:
    """The maximum from the usual start; from `first`, if it is given and leads to one."""
    usual = np.array([x for part in parts for x in part.start])
    found = None
    for begin in (usual,) if first is None else (first, usual):
        found = maximise(data, usual_way(parts), begin, space_of(parts), method)
        if found is not None and found.converged:
            break
    return found


def _told(part: Part) -> Part:
    """The part as it is reported: a covariance matrix by its entries, not by its factor."""
    return replace(part, kind="linear") if part.kind == "factor" else part


def reported(parts: Sequence[Part], theta: Floats) -> Floats:
    """The parameters as they are told, from those of the search."""
    at, told = 0, []
    for part in parts:
        own = theta[at:at + part.parameters]
        told.append(curve([part], own).c if part.kind == "factor" else own)
        at += part.parameters
    return np.concatenate(told)


def _is_variance(parts: Sequence[Part]) -> Any:
    """True for variances and covariances, False for correlations."""
    return np.array([not name.endswith(" rho") for part in parts for name in part.names])


def _unknown(made: Design, parts: Sequence[Part], theta: Floats) -> Any:
    """Parameters of which no row tells: their matrices are 0 in every block."""
    seen = np.zeros(made.data.coefficients, dtype=bool)
    for batch in made.data.batches:
        seen[batch.active] = True
    return ~(curve(parts, theta).jacobian[seen] != 0).any(axis=0)


def _at_end(parts: Sequence[Part], theta: Floats, unknown: Any) -> Any:
    """Which known parameters lie at the end of what is possible."""
    at, ends = 0, []
    for part in parts:
        here = slice(at, at + part.parameters)
        at = here.stop
        if part.size > 1 and part.component:
            ends += _matrix_at_end(part, theta[here], unknown[here])
            continue
        ends += [bool(value <= low or value >= high) and not nothing
                 for value, low, high, nothing in zip(
                     theta[here], part.lower, part.upper, unknown[here], strict=True)]
    return np.array(ends)


def _matrix_at_end(part: Part, theta: Floats, unknown: Any) -> list[bool]:
    """Which entries of a covariance matrix of effects make it singular."""
    of = pairs(part.size)
    known = [i for i in range(part.size) if not unknown[of.index((i, i))]]
    if not known:
        return [False] * len(of)
    # in the units of the effects, which those of the starting values tell
    units = np.array([part.start[of.index((i, i))] for i in known])
    matrix = symmetric(theta, part.size)[np.ix_(known, known)] / np.outer(units, units)
    values, vectors = np.linalg.eigh(matrix)
    lost = vectors[:, values <= SINGULAR * max(values[-1], SINGULAR)]
    # effects without any variance; where there are none, the whole matrix is at its end
    none = {known[i] for i, share in enumerate((lost**2).sum(axis=1)) if share > 1 - SINGULAR}
    return [not nothing and (i in none or j in none if none else lost.size > 0)
            for (i, j), nothing in zip(of, unknown, strict=True)]


def _check_residual(made: Design, parts: Sequence[Part], theta: Floats, at_end: Any) -> None:
    """AnalysisError where the residual has no variance, or correlations of 1 or beyond."""
    c = curve(parts, theta).c.copy()
    c[:sum(part.coefficients for part in parts if part.component)] = 0.0
    for batch in made.data.batches:   # with the random effects V may be possible, and this not
        values = np.linalg.eigvalsh(covariances(batch, c))
        if (values[:, 0] < -IMPOSSIBLE * values[:, -1]).any():
            raise AnalysisError(
                "The covariance of the residual would be impossible (a correlation beyond 1): use "
                "a simpler residual or fewer random effects.")
    residual = [name for part in parts for name in part.names if not part.component]
    ends = at_end[len(at_end) - len(residual):]
    if ends.any():
        none = ", ".join(name for name, end in zip(residual, ends, strict=True) if end)
        raise AnalysisError(
            f"The outcome leaves nothing to vary: {none} would be at the end of what is possible. "
            "Leave out the wave or arm in which everybody has the same value, or use a simpler "
            "residual.")


def _check_information(parts: Sequence[Part], theta: Floats, best: Optimum, free: Any) -> None:
    """AnalysisError where parameters cannot be told from each other or from the fixed effects.

    What the fixed effects take away is seen by comparing the information with what it would be if
    they were known.
    """
    if not free.any():
        return
    at, names = curve(parts, theta), [name for part in parts for name in part.names]
    alone = by_theta(at, best.slopes.at_known_mean)[np.ix_(free, free)]
    scale = np.sqrt(np.diag(alone))
    information = by_theta(at, best.slopes.expected)[np.ix_(free, free)]
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    mixed = (vectors[:, values < UNTOLD] ** 2).sum(axis=1) > SINGULAR
    if mixed.any():
        told = [name for name, own in zip(np.array(names)[free], mixed, strict=True) if own]
        raise AnalysisError(
            f"The data cannot tell {', '.join(told)} apart from the fixed effects or from each "
            "other: use fewer random effects or a simpler residual.")


def _moments(parts: Sequence[Part], theta: Floats, best: Optimum) -> Moments:
    at, slope = curve(parts, theta), best.slopes
    if at.bend is None:   # the parameters are the coefficients
        return Moments(phi=best.point.phi, first=slope.first, second=slope.second, bend=None,
                       expected=slope.expected, observed=slope.observed)
    first = np.einsum("mk,mij->kij", at.jacobian, slope.first)
    second = np.einsum("mk,nl,mnij->klij", at.jacobian, at.jacobian, slope.second, optimize=True)
    bend = np.einsum("mkl,mij->klij", at.bend, slope.first)
    return Moments(phi=best.point.phi, first=first, second=second, bend=bend,
                   expected=by_theta(at, slope.expected),
                   observed=by_theta(at, slope.observed, slope.score))


def _coefficients(made: Design, best: Optimum) -> tuple[pd.DataFrame, Floats]:
    estimate = made.scale * made.back @ best.point.beta
    covariance = made.scale**2 * made.back @ best.point.phi @ made.back.T
    frame = pd.DataFrame({"term": list(made.columns), "estimate": estimate,
                          "se": np.sqrt(np.diag(covariance))})
    return frame, covariance


def inverse_information(information: Floats, use: Any) -> Floats:
    """Covariance of the parameters in `use`, 0 for the others; what is not told gets none."""
    result = np.zeros_like(information)
    if use.any():
        own = information[np.ix_(use, use)]
        scale = np.sqrt(np.where(np.diag(own) > 0, np.diag(own), 1.0))
        result[np.ix_(use, use)] = np.linalg.pinv(
            own / np.outer(scale, scale), rcond=1e-9, hermitian=True) / np.outer(scale, scale)
    return result


def _standard_errors(observed: Floats, at_end: Any) -> Floats:
    variance = np.diag(inverse_information(observed, ~at_end))
    return np.where(~at_end & (variance > 0), np.sqrt(np.clip(variance, 0, None)), np.nan)


def _notes(
    made: Design, best: Optimum, boundary: Sequence[str], untold: Sequence[str]
) -> list[str]:
    notes = []
    if untold:
        notes.append(f"No row tells of {', '.join(untold)}, and nothing depends on it.")
    if not best.converged:
        notes.append(
            f"The search for the largest likelihood did not end within {best.iterations} steps: "
            "the results must not be used.")
    if boundary:
        several = len(boundary) > 1
        notes.append(
            f"The estimate{'s' if several else ''} of {', '.join(boundary)} "
            f"{'lie' if several else 'lies'} at the end of what is possible (a variance of 0, or a "
            "correlation of 1): the data show no more variation of this kind than chance alone "
            "would give.")
    if made.aliased:
        notes.append(
            f"Left out because earlier terms say the same: {', '.join(made.aliased)}.")
    left_out = made.rows_given - made.data.n
    if left_out:
        notes.append(f"{left_out} of {made.rows_given} rows lack a value the model needs and are "
                     "left out.")
    return notes

