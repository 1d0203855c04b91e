"""Scores of open data sets against the totals their authors published: no mismatch allowed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.score import score
from balint_research.study.read.read import read_table

KEYS = Path(__file__).parent
PRINTED = 1e-12  # the sources print 15 digits

# The authors print two labels for the lowest PHQ-9 band and capitals; these are our bands.
PHQ9_LABELS = {
    "none": "minimal", "none-minimal": "minimal", "mild": "mild", "moderate": "moderate",
    "moderately severe": "moderately severe", "severe": "severe",
}  # fmt: skip
GAD7_LABELS = {
    "none": "minimal", "none-minimal": "minimal", "minimal": "minimal", "mild": "mild",
    "moderate": "moderate", "severe": "severe",
}  # fmt: skip


def mismatches(ours: pd.Series, theirs: pd.Series) -> int:
    """Rows in which one is missing and the other is not, or the two differ."""
    assert len(ours) == len(theirs)
    mine, printed = ours.to_numpy(dtype=float), theirs.to_numpy(dtype=float)
    agree = (np.isnan(mine) & np.isnan(printed)) | (np.abs(mine - printed) < 1e-9)
    return int((~agree).sum())


def described(folder: Path, analysis: str) -> dict[str, float]:
    """What the source computed for one score: n, mean, SD, least, most."""
    rows = pd.read_csv(folder / "expected_results.csv").query("analysis == @analysis")
    return dict(zip(rows["quantity"], rows["value"].astype(float), strict=True))


def agrees_with_source(scores: pd.Series, expected: dict[str, float]) -> None:
    assert int(scores.notna().sum()) == expected["n"]
    assert int(scores.isna().sum()) == expected["n_missing"]
    assert [scores.min(), scores.max()] == pytest.approx(
        [expected["min"], expected["max"]], rel=PRINTED)
    assert [scores.mean(), scores.std()] == pytest.approx(
        [expected["mean"], expected["sd"]], rel=PRINTED)


def alpha_of(items: pd.DataFrame) -> float:
    """Cronbach's alpha of complete rows, straight from its formula."""
    complete = items.dropna()
    k = complete.shape[1]
    return float(k / (k - 1) * (1 - complete.var().sum() / complete.sum(axis=1).var()))


def band_of(value: float, instrument: str, system: str) -> str | None:
    """The band with the highest lower bound that is not above the score."""
    bands = load_instrument(instrument).band_sets[system].bands["total"]
    labels = [band.label for band in bands if band.low <= value]
    return labels[-1] if labels else None


@pytest.mark.parametrize(
    ("instrument", "items", "total", "severity", "system", "labels", "scored"),
    [
        ("phq9", "phq{n}", "phq_score", "depression_severity", "kroenke_2001_severity",
         PHQ9_LABELS, 779),
        ("gad7", "gad{n}", "gad_score", "anxiety_severity", "spitzer_2006_severity",
         GAD7_LABELS, 777),
    ],
)  # fmt: skip
def test_mexican_students(
    shared_data: Path, instrument: str, items: str, total: str, severity: str, system: str,
    labels: dict[str, str], scored: int,
) -> None:  # fmt: skip
    folder = shared_data / "phq_gad_medstudents_mx"
    printed = pd.read_csv(folder / "expected_scores.csv", keep_default_na=False, na_values=[""])
    ours = score(pd.read_csv(folder / "items.csv"), instrument, items=items)[f"{instrument}_total"]
    assert int(ours.notna().sum()) == scored
    assert mismatches(ours, printed[total]) == 0
    complete = ours.notna()
    mine = [band_of(value, instrument, system) for value in ours[complete]]
    theirs = printed.loc[complete, severity].str.lower().map(labels)
    assert theirs.notna().all()
    assert mine == theirs.tolist()


def test_nhanes_with_refused_and_unknown_as_missing(shared_data: Path) -> None:
    folder = shared_data / "phq9_nhanes_2021_2023"
    answers = read_table(folder / "DPQ_L.xpt")
    printed = pd.read_csv(folder / "expected_scores.csv")
    columns = [f"DPQ0{n}0" for n in range(1, 10)]
    scored = score(answers, "phq9", items=columns, missing_codes=[7, 9])
    assert int(scored["phq9_total"].notna().sum()) == 5455
    assert mismatches(scored["phq9_total"], printed["PHQ9_total_complete"]) == 0
    assert mismatches(scored["phq9_total_answered"], printed["n_valid"]) == 0


@pytest.mark.parametrize(("name", "items"), [("phq9", "PHQ-9"), ("gad7", "GAD-7")])
def test_sums_of_the_internet_programme_at_screening(
    shared_data: Path, name: str, items: str
) -> None:
    folder = shared_data / "qwb_icbt_longitudinal"
    answers = pd.read_csv(folder / "items_wide.csv")
    printed = pd.read_csv(folder / "expected_scores.csv")
    ours = score(answers, name, items=f"{items}_{{n}}_screening")[f"{name}_total"]
    assert mismatches(ours, printed[f"{items}_screening_SUM"]) == 0


