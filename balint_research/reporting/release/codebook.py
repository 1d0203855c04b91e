"""`codebook.html`: what every column of a release is, for a person to read."""

from collections.abc import Iterable
from dataclasses import dataclass

from balint_research.reporting import format as to
from balint_research.reporting.release.about import About
from balint_research.reporting.release.page import page
from balint_research.reporting.text_table import TextTable
from balint_research.scoring.telling.key_tables import scales_table
from balint_research.scoring.telling.words import sentence
from balint_research.study.privacy.folder import MISSING, TABLES
from balint_research.study.release.fields import KEYS, Field
from balint_research.study.release.prepare import Release

HEADINGS = {"participants": "People", "responses": "Answers", "scores": "Scores",
            "sessions": "Sessions"}
WORDS = {
    "participants": "One row a person, in random order.",
    "responses": "One row a person, wave and rater: the answers as they were stored, reversed "
                 "items not yet turned round unless it says so.",
    "scores": "One row a person, wave and scale: the answers scored by the keys of the "
              "questionnaires.",
    "sessions": "One row a session of a group.",
}
COLUMNS = ("Column", "What it is", "Kind", "Values", "May be missing")


@dataclass(frozen=True, kw_only=True)
class ItemGroup:
    """Items of one questionnaire that share their answers."""

    heading: str
    source: str
    answers: str
    items: TextTable


@dataclass(frozen=True, kw_only=True)
class Part:
    """What the page shows of one table."""

    name: str
    heading: str
    words: str
    columns: TextTable
    groups: tuple[ItemGroup, ...]


def codebook_page(release: Release, about: About) -> str:
    """The codebook as one page of HTML that needs nothing else."""
    parts = [_part(name, fields, release) for name, fields in release.fields.items()]
    contents = [("files", "Files"), *((part.name, part.heading) for part in parts),
                ("scales", "How the scores are made")]
    return page("codebook.html.j2", "Codebook", contents, about, files=_files(release),
                parts=parts, scoring=list(_scoring(release)), missing=MISSING)


def _files(release: Release) -> TextTable:
    rows = tuple((TABLES[name], to.count(len(table)), to.count(len(table.columns)),
                  ", ".join(KEYS[name])) for name, table in release.tables.items())
    return TextTable(name="files", title="Files of this data set", rows=rows,
                     head=("File", "Rows", "Columns", "What tells rows apart"))


def _part(name: str, fields: tuple[Field, ...], release: Release) -> Part:
    own = [field for field in fields if field.role != "item"]
    rows = tuple((field.name, to.sentence_case(field.title), field.kind, values_words(field),
                  "no" if field.required else "yes") for field in own)
    items = [field for field in fields if field.role == "item"]
    return Part(
        name=name, heading=HEADINGS[name], words=WORDS[name], groups=tuple(_groups(items, release)),
        columns=TextTable(name=name, title=f"Columns of {TABLES[name]}", head=COLUMNS, rows=rows))


def values_words(field: Field) -> str:
    """The allowed values of a column, each with its meaning, or the range of its numbers."""
    if field.levels:
        return "; ".join(f"{value} ({meaning})" if meaning else value
                         for value, meaning in field.levels.items())
    if field.range:
        unit = f" {field.unit}" if field.unit else ""
        low, high = map(to.plain, field.range)
        return f"{low} to {high}{unit}"
    return "any"


def _groups(items: list[Field], release: Release) -> Iterable[ItemGroup]:
    """Items by questionnaire and answers, in the order of the columns."""
    alike: dict[tuple[str, str], list[Field]] = {}
    for field in items:
        instrument = field.name.rpartition("_")[0]
        alike.setdefault((instrument, values_words(field)), []).append(field)
    for (instrument, answers), fields in alike.items():
        use = release.study.instruments[instrument]
        yield ItemGroup(
            heading=f"{use.key.label}: {to.counted(len(fields), 'item')}",
            source=sentence(use.key.citation), answers=f"Answers: {answers}.",
            items=TextTable(
                name=instrument, title=f"Items of {use.key.label}", head=("Column", "What it is"),
                rows=tuple((field.name, to.sentence_case(field.title)) for field in fields)))


def _scoring(release: Release) -> Iterable[tuple[str, TextTable]]:
    for use in release.study.instruments.values():
        table = scales_table(use.key)
        if table is not None:
            yield use.key.label, TextTable(
                name=use.key.id, title=f"Scales of {use.key.label}", head=table.head,
                rows=table.rows)
