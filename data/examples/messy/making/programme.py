"""One programme of residents, drawn once: people, answers, and why answers are missing."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import balint_research as br
from balint_research import ScaleTruth

SEED = 20260701

GROUPS, GROUP_SIZE = 5, 8
SURVEYED = ("baseline", "month6")                 # the waves of the exports
WAVES = (*SURVEYED, "month12")                    # the waves of the sheets with codes
TRUTH: Mapping[str, ScaleTruth] = {
    "teq.total": ScaleTruth(
        mean=43, sd=8, alpha=0.84, stability=0.75, effect=(0.3, 0.3), icc=0.02),
    "who5.raw": ScaleTruth(
        mean=12.5, sd=4.5, alpha=0.86, stability=0.65, effect=(0.5, 0.4), icc=0.02),
}
ITEMS = {"teq": 16, "who5": 5}
COLUMNS = [f"{name}_{n}" for name, items in ITEMS.items() for n in range(1, items + 1)]

# Places in the list of people; the first eight are group 1, and so on.
LEFT = (3, 11, 18, 26, 37)     # after the baseline
CAME_LATE = (14, 30)           # have no baseline
AWAY = (6, 33)                 # not there at month6
LEFT_LATER = (21, 39)          # after month6
TWINS = (9, 28)                # two people with one code, a woman and a man
TIE = (3, 5)                   # what the second wrote at month6 fits both of them at the baseline
NEAR = (11, 14)                # one left, one came late; their codes differ in two elements only

REFUSED, NOT_APPLICABLE = "refused", "not applicable"
# Place in the list of people, wave, items: why there is no answer (None: left blank).
UNANSWERED: Sequence[tuple[int, str, Sequence[str], str | None]] = (
    (1, "baseline", ["teq_11"], REFUSED),
    (8, "baseline", ["who5_4"], NOT_APPLICABLE),
    (16, "baseline", ["who5_1", "who5_2", "who5_3", "who5_4", "who5_5"], REFUSED),
    (23, "baseline", ["teq_6"], None),
    (12, "month6", ["teq_10", "teq_12"], REFUSED),
    (19, "month6", ["who5_4"], NOT_APPLICABLE),
    (27, "month6", ["teq_14"], NOT_APPLICABLE),
    (35, "month6", ["who5_5"], None),
)
YEAR_UNKNOWN = 24              # did not tell when the training began

# The texts of the answers, from the keys.
ANSWERS: Mapping[str, Mapping[int, str]] = {
    name: {int(code): text.capitalize()
           for code, text in br.load_instrument(name).response.anchors.items()}
    for name in ITEMS}
GENDERS = {1: "female", 2: "male"}
PREFER_NOT = {REFUSED: "Prefer not to answer", NOT_APPLICABLE: "Does not apply"}
FIRST_DAYS = {"baseline": date(2025, 9, 1), "month6": date(2026, 3, 2)}


@dataclass(frozen=True)
class Programme:
    """The people, their answers at every wave, and why answers are missing.

    `people`: ``participant group gender entry_year`` in the order of the groups. `answers`:
    ``participant wave`` and the items, raw codes; `reasons` has its index, columns and reasons.
    """

    people: pd.DataFrame
    answers: pd.DataFrame
    reasons: pd.DataFrame
    truth: Mapping[str, Any]


@cache
def programme() -> Programme:
    with tempfile.TemporaryDirectory() as place:
        folder = br.simulate_study(
            Path(place) / "drawn", seed=SEED, design="single_group", groups=GROUPS,
            group_size=GROUP_SIZE, waves=WAVES, truth=TRUTH, dropout=0.0, unanswered=0.0)
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        drawn, answers = (pd.read_csv(folder / f"{name}.csv", dtype={"participant": "str"})
                          for name in ("participants", "responses"))
    drawn = drawn.sort_values(["group", "participant"], ignore_index=True)
    people = _people(len(drawn))
    number = dict(zip(drawn["participant"], people["participant"], strict=True))
    answers["participant"] = answers["participant"].map(number)
    answers = answers.astype(dict.fromkeys(COLUMNS, "Int64"))
    places = dict(zip(people["participant"], people.index, strict=True))
    there = [_is_there(places[who], wave)
             for who, wave in zip(answers["participant"], answers["wave"], strict=True)]
    answers = answers[there].reset_index(drop=True)
    return Programme(people, *_with_gaps(answers, people), truth)


def _people(size: int) -> pd.DataFrame:
    """Numbers with leading zeros, which a spreadsheet likes to drop; groups 1 to 5."""
    rng = np.random.default_rng([SEED, 1])
    numbers = rng.choice(np.arange(1, 1000), size, replace=False)
    people = pd.DataFrame({
        "participant": [f"{number:03}" for number in numbers],
        "group": np.arange(size) // GROUP_SIZE + 1,
        "gender": rng.choice([1, 2], size, p=[0.6, 0.4]),
        "entry_year": rng.choice([2023, 2024, 2025], size),
    })
    constant = ["gender", "entry_year"]
    for one, other in (TIE, NEAR):
        people.loc[other, constant] = people.loc[one, constant].to_numpy()
    people.loc[list(TWINS), "gender"] = [1, 2]
    return people


def _is_there(place: int, wave: str) -> bool:
    absent = {"baseline": CAME_LATE, "month6": (*LEFT, *AWAY), "month12": (*LEFT, *LEFT_LATER)}
    return place not in absent[wave]


def _with_gaps(answers: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    reasons = pd.DataFrame(index=answers.index, columns=COLUMNS, dtype=object)
    for place, wave, items, reason in UNANSWERED:
        row = (answers["participant"] == people.loc[place, "participant"]) & (
            answers["wave"] == wave)
        answers.loc[row, list(items)] = pd.NA
        reasons.loc[row, list(items)] = reason
    return answers, reasons


def surveyed(order: int | None = None) -> pd.DataFrame:
    """``participant wave group gender entry_year`` of the exports; `order` shuffles the rows.

    The index is that of the answers, so that `told` finds them.
    """
    drawn = programme()
    rows = drawn.answers.loc[drawn.answers["wave"].isin(SURVEYED), ["participant", "wave"]]
    rows = rows.join(drawn.people.set_index("participant"), on="participant")
    if order is None:
        return rows.sort_values(["participant", "wave"])
    return rows.loc[np.random.default_rng([SEED, 2, order]).permutation(rows.index)]


def told(
    rows: pd.Index, words: Mapping[str, Callable[[int], str]], no_answer: Mapping[str, str],
) -> pd.DataFrame:
    """The answers as a program writes them: `words` by instrument, `no_answer` by reason."""
    drawn = programme()
    cells = {}
    for column in COLUMNS:
        spelling = words[column.partition("_")[0]]
        blanks = drawn.reasons.loc[rows, column].map(no_answer).fillna("")
        cells[column] = [blank if pd.isna(answer) else spelling(int(answer))
                         for answer, blank in zip(drawn.answers.loc[rows, column], blanks,
                                                  strict=True)]
    return pd.DataFrame(cells, index=rows)


def anchors(instrument: str) -> Callable[[int], str]:
    return lambda code: ANSWERS[instrument][code]


NUMBERS = {"teq": str, "who5": str}
WORDS = {"teq": anchors("teq"), "who5": anchors("who5")}


def unknown_year(rows: pd.DataFrame, mark: str) -> pd.Series:
    """The years in which the training began, with the mark of the program for the unknown one."""
    years = rows["entry_year"].astype(str)
    return years.mask(rows["participant"] == programme().people.loc[YEAR_UNKNOWN, "participant"],
                      mark)


def sent_off(rng: np.random.Generator, wave: str) -> tuple[str, str, int]:
    """Begin and end of a response, and its seconds."""
    day = FIRST_DAYS[wave] + timedelta(days=int(rng.integers(0, 14)))
    begin, seconds = int(rng.integers(8 * 3600, 20 * 3600)), int(rng.integers(140, 900))

    def clock(second: int) -> str:
        return f"{day.isoformat()} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    return clock(begin), clock(begin + seconds), seconds
