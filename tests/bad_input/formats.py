"""Rows as the files of other programs, right or broken by hand."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.study_folder import ITEMS, Rows

SHEET = "xl/worksheets/sheet1.xml"
WORDS = "xl/sharedStrings.xml"


def made(make: Callable[[Path], object], ending: str = ".bin") -> bytes:
    """The bytes of the file that a function makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made{ending}"
        make(path)
        return path.read_bytes()


def frame(rows: Rows) -> pd.DataFrame:
    """The rows as a frame, with numbers in the item columns."""
    table = pd.DataFrame(rows[1:], columns=rows[0])
    return table.astype(dict.fromkeys(ITEMS, "float64"))


def as_parquet(rows: Rows) -> Callable[[Path], object]:
    """A Parquet file of the rows."""
    return lambda path: frame(rows).to_parquet(path)


def as_statistics(rows: Rows, program: str, **options: Any) -> bytes:
    """A file of SPSS (sav, zsav), Stata (dta) or SAS (xpt)."""
    import pyreadstat

    def make(path: Path) -> None:
        if program == "xpt":
            short = frame(rows).rename(columns={"participant": "PERSON"})
            pyreadstat.write_xport(short, str(path), table_name="R", **options)
        elif program == "dta":
            pyreadstat.write_dta(frame(rows), str(path), **options)
        else:
            pyreadstat.write_sav(frame(rows), str(path), compress=program == "zsav", **options)

    return made(make, f".{program}")


# --- workbooks -----------------------------------------------------------------------------------


def as_workbook(
    rows: Rows, change: Callable[[Worksheet], object] = lambda sheet: None
) -> Callable[[Path], object]:
    """A workbook of the rows with numbers as numbers, after a change to its sheet."""
    def make(path: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        for row in rows:
            sheet.append([_typed(cell) for cell in row])
        change(sheet)
        book.save(path)

    return make


def _typed(cell: str) -> str | int | None:
    return int(cell) if cell.isdecimal() else cell or None


def with_parts(
    workbook: bytes, parts: Mapping[str, bytes | None], *, new: Sequence[tuple[str, bytes]] = ()
) -> bytes:
    """A zip archive with some of its parts replaced, taken away (None) or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(
            out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            content = parts.get(name, old.read(name))
            if content is not None:
                archive.writestr(name, content)
        for name, content in new:
            archive.writestr(name, content)
    return out.getvalue()


def with_shared_words(workbook: bytes) -> bytes:
    """The workbook as Excel writes it: each text once, in a part of its own."""
    words: list[str] = []

    def shared(match: re.Match[str]) -> str:
        words.append(match[1])
        return f't="s"><v>{len(words) - 1}</v>'

    sheet = re.sub(r't="inlineStr"><is><t>(.*?)</t></is>', shared, part(workbook, SHEET).decode())
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    table = f'<sst xmlns="{main}">{"".join(f"<si><t>{word}</t></si>" for word in words)}</sst>'
    kinds = part(workbook, "[Content_Types].xml").replace(
        b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.'
                     b'openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>')
    return with_parts(workbook, {SHEET: sheet.encode(), "[Content_Types].xml": kinds},
                      new=[(WORDS, table.encode())])


def part(workbook: bytes, name: str) -> bytes:
    """One part of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)
