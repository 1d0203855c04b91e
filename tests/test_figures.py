"""Figures are tested by their artists: positions and labels against the frames they show."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from scipy import stats

from balint_research.errors import AnalysisError
from balint_research.evaluation import Evaluation
from balint_research.reporting import alt_text, drawing, figures
from balint_research.reporting.small_cells import shown
from tests import evaluations


@pytest.fixture(scope="module")
def study() -> Evaluation:
    return evaluations.controlled_study()


@pytest.fixture(scope="module")
def four_arms() -> Evaluation:
    return evaluations.four_arm_study()


def test_the_mean_is_where_the_table_says(study: Evaluation) -> None:
    figure = figures.change(study, "sbi", "exhaustion")
    for axes, arm in zip(figure.axes, ("balint", "waitlist"), strict=True):
        mean = next(line for line in axes.lines if line.get_gid() == "mean")
        rows = shown(study).descriptives.query(
            "instrument == 'sbi' and scale == 'exhaustion' and arm == @arm")
        np.testing.assert_allclose(np.asarray(mean.get_ydata()), rows["mean"])
        assert axes.get_title(loc="left") == arm.capitalize()


def test_the_number_of_people_stands_at_each_wave(study: Evaluation) -> None:
    axes = figures.change(study, "sbi", "exhaustion").axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["baseline\nn = 47", "month6\nn = 47", "month12\nn = 42"]


def test_names_are_drawn_as_they_are_written(study: Evaluation) -> None:
    """A dollar sign starts no formula, and a letter without a glyph raises no warning."""
    names = [f"$ {n} 第一组 $" for n in range(len(study.attendance))]
    figure = figures.attendance(replace(study, attendance=study.attendance.assign(group=names)))
    with drawing.style():
        figure.canvas.draw()
    label = figure.axes[0].get_yticklabels()[0]
    assert label.get_text().startswith("$ 0 第一组 $") and not label.get_parse_math()


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.array([3.0, 5.0, 9.0, 4.0, 7.5])
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    expected = stats.t.interval(0.95, 4, loc=mean, scale=sd / 5**0.5)
    np.testing.assert_allclose(figures.mean_interval(5, mean, sd), expected, rtol=1e-12)


def test_one_line_a_person_and_none_for_a_small_cell(four_arms: Evaluation) -> None:
    figure = figures.change(four_arms, "sbi", "exhaustion")
    few = figure.axes[2]
    lines = next(item for item in few.collections if isinstance(item, LineCollection))
    assert few.get_title(loc="left") == "Gratitude visit"
    assert max(points[:, 0].max() for points in lines.get_segments() if len(points)) == 4
    assert few.get_xticklabels()[5].get_text().endswith("n = <5")
    mean = next(line for line in few.lines if line.get_gid() == "mean")
    assert np.isnan(np.asarray(mean.get_ydata(), dtype=float)[5])


def test_the_arms_share_one_scale_of_points(study: Evaluation) -> None:
    first, second = figures.change(study, "seq", "total").axes
    assert first.get_ylim() == second.get_ylim()
    assert first.get_ylim()[1] < 140 + 10


def test_the_forest_turns_right_to_better(study: Evaluation) -> None:
    axes = figures.comparison(study).axes[0]
    points = [float(np.asarray(line.get_xdata())[0]) for line in axes.lines
              if line.get_gid() == "effect"]
    rows = study.comparison
    worse = rows["scale"] == "exhaustion"
    np.testing.assert_allclose(points, rows["effect_size"].where(~worse, -rows["effect_size"]))
    words = [text.get_text() for text in axes.texts]
    assert words[0] == "SBI: Emotional exhaustion, primary outcome"
    assert "SEQ: Style of listening, no better direction: not turned" in words
    assert axes.get_xlabel() == ("← favours waitlist      standardised difference      "
                                 "favours balint →")


def test_a_refused_comparison_has_a_point_and_no_interval() -> None:
    axes = figures.comparison(evaluations.one_group_study()).axes[0]
    kinds = [line.get_gid() for line in axes.lines]
    assert kinds.count("effect") == 4
    assert "interval" not in kinds
    assert sum(text.get_text().endswith("(no interval)") for text in axes.texts) == 4


def test_a_forest_too_long_for_a_page_shows_the_primary_wave(four_arms: Evaluation) -> None:
    axes = figures.comparison(four_arms).axes[0]
    assert sum(line.get_gid() == "effect" for line in axes.lines) == 12
    assert "standardised difference at occasion 1" in axes.get_xlabel()


def test_the_flow_counts_people_and_hides_a_small_cell(four_arms: Evaluation) -> None:
    words = [text.get_text() for text in figures.flow(four_arms).axes[0].texts]
    assert "Gratitude visit\n8 people" in words
    assert "< 5 of 8 answered" in words
    assert "Balint\n48 people in 6 groups" in [
        text.get_text() for text in figures.flow(evaluations.controlled_study()).axes[0].texts]


def test_a_small_group_is_not_in_the_attendance(study: Evaluation) -> None:
    attendance = study.attendance.assign(people=[8, 8, 3, 8, 8, 8])
    axes = figures.attendance(replace(study, attendance=attendance)).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["g2 (n = 8)", "g4 (n = 8)", "g5 (n = 8)", "g6 (n = 8)"]


def test_the_completeness_is_the_share_of_the_table(study: Evaluation) -> None:
    axes = figures.completeness(study).axes[0]
    row = study.completeness.query("scale == 'exhaustion' and arm == 'balint'").iloc[2]
    share = (row["complete"] + row["prorated"]) / row["answered"]
    assert axes.texts[2].get_text() == f"{100 * share:.0f}"


@pytest.mark.parametrize("make", [
    figures.flow, figures.attendance, figures.completeness, figures.comparison,
    lambda study: figures.change(study, "sbi", "exhaustion"),
])
def test_a_study_without_arms_groups_or_sessions_has_figures_too(
    make: Callable[[Evaluation], Figure]
) -> None:
    figure = make(evaluations.single_group_study())
    assert figure.axes
    assert isinstance(figure, drawing.ReportFigure)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_arms_differ_without_colour() -> None:
    looks = list(drawing.arm_styles(evaluations.four_arm_study().study).values())
    assert len({(look.marker, look.fill) for look in looks}) == 4
    assert len({str(look.line) for look in looks}) == 4


def test_the_user_s_settings_stay(study: Evaluation) -> None:
    before = dict(mpl.rcParams)
    figures.change(study, "sbi", "exhaustion")
    assert dict(mpl.rcParams) == before


def test_no_label_lies_over_another(four_arms: Evaluation) -> None:
    figure = figures.change(four_arms, "sbi", "exhaustion")
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        for left, right in pairwise(boxes):
            assert left.x1 <= right.x0


def test_the_words_for_a_figure_hold_its_numbers(
    study: Evaluation, four_arms: Evaluation
) -> None:
    mean = shown(study).descriptives.iloc[0]["mean"]
    assert f"Balint: baseline {mean:.1f} (n = 47)" in alt_text.change(study, "sbi", "exhaustion")
    assert "gratitude visit" in alt_text.comparison(four_arms)
    assert "occasion 5 < 5 of 8" in alt_text.flow(four_arms)
    assert "occasion 5 not shown" in alt_text.change(four_arms, "sbi", "exhaustion")
    assert alt_text.attendance(study).startswith(
        "Share of the offered places that was taken, by group: g1 91 %")
    assert alt_text.completeness(study).startswith(
        "Share of those who answered with a score, by scale, arm and wave: from 83 %")


def test_a_scale_the_study_has_not_is_refused(study: Evaluation) -> None:
    with pytest.raises(AnalysisError) as error:
        figures.change(study, "sbi", "nope")
    assert str(error.value).startswith("The study has no scale 'sbi.nope'. Allowed: sbi.exhaustion")
