"""Files of SPSS, Stata, SAS and Parquet: codes stay codes, and a missing code keeps its reason."""

import base64
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyreadstat
import pytest

from balint_research.errors import DataError
from balint_research.study.read import cells as cells_module
from balint_research.study.read import statistics as statistics_module
from balint_research.study.read.read import read_table, read_text
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import TextTable
from balint_research.study.read.xport import special_missing

# Made for this test: id 01 02 03, x 0 .A ._, day 2026-01-05 and two without (SAS, three rows).
SAS_FILE = (
    "eNrt2ztLw1AYxvG3l6Fqh1Y6dBAM4tBJEltEtwasIMSpHRwV6tDFraBTcbaTn8Dv4KwUFxdBnHRz9wPYgpeYm21zNLZQB8X/"
    "r9A358l5T0ghQ+BUZODy8WjnLJe9OT9JydSV0c7PZ7JFkQWJiSHfyoVGVbOqbWxalXWzZlYrNS2KjOD2B/P2us0Hc6iGuTMy"
    "InElXlvSDd3Y0p1acuqK1dhvHggAAAAAAAAAAAAAAP9RyvmI3Kf9USERPtsJ8rzS1Q7y0kcQ88t2RJ4OckvJr2f8WlbXj8it"
    "iBwAAAD4aW/Ptmfc+QVJTtQ/6fVVL367vark7r7apPMd778RuOOYTCvjYcFSttZP5oJ+LZi5KMqrhLx+6nFmK3uFG3URdw9v"
    "fffQ3R9ceXK4ubpW1zHOPc8GNRFxPjFqgczXsa3g6cCfFPOfAD30D4DO8V1ZX/YOL3otr972WnrROzodJPx8AAAAAAD8Bu+B"
    "4nyL"
)


def reasons(table: TextTable) -> dict[str, dict[int, str]]:
    """Why cells are empty, by column and line."""
    return {str(name): {int(str(line)): reason for line, reason in column.dropna().items()}
            for name, column in table.reasons.items()}


def labels(table: TextTable) -> dict[str, dict[str, str]]:
    """The labels of the columns that have some."""
    return {name: dict(fact.labels) for name, fact in table.facts.items() if fact.labels}


# --- SPSS ----------------------------------------------------------------------------------------


# SPSS counts the seconds since 14 October 1582.
NO_DAY = (date(1900, 1, 1) - date(1582, 10, 14)).days * 86_400


def spss(path: Path) -> TextTable:
    """Single codes, a range, a text and a date that are declared missing."""
    frame = pd.DataFrame({
        "id": ["01", "02", "03", "04"], "x": [1.0, 2.0, 99.0, -9.0], "y": [0.0, 97.0, 98.5, 5.5],
        "word": ["a", "NA", "b", "n.k."], "day": [date(2026, 1, 5), None, date(1900, 1, 1), None],
        "open": [1.0, None, 3.0, 4.0],
    })
    words: dict[str, dict[Any, str]] = {
        "x": {1: "never", 2: "often", 99: "refused", -9: "not applicable"},
        "y": {0: "no", 98: "don't know"}, "word": {"NA": "not asked"}}
    pyreadstat.write_sav(
        frame, str(path), column_labels={"x": "How often?"}, variable_value_labels=words,
        missing_ranges={"x": [99, -9], "y": [{"lo": 97, "hi": 99}], "word": ["NA", "n.k."],
                        "day": [float(NO_DAY)]},
    )
    return read_text(path)


@pytest.mark.parametrize("ending", ["sav", "zsav"])
def test_missing_codes_of_spss_keep_their_reason(ending: str, tmp_path: Path) -> None:
    table = spss(tmp_path / f"a.{ending}")
    assert table.frame.fillna("").to_dict("list") == {
        "id": ["01", "02", "03", "04"], "x": ["1", "2", "", ""], "y": ["0", "", "", "5.5"],
        "word": ["a", "", "b", ""], "day": ["2026-01-05", "", "", ""], "open": ["1", "", "3", "4"]}
    told = reasons(table)
    assert told.pop("day") == {4: f"code {NO_DAY}"}
    assert told == {"x": {4: "refused", 5: "not applicable"}, "y": {3: "code 97", 4: "code 98.5"},
                    "word": {3: "not asked", 5: "code n.k."}}
    assert table.reasons.index.equals(table.frame.index)


