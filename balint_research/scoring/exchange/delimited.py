"""A text file of rows and columns as lists of texts, or the Issue that says why it cannot be read.

For the small files of the scoring room (wording, dictionaries). Data files of a study are read by
`study/read/`, which knows the dialects of survey programs.
"""

import csv
import io
from collections.abc import Collection
from pathlib import Path

from balint_research.errors import DataError, Issue

SEPARATORS = (",", ";", "\t")


def read_rows(path: str | Path, known: Collection[str]) -> list[list[str]]:
    """Every row of the file as its cells, the header first; blank rows are kept as ``[]``.

    Row i of the list is line i + 1 as a spreadsheet shows the file.

    Parameters
    ----------
    path : a CSV file in UTF-8, with or without byte order mark, separated by comma, semicolon
        or tab.
    known : names of columns that may stand in the header, in small letters: the separator is the
        one that finds most of them.

    Raises
    ------
    DataError : there is no such file, it is no UTF-8 text, it is empty, or its quotation marks
        do not close.
    """
    text = _decoded(Path(path))
    rows = max((_split(text, mark) for mark in SEPARATORS),
               key=lambda rows: len(set(known) & set(names(rows))))
    if not rows:
        raise DataError([_fault(Path(path), "open_quote", (
            "A quotation mark is opened and never closed, or text follows a closed one."),
            "Write a quotation mark inside a quoted cell twice.")])
    return rows


def names(rows: list[list[str]]) -> list[str]:
    """The names of the columns in small letters, without blanks around them."""
    return [cell.strip().casefold() for cell in rows[0]] if rows else []


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError([_fault(path, "missing_file", "The file does not exist.",
                                "Correct the path.")]) from None
    except IsADirectoryError:
        raise DataError([_fault(path, "not_a_file", "This is a folder, not a file.",
                                "Name the file inside it.")]) from None
    except PermissionError:
        raise DataError([_fault(path, "no_permission", "The file cannot be read: no permission.",
                                "Change its permissions.")]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise DataError([_fault(path, "encoding", "The text is not encoded in UTF-8.",
                                "Save it as 'CSV UTF-8'.", line)]) from None
    if not text.strip():
        raise DataError([_fault(path, "empty_file", "The file is empty.",
                                "Export or write it again.")])
    return text


def _split(text: str, mark: str) -> list[list[str]]:
    """The cells of every row; nothing where the quotation marks do not fit this separator."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        return []


def _fault(path: Path, rule: str, what: str, do: str, line: int | None = None) -> Issue:
    return Issue(rule=rule, file=path.name, what=what, do=do, rows=(line,) if line else ())
