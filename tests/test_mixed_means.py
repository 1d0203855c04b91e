"""Estimated marginal means and contrasts of arms and waves against emmeans.

Kenward-Roger df of emmeans are those of pbkrtest; its lmer fit is finished by Newton steps. The
model: free means of arm x wave, a covariate held at its mean, person, group and group x wave.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.degrees import Df
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.means import marginal_contrasts, marginal_means
from balint_research.errors import AnalysisError
from tests.mixed_frames import PERSON, TREATED, TREATED_WAVES, data, of, one, read

FIGURE, DF, P = 1e-7, 1e-6, 1e-5
SET = "pn3_unbalanced"
R = read("mixed_emmeans.csv")
COLUMNS = (("estimate", FIGURE), ("se", FIGURE), ("df", DF), ("low", FIGURE), ("high", FIGURE))
ARMS: dict[str, Any] = {"arm": "arm", "wave": "wave", "control": "control", "baseline": "w0"}


@pytest.fixture(scope="module")
def fit() -> GaussianFit:
    return fit_gaussian(data(SET), "y ~ arm * wave + x",
                        components=[PERSON, TREATED, TREATED_WAVES])


def compare(ours: pd.DataFrame, kind: str, with_p: bool = False) -> None:
    """All rows of `ours`, by name, are in the oracle as they are; the unadjusted p too."""
    for column, tolerance in (*COLUMNS, *((("p", P),) if with_p else ())):
        theirs = of(R, SET, f"{kind}_{column}")
        assert set(ours.index) <= set(theirs)
        for name in ours.index:
            # an end of an interval may lie near 0: it is as exact as the standard error
            assert ours.loc[name, column] == pytest.approx(
                theirs[name], rel=tolerance, abs=FIGURE if column in ("low", "high") else 0)


def test_the_fit_is_that_of_the_oracle(fit: GaussianFit) -> None:
    assert fit.loglik == pytest.approx(one(R, SET, "loglik"), abs=1e-8)
    ours = dict(zip(fit.variances["parameter"], fit.variances["estimate"], strict=True))
    assert ours == pytest.approx(of(R, SET, "variance"), rel=FIGURE)
    adjusted = contrasts(fit).set_index("contrast")
    se = {term.replace("armtreated", "arm[T.treated]").replace(":wave", ":wave[T.")
          + ("]" if ":wave" in term else ""): value
          for term, value in of(R, SET, "se_kr").items()}
    assert adjusted["se"].to_dict() == pytest.approx(se, rel=FIGURE)


@pytest.mark.parametrize("by", [("arm", "wave"), ("arm",), ("wave",)])
def test_means(fit: GaussianFit, by: tuple[str, ...]) -> None:
    ours = marginal_means(fit, by)
    names = [":".join(row) for row in ours[list(by)].astype(str).to_numpy()]
    assert len(names) == {2: 6, 1: 2 if by == ("arm",) else 3}[len(by)]
    compare(ours.set_axis(names), "mean")


def test_arms_at_each_wave_changes_and_their_difference(fit: GaussianFit) -> None:
    ours = marginal_contrasts(fit, **ARMS)
    assert ours["kind"].value_counts().to_dict() == {
        "change": 4, "arms": 3, "difference in change": 2}
    arms = ours[ours["kind"] == "arms"]
    compare(arms.set_axis([f"treated - control:{w}" for w in arms["wave"]]), "difference", True)
    change = ours[ours["kind"] == "change"]
    names = [f"{w} - w0:{arm}" for arm, w in zip(change["arm"], change["wave"], strict=True)]
    compare(change.set_axis(names), "change", True)
    both = ours[ours["kind"] == "difference in change"]
    compare(both.set_axis([f"{w} - w0" for w in both["wave"]]), "difference_in_change", True)


def test_the_covariate_is_held_at_its_mean(fit: GaussianFit) -> None:
    x = one(R, SET, "mean_of_x")
    assert data(SET)["x"].mean() == pytest.approx(x, rel=1e-12)
    grid = pd.DataFrame({"arm": ["control", "treated"], "wave": ["w1", "w1"], "x": [x, x]})
    given = marginal_means(fit, ["arm", "wave"], grid=grid)
    usual = marginal_means(fit, ["arm", "wave"]).query("wave == 'w1'").reset_index(drop=True)
    pd.testing.assert_frame_equal(given, usual[given.columns], rtol=1e-12)


def test_columns_that_follow_from_arm_and_wave_come_from_a_grid() -> None:
    """The same means from a model that is written with indicators."""
    frame = data(SET).assign(t_w0=lambda rows: rows["treated"] * (rows["wave"] == "w0"))
    groups = [PERSON, TREATED, TREATED_WAVES]
    indicators = fit_gaussian(frame, "y ~ wave + t_w0 + t_w1 + t_w2 + x", components=groups)
    grid = pd.DataFrame([
        {"arm": arm, "wave": wave, **{f"t_{w}": float(arm == "treated" and w == wave)
                                      for w in ("w0", "w1", "w2")}}
        for arm in ("control", "treated") for wave in ("w0", "w1", "w2")])
    names = [f"{arm}:{wave}" for arm, wave in zip(grid["arm"], grid["wave"], strict=True)]
    assert "treated" not in indicators.design.terms
    compare(marginal_means(indicators, ["wave"], grid=grid).set_axis(names), "mean")


def test_levels_that_are_missing_in_one_arm_cannot_be_estimated() -> None:
    frame = data(SET)
    frame = frame[(frame["arm"] == "control") | (frame["wave"] != "w2")]
    fit = fit_gaussian(frame, "y ~ arm * wave", components=[PERSON])
    assert fit.aliased == ("arm[T.treated]:wave[T.w2]",)
    with pytest.raises(AnalysisError) as caught:
        marginal_means(fit, ["arm"])
    assert str(caught.value) == (
        "1 of 2 means or contrasts cannot be estimated: some combination of levels they need does "
        "not occur in the data.")
    # what the data tell can still be had
    known = marginal_means(fit, ["arm", "wave"], grid=pd.DataFrame(
        {"arm": ["treated", "control"], "wave": ["w1", "w2"]}))
    assert np.isfinite(known[["estimate", "se", "df"]].to_numpy()).all()


def test_errors_are_sentences(fit: GaussianFit) -> None:
    for arguments, message in (
        ({"control": "none"}, "'none' is no level of arm. Allowed: control, treated."),
        ({"baseline": "w9"}, "'w9' is no level of wave. Allowed: w0, w1, w2."),
        ({"arm": "group"}, "group: no column of the formula. Give a `grid` with the columns of the "
                           "formula that follow from it."),
    ):
        with pytest.raises(AnalysisError) as caught:
            marginal_contrasts(fit, **{**ARMS, **arguments})
        assert str(caught.value) == message
    with pytest.raises(AnalysisError, match=r"^item: no column of the formula\."):
        marginal_means(fit, ["item"])


@pytest.mark.parametrize("df", ["satterthwaite", "cr2"])
def test_other_methods_change_errors_and_df_only(fit: GaussianFit, df: Df) -> None:
    usual = marginal_contrasts(fit, **ARMS)
    other = marginal_contrasts(fit, **ARMS, df=df)
    assert other["estimate"].tolist() == pytest.approx(usual["estimate"].tolist(), rel=1e-12)
    assert (other["se"] > 0).all() and not np.allclose(other["se"], usual["se"])


def test_order_and_type_of_levels_do_not_matter(fit: GaussianFit) -> None:
    frame = data(SET).assign(
        wave=lambda rows: pd.Categorical(rows["wave"], categories=["w2", "w0", "w1", "never"]),
        arm=lambda rows: rows["arm"].astype("string"))
    other = fit_gaussian(frame, "y ~ arm * wave + x",
                         components=[PERSON, TREATED, TREATED_WAVES])
    ours = marginal_contrasts(other, **ARMS)
    usual = marginal_contrasts(fit, **ARMS)
    key = ["kind", "arm", "wave"]
    pd.testing.assert_frame_equal(
        ours.sort_values(key, ignore_index=True), usual.sort_values(key, ignore_index=True),
        rtol=1e-6)
