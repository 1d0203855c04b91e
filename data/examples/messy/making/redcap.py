"""REDCap: the raw export, the one with labels, and the data dictionary of both."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from making.files import csv_text, study_toml, toml_map, write
from making.programme import (
    ANSWERS,
    CAME_LATE,
    COLUMNS,
    GENDERS,
    GROUPS,
    ITEMS,
    NOT_APPLICABLE,
    NUMBERS,
    REFUSED,
    SEED,
    SURVEYED,
    programme,
    surveyed,
    told,
    unknown_year,
)

KEEPS_A_LOG, SESSIONS_RATED = 0.5, 3
EVENTS = {"baseline": "baseline_arm_1", "month6": "month6_arm_1"}
EVENT_LABELS = {"baseline": "Baseline (Arm 1: Balint groups)",
                "month6": "Month 6 (Arm 1: Balint groups)"}
REASONS_TO_JOIN = {1: "Curiosity", 2: "Colleagues", 3: "A difficult patient"}
RATINGS = {1: "Not at all", 2: "A little", 3: "Much", 4: "Very much"}
STATES = {0: "Incomplete", 1: "Unverified", 2: "Complete"}
DICTIONARY_HEADER = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)


@dataclass(frozen=True)
class RedcapField:
    """A line of the data dictionary; a checkbox makes a column for each choice."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[int, str]

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name and label of each column of the export."""
        if self.kind == "checkbox":
            return [(f"{self.name}___{code}", f"{self.label} (choice={label})")
                    for code, label in self.choices.items()]
        return [(self.name, self.label)]


def redcap_fields() -> list[RedcapField]:
    about = [
        RedcapField("record_id", "about_you", "text", "Record ID", {}),
        RedcapField("balint_group", "about_you", "dropdown", "Balint group",
                    {n: f"Group {n}" for n in range(1, GROUPS + 1)}),
        RedcapField("gender", "about_you", "radio", "Gender",
                    {code: word.capitalize() for code, word in GENDERS.items()}),
        RedcapField("entry_year", "about_you", "text", "Year in which the training began", {}),
        RedcapField("joined", "about_you", "checkbox", "Why did you join?", REASONS_TO_JOIN),
    ]
    titles = {"teq": ("empathy", "Empathy statement"), "who5": ("well_being", "Well-being item")}
    items = [RedcapField(column, titles[name][0], "radio",
                         f"{titles[name][1]} <b>{column.rpartition('_')[2]}</b>", ANSWERS[name])
             for column in COLUMNS for name in (column.partition("_")[0],)]
    log = [RedcapField("session_week", "session_log", "text", "Week of the session", {}),
           RedcapField("session_use", "session_log", "radio", "Was the session of use?", RATINGS)]
    return [*about, *items, *log]


def redcap_dictionary() -> str:
    def line(field: RedcapField) -> list[str]:
        choices = " | ".join(f"{code}, {label}" for code, label in field.choices.items())
        start = [field.name, field.form, "", field.kind, field.label, choices]
        return [*start, *[""] * (len(DICTIONARY_HEADER) - len(start))]

    return csv_text([DICTIONARY_HEADER, *map(line, redcap_fields())])


def redcap_rows(labelled: bool) -> list[list[str]]:
    """Each person's baseline, its rated sessions, and month6; the cells of other forms are empty.

    Boxes that are not ticked are 0 where the form was open, as REDCap writes them.
    """
    rng = np.random.default_rng([SEED, 3])
    rows, fields = surveyed(), redcap_fields()
    no_answer = ({REFUSED: "Refused", NOT_APPLICABLE: "Not applicable"} if labelled
                 else {REFUSED: "-99", NOT_APPLICABLE: "-98"})
    cells = told(rows.index, NUMBERS, no_answer)
    years = unknown_year(rows, "Unknown" if labelled else "UNK")
    ticked = {True: "Checked", False: "Unchecked"} if labelled else {True: "1", False: "0"}
    header, names = _redcap_header(fields, labelled)
    by_name = {field.name: field for field in fields}

    def in_words(name: str, cell: str) -> str:
        choices = by_name[name].choices if name in by_name else {}
        return choices[int(cell)] if labelled and choices and cell.isdigit() else cell

    late = set(programme().people.loc[list(CAME_LATE), "participant"])
    lines: list[list[str]] = [header]
    for row, line in rows.iterrows():
        first = line["wave"] == SURVEYED[0]
        held: dict[str, str] = {
            "record_id": line["participant"],
            "redcap_event_name": (EVENT_LABELS if labelled else EVENTS)[line["wave"]]}
        answers = {name: str(cells.loc[row, name]) for name in COLUMNS}
        boxes = rng.random(len(REASONS_TO_JOIN)) < (0.6, 0.4, 0.3)
        states = {"empathy": _state(answers, "teq", 1), "well_being": _state(answers, "who5", 0)}
        about: dict[str, str] = {}
        if first or line["participant"] in late:   # who came late told it at month6
            about = {"balint_group": str(line["group"]), "gender": str(line["gender"]),
                     "entry_year": str(years[row])}
            about |= {f"joined___{code}": ticked[bool(box)]
                      for code, box in zip(REASONS_TO_JOIN, boxes, strict=True)}
            states["about_you"] = 2
        forms = {f"{form}_complete": STATES[state] if labelled else str(state)
                 for form, state in states.items()}
        filled = held | about | answers | forms
        lines.append([in_words(name, filled.get(name, "")) for name in names])
        if first and rng.random() < KEEPS_A_LOG:
            for instance in range(1, SESSIONS_RATED + 1):
                log = held | {
                    "redcap_repeat_instrument": "Session log" if labelled else "session_log",
                    "redcap_repeat_instance": str(instance), "session_week": str(instance),
                    "session_use": str(rng.integers(1, 5)),
                    "session_log_complete": STATES[2] if labelled else "2"}
                lines.append([in_words(name, log.get(name, "")) for name in names])
    return lines


def _state(answers: Mapping[str, str], instrument: str, with_gap: int) -> int:
    items = [f"{instrument}_{n}" for n in range(1, ITEMS[instrument] + 1)]
    return 2 if all(answers[name] for name in items) else with_gap


def _redcap_header(fields: Sequence[RedcapField], labelled: bool) -> tuple[list[str], list[str]]:
    """The header as the export has it, and the names of its columns."""
    own = {"redcap_event_name": "Event Name", "redcap_repeat_instrument": "Repeat Instrument",
           "redcap_repeat_instance": "Repeat Instance"}
    pairs = [fields[0].columns[0], *own.items()]
    for form in dict.fromkeys(field.form for field in fields):
        pairs += [pair for field in fields if field.form == form and field is not fields[0]
                  for pair in field.columns]
        pairs.append((f"{form}_complete", "Complete?"))
    names = [name for name, _ in pairs]
    # exported headings have lost the HTML of the labels
    return [re.sub("<[^>]+>", "", label) for _, label in pairs] if labelled else names, names


def redcap_raw(folder: Path) -> None:
    write(folder / "export.csv", csv_text(redcap_rows(labelled=False)))
    write(folder / "dictionary.csv", redcap_dictionary())
    missing = toml_map({"-99": REFUSED, "-98": NOT_APPLICABLE, "UNK": "unknown"})
    write(folder / "study.toml", study_toml("REDCap raw", f"""
[files]
responses = "export.csv"

[reading."export.csv"]
missing = {missing}   # the missing-data codes of the project

[columns]
participant = "record_id"
wave = "redcap_event_name"
group = "balint_group"

[values.wave]
baseline_arm_1 = "baseline"
month6_arm_1 = "month6"

[instruments.teq]

[instruments.who5]
"""))


def redcap_labels(folder: Path) -> None:
    write(folder / "export_labels.csv", csv_text(redcap_rows(labelled=True)))
    write(folder / "dictionary.csv", redcap_dictionary())
    missing = toml_map({"Refused": REFUSED, "Not applicable": NOT_APPLICABLE,
                        "Unknown": "unknown"})
    waves = "\n".join(f"{json.dumps(EVENT_LABELS[wave])} = {json.dumps(wave)}"
                      for wave in SURVEYED)
    write(folder / "study.toml", study_toml("REDCap with labels", f"""
[files]
responses = "export_labels.csv"

[reading."export_labels.csv"]
dictionary = "dictionary.csv"   # turns labels into codes, and headings into the names of fields
missing = {missing}

[columns]
participant = "record_id"
wave = "redcap_event_name"
group = "balint_group"

[values.wave]
{waves}

[instruments.teq]

[instruments.who5]
"""))
