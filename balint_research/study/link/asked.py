"""What a linking is asked to do, checked as a whole before anything is compared."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.link.elements import Element, elements_of
from balint_research.study.link.near import LEVELS
from balint_research.study.link.rules import found

_NAME = re.compile(r"(?!links$)[a-z0-9][a-z0-9_-]*", re.IGNORECASE)  # becomes the name of a file


@dataclass(frozen=True)
class Asked:
    """A checked request; `highest` is the number of the loosest level wanted."""

    waves: Mapping[str, pd.DataFrame]
    elements: Mapping[str, Element]
    constants: tuple[str, ...]
    compare: tuple[str, ...]
    budget: float
    tolerance: str | None

    @property
    def highest(self) -> int:
        return len(LEVELS) - 1 if self.tolerance is None else LEVELS.index(self.tolerance)


def asked_for(
    waves: Sequence[pd.DataFrame],
    elements: Mapping[str, Element | str] | Iterable[str],
    *,
    names: Sequence[str] | None,
    constants: Sequence[str],
    compare: Sequence[str],
    budget: float,
    tolerance: str | None,
) -> Asked:
    """The request, or a `DataError` with every fault of it."""
    issues: list[Issue] = []
    try:
        declared = elements_of(elements)
    except DataError as fault:
        issues += fault.issues
        declared = {}
    called = list(names) if names is not None else [f"wave{i + 1}" for i in range(len(waves))]
    if len(waves) < 2:
        issues.append(found("too_few_waves"))
    if len(called) != len(waves) or not good_names(called):
        issues.append(found("wave_names", evidence=f"{len(called)} names, {len(waves)} tables"))
        called = [f"wave{i + 1}" for i in range(len(waves))]
    if not 0 < budget <= 1:
        issues.append(found("budget"))
    if tolerance is not None and tolerance not in LEVELS:
        issues.append(found("tolerance", allowed=", ".join(LEVELS)))
    tables = dict(zip(called, waves, strict=True))
    issues += [found("two_roles", column=column) for column in constants if column in declared]
    issues += [found("compared_element", column=column) for column in compare
               if column in declared]
    for place, (name, frame) in enumerate(tables.items()):
        issues += _of_table(name, frame, declared, constants, compare if place == 0 else ())
    if issues:
        raise DataError(issues)
    return Asked(tables, declared, tuple(constants), tuple(compare), budget, tolerance)


def good_names(names: Sequence[str]) -> bool:
    """Whether each can name a wave and the files made for it."""
    return (len({name.casefold() for name in names}) == len(names)
            and all(_NAME.fullmatch(name) for name in names))


def _of_table(
    name: str, frame: pd.DataFrame, elements: Iterable[str], constants: Iterable[str],
    compare: Iterable[str],
) -> Iterator[Issue]:
    roles = [(column, "an element of the code") for column in elements]
    roles += [(column, "a constant") for column in constants]
    roles += [(column, "a column to compare") for column in compare]
    for column, role in roles:
        if column not in frame.columns:
            yield found("no_column", wave=name, column=column, role=role)
    if "participant" in frame.columns:
        yield found("participant_taken", wave=name)
    if not pd.api.types.is_integer_dtype(frame.index.dtype) or not frame.index.is_unique:
        yield found("row_labels", wave=name)
