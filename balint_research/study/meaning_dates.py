"""`[dates]` that cannot be right: every fault of meaning, with its path."""

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
