"""Sequences that cannot be: stays, sessions, attendance, waves and days that contradict each other.

Each rule has its finding in words, and a twin close beside it at which the rule stays silent.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from balint_research.scoring.library import example
from balint_research.study import validate
from balint_research.study.simulate import simulate_study
from balint_research.study.study import read_study
from balint_research.study.validate import check_data
from tests.dated_study import DATED, dated_tables, day
from tests.study_folder import CONTROLS, PEOPLE, TREATED, Rows, texts, write

Change = Callable[[dict[str, Rows]], object]
SINGLE = DATED.replace("individually_randomised", "single_group").replace(
    '[arms]\ncontrol = "waitlist"\ntreated = ["balint"]\n', "")


@pytest.fixture(autouse=True)
def no_screening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screening of the answers and the search for people have tests of their own, and take time."""
    monkeypatch.setattr(validate, "screened", lambda study, parts: ((), frozenset()))
    monkeypatch.setattr(validate, "look_for_people", lambda study, sources, findings: None)


def issues_after(folder: Path, change: Change, toml: str = DATED) -> list[str]:
    """What is told of the dated study after a change."""
    files = dated_tables()
    change(files)
    return texts(check_data(write(folder, files, toml))[1])


def add(file: str, *rows: list[str]) -> Change:
    """Rows more."""
    return lambda files: files[file].extend(rows)


def both(*changes: Change) -> Change:
    """Several changes."""
    return lambda files: [change(files) for change in changes]


def stays(*rows: list[str]) -> Change:
    """Other memberships."""
    return lambda files: files.__setitem__("memberships.csv", [
        ["participant", "group", "from_date", "to_date"], *rows])


def answered(person: str, wave: str, when: str) -> Change:
    """The day of one row of answers."""
    def change(files: dict[str, Rows]) -> None:
        next(row for row in files["responses.csv"] if row[:2] == [person, wave])[-1] = when
    return change


def leaders(*cells: str) -> Change:
    """A column of leaders."""
    def change(files: dict[str, Rows]) -> None:
        for row, cell in zip(files["sessions.csv"], ("leaders", *cells), strict=True):
            row.append(cell)
    return change


def held(session: str, when: str) -> Change:
    """The day of one session."""
    def change(files: dict[str, Rows]) -> None:
        next(row for row in files["sessions.csv"] if row[0] == session)[2] = when
    return change


T01, T02, C01 = TREATED[0], TREATED[1], CONTROLS[0]
T07 = TREATED[6]  # of G2
CAME = ["present", "no"]

