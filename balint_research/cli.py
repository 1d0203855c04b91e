"""The command `balint`: each command calls one verb of the package and says what came out.

Exit codes: 0 done, 1 faults found (told on stderr, nothing written), 2 a wrong call. Libraries
are imported inside the commands, so that `balint --help` answers at once.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from balint_research.errors import BalintError, DataError, Issue, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from balint_research.evaluation import Evaluation
    from balint_research.scoring.instrument import Instrument


class _Command(TyperCommand):
    """A command whose faults become sentences: no traceback, and never a participant's value."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except BalintError as fault:
            _tell(str(fault))
        except KeyboardInterrupt:
            _tell("Stopped by Ctrl-C; nothing was written.")
            raise typer.Exit(130) from None
        except OSError as fault:
            place = f" ('{fault.filename}')" if fault.filename else ""
            _tell(f"The system refused: {fault.strerror or type(fault).__name__}{place}.")
        except Exception as fault:  # its text may hold a cell's value: only kind and place are told
            _tell(_our_fault(fault))
        raise typer.Exit(1)


app = typer.Typer(
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Score, validate, analyse and show Balint group outcome studies.\n\n"
    "\b\nExample:\n  balint demo          the synthetic example study, end to end\n"
    "  balint report DIR    the same for the study in DIR",
)

StudyPath = Annotated[
    Path, typer.Argument(metavar="STUDY", exists=True, help="The study's folder or its study.toml.")
]
OutFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="New folder for the results.")
]


def _say_version(wanted: bool) -> None:
    if wanted:
        from balint_research import __version__

        _say(f"balint_research {__version__}")
        raise typer.Exit


@app.callback()
def _balint(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    pass


@app.command(cls=_Command)
def demo(out: OutFolder = Path("balint-demo")) -> None:
    """Evaluate the synthetic example study and write its report.

    \b
    Example:
      balint demo -o balint-demo
    """
    from balint_research.scoring.library import example

    _write_report(example("balint_cohort"), out)


@app.command(cls=_Command)
def report(study: StudyPath, out: OutFolder = Path("balint-report")) -> None:
    """Evaluate a study and write its report, tables and figures.

    \b
    Example:
      balint report my-study -o my-report
    """
    _write_report(study, out)


@app.command(cls=_Command)
def validate(study: StudyPath) -> None:
    """Report every fault of a study at once; writes nothing.

    Exit code 0: no faults. 1: faults that stop a run.

    \b
    Example:
      balint validate my-study
    """
    from balint_research.study.study import read_study
    from balint_research.study.validate import check_data

    with _step("Checking the study"):
        _, issues = check_data(read_study(study))
    _say(_grouped(issues))
    if any(issue.severity == "stop" for issue in issues):
        raise typer.Exit(1)


@app.command(cls=_Command)
def instruments(
    instrument: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show this one; also a path to a key file.")
    ] = None,
    construct: Annotated[
        str | None, typer.Option(metavar="X", help="Only those whose construct contains X.")
    ] = None,
) -> None:
    """List the questionnaires, or show the key of one.

    A list is a table on a terminal and CSV in a pipe.

    \b
    Examples:
      balint instruments --construct empathy
      balint instruments teq
    """
    from balint_research.reporting.key_sheet import key_text
    from balint_research.scoring.library import list_instruments, load_instrument

    if instrument is not None:
        _say(key_text(load_instrument(instrument)))
        return
    frame = list_instruments()
    if construct is not None:
        frame = frame[frame["construct"].str.contains(construct, case=False, regex=False)]
        if frame.empty:
            known = ", ".join(sorted(set(list_instruments()["construct"])))
            raise typer.BadParameter(f"No construct contains '{construct}'. Known: {known}.")
    _show_table(frame)


