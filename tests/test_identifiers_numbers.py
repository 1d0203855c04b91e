"""Licence, insurance and device numbers, addresses of records, places, names of groups."""

import random
from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from balint_research.study.identifiers import find_identifiers
from balint_research.study.identify.numbers import dea, lanr, luhn, npi


def kinds(column: str, cells: Sequence[str], ids: Sequence[str] = ()) -> list[str]:
    """What the issues of one column say."""
    frame = pd.DataFrame({column: list(cells)}, index=range(2, 2 + len(cells)))
    return [issue.what for issue in find_identifiers(frame, "a.csv", ids=ids)]


def slow_luhn(digits: str) -> bool:
    """Luhn written a second time, from the left, with the table of doubled digits."""
    table = {0: 0, 1: 2, 2: 4, 3: 6, 4: 8, 5: 1, 6: 3, 7: 5, 8: 7, 9: 9}
    total = 0
    for place, sign in enumerate(digits):
        doubled = (len(digits) - place) % 2 == 0
        total += table[int(sign)] if doubled else int(sign)
    return total % 10 == 0


def test_check_digits_agree_with_a_second_hand_and_with_printed_numbers() -> None:
    draw = random.Random(1)
    for _ in range(500):
        digits = "".join(draw.choices("0123456789", k=draw.choice([10, 11, 15])))
        assert luhn(digits) == slow_luhn(digits)
    # printed: CMS; J. D. Cook 2024; the worked numbers of two guides to DEA numbers; KBV
    assert npi("1234567893") and npi("1993999998") and not npi("1234567890")
    assert dea("AP5836727") and dea("AJ5184279") and not dea("AB4523763")
    assert lanr("838382202") and not lanr("838381202")


def numbers(form: str, right: Callable[[str], bool], many: int = 12) -> list[str]:
    """Random numbers of a form (9 a digit, A a letter) that have the right check digit."""
    draw = random.Random(form)
    found: list[str] = []
    while len(found) < many:
        number = "".join(draw.choice("0123456789") if sign == "9" else
                         draw.choice("ABFM") if sign == "A" else sign for sign in form)
        found += [number] if right(number) else []
    return found


LICENCES = [("1999999999", lambda n: slow_luhn("80840" + n)), ("AA9999999", dea),
            ("999999999", lanr), ("19999999999", slow_luhn)]


@pytest.mark.parametrize(("form", "right"), LICENCES)
def test_a_column_of_licence_numbers_is_found_and_random_numbers_are_not(
    form: str, right: Callable[[str], bool]
) -> None:
    assert kinds("q9", numbers(form, right)) == ["The column holds licence numbers."]
    assert kinds("who", numbers(form, right), ids=["who"]) == ["The column holds licence numbers."]
    for wrong in range(20):
        draw = random.Random(wrong)
        any_number = [cell[:-3] + f"{draw.randrange(1000):03}" for cell in numbers(form, right, 20)]
        assert kinds("q9", any_number) == []


def test_few_numbers_with_a_right_check_digit_are_no_licences() -> None:
    assert kinds("q9", numbers(*LICENCES[0], many=4)) == []
    assert kinds("q9", ["1234567893"] * 12) == []


@pytest.mark.parametrize(("column", "cells"), [
    ("licence", ["full", "limited", "full"]), ("license", ["yes", "no"]),
    ("registration", ["2019", "2020", "2021"]), ("registration", ["2019-05-01", "2020-06-01"]),
    ("big", ["3", "4", "5"]), ("npi", ["12", "14"]), ("insurance", ["public", "private"]),
    ("mac", ["Mac", "PC", "Mac"]), ("licence_date", ["2019-05-01", "2020-06-01"]),
    ("bsn", ["4", "5"]),
])
def test_a_name_without_numbers_is_left_alone(column: str, cells: list[str]) -> None:
    assert kinds(column, cells) == []


@pytest.mark.parametrize(("column", "cells"), [
    ("licence no.", ["7012345", "7012346"]), ("Approbationsnummer", ["By 12345", "HH 23456"]),
    ("GMC", ["7012345", ""]), ("AHPRA", ["MED0001234567", "MED0001234568"]),
])
def test_a_licence_is_known_by_the_name_of_its_column(column: str, cells: list[str]) -> None:
    assert kinds(column, cells) == ["The column is named like a column of licence numbers."]


