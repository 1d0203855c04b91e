"""Every design from a simulated folder to its report: what is tested, refused and warned of."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from balint_research import evaluation
from balint_research.analysis.alternatives import CLUSTER_MEANS, MEAN_OF_WAVES, REPORTED
from balint_research.analysis.change import person_changes
from balint_research.analysis.words import TWO_CLUSTERS, TWO_GROUPS
from balint_research.cli.main import app
from balint_research.evaluation import Evaluation
from balint_research.reporting import report
from balint_research.reporting.pictures import Picture
from balint_research.study.contracts import StudyData
from balint_research.study.course import ScaleTruth
from balint_research.study.simulate import simulate_study
from balint_research.study.study import Study

People = Callable[[pd.DataFrame], pd.DataFrame]
TRUTH = {"teq.total": ScaleTruth(mean=45, sd=7, alpha=0.8, stability=0.6, effect=0.4, icc=0.05)}
THREE = ("pre", "mid", "post")


@dataclass(frozen=True)
class Run:
    """What came of `balint report`."""

    evaluation: Evaluation
    page: str
    said: str

    @property
    def words(self) -> str:
        """The text of the page."""
        return " ".join(unescape(re.sub(r"<[^>]+>", "", self.page)).split())

    @property
    def brief(self) -> list[str]:
        return report.in_brief(self.evaluation)

    @property
    def result(self) -> dict[str, Any]:
        """The primary result, of the first treated arm."""
        frame = (self.evaluation.comparison if self.evaluation.study.arms
                 else self.evaluation.change)
        row = frame[frame["wave"] == "post"].iloc[0]
        return {str(name): value for name, value in row.items()}


def clusters(number: int, people: pd.DataFrame) -> pd.DataFrame:
    """The controls in groups as well."""
    control = people["arm"] == "waitlist"
    names = [f"C{i % number + 1}" for i in range(int(control.sum()))]
    return people.assign(group=people["group"].mask(control, pd.Series(
        names, index=people.index[control])))


def second_arm(people: pd.DataFrame) -> pd.DataFrame:
    """Half of the groups read instead."""
    return people.assign(arm=people["arm"].mask(people["group"].isin(["G4", "G5", "G6"]),
                                                "reading"))


def nobody(people: pd.DataFrame) -> pd.DataFrame:
    """No group is recorded."""
    return people.assign(group="")


def simulated(
    folder: Path, people: People | None = None, toml: dict[str, str] | None = None, *,
    design: str = "individually_randomised", groups: int = 3, group_size: int = 6,
    controls: int = 12, waves: tuple[str, ...] = ("pre", "post"),
) -> Path:
    """A small study of one scale; the simulation knows two designs, the others are made of them."""
    single = design == "single_group"
    simulate_study(
        folder, seed=3, design="single_group" if single else "individually_randomised",
        groups=groups, group_size=group_size, controls=controls, waves=waves, truth=TRUTH,
        sessions=(2, 2))
    table = folder / "participants.csv"
    frame = pd.read_csv(table, dtype=str)
    (people(frame) if people else frame).to_csv(table, index=False)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    for name, value in {"design": f'"{design}"', **(toml or {})}.items():
        text = re.sub(rf"^{name} = .*\n", f"{name} = {value}\n" if value else "", text, flags=re.M)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


MAKE: dict[str, Callable[[Path], Path]] = {
    "single group": partial(simulated, design="single_group"),
    "single group, three waves": partial(simulated, design="single_group", waves=THREE),
    "controlled": partial(simulated, design="controlled"),
    "controlled, groups in both": partial(
        simulated, people=partial(clusters, 3), design="controlled", controls=18),
    "no groups": partial(simulated, people=nobody, groups=2,
                         toml={"sessions": "", "attendance": ""}),
    "one group": partial(simulated, groups=1, group_size=12),
    "two groups": partial(simulated, groups=2),
    "several treated": partial(simulated, people=second_arm, groups=6, group_size=4, waves=THREE,
                               toml={"treated": '["balint", "reading"]'}),
    "four clusters": partial(simulated, people=partial(clusters, 4), groups=4, controls=24,
                             design="cluster_randomised"),
    "two clusters": partial(simulated, people=partial(clusters, 2), groups=2,
                            design="cluster_randomised"),
}


DRAWN = ("single group, three waves", "several treated", "two groups")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """`balint report` on a design, once; figures are drawn, and not printed three times over."""
    made: dict[str, Run] = {}

    def drawn(
        name: str, all_of_them: dict[str, Picture], kinds: tuple[str, ...]
    ) -> dict[str, Picture]:
        for picture in all_of_them.values() if name in DRAWN else ():
            picture.draw()
        return {name: replace(picture, files=dict.fromkeys(kinds, b""))
                for name, picture in all_of_them.items()}

    def once(name: str) -> Run:
        if name not in made:
            place = tmp_path_factory.mktemp("design")
            folder, out, kept = MAKE[name](place / "study"), place / "out", list[Evaluation]()
            true = evaluation.evaluate

            def keep(study: Study, data: StudyData) -> Evaluation:
                kept.append(true(study, data))
                return kept[-1]

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(report, "printed", partial(drawn, name))
                patch.setattr(evaluation, "evaluate", keep)
                result = CliRunner().invoke(app, ["report", str(folder), "-o", str(out)])
            assert result.exit_code == 0, result.output
            page = (out / "report.html").read_text(encoding="utf-8")
            made[name] = Run(evaluation=kept[0], page=page, said=result.stdout)
        return made[name]

    return once


@pytest.mark.parametrize("name", MAKE)
def test_every_design_has_a_report_that_says_its_result(
    name: str, run: Callable[[str], Run]
) -> None:
    found = run(name)
    treated = found.evaluation.study.arms.treated if found.evaluation.study.arms else ("one",)
    assert len(found.brief) == len(treated)
    for sentence in found.brief:
        assert " ".join(sentence.split()) in found.words
        assert sentence in found.said
        assert "Fitted on" not in sentence
    for warning in found.evaluation.warnings:
        assert warning.partition(" Fitted on")[0] in found.words
    assert not re.search(r"\bnan\b|<NA>|\bNone\b", found.words)


def test_the_change_of_three_groups_is_tested_by_groups(run: Callable[[str], Run]) -> None:
    two, three = run("single group"), run("single group, three waves")
    assert two.result["method"] == ("mixed model (REML): mean change, group effect, one residual "
                                    "variance; Kenward-Roger df")
    assert three.result["method"] == (
        "mixed model (REML): mean at each wave, group and group x wave effects, one unstructured "
        "residual; Kenward-Roger df")
    for found, waves in ((two, ["post"]), (three, ["mid", "post"])):
        assert found.result["n_groups"] == 3
        assert pd.notna(found.result["p"])
        assert found.evaluation.groups["wave"].tolist() == waves
        assert found.evaluation.groups["groups"].tolist() == [3] * len(waves)
        assert found.brief[0].startswith("TEQ: Empathy total at post: the mean change since pre ")
        assert '<section id="groups">' in found.page
        assert '<section id="comparison">' not in found.page


def test_a_controlled_study_is_adjusted_and_its_imbalance_told(run: Callable[[str], Run]) -> None:
    found = run("controlled")
    assert "adjusted for the baseline score, group effect in balint" in str(found.result["method"])
    assert "at the baseline the arms differed by" in str(found.result["note"])
    assert "People were not allocated at random" in found.page
    assert set(found.evaluation.groups["arm"]) == {"balint"}


def test_groups_in_both_arms_of_a_controlled_study_share_one_variance(
    run: Callable[[str], Run]
) -> None:
    found = run("controlled, groups in both")
    assert "group effect in every arm, one variance" in str(found.result["method"])
    assert found.result["n_groups"] == 6
    groups = found.evaluation.groups
    assert groups["arm"].tolist() == ["balint", "waitlist"]
    assert groups["variance"].nunique() == 1


def test_people_without_groups_are_compared_one_by_one(run: Callable[[str], Run]) -> None:
    found = run("no groups")
    assert "group effect" not in str(found.result["method"])
    assert found.result["n_groups"] == 0
    assert found.evaluation.groups.empty
    assert pd.notna(found.result["p"])
    assert "How alike the members of a group are" not in found.page


def test_one_treated_group_is_refused_in_brief(run: Callable[[str], Run]) -> None:
    found = run("one group")
    (sentence,) = found.brief
    assert "No interval is given. Only one group of arm 'balint' has people with" in sentence
    assert sentence.count("p = ") == 0
    assert found.evaluation.alternatives.empty
    assert '<section id="groups">' not in found.page
    assert any("Only one group" in warning for warning in found.evaluation.warnings)


def test_two_treated_groups_have_an_interval_and_no_p(run: Callable[[str], Run]) -> None:
    found = run("two groups")
    (sentence,) = found.brief
    assert sentence.endswith(TWO_GROUPS)
    assert re.search(r"interval \S+ to \S+; n = 23 of 24 asked\)", sentence)
    assert "p = " not in sentence
    assert found.evaluation.comparison[["p", "p_adjusted", "statistic"]].isna().all(axis=None)
    assert any(TWO_GROUPS in warning for warning in found.evaluation.warnings)


def test_several_treated_arms_have_a_model_each_and_are_adjusted_together(
    run: Callable[[str], Run]
) -> None:
    found = run("several treated")
    assert [arm in sentence for sentence, arm in zip(
        found.brief, ("balint − waitlist", "reading − waitlist"), strict=True)] == [True, True]
    main = found.evaluation.comparison.query("wave == 'post'")
    assert main["p_adjusted"].tolist() == pytest.approx(
        _holm(main["p"].tolist()))
    others = found.evaluation.alternatives
    assert others.loc[others["analysis"] == REPORTED, "arm"].tolist() == ["balint", "reading"]
    assert others["analysis"].tolist().count(MEAN_OF_WAVES) == 2
    assert set(found.evaluation.groups["arm"]) == {"balint", "reading"}


def _holm(p_values: list[float]) -> list[float]:
    """Holm for two: the smaller p twice, the larger at least that."""
    least = min(1.0, 2 * min(p_values))
    return [least if p == min(p_values) else max(p, least) for p in p_values]


def test_clusters_are_tested_and_beside_them_their_means(run: Callable[[str], Run]) -> None:
    found = run("four clusters")
    assert "group effect in every arm, one variance" in str(found.result["method"])
    assert (found.result["n_groups"], found.evaluation.warnings) == (8, ())
    others = found.evaluation.alternatives
    own = others[others["analysis"] == CLUSTER_MEANS].iloc[0]
    changes = person_changes(found.evaluation.scores, found.evaluation.study)
    means = changes.groupby(["arm", "group"])["change"].mean()
    test = stats.ttest_ind(means["balint"], means["waitlist"])
    difference = means["balint"].mean() - means["waitlist"].mean()
    assert own[["estimate", "statistic", "p", "df"]].tolist() == pytest.approx(
        [difference, test.statistic, test.pvalue, 6])


def test_two_clusters_an_arm_are_warned_of(run: Callable[[str], Run]) -> None:
    found = run("two clusters")
    (sentence,) = found.brief
    assert sentence.endswith(TWO_CLUSTERS)
    assert pd.notna(found.result["p"])
    assert any(TWO_CLUSTERS in warning for warning in found.evaluation.warnings)
