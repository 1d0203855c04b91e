"""Commands about questionnaires: list them, show, complete and export one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from balint_research.cli.base import Command, app, refuse_to_overwrite
from balint_research.cli.saying import say, show_table
from balint_research.errors import OutputError

if TYPE_CHECKING:
    from balint_research.scoring.exchange.export import Kind


@app.command(cls=Command)
def instruments(
    instrument: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show this one; also a path to a key file.")
    ] = None,
    construct: Annotated[
        str | None, typer.Option(metavar="X", help="Only those whose construct contains X.")
    ] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Write a page to check the key against the form.")
    ] = False,
    complete: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Write a template of an incomplete key."),
    ] = None,
    export: Annotated[
        str | None, typer.Option(metavar="KIND", help="Write it for redcap, fhir or limesurvey.")
    ] = None,
    wording: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False,
                     help="Your own item wording (item, language, text) for --sheet or --export."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Which language of the wording.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="New file.")
    ] = None,
) -> None:
    """List the questionnaires, or show the key of one.

    A list is a table on a terminal and CSV in a pipe. Wording is never part of this package:
    who holds a licence keeps it in a file of their own.

    \b
    Examples:
      balint instruments --construct empathy
      balint instruments teq
      balint instruments cbi --sheet -o cbi_key.html
      balint instruments bipm --complete my-study/instruments
      balint instruments who5 --export redcap -o who5_redcap.csv
    """
    if instrument is None:
        if sheet or complete or export or wording or language or out:
            raise typer.BadParameter("Name the questionnaire (ID) that this is about.")
        _list_instruments(construct)
    elif sum((sheet, complete is not None, export is not None)) > 1:
        raise typer.BadParameter("Only one of --sheet, --complete and --export at a time.")
    elif complete is not None:
        _write_template(instrument, complete)
    else:
        _show_instrument(instrument, sheet, export, wording, language, out)


def _list_instruments(construct: str | None) -> None:
    from balint_research.scoring.library import list_instruments

    frame = list_instruments()
    if construct is not None:
        frame = frame[frame["construct"].str.contains(construct, case=False, regex=False)]
        if frame.empty:
            known = ", ".join(sorted(set(list_instruments()["construct"])))
            raise typer.BadParameter(f"No construct contains '{construct}'. Known: {known}.")
    show_table(frame)


def _show_instrument(
    instrument: str, sheet: bool, export: str | None, wording: Path | None, language: str | None,
    out: Path | None,
) -> None:
    """The key as text, as a page, or as a form for a survey program."""
    from balint_research.reporting.key_page import key_page
    from balint_research.reporting.key_sheet import key_text
    from balint_research.scoring.exchange.export import export_instrument
    from balint_research.scoring.exchange.wording import read_wording
    from balint_research.scoring.library import load_instrument

    key = load_instrument(instrument)
    texts = read_wording(wording, key, language=language) if wording else None
    if export:
        _write_or_say(export_instrument(key, cast("Kind", export), wording=texts), out)
    elif sheet:
        _write_or_say(key_page(key, texts), out or Path(f"{key.id}_key_sheet.html"))
    else:
        _write_or_say(key_text(key), out)


def _write_or_say(text: str, out: Path | None) -> None:
    from balint_research.files import write_text_whole

    if out is None:
        say(text)
        return
    refuse_to_overwrite(out)
    write_text_whole(out, text)
    say(f"Written: {out}")


def _write_template(instrument: str, folder: Path) -> None:
    """A key to fill in, in the folder where a study looks for its own keys."""
    from balint_research.files import write_text_whole
    from balint_research.scoring.complete import template
    from balint_research.scoring.library import load_instrument

    key = load_instrument(instrument)
    path = folder / f"{key.id}.toml"
    text = template(key)
    if path.exists():
        raise OutputError(f"'{path}' exists already and was not replaced.")
    folder.mkdir(parents=True, exist_ok=True)
    write_text_whole(path, text)
    say(f"Written: {path}\nFill in every line that says FILL IN, from the official source; then "
         f"check it with: balint instruments {path}")
