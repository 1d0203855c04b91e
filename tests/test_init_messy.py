"""One programme as eight programs export it: what is proposed gives the scores of the plain table.

SYNTHETIC exports of `data/examples/messy`. Beside the exports nothing is known to the proposal; a
person adds what no export tells, which is written down here for each of them.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balint_research.scoring.library import shipped
from balint_research.study.propose.propose import Proposal, propose_study
from balint_research.study.scores import score_study
from balint_research.study.study import read_study
from balint_research.study.validate import read_data

FOLDER = shipped("examples") / "messy"

# Folder -> exports, dictionary, and what a person has to change: (old, new), old is there.
EXPORTS: dict[str, tuple[tuple[str, ...], str | None, tuple[tuple[str, str], ...]]] = {
    ".": (("responses.csv", "participants.csv"), None, ()),
    "redcap_raw": (("export.csv",), "dictionary.csv", ()),
    "redcap_labels": (("export_labels.csv",), "dictionary.csv", ()),
    "qualtrics": (("month6.csv", "baseline.csv"), None, ()),
    "google_forms": (("form_responses.csv",), None, ()),
    "spss": (("survey.sav",), None, ()),
    "limesurvey": (("export.csv",), None, (
        # LimeSurvey numbers the answers as the form prints them: only the form can tell
        ('labels = {A1 = "FILL IN", A2 = "FILL IN", A3 = "FILL IN", A4 = "FILL IN", '
         'A5 = "FILL IN", A8 = "FILL IN", A9 = "FILL IN"}',
         "labels = {A1 = 0, A2 = 1, A3 = 2, A4 = 3, A5 = 4}"),
        ('labels = {A1 = "FILL IN", A2 = "FILL IN", A3 = "FILL IN", A4 = "FILL IN", '
         'A5 = "FILL IN", A6 = "FILL IN", A8 = "FILL IN", A9 = "FILL IN"}',
         "labels = {A1 = 0, A2 = 1, A3 = 2, A4 = 3, A5 = 4, A6 = 5}"),
        ('dialect = "limesurvey"',
         'dialect = "limesurvey"\nmissing = {A8 = "refused", A9 = "not applicable"}'))),
    "qualtrics_legacy": (("export.csv",), None, (
        # numbered questions without a word of which questionnaire they are
        ("# [instruments.q4]\n", "[instruments.teq]\n"), ("# [instruments.q5]\n",
                                                          "[instruments.who5]\n"),
        ('# items = "Q4_{n}"', 'items = "Q4_{n}"\ncoding = "coded_1_5"\nmissing_codes = [8, 9]'),
        ('# items = "Q5_{n}"',
         'items = "Q5_{n}"\ncoding = {min = 1, max = 6}\nmissing_codes = [8, 9]'),
        ('primary_outcome = "FILL IN"', 'primary_outcome = "teq.total"'),
        ('dialect = "qualtrics_legacy"', 'dialect = "qualtrics_legacy"\nignore = ["Name"]'))),
    "excel": (("survey.xlsx",), None, (
        ("# [instruments.empathy]\n", "[instruments.teq]\n"),
        ("# [instruments.well_being]\n", "[instruments.who5]\n"),
        ('# items = "Empathy_{n}"', 'items = "Empathy_{n}"'),
        ('# items = "Well-being_{n}"', 'items = "Well-being_{n}"'),
        ('primary_outcome = "FILL IN"', 'primary_outcome = "teq.total"'),
        ("header_lines = 2", 'header_lines = 2\ndecimal = ","\n'
         'missing = {"refused" = "refused", "n.a." = "not applicable"}'))),
}


@cache
def proposed(name: str) -> Proposal:
    exports, dictionary, _ = EXPORTS[name]
    folder = FOLDER / name
    return propose_study([folder / export for export in exports], title="t",
                         dictionary=folder / dictionary if dictionary else None)


def in_order(scores: pd.DataFrame, waves: tuple[str, ...]) -> pd.DataFrame:
    """The scores with the waves by their place, as their names differ."""
    columns = ["participant", "wave", "instrument", "scale", "value", "answered", "status"]
    return scores.assign(wave=scores["wave"].map(waves.index))[columns].sort_values(
        columns[:4], ignore_index=True)


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    study = read_study(FOLDER)
    return in_order(score_study(study, read_data(study)), study.waves)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_proposal_gives_the_scores_of_the_plain_table(
    name: str, plain: pd.DataFrame, tmp_path: Path
) -> None:
    proposal = proposed(name)
    text = proposal.toml
    for old, new in (("confirmed = false\n", ""), *EXPORTS[name][2]):
        assert old in text, old
        text = text.replace(old, new)
    for file, path in proposal.files.items():
        (tmp_path / file).write_bytes(path.read_bytes())
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = read_study(tmp_path)
    assert len(study.waves) == 2
    ours = in_order(score_study(study, read_data(study)), study.waves)
    pd.testing.assert_frame_equal(ours, plain)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_plan_is_that_of_the_hand_written_study(name: str) -> None:
    ours: dict[str, Any] = tomllib.loads(proposed(name).toml)
    by_hand = tomllib.loads((FOLDER / name / "study.toml").read_text(encoding="utf-8"))
    assert ours["study"]["confirmed"] is False
    assert ours["study"]["design"] == by_hand["study"]["design"]
    for column in ("participant", "wave", "group"):
        assert ours.get("columns", {}).get(column) == by_hand.get("columns", {}).get(column)
    if isinstance(by_hand["files"]["responses"], str):
        assert ours["files"]["responses"] == by_hand["files"]["responses"]
    else:
        assert list(ours["files"]["responses"].values()) == list(
            by_hand["files"]["responses"].values())
    for instrument, use in ours.get("instruments", {}).items():
        assert use["items"] == by_hand["instruments"][instrument].get(
            "items", f"{instrument}_{{n}}")


def test_a_sheet_without_data_is_left_out() -> None:
    assert "Notes" not in str(tomllib.loads(proposed("excel").toml)["files"])


def test_no_answer_in_words_and_in_codes_is_found() -> None:
    """-99 and -98 beside the dictionary's choices; words in the labelled and choice exports."""
    raw = tomllib.loads(proposed("redcap_raw").toml)["instruments"]
    assert {code for use in raw.values() for code in use["missing_codes"]} == {-98, -99}
    labelled = tomllib.loads(proposed("redcap_labels").toml)["reading"]["export_labels.csv"]
    assert {"Refused", "Not applicable"} <= set(labelled["missing"])
    google = tomllib.loads(proposed("google_forms").toml)["reading"]["form_responses.csv"]
    assert set(google["missing"]) == {"Prefer not to answer", "Does not apply"}
