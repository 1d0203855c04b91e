"""Files that appear whole or not at all: the only place that creates them.

A folder of results is built beside its final place and moved there at the end, so that a fault,
a full disk or Ctrl-C leaves nothing behind and an earlier result as it was.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balint_research.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"  # a folder that holds one with our name in it is a result of ours
OUR_NAMES = ("balint_research", "balint-research")
RELEASE = "release"         # the `kind` of a folder that is never replaced
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


@contextmanager
def whole_folder(target: str | Path) -> Iterator[Path]:
    """A temporary folder to write into, which becomes `target` when the block ends without a fault.

    Use it for everything that consists of several files. Missing parents of `target` are made at
    the end. An empty folder and an earlier result of ours are replaced.

    Parameters
    ----------
    target : the folder to make; it must not exist, or be empty, or hold an earlier result.

    Raises
    ------
    OutputError : the place cannot be used; see `check_target`. Also when the folder holds files
        that the manifest of the earlier result does not name: nobody's own notes are deleted.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with whole_folder(Path(place) / "result") as folder:
    ...         _ = (folder / "report.html").write_text("<p>synthetic</p>", encoding="utf-8")
    ...         print((Path(place) / "result").exists())
    ...     print([path.name for path in (Path(place) / "result").iterdir()])
    False
    ['report.html']
    """
    final = check_target(target)
    work = _temporary_folder(final)
    try:
        yield work
        _refuse_foreign_files(final)
        _move_into_place(work, final)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_target(target: str | Path) -> Path:
    """The absolute path of a folder that may be written, or an `OutputError` that says why not.

    Call it before a long computation, so that a wrong place is told at once. Nothing is written.
    """
    final = Path(target).resolve()
    above = _nearest_existing(final)
    if final in (Path.cwd(), *Path.cwd().parents):
        raise OutputError(
            f"The results cannot be written to '{target}': you are in this folder, and it "
            "would be replaced. Name a folder that does not exist yet."
        )
    if not above.is_dir():
        raise OutputError(
            f"The results cannot be written to '{target}': '{above.name}' is a file, not a folder. "
            "Name a folder that does not exist yet."
        )
    if final.is_dir() and _kind(final) == RELEASE:
        raise OutputError(
            f"The results cannot be written to '{target}': the folder is a release. Others may "
            "hold it, and the next release is checked against it, so it is never replaced. Name "
            "another folder."
        )
    if final.is_dir() and any(final.iterdir()) and not _is_our_result(final):
        raise OutputError(
            f"The results cannot be written to '{target}': the folder is not empty and holds no "
            f"earlier result of ours ({MANIFEST}). Name a folder that does not exist yet, or empty "
            "this one."
        )
    _refuse_foreign_files(final)
    # an existing folder is replaced, so its parent is where the writing happens
    for place in {above, _nearest_existing(final.parent)}:
        if not os.access(place, os.W_OK | os.X_OK):
            raise _not_writable(target)
    return final


def write_text_whole(path: str | Path, text: str) -> Path:
    """Write a text file in UTF-8, whole or not at all; an existing file is replaced.

    Raises
    ------
    OutputError : the folder does not exist or cannot be written to, or `path` is a folder.
    """
    final = Path(path).resolve()
    if final.is_dir():
        raise OutputError(f"'{path}' is a folder; name a file.")
    if not final.parent.is_dir():
        raise OutputError(f"'{path}' cannot be written: its folder does not exist. Make it first.")
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=final.parent, prefix=f".{final.name}-",
            delete=False,
        ) as work:
            try:
                work.write(text)
                work.close()
                Path(work.name).chmod(0o666 & ~_umask())
                Path(work.name).replace(final)
            finally:
                Path(work.name).unlink(missing_ok=True)
    except OSError as fault:
        raise OutputError(f"'{path}' cannot be written: {_reason(fault)}.") from None
    return final


def harmless_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, made harmless by an apostrophe.

    A number that is kept as text stays as it is: no spreadsheet runs it.

    Examples
    --------
    >>> harmless_cell("=1+1"), harmless_cell("-waitlist"), harmless_cell("-5"), harmless_cell(-1.5)
    ("'=1+1", "'-waitlist", '-5', -1.5)
    """
    runs = isinstance(value, str) and value != "" and value[0] in "=+-@\t\r"
    return f"'{value}" if runs and not NUMBER.fullmatch(value) else value


def harmless_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """A frame whose texts and column names no spreadsheet runs (`harmless_cell`)."""
    texts = frame.select_dtypes(exclude=["number", "bool"]).columns
    # each text once: the names of waves and scales repeat by the thousand
    once = {name: {text: harmless_cell(text) for text in frame[name].dropna().unique()}
            for name in texts}
    return frame.assign(**{name: frame[name].map(told) for name, told in once.items()}).rename(
        columns=harmless_cell)


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal: shows that a file is still the same.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as place:
    ...     sha256(write_text_whole(Path(place) / "a.txt", "abc"))[:16]
    'ba7816bf8f01cfea'
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _is_our_result(folder: Path) -> bool:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return False
    text = manifest.read_text(encoding="utf-8", errors="replace")
    return any(name in text for name in OUR_NAMES)


def _kind(folder: Path) -> object:
    """What the manifest of an earlier result says it is."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _written_before(folder: Path) -> set[str]:
    """The files that the manifest of an earlier result names, and the manifest."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *told["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {MANIFEST}


def _temporary_folder(final: Path) -> Path:
    """Beside the final place, hence on the same file system: the move at the end is one step."""
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=_nearest_existing(final.parent)))
        work.chmod(0o777 & ~_umask())  # mkdtemp closes it to everyone else
    except OSError:
        raise _not_writable(final) from None
    return work


def _refuse_foreign_files(final: Path) -> None:
    """Files that the earlier result did not write, at any depth: nobody's own notes are deleted."""
    if not final.is_dir():
        return
    files = {path.relative_to(final).as_posix() for path in final.rglob("*") if not path.is_dir()}
    if foreign := sorted(files - _written_before(final)):
        raise OutputError(
            f"The earlier result in '{final.name}' was not replaced: the folder also holds "
            f"{', '.join(foreign)}. Move this elsewhere, or name another folder."
        )


def _move_into_place(work: Path, final: Path) -> None:
    earlier = work.with_name(f"{work.name}-earlier")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists():
            final.rename(earlier)
        try:
            work.rename(final)
        except OSError:
            if earlier.exists():
                earlier.rename(final)
            raise
    except OSError as fault:
        raise OutputError(f"'{final.name}' cannot be written: {_reason(fault)}.") from None
    shutil.rmtree(earlier, ignore_errors=True)


def _not_writable(target: str | Path) -> OutputError:
    return OutputError(
        f"The results cannot be written to '{target}': there is no permission to write there. "
        "Name another folder, or change its permissions."
    )


def _reason(fault: OSError) -> str:
    return (fault.strerror or "the system refused").lower()


def _umask() -> int:
    """The umask can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
