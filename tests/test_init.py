"""`balint init`: a study to fill in, and one proposed from exports. All answers are synthetic."""

import csv
import hashlib
import io
import json
import random
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from balint_research.cli import starting as starting  # registers the command
from balint_research.cli.main import app
from balint_research.errors import DataError, ScoringError, StudyError
from balint_research.scoring.library import load_instrument
from balint_research.study.propose.blank import blank_study
from balint_research.study.propose.propose import Proposal, propose_study
from balint_research.study.study import read_study
from balint_research.study.validate import check_data, read_data
from tests.study_folder import as_csv

Rows = list[list[Any]]
SECRET = "xyzzy"
WHO5 = [f"who5_{n}" for n in range(1, 6)]
GAD7 = list(load_instrument("gad7").response.anchors.values())
TEQ = list(load_instrument("teq").response.anchors.values())


def balint(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def drawn(codes: Sequence[Any], count: int, seed: int) -> list[Any]:
    """Answers of one row; every code comes up over a few rows."""
    return random.Random(seed).choices(codes, k=count)


def write(folder: Path, name: str, rows: Rows, mark: str = ",") -> Path:
    path = folder / name
    path.write_text(as_csv([[str(cell) for cell in row] for row in rows], mark), encoding="utf-8")
    return path


def before_and_after(
    items: Sequence[str] = WHO5, codes: Sequence[Any] = range(6), people: int = 20,
    head: Sequence[str] = ("participant", "wave"), waves: Sequence[Any] = ("pre", "post"),
) -> Rows:
    rows: Rows = [[*head, *items]]
    return rows + [[f"p{person:02}", wave, *drawn(codes, len(items), person * 7 + later)]
                   for person in range(people) for later, wave in enumerate(waves)]


def said(proposal: Proposal) -> dict[str, Any]:
    return tomllib.loads(proposal.toml)


def told(proposal: Proposal) -> str:
    """The text with every comment on one line."""
    return proposal.toml.replace("\n#   ", " ")


def everything(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


# --- an empty study ------------------------------------------------------------------------------

FILLED = {
    '"FILL IN: the title of the study"': '"A study"', 'design = "FILL IN"':
    'design = "individually_randomised"', '"baseline", "FILL IN"': '"baseline", "month6"',
    '"FILL IN: instrument.scale"': '"teq.total"', 'control = "FILL IN"': 'control = "waitlist"',
    '"FILL IN: the treated arm"': '"balint"', 'instruments."FILL IN"': "instruments.teq",
}


def filled(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    assert '"FILL IN' not in text
    return text


def test_an_empty_study_is_read_once_it_is_filled_in(tmp_path: Path) -> None:
    result = balint("init", tmp_path / "s")
    assert result.exit_code == 0
    assert sorted(everything(tmp_path / "s")) == [
        "attendance.csv", "participants.csv", "responses.csv", "sessions.csv", "study.toml"]
    text = (tmp_path / "s" / "study.toml").read_text(encoding="utf-8")
    with pytest.raises(StudyError):
        read_study(tmp_path / "s")
    (tmp_path / "s" / "study.toml").write_text(filled(text, FILLED), encoding="utf-8")
    study = read_study(tmp_path / "s")
    assert study.waves == ("baseline", "month6")
    assert study.arms is not None and study.arms.all == ("balint", "waitlist")
    assert study.instruments["teq"].items == "{id}_{n}"
    rules = {issue.rule for issue in check_data(study)[1] if issue.severity == "stop"}
    assert rules == {"no_rows"}  # the tables have their headers and nothing else


def test_the_tables_have_the_headers_that_a_study_needs() -> None:
    texts = blank_study()
    assert texts["participants.csv"].startswith("participant,arm,group,role,")
    assert texts["sessions.csv"] == "session,group,week,minutes,mode,held\n"
    assert texts["attendance.csv"] == "participant,session,status,presented\n"
    assert texts["responses.csv"] == "participant,wave\n"


def test_an_empty_study_of_named_questionnaires(tmp_path: Path) -> None:
    """Every key with a scale: its items have columns, and what must be declared is asked for."""
    result = balint("init", tmp_path / "s", "-i", "teq", "-i", "olbi", "-i", "gcs7",
                    "--title", 'A "study"')
    assert result.exit_code == 0
    header = (tmp_path / "s" / "responses.csv").read_text(encoding="utf-8").strip().split(",")
    assert len(header) == 2 + 16 + 16 + 7
    path = tmp_path / "s" / "study.toml"
    text = filled(path.read_text(encoding="utf-8"), {
        'design = "FILL IN"': 'design = "single_group"',
        '[arms]\ncontrol = "FILL IN"                    # as it stands in participants.csv\n'
        'treated = ["FILL IN: the treated arm"]\n': "",
        '"baseline", "FILL IN"': '"baseline", "month6"', 'coding = "FILL IN"':
        'coding = "as_printed"'})
    path.write_text(text, encoding="utf-8")
    study = read_study(path)
    assert study.title == 'A "study"'
    assert list(study.instruments) == ["teq", "olbi", "gcs7"]


def test_own_keys_travel_with_an_empty_study(tmp_path: Path) -> None:
    key = Path(__file__).parent / "real_studies" / "qwb" / "instruments" / "qwb.toml"
    assert balint("init", tmp_path / "s", "-i", key).exit_code == 0
    copied = tmp_path / "s" / "instruments" / "qwb.toml"
    assert copied.read_bytes() == key.read_bytes()


@pytest.mark.parametrize("taken", ["notes.txt", "manifest.json"])
def test_a_folder_that_is_used_is_left_alone(tmp_path: Path, taken: str) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / taken).write_text('{"name": "balint_research"}', encoding="utf-8")
    before = everything(tmp_path)
    result = balint("init", folder)
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert everything(tmp_path) == before


# --- the command with exports --------------------------------------------------------------------


def test_the_command_copies_and_says_what_it_found(tmp_path: Path) -> None:
    export = write(tmp_path, "export.csv", before_and_after())
    before = everything(tmp_path)
    result = balint("init", tmp_path / "s", "--from", export, "--title", "Well-being")
    assert result.exit_code == 0, result.output
    for words in ("instrument: who5: who5_{n} (medium confidence)", "waves: pre, post",
                  "Copied byte for byte: export.csv.", "check every CONFIRM",
                  f"balint validate {tmp_path / 's'}"):
        assert words in result.stdout
    after = everything(tmp_path)
    assert after["s/export.csv"] == after["export.csv"] == before["export.csv"]
    study = read_study(tmp_path / "s")
    assert not study.confirmed
    assert balint("validate", tmp_path / "s").exit_code == 1
    path = tmp_path / "s" / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("confirmed = false\n", ""), encoding="utf-8")
    assert len(read_data(read_study(path)).responses) == 40
    assert balint("validate", tmp_path / "s").exit_code == 0


def test_what_nobody_confirmed_is_not_computed(tmp_path: Path) -> None:
    balint("init", tmp_path / "s", "--from", write(tmp_path, "e.csv", before_and_after()))
    with pytest.raises(DataError, match="nobody has confirmed"):
        read_data(read_study(tmp_path / "s"))


def test_columns_that_name_people_are_told_and_no_value_shows(tmp_path: Path) -> None:
    rows = before_and_after()
    rows[0] += ["email", "Comments"]
    rows[1:] = [[*row, f"{SECRET}{i}@example.org", f"{SECRET} wrote {i}"]
                for i, row in enumerate(rows[1:])]
    export = write(tmp_path, "export.csv", rows)
    result = balint("init", tmp_path / "s", "--from", export)
    assert result.exit_code == 0
    assert "column 'email'" in result.stdout
    text = (tmp_path / "s" / "study.toml").read_text(encoding="utf-8")
    assert "FIRST: 'export.csv' has 1 column that names people: 'email'. Delete it" in (
        text.replace("\n#   ", " "))
    assert SECRET not in text + result.output


@pytest.mark.parametrize(("call", "code", "words"), [
    (["--dictionary", "d.csv"], 2, "name the export with --from"),
    (["--from", "nowhere.csv"], 1, "nowhere.csv: The file does not exist"),
    (["--from", "broken.xlsx"], 1, "broken.xlsx: The file cannot be read as an Excel workbook"),
    (["--from", "."], 1, "unknown_format|not_a_file"),
    (["--from", "export.csv", "-i", "who6"], 1, "There is no instrument 'who6'"),
    (["-i", "who6"], 1, "There is no instrument 'who6'"),
    (["--from", "export.csv", "--dictionary", "export.csv"], 1, "Variable / Field Name"),
])
def test_a_wrong_call_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: list[str], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "export.csv", before_and_after())
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    before = everything(tmp_path)
    result = balint("init", "s", *call)
    assert result.exit_code == code
    assert re.search(words, " ".join(result.output.replace("│", " ").split()))
    assert everything(tmp_path) == before
    assert not (tmp_path / "s").exists()


