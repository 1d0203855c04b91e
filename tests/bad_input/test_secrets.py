"""No message ever holds a cell: a secret is planted everywhere, and every text is searched."""

from pathlib import Path

import pytest

from balint_research.study.validate import check_data
from tests.study_folder import TOML, Rows, tables, texts, write

SECRETS = ["zq-secret-17", "Anna Quetzalcoatl", "quetzal@example.org", "+49 30 7654321", "77123"]


def poisoned(secret: str, file: str, column: int) -> dict[str, Rows]:
    """The secret in every cell of one column."""
    files = tables()
    for row in files[file][1:]:
        row[column] = secret
    return files


PLACES = [(file, column) for file, rows in tables().items() for column in range(len(rows[0]))]


def test_no_issue_holds_a_planted_secret(tmp_path: Path) -> None:
    for i, (file, column) in enumerate(PLACES):
        for secret in (SECRETS[i % 5], SECRETS[(i + 2) % 5]):
            issues = check_data(write(tmp_path, poisoned(secret, file, column)))[1]
            assert all(secret not in text for text in texts(issues)), (file, column)
            assert all(secret not in repr(issue) for issue in issues), (file, column)


@pytest.mark.parametrize("secret", SECRETS)
def test_every_cell_at_once(secret: str, tmp_path: Path) -> None:
    files = {file: [rows[0], *[[secret] * len(rows[0]) for _ in rows[1:]]]
             for file, rows in tables().items()}
    issues = check_data(write(tmp_path, files, TOML))[1]
    assert any(issue.severity == "stop" for issue in issues)
    assert not any(secret in text for text in texts(issues))


def test_a_file_without_a_header_shows_nothing_of_its_first_line(tmp_path: Path) -> None:
    for file in tables():
        files = tables()
        files[file] = [[SECRETS[0], SECRETS[2], *files[file][1][2:]], *files[file][1:]]
        issues = check_data(write(tmp_path, files))[1]
        assert any(issue.severity == "stop" for issue in issues)
        assert not any(secret in text for text in texts(issues) for secret in SECRETS)
