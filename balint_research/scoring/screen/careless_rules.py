"""Which patterns of answers are flagged as careless: cut-offs with their sources, and the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
import pandas as pd

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.plan import TOLERANCE
from balint_research.scoring.screen.answer_patterns import (
    Floats,
    Marks,
    Whole,
    constant,
    run_lengths,
)


@dataclass(frozen=True, kw_only=True)
class CarelessRules:
    """The cut-offs of careless answering, as data: where each comes from, and what it is not.

    Parameters
    ----------
    long_string_share : a run of one and the same answer over at least this share of the form is
        flagged where its items point in both directions, so that one answer contradicts itself
        (or is the middle throughout). Half the items is the cut of Curran (2016), meant there as
        a cautious start and not as the best cut for every scale.
    one_way_share : the same for a run of items that all point one way, where its answer is not
        the lowest or the highest code. Our convention, stricter than half: a straight line is a
        valid answer to items that agree with each other (Reuning & Plutzer 2020), and honest
        straight lines are most common at the ends of the codes (J Off Stat 2024,
        doi 10.1177/0282423X241273455). "Not at all" throughout a depression scale without
        reversed items is never flagged.
    least_items : fewest items of a flagged run or constant form, and fewest answers of a form
        that is compared with others. Our convention.
    least_one_way : the same for runs and constant forms whose items all point one way. Our
        convention: ordinary people answer seven such items alike between the ends (GAD-7: 4 % of
        780 students), so short one-way forms are never flagged for it.
    even_odd_below : even-odd consistency below this. 0.30 is the cut usually quoted after Jackson
        and Johnson (2005); it was not read in the source: take it as our convention.
    even_odd_scales : ... and only where it rests on so many scales. Our convention: below 0.30
        fall 10 to 27 % of simulated attentive people with 3 to 5 scales, 2 to 15 % with 10, and 0
        to 7 % with 20. No shipped key has 20 scales of four items: their index is given, and
        not flagged.
    least_seconds : seconds an item; faster on average is too fast. 2 s: Huang et al. (2012), and
        upheld for short and long items by Bowling et al. (2023).
    duplicate_chance : a duplicate is flagged where coincidence would flag fewer than this many
        forms of the whole frame. Our convention.

    Raises
    ------
    ScoringError : a share outside 0 to 1, or a pattern of fewer than two answers.

    References
    ----------
    Bowling NA et al. Organ Res Methods 2023;26:323-352. Curran PG. J Exp Soc Psychol
    2016;66:4-19. Huang JL et al. J Bus Psychol 2012;27:99-114. Johnson JA. J Res Pers
    2005;39:103-129. Reuning K, Plutzer E. Surv Res Methods 2020;14:439-459.

    Examples
    --------
    >>> CarelessRules(least_seconds=1).least_seconds
    1
    >>> CarelessRules(long_string_share=50)
    Traceback (most recent call last):
    balint_research.errors.ScoringError: `long_string_share` must be above 0 and at most 1 \
