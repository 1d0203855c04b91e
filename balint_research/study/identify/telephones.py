"""Telephone numbers, told by the library `phonenumbers` (its tables travel with it).

A number in the international form needs nothing but a possible length for its country. A national
form is looked at only where it is written as telephone numbers are (a leading 0 and groups, an area
code in brackets, after a word such as "phone"), and must be valid in one of `REGIONS`. Everything
else is too often a code or a score: bare digits and groups without a leading 0 count only where a
whole column has them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from balint_research.study.identify.asking import asked
from balint_research.study.identify.dates import DATE, ENOUGH

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# Where a national form is looked up, the most frequent forms first.
REGIONS = (
    "DE", "AT", "CH", "GB", "US", "FR", "IE", "BE", "NL", "IT", "ES", "PT", "SE", "FI", "NO", "DK",
    "PL", "CZ", "HU", "RO", "HR", "SI", "RS", "GR", "BG", "TR", "IL", "ZA", "AU", "NZ", "JP", "KR",
    "CN", "IN", "BR", "MX", "AR", "CL", "CO", "RU",
)
FEWEST = 5          # distinct cells from which a column of groups without a leading 0 counts
SHORTEST, LONGEST = 8, 15  # digits; the longest is that of the international form

GAP = r"[\s()./‐‑–-]"
DIGITS = re.compile(rf"\d(?:{GAP}{{0,3}}\d){{7}}")
PLUS = re.compile(rf"(?<![\w+])\+\s?(?:\d|{GAP}){{8,24}}")
RUN = re.compile(rf"(?<![\w.,+-])(?<!\d\s)\(?\d(?:\d|{GAP}){{6,22}}\d(?![\w-]|[.,]\d)")
AMERICAN = re.compile(
    r"(?<![\w.+-])(?<!\d\s)(?:1[\s.-])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[.\s-])\d{3}[.\s-]\d{4}(?![\w-])")
FRENCH = re.compile(rf"0[1-9](?:{GAP}?\d\d){{4}}")
BRACKETS = re.compile(r"(?:[08]\s?)?\(\d{2,5}\)")
BARE = r"0[1-9]\d{7,11}|00[1-9]\d{8,12}|[2-9]\d{9}"
GROUPS = rf"(?!\d+[.,]\d+$)\(?\d{{1,4}}(?:{GAP}{{1,2}}\d{{2,8}})+"
ASKED = re.compile(
    r"(?:\b(?:tel|tél|t[ée]l[ée]ph?on\w*|fax|mobil\w*|handy\w*|cell ?phone|whats ?app|phone|call"
    r"|ring|sms|ruf\w*|anruf\w*|erreich\w*|appel\w*|llam\w*|natel|gsm)\b|[☎📞📱])\D{0,25}$",
    re.IGNORECASE)
PROSE = re.compile(r"(?:\b[^\W\d_]+\b\W+){3}")

# Numbers that are no telephone: years, months and times of day, each from one to another; numbers
# of researchers; then money, and decimals in a row.
SPANS = re.compile(
    r"(?:19|20)\d\d\s?[-/–]\s?(?:19|20)\d\d|\b\d{1,2}/(?:19|20)\d\d\b"
    r"|(?<![\d)][\s./-])(?<!\+)\b\d{1,2}[.:]?[0-5]\d\s?[-–]\s?\d{1,2}[.:]?[0-5]\d\b"
    r"(?!\s?[-.]\d)"
    r"|\b\d{4}-\d{4}-\d{4}-\d{3}[\dXx]\b")
AMOUNTS = re.compile(
    r"(?<!\d)(?<![\d+][ .,])(?<!\+)[1-9]\d{0,2}(?:[ .,]\d{3})+(?!\d)"
    r"|(?<![\d.,])\d{1,3}[.,]\d{1,4}(?:\s+\d{1,3}[.,]\d{1,4})+(?![\d.,])|(?<![\d.])0\.\d+")
BOOK = re.compile(r"(?<![\d-])(?:97[89][-\s])?\d{1,5}[-\s]\d{1,7}[-\s]\d{1,7}[-\s][\dXx](?![\d-])")


def phones(cells: pd.Series, varied: bool) -> pd.Series:
    """Cells with a number written as a telephone number; bare digits only in a whole column."""
    likely = cells.str.contains(DIGITS)
    hits = asked(cells, likely, _has_telephone)
    if varied and likely.any():
        bare = cells.str.fullmatch(BARE)
        grouped = cells[cells.str.fullmatch(GROUPS) & ~cells.str.fullmatch(DATE)]
        hits |= bare & (bare.mean() >= ENOUGH)
        if max(FEWEST, ENOUGH * len(cells)) <= len(grouped) and _of_one_country(grouped):
            hits |= cells.index.isin(grouped.index)
    return hits


def _has_telephone(cell: str) -> bool:
    if any(_is_international(run.group()) for run in PLUS.finditer(cell)):
        return True
    text = DATE.sub(" ", BOOK.sub(_no_book, cell))
    if any(_is_possible(run.group(), "US") for run in AMERICAN.finditer(text)):
        return True
    text = SPANS.sub(" ", text)
    if any(_is_asked_for(run.group(), text[:run.start()]) for run in RUN.finditer(text)):
        return True
    text = AMOUNTS.sub(" ", text)
    return any(_is_national(run.group(), text[:run.start()]) for run in RUN.finditer(text))


def _is_international(run: str) -> bool:
    """The digits after a plus; numbers that follow it may have been taken along."""
    return any(_is_possible(part, None) for part in _beginnings(run))


def _is_asked_for(run: str, before: str) -> bool:
    """After a word that asks for one, in whatever form."""
    digits = re.sub(r"\D", "", run)
    return (SHORTEST <= len(digits) <= LONGEST and ASKED.search(before) is not None
            and _is_valid(digits))


def _is_national(run: str, before: str) -> bool:
    """Written as telephone numbers are, and valid in one of the countries."""
    groups = re.findall(r"\d+", run)
    digits = "".join(groups)
    if not SHORTEST <= len(digits) <= LONGEST or digits.startswith("000"):
        return False
    if digits.startswith("00"):
        return _is_valid("+" + digits[2:])
    if len(groups) == 1:
        return digits.startswith("0") and len(digits) >= 10 and bool(
            PROSE.search(before)) and _is_valid(digits)
    if BRACKETS.match(run) or (FRENCH.fullmatch(run) and not _are_items(groups)):
        return _is_valid(digits)
    by_hyphens = re.fullmatch(r"[\d-]+", run) is not None  # as codes are, of few digits
    return (digits.startswith("0") and len(digits) >= (9 if by_hyphens else SHORTEST)
            and max(map(len, groups)) >= 3 and re.search(r"[\s()/‐‑–-]", run) is not None
            and _is_valid(digits))


def _are_items(pairs: list[str]) -> bool:
    """Numbers of items, one after the other or all below 10."""
    numbers = [int(pair) for pair in pairs]
    return max(numbers) < 10 or all(b - a == 1 for a, b in pairwise(numbers))


def _beginnings(run: str) -> Iterator[str]:
    """The run, and what is left of it without its last groups."""
    ends = [match.end() for match in re.finditer(r"\d+", run)]
    for end in reversed(ends):
        if sum(map(str.isdigit, run[:end])) >= SHORTEST:
            yield run[:end]


@lru_cache(maxsize=10_000)
def _is_valid(digits: str) -> bool:
    import phonenumbers

    if digits.startswith("+"):
        number = _parsed(digits, None)
        return number is not None and phonenumbers.is_valid_number(number)
    numbers = (_parsed(digits, region) for region in REGIONS)
    return any(number is not None and phonenumbers.is_valid_number(number) for number in numbers)


def _is_possible(text: str, region: str | None) -> bool:
    import phonenumbers

    number = _parsed(text, region)
    return number is not None and phonenumbers.is_possible_number(number)


def _parsed(text: str, region: str | None) -> "PhoneNumber | None":
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _of_one_country(cells: pd.Series) -> bool:
    """Whether nearly all are grouped as the numbers of one country are, and none is in pairs only.

    Four scores of two digits in a row are a number in Denmark; a leading 0 makes them one.
    """
    return any(_share_of(cells, region) for region in REGIONS)


def _share_of(cells: pd.Series, region: str) -> bool:
    allowed = int((1 - ENOUGH) * len(cells))
    for cell in cells:
        groups = re.findall(r"\d+", cell)
        in_pairs = max(map(len, groups)) < 3 and not cell.startswith("0")
        if in_pairs or not _is_grouped(cell, region):
            allowed -= 1
        if allowed < 0:
            return False
    return True


def _is_grouped(cell: str, region: str) -> bool:
    from phonenumbers import Leniency, PhoneNumberMatcher

    return PhoneNumberMatcher(cell, region, leniency=Leniency.STRICT_GROUPING).has_next()


def _no_book(match: re.Match[str]) -> str:
    """The number of a book (ISBN, its check digit is right) is taken out."""
    signs = re.sub(r"[\s-]", "", match.group()).upper()
    values = [10 if sign == "X" else int(sign) for sign in signs]
    if len(values) == 10:
        right = sum((10 - i) * value for i, value in enumerate(values)) % 11 == 0
    else:
        right = len(values) == 13 and sum(
            value * (3 if i % 2 else 1) for i, value in enumerate(values)) % 10 == 0
    return " " if right else match.group()
