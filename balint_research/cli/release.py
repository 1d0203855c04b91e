"""The command that gives a study's data away: anonymised, or as a synthetic stand-in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balint_research.cli.base import Command, app
from balint_research.cli.saying import say, step, tell
from balint_research.cli.study import StudyPath

if TYPE_CHECKING:
    from balint_research.study.contracts import StudyData
    from balint_research.study.release.prepare import Release
    from balint_research.study.study import Study

SEED = 1  # of a stand-in, which is no secret


@app.command("release", cls=Command)
def release_study(
    study: StudyPath,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="DIR", help="New folder for the data set.",
                     show_default=False),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="For a file that everybody can get: k at least 11.")
    ] = False,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", exists=True, file_okay=False, show_default=False,
                     help="An earlier release of this study; repeatable."),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Write a synthetic stand-in; nobody's answers.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the stand-in.")] = SEED,
    check: Annotated[
        bool, typer.Option("--check", help="Tell what would be released; write nothing.")
    ] = False,
) -> None:
    """Write an anonymised data set of a study, with codebook and disclosure report.

    [privacy] in study.toml declares what an outsider may know. A study whose people would be
    identifiable is refused, and nothing is written. Exit code 0: done, or releasable. 1: refused.

    \b
    Examples:
      balint release my-study --check
      balint release my-study -o open-data --earlier open-data-2024
      balint release my-study -o stand-in --synthetic
    """
    if synthetic and (check or earlier):
        raise typer.BadParameter("a stand-in is drawn at random from rounded numbers, and neither "
                                 "checked nor held against releases: give -o DIR only",
                                 param_hint="--synthetic")
    if check == (out is not None):
        raise typer.BadParameter("give -o DIR to write, or --check to look only", param_hint="-o")
    if out is not None:
        from balint_research.files import check_target

        check_target(out)
    planned, data = _checked(study)
    if synthetic:
        _write_stand_in(planned, data, out, seed, public)
        return
    _tell_issues(planned, data, public=public, notes=check)
    with step("Looking for people who stand out"):
        from balint_research.study.release.prepare import prepare_release

        prepared = prepare_release(planned, data, public=public, earlier=earlier or ())
    if out is not None:
        with step("Writing the data set"):
            from balint_research.reporting.release.write import write_release

            write_release(prepared, out)
    say(_told(prepared))
    say("Releasable; nothing was written." if out is None else f"The data set: {out}")


def _checked(path: Path) -> "tuple[Study, StudyData]":
    with step("Checking the study"):
        from balint_research.study.study import read_study
        from balint_research.study.validate import read_data

        study = read_study(path)
        return study, read_data(study)


def _write_stand_in(
    study: "Study", data: "StudyData", out: Path | None, seed: int, public: bool
) -> None:
    with step("Drawing a stand-in"):
        from balint_research.study.stand_in.write import write_stand_in

        write_stand_in(study, data, out=out or Path(), seed=seed, public=public)
    say(f"The synthetic stand-in, in which nobody answered: {out}")


def _tell_issues(study: "Study", data: "StudyData", *, public: bool, notes: bool) -> None:
    """What is known of the study's privacy before a release is tried; a refusal tells the rest."""
    from balint_research.study.privacy.check import check_privacy

    words = {"warn": "Warning"} | ({"note": "Note"} if notes else {})
    for issue in check_privacy(study, data, public=public):
        if issue.severity in words:
            tell(f"{words[issue.severity]}: {issue}")


def _told(prepared: "Release") -> str:
    """What goes, on the terminal."""
    from balint_research.reporting.release.disclosure import level_lines

    people = len(prepared.tables["participants"])
    return "\n".join([f"{people} people; each is one of at least {prepared.k} who share all that "
                      "is told of them.", *(f"  {line}" for line in level_lines(prepared))])
