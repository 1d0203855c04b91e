"""Numbers that an office gives to one person or one device, by their form and check digit.

One random number in ten has the right check digit, so a check digit counts only where most cells
of a column that differs between people have it.

| number | form | check digit | source |
|---|---|---|---|
| NPI (US) | 10 digits, first 1 or 2 | Luhn with 80840 before it | CMS |
| DEA (US) | 2 letters (or letter, 9), 7 digits | d1+d3+d5 + 2(d2+d4+d6), last digit | DEA |
| LANR (DE) | 6 digits, check digit, 2 digits | 10 - sum weighed 4 9 4 9 4 9 | KBV |
| RPPS (FR) | 11 digits, first 1 | Luhn | Agence du Numérique en Santé |
| IMEI | 15 digits | Luhn | 3GPP TS 23.003 |
| SSN (US) | nnn-nn-nnnn, no 000 666 9nn, 00, 0000 | none | SSA |
| NINO (GB) | 2 letters, 6 digits, A to D | none | HMRC |
"""

import re
from collections.abc import Callable

import pandas as pd

from balint_research.study.identify.dates import ENOUGH

FEWEST = 5  # distinct cells from which right check digits are no accident

SSN = r"(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}"
NINO = (r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r"\s?\d\d\s?\d\d\s?\d\d\s?[A-D]")
SAID = re.compile(r"\b(?:ssn|social security|national insurance|nino)\b\D{0,20}"
                  rf"(?:{SSN}|{NINO})(?!\w)", re.IGNORECASE)
MAC = re.compile(r"(?<![\w:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])"
                 r"|(?<![\w-])(?=[\d-]*[A-Fa-f])[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}(?![\w-])")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of Luhn.

    Examples
    --------
    >>> luhn("80840" + "1234567893"), luhn("80840" + "1234567894")
    (True, False)
    """
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def npi(digits: str) -> bool:
    """The number of a health care provider (US)."""
    return luhn("80840" + digits)


def dea(number: str) -> bool:
    """The number of a prescriber (US).

    Examples
    --------
    >>> dea("AP5836727"), dea("AP5836728")
    (True, False)
    """
    *d, check = map(int, number[2:])
    return (sum(d[0::2]) + 2 * sum(d[1::2])) % 10 == check


def lanr(digits: str) -> bool:
    """The number of a panel doctor (Germany).

    Examples
    --------
    >>> lanr("838382202"), lanr("838383202")
    (True, False)
    """
    weighed = sum(int(d) * weight for d, weight in zip(digits, (4, 9) * 3, strict=False))
    return (weighed + int(digits[6])) % 10 == 0


LICENCES: dict[str, Callable[[str], bool]] = {
    r"[12]\d{9}": npi,
    r"[A-Z][A-Z9]\d{7}": dea,
    r"\d{9}": lanr,
    r"1\d{10}": luhn,
}


def licences(cells: pd.Series, varied: bool) -> pd.Series:
    """Columns in which most cells have the form and the check digit of a licence number."""
    hits = pd.Series(False, index=cells.index)
    if varied and len(cells) >= FEWEST:
        compact = cells.str.replace(r"[\s-]", "", regex=True).str.upper()
        for form, check in LICENCES.items():
            hits |= _nearly_all(compact, form, check)
    return hits


def official(cells: pd.Series, varied: bool) -> pd.Series:
    """Numbers of social security, in most cells of a column or after their name in a text."""
    said = cells.str.contains(SAID)
    if not varied:
        return said
    forms = cells.str.fullmatch(SSN) | cells.str.fullmatch(NINO)
    return said | (forms & (len(cells) >= 2) & (forms.mean() >= ENOUGH))


def devices(cells: pd.Series, varied: bool) -> pd.Series:
    """Addresses of network cards, and columns of the numbers of mobile telephones."""
    hits = cells.str.contains(MAC)
    if varied and len(cells) >= FEWEST:
        hits |= _nearly_all(cells, r"\d{15}", luhn)
    return hits


def _nearly_all(cells: pd.Series, form: str, check: Callable[[str], bool]) -> pd.Series:
    none = pd.Series(False, index=cells.index)
    fits = cells[cells.str.fullmatch(form)]
    if len(fits) < max(FEWEST, ENOUGH * len(cells)):
        return none
    right = fits[[check(cell) for cell in fits]]
    enough = len(right) >= ENOUGH * len(cells)
    return pd.Series(enough and cells.index.isin(right.index), index=cells.index)
