"""How long a study of 2,000 people takes to be checked and released.

`python benchmarks/release.py` simulates it (125 groups of eight, 1,000 who wait, three waves of
three questionnaires), and times `check_data`, `check_privacy`, `release` and a second release that
knows the first, beside scoring the same study. A minute.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import balint_research as br

TOML = """
[privacy]
quasi_identifiers = ["gender", "training_year", "age_band"]
"""


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measured(place: Path) -> dict[str, float]:
    """Seconds of each step, once: nobody releases twice in a row."""
    folder = br.simulate_study(place / "study", seed=1, groups=125, group_size=8, controls=1000)
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(TOML)
    study = br.read_study(folder)
    data = br.read_data(study)   # also imports everything
    first = place / "first"
    return {
        "score_study": seconds(lambda: br.score_study(study, data)),
        "check_data": seconds(lambda: br.check_data(study)),
        "check_privacy": seconds(lambda: br.check_privacy(study, data)),
        "release": seconds(lambda: br.release(study, data, out=first)),
        "second release": seconds(lambda: br.release(
            study, data, out=place / "second", earlier=[first])),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        took = measured(Path(place))
    for step, value in took.items():
        sys.stdout.write(f"{step:16}{value:8.2f} s{value / took['score_study']:8.1f} x scoring\n")
    sys.stdout.write(f"checked and released: {took['check_data'] + took['release']:.1f} s\n")


if __name__ == "__main__":
    main()
