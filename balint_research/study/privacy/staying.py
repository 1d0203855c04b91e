"""Who may stay in a release that tells given classes: everybody whom enough others resemble."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balint_research.study.privacy.risk import Codes, class_counts, joined, value_counts

People = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What must hold of the people who stay.

    Attributes
    ----------
    k, k_earlier : fewest people of a class, and of a class known together with earlier releases.
    l : fewest values of each sensitive column in a class; 1 demands nothing.
    most : most people who may be left out.
    values : sensitive columns as codes (-1 where unknown), each with the people to whom the demand
        applies.
    arms : arm of each person, as codes; every class lies in one.
    earlier : joint class in all earlier releases, as codes.
    gone : class of `earlier` -> its people who are not among the present people.
    known : people who are in an earlier release.
    barred : people who cannot stay whatever is told.
    """

    k: int
    k_earlier: int
    l: int  # noqa: E741 (the term of the field)
    most: int
    values: tuple[tuple[Codes, People], ...]
    arms: Codes
    earlier: Codes
    gone: dict[int, int]
    known: People
    barred: People


def staying(classes: Codes, demands: Demands, excused: People) -> People | None:
    """The people who stay when `classes` is told, or None where too many would have to go.

    As many as possible stay (`largest`), without the `excused`. Of the others nobody of an arm is
    left out, or at least k people: the sum over those left out follows from a report, which tells
    the arms apart. Where fewer would have to go, some go with them. The same holds in each class
    of earlier releases, its people who are gone included.
    """
    keep: People | None = largest(classes, demands, ~excused & ~demands.barred)
    while keep is not None and (~keep & ~excused).sum() <= demands.most:
        lacking = next(_too_few_left_out(keep, demands, excused), None)
        if lacking is None:
            return keep
        keep = _without_more(keep, *lacking, classes, demands)
    return None


def largest(classes: Codes, demands: Demands, keep: People) -> People:
    """The largest part of `keep` in which every class has enough people and values.

    It is unique: two sets that hold the demands hold them together. So wider classes never keep
    fewer people.
    """
    both = joined(classes, demands.earlier)
    while True:
        place = np.flatnonzero(keep)
        good = _good(classes[place], both[place], demands, place)
        if good.all():
            return keep
        keep = keep.copy()
        keep[place[~good]] = False


def _good(classes: Codes, both: Codes, demands: Demands, place: NDArray[np.intp]) -> People:
    """Who of the people at `place` is in a class with enough people and values."""
    good: People = class_counts(classes) >= demands.k
    good &= class_counts(both) >= demands.k_earlier
    for values, asked in demands.values if demands.l > 1 else ():
        good &= ~asked[place] | (value_counts(both, values[place]) >= demands.l)
    return good


def _too_few_left_out(
    keep: People, demands: Demands, excused: People
) -> Iterator[tuple[People, int]]:
    """Sets of people of whom fewer than needed are left out, with how many more must go."""
    out = ~keep
    for code in np.unique(demands.earlier[demands.known]):
        members = demands.known & (demands.earlier == code)
        number = int((members & out).sum()) + demands.gone.get(int(code), 0)
        if 0 < number < demands.k_earlier:
            yield members, demands.k_earlier - number
    for arm in np.unique(demands.arms):
        members = ~excused & (demands.arms == arm)
        number = int((members & out).sum())
        if 0 < number < demands.k:
            yield members, demands.k - number


def _without_more(
    keep: People, members: People, number: int, classes: Codes, demands: Demands
) -> People | None:
    """`keep` without so many more of the `members`; single people of large classes first."""
    singly = _without_single(keep, members, number, classes, demands)
    return singly if singly is not None else _without_classes(keep, members, number, classes,
                                                              demands)


def _without_single(
    keep: People, members: People, number: int, classes: Codes, demands: Demands
) -> People | None:
    """People whose class holds the demands without them."""
    both = joined(classes, demands.earlier)
    place = np.flatnonzero(keep & members)
    opened = np.isin(demands.earlier[place], demands.earlier[~keep]) | ~demands.known[place]
    for person in place[np.lexsort((-class_counts(both)[place], ~opened))]:
        others = keep & (classes == classes[person])
        others[person] = False
        rest = np.flatnonzero(others)
        if len(rest) and _good(classes[rest], both[rest], demands, rest).all():
            keep = keep.copy()
            keep[person] = False
            number -= 1
        if number == 0:
            return keep
    return None


def _without_classes(
    keep: People, members: People, number: int, classes: Codes, demands: Demands
) -> People | None:
    """Whole classes, the smallest first."""
    both = joined(classes, demands.earlier)
    needed = int((keep & members).sum()) - number
    place = np.flatnonzero(keep & members)
    sizes = class_counts(both[keep])
    size_of = dict(zip(both[keep].tolist(), sizes.tolist(), strict=True))
    for code in sorted(set(both[place].tolist()), key=lambda code: (size_of[code], code)):
        keep = largest(classes, demands, keep & (both != code))
        if (keep & members).sum() <= needed:
            return keep
    return None
