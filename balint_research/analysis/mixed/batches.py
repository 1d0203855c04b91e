"""Rows gathered into blocks, and blocks of similar size into batches with their known matrices."""

from typing import Any

import numpy as np

from balint_research.analysis.mixed.labels import NONE, Labels
from balint_research.analysis.mixed.likelihood import Batch, Floats, Integers
from balint_research.analysis.mixed.parts import pairs
from balint_research.analysis.mixed.terms import RandomSlopes

Booleans = np.ndarray[Any, np.dtype[np.bool_]]

# Blocks up to each of these sizes lie in one array, filled up to the largest of them: for small
# matrices few large steps are quicker than many small ones.
LADDER = (4, 12, 24, 40, 64, 96, 128)
PERSON, LEVEL, WAVE, WEIGHT, OWN = range(5)   # columns of the features; components from OWN on


def batches(labels: Labels) -> tuple[Batch, ...]:
    """All blocks, gathered by size."""
    order = np.lexsort((labels.wave, labels.person, labels.block))
    block = labels.block[order]
    features = _features(labels, order, block)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    sizes = np.diff(np.append(starts, len(block)))
    rung = np.array([next((r for r in LADDER if r >= size), size) for size in sizes])
    made = []
    for capacity in np.unique(rung):
        own = np.flatnonzero(rung == capacity)
        row = np.arange(int(sizes[own].max()))
        there = row < sizes[own][:, None]
        place = np.where(there, starts[own][:, None] + row, 0)
        made.append(_batch(labels, features[place], there, np.where(there, order[place], -1)))
    return tuple(made)


def number_of_matrices(labels: Labels) -> int:
    """How many known matrices a model has: components first, then the residual."""
    waves, levels = len(labels.waves), len(labels.levels)
    each = {"independent": 1, "compound_symmetry": 2, "ar1": waves,
            "heterogeneous_compound_symmetry": len(pairs(waves)), "unstructured": 0}
    residual = levels * each[labels.residual.kind] + len(labels.unstructured)
    return residual + sum(
        len(pairs(len(own.of))) if isinstance(own, RandomSlopes) else 1
        for own in labels.components)


def _features(labels: Labels, order: Integers, block: Integers) -> Floats:
    """One row of numbers for each row of data; equal features of two blocks mean an equal V.

    People and groups are numbered anew within each block, for their names do not matter.
    """
    columns: list[Any] = [_renumbered(labels.person[order], block), labels.level[order],
                          labels.wave[order], labels.weight[order]]
    for codes, factors in zip(labels.codes, labels.factors, strict=True):
        # the columns of one component name the same groups: numbered together
        together = _renumbered(codes[order].T.ravel(), np.tile(block, codes.shape[1]))
        columns += [*together.reshape(codes.shape[1], -1), *factors[order].T]
    return np.column_stack(columns).astype("float64")


def _renumbered(codes: Integers, block: Integers) -> Integers:
    """Codes as 0, 1, 2 ... within each block, in their order; NONE stays."""
    width = int(codes.max(initial=0)) + 2   # one number for block and code: quicker than two
    found, which = np.unique(block * width + codes + 1, return_inverse=True)
    of_block, code = np.divmod(found, width)
    named = code != NONE + 1
    count = np.cumsum(named)
    before = np.where(np.diff(of_block, prepend=-1) != 0, count - named, 0)
    number = count - 1 - np.maximum.accumulate(before)
    return np.where(named, number, NONE)[which]


def _batch(labels: Labels, features: Floats, there: Booleans, rows: Integers) -> Batch:
    """Blocks of one size; those with the same features share their matrices."""
    signature = np.ascontiguousarray(
        np.where(there[..., None], features, np.nan).reshape(len(features), -1))
    _, first, which = np.unique(
        signature.view(f"V{signature.shape[1] * signature.itemsize}").ravel(),
        return_index=True, return_inverse=True)
    if len(first) == len(features):   # no pattern occurs twice: the order of the blocks serves
        first = which = np.arange(len(features))
    matrices = _matrices(labels, features[first], there[first])
    active = np.flatnonzero(np.abs(matrices).reshape(len(matrices), -1).max(axis=1) > 0)
    filling = np.eye(there.shape[1]) * ~there[first][:, :, None]
    return Batch(rows=rows, which=which, matrices=matrices[active], active=active, filling=filling,
                 blocks=np.bincount(which, minlength=len(first)).astype("float64"))


def _matrices(labels: Labels, features: Floats, there: Booleans) -> Floats:
    """The known matrices of every pattern (m x u x n x n)."""
    both = there[:, :, None] & there[:, None, :]
    found: list[Any] = []
    column = OWN
    for component, codes, factors in zip(
        labels.components, labels.codes, labels.factors, strict=True
    ):
        code = features[..., column:column + codes.shape[1]]
        column += codes.shape[1]
        factor = features[..., column:column + factors.shape[1]]
        column += factors.shape[1]
        if isinstance(component, RandomSlopes):
            found += _of_slopes(code[..., 0], factor, both)
        else:
            found.append(_of_effect(code, factor, both))
    found += _of_residual(labels, features, both)
    return np.stack(found).astype("float64")


def _of_slopes(code: Floats, factor: Floats, both: Booleans) -> list[Floats]:
    same = _same(code, code) & both
    found = []
    for i, j in pairs(factor.shape[-1]):
        product = factor[..., i][:, :, None] * factor[..., j][:, None, :]
        found.append(np.where(same, product if i == j else product + np.swapaxes(product, 1, 2),
                              0.0))
    return found


def _of_effect(code: Floats, factor: Floats, both: Booleans) -> Floats:
    """Sum over the memberships of two rows that name the same group."""
    matrix = np.zeros(both.shape)
    for i in range(code.shape[-1]):
        for j in range(code.shape[-1]):
            product = factor[..., i][:, :, None] * factor[..., j][:, None, :]
            matrix += np.where(_same(code[..., i], code[..., j]) & both, product, 0.0)
    return matrix


def _of_residual(labels: Labels, features: Floats, both: Booleans) -> list[Any]:
    person, level, wave = (features[..., i] for i in (PERSON, LEVEL, WAVE))
    mine = _same(person, person) & _same(level, level) & both
    diagonal = np.eye(both.shape[-1], dtype=bool) & both
    first, second = wave[:, :, None], wave[:, None, :]
    kind, waves = labels.residual.kind, len(labels.waves)
    found: list[Any] = []
    for number in range(len(labels.levels)):
        here = (level == number)[:, :, None]
        if kind == "independent":
            found.append(np.where(diagonal & here, 1 / features[..., WEIGHT][:, :, None], 0.0))
        elif kind == "compound_symmetry":
            found += [diagonal & here, mine & here & ~diagonal]
        elif kind == "ar1":
            found += [mine & here & (np.abs(first - second) == lag) for lag in range(waves)]
        elif kind == "heterogeneous_compound_symmetry":
            found += [mine & here & _entry(first, second, i, j) for i, j in pairs(waves)]
    for entry in labels.unstructured:
        here = True if entry.level is None else (level == entry.level)[:, :, None]
        found.append(mine & here & _entry(first, second, entry.i, entry.j))
    return found


def _entry(first: Floats, second: Floats, i: int, j: int) -> Booleans:
    return np.asarray(((first == i) & (second == j)) | ((first == j) & (second == i)))


def _same(one: Floats, other: Floats) -> Booleans:
    return np.asarray((one[:, :, None] == other[:, None, :]) & (one[:, :, None] != NONE))
