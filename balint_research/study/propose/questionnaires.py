"""Which questionnaires the columns of an export are, and which columns look like one we lack."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from balint_research.errors import number_of
from balint_research.scoring.exchange.propose import Candidate, Told, candidates_of, told_of
from balint_research.scoring.exchange.propose_cells import (
    Column,
    guess_cells,
    means_no_answer,
    odd_texts,
)
from balint_research.scoring.exchange.propose_coding import NO_ANSWER_CODES
from balint_research.scoring.exchange.propose_names import EXACT, NONE, hint, series_of
from balint_research.scoring.exchange.redcap import Field
from balint_research.scoring.instrument import Instrument
from balint_research.study.propose.layout import Gathered, Layout
from balint_research.study.propose.toml_text import as_pattern
from balint_research.study.propose.waves_in_names import MARK

FEWEST_ITEMS = 3       # columns that look like a questionnaire
WIDEST = 15            # from the lowest to the highest code of an answer scale
FEWEST_BY_PLACE = 5    # a run of neighbours that is taken for a questionnaire


@dataclass(frozen=True)
class Recognised:
    """A questionnaire and its columns; `waves` are those at which it has answers."""

    candidate: Candidate
    told: Told
    waves: tuple[str, ...]
    columns: tuple[Column, ...]       # of the export, also where a dictionary describes them
    beside: tuple[str, ...] = ()      # further warnings

    @property
    def key(self) -> Instrument:
        return self.candidate.key

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.told.warnings, *self.beside)

    @property
    def items(self) -> str | list[str] | dict[int, str]:
        """The columns; listed one by one where the pattern would also name others."""
        if self.candidate.shape == "more":
            return [field.name for field in self.candidate.fields.values()]
        return self.candidate.items


@dataclass(frozen=True)
class Unknown:
    """Columns that look like the items of a questionnaire that no key fits."""

    pattern: str              # as `items` would take it, with MARK for the wave
    names: tuple[str, ...]
    codes: tuple[int, ...]    # empty where the answers are texts
    could_be: tuple[str, ...]

    @property
    def id(self) -> str:
        """A name for its key, from the letters of the columns."""
        words = re.findall(r"[^\W_]+", re.sub(rf"\{{n(:\d+)?\}}|{MARK}", "_", self.pattern))
        return "_".join(words).casefold() or "items"


def recognised(
    layout: Layout, found: Gathered, keys: Sequence[Instrument], fields: Sequence[Field]
) -> tuple[list[Recognised], list[Unknown]]:
    """Questionnaires, in the order of the file, and what looks like one and is not known.

    `fields` are those of a REDCap dictionary; where it has a column, its choices count.
    """
    columns = _with_dictionary(found.columns, fields)
    every = candidates_of(columns, keys)
    named = [one for one in every if one.hint > NONE]
    placed = [] if layout.kind == "names" else _by_place(layout, columns, keys, named)
    chosen = _one_each([*named, *placed])
    order = {column.name: i for i, column in enumerate(columns)}
    chosen.sort(key=lambda one: min(order[name] for name in one.names))
    known = [_recognised(one, [*named, *placed], keys, layout, found) for one in chosen]
    taken = {name for one in chosen for name in (*one.names, *one.extra)}
    return known, list(_unknown(columns, taken, [one for one in every if one.hint == NONE]))


def _with_dictionary(columns: Sequence[Column], fields: Sequence[Field]) -> list[Field]:
    """The columns as the dictionary describes them, where it gives choices."""
    described = {field.name: field for field in fields if field.answerable and field.choices}
    told = {field.name: field.answerable for field in fields}
    return [described.get(column.name, column) for column in columns
            if told.get(column.name, True)]


def _one_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The strongest of each questionnaire, none with the columns of another."""
    chosen: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: one.strength, reverse=True):
        if all(one.key.id != other.key.id and not one.names & other.names for other in chosen):
            chosen.append(one)
    return chosen


