"""The largest likelihood within bounds: Newton's steps, halved until they climb."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from balint_research.analysis.mixed.likelihood import Data, Method, Point, Slopes, point, slopes
from balint_research.analysis.mixed.parts import Curve, Floats, Part, curve

MOST_STEPS = 200
FAR_FROM_IT = 2    # steps for which the start is too far for the curvature found there
LONGEST = 5.0      # sizes of the parameters
MOST_HALVINGS = 40
ENOUGH = 1e-15     # twice what a further step would add to the log-likelihood
NEARLY = 1e-6      # as much, where rounding allows no further step
ROUNDING = 1e-9    # near the end a step may seem to lose as much
RIDGE = 1e-9


@dataclass(frozen=True)
class Space:
    """Least and largest value of every parameter, and what is a large change of it."""

    lower: Floats
    upper: Floats
    sizes: Floats


@dataclass(frozen=True)
class Optimum:
    """Where the likelihood is largest, and whether the search got there."""

    theta: Floats
    curve: Curve
    point: Point
    slopes: Slopes
    converged: bool
    iterations: int


Way = Callable[[Floats], Curve]
Booleans = np.ndarray[Any, np.dtype[np.bool_]]


def maximise(
    data: Data, way: Way, start: Floats, space: Space, method: Method, *,
    enough: float = ENOUGH, most_steps: int = MOST_STEPS,
) -> Optimum | None:
    """The maximum over theta in its bounds; None where the likelihood cannot be had at the start.

    Steps use the observed information where it is positive definite among the parameters that may
    move, else the expected one, which serves better at first. A parameter at a bound that the score
    pushes against stays there.
    """
    theta = start
    here = point(data, way(theta).c, method)
    if here is None:
        return None
    for iteration in range(1, most_steps + 1):
        at = way(theta)
        slope = slopes(data, here, method)
        score = at.jacobian.T @ slope.score
        gain = np.inf
        informations = (by_theta(at, slope.observed, slope.score), by_theta(at, slope.expected))
        for information in informations[::-1] if iteration <= FAR_FROM_IT else informations:
            step = _step(theta, score, information, space)
            if step is None:
                continue
            gain = float(step @ score)
            if gain <= enough:
                found = _off_a_saddle(data, way, theta, informations[0], here, space, method)
                if found is None:
                    return Optimum(theta, at, here, slope, True, iteration)
                theta, here = found
                break
            least = here.loglik - (ROUNDING if gain <= NEARLY else 0)
            found = _climb(data, way, theta, step, least, space, method)
            if found is not None:
                theta, here = found
                break
        else:
            return Optimum(theta, at, here, slope, gain <= NEARLY, iteration)
    at = way(theta)
    return Optimum(theta, at, here, slopes(data, here, method), False, most_steps)


def space_of(parts: Sequence[Part]) -> Space:
    """Where the parameters may lie."""
    return Space(np.array([x for part in parts for x in part.lower]),
                 np.array([x for part in parts for x in part.upper]),
                 np.array([x for part in parts for x in part.sizes]))


def usual_way(parts: Sequence[Part]) -> Way:
    """The coefficients as functions of all parameters."""
    return lambda theta: curve(parts, theta)


def by_theta(at: Curve, information: Floats, score: Floats | None = None) -> Floats:
    """Information by theta from that by the coefficients; `score` for the observed one."""
    result = at.jacobian.T @ information @ at.jacobian
    if score is not None and at.bend is not None:
        result = result - np.einsum("m,mij->ij", score, at.bend)
    return np.asarray(result)


def _step(
    theta: Floats, score: Floats, information: Floats, space: Space
) -> Floats | None:
    """Newton's step of the parameters that may move; None where the information is indefinite.

    A parameter at a bound stays if the score, or the step of all together, pushes it outwards.
    """
    lowest, highest = theta <= space.lower, theta >= space.upper
    free = ~((lowest & (score <= 0)) | (highest & (score >= 0)))
    while True:
        step = _newton(score, information, free, space.sizes)
        if step is None:
            return None
        outwards = free & ((lowest & (step < 0)) | (highest & (step > 0)))
        if not outwards.any():
            return step
        free &= ~outwards


def _off_a_saddle(
    data: Data, way: Way, theta: Floats, observed: Floats, here: Point,
    space: Space, method: Method,
) -> tuple[Floats, Point] | None:
    """A higher point beside one without slope; None where there is none, for it is a maximum."""
    inside = (theta > space.lower) & (theta < space.upper)
    if not inside.any():
        return None
    own = observed[np.ix_(inside, inside)]
    scale = np.sqrt(np.maximum(np.abs(np.diag(own)), RIDGE))
    values, vectors = np.linalg.eigh(own / np.outer(scale, scale))
    if values[0] >= -RIDGE:
        return None
    step = np.zeros(len(theta))
    step[inside] = vectors[:, 0] / scale
    for direction in (step, -step):
        found = _climb(data, way, theta, direction, here.loglik + ROUNDING, space, method)
        if found is not None:
            return found
    return None


def _newton(
    score: Floats, information: Floats, free: Booleans, sizes: Floats
) -> Floats | None:
    """The step among the free parameters, in no direction longer than a few times their sizes.

    Directions without any information are left alone.
    """
    step = np.zeros(len(score))
    own = information[np.ix_(free, free)]
    diagonal = np.diag(own)
    if not free.any() or (diagonal < 0).any():
        return None if free.any() else step
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(own / np.outer(scale, scale))
    if values[0] < -RIDGE:
        return None
    told = values > RIDGE
    along = vectors[:, told].T @ (score[free] / scale) / values[told]
    # where hardly anything is known a long step would be halved, and with it all others
    moves = vectors[:, told] * along / scale[:, None]
    length = (np.abs(moves) / sizes[free][:, None]).max(axis=0, initial=0)
    step[free] = (moves * np.minimum(1, LONGEST / np.maximum(length, LONGEST))).sum(axis=1)
    return step


def _climb(
    data: Data, way: Way, theta: Floats, step: Floats, least: float,
    space: Space, method: Method,
) -> tuple[Floats, Point] | None:
    """The longest of the halved steps that brings the log-likelihood above `least`."""
    share = 1.0
    for _ in range(MOST_HALVINGS):
        new = np.clip(theta + share * step, space.lower, space.upper)
        there = point(data, way(new).c, method)
        if there is not None and there.loglik > least:
            return new, there
        share /= 2
    return None
