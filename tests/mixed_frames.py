"""The data and models of the R oracles of mixed models, as the toolkit names them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.likelihood import Floats, Method
from balint_research.analysis.mixed.terms import Component, RandomEffect, RandomSlopes, Residual

ORACLES = Path(__file__).parent / "oracles"

# R's name of a coefficient or component -> ours
TERMS = {
    "(Intercept)": "Intercept", "wavew1": "wave[T.w1]", "wavew2": "wave[T.w2]",
    "wavew3": "wave[T.w3]", "armtreated": "arm[T.treated]", "materialB": "material[T.B]",
    "group:wave": "group:wave", "Subject:(Intercept)": "Subject:1",
    "Subject:(Intercept)~Days": "Subject:1:Days",
}


@dataclass(frozen=True)
class Model:
    """A model of an oracle: the same as the R formula in its script."""

    formula: str
    components: tuple[Component, ...] = ()
    residual: Residual | None = None


PERSON = RandomEffect(by="person")
TREATED = RandomEffect(by="group", times="treated_post")
TREATED_WAVES = RandomEffect(by=("group", "wave"), times="treated_post")
TWO = Model("y ~ wave + treated_post", (PERSON, TREATED))
THREE = Model("y ~ wave + t_w1 + t_w2", (PERSON, TREATED, TREATED_WAVES))
FOUR = Model("y ~ wave + t_w1 + t_w2 + t_w3", (PERSON, TREATED, TREATED_WAVES))
ANCOVA = Model("y ~ pre + arm", (RandomEffect(by="group"),))
SHOES = Model("wear ~ material", (RandomEffect(by="boy"),))

MODELS = {
    "pn2_balanced": TWO, "pn2_unbalanced": TWO, "zero_variance": TWO,
    "pn3_balanced": THREE, "pn3_unbalanced": THREE,
    "pn4_balanced": FOUR, "pn4_unbalanced": FOUR,
    "cluster3": Model("y ~ wave + t_w1 + t_w2",
                      (PERSON, RandomEffect(by="group", times="post"),
                       RandomEffect(by=("group", "wave"), times="post"))),
    "ancova_cluster": ANCOVA, "ancova_zero": ANCOVA,
    "ancova_nested": Model("y ~ pre + treated", (RandomEffect(by="group", times="treated"),)),
    "crossed": Model("y ~ x", (PERSON, RandomEffect(by="item"))),
    "nested": Model("y ~ x", (RandomEffect(by="group"), PERSON)),
    "sleepstudy": Model("Reaction ~ Days", (RandomSlopes(by="Subject", of=("1", "Days")),)),
    "dietox": Model("Weight ~ Time", (RandomEffect(by="Pig"),)),
    "shoes": SHOES, "shoes_unbalanced": SHOES,
}


def read(file: str) -> pd.DataFrame:
    """A CSV that R wrote; lines that begin with # name the versions."""
    return pd.read_csv(ORACLES / file, comment="#")


@cache
def data(name: str) -> pd.DataFrame:
    """The rows of one set, with the indicators that the formulas name."""
    if name.startswith("shoes"):
        shoes = read("mixed_shoes.csv")
        return shoes.drop(index=[0, 11]) if name == "shoes_unbalanced" else shoes
    if name in ("sleepstudy", "dietox"):
        return read(f"mixed_{name}.csv")
    frame = read("mixed_data.csv").query("set == @name")
    frame = frame.dropna(axis="columns", how="all").reset_index(drop=True)
    if "arm" in frame:
        frame["treated"] = (frame["arm"] == "treated").astype(float)
    if "wave" in frame:
        for wave in ("w1", "w2", "w3"):
            frame[f"t_{wave}"] = frame["treated"] * (frame["wave"] == wave)
    return frame


@cache
def fitted(name: str, method: Method = "reml") -> GaussianFit:
    """The fit of one set by the model of its R script."""
    model = MODELS[name]
    return fit_gaussian(data(name), model.formula, components=model.components,
                        residual=model.residual, method=method)


def of(oracle: pd.DataFrame, name: str, quantity: str) -> dict[str, float]:
    """One quantity of one set, by our names of the terms."""
    rows = oracle[(oracle["set"] == name) & (oracle["quantity"] == quantity)]
    return {TERMS.get(term, term): value
            for term, value in zip(rows["term"], rows["value"], strict=True)}


def one(oracle: pd.DataFrame, name: str, quantity: str) -> float:
    """A quantity that the set has once."""
    (value,) = of(oracle, name, quantity).values()
    return value


def together(terms: Sequence[str]) -> dict[str, dict[str, float]]:
    """The hypothesis that all of these coefficients are 0."""
    return {term: {term: 1.0} for term in terms}


def hypothesis(oracle: pd.DataFrame, name: str, quantity: str) -> dict[str, dict[str, float]]:
    """The coefficients that an F test of the oracle names, joined by &."""
    rows = oracle[(oracle["set"] == name) & (oracle["quantity"] == quantity)]
    (term,) = rows["term"]
    return together([TERMS.get(part, part) for part in str(term).split(" & ")])


def table(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Rows of a result by one of its columns."""
    rows = frame.set_index(key).to_dict("index")
    return {str(name): {str(k): v for k, v in row.items()} for name, row in rows.items()}


def residual_matrix(
    fit: GaussianFit, kind: str, waves: Sequence[str], level: str = ""
) -> dict[tuple[str, str], float]:
    """Covariances within a person, by pairs of waves, from the named parameters."""
    told = dict(zip(fit.variances["parameter"], fit.variances["estimate"], strict=True))
    name = f"residual {level}".strip()
    made = {}
    for j, second in enumerate(waves):
        for i, first in enumerate(waves[:j + 1]):
            if kind == "unstructured":
                value = told[f"{name} {first}" if i == j else f"{name} {first}:{second}"]
            elif kind == "compound_symmetry":
                value = told[f"{name} variance" if i == j else f"{name} covariance"]
            elif kind == "ar1":
                value = told[f"{name} variance"] * told[f"{name} rho"] ** (j - i)
            else:
                root = (told[f"{name} {first}"] * told[f"{name} {second}"]) ** 0.5
                value = root if i == j else root * told[f"{name} rho"]
            made[first, second] = value
    return made


def differences(function: Callable[[Floats], Any], at: Floats, step: float) -> Floats:
    """Derivatives by central differences of fourth order; the last axis is the parameter."""
    made = []
    for i in range(len(at)):
        def moved(share: float, i: int = i) -> Any:
            there = at.copy()
            there[i] += share * step
            return function(there)
        made.append((8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step))
    return np.stack(made, axis=-1)
