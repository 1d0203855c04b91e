"""Faults of participants, sessions and attendance, and of the places where files lie."""

import os
from collections.abc import Callable
from pathlib import Path

from tests import study_folder
from tests.bad_input.corpus import (
    CODE,
    MAIL,
    NAME,
    SMALL,
    Case,
    cell,
    changed,
    column,
    full_tables,
    headless,
    sparse,
)
from tests.study_folder import Rows

CONTROL = 14   # line of the first person who waits, in participants.csv
WITHOUT_SESSIONS = study_folder.TOML.replace('sessions = "sessions.csv"\n', "").replace(
    'attendance = "attendance.csv"\n', "")


def cases() -> list[Case]:
    """Faults of the three tables, then of the folder."""
    right = Case(name="tables-right", full=True, stops=False)
    return [right, *_participants(), *_sessions(), *_attendance(), *_places(), *_links()]


def _table(file: str, name: str, change: Callable[[Rows], object], *rules: str,
           says: tuple[str, ...] = ()) -> Case:
    toml = WITHOUT_SESSIONS if file == "participants.csv" else None   # half the time
    return Case(name=f"{file.removesuffix('.csv')}-{name}", file=file, full=True, rules=rules,
                says=says, toml=toml, files={file: changed(change, file, full=True)})


def _participants() -> list[Case]:
    file = "participants.csv"
    return [
        _table(file, "arm-that-is-not-planned", cell(CONTROL, 2, NAME), "unknown_arm",
               says=("column 'arm'", f"row {CONTROL}", "waitlist")),
        _table(file, "everybody-in-one-arm", column(2, lambda _: "balint"), "empty_arm",
               "group_missing", says=("waitlist",)),
        _table(file, "person-twice", lambda rows: rows.append(list(rows[1])), "duplicate_id"),
        _table(file, "group-of-two-arms", cell(CONTROL, 3, "G1"), "group_in_two_arms",
               "group_missing"),
        _table(file, "person-of-the-answers-missing", lambda rows: rows.pop(1),
               "unknown_participant"),
        _table(file, "group-left-empty", cell(2, 3, ""), "group_missing"),
        _table(file, "name-as-an-id", cell(3, 1, NAME), "direct_identifier",
               "unknown_participant", says=("column 'participant'", "row 3")),
        Case(name="participants-without-its-header", file=file, full=True, toml=WITHOUT_SESSIONS,
             files={file: headless(full_tables()[file])}, rules=("missing_column",),
             says=("'participant'",)),
        _table(file, "without-arms", lambda rows: [row.pop(1) for row in rows], "missing_column",
               "empty_required", "empty_arm", says=("'arm'",)),
    ]


def _sessions() -> list[Case]:
    def led(rows: Rows) -> None:
        for row, leader in zip(rows, ["leaders", NAME, NAME, "L2", "L2"], strict=True):
            row.append(leader)

    file = "sessions.csv"
    return [
        _table(file, "minutes-in-words", cell(2, 4, NAME), "not_a_number",
               says=("column 'minutes'", "row 2")),
        _table(file, "minutes-with-a-comma-and-with-a-point",
               lambda rows: [cell(2, 4, "1,5")(rows), cell(3, 4, "1.5")(rows)], "not_a_number",
               says=("column 'minutes'", "row 2", "with a point")),
        _table(file, "minutes-below-nought", cell(3, 4, "-90"), "negative",
               says=("column 'minutes'", "row 3")),
        _table(file, "minutes-without-end", cell(3, 4, "1e999"), "not_a_number",
               says=("column 'minutes'", "row 3")),
        _table(file, "held-perhaps", cell(4, 6, f"ask {NAME}"), "not_yes_no",
               says=("column 'held'", "row 4", "yes, no")),
        _table(file, "session-twice", lambda rows: rows.append(list(rows[1])), "duplicate_id"),
        _table(file, "group-of-nobody", cell(2, 2, "zq-group"), "unknown_group",
               says=("column 'group'",)),
        _table(file, "leader-with-a-name", led, "direct_identifier",
               says=("column 'leaders'",)),
        _table(file, "without-sessions", lambda rows: [row.pop(0) for row in rows],
               "missing_column", says=("'session'",)),
    ]


