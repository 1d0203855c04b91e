"""Exports from which no study can be proposed (`balint init DIR --from EXPORT`)."""

from collections.abc import Mapping

from tests.bad_input.corpus import (
    MAIL,
    NAME,
    NOTE,
    PHONE,
    Case,
    Content,
    full_tables,
    headless,
    small_csv,
    small_responses,
    sparse,
)
from tests.bad_input.export_texts import DICTIONARY, LABELLED
from tests.bad_input.formats import as_statistics, as_workbook, made
from tests.study_folder import as_csv

NEW = "new-study"


def cases() -> list[Case]:
    """Right exports first; then faults of the export, of the dictionary, of the place."""
    rows = small_responses(named=True)
    return [
        _init("right", {"export.csv": small_csv().encode()}, stops=False),
        _init("workbook-right", {"export.xlsx": as_workbook(rows)}, stops=False,
              export="export.xlsx"),
        _init("spss-right", {"export.sav": as_statistics(rows, "sav")}, stops=False,
              export="export.sav"),
        _init("free-text-among-the-answers", {"export.csv": small_csv().replace(
            "T02,pre,0,1,4,", f"T02,pre,0,1,4 {PHONE},").encode()}, stops=False),
        _init("export-without-its-header", {"export.csv": headless(
            full_tables()["participants.csv"])}, stops=False),
        _init("name-of-many-words-and-numbers", {"export.csv": LABELLED.replace(
            "First", f'"{small_csv(named=False)[60:300]}"').encode()}, stops=False, heavy=True),
        *_exports(), *_dictionaries(), *_places(),
    ]


def _init(name: str, files: Mapping[str, Content | None], *rules: str, says: tuple[str, ...] = (),
          export: str = "export.csv", file: str | None = None, more: tuple[str, ...] = (),
          stops: bool = True, exits: int | None = None, heavy: bool = False) -> Case:
    return Case(
        name=f"init-{name}", command="init", files=files, rules=rules, says=says, bare=True,
        file=file if file is not None else export, stops=stops, exits=exits, heavy=heavy,
        arguments=(NEW, "--from", export, *more))


def _exports() -> list[Case]:
    raw = small_csv().encode()
    book = made(as_workbook(small_responses(named=True)))
    return [
        _init("no-bytes", {"export.csv": b""}, "empty_file"),
        _init("header-only", {"export.csv": raw.splitlines()[0]}, "no_rows"),
        _init("mixed-encodings", {"export.csv": raw.replace(b"T01", "Tü".encode()).replace(
            b"T02", b"T\xfc")}, "encoding"),
        _init("open-quotation-mark", {"export.csv": raw.replace(b"T02", b'"T02')}, "open_quote"),
        _init("workbook-cut", {"export.xlsx": book[:900]}, "not_readable", export="export.xlsx"),
        _init("spss-that-is-text", {"export.sav": raw}, "not_readable", export="export.sav"),
        _init("format-that-is-not-known", {"export.docx": raw}, "unknown_format",
              export="export.docx"),
        _init("two-gigabytes", {"export.csv": sparse(2 << 30, raw)}, "large_file", heavy=True),
        _init("not-there", {}, "missing_file"),
        _init("folder", {"export.csv/notes.txt": NOTE.encode()}, "not_a_file"),
        _init("one-right-and-one-damaged", {"export.csv": raw, "later.csv": b"\x00" * 99},
              "not_text", file="later.csv", more=("--from", "later.csv")),
        _init("unknown-questionnaire", {"export.csv": raw}, file="", more=("-i", "who55"),
              says=("Did you mean 'who5'?",)),
    ]


def _dictionaries() -> list[Case]:
    def init(name: str, content: Content, *rules: str, says: tuple[str, ...] = (),
             stops: bool = True, file: str = "fields.csv") -> Case:
        return _init(f"dictionary-{name}", {"export.csv": LABELLED.encode(), "fields.csv": content},
                     *rules, says=says, file=file, more=("--dictionary", "fields.csv"),
                     stops=stops)

    return [
        init("right", DICTIONARY.encode(), stops=False),
        init("no-bytes", b"", "empty_file"),
        init("of-other-columns", as_csv([["a", "b"], [NAME, MAIL]]).encode(), "redcap_columns"),
        init("open-quotation-mark", DICTIONARY.replace("Record ID,", '"Record ID,').encode(),
             "open_quote"),
        init("without-a-label-of-the-export", DICTIONARY.replace("Never", "At no time").encode(),
             "unknown_label", says=("column 'teq_1'", "row 2"), file="export.csv"),
        init("older-encoding", DICTIONARY.replace("Never", "Gegrüßt").encode("latin-1"),
             "encoding"),
    ]


def _places() -> list[Case]:
    raw = small_csv().encode()
    return [
        _init("into-a-folder-of-somebody", {"export.csv": raw, f"{NEW}/notes.txt": NOTE.encode()},
              file=NEW, says=("not empty",)),
        _init("into-a-file", {"export.csv": raw, NEW: NOTE.encode()}, file=NEW, says=("file",)),
        Case(name="init-dictionary-without-an-export", command="init", bare=True, file="--from",
             exits=2, files={"fields.csv": DICTIONARY.encode()},
             arguments=(NEW, "--dictionary", "fields.csv")),
    ]
