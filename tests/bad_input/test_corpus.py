"""Each case of the corpus through the real command: a sentence, and nothing is lost or written."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from balint_research.cli.main import app
from tests.bad_input.corpus import SECRETS, Case, every_case, everything, pieces_in

BALINT = Path(sys.executable).with_name("balint")
CASES = every_case()
REPORTED = (  # one of each kind: what stops `validate` stops `report`, which would write
    "csv-mixed-encodings", "cells-label", "cells-remarks-of-a-person", "xlsx-cut-in-the-middle",
    "sav-cut-in-the-middle", "sessions-minutes-in-words", "symlink-to-another-folder",
    "toml-faults-of-type", "key-no-toml",
)
HEAVY = [case for case in CASES if case.heavy]
HEAVY_CASES = Path(__file__).with_name("heavy.py")
RESIDENT = 700 << 20  # bytes in memory at most; 200 MB of them are the libraries
PLANTED = "direct_identifier"  # a name in a cell may be a fault of its own
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
ISSUE = re.compile(r"^ +\d+\. (?:(?P<place>.*?): )?(?P<text>.*) \[(?P<rule>\w+)\]$", re.MULTILINE)
SEVERITIES = {"stop": "stop", "are warnings": "warn", "is a warning": "warn",
              "are notes": "note", "is a note": "note", "to know of": "note"}


def told(output: str) -> dict[str, list[tuple[str, str, str]]]:
    """Place, text and rule of every issue by its severity."""
    found: dict[str, list[tuple[str, str, str]]] = {"stop": [], "warn": [], "note": []}
    severity = "stop"
    for line in output.splitlines():
        heading = next((of for words, of in SEVERITIES.items() if words in line), None)
        if heading and line[:1].isdigit():
            severity = heading
        if match := ISSUE.match(line):
            found[severity].append((match["place"] or "", match["text"], match["rule"]))
    return found


def check(case: Case, code: int, out: str, err: str) -> None:
    """Exit code, file, place, rule and what to do; no traceback and no secret."""
    said = out + err
    assert code == case.exit_code, said
    assert "Traceback" not in said and "This is a fault in balint_research" not in said, said
    assert pieces_in(said) == [], said
    assert all(words in said for words in case.says), said
    assert not HIDDEN.search(said), said          # nothing that a terminal obeys
    assert max(map(len, said.splitlines())) < 4000, said
    found = told(said)
    severities: Iterable[str] = ("stop",) if case.stops else ("warn", "note")
    issues = [issue for severity in severities for issue in found[severity]]
    if case.stops:
        assert case.file in said, said
        rules = {rule for _, _, rule in issues}
        assert set(case.rules) <= rules <= {*case.rules, PLANTED}, said
    else:
        stops = {rule for *_, rule in found["stop"]}
        # a proposal says what has to be deleted from the copies before
        assert stops <= ({PLANTED} if case.command == "init" else set()), said
        assert set(case.rules) <= {rule for *_, rule in issues}, said
    ours = [(place, text) for place, text, rule in issues if rule in case.rules]
    assert not ours or any(case.file in f"{place} {text}" for place, text in ours), said
    for _, text in ours:
        assert re.search(r"[.?)] \S.*[.)]$", text), said     # what is wrong; what to do


@pytest.mark.parametrize("case", [case for case in CASES if not case.heavy],
                         ids=lambda case: case.name)
def test_a_case_gets_its_sentence(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)
    result = CliRunner().invoke(app, list(case.call(tmp_path)))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    check(case, result.exit_code, result.stdout, result.stderr)
    after = everything(tmp_path)
    if case.stops:
        assert after == before
    else:
        assert before.items() <= after.items()
        search(case, tmp_path, after.keys() - before.keys())


def search(case: Case, folder: Path, written: Iterable[str]) -> None:
    """No secret in what is written; copies of the user's own files are no messages."""
    if case.command == "score":
        return    # writes the user's own file with the scores beside it
    own = {path.read_bytes() for path in map(folder.joinpath, case.files) if path.is_file()}
    for name in written:
        path = folder / name
        if path.is_file() and path.read_bytes() not in own and "-private" not in name:
            text = path.read_text(encoding="utf-8")
            # the columns beside a code go on with the new ids
            kept = ["quarry"] if name in ("linked/pre.csv", "linked/post.csv") else []
            assert pieces_in(text) == kept, name


@pytest.mark.parametrize("name", REPORTED)
def test_no_report_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = replace(next(case for case in CASES if case.name == name), command="report")
    test_a_case_gets_its_sentence(case, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["csv-mixed-encodings", "toml-faults-of-type"])
def test_a_process_of_its_own_says_the_same(name: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == name)
    case.write(tmp_path)
    before = everything(tmp_path)
    result = subprocess.run([BALINT, *case.call(tmp_path)], capture_output=True, text=True,
                            check=False)
    check(case, result.returncode, result.stdout, result.stderr)
    assert everything(tmp_path) == before


def test_the_corpus_is_large_and_has_a_right_twin_for_each_kind_of_file() -> None:
    faults = {case.name for case in CASES if case.stops}
    right = {Path(case.file).suffix for case in CASES if not case.stops}
    assert len(faults) >= 250
    secret = [case for case in CASES if case.stops and any(
        isinstance(content, bytes) and word.encode() in content
        for content in case.files.values() for word in SECRETS)]
    assert len(secret) >= 100, "most bad files hold what must not be told"
    assert right >= {".csv", ".txt", ".xlsx", ".sav", ".zsav", ".dta", ".xpt", ".parquet", ".toml"}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each heavy case says, and how much memory had been used when it had said it."""
    result = subprocess.run(
        [sys.executable, HEAVY_CASES, tmp_path_factory.mktemp("heavy")], capture_output=True,
        text=True, check=True, timeout=300)
    return {about["name"]: about for about in map(json.loads, result.stdout.splitlines())}


@pytest.mark.parametrize("case", HEAVY, ids=lambda case: case.name)
def test_a_heavy_case_needs_little_memory_and_time(
    case: Case, measured: dict[str, dict[str, Any]]
) -> None:
    about = measured[case.name]
    check(case, about["code"], about["out"], about["err"])
    assert about["peak"] < RESIDENT, f"{about['peak'] >> 20} MB by the end of this case"
    assert about["seconds"] < 20
    assert about["unchanged"]
