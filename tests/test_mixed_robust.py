"""Cluster-robust inference (CR2) against clubSandwich.

The lmer fits of the script are finished by Newton steps, so its working covariance is ours; what
clubSandwich adds is plain linear algebra.
"""

import numpy as np
import pytest

from balint_research.analysis.mixed.contrasts import contrasts, f_test
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.robust import sandwich
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from tests.mixed_frames import MODELS, data, fitted, hypothesis, of, one, read

FIGURE, DF, P = 1e-7, 1e-6, 1e-5
R = read("mixed_clubsandwich.csv")
SETS = ("pn2_unbalanced", "pn3_unbalanced", "ancova_cluster", "ancova_nested", "mortality")
MORTALITY = "mrate ~ 0 + legal + beertaxa + C(state) + C(year)"

sets = pytest.mark.parametrize("name", SETS)


@pytest.fixture(scope="module")
def fits() -> dict[str, GaussianFit]:
    """Blocks are the clusters: groups with all their members, and each person without a group.

    They are given, for the model alone leaves a member with a row before the groups met outside.
    """
    made = {"mortality": fit_gaussian(read("mixed_mortality.csv"), MORTALITY, blocks="state")}
    for name in SETS[:-1]:
        frame, model = data(name), MODELS[name]
        clusters = frame.assign(cluster=frame["group"].fillna(frame["person"]))
        made[name] = fit_gaussian(clusters, model.formula, blocks="cluster",
                                  components=model.components)
    return made


@sets
def test_standard_errors_df_and_p(fits: dict[str, GaussianFit], name: str) -> None:
    result = contrasts(fits[name], df="cr2").set_index("contrast")
    for column, quantity, tolerance in (("estimate", "estimate", FIGURE), ("se", "se_cr2", FIGURE),
                                        ("df", "df_cr2", DF), ("p", "p_cr2", P)):
        theirs = of(R, name, quantity)
        assert result.loc[list(theirs), column].to_dict() == pytest.approx(theirs, rel=tolerance)


@sets
def test_hotelling(fits: dict[str, GaussianFit], name: str) -> None:
    ours = f_test(fits[name], hypothesis(R, name, "f_cr2"), df="cr2").iloc[0]
    assert ours["scaling"] == 1.0
    for column, quantity, tolerance in (("statistic", "f_cr2", FIGURE),
                                        ("df_numerator", "df_num_cr2", DF),
                                        ("df_denominator", "df_den_cr2", DF), ("p", "p_f_cr2", P)):
        assert ours[column] == pytest.approx(one(R, name, quantity), rel=tolerance)


@sets
def test_one_cluster_is_one_block(fits: dict[str, GaussianFit], name: str) -> None:
    # clubSandwich's naive df are the clusters less 1
    naive = of(R, name, "df_naive_cr2")
    assert set(naive.values()) == {fits[name].n_blocks - 1}


def test_the_model_alone_finds_smaller_blocks() -> None:
    """A member who left before the groups met depends on nobody else, says the model."""
    name = "pn2_unbalanced"
    frame = data(name)
    first_only = frame.groupby("person").filter(
        lambda rows: rows["group"].notna().all() and not rows["post"].any())
    assert len(first_only) >= 1
    (naive,) = set(of(R, name, "df_naive_cr2").values())
    assert fitted(name).n_blocks == naive + 1 + first_only["person"].nunique()


def test_printed_mortality(fits: dict[str, GaussianFit]) -> None:
    """Vignette of clubSandwich on panel data: CR2 of legal and beer tax."""
    result = contrasts(fits["mortality"], df="cr2").set_index("contrast")
    printed = {"legal": (7.59, 2.51, 24.58, 0.00583), "beertaxa": (3.82, 5.27, 5.77, 0.49663)}
    for term, (estimate, se, df, p) in printed.items():
        ours = result.loc[term]
        for column, value, half in (("estimate", estimate, 0.005), ("se", se, 0.005),
                                    ("df", df, 0.005), ("p", p, 5e-6)):
            assert ours[column] == pytest.approx(value, abs=half)


def test_weights_are_inverse_variances() -> None:
    """The printed weighted line supposes equal variances in spite of its weights: not to be had.

    Here the variance of a row is what its weight says. The figures below are clubSandwich 0.5.8 on
    that: vcovCR(lm(formula, weights = w), state, type = "CR2", target = 1 / w, inverse_var = TRUE)
    with w = pop / mean(pop), for it drops eigenvalues below an absolute 1e-12.
    """
    fit = fit_gaussian(read("mixed_mortality.csv"), MORTALITY, blocks="state",
                       residual=Residual(weights="pop"))
    ours = contrasts(fit, df="cr2").set_index("contrast").loc[["legal", "beertaxa"]]
    assert ours["estimate"].to_dict() == pytest.approx(
        of(R, "mortality_weighted", "estimate"), rel=FIGURE)
    assert ours["se"].tolist() == pytest.approx([2.126660893, 4.394800406], rel=1e-8)
    assert ours["df"].tolist() == pytest.approx([13.66393762, 5.633313668], rel=1e-7)
    assert ours["p"].tolist() == pytest.approx([0.002678522567, 0.04662230375], rel=1e-7)
    test = f_test(fit, hypothesis(R, "mortality_weighted", "f_cr2"), df="cr2").iloc[0]
    assert test["statistic"] == pytest.approx(11.808485697, rel=1e-8)
    assert test["df_denominator"] == pytest.approx(9.874240496, rel=1e-8)


def unbiased(fit: GaussianFit) -> None:
    """Where V is right, CR2 is on average the covariance of the estimates."""
    pieces, phi = sandwich(fit), fit.moments.phi
    lost = np.einsum("jab,bc,jdc->ad", pieces.loading, phi, pieces.loading)
    expected = phi @ (pieces.adjusted.sum(axis=0) - lost) @ phi
    np.testing.assert_allclose(expected, phi, rtol=1e-8, atol=1e-9 * np.abs(phi).max())


@pytest.mark.parametrize("name", SETS[:-1])
def test_unbiased_where_the_model_is_right(fits: dict[str, GaussianFit], name: str) -> None:
    unbiased(fits[name])


@pytest.mark.parametrize("residual", [Residual(by="arm"), Residual(weights="pre")])
def test_unbiased_with_unequal_variances(residual: Residual) -> None:
    unbiased(fit_gaussian(data("ancova_nested"), "y ~ pre + treated", residual=residual,
                          components=[RandomEffect(by="group", times="treated")]))


def test_single_rows_with_a_variance_for_each_arm_are_welch_s_test() -> None:
    # independent rows that are their own clusters, with a variance for each arm: CR2 is Welch
    from scipy.stats import ttest_ind

    frame = data("ancova_nested")
    fit = fit_gaussian(frame, "y ~ arm", residual=Residual(by="arm"))
    ours = contrasts(fit, df="cr2").set_index("contrast").loc["arm[T.treated]"]
    one_arm, other = (frame.loc[frame["arm"] == arm, "y"] for arm in ("treated", "control"))
    welch = ttest_ind(one_arm, other, equal_var=False)
    assert ours["statistic"] == pytest.approx(welch.statistic, rel=1e-9)
    assert ours["df"] == pytest.approx(welch.df, rel=1e-9)
