"""Files of SPSS, Stata, SAS and Parquet as lines of cells, with labels and reasons.

Codes stay codes: their labels go beside them. A code that the file declares missing stands in its
line like any other; the reasons say which cells are no answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.errors import DataError
from balint_research.study.findings import found
from balint_research.study.read.cells import MOST_CELLS, Raw, as_text, filled_lines, refuse_size
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import ColumnFacts
from balint_research.study.read.text_file import known_encoding
from balint_research.study.read.xport import special_missing

STATISTICS = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata", ".xpt": "SAS", ".sas7bdat": "SAS"}
READERS = {".sav": "read_sav", ".zsav": "read_sav", ".dta": "read_dta", ".xpt": "read_xport",
           ".sas7bdat": "read_sas7bdat"}
LETTERS = ("convert string", "encoding", "codec can't decode")  # how the readers name such faults
DATED = re.compile(r"(A|E|S|J)?DATE|DATETIME|D?TIME|MTIME|YMDHMS|MOYR|QYR|WKYR")  # SPSS's formats
FIRST_ROW = 2  # where these files have no lines: as if their names stood in line 1

Column = Sequence[Any]


@dataclass(frozen=True)
class _File:
    """A file as its reader gives it: `cells` by column, and what it says about the columns."""

    cells: Mapping[str, list[Any]]
    missing: Mapping[str, Mapping[int, str]]    # column -> row from 0 -> code that is no answer
    questions: Mapping[str, str | None]
    labels: Mapping[str, Mapping[str, str]]
    no_answers: Mapping[str, set[str]]          # labelled codes that are declared missing


def statistics_lines(path: Path, name: str, reading: Reading) -> Raw:
    """The file as lines of cells, with its labels, questions and reasons."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        cells = _parquet(path, name)
        return Raw(_lines(cells, name))
    file = _read(path, name, ending, reading)
    facts, reasons = {}, {}
    for column, codes in file.missing.items():
        labels = file.labels.get(column, {})
        reasons[column] = {row + FIRST_ROW: labels.get(code) or f"code {code}"
                           for row, code in codes.items()}
    for column in file.cells:
        labels = {code: label for code, label in file.labels.get(column, {}).items()
                  if code not in file.no_answers[column]}
        facts[column.strip()] = ColumnFacts(file.questions.get(column) or None, labels)
    return Raw(_lines(file.cells, name), facts=facts,
               reasons={column.strip(): rows for column, rows in reasons.items() if rows})


def _lines(columns: Mapping[str, Column], name: str) -> list[tuple[int, list[str]]]:
    texts = [[as_text(cell) for cell in cells] for cells in columns.values()]
    rows = ([str(column) for column in columns], *zip(*texts, strict=True))
    return filled_lines(enumerate(rows, 1), name)


def _parquet(path: Path, name: str) -> dict[str, Column]:
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            rows, columns = file.metadata.num_rows, file.metadata.num_columns
            refuse_size(columns, rows * columns, name)
            table = file.read()
        # the numbers of rows that pandas puts beside its columns are no data
        return {column: table.column(place).to_pylist()
                for place, column in enumerate(table.column_names)
                if not column.startswith("__index_level_")}
    except DataError:
        raise
    except PermissionError:
        raise DataError([found("no_permission", file=name)]) from None
    except Exception:  # whatever the reader says may hold cells
        raise DataError([found("not_readable", file=name, format="Parquet")]) from None


# --- SPSS, Stata, SAS ----------------------------------------------------------------------------


