"""Residual covariance structures against nlme (gls and lme).

The R script polishes each gls fit by Newton steps on nlme's own likelihood, whose derivatives are
differences: its covariance parameters are right to about 1e-8, estimates and standard errors to
more. The one lme fit is not polished, and says so at its tolerance.
"""

import pytest

from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.terms import RandomEffect, Residual, ResidualKind
from tests.mixed_frames import PERSON, TERMS, data, of, one, read, residual_matrix

FIGURE, LOGLIK, COVARIANCE = 1e-7, 1e-8, 1e-7
WAVES = ("w0", "w1", "w2")
FORMULA = "y ~ wave + t_w1 + t_w2"
R = read("mixed_nlme.csv")
KINDS: tuple[ResidualKind, ...] = (
    "unstructured", "compound_symmetry", "heterogeneous_compound_symmetry", "ar1")


def by_term(fit: GaussianFit, column: str) -> dict[str, float]:
    return dict(zip(fit.coefficients["term"], fit.coefficients[column], strict=True))


def parameters(fit: GaussianFit) -> dict[str, float]:
    return dict(zip(fit.variances["parameter"], fit.variances["estimate"], strict=True))


def entries(name: str, prefix: str = "") -> dict[tuple[str, str], float]:
    """The covariances of an oracle by pairs of waves."""
    told = {}
    for term, value in of(R, name, "variance").items():
        first, second = term.removeprefix(prefix).split(":")
        told[first, second] = value
    return told


def repeated(kind: ResidualKind, by: str | None = None) -> Residual:
    over = None if kind == "compound_symmetry" else "wave"
    return Residual(kind=kind, within="person", over=over, by=by)


def agrees(fit: GaussianFit, name: str, figure: float = FIGURE) -> None:
    """Estimates, standard errors and likelihood are those of the oracle."""
    assert fit.converged
    assert by_term(fit, "estimate") == pytest.approx(of(R, name, "estimate"), rel=figure)
    assert by_term(fit, "se") == pytest.approx(of(R, name, "se"), rel=figure)
    assert fit.loglik == pytest.approx(one(R, name, "loglik"), abs=LOGLIK)


@pytest.mark.parametrize("kind", KINDS)
def test_one_structure_for_all(kind: ResidualKind) -> None:
    fit = fit_gaussian(data("pn3_unbalanced"), FORMULA, residual=repeated(kind))
    name = f"pn3_unbalanced/{kind}"
    agrees(fit, name)
    assert residual_matrix(fit, kind, WAVES) == pytest.approx(entries(name), rel=COVARIANCE)


def test_a_missing_wave_keeps_the_distance_of_the_others() -> None:
    # the oracle above has people without the middle wave: closing the gap would change it
    frame = data("pn3_unbalanced")
    gaps = frame.groupby("person")["wave"].agg(set).map(lambda waves: waves == {"w0", "w2"})
    assert gaps.any()
    closed = frame.assign(step=frame.sort_values("wave").groupby("person").cumcount())
    fit = fit_gaussian(closed, FORMULA, residual=Residual(kind="ar1", within="person", over="step"))
    assert abs(fit.loglik - one(R, "pn3_unbalanced/ar1", "loglik")) > 1e-3


def test_person_intercept_and_a_residual_variance_by_arm() -> None:
    fit = fit_gaussian(data("pn3_unbalanced"), FORMULA, components=[PERSON],
                       residual=Residual(by="arm"))
    name = "pn3_unbalanced/person_by_arm"
    # lme is not polished: its likelihood is 1e-10 below the largest, so its estimates are off by
    # up to 1e-5; and R gives the person's variance in seven digits. The dense oracle has this
    # model to full precision.
    agrees(fit, name, figure=2e-5)
    ours = {key.replace("residual ", "residual:"): value for key, value in parameters(fit).items()}
    assert ours == pytest.approx(of(R, name, "variance"), rel=1e-5)


