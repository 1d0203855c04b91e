"""`balint release`: a sentence and an exit code for everything that can come of it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from balint_research.cli.main import app
from balint_research.reporting.release.write import write_release
from tests import release_study, study_folder
from tests.release_study import SECRETS, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    study_folder.write(folder)
    return folder


def balint(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["release", *map(str, arguments)])


def test_a_release_is_written_and_told(study: Path, tmp_path: Path) -> None:
    before = write_release(release_study.prepared(), tmp_path / "before")
    result = balint(study, "-o", tmp_path / "open", "--earlier", before)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "60 people; each is one of at least 5 who share all that is told of them.\n")
    assert "  role: as it is\n  years_of_practice: left out\n" in result.stdout
    assert result.stdout.endswith(f"The data set: {tmp_path / 'open'}\n")
    manifest = json.loads((tmp_path / "open" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["earlier"] == ["before"]
    assert not any(secret in result.output for secret in SECRETS)


def test_check_tells_and_writes_nothing(study: Path) -> None:
    before = sorted(path.name for path in study.iterdir())
    result = balint(study, "--check", "--public")
    assert result.exit_code == 0, result.output
    assert "each is one of at least 11 who" in result.stdout
    assert "  group: left out" in result.stdout
    assert result.stdout.endswith("Releasable; nothing was written.\n")
    assert "Note: column 'team'" in result.stderr
    assert sorted(path.name for path in study.iterdir()) == before
    assert not any(secret in result.output for secret in SECRETS)


def test_a_refusal_is_a_sentence_with_an_offer(small: Path, tmp_path: Path) -> None:
    for arguments in (["-o", tmp_path / "open"], ["--check"]):
        result = balint(small, *arguments)
        assert result.exit_code == 1
        assert "The study cannot be released: 1 reason. Nothing was written." in result.stderr
        assert "18 people, fewer than 30" in result.stderr
        assert "balint report STUDY --public" in result.stderr
        assert "balint release STUDY --synthetic" in result.stderr
        assert result.stdout == ""
        assert not re.search(r"T0\d|C0\d|G1", result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_the_stand_in_that_was_offered_can_be_had(small: Path, tmp_path: Path) -> None:
    result = balint(small, "-o", tmp_path / "copy", "--synthetic", "--seed", 3)
    assert result.exit_code == 0, result.output
    assert "stand-in, in which nobody answered" in result.stdout
    assert "synthetic = true" in (tmp_path / "copy" / "study.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [
    [], ["-o", "x", "--check"], ["--synthetic", "--check"],
    ["-o", "x", "--synthetic", "--earlier", "."],
])
def test_what_makes_no_sense_is_a_wrong_call(small: Path, arguments: list[str]) -> None:
    assert balint(small, *arguments).exit_code == 2
    assert not Path("x").exists()


def test_a_place_in_use_is_told_before_anything_is_read(study: Path, tmp_path: Path) -> None:
    shutil.copy(study / "study.toml", tmp_path / "mine.txt")
    result = balint(study, "-o", tmp_path)
    assert result.exit_code == 1
    assert "the folder is not empty" in result.stderr
