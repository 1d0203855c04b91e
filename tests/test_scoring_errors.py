"""The export that is wrong on purpose: every fault is found as its README says, and mended."""

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import balint_research as br

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDER = br.example("scoring_errors")


def loaded_script() -> Any:
    path = CHECKOUT / "data" / "examples" / "make_scoring_errors.py"
    spec = importlib.util.spec_from_file_location("make_scoring_errors", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script   # a dataclass looks its module up
    spec.loader.exec_module(script)
    return script


SCRIPT = loaded_script()
FIRST, LAST = SCRIPT.WAVES


@cache
def exported() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "responses.csv")


def screened(answers: pd.DataFrame, instrument: str, how: dict[str, Any]) -> list[br.Issue]:
    return list(br.screen(answers, instrument, **how))


@cache
def found_in_export(instrument: str, how: str) -> list[br.Issue]:
    """What screening finds in the baseline of the export; `how` as JSON, so that it is cached."""
    first = exported()[exported()["wave"] == FIRST]
    return screened(first, instrument, json.loads(how))


def found_for(fault: Any) -> list[br.Issue]:
    return found_in_export(fault.instrument, json.dumps(fault.declared))


def stops(issues: list[br.Issue]) -> set[str]:
    return {issue.rule for issue in issues if issue.severity == "stop"}


# --- the files -----------------------------------------------------------------------------------


