"""Flow, attendance and completeness, counted by hand."""

from pathlib import Path

import pytest

from balint_research.study.flow import attendance, completeness, flow
from balint_research.study.scores import score_study
from balint_research.study.validate import read_data
from tests.study_folder import TOML, tables, write


def test_flow_counts_everyone_allocated(tmp_path: Path) -> None:
    files = tables()
    rows = files["responses.csv"]
    rows[1][2:] = [""] * 5                       # T01 has an empty row before
    files["responses.csv"] = [row for row in rows if row[0] != "C01"]
    study = write(tmp_path, files)
    assert flow(study, read_data(study)).to_numpy().tolist() == [
        ["balint", "pre", 12, 2, 12, 11], ["balint", "post", 12, 2, 12, 12],
        ["waitlist", "pre", 6, 0, 6, 5], ["waitlist", "post", 6, 0, 6, 5]]


def test_a_row_of_missing_codes_is_no_answer(tmp_path: Path) -> None:
    files = tables()
    files["responses.csv"][1][2:] = ["99", "99", "", "99", "99"]
    study = write(tmp_path, files, TOML + "missing_codes = [99]\n")
    assert flow(study, read_data(study))["answered"].tolist() == [11, 12, 6, 6]


def test_flow_without_arms(tmp_path: Path) -> None:
    files = tables()
    for row in files["participants.csv"][1:]:
        row[2] = row[2] or "G3"
    toml = (TOML.replace("individually_randomised", "single_group")
            .replace('control = "waitlist"\ntreated = ["balint"]', "").replace("[arms]", ""))
    study = write(tmp_path, files, toml)
    frame = flow(study, read_data(study))
    assert frame["arm"].isna().all()
    assert frame[["people", "groups", "answered"]].to_numpy().tolist() == [[18, 3, 18], [18, 3, 18]]


def test_attendance_by_hand(tmp_path: Path) -> None:
    study = write(tmp_path)
    table = attendance(study, read_data(study))
    assert table.drop(columns="share").to_numpy().tolist() == [
        ["balint", "G1", 6, 2, 12, 9], ["balint", "G2", 6, 1, 6, 3]]
    assert table["share"].tolist() == pytest.approx([9 / 12, 3 / 6])


def test_attendance_of_people_who_change_groups(tmp_path: Path) -> None:
    files = tables()
    files["memberships.csv"] = [["participant", "group", "from_week", "to_week"],
                                ["T07", "G2", "", "1"], ["T07", "G1", "2", ""]]
    files["attendance.csv"].append(["T07", "S2", "present", "no"])
    toml = TOML.replace("[files]", '[files]\nmemberships = "memberships.csv"')
    study = write(tmp_path, files, toml)
    data = read_data(study)
    assert data.issues == ()
    assert attendance(study, data).drop(columns="share").to_numpy().tolist() == [
        ["balint", "G1", 7, 2, 13, 10], ["balint", "G2", 6, 1, 6, 3]]


def test_overlapping_stays_offer_a_session_once(tmp_path: Path) -> None:
    files = tables()
    files["memberships.csv"] = [["participant", "group", "from_week", "to_week"],
                                ["T02", "G1", "1", "2"], ["T02", "G1", "2", "3"]]
    toml = TOML.replace("[files]", '[files]\nmemberships = "memberships.csv"')
    study = write(tmp_path, files, toml)
    assert attendance(study, read_data(study))["offered"].tolist() == [12, 6]


def test_guests_and_cancelled_sessions_do_not_count(tmp_path: Path) -> None:
    files = tables()
    files["attendance.csv"] += [["T01", "S3", "present", "no"], ["T07", "S4", "present", "no"]]
    study = write(tmp_path, files)
    data = read_data(study)
    assert [issue.rule for issue in data.issues] == [
        "not_held", "other_group", "two_groups_at_once"]
    assert attendance(study, data)["attended"].tolist() == [9, 3]


def test_a_study_without_attendance_has_an_empty_table(tmp_path: Path) -> None:
    toml = TOML.replace('attendance = "attendance.csv"', "")
    study = write(tmp_path, toml=toml)
    table = attendance(study, read_data(study))
    assert table.empty
    assert table.columns.tolist() == [
        "arm", "group", "people", "sessions_held", "offered", "attended", "share"]


def test_attendance_without_groups_and_without_sessions(tmp_path: Path) -> None:
    files = tables()
    files["participants.csv"] = [[row[0], row[1]] for row in files["participants.csv"]]
    toml = TOML.replace('sessions = "sessions.csv"', "")
    study = write(tmp_path, files, toml)
    table = attendance(study, read_data(study))
    treated = table[table["arm"] == "balint"]
    assert treated.drop(columns="share").fillna("").to_numpy().tolist() == [
        ["balint", "", 12, 3, 36, 12]]


def test_completeness_adds_up(tmp_path: Path) -> None:
    files = tables()
    files["responses.csv"][1][2:] = [""] * 5     # T01 answered nothing: not counted here
    files["responses.csv"][2][2] = ""
    study = write(tmp_path, files)
    data = read_data(study)
    table = completeness(study, data, score_study(study, data))
    parts = ["complete", "prorated", "too_few", "empty"]
    assert table["answered"].tolist() == table[parts].sum(axis=1).tolist()
    first = table.query("scale == 'percent'").iloc[0]
    assert first[["arm", "wave", "answered", *parts]].tolist() == [
        "balint", "pre", 11, 10, 0, 1, 0]
