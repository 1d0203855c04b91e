"""The application `balint`, and how its commands end: a sentence and an exit code.

Exit codes: 0 done, 1 faults found (told on stderr, nothing written), 2 a wrong call. Libraries
are imported inside the commands, so that `balint --help` answers at once.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from balint_research.cli.saying import our_fault, say, tell
from balint_research.errors import BalintError, OutputError


class Command(TyperCommand):
    """A command whose faults become sentences: no traceback, and never a participant's value."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except BalintError as fault:
            tell(str(fault))
        except KeyboardInterrupt:
            tell("Stopped by Ctrl-C; nothing was written.")
            raise typer.Exit(130) from None
        except OSError as fault:
            place = f" ('{fault.filename}')" if fault.filename else ""
            tell(f"The system refused: {fault.strerror or type(fault).__name__}{place}.")
        except Exception as fault:  # its text may hold a cell's value: only kind and place are told
            tell(our_fault(fault))
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

def _say_version(wanted: bool) -> None:
    if wanted:
        from balint_research import __version__

        say(f"balint_research {__version__}")
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


def refuse_to_overwrite(out: Path | None) -> None:
    if out is not None and out.is_file() and out.stat().st_size > 0:
        raise OutputError(f"'{out}' exists already and was not replaced. Name a new file.")
