"""The command line as a person uses it: what it prints, its exit code, what it leaves behind."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from balint_research.cli.main import app

BALINT = Path(sys.executable).with_name("balint")
COMMANDS = ["demo", "report", "validate", "init", "link", "release", "instruments", "score",
            "lab"]
ITEMS = [f"teq_{n}" for n in range(1, 17)]
SECRET = "xyzzy"  # stands for a participant's value: it must never be printed

STUDY = """
[study]
title = "Synthetic test study"
design = "single_group"
waves = ["baseline", "month6"]
primary_outcome = "teq.total"
synthetic = true
[files]
responses = "responses.csv"
[instruments.teq]
"""


def balint(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def answers(people: int = 12) -> pd.DataFrame:
    """Synthetic: everyone moves by a different, known amount."""
    rows = [
        {"participant": f"0{person}", "wave": wave}
        | {item: (person + n + later * (person % 3)) % 5 for n, item in enumerate(ITEMS)}
        for later, wave in enumerate(["baseline", "month6"])
        for person in range(10, 10 + people)
    ]
    return pd.DataFrame(rows)


def write_study(folder: Path, frame: pd.DataFrame | None = None, toml: str = STUDY) -> Path:
    folder.mkdir()
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (answers() if frame is None else frame).to_csv(folder / "responses.csv", index=False)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "my-study")


# --- help and version ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_that_is_a_call(command: str) -> None:
    result = balint(command, "--help")
    assert result.exit_code == 0
    assert re.search(rf"^  Examples?:\n    balint {command}\b", result.stdout, re.MULTILINE)


def test_the_main_help_lists_the_commands_with_an_example() -> None:
    result = balint("--help")
    assert "Example:\n    balint demo" in result.stdout
    assert re.findall(r"^  (\w+)  ", result.stdout.partition("Commands:")[2], re.M) == COMMANDS


def test_version() -> None:
    assert balint("--version").stdout == "balint_research 0.1.0\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["demmo"], ["score", "--nonsense"], ["score", "missing.csv", "-i", "teq"], ["score"],
        ["validate", "missing"], ["report"], ["instruments", "--construct", "nothing"],
        ["score", __file__, "-i", "teq", "--min-share", "1.5"],
    ],
)
def test_a_wrong_call_exits_with_2(arguments: list[str]) -> None:
    result = balint(*arguments)
    assert result.exit_code == 2
    assert result.stdout == "" and "Error: " in result.stderr


# --- instruments ---------------------------------------------------------------------------------


def test_instruments_in_a_pipe_are_csv() -> None:
    lines = balint("instruments").stdout.splitlines()
    assert lines[0] == "id,name,construct,items,scales,rights,key_status,confidence"
    assert {line.partition(",")[0] for line in lines[1:]} >= {"teq", "phq9", "mbi_hss", "olbi"}


def test_instruments_by_construct() -> None:
    lines = balint("instruments", "--construct", "Empathy").stdout.splitlines()
    assert {line.partition(",")[0] for line in lines[1:]} == {
        "bes_a", "care", "eq22", "eq40", "iri", "jse_hp", "jse_s", "jspppe", "qcae", "teq",
    }


def test_an_instrument_shows_its_key_and_runs_its_examples() -> None:
    shown = balint("instruments", "cbi").stdout
    assert "Worked examples: 12 of 12 scores come out right" in shown
    assert "cbi_work: Work-related burnout\n  mean of items 7, 8, 9, 10, 11, 12, 13\n" in shown
    assert ("  reversed: 13 (100 − answer)\n  0 to 100; higher means worse\n"
            "  answers needed: at least 4 of 7 items") in shown
    assert "--item-order article_2005: order of the 2005 journal article" in shown


def test_an_unknown_instrument_names_the_nearest() -> None:
    result = balint("instruments", "tec")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == (
        "There is no instrument 'tec'. Did you mean 'teq'? `balint instruments` lists all.\n"
    )


# --- score ---------------------------------------------------------------------------------------


@pytest.fixture
def answer_file(tmp_path: Path) -> Path:
    """Two people with all answers 4 and 1: TEQ 8 * 4 + 8 * 0 = 32 and 8 * 1 + 8 * 3 = 32; a third
    with the straight items 4 and the reversed ones 0 (64), a fourth with one answer left out."""
    frame = pd.DataFrame([[4] * 16, [1] * 16, [4] * 16, [1] * 15 + [None]], columns=ITEMS)
    frame.loc[2, [f"teq_{n}" for n in (2, 4, 7, 10, 11, 12, 14, 15)]] = 0
    frame.insert(0, "id", ["007", "01", "1e5", "NA-4"])
    path = tmp_path / "answers.csv"
    frame.to_csv(path, index=False)
    return path


def test_score_into_a_pipe_keeps_every_other_column_as_it_is(answer_file: Path) -> None:
    lines = balint("score", answer_file, "-i", "teq").stdout.splitlines()
    assert lines[0].endswith("teq_16,teq_total,teq_total_answered,teq_total_status")
    assert [line.split(",")[0] for line in lines[1:]] == ["007", "01", "1e5", "NA-4"]
    assert [line.split(",")[-3:] for line in lines[1:]] == [
        ["32.0", "16", "complete"], ["32.0", "16", "complete"], ["64.0", "16", "complete"],
        ["", "15", "too_few"],
    ]  # fmt: skip


def test_score_names_the_rows_of_answers_outside_the_codes(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("id," + ",".join(f"who5_{n}" for n in range(1, 6)) +
                    "\na,1,2,3,4,5\nb,1,9,3,4,5\n", encoding="utf-8")
    result = balint("score", file, "-i", "who5")
    assert result.exit_code == 1
    assert "answers.csv, column 'who5_2', row 3: 1 answer is outside the codes" in result.output


def test_score_into_a_file_tells_what_came_out(answer_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    result = balint("score", answer_file, "-i", "teq", "-o", out)
    assert result.stdout == f"teq_total: 3 complete, 1 too_few\nWritten: {out}\n"
    assert out.read_text(encoding="utf-8") == balint("score", answer_file, "-i", "teq").stdout


def test_score_never_replaces_a_file(answer_file: Path) -> None:
    before = answer_file.read_bytes()
    result = balint("score", answer_file, "-i", "teq", "-o", answer_file)
    assert result.exit_code == 1
    told = f"'{answer_file}' exists already and was not replaced. Name a new file.\n"
    assert result.stderr == told
    assert answer_file.read_bytes() == before


def test_score_options_reach_the_scoring(tmp_path: Path) -> None:
    """Stored 1-5 with 99 for no answer, reversed items stored reversed, columns of other names."""
    frame = pd.DataFrame([[5] * 15 + [99]], columns=[f"Q{n:02}" for n in range(1, 17)])
    frame.to_csv(tmp_path / "a.csv", index=False)
    result = balint(
        "score", tmp_path / "a.csv", "-i", "teq", "--items", "Q{n:02}", "--coding", "1-5",
        "--missing-code", "99", "--already-reversed", "--min-share", "0.8",
    )
    assert result.stdout.splitlines()[1].split(",")[-3:] == ["64.0", "15", "prorated"]


def test_score_in_another_item_order(tmp_path: Path) -> None:
    """CBI in article order: item 10 there is the reversed item 13 of the form."""
    columns = [f"cbi_{n}" for n in range(1, 20)]
    frame = pd.DataFrame([[0] * 9 + [100] + [0] * 9], columns=columns)
    frame.to_csv(tmp_path / "a.csv", index=False)
    call = ("score", str(tmp_path / "a.csv"), "-i", "cbi")
    as_form = pd.read_csv(io.StringIO(balint(*call).stdout))
    article = pd.read_csv(io.StringIO(balint(*call, "--item-order", "article_2005").stdout))
    assert as_form["cbi_work"].tolist() == [pytest.approx(200 / 7)]
    assert article["cbi_work"].tolist() == [0.0]


def test_a_fault_in_scoring_names_file_and_column_and_no_answer(tmp_path: Path) -> None:
    frame = answers().drop(columns="wave").astype({"teq_3": str})
    frame.loc[4, "teq_3"] = SECRET
    frame.loc[3, "teq_5"] = 77
    frame.to_csv(tmp_path / "a.csv", index=False)
    result = balint("score", tmp_path / "a.csv", "-i", "teq", "-o", tmp_path / "b.csv")
    assert result.exit_code == 1 and result.stdout == ""
    assert "1. a.csv, column 'teq_3', row 6: 1 answer is text, not a number." in result.stderr
    assert SECRET not in result.stderr and "77" not in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]


def test_olbi_refuses_until_its_coding_is_declared(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1] * 16], columns=[f"olbi_{n}" for n in range(1, 17)])
    frame.to_csv(tmp_path / "a.csv", index=False)
    refused = balint("score", tmp_path / "a.csv", "-i", "olbi")
    assert refused.exit_code == 1 and "'as_printed'" in refused.stderr
    scored = balint("score", tmp_path / "a.csv", "-i", "olbi", "--coding", "as_printed")
    assert scored.exit_code == 0


# --- validate and report -------------------------------------------------------------------------


def test_validate_a_clean_study(study: Path) -> None:
    before = everything(study)
    result = balint("validate", study)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("No faults: the study can be evaluated.\n")
    assert everything(study) == before


def test_the_study_is_the_folder_or_its_toml(study: Path) -> None:
    assert balint("validate", study).stdout == balint("validate", study / "study.toml").stdout


def test_validate_groups_every_issue_by_severity(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[[2, 5], "teq_3"] = 9
    frame.loc[7, "wave"] = SECRET
    frame["remarks"] = "none"
    result = balint("validate", write_study(tmp_path / "study", frame))
    assert result.exit_code == 1
    assert result.stdout.startswith("2 stop the run:\n  1. responses.csv, column ")
    assert "column 'teq_3', rows 4, 7: " in result.stdout
    assert "column 'wave', row 9: " in result.stdout
    assert SECRET not in result.output and "No faults" not in result.output


def test_report_writes_the_whole_folder_and_tells_the_primary_result(study: Path) -> None:
    out = study.parent / "result"
    result = balint("report", study, "-o", out)
    assert result.exit_code == 0, result.output
    place, primary = result.stdout.splitlines()
    assert place == f"The report: {out / 'report.html'}"
    assert primary.startswith("Synthetic data, no real people. Primary result: "
                              "TEQ: Empathy total at ")
    assert {path.name for path in out.iterdir()} == {
        "report.html", "figures", "tables", "scores.csv", "manifest.json",
    }
    assert sorted(path.name for path in study.parent.iterdir()) == ["my-study", "result"]


def test_demo_runs_the_shipped_synthetic_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = balint("demo")
    assert result.exit_code == 0, result.output
    place, primary = result.stdout.splitlines()
    assert place == f"The report: {Path('balint-demo') / 'report.html'}"
    assert primary.startswith("Synthetic data, no real people. Primary result: ")
    said = ": allowing for scores at baseline, the difference balint − waitlist was "
    assert primary.count(said) == 1
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert " ".join(result.stdout.split()) in " ".join(readme.split())
    assert [path.name for path in tmp_path.iterdir()] == ["balint-demo"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_a_terminal_of_an_older_encoding_keeps_the_minus_sign(
    encoding: str, tmp_path: Path
) -> None:
    said = "changed by \u22125.5 (95\u00a0%) 第一"
    command = [sys.executable, "-c", f"from balint_research.cli.saying import say; say({said!r})"]
    result = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": encoding},
                            capture_output=True, check=True)
    assert result.stdout.decode(encoding).replace("\u00a0", " ") == "changed by -5.5 (95 %) ??\n"


# --- bad input: a sentence and exit 1, never a traceback, nothing written ------------------------


def _text(text: str) -> Callable[[Path], None]:
    return _bytes(text.encode())


def _bytes(raw: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "responses.csv").write_bytes(raw)

    return write


def _frame(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    return lambda folder: change(answers()).to_csv(folder / "responses.csv", index=False)


def _toml(old: str, new: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        assert old in STUDY
        (folder / "study.toml").write_text(STUDY.replace(old, new), encoding="utf-8")

    return write


def _empty_workbook(folder: Path) -> None:
    (folder / "responses.xlsx").write_bytes(b"")
    _toml("responses.csv", "responses.xlsx")(folder)


def _item_twice(folder: Path) -> None:
    text = answers().to_csv(index=False)
    (folder / "responses.csv").write_text(text.replace("teq_5,", "teq_4,", 1), encoding="utf-8")


def _nobody_twice(frame: pd.DataFrame) -> pd.DataFrame:
    later = frame["wave"] == "month6"
    return frame.assign(participant=frame["participant"].where(~later, "x" + frame["participant"]))


HEADER = answers().to_csv(index=False).splitlines()[0] + "\n"
BAD_INPUT: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty file": (_text(""), "[empty_file]"),
    "header only": (_text(HEADER), "[no_rows]"),
    "wrong encoding": (
        _bytes(answers().to_csv(index=False).replace("010", "é10").encode().replace(
            b"011", b"\xe911")), "[encoding]",   # two encodings in one file
    ),
    "0-byte xlsx": (_empty_workbook, "[empty_file]"),
    "text answers": (
        _frame(lambda f: f.astype({"teq_3": str}).replace({"teq_3": {"4": SECRET}})),
        "column 'teq_3'",
    ),
    "item column twice": (_item_twice, "The columns 6 and 7 have one name"),
    "typo in a key": (_toml("design", "dezign"), "did you mean 'design'?"),
    "unknown instrument": (_toml("instruments.teq", "instruments.tec"), "Did you mean 'teq'?"),
    "no common participant": (_frame(_nobody_twice), "participant"),
    "a direct identifier": (
        _frame(lambda f: f.assign(email=f"{SECRET}@example.org")), "column 'email'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gets_a_sentence_and_nothing_is_written(study: Path, name: str) -> None:
    spoil, told = BAD_INPUT[name]
    spoil(study)
    before = everything(study.parent)
    result = balint("report", study, "-o", study.parent / "result")
    assert result.exit_code == 1, result.output
    assert result.stdout == "" and told in result.stderr
    assert SECRET not in result.stderr
    assert everything(study.parent) == before and not (study.parent / "result").exists()
    checked = balint("validate", study)
    assert checked.exit_code == 1 and told in checked.output and SECRET not in checked.output


def _decimal_commas(frame: pd.DataFrame) -> str:
    return frame.astype(dict.fromkeys(ITEMS, float)).to_csv(index=False, sep=";", decimal=",")


@pytest.mark.parametrize(
    "text",
    [_decimal_commas(answers()), "\ufeff" + answers().to_csv(index=False)],
    ids=["semicolons with decimal commas", "byte order mark"],
)
def test_what_spreadsheets_write_is_read(study: Path, text: str) -> None:
    expected = balint("validate", study).stdout
    _text(text)(study)
    result = balint("validate", study)
    assert result.exit_code == 0 and result.stdout == expected


def test_an_output_folder_that_cannot_be_written_is_told_first(study: Path) -> None:
    (study.parent / "taken").write_text("a file", encoding="utf-8")
    (study / "responses.csv").unlink()  # the place is checked before the study is read
    result = balint("report", study, "-o", study.parent / "taken" / "result")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == (
        f"The results cannot be written to '{study.parent / 'taken' / 'result'}': 'taken' is a "
        "file, not a folder. Name a folder that does not exist yet.\n"
    )


def test_a_folder_of_somebody_else_is_left_alone(study: Path) -> None:
    before = everything(study)
    result = balint("report", study, "-o", study)
    assert result.exit_code == 1 and "the folder is not empty" in result.stderr
    assert everything(study) == before


# --- faults nobody foresaw -----------------------------------------------------------------------


def _raise(fault: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise fault

    return fail


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (OSError(28, "No space left on device"), 1, "The system refused: No space left on device."),
        (FileNotFoundError(2, "No such file", "a.csv"), 1,
         "The system refused: No such file ('a.csv')."),
        (KeyboardInterrupt(), 130, "Stopped by Ctrl-C; nothing was written."),
    ],
)  # fmt: skip
def test_the_system_refuses(
    study: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: int, told: str
) -> None:
    monkeypatch.setattr("balint_research.study.study.read_study", _raise(fault))
    result = balint("validate", study)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", told + "\n")


def test_a_fault_of_ours_tells_kind_and_place_but_not_its_text(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pandas puts cells into its messages."""
    fault = ValueError(f"could not convert '{SECRET}'")
    monkeypatch.setattr("balint_research.study.study.read_study", _raise(fault))
    result = balint("validate", study)
    assert result.exit_code == 1 and SECRET not in result.output
    assert re.fullmatch(
        r"This is a fault in balint_research: ValueError in test_cli\.py, line \d+\. Nothing was "
        r"written\. Please report it with this line and the call you made\.\n",
        result.stderr,
    )


