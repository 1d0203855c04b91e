"""A small synthetic study that is right in every way, for tests to break in one way each."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from balint_research.errors import Issue
from balint_research.study.study import Study, read_study
from balint_research.study.validate import check_data

Rows = list[list[str]]

TOML = """
[study]
title = "A synthetic study"
design = "individually_randomised"
waves = ["pre", "post"]
primary_outcome = "who5.percent"

[arms]
control = "waitlist"
treated = ["balint"]

[files]
participants = "participants.csv"
responses = "responses.csv"
sessions = "sessions.csv"
attendance = "attendance.csv"

[instruments.who5]
"""

TREATED = [f"T{i:02}" for i in range(1, 13)]
CONTROLS = [f"C{i:02}" for i in range(1, 7)]
PEOPLE = [*TREATED, *CONTROLS]
ITEMS = [f"who5_{n}" for n in range(1, 6)]


def answers(person: int, wave: int) -> list[str]:
    """Five answers from 0 to 5 that differ between people, items and waves."""
    return [str((person * 3 + item * item + wave * (1 + person % 2)) % 6) for item in range(5)]


def participants() -> Rows:
    """Two groups of six in the treated arm, six people who wait."""
    rows = [["participant", "arm", "group", "role"]]
    rows += [[p, "balint", "G1" if i < 6 else "G2", "resident"] for i, p in enumerate(TREATED)]
    return rows + [[p, "waitlist", "", "resident"] for p in CONTROLS]


def responses() -> Rows:
    """Every person at both waves."""
    rows = [["participant", "wave", *ITEMS]]
    for wave, name in enumerate(("pre", "post")):
        rows += [[p, name, *answers(i, wave)] for i, p in enumerate(PEOPLE)]
    return rows


def sessions() -> Rows:
    """Two sessions a group; the last of G2 was cancelled."""
    return [["session", "group", "week", "minutes", "mode", "held"],
            ["S1", "G1", "1", "90", "in person", "yes"],
            ["S2", "G1", "2", "90", "video", "yes"],
            ["S3", "G2", "1", "60", "in person", "yes"],
            ["S4", "G2", "2", "60", "in person", "no"]]


def attendance() -> Rows:
    """Everyone of G1 at S1, half of them at S2; three of G2 at S3."""
    rows = [["participant", "session", "status", "presented"]]
    rows += [[p, "S1", "present", "no"] for p in TREATED[:6]]
    rows += [[p, "S2", "late" if i < 3 else "absent", "no"] for i, p in enumerate(TREATED[:6])]
    return rows + [[p, "S3", "left_early", "yes"] for p in TREATED[6:9]]


def tables() -> dict[str, Rows]:
    """The four files of the study."""
    return {"participants.csv": participants(), "responses.csv": responses(),
            "sessions.csv": sessions(), "attendance.csv": attendance()}


def write(
    folder: Path, files: Mapping[str, Rows] | None = None, toml: str = TOML, mark: str = ","
) -> Study:
    """The study on disk, read back."""
    for name, rows in (tables() if files is None else files).items():
        (folder / name).write_bytes(as_csv(rows, mark).encode())
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return read_study(folder)


def as_csv(rows: Sequence[Sequence[str]], mark: str = ",") -> str:
    """Rows as a spreadsheet would write them."""
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\n").writerows(rows)
    return text.getvalue()


def broken(folder: Path, change: Callable[[dict[str, Rows]], object], toml: str = TOML
           ) -> tuple[Issue, ...]:
    """The issues of the study after a change to its tables."""
    files = tables()
    change(files)
    return check_data(write(folder, files, toml))[1]


def texts(issues: Sequence[Issue]) -> list[str]:
    """The issues as a user reads them."""
    return [str(issue) for issue in issues]
