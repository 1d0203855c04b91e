"""Does each column hold the item it is taken for?

By names: numbers that do not follow the items, a stranger between the items. By correlations: with
an extra or a lost column every later item stands one place off, and the pattern of directions and
scales in the key no longer fits; another printed order and two exchanged columns do the same. Where
another reading of the columns means the same (one scale, all items forward) nothing can be seen.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import Plan, form_numbers
from balint_research.scoring.screen.polarity import FEWEST
from balint_research.scoring.screen.resample import Floats, correlations, resampled
from balint_research.scoring.screen.rules import guard

GAIN = 0.02     # least gain of the mean correlation of all items that is told
CLEAR = 2.5     # standard errors of a gain that chance does not give to the best of many readings
ACROSS = 0.5    # what two items that share a larger scale only count, beside two of the same part
HALF = 0.5      # of the answers: forms with fewer say nothing of the columns
CONSTANT = 1e-6   # standard deviation, in codes, of a column that does not vary but for rounding
TIE = 1e-9        # readings that explain as much but for rounding mean the same
NUMBER = re.compile(r"\d+")

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Reading:
    """A way to read the columns in the order of the form: the item in each (by place, -1: none)."""

    items: Sequence[int]
    rule: str
    words: Mapping[str, str]


# --- names ---------------------------------------------------------------------------------------


def name_issues(
    plan: Plan, form: Mapping[int, int], header: Sequence[str], *, listed: bool
) -> Iterator[Issue]:
    """What the names of the columns contradict, and strangers between them.

    `form` gives the number of each item on the study's form; `listed`: the columns were named one
    by one, so that a name may contradict its item.
    """
    if listed and plan.instrument.map_columns_by == "number":
        yield from _other_numbers(plan, form)
    ours = set(plan.columns.values())
    places = [i for i, column in enumerate(header) if column in ours]
    inside = [column for column in header[places[0]:places[-1]] if column not in ours]
    if inside and len(inside) <= len(ours):   # more is a file of several blocks, not a block
        yield guard("stranger_inside", column=inside[0], count=len(inside),
                    instrument=plan.instrument.label,
                    stand="stands" if len(inside) == 1 else "stand")


def _other_numbers(plan: Plan, form: Mapping[int, int]) -> Iterator[Issue]:
    """Numbers in the names that follow the items of the form, and break off in between."""
    columns = _by_form(plan, form)
    numbers = {there: int(found[0]) for there, column in columns.items()
               if (found := _item_number(column, columns.values())) is not None}
    offsets = {there: numbers[there] - there if there in numbers else None for there in columns}
    breaks = [b for a, b in pairwise(columns) if offsets[a] != offsets[b]]
    if len(numbers) > len(columns) / 2 and 0 < len(breaks) < len(columns) / 2:
        yield guard("names_and_numbers", instrument=plan.instrument.label,
                    evidence=f"first at item {breaks[0]}, which is the column "
                             f"'{columns[breaks[0]]}'")


def following_column(plan: Plan, form: Mapping[int, int]) -> str | None:
    """The name of a column after that of the last item: its number, counted on."""
    columns = _by_form(plan, form)
    last = columns[max(columns)]
    found = _item_number(last, columns.values())
    if found is None:
        return None
    counted = str(int(found[0]) + 1).zfill(len(found[0]))
    return last[:found.start()] + counted + last[found.end():]


def _by_form(plan: Plan, form: Mapping[int, int]) -> dict[int, str]:
    return {form[n]: plan.columns[n] for n in sorted(plan.columns, key=form.__getitem__)}


def _item_number(column: str, columns: Iterable[str]) -> re.Match[str] | None:
    """Where the number of the item stands: of several in a name, the one that differs most."""
    found = [NUMBER.findall(name) for name in columns]
    most = max(map(len, found))
    differing = [len({numbers[i] for numbers in found if len(numbers) > i}) for i in range(most)]
    mine = list(NUMBER.finditer(column))
    place = int(np.argmax(differing)) if differing else 0
    return mine[place] if place < len(mine) else None


# --- correlations --------------------------------------------------------------------------------


def arrangement_issue(
    raw: pd.DataFrame, plan: Plan, form: Mapping[int, int], *, turned: Set[int],
    extra: pd.Series | None, item_order: str | None, seed: int,
) -> Issue | None:
    """Another reading of the columns that fits the key clearly better, if there is one.

    `raw` are answers in the codes of the key, not reversed (`KeyedAnswers.raw`). `turned` are items
    that look stored the other way round. `extra` is the column that follows the last item by its
    name, where the file has one.

    Readings are compared by the mean correlation in the direction of the key, over the columns
    that both use: a mean, so that none gains by expecting more correlations. Another reading has to
    fit better than `turned` would, or any one item turned round.
    """
    items = sorted((int(n) for n in raw.columns), key=form.__getitem__)
    answers = _filled(raw[items] if extra is None else pd.concat([raw[items], extra], axis=1))
    if len(answers) < FEWEST:
        return None
    r = _correlation_matrix(answers)
    expected = _expected(plan.instrument, items)
    usual = _as_declared(expected, r, np.isin(items, list(turned)))
    readings = [
        *_moves(plan.instrument, items, form, len(r)),
        *_orders(plan.instrument, items, form, item_order, len(r)),
        *_swaps(expected, r, items, form),
    ]
    seen = [_seen(expected, reading.items) for reading in readings]
    gains = np.array([_gain(usual, other, r) for other in seen])
    if not gains.size or gains.max() < GAIN:
        return None
    best = int(np.argmax(gains >= gains.max() - TIE))   # the first of those that mean the same
    evidence = _clear_gain(answers, usual, seen[best], r, seed)
    return None if evidence is None else guard(
        readings[best].rule, instrument=plan.instrument.label, evidence=evidence,
        words=readings[best].words)


def _gain(usual: Floats, other: Floats, r: Floats) -> float:
    one, two = _pairs(usual, other, r)
    found = r[one, two]
    return float(_mean(found, other[one, two]) - _mean(found, usual[one, two]))


def _clear_gain(
    answers: Floats, usual: Floats, other: Floats, r: Floats, seed: int
) -> str | None:
    """The numbers, where the gain of the other reading is more than chance."""
    one, two = _pairs(usual, other, r)
    as_declared, read_so = usual[one, two], other[one, two]

    def fits(weight: Floats | None = None) -> Floats:
        found = np.nan_to_num(correlations(answers[:, one], answers[:, two], weight))
        return np.column_stack([_mean(found, as_declared), _mean(found, read_so)])

    (before, after), drawn = fits()[0], resampled(fits, len(answers), seed)
    error = float((drawn[:, 1] - drawn[:, 0]).std())
    if after - before < CLEAR * error:
        return None
    found, differing = r[one, two], as_declared != read_so
    one_way, other_way = (_mean(found[differing], expected[differing])
                          for expected in (as_declared, read_so))
    return (f"mean correlation in the direction of the key {before:z.2f} as declared, {after:z.2f} "
            f"when read so (gain {after - before:.2f}, standard error {error:.2f}, "
            f"n {len(answers)}), over the pairs of items concerned {one_way:z.2f} and "
            f"{other_way:z.2f}")


def _pairs(usual: Floats, other: Floats, r: Floats) -> tuple[Places, Places]:
    """Pairs of columns that both readings use, and of which one expects a correlation."""
    one, two = np.nonzero(np.triu(np.isfinite(usual * other * r) & ((usual != 0) | (other != 0))))
    return one, two


def _mean(found: Floats, expected: Floats) -> Floats:
    """Mean correlation in the expected direction; 0 where none is expected."""
    mean: Floats = found @ expected / (np.abs(expected).sum() or 1.0)
    return mean


def _filled(answers: pd.DataFrame) -> Floats:
    """Forms with half of the answers, gaps filled with the mean of the column.

    Filling weakens every reading alike, and needs no form without a gap.
    """
    forms = answers[answers.notna().mean(axis=1) >= HALF]
    return forms.fillna(forms.mean()).fillna(0.0).to_numpy()


def _correlation_matrix(answers: Floats) -> Floats:
    """Correlations of the columns; missing for one that does not vary, and with itself."""
    sd = answers.std(axis=0)
    z = (answers - answers.mean(axis=0)) / np.where(sd > CONSTANT, sd, np.nan)
    r: Floats = z.T @ z / len(answers)
    np.fill_diagonal(r, np.nan)
    return r


# --- what the key lets expect --------------------------------------------------------------------


def _expected(key: Instrument, items: Sequence[int]) -> Floats:
    """Item x item: direction of the correlation in the smallest scale that holds both, else 0.

    It counts in full between items of one part, in half between parts of a larger scale.
    """
    place = {n: i for i, n in enumerate(items)}
    expected, part = np.zeros((len(items), len(items))), np.full(len(items), -1)
    scales = [scale for scale in key.scales.values() if scale.criteria is None]
    for number, scale in enumerate(sorted(scales, key=lambda scale: len(scale.items))):
        at = np.array([place[n] for n in scale.items])
        part[at[part[at] < 0]] = number
        sign = np.array([-1.0 if n in scale.reversed else 1.0 for n in scale.items])
        weight = np.where(part[at][:, None] == part[at], 1.0, ACROSS)
        pairs = np.ix_(at, at)
        expected[pairs] = np.where(expected[pairs] == 0, weight * np.outer(sign, sign),
                                   expected[pairs])
    return expected


def _seen(expected: Floats, items: Sequence[int]) -> Floats:
    """Column x column: what a reading lets expect; missing for columns that it does not use."""
    padded = np.pad(expected, (0, 1), constant_values=np.nan)
    seen: Floats = padded[np.ix_(items, items)]
    return seen


def _as_declared(expected: Floats, r: Floats, turned: NDArray[np.bool_]) -> Floats:
    """The declared reading; with `turned` or one item turned round, where that fits better."""
    number = len(expected)
    seen = _seen(expected, [*range(number), *[-1] * (len(r) - number)])
    signs = np.ones((number + 2, len(r)))
    signs[0, :number][turned] = -1
    signs[np.arange(number) + 1, np.arange(number)] = -1
    fits = (signs @ np.nan_to_num(seen * r) * signs).sum(axis=1)
    best = signs[np.argmax(fits)]
    return seen * np.outer(best, best)


def _moves(
    key: Instrument, items: Sequence[int], form: Mapping[int, int], columns: int
) -> Iterator[Reading]:
    """One column too many, or one lost, where the form is there from its first item on.

    Columns that were matched by content one by one are in no order that could be moved.
    """
    number = len(items)
    in_order = [form[n] for n in items] == list(range(1, number + 1))
    if key.map_columns_by == "content" or not in_order:
        return
    for j in range(number):
        added = [*range(j), -1, *range(j, number)]
        yield Reading(added[:columns], "shifted_columns", {
            "item": str(j + 1), "cause": "an extra column in the block, such as a check question"})
        lost = [*range(j), *range(j + 1, number), *[-1] * (columns - number + 1)]
        yield Reading(lost, "shifted_columns", {
            "item": str(j + 1), "cause": f"a lost column (item {j + 1} of the form)"})


def _orders(
    key: Instrument, items: Sequence[int], form: Mapping[int, int], item_order: str | None,
    columns: int,
) -> Iterator[Reading]:
    """The columns read as numbered in another verified order of the same items."""
    orders = {name: variant for name, variant in key.item_order_variants.items()
              if variant.kind == "other_order" and variant.effect == "scores_change"}
    asked: list[tuple[str | None, str, str]] = [
        (name, variant.what, f'declare `item_order = "{name}"`')
        for name, variant in orders.items() if name != item_order
    ]
    if item_order in orders:
        asked.append((None, "that of the key itself", "leave `item_order` out"))
    for name, what, remedy in asked:
        numbers = form_numbers(key, name)
        place = {numbers[n]: i for i, n in enumerate(items)}
        read = [place.get(form[n], -1) for n in items] + [-1] * (columns - len(items))
        yield Reading(read, "other_order", {"what": what, "remedy": remedy})


def _swaps(
    expected: Floats, r: Floats, items: Sequence[int], form: Mapping[int, int]
) -> Iterator[Reading]:
    """The two columns that would gain most if they were exchanged."""
    number = len(items)
    known = np.nan_to_num(r[:number, :number])
    fit = expected @ known   # of the column in the place of each item
    own = np.diag(fit)
    gain = fit + fit.T - own[:, None] - own + 2 * expected * known
    i, j = map(int, np.unravel_index(np.argmax(np.triu(gain, 1)), gain.shape))
    if gain[i, j] > 0:
        read = list(range(number))
        read[i], read[j] = j, i
        yield Reading(read + [-1] * (len(r) - number), "swapped_columns", {
            "first": str(form[items[i]]), "second": str(form[items[j]])})
