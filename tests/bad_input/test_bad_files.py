"""The bad files that exports really produce, through `check_data`: a sentence, never a crash."""

from pathlib import Path

import pytest

from balint_research.errors import ScoringError, StudyError
from balint_research.study.read.read import read_table
from balint_research.study.study import read_study
from balint_research.study.validate import check_data, read_data
from tests.study_folder import TOML, as_csv, responses, write

RAW = as_csv(responses()).encode()


@pytest.mark.parametrize(("content", "rule"), [
    (b"", "empty_file"),
    (b"\n\n", "empty_file"),
    (RAW.splitlines()[0], "no_rows"),
    (RAW.replace(b"T01", "Tüü".encode("latin-1")), "encoding"),
    (RAW.decode().encode("utf-16"), "encoding"),
    (RAW.replace(b"who5_5", b"who5_4"), "duplicate_column"),
    (b"PK\x03\x04" + RAW, "not_text"),
    (RAW + b"T01,pre,1\n", "ragged_rows"),
    (RAW.replace(b"T02,pre", b'"T02,pre'), "open_quote"),
])
def test_a_bad_response_file_is_one_sentence(content: bytes, rule: str, tmp_path: Path) -> None:
    study = write(tmp_path)
    (tmp_path / "responses.csv").write_bytes(content)
    data, issues = check_data(study)
    assert data is None
    assert [(issue.rule, issue.file) for issue in issues] == [(rule, "responses.csv")]


def test_a_workbook_of_no_bytes(tmp_path: Path) -> None:
    study = write(tmp_path, toml=TOML.replace("responses.csv", "responses.xlsx"))
    (tmp_path / "responses.xlsx").write_bytes(b"")
    assert [issue.rule for issue in check_data(study)[1]] == ["empty_file"]


def test_semicolons_decimal_commas_and_a_bom_give_the_same_data(tmp_path: Path) -> None:
    expected = read_data(write(tmp_path)).responses
    decimals = [[*row[:2], *[f"{cell},0" for cell in row[2:]]] for row in responses()[1:]]
    text = as_csv([responses()[0], *decimals], ";")
    (tmp_path / "responses.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_data(read_study(tmp_path)).responses.equals(expected)


def test_a_workbook_gives_the_same_data(tmp_path: Path) -> None:
    study = write(tmp_path)
    expected = read_data(study).responses
    read_table(tmp_path / "responses.csv").to_excel(tmp_path / "responses.xlsx", index=False)
    other = write(tmp_path, toml=TOML.replace("responses.csv", "responses.xlsx"))
    assert read_data(other).responses.equals(expected)


def test_a_typo_in_a_key_and_an_unknown_instrument(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"study\.wavs: is not a known key; did you mean 'waves'"):
        write(tmp_path, toml=TOML.replace("waves =", "wavs ="))
    with pytest.raises(StudyError, match="Did you mean 'who5'"):
        write(tmp_path, toml=TOML.replace("instruments.who5", "instruments.who55"))
    assert not issubclass(StudyError, ScoringError)


def test_an_identifier_in_a_column_that_is_not_used_stops_the_run(tmp_path: Path) -> None:
    study = write(tmp_path)
    rows = [[*row, "IPAddress" if i == 0 else "192.0.2.1"] for i, row in enumerate(responses())]
    (tmp_path / "responses.csv").write_text(as_csv(rows), encoding="utf-8")
    data, issues = check_data(study)
    assert data is None
    assert [(issue.rule, issue.column, issue.count) for issue in issues] == [
        ("direct_identifier", "IPAddress", 36)]
