"""No cell of fewer than five people leaves the house, nor one that follows from the others."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.alternatives import MEAN_OF_WAVES
from balint_research.analysis.words import UNEVEN_BASELINE
from balint_research.evaluation import Evaluation
from balint_research.reporting import report
from balint_research.reporting.cells.results import ESTIMATED
from balint_research.reporting.pictures import pictures
from balint_research.reporting.small_cells import shown
from tests import evaluations

FEW, LAST = "gratitude_visit", "occasion_5"


@pytest.fixture(scope="module")
def four_arms() -> Evaluation:
    return evaluations.four_arm_study()


def test_the_evaluation_itself_is_left_as_it_was(four_arms: Evaluation) -> None:
    before = {field.name: getattr(four_arms, field.name) for field in fields(four_arms)}
    copies = {name: value.copy() for name, value in before.items()
              if isinstance(value, pd.DataFrame)}
    shown(four_arms)
    for name, copy in copies.items():
        pd.testing.assert_frame_equal(getattr(four_arms, name), copy)


def test_shown_twice_is_shown_once(four_arms: Evaluation) -> None:
    once = shown(four_arms)
    assert shown(once) is once


def test_a_small_arm_is_taken_out_of_every_frame(four_arms: Evaluation) -> None:
    safe = shown(four_arms)
    described = safe.descriptives.query("arm == @FEW and wave == @LAST")
    assert described["suppressed"].all()
    assert described[["n", "mean", "sd", "median", "q1", "q3"]].isna().all(axis=None)
    assert described["n_asked"].eq(8).all()
    change = safe.change.query("arm == @FEW and wave == @LAST")
    assert change[ESTIMATED].isna().all(axis=None)
    people = safe.scores.query("arm == @FEW and wave == @LAST")
    assert people.empty
    assert safe.flow.query("arm == @FEW and wave == @LAST")["answered"].isna().all()


def test_a_comparison_goes_where_one_of_its_arms_is_hidden(four_arms: Evaluation) -> None:
    """The hidden arm's change would be the control's change plus the difference."""
    comparison = shown(four_arms).comparison
    hidden = comparison["suppressed"]
    assert set(zip(comparison.loc[hidden, "arm"], comparison.loc[hidden, "wave"], strict=True)) == {
        (FEW, LAST)}
    assert comparison.loc[hidden, ESTIMATED].isna().all(axis=None)
    assert comparison.loc[~hidden, "estimate"].notna().all()


def test_a_small_control_hides_every_comparison(four_arms: Evaluation) -> None:
    change = four_arms.change.copy()
    control = four_arms.study.arms.control if four_arms.study.arms else ""
    change.loc[change["arm"] == control, "n"] = 4
    safe = shown(replace(four_arms, change=change))
    assert safe.comparison["estimate"].isna().all()


def test_effects_go_with_their_estimates(four_arms: Evaluation) -> None:
    effects = shown(four_arms).effects
    hidden = effects.query("arm == @FEW and wave == @LAST")
    assert hidden[["value", "low", "high"]].isna().all(axis=None)
    assert effects.loc[~effects["suppressed"], "value"].notna().all()


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    """The arm's total would give the one hidden group back."""
    study = evaluations.controlled_study()
    attendance = study.attendance.copy()
    attendance["people"] = [8, 7, 4, 9, 6, 10]
    safe = shown(replace(study, attendance=attendance)).attendance
    assert safe["people"].isna().tolist() == [False, False, True, False, True, False]
    assert safe["share"].isna().tolist() == safe["people"].isna().tolist()


def test_both_parts_of_a_pair_go_when_one_is_small() -> None:
    study = evaluations.controlled_study()
    counts = study.completeness.iloc[[0]].assign(
        answered=48, complete=38, prorated=2, too_few=8, empty=0)
    row = shown(replace(study, completeness=counts)).completeness.iloc[0]
    assert row[["complete", "prorated"]].isna().all()
    assert row[["answered", "scored", "too_few", "empty"]].tolist() == [48, 40, 8, 0]


