"""Numbers become text: the only rounding in the package."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from balint_research.scoring.instrument import Scale

CONFIDENCE = 0.95
WIDE_SCALE = 20  # points from lowest to highest: from here on one decimal says enough

WITHHELD = "hidden"  # also a larger number, where a small one would follow from it
NOTHING = "–"
MINUS = "−"


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as named tuples, whose fields are what the frame's docstring says.

    Examples
    --------
    >>> [row.n for row in records(pd.DataFrame({"n": [3, 5]}))]
    [3, 5]
    """
    return iter(frame.itertuples(index=False))


def number(value: Any, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign; a dash where there is none.

    Examples
    --------
    >>> number(-1.234), number(-0.001), number(None), number(12, 0)
    ('−1.23', '0.00', '–', '12')
    """
    if is_missing(value):
        return NOTHING
    text = f"{float(value):.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def fewer_than(smallest_cell: int) -> str:
    """What stands in place of a number of people below the smallest cell.

    Examples
    --------
    >>> fewer_than(5)
    '< 5'
    """
    return f"< {smallest_cell}"


def count(value: Any) -> str:
    """A number of people or rows with thousands marked off.

    Examples
    --------
    >>> count(1200), count(None)
    ('1,200', '–')
    """
    return NOTHING if is_missing(value) else f"{int(value):,}"


def rounded(value: float, digits: int) -> float:
    """A number as precise as it is printed, where more would give something away.

    Examples
    --------
    >>> rounded(2.5149, 1)
    2.5
    """
    return round(float(value), digits)


def percent(share: Any, digits: int = 0) -> str:
    """A share as per cent; never 0 % or 100 % by rounding alone.

    Examples
    --------
    >>> percent(0.125), percent(0.0), percent(0.999), percent(0.001)
    ('12 %', '0 %', '> 99 %', '< 1 %')
    """
    if is_missing(share):
        return NOTHING
    text = number(100 * float(share), digits)
    step = number(10.0**-digits, digits)
    if float(share) > 0 and text == number(0, digits):
        return f"< {step} %"
    if float(share) < 1 and text == number(100, digits):
        return f"> {number(100 - 10.0**-digits, digits)} %"
    return f"{text} %"


def p_value(p: Any) -> str:
    """A p value with three decimals, ``< 0.001`` below that, ``> 0.999`` near one.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.0002), p_value(1.0), p_value(float("nan"))
    ('0.031', '< 0.001', '> 0.999', '–')
    """
    if is_missing(p):
        return NOTHING
    if p < 0.001:
        return "< 0.001"
    return "> 0.999" if p > 0.999 else number(p, 3)


def p_equals(p: Any, name: str = "p") -> str:
    """A p value inside a sentence.

    Examples
    --------
    >>> p_equals(0.0312), p_equals(0.0002, "adjusted p")
    ('p = 0.031', 'adjusted p < 0.001')
    """
    text = p_value(p)
    return f"{name} {text}" if text[0] in "<>" else f"{name} = {text}"


def interval(low: Any, high: Any, digits: int = 2) -> str:
    """Both ends of an interval; a dash where there is none.

    Examples
    --------
    >>> interval(-2.05, 1.5, 1), interval(None, None)
    ('−2.0 to 1.5', '–')
    """
    if is_missing(low) or is_missing(high):
        return NOTHING
    return f"{number(low, digits)} to {number(high, digits)}"


def with_interval(value: Any, low: Any, high: Any, digits: int = 2) -> str:
    """A value followed by its interval in brackets, or alone where it has none.

    Examples
    --------
    >>> with_interval(0.4, 0.1, 0.7), with_interval(0.4, None, None)
    ('0.40 (0.10 to 0.70)', '0.40')
    """
    text = number(value, digits)
    return text if is_missing(low) else f"{text} ({interval(low, high, digits)})"


def digits_of(scale: Scale) -> int:
    """Decimals for the points of a scale: one where it is wide, two where it is narrow.

    Nothing is gained by hundredths of a point on a scale of 0 to 54; on a mean of answers from
    1 to 4 they are the finding.
    """
    low, high = scale.range
    return 1 if high - low >= WIDE_SCALE else 2


def plain(value: float) -> str:
    """A bound of a scale as a person writes it: no decimals where there are none.

    Examples
    --------
    >>> plain(54.0), plain(2.5)
    ('54', '2.5')
    """
    return f"{value:g}".replace("-", MINUS)


def label(name: Any, none: str = "all participants") -> str:
    """A wave, arm or group as a reader sees it: as declared, with spaces for underscores.

    Examples
    --------
    >>> label("signature_strengths"), label(None)
    ('signature strengths', 'all participants')
    """
    return none if is_missing(name) or str(name) == "" else str(name).replace("_", " ")


def listed(parts: list[str]) -> str:
    """Several things as one phrase.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(value: Any, one: str, many: str | None = None) -> str:
    """A count with its noun in the right number.

    Examples
    --------
    >>> counted(1, "group"), counted(48, "person", "people")
    ('1 group', '48 people')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def sentence_case(text: str) -> str:
    """The first letter as a capital, the rest as it is (abbreviations keep their capitals)."""
    return text[:1].upper() + text[1:]


def is_missing(value: Any) -> bool:
    """True for None, NaN and pandas' missing values, never for a text."""
    if isinstance(value, str):
        return False
    return bool(pd.isna(value)) or (isinstance(value, float) and math.isinf(value))
