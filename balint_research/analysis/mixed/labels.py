"""What the covariance needs to know of every row, as numbers: who, when, in which group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.likelihood import Floats, Integers
from balint_research.analysis.mixed.parts import pairs
from balint_research.analysis.mixed.terms import (
    Component,
    RandomEffect,
    RandomSlopes,
    Residual,
    ResidualKind,
)
from balint_research.errors import AnalysisError

NONE = -1   # the code of a row without a group


@dataclass(frozen=True, kw_only=True)
class Covariance:
    """One entry of an unstructured residual: waves i >= j of a level, or of all (None)."""

    name: str
    level: int | None
    i: int
    j: int


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Codes and factors of n rows.

    Attributes
    ----------
    person, level, wave : n codes; `levels` and `waves` are what they stand for.
    weight : n.
    codes, factors : of each component, n x s: the row's effect is the sum over s of the effect of
        the level `code` times `factor` (random slopes: one code, a factor for each slope).
    block : n, the independent unit.
    unstructured : the entries of an unstructured residual, else empty.
    """

    components: tuple[Component, ...]
    residual: Residual
    person: Integers
    level: Integers
    wave: Integers
    weight: Floats
    levels: tuple[str, ...]
    waves: tuple[str, ...]
    codes: tuple[Integers, ...]
    factors: tuple[Floats, ...]
    block: Integers
    unstructured: tuple[Covariance, ...]


def labels(
    frame: pd.DataFrame, blocks: str | None, components: Sequence[Component], residual: Residual
) -> Labels:
    """The labels of complete rows; AnalysisError where the request contradicts itself."""
    n = len(frame)
    _check(residual)
    levels, level = _levels(frame, residual.by)
    waves, wave = _levels(frame, residual.over)
    unknown = [name for name in residual.shared if name not in waves]
    if unknown:
        raise AnalysisError(f"{', '.join(unknown)}: no wave in the column {residual.over}, so it "
                            f"cannot be shared. There are: {', '.join(waves)}.")
    person = _codes(frame, (residual.within,)) if residual.within else np.arange(n)
    weight = _numbers(frame, residual.weights) if residual.weights else np.ones(n)
    if (weight <= 0).any():
        raise AnalysisError(f"The weights in the column {residual.weights} must all be above 0.")
    if residual.over and residual.kind != "independent":
        _check_one_row_each_wave(residual, person, wave)
    known = [_of_component(frame, component) for component in components]
    links = [person, *(code for codes, _ in known for code in codes.T)]
    return Labels(
        components=tuple(components), residual=residual, person=person, level=level, wave=wave,
        weight=weight, levels=levels, waves=waves, codes=tuple(codes for codes, _ in known),
        factors=tuple(factors for _, factors in known), block=_blocks(frame, blocks, links),
        unstructured=_unstructured(levels, waves, residual),
    )


def _check(residual: Residual) -> None:
    """Every kind of residual has what it needs, and nothing it cannot use."""
    kinds = get_args(ResidualKind)
    if residual.kind not in kinds:
        raise AnalysisError(
            f"'{residual.kind}' is no kind of residual. Allowed: {', '.join(kinds)}.")
    repeated = residual.kind != "independent"
    by_wave = repeated and residual.kind != "compound_symmetry"
    if repeated and not residual.within:
        raise AnalysisError(f"A residual of kind {residual.kind} needs `within`: the column of the "
                            "person.")
    if by_wave and not residual.over:
        raise AnalysisError(f"A residual of kind {residual.kind} needs `over`: the column of the "
                            "wave.")
    if residual.weights and repeated:
        raise AnalysisError("Weights of the residual go with kind independent only.")
    if residual.shared and residual.kind != "unstructured":
        raise AnalysisError("Shared variances of the residual go with kind unstructured only.")


def _check_one_row_each_wave(residual: Residual, person: Integers, wave: Integers) -> None:
    twice = len(person) - len(np.unique(np.column_stack([person, wave]), axis=0))
    if twice:
        raise AnalysisError(
            f"{twice} rows repeat a {residual.within} and {residual.over}. A residual of kind "
            f"{residual.kind} needs one row each."
        )


def _levels(frame: pd.DataFrame, column: str | None) -> tuple[tuple[str, ...], Integers]:
    """The levels of a column that occur, in the order of its categories, and their codes."""
    if column is None:
        return ("",), np.zeros(len(frame), dtype="int64")
    values = frame[column]
    categories = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) \
        else sorted(values.unique())
    present = [value for value in categories if (values == value).any()]
    codes = pd.Categorical(values.astype("object"), categories=present).codes.astype("int64")
    return tuple(str(value) for value in present), codes


