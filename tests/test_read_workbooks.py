"""Workbooks: a sheet a wave, merged headers, percentages, formulas, and what is no workbook."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from balint_research.errors import DataError, Issue
from balint_research.study.read import workbook as workbook_module
from balint_research.study.read.read import read_table, read_text
from balint_research.study.read.reading import Reading, split_sheet
from balint_research.study.read.table import numbers
from balint_research.study.read.workbook import sheet_names

Rows = list[list[Any]]
ROWS: Rows = [["id", "q1", "q2"], ["a", 1, 2], ["b", 3, 4]]


def book(path: Path, sheets: dict[str, Rows], change: Callable[[Worksheet], None] | None = None
         ) -> Path:
    """A workbook with these sheets; `change` is made to the first of them."""
    made = Workbook()
    for place, (title, rows) in enumerate(sheets.items()):
        sheet = made.worksheets[0] if place == 0 else made.create_sheet()
        sheet.title = title
        for row in rows:
            sheet.append(row)
    if change:
        change(made.worksheets[0])
    made.save(path)
    return path


def stops(path: Path, **declared: Any) -> list[Issue]:
    """The faults that stop the reading."""
    with pytest.raises(DataError) as caught:
        read_text(path, reading=Reading(**declared))
    return list(caught.value.issues)


# --- sheets --------------------------------------------------------------------------------------


def test_a_name_with_a_sheet_is_split() -> None:
    assert split_sheet("study.xlsx#Pre # 1") == ("study.xlsx", "Pre # 1")
    assert split_sheet("a#b.csv") == ("a#b.csv", None)


def test_each_sheet_is_read_by_its_name(tmp_path: Path) -> None:
    path = book(tmp_path / "study.xlsx", {"Pre": ROWS, "Post wave": [*ROWS, ["c", 5, 6]],
                                          "Notes": []})
    assert sheet_names(path) == ["Pre", "Post wave"]
    assert len(read_text(tmp_path / "study.xlsx#Pre").frame) == 2
    table = read_text(tmp_path / "study.xlsx#Post wave")
    assert list(table.frame.loc[4]) == ["c", "5", "6"] and table.file == "study.xlsx#Post wave"
    assert read_table(f"{path}#Pre")["q1"].tolist() == [1, 3]


def test_sheets_are_not_named_in_a_message(tmp_path: Path) -> None:
    path = book(tmp_path / "study.xlsx", {"Anna Quetzal": ROWS, "Post": ROWS})
    assert "Quetzal" not in str(stops(path)[0])
    wrong = stops(tmp_path / "study.xlsx#post")
    assert [issue.rule for issue in wrong] == ["unknown_sheet"]
    assert "Quetzal" not in repr(wrong)


def test_an_empty_sheet_that_is_named(tmp_path: Path) -> None:
    book(tmp_path / "study.xlsx", {"Pre": ROWS, "Empty": []})
    assert [issue.rule for issue in stops(tmp_path / "study.xlsx#Empty")] == ["unknown_sheet"]


# --- headers and merged cells --------------------------------------------------------------------

MERGED: Rows = [["id", "Pre", None, "Post", None], [None, "q1", "q2", "q1", "q2"],
                ["a", 1, 2, 3, 4]]


def merge_header(sheet: Worksheet) -> None:
    for area in ("A1:A2", "B1:C1", "D1:E1"):
        sheet.merge_cells(area)


def test_merged_names_over_others_must_be_declared(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": MERGED}, merge_header)
    assert str(stops(path)[0]) == (
        "a.xlsx, row 1: A line of the header has merged cells, which stand over more than one "
        "column. Declare under [reading] how many lines name the columns together (header_lines = "
        "2), the last with one name a column; or remove the lines above the names. "
        "[merged_header]")
    table = read_text(path, reading=Reading(header_lines=2))
    assert list(table.frame.columns) == ["id", "Pre_q1", "Pre_q2", "Post_q1", "Post_q2"]
    assert list(table.frame.loc[3]) == ["a", "1", "2", "3", "4"]


def test_a_merged_name_reaches_as_far_as_it_is_merged(tmp_path: Path) -> None:
    rows: Rows = [["id", "Pre", None, None], [None, "q1", "q2", "comment"], ["a", 1, 2, "well"]]
    path = book(tmp_path / "a.xlsx", {"S": rows}, lambda sheet: sheet.merge_cells("B1:C1"))
    table = read_text(path, reading=Reading(header_lines=2))
    assert list(table.frame.columns) == ["id", "Pre_q1", "Pre_q2", "comment"]


def test_the_last_line_of_the_header_names_each_column(tmp_path: Path) -> None:
    rows: Rows = [["id", "Pre", None], [None, "q", None], ["a", 1, 2]]
    path = book(tmp_path / "a.xlsx", {"S": rows}, lambda sheet: sheet.merge_cells("B2:C2"))
    assert [(issue.rule, issue.rows) for issue in stops(path, header_lines=2)] == [
        ("merged_header", (2,))]


@pytest.mark.parametrize(("area", "lines"), [("A2:A3", (2, 3)), ("B3:C3", (3,))])
def test_merged_cells_below_the_header_need_a_person(
    area: str, lines: tuple[int, ...], tmp_path: Path
) -> None:
    path = book(tmp_path / "a.xlsx", {"S": ROWS}, lambda sheet: sheet.merge_cells(area))
    assert [(issue.rule, issue.rows) for issue in stops(path)] == [("merged_cells", lines)]


def test_merged_cells_that_hold_nothing_are_no_fault(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": ROWS}, lambda sheet: sheet.merge_cells("E2:F3"))
    assert len(read_text(path).frame) == 2


def test_a_title_above_the_names(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": [["My study"], *ROWS]})
    assert [issue.rule for issue in stops(path)] == ["second_header"]


# --- cells ---------------------------------------------------------------------------------------


def test_dates_times_and_words_do_not_pass_as_numbers(tmp_path: Path) -> None:
    values = [date(2026, 1, 5), datetime(2026, 1, 5, 10, 30), time(9, 5), True, "1,5", "25 %",
              "#DIV/0!"]
    path = book(tmp_path / "a.xlsx", {"S": [["id", "x"], *([str(i), value]
                                                           for i, value in enumerate(values))]})
    table = read_text(path)
    assert table.frame["x"].tolist() == [
        "2026-01-05", "2026-01-05T10:30:00", "09:05:00", "True", "1,5", "25 %", "#DIV/0!"]
    assert numbers(table.frame["x"], table.decimal)[1].all()


def test_a_declared_decimal_comma_reads_texts_and_numbers_of_a_column(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": [["id", "x"], ["a", "1,5"], ["b", 2.5], ["c", 3]]})
    table = read_text(path, reading=Reading(decimal=","))
    assert numbers(table.frame["x"], table.decimal)[0].tolist() == [1.5, 2.5, 3.0]


def test_percentages_are_told(tmp_path: Path) -> None:
    def percent(sheet: Worksheet) -> None:
        sheet["B2"].number_format = sheet["B3"].number_format = "0.0%"
        sheet["C2"].number_format = '0.0" %"'  # a sign that is only written beside the number

    path = book(tmp_path / "a.xlsx", {"S": [["id", "share", "y"], ["a", 0.25, 25], ["b", 0.5, 1]]},
                percent)
    table = read_text(path)
    assert table.frame["share"].tolist() == ["0.25", "0.5"]
    assert [(issue.rule, issue.severity, issue.column, issue.rows) for issue in table.issues] == [
        ("percent", "warn", "share", (2, 3))]


def _with_results(path: Path, results: dict[str, str]) -> None:
    """The workbook as a spreadsheet program saves it: with the result of each formula."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    for cell, result in results.items():
        begin = sheet.index(f'<c r="{cell}"')
        end = sheet.index("</c>", begin)
        kind = "" if result.replace(".", "").isdigit() else ' t="str"'
        formula = sheet[sheet.index("<f>", begin):sheet.index("</f>", begin) + 4]
        sheet = f'{sheet[:begin]}<c r="{cell}"{kind}>{formula}<v>{result}</v>{sheet[end:]}'
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def test_a_formula_stands_for_its_result(tmp_path: Path) -> None:
    rows: Rows = [["id", "x"], ["a", "=1+1"], ["b", '=IF(1=1,"","y")'], ["c", '="w"']]
    path = book(tmp_path / "a.xlsx", {"S": rows})
    _with_results(path, {"B2": "2", "B3": "", "B4": "w"})
    assert read_text(path).frame["x"].fillna("empty").tolist() == ["2", "empty", "w"]


