"""Exports of REDCap: raw and labelled give one table; events, arms, repeats, forms."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import TextTable
from tests.study_folder import Rows, as_csv

HEADINGS = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
            "Choices, Calculations, OR Slider Labels", "Field Note",
            "Text Validation Type OR Show Slider Number"]
DICTIONARY: Rows = [
    HEADINGS,
    ["record_id", "visit", "", "text", "Record ID", "", "", ""],
    ["who_1", "visit", "", "radio", "<b>I have felt</b> cheerful", "0, At no time | 1, <i>Some</i> "
     "of the time | 5, All of the&nbsp;time, always", "", ""],
    ["sex", "visit", "", "dropdown", "Sex", "1, female | 2, male", "", ""],
    ["agree", "visit", "", "yesno", "Do you agree?", "", "", ""],
    ["told", "visit", "", "truefalse", "Were you told?", "", "", ""],
    ["seen", "visit", "", "checkbox", "What have you seen?", "1, a leaflet | 2, a film | -9, none",
     "", ""],
    ["age", "visit", "", "text", "Age", "", "", "integer"],
    ["hint", "visit", "", "descriptive", "Thank you", "", "", ""],
    ["comment", "end", "", "notes", "Comments", "", "", ""],
]
RAW: Rows = [
    ["record_id", "redcap_event_name", "who_1", "sex", "agree", "told", "seen___1", "seen___2",
     "seen____9", "age", "visit_complete", "comment", "end_complete"],
    ["1", "pre_arm_1", "0", "1", "1", "0", "1", "0", "0", "30", "2", "fine", "1"],
    ["1", "post_arm_1", "5", "1", "0", "1", "0", "0", "1", "31", "2", "", "0"],
    ["2", "pre_arm_2", "1", "", "", "", "0", "0", "0", "", "0", "", ""],
]
LABELS: Rows = [
    ["Record ID", "Event Name", "I have felt cheerful", "Sex", "Do you agree?", "Were you told?",
     "What have you seen? (choice=a leaflet)", "What have you seen? (choice=a film)",
     "What have you seen? (choice=none)", "Age", "Complete?", "Comments", "Complete?"],
    ["1", "Pre (Arm 1: Group)", "At no time", "female", "Yes", "False", "Checked", "Unchecked",
     "Unchecked", "30", "Complete", "fine", "Unverified"],
    ["1", "Post (Arm 1: Group)", "All of the time, always", "female", "No", "True", "Unchecked",
     "Unchecked", "Checked", "31", "Complete", "", "Incomplete"],
    ["2", "Pre (Arm 2: Waiting)", "Some  of the time", "", "", "", "Unchecked", "Unchecked",
     "Unchecked", "", "Incomplete", "", ""],
]
DECLARED = Reading(dictionary="dictionary.csv")


def put(folder: Path, rows: Rows, dictionary: Rows | None = None) -> Path:
    """An export, with its dictionary beside it."""
    (folder / "dictionary.csv").write_text(as_csv(dictionary or DICTIONARY), encoding="utf-8")
    path = folder / "export.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    return path


def stops(path: Path, **declared: Any) -> list[Issue]:
    """The faults that stop the reading."""
    with pytest.raises(DataError) as caught:
        read_text(path, reading=Reading(**declared))
    return list(caught.value.issues)


def told(table: TextTable) -> list[str]:
    """The rules of what was noted."""
    return [issue.rule for issue in table.issues]


def with_labels(raw_header: bool = False) -> Rows:
    """The labelled export, with headings as labels or as names."""
    return [RAW[0], *LABELS[1:]] if raw_header else LABELS


# --- raw -----------------------------------------------------------------------------------------


def test_a_raw_export_is_left_as_it_is(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, RAW))
    assert table.dialect == "redcap"
    assert [*table.frame.columns[:-1]] == RAW[0]
    assert table.frame.drop(columns="redcap_arm").fillna("").to_numpy().tolist() == RAW[1:]
    assert table.frame["redcap_arm"].tolist() == ["1", "1", "2"]
    assert told(table) == ["dialect", "arm_added", "form_not_complete"]
    assert str(table.issues[0]) == (
        "export.csv: Read as a raw export of REDCap. Evidence: columns such as redcap_event_name. "
        "Nothing, if this is so; else declare `dialect` under [reading]. [dialect]")


def test_forms_with_answers_that_are_not_complete_are_counted(tmp_path: Path) -> None:
    issue = read_text(put(tmp_path, RAW)).issues[-1]
    # person 1 before: a comment, unverified; person 2: one answer and no ticked box; person 1
    # after has an empty form, which is no fault
    assert (issue.rule, issue.count, issue.rows) == ("form_not_complete", 2, (2, 4))
    assert issue.severity == "note"


def test_the_dictionary_says_what_the_columns_are(tmp_path: Path) -> None:
    facts = read_text(put(tmp_path, RAW), reading=DECLARED).facts
    assert facts["who_1"].label == "I have felt cheerful"
    assert dict(facts["who_1"].labels) == {
        "0": "At no time", "1": "Some of the time", "5": "All of the time, always"}
    assert (facts["who_1"].form, facts["comment"].form) == ("visit", "end")
    without = read_text(put(tmp_path, RAW)).facts
    assert (without["who_1"].form, without["comment"].form, "record_id" in without) == (
        "visit", "end", False)


def test_one_arm_adds_no_column(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, RAW[:3]))
    assert "redcap_arm" not in table.frame.columns and "arm_added" not in told(table)


def test_a_column_of_zeros_and_ones_is_nobodys_form(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, [["id", "course_complete"], ["a", "0"], ["b", "1"]]))
    assert table.dialect == "plain" and table.issues == ()
    assert read_text(put(tmp_path, [["id", "course_complete"], ["a", "yes"]])).dialect == "plain"


REPEATS: Rows = [
    ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "x", "bp"],
    ["1", "", "", "3", ""], ["1", "pressure", "1", "", "120"], ["1", "pressure", "2", "", "130"],
    ["2", "", "", "4", ""], ["2", "weight", "1", "", ""],
]


def test_rows_of_repeating_instruments_are_left_out_with_their_number(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, REPEATS))
    assert table.frame.index.tolist() == [2, 5]
    assert table.left_out == (("row of a repeating instrument", 3),)
    assert table.rows_in == 5
    issue = table.issues[-1]
    assert (issue.rule, issue.severity, issue.rows) == ("of_repeating", "note", (3, 4, 6))


def test_one_repeating_instrument_can_be_declared(tmp_path: Path) -> None:
    path = put(tmp_path, REPEATS)
    table = read_text(path, reading=Reading(repeat_instrument="pressure"))
    assert table.frame["bp"].tolist() == ["120", "130"]
    assert table.left_out == (("row of another instrument", 3),) and table.rows_in == 5
    assert [issue.rule for issue in stops(path, repeat_instrument="Pressure")] == [
        "repeating_nowhere"]
    one = put(tmp_path, RAW)
    assert [issue.rule for issue in stops(one, repeat_instrument="visit")] == ["repeating_nowhere"]


def test_missing_data_codes_are_reasons_but_not_in_the_record_id(tmp_path: Path) -> None:
    rows = [["record_id", "redcap_event_name", "x"], ["99", "pre_arm_1", "99"],
            ["2", "pre_arm_1", "NASK"]]
    table = read_text(put(tmp_path, rows), reading=Reading(
        missing={"99": "refused", "NASK": "not asked"}))
    assert table.frame["record_id"].tolist() == ["99", "2"]
    assert table.frame["x"].isna().all()
    assert table.reasons["x"].tolist() == ["refused", "not asked"]


# --- labels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw_header", [False, True])
def test_a_labelled_export_becomes_the_raw_one(raw_header: bool, tmp_path: Path) -> None:
    raw = read_text(put(tmp_path, RAW)).frame
    table = read_text(put(tmp_path, with_labels(raw_header)), reading=DECLARED)
    assert table.dialect == "redcap_labels"
    assert table.frame.drop(columns="redcap_event_name").equals(
        raw.drop(columns="redcap_event_name"))
    assert table.frame["redcap_event_name"].tolist() == [row[1] for row in LABELS[1:]]
    assert told(table) == ["dialect", "arm_added", "form_not_complete"]


def test_survey_times_and_the_quotes_of_older_versions(tmp_path: Path) -> None:
    rows = [[cell.replace("(choice=", "(choice='").replace(")", "')") if "(choice=" in cell
             else cell for cell in LABELS[0]], *LABELS[1:]]
    rows = [[row[0], row[1], extra, *row[2:]] for row, extra in zip(
        rows, ["Survey Timestamp", "2026-01-01", "", ""], strict=True)]
    table = read_text(put(tmp_path, rows), reading=DECLARED)
    assert [*table.frame.columns[:-1]] == [*RAW[0][:2], "visit_timestamp", *RAW[0][2:]]


def test_a_column_that_only_ends_like_the_status_of_a_form(tmp_path: Path) -> None:
    rows = [["record_id", "redcap_event_name", "x", "all_complete"], ["1", "pre_arm_1", "3", "no"]]
    table = read_text(put(tmp_path, rows))
    assert table.dialect == "redcap" and told(table) == ["dialect"]


def test_codes_under_labelled_headings(tmp_path: Path) -> None:
    raw = read_text(put(tmp_path, RAW)).frame
    table = read_text(put(tmp_path, [LABELS[0], *RAW[1:]]), reading=DECLARED)
    assert table.frame.equals(raw)


def test_without_a_dictionary_labels_stay_text(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, LABELS))
    assert "no_dictionary" in told(table)
    assert "Complete? (2)" in table.frame.columns and "redcap_event_name" in table.frame.columns
    assert table.frame.loc[2, "I have felt cheerful"] == "At no time"


def test_labels_that_the_dictionary_does_not_have(tmp_path: Path) -> None:
    rows = [list(row) for row in LABELS]
    rows[1][2], rows[3][2], rows[2][3] = "at no time", "Quetzal", "Quetzal"
    issues = stops(put(tmp_path, rows), dictionary="dictionary.csv")
    assert [(issue.rule, issue.column, issue.rows) for issue in issues] == [
        ("unknown_label", "who_1", (2, 4)), ("unknown_label", "sex", (3,))]
    assert str(issues[0]) == (
        "export.csv, column 'who_1', rows 2, 4: 2 cells hold a label that the dictionary does not "
        "have for this field. If it is the label of a missing-data code, declare it with `missing` "
        "under [reading]; else use the dictionary of this export, or export the raw data. "
        "[unknown_label]")
    assert "Quetzal" not in repr(issues)


def test_labels_of_missing_data_codes_are_declared(tmp_path: Path) -> None:
    rows = [list(row) for row in LABELS]
    rows[1][2], rows[2][9] = "Refused (-99)", "Refused (-99)"
    table = read_text(put(tmp_path, rows), reading=Reading(
        dictionary="dictionary.csv", missing={"Refused (-99)": "refused"}))
    assert table.frame["who_1"].fillna("").tolist() == ["", "5", "1"]
    assert table.reasons.fillna("").to_dict("list") == {
        "who_1": ["refused", "", ""], "age": ["", "refused", ""]}


def test_a_label_of_two_codes_is_not_guessed(tmp_path: Path) -> None:
    dictionary = [list(row) for row in DICTIONARY]
    dictionary[3][5] = "1, female | 2, male | 3, female"
    issues = stops(put(tmp_path, LABELS, dictionary), dictionary="dictionary.csv")
    assert [(issue.rule, issue.column, issue.count) for issue in issues] == [
        ("label_of_two_codes", "sex", 2)]
    unused = [list(row) for row in LABELS]
    unused[1][3] = unused[2][3] = "male"
    table = read_text(put(tmp_path, unused, dictionary), reading=DECLARED)
    assert table.frame["sex"].fillna("").tolist() == ["2", "2", ""]


def test_headings_that_are_no_label_or_two(tmp_path: Path) -> None:
    dictionary = [*DICTIONARY, ["age_2", "end", "", "text", "<u>Age</u>", "", "", ""]]
    rows = [[*LABELS[0][:-1], "Quetzal", "Complete?"],
            *([*row[:-1], "", row[-1]] for row in LABELS[1:])]
    issues = stops(put(tmp_path, rows, dictionary), dictionary="dictionary.csv")
    assert [str(issue) for issue in issues] == [
        "export.csv: The heading of 1 column is the label of more than one field of the dictionary "
        "(column 10). Export with the names of the fields as headings, or export the raw data. "
        "[label_of_two_fields]",
        "export.csv: The heading of 1 column is in the dictionary neither as a field nor as a "
        "label (column 13). Use the dictionary of this export, or export the raw data. "
        "[unknown_heading]"]


def test_a_dictionary_that_cannot_be_read(tmp_path: Path) -> None:
    path = put(tmp_path, LABELS)
    assert [issue.file for issue in stops(path, dictionary="nowhere.csv")] == ["nowhere.csv"]
    assert {issue.rule for issue in stops(path, dictionary="export.csv")} == {"redcap_columns"}
    plain = put(tmp_path, [["id", "x"], ["a", "1"]])
    assert [issue.rule for issue in stops(plain, dictionary="dictionary.csv")] == [
        "not_of_this_format"]


# --- any answers ---------------------------------------------------------------------------------

word = st.text("abcdefXYZ äé-.'/", min_size=1, max_size=8).map(lambda text: " ".join(text.split()))


@st.composite
def projects(draw: st.DrawFn) -> tuple[Rows, Rows, Rows]:
    """A dictionary, and one set of answers exported raw and with labels."""
    dictionary, raw, labelled = [HEADINGS], [["record_id"]], [["Record ID"]]
    dictionary.append(["record_id", "first", "", "text", "Record ID", "", "", ""])
    rows = draw(st.integers(1, 5))
    raw += [[str(i + 1)] for i in range(rows)]
    labelled += [[str(i + 1)] for i in range(rows)]

    def column(name: str, heading: str, options: list[tuple[str, str]], empty: bool = True) -> None:
        picked = draw(st.lists(st.sampled_from([*options, ("", "")] if empty else options),
                               min_size=rows, max_size=rows))
        for table, first, part in ((raw, name, 0), (labelled, heading, 1)):
            table[0].append(first)
            for row, pair in zip(table[1:], picked, strict=True):
                row.append(pair[part])

    for form in ("first", "second"):
        kinds = draw(st.lists(st.sampled_from(
            ["radio", "dropdown", "yesno", "truefalse", "checkbox", "text"]), min_size=1,
            max_size=4))
        for n, kind in enumerate(kinds):
            name, question = f"{form}_{n}", f"{form} question {n}, really?"
            labels = draw(st.lists(word.filter(bool), min_size=1, max_size=4, unique=True))
            codes = draw(st.lists(st.integers(-9, 99), min_size=len(labels), max_size=len(labels),
                                  unique=True))
            choices = list(zip(map(str, codes), labels, strict=True))
            shown = " | ".join(f"{code}, <b>{label}</b>" for code, label in choices)
            with_choices = kind in ("radio", "dropdown", "checkbox")
            dictionary.append([name, form, "", kind, f"<p>{question}</p>",
                               shown if with_choices else "", "", ""])
            if kind == "checkbox":
                for code, label in choices:
                    column(f"{name}___{code.replace('-', '_')}", f"{question} (choice={label})",
                           [("1", "Checked"), ("0", "Unchecked")], empty=False)
            else:
                column(name, question, {
                    "yesno": [("1", "Yes"), ("0", "No")],
                    "truefalse": [("1", "True"), ("0", "False")],
                    "text": [("31", "31"), ("yes", "yes"), ("0", "0")],
                }.get(kind, choices))
        column(f"{form}_complete", "Complete?", [
            ("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete")], empty=False)
    return dictionary, raw, labelled


@settings(deadline=None, max_examples=40)
@given(projects(), st.booleans())
def test_any_answers_exported_both_ways_give_one_table(
    tmp_path_factory: pytest.TempPathFactory, project: tuple[Rows, Rows, Rows], named: bool
) -> None:
    dictionary, raw, labelled = project
    folder = tmp_path_factory.mktemp("redcap")
    shown = [raw[0], *labelled[1:]] if named else labelled
    table = read_text(put(folder, shown, dictionary), reading=DECLARED)
    expected = read_text(put(folder, raw, dictionary), reading=Reading(
        dialect="redcap", dictionary="dictionary.csv"))
    assert table.frame.equals(expected.frame)
    assert table.facts == expected.facts
