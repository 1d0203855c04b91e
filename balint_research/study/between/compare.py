"""What needs two tables or two waves, in one place, told in the words of each file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.between import (
    attendance,
    dates,
    groups,
    memberships,
    people,
    sessions,
    waves,
)
from balint_research.study.contracts import given
from balint_research.study.days_of_answers import day_column
from balint_research.study.findings import Findings, found
from balint_research.study.layouts import Part
from balint_research.study.people import Answers
from balint_research.study.read.reading import split_sheet
from balint_research.study.sources import Source, named_files, of_table
from balint_research.study.study import Study
from balint_research.study.tables import column_of
from balint_research.study.weeks import DAY_COLUMNS


@dataclass(frozen=True)
class Tables:
    """Everything that was read and made of a study; a table that cannot be made is not in it."""

    study: Study
    sources: Sequence[Source]
    frames: Mapping[str, pd.DataFrame]
    answers: Sequence[Answers]
    parts: Sequence[Part]

    @property
    def complete(self) -> bool:
        """Whether every file of answers could be read."""
        named = [1 for name, _, _ in named_files(self.study) if name == "responses"]
        return len(named) == len([part for part in self.answers if part.usable])

    @property
    def people_file(self) -> str:
        """Where the people come from."""
        return self.study.files.participants or ", ".join(part.file for part in self.answers)


def compare(made: Tables, findings: Findings) -> None:
    """Every fault between tables and waves; a table that could not be read is told already."""
    told = Findings()
    twins = list(_equal_files(made.sources))
    told.add(twins)
    if made.parts and made.complete:
        copied = {issue.wave for issue in twins}
        told.add(issue for issue in waves.waves_together(made.study, made.parts)
                 if issue.rule != "copied_wave" or issue.wave not in copied)
    if "participants" in made.frames:
        told.add(_people(made))
        told.add(_groups_and_sessions(made))
        told.add(_days(made))
    findings.add(_in_words_of_the_file(made, told.issues))


def _people(made: Tables) -> Iterator[Issue]:
    """Ids that are known and written alike; who answered, who rated, and in which arm."""
    known, file = made.frames["participants"], made.people_file
    if made.study.files.participants is not None:
        for part in made.answers:
            yield from people.unknown_people(part.keyed, part.file, known["participant"], file)
    else:
        yield from people.ids_alike(known, file)
    for name in ("memberships", "attendance", "links"):
        for source in of_table(made.sources, name):
            if name in made.frames:
                yield from people.unknown_people(
                    made.frames[name], source.table.file, known["participant"], file)
    if made.complete:
        answered = _who_answered(made.study, made.parts)
        yield from people.never_answered(known, answered, file) if made.parts else ()
        yield from groups.arms_and_groups(made.study, known, answered, file)
    for part in made.answers:
        yield from people.raters_in_study(part.keyed, part.file, known["participant"])


def _groups_and_sessions(made: Tables) -> Iterator[Issue]:
    """Groups, stays, sessions and attendance."""
    files, frames = made.study.files, made.frames
    if not {"sessions", "memberships"} <= set(frames):
        return
    known, members, held = frames["participants"], frames["memberships"], frames["sessions"]
    if files.memberships is not None:
        yield from sessions.groups_of_members(known, members, held, files.memberships)
        yield from memberships.memberships_and_groups(
            made.study, known, members, files.memberships, made.people_file)
    if files.sessions is not None:
        yield from sessions.sessions_and_groups(known, members, held, files.sessions)
        yield from sessions.sessions_outside(made.study, held, files.sessions)
        yield from sessions.leaders_in_study(known, held, files.sessions)
    if files.attendance is None or "attendance" not in frames:
        return
    if files.sessions is not None:
        yield from attendance.attendance_and_sessions(
            made.study, known, members, held, frames["attendance"],
            {"sessions": files.sessions, "attendance": files.attendance})
    else:
        yield from attendance.shared_sessions(made.study, known, members, frames["attendance"],
                                              files.attendance)


def _days(made: Tables) -> Iterator[Issue]:
    """The days of the answers against plan, allocation and sessions."""
    if not made.parts:
        return
    days, frames = dates.answer_days(made.study, made.parts), made.frames
    yield from dates.baseline_and_allocation(made.study, days, frames["participants"])
    if {"sessions", "memberships"} <= set(frames) and made.study.files.sessions is not None:
        yield from dates.baseline_and_sessions(
            made.study, days, frames["participants"], frames["memberships"], frames["sessions"])
    yield from dates.weeks_and_plan(made.study, days)
    yield from dates.waves_in_order(made.study, days)


def _in_words_of_the_file(made: Tables, issues: Sequence[Issue]) -> Iterator[Issue]:
    """The issues with the columns named as the file names them, where it is one file."""
    by_file = {source.table.file: source for source in made.sources}
    for issue in issues:
        source = by_file.get(issue.file or "")
        named = issue.column and source and _column_of(made.study, source, issue)
        yield replace(issue, column=named) if named else issue


def _column_of(study: Study, source: Source, issue: Issue) -> str | None:
    if issue.column == "answered_on":
        return day_column(study, source.table, issue.wave)
    header, ours = source.table.frame.columns, str(issue.column)
    days = [day for day, week in DAY_COLUMNS.get(source.name, {}).items() if week == ours]
    columns = (column_of(study, source.name, name, header) for name in (ours, *days))
    return next((column for column in columns if column is not None), None)


def _who_answered(study: Study, parts: Sequence[Part]) -> pd.Series:
    """The participants of every row with at least one answer."""
    answered = [part.frame.loc[given(study, part.frame, name).any(axis=1), "participant"]
                for part in parts for name in study.instruments]
    return pd.concat(answered) if answered else pd.Series(dtype="str")


def _equal_files(sources: Sequence[Source]) -> Iterator[Issue]:
    """Two waves with the same file under two names, byte for byte."""
    first: dict[tuple[str, str | None], Source] = {}
    for source in of_table(sources, "responses"):
        _, sheet = split_sheet(source.table.file)
        twin = first.setdefault((source.sha256, sheet), source)
        if twin is not source:
            yield found("copied_wave", file=source.table.file, wave=source.wave,
                        other=str(twin.wave), how=": the two files are the same")