def test_a_stray_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    def stray(sheet: Worksheet) -> None:
        sheet["D1048576"] = "x"

    table = read_text(book(tmp_path / "a.xlsx", {"S": ROWS}, stray))
    assert table.frame.index.tolist() == [2, 3, 1048576]

    def corner(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    assert [issue.rule for issue in stops(book(tmp_path / "b.xlsx", {"S": ROWS}, corner))] == [
        "many_columns"]


def test_a_table_that_does_not_begin_in_the_first_cell(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    for line, row in enumerate(ROWS, 4):
        for column, value in enumerate(row, 3):
            sheet.cell(line, column, value)
    made.save(tmp_path / "a.xlsx")
    frame = read_text(tmp_path / "a.xlsx").frame
    assert list(frame.columns) == ["id", "q1", "q2"] and frame.index.tolist() == [5, 6]


# --- what is no workbook -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [
    b"id,x\na,1\n", b"PK\x03\x04" + b"x" * 100, b"PK\x05\x06" + b"\x00" * 18,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
])
def test_what_is_no_workbook_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    assert [issue.rule for issue in stops(tmp_path / "a.xlsx")] == ["not_readable"]


def test_an_old_or_protected_workbook_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert "older .xls, or protected by a password" in str(stops(tmp_path / "a.xlsx")[0])


def test_a_workbook_that_is_huge_when_unpacked_is_not_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"S": ROWS})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(
            "xl/media/image1.png", "w", force_zip64=True) as part:
        for _ in range(workbook_module.MOST_UNPACKED // 1_000_000 + 1):
            part.write(b"\x00" * 1_000_000)
    assert path.stat().st_size < 1_000_000
    assert [issue.rule for issue in stops(path)] == ["too_large_unpacked"]
