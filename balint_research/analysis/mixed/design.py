"""A frame, a formula and the named parts of a covariance become arrays, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.batches import batches, number_of_matrices
from balint_research.analysis.mixed.labels import Labels, labels
from balint_research.analysis.mixed.likelihood import Data, Floats
from balint_research.analysis.mixed.parts import FREE, LEAST, Part, pairs
from balint_research.analysis.mixed.terms import (
    Component,
    RandomEffect,
    RandomSlopes,
    Residual,
)
from balint_research.errors import AnalysisError

if TYPE_CHECKING:
    from formulaic import ModelSpec

SAME_COLUMN = 1e-9   # share of a column that earlier columns leave unexplained: less is nothing
MOST_RHO = 0.9999
FLAT = 1e-7          # residual SD by the size of the outcome's values: less is rounding


@dataclass(frozen=True, kw_only=True)
class Design:
    """Everything of a model that does not depend on its parameters.

    `data` is in the units of the fit: the fixed effects as orthonormal columns, the outcome divided
    by `scale`. `back` (p x p) takes fixed effects from there to the named `columns`.

    Attributes
    ----------
    spec : of formulaic, makes the same columns from another frame.
    columns : names of the fixed effects that are estimated; `aliased` those that are not, because
        earlier columns say the same; `known` (columns of the model matrix x p) tells which
        functions of all columns can be estimated.
    terms : variables of the fixed effects.
    parts : the covariance.
    frame : the rows used, in the order given; `block` the block of each.
    """

    formula: str
    spec: "ModelSpec"
    terms: frozenset[str]
    columns: tuple[str, ...]
    aliased: tuple[str, ...]
    every_column: tuple[str, ...]
    known: Floats
    back: Floats
    log_det_back: float
    data: Data
    parts: tuple[Part, ...]
    scale: float
    y: Floats
    frame: pd.DataFrame
    block: Any
    rows_given: int


def design(
    frame: pd.DataFrame, formula: str, blocks: str | None, components: Sequence[Component],
    residual: Residual,
) -> Design:
    """The design, or an AnalysisError that says what is wrong with the request."""
    _check_names(components)
    used = _complete(frame, formula, blocks, components, residual)
    y, x, spec = _matrices(used, formula)
    basis, scale_columns, known, kept = _independent(x)
    if len(y) <= basis.shape[1]:
        raise AnalysisError(
            f"There are {len(y)} rows for {basis.shape[1]} fixed effects: nothing is left to "
            "estimate a variance from. Use fewer terms or more rows."
        )
    left = y - basis @ (basis.T @ y)
    scale = float(np.sqrt(left @ left / (len(y) - basis.shape[1])))
    if scale <= FLAT * max(float(np.abs(y).max()), 1e-300):
        raise AnalysisError(
            "The outcome does not vary once the fixed effects are taken out, so there is no spread "
            "to estimate anything from."
        )
    known_rows = labels(used, blocks, components, residual)
    made = batches(known_rows)
    columns = np.column_stack([basis, y / scale])
    filled = np.vstack([columns, np.zeros(columns.shape[1])])   # row -1 fills up
    names = list(x.columns)
    back = np.asarray(np.linalg.inv(scale_columns), dtype="float64")
    return Design(
        formula=formula, spec=spec, terms=frozenset(str(v) for v in spec.variables),
        columns=tuple(names[i] for i in kept),
        aliased=tuple(name for i, name in enumerate(names) if i not in kept),
        every_column=tuple(names), known=known, back=back,
        log_det_back=float(np.log(np.abs(np.diag(scale_columns))).sum()),
        data=Data(made, tuple(filled[batch.rows] for batch in made), len(y), basis.shape[1],
                  number_of_matrices(known_rows)),
        parts=_parts(known_rows), scale=scale, y=y, frame=used, block=known_rows.block,
        rows_given=len(frame),
    )


def model_rows(made: Design, frame: pd.DataFrame) -> Floats:
    """Rows of the model matrix for another frame, over all columns of the formula."""
    rows: Floats = made.spec.get_model_matrix(_plain(frame)).to_numpy(dtype="float64")
    return rows


def estimable(made: Design, rows: Floats) -> Floats:
    """Functions of every column as functions of the estimated ones.

    Raises
    ------
    AnalysisError : one of them is not told by the data.
    """
    kept = [made.every_column.index(name) for name in made.columns]
    own = rows[:, kept]
    lost = np.abs(own @ made.known - rows).max(axis=1, initial=0) > 1e-7
    if lost.any():
        raise AnalysisError(
            f"{int(lost.sum())} of {len(rows)} means or contrasts cannot be estimated: some "
            "combination of levels they need does not occur in the data."
        )
    return own


def _check_names(components: Sequence[Component]) -> None:
    """Every component says what its effects are of, and has a name of its own."""
    for component in components:
        columns = (component.by if isinstance(component, RandomEffect) else
                   component.of if isinstance(component, RandomSlopes) else component.groups)
        if not columns:
            raise AnalysisError(f"{component} names no column.")
    names = [component_name(component) for component in components]
    for name in names:
        if names.count(name) > 1:
            raise AnalysisError(
                f"{names.count(name)} components are called {name}: give each a `name` of its own.")


def _complete(
    frame: pd.DataFrame, formula: str, blocks: str | None, components: Sequence[Component],
    residual: Residual,
) -> pd.DataFrame:
    """The rows in which everything the model needs is known."""
    needed = [*_variables(formula)]
    optional = []
    for component in components:
        if isinstance(component, RandomEffect):
            optional += list(component.by if isinstance(component.by, tuple) else (component.by,))
            needed += [component.times] if component.times else []
        elif isinstance(component, RandomSlopes):
            optional += [component.by]
            needed += [name for name in component.of if name != "1"]
        else:
            optional += [*component.groups, *component.weights]
    needed += [name for name in (blocks, residual.within, residual.over, residual.by,
                                 residual.weights) if name]
    absent = [name for name in dict.fromkeys([*needed, *optional]) if name not in frame.columns]
    if absent:
        raise AnalysisError(
            f"The frame lacks the column{'s' if len(absent) > 1 else ''} {', '.join(absent)} that "
            "the model names."
        )
    twice = [name for name in dict.fromkeys([*needed, *optional])
             if list(frame.columns).count(name) > 1]
    if twice:
        raise AnalysisError(f"{', '.join(twice)}: two columns of the frame have this name.")
    frame = frame[list(dict.fromkeys([*needed, *optional]))]
    gap = np.zeros(len(frame), dtype=bool)
    for name in dict.fromkeys(needed):   # quicker than dropna
        gap |= frame[name].isna().to_numpy()
    used = frame[~gap].reset_index(drop=True)
    if used.empty:
        raise AnalysisError(
            f"None of {len(frame)} rows has a value in every column the model needs: "
            f"{', '.join(dict.fromkeys(needed))}."
        )
    return used


def _variables(formula: str) -> list[str]:
    from formulaic.errors import FormulaicError

    if "~" not in formula:
        raise AnalysisError(
            f"The formula '{formula}' has no outcome. Write it as `outcome ~ terms`.")
    try:
        return sorted(str(name) for name in _parsed(formula).required_variables)
    except (FormulaicError, SyntaxError) as error:
        raise AnalysisError(f"The formula '{formula}' cannot be read.") from error


@lru_cache(maxsize=64)
def _parsed(formula: str) -> Any:
    """A formula, read once: the same model is fitted to many outcomes."""
    from formulaic import Formula

    return Formula(formula)


def _matrices(used: pd.DataFrame, formula: str) -> tuple[Floats, pd.DataFrame, "ModelSpec"]:
    from formulaic import model_matrix
    from formulaic.errors import FormulaicError

    try:
        made = model_matrix(
            _parsed(formula), _plain(used[_variables(formula)]), na_action="raise")
    except (FormulaicError, ValueError, TypeError, SyntaxError) as error:
        raise AnalysisError(
            f"The formula '{formula}' does not fit the frame: a term is not a column or cannot be "
            "computed from the columns."
        ) from error
    outcome, x = getattr(made, "lhs", None), getattr(made, "rhs", None)
    if not isinstance(outcome, pd.DataFrame) or not isinstance(x, pd.DataFrame):
        raise AnalysisError(
            f"The formula '{formula}' must be one outcome ~ one set of terms; random effects are "
            "given as `components`.")
    if outcome.shape[1] != 1:
        raise AnalysisError("The outcome of the formula must be one numeric column.")
    y = outcome.to_numpy(dtype="float64")[:, 0]
    if not (np.isfinite(y).all() and np.isfinite(x.to_numpy(dtype="float64")).all()):
        raise AnalysisError("A value of the outcome or of a term is infinite.")
    return y, pd.DataFrame(x), x.model_spec


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Nullable numbers and text as plain ones, which are what formulaic knows."""
    changed: dict[str, pd.Series] = {}
    for name in frame.columns:
        kind = frame[name].dtype
        if isinstance(kind, pd.CategoricalDtype) or not pd.api.types.is_extension_array_dtype(kind):
            continue
        if pd.api.types.is_numeric_dtype(kind):
            changed[name] = frame[name].astype("float64")
        elif kind != "str":
            changed[name] = frame[name].astype("object")
    return frame.assign(**changed) if changed else frame