INTERRUPTED = """
import sys, time
from balint_research.cli.main import app
from balint_research.files import whole_folder
from balint_research.study import study

def write_slowly(path):
    with whole_folder("result") as work:
        (work / "report.html").write_text("half")
        sys.stdout.write("writing" + chr(10))
        sys.stdout.flush()
        time.sleep(60)

study.read_study = write_slowly
app(["validate", "."])
"""


def test_ctrl_c_gives_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "writing\n"
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "Stopped by Ctrl-C; nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_that_closes_early_is_no_fault(tmp_path: Path) -> None:
    pd.concat([answers()] * 200).to_csv(tmp_path / "a.csv", index=False)
    command = f"'{BALINT}' score a.csv -i teq | head -n 1"
    result = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("participant,wave,teq_1,") and result.stderr == ""


# --- progress and lab ----------------------------------------------------------------------------


def run_on_a_terminal(*arguments: str | Path) -> str:
    """What a person sees: stdout and stderr on a pseudo-terminal."""
    import pty

    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [BALINT, *arguments], stdout=terminal, stderr=terminal, env=os.environ | {"TERM": "xterm"}
    ):
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(controller, 4096):
                shown += part
        except OSError:  # Linux: the other end has closed
            pass
        os.close(controller)
    return shown.decode()


