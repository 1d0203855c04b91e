"""What the columns of a self-generated code hold, and their cells in one spelling."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.link.months import MONTHS, NONE_WORDS, folded
from balint_research.study.link.rules import found
from balint_research.study.read.table import NO_ANSWER

Kind = Literal["letters", "day", "month", "year", "number", "text"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SPELLINGS = ("letters, letters:2, letters:1-3, day, day:1-31, month, year:1940-2010, number, "
             "number:0-15, text")
_SPELLING = re.compile(r"(?P<kind>[a-z]+)(?::(?P<low>\d+)(?:-(?P<high>\d+))?)?")
_WHOLE = re.compile(r"0*(\d+)(?:[.,]0+)?(?:\.|ST|ND|RD|TH|ER|E|º|ª)?")  # 07, 7.0, 7., 7th
_RANGES: Mapping[Kind, tuple[int | None, int | None]] = {
    "day": (1, 31), "month": (1, 12), "year": (1900, 2100), "number": (0, None),
}
# Elements whose range cannot be declared: nothing, or the months.
_FIXED: Mapping[Kind, tuple[tuple[int | None, int | None], ...]] = {
    "letters": ((None, None),), "text": ((None, None),), "month": ((None, None), (1, 12)),
}
NONE = "0"  # how "none" is written once it is normalised
_CENTURY, _ALPHABET = 100, 26
# Initials may be NA; these can be nothing but marks of an empty cell.
_NEVER_LETTERS = frozenset(mark for mark in NO_ANSWER if not mark.isalpha())


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the code.

    Parameters
    ----------
    kind : ``letters``, ``day``, ``month`` (a number or a name in one of fifteen languages),
        ``year``, ``number`` or ``text`` (letters and digits, compared as they are).
    low, high : smallest and largest number, for ``day``, ``year`` and ``number``.
    length : number of letters, or the least and the most, for ``letters``.
    none : further words that mean none. The usual ones ("none", "keine", "aucun" ...) are known
        where 0 is a number of the element.

    Examples
    --------
    >>> Element.parse("day"), Element.parse("letters:2").possible
    (Element(kind='day', low=1, high=31, length=None, none=()), 676)
    """

    kind: Kind = "text"
    low: int | None = None
    high: int | None = None
    length: int | tuple[int, int] | None = None
    none: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ends = (self.low, self.high)
        right = self.kind in KINDS and ends in _FIXED.get(self.kind, (ends,))
        right = right and (self.length is None or self.kind == "letters")
        if right and self.kind in _RANGES:
            low, high = _RANGES[self.kind]
            object.__setattr__(self, "low", low if self.low is None else self.low)
            object.__setattr__(self, "high", high if self.high is None else self.high)
            right = self.high is None or (self.low or 0) <= self.high
        if right and self.length is not None:
            least, most = self.lengths
            right = 1 <= least <= (most or least)
        if not right:
            raise DataError([found("element_spelling", element=str(self.kind), allowed=SPELLINGS)])

    @classmethod
    def parse(cls, spelling: str, name: str | None = None) -> Self:
        """The element of a short spelling such as ``day:1-31``; `name` is how a fault names it."""
        parts = _SPELLING.fullmatch(spelling.strip().casefold())
        try:
            if parts is None:
                raise DataError([])
            low, high = (int(parts[end]) if parts[end] else None for end in ("low", "high"))
            kind: Any = parts["kind"]
            if low is None:
                return cls(kind)
            if kind == "letters":
                return cls(kind, length=low if high is None else (low, high))
            if high is None or kind == "month":
                raise DataError([])
            return cls(kind, low, high)
        except DataError:
            named = spelling.strip() if name is None else name
            raise DataError([found("element_spelling", element=named, allowed=SPELLINGS)]) from None

    @property
    def lengths(self) -> tuple[int, int | None]:
        """The least and the most letters."""
        if self.length is None:
            return 1, None
        return (self.length, self.length) if isinstance(self.length, int) else self.length

    @property
    def possible(self) -> int | None:
        """How many values the element can have at most, where that is known."""
        if self.none:
            return None
        least, most = self.lengths
        if self.kind == "letters" and most is not None:
            return sum(int(_ALPHABET**n) for n in range(least, most + 1))
        if self.low is None or self.high is None:
            return None
        return self.high - self.low + 1

    @property
    def spelling(self) -> str:
        """The element as it is written on the command line."""
        least, most = self.lengths
        if self.kind == "letters" and most is not None:
            return f"letters:{least}" if least == most else f"letters:{least}-{most}"
        ends = self.kind in ("day", "year", "number") and self.high is not None
        return f"{self.kind}:{self.low}-{self.high}" if ends else self.kind


