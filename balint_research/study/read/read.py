"""A data file becomes a frame, or an Issue that says why not.

Every format is first read as text, exactly as written (so that the id `01` stays `01`), with the
index counting lines as a spreadsheet does; numbers are made of it where numbers are declared.
"""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.findings import found
from balint_research.study.read.table import NUMBER, WITH_COMMA, Reading, TextTable, typed

FIRST_ROW = 2  # a spreadsheet counts the header as line 1
CSV_ENDINGS = (".csv", ".tsv", ".txt")
STATISTICS = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata", ".xpt": "SAS", ".sas7bdat": "SAS"}
ENDINGS = (*CSV_ENDINGS, ".xlsx", *STATISTICS, ".parquet")

SEP_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)  # for spreadsheets


def read_table(path: str | Path, *, text_columns: Collection[str] = ()) -> pd.DataFrame:
    """A data file as a frame: numbers where a whole column is numbers, else text.

    Parameters
    ----------
    path : CSV (comma, semicolon or tab; UTF-8, with or without BOM; decimal commas where
        semicolons separate), ``.xlsx`` with one sheet, ``.sav``, ``.zsav``, ``.dta``, ``.xpt``,
        ``.sas7bdat`` or ``.parquet``.
    text_columns : columns that stay text exactly as written (ids, arms, waves).

    Returns
    -------
    frame whose index is the line of the file as a spreadsheet shows it, less 2 (0 is the first
    row below the header). Wholly blank lines are skipped, which leaves gaps in the index.

    Raises
    ------
    DataError : the file cannot be read, is empty, or has two columns of one name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = path.write_text("id;teq_1;teq_2\\n01;3;2,5\\n02;;4,0\\n", encoding="utf-8-sig")
    >>> read_table(path, text_columns=["id"])
       id  teq_1  teq_2
    0  01    3.0    2.5
    1  02    NaN    4.0
    """
    table = read_text(Path(path))
    frame = table.frame.set_axis(table.frame.index - FIRST_ROW)
    return typed(frame, table.decimal, text_columns)


def read_text(path: Path, file: str | None = None, reading: Reading | None = None) -> TextTable:
    """A data file as text; `file` is how Issues name it, `reading` what is declared about it."""
    name = file or path.name
    _refuse_place(path, name)
    ending = path.suffix.lower()
    if ending in CSV_ENDINGS:
        table = _read_csv(path, name)
    elif ending == ".xlsx":
        table = TextTable(name, _framed(_excel_rows(path, name), name))
    else:
        table = TextTable(name, _of_frame(_library_frame(path, name, ending), name))
    if table.frame.empty:
        raise DataError([found("no_rows", file=name)])
    return table


def _refuse_place(path: Path, name: str) -> None:
    rule = None
    if not path.exists():
        rule = "missing_file"
    elif path.is_dir():
        rule = "not_a_file"
    elif path.suffix.lower() not in ENDINGS:
        raise DataError([found("unknown_format", file=name, allowed=", ".join(ENDINGS))])
    elif path.stat().st_size == 0:
        rule = "empty_file"
    if rule:
        raise DataError([found(rule, file=name)])


# --- text files ----------------------------------------------------------------------------------


def _read_csv(path: Path, name: str) -> TextTable:
    text = _decoded(path, name)
    told = SEP_LINE.match(text)
    mark = told[1] if told else _separator(text)
    rows = _csv_rows(text, mark, name)
    if told:  # kept as a blank line, so that lines are counted as a spreadsheet does
        rows[0] = []
    frame = _framed(rows, name)
    commas = mark == ";" and any(
        column.dropna().str.fullmatch(WITH_COMMA).any() for _, column in frame.items())
    return TextTable(name, frame, "," if commas else ".")


