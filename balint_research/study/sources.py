"""The files of a study, read as text; and what can be told before any table is made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from balint_research.errors import DataError, printable
from balint_research.files import sha256
from balint_research.study import tables
from balint_research.study.contracts import LINK_KEY
from balint_research.study.days_of_answers import day_column
from balint_research.study.findings import Findings, found
from balint_research.study.identifiers import find_free_text, find_identifiers
from balint_research.study.item_columns import is_suffixed, item_places
from balint_research.study.meaning import split_column
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Reading, split_sheet
from balint_research.study.read.table import TextTable, without_columns, without_marks
from balint_research.study.study import Study
from balint_research.study.weeks import DAY_COLUMNS, are_days

PERSON_COLUMNS = ("participant", "leaders", "rater")
ID_COLUMNS = ("participant", "session", "group", "leaders", "rater")


@dataclass(frozen=True)
class Source:
    """A file that was read; `wave` where each wave has its own."""

    name: str           # which of the five tables
    table: TextTable
    sha256: str
    wave: str | None = None


def read_files(study: Study, findings: Findings) -> list[Source]:
    """Every file of the study that can be read; why another cannot goes to the findings."""
    sources = []
    for name, wave, file in named_files(study):
        workbook, _ = split_sheet(file)
        reading = study.reading.get(workbook, Reading())
        try:
            table = read_text(study.folder / file, file, reading, keep=_kept_as_written(study))
            table = without_columns(without_marks(table), reading.ignore)
        except DataError as fault:
            findings.add(fault.issues)
        else:
            findings.add(table.issues)
            for reason, rows in table.left_out:
                findings.leave_out(name, file, reason, rows)
            sources.append(Source(name, table, sha256(study.folder / workbook), wave))
    return sources


def named_files(study: Study) -> Iterator[tuple[str, str | None, str]]:
    """Table, wave (where each has its own file) and name of every file of the study."""
    files = study.files
    for name in ("participants", "memberships"):
        if (file := getattr(files, name)) is not None:
            yield name, None, file
    if isinstance(files.responses, str):
        yield "responses", None, files.responses
    else:
        yield from (("responses", wave, files.responses[wave]) for wave in study.waves)
    for name in ("sessions", "attendance", "links"):
        if (file := getattr(files, name)) is not None:
            yield name, None, file


def of_table(sources: Sequence[Source], name: str) -> list[Source]:
    """The files of one of the tables."""
    return [source for source in sources if source.name == name]


def look_for_people(study: Study, sources: Sequence[Source], findings: Findings) -> None:
    """Direct identifiers and free text, in every column of every file, also those not used."""
    for source in sources:
        header = source.table.frame.columns
        if LINK_KEY in header:
            findings.add([found("link_key", file=source.table.file)])
        ids = {column: ours for ours in ID_COLUMNS
               if (column := tables.column_of(study, source.name, ours, header))}
        persons = [column for column, ours in ids.items() if ours in PERSON_COLUMNS]
        items = _item_columns(study, source.wave) if source.name == "responses" else set()
        named = tables.KEYS[source.name] in ids.values()  # else line 1 may be somebody's row
        frame = _without_known_days(study, source)
        for find in (find_identifiers, find_free_text):
            findings.add(find(frame, source.table.file, items=items, ids=ids, persons=persons,
                              named=named))


def tell_columns_nowhere(study: Study, sources: Sequence[Source], findings: Findings) -> None:
    """Names under [columns] that no file has: a typo there must not pass to a column of ours."""
    told = {issue.column for issue in findings.issues if issue.rule == "missing_column"}
    for ours, declared in study.columns.items():
        origin, named = split_column(declared)
        files = [source.table.frame.columns for source in sources
                 if origin in (None, source.name)]
        if "{wave}" in named:
            continue  # told for each wave
        if named not in told and len(sources) == len(list(named_files(study))) and not any(
                named in header for header in files):
            findings.add([found("column_nowhere", file=study.path.name,
                                named=printable(named), ours=ours)])


def _without_known_days(study: Study, source: Source) -> pd.DataFrame:
    """The file with its declared columns of days empty, where they hold days and nothing else.

    The days of a study of the year 2004 are no birth dates, and every column keeps its place.
    """
    frame = source.table.frame
    known = [column for column in _day_columns(study, source) if are_days(frame[column])]
    return frame.assign(**{column: frame[column].mask(frame[column].notna())
                           for column in known})


def _kept_as_written(study: Study) -> list[str]:
    """Columns of ids and labels: a code that means no answer elsewhere may be somebody there."""
    return [column for ours in (*ID_COLUMNS, "wave", "arm")
            for column in (ours, split_column(study.columns.get(ours, ours))[1])]


def _item_columns(study: Study, wave: str | None) -> set[str]:
    waves: Sequence[str | None] = study.waves if is_suffixed(study) else (wave,)
    return {column for name in study.instruments for of in waves
            for column in item_places(study, name, of).values()}


def _day_columns(study: Study, source: Source) -> set[str]:
    header = source.table.frame.columns
    columns = {tables.column_of(study, source.name, ours, header)
               for ours in DAY_COLUMNS.get(source.name, ())}
    if source.name == "responses":
        columns |= {day_column(study, source.table, wave) for wave in study.waves}
    return {column for column in columns if column is not None}
