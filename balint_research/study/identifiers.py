"""Columns that name a person or hold what people wrote, told by their names and their cells.

No model and no network: the looks of `identify/`, the library `phonenumbers` and the standard
library. Item columns are not looked at by content.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.findings import found
from balint_research.study.identify.by_name import is_something_else, kind_by_name, words_of
from balint_research.study.identify.people import is_full_name, labels, people
from balint_research.study.identify.places import are_decimals, latitude_and_longitude
from balint_research.study.identify.sentences import written
from balint_research.study.looks import BY_CONTENT
from balint_research.study.read.table import NO_ANSWER

# Words in a column's name that say of what day it is, when it is not the day of birth.
OTHER_DAYS = frozenset((
    "survey", "wave", "start", "started", "begin", "end", "ended", "graduation", "graduated",
    "licence", "license", "session", "visit", "interview", "recorded", "submitted", "completed",
    "consent", "entry", "enrolment", "enrollment", "response", "assessment", "approbation",
    "qualified", "qualification", "hired", "employed", "joined", "registered", "registration",
    "degree", "exam", "since", "allocated", "answered", "held", "randomised", "randomized",
))
# Words in a column's name that say that its capitalised words are no people.
NO_PEOPLE = frozenset((
    "site", "hospital", "clinic", "school", "university", "college", "practice", "department",
    "ward", "room", "place", "city", "country", "region", "topic", "theme", "title", "session",
    "specialty", "speciality", "role", "profession", "position", "degree", "language", "mode",
    "programme", "program", "event",
))
NO_TELEPHONES = frozenset(("id", "seed", "token", "code", "timestamp"))
SHORT_CODE = r"[A-Za-z]{0,2}\d{1,4}"  # names nobody: no telephone, no date, no place is so short


@dataclass(frozen=True)
class _Column:
    """A column without its empty cells: its distinct values, and which of them each row holds."""

    name: str
    distinct: pd.Series  # text; the index counts them
    held: pd.Series      # number of the value, by the row of the frame

    @property
    def cells(self) -> pd.Series:
        """The filled cells, by the row of the frame."""
        return self.held.map(self.distinct)

    def rows_of(self, hits: pd.Series) -> pd.Series:
        """The rows that hold one of the values that were hit."""
        return self.held[self.held.isin(self.distinct.index[hits.to_numpy(dtype=bool)])]


def find_identifiers(
    frame: pd.DataFrame, file: str | None = None, *,
    items: Collection[str] = (), ids: Collection[str] = (), persons: Collection[str] = (),
    named: bool = True,
) -> list[Issue]:
    """Direct identifiers in a frame.

    Names, e-mail, postal and IP addresses, telephone numbers, coordinates, birth dates, addresses
    of records on the web, licence, insurance and device numbers.

    Parameters
    ----------
    frame : any frame; its index is given as the row numbers of the Issues.
    file : how the Issues name the file.
    items : item columns, which are not looked at.
    ids : columns of participant, session or group ids; runs of digits there are no telephone, and
        a name within a label ("Dr Miller's group") is one too many.
    persons : of these, the columns whose cells stand for people (participant, leaders, rater):
        there a single full name is one too many.
    named : False where line 1 may hold cells instead of names: columns are told by their number.

    Returns
    -------
    one Issue a column (rule ``direct_identifier``, severity ``stop``), never with a cell. Empty
    columns are no identifiers. Birth years, and coordinates near the equator in two columns, are
    only found by the column's name; names in sentences are free text (`find_free_text`).

    Notes
    -----
    Called by `read_data` for every file of a study, also for the columns that are not used, and by
    everything that goes further (`link_waves`, releases). Checked against the example numbers that
    `phonenumbers` has for every country, and against check digits computed a second time.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["01"], "E-Mail": ["x@example.org"], "group_name": ["A"]})
    >>> print(find_identifiers(frame)[0].sentence)
    The column is named like a column of e-mail addresses. Delete the column from the file, or \
code it; what names a person must not go further.
    """
    issues: dict[int, Issue] = {}
    columns = dict(_columns(frame, items))
    for position, column in columns.items():
        kind = kind_by_name(column.name)
        if kind and not is_something_else(kind, column.cells):
            issues[position] = _issue(f"named like a column of {kind}", file, column, column.held)
        elif not column.distinct.str.fullmatch(SHORT_CODE).all():
            for issue in _by_content(column, frame, file, ids, persons):
                issues[position] = _told_by_number(issue, position, named)
    for position in _coordinates(columns, set(issues)):
        column = columns[position]
        issue = _issue("holds coordinates, with the column beside it", file, column, column.held)
        issues[position] = _told_by_number(issue, position, named)
    return [issues[position] for position in sorted(issues)]


def find_free_text(
    frame: pd.DataFrame, file: str | None = None, *,
    items: Collection[str] = (), ids: Collection[str] = (), persons: Collection[str] = (),
    named: bool = True,
) -> list[Issue]:
    """Columns with what people wrote in their own words; what is said in the group stays there.

    Parameters
    ----------
    frame, file, items, named : as in `find_identifiers`.
    ids, persons : columns of ids, which are not looked at.

    Returns
    -------
    one Issue a column (rule ``free_text``, severity ``warn``) with the number of cells, never with
    a cell. A cell is free text if it is a sentence (five words or more, or three with a full stop,
    most of them without a capital). A column is, if at least three sentences are there and people
    rarely share one; in a column whose name asks for words (comment, topic, other ...) one is
    enough, and two words are for a topic. A title with a name in a text is always free text.
    Labels, however long, are shared by many people; names of places are capitalised.

    Notes
    -----
    Called for every file of a study by `balint_research.study.sources`, and for everything that
    goes further.

    Examples
    --------
    >>> frame = pd.DataFrame({"comment": ["It was hard to hear him cry.", None]}, index=[2, 3])
    >>> print(find_free_text(frame, "responses.csv")[0])
    responses.csv, column 'comment', row 2: The column holds 1 cell of free text. Nothing, if the \
