"""The codes of every wave as whole numbers: equal numbers are equal elements, -1 is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.errors import Issue
from balint_research.study.link.elements import CONSTANT, Element, as_text, is_mark, normalised
from balint_research.study.link.rules import found

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

MISSING = -1


@dataclass(frozen=True)
class Codes:
    """One wave: `codes` has a row a person and a column an element, `constants` likewise.

    `rows` are the labels of the rows; `twins` says whose full code stands in another row too.
    """

    name: str
    rows: Ints
    codes: Ints
    constants: Ints
    twins: Bools

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Coded:
    """All waves in one numbering, and the spelling behind each number, element by element."""

    waves: tuple[Codes, ...]
    elements: Mapping[str, Element]
    spellings: tuple[tuple[str, ...], ...]
    invalid: pd.DataFrame     # a row a wave, a column an element: cells that are no such element
    missing: pd.DataFrame     # likewise: empty cells
    issues: tuple[Issue, ...]


def coded(
    waves: Mapping[str, pd.DataFrame], elements: Mapping[str, Element], constants: Sequence[str]
) -> Coded:
    """The elements and constants of every wave, numbered together."""
    texts: dict[str, dict[str, list[str | None]]] = {}
    issues: list[Issue] = []
    for name, frame in waves.items():
        marks = _writes_marks(frame, elements)
        texts[name] = {column: normalised(frame[column], element, marks=marks)
                       for column, element in elements.items()}
        for column, element in elements.items():
            issues += _told(name, frame[column], element, texts[name][column], marks)
    numbered = [_numbered([texts[name][column] for name in waves]) for column in elements]
    fixed = [_numbered([normalised(frame[column], CONSTANT) for frame in waves.values()])
             for column in constants]
    made = []
    for place, (name, frame) in enumerate(waves.items()):
        codes = _columns([numbers[place] for numbers, _ in numbered], len(frame))
        made.append(Codes(
            name=name, rows=np.asarray(frame.index, dtype=np.int64), codes=codes,
            twins=_twins(codes),
            constants=_columns([numbers[place] for numbers, _ in fixed], len(frame))))
    return Coded(
        waves=tuple(made), elements=elements, spellings=tuple(words for _, words in numbered),
        invalid=_table(texts, None), missing=_table(texts, ""), issues=tuple(issues))


def keys(values: Ints, columns: Sequence[int]) -> Ints:
    """One number a row for these columns together: equal where all of them are; else -1.

    A row without a value in one of the columns has no key.
    """
    key = np.zeros(len(values), dtype=np.int64)
    width = 1
    for column in columns:
        numbers = values[:, column]
        size = int(numbers.max(initial=0)) + 1
        if width * size >= 2**62:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            width = len(values) + 1
        key, width = key * size + numbers, width * size
    return np.where((values[:, list(columns)] == MISSING).any(axis=1), MISSING, key)


def _twins(codes: Ints) -> Bools:
    key = keys(codes, range(codes.shape[1]))
    _, place, counts = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray((key != MISSING) & (counts[place] > 1), dtype=bool)


def _numbered(columns: Sequence[Sequence[str | None]]) -> tuple[list[Ints], tuple[str, ...]]:
    """The same number for the same text in all waves, in the order of the texts."""
    words = sorted({text for column in columns for text in column if text})
    place: dict[str | None, int] = {word: i for i, word in enumerate(words)}
    return [np.array([place.get(text, MISSING) for text in column], dtype=np.int64)
            for column in columns], tuple(words)


def _columns(columns: Sequence[Ints], rows: int) -> Ints:
    return np.column_stack(columns) if columns else np.zeros((rows, 0), dtype=np.int64)


def _writes_marks(frame: pd.DataFrame, elements: Mapping[str, Element]) -> bool:
    """Whether NA stands for an empty cell in this file: it does in a column of numbers."""
    return any(is_mark(as_text(cell)) for column, element in elements.items()
               if element.kind not in ("letters", "text") for cell in frame[column].tolist())


def _told(
    wave: str, cells: pd.Series, element: Element, texts: Sequence[str | None], marks: bool
) -> list[Issue]:
    issues = []
    column = str(cells.name)
    bad = [row for row, text in zip(cells.index, texts, strict=True) if text is None]
    if bad:
        issues.append(found("invalid_element", wave=wave, column=column, rows=bad,
                            allowed=element.spelling))
    if element.kind in ("letters", "text") and not marks:
        lone = [row for row, cell in zip(cells.index, cells.tolist(), strict=True)
                if as_text(cell) == "NA"]
        if lone:
            issues.append(found("missing_mark", wave=wave, column=column, rows=lone))
    return issues


def _table(
    texts: Mapping[str, Mapping[str, Sequence[str | None]]], what: str | None
) -> pd.DataFrame:
    """How many cells are `what`, a row a wave and a column an element."""
    counts = {name: {column: sum(text == what for text in column_texts)
                     for column, column_texts in columns.items()}
              for name, columns in texts.items()}
    return pd.DataFrame.from_dict(counts, orient="index")
