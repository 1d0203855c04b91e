"""What goes in and what is told: requests that cannot be met, missing rows, types, invariance."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.mixed.bootstrap import Bootstrap, parametric_bootstrap
from balint_research.analysis.mixed.contrasts import contrasts, f_test
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.profile import icc, profile_interval
from balint_research.analysis.mixed.terms import (
    Component,
    Memberships,
    RandomEffect,
    RandomSlopes,
    Residual,
    ResidualKind,
)
from balint_research.errors import AnalysisError
from tests.mixed_frames import PERSON, TREATED, TREATED_WAVES, data, fitted, table, together

FORMULA = "y ~ wave + t_w1 + t_w2"
GROUPS: tuple[Component, ...] = (TREATED, TREATED_WAVES)
UNSTRUCTURED = Residual(kind="unstructured", within="person", over="wave")
BY_ARM = Residual(kind="unstructured", within="person", over="wave", by="arm", shared=("w0",))
REPEATED: tuple[ResidualKind, ...] = ("heterogeneous_compound_symmetry", "ar1", "unstructured")


@pytest.fixture
def frame() -> pd.DataFrame:
    return data("pn3_unbalanced").copy()


def refusal(frame: pd.DataFrame, formula: str = FORMULA, **arguments: Any) -> str:
    """The sentence with which a fit is refused."""
    with pytest.raises(AnalysisError) as caught:
        fit_gaussian(frame, formula, **arguments)
    return str(caught.value)


# --- requests that cannot be met -----------------------------------------------------------------


def test_columns_that_are_missing(frame: pd.DataFrame) -> None:
    assert refusal(frame, "y ~ age") == "The frame lacks the column age that the model names."
    told = refusal(frame, components=[RandomEffect(by="team", times="dose")],
                   residual=Residual(kind="ar1", within="who", over="wave"))
    assert told == "The frame lacks the columns dose, who, team that the model names."


@pytest.mark.parametrize(("formula", "message"), [
    ("y ~ wave +", "The formula 'y ~ wave +' cannot be read."),
    ("y ~ log(x", "The formula 'y ~ log(x' cannot be read."),
    ("y", "The formula 'y' has no outcome. Write it as `outcome ~ terms`."),
    ("", "The formula '' has no outcome. Write it as `outcome ~ terms`."),
    ("y ~ lag(x)", "The formula 'y ~ lag(x)' does not fit the frame: a term is not a column or "
                   "cannot be computed from the columns."),
    ("arm ~ x", "The outcome of the formula must be one numeric column."),
    ("y + x ~ wave", "The outcome of the formula must be one numeric column."),
    ("y ~ 0", "The formula has no fixed effect that varies and no intercept."),
])
def test_formulas_that_cannot_be_used(frame: pd.DataFrame, formula: str, message: str) -> None:
    assert refusal(frame, formula) == message


@pytest.mark.parametrize("formula", ["~ x", "y ~ x | wave"])
def test_formulas_of_another_shape_are_refused_in_words(
    frame: pd.DataFrame, formula: str
) -> None:
    assert refusal(frame, formula).endswith(".")


def test_too_few_rows(frame: pd.DataFrame) -> None:
    people = frame.drop_duplicates("person")
    assert refusal(people.head(2), "y ~ x") == (
        "There are 2 rows for 2 fixed effects: nothing is left to estimate a variance from. Use "
        "fewer terms or more rows.")
    assert refusal(frame.head(0), "y ~ x") == (
        "None of 0 rows has a value in every column the model needs: x, y.")
    assert refusal(frame.assign(x=np.nan), "y ~ x").startswith(f"None of {len(frame)} rows has")


@pytest.mark.parametrize("outcome", ["constant", "explained"])
def test_an_outcome_without_spread(frame: pd.DataFrame, outcome: str) -> None:
    values = 3.0 if outcome == "constant" else frame["wave"].map({"w0": 1.1, "w1": 2.3, "w2": 0.7})
    assert refusal(frame.assign(y=values)) == (
        "The outcome does not vary once the fixed effects are taken out, so there is no spread to "
        "estimate anything from.")


@pytest.mark.parametrize("column", ["y", "x"])
def test_infinite_values(frame: pd.DataFrame, column: str) -> None:
    frame.loc[3, column] = np.inf
    assert refusal(frame, "y ~ x") == "A value of the outcome or of a term is infinite."


@pytest.mark.parametrize(("components", "residual"), [
    ([RandomEffect(by="group", times="x")], None),
    ([RandomSlopes(by="person", of=("1", "x"))], None),
    ([], Residual(weights="x")),
])
def test_infinite_factors_and_weights(
    frame: pd.DataFrame, components: list[Component], residual: Residual | None
) -> None:
    frame.loc[3, "x"] = np.inf
    assert "x" in refusal(frame, "y ~ wave", components=components, residual=residual)


@pytest.mark.parametrize("kind", REPEATED)
def test_a_person_twice_at_a_wave(frame: pd.DataFrame, kind: ResidualKind) -> None:
    twice = pd.concat([frame, frame.head(3)])
    residual = Residual(kind=kind, within="person", over="wave")
    assert refusal(twice, residual=residual) == (
        f"3 rows repeat a person and wave. A residual of kind {kind} needs one row each.")


def test_blocks_that_cut_through_groups(frame: pd.DataFrame) -> None:
    for blocks, components, residual in (
        ("wave", [], UNSTRUCTURED), ("person", GROUPS, None), ("item", [PERSON], None),
    ):
        told = refusal(frame.assign(item=np.arange(len(frame)) % 7), blocks=blocks,
                       components=components, residual=residual)
        assert told == (
            f"The column {blocks} cannot say the blocks: people or groups of the random part appear"
            " in several of them. Leave `blocks` out, and they are found.")


@pytest.mark.parametrize("least", [0.0, -1.0])
def test_weights_must_be_above_zero(frame: pd.DataFrame, least: float) -> None:
    frame["weight"] = np.where(np.arange(len(frame)) == 4, least, 1.0)
    assert refusal(frame, residual=Residual(weights="weight")) == (
        "The weights in the column weight must all be above 0.")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"components": [RandomEffect(by="group", times="arm")]}, "The column arm must hold numbers."),
    ({"components": [RandomSlopes(by="person", of=("1", "wave"))]},
     "The column wave must hold numbers."),
    ({"residual": Residual(weights="arm")}, "The column arm must hold numbers."),
    ({"components": [Memberships(groups=("group", "wave"), weights=("x",))]},
     "2 columns of groups need as many columns of weights, not 1."),
    ({"residual": Residual(kind="unstructured", over="wave")},
     "A residual of kind unstructured needs `within`: the column of the person."),
    ({"residual": Residual(kind="ar1", within="person")},
     "A residual of kind ar1 needs `over`: the column of the wave."),
    ({"residual": Residual(kind="ar1", within="person", over="wave", weights="x")},
     "Weights of the residual go with kind independent only."),
    ({"residual": Residual(kind="ar1", within="person", over="wave", shared=("w0",))},
     "Shared variances of the residual go with kind unstructured only."),
])
def test_covariances_that_contradict_themselves(
    frame: pd.DataFrame, arguments: dict[str, Any], message: str
) -> None:
    assert refusal(frame, **arguments) == message


@pytest.mark.parametrize(("arguments", "word"), [
    ({"method": "REML"}, "REML"),
    ({"residual": Residual(kind="toeplitz", within="person", over="wave")},  # type: ignore[arg-type]
     "toeplitz"),
    ({"residual": Residual(kind="unstructured", within="person", over="wave", shared=("w9",))},
     "w9"),
    ({"components": [RandomEffect(by="group"), RandomEffect(by="group", times="treated")]},
     "group"),
    ({"components": [RandomSlopes(by="person", of=())]}, "person"),
])
def test_words_that_are_not_known_are_refused(
    frame: pd.DataFrame, arguments: dict[str, Any], word: str
) -> None:
    told = refusal(frame, **arguments)
    assert word in told and told.endswith(".")


def test_a_membership_needs_its_weight() -> None:
    frame = pd.DataFrame({"y": [1.0, 3, 2, 5, 4, 7], "g": list("aabbcc"), "w": [1.0] * 6})
    frame.loc[2, "w"] = np.nan
    assert refusal(frame, "y ~ 1", components=[Memberships(groups=("g",), weights=("w",))]) == (
        "Every group of a row needs its weight; some are missing.")


@pytest.fixture(scope="module")
def simple() -> GaussianFit:
    return fitted("ancova_nested")


@pytest.mark.parametrize(("call", "message"), [
    (lambda fit: contrasts(fit, {"a": {"age": 1, "sex": 1, "pre": 1}}),
     "age, sex: no such coefficient. There are: Intercept, pre, treated."),
    (lambda fit: contrasts(fit, df="kr"),  # type: ignore[arg-type]
     "'kr' is no method for df. Allowed: kenward_roger, satterthwaite, cr2."),
    (lambda fit: f_test(fit, {"a": {"pre": 1}}, df="z"),  # type: ignore[arg-type]
     "'z' is no method for df. Allowed: kenward_roger, satterthwaite, cr2."),
    (lambda fit: f_test(fit, {}), "An F test needs at least one contrast that is not 0."),
    (lambda fit: f_test(fit, {"a": {"pre": 0}}),
     "An F test needs at least one contrast that is not 0."),
    (lambda fit: icc(fit, ["team"], ["residual"]),
     "team: no such parameter. There are: group, residual."),
    (lambda fit: icc(fit, [], ["residual"]), "An ICC needs one or two variances between groups."),
    (lambda fit: profile_interval(fit, "team"),
     "team: no such parameter. There are: group, residual."),
    (lambda fit: profile_interval(fit, "residual"),
     "'residual' is not a variance of random effects by itself."),
    (lambda fit: parametric_bootstrap(fit, draws=1, seed=1), "A bootstrap needs at least 2 draws."),
    (lambda fit: parametric_bootstrap(fit, {"a": {"age": 1}}, draws=2, seed=1),
     "age: no such coefficient. There are: Intercept, pre, treated."),
])
def test_what_a_fit_is_asked_in_vain(
    simple: GaussianFit, call: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(AnalysisError) as caught:
        call(simple)
    assert str(caught.value) == message


# --- what the data do not tell -------------------------------------------------------------------


def told_or_refused(frame: pd.DataFrame, formula: str, name: str, **arguments: Any) -> None:
    """A parameter the data say nothing about is named: in the refusal, or in a note."""
    try:
        fit = fit_gaussian(frame, formula, **arguments)
    except AnalysisError as error:
        assert name in str(error)
        return
    assert any(name in note for note in fit.notes)
    parameter = table(fit.variances, "parameter")[name]
    assert np.isnan(parameter["estimate"]) or parameter["boundary"]


@pytest.mark.parametrize("formula", ["y ~ treated", "y ~ treated + x"])
def test_one_group_cannot_be_told_from_the_treatment(frame: pd.DataFrame, formula: str) -> None:
    first = frame.drop_duplicates("person")
    first = first[first["group"].isna() | (first["group"] == first["group"].dropna().iloc[0])]
    assert first["group"].nunique() == 1 and first["treated"].sum() >= 2
    told_or_refused(first, formula, "group",
                    components=[RandomEffect(by="group", times="treated")])


def test_groups_of_one_cannot_be_told_from_the_residual(frame: pd.DataFrame) -> None:
    first = frame.drop_duplicates("person")
    told_or_refused(first, "y ~ x", "person", components=[PERSON])


def test_an_effect_that_no_row_has(frame: pd.DataFrame) -> None:
    told_or_refused(frame.assign(none=0.0), "y ~ x", "group",
                    components=[RandomEffect(by="group", times="none")])
    told_or_refused(frame.assign(group=None), "y ~ x", "group",
                    components=[RandomEffect(by="group")])


def test_a_covariance_of_waves_that_nobody_has_both_of(frame: pd.DataFrame) -> None:
    one_wave = frame.drop_duplicates("person").copy()
    one_wave["wave"] = np.where(np.arange(len(one_wave)) % 2, "w1", "w0")
    told_or_refused(one_wave, "y ~ x", "residual w0:w1", residual=UNSTRUCTURED)


# --- rows and columns ----------------------------------------------------------------------------


def same_results(one: GaussianFit, other: GaussianFit, rel: float = 1e-7) -> None:
    """Two fits say the same in numbers."""
    assert one.converged and other.converged
    assert one.loglik == pytest.approx(other.loglik, abs=1e-7)
    assert (one.n_rows, one.n_blocks, one.boundary) == (
        other.n_rows, other.n_blocks, other.boundary)
    pd.testing.assert_frame_equal(one.coefficients, other.coefficients, rtol=rel, atol=1e-8)
    columns = ["estimate", "se", "boundary"]
    pd.testing.assert_frame_equal(one.variances[columns], other.variances[columns], rtol=10 * rel,
                                  atol=1e-7)
    for df in ("kenward_roger", "satterthwaite", "cr2"):
        pd.testing.assert_frame_equal(
            contrasts(one, df=df), contrasts(other, df=df), rtol=10 * rel, atol=1e-7)


@pytest.mark.parametrize("column", ["y", "x", "person", "wave"])
def test_rows_with_missing_values_are_counted(frame: pd.DataFrame, column: str) -> None:
    gaps = frame.astype({column: "object"}) if column in ("person", "wave") else frame.copy()
    gaps.loc[[2, 7, 11], column] = None
    fit = fit_gaussian(gaps, "y ~ wave + x", residual=UNSTRUCTURED)
    assert (fit.n_rows, fit.n_left_out) == (len(frame) - 3, 3)
    assert f"3 of {len(frame)} rows lack a value the model needs and are left out." in fit.notes
    complete = frame.drop(index=[2, 7, 11])
    same_results(fit, fit_gaussian(complete, "y ~ wave + x", residual=UNSTRUCTURED))


def test_a_missing_group_leaves_no_row_out(frame: pd.DataFrame) -> None:
    fit = fit_gaussian(frame, FORMULA, components=GROUPS)
    assert frame["group"].isna().any() and fit.n_left_out == 0 and not fit.notes


def test_a_missing_value_the_model_does_not_name_counts_nothing(frame: pd.DataFrame) -> None:
    frame.loc[5, "x"] = np.nan
    assert fit_gaussian(frame, FORMULA).n_left_out == 0


def test_columns_that_say_the_same_are_left_out_and_told(frame: pd.DataFrame) -> None:
    frame["again"] = 2 * frame["t_w1"] - 3 * frame["t_w2"] + 1
    fit = fit_gaussian(frame, FORMULA + " + again", components=GROUPS)
    assert fit.aliased == ("again",)
    assert "Left out because earlier terms say the same: again." in fit.notes
    same_results(fit, fit_gaussian(frame, FORMULA, components=GROUPS))
    # the first of them stays; formulaic puts products after single columns
    free = fit_gaussian(frame, "y ~ wave * treated + t_w1 + t_w2")
    assert free.aliased == ("wave[T.w1]:treated", "wave[T.w2]:treated")


@pytest.mark.parametrize("kind", ["nullable", "pyarrow", "categories"])
def test_types_of_columns_do_not_matter(frame: pd.DataFrame, kind: str) -> None:
    usual = fit_gaussian(frame, FORMULA + " + arm + x", components=GROUPS, residual=UNSTRUCTURED)
    if kind == "categories":
        changed = frame.astype(dict.fromkeys(("wave", "arm", "group", "person"), "category"))
        # a category that does not occur changes nothing
        changed["wave"] = changed["wave"].cat.add_categories("w7")
    else:
        backend: Any = "numpy_nullable" if kind == "nullable" else "pyarrow"
        changed = frame.convert_dtypes(dtype_backend=backend)
    assert not (changed.dtypes == frame.dtypes).all()
    same_results(usual, fit_gaussian(changed, FORMULA + " + arm + x", components=GROUPS,
                                     residual=UNSTRUCTURED))


def test_missing_values_of_nullable_columns(frame: pd.DataFrame) -> None:
    frame.loc[4, "y"] = np.nan
    frame.loc[6, "x"] = np.nan
    usual = fit_gaussian(frame, "y ~ wave + x", components=GROUPS)
    nullable = fit_gaussian(frame.convert_dtypes(), "y ~ wave + x", components=GROUPS)
    assert usual.n_left_out == nullable.n_left_out == 2
    same_results(usual, nullable)


def test_the_order_of_waves_is_that_of_their_categories(frame: pd.DataFrame) -> None:
    residual = Residual(kind="ar1", within="person", over="wave")
    turned = frame.assign(wave=pd.Categorical(frame["wave"], categories=["w1", "w0", "w2"]))
    renamed = frame.assign(wave=frame["wave"].map({"w1": "a", "w0": "b", "w2": "c"}))
    one = fit_gaussian(turned, "y ~ treated", residual=residual)
    other = fit_gaussian(renamed, "y ~ treated", residual=residual)
    same_results(one, other)
    assert abs(one.loglik - fit_gaussian(frame, "y ~ treated", residual=residual).loglik) > 1e-3


# --- the same results however the data are written ------------------------------------------------

MODELS: dict[str, dict[str, Any]] = {
    "groups": {"components": (PERSON, *GROUPS)},
    "by arm": {"components": GROUPS, "residual": BY_ARM},
    "ar1": {"residual": Residual(kind="ar1", within="person", over="wave")},
    "heterogeneous": {"residual": Residual(kind="heterogeneous_compound_symmetry",
                                           within="person", over="wave", by="arm")},
    "slopes": {"components": (RandomSlopes(by="person", of=("1", "time")),)},
}
models = pytest.mark.parametrize("name", MODELS)


def with_time(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(time=frame["wave"].map({"w0": 0.0, "w1": 1.0, "w2": 2.0}))


@models
@pytest.mark.parametrize("seed", [0, 1])
def test_shuffled_rows(frame: pd.DataFrame, name: str, seed: int) -> None:
    frame = with_time(frame)
    shuffled = frame.sample(frac=1, random_state=seed)
    assert shuffled.index.tolist() != frame.index.tolist()
    same_results(fit_gaussian(frame, FORMULA, **MODELS[name]),
                 fit_gaussian(shuffled, FORMULA, **MODELS[name]))


@models
def test_renamed_people_and_groups(frame: pd.DataFrame, name: str) -> None:
    frame = with_time(frame)
    rename = frame.copy()
    for column in ("person", "group"):
        known = sorted(frame[column].dropna().unique(), reverse=True)
        names = {old: 1000 + i for i, old in enumerate(known)}
        rename[column] = frame[column].map(names)
    same_results(fit_gaussian(frame, FORMULA, **MODELS[name]),
                 fit_gaussian(rename, FORMULA, **MODELS[name]))


@models
@pytest.mark.parametrize("method", ["reml", "ml"])
def test_other_units_of_the_outcome(frame: pd.DataFrame, name: str, method: Any) -> None:
    frame = with_time(frame)
    usual = fit_gaussian(frame, FORMULA, method=method, **MODELS[name])
    other = fit_gaussian(frame.assign(y=frame["y"] * 1000 + 7), FORMULA, method=method,
                         **MODELS[name])
    assert other.coefficients["se"].tolist() == pytest.approx(
        (1000 * usual.coefficients["se"]).tolist(), rel=1e-7)
    shifted = other.coefficients["estimate"] - 7 * (other.coefficients["term"] == "Intercept")
    assert shifted.tolist() == pytest.approx(
        (1000 * usual.coefficients["estimate"]).tolist(), rel=1e-6)
    factor = np.where(usual.variances["parameter"].str.endswith("rho"), 1.0, 1e6)
    for column in ("estimate", "se"):
        assert other.variances[column].tolist() == pytest.approx(
            (factor * usual.variances[column]).tolist(), rel=1e-6, nan_ok=True)
    df = usual.n_rows - (len(usual.coefficients) if method == "reml" else 0)
    assert other.loglik == pytest.approx(usual.loglik - df * np.log(1000), abs=1e-6)
    for kind in ("kenward_roger", "cr2"):
        ours, theirs = contrasts(other, df=kind), contrasts(usual, df=kind)
        assert ours["df"].tolist() == pytest.approx(theirs["df"].tolist(), rel=1e-6)
        assert ours["p"].tolist()[1:] == pytest.approx(theirs["p"].tolist()[1:], rel=1e-5)


def test_other_units_of_a_covariate(frame: pd.DataFrame) -> None:
    usual = fit_gaussian(frame, FORMULA + " + x", components=GROUPS, residual=BY_ARM)
    other = fit_gaussian(frame.assign(x=frame["x"] * 1e4 - 3), FORMULA + " + x",
                         components=GROUPS, residual=BY_ARM)
    one, two = (table(contrasts(fit), "contrast") for fit in (usual, other))
    for column, factor in (("estimate", 1e4), ("se", 1e4), ("df", 1.0), ("p", 1.0)):
        assert two["x"][column] * factor == pytest.approx(one["x"][column], rel=1e-6)
    for term in ("t_w1", "t_w2", "wave[T.w1]"):
        assert two[term] == pytest.approx(one[term], rel=1e-6)
    # the restricted likelihood depends on the units of the fixed effects: |X'X|
    assert other.loglik == pytest.approx(usual.loglik - np.log(1e4), abs=1e-7)


@pytest.mark.parametrize("factor", [1e-3, 50.0])
def test_other_units_of_a_random_slope(frame: pd.DataFrame, factor: float) -> None:
    frame = with_time(frame)
    usual = fit_gaussian(frame, "y ~ wave", **MODELS["slopes"])
    other = fit_gaussian(frame.assign(time=frame["time"] * factor), "y ~ wave",
                         **MODELS["slopes"])
    assert other.loglik == pytest.approx(usual.loglik, abs=1e-7)
    by_slope = [1.0, factor, factor**2, 1.0]
    assert (other.variances["estimate"] * by_slope).tolist() == pytest.approx(
        usual.variances["estimate"].tolist(), rel=1e-5)


def test_blocks_given_are_blocks_found() -> None:
    frame = data("pn3_balanced")
    frame = frame.assign(block=frame["group"].fillna(frame["person"]))
    for model in (MODELS["groups"], MODELS["by arm"]):
        found = fit_gaussian(frame, FORMULA, **model)
        given = fit_gaussian(frame, FORMULA, blocks="block", **model)
        assert found.n_blocks == frame["block"].nunique()
        same_results(found, given)


def test_larger_blocks_change_only_the_clusters(frame: pd.DataFrame) -> None:
    found = fit_gaussian(frame, FORMULA, **MODELS["ar1"])
    given = fit_gaussian(frame, FORMULA, blocks="arm", **MODELS["ar1"])
    assert given.n_blocks == 2 and found.n_blocks == frame["person"].nunique()
    assert given.loglik == pytest.approx(found.loglik, abs=1e-8)
    pd.testing.assert_frame_equal(contrasts(given), contrasts(found), rtol=1e-8)


# --- at the end of what is possible ---------------------------------------------------------------


def test_random_slopes_with_a_singular_matrix_are_told() -> None:
    """Slopes that are exactly proportional to intercepts, and slopes that are not there."""
    random = np.random.default_rng(3)
    intercepts, noise = random.normal(0, 3, 20), random.normal(0, 1, (20, 5))
    time = np.arange(5.0)
    for slopes, singular in ((0.5 * intercepts, True), (np.zeros(20), True),
                             (random.normal(0, 2, 20), False)):
        values = 10 + intercepts[:, None] + slopes[:, None] * time + noise
        frame = pd.DataFrame({"y": values.ravel(), "time": np.tile(time, 20),
                              "person": np.repeat(np.arange(20), 5)})
        fit = fit_gaussian(frame, "y ~ time",
                           components=[RandomSlopes(by="person", of=("1", "time"))])
        assert fit.converged
        assert bool(fit.boundary) is singular
        assert any("at the end of what is possible" in note for note in fit.notes) is singular
        first, both, second = fit.variances["estimate"][:3]
        assert first * second - both**2 >= -1e-8 * first * max(second, 1.0)
        result = contrasts(fit)
        assert np.isfinite(result.drop(columns="contrast").to_numpy(dtype=float)).all()


def test_a_group_variance_of_zero_equals_the_model_without_it() -> None:
    frame = data("zero_variance")
    fit = fitted("zero_variance")
    assert fit.boundary == ("group",)
    without = fit_gaussian(frame, "y ~ wave + treated_post", components=[PERSON])
    assert fit.loglik == pytest.approx(without.loglik, abs=1e-9)
    for df in ("kenward_roger", "satterthwaite"):
        pd.testing.assert_frame_equal(contrasts(fit, df=df), contrasts(without, df=df), rtol=1e-7)


def test_compound_symmetry_with_a_negative_covariance(frame: pd.DataFrame) -> None:
    """A residual may have one; a person's variance, which is the same but above 0, is then 0."""
    random = np.random.default_rng(5)
    values = random.normal(size=(30, 3))
    values -= 0.8 * values.mean(axis=1, keepdims=True)
    frame = pd.DataFrame({"y": values.ravel(), "person": np.repeat(np.arange(30), 3)})
    free = fit_gaussian(frame, "y ~ 1", residual=Residual(
        kind="compound_symmetry", within="person"))
    variance, covariance = free.variances["estimate"]
    assert covariance < 0 and not free.boundary and variance + 2 * covariance > 0
    above = fit_gaussian(frame, "y ~ 1", components=[PERSON])
    assert above.boundary == ("person",) and above.loglik < free.loglik


