"""A table as it is read: cells as text, what is hidden and why, footnotes; and as great-tables."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import pandas as pd

from balint_research.analysis.words import FITTED_ON
from balint_research.reporting import format as to
from balint_research.reporting.small_cells import Shown

if TYPE_CHECKING:
    from great_tables import GT


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A table as it is read: every cell is text, nothing is left to round.

    Attributes
    ----------
    name : file name without ending. title : what the table shows, as a caption.
    head, rows : column names and cells. texts : how many leading columns hold words.
    notes : footnotes.
    """

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1
    notes: tuple[str, ...] = ()


def great_table(text: TextTable) -> "GT":
    """A `TextTable` as a great-tables table: words left, numbers right, notes below."""
    from great_tables import GT

    frame = pd.DataFrame(list(text.rows), columns=list(text.head), dtype=object)
    words = list(text.head[: text.texts])
    table = GT(frame).tab_header(title=text.title).cols_align("left", columns=words)
    table = table.cols_align("right", columns=list(text.head[text.texts :]))
    for note in text.notes:
        table = table.tab_source_note(note)
    return table


def rows_of(
    frame: pd.DataFrame, cells: Callable[[Any], tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """The cells of every row."""
    return tuple(cells(row) for row in to.records(frame))


def people(value: Any, row: Any, hidden: str) -> str:
    """A number of people, or why it is not there."""
    return hidden if row.suppressed and to.is_missing(value) else to.count(value)


def hidden_note(frame: pd.DataFrame, safe: Shown) -> tuple[str, ...]:
    """The footnote that says what was taken out, where something was."""
    if not frame["suppressed"].any():
        return ()
    k = safe.smallest_cell
    if safe.earlier:
        return withheld_note(frame, "fewer than {} people", safe)
    return (f"{safe.few}: cells of fewer than {k} people are not shown.",)


def withheld_note(frame: pd.DataFrame, what: str, safe: Shown) -> tuple[str, ...]:
    """The same where a number went that is not small itself."""
    if not frame["suppressed"].any():
        return ()
    before = ", or so many more or fewer than in an earlier report" if safe.earlier else ""
    return (f"{to.WITHHELD}: {what.format(safe.smallest_cell)}{before}.",)


def footnotes(notes: Iterable[Any]) -> tuple[list[str], dict[str, str]]:
    """The sentences that hold for every row, and a letter for each of the others."""
    rows = [_sentences(note) for note in notes]
    different = list(dict.fromkeys(sentence for row in rows for sentence in row))
    common = [sentence for sentence in different if all(sentence in row for row in rows)]
    rest = [sentence for sentence in different if sentence not in common]
    return common, dict(zip(rest, _letters(), strict=False))


def _letters() -> Iterator[str]:
    """a to z, then aa to zz."""
    yield from ascii_lowercase
    yield from (one + other for one in ascii_lowercase for other in ascii_lowercase)


def _sentences(note: Any) -> list[str]:
    """The sentences of a note, but for the number of people, which has a column of its own."""
    if to.is_missing(note):
        return []
    return [sentence for sentence in re.split(r"(?<=\.) (?=[A-Z0-9])", note)
            if not sentence.startswith(FITTED_ON)]


def marks(note: Any, letters: dict[str, str]) -> str:
    """The letters of a row's notes, after its number."""
    found = [letters[sentence] for sentence in _sentences(note) if sentence in letters]
    return f" {','.join(found)}" if found else ""
