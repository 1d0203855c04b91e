"""What starting costs: `python benchmarks/imports.py`.

Each figure is the best of several fresh processes, timed inside the process (so that the start of
Python itself does not count), and the processes of two figures that are compared take turns.
`balint demo` is timed from outside, once, into a temporary folder.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 9

PANDAS = "import pandas"
FRAME = ("import pandas as pd; "
         "f = pd.DataFrame({f'teq_{n}': [1.0, 4.0, None] for n in range(1, 17)})")
FIRST_SCORE = "import balint_research as br; br.score(f, 'teq')"
PACKAGE = "import balint_research"
HELP = (
    "import sys; sys.argv = ['balint', '--help']\n"
    "from balint_research.cli.main import app\n"
    "import contextlib, io\n"
    "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
    "    app()"
)
TIMED = """
import sys, time
{before}
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
sys.stdout.write(f"{{seconds}} {{'pandas' in sys.modules or 'numpy' in sys.modules}}")
"""


def run(code: str, before: str = "") -> tuple[float, bool]:
    """Seconds of `code` in a fresh process, and whether pandas or numpy are imported by then."""
    answer = subprocess.run(
        [sys.executable, "-c", TIMED.format(code=code, before=before)],
        capture_output=True, text=True, check=True,
    )
    seconds, heavy = answer.stdout.split()
    return float(seconds), heavy == "True"


def best(*codes: tuple[str, ...]) -> list[tuple[float, bool]]:
    """The best of several rounds; what comes second in a pair is done before the clock starts."""
    rounds = [[run(*code) for code in codes] for _ in range(RUNS)]
    return [min(column) for column in zip(*rounds, strict=True)]


def demo_seconds() -> float:
    balint = Path(sys.executable).with_name("balint")
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        subprocess.run([balint, "demo", "--out", str(Path(place) / "demo")],
                       capture_output=True, check=True)
        return time.perf_counter() - start


def main() -> None:
    (pandas_time, _), (score_time, _), (all_time, _), (package_time, package_heavy), (
        help_time, help_heavy) = best(
            (PANDAS,), (FIRST_SCORE, FRAME), (f"{FRAME}; {FIRST_SCORE}",), (PACKAGE,), (HELP,))
    heavy = {True: "imports pandas or numpy", False: "imports neither"}
    lines = [
        "| start | seconds | result | goal |",
        "|---|---|---|---|",
        f"| `import pandas` | {pandas_time:.3f} | 1.00 | |",
        f"| first `br.score` of a pandas frame | {score_time:.3f} | "
        f"{score_time / pandas_time:.2f} x `import pandas` | at most 1.50 |",
        f"| the same with `import pandas` | {all_time:.3f} | {all_time / pandas_time:.2f} x "
        "`import pandas` | at most 1.50 |",
        f"| `import balint_research` | {package_time:.3f} | {heavy[package_heavy]} | neither |",
        f"| `balint --help` | {help_time:.3f} | {heavy[help_heavy]} | neither |",
        f"| `balint demo` | {demo_seconds():.1f} | | under 15 |",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
