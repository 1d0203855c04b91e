"""Text files: encodings, separators, decimal marks, sizes; what is found and what is declared."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError, Issue
from balint_research.study.read import cells as cells_module
from balint_research.study.read import read as read_module
from balint_research.study.read.read import read_table, read_text
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import TextTable, numbers

NAMES = "id;Gruß;x\nJérôme;Ünal;1\n"


def put(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def stops(path: Path, **declared: Any) -> list[Issue]:
    """The faults that stop the reading."""
    with pytest.raises(DataError) as caught:
        read_text(path, reading=Reading(**declared))
    return list(caught.value.issues)


def rules(table: TextTable) -> list[tuple[str, str]]:
    """Rule and severity of what was noted."""
    return [(issue.rule, issue.severity) for issue in table.issues]


# --- encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_says_its_encoding_is_read_without_a_word(encoding: str, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, NAMES.encode(encoding)))
    assert list(table.frame.columns) == ["id", "Gruß", "x"]
    assert list(table.frame.loc[2]) == ["Jérôme", "Ünal", "1"]
    assert table.issues == ()


@pytest.mark.parametrize(("mark", "encoding"), [
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_both_orders_of_utf_16(mark: bytes, encoding: str, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, mark + NAMES.encode(encoding)))
    assert list(table.frame.loc[2]) == ["Jérôme", "Ünal", "1"]


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    path = put(tmp_path, ("id;x\na;1\n" + "Jérôme – “Ünal”;2\n").encode("cp1252"))
    table = read_text(path)
    assert table.frame.loc[3, "id"] == "Jérôme – “Ünal”"
    assert rules(table) == [("encoding", "warn")]
    assert str(table.issues[0]) == (
        "a.csv, row 3: The text is not encoded in UTF-8 and was read as Windows-1252, from this "
        "line on. Save it as 'CSV UTF-8', or declare its `encoding` under [reading], so that "
        "letters with accents stay what they are. [encoding]")
    with pytest.warns(UserWarning, match="read as Windows-1252"):
        read_table(path)


@pytest.mark.parametrize(("declared", "written"), [
    ("iso-8859-15", "iso-8859-15"), ("mac-roman", "mac_roman"), ("cp850", "cp850"),
    ("utf-16-le", "utf-16-le"), ("utf-16", "utf-16"), ("UTF-8", "utf-8-sig"), ("utf8", "utf-8"),
])
def test_a_declared_encoding_wins(declared: str, written: str, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, NAMES.encode(written)), reading=Reading(encoding=declared))
    assert list(table.frame.loc[2]) == ["Jérôme", "Ünal", "1"]
    assert table.issues == ()


def test_a_declared_encoding_that_cannot_be(tmp_path: Path) -> None:
    path = put(tmp_path, "id;x\na;1\nÜnal;2\n".encode("cp1252"))
    assert str(stops(path, encoding="utf-8")[0]) == (
        "a.csv, row 3: The text is not encoded in utf-8, which is declared. Correct `encoding` "
        "under [reading], or remove it. [encoding_declared]")
    marked = put(tmp_path, NAMES.encode("utf-8-sig"))
    assert [issue.rule for issue in stops(marked, encoding="windows-1252")] == ["encoding_declared"]
    for name in ("utf-9", "rot13", "zlib", "idna", "utf-8\x00", "", "punycode"):
        issue = stops(path, encoding=name)[0]
        assert issue.rule == "unknown_encoding"
        assert "windows-1252" in str(issue.allowed)


def test_two_encodings_in_one_file_stop(tmp_path: Path) -> None:
    mixed = b"id;x\n" + "Müller;1\n".encode() + "Müller;2\n".encode("cp1252")
    assert [(issue.rule, issue.severity, issue.rows) for issue in stops(put(tmp_path, mixed))] == [
        ("encoding", "stop", (3,))]
    before = b"id;x\n" + "Müller;1\n".encode("cp1252") + "Müller;2\n".encode()
    assert stops(put(tmp_path, before))[0].rows == (2,)


@pytest.mark.parametrize("content", [
    b"id,x\na\x00,1\n", "id,x\na,1\n".encode("utf-16-le"), "id,x\na,1\n".encode("utf-32"),
    b"PK\x03\x04id,x\n", bytes(range(1, 32)) * 20, b"\xff\xfei\x00\x00\x00",
])
def test_what_is_no_text(content: bytes, tmp_path: Path) -> None:
    assert [issue.rule for issue in stops(put(tmp_path, content))] == ["not_text"]


# --- separators ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_each_separator_is_found(mark: str, tmp_path: Path) -> None:
    text = f"id{mark}x\na{mark}1\nb{mark}2\n"
    assert read_text(put(tmp_path, text)).frame["x"].tolist() == ["1", "2"]


def test_questions_with_commas_do_not_take_the_place_of_the_separator(tmp_path: Path) -> None:
    text = "id;Are you calm, rested, well?;Really, now, today?\na;1;2\nb;3;4\n"
    table = read_text(put(tmp_path, text))
    assert list(table.frame.columns) == [
        "id", "Are you calm, rested, well?", "Really, now, today?"]


def test_an_open_quote_does_not_choose_the_separator(tmp_path: Path) -> None:
    assert [issue.rule for issue in stops(put(tmp_path, 'id;a, b;c\na;"1;2\n'))] == ["open_quote"]


def test_a_column_without_a_name_is_never_called_like_another(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, "id,,unnamed_2,\na,1,2,\nb,3,4,\n"))
    assert list(table.frame.columns) == ["id", "unnamed_2_", "unnamed_2"]
    assert list(table.frame.loc[3]) == ["b", "3", "4"]


def test_a_declared_separator_wins(tmp_path: Path) -> None:
    path = put(tmp_path, "a,b,c;x\n1,2,3;4\n")
    assert read_text(path).frame.shape == (1, 3)
    table = read_text(path, reading=Reading(separator=";"))
    assert list(table.frame.columns) == ["a,b,c", "x"] and table.frame.loc[2, "x"] == "4"


def test_a_line_that_names_the_separator(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, "sep=|\nid|x,y\na|1\n"))
    assert table.frame.index.tolist() == [3] and list(table.frame.columns) == ["id", "x,y"]


# --- decimals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_comma_between_semicolons_or_tabs_is_a_decimal(mark: str, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, f"id{mark}x\na{mark}1,5\n"))
    assert table.decimal == "," and table.issues == ()


def test_a_quoted_comma_is_a_decimal_where_nothing_speaks_against_it(tmp_path: Path) -> None:
    table = read_text(put(tmp_path, 'id,x,y\na,"1,5",3\nb,2,4\n'))
    assert table.decimal == ","
    assert numbers(table.frame["x"], table.decimal)[0].tolist() == [1.5, 2.0]
    assert [(issue.rule, issue.severity, issue.column) for issue in table.issues] == [
        ("decimal_comma", "warn", "x")]


@pytest.mark.parametrize("text", [
    'id,x,y\na,"1,5",2.5\n',            # another column has decimal points
    'id,x,y\na,"1,5",3\nb,none,4\n',    # a word in the column
    'id,x,y\na,"1,5,7",3\nb,"1,5",4\n',  # three boxes that were ticked
    'id,x,y\na,"1,5",3\nb,2,4\nc,2,4\n',  # one of many: a slip
    'Timestamp,x,y\n2026-01-01 10:00,"1,5",3\n',  # a Google form: two boxes that were ticked
])
def test_a_quoted_comma_that_may_be_something_else_stays_text(text: str, tmp_path: Path) -> None:
    table = read_text(put(tmp_path, text))
    assert table.decimal == "."
    assert numbers(table.frame["x"], table.decimal)[1].loc[2]


def test_a_declared_decimal_mark_wins(tmp_path: Path) -> None:
    path = put(tmp_path, 'id;x\na;"1,5"\n')
    assert read_text(path, reading=Reading(decimal=".")).decimal == "."
    path = put(tmp_path, 'Timestamp,x,y\nnow,"1,5",3\n')
    assert read_text(path, reading=Reading(decimal=",")).decimal == ","


# --- header lines --------------------------------------------------------------------------------


def test_two_lines_that_name_the_columns_together(tmp_path: Path) -> None:
    text = "id,age,Pre,,Post,\n,,q1,q2,q1,q2\na,30,1,2,3,4\n"
    path = put(tmp_path, text)
    table = read_text(path, reading=Reading(header_lines=2))
    assert list(table.frame.columns) == ["id", "age", "Pre_q1", "Pre_q2", "Post_q1", "Post_q2"]
    assert list(table.frame.loc[3]) == ["a", "30", "1", "2", "3", "4"]


def test_a_title_above_the_names_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "Study of 2026,,,\nid,q1,q2,q3\na,1,2,3\n")
    assert str(stops(path)[0]) == (
        "a.csv, row 1: The first line names fewer than half of the columns that the next line "
        "fills. Remove what stands above the names; or declare under [reading] how many lines name "
        "the columns together (header_lines = 2). [second_header]")


@pytest.mark.parametrize("lines", [0, -1, 3, 99])
def test_more_header_lines_than_lines(lines: int, tmp_path: Path) -> None:
    path = put(tmp_path, "id,x\na,1\nb,2\n")
    assert [issue.rule for issue in stops(path, header_lines=lines)] == ["header_lines_nowhere"]


# --- sizes ---------------------------------------------------------------------------------------


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = put(tmp_path, "id,x\na,1\n")
    with path.open("r+b") as stream:
        stream.truncate(read_module.LARGEST + 1)
    assert [issue.rule for issue in stops(path)] == ["large_file"]


def test_too_many_columns_stop_at_the_first_line(tmp_path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(cells_module.MOST_COLUMNS + 1))
    issue = stops(put(tmp_path, f"{header}\n"))[0]
    assert (issue.rule, issue.rows, issue.allowed) == (
        "many_columns", (1,), "up to 10,000 columns")


def test_too_many_cells_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells_module, "MOST_CELLS", 5)
    assert [issue.rule for issue in stops(put(tmp_path, "id,x\na,1\nb,2\n"))] == ["many_cells"]


def test_a_very_long_cell_is_no_open_quote(tmp_path: Path) -> None:
    issue = stops(put(tmp_path, "id,x\na,1\nb," + "y" * 140_000 + "\n"))[0]
    assert issue.rule == "long_cell" and issue.rows == (3,)
    assert issue.what == "A cell has more than 131,072 characters."


def test_an_open_quote_is_told_where_it_begins(tmp_path: Path) -> None:
    issue = stops(put(tmp_path, 'id,x\n"a\nb",1\nc,"2\nd,3\n'))[0]
    assert (issue.rule, issue.rows) == ("open_quote", (3,))


@pytest.mark.parametrize("text", [
    "id,a,b,note\nx,1,5,3,\ny,1,2,\n",     # 1,5 is one number, and its row ends in nothing
    "id,a,b,note\nx,1,5,3,\ny,2,5,2,\n",   # in every row
])
def test_a_row_longer_than_the_header_never_moves_an_answer(text: str, tmp_path: Path) -> None:
    assert {issue.rule for issue in stops(put(tmp_path, text))} == {"ragged_rows"}


def test_numbers_without_end_are_no_numbers(tmp_path: Path) -> None:
    column = read_text(put(tmp_path, "id,x\na,1e999\nb,-1e999\nc,1e3\nd,inf\n")).frame["x"]
    values, bad = numbers(column, ".")
    assert bad.tolist() == [True, True, False, True] and values.tolist()[2] == 1000


def test_a_name_longer_than_the_system_allows(tmp_path: Path) -> None:
    assert [issue.rule for issue in stops(tmp_path / ("a" * 5000 + ".csv"))] == ["missing_file"]


# --- what is declared in the wrong place ---------------------------------------------------------


def test_every_declaration_that_does_not_apply_is_told_at_once(tmp_path: Path) -> None:
    path = put(tmp_path, "id,x\na,1\n")
    assert [str(issue) for issue in stops(path, repeat_instrument="visit", unfinished="keep")] == [
        f"a.csv: `{name}` under [reading] does not apply to a plain table. Remove it, or declare "
        "the `dialect` of the file beside it. [not_of_this_format]"
        for name in ("repeat_instrument", "unfinished")]
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "a.parquet")
    assert [issue.what for issue in stops(
        tmp_path / "a.parquet", encoding="utf-8", separator=";", decimal=",", header_lines=2)] == [
        f"`{name}` under [reading] does not apply to a file ending in .parquet."
        for name in ("encoding", "separator", "decimal", "header_lines")]


def test_declared_texts_without_an_answer_leave_a_reason(tmp_path: Path) -> None:
    path = put(tmp_path, "id,x,y\na,99,no answer\n\nb,1,99\nc,,2\n")
    table = read_text(path, reading=Reading(missing={"99": "refused", "no answer": "not asked"}))
    assert list(table.frame.fillna("").loc[2]) == ["a", "", ""]
    assert list(table.frame.fillna("").loc[4]) == ["b", "1", ""]
    assert table.reasons.index.tolist() == [2, 4, 5]
    assert table.reasons.fillna("").to_dict("list") == {
        "x": ["refused", "", ""], "y": ["not asked", "refused", ""]}


def test_a_code_for_no_answer_is_an_id_where_ids_stand(tmp_path: Path) -> None:
    path = put(tmp_path, "id,x\n99,99\n1,2\n")
    table = read_text(path, reading=Reading(missing={"99": "refused"}), keep=["id"])
    assert table.frame["id"].tolist() == ["99", "1"]
    assert table.reasons.fillna("").to_dict("list") == {"x": ["refused", ""]}


# --- any table comes back ------------------------------------------------------------------------

cell = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
               max_size=8)
name = st.text("abcXYZ äß_-", min_size=1, max_size=6).map(str.strip).filter(bool)


@st.composite
def frames(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header of different names and rows of any texts, no row wholly blank."""
    names = draw(st.lists(name, min_size=2, max_size=5, unique=True))
    row = st.lists(cell, min_size=len(names), max_size=len(names)).filter(
        lambda cells: any(text.strip() for text in cells))
    return names, draw(st.lists(row, min_size=1, max_size=6))