@app.command("score", cls=_Command)
def score_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, Excel, SPSS, ..."),
    ],
    instrument: Annotated[
        str, typer.Option("-i", "--instrument", metavar="ID", help="Id, or path of a key file.")
    ],
    items: Annotated[
        str, typer.Option(metavar="PATTERN", help="Name of the item columns, {n} is the number.")
    ] = "{id}_{n}",
    coding: Annotated[
        str | None, typer.Option(metavar="ID|MIN-MAX", help="How the export is coded, e.g. 1-5.")
    ] = None,
    item_order: Annotated[
        str | None, typer.Option(metavar="ID", help="Where the form numbers items otherwise.")
    ] = None,
    missing_code: Annotated[
        list[float] | None, typer.Option(metavar="N", help="Code that means no answer; repeatable.")
    ] = None,
    already_reversed: Annotated[
        bool, typer.Option("--already-reversed", help="Reversed items are stored reversed.")
    ] = False,
    min_share: Annotated[
        float | None,
        typer.Option(
            metavar="X", min=0, max=1,
            help="Smallest share of items answered, where the key publishes no rule.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="New CSV file.")
    ] = None,
) -> None:
    """Score one questionnaire in one file.

    The result is the file with score columns added, as CSV; without -o on the screen or in a pipe.

    \b
    Example:
      balint score responses.csv -i teq --items "teq_{n}" -o scores.csv
    """
    from balint_research.scoring.library import load_instrument
    from balint_research.scoring.score import score

    _refuse_to_overwrite(out)
    with _step("Scoring"):
        key = load_instrument(instrument)
        written, frame = _answers(file, key, items, item_order)
        try:
            scored = score(
                frame, key, items=items, coding=_coding(coding), item_order=item_order,
                already_reversed=already_reversed, missing_codes=missing_code or (),
                min_share=min_share,
            )
        except DataError as fault:
            issues = (replace(issue, file=issue.file or file.name) for issue in fault.issues)
            raise DataError(issues) from None
    as_written: dict[str, Any] = dict(written.items())  # type: ignore[arg-type]
    _write_scores(scored.assign(**as_written), key, out)


@app.command(cls=_Command)
def lab(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="Where the notebooks go.")
    ] = Path("balint-lab"),
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Copy the notebooks, do not open JupyterLab.")
    ] = False,
) -> None:
    """Copy the notebooks and open them in JupyterLab.

    A notebook that is already there is kept as it is.

    \b
    Example:
      balint lab my-notebooks
    """
    from importlib.util import find_spec

    if not no_open and find_spec("jupyterlab") is None:
        raise OutputError(
            "JupyterLab is not installed; nothing was copied. Install it with the extra `lab`: "
            "pip install 'balint-research[lab]', or in a checkout pip install -e '.[lab]'. To "
            "copy the notebooks only: balint lab --no-open"
        )
    copied, kept = _copy_notebooks(folder)
    _say(f"Notebooks in {folder}: {copied} copied, {kept} kept as they were.")
    if not no_open:
        command = [sys.executable, "-m", "jupyterlab", str(folder)]
        raise typer.Exit(subprocess.run(command, check=False).returncode)


def _write_report(study_path: Path, out: Path) -> None:
    """read, check, evaluate, write: the four verbs behind `demo` and `report`."""
    from datetime import UTC, datetime

    from balint_research.files import check_target

    started = datetime.now(UTC)
    check_target(out)
    with _step("Checking the study"):
        from balint_research.study.study import read_study
        from balint_research.study.validate import read_data

        study = read_study(study_path)
        data = read_data(study)
    with _step("Scoring and estimating"):
        from balint_research.evaluation import evaluate

        evaluation = evaluate(study, data)
    with _step("Writing the report, tables and figures"):
        from balint_research.reporting.report import write_results

        write_results(evaluation, out, started=started)
    _say(f"The report: {out / 'report.html'}")
    _say(_primary_result(evaluation))


def _primary_result(evaluation: "Evaluation") -> str:
    """What the report says in brief, on the terminal."""
    from balint_research.reporting.report import in_brief

    label = "Synthetic data, no real people. " if evaluation.study.synthetic else ""
    return f"{label}Primary result: {' '.join(in_brief(evaluation))}"


