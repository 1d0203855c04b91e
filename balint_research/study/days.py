"""Days as exports write them: text becomes a day, or it is told why it cannot.

Only the day is read. A time of day behind it is passed over, and so is its zone: an answer counts
to the day on which the person answered.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

# A time behind the day: 10:11, 10:11:12.5, 10:11 PM, T10:11:12Z, 10:11:12+01:00, GMT+1.
TIME = (r"(?:(?:T|,?\ +)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\ ?[AP]\.?M\.?)?"
        r"(?:\ ?(?:Z|UTC|GMT|MEZ|MESZ|CEST?)?(?:[+-]\d{1,2}(?::?\d\d)?)?)?)?")
YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){TIME}",
    re.IGNORECASE)
TOGETHER = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)")
YEAR_LAST = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<mark>[-/.]|\.\ )(?P<two>\d{{1,2}})(?P=mark)"
    rf"(?P<year>\d{{4}}|\d\d){TIME}", re.IGNORECASE)
NAME = r"(?P<name>[^\W\d_]{3,})\.?"
NAMED = (
    re.compile(rf"(?P<day>\d{{1,2}})\.?[-/\ ]*(?:de\ )?{NAME}[-/\ ]*(?:de\ )?(?P<year>\d{{4}})"
               + TIME, re.IGNORECASE),
    re.compile(rf"{NAME}[-\ ]+(?P<day>\d{{1,2}}),?[-\ ]+(?P<year>\d{{4}}){TIME}", re.IGNORECASE),
)
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
BEFORE_SERIALS = date(1899, 12, 30)      # day 0 of Excel, as its days since March 1900 count
FIRST_SERIAL, LAST_SERIAL = 36526, 73050  # the years 2000 to 2099

# English, German, French, Spanish and Italian; three letters are enough but for June and July.
MONTHS = {
    1: ("jan", "jän", "ene", "gen"), 2: ("feb", "fév", "fev"), 3: ("mar", "mär", "mrz"),
    4: ("apr", "avr", "abr"), 5: ("may", "mai", "mag"), 6: ("jun", "juin", "giu"),
    7: ("jul", "juil", "lug"), 8: ("aug", "aoû", "aou", "ago"), 9: ("sep", "set"),
    10: ("oct", "okt", "ott"), 11: ("nov",), 12: ("dec", "dez", "déc", "dic"),
}


@dataclass(frozen=True)
class Days:
    """A column of days.

    `days` has a day for every cell that could be read, and nothing for the others. The faults are
    the rows that are `unreadable`, those that name a day `nowhere` in the calendar, and rows of
    which day and month cannot be told apart: `open` where nothing in the column says which comes
    first, `mixed` where some cells say one and some the other. `serial` rows hold the number by
    which Excel counts a day.
    """

    days: pd.Series
    unreadable: pd.Index = field(default_factory=lambda: pd.Index([]))
    nowhere: pd.Index = field(default_factory=lambda: pd.Index([]))
    open: pd.Index = field(default_factory=lambda: pd.Index([]))
    mixed: pd.Index = field(default_factory=lambda: pd.Index([]))
    serial: pd.Index = field(default_factory=lambda: pd.Index([]))

    @property
    def right(self) -> bool:
        """Whether every filled cell is a day."""
        return not any(map(len, (self.unreadable, self.nowhere, self.open, self.mixed)))


class _Numbers(NamedTuple):
    """A day in numbers whose order is not known."""

    one: int
    two: int
    year: int
    mark: str


def read_days(cells: pd.Series) -> Days:
    """The days of a text column.

    Parameters
    ----------
    cells : text as in the file, missing where a cell is empty. Read are ISO days
        (``2025-03-04``, also with a time behind it), ``20250304``, ``2025/03/04``,
        ``04.03.2025``, ``04/03/2025`` and ``3/14/25`` (a year of two digits stands last and means
        20yy), ``4 Mar 2025``, ``March 4, 2025``, and Excel's numbers of days from 2000 to 2099.

    Returns
    -------
    `Days`. Whether the day or the month comes first is told by the cells of the column, each mark
    (``/ - .``) by itself: one cell above 12 decides for all. With points the day comes first where
    no cell says otherwise. With another mark and no such cell, the column is `open`: nothing is
    guessed.

    Notes
    -----
    Checked against `datetime.strptime` on every day of five years in each of these forms.

    Examples
    --------
    >>> read_days(pd.Series(["04/03/2025", "28/03/2025"])).days.dt.month.tolist()
    [3, 3]
    >>> read_days(pd.Series(["04/03/2025", "05/03/2025"])).open.tolist()
    [0, 1]
    >>> read_days(pd.Series(["2025-02-30", "soon"])).nowhere.tolist()
    [0]
    """
    filled = cells.dropna().astype("str").str.strip()
    read = {cell: _read(cell) for cell in filled.unique()}
    open_, mixed = _settle(read)
    outcome = filled.map(lambda cell: _kind(cell, read[cell], open_, mixed)).astype("object")
    days = filled.map(lambda cell: read[cell] if isinstance(read[cell], date) else None)
    rows = {kind: outcome.index[outcome == kind] for kind in
            ("unreadable", "nowhere", "open", "mixed", "serial")}
    return Days(pd.to_datetime(days.reindex(cells.index).astype("object")).astype(
        "datetime64[s]"), **rows)


_Read = date | _Numbers | str  # a day, numbers without their order, or why it is none


def _kind(cell: str, read: _Read, open_: set[str], mixed: set[str]) -> str:
    if isinstance(read, date):
        return "serial" if SERIAL.fullmatch(cell) else "day"
    if isinstance(read, str):
        return read
    return "open" if cell in open_ else "mixed" if cell in mixed else "nowhere"


def _read(cell: str) -> _Read:
    """One cell, as far as it can be read by itself."""
    for form in (YEAR_FIRST, TOGETHER):
        if match := form.fullmatch(cell):
            return _day(int(match["year"]), int(match["month"]), int(match["day"])) or "nowhere"
    if match := YEAR_LAST.fullmatch(cell):
        year = int(match["year"])
        year += 2000 if len(match["year"]) == 2 else 0
        return _Numbers(int(match["one"]), int(match["two"]), year, match["mark"].strip())
    for form in NAMED:
        match = form.fullmatch(cell)
        if match and (month := _month(match["name"])):
            return _day(int(match["year"]), month, int(match["day"])) or "nowhere"
    if SERIAL.fullmatch(cell) and FIRST_SERIAL <= float(cell) < LAST_SERIAL:
        return BEFORE_SERIALS + timedelta(days=int(float(cell)))
    return "unreadable"


def _settle(read: dict[str, _Read]) -> tuple[set[str], set[str]]:
    """Put the days of each mark into `read`; give the cells that stay open, and those mixed."""
    open_, mixed = set[str](), set[str]()
    numbers = {cell: of for cell, of in read.items() if isinstance(of, _Numbers)}
    for mark in {of.mark for of in numbers.values()}:
        both = {cell: (_day(of.year, of.two, of.one), _day(of.year, of.one, of.two))
                for cell, of in numbers.items() if of.mark == mark}
        only_day_first = {cell for cell, (first, other) in both.items() if first and not other}
        only_month_first = {cell for cell, (first, other) in both.items() if other and not first}
        if only_day_first and only_month_first:
            mixed |= {cell for cell, days in both.items() if any(days) and days[0] != days[1]}
            place = None
        elif only_day_first or only_month_first or mark == ".":
            place = 1 if only_month_first else 0
        else:
            open_ |= {cell for cell, days in both.items() if any(days) and days[0] != days[1]}
            place = None
        read.update(_chosen(both, place))
    return open_, mixed


def _chosen(
    both: dict[str, tuple[date | None, date | None]], place: int | None
) -> Iterator[tuple[str, date]]:
    """The days by the order that is known; without one those that are the same either way."""
    for cell, days in both.items():
        day = days[place or 0]
        if day and (place is not None or days[0] == days[1]):
            yield cell, day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int | None:
    word = name.casefold()
    return next((number for number, starts in MONTHS.items() if word.startswith(starts)), None)
