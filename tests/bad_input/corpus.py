"""A corpus of bad input: each case is one small study with one fault in it.

`python tests/bad_input/corpus.py DIR` writes every case into a folder of its own, for looking at.
Made by hand and from nobody's data; the secrets in it stand for what participants wrote, and no
message may ever hold one of them.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests import study_folder
from tests.study_folder import Rows, as_csv

Content = bytes | Callable[[Path], object]   # of a file, or what makes it at its place
Command = Literal["validate", "score", "report", "link", "init"]

# The first two look like nothing in particular: a right file may hold them, too.
SECRETS = ("zq-secret-17", "wept at the quarry", "Anna Quetzalcoatl", "quetzal@example.org",
           "+49 30 7654321")
CODE, NOTE, NAME, MAIL, PHONE = SECRETS
# What must not be told of these and of other cells of the corpus, not even a piece.
PIECES = ("zq-", "quarry", "quetzal", "7654321", "77123", "192.0.2", "52.520", "1984-02-29")

LARGE = 50 << 20   # bytes from which a file is known by its size and date

SMALL = """
[study]
title = "A synthetic study"
design = "single_group"
waves = ["pre", "post"]
primary_outcome = "who5.percent"
[files]
responses = "responses.csv"
[instruments.who5]
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault, the command that meets it, and what must be said about it.

    Attributes
    ----------
    files : what is put into the folder of the right study, by path; None takes a file away.
    command : ``score`` reads responses alone, the others the study; a small study has one file.
    rules : every rule that stops the run, or of the warnings and notes where nothing stops it.
    says : words that must stand in the message beside the rule: place, number, what to do.
    file : the file that must be named.
    stops : whether it is a fault; else the file is read, and told about.
    toml : study.toml, where it is not the one of the small or the full study.
    full : whether the study has arms and all four tables.
    exits : 1 for a fault, 2 for a wrong call.
    bare : the folder holds the files of the case and no study.
    arguments : of ``link`` and ``init``, which are called inside the folder.
    heavy : the file is large when unpacked or read: memory and time are watched, too.
    """

    name: str
    files: Mapping[str, Content | None] = field(default_factory=dict)
    command: Command = "validate"
    rules: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    file: str = "responses.csv"
    stops: bool = True
    toml: str | None = None
    full: bool = False
    exits: int | None = None
    heavy: bool = False
    bare: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """How the command ends."""
        return self.exits if self.exits is not None else int(self.stops)

    def call(self, folder: Path) -> tuple[str, ...]:
        """The arguments of `balint`."""
        if self.command == "score":
            return "score", str(folder / self.file), "-i", "who5", "-o", str(folder / "scores.csv")
        if self.command == "report":
            return "report", str(folder), "-o", str(folder / "result")
        if self.command == "validate":
            return "validate", str(folder)
        return self.command, *self.arguments

    def write(self, folder: Path) -> None:
        """The study with its fault, into an empty folder."""
        if not self.bare:
            self._write_study(folder)
        for name, content in self.files.items():
            put(folder / name, content)

    def _write_study(self, folder: Path) -> None:
        right = full_tables() if self.full else {"responses.csv": small_responses()}
        toml = self.toml or (study_folder.TOML if self.full else SMALL)
        for name, rows in right.items():
            (folder / name).write_bytes(as_csv(rows).encode())
        if self.file not in right and self.file.startswith("responses") and not self.toml:
            (folder / "responses.csv").unlink()
            toml = toml.replace("responses.csv", self.file)
        (folder / "study.toml").write_text(toml, encoding="utf-8")


def put(path: Path, content: Content | None) -> None:
    """A file of these bytes, or made by a function; None takes it away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        content(path)


# --- the right files, with the secrets that a right file may hold --------------------------------


