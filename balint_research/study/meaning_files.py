"""`[files]` and `[reading."FILE"]` that cannot be right: every fault of meaning, with its path."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from balint_research.study.document import StudyDocument
from balint_research.study.read.reading import Reading, split_sheet

TABLES = ("participants", "memberships", "responses", "sessions", "attendance")
MOST_HEADER_LINES = 5
OF_REDCAP = ("redcap", "redcap_labels")


def file_faults(document: StudyDocument, folder: Path) -> Iterator[str]:
    """Files outside the folder, named twice, or of waves that the study does not have."""
    files, waves = document.files, document.study.waves
    named = {f"files.{table}": getattr(files, table) for table in (*TABLES, "links")}
    if isinstance(files.responses, Mapping):
        del named["files.responses"]
        named |= {f"files.responses.{wave}": name for wave, name in files.responses.items()}
        for wave in files.responses:
            if wave not in waves:
                yield f"files.responses.{wave}: {unknown(wave, waves, 'wave')}"
        for wave in dict.fromkeys(waves):
            if wave not in files.responses:
                yield f"files.responses: no file is named for the wave '{wave}'"
        if document.waves_as_suffixes:
            yield ("files.responses: one file a wave and {wave} in `items` are two layouts; "
                   "use one of them")
    places: dict[str, str] = {}
    for place, name in named.items():
        if name is None:
            continue
        if not name.strip() or not inside(folder, split_sheet(name)[0]):
            yield f"{place}: must be a file inside the folder of the study"
        elif name in places:
            yield f"{place}: '{name}' is already the file of {places[name]}"
        places.setdefault(name, place)


def inside(folder: Path, name: str) -> bool:
    """Whether the name is a file of the folder, links followed."""
    root = folder.resolve()
    try:
        file = (root / name).resolve()
    except (ValueError, OSError, RuntimeError):  # a NUL character, links that go round
        return False
    return file != root and file.is_relative_to(root)


def reading_faults(document: StudyDocument, folder: Path) -> Iterator[str]:
    """What is declared of files that the study does not have, and what does not go together."""
    named = _named_files(document)
    for name, reading in document.reading.items():
        place = f'reading."{name}"'
        if name not in named:
            yield (f"{place}: [files] names no such file; allowed: "
                   f"{', '.join(sorted(named)) or 'none'}")
        yield from _faults(place, reading, folder)


def _named_files(document: StudyDocument) -> set[str]:
    files = document.files
    responses = files.responses.values() if isinstance(files.responses, Mapping) else [
        files.responses]
    others = (files.participants, files.memberships, files.sessions, files.attendance, files.links)
    return {split_sheet(name)[0] for name in (*responses, *others) if name}


def _faults(place: str, reading: Reading, folder: Path) -> Iterator[str]:
    dictionary = reading.dictionary
    if dictionary is not None and (not dictionary.strip() or not inside(folder, dictionary)):
        yield f"{place}.dictionary: must be a file inside the folder of the study"
    for option in ("dictionary", "repeat_instrument"):
        if getattr(reading, option) is not None and reading.dialect not in (None, *OF_REDCAP):
            yield f"{place}.{option}: is of REDCap only; the dialect is {reading.dialect}"
    lines = reading.header_lines
    if lines is not None and not 1 <= lines <= MOST_HEADER_LINES:
        yield f"{place}.header_lines: must be from 1 to {MOST_HEADER_LINES}"
    for text, reason in reading.missing.items():
        if not text.strip() or not reason.strip():
            yield f"{place}.missing: a text and its reason must not be empty"
    if any(not column.strip() for column in reading.ignore):
        yield f"{place}.ignore: a name is empty"


def unknown(name: str, known: Iterable[str], what: str) -> str:
    """The sentence for a name that is not among the known ones."""
    listed = list(dict.fromkeys(known))
    near = get_close_matches(name, listed, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"allowed: {', '.join(listed)}"
    return f"there is no {what} '{name}'; {hint}"
