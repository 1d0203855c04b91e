"""Lines of cells become a frame of text, or the Issues of a header that names no columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.findings import found
from balint_research.study.read.table import NUMBER, ColumnFacts

MOST_COLUMNS = 10_000       # the longest batteries have hundreds; more is another kind of file
MOST_CELLS = 20_000_000     # about 2 GB as text: what a machine of 8 GB can hold beside its work

Line = tuple[int, list[str]]    # number as a spreadsheet shows it, cells


@dataclass(frozen=True)
class Merge:
    """Cells of a workbook that were merged into one that holds something; counted from 1."""

    first_line: int
    last_line: int
    first_column: int
    last_column: int


@dataclass(frozen=True)
class Raw:
    """A file as its format gives it: lines that hold anything, the header first.

    `percent` has the lines in which a number is shown as a percentage, by place of the column;
    `reasons` has by column and line why a cell is no answer; `separator` is that of a text file.
    """

    lines: list[Line]
    separator: str | None = None
    merged: Sequence[Merge] = ()
    percent: Mapping[int, Sequence[int]] = field(default_factory=dict)
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    issues: Sequence[Issue] = ()


@dataclass(frozen=True)
class Heading:
    """The names of the columns, their questions where the file tells them, and the lines below.

    `roles` names the columns in which a survey program says what became of a response.
    """

    names: Sequence[str]
    body: Sequence[Line]
    labels: Sequence[str] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    issues: Sequence[Issue] = ()


def filled_lines(rows: Iterable[tuple[int, Sequence[str]]], name: str) -> list[Line]:
    """The lines (number, cells) that are not blank, their cells without blanks around them."""
    lines: list[Line] = []
    cells = 0
    for number, row in rows:
        cells += len(row)
        refuse_size(len(row), cells, name, number)
        stripped = [cell.strip() for cell in row]
        if any(stripped):
            lines.append((number, stripped))
    if not lines:
        raise DataError([found("empty_file", file=name)])
    return lines


def refuse_size(columns: int, cells: int, name: str, line: int | None = None) -> None:
    """Stop before a table is made that fills the memory."""
    if columns > MOST_COLUMNS:
        raise DataError([found("many_columns", file=name, rows=[line] if line else (),
                               allowed=f"up to {MOST_COLUMNS:,} columns")])
    if cells > MOST_CELLS:
        raise DataError([found("many_cells", file=name, allowed=f"up to {MOST_CELLS:,} cells")])


def heading_of(raw: Raw, name: str, header_lines: int | None) -> Heading:
    """Line 1 names the columns; or several lines together, where this is declared.

    Raises
    ------
    DataError : line 1 stands over other names, and nothing is declared.
    """
    upper, merged = raw.lines[: header_lines or 1], _wide(raw.merged)
    numbers = [number for number, _ in upper]
    if header_lines is None:
        _refuse_second_header(raw.lines, merged, name)
        return Heading(upper[0][1], raw.lines[1:])
    if not 1 <= header_lines < len(raw.lines):
        raise DataError([found("header_lines_nowhere", file=name,
                               allowed=f"from 1 to {len(raw.lines) - 1}")])
    width = max(len(cells) for _, cells in upper)
    padded = [[*cells, *[""] * (width - len(cells))] for _, cells in upper]
    in_header = [merge for merge in merged if merge.first_line in numbers]
    if any(merge.first_line == numbers[-1] for merge in in_header):
        raise DataError([found("merged_header", file=name, rows=numbers[-1:])])
    above = [_spread(cells, number, in_header)
             for number, cells in zip(numbers[:-1], padded[:-1], strict=True)]
    names = ["_".join(dict.fromkeys(part for part in parts if part))
             for parts in zip(*above, padded[-1], strict=True)]
    return Heading(names, raw.lines[header_lines:])


def framed(heading: Heading, name: str) -> pd.DataFrame:
    """The lines below the header as text columns; the index is the line in the file."""
    header, body = [column.strip() for column in heading.names], heading.body
    issues = [*_header_issues(header, name), *_ragged(body, len(header), name)]
    if issues:
        raise DataError(issues)
    names = _with_places(header)
    columns = {column: [row[place] or None for _, row in body]
               for place, column in enumerate(names)}
    frame = pd.DataFrame(columns, index=[number for number, _ in body], dtype="str")
    unused = [name for name, column in zip(names, header, strict=True)
              if not column and frame[name].isna().all()]
    return frame.drop(columns=unused)


def merged_body(raw: Raw, body: Sequence[Line], name: str) -> list[Issue]:
    """Merged cells below the header: their value belongs to more than one row or column."""
    if not body:
        return []
    first = body[0][0]
    lines = {line for merge in raw.merged if merge.last_line >= first
             for line in range(max(merge.first_line, first), merge.last_line + 1)}
    return [found("merged_cells", file=name, rows=lines)] if lines else []


def percentages(raw: Raw, names: Sequence[str], body: Sequence[Line], name: str) -> list[Issue]:
    """Columns with numbers that a workbook shows a hundred times as large."""
    first = body[0][0] if body else 0
    shown = {place: [line for line in lines if line >= first]
             for place, lines in raw.percent.items() if place < len(names)}
    return [found("percent", file=name, column=names[place] or f"unnamed_{place + 1}", rows=lines)
            for place, lines in sorted(shown.items()) if lines]


def as_text(cell: Any, decimal: str | None = None) -> str:
    """A cell as a person would write it: whole numbers without a point."""
    if not pd.api.types.is_scalar(cell):
        return str(cell)  # a list in a cell: text, which no number column takes
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return ""
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell))
        return str(float(cell)).replace(".", decimal or ".")
    if isinstance(cell, datetime) and cell.time() == time(0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


# --- the header ----------------------------------------------------------------------------------


def _wide(merged: Sequence[Merge]) -> list[Merge]:
    """Merges that reach over several columns: one name over many."""
    return [merge for merge in merged if merge.last_column > merge.first_column]


def _refuse_second_header(lines: Sequence[Line], merged: Sequence[Merge], name: str) -> None:
    (number, first), *below = lines
    if any(merge.first_line == number for merge in merged):
        raise DataError([found("merged_header", file=name, rows=[number])])
    if below:
        named, filled = sum(map(bool, first)), sum(map(bool, below[0][1]))
        if named * 2 < filled:
            raise DataError([found("second_header", file=name, rows=[number])])


def _spread(cells: Sequence[str], number: int, merged: Sequence[Merge]) -> list[str]:
    """An upper line of the header with each name over all of its columns.

    Without merged cells (a text file has none) a name reaches to the next one.
    """
    spread = list(cells)
    if merged:
        for merge in merged:
            if merge.first_line == number:
                for place in range(merge.first_column - 1, min(merge.last_column, len(cells))):
                    spread[place] = cells[merge.first_column - 1]
        return spread
    for place in range(1, len(spread)):
        spread[place] = spread[place] or spread[place - 1]
    return spread


def _header_issues(header: Sequence[str], name: str) -> list[Issue]:
    mark = NUMBER.replace("{mark}", ".")
    decimals = pd.Series(header, dtype="str").str.fullmatch(mark).sum()
    twice = [column for column, times in Counter(header).items() if times > 1 and column]
    if decimals * 2 > len(header) and twice:
        return [found("no_header", file=name)]
    # by place and not by name: without a header line the names would be somebody's answers
    return [found("duplicate_column", file=name, count=len(which), places=and_(which))
            for column in twice if (which := places(header, column))]


def places(header: Sequence[str], column: str) -> list[int]:
    """Where a name stands in the header, counted from 1."""
    return [place for place, other in enumerate(header, 1) if other == column]


def and_(numbers: Sequence[int]) -> str:
    """``3, 4 and 7``."""
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _with_places(header: Sequence[str]) -> list[str]:
    """A column without a name is called by its place; never as another one is."""
    taken = set(header)
    names = []
    for place, column in enumerate(header, 1):
        own = column or f"unnamed_{place}"
        while not column and own in taken:
            own += "_"
        names.append(own)
    return names


def _ragged(body: Sequence[Line], width: int, name: str) -> Iterator[Issue]:
    """Rows that are longer or shorter than the header.

    A longer row is one even where it ends in empty cells: with a decimal comma in an early cell
    and an empty last one, every answer would stand one column further.
    """
    wrong = [line for line, row in body if len(row) != width]
    if wrong:
        yield found("ragged_rows", file=name, rows=wrong)
