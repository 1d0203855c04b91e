"""The files of a study against what was planned: checked tables, or every fault at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from balint_research.errors import DataError, Issue, printable
from balint_research.files import sha256
from balint_research.study import between, tables
from balint_research.study.contracts import (
    LINK_KEY,
    REASON_COLUMNS,
    StudyData,
    given,
    instrument_of,
)
from balint_research.study.findings import Findings, found
from balint_research.study.identifiers import find_identifiers
from balint_research.study.layouts import (
    Part,
    ResponseFile,
    is_suffixed,
    item_places,
    parts_of,
    people_and_waves,
)
from balint_research.study.meaning import split_column
from balint_research.study.people import Answers, people_of
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Reading, split_sheet
from balint_research.study.read.table import TextTable, without_columns, without_marks
from balint_research.study.scores import score_study
from balint_research.study.screening import screened
from balint_research.study.sign_checks import sign_issues
from balint_research.study.study import Study

PERSON_COLUMNS = ("participant", "leaders", "rater")
ID_COLUMNS = ("participant", "session", "group", "leaders", "rater")


@dataclass(frozen=True)
class _Source:
    """A file that was read; `wave` where each wave has its own."""

    name: str           # which of the five tables
    table: TextTable
    sha256: str
    wave: str | None = None


def read_data(study: Study) -> StudyData:
    """The checked tables of a study.

    Returns
    -------
    `StudyData`: canonical tables, every row that was left out with its reason, every file with
    its hash and rows, and notes and warnings. For every file, rows in = rows used + rows left out.

    Raises
    ------
    DataError : at least one rule is broken; `issues` holds every fault of every file.

    See Also
    --------
    check_data : the same without raising, with notes and warnings beside the faults.
    """
    data, issues = check_data(study)
    if data is None:
        raise DataError(issue for issue in issues if issue.severity == "stop")
    return data


def check_data(study: Study) -> tuple[StudyData | None, tuple[Issue, ...]]:
    """Every Issue of a study's files, and the checked tables where nothing stops the run."""
    findings = Findings()
    if not study.confirmed:
        findings.add([found("not_confirmed", file=study.path.name)])
    sources = _read_files(study, findings)
    _look_for_people(study, sources, findings)
    answers = _answers(study, sources, findings)
    parts = [part for file in answers
             for part in parts_of(study, file.source, file.keyed, findings)]
    frames = _tables(study, sources, answers, findings)
    _compare(study, sources, frames, answers, parts, findings)
    findings.explain(*screened(study, parts))
    _tell_columns_nowhere(study, sources, findings)
    if findings.stopped:
        return None, tuple(findings.issues)
    data = _data(study, frames, parts, sources, findings)
    if any(use.key.from_user for use in study.instruments.values()):
        findings.add(sign_issues(study, score_study(study, data)))
    issues = tuple(findings.issues)
    return None if findings.stopped else replace(data, issues=issues), issues


# --- files ---------------------------------------------------------------------------------------


def _read_files(study: Study, findings: Findings) -> list[_Source]:
    sources = []
    for name, wave, file in _named_files(study):
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
            sources.append(_Source(name, table, sha256(study.folder / workbook), wave))
    return sources


def _kept_as_written(study: Study) -> list[str]:
    """Columns of ids and labels: a code that means no answer elsewhere may be somebody there."""
    return [column for ours in (*ID_COLUMNS, "wave", "arm")
            for column in (ours, split_column(study.columns.get(ours, ours))[1])]


def _named_files(study: Study) -> Iterator[tuple[str, str | None, str]]:
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


def _look_for_people(study: Study, sources: Sequence[_Source], findings: Findings) -> None:
    """Direct identifiers, in every column of every file, also those that are not used."""
    for source in sources:
        header = source.table.frame.columns
        if LINK_KEY in header:
            findings.add([found("link_key", file=source.table.file)])
        ids = {column: ours for ours in ID_COLUMNS
               if (column := tables.column_of(study, source.name, ours, header))}
        persons = [column for column, ours in ids.items() if ours in PERSON_COLUMNS]
        items = _item_columns(study, source.wave) if source.name == "responses" else set()
        named = tables.KEYS[source.name] in ids.values()  # else line 1 may be somebody's row
        findings.add(find_identifiers(source.table.frame, source.table.file, items=items, ids=ids,
                                      persons=persons, named=named))


