"""Which column of an export holds the participants, the waves, the arms, the groups.

By its name first, then by what its cells can be: a column of waves or arms has few distinct values,
and is never one whose cells name people.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from balint_research.study.identifiers import find_identifiers
from balint_research.study.identify.people import is_full_name
from balint_research.study.propose.wave_words import (
    in_order,
    numbered,
    plain_names,
    speaks_of_time,
)
from balint_research.study.read.table import TextTable

REDCAP = ("redcap", "redcap_labels")
MOST_LABELS = 8       # distinct waves or arms; more is something else
EVENT = r"[a-z0-9_]+|.*\(Arm \d+:.*\)"   # as REDCap writes them, raw and with labels
MOST_EVENTS = 30      # REDCap names its events itself
FILLED = 0.9          # share of rows that have an id
SINGLE = 0.8          # share of rows that are the only one of their person (and wave)
LEAST = 0.1           # ids to rows, where the name alone is not enough
FEW_SLIPS = 0.05      # share of people with two arms that may be slips
LONGEST_LABEL = 60

# Words that make a column one of ids, where no other of its words says of what else.
WORDS_OF_IDS = {"code", "pseudonym", "participant", "kennung", "teilnehmer", "codigo", "código"}
WORDS_OF_OTHERS = {
    "group", "site", "session", "post", "postal", "zip", "country", "item", "leader", "school",
    "hospital", "response", "question", "area", "arm", "language", "colour", "color", "number",
    "age", "gender", "since", "of", "type", "status", "dress",
}
# Words of a question that ask for the wave, and of one that asks for the group.
WORDS_OF_WAVES = {"round", "wave", "welle", "timepoint", "messzeitpunkt", "zeitpunkt", "occasion",
                  "erhebung", "vague", "ola"}
WORDS_OF_GROUPS = {"group", "gruppe", "groupe", "grupo"}
WHOSE = {"your", "my", "the", "ihr", "ihre", "dein", "deine", "votre", "tu", "su", "il", "tuo"}
# Names without blanks and signs, the most telling first.
IDS = (
    "participant", "participantid", "participantcode", "participantnumber", "participantno",
    "participantnr", "recordid", "studyid", "subjectid", "subjid", "usubjid", "subject",
    "subjectcode", "pseudonym", "personid", "person", "personalcode", "studycode", "pid", "ppid",
    "code", "sgic", "vp", "vpn", "vpcode", "vpnr", "versuchsperson", "proband", "probandid",
    "probandencode", "teilnehmer", "teilnehmerid", "teilnehmercode", "teilnehmernummer",
    "teilnehmernr", "studynumber", "studiennummer", "sujet", "codigo", "caseid", "studentid",
    "seqn", "respondentid", "token", "id", "nr", "study",
)
UNSURE = ("code", "token", "nr", "study")
IDS_OF_RESPONSES = ("responseid", "antwortid", "iddelareponse", "submissionid")
WAVES = (
    "redcapeventname", "eventname", "wave", "welle", "timepoint", "time", "visit", "avisit",
    "visitname", "occasion", "messzeitpunkt", "mzp", "zeitpunkt", "testzeitpunkt", "measurement",
    "measurementoccasion", "assessment", "prepost", "phase", "period", "round", "survey", "moment",
    "momento", "vague", "temps", "tiempo", "ola", "event", "t", "tp", "redcaprepeatinstance",
)
ARMS = (
    "arm", "studyarm", "trialarm", "armcd", "redcaparm", "allocation", "allocatedarm",
    "groupallocation", "randomisation", "randomization", "randomisedto", "randomizedto",
    "randomgroup", "treatment", "treatmentgroup", "treatmentarm", "trt", "intervention",
    "interventiongroup", "condition", "studygroup", "bedingung", "studienarm", "bras", "rama",
    "brazo",
)
GROUPS = (
    "balintgroup", "balintgruppe", "balintgroupid", "group", "groupid", "groupno", "groupname",
    "groupnumber", "gruppe", "gruppennr", "groupe", "grupo", "cluster", "clusterid",
)
CONTROL = re.compile(
    r"(?<![^\W_])(?:control\w*|ctrl|comparison|wait\w*|wartel\w*|warte\w*|kontroll\w*|placebo|pbo|usual|tau|"
    r"standard|sham|no[ _-]?treatment|untreated|delayed|témoin|temoin|espera)(?![^\W_])",
    re.IGNORECASE)
TREATED = re.compile(
    r"balint\w*|interventio\w*|treat\w*|experiment\w*|active|trt|verum|training|programme?",
    re.IGNORECASE)


@dataclass(frozen=True)
class Role:
    """A column that was found, and what speaks for it."""

    column: str
    evidence: str
    confidence: Literal["high", "medium", "low"]
    labels: tuple[str, ...] = ()      # of waves and arms, in order


def key_of(name: str) -> str:
    """A name without what spellings differ in.

    Examples
    --------
    >>> key_of("Participant ID"), key_of("study_id")
    ('participantid', 'studyid')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def id_columns(table: TextTable) -> Iterator[Role]:
    """The columns that could hold the participants, the most telling name first."""
    frame = table.frame
    of_responses = _of_responses(table)
    called = [name for name in map(str, frame.columns) if any(map(_is_called_code, names_of(
        table, name))) and frame[name].nunique() >= LEAST * len(frame)]
    for column in dict.fromkeys([*_ranked(table, IDS), *called]):
        cells = frame[column]
        if column in of_responses or not _can_be_ids(cells):
            continue
        without = int(cells.isna().sum())
        told = f"the column is named like one of ids; {cells.nunique()} different ids"
        told += f"; {without} of {len(cells)} rows have none and are left out" if without else ""
        sure = not without and key_of(column) in IDS and key_of(column) not in UNSURE
        yield Role(column, told, "high" if sure else "medium")
    for column in of_responses:
        if _can_be_ids(frame[column]):
            yield Role(column, "it is the number of the response, not of the person: it differs "
                       "at each wave, so that nobody can be followed", "low")


