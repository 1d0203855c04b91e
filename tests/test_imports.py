"""What is not needed is not imported: the package and `balint --help` answer at once."""

import subprocess
import sys

import pytest

HEAVY = (  # not pydantic: typer brings it
    "pandas", "numpy", "scipy", "statsmodels", "pingouin", "matplotlib", "pandera", "narwhals",
    "great_tables", "pyreadstat", "openpyxl", "pyarrow",
)
COMMANDS = ["demo", "report", "validate", "init", "link", "release", "instruments", "score",
            "lab"]


def imported_by(code: str, candidates: tuple[str, ...] = HEAVY) -> list[str]:
    told = f"' '.join(name for name in {candidates!r} if name in sys.modules)"
    script = f"import sys\n{code}\nsys.stderr.write({told})"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    return result.stderr.split()


def test_the_package_imports_nothing_heavy() -> None:
    assert imported_by("import balint_research") == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)]
)
def test_the_command_line_answers_without_heavy_imports(arguments: list[str]) -> None:
    code = (
        "from balint_research.cli.main import app\n"
        f"try:\n    app({arguments!r})\nexcept SystemExit as end:\n    assert end.code == 0"
    )
    assert imported_by(code) == []


def test_the_check_itself_sees_an_import() -> None:
    assert imported_by("import numpy") == ["numpy"]


def test_scoring_imports_no_statistics_and_no_figures() -> None:
    code = (
        "import pandas as pd, balint_research as br\n"
        "br.score(pd.DataFrame({f'teq_{n}': [2.0] for n in range(1, 17)}), 'teq')"
    )
    rest = ("scipy", "statsmodels", "pingouin", "matplotlib", "pandera", "great_tables", "openpyxl",
            "pyreadstat")  # fmt: skip
    assert imported_by(code, rest) == []
