"""Files of SPSS, Stata, SAS and Parquet: damaged, or another format under the ending."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.bad_input.corpus import (
    MAIL,
    NAME,
    Case,
    Content,
    small_csv,
    small_responses,
    sparse,
)
from tests.bad_input.formats import as_parquet, as_statistics, frame, made

ROWS = small_responses(named=True)
SAS_MAGIC = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")


def cases() -> list[Case]:
    """Truncated, empty, under a wrong ending, of no rows, with labels instead of codes."""
    return [*_right(), *_damaged(), *_endings(), *_contents()]


def _read(name: str, file: str, content: Content, *rules: str, heavy: bool = False) -> Case:
    return Case(name=name, file=file, files={file: content}, command="score", rules=rules,
                heavy=heavy)


def _right() -> list[Case]:
    """Read without a word: so that it is the fault that stops the others."""
    rows = small_responses()
    files = {ending: as_statistics(rows, ending) for ending in ("sav", "zsav", "dta", "xpt")}
    files["parquet"] = made(as_parquet(rows))
    return [Case(name=f"{ending}-right", file=f"responses.{ending}", stops=False,
                 command="score", files={f"responses.{ending}": content})
            for ending, content in files.items()]


def _damaged() -> list[Case]:
    found = []
    for ending in ("sav", "zsav", "dta", "xpt", "parquet"):
        file = f"responses.{ending}"
        right = made(as_parquet(ROWS)) if ending == "parquet" else as_statistics(ROWS, ending)
        found += [
            _read(f"{ending}-no-bytes", file, b"", "empty_file"),
            _read(f"{ending}-cut-in-the-header", file, right[:100], "not_readable"),
            _read(f"{ending}-cut-in-the-middle", file, right[:len(right) // 2], "not_readable"),
            _read(f"{ending}-is-text", file, small_csv().encode(), "not_readable"),
        ]
    return [
        *found,
        _read("sas7bdat-no-bytes", "responses.sas7bdat", b"", "empty_file"),
        _read("sas7bdat-is-text", "responses.sas7bdat", small_csv().encode(), "not_readable"),
        _read("sas7bdat-nothing-behind-its-beginning", "responses.sas7bdat",
              SAS_MAGIC + b"\x00" * 4096, "not_readable"),
        _read("parquet-both-ends-and-nothing-between", "responses.parquet", b"PAR1" * 2,
              "not_readable"),
        _read("sav-two-gigabytes-of-nothing", "responses.sav", sparse(2 << 30), "large_file",
              heavy=True),
    ]


def _endings() -> list[Case]:
    sav, dta = as_statistics(ROWS, "sav"), as_statistics(ROWS, "dta")
    return [
        _read("sav-is-stata", "responses.sav", dta, "not_readable"),
        _read("dta-is-spss", "responses.dta", sav, "not_readable"),
        _read("xpt-is-spss", "responses.xpt", sav, "not_readable"),
        _read("parquet-is-spss", "responses.parquet", sav, "not_readable"),
        _read("xlsx-is-spss", "responses.xlsx", sav, "not_readable"),
        _read("csv-is-spss", "responses.csv", sav, "not_text"),
        _read("csv-is-stata", "responses.csv", dta, "not_text"),
    ]


def _contents() -> list[Case]:
    spoilt = as_statistics(ROWS, "sav").replace(b"quetzal@", b"qu\xff\xfezal@")
    return [
        _read("sav-letters-of-no-encoding", "responses.sav", spoilt, "letters_inside"),
        _read("sav-no-rows", "responses.sav", as_statistics(ROWS[:1], "sav"), "no_rows"),
        _read("dta-no-rows", "responses.dta", as_statistics(ROWS[:1], "dta"), "no_rows"),
        _read("parquet-no-rows", "responses.parquet", as_parquet(ROWS[:1]), "no_rows"),
        _read("parquet-no-columns", "responses.parquet", lambda path: pd.DataFrame().to_parquet(
            path), "empty_file"),
        _labelled("sav", _as_sav),
        _labelled("parquet", lambda table: made(lambda path: table.to_parquet(path))),
        _nested(),
    ]


def _as_sav(table: pd.DataFrame) -> bytes:
    """An SPSS file of a frame."""
    import pyreadstat

    return made(lambda path: pyreadstat.write_sav(table, str(path)), ".sav")


def _labelled(ending: str, write: Callable[[pd.DataFrame], bytes]) -> Case:
    """Labels in place of the codes, and a name among them."""
    labels = ["at no time", NAME, MAIL, "most of the time", "rarely", "often"]
    table = frame(small_responses()).assign(who5_3=labels * 2)
    return Case(name=f"{ending}-labels-for-codes", file=f"responses.{ending}",
                command="score", files={f"responses.{ending}": write(table)},
                rules=("text_answers",), says=("column 'who5_3'", "12 answers"))


def _nested() -> Case:
    def make(path: Path) -> None:
        table = frame(small_responses())
        lists = pd.Series([[NAME, str(i)] for i in range(len(table))], dtype="object")
        table.assign(who5_3=lists).to_parquet(path)

    return Case(name="parquet-lists-in-an-item", file="responses.parquet", command="score",
                files={"responses.parquet": make}, rules=("text_answers",),
                says=("column 'who5_3'",))
