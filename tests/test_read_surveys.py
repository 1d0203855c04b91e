"""Exports of Qualtrics, LimeSurvey, Google Forms and Microsoft Forms."""

import json
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Dialect, Reading
from balint_research.study.read.table import TextTable
from tests.study_folder import Rows, as_csv


def put(folder: Path, rows: Rows, mark: str = ",") -> Path:
    """An export as CSV."""
    path = folder / "export.csv"
    path.write_text(as_csv(rows, mark), encoding="utf-8")
    return path


def stops(path: Path, **declared: Any) -> list[Issue]:
    """The faults that stop the reading."""
    with pytest.raises(DataError) as caught:
        read_text(path, reading=Reading(**declared))
    return list(caught.value.issues)


def told(table: TextTable) -> list[tuple[str, tuple[int, ...]]]:
    """The rules of what was noted, with their lines."""
    return [(issue.rule, issue.rows) for issue in table.issues]


def ids(*names: str) -> list[str]:
    """Line 3 of an export of Qualtrics."""
    return [json.dumps({"ImportId": name, "timeZone": "Europe/Berlin"}) for name in names]


# --- Qualtrics -----------------------------------------------------------------------------------

QUALTRICS: Rows = [
    ["StartDate", "Status", "Finished", "ResponseId", "Q1", "Q1_3_TEXT"],
    ["Anfangsdatum", "Antworttyp", "Beendet", "Antwort-ID", "How are\nyou?", "How are you? - Text"],
    ids("startDate", "status", "finished", "_recordId", "QID1", "QID1_3_TEXT"),
    ["2026-01-01 10:00:00", "0", "1", "R_1", "3", "two\nlines"],
    ["2026-01-01 11:00:00", "1", "1", "R_2", "4", ""],
    ["2026-01-01 12:00:00", "0", "0", "R_3", "5", ""],
    ["2026-01-01 13:00:00", "4", "1", "R_4", "1", ""],
    ["2026-01-01 14:00:00", "8", "0", "R_5", "2", ""],
]


def test_three_header_lines_and_rows_that_are_no_responses(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, QUALTRICS))
    assert table.dialect == "qualtrics"
    assert table.frame.index.tolist() == [4, 7]
    assert table.frame["Q1"].tolist() == ["3", "1"]
    assert table.left_out == (("preview, test or spam", 2), ("not sent off", 1))
    assert table.rows_in == 5
    assert told(table) == [("dialect", ()), ("no_response", (5, 8)), ("unfinished", (6,))]
    assert table.facts["Q1"].label == "How are\nyou?"
    assert str(table.issues[0]) == (
        "export.csv: Read as an export of Qualtrics. Evidence: line 3 holds the ImportId of each "
        "column. Nothing, if this is so; else declare `dialect` under [reading]. [dialect]")
    assert str(table.issues[1]) == (
        "export.csv, column 'Status', rows 5, 8: 2 rows are left out: previews, tests or spam, no "
        "responses. Nothing, if this is meant. [no_response]")


def test_unfinished_responses_can_be_kept_and_previews_cannot(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, QUALTRICS), reading=Reading(unfinished="keep"))
    assert table.frame["ResponseId"].tolist() == ["R_1", "R_3", "R_4"]
    assert table.left_out == (("preview, test or spam", 2),)


@pytest.mark.parametrize(("status", "finished", "used"), [
    ("IP Address", "True", True), ("Survey Preview", "True", False), ("Spam", "True", False),
    ("Survey Test", "True", False), ("Imported", "TRUE", True), ("Offline", "true", True),
    ("IP Address", "False", False), ("IP Address", "FALSE", False), ("16", "1", True),
    ("17", "1", False), ("32", "1", True), ("36", "1", True), ("40", "1", False),
    ("2", "1", False), ("12", "1", False), ("Umfragenvorschau", "Wahr", False),
    ("IP Address", "Falsch", False), ("", "", True),
])
def test_each_status_in_codes_and_words(
    status: str, finished: str, used: bool, tmp_path: Path
) -> None:
    row = ["2026-01-01 10:00:00", status, finished, "R_9", "3", ""]
    table = read_text(put(tmp_path, [*QUALTRICS[:4], row]))
    assert ("R_9" in set(table.frame["ResponseId"])) is used
    assert "response_status" not in [issue.rule for issue in table.issues]


