"""What people wrote in their own words: sentences, and the topics of what was told in the group."""

import re

import pandas as pd

from balint_research.study.identify.asking import asked
from balint_research.study.identify.dates import ENOUGH
from balint_research.study.identify.links import URL
from balint_research.study.identify.people import PLACES

FEWEST = 3      # distinct sentences from which a column of any name is free text
MANY = 8        # distinct sentences that are more than the labels of an answer scale
MOST_LABELS = 0.5  # labels repeat: at most so many of the filled cells differ

# A column with one of these in its name asks for words; there one sentence is enough.
ASKING = frozenset((
    "comment", "comments", "remark", "remarks", "note", "notes", "text", "feedback", "topic",
    "topics", "theme", "themes", "case", "story", "narrative", "reflection", "describe",
    "description", "why", "reason", "explain", "other", "else", "anything", "suggestion",
    "suggestions", "open", "verbatim", "quote", "summary", "kommentar", "bemerkung",
    "bemerkungen", "anmerkung", "anmerkungen", "thema", "themen", "fall", "freitext", "notiz",
    "notizen", "sonstiges", "commentaire", "remarque", "thème", "cas", "comentario", "tema",
))
TOPIC = frozenset((
    "topic", "topics", "theme", "themes", "case", "story", "thema", "themen", "fall", "cas",
    "thème", "tema", "comment", "comments", "kommentar", "bemerkung", "commentaire", "comentario",
))
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SALUTED = re.compile(
    r"\b(?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Mme|Sr|Sra)\.?\s+(?!(?:[Mm]ed|[Pp]hil)\b)[A-ZÀ-Þ][\w’.-]*")
MAYBE = re.compile(r"\S\s+\S+\s+\S|[^\x00-\u02ff]{8}")  # three words, or a script without spaces
STOPS = (".", "!", "?", "…")


def written(cells: pd.Series, words: frozenset[str], repeats: int) -> pd.Series:
    """The cells of free text, where the column is one.

    Parameters
    ----------
    cells : the distinct filled cells of a column.
    words : the words of its name.
    repeats : how many filled cells it has, each value of a person counted once.
    """
    likely = cells.str.contains(MAYBE)
    hits = asked(cells, likely, is_a_sentence)
    saluted = asked(cells, likely, _names_somebody)
    if words & TOPIC:
        hits |= cells.map(lambda cell: len(WORD.findall(cell)) >= 2).astype(bool)
    others = repeats - (len(cells) - int(hits.sum()))  # cells with one of the sentences, at most
    differ = int(hits.sum()) / max(others, 1)
    if words & ASKING:
        free = differ > MOST_LABELS
    else:
        free = (hits.sum() >= FEWEST and differ >= ENOUGH) or (
            hits.sum() >= MANY and differ > MOST_LABELS)
    return (hits if free else hits & False) | saluted


def is_a_sentence(cell: str) -> bool:
    """Several words in running text, and no address, record of a program or name of a place.

    Examples
    --------
    >>> is_a_sentence("The patient cried and I did not know what to say")
    True
    >>> is_a_sentence("General practice, rural"), is_a_sentence("Hospital Of The Holy Cross Rome")
    (False, False)
    """
    if cell[:1] in "{[<" or URL.fullmatch(cell):
        return False
    words = WORD.findall(cell)
    if cell.lower() == cell.upper():  # a script without capitals
        return sum(map(len, words)) >= 12
    small = sum(word.islower() for word in words)
    return (len(words) >= 5 and small >= 3) or (
        len(words) >= 3 and small >= 2 and cell.endswith(STOPS))


def _names_somebody(cell: str) -> bool:
    """A title and a name within a text."""
    words = WORD.findall(cell)
    return (SALUTED.search(cell) is not None and sum(word.islower() for word in words) >= 1
            and len(words) >= 3 and PLACES.isdisjoint(word.lower() for word in words))
