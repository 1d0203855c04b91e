"""Everything that does not go: each column, table and row of the study, and why."""

from collections.abc import Iterator

import pandas as pd

from balint_research.errors import number_of
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.choose import Choice
from balint_research.study.privacy.known import ATTENDANCE, WAVES
from balint_research.study.release.frames import item_columns
from balint_research.study.study import Study

COLUMNS = ("table", "what", "reason", "number")
NO_NUMBER = ""

TABLES = {
    "memberships": "group members know who moved to which group",
    "attendance": "group members know who missed which evening",
    "missing_reasons": "why somebody did not answer stays with the team; its codes become missing "
                       "values",
    "links": "how codes were linked stays with the team",
    "weeks": "dates stay with the team; whole weeks since a person's own baseline go with the "
             "answers where they single nobody out",
}
SESSIONS = "the groups are not told as they are, and sessions would tell them"


def left_out(study: Study, data: StudyData, choice: Choice) -> pd.DataFrame:
    """What does not go: ``table what reason number``, all text.

    `number` is told of people and of rows that were not used, and never one below k. How many rows
    a table has is not told: of two releases it would tell how often somebody came.
    """
    rows = [*_tables(data, choice), *_columns_of_people(study, data, choice),
            *_columns_of_answers(study, data), *_columns_of_sessions(data, choice),
            *_people(choice), *_rows_before(data, choice.k)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def at_least(count: int, k: int) -> str:
    """A number of people, or that it is smaller than may be told.

    Examples
    --------
    >>> at_least(3, 5), at_least(5, 5), at_least(0, 5)
    ('fewer than 5', '5', '0')
    """
    return f"fewer than {k}" if 0 < count < k else str(count)


def _tables(data: StudyData, choice: Choice) -> Iterator[tuple[str, ...]]:
    for name, why in TABLES.items():
        if len(getattr(data, name)):
            yield name, "the whole table", why, NO_NUMBER
    if len(data.sessions) and choice.levels.get("group") != 0:
        yield "sessions", "the whole table", SESSIONS, NO_NUMBER


def _columns_of_people(
    study: Study, data: StudyData, choice: Choice
) -> Iterator[tuple[str, ...]]:
    yield "participants", "column 'participant'", "replaced by a new random number", NO_NUMBER
    for column, step in choice.levels.items():
        if step is None:
            yield ("participants", f"column '{column}'", "no step declared for it leaves at least "
                   f"{choice.k} people who share what is known of them", NO_NUMBER)
    going = {"participant", "arm", "group", *choice.levels, *study.privacy.harmless}
    for column in data.participants.columns:
        if column not in going:
            yield ("participants", f"column '{column}'", "[privacy] declares it neither as a "
                   "quasi-identifier nor as harmless", NO_NUMBER)
    if {ATTENDANCE, WAVES}.isdisjoint(choice.levels) and len(data.attendance):
        yield ("participants", "how often people came", "[privacy] does not name `attendance` "
               "among the quasi-identifiers", NO_NUMBER)


def _columns_of_answers(study: Study, data: StudyData) -> Iterator[tuple[str, ...]]:
    going = {"participant", "wave", "rater", *item_columns(study, data.responses)}
    for column in data.responses.columns:
        if column not in going:
            yield ("responses", f"column '{column}'", "no answer to an item: the time that a form "
                   "took may tell who filled it in", NO_NUMBER)
    yield ("responses", "columns that are no items", "the study does not use them: free text, "
           "times and notes never go", NO_NUMBER)
    if (data.responses["rater"] != "self").any():
        yield ("responses", "ids of raters", "replaced by numbers within each person", NO_NUMBER)


def _columns_of_sessions(data: StudyData, choice: Choice) -> Iterator[tuple[str, ...]]:
    if len(data.sessions) and choice.levels.get("group") == 0:
        yield ("sessions", "columns 'session' and 'leaders'", "replaced by new numbers", NO_NUMBER)
        yield ("sessions", "dates and topics", "what is said in a group stays in it", NO_NUMBER)


def _people(choice: Choice) -> Iterator[tuple[str, ...]]:
    if choice.left_out:
        fewer = number_of(choice.k, "person", "people")
        new = (", or are in no earlier release and too few to be told apart from those who are"
               if choice.new_left_out else "")
        yield ("all", "people", "they would have shared what is known of them with fewer than "
               f"{fewer}{new}", at_least(len(choice.left_out), choice.k))


def _rows_before(data: StudyData, k: int) -> Iterator[tuple[str, ...]]:
    """Rows that no analysis uses either, by the reason told when the files were read."""
    told = data.left_out.astype({"rows": "int64"})
    for table, reason, rows in zip(told["table"], told["reason"], told["rows"], strict=True):
        yield table, "rows", f"not used in the study: {reason}", _rows(rows, k)


def _rows(count: int, k: int) -> str:
    told = at_least(count, k)
    return f"{told} rows"
