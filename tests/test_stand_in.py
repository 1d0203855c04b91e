"""A stand-in reads and evaluates like the study, and knows nothing that it must not."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.evaluation import evaluate
from balint_research.scoring.library import load_instrument
from balint_research.study.contracts import StudyData
from balint_research.study.scores import score_study
from balint_research.study.stand_in.columns import Layout, layout_of
from balint_research.study.stand_in.draw import draw_tables
from balint_research.study.stand_in.known import (
    Arm,
    Known,
    Moments,
    coarse,
    known_of,
    nearest,
    scales_apart,
)
from balint_research.study.stand_in.write import write_stand_in
from balint_research.study.study import Study, read_study
from balint_research.study.validate import read_data
from tests import release_study, study_folder
from tests.release_study import SECRETS

Read = tuple[Study, StudyData]


@pytest.fixture
def real() -> Read:
    return release_study.read()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stand_in(*release_study.read(), out=tmp_path_factory.mktemp("copy") / "copy",
                          seed=4)


@pytest.fixture(scope="module")
def copied(copy: Path) -> Read:
    study = read_study(copy)
    return study, read_data(study)


# --- like a release ------------------------------------------------------------------------------


def test_it_has_the_columns_and_files_of_a_release(copy: Path) -> None:
    for name, table in release_study.prepared().tables.items():
        drawn = pd.read_csv(copy / f"data/description-{name}_data.csv")
        assert list(drawn) == list(table.columns), name


def test_it_reads_and_evaluates_like_a_study(copied: Read) -> None:
    study, data = copied
    assert study.synthetic
    assert len(data.participants) == 60
    result = evaluate(study, data)
    assert len(result.comparison) > 0
    assert set(result.scores["scale"]) == {"raw", "percent", "total"}


def test_answers_are_stored_as_the_study_declares(copy: Path) -> None:
    """Coded 1 to 6 with item 2 reversed: wrongly turned, it would correlate negatively."""
    drawn = pd.read_csv(copy / "data/description-responses_data.csv")
    own, others = drawn[drawn["rater"] == "self"], drawn[drawn["rater"] != "self"]
    items = [f"who5_{n}" for n in range(1, 6)]
    assert set(np.unique(own[items])) <= set(range(1, 7))
    correlation = own[items].corr()
    assert correlation.loc["who5_2"].drop("who5_2").max() < -0.2
    assert correlation.drop(index="who5_2", columns="who5_2").min().min() > 0.2
    assert others[items].isna().all().all() and set(others["wave"]) == {"post"}
    assert own[[f"jspppe_{n}" for n in range(1, 6)]].isna().all().all()


def test_the_scores_in_the_folder_are_those_of_the_answers(copy: Path, copied: Read) -> None:
    scored = score_study(*copied).astype({"participant": "int64"})
    told = pd.read_csv(copy / "data/description-scores_data.csv")
    both = told.merge(scored, left_on=["person", "wave", "scale"],
                      right_on=["participant", "wave", "scale"])
    assert len(both) == len(told) == len(scored)
    assert both["value_x"].equals(both["value_y"])


# --- what it knows -------------------------------------------------------------------------------


def test_no_value_of_the_real_data_is_in_it(copy: Path) -> None:
    for path in copy.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert [secret for secret in SECRETS if secret in text] == [], path.name
            assert not re.search(r"resident|nurse|team \d|words \d|a, b", text), path.name


def test_it_says_that_nobody_answered_and_what_it_knows(copy: Path) -> None:
    said = (copy / "README.md").read_text(encoding="utf-8")
    assert said.startswith("# SYNTHETIC STAND-IN: Balint groups in one clinic")
    assert "**SYNTHETIC data: nobody answered" in said
    assert "to the nearest multiple of 5" in said and "'who5.raw'" in said
    assert "The covariates 'years_of_practice' are not in it" in said


def test_the_same_seed_gives_the_same_bytes(real: Read, copy: Path, tmp_path: Path) -> None:
    again = write_stand_in(*real, out=tmp_path / "again", seed=4)
    files = sorted(path.relative_to(copy) for path in copy.rglob("*") if path.is_file())
    assert len(files) == 7
    assert all((copy / name).read_bytes() == (again / name).read_bytes() for name in files)


def drawn(study: Study, data: StudyData, seed: int) -> pd.DataFrame:
    """The answers of a stand-in in the study's own layout."""
    known = known_of(study, data)
    layout = layout_of(study, data, known, None)
    return draw_tables(study, known, layout, rated=True, seed=seed)["responses"]


