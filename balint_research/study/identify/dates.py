"""Days as people and survey programs write them, and the days that look like days of birth."""

import re
from datetime import date

import pandas as pd

ENOUGH = 0.8                                      # share from which a whole column is of a kind
OLDEST, YOUNGEST = 1920, date.today().year - 18   # years in which a participant can be born

DAY, MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
MONTH_NAME = (r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|jän|mär|mai|okt|dez"
              r"|fév|fev|avr|jui|aoû|aou|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott)[^\W\d_]*\.?")
TIME = r"(?:[T\ ]+\d\d?:[\d:.]+(?:Z|[+-][\d:]+)?)?"
DATE = re.compile(
    rf"""(?<![\d.+-])(?:
        (?P<y1>(?:19|20)\d\d)[-/.]{MONTH}[-/.]{DAY}
      | (?:{DAY}[-/.\ ]+{MONTH}|{MONTH}[-/.\ ]+{DAY})(?:[-/.\ ]+(?P<y2>(?:19|20)\d\d)
                                                    |[-/.](?P<y3>\d\d))
      | (?P<y4>(?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
      | {DAY}[-.\ ]*(?:de\ )?{MONTH_NAME}[-.\ ]*(?:de\ )?(?:(?P<y5>(?:19|20)\d\d)|(?P<y6>\d\d))
      | {MONTH_NAME}\ +{DAY},?\ +(?P<y7>(?:19|20)\d\d)
    ){TIME}(?![.-]?\d)""", re.VERBOSE | re.IGNORECASE)


def birth_dates(cells: pd.Series, varied: bool) -> pd.Series:
    """Days that differ between people, in years in which participants are born."""
    if not varied:
        return pd.Series(False, index=cells.index)
    years = cells.map(_year_of).dropna()
    years = years[years.between(OLDEST, YOUNGEST)]
    of_birth = (len(years) >= ENOUGH * len(cells)
                and (years.nunique() > 1 or len(years) == 1))
    return pd.Series(of_birth and cells.index.isin(years.index), index=cells.index)


def _year_of(cell: str) -> float:
    """The year of a date; one of two digits is the latest that is not to come."""
    match = DATE.fullmatch(cell)
    if match is None:
        return float("nan")
    year = int(next(filter(None, match.groups())))
    if year >= 100:
        return year
    return year + (2000 if year <= date.today().year % 100 else 1900)