def _coding(text: str | None) -> str | tuple[int, int] | None:
    """``"1-5"`` is a range of codes, everything else the id of a coding variant."""
    found = re.fullmatch(r"(-?\d+)-(-?\d+)", text or "")
    return (int(found[1]), int(found[2])) if found else text


def _refuse_to_overwrite(out: Path | None) -> None:
    if out is not None and out.is_file() and out.stat().st_size > 0:
        raise OutputError(f"'{out}' exists already and was not replaced. Name a new file.")


def _answers(
    file: Path, key: "Instrument", items: str, item_order: str | None
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """The file as it is written, and the same with numbers in the item columns."""
    from balint_research.scoring.plan import item_columns
    from balint_research.study.read import answers, read_text

    table = read_text(file)
    asked = set(item_columns(key, items, item_order).values()).intersection(table.frame.columns)
    read = {column: answers(table, column) for column in sorted(asked)}
    issues = [issue for _, found in read.values() for issue in found]
    if issues:
        raise DataError(issues)
    return table.frame, table.frame.assign(
        **{column: values for column, (values, _) in read.items()})


def _write_scores(scored: "pd.DataFrame", key: "Instrument", out: Path | None) -> None:
    from balint_research.files import write_text_whole

    text = scored.to_csv(index=False, lineterminator="\n")
    if out is None:
        typer.echo(text.encode("utf-8"), nl=False)  # data: no letter may be replaced
        return
    write_text_whole(out, text)
    for scale in key.scales:
        counts = scored[f"{key.id}_{scale}_status"].value_counts()
        told = ", ".join(f"{count} {status}" for status, count in counts.items())
        _say(f"{key.id}_{scale}: {told}")
    _say(f"Written: {out}")


def _copy_notebooks(folder: Path) -> tuple[int, int]:
    from balint_research.files import write_text_whole
    from balint_research.scoring.library import shipped

    shipped_notebooks = sorted(shipped("notebooks").glob("*.ipynb"))
    new = [path for path in shipped_notebooks if not (folder / path.name).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        write_text_whole(folder / path.name, path.read_text(encoding="utf-8"))
    return len(new), len(shipped_notebooks) - len(new)


_HEADINGS = {"stop": "stops the run", "warn": "is a warning", "note": "is a note"}
_HEADINGS_MANY = {"stop": "stop the run", "warn": "are warnings", "note": "are notes"}


def _grouped(issues: Sequence[Issue]) -> str:
    """Every issue, numbered, what stops the run first."""
    blocks: list[str] = []
    for severity, heading in _HEADINGS.items():
        found = [issue for issue in issues if issue.severity == severity]
        words = heading if len(found) == 1 else _HEADINGS_MANY[severity]
        if found:
            lines = [f"  {n}. {issue}" for n, issue in enumerate(found, 1)]
            blocks.append("\n".join([f"{len(found)} {words}:", *lines]))
    if not any(issue.severity == "stop" for issue in issues):
        blocks.append("No faults: the study can be evaluated.")
    return "\n\n".join(blocks)


def _show_table(frame: Any) -> None:
    if not sys.stdout.isatty():
        _say(frame.to_csv(index=False), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*map(str, frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say on the terminal what is going on; in a pipe stay silent."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield


def _our_fault(fault: Exception) -> str:
    """Kind and place of an unforeseen fault, without its text."""
    import traceback

    last = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"This is a fault in balint_research: {type(fault).__name__} in "
        f"{Path(last.filename).name}, line {last.lineno}. Nothing was written. Please report it "
        "with this line and the call you made."
    )


def _tell(text: str) -> None:
    _say(text, err=True)


# What a terminal of an older encoding cannot show: a minus sign must never be lost with it.
_PLAIN = {ord("\N{MINUS SIGN}"): "-", ord("\N{EN DASH}"): "-", ord("\N{NO-BREAK SPACE}"): " "}


def _say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text on a terminal or into a pipe of any encoding."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    typer.echo(text, err=err, nl=nl)
