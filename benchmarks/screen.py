"""What the guards cost beside scoring the same file: `python benchmarks/screen.py`.

`br.screen` runs on every instrument and wave of a study, so that one of 60 people counts most; a
file with a fault costs a bootstrap more. The best of several runs counts: it is the one least
disturbed by the machine.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import balint_research as br

RUNS, FEW, MANY = 9, 60, 100_000
KEYS = ("gad7", "teq", "cbi", "iri", "ffmq39", "eq40")


def answers(name: str, people: int) -> pd.DataFrame:
    """Answers that hang together in the direction of the key: there is nothing to tell."""
    key, rng = br.load_instrument(name), np.random.default_rng(1)
    codes = np.array(key.response.codes, dtype=float)
    level = rng.normal(size=people)
    table = {}
    for n in key.items:
        answer = level + rng.normal(size=people)
        way = -1 if n in key.reversed_anywhere else 1
        table[f"{name}_{n}"] = codes[np.searchsorted(np.linspace(-2, 2, len(codes) - 1),
                                                     way * answer)]
    return pd.DataFrame(table)


def reversed_beforehand(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    key = br.load_instrument(name)
    items = [f"{name}_{n}" for n in key.reversed_anywhere]
    return frame.assign(**{item: key.response.low + key.response.high - frame[item]
                           for item in items})


def best(task: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def line(what: str, name: str, frame: pd.DataFrame, runs: int = RUNS) -> str:
    scoring = best(lambda: br.score(frame, name), runs)
    guards = best(lambda: br.screen(frame, name), runs)
    return f"| {what} | {len(frame):,} x {frame.shape[1]} | {guards:.3f} | {guards / scoring:.1f} |"


def main() -> None:
    rows = [line(name, name, answers(name, FEW)) for name in KEYS]
    rows += [
        line("teq, reversed beforehand", "teq", reversed_beforehand("teq", answers("teq", FEW))),
        line("iri", "iri", answers("iri", MANY), runs=3),
        line("iri, reversed beforehand", "iri",
             reversed_beforehand("iri", answers("iri", MANY)), runs=3),
    ]
    head = ["| `br.screen` | answers | seconds | x `br.score` |", "|---|---|---|---|"]
    sys.stdout.write("\n".join([*head, *rows]) + "\n")


if __name__ == "__main__":
    main()
