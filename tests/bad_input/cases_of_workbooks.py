"""Excel workbooks: damaged, hostile, of another format, or laid out for the eye."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.bad_input.corpus import MAIL, NAME, PHONE, SMALL, Case, Content, small_responses, sparse
from tests.bad_input.formats import (
    SHEET,
    WORDS,
    as_workbook,
    made,
    part,
    with_parts,
    with_shared_words,
)

FILE = "responses.xlsx"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROWS = small_responses(named=True)
RIGHT = with_shared_words(made(as_workbook(ROWS)))
HARMLESS = small_responses()


def cases() -> list[Case]:
    """Faults of the archive, of its XML, of the sheets, of the cells."""
    return [*_archives(), *_hostile(), *_sheets(), *_cells()]


def _read(name: str, content: Content, *rules: str, says: tuple[str, ...] = (),
          heavy: bool = False) -> Case:
    return Case(name=f"xlsx-{name}", files={FILE: content}, command="score", rules=rules,
                says=says, file=FILE, heavy=heavy)


def _archives() -> list[Case]:
    middle = len(RIGHT) // 2
    only_text = io.BytesIO()
    with zipfile.ZipFile(only_text, "w") as archive:
        archive.writestr("readme.txt", f"{NAME} {PHONE}")
    return [
        _read("no-bytes", b"", "empty_file"),
        _read("cut-in-the-middle", RIGHT[:middle], "not_readable"),
        _read("end-missing", RIGHT[:-30], "not_readable"),
        _read("zeros-in-the-middle", RIGHT[:middle] + b"\x00" * 200 + RIGHT[middle + 200:],
              "not_readable"),
        _read("is-text", "\n".join(map(",".join, ROWS)).encode(), "not_readable"),
        _read("is-another-archive", only_text.getvalue(), "not_readable"),
        _read("is-an-old-workbook", OLE + b"\x00" * 4096, "not_readable"),
        _read("is-encrypted", OLE + b"\x00" * 1016 + "EncryptedPackage".encode("utf-16-le"),
              "not_readable"),
        _read("is-binary", with_parts(RIGHT, {"xl/workbook.xml": None},
                                      new=[("xl/workbook.bin", b"\x83\x01\x00")]), "not_readable"),
        _read("without-its-sheet", with_parts(RIGHT, {SHEET: None}), "empty_file"),
        _read("without-its-words", with_parts(RIGHT, {WORDS: None}),
              "not_readable"),
        _read("without-content-types", with_parts(RIGHT, {"[Content_Types].xml": None}),
              "not_readable"),
        _read("two-gigabytes-of-nothing", sparse(2 << 30, RIGHT), "large_file", heavy=True),
    ]


def _hostile() -> list[Case]:
    sheet = part(RIGHT, SHEET)
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
    entities = (b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">' + laughs + b"]>"
                + sheet.replace(b"<sheetData>", b"<sheetData><row><c t=\"inlineStr\"><is><t>&l9;"
                                b"</t></is></c></row>"))
    outside = (b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY x SYSTEM '
               b'"file:///etc/passwd">]>'
               + sheet.replace(b"<sheetData>", b"<sheetData><row><c t=\"inlineStr\"><is><t>&x;"
                               b"</t></is></c></row>"))
    far = sheet.replace(b"</sheetData>",
                        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    link = (b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/'
            b'2006/relationships"><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/'
            b'officeDocument/2006/relationships/image" TargetMode="External" '
            b'Target="file:///etc/passwd"/></Relationships>')
    words = part(RIGHT, WORDS)
    return [
        _read("bomb", _bomb, "too_large_unpacked", heavy=True),
        _read("bomb-that-says-it-is-small", _lying_bomb, "not_readable", heavy=True),
        _read("entities-that-multiply", with_parts(RIGHT, {SHEET: entities}), "not_readable",
              heavy=True),
        _read("entity-from-outside", with_parts(RIGHT, {SHEET: outside}), "not_readable"),
        _read("last-cell-of-the-sheet-filled", with_parts(RIGHT, {SHEET: far}), "many_columns",
              heavy=True),
        Case(name="xlsx-as-excel-writes-it", file=FILE, stops=False, command="score",
             files={FILE: with_shared_words(made(as_workbook(HARMLESS)))}),
        _read("word-that-is-not-there", with_parts(
            RIGHT, {WORDS: words[:words.find(b"<si>")] + b"</sst>"}),
            "not_readable"),
        _read("text-where-a-number-is-promised", with_parts(RIGHT, {SHEET: sheet.replace(
            b"<v>3</v>", b"<v>three</v>", 1)}), "not_readable"),
        _read("xml-left-open", with_parts(RIGHT, {SHEET: sheet[:len(sheet) // 2]}),
              "not_readable"),
        Case(name="xlsx-part-that-points-outside", file=FILE, stops=False, command="score",
             files={FILE: with_parts(
            made(as_workbook(HARMLESS)), {}, new=[
                ("../../../planted.txt", b"planted"),
                ("xl/worksheets/_rels/sheet1.xml.rels", link)])}),
    ]


def _bomb(path: Path) -> None:
    """A sheet of 400 MB that packs to 2 MB: in pieces, so that this test needs no memory."""
    with zipfile.ZipFile(io.BytesIO(RIGHT)) as old, zipfile.ZipFile(
            path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in old.namelist():
            if name != SHEET:
                archive.writestr(name, old.read(name))
        with archive.open(SHEET, "w") as stream:
            stream.write(part(RIGHT, SHEET).replace(b"</sheetData></worksheet>", b""))
            for _ in range(400):
                stream.write(b" " * (1 << 20))


def _lying_bomb(path: Path) -> None:
    """The same with a directory that says 4 kB."""
    _bomb(path)
    with zipfile.ZipFile(path) as archive:
        about = archive.getinfo(SHEET)
    told, small = struct.pack("<I", about.file_size), struct.pack("<I", 4096)
    path.write_bytes(path.read_bytes().replace(told, small))


def _sheets() -> list[Case]:
    def second(sheet: Worksheet) -> None:
        other = _book(sheet).create_sheet(NAME)
        for row in ROWS:
            other.append(row)

    def hidden(sheet: Worksheet) -> None:
        second(sheet)
        _book(sheet).worksheets[1].sheet_state = "hidden"

    def merged_title(sheet: Worksheet) -> None:
        sheet.insert_rows(1)
        sheet["C1"] = "WHO-5"
        sheet.merge_cells("C1:G1")

    def merged_body(sheet: Worksheet) -> None:
        sheet.merge_cells("A3:A4")

    def title(sheet: Worksheet) -> None:
        sheet.insert_rows(1, amount=2)
        sheet["A1"] = f"Answers collected by {NAME}"

    named = SMALL.replace("responses.csv", f"{FILE}#Post")
    return [
        _read("two-sheets", as_workbook(ROWS, second), "several_sheets", says=("2 sheets",)),
        _read("sheet-out-of-sight", as_workbook(ROWS, hidden), "several_sheets"),
        _read("no-cells", as_workbook([[]]), "empty_file"),
        _read("names-only", as_workbook(ROWS[:1]), "no_rows"),
        _read("merged-heading", as_workbook(ROWS, merged_title), "merged_header",
              says=("header_lines",)),
        _read("title-above-the-table", as_workbook(ROWS, title), "second_header"),
        _read("merged-cells-between-people", as_workbook(ROWS, merged_body), "merged_cells",
              says=("rows 3, 4",)),
        Case(name="xlsx-sheet-that-is-not-there", toml=named, file=FILE, rules=("unknown_sheet",),
             files={FILE: RIGHT, "responses.csv": None}),
    ]


def _book(sheet: Worksheet) -> Workbook:
    assert sheet.parent is not None
    return sheet.parent


def _cells() -> list[Case]:
    def found(name: str, change: Callable[[Worksheet], object], *rules: str,
                  says: tuple[str, ...] = ()) -> Case:
        reads = set(rules) <= {"text_answers", "formula_without_value", "duplicate_column"}
        return Case(name=f"xlsx-{name}", file=FILE, files={FILE: as_workbook(HARMLESS, change)},
                    rules=rules, says=says, command="score" if reads else "validate")

    def put(address: str, value: str | bool | date | None) -> Callable[[Worksheet], object]:
        def change(sheet: Worksheet) -> None:
            sheet[address] = value

        return change

    def percent(sheet: Worksheet) -> None:
        sheet["E4"], sheet["E4"].number_format = 0.25, "0.0%"

    where = ("column 'who5_3'", "row 4")
    return [
        found("formula-never-computed", put("E4", "=SUM(F4:G4)"), "formula_without_value",
                  says=("row 4",)),
        found("date-in-an-item", put("E4", date(2026, 1, 5)), "text_answers", says=where),
        found("error-in-an-item", put("E4", "#DIV/0!"), "text_answers", says=where),
        found("decimal-comma-in-an-item", put("E4", "1,5"), "text_answers", says=where),
        found("percent-in-an-item", percent, "range", says=(*where, "[percent]")),
        found("yes-in-an-item", put("E4", True), "text_answers", says=where),
        found("label-in-an-item", put("E4", NAME), "text_answers", says=where),
        found("address-in-a-remark", put("H5", MAIL), "direct_identifier",
                  says=("column 'remarks'",)),
        found("two-columns-of-one-name", put("G1", "who5_4"), "duplicate_column",
                  says=("6 and 7",)),
        found("name-of-an-item-empty", put("E1", None), "item_missing", says=("who5_3",)),
        found("cell-beside-the-table", put("K9", PHONE), "direct_identifier"),
    ]
