"""Every format gives the same frame, and what cannot be read is refused in words."""

from pathlib import Path

import pandas as pd
import pytest

from balint_research.errors import DataError
from balint_research.study.read.read import read_table, read_text

FRAME = pd.DataFrame({"id": ["a", "b", "c"], "x_1": [1.0, 2.5, None], "x_2": [3.0, 4.0, 5.0]})


def check(frame: pd.DataFrame) -> None:
    """The frame is the one above."""
    assert frame["id"].tolist() == ["a", "b", "c"]
    assert frame["x_1"].fillna(-1).tolist() == [1.0, 2.5, -1]
    assert frame["x_2"].tolist() == [3, 4, 5]


def refused(path: Path) -> str:
    """The one sentence of the refusal."""
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert len(caught.value.issues) == 1
    return str(caught.value.issues[0])


@pytest.mark.parametrize("text", [
    "id,x_1,x_2\na,1,3\nb,2.5,4\nc,,5\n",
    "\ufeffid,x_1,x_2\na,1,3\nb,2.5,4\nc,,5\n",
    "id;x_1;x_2\na;1;3\nb;2,5;4\nc;;5\n",
    "id;x_1;x_2\na;1;3\nb;2.5;4\nc;;5\n",
    "id\tx_1\tx_2\na\t1\t3\nb\t2.5\t4\nc\t\t5\n",
    "id,x_1,x_2\r\na,1,3\r\n\r\nb,2.5,4\r\nc,NA,5\r\n",
    '"id","x_1","x_2"\n"a","1","3"\n"b","2.5","4"\n"c","","5"',
    "id,x_1,x_2,,\na,1,3,,\nb,2.5,4,,\nc,,5,,\n,,,,\n",
    "sep=;\r\nid;x_1;x_2\r\na;1;3\r\nb;2,5;4\r\nc;;5\r\n",
])
def test_csv_in_every_dialect(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    check(read_table(path))


def test_statistics_programs_and_workbooks(tmp_path: Path) -> None:
    import pyreadstat

    pyreadstat.write_sav(FRAME, str(tmp_path / "a.sav"))
    pyreadstat.write_sav(FRAME, str(tmp_path / "a.zsav"), compress=True)
    pyreadstat.write_dta(FRAME, str(tmp_path / "a.dta"))
    pyreadstat.write_xport(FRAME, str(tmp_path / "a.xpt"), table_name="A")
    FRAME.to_excel(tmp_path / "a.xlsx", index=False)
    FRAME.to_parquet(tmp_path / "a.parquet")
    for ending in ("sav", "zsav", "dta", "xpt", "xlsx", "parquet"):
        check(read_table(tmp_path / f"a.{ending}"))


def test_a_list_in_a_cell_is_a_text(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a", "b"], "x": [[1, 2], [3]]}).to_parquet(tmp_path / "a.parquet")
    frame = read_table(tmp_path / "a.parquet")
    assert frame["id"].tolist() == ["a", "b"] and frame["x"].dtype == "str"


def test_text_columns_stay_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,arm,x\n01,1.0,1\n1e3,NA,2\n", encoding="utf-8")
    frame = read_table(path, text_columns=["id", "arm"])
    assert frame["id"].tolist() == ["01", "1e3"]
    assert frame["arm"].tolist() == ["1.0", "NA"]
    assert frame["x"].tolist() == [1, 2]


def test_whole_numbers_of_a_workbook_have_no_point(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1.0, 2.0, None], "x": [1, 2, 3]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    assert read_table(tmp_path / "a.xlsx", text_columns=["id"])["id"].tolist()[:2] == ["1", "2"]


def test_the_index_counts_lines_as_a_spreadsheet_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,note\na,"two\nlines"\n\nb,one\n', encoding="utf-8")
    assert read_text(path).frame.index.tolist() == [2, 4]
    assert read_table(path).index.tolist() == [0, 2]


def test_a_decimal_point_in_a_file_with_decimal_commas_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;x;y\na;1,5;1.500\n", encoding="utf-8")
    frame = read_table(path)
    assert frame["x"].tolist() == [1.5]
    assert frame["y"].tolist() == ["1.500"]


@pytest.mark.parametrize(("name", "content", "expected"), [
    ("a.csv", b"", "a.csv: The file is empty (0 bytes, or nothing but blank lines). Export it "
                   "again. [empty_file]"),
    ("a.csv", b"\n\n ,\n", "a.csv: The file is empty (0 bytes, or nothing but blank lines). Export "
                           "it again. [empty_file]"),
    ("a.csv", b"id,x\n", "a.csv: The file has a header and no rows. Export it again with its "
                         "rows. [no_rows]"),
    ("a.csv", "id,x\nJérôme,1\n".encode() + "Müller,2\n".encode("cp1252"),
     "a.csv, row 3: The text is not encoded in UTF-8 from this line on, and is before or behind "
     "it. Save it as 'CSV UTF-8', or declare its `encoding` under [reading], so that letters with "
     "accents stay what they are. [encoding]"),
    ("a.csv", b"id,x\na\x81,1\n",
     "a.csv, row 2: The text is not encoded in UTF-8, nor in Windows-1252. Save it as 'CSV UTF-8', "
     "or declare its `encoding` under [reading], so that letters with accents stay what they are. "
     "[encoding]"),
    ("a.csv", b"\xff\xfei\x00d\x00,\x00x\x00\n\x00a",
     "a.csv: The text is not encoded in UTF-8 but in UTF-16, and something is missing or damaged "
     "in it. Save it as 'CSV UTF-8', or declare its `encoding` under [reading], so that letters "
     "with accents stay what they are. [encoding]"),
    ("a.csv", b"PK\x03\x04abc", "a.csv: The file is called CSV and holds no text (it is a workbook "
     "or an archive). Give it the ending of its format, or save it as 'CSV UTF-8'. [not_text]"),
    ("a.csv", b"id,x\na,1\nb\nc,1,2\n", "a.csv, rows 3, 4: 2 rows have more or fewer cells than "
     "the header. Look there for a comma, semicolon or line break without quotation marks around "
     "it. [ragged_rows]"),
    ("a.csv", b"id,x,x\na,1,2\n", "a.csv: The columns 2 and 3 have one name (or line 1 holds "
     "answers). Rename or remove all but one, or put the column names into line 1. "
     "[duplicate_column]"),
    ("a.csv", b"secret,3,3,1\nb,1,2,3\n", "a.csv: The first line looks like answers, not like "
     "column names. Put the column names into line 1. [no_header]"),
    ("a.csv", b'id,x\n"a,1\nb,2\n', "a.csv, row 2: A quotation mark is opened and never closed. "
     "Remove it, or write it twice inside a quoted cell. [open_quote]"),
    ("a.xlsx", b"", "a.xlsx: The file is empty (0 bytes, or nothing but blank lines). Export it "
     "again. [empty_file]"),
    ("a.xlsx", b"id,x\na,1\n", "a.xlsx: The file cannot be read as an Excel workbook: it is "
     "damaged, or another format under this ending. Open it in the program that made it and save "
     "it again, or "
     "export it again. [not_readable]"),
    ("a.sav", b"id,x\na,1\n", "a.sav: The file cannot be read as a file of SPSS: it is damaged, or "
     "another format under this ending. Open it in the program that made it and save it again, or "
     "export it again. [not_readable]"),
    ("a.xls", b"x", "a.xls: The kind of file is not known by its ending. Allowed: .csv, .tsv, "
     ".txt, .xlsx, .sav, .zsav, .dta, .xpt, .sas7bdat, .parquet. Save it as one of these. "
     "[unknown_format]"),
])
def test_what_cannot_be_read_is_refused_in_one_sentence(
    name: str, content: bytes, expected: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name) == expected


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv").endswith("[missing_file]")
    (tmp_path / "a.csv").mkdir()
    assert refused(tmp_path / "a.csv").endswith("[not_a_file]")
    assert refused(Path()).endswith("[not_a_file]") and refused(Path("/")).endswith("[not_a_file]")


def test_a_workbook_with_two_sheets_or_uncalculated_formulas(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    first = book.worksheets[0]
    first.append(["id", "x"])
    first.append(["a", "=1+1"])
    book.save(tmp_path / "formula.xlsx")
    assert refused(tmp_path / "formula.xlsx") == (
        "formula.xlsx, row 2: 1 cell holds a formula whose result was never stored. Open the "
        "workbook in a spreadsheet program and save it again, or save it as CSV. "
        "[formula_without_value]")
    book.create_sheet("second").append(["more"])
    book.save(tmp_path / "two.xlsx")
    assert refused(tmp_path / "two.xlsx") == (
        "two.xlsx: The workbook has 2 sheets with cells. Name the sheet behind the file, as in "
        "'study.xlsx#Name of the sheet', or save it as a file of its own. [several_sheets]")


def test_an_open_data_set_of_sas_reads_zero_as_zero(shared_data: Path) -> None:
    frame = read_table(shared_data / "phq9_nhanes_2021_2023" / "DPQ_L.xpt")
    assert len(frame) == 6337
    assert set(frame["DPQ010"].dropna()) == {0, 1, 2, 3, 7, 9}
