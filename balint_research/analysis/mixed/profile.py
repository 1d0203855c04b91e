"""Intervals of variances and of the intraclass correlation from the profile of the likelihood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from balint_research.analysis.mixed.fit import GaussianFit
from balint_research.analysis.mixed.maximise import Optimum, Space, Way, maximise, space_of
from balint_research.analysis.mixed.parts import Curve, Floats, curve
from balint_research.analysis.mixed.threads import one_thread
from balint_research.errors import AnalysisError

NORMAL = 1.959963984540054        # 97.5 % point: squared, the 95 % point of chi-square, 1 df
MOST_STEPS = 60
SAME_LOGLIK = 1e-6               # a profile above the maximum by more: that was none
ENOUGH = 1e-8                    # of the log-likelihood: more does not move a limit
LARGEST_SD = 1000.0              # between groups, in units of that within: an ICC of 1 - 1e-6
LARGEST_VARIANCE = 1e6           # in units of the outcome's
FIRST_STEP = 0.2                 # a quarter of it, or of the estimate, is the first step outwards


@dataclass(frozen=True, kw_only=True)
class Share:
    """An estimate with its profile-likelihood interval (95 %)."""

    estimate: float
    low: float
    high: float


def icc(
    fit: GaussianFit, between: Sequence[str], within: Sequence[str], *, interval: bool = True
) -> Share:
    """Intraclass correlation with its 95 % profile-likelihood interval.

        ICC = sum of the variances between / (that sum + sum of the variances within)

    How alike the members of one group are: the share of the variance that lies between groups.

    Parameters
    ----------
    fit : of `fit_gaussian`.
    between : one or two parameters of `fit.variances`: the group, and group x wave.
    within : the variances within groups at that wave: the residual, or person and residual.
    interval : whether to look for the interval, which takes some ten fits; else it is missing.

    Returns
    -------
    `Share`. The interval holds all values whose profile of the (restricted) likelihood lies less
    than 1.92 below the maximum; it starts at 0 where 0 is one of them. With few groups it is wide,
    which is the truth about few groups.

    Raises
    ------
    AnalysisError : an unknown parameter, more than two between, a fit that did not converge, or
        one whose profile cannot be followed.

    Notes
    -----
    Checked against the REML criterion of R lme4 as a function of the ICC.

    Examples
    --------
    >>> import pandas as pd
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> from balint_research.analysis.mixed.terms import RandomEffect
    >>> frame = pd.DataFrame({"y": [1.0, 3, 5, 7, 6, 9], "group": list("aabbcc")})
    >>> fit = fit_gaussian(frame, "y ~ 1", components=[RandomEffect(by="group")])
    >>> found = icc(fit, ["group"], ["residual"])
    >>> f"{found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]"
    '0.702 [0.000, 0.985]'
    """
    inside, outside = _places(fit, between), _places(fit, within)
    if not 1 <= len(inside) <= 2:
        raise AnalysisError("An ICC needs one or two variances between groups.")
    top, rest = float(fit.theta[inside].sum()), float(fit.theta[outside].sum())
    estimate = top / (top + rest)
    if not interval:
        return Share(estimate=estimate, low=np.nan, high=np.nan)

    def at(sd: float) -> tuple[Way, Floats, Space]:
        return _with_icc(fit, inside, outside, sd**2 / (1 + sd**2))

    # by the SD between groups in units of that within, along which the profile bends least
    start = float(np.sqrt(top / rest))
    low, high = (_limit(fit, at, start, end) for end in (0.0, LARGEST_SD))
    return Share(estimate=estimate, low=low**2 / (1 + low**2),
                 high=1.0 if high == LARGEST_SD else high**2 / (1 + high**2))


def profile_interval(fit: GaussianFit, parameter: str) -> Share:
    """A variance of random effects with its 95 % profile-likelihood interval.

    Parameters
    ----------
    fit : of `fit_gaussian`.
    parameter : a variance of `fit.variances` with one parameter of its own (`RandomEffect`,
        `Memberships`).

    Returns
    -------
    `Share`, in the outcome's units squared; `high` is infinite where the likelihood does not fall
    by 1.92 however large the variance.

    Raises
    ------
    AnalysisError : no such variance, a fit that did not converge, or one whose profile cannot be
        followed.

    Notes
    -----
    Checked against R lme4 (``confint(method = "profile")`` of maximum likelihood fits).
    """
    place = _places(fit, [parameter])[0]
    if not fit.variances["random"].to_numpy()[place] or fit.design.parts[
            _part_of(fit, place)].kind != "linear":
        raise AnalysisError(f"'{parameter}' is not a variance of random effects by itself.")
    estimate, units = float(fit.theta[place]), fit.design.scale**2

    def at(value: float) -> tuple[Way, Floats, Space]:
        return _with_value(fit, place, value)

    low, high = (_limit(fit, at, estimate, end) for end in (0.0, LARGEST_VARIANCE))
    return Share(estimate=estimate * units, low=low * units,
                 high=np.inf if high == LARGEST_VARIANCE else high * units)


def _places(fit: GaussianFit, names: Sequence[str]) -> list[int]:
    known = fit.variances["parameter"].tolist()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise AnalysisError(
            f"{', '.join(unknown)}: no such parameter. There are: {', '.join(known)}.")
    if not fit.converged:
        raise AnalysisError("The fit did not converge, so it has no profile.")
    return [known.index(name) for name in names]


def _part_of(fit: GaussianFit, place: int) -> int:
    ends = np.cumsum([part.parameters for part in fit.design.parts])
    return int(np.searchsorted(ends, place, side="right"))


Constrained = Callable[[float], tuple[Way, Floats, Space]]


def _limit(fit: GaussianFit, at: Constrained, estimate: float, end: float) -> float:
    """Where the profile has fallen by 1.92 between the estimate and the end; the end if nowhere."""
    from scipy.optimize import brentq

    seen = {estimate: -NORMAL}   # a search from elsewhere might end at another hill
    fall = _remembered(_fall(fit, at), seen)
    least, most = estimate, end
    if end < estimate:
        if fall(end) <= 0:
            return end
        least, most = end, estimate
    else:   # the end is far: from the estimate outwards, twice as far each time
        reach = max(estimate, FIRST_STEP) / 4
        while estimate + reach < end and fall(estimate + reach) <= 0:
            least, reach = estimate + reach, 2 * reach
        most = min(estimate + reach, end)
        if most == end and fall(end) <= 0:
            return end
    return float(brentq(fall, least, most, xtol=1e-8, rtol=1e-7))


def _remembered(
    function: Callable[[float], float], seen: dict[float, float]
) -> Callable[[float], float]:
    """The function, computed once for each value."""
    def look(value: float) -> float:
        if value not in seen:
            seen[value] = function(value)
        return seen[value]

    return look


def _fall(fit: GaussianFit, at: Constrained) -> Callable[[float], float]:
    """sqrt(2 (maximum - profile)) - 1.96 at a value, which is nearly straight.

    Each search starts where the last one ended.
    """
    start: list[Floats] = []
    highest = _loglik_of_fit(fit)

    def fall(value: float) -> float:
        way, begin, room = at(value)
        with one_thread():
            best: Optimum | None = None
            for first in (*start[-1:], begin):
                inside = np.clip(first, room.lower, room.upper)
                best = maximise(fit.design.data, way, inside, room, fit.method, enough=ENOUGH,
                                most_steps=MOST_STEPS)
                if best is not None and best.converged:
                    break
        if best is None or not best.converged or best.point.loglik > highest + SAME_LOGLIK:
            raise AnalysisError(
                "The profile of the likelihood cannot be followed: the data are too few for the "
                "residual of this model.")
        start.append(best.theta)
        return float(np.sqrt(max(2 * (highest - best.point.loglik), 0.0))) - NORMAL

    return fall


def _loglik_of_fit(fit: GaussianFit) -> float:
    """The largest log-likelihood in the units of the fit."""
    made = fit.design
    df = made.data.n - made.data.p if fit.method == "reml" else made.data.n
    back = made.log_det_back if fit.method == "reml" else 0.0
    return fit.loglik + df * float(np.log(made.scale)) + back


def _with_value(
    fit: GaussianFit, place: int, value: float
) -> tuple[Way, Floats, Space]:
    """All parameters but one, which has this value."""
    parts, others = fit.design.parts, np.delete(np.arange(len(fit.theta)), place)
    room = space_of(parts)

    def way(phi: Floats) -> Curve:
        whole = curve(parts, np.insert(phi, place, value))
        bend = None if whole.bend is None else whole.bend[:, others][:, :, others]
        return Curve(whole.c, whole.jacobian[:, others], bend)

    return way, fit.theta[others], Space(room.lower[others], room.upper[others],
                                         room.sizes[others])


def _with_icc(
    fit: GaussianFit, inside: Sequence[int], outside: Sequence[int], ratio: float
) -> tuple[Way, Floats, Space]:
    """All parameters but the variances between, which follow from the ICC and those within.

    With two variances between, a last parameter (0 to 1) shares their sum among them.
    """
    parts, k = fit.design.parts, len(fit.theta)
    others = np.array([i for i in range(k) if i not in inside])
    within = np.isin(others, outside).astype("float64")
    factor = ratio / (1 - ratio)
    room, begin = space_of(parts), fit.theta[others]
    lower, upper, sizes = room.lower[others], room.upper[others], room.sizes[others]
    two = len(inside) == 2
    if two:
        top = fit.theta[list(inside)]
        share = float(top[0] / top.sum()) if top.sum() > 0 else 0.5
        begin, lower, upper, sizes = (np.append(side, x) for side, x in (
            (begin, share), (lower, 0.0), (upper, 1.0), (sizes, 1.0)))

    def way(phi: Floats) -> Curve:
        theta, jacobian, bend = np.zeros(k), np.zeros((k, len(phi))), None
        theta[others] = phi[:len(others)]
        jacobian[others, np.arange(len(others))] = 1.0
        total = factor * float(within @ phi[:len(others)])
        shares = (phi[-1], 1 - phi[-1]) if two else (1.0,)
        for place, own in zip(inside, shares, strict=True):
            theta[place] = total * own
            jacobian[place, :len(others)] = factor * own * within
        if two:
            jacobian[list(inside), -1] = total, -total
            bend = np.zeros((k, len(phi), len(phi)))
            for place, sign in zip(inside, (1.0, -1.0), strict=True):
                bend[place, -1, :len(others)] = bend[place, :len(others), -1] = (
                    sign * factor * within)
        return _composed(curve(parts, theta), jacobian, bend)

    return way, begin, Space(lower, upper, sizes)


def _composed(outer: Curve, jacobian: Floats, bend: Floats | None) -> Curve:
    """c(theta(phi)) by the chain rule."""
    both = None
    if outer.bend is not None:
        both = np.einsum("mij,ia,jb->mab", outer.bend, jacobian, jacobian)
    if bend is not None:
        own = np.einsum("mi,iab->mab", outer.jacobian, bend)
        both = own if both is None else both + own
    return Curve(outer.c, outer.jacobian @ jacobian, both)
