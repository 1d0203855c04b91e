"""A table as text, exactly as written, and the numbers that are made of it where declared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from balint_research.errors import Issue
from balint_research.strict_toml import STRICT
from balint_research.study.findings import found

Dialect = Literal[
    "plain", "redcap", "redcap_labels", "qualtrics", "qualtrics_legacy", "limesurvey",
    "google_forms", "microsoft_forms",
]

# How exports write "no answer" where a number belongs.
NO_ANSWER = ("NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "#NULL!", ".")
NUMBER = r"[+-]?(?:\d+(?:\{mark}\d*)?|\{mark}\d+)(?:[eE][+-]?\d+)?"
WITH_COMMA = r"[+-]?\d+,\d+"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What `[reading."FILE"]` declares about one file: only what is not recognised rightly.

    Attributes
    ----------
    dialect : the program that wrote the file.
    encoding, separator, decimal : of a text file.
    dictionary : REDCap data dictionary beside the file: turns the labels of a labelled export, and
        its labelled header, into codes and field names.
    header_lines : number of lines that together name the columns (merged headers of hand-made
        sheets).
    unfinished : responses that were not sent off (Qualtrics, LimeSurvey) are left out, or kept.
    repeat_instrument : the repeating instrument of REDCap whose rows are used; without it the rows
        that belong to none.
    missing : text of a cell -> why there is no answer, in the whole file.
    """

    __pydantic_config__ = STRICT
    dialect: Dialect | None = None
    encoding: str | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    dictionary: str | None = None
    header_lines: int | None = None
    unfinished: Literal["leave_out", "keep"] = "leave_out"
    repeat_instrument: str | None = None
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnFacts:
    """What a file carries about one of its columns beside the cells.

    `label` is the question as the file words it: other people's text, for comparing only, never
    shown. `labels` maps a code, as text, to its label. `form` is the REDCap form it belongs to.
    """

    label: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    form: str | None = None


@dataclass(frozen=True)
class TextTable:
    """A file as text: `frame` has a text column for each name, missing where a cell is empty.

    The index of `frame` is the line in the file. `decimal` is the decimal mark of the whole file.
    `reasons` has the same index and holds why there is no answer, in the columns where the file or
    its declaration says so; the cells themselves are missing in `frame`. `facts` says what the file
    tells of a column. `issues` are notes and warnings: which dialect was recognised and how, rows
    that are no responses. `left_out` counts those rows by reason; `rows_in` counts every row below
    the header that is not blank.
    """

    file: str
    frame: pd.DataFrame
    decimal: str = "."
    dialect: Dialect = "plain"
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame)
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def rows_in(self) -> int:
        """Rows of the file below the header: those of `frame` and those left out."""
        return len(self.frame) + sum(rows for _, rows in self.left_out)


def without_marks(table: TextTable) -> TextTable:
    """The table with every mark for "no answer" (NA, #NULL!, a lone point ...) as an empty cell."""
    return replace(table, frame=table.frame.mask(table.frame.isin(NO_ANSWER)))


def typed(frame: pd.DataFrame, decimal: str, text_columns: Collection[str] = ()) -> pd.DataFrame:
    """Columns that are numbers from top to bottom as numbers; the others stay text."""
    columns = {}
    for name, column in frame.items():
        values, bad = numbers(column, decimal)
        keep = name in text_columns or bad.any() or values.isna().all()
        columns[name] = column if keep else _whole(values)
    return pd.DataFrame(columns, index=frame.index)


def numbers(column: pd.Series, decimal: str) -> tuple[pd.Series, pd.Series]:
    """A text column as floats, and which cells hold something that is not a number."""
    words = column.mask(column.isin(NO_ANSWER))
    fits = words.str.fullmatch(NUMBER.replace("{mark}", decimal)).fillna(False).astype(bool)
    usable = words.where(fits).str.replace(decimal, ".", regex=False)
    return usable.astype(float), words.notna() & ~fits


def answers(
    table: TextTable, column: str, lines: pd.Index | None = None
) -> tuple[pd.Series, list[Issue]]:
    """A column of answers as floats, and the Issue of those that are no numbers."""
    cells = table.frame[column] if lines is None else table.frame.loc[lines, column]
    values, bad = numbers(cells, table.decimal)
    if not bad.any():
        return values, []
    return values, [found("text_answers", file=table.file, column=column, rows=cells.index[bad],
                          allowed="numeric codes", comma=comma_hint(cells[bad], table.decimal))]


def comma_hint(column: pd.Series, decimal: str) -> str:
    """A sentence where decimal commas are what makes numbers unreadable."""
    if decimal == "." and column.dropna().str.fullmatch(WITH_COMMA).any():
        return " Write decimals with a point, or separate the columns by semicolons."
    return ""


def _whole(values: pd.Series) -> pd.Series:
    return values.astype("int64") if values.notna().all() and (values % 1 == 0).all() else values
