"""Does a file that is about to be published hold the wording of a questionnaire?"""

import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from balint_research.errors import DataError, Issue, ScoringError, Severity
from balint_research.scoring.exchange.wording import Wording
from balint_research.scoring.instrument import Instrument

# what a damaged or locked zip file raises
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError)
LONG = 3  # words: a shorter text is everyday language, and counts as a whole cell or line only

# A letter of a script without blanks between words counts as a word.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+")
INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
TAG = re.compile(r"<!--|-->|<[^<>]*>")
# Tags that do not end a word: emphasis in HTML, runs of text in SVG, Word and Excel.
INLINE_TAG = re.compile(
    r"</?(?:b|i|u|s|a|em|strong|small|span|sub|sup|mark|font|tspan|wbr|r|t|rPr"
    r"|w:(?!p\b|tc\b|tr\b|br\b|tab\b)\w+)\b[^<>]*>", re.IGNORECASE)
CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})")  # as JSON writes letters
COMMAND = re.compile(r"\\[A-Za-z]+")  # of LaTeX
BACKSLASH = re.compile(r"\\[nrt\"/\\]")
CELLS = (re.compile(r"[\n\r]"), re.compile(r'[\n\r"]'), re.compile(r'[\n\r",;|\t]'))


def find_wording(
    paths: Iterable[str | Path], wording: Wording, key: Instrument
) -> tuple[Issue, ...]:
    """Every file that holds item wording which may not be published.

    The check before a release: of a dataset, a report, a repository. It looks for each text of
    `wording` with capitals, blanks, line breaks, punctuation, tags, entities and the escapes of
    JSON left aside, so that a text is found in a cell, a caption, a table of a Word document or
    the source of a notebook. A text of fewer than three words is found as a whole cell or line
    only.

    Parameters
    ----------
    paths : files, and folders with everything in them. CSV, HTML, JSON, Markdown, LaTeX, TOML,
        SVG and notebooks are read as text, as is any other file; Excel, Word and other zip files
        are looked into. Compressed and binary content (PDF, pictures, Parquet) cannot be read:
        these files are named in one note.
    wording : the texts, from `read_wording`.
    key : the key of the same questionnaire, from `load_instrument`.

    Returns
    -------
    One `Issue` a file with findings (rule ``wording_published``, with the number of items and
    which, never the text): ``stop``, or ``note`` where the key says that the wording may be
    redistributed. One ``note`` (rule ``wording_not_searched``) where files could not be looked
    into; a damaged zip file is a ``stop``. Empty where all is well.

    Raises
    ------
    ScoringError : wording and key are of two questionnaires.
    DataError : a path that does not exist (a mistyped one must not pass as clean).

    Examples
    --------
    >>> import tempfile
    >>> from balint_research.scoring.library import load_instrument
    >>> mine = Wording(instrument="teq", language="en", texts={3: "An invented text."})
    >>> with tempfile.TemporaryDirectory() as place:
    ...     page = Path(place) / "table.html"
    ...     _ = page.write_text("<td>3: an <b>invented</b> text</td>", encoding="utf-8")
    ...     issue, = find_wording([page], mine, load_instrument("teq"))
    >>> issue.count, issue.severity, issue.evidence
    (1, 'stop', 'item 3')
    """
    if wording.instrument != key.id:
        raise ScoringError(
            f"The wording is of '{wording.instrument}', the key is '{key.id}'. Give the key of the "
            "same questionnaire."
        )
    texts = {n: _needles(text) for n, text in sorted(wording.texts.items())}
    issues: list[Issue] = []
    unread: list[Path] = []
    for path in _files(paths):
        try:
            contents = list(_contents(path.read_bytes()))
        except UNREADABLE:
            issues.append(_damaged(path))
            continue
        found = _found(map(_decoded, contents), texts)
        issues += [_published(path, found, wording, key)] if found else []
        unread += [path] if any(map(_is_binary, contents)) else []
    return (*issues, *([_unsearched(unread)] if unread else []))


# --- what is searched ----------------------------------------------------------------------------


