"""A synthetic study that can be released, with something of everything that must not go."""

import csv
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from balint_research.study.contracts import StudyData
from balint_research.study.release.prepare import Release, prepare_release
from balint_research.study.study import Study, read_study
from balint_research.study.validate import read_data

WAVES = ("pre", "post")
ROLES, YEARS = ("resident", "nurse"), ("1", "2", "3", "4")
GROUPS, SIZE, CONTROLS = 3, 10, 30

TOML = """
[study]
title = "Balint groups in one clinic"
design = "individually_randomised"
waves = ["pre", "post"]
primary_outcome = "who5.percent"
covariates = ["years_of_practice"]
{synthetic}
[arms]
control = "waitlist"
treated = ["balint"]

[files]
participants = "participants.csv"
responses = "responses.csv"
sessions = "sessions.csv"
attendance = "attendance.csv"

[instruments.who5]
coding = {{min = 1, max = 6}}
already_reversed = [2]
missing_codes = {{99 = "refused"}}

[instruments.jspppe]
items = {{1 = "jspppe_1", 2 = "jspppe_2", 3 = "jspppe_3", 4 = "jspppe_4", 5 = "jspppe_5"}}
waves = ["post"]

[privacy]
quasi_identifiers = ["role", "years_of_practice", "training_year"]
harmless = ["parking", "note"]

[privacy.levels]
years_of_practice = [[5, 10], [10]]
training_year = [{{1 = "early", 2 = "early", 3 = "late", 4 = "late"}}]
"""

# Each of them stands in the files and must not stand in a release.
SECRETS = ("KX01", "KX60", "G-North", "G-South", "G-West", "patient-7", "Dr-Okafor-3", "S-G-North")


@cache
def read() -> tuple[Study, StudyData]:
    """The study and its data, read once for all tests."""
    with TemporaryDirectory() as place:
        study = read_study(write_study(Path(place)))
        return study, read_data(study)


@cache
def prepared(*, public: bool = False) -> Release:
    """What may be given away of it, drawn once."""
    return prepare_release(*read(), public=public)


def people() -> list[str]:
    return [f"KX{number:02}" for number in range(1, GROUPS * SIZE + CONTROLS + 1)]


def write_study(folder: Path, *, synthetic: bool = True) -> Path:
    """The files of the study; 60 people, every role in every group, a patient's forms of some."""
    rng = np.random.default_rng(5)
    groups = [f"G-{name}" for name in ("North", "South", "West")]
    everyone = people()
    of = [groups[i % GROUPS] if i < GROUPS * SIZE else "" for i in range(len(everyone))]
    participants = [["participant", "arm", "group", "role", "years_of_practice", "training_year",
                     "parking", "note", "team"]]
    participants += [
        [name, "balint" if of[i] else "waitlist", of[i], ROLES[(i // GROUPS) % 2],
         str(rng.integers(1, 15)), YEARS[i % 4], str(i % 3), "=1+1" if i % 2 else "a, b",
         f"team {i % 5}"] for i, name in enumerate(everyone)]
    _save(folder / "participants.csv", participants)
    _save(folder / "responses.csv", _responses(everyone, rng))
    sessions = [["session", "group", "week", "minutes", "mode", "held", "leaders"]]
    sessions += [[f"S-{group}-{week}", group, str(week), "90", "in person", "yes",
                  f"Dr-Okafor-{i + 1} Dr-Okafor-{i + 2}"]
                 for i, group in enumerate(groups) for week in (3, 1, 2)]
    _save(folder / "sessions.csv", sessions)
    attendance = [["participant", "session", "status", "presented"]]
    attendance += [[name, row[0], rng.choice(["present", "absent"]), "no"]
                   for i, name in enumerate(everyone) for row in sessions[1:] if row[1] == of[i]]
    _save(folder / "attendance.csv", attendance)
    toml = TOML.format(synthetic="synthetic = true" if synthetic else "")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder


def _responses(everyone: Sequence[str], rng: np.random.Generator) -> list[list[str]]:
    """Own forms of both waves, one of them incomplete; patients' forms at the second."""
    who5 = [f"who5_{n}" for n in range(1, 6)]
    jspppe = [f"jspppe_{n}" for n in range(1, 6)]
    rows = [["participant", "wave", "rater", *who5, *jspppe, "free_words"]]
    for i, name in enumerate(everyone):
        for wave in WAVES:
            if i in (4, 40) and wave == "post":
                continue
            level = rng.normal(3.5, 1.0)
            keyed = np.clip(np.rint(level + rng.normal(0, 0.7, 5)), 1, 6).astype(int)
            keyed[1] = 7 - keyed[1]  # stored reversed
            answers = [str(answer) for answer in keyed]
            answers[3] = "99" if i == 7 else answers[3]
            rows.append([name, wave, "self", *answers, *[""] * 5, f"words {i}"])
        for patient in range(i % 3) if i not in (4, 40) else ():
            forms = np.clip(np.rint(rng.normal(5.5, 1.2, 5)), 1, 7).astype(int)
            rows.append([name, "post", f"patient-{7 + patient}", *[""] * 5, *map(str, forms), ""])
    return rows


def _save(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
