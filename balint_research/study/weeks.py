"""Columns of days become whole weeks from the start of the study; the days themselves stay behind.

A day is used to compare (was the baseline answered before the allocation?) and to count its week.
The frames in the making carry it beside the week; `without_days` takes it out of the data.
"""

from collections.abc import Mapping

import pandas as pd

from balint_research.study.days import Days, read_days
from balint_research.study.findings import Findings, found
from balint_research.study.read.table import TextTable
from balint_research.study.study import Study

DAYS_A_WEEK = 7
FAR = 10  # years from the start; more is a mistyped century, or an empty cell of Excel (1900)
# Our column of days -> our column of weeks, by table.
DAY_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "participants": {"allocated_on": "allocated_week"},
    "responses": {"answered_on": "week"},
    "sessions": {"held_on": "week"},
    "memberships": {"from_date": "from_week", "to_date": "to_week"},
}
OF_DAYS = tuple(name for columns in DAY_COLUMNS.values() for name in columns)


def days_in(
    study: Study, source: TextTable, column: str, lines: pd.Index, findings: Findings
) -> pd.Series:
    """The days of the rows `lines`, missing where there is none; every fault is told.

    The whole column says whether the day or the month comes first, also rows that are not used.
    """
    none = pd.Series(index=lines, dtype="datetime64[s]")
    if study.dates.start is None:
        findings.add([found("no_start", file=source.file, column=column)])
        return none
    read = read_days(source.frame[column])
    _tell(read, source.file, column, lines, findings)
    days = read.days.reindex(lines)
    start = pd.Timestamp(study.dates.start)
    years = pd.DateOffset(years=FAR)
    far = days.notna() & ~days.between(start - years, start + years)
    if far.any():
        findings.add([found("far_day", file=source.file, column=column, rows=lines[far],
                            years=str(FAR))])
    return days.mask(far)


def are_days(cells: pd.Series) -> bool:
    """Whether a column holds days and nothing else."""
    return read_days(cells).right


def weeks_of(study: Study, days: pd.Series) -> pd.Series:
    """Whole weeks from the start, rounded down: the first seven days are week 0.

    Examples
    --------
    >>> from datetime import date
    >>> from types import SimpleNamespace
    >>> study = SimpleNamespace(dates=SimpleNamespace(start=date(2025, 3, 3)))
    >>> weeks_of(study, pd.to_datetime(pd.Series(["2025-03-02", "2025-03-09", "2025-03-10"])))
    0   -1.0
    1    0.0
    2    1.0
    dtype: float64
    """
    if study.dates.start is None:
        return pd.Series(index=days.index, dtype=float)
    since = days - pd.Timestamp(study.dates.start)
    return (since.dt.days // DAYS_A_WEEK).astype(float)


def with_weeks(
    study: Study, weeks: pd.Series, days: pd.Series, source: TextTable, column: str,
    findings: Findings,
) -> pd.Series:
    """The weeks of the days, and those that the file gives where it has no day.

    `column` is that of the weeks in the file: where both are given they must agree.
    """
    counted = weeks_of(study, days)
    differ = counted.notna() & weeks.notna() & counted.ne(weeks)
    if differ.any():
        findings.add([found("week_and_day", file=source.file, column=column,
                            rows=weeks.index[differ])])
    return counted.fillna(weeks)


def without_days(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it may go on: no day is left in it."""
    return frame.drop(columns=[name for name in OF_DAYS if name in frame.columns])


def _tell(read: Days, file: str, column: str, lines: pd.Index, findings: Findings) -> None:
    for rule, rows in (("not_a_day", read.unreadable), ("no_such_day", read.nowhere),
                       ("day_or_month", read.open), ("days_mixed", read.mixed),
                       ("serial_days", read.serial)):
        used = rows.intersection(lines)
        if len(used):
            findings.add([found(rule, file=file, column=column, rows=used)])
