"""Which of many ways to score gives the figures of a paper, and how much that says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from balint_research.scoring.reproduce.figures import Sheet, figures
from balint_research.scoring.reproduce.printed import Printed
from balint_research.scoring.reproduce.ways import (
    Request,
    Way,
    declared_way,
    single_changes,
    two_changes,
)

Prints = Mapping[str, Printed]

SAME_DISTANCE = 1e-9
NOTHING_KNOWN = 1.0   # distance of a figure that a way does not have


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A way to score and how near its figures come.

    Attributes
    ----------
    agrees_on : the published figures that it reproduces to the printed digits.
    distance : 0 where it reproduces all; else the root mean square over the published figures.
    same : the words of other ways with the same figures.
    """

    way: Way
    figures: Mapping[str, float]
    agrees_on: tuple[str, ...]
    distance: float
    same: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return " + ".join(change.what for change in self.way.changes) or "as declared"


@dataclass(frozen=True, kw_only=True)
class Search:
    """What came of it for one scale.

    Attributes
    ----------
    declared : the scale as it is scored here.
    ways : every single change, and those two changes that reproduce every figure; best first.
    ranks : their ranks; ways that the figures do not tell apart share one.
    tried : number of ways with figures of their own, beside the declared one.
    by_chance : how many other ways have the printed figures of a way, on average.
    pairs : whether two changes were tried, too.
    """

    declared: Tried
    ways: Sequence[Tried]
    ranks: Sequence[int]
    tried: int
    by_chance: float
    pairs: bool

    @property
    def complete(self) -> list[Tried]:
        """The ways, beside the declared one, that reproduce every published figure."""
        return [one for one in self.ways if one.distance == 0 and one.way.changes]


def search(request: Request, sheet: Sheet, published: Prints) -> Search:
    """Every single change; where none reproduces all figures, two changes at once."""
    start = declared_way(request.name, request.key)
    declared = _tried(start, sheet, published)
    changes = single_changes(request)
    found = _distinct((start.changed(change) for change in changes), declared, sheet, published)
    pairs = not any(one.distance == 0 for one in found)
    every = found
    if pairs:
        more = (start.changed(*two) for two in two_changes(changes, request))
        every = _distinct(more, declared, sheet, published, known=found)
    ways = [one for one in every if one.way.steps < 2 or one.distance == 0]
    ways.sort(key=lambda one: (-len(one.agrees_on), one.distance, one.way.steps))
    return Search(
        declared=declared, ways=ways, ranks=_ranks(ways), tried=len(every) - 1,
        by_chance=_by_chance([one.figures for one in every], published), pairs=pairs,
    )


def _distinct(
    ways: Iterable[Way], declared: Tried, sheet: Sheet, published: Prints,
    known: Sequence[Tried] = (),
) -> list[Tried]:
    """The ways known, and those with figures of their own; one without any adds its words."""
    found = {_signature(one.figures): one for one in (known or [declared])}
    for way in ways:
        tried = _tried(way, sheet, published)
        if np.isnan(tried.figures["mean"]):   # fewer than five forms: nothing to see
            continue
        first = found.setdefault(_signature(tried.figures), tried)
        if first is not tried and first.way.steps == way.steps:
            found[_signature(tried.figures)] = replace(first, same=(*first.same, tried.words))
    return list(found.values())


def _signature(found: Mapping[str, float]) -> tuple[str, ...]:
    """Figures that differ in their last bits only are the same figures."""
    return tuple(f"{value:.9g}" for value in found.values())


def _tried(way: Way, sheet: Sheet, published: Prints) -> Tried:
    mine = figures(way, sheet)
    agrees = tuple(name for name, printed in published.items() if printed.agrees(mine[name]))
    off = [0.0 if name in agrees else _distance(name, mine, published) for name in published]
    return Tried(way=way, figures=mine, agrees_on=agrees,
                 distance=float(np.sqrt(np.mean(np.square(off)))))


def _distance(name: str, mine: Mapping[str, float], published: Prints) -> float:
    """How far a figure lies off: in SD, of alpha as it is, of SD and n as a share of the printed.
    """
    off = abs(mine[name] - published[name].value)
    if np.isnan(off):
        return NOTHING_KNOWN
    if name == "alpha":
        return off
    spread = published["sd"].value if "sd" in published else mine["sd"]
    return off / ((published[name].value if name == "n" else spread) or 1.0)


def _ranks(ways: Sequence[Tried]) -> list[int]:
    """Places of a list in order; what cannot be told apart shares the best of its places."""
    ranks: list[int] = []
    for place, one in enumerate(ways):
        tied = place > 0 and (
            len(ways[place - 1].agrees_on) == len(one.agrees_on)
            and one.distance - ways[place - 1].distance < SAME_DISTANCE)
        ranks.append(ranks[-1] if tied else place + 1)
    return ranks


def _by_chance(ways: Sequence[Mapping[str, float]], published: Prints) -> float:
    """How many other ways have the figures of a way, on average, in the printed digits.

    Every figure falls into a cell as wide as a unit of the last printed digit; ways in one cell of
    all figures cannot be told apart on paper.
    """
    values = np.array([[one[name] for name in published] for one in ways])
    known = values[~np.isnan(values).any(axis=1)]
    middle = np.array([printed.value for printed in published.values()])
    half = np.array([printed.reach for printed in published.values()])
    cells = np.floor((known - middle) / (2 * half) + 0.5)
    _, together = np.unique(cells, axis=0, return_counts=True)
    return float((together * (together - 1)).sum() / len(ways))
