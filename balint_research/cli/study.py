"""Commands about a study: check it, evaluate it, write its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balint_research.cli.base import Command, app, refuse_to_overwrite
from balint_research.cli.saying import say, step
from balint_research.errors import Issue, StudyError

if TYPE_CHECKING:
    from balint_research.evaluation import Evaluation
    from balint_research.study.contracts import StudyData
    from balint_research.study.study import Study

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
def report(
    study: StudyPath,
    out: OutFolder = Path("balint-report"),
    public: Annotated[bool, typer.Option(
        "--public", help="For anybody to read: no cell of fewer than 11 people, no row or line "
        "of a person.")] = False,
    earlier: Annotated[list[Path] | None, typer.Option(
        "--earlier", metavar="DIR", exists=True, file_okay=False, show_default=False,
        help="Results of this study that others have already: what both would tell of a few "
        "people is hidden. May be given several times.")] = None,
) -> None:
    """Evaluate a study and write its report, tables and figures.

    \b
    Examples:
      balint report my-study -o my-report
      balint report my-study -o for-the-web --public --earlier my-report
    """
    _write_report(study, out, public=public, earlier=earlier or [])


@app.command(cls=Command)
def validate(
    study: StudyPath,
    html: Annotated[Path | None, typer.Option(
        "--html", metavar="PAGE", help="Write everything that was found as a page, too.")] = None,
) -> None:
    """Report every fault of a study at once; writes nothing but the page that --html names.

    Exit code 0: no faults. 1: faults that stop a run.

    \b
    Examples:
      balint validate my-study
      balint validate my-study --html faults.html
    """
    from balint_research.study.study import read_study
    from balint_research.study.validate import check_data

    _check_page(html)
    with step("Checking the study"):
        try:
            planned = read_study(study)
        except StudyError as fault:
            _write_page(html, fault)
            raise
        data, issues = check_data(planned)
    say(_grouped(issues))
    _write_page(html, planned, issues, data)
    if any(issue.severity == "stop" for issue in issues):
        raise typer.Exit(1)


def _check_page(html: Path | None) -> None:
    """Refuse before the work; an earlier page of faults may be replaced."""
    from balint_research.reporting.faults_page import is_faults_page

    if html is not None and not is_faults_page(html):
        refuse_to_overwrite(html)


def _write_page(
    html: Path | None, study: "Study | StudyError", issues: Sequence[Issue] = (),
    data: "StudyData | None" = None,
) -> None:
    """What was found as a page, also where study.toml itself cannot be used."""
    from balint_research.reporting.faults_page import faults_of_toml, write_faults

    if html is None:
        return
    if isinstance(study, StudyError):
        write_faults(None, faults_of_toml(study), None, html)
    else:
        write_faults(study, issues, data, html)
    say(f"The page: {html}")


def _write_report(
    study_path: Path, out: Path, *, public: bool = False, earlier: Sequence[Path] = ()
) -> None:
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
        from balint_research.reporting.small_cells import shown

        safe = shown(evaluation, public=public, earlier=earlier)
        write_results(evaluation, out, started=started, public=public, earlier=earlier)
    say(f"The report: {out / 'report.html'}")
    say(_primary_result(safe))


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
