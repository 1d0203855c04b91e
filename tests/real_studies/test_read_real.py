"""Exports as survey programs and archives give them, read whole."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.scoring.score import score
from balint_research.study.read.read import read_table, read_text
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import TextTable, numbers

FORMS = ["demographics", "contact_info", "baseline_data", "visit_lab_data",
         "patient_morale_questionnaire", "visit_blood_workup", "visit_observed_behavior",
         "completion_data", "completion_project_questionnaire"]


def redcap(folder: Path, project: str, reading: Reading | None = None) -> TextTable:
    """The export of one of REDCap's test projects."""
    return read_text(folder / "messy_redcap" / f"{project}__data.csv", reading=reading)


def as_pandas_reads(folder: Path, project: str) -> pd.DataFrame:
    """The same file as text, read by pandas."""
    return pd.read_csv(folder / "messy_redcap" / f"{project}__data.csv", dtype="str",
                       keep_default_na=False)


def same_cells(table: TextTable, frame: pd.DataFrame) -> bool:
    """Whether every cell is the one that pandas reads; both strip blanks."""
    ours = table.frame[list(frame.columns)].fillna("").to_numpy()
    return bool(np.array_equal(ours, frame.map(str.strip).to_numpy()))


@pytest.mark.parametrize(("project", "rows", "columns"), [
    ("longitudinal", 18, 125), ("arm-single-longitudinal", 9, 6), ("checkboxes-1", 4, 13),
    ("nonnumeric-record-id", 3, 3),
])
def test_projects_of_redcap_keep_every_row_and_name(
    shared_data: Path, project: str, rows: int, columns: int
) -> None:
    table = redcap(shared_data, project)
    frame = as_pandas_reads(shared_data, project)
    assert (table.dialect, table.rows_in, table.left_out) == ("redcap", rows, ())
    assert frame.shape == (rows, columns) and same_cells(table, frame)
    added = set(table.frame.columns) - set(frame.columns)
    assert added == ({"redcap_arm"} if project == "longitudinal" else set())


def test_the_arms_of_a_longitudinal_project(shared_data: Path) -> None:
    frame = redcap(shared_data, "longitudinal").frame
    events = pd.read_csv(shared_data / "messy_redcap" / "longitudinal__event.csv", dtype="str")
    arms = events.set_index("unique_event_name")["arm_num"]
    assert frame["redcap_arm"].tolist() == arms[frame["redcap_event_name"]].tolist()
    assert set(frame["redcap_arm"]) == {"1", "2"}


def test_the_forms_of_a_project_are_those_of_its_dictionary(shared_data: Path) -> None:
    without = redcap(shared_data, "longitudinal")
    with_it = redcap(shared_data, "longitudinal", Reading(
        dictionary="longitudinal__dictionary.csv"))
    assert list(dict.fromkeys(fact.form for fact in with_it.facts.values())) == FORMS
    assert with_it.facts["race"].labels["4"] == "White"
    forms = {name: fact.form for name, fact in with_it.facts.items() if name != "study_id"}
    assert {name: fact.form for name, fact in without.facts.items()} == forms


def test_repeating_instruments(shared_data: Path) -> None:
    people = redcap(shared_data, "repeating-instruments")
    assert people.frame["record_id"].tolist() == ["1", "2"]
    assert people.left_out == (("row of a repeating instrument", 4),) and people.rows_in == 6
    pressure = redcap(shared_data, "repeating-instruments", Reading(repeat_instrument="bp"))
    assert pressure.frame["bp_systolic"].tolist() == ["110", "111", "112", "114"]
    assert pressure.left_out == (("row of another instrument", 2),) and pressure.rows_in == 6


LABELLED = {
    "ethnicity": {"0": "Hispanic or Latino", "1": "NOT Hispanic or Latino",
                  "2": "Unknown / Not Reported"},
    "sex": {"0": "Female", "1": "Male"},
}


def test_a_labelled_export_of_a_real_project_gives_its_codes(
    shared_data: Path, tmp_path: Path
) -> None:
    raw = as_pandas_reads(shared_data, "repeating-instruments")
    labelled = raw.replace(dict(LABELLED))
    labelled["race"] = labelled["race"].replace({
        "4": "White", "6": "Unknown / Not Reported"})
    for form in ("demographics", "bp"):
        labelled[f"{form}_complete"] = raw[f"{form}_complete"].replace({"2": "Complete",
                                                                       "1": "Unverified"})
    labelled.to_csv(tmp_path / "labels.csv", index=False)
    dictionary = shared_data / "messy_redcap" / "repeating-instruments__dictionary.csv"
    (tmp_path / "dictionary.csv").write_bytes(dictionary.read_bytes())
    table = read_text(tmp_path / "labels.csv", reading=Reading(dictionary="dictionary.csv"))
    assert table.dialect == "redcap_labels"
    assert table.frame.equals(redcap(shared_data, "repeating-instruments").frame)


