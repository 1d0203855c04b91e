"""Guards on single answers: text, fractions, missing codes, codes that are moved as a whole.

Counts and the reach of all answers together are told, never an answer. The range of one column
would tell what a person answered where few did, so it is told from five answers on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import TOLERANCE, Plan, code_words
from balint_research.scoring.screen.rules import guard

# What survey programs and hand-made files write for "no answer", "not applicable", "refused".
USUAL_MISSING = (
    -999, -99, -98, -97, -9, -8, -7, -1, 7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 999, 9999,
)  # fmt: skip
FEWEST_FORMS = 5       # the range of fewer would tell what a person answered
FEWEST_TO_MISS = 20    # answered forms below which an unused code means nothing
SHARE_MOVED = 0.5      # of the items must show it: one column is a fault of its own
RARE = 0.01            # of all answers: a number that may be mistyped
MOST = 0.5             # of the wrong answers of a column have to be usual missing codes


@dataclass(frozen=True)
class Stored:
    """The answers as they are stored: one column an item (missing where there is none).

    `texts` counts the cells of each item that are stored as text or as another kind that is no
    number; what cannot be read as a number is missing in `answers`.
    """

    answers: pd.DataFrame
    texts: Mapping[int, int]


def answer_issues(stored: Stored, plan: Plan) -> Iterator[Issue]:
    """Every Issue about single answers, the coding of the whole questionnaire first."""
    answers = stored.answers.mask(stored.answers.isin(plan.missing_codes))
    moved = _moved_codings(answers, plan)
    if moved:
        yield _moved_issue(answers, moved, plan)
    declared = (stored.answers.notna() & answers.isna()).sum()
    wrong = answers.notna() & ~_is_code(answers, {*plan.coded, *set().union(*moved.values())})
    for n, column in plan.columns.items():
        if stored.texts[n]:
            yield guard("text_answers", column=column, count=stored.texts[n],
                        allowed=code_words(sorted(plan.coded)))
        if declared[n]:
            yield guard("declared_missing", column=column, count=int(declared[n]))
        if wrong[n].any():
            yield from _wrong_answers(answers[n].dropna(), wrong[n], column, plan)
    if not moved and not wrong.any(axis=None):
        yield from _lowest_never_used(answers, plan)
    yield from _lifeless(answers, stored.texts, plan)


def usable(stored: Stored, plan: Plan) -> pd.DataFrame:
    """The stored answers that are codes, exactly; all others are missing."""
    nearest = _nearest(stored.answers, plan.coded)
    return nearest.where(_is_code(stored.answers, plan.coded))


def _is_code(answers: pd.DataFrame, codes: Iterable[float]) -> pd.DataFrame:
    return (answers - _nearest(answers, codes)).abs() <= TOLERANCE


def _nearest(answers: pd.DataFrame, codes: Iterable[float]) -> pd.DataFrame:
    """The code nearest to each answer."""
    known = np.array(sorted(codes), dtype=float)
    nearest = known[np.searchsorted((known[1:] + known[:-1]) / 2, answers.to_numpy())]
    return pd.DataFrame(nearest, index=answers.index, columns=answers.columns)


# --- one column ----------------------------------------------------------------------------------


def _wrong_answers(
    answers: pd.Series, wrong: pd.Series, column: str, plan: Plan
) -> Iterator[Issue]:
    """Answers of one column outside the codes: missing codes, fractions, and the rest."""
    about = {"column": column, "allowed": code_words(sorted(plan.coded)),
             "instrument": plan.instrument.label}
    outside = answers[wrong]
    missing = outside.isin(_usual_missing(plan))
    if missing.mean() <= MOST:   # the others are something else (ages?), so these may be, too
        missing &= False
    between = _between(outside, plan) & ~missing
    if missing.any():
        named = ", ".join(f"{code:g}" for code in sorted(set(outside[missing])))
        yield guard("missing_codes", count=int(missing.sum()), codes=named, **about)
    if between.any():
        yield guard("fractional", count=int(between.sum()), **about)
    if rest := int((~missing & ~between).sum()):
        yield guard("range", count=rest, evidence=_reach(answers, plan), **about)


def _usual_missing(plan: Plan) -> list[int]:
    """Usual missing codes that no answer can be: one next to the codes may be a moved coding."""
    codes, step = sorted(plan.coded), _step(plan)
    return [code for code in USUAL_MISSING if code not in plan.coded and (
        code < 0 or step > 1 or not codes[0] - step <= code <= codes[-1] + step)]


def _between(answers: pd.Series, plan: Plan) -> pd.Series:
    """Inside the range and no whole number of steps: nobody can have ticked it."""
    codes, step = sorted(plan.coded), _step(plan)
    near = answers.where(answers.between(codes[0] - step, codes[-1] + step))
    steps = (near - codes[0]) / step
    between: pd.Series[bool] = (steps - np.floor(steps + 0.5)).abs() > TOLERANCE
    return between


def _step(plan: Plan) -> int:
    codes = sorted(plan.coded)
    return (codes[-1] - codes[0]) // (len(codes) - 1)


def _reach(answers: pd.Series, plan: Plan) -> str | None:
    """The range of the whole column where it helps to see a shift and tells nobody's answer."""
    codes, step = sorted(plan.coded), _step(plan)
    low, high = answers.min(), answers.max()
    if low < codes[0] - step or high > codes[-1] + step:
        return "the column reaches more than one step beyond the codes"
    return f"the column runs from {low:g} to {high:g}" if len(answers) >= FEWEST_FORMS else None


