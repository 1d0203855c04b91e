"""A text file as lines of cells: which encoding, which separator, which decimal mark."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from balint_research.errors import DataError, Issue
from balint_research.study.findings import found
from balint_research.study.read.cells import Line, Raw, filled_lines
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import NUMBER, WITH_COMMA

SEPARATORS = (",", ";", "\t", "|")
SEP_LINE = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)  # for spreadsheets
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le",
                    codecs.BOM_UTF16_BE: "utf-16-be"}
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
OLDER = "cp1252"    # what Excel writes as "CSV" in western Europe and America
ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1250", "windows-1251", "windows-1252",
    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "iso-8859-1",
    "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15", "mac-roman", "cp437",
    "cp850", "cp852", "koi8-r", "gb18030", "gbk", "big5", "shift_jis", "cp932", "euc-jp", "euc-kr",
    "cp949",
)
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\v"))
MANY = 100          # one control character in so many bytes: no text
HALF = 0.5
SAMPLE = 50         # lines that show whether a separator gives equal rows


def text_lines(path: Path, name: str, reading: Reading) -> Raw:
    """The file as lines of cells, read as its declaration says or as it shows itself."""
    text, issues = _decoded(path, name, reading.encoding)
    told = SEP_LINE.match(text)
    mark = reading.separator or (told[1] if told else _separator(text))
    rows = _rows(text, mark, name)
    if told:  # kept as a blank line, so that lines are counted as a spreadsheet does
        next(rows)
        rows = itertools.chain([[]], rows)
    return Raw(filled_lines(enumerate(rows, 1), name), separator=mark, issues=issues)


def decimal_of(
    body: Sequence[Line], separator: str | None, several: bool
) -> tuple[str, list[int]]:
    """The decimal mark of a text file, and the places of columns in which a comma is found as one.

    Where semicolons or tabs separate, one number with a comma tells it. Where commas separate, a
    quoted "1,5" may also be two answers (`several`: the export has such cells), or a slip. So a
    whole column must be numbers under the comma, half of them with one, and no number of the file
    may have a point.
    """
    if separator is None:
        return ".", []
    one_comma, point, comma = (re.compile(pattern) for pattern in (
        WITH_COMMA, *(NUMBER.replace("{mark}", mark) for mark in ".,")))
    commas = {place for _, cells in body for place, cell in enumerate(cells)
              if "," in cell and one_comma.fullmatch(cell)}
    if separator in (";", "\t"):
        return ("," if commas else "."), []
    if separator != "," or several or not commas:
        return ".", []
    if any("." in cell and point.fullmatch(cell) for _, cells in body for cell in cells):
        return ".", []
    whole = []
    for place in sorted(commas):
        cells = [line[place] for _, line in body if line[place]]
        with_one = sum(bool(one_comma.fullmatch(cell)) for cell in cells)
        if all(comma.fullmatch(cell) for cell in cells) and with_one >= HALF * len(cells):
            whole.append(place)
    return ("," if whole else "."), whole


def known_encoding(declared: str, name: str) -> str:
    """Python's name of a declared encoding; one that is not known stops."""
    try:
        wanted = codecs.lookup(declared).name
    except (LookupError, ValueError):  # ValueError: a NUL inside the name
        wanted = ""
    if wanted not in {codecs.lookup(allowed).name for allowed in (*ENCODINGS, "utf-8-sig")}:
        raise DataError([found("unknown_encoding", file=name, allowed=", ".join(ENCODINGS))])
    return wanted


# --- letters -------------------------------------------------------------------------------------


def _decoded(path: Path, name: str, declared: str | None) -> tuple[str, list[Issue]]:
    raw = _bytes(path, name)
    marked = next((of for mark, of in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), None)
    wanted = None if declared is None else known_encoding(declared, name)
    wide = (wanted or marked or "").startswith("utf-16")
    _refuse_binary(raw, name, wide)
    if wanted:
        if marked and not wanted.removesuffix("-sig").startswith(marked[:6]):
            raise DataError([found("encoding_declared", file=name, encoding=str(declared))])
        return _strict(raw, wanted, name, str(declared)), []
    if marked:
        return _strict(raw, marked, name, None), []
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as fault:
        return _older(raw, name, fault)


