"""`[dates]` and columns of days that cannot be right: every fault of meaning, with its path."""

from collections.abc import Iterator

from balint_research.study.document import StudyDocument
from balint_research.study.meaning_files import unknown


def date_faults(document: StudyDocument) -> Iterator[str]:
    """Waves that the study does not have, and plans that go backwards."""
    dates, waves = document.dates, document.study.waves
    for wave in dates.waves:
        if wave not in waves:
            yield f"dates.waves.{wave}: {unknown(wave, waves, 'wave')}"
    planned = [dates.waves[wave] for wave in waves if wave in dates.waves]
    if planned != sorted(planned):
        yield "dates.waves: a later wave is planned before an earlier one"
    if dates.tolerance < 0:
        yield "dates.tolerance: must not be below 0"


def day_column_faults(document: StudyDocument) -> Iterator[str]:
    """Days of answers that name no wave where a row holds several, and days of nobody."""
    named = document.columns.get("answered_on")
    if named is not None and document.waves_as_suffixes and "{wave}" not in named:
        yield ("columns.answered_on: needs {wave}, as the items have it: a row holds the answers "
               "of several waves")
    if named is not None and "{wave}" in named and not document.waves_as_suffixes:
        yield "columns.answered_on: {wave} belongs to items that have the wave in their names"
    if "allocated_on" in document.columns and document.files.participants is None:
        yield ("columns.allocated_on: is a column of the participants, and files.participants is "
               "missing")