def test_who_gave_which_answers_makes_no_difference(real: Read) -> None:
    """People exchange all their rows within their arm: the stand-in is the same."""
    study, data = real
    arm = data.participants.set_index("participant")["arm"]
    rng = np.random.default_rng(1)
    mixed = {str(person): str(new) for of_arm in arm.groupby(arm).groups.values()
             for person, new in zip(of_arm, rng.permutation(of_arm), strict=True)}
    moved = data.responses.assign(participant=data.responses["participant"].map(mixed))
    one, other = drawn(study, data, 4), drawn(study, replace(data, responses=moved), 4)
    assert one.equals(other)
    assert not one.equals(drawn(study, data, 5))


def test_counts_are_multiples_of_k(real: Read) -> None:
    known = known_of(*real)
    assert known.people == {"balint": 30, "waitlist": 30}
    assert known.groups == {"balint": 3, "waitlist": 0}
    assert known.answered == {("balint", "pre"): 30, ("balint", "post"): 30,
                              ("waitlist", "pre"): 30, ("waitlist", "post"): 30}
    assert [nearest(count, 5) for count in range(9)] == [0, 0, 0, 5, 5, 5, 5, 5, 10]


def test_moments_of_fewer_than_k_people_are_not_known(real: Read) -> None:
    """Four people of the treated arm answer at the second wave: their mean is nobody's business."""
    study, data = real
    treated = data.participants.loc[data.participants["arm"] == "balint", "participant"]
    few = data.responses[~data.responses["participant"].isin(treated[4:])
                         | (data.responses["wave"] == "pre")]
    known = known_of(study, replace(data, responses=few))
    moments = known.scales["who5.raw"]
    scores = score_study(study, data)
    of_arm = scores[(scores["scale"] == "raw") & (scores["wave"] == "pre")].groupby("arm")["value"]
    assert set(moments.means) == {("balint", "pre"), ("waitlist", "pre"), ("waitlist", "post")}
    mean = of_arm.mean()["balint"]
    assert moments.means[("balint", "pre")] == coarse(mean, moments.sd)[0] != mean
    assert abs(moments.means[("balint", "pre")] - mean) <= moments.sd / 10
    assert known.answered[("balint", "post")] == 5
    only = data.responses[data.responses["participant"].isin(treated[:4])]
    nothing = known_of(study, replace(data, responses=only))
    assert nothing.scales == {}


def test_drawn_scores_have_the_known_moments(tmp_path: Path) -> None:
    """1,200 people: means within 4 standard errors, SD and alpha, by plain arithmetic."""
    study = study_folder.write(tmp_path, {}, study_folder.TOML.replace(
        "who5.percent", "cbi.work").replace("[instruments.who5]", "[instruments.cbi]"))
    scales = study.instruments["cbi"].key.scales
    means: dict[tuple[Arm, str], float] = {
        ("balint", "pre"): 47, ("balint", "post"): 38, ("waitlist", "pre"): 47,
        ("waitlist", "post"): 47}
    moments = Moments(scale=scales["work"], mean=47, sd=16, alpha=0.83, means=means)
    known = Known(
        k=5, people={"balint": 600, "waitlist": 600}, groups={"balint": 60, "waitlist": 0},
        answered=dict.fromkeys(means, 600), scales={"cbi.work": moments}, numbers={})
    layout = Layout(released=False, person="participant", order=("participant", "arm", "group"),
                    items=tuple(f"cbi_{n}" for n in range(1, 20)))
    tables = draw_tables(study, known, layout, rated=False, seed=3)
    answers = tables["responses"].merge(tables["participants"], on="participant")
    items = answers[[f"cbi_{n}" for n in scales["work"].items]].astype(float)
    assert scales["work"].reversed == (13,)
    items["cbi_13"] = 100 - items["cbi_13"]
    score = items.mean(axis=1)
    for (arm, wave), mean in means.items():
        cell = score[(answers["arm"] == arm) & (answers["wave"] == wave)]
        assert len(cell) == 600
        assert abs(cell.mean() - mean) < 4 * cell.std() / 600**0.5
        assert cell.std() == pytest.approx(16, rel=0.1)
    first = items[answers["wave"] == "pre"].cov().to_numpy()
    alpha = 7 / 6 * (1 - np.trace(first) / first.sum())
    assert alpha == pytest.approx(0.83, abs=0.03)
    pair = answers.assign(score=score).pivot(index="participant", columns="wave", values="score")
    assert pair.corr().to_numpy()[0, 1] == pytest.approx(0.25, abs=0.1)
    rest = answers["cbi_1"].value_counts(normalize=True)
    assert set(rest.index) == {0, 25, 50, 75, 100} and rest.between(0.15, 0.25).all()


