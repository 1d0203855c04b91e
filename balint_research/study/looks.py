"""What a cell that names a person looks like, kind by kind.

Each look takes the distinct filled cells of a column and whether they differ between people, and
gives True for the cells that name somebody. Names and birth dates differ between people: a column
of few distinct values is a site, a degree or a wave.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address

import pandas as pd

from balint_research.study.identify.asking import asked
from balint_research.study.identify.dates import birth_dates
from balint_research.study.identify.links import record_urls
from balint_research.study.identify.numbers import devices, licences, official
from balint_research.study.identify.people import names
from balint_research.study.identify.places import coordinates
from balint_research.study.identify.telephones import phones

Looks = Callable[[pd.Series, bool], pd.Series]

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2}){3}")
LIKE_AN_IP = re.compile(r"\d\.\d+\.\d+\.\d|:.*:")


def emails(cells: pd.Series, varied: bool) -> pd.Series:
    """E-mail addresses, also inside a text."""
    return cells.str.contains(EMAIL)


def ip_addresses(cells: pd.Series, varied: bool) -> pd.Series:
    """Addresses also inside a text; four numbers of at most two digits are a version."""
    likely = cells.str.contains(LIKE_AN_IP) & ~cells.str.fullmatch(VERSION)
    return asked(cells, likely, _has_an_ip)


def _has_an_ip(cell: str) -> bool:
    return any(map(_is_ip, re.split(r"[\s,;()<>\"'=]+", cell)))


def _is_ip(word: str) -> bool:
    if word.count(".") < 3 and word.count(":") < 2:
        return False
    try:
        ip_address(re.sub(r"(?<=\.\d)(\d{0,2}):\d+$", r"\1", word.rstrip(".")))
    except ValueError:
        return False
    return True


BY_CONTENT: dict[str, Looks] = {
    "e-mail addresses": emails,
    "record urls": record_urls,
    "IP addresses": ip_addresses,
    "coordinates": coordinates,
    "birth dates": birth_dates,
    "device ids": devices,
    "official numbers": official,
    "licence numbers": licences,
    "telephone numbers": phones,
    "names": names,
}
