"""How often `br.screen` accuses a clean file, and finds a fault put in: writes screen_rates.csv.

`python benchmarks/screen_rates.py` simulates answers to every key that can be scored: one factor a
part of the questionnaire, the factors tied by one general factor in the directions of the key, a
second factor of the reversed items, and people who agree with everything a little more or less.
Signs of careless answering are not counted here. A quarter of an hour on two cores.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import balint_research as br
from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.plan import form_numbers
from balint_research.scoring.screen.screen import screen

RESULT = Path(__file__).with_suffix(".csv")
SEED = 11
RATES = ("stop", "warn", "told", "found")   # told: a stop or a warning, whatever the rule


@dataclass(frozen=True)
class Nature:
    """How items hang together: loadings on their part, on the second factor, on agreeing."""

    loadings: tuple[float, float]
    second: float
    agreeing: float


USUAL = Nature(loadings=(0.4, 0.8), second=0.3, agreeing=0.2)
WEAK = Nature(loadings=(0.3, 0.6), second=0.4, agreeing=0.3)
TIES = (0.3, 0.7)     # correlation of two parts
GAPS = 0.01           # share of answers left out


# --- answers as the key lets expect them ---------------------------------------------------------


def directions(key: Instrument) -> tuple[dict[int, str], dict[int, int]]:
    """Item -> its part (the smallest scale that holds it), and its direction before reversing."""
    scales = {name: scale for name, scale in key.scales.items() if scale.criteria is None}
    by_size = sorted(scales, key=lambda name: len(scales[name].items))
    parts: dict[int, str] = {}
    for name in sorted(by_size, key=lambda name: len(scales[name].items) < 2):
        for n in scales[name].items:
            parts.setdefault(n, name)
    ways: dict[str, int] = {}   # of a part: +1 where it runs with the general factor
    for name in reversed(by_size):
        scale = scales[name]
        known = [ways[parts[n]] * sign(n, scales[parts[n]]) * sign(n, scale)
                 for n in scale.items if parts[n] in ways]
        way = known[0] if known else (-1 if scale.higher_means == "better" else 1)
        for n in scale.items:
            ways.setdefault(parts[n], way * sign(n, scale) * sign(n, scales[parts[n]]))
    return parts, {n: ways[part] * sign(n, scales[part]) for n, part in parts.items()}


def sign(n: int, scale: Scale) -> int:
    falling = scale.recode is not None and scale.recode[max(scale.recode)] < scale.recode[
        min(scale.recode)]
    return -1 if (n in scale.reversed) != falling else 1


def simulated(key: Instrument, people: int, nature: Nature, rng: np.random.Generator) -> Any:
    """Raw answers in the codes of the key, one column an item, named by its number."""
    parts, ways = directions(key)
    tie, lean = rng.uniform(*TIES), rng.uniform(-0.8, 0.8)
    general, second, agreeing = rng.normal(size=(3, people))
    factors = {part: np.sqrt(tie) * general + np.sqrt(1 - tie) * rng.normal(size=people)
               for part in sorted(set(parts.values()))}
    codes = np.array(key.response.codes, dtype=float)
    steps = np.linspace(-1.6, 1.6, len(codes) - 1)
    answers = {}
    for n in key.items:
        loading, way = rng.uniform(*nature.loadings), ways.get(n, 1)
        common = nature.agreeing * agreeing
        if n in ways:
            common = common + loading * way * factors[parts[n]]
        if n in key.reversed_anywhere:
            common = common + nature.second * second
        noise = np.sqrt(max(0.1, 1 - loading**2 - nature.agreeing**2 - nature.second**2))
        level = common + noise * rng.normal(size=people) + way * lean + 0.3 * rng.normal()
        answers[n] = codes[np.searchsorted(steps, level)]
    frame = pd.DataFrame(answers)
    return frame.mask(rng.random(frame.shape) < GAPS)


# --- faults put in -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Faulty:
    """A file with one fault: what is declared about it, and which Issue would have found it."""

    answers: pd.DataFrame   # columns named by the number on the form
    declared: Mapping[str, Any]
    found: Callable[[Issue], bool]


Fault = Callable[[Instrument, pd.DataFrame, np.random.Generator], Faulty | None]


def of(*rules: str) -> Callable[[Issue], bool]:
    return lambda issue: issue.rule in rules


def turned(answers: pd.DataFrame, key: Instrument, *items: int) -> pd.DataFrame:
    back = answers.copy()
    back[list(items)] = key.response.low + key.response.high - back[list(items)]
    return back


def clean(key: Instrument, answers: pd.DataFrame, rng: np.random.Generator) -> Faulty | None:
    return Faulty(answers, {}, lambda issue: False)


def already_reversed(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    if not key.reversed_anywhere:
        return None
    return Faulty(turned(answers, key, *key.reversed_anywhere), {}, of("already_reversed"))


def reversed_twice(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    if not key.reversed_anywhere:
        return None
    return Faulty(answers, {"already_reversed": True}, of("reversed_twice"))


def one_item_turned(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    judged = sorted({n for scale in key.scales.values() if scale.criteria is None
                     and len(scale.items) > 2 for n in scale.items})
    if not judged:
        return None
    n = int(rng.choice(judged))
    return Faulty(turned(answers, key, n), {}, lambda issue: (
        (issue.rule == "polarity" and issue.column == f"q{n}")
        or (issue.rule == "already_reversed" and f"({n})" in issue.what)))


def two_columns_swapped(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    """Two items of different parts or directions: others may be exchanged without harm."""
    parts, ways = directions(key)
    pairs = [(a, b) for a in parts for b in parts
             if a < b and (parts[a], ways[a]) != (parts[b], ways[b])]
    if not pairs:
        return None
    a, b = pairs[rng.integers(len(pairs))]
    exchanged = answers.rename(columns={a: b, b: a})[list(answers)]
    return Faulty(exchanged, {}, lambda issue: issue.rule == "swapped_columns" or (
        issue.rule == "polarity" and issue.column in (f"q{a}", f"q{b}")))


def check_question_inside(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    """A column too many, and the item that became the last column one past the end."""
    if not patterned(key):
        return None
    return Faulty(inserted(key, answers, rng), {}, of("shifted_columns"))


def check_question_inside_cut(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    """The same where the last column was not exported."""
    if not patterned(key):
        return None
    return Faulty(inserted(key, answers, rng)[list(answers)], {}, of("shifted_columns"))


def column_lost(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    """The next questionnaire's first answers stand in the last column."""
    if not patterned(key):
        return None
    lost = int(rng.integers(1, len(answers.columns) * 2 // 3 + 1))
    other = pd.Series(rng.choice(key.response.codes, len(answers)), index=answers.index)
    rest = pd.concat([answers.drop(columns=lost), other], axis=1)
    return Faulty(rest.set_axis(list(answers), axis=1), {}, of("shifted_columns"))


def other_order(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    orders = [name for name, variant in key.item_order_variants.items()
              if variant.kind == "other_order" and variant.effect == "scores_change"]
    if not orders:
        return None
    stored = answers.rename(columns=form_numbers(key, orders[0]))[list(answers)]
    return Faulty(stored, {}, of("other_order"))


def moved_by_one(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    step = (key.response.high - key.response.low) // (len(key.response.codes) - 1)
    up = answers / step + (1 if key.response.low == 0 else -1)
    return Faulty(up, {}, of("shifted_coding", "range"))


def missing_codes_inside(
    key: Instrument, answers: pd.DataFrame, rng: np.random.Generator
) -> Faulty | None:
    code = rng.choice([9.0, 99.0, -999.0] if key.response.high < 8 else [99.0, -999.0])
    gaps = answers.mask(rng.random(answers.shape) < 0.02)
    gaps.iloc[0, 0] = np.nan
    return Faulty(gaps.fillna(code), {}, of("missing_codes"))


def inserted(key: Instrument, answers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A check question (most give the answer asked for) in the first two thirds of the block."""
    after = int(rng.integers(1, len(answers.columns) * 2 // 3 + 1))
    asked = rng.choice(key.response.codes)
    check = np.where(rng.random(len(answers)) < 0.9, asked,
                     rng.choice(key.response.codes, len(answers)))
    wider = answers.rename(columns=lambda n: n + 1 if n > after else n)
    wider[after + 1] = check.astype(float)
    return wider[list(range(1, len(answers.columns) + 2))]


def patterned(key: Instrument) -> bool:
    """Whether the columns of the key can be told apart: more than one part or direction."""
    parts, ways = directions(key)
    return len({(parts.get(n), ways.get(n)) for n in key.items}) > 1 and len(key.items) > 2


# --- files, and what is found --------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A kind of file, for which sizes, and how often for each key."""

    nature: Nature
    fault: Fault
    people: tuple[int, ...]
    runs: int


PLANS = {
    "clean": Plan(USUAL, clean, (20, 30, 60, 200, 1000), 8),
    "clean, weak items": Plan(WEAK, clean, (20, 30, 60, 200), 4),
    **{fault.__name__.replace("_", " "): Plan(USUAL, fault, (30, 60, 200), 2) for fault in (
        already_reversed, reversed_twice, one_item_turned, two_columns_swapped,
        check_question_inside, check_question_inside_cut, column_lost, other_order, moved_by_one,
        missing_codes_inside)},
}


def issues_of(key: Instrument, file: Faulty) -> Iterator[Issue]:
    coding = "as_printed" if key.response.must_declare else None
    items = {n: f"q{n}" for n in key.items}
    frame = file.answers.rename(columns=lambda n: f"q{n}")
    for issue in screen(frame, key, items=items, coding=coding, **file.declared):
        if not issue.rule.startswith("careless"):
            yield issue


def runs_of(name: str, people: int, number: int, key_id: str) -> list[dict[str, Any]]:
    """One row a file: whether anything stopped, warned, or found the fault."""
    plan, key = PLANS[name], br.load_instrument(key_id)
    rng = np.random.default_rng([SEED, number, people, list(PLANS).index(name)])
    rows = []
    for _ in range(plan.runs):
        file = plan.fault(key, simulated(key, people, plan.nature, rng), rng)
        if file is not None:
            issues = list(issues_of(key, file))
            grave = {issue.severity for issue in issues}
            rows.append({"files": name, "people": people, "key": key_id, "stop": "stop" in grave,
                         "warn": "warn" in grave, "told": bool({"stop", "warn"} & grave),
                         "found": any(map(file.found, issues))})
    return rows


def rates() -> pd.DataFrame:
    keys = [key_id for key_id in br.list_instruments()["id"] if br.load_instrument(key_id).scales]
    tasks = [delayed(runs_of)(name, people, number, key_id) for name, plan in PLANS.items()
             for people in plan.people for number, key_id in enumerate(keys)]
    rows = pd.DataFrame([row for done in Parallel(n_jobs=2)(tasks) for row in done])
    tables = [rows.assign(key="all"), rows[rows["files"] == "clean"].assign(people="all")]
    counted = pd.concat(tables).groupby(["files", "people", "key"], sort=False)[list(RATES)]
    return counted.mean().assign(runs=counted.size()).reset_index()[
        ["files", "people", "key", "runs", *RATES]]


if __name__ == "__main__":
    table = rates()
    with RESULT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([*row[:4], *(f"{rate:.4f}" for rate in row[4:])]
                         for row in table.itertuples(index=False))
