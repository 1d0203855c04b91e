"""What `study.toml` says about how a file is read, and why an answer is missing."""

from pathlib import Path

import pytest

from balint_research.errors import StudyError
from balint_research.study.validate import check_data, read_data
from tests.study_folder import TOML, responses, tables, texts, write

WORDS = {str(code): f"Label  {code}" for code in range(6)}
LABELS = 'labels = {"label 0" = 0, "Label 1" = 1, "LABEL 2" = 2, "Label 3" = 3, "Label 4" = 4, ' \
         '"Label 5" = 5}\n'


def rules(folder: Path, toml: str, files: dict[str, list[list[str]]] | None = None) -> list[str]:
    """The rules of what is told of the study."""
    return [issue.rule for issue in check_data(write(folder, files, toml))[1]]


def faults(folder: Path, toml: str) -> list[str]:
    """The faults of study.toml without their number."""
    with pytest.raises(StudyError) as caught:
        write(folder, toml=toml)
    return [line.partition(". ")[2] for line in str(caught.value).splitlines()[1:]]


def changed(cell: str, row: int = 1, column: int = 2) -> dict[str, list[list[str]]]:
    """The study with another cell in its responses."""
    files = tables()
    files["responses.csv"][row][column] = cell
    return files


def test_labels_give_the_same_answers_as_codes(tmp_path: Path) -> None:
    expected = read_data(write(tmp_path)).responses
    files = tables()
    for row in files["responses.csv"][1:]:
        row[2:] = [WORDS[cell] for cell in row[2:]]
    assert read_data(write(tmp_path, files, TOML + LABELS)).responses.equals(expected)


def test_a_label_that_is_not_declared_stops_the_run(tmp_path: Path) -> None:
    issues = check_data(write(tmp_path, changed("label 6"), TOML + LABELS))[1]
    assert [issue.rule for issue in issues] == ["text_answers"]
    assert "`labels` under [instruments.who5]" in issues[0].do
    assert "label 6" not in str(issues[0])


def test_labels_and_reasons_that_cannot_be_right(tmp_path: Path) -> None:
    toml = TOML + 'labels = {" " = 1, "far" = 9}\nmissing_codes = {8 = " "}\n'
    assert faults(tmp_path, toml) == [
        "instruments.who5.labels: a label is empty",
        "instruments.who5.labels: 'far' becomes a code that WHO-5 does not have; allowed: whole "
        "numbers 0 to 5",
        "instruments.who5.missing_codes: a reason is empty",
    ]


def test_a_missing_code_keeps_its_reason(tmp_path: Path) -> None:
    toml = TOML + 'missing_codes = {8 = "refused", 9 = "not applicable"}\n'
    files = changed("8")
    files["responses.csv"][20][4] = "9"
    data = read_data(write(tmp_path, files, toml))
    first, second = files["responses.csv"][1], files["responses.csv"][20]
    assert data.missing_reasons.to_dict("records") == [
        {"participant": first[0], "wave": first[1], "rater": "self", "instrument": "who5",
         "item": 1, "reason": "refused"},
        {"participant": second[0], "wave": second[1], "rater": "self", "instrument": "who5",
         "item": 3, "reason": "not applicable"},
    ]


def test_a_text_that_means_no_answer_keeps_its_reason_too(tmp_path: Path) -> None:
    toml = TOML + '[reading."responses.csv"]\nmissing = {REF = "refused"}\n'
    data = read_data(write(tmp_path, changed("REF"), toml))
    assert data.missing_reasons[["instrument", "item", "reason"]].to_numpy().tolist() == [
        ["who5", 1, "refused"]]
    assert data.responses["who5_1"].isna().sum() == 1


def test_without_reasons_there_is_an_empty_frame(tmp_path: Path) -> None:
    reasons = read_data(write(tmp_path)).missing_reasons
    assert reasons.empty
    assert list(reasons) == ["participant", "wave", "rater", "instrument", "item", "reason"]