def test_an_intercept_of_people_is_compound_symmetry(frame: pd.DataFrame) -> None:
    one = fit_gaussian(frame, FORMULA, components=[PERSON])
    two = fit_gaussian(frame, FORMULA,
                       residual=Residual(kind="compound_symmetry", within="person"))
    assert one.loglik == pytest.approx(two.loglik, abs=1e-9)
    person, residual = one.variances["estimate"]
    assert two.variances["estimate"].tolist() == pytest.approx(
        [person + residual, person], rel=1e-7)
    for df in ("kenward_roger", "satterthwaite", "cr2"):
        pd.testing.assert_frame_equal(contrasts(one, df=df), contrasts(two, df=df), rtol=1e-6)


def test_memberships_with_one_group_each_are_groups() -> None:
    frame = data("ancova_cluster").assign(all=1.0, none=None, nothing=0.0)
    usual = fitted("ancova_cluster")
    one = fit_gaussian(frame, "y ~ pre + arm", components=[
        Memberships(groups=("group", "none"), weights=("all", "nothing"), name="group")])
    same_results(usual, one)
    # halves of the same group add up, and the order of the columns does not matter
    halves = frame.assign(again=frame["group"], half=0.5)
    same_results(usual, fit_gaussian(halves, "y ~ pre + arm", components=[
        Memberships(groups=("again", "group"), weights=("half", "half"), name="group")]))


