"""Item wording of the user's own: read strictly, shown nowhere by accident, never published.

All texts here are invented.
"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from balint_research.errors import DataError, ScoringError
from balint_research.scoring.exchange.published import find_wording
from balint_research.scoring.exchange.wording import Wording, read_wording
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument

LONG = "I hum a tune while I water the tomatoes."
OTHER = "My neighbour's “quiet” parrot knows my keys"
SHORT = "Green socks"


def written(tmp_path: Path, text: str | bytes, name: str = "wording.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path, language: str | None = None) -> str:
    with pytest.raises(DataError) as told:
        read_wording(path, "who5", language=language)
    return str(told.value)


# --- reading -------------------------------------------------------------------------------------


def test_a_wording_file_becomes_texts_by_item(tmp_path: Path) -> None:
    path = written(tmp_path, f'item,language,text\n1,en,{LONG}\n02,en,"a, b\r\nc"\n\n')
    wording = read_wording(path, "who5")
    assert (wording.instrument, wording.language) == ("who5", "en")
    assert wording.texts == {1: LONG, 2: "a, b\nc"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_spreadsheets_of_any_country_are_read(tmp_path: Path, mark: str, start: str) -> None:
    rows = [["Item ", "note", "TEXT", "language"], ["1", "x", "one, two; three", "de"]]
    text = start + "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    assert read_wording(written(tmp_path, text), "who5").texts == {1: "one, two; three"}


def test_one_file_may_cover_several_questionnaires_and_languages(tmp_path: Path) -> None:
    path = written(tmp_path, "instrument,item,language,text\nWHO5,1,en,one\nwho5,1,pt-BR,um\n"
                             "teq,99,??,\nteq,1,en,another\n")
    assert read_wording(path, "who5", language="PT-br").texts == {1: "um"}
    assert read_wording(path, "who5", language="en").texts == {1: "one"}


def test_the_texts_do_not_show_by_accident(tmp_path: Path) -> None:
    wording = Wording(instrument="who5", language="en", texts={1: LONG})
    assert repr(wording) == str(wording) == "Wording(instrument='who5', language='en')"
    assert "tomatoes" not in f"{[wording]}"


def test_every_fault_is_told_at_once_and_no_text(tmp_path: Path) -> None:
    path = written(tmp_path, (
        f"item,language,text\n1,en,{LONG}\n1,EN,secret one\n6,en,secret two\nx,de,secret three\n"
        "2,de, \n3,english,secret four\n4,en,bell\x07\n"))
    assert refused(path, language="fr") == (
        "6 faults were found; nothing was computed.\n"
        "  1. wording.csv, column 'item', rows 4, 5: 2 rows have no item of WHO-5. Allowed: whole "
        "numbers 1 to 5. Number the rows as the key file does. [wording_item]\n"
        "  2. wording.csv, column 'item', row 3: 1 row gives an item that has a text in this "
        "language already. Evidence: item 1. Keep one row for each item and language. "
        "[wording_twice]\n"
        "  3. wording.csv, column 'text', row 6: 1 row has no text. Fill it in, or remove the row. "
        "[wording_empty]\n"
        "  4. wording.csv, column 'text', row 8: 1 row has control characters in the text. Type "
        "the text anew; such characters come with copying from a PDF. [wording_sign]\n"
        "  5. wording.csv, column 'language', row 7: 1 row has no language code. Allowed: a code "
        "such as en, de or pt-BR. Write the code of the language into every row. "
        "[wording_language]\n"
        "  6. wording.csv, column 'language': There is no wording of WHO-5 in the language asked "
        "for. Allowed: the languages of the file (de, en). Choose one of them with `language`. "
        "[wording_language_absent]")


def test_several_languages_need_a_choice(tmp_path: Path) -> None:
    path = written(tmp_path, "item,language,text\n1,en,one\n1,de,eins\n")
    assert refused(path) == (
        "1 fault was found; nothing was computed.\n"
        "  1. wording.csv, column 'language': The file has 2 languages and none was chosen. "
        "Allowed: de, en. Choose one with `language`. [wording_languages]")


@pytest.mark.parametrize(("content", "rules"), [
    ("item,text\n1,secret\n", ["wording_columns"]),
    ("1,en,secret words\n2,en,more secret words\n", ["wording_columns"] * 3),
    ("item,item,language,text\n1,1,en,a\n", ["wording_columns"]),
    ("item,language,text\n1,en,secret, words\n", ["wording_cells"]),
    ("item,language,text\n", ["no_rows"]),
    ("instrument,item,language,text\nteq,1,en,secret\n", ["wording_instrument"]),
    ("item,language,text\n1,en,\"secret\n", ["open_quote"]),
    ("item,language,text\n1,en,sécret\n".encode("cp1252"), ["encoding"]),
    ("item,language,text\n1,en,secret\n".encode("utf-16"), ["encoding"]),
    ("  \n", ["empty_file"]),
])
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, content: str | bytes, rules: list[str]
) -> None:
    with pytest.raises(DataError) as told:
        read_wording(written(tmp_path, content), "who5")
    assert [issue.rule for issue in told.value.issues] == rules
    assert all(issue.file == "wording.csv" for issue in told.value.issues)
    assert "secret" not in str(told.value)


def test_a_missing_file_a_folder_and_an_incomplete_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="The file does not exist"):
        read_wording(tmp_path / "nowhere.csv", "who5")
    with pytest.raises(DataError, match="This is a folder"):
        read_wording(tmp_path, "who5")
    with pytest.raises(ScoringError, match=r"BIPM \(bipm\) has no established key, so its items"):
        read_wording(written(tmp_path, "item,language,text\n1,en,a\n"), "bipm")


# --- the check before a release ------------------------------------------------------------------


WORDING = Wording(instrument="teq", language="en",
                  texts={1: LONG, 2: OTHER, 3: SHORT, 4: "雨が好き"})
TEQ = load_instrument("teq")


def found(path: Path, key: Instrument = TEQ) -> list[tuple[str, str | None, int | None]]:
    return [(issue.severity, issue.evidence, issue.count)
            for issue in find_wording([path], WORDING, key)]


LEAKS = {
    "cells.csv": f'"n","text"\n1,"{LONG}"\n',
    "shout.csv": f"1;{LONG.upper()}\n",
    "page.html": "<p>I <em>hum</em> a&nbsp;tune while I\n  wat<b>er</b> the tomatoes</p>",
    "attribute.html": f'<img alt="Picture: {LONG}">',
    "data.json": json.dumps({"label": LONG.replace(" ", "\n")}),
    "report.md": f"| 1 | {LONG} | 3.2 |",
    "table.tex": r"1 & I hum a tune while I \emph{water} \textbf{the tomatoes}. \\",
    "notes.toml": f'[note]\ntext = "{LONG}"\n',
    "figure.svg": f"<svg><!-- {LONG} --><path d='M 1 2'/></svg>",
    "spans.svg": "<text><tspan>I hum a tune</tspan> <tspan>while I water the tomatoes.</tspan>",
    "notebook.ipynb": json.dumps({"cells": [{"source": [
        "I hum a tune\n", "while I water\n", "the tomatoes."]}]}),
    "escaped.html": "<td>I hum a tune while I water&amp;nbsp;the tomatoes.</td>",
    "soft.txt": "I hum a tu\u00adne while I water the toma\u200btoes",
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
def test_a_published_text_is_found(tmp_path: Path, name: str) -> None:
    assert found(written(tmp_path, LEAKS[name], name)) == [("stop", "item 1", 1)]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_the_encoding_does_not_hide_it(tmp_path: Path, encoding: str) -> None:
    raw = f"é,{OTHER}\n".encode(encoding)
    assert found(written(tmp_path, raw, "a.csv")) == [("stop", "item 2", 1)]


def test_other_quotation_marks_and_letters_in_json_do_not_hide_it(tmp_path: Path) -> None:
    plain = "my neighbour’s \"quiet\" parrot knows my keys!"
    assert found(written(tmp_path, plain, "a.md")) == [("stop", "item 2", 1)]
    text = json.dumps("庭の雨が好きです")  # written as backslash, u and four digits
    assert found(written(tmp_path, text, "a.json")) == [("stop", "item 4", 1)]


def test_workbooks_and_documents_are_looked_into(tmp_path: Path) -> None:
    book = Workbook()
    book.active["B2"] = LONG  # type: ignore[index]
    book.save(tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "text.docx", "w") as archive:
        archive.writestr("word/document.xml", (
            "<w:p><w:r><w:t>Before</w:t></w:r></w:p><w:p><w:r><w:t>I hum a tu</w:t></w:r>"
            "<w:r w:x='1'><w:rPr><w:b/></w:rPr><w:t>ne while I water the tomatoes.</w:t></w:r>"
            "</w:p>"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "book.xlsx", "inside/book.xlsx")
    issues = find_wording([tmp_path], WORDING, TEQ)
    assert [(Path(i.file or "").name, i.rule, i.evidence) for i in issues] == [
        (name, "wording_published", "item 1") for name in ("all.zip", "book.xlsx", "text.docx")]


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv", "3,Green socks,0.2\n"), ("a.csv", '3,"green  socks"\n'),
    ("a.html", "<li>Green <b>socks</b></li>"), ("a.json", '["Green socks"]'),
    ("a.md", "| 3 | Green socks |"), ("a.txt", "one\nGREEN SOCKS\n"),
])
def test_a_short_text_is_found_as_a_whole_cell_or_line(
    tmp_path: Path, name: str, content: str
) -> None:
    assert found(written(tmp_path, content, name)) == [("stop", "item 3", 1)]


@pytest.mark.parametrize("content", [
    "He wore green socks all day.", "3,green socks in winter\n", "1,I hum a tune while I water\n",
    "I hum a tune while I water the tomatoes2", "", "<p>雨</p>",
])
def test_what_is_not_published_is_not_accused(tmp_path: Path, content: str) -> None:
    assert found(written(tmp_path, content, "a.html")) == []


def test_the_finding_is_told_by_numbers_and_never_by_the_text(tmp_path: Path) -> None:
    path = written(tmp_path, f"{LONG}\n{OTHER}\n", "a.csv")
    issue, = find_wording([path], WORDING, TEQ)
    assert str(issue) == (
        f"{path.as_posix()}: The wording of 2 items of TEQ (en) stands in this file. Evidence: "
        "items 1, 2. Take it out before the file is shared: name items by number and gist. "
        "[wording_published]")


def test_wording_that_may_be_redistributed_is_a_note(tmp_path: Path) -> None:
    mine = Wording(instrument="phq9", language="en", texts={9: LONG})
    issue, = find_wording([written(tmp_path, LONG, "a.md")], mine, load_instrument("phq9"))
    assert (issue.severity, issue.count) == ("note", 1)
    assert issue.do.startswith("Nothing; the key says that it may be redistributed (holder: ")


def test_what_cannot_be_searched_is_told(tmp_path: Path) -> None:
    written(tmp_path, b"\x89PNG\x00\x01", "figure.png")
    written(tmp_path, b"PAR1\x00" + LONG.encode(), "data.parquet")
    written(tmp_path, b"PK\x03\x04 broken", "damaged.xlsx")
    issues = find_wording([tmp_path], WORDING, TEQ)
    assert [(i.rule, i.severity, i.count, i.evidence) for i in issues] == [
        ("wording_not_searched", "stop", None, None),
        ("wording_published", "stop", 1, "item 1"),
        ("wording_not_searched", "note", 2, "kinds of file: .parquet, .png"),
    ]


def test_a_mistyped_path_does_not_pass_as_clean(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing was searched"):
        find_wording([tmp_path / "reprot.html"], WORDING, TEQ)


def test_the_key_of_another_questionnaire_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="The wording is of 'teq', the key is 'who5'"):
        find_wording([tmp_path], WORDING, load_instrument("who5"))


words = st.lists(min_size=3, max_size=6, elements=st.sampled_from(
    ["mole", "hat", "été", "42", "Straße", "ÅNGSTRÖM", "don't", "x-ray"]))


@settings(max_examples=50)
@given(words=words, gap=st.sampled_from([" ", "\n", "  ", "&nbsp;", "<br/>", "</b> <i>"]),
       case=st.sampled_from([str.upper, str.lower, str.title]))
def test_no_gap_and_no_capital_hides_a_text(
    folder: Path, words: list[str], gap: str, case: Callable[[str], str]
) -> None:
    path = folder / "a.html"
    path.write_text(f"<p>{gap.join(case(word) for word in words)}</p>", encoding="utf-8")
    mine = Wording(instrument="teq", language="en", texts={7: " ".join(words)})
    issue, = find_wording([path], mine, TEQ)
    assert issue.evidence == "item 7"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("property")