def test_progress_on_a_terminal_and_none_in_a_pipe(study: Path) -> None:
    assert "Checking the study ..." in run_on_a_terminal("validate", study)
    piped = subprocess.run([BALINT, "validate", study], capture_output=True, text=True, check=True)
    assert piped.stderr == "" and "..." not in piped.stdout


def test_instruments_on_a_terminal_are_a_table() -> None:
    assert "┃" in run_on_a_terminal("instruments", "--construct", "empathy")


def test_lab_copies_the_notebooks_and_keeps_edited_ones(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "lab"
    first = balint("lab", folder, "--no-open")
    copies = sorted(folder.glob("*.ipynb"))
    assert first.stdout == f"Notebooks in {folder}: {len(copies)} copied, 0 kept as they were.\n"
    assert "01_from_export_to_report.ipynb" in [path.name for path in copies]
    copies[0].write_text("mine", encoding="utf-8")
    second = balint("lab", folder, "--no-open")
    assert second.stdout == f"Notebooks in {folder}: 0 copied, {len(copies)} kept as they were.\n"
    assert copies[0].read_text(encoding="utf-8") == "mine"


def test_lab_says_how_to_get_jupyterlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = balint("lab", tmp_path / "lab")
    assert result.exit_code == 1
    assert result.stderr == (
        "JupyterLab is not installed; nothing was copied. Install it with the extra `lab`: pip "
        "install 'balint-research[lab]', or in a checkout pip install -e '.[lab]'. To copy the "
        "notebooks only: balint lab --no-open\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_lab_opens_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        called.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    result = balint("lab", tmp_path / "lab")
    assert called == [[sys.executable, "-m", "jupyterlab", str(tmp_path / "lab")]]
    assert result.exit_code == 3
