"""One run of a study: its frames belong together, and what follows from them is said."""

from pathlib import Path

import pytest

from balint_research.evaluation import Evaluation, evaluate
from balint_research.study.validate import read_data
from tests.study_folder import TOML, tables, write

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
