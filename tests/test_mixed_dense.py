"""Mixed models against a dense textbook implementation in R.

It shares nothing with the engine: n x n matrices, numerical search finished by Newton steps (score
below 1e-8), Kenward-Roger written from the paper, Satterthwaite from a numerical Hessian (five
points, of an exact score). It was itself checked against lme4, pbkrtest and lmerTest.
"""

from dataclasses import replace
from functools import cache

import pytest

from balint_research.analysis.mixed.contrasts import Rows, contrasts, f_test
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.terms import Component, Memberships, RandomEffect, Residual
from tests.mixed_frames import PERSON, TREATED, TREATED_WAVES, data, hypothesis, of, one, read

FIGURE, LOGLIK, DF, P = 1e-7, 1e-8, 1e-6, 1e-6
R = read("mixed_dense.csv")
NAMES = list(dict.fromkeys(R["set"]))
MEAN = "mean(t_w1 t_w2)"

names = pytest.mark.parametrize("name", NAMES)


@cache
def fitted(name: str) -> GaussianFit:
    """The fit of a model of the script."""
    if name == "membership":
        return fit_gaussian(read("mixed_membership.csv"), "y ~ x", components=[
            Memberships(groups=("g1", "g2"), weights=("w1", "w2"), name="group")])
    of_data, model = name.split("/")
    if model == "heteroscedastic":
        return fit_gaussian(
            data(of_data), "y ~ pre + treated", residual=Residual(by="arm"),
            components=[RandomEffect(by="group", times="treated")])
    formula = "y ~ wave + t_w1" + ("" if of_data.startswith("pn2") else " + t_w2")
    if model == "person_by_arm":
        return fit_gaussian(data(of_data), formula, components=[PERSON],
                            residual=Residual(by="arm"))
    groups: list[Component] = [TREATED]
    if not of_data.startswith("pn2"):
        groups.append(TREATED_WAVES)
    residual = Residual(kind="unstructured", within="person", over="wave")
    if model == "by_arm":
        residual = replace(residual, by="arm", shared=("w0",))
    return fit_gaussian(data(of_data), formula, components=groups, residual=residual)


def parameter(term: str) -> str:
    """Our name of a parameter: `treated:w0:w1` is the residual of an arm at two waves."""
    if term in ("group", "group:wave", "person", "residual"):
        return term
    *level, first, second = term.split(":")
    if first == "residual":
        return f"residual {second}"
    wave = first if first == second else f"{first}:{second}"
    return " ".join(["residual", *level, wave])


def rows_of(name: str) -> Rows:
    """All coefficients, and the mean of two where the oracle has it."""
    terms = of(R, name, "estimate")
    half = {"t_w1": 0.5, "t_w2": 0.5}
    return {term: half if term == MEAN else {term: 1.0} for term in terms}


@names
def test_likelihood_and_variances(name: str) -> None:
    fit = fitted(name)
    assert fit.converged and not fit.boundary
    assert fit.loglik == pytest.approx(one(R, name, "loglik"), abs=LOGLIK)
    ours = dict(zip(fit.variances["parameter"], fit.variances["estimate"], strict=True))
    theirs = {parameter(term): value for term, value in of(R, name, "variance").items()}
    assert ours == pytest.approx(theirs, rel=FIGURE)


@names
@pytest.mark.parametrize("drop_zero", [True, False])
def test_kenward_roger(name: str, drop_zero: bool) -> None:
    # no component is at zero here, so dropping those that are changes nothing
    result = contrasts(fitted(name), rows_of(name), drop_zero=drop_zero).set_index("contrast")
    for column, quantity, tolerance in (("estimate", "estimate", FIGURE), ("se", "se_kr", FIGURE),
                                        ("df", "df_kr", DF), ("p", "p_kr", P)):
        assert result[column].to_dict() == pytest.approx(of(R, name, quantity), rel=tolerance)


@names
def test_satterthwaite_with_the_observed_information(name: str) -> None:
    result = contrasts(fitted(name), rows_of(name), df="satterthwaite").set_index("contrast")
    for column, quantity, tolerance in (("se", "se", FIGURE), ("df", "df_satterthwaite", DF),
                                        ("p", "p_satterthwaite", P)):
        assert result[column].to_dict() == pytest.approx(of(R, name, quantity), rel=tolerance)


@names
def test_f_of_two_coefficients(name: str) -> None:
    ours = f_test(fitted(name), hypothesis(R, name, "f_kr")).iloc[0]
    assert ours["df_numerator"] == 2
    for column, quantity, tolerance in (("statistic", "f_kr", FIGURE),
                                        ("df_denominator", "ddf_kr", DF),
                                        ("scaling", "scaling_kr", DF), ("p", "p_f_kr", P)):
        assert ours[column] == pytest.approx(one(R, name, quantity), rel=tolerance)


def test_the_default_model_is_among_them() -> None:
    parameters = fitted("pn3_unbalanced/by_arm").variances["parameter"].tolist()
    assert parameters[:2] == ["group", "group:wave"]
    # one variance at the first wave, everything else by arm
    assert parameters.count("residual w0") == 1 and "residual control w0" not in parameters
    assert "residual control w1:w2" in parameters and len(parameters) == 13
