"""Days that cannot be read, and sequences that cannot be: stays, sessions, waves, attendance."""

from collections.abc import Callable

from tests.bad_input.corpus import CODE, MAIL, NOTE, Case
from tests.dated_study import DATED, START, dated_tables, day
from tests.study_folder import CONTROLS, PEOPLE, TREATED, Rows, as_csv

Change = Callable[[dict[str, Rows]], object]
UNPLANNED = DATED.replace("waves = {pre = 0, post = 10}\n", "")
UNDATED = UNPLANNED.replace(f'start = "{START}"\n', "")
LEFT = TREATED[1]   # in memberships from week 0 to week 2


def cases() -> list[Case]:
    """The dated study as it should be; days; what stops or is a warning."""
    right = Case(name="dated-right", full=True, stops=False, toml=DATED, files=_files(lambda _: 0))
    return [right, *_days(), *_plan(), *_groups()]


def _files(change: Change) -> dict[str, bytes]:
    """The dated study after a change; the first person has a code that must not be told."""
    files = dated_tables()
    change(files)
    return {name: as_csv([[CODE if cell == "T01" else cell for cell in row] for row in rows]
                         ).encode() for name, rows in files.items()}


def _case(name: str, rule: str, change: Change, file: str, *, says: tuple[str, ...] = (),
          toml: str = DATED, stops: bool = True) -> Case:
    return Case(name=name, full=True, toml=toml, file=file, files=_files(change), rules=(rule,),
                says=says, stops=stops)


def _set(file: str, line: int, place: int, cell: str) -> Change:
    return lambda files: files[file][line - 1].__setitem__(place, cell)


def _add(file: str, *cells: str) -> Change:
    return lambda files: files[file].append(list(cells))


def _days() -> list[Case]:
    answers, sessions = "responses.csv", "sessions.csv"

    def every(file: str, place: int, cells: Callable[[int], str]) -> Change:
        def change(files: dict[str, Rows]) -> None:
            for line, row in enumerate(files[file][1:]):
                row[place] = cells(line)
        return change

    def week_beside(files: dict[str, Rows]) -> None:
        for row, cell in zip(files[sessions], ["week", "1", "2", "1", "9"], strict=True):
            row.append(cell)

    return [
        _case("day-in-words", "not_a_day", _set(answers, 3, -1, NOTE), answers,
              says=("column 'answered_on'", "row 3", "2025-03-14")),
        _case("day-of-no-calendar", "no_such_day", _set(answers, 4, -1, "2025-02-30"), answers,
              says=("row 4",)),
        _case("day-or-month-first", "day_or_month",
              every(sessions, 2, lambda n: f"{n + 5:02}/03/2025"), sessions,
              says=("column 'held_on'", "day or the month")),
        _case("day-and-month-first", "days_mixed",
              every(sessions, 2, lambda n: ("25/03/2025", "03/25/2025")[n % 2]), sessions),
        _case("day-of-another-century", "far_day", _set("participants.csv", 2, -1, "1925-03-03"),
              "participants.csv", says=("column 'allocated_on'", "10 years")),
        _case("days-without-a-start", "no_start", lambda _: 0, answers, toml=UNDATED,
              says=("[dates]", "start =")),
        _case("week-that-is-not-of-the-day", "week_and_day", week_beside, sessions,
              says=("column 'week'", "row 5")),
        _case("days-as-numbers", "serial_days", every(sessions, 2, lambda n: str(45728 + n)),
              sessions, stops=False),
    ]