@pytest.mark.parametrize(
    ("wave", "column", "sums_of_incomplete_rows"),
    [
        ("screening", "QWB_screening_SUM", 1),  # the authors print one sum over 17 answers
        ("halftime", "QWB_SUM_halftime", 0),
        ("post", "QWB_SUM_post", 0),
        ("one_year_followup", "QWB_SUM_one_year_followup", 0),
    ],
)
def test_qwb_sums_at_four_waves(
    shared_data: Path, wave: str, column: str, sums_of_incomplete_rows: int
) -> None:
    folder = shared_data / "qwb_icbt_longitudinal"
    answers = pd.read_csv(folder / "items_wide.csv")
    printed = pd.read_csv(folder / "expected_scores.csv")[column]
    key = load_instrument(KEYS / "qwb/instruments/qwb.toml")
    scored = score(answers, key, items=f"QWB_{{n}}_{wave}")
    incomplete = printed.notna() & (scored["qwb_total_status"] == "too_few")
    assert int(incomplete.sum()) == sums_of_incomplete_rows
    assert mismatches(scored["qwb_total"], printed.mask(incomplete)) == 0


@pytest.mark.parametrize(
    ("name", "items", "column", "coding"),
    [("cesd", "cesd{n:02}", "cesdTotal", (1, 4)), ("ahi", "ahi{n:02}", "ahiTotal", None)],
)
def test_totals_of_the_trial_as_published(
    shared_data: Path, name: str, items: str, column: str, coding: tuple[int, int] | None
) -> None:
    folder = shared_data / "pospsy_rct_items"
    answers = pd.read_csv(folder / "items_long_as_published.csv")
    printed = pd.read_csv(folder / "expected_scores_as_published.csv")
    key = load_instrument(KEYS / f"pospsy/instruments/{name}.toml")
    ours = score(answers, key, items=items, coding=coding)[f"{name}_total"]
    assert len(ours) == 992
    assert mismatches(ours, printed[column]) == 0


@pytest.mark.parametrize(
    ("name", "items", "columns"),
    [
        ("flourishing", "flourish{n:02}", {"mean": "flourish"}),
        ("spane", "spne{n:02}", {"positive": "posEmo", "negative": "negEmo"}),
        ("grit", "grit{n:02}", {"total": "grit", "perseverance": "perseverance",
                                "passion": "passion"}),
    ],
)  # fmt: skip
def test_scores_of_students_at_three_waves(
    shared_data: Path, name: str, items: str, columns: dict[str, str]
) -> None:
    folder = shared_data / "wellbeing_3waves"
    printed = pd.read_csv(folder / "expected_scores.csv")
    waves = {wave: pd.read_csv(folder / f"wave{wave}_raw.csv") for wave in (1, 2, 3)}
    key = load_instrument(KEYS / f"wellbeing/instruments/{name}.toml")
    scored = score(pd.concat(waves, names=["wave"]), key, items=items)
    for wave in waves:
        ours = scored.loc[wave]
        assert ours["id"].tolist() == printed["id"].tolist()
        for scale, column in columns.items():
            assert mismatches(ours[f"{name}_{scale}"], printed[f"{column}{wave}"]) == 0
            agrees_with_source(ours[f"{name}_{scale}"], described(folder, f"{column}{wave}"))


@pytest.mark.parametrize(
    ("folder", "file", "name", "items", "missing_codes", "score_of", "alpha_in"),
    [
        ("phq_gad_medstudents_mx", "items.csv", "phq9", "phq{n}", [], "phq_score", "PHQ-9"),
        ("phq_gad_medstudents_mx", "items.csv", "gad7", "gad{n}", [], "gad_score", "GAD-7"),
        ("qwb_icbt_longitudinal", "items_wide.csv", "phq9", "PHQ-9_{n}_screening", [],
         "PHQ-9_screening_SUM", "PHQ-9 screening"),
        ("qwb_icbt_longitudinal", "items_wide.csv", "gad7", "GAD-7_{n}_screening", [],
         "GAD-7_screening_SUM", "GAD-7 screening"),
        ("phq9_nhanes_2021_2023", "DPQ_L.xpt", "phq9", [f"DPQ0{n}0" for n in range(1, 10)], [7, 9],
         "PHQ9 complete", None),
    ],
)  # fmt: skip
def test_descriptives_and_alpha_of_the_sources(
    shared_data: Path, folder: str, file: str, name: str, items: str | list[str],
    missing_codes: list[float], score_of: str, alpha_in: str | None,
) -> None:  # fmt: skip
    """Every data set here with answers to the items of a shipped key."""
    answers = read_table(shared_data / folder / file)
    scored = score(answers, name, items=items, missing_codes=missing_codes)[f"{name}_total"]
    agrees_with_source(scored, described(shared_data / folder, score_of))
    if alpha_in is not None:
        expected = described(shared_data / folder, alpha_in)
        keyed = keyed_answers(answers, name, items=items).scales["total"]
        assert (len(keyed), len(keyed.dropna())) == (expected["n_rows"], expected["n_complete"])
        assert alpha_of(keyed) == pytest.approx(expected["alpha_raw_complete_cases"], rel=PRINTED)