@pytest.mark.parametrize("status", ["Quetzal", "64", "99"])
def test_a_status_that_is_not_known_is_used_and_told(status: str, tmp_path: Path) -> None:
    row = ["2026-01-01 10:00:00", status, "1", "R_9", "3", ""]
    table = read_text(put(tmp_path, [*QUALTRICS[:4], row]))
    assert told(table)[1:] == [("response_status", (5,))] and len(table.frame) == 2
    assert status not in repr(table.issues)


def test_rows_without_any_response_stop(tmp_path: Path) -> None:
    issues = stops(put(tmp_path, [*QUALTRICS[:3], QUALTRICS[4], QUALTRICS[5]]))
    assert str(issues[0]) == (
        "export.csv: Not one of the 2 rows is used: preview, test or spam (1), not sent off (1). "
        "Export the responses, or correct [reading]. [all_left_out]")
    for lines in (1, 2, 3):
        assert [issue.rule for issue in stops(put(tmp_path, QUALTRICS[:lines]))] == ["no_rows"]


def test_columns_of_one_name_are_told_apart_by_their_import_id(tmp_path: Path) -> None:
    rows = [[*row, extra] for row, extra in zip(QUALTRICS, [
        "Q1", "Again", ids("QID7")[0], "9", "9", "9", "9", "9"], strict=True)]
    table = read_text(put(tmp_path, rows))
    assert list(table.frame.columns)[4:] == ["QID1", "Q1_3_TEXT", "QID7"]
    assert [issue.what for issue in table.issues if issue.rule == "two_names"] == [
        "The columns 5 and 7 have one name; they were named by their ImportId."]
    assert table.facts["QID7"].label == "Again"
    rows[2][6] = rows[2][4]
    assert [issue.rule for issue in stops(put(tmp_path, rows))] == ["duplicate_column"]


def test_an_export_for_a_spreadsheet_has_two_header_lines_or_one(tmp_path: Path) -> None:
    two = read_text(put(tmp_path, [*QUALTRICS[:2], *QUALTRICS[3:]]))
    assert two.frame.index.tolist() == [3, 6] and two.facts["Q1"].label == "How are\nyou?"
    one = read_text(put(tmp_path, [QUALTRICS[0], *QUALTRICS[3:]]))
    assert one.frame.index.tolist() == [2, 5] and one.dialect == "qualtrics"
    assert one.facts == {}


def test_the_file_of_spss_says_what_finished_means(tmp_path: Path) -> None:
    frame = pd.DataFrame({"StartDate": ["2026-01-01"] * 2, "ResponseId": ["R_1", "R_2"],
                          "Finished": [0.0, 1.0], "Q1": [3.0, 4.0]})
    words: dict[str, dict[Any, str]] = {"Finished": {0: "False", 1: "True"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=words)
    assert read_text(tmp_path / "a.sav").frame["ResponseId"].tolist() == ["R_2"]
    words = {"Finished": {0: "Completed", 1: "Not completed"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=words)
    assert len(read_text(tmp_path / "a.sav").frame) == 2


@pytest.mark.parametrize("rows", [
    [["id", "StartDate", "EndDate", "Status"], ["a", "2026-01-01", "2026-02-01", "test"]],
    [["id", "Complete?", "Event Name"], ["a", "yes", "Complete"]],
    [["id", "Complete?"], ["a", "1"], ["b", "0"]],
    [["id", "timestamp", "x"], ["a", "1", "2"]],
    [["V1", "V2"], ["1", "2"]],
])
def test_a_table_made_by_hand_is_nobodys_export(rows: Rows, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, rows))
    assert table.dialect == "plain" and table.issues == ()
    assert len(table.frame) == len(rows) - 1 and list(table.frame.columns) == rows[0]


LEGACY: Rows = [
    ["V1", "V2", "V7", "V10", "Q1", "Q2", ""],
    ["ResponseID", "ResponseSet", "Status", "Finished", "How are you?", "Why?", ""],
    ["R_1", "Default", "0", "1", "3", "well", ""], ["R_2", "Default", "1", "1", "4", "", ""],
    ["R_3", "Default", "0", "0", "5", "", ""],
]


def test_the_older_export_of_qualtrics(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, LEGACY))
    assert table.dialect == "qualtrics_legacy"
    assert list(table.frame.columns) == [
        "ResponseID", "ResponseSet", "Status", "Finished", "Q1", "Q2"]
    assert table.frame.index.tolist() == [3] and table.rows_in == 3
    assert table.facts["Q1"].label == "How are you?"


