"""A result appears whole or not at all, and nothing of anybody else's is replaced."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from balint_research.errors import OutputError
from balint_research.files import check_target, sha256, whole_folder, write_text_whole

OURS = json.dumps({"versions": {"balint_research": "0.1.0"},
                   "results": {"report.html": "", "figures/old.svg": ""}})


def fill(folder: Path, text: str = "synthetic") -> None:
    (folder / "figures").mkdir()
    (folder / "report.html").write_text(text, encoding="utf-8")
    (folder / "manifest.json").write_text(OURS, encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(kind: str, fault: OSError) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise fault

    fail.__name__ = kind
    return fail


def test_a_folder_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "result"
    with whole_folder(target) as work:
        fill(work)
        assert work.parent == tmp_path and not target.exists()
    assert names(tmp_path) == ["result"]
    assert names(target) == ["figures", "manifest.json", "report.html"]


def test_the_folder_is_open_to_the_same_people_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with whole_folder(tmp_path / "result") as work:
        fill(work)
    assert (tmp_path / "result").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_missing_parents_are_made(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "2025" / "spring" / "result") as work:
        fill(work)
    assert names(tmp_path) == ["2025"]
    assert names(tmp_path / "2025" / "spring" / "result") == [
        "figures", "manifest.json", "report.html",
    ]


@pytest.mark.parametrize("fault", [ValueError("x"), KeyboardInterrupt(), OSError(28, "full")])
def test_a_fault_leaves_nothing_behind(tmp_path: Path, fault: BaseException) -> None:
    with pytest.raises(type(fault)), whole_folder(tmp_path / "new" / "result") as work:
        fill(work)
        raise fault
    assert names(tmp_path) == []


def test_a_fault_leaves_the_earlier_result_as_it_was(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "result") as work:
        fill(work, "first")
    with pytest.raises(ValueError, match="halfway"), whole_folder(tmp_path / "result") as work:
        (work / "report.html").write_text("second", encoding="utf-8")
        raise ValueError("halfway")
    assert (tmp_path / "result" / "report.html").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["result"]


def test_an_earlier_result_of_ours_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "result") as work:
        fill(work, "first")
        (work / "figures" / "old.svg").write_text("<svg/>", encoding="utf-8")
    with whole_folder(tmp_path / "result") as work:
        fill(work, "second")
    assert (tmp_path / "result" / "report.html").read_text(encoding="utf-8") == "second"
    assert names(tmp_path / "result" / "figures") == []
    assert names(tmp_path) == ["result"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()
    with whole_folder(tmp_path / "result") as work:
        fill(work)
    assert (tmp_path / "result" / "report.html").is_file()


@pytest.mark.parametrize("manifest", [None, '{"name": "a browser extension"}'])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    if manifest:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    before = names(tmp_path)
    with pytest.raises(OutputError) as refusal, whole_folder(tmp_path):
        pass
    assert str(refusal.value) == (
        f"The results cannot be written to '{tmp_path}': the folder is not empty and holds no "
        "earlier result of ours (manifest.json). Name a folder that does not exist yet, or empty "
        "this one."
    )
    assert names(tmp_path) == before


def test_notes_beside_an_earlier_result_are_never_deleted(tmp_path: Path) -> None:
    target = tmp_path / "result"
    with whole_folder(target) as work:
        fill(work, "first")
    (target / "figures" / "my notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as refusal:
        check_target(target)
    assert str(refusal.value) == (
        "The earlier result in 'result' was not replaced: the folder also holds "
        "figures/my notes.txt. Move this elsewhere, or name another folder."
    )
    assert (target / "report.html").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["result"]


def test_notes_taken_while_it_is_written_are_never_deleted(tmp_path: Path) -> None:
    target = tmp_path / "result"
    with whole_folder(target) as work:
        fill(work, "first")
    with pytest.raises(OutputError), whole_folder(target) as work:
        fill(work, "second")
        (target / "my notes.txt").write_text("mine", encoding="utf-8")
    assert (target / "my notes.txt").is_file() and names(tmp_path) == ["result"]


def test_the_folder_one_is_in_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="you are in this folder"):
        check_target(".")


@pytest.mark.parametrize("inside", [".", "deeper", "deeper/still"])
def test_a_file_in_the_way_is_named(tmp_path: Path, inside: str) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match=r"'taken' is a file, not a folder\. Name a folder that"):
        check_target(tmp_path / "taken" / inside)
    assert names(tmp_path) == ["taken"]


def test_no_permission_is_told_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(OutputError) as refusal:
        check_target(tmp_path / "result")
    assert str(refusal.value) == (
        f"The results cannot be written to '{tmp_path / 'result'}': there is no permission to "
        "write there. Name another folder, or change its permissions."
    )


def test_when_the_last_step_fails_the_earlier_result_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "result"
    with whole_folder(target) as work:
        fill(work, "first")
    rename = Path.rename

    def refuse_new(path: Path, to: Path) -> Path:
        if path.name.startswith(".result-") and not path.name.endswith("-earlier"):
            raise OSError(16, "Device or resource busy")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(OutputError) as refusal, whole_folder(target) as work:
        fill(work, "second")
    assert str(refusal.value) == "'result' cannot be written: device or resource busy."
    assert (target / "report.html").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["result"]


def test_a_text_is_written_as_it_is(tmp_path: Path) -> None:
    path = write_text_whole(tmp_path / "a.csv", "größe\n1,5\n")
    assert path.read_bytes() == b"gr\xc3\xb6\xc3\x9fe\n1,5\n"
    write_text_whole(path, "second")
    assert path.read_text(encoding="utf-8") == "second"
    assert names(tmp_path) == ["a.csv"]


def test_a_text_that_fails_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text_whole(tmp_path / "a.csv", "first")
    monkeypatch.setattr(Path, "replace", failing("replace", OSError(28, "No space left on device")))
    with pytest.raises(OutputError, match=r"cannot be written: no space left on device\."):
        write_text_whole(tmp_path / "a.csv", "second")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["a.csv"]


def test_a_text_needs_a_folder_and_a_name(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"its folder does not exist\. Make it first\."):
        write_text_whole(tmp_path / "missing" / "a.csv", "")
    with pytest.raises(OutputError, match=r"is a folder; name a file\."):
        write_text_whole(tmp_path, "")
    assert names(tmp_path) == []


def test_sha256_agrees_with_the_published_vector(tmp_path: Path) -> None:
    """FIPS 180-2, example B.1: the message "abc"."""
    (tmp_path / "abc").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(tmp_path / "abc") == expected