def test_an_export_without_rows_stops(tmp_path: Path) -> None:
    export = write(tmp_path, "export.csv", [["participant", "wave", *WHO5]])
    with pytest.raises(DataError, match="no_rows"):
        propose_study(export)


@pytest.mark.parametrize("first", [["p1", "3", "4", "2"], [f"{SECRET}@example.org", "a", "b", "c"]])
def test_a_first_line_of_answers_is_not_written_down(tmp_path: Path, first: list[str]) -> None:
    rows: Rows = [[*first], ["p2", 1, 2, 3], ["p3", 2, 2, 3]]
    with pytest.raises(DataError, match="looks like answers, not like column names") as caught:
        propose_study(write(tmp_path, "export.csv", rows))
    assert SECRET not in str(caught.value)


def test_items_may_be_called_by_their_numbers_alone(tmp_path: Path) -> None:
    proposal, _ = instrument(tmp_path, [str(n) for n in range(1, 11)], range(5))
    assert "Not recognised: '{n}', 10 columns, codes 0 to 4" in told(proposal)


def test_no_export_at_all_is_refused() -> None:
    with pytest.raises(StudyError, match="name at least one file"):
        propose_study([])


# --- waves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pattern", "waves"), [
    ("who5_{n}_{wave}", ["pre", "post"]), ("{wave}_who5_{n}", ["t1", "t2"]),
    ("who5_{wave}_{n}", ["t0", "t1", "t2"]), ("WHO5.{n}{wave}", ["pre", "post"]),
    ("who5_{n}_{wave}", ["baseline", "month6", "month12"]), ("who5_{n}.{wave}", ["T1", "T2"]),
    ("who5_{n}_{wave}", ["halftime", "endtime"]), ("who5_{n}_{wave}", ["berlin", "bern"]),
    ("who5_{wave}_{n}", ["pre", "post"]), ("who5_{n}_{wave}", ["6_months", "12_months_followup"]),
])
def test_waves_in_the_names_of_columns(tmp_path: Path, pattern: str, waves: list[str]) -> None:
    items = [pattern.format(n=n, wave=wave) for wave in waves for n in range(1, 6)]
    rows: Rows = [["id", "age", *items]]
    rows += [[f"p{i}", 30 + i, *drawn(range(6), len(items), i)] for i in range(20)]
    proposal = propose_study(write(tmp_path, "wide.csv", rows), title="t")
    assert said(proposal)["study"]["waves"] == waves, proposal.toml
    assert said(proposal)["instruments"] == {"who5": {"items": pattern}}
    study = confirmed(proposal, tmp_path)
    assert len(read_data(study).responses) == 20 * len(waves)


