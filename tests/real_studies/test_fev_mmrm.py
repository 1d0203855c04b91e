"""Repeated measures with missing visits (197 people, four visits): the printed tables of mmrm.

Printed in the introduction of R mmrm (https://openpharma.github.io/mmrm/main/articles/
introduction.html). Its search stops where the log-likelihood is 2.6e-6 below the largest:
estimates are then off by up to 2e-4 standard errors, standard errors and df by up to 1e-4 of their
size, which is more than the digits printed. So its table is tested twice: to these tolerances at
the optimum, and to its digits where mmrm stopped, which the covariance it prints tells.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.estimates import t_p_value
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.likelihood import Floats, Method, point, slopes
from balint_research.analysis.mixed.parts import pairs, symmetric
from balint_research.analysis.mixed.terms import Residual, ResidualKind
from tests.mixed_frames import differences, table

FULL = "FEV1 ~ RACE + SEX + ARMCD * AVISIT"
SHORT = "FEV1 ~ RACE + ARMCD * AVISIT"
ARM = "ARMCD[T.TRT]"
PEOPLE = 197

# term: estimate, SE, Satterthwaite df, p; as printed
PRINTED = {
    "Intercept": ("30.77748", "0.88656", "218.80", None),
    "RACE[T.Black or African American]": ("1.53050", "0.62448", "168.67", "0.015272"),
    "RACE[T.White]": ("5.64357", "0.66561", "157.14", "1.56e-14"),
    "SEX[T.Female]": ("0.32606", "0.53195", "166.13", "0.540744"),
    ARM: ("3.77423", "1.07415", "145.55", "0.000589"),
    "AVISIT[T.VIS2]": ("4.83959", "0.80172", "143.88", None),
    "AVISIT[T.VIS3]": ("10.34211", "0.82269", "155.56", None),
    "AVISIT[T.VIS4]": ("15.05390", "1.31281", "138.47", None),
    f"{ARM}:AVISIT[T.VIS2]": ("-0.04193", "1.12932", "138.56", "0.970"),
    f"{ARM}:AVISIT[T.VIS3]": ("-0.69369", "1.18765", "158.17", "0.560"),
    f"{ARM}:AVISIT[T.VIS4]": ("0.62423", "1.85085", "129.72", "0.736"),
}
COVARIANCE = {
    ("VIS1", "VIS1"): "40.5537", ("VIS2", "VIS2"): "26.5715", ("VIS3", "VIS3"): "14.8979",
    ("VIS4", "VIS4"): "95.5568", ("VIS1", "VIS2"): "14.3960", ("VIS1", "VIS3"): "4.9747",
    ("VIS1", "VIS4"): "13.3867", ("VIS2", "VIS3"): "2.7855", ("VIS2", "VIS4"): "7.4745",
    ("VIS3", "VIS4"): "0.9082",
}
VISITS = ("VIS1", "VIS2", "VIS3", "VIS4")


def printed_covariance() -> Floats:
    pair = {(VISITS.index(first), VISITS.index(second)): float(value)
            for (first, second), value in COVARIANCE.items()}
    return symmetric(np.array([pair[j, i] for i, j in pairs(len(VISITS))]), len(VISITS))


def half(printed: str) -> float:
    """Half a unit of the last digit of a printed number."""
    mantissa, _, exponent = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def as_printed(value: float, printed: str) -> bool:
    return bool(abs(value - float(printed)) <= half(printed) * (1 + 1e-9))


@pytest.fixture(scope="module")
def frame(shared_data: Path) -> pd.DataFrame:
    read = pd.read_csv(shared_data / "fev_mmrm" / "fev.csv")
    return read.assign(SEX=pd.Categorical(read["SEX"], categories=["Male", "Female"]))


def model(
    frame: pd.DataFrame, formula: str, kind: ResidualKind = "unstructured", method: Method = "reml"
) -> GaussianFit:
    over = None if kind == "compound_symmetry" else "AVISIT"
    return fit_gaussian(frame, formula, residual=Residual(kind=kind, within="USUBJID", over=over),
                        method=method)


@pytest.fixture(scope="module")
def full(frame: pd.DataFrame) -> GaussianFit:
    return model(frame, FULL)


@pytest.fixture(scope="module")
def short(frame: pd.DataFrame) -> GaussianFit:
    return model(frame, SHORT)


def test_rows_and_fit_criteria(full: GaussianFit) -> None:
    assert (full.n_rows, full.n_left_out, full.n_blocks) == (537, 263, PEOPLE)
    assert full.converged and not full.boundary
    parameters = len(full.variances)
    assert as_printed(full.loglik, "-1693.2")
    assert as_printed(-2 * full.loglik + 2 * parameters, "3406.4")
    assert as_printed(-2 * full.loglik + np.log(PEOPLE) * parameters, "3439.3")


def test_coefficients_with_satterthwaite_df(full: GaussianFit) -> None:
    ours = table(contrasts(full, df="satterthwaite"), "contrast")
    assert set(ours) == set(PRINTED)
    for term, (estimate, se, df, p) in PRINTED.items():
        row = ours[term]
        assert row["estimate"] == pytest.approx(float(estimate), abs=2e-4 * row["se"])
        assert row["se"] == pytest.approx(float(se), rel=1e-4)
        assert row["df"] == pytest.approx(float(df), rel=1e-4)
        assert p is None or row["p"] == pytest.approx(float(p), rel=1e-3)
    assert ours["Intercept"]["p"] < 2e-16


def test_covariance_of_the_visits(full: GaussianFit) -> None:
    ours = symmetric(full.theta * full.units, len(VISITS))
    spread = np.sqrt(np.diag(ours))
    assert full.variances["parameter"].tolist()[:3] == [
        "residual VIS1", "residual VIS1:VIS2", "residual VIS2"]
    # in correlations and shares of a variance
    np.testing.assert_allclose(ours / np.outer(spread, spread),
                               printed_covariance() / np.outer(spread, spread), atol=2e-4)


def test_gls_on_the_same_data(shared_data: Path, full: GaussianFit) -> None:
    gls = pd.read_csv(shared_data / "fev_mmrm" / "expected_results.csv")
    values = dict(zip(gls["quantity"], gls["value"], strict=True))
    ours = table(full.coefficients, "term")
    compared = 0
    for term in ours:
        theirs = term.replace("Intercept", "(Intercept)").replace("[T.", "").replace("]", "")
        for column, letter in (("estimate", "b"), ("se", "se")):
            assert ours[term][column] == pytest.approx(
                values[f"{letter}[{theirs}]"], abs=1e-4 * ours[term]["se"])
            compared += 1
    # gls with its default settings also stops short
    deviance = values["deviance_-2REML"]
    assert compared == 22 and 0 < deviance + 2 * full.loglik < 1e-5


@pytest.mark.parametrize(("kind", "method", "printed"), [
    ("unstructured", "reml", "3387.373"), ("unstructured", "ml", "3397.934"),
    ("compound_symmetry", "ml", "3536.989"),
])
def test_deviance_of_variants(
    frame: pd.DataFrame, kind: ResidualKind, method: Method, printed: str
) -> None:
    assert as_printed(-2 * model(frame, SHORT, kind, method).loglik, printed)


def test_the_arm_without_sex(short: GaussianFit) -> None:
    assert as_printed(-2 * short.loglik + 2 * len(short.variances), "3407.4")
    coefficient = table(short.coefficients, "term")[ARM]
    # the covariance where mmrm stopped is not printed for this model
    assert coefficient["estimate"] == pytest.approx(3.77556, abs=2e-4 * coefficient["se"])
    assert coefficient["se"] == pytest.approx(1.0762774, rel=1e-4)


# --- where mmrm stopped, and in its parameters ---------------------------------------------------


def of_mmrm(theta: Floats, size: int) -> Floats:
    """Entries of D L L' D, with D = diag(exp(theta)) and L unit lower triangular by rows."""
    lower = np.eye(size)
    lower[np.tril_indices(size, -1)] = theta[size:]
    root = np.diag(np.exp(theta[:size])) @ lower
    whole = root @ root.T
    return np.array([whole[i, j] for i, j in pairs(size)])


