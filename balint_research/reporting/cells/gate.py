"""The rule of one report: how many people a cell needs, and what earlier reports have told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from balint_research.files import harmless_cell

# What names a cell of each table, and which of its columns count people.
CELLS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "flow": (("arm", "wave"), ("people", "asked", "answered")),
    "attendance": (("arm", "group"), ("people",)),
    "completeness": (("instrument", "scale", "arm", "wave"),
                     ("answered", "scored", "complete", "prorated", "too_few", "empty")),
    "descriptives": (("instrument", "scale", "arm", "wave"), ("n_asked", "n")),
    "change": (("instrument", "scale", "arm", "wave"), ("n_asked", "n")),
    "comparison": (("instrument", "scale", "arm", "wave"), ("n_asked", "n")),
    "groups": (("instrument", "scale", "arm", "wave"), ("people",)),
    "alternatives": (("analysis", "instrument", "scale", "arm", "wave"), ("n_asked", "n")),
    "sensitivity": (("analysis", "instrument", "scale", "arm", "wave"), ("flagged", "n")),
    "reasons": (("instrument", "wave", "reason"), ("people",)),
    "links": (("wave", "how"), ("people",)),
    "linked": (("instrument", "scale"), ("n_linked", "n_single")),
    "reliability": (("instrument", "scale", "wave"), ("n", "n_rows")),
    "items": (("instrument", "item", "scale"), ("n",)),
}
Place = tuple[str, ...]
SAME = 1e-6   # of a number: one that was written and read again is still the same


@dataclass(frozen=True, kw_only=True)
class Gate:
    """`smallest` people a cell; `earlier` reports of the same study, their tables by name."""

    smallest: int
    public: bool = False
    earlier: tuple[Mapping[str, pd.DataFrame], ...] = ()

    def few(self, people: "pd.Series[float]") -> pd.Series:
        """True for 1 to k - 1 people; nobody is not a small cell."""
        numbers = people.astype(float)
        return ((numbers > 0) & (numbers < self.smallest)).astype(bool)

    def moved(self, table: str, frame: pd.DataFrame, columns: Sequence[str] = ()) -> pd.Series:
        """True where an earlier report told of the same cell with a few people more or fewer."""
        key, counts = CELLS[table]
        found = pd.Series(False, index=frame.index)
        for tables in self.earlier:
            if table not in tables or frame.empty:
                continue
            then = before(tables[table], frame, key)
            for column in columns or counts:
                if column in then and column in frame:
                    found |= self.few((frame[column].astype(float) - then[column]).abs())
        return found


def others_of_same_number(
    earlier: pd.DataFrame, now: pd.DataFrame, table: str
) -> "pd.Series[bool]":
    """Rows with as many people as before and other numbers: somebody else, or other answers."""
    key, counts = CELLS[table]
    then = before(earlier, now, key)
    numbers = [column for column in now.select_dtypes("number") if column in then
               and column not in (*counts, *key)]
    same = pd.Series(True, index=now.index)
    for column in counts:
        if column in then and column in now:
            same &= now[column].astype(float) == then[column]
    one, other = now[numbers].astype(float), then[numbers]
    return same & ((one - other).abs() > SAME * (1 + other.abs())).any(axis=1)


def before(earlier: pd.DataFrame, now: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The numbers of an earlier table in the rows of this one; missing where it has no such row."""
    told = earlier.drop_duplicates(list(key))
    numbers = told.select_dtypes("number").set_axis(
        pd.MultiIndex.from_tuples(places(told, key)))
    # a table of ours was written with texts that no spreadsheet runs as a formula
    rows = [tuple(map(harmless_cell, one)) for one in places(now, key)]
    return numbers.reindex(pd.MultiIndex.from_tuples(rows)).set_axis(now.index).astype(float)


def places(rows: pd.DataFrame, key: Sequence[str]) -> list[Place]:
    """The name of the cell of every row as text, missing parts alike."""
    columns = [rows[name].astype(object).where(rows[name].notna(), "").map(str) for name in key]
    return list(zip(*columns, strict=True)) if len(rows) else []


def without(frame: pd.DataFrame, rows: "pd.Series[bool]", columns: Sequence[str]) -> pd.DataFrame:
    """A copy with `columns` missing in `rows`, and the rows marked as suppressed as well."""
    taken = frame.copy()
    present = [column for column in columns if column in frame]
    if not frame.empty:
        taken[present] = taken[present].astype(object).mask(rows).infer_objects()
    already = frame.get("suppressed", False)
    return taken.assign(suppressed=rows.astype(bool) | already)
