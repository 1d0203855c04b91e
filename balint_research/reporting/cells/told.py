"""What a report does not show and why, for readers who run programmes and not statistics."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from balint_research.reporting.format import counted, label, listed

if TYPE_CHECKING:
    from balint_research.reporting.small_cells import Shown

TABLES = {
    "reliability": "reliability", "items": "columns and items",
    "sensitivity": "primary result without doubtful forms or links", "links": "links",
    "linked": "linked people and others", "reasons": "reasons of missing answers",
    "groups": "groups", "alternatives": "other analyses",
}
BY_ARM = {
    "flow": "people and groups", "attendance": "attendance", "completeness": "completeness",
    "descriptives": "scores by arm and wave", "change": "change within arms",
    "comparison": "comparison of arms",
}


def suppressed(safe: "Shown") -> tuple[str, ...]:
    """One phrase a table from which something was taken out: how many rows, of which arms."""
    told = [f"{words}: {counted(int(getattr(safe, name)['suppressed'].sum()), 'row')}"
            for name, words in TABLES.items() if getattr(safe, name)["suppressed"].any()]
    for name, words in BY_ARM.items():
        frame = getattr(safe, name)
        rows = frame.loc[frame["suppressed"].astype(bool)]
        if not rows.empty:
            arms = listed([label(arm) for arm in rows["arm"].drop_duplicates()])
            told.append(f"{words}: {counted(len(rows), 'row')} ({arms})")
    few = ["floor_share_suppressed", "ceiling_share_suppressed"]
    shares = int((safe.descriptives[few].any(axis=1) & ~safe.descriptives["suppressed"]).sum())
    if shares:
        told.append(f"shares at the end of a scale: {counted(shares, 'row')}")
    return tuple(told)


def why(safe: "Shown", undrawn: bool, moved: bool, corrected: list[str]) -> tuple[str, ...]:
    """The rules that took something out of this report, each in plain words."""
    return tuple(_why(safe, undrawn, moved, corrected))


def _why(safe: "Shown", undrawn: bool, moved: bool, corrected: list[str]) -> Iterator[str]:
    k = safe.smallest_cell
    if safe.suppressed:
        yield (f"Nothing is told of fewer than {k} people. In a programme, readers know each other "
               "and would recognise a person in a small number.")
        yield ("Where a small number would follow from a total and the numbers beside it, the next "
               "smallest is hidden as well; and a result goes with the cell that it would give "
               "back.")
    yield from _shares_and_quartiles(safe.descriptives, k)
    if safe.descriptives["both_waves"].any():
        yield (f"Where fewer than {k} people answered at one of two waves only, scores are "
               "described of those who answered at both: from the mean of all and the change of "
               "the others, the answers of these few would follow.")
    if (safe.change["suppressed"] & safe.change["n"].notna()).any():
        yield (f"A change is not shown where it would give away fewer than {k} people who missed "
               "that wave, or where everybody changed by the same amount.")
    if undrawn:
        yield from _undrawn(safe)
    if moved:
        yield (f"An earlier report told of the same people with fewer than {k} more or fewer. The "
               "difference of both reports would be their answers, so the new numbers are not "
               "shown.")
    if corrected:
        yield ("As many people as in an earlier report, but other numbers: somebody was replaced, "
               f"or answers were corrected (tables {listed(corrected)}). Who knows of whom may "
               "learn their answers from both reports.")
    if safe.public:
        yield ("This is the public version: it shows no line and no number of a single person, no "
               "answers to single questions, and what was noticed in the files is left to the "
               f"team. A cell needs {k} people, as usual for data that anybody may read.")


def _shares_and_quartiles(table: pd.DataFrame, k: int) -> Iterator[str]:
    """Shares and order statistics, where rows that are shown lack them."""
    shown = table[table["n"].notna() & (table["n"] > 0)]
    if shown[["floor_share_suppressed", "ceiling_share_suppressed"]].any(axis=None):
        yield (f"A share is shown where at least {k} people stand on either side of it, or nobody "
               f"on one side among {2 * k} people or more: in a small group, 0 % and 100 % tell "
               "something of every single one.")
    if shown[["median", "q1"]].isna().any(axis=None):
        yield (f"A median is shown from {2 * k} people on and quartiles from {4 * k} on: of fewer, "
               "they are the scores of one or two of them.")


def _undrawn(safe: "Shown") -> Iterator[str]:
    """Lines that figures do not draw."""
    if not safe.public:
        yield (f"Figures draw no line of people whose waves fewer than {safe.smallest_cell} "
               "people share, and leave out further lines so that these few cannot be counted "
               "back.")
