"""Checked tables, and every fault of a study's files, one broken study each."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError
from balint_research.study.validate import check_data, read_data
from tests.study_folder import (
    CONTROLS,
    ITEMS,
    PEOPLE,
    TOML,
    Rows,
    answers,
    broken,
    responses,
    tables,
    texts,
    write,
)

Change = Callable[[dict[str, Rows]], object]


def set_cell(file: str, line: int, column: str, value: str) -> Change:
    """Put a value into a file; `line` as a spreadsheet counts."""
    def change(files: dict[str, Rows]) -> None:
        files[file][line - 1][files[file][0].index(column)] = value
    return change


def both(*changes: Change) -> Change:
    """Several changes."""
    return lambda files: [change(files) for change in changes]


def test_a_right_study_has_no_issue_and_all_its_rows(tmp_path: Path) -> None:
    data = read_data(write(tmp_path))
    assert data.issues == ()
    assert data.participants.columns.tolist() == ["participant", "arm", "group", "role"]
    assert data.responses.columns.tolist() == ["participant", "wave", "rater", *ITEMS]
    assert data.responses["rater"].unique().tolist() == ["self"]
    assert data.sessions["held"].tolist() == [True, True, True, False]
    assert data.attendance["presented"].sum() == 3
    assert data.memberships.empty and data.left_out.empty
    assert data.files[["table", "rows_in", "rows_used"]].to_numpy().tolist() == [
        ["participants", 18, 18], ["responses", 36, 36], ["sessions", 4, 4],
        ["attendance", 15, 15]]
    assert data.files["sha256"].str.len().eq(64).all()


FAULTS: dict[str, tuple[Change, list[str]]] = {
    "unknown wave": (
        both(set_cell("responses.csv", 3, "wave", "secret"),
             set_cell("responses.csv", 7, "wave", "Anna")),
        ["responses.csv, column 'wave', rows 3, 7: 2 rows have a wave that the study does not "
         "have. Allowed: 'pre', 'post'. Correct the file, or map its labels under [values.wave]. "
         "[unknown_wave]"]),
    "wave missing": (
        set_cell("responses.csv", 3, "wave", ""),
        ["responses.csv, column 'wave', row 3: 1 row has no value in a column that needs one. "
         "Allowed: 'pre', 'post'. Fill it in. [empty_required]"]),
    "unknown arm": (
        set_cell("participants.csv", 14, "arm", "secret"),
        ["participants.csv, column 'arm', row 14: 1 row has an arm that the study does not have. "
         "Allowed: 'balint', 'waitlist'. Correct the file, or map its labels under [values.arm]. "
         "[unknown_arm]"]),
    "arm missing": (
        set_cell("participants.csv", 14, "arm", ""),
        ["participants.csv, column 'arm', row 14: 1 row has no value in a column that needs one. "
         "Fill it in. [empty_required]"]),
    "a participant twice, in two arms": (
        lambda files: files["participants.csv"].append(["T01", "waitlist", "", "resident"]),
        ["participants.csv, column 'arm', rows 2, 20: 1 person has two arms. Give each person the "
         "arm that was allocated. [two_arms]",
         "participants.csv, column 'participant', rows 2, 20: 2 rows share participant with "
         "another row. Keep one row for each participant. [duplicate_id]"]),
    "a row twice": (
        lambda files: files["responses.csv"].append(["T01", "pre", "1", "2", "3", "4", "5"]),
        ["responses.csv, rows 2, 38: 2 rows share participant and wave with another row. Correct "
         "the file, or say which row counts: [resolve] duplicate_rows = \"keep_first\" (or "
         "\"keep_last\", \"drop_all\"). [duplicate_rows]"]),
    "a response without participant": (
        both(set_cell("responses.csv", 2, "participant", "t01"),
             set_cell("responses.csv", 20, "participant", "t01")),
        ["responses.csv, column 'participant', rows 2, 20: 2 rows belong to 1 person who is not in "
         "participants.csv. Evidence: 1 id differs only in capitals, leading zeros or a final .0. "
         "Add them there, or correct the ids: they must be written alike in both files. "
         "[unknown_participant]",
         "participants.csv, row 2: 1 person of participants.csv has no response at any wave. "
         "Nothing: they count as asked. [never_answered]"]),
    "an item column missing": (
        lambda files: [row.pop() for row in files["responses.csv"]],
        ["responses.csv: 1 column of WHO-5 is missing, first 'who5_5'. Correct the file, or say "
         "with `items` under [instruments.who5] how the columns are named. [item_missing]"]),
    "an item column too many": (
        lambda files: [row.__iadd__(["who5_6" if row[0] == "participant" else "1"])
                       for row in files["responses.csv"]],
        ["responses.csv: 1 column is named like an item of WHO-5 with a number it does not have, "
         "first 'who5_6'. Check which version of the questionnaire was given. If these are no "
         "items, list the item columns with `items` under [instruments.who5]. [item_extra]"]),
    "an answer out of range": (
        both(set_cell("responses.csv", 4, "who5_2", "99"),
             set_cell("responses.csv", 9, "who5_2", "2.5")),
        ["responses.csv, column 'who5_2', rows 4, 9: 2 answers are outside the codes of WHO-5. "
         "Allowed: whole numbers 0 to 5. Correct the file, or declare `missing_codes` or `coding` "
         "under [instruments.who5]. [range]",
         "responses.csv, column 'who5_2', wave 'pre': 1 answer is between two codes of WHO-5. "
         "Allowed: whole numbers 0 to 5. Look there for means, percentages or answers that were "
         "filled in: score raw answers. [fractional]"]),
    "a text answer": (
        set_cell("responses.csv", 4, "who5_2", "Most of the time"),
        ["responses.csv, column 'who5_2', row 4: 1 answer is text, not a number. Allowed: numeric "
         "codes. Export the answers as numeric codes, or say with `labels` under "
         "[instruments.who5] which code each text stands for. [text_answers]"]),
    "a decimal comma between commas": (
        set_cell("responses.csv", 4, "who5_2", "2,0"),
        ["responses.csv, column 'who5_2', row 4: 1 answer is text, not a number. Allowed: numeric "
         "codes. Export the answers as numeric codes, or say with `labels` under "
         "[instruments.who5] which code each text stands for. Write decimals with a point, or "
         "declare decimal = \",\" under [reading]. [text_answers]"]),
    "no wave column": (
        set_cell("responses.csv", 1, "wave", "time"),
        ["responses.csv, column 'wave': The column that holds 'wave' is missing. Add it, or say "
         "under [columns] how it is named. [missing_column]"]),
    "an empty id column": (
        lambda files: [row.__setitem__(0, "") for row in files["attendance.csv"][1:]],
        ["attendance.csv, column 'participant': The column is empty. Fill it in, or correct "
         "[columns]. [empty_column]"]),
    "a declared wave without rows": (
        lambda files: files.__setitem__("responses.csv", responses()[:19]),
        ["responses.csv, wave 'post': The wave has no row. Correct the file or the `waves` of the "
         "study. [empty_wave]"]),
    "a wave without answers": (
        lambda files: [row.__setitem__(slice(2, None), [""] * 5)
                       for row in files["responses.csv"] if row[1] == "post"],
        ["responses.csv, wave 'post': WHO-5 has no answer at this wave. Correct the file, or leave "
         "the wave out of `waves` under [instruments.who5]. [no_answers]"]),
    "a wave that is a copy": (
        lambda files: [row.__setitem__(slice(2, None), files["responses.csv"][i - 18][2:])
                       for i, row in enumerate(files["responses.csv"]) if row[1] == "post"],
        ["responses.csv, wave 'post': The answers are those of the wave 'pre'. One of the two is a "
         "copy: export that wave again. [copied_wave]"]),
    "nobody at both waves": (
        lambda files: files.__setitem__(
            "responses.csv", [row for row in responses() if row[1] == "wave" or
                              (row[1] == "pre") == (row[0] in PEOPLE[::2])]),
        ["responses.csv, wave 'post': No participant of the baseline 'pre' is in this wave. Check "
         "that the ids are written alike at each wave; otherwise there is no change to measure. "
         "[no_common_participant]",
         "responses.csv: Everybody gave the same answer to an item of WHO-5. Evidence: pre: 5 "
         "columns, first 'who5_2'; post: 5 columns, first 'who5_3'. Check that the column holds "
         "this item, and not a default or a check question. [constant_item]"]),
    "an arm without people": (
        lambda files: files.update({
            "participants.csv": files["participants.csv"][:13],
            "responses.csv": [row for row in responses() if row[0] not in CONTROLS]}),
        ["participants.csv: Nobody is in the arm 'waitlist'. Correct the file, [arms], or "
         "[values.arm]. [empty_arm]"]),
    "a group in two arms": (
        set_cell("participants.csv", 14, "group", "G1"),
        ["participants.csv, column 'group', row 14: 1 person of the control arm has a group. "
         "Nothing, if these are sham or waiting groups; else empty the cells. [control_group]",
         "participants.csv, column 'group', rows 15, 16, 17, 18, 19: 5 people of the arm "
         "'waitlist' have no group, while others have one. Give everybody the group that was "
         "allocated, or a group of their own where none was. [group_missing]",
         "participants.csv, column 'group', rows 2, 3, 4, 5, 6, 7, 14: 1 group has people of more "
         "than one arm. Give each group a name of its own, also between arms. "
         "[group_in_two_arms]"]),
    "a treated person without group": (
        set_cell("participants.csv", 2, "group", ""),
        ["participants.csv, column 'group', row 2: 1 person of the arm 'balint' has no group, "
         "while others have one. Give everybody the group that was allocated, or a group of their "
         "own where none was. [group_missing]",
         "participants.csv, column 'group': 1 group has fewer than 6 or more than 10 people. "
         "Evidence: the groups of this study have from 5 to 6 people. Nothing, if this is so: 6 to "
         "10 is what the literature asks for, and real Balint groups have from 6 to about 19; else "
         "correct the groups. [group_size]",
         "attendance.csv, column 'participant', rows 2, 8: 2 rows are attendance of people who "
         "were allocated to no group, which does not count. Give them the group that was "
         "allocated, or correct the attendance. [attends_without_group]"]),
    "an unknown status": (
        set_cell("attendance.csv", 3, "status", "ill"),
        ["attendance.csv, column 'status', row 3: 1 row has a status that is not known. Allowed: "
         "present, late, left_early, excused, absent. Use these words in the file. "
         "[unknown_status]"]),
    "an attendance twice": (
        lambda files: files["attendance.csv"].append(["T01", "S1", "absent", "no"]),
        ["attendance.csv, rows 2, 17: 2 rows share participant and session with another row. Keep "
         "one row for each participant and session. [duplicate_id]"]),
    "an unknown session": (
        set_cell("attendance.csv", 3, "session", "S9"),
        ["attendance.csv, column 'session', row 3: 1 row has a session that is not in "
         "sessions.csv. Add it there, or correct the session: it must be written alike in both "
         "files. [unknown_session]"]),
    "attendance at a cancelled session": (
        set_cell("attendance.csv", 14, "session", "S4"),
        ["attendance.csv, column 'session', row 14: 1 row is attendance at a session that was not "
         "held, which does not count. Correct `held` or the attendance. [not_held]"]),
    "a session of an unknown group": (
        set_cell("sessions.csv", 5, "group", "G7"),
        ["sessions.csv, column 'group', row 5: 1 row has a group that no participant has. Correct "
         "the group: it must be written alike in both files. [unknown_group]"]),
    "a session in words": (
        both(set_cell("sessions.csv", 2, "held", "perhaps"),
             set_cell("sessions.csv", 3, "minutes", "long"),
             set_cell("sessions.csv", 4, "minutes", "-5")),
        ["sessions.csv, column 'minutes', row 3: 1 cell is not a number. Correct the file. "
         "[not_a_number]",
         "sessions.csv, column 'held', row 2: 1 cell is neither yes nor no. Allowed: yes, no, "
         "true, false, 1, 0. Correct the file. [not_yes_no]",
         "sessions.csv, column 'minutes', row 4: 1 cell is below 0. Correct the file. "
         "[negative]"]),
    "one row of a stranger": (
        set_cell("responses.csv", 2, "participant", "X99"),
        ["responses.csv, column 'participant', row 2: 1 row belongs to 1 person who is not in "
         "participants.csv. Add them there, or correct the ids: they must be written alike in both "
         "files. [unknown_participant]"]),
    "missing marks as ids": (
        both(set_cell("responses.csv", 4, "participant", "NA"),
             set_cell("responses.csv", 22, "participant", ".")),
        ["responses.csv, column 'participant', rows 4, 22: 2 rows have no participant and are left "
         "out. Nothing, if this is meant; else fill in the column. [no_id]",
         "participants.csv, row 4: 1 person of participants.csv has no response at any wave. "
         "Nothing: they count as asked. [never_answered]"]),
    "rows without id": (
        both(set_cell("responses.csv", 4, "participant", ""),
             set_cell("responses.csv", 22, "participant", " ")),
        ["responses.csv, column 'participant', rows 4, 22: 2 rows have no participant and are left "
         "out. Nothing, if this is meant; else fill in the column. [no_id]",
         "participants.csv, row 4: 1 person of participants.csv has no response at any wave. "
         "Nothing: they count as asked. [never_answered]"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_place_rule_and_remedy(name: str, tmp_path: Path) -> None:
    change, expected = FAULTS[name]
    assert texts(broken(tmp_path, change)) == expected


CLUSTER_TOML = TOML.replace("individually_randomised", "cluster_randomised")


def test_every_arm_of_a_cluster_randomised_study_needs_groups(tmp_path: Path) -> None:
    assert texts(broken(tmp_path, lambda files: None, CLUSTER_TOML)) == [
        "participants.csv, column 'group', rows 14, 15, 16, 17, 18, 19: 6 people have no group, "
        "the cluster that was randomised. Give everybody in every arm a group, or choose another "
        "design. [cluster_missing]"]


def test_a_cluster_randomised_study_without_any_group_stops(tmp_path: Path) -> None:
    def no_groups(files: dict[str, Rows]) -> None:
        for row in files["participants.csv"][1:]:
            row[2] = ""
        for name in ("sessions.csv", "attendance.csv"):
            del files[name]
    toml = "\n".join(line for line in CLUSTER_TOML.splitlines()
                     if not line.startswith(("sessions =", "attendance =")))
    assert texts(broken(tmp_path, no_groups, toml)) == [
        "participants.csv, column 'group', rows 2, 3, 4, 5, 6, 7, 8, 9 and 10 more: 18 "
        "people have no group, the cluster that was randomised. Give everybody in every arm a "
        "group, or choose another design. [cluster_missing]"]


def test_in_a_study_without_arms_all_or_nobody_who_answered_has_a_group(tmp_path: Path) -> None:
    files = tables()
    for row in files["participants.csv"][1:]:
        row[2] = row[2] or "G3"
    toml = TOML.replace("individually_randomised", "single_group").replace(
        '[arms]\ncontrol = "waitlist"\ntreated = ["balint"]\n', "")
    set_cell("participants.csv", 19, "group", "")(files)
    assert texts(check_data(write(tmp_path, files, toml))[1]) == [
        "participants.csv, column 'group', row 19: 1 person of this study has no group, while "
        "others have one. Give everybody the group that was allocated, or a group of their own "
        "where none was. [group_missing]",
        "participants.csv, column 'group': 1 group has fewer than 6 or more than 10 people. "
        "Evidence: the groups of this study have from 5 to 6 people. Nothing, if this is so: 6 to "
        "10 is what the literature asks for, and real Balint groups have from 6 to about 19; else "
        "correct the groups. [group_size]"]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    change = both(set_cell("participants.csv", 14, "arm", "secret"),
                  set_cell("responses.csv", 3, "wave", "secret"),
                  set_cell("responses.csv", 4, "who5_2", "9"),
                  set_cell("responses.csv", 5, "who5_3", "secret"),
                  set_cell("sessions.csv", 2, "held", "secret"),
                  set_cell("attendance.csv", 3, "status", "secret"))
    issues = broken(tmp_path, change)
    assert sorted(issue.rule for issue in issues if issue.severity == "stop") == [
        "not_yes_no", "range", "text_answers", "unknown_arm", "unknown_status", "unknown_wave"]


def test_a_file_that_cannot_be_read_does_not_hide_the_faults_of_the_others(tmp_path: Path) -> None:
    study = write(tmp_path, {**tables(), "participants.csv": []})
    (tmp_path / "attendance.csv").unlink()
    assert texts(check_data(study)[1]) == [
        "participants.csv: The file is empty (0 bytes, or nothing but blank lines). Export it "
        "again. [empty_file]",
        "attendance.csv: The file does not exist. Put it into the folder of the study, or correct "
        "[files]. [missing_file]"]


def test_read_data_raises_what_stops_and_only_that(tmp_path: Path) -> None:
    files = tables()
    set_cell("responses.csv", 4, "participant", "")(files)
    set_cell("responses.csv", 5, "who5_2", "7")(files)
    with pytest.raises(DataError, match="1 fault was found; nothing was computed") as caught:
        read_data(write(tmp_path, files))
    assert [issue.rule for issue in caught.value.issues] == ["range"]


# --- duplicates and the law of rows --------------------------------------------------------------


@pytest.mark.parametrize(("resolution", "kept", "left_out"), [
    ("keep_first", ["1"], 1), ("keep_last", ["5"], 1), ("drop_all", [], 2)])
def test_duplicates_are_resolved_as_declared(
    resolution: str, kept: list[str], left_out: int, tmp_path: Path
) -> None:
    files = tables()
    files["responses.csv"][1][2:] = ["1"] * 5
    files["responses.csv"].append(["T01", "pre", *["5"] * 5])
    toml = f'{TOML}\n[resolve]\nduplicate_rows = "{resolution}"\n'
    data = read_data(write(tmp_path, files, toml))
    rows = data.responses
    mine = rows[rows["participant"].eq("T01") & rows["wave"].eq("pre")]
    assert mine["who5_1"].tolist() == [float(value) for value in kept]
    assert data.left_out.to_numpy().tolist() == [
        ["responses", "responses.csv", f"repeats participant and wave ({resolution})", left_out]]
    assert [issue.rule for issue in data.issues][:1] == ["duplicates_resolved"]


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), resolution=st.sampled_from(["keep_first", "keep_last",
                                                               "drop_all"]))
def test_rows_in_are_rows_used_plus_rows_left_out(
    seed: int, resolution: str, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    files = tables()
    for name in ("participants.csv", "responses.csv", "sessions.csv", "attendance.csv"):
        width = len(files[name][0])
        files[name] += [["", *["1"] * (width - 1)] for _ in range(dice.randrange(3))]
    blanks = [[""] * 7 for _ in range(dice.randrange(3))]
    repeats = [dice.choice(responses()[1:]) for _ in range(dice.randrange(4))]
    body = [*files["responses.csv"][1:], *blanks, *repeats]
    dice.shuffle(body)
    files["responses.csv"][1:] = body
    toml = f'{TOML}\n[resolve]\nduplicate_rows = "{resolution}"\n'
    data = read_data(write(tmp_path, files, toml))
    left_out = data.left_out.groupby("file")["rows"].sum()
    for _, file in data.files.iterrows():
        assert file["rows_in"] == len([1 for row in files[file["file"]][1:] if any(row)])
        assert file["rows_in"] == file["rows_used"] + left_out.get(file["file"], 0)
        assert file["rows_used"] == len(getattr(data, file["table"]))


# --- layouts -------------------------------------------------------------------------------------


def one_file_a_wave() -> dict[str, Rows]:
    """The same study with a file for each wave."""
    files = tables()
    rows = files.pop("responses.csv")
    for wave in ("pre", "post"):
        files[f"{wave}.csv"] = [[row[0], *row[2:]] for row in rows if row[1] in ("wave", wave)]
    return files


FILES_TOML = TOML.replace('"responses.csv"', '{pre = "pre.csv", post = "post.csv"}')


def waves_as_suffixes() -> dict[str, Rows]:
    """The same study with one row a person; `post` is called `one_year` in the column names."""
    files = tables()
    rows = files["responses.csv"]
    header = [f"W{n:02}_{wave}" for wave in ("pre", "one_year") for n in range(1, 6)]
    files["responses.csv"] = [["participant", *header]] + [
        [p, *rows[i + 1][2:], *rows[i + 19][2:]] for i, p in enumerate(PEOPLE)]
    return files


SUFFIX_TOML = TOML + 'items = "W{n:02}_{wave}"\n[values.wave]\none_year = "post"\n'


def test_the_three_layouts_give_the_same_responses(tmp_path: Path) -> None:
    for name in ("rows", "files", "suffixes"):
        (tmp_path / name).mkdir()
    expected = read_data(write(tmp_path / "rows")).responses
    by_file = read_data(write(tmp_path / "files", one_file_a_wave(), FILES_TOML))
    by_suffix = read_data(write(tmp_path / "suffixes", waves_as_suffixes(), SUFFIX_TOML))
    assert by_file.responses.equals(expected)
    assert by_suffix.responses.equals(expected)
    assert by_suffix.files.set_index("table").loc["responses", "rows_used"] == 18


def test_items_as_a_list_and_as_a_table_give_the_same_responses(tmp_path: Path) -> None:
    names = ["q_a", "q_b", "q_c", "q_d", "q_e"]
    files = tables()
    files["responses.csv"][0][2:] = names
    expected = read_data(write(tmp_path)).responses
    listed = ", ".join(f'"{name}"' for name in names)
    table = ", ".join(f'{n} = "{name}"' for n, name in enumerate(names, 1))
    for items in (f"[{listed}]", f"{{{table}}}"):
        data = read_data(write(tmp_path, files, f"{TOML}items = {items}\n"))
        assert data.responses.equals(expected)


def test_a_wave_that_somebody_missed_gives_no_row_in_the_wide_layout(tmp_path: Path) -> None:
    files = waves_as_suffixes()
    files["responses.csv"][1][6:] = [""] * 5
    data = read_data(write(tmp_path, files, SUFFIX_TOML))
    assert len(data.responses) == 35
    assert data.files.set_index("table").loc["responses", "rows_used"] == 18


def test_faults_in_a_wave_file_name_that_file_and_its_column(tmp_path: Path) -> None:
    files = one_file_a_wave()
    files["post.csv"][3][2] = "8"
    files["post.csv"].append(files["post.csv"][1])
    issues = check_data(write(tmp_path, files, FILES_TOML))[1]
    assert [(issue.rule, issue.file, issue.column, issue.rows) for issue in issues] == [
        ("duplicate_rows", "post.csv", None, (2, 20)),
        ("range", "post.csv", "who5_2", (4,)), ("missing_codes", "post.csv", "who5_2", ())]


def test_a_wave_file_that_is_a_copy_is_found_byte_for_byte_and_by_its_answers(
    tmp_path: Path,
) -> None:
    files = one_file_a_wave()
    files["post.csv"] = files["pre.csv"]
    issues = check_data(write(tmp_path, files, FILES_TOML))[1]
    assert texts(issues) == [
        "post.csv, wave 'post': The answers are those of the wave 'pre': the two files are the "
        "same. One of the two is a copy: export that wave again. [copied_wave]"]
    files["post.csv"] = [files["pre.csv"][0], *files["pre.csv"][:0:-1]]
    issues = check_data(write(tmp_path, files, FILES_TOML))[1]
    assert texts(issues) == [
        "post.csv, wave 'post': The answers are those of the wave 'pre'. One of the two is a copy: "
        "export that wave again. [copied_wave]"]


def test_equal_answers_without_variation_are_no_copy(tmp_path: Path) -> None:
    files = tables()
    for row in files["responses.csv"][1:]:
        row[2:] = ["3"] * 5
    issues = check_data(write(tmp_path, files))[1]
    assert [(issue.rule, issue.severity) for issue in issues] == [("constant_item", "warn")]


def test_a_suffix_of_an_undeclared_wave_is_told_and_not_used(tmp_path: Path) -> None:
    files = waves_as_suffixes()
    for row in files["responses.csv"]:
        row.append("W01_extra" if row[0] == "participant" else "1")
    issues = check_data(write(tmp_path, files, SUFFIX_TOML))[1]
    assert texts(issues) == [
        "responses.csv: 1 column is named like items of WHO-5 at a wave that the study does not "
        "have, and is not used. Allowed: 'one_year', 'pre', 'post'. Nothing, if this is meant; "
        "else add the wave, or map its suffix under [values.wave]. [unknown_wave_suffix]"]


def test_answers_at_a_wave_that_was_not_declared_are_told(tmp_path: Path) -> None:
    files = tables()
    for i, row in enumerate(files["responses.csv"]):
        row += [f"phq9_{n}" for n in range(1, 10)] if i == 0 else ["1"] * 9
    toml = TOML + '[instruments.phq9]\nwaves = ["pre"]\n'
    issues = check_data(write(tmp_path, files, toml))[1]
    assert [(issue.rule, issue.wave, issue.count, issue.severity) for issue in issues] == [
        ("not_given", "post", 18, "warn"), ("constant_item", "pre", None, "warn")]


# --- people from the responses -------------------------------------------------------------------


def without_participants(arm: Callable[[str, str], str]) -> dict[str, Rows]:
    """No participants file; the arm stands in the responses."""
    rows = responses()
    return {"responses.csv": [
        [*row, "intervention" if row[0] == "participant" else arm(row[0], row[1])] for row in rows]}


NO_PEOPLE_TOML = "\n".join(
    line for line in TOML.splitlines()
    if not line.startswith(("participants =", "sessions =", "attendance ="))
).replace("[files]", '[columns]\narm = "responses.intervention"\n[values.arm]\n1 = "balint"\n'
          '4 = "waitlist"\n[files]')


def test_without_a_participants_file_the_people_are_those_of_the_responses(tmp_path: Path) -> None:
    files = without_participants(lambda person, wave: "1" if person.startswith("T") else "4")
    data = read_data(write(tmp_path, files, NO_PEOPLE_TOML))
    assert data.participants["participant"].tolist() == PEOPLE
    assert data.participants["arm"].value_counts().to_dict() == {"balint": 12, "waitlist": 6}
    assert data.participants["group"].isna().all()


def test_ids_that_differ_only_in_writing_are_told_with_their_number(tmp_path: Path) -> None:
    files = without_participants(lambda person, wave: "1" if person.startswith("T") else "4")
    files["responses.csv"][19][0] = "t01"
    issues = check_data(write(tmp_path, files, NO_PEOPLE_TOML))[1]
    assert texts(issues) == [
        "responses.csv, column 'participant': 2 ids differ from another one only in capitals, "
        "leading zeros or a final .0, and are counted as different people. Nothing, if they are; "
        "else make the ids of each person equal. [ids_alike]"]
    assert issues[0].severity == "warn"


def test_an_arm_that_changes_between_the_waves_stops(tmp_path: Path) -> None:
    files = without_participants(
        lambda person, wave: "4" if person.startswith("C") or (person, wave) == ("T01", "post")
        else "1")
    issues = check_data(write(tmp_path, files, NO_PEOPLE_TOML))[1]
    assert texts(issues) == [
        "responses.csv, column 'intervention', rows 2, 20: 1 person has two arms. Give each person "
        "the arm that was allocated. [two_arms]"]


def test_an_unknown_arm_in_the_responses_is_told_without_its_label(tmp_path: Path) -> None:
    files = without_participants(lambda person, wave: "secret" if person == "T01" else
                                 "1" if person.startswith("T") else "4")
    issues = check_data(write(tmp_path, files, NO_PEOPLE_TOML))[1]
    assert [(i.rule, i.column, i.rows) for i in issues][:1] == [
        ("unknown_arm", "intervention", (2, 20))]
    assert issues[0].allowed == "'1', '4', 'balint', 'waitlist'"
    assert "secret" not in "".join(texts(issues))


def test_ids_stay_text_exactly_as_written(tmp_path: Path) -> None:
    files = {"responses.csv": [["participant", "wave", *ITEMS]] + [
        [person, wave, *answers(i, w)] for w, wave in enumerate(("pre", "post"))
        for i, person in enumerate(("01", "1", "1.0", "1e3"))]}
    toml = TOML[: TOML.index("[arms]")].replace("individually_randomised", "single_group")
    toml += '[files]\nresponses = "responses.csv"\n[instruments.who5]\n'
    data = read_data(write(tmp_path, files, toml))
    assert data.participants["participant"].tolist() == ["01", "1", "1.0", "1e3"]


def test_a_wave_of_missing_codes_has_no_answer(tmp_path: Path) -> None:
    files = tables()
    for row in files["responses.csv"][19:]:
        row[2:] = ["99"] * 5
    issues = check_data(write(tmp_path, files, TOML + "missing_codes = [99]\n"))[1]
    assert [(issue.rule, issue.wave) for issue in issues] == [
        ("no_answers", "post"), ("declared_missing", "post")]


def test_missing_codes_are_no_answers_out_of_range(tmp_path: Path) -> None:
    files = tables()
    set_cell("responses.csv", 4, "who5_2", "99")(files)
    data, issues = check_data(write(tmp_path, files, TOML + "missing_codes = [99]\n"))
    assert [(issue.rule, issue.column, issue.count) for issue in issues] == [
        ("declared_missing", "who5_2", 1)]
    assert data is not None
    assert data.responses["who5_2"].tolist()[2] == 99.0


def test_raters_are_part_of_the_key(tmp_path: Path) -> None:
    files = tables()
    rows = files["responses.csv"]
    files["responses.csv"] = [[*row, "rater" if row[0] == "participant" else ""] for row in rows]
    files["responses.csv"][5][-1], files["responses.csv"][6][-1] = "Self", "NA"
    blank = ["T01", "pre", *[""] * 5]
    files["responses.csv"] += [[*blank, "patient 1"], [*blank, "patient 2"]]
    data = read_data(write(tmp_path, files))
    assert data.responses["rater"].value_counts().to_dict() == {
        "self": 36, "patient 1": 1, "patient 2": 1}


def test_self_report_by_another_rater_stops(tmp_path: Path) -> None:
    files = tables()
    rows = files["responses.csv"]
    files["responses.csv"] = [
        [*row, "rater" if row[0] == "participant" else "JD"] for row in rows]
    assert texts(check_data(write(tmp_path, files))[1]) == [
        "responses.csv, column 'rater', rows 2, 3, 4, 5, 6, 7, 8, 9 and 28 more: 36 rows hold "
        "answers to WHO-5 by another rater, and people answer it about themselves. Correct the "
        "column: 'self' or an empty cell is the person, everything else is somebody who answers "
        "about the person. [wrong_rater]"]


def test_marks_for_no_answer_are_empty_cells_in_every_column(tmp_path: Path) -> None:
    files = tables()
    for row in files["participants.csv"][13:]:
        row[2] = "NA"
    files["attendance.csv"][1][3] = "N/A"
    data = read_data(write(tmp_path, files))
    assert data.participants["group"].isna().sum() == 6


def test_a_wave_column_in_a_file_of_one_wave_must_agree(tmp_path: Path) -> None:
    rows = responses()
    files = tables() | {"t0.csv": [rows[0], *rows[19:]], "t1.csv": rows[:19]}  # swapped
    del files["responses.csv"]
    toml = TOML.replace('responses = "responses.csv"',
                        'responses = {pre = "t0.csv", post = "t1.csv"}')
    issues = check_data(write(tmp_path, files, toml))[1]
    assert [(i.rule, i.file, i.wave, i.count) for i in issues] == [
        ("other_wave", "t0.csv", "pre", 18), ("other_wave", "t1.csv", "post", 18)]


def test_a_column_that_no_file_has_stops(tmp_path: Path) -> None:
    toml = TOML.replace("[instruments.who5]", '[columns]\narm = "allocatd"\n[instruments.who5]')
    assert texts(broken(tmp_path, lambda files: None, toml)) == [
        "study.toml: No file has the column 'allocatd' that [columns] names for 'arm'. Correct its "
        "name, or remove the line. [column_nowhere]"]


def test_arms_in_the_responses_must_be_those_of_the_participants(tmp_path: Path) -> None:
    files = tables()
    files["responses.csv"] = [[*row, "arm" if row[0] == "participant" else "waitlist"]
                              for row in files["responses.csv"]]
    issues = check_data(write(tmp_path, files))[1]
    assert [(i.rule, i.file, i.column, i.count) for i in issues] == [
        ("two_arms", "responses.csv", "arm", 12)]


def test_faults_name_the_columns_of_the_file(tmp_path: Path) -> None:
    files = tables()
    files["participants.csv"][0][2] = "nm"
    files["participants.csv"][1][2] = ""
    toml = TOML.replace("[instruments.who5]", '[columns]\ngroup = "nm"\n[instruments.who5]')
    issues = check_data(write(tmp_path, files, toml))[1]
    assert ("group_missing", "nm") in [(issue.rule, issue.column) for issue in issues]


def test_a_membership_of_an_unknown_group_stops(tmp_path: Path) -> None:
    files = tables()
    files["memberships.csv"] = [["participant", "group", "from_week", "to_week"],
                                ["T01", "G9", "1", ""]]
    toml = TOML.replace("[files]", '[files]\nmemberships = "memberships.csv"')
    issues = check_data(write(tmp_path, files, toml))[1]
    assert ("unknown_group", "memberships.csv", (2,)) in [(i.rule, i.file, i.rows) for i in issues]


def test_sessions_without_group_stop_where_there_are_groups(tmp_path: Path) -> None:
    issues = broken(tmp_path, set_cell("sessions.csv", 3, "group", ""))
    assert [(i.rule, i.file, i.rows) for i in issues if i.severity == "stop"] == [
        ("session_without_group", "sessions.csv", (3,))]


def test_without_sessions_a_session_of_two_groups_stops(tmp_path: Path) -> None:
    files = tables()
    files["attendance.csv"].append(["T07", "S1", "present", "no"])
    toml = TOML.replace('sessions = "sessions.csv"\n', "")
    assert texts(check_data(write(tmp_path, files, toml))[1]) == [
        "attendance.csv, column 'session': 1 session has attendance of people of more than one "
        "group. Add a sessions file, which says whose session each of them was. "
        "[session_of_two_groups]"]


def test_memberships_are_checked(tmp_path: Path) -> None:
    files = tables()
    files["memberships.csv"] = [
        ["participant", "group", "from_week", "to_week"],
        ["T01", "G1", "1", "4"], ["T01", "G2", "5", ""], ["T02", "G2", "9", "3"],
        ["X99", "G2", "1", "x"], ["T03", "", "1", "2"]]
    toml = TOML.replace("[files]", '[files]\nmemberships = "memberships.csv"')
    issues = check_data(write(tmp_path, files, toml))[1]
    assert [(i.rule, i.file, i.rows) for i in issues] == [
        ("not_a_number", "memberships.csv", (5,)),
        ("weeks_reversed", "memberships.csv", (4,)),
        ("empty_required", "memberships.csv", (6,)),
        ("unknown_participant", "memberships.csv", (5,)),
        ("stay_elsewhere", "memberships.csv", (4,)),
        ("attends_without_group", "attendance.csv", (4, 10)),
        ("other_group", "attendance.csv", (3, 9))]


@pytest.mark.parametrize(("ours", "file"), [
    ("group", "participants.csv"), ("role", "participants.csv"), ("rater", "responses.csv"),
    ("minutes", "sessions.csv"), ("presented", "attendance.csv")])
def test_a_column_that_the_study_names_must_exist(ours: str, file: str, tmp_path: Path) -> None:
    files = tables()
    for rows in files.values():
        rows[0] = [f"{column}_x" if column == ours else column for column in rows[0]]
    toml = TOML.replace("[files]", f'[columns]\n{ours} = "theirs"\n[files]')
    issues = check_data(write(tmp_path, files, toml))[1]
    missing = [(i.column, i.file) for i in issues if i.rule == "missing_column"]
    assert missing == [("theirs", "responses.csv" if ours in ("group", "role") else file)]


def test_a_covariate_that_no_column_holds_stops(tmp_path: Path) -> None:
    toml = TOML.replace("[arms]", 'covariates = ["role", "years"]\n[arms]')
    (issue,) = broken(tmp_path, lambda files: None, toml)
    assert str(issue) == (
        "participants.csv, column 'years': The covariate 'years' is no column of the participants. "
        "Add the column, or correct `covariates` under [study]. [missing_covariate]")
    assert issue.severity == "stop"


def test_a_covariate_may_have_another_name_in_the_file(tmp_path: Path) -> None:
    files = tables()
    files["participants.csv"][0][3] = "job"
    toml = TOML.replace("[arms]", 'covariates = ["role"]\n[arms]') + '[columns]\nrole = "job"\n'
    data, issues = check_data(write(tmp_path, files, toml))
    assert issues == ()
    assert data is not None
    assert data.participants["role"].tolist() == ["resident"] * 18