def _bytes(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError:
        raise DataError([found("no_permission", file=name)]) from None


def _refuse_binary(raw: bytes, name: str, wide: bool) -> None:
    if raw.startswith(b"PK\x03\x04"):
        raise DataError([found("not_text", file=name, guess=" (it is a workbook or an archive)")])
    if raw.startswith(UTF_32):
        raise DataError([found("not_text", file=name, guess=" that can be read (it is UTF-32)")])
    strange = len(raw) - len(raw.translate(None, CONTROL))
    if not wide and (b"\x00" in raw or strange * MANY > len(raw)):
        raise DataError([found("not_text", file=name)])


def _strict(raw: bytes, encoding: str, name: str, declared: str | None) -> str:
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise DataError([_not_in(raw, fault, name, encoding, declared)]) from None
    if "\x00" in text:
        raise DataError([found("not_text", file=name)])
    return text


def _not_in(
    raw: bytes, fault: UnicodeDecodeError, name: str, encoding: str, declared: str | None
) -> Issue:
    rows = [] if encoding.startswith("utf-16") else [_line(raw, fault.start)]
    if declared:
        return found("encoding_declared", file=name, rows=rows, count=1, encoding=declared)
    words = ", though it says so" if encoding == "utf-8" else (
        " but in UTF-16, and something is missing or damaged in it")
    return found("encoding", file=name, rows=rows, guess=words)


def _older(raw: bytes, name: str, fault: UnicodeDecodeError) -> tuple[str, list[Issue]]:
    """Text of no UTF-8: from before it, unless two encodings are mixed."""
    line = _line(raw, fault.start)
    if re.search("[^\x00-\x7f\udc80-\udcff]", raw.decode("utf-8", "surrogateescape")):
        raise DataError([found("encoding", file=name, rows=[line],
                               guess=" from this line on, and is before or behind it")])
    try:
        text = raw.decode(OLDER)
    except UnicodeDecodeError as other:
        raise DataError([found("encoding", file=name, rows=[_line(raw, other.start)],
                               guess=", nor in Windows-1252")]) from None
    return text, [found("encoding", file=name, severity="warn", rows=[line],
                        guess=" and was read as Windows-1252, from this line on")]


def _line(raw: bytes, place: int) -> int:
    return raw[:place].count(b"\n") + 1


# --- cells ---------------------------------------------------------------------------------------


def _separator(text: str) -> str:
    """The sign that separates most cells of the header; signs inside quotes do not count.

    Questions as names hold commas and semicolons of their own: a sign that gives rows of equal
    length comes first.
    """
    start = text.lstrip("\r\n ")
    outside = "".join(start.partition("\n")[0].split('"')[::2])
    counts = {mark: outside.count(mark) for mark in SEPARATORS}
    if sum(map(bool, counts.values())) < 2:
        return max(SEPARATORS, key=counts.__getitem__)
    return max(SEPARATORS, key=lambda mark: (bool(counts[mark]) and _is_even(start, mark),
                                             counts[mark]))


def _is_even(text: str, mark: str) -> bool:
    """Whether the first lines have as many cells as the header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        widths = [len(row) for row in itertools.islice(reader, SAMPLE) if any(row)]
    except csv.Error:
        return False
    return len(widths) > 1 and len(set(widths)) == 1


def _rows(text: str, mark: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    for number in itertools.count(1):
        try:
            row = next(reader, None)
        except csv.Error as fault:
            rule = "long_cell" if "field larger" in str(fault) else "open_quote"
            raise DataError([found(rule, file=name, rows=[number],
                                   longest=f"{csv.field_size_limit():,}")]) from None
        if row is None:
            return
        yield row
