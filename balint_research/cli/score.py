"""The command that scores one questionnaire in one file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from balint_research.cli.base import Command, app, refuse_to_overwrite
from balint_research.cli.saying import say, step, tell
from balint_research.errors import DataError, Issue

if TYPE_CHECKING:
    import pandas as pd

    from balint_research.scoring.instrument import Instrument


@app.command("score", cls=Command)
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
    from balint_research.scoring.plan import allowed_codes
    from balint_research.scoring.score import score

    refuse_to_overwrite(out)
    with step("Scoring"):
        key = load_instrument(instrument)
        written, frame = _answers(file, key, items, item_order)
        try:
            scored = score(
                frame, key, items=items, coding=_coding(coding), item_order=item_order,
                already_reversed=already_reversed, missing_codes=missing_code or (),
                min_share=min_share,
            )
        except DataError as fault:
            codes = (*allowed_codes(key, _coding(coding)), *(missing_code or ()))
            raise DataError(_placed(issue, file, frame, codes) for issue in fault.issues) from None
    as_written: dict[str, Any] = dict(written.items())  # type: ignore[arg-type]
    _write_scores(scored.assign(**as_written), key, out)


def _placed(
    issue: Issue, file: Path, frame: "pd.DataFrame", codes: Sequence[float]
) -> Issue:
    """The fault with its file, and with the lines of answers outside the codes."""
    placed = replace(issue, file=issue.file or file.name)
    if issue.rule != "range" or issue.column is None:
        return placed
    cells = frame[issue.column]
    lines = cells.index[cells.notna() & ~cells.isin(codes)]
    return replace(placed, rows=tuple(int(line) for line in lines))


def _coding(text: str | None) -> str | tuple[int, int] | None:
    """``"1-5"`` is a range of codes, everything else the id of a coding variant."""
    found = re.fullmatch(r"(-?\d+)-(-?\d+)", text or "")
    return (int(found[1]), int(found[2])) if found else text


def _answers(
    file: Path, key: "Instrument", items: str, item_order: str | None
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """The file as it is written, and the same with numbers in the item columns."""
    from balint_research.scoring.plan import item_columns
    from balint_research.study.read.read import read_text
    from balint_research.study.read.table import answers

    table = read_text(file)
    for issue in table.issues:
        tell(str(issue))
    asked = set(item_columns(key, items, item_order).values()).intersection(table.frame.columns)
    read = {column: answers(table, column) for column in sorted(asked)}
    issues = [issue for _, found in read.values() for issue in found]
    if issues:
        raise DataError(issues)
    return table.frame, table.frame.assign(
        **{column: values for column, (values, _) in read.items()})


def _write_scores(scored: "pd.DataFrame", key: "Instrument", out: Path | None) -> None:
    from balint_research.files import harmless_frame, write_text_whole

    text = harmless_frame(scored).to_csv(index=False, lineterminator="\n")
    if out is None:
        if key.from_user:
            tell("Key supplied by the user.")
        typer.echo(text.encode("utf-8"), nl=False)  # data: no letter may be replaced
        return
    write_text_whole(out, text)
    if key.from_user:
        say("Key supplied by the user.")
    for scale in key.scales:
        counts = scored[f"{key.id}_{scale}_status"].value_counts()
        told = ", ".join(f"{count} {status}" for status, count in counts.items())
        say(f"{key.id}_{scale}: {told}")
    say(f"Written: {out}")
