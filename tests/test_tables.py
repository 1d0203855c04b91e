"""Tables: every cell is formatted text, small cells are named, notes are lettered."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from balint_research.evaluation import Evaluation
from balint_research.reporting import naming, tables
from balint_research.reporting.text_table import TextTable
from tests import evaluations

STUDIES: dict[str, Callable[[], Evaluation]] = {
    "controlled": evaluations.controlled_study, "one_group": evaluations.one_group_study,
    "single_group": evaluations.single_group_study, "four_arms": evaluations.four_arm_study,
}


@pytest.fixture(scope="module", params=STUDIES)
def study(request: pytest.FixtureRequest) -> Evaluation:
    return STUDIES[request.param]()


@pytest.mark.parametrize("make", [
    tables.flow_text, tables.attendance_text, tables.completeness_text, tables.descriptives_text,
    tables.effects_text, tables.files_text, tables.left_out_text, tables.groups_text,
    tables.alternatives_text,
    lambda study: tables.estimates_text(study, between=True),
    lambda study: tables.estimates_text(study, between=False),
])
def test_every_row_has_a_cell_for_every_column(
    study: Evaluation, make: Callable[[Evaluation], TextTable]
) -> None:
    text = make(study)
    assert {len(row) for row in text.rows} <= {len(text.head)}
    assert all(isinstance(cell, str) for row in text.rows for cell in row)
    assert "nan" not in " ".join(cell.lower() for row in text.rows for cell in row).split()
    assert len(set(text.head)) == len(text.head)


@pytest.mark.parametrize("make", [
    tables.flow, tables.attendance, tables.completeness, tables.descriptives, tables.change,
    tables.outcomes, tables.effects, tables.groups, tables.alternatives,
])
def test_every_table_is_a_great_table(make: Callable[[Evaluation], object]) -> None:
    from great_tables import GT

    table = make(evaluations.four_arm_study())
    assert isinstance(table, GT)
    assert "<table" in table.as_raw_html()


def test_the_flow_table_as_text() -> None:
    text = tables.flow_text(evaluations.controlled_study())
    assert text.head == ("Arm", "Wave", "People", "Groups", "Asked", "Answered")
    assert text.rows[0] == ("balint", "baseline", "48", "6", "48", "48")
    assert text.rows[3] == ("waitlist", "baseline", "44", "–", "44", "44")
    assert text.notes == ()


def test_the_comparison_names_its_arms_once_and_rounds_by_the_scale() -> None:
    study = evaluations.controlled_study()
    text = tables.estimates_text(study, between=True, outcome=("sbi", "exhaustion"))
    row = study.comparison.iloc[0]
    assert text.title == "Difference, allowing for the baseline: balint − waitlist"
    assert text.head == ("Wave", "n", "Difference", "95 % interval", "df", "p", "Adjusted p",
                         "smd (interval)")
    assert text.rows[0][:3] == ("month6", f"{row['n']}", f"{row['estimate']:.1f}".replace("-", "−"))
    assert len(text.rows) == 2


def test_several_treated_arms_are_named_in_each_row() -> None:
    text = tables.estimates_text(evaluations.four_arm_study(), between=True,
                                 outcome=("sbi", "exhaustion"), wave="occasion_1")
    assert text.title == (
        "Difference at occasion 1, allowing for the baseline: each arm − early memories")
    assert [row[0] for row in text.rows] == [
        "signature strengths − early memories", "three good things − early memories",
        "gratitude visit − early memories"]


def test_how_alike_members_of_a_group_are_as_text() -> None:
    study = evaluations.controlled_study()
    text = tables.groups_text(study)
    assert text.title == "How alike the members of a group are"
    assert text.head == ("Scale", "Arm", "Wave", "Groups", "People", "Variance between groups",
                         "ICC (interval)")
    row = study.groups.iloc[0]
    assert text.rows[0] == (
        "SBI: Emotional exhaustion", "balint", "month6", "6", str(row["people"]),
        f"{row['variance']:.1f}", f"{row['icc']:.2f} (0.00 to 0.50)")
    assert len(text.rows) == len(study.groups) == 8
    assert text.notes == (
        "ICC: share of the variance that lies between groups; profile-likelihood 95 % interval. 0: "
        "the groups differ no more than by chance. With few groups the interval is wide: "
        "small values do not show that groups do not matter.",)


def test_the_groups_of_one_wave_and_of_a_study_without_arms_name_neither() -> None:
    study = evaluations.controlled_study()
    text = tables.groups_text(study, wave="month6")
    assert text.title == "How alike the members of a group are at month6"
    assert (text.head[1:3], len(text.rows)) == (("Arm", "Groups"), 4)
    single = evaluations.single_group_study()
    row = ("sbi", "exhaustion", "after", None, 3, 24, 2.5, 0.1, 0.0, 0.42)
    text = tables.groups_text(replace(single, groups=pd.DataFrame(
        [row], columns=study.groups.columns)))
    assert text.head == ("Scale", "Wave", "Groups", "People", "Variance between groups",
                         "ICC (interval)")
    assert text.rows == (("SBI: Emotional exhaustion", "after", "3", "24", "2.5",
                          "0.10 (0.00 to 0.42)"),)


def test_the_primary_result_by_other_methods_as_text() -> None:
    study = evaluations.controlled_study()
    text = tables.alternatives_text(study)
    assert text.title == "The primary outcome by other methods"
    assert text.head == ("Analysis", "n", "Difference", "SE", "95 % interval", "df", "p")
    assert [row[0] for row in text.rows] == ["as reported", "cluster-robust (CR2)"]
    first, row = study.alternatives.iloc[0], text.rows[0]
    assert row[1:4] == (str(first["n"]), f"−{-first['estimate']:.1f}", f"{first['se']:.1f}")
    assert row[5:] == (f"{first['df']:.1f}", "< 0.001")
    assert text.notes == ("The first line is the result; the others show how much it depends on "
                          "the method. p is not adjusted.",)


def test_other_methods_without_a_test_have_no_p() -> None:
    study = evaluations.controlled_study()
    text = tables.alternatives_text(
        replace(study, alternatives=study.alternatives.assign(p=float("nan"))))
    assert text.head[-1] == "df"
    assert text.notes == ("The first line is the result; the others show how much it depends on "
                          "the method.",)


def test_other_methods_of_several_treated_arms_and_of_none() -> None:
    several = tables.alternatives_text(evaluations.four_arm_study())
    assert several.head[:2] == ("Analysis", "Arms")
    assert [row[:2] for row in several.rows][:3] == [
        ("as reported", f"{arm} − early memories")
        for arm in ("signature strengths", "three good things", "gratitude visit")]
    assert tables.alternatives_text(evaluations.single_group_study()).head[:3] == (
        "Analysis", "n", "Change")


def test_nothing_to_show_is_a_table_without_rows() -> None:
    refused = evaluations.one_group_study()
    for make in (tables.groups_text, tables.alternatives_text):
        text = make(refused)
        assert (text.rows, len(text.head) > 5) == ((), True)


def test_the_people_of_a_model_are_told_once_and_in_words() -> None:
    """The sentence that counts them is no footnote: n has a column, and what it counts a note."""
    study = evaluations.controlled_study()
    comparison = study.comparison.assign(
        method="mixed model (REML): common mean at the baseline; Kenward-Roger df",
        note="Fitted on 92 people, 6 groups and 270 rows. Look.")
    text = tables.estimates_text(replace(study, comparison=comparison), between=True)
    assert text.notes == ("Look.", "n: people with a score in the model, at whichever wave.")


def test_more_notes_than_letters_have_two_letters() -> None:
    study = evaluations.four_arm_study()
    change = study.change.assign(note=[f"Note {i} of these." for i in range(len(study.change))])
    text = tables.estimates_text(replace(study, change=change), between=False)
    assert [text.notes[i].split()[0] for i in (0, 25, 26, 27, 52)] == ["a", "z", "aa", "ab", "ba"]


def test_the_primary_outcome_comes_first() -> None:
    study = evaluations.controlled_study()
    turned = replace(study, change=study.change[::-1], comparison=study.comparison[::-1])
    assert naming.outcomes_of(turned)[0] == ("sbi", "exhaustion")
    assert tables.estimates_text(turned, between=True).rows[0][0] == "SBI: Emotional exhaustion"


def test_what_is_given_once_is_described_and_never_an_outcome() -> None:
    study = evaluations.controlled_study()
    assert ("ssl", "total") not in naming.outcomes_of(study)
    assert "SSL: Distress" in {row[0] for row in tables.descriptives_text(study).rows}


def test_small_cells_are_shown_as_such() -> None:
    study = evaluations.four_arm_study()
    flow = tables.flow_text(study)
    row = next(row for row in flow.rows if row[:2] == ("gratitude visit", "occasion 5"))
    assert row[2:] == ("8", "–", "8", "< 5")
    assert flow.notes == ("< 5: cells of fewer than 5 people are not shown.",)
    described = tables.descriptives_text(study, ("sbi", "exhaustion"))
    row = next(row for row in described.rows if row[:2] == ("gratitude visit", "occasion 5"))
    assert row[2:] == ("< 5 of 8", "–", "–", "–", "hidden", "hidden")


def test_a_note_of_every_row_has_no_letter_and_the_others_do() -> None:
    study = evaluations.controlled_study()
    change = study.change.iloc[:3].assign(note=["All. First.", "All.", "All. First. Second."])
    text = tables.estimates_text(replace(study, change=change), between=False)
    assert text.notes[:3] == ("All.", "a First.", "b Second.")
    assert [row[4].rpartition(" ")[2] for row in text.rows][::2] == ["a", "a,b"]


def test_a_refused_comparison_shows_its_estimate_and_no_p() -> None:
    text = tables.estimates_text(evaluations.one_group_study(), between=True,
                                 outcome=("sbi", "exhaustion"))
    assert text.title.endswith("(described, not tested)")
    assert text.head == ("Wave", "n", "Difference", "95 % interval", "df", "smd (interval)")
    assert text.rows[0][3:5] == ("–", "–")
    assert text.notes == ("one treated group: the method cannot be told apart from it",)
