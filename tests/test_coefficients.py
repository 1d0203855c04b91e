"""The arithmetic of reliability against R, printed examples and closed forms."""

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from balint_research.scoring.reliability import coefficients as co
from tests.reliability_frames import CLOSED_FORM, ITERATED, answers, figures

SHROUT_FLEISS = np.array(  # six people x four judges, Shrout & Fleiss 1979, table 2
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype="float64",
)
BFI = ["agree", "conscientious", "extraversion", "neuroticism", "openness"]
# psychTools overview: alpha of scoreItems on bfi, to the digits printed and re-run
SCORE_ITEMS = dict(zip(BFI, [.70123746, .72468708, .75969484, .81177525, .59677156], strict=True))


def matrix(case: str) -> co.Floats:
    """The covariance matrix of a case, from its lower triangle."""
    cells = {name[1:]: value for name, value in figures(case).items() if name[1:2].isdigit()}
    places = {tuple(int(i) - 1 for i in name.split("_")): v for name, v in cells.items()}
    size = max(i for i, _ in places) + 1
    full = np.zeros((size, size))
    for (i, j), value in places.items():
        full[i, j] = full[j, i] = value
    return full


def parallel(items: int, r: float) -> co.Floats:
    return np.full((items, items), r) + (1 - r) * np.eye(items)


# --- alpha ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BFI)
@pytest.mark.parametrize("how", ["all", "median"])
def test_alpha_of_2800_people_agrees_with_psych(name: str, how: str) -> None:
    case = f"bfi_{how}_{name}"
    assert co.alpha(matrix(case)) == pytest.approx(figures(case)["alpha"], rel=CLOSED_FORM)


@pytest.mark.parametrize("name", BFI)
def test_alpha_agrees_with_the_printed_score_items(name: str) -> None:
    printed = pytest.approx(SCORE_ITEMS[name], abs=5e-9)  # half a unit of the last digit
    assert co.alpha(matrix(f"bfi_median_{name}")) == printed


@given(st.integers(2, 12), st.floats(-0.05, 1))
def test_alpha_of_parallel_items_is_spearman_brown(items: int, r: float) -> None:
    """k parallel items with correlation r: k r / (1 + (k - 1) r)."""
    assert co.alpha(parallel(items, r)) == pytest.approx(items * r / (1 + (items - 1) * r))


def test_what_has_no_alpha() -> None:
    assert np.isnan(co.alpha(np.array([[1.0]])))
    assert np.isnan(co.alpha(np.zeros((3, 3))))
    assert np.isnan(co.alpha(np.array([[1.0, -1.0], [-1.0, 1.0]])))  # the sum never varies


def test_the_interval_of_alpha_at_another_confidence() -> None:
    value = figures("attitude")["alpha"]
    expected = figures("attitude_90")
    assert co.feldt_interval(value, 30, 7, 0.9) == pytest.approx(
        (expected["alpha_low"], expected["alpha_high"]), rel=CLOSED_FORM)


def test_two_items_have_the_standardised_alpha_of_psych() -> None:
    two = answers("reliability_attitude.csv")[["complaints", "raises"]].cov().to_numpy()
    expected = figures("attitude_two")
    assert co.spearman_brown(two) == pytest.approx(expected["std_alpha"], rel=CLOSED_FORM)
    assert co.alpha(two) == pytest.approx(expected["alpha"], rel=CLOSED_FORM)


@given(st.floats(-0.9, 1))
def test_spearman_brown_is_the_standardised_alpha(r: float) -> None:
    stretched = np.array([[1, 3 * r], [3 * r, 9]])
    assert co.spearman_brown(stretched) == pytest.approx(co.alpha(parallel(2, r)), abs=1e-9)


def test_what_has_no_spearman_brown() -> None:
    assert np.isnan(co.spearman_brown(np.array([[1.0, 0.0], [0.0, 0.0]])))
    assert np.isnan(co.spearman_brown(np.array([[1.0, -1.0], [-1.0, 1.0]])))


@settings(max_examples=50, deadline=None)
@given(hnp.arrays("float64", (12, 4), elements=st.integers(0, 4)).filter(
    lambda x: bool((np.ptp(x, axis=0) > 0).all())))
def test_item_rest_is_the_correlation_with_the_sum_of_the_others(x: co.Floats) -> None:
    found = co.item_rest_correlations(np.cov(x.T))
    for i in range(4):
        rest = np.delete(x, i, axis=1).sum(axis=1)
        if np.ptp(rest) == 0:
            assert np.isnan(found[i])
        else:
            assert found[i] == pytest.approx(np.corrcoef(x[:, i], rest)[0, 1], abs=1e-9)


def test_alpha_without_an_item_is_the_alpha_of_the_others() -> None:
    x = answers("reliability_attitude.csv")
    found = co.alphas_if_dropped(x.cov().to_numpy())
    for i, column in enumerate(x.columns):
        others = pg.cronbach_alpha(x.drop(columns=column))[0]
        assert found[i] == pytest.approx(others, rel=CLOSED_FORM)


# --- omega ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("case", [
    *(f"bfi_{how}_{name}" for how in ("all", "median") for name in BFI),
    "matrix_harman", "matrix_ability", "matrix_swiss",
])
def test_omega_agrees_with_factanal(case: str) -> None:
    value, why = co.omega_total(matrix(case))
    assert why is None
    assert value == pytest.approx(figures(case)["omega"], abs=ITERATED)


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 8), st.floats(0.15, 0.9))
def test_omega_of_parallel_items_is_alpha(items: int, r: float) -> None:
    value, why = co.omega_total(parallel(items, r))
    assert why is None
    assert value == pytest.approx(co.alpha(parallel(items, r)), abs=ITERATED)


