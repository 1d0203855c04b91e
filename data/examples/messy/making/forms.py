"""LimeSurvey and Google Forms."""

import json
from pathlib import Path

import numpy as np
from making.files import csv_text, label_table, study_toml, toml_map, write
from making.programme import (
    ANSWERS,
    ITEMS,
    NOT_APPLICABLE,
    PREFER_NOT,
    REFUSED,
    SEED,
    SURVEYED,
    WORDS,
    sent_off,
    surveyed,
    told,
)

import balint_research as br


def limesurvey(folder: Path) -> None:
    """Answer codes as LimeSurvey numbers them, subquestions in brackets, one not sent off."""
    rng = np.random.default_rng([SEED, 6])
    rows = surveyed(order=6)
    cells = told(rows.index, {name: lambda code: f"A{code + 1}" for name in ITEMS},
                 {REFUSED: "A8", NOT_APPLICABLE: "A9"})
    header = ["id", "submitdate", "lastpage", "startlanguage", "seed", "study", "wave", "group",
              *(f"{name.upper()}[SQ{n:03}]" for name, items in ITEMS.items()
                for n in range(1, items + 1))]
    lines: list[list[str]] = []
    for place, (row, person) in enumerate(rows.iterrows()):
        _, end, _ = sent_off(rng, person["wave"])
        answers = list(cells.loc[row])
        own = [person["participant"], person["wave"], str(person["group"])]
        seed = str(rng.integers(10**8, 10**9))
        if place == 10:
            begun = [*answers[:6], *[""] * (len(answers) - 6)]
            lines.append([str(len(lines) + 1), "", "1", "en", seed, *own, *begun])
        lines.append([str(len(lines) + 1), end, "3", "en", seed, *own, *answers])
    write(folder / "export.csv", csv_text([header, *lines], quote_all=True))
    missing = toml_map({"A8": REFUSED, "A9": NOT_APPLICABLE})
    labels = {name: ", ".join(f"A{code + 1} = {code}" for code in ANSWERS[name]) for name in ITEMS}
    write(folder / "study.toml", study_toml("LimeSurvey", f"""
[files]
responses = "export.csv"

[reading."export.csv"]
missing = {missing}

[columns]
participant = "study"

[instruments.teq]
items = "TEQ[SQ{{n:03}}]"
labels = {{{labels["teq"]}}}

[instruments.who5]
items = "WHO5[SQ{{n:03}}]"
labels = {{{labels["who5"]}}}
"""))


ROUNDS = {"baseline": "At the start", "month6": "After six months"}


def form_questions(instrument: str) -> list[str]:
    """Full sentences as headings; the item in our own words, from the key."""
    items = br.load_instrument(instrument).items
    titles = {"teq": "How often is this so?", "who5": "How was it in the last two weeks?"}
    title = titles[instrument]
    return [f"{title} [{n}: {gist}]" for n, gist in items.items()]


def google_forms(folder: Path) -> None:
    rng = np.random.default_rng([SEED, 7])
    rows = surveyed(order=7)
    cells = told(rows.index, WORDS, PREFER_NOT)
    header = ["Timestamp", "Your study number", "Your Balint group, by its number",
              "Which round is this?", *form_questions("teq"), *form_questions("who5"),
              "Anything else?"]
    lines = []
    for place, (row, person) in enumerate(rows.iterrows()):
        _, end, _ = sent_off(rng, person["wave"])
        year, month, day = end[:10].split("-")
        stamp = f"{int(month)}/{int(day)}/{year} {end[11:]}"
        word = "no, thank you" if place == 4 else ""
        lines.append([stamp, person["participant"], str(person["group"]), ROUNDS[person["wave"]],
                      *cells.loc[row], word])
    write(folder / "form_responses.csv", csv_text([header, *lines], end="\r\n"))
    missing = toml_map({word: reason for reason, word in PREFER_NOT.items()})
    items = {name: "\n".join(f"  {json.dumps(question)}," for question in form_questions(name))
             for name in ITEMS}
    waves = "\n".join(f"{json.dumps(ROUNDS[wave])} = {json.dumps(wave)}" for wave in SURVEYED)
    write(folder / "study.toml", study_toml("Google Forms", f"""
[files]
responses = "form_responses.csv"

[reading."form_responses.csv"]
missing = {missing}

[columns]
participant = "Your study number"
group = "Your Balint group, by its number"
wave = "Which round is this?"

[values.wave]
{waves}

[instruments.teq]
items = [
{items["teq"]}
]
{label_table("teq")}

[instruments.who5]
items = [
{items["who5"]}
]
{label_table("who5")}
"""))