def confirmed(proposal: Proposal, tmp_path: Path) -> Any:
    folder = tmp_path / "confirmed"
    folder.mkdir()
    for name, path in proposal.files.items():
        (folder / name).write_bytes(path.read_bytes())
    (folder / "study.toml").write_text(
        proposal.toml.replace("confirmed = false\n", ""), encoding="utf-8")
    return read_study(folder)


def test_numbered_items_are_no_waves(tmp_path: Path) -> None:
    rows: Rows = [["id", *(f"t{n}" for n in range(1, 17))]]
    rows += [[f"p{i}", *drawn(range(5), 16, i)] for i in range(20)]
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert said(proposal)["study"]["waves"] == ["survey"]
    assert "Not recognised: 't{n}', 16 columns, codes 0 to 4" in told(proposal)


def test_two_questionnaires_of_one_length_are_no_waves(tmp_path: Path) -> None:
    rows: Rows = [["id", *(f"grit{n:02}" for n in range(1, 9)),
                   *(f"flourish{n:02}" for n in range(1, 9))]]
    rows += [[f"p{i}", *drawn(range(1, 6), 16, i)] for i in range(20)]
    assert said(propose_study(write(tmp_path, "a.csv", rows)))["study"]["waves"] == ["survey"]


def test_an_instrument_of_one_wave_among_others_of_more(tmp_path: Path) -> None:
    items = [f"who5_{n}_{wave}" for wave in ("t0", "t1") for n in range(1, 6)]
    rows: Rows = [["id", *items, *(f"gad7_{n}_t0" for n in range(1, 8)),
                   *(f"phq9_{n}" for n in range(1, 10))]]
    rows += [[f"p{i}", *drawn(range(6), 10, i), *drawn(range(4), 16, i)] for i in range(20)]
    proposal = propose_study(write(tmp_path, "a.csv", rows), title="t")
    assert said(proposal)["instruments"] == {
        "who5": {"items": "who5_{n}_{wave}"},
        "gad7": {"items": "gad7_{n}_{wave}", "waves": ["t0"]},
        "phq9": {"items": "phq9_{n}", "waves": ["t0"]}}
    assert "its columns name no wave, as others do: the first wave is assumed" in told(proposal)
    assert confirmed(proposal, tmp_path).instruments["phq9"].waves == ("t0",)


@pytest.mark.parametrize(("column", "values", "waves"), [
    ("wave", ["post", "pre"], ["pre", "post"]), ("time", ["1", "2"], ["t1", "t2"]),
    ("Messzeitpunkt", ["T1", "T2"], ["T1", "T2"]),
    ("visit", ["Month 12", "Baseline"], ["Baseline", "month_12"]),
    ("occasion", ["x", "b"], ["x", "b"]),
])
def test_a_column_of_waves(
    tmp_path: Path, column: str, values: list[str], waves: list[str]
) -> None:
    rows = before_and_after(head=("id", column), waves=values)
    proposal = propose_study(write(tmp_path, "a.csv", rows), title="t")
    assert said(proposal)["study"]["waves"] == waves
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


@pytest.mark.parametrize("values", [
    ["Anna Berger", "Paul Weber"], ["Zenzi Aumüller", "Ödön Barna"],
    [str(i) for i in range(12)],
    ["maria@example.org", "post"],
])
def test_a_column_that_names_people_or_has_many_values_is_no_wave(
    tmp_path: Path, values: list[str]
) -> None:
    rows = before_and_after(head=("id", "visit"), waves=values, people=8)
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    document = said(proposal)
    assert "wave" not in document["columns"]
    assert "values" not in document
    assert "people have several rows, and no column says at which wave" in told(proposal)
    assert not [value for value in values if len(value) > 2 and value in proposal.toml]


def test_names_in_a_column_of_events_are_not_written_down(tmp_path: Path) -> None:
    rows = before_and_after(head=("record_id", "redcap_event_name"), people=8,
                            waves=("Zenzi Aumüller", "Ödön Barna"))
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert "wave" not in said(proposal).get("columns", {})
    assert "Zenzi" not in proposal.toml + proposal.findings.to_csv()


def test_one_file_a_wave(tmp_path: Path) -> None:
    paths = []
    for wave in ("post", "pre"):
        rows: Rows = [["code", *WHO5]]
        rows += [[f"p{i}", *drawn(range(6), 5, i + len(wave))] for i in range(20)]
        paths.append(write(tmp_path, f"study_{wave}_2024.csv", rows))
    proposal = propose_study(paths, title="t")
    assert said(proposal)["study"]["waves"] == ["pre", "post"]
    assert said(proposal)["files"]["responses"] == {
        "pre": "study_pre_2024.csv", "post": "study_post_2024.csv"}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


def test_files_that_say_their_wave_in_a_column(tmp_path: Path) -> None:
    paths = []
    for number, name in ((2, "a.csv"), (1, "b.csv")):
        rows: Rows = [["code", "wave", *WHO5]]
        rows += [[f"p{i}", number, *drawn(range(6), 5, i * number)] for i in range(20)]
        paths.append(write(tmp_path, name, rows))
    proposal = propose_study(paths, title="t")
    document = said(proposal)
    assert document["files"]["responses"] == {"t1": "b.csv", "t2": "a.csv"}
    assert document["values"]["wave"] == {"1": "t1", "2": "t2"}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


