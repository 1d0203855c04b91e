"""The files of a study against what was planned: checked tables, or every fault at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study import tables
from balint_research.study.between.compare import Tables, compare
from balint_research.study.contracts import REASON_COLUMNS, StudyData, instrument_of, no_weeks
from balint_research.study.findings import Findings, found
from balint_research.study.layouts import Part, ResponseFile, parts_of, people_and_waves
from balint_research.study.people import Answers, people_of
from balint_research.study.scores import score_study
from balint_research.study.screening import screened
from balint_research.study.sign_checks import sign_issues
from balint_research.study.sources import (
    Source,
    look_for_people,
    of_table,
    read_files,
    tell_columns_nowhere,
)
from balint_research.study.study import Study
from balint_research.study.weeks import weeks_of, without_days


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
    sources = read_files(study, findings)
    look_for_people(study, sources, findings)
    answers = _answers(study, sources, findings)
    parts = [part for file in answers
             for part in parts_of(study, file.source, file.keyed, findings)]
    frames = _tables(study, sources, answers, findings)
    compare(Tables(study, sources, frames, answers, parts), findings)
    findings.explain(*screened(study, parts))
    tell_columns_nowhere(study, sources, findings)
    if findings.stopped:
        return None, tuple(findings.issues)
    data = _data(study, frames, parts, sources, findings)
    if any(use.key.from_user for use in study.instruments.values()):
        findings.add(sign_issues(study, score_study(study, data)))
    issues = tuple(findings.issues)
    return None if findings.stopped else replace(data, issues=issues), issues


def _answers(study: Study, sources: Sequence[Source], findings: Findings) -> list[Answers]:
    answers = []
    for source in of_table(sources, "responses"):
        file = ResponseFile(source.table, source.wave)
        answers.append(Answers(file, people_and_waves(study, file, findings)))
    return answers


def _tables(
    study: Study, sources: Sequence[Source], answers: Sequence[Answers], findings: Findings
) -> dict[str, pd.DataFrame]:
    """The four tables beside the responses; one that cannot be made is not in the result."""
    frames: dict[str, pd.DataFrame | None] = {}
    own = next(iter(of_table(sources, "participants")), None)
    if own is not None or (study.files.participants is None and answers):
        frames["participants"] = people_of(study, own.table if own else None, answers, findings)
    makers = {"memberships": tables.memberships, "sessions": tables.sessions,
              "attendance": tables.attendance, "links": tables.links}
    for name, make in makers.items():
        if getattr(study.files, name) is None:
            frames[name] = tables.empty(name)
        for source in of_table(sources, name):
            frames[name] = make(study, source.table, findings)
    return {name: frame for name, frame in frames.items() if frame is not None}


# --- the result ----------------------------------------------------------------------------------


def _data(
    study: Study, frames: Mapping[str, pd.DataFrame], parts: Sequence[Part],
    sources: Sequence[Source], findings: Findings,
) -> StudyData:
    clean = {name: without_days(frame).reset_index(drop=True) for name, frame in frames.items()}
    responses = pd.concat([part.frame for part in parts], ignore_index=True)
    left_out = pd.DataFrame(findings.left_out, columns=["table", "file", "reason", "rows"])
    files = pd.DataFrame([
        {"table": source.name, "file": source.table.file, "sha256": source.sha256,
         "rows_in": source.table.rows_in,
         "rows_used": source.table.rows_in - findings.rows_left_out(source.table.file)}
        for source in sources
    ])
    return StudyData(**clean, responses=responses, missing_reasons=_reasons(study, parts),
                     left_out=left_out, files=files, weeks=_weeks(study, parts), issues=())


def _weeks(study: Study, parts: Sequence[Part]) -> pd.DataFrame:
    """``participant wave rater week`` of every row of answers that has a day."""
    told = [part.frame[["participant", "wave", "rater"]].assign(week=weeks_of(study, part.days))
            for part in parts]
    weeks = pd.concat(told, ignore_index=True).dropna(subset="week")
    return no_weeks() if weeks.empty else weeks.reset_index(drop=True)


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