FINDINGS: dict[str, tuple[Change, list[str]]] = {
    "outside_stay: after the person had left": (
        stays([T01, "G1", day(0), day(1)]),
        ["attendance.csv, column 'session', row 8: 1 row is attendance at a session of the "
         "person's group in a week in which the person was not in it, which does not count. "
         "Correct the memberships, or the attendance. [outside_stay]"]),
    "outside_stay: between two stays": (
        stays([T01, "G1", day(0), day(0)], [T01, "G1", day(2), ""]),
        ["attendance.csv, column 'session', row 2: 1 row is attendance at a session of the "
         "person's group in a week in which the person was not in it, which does not count. "
         "Correct the memberships, or the attendance. [outside_stay]"]),
    "control_attends": (
        add("attendance.csv", [C01, "S1", *CAME]),
        ["attendance.csv, column 'participant', row 17: 1 row is attendance of people of the "
         "control arm, which does not count. Check the arm and the attendance: who was in a group "
         "is no control. [control_attends]"]),
    "other_group and two_groups_at_once": (
        add("attendance.csv", [T07, "S1", *CAME]),
        ["attendance.csv, column 'session', row 17: 1 row is attendance at a session of another "
         "group, which does not count. Nothing, if they were guests; people who change groups go "
         "into memberships. [other_group]",
         "attendance.csv, column 'session', rows 14, 17: 1 person has attendance at sessions of "
         "two groups in the same week. Check the attendance: nobody changes groups within a week "
         "unless memberships says so. [two_groups_at_once]"]),
    "before_study": (
        held("S3", day(-1, 6)),
        ["sessions.csv, column 'held_on', row 4: 1 row has a session in a week before the study "
         "began (week 0). Correct the week, or `start` under [dates]. [before_study]"]),
    "after_study": (
        held("S4", day(15)),
        ["sessions.csv, column 'held_on', row 5: 1 row has a session after the last wave that was "
         "planned. Allowed: up to week 14. Nothing, if the groups went on: no wave can show what "
         "these sessions did; else correct the week, or `waves` under [dates]. [after_study]"]),
    "stays_overlap": (
        stays([T01, "G1", day(0), day(5)], [T01, "G2", day(3), ""]),
        ["memberships.csv, column 'group', row 3: 1 person has stays in groups that overlap in "
         "time. Give the earlier stay its last week (or day); who leaves and joins in one week has "
         "it in both. [stays_overlap]"]),
    "stays_overlap: a stay without an end": (
        stays([T01, "G1", day(0), ""], [T01, "G2", day(9), ""]),
        ["memberships.csv, column 'group', row 3: 1 person has stays in groups that overlap in "
         "time. Give the earlier stay its last week (or day); who leaves and joins in one week has "
         "it in both. [stays_overlap]"]),
    "stay_elsewhere": (
        stays([TREATED[11], "G1", "", ""]),
        ["memberships.csv, column 'group', row 2: 1 person has memberships, and none of them in "
         "the group that participants.csv gives. Correct one of the two: the group of the "
         "participants is the one that was allocated. [stay_elsewhere]"]),
    "control_member": (
        stays([C01, "G1", "", ""]),
        ["memberships.csv, column 'group', row 2: 1 person of the control arm has memberships of a "
         "group. Check the arm and the memberships: who was in a group is no control. "
         "[control_member]"]),
    "leader_in_study": (
        leaders(f"L1; {T02}", "L1", f"L2/{T02}", ""),
        ["sessions.csv, column 'leaders', rows 2, 4: 2 rows have a leader whose id is that of a "
         "participant (1 person). Nothing, if the ids are alike by chance: give leaders ids of "
         "their own. Leaders are no people of the study: take them out of the participants and "
         "their answers out of the responses. [leader_in_study]"]),
    "baseline_after_allocation": (
        answered(C01, "pre", day(0, 1)),
        ["responses.csv, column 'answered_on', wave 'pre', row 14: 1 row of the baseline is "
         "answered after the day on which the person was allocated. Check both days: whoever knows "
         "the arm answers otherwise. Say it in the report of the study if it is so. "
         "[baseline_after_allocation]"]),
    "off_plan": (
        both(answered(T01, "post", day(15)), answered(T02, "post", day(5, 6))),
        ["responses.csv, column 'answered_on', wave 'post', rows 20, 21: 2 rows are answered in "
         "another week than planned. Allowed: week 6 to 14. Check the days and the waves; if it is "
         "so, say it in the report of the study, or set `tolerance` under [dates]. [off_plan]"]),
}
SILENT: dict[str, Change] = {
    "everything at its edge": both(
        stays([T01, "G1", day(1), day(2)]),             # to the last week of the stay
        add("attendance.csv", [C01, "S1", "absent", "no"]),
        held("S4", day(14, 6)), held("S3", day(0)), leaders("L1; L2", "L1", "T1", "X T001"),
        answered(C01, "pre", day(0)),                   # on the day of the allocation
        answered(T02, "post", day(14, 6)), answered(T07, "post", day(6)),
        *(answered(person, "pre", day(-1)) for person in TREATED[6:])),
    "who leaves one group for another within a week": both(
        stays([T01, "G1", day(0), day(1)], [T01, "G2", day(1, 3), ""]),
        lambda files: files["attendance.csv"].__setitem__(
            slice(1, None), [[T01, "S1", *CAME], [T01, "S3", *CAME]])),
    "a stay in the allocated group among others": stays(
        [T07, "G1", "", day(0)], [T07, "G2", day(1), ""]),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_sequence_that_cannot_be_is_told(name: str, tmp_path: Path) -> None:
    change, expected = FINDINGS[name]
    assert issues_after(tmp_path, change) == expected
    assert {text.rpartition("[")[2] for text in expected} & {
        f"{word}]" for word in name.partition(":")[0].split()}


@pytest.mark.parametrize("name", SILENT)
def test_its_right_twin_is_not(name: str, tmp_path: Path) -> None:
    assert issues_after(tmp_path, SILENT[name]) == []


# --- designs, weeks and raters -------------------------------------------------------------------


def test_without_arms_the_baseline_must_come_before_the_first_session(tmp_path: Path) -> None:
    """G1 begins in week 1 on a Wednesday; the others have no group and no first session."""
    def single(*changes: Change) -> Change:
        def ungrouped(files: dict[str, Rows]) -> None:
            for row in files["participants.csv"]:
                del row[4], row[1]
            files["participants.csv"][13:] = []
            files["responses.csv"] = [row for row in files["responses.csv"]
                                      if row[0] not in CONTROLS]
        return both(ungrouped, *changes)

    late = answered(T01, "pre", day(1, 3))
    assert issues_after(tmp_path, single(late), SINGLE) == [
        "responses.csv, column 'answered_on', wave 'pre', row 2: 1 row of the baseline is answered "
        "after the first session of the person's group. Check both days: a baseline is no baseline "
        "once the groups have begun. Say it in the report of the study if it is so. "
        "[baseline_after_session]"]
    for twin in (answered(T01, "pre", day(1, 2)),
                 both(late, stays([T01, "G1", day(2), ""]))):  # who joins later begins later
        told = issues_after(tmp_path, single(twin), SINGLE)
        assert [text for text in told if "baseline_after_session" in text] == []

    def weeks(files: dict[str, Rows]) -> None:
        for row, week in zip(files["sessions.csv"], ["week", *"1212"], strict=True):
            row[2] = week

    assert issues_after(tmp_path, single(weeks, late), SINGLE) == []  # the same week: not to tell
    later = issues_after(tmp_path, single(weeks, answered(T01, "pre", day(2))), SINGLE)
    assert [text.rpartition("[")[2] for text in later] == ["baseline_after_session]"]


def test_a_later_wave_before_an_earlier_one_warns_and_for_most_people_stops(
    tmp_path: Path,
) -> None:
    one = answered(T01, "post", day(-2))
    told = issues_after(tmp_path, both(one, lambda files: None), DATED.replace(
        "waves = {pre = 0, post = 10}\n", ""))
    assert told == [
        "responses.csv, wave 'post', row 20: 1 person has answered the wave 'post' before the wave "
        "'pre'. Check the days and the labels of the waves: two waves may be exchanged. "
        "[waves_reversed]"]
    files = dated_tables()
    for row in files["responses.csv"][1:]:
        row[1] = {"pre": "post", "post": "pre"}[row[1]]
    issues = check_data(write(tmp_path, files, DATED))[1]
    assert ("waves_reversed", "stop", 18) in [(i.rule, i.severity, i.count) for i in issues]


def test_two_waves_on_one_day_by_most_people(tmp_path: Path) -> None:
    def same(people: list[str]) -> Change:
        return both(*(answered(person, "post", day(-1, PEOPLE.index(person) % 5))
                      for person in people))

    toml = DATED.replace("waves = {pre = 0, post = 10}\n", "")
    assert issues_after(tmp_path, same(PEOPLE[:10]), toml) == [
        "responses.csv, wave 'post': 10 people have answered the waves 'pre' and 'post' on the "
        "same day, most of those who answered both. Check that neither is a copy or was filled in "
        "later from memory. [waves_same_day]"]
    assert issues_after(tmp_path, same(PEOPLE[:9]), toml) == []


def test_an_arm_that_changes_at_a_later_wave_stops_beside_a_participants_file(
    tmp_path: Path,
) -> None:
    def arms(files: dict[str, Rows]) -> None:
        for row in files["responses.csv"]:
            moved = row[:2] == [T02, "post"]
            row.append("arm" if row[0] == "participant" else
                       "waitlist" if row[0] in CONTROLS or moved else "balint")

    assert issues_after(tmp_path, arms) == [
        "responses.csv, column 'arm', row 21: 1 person has two arms. Give each person the arm that "
        "was allocated. [two_arms]"]


def test_an_arm_that_changes_between_two_files_stops(tmp_path: Path) -> None:
    """A file a wave, the arm in each of them, and no participants file."""
    rows = dated_tables()["responses.csv"]

    def file_of(wave: str) -> Rows:
        arms = {person: "waitlist" if person in CONTROLS or (person, wave) == (T02, "post")
                else "balint" for person in PEOPLE}
        return [["participant", "arm", *rows[0][2:-1]],
                *([row[0], arms[row[0]], *row[2:-1]] for row in rows if row[1] == wave)]

    toml = "\n".join(line for line in DATED.splitlines() if not line.startswith((
        "participants =", "memberships =", "sessions =", "attendance ="))).replace(
        'responses = "responses.csv"', 'responses = {pre = "pre.csv", post = "post.csv"}')
    study = write(tmp_path, {"pre.csv": file_of("pre"), "post.csv": file_of("post")}, toml)
    assert texts(check_data(study)[1]) == [
        "column 'arm': 1 person has two arms. Give each person the arm that was allocated. "
        "[two_arms]"]


def test_raters_that_are_participants_are_told(tmp_path: Path) -> None:
    def raters(*cells: str) -> Change:
        def change(files: dict[str, Rows]) -> None:
            for row in files["responses.csv"]:
                row.append("rater" if row[0] == "participant" else "")
            files["responses.csv"] += [[T01, "pre", *[""] * 6, cell] for cell in cells]
        return change

    assert issues_after(tmp_path, raters(T01, T02, "patient 3")) == [
        "responses.csv, column 'rater', rows 38, 39: 2 rows have a rater whose id is that of a "
        "participant. Evidence: in 1 row it is the person's own. Nothing, if participants rate "
        "each other, or the ids are alike by chance; for the person write 'self' or leave the cell "
        "empty. [rater_in_study]"]
    assert issues_after(tmp_path, raters("patient 1", "patient 2")) == []


@pytest.mark.parametrize(("sizes", "told"), [
    ((6, 10), None), ((5, 7), "1 group has|from 5 to 7 people"),
    ((11, 12), "2 groups have|from 11 to 12 people"), ((3,), "1 group has|3 people")])
def test_groups_outside_six_to_ten_warn_with_the_range(
    sizes: tuple[int, ...], told: str | None, tmp_path: Path
) -> None:
    people = [[f"P{g}{i:02}", "balint", f"G{g}"] for g, size in enumerate(sizes)
              for i in range(size)] + [["C1", "waitlist", ""], ["C2", "waitlist", ""]]
    answers = [[row[0], wave, *str(10000 + 137 * n * (2 if wave == "pre" else 3))[-5:]]
               for wave in ("pre", "post") for n, row in enumerate(people)]
    answers = [[*row[:2], *(str(int(cell) % 6) for cell in row[2:])] for row in answers]
    toml = DATED.replace('sessions = "sessions.csv"\n', "").replace(
        'attendance = "attendance.csv"\n', "").replace('memberships = "memberships.csv"\n', "")
    files = {"participants.csv": [["participant", "arm", "group"], *people],
             "responses.csv": [dated_tables()["responses.csv"][0][:-1], *answers]}
    issues = [issue for issue in check_data(write(tmp_path, files, toml))[1]
              if issue.rule == "group_size"]
    if told is None:
        assert issues == []
        return
    groups, people_told = told.split("|")
    noun = "groups of this study have" if len(sizes) > 1 else "group of this study has"
    assert issues[0].severity == "warn"
    assert issues[0].what == f"{groups} fewer than 6 or more than 10 people."
    assert issues[0].evidence == f"the {noun} {people_told}"
    assert "real Balint groups have from 6 to about 19" in issues[0].do


@pytest.mark.parametrize("name", ["balint_cohort", "messy"])
def test_no_false_alarm_on_the_examples(name: str) -> None:
    new = {name.partition(":")[0].split()[0] for name in FINDINGS} | {
        "group_size", "rater_in_study", "waves_reversed", "waves_same_day",
        "baseline_after_session", "attends_without_group"}
    issues = check_data(read_study(example("balint_cohort").parent / name))[1]
    assert not new & {issue.rule for issue in issues}


def test_no_false_alarm_on_a_simulated_study(tmp_path: Path) -> None:
    place = simulate_study(tmp_path / "s", seed=3, groups=3, controls=20)
    assert check_data(read_study(place))[1] == ()
