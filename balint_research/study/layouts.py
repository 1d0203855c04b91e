"""The answers of a study in its three layouts, brought into one form.

Waves as rows, one file a wave, and waves as column suffixes all become `Part`s: person, wave,
rater and the columns ``{instrument}_{n}`` as numbers, indexed by the lines of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from balint_research.errors import Issue, printable
from balint_research.study.contracts import allowed_words, broken, responses_contract
from balint_research.study.days_of_answers import days_of_answers, tell_days_of_no_wave
from balint_research.study.extra_columns import extra_columns
from balint_research.study.findings import Findings, found
from balint_research.study.item_columns import is_suffixed, item_places, suffix_of
from balint_research.study.meaning import split_column
from balint_research.study.read.table import TextTable, answers
from balint_research.study.study import InstrumentUse, Study
from balint_research.study.tables import column_of, relabelled, with_ids

SELF = "self"


@dataclass(frozen=True)
class ResponseFile:
    """One file of answers; `wave` is set where each wave has its own file."""

    table: TextTable
    wave: str | None = None


@dataclass(frozen=True)
class Part:
    """Answers of one file, and of one wave where waves are suffixes or files."""

    file: str
    frame: pd.DataFrame          # participant, wave, rater, {instrument}_{n}; index: lines
    names: Mapping[str, str]     # our column -> column of the file
    header: Sequence[str]        # every column of the file, in its order
    reasons: pd.DataFrame        # {instrument}_{n}: why there is no answer, where the file says so
    days: pd.Series              # on which each row was answered, where the file has it


def people_and_waves(study: Study, source: ResponseFile, findings: Findings) -> pd.DataFrame:
    """``participant wave rater`` of the rows that are used; empty where the columns are missing.

    Rows without an id are left out with their number; rows that repeat a person, wave and rater
    stop the run unless the study says which of them counts.
    """
    table = source.table
    keyed = with_ids(study, "responses", table, "participant", findings)
    if keyed is None:
        return pd.DataFrame(columns=["participant", "wave", "rater"], dtype="str")
    keyed = pd.DataFrame({"participant": keyed["participant"]})
    keyed["wave"] = _waves(study, source, keyed.index, findings)
    rater = column_of(study, "responses", "rater", table.frame.columns)
    if rater is None and "rater" in study.columns:
        findings.add([found("missing_column", file=table.file, ours="rater",
                            column=split_column(study.columns["rater"])[1])])
    keyed["rater"] = SELF if rater is None else _raters(table.frame[rater])
    return _without_duplicates(study, table.file, keyed.astype("str"), findings)


def parts_of(
    study: Study, source: ResponseFile, keyed: pd.DataFrame, findings: Findings
) -> list[Part]:
    """The answers of one file; every fault of its item columns goes to the findings."""
    suffixed = is_suffixed(study)
    waves = study.waves if suffixed else (source.wave,)
    used = {column for name in study.instruments for wave in waves
            for column in item_places(study, name, wave).values()}
    findings.add(extra_columns(study, source.table, used))
    parts = [part for wave in waves if (part := _part(study, source, keyed, wave, findings))]
    if suffixed:
        parts = _of_waves_with_answers(study, parts)
        tell_days_of_no_wave(study, source.table, findings)
    for part in parts:
        keys = part.frame.dropna(subset="wave")
        findings.add(broken(responses_contract(study), keys[keys["wave"].isin(study.waves)], study,
                            file=part.file, names=part.names))
    return parts


# --- rows: who, when, by whom --------------------------------------------------------------------


def _waves(
    study: Study, source: ResponseFile, lines: pd.Index, findings: Findings
) -> "pd.Series | str":
    if source.wave is not None:
        _tell_other_waves(study, source, lines, findings)
        return source.wave
    if is_suffixed(study):
        return study.baseline  # a placeholder: the row holds every wave
    table = source.table
    column = column_of(study, "responses", "wave", table.frame.columns)
    if column is None:
        if len(study.waves) == 1:
            return study.waves[0]
        declared = split_column(study.columns.get("wave", "wave"))[1]
        findings.add([found("missing_column", file=table.file, column=declared, ours="wave")])
        return pd.Series(index=lines, dtype="str")
    waves = relabelled(study, "wave", table.frame.loc[lines, column])
    unknown = waves.index[waves.notna() & ~waves.isin(study.waves)]
    for rule, rows in (("empty_required", waves.index[waves.isna()]), ("unknown_wave", unknown)):
        if len(rows):
            findings.add([found(rule, file=table.file, column=column, rows=rows,
                                allowed=allowed_words(study, "unknown_wave"))])
    return waves


def _tell_other_waves(
    study: Study, source: ResponseFile, lines: pd.Index, findings: Findings
) -> None:
    """A file of one wave that also has a column of waves: the two must agree."""
    column = column_of(study, "responses", "wave", source.table.frame.columns)
    if column is None:
        return
    waves = relabelled(study, "wave", source.table.frame.loc[lines, column])
    other = waves.index[waves.notna() & (waves != source.wave)]
    if len(other):
        findings.add([found("other_wave", file=source.table.file, column=column, wave=source.wave,
                            rows=other, allowed=allowed_words(study, "unknown_wave"))])


def _raters(raters: pd.Series) -> pd.Series:
    """An empty cell is the person, and so is "Self" in any spelling."""
    return raters.mask(raters.isna() | raters.str.lower().eq(SELF), SELF)


def _without_duplicates(
    study: Study, file: str, keyed: pd.DataFrame, findings: Findings
) -> pd.DataFrame:
    """One row a person, wave and rater, as [resolve] says; rows without a wave are told already."""
    keys = ["participant", "wave", "rater"]
    shared = keyed.duplicated(keys, keep=False) & keyed["wave"].notna()
    if not shared.any():
        return keyed
    words = {"key": "participant and wave"}
    if study.duplicate_rows is None:
        findings.add([found("duplicate_rows", file=file, rows=keyed.index[shared], words=words)])
        return keyed
    keep = {"keep_first": "first", "keep_last": "last"}.get(study.duplicate_rows, False)
    dropped = keyed.duplicated(keys, keep=keep) & shared  # type: ignore[arg-type]
    resolution = {"keep_first": "the first of them", "keep_last": "the last of them",
                  "drop_all": "none of them"}[study.duplicate_rows] + " is used"
    findings.add([found("duplicates_resolved", file=file, rows=keyed.index[shared],
                        resolution=resolution, words=words)])
    findings.leave_out("responses", file, f"repeats participant and wave ({study.duplicate_rows})",
                       int(dropped.sum()))
    return keyed[~dropped]


# --- columns: the answers ------------------------------------------------------------------------


def _part(
    study: Study, source: ResponseFile, keyed: pd.DataFrame, wave: str | None, findings: Findings
) -> Part | None:
    """The answers at one wave (or at all, where waves are rows)."""
    table = source.table
    columns: dict[str, pd.Series] = {}
    names: dict[str, str] = {}
    reasons: dict[str, pd.Series] = {}
    for name, use in study.instruments.items():
        if wave is not None and wave not in use.waves:
            continue
        places = item_places(study, name, wave)
        fillers = {n for n in use.fillers if places.get(n) not in table.frame.columns}
        findings.add(_missing_columns(use, {n: column for n, column in places.items()
                                            if n not in fillers}, table))
        columns |= {f"{name}_{n}": pd.Series(index=keyed.index, dtype=float) for n in fillers}
        numbered = {f"{name}_{n}": column for n, column in places.items()}
        timed = _seconds_column(study, name, wave, table, findings)
        for ours, column in (numbered | timed).items():
            if column in table.frame.columns:
                names[ours] = column
                columns[ours], issues = answers(table, column, keyed.index, labels=use.labels,
                                                instrument=name)
                findings.add(issues)
                reasons[ours] = _reasons(use, table, column, columns[ours])
    if not columns:
        return None
    frame = pd.concat([keyed, pd.DataFrame(columns, index=keyed.index, dtype=float)], axis=1)
    if is_suffixed(study):
        frame = frame.assign(wave=wave).astype({"wave": "str"})
    return Part(table.file, frame, names, list(table.frame.columns),
                pd.DataFrame(reasons, index=keyed.index).dropna(axis=1, how="all"),
                days_of_answers(study, table, wave, keyed.index, findings))


def _of_waves_with_answers(study: Study, parts: Sequence[Part]) -> list[Part]:
    """Each row at the waves at which it holds answers, or reasons why not; else at the first.

    A row without a single answer is somebody who was asked, as in a file with a row a wave.
    """
    here = [part.frame[list(part.names)].notna().any(axis=1) | part.reasons.notna().any(axis=1)
            for part in parts]
    if here:
        here[0] |= ~pd.concat(here, axis=1).any(axis=1)
    return [replace(part, frame=part.frame[rows], reasons=part.reasons[rows], days=part.days[rows])
            for part, rows in zip(parts, here, strict=True)]


def _reasons(
    use: InstrumentUse, table: TextTable, column: str, values: pd.Series
) -> pd.Series:
    """Why there is no answer: by a missing code of the study, else by what the file says."""
    declared = values.map(use.missing_reasons).astype("str")
    carried = table.reasons.get(column)
    return declared if carried is None else declared.fillna(carried.reindex(values.index))


def _seconds_column(
    study: Study, name: str, wave: str | None, table: TextTable, findings: Findings
) -> dict[str, str]:
    """The column with the time a form took, where the study declares one."""
    declared = study.instruments[name].seconds
    if declared is None:
        return {}
    column = declared.format(wave=suffix_of(study, wave))
    if column not in table.frame.columns:
        findings.add([found("missing_column", file=table.file, column=column, ours="seconds")])
    return {f"{name}_seconds": column}


def _missing_columns(
    use: InstrumentUse, places: Mapping[int, str], table: TextTable
) -> list[Issue]:
    missing = [column for column in places.values() if column not in table.frame.columns]
    if not missing:
        return []
    return [found("item_missing", file=table.file, count=len(missing), instrument=use.key.label,
                  id=use.key.id, first=printable(missing[0]))]
