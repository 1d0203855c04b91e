"""What spreadsheets write gives the same data; what cannot be read is in `corpus.py`."""

from pathlib import Path

import pytest

from balint_research.errors import ScoringError, StudyError
from balint_research.study.read.read import read_table, read_text
from balint_research.study.study import read_study
from balint_research.study.validate import read_data
from tests.study_folder import TOML, as_csv, responses, write


def test_semicolons_decimal_commas_and_a_bom_give_the_same_data(tmp_path: Path) -> None:
    expected = read_data(write(tmp_path)).responses
    decimals = [[*row[:2], *[f"{cell},0" for cell in row[2:]]] for row in responses()[1:]]
    text = as_csv([responses()[0], *decimals], ";")
    (tmp_path / "responses.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_data(read_study(tmp_path)).responses.equals(expected)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_an_encoding_gives_the_same_data(encoding: str, tmp_path: Path) -> None:
    rows = [[cell.replace("T01", "Tü1") for cell in row] for row in responses()]
    path = tmp_path / "responses.csv"
    path.write_bytes(as_csv(rows).encode("utf-8"))
    expected = read_text(path).frame
    path.write_bytes(as_csv(rows).encode(encoding))
    assert read_text(path).frame.equals(expected)
    assert "Tü1" in set(expected["participant"])


def test_a_workbook_gives_the_same_data(tmp_path: Path) -> None:
    study = write(tmp_path)
    expected = read_data(study).responses
    read_table(tmp_path / "responses.csv").to_excel(tmp_path / "responses.xlsx", index=False)
    other = write(tmp_path, toml=TOML.replace("responses.csv", "responses.xlsx"))
    assert read_data(other).responses.equals(expected)


def test_faults_of_a_study_are_no_faults_of_scoring() -> None:
    assert not issubclass(StudyError, ScoringError)