def small_responses(*, named: bool = False) -> Rows:
    """Six people at two waves; with names, addresses and telephone numbers if they are asked for.

    A file whose fault is found on reading holds all secrets; where its cells are looked at, they
    would be a fault of their own.
    """
    rows = [["participant", "wave", *study_folder.ITEMS, "remarks"]]
    for wave, name in enumerate(("pre", "post")):
        rows += [[CODE if i == 0 else f"T{i:02}", name, *study_folder.answers(i, wave), ""]
                 for i in range(6)]
    remarks = (NOTE, NAME, MAIL, PHONE) if named else (NOTE,)
    for row, remark in zip(rows[1:], remarks, strict=False):
        row[-1] = remark
    return rows


def full_tables() -> dict[str, Rows]:
    """The four tables; the first person has a code that must not be told."""
    return {name: [[CODE if cell == "T01" else cell for cell in row] for row in rows]
            for name, rows in study_folder.tables().items()}


def small_csv(mark: str = ",", *, named: bool = True) -> str:
    """The responses of the small study as text."""
    return as_csv(small_responses(named=named), mark)


def changed(change: Callable[[Rows], object], file: str = "responses.csv", *, full: bool = False
            ) -> Content:
    """A right table after a change to its rows."""
    rows = full_tables()[file] if full else small_responses()
    change(rows)
    return as_csv(rows).encode()


def headless(rows: Rows) -> bytes:
    """What the first person wrote stands where the names belong, above an address."""
    remarks = [NOTE, MAIL, *[""] * (len(rows) - 3)]
    return as_csv([[*row, remark] for row, remark in zip(rows[1:], remarks, strict=True)]).encode()


def cell(line: int, column: int, value: str) -> Callable[[Rows], object]:
    """The change of one cell; line and column count from 1, as a spreadsheet does."""
    def change(rows: Rows) -> None:
        rows[line - 1][column - 1] = value

    return change


def column(number: int, values: Callable[[str], str]) -> Callable[[Rows], object]:
    """The change of every cell of a column below its name."""
    def change(rows: Rows) -> None:
        for row in rows[1:]:
            row[number - 1] = values(row[number - 1])

    return change


def sparse(size: int, beginning: bytes = b"") -> Content:
    """A file of this size that takes no room on the disk: what follows the beginning is zeros."""
    def make(path: Path) -> None:
        with path.open("wb") as stream:
            stream.write(beginning)
            stream.truncate(size)

    return make


def everything(folder: Path) -> dict[str, str]:
    """Every entry of a folder: what it is, and what it holds."""
    return {path.relative_to(folder).as_posix(): _state(path)
            for path in sorted(folder.rglob("*"))}


def _state(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if not path.is_file():
        return "folder" if path.is_dir() else "other"
    about = path.stat()
    if about.st_size > LARGE or not os.access(path, os.R_OK):
        return f"{about.st_size} bytes of {about.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pieces_in(text: str) -> list[str]:
    """The pieces of cells that a text holds."""
    return [piece for piece in PIECES if piece in text.lower()]


def every_case() -> list[Case]:
    """All cases; the names are distinct."""
    from tests.bad_input import (
        cases_of_cells,
        cases_of_exports,
        cases_of_key_files,
        cases_of_linking,
        cases_of_sequences,
        cases_of_statistics,
        cases_of_study_toml,
        cases_of_tables,
        cases_of_text,
        cases_of_workbooks,
    )

    found: list[Case] = []
    for module in (cases_of_text, cases_of_cells, cases_of_workbooks, cases_of_statistics,
                   cases_of_tables, cases_of_study_toml, cases_of_key_files, cases_of_linking,
                   cases_of_exports, cases_of_sequences):
        found += module.cases()
    assert len({case.name for case in found}) == len(found)
    return found


def write_all(folder: Path, cases: Iterable[Case]) -> None:
    """Each case into a folder of its name."""
    for case in cases:
        place = folder / case.name
        place.mkdir(parents=True)
        case.write(place)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_all(target, every_case())
    sys.stdout.write(f"{len(every_case())} cases in {target}\n")