# --- profile intervals ----------------------------------------------------------------------------


def test_profile_interval_of_a_variance(simple: GaussianFit) -> None:
    share = profile_interval(simple, "group")
    assert 0 <= share.low < share.estimate < share.high < np.inf
    assert share.estimate == pytest.approx(
        table(simple.variances, "parameter")["group"]["estimate"], rel=1e-9)
    scaled = data("ancova_nested").assign(y=lambda rows: rows["y"] * 1000 + 7)
    other = profile_interval(fit_gaussian(
        scaled, "y ~ pre + treated", components=[RandomEffect(by="group", times="treated")]),
        "group")
    assert (other.low, other.high) == pytest.approx((1e6 * share.low, 1e6 * share.high), rel=1e-5)


def test_profile_interval_starts_at_zero_where_zero_is_possible() -> None:
    fit = fitted("zero_variance")
    share = profile_interval(fit, "group")
    assert share.estimate == share.low == 0 and 0 < share.high < np.inf
    between = icc(fit, ["group"], ["person", "residual"])
    assert between.estimate == between.low == 0 and 0 < between.high < 1


def test_profile_interval_without_an_end() -> None:
    """Two groups: the restricted likelihood of their variance may not fall by 1.92 for long."""
    frame = pd.DataFrame({"y": [1.0, 2, 1.5, 9, 8, 8.5], "group": list("aaabbb")})
    fit = fit_gaussian(frame, "y ~ 1", components=[RandomEffect(by="group")])
    share = profile_interval(fit, "group")
    assert share.high > 100 * share.estimate and share.low < share.estimate


