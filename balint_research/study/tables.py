"""Participants, memberships, sessions and attendance: from text to canonical columns."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.contracts import (
    COLUMNS,
    NUMBERS,
    YES_NO,
    attendance_contract,
    broken,
    links_contract,
    memberships_contract,
    participants_contract,
    sessions_contract,
)
from balint_research.study.findings import Findings, found
from balint_research.study.meaning import OF_A_PERSON, split_column
from balint_research.study.read.table import TextTable, comma_hint, numbers, typed
from balint_research.study.study import Study
from balint_research.study.weeks import DAY_COLUMNS, days_in, with_weeks

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

YES = ("true", "yes", "y", "1", "t")
NO = ("false", "no", "n", "0", "f")
OF_PEOPLE = ("participants", "responses")
KEYS = {"participants": "participant", "memberships": "participant", "responses": "participant",
        "sessions": "session", "attendance": "participant", "links": "participant"}
NEEDED = {"memberships": ("group",), "attendance": ("session", "status"), "links": ("wave", "how")}


def column_of(study: Study, table: str, ours: str, header: Collection[str]) -> str | None:
    """The column of a table that holds one of our columns, or None.

    `[columns]` comes first; a table that does not have the name given there may use ours, unless
    what describes a person is to be taken from the other table that could.
    """
    origin, named = split_column(study.columns.get(ours, ""))
    if origin in (None, table) and named in header:
        return named
    elsewhere = origin not in (None, table) and ours in OF_A_PERSON and table in OF_PEOPLE
    return ours if ours in header and not elsewhere else None


def relabelled(study: Study, kind: Literal["arm", "wave"], labels: pd.Series) -> pd.Series:
    """Labels of the export as ours (`[values.wave]`, `[values.arm]`); others stay as they are."""
    return labels.replace(dict(study.labels(kind)))


def with_ids(
    study: Study, table: str, source: TextTable, ours: str, findings: Findings
) -> pd.DataFrame | None:
    """The rows that have an id, with it in the column `ours`; the others are left out and told."""
    column = column_of(study, table, ours, source.frame.columns)
    if column is None:
        declared = split_column(study.columns.get(ours, ours))[1]
        findings.add([found("missing_column", file=source.file, column=declared, ours=ours)])
        return None
    ids = source.frame[column]
    if ids.isna().all():
        findings.add([found("empty_column", file=source.file, column=column)])
        return None
    without = ids.index[ids.isna()]
    if len(without):
        findings.add([found("no_id", file=source.file, column=column, rows=without, ours=ours)])
        findings.leave_out(table, source.file, f"no {ours} id", len(without))
    return source.frame[ids.notna()].assign(**{ours: ids[ids.notna()]})


def participants(
    study: Study, source: TextTable, findings: Findings
) -> pd.DataFrame | None:
    """One row a person: `participant arm group`, then every other column of the file.

    The day of allocation becomes `allocated_week`; it stands beside it while tables are compared.
    """
    rows = with_ids(study, "participants", source, "participant", findings)
    if rows is None:
        return None
    header = source.frame.columns
    places = {ours: column_of(study, "participants", ours, header) for ours in OF_A_PERSON}
    _tell_absent(study, source, places, findings)
    named = {ours: rows[column] for ours, column in places.items() if column is not None}
    dated = _with_days(study, "participants", source, pd.DataFrame(index=rows.index), findings)
    taken = {*places.values(), *(column_of(study, "participants", ours, header)
                                 for ours in ("participant", "allocated_on"))}
    ours_already = (*COLUMNS["participants"], *OF_A_PERSON, *dated.columns)
    others = [column for column in header if column not in taken and column not in ours_already]
    covariates = typed(
        pd.DataFrame({k: v for k, v in named.items() if k not in COLUMNS["participants"]}
                     | {column: rows[column] for column in others}, index=rows.index),
        source.decimal)
    people = pd.DataFrame({"participant": rows["participant"]})
    for ours in ("arm", "group"):
        people[ours] = named.get(ours, pd.Series(index=rows.index, dtype="str"))
    people["arm"] = relabelled(study, "arm", people["arm"])
    findings.add([found("missing_covariate", file=source.file, column=name, ours=name)
                  for name in study.covariates
                  if name not in covariates.columns and name not in dated.columns])
    return pd.concat([people.astype("str"), covariates, dated], axis=1)


def _tell_absent(
    study: Study, source: TextTable, places: Mapping[str, str | None], findings: Findings
) -> None:
    """Columns that `[columns]` promises for this file and that are not in it."""
    for ours, column in places.items():
        origin, named = split_column(study.columns.get(ours, ""))
        if named and origin == "participants" and column is None:
            findings.add([found("missing_column", file=source.file, column=named, ours=ours)])


def checked_participants(
    study: Study, people: pd.DataFrame, file: str, findings: Findings
) -> None:
    """The contract of the participants, once arms and groups are all in their columns."""
    names = {ours: column for ours in COLUMNS["participants"]
             if (column := split_column(study.columns.get(ours, ours))[1])}
    repeated = people[people.duplicated("participant", keep=False)]
    arms = repeated.groupby("participant")["arm"].nunique()
    if (arms > 1).any():
        rows = repeated.index[repeated["participant"].isin(arms.index[arms > 1])]
        findings.add([two_arms(file, names["arm"], rows, int((arms > 1).sum()))])
    findings.add(broken(participants_contract(study), people, study, file=file, names=names))


def two_arms(file: str, column: str, rows: pd.Index, people: int) -> Issue:
    """The Issue of people with two arms."""
    return found("two_arms", file=file, column=column, rows=rows,
                 people=number_of(people, "person", "people"),
                 have_people="has" if people == 1 else "have")


def memberships(study: Study, source: TextTable, findings: Findings) -> pd.DataFrame | None:
    """``participant group from_week to_week``; the weeks also by `from_date` and `to_date`."""
    return _table(study, "memberships", source, findings, memberships_contract)


def sessions(study: Study, source: TextTable, findings: Findings) -> pd.DataFrame | None:
    """``session group week minutes mode held leaders``; without `held` every session was held.

    The week is also counted from `held_on`.
    """
    return _table(study, "sessions", source, findings, sessions_contract)


def attendance(study: Study, source: TextTable, findings: Findings) -> pd.DataFrame | None:
    """``participant session status presented``; nobody presented where the column is missing."""
    return _table(study, "attendance", source, findings, attendance_contract)


def links(study: Study, source: TextTable, findings: Findings) -> pd.DataFrame | None:
    """``participant wave how``, as `balint link` wrote it."""
    return _table(study, "links", source, findings, lambda: links_contract(study))


def empty(table: str) -> pd.DataFrame:
    """A table that the study does not have: its columns and no row."""
    kinds = {column: float if column in NUMBERS else bool if column in YES_NO else "str"
             for column in COLUMNS[table]}
    return pd.DataFrame(columns=list(kinds)).astype(kinds)


def _table(
    study: Study, table: str, source: TextTable, findings: Findings,
    contract: "Callable[[], DataFrameSchema]",
) -> pd.DataFrame | None:
    rows = with_ids(study, table, source, KEYS[table], findings)
    if rows is None:
        return None
    columns: dict[str, pd.Series] = {KEYS[table]: rows[KEYS[table]]}
    names: dict[str, str] = {}
    complete = True
    for ours in COLUMNS[table]:
        if ours in columns:
            continue
        column = column_of(study, table, ours, source.frame.columns)
        promised = ours in study.columns and ours != "group"  # groups are named in two tables
        if column is None and (promised or ours in NEEDED.get(table, ())):
            findings.add([found("missing_column", file=source.file, ours=ours,
                                column=split_column(study.columns.get(ours, ours))[1])])
            complete = False
            continue
        cells = None if column is None else rows[column]
        if cells is not None and ours == "wave":
            cells = relabelled(study, "wave", cells)
        names[ours] = column or ours
        columns[ours] = _column(ours, cells, rows.index, source, names[ours], findings)
    if not complete:
        return None
    frame = pd.DataFrame(columns)[list(COLUMNS[table])]
    frame = _with_days(study, table, source, frame, findings)
    findings.add(broken(contract(), frame, study, file=source.file, names=names))
    return frame


def _with_days(
    study: Study, table: str, source: TextTable, frame: pd.DataFrame, findings: Findings
) -> pd.DataFrame:
    """The frame with the weeks of its days, and with the days while tables are compared."""
    header = source.frame.columns
    for ours, of_week in DAY_COLUMNS.get(table, {}).items():
        column = column_of(study, table, ours, header)
        if column is None:
            if ours in study.columns:
                findings.add([found("missing_column", file=source.file, ours=ours,
                                    column=split_column(study.columns[ours])[1])])
            continue
        days = days_in(study, source, column, frame.index, findings)
        in_file = column_of(study, table, of_week, header)
        if of_week not in frame.columns:
            cells = None if in_file is None else source.frame.loc[frame.index, in_file]
            frame[of_week] = _column(of_week, cells, frame.index, source, in_file or of_week,
                                     findings)
        frame[of_week] = with_weeks(study, frame[of_week], days, source, in_file or of_week,
                                    findings)
        frame[ours] = days
    return frame


def _column(
    ours: str, cells: pd.Series | None, lines: pd.Index, source: TextTable, name: str,
    findings: Findings,
) -> pd.Series:
    """One column in its kind: number, yes/no, or text."""
    if ours in NUMBERS:
        if cells is None:
            return pd.Series(index=lines, dtype=float)
        values, bad = numbers(cells, source.decimal)
        if bad.any():
            findings.add([found("not_a_number", file=source.file, column=name,
                                rows=cells.index[bad],
                                comma=comma_hint(cells[bad], source.decimal))])
        return values
    if ours in YES_NO:
        return _yes_no(cells, ours, lines, source, name, findings)
    return pd.Series(index=lines, dtype="str") if cells is None else cells.astype("str")


def _yes_no(
    cells: pd.Series | None, ours: str, lines: pd.Index, source: TextTable, name: str,
    findings: Findings,
) -> pd.Series:
    """Without the column every session was held and nobody presented; nor did an empty cell.

    An unclear cell stops the run; it counts as yes, so that no other fault follows from it.
    """
    if cells is None:
        return pd.Series(ours == "held", index=lines)
    words = cells.str.lower()
    unclear = ~words.isin((*YES, *NO)) & (words.notna() | (ours == "held"))
    if unclear.any():
        findings.add([found("not_yes_no", file=source.file, column=name,
                            rows=cells.index[unclear], allowed="yes, no, true, false, 1, 0")])
    return words.isin(YES) | unclear
