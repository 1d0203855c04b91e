"""Text files that cannot be read, or that are read with a word about them."""

import gzip
import json

from tests.bad_input.corpus import CODE, MAIL, NAME, NOTE, Case, small_csv, small_responses, sparse
from tests.bad_input.formats import as_parquet, as_workbook, made
from tests.study_folder import as_csv

TEXT = small_csv()
RAW = TEXT.encode()
HEADER, FIRST = TEXT.splitlines()[:2]
MILLION = 1_000_000


def _read(name: str, content: bytes, *rules: str, says: tuple[str, ...] = (),
          file: str = "responses.csv", heavy: bool = False) -> Case:
    return Case(name=name, files={file: content}, command="score", rules=rules, says=says,
                file=file, heavy=heavy)


def _right(name: str, content: bytes, file: str = "responses.csv") -> Case:
    return Case(name=name, files={file: content}, command="score", file=file, stops=False)


def cases() -> list[Case]:
    """Faults of encoding, of quotation marks, of the header, of size, of the ending."""
    return [*_encodings(), *_shapes(), *_other_formats(), *_sizes()]


def _encodings() -> list[Case]:
    accents = TEXT.replace("T01", "Tü1").replace("T02", "Té2")
    mixed = RAW.replace(b"T01", "Tü1".encode()).replace(b"T02", "Té2".encode("latin-1"))
    plain = small_csv(named=False).replace("T01", "Tü1")
    return [
        _read("csv-mixed-encodings", mixed, "encoding", says=("row 4",)),
        _read("csv-bytes-of-no-encoding", RAW.replace(b"T01", b"T\x81\x8d\x90"), "encoding",
              says=("row 3",)),
        _read("csv-cut-inside-a-letter", accents.encode() + "ü".encode()[:1], "encoding"),
        _read("csv-utf-16-without-mark", accents.encode("utf-16-le"), "not_text"),
        _read("csv-utf-16-cut", accents.encode("utf-16")[:-1], "encoding"),
        _read("csv-utf-32", accents.encode("utf-32"), "not_text"),
        _read("csv-nul-bytes", RAW.replace(b"T02,", b"T\x0002,"), "not_text"),
        _read("csv-nothing-but-nul", b"\x00" * 4096, "not_text"),
        Case(name="csv-windows-1252", files={"responses.csv": plain.encode("cp1252")}, stops=False,
             rules=("encoding",), says=("Windows-1252", "declare")),
        _right("csv-utf-16-with-mark", plain.encode("utf-16")),
        _right("csv-line-ends-of-old-macintoshes", plain.replace("\n", "\r").encode()),
        _right("csv-with-byte-order-mark", plain.encode("utf-8-sig")),
        _right("csv-semicolons", small_csv(";", named=False).encode()),
        _right("txt-tabs", small_csv("\t", named=False).encode(), "responses.txt"),
    ]


