"""Properties of the mixed-model engine: small designs of any kind, and derivatives.

A design of any kind is fitted or refused in a sentence; what is given is finite, or a note says
why it is not. Score and information are those of the log-likelihood.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from balint_research.analysis.mixed.contrasts import contrasts, f_test
from balint_research.analysis.mixed.design import Design, design
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.likelihood import Floats, Method, covariances, point, slopes
from balint_research.analysis.mixed.maximise import by_theta, space_of
from balint_research.analysis.mixed.parts import Part, curve, symmetric
from balint_research.analysis.mixed.terms import (
    Component,
    Memberships,
    RandomEffect,
    RandomSlopes,
    Residual,
)
from balint_research.errors import AnalysisError
from tests.mixed_frames import differences, together

REPEATED: dict[str, Any] = {"within": "person", "over": "wave"}
RESIDUALS = {
    "independent": Residual(),
    "by arm": Residual(by="arm"),
    "by wave": Residual(by="wave"),
    "weights": Residual(weights="weight"),
    "compound symmetry": Residual(kind="compound_symmetry", within="person"),
    "compound symmetry by arm": Residual(kind="compound_symmetry", within="person", by="arm"),
    "heterogeneous": Residual(kind="heterogeneous_compound_symmetry", **REPEATED),
    "heterogeneous by arm": Residual(
        kind="heterogeneous_compound_symmetry", **REPEATED, by="arm"),
    "ar1": Residual(kind="ar1", **REPEATED),
    "ar1 by arm": Residual(kind="ar1", **REPEATED, by="arm"),
    "unstructured": Residual(kind="unstructured", **REPEATED),
    "unstructured by arm": Residual(kind="unstructured", **REPEATED, by="arm", shared=("w0",)),
}
COMPONENTS: dict[str, Component] = {
    "person": RandomEffect(by="person"),
    "group": RandomEffect(by="group"),
    "treated post": RandomEffect(by="group", times="post", name="group post"),
    "group x wave": RandomEffect(by=("group", "wave"), times="post"),
    "slopes": RandomSlopes(by="person", of=("1", "time"), name="slopes"),
    "slopes of groups": RandomSlopes(by="group", of=("1", "post", "time"), name="group slopes"),
    "memberships": Memberships(groups=("group", "other"), weights=("share", "rest")),
}
FORMULAS = ("y ~ 1", "y ~ wave", "y ~ treated", "y ~ wave + t_w1", "y ~ arm * wave",
            "y ~ wave + x + again", "y ~ 0 + wave:arm + x")


def frame_of(
    sizes: list[int], controls: int, waves: int, random: np.random.Generator, missing: float,
    outcome: str = "normal",
) -> pd.DataFrame:
    """Treated people in groups, controls without, some rows missing."""
    people: list[tuple[str, str | None]] = [
        ("treated", f"g{k}") for k, size in enumerate(sizes) for _ in range(size)]
    people += [("control", None)] * controls
    rows = [{"person": f"p{i}", "arm": arm, "group": group, "wave": f"w{w}", "time": float(w)}
            for i, (arm, group) in enumerate(people) for w in range(waves)]
    frame = pd.DataFrame(rows)
    n = len(frame)
    frame["treated"] = (frame["arm"] == "treated").astype(float)
    frame["post"] = frame["treated"] * (frame["time"] > 0)
    frame["t_w1"] = frame["treated"] * (frame["wave"] == "w1")
    frame["x"] = random.normal(size=n).round(3)
    frame["again"] = 2 * frame["x"] - 1
    frame["weight"] = random.uniform(0.2, 5, n).round(2)
    frame["other"] = random.choice(np.array([*(f"g{k}" for k in range(len(sizes))), None]), n)
    frame["share"] = random.choice([0.3, 0.5, 1.0], n)
    frame["rest"] = 1 - frame["share"]
    group = frame["group"].map({f"g{k}": v for k, v in enumerate(random.normal(size=len(sizes)))})
    person = frame["person"].map(
        dict(zip(frame["person"].unique(), random.normal(size=len(people)), strict=True)))
    frame["y"] = {
        "normal": random.normal(size=n) + person + group.fillna(0.0),
        "noise": random.normal(size=n),
        "integers": random.integers(0, 3, n).astype(float),
        "constant": np.full(n, 4.0),
        "one of a person": person,
        "one of a group": group.fillna(0.0),
        "large": 1e6 + 1e4 * random.normal(size=n),
    }[outcome]
    return frame[random.uniform(size=n) >= missing].reset_index(drop=True)


@st.composite
def designs(draw: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    frame = frame_of(
        sizes, draw(st.integers(0, 6)), draw(st.integers(1, 4)), random,
        draw(st.sampled_from([0.0, 0.2, 0.5])),
        draw(st.sampled_from(["normal", "normal", "noise", "integers", "constant",
                              "one of a person", "one of a group", "large"])))
    names = draw(st.lists(st.sampled_from(sorted(COMPONENTS)), max_size=3, unique=True))
    return frame, {
        "formula": draw(st.sampled_from(FORMULAS)),
        "components": [COMPONENTS[name] for name in names],
        "residual": RESIDUALS[draw(st.sampled_from(sorted(RESIDUALS)))],
        "method": draw(st.sampled_from(["reml", "reml", "ml"])),
    }


def is_sentence(text: str) -> bool:
    return text == text.strip() and text.endswith(".") and " " in text and "\n" not in text


def residual_of(fit: GaussianFit, c: Floats) -> list[Floats]:
    """The residual covariance of every pattern at the coefficients c, without random effects."""
    number = sum(part.coefficients for part in fit.design.parts if part.component)
    alone = np.where(np.arange(len(c)) < number, 0.0, c)
    found = []
    for batch in fit.design.data.batches:
        found += list(covariances(batch, alone))
    return found


# The rows follow from a seed, so a failing example would not get simpler by shrinking.
quickly: dict[str, Any] = {
    "deadline": None, "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": list(HealthCheck)}


@given(designs())
@settings(max_examples=50, **quickly)
def test_any_small_design_is_fitted_or_refused_in_a_sentence(
    made: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, request = made
    try:
        fit = fit_gaussian(frame, **request)
    except AnalysisError as error:
        assert is_sentence(str(error))
        return
    assert np.isfinite(fit.loglik)
    assert all(is_sentence(note) for note in fit.notes)
    if not fit.converged:
        assert any("must not be used" in note for note in fit.notes)
        with pytest.raises(AnalysisError, match="did not end"):
            contrasts(fit)
        return
    assert np.isfinite(fit.coefficients[["estimate", "se"]].to_numpy(dtype=float)).all()
    assert (fit.coefficients["se"] > 0).all()
    told = fit.variances
    for name, value in zip(told["parameter"], told["estimate"], strict=True):
        assert np.isfinite(value) or any(name in note for note in fit.notes)
    place = 0
    for part in fit.design.parts:
        own = told["estimate"].to_numpy(dtype=float)[place:place + part.parameters]
        place += part.parameters
        if part.component and np.isfinite(own).all():
            matrix = symmetric(own, part.size)
            assert np.linalg.eigvalsh(matrix)[0] >= -1e-9 * np.abs(matrix).max()
    assert set(fit.boundary) == set(told.loc[told["boundary"], "parameter"])
    for matrix in residual_of(fit, curve(fit.design.parts, fit.theta).c):
        assert np.linalg.eigvalsh(matrix)[0] >= -1e-7 * max(np.abs(matrix).max(), 1.0)
    for df in ("kenward_roger", "satterthwaite", "cr2"):
        result = contrasts(fit, df=df)
        # a cluster that alone tells of a coefficient tells nothing of its spread
        known = result[result["se"].notna()]
        assert df == "cr2" or len(known) == len(result)
        assert result.loc[result["se"].isna(), "p"].isna().all()
        assert (known["se"] > 1e-6 * fit.coefficients["se"].min()).all()
        assert (known["df"] > 0).all()
        assert np.isfinite(known[["estimate", "se", "df", "statistic"]].to_numpy(float)).all()
        assert known["p"].between(0, 1).all()
        test = f_test(fit, together(fit.coefficients["term"].tolist()), df=df).iloc[0]
        assert np.isnan(test["statistic"]) or (
            test["df_denominator"] > 0 and test["statistic"] >= 0 and 0 <= test["p"] <= 1)


# --- the maximum ----------------------------------------------------------------------------------


@given(designs(), st.integers(0, 2**32))
@settings(max_examples=25, **quickly)
def test_no_parameters_near_the_estimate_have_a_larger_likelihood(
    made: tuple[pd.DataFrame, dict[str, Any]], seed: int
) -> None:
    frame, request = made
    try:
        fit = fit_gaussian(frame, **request)
    except AnalysisError:
        return
    if not fit.converged:
        return
    best = point(fit.design.data, curve(fit.design.parts, fit.theta).c, fit.method)
    assert best is not None
    random = np.random.default_rng(seed)
    room = space_of(fit.design.parts)
    for size in (1e-3, 1e-2, 0.1):
        moved = fit.theta + size * random.normal(size=len(fit.theta)) * (0.1 + abs(fit.theta))
        inside = np.clip(moved, room.lower, room.upper)
        other = point(fit.design.data, curve(fit.design.parts, inside).c, fit.method)
        assert other is None or other.loglik <= best.loglik + 1e-7


# --- derivatives ----------------------------------------------------------------------------------


def inside(parts: tuple[Part, ...], random: np.random.Generator) -> Floats:
    """Parameters well inside their bounds: the usual start, moved."""
    start = np.array([x for part in parts for x in part.start])
    return start * random.uniform(0.7, 1.3, len(start)) + 0.02 * random.uniform(size=len(start))


def small(residual: Residual, components: list[Component], seed: int) -> Design:
    frame = frame_of([3, 2, 4, 1], 5, 3, np.random.default_rng(seed), 0.2)
    return design(frame, "y ~ wave + t_w1 + x", None, components, residual)


CASES = [
    *((name, ()) for name in RESIDUALS),
    *(("independent", (name,)) for name in COMPONENTS),
    ("unstructured by arm", ("treated post", "group x wave")),
    ("ar1 by arm", ("slopes of groups", "memberships")),
    ("heterogeneous", ("group", "slopes")),
]
cases = pytest.mark.parametrize(("residual", "names"), CASES)
methods = pytest.mark.parametrize("method", ["reml", "ml"])


def made_of(residual: str, names: tuple[str, ...], seed: int = 4) -> Design:
    return small(RESIDUALS[residual], [COMPONENTS[name] for name in names], seed)


@cases
@methods
def test_score_and_observed_information(
    residual: str, names: tuple[str, ...], method: Method
) -> None:
    made = made_of(residual, names)
    theta = inside(made.parts, np.random.default_rng(11))

    def loglik(at: Floats) -> float:
        there = point(made.data, curve(made.parts, at).c, method)
        assert there is not None
        return there.loglik

    def score(at: Floats) -> Floats:
        there, bent = point(made.data, curve(made.parts, at).c, method), curve(made.parts, at)
        assert there is not None
        return np.asarray(bent.jacobian.T @ slopes(made.data, there, method).score)

    numerical = differences(loglik, theta, 1e-3)
    size = np.abs(numerical).max()
    np.testing.assert_allclose(score(theta), numerical, rtol=1e-6, atol=1e-6 * size)
    here, bent = point(made.data, curve(made.parts, theta).c, method), curve(made.parts, theta)
    assert here is not None
    slope = slopes(made.data, here, method)
    observed = by_theta(bent, slope.observed, slope.score)
    numerical = -differences(score, theta, 1e-3)
    np.testing.assert_allclose(observed, numerical, rtol=1e-5,
                               atol=1e-6 * np.abs(numerical).max())
    # and straight from the log-likelihood, along some directions
    random, step = np.random.default_rng(12), 4e-3
    for _ in range(5):
        along = random.normal(size=len(theta))
        along /= np.abs(along).max()
        near = [loglik(theta + k * step * along) for k in (-2, -1, 0, 1, 2)]
        curved = np.array([1, -16, 30, -16, 1]) @ near / (12 * step**2)
        assert along @ observed @ along == pytest.approx(
            curved, rel=1e-4, abs=1e-5 * np.abs(observed).max())


@cases
def test_derivatives_of_the_coefficients(residual: str, names: tuple[str, ...]) -> None:
    parts = made_of(residual, names).parts
    theta = inside(parts, np.random.default_rng(9))
    at = curve(parts, theta)
    np.testing.assert_allclose(
        at.jacobian, differences(lambda t: curve(parts, t).c, theta, 1e-3), atol=1e-9)
    bend = differences(lambda t: curve(parts, t).jacobian, theta, 1e-3)
    np.testing.assert_allclose(np.zeros_like(bend) if at.bend is None else at.bend, bend, atol=1e-9)


def whole(made: Design, matrices: Callable[[Any], Floats]) -> Floats:
    """One n x n matrix from those of the blocks."""
    result = np.zeros((made.data.n, made.data.n))
    for batch in made.data.batches:
        for rows, which in zip(batch.rows, batch.which, strict=True):
            there = rows >= 0
            result[np.ix_(rows[there], rows[there])] = matrices(batch)[which][np.ix_(there, there)]
    return result


def known_matrix(made: Design, m: int) -> Floats:
    def of_batch(batch: Any) -> Floats:
        place = np.flatnonzero(batch.active == m)
        shape = batch.matrices.shape[1:]
        return batch.matrices[place[0]] if len(place) else np.zeros(shape)
    return whole(made, of_batch)


@cases
@methods
def test_against_one_large_matrix(residual: str, names: tuple[str, ...], method: Method) -> None:
    """Blocks, patterns and filling leave the textbook formulas what they are."""
    made = made_of(residual, names)
    data = made.data
    c = curve(made.parts, inside(made.parts, np.random.default_rng(3))).c
    here = point(data, c, method)
    assert here is not None
    slope = slopes(data, here, method)
    b = [known_matrix(made, m) for m in range(data.coefficients)]
    v = sum((value * matrix for value, matrix in zip(c, b, strict=True)), np.zeros((data.n,) * 2))
    columns = np.zeros((data.n, data.p + 1))
    for batch, own in zip(data.batches, data.columns, strict=True):
        columns[batch.rows[batch.rows >= 0]] = own[batch.rows >= 0]
    x, y = columns[:, :-1], columns[:, -1]
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    beta = phi @ x.T @ inverse @ y
    np.testing.assert_allclose(here.beta, beta, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(here.phi, phi, rtol=1e-9, atol=1e-10)
    full = multivariate_normal(x @ beta, v).logpdf(y)
    if method == "reml":
        full += (data.p * np.log(2 * np.pi) + np.linalg.slogdet(phi)[1]) / 2
    assert here.loglik == pytest.approx(full, abs=1e-9)
    p = inverse - inverse @ x @ phi @ x.T @ inverse
    of_trace = p if method == "reml" else inverse
    py = p @ y
    for i, one in enumerate(b):
        score = (py @ one @ py - np.trace(of_trace @ one)) / 2
        assert slope.score[i] == pytest.approx(score, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(slope.first[i], x.T @ inverse @ one @ inverse @ x, atol=1e-9)
        for j, other in enumerate(b):
            expected = np.trace(of_trace @ one @ of_trace @ other) / 2
            assert slope.expected[i, j] == pytest.approx(expected, rel=1e-9, abs=1e-9)
            observed = py @ one @ p @ other @ py - expected
            assert slope.observed[i, j] == pytest.approx(observed, rel=1e-9, abs=1e-9)
            second = x.T @ inverse @ one @ inverse @ other @ inverse @ x
            np.testing.assert_allclose(slope.second[i, j], second, atol=1e-9)