def _tell_columns_nowhere(study: Study, sources: Sequence[_Source], findings: Findings) -> None:
    """Names under [columns] that no file has: a typo there must not pass to a column of ours."""
    told = {issue.column for issue in findings.issues if issue.rule == "missing_column"}
    for ours, declared in study.columns.items():
        origin, named = split_column(declared)
        files = [source.table.frame.columns for source in sources
                 if origin in (None, source.name)]
        if named not in told and len(sources) == len(list(_named_files(study))) and not any(
                named in header for header in files):
            findings.add([found("column_nowhere", file=study.path.name,
                                named=printable(named), ours=ours)])


def _item_columns(study: Study, wave: str | None) -> set[str]:
    waves: Sequence[str | None] = study.waves if is_suffixed(study) else (wave,)
    return {column for name in study.instruments for of in waves
            for column in item_places(study, name, of).values()}


# --- tables --------------------------------------------------------------------------------------


def _answers(study: Study, sources: Sequence[_Source], findings: Findings) -> list[Answers]:
    answers = []
    for source in _of(sources, "responses"):
        file = ResponseFile(source.table, source.wave)
        answers.append(Answers(file, people_and_waves(study, file, findings)))
    return answers


def _tables(
    study: Study, sources: Sequence[_Source], answers: Sequence[Answers], findings: Findings
) -> dict[str, pd.DataFrame]:
    """The four tables beside the responses; one that cannot be made is not in the result."""
    frames: dict[str, pd.DataFrame | None] = {}
    own = next(iter(_of(sources, "participants")), None)
    if own is not None or (study.files.participants is None and answers):
        frames["participants"] = people_of(study, own.table if own else None, answers, findings)
    makers = {"memberships": tables.memberships, "sessions": tables.sessions,
              "attendance": tables.attendance, "links": tables.links}
    for name, make in makers.items():
        if getattr(study.files, name) is None:
            frames[name] = tables.empty(name)
        for source in _of(sources, name):
            frames[name] = make(study, source.table, findings)
    return {name: frame for name, frame in frames.items() if frame is not None}


def _compare(
    study: Study, sources: Sequence[_Source], frames: Mapping[str, pd.DataFrame],
    answers: Sequence[Answers], parts: Sequence[Part], findings: Findings,
) -> None:
    """What `_compare_tables` finds, told in the words of each file."""
    between_tables = Findings()
    _compare_tables(study, sources, frames, answers, parts, between_tables)
    findings.add(_in_words_of_the_file(study, sources, between_tables.issues))


def _in_words_of_the_file(
    study: Study, sources: Sequence[_Source], issues: Sequence[Issue]
) -> Iterator[Issue]:
    """The issues with the columns named as the file names them, where it is one file."""
    by_file = {source.table.file: source for source in sources}
    for issue in issues:
        source = by_file.get(issue.file or "")
        named = issue.column and source and tables.column_of(
            study, source.name, issue.column, source.table.frame.columns)
        yield replace(issue, column=named) if named else issue


def _compare_tables(
    study: Study, sources: Sequence[_Source], frames: Mapping[str, pd.DataFrame],
    answers: Sequence[Answers], parts: Sequence[Part], findings: Findings,
) -> None:
    """What needs two tables or two waves; a table that could not be read is told already."""
    twins = list(_equal_files(sources))
    findings.add(twins)
    named = [1 for name, _, _ in _named_files(study) if name == "responses"]
    every_file = len(named) == len([part for part in answers if part.usable])
    if parts and every_file:
        told = {issue.wave for issue in twins}
        findings.add(issue for issue in between.waves_together(study, parts)
                     if issue.rule != "copied_wave" or issue.wave not in told)
    people = frames.get("participants")
    if people is None:
        return
    file = study.files.participants or ", ".join(part.file for part in answers)
    if study.files.participants is not None:
        for part in answers:
            findings.add(between.unknown_people(
                part.keyed, part.file, people["participant"], file))
    else:
        findings.add(between.ids_alike(people, file))
    for name in ("memberships", "attendance", "links"):
        for source in _of(sources, name):
            if name in frames:
                findings.add(between.unknown_people(
                    frames[name], source.table.file, people["participant"], file))
    if every_file:
        answered = _who_answered(study, parts)
        findings.add(between.never_answered(people, answered, file) if parts else ())
        findings.add(between.arms_and_groups(study, people, answered, file))
    _compare_sessions(study, frames, people, findings)