CONSTANT = Element("text")  # how constant variables are spelt for comparing


def elements_of(
    declared: Mapping[str, "Element | str"] | Iterable[str]
) -> dict[str, Element]:
    """Column -> element, from a mapping, or a list of columns whose kind is ``text``.

    Raises
    ------
    DataError : every spelling that is not known, and no element at all.
    """
    if isinstance(declared, str):
        declared = [declared]
    pairs: list[tuple[str, Element | str]] = (
        list(declared.items()) if isinstance(declared, Mapping)
        else [(str(column), "text") for column in declared])
    elements: dict[str, Element] = {}
    issues: list[Issue] = []
    for column, element in pairs:
        if column in elements:
            issues.append(found("element_twice", element=column))
        try:
            elements[column] = (Element.parse(element, f"{column}={element.strip()}")
                                if isinstance(element, str) else element)
        except DataError as fault:
            issues += fault.issues
    if not pairs:
        issues.append(found("no_elements"))
    if issues:
        raise DataError(issues)
    return elements


def parse_elements(text: str) -> dict[str, Element]:
    """The elements of one line: ``"birth_day=day:1-31, mother=letters:2, village"``.

    Examples
    --------
    >>> [(name, element.spelling) for name, element in parse_elements("d=day, v").items()]
    [('d', 'day:1-31'), ('v', 'text')]
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    named = [tuple(side.strip() for side in part.rpartition("=")) if "=" in part
             else (part, "=", "text") for part in parts]
    twice = {name for name, _, _ in named if [n for n, _, _ in named].count(name) > 1}
    issues = [found("element_twice", element=name) for name in sorted(twice)]
    if issues:
        raise DataError(issues)
    return elements_of({name: spelling for name, _, spelling in named})


def normalised(
    cells: pd.Series, element: Element, *, marks: bool = True
) -> list[str | None]:
    """The cells in one spelling: empty where there is no value, None where it is no such element.

    `marks` says whether NA and the like stand for an empty cell also where letters are asked for.

    Examples
    --------
    >>> normalised(pd.Series(["März", "3.0", "?", "moon"]), Element("month"))
    ['3', '3', '', None]
    """
    texts = [as_text(cell) for cell in cells.tolist()]
    known = {text: _one(text, element, marks) for text in set(texts)}
    return [known[text] for text in texts]


def as_text(cell: Any) -> str:
    """A cell as a person would write it."""
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def is_mark(text: str) -> bool:
    """Whether a text is the mark of an export for an empty cell."""
    return text in NO_ANSWER


def _one(text: str, element: Element, marks: bool) -> str | None:
    """One cell; empty for a missing one, None where it is no such element."""
    plain = folded(text)
    letters = element.kind in ("letters", "text")
    if not plain or text in (_NEVER_LETTERS if letters and not marks else NO_ANSWER):
        return ""
    if _means_none(plain, element):
        return NONE
    if element.kind == "letters":
        return _letters(plain, element)
    if element.kind == "text":
        return _text(text, plain)
    if element.kind == "month" and plain in MONTHS:
        return str(MONTHS[plain])
    return _number(text, element)


def _means_none(plain: str, element: Element) -> bool:
    usual = element.kind == "number" and element.low == 0
    words = {folded(word) for word in element.none} | (NONE_WORDS if usual else set())
    return plain in words or (bool(element.none) and plain == NONE)


def _letters(plain: str, element: Element) -> str | None:
    least, most = element.lengths
    fits = plain.isalpha() and least <= len(plain) <= (most or len(plain))
    return plain if fits else None


def _text(text: str, plain: str) -> str:
    """Numbers lose leading zeros and a final .0, whatever the program made of them."""
    whole = re.fullmatch(r"0*(\d+)(?:[.,]0+)?", text) or re.fullmatch(r"0*(\d+)", plain)
    return whole[1] if whole else plain


def _number(text: str, element: Element) -> str | None:
    compact = "".join(text.split()).upper()
    whole = _WHOLE.fullmatch(compact)
    if whole is None or not whole[1].isascii():
        return None
    number = int(whole[1])
    low, high = element.low or 0, element.high
    if element.kind == "year" and number < _CENTURY and high is not None:
        # two digits name one year where the range is shorter than a century
        years = [year for year in range(low, high + 1) if year % _CENTURY == number]
        return str(years[0]) if len(years) == 1 else None
    return str(number) if low <= number and (high is None or number <= high) else None