@settings(deadline=None, max_examples=100)
@given(frames(), st.sampled_from([",", ";", "\t", "|"]),
       st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
       st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_any_table_written_as_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[list[str], list[list[str]]], mark: str,
    encoding: str, end: str, quoted: bool, declared: bool,
) -> None:
    names, rows = table
    text = io.StringIO()
    # Python's writer quotes no line feed where lines end in carriage returns
    every = quoted or end == "\r"
    writer = csv.writer(text, delimiter=mark, lineterminator=end,
                        quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL)
    writer.writerows([names, *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    reading = Reading(dialect="plain", separator=mark if declared else None, header_lines=1)  # type: ignore[arg-type]
    frame = read_text(path, reading=reading).frame
    assert list(frame.columns) == names
    assert frame.index.tolist() == list(range(2, len(rows) + 2))
    assert frame.fillna("").to_numpy().tolist() == [[text.strip() for text in row] for row in rows]


SECRETS = ["zq-secret-17", "Anna Quetzalcoatl", "quetzal@example.org"]


@pytest.mark.parametrize("content", [
    f"id,x\n{SECRETS[0]},1\n\"{SECRETS[1]},2\n", f"id,x\n{SECRETS[0]}\n", f"{SECRETS[0]}\n",
    f"{SECRETS[0]},{SECRETS[0]}\na,b\n", f"id,x\n{SECRETS[0]}ü,1\n".encode("utf-16-le"),
    f"id,x\n{SECRETS[0]}ü,1\n".encode() + f"{SECRETS[2]}ü,1\n".encode("cp1252"),
    f"{SECRETS[0]},,,\nid,a,b,c\n1,2,3,4\n", f"id,x\na,{SECRETS[1] * 10_000}\n",
])
def test_no_fault_shows_a_cell(content: str | bytes, tmp_path: Path) -> None:
    for issue in stops(put(tmp_path, content)):
        assert not any(secret in str(issue) or secret in repr(issue) for secret in SECRETS)