def _plan() -> list[Case]:
    answers, sessions = "responses.csv", "sessions.csv"

    def exchanged(files: dict[str, Rows]) -> None:
        for row in files[answers][1:]:
            row[1] = {"pre": "post", "post": "pre"}[row[1]]

    def one_day(files: dict[str, Rows]) -> None:
        for row in files[answers][1:]:
            row[-1] = day(-1)

    post = 1 + len(PEOPLE) + 1   # line of the first person at the second wave
    return [
        _case("waves-exchanged", "waves_reversed", exchanged, answers, toml=UNPLANNED,
              says=("'post' before the wave 'pre'",)),
        _case("one-wave-before-the-first", "waves_reversed", _set(answers, post, -1, day(-3)),
              answers, toml=UNPLANNED, stops=False),
        _case("two-waves-on-one-day", "waves_same_day", one_day, answers, toml=UNPLANNED,
              stops=False),
        _case("wave-far-from-its-plan", "off_plan", _set(answers, post, -1, day(20)), answers,
              says=("week 6 to 14",), stops=False),
        _case("baseline-after-the-allocation", "baseline_after_allocation",
              _set(answers, 19, -1, day(0, 3)), answers, stops=False),
        _case("baseline-after-the-first-session", "baseline_after_session",
              _set(answers, 2, -1, day(1, 4)), answers, stops=False),
        _case("session-before-the-study", "before_study", _set(sessions, 2, 2, day(-2)), sessions,
              stops=False),
        _case("session-after-the-study", "after_study", _set(sessions, 5, 2, day(30)), sessions,
              stops=False),
    ]


def _groups() -> list[Case]:
    came, stays = "attendance.csv", "memberships.csv"

    def led(files: dict[str, Rows]) -> None:
        for row, leader in zip(files["sessions.csv"], ["leaders", "T01", "L1", "L1", "L1"],
                               strict=True):
            row.append(leader)

    def rated(files: dict[str, Rows]) -> None:
        for row in files["responses.csv"]:
            row.append("rater" if row[0] == "participant" else "")
        files["responses.csv"].append(["T01", "pre", *[""] * 5, "", "T01"])

    def small(files: dict[str, Rows]) -> None:
        for row in files["participants.csv"][1:3]:
            row[2] = "G3"
        files[stays][1:] = []
        files[stays].append([TREATED[5], "G1", "", ""])

    def silent(files: dict[str, Rows]) -> None:
        files["participants.csv"][3][2] = ""
        files["responses.csv"] = [row for row in files["responses.csv"] if row[0] != TREATED[2]]

    def moved(files: dict[str, Rows]) -> None:
        for row in files["responses.csv"]:
            later = row[0] == LEFT and row[1] == "post"
            row.append("arm" if row[0] == "participant" else
                       "waitlist" if later or row[0] in CONTROLS else "balint")

    return [
        _case("attendance-after-leaving", "outside_stay", _set(stays, 3, 3, day(1)), came,
              stops=False),
        _case("attendance-of-a-control", "control_attends",
              _add(came, CONTROLS[0], "S1", "present", "no"), came, stops=False),
        _case("attendance-without-a-group", "attends_without_group", silent, came, stops=False),
        _case("attendance-at-two-groups", "two_groups_at_once",
              _add(came, TREATED[6], "S1", "late", "no"), came, stops=False),
        _case("stays-that-overlap", "stays_overlap", _add(stays, LEFT, "G2", day(1), ""), stays,
              stops=False),
        _case("stays-elsewhere", "stay_elsewhere", _add(stays, TREATED[11], "G1", "", ""), stays,
              stops=False),
        _case("stays-of-a-control", "control_member", _add(stays, CONTROLS[0], "G1", "", ""), stays,
              stops=False),
        _case("leader-who-takes-part", "leader_in_study", led, "sessions.csv", stops=False),
        _case("rater-who-takes-part", "rater_in_study", rated, "responses.csv", stops=False),
        _case("groups-of-two-and-four", "group_size", small, "participants.csv", stops=False,
              says=("from 2 to 6 people",)),
        _case("arm-that-changes-at-a-wave", "two_arms", moved, "responses.csv",
              says=("column 'arm'",)),
        _case("stay-with-an-address", "not_a_day", _set(stays, 2, 2, MAIL), stays),
    ]