def test_scales_that_share_no_item() -> None:
    for name in ("mbi_hss", "jse_hp", "cbi", "who5", "ments"):
        key = load_instrument(name)
        items = [n for scale in scales_apart(key) for n in key.scales[scale].items]
        assert len(items) == len(set(items))
        assert set(items) == set(key.scored_items)


# --- where no release is possible ----------------------------------------------------------------


ARMS = '[arms]\ncontrol = "waitlist"\ntreated = ["balint"]\n'
DESIGNS: Mapping[str, tuple[str, bool]] = {
    "single_group": (ARMS, False), "cross_sectional": (ARMS, True),
    "cluster_randomised": ("nothing", True),
}  # what of the study.toml goes, and whether the stand-in is evaluated as well


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_a_stand_in_in_the_studys_own_layout(
    tmp_path: Path, design: str
) -> None:
    gone, evaluated = DESIGNS[design]
    tables = study_folder.tables()
    toml = study_folder.TOML.replace("individually_randomised", design).replace(gone, "")
    if design in ("single_group", "cross_sectional"):
        tables["participants.csv"] = [[row[0], *row[2:]]
                                      for row in tables["participants.csv"][:13]]
        tables["responses.csv"] = [row for row in tables["responses.csv"] if row[0][0] != "C"]
    if design == "cross_sectional":
        tables["responses.csv"] = [row for row in tables["responses.csv"] if row[1] != "post"]
        toml = toml.replace('["pre", "post"]', '["pre"]')
    if design == "cluster_randomised":
        for row in tables["participants.csv"][13:]:
            row[2] = "G3"
    (tmp_path / "study").mkdir()
    study = study_folder.write(tmp_path / "study", tables, toml)
    data = read_data(study)
    copy = read_study(write_stand_in(study, data, out=tmp_path / "copy", seed=1))
    there = read_data(copy)
    assert copy.design == design and copy.synthetic
    for name in ("participants", "responses", "sessions", "attendance"):
        assert list(getattr(there, name)) == list(getattr(data, name))
        assert (len(getattr(there, name)) > 0) == (len(getattr(data, name)) > 0), name
    assert set(there.participants["role"]) <= {"value 1", "value 2", "value 3"}
    if evaluated:
        assert len(evaluate(copy, there).scores) > 0


def test_own_keys_travel_and_can_be_read(tmp_path: Path) -> None:
    """A study with a key file of its own: the copy is read with it, without the study."""
    folder = tmp_path / "study"
    (folder / "instruments").mkdir(parents=True)
    shipped = Path(__file__).resolve().parents[1] / "instruments" / "who5.toml"
    (folder / "instruments" / "who5.toml").write_bytes(shipped.read_bytes())
    study = study_folder.write(folder, toml=study_folder.TOML.replace(
        "individually_randomised", "controlled"))
    copy = write_stand_in(study, read_data(study), out=tmp_path / "copy", seed=1)
    assert (copy / "instruments" / "who5.toml").read_bytes() == shipped.read_bytes()
    again = read_study(copy)
    assert (again.design, again.instruments["who5"].key.id) == ("controlled", "who5")
    assert len(read_data(again).participants) == 15
