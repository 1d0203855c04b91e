"""Made-up questionnaires and the figures of R, for the tests of reliability."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pandas as pd

from balint_research.scoring.instrument import Instrument, Method, Response, Scale
from tests.scores_frames import ORACLES, instrument, oracle

CLOSED_FORM = 1e-10   # relative: the same closed form in R, to the digits written
# Both programs maximise one likelihood, in different ways, R to the last digit and statsmodels
# until its slope is below 1e-9: 240 random samples differed by at most 4e-8.
ITERATED = 1e-7


@cache
def _cases() -> dict[str, dict[str, float]]:
    cases: dict[str, dict[str, float]] = {}
    for row in oracle("reliability.csv"):
        cases.setdefault(row["case"], {})[row["name"]] = float(row["value"])
    return cases


def figures(case: str) -> dict[str, float]:
    """The figures of one case of reliability.csv."""
    return dict(_cases()[case])


def answers(file: str) -> pd.DataFrame:
    """The answers that R wrote beside its figures."""
    return pd.read_csv(ORACLES / file, comment="#")


def scale(
    items: Sequence[int], codes: Sequence[int], *, reversed: Sequence[int] = (),
    score: Method = "sum", multiply: float = 1, recode: dict[int, float] | None = None,
) -> Scale:
    """A made-up scale with the range that its items give."""
    values = list(recode.values()) if recode else list(codes)
    unit = 1 if score == "mean" else len(items) * multiply
    return Scale(
        name="Made up", items=tuple(items), score=score, reversed=tuple(reversed), recode=recode,
        multiply=multiply, range=(min(values) * unit, max(values) * unit), higher_means="better",
    )


def questionnaire(codes: Sequence[int], **scales: Scale) -> Instrument:
    """A made-up questionnaire ``made`` with the given scales."""
    numbers = sorted({n for one in scales.values() for n in one.items})
    return replace(
        instrument("made", **scales), response=Response(codes=tuple(codes)),
        items={n: f"gist of item {n}" for n in numbers},
    )


def simple(
    items: int, codes: Sequence[int], *, reversed: Sequence[int] = (), score: Method = "sum",
    multiply: float = 1,
) -> Instrument:
    """A made-up questionnaire with one scale of all its items."""
    return questionnaire(codes, total=scale(
        range(1, items + 1), codes, reversed=reversed, score=score, multiply=multiply))


def sheet(rows: Sequence[Sequence[float | None]]) -> pd.DataFrame:
    """Answers of the made-up questionnaire, one row a form."""
    columns = [f"made_{n}" for n in range(1, len(rows[0]) + 1)] if rows else []
    return pd.DataFrame(rows, columns=columns, dtype="float64")
