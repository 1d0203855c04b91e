"""One run of a study: its frames belong together, and what follows from them is said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.fit import fit_gaussian
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from balint_research.evaluation import Evaluation, evaluate
from balint_research.reporting.methods import methods_paragraph
from balint_research.study.validate import read_data
from tests.study_folder import ITEMS, PEOPLE, TOML, Rows, tables, write

LOST = ("have no score of the primary outcome at post; if they differ from the others, so may the "
        "result.")


def evaluated(folder: Path, answering: int = 18, toml: str = TOML) -> Evaluation:
    """The small study when only the last of its 18 people answer at the second wave."""
    files = tables()
    files["responses.csv"] = [
        *files["responses.csv"][:19], *files["responses.csv"][19:][18 - answering:]]
    study = write(folder, files, toml)
    return evaluate(study, read_data(study))


@pytest.mark.parametrize(("answering", "told"), [
    (18, None), (15, None), (14, f"4 of 18 people {LOST}"), (10, f"8 of 18 people {LOST}"),
    (3, f"Most of 18 people {LOST}"),  # 15 of 18 would tell that three answered
])
def test_loss_from_a_fifth_on_is_told(answering: int, told: str | None, tmp_path: Path) -> None:
    said = [text for text in evaluated(tmp_path, answering).warnings if LOST in text]
    assert said == ([told] if told else [])


def test_a_refused_primary_result_is_told(tmp_path: Path) -> None:
    said = evaluated(tmp_path, answering=10).warnings
    assert any(text.startswith("Primary outcome, balint - waitlist: Only one group of arm")
               for text in said)


def test_an_instrument_given_once_is_described_and_that_is_told(tmp_path: Path) -> None:
    files = tables()
    for row in files["responses.csv"]:
        first = row[0] == "participant"
        row += [f"gad7_{n}" if first else "1" if row[1] == "pre" else "" for n in range(1, 8)]
    study = write(tmp_path, files, TOML + '[instruments.gad7]\nwaves = ["pre"]\n')
    result = evaluate(study, read_data(study))
    assert ("GAD-7 was given at pre only, which shows no change since the baseline: it is "
            "described and not compared.") in result.warnings
    assert "gad7" in set(result.descriptives["instrument"])
    assert set(result.change["instrument"]) == {"who5"}


def test_the_effects_are_those_of_the_estimates(tmp_path: Path) -> None:
    result = evaluated(tmp_path)
    key = ["instrument", "scale", "contrast", "wave", "effect_name"]
    effects = result.effects.set_index(key)["value"]
    for frame in (result.change, result.comparison):
        named = frame.set_index(key)["effect_size"].dropna()
        assert len(named) == 2  # both scales; the treated groups changed alike and have no spread
        assert effects[named.index].tolist() == named.tolist()


# --- covariates ----------------------------------------------------------------------------------

COVARIATES = TOML.replace("[arms]", 'covariates = ["years", "role"]\n[arms]')


def three_groups(years_known: bool = True) -> dict[str, Rows]:
    """Three groups of four and six controls, with years of work and one of two roles."""
    files = tables()
    rows = files["participants.csv"]
    rows[0].append("years")
    for i, row in enumerate(rows[1:]):
        row[2] = f"G{1 + i // 4}" if row[2] else ""
        row[3] = "fellow" if i % 3 == 1 else "resident"
        row.append(str((7 * i) % 11))
    drawn = np.random.default_rng(5)
    level = dict(zip(PEOPLE, drawn.normal(2.5, 0.8, len(PEOPLE)), strict=True))
    for row in files["responses.csv"][1:]:
        answers = level[row[0]] + drawn.normal(0, 0.7, len(ITEMS))
        row[2:] = [str(answer) for answer in answers.round().clip(0, 5).astype(int)]
    if not years_known:
        rows[3][4] = ""
    for name in ("sessions.csv", "attendance.csv"):
        del files[name]
    return files


def adjusted(folder: Path, files: dict[str, Rows], toml: str = COVARIATES) -> Evaluation:
    plain = "\n".join(line for line in toml.splitlines()
                      if not line.startswith(("sessions =", "attendance =")))
    study = write(folder, files, plain)
    return evaluate(study, read_data(study))


def by_hand(result: Evaluation, residual: Residual) -> pd.Series:
    """The comparison by the engine itself: every covariate with a slope at each wave."""
    people = result.data.participants.set_index("participant")
    rows = result.scores.query("scale == 'percent' and value.notna()").reset_index(drop=True)
    of = people.loc[rows["participant"]].reset_index(drop=True)
    post = (rows["wave"] == "post").astype(float)
    treated = (rows["arm"] == "balint").astype(float)
    frame = pd.DataFrame({
        "value": rows["value"].astype(float), "participant": rows["participant"].astype(str),
        "arm": rows["arm"].astype(str), "wave": pd.Categorical(rows["wave"], ["pre", "post"]),
        "group": of["group"].astype("object").where(of["group"].notna(), None), "post": post,
        "pre": 1 - post, "effect": post * treated, "years": of["years"].astype(float),
        "fellow": (of["role"] == "fellow").astype(float)})
    fit = fit_gaussian(
        frame, "value ~ 0 + pre + post + effect + pre:years + post:years + pre:fellow + "
        "post:fellow",
        components=[RandomEffect(by="group", times="effect")], residual=residual)
    return contrasts(fit, {"effect": {"effect": 1.0}}, df="kenward_roger").iloc[0]


def test_covariates_enter_the_comparison_as_by_hand(tmp_path: Path) -> None:
    result = adjusted(tmp_path, three_groups())
    row = result.comparison.query("scale == 'percent'").iloc[0]
    hand = by_hand(result, Residual(kind="unstructured", within="participant", over="wave",
                                    by="arm", shared=("pre",)))
    names = ["estimate", "se", "df", "low", "high", "p"]
    assert row[names].tolist() == pytest.approx(hand[names].tolist(), rel=1e-5)
    assert "common mean at the baseline, adjusted for years and role, group effect" in row["method"]
    assert "adjusted for years and role" in methods_paragraph(result)


def test_covariates_change_the_result_and_nothing_else_does(tmp_path: Path) -> None:
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    with_them = adjusted(tmp_path / "with", three_groups()).comparison.iloc[0]
    without = adjusted(tmp_path / "without", three_groups(), TOML).comparison.iloc[0]
    for name in ("estimate", "se", "df"):
        assert with_them[name] != pytest.approx(without[name], rel=1e-4), name
    assert (with_them["n"], with_them["n_groups"]) == (without["n"], without["n_groups"]) == (18, 3)
    assert "adjusted" not in without["method"]


def test_who_lacks_a_covariate_is_left_out_and_counted(tmp_path: Path) -> None:
    row = adjusted(tmp_path, three_groups(years_known=False)).comparison.iloc[0]
    assert (row["n"], row["n_asked"]) == (17, 18)
    assert "1 person lacks a covariate: left out." in row["note"]