answers = st.lists(st.lists(st.one_of(st.integers(1, 7).map(str), st.sampled_from([
    "", "Strongly agree", "1,3", "a \"quoted\" word", "two\nlines"])), min_size=3, max_size=3),
    min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(answers, st.sampled_from([",", ";", "\t"]))
def test_any_answers_are_those_of_the_plain_table(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, mark: str
) -> None:
    folder = tmp_path_factory.mktemp("qualtrics")
    header = ["ResponseId", "Status", "Finished", "Q1", "Q2_1", "Q2_2"]
    full = [[f"R_{i}", "0", "1", *row] for i, row in enumerate(rows)]
    plain = read_text(put(folder, [header, *full], mark), reading=Reading(dialect="plain")).frame
    questions = ["ID", "Type", "Done", "How, when?", "Why;\nnot?", "Or so"]
    three = [header, questions, ids("_recordId", "status", "finished", "QID1", "QID2_1", "QID2_2")]
    table = read_text(put(folder, [*three, *full], mark))
    assert table.frame.reset_index(drop=True).equals(plain.reset_index(drop=True))
    assert (table.frame.index == plain.index + 2).all()


# --- LimeSurvey ----------------------------------------------------------------------------------

LIME: Rows = [
    ["id", "submitdate", "lastpage", "startlanguage", "seed", "G1Q1[SQ001]", "G1Q1[SQ002]"],
    ["1", "2026-01-01 10:00:00", "3", "en", "17", "A1", "A5"],
    ["2", "", "1", "en", "18", "A2", "N/A"], ["3", "N/A", "2", "en", "19", "A3", ""],
]
FULL = ["Response ID", "Date submitted", "Last page", "Start language", "Seed",
        "How are you? [at home]", "How are you? [at work]"]
GERMAN = ["Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache",
          "Zufallsgeneratorstartwert", *FULL[5:]]


@pytest.mark.parametrize("header", [LIME[0], FULL, GERMAN])
def test_responses_of_limesurvey_that_were_not_sent_off(header: list[str], tmp_path: Path) -> None:
    table = read_text(put(tmp_path, [header, *LIME[1:]], ";"))
    assert table.dialect == "limesurvey"
    assert list(table.frame.columns) == header
    assert table.frame[header[5]].tolist() == ["A1"]  # its own codes, as they stand there
    assert table.left_out == (("not sent off", 2),) and table.rows_in == 3
    assert told(table) == [("dialect", ()), ("unfinished", (3, 4))]
    kept = read_text(tmp_path / "export.csv", reading=Reading(unfinished="keep"))
    assert len(kept.frame) == 3 and kept.left_out == ()


def test_headings_with_code_and_question_are_reduced_to_the_code(tmp_path: Path) -> None:
    header = [f"{code}. {text}" for code, text in zip(LIME[0], FULL, strict=True)]
    table = read_text(put(tmp_path, [header, *LIME[1:]]))
    assert list(table.frame.columns) == LIME[0] and len(table.frame) == 1
    assert table.facts["G1Q1[SQ002]"].label == "How are you? [at work]"


def test_questions_with_subquestions_and_nothing_else(tmp_path: Path) -> None:
    rows = [["id", "Q1[SQ001]", "Q1[SQ002]"], ["1", "A1", "A2"]]
    table = read_text(put(tmp_path, rows))
    assert table.dialect == "limesurvey" and table.left_out == ()


def test_a_column_without_code_leaves_all_headings_as_they_are(tmp_path: Path) -> None:
    header = ["id", "submitdate", "lastpage", "Q1. How?", "Q2"]
    table = read_text(put(tmp_path, [header, ["1", "2026-01-01", "1", "A1", "A2"]]))
    assert list(table.frame.columns) == header and table.dialect == "limesurvey"


# --- forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "dialect"), [
    (["Timestamp", "How are you?", "Why?"], "google_forms"),
    (["Zeitstempel", "Wie geht es?", "Warum?"], "google_forms"),
    (["Horodateur", "Ça va ?", "Pourquoi ?"], "google_forms"),
    (["ID", "Start time", "Completion time", "Email", "Name", "How?"], "microsoft_forms"),
    (["ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Wie?"], "microsoft_forms"),
    (["ID", "Start time", "x"], "plain"),
])
def test_forms_are_recognised_and_keep_their_questions(
    header: list[str], dialect: str, tmp_path: Path
) -> None:
    table = read_text(put(tmp_path, [header, [str(i) for i in range(len(header))]]))
    assert table.dialect == dialect and list(table.frame.columns) == header
    assert told(table) == ([] if dialect == "plain" else [("dialect", ())])