def to_mmrm(entries: Floats, size: int) -> Floats:
    """The parameters of mmrm for a covariance matrix."""
    root = np.linalg.cholesky(symmetric(entries, size))
    lower = root / np.diag(root)[:, None]
    return np.concatenate([np.log(np.diag(root)), lower[np.tril_indices(size, -1)]])


@dataclass(frozen=True)
class Mmrm:
    """Moments at some covariance in mmrm's parameters; `w` is the inverse observed information."""

    fit: GaussianFit
    loglik: float
    estimates: Floats
    phi: Floats
    first: Floats
    second: Floats
    bend: Floats
    w: Floats

    def row(self, term: str) -> Floats:
        made = self.fit.design
        return np.asarray(made.scale * made.back[made.columns.index(term)])

    def se(self, term: str, phi: Floats) -> float:
        return float(np.sqrt(self.row(term) @ phi @ self.row(term)))

    def df(self, term: str) -> float:
        """2 v^2 / var(v): Satterthwaite's, and Kenward and Roger's of one row."""
        half_way = self.phi @ self.row(term)
        gradient = np.einsum("i,kij,j->k", half_way, self.first, half_way)
        return float(2 * (self.row(term) @ half_way) ** 2 / (gradient @ self.w @ gradient))

    def kenward_roger(self) -> Floats:
        """Phi + 2 Phi [sum W_ij (Q_ij - P_i Phi P_j - R_ij / 4)] Phi."""
        inner = np.einsum("kl,klij->ij", self.w, self.second - self.bend / 4) - np.einsum(
            "kl,kia,ab,lbj->ij", self.w, self.first, self.phi, self.first)
        return np.asarray(self.phi + 2 * self.phi @ inner @ self.phi)