def _recognised(
    one: Candidate, every: Sequence[Candidate], keys: Sequence[Instrument], layout: Layout,
    found: Gathered,
) -> Recognised:
    given = {wave for name in one.names for wave in found.given.get(name, ())}
    waves = tuple(wave for wave in layout.waves if wave in given)
    columns = [column for column in found.columns if column.name in one.names]
    told = told_of(one, every, keys)
    beside = [*_wave_warnings(one, layout, waves), *_rater_warnings(one.key)]
    if not any(isinstance(field, Column) for field in one.fields.values()):
        one, unlisted = _beside_dictionary(one, columns)
        beside += unlisted
    return Recognised(one, told, waves, tuple(columns), tuple(beside))


def _beside_dictionary(
    one: Candidate, columns: Sequence[Column]
) -> tuple[Candidate, list[str]]:
    """What the cells hold beside the choices of the dictionary: missing-data codes, and faults."""
    listed = {code for field in one.fields.values() for code in field.choices}
    seen: Counter[int] = Counter()
    for column in columns:
        seen.update({code: times for code, times in column.seen.items() if code not in listed})
    usual = sorted(code for code in seen if code in NO_ANSWER_CODES)
    others = sum(times for code, times in seen.items() if code not in usual)
    no_answer, unread = odd_texts(columns)
    told = [f"{number_of(count, 'cell')} beside {what}" for count, what in (
        (others, "the codes of the dictionary"), (unread, "whole numbers")) if count]
    coding = replace(one.coding, no_answer=no_answer, missing_codes=tuple(
        sorted({*one.coding.missing_codes, *usual})))
    return replace(one, coding=coding), told


def _wave_warnings(one: Candidate, layout: Layout, waves: Sequence[str]) -> Iterator[str]:
    described = not any(isinstance(field, Column) for field in one.fields.values())
    if described and not waves:  # of columns without a dictionary it is told with their codes
        yield "no column of it holds an answer"
    marked = [name for name in one.names if name in layout.stems]
    if layout.kind == "names" and not marked and len(layout.waves) > 1:
        yield ("its columns name no wave, as others do: the first wave is assumed; correct `waves` "
               "if it was given at another one")
    partly = [wave for wave in waves
              if any(wave not in layout.stems.get(name, {}) for name in marked)]
    if partly:
        yield f"some of its columns are missing at {', '.join(partly)}"


def _rater_warnings(key: Instrument) -> Iterator[str]:
    if key.respondent != "self":
        yield (f"it is answered by a {key.respondent}, not by the person it is about: name the "
               "column that tells the raters apart under [columns], as `rater`")


# --- by place ------------------------------------------------------------------------------------


def _by_place(
    layout: Layout, columns: Sequence[Field], keys: Sequence[Instrument],
    named: Sequence[Candidate],
) -> list[Candidate]:
    """Runs of neighbouring columns that have just as many items as a key, and its anchors."""
    taken = {name for one in named for name in (*one.names, *one.extra)}
    found = []
    for run in _runs(layout, columns, taken):
        fitting = [one for key in keys if (one := _placed(key, run)) is not None]
        clear = [one for one in fitting if one.by_name == EXACT]
        found += clear or fitting
    return found


def _runs(layout: Layout, columns: Sequence[Field], taken: set[str]) -> list[list[Column]]:
    """Neighbours whose answers are of one kind: the same texts, or the same value labels."""
    header = [str(name) for name in layout.sources[0].table.frame.columns]
    by_name = {column.name: column for column in columns if isinstance(column, Column)}
    runs: list[list[Column]] = [[]]
    for name in header:
        column = by_name.get(name)
        if column is None or name in taken or not column.answers:
            runs.append([])
        elif runs[-1] and not _same_kind(runs[-1], column):
            runs.append([column])
        else:
            runs[-1].append(column)
    return [run for run in runs if len(run) >= FEWEST_BY_PLACE]


