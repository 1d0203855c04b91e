"""Complementary suppression: what else must go so that no small cell can be computed back."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

Cell = TypeVar("Cell", bound=Hashable)
NEAR = 1e-6   # people; what the solver of linear programs leaves over


def taken_out(
    counts: Mapping[Cell, float], small: Iterable[Cell], sums: Iterable[Sequence[Cell]],
    smallest: int,
) -> set[Cell]:
    """The small cells, and enough others that nobody can work a small one out.

    Parameters
    ----------
    counts : cell -> its number of people.
    small : the cells that must not be shown, whatever else is.
    sums : sets of cells of which the reader knows the total, because it is shown or follows from
        another table. A cell may belong to several sums, or to none.
    smallest : the fewest people that may be shown (k).

    Returns
    -------
    set : the cells to take out. With all totals and all other cells known, each of them can be
        any number from 0 to k at least; a complementary one lies in an interval of at least k.
        Where the totals alone leave less room (one of them is smaller than k), all their cells go;
        whoever calls must not show such totals.

    Notes
    -----
    Greedy: as long as a cell is not safe, the smallest other one of its sums goes too, an empty one
    last. The bounds are those of `bounds`. Checked by linear programming written a second time, and
    by counting through every table of small numbers that fits what is shown.

    Examples
    --------
    An arm of 40 in five groups: 3 would follow from the other four, so 7 goes as well.

    >>> groups = dict(zip("abcde", (10, 10, 10, 7, 3), strict=True))
    >>> sorted(taken_out(groups, "e", [list("abcde")], 5))
    ['d', 'e']
    """
    taken = set(small)
    for together in _linked([tuple(one) for one in sums]):
        hard = {cell for one in together for cell in one if cell in taken}
        taken |= _among(counts, hard, together, smallest) if hard else hard
    return taken


def _among(
    counts: Mapping[Cell, float], hard: set[Cell], sums: Sequence[Sequence[Cell]], smallest: int
) -> set[Cell]:
    """The same among sums that hang together."""
    taken = set(hard)
    while True:
        spans = bounds(counts, taken, sums)
        unsafe = [cell for cell in taken if not _safe(cell, spans[cell], counts, sums, smallest,
                                                      cell in hard)]
        others = {cell for one in sums for cell in one if any(bad in one for bad in unsafe)}
        others -= taken
        if not others:
            return taken
        taken.add(min(others, key=lambda cell: (counts[cell] == 0, counts[cell], str(cell))))


def bounds(
    counts: Mapping[Cell, float], taken: Iterable[Cell], sums: Iterable[Sequence[Cell]]
) -> dict[Cell, tuple[float, float]]:
    """The least and the most people each taken cell can have, by all that is left to see.

    Cells of one sum only have a closed form (0 to the sum of what was taken); sums that share a
    taken cell are solved together as linear programs.
    """
    gone = set(taken)
    open_sums = [tuple(cell for cell in one if cell in gone) for one in sums]
    open_sums = [one for one in open_sums if one]
    spans: dict[Cell, tuple[float, float]] = dict.fromkeys(gone, (0.0, np.inf))
    for together in _linked(open_sums):
        if len(together) == 1:
            total = sum(counts[cell] for cell in together[0])
            alone = len(together[0]) == 1
            spans |= dict.fromkeys(together[0], (total if alone else 0.0, total))
        else:
            spans |= _solved(counts, together)
    return spans


def _safe(
    cell: Cell, span: tuple[float, float], counts: Mapping[Cell, float],
    sums: Sequence[Sequence[Cell]], smallest: int, hard: bool,
) -> bool:
    """Whether the bounds of a cell are wide enough; a known total may leave less room than k."""
    room = min([sum(counts[part] for part in one) for one in sums if cell in one],
               default=np.inf)
    enough = min(smallest, room) - NEAR
    low, high = span
    return (low <= NEAR and high >= enough) if hard else high - low >= enough


def _linked(sums: Sequence[tuple[Cell, ...]]) -> list[list[tuple[Cell, ...]]]:
    """Sums that share a cell, together; the same sum twice counts once."""
    of: dict[Cell, list[tuple[Cell, ...]]] = {}   # the part that a cell belongs to
    for one in dict.fromkeys(sums):
        parts = {id(of[cell]): of[cell] for cell in one if cell in of}.values()
        part = [one, *(other for touching in parts for other in touching)]
        of |= dict.fromkeys((cell for other in part for cell in other), part)
    return list({id(part): part for part in of.values()}.values())


def _solved(
    counts: Mapping[Cell, float], sums: Sequence[tuple[Cell, ...]]
) -> dict[Cell, tuple[float, float]]:
    """Least and most of every cell of these sums, by linear programming over numbers >= 0."""
    from scipy.optimize import linprog

    cells = list(dict.fromkeys(cell for one in sums for cell in one))
    matrix = np.array([[float(cell in one) for cell in cells] for one in sums])
    totals = np.array([sum(counts[cell] for cell in one) for one in sums], dtype=float)
    spans = {}
    for place, cell in enumerate(cells):
        aim = np.zeros(len(cells))
        aim[place] = 1.0
        least, most = (float(linprog(sign * aim, A_eq=matrix, b_eq=totals,
                                     bounds=(0, None)).fun or 0.0) for sign in (1.0, -1.0))
        spans[cell] = (least, -most)
    return spans