def _attendance() -> list[Case]:
    file = "attendance.csv"
    return [
        _table(file, "status-in-free-words", cell(2, 3, f"rang: {MAIL}"), "unknown_status",
               says=("column 'status'", "row 2", "present")),
        _table(file, "session-that-was-not-planned", cell(2, 2, "zq-session"),
               "unknown_session", says=("row 2", "sessions.csv")),
        _table(file, "person-unknown", cell(3, 1, "zq-stranger"), "unknown_participant",
               says=("row 3", "participants.csv")),
        _table(file, "row-twice", lambda rows: rows.append(list(rows[1])), "duplicate_id",
               says=("participant and session",)),
        _table(file, "presented-perhaps", cell(2, 4, NAME), "not_yes_no",
               says=("column 'presented'",)),
        _table(file, "without-status", lambda rows: [row.pop(2) for row in rows],
               "missing_column", says=("'status'",)),
    ]


# --- where the files lie -------------------------------------------------------------------------


def _places() -> list[Case]:
    place = "files.responses: must be a file inside the folder of the study"

    def outside(name: str, target: str) -> Case:
        return Case(name=f"place-{name}", file="study.toml", says=(place,),
                    toml=SMALL.replace('"responses.csv"', target))

    return [
        outside("of-another-folder", '"../responses.csv"'),
        outside("by-a-detour", '"answers/../../responses.csv"'),
        outside("from-the-root", '"/etc/passwd"'),
        outside("the-folder-itself", '"."'),
        outside("without-a-name", '" "'),
        outside("with-a-nul", '"responses\\u0000.csv"'),
        Case(name="place-of-another-system", file="C:\\clinic\\responses.csv",
             toml=SMALL.replace('"responses.csv"', "'C:\\clinic\\responses.csv'"),
             rules=("missing_file",)),
        Case(name="place-of-too-many-letters", file="r" * 80, rules=("missing_file",),
             toml=SMALL.replace('"responses.csv"', f'"{"r" * 400}.csv"')),
        Case(name="place-with-nothing-there", files={"responses.csv": None},
             rules=("missing_file",), says=("[files]",)),
        Case(name="place-with-a-folder", files={"responses.csv": _folder}, rules=("not_a_file",)),
        Case(name="place-with-a-pipe", files={"responses.csv": os.mkfifo}, rules=("empty_file",)),
        *_closed(),
    ]


def _closed() -> list[Case]:
    """A file without permission to read; who may read everything cannot meet it."""
    def closed(path: Path) -> None:
        path.write_text(CODE, encoding="utf-8")
        path.chmod(0)

    if os.geteuid() == 0:
        return []
    return [Case(name="place-closed", files={"responses.csv": closed}, rules=("no_permission",))]


def _links() -> list[Case]:
    """Names that lead elsewhere: a study reads and keeps what lies in its own folder only."""
    def to(target: str) -> Callable[[Path], object]:
        return lambda path: path.symlink_to(target)

    inside = "files.responses: must be a file inside the folder of the study"
    return [
        Case(name="symlink-to-another-folder", file="study.toml", says=(inside,),
             files={"responses.csv": to("../../responses.csv")}),
        Case(name="symlink-to-the-system", file="study.toml", says=(inside,),
             files={"responses.csv": to("/etc/passwd")}),
        Case(name="symlink-to-itself", file="study.toml", says=("files.responses",),
             files={"responses.csv": to("responses.csv")}),
        Case(name="symlink-round-in-a-circle", file="study.toml", says=("files.responses",),
             files={"responses.csv": to("other.csv"), "other.csv": to("responses.csv")}),
        Case(name="symlink-to-nothing", files={"responses.csv": to("gone.csv")},
             rules=("missing_file",)),
        Case(name="symlink-that-is-the-study", file="study.toml", says=("symbolic links",),
             files={"study.toml": to("study.toml")}),
        Case(name="symlink-of-a-device", file="study.toml", says=(inside,),
             files={"responses.csv": to("/dev/zero")}),
        Case(name="study-of-two-gigabytes", file="study.toml", heavy=True, says=("too large",),
             files={"study.toml": sparse(2 << 30, SMALL.encode())}),
    ]


def _folder(path: Path) -> None:
    path.mkdir()
