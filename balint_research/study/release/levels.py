"""The steps of a quasi-identifier in words, and its values in the order that was declared."""

from collections.abc import Iterable, Mapping

import pandas as pd

from balint_research.study.privacy.levels import banded
from balint_research.study.study import Step, Study


def level_words(column: str, step: int | None) -> str:
    """What was done with a column, for people.

    Examples
    --------
    >>> level_words("age", 0), level_words("age", 2), level_words("age", None)
    ('as it is', 'in its 2nd wider form', 'left out')
    """
    if step is None:
        return "left out"
    endings = {1: "st", 2: "nd", 3: "rd"}
    return "as it is" if step == 0 else f"in its {step}{endings.get(step, 'th')} wider form"


def declared_values(study: Study, column: str, step: int) -> tuple[str, ...]:
    """Every value that a wider form may have, as `[privacy.levels]` declares it, in its order."""
    form: Step = study.privacy.levels[column][step - 1]
    if isinstance(form, Mapping):
        return tuple(dict.fromkeys(form.values()))
    return tuple(banded(pd.Series([float("-inf"), *form]), form))


def ordered_values(study: Study, column: str, step: int, values: "pd.Series[str]") -> list[str]:
    """The values that a finished column has: as declared where they are, else by number or name."""
    there = {str(value) for value in values.dropna()}
    if step and column != "group":
        return [value for value in declared_values(study, column, step) if value in there]
    return in_order(there)


def in_order(values: Iterable[str]) -> list[str]:
    """Texts in the order of the number that they end with, then by name.

    Examples
    --------
    >>> in_order(["group 10", "group 9"]), in_order(["2.5", "10"]), in_order(["b", "a"])
    (['group 9', 'group 10'], ['2.5', '10'], ['a', 'b'])
    """
    return sorted(values, key=lambda text: (_number(text), text))


def _number(text: str) -> float:
    try:
        return float(text.split()[-1])
    except (ValueError, IndexError):
        return float("inf")
