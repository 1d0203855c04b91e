"""Where somebody was: coordinates in one cell, or in two columns side by side."""

import re

import pandas as pd

from balint_research.study.identify.dates import ENOUGH

PAIR = re.compile(r"[(\[]?([+-]?\d{1,2}[.,]\d{3,})\s*[,;\s]\s*([+-]?\d{1,3}[.,]\d{3,})[)\]]?")
DEGREES = re.compile(r"""\d{1,3}(?:\.\d+)?\s?°.*[NSEWO]|POINT\s?\(""")
DECIMALS = r"[+-]?\d{1,3}[.,]\d{4,8}"  # metres; whatever was computed has more
FEWEST = 5       # distinct places
EQUATOR = 20     # nearer to it a latitude is like many a score
WIDTH = (5, 15)  # largest SD in degrees of the places of the people of one study


def coordinates(cells: pd.Series, varied: bool) -> pd.Series:
    """Two numbers with many decimals, or degrees, in one cell."""
    return cells.str.fullmatch(PAIR) | cells.str.contains(DEGREES)


def are_decimals(cells: pd.Series) -> bool:
    """Numbers with as many decimals as places have."""
    return bool(cells.str.fullmatch(DECIMALS).mean() >= ENOUGH)


def latitude_and_longitude(first: pd.Series, second: pd.Series) -> bool:
    """Whether two neighbouring columns are the latitudes and longitudes of where people are.

    Both have the same empty cells and four to eight decimals (`are_decimals`); the numbers lie
    within one country or two, away from the equator. Other measures of people (age, mass, time)
    are rarely so on both counts, and computed ones have more decimals.
    """
    if not first.index.equals(second.index) or min(first.nunique(), second.nunique()) < FEWEST:
        return False
    latitude, longitude = (
        pd.to_numeric(cells.str.replace(",", "."), errors="coerce").dropna()
        for cells in (first, second))
    within = latitude.abs().between(EQUATOR, 72).all() and longitude.abs().le(180).all()
    return bool(within and latitude.std() < WIDTH[0] and longitude.std() < WIDTH[1])
