"""A data file becomes a frame, or an Issue that says why not.

Every format is first read as text, exactly as written (so that the id `01` stays `01`), with the
index counting lines as a spreadsheet does; numbers are made of it where numbers are declared.

The parts: `text_file`, `workbook` and `statistics` give lines of cells; `dialects` asks which
survey program wrote them (`redcap`, `redcap_labels`, `qualtrics`, `limesurvey`, `forms`) and makes
the table; `cells` turns lines into a frame; `table` is what comes out; `reading` what can be
declared.
"""

import warnings
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from balint_research.errors import DataError
from balint_research.study.findings import found
from balint_research.study.read.cells import Raw
from balint_research.study.read.dialects import as_table
from balint_research.study.read.reading import Reading, split_sheet
from balint_research.study.read.statistics import STATISTICS, statistics_lines
from balint_research.study.read.table import TextTable, typed
from balint_research.study.read.text_file import text_lines
from balint_research.study.read.workbook import workbook_lines

FIRST_ROW = 2  # a spreadsheet counts the header as line 1
TEXT, WORKBOOK = (".csv", ".tsv", ".txt"), (".xlsx",)
ENDINGS = (*TEXT, *WORKBOOK, *STATISTICS, ".parquet")
LARGEST = 200_000_000  # bytes; 5,000 rows of 300 answers are 3 MB, and reading takes ten times that
# What can be declared of some formats only.
OF_FORMATS = {"encoding": (*TEXT, *STATISTICS), "separator": TEXT, "decimal": (*TEXT, *WORKBOOK),
              "header_lines": (*TEXT, *WORKBOOK)}


def read_table(path: str | Path, *, text_columns: Collection[str] = ()) -> pd.DataFrame:
    """A data file as a frame: numbers where a whole column is numbers, else text.

    Parameters
    ----------
    path : CSV (comma, semicolon, tab or vertical bar; with decimal commas too), ``.xlsx`` with one
        sheet or ``"study.xlsx#Name of the sheet"``, ``.sav``, ``.zsav``, ``.dta``, ``.xpt``,
        ``.sas7bdat`` or ``.parquet``. Exports of REDCap, Qualtrics, LimeSurvey, Google Forms and
        Microsoft Forms are recognised by their header.
    text_columns : columns that stay text exactly as written (ids, arms, waves).

    Returns
    -------
    frame whose index is the line of the file as a spreadsheet shows it, less 2 (0 is the first
    row below the header). Wholly blank lines are skipped, which leaves gaps in the index, and so
    do rows that are no responses (previews, unfinished ones): a warning counts them.

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
    for issue in table.issues:
        if issue.severity == "warn":
            warnings.warn(str(issue), stacklevel=2)
    frame = table.frame.set_axis(table.frame.index - FIRST_ROW)
    return typed(frame, table.decimal, text_columns)


def read_text(
    path: Path, file: str | None = None, reading: Reading | None = None, *,
    keep: Collection[str] = (),
) -> TextTable:
    """A data file as text, exactly as written.

    Parameters
    ----------
    path : the file; a sheet of a workbook as ``study.xlsx#Name of the sheet``.
    file : how Issues name it.
    reading : what is declared about it.
    keep : columns in which the declared texts for "no answer" mean nothing (ids, arms, waves).

    Raises
    ------
    DataError : the file cannot be read as what it is, or as what is declared.
    """
    name, declared = file or path.name or str(path), reading or Reading()
    inside, sheet = split_sheet(path.name)
    place = path if sheet is None else path.with_name(inside)
    _refuse_place(place, name)
    _refuse_what_does_not_apply(place.suffix.lower(), declared, name)
    return as_table(_raw(place, name, sheet, declared), name, declared, place.parent, keep)


def _raw(path: Path, name: str, sheet: str | None, reading: Reading) -> Raw:
    ending = path.suffix.lower()
    if ending in TEXT:
        return text_lines(path, name, reading)
    if ending in WORKBOOK:
        return workbook_lines(path, name, sheet, reading)
    return statistics_lines(path, name, reading)


def _refuse_place(path: Path, name: str) -> None:
    rule = None
    if not _exists(path):
        rule = "missing_file"
    elif path.is_dir():
        rule = "not_a_file"
    elif path.suffix.lower() not in ENDINGS:
        raise DataError([found("unknown_format", file=name, allowed=", ".join(ENDINGS))])
    elif path.stat().st_size == 0:
        rule = "empty_file"
    elif path.stat().st_size > LARGEST:
        raise DataError([found("large_file", file=name,
                               allowed=f"up to {LARGEST // 1_000_000} MB")])
    if rule:
        raise DataError([found(rule, file=name)])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than the system allows
        return False


def _refuse_what_does_not_apply(ending: str, reading: Reading, name: str) -> None:
    wrong = [what for what, endings in OF_FORMATS.items()
             if getattr(reading, what) is not None and ending not in endings]
    if wrong:
        raise DataError(found("not_of_this_format", file=name, declared=what, or_else="",
                              format=f"a file ending in {ending}") for what in wrong)
