"""Mixed models against lme4, lmerTest and pbkrtest on 17 data sets.

Tolerances: those of the project's statistics page (estimates and standard errors 1e-5, df 1e-3,
log-likelihood 1e-6), which leave room for an optimiser; the R script finishes every fit with
Newton steps, so far less is needed here.
"""

import pandas as pd
import pytest

from balint_research.analysis.mixed.contrasts import contrasts, f_test
from balint_research.analysis.mixed.profile import icc, profile_interval
from tests.mixed_frames import MODELS, fitted, hypothesis, of, one, read

FIGURE = 1e-7      # estimates, standard errors, variances
LOGLIK = 1e-8
# lmerTest takes the Hessian by finite differences
DF, DF_NUMERICAL = 1e-6, 1e-4
P = 1e-5
NOTHING = 1e-9     # a variance of 0
R = read("mixed_lmer.csv")
ML = sorted(R.loc[R["quantity"] == "loglik_ml", "set"].unique())
ONE_EFFECT = sorted(R.loc[R["quantity"] == "icc", "set"].unique())
PROFILED = sorted(R.loc[R["quantity"] == "sd_low_ml_root", "set"].unique())

sets = pytest.mark.parametrize("name", MODELS)


def by_term(frame: pd.DataFrame, name: str, column: str) -> dict[str, float]:
    return dict(zip(frame[name], frame[column], strict=True))


def test_every_set_of_the_script_is_tested() -> None:
    assert set(R["set"]) == set(MODELS) and len(MODELS) >= 12


@sets
def test_estimates_variances_and_likelihood(name: str) -> None:
    fit = fitted(name)
    assert fit.converged
    assert by_term(fit.coefficients, "term", "estimate") == pytest.approx(
        of(R, name, "estimate"), rel=FIGURE)
    assert by_term(fit.coefficients, "term", "se") == pytest.approx(of(R, name, "se"), rel=FIGURE)
    assert by_term(fit.variances, "parameter", "estimate") == pytest.approx(
        of(R, name, "variance"), rel=FIGURE, abs=NOTHING)
    assert fit.loglik == pytest.approx(one(R, name, "loglik"), abs=LOGLIK)


@pytest.mark.parametrize("name", ML)
def test_maximum_likelihood(name: str) -> None:
    fit = fitted(name, "ml")
    assert by_term(fit.coefficients, "term", "estimate") == pytest.approx(
        of(R, name, "estimate_ml"), rel=FIGURE)
    assert by_term(fit.coefficients, "term", "se") == pytest.approx(
        of(R, name, "se_ml"), rel=FIGURE)
    assert by_term(fit.variances, "parameter", "estimate") == pytest.approx(
        of(R, name, "variance_ml"), rel=FIGURE, abs=NOTHING)
    assert fit.loglik == pytest.approx(one(R, name, "loglik_ml"), abs=LOGLIK)


@sets
def test_kenward_roger_as_pbkrtest_with_zero_components_kept(name: str) -> None:
    result = contrasts(fitted(name), drop_zero=False)
    assert by_term(result, "contrast", "se") == pytest.approx(of(R, name, "se_kr"), rel=FIGURE)
    assert by_term(result, "contrast", "df") == pytest.approx(of(R, name, "df_kr"), rel=DF)
    assert by_term(result, "contrast", "p") == pytest.approx(of(R, name, "p_kr"), rel=P)


@sets
def test_satterthwaite_as_lmertest(name: str) -> None:
    # lmerTest differentiates by standard deviations: one of 0 has no slope, so it is dropped
    result = contrasts(fitted(name), df="satterthwaite")
    assert by_term(result, "contrast", "df") == pytest.approx(
        of(R, name, "df_satterthwaite"), rel=DF_NUMERICAL)
    assert by_term(result, "contrast", "p") == pytest.approx(
        of(R, name, "p_satterthwaite"), rel=1e-3)


@sets
def test_f_tests(name: str) -> None:
    together = hypothesis(R, name, "f_kr")
    ours = f_test(fitted(name), together, drop_zero=False).iloc[0]
    assert ours["statistic"] == pytest.approx(one(R, name, "f_kr"), rel=FIGURE)
    assert ours["df_denominator"] == pytest.approx(one(R, name, "ddf_kr"), rel=DF)
    assert ours["scaling"] == pytest.approx(one(R, name, "scaling_kr"), rel=DF)
    assert ours["p"] == pytest.approx(one(R, name, "p_f_kr"), rel=P)
    ours = f_test(fitted(name), together, df="satterthwaite").iloc[0]
    assert ours["statistic"] == pytest.approx(one(R, name, "f_satterthwaite"), rel=FIGURE)
    assert ours["df_denominator"] == pytest.approx(
        one(R, name, "ddf_satterthwaite"), rel=DF_NUMERICAL)


@pytest.mark.parametrize("name", ONE_EFFECT)
def test_icc_from_the_profile_of_the_reml_criterion(name: str) -> None:
    fit = fitted(name)
    between, within = fit.variances["parameter"]
    share = icc(fit, [between], [within])
    for ours, quantity in ((share.estimate, "icc"), (share.low, "icc_low"),
                           (share.high, "icc_high")):
        assert ours == pytest.approx(one(R, name, quantity), rel=1e-6, abs=NOTHING)


@pytest.mark.parametrize("name", PROFILED)
def test_profile_interval_of_the_group_variance(name: str) -> None:
    fit = fitted(name, "ml")
    share = profile_interval(fit, fit.variances["parameter"][0])
    assert share.low**0.5 == pytest.approx(one(R, name, "sd_low_ml_root"), rel=1e-5, abs=1e-6)
    assert share.high**0.5 == pytest.approx(one(R, name, "sd_high_ml_root"), rel=1e-5)
    # lme4 reads the ends off a spline through a grid of the profile
    assert share.high**0.5 == pytest.approx(one(R, name, "sd_high_ml"), rel=5e-3)


def test_a_variance_of_zero_is_told_and_dropped_from_the_degrees_of_freedom() -> None:
    fit = fitted("zero_variance")
    assert fit.boundary == ("group",) and "group" in fit.notes[0]
    kept = contrasts(fit, {"effect": {"treated_post": 1}}, drop_zero=False).iloc[0]
    dropped = contrasts(fit, {"effect": {"treated_post": 1}}).iloc[0]
    assert dropped["df"] > kept["df"] and dropped["se"] < kept["se"]
    assert dropped["estimate"] == kept["estimate"]