(0.5 means half of the items).
    """

    long_string_share: float = 0.5
    one_way_share: float = 0.75
    least_items: int = 6
    least_one_way: int = 12
    even_odd_below: float = 0.30
    even_odd_scales: int = 20
    least_seconds: float = 2.0
    duplicate_chance: float = 0.05

    def __post_init__(self) -> None:
        for name in ("long_string_share", "one_way_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ScoringError(
                    f"`{name}` must be above 0 and at most 1 (0.5 means half of the items)."
                )
        for name in ("least_items", "least_one_way"):
            if getattr(self, name) < 2:
                raise ScoringError(f"`{name}` must be at least 2: one answer is no pattern.")


USUAL = CarelessRules()


class Form(NamedTuple):
    """The answers in the order shown, the lowest and highest code, and where the items point.

    Each row of `directions` is one sense in which items agree or contradict each other: +1, -1,
    or 0 for an item that has no part in it.
    """

    answers: Floats
    low: float
    high: float
    directions: Whole

    @property
    def inner(self) -> Marks:
        """True where an answer is neither the lowest nor the highest code (nor missing)."""
        return (self.answers > self.low) & (self.answers < self.high)

    @property
    def one_direction(self) -> Floats:
        """The answers with the items turned so that they point one way."""
        turned = np.zeros(self.answers.shape[1], dtype=np.int64)
        for sense in self.directions:
            turned = np.where(turned == 0, sense, turned)
        return np.where(turned < 0, self.low + self.high - self.answers, self.answers)


def directions(key: Instrument, items: Sequence[int]) -> Whole:
    """One row a sense of direction, one column an item.

    First better (+1) and worse (-1) over all scales that are one or the other; an item that is
    better in one scale and worse in another counts as neither. Then reversal within each scale
    that is neutral.
    """
    scales = [scale for scale in key.scales.values() if scale.criteria is None]
    valued = [scale for scale in scales if scale.higher_means != "neutral"]
    senses = [{n: _agreed({_points(n, scale, key) for scale in valued if n in scale.items})
               for n in items}]
    senses += [{n: _points(n, scale, key) for n in scale.items}
               for scale in scales if scale.higher_means == "neutral"]
    return np.array([[sense.get(n, 0) for n in items] for sense in senses], dtype=np.int64)


def _points(n: int, scale: Scale, key: Instrument) -> int:
    """+1 where a higher answer means a better (in a neutral scale: higher) score, else -1."""
    ends = [key.response.low, key.response.high]
    low, high = reversed(ends) if n in scale.reversed else ends
    recode: Mapping[int, float] = scale.recode or {}
    rises = recode.get(high, high) > recode.get(low, low)
    return 1 if rises == (scale.higher_means != "worse") else -1


def _agreed(signs: set[int]) -> int:
    return signs.pop() if len(signs) == 1 else 0


def flagged(indices: pd.DataFrame, form: Form, rules: CarelessRules) -> dict[str, Marks]:
    """Rule -> True for each form it flags."""
    compared = indices["duplicate_of_other"].notna().sum()
    return {
        "long_string": _long_runs(form, rules),
        "irv_zero": _without_variation(form, rules),
        "even_odd": ((indices["even_odd"] < rules.even_odd_below)
                     & (indices["even_odd_scales"] >= rules.even_odd_scales)).to_numpy(),
        "too_fast": (indices["seconds_per_item"] < rules.least_seconds).to_numpy(),
        "duplicate": ((indices["duplicate_of_other"].fillna(0) > 0)
                      & (indices["expected_twins"] * compared < rules.duplicate_chance)
                      ).to_numpy(dtype=bool),
    }


def _long_runs(form: Form, rules: CarelessRules) -> Marks:
    lengths, items = run_lengths(form.answers), form.answers.shape[1]
    half = max(_share_of(items, rules.long_string_share), rules.least_items)
    most = max(_share_of(items, rules.one_way_share), rules.least_one_way)
    last = np.arange(items)
    first = np.minimum(last - lengths + 1, last)
    contradicting = _both_ways(form.directions)[first, last]
    return np.asarray(
        ((lengths >= half) & contradicting | (lengths >= most) & form.inner).any(axis=1)
    )


def _share_of(items: int, share: float) -> int:
    return ceil(share * items - TOLERANCE)


def _both_ways(senses: Whole) -> Marks:
    """[first, last] -> True where the items from first to last point in both directions."""
    items = senses.shape[1]
    found = np.zeros((items, items), dtype=bool)
    for sense in senses:
        up, down = (np.concatenate([[0], np.cumsum(sense == sign)]) for sign in (1, -1))
        found |= (up[1:] > up[:-1, None]) & (down[1:] > down[:-1, None])
    return found


def _without_variation(form: Form, rules: CarelessRules) -> Marks:
    there = ~np.isnan(form.answers)
    answered, contradicting = there.sum(axis=1), np.zeros(len(there), dtype=bool)
    for sense in form.directions:
        contradicting |= there[:, sense > 0].any(axis=1) & there[:, sense < 0].any(axis=1)
    return np.asarray(constant(form.answers) & (
        (answered >= rules.least_items) & contradicting
        | (answered >= rules.least_one_way) & form.inner.any(axis=1)
    ))