def _independent(x: pd.DataFrame) -> tuple[Floats, Floats, Floats, list[int]]:
    """Orthonormal columns Q, R with X_kept = Q R, X = X_kept K, and which columns are kept.

    As R does, the first of several columns that say the same is kept.
    """
    values = x.to_numpy(dtype="float64")
    kept: list[int] = []
    basis = np.zeros((len(values), 0))
    for j in range(values.shape[1]):
        column = values[:, j].copy()
        for _ in range(2):   # twice: once leaves rounding behind
            column -= basis @ (basis.T @ column)
        size = float(np.sqrt(column @ column))
        if size > SAME_COLUMN * max(float(np.sqrt(values[:, j] @ values[:, j])), 1e-300):
            kept.append(j)
            basis = np.column_stack([basis, column / size])
    if not kept:
        raise AnalysisError("The formula has no fixed effect that varies and no intercept.")
    triangle = basis.T @ values[:, kept]
    known = np.linalg.solve(triangle, basis.T @ values)
    known[np.abs(known) < 1e-12] = 0.0
    return basis, triangle, known, kept


def _parts(labels: Labels) -> tuple[Part, ...]:
    """Parameters with names, bounds and starting values: components first, the residual last."""
    parts, share = [], 0.4 / max(len(labels.components), 1)
    for component, factors in zip(labels.components, labels.factors, strict=True):
        sizes = np.maximum((factors**2).mean(axis=0), 1e-12)   # of the factors, so of the effects
        if isinstance(component, RandomSlopes):
            parts.append(_slopes_part(component, sizes, share))
            continue
        parts.append(Part(
            kind="linear", coefficients=1, names=(component_name(component),), lower=(0.0,),
            upper=(FREE,), start=(min(share / float(sizes.sum()), 1.0),), component=True))
    return (*parts, *_residual_parts(labels))


