"""A sheet of an Excel workbook as lines of cells."""

import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balint_research.errors import DataError
from balint_research.study.findings import found
from balint_research.study.read.cells import Merge, Raw, as_text, filled_lines, refuse_size
from balint_research.study.read.reading import Reading

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

KIND = "an Excel workbook"
OLD_KIND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# openpyxl needs some twenty times as much memory; 5,000 rows of 300 answers unpack to 50 MB.
MOST_UNPACKED = 100_000_000
LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # text, signs and colours inside a number format


@dataclass(frozen=True)
class _Grid:
    """What a sheet holds: line -> column -> cell, without the empty ones; both count from 1."""

    sheet: "Worksheet"
    cells: Mapping[int, Mapping[int, Any]]


def workbook_lines(path: Path, name: str, sheet: str | None, reading: Reading) -> Raw:
    """The only sheet of a workbook, or the one that is named, as lines of cells."""
    refuse_archive(path, name)
    grid = _chosen(_filled(_book(path, name, values=False)), sheet, name)
    values = _values(path, name, grid)
    width = max(column for row in grid.cells.values() for column in row)
    refuse_size(width, width * len(grid.cells), name)
    rows = (
        (line, [as_text(values.get((line, column)), reading.decimal)
                for column in range(1, width + 1)])
        for line in sorted(grid.cells)
    )
    return Raw(filled_lines(rows, name), merged=_merged(grid), percent=_percent(grid, values))


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that hold at least one cell, in its order.

    Raises
    ------
    DataError : the file is no workbook that can be read.
    """
    refuse_archive(path, path.name)
    return [grid.sheet.title for grid in _filled(_book(path, path.name, values=False))]


def refuse_archive(path: Path, name: str) -> None:
    """Stop at what is no workbook, or would fill the memory when it is unpacked."""
    try:
        with path.open("rb") as stream:
            old = stream.read(len(OLD_KIND)) == OLD_KIND
        if old:
            kind = f"{KIND} ending in .xlsx (it is an older .xls, or protected by a password)"
            raise DataError([found("not_readable", file=name, format=kind)])
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except PermissionError:
        raise DataError([found("no_permission", file=name)]) from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise DataError([found("not_readable", file=name, format=KIND)]) from None
    if unpacked > MOST_UNPACKED:
        raise DataError([found("too_large_unpacked", file=name,
                               allowed=f"up to {MOST_UNPACKED // 1_000_000} MB")])


def _book(path: Path, name: str, *, values: bool) -> "Workbook":
    from openpyxl import load_workbook

    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # drop-down lists and the like are lost
            return load_workbook(stream, data_only=values, keep_links=False)
    except Exception:  # zip, XML and openpyxl faults alike; their texts may hold cells
        raise DataError([found("not_readable", file=name, format=KIND)]) from None


def _filled(book: "Workbook") -> list[_Grid]:
    """The sheets that hold at least one cell.

    Cells are taken one by one: a stray mark in the last corner of a sheet must not make a table
    of a million lines.
    """
    grids = []
    for sheet in book.worksheets:
        cells: dict[int, dict[int, Any]] = {}
        for (line, column), cell in sheet._cells.items():
            if cell.value is not None:
                cells.setdefault(line, {})[column] = cell
        if cells:
            grids.append(_Grid(sheet, cells))
    return grids


def _chosen(grids: list[_Grid], sheet: str | None, name: str) -> _Grid:
    if sheet is not None:
        named = [grid for grid in grids if grid.sheet.title == sheet]
        if not named:
            raise DataError([found("unknown_sheet", file=name)])
        return named[0]
    if not grids:
        raise DataError([found("empty_file", file=name)])
    if len(grids) > 1:
        raise DataError([found("several_sheets", file=name, sheets=str(len(grids)))])
    return grids[0]


def _values(path: Path, name: str, grid: _Grid) -> dict[tuple[int, int], Any]:
    """The value of each cell; a formula stands for the result that was stored with it."""
    values = {(line, column): cell.value
              for line, row in grid.cells.items() for column, cell in row.items()}
    formulas = [(line, column) for line, row in grid.cells.items()
                for column, cell in row.items() if cell.data_type == "f"]
    if not formulas:
        return values
    stored = _book(path, name, values=True)[grid.sheet.title]
    without = []
    for place in formulas:
        result = stored._cells.get(place)
        values[place] = None if result is None else result.value
        # a formula whose result is an empty text has no value either, and says that it is text
        if values[place] is None and (result is None or result.data_type != "str"):
            without.append(place[0])
    if without:
        raise DataError([found("formula_without_value", file=name, rows=without,
                               count=len(without))])
    return values


def _merged(grid: _Grid) -> list[Merge]:
    """Merged cells that hold something; blank ones belong to nobody."""
    return [
        Merge(area.min_row, area.max_row, area.min_col, area.max_col)
        for area in grid.sheet.merged_cells.ranges
        if (area.min_row, area.min_col) != (area.max_row, area.max_col)
        and area.min_col in grid.cells.get(area.min_row, {})
    ]


def _percent(grid: _Grid, values: Mapping[tuple[int, int], Any]) -> dict[int, list[int]]:
    """By place of the column, the lines whose number is shown as a percentage."""
    shown: dict[int, list[int]] = {}
    for line, row in grid.cells.items():
        for column, cell in row.items():
            number = isinstance(values.get((line, column)), int | float)
            if number and "%" in LITERAL.sub("", cell.number_format or ""):
                shown.setdefault(column - 1, []).append(line)
    return shown