@pytest.mark.parametrize("back", [1, 5, 20])
def test_few_people_who_came_back_are_not_lost(tmp_path: Path, back: int) -> None:
    rows = [row for row in before_and_after() if row[1] != "post" or int(row[0][1:]) < back]
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert said(proposal)["study"]["waves"] == ["pre", "post"]


def test_a_code_that_repeats_and_a_number_of_the_row(tmp_path: Path) -> None:
    """The row's number is unique and is nobody: people have a row at each wave."""
    rows = [[i or "id", *row] for i, row in enumerate(before_and_after(head=("code", "wave")))]
    document = said(propose_study(write(tmp_path, "a.csv", rows)))
    assert document["columns"] == {"participant": "code"}
    assert document["study"]["waves"] == ["pre", "post"]


def test_files_of_one_name_get_names_of_their_own(tmp_path: Path) -> None:
    paths = []
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        rows: Rows = [["code", *WHO5]]
        rows += [[f"p{i}", *drawn(range(6), 5, i * number)] for i in range(20)]
        paths.append(write(tmp_path / str(number), "data.csv", rows))
    proposal = propose_study(paths, title="t")
    assert said(proposal)["files"]["responses"] == {"t1": "data.csv", "t2": "data_2.csv"}
    assert proposal.files == {"data.csv": paths[0], "data_2.csv": paths[1]}


def test_files_whose_people_do_not_meet_are_warned_of(tmp_path: Path) -> None:
    paths = []
    for number in (1, 2):
        rows: Rows = [["code", *WHO5]]
        rows += [[f"{number}{i}", *drawn(range(6), 5, i)] for i in range(20)]
        paths.append(write(tmp_path, f"w{number}.csv", rows))
    assert "no id of the first table is in another one" in told(propose_study(paths))


def test_the_sheets_of_a_workbook_are_waves(tmp_path: Path) -> None:
    book = Workbook()
    for sheet, title in ((book.active, "Pre"), (book.create_sheet(), "Post")):
        assert sheet is not None
        sheet.title = title
        sheet.append(["ID", "Arm", *(f"gad_{n}" for n in range(1, 8))])
        for i in range(20):
            arm = "waitlist" if i % 2 else "balint"
            sheet.append([f"p{i}", arm, *drawn(range(1, 5), 7, i + len(title))])
    book.save(tmp_path / "book.xlsx")
    proposal = propose_study(tmp_path / "book.xlsx", title="t")
    document = said(proposal)
    assert document["files"]["responses"] == {"Pre": "book.xlsx#Pre", "Post": "book.xlsx#Post"}
    assert document["arms"] == {"control": "waitlist", "treated": ["balint"]}
    assert document["instruments"] == {
        "gad7": {"items": "gad_{n}", "coding": {"min": 1, "max": 4}}}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


def test_sheets_with_headers_of_different_lines_stop(tmp_path: Path) -> None:
    """Read in one way, a row of answers would be taken for names of columns."""
    book = Workbook()
    pre, post = book.active, book.create_sheet("Post")
    assert pre is not None
    pre.append(["Code", "PHQ", *[""] * 8])
    pre.append(["", *range(1, 10)])
    pre.merge_cells("B1:J1")
    post.append(["Code", *(f"PHQ_{n}" for n in range(1, 10))])
    for i in range(20):
        pre.append([f"p{i}", *drawn(range(4), 9, i)])
        post.append([f"p{i}", *drawn(range(4), 9, i + 50)])
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(DataError, match="name their columns in different numbers of lines"):
        propose_study(tmp_path / "book.xlsx")


