"""No message ever holds a cell: a secret is planted everywhere, and every text is searched."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest

from balint_research.errors import Issue
from balint_research.study.validate import check_data
from tests.study_folder import TOML, Rows, tables, texts, write

SECRETS = ["zq-secret-17", "Anna Quetzalcoatl", "quetzal@example.org", "+49 30 7654321", "77123"]
PLACES = [(file, column) for file, rows in tables().items() for column in range(len(rows[0]))]
# Answers and sessions are compared with nothing of each other: two of their columns at a time.
APART = [[("responses.csv", 2 + i), ("sessions.csv", i)] for i in range(5)]
POISONED = [*APART, *([place] for place in PLACES if all(place not in two for two in APART))]


def poisoned(places: Sequence[tuple[str, int]]) -> dict[str, Rows]:
    """The secrets in turn in every cell of a column: words, a number, a name, addresses."""
    files = tables()
    for file, column in places:
        for row, secret in zip(files[file][1:], cycle(SECRETS), strict=False):
            row[column] = secret
    return files


def search(issues: Sequence[Issue]) -> None:
    for issue in issues:
        assert not any(secret in text for text in (*texts([issue]), repr(issue))
                       for secret in SECRETS), issue.rule


@pytest.mark.parametrize("places", POISONED, ids=str)
def test_no_issue_holds_a_cell_of_a_column(
    places: list[tuple[str, int]], tmp_path: Path
) -> None:
    issues = check_data(write(tmp_path, poisoned(places)))[1]
    assert {file for file, _ in places} <= {issue.file for issue in issues}
    search(issues)


@pytest.mark.parametrize("secret", [SECRETS[1], SECRETS[4]], ids=["words", "number"])
def test_every_cell_at_once(secret: str, tmp_path: Path) -> None:
    files = {file: [rows[0], *[[secret] * len(rows[0]) for _ in rows[1:]]]
             for file, rows in tables().items()}
    issues = check_data(write(tmp_path, files, TOML))[1]
    assert any(issue.severity == "stop" for issue in issues)
    search(issues)


@pytest.mark.parametrize("file", tables())
def test_a_file_without_a_header_shows_nothing_of_its_first_line(
    file: str, tmp_path: Path
) -> None:
    files = tables()
    files[file] = [[SECRETS[0], SECRETS[2], *files[file][1][2:]], *files[file][1:]]
    issues = check_data(write(tmp_path, files))[1]
    assert any(issue.severity == "stop" for issue in issues)
    search(issues)
