"""Pairs of rows whose codes agree in all elements, or in all but one or two.

Rows meet by a key of the elements that must agree, left out one or two at a time, so that not
every row is compared with every other.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from rapidfuzz.distance import OSA

from balint_research.study.contracts import LINKED
from balint_research.study.link.codes import MISSING, Bools, Codes, Ints, keys

LEVELS = LINKED[:4]  # the surest first; what a person decided and single rows are no level
EXACT, ONE_EDIT, ONE_ELEMENT, TWO_ELEMENTS = range(4)
# More pairs of different people than this take long and much memory to look at. A code that makes
# so many links nobody safely.
MOST_PAIRS = 1_000_000
_LEAST_LETTERS = 2  # one edit of a single sign is another value altogether


@dataclass(frozen=True)
class Near:
    """Candidate pairs: places of the rows in both waves, level, and what speaks against.

    `element` is the element that differs or is missing at the levels of one, else -1. `against`
    says that constants contradict each other (only where the codes are equal: else such a pair is
    no candidate).
    """

    first: Ints
    second: Ints
    level: Ints
    element: Ints
    against: Bools

    def __len__(self) -> int:
        return len(self.first)

    def at(self, which: Bools) -> "Near":
        """Some of the pairs."""
        return Near(self.first[which], self.second[which], self.level[which],
                    self.element[which], self.against[which])


def available(elements: int, constants: int) -> tuple[int, ...]:
    """The levels that a code of so many elements can have: more than half of it must agree."""
    levels = [EXACT]
    if 2 * (elements - 1) > elements:
        levels += [ONE_EDIT, ONE_ELEMENT]
    if 2 * (elements - 2) > elements and constants:
        levels.append(TWO_ELEMENTS)
    return tuple(levels)


def candidates(
    a: Codes, b: Codes | None, level: int, spellings: tuple[tuple[str, ...], ...]
) -> Near | None:
    """Every pair of rows up to a level, between two waves or (without `b`) within one.

    None where there are more pairs than can be looked at.
    """
    other = a if b is None else b
    differing = {EXACT: 0, ONE_EDIT: 1, ONE_ELEMENT: 1, TWO_ELEMENTS: 2}[level]
    met = _agreeing(a.codes, other.codes, differing, within=b is None)
    if met is None:
        return None
    first, second = met
    left, right = a.codes[first], other.codes[second]
    agree = (left == right) & (left != MISSING)
    apart = left.shape[1] - agree.sum(axis=1)
    element = np.where(apart == 1, np.argmin(agree, axis=1), -1) if len(first) else first
    levels = np.where(apart == 0, EXACT, np.where(apart == 1, ONE_ELEMENT, TWO_ELEMENTS))
    levels[(apart == 1) & _edits(left, right, element, spellings)] = ONE_EDIT
    before, after = a.constants[first], other.constants[second]
    against = ((before != after) & (before != MISSING) & (after != MISSING)).any(axis=1)
    same = ((before == after) & (before != MISSING)).all(axis=1) & bool(before.shape[1])
    keep = ((levels <= level) & ~(against & (levels > EXACT))
            & ((levels < TWO_ELEMENTS) | same))
    return Near(first, second, levels, element, against).at(keep)


def one_edit(one: str, other: str) -> bool:
    """Whether one sign was added, left out or changed, or two neighbours changed places.

    Examples
    --------
    >>> one_edit("12", "21"), one_edit("MARIE", "MARIA"), one_edit("7", "17"), one_edit("7", "8")
    (True, True, True, False)
    """
    return (max(len(one), len(other)) >= _LEAST_LETTERS
            and OSA.distance(one, other, score_cutoff=1) == 1)


def _agreeing(a: Ints, b: Ints, differing: int, *, within: bool) -> tuple[Ints, Ints] | None:
    """Places of the rows that agree in all elements but at most so many."""
    width = a.shape[1]
    both = np.vstack([a, b])
    sets = []
    for columns in combinations(range(width), max(width - differing, 0)):
        if columns:
            key = keys(both, columns)  # one numbering for both waves
            sets.append((key[:len(a)], key[len(a):]))
    own = len(sets) * max(len(a), len(b))  # of a row with itself, or of one person's two rows
    if sum(_count(one, other) for one, other in sets) > MOST_PAIRS + own:
        return None
    numbers = [_join(one, other) for one, other in sets]
    once = np.unique(np.concatenate([first * len(b) + second for first, second in numbers])
                     if numbers else np.zeros(0, dtype=np.int64))
    first, second = once // max(len(b), 1), once % max(len(b), 1)
    keep = first < second if within else np.ones(len(once), dtype=bool)
    return first[keep], second[keep]


def _count(one: Ints, other: Ints) -> int:
    """How many pairs of rows have one key."""
    there, times = np.unique(one[one != MISSING], return_counts=True)
    sorted_other = np.sort(other[other != MISSING])
    found = (np.searchsorted(sorted_other, there, side="right")
             - np.searchsorted(sorted_other, there, side="left"))
    return int((times * found).sum())


def _join(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Places of all pairs of rows with one key."""
    mine, theirs = np.flatnonzero(one != MISSING), np.flatnonzero(other != MISSING)
    theirs = theirs[np.argsort(other[theirs], kind="stable")]
    low = np.searchsorted(other[theirs], one[mine], side="left")
    times = np.searchsorted(other[theirs], one[mine], side="right") - low
    starts = np.repeat(low - np.concatenate([[0], np.cumsum(times)[:-1]]), times)
    return np.repeat(mine, times), theirs[starts + np.arange(times.sum())]


def _edits(
    left: Ints, right: Ints, element: Ints, spellings: tuple[tuple[str, ...], ...]
) -> Bools:
    """Which pairs differ in one element, and there by one edit or transposition only."""
    edited = np.zeros(len(element), dtype=bool)
    for column, words in enumerate(spellings):
        here = np.flatnonzero(element == column)
        one, other = left[here, column], right[here, column]
        full = (one != MISSING) & (other != MISSING)
        here, one, other = here[full], one[full], other[full]
        if not len(here):
            continue
        pairs, place = np.unique(one * len(words) + other, return_inverse=True)
        close = np.array([one_edit(words[pair // len(words)], words[pair % len(words)])
                          for pair in pairs.tolist()], dtype=bool)
        edited[here] = close[place]
    return edited
