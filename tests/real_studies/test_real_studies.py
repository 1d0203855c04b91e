"""Two real studies from export to report: a trial with four arms, a programme with one."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balint_research.errors import DataError
from balint_research.evaluation import Evaluation, evaluate
from balint_research.reporting.report import write_results
from balint_research.study.contracts import StudyData
from balint_research.study.study import Study, read_study
from balint_research.study.validate import read_data

HERE = Path(__file__).parent
MIS_DATED = "275"  # published at occasions 0, 2 and 3, corrected by the package authors to 0, 1, 2
WAVES = {"pretest": 0, "posttest": 1, "week1": 2, "month1": 3, "month3": 4, "month6": 5}


@pytest.fixture(scope="module")
def trial(shared_data: Path) -> Evaluation:
    study = read_study(HERE / "pospsy", data_folder=shared_data / "pospsy_rct_items")
    return evaluate(study, read_data(study))


@pytest.fixture(scope="module")
def programme(shared_data: Path) -> Evaluation:
    study = read_study(HERE / "qwb", data_folder=shared_data / "qwb_icbt_longitudinal")
    return evaluate(study, read_data(study))


def printed(shared_data: Path, folder: str) -> pd.DataFrame:
    """The published results as a table: one row an analysis, one column a quantity."""
    rows = pd.read_csv(shared_data / folder / "expected_results.csv")
    return rows.pivot(index="analysis", columns="quantity", values="value")


def rows_add_up(data: StudyData) -> bool:
    left_out = data.left_out.groupby("file")["rows"].sum()
    files = data.files.set_index("file")
    expected = files["rows_in"] - left_out.reindex(files.index, fill_value=0)
    return bool((files["rows_used"] == expected).all())


# --- the trial -----------------------------------------------------------------------------------


def test_the_duplicates_of_the_trial_stop_the_run_until_they_are_resolved(
    shared_data: Path, tmp_path: Path
) -> None:
    text = (HERE / "pospsy/study.toml").read_text(encoding="utf-8")
    (tmp_path / "instruments").mkdir()
    for key in (HERE / "pospsy/instruments").iterdir():
        (tmp_path / "instruments" / key.name).write_bytes(key.read_bytes())
    unresolved = "\n".join(row for row in text.splitlines() if "duplicate_rows" not in row)
    (tmp_path / "study.toml").write_text(unresolved, encoding="utf-8")
    study = read_study(tmp_path, data_folder=shared_data / "pospsy_rct_items")
    with pytest.raises(DataError) as caught:
        read_data(study)
    [issue] = [issue for issue in caught.value.issues if issue.severity == "stop"]
    assert (issue.file, issue.count) == ("items_long_as_published.csv", 4)


def test_the_trial_keeps_the_990_rows_of_the_corrected_scores(
    shared_data: Path, trial: Evaluation
) -> None:
    assert len(trial.data.responses) == 990
    assert int(trial.data.left_out["rows"].sum()) == 2
    assert rows_add_up(trial.data)
    corrected = pd.read_csv(
        shared_data / "pospsy_rct_items/expected_scores_corrected.csv", dtype={"id": str}
    )
    for scale, column in (("cesd", "cesdTotal"), ("ahi", "ahiTotal")):
        scores = trial.scores[trial.scores["instrument"] == scale]
        ours = scores.assign(occasion=scores["wave"].map(WAVES)).merge(
            corrected, left_on=["participant", "occasion"], right_on=["id", "occasion"],
            how="left",
        )
        same = ours["value"] == ours[column]
        # this person stays as published, so the corrected file has other occasions
        assert set(ours.loc[~same, "participant"]) <= {MIS_DATED}
        assert int((~ours["participant"].eq(MIS_DATED)).sum()) == 987


def test_descriptives_of_the_trial(shared_data: Path, trial: Evaluation) -> None:
    expected = printed(shared_data, "pospsy_rct_items")
    arms = {"signature_strengths": 1, "three_good_things": 2, "gratitude_visit": 3,
            "early_memories": 4}
    [arm_of_mis_dated] = trial.data.participants.query("participant == @MIS_DATED")["arm"]
    names = {"cesd": "cesdTotal", "ahi": "ahiTotal"}
    compared = 0
    row: Any
    for row in trial.descriptives.itertuples():
        occasion, arm = WAVES[row.wave], arms[row.arm]
        if row.arm == arm_of_mis_dated and occasion in (1, 2, 3):
            continue  # the mis-dated person counts at other occasions there
        name = f"{names[row.instrument]} corrected occasion {occasion} arm {arm}"
        theirs = expected.loc[name].astype(float)
        assert row.n == theirs["n"]
        assert row.mean == pytest.approx(theirs["mean"], rel=1e-12)
        assert row.sd == pytest.approx(theirs["sd"], rel=1e-12)
        compared += 1
    assert compared == 2 * (4 * 6 - 3)


def test_the_trial_compares_each_treated_arm_person_by_person(trial: Evaluation) -> None:
    primary = trial.comparison.query("instrument == 'cesd' and wave == 'posttest'")
    assert primary["arm"].tolist() == [
        "signature_strengths", "three_good_things", "gratitude_visit"
    ]
    assert primary["p"].notna().all()
    assert (primary["p_adjusted"] >= primary["p"]).all()
    assert (primary["n_groups"] == 0).all()
    assert trial.change["p"].isna().all()  # within arms: described, not tested


def test_the_report_of_the_trial(trial: Evaluation, tmp_path: Path) -> None:
    folder = write_results(trial, tmp_path / "report")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "three good things" in page.lower().replace("_", " ")
    assert "Holm" in page


# --- the programme -------------------------------------------------------------------------------


def test_the_programme_reports_the_nine_rows_without_id(programme: Evaluation) -> None:
    assert int(programme.data.left_out["rows"].sum()) == 9
    assert rows_add_up(programme.data)
    assert programme.data.participants["participant"].nunique() == 650
    assert programme.flow["people"].tolist() == [650] * 4


def test_change_in_the_programme(shared_data: Path, programme: Evaluation) -> None:
    expected = printed(shared_data, "qwb_icbt_longitudinal")
    change = programme.change.set_index("wave")
    effects = programme.effects.query("effect_name == 'd_z'").set_index("wave")["value"]
    assert change.index.tolist() == ["halftime", "post", "one_year_followup"]
    for wave in change.index.astype(str):
        row = change.loc[wave]
        theirs = expected.loc[f"paired change screening -> QWB_SUM_{wave}"].astype(float)
        assert row["n"] == theirs["n_pairs"]
        assert row["estimate"] == pytest.approx(theirs["mean_change"], rel=1e-12)
        assert row["statistic"] == pytest.approx(theirs["t"], rel=1e-12)
        assert row["p"] == pytest.approx(theirs["p"], rel=1e-9)
        correction = effects[wave] / theirs["cohen_dz"]  # ours carries Hedges' correction
        assert correction == pytest.approx(1 - 3 / (4 * (row["n"] - 1) - 1), abs=1e-4)


def test_instruments_given_once_are_described_and_never_compared(programme: Evaluation) -> None:
    assert set(programme.change["instrument"]) == {"qwb"}
    described = programme.descriptives.query("instrument == 'phq9' and scale == 'total'")
    assert described["wave"].tolist() == ["screening"]
    assert any("PHQ-9" in warning for warning in programme.warnings)


def test_the_report_of_the_programme(programme: Evaluation, tmp_path: Path) -> None:
    page = (write_results(programme, tmp_path / "r") / "report.html").read_text(encoding="utf-8")
    assert "650" in page
    assert ">9<" in page or " 9 rows" in page


def test_studies_know_their_design(trial: Evaluation, programme: Evaluation) -> None:
    studies: list[Study] = [trial.study, programme.study]
    assert [study.design for study in studies] == ["individually_randomised", "single_group"]
    assert [study.arms is None for study in studies] == [False, True]
