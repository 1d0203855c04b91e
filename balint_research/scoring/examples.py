"""The worked examples of a key file, scored: do the answers give the scores it says?"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from balint_research.errors import KeyFileError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import AS_PRINTED
from balint_research.scoring.score import score

PRINTED_DIGITS = 5e-5  # examples print four decimals


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    """One score of one example: what the key file says, and what its own key gives."""

    number: int
    scale: str
    kind: str
    expected: float | None
    computed: float | None

    @property
    def agrees(self) -> bool:
        if self.expected is None or self.computed is None:
            return self.expected is None and self.computed is None
        return abs(self.expected - self.computed) <= PRINTED_DIGITS


def run_examples(key: Instrument) -> list[ExampleResult]:
    """Every score of every worked example, in the order of the file.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> all(result.agrees for result in run_examples(load_instrument("cbi")))
    True
    """
    if not key.examples or not key.scales:
        return []
    answers = pd.DataFrame(
        [[_number(answer) for answer in example.answers] for example in key.examples],
        columns=[f"{key.id}_{n}" for n in sorted(key.items)], dtype="float64",
    )
    columns = {n: f"{key.id}_{n}" for n in key.items}
    scored = score(answers, key, items=columns, coding=AS_PRINTED)
    return [
        ExampleResult(
            number=row + 1, scale=scale, kind=example.kind, expected=_number(expected),
            computed=_number(scored[f"{key.id}_{scale}"].iloc[row]),
        )
        for row, example in enumerate(key.examples)
        for scale, expected in example.scores.items()
    ]


def refuse_wrong_examples(key: Instrument, path: Path) -> None:
    """KeyFileError that names each example whose answers do not give the scores it says."""
    wrong = [result for result in run_examples(key) if not result.agrees]
    if wrong:
        lines = [
            f"  examples[{result.number - 1}].scores.{result.scale}: the key gives "
            f"{_words(result.computed)}, the example says {_words(result.expected)}"
            for result in wrong
        ]
        raise KeyFileError("\n".join([
            f"{path.name}: {len(wrong)} worked example{'s' if len(wrong) != 1 else ''} and the "
            "key do not agree; check both against the official source.", *lines,
        ]))


def _number(value: float | str | None) -> float | None:
    return None if value is None or value == "none" or value != value else float(value)


def _words(value: float | None) -> str:
    return "no score" if value is None else f"{value:.6g}"


