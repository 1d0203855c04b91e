"""Answers that hang together as a key says, for the tests of the guards."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.scoring.screen.screen import screen
from tests.reliability_frames import questionnaire, scale, simple

CODES = range(5)
ONE_WAY = simple(6, CODES)                                  # nothing is reversed
MIXED = simple(8, CODES, reversed=(2, 5, 6, 8))             # one scale in both directions
PARTS = questionnaire(                                      # two parts, each in both directions
    CODES, one=scale([1, 3, 5, 7, 9], CODES, reversed=[3, 9]),
    two=scale([2, 4, 6, 8, 10], CODES, reversed=[2, 8]),
)


def answers(
    key: Instrument, people: int = 60, seed: int = 1, strength: float = 0.7, gaps: float = 0.0
) -> pd.DataFrame:
    """Raw answers, one factor a scale; the first scale that holds an item decides."""
    rng = np.random.default_rng(seed)
    table = {}
    codes = np.array(key.response.codes, dtype=float)
    factors = {name: rng.normal(size=people) for name in key.scales}
    homes = {n: name for name in reversed(key.scales) for n in key.scales[name].items}
    cuts = np.linspace(-1.5, 1.5, len(codes) - 1)
    for n in key.items:
        level = rng.normal(size=people)
        if n in homes:
            level = strength * factors[homes[n]] + np.sqrt(1 - strength**2) * level
            level = -level if n in key.scales[homes[n]].reversed else level
        table[f"{key.id}_{n}"] = codes[np.searchsorted(cuts, level)]
    frame = pd.DataFrame(table)
    return frame.mask(rng.random(frame.shape) < gaps)


def shipped(name: str, people: int = 60, seed: int = 1, gaps: float = 0.0) -> pd.DataFrame:
    """Such answers to a shipped key."""
    return answers(load_instrument(name), people, seed, gaps=gaps)


def turned(frame: pd.DataFrame, key: Instrument, *items: int) -> pd.DataFrame:
    """The answers with some items stored the other way round."""
    ends = key.response.low + key.response.high
    columns = [f"{key.id}_{n}" for n in items]
    return frame.assign(**{column: ends - frame[column] for column in columns})


def told(issues: Sequence[Issue]) -> list[tuple[str, str, str | None]]:
    """Rule, severity and column of every Issue that is not about careless answering."""
    return [(issue.rule, issue.severity, issue.column) for issue in issues
            if not issue.rule.startswith("careless")]


def rules(frame: pd.DataFrame, key: Instrument | str, **declared: object) -> list[str]:
    """The rules that `screen` tells, careless answering left out."""
    return [rule for rule, *_ in told(screen(frame, key, **declared))]  # type: ignore[arg-type]