def component_name(component: Component) -> str:
    """What a component is called in results."""
    if component.name:
        return component.name
    if isinstance(component, RandomEffect):
        return component.by if isinstance(component.by, str) else ":".join(component.by)
    return component.by if isinstance(component, RandomSlopes) else "+".join(component.groups)


def _slopes_part(component: RandomSlopes, size: Floats, share: float) -> Part:
    name, of = component_name(component), component.of
    start = [np.sqrt(share / len(of) / size[i]) if i == j else 0.0 for i, j in pairs(len(of))]
    return Part(
        kind="factor", coefficients=len(start), size=len(of), component=True,
        names=tuple(f"{name}:{of[j]}:{of[i]}" if i != j else f"{name}:{of[i]}"
                    for i, j in pairs(len(of))),
        lower=(-FREE,) * len(start), upper=(FREE,) * len(start), start=tuple(start))


def _residual_parts(labels: Labels) -> list[Part]:
    kind, waves = labels.residual.kind, labels.waves
    names = [f"residual {level}" if labels.residual.by else "residual" for level in labels.levels]
    number = len(waves)
    if kind == "independent":
        typical = float(np.exp(np.log(labels.weight).mean()))
        return [Part(kind="linear", coefficients=1, names=(name,), lower=(LEAST,), upper=(FREE,),
                     start=(0.6 * typical,)) for name in names]
    if kind == "compound_symmetry":
        return [Part(kind="linear", coefficients=2, names=(f"{name} variance",
                                                           f"{name} covariance"),
                     lower=(LEAST, -FREE), upper=(FREE, FREE), start=(0.6, 0.2)) for name in names]
    if kind == "ar1":
        return [Part(kind="ar1", coefficients=number, size=number,
                     names=(f"{name} variance", f"{name} rho"), lower=(LEAST, -MOST_RHO),
                     upper=(FREE, MOST_RHO), start=(0.6, 0.3)) for name in names]
    if kind == "heterogeneous_compound_symmetry":
        return [Part(kind="heterogeneous", size=number, coefficients=len(pairs(number)),
                     names=(*(f"{name} {wave}" for wave in waves), f"{name} rho"),
                     lower=(*(LEAST,) * number, -MOST_RHO), upper=(*(FREE,) * number, MOST_RHO),
                     start=(*(0.6,) * number, 0.3)) for name in names]
    return [Part(kind="linear", coefficients=1, names=(entry.name,),
                 lower=(LEAST if entry.i == entry.j else -FREE,), upper=(FREE,),
                 start=(0.6 if entry.i == entry.j else 0.2,)) for entry in labels.unstructured]