def test_an_ignored_column_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    expected = read_data(write(tmp_path)).responses
    rows = [[*row, "IPAddress" if i == 0 else "192.0.2.1"] for i, row in enumerate(responses())]
    files = tables() | {"responses.csv": rows}
    assert rules(tmp_path, TOML, files) == ["direct_identifier"]
    toml = TOML + '[reading."responses.csv"]\nignore = ["IPAddress"]\n'
    data = read_data(write(tmp_path, files, toml))
    assert data.responses.equals(expected)
    assert [issue.rule for issue in data.issues] == ["ignored_columns"]
    assert rules(tmp_path, toml, tables()) == ["ignored_nowhere"]


def test_declared_reading_that_cannot_be_right(tmp_path: Path) -> None:
    toml = TOML + """
[reading."other.csv"]
[reading."responses.csv"]
dialect = "qualtrics"
dictionary = "../dictionary.csv"
repeat_instrument = "x"
header_lines = 0
missing = {"" = "refused"}
ignore = [" "]
"""
    assert faults(tmp_path, toml) == [
        'reading."other.csv": [files] names no such file; allowed: attendance.csv, '
        "participants.csv, responses.csv, sessions.csv",
        'reading."responses.csv".dictionary: must be a file inside the folder of the study',
        'reading."responses.csv".dictionary: is of REDCap only; the dialect is qualtrics',
        'reading."responses.csv".repeat_instrument: is of REDCap only; the dialect is qualtrics',
        'reading."responses.csv".header_lines: must be from 1 to 5',
        'reading."responses.csv".missing: a text and its reason must not be empty',
        'reading."responses.csv".ignore: a name is empty',
    ]


def test_a_proposal_that_nobody_confirmed_stops_the_run(tmp_path: Path) -> None:
    toml = TOML.replace("[arms]", "confirmed = false\n[arms]")
    assert rules(tmp_path, toml, changed("6")) == ["not_confirmed", "range"]
    assert rules(tmp_path, toml.replace("false", "true")) == []


def test_each_wave_may_be_a_sheet_of_one_workbook(tmp_path: Path) -> None:
    from openpyxl import Workbook

    expected = read_data(write(tmp_path)).responses
    book = Workbook()
    del book["Sheet"]
    header, *rows = responses()
    for wave in ("pre", "post"):
        sheet = book.create_sheet(wave.title())
        sheet.append([name for name in header if name != "wave"])
        for who, when, *cells in rows:
            if when == wave:
                sheet.append([who, *map(int, cells)])
    book.save(tmp_path / "waves.xlsx")
    toml = TOML.replace('responses = "responses.csv"',
                        'responses = {pre = "waves.xlsx#Pre", post = "waves.xlsx#Post"}')
    data = read_data(write(tmp_path, toml=toml))
    assert data.responses.equals(expected)
    assert data.files.loc[data.files["table"] == "responses", "file"].tolist() == [
        "waves.xlsx#Pre", "waves.xlsx#Post"]
    missing = TOML.replace('responses = "responses.csv"',
                           'responses = {pre = "waves.xlsx#Pre", post = "waves.xlsx#Other"}')
    assert "unknown_sheet" in rules(tmp_path, missing)


def test_a_sheet_lies_inside_the_folder_of_the_study(tmp_path: Path) -> None:
    toml = TOML.replace('"responses.csv"', '"../waves.xlsx#Pre"')
    assert faults(tmp_path, toml) == [
        "files.responses: must be a file inside the folder of the study"]


def test_the_key_of_linked_codes_is_refused(tmp_path: Path) -> None:
    files = tables()
    for row in files["participants.csv"]:
        row.append("balint_link_key" if row[0] == "participant" else "1")
    issues = check_data(write(tmp_path, files))[1]
    assert [issue.rule for issue in issues] == ["link_key"]
    assert texts(issues)[0].startswith("participants.csv: This is the key of linked codes")


