"""The heavy cases one after the other in one process with bounded memory, as lines of JSON.

A process of its own, because its limit of memory and its peak are those of a whole process.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

from tests.bad_input.corpus import every_case, everything

ADDRESSES = 4 << 30   # bytes of address space; the libraries take 1.5 GB of it without using it


def main(folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    from typer.testing import CliRunner

    from balint_research.cli.main import app

    for case in every_case():
        if case.heavy:
            place = folder / case.name
            place.mkdir()
            os.chdir(place)
            case.write(place)
            before = everything(place)
            started = time.monotonic()
            result = CliRunner().invoke(app, list(case.call(place)))
            after = everything(place)
            kept = after == before if case.stops else before.items() <= after.items()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB
            sys.stdout.write(json.dumps({
                "name": case.name, "code": result.exit_code, "out": result.stdout,
                "err": result.stderr, "seconds": time.monotonic() - started,
                "unchanged": kept, "peak": peak << 10,
            }) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