# --- the coding as a whole -----------------------------------------------------------------------


def _moved_codings(answers: pd.DataFrame, plan: Plan) -> dict[str, set[float]]:
    """Declarations that would explain answers outside the codes -> the codes they allow.

    Empty unless half of the items have such answers. Fractions, usual missing codes and numbers
    rarer than one in a hundred are faults of their own.
    """
    given = answers.where((answers == np.floor(answers)) & ~answers.isin(_usual_missing(plan)))
    outside = given.notna() & ~given.isin(list(plan.coded))
    few = int(given.notna().any(axis=1).sum()) < FEWEST_FORMS
    shares = given.stack().value_counts(normalize=True)
    observed = set(shares[shares >= RARE].index)
    if few or not observed or outside.any().mean() < SHARE_MOVED:
        return {}
    return {name: codes for name, codes in _other_codings(plan.instrument, observed).items()
            if observed <= codes and codes != set(plan.coded)}


def _other_codings(key: Instrument, observed: set[float]) -> dict[str, set[float]]:
    """Ways to store the codes of the key: its variants, and ranges with the ends of `observed`."""
    ways: dict[str, set[float]] = {
        f'`coding = "{name}"` ({variant.what})': {float(code) for code in variant.codes}
        for name, variant in key.coding_variants.items()
    }
    steps = len(key.response.codes) - 1
    for low in (min(observed), max(observed) - steps):
        moved = {low + i for i in range(steps + 1)}
        if moved not in ways.values():
            ways[f"`coding = {{min = {low:g}, max = {low + steps:g}}}`"] = moved
    return ways


def _moved_issue(
    answers: pd.DataFrame, moved: Mapping[str, set[float]], plan: Plan
) -> Issue:
    given = answers[answers.isin(set().union(*moved.values()))]
    unused = sorted(set(plan.coded) - set(given.stack().dropna()))
    never = f", and nobody answered {', '.join(map(str, unused))}" if unused else ""
    showing = int((given.notna() & ~given.isin(list(plan.coded))).any().sum())
    low, high = np.nanmin(given), np.nanmax(given)
    return guard(
        "shifted_coding", instrument=plan.instrument.label, remedy=" or ".join(moved),
        count=showing, allowed=code_words(sorted(plan.coded)),
        evidence=f"all answers together run from {low:g} to {high:g}{never}; "
                 f"{showing} of {given.shape[1]} items have answers outside the declared codes",
    )


def _lowest_never_used(answers: pd.DataFrame, plan: Plan) -> Iterator[Issue]:
    """Answers one step too high stay inside the codes where nobody took the highest answer.

    Only codes from 0 on are stored so: nobody counts from 2.
    """
    codes = sorted(plan.coded)
    forms = int(answers.notna().any(axis=1).sum())
    if codes[0] != 0 or _step(plan) > 1 or forms < FEWEST_TO_MISS or (answers == 0).any(axis=None):
        return
    yield guard(
        "lowest_never_used", instrument=plan.instrument.label,
        remedy=f"`coding = {{min = 1, max = {codes[-1] + 1}}}`",
        evidence=f"{int(answers.notna().sum().sum())} answers of {forms} forms, none of them 0",
    )


def _lifeless(
    answers: pd.DataFrame, texts: Mapping[int, int], plan: Plan
) -> Iterator[Issue]:
    """Items that nobody answered, or that everybody answered alike."""
    if len(answers) and not answers.notna().any(axis=None) and not any(texts.values()):
        yield guard("unanswered", instrument=plan.instrument.label)
        return
    for n, column in plan.columns.items():
        given = answers[n].dropna()
        if given.empty and not texts[n] and len(answers):
            yield guard("unanswered_item", column=column)
        if len(given) >= FEWEST_FORMS and given.nunique() == 1:
            at_an_end = given.iloc[0] in (min(plan.coded), max(plan.coded))
            yield guard("constant_item", column=column, instrument=plan.instrument.label,
                        evidence=f"{len(given)} answers",
                        severity="note" if at_an_end else "warn")
