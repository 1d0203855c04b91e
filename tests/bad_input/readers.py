"""Every verb that reads a file of the user's, on bytes: a result, or a sentence without a cell.

Shared by the properties (`test_bytes.py`) and the fuzz run (`fuzz_readers.py`).
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from balint_research.errors import BalintError, DataError, Issue, KeyFileError, StudyError
from balint_research.scoring.exchange.redcap import read_dictionary
from balint_research.scoring.exchange.wording import read_wording
from balint_research.scoring.keyfile import read_key
from balint_research.scoring.library import load_instrument
from balint_research.study.link.elements import parse_elements
from balint_research.study.link.link import link_waves
from balint_research.study.propose.propose import propose_study
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import TextTable, typed
from balint_research.study.study import read_study
from balint_research.study.validate import check_data
from tests import study_folder
from tests.bad_input.cases_of_key_files import KEY
from tests.bad_input.cases_of_linking import ELEMENTS, wave
from tests.bad_input.corpus import SECRETS, SMALL, full_tables, small_csv, small_responses
from tests.bad_input.export_texts import (
    DICTIONARY,
    FORMS,
    LABELLED,
    LIMESURVEY,
    QUALTRICS,
    REDCAP,
)
from tests.bad_input.formats import (
    SHEET,
    as_parquet,
    as_statistics,
    as_workbook,
    made,
    part,
    with_parts,
    with_shared_words,
)
from tests.study_folder import as_csv

ROWS = small_responses(named=True)
WORKBOOK = with_shared_words(made(as_workbook(ROWS)))

# What may be declared about a text file; the first byte of an input chooses.
DECLARED: tuple[tuple[Reading, str], ...] = (
    (Reading(dialect="redcap"), REDCAP), (Reading(repeat_instrument="base"), REDCAP),
    (Reading(dialect="qualtrics"), QUALTRICS), (Reading(dialect="qualtrics_legacy"), QUALTRICS),
    (Reading(dialect="limesurvey", unfinished="keep"), LIMESURVEY),
    (Reading(dialect="google_forms"), FORMS), (Reading(dialect="microsoft_forms"), FORMS),
    (Reading(dialect="redcap_labels", dictionary="dictionary.csv"), LABELLED),
    (Reading(header_lines=2), FORMS), (Reading(encoding="utf-16"), FORMS),
    (Reading(encoding="shift_jis"), FORMS), (Reading(separator="|", decimal=","), FORMS),
    (Reading(missing={"4": "refused"}), FORMS),
)


@dataclass(frozen=True)
class Reader:
    """A verb, the name of the file it is given, right files, and what its faults are called."""

    name: str
    read: Callable[[Path], object]
    right: tuple[bytes, ...]
    faults: type[BalintError] | tuple[type[BalintError], ...] = DataError
    packs: Callable[[bytes], bytes] = bytes    # from an input to the file

    def attempt(self, content: bytes, folder: Path) -> BalintError | None:
        """The fault, or None where the file is read; AssertionError where a secret is told."""
        path = folder / self.name
        path.write_bytes(self.packs(content))
        try:
            found = self.read(path)
        except self.faults as fault:
            _no_secret(str(fault))
            return fault
        if isinstance(found, TextTable):
            _right(found)
        return None


def _no_secret(text: str) -> None:
    assert not any(secret in text for secret in SECRETS), "a message holds a cell"


def _no_secrets(issues: Iterable[Issue]) -> None:
    for issue in issues:
        _no_secret(str(issue))


def _right(table: TextTable) -> None:
    """What every table that was read keeps: rows, texts, numbers, notes without a cell."""
    frame = table.frame
    assert len(frame) and frame.columns.is_unique and frame.index.is_unique
    assert all(str(kind) == "str" for kind in frame.dtypes)
    assert table.reasons.empty or table.reasons.index.isin(frame.index).all()
    assert len(typed(frame, table.decimal)) == len(frame)
    _no_secrets(table.issues)


def _declared(path: Path) -> TextTable:
    """The first byte says what is declared, the rest is the file."""
    raw = path.read_bytes()
    reading, _ = DECLARED[(raw[0] if raw else 0) % len(DECLARED)]
    (path.parent / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    path.write_bytes(raw[1:])
    return read_text(path, reading=reading)


def _checked(path: Path) -> None:
    """Everything that `balint validate` looks at."""
    (path.parent / "study.toml").write_text(SMALL, encoding="utf-8")
    _no_secrets(check_data(read_study(path.parent))[1])


def _tables(path: Path) -> None:
    """The first byte says which of the tables the rest is."""
    raw = path.read_bytes()
    for name, rows in full_tables().items():
        (path.parent / name).write_text(as_csv(rows), encoding="utf-8")
    changed = sorted(full_tables())[(raw[0] if raw else 0) % 4]
    (path.parent / changed).write_bytes(raw[1:])
    (path.parent / "study.toml").write_text(study_folder.TOML, encoding="utf-8")
    _no_secrets(check_data(read_study(path.parent))[1])


def _proposed(path: Path) -> None:
    """Everything that `balint init --from` writes and says."""
    proposal = propose_study(path)
    tomllib.loads(proposal.toml)
    _no_secret(proposal.toml)
    _no_secret(proposal.findings.to_csv())
    _no_secrets(proposal.issues)


def _linked(path: Path) -> None:
    """A second wave of codes, and the decisions about pairs."""
    waves = [read_text(path).frame, pd.DataFrame(wave()[1:], columns=wave()[0])]
    report = link_waves(*waves, elements=parse_elements(ELEMENTS), seed=1)
    assert len(report.links) == sum(map(len, waves))
    _no_secret(str(report))
    _no_secrets(report.issues)


def _sheet(xml: bytes) -> bytes:
    """A workbook whose only sheet is this."""
    return with_parts(WORKBOOK, {SHEET: xml})


def _table(ending: str, *right: bytes) -> Reader:
    return Reader(f"responses.{ending}", read_text, right)


READERS: Mapping[str, Reader] = {
    "text": _table("csv", *(text.encode() for text in (
        small_csv(), small_csv(";"), REDCAP, QUALTRICS, LIMESURVEY, FORMS)),
        small_csv().encode("utf-16"), small_csv().replace("T", "ü").encode("cp1252")),
    "declared": Reader("responses.csv", _declared, tuple(
        bytes([i]) + text.encode() for i, (_, text) in enumerate(DECLARED))),
    "workbook": _table("xlsx", WORKBOOK),
    "sheet": Reader("responses.xlsx", read_text, (part(WORKBOOK, SHEET),), packs=_sheet),
    "spss": _table("sav", as_statistics(ROWS, "sav")),
    "spss_packed": _table("zsav", as_statistics(ROWS, "zsav")),
    "stata": _table("dta", as_statistics(ROWS, "dta")),
    "sas_transport": _table("xpt", as_statistics(ROWS, "xpt")),
    "sas": _table("sas7bdat", bytes.fromhex(
        "000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011") + b"\x00" * 2048),
    "parquet": _table("parquet", made(as_parquet(ROWS))),
    "checked": Reader("responses.csv", _checked, (
        small_csv(named=False).encode(), small_csv().encode())),
    "tables": Reader("table.csv", _tables, tuple(
        bytes([i]) + as_csv(rows).encode() for i, (_, rows) in enumerate(
            sorted(full_tables().items())))),
    "proposed": Reader("export.csv", _proposed, tuple(text.encode() for text in (
        small_csv(), REDCAP, QUALTRICS, LIMESURVEY, FORMS))),
    "linked": Reader("post.csv", _linked, (as_csv(wave(1)).encode(),)),
    "study": Reader("study.toml", read_study, (SMALL.encode(),), StudyError),
    "key": Reader("mine.toml", read_key, (KEY.encode(),), KeyFileError),
    "wording": Reader("wording.csv", lambda path: read_wording(path, load_instrument("who5")), (
        b"item,language,text\n1,en,wept at the quarry\n2,en,b\n3,en,c\n4,en,d\n5,en,e\n",)),
    "dictionary": Reader("dictionary.csv", read_dictionary, (DICTIONARY.encode(),)),
}
# Their libraries are written in C: what they cannot bear ends the whole process.
IN_C = ("spss", "spss_packed", "stata", "sas_transport", "sas", "parquet")
# What a whole command does takes a tenth of a second, and all tables half of one.
WHOLE = ("checked", "proposed", "linked")
SLOW = ("tables",)