def test_icc_of_two_variances(frame: pd.DataFrame) -> None:
    fit = fit_gaussian(frame, FORMULA, components=GROUPS, residual=BY_ARM)
    told = table(fit.variances, "parameter")
    inside = told["group"]["estimate"] + told["group:wave"]["estimate"]
    share = icc(fit, ["group", "group:wave"], ["residual treated w2"])
    assert share.estimate == pytest.approx(
        inside / (inside + told["residual treated w2"]["estimate"]), rel=1e-9)
    assert 0 <= share.low < share.estimate < share.high <= 1
    turned = icc(fit, ["group:wave", "group"], ["residual treated w2"])
    assert (turned.low, turned.high) == pytest.approx((share.low, share.high), abs=1e-6)


# --- bootstrap ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(simple: GaussianFit) -> Bootstrap:
    return parametric_bootstrap(simple, draws=200, seed=20, jobs=1)


def test_draws_spread_as_the_standard_error_says(simple: GaussianFit, drawn: Bootstrap) -> None:
    assert drawn.failed == 0 and len(drawn.draws) == 200
    se = table(simple.coefficients, "term")
    for term in ("Intercept", "pre", "treated"):
        spread = drawn.draws[f"estimate {term}"]
        # Monte-Carlo error of an SD from n draws: SD / sqrt(2 (n - 1)); of a mean: SD / sqrt(n)
        expected = se[term]["se"]
        assert abs(spread.std() - expected) < 4 * expected / (2 * 199) ** 0.5
        assert abs(spread.mean() - se[term]["estimate"]) < 4 * expected / 200**0.5


