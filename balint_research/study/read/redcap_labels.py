"""A labelled export of REDCap becomes what the raw export would have been, by its dictionary.

Labels are compared without HTML and runs of blanks, their capitals kept. A label that the
dictionary does not have, or has for two codes, stops: nothing is guessed.
"""

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.scoring.exchange.delimited import read_rows
from balint_research.scoring.exchange.redcap import COLUMNS, TAG, read_dictionary
from balint_research.study.findings import found
from balint_research.study.read.cells import Heading, and_
from balint_research.study.read.redcap import (
    CHECKBOX,
    COMPLETE,
    COMPLETE_HEADING,
    HEADINGS,
    OWN,
    STATES,
)
from balint_research.study.read.table import ColumnFacts, TextTable

TIME_HEADING = "Survey Timestamp"
TIME = "_timestamp"
REPEATED = (COMPLETE_HEADING, TIME_HEADING)  # one a form, all with one name
YES_NO = {"yesno": (("1", "Yes"), ("0", "No")), "truefalse": (("1", "True"), ("0", "False"))}
TICKED = (("1", "Checked"), ("0", "Unchecked"))
WITH_CHOICES = ("radio", "dropdown")
NOT_EXPORTED = "descriptive"


@dataclass(frozen=True)
class Entry:
    """One line of the dictionary: a field with its question and its choices (code, label)."""

    name: str
    form: str
    kind: str
    question: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Meaning:
    """What a column of the raw export is: its form, question, and choices (code, label)."""

    form: str
    question: str
    choices: Sequence[tuple[str, str]] = ()


def entries_of(path: Path) -> list[Entry]:
    """The fields of a data dictionary with their labels, in its order.

    Raises
    ------
    DataError : the file cannot be read, or is no data dictionary.
    """
    forms = {field.name: field.form for field in read_dictionary(path)}
    plain = {name.casefold(): api for name, api in COLUMNS.items()}
    rows = read_rows(path, {name for pair in plain.items() for name in pair})
    header = [plain.get(cell.strip().casefold(), cell.strip().casefold()) for cell in rows[0]]
    header = ["select_choices_or_calculations" if name.startswith("choices") else name
              for name in header]
    entries = []
    for cells in rows[1:]:
        row = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        name = row["field_name"].strip()
        if name:
            kind = row["field_type"].strip().casefold()
            entries.append(Entry(name, forms[name], kind, plain_text(row.get("field_label", "")),
                                 _choices(kind, row["select_choices_or_calculations"])))
    return [entry for entry in entries if entry.kind != NOT_EXPORTED]


def plain_text(text: str) -> str:
    """A label without HTML and runs of blanks.

    Examples
    --------
    >>> plain_text("<b>How</b>  often&nbsp;?")
    'How often ?'
    """
    return " ".join(html.unescape(TAG.sub("", text)).split())


def meanings(entries: Sequence[Entry]) -> dict[str, Meaning]:
    """Column of the raw export -> what it is."""
    columns: dict[str, Meaning] = {}
    for entry in entries:
        if entry.kind == "checkbox":
            columns |= {_box(entry.name, code): Meaning(
                entry.form, f"{entry.question} (choice={label})", TICKED)
                for code, label in entry.choices}
        else:
            columns[entry.name] = Meaning(entry.form, entry.question, entry.choices)
    states = tuple((code, word) for word, code in STATES.items())
    for form in dict.fromkeys(entry.form for entry in entries):
        columns[f"{form}{COMPLETE}"] = Meaning(form, COMPLETE_HEADING, states)
    return columns


def named_as_fields(heading: Heading, columns: Mapping[str, Meaning], name: str) -> Heading:
    """The heading with the names of the fields, where it has their labels.

    Raises
    ------
    DataError : a label belongs to two fields, or to none.
    """
    forms = {meaning.form for meaning in columns.values()}
    known = {*columns, *OWN, *(f"{form}{TIME}" for form in forms)}
    by_label: dict[str, list[str]] = {}
    for column, meaning in columns.items():
        for label in _headings_of(meaning):
            by_label.setdefault(label, []).append(column)
    names: list[str] = []
    several: list[int] = []
    nowhere: list[int] = []
    for place, cell in enumerate(heading.names, 1):
        label = plain_text(cell)
        fields = by_label.get(label, [])
        if cell in known or not cell:
            names.append(cell)
        elif label in HEADINGS or label in REPEATED:
            names.append(HEADINGS.get(label, label))
        elif len(fields) == 1:
            names.append(fields[0])
        else:
            (several if fields else nowhere).append(place)
            names.append(cell)
    faults = [found(rule, file=name, count=len(where), places=and_(where))
              for rule, where in (("label_of_two_fields", several), ("unknown_heading", nowhere))
              if where]
    if faults:
        raise DataError(faults)
    return replace(heading, names=_of_forms(names, columns))


