"""Figures far from every published one: a wrong coding or direction often shows nowhere else."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument, Norm
from balint_research.scoring.reliability.coefficients import alpha
from balint_research.scoring.screen.rules import guard

FAR_MEAN = 2.0     # SD of the reference
FAR_ALPHA = 0.15
FEWEST = 20        # complete forms: fewer may be far by chance


def reference_issues(keyed: Mapping[str, pd.DataFrame], key: Instrument) -> Iterator[Issue]:
    """Scales whose mean or alpha is far from every verified reference of the key, with its name.

    `keyed` are the answers as each scale adds them up (`KeyedAnswers.scales`); forms with a gap are
    left out.
    """
    for name, answers in keyed.items():
        norms = [norm for norm in key.reference.norms if norm.scale == name]
        complete = answers.dropna()
        if norms and len(complete) >= FEWEST:
            yield from _far_mean(complete, norms, name, key)
            yield from _far_alpha(complete, norms, name, key)


def _far_mean(
    complete: pd.DataFrame, norms: list[Norm], name: str, key: Instrument
) -> Iterator[Issue]:
    known = [(norm, norm.mean, norm.sd) for norm in norms
             if norm.mean is not None and norm.sd is not None]
    scale = key.scales[name]
    factor = scale.multiply if scale.score == "sum" else 1 / len(scale.items)
    mean = float(complete.sum(axis=1).mean()) * factor
    if known and all(abs(mean - centre) > FAR_MEAN * sd for _, centre, sd in known):
        told = "; ".join(f"{centre:g} (SD {sd:g}) in {_who(norm)}" for norm, centre, sd in known)
        yield guard("far_mean", scale=f"{key.label} {scale.name}",
                    evidence=f"mean {mean:z.2f}, n {len(complete)}; published: {told}")


def _far_alpha(
    complete: pd.DataFrame, norms: list[Norm], name: str, key: Instrument
) -> Iterator[Issue]:
    known = [(norm, bounds) for norm in norms if (bounds := _alpha_bounds(norm)) is not None]
    if not known or complete.shape[1] < 2:
        return
    own = alpha(np.cov(complete.to_numpy(), rowvar=False))
    if all(own < low - FAR_ALPHA or own > high + FAR_ALPHA for _, (low, high) in known):
        told = "; ".join(f"{low:g}" + (f" to {high:g}" if high != low else "") + f" in {_who(norm)}"
                         for norm, (low, high) in known)
        yield guard("far_alpha", scale=f"{key.label} {key.scales[name].name}",
                    evidence=f"alpha {own:z.2f}, n {len(complete)}; published: {told}")


def _alpha_bounds(norm: Norm) -> tuple[float, float] | None:
    if norm.alpha_range is not None:
        return norm.alpha_range
    return None if norm.alpha is None else (norm.alpha, norm.alpha)


def _who(norm: Norm) -> str:
    return norm.population + (f", n {norm.n}" if norm.n else "")