def test_omega_of_three_items_in_closed_form() -> None:
    """Three items fit exactly: l1 = sqrt(r12 r13 / r23), and so on."""
    covariance = np.array([[4.0, 1.8, 0.8], [1.8, 2.25, 0.9], [0.8, 0.9, 1.0]])
    loadings = np.sqrt([1.8 * 0.8 / 0.9, 1.8 * 0.9 / 0.8, 0.8 * 0.9 / 1.8])
    common = loadings.sum() ** 2
    expected = common / (common + (np.diag(covariance) - loadings**2).sum())
    assert co.omega_total(covariance)[0] == pytest.approx(expected, abs=ITERATED)


def test_omega_is_the_same_every_time() -> None:
    """statsmodels would draw its start at random."""
    harman = matrix("matrix_harman")
    assert co.omega_total(harman)[0] == co.omega_total(harman)[0]


@pytest.mark.parametrize(
    ("covariance", "why"),
    [
        (parallel(2, 0.5), co.NO_THIRD_ITEM),
        (np.diag([1.0, 0.0, 1.0]), co.ITEM_CONSTANT),
        (parallel(3, 1.0), co.SINGULAR),
        (np.array([[1, .9, .9], [.9, 1, .5], [.9, .5, 1]]), co.SINGULAR),   # not even a correlation
        (np.array([[1, .8, .8], [.8, 1, .5], [.8, .5, 1]]), co.HEYWOOD),    # l1 squared = 1.28
        (np.array([[1, .5, .5], [.5, 1, -.2], [.5, -.2, 1]]), co.HEYWOOD),  # no real loading
    ],
)  # fmt: skip
def test_why_there_is_no_omega(covariance: co.Floats, why: str) -> None:
    value, reason = co.omega_total(covariance)
    assert np.isnan(value)
    assert reason == why


def test_a_search_that_stops_on_a_slope_gives_no_omega(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = np.full(4, 0.7), np.full(4, 0.51), 1e-4
    monkeypatch.setattr(co, "_one_factor", lambda correlation: solution)
    value, reason = co.omega_total(parallel(4, 0.5))
    assert np.isnan(value)
    assert reason == co.NOT_CONVERGED


# --- intraclass correlations ---------------------------------------------------------------------

@pytest.mark.parametrize(("case", "confidence"), [("", 0.95), ("_90", 0.9)])
def test_icc_agrees_with_psych(case: str, confidence: float) -> None:
    found = co.intraclass_correlations(SHROUT_FLEISS, confidence)
    expected = figures(f"shrout_fleiss{case}")
    assert expected.pop("level") == pytest.approx(confidence)
    assert found == pytest.approx(expected, rel=CLOSED_FORM)


def test_icc_of_the_printed_example() -> None:
    found = co.intraclass_correlations(SHROUT_FLEISS)
    assert found["icc_2_1"] == pytest.approx(0.29, abs=0.005)
    assert found["icc_3_1"] == pytest.approx(0.71, abs=0.005)


def test_icc_agrees_with_pingouin() -> None:
    long = pd.DataFrame(SHROUT_FLEISS).melt(ignore_index=False).reset_index()
    theirs = pg.intraclass_corr(long, targets="index", raters="variable", ratings="value")
    found = co.intraclass_correlations(SHROUT_FLEISS)
    for name, row in (("icc_2_1", theirs.iloc[1]), ("icc_3_1", theirs.iloc[2])):
        assert found[name] == pytest.approx(row["ICC"], rel=CLOSED_FORM)
        limits = [found[f"{name}_low"], found[f"{name}_high"]]
        assert limits == pytest.approx(row["CI95"], abs=0.005)  # pingouin prints two digits


@given(hnp.arrays("float64", (8, 2), elements=st.integers(0, 20)), st.floats(-50, 50),
       st.floats(0.1, 10))
def test_icc_does_not_care_for_units_and_consistency_not_for_a_shift(
    x: co.Floats, shift: float, unit: float
) -> None:
    found = co.intraclass_correlations(x)
    same = pytest.approx(found, nan_ok=True, abs=1e-7)
    assert co.intraclass_correlations(x * unit + shift) == same
    assert co.intraclass_correlations(x[:, ::-1]) == same
    moved = co.intraclass_correlations(x + np.array([0, shift]))
    assert moved["icc_3_1"] == pytest.approx(found["icc_3_1"], nan_ok=True, abs=1e-7)


def test_icc_of_people_who_all_move_alike() -> None:
    """B = 2 var, E = 0, J = n d^2 / 2: ICC(2,1) = B / (B + d^2)."""
    first = np.array([1.0, 2.0, 3.0, 5.0])
    found = co.intraclass_correlations(np.column_stack([first, first + 0.3]))
    between = 2 * first.var(ddof=1)
    assert found["icc_3_1"] == 1
    assert found["icc_2_1"] == pytest.approx(between / (between + 0.3**2))
    assert np.isnan([found["icc_2_1_low"], found["icc_3_1_high"]]).all()


def test_icc_without_differences_is_missing() -> None:
    found = co.intraclass_correlations(np.tile([1.0, 2.0], (5, 1)))
    assert np.isnan(list(found.values())).all()
