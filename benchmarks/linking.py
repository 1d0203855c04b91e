"""How often linking by codes is right, wrong, or misses somebody, and how long it takes.

`python benchmarks/linking.py` simulates studies with known truth (`simulate_codes`) and writes
linking.csv; then it times 5,000 x 5,000 codes beside a plain pandas merge of the same. Ten minutes.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from balint_research.study.link.link import link_waves
from balint_research.study.link.simulate import (
    FOUR,
    SEVEN,
    Drawn,
    linkage_rates,
    simulate_codes,
)

RESULT = Path(__file__).with_suffix(".csv")
STUDIES, DROPOUT = 50, 0.2
MANY = 5000
COUNTED = ("possible", "right", "wrong", "missed")
CODES = {4: FOUR, 7: SEVEN}
# method -> the loosest level and the budget; the last is what nobody should do
METHODS: dict[str, tuple[str | None, float]] = {
    "identical codes": ("exact", 0.01),
    "within the budget": (None, 0.01),
    "one element, no budget": ("one_element", 1.0),
}


@dataclass(frozen=True)
class Cell:
    """One kind of study: elements of the code, people, chance of an error in an element."""

    code: int
    people: int
    errors: float


CELLS = [Cell(code, people, errors) for people in (12, 36, 150, 372) for code in (4, 7)
         for errors in (0.01, 0.03, 0.06)]


def rates(cell: Cell) -> pd.DataFrame:
    """Right, wrong and missed links in per cent of the people who were at both waves."""
    counts = {method: dict.fromkeys(COUNTED, 0) for method in METHODS}
    for study in range(STUDIES):
        made = simulate_codes(cell.people, drawn=CODES[cell.code], errors=cell.errors,
                              dropout=DROPOUT, seed=study)
        for method, (tolerance, budget) in METHODS.items():
            report = link_waves(*made.waves, elements=made.elements, tolerance=tolerance,
                                budget=budget, seed=1)
            found = linkage_rates(report, made.truth)
            for what in COUNTED:
                counts[method][what] += int(found[what].sum())
    rows = [{"code": cell.code, "people": cell.people, "errors": cell.errors, "method": method,
             "studies": STUDIES, "possible": count["possible"]}
            | {what: 100 * count[what] / count["possible"] for what in COUNTED[1:]}
            for method, count in counts.items()]
    return pd.DataFrame(rows)


def best(task: Callable[[], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def speed() -> str:
    """Seconds and ratios for 5,000 x 5,000 codes of seven elements that tell them apart."""
    strong = {**SEVEN, "house_digit": Drawn("number:0-9999", 400),
              "birth_day": Drawn("day:1-31", 31)}
    lines = ["| 5,000 x 5,000 codes | seconds | x merge of identical codes |", "|---|---|---|"]
    made = simulate_codes(MANY, drawn=strong, dropout=0, seed=1)
    pre, post = made.waves
    merge = best(lambda: pre.merge(post, on=list(pre.columns)))
    lines.append(f"| `pandas.merge`, not normalised, no report | {merge:.3f} | 1 |")
    for tolerance in ("exact", "one_element"):
        link = partial(link_waves, pre, post, elements=made.elements, tolerance=tolerance, seed=1)
        taken = best(link)
        used = link().per_pair_of_waves
        lines.append(f"| `link_waves`, {used['level'].item()}, {used['linked'].item():,} links | "
                     f"{taken:.2f} | {taken / merge:.0f} |")
    return "\n".join(lines)


def main() -> None:
    table = pd.concat([rates(cell) for cell in CELLS], ignore_index=True)
    table.to_csv(RESULT, index=False, float_format="%.4f", lineterminator="\n")
    sys.stdout.write(table.to_string() + "\n" + speed() + "\n")


if __name__ == "__main__":
    main()