@pytest.mark.parametrize(("people", "hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_share_at_the_end_of_a_scale_is_a_cell_too(people: int, hidden: bool) -> None:
    study = evaluations.controlled_study()
    frame = study.descriptives.iloc[[0]].assign(n=46, ceiling_share=people / 46)
    alone = replace(study, descriptives=frame, change=study.change.iloc[:0])
    row = shown(alone).descriptives.iloc[0]
    assert row["ceiling_share_suppressed"] == hidden
    assert pd.isna(row["ceiling_share"]) == hidden


@pytest.mark.parametrize(("n", "hidden"), [(0, False), (1, True), (4, True), (5, False)])
def test_nobody_is_not_a_small_cell(n: int, hidden: bool) -> None:
    study = evaluations.controlled_study()
    flow = study.flow.iloc[[0]].assign(answered=n)
    assert shown(replace(study, flow=flow)).flow["suppressed"].tolist() == [hidden]


def test_what_was_taken_out_is_told(four_arms: Evaluation) -> None:
    told = shown(four_arms).suppressed
    assert "people and groups: 1 row (gratitude visit)" in told
    change = next(phrase for phrase in told if phrase.startswith("change within arms: "))
    assert "gratitude visit" in change
    assert "comparison of arms: 4 rows (gratitude visit)" in told


def test_a_study_without_arms_and_tables_is_shown_too() -> None:
    safe = shown(evaluations.single_group_study())
    assert safe.comparison.empty
    assert safe.attendance.empty
    assert safe.change["estimate"].notna().all()


# --- The law: a mark is planted in every number of the small cell, and must be found nowhere. ---

MARK = 7193.0


@pytest.fixture(scope="module")
def marked(four_arms: Evaluation) -> Evaluation:
    """Every mean, estimate and score of the small cell is 7193; its counts stay what they are."""
    def plant(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        small = (frame["arm"] == FEW) & (frame["wave"] == LAST)
        planted = frame.copy()
        planted[columns] = planted[columns].astype(float).mask(small, MARK)
        return planted

    estimates = ["estimate", "se", "low", "high", "statistic", "effect_size", "effect_low",
                 "effect_high"]
    described = ["mean", "sd", "median", "q1", "q3", "floor_share", "ceiling_share"]
    return replace(
        four_arms,
        scores=plant(four_arms.scores, ["value"]),
        descriptives=plant(four_arms.descriptives, described),
        change=plant(four_arms.change, estimates),
        comparison=plant(four_arms.comparison, estimates),
        effects=plant(four_arms.effects, ["value", "low", "high"]),
    )


def test_no_number_of_a_small_cell_is_in_the_page(marked: Evaluation) -> None:
    without = {name: replace(one, files={"svg": b""}) for name, one in pictures(marked).items()}
    page = report.report_page(marked, without)
    assert "gratitude visit" in page
    assert [page[at - 60:at + 9] for at in (page.find("7193"), page.find("7,193")) if at > 0] == []


def test_no_number_of_a_small_cell_is_in_a_table_of_the_folder(marked: Evaluation) -> None:
    for name, frame in report.csv_tables(marked).items():
        assert "7193.0" not in frame.to_csv(), name
        if {"arm", "wave", "n"} <= set(frame):
            assert not frame["n"].astype(float).between(1, 4).any(), name


def test_no_number_of_a_small_cell_is_in_a_figure(marked: Evaluation) -> None:
    for name, picture in pictures(marked).items():
        for axes in picture.draw().axes:
            drawn = [_positions(line.get_xydata()) for line in axes.lines]
            drawn += [_positions(part) for one in axes.collections for part in
                      getattr(one, "get_segments", list)()]
            highest = max((np.abs(part).max() for part in drawn if part.size), default=0)
            assert highest < MARK / 4, name
            words = " ".join(text.get_text() for text in [*axes.texts, *axes.get_xticklabels()])
            assert "7193" not in words, name


def _positions(points: Any) -> "np.ndarray[Any, np.dtype[np.float64]]":
    found = np.asarray(points, dtype=np.float64).ravel()
    return np.array([place for place in found if np.isfinite(place)], dtype=np.float64)


def tiny_arm() -> Evaluation:
    """The controlled study as it would be with three people allocated to the control arm."""
    large = evaluations.controlled_study()
    control = large.change["arm"] == "waitlist"
    files = pd.DataFrame({"table": ["participants", "responses"], "file": ["p.csv", "r.csv"],
                          "sha256": ["", ""], "rows_in": [51, 140], "rows_used": [51, 140]})
    few = {"n": 3, "n_asked": 3}
    allocated = large.flow["people"].mask(large.flow["arm"] == "waitlist", 3)
    return replace(
        large, data=replace(large.data, files=files), flow=large.flow.assign(people=allocated),
        change=large.change.assign(**{name: large.change[name].mask(control, n)
                                      for name, n in few.items()}),
        comparison=large.comparison.assign(n_asked=51),
    )


def test_the_size_of_a_small_arm_follows_from_nothing_shown() -> None:
    safe = shown(tiny_arm())
    assert safe.change.loc[safe.change["arm"] == "waitlist", "n_asked"].isna().all()
    assert safe.comparison["n_asked"].isna().all()
    participants = safe.data.files["table"] == "participants"
    assert safe.data.files.loc[participants, ["rows_in", "rows_used"]].isna().all(axis=None)
    assert safe.data.files.loc[~participants, "rows_in"].tolist() == [140]


def test_the_rows_of_the_answers_do_not_give_a_hidden_wave_back() -> None:
    few = tiny_arm()
    answered = few.flow["answered"].mask(few.flow["wave"] == "month12", 2)
    files = shown(replace(few, flow=few.flow.assign(answered=answered))).data.files
    assert files.loc[files["table"] == "responses", ["rows_in", "rows_used"]].isna().all(axis=None)


def test_the_sd_behind_a_hidden_effect_is_hidden_too() -> None:
    safe = shown(tiny_arm())
    hidden = safe.effects[safe.effects["suppressed"]]
    assert not hidden.empty
    assert hidden[["value", "low", "high", "sd_used"]].isna().all(axis=None)


# --- A mixed model counts people, and rows, over all waves: neither may give a cell back. ---------

ROWS = "Fitted on 92 people, 6 groups and 268 rows."
SMALL = ("balint", "month12")


@pytest.fixture(scope="module")
def modelled() -> Evaluation:
    """The controlled study as a model tells it; of the treated, three have exhaustion at the end.

    `n` is 92 everywhere, as the model counts whoever has any score, no estimate is a plain mean.
    """
    study = evaluations.controlled_study()
    ours = (study.scores["instrument"] == "sbi") & (study.scores["scale"] == "exhaustion")
    cell = ours & (study.scores["arm"] == SMALL[0]) & (study.scores["wave"] == SMALL[1])
    lost = study.scores.index[cell & study.scores["value"].notna()][3:]
    scores = study.scores.assign(value=study.scores["value"].mask(
        study.scores.index.isin(lost)))

    def told(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(n=92, note=f"Look. {ROWS} No more.")

    return replace(
        study, scores=scores, descriptives=evaluations.descriptives(scores, study.study),
        change=told(study.change.assign(estimate=study.change["estimate"] + 1.0)),
        comparison=told(study.comparison),
        alternatives=told(pd.concat([study.alternatives,
                                     study.alternatives.iloc[:1].assign(analysis=MEAN_OF_WAVES)])),
        groups=study.groups.assign(people=48),
        warnings=(f"Primary outcome: Two groups. {ROWS} {UNEVEN_BASELINE.format(size=0.41)} End.",))


def small(frame: pd.DataFrame) -> pd.Series:
    """The rows of the hidden cell."""
    return (frame["scale"] == "exhaustion") & (frame["arm"] == SMALL[0]) & (
        frame["wave"] == SMALL[1])


def test_the_results_of_a_hidden_cell_go_whatever_their_model_counts(modelled: Evaluation) -> None:
    safe = shown(modelled)
    for name in ("descriptives", "change", "comparison", "groups"):
        frame = getattr(safe, name)
        assert frame["suppressed"].tolist() == small(frame).tolist(), name
    assert safe.effects.loc[small(safe.effects), ["value", "sd_used"]].isna().all(axis=None)
    for frame in (safe.change, safe.comparison):
        assert frame.loc[small(frame), ESTIMATED].isna().all(axis=None)
    gone = safe.groups.loc[small(safe.groups), ["people", "variance", "icc", "low", "high"]]
    assert len(gone) == 1
    assert gone.isna().all(axis=None)
    assert "groups: 1 row" in safe.suppressed


def test_the_mean_of_the_waves_goes_with_any_of_them(modelled: Evaluation) -> None:
    """The hidden wave would follow from the mean and the other wave."""
    safe = shown(modelled).alternatives
    assert safe["analysis"].tolist()[-1] == MEAN_OF_WAVES
    assert safe["suppressed"].tolist() == [False, False, True]
    assert safe.iloc[-1][[*ESTIMATED, "n_asked"]].isna().all()
    assert safe["estimate"].notna().tolist() == [True, True, False]


def test_other_methods_go_with_the_primary_result(modelled: Evaluation) -> None:
    planned = replace(modelled.study, primary_wave=SMALL[1])
    others = modelled.alternatives.assign(wave=SMALL[1])
    safe = shown(replace(modelled, study=planned, alternatives=others)).alternatives
    assert safe[[*ESTIMATED, "n_asked"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["change", "comparison", "alternatives"])
def test_the_rows_of_a_model_go_from_an_outcome_with_a_hidden_cell_only(
    name: str, modelled: Evaluation
) -> None:
    frame = getattr(shown(modelled), name)
    hidden = frame["scale"] == "exhaustion"
    assert hidden.any()
    assert set(frame.loc[hidden, "note"]) == {"Look. No more."}
    assert set(frame.loc[~hidden, "note"]) <= {f"Look. {ROWS} No more."}


def test_warnings_do_not_repeat_the_rows_nor_a_hidden_distance(modelled: Evaluation) -> None:
    assert shown(modelled).warnings == ("Primary outcome: Two groups. End.",)
    large = evaluations.controlled_study()
    assert shown(replace(large, warnings=modelled.warnings)).warnings == (
        f"Primary outcome: Two groups. {UNEVEN_BASELINE.format(size=0.41)} End.",)


def test_few_complete_pairs_hide_a_result_too(modelled: Evaluation) -> None:
    """All 48 have a score at the end, four of them one at the baseline."""
    study = evaluations.controlled_study()
    before = ((study.scores["scale"] == "exhaustion") & (study.scores["arm"] == SMALL[0])
              & (study.scores["wave"] == "baseline"))
    lost = study.scores.index[before & study.scores["value"].notna()][4:]
    scores = study.scores.assign(value=study.scores["value"].mask(study.scores.index.isin(lost)))
    safe = shown(replace(modelled, scores=scores, descriptives=study.descriptives))
    for frame in (safe.change, safe.comparison, safe.groups):
        hidden = (frame["scale"] == "exhaustion") & (frame["arm"] == SMALL[0])
        assert frame["suppressed"].tolist() == hidden.tolist()


@pytest.mark.parametrize(("flagged", "kept"), [(4, False), (6, True)])
def test_few_flagged_people_do_not_follow_from_the_rows(flagged: int, kept: bool) -> None:
    study = evaluations.controlled_study()
    once = study.comparison.iloc[:1]
    both = pd.concat([
        once.assign(analysis="all forms", flagged=0, agrees=True, note=ROWS),
        once.assign(analysis="without flagged forms", flagged=flagged, agrees=True, n=92 - flagged,
                    note=f"Fitted on {92 - flagged} people, 6 groups and 260 rows.")])
    notes = shown(replace(study, sensitivity=both)).sensitivity["note"]
    assert notes.notna().tolist() == [True, kept]


def test_nothing_that_leaves_tells_the_rows_of_a_hidden_cell(modelled: Evaluation) -> None:
    without = {name: replace(one, files={"svg": b""}) for name, one in pictures(modelled).items()}
    page = report.report_page(modelled, without)
    assert "268 rows" not in page
    assert "0.41 SD" not in page
    for name, frame in report.csv_tables(modelled).items():
        if "scale" in frame:
            ours = frame[frame["scale"] == "exhaustion"]
            assert "268 rows" not in ours.to_csv(), name
            if {"wave", "n"} <= set(ours) and name != "reliability":
                assert ours.loc[small(ours), "n"].isna().all(), name
    told = json.dumps(report.manifest(modelled, datetime(2026, 1, 1, tzinfo=UTC)))
    assert "268 rows" not in told
    assert "0.41 SD" not in told


def test_the_manifest_has_no_rows_from_which_a_small_arm_follows() -> None:
    told = report.manifest(tiny_arm(), datetime(2026, 1, 1, tzinfo=UTC))["files"]
    assert [file["rows_in"] for file in told] == [None, 140]
    assert set(told[0]) == {"table", "file", "sha256", "rows_in", "rows_used"}