def test_drawn_variances_are_right_on_average(simple: GaussianFit, drawn: Bootstrap) -> None:
    residual = drawn.draws["residual"]
    estimate = table(simple.variances, "parameter")["residual"]["estimate"]
    assert abs(residual.mean() - estimate) < 4 * residual.std() / 200**0.5
    assert (drawn.draws["group"] >= 0).all()
    rows = table(drawn.intervals, "quantity")
    for name in ("treated", "group", "residual"):
        assert rows[name]["low"] < rows[name]["estimate"] < rows[name]["high"]
    assert rows["treated"]["method"] == "bootstrap t" and rows["group"]["method"] == "percentiles"


def test_workers_do_not_change_the_numbers(simple: GaussianFit) -> None:
    one = parametric_bootstrap(simple, draws=25, seed=7, jobs=1)
    two = parametric_bootstrap(simple, draws=25, seed=7, jobs=2)
    pd.testing.assert_frame_equal(one.draws, two.draws, check_exact=True)
    pd.testing.assert_frame_equal(one.intervals, two.intervals, check_exact=True)
    # draw i is draw i, however many there are; another seed gives other draws
    fewer = parametric_bootstrap(simple, draws=10, seed=7, jobs=1)
    pd.testing.assert_frame_equal(one.draws.head(10), fewer.draws, check_exact=True)
    assert not one.draws.equals(parametric_bootstrap(simple, draws=25, seed=8, jobs=1).draws)


