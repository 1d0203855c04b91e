"""Which survey program wrote a file, and what follows from it.

A dialect is recognised by names in the header, said in a note, and can be declared. Each program
has a module that says by what it is recognised, what its header means, and which of its rows are
no responses.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.findings import found
from balint_research.study.read import (
    cells,
    forms,
    limesurvey,
    qualtrics,
    redcap,
    redcap_labels,
    text_file,
)
from balint_research.study.read.cells import Heading, Line, Raw
from balint_research.study.read.reading import Dialect, Reading
from balint_research.study.read.table import ColumnFacts, TextTable

EXPORTS: dict[Dialect, str] = {
    "plain": "a plain table",
    "redcap": "a raw export of REDCap",
    "redcap_labels": "an export of REDCap with labels",
    "qualtrics": "an export of Qualtrics",
    "qualtrics_legacy": "an export of Qualtrics in its older form, with two header lines",
    "limesurvey": "an export of LimeSurvey",
    "google_forms": "the answers of a Google form",
    "microsoft_forms": "the answers of a Microsoft form",
}
# In this order: what is surest comes first.
EVIDENCE: dict[Dialect, Callable[[Sequence[Line]], str | None]] = {
    "qualtrics": qualtrics.evidence,
    "qualtrics_legacy": qualtrics.legacy_evidence,
    "redcap_labels": redcap.labels_evidence,
    "redcap": redcap.evidence,
    "limesurvey": limesurvey.evidence,
    "microsoft_forms": forms.microsoft_evidence,
    "google_forms": forms.google_evidence,
}
WITH_OWN_HEADER = ("qualtrics", "qualtrics_legacy")
WITH_SEVERAL_ANSWERS = ("qualtrics", "qualtrics_legacy", "limesurvey", "google_forms",
                        "microsoft_forms")  # "1,5" may be two boxes that were ticked
DECLARED = "declared in study.toml"


def as_table(
    raw: Raw, name: str, reading: Reading, folder: Path, keep: Collection[str] = ()
) -> TextTable:
    """The lines of a file as a table of text, read as the program that wrote it means them.

    Raises
    ------
    DataError : the header names no columns, what is declared does not fit, or no row is left.
    """
    dialect, evidence = recognised(raw.lines, name, reading)
    _refuse_what_does_not_apply(dialect, reading, name)
    entries = redcap_labels.entries_of(folder / reading.dictionary) if reading.dictionary else []
    columns = redcap_labels.meanings(entries)
    heading = _heading(dialect, raw, name, reading, columns)
    issues = [*raw.issues, *(replace(issue, file=name) for issue in heading.issues)]
    stops = cells.merged_body(raw, heading.body, name)
    if stops:
        raise DataError(stops)
    frame = cells.framed(heading, name)
    if frame.empty:
        raise DataError([found("no_rows", file=name)])
    issues += cells.percentages(raw, heading.names, heading.body, name)
    if dialect != "plain":
        issues.append(found("dialect", file=name, export=EXPORTS[dialect], evidence=evidence))
    table = TextTable(name, frame, dialect=dialect, facts=_facts(raw, heading, frame.columns),
                      issues=tuple(issues))
    table = _with_decimal(table, heading, raw.separator, reading)
    untouched = {*keep, *_untouched(table, heading.roles)}
    table = _with_reasons(table, raw.reasons, reading.missing, untouched)
    return _used(_meant(table, heading.roles, reading, columns))


def recognised(lines: Sequence[Line], name: str, reading: Reading) -> tuple[Dialect, str]:
    """The program that wrote the file, and by what it is recognised."""
    if reading.dialect is not None:
        look = EVIDENCE.get(reading.dialect)
        evidence = look(lines) if look else None
        if evidence is None and reading.dialect in WITH_OWN_HEADER:
            raise DataError([found("dialect_nowhere", file=name, export=EXPORTS[reading.dialect])])
        return reading.dialect, evidence or DECLARED
    if reading.header_lines is None:
        for dialect, looks in EVIDENCE.items():
            if (evidence := looks(lines)) is not None:
                return dialect, evidence
    return "plain", ""


def _refuse_what_does_not_apply(dialect: Dialect, reading: Reading, name: str) -> None:
    redcaps, surveys = ("redcap", "redcap_labels"), ("qualtrics", "qualtrics_legacy", "limesurvey")
    declared = {
        "dictionary": reading.dictionary is not None and dialect not in redcaps,
        "repeat_instrument": reading.repeat_instrument is not None and dialect not in redcaps,
        "unfinished": reading.unfinished == "keep" and dialect not in surveys,
        "header_lines": reading.header_lines is not None and dialect != "plain",
    }
    wrong = [what for what, misplaced in declared.items() if misplaced]
    if wrong:
        or_else = "" if reading.dialect else ", or declare the `dialect` of the file beside it"
        raise DataError(found("not_of_this_format", file=name, declared=what, or_else=or_else,
                              format=EXPORTS[dialect]) for what in wrong)


def _heading(
    dialect: Dialect, raw: Raw, name: str, reading: Reading,
    columns: Mapping[str, redcap_labels.Meaning],
) -> Heading:
    if dialect == "qualtrics":
        return qualtrics.heading(raw.lines)
    if dialect == "qualtrics_legacy":
        return qualtrics.legacy_heading(raw.lines)
    if dialect == "limesurvey":
        return limesurvey.heading(raw.lines)
    heading = cells.heading_of(raw, name, reading.header_lines)
    if dialect == "redcap_labels":
        return (redcap_labels.named_as_fields(heading, columns, name) if columns
                else redcap_labels.numbered_headings(heading))
    return heading


def _meant(
    table: TextTable, roles: Mapping[str, str], reading: Reading,
    columns: Mapping[str, redcap_labels.Meaning],
) -> TextTable:
    """What the program that wrote the file means by its cells and rows."""
    if table.dialect in ("qualtrics", "qualtrics_legacy"):
        return qualtrics.responses(table, roles, reading)
    if table.dialect == "limesurvey":
        return limesurvey.responses(table, roles, reading)
    if table.dialect in ("redcap", "redcap_labels"):
        if table.dialect == "redcap_labels":
            table = redcap_labels.coded(table, columns) if columns else replace(
                table, issues=(*table.issues, found("no_dictionary", file=table.file)))
        return redcap.records(redcap_labels.described(table, columns), reading)
    return table


def _facts(raw: Raw, heading: Heading, columns: pd.Index) -> dict[str, ColumnFacts]:
    labels = {column: label for column, label in zip(heading.names, heading.labels, strict=False)
              if column in columns and label}
    told = {column: ColumnFacts(label) for column, label in labels.items()}
    return {**told, **{column: fact for column, fact in raw.facts.items() if column in columns}}


def _untouched(table: TextTable, roles: Mapping[str, str]) -> set[str]:
    """Columns in which a code that means "no answer" elsewhere is an id or a state."""
    own = {*roles.values(), *redcap.OWN}
    return own | {table.frame.columns[0]} if table.dialect.startswith("redcap") else own


def _with_decimal(
    table: TextTable, heading: Heading, separator: str | None, reading: Reading
) -> TextTable:
    if reading.decimal is not None:
        return replace(table, decimal=reading.decimal)
    decimal, commas = text_file.decimal_of(
        heading.body, separator, table.dialect in WITH_SEVERAL_ANSWERS)
    issues = [found("decimal_comma", file=table.file, column=heading.names[place])
              for place in commas]
    return replace(table, decimal=decimal, issues=(*table.issues, *issues))


def _with_reasons(
    table: TextTable, carried: Mapping[str, Mapping[int, str]], missing: Mapping[str, str],
    untouched: set[str],
) -> TextTable:
    """Cells that are no answers are empty: by the file itself, and by the texts declared."""
    frame = table.frame
    reasons = {column: pd.Series(lines, dtype="str").reindex(frame.index)
               for column, lines in carried.items() if column in frame.columns}
    if reasons or missing:
        frame = frame.copy()
    for column, told in reasons.items():
        frame[column] = frame[column].mask(told.notna())
    if missing:
        for column in frame.columns.difference(list(untouched), sort=False):
            told = frame[column].fillna("").map(missing)
            if told.notna().any():
                frame[column] = frame[column].mask(told.notna())
                of_file = reasons.get(column, pd.Series(index=frame.index, dtype="str"))
                reasons[column] = of_file.fillna(told.astype("str"))
    kept = {column: reasons[column] for column in frame.columns
            if column in reasons and reasons[column].notna().any()}
    return replace(table, frame=frame,
                   reasons=pd.DataFrame(kept, index=frame.index, dtype="str"))


def _used(table: TextTable) -> TextTable:
    """The table, if a row of it is left; what stops is raised with everything else that does."""
    stops: list[Issue] = [issue for issue in table.issues if issue.severity == "stop"]
    if table.frame.empty:
        reasons = ", ".join(f"{reason} ({rows})" for reason, rows in table.left_out)
        stops.append(found("all_left_out", file=table.file, count=table.rows_in, reasons=reasons))
    if stops:
        raise DataError(stops)
    return table