def numbered_headings(heading: Heading) -> Heading:
    """Without a dictionary: REDCap's own columns by their names, its repeated ones numbered."""
    counts: Counter[str] = Counter()
    names = []
    for cell in heading.names:
        counts[cell] += 1
        own = cell in REPEATED and counts[cell] > 1
        names.append(f"{cell} ({counts[cell]})" if own else HEADINGS.get(cell, cell))
    return replace(heading, names=names)


def coded(table: TextTable, columns: Mapping[str, Meaning]) -> TextTable:
    """The labels of each column as codes.

    Raises
    ------
    DataError : a cell holds a label that its field does not have, or has for two codes.
    """
    frame = table.frame.copy()
    issues: list[Issue] = []
    if not _has_codes(frame):
        for column in frame.columns:
            meaning = columns.get(str(column))
            if meaning is not None and meaning.choices:
                frame[column], faults = _codes(frame[column], meaning, table.file)
                issues += faults
    if issues:
        raise DataError(issues)
    return replace(table, frame=frame)


def described(table: TextTable, columns: Mapping[str, Meaning]) -> TextTable:
    """What the dictionary says of each column goes to the facts."""
    facts = {
        column: ColumnFacts(meaning.question or None, dict(meaning.choices), meaning.form)
        for column, meaning in columns.items() if column in table.frame.columns
    }
    return replace(table, facts={**table.facts, **facts})


def _codes(cells: pd.Series, meaning: Meaning, file: str) -> tuple[pd.Series, Iterator[Issue]]:
    by_label: dict[str, set[str]] = {}
    for code, label in meaning.choices:
        by_label.setdefault(plain_text(label), set()).add(code)
    labels = cells.map(plain_text, na_action="ignore")
    unknown = cells.notna() & ~labels.isin(list(by_label))
    doubtful = labels.isin([label for label, codes in by_label.items() if len(codes) > 1])
    faults = (
        found(rule, file=file, column=str(cells.name), rows=rows.index[rows])
        for rule, rows in (("unknown_label", unknown), ("label_of_two_codes", doubtful))
        if rows.any()
    )
    one = {label: min(codes) for label, codes in by_label.items()}
    return labels.map(one).astype("str"), faults


def _has_codes(frame: pd.DataFrame) -> bool:
    """Whether only the headings are labels: then the status of the forms is a code."""
    states = [set(frame[name].dropna()) for name in frame.columns if name.endswith(COMPLETE)]
    return any(values and values <= set("012") for values in states)


def _headings_of(meaning: Meaning) -> Iterator[str]:
    """How a column may be headed; older versions put the choice of a box into quotes."""
    if meaning.question == COMPLETE_HEADING:
        return
    yield meaning.question
    question, choice, label = meaning.question.rpartition(" (choice=")
    if choice:
        yield f"{question}{choice}'{label.removesuffix(')')}')"


def _of_forms(names: Sequence[str], columns: Mapping[str, Meaning]) -> list[str]:
    """"Complete?" and "Survey Timestamp" stand behind and before the fields of their form."""
    told = list(names)
    form = None
    for place, name in enumerate(names):
        form = columns[name].form if name in columns else form
        if name == COMPLETE_HEADING and form is not None:
            told[place] = f"{form}{COMPLETE}"
            form = None
    for place in range(len(names) - 1, -1, -1):
        name = names[place]
        form = columns[name].form if name in columns else form
        if name == TIME_HEADING and form is not None:
            told[place] = f"{form}{TIME}"
    return told


def _choices(kind: str, text: str) -> tuple[tuple[str, str], ...]:
    if kind in YES_NO:
        return YES_NO[kind]
    if kind not in (*WITH_CHOICES, "checkbox"):
        return ()
    pairs = (choice.partition(",") for choice in text.split("|"))
    return tuple((code.strip(), plain_text(label)) for code, _, label in pairs if code.strip())


def _box(field: str, code: str) -> str:
    return f"{field}{CHECKBOX}{code.casefold().replace('-', '_').replace('.', '_')}"
