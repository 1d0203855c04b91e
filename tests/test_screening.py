"""The guards run on a study: what they find is told by file and wave, stops or does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.evaluation import evaluate
from balint_research.study.psychometrics import study_items, study_reliability
from balint_research.study.screening import flagged_forms
from balint_research.study.study import Study, read_study
from balint_research.study.validate import check_data, read_data

REVERSED = (2, 4, 7, 10, 11, 12, 14, 15)   # of the TEQ, by its key
ITEMS = [f"teq_{n}" for n in range(1, 17)]
PEOPLE = 60
TOML = """
[study]
title = "Synthetic"
design = "single_group"
waves = ["pre", "post"]
primary_outcome = "teq.total"
synthetic = true
[files]
responses = "responses.csv"
[instruments.teq]
"""


def answers(seed: int = 3) -> pd.DataFrame:
    """Sixty invented people at two waves; eight items keyed forward, eight reversed."""
    rng = np.random.default_rng(seed)
    frames = []
    for wave in ("pre", "post"):
        empathy = rng.normal(size=PEOPLE)
        table = {}
        for n in range(1, 17):
            keyed = np.clip(np.rint(2 + 0.9 * empathy + 0.9 * rng.normal(size=PEOPLE)), 0, 4)
            table[f"teq_{n}"] = (4 - keyed if n in REVERSED else keyed).astype(int)
        people = [f"P{i:02}" for i in range(PEOPLE)]
        frames.append(pd.DataFrame({"participant": people, "wave": wave} | table))
    return pd.concat(frames, ignore_index=True)


def study(folder: Path, frame: pd.DataFrame, more: str = "") -> Study:
    frame.to_csv(folder / "responses.csv", index=False)
    (folder / "study.toml").write_text(TOML + more, encoding="utf-8")
    return read_study(folder)


def told(folder: Path, frame: pd.DataFrame, more: str = "") -> list[tuple[str, str, str | None]]:
    issues = check_data(study(folder, frame, more))[1]
    return [(issue.rule, issue.severity, issue.wave) for issue in issues]


def turned(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [f"teq_{n}" for n in REVERSED]
    return frame.assign(**{column: 4 - frame[column] for column in columns})


def test_right_answers_raise_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, answers()) == []


def test_a_file_that_is_reversed_already_stops_at_both_waves_in_one_issue(tmp_path: Path) -> None:
    assert told(tmp_path, turned(answers())) == [("already_reversed", "stop", None)]
    issue = check_data(read_study(tmp_path))[1][0]
    assert issue.file == "responses.csv"
    first = "pre: total: correlation of the reversed items with the others "
    assert str(issue.evidence).startswith(first)
    assert "; post: total: correlation" in str(issue.evidence)
    assert check_data(read_study(tmp_path))[0] is None


def test_what_was_declared_or_checked_does_not_stop(tmp_path: Path) -> None:
    frame = turned(answers())
    assert told(tmp_path, frame, "already_reversed = true\n") == []
    assert told(tmp_path, frame, "directions_checked = true\n") == [
        ("already_reversed", "warn", None)]
    assert told(tmp_path, answers(), "already_reversed = true\n") == [
        ("reversed_twice", "stop", None)]


def test_one_wave_alone_is_named(tmp_path: Path) -> None:
    frame = answers()
    post = frame["wave"] == "post"
    frame.loc[post, "teq_5"] = 4 - frame.loc[post, "teq_5"]
    assert told(tmp_path, frame) == [("polarity", "warn", "post")]


def test_a_shifted_coding_stops_beside_the_answers_out_of_range(tmp_path: Path) -> None:
    frame = answers()
    frame[ITEMS] += 1
    rules = told(tmp_path, frame)
    assert ("shifted_coding", "stop", None) in rules
    assert "range" not in {rule for rule, *_ in rules}   # one fault explains every column
    assert told(tmp_path, frame, "coding = {min = 1, max = 5}\n") == []


def test_missing_codes_in_the_answers_are_a_hint_beside_the_range(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[[3, 70], ["teq_1", "teq_9"]] = 99
    issues = check_data(study(tmp_path, frame))[1]
    assert [(issue.rule, issue.severity) for issue in issues] == [
        ("range", "stop"), ("range", "stop"), ("missing_codes", "note")]
    assert issues[-1].what == "4 answers are probably a code for no answer (99)."
    assert "missing_codes = [99]" in issues[-1].do
    assert issues[-1].evidence == "pre: 2 columns, first 'teq_1'; post: 2 columns, first 'teq_1'"
    assert [rule for rule, *_ in told(tmp_path, frame, "missing_codes = [99]\n")] == [
        "declared_missing"]


def test_fillers_may_be_absent_and_strangers_are_seen(tmp_path: Path) -> None:
    frame = answers()
    frame.insert(8, "attention_check", 2)
    assert told(tmp_path, frame) == [("stranger_inside", "note", None)]


# --- careless answers and what depends on them ---------------------------------------------------


def with_straight_lines(rows: int) -> pd.DataFrame:
    frame = answers()
    frame.loc[PEOPLE:PEOPLE + rows - 1, ITEMS] = 3   # post
    return frame


@pytest.mark.parametrize("rows", [2, 6])
def test_the_primary_result_is_told_without_the_flagged_forms(tmp_path: Path, rows: int) -> None:
    planned = study(tmp_path, with_straight_lines(rows))
    data = read_data(planned)
    flagged = flagged_forms(planned, data.responses, "teq")
    assert flagged["participant"].tolist() == [f"P{i:02}" for i in range(rows)]
    assert set(flagged["wave"]) == {"post"}
    result = evaluate(planned, data).sensitivity
    assert result["analysis"].tolist() == ["all forms", "without flagged forms"]
    assert result["n"].tolist() == [PEOPLE, PEOPLE - rows]
    assert result["flagged"].tolist() == [0, rows]

    # by hand: the mean change of those who are left
    wide = evaluate(planned, data).scores.pivot(index="participant", columns="wave",
                                                values="value")
    change = (wide["post"] - wide["pre"]).sort_index()
    assert result["estimate"].tolist() == pytest.approx([change.mean(), change[rows:].mean()])


def test_seconds_are_read_and_judged(tmp_path: Path) -> None:
    frame = answers().assign(duration=90.0)
    frame.loc[4, "duration"] = 11
    planned = study(tmp_path, frame, 'seconds = "duration"\n')
    data = read_data(planned)
    assert [(issue.rule, issue.wave) for issue in data.issues] == [("careless_too_fast", "pre")]
    assert flagged_forms(planned, data.responses, "teq").to_dict("records") == [
        {"participant": "P04", "wave": "pre", "flags": "too_fast"}]
    assert told(tmp_path, answers(), 'seconds = "duration"\n') == [("missing_column", "stop", None)]


# --- how the questionnaires work -----------------------------------------------------------------


def test_the_map_names_the_columns_of_the_file(tmp_path: Path) -> None:
    frame = answers().rename(columns={item: item.replace("teq_", "Q") for item in ITEMS})
    planned = study(tmp_path, frame, 'items = "Q{n}"\n')
    items = study_items(planned, read_data(planned))
    assert items["column"].tolist() == [f"Q{n}" for n in range(1, 17)]
    assert items.loc[items["direction"] == "reversed", "item"].tolist() == list(REVERSED)
    assert (items["n"] == 2 * PEOPLE).all()
    assert items["low"].min() == 0 and items["high"].max() == 4


def test_reliability_is_that_of_the_first_wave(tmp_path: Path) -> None:
    frame = answers()
    planned = study(tmp_path, frame)
    found = study_reliability(planned, read_data(planned)).iloc[0]
    keyed = turned(frame)[frame["wave"] == "pre"][ITEMS].cov().to_numpy()
    alpha = 16 / 15 * (1 - np.trace(keyed) / keyed.sum())
    assert (found["wave"], found["n"]) == ("pre", PEOPLE)
    assert found["alpha"] == pytest.approx(alpha, rel=1e-12)


# --- a key of the user's -------------------------------------------------------------------------


def pms(reversed_items: str) -> str:
    """An invented key of the PMS: 45 items, one scale."""
    gists = "\n".join(f'{n} = "invented {n}"' for n in range(1, 46))
    return f"""