def _files(paths: Iterable[str | Path]) -> list[Path]:
    given = [Path(path) for path in paths]
    absent = [path for path in given if not path.exists()]
    if absent:
        raise DataError([
            Issue(rule="missing_file", file=path.as_posix(), what="The file does not exist.",
                  do="Correct the path; nothing was searched.")
            for path in absent
        ])
    inside = [path for place in given if place.is_dir() for path in place.rglob("*")]
    return sorted({path for path in [*given, *inside] if path.is_file()})


def _contents(raw: bytes) -> Iterator[bytes]:
    """The file as it is; of a zip file (Excel, Word, an archive), every file inside."""
    if not raw.startswith(b"PK\x03\x04"):
        yield raw
        return
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            yield from _contents(archive.read(name))


def _decoded(raw: bytes) -> str:
    if _is_utf16(raw):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _is_binary(raw: bytes) -> bool:
    return b"\x00" in raw and not _is_utf16(raw)


def _is_utf16(raw: bytes) -> bool:
    return raw[:2] in (b"\xff\xfe", b"\xfe\xff")


# --- how a text is found -------------------------------------------------------------------------


def _needles(text: str) -> frozenset[str]:
    """The text as a row of words: as it stands, and without the tags it may hold."""
    return frozenset({_words(view) for view in (text, TAG.sub("", text))} - {""})


def _found(contents: Iterable[str], texts: dict[int, frozenset[str]]) -> list[int]:
    """The items whose text stands somewhere in the contents."""
    short = any(_is_short(words) for needles in texts.values() for words in needles)
    found: set[int] = set()
    for content in contents:
        for view in _views(content):
            hay = f" {_words(view)} "
            cells = _cells(view) if short else frozenset()
            found |= {n for n, needles in texts.items() if any(
                words in cells if _is_short(words) else f" {words} " in hay for words in needles)}
    return sorted(found)


def _views(content: str) -> set[str]:
    """The content as a reader may see it: escapes resolved or not, tags shown, cut or dropped."""
    decoded = BACKSLASH.sub("\n", CODE_POINT.sub(lambda hit: chr(int(hit[1], 16)), content))
    plain = {content, decoded, COMMAND.sub(" ", content)}
    plain |= {_unescaped(text) for text in plain}
    cut = {TAG.sub("\n", text) for text in plain}
    joined = {TAG.sub("\n", INLINE_TAG.sub("", text)) for text in plain}
    return plain | {_unescaped(text) for text in cut | joined}


def _unescaped(text: str) -> str:
    for _ in range(3):  # entities in JSON in HTML are escaped more than once
        text = html.unescape(text)
    return text


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(INVISIBLE)).casefold()
    return " ".join(WORD.findall(plain))


def _is_short(words: str) -> bool:
    return words.count(" ") + 1 < LONG


def _cells(view: str) -> frozenset[str]:
    return frozenset(_words(cell) for cut in CELLS for cell in cut.split(view))


# --- how it is told ------------------------------------------------------------------------------


def _published(
    path: Path, items: Sequence[int], wording: Wording, key: Instrument
) -> Issue:
    allowed = key.rights.wording_redistributable == "allowed"
    severity: Severity = "note" if allowed else "stop"
    one = len(items) == 1
    return Issue(
        rule="wording_published", severity=severity, file=path.as_posix(), count=len(items),
        what=f"The wording of {len(items)} item{'' if one else 's'} of {key.label} "
             f"({wording.language}) stands in this file.",
        evidence=f"item{'' if one else 's'} {', '.join(str(n) for n in items)}",
        do=f"Nothing; the key says that it may be redistributed (holder: {key.rights.holder})."
        if allowed else
        "Take it out before the file is shared: name items by number and gist.",
    )


def _damaged(path: Path) -> Issue:
    return Issue(rule="wording_not_searched", file=path.as_posix(),
                 what="The file is damaged and cannot be looked into.",
                 do="Write it again, or leave it out.")


def _unsearched(paths: Sequence[Path]) -> Issue:
    kinds = ", ".join(sorted({path.suffix.lower() or "without ending" for path in paths}))
    return Issue(
        rule="wording_not_searched", severity="note", count=len(paths),
        what=f"{len(paths)} file{' holds' if len(paths) == 1 else 's hold'} content that cannot "
             "be searched for wording.",
        evidence=f"kinds of file: {kinds}",
        do="Look at them yourself: a picture or a PDF can show item texts.",
    )
