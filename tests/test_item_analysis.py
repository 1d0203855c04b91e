"""Items one by one: the figures of R, and what is said where there is none."""

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import ScoringError
from balint_research.scoring.reliability import item_analysis as ia
from balint_research.scoring.reliability import reliability as rel
from balint_research.scoring.reliability.item_analysis import item_analysis
from balint_research.scoring.reliability.reliability import Gaps, reliability
from tests.reliability_frames import (
    CLOSED_FORM,
    answers,
    figures,
    questionnaire,
    scale,
    sheet,
    simple,
)

NONE = float("nan")
GAPS: list[Gaps] = ["listwise", "pairwise"]
FIGURES = ["item_rest_correlation", "alpha_if_dropped", "n", "mean", "sd"]
BFI_COLUMNS = [f"{s}{n}" for s in "AN" for n in range(1, 6)]


def agrees(found: pd.DataFrame, case: str) -> None:
    for i, row in enumerate(found[FIGURES].to_dict("records"), 1):
        assert row == pytest.approx(figures(f"{case}_item{i}"), rel=CLOSED_FORM)


def attitude() -> pd.DataFrame:
    given = answers("reliability_attitude.csv")
    return given.set_axis([f"made_{n}" for n in range(1, 8)], axis="columns")


# --- against R -----------------------------------------------------------------------------------

def test_complete_answers_agree_with_psych() -> None:
    agrees(item_analysis(attitude(), simple(7, range(101))), "attitude")


def test_reversed_items_agree_with_psych_and_stand_out() -> None:
    found = item_analysis(attitude(), simple(7, range(101), reversed=(2, 6)))
    agrees(found, "attitude_wrong_key")
    complaints = found.iloc[1]
    assert complaints["item_rest_correlation"] == pytest.approx(-0.75, abs=0.005)  # as printed
    assert complaints["alpha_if_dropped"] == pytest.approx(0.689, abs=0.0005)
    assert found["reversed"].tolist() == [False, True, False, False, False, True, False]


@pytest.mark.parametrize("missing", GAPS)
def test_missing_answers_agree_with_psych(missing: Gaps) -> None:
    codes = range(1, 7)
    key = questionnaire(codes, A=scale(range(1, 6), codes, reversed=[1]),
                        N=scale(range(6, 11), codes))
    frame = answers("reliability_bfi.csv")
    found = item_analysis(frame, key, items=BFI_COLUMNS, missing=missing)
    for name in "AN":
        agrees(found[found["scale"] == name], f"bfi_{name}_{missing}")
    lowest = found.groupby("scale")["item_rest_correlation"].min()
    whole = reliability(frame, key, items=BFI_COLUMNS, missing=missing)
    assert whole["min_item_rest"].tolist() == lowest.tolist()


# --- what stands beside the figures --------------------------------------------------------------

def test_every_item_has_its_number_gist_and_column() -> None:
    key = questionnaire((0, 1, 2), one=scale((1, 3), (0, 1, 2), reversed=(3,)),
                        two=scale((3, 2), (0, 1, 2)))
    frame = pd.DataFrame({"b": [0, 1, 2, 2], "a": [2, 1, 1, 0], "c": [0, 1, 1, 2]})
    found = item_analysis(frame, key, items={1: "a", 2: "b", 3: "c"})
    shown = found[["instrument", "scale", "item", "gist", "column", "reversed"]]
    assert shown.to_numpy().tolist() == [
        ["made", "one", 1, "gist of item 1", "a", False],
        ["made", "one", 3, "gist of item 3", "c", True],
        ["made", "two", 3, "gist of item 3", "c", False],
        ["made", "two", 2, "gist of item 2", "b", False],
    ]
    assert found["mean"].tolist() == [1.0, 1.0, 1.0, 1.25]


def test_floor_and_ceiling_are_those_of_the_answer_as_added_up() -> None:
    key = simple(3, (0, 1, 2), reversed=(2,))
    found = item_analysis(sheet([[0, 0, 1], [0, 1, 1], [2, 2, 2], [1, 0, 0]]), key)
    assert found["floor_share"].tolist() == [0.5, 0.25, 0.25]
    assert found["ceiling_share"].tolist() == [0.25, 0.5, 0.25]


