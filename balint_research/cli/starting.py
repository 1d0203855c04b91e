"""The command that begins a study: an empty one to fill in, or one proposed from exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balint_research.cli.base import Command, app
from balint_research.cli.saying import say, step
from balint_research.errors import OutputError, number_of

if TYPE_CHECKING:
    from balint_research.study.propose.propose import Proposal


@app.command(cls=Command)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the study.")],
    export: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="EXPORT", help="Propose the study from this file; repeat "
                     "it where each wave has its own, or people have one."),
    ] = None,
    dictionary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="REDCap data dictionary (CSV) of the export."),
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the study.")] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option("-i", "--instrument", metavar="ID",
                     help="Look for this questionnaire only (repeat it); also a path to a key "
                     "file of your own."),
    ] = None,
) -> None:
    """Begin a study: an empty one to fill in, or one proposed from exports.

    Without --from: a commented study.toml and empty tables. With it: study.toml proposed from
    the exports, every line marked CONFIRM for you to check, FILL IN where no export tells. The
    exports are copied into DIR byte for byte, because a study names only files of its own folder;
    they are never changed. DIR must not exist, or be empty.

    \b
    Examples:
      balint init my-study -i mbi_hss -i teq
      balint init my-study --from pre.csv --from post.csv
      balint init my-study --from redcap_data.csv --dictionary redcap_dictionary.csv
    """
    _refuse_used(folder)
    if export:
        _propose(folder, export, dictionary, title, instrument)
    elif dictionary is not None:
        raise typer.BadParameter("--dictionary describes an export: name the export with --from.")
    else:
        _begin_empty(folder, title, instrument or [])


def _refuse_used(folder: Path) -> None:
    """Nothing is replaced here, not even an earlier result of ours."""
    from balint_research.files import check_target

    check_target(folder)
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"'{folder}' is not empty. Name a folder that does not exist yet.")


def _begin_empty(folder: Path, title: str | None, instruments: list[str]) -> None:
    from balint_research.scoring.library import load_instrument
    from balint_research.study.propose.blank import blank_study

    own = {f"{load_instrument(path).id}.toml": path for name in instruments
           if (path := Path(name)).suffix == ".toml"}
    texts = blank_study(title=title, instruments=instruments)
    _write(folder, texts, {}, own)
    say(f"A new study in {folder}: {', '.join(sorted(texts))}.\n"
        f"Next: replace every FILL IN in {folder / 'study.toml'}, fill the tables, then\n"
        f"  balint validate {folder}")


def _propose(
    folder: Path, exports: list[Path], dictionary: Path | None, title: str | None,
    instruments: list[str] | None,
) -> None:
    from balint_research.study.propose.propose import propose_study

    with step("Looking at the exports"):
        proposal = propose_study(exports, dictionary=dictionary, title=title,
                                 instruments=instruments)
    _write(folder, {"study.toml": proposal.toml}, proposal.files, proposal.keys)
    say(_told(proposal, folder))


def _write(
    folder: Path, texts: Mapping[str, str], copies: Mapping[str, Path], keys: Mapping[str, Path]
) -> None:
    """All files or none; copies are made byte for byte."""
    from shutil import copyfile

    from balint_research.files import whole_folder, write_text_whole
    from balint_research.study.study import KEY_FOLDER

    with whole_folder(folder) as work:
        for name, text in texts.items():
            write_text_whole(work / name, text)
        for name, path in copies.items():
            copyfile(path, work / name)
        if keys:
            with whole_folder(work / KEY_FOLDER) as inside:
                for name, path in keys.items():
                    copyfile(path, inside / name)


def _told(proposal: "Proposal", folder: Path) -> str:
    """What was recognised, what stands in the way, and what to do next."""
    lines = [f"Proposed in {folder / 'study.toml'}; nobody has confirmed it yet:"]
    lines += [f"  {row.what}: {row.value} ({row.confidence} confidence)"
              for row in proposal.findings.itertuples()]
    copied = ", ".join([*proposal.files, *(f"instruments/{name}" for name in proposal.keys)])
    lines += [f"Copied byte for byte: {copied}."]
    first = [issue for issue in proposal.issues if issue.severity == "stop"]
    told = [issue for issue in proposal.issues if issue.severity == "warn"]
    for issues, what in ((first, "to do in the copies first"), (told, "to know of the exports")):
        if issues:
            lines += ["", f"{number_of(len(issues), 'thing')} {what}:"]
            lines += [f"  {n}. {issue}" for n, issue in enumerate(issues, 1)]
    lines += ["", f"Next: open {folder / 'study.toml'}, check every CONFIRM, replace every "
              "FILL IN, remove `confirmed = false`, then", f"  balint validate {folder}"]
    return "\n".join(lines)
