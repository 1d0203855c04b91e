"""Reliability of a scale: the figures of R, whatever the answers look like."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from balint_research.errors import DataError, ScoringError
from balint_research.scoring.instrument import Criteria, Instrument, Scale
from balint_research.scoring.reliability import coefficients as co
from balint_research.scoring.reliability import reliability as rel
from balint_research.scoring.reliability.reliability import Gaps, reliability
from tests.reliability_frames import (
    CLOSED_FORM,
    ITERATED,
    answers,
    figures,
    questionnaire,
    scale,
    sheet,
    simple,
)

ATTITUDE = simple(7, range(101))
ESTIMATES = ["alpha", "alpha_low", "alpha_high", "omega", "spearman_brown", "min_item_rest", "sem"]
GAPS: list[Gaps] = ["listwise", "pairwise"]


def bfi(*, score: Any = "sum") -> Instrument:
    """Agreeableness, of which item 1 is reversed, and neuroticism."""
    codes = range(1, 7)
    return questionnaire(
        codes, A=scale(range(1, 6), codes, reversed=[1], score=score),
        N=scale(range(6, 11), codes, score=score),
    )


def only(frame: pd.DataFrame) -> "pd.Series[Any]":
    assert len(frame) == 1
    return frame.iloc[0]


def attitude(**changes: Any) -> pd.DataFrame:
    given = answers("reliability_attitude.csv")
    return given.set_axis([f"made_{n}" for n in range(1, 8)], axis="columns").assign(**changes)


# --- against R -----------------------------------------------------------------------------------

def agrees(row: "pd.Series[Any]", case: str) -> None:
    expected = figures(case)
    for name in ("alpha", "alpha_low", "alpha_high", "min_item_rest", "sd", "sem", "n"):
        assert row[name] == pytest.approx(expected[name], rel=CLOSED_FORM), name
    assert row["omega"] == pytest.approx(expected["omega"], abs=ITERATED)


def test_complete_answers_agree_with_psych_and_factanal() -> None:
    row = only(reliability(attitude(), ATTITUDE))
    agrees(row, "attitude")
    assert row[["instrument", "scale", "items", "n_rows", "missing"]].tolist() == [
        "made", "total", 7, 30, "listwise"]
    assert pd.isna(row["note"]) and np.isnan(row["spearman_brown"])


def test_the_printed_figures_of_attitude() -> None:
    """psychTools overview: alpha 0.84, Feldt 0.74 to 0.92."""
    row = only(reliability(attitude(), ATTITUDE))
    assert row[["alpha", "alpha_low", "alpha_high"]].tolist() == pytest.approx(
        [0.84314277, 0.74, 0.92], abs=0.005)


def test_two_items_with_the_wrong_sign_agree_with_psych() -> None:
    row = only(reliability(attitude(), simple(7, range(101), reversed=[2, 6])))
    agrees(row, "attitude_wrong_key")
    printed = row[["alpha", "alpha_low", "alpha_high", "min_item_rest"]].tolist()
    assert printed == pytest.approx([0.18, -0.36, 0.56, -0.75], abs=0.005)


@pytest.mark.parametrize("missing", GAPS)
@pytest.mark.parametrize("name", ["A", "N"])
def test_missing_answers_agree_with_psych_and_factanal(missing: Gaps, name: str) -> None:
    found = reliability(answers("reliability_bfi.csv"), bfi(), missing=missing,
                        items=[f"{s}{n}" for s in "AN" for n in range(1, 6)])
    row = only(found[found["scale"] == name])
    agrees(row, f"bfi_{name}_{missing}")
    assert (row["n_rows"], row["missing"]) == (240, missing)


def test_the_notes_count_the_gaps() -> None:
    columns = [f"{s}{n}" for s in "AN" for n in range(1, 6)]
    frame = answers("reliability_bfi.csv")
    listwise = reliability(frame, bfi(), items=columns)["note"].tolist()
    assert listwise == [
        "10 of 240 forms have a gap in this scale and are left out.",
        "13 of 240 forms have a gap in this scale and are left out.",
    ]
    pairs = [len(frame[list(pair)].dropna()) for pair in combinations(columns[:5], 2)]
    pairwise = reliability(frame, bfi(), items=columns, missing="pairwise")["note"][0]
    assert pairwise == (
        f"A pair of items rests on {min(pairs)} to {max(pairs)} forms; the interval counts 240 and "
        "is somewhat too narrow."
    )


@pytest.mark.parametrize(
    ("missing", "alpha", "n"), [("pairwise", 0.732660835214447, 12),
                                ("listwise", 0.8016949152542373, 9)])
def test_the_printed_example_of_pingouin(missing: Gaps, alpha: float, n: int) -> None:
    frame = pg.read_dataset("cronbach_wide_missing")
    row = only(reliability(frame, simple(11, (0, 1)), items="Q{n}", missing=missing))
    assert row["alpha"] == pytest.approx(alpha, rel=CLOSED_FORM)
    assert row["n"] == n
    limits = co.feldt_interval(alpha, 12, 11)  # pingouin counts the rows, also those left out
    printed = [0.435, 0.909] if missing == "pairwise" else [0.581, 0.933]
    assert limits == pytest.approx(printed, abs=0.0005)
    ours = row[["alpha_low", "alpha_high"]].tolist()
    assert ours == pytest.approx(co.feldt_interval(alpha, n, 11), rel=CLOSED_FORM)


def test_the_interval_at_another_confidence() -> None:
    row, expected = only(reliability(attitude(), ATTITUDE, confidence=0.9)), figures("attitude_90")
    assert row["alpha_low"] == pytest.approx(expected["alpha_low"], rel=CLOSED_FORM)
    assert row["alpha_high"] == pytest.approx(expected["alpha_high"], rel=CLOSED_FORM)


# --- units ---------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("key", "unit"),
    [(ATTITUDE, 1.0), (simple(7, range(101), score="mean"), 1 / 7),
     (simple(7, range(101), multiply=4), 4.0)],
)  # fmt: skip
def test_sd_and_sem_are_in_units_of_the_score(key: Instrument, unit: float) -> None:
    row = only(reliability(attitude(), key))
    expected = figures("attitude")
    assert row["sd"] == pytest.approx(expected["sd"] * unit, rel=CLOSED_FORM)
    assert row["sem"] == pytest.approx(expected["sem"] * unit, rel=CLOSED_FORM)


@pytest.mark.parametrize("score", ["sum", "mean"])
@pytest.mark.parametrize("missing", GAPS)
def test_floor_and_ceiling_are_shares_of_the_complete_forms(missing: Gaps, score: Any) -> None:
    key = questionnaire((0, 1, 2), total=scale((1, 2, 3), (0, 1, 2), reversed=(3,), score=score))
    frame = sheet([[0, 0, 2], [0, 0, 2], [2, 2, 0], [1, 2, 1], [0, 0, None]])
    row = only(reliability(frame, key, missing=missing))
    assert (row["floor_share"], row["ceiling_share"]) == (0.5, 0.25)


def test_a_recoded_scale_counts_what_it_adds_up() -> None:
    recode = {1: 2.0, 2: 1.0, 3: 0.0, 4: 0.0}
    key = questionnaire((1, 2, 3, 4), total=scale((1, 2, 3), (1, 2, 3, 4), recode=recode))
    raw = [[1, 1, 2], [2, 1, 1], [3, 4, 4], [4, 3, 3], [2, 2, 3], [1, 1, 1]]
    row = only(reliability(sheet(raw), key))
    added = np.array([[recode[a] for a in form] for form in raw])
    assert row["alpha"] == pytest.approx(co.alpha(np.cov(added.T)))
    assert (row["floor_share"], row["ceiling_share"]) == (2 / 6, 1 / 6)


def test_two_items_have_spearman_brown_and_no_omega() -> None:
    two = questionnaire(range(101), total=scale((2, 5), range(101)))
    row = only(reliability(attitude(), two))
    expected = figures("attitude_two")
    assert row["alpha"] == pytest.approx(expected["alpha"], rel=CLOSED_FORM)
    assert row["spearman_brown"] == pytest.approx(expected["std_alpha"], rel=CLOSED_FORM)
    assert np.isnan(row["omega"]) and row["note"] == co.NO_THIRD_ITEM


def test_scales_of_criteria_are_left_out() -> None:
    criteria = Scale(
        name="Yes or no", items=(1, 2), score="criteria", range=(0, 1), higher_means="worse",
        criteria=Criteria(at_least={1: 1, 2: 1}, any_of=(1,), count=(1, 2)))
    key = questionnaire((0, 1), yes=criteria)
    found = reliability(sheet([[0, 1], [1, 1], [1, 0]]), key)
    assert found.empty
    both = questionnaire((0, 1), yes=criteria, total=scale((1, 2), (0, 1)))
    assert reliability(sheet([[0, 1], [1, 1], [1, 0]]), both)["scale"].tolist() == ["total"]


# --- answers from which little can be said -------------------------------------------------------

NONE = float("nan")


@pytest.mark.parametrize("missing", GAPS)
@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([[1, 2], [3, 4]], rel.TOO_FEW),
        ([[2, 2], [2, 2], [2, 2]], rel.NO_SPREAD),
        ([[0, 4], [1, 3], [4, 0]], rel.NO_SPREAD),
    ],
)  # fmt: skip
def test_no_figure_and_the_reason(rows: list[list[int]], note: str, missing: Gaps) -> None:
    row = only(reliability(sheet(rows), simple(2, range(5)), missing=missing))
    assert row["note"] == note
    assert row[ESTIMATES].isna().all()


@pytest.mark.parametrize(
    ("missing", "note"),
    [("listwise", f"4 of 4 forms have a gap in this scale and are left out. {rel.TOO_FEW}"),
     ("pairwise", f"4 of 4 forms have no answer to this scale and are left out. {rel.TOO_FEW}")],
)  # fmt: skip
def test_nobody_answered(missing: Gaps, note: str) -> None:
    row = only(reliability(sheet([[NONE] * 3] * 4), simple(3, range(5)), missing=missing))
    assert row["note"] == note
    assert row[["n_rows", "n"]].tolist() == [4, 0]
    assert row[[*ESTIMATES, "sd", "floor_share", "ceiling_share"]].isna().all()


def test_a_total_that_does_not_vary_in_spite_of_gaps() -> None:
    rows: list[list[float]] = [[2, 2], [2, NONE], [2, 2], [NONE, 2], [2, 2]]
    row = only(reliability(sheet(rows), simple(2, range(5)), missing="pairwise"))
    assert (row["note"], row["sd"], row["n"]) == (rel.NO_SPREAD, 0, 5)


def test_no_rows_at_all() -> None:
    row = only(reliability(sheet([[1, 2, 3]]).iloc[:0], simple(3, range(5))))
    assert (row["n_rows"], row["n"], row["note"]) == (0, 0, rel.TOO_FEW)


def test_one_item_has_a_spread_and_no_alpha() -> None:
    row = only(reliability(sheet([[0], [1], [4], [NONE]]), simple(1, range(5))))
    assert row["note"] == f"1 of 4 forms has a gap in this scale and is left out. {rel.ONE_ITEM}"
    assert row["sd"] == pytest.approx(np.std([0, 1, 4], ddof=1))
    assert (row["floor_share"], row["ceiling_share"]) == (1 / 3, 1 / 3)
    assert row[ESTIMATES].isna().all()


def test_a_constant_item_stays_an_item_and_there_is_no_omega() -> None:
    row = only(reliability(attitude(made_3=50), ATTITUDE))
    others = answers("reliability_attitude.csv").drop(columns="privileges")
    assert row["alpha"] == pytest.approx(pg.cronbach_alpha(others)[0] * 7 / 6 * 5 / 6)
    assert np.isnan(row["omega"])
    assert row["note"] == f"Item 3 does not vary. {co.ITEM_CONSTANT}"


def test_a_negative_alpha_is_given_and_told() -> None:
    rows = [[0, 4, 1], [1, 3, 3], [4, 1, 0], [3, 0, 4], [2, 2, 1], [4, 0, 2]]
    row = only(reliability(sheet(rows), simple(3, range(5))))
    assert row["alpha"] == pytest.approx(co.alpha(np.cov(np.array(rows).T)))
    assert row["alpha"] < 0 and row["note"].startswith(rel.NEGATIVE)
    assert row["sem"] > row["sd"]


def test_a_heywood_case_is_told() -> None:
    """Item 1 goes with both others more closely than they allow: its loading would be above 1."""
    roots = np.linalg.cholesky([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
    drawn = np.random.default_rng(3).normal(size=(60, 3)) @ roots.T
    row = only(reliability(sheet(np.round(50 + 9 * drawn).tolist()), simple(3, range(101))))
    assert np.isnan(row["omega"]) and row["note"] == co.HEYWOOD
    assert row["alpha"] > 0.5


def test_items_that_nobody_answered_together() -> None:
    rows = [[1, 2, NONE], [2, 3, NONE], [4, 4, NONE], [NONE, 2, 3], [NONE, 1, 1], [NONE, 4, 4]]
    row = only(reliability(sheet(rows), simple(3, range(5)), missing="pairwise"))
    assert row["note"] == rel.NEVER_TOGETHER
    assert row[[*ESTIMATES, "sd", "floor_share"]].isna().all()


@pytest.mark.parametrize("together", [[[0, 0], [4, 4]], [[0, 4], [4, 0]]])
def test_covariances_that_contradict_each_other_give_nothing(together: list[list[float]]) -> None:
    """Those who answer both items spread widely, the others not at all: alpha would be above 1,
    or the variance of the total below 0."""
    alone: list[list[float]] = [[2, NONE], [NONE, 2]]
    row = only(reliability(sheet(together * 3 + alone * 9), simple(2, range(5)),
                           missing="pairwise"))
    assert row["note"] == rel.CONTRADICTORY
    assert row[[*ESTIMATES, "sd"]].isna().all()


# --- refused -------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"missing": "mean"}, "`missing` must be 'listwise' (only forms with every item of the "
         "scale answered) or 'pairwise' (each covariance from the forms that answer both items)."),
        ({"confidence": 95}, "`confidence` must lie between 0 and 1 (0.95 means 95 %)."),
        ({"confidence": "0.95"}, "`confidence` must lie between 0 and 1 (0.95 means 95 %)."),
    ],
)  # fmt: skip
def test_a_request_without_meaning_is_refused(how: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScoringError) as caught:
        reliability(attitude(), ATTITUDE, **how)
    assert str(caught.value) == sentence


def test_answers_outside_the_codes_stop_it() -> None:
    with pytest.raises(DataError, match=r"column 'made_2': 30 answers are outside the codes"):
        reliability(attitude(made_2=200), ATTITUDE)


# --- laws ----------------------------------------------------------------------------------------

FORMS = hnp.arrays("float64", (9, 4), elements=st.integers(0, 4))
LAW = 1e-9  # rounding of the same sums in another order


def estimated(x: co.Floats, key: Instrument | None = None) -> co.Floats:
    """alpha, its limits and the lowest item-rest correlation."""
    row = only(reliability(sheet(x.tolist()), key or simple(4, range(-8, 13))))
    return row[["alpha", "alpha_low", "alpha_high", "min_item_rest"]].to_numpy(dtype="float64")


@settings(max_examples=6, deadline=None)
@given(FORMS, st.permutations(range(4)), st.permutations(range(9)))
def test_order_of_items_and_rows_does_not_matter(
    x: co.Floats, items: list[int], rows: list[int]
) -> None:
    same = pytest.approx(estimated(x), nan_ok=True, abs=LAW)
    assert estimated(x[:, items]) == same
    assert estimated(x[rows]) == same


@settings(max_examples=6, deadline=None)
@given(FORMS, st.sampled_from([1, 2, 3]), st.integers(-8, 0))
def test_a_linear_change_of_all_items_does_not_matter(
    x: co.Floats, stretch: int, shift: int
) -> None:
    assert estimated(stretch * x + shift) == pytest.approx(estimated(x), nan_ok=True, abs=LAW)


@settings(max_examples=6, deadline=None)
@given(FORMS)
def test_reversing_all_items_does_not_matter(x: co.Floats) -> None:
    codes = range(5)
    turned = estimated(x, simple(4, codes, reversed=(1, 2, 3, 4)))
    assert turned == pytest.approx(estimated(x, simple(4, codes)), nan_ok=True, abs=LAW)


@settings(max_examples=6, deadline=None)
@given(FORMS)
def test_without_gaps_both_ways_are_one(x: co.Floats) -> None:
    frame, key = sheet(x.tolist()), simple(4, range(5))
    first, second = (reliability(frame, key, missing=m).drop(columns="missing") for m in GAPS)
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=6, deadline=None)
@given(hnp.arrays("float64", (8, 3), elements=st.sampled_from([0, 1, 2, NONE])))
def test_whatever_is_missing_there_is_a_figure_or_a_reason(x: co.Floats) -> None:
    for missing in GAPS:
        row = only(reliability(sheet(x.tolist()), simple(3, (0, 1, 2)), missing=missing))
        assert not np.isnan(row["alpha"]) or isinstance(row["note"], str)
        assert not np.isnan(row["omega"]) or isinstance(row["note"], str)


# --- real answers --------------------------------------------------------------------------------

MX = "phq_gad_medstudents_mx"
WAVES = "wellbeing_3waves"
REAL: list[tuple[str, str, Any, str, Instrument | str]] = [
    (MX, "items.csv", "phq{n}", "PHQ-9", "phq9"),
    (MX, "items.csv", "gad{n}", "GAD-7", "gad7"),
    (MX, "items.csv", "epworth{n}", "Epworth", simple(8, range(5))),
    ("qwb_icbt_longitudinal", "items_wide.csv", "GAD-7_{n}_screening", "GAD-7 screening", "gad7"),
    ("qwb_icbt_longitudinal", "items_wide.csv", "PHQ-9_{n}_screening", "PHQ-9 screening", "phq9"),
    ("qwb_icbt_longitudinal", "items_wide.csv", "QWB_{n}_screening", "QWB screening",
     simple(18, range(5))),
    ("pospsy_rct_items", "items_long_as_published.csv", "cesd{n:02}",
     "CES-D 20 occasion 0 (4,8,12,16 reversed)",
     simple(20, range(1, 5), reversed=(4, 8, 12, 16))),
    ("pospsy_rct_items", "items_long_as_published.csv", "ahi{n:02}", "AHI 24 occasion 0",
     simple(24, range(1, 6))),
    *((WAVES, f"wave{w}_raw.csv", "flourish{n:02}", f"Flourishing wave {w}",
       simple(8, range(1, 8), score="mean")) for w in (1, 2, 3)),
    *((WAVES, f"wave{w}_raw.csv", [f"spne{i:02}" for i in items], f"SPNE {name} wave {w}",
       simple(6, range(1, 6), score="mean"))
      for w in (1, 2, 3)
      for name, items in (("positive", (1, 3, 5, 7, 10, 12)), ("negative", (2, 4, 6, 8, 9, 11)))),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "file", "items", "name", "key"), REAL,
                         ids=[case[3] for case in REAL])
def test_alphas_of_open_data_sets(
    shared_data: Path, folder: str, file: str, items: Any, name: str, key: Instrument | str
) -> None:
    printed = pd.read_csv(shared_data / folder / "expected_results.csv")
    expected = printed[printed["analysis"] == name].set_index("quantity")["value"]
    frame = pd.read_csv(shared_data / folder / file)
    if "occasion" in frame:
        frame = frame[frame["occasion"] == 0]
    listwise, pairwise = (
        only(reliability(frame, key, items=items, missing=m)) for m in GAPS)
    assert listwise["alpha"] == pytest.approx(expected["alpha_raw_complete_cases"], rel=1e-10)
    assert pairwise["alpha"] == pytest.approx(expected["alpha_raw_pairwise"], rel=1e-10)
    assert listwise["n_rows"] == expected["n_rows"]
    assert listwise["n"] == expected["n_complete"]
    assert 0.7 < listwise["omega"] < 1


@pytest.mark.parametrize(
    ("items", "key", "omega"),  # R 4.2.2 factanal on the complete rows, 779 and 777
    [("phq{n}", "phq9", 0.814757007), ("gad{n}", "gad7", 0.890185124)])
def test_omega_of_783_students(shared_data: Path, items: str, key: str, omega: float) -> None:
    frame = pd.read_csv(shared_data / MX / "items.csv")
    row = only(reliability(frame, key, items=items))
    assert row["omega"] == pytest.approx(omega, abs=ITERATED)