def _who_answered(study: Study, parts: Sequence[Part]) -> pd.Series:
    """The participants of every row with at least one answer."""
    people = [part.frame.loc[given(study, part.frame, name).any(axis=1), "participant"]
              for part in parts for name in study.instruments]
    return pd.concat(people) if people else pd.Series(dtype="str")


def _compare_sessions(
    study: Study, frames: Mapping[str, pd.DataFrame], people: pd.DataFrame, findings: Findings
) -> None:
    files = study.files
    if not {"sessions", "memberships"} <= set(frames):
        return
    members, sessions = frames["memberships"], frames["sessions"]
    attended = frames.get("attendance") if files.attendance is not None else None
    if files.memberships is not None:
        findings.add(between.groups_of_members(people, members, sessions, files.memberships))
    if files.sessions is not None:
        findings.add(between.sessions_and_groups(people, members, sessions, files.sessions))
    if attended is not None and files.sessions is not None:
        findings.add(between.attendance_and_sessions(
            people, members, sessions, attended,
            {"sessions": files.sessions, "attendance": str(files.attendance)}))
    elif attended is not None:
        findings.add(between.shared_sessions(people, members, attended, str(files.attendance)))


def _equal_files(sources: Sequence[_Source]) -> Iterator[Issue]:
    """Two waves with the same file under two names, byte for byte."""
    first: dict[tuple[str, str | None], _Source] = {}
    for source in _of(sources, "responses"):
        _, sheet = split_sheet(source.table.file)
        twin = first.setdefault((source.sha256, sheet), source)
        if twin is not source:
            yield found("copied_wave", file=source.table.file, wave=source.wave,
                        other=str(twin.wave), how=": the two files are the same")


def _of(sources: Sequence[_Source], name: str) -> list[_Source]:
    return [source for source in sources if source.name == name]


# --- the result ----------------------------------------------------------------------------------


def _data(
    study: Study, frames: Mapping[str, pd.DataFrame], parts: Sequence[Part],
    sources: Sequence[_Source], findings: Findings,
) -> StudyData:
    clean = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    responses = pd.concat([part.frame for part in parts], ignore_index=True)
    left_out = pd.DataFrame(findings.left_out, columns=["table", "file", "reason", "rows"])
    files = pd.DataFrame([
        {"table": source.name, "file": source.table.file, "sha256": source.sha256,
         "rows_in": source.table.rows_in,
         "rows_used": source.table.rows_in - findings.rows_left_out(source.table.file)}
        for source in sources
    ])
    return StudyData(**clean, responses=responses, missing_reasons=_reasons(study, parts),
                     left_out=left_out, files=files, issues=())


def _reasons(study: Study, parts: Sequence[Part]) -> pd.DataFrame:
    """One row an item without an answer for which there is a reason."""
    told = [_of_item(study, part, str(column)) for part in parts for column in part.reasons.columns]
    if not told:
        return pd.DataFrame(columns=list(REASON_COLUMNS), dtype="str").astype({"item": "int64"})
    return pd.concat(told, ignore_index=True)


def _of_item(study: Study, part: Part, column: str) -> pd.DataFrame:
    reasons = part.reasons[column].dropna()
    who = part.frame.loc[reasons.index, ["participant", "wave", "rater"]]
    return who.assign(instrument=str(instrument_of(study, column)),
                      item=int(column.rpartition("_")[2]), reason=reasons)
