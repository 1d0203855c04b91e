"""How many wrong links must be expected, and which tolerance that allows.

The chance that two different people agree is taken from the user's own codes in two ways, and the
larger counts: from the frequencies of each element, as if the elements were independent, and from
the pairs of rows within a wave that are alike, who are different people. A level can link wrongly
only rows that no surer level has linked, so it is these rows that are counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from balint_research.study.link.accept import unique_links
from balint_research.study.link.codes import MISSING, Coded, Codes, Ints
from balint_research.study.link.elements import Element
from balint_research.study.link.near import (
    EXACT,
    LEVELS,
    ONE_EDIT,
    ONE_ELEMENT,
    TWO_ELEMENTS,
    available,
    candidates,
)

_BLOCK = 2000        # distinct values whose distances are held at once
_MOST_CONSTANTS = 2000


@dataclass(frozen=True)
class Chances:
    """For each element the chance that two different people agree, and that they are one edit off.

    `free` is the chance that no known constant contradicts, `same` that all are known and equal.
    """

    agree: tuple[float, ...]
    edit: tuple[float, ...]
    free: float = 1.0
    same: float = 1.0


def false_candidates(
    agreement: Sequence[float], first: int, second: int | None = None, *, differing: int = 0
) -> float:
    """Expected pairs of different people whose codes agree in all but `differing` elements or more.

    Parameters
    ----------
    agreement : for each element the chance that two different people agree; 1/30 for an element
        with 30 equally frequent values.
    first, second : number of people at both waves; as many at the second, where not given. The
        people of the smaller wave are taken to be at both.
    differing : how many elements may differ.

    Returns
    -------
    ``(first * second - min(first, second)) * P(at least so many elements agree)``, elements
    independent. Checked against the table of the design notes and by counting in R.

    Examples
    --------
    >>> f"{false_candidates([1 / 30, 1 / 15, 1 / 3, 1 / 18], 150, differing=1):.1f}"
    '57.9'
    """
    other = first if second is None else second
    exactly = _number_agreeing(agreement)
    pairs = first * other - min(first, other)
    return pairs * math.fsum(exactly[max(len(agreement) - differing, 0):])


def chances(coded: Coded, a: Codes, b: Codes) -> Chances:
    """The chances of two waves, from the rows of both.

    One pair is added to those that agree, so that an element that never agreed in a few rows does
    not count as if it never could; and an element with k possible values agrees in at least 1/k.
    """
    agree, edit = [], []
    for column, element in enumerate(coded.elements.values()):
        counts = [_counts(wave.codes[:, column], len(coded.spellings[column])) for wave in (a, b)]
        present = [count.sum() / max(len(wave), 1)
                   for count, wave in zip(counts, (a, b), strict=True)]
        together = float(present[0] * present[1])
        q = agreement(counts, element)
        d = _edit_chance(counts, coded.spellings[column])
        agree.append(together * q)
        edit.append(together * min(d, 1 - q))
    free, same = _constants(a, b)
    return Chances(tuple(agree), tuple(edit), free, same)


def agreement(counts: Sequence[Ints], element: Element) -> float:
    """The chance that two different people who both gave the element gave the same."""
    pairs = sum(_pairs(count.sum()) for count in counts)
    alike = sum(float((count * (count - 1)).sum()) / 2 for count in counts)
    least = 1 / element.possible if element.possible else 0.0
    return min(max((alike + 1) / (pairs + 1), least), 1.0)


def expected_table(
    coded: Coded, a: Codes, b: Codes, *, budget: float, highest: int
) -> tuple[pd.DataFrame, int]:
    """``wave_a wave_b level agreement by_frequencies by_near_pairs open_a open_b expected share
    allowed used``, and the level that is used.

    `by_frequencies` and `by_near_pairs` are candidate pairs of different people among all rows, at
    this level or a surer one; `agreement` is the larger of both as a share of all such pairs.
    `open_a` and `open_b` are the rows that no surer level has linked. `expected` is an upper limit
    of the wrong links up to this level: identical codes among all rows, and what each further
    level adds among the rows that are open to it. (One edit and one element are open to the same
    rows, because they compete.) `share` divides it by the pairs that are possible, the rows of the
    smaller wave. A level is used when it and every surer one are within the budget, and it is not
    above `highest`. Identical codes are always used.
    """
    possible = min(len(a), len(b))
    pairs = len(a) * len(b) - possible
    levels = available(len(coded.elements), a.constants.shape[1])
    free = _by_frequencies(chances(coded, a, b))
    seen = _by_near_pairs(a, b, levels[-1], coded.spellings)
    rates = [max(one, other) if level in levels else one
             for level, (one, other) in enumerate(zip(free, seen, strict=True))]
    opened, expected, allowed = [(len(a), len(b))], [pairs * rates[EXACT]], list[bool]()
    used = EXACT
    for level in range(len(LEVELS)):
        if level > EXACT:
            opened.append(opened[-1] if level == ONE_ELEMENT else _open(coded, a, b, used))
            # one edit is part of one element: both add to what identical codes let expect
            surer = EXACT if level < TWO_ELEMENTS else ONE_ELEMENT
            more = rates[level] - rates[surer] if math.isfinite(rates[level]) else math.inf
            expected.append(expected[surer] + opened[-1][0] * opened[-1][1] * more
                            if opened[-1][0] * opened[-1][1] else expected[surer])
        within = all(allowed) and level in levels and expected[-1] <= budget * possible
        allowed.append(within)
        if within and level <= highest:
            used = level
    table = pd.DataFrame({
        "wave_a": a.name, "wave_b": b.name, "level": LEVELS, "agreement": rates,
        "by_frequencies": [pairs * rate for rate in free],
        "by_near_pairs": [pairs * rate if level in levels else math.nan
                          for level, rate in enumerate(seen)],
        "open_a": [rows for rows, _ in opened], "open_b": [rows for _, rows in opened],
        "expected": expected,
        "share": [number / possible if possible else math.nan for number in expected],
        "allowed": allowed, "used": np.arange(len(LEVELS)) <= used,
    })
    return table, used


def _open(coded: Coded, a: Codes, b: Codes, level: int) -> tuple[int, int]:
    """How many rows of both waves are not linked up to a level."""
    near = candidates(a, b, level, coded.spellings)
    linked = len(unique_links(near, a, b, level)[0]) if near is not None else 0
    return len(a) - linked, len(b) - linked


def _number_agreeing(agreement: Sequence[float]) -> list[float]:
    """The chance that exactly 0, 1, 2 ... elements agree, elements independent."""
    exactly = [1.0]
    for p in agreement:
        exactly = [p * fewer + (1 - p) * same
                   for fewer, same in pairwise([0.0, *exactly, 0.0])]
    return exactly


def _by_frequencies(chance: Chances) -> tuple[float, float, float, float]:
    """The chance that two different people are a candidate pair at each level or a stricter one."""
    exactly = _number_agreeing(chance.agree)
    number = len(chance.agree)
    equal = exactly[number]
    edited = equal + math.fsum(
        d * math.prod(chance.agree[:i] + chance.agree[i + 1:]) for i, d in enumerate(chance.edit))
    one = equal + exactly[number - 1]
    two = chance.free * one + chance.same * (exactly[number - 2] if number > 1 else 0.0)
    return (chance.free * equal, chance.free * min(edited, one), chance.free * one, two)


def _by_near_pairs(
    a: Codes, b: Codes, highest: int, spellings: tuple[tuple[str, ...], ...]
) -> tuple[float, float, float, float]:
    """The same chance, as the share of the pairs within both waves that are alike."""
    counted = np.zeros(len(LEVELS))
    for wave in (a, b):
        for top in range(highest, -1, -1):
            near = candidates(wave, None, top, spellings)
            if near is not None:
                levels = near.level[~near.against]
                counted += np.array([(levels <= level).sum() if level <= top else math.inf
                                     for level in range(len(LEVELS))])
                break
        else:
            counted += math.inf
    pairs = _pairs(len(a)) + _pairs(len(b))
    rates = counted / pairs if pairs else np.zeros(len(LEVELS))
    return (float(rates[EXACT]), float(rates[ONE_EDIT]), float(rates[ONE_ELEMENT]),
            float(rates[TWO_ELEMENTS]))


def _edit_chance(counts: Sequence[Ints], words: tuple[str, ...]) -> float:
    """The chance that two different people gave values one edit apart."""
    pairs = sum(_pairs(count.sum()) for count in counts)
    if not any(len(word) > 1 for word in words):
        return 0.0
    close = 0.0
    long = np.array([len(word) > 1 for word in words])
    for start in range(0, len(words), _BLOCK):
        block = slice(start, start + _BLOCK)
        distance = cdist(words[block], words, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        edits = (distance == 1) & (long[block, None] | long[None, :])
        close += sum(float(count[block] @ (edits @ count)) for count in counts) / 2
    return (close + 1) / (pairs + 1)


def _constants(a: Codes, b: Codes) -> tuple[float, float]:
    """The chance that the constants of two different people do not contradict, and are the same."""
    if not a.constants.shape[1]:
        return 1.0, 1.0
    pairs = free = same = 0.0
    for wave in (a, b):
        kinds, times = np.unique(wave.constants, axis=0, return_counts=True)
        if len(kinds) > _MOST_CONSTANTS:
            return 1.0, 1.0
        left, right = kinds[:, None, :], kinds[None, :, :]
        known = (left != MISSING) & (right != MISSING)
        weights = (np.outer(times, times) - np.diag(times)) / 2
        free += float(weights[~((left != right) & known).any(axis=2)].sum())
        same += float(weights[((left == right) & known).all(axis=2)].sum())
        pairs += _pairs(len(wave))
    return min((free + 1) / (pairs + 1), 1.0), min((same + 1) / (pairs + 1), 1.0)


def _counts(numbers: Ints, size: int) -> Ints:
    return np.bincount(numbers[numbers != MISSING], minlength=size).astype(np.int64)


def _pairs(number: float) -> float:
    return float(number) * (float(number) - 1) / 2
