"""Responses to scores: one code path for every frame library that narwhals speaks."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import narwhals.stable.v2 as nw

from balint_research.scoring.instrument import Criteria, Instrument, Scale
from balint_research.scoring.keyed import any_of, canonical, cleaned, keyed
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import (
    TOLERANCE,
    Coding,
    Items,
    Plan,
    output_names,
    settle,
    without_absent_fillers,
)
from balint_research.scoring.refuse import framed, refuse_by_schema, refuse_out_of_range

FrameT = TypeVar("FrameT")


def score(
    frame: FrameT,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    min_share: float | None = None,
    folder: Path | None = None,
) -> FrameT:
    """Score one questionnaire, one row a respondent and wave.

    Parameters
    ----------
    frame : pandas (numpy, nullable or pyarrow columns), Polars (eager or lazy), PyArrow, DuckDB,
        Dask or PySpark frame; one numeric column an item, raw answers. Items that no scale uses
        (fillers) may be absent.
    instrument : id of a shipped key (``"teq"``), path of a key file, or an `Instrument`.
    items : where item n is: a pattern with ``{n}`` (``{n:02}`` for 01) and, if wanted, ``{id}``;
        a list in item order; or a mapping item -> column. Keys with
        ``map_columns_by = "content"`` take the mapping only.
    coding : how the answers are stored, where it is not as the key's: the id of a coding variant
        of the key, ``"as_printed"``, or ``{"min": 1, "max": 7}`` (as many steps as the key has
        codes, same direction). Instruments whose direction differs between studies refuse
        without it.
    item_order : id of an item order variant, where the form's numbers differ from the key's.
    already_reversed : True (every item that any scale of the key reverses is stored reversed), or
        the numbers of the items stored reversed, counted as the study's form does. They are
        turned back first, then all is scored raw.
    missing_codes : codes that mean "no answer", e.g. ``[9, 99]``.
    min_share : least share of a scale's items that must be answered, where the key publishes no
        missing rule (default: all). It never overrides a published rule.
    folder : a folder of own key files, searched first.

    Returns
    -------
    frame of the kind that came in, every column as it was, and for each scale of the key
        ``{id}_{scale}`` : the score, missing where too few items were answered,
        ``{id}_{scale}_answered`` : number of items answered,
        ``{id}_{scale}_status`` : ``complete``, ``prorated``, ``too_few`` or ``empty``.
        A lazy frame stays lazy; one aggregate query is run for the range check (a second one
        only to describe a fault).

    Raises
    ------
    ScoringError : unknown instrument, coding or item order; a key that may not be scored.
    DataError : columns missing, not numeric or named twice; answers outside the codes. One Issue
        a column, without any answer.

    Notes
    -----
    Order: missing codes to null; range check in the declared coding; coding; turning back;
    ``low + high - x`` for reversed items; recode; then with `total` over the answered items

    * ``sum``: ``total * items / answered * multiply`` (person-mean proration, in this order, so
      that no rounding error moves a score over a cut-off),
    * ``mean``: ``total / answered``,
    * ``criteria``: 1 where at least one item of `any_of` counts and the number of items that
      count lies in `count`, else 0; all items needed.

    Checked against the worked examples of every key file, and the authors' totals of
    PHQ-9 and GAD-7 (783 students), NHANES PHQ-9 (6337), CES-D and AHI (992), QWB-18 (659).

    Examples
    --------
    >>> import pandas as pd
    >>> from balint_research.scoring.score import score
    >>> answers = pd.DataFrame({"person": ["a", "b"], "who5_1": [5, 3], "who5_2": [4, 3],
    ...                         "who5_3": [5, 2], "who5_4": [5, None], "who5_5": [4, 1]})
    >>> score(answers, "who5")[["person", "who5_percent", "who5_percent_status"]]
      person  who5_percent who5_percent_status
    0      a          92.0            complete
    1      b           NaN             too_few
    >>> score(answers, "who5", min_share=0.8)[["who5_percent", "who5_percent_status"]].iloc[1]
    who5_percent               45.0
    who5_percent_status    prorated
    Name: 1, dtype: object

    An answer outside the codes stops the scoring:

    >>> score(answers.assign(who5_1=[6, 0]), "who5")
    Traceback (most recent call last):
    balint_research.errors.DataError: 1 fault was found; nothing was computed.
      1. column 'who5_1': 1 answer is outside the codes of WHO-5. Allowed: whole numbers 0 to 5. \
