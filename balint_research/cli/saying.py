"""What a command says: text for terminals of any encoding, tables, progress, unforeseen faults."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer


def show_table(frame: Any) -> None:
    if not sys.stdout.isatty():
        say(frame.to_csv(index=False), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*map(str, frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say on the terminal what is going on; in a pipe stay silent."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield


def our_fault(fault: Exception) -> str:
    """Kind and place of an unforeseen fault, without its text."""
    import traceback

    last = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"This is a fault in balint_research: {type(fault).__name__} in "
        f"{Path(last.filename).name}, line {last.lineno}. Nothing was written. Please report it "
        "with this line and the call you made."
    )


def tell(text: str) -> None:
    say(text, err=True)


# What a terminal of an older encoding cannot show: a minus sign must never be lost with it.
_PLAIN = {ord("\N{MINUS SIGN}"): "-", ord("\N{EN DASH}"): "-", ord("\N{NO-BREAK SPACE}"): " "}


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text on a terminal or into a pipe of any encoding."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    typer.echo(text, err=err, nl=nl)