def _codes(frame: pd.DataFrame, columns: Sequence[str]) -> Integers:
    """A number for each combination of values; NONE where one is missing."""
    single = np.column_stack([pd.factorize(frame[name], sort=True)[0] for name in columns])
    if len(columns) == 1:
        return single[:, 0].astype("int64")
    found = np.unique(single, axis=0, return_inverse=True)[1].ravel()
    return np.where((single == NONE).any(axis=1), NONE, found)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    try:
        values = frame[column].to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError):
        raise AnalysisError(f"The column {column} must hold numbers.") from None
    if np.isinf(values).any():
        raise AnalysisError(f"The column {column} must hold finite numbers.")
    return values


def _of_component(frame: pd.DataFrame, component: Component) -> tuple[Integers, Floats]:
    """Codes and factors of one component; where a factor is 0 the row has no such effect."""
    if isinstance(component, RandomSlopes):
        factors = np.column_stack([
            np.ones(len(frame)) if name == "1" else _numbers(frame, name) for name in component.of])
        return _codes(frame, (component.by,))[:, None], factors
    if isinstance(component, RandomEffect):
        by = (component.by,) if isinstance(component.by, str) else component.by
        codes = _codes(frame, by)[:, None]
        factors = (_numbers(frame, component.times) if component.times
                   else np.ones(len(frame)))[:, None]
    else:
        codes, factors = _memberships(frame, component.groups, component.weights)
    factors = np.where(codes == NONE, 0.0, factors)
    return np.where(factors == 0, NONE, codes), factors


def _memberships(
    frame: pd.DataFrame, groups: Sequence[str], weights: Sequence[str]
) -> tuple[Integers, Floats]:
    """Several groups a row: one code for a group, whichever column names it."""
    if len(groups) != len(weights):
        raise AnalysisError(
            f"{len(groups)} columns of groups need as many columns of weights, not {len(weights)}.")
    names = pd.concat([frame[name].astype("object") for name in groups], ignore_index=True)
    codes = pd.factorize(names, sort=True)[0].astype("int64").reshape(len(groups), -1).T
    factors = np.column_stack([_numbers(frame, name) for name in weights])
    if np.isnan(factors[codes != NONE]).any():
        raise AnalysisError("Every group of a row needs its weight; some are missing.")
    return codes, factors


def _blocks(frame: pd.DataFrame, blocks: str | None, links: Sequence[Integers]) -> Integers:
    """Rows that share a person or the level of a random effect lie in one block."""
    found = _connected(links, len(frame))
    if blocks is None:
        return found
    given = _codes(frame, (blocks,))
    inside = pd.DataFrame({"given": given, "found": found}).groupby("found")["given"].nunique()
    if (inside > 1).any():
        raise AnalysisError(
            f"The column {blocks} cannot say the blocks: people or groups of the random part "
            "appear in several of them. Leave `blocks` out, and they are found."
        )
    return given


def _connected(links: Sequence[Integers], n: int) -> Integers:
    """Connected components of rows and levels, by scipy's graph routine."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, nodes, offset = [], [], n
    for codes in links:
        here = np.flatnonzero(codes != NONE)
        rows.append(here)
        nodes.append(offset + codes[here])
        offset += int(codes.max(initial=NONE)) + 1
    row, node = np.concatenate(rows), np.concatenate(nodes)
    graph = coo_matrix((np.ones(len(row)), (row, node)), shape=(offset, offset))
    component: Integers = connected_components(graph, directed=False)[1][:n].astype("int64")
    return component


def _unstructured(
    levels: Sequence[str], waves: Sequence[str], residual: Residual
) -> tuple[Covariance, ...]:
    if residual.kind != "unstructured":
        return ()
    made = []
    for i, j in pairs(len(waves)):
        of = waves[i] if i == j else f"{waves[j]}:{waves[i]}"
        if i == j and waves[i] in residual.shared:
            made.append(Covariance(name=f"residual {of}", level=None, i=i, j=j))
            continue
        for number, level in enumerate(levels):
            name = f"residual {level} {of}" if residual.by else f"residual {of}"
            made.append(Covariance(name=name, level=number, i=i, j=j))
    return tuple(made)