Correct the file, declare `missing_codes`, or declare the `coding` in which the answers are \
stored. [range]
    """
    key = load_instrument(instrument, folder)
    plan = settle(key, items, coding, item_order, already_reversed, missing_codes, min_share)
    data: Any = framed(frame)
    plan = without_absent_fillers(plan, data.columns)
    refuse_by_schema(data, plan)
    answers = {n: cleaned(data, column, plan) for n, column in plan.columns.items()}
    refuse_out_of_range(data, answers, plan)
    coded = {n: canonical(answer, n, plan) for n, answer in answers.items()}
    return cast("FrameT", _scored(data, coded, plan).to_native())


# --- from answers to scores ----------------------------------------------------------------------
#
# Two steps, because Dask cannot take a horizontal sum inside `when`: first the totals and counts
# become columns, then the value column is made out of them in place.


def _scored(data: Any, answers: Mapping[int, nw.Expr], plan: Plan) -> Any:
    form = f"{plan.instrument.id}_form_answered"
    totals = [column for name in plan.instrument.scales for column in _totals(answers, name, plan)]
    whole = [] if plan.instrument.missing.min_answered_form is None else [
        _answered(list(answers.values())).alias(form)
    ]
    scores = [column for name in plan.instrument.scales
              for column in _value_and_status(answers, name, plan, form)]
    return data.with_columns(*totals, *whole).with_columns(*scores).drop(form, strict=False)


def _totals(answers: Mapping[int, nw.Expr], name: str, plan: Plan) -> list[nw.Expr]:
    scale = plan.instrument.scales[name]
    value, answered, _ = output_names(plan.instrument, name)
    counted = (
        [_reaches(answers[n], least).cast(nw.Int64) for n, least in scale.criteria.at_least.items()]
        if scale.criteria
        else [keyed(answers[n], n, scale, plan.instrument) for n in scale.items]
    )
    return [
        nw.sum_horizontal(*counted).alias(value),
        _answered([answers[n] for n in scale.items]).alias(answered),
    ]


def _answered(answers: Sequence[nw.Expr]) -> nw.Expr:
    # cast first: pandas would answer a sum of booleans with a logical or
    return nw.sum_horizontal(*[(~answer.is_null()).cast(nw.Int64) for answer in answers])


def _value_and_status(
    answers: Mapping[int, nw.Expr], name: str, plan: Plan, form: str
) -> list[nw.Expr]:
    scale, key = plan.instrument.scales[name], plan.instrument
    value, answered, status = output_names(key, name)
    count, usable = nw.col(answered), nw.col(answered) >= plan.least[name]
    if key.missing.min_answered_form is not None:
        usable = usable & (nw.col(form) >= key.missing.min_answered_form)
    return [
        nw.when(usable).then(_value(nw.col(value), count, answers, scale)).alias(value),
        _status(count, usable, len(scale.items)).alias(status),
    ]


def _value(
    total: nw.Expr, count: nw.Expr, answers: Mapping[int, nw.Expr], scale: Scale
) -> nw.Expr:
    if scale.criteria:
        return _criteria(total, answers, scale.criteria)
    if scale.score == "mean":
        return total / count
    # total * items / answered, in this order: exact wherever the result is a whole number
    prorated = total * len(scale.items) / count
    return prorated * scale.multiply if scale.multiply != 1 else prorated


def _criteria(number: nw.Expr, answers: Mapping[int, nw.Expr], rule: Criteria) -> nw.Expr:
    least, most = rule.count
    core = any_of([_reaches(answers[n], rule.at_least[n]) for n in rule.any_of])
    met = core & (number >= least) & (number <= most)
    return nw.when(met).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def _reaches(answer: nw.Expr, code: int) -> nw.Expr:
    return answer >= code - TOLERANCE


def _status(count: nw.Expr, usable: nw.Expr, items: int) -> nw.Expr:
    return (
        nw.when(count == 0).then(nw.lit("empty"))
        .when(~usable).then(nw.lit("too_few"))
        .when(count < items).then(nw.lit("prorated"))
        .otherwise(nw.lit("complete"))
    )