def test_the_script_writes_the_committed_bytes(tmp_path: Path) -> None:
    made = {path.name: path.read_bytes() for path in SCRIPT.make(tmp_path / "new").iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_example_says_that_it_is_synthetic_everywhere() -> None:
    assert "SYNTHETIC" in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["synthetic"] is True
    for name in ("study.toml", "corrected.toml"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert text.startswith("# SYNTHETIC")
        assert br.read_study(FOLDER / name).synthetic is True


def test_the_readme_names_each_fault_with_its_rule_and_what_mends_it() -> None:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    for fault in SCRIPT.FAULTS:
        (row,) = [line for line in lines if line.startswith(f"| {fault.what} |")]
        assert f"| `{fault.rule}` ({fault.severity})" in row
        assert row.endswith(f" | {fault.mended} |")


# --- what people ticked --------------------------------------------------------------------------


GIVEN = [(name, wave) for name in SCRIPT.DECLARED for wave in SCRIPT.WAVES
         if wave == FIRST or name not in SCRIPT.ONCE]


@pytest.mark.parametrize(("name", "wave"), GIVEN)
def test_nothing_is_found_in_the_clean_answers(name: str, wave: str) -> None:
    answers = SCRIPT.clean()
    how = {"olbi": {"coding": "as_printed"}, "jse_hp": SCRIPT.JSE}.get(name, {})
    assert screened(answers[answers["wave"] == wave], name, how) == []


def test_careless_is_the_jse_of_five_forms_a_wave_and_one_whole_form() -> None:
    clean, ticked = SCRIPT.clean(), SCRIPT.ticked()
    changed = clean.fillna(-1) != ticked.fillna(-1)
    assert changed.any(axis="columns").groupby(clean["wave"]).sum().to_dict() == {
        FIRST: 6, LAST: 5}
    elsewhere = changed.loc[:, ~changed.columns.str.startswith("jse_hp")].any(axis="columns")
    assert elsewhere.sum() == 1
    copied = ticked[ticked["wave"] == FIRST].drop(columns=["participant", "wave"])
    assert copied.duplicated(keep=False).sum() == 2


# --- what is found -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", SCRIPT.FAULTS, ids=lambda fault: fault.what[:40])
def test_each_fault_is_found_by_the_rule_that_the_readme_names(fault: Any) -> None:
    found = [(issue.rule, issue.severity, issue.column) for issue in found_for(fault)]
    named = [(rule, severity) for rule, severity, column in found
             if fault.column in (None, column)]
    assert (fault.rule, fault.severity) in named


def test_nothing_else_stops() -> None:
    """By questionnaire and what is declared: the stops are those of the faults."""
    expected: dict[tuple[str, str], set[str]] = {}
    for fault in SCRIPT.FAULTS:
        place = (fault.instrument, json.dumps(fault.declared))
        rules = expected.setdefault(place, set())
        rules |= {fault.rule} if fault.severity == "stop" else set()
    expected["jse_hp", json.dumps(SCRIPT.JSE)] = {"shifted_columns"}   # without the mapping
    assert {place: stops(found_in_export(*place)) for place in expected} == expected


@pytest.mark.parametrize(("name", "how", "rule"), [
    ("cbi", {"coding": "coded_1_5"}, "other_order"), ("jse_hp", {}, "shifted_columns"),
])
def test_a_wrong_cure_does_not_silence_the_finding(
    name: str, how: dict[str, Any], rule: str
) -> None:
    """The reversed items look reversed; to declare them so leaves the columns where they are."""
    assert stops(found_in_export(name, json.dumps({**how, "already_reversed": True}))) == {rule}


def test_a_direction_that_the_numbers_cannot_show_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(br.ScoringError, match="OLBI is stored in either direction"):
        br.screen(exported(), "olbi")
    text = (FOLDER / "study.toml").read_text(encoding="utf-8")
    undeclared = text.replace('coding = "disagree_first"', "")
    assert undeclared != text
    (tmp_path / "study.toml").write_text(undeclared, encoding="utf-8")
    with pytest.raises(br.StudyError, match=r"(?s)1 fault was .* instruments\.olbi\.coding: OLBI"):
        br.read_study(tmp_path)


# --- the two plans -------------------------------------------------------------------------------


def test_the_first_plan_is_stopped_by_every_fault_that_stops() -> None:
    with pytest.raises(br.DataError) as refused:
        br.read_data(br.read_study(FOLDER / "study.toml"))
    told = {(issue.rule, label) for issue in refused.value.issues
            for label in ("MBI-HSS", "CBI", "TEQ", "JSE-HP", "OLBI", "SRIS", "WHO-5", "PHQ-9")
            if label in issue.what or str(issue.column).startswith(label.lower().replace("-", ""))}
    assert {(rule, label) for rule, label in told if rule != "range"} == {
        ("shifted_coding", "MBI-HSS"), ("shifted_coding", "CBI"), ("already_reversed", "TEQ"),
        ("shifted_columns", "JSE-HP"), ("item_extra", "JSE-HP"), ("text_answers", "PHQ-9"),
    }
    assert ("range", "WHO-5") in told
    assert ("range", "PHQ-9") in told


@pytest.fixture(scope="module")
def corrected() -> tuple[br.Study, br.StudyData]:
    study = br.read_study(FOLDER / "corrected.toml")
    return study, br.read_data(study)


def test_nothing_stops_the_corrected_plan(corrected: tuple[br.Study, br.StudyData]) -> None:
    _, data = corrected
    assert {issue.rule for issue in data.issues} == {
        "careless_duplicate", "careless_irv_zero", "careless_long_string", "careless_too_fast",
        "declared_missing", "names_and_numbers", "stranger_inside",
    }


def test_the_declarations_of_the_script_are_those_of_the_corrected_plan(
    corrected: tuple[br.Study, br.StudyData],
) -> None:
    study, _ = corrected
    for name, how in SCRIPT.DECLARED.items():
        use = study.instruments[name]
        for field, value in how.items():
            told = getattr(use, field)
            assert (list(told) if isinstance(value, list) else told) == value


def test_the_corrected_scores_are_those_of_what_was_ticked(
    corrected: tuple[br.Study, br.StudyData],
) -> None:
    study, data = corrected
    scores = br.score_study(study, data).set_index(["participant", "wave"])
    ticked = SCRIPT.ticked()
    compared = 0
    for name in SCRIPT.DECLARED:
        how: dict[str, Any] = {"coding": "as_printed"} if name == "olbi" else {}
        given = ticked if name not in SCRIPT.ONCE else ticked[ticked["wave"] == FIRST]
        true = br.score(given, name, **how).set_index(["participant", "wave"])
        for scale in br.load_instrument(name).scales:
            mine = scores[(scores["instrument"] == name) & (scores["scale"] == scale)]["value"]
            assert len(mine) == len(true)
            pd.testing.assert_series_equal(
                mine, true[f"{name}_{scale}"].reindex(mine.index).astype(float),
                check_names=False, check_exact=True)
            compared += int(mine.notna().sum())
    assert compared > 2000


# --- the invented paper --------------------------------------------------------------------------


def test_the_invented_paper_is_reproduced_with_the_declaration_and_only_then() -> None:
    paper = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["published"]["sris"]
    first = exported()[exported()["wave"] == FIRST]
    declared = br.reproduce(first, "sris", published=paper, already_reversed=[SCRIPT.FLIPPED])
    assert declared.comparison["agrees"].all()
    broken = br.reproduce(first, "sris", published=paper)
    assert broken.comparison.set_index(["scale", "figure"])["agrees"].to_dict() == {
        (scale, figure): scale == "self_reflection" or figure == "n"
        for scale in paper for figure in ("n", "mean", "sd", "alpha")
    }
    likeliest = broken.causes[broken.causes["scale"] == "insight"].iloc[0]
    assert likeliest["agrees_on"] == "n, mean, sd, alpha"
    assert f"already_reversed=[{SCRIPT.FLIPPED}]" in likeliest["remedy"]