def _same_kind(run: Sequence[Column], column: Column) -> bool:
    texts = {text for one in run for text in one.texts if not means_no_answer(text)}
    if texts or column.texts:
        return bool(texts & set(column.texts))
    return run[0].choices == column.choices


def _placed(key: Instrument, run: Sequence[Column]) -> Candidate | None:
    if len(run) != len(key.items) or key.map_columns_by != "number":
        return None
    fields = dict(zip(sorted(key.items), run, strict=True))
    coding = guess_cells(key, fields)
    by_name = hint(key, [_shared_start([column.name for column in run])])
    if not (coding.confirmed or (by_name == EXACT and coding.fits)):
        return None
    numbered = next((one for one in series_of(run) if one.fields == fields), None)
    return Candidate(key=key, fields=fields, pattern=numbered.pattern if numbered else None,
                     shape="all" if numbered else "in_order", by_name=by_name, by_form=NONE,
                     nearness=0, extra=(), coding=coding)


def _shared_start(names: Sequence[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    return next((first[:i] for i, (one, other) in enumerate(zip(first, last, strict=False))
                 if one != other), first)


# --- what no key fits ----------------------------------------------------------------------------


def _unknown(
    columns: Sequence[Field], taken: set[str], nameless: Sequence[Candidate]
) -> Iterator[Unknown]:
    """Series of columns with answers of one kind, in the file's order; each column once."""
    left = [column for column in columns if column.name not in taken]
    place = {column.name: i for i, column in enumerate(left)}
    used: set[str] = set()
    chosen = []
    for one in sorted(series_of(left), key=lambda one: -len(one.fields)):
        names = {field.name for field in one.fields.values()}
        if len(names) >= FEWEST_ITEMS and not used & names:
            used |= names
            chosen.append((min(place[name] for name in names), one))
    for _, one in sorted(chosen, key=lambda pair: pair[0]):
        listed = tuple(field.name for field in one.fields.values())
        codes = sorted({code for field in one.fields.values() for code in _codes(field)})
        if not _is_a_scale(codes) or _mixed(list(one.fields.values())):
            continue
        could = sorted({candidate.key.id for candidate in nameless
                        if candidate.names.intersection(listed)})
        pattern = one.pattern or f"{as_pattern(one.prefix)}{{n}}{as_pattern(one.suffix)}"
        yield Unknown(pattern, listed, tuple(codes), tuple(could))


def _mixed(fields: Sequence[Field]) -> bool:
    """Some columns hold texts, others codes: no one questionnaire."""
    filled = [field for field in fields if isinstance(field, Column) and field.answers]
    return len({bool(field.texts) for field in filled}) > 1


def _is_a_scale(codes: Sequence[int]) -> bool:
    """Answers lie close together, or at equal steps up to 100; other numbers are measurements."""
    codes = [code for code in codes if code not in NO_ANSWER_CODES or 0 < code < 10]
    span = codes[-1] - codes[0] if codes else 0
    return span <= WIDEST or (span <= 100 and all(code % 5 == 0 for code in codes))


def _codes(field: Field) -> Sequence[int]:
    return list(field.seen) if isinstance(field, Column) else list(field.choices)


# --- as study.toml says it -----------------------------------------------------------------------


def missing_codes(one: Recognised) -> list[int] | dict[str, str]:
    """The codes that mean no answer; with their reasons where the file labels them all."""
    codes = one.candidate.coding.missing_codes
    reasons = {code: label for field in one.candidate.fields.values()
               for code, label in field.choices.items() if code in codes and label.strip()}
    if codes and set(reasons) == set(codes):
        return {str(code): reasons[code] for code in codes}
    return list(codes)


def how(one: Recognised) -> Mapping[str, Any]:
    """`coding` and `already_reversed`, as far as they are not the key's own."""
    guess = one.candidate.coding
    told: dict[str, Any] = {}
    if guess.coding is not None:
        told["coding"] = guess.coding
    if guess.already_reversed:
        told["already_reversed"] = guess.already_reversed
    return told
