"""Coverage-guided fuzzing of every reader: bounded in time, and not a part of the tests.

`make fuzz` installs atheris and runs this; `make fuzz SECONDS=600 READERS="text sheet"` chooses.
Each reader has a process of its own, which begins with right files and the corpus of bad input.
The first exception that is no sentence for the user, and the first message that holds a cell,
ends the run; the input is kept, and its place is told.
"""

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SLOWEST = 20         # seconds that one input may take
MEMORY = 2048        # MB
LARGEST = 1 << 16    # bytes of an input: none of the right files is larger
OURS = ["balint_research", "openpyxl"]   # whose branches guide the search
ENDED = re.compile(r"Done (\d+) runs")
COVERED = re.compile(r"cov: (\d+)")


def main() -> int:
    """Every reader one after the other; 1 at the first fault."""
    asked = _arguments()
    if asked.one:
        _fuzz(asked.one, asked.libfuzzer)
    from tests.bad_input.readers import READERS

    for reader in asked.readers or READERS:
        if not _ran_well(reader, asked.seconds, asked.keep):
            return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", help="which readers; all without a name")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "balint-fuzz",
                        help="folder of inputs that reach new code, kept from run to run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--libfuzzer", nargs=argparse.REMAINDER, default=[],
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def _ran_well(reader: str, seconds: int, keep: Path) -> bool:
    found, seeds, faults = keep / reader, keep / "seeds" / reader, keep / "faults"
    for folder in (found, seeds, faults):
        folder.mkdir(parents=True, exist_ok=True)
    _write_seeds(reader, seeds)
    options = [
        f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}",
        f"-max_len={LARGEST}", f"-artifact_prefix={faults / reader}-", "-report_slow_units=5",
    ]
    result = subprocess.run(
        [sys.executable, __file__, "--one", reader, "--libfuzzer", *options, found, seeds],
        capture_output=True, text=True, errors="replace", check=False)
    covered = COVERED.findall(result.stderr)
    runs = ENDED.search(result.stderr)
    if result.returncode == 0 and runs:
        sys.stdout.write(f"{reader}: {runs[1]} inputs, {covered[-1] if covered else 0} branches "
                         f"reached in {seconds} s, no fault\n")
        sys.stdout.flush()
        return True
    lines = [line for line in (result.stderr + result.stdout).splitlines()
             if not line.startswith(("INFO:", "WARNING:", "#"))]
    tail = "\n".join(lines[-60:])
    kept = max(faults.glob(f"{reader}-*"), key=lambda path: path.stat().st_mtime, default=faults)
    sys.stdout.write(f"{tail}\n\n{reader}: a fault. The input is {kept}\n")
    return False


def _write_seeds(reader: str, folder: Path) -> None:
    """The right files, and the bad ones of the same ending."""
    from tests.bad_input.corpus import every_case
    from tests.bad_input.readers import READERS

    of = READERS[reader]
    for i, content in enumerate(of.right):
        (folder / f"right-{i}").write_bytes(content)
    if of.packs is not bytes or reader in ("declared", "tables"):
        return
    for case in every_case():
        if case.heavy:
            continue
        with tempfile.TemporaryDirectory() as place:
            case.write(Path(place))
            path = Path(place) / case.file
            if path.suffix == Path(of.name).suffix and path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if len(content) < LARGEST:
                    (folder / case.name).write_bytes(content)


def _fuzz(reader: str, options: list[str]) -> None:
    """One reader in this process, which ends with it."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=OURS):
        from tests.bad_input.readers import READERS
    of = READERS[reader]
    folder = Path(tempfile.mkdtemp(prefix="balint-fuzz-"))

    def once(content: bytes) -> None:
        of.attempt(content, folder)

    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
