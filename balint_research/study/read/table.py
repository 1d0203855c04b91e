"""A table as text, exactly as written, and the numbers that are made of it where declared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.findings import found
from balint_research.study.read.reading import Dialect

# How exports write "no answer" where a number belongs.
NO_ANSWER = ("NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "#NULL!", ".")
NUMBER = r"[+-]?(?:\d+(?:\{mark}\d*)?|\{mark}\d+)(?:[eE][+-]?\d+)?"
WITH_COMMA = r"[+-]?\d+,\d+"


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


def without_rows(table: TextTable, rows: pd.Series, reason: str) -> TextTable:
    """The table without the rows for which `rows` is true, counted under a reason."""
    if not rows.any():
        return table
    counts = dict(table.left_out)
    counts[reason] = counts.get(reason, 0) + int(rows.sum())
    kept = rows.index[~rows]
    return replace(table, frame=table.frame.loc[kept], left_out=tuple(counts.items()),
                   reasons=table.reasons.loc[table.reasons.index.intersection(kept)])


def without_columns(table: TextTable, columns: Collection[str]) -> TextTable:
    """The table without the columns that its declaration ignores, which is noted.

    Raises
    ------
    DataError : the file does not have one of them.
    """
    header = table.frame.columns
    if faults := [found("ignored_nowhere", file=table.file, column=column)
                  for column in columns if column not in header]:
        raise DataError(faults)
    if not columns:
        return table
    note = found("ignored_columns", file=table.file, count=len(set(columns)))
    return replace(
        table, frame=table.frame.drop(columns=list(columns)), issues=(*table.issues, note),
        reasons=table.reasons.drop(columns=list(columns), errors="ignore"),
        facts={name: fact for name, fact in table.facts.items() if name not in columns})


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
    values = words.where(fits).str.replace(decimal, ".", regex=False).astype(float)
    endless = values.abs().eq(float("inf"))  # 1e999
    return values.mask(endless), words.notna() & ~fits | endless


def answers(
    table: TextTable, column: str, lines: pd.Index | None = None, *,
    labels: Mapping[str, float] | None = None, instrument: str | None = None,
) -> tuple[pd.Series, list[Issue]]:
    """A column of answers as floats, and the Issue of those that are no numbers.

    A cell that is one of the `labels`, whatever its capitals and blanks, becomes its code.
    `instrument` is where `study.toml` could declare them.
    """
    cells = table.frame[column] if lines is None else table.frame.loc[lines, column]
    coded = {plain_label(label): code for label, code in (labels or {}).items()}
    known = cells.map(lambda cell: coded.get(plain_label(cell)), na_action="ignore").astype(float)
    values, bad = numbers(cells.mask(known.notna()), table.decimal)
    values = known.fillna(values)
    if not bad.any():
        return values, []
    by_label = (f", or say with `labels` under [instruments.{instrument}] which code each text "
                "stands for") if instrument else ""
    return values, [found("text_answers", file=table.file, column=column, rows=cells.index[bad],
                          allowed="numeric codes", by_label=by_label,
                          comma=comma_hint(cells[bad], table.decimal))]


def plain_label(text: str) -> str:
    """A label without the differences that exports make: capitals, runs of blanks."""
    return " ".join(text.split()).casefold()


def comma_hint(column: pd.Series, decimal: str) -> str:
    """A sentence where decimal commas are what makes numbers unreadable."""
    if decimal == "." and column.dropna().str.fullmatch(WITH_COMMA).any():
        return " Write decimals with a point, or declare decimal = \",\" under [reading]."
    return ""


def _whole(values: pd.Series) -> pd.Series:
    return values.astype("int64") if values.notna().all() and (values % 1 == 0).all() else values
