"""What follows from two tables of one report: the people who have a score at one wave only.

A mean of all 20 people at the baseline, a mean of the 18 who came back and the mean change of these
18 give the sum of the two who left. So the people behind everything that is told of one arm and
scale must be the same, or differ by k or more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from balint_research.analysis.describe import describe
from balint_research.evaluation import Evaluation
from balint_research.reporting.cells.gate import Place, places

RESULT = ["instrument", "scale", "arm", "wave"]
People = frozenset[str]
NOBODY: People = frozenset()
# Of a scale's range: an estimate that is as near the plain mean, summed over its people, is that.
NEAR = 0.01


@dataclass(frozen=True, kw_only=True)
class Described:
    """Whose scores stand behind each row, by instrument, scale, arm and wave.

    Attributes
    ----------
    people : the people whom a row of the descriptives may describe.
    pairs : the people behind each change that is told and is their plain mean.
    withheld : changes from which a few people would follow, and which are therefore not told.
    no_size : changes whose effect size, with the SDs that are told, would give a few people away.
    no_sds : the same of the effect sizes that tell the SD of the pairs at the baseline.
    lone : rows that describe only people with a score at the other wave as well.
    """

    people: Mapping[Place, People]
    pairs: Mapping[Place, People]
    withheld: frozenset[Place]
    no_size: frozenset[Place]
    no_sds: frozenset[Place]
    lone: frozenset[Place]


def described(evaluation: Evaluation, few: "pd.Series[bool]", smallest: int) -> Described:
    """Whom to describe so that nothing of a few people follows from means and changes.

    With D the mean of all at a wave and C the change of those with both waves, D - D(baseline) - C
    is a sum over the people with one of the waves only. It must be nobody's or that of `smallest`
    people at least; so must the difference of two such sums. The change at the primary wave is
    kept: where it would give a few away, both rows describe those who have both. The change at
    another wave goes where describing those with both is not enough.

    Parameters
    ----------
    evaluation : what `evaluate` gave.
    few : rows of its change that go in any case.
    smallest : the fewest people that may be shown.

    Notes
    -----
    The mean change of pairs (one group or none, or a difference in mean change) is a plain mean;
    that of a mixed model is one where groups are balanced or their variance is 0, which is looked
    up in the scores. Otherwise the SDs alone can be solved for one person who missed a wave: then
    the effect sizes that tell the SD of the pairs go.

    Not covered: coefficients of models of all waves and of comparisons that allow for the baseline,
    which are no mean of a few people; sums over three changes or more.
    """
    values = _values(evaluation.scores)
    made = _Choice({one: frozenset(own) for one, own in values.items()},
                   evaluation.study.baseline, smallest)
    for own, rows in _by_arm(evaluation, few).items():
        before = values.get((*own, made.baseline), {})
        low, high = evaluation.study.scale(own[0], own[1]).range
        for wave, estimate in rows:
            after = values.get((*own, wave), {})
            both = frozenset(before) & frozenset(after)
            total = sum(after[name] - before[name] for name in both)
            plain = abs(total - estimate * len(both)) <= NEAR * (high - low)
            made.choose((*own, wave), both, plain=plain, first=wave == rows[0][0])
    return Described(people=made.people, pairs=made.pairs, withheld=frozenset(made.withheld),
                     no_size=frozenset(made.no_size), no_sds=frozenset(made.no_sds),
                     lone=frozenset(made.lone))


@dataclass
class _Choice:
    """What was decided so far, change by change."""

    people: dict[Place, People]
    baseline: str
    smallest: int
    pairs: dict[Place, People] = field(default_factory=dict)
    withheld: set[Place] = field(default_factory=set)
    no_size: set[Place] = field(default_factory=set)
    no_sds: set[Place] = field(default_factory=set)
    lone: set[Place] = field(default_factory=set)

    def choose(self, here: Place, both: People, *, plain: bool, first: bool) -> None:
        """Take the first way to describe a wave and the baseline that gives nobody away."""
        start = (*here[:3], self.baseline)
        at = self.people.get(here, NOBODY)
        ways = [(self.people.get(start, NOBODY), at)]
        ways.append((both if first else ways[0][0], both))
        safe = [way for way in ways if not self._gives_away(here, both, *way)]
        base, now = (safe or ways)[0]
        if safe:
            self.lone |= {one for one, people in ((start, base), (here, now))
                          if people != self.people.get(one, NOBODY)}
            self.people |= {start: base, here: now}
            self.pairs |= {here: both} if plain else {}
        else:
            (self.withheld if plain else self.no_size).add(here)
        if self._few(base ^ both) or self._few(now - both):
            self.no_sds.add(here)

    def _gives_away(self, here: Place, both: People, base: People, now: People) -> bool:
        """Whether a sum over a few people follows, with the changes told before or without."""
        sums = [(now - both) | (base ^ both)]
        for other, pairs in self.pairs.items():
            if other[:3] == here[:3]:
                sums.append((now - both) | (self.people[other] - pairs) | (both ^ pairs))
        return any(self._few(one) for one in sums)

    def _few(self, people: People) -> bool:
        return 0 < len(people) < self.smallest


def described_rows(evaluation: Evaluation, whom: Described) -> pd.DataFrame:
    """The descriptives, made again in the rows of `whom.lone`; column ``both_waves`` marks them."""
    table = evaluation.descriptives
    where = places(table, RESULT)
    rows = pd.Series([one in whom.lone for one in where], index=table.index, dtype=bool)
    if not rows.any():
        return table.assign(both_waves=False)
    scores, study = evaluation.scores, evaluation.study
    kept = [one in whom.lone and name in whom.people[one] for one, name in _who(scores)]
    uses = {name: study.instruments[name] for name in dict.fromkeys(one[0] for one in whom.lone)}
    again = describe(scores[np.array(kept, dtype=bool)], replace(study, instruments=uses),
                     asked=evaluation.flow)
    again = again.set_index(pd.MultiIndex.from_tuples(places(again, RESULT)))
    numbers = ["n", "mean", "sd", "median", "q1", "q3", "floor_share", "ceiling_share"]
    made = again[numbers].reindex(pd.MultiIndex.from_tuples(where)).set_axis(table.index)
    fresh = table.copy()
    fresh.loc[rows, numbers] = made.loc[rows, numbers]
    return fresh.assign(both_waves=rows)


def lines(scores: pd.DataFrame, whom: Described, smallest: int) -> pd.DataFrame:
    """The scores that may be drawn as one line a person.

    Drawn are people whose waves at least `smallest` others share. Whoever is described and not
    drawn must be `smallest` people at least, or their mean would follow from the lines: where they
    are fewer, further lines are left out, in the order of the ids.
    """
    told = [name in whom.people.get(one, NOBODY) for one, name in _who(scores)]
    kept = scores[np.array(told, dtype=bool) & scores["value"].notna()]
    waves: dict[Place, dict[str, frozenset[str]]] = {}
    for one, name in _who(kept):
        own = waves.setdefault(one[:3], {})
        own[name] = own.get(name, NOBODY) | {one[3]}
    drawn = set[tuple[Place, str]]()
    for arm, of in waves.items():
        sets = [whom.people[(*arm, wave)] for wave in sorted(frozenset().union(*of.values()))]
        sets += [both for one, both in whom.pairs.items() if one[:3] == arm]
        drawn |= {(arm, name) for name in _drawn(of, sets, smallest)}
    return kept[np.array([(one[:3], name) in drawn for one, name in _who(kept)], dtype=bool)]


def _drawn(
    waves: Mapping[str, frozenset[str]], sets: Iterable[People], smallest: int
) -> set[str]:
    """The people of one arm and scale whose lines may be drawn."""
    shared = Counter(waves.values())
    drawn = {name for name, own in waves.items() if shared[own] >= smallest}
    while True:
        left = Counter(waves[name] for name in drawn)
        lonely = {name for name in drawn if left[waves[name]] < smallest}
        short = next((one & drawn for one in sets
                      if 0 < len(one - drawn) < smallest and one & drawn), NOBODY)
        if not lonely and not short:
            return drawn
        drawn -= lonely or {min(short)}


def _values(scores: pd.DataFrame) -> dict[Place, dict[str, float]]:
    """The score of everybody who has one, by instrument, scale, arm and wave."""
    scored = scores[scores["value"].notna()]
    found: dict[Place, dict[str, float]] = {}
    for (one, name), value in zip(_who(scored), scored["value"].astype(float), strict=True):
        found.setdefault(one, {})[name] = value
    return found


def _who(scores: pd.DataFrame) -> list[tuple[Place, str]]:
    """Cell and person of every row."""
    return list(zip(places(scores, RESULT), scores["participant"].astype(str), strict=True))


def _by_arm(
    evaluation: Evaluation, few: "pd.Series[bool]"
) -> dict[Place, list[tuple[str, float]]]:
    """The changes that are told, by instrument, scale and arm; the primary wave first."""
    told = evaluation.change[~few & evaluation.change["estimate"].notna()]
    found: dict[Place, list[tuple[str, float]]] = {}
    for where, estimate in zip(places(told, RESULT), told["estimate"], strict=True):
        found.setdefault(where[:3], []).append((where[3], float(estimate)))
    primary = evaluation.study.primary_wave
    return {own: sorted(rows, key=lambda row: row[0] != primary) for own, rows in found.items()}
