"""The command that links waves by the codes that people made for themselves."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from balint_research.cli.base import Command, app
from balint_research.cli.saying import say, step, tell
from balint_research.errors import DataError, Issue

if TYPE_CHECKING:
    import pandas as pd

    from balint_research.study.link.settings import Settings

Tolerance = Literal["exact", "one_edit", "one_element", "two_elements"]


@app.command("link", cls=Command)
def link(
    files: Annotated[
        list[str],
        typer.Argument(metavar="PRE POST [MORE ...]", help="One file a wave, in order.",
                       show_default=False),
    ],
    elements: Annotated[
        str,
        typer.Option(metavar="TEXT|FILE", help="The columns of the code and what they hold, or a "
                     "TOML file that says so.", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="New folder for the results.")
    ],
    names: Annotated[
        str | None, typer.Option(metavar="NAME,NAME", help="Names of the waves; else the files'.")
    ] = None,
    constants: Annotated[
        str | None,
        typer.Option(metavar="COL,...", help="Columns that do not change: gender, site, ..."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="COL,...", help="Columns on which matched and unmatched are "
                     "compared."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(metavar="X", help="Largest share of wrong links to expect.  [0.01]"),
    ] = None,
    tolerance: Annotated[
        Tolerance | None, typer.Option(help="Loosest level to use; never beyond the budget.")
    ] = None,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False,
                     help="What a person decided; repeatable."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Private folder for the key; an earlier key in it keeps "
                     "its ids.  [the results' folder with -private]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Ids that can be drawn again: for examples.")
    ] = None,
) -> None:
    """Link waves by self-generated codes; the codes stay in a private folder.

    DIR gets a file a wave with random participant ids instead of the code, links.csv and a report.
    The private folder gets the key, and to_decide.csv: fill in its last column with yes or no and
    give it back with --decisions.

    \b
    Examples:
      balint link pre.csv post.csv -o linked \\
        --elements "birth_day=day, mother=letters:2, birth_month=month, siblings=number:0-15"
      balint link pre.csv mid.csv post.csv -o linked --elements code.toml --constants gender
    """
    from balint_research.study.link.link import BUDGET, link_waves
    from balint_research.study.link.settings import settings_of
    from balint_research.study.link.write import (
        check_places,
        earlier_key,
        kept_identifiers,
        write_links,
    )

    paths = _existing(files)
    asked = settings_of(elements)
    asked = replace(
        asked, names=_listed(names, asked.names), constants=_listed(constants, asked.constants),
        compare=_listed(compare, asked.compare),
        budget=budget if budget is not None else asked.budget or BUDGET)
    called = _called(paths, asked)
    results, private = check_places(out, key)
    with step("Reading"):
        read, noted = _tables(paths)
        waves = dict(zip(called, read, strict=True))
        before = earlier_key(private)
        decided = _decisions(decisions or [])
    try:
        with step("Linking"):
            report = link_waves(
                *waves.values(), elements=asked.elements, names=called,
                constants=asked.constants, compare=asked.compare, budget=asked.budget or BUDGET,
                tolerance=tolerance, decisions=decided, key=before, seed=seed)
    except DataError as fault:
        raise DataError(_placed(fault.issues, dict(zip(called, paths, strict=True)),
                                decisions or [])) from None
    kept = tuple(kept_identifiers(report, waves))
    report = replace(report, issues=(*noted, *report.issues, *kept))
    with step("Writing"):
        write_links(report, waves, results, private, constants=tuple(asked.constants),
                    files=dict(zip(called, paths, strict=True)),
                    more={"constants": list(asked.constants), "seeded": seed is not None})
    say(str(report))
    for issue in report.issues:
        if issue.severity != "note" or issue.rule in ("to_decide", "tolerance_lowered"):
            tell(f"{'Warning' if issue.severity == 'warn' else 'Note'}: {issue}")
    if before is not None:
        say("Rows of the earlier key kept their ids.")
    say(f"Written: {out}")
    say(f"The key, never to be passed on: {private.name}")


def _existing(files: Sequence[str]) -> list[Path]:
    from balint_research.study.read.reading import split_sheet

    if len(files) < 2:
        raise typer.BadParameter("name at least two files, one a wave", param_hint="PRE POST")
    for file in files:
        if not Path(split_sheet(file)[0]).is_file():
            raise typer.BadParameter(f"the file '{file}' does not exist", param_hint="PRE POST")
    return [Path(file) for file in files]


def _listed(text: str | None, otherwise: Sequence[str]) -> tuple[str, ...]:
    if text is None:
        return tuple(otherwise)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _called(paths: Sequence[Path], asked: "Settings") -> tuple[str, ...]:
    """The names of the waves: as asked, else those of the files where they can be."""
    from balint_research.study.link.asked import good_names

    if asked.names:
        if len(asked.names) != len(paths):
            raise typer.BadParameter(f"{len(asked.names)} names for {len(paths)} files",
                                     param_hint="--names")
        if not good_names(asked.names):
            raise typer.BadParameter(
                "each needs a name of its own of letters, digits, '_' and '-', and none is "
                "'links'", param_hint="--names")
        return tuple(asked.names)
    stems = tuple(path.stem for path in paths)
    return stems if good_names(stems) else tuple(f"wave{i + 1}" for i in range(len(paths)))


def _tables(paths: Sequence[Path]) -> "tuple[list[pd.DataFrame], list[Issue]]":
    """Every file as text, or the faults of all of them."""
    from balint_research.study.read.read import read_text

    frames: list[Any] = []
    noted: list[Issue] = []
    faults: list[Issue] = []
    for path in paths:
        try:
            table = read_text(path)
        except DataError as fault:
            faults += fault.issues
            continue
        frames.append(table.frame)
        noted += table.issues
    if faults:
        raise DataError(faults)
    return frames, noted


def _decisions(files: Sequence[Path]) -> "pd.DataFrame | None":
    if not files:
        return None
    import pandas as pd

    return pd.concat(_tables(files)[0])


def _placed(
    issues: Sequence[Issue], files: dict[str, Path], decisions: Sequence[Path]
) -> list[Issue]:
    """The faults with the file each of them is in."""
    placed = []
    for issue in issues:
        file = files[issue.wave].name if issue.wave in files else None
        if file is None and issue.rule.startswith("decision_"):
            file = ", ".join(path.name for path in decisions)
        placed.append(replace(issue, file=issue.file or file))
    return placed
