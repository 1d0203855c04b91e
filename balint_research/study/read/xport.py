"""Why numbers are missing in a SAS transport file.

The library that reads these files gives every missing number as missing and not its letter
(`.A` to `.Z`, `._`), which is where a questionnaire says "refused" or "not applicable". The layout
is that of SAS's published record layouts for versions 5 and 8: lines of 80 bytes, a description
of 140 bytes a variable, then the rows without gaps.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

LINE = 80
DESCRIPTION = 140
NUMERIC = 1
OBSERVATIONS = re.compile(rb"HEADER RECORD\*{7}OBS(?:V8)? +HEADER RECORD!{7}")
VARIABLES = re.compile(rb"HEADER RECORD\*{7}NAM(?:ESTR|STV8) +HEADER RECORD!{7}")
LETTERS = b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBER_BYTES = 8


def special_missing(path: Path, columns: int, rows: int) -> Iterator[tuple[int, int, str]]:
    """Column, row (both from 0) and letter of each number that is missing for a reason.

    Nothing where the file is laid out in another way than described: then only the reasons are
    unknown, not which cells are empty.
    """
    raw = path.read_bytes()
    described, data = VARIABLES.search(raw), OBSERVATIONS.search(raw)
    if described is None or data is None or not columns:
        return
    start = described.start() + LINE
    fields = [struct.unpack(">hhh", raw[at:at + 6])
              for at in range(start, start + columns * DESCRIPTION, DESCRIPTION)
              if at + 6 <= len(raw)]
    lengths = [length for _, _, length in fields]
    width, first = sum(lengths), data.start() + LINE
    if len(fields) != columns or min(lengths) < 1 or first + rows * width > len(raw):
        return
    offset = 0
    for column, (kind, _, length) in enumerate(fields):
        if kind == NUMERIC and 2 <= length <= NUMBER_BYTES:
            for row in range(rows):
                at = first + row * width + offset
                cell = raw[at:at + length]
                if cell[0] in LETTERS and not any(cell[1:]):
                    yield column, row, chr(cell[0])
        offset += length