@pytest.mark.parametrize(("kind", "cells"), [
    ("official numbers", ["219-09-9999", "078-05-1120"]),
    ("official numbers", ["AB123456C", "JG 10 37 59 A"]),
    ("official numbers", ["her SSN is 219-09-9999", "SSN 078-05-1120"]),
    ("device ids", ["00:1B:44:11:3A:B7", "00-1b-44-11-3a-b8"]),
    ("device ids", numbers("359999999999999", slow_luhn)),
    ("record urls", ["https://x.org/redcap_v13.1.2/DataEntry/record_home.php?pid=4&id=7"]),
    ("record urls", ["https://x.qualtrics.com/jfe/form/SV_1?Q_DL=abc", "www.linkedin.com/in/mx"]),
    ("record urls", [f"https://x.org/surveys/?s=H{n}K" for n in range(6)]),
])
def test_numbers_and_addresses_are_known_by_content(kind: str, cells: list[str]) -> None:
    assert kinds("q9", cells) == [f"The column holds {kind}."]


@pytest.mark.parametrize("cells", [
    ["000-12-3456", "666-12-3456", "912-12-3456"], ["123-00-4567", "123-45-0000"],
    ["GB123456A", "QQ123456C"], ["01-02-03-04-05-06", "1:2:3:4:5:6"],
    ["https://x.org/surveys/?s=HK4"] * 8, ["https://www.example.org"] * 8,
    ["https://example.org/a", "https://example.org/b", "https://example.org/c"],
    ["https://x.org/surveys/?s=PRE", "https://x.org/surveys/?s=POST"] * 6,
])
def test_what_only_resembles_them_is_left_alone(cells: list[str]) -> None:
    assert kinds("q9", cells) == []


def places(north: float, east: float, n: int = 8) -> tuple[list[str], list[str]]:
    draw = random.Random(3)
    return ([f"{north + draw.random():.6f}" for _ in range(n)],
            [f"{east + draw.random():.6f}" for _ in range(n)])


@pytest.mark.parametrize("turned", [False, True])
def test_latitudes_and_longitudes_in_two_columns(turned: bool) -> None:
    first, second = places(48, 16)
    pair = {"q1": second, "q2": first} if turned else {"q1": first, "q2": second}
    issues = find_identifiers(pd.DataFrame({"id": ["P"] * 8, **pair, "age": ["44"] * 8}))
    assert [(issue.column, issue.what) for issue in issues] == [
        (column, "The column holds coordinates, with the column beside it.")
        for column in ("q1", "q2")]


@pytest.mark.parametrize(("first", "second"), [
    ([f"{z:.4f}" for z in (-1.23, 0.4417, 1.7731, 0.1192, -0.5512, 2.0131)],
     [f"{z:.4f}" for z in (0.23, -0.4417, 1.1731, 0.8192, -1.5512, 1.0131)]),
    (["33.3333", "66.6667", "50.1250", "83.3333", "16.6667"],
     ["12.5000", "37.5000", "62.5000", "87.5000", "25.1000"]),
    ([f"{20 + n * 1.371:.6f}" for n in range(30)], [f"{n * 2.117:.6f}" for n in range(30)]),
    (["48.1", "48.2", "47.9", "48.4", "48.3"], ["16.1", "16.4", "16.2", "16.9", "16.8"]),
])
def test_two_columns_of_scores_are_no_places(first: list[str], second: list[str]) -> None:
    assert find_identifiers(pd.DataFrame({"q1": first, "q2": second})) == []


@pytest.mark.parametrize("label", [
    "Dr Miller's group", "Group of Dr. Miller", "Miller's group", "Gruppe Anna", "Anna's group",
    "Group Prof. Huber", "Balint Sarah"])
def test_a_group_with_a_name_in_its_label_stops(label: str) -> None:
    assert kinds("group", [label] * 6 + ["G2"] * 6, ids=["group"]) == [
        "The column has 6 cells that look like names."]


@pytest.mark.parametrize("label", [
    "Monday's group", "Women's group", "Residents' group", "Group A", "Gruppe Nord", "Vienna group",
    "St Mary's group", "Evening group 2", "GP trainees' seminar", "Surgery"])
def test_other_labels_of_groups_are_left_alone(label: str) -> None:
    assert kinds("group", [label] * 6 + ["G2"] * 6, ids=["group"]) == []
