"""Who took part: the participants file, completed by or made from the responses."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from balint_research.errors import number_of
from balint_research.study.contracts import COLUMNS, allowed_words
from balint_research.study.findings import Findings, found
from balint_research.study.layouts import ResponseFile
from balint_research.study.meaning import OF_A_PERSON, split_column
from balint_research.study.read.table import TextTable, typed
from balint_research.study.study import Study
from balint_research.study.tables import (
    checked_participants,
    column_of,
    participants,
    relabelled,
)


@dataclass(frozen=True)
class Answers:
    """One file of answers with its rows that are used (``participant wave rater``)."""

    source: ResponseFile
    keyed: pd.DataFrame

    @property
    def file(self) -> str:
        """The file's name."""
        return self.source.table.file

    @property
    def usable(self) -> bool:
        """Whether people and waves are known at all; if not, that is told already."""
        return not self.keyed["wave"].isna().all()


def people_of(
    study: Study, source: TextTable | None, answers: Sequence[Answers], findings: Findings
) -> pd.DataFrame | None:
    """``participant arm group`` + covariates, one row a person; None where there is no way.

    Without a participants file the people are those of the responses. Arm, group and covariates
    may stand in the responses: then each person has one value in all rows.
    """
    people = participants(study, source, findings) if source else _named_in(answers)
    if people is None:
        return None
    file = source.file if source is not None else ", ".join(part.file for part in answers)
    for ours in OF_A_PERSON:
        if _is_in_responses(study, ours, source, people):
            values = _from_responses(study, ours, answers, findings)
            if values is not None:
                people[ours] = people["participant"].map(values).astype(values.dtype)
        elif source is not None and ours in COLUMNS["participants"]:
            _tell_contradictions(study, ours, people, answers, findings)
    _tell_missing_arm(study, source, people, file, findings)
    if source is not None or not findings.stopped:
        checked_participants(study, people, file, findings)
    return people


def _named_in(answers: Sequence[Answers]) -> pd.DataFrame:
    frames = [part.keyed[["participant"]] for part in answers]
    people = pd.concat(frames).drop_duplicates("participant")
    for ours in ("arm", "group"):
        people[ours] = pd.Series(index=people.index, dtype="str")
    return people


def _is_in_responses(
    study: Study, ours: str, source: TextTable | None, people: pd.DataFrame
) -> bool:
    """Declared so, or nowhere else to be found."""
    if ours in study.columns:
        origin = split_column(study.columns[ours])[0]
        if origin is not None:
            return origin == "responses"
    if source is None:
        return True
    if ours in COLUMNS["participants"]:
        return bool(people[ours].isna().all())
    return ours in study.columns and ours not in people.columns


def _from_responses(
    study: Study, ours: str, answers: Sequence[Answers], findings: Findings
) -> pd.Series | None:
    """Each person's value, told where it is unknown or changes."""
    found_in = []
    for part in answers:
        column = column_of(study, "responses", ours, part.source.table.frame.columns)
        if column is None:
            continue
        values = part.source.table.frame.loc[part.keyed.index, column]
        rows = pd.DataFrame({"participant": part.keyed["participant"], "value": values})
        if ours == "arm":
            rows["value"] = relabelled(study, "arm", rows["value"])
            _tell_unknown_arms(study, rows["value"], part.file, column, findings)
        _tell_changes(ours, rows, part.file, column, findings)
        found_in.append(rows)
    if not found_in:
        _tell_absent(study, ours, answers, findings)
        return None
    rows = pd.concat(found_in)
    if len(found_in) > 1:
        _tell_changes(ours, rows.reset_index(drop=True), None, ours, findings)
    values = rows.dropna().drop_duplicates("participant").set_index("participant")
    if ours in COLUMNS["participants"]:
        return values["value"].astype("str")
    return typed(values, answers[0].source.table.decimal)["value"]


def _tell_unknown_arms(
    study: Study, arms: pd.Series, file: str, column: str, findings: Findings
) -> None:
    if study.arms is None:
        return
    rows = arms.index[arms.notna() & ~arms.isin(study.arms.all)]
    if len(rows):
        findings.add([found("unknown_arm", file=file, column=column, rows=rows,
                            allowed=allowed_words(study, "unknown_arm"))])


def _tell_changes(
    ours: str, rows: pd.DataFrame, file: str | None, column: str, findings: Findings
) -> None:
    """A person with two values; between files there are no line numbers to give."""
    values = rows.groupby("participant")["value"].nunique()
    changing = values.index[values > 1]
    if len(changing) == 0:
        return
    if file is None and any(issue.rule in ("two_arms", "changing_value") and issue.column == column
                            for issue in findings.issues):
        return
    lines = rows.index[rows["participant"].isin(changing)] if file is not None else ()
    findings.add([found(
        "two_arms" if ours == "arm" else "changing_value", file=file, column=column, rows=lines,
        count=len(changing), people=number_of(len(changing), "person", "people"),
        have_people="has" if len(changing) == 1 else "have")])


def _tell_contradictions(
    study: Study, ours: str, people: pd.DataFrame, answers: Sequence[Answers], findings: Findings
) -> None:
    """An arm or group in the responses that is not the one of the participants file."""
    declared = people.drop_duplicates("participant").set_index("participant")[ours]
    for part in answers:
        column = column_of(study, "responses", ours, part.source.table.frame.columns)
        if column is None:
            continue
        values = part.source.table.frame.loc[part.keyed.index, column]
        theirs = relabelled(study, "arm", values) if ours == "arm" else values
        person = part.keyed["participant"]
        other = person.map(declared)
        rows = theirs.index[theirs.notna() & other.notna() & theirs.ne(other)]
        if len(rows):
            count = person.loc[rows].nunique()
            findings.add([found(
                "two_arms" if ours == "arm" else "changing_value", file=part.file, column=column,
                rows=rows, count=count, people=number_of(count, "person", "people"),
                have_people="has" if count == 1 else "have")])


def _tell_absent(
    study: Study, ours: str, answers: Sequence[Answers], findings: Findings
) -> None:
    """`[columns]` promises a column that no file of answers has."""
    if ours in study.columns:
        file = ", ".join(part.file for part in answers)
        findings.add([found("missing_column", file=file, ours=ours,
                            column=split_column(study.columns[ours])[1])])


def _tell_missing_arm(
    study: Study, source: TextTable | None, people: pd.DataFrame, file: str, findings: Findings
) -> None:
    """A study with arms in which nobody has one: the column is missing."""
    told = any(issue.column == split_column(study.columns.get("arm", "arm"))[1]
               for issue in findings.issues)
    if study.arms is not None and people["arm"].isna().all() and not told:
        findings.add([found("missing_column", file=file, ours="arm",
                            column=split_column(study.columns.get("arm", "arm"))[1])])
