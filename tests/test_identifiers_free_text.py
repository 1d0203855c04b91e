"""What people wrote in their own words is told in every table, and labels are left alone."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from balint_research.study.identifiers import find_free_text, find_identifiers
from tests.study_folder import TOML, Rows, as_csv, broken, tables

SAID = ["The patient cried and I did not know what to say.", "I was angry with him for weeks",
        "Nobody in the group wanted to hear it again", "my father died in the same ward",
        "We laughed because it was so sad"]


def told(column: str, cells: Sequence[str | None]) -> list[int]:
    """How many rows the issues of one column name."""
    frame = pd.DataFrame({column: list(cells)}, index=range(2, 2 + len(cells)))
    return [len(issue.rows) for issue in find_free_text(frame, "a.csv")]


def test_sentences_are_told_with_their_number_and_never_shown() -> None:
    frame = pd.DataFrame({"q12": [*SAID, None, "NA"]}, index=range(2, 9))
    issue, = find_free_text(frame, "a.csv")
    assert (issue.rule, issue.severity, issue.column, issue.count) == (
        "free_text", "warn", "q12", 5)
    assert issue.rows == (2, 3, 4, 5, 6)
    assert not any(cell in repr(issue) for cell in SAID)


@pytest.mark.parametrize(("column", "cells", "count"), [
    ("comment", [SAID[0], None, "fine"], 1),
    ("topic", ["Angry patient", "A late call", "Two doctors quarrel"], 3),
    ("Thema", ["Die wütende Patientin", "Ein später Anruf"], 2),
    ("q4", ["ok", "Dr. X said that he must go", "no"], 1),
    ("q4", ["Then Frau Huber came in", "none", "none"], 1),
    ("q5", ["患者が泣いて何も言えなかったのです", "彼に腹が立って仕方がなかったのです",
            "誰もその話を聞きたがらなかったのです"], 3),
])
def test_free_text_by_name_and_by_content(column: str, cells: list[str], count: int) -> None:
    assert told(column, cells) == [count]


@pytest.mark.parametrize(("column", "cells"), [
    ("role", ["General practice, rural", "General practice, urban", "Internal medicine, hospital"]),
    ("site", ["University Hospital of the Holy Family in Vienna", "Clinic of the Merciful Sisters",
              "Hospital Of The Order Of St John"]),
    ("answer", ["More than half of the days", "Nearly every day of the week",
                "Not at all in the last weeks", "On several of the days"] * 6),
    ("when", ["on 4 March 2021 at 10:15", "2021-03-04 10:15:00"]),
    ("meta", ['{"started": "in the morning of the day"}', '["a b c d e f", "g h i j k l"]']),
    ("topic", ["cancer", "death", "anger"]), ("mode", ["in person", "video"] * 4),
    ("comment", ["none", "fine", "-"]), ("case", ["1", "2", "3"]),
    ("degree", ["Dr med", "Dr phil"]), ("link", ["https://example.org/a-b-c-d-e-f"]),
    ("other", ["I prefer not to say."] * 6),
])
def test_labels_places_dates_and_records_are_no_free_text(column: str, cells: list[str]) -> None:
    assert told(column, cells) == []


def test_a_person_who_repeats_a_sentence_counts_once() -> None:
    frame = pd.DataFrame({"participant": [p for p in "ABC" for _ in range(4)],
                          "q": [cell for cell in SAID[:3] for _ in range(4)]})
    assert [issue.count for issue in find_free_text(frame, ids=["participant"])] == [12]
    assert find_free_text(frame[["q"]]) == []


def add(file: str, column: str, cells: Sequence[str]) -> Callable[[dict[str, Rows]], object]:
    """A column more in one of the files."""
    def change(files: dict[str, Rows]) -> None:
        for i, row in enumerate(files[file]):
            row.append(column if i == 0 else cells[(i - 1) % len(cells)].replace("I ", f"I{i} "))
    return change


@pytest.mark.parametrize("file", tables())
def test_every_table_is_searched(file: str, tmp_path: Path) -> None:
    mails = add(file, "q", ["x@example.org"])
    issues = broken(tmp_path, mails)
    assert [(i.file, i.column) for i in issues if i.rule == "direct_identifier"] == [(file, "q")]
    issues = broken(tmp_path, add(file, "comment", SAID[:2]))
    assert [(i.file, i.column, i.severity) for i in issues if i.rule == "free_text"] == [
        (file, "comment", "warn")]


MORE = {"memberships": [["participant", "group", "from_week"], ["T01", "G1", "0"]],
        "links": [["participant", "wave", "how"], ["T01", "pre", "exact"]]}


@pytest.mark.parametrize("table", MORE)
def test_the_other_tables_are_searched(table: str, tmp_path: Path) -> None:
    rows = [[*MORE[table][0], "q"], [*MORE[table][1], "x@example.org"]]
    (tmp_path / f"{table}.csv").write_text(as_csv(rows), encoding="utf-8")
    toml = TOML.replace("[files]", f'[files]\n{table} = "{table}.csv"')
    issues = broken(tmp_path, lambda files: None, toml)
    assert [i.file for i in issues if i.rule == "direct_identifier"] == [f"{table}.csv"]


def test_sheets_of_a_workbook_are_searched(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "study.xlsx") as book:
        for name, rows in tables().items():
            frame = pd.DataFrame(rows[1:], columns=rows[0]).assign(q="x@example.org")
            frame.to_excel(book, sheet_name=name.removesuffix(".csv"), index=False)
    toml = TOML
    for name in tables():
        toml = toml.replace(f'"{name}"', f'"study.xlsx#{name.removesuffix(".csv")}"')
    found = [i.file for i in broken(tmp_path, lambda files: None, toml)
             if i.rule == "direct_identifier"]
    assert len(set(found)) == 4


def test_items_and_ids_are_not_looked_at() -> None:
    frame = pd.DataFrame({"participant": SAID, "teq_1": SAID})
    assert find_free_text(frame, items=["teq_1"], ids=["participant"]) == []
    assert find_identifiers(frame, items=["teq_1"], ids=["participant"]) == []
