"""Scores of a study, in long form, checked by hand."""

from pathlib import Path

import pandas as pd
import pytest

from balint_research.scoring.score import score
from balint_research.study.scores import COLUMNS, score_study
from balint_research.study.study import read_study
from balint_research.study.validate import read_data
from tests.study_folder import ITEMS, PEOPLE, TOML, Rows, tables, write


def test_one_row_a_person_wave_and_scale_in_the_order_of_the_study(tmp_path: Path) -> None:
    files = tables()
    files["responses.csv"][1][2:] = ["5", "4", "3", "2", "1"]
    files["responses.csv"][2][2:] = ["5", "4", "3", "2", ""]
    files["responses.csv"][3][2:] = [""] * 5
    study = write(tmp_path, files)
    scores = score_study(study, read_data(study))
    assert tuple(scores.columns) == COLUMNS
    assert len(scores) == 2 * 2 * len(PEOPLE)
    percent = scores[scores["scale"].eq("percent") & scores["wave"].eq("pre")]
    assert percent["participant"].tolist() == PEOPLE
    first, second, third = percent.head(3).to_dict("records")
    assert first == {"participant": "T01", "wave": "pre", "arm": "balint", "group": "G1",
                     "instrument": "who5", "scale": "percent", "value": 60.0, "answered": 5,
                     "items": 5, "status": "complete", "raters": 1}
    assert (second["status"], second["answered"], second["raters"]) == ("too_few", 4, 0)
    assert pd.isna(second["value"])
    assert (third["status"], third["answered"]) == ("empty", 0)


def test_the_long_form_equals_the_wide_one(tmp_path: Path) -> None:
    study = write(tmp_path)
    data = read_data(study)
    wide = score(data.responses, "who5").set_index(["participant", "wave"])["who5_raw"]
    long = score_study(study, data).query("scale == 'raw'").set_index(["participant", "wave"])
    assert long["value"].reindex(wide.index).tolist() == wide.tolist()


def test_coding_missing_codes_and_own_missing_rule_reach_the_scores(tmp_path: Path) -> None:
    files = tables()
    for row in files["responses.csv"][1:]:
        row[2:] = [str(int(cell) + 1) for cell in row[2:]]
    files["responses.csv"][1][2:] = ["6", "6", "6", "6", "99"]
    toml = TOML + 'coding = {min = 1, max = 6}\nmissing_codes = [99]\nmissing = {min_share = 0.8}\n'
    study = write(tmp_path, files, toml)
    first = score_study(study, read_data(study)).query("scale == 'percent'").iloc[0]
    assert (first["value"], first["status"], first["answered"]) == (100.0, "prorated", 4)


def test_items_of_a_longer_form_are_scored_by_its_numbers(tmp_path: Path) -> None:
    files = tables()
    numbers = [f"mbi_{n}" for n in range(1, 23)]
    rows = files["responses.csv"]
    files["responses.csv"] = [[*rows[0], *numbers]] + [
        [*row, *[str((n + i) % 7) for n in range(1, 23)]] for i, row in enumerate(rows[1:])]
    toml = TOML + '[instruments.mbi_2item]\nitems = "mbi_{n}"\nitem_order = "mbi_hss_numbers"\n'
    study = write(tmp_path, files, toml)
    scores = score_study(study, read_data(study)).set_index(["participant", "wave", "scale"])
    assert scores.loc[("T02", "pre", "ee_single"), "value"] == (8 + 1) % 7
    assert scores.loc[("T02", "pre", "dp_single"), "value"] == (10 + 1) % 7


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    """A study in which patients fill in the five items about each person."""
    (tmp_path / "instruments").mkdir()
    shipped = Path(__file__).parents[1] / "instruments" / "who5.toml"
    text = shipped.read_text(encoding="utf-8").replace('respondent = "self"',
                                                       'respondent = "patient"')
    (tmp_path / "instruments" / "who5.toml").write_text(text, encoding="utf-8")
    return tmp_path


def forms(*rows: tuple[str, str, list[str]]) -> dict[str, Rows]:
    """The usual tables with forms of these raters (person, rater, answers) at both waves."""
    files = tables()
    usual = [[*row, "p0"] for row in files["responses.csv"][1:] if row[0] != "T01"]
    mine = [[person, wave, *cells, rater]
            for wave in ("pre", "post") for person, rater, cells in rows]
    files["responses.csv"] = [["participant", "wave", *ITEMS, "rater"], *mine, *usual]
    return files


def test_forms_of_several_raters_are_averaged(rated: Path) -> None:
    write(rated, forms(("T01", "p1", ["5"] * 5), ("T01", "p2", ["3"] * 5),
                       ("T01", "p3", ["3", "", "", "", ""])))
    study = read_study(rated)
    first = score_study(study, read_data(study)).query("scale == 'percent'").iloc[0]
    assert (first["participant"], first["value"], first["raters"]) == ("T01", 80.0, 2)
    assert (first["answered"], first["items"], first["status"]) == (10, 10, "complete")


def test_a_person_whose_forms_are_all_too_short_has_no_value(rated: Path) -> None:
    write(rated, forms(("T01", "p1", ["5", "", "", "", ""]), ("T01", "p2", [""] * 5)))
    study = read_study(rated)
    first = score_study(study, read_data(study)).query("scale == 'percent'").iloc[0]
    assert pd.isna(first["value"])
    assert (first["status"], first["raters"], first["answered"]) == ("too_few", 0, 1)


def test_a_persons_own_answers_do_not_count_as_a_form_about_the_person(rated: Path) -> None:
    write(rated, forms(("T01", "p1", ["5"] * 5), ("T01", "self", ["0"] * 5)))
    study = read_study(rated)
    first = score_study(study, read_data(study)).query("scale == 'percent'").iloc[0]
    assert (first["value"], first["raters"]) == (100.0, 1)
    told = [(issue.rule, issue.count) for issue in read_data(study).issues]
    assert told == [("own_form", 2), ("user_key", None)]
