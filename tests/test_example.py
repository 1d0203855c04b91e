"""The shipped example is what its script writes, says that it is synthetic, and hides nobody."""

import importlib.util
import json
from pathlib import Path

import pandas as pd

from balint_research.scoring.library import example

CHECKOUT = Path(__file__).resolve().parents[1]
COHORT = example("balint_cohort")


def tables() -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_csv(path) for path in COHORT.glob("*.csv")}


def test_the_script_writes_the_committed_bytes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "make_balint_cohort", CHECKOUT / "data" / "examples" / "make_balint_cohort.py"
    )
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = {path.name: path.read_bytes() for path in script.make(tmp_path / "new").iterdir()}
    committed = {path.name: path.read_bytes() for path in COHORT.iterdir()}
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_example_is_the_study_that_is_announced() -> None:
    people = tables()["participants"]
    assert people["arm"].value_counts().to_dict() == {"balint": 48, "waitlist": 44}
    assert people["group"].value_counts().to_dict() == {f"G{g}": 8 for g in range(1, 7)}
    assert tables()["sessions"].groupby("group").size().between(12, 20).all()
    assert tables()["responses"]["wave"].unique().tolist() == ["baseline", "month6", "month12"]


def test_every_cell_that_may_be_shown_holds_five_people() -> None:
    people = tables()["participants"]
    answered = tables()["responses"].merge(people, on="participant")
    cells = [people.groupby(["arm", name]).size().min()
             for name in ("role", "training_year", "gender", "age_band")]
    cells += [answered.groupby([name, "wave"]).size().min() for name in ("arm", "group")]
    assert min(cells) >= 5


def test_the_example_says_that_it_is_synthetic_everywhere() -> None:
    assert "SYNTHETIC" in (COHORT / "README.md").read_text(encoding="utf-8").splitlines()[0]
    toml = (COHORT / "study.toml").read_text(encoding="utf-8")
    assert "synthetic = true" in toml
    assert 'title = "Balint groups for residents (synthetic example)"' in toml
    truth = json.loads((COHORT / "truth.json").read_text(encoding="utf-8"))
    assert truth["synthetic"] is True
    month6 = truth["scores"]["mbi_hss.emotional_exhaustion"]["waves"]["month6"]
    assert (month6["difference"], month6["effect"]) == (-6.3, -0.6)
