"""Which of the exports is which table of a study, and what they say about arms and groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from balint_research.scoring.exchange.propose_names import series_of
from balint_research.study.propose.columns import item_columns
from balint_research.study.propose.questionnaires import FEWEST_ITEMS
from balint_research.study.propose.roles import (
    Role,
    arm_column,
    arm_names,
    group_column,
    id_columns,
    key_of,
    share_alone,
)
from balint_research.study.propose.sources import Source

OF_SESSIONS = {"week", "minutes", "held", "mode", "leaders"}


@dataclass(frozen=True)
class Parts:
    """The tables of a study by what they hold."""

    responses: tuple[Source, ...]
    participants: Source | None = None
    sessions: Source | None = None
    attendance: Source | None = None
    left_out: tuple[Source, ...] = ()     # neither ids nor items: notes, a codebook

    @property
    def all(self) -> list[tuple[str, Source]]:
        named = [("participants", self.participants), ("sessions", self.sessions),
                 ("attendance", self.attendance)]
        return [*((name, source) for name, source in named if source is not None),
                *(("responses", source) for source in self.responses)]

    @property
    def every(self) -> list[Source]:
        """Also the tables that are not used: their files are copied all the same."""
        return [*(source for _, source in self.all), *self.left_out]


def parts_of(sources: Sequence[Source]) -> Parts:
    """One table of people at most, one of sessions, one of attendance; the rest holds answers."""
    kinds = [_kind(source) if len(sources) > 1 else "responses" for source in sources]
    if "responses" not in kinds:  # no table has items: what they are is not for us to say
        return Parts(tuple(sources))
    other: dict[str, Source] = {}
    responses, left_out = [], []
    for kind, source in zip(kinds, sources, strict=True):
        if kind == "neither":
            left_out.append(source)
        elif kind == "responses" or kind in other:
            responses.append(source)
        else:
            other[kind] = source
    return Parts(tuple(responses), **other, left_out=tuple(left_out))


def _kind(source: Source) -> str:
    header = {key_of(str(name)) for name in source.table.frame.columns}
    if "session" in header and "status" in header:
        return "attendance"
    if "session" in header and header & OF_SESSIONS:
        return "sessions"
    series = series_of(item_columns(source.table))
    if any(len(one.fields) >= FEWEST_ITEMS for one in series):
        return "responses"
    people = next(id_columns(source.table), None)
    if people is None:
        return "neither"
    alone = share_alone(source.table.frame, [people.column]) == 1.0
    return "participants" if alone else "responses"


@dataclass(frozen=True)
class Allocation:
    """Arms and groups: the columns, and the table that has them."""

    arm: Role | None = None
    names: tuple[tuple[str, str], ...] = ()   # value of the export, our name
    arm_table: str = ""
    group: Role | None = None
    group_table: str = ""

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ours for _, ours in self.names))


def allocation_of(parts: Parts, person: Role | None) -> Allocation:
    """Arms from the table of people, or else from the answers."""
    tables = [("participants", parts.participants), *(("responses", one)
                                                      for one in parts.responses)]
    there = [(name, source) for name, source in tables if source is not None]
    column = person.column if person else None
    arm, arm_table = None, ""
    names: tuple[tuple[str, str], ...] = ()
    for name, source in there:
        if arm is None and (arm := arm_column(source.table, _in(source, column))):
            arm_table, names = name, tuple(arm_names(arm, source.table).items())
    group, group_table = None, ""
    for name, source in there:
        if group is None and (group := group_column(source.table, _in(source, column), arm)):
            group_table = name
    return Allocation(arm, names, arm_table, group, group_table)


def _in(source: Source, column: str | None) -> str | None:
    return column if column in source.table.frame.columns else None