def test_labels_of_spss_go_beside_the_codes(tmp_path: Path) -> None:
    table = spss(tmp_path / "a.sav")
    assert labels(table) == {"x": {"1": "never", "2": "often"}, "y": {"0": "no"}}
    assert table.facts["x"].label == "How often?" and table.facts["y"].label is None


def test_a_missing_code_is_no_number_of_a_frame(tmp_path: Path) -> None:
    spss(tmp_path / "a.sav")
    frame = read_table(tmp_path / "a.sav", text_columns=["id"])
    assert frame["x"].fillna(-1).tolist() == [1, 2, -1, -1]


def test_missing_codes_of_one_letter_and_long_texts_of_spss(tmp_path: Path) -> None:
    long = "a long story " * 300
    frame = pd.DataFrame({"id": ["a", "b"], "word": ["N", "Y"], "text": [long, ""]})
    words: dict[str, dict[Any, str]] = {"word": {"N": "not asked", "Y": "yes"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), missing_ranges={"word": ["N"]},
                         variable_value_labels=words)
    table = read_text(tmp_path / "a.sav")
    assert reasons(table) == {"word": {2: "not asked"}} and labels(table) == {"word": {"Y": "yes"}}
    assert table.frame["text"].fillna("").tolist() == [long.strip(), ""]


def test_a_range_of_spss_without_an_end(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 97.0, 1e6], "day": [date(2026, 1, 5), date(1900, 1, 1), None]})
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), missing_ranges={
        "x": [{"lo": 97, "hi": float("inf")}], "day": [{"lo": float("-inf"), "hi": NO_DAY + 1.0}]})
    table = read_text(tmp_path / "a.sav")
    assert table.frame.fillna("").to_dict("list") == {
        "x": ["1", "", ""], "day": ["2026-01-05", "", ""]}
    assert reasons(table) == {"x": {3: "code 97", 4: "code 1000000"}, "day": {3: f"code {NO_DAY}"}}


def test_letters_of_an_undeclared_encoding(tmp_path: Path) -> None:
    pyreadstat.write_sav(pd.DataFrame({"id": ["Jürgen", "Zoë"]}), str(tmp_path / "a.sav"))
    raw = (tmp_path / "a.sav").read_bytes()
    old = raw.replace("Jürgen".encode(), "Jürgen ".encode("cp1252")).replace(
        "Zoë".encode(), "Zoë ".encode("cp1252"))
    assert len(old) == len(raw) and old != raw
    (tmp_path / "a.sav").write_bytes(old)
    with pytest.raises(DataError) as caught:
        read_text(tmp_path / "a.sav")
    assert str(caught.value.issues[0]) == (
        "a.sav: The texts in a file of SPSS are not in the encoding that it names. Declare their "
        "`encoding` under [reading] (of older files often windows-1252), or save it again in a "
        "newer version of the program. [letters_inside]")
    table = read_text(tmp_path / "a.sav", reading=Reading(encoding="windows-1252"))
    assert table.frame["id"].tolist() == ["Jürgen", "Zoë"]
    with pytest.raises(DataError, match="unknown_encoding"):
        read_text(tmp_path / "a.sav", reading=Reading(encoding="utf-9"))


# --- Stata ---------------------------------------------------------------------------------------


def test_missing_letters_of_stata_keep_their_reason(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "x": [1, "a", "z"], "y": [0.5, "b", None],
                          "word": ["a", "b", "c"]})
    words: dict[str, dict[Any, str]] = {"x": {1: "yes", "a": "refused"}}
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"),
                         missing_user_values={"x": ["a", "z"], "y": ["b"]},
                         variable_value_labels=words)
    table = read_text(tmp_path / "a.dta")
    assert table.frame.fillna("").to_dict("list") == {
        "id": ["a", "b", "c"], "x": ["1", "", ""], "y": ["0.5", "", ""], "word": ["a", "b", "c"]}
    assert reasons(table) == {"x": {3: "refused", 4: "code .z"}, "y": {3: "code .b"}}
    assert labels(table) == {"x": {"1": "yes"}}


