"""`[privacy]` that cannot be right: every fault of meaning, with its path."""

from collections.abc import Iterator, Mapping

from balint_research.scoring.instrument import Instrument
from balint_research.study.document import StudyDocument
from balint_research.study.meaning_files import unknown

SMALLEST_K = 3  # no custodian allows fewer (El Emam, Guide to De-Identification, 2013)


def privacy_faults(
    document: StudyDocument, keys: Mapping[str, Instrument]
) -> Iterator[str]:
    """Thresholds that protect nobody, columns that are no quasi-identifiers, unknown scales."""
    privacy = document.privacy
    if privacy.k < SMALLEST_K:
        yield f"privacy.k: must be at least {SMALLEST_K}"
    if privacy.l < 1:
        yield "privacy.l: must be at least 1"
    if not 0 <= privacy.most_left_out < 1:
        yield "privacy.most_left_out: must be a share from 0 to below 1"
    for name in privacy.sensitive:
        instrument, _, scale = name.partition(".")
        if instrument not in document.instruments:
            yield (f"privacy.sensitive.{name}: "
                   f"{unknown(instrument, document.instruments, 'instrument of the study')}")
        elif instrument in keys and scale not in keys[instrument].scales:
            yield (f"privacy.sensitive.{name}: "
                   f"{unknown(scale, keys[instrument].scales, f'scale of {instrument}')}")
