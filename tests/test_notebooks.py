"""Every notebook runs from top to bottom, in silence on stderr, and is committed as it is read."""

import os
import shutil
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from balint_research.scoring.library import shipped

# neither has type hints
nbformat: Any = import_module("nbformat")
NotebookRun: Any = import_module("nbmake.nb_run").NotebookRun

NOTEBOOKS = sorted(shipped("notebooks").glob("*.ipynb"))
SECONDS_A_CELL = 120

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[dict[str, Any]]:
    notebook = nbformat.read(str(path), as_version=nbformat.NO_CONVERT)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    nbformat.validate(notebook)
    return list(notebook.cells)


def said_on_stderr(executed: Any) -> list[str]:
    """What the cells wrote to stderr: the kernel does not turn a warning into an error."""
    return [
        output["text"]
        for cell in executed.cells if cell["cell_type"] == "code"
        for output in cell["outputs"]
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]


@pytest.fixture
def quiet_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with our Python as the kernel and matplotlib's font list at hand."""
    import matplotlib.font_manager  # noqa: F401  (builds the list once; a kernel would tell so)

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix) / "share" / "jupyter"))
    checkout = shipped("notebooks").parent
    known = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(checkout), known])))
    return tmp_path


@every_notebook
def test_it_runs_without_an_error_or_a_warning(path: Path, quiet_kernel: Path) -> None:
    copied = Path(shutil.copy(path, quiet_kernel))
    run = NotebookRun(copied, default_timeout=SECONDS_A_CELL).execute()
    assert run.error is None, run.error.summary
    assert said_on_stderr(run.nb) == []
    assert all(cell["execution_count"] for cell in run.nb.cells if cell["cell_type"] == "code")


def test_a_warning_in_a_cell_is_seen(quiet_kernel: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("import warnings; warnings.warn('look here')", id="warns"),
    ])
    path = quiet_kernel / "warns.ipynb"
    nbformat.write(notebook, str(path))
    run = NotebookRun(path, default_timeout=SECONDS_A_CELL).execute()
    assert run.error is None
    assert len(said_on_stderr(run.nb)) == 1
    assert "UserWarning: look here" in said_on_stderr(run.nb)[0]


@every_notebook
def test_it_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"]] == []


@every_notebook
def test_every_code_cell_is_preceded_by_what_it_answers(path: Path) -> None:
    listed = cells(path)
    assert listed[0]["cell_type"] == "markdown"
    code = [(before, cell) for before, cell in pairwise(listed) if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert [cell["id"] for before, cell in code if before["cell_type"] != "markdown"] == []
    unasked = [cell["id"] for before, cell in code if "?**" not in before["source"]]
    assert unasked == []


def test_there_is_a_notebook_from_export_to_report() -> None:
    assert "01_from_export_to_report" in [path.stem for path in NOTEBOOKS]
    text = NOTEBOOKS[0].read_text(encoding="utf-8")
    assert "synthetic" in text