def test_names_on_a_sheet_of_notes_are_told(tmp_path: Path) -> None:
    """The sheet is not used, and its workbook is copied."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["ID", *WHO5])
    for i in range(20):
        sheet.append([f"p{i}", *drawn(range(6), 5, i)])
    notes = book.create_sheet("Notes")
    notes.append(["What", "E-Mail"])
    notes.append(["called", f"{SECRET}@example.org"])
    book.save(tmp_path / "book.xlsx")
    proposal = propose_study(tmp_path / "book.xlsx")
    assert "neither ids nor items were found there: 'book.xlsx#Notes'" in told(proposal)
    assert "FIRST: 'book.xlsx#Notes' has 1 column that names people: 'E-Mail'" in told(proposal)
    assert SECRET not in proposal.toml


def test_missing_codes_beside_a_dictionary_are_counted(tmp_path: Path) -> None:
    choices = " | ".join(f"{code}, {text}" for code, text in enumerate(TEQ))
    fields: Rows = [LABELLED, ["record_id", "teq", "", "text", "Record ID", ""]]
    fields += [[f"teq_{n}", "teq", "", "radio", f"Statement {n}", choices] for n in range(1, 17)]
    rows: Rows = [["record_id", *(f"teq_{n}" for n in range(1, 17))]]
    rows += [[i, *drawn(range(5), 16, i)] for i in range(1, 31)]
    rows[1][1:4], rows[2][1] = [-99, -99, 17], "UNK"
    proposal = propose_study(write(tmp_path, "data.csv", rows), title="t",
                             dictionary=write(tmp_path, "fields.csv", fields))
    document = said(proposal)
    assert document["instruments"]["teq"] == {"items": "teq_{n}", "missing_codes": [-99]}
    assert document["reading"]["data.csv"]["missing"] == {"UNK": "UNK"}
    assert "usual for none: -99 (2 answers)" in told(proposal)
    assert "1 cell beside the codes of the dictionary" in told(proposal)


def test_headers_of_two_lines(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Code", "PHQ", *[""] * 8])
    sheet.append(["", *range(1, 10)])
    sheet.merge_cells("B1:J1")
    for i in range(20):
        sheet.append([f"p{i}", *drawn(range(4), 9, i)])
    book.save(tmp_path / "merged.xlsx")
    proposal = propose_study(tmp_path / "merged.xlsx", title="t")
    assert said(proposal)["reading"] == {"merged.xlsx": {"header_lines": 2}}
    assert said(proposal)["instruments"] == {"phq9": {"items": "PHQ_{n}"}}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 20


# --- people, arms, groups ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "participant", "record_id", "ID", "Study ID", "Subject", "VP-Code", "Your code",
    "Ihr persönlicher Code", "pseudonym",
])
def test_names_of_ids(tmp_path: Path, name: str) -> None:
    rows: Rows = [["Group code", name, *WHO5]]
    rows += [["g1", f"p{i}", *drawn(range(6), 5, i)] for i in range(20)]
    document = said(propose_study(write(tmp_path, "a.csv", rows)))
    assert document.get("columns", {}).get("participant", "participant") == name


def test_the_number_of_a_response_is_the_last_resort(tmp_path: Path) -> None:
    rows: Rows = [["ResponseId", *WHO5]]
    rows += [[f"R_{i}", *drawn(range(6), 5, i)] for i in range(20)]
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert "it is the number of the response, not of the person" in told(proposal)
    rows = [[*row, f"c{i}"] for i, row in enumerate(rows)]
    rows[0][-1] = "code"
    assert said(propose_study(write(tmp_path, "b.csv", rows)))["columns"] == {"participant": "code"}


def test_arms_and_groups_stand_with_the_people(tmp_path: Path) -> None:
    answers = write(tmp_path, "answers.csv", before_and_after(head=("record_id", "event"),
                                                              waves=("t0", "t1")))
    people: Rows = [["record_id", "study_arm", "balint_group", "age"]]
    people += [[f"p{i:02}", "Usual care" if i % 2 else "Balint group", "" if i % 2 else f"G{i % 4}",
                30 + i] for i in range(20)]
    proposal = propose_study([answers, write(tmp_path, "people.csv", people)], title="t")
    document = said(proposal)
    assert document["files"] == {"participants": "people.csv", "responses": "answers.csv"}
    assert document["columns"] == {
        "participant": "record_id", "wave": "event", "arm": "study_arm", "group": "balint_group"}
    assert document["arms"] == {"control": "usual_care", "treated": ["balint_group"]}
    assert document["values"]["arm"] == {
        "Balint group": "balint_group", "Usual care": "usual_care"}
    assert read_data(confirmed(proposal, tmp_path)).participants["arm"].nunique() == 2


def test_an_arm_that_stands_with_the_answers_is_taken_from_there(tmp_path: Path) -> None:
    rows = before_and_after()
    rows[0].append("treatment")
    rows[1:] = [[*row, int(row[0][1:]) % 2] for row in rows[1:]]
    people: Rows = [["participant", "age"], *([f"p{i:02}", 30 + i] for i in range(20))]
    proposal = propose_study(
        [write(tmp_path, "a.csv", rows), write(tmp_path, "people.csv", people)])
    document = said(proposal)
    assert document["columns"] == {"arm": "responses.treatment"}
    assert document["arms"] == {"control": "FILL IN", "treated": ["arm_0", "arm_1"]}


def test_ids_of_two_names_are_told(tmp_path: Path) -> None:
    people: Rows = [["person", "age"], *([f"p{i:02}", 30 + i] for i in range(20))]
    proposal = propose_study([
        write(tmp_path, "a.csv", before_and_after(head=("code", "wave"))),
        write(tmp_path, "people.csv", people)])
    assert said(proposal)["columns"] == {"participant": "code"}
    assert "FILL IN: it has another name in 'people.csv': rename it there." in told(proposal)


def test_forms_about_a_person_need_raters(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"care_{n}" for n in range(1, 11)], range(1, 6))
    assert list(found) == ["care"]
    assert "it is answered by a patient, not by the person it is about" in told(proposal)


def test_sessions_and_attendance_are_known_by_their_columns(tmp_path: Path) -> None:
    answers = write(tmp_path, "a.csv", before_and_after())
    sessions = write(tmp_path, "s.csv", [["session", "group", "week"], ["S1", "G1", 1]])
    there = write(tmp_path, "t.csv", [["participant", "session", "status"],
                                      ["p01", "S1", "present"]])
    document = said(propose_study([there, answers, sessions]))
    assert document["files"] == {
        "sessions": "s.csv", "attendance": "t.csv", "responses": "a.csv"}


def test_a_group_that_is_an_arm_is_told_by_its_labels(tmp_path: Path) -> None:
    for labels, ours in ((("control", "intervention"), "arm"), (("red", "blue"), None)):
        rows = before_and_after()
        rows[0].append("group")
        rows[1:] = [[*row, labels[int(row[0][1:]) % 2]] for row in rows[1:]]
        document = said(propose_study(write(tmp_path, f"{labels[0]}.csv", rows)))
        assert ("arms" in document) is (ours == "arm")
        assert document.get("columns", {}) == ({"arm": "group"} if ours else {})


def test_rows_that_share_person_and_wave_are_counted_and_not_resolved(tmp_path: Path) -> None:
    rows = before_and_after()
    rows.append(rows[-1])
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert "resolve" not in said(proposal)
    assert "2 rows share person and wave with another row" in told(proposal)


# --- questionnaires and codings ------------------------------------------------------------------


def instrument(tmp_path: Path, items: Sequence[str], codes: Sequence[Any], **more: Any
               ) -> tuple[Proposal, dict[str, Any]]:
    rows: Rows = [["participant", *items]]
    rows += [[f"p{i}", *drawn(codes, len(items), i)] for i in range(30)]
    proposal = propose_study(write(tmp_path, "export.csv", rows), title="t", **more)
    return proposal, said(proposal).get("instruments", {})


def test_stored_codes_decide_where_only_one_coding_has_them(tmp_path: Path) -> None:
    items = [f"gad7_{n}" for n in range(1, 8)]
    for codes, coding in ((range(4), None), (range(1, 5), {"min": 1, "max": 4})):
        _, found = instrument(tmp_path, items, codes)
        assert found["gad7"].get("coding") == coding


def test_part_of_the_answer_scale_does_not_decide(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"gad7_{n}" for n in range(1, 8)], [1, 2, 3])
    assert found["gad7"]["coding"] == "?"
    assert "only the codes 1, 2, 3 were used, which more than one coding has" in told(proposal)
    with pytest.raises(StudyError, match=r"has no coding '\?'"):
        confirmed(proposal, tmp_path)


def test_what_must_be_declared_stays_open(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"olbi_{n}" for n in range(1, 17)], [1, 2, 3, 4])
    assert found["olbi"]["coding"] == "?"
    assert 'coding = "?"   # FILL IN: one of "as_printed", "disagree_first"' in proposal.toml


@pytest.mark.parametrize(("code", "missing"), [(9, [9]), (99, [99]), (-9, [-9]), (-999, [-999])])
def test_usual_codes_for_no_answer(tmp_path: Path, code: int, missing: list[int]) -> None:
    proposal, found = instrument(
        tmp_path, [f"gad7_{n}" for n in range(1, 8)], [0, 1, 2, 3, code])
    assert found["gad7"].get("missing_codes") == missing
    assert f"usual for none: {code} (" in told(proposal)
    study = confirmed(proposal, tmp_path)
    assert study.instruments["gad7"].missing_codes == tuple(map(float, missing))


def test_a_code_that_cannot_be_is_no_missing_code(tmp_path: Path) -> None:
    """A scale of five answers is not the GAD-7 with one code for no answer."""
    proposal, found = instrument(tmp_path, [f"gad7_{n}" for n in range(1, 8)], [0, 1, 2, 3, 4])
    assert found["gad7"] == {"items": "gad7_{n}", "coding": "?"}
    assert "the codes do not fit: seen are whole numbers 0 to 4" in told(proposal)


def test_few_slips_of_the_keyboard_are_told_and_do_not_hide_the_coding(tmp_path: Path) -> None:
    rows: Rows = [["participant", *(f"gad7_{n}" for n in range(1, 8))]]
    rows += [[f"p{i}", *drawn(range(4), 7, i)] for i in range(30)]
    rows[1][1] = 33
    proposal = propose_study(write(tmp_path, "a.csv", rows))
    assert said(proposal)["instruments"] == {"gad7": {"items": "gad7_{n}"}}
    assert "1 answer has a code that is neither an answer nor a usual code for none" in (
        told(proposal))


def test_texts_become_codes_only_where_they_are_the_anchors(tmp_path: Path) -> None:
    items = [f"TEQ{n:02}" for n in range(1, 17)]
    proposal, found = instrument(tmp_path, items, [text.upper() for text in TEQ])
    assert found["teq"] == {"items": "TEQ{n:02}", "labels": {
        text.upper(): code for code, text in enumerate(TEQ)}}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 30
    proposal, found = instrument(tmp_path, items, [*TEQ[:4], "hardly ever"])
    assert found["teq"]["labels"]["hardly ever"] == "FILL IN"
    assert "4 of 5 are anchors of the key word by word" in told(proposal)


def test_texts_that_say_their_code(tmp_path: Path) -> None:
    texts = [f"{code} - {text}" for code, text in enumerate(GAD7, 1)]
    proposal, found = instrument(tmp_path, [f"gad7_{n}" for n in range(1, 8)], texts)
    assert found["gad7"] == {
        "items": "gad7_{n}", "coding": {"min": 1, "max": 4},
        "labels": {text: code for code, text in enumerate(texts, 1)}}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 30


def test_texts_that_mean_no_answer_are_declared_as_missing(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"gad7_{n}" for n in range(1, 8)],
                                 [*GAD7, "Prefer not to say"])
    assert set(found["gad7"]["labels"]) == set(GAD7)
    assert said(proposal)["reading"]["export.csv"]["missing"] == {
        "Prefer not to say": "Prefer not to say"}
    assert (read_data(confirmed(proposal, tmp_path)).missing_reasons["reason"] ==
            "Prefer not to say").all()


def test_full_text_headers_are_known_by_place_and_anchors(tmp_path: Path) -> None:
    items = [f"In the last {word}, how often?" for word in "abcdefg"]
    proposal, found = instrument(tmp_path, items, GAD7)
    assert found["gad7"]["items"] == items
    assert "(confidence: low)" in told(proposal)
    assert "the columns of the form are taken in order" in told(proposal)
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 30


def test_without_name_and_anchors_nothing_is_decided(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"q{n}" for n in range(1, 11)], range(5))
    assert found == {}
    assert "By number and codes alone it could be" in told(proposal)
    assert "pss10" in told(proposal)


def test_two_questionnaires_that_only_the_form_can_tell(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"jse_{n}" for n in range(1, 21)], range(1, 8))
    assert list(found) == ["jse_hp"]
    assert "the same columns could be jse_s; only the form can tell" in told(proposal)


def test_columns_to_be_matched_by_content(tmp_path: Path) -> None:
    proposal, found = instrument(tmp_path, [f"gcs7_{n}" for n in range(1, 8)], range(1, 6))
    assert found["gcs7"]["items"] == {str(n): "?" for n in range(1, 8)}
    assert "the columns to be matched by content: 'gcs7_1', 'gcs7_2'" in told(proposal)


def test_only_the_questionnaires_asked_for(tmp_path: Path) -> None:
    items = [*(f"gad7_{n}" for n in range(1, 8)), *(f"phq9_{n}" for n in range(1, 10))]
    _, found = instrument(tmp_path, items, range(4), instruments=["phq9"])
    assert list(found) == ["phq9"]
    with pytest.raises(ScoringError, match="There is no instrument 'phq8'"):
        instrument(tmp_path, items, range(4), instruments=["phq8"])


def test_measurements_are_no_questionnaire(tmp_path: Path) -> None:
    proposal, _ = instrument(tmp_path, [f"lab{n}" for n in range(1, 6)], [3, 40, 367])
    assert "Not recognised" not in proposal.toml


# --- survey programs -----------------------------------------------------------------------------


def test_a_raw_redcap_project_with_its_dictionary(tmp_path: Path) -> None:
    from balint_research.scoring.exchange.export import export_instrument

    dictionary = tmp_path / "dictionary.csv"
    dictionary.write_text(export_instrument("teq", "redcap"), encoding="utf-8")
    rows: Rows = [["record_id", "redcap_event_name", *(f"teq_{n}" for n in range(1, 17)),
                   "teq_complete"]]
    rows += [[i, event, *drawn(range(5), 16, i + len(event)), 2] for i in range(1, 21)
             for event in ("baseline_arm_1", "month_6_arm_1")]
    proposal = propose_study(write(tmp_path, "data.csv", rows), dictionary=dictionary, title="t")
    document = said(proposal)
    assert document["instruments"] == {"teq": {"items": "teq_{n}"}}
    assert document["values"]["wave"] == {
        "baseline_arm_1": "baseline", "month_6_arm_1": "month_6"}
    assert "the labels of the choices agree with the key's anchors" in told(proposal)
    assert list(proposal.files) == ["data.csv"]
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


LABELLED = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels",
]


def test_a_labelled_redcap_project_needs_its_dictionary(tmp_path: Path) -> None:
    choices = " | ".join(f"{code}, {text}" for code, text in enumerate(TEQ))
    fields: Rows = [LABELLED, ["record_id", "teq", "", "text", "Record ID", ""]]
    fields += [[f"teq_{n}", "teq", "", "radio", f"Statement {n}", choices] for n in range(1, 17)]
    dictionary = write(tmp_path, "fields.csv", fields)
    rows: Rows = [["Record ID", "Event Name", *(f"Statement {n}" for n in range(1, 17)),
                   "Complete?"]]
    rows += [[i, f"{event} (Arm 1: Balint)", *drawn(TEQ, 16, i + len(event)), "Complete"]
             for i in range(1, 21) for event in ("Baseline", "Month 6")]
    proposal = propose_study(write(tmp_path, "data.csv", rows), dictionary=dictionary, title="t")
    document = said(proposal)
    assert document["reading"]["data.csv"] == {
        "dialect": "redcap_labels", "dictionary": "fields.csv"}
    assert document["columns"] == {"participant": "record_id", "wave": "redcap_event_name"}
    assert document["instruments"] == {"teq": {"items": "teq_{n}"}}
    assert list(proposal.files) == ["data.csv", "fields.csv"]
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


def test_items_that_stand_in_a_repeating_instrument(tmp_path: Path) -> None:
    items = [f"gad7_{n}" for n in range(1, 8)]
    rows: Rows = [["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "age",
                   *items]]
    for i in range(1, 21):
        rows.append([i, "", "", 30 + i, *[""] * 7])
        rows += [[i, "mood", time, "", *drawn(range(4), 7, i + time)] for time in (1, 2)]
    proposal = propose_study(write(tmp_path, "data.csv", rows), title="t")
    document = said(proposal)
    assert document["reading"]["data.csv"]["repeat_instrument"] == "mood"
    assert document["columns"]["wave"] == "redcap_repeat_instance"
    assert document["study"]["waves"] == ["t1", "t2"]
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 40


def test_choice_texts_of_qualtrics(tmp_path: Path) -> None:
    who5 = list(load_instrument("who5").response.anchors.values())
    names = ["StartDate", "Finished", "ResponseId", "code",
             *(f"Q{k}_{n}" for k, last in ((5, 5), (6, 7)) for n in range(1, last + 1))]
    rows: Rows = [names, [f"text of {name}" for name in names],
                  [json.dumps({"ImportId": f"QID_{name}"}) for name in names]]
    rows += [["2024-01-01 10:00:00", "1", f"R_{i}", f"c{i}", *drawn(who5, 5, i),
              *drawn(GAD7, 7, i)] for i in range(30)]
    proposal = propose_study(write(tmp_path, "q.csv", rows), title="t")
    document = said(proposal)
    assert {name: use["items"] for name, use in document["instruments"].items()} == {
        "who5": "Q5_{n}", "gad7": "Q6_{n}"}
    assert document["columns"] == {"participant": "code"}
    assert document["reading"] == {"q.csv": {"dialect": "qualtrics"}}
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 30


def test_a_microsoft_form(tmp_path: Path) -> None:
    rows: Rows = [["ID", "Start time", "Completion time", "Email", "Name", "Participant code",
                   *(f"How often {word}?" for word in "abcdefg"), "Anything else?"]]
    rows += [[i, "1/1/24 10:00:00", "1/1/24 10:10:00", "anonymous", "", f"x{i}",
              *drawn(GAD7, 7, i), f"{SECRET} {i}"] for i in range(1, 31)]
    proposal = propose_study(write(tmp_path, "form.csv", rows), title="t")
    assert said(proposal)["columns"] == {"participant": "Participant code"}
    assert list(said(proposal)["instruments"]) == ["gad7"]
    assert SECRET not in proposal.toml + proposal.findings.to_csv()


def test_codes_of_limesurvey_answers_are_left_to_a_person(tmp_path: Path) -> None:
    rows: Rows = [["id", "submitdate", "lastpage", "startlanguage", "seed", "token",
                   *(f"PHQ9[SQ{n:03}]" for n in range(1, 10))]]
    rows += [[i, "2024-03-01 10:00:00", 3, "en", 1000 + i, f"t{i}",
              *drawn(["A1", "A2", "A3", "A4"], 9, i)] for i in range(1, 31)]
    proposal = propose_study(write(tmp_path, "lime.csv", rows), title="t")
    assert said(proposal)["instruments"]["phq9"] == {
        "items": "PHQ9[SQ{n:03}]", "labels": dict.fromkeys(["A1", "A2", "A3", "A4"], "FILL IN")}
    assert said(proposal)["columns"] == {"participant": "token"}
    with pytest.raises(StudyError, match="labels"):
        confirmed(proposal, tmp_path)


def test_value_labels_of_spss(tmp_path: Path) -> None:
    """Labels name waves and arms, show the direction, and give the reasons of missing codes."""
    columns: dict[str, list[float]] = {"id": [], "wave": [], "treatment": []}
    columns |= {f"gad7_{n}": [] for n in range(1, 8)}
    for person in range(30):
        for wave in (1, 2):
            columns["id"].append(person)
            columns["wave"].append(wave)
            columns["treatment"].append(person % 2)
            for n, code in enumerate(drawn([1, 2, 3, 4], 7, person * 3 + wave), 1):
                columns[f"gad7_{n}"].append(8 if (person, n) == (3, 2) else code)
    labels: dict[str, dict[Any, str]] = {
        f"gad7_{n}": {**dict(enumerate(GAD7, 1)), 8: "refused"} for n in range(1, 8)}
    labels |= {"wave": {1: "Before", 2: "After"}, "treatment": {0: "Waiting list", 1: "Balint"}}
    pyreadstat.write_sav(pd.DataFrame(columns), tmp_path / "a.sav", variable_value_labels=labels)
    proposal = propose_study(tmp_path / "a.sav", title="t")
    document = said(proposal)
    assert document["study"]["waves"] == ["Before", "After"]
    assert document["values"] == {
        "wave": {"1": "Before", "2": "After"},
        "arm": {"0": "waiting_list", "1": "Balint"}}
    assert document["arms"] == {"control": "waiting_list", "treated": ["Balint"]}
    assert document["instruments"] == {"gad7": {
        "items": "gad7_{n}", "coding": {"min": 1, "max": 4}, "missing_codes": {"8": "refused"}}}
    assert "the labels of the answers agree with the key's anchors (7 of 7 columns)" in (
        told(proposal))
    data = read_data(confirmed(proposal, tmp_path))
    assert data.missing_reasons["reason"].tolist() == ["refused"] * 2


def test_value_labels_that_run_the_other_way(tmp_path: Path) -> None:
    items = [f"gad7_{n}" for n in range(1, 8)]
    frame = pd.DataFrame([[i, *drawn(range(4), 7, i)] for i in range(30)], columns=["id", *items])
    labels: dict[str, dict[Any, str]] = {name: dict(enumerate(GAD7[::-1])) for name in items}
    pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_value_labels=labels)
    proposal = propose_study(tmp_path / "a.sav")
    assert said(proposal)["instruments"]["gad7"]["coding"] == "?"
    assert "run the other way than the key's anchors" in told(proposal)


def test_semicolons_and_quotes_come_back(tmp_path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["participant", *(f'say "who5"; {n}' for n in range(1, 6))])
    for i in range(30):
        writer.writerow([f"p{i}", *drawn(range(6), 5, i)])
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    proposal = propose_study(path, title="t")
    assert said(proposal)["instruments"]["who5"]["items"] == 'say "who5"; {n}'
    assert len(read_data(confirmed(proposal, tmp_path)).responses) == 30


def test_a_text_that_only_one_cell_holds_is_counted_and_not_written(tmp_path: Path) -> None:
    words = ["Never", "Rarely", "Sometimes", "Often", "Very often", "At all times"]
    rows = [["participant", "wave", *(f"who5_{n}" for n in range(1, 6))]]
    rows += [[f"P{i:02}", wave, *(words[(i + n + len(wave)) % 6] for n in range(5))]
             for i in range(12) for wave in ("pre", "post")]
    rows[3][3] = "Often, since my divorce"
    export = tmp_path / "export.csv"
    export.write_text(as_csv(rows), encoding="utf-8")
    toml = propose_study([export], instruments=["who5"]).toml
    assert "divorce" not in toml and 'Often = "FILL IN"' in toml
    assert "not listed here: 1 text that no second cell holds" in " ".join(
        toml.replace("\n#", " ").split())
