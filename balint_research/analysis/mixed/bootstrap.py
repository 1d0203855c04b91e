"""Parametric bootstrap: the model draws new outcomes, and each is fitted again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.contrasts import Rows, weights_of
from balint_research.analysis.mixed.degrees import estimates_of
from balint_research.analysis.mixed.fit import GaussianFit, best_from, reported
from balint_research.analysis.mixed.likelihood import (
    Data,
    Floats,
    Method,
    cholesky,
    covariances,
    of_blocks,
    with_outcome,
)
from balint_research.analysis.mixed.maximise import space_of
from balint_research.analysis.mixed.parts import Part, curve
from balint_research.analysis.mixed.threads import one_thread
from balint_research.errors import AnalysisError

CHUNK = 20   # refits handed to a worker at once
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """What the draws gave.

    Attributes
    ----------
    intervals : frame ``quantity estimate low high draws method``, one row a contrast (bootstrap t)
        and a covariance parameter (percentiles).
    draws : frame, one row a draw that converged: ``draw``, then ``estimate <contrast>`` and
        ``se <contrast>`` for each contrast, and one column a covariance parameter.
    failed : draws whose search did not end.
    """

    intervals: pd.DataFrame
    draws: pd.DataFrame
    failed: int


def parametric_bootstrap(
    fit: GaussianFit, rows: Rows | None = None, *, draws: int = 1000, seed: int,
    jobs: int | None = None, progress: Callable[..., Iterable[Any]] | None = None,
) -> Bootstrap:
    """Intervals from outcomes drawn by the fitted model and fitted again.

    For contrasts the interval is estimate - t* x se, with t* the quantiles of (drawn estimate -
    estimate) / drawn se; for variances it is that of the percentiles of the drawn values.

    Parameters
    ----------
    fit : of `fit_gaussian`.
    rows : contrasts, as for `contrasts`; every coefficient if not given.
    draws : number of refits.
    seed : draw i is the same whatever the number of workers.
    jobs : workers of joblib; if not given, those of ``joblib.parallel_config``, so that any of its
        backends serves, a cluster included::

            with joblib.parallel_config(backend="dask"):   # or "ray", "loky"
                br.parametric_bootstrap(fit, seed=1)

    progress : wraps the steps, called as ``progress(steps, total=n)``: ``rich.progress.track`` and
        ``tqdm.auto.tqdm`` can be given as they are.

    Returns
    -------
    `Bootstrap`.

    Raises
    ------
    AnalysisError : an unknown term, a fit that did not converge, or fewer than 2 draws.

    Notes
    -----
    Checked: the SD of drawn estimates against the standard error of the model, and the same
    numbers for 1 and 2 workers.

    Examples
    --------
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> from balint_research.analysis.mixed.terms import RandomEffect
    >>> frame = pd.DataFrame({"y": [1.0, 3, 5, 7, 6, 9], "group": list("aabbcc")})
    >>> fit = fit_gaussian(frame, "y ~ 1", components=[RandomEffect(by="group")])
    >>> result = parametric_bootstrap(fit, draws=40, seed=1)
    >>> result.intervals["quantity"].tolist(), len(result.draws) + result.failed
    (['Intercept', 'group', 'residual'], 40)
    """
    from joblib import Parallel, delayed

    if draws < 2:
        raise AnalysisError("A bootstrap needs at least 2 draws.")
    if not fit.converged:
        raise AnalysisError("The fit did not converge, so it cannot draw new outcomes.")
    names, wanted = weights_of(fit, rows)
    task = _task(fit, wanted @ fit.design.back)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    chunks = [seeds[i:i + CHUNK] for i in range(0, draws, CHUNK)]
    steps = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_chunk)(task, chunk) for chunk in chunks)
    if progress is not None:
        steps = progress(steps, total=len(chunks))
    found = np.vstack(list(steps))
    return _summary(fit, names, wanted, found)


@dataclass(frozen=True)
class _Task:
    """All a worker needs, without the frame."""

    data: Data
    parts: tuple[Part, ...]
    theta: Floats
    mean: Floats
    at: Floats
    method: Method


def _task(fit: GaussianFit, at: Floats) -> _Task:
    made = fit.design
    beta = estimates_of(fit)
    mean = np.zeros(made.data.n)
    for batch, columns in zip(made.data.batches, made.data.columns, strict=True):
        there = batch.rows >= 0
        mean[batch.rows[there]] = (columns[..., :-1] @ beta)[there]
    return _Task(made.data, made.parts, fit.theta, mean, at, fit.method)


def _chunk(task: _Task, seeds: list[np.random.SeedSequence]) -> Floats:
    """One row a draw: estimates, standard errors, parameters; NaN where the search did not end."""
    room, c, rows = space_of(task.parts), curve(task.parts, task.theta).c, []
    inside = np.clip(task.theta, room.lower + 1e-3, room.upper)
    with one_thread():
        factors = [cholesky(covariances(batch, c)) for batch in task.data.batches]
        for seed in seeds:
            y = _drawn(task, factors, np.random.default_rng(seed))
            data = with_outcome(task.data, y)
            best = best_from(data, task.parts, task.method, inside)
            if best is None or not best.converged:
                rows.append(np.full(2 * len(task.at) + len(inside), np.nan))
                continue
            se = np.sqrt(np.einsum("qi,ij,qj->q", task.at, best.point.phi, task.at))
            rows.append(np.concatenate([task.at @ best.point.beta, se,
                                        reported(task.parts, best.theta)]))
    return np.array(rows)


def _drawn(task: _Task, factors: list[Floats | None], random: np.random.Generator) -> Floats:
    """A new outcome: the fitted mean and an error with the fitted covariance."""
    y = task.mean.copy()
    normal = random.standard_normal(task.data.n)
    for batch, factor in zip(task.data.batches, factors, strict=True):
        assert factor is not None   # V was positive definite when it was fitted
        there = batch.rows >= 0
        own = np.where(there, normal[batch.rows], 0.0)
        error = (of_blocks(batch, factor) @ own[..., None])[..., 0]
        y[batch.rows[there]] += error[there]
    return y


def _summary(fit: GaussianFit, names: list[str], wanted: Floats, found: Floats) -> Bootstrap:
    scale, q = fit.design.scale, len(names)
    kept = np.flatnonzero(np.isfinite(found).all(axis=1))
    drawn = found[kept]
    estimates, errors = drawn[:, :q] * scale, drawn[:, q:2 * q] * scale
    parameters = drawn[:, 2 * q:] * fit.units
    centre = wanted @ fit.coefficients["estimate"].to_numpy()
    se = np.sqrt(np.einsum("qi,ij,qj->q", wanted, fit.covariance, wanted))
    tails = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    reach = np.quantile((estimates - centre) / errors, tails, axis=0)
    ends = np.quantile(parameters, tails, axis=0)
    told = fit.variances["parameter"].tolist()
    intervals = pd.DataFrame({
        "quantity": [*names, *told],
        "estimate": [*centre, *fit.variances["estimate"]],
        "low": [*(centre - reach[1] * se), *ends[0]],
        "high": [*(centre - reach[0] * se), *ends[1]],
        "draws": len(kept),
        "method": ["bootstrap t"] * q + ["percentiles"] * len(told),
    })
    columns = [*(f"estimate {name}" for name in names), *(f"se {name}" for name in names), *told]
    frame = pd.DataFrame(np.hstack([estimates, errors, parameters]), columns=columns)
    frame.insert(0, "draw", kept)
    return Bootstrap(intervals=intervals, draws=frame, failed=len(found) - len(kept))
