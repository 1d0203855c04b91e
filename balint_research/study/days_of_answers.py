"""On which day each row of answers was given, in the three layouts of the answers."""

import pandas as pd

from balint_research.study.findings import Findings, found
from balint_research.study.item_columns import is_suffixed, suffix_of
from balint_research.study.meaning import split_column
from balint_research.study.read.table import TextTable
from balint_research.study.study import Study
from balint_research.study.tables import column_of
from balint_research.study.weeks import days_in

OURS = "answered_on"
BY_WAVE = f"{OURS}_{{wave}}"  # where a row holds several waves, unless [columns] says otherwise


def days_of_answers(
    study: Study, table: TextTable, wave: str | None, lines: pd.Index, findings: Findings
) -> pd.Series:
    """The days of the rows `lines`, at one wave where waves are suffixes; missing without days."""
    column = day_column(study, table, wave)
    if column is None:
        if OURS in study.columns:
            named = split_column(study.columns[OURS])[1]
            findings.add([found("missing_column", file=table.file, ours=OURS,
                                column=named.replace("{wave}", suffix_of(study, wave)))])
        return pd.Series(index=lines, dtype="datetime64[s]")
    return days_in(study, table, column, lines, findings)


def day_column(study: Study, table: TextTable, wave: str | None) -> str | None:
    """The column of the days of one wave, or of all where a row holds one."""
    header = table.frame.columns
    if not is_suffixed(study):
        return column_of(study, "responses", OURS, header)
    pattern = split_column(study.columns.get(OURS, BY_WAVE))[1]
    column = pattern.replace("{wave}", suffix_of(study, wave))
    return column if column in header else None


def tell_days_of_no_wave(study: Study, table: TextTable, findings: Findings) -> None:
    """One column of days where a row holds several waves."""
    if OURS in table.frame.columns and OURS not in study.columns:
        findings.add([found("day_of_which_wave", file=table.file, column=OURS)])
