"""The command that opens the notebooks."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from balint_research.cli.base import Command, app
from balint_research.cli.saying import say
from balint_research.errors import OutputError


@app.command(cls=Command)
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
    say(f"Notebooks in {folder}: {copied} copied, {kept} kept as they were.")
    if not no_open:
        command = [sys.executable, "-m", "jupyterlab", str(folder)]
        raise typer.Exit(subprocess.run(command, check=False).returncode)


def _copy_notebooks(folder: Path) -> tuple[int, int]:
    from balint_research.files import write_text_whole
    from balint_research.scoring.library import shipped

    shipped_notebooks = sorted(shipped("notebooks").glob("*.ipynb"))
    new = [path for path in shipped_notebooks if not (folder / path.name).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        write_text_whole(folder / path.name, path.read_text(encoding="utf-8"))
    return len(new), len(shipped_notebooks) - len(new)
