"""How an export holds the waves: as rows, as files or sheets, in the columns' names, or not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from balint_research.scoring.exchange.propose_cells import Column
from balint_research.study.propose.columns import item_columns, together
from balint_research.study.propose.roles import (
    SINGLE,
    Role,
    id_columns,
    share_alone,
    wave_columns,
    wave_names,
)
from balint_research.study.propose.sources import Source
from balint_research.study.propose.wave_words import in_order, numbered, plain_names
from balint_research.study.propose.waves_in_names import unfold
from balint_research.study.read.reading import split_sheet

Kind = Literal["rows", "files", "names", "once"]
ONE_WAVE = "survey"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Waves, people, and the tables with answers; `tables` says which wave a table is of."""

    kind: Kind
    waves: tuple[str, ...]                         # our names, in order
    tables: tuple[tuple[str | None, Source], ...]
    person: Role | None
    column: Role | None = None                     # of waves as rows
    renamed: Mapping[str, str] = field(default_factory=dict)  # in the export -> our name
    stems: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    evidence: str
    confidence: Literal["high", "medium", "low"]
    repeated: int = 0                              # rows that share person and wave with another
    warnings: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source for _, source in self.tables)

    @property
    def not_items(self) -> set[str]:
        """Columns that are taken already."""
        return {role.column for role in (self.person, self.column) if role is not None}


@dataclass(frozen=True)
class Gathered:
    """The columns that can hold answers, each once; `given` says at which waves it has any."""

    columns: tuple[Column, ...]
    given: Mapping[str, tuple[str, ...]]


def layout_of(sources: Sequence[Source]) -> Layout:
    """The layout of the tables that hold answers."""
    return _of_files(sources) if len(sources) > 1 else _of_one(sources[0])


def gathered(layout: Layout, without: set[str]) -> Gathered:
    """Every column that can hold answers, with the wave taken out of its name where it is there."""
    taken = layout.not_items | without
    each = [(wave, source, item_columns(source.table, taken)) for wave, source in layout.tables]
    if layout.kind == "names":
        return _by_stem(layout, each[0][2])
    by_name: dict[str, list[Column]] = {}
    given: dict[str, list[str]] = {}
    for wave, source, columns in each:
        for column in columns:
            by_name.setdefault(column.name, []).append(column)
            given.setdefault(column.name, []).extend(_given(layout, wave, source, column))
    return Gathered(
        tuple(together(columns) for columns in by_name.values()),
        {name: _sorted(layout, waves) for name, waves in given.items()})


# --- one table -----------------------------------------------------------------------------------


def _of_one(source: Source) -> Layout:
    frame = source.table.frame
    people = list(id_columns(source.table))
    for person in people:
        for column in wave_columns(source.table, [person.column]):
            rows = share_alone(frame, [person.column, column.column])
            if _tells_rows_apart(source, person, column, rows):
                return _as_rows(source, person, column, rows)
    alone = next((one for one in people if share_alone(frame, [one.column]) >= SINGLE), None)
    unfolded = unfold([str(name) for name in frame.columns])
    if unfolded is not None:
        return _in_names(source, alone or next(iter(people), None), unfolded.waves,
                         unfolded.columns)
    return _once(source, alone or next(iter(people), None), alone is not None)


def _tells_rows_apart(source: Source, person: Role, column: Role, rows: float) -> bool:
    """People have several rows, and it says which is which; or REDCap says that there are events.

    Also where few people came back: then most ids stand alone, with and without the wave.
    """
    alone = share_alone(source.table.frame, [person.column])
    named = column.column == "redcap_event_name"
    return len(column.labels) > 1 and rows >= SINGLE and (rows > alone or named)


def _in_names(
    source: Source, person: Role | None, waves: Sequence[str],
    stems: Mapping[str, Mapping[str, str]],
) -> Layout:
    return Layout(
        kind="names", waves=tuple(waves), tables=((None, source),), person=person, stems=stems,
        repeated=_repeated(source, person), evidence=(
            f"{len(stems)} columns come back with another wave in their name, or belong to one"),
        confidence="medium")


def _as_rows(source: Source, person: Role, column: Role, alone: float) -> Layout:
    values = wave_names(column, source.table)
    waves = tuple(dict.fromkeys(values[value] for value in column.labels))
    repeated = _repeated(source, person, column)
    return Layout(
        kind="rows", waves=waves, tables=((None, source),), person=person, column=column,
        renamed={theirs: ours for theirs, ours in values.items() if theirs != ours},
        repeated=repeated, evidence=f"{column.evidence}; a person has one row for each of them "
        f"({alone:.0%} of the rows)", confidence=column.confidence)


def _once(source: Source, person: Role | None, alone: bool) -> Layout:
    warnings: tuple[str, ...] = ()
    if person is not None and not alone:
        warnings = (f"people have several rows, and no column says at which wave: none is called "
                    f"wave, time, visit or the like with 2 to 8 values (ids: '{person.column}')",)
    return Layout(
        kind="once", waves=(ONE_WAVE,), tables=((None, source),), person=person,
        repeated=_repeated(source, person), confidence="low" if warnings else "medium",
        evidence="no column of waves, and no names of columns that come back", warnings=warnings)