def test_partially_nested_with_unequal_variances() -> None:
    fit = fit_gaussian(
        data("ancova_nested"), "y ~ pre + treated", residual=Residual(by="arm"),
        components=[RandomEffect(by="group", times="treated")])
    name = "ancova_nested/heteroscedastic"
    agrees(fit, name)
    ours = {key.replace("residual ", "residual:"): value for key, value in parameters(fit).items()}
    assert ours == pytest.approx(of(R, name, "variance"), rel=COVARIANCE)


@pytest.fixture(scope="module")
def arms() -> GaussianFit:
    return fit_gaussian(data("pn3_balanced"), "y ~ arm * wave",
                        residual=repeated("unstructured", by="arm"))


def test_unstructured_by_arm_is_a_model_of_each_arm(arms: GaussianFit) -> None:
    both = [f"pn3_balanced/unstructured_{arm}" for arm in ("control", "treated")]
    for name, arm in zip(both, ("control", "treated"), strict=True):
        ours = residual_matrix(arms, "unstructured", WAVES, arm)
        assert ours == pytest.approx(entries(name), rel=COVARIANCE)
    assert arms.loglik == pytest.approx(sum(one(R, name, "loglik") for name in both), abs=LOGLIK)


def test_means_of_each_arm(arms: GaussianFit) -> None:
    estimate = by_term(arms, "estimate")
    se = by_term(arms, "se")
    of_control, of_treated = (
        {quantity: of(R, f"pn3_balanced/unstructured_{arm}", quantity)
         for quantity in ("estimate", "se")} for arm in ("control", "treated"))
    for term, other in (("Intercept", "arm[T.treated]"),
                        ("wave[T.w1]", "arm[T.treated]:wave[T.w1]"),
                        ("wave[T.w2]", "arm[T.treated]:wave[T.w2]")):
        assert estimate[term] == pytest.approx(of_control["estimate"][term], rel=FIGURE)
        assert se[term] == pytest.approx(of_control["se"][term], rel=FIGURE)
        assert estimate[term] + estimate[other] == pytest.approx(
            of_treated["estimate"][term], rel=FIGURE)
        # the arms are independent
        assert se[other] ** 2 - se[term] ** 2 == pytest.approx(
            of_treated["se"][term] ** 2, rel=FIGURE)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_other_structures_by_arm_are_models_of_each_arm(kind: ResidualKind) -> None:
    frame = data("pn3_unbalanced")
    both = fit_gaussian(frame, "y ~ arm * wave", residual=repeated(kind, by="arm"))
    single = {arm: fit_gaussian(frame[frame["arm"] == arm], "y ~ wave", residual=repeated(kind))
              for arm in ("control", "treated")}
    assert both.loglik == pytest.approx(sum(fit.loglik for fit in single.values()), abs=LOGLIK)
    for arm, fit in single.items():
        assert residual_matrix(both, kind, WAVES, arm) == pytest.approx(
            residual_matrix(fit, kind, WAVES), rel=COVARIANCE)


def test_every_model_of_the_script_is_tested() -> None:
    tested = {f"pn3_unbalanced/{kind}" for kind in KINDS} | {
        "pn3_unbalanced/person_by_arm", "ancova_nested/heteroscedastic",
        "pn3_balanced/unstructured_control", "pn3_balanced/unstructured_treated"}
    # a variance for each wave with an AR(1) correlation, and one correlation with a whole variance
    # for each arm, are no structures of the toolkit
    not_ours = {"pn3_unbalanced/heterogeneous_ar1", "pn3_unbalanced/compound_symmetry_by_arm"}
    assert set(R["set"]) == tested | not_ours


def test_names_of_the_terms_are_known() -> None:
    ours = {TERMS.get(term, term) for term in R.loc[R["quantity"] == "estimate", "term"]}
    assert ours == {"Intercept", "wave[T.w1]", "wave[T.w2]", "t_w1", "t_w2", "pre", "treated"}