# --- SAS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [5, 8])
def test_missing_letters_of_a_transport_file(version: Literal[5, 8], tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c", "d"], "x": [0.0, None, None, None],
                          "y": [None, 2.0, 3.5, -1.0]})
    path = tmp_path / "a.xpt"
    pyreadstat.write_xport(frame, str(path), table_name="A", file_format_version=version)
    plain = read_text(path)
    assert plain.frame["x"].fillna("").tolist() == ["0", "", "", ""] and reasons(plain) == {}
    begin, dot = path.read_bytes().split(b"b" + b".".ljust(8, b"\x00"))
    dot = dot.replace(b"c" + b".".ljust(8, b"\x00"), b"c" + b"_".ljust(8, b"\x00"))
    path.write_bytes(begin + b"b" + b"R".ljust(8, b"\x00") + dot)
    table = read_text(path)
    assert table.frame.equals(plain.frame)
    assert reasons(table) == {"x": {3: "code .R", 4: "code ._"}}


def test_a_transport_file_of_another_layout_has_no_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    frame = pd.DataFrame({"id": ["a", "b"], "x": [1.0, None]})
    pyreadstat.write_xport(frame, str(path), table_name="A", file_format_version=5)
    raw = path.read_bytes()
    assert list(special_missing(path, 2, 2)) == []
    for content, columns, rows in (
        (raw, 3, 2), (raw, 2, 99), (raw[:600], 2, 2), (b"", 2, 2), (raw, 0, 0),
        (raw.replace(b"NAMESTR", b"NOTHING"), 2, 2),
    ):
        path.write_bytes(content)
        assert list(special_missing(path, columns, rows)) == []


def test_missing_letters_of_a_sas_data_set(tmp_path: Path) -> None:
    (tmp_path / "a.sas7bdat").write_bytes(zlib.decompress(base64.b64decode(SAS_FILE)))
    table = read_text(tmp_path / "a.sas7bdat")
    assert table.frame.fillna("").to_dict("list") == {
        "id": ["01", "02", "03"], "x": ["0", "", ""], "day": ["2026-01-05", "", ""]}
    assert reasons(table) == {"x": {3: "code .A", 4: "code ._"}}


# --- Parquet -------------------------------------------------------------------------------------


def test_parquet_keeps_long_ids_and_every_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "id": pd.array([9_007_199_254_740_993, None, 3], dtype="Int64"),
        "at": [datetime(2026, 1, 5), datetime(2026, 1, 5, 8, 30), None], "x": [0.5, 1.0, None],
        "t": [time(8, 30), None, None], "yes": [True, None, False],
    }, index=pd.Index(["a", "b", "c"], name="person"))
    frame.to_parquet(tmp_path / "a.parquet")
    table = read_text(tmp_path / "a.parquet")
    assert table.frame.fillna("").to_dict("list") == {
        "id": ["9007199254740993", "", "3"], "at": ["2026-01-05", "2026-01-05T08:30:00", ""],
        "x": ["0.5", "1", ""], "t": ["08:30:00", "", ""], "yes": ["True", "", "False"],
        "person": ["a", "b", "c"]}
    frame.reset_index(drop=True).iloc[[2, 0]].to_parquet(tmp_path / "b.parquet")
    assert list(read_text(tmp_path / "b.parquet").frame.columns) == ["id", "at", "x", "t", "yes"]


# --- sizes and damage ----------------------------------------------------------------------------

WRITERS: dict[str, Any] = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta,
                           "xpt": pyreadstat.write_xport}


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt", "parquet"])
def test_a_file_of_too_many_cells_is_not_read_whole(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 2.0, 3.0, 4.0]})
    path = tmp_path / f"a.{ending}"
    WRITERS.get(ending, lambda table, where: table.to_parquet(where))(frame, str(path))
    monkeypatch.setattr(cells_module, "MOST_CELLS", 5)
    monkeypatch.setattr(statistics_module, "MOST_CELLS", 5)
    with pytest.raises(DataError, match="many_cells"):
        read_text(path)
    monkeypatch.setattr(cells_module, "MOST_CELLS", 500)
    monkeypatch.setattr(cells_module, "MOST_COLUMNS", 1)
    with pytest.raises(DataError, match="many_columns"):
        read_text(path)


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt", "parquet", "sas7bdat"])
@pytest.mark.parametrize("content", [b"x", b"id,x\na,1\n" * 20, b"$FL2@(#) SPSS" + b"\x00" * 200])
def test_what_is_another_format_is_one_sentence(
    ending: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_text(path)
    assert [issue.rule for issue in caught.value.issues] == ["not_readable"]