def test_a_question_that_was_asked_twice(tmp_path: Path) -> None:
    rows = [["Timestamp", "How are you?", "How are you?"], ["now", "1", "2"]]
    issues = stops(put(tmp_path, rows))
    assert [issue.rule for issue in issues] == ["duplicate_column"]
    assert "How are you" not in repr(issues)


# --- declared ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["qualtrics", "qualtrics_legacy"])
def test_a_declared_dialect_that_cannot_be(dialect: Dialect, tmp_path: Path) -> None:
    issues = stops(put(tmp_path, [["id", "x"], ["a", "1"]]), dialect=dialect)
    assert [issue.rule for issue in issues] == ["dialect_nowhere"]
    assert "which is declared" in issues[0].what


def test_a_declared_dialect_wins(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, LIME), reading=Reading(dialect="plain"))
    assert table.dialect == "plain" and len(table.frame) == 3 and table.issues == ()
    table = read_text(put(tmp_path, [["record_id", "x"], ["1", "2"]]),
                      reading=Reading(dialect="redcap"))
    assert table.dialect == "redcap"
    assert table.issues[0].evidence == "declared in study.toml"


def test_header_lines_are_for_plain_tables(tmp_path: Path) -> None:
    issues = stops(put(tmp_path, QUALTRICS), dialect="qualtrics", header_lines=2)
    assert [issue.rule for issue in issues] == ["not_of_this_format"]


def test_no_note_holds_a_cell_or_a_question(tmp_path: Path) -> None:
    for rows in (QUALTRICS, LEGACY, LIME):
        poisoned = [*rows[:1], *([f"{cell}Quetzal" if cell.startswith(("How", "A")) else cell
                                  for cell in row] for row in rows[1:])]
        assert "Quetzal" not in repr(read_text(put(tmp_path, poisoned)).issues)


# --- whatever stands in them ---------------------------------------------------------------------