def _is_called_code(name: str) -> bool:
    words = set(re.findall(r"[^\W\d_]+", name.casefold()))
    return bool(words & WORDS_OF_IDS) and not words & WORDS_OF_OTHERS


def _of_responses(table: TextTable) -> list[str]:
    """Columns that number responses: survey programs give each response a new one."""
    known = {*IDS_OF_RESPONSES}
    if table.dialect in ("limesurvey", "microsoft_forms"):
        known.add("id")
    return [name for name in map(str, table.frame.columns) if key_of(name) in known]


def _can_be_ids(cells: pd.Series) -> bool:
    return bool(len(cells) and cells.notna().mean() >= FILLED and cells.nunique() > 1) or (
        len(cells) == 1 and bool(cells.notna().all()))


def share_alone(frame: pd.DataFrame, columns: Sequence[str]) -> float:
    """Of the rows that have an id, how many are the only one with these values."""
    rows = frame.loc[frame[columns[0]].notna(), list(columns)]
    return 1.0 if rows.empty else float(1 - rows.duplicated(keep=False).mean())


def wave_columns(table: TextTable, without: Sequence[str] = ()) -> Iterator[Role]:
    """The columns whose cells can be waves, with their values in order."""
    redcap = table.dialect in REDCAP
    asked = _asking(table, lambda words: bool(words & WORDS_OF_WAVES))
    for column in dict.fromkeys([*_ranked(table, WAVES), *asked]):
        most = MOST_EVENTS if redcap and key_of(column) in WAVES[:2] else MOST_LABELS
        cells = table.frame[column].dropna()
        events = most == MOST_EVENTS and 0 < cells.nunique() <= most and (
            cells.str.fullmatch(EVENT).all())
        labels = _are_labels(cells, column, most, least=1) and not any(
            is_full_name(value) and not speaks_of_time(value) for value in cells.unique())
        if column not in without and (events or labels):
            values = tuple(dict.fromkeys(cells))
            certain = key_of(column) in WAVES and len(values) > 1
            yield Role(column, f"the column is named like one of waves; {len(values)} different",
                       "high" if certain else "low", _in_time(values))


def _in_time(values: Sequence[str]) -> tuple[str, ...]:
    """The values in their order in time, as far as their words tell it without REDCap's arms."""
    events = {value: _event(value) for value in values}
    ordered = in_order(list(dict.fromkeys(events.values())))
    return tuple(sorted(values, key=lambda value: ordered.index(events[value])))


def _event(value: str) -> str:
    return re.sub(r"_arm_\d+$|\s*\(Arm \d+:.*\)$", "", value)


def wave_names(role: Role, table: TextTable) -> dict[str, str]:
    """Value of the export -> name of the wave; REDCap's arms are no part of it."""
    worded = table.facts[role.column].labels if role.column in table.facts else {}
    if table.dialect in REDCAP and key_of(role.column) == WAVES[0]:
        plain = {value: _event(value) for value in role.labels}
        names = plain_names(dict.fromkeys(plain.values()))
        return {value: names[event] for value, event in plain.items()}
    if worded and all(value in worded for value in role.labels):
        names = plain_names(dict.fromkeys(worded[value] for value in role.labels))
        if len(names) == len(role.labels):
            return {value: names[worded[value]] for value in role.labels}
    return numbered(role.labels, "t")