def _repeated(source: Source, person: Role | None, column: Role | None = None) -> int:
    if person is None:
        return 0
    frame = source.table.frame
    keys = [role.column for role in (person, column) if role is not None]
    return int(frame[frame[person.column].notna()].duplicated(keys, keep=False).sum())


# --- one table a wave ----------------------------------------------------------------------------


def _of_files(sources: Sequence[Source]) -> Layout:
    column = _constant_waves(sources)
    renamed = numbered(column.labels, "t") if column else {}
    names = list(renamed.values()) or names_of_waves([source.name for source in sources])
    ordered = in_order(names)
    tables = sorted(zip(names, sources, strict=True), key=lambda pair: ordered.index(pair[0]))
    person, warnings = _same_person(sources)
    sheets = any(split_sheet(source.name)[1] for source in sources)
    by = "what their names differ in" if column is None else "the column of waves"
    return Layout(
        kind="files", waves=tuple(ordered), tables=tuple(tables), person=person, column=column,
        renamed={theirs: ours for theirs, ours in renamed.items() if theirs != ours},
        evidence=f"{len(sources)} {'sheets' if sheets else 'files'}, one for each wave, named by "
        f"{by}", confidence="medium", warnings=warnings,
        repeated=sum(_repeated(source, person) for source in sources))


def _constant_waves(sources: Sequence[Source]) -> Role | None:
    """The column of waves that has one value in each table, and in each another one."""
    each = [{role.column: role for role in wave_columns(source.table)} for source in sources]
    for column, role in each[0].items():
        there = [one[column].labels for one in each if column in one]
        labels = tuple(dict.fromkeys(labels[0] for labels in there if len(labels) == 1))
        if len(labels) == len(sources):
            return replace(role, labels=labels, confidence="high", evidence=(
                "the column is named like one of waves; another value in each table"))
    return None


def _same_person(sources: Sequence[Source]) -> tuple[Role | None, tuple[str, ...]]:
    """The column of ids that every table has, and whether people can be followed by it."""
    each = [{role.column: role for role in id_columns(source.table)} for source in sources]
    shared = [role for column, role in each[0].items() if all(column in one for one in each)]
    if not shared:
        named = [next(iter(one), None) for one in each]
        told = "the tables have no column of ids of one name"
        if all(named):
            told += "; rename the columns, so that it is the same in each"
        return None, (told,)
    person = next((role for role in shared if role.confidence != "low"), shared[0])
    first, *others = ({*source.table.frame[person.column].dropna()} for source in sources)
    if all(first & other for other in others):
        return person, ()
    return person, ("no id of the first table is in another one: people cannot be followed",)


def names_of_waves(names: Sequence[str]) -> list[str]:
    """What the names of files or sheets differ in; ``t1``, ``t2`` where that is no name.

    Examples
    --------
    >>> names_of_waves(["wave1_raw.csv", "wave2_raw.csv"])
    ['wave1', 'wave2']
    >>> names_of_waves(["study.xlsx#Pre", "study.xlsx#Post"])
    ['Pre', 'Post']
    """
    stems = [sheet if (sheet := split_sheet(name)[1]) else Path(name).stem for name in names]
    words = [re.split(r"[\s_.\-]+", stem) for stem in stems]
    shared = set.intersection(*map(set, words))
    apart = ["_".join(word for word in one if word not in shared) for one in words]
    if all(re.search(r"[^\W\d_]", one) for one in apart) and len(set(apart)) == len(apart):
        plain = plain_names(apart)
        return [plain[one] for one in apart]
    return [f"t{number}" for number in range(1, len(names) + 1)]


# --- answers -------------------------------------------------------------------------------------


def _given(layout: Layout, wave: str | None, source: Source, column: Column) -> list[str]:
    if not column.answers:
        return []
    if wave is not None or layout.column is None:
        return [wave] if wave is not None else list(layout.waves)
    frame = source.table.frame
    there = frame.loc[frame[column.name].notna(), layout.column.column].dropna().unique()
    return [layout.renamed.get(value, value) for value in there]


def _sorted(layout: Layout, waves: Sequence[str]) -> tuple[str, ...]:
    return tuple(wave for wave in layout.waves if wave in waves)


def _by_stem(layout: Layout, columns: Sequence[Column]) -> Gathered:
    by_name = {column.name: column for column in columns}
    found: list[Column] = []
    given: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    for stem, names in layout.stems.items():
        there = {wave: by_name[name] for wave, name in names.items() if name in by_name}
        if there:
            one = together(there.values())
            found.append(replace(one, name=stem))
            given[stem] = _sorted(layout, [w for w, column in there.items() if column.answers])
            used.update(column.name for column in there.values())
    for name, column in by_name.items():
        if name not in used:
            found.append(column)
            given[name] = layout.waves[:1]
    return Gathered(tuple(found), given)
