"""Planted secrets: whatever is printed or written about a study, no secret of it is there."""

import json
import logging
import re
import socket
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from balint_research.cli.main import app
from balint_research.errors import BalintError, DataError
from balint_research.study.study import read_study
from balint_research.study.validate import read_data
from tests.secret_search import secrets_in
from tests.secret_study import all_secrets, loud, quiet, write
from tests.study_folder import as_csv

SECRETS = all_secrets()
Outputs = dict[str, bytes]

ANY = ".*"
# Where a secret may stand: the output, the place where it was planted, and why.
ALLOWED: tuple[tuple[str, str, str], ...] = (
    (r"report/all/scores\.csv", "participant|group",
     "the team's own rows; the public report has none"),
    (r"report(-public)?/all/(report\.html|(figures|tables)/attendance\..*)", "group",
     "a label that the team chose, of at least k people; a name in it stops the study"),
    (r"score/scores\.csv", ANY, "the user's own table with the scores beside it"),
    (r"init/new/(participants|responses)\.csv", ANY, "copies of the team's own files"),
    (r"init/(new/study\.toml|output)", r"(participants|responses)\.csv, 2, 1",
     "labels of arms and waves, which the proposal lists to be confirmed"),
    (r"linked/(pre|post)\.csv", "unused", "the team's own rows with ids in place of the codes"),
    (r"linked-private/.*", "code", "the key of the linking, which never goes further"),
)

COMMANDS: Mapping[str, Callable[[Path, Path], list[object]]] = {
    "validate": lambda study, out: ["validate", study, "--html", out / "faults.html"],
    "report": lambda study, out: ["report", study, "-o", out / "all"],
    "report-public": lambda study, out: ["report", study, "--public", "-o", out / "all"],
    "score": lambda study, out: ["score", study / "responses.csv", "-i", "who5", "-o",
                                 out / "scores.csv"],
    "init": lambda study, out: ["init", out / "new", "--from", study / "responses.csv", "--from",
                                study / "participants.csv"],
    "release": lambda study, out: ["release", study, "-o", out / "all"],
    "release-check": lambda study, out: ["release", study, "--check"],
    "stand-in": lambda study, out: ["release", study, "--synthetic", "-o", out / "all"],
}


def run(name: str, study: Path, out: Path) -> tuple[int, Outputs]:
    """A command's exit code, and everything that it prints, logs, warns of, raises and writes."""
    out.mkdir()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = CliRunner().invoke(app, [str(word) for word in COMMANDS[name](study, out)])
    raised = "".join(traceback.format_exception(result.exception)) if result.exception else ""
    said = {"output": result.output, "stderr": result.stderr, "raised": raised,
            "warned": str([str(one.message) for one in warned])}
    written = {path.relative_to(out).as_posix(): path.read_bytes()
               for path in out.rglob("*") if path.is_file()}
    outputs = {key: text.encode() for key, text in said.items()} | written
    outputs["names"] = "\n".join(written).encode()
    return result.exit_code, {f"{name}/{key}": data for key, data in outputs.items()}


def given_away(outputs: Outputs) -> list[tuple[str, str]]:
    """Outputs with a secret that may not stand there, and the place where it was planted."""
    found = set()
    for name, data in outputs.items():
        allowed = [place for form, place, _ in ALLOWED if re.fullmatch(form, name)]
        places = {SECRETS[secret] for secret in secrets_in(name, data, SECRETS)}
        found |= {(name, place) for place in places
                  if not any(re.fullmatch(form, place) for form in allowed)}
    return sorted(found)


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("secrets")
    return {"quiet": write(folder / "quiet", quiet()), "loud": write(folder / "loud", loud())}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for another machine, or for its address, gets a fault."""
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a command asked for the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_gives_a_secret_away(
    command: str, studies: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code, outputs = run(command, studies["quiet"], tmp_path / "out")
    assert code == 0, outputs[f"{command}/output"].decode()
    assert given_away(outputs | {"log": caplog.text.encode()}) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_study_that_stops_tells_its_faults_and_no_secret(
    command: str, studies: dict[str, Path], tmp_path: Path
) -> None:
    code, outputs = run(command, studies["loud"], tmp_path / "out")
    written = [name for name in outputs if not name.endswith(
        ("/output", "/stderr", "/raised", "/warned", "/names"))]
    if command not in ("init", "validate"):
        assert code == 1 and written == []  # nothing is computed
    assert given_away(outputs) == []


def test_linking_keeps_the_codes_in_the_private_folder(tmp_path: Path) -> None:
    rows = [[f"zqxcode{i}", str(i % 28 + 1), f"zqxshoe{i}", str(i % 5)] for i in range(40)]
    head = ["town", "day", "shoe", "teq_1"]
    for wave in ("pre", "post"):
        (tmp_path / f"{wave}.csv").write_text(as_csv([head, *rows]), encoding="utf-8")
    result = CliRunner().invoke(app, [
        "link", str(tmp_path / "pre.csv"), str(tmp_path / "post.csv"), "--elements",
        "town=text, day=day", "-o", str(tmp_path / "linked"), "--budget", "0.9"])
    outputs = {path.relative_to(tmp_path).as_posix(): path.read_bytes()
               for path in tmp_path.glob("linked*/**/*") if path.is_file()}
    assert result.exit_code == 0, result.output
    assert {"linked/pre.csv", "linked/links.csv"} <= set(outputs)
    assert given_away({**outputs, "link/output": result.output.encode()}) == []


def test_no_error_of_the_package_holds_a_secret(studies: dict[str, Path]) -> None:
    with pytest.raises(DataError) as caught:
        read_data(read_study(studies["loud"]))
    chain: list[BaseException] = [caught.value]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(before)
    texts = [text for fault in chain for text in (str(fault), repr(fault), repr(fault.args))]
    texts += [json.dumps(asdict(issue)) for issue in caught.value.issues]
    texts += traceback.format_exception(caught.value)
    assert isinstance(caught.value, BalintError) and len(caught.value.issues) > 8
    assert given_away({f"error {i}": text.encode() for i, text in enumerate(texts)}) == []


def test_a_notebook_that_shows_the_faults_shows_no_secret(studies: dict[str, Path]) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    cells = [
        "import balint_research as br",
        f"study = br.read_study({str(studies['loud'])!r})\nstudy",
        "try:\n    br.read_data(study)\nexcept br.DataError as fault:\n    kept = fault\nkept",
        "print(kept); list(kept.issues)",
        "br.read_data(study)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client.NotebookClient(book, timeout=120, allow_errors=True).execute()
    shown = json.dumps([cell.get("outputs") for cell in book.cells])
    assert "DataError" in shown
    assert given_away({"notebook": shown.encode()}) == []


def test_the_search_finds_what_is_hidden(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["zqxdream7", "<b>zqx&mark3</b>"]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    book = (tmp_path / "a.xlsx").read_bytes()
    marks = "<b>zqx&mark3</b>"
    assert secrets_in("a.xlsx", book, ["zqxdream7", marks]) == {"zqxdream7", marks}
    for text in ("ZQXDREAM7", "zqxdr\neam7", "enF4ZHJlYW03", "LXpxeGRyZWFtNw"):
        assert secrets_in("a.txt", text.encode(), ["zqxdream7"]) == {"zqxdream7"}
    assert secrets_in("a.txt", b"zqxdream8 and so on", ["zqxdream7"]) == set()
