"""The smallest cell is the study's; the public version is stricter; every word follows it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import Issue, PrivacyError
from balint_research.evaluation import Evaluation
from balint_research.reporting import figures, quality, report, tables
from balint_research.reporting.methods import limits
from balint_research.reporting.pictures import Picture, pictures
from balint_research.reporting.small_cells import Shown, shown
from tests import evaluations
from tests.gate_studies import draw, programme


def with_k(evaluation: Evaluation, k: int) -> Evaluation:
    privacy = replace(evaluation.study.privacy, k=k)
    return replace(evaluation, study=replace(evaluation.study, privacy=privacy))


@pytest.fixture(scope="module")
def raw() -> Evaluation:
    """The controlled study with something noticed and groups of 8."""
    study = evaluations.controlled_study()
    issue = Issue(rule="sizes", what="A group has 14 people.", do="Look.", severity="warn")
    return replace(study, data=replace(study.data, issues=(issue,)))


@pytest.fixture(scope="module")
def public(raw: Evaluation) -> Shown:
    return shown(raw, public=True)


@pytest.mark.parametrize(("k", "told"), [(3, True), (5, True), (9, True), (10, False)])
def test_the_smallest_cell_is_the_study_s(k: int, told: bool) -> None:
    nine = programme(draw(np.random.default_rng(1), 9))
    safe = shown(with_k(nine, k))
    assert safe.smallest_cell == k
    assert safe.change["estimate"].notna().all() is np.bool_(told)
    assert shown(nine, k).change["estimate"].notna().all() is np.bool_(told)


def test_what_was_shown_cannot_be_shown_by_a_stricter_rule(raw: Evaluation) -> None:
    safe = shown(raw, 7)
    assert shown(safe) is safe
    assert shown(safe, 5) is safe
    stricter: list[dict[str, Any]] = [{"smallest_cell": 8}, {"public": True},
                                      {"earlier": ["somewhere"]}]
    for ask in stricter:
        with pytest.raises(PrivacyError, match="Start from what `evaluate` gave"):
            shown(safe, **ask)
    with pytest.raises(PrivacyError, match="Allowed: 3 or more"):
        shown(raw, 2)


def test_every_word_follows_the_smallest_cell() -> None:
    four = shown(evaluations.four_arm_study(), 7)
    page = report.report_page(four, without_files(four))
    said = set(re.findall(r"(?:fewer than|&lt;) (\d+) (?:people|of)", page))
    assert said == {"7", "14"}      # a share needs twice as many
    assert "fewer than 7 people" in limits(four)[-1]
    assert "< 7 of 8" in [row[3] for row in tables.descriptives_text(four).rows]


def test_the_public_version_needs_eleven_people(raw: Evaluation, public: Shown) -> None:
    assert (public.smallest_cell, shown(with_k(raw, 20), public=True).smallest_cell) == (11, 20)
    for frame, column in ((public.descriptives, "n"), (public.change, "n"),
                          (public.flow, "answered"), (public.groups, "people")):
        numbers = frame[column].dropna()
        assert numbers.empty or numbers.min() >= 11


def test_nobody_is_a_row_or_a_line_of_the_public_version(public: Shown) -> None:
    assert public.scores.empty and public.lines.empty
    figure = figures.change(public, "sbi", "exhaustion")
    gids = {item.get_gid() for axes in figure.axes for item in (*axes.lines, *axes.collections)}
    assert gids == {"mean", "interval", None}
    picture = pictures(public)["change_sbi_exhaustion"]
    assert picture.caption.startswith("SBI: Emotional exhaustion. Public version, without lines of "
                                      "people. Mean of the people with a score (n), with its 95 %")
    assert "line a person" not in picture.alt + picture.caption


def test_small_groups_and_findings_are_left_out_of_the_public_version(public: Shown) -> None:
    assert public.attendance.empty                     # six groups of eight
    assert "attendance" not in pictures(public)
    assert quality.told_issues(public) == []
    assert public.items[["low", "high"]].isna().all(axis=None)
    assert {row[-1] for text in quality.items_texts(public) for row in text.rows} == {"–"}


def test_the_page_says_that_it_is_public_and_why_things_are_missing(public: Shown) -> None:
    page = report.report_page(public, without_files(public))
    assert "<strong>Public version.</strong> Nothing is told of fewer than 11 people" in page
    section = page.partition('<section id="hidden">')[2].partition("</section>")[0]
    assert "no line and no number of a single person" in section
    assert all(phrase in section for phrase in public.suppressed)
    assert "What was noticed while the data were checked is left to the team." in page
    assert "A group has 14 people" not in page


def test_the_public_folder_has_no_person_and_says_so(tmp_path: Path) -> None:
    nine = evaluations.single_group_study()
    folder = report.write_results(nine, tmp_path / "public", public=True)
    files = {path.name for path in folder.rglob("*")}
    assert "scores.csv" not in files
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (told["public"], told["smallest_cell"], told["kind"]) == (True, 11, "results")
    assert told["why_suppressed"]
    assert pd.read_csv(folder / "tables" / "change.csv")["estimate"].isna().all()


def test_quartiles_and_medians_of_few_are_scores_of_single_people() -> None:
    for people, told in ((9, (False, False)), (10, (True, False)), (20, (True, True))):
        row = shown(programme(draw(np.random.default_rng(2), people))).descriptives.iloc[0]
        assert (pd.notna(row["median"]), pd.notna(row["q1"])) == told


@pytest.mark.parametrize(("low", "high", "n", "shares"), [
    (0, 6, 20, (True, True)), (20, 0, 20, (True, True)), (17, 0, 20, (False, True)),
    (0, 3, 20, (True, False)), (0, 0, 9, (False, False)), (9, 0, 9, (False, False)),
    (8, 10, 20, (False, True)),
])
def test_a_share_needs_people_on_either_side(
    low: int, high: int, n: int, shares: tuple[bool, bool]
) -> None:
    """Of 20 people: 8 lowest and 10 highest leave two between, so the smaller of both goes."""
    raw = programme(draw(np.random.default_rng(3), n))
    frame = raw.descriptives.assign(floor_share=low / n, ceiling_share=high / n)
    row = shown(replace(raw, descriptives=frame, change=raw.change.iloc[:0])).descriptives.iloc[0]
    assert (pd.notna(row["floor_share"]), pd.notna(row["ceiling_share"])) == shares


def test_places_nearly_all_taken_are_not_told_of_a_group(raw: Evaluation) -> None:
    frame = raw.attendance.assign(attended=[96, 92, 91, 4, 5, 0])
    frame["share"] = frame["attended"] / frame["offered"]
    safe = shown(replace(raw, attendance=frame)).attendance
    assert safe["share"].notna().tolist() == [False, False, True, False, True, False]
    assert safe["people"].tolist() == [8] * 6


def test_people_without_a_group_hide_the_smallest_group(raw: Evaluation) -> None:
    """46 of 48 sit in groups: what is told of all groups and of the arm would tell of the two."""
    frame = raw.attendance.assign(people=[8, 8, 8, 8, 8, 6])
    assert shown(replace(raw, attendance=frame)).attendance["people"].isna().tolist() == [
        False] * 5 + [True]


def test_the_lowest_answer_of_one_person_is_not_told(raw: Evaluation) -> None:
    answers = raw.data.responses
    one = answers.assign(sbi_1=[0, *[3] * (len(answers) - 1)])
    frame = raw.items.assign(low=0.0, high=3.0)
    safe = shown(replace(raw, items=frame, data=replace(raw.data, responses=one))).items
    first = safe[(safe["instrument"] == "sbi") & (safe["item"] == 1)]
    assert first[["low", "high"]].isna().all(axis=None)


def test_lost_people_do_not_give_a_hidden_arm_away() -> None:
    study = evaluations.four_arm_study()
    lost = "45 of 128 people have no score of the primary outcome at occasion_1; if they differ."
    few = study.descriptives.assign(n=study.descriptives["n"].mask(
        (study.descriptives["arm"] == "gratitude_visit"), 3))
    assert shown(replace(study, warnings=(lost,), descriptives=few)).warnings == (
        "More than a fifth of the people have no score of the primary outcome at occasion_1; if "
        "they differ.",)
    most = "16 of 20 people have no score of the primary outcome at after; if they differ."
    twenty = replace(programme(draw(np.random.default_rng(4), 20)), warnings=(most,))
    assert shown(twenty).warnings[0].startswith("Most of 20 people have no score of the primary")


def without_files(safe: Shown) -> dict[str, Picture]:
    return {name: replace(one, files={"svg": b""}) for name, one in pictures(safe).items()}