def test_two_exports_of_qualtrics(shared_data: Path) -> None:
    folder = shared_data / "messy_qualtrics_samples"
    table = read_text(folder / "sample.csv")
    assert (table.dialect, table.rows_in, table.left_out) == ("qualtrics", 1, ())
    assert table.frame.index.tolist() == [4]
    assert list(table.frame.loc[4, ["Q1", "Q2"]]) == ["2", "Hello World!"]
    assert table.facts["Q1"].label == "This is a multiple choice question."
    legacy = read_text(folder / "sample_legacy.csv")
    assert (legacy.dialect, legacy.rows_in, legacy.left_out) == ("qualtrics_legacy", 1, ())
    assert list(legacy.frame.columns) == [
        "ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress",
        "Status", "StartDate", "EndDate", "Finished", "Q1", "Q2", "LocationLatitude",
        "LocationLongitude", "LocationAccuracy"]
    shared = ["Q1", "Q2", "StartDate", "EndDate", "Finished", "IPAddress"]
    assert list(legacy.frame.loc[3, shared]) == list(table.frame.loc[4, shared])


def test_declared_missing_codes_of_spss(shared_data: Path) -> None:
    path = shared_data / "messy_spss_labelled" / "aaq2_chile_subset.sav"
    table = read_text(path)
    items = [f"AAQ_II_{n}" for n in range(1, 8)] + [f"SWB_7items_{n}" for n in range(1, 8)]
    assert table.frame.shape == (1705, 25) and table.left_out == ()
    assert set(table.reasons.columns) == set(items)
    assert int(table.reasons.notna().sum().sum()) == 26
    assert set(table.reasons.stack().dropna()) == {"code -999"}
    assert not table.frame.isin(["-999"]).any().any()
    answers = table.frame[items].apply(lambda column: numbers(column, ".")[0])
    assert answers.isna().equals(table.reasons.notna()[items])  # nothing else is missing
    assert dict(table.facts["AAQ_II_1"].labels)["1"] == "Nunca es verdad para mi"
    assert dict(table.facts["Finished"].labels) == {"0": "Completed", "1": "Not completed"}
    assert table.frame["Rec.Date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_codes_of_nhanes_get_a_reason_where_declared(shared_data: Path) -> None:
    folder = shared_data / "phq9_nhanes_2021_2023"
    plain = read_text(folder / "DPQ_L.xpt")
    assert plain.reasons.empty and plain.issues == ()
    items = [f"DPQ0{n}0" for n in range(1, 10)]
    table = read_text(folder / "DPQ_L.xpt", reading=Reading(
        missing={"7": "refused", "9": "don't know"}))
    counts = plain.frame[items].isin(["7", "9"]).sum()
    assert counts.sum() == 74
    assert table.reasons.reindex(columns=items).notna().sum().tolist() == counts.tolist()
    answers = table.frame[items].apply(lambda column: numbers(column, ".")[0])
    ours = score(answers, "phq9", items=items)["phq9_total"].to_numpy()
    printed = pd.read_csv(folder / "expected_scores.csv")["PHQ9_total_complete"].to_numpy()
    assert np.array_equal(ours, printed, equal_nan=True)


@pytest.mark.parametrize("file", [
    "pospsy_rct_items/items_long_as_published.csv", "qwb_icbt_longitudinal/items_wide.csv",
    "wellbeing_3waves/wave2_raw.csv", "phq_gad_medstudents_mx/items.csv", "fev_mmrm/fev.csv",
])
def test_hand_made_tables_are_plain_and_every_number_is_kept(
    shared_data: Path, file: str
) -> None:
    table = read_text(shared_data / file)
    assert (table.dialect, table.decimal, table.issues) == ("plain", ".", ())
    expected = pd.read_csv(shared_data / file)
    ours = read_table(shared_data / file)
    assert ours.shape == expected.shape
    for name in expected.select_dtypes("number"):
        if pd.api.types.is_numeric_dtype(ours[name]):
            assert np.array_equal(ours[name], expected[name], equal_nan=True)
        else:
            assert expected[name].isna().all()
