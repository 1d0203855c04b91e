"""Exports of REDCap: events, arms, repeating instruments, forms and their status."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.findings import found
from balint_research.study.read.cells import Line
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import ColumnFacts, TextTable, without_rows

EVENT, INSTRUMENT, INSTANCE = (
    "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
OWN = (EVENT, INSTRUMENT, INSTANCE, "redcap_data_access_group", "redcap_survey_identifier")
ARM = "redcap_arm"
COMPLETE = "_complete"
STATES = {"Incomplete": "0", "Unverified": "1", "Complete": "2"}
NAMED_EVENT = re.compile(r".*_arm_(\d+)")             # visit_1_arm_2
LABELLED_EVENT = re.compile(r".*\(Arm (\d+): .*\)")   # Visit 1 (Arm 2: Waiting list)
HEADINGS = {
    "Event Name": EVENT, "Repeat Instrument": INSTRUMENT, "Repeat Instance": INSTANCE,
    "Data Access Group": "redcap_data_access_group", "Survey Identifier":
    "redcap_survey_identifier",
}
COMPLETE_HEADING = "Complete?"
CHECKBOX = "___"
REPEATS = "row of a repeating instrument"
OTHERS = "row of another instrument"


def evidence(lines: Sequence[Line]) -> str | None:
    """By which columns an export with the names of the fields and their codes is recognised."""
    own = [name for name in lines[0][1] if name in OWN]
    states = _states(lines)
    if own and not _has_labelled_events(lines) and not _are_labels(states):
        return f"columns such as {own[0]}"
    codes = {name: values for name, values in states.items() if values <= set("012")}
    # a column of zeros and ones named so may be anybody's; with 2 it is the status of a form
    if codes and any("2" in values for values in codes.values()):
        return f"columns such as {next(iter(codes))} with codes from 0 to 2"
    return None


def labels_evidence(lines: Sequence[Line]) -> str | None:
    """By which columns an export with labels, of the answers or of the headings, is recognised."""
    header = lines[0][1]
    headings = [name for name in header if name in HEADINGS]
    if _has_states(lines):
        return f"columns named {COMPLETE_HEADING}"
    if len(headings) > 1:
        return f"columns named {headings[0]} and {headings[1]}"
    labelled = [name for name, values in _states(lines).items() if values <= set(STATES)]
    if labelled:
        return f"columns such as {labelled[0]} with words"
    return f"{EVENT} with labels" if _has_labelled_events(lines) else None


def records(table: TextTable, reading: Reading) -> TextTable:
    """The rows of one kind, with the arm of each event, and the forms that are not complete."""
    table = _with_arm(table)
    table = replace(table, facts=with_forms(table.frame.columns, table.facts))
    table = _of_one_instrument(table, reading.repeat_instrument)
    return replace(table, issues=(*table.issues, *_not_complete(table)))


def with_forms(
    columns: Sequence[str] | pd.Index, facts: Mapping[str, ColumnFacts]
) -> dict[str, ColumnFacts]:
    """Each column with its form: a form's columns stand before its status."""
    told = dict(facts)
    waiting: list[str] = []
    for place, column in enumerate(columns):
        if column.endswith(COMPLETE):
            form = column.removesuffix(COMPLETE)
            for of_form in [*waiting, column]:
                fact = told.get(of_form, ColumnFacts())
                told[of_form] = fact if fact.form else replace(fact, form=form)
            waiting = []
        elif place and column not in (*OWN, ARM):
            waiting.append(column)
    return told


def _states(lines: Sequence[Line]) -> dict[str, set[str]]:
    """What stands in the columns that are named like the status of a form."""
    places = [place for place, name in enumerate(lines[0][1]) if name.endswith(COMPLETE)]
    found_in = {lines[0][1][place]: {cells[place] for _, cells in lines[1:] if place < len(cells)}
                for place in places}
    return {name: values - {""} for name, values in found_in.items()
            if values - {""} and (values - {""} <= set("012") or values - {""} <= set(STATES))}


def _has_states(lines: Sequence[Line]) -> bool:
    """Whether "Complete?" is the status of a form, in words or with the code 2."""
    places = [place for place, name in enumerate(lines[0][1]) if name == COMPLETE_HEADING]
    values = {cells[place] for _, cells in lines[1:] for place in places if place < len(cells)}
    values -= {""}
    return bool(values) and (values <= set(STATES) or ("2" in values and values <= set("012")))


def _are_labels(states: Mapping[str, set[str]]) -> bool:
    return any(values <= set(STATES) for values in states.values())


def _has_labelled_events(lines: Sequence[Line]) -> bool:
    header = lines[0][1]
    if EVENT not in header:
        return False
    place = header.index(EVENT)
    events = {cells[place] for _, cells in lines[1:] if place < len(cells)} - {""}
    return bool(events) and not any(NAMED_EVENT.fullmatch(event) for event in events)


def _with_arm(table: TextTable) -> TextTable:
    """A column with the arm's number, where there are several and every event tells it."""
    frame = table.frame
    if EVENT not in frame.columns or ARM in frame.columns:
        return table
    events = frame[EVENT].dropna()
    for pattern in (NAMED_EVENT, LABELLED_EVENT):
        arms = events.str.extract(f"^{pattern.pattern}$", expand=False)
        if arms.notna().all() and arms.nunique() > 1:
            with_arm = frame.assign(**{ARM: arms.reindex(frame.index).astype("str")})
            issue = found("arm_added", file=table.file, added=ARM)
            return replace(table, frame=with_arm, issues=(*table.issues, issue))
    return table


def _of_one_instrument(table: TextTable, wanted: str | None) -> TextTable:
    """The rows of the repeating instrument that is declared, or those of none."""
    frame = table.frame
    repeating = (frame[INSTRUMENT] if INSTRUMENT in frame.columns
                 else pd.Series(index=frame.index, dtype="str"))
    issues: list[Issue] = []
    if wanted is None:
        others, rule, reason = repeating.notna(), "of_repeating", REPEATS
    else:
        others, rule, reason = repeating.ne(wanted), "not_of_repeating", OTHERS
        if others.all():
            issues = [found("repeating_nowhere", file=table.file, column=INSTRUMENT)]
            return replace(table, issues=(*table.issues, *issues))
    if others.any():
        issues = [found(rule, file=table.file, column=INSTRUMENT, rows=others.index[others])]
    table = without_rows(table, others, reason)
    return replace(table, issues=(*table.issues, *issues))


def _not_complete(table: TextTable) -> list[Issue]:
    """Forms that hold answers and are not marked complete."""
    frame, count, lines = table.frame, 0, set[int]()
    for status in [name for name in frame.columns if name.endswith(COMPLETE)]:
        form = status.removesuffix(COMPLETE)
        states = frame[status].dropna()
        if not set(states) <= {*"012", *STATES}:
            continue
        answered = pd.Series(False, index=frame.index)
        for name in frame.columns:
            fact = table.facts.get(name)
            if name != status and fact is not None and fact.form == form:
                # a box that is not ticked is stored as 0 even where nobody saw the form
                cells = frame[name].mask(frame[name].isin(["0", "Unchecked"])) if (
                    CHECKBOX in name) else frame[name]
                answered |= cells.notna()
        open_ = frame[status].notna() & ~frame[status].isin(["2", "Complete"]) & answered
        count += int(open_.sum())
        lines |= set(open_.index[open_])
    return [found("form_not_complete", file=table.file, rows=lines, count=count)] if count else []
