"""Contracts tell column, rule, number and lines; pandera's own words are never shown."""

from pathlib import Path

import pandas as pd

from balint_research.study.contracts import (
    attendance_contract,
    broken,
    memberships_contract,
    participants_contract,
    responses_contract,
    sessions_contract,
)
from balint_research.study.tables import empty
from balint_research.study.validate import read_data
from tests.study_folder import texts, write


def test_checked_tables_keep_their_contracts(tmp_path: Path) -> None:
    study = write(tmp_path)
    data = read_data(study)
    for contract, frame in ((participants_contract(study), data.participants),
                            (responses_contract(study), data.responses),
                            (sessions_contract(), data.sessions),
                            (attendance_contract(), data.attendance)):
        assert broken(contract, frame, study, file="x.csv") == []


def test_empty_tables_keep_their_contracts(tmp_path: Path) -> None:
    study = write(tmp_path)
    for contract, name in ((memberships_contract(), "memberships"),
                           (sessions_contract(), "sessions"),
                           (attendance_contract(), "attendance")):
        assert broken(contract, empty(name), study, file="x.csv") == []


def test_a_broken_frame_is_told_without_its_cells(tmp_path: Path) -> None:
    study = write(tmp_path)
    frame = pd.DataFrame(
        {"participant": ["a", "a", None], "arm": ["secret", "balint", "balint"],
         "group": [None, "G1", "G1"]}, index=[2, 3, 9]).astype("str")
    issues = broken(participants_contract(study), frame, study, file="p.csv",
                    names={"arm": "allocation"})
    assert sorted(texts(issues)) == [
        "p.csv, column 'allocation', row 2: 1 row has an arm that the study does not have. "
        "Allowed: 'balint', 'waitlist'. Correct the file, or map its labels under [values.arm]. "
        "[unknown_arm]",
        "p.csv, column 'participant', row 9: 1 row has no value in a column that needs one. Fill "
        "it in. [empty_required]",
        "p.csv, column 'participant', rows 2, 3: 2 rows share participant with another row. Keep "
        "one row for each participant. [duplicate_id]"]
