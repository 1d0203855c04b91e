"""Answers of Google Forms and Microsoft Forms: the questions are the names of the columns."""

from collections.abc import Sequence

from balint_research.study.read.cells import Line

# What Google calls its first column, by the language of the form.
TIME_STAMP = frozenset((
    "Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Informazioni cronologiche",
    "Carimbo de data/hora", "Tijdstempel", "Sygnatura czasowa",
))
# What Microsoft calls its first three columns.
MICROSOFT = (
    ("ID", "Start time", "Completion time"),
    ("ID", "Startzeit", "Fertigstellungszeit"),
    ("ID", "Heure de début", "Heure de fin"),
    ("Id", "Start time", "Completion time"),
)


def google_evidence(lines: Sequence[Line]) -> str | None:
    """By which headings an export of Google Forms is recognised."""
    first, *others = lines[0][1]
    return f"the first column is named {first}" if first in TIME_STAMP and any(others) else None


def microsoft_evidence(lines: Sequence[Line]) -> str | None:
    """By which headings an export of Microsoft Forms is recognised."""
    begins = tuple(lines[0][1][:3])
    return f"the first columns are named {', '.join(begins)}" if begins in MICROSOFT else None