def _decoded(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except PermissionError:
        raise DataError([found("no_permission", file=name)]) from None
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError([found("encoding", file=name, guess=" but in UTF-16")])
    if raw[:4] == b"PK\x03\x04":
        raise DataError([found("not_text", file=name, guess=" (it is a workbook or an archive)")])
    if b"\x00" in raw:
        raise DataError([found("not_text", file=name)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        guess = " (an older encoding such as Windows-1252, at the latest from this line on)"
        raise DataError([found("encoding", file=name, rows=[line], guess=guess)]) from None


def _separator(text: str) -> str:
    """The sign that separates most cells of the header; commas inside quotes do not count."""
    outside = "".join(text.lstrip().partition("\n")[0].split('"')[::2])
    return max((",", ";", "\t"), key=outside.count)


def _csv_rows(text: str, mark: str, name: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        raise DataError([found("open_quote", file=name)]) from None


# --- workbooks and statistics programs -----------------------------------------------------------


def _excel_rows(path: Path, name: str) -> list[list[str]]:
    values, formulas = _workbook(path, name, True), _workbook(path, name, False)
    if not values:
        raise DataError([found("empty_file", file=name)])
    if len(values) > 1:
        raise DataError([found("several_sheets", file=name, sheets=str(len(values)))])
    without = [
        line
        for line, (row, stored) in enumerate(zip(formulas[0], values[0], strict=True), 1)
        for cell, value in zip(row, stored, strict=True)
        if value is None and cell is not None
    ]
    if without:
        raise DataError([found("formula_without_value", file=name, rows=without,
                               count=len(without))])
    return [[_as_text(cell) for cell in row] for row in values[0]]


def _workbook(path: Path, name: str, values: bool) -> list[list[tuple[Any, ...]]]:
    """The sheets that hold at least one cell, as rows."""
    from openpyxl import load_workbook

    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # drop-down lists and the like are lost
            book = load_workbook(stream, read_only=False, data_only=values)
            sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    except Exception:  # zip, XML and openpyxl faults alike; their texts may hold cells
        raise DataError([found("not_readable", file=name, format="an Excel workbook")]) from None
    return [rows for rows in sheets if any(cell is not None for row in rows for cell in row)]


def _library_frame(path: Path, name: str, ending: str) -> pd.DataFrame:
    try:
        if ending == ".parquet":
            return pd.read_parquet(path)
        import pyreadstat

        reader = {"sav": "sav", "zsav": "sav", "dta": "dta", "xpt": "xport"}.get(
            ending[1:], "sas7bdat")
        frame, _ = getattr(pyreadstat, f"read_{reader}")(str(path))
    except Exception:  # whatever the reader says may hold cells
        kind = "Parquet" if ending == ".parquet" else f"a file of {STATISTICS[ending]}"
        raise DataError([found("not_readable", file=name, format=kind)]) from None
    return pd.DataFrame(frame)


def _of_frame(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = [[_as_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    return _framed([[str(column) for column in frame.columns], *rows], name)


def _as_text(cell: Any) -> str:
    """A cell as a person would write it: whole numbers without a point."""
    if not pd.api.types.is_scalar(cell):
        return str(cell)  # a list in a cell: text, which no number column takes
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time(0):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


# --- rows to frame -------------------------------------------------------------------------------


def _framed(rows: Sequence[Sequence[str]], name: str) -> pd.DataFrame:
    """The rows as text columns; the index is the line in the file."""
    lines = [(i, [cell.strip() for cell in row]) for i, row in enumerate(rows, 1)]
    lines = [(i, row) for i, row in lines if any(row)]
    if not lines:
        raise DataError([found("empty_file", file=name)])
    (_, header), *body = lines
    issues = [*_header_issues(header, name), *_ragged(body, len(header), name)]
    if issues:
        raise DataError(issues)
    names = [column or f"unnamed_{i}" for i, column in enumerate(header, 1)]
    frame = pd.DataFrame(
        [row for _, row in body], columns=names, index=[i for i, _ in body], dtype="str")
    frame = frame.mask(frame == "")
    unused = [name for name, column in zip(names, header, strict=True)
              if not column and frame[name].isna().all()]
    return frame.drop(columns=unused)


def _header_issues(header: Sequence[str], name: str) -> list[Issue]:
    mark = NUMBER.replace("{mark}", ".")
    decimals = pd.Series(header, dtype="str").str.fullmatch(mark).sum()
    twice = [column for column, times in Counter(header).items() if times > 1 and column]
    if decimals * 2 > len(header) and twice:
        return [found("no_header", file=name)]
    # by place and not by name: without a header line the names would be somebody's answers
    places = [[str(i) for i, column in enumerate(header, 1) if column == name] for name in twice]
    return [found("duplicate_column", file=name, count=len(which),
                  places=f"{', '.join(which[:-1])} and {which[-1]}") for which in places]


def _ragged(body: Sequence[tuple[int, Sequence[str]]], width: int, name: str) -> list[Issue]:
    wrong = [line for line, row in body if len(row) != width and not _only_blank_more(row, width)]
    return [found("ragged_rows", file=name, rows=wrong)] if wrong else []


def _only_blank_more(row: Sequence[str], width: int) -> bool:
    return len(row) > width and not any(row[width:])
