"""Commands about a study: check it, evaluate it, write its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balint_research.cli.base import Command, app
from balint_research.cli.saying import say, step
from balint_research.errors import Issue

if TYPE_CHECKING:
    from balint_research.evaluation import Evaluation

StudyPath = Annotated[
    Path, typer.Argument(metavar="STUDY", exists=True, help="The study's folder or its study.toml.")
]
OutFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="New folder for the results.")
]


@app.command(cls=Command)
def demo(out: OutFolder = Path("balint-demo")) -> None:
    """Evaluate the synthetic example study and write its report.

    \b
    Example:
      balint demo -o balint-demo
    """
    from balint_research.scoring.library import example

    _write_report(example("balint_cohort"), out)


@app.command(cls=Command)
def report(study: StudyPath, out: OutFolder = Path("balint-report")) -> None:
    """Evaluate a study and write its report, tables and figures.

    \b
    Example:
      balint report my-study -o my-report
    """
    _write_report(study, out)


@app.command(cls=Command)
def validate(study: StudyPath) -> None:
    """Report every fault of a study at once; writes nothing.

    Exit code 0: no faults. 1: faults that stop a run.

    \b
    Example:
      balint validate my-study
    """
    from balint_research.study.study import read_study
    from balint_research.study.validate import check_data

    with step("Checking the study"):
        _, issues = check_data(read_study(study))
    say(_grouped(issues))
    if any(issue.severity == "stop" for issue in issues):
        raise typer.Exit(1)


def _write_report(study_path: Path, out: Path) -> None:
    """read, check, evaluate, write: the four verbs behind `demo` and `report`."""
    from datetime import UTC, datetime

    from balint_research.files import check_target

    started = datetime.now(UTC)
    check_target(out)
    with step("Checking the study"):
        from balint_research.study.study import read_study
        from balint_research.study.validate import read_data

        study = read_study(study_path)
        data = read_data(study)
    with step("Scoring and estimating"):
        from balint_research.evaluation import evaluate

        evaluation = evaluate(study, data)
    with step("Writing the report, tables and figures"):
        from balint_research.reporting.report import write_results

        write_results(evaluation, out, started=started)
    say(f"The report: {out / 'report.html'}")
    say(_primary_result(evaluation))


def _primary_result(evaluation: "Evaluation") -> str:
    """What the report says in brief, on the terminal."""
    from balint_research.reporting.report import in_brief

    label = "Synthetic data, no real people. " if evaluation.study.synthetic else ""
    return f"{label}Primary result: {' '.join(in_brief(evaluation))}"


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
