"""`[privacy]` that cannot be right: every fault of meaning, with its path."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from balint_research.scoring.instrument import Instrument
from balint_research.study.document import StudyDocument
from balint_research.study.meaning_files import unknown
from balint_research.study.study import LEAST_K, Step

ALWAYS_KNOWN = {
    "participant": "never goes out; a release has new random numbers",
    "arm": "is always told and always counts",
}
DERIVED = {"attendance": "who came is known to the group", "waves": "who answered may be known"}


def privacy_faults(
    document: StudyDocument, keys: Mapping[str, Instrument]
) -> Iterator[str]:
    """Thresholds that protect nobody, columns and levels that cannot be meant, unknown scales."""
    yield from _threshold_faults(document)
    yield from _column_faults(document)
    for column, steps in document.privacy.levels.items():
        yield from _level_faults(document, column, steps)
    yield from _sensitive_faults(document, keys)


def _threshold_faults(document: StudyDocument) -> Iterator[str]:
    privacy = document.privacy
    if privacy.k < LEAST_K:
        yield f"privacy.k: must be at least {LEAST_K}"
    if privacy.l < 1:
        yield "privacy.l: must be at least 1"
    elif privacy.l > max(privacy.k, LEAST_K):
        yield "privacy.l: must not be larger than k; that many people have no more values"
    if not 0 <= privacy.most_left_out < 1:
        yield "privacy.most_left_out: must be a share from 0 to below 1"


# --- columns -------------------------------------------------------------------------------------


def _column_faults(document: StudyDocument) -> Iterator[str]:
    privacy = document.privacy
    for key in ("quasi_identifiers", "harmless"):
        named = getattr(privacy, key)
        for column in dict.fromkeys(named):
            place = f"privacy.{key}"
            if not column.strip():
                yield f"{place}: a name is empty"
            if named.count(column) > 1:
                yield f"{place}: '{column}' is named twice"
            if column in ALWAYS_KNOWN:
                yield f"{place}: '{column}' {ALWAYS_KNOWN[column]}; remove it"
    for column in dict.fromkeys(privacy.harmless):
        if column in privacy.quasi_identifiers:
            yield f"privacy.harmless: '{column}' is already a quasi-identifier"
        elif column == "group":
            yield "privacy.harmless: 'group' is no harmless column; people know who sat in it"
        elif column in DERIVED:
            yield f"privacy.harmless: '{column}' is no harmless column; {DERIVED[column]}"
    if "attendance" in privacy.quasi_identifiers and document.files.attendance is None:
        yield "privacy.quasi_identifiers: 'attendance' is counted, and files.attendance is missing"


# --- levels --------------------------------------------------------------------------------------


def _level_faults(
    document: StudyDocument, column: str, steps: Sequence[Step]
) -> Iterator[str]:
    place = f"privacy.levels.{column}"
    if column in ALWAYS_KNOWN:
        yield f"{place}: '{column}' {ALWAYS_KNOWN[column]}; remove it"
    elif column not in (*document.privacy.quasi_identifiers, "group"):
        yield f"{place}: is no quasi-identifier; add it to privacy.quasi_identifiers"
    if not steps:
        yield f"{place}: names no step"
    faults = [fault for i, step in enumerate(steps, 1) for fault in _step_faults(i, step)]
    yield from (f"{place}: {fault}" for fault in faults)
    if not faults:
        yield from (f"{place}: step {i + 1} is finer than step {i}; a later step must only join "
                    "what an earlier one tells apart"
                    for i, (earlier, later) in enumerate(pairwise(steps), 1)
                    if _is_finer(later, earlier))


def _step_faults(number: int, step: Step) -> Iterator[str]:
    if not step:
        yield f"step {number} is empty"
    elif isinstance(step, Mapping):
        if any(not wider.strip() for wider in step.values()):
            yield f"step {number} has a value without a wider value"
    elif not _ascend(step):
        yield f"step {number} has bounds that are not in ascending order"


def _ascend(bounds: Sequence[float]) -> bool:
    return all(low < high for low, high in pairwise(bounds))


def _is_finer(later: Step, earlier: Step) -> bool:
    """Whether the later step tells two values apart that the earlier one had joined."""
    if not isinstance(later, Mapping) and not isinstance(earlier, Mapping):
        return not set(later) <= set(earlier)
    values = [value for step in (later, earlier) if isinstance(step, Mapping) for value in step]
    told = [(_told(earlier, value), _told(later, value)) for value in dict.fromkeys(values)]
    return any(a[0] == b[0] and a[1] != b[1]
               for a, b in combinations([pair for pair in told if None not in pair], 2))


def _told(step: Step, value: str) -> str | int | None:
    """What a step makes of a value; None where it says nothing of it."""
    if isinstance(step, Mapping):
        return step.get(value)
    try:
        return sum(bound <= float(value) for bound in step)
    except ValueError:
        return None


# --- sensitive scales ----------------------------------------------------------------------------


def _sensitive_faults(document: StudyDocument, keys: Mapping[str, Instrument]) -> Iterator[str]:
    for name, bounds in document.privacy.sensitive.items():
        place = f"privacy.sensitive.{name}"
        instrument, _, scale = name.partition(".")
        if instrument not in document.instruments:
            yield f"{place}: {unknown(instrument, document.instruments, 'instrument of the study')}"
        elif instrument in keys and scale not in keys[instrument].scales:
            yield f"{place}: {unknown(scale, keys[instrument].scales, f'scale of {instrument}')}"
        if not _ascend(bounds):
            yield f"{place}: has bounds that are not in ascending order"
