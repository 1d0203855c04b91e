"""What scoring refuses at the door: columns that cannot be items, answers that cannot be codes."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import narwhals.stable.v2 as nw

from balint_research.errors import DataError, Issue, ScoringError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import TOLERANCE, Plan, code_words, output_names

FEWEST = 5  # answers: the range of fewer would tell what a person answered


def framed(frame: Any) -> Any:
    """The frame as narwhals sees it; refused where it is none, or has names nobody can tell."""
    try:
        data = nw.from_native(frame)
    except TypeError:
        raise ScoringError(
            "This is not a frame that can be scored. Allowed: pandas, Polars, PyArrow, DuckDB, "
            "Dask or PySpark frames."
        ) from None
    except nw.exceptions.DuplicateError:
        raise ScoringError(
            "Two columns of the frame have one name. Rename or drop one of them."
        ) from None
    if not all(isinstance(name, str) for name in data.columns):
        raise ScoringError("The names of the columns must be texts. Rename the columns.")
    return data


def refuse_by_schema(data: Any, plan: Plan, *, outputs: bool = True) -> None:
    """Columns that are missing, no numbers or named twice; `outputs`: or would be overwritten."""
    schema = data.collect_schema()
    issues = [
        *_column_issues(schema, plan),
        *_twin_issues(schema, plan),
        *(_output_issues(schema, plan) if outputs else ()),
        *_dot_issues(data, plan),
    ]
    if issues:
        raise DataError(issues)


def unreadable_columns(data: Any, plan: Plan) -> list[Issue]:
    """Item columns that cannot be told: missing, or two of one name. Text in them is no matter."""
    schema = data.collect_schema()
    return [*_missing_columns(schema, plan), *_twin_issues(schema, plan)]


def _missing_columns(schema: Mapping[str, Any], plan: Plan) -> list[Issue]:
    return [_missing_column(n, column, schema, plan.instrument)
            for n, column in sorted(plan.columns.items()) if column not in schema]


def _column_issues(schema: Mapping[str, Any], plan: Plan) -> list[Issue]:
    issues = []
    for n, column in sorted(plan.columns.items()):
        if column not in schema:
            issues.append(_missing_column(n, column, schema, plan.instrument))
        elif not (schema[column].is_numeric() or schema[column] == nw.Unknown):
            issues.append(_not_numeric(n, column, plan.instrument))
    return issues


def _missing_column(n: int, column: str, schema: Mapping[str, Any], key: Instrument) -> Issue:
    near = get_close_matches(column, list(schema), n=1)
    hint = f" The nearest column is '{near[0]}'." if near else ""
    return Issue(
        rule="item_missing", column=column,
        what=f"The column of item {n} of {key.label} is missing.{hint}",
        do="Say with `items` how the item columns are named.",
    )


def _not_numeric(n: int, column: str, key: Instrument) -> Issue:
    return Issue(
        rule="not_numeric", column=column,
        what=f"Item {n} of {key.label} is not stored as numbers.",
        allowed=f"numeric codes ({code_words(key.response.codes)} as printed)",
        do="Export the answers as numeric codes, or turn the labels into codes first.",
    )


def _twin_issues(schema: Mapping[str, Any], plan: Plan) -> list[Issue]:
    """Columns that differ only in capitals: some engines add the wrong one without a word."""
    names = [name.lower() for name in schema]
    twins = [c for c in plan.columns.values() if c in schema and names.count(c.lower()) > 1]
    used_twice = sorted({c for c in plan.columns.values()
                         if list(plan.columns.values()).count(c) > 1})
    return [
        Issue(rule="twin_columns", column=column,
              what="Another column has the same name but for capitals.",
              do="Rename or remove one of them.")
        for column in sorted(twins)
    ] + [
        Issue(rule="item_twice", column=column,
              what=f"The column stands for more than one item of {plan.instrument.label}.",
              do="Give each item its own column in `items`.")
        for column in used_twice
    ]


def _output_issues(schema: Mapping[str, Any], plan: Plan) -> list[Issue]:
    existing = {name.lower() for name in schema}
    return [
        Issue(rule="output_exists", column=name,
              what="The column that would hold a result is already there.",
              do="Rename or drop it first; nothing is overwritten.")
        for scale in plan.instrument.scales
        for name in output_names(plan.instrument, scale)
        if name.lower() in existing
    ]


def _dot_issues(data: Any, plan: Plan) -> list[Issue]:
    if not data.implementation.is_pyspark():
        return []
    return [
        Issue(rule="dot_in_name", column=column, what="PySpark cannot use a name with a dot.",
              do="Rename the column.")
        for column in plan.columns.values() if "." in column
    ]


def refuse_out_of_range(data: Any, answers: Mapping[int, nw.Expr], plan: Plan) -> None:
    codes = sorted(plan.coded)
    counted = [_outside(answer, codes).cast(nw.Int64).sum() for answer in answers.values()]
    found = _one_row(data.select(*counted))
    counts = {n: int(found[column] or 0) for n, column in plan.columns.items()}
    faulty = [n for n in sorted(counts) if counts[n]]
    if faulty:
        reach = _reach(data, {n: answers[n] for n in faulty})
        raise DataError([_range_issue(plan, n, counts[n], *reach[n]) for n in faulty])


def _reach(data: Any, answers: Mapping[int, nw.Expr]) -> dict[int, tuple[float, float, int]]:
    """Lowest and highest answer of each faulty column and their number: asked only at a fault."""
    lows = [answer.min().alias(f"low_{n}") for n, answer in answers.items()]
    highs = [answer.max().alias(f"high_{n}") for n, answer in answers.items()]
    counts = [(~answer.is_null()).cast(nw.Int64).sum().alias(f"count_{n}")
              for n, answer in answers.items()]
    found = _one_row(data.select(*lows, *highs, *counts))
    return {n: (found[f"low_{n}"], found[f"high_{n}"], int(found[f"count_{n}"])) for n in answers}


def _outside(answer: nw.Expr, codes: Sequence[int]) -> nw.Expr:
    """True where an answer is none of the codes (evenly spaced, which the loader demands).

    Its distance from the nearest code, in steps: one comparison for below, above and between. Null
    stays null, and a NaN of pandas compares as False, so that no answer counts as no fault.
    """
    step = (codes[-1] - codes[0]) // (len(codes) - 1)
    low, high = (codes[0], codes[-1]) if step == 1 else (0, len(codes) - 1)
    steps = answer if step == 1 else (answer - codes[0]) / step
    return (steps - steps.clip(low, high).round(0)).abs() > TOLERANCE


def _one_row(selected: Any) -> dict[str, Any]:
    if isinstance(selected, nw.LazyFrame):
        selected = selected.collect(backend="pandas")
    columns = selected.to_dict(as_series=False)
    return {name: values[0] for name, values in columns.items()}


def _range_issue(
    plan: Plan, n: int, count: int, low: float, high: float, answered: int
) -> Issue:
    codes = sorted(plan.coded)
    plural = "s are" if count != 1 else " is"
    return Issue(
        rule="range", column=plan.columns[n], count=count,
        what=f"{count} answer{plural} outside the codes of {plan.instrument.label}.",
        evidence=_column_range(low, high, codes, answered),
        allowed=code_words(codes),
        do="Correct the file, declare `missing_codes`, or declare the `coding` in which the "
           "answers are stored.",
    )


def _column_range(low: float, high: float, codes: Sequence[int], answered: int) -> str | None:
    """The range of the whole column; said only where it helps to see a shifted coding."""
    near = (codes[-1] - codes[0]) / (len(codes) - 1)
    if low < codes[0] - near or high > codes[-1] + near:
        return "the column reaches more than one step beyond the codes"
    if low >= codes[0] and high <= codes[-1]:
        return "there are answers between two codes"
    return f"the column runs from {low:g} to {high:g}" if answered >= FEWEST else None