file stays with the team; leave the column out before it goes further: what is said in the group \
stays in the group. [free_text]
    """
    issues = []
    for position, column in _columns(frame, {*items, *ids, *persons}):
        words = frozenset(words_of(column.name))
        hits = written(column.distinct, words, len(_once(column, frame, ids)))
        if hits.any():
            rows = column.rows_of(hits)
            issue = found("free_text", file=file, column=column.name, count=len(rows),
                          rows=_lines(rows))
            issues.append(_told_by_number(issue, position, named))
    return issues


def _columns(frame: pd.DataFrame, without: Collection[str]) -> Iterator[tuple[int, _Column]]:
    """The columns with anything in them, by their place."""
    for position, (name, cells) in enumerate(frame.items(), 1):
        if name in without:
            continue
        codes, distinct = pd.factorize(cells)
        texts = [str(cell).strip() for cell in distinct]
        filled = [place for place, text in enumerate(texts) if text and text not in NO_ANSWER]
        if filled:
            values = pd.Series([texts[place] for place in filled], index=filled, dtype=object)
            rows = np.isin(codes, filled)
            held = pd.Series(codes[rows], index=cells.index[rows])
            yield position, _Column(str(name), values, held)


def _once(column: _Column, frame: pd.DataFrame, ids: Collection[str]) -> pd.Series:
    """The values that are held, where a person's repeated value counts once."""
    person = next(iter(ids), None)
    if person not in frame.columns:
        return column.held
    of = frame[person].loc[column.held.index]
    return column.held[~pd.DataFrame({"held": column.held, "of": of}).duplicated().to_numpy()]


def _differ_between_people(column: _Column, frame: pd.DataFrame, ids: Collection[str]) -> bool:
    """More than half of the cells are distinct."""
    once = _once(column, frame, ids)
    return bool(once.nunique() > len(once) / 2)


def _by_content(
    column: _Column, frame: pd.DataFrame, file: str | None,
    ids: Collection[str], persons: Collection[str],
) -> Iterator[Issue]:
    """The first kind of identifier that the column holds."""
    words, name = set(words_of(column.name)), column.name
    varied = _differ_between_people(column, frame, ids)
    other = {"birth dates": OTHER_DAYS, "names": NO_PEOPLE} if name not in persons else {}
    looks = dict(BY_CONTENT)
    if name in ids:
        looks["names"] = people if name in persons else labels
    for kind, look in looks.items():
        if words.intersection(other.get(kind, ())) and looks["names"] is not labels:
            continue
        hits = look(column.distinct, varied).astype(bool)
        if kind == "telephone numbers" and (name in ids or words.intersection(NO_TELEPHONES)):
            hits &= column.distinct.str.startswith("+")
        if hits.any():
            rows = column.rows_of(hits)
            verb = "looks" if len(rows) == 1 else "look"
            why = ("holds" if len(rows) == len(column.held)
                   else f"has {number_of(len(rows), 'cell')} that {verb} like")
            yield _issue(f"{why} {kind}", file, column, rows)
            return


def _coordinates(columns: dict[int, _Column], told: Collection[int]) -> Iterator[int]:
    """Neighbouring columns that are latitudes and longitudes."""
    likely = {position: column.cells for position, column in columns.items()
              if position not in told and are_decimals(column.distinct)}
    for position, cells in likely.items():
        beside = likely.get(position + 1)
        if beside is not None and (latitude_and_longitude(cells, beside)
                                   or latitude_and_longitude(beside, cells)):
            yield from (position, position + 1)


def _issue(why: str, file: str | None, column: _Column, rows: pd.Series) -> Issue:
    verb = "is " if why.startswith("named") else ""
    return found("direct_identifier", file=file, column=column.name, rows=_lines(rows),
                 count=len(rows), why=f"The column {verb}{why}")


def _lines(rows: pd.Series) -> list[int]:
    return [int(line) for line in rows.index if isinstance(line, int)]


def _told_by_number(issue: Issue, position: int, named: bool) -> Issue:
    """A quotation mark left open makes names of many cells: such a name is not shown."""
    is_a_name = named and "\n" not in str(issue.column) and not _shows_a_person(str(issue.column))
    return issue if is_a_name else replace(issue, column=f"number {position}")


def _shows_a_person(text: str) -> bool:
    one = pd.Series([text])
    return is_full_name(text) or any(look(one, True).any() for look in BY_CONTENT.values())