def test_floor_and_ceiling_of_recoded_answers() -> None:
    recode = {1: 2.0, 2: 1.0, 3: 0.0, 4: 0.0}
    key = questionnaire((1, 2, 3, 4), total=scale((1, 2), (1, 2, 3, 4), recode=recode))
    found = item_analysis(sheet([[1, 4], [3, 2], [4, 4], [2, 1]]), key)
    assert found["floor_share"].tolist() == [0.5, 0.5]
    assert found["ceiling_share"].tolist() == [0.25, 0.25]


# --- answers from which little can be said -------------------------------------------------------

def test_a_constant_item() -> None:
    found = item_analysis(sheet([[1, 2, 0], [2, 2, 3], [4, 2, 2], [3, 2, 4]]), simple(3, range(5)))
    assert found["note"][1] == ia.CONSTANT
    assert np.isnan(found["item_rest_correlation"][1])
    assert found["alpha_if_dropped"][1] == pytest.approx(
        reliability(sheet([[1, 0], [2, 3], [4, 2], [3, 4]]), simple(2, range(5)))["alpha"][0])
    assert found["note"][[0, 2]].isna().all()


def test_two_items() -> None:
    found = item_analysis(sheet([[1, 2], [2, 2], [4, 3]]), simple(2, range(5)))
    assert found["note"].tolist() == [ia.ONE_LEFT, ia.ONE_LEFT]
    assert found["alpha_if_dropped"].isna().all()
    r = np.corrcoef([1, 2, 4], [2, 2, 3])[0, 1]
    assert found["item_rest_correlation"].tolist() == pytest.approx([r, r])


def test_two_items_of_which_one_is_constant() -> None:
    found = item_analysis(sheet([[1, 2], [2, 2], [4, 2]]), simple(2, range(5)))
    assert found["note"].tolist() == [
        f"{ia.REST_CONSTANT} {ia.ONE_LEFT}", f"{ia.CONSTANT} {ia.ONE_LEFT}"]


def test_a_rest_that_does_not_vary() -> None:
    found = item_analysis(sheet([[0, 0, 4], [1, 2, 2], [4, 4, 0], [2, 1, 3]]), simple(3, range(5)))
    assert found["note"].tolist()[0] == ia.REST_CONSTANT
    assert np.isnan(found["item_rest_correlation"][0])
    assert np.isnan(found["alpha_if_dropped"][0])


@pytest.mark.parametrize("missing", GAPS)
def test_too_few_forms_tell_nothing_of_anybody(missing: Gaps) -> None:
    found = item_analysis(sheet([[1, 2, 3], [2, 2, 4]]), simple(3, range(5)), missing=missing)
    assert found["note"].tolist() == [rel.TOO_FEW] * 3
    assert found["n"].tolist() == [2, 2, 2]
    assert found[["mean", "sd", "floor_share", "item_rest_correlation"]].isna().all(axis=None)


def test_an_item_that_nobody_answered() -> None:
    frame = sheet([[1, NONE, 3], [2, NONE, 4], [4, NONE, 0]])
    listwise = item_analysis(frame, simple(3, range(5)))
    assert listwise["n"].tolist() == [0, 0, 0]
    pairwise = item_analysis(frame, simple(3, range(5)), missing="pairwise")
    assert pairwise["n"].tolist() == [3, 0, 3]
    assert pairwise["note"].tolist() == [rel.NEVER_TOGETHER] * 3


def test_one_item() -> None:
    found = item_analysis(sheet([[1], [2], [4]]), simple(1, range(5)))
    assert found["note"].tolist() == [rel.ONE_ITEM]
    assert found["mean"][0] == pytest.approx(7 / 3)


def test_an_unknown_way_with_gaps_is_refused() -> None:
    with pytest.raises(ScoringError, match=r"^`missing` must be 'listwise'"):
        item_analysis(attitude(), simple(7, range(101)), missing="mean")  # type: ignore[arg-type]
