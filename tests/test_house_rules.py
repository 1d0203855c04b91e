"""House rules that import-linter cannot hold: who writes files, who rounds, what git ignores."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "balint_research"

WRITERS = {
    "files.py", "cli/lab.py", "cli/questionnaires.py", "cli/saying.py", "cli/score.py",
    "reporting/release/write.py", "reporting/report.py", "study/link/write.py",
    "study/simulate.py", "study/stand_in/write.py",
}  # fmt: skip
# beside the one place: is an answer a whole number (refuse.py), and which code is it (keyed.py)?
ROUNDERS = {"reporting/format.py", "scoring/refuse.py", "scoring/keyed.py"}
ALLOWED = {
    **dict.fromkeys(
        ["open", "write_text", "write_bytes", "mkdir", "savefig", "to_csv", "to_excel",
         "to_parquet", "write_csv", "write_parquet"],
        WRITERS,
    ),
    "round": ROUNDERS,
}  # fmt: skip


def broken_rules(source: str, file: str) -> list[str]:
    """Every call of a guarded name, function or method, in a file that is not named for it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "id", None) or getattr(function, "attr", "")
            reads = name == "open" and any(getattr(a, "value", "") == "rb" for a in node.args)
            if name in ALLOWED and file not in ALLOWED[name] and not reads:
                found.append(f"{file}:{node.lineno} {name}")
    return found


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", MODULES)
def test_only_the_named_files_write_and_round(file: str) -> None:
    assert broken_rules((PACKAGE / file).read_text(encoding="utf-8"), file) == []


def test_the_rule_itself_finds_what_it_should() -> None:
    source = "open('a')\nx.round(2)\nfigure.savefig(p)\nclose()\npath.open('rb')\n"
    assert broken_rules(source, "study/flow.py") == [
        "study/flow.py:1 open", "study/flow.py:2 round", "study/flow.py:3 savefig",
    ]
    assert broken_rules("open('a')", "files.py") == []
    assert broken_rules("round(1.5)", "files.py") == ["files.py:1 round"]


@pytest.mark.parametrize("room", ["analysis", "reporting", "scoring", "study"])
def test_the_rooms_have_empty_doors(room: str) -> None:
    assert (PACKAGE / room / "__init__.py").read_text(encoding="utf-8") == ""


def ignored(folder: Path, paths: list[str]) -> set[str]:
    """Of `paths`, those that `git add` would not take."""
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    answer = subprocess.run(
        [*git, "check-ignore", "--no-index", "--stdin"],
        input="\n".join(paths), capture_output=True, text=True, check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr
    return set(answer.stdout.splitlines())


PRIVATE = [
    "data/responses.csv", "data/clinic/participants.csv", "data/clinic/README.md",
    "data/notes.txt", "data/clinic/study.toml", "responses.csv", "notebooks/export.csv",
    "instruments/answers.csv", "balint_research/export.csv", "EXPORT.CSV", "export.sav",
    "export.SAV", "tests/export.zsav", "x.dta", "x.sas7bdat", "x.xpt", "x.xlsx", "x.xls",
    "data/examples/messy/x.xlsx", "x.parquet", "x.tsv", "tests/real_studies/qwb/responses.csv",
    "instruments/wording.csv", "data/examples/balint_cohort/wording_de.csv", "tests/wording.csv",
    "~$export.docx", "notebooks/.ipynb_checkpoints/01.ipynb", "balint-demo/scores.csv",
    "balint-report/report.html", ".venv/ready", ".venv-spark/ready", "uv.lock",
]  # fmt: skip
OPEN = [
    "data/README.md", "data/examples/balint_cohort/responses.csv",
    "data/examples/balint_cohort/study.toml", "tests/oracles/paired.csv", "benchmarks/ratios.csv",
    "tests/real_studies/qwb/study.toml", "instruments/teq.toml", "requirements.lock",
    "notebooks/01_from_export_to_report.ipynb", "README.md", ".gitignore", ".ci/run",
]  # fmt: skip


def test_no_participant_file_is_committed_by_accident(tmp_path: Path) -> None:
    shutil.copy(CHECKOUT / ".gitignore", tmp_path)
    assert ignored(tmp_path, PRIVATE + OPEN) == set(PRIVATE)


def test_there_is_one_gitignore() -> None:
    """A nested one is not read when the wheel is built: what it hides would travel."""
    places = ["balint_research", "instruments", "notebooks", "data", "tests", "benchmarks"]
    nested = [path for place in places for path in (CHECKOUT / place).rglob(".gitignore")]
    assert nested == []


@pytest.mark.parametrize(("complete", "code", "cores"), [
    ("0", 0, "0"), ("1", 1, "0"), ("1", 1, "2"),
])
def test_a_skip_fails_the_complete_run(
    tmp_path: Path, complete: str, code: int, cores: str
) -> None:
    shutil.copy(CHECKOUT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_a(): pytest.skip('no browser here')\ndef test_b(): pass\n",
        encoding="utf-8",
    )
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "xdist.plugin", "-n", cores,
         "-p", "no:cacheprovider", "--rootdir", tmp_path, "-c", os.devnull, tmp_path],
        env=os.environ | {"BALINT_COMPLETE_RUN": complete, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == code, result.stdout
    assert ("test_it.py::test_a: Skipped: no browser here" in result.stdout) is bool(code)


def test_why_each_dependency_is_written_down() -> None:
    """CONTRIBUTING has a line for every dependency of pyproject.toml, and for no other."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [
        *project["project"]["dependencies"], *project["dependency-groups"]["test"],
        *project["project"]["optional-dependencies"]["lab"],
    ]
    declared = {re.split(r"[\[><=]", line)[0] for line in lines}
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tables = text.partition("## Dependencies")[2].partition("## The lock")[0]
    rows = re.findall(r"^\| ((?!runtime|extra|group|-)[^|]+) \|", tables, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == declared
