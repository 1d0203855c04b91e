"""Tables: every cell is formatted text, small cells are named, notes are lettered."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from balint_research.evaluation import Evaluation
from balint_research.reporting import tables
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
    tables.effects_text, tables.files_text, tables.left_out_text,
    lambda study: tables.estimates_text(study, between=True),
    lambda study: tables.estimates_text(study, between=False),
])
def test_every_row_has_a_cell_for_every_column(
    study: Evaluation, make: Callable[[Evaluation], tables.TextTable]
) -> None:
    text = make(study)
    assert {len(row) for row in text.rows} <= {len(text.head)}
    assert all(isinstance(cell, str) for row in text.rows for cell in row)
    assert "nan" not in " ".join(cell.lower() for row in text.rows for cell in row).split()
    assert len(set(text.head)) == len(text.head)


@pytest.mark.parametrize("make", [
    tables.flow, tables.attendance, tables.completeness, tables.descriptives, tables.change,
    tables.outcomes, tables.effects,
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
    assert text.title == "Difference in change: balint − waitlist"
    assert text.head == ("Wave", "n", "Difference", "95 % interval", "df", "p", "Adjusted p",
                         "smd (interval)")
    assert text.rows[0][:3] == ("month6", f"{row['n']}", f"{row['estimate']:.1f}".replace("-", "−"))
    assert len(text.rows) == 2


def test_several_treated_arms_are_named_in_each_row() -> None:
    text = tables.estimates_text(evaluations.four_arm_study(), between=True,
                                 outcome=("sbi", "exhaustion"), wave="occasion_1")
    assert text.title == "Difference in change at occasion 1: each arm − early memories"
    assert [row[0] for row in text.rows] == [
        "signature strengths − early memories", "three good things − early memories",
        "gratitude visit − early memories"]


def test_the_primary_outcome_comes_first() -> None:
    study = evaluations.controlled_study()
    turned = replace(study, change=study.change[::-1], comparison=study.comparison[::-1])
    assert tables.outcomes_of(turned)[0] == ("sbi", "exhaustion")
    assert tables.estimates_text(turned, between=True).rows[0][0] == "SBI: Emotional exhaustion"


def test_what_is_given_once_is_described_and_never_an_outcome() -> None:
    study = evaluations.controlled_study()
    assert ("ssl", "total") not in tables.outcomes_of(study)
    assert "SSL: Distress" in {row[0] for row in tables.descriptives_text(study).rows}


def test_small_cells_are_shown_as_such() -> None:
    study = evaluations.four_arm_study()
    flow = tables.flow_text(study)
    row = next(row for row in flow.rows if row[:2] == ("gratitude visit", "occasion 5"))
    assert row[2:] == ("8", "–", "8", "< 5")
    assert flow.notes == ("< 5: cells of fewer than 5 people are not shown.",)
    described = tables.descriptives_text(study, ("sbi", "exhaustion"))
    row = next(row for row in described.rows if row[:2] == ("gratitude visit", "occasion 5"))
    assert row[2:] == ("< 5 of 8", "–", "–", "–", "< 5", "< 5")


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