id = "pms"
name = "Psychological Mindedness Scale"
abbreviation = "PMS"
construct = "psychological_mindedness"
respondent = "self"
intended_for = "nobody"
version = "invented"
key_status = "supplied_by_user"
confidence = "low"
citation = "none"
[response]
codes = [1, 2, 3, 4]
[items]
{gists}
[scales.total]
name = "Total"
items = [{', '.join(map(str, range(1, 46)))}]
reversed = [{reversed_items}]
score = "sum"
range = [45, 180]
higher_means = "better"
[missing]
rule = "none published"
[rights]
status = "unclear"
wording_redistributable = "unclear"
holder = "nobody"
obtain_from = "nowhere"
[evidence]
disagreements = "none"
sources = [{{what = "invented"}}]
"""


@pytest.fixture
def minded() -> Callable[..., pd.DataFrame]:
    """Sixty invented people with the PMS and the MAAS, which go together."""
    def made(sign: int) -> pd.DataFrame:
        rng = np.random.default_rng(5)
        trait = rng.normal(size=PEOPLE)
        table: dict[str, object] = {"participant": [f"P{i:02}" for i in range(PEOPLE)]}
        for n in range(1, 46):
            table[f"pms_{n}"] = np.clip(
                np.rint(2.5 + sign * trait + rng.normal(size=PEOPLE)), 1, 4).astype(int)
        for n in range(1, 16):
            table[f"maas_{n}"] = np.clip(
                np.rint(3.5 + trait + rng.normal(size=PEOPLE)), 1, 6).astype(int)
        return pd.DataFrame(table)

    return made


@pytest.mark.parametrize(("sign", "rule", "severity"), [
    (1, "sign_agrees", "note"), (-1, "sign_against", "stop"),
])
def test_a_users_key_must_go_with_other_measures_as_published(
    tmp_path: Path, minded: Callable[..., pd.DataFrame], sign: int, rule: str, severity: str
) -> None:
    toml = TOML.replace('["pre", "post"]', '["pre"]').replace(
        'design = "single_group"', 'design = "cross_sectional"').replace(
        "teq.total", "pms.total").replace("[instruments.teq]",
                                          "[instruments.pms]\n[instruments.maas]")
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "pms.toml").write_text(pms(""), encoding="utf-8")
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    minded(sign).to_csv(tmp_path / "responses.csv", index=False)
    data, issues = check_data(read_study(tmp_path))
    found = {issue.rule: issue for issue in issues}
    assert found[rule].severity == severity
    assert (data is None) is (severity == "stop")
    assert "published: 0.41, n 103 (Beitel 2005, abstract)" in str(found[rule].evidence)
    assert found["user_key"].what == "The key of PMS was supplied by the user."