def _read(path: Path, name: str, ending: str, reading: Reading) -> _File:
    raw, about, frame = _frames(path, name, ending, reading)
    refuse_size(raw.shape[1], raw.size, name)
    missing: dict[str, dict[int, str]] = {}
    numeric = {column for column, kind in about.readstat_variable_types.items() if kind != "string"}
    for column, letters in about.missing_user_values.items():
        if column in numeric:
            missing[column] = {row: f".{cell}" for row, cell in enumerate(raw[column])
                               if isinstance(cell, str) and cell in letters}
    missing |= _in_ranges(raw, about)
    if ending == ".xpt":
        for place, row, letter in special_missing(path, raw.shape[1], len(raw)):
            missing.setdefault(str(raw.columns[place]), {})[row] = f".{letter}"
    labels = {
        column: {_code(code, column in numeric): str(label).strip() for code, label in pairs.items()
                 if str(label).strip()}
        for column, pairs in about.variable_value_labels.items()
    }
    no_answers = {
        str(column): {_code(code, column in numeric)
                      for code in about.variable_value_labels.get(column, {})
                      if (column in numeric and isinstance(code, str))
                      or _lies_in(code, about.missing_ranges.get(column, ()))}
        for column in frame.columns
    }
    return _File({str(column): frame[column].tolist() for column in frame.columns}, missing,
                 about.column_names_to_labels, labels, no_answers)


def _frames(
    path: Path, name: str, ending: str, reading: Reading
) -> tuple[pd.DataFrame, Any, pd.DataFrame]:
    """The file as it is stored, what it says about its columns, and the file with its dates.

    SPSS declares dates missing as numbers, so that its file is read twice where it has dates.
    """
    import pyreadstat

    options: dict[str, Any] = {} if ending == ".xpt" else {"user_missing": True}
    spss = STATISTICS[ending] == "SPSS"
    if spss:
        options["disable_datetime_conversion"] = True
    if reading.encoding is not None:
        options["encoding"] = known_encoding(reading.encoding, name).upper()
    reader = getattr(pyreadstat, READERS[ending])
    kind = f"a file of {STATISTICS[ending]}"
    try:
        with path.open("rb"):
            pass
        columns = reader(str(path), metadataonly=True, **options)[1].number_columns or 0
        refuse_size(columns, 0, name)
        limit = MOST_CELLS // max(columns, 1) + 1
        raw, about = reader(str(path), row_limit=limit, **options)
        frame = _with_dates(path, pd.DataFrame(raw), about, options) if spss else raw
        return pd.DataFrame(raw), about, pd.DataFrame(frame)
    except DataError:
        raise
    except PermissionError:
        raise DataError([found("no_permission", file=name)]) from None
    except Exception as fault:  # whatever the reader says may hold cells
        rule = "letters_inside" if any(word in str(fault) for word in LETTERS) else "not_readable"
        raise DataError([found(rule, file=name, format=kind)]) from None


def _in_ranges(frame: pd.DataFrame, about: Any) -> dict[str, dict[int, str]]:
    """Cells of SPSS that lie in what their column declares missing."""
    return {
        column: {row: _code(cell, False) for row, cell in enumerate(frame[column])
                 if _lies_in(cell, ranges)}
        for column, ranges in about.missing_ranges.items() if column in frame.columns
    }


def _with_dates(path: Path, frame: pd.DataFrame, about: Any, options: Mapping[str, Any]
                ) -> pd.DataFrame:
    """The columns that SPSS shows as dates or times, as such."""
    import pyreadstat

    dated = [column for column, shown in about.original_variable_types.items()
             if DATED.match(shown) and about.readstat_variable_types[column] != "string"]
    if not dated:
        return frame
    plain = {name: value for name, value in options.items() if name == "encoding"}
    dates, _ = pyreadstat.read_sav(str(path), usecols=dated, **plain)
    return frame.assign(**{column: pd.DataFrame(dates)[column] for column in dated})


def _lies_in(cell: Any, ranges: Sequence[Mapping[str, Any]]) -> bool:
    if isinstance(cell, str):
        return any(cell.rstrip() == str(part["lo"]).rstrip() for part in ranges)
    return any(part["lo"] <= cell <= part["hi"] for part in ranges
               if not isinstance(part["lo"], str))


def _code(code: Any, numeric: bool) -> str:
    """A code as the cells write it; a letter that stands for a missing number as Stata does."""
    if numeric and isinstance(code, str) and len(code) == 1 and (code.isalpha() or code == "_"):
        return f".{code}"
    return as_text(float(code) if isinstance(code, int) else code)
