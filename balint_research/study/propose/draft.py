"""Everything that exports tell about a study, before it is put into words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from balint_research.errors import DataError, Issue
from balint_research.scoring.exchange.propose import keys_of
from balint_research.scoring.exchange.propose_cells import Column
from balint_research.scoring.exchange.redcap import Field, read_dictionary
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.study.findings import found as a_finding
from balint_research.study.identifiers import find_identifiers
from balint_research.study.identify.by_name import kind_by_name
from balint_research.study.looks import EMAIL
from balint_research.study.propose.layout import Gathered, Layout, gathered, layout_of
from balint_research.study.propose.parts import Allocation, Parts, allocation_of, parts_of
from balint_research.study.propose.questionnaires import Recognised, Unknown, recognised
from balint_research.study.propose.sources import (
    Source,
    copies_of,
    read_sources,
    refuse_two_ways,
    repeating_instruments,
    with_rows_of,
)
from balint_research.study.read.table import NUMBER

LONG = 1000  # a number of four digits can be a telephone, a year, a postal code


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Everything that was found, before it is put into words."""

    title: str | None
    parts: Parts
    layout: Layout
    allocation: Allocation
    known: tuple[Recognised, ...]
    unknown: tuple[Unknown, ...]
    people: tuple[Issue, ...]          # columns that name somebody
    own_keys: Mapping[str, Path]
    copies: Mapping[str, Path]         # name in the study's folder -> file

    def named_in(self, source: Source) -> list[str]:
        """The columns of a table that name somebody."""
        return [issue.column for issue in self.people
                if issue.file == source.name and issue.column is not None]


def draft_of(
    paths: Sequence[Path], dictionary: Path | None, title: str | None,
    instruments: Iterable[str | Path] | None,
) -> Draft:
    """Read the exports and look for everything that study.toml needs."""
    keys, own = _keys(instruments)
    fields = read_dictionary(dictionary) if dictionary else []
    parts = parts_of(read_sources(paths, dictionary))
    _refuse_unusable(parts)
    refuse_two_ways([source for _, source in parts.all])
    parts, layout, found, known, unknown = _look(parts, keys, fields)
    return Draft(
        title=title, parts=parts, layout=layout,
        allocation=allocation_of(parts, layout.person), known=tuple(known), unknown=tuple(unknown),
        people=tuple(_who_is_named(parts, layout, found, known)), own_keys=own,
        copies=_needed(copies_of(paths, dictionary), dictionary, parts))


def _needed(
    copies: Mapping[str, Path], dictionary: Path | None, parts: Parts
) -> dict[str, Path]:
    """The dictionary is copied only where it is needed to read an export."""
    used = any(source.reading.dictionary for _, source in parts.all)
    return {name: path for name, path in copies.items() if used or path is not dictionary}


def _keys(
    instruments: Iterable[str | Path] | None
) -> tuple[list[Instrument], dict[str, Path]]:
    """The keys to look for, and which of them are files of one's own."""
    asked = [instruments] if isinstance(instruments, str | Path) else list(instruments or ())
    paths = [Path(one) for one in asked if str(one).endswith(".toml")]
    own = {load_instrument(path).id: path for path in paths}
    ids = [str(one) for one in asked if not str(one).endswith(".toml")]
    keys = [key for key in keys_of(ids or None) if key.id not in own]
    return [*(load_instrument(path) for path in own.values()), *keys], own


_Look = tuple[Parts, Layout, Gathered, list[Recognised], list[Unknown]]


def _look(parts: Parts, keys: Sequence[Instrument], fields: Sequence[Field]) -> _Look:
    """Layout and questionnaires; those of a repeating instrument where no other row has any."""
    looked = _look_once(parts, keys, fields)
    if any(one.waves for one in looked[3]) or len(parts.responses) != 1:
        return looked
    [source] = parts.responses
    for name in repeating_instruments(source):
        again = _look_once(replace(parts, responses=(with_rows_of(source, name),)), keys, fields)
        if any(one.waves for one in again[3]):
            return again
    return looked


def _look_once(parts: Parts, keys: Sequence[Instrument], fields: Sequence[Field]) -> _Look:
    layout = layout_of(parts.responses)
    allocation = allocation_of(parts, layout.person)
    taken = {role.column for role in (allocation.arm, allocation.group) if role is not None}
    found = gathered(layout, taken)
    known, unknown = recognised(layout, found, keys, fields)
    return parts, layout, found, known, unknown


def _refuse_unusable(parts: Parts) -> None:
    """Tables without rows, and those whose first line holds answers: it would be written down."""
    issues = [a_finding("no_rows", file=source.name) for _, source in parts.all
              if source.table.frame.empty]
    issues += [a_finding("no_header", file=source.name) for source in parts.every
               if _are_answers([str(name) for name in source.table.frame.columns])]
    if issues:
        raise DataError(issues)


def _are_answers(header: Sequence[str]) -> bool:
    """Mostly numbers that do not go up, as the numbers of items do; or an e-mail address."""
    number = re.compile(NUMBER.replace("{mark}", "."))
    numbers = [float(name) for name in header if number.fullmatch(name)]
    no_items = 2 * len(numbers) > len(header) and numbers != sorted(numbers)
    return no_items or any(EMAIL.fullmatch(name) for name in header)


# --- people --------------------------------------------------------------------------------------


def _who_is_named(
    parts: Parts, layout: Layout, found: Gathered, known: Sequence[Recognised]
) -> Iterable[Issue]:
    """Direct identifiers in any table; items and other short codes are not looked at."""
    items = {name for one in known for name in one.candidate.names}
    items |= {column.name for column in found.columns if _are_short_codes(column)}
    items |= {column for stem in items for column in layout.stems.get(stem, {}).values()}
    ids = [layout.person.column] if layout.person else []
    for source in parts.every:
        frame = source.table.frame
        named = not frame.columns.intersection([*items, *ids]).empty  # else line 1 may be answers
        yield from find_identifiers(frame, source.name, items=items, ids=ids, persons=ids,
                                    named=named)


def _are_short_codes(column: Column) -> bool:
    """Nothing but small numbers, and no name of a column that names people."""
    return bool(column.seen) and not column.odd and kind_by_name(column.name) is None and all(
        -LONG < code < LONG for code in column.seen)
