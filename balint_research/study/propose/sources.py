"""The exports that a study is proposed from, read as they come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from balint_research.errors import DataError, Issue
from balint_research.scoring.exchange.propose_cells import means_no_answer
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Reading, split_sheet
from balint_research.study.read.table import NO_ANSWER, TextTable, without_marks

HEADERS_OF_TWO_LINES = ("merged_header", "second_header")
WITHOUT_ROWS = {"no_rows", "empty_file"}
MOST_LABELS = 20  # different texts of a column whose texts are labels


@dataclass(frozen=True)
class Source:
    """One table of an export: a file, or a sheet of a workbook."""

    name: str            # as [files] names it
    path: Path           # the file that is copied
    table: TextTable
    reading: Reading     # what has to be declared to read it

    @property
    def file(self) -> str:
        """The name of the copy, without a sheet."""
        return split_sheet(self.name)[0]


def read_sources(paths: Sequence[Path], dictionary: Path | None) -> list[Source]:
    """Every table of the exports, in the order given.

    Raises
    ------
    DataError : a file cannot be read; every fault of every file.
    """
    found: list[Source] = []
    issues: list[Issue] = []
    for name, path in copies_of(paths, dictionary).items():
        if path is dictionary:
            continue
        try:
            found += _tables(name, path, dictionary)
        except DataError as fault:
            issues += fault.issues
    if issues:
        raise DataError(issues)
    return found


def copies_of(paths: Sequence[Path], dictionary: Path | None) -> dict[str, Path]:
    """A name for each copy, the dictionary last; two files of one name get a number."""
    named: dict[str, Path] = {}
    for path in [*paths, *([dictionary] if dictionary else [])]:
        name, again = path.name.replace("#", "_"), 2
        while name.casefold() in {other.casefold() for other in named}:
            name = f"{path.stem.replace('#', '_')}_{again}{path.suffix}"
            again += 1
        named[name] = path
    return named


def _sheets(path: Path) -> list[str | None]:
    """The sheets to read one by one; one None where the file is a table by itself."""
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return [None]
    from balint_research.study.read.workbook import sheet_names

    sheets = sheet_names(path)
    return list(sheets) if len(sheets) > 1 else [None]


def _tables(name: str, path: Path, dictionary: Path | None) -> Iterator[Source]:
    """The table of a file, or those of a workbook; a sheet without rows is no table."""
    sheets = _sheets(path)
    for sheet in sheets:
        place = path.with_name(f"{path.name}#{sheet}") if sheet else path
        try:
            yield _read(f"{name}#{sheet}" if sheet else name, place, path, dictionary)
        except DataError as fault:
            if len(sheets) == 1 or not {issue.rule for issue in fault.issues} <= WITHOUT_ROWS:
                raise


def refuse_two_ways(sources: Sequence[Source]) -> None:
    """Sheets that study.toml cannot declare together: it says once how a workbook is read.

    Raises
    ------
    DataError : one sheet needs two header lines, and another one only one.
    """
    lines: dict[str, set[int | None]] = {}
    for source in sources:
        lines.setdefault(source.file, set()).add(source.reading.header_lines)
    issues = [
        Issue(rule="two_headers", file=file, what="The sheets of this workbook name their columns "
              "in different numbers of lines, and a workbook is read in one way.",
              do="Make their headers alike, or save each sheet as a file of its own.")
        for file, numbers in lines.items() if len(numbers) > 1]
    if issues:
        raise DataError(issues)


def _read(name: str, place: Path, path: Path, dictionary: Path | None) -> Source:
    reading = Reading()
    try:
        table = read_text(place, name, reading)
    except DataError as fault:
        if not {issue.rule for issue in fault.issues}.intersection(HEADERS_OF_TWO_LINES):
            raise
        reading = replace(reading, header_lines=2)
        table = read_text(place, name, reading)
    if table.dialect == "redcap_labels" and dictionary is not None:
        table, reading = _by_dictionary(place, table, reading, dictionary)
    if table.dialect != "plain":
        reading = replace(reading, dialect=table.dialect)
    return Source(name, path, without_marks(table), reading)


def _by_dictionary(
    place: Path, table: TextTable, reading: Reading, dictionary: Path
) -> tuple[TextTable, Reading]:
    """The codes of a labelled export; labels of missing-data codes are in no dictionary."""
    declared = replace(reading, dictionary=str(dictionary))
    try:
        return read_text(place, table.file, declared), declared
    except DataError as fault:
        texts = _no_answers(table)
        if {issue.rule for issue in fault.issues} != {"unknown_label"} or not texts:
            raise
    declared = replace(declared, missing={text: text for text in texts})
    return read_text(place, table.file, declared), declared


def _no_answers(table: TextTable) -> list[str]:
    """Short texts that mean no answer, in columns of few different texts."""
    found: dict[str, None] = {}
    for column in table.frame.columns:
        labels = table.frame[column].dropna().unique()
        if len(labels) <= MOST_LABELS:
            found |= {text: None for text in labels if means_no_answer(text)}
    return list(found)


def repeating_instruments(source: Source) -> list[str]:
    """The repeating instruments of a REDCap export, whose rows are left out without a word of it.

    Their names are those of forms, which REDCap itself writes.
    """
    if "redcap_repeat_instrument" not in source.table.frame.columns:
        return []
    plain = read_text(source.path, source.name, Reading(dialect="plain")).frame
    columns = [name for name in ("redcap_repeat_instrument", "Repeat Instrument") if name in plain]
    if not columns:
        return []
    every = plain[columns[0]].dropna()
    return [str(name) for name in dict.fromkeys(every) if name not in NO_ANSWER]


def with_rows_of(source: Source, instrument: str) -> Source:
    """The same export with the rows of one repeating instrument instead of the others."""
    reading = replace(source.reading, repeat_instrument=instrument)
    table = read_text(source.path, source.name, reading)
    return replace(source, table=without_marks(table), reading=reading)
