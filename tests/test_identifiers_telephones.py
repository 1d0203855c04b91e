"""Telephone numbers of every country are found, and numbers of questionnaires are left alone."""

import random
from collections.abc import Iterator, Sequence

import pandas as pd
import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from balint_research.study.identifiers import find_identifiers
from balint_research.study.identify.telephones import REGIONS, phones

KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
FOUND = ["The column holds telephone numbers."]


def kinds(column: str, cells: Sequence[str], ids: Sequence[str] = ()) -> list[str]:
    """What the issues of one column say."""
    frame = pd.DataFrame({column: list(cells)}, index=range(2, 2 + len(cells)))
    return [issue.what for issue in find_identifiers(frame, "a.csv", ids=ids)]


def examples(form: int) -> Iterator[tuple[str, str]]:
    """The library's own example numbers of every country, in one form."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in KINDS:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, phonenumbers.format_number(number, form)


def missed(cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells that are not told, each for itself."""
    hits = phones(pd.Series([cell for _, cell in cells]), False)
    return [cell for cell, hit in zip(cells, hits, strict=True) if not hit]


@pytest.mark.parametrize("form", [
    PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.RFC3966])
def test_international_numbers_of_every_country_are_found(form: int) -> None:
    cells = list(examples(form))
    assert len(cells) > 450
    short = [(region, cell) for region, cell in cells if sum(map(str.isdigit, cell)) < 8]
    assert missed(cells) == short
    assert {region for region, _ in short} <= {"NU", "TA", "TK"}  # islands with four digits


def test_a_plus_needs_no_regular_spaces() -> None:
    draw = random.Random(6)
    cells = []
    for region, cell in examples(PhoneNumberFormat.E164):
        digits = [sign + draw.choice(["", "", " ", "-", ".", "/"]) for sign in cell[1:]]
        cells.append((region, "+" + "".join(digits).rstrip(" -./")))
    assert [cell for cell in missed(cells) if cell[0] not in {"NU", "TA", "TK"}] == []


def test_national_numbers_with_a_leading_zero_or_brackets_are_found() -> None:
    cells = [(region, cell) for region, cell in examples(PhoneNumberFormat.NATIONAL)
             if region in REGIONS and cell.startswith(("0", "(0", "(1", "(6"))]
    assert len(cells) > 35
    assert missed(cells) == [("SE", "08-12 34 56")]  # eight digits in pairs: as scores in a row


@pytest.mark.parametrize("region", ["CZ", "ES", "PT", "PL", "CL", "CN", "NO", "DK"])
def test_groups_without_a_leading_zero_count_in_a_whole_column(region: str) -> None:
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert number is not None
    cells = []
    for step in range(8):
        number.national_number = (number.national_number or 0) + 7 * step
        cells.append(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    in_pairs = region in {"NO", "DK"}  # four scores of two digits in a row look the same
    assert kinds("q7", cells) == ([] if in_pairs else FOUND)
    assert kinds("q7", [f"call {cell}" for cell in cells]) == FOUND
    assert kinds("q7", [cells[0], "4", "7", "12", "fine"]) == []


@pytest.mark.parametrize("cell", [
    "0 30 765 43 21", "030/7654321", "(0)30 7654321", "0049 30 7654321", "01.23.45.67.89",
    "06 12 34 56 78", "011 2345-6789", "(212) 555-0123", "212.555.0123", "1-212-555-0123",
    "ring 06601234567", "Tel.: 06601234567", "I am on 06601234567 in the evening", "020 7946 0018",
    "☎ 912 345 678", "+49 30 7654321 2021", "030\u00a07654321", "030–7654321",
])
def test_one_number_in_a_cell_is_enough(cell: str) -> None:
    assert kinds("q7", [cell, "no", "no", "no"]) == ["The column has 1 cell that looks like "
                                                   "telephone numbers."]


@pytest.mark.parametrize(("column", "cells"), [
    ("answers", ["0 3 2 1 4 2 3 1 0 2", "3 3 2 1 4 2 3 1 0 1", "0 0 0 0 0 0 0 0 0 0"]),
    ("answers", ["12 34 25 11", "22 14 35 40", "30 31 22 21", "21 45 36 14", "40 12 25 36"]),
    ("answers", ["+3 -2 +1 +4 -5 +2 +1 +3", "-1 -2 +1 0 +5 +2 -1 +3"]),
    ("items", ["01 02 03 04 05", "1-8, 12-14", "01-02-03-04-05", "001-100, 101-200"]),
    ("items", ["1, 2, 3, 4, 5, 6, 7, 8, 9", "10 11 12 13 14"]),
    ("saved", ["2021-03-04 10:20:30", "2021-03-04T10:20:30+01:00", "20210304102030",
               "1700000000", "1700000000000"]),
    ("who", ["01-001-001", "01-001-002", "02-001-001"]),
    ("who", ["0000000123", "0000000456"]), ("who", ["AB-0123-4567", "P0301234567"]),
    ("lasted", ["00:45:30", "01:10:05", "0:05:00.250"]), ("lasted", ["0 h 45 min 30 s"]),
    ("share", ["0.5 0.25 0.125 0.75", "12.5 % 37.5 % 50 %", "0.12345678", "33.3333333"]),
    ("orcid_like", ["0000-0002-1825-0097", "0000-0001-5109-3700"]),
    ("book", ["978-3-16-148410-0", "0-306-40615-2", "ISBN 0 306 40615 2"]),
    ("money", ["212 345 678", "1 250 000", "30 000-40 000"]),
    ("hours", ["0900-1030 1100-1230", "09.00-10.30"]), ("years", ["2005-2006 2006-2007"]),
])
def test_numbers_of_questionnaires_are_no_telephones(column: str, cells: list[str]) -> None:
    assert kinds(column, cells) == []


def test_in_a_column_of_ids_only_a_plus_tells() -> None:
    assert kinds("who", ["030 7654321", "030 7654322"], ids=["who"]) == []
    assert kinds("who", ["+49 30 7654321", "+49 30 7654322"], ids=["who"]) == FOUND
