"""Do the items of a scale run in the direction that the key says?

An item that is keyed right correlates with the rest of its scale. One that is not gives a
negative item-rest correlation: it was stored the other way round, reversed although it already
was, or the column holds another item. Chance gives small negative ones too, so every judgement
rests on a bootstrap of the people (95 %; the reversed items as a block stop the run at 99 %), is
silent below 20 of them, and calls a correlation above -0.05 noise or a weak item.

Answers are looked at in the direction of the key and before recoding, which changes no direction.
Turning an item round turns the sign of its correlation, so that negative ones, and no others, are
higher after flipping.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.plan import Plan
from balint_research.scoring.reliability.coefficients import alpha
from balint_research.scoring.screen.resample import Floats, correlations, percentiles, resampled
from balint_research.scoring.screen.rules import guard

FEWEST = 20        # complete forms: below, a correlation says nothing
NOISE = -0.05      # a negative item-rest correlation above this is noise or a weak item
SURE, LIKELY = 99, 95   # per cent: a finding about the whole file stops the run, or warns
FEWEST_ITEMS = 3   # of a scale: of two items neither can be called the wrong one


@dataclass(frozen=True)
class Agreement:
    """How a part of a scale correlates with the rest of it, keyed as declared, with interval."""

    scale: str
    n: int
    r: float
    low: float
    high: float
    level: int = LIKELY   # of the interval, per cent

    @property
    def negative(self) -> bool:
        """Whether it is more than noise or a weak item."""
        return self.r <= NOISE

    @property
    def against(self) -> bool:
        """Whether it runs against the rest, and chance does not explain it."""
        return self.negative and self.high < 0

    @property
    def words(self) -> str:
        """The numbers as they are told."""
        return f"{self.r:z.2f} ({self.level} % {self.low:z.2f} to {self.high:z.2f}, n {self.n})"


@dataclass(frozen=True)
class Blocks:
    """The reversed items of each scale as a block against its other items.

    `judged` are all blocks (none where none is negative), `against` the scales whose block runs
    against the other items, `unsure` those where chance can explain it.
    """

    judged: Mapping[str, Agreement]
    against: frozenset[str]
    unsure: frozenset[str]

    def items(self, key: Instrument) -> frozenset[int]:
        """The items that look stored the other way round than declared.

        No block that runs with its scale: then the whole file is the other way round.
        """
        if self.against and all(block.r < 0 for block in self.judged.values()):
            return frozenset(key.reversed_anywhere)
        return _reversed_in(self.against, key)


def directed_scales(raw: pd.DataFrame, key: Instrument) -> dict[str, pd.DataFrame]:
    """The items of each scale, the reversed ones turned round (`raw` as in `KeyedAnswers`).

    Without scales that count, and those whose recoding has no direction.
    """
    return {
        name: raw[list(scale.items)].mul(_signs(scale)) for name, scale in key.scales.items()
        if scale.criteria is None and _has_direction(scale)
    }


def reversed_blocks(scales: Mapping[str, pd.DataFrame], key: Instrument, seed: int) -> Blocks:
    """Judge the reversed items of each scale together (`directed_scales`)."""
    halves = {name: both for name, directed in scales.items()
              if (both := _halves(directed, key.scales[name])) is not None}
    if not any(correlations(*both)[0, 0] <= NOISE for both in halves.values()):
        return Blocks({}, frozenset(), frozenset())
    judged = {name: _agreement(name, *both, seed, (SURE, LIKELY)) for name, both in halves.items()}
    judged = {name: block for name, block in judged.items() if not np.isnan(block.r)}
    negative = frozenset(name for name, block in judged.items()
                         if block.negative and not _denied(name, judged, key))
    against = frozenset(name for name in negative if judged[name].against)
    return Blocks(judged, against, negative - against)


def block_issues(
    scales: Mapping[str, pd.DataFrame], blocks: Blocks, plan: Plan, form: Mapping[int, int], *,
    severe: bool,
) -> Iterator[Issue]:
    """The Issue about blocks that run against their scales; `severe` False: never a stop.

    `form` gives the number of each item on the study's form: the one that is declared.
    """
    key = plan.instrument
    if blocks.against:
        items = blocks.items(key)
        stored, numbers = items ^ plan.turned_back, _numbers(items, form)
        whole = stored == set(key.reversed_anywhere)
        sure = any(blocks.judged[name].level == SURE for name in blocks.against)
        yield guard(
            "reversed_twice" if items <= plan.turned_back else "already_reversed",
            instrument=key.label, numbers=numbers, count=len(items),
            evidence=_block_words(scales, blocks, blocks.against, key, form),
            remedy="true" if whole else f"[{_numbers(stored, form)}]",
            severity="stop" if severe and sure else "warn")
    elif blocks.unsure:
        items = _reversed_in(blocks.unsure, key)
        yield guard("reversal_uncertain", instrument=key.label, numbers=_numbers(items, form),
                    count=len(items),
                    evidence=_block_words(scales, blocks, blocks.unsure, key, form))


def _block_words(
    scales: Mapping[str, pd.DataFrame], blocks: Blocks, told: frozenset[str], key: Instrument,
    form: Mapping[int, int],
) -> str:
    """The correlations of blocks, and of each of their items."""
    words = []
    for name, block in blocks.judged.items():
        if name in told:
            single = item_rest(scales[name]).filter(key.scales[name].reversed)
            items = ", ".join(f"{single[n]:z.2f} ({form[n]})" for n in single.index)
            words.append(f"{name}: correlation of the reversed items with the others {block.words}"
                         f", item-rest correlations {items}")
    return "; ".join(words)


def item_issues(
    scales: Mapping[str, pd.DataFrame], blocks: Blocks, plan: Plan, form: Mapping[int, int],
    seed: int,
) -> Iterator[Issue]:
    """One Issue an item that runs against all its scales, once blocks that do are turned round."""
    mended = {name: directed.mul(_signs(plan.instrument.scales[name]))
              if name in blocks.against else directed for name, directed in scales.items()}
    best: dict[int, tuple[float, str]] = {}
    for name, directed in mended.items():
        known = item_rest(directed).dropna()   # a constant item has none: another rule
        for n, r in zip(map(int, known.index), known, strict=True):
            best[n] = max(best.get(n, (r, name)), (r, name))
    for n, (r, name) in sorted(best.items(), key=lambda found: form[found[0]]):
        if r < 0:
            issue = _item_issue(n, name, mended[name], plan, form, seed, name in blocks.against)
            if issue.severity != "note" or name not in blocks.unsure:   # the block was told
                yield issue


def item_rest(directed: pd.DataFrame) -> "pd.Series[float]":
    """Item-rest correlations of one scale, over the forms that answer all of it.

    Empty below 20 such forms and for fewer than three items. An item that nobody answered is left
    out; one that does not vary has no correlation.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = pd.DataFrame(rng.normal(size=(200, 1)) + rng.normal(size=(200, 4)),
    ...                        columns=[1, 2, 3, 4])
    >>> found = item_rest(answers.mul([1, 1, 1, -1]))
    >>> found[found < 0].index.tolist()
    [4]
    """
    complete = _complete(directed)
    if complete is None:
        return pd.Series(dtype=float)
    answers = complete.to_numpy()
    rest = answers.sum(axis=1, keepdims=True) - answers
    return pd.Series(correlations(answers, rest)[0], index=complete.columns)


def _complete(directed: pd.DataFrame) -> pd.DataFrame | None:
    answered = directed.dropna(axis="columns", how="all")
    complete = answered.dropna()
    enough = len(complete) >= FEWEST and answered.shape[1] >= FEWEST_ITEMS
    return complete if enough else None


def _agreement(
    name: str, one: Floats, other: Floats, seed: int, levels: Sequence[int] = (LIKELY,)
) -> Agreement:
    """With the interval of the first level that excludes 0, else of the last one."""
    r = float(correlations(one, other)[0, 0])
    drawn = resampled(lambda w: correlations(one, other, w), len(one), seed)
    for level in levels:
        (low,), (high,) = percentiles(drawn, level)
        if low > 0 or high < 0:
            break
    return Agreement(name, len(one), r, float(low), float(high), level)


# --- the reversed items as a block ---------------------------------------------------------------


def _halves(directed: pd.DataFrame, scale: Scale) -> tuple[Floats, Floats] | None:
    """Sum of the reversed items, turned round, and of the others; None where there are not both."""
    complete = _complete(directed)
    if complete is None:
        return None
    turned = complete.columns.isin(scale.reversed)
    if turned.all() or not turned.any():
        return None
    answers = complete.to_numpy()
    return (answers[:, turned].sum(axis=1, keepdims=True),
            answers[:, ~turned].sum(axis=1, keepdims=True))


def _denied(name: str, judged: Mapping[str, Agreement], key: Instrument) -> bool:
    """Whether some of the reversed items run with the others of a smaller scale."""
    scale = key.scales[name]
    return any(
        block.low > 0 and set(key.scales[part].items) < set(scale.items)
        and not set(key.scales[part].reversed).isdisjoint(scale.reversed)
        for part, block in judged.items()
    )


def _reversed_in(scales: Iterable[str], key: Instrument) -> frozenset[int]:
    return frozenset(n for name in scales for n in key.scales[name].reversed)


def _signs(scale: Scale) -> list[int]:
    return [-1 if n in scale.reversed else 1 for n in scale.items]


def _has_direction(scale: Scale) -> bool:
    values = [scale.recode[code] for code in sorted(scale.recode)] if scale.recode else []
    return values in (sorted(values), sorted(values, reverse=True))


def _numbers(items: frozenset[int], form: Mapping[int, int]) -> str:
    return ", ".join(map(str, sorted(form[n] for n in items)))


# --- single items --------------------------------------------------------------------------------


def _item_issue(
    n: int, name: str, directed: pd.DataFrame, plan: Plan, form: Mapping[int, int], seed: int,
    mended: bool,
) -> Issue:
    complete = directed.dropna(axis="columns", how="all").dropna()
    rest = complete.drop(columns=n).sum(axis=1)
    found = _agreement(name, complete[[n]].to_numpy(), rest.to_numpy()[:, None], seed)
    evidence = f"item-rest correlation {found.words} with the scale {name}"
    rule = "polarity_uncertain" if found.negative else "weak_item"
    if found.against:
        rule = "polarity"
        turned = complete.assign(turned=-complete[n]).drop(columns=n)
        evidence += (f"; alpha {_alpha(complete):z.2f}, with the item turned round "
                     f"{_alpha(turned):z.2f}")
        evidence += ", after the reversed items as a block were turned" if mended else ""
    return guard(rule, column=plan.columns[n], instrument=plan.instrument.label, item=str(form[n]),
                 evidence=evidence)


def _alpha(complete: pd.DataFrame) -> float:
    return alpha(np.cov(complete.to_numpy(), rowvar=False))
