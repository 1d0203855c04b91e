"""The wider forms of what is known of people, as `[privacy.levels]` declares them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.study.privacy.rules import found
from balint_research.study.study import Step

TEXT = pd.StringDtype(na_value=float("nan"))


def wider_forms(values: pd.Series, steps: Sequence[Step]) -> tuple[pd.Series, ...]:
    """A column as it is, and as each declared step makes it, from fine to coarse.

    Parameters
    ----------
    values : one value a person, numbers or text.
    steps : bounds for numbers, or a table value -> wider value of the values as they stand in the
        file; both of the column as it is, not of the step before.

    Returns
    -------
    one text column for step 0 and each step: a missing value stays missing, and a value for which
    a step has no wider form is missing there (`level_faults` tells it first).

    Examples
    --------
    >>> age = pd.Series([29.0, 30.0, 41.0, None])
    >>> for form in wider_forms(age, [(30, 40), (40,)]):
    ...     print(form.tolist())
    ['29', '30', '41', nan]
    ['under 30', '30 to under 40', '40 and over', nan]
    ['under 40', 'under 40', '40 and over', nan]
    >>> wider_forms(pd.Series([1, 3]), [{"1": "junior", "3": "senior"}])[1].tolist()
    ['junior', 'senior']
    """
    return (as_text(values), *(_wider(values, step) for step in steps))


def as_text(values: pd.Series) -> pd.Series:
    """A column as text: numbers without a needless decimal part, at most six digits after it.

    Examples
    --------
    >>> as_text(pd.Series([3.0, 2.5, 1234567.0, 200 / 3, None])).tolist()
    ['3', '2.5', '1234567', '66.666667', nan]
    """
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(TEXT)
    return values.astype(float).map(number_text, na_action="ignore").astype(TEXT)


def number_text(number: float) -> str:
    """A number as it stands in a file: 3, not 3.0."""
    return f"{number + 0.0:.6f}".rstrip("0").rstrip(".")


def banded(values: pd.Series, bounds: Sequence[float]) -> pd.Series:
    """Numbers as bands in words; a bound belongs to the band above it.

    Examples
    --------
    >>> banded(pd.Series([26.9, 27.0]), [27]).tolist()
    ['under 27', '27 and over']
    """
    told = [number_text(bound) for bound in bounds]
    names = [f"under {told[0]}",
             *(f"{low} to under {high}" for low, high in pairwise(told)),
             f"{told[-1]} and over"]
    numbers = values.astype(float)
    places = pd.Series(np.searchsorted(np.asarray(bounds), numbers, side="right"), values.index)
    return places.map(dict(enumerate(names))).where(numbers.notna()).astype(TEXT)


def level_faults(
    people: pd.DataFrame, levels: Mapping[str, Sequence[Step]]
) -> Iterator[Issue]:
    """Every column that its declared steps do not fit: numbers of people, no value.

    Parameters
    ----------
    people : one row a person, the columns as they are (`known`).
    levels : column -> steps. A column that nobody has is not looked at.
    """
    for column, steps in levels.items():
        if column not in people:
            continue
        for i, step in enumerate(steps, 1):
            rule, count = _fault(people[column], step)
            if count:
                yield found(rule, column=column, count=count, step=str(i))


def _fault(values: pd.Series, step: Step) -> tuple[str, int]:
    if isinstance(step, Mapping):
        return "value_without_level", int((values.notna() & _wider(values, step).isna()).sum())
    text = not pd.api.types.is_numeric_dtype(values)
    return "bounds_for_text", int(values.notna().sum()) if text else 0


def _wider(values: pd.Series, step: Step) -> pd.Series:
    if isinstance(step, Mapping):
        return as_text(values).map(dict(step), na_action="ignore").astype(TEXT)
    if pd.api.types.is_numeric_dtype(values):
        return banded(values, step)
    return pd.Series(index=values.index, dtype=TEXT)
