"""Synthetic codes with known truth: how often a linking is right, wrong or misses somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.study.link.elements import Element
from balint_research.study.link.link import LinkReport

# Shares of what goes wrong in an element that is not given as before. An assumption: published
# rates say how often, not how.
OTHER_VALUE, SLIP = 0.4, 0.3    # the rest is left empty
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a synthetic element is drawn: how many `different` values, the k-th with 1 / k**skew."""

    element: str
    different: int
    skew: float = 0.0


# The illustration of the design notes: 30, 15, 3, 18 values, and 12, 2, 10 added. Days and months
# are about as frequent as each other; initials and numbers of siblings are not.
FOUR: Mapping[str, Drawn] = {
    "birth_day": Drawn("day:1-31", 30),
    "mother": Drawn("letters:1", 15, 0.7),
    "siblings": Drawn("number:0-15", 3, 0.7),
    "birth_place": Drawn("letters:1", 18, 0.7),
}
SEVEN: Mapping[str, Drawn] = {
    **FOUR,
    "birth_month": Drawn("month", 12),
    "handedness": Drawn("letters:1", 2, 2.0),
    "house_digit": Drawn("number:0-99", 10),
}


@dataclass(frozen=True)
class SimulatedCodes:
    """`waves`: a table of codes a wave; `truth`: ``person wave row``, who wrote each row.

    The waves are called ``wave1``, ``wave2`` ...
    """

    waves: tuple[pd.DataFrame, ...]
    truth: pd.DataFrame
    elements: Mapping[str, str]


def simulate_codes(
    people: int, *, drawn: Mapping[str, Drawn] = SEVEN, waves: int = 2, errors: float = 0.03,
    dropout: float = 0.2, seed: int | None = None,
) -> SimulatedCodes:
    """Codes of people who were never there.

    Parameters
    ----------
    people : how many there are; each is missing at each wave with the chance `dropout`.
    drawn : the elements of the code.
    errors : the chance that an element is not written as it is, at each wave: another value
        (40 %), one slip of the pen (30 %), or nothing (30 %). With 3 % and seven elements two
        codes of one person are identical in about two of three.
    seed : makes it reproducible.

    Examples
    --------
    >>> made = simulate_codes(40, errors=0, dropout=0, seed=1)
    >>> made.waves[0].shape, list(made.truth.columns)
    ((40, 7), ['person', 'wave', 'row'])
    """
    random = np.random.default_rng(seed)
    true = {name: random.choice(_values(how), size=people, p=_chances(how))
            for name, how in drawn.items()}
    tables, truth = [], []
    for wave in range(1, waves + 1):
        there = random.permutation(np.flatnonzero(random.random(people) >= dropout))
        tables.append(pd.DataFrame({
            name: _written(true[name][there], drawn[name], errors, random) for name in drawn}))
        truth.append(pd.DataFrame({"person": there, "wave": f"wave{wave}",
                                   "row": np.arange(len(there))}))
    return SimulatedCodes(tuple(tables), pd.concat(truth, ignore_index=True),
                          {name: how.element for name, how in drawn.items()})


def linkage_rates(report: LinkReport, truth: pd.DataFrame) -> pd.DataFrame:
    """``wave_a wave_b possible right wrong missed``, numbers of pairs for each two waves.

    `possible` are the people who were at both waves, `right` those of them who were linked,
    `missed` the others; `wrong` are links of rows that two people wrote.
    """
    known = report.links.merge(truth, on=["wave", "row"], validate="one_to_one")
    rows = []
    for pair in report.per_pair_of_waves[["wave_a", "wave_b"]].itertuples(index=False):
        one, other = (known[known["wave"] == wave] for wave in pair)
        linked = one.merge(other, on="participant")
        right = int((linked["person_x"] == linked["person_y"]).sum())
        possible = int(one["person"].isin(other["person"]).sum())
        rows.append((*pair, possible, right, len(linked) - right, possible - right))
    return pd.DataFrame(rows, columns=["wave_a", "wave_b", "possible", "right", "wrong", "missed"])


def _values(how: Drawn) -> list[str]:
    element = Element.parse(how.element)
    if element.kind == "letters":
        return list(_LETTERS[:how.different])
    low = element.low or 0
    return [str(low + k) for k in range(how.different)]


def _chances(how: Drawn) -> Any:
    weights = 1 / np.arange(1, how.different + 1) ** how.skew
    return weights / weights.sum()


def _written(true: Any, how: Drawn, errors: float, random: np.random.Generator) -> Any:
    """What people write: mostly what is true."""
    wrong = random.random(len(true)) < errors
    kind = random.random(len(true))
    others = random.choice(_values(how), size=len(true), p=_chances(how))
    written = np.where(wrong & (kind < OTHER_VALUE), others, true).astype(object)
    for place in np.flatnonzero(wrong & (kind >= OTHER_VALUE)):
        slip = kind[place] < OTHER_VALUE + SLIP
        written[place] = _slip(str(true[place]), random) if slip else None
    return written


def _slip(text: str, random: np.random.Generator) -> str:
    """Two neighbours changed places, or one sign replaced by another of its kind."""
    if len(text) > 1 and random.random() < 0.5:
        place = int(random.integers(len(text) - 1))
        return text[:place] + text[place + 1] + text[place] + text[place + 2:]
    place = int(random.integers(len(text)))
    signs = "0123456789" if text[place].isdigit() else _LETTERS
    return text[:place] + signs[int(random.integers(len(signs)))] + text[place + 1:]