def arm_column(table: TextTable, person: str | None) -> Role | None:
    """The column whose cells can be arms: few labels, one for each person."""
    named = [*_ranked(table, ARMS), *(name for name in _ranked(table, GROUPS)
                                      if _names_arms(table.frame[name].dropna()))]
    for column in named:
        cells = table.frame[column].dropna()
        if column != person and _are_labels(cells, column, MOST_LABELS) and _one_each(
                table.frame, person, column):
            values = tuple(sorted(dict.fromkeys(cells)))
            return Role(column, f"the column is named like one of arms; {len(values)} different, "
                        "one for each person", "high" if _names_arms(cells) else "medium", values)
    return None


def group_column(table: TextTable, person: str | None, arm: Role | None) -> Role | None:
    """The column whose cells can be the groups people sat in."""
    asked = _asking(table, lambda words: "balint" in words and bool(words & WORDS_OF_GROUPS))
    for column in dict.fromkeys([*_ranked(table, GROUPS), *asked]):
        cells = table.frame[column].dropna()
        taken = (person, arm.column if arm else None)
        if column not in taken and cells.nunique() > 1 and _one_each(table.frame, person, column):
            return Role(column, f"the column is named like one of groups; {cells.nunique()} "
                        "different", "medium")
    return None


def arm_names(role: Role, table: TextTable) -> dict[str, str]:
    """Value of the export -> name of the arm."""
    worded = table.facts[role.column].labels if role.column in table.facts else {}
    if worded and all(value in worded for value in role.labels):
        names = plain_names(worded[value] for value in role.labels)
        return {value: names[worded[value]] for value in role.labels}
    return numbered(role.labels, "arm_")


def control_of(arms: Sequence[str]) -> str | None:
    """The one arm that is named like a control, where it is only one."""
    found = [arm for arm in arms if CONTROL.search(arm) and not re.search("balint", arm)]
    return found[0] if len(found) == 1 else None


# --- what cells can be ---------------------------------------------------------------------------


def names_of(table: TextTable, column: str) -> list[str]:
    """What a column is called, and what the file says of it: survey programs number questions."""
    label = table.facts[column].label if column in table.facts else None
    return [column, *([label] if label else [])]


def _ranked(table: TextTable, names: Sequence[str]) -> list[str]:
    """The columns with one of these names, in the order of the names."""
    places: dict[str, int] = {}
    for column in map(str, table.frame.columns):
        keys = {key for text in names_of(table, column) for key in (key_of(text), _unowned(text))}
        found = [names.index(key) for key in keys if key in names]
        if found:
            places[column] = min(found)
    return sorted(places, key=lambda column: places[column])


def _unowned(text: str) -> str:
    """The key of a name without the words that say whose it is."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return "".join(word for word in words if word not in WHOSE)


def _asking(table: TextTable, fits: Callable[[set[str]], bool]) -> list[str]:
    """The columns whose name or question has the words asked for."""
    return [column for column in map(str, table.frame.columns)
            if any(fits(set(re.findall(r"[^\W\d_]+", text.casefold())))
                   for text in names_of(table, column))]


def _are_labels(cells: pd.Series, column: str, most: int, least: int = 2) -> bool:
    """Few short labels, most of them more than once, none of which names somebody."""
    distinct = cells.nunique()
    if not least <= distinct <= most or cells.map(len).max() > LONGEST_LABEL:
        return False
    if distinct > 2 and distinct > len(cells) / 2:
        return False
    labels = [*cells.unique()]  # names are known by other signs where they repeat
    return not any(find_identifiers(pd.DataFrame({column: of})) for of in (labels, labels * 3))


def _names_arms(cells: pd.Series) -> bool:
    labels = cells.unique()
    return any(CONTROL.search(label) for label in labels) or (
        len(labels) <= MOST_LABELS and all(TREATED.search(label) for label in labels))


def _one_each(frame: pd.DataFrame, person: str | None, column: str) -> bool:
    """No more people with two values than slips explain."""
    if person is None:
        return True
    values = frame[[person, column]].dropna().groupby(person)[column].nunique()
    return bool(len(values) and (values > 1).mean() <= FEW_SLIPS)
