"""The same people at three waves, on sheets without ids: self-generated codes, with slips."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from making.files import csv_text, study_toml, write
from making.programme import (
    GENDERS,
    GROUP_SIZE,
    GROUPS,
    ITEMS,
    NEAR,
    SEED,
    TIE,
    TWINS,
    WAVES,
    programme,
)

# Errors in 18 % of codes at a re-test: EU-DAP pilot 2007, Prev Med 44:174-177.
CODES_WITH_AN_ERROR = 0.18
SHEETS_OF_CODES = {"baseline": "codes_pre.csv", "month6": "codes_post.csv",
                   "month12": "codes_followup.csv"}
ELEMENTS = {"mother_day": "day:1-31", "mother_name": "letters:2", "older_siblings": "number:0-12",
            "birth_month": "month", "birthplace": "letters:1"}
NAMES = ("AN", "MA", "JÜ", "SU", "BA", "KA", "EL", "MO", "BR", "UR", "HE", "CH", "RE", "GA", "SA",
         "IN", "PE", "DO", "LE", "FR")
PLACES = "BHMKFSDLWGNT"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")
MONATE = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
          "Oktober", "November", "Dezember")

Code = dict[str, Any]


@cache
def true_codes() -> tuple[Code, ...]:
    """What each person would write without a slip, in the order of the people."""
    rng = np.random.default_rng([SEED, 9])
    often = 1 / np.arange(3, len(NAMES) + 3)
    codes = [Code(mother_day=int(rng.integers(1, 32)),
                  mother_name=str(rng.choice(NAMES, p=often / often.sum())),
                  older_siblings=int(rng.choice(5, p=[0.45, 0.3, 0.15, 0.07, 0.03])),
                  birth_month=int(rng.integers(1, 13)), birthplace=str(rng.choice(list(PLACES))))
             for _ in range(GROUPS * GROUP_SIZE)]
    one, other = TWINS
    codes[other] = dict(codes[one])
    one, other = TIE
    codes[one] |= {"mother_day": 21, "mother_name": "AN"}
    codes[other] = codes[one] | {"mother_day": 12, "mother_name": "AM"}
    one, other = NEAR
    codes[other] = codes[one] | {"mother_day": (codes[one]["mother_day"] + 14) % 31 + 1,
                                 "birthplace": "K" if codes[one]["birthplace"] != "K" else "B"}
    return tuple(codes)


@dataclass(frozen=True)
class Sheet:
    """The sheets of one wave: who wrote each line, the lines, and how many codes have a slip."""

    people: Sequence[str]
    lines: Sequence[Sequence[str]]
    with_slip: int


@cache
def sheet_of(wave: str) -> Sheet:
    rng = np.random.default_rng([SEED, 10, WAVES.index(wave)])
    drawn = programme()
    place_of = dict(zip(drawn.people["participant"], drawn.people.index, strict=True))
    rows = drawn.answers[drawn.answers["wave"] == wave]
    rows = rows.loc[rng.permutation(rows.index)]
    lines, with_slip = [], 0
    for _, answered in rows.iterrows():
        place = place_of[answered["participant"]]
        person, true = drawn.people.loc[place], true_codes()[place]
        written = _with_slips(true, place, wave, rng)
        with_slip += written != true
        items = ["" if pd.isna(answered[f"who5_{n}"]) else str(answered[f"who5_{n}"])
                 for n in range(1, ITEMS["who5"] + 1)]
        lines.append([*_spelt(written, wave, rng).values(), GENDERS[person["gender"]],
                      str(person["entry_year"]), str(person["group"]), *items])
    return Sheet(tuple(rows["participant"]), lines, with_slip)


def _with_slips(true: Code, place: int, wave: str, rng: np.random.Generator) -> Code:
    """Slips in as many codes as were published; those of the made cases are made, too."""
    share = 1 - (1 - CODES_WITH_AN_ERROR) ** (1 / len(ELEMENTS))
    slips = {name: rng.random() < share for name in ELEMENTS}
    drawn = {name: _slip(name, true[name], rng) for name in ELEMENTS}
    if place == TIE[1] and wave == "month6":
        return true | {"mother_day": 21}
    if place in {*TWINS, *TIE, *NEAR}:
        return true
    return {name: drawn[name] if slips[name] else true[name] for name in ELEMENTS}


def _slip(name: str, value: Any, rng: np.random.Generator) -> Any:
    """Another value, or nothing: digits changed over, one off, a neighbour, another letter."""
    if rng.random() < 0.25:
        return ""
    if name == "mother_day":
        turned = int(f"{value:02}"[::-1])
        return turned if 1 <= turned <= 31 and turned != value else value % 31 + 1
    if name == "birth_month":
        return value % 12 + 1
    if name == "older_siblings":
        return value + 1
    if name == "mother_name":
        return value[0] + ("E" if value[1] != "E" else "A")
    return "S" if value != "S" else "T"


def _spelt(code: Code, wave: str, rng: np.random.Generator) -> dict[str, str]:
    """The same code as people spell it; nothing here is a slip."""
    def one(name: str) -> str:
        value, way = code[name], int(rng.integers(0, 4))
        if value == "":
            return ""
        if name == "birth_month":
            names = MONATE if wave == "month12" else MONTHS
            month = names[int(value) - 1]
            return (month, str(value), f"{value:02}", month.lower())[way]
        if name == "mother_day":
            return (str(value), f"{value:02}", f"{value}.", str(value))[way]
        if name == "older_siblings":
            none = "keine" if wave == "month12" else "none"
            return none if value == 0 and way == 0 else str(value)
        return (str(value), str(value).lower(), str(value).capitalize(), f" {value}")[way]

    return {name: one(name) for name in ELEMENTS}


def codes(folder: Path) -> None:
    """Three waves; the last from a German spreadsheet: semicolons, Windows-1252."""
    header = [*ELEMENTS, "gender", "entry_year", "group",
              *(f"who5_{n}" for n in range(1, ITEMS["who5"] + 1))]
    for wave, file in SHEETS_OF_CODES.items():
        lines = [header, *sheet_of(wave).lines]
        if wave == WAVES[-1]:
            write(folder / file, csv_text(lines, separator=";", end="\r\n"), "cp1252")
        else:
            write(folder / file, csv_text(lines))
    write(folder / "study.toml", study_toml("linked by codes", """
# Read from the folder that `balint link` writes: read_study("codes/study.toml", "linked").
[files]
responses = {baseline = "baseline.csv", month6 = "month6.csv", month12 = "month12.csv"}
links = "links.csv"

[instruments.who5]
""", waves=WAVES, outcome="who5.percent"))
    declared = "\n".join(f"{name} = {json.dumps(kind)}" for name, kind in ELEMENTS.items())
    write(folder / "elements.toml", f"""# SYNTHETIC: what the columns of the codes hold.
names = ["baseline", "month6", "month12"]
constants = ["gender", "entry_year"]
compare = ["gender", "entry_year"]
budget = 0.001   # of 33 people a single one is 3 %

[elements]
{declared}
""")
