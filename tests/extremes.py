"""Every score at its extremes, worked out by hand: writes `docs/extremes.md` for a reviewer.

A second scorer that shares nothing with the package: it reads the key files with `tomllib`, adds
up in plain Python, and is what the tests hold `br.score` against. Run it with `make extremes`, or
`.venv/bin/python tests/extremes.py`.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "extremes.md"

Document = Mapping[str, Any]

HEAD = """# Every score at its extremes

All answers lowest, all highest, and all in the middle, for every scale of every shipped key.
Written by `tests/extremes.py`, which reads the key files and adds up by hand, without the package;
the tests hold the package's own scores against it. To review a key, lay its rows beside the printed
form: a wrong item, direction or range seldom gives these numbers.

* Codes are those of the printed form. With an even number of codes the middle one is the lower of
  the two (1 to 4: 2).
* Reversed items are scored lowest + highest - answer, so a scale with reversed items does not reach
  the ends of its range when all answers are alike.

| key | codes (middle) | scale | items | reversed | score | range | lowest | highest | middle |
|---|---|---|---|---|---|---|---:|---:|---:|
"""


def documents() -> dict[str, dict[str, Any]]:
    """Every shipped key file as TOML, by id."""
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((CHECKOUT / "instruments").glob("*.toml"))
    }


def by_hand(document: Document, scale: str, answers: Mapping[int, int | None]) -> float | None:
    """The score of one person from raw answers in the key's codes, or None: too few answers."""
    rule, codes = document["scales"][scale], document["response"]["codes"]
    keyed = []
    for item in rule["items"]:
        answer = answers[item]
        if answer is None:
            continue
        if item in rule.get("reversed", []):
            answer = codes[0] + codes[-1] - answer
        keyed.append(rule["recode"][str(answer)] if "recode" in rule else answer)
    on_form = sum(answer is not None for answer in answers.values())
    if len(keyed) < rule.get("min_answered", len(rule["items"])):
        return None
    if on_form < document["missing"].get("min_answered_form", 0):
        return None
    if rule["score"] == "criteria":
        return _criteria(rule["criteria"], answers)
    if rule["score"] == "mean":
        return sum(keyed) / len(keyed)
    return float(sum(keyed) * len(rule["items"]) / len(keyed) * rule.get("multiply", 1))


def _criteria(rule: Mapping[str, Any], answers: Mapping[int, int | None]) -> float:
    counting = {int(n) for n, least in rule["at_least"].items() if (answers[int(n)] or 0) >= least}
    least, most = rule["count"]
    return float(bool(counting & set(rule["any_of"])) and least <= len(counting) <= most)


def middle(codes: Sequence[int]) -> int:
    """The middle code, or the lower of the two."""
    return codes[(len(codes) - 1) // 2]


def extremes(document: Document, scale: str) -> list[float]:
    """The score when all answers are the lowest, the highest, the middle code."""
    codes = document["response"]["codes"]
    found = []
    for code in (codes[0], codes[-1], middle(codes)):
        value = by_hand(document, scale, {int(n): code for n in document["items"]})
        assert value is not None
        found.append(value)
    return found


def page() -> str:
    """The whole of `docs/extremes.md`."""
    keys = documents()
    rows = [row for key, document in keys.items() for row in _rows(key, document)]
    left = ", ".join(f"`{key}`" for key, document in keys.items() if "scales" not in document)
    return HEAD + "\n".join(rows) + f"\n\nIncomplete keys, which have no score: {left}.\n"


def _rows(key: str, document: Document) -> Iterator[str]:
    for name, scale in document.get("scales", {}).items():
        codes = document["response"]["codes"]
        cells = [
            f"`{key}`", f"{_numbers(codes)} ({middle(codes)})", f"`{name}`",
            _numbers(scale["items"]), _numbers(scale.get("reversed", [])) or "none", _how(scale),
            " to ".join(_plain(end) for end in scale["range"]),
            *(_plain(value) for value in extremes(document, name)),
        ]
        yield f"| {' | '.join(cells)} |"


def _how(scale: Mapping[str, Any]) -> str:
    if scale["score"] == "criteria":
        least, most = scale["criteria"]["count"]
        return f"1 where {least} to {most} items count"
    recoded = " of recoded answers" if "recode" in scale else ""
    times = f" times {_plain(scale['multiply'])}" if "multiply" in scale else ""
    return f"{scale['score']}{recoded}{times}"


def _numbers(numbers: Sequence[int]) -> str:
    """Runs of three and more as ``1 to 6``."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def _plain(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
