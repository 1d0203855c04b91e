"""Which candidates become links: only where nothing else comes into question.

No rule here looks at the order of the rows or of the waves. What is open stays open, for a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from balint_research.study.link.codes import MISSING, Codes
from balint_research.study.link.near import ONE_EDIT, ONE_ELEMENT, Near

Node = tuple[int, int]      # a row: number of its wave, and its place there
DECIDED = 4                 # the level of a link that a person decided: behind all others
SINGLE = 5


@dataclass(frozen=True)
class Pair:
    """A candidate: two rows of different waves, the earlier wave first, its level, and why open."""

    first: Node
    second: Node
    level: int
    element: int = -1
    why: str = ""


def unique_links(near: Near, a: Codes, b: Codes, highest: int) -> tuple[Near, Near]:
    """The candidates that are links, and those that stay open.

    Level by level, the strictest first: a candidate is a link when both rows have no other among
    all rows not linked yet. One edit is the smaller part of one element, so both compete with each
    other where both are used. Rows whose full code stands twice in their wave are never linked, nor
    are equal codes whose constants contradict; they still compete.
    """
    linked = np.zeros(len(near), dtype=bool)
    free_a, free_b = np.ones(len(a), dtype=bool), np.ones(len(b), dtype=bool)
    barred = near.against | a.twins[near.first] | b.twins[near.second]
    for level in range(highest + 1):
        rivals = min(ONE_ELEMENT, highest) if level == ONE_EDIT else level
        open_ = free_a[near.first] & free_b[near.second] & (near.level <= rivals)
        alone = ((np.bincount(near.first[open_], minlength=len(a))[near.first] == 1)
                 & (np.bincount(near.second[open_], minlength=len(b))[near.second] == 1))
        now = open_ & alone & ~barred & (near.level == level)
        linked |= now
        free_a[near.first[now]] = False
        free_b[near.second[now]] = False
    still = free_a[near.first] & free_b[near.second]
    return near.at(linked), near.at(still)


def pairs_of(near: Near, waves: tuple[int, int], a: Codes, b: Codes) -> list[Pair]:
    """Candidates between two waves as pairs of rows, with the reason why each is open."""
    twins = a.twins[near.first] | b.twins[near.second]
    why = np.where(near.against, "constants_differ", np.where(twins, "duplicate", "tie"))
    return [Pair((waves[0], int(i)), (waves[1], int(j)), int(level), int(element), str(reason))
            for i, j, level, element, reason in zip(
                near.first, near.second, near.level, near.element, why, strict=True)]


def without_conflicts(
    links: Sequence[Pair], open_: Sequence[Pair], waves: Sequence[Codes]
) -> tuple[list[Pair], list[Pair]]:
    """The links that agree over all waves, and those of chains that contradict themselves.

    A chain contradicts itself where it holds two rows of one wave, and where two of its rows that
    are not linked themselves have other open candidates in each other's wave, or constants that
    contradict.
    """
    direct = {(link.first, link.second) for link in links}
    waiting: set[tuple[Node, int]] = set()
    for pair in open_:
        waiting |= {(pair.first, pair.second[0]), (pair.second, pair.first[0])}
    kept: list[Pair] = []
    conflicts: list[Pair] = []
    for rows, own in chains(links):
        wrong = twice_in_a_wave(rows) or any(
            (one, other[0]) in waiting or (other, one[0]) in waiting
            or _contradict(waves[one[0]], one, waves[other[0]], other)
            for one, other in combinations(rows, 2) if (one, other) not in direct)
        (conflicts if wrong else kept).extend(own)
    return kept, conflicts


def chains(links: Iterable[Pair]) -> Iterator[tuple[list[Node], list[Pair]]]:
    """Each set of rows that hang together, in order of wave and place, with its links."""
    root: dict[Node, Node] = {}
    listed = list(links)
    for link in listed:
        one, other = _root(root, link.first), _root(root, link.second)
        root[max(one, other)] = min(one, other)
    rows: dict[Node, list[Node]] = defaultdict(list)
    own: dict[Node, list[Pair]] = defaultdict(list)
    for node in sorted(root):
        rows[_root(root, node)].append(node)
    for link in listed:
        own[_root(root, link.first)].append(link)
    for head in sorted(rows):
        yield rows[head], own[head]


def twice_in_a_wave(rows: Sequence[Node]) -> bool:
    """Whether a chain holds two rows of one wave."""
    return len({wave for wave, _ in rows}) < len(rows)


def how_linked(links: Iterable[Pair]) -> Mapping[Node, int]:
    """For each linked row the loosest link on its best way to the surest link of the person.

    Whoever keeps only the rows that are `exact` keeps rows of one exact code: a person whose rows
    hang together by a looser link only never counts as exact on both of its sides.
    """
    how: dict[Node, int] = {}
    for rows, own in chains(links):
        surest = min(link.level for link in own)
        anchor = min(node for link in own if link.level == surest
                     for node in (link.first, link.second))
        how |= dict.fromkeys(rows, SINGLE) | {anchor: surest}
        reached = {anchor}
        for link in sorted(own, key=lambda link: link.level):
            # by rising level: what hangs together so far is reached by links no looser than this
            group = _together(own, link.level, anchor)
            how |= dict.fromkeys(group - reached, link.level)
            reached |= group
    return how


def _together(links: Sequence[Pair], level: int, start: Node) -> set[Node]:
    group = {start}
    usable = [link for link in links if link.level <= level]
    while more := {node for link in usable if {link.first, link.second} & group
                   for node in (link.first, link.second)} - group:
        group |= more
    return group


def _root(root: dict[Node, Node], node: Node) -> Node:
    root.setdefault(node, node)
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


def _contradict(a: Codes, one: Node, b: Codes, other: Node) -> bool:
    before, after = a.constants[one[1]], b.constants[other[1]]
    known = (before != MISSING) & (after != MISSING)
    return bool(((before != after) & known).any())
