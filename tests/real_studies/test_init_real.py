"""A study proposed from every real export: what is recognised, and what the authors' scores say.

A proposal is confirmed here as a person would: FILL IN and the names of waves and arms are
replaced, `confirmed = false` is removed, and what follows has to be the published scores.
"""

import shutil
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import StudyError
from balint_research.study.propose.propose import Proposal, propose_study
from balint_research.study.scores import score_study
from balint_research.study.study import Study, read_study
from balint_research.study.validate import read_data

HERE = Path(__file__).parent
REDCAP = {
    "longitudinal": "redcap", "arm-single-longitudinal": "redcap",
    "repeating-instruments": "redcap", "checkboxes-1": "redcap", "nonnumeric-record-id": "redcap",
}


@cache
def proposed(export: Path) -> Proposal:
    """The proposal of one export by itself."""
    return propose_study(export)


def said(proposal: Proposal) -> dict[str, Any]:
    """The proposal as TOML; it is one, and is not confirmed."""
    document = tomllib.loads(proposal.toml)
    assert document["study"]["confirmed"] is False
    return document


def told(proposal: Proposal) -> str:
    """The text with every comment on one line."""
    return proposal.toml.replace("\n#   ", " ")


def found(proposal: Proposal, what: str) -> list[str]:
    rows = proposal.findings
    return rows.loc[rows["what"] == what, "value"].tolist()


def on_disk(proposal: Proposal, folder: Path, changes: Mapping[str, str] | None = None) -> Study:
    """The proposal as a person leaves it: confirmed, with the changes given."""
    folder.mkdir()
    for name, path in proposal.files.items():
        shutil.copyfile(path, folder / name)
    if proposal.keys:
        (folder / "instruments").mkdir()
    for name, path in proposal.keys.items():
        shutil.copyfile(path, folder / "instruments" / name)
    text = proposal.toml
    for old, new in {"confirmed = false\n": "", **(changes or {})}.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return read_study(folder)


def scores_of(study: Study) -> pd.DataFrame:
    return score_study(study, read_data(study))


def scored(
    scores: pd.DataFrame, instrument: str, wave: str, scale: str = "total"
) -> pd.Series:
    """The scores on one scale at one wave, by person."""
    rows = scores[(scores["instrument"] == instrument) & (scores["wave"] == wave)
                  & (scores["scale"] == scale)]
    return rows.set_index("participant")["value"].astype(float)


def differing(ours: pd.Series, theirs: pd.Series) -> int:
    """People whose values differ, or of whom one of the two has none."""
    assert ours.index.is_unique and theirs.index.is_unique
    mine = ours.reindex(theirs.index).to_numpy(dtype=float)
    printed = theirs.to_numpy(dtype=float)
    agree = (np.isnan(mine) & np.isnan(printed)) | (np.abs(mine - printed) < 1e-9)
    return int((~agree).sum()) + int(ours.drop(theirs.index, errors="ignore").notna().sum())


# --- exports with published scores ---------------------------------------------------------------


