"""What travels in the wheel and the source archive, against the written list.

The list is the guard against a participant file that travels by accident. After adding a file
on purpose, renew it with `python tests/test_wheel.py` and read its difference line by line.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
LIST = CHECKOUT / "tests" / "wheel_contents.txt"


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=folder, env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(checkout: Path, out: Path) -> tuple[Path, Path]:
    """Wheel and source archive, offline and with the locked hatchling."""
    run(sys.executable, "-m", "hatchling", "build", "-d", out, folder=checkout)
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def wheel_names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def contents(wheel: Path, source: Path) -> list[str]:
    with tarfile.open(source) as archive:
        files = sorted(member.name for member in archive.getmembers() if member.isfile())
    return [f"wheel {name}" for name in wheel_names(wheel)] + [f"sdist {name}" for name in files]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(CHECKOUT, tmp_path_factory.mktemp("dist"))


def test_what_travels_is_what_is_written(built: tuple[Path, Path]) -> None:
    """An unlisted file fails: see the head of this module."""
    assert contents(*built) == LIST.read_text(encoding="utf-8").splitlines()


def test_the_source_archive_gives_the_same_wheel(built: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, source = built
    with tarfile.open(source) as archive:
        # before 3.11.4 there is no filter, from 3.12 on a warning without one
        options: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "source", **options)
    unpacked = next((tmp_path / "source").iterdir())
    again, _ = build(unpacked, tmp_path / "dist")
    assert wheel_names(again) == wheel_names(wheel)


def test_an_export_left_in_the_checkout_stays_there(tmp_path: Path) -> None:
    """What git ignores does not travel; what it does not ignore travels and the list finds it."""
    checkout = tmp_path / "checkout"
    travels = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in travels["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]:
        place = checkout / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(CHECKOUT / name, place)
    exports = ["instruments/answers.csv", "notebooks/export.sav", "data/private/responses.csv",
               "balint_research/export.xlsx", "data/examples/balint_cohort/raw.dta"]  # fmt: skip
    for name in [*exports, "instruments/notes.txt"]:
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_text("private", encoding="utf-8")
    found = contents(*build(checkout, tmp_path / "dist"))
    assert sorted(set(found) - set(LIST.read_text(encoding="utf-8").splitlines())) == [
        "sdist balint_research-0.1.0/instruments/notes.txt",
        "wheel balint_research/_instruments/notes.txt",
    ]


def test_the_installed_wheel_scores_and_finds_its_examples(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    place = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-index", "--target", place, built[0], folder=tmp_path)
    code = (
        "import sys, pandas as pd, balint_research as br\n"
        "frame = pd.DataFrame({f'teq_{n}': [4.0] for n in range(1, 17)})\n"
        "value = br.score(frame, 'teq')['teq_total'].item()\n"
        "study = br.read_study(br.example('balint_cohort'))\n"
        "sys.stdout.write(f'{br.__file__}|{value}|{study.synthetic}|{br.example(\"balint_cohort\")}')"
    )
    shown = run(sys.executable, "-c", code, folder=tmp_path, PYTHONPATH=str(place))
    module, value, synthetic, example = shown.split("|")
    assert Path(module).is_relative_to(place) and Path(example).is_relative_to(place)
    assert (value, synthetic) == ("32.0", "True")  # 8 of 16 items are reversed: 8 * 4 + 8 * 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as dist:
        LIST.write_text("\n".join([*contents(*build(CHECKOUT, Path(dist))), ""]), encoding="utf-8")