def test_progress_wraps_the_steps(simple: GaussianFit) -> None:
    seen: list[int] = []

    def progress(steps: Iterable[Any], total: int) -> Iterable[Any]:
        for step in steps:
            seen.append(total)
            yield step

    parametric_bootstrap(simple, draws=25, seed=7, jobs=1, progress=progress)
    assert seen == [2, 2]


def test_a_contrast_of_the_bootstrap_is_that_of_the_coefficients(drawn: Bootstrap,
                                                                simple: GaussianFit) -> None:
    both = parametric_bootstrap(simple, {"sum": {"pre": 2, "treated": 1}}, draws=10, seed=20,
                                jobs=1)
    first = drawn.draws.head(10)
    expected = 2 * first["estimate pre"] + first["estimate treated"]
    assert both.draws["estimate sum"].tolist() == pytest.approx(expected.tolist(), rel=1e-9)


# --- contrasts -----------------------------------------------------------------------------------


def test_contrasts_from_a_frame_and_from_a_mapping(simple: GaussianFit) -> None:
    rows = {"a": {"treated": 1.0}, "b": {"pre": 10.0, "treated": -1.0}}
    frame = pd.DataFrame(rows).T.fillna(0.0)
    for df in ("kenward_roger", "satterthwaite", "cr2"):
        pd.testing.assert_frame_equal(contrasts(simple, rows, df=df),
                                      contrasts(simple, frame, df=df))


def test_an_f_of_one_row_is_the_square_of_t(simple: GaussianFit) -> None:
    for df in ("kenward_roger", "satterthwaite", "cr2"):
        row = contrasts(simple, {"a": {"treated": 1}}, df=df).iloc[0]
        test = f_test(simple, {"a": {"treated": 3}}, df=df).iloc[0]
        assert test["statistic"] == pytest.approx(row["statistic"] ** 2, rel=1e-9)
        assert test["df_denominator"] == pytest.approx(row["df"], rel=1e-9)
        assert test["p"] == pytest.approx(row["p"], rel=1e-9)


def test_rows_of_an_f_that_say_the_same_count_once(simple: GaussianFit) -> None:
    usual = f_test(simple, together(["pre", "treated"])).iloc[0]
    more = f_test(simple, {**together(["pre", "treated"]), "both": {"pre": 1, "treated": -2}})
    assert more.iloc[0].to_dict() == pytest.approx(usual.to_dict(), rel=1e-9)