def _shapes() -> list[Case]:
    rows = small_responses(named=True)
    twice = [[*rows[0][:6], rows[0][5], *rows[0][7:]], *rows[1:]]
    blank = [[*rows[0][:2], "", *rows[0][3:]], *small_responses()[1:]]
    # The name of the last column goes on to the end of line 3; the address stands below it.
    swallowed = TEXT.replace("remarks\n", '"remarks\n').replace(NAME, f'{NAME}"').encode()
    return [
        _read("csv-no-bytes", b"", "empty_file"),
        _read("csv-blank-lines", b"\n\r\n  \n,,,\n", "empty_file"),
        _read("csv-header-only", HEADER.encode() + b"\n", "no_rows"),
        _read("csv-no-header", as_csv([[NAME, MAIL, *rows[1][2:]], *rows[1:]]).encode(),
              "no_header"),
        _read("csv-two-columns-of-one-name", as_csv(twice).encode(), "duplicate_column",
              says=("6 and 7",)),
        _read("csv-names-equal-but-for-blanks", RAW.replace(b"who5_5", b" who5_4 "),
              "duplicate_column", says=("6 and 7",)),
        Case(name="csv-name-of-an-item-empty", files={"responses.csv": as_csv(blank).encode()},
             rules=("item_missing",), says=("who5_1",)),
        _read("csv-quotation-mark-left-open", RAW.replace(b"T02", b'"T02'), "open_quote"),
        _read("csv-quotation-mark-left-open-in-the-last-line", RAW + f'"{NOTE}'.encode(),
              "open_quote"),
        Case(name="csv-quotation-mark-opened-in-the-header", files={"responses.csv": swallowed},
             rules=("direct_identifier",), says=("Delete the column",)),
        Case(name="csv-two-exports-one-behind-the-other", files={
            "responses.csv": small_csv(named=False).encode("utf-8-sig") * 2},
            rules=("unknown_wave", "text_answers", "duplicate_rows"), says=("row 14",)),
        Case(name="csv-question-texts-below-the-names", files={
            "responses.csv": (HEADER + "\nCode,When," + f"As {NAME} says," * 5 + "Remarks\n"
                              + small_csv(named=False).partition("\n")[2]).encode()},
            rules=("unknown_wave", "text_answers"), says=("row 2",)),
        _read("csv-footnote", RAW + f"Exported by {NAME} ({MAIL})\n".encode(), "ragged_rows",
              says=("row 14",)),
        _read("csv-more-cells-than-names", RAW + f"{CODE},pre,1,2,3,4,5,,{NAME}\n".encode(),
              "ragged_rows", says=("row 14",)),
        _read("csv-fewer-cells-than-names", RAW + f"{CODE},pre\n".encode(), "ragged_rows",
              says=("row 14",)),
        _read("csv-decimal-commas-between-commas", RAW.replace(b"pre,", b"pre,1,"), "ragged_rows",
              says=("rows 2, 3, 4, 5, 6, 7",)),
        # Here every line has one cell more and the last one is empty: answers would move along.
        _read("csv-decimal-commas-and-an-empty-last-column", as_csv([
            rows[0], *[[*row[:3], "1", *row[3:-1], ""] for row in rows[1:]]]).encode(),
            "ragged_rows"),
        _read("csv-separator-announced-and-not-used", b"sep=;\n" + RAW, "item_missing",
              says=("who5_1",)),
    ]


def _other_formats() -> list[Case]:
    rows = small_responses(named=True)
    page = "<html><table>" + "".join(
        f"<tr><td>{'</td><td>'.join(row)}</td></tr>\n" for row in rows) + "</table></html>"
    return [
        _read("csv-is-a-workbook", made(as_workbook(rows)), "not_text", says=("workbook",)),
        _read("csv-is-parquet", made(as_parquet(rows)), "not_text"),
        _read("csv-is-gzip", gzip.compress(RAW, mtime=1), "not_text"),
        Case(name="csv-is-a-web-page", files={"responses.csv": page.encode()},
             rules=("missing_column", "item_missing")),
        Case(name="csv-is-json", files={"responses.csv": json.dumps(rows).encode()},
             rules=("duplicate_column",)),
        _read("tsv-is-an-old-workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + RAW,
              "not_text", file="responses.tsv"),
        _read("ending-of-no-known-format", RAW, "unknown_format", file="responses.ods",
              says=(".csv", ".xlsx")),
        _read("no-ending", RAW, "unknown_format", file="responses"),
        _read("old-workbook-under-its-own-ending", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + RAW,
              "unknown_format", file="responses.xls", says=(".xlsx",)),
    ]


def _sizes() -> list[Case]:
    wide = ",".join(f"c{i}" for i in range(MILLION)) + "\n" + ",".join("1" * MILLION) + "\n"
    cell = RAW.replace(NOTE.encode(), NOTE.encode() + b"x" * 200_000)
    return [
        _read("csv-a-million-columns", wide.encode(), "many_columns", heavy=True),
        _read("csv-a-cell-of-200000-signs", cell, "long_cell"),
        Case(name="csv-two-gigabytes", files={"responses.csv": sparse(2 << 30, RAW)},
             command="score", rules=("large_file",), heavy=True),
    ]
