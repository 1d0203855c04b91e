"""People between the tables: ids that must be known, and written alike everywhere."""

from collections.abc import Iterator

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.findings import found


def people_words(count: int) -> dict[str, str]:
    """The words of an issue about people."""
    return {"people": number_of(count, "person", "people"),
            "have_people": "has" if count == 1 else "have",
            "are_people": "is" if count == 1 else "are"}


def unknown_people(
    rows: pd.DataFrame, file: str, known: pd.Series, table: str
) -> Iterator[Issue]:
    """Rows of people who are not in the participants file."""
    strangers = rows[~rows["participant"].isin(known)]
    if not strangers.empty:
        yield found("unknown_participant", file=file, column="participant", rows=strangers.index,
                    count=len(strangers), table=table,
                    evidence=written_otherwise(strangers, known),
                    words=people_words(strangers["participant"].nunique()))


def written_otherwise(strangers: pd.DataFrame, known: pd.Series) -> str | None:
    """How many would be found if ids were compared without case, leading zeros and a final .0."""
    ids = strangers["participant"].drop_duplicates()
    alike = _plain(ids).isin(_plain(known)).sum()
    if not alike:
        return None
    return (f"{number_of(int(alike), 'id')} differ only in capitals, leading zeros or a final .0"
            if alike > 1 else "1 id differs only in capitals, leading zeros or a final .0")


def _plain(ids: pd.Series) -> pd.Series:
    return ids.str.lower().str.replace(r"\.0$|^0+(?=.)", "", regex=True)


def ids_alike(people: pd.DataFrame, file: str) -> Iterator[Issue]:
    """Ids that would be the same if they were written alike."""
    alike = _plain(people["participant"].drop_duplicates()).duplicated(keep=False)
    if alike.any():
        yield found("ids_alike", file=file, column="participant", count=int(alike.sum()))


def never_answered(people: pd.DataFrame, answered: pd.Series, table: str) -> Iterator[Issue]:
    """Participants without a single response: allocated, asked, and counted."""
    silent = ~people["participant"].isin(answered)
    if silent.any():
        yield found("never_answered", file=table, rows=people.index[silent], table=table,
                    count=int(silent.sum()), words=people_words(int(silent.sum())))


def raters_in_study(rows: pd.DataFrame, file: str, known: pd.Series) -> Iterator[Issue]:
    """Raters whose id is a participant's; of these, people under their own id."""
    inside = rows[rows["rater"].isin(known)]
    if not inside.empty:
        own = int(inside["rater"].eq(inside["participant"]).sum())
        yield found("rater_in_study", file=file, column="rater", rows=inside.index,
                    evidence=f"in {number_of(own, 'row')} it is the person's own" if own else None)
