"""Complementary suppression: nothing that was taken out can be worked out again.

Held against linear programs that are set up a second time here, and against counting through every
table of small whole numbers that fits what is shown.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from balint_research.reporting.cells.complement import bounds, taken_out

Cell = tuple[int, int]
Table = dict[Cell, float]


def margins(table: Table) -> list[list[Cell]]:
    """Every row, every column and the whole: all that a table with totals tells."""
    rows = sorted({row for row, _ in table})
    columns = sorted({column for _, column in table})
    return [*([cell for cell in table if cell[0] == row] for row in rows),
            *([cell for cell in table if cell[1] == column] for column in columns), list(table)]


def reach(
    table: Table, gone: set[Cell], sums: list[list[Cell]]
) -> dict[Cell, tuple[float, float]]:
    """Least and most of each cell, with every shown cell fixed: a program with all cells in it."""
    cells = list(table)
    known = np.array([[cell in one for cell in cells] for one in sums], dtype=float)
    total = known @ np.array([table[cell] for cell in cells])
    limits = [(0, None) if cell in gone else (table[cell], table[cell]) for cell in cells]
    spans = {}
    for cell in gone:
        aim = np.array([float(cell == other) for other in cells])
        ends = [linprog(sign * aim, A_eq=known, b_eq=total, bounds=limits) for sign in (1, -1)]
        assert all(end.status == 0 for end in ends)
        spans[cell] = (float(ends[0].fun or 0), -float(ends[1].fun or 0))
    return spans


def small_of(table: Table, k: int) -> set[Cell]:
    return {cell for cell, people in table.items() if 0 < people < k}


tables = st.integers(2, 4).flatmap(lambda columns: st.lists(
    st.lists(st.integers(0, 14), min_size=columns, max_size=columns), min_size=2, max_size=3))


@settings(max_examples=25, deadline=None)
@given(tables, st.sampled_from([3, 5, 11]))
def test_no_cell_of_a_table_with_its_margins_is_pinned_down(
    numbers: list[list[int]], k: int
) -> None:
    table: Table = {(i, j): float(n) for i, row in enumerate(numbers) for j, n in enumerate(row)}
    sums = margins(table)
    small = small_of(table, k)
    gone = taken_out(table, small, sums, k)
    assert small <= gone
    spans = reach(table, gone, sums)
    pinned = [cell for cell in gone if not wide(cell, spans[cell], small, k)]
    if pinned:   # then the totals alone tell it, whatever else is hidden
        at_most = reach(table, set(table), sums)
        assert [cell for cell in pinned if wide(cell, at_most[cell], small, k)] == []


def wide(cell: Cell, span: tuple[float, float], small: set[Cell], k: int) -> bool:
    low, high = span
    return (low <= 1e-6 and high >= k - 1e-6) if cell in small else high - low >= k - 1e-6


@settings(max_examples=30, deadline=None)
@given(tables, st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1))
def test_the_bounds_are_those_of_one_large_program(
    numbers: list[list[int]], gone: set[Cell]
) -> None:
    table: Table = {(i, j): float(n) for i, row in enumerate(numbers) for j, n in enumerate(row)}
    hidden = gone & set(table)
    ours, theirs = bounds(table, hidden, margins(table)), reach(table, hidden, margins(table))
    assert set(ours) == set(theirs)
    for cell in theirs:
        assert ours[cell] == pytest.approx(theirs[cell], abs=1e-6)


def test_every_table_that_fits_is_counted_through() -> None:
    """Two arms by three waves with all margins: each hidden cell takes every value from 0 to 3."""
    table: Table = {(0, 0): 2, (0, 1): 4, (0, 2): 3, (1, 0): 4, (1, 1): 3, (1, 2): 5}
    gone = taken_out(table, small_of(table, 3), margins(table), 3)
    assert (0, 0) in gone
    seen: dict[Cell, set[int]] = {cell: set() for cell in gone}
    for a, b in product(range(10), repeat=2):   # two cells and the margins give the other four
        first = (a, b, 9 - a - b)
        tried = dict(zip(table, (*first, 6 - a, 7 - b, 8 - first[2]), strict=True))
        if min(tried.values()) >= 0 and all(tried[c] == table[c] for c in table if c not in gone):
            for cell in gone:
                seen[cell].add(tried[cell])
    assert seen[(0, 0)] >= {0, 1, 2, 3}
    assert all(max(values) - min(values) >= 3 for values in seen.values())


@pytest.mark.parametrize(("sizes", "gone"), [
    ((8, 8, 8, 8, 8), ""), ((10, 10, 10, 7, 3), "de"), ((4, 4), "ab"), ((4, 1, 20, 9), "ab"),
    ((2, 1, 20, 9), "abd"), ((3,), "a"), ((6, 0, 4), "ac"),
])
def test_the_groups_of_an_arm(sizes: tuple[int, ...], gone: str) -> None:
    groups = dict(zip("abcdef", map(float, sizes), strict=False))
    small = {name for name, people in groups.items() if 0 < people < 5}
    assert taken_out(groups, small, [list(groups)], 5) == set(gone)


def test_a_known_total_below_the_smallest_cell_leaves_its_parts_open() -> None:
    """Two people without a score are told in any case; why they have none is not."""
    parts = {"too few": 2.0, "empty": 0.0}
    assert taken_out(parts, {"too few"}, [list(parts)], 5) == {"too few", "empty"}
    assert bounds(parts, parts, [list(parts)]) == {"too few": (0, 2), "empty": (0, 2)}


def test_what_belongs_to_no_total_needs_nothing_else() -> None:
    assert taken_out({"a": 3.0, "b": 9.0}, {"a"}, [], 5) == {"a"}
    assert bounds({"a": 3.0}, {"a"}, []) == {"a": (0.0, np.inf)}
