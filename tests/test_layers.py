"""The rooms of the house, as import-linter contracts in pyproject.toml."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True, text=True, check=False,
    )


def test_every_import_keeps_to_the_rooms() -> None:
    result = lint(CHECKOUT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("study/study.py", "import balint_research.analysis", "A room sees only"),
        ("scoring/instrument.py", "import balint_research.cli", "A room sees only"),
        ("new_room.py", "x = 1", "exhaustive"),
        ("analysis/__init__.py", "import matplotlib", "Statistics neither draw"),
        ("analysis/__init__.py", "def f():\n    import great_tables", "Statistics neither draw"),
        ("study/study.py", "from pydantic import BaseModel", "Only strict_toml"),
        ("reporting/__init__.py", "import click", "typer carries"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(CHECKOUT / "balint_research", tmp_path / "balint_research")
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    with (tmp_path / "balint_research" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert contract in result.stdout, result.stdout
