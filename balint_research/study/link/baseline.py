"""Whether those who were linked looked different at the first wave from those who were not."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from balint_research.study.link.codes import Bools
from balint_research.study.study import USUAL_K

CONFIDENCE = 0.95
MOST_LEVELS = 12   # a column with more different texts is free text, which is not shown
COLUMNS = [
    "column", "level", "n_matched", "n_unmatched", "matched", "matched_sd", "unmatched",
    "unmatched_sd", "difference", "low", "high", "note",
]
FEW = f"fewer than {USUAL_K} people in a cell: not shown"


def compared(frame: pd.DataFrame, columns: Sequence[str], matched: Bools) -> pd.DataFrame:
    """Matched against unmatched rows of the first wave, a row a column or a level of it.

    ``column level n_matched n_unmatched matched matched_sd unmatched unmatched_sd difference low
    high note``. A column of numbers with more than two values has means and SDs, and `difference`
    is the difference of means over the pooled SD (no small-sample correction) with its 95 %
    interval by the noncentral t distribution, checked against R's `effectsize`. Any other column
    has a row a level with shares, and `difference` is the difference of shares over the root of the
    mean of both variances, without an interval. Rows without a value are left out. Figures of fewer
    than 5 people are not shown.
    """
    rows = [row for column in columns for row in _rows(frame[column], matched, column)]
    return pd.DataFrame(rows, columns=COLUMNS)


def standardised(first: Any, second: Any) -> tuple[float, float, float]:
    """The difference of two means over the pooled SD, and its 95 % interval.

    Examples
    --------
    >>> tuple(f"{x:.3f}" for x in standardised([1, 2, 3, 4.0], [2, 4, 6, 8.0]))
    ('-1.225', '-2.728', '0.357')
    """
    from scipy.optimize import brentq
    from scipy.stats import nct

    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, m = len(one), len(other)
    df = n + m - 2
    pooled = math.sqrt(((n - 1) * one.var(ddof=1) + (m - 1) * other.var(ddof=1)) / df)
    if pooled == 0:
        return (math.nan,) * 3
    d = float((one.mean() - other.mean()) / pooled)
    scale = math.sqrt(1 / n + 1 / m)
    t = d / scale
    tail = (1 - CONFIDENCE) / 2
    reach = 6 + abs(t) / 2  # more SEs than either end can be away from t

    def end(share: float) -> float:
        return float(brentq(lambda ncp: nct.cdf(t, df, ncp) - share, t - reach, t + reach,
                            xtol=1e-10)) * scale

    return d, end(1 - tail), end(tail)


def _rows(cells: pd.Series, matched: Bools, column: str) -> Iterator[dict[str, Any]]:
    numbers = pd.to_numeric(cells, errors="coerce")
    known = cells.notna() & (cells.astype(str).str.strip() != "")
    if numbers[known].notna().all() and numbers.nunique() > 2:
        yield _means(numbers, matched, column)
        return
    texts = cells[known].astype(str).str.strip()
    yield from _shares(texts, matched[known.to_numpy()], column)


def _means(numbers: pd.Series, matched: Bools, column: str) -> dict[str, Any]:
    one, other = numbers[matched].dropna(), numbers[~matched].dropna()
    row = _row(column, "", len(one), len(other))
    if min(len(one), len(other)) < USUAL_K:
        return row | {"note": FEW}
    d, low, high = standardised(one, other)
    return row | {"matched": float(one.mean()), "matched_sd": float(one.std()),
                  "unmatched": float(other.mean()), "unmatched_sd": float(other.std()),
                  "difference": d, "low": low, "high": high}


def _shares(texts: pd.Series, matched: Bools, column: str) -> Iterator[dict[str, Any]]:
    n, m = int(matched.sum()), int((~matched).sum())
    levels = sorted(texts.unique())
    if len(levels) > MOST_LEVELS:
        yield _row(column, "", n, m) | {"note": f"more than {MOST_LEVELS} different texts"}
        return
    counts = [(int((texts[matched] == level).sum()), int((texts[~matched] == level).sum()))
              for level in levels]
    if not levels or min(min(pair) for pair in counts) < USUAL_K:
        # one hidden level would follow from the others, so all are
        yield _row(column, "", n, m) | {"note": FEW}
        return
    for level, (one, other) in zip(levels, counts, strict=True):
        p, q = one / n, other / m
        spread = math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
        yield _row(column, level, n, m) | {
            "matched": p, "unmatched": q, "difference": (p - q) / spread if spread else math.nan}


def _row(column: str, level: str, n: int, m: int) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS, math.nan) | {
        "column": column, "level": level, "n_matched": n, "n_unmatched": m, "note": ""}
