"""Figures as a paper prints them: a number, and how far its last digit reaches."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from numbers import Integral, Real
from typing import Any

from balint_research.errors import ScoringError, quoted
from balint_research.scoring.instrument import Instrument

Published = Mapping[str, Mapping[str, Any]]   # scale -> figure -> printed text or number

FIGURES = ("n", "mean", "sd", "alpha", "median", "min", "max")
PRINTED = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
SLACK = 1e-9     # relative: two programs that add the same numbers differ in the last bits
MOST_DIGITS = 15

AN_EXAMPLE = "{'total': {'n': 779, 'mean': '7.16', 'sd': '4.41', 'alpha': '.81'}}"
NOT_A_NUMBER = "must be a number, or its printed text with a point ('24.30', '.81')"


@dataclass(frozen=True)
class Printed:
    """A printed figure and its tolerance: half a unit of the last digit that is printed."""

    value: float
    tolerance: float

    def agrees(self, mine: float) -> bool:
        """Whether the figure, rounded to the printed digits, can be the printed one."""
        return abs(mine - self.value) <= self.reach

    @property
    def reach(self) -> float:
        """The tolerance, and no less than what two programs may differ by."""
        return self.tolerance + SLACK * (1 + abs(self.value))


def read_published(
    published: Published, key: Instrument, digits: int | None
) -> dict[str, dict[str, Printed]]:
    """Scale -> figure -> `Printed`, in the order of the key; every fault at once.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> read_published({"total": {"mean": "7.10", "n": 779}}, load_instrument("phq9"), None)
    {'total': {'n': Printed(value=779.0, tolerance=0.5), 'mean': Printed(value=7.1, \
tolerance=0.005)}}
    """
    faults = list(_faults(published, key, digits))
    if faults:
        heading = f"{len(faults)} fault{'s' * (len(faults) != 1)} in what is published:"
        raise ScoringError("\n".join(
            [heading, *(f"  {i}. {fault}" for i, fault in enumerate(faults, 1))]))
    return {
        name: {figure: _printed(published[name][figure], figure, digits)
               for figure in FIGURES if figure in published[name]}
        for name in key.scales if name in published
    }


def _printed(value: str | float, figure: str, digits: int | None) -> Printed:
    number = _decimal(value)
    assert number is not None   # `_faults` has looked
    places = -int(number.as_tuple().exponent)
    if digits is not None and figure != "n":
        places = digits
    return Printed(float(number), 0.5 * 10.0 ** -max(places, 0))


def _decimal(value: Any) -> Decimal | None:
    """The number as it is printed; None where it is none."""
    if isinstance(value, str):
        text = value.strip().replace("\N{MINUS SIGN}", "-")
        return Decimal(text) if PRINTED.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        return None
    return Decimal(str(value))   # str of a float: the shortest text that means it


def _faults(published: Any, key: Instrument, digits: Any) -> Iterator[str]:
    whole = isinstance(digits, Integral) and not isinstance(digits, bool)
    if digits is not None and not (whole and 0 <= digits <= MOST_DIGITS):
        yield f"`digits` must be a whole number from 0 to {MOST_DIGITS}."
    if not isinstance(published, Mapping) or not published:
        yield f"`published` must map scales to figures, as in {AN_EXAMPLE}."
        return
    allowed = [name for name, scale in key.scales.items() if scale.criteria is None]
    for name, figures in published.items():
        place = f"published[{name!r}]"
        if name in key.scales and name not in allowed:
            yield f"{place}: a yes/no rule does not add up, so it cannot be compared."
        elif name not in allowed:
            yield f"{place}: {key.label} has no such scale. {_allowed(name, allowed)}"
        elif not isinstance(figures, Mapping) or not figures:
            yield f"{place}: must map figures to numbers, as in {AN_EXAMPLE}."
        else:
            yield from _figure_faults(place, figures)


def _figure_faults(place: str, figures: Mapping[Any, Any]) -> Iterator[str]:
    for figure, value in figures.items():
        here, number = f"{place}[{figure!r}]", _decimal(value)
        if figure not in FIGURES:
            yield f"{here}: there is no such figure. {_allowed(figure, FIGURES)}"
        elif number is None:
            yield f"{here}: {NOT_A_NUMBER}."
        elif figure == "n" and (number < 1 or number % 1):
            yield f"{here}: must be a whole number of people."
        elif figure == "sd" and number < 0:
            yield f"{here}: a standard deviation is not negative."
        elif figure == "alpha" and number > 1:
            yield f"{here}: alpha is at most 1."


def _allowed(name: object, allowed: Any) -> str:
    near = get_close_matches(str(name), allowed, n=1)
    return f"Allowed: {quoted(allowed)}." + (f" Did you mean '{near[0]}'?" if near else "")