OWN_NAMES = [
    "StartDate", "EndDate", "Status", "Finished", "ResponseId", "RecordedDate", "Progress", "V1",
    "V2", "Q1", "id", "submitdate", "lastpage", "startlanguage", "Response ID", "Date submitted",
    "Last page", "Q1[SQ1]", "Q1[SQ2]", "Q1. How?", "Timestamp", "ID", "Start time",
    "Completion time", "record_id", "redcap_event_name", "redcap_repeat_instrument",
    "redcap_repeat_instance", "redcap_arm", "form_complete", "_complete", "box___1", "Event Name",
    "Repeat Instrument", "Complete?", "Survey Timestamp", "Record ID", "", "x",
]
OWN_CELLS = [
    "", "0", "1", "2", "8", "99", "A1", "N/A", "1,5", "2.5", "True", "False", "Survey Preview",
    "pre_arm_1", "post_arm_2", "Pre (Arm 1: A)", "Pre (Arm 2: B)", "Complete", "Incomplete",
    "Checked", "form", "2026-01-01", "ResponseID", "Finished", '{"ImportId":"QID1"}', "words",
    '{"ImportId": 3}', "a\nb",
]


@st.composite
def exports(draw: st.DrawFn) -> Rows:
    """A header of names that survey programs write, over cells that they write."""
    beginning = draw(st.sampled_from([
        [], ["Timestamp"], ["V1", "V2"], ["ID", "Start time", "Completion time"],
        ["id", "submitdate", "lastpage"], ["ResponseId", "Status", "Finished"],
        ["record_id", "redcap_event_name", "redcap_repeat_instrument"],
        ["Record ID", "Event Name", "Repeat Instrument", "Complete?"]]))
    others = draw(st.lists(st.sampled_from(OWN_NAMES), min_size=2, max_size=5, unique=True))
    header = list(dict.fromkeys([*beginning, *others]))
    row = st.lists(st.sampled_from(OWN_CELLS), min_size=len(header), max_size=len(header)).filter(
        any)
    below = [["ResponseID", *header[1:]]] if beginning == ["V1", "V2"] else []
    if beginning[:1] == ["ResponseId"] and draw(st.booleans()):
        below = [[f"What of {name}?" for name in header], ids(*(f"QID{i}" for i in range(
            len(header))))]
    return [header, *below, *draw(st.lists(row, min_size=1, max_size=6))]


DICTIONARY: Rows = [
    ["Variable / Field Name", "Form Name", "Field Type", "Field Label",
     "Choices, Calculations, OR Slider Labels"],
    ["record_id", "form", "text", "Record ID", ""], ["x", "form", "radio", "", "1, A1 | 2, words"],
    ["box", "form", "checkbox", "Box", "1, one"], ["Q1", "", "yesno", "How?", ""],
]


@settings(deadline=None, max_examples=200)
@given(exports(), st.sampled_from([*[None] * 20, *get_args(Dialect)]),
       st.sampled_from([False] * 5 + [True]), st.sampled_from([False] * 5 + [True]),
       st.sampled_from([*[None] * 8, "form", "words"]))
def test_every_row_is_used_or_counted_and_nothing_else_is_raised(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, dialect: Dialect | None, kept: bool,
    with_dictionary: bool, repeat: str | None,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "dictionary.csv").write_text(as_csv(DICTIONARY), encoding="utf-8")
    reading = Reading(
        dialect=dialect, unfinished="keep" if kept else "leave_out", repeat_instrument=repeat,
        dictionary="dictionary.csv" if with_dictionary else None, missing={"99": "refused"})
    try:
        table = read_text(put(folder, rows), reading=reading)
    except DataError as fault:
        assert fault.issues and all(issue.severity == "stop" for issue in fault.issues)
        return
    headers = len(rows) - table.rows_in
    most = {"qualtrics": 3, "qualtrics_legacy": 2}.get(table.dialect, 1)
    assert 1 <= headers <= most
    assert table.frame.index.min() > headers and table.frame.index.is_unique
    assert table.frame.columns.is_unique and set(table.reasons.columns) <= set(table.frame.columns)
    assert table.reasons.index.equals(table.frame.index)
    for name, column in table.reasons.items():
        assert table.frame.loc[column.notna(), str(name)].isna().all()
    assert all(issue.severity != "stop" for issue in table.issues)