def test_mexican_students(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "phq_gad_medstudents_mx"
    proposal = propose_study(folder / "items.csv", title="Medical students")
    document = said(proposal)
    assert document["study"] == {
        "confirmed": False, "title": "Medical students", "design": "cross_sectional",
        "waves": ["survey"], "primary_outcome": "phq9.total"}
    assert document["columns"] == {"participant": "id"}
    assert document["instruments"] == {"phq9": {"items": "phq{n}"}, "gad7": {"items": "gad{n}"}}
    assert found(proposal, "not recognised") == ["epworth{n}"]
    assert "epworth{n}', 8 columns, codes 0 to 4" in told(proposal)
    scores = scores_of(on_disk(proposal, tmp_path / "study"))
    printed = pd.read_csv(folder / "expected_scores.csv", dtype={"id": "str"}).set_index("id")
    assert differing(scored(scores, "phq9", "survey"), printed["phq_score"]) == 0
    assert differing(scored(scores, "gad7", "survey"), printed["gad_score"]) == 0


def test_nhanes(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "phq9_nhanes_2021_2023"
    proposal = propose_study(folder / "DPQ_L.xpt", title="NHANES")
    document = said(proposal)
    assert document["instruments"] == {"phq9": {
        "items": [f"DPQ0{n}0" for n in range(1, 10)], "missing_codes": [7, 9]}}
    assert document["columns"] == {"participant": "SEQN"}
    assert "7 (23 answers), 9 (51 answers)" in told(proposal)
    assert "the numbering goes on beyond the items: DPQ100" in told(proposal)
    scores = scores_of(on_disk(proposal, tmp_path / "study"))
    printed = pd.read_csv(folder / "expected_scores.csv", dtype={"SEQN": "str"})
    people = printed["SEQN"].str.removesuffix(".0")
    ours = scored(scores, "phq9", "survey")
    assert int(ours.notna().sum()) == 5455
    assert differing(ours, printed.set_index(people)["PHQ9_total_complete"]) == 0


def test_the_counts_of_the_missing_codes_are_those_of_the_file(shared_data: Path) -> None:
    import pyreadstat

    frame, _ = pyreadstat.read_xport(shared_data / "phq9_nhanes_2021_2023" / "DPQ_L.xpt")
    items = frame[[f"DPQ0{n}0" for n in range(1, 10)]]
    assert [int((items == code).to_numpy().sum()) for code in (7, 9)] == [23, 51]


def test_the_internet_programme_is_what_was_written_by_hand(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "qwb_icbt_longitudinal"
    proposal = propose_study(folder / "items_wide.csv", title="t",
                             instruments=[HERE / "qwb" / "instruments" / "qwb.toml"])
    document = said(proposal)
    by_hand = tomllib.loads((HERE / "qwb" / "study.toml").read_text(encoding="utf-8"))
    for table in ("files", "columns", "instruments"):
        assert document[table] == by_hand[table]
    for line in ("design", "waves", "primary_outcome"):
        assert document["study"][line] == by_hand["study"][line]
    assert "9 of 659 rows have none and are left out" in told(proposal)
    assert list(proposal.keys) == ["qwb.toml"]
    scores = scores_of(on_disk(proposal, tmp_path / "study"))
    rows = pd.read_csv(folder / "items_wide.csv", usecols=["ID"])["ID"]
    people = rows.map("{:.0f}".format, na_action="ignore")
    printed = pd.read_csv(folder / "expected_scores.csv").set_index(people)
    printed = printed[printed.index.notna()]
    for name, column in (("phq9", "PHQ-9_screening_SUM"), ("gad7", "GAD-7_screening_SUM")):
        ours = scored(scores, name, "screening")
        ours.index = ours.index.str.removesuffix(".0")
        assert differing(ours, printed[column]) == 0
    incomplete = {"screening": 1}  # the authors print one sum over 17 answers
    for wave in by_hand["study"]["waves"]:
        column = "QWB_screening_SUM" if wave == "screening" else f"QWB_SUM_{wave}"
        ours = scored(scores, "qwb", wave)
        ours.index = ours.index.str.removesuffix(".0")
        assert differing(ours, printed[column]) == incomplete.get(wave, 0)


def test_without_a_key_the_outcome_of_the_programme_is_to_be_filled_in(
    shared_data: Path, tmp_path: Path
) -> None:
    proposal = propose_study(shared_data / "qwb_icbt_longitudinal" / "items_wide.csv")
    assert said(proposal)["study"]["primary_outcome"] == "FILL IN"
    assert "Not recognised: 'QWB_{n}_{wave}', 18 columns, codes 0 to 4" in told(proposal)
    with pytest.raises(StudyError, match="primary_outcome: must be an instrument"):
        on_disk(proposal, tmp_path / "study")


TRIAL = {
    'control = "FILL IN"': 'control = "arm_4"', '"arm_3", "arm_4"]': '"arm_3"]',
    "# [resolve]": "[resolve]", '# duplicate_rows = "keep_first"': 'duplicate_rows = "keep_first"',
}


def test_the_trial(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "pospsy_rct_items"
    keys = [HERE / "pospsy" / "instruments" / f"{name}.toml" for name in ("cesd", "ahi")]
    proposal = propose_study(
        [folder / "items_long_as_published.csv", folder / "participants.csv"], title="t",
        instruments=keys)
    document = said(proposal)
    by_hand = tomllib.loads((HERE / "pospsy" / "study.toml").read_text(encoding="utf-8"))
    for table in ("files", "columns"):
        assert document[table] == by_hand[table]
    assert document["study"]["design"] == "individually_randomised"
    assert document["study"]["waves"] == [f"t{n}" for n in range(6)]
    assert document["values"]["wave"] == {f"{n}": f"t{n}" for n in range(6)}
    assert document["arms"]["control"] == "FILL IN"  # no label says which of 1 to 4 it is
    assert document["instruments"]["cesd"] == {
        "items": "cesd{n:02}", "coding": {"min": 1, "max": 4}}
    assert document["instruments"]["ahi"] == {"items": "ahi{n:02}"}
    assert "4 rows share person and wave" in told(proposal)
    scores = scores_of(on_disk(proposal, tmp_path / "study", TRIAL))
    printed = pd.read_csv(folder / "expected_scores_as_published.csv", dtype={"id": "str"})
    printed = printed.drop_duplicates(["id", "occasion"])
    assert len(printed) == 990
    for name, column in (("cesd", "cesdTotal"), ("ahi", "ahiTotal")):
        for occasion, rows in printed.groupby("occasion"):
            ours = scored(scores, name, f"t{occasion}")
            ours = ours[ours.index.isin(rows["id"])]
            assert differing(ours, rows.set_index("id")[column]) == 0


def test_the_trial_without_keys_names_what_it_does_not_know(shared_data: Path) -> None:
    folder = shared_data / "pospsy_rct_items"
    proposal = propose_study(folder / "items_long_as_published.csv")
    document = said(proposal)
    assert document["columns"] == {"participant": "id", "wave": "occasion", "arm": "intervention"}
    assert "instruments" not in document
    assert found(proposal, "not recognised") == ["ahi{n:02}", "cesd{n:02}"]
    assert '# items = "ahi{n:02}"' in told(proposal)


def test_students_at_three_waves(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "wellbeing_3waves"
    keys = [HERE / "wellbeing" / "instruments" / f"{name}.toml"
            for name in ("flourishing", "spane", "grit")]
    paths = [folder / f"wave{n}_raw.csv" for n in (1, 2, 3)]
    proposal = propose_study(paths, title="t", instruments=keys)
    document = said(proposal)
    assert document["study"]["waves"] == ["wave1", "wave2", "wave3"]
    assert document["files"]["responses"] == {
        f"wave{n}": f"wave{n}_raw.csv" for n in (1, 2, 3)}
    assert document["columns"] == {"participant": "id"}
    # the columns of the third do not carry the name of its key, which travels all the same
    assert document["instruments"] == {
        "grit": {"items": "grit{n:02}"}, "flourishing": {"items": "flourish{n:02}"}}
    assert found(proposal, "not recognised") == ["spne{n:02}"]
    assert sorted(proposal.keys) == ["flourishing.toml", "grit.toml", "spane.toml"]
    scores = scores_of(on_disk(proposal, tmp_path / "study"))
    printed = pd.read_csv(folder / "expected_scores.csv", dtype={"id": "str"}).set_index("id")
    for n in (1, 2, 3):
        assert differing(scored(scores, "grit", f"wave{n}"), printed[f"grit{n}"]) == 0
        assert differing(scored(scores, "flourishing", f"wave{n}", "mean"),
                         printed[f"flourish{n}"]) == 0


# --- exports without questionnaires of ours ------------------------------------------------------


def test_repeated_measures_without_items(shared_data: Path) -> None:
    proposal = propose_study(shared_data / "fev_mmrm" / "fev.csv")
    document = said(proposal)
    assert document["columns"] == {"participant": "USUBJID", "wave": "AVISIT", "arm": "ARMCD"}
    assert document["study"]["waves"] == ["VIS1", "VIS2", "VIS3", "VIS4"]
    assert document["arms"] == {"control": "PBO", "treated": ["TRT"]}
    assert "values" not in document  # their names can stay
    assert found(proposal, "instrument") == found(proposal, "not recognised") == []


def test_a_labelled_spss_file_without_ids(shared_data: Path) -> None:
    proposal = propose_study(
        shared_data / "messy_spss_labelled" / "aaq2_chile_subset.sav", title="t")
    document = said(proposal)
    assert document["columns"] == {"participant": "FILL IN"}
    assert "no column of participants was found" in told(proposal)
    assert found(proposal, "not recognised") == ["SWB_7items_{n}", "AAQ_II_{n}"]
    assert "'AAQ_II_{n}', 7 columns, codes 1 to 7." in proposal.toml  # -999 is no answer
    for label in ("Nunca", "UTalca", "Chile2020"):
        assert label not in proposal.toml


@pytest.mark.parametrize(("file", "dialect", "person"), [
    ("sample.csv", "qualtrics", "ResponseId"), ("sample_legacy.csv", "qualtrics_legacy",
                                                "ResponseID"),
])
def test_qualtrics(
    shared_data: Path, tmp_path: Path, file: str, dialect: str, person: str
) -> None:
    proposal = propose_study(shared_data / "messy_qualtrics_samples" / file, title="t")
    document = said(proposal)
    assert document["reading"] == {file: {"dialect": dialect}}
    assert document["columns"] == {"participant": person}
    assert "it is the number of the response, not of the person" in told(proposal)
    assert "Hello World" not in proposal.toml
    named = {issue.column for issue in proposal.issues if issue.rule == "direct_identifier"}
    assert {"IPAddress", "LocationLatitude", "LocationLongitude"} <= named
    assert all(f"'{column}'" in proposal.toml for column in named)
    # one record and no questionnaire: this cannot be a study, and the sentence says so
    with pytest.raises(StudyError, match="instruments: is missing"):
        on_disk(proposal, tmp_path / "study")


@pytest.mark.parametrize("project", REDCAP)
def test_redcap(shared_data: Path, tmp_path: Path, project: str) -> None:
    folder = shared_data / "messy_redcap"
    export = folder / f"{project}__data.csv"
    proposal = propose_study(export, dictionary=folder / f"{project}__dictionary.csv", title="t")
    document = said(proposal)
    assert document["reading"] == {export.name: {"dialect": REDCAP[project]}}
    assert document["columns"]["participant"] in ("record_id", "study_id")
    assert list(proposal.files) == [export.name]  # the dictionary is not needed to read it
    assert found(proposal, "instrument") == []
    with pytest.raises(StudyError, match="instruments: is missing"):
        on_disk(proposal, tmp_path / "study")


def test_events_and_arms_of_redcap(shared_data: Path) -> None:
    folder = shared_data / "messy_redcap"
    one = said(proposed(folder / "arm-single-longitudinal__data.csv"))
    assert one["columns"] == {"participant": "record_id", "wave": "redcap_event_name"}
    assert one["study"]["waves"] == ["intake", "dischage", "follow_up"]
    assert one["values"]["wave"] == {
        f"{name}_arm_1": name for name in ("intake", "dischage", "follow_up")}
    proposal = proposed(folder / "longitudinal__data.csv")
    two = said(proposal)
    assert two["columns"] == {
        "participant": "study_id", "wave": "redcap_event_name", "arm": "redcap_arm"}
    assert two["arms"] == {"control": "FILL IN", "treated": ["arm_1", "arm_2"]}
    assert [two["values"]["wave"][f"enrollment_arm_{n}"] for n in (1, 2)] == ["enrollment"] * 2
    named = {issue.column for issue in proposal.issues if issue.rule == "direct_identifier"}
    assert {"first_name", "last_name", "telephone_1", "email", "dob"} <= named


SECRETS = ("Zharko", "Lenox", "gmail", "130.92", "R_2YPOQ602ER1jkf1", "47.115", "Amanda", "555-")


def test_no_participants_value_shows_in_any_proposal(shared_data: Path) -> None:
    exports = [
        *sorted((shared_data / "messy_redcap").glob("*__data.csv")),
        *sorted((shared_data / "messy_qualtrics_samples").glob("sample*.csv")),
    ]
    assert len(exports) == 7
    for export in exports:
        proposal = proposed(export)
        text = "\n".join([proposal.toml, proposal.findings.to_csv(), *map(str, proposal.issues)])
        assert not [secret for secret in SECRETS if secret in text], export.name