def mmrm_at(fit: GaussianFit, entries: Floats) -> Mmrm:
    """The likelihood of a fit at the entries of a covariance matrix, in the units of the fit."""
    made, size = fit.design, len(VISITS)
    here = point(made.data, entries, "reml")
    assert here is not None
    slope = slopes(made.data, here, "reml")
    theta = to_mmrm(entries, size)
    np.testing.assert_allclose(of_mmrm(theta, size), entries, rtol=1e-12)
    jacobian = differences(lambda t: of_mmrm(t, size), theta, 1e-3)
    bend = differences(lambda t: differences(lambda s: of_mmrm(s, size), t, 1e-3), theta, 1e-3)
    observed = jacobian.T @ slope.observed @ jacobian - np.einsum("m,mkl->kl", slope.score, bend)
    return Mmrm(
        fit=fit, loglik=here.loglik, estimates=made.scale * made.back @ here.beta, phi=here.phi,
        first=np.einsum("mk,mij->kij", jacobian, slope.first),
        second=np.einsum("mk,nl,mnij->klij", jacobian, jacobian, slope.second),
        bend=np.einsum("mkl,mij->klij", bend, slope.first), w=np.linalg.inv(observed))


def test_the_table_where_mmrm_stopped(full: GaussianFit) -> None:
    printed = printed_covariance()
    entries = np.array([printed[i, j] for i, j in pairs(len(VISITS))]) / full.design.scale**2
    there = mmrm_at(full, entries)
    best = mmrm_at(full, full.theta)
    assert 0 < best.loglik - there.loglik < 3e-6
    for term, estimate in zip(full.design.columns, there.estimates, strict=True):
        # half a unit of the last digit, and as much again for four decimals of the covariance
        told = PRINTED[term]
        assert abs(estimate - float(told[0])) <= 2 * half(told[0]), term
        assert abs(there.se(term, there.phi) - float(told[1])) <= 2 * half(told[1]), term
        assert abs(there.df(term) - float(told[2])) <= 2 * half(told[2]), term


def test_satterthwaite_does_not_depend_on_the_parameters(full: GaussianFit) -> None:
    ours = table(contrasts(full, df="satterthwaite"), "contrast")
    there = mmrm_at(full, full.theta)
    for term in full.design.columns:
        assert there.df(term) == pytest.approx(ours[term]["df"], rel=1e-7)
        assert there.se(term, there.phi) == pytest.approx(ours[term]["se"], rel=1e-12)


def test_kenward_roger_as_mmrm_prints_it(short: GaussianFit) -> None:
    """The same moments in mmrm's own parameters give its line, 1.07910 with 146.27 df.

    Kenward and Roger's adjustment is not the same in all parametrisations. mmrm takes logarithms of
    standard deviations and a unit triangular factor, with their second derivatives (R_ij) and the
    observed information. In pbkrtest, in SAS and here V is linear in its parameters, so that R_ij
    is 0, and the information is the expected one: 1.0836 with 144.45 df.
    """
    there = mmrm_at(short, short.theta)
    unadjusted, se = there.se(ARM, there.phi), there.se(ARM, there.kenward_roger())
    # what the adjustment adds, to the digits printed; the two themselves where mmrm stopped short
    assert abs(se / unadjusted - 1.07910 / 1.0762774) <= half("1.07910") / 1.0762774
    assert se == pytest.approx(1.07910, rel=1e-4)
    assert there.df(ARM) == pytest.approx(146.27, rel=1e-4)
    estimate = table(short.coefficients, "term")[ARM]["estimate"]
    assert as_printed(t_p_value(estimate / se, there.df(ARM)), "0.00062")
    ours = table(contrasts(short), "contrast")[ARM]
    assert ours["se"] > se and ours["df"] < there.df(ARM)
    assert as_printed(ours["se"], "1.0836") and as_printed(ours["df"], "144.45")
