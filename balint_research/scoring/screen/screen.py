"""The guards together: everything in a file that could make a score wrong without a word."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from balint_research.errors import DataError, Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyed import KeyedAnswers, keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import (
    Coding,
    Items,
    Plan,
    form_numbers,
    settle,
    without_absent_fillers,
)
from balint_research.scoring.refuse import framed, unreadable_columns
from balint_research.scoring.screen.answers import FEWEST_FORMS, Stored, answer_issues, usable
from balint_research.scoring.screen.careless import careless_answers, careless_issues, form_times
from balint_research.scoring.screen.columns import (
    arrangement_issue,
    following_column,
    name_issues,
)
from balint_research.scoring.screen.polarity import (
    block_issues,
    directed_scales,
    item_issues,
    reversed_blocks,
)
from balint_research.scoring.screen.references import reference_issues
from balint_research.scoring.screen.resample import Floats

SEED = 20260101   # of the bootstraps: the same file gives the same Issues
MOST_FORMS = 2000   # more tell nothing new of directions and columns, and cost time
GRAVITY = {"stop": 0, "warn": 1, "note": 2}
# Findings that make attentive forms look careless: half of a form then reads the wrong way round.
AGAINST = {"already_reversed", "reversed_twice", "shifted_columns", "swapped_columns",
           "other_order"}
WHATEVER_DIRECTION = {"careless_too_fast", "careless_duplicate"}
MAP_COLUMNS = ("item", "gist", "column", "scale", "direction", "stored", "n", "low", "high")


def screen(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    folder: Path | None = None,
    seconds: str | None = None,
    directions_checked: bool = False,
    seed: int = SEED,
) -> tuple[Issue, ...]:
    """Everything in the answers to one questionnaire that could make its scores wrong.

    Use it on a new export before scoring, one wave at a time. `read_data` and ``balint validate``
    run it on every instrument and wave of a study.

    Parameters
    ----------
    frame, instrument, items, coding, item_order, already_reversed, missing_codes, folder : as for
        `score`: what you are about to declare there.
    seconds : the column with the time a form took, where there is one.
    directions_checked : a person has compared the directions with the form; what would stop
        becomes a warning.
    seed : of the bootstraps; it changes the last digits of an interval.

    Returns
    -------
    Issues, the gravest first: ``stop`` (scores would be wrong), ``warn`` (look before you score),
    ``note`` (worth knowing). Each has numbers about whole columns as its evidence, and says what
    to do. Items are numbered as the study's form does. Rules:

    * answers: ``text_answers fractional range missing_codes declared_missing shifted_coding
      lowest_never_used``,
    * items: ``constant_item unanswered_item unanswered``,
    * directions: ``already_reversed reversed_twice reversal_uncertain polarity polarity_uncertain
      weak_item``,
    * columns: ``item_missing twin_columns item_twice shifted_columns swapped_columns other_order
      stranger_inside names_and_numbers``,
    * published figures: ``far_mean far_alpha``,
    * careless answering: the rules of `careless_issues`.

    Missing columns and columns of one name are told alone: nothing else can be looked at then. So
    are codes that are moved as a whole, but for the other faults of single answers.

    Raises
    ------
    ScoringError : as `score`; the column named in `seconds` is missing.
    DataError : times that are negative or no numbers.

    Notes
    -----
    *Directions* are judged by item-rest correlations over the forms that answer the whole scale,
    before recoding, with a percentile interval of 1000 bootstrap samples of people. Nothing is said
    below 20 forms and for scales of two items; a negative correlation above -0.05 is noise or a
    weak item, one whose interval of 95 % reaches 0 is told as uncertain. An item of several scales
    has to run against all of them. The reversed items of a scale are judged as a block too (their
    sum with that of the others), so that ten Issues about one file reversed beforehand are one; it
    stops at 99 %.

    *Columns* are judged by the mean correlation in the direction of the key: an extra or a lost
    column, another verified numbering, two exchanged columns are told where they gain 0.02 over all
    items and 2.5 standard errors (bootstrap), more than any one item turned round would gain. Gaps
    count as the mean of their column. An item that can be exchanged for its neighbour without a
    change of scale and direction cannot be told apart, and in a questionnaire of one scale without
    reversed items nothing can. What the columns explain is not told as a fault of direction too; it
    stops where the reversed items run against the others.

    Of more than 2000 forms, 2000 drawn at random are looked at for directions, columns and
    published figures; `n` in the evidence is the number of forms used.

    Checked against R `psych` (item-rest correlations and a bootstrap on invented answers with
    gaps), the mis-keyed scale in the vignette of `psychTools` (attitude data), six open data sets,
    and simulated files of every shipped key: `benchmarks/screen_rates.csv` has the rates of false
    alarms and of faults found.

    Examples
    --------
    >>> answers = pd.DataFrame({f"gad7_{n}": [1, 2, 3, 4, 2, 1] for n in range(1, 8)})
    >>> found = screen(answers, "gad7")[0]
    >>> found.rule, found.evidence
    ('shifted_coding', 'all answers together run from 1 to 4, and nobody answered 0; 7 of 7 items \
have answers outside the declared codes')
    """
    key = load_instrument(instrument, folder)
    asked = settle(key, items, coding, item_order, already_reversed, missing_codes, None)
    form = form_numbers(key, item_order)
    data: Any = framed(frame)
    plan = without_absent_fillers(asked, data.columns)
    unreadable = unreadable_columns(data, plan)
    if unreadable:
        return tuple(unreadable)
    stored = stored_answers(data, plan)
    found = [*answer_issues(stored, plan),
             *name_issues(plan, form, data.columns, listed=not isinstance(items, str))]
    codes = usable(stored, plan)
    moved = any(issue.rule == "shifted_coding" for issue in found)
    if not moved and codes.notna().any(axis=None):
        frame = codes.rename(columns=dict(asked.columns))
        keyed = keyed_answers(frame, key, items=asked.columns, coding=coding,
                              already_reversed=sorted(asked.turned_back))
        patterns = list(_pattern_issues(keyed, _drawn(codes, seed), form, _extra(data, plan, form),
                                        item_order, severe=not directions_checked, seed=seed))
        found += patterns
        signs = careless_issues(careless_answers(
            keyed, item_order=item_order, seconds=_seconds(data, seconds)), key)
        against = any(issue.rule in AGAINST for issue in patterns)
        found += [issue for issue in signs if not against or issue.rule in WHATEVER_DIRECTION]
    return tuple(sorted(found, key=lambda issue: GRAVITY[issue.severity]))


def item_map(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    folder: Path | None = None,
) -> pd.DataFrame:
    """Which column is which item of which scale, in which direction, and what was seen in it.

    Lay it beside the codebook of the survey before you score. Parameters are those of `score`.

    Returns
    -------
    frame, one row an item and scale, in the order of the form:
        ``item gist column scale`` : number in the key, our words for it, the column, the scale
        (missing for an item that no scale uses),
        ``direction`` : ``forward`` or ``reversed``, as the scale uses it; ``stored`` tells
        ``raw`` or ``reversed`` as declared,
        ``n low high`` : answers in the column, the lowest and the highest one as stored (missing
        below five answers: they would tell what a person answered).

    Raises
    ------
    ScoringError, DataError : as `score`; answers outside the codes are no fault here.

    Examples
    --------
    >>> answers = pd.DataFrame({f"olbi_{n}": [1, 2, 3, 4, 2, 1] for n in range(1, 17)})
    >>> found = item_map(answers, "olbi", coding="as_printed")
    >>> found.loc[2, ["column", "scale", "direction", "stored"]].tolist()
    ['olbi_2', 'exhaustion', 'reversed', 'raw']
    """
    key = load_instrument(instrument, folder)
    plan = settle(key, items, coding, item_order, already_reversed, missing_codes, None)
    data: Any = framed(frame)
    plan = without_absent_fillers(plan, data.columns)
    unreadable = unreadable_columns(data, plan)
    if unreadable:
        raise DataError(unreadable)
    answers = stored_answers(data, plan).answers
    form = form_numbers(key, item_order)
    rows = [row for n in sorted(plan.columns, key=form.__getitem__)
            for row in _map_rows(n, answers[n].dropna(), plan)]
    return pd.DataFrame(rows, columns=list(MAP_COLUMNS))


def stored_answers(data: Any, plan: Plan) -> Stored:
    """The item columns of a narwhals frame as numbers; what is none is counted and set aside."""
    picked = data.select(*dict.fromkeys(plan.columns.values()))
    if isinstance(picked, nw.LazyFrame):
        picked = picked.collect(backend="pandas")
    read = {n: _numbers(picked[column]) for n, column in plan.columns.items()}
    return Stored(pd.DataFrame({n: numbers for n, (numbers, _) in read.items()}),
                  {n: texts for n, (_, texts) in read.items()})


# --- the parts -----------------------------------------------------------------------------------


def _numbers(answers: nw.Series[Any]) -> tuple[Floats, int]:
    """A column as floats (missing where there is none), and how many cells are not numeric.

    Of a column that is stored as text, these are the cells that cannot be read as a number; all of
    them where every one can.
    """
    if answers.dtype.is_numeric():
        return answers.cast(nw.Float64).to_numpy().astype(float), 0
    cells, empty = answers.to_list(), answers.is_null().to_list()
    given = np.array([not nothing for nothing in empty], dtype=bool)
    numbers = np.array([_number(cell) if full else np.nan
                        for cell, full in zip(cells, given, strict=True)], dtype=float)
    unreadable = int((given & np.isnan(numbers)).sum())
    return numbers, unreadable or int(given.sum())


def _number(cell: Any) -> float:
    if isinstance(cell, bool | np.bool_):
        return np.nan
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _pattern_issues(
    keyed: KeyedAnswers, drawn: NDArray[np.intp], form: Mapping[int, int],
    extra: pd.Series | None, item_order: str | None, *, severe: bool, seed: int,
) -> Iterator[Issue]:
    """Directions, columns and published figures, from the answers that are codes."""
    key, plan = keyed.plan.instrument, keyed.plan
    raw = keyed.raw.iloc[drawn].reset_index(drop=True)
    extra = None if extra is None else extra.iloc[drawn].reset_index(drop=True)
    scales = directed_scales(raw, key)
    blocks = reversed_blocks(scales, key, seed)
    moved = _moved_columns(raw, plan, form, blocks.items(key), extra, item_order, seed)
    if moved is not None:   # its items run against their scales, and are no fault of their own
        wrong = blocks.against or moved.severity == "stop"
        yield replace(moved, severity="stop" if wrong and severe else "warn")
    else:
        yield from block_issues(scales, blocks, plan, form, severe=severe)
        yield from item_issues(scales, blocks, plan, form, seed)
    if moved is not None or blocks.against:
        return   # the figures follow from it
    yield from reference_issues({name: items.iloc[drawn] for name, items in keyed.scales.items()},
                                key)


def _moved_columns(
    raw: pd.DataFrame, plan: Plan, form: Mapping[int, int], turned: Set[int],
    extra: pd.Series | None, item_order: str | None, seed: int,
) -> Issue | None:
    """Another reading of the columns, also of the answers as they are stored.

    Turning back what is declared reversed can hide that the columns are moved: then the declaration
    is wrong as well, and the finding a stop.
    """
    found = arrangement_issue(raw, plan, form, turned=turned, extra=extra, item_order=item_order,
                              seed=seed)
    if found is not None or not plan.turned_back:
        return found
    response = plan.instrument.response
    back = [n for n in raw if n in plan.turned_back]
    stored = raw.copy()
    stored[back] = response.low + response.high - stored[back]
    found = arrangement_issue(stored, plan, form, turned=turned ^ plan.turned_back, extra=extra,
                              item_order=item_order, seed=seed)
    return None if found is None else replace(found, severity="stop")


def _drawn(codes: pd.DataFrame, seed: int) -> NDArray[np.intp]:
    """Rows with an answer, in an order of their own, at most 2000.

    Resamples draw by place: sorted, the same answers give the same Issues in any order of rows.
    """
    answered = np.flatnonzero(codes.notna().any(axis=1))
    order = answered[np.lexsort(codes.iloc[answered].to_numpy().T)]
    if len(order) <= MOST_FORMS:
        return order
    places = np.random.default_rng(seed).choice(len(order), MOST_FORMS, replace=False)
    return order[np.sort(places)]


def _extra(data: Any, plan: Plan, form: Mapping[int, int]) -> pd.Series | None:
    """The column that follows the last item by its name, in the codes of the key."""
    following = following_column(plan, form)
    if following is None or following not in data.columns:
        return None
    alone = replace(plan, columns={1: following})
    stored = usable(stored_answers(data, alone), alone)
    return stored[1].map(dict(plan.coded)).rename("extra")


def _seconds(data: Any, column: str | None) -> Floats | None:
    """The time each form took, where a column with it is named."""
    return None if column is None else form_times(data.to_native(), column)


def _map_rows(n: int, answers: pd.Series, plan: Plan) -> Iterator[tuple[Any, ...]]:
    key = plan.instrument
    reach = (answers.min(), answers.max()) if len(answers) >= FEWEST_FORMS else (None, None)
    stored = "reversed" if n in plan.turned_back else "raw"
    start = (n, key.items[n], plan.columns[n])
    scales = [name for name, scale in key.scales.items() if n in scale.items]
    for name in scales:
        direction = "reversed" if n in key.scales[name].reversed else "forward"
        yield (*start, name, direction, stored, len(answers), *reach)
    if not scales:
        yield (*start, None, None, stored, len(answers), *reach)
