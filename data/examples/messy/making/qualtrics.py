"""Qualtrics: the present export with three header lines, and the older one with two."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from making.files import csv_text, label_table, study_toml, toml_map, write
from making.programme import (
    ITEMS,
    NOT_APPLICABLE,
    PREFER_NOT,
    REFUSED,
    SEED,
    SURVEYED,
    WAVES,
    WORDS,
    sent_off,
    surveyed,
    told,
)

# Names, German words and ImportIds of the columns that every export has, as the real ones have.
QUALTRICS = (
    ("StartDate", "Anfangsdatum", "startDate"), ("EndDate", "Enddatum", "endDate"),
    ("Status", "Antworttyp", "status"), ("IPAddress", "IP-Adresse", "ipAddress"),
    ("Progress", "Aktueller Stand", "progress"),
    ("Duration (in seconds)", "Dauer (in Sekunden)", "duration"),
    ("Finished", "Beendet", "finished"), ("RecordedDate", "Erfassungsdatum", "recordedDate"),
    ("ResponseId", "Antwort-ID", "_recordId"),
    ("RecipientLastName", "Nachname des Empfängers", "recipientLastName"),
    ("RecipientFirstName", "Vorname des Empfängers", "recipientFirstName"),
    ("RecipientEmail", "E-Mail des Empfängers", "recipientEmail"),
    ("ExternalReference", "Externe Datenreferenz", "externalDataReference"),
    ("LocationLatitude", "Breitengrad des Standorts", "locationLatitude"),
    ("LocationLongitude", "Längengrad des Standorts", "locationLongitude"),
    ("DistributionChannel", "Verteilungskanal", "distributionChannel"),
    ("UserLanguage", "Benutzersprache", "userLanguage"),
)
OF_PEOPLE = ("IPAddress", "RecipientLastName", "RecipientFirstName", "RecipientEmail",
             "LocationLatitude", "LocationLongitude")   # always empty here
ROLES = ("Resident", "Other (please say)")
BLOCKS = {"teq": "Q4", "who5": "Q5"}


def _response_id(rng: np.random.Generator) -> str:
    letters = np.array(list("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return "R_" + "".join(rng.choice(letters, 15))


def _qualtrics_header() -> list[list[str]]:
    asked = [("Q1", "Ihre Studiennummer", "QID1_TEXT"), ("Q2", "Was sind Sie?", "QID2"),
             ("Q2_2_TEXT", "Was sind Sie? - Other (please say) - Text", "QID2_2_TEXT"),
             ("Q3", "Nummer der Balint-Gruppe", "QID3")]
    for name, block in BLOCKS.items():
        words = {"teq": "Wie oft? - Aussage", "who5": "In den letzten zwei Wochen - Punkt"}[name]
        asked += [(f"{block}_{n}", f"{words} {n}", f"QID{block[1:]}_{n}")
                  for n in range(1, ITEMS[name] + 1)]
    asked += [("Q6", "Möchten Sie noch etwas sagen?", "QID6_TEXT"),
              ("Q6 - Topics", "Q6 - Topics", "QID6_TEXT_0a1b2c3d4e5fTopics")]
    columns = [*QUALTRICS, *asked]
    return [[name for name, _, _ in columns], [words for _, words, _ in columns],
            [json.dumps({"ImportId": of}, separators=(",", ":")) for _, _, of in columns]]


def qualtrics_rows(wave: str) -> list[list[str]]:
    """Choice text; one preview and one response that was begun only, by somebody who then did."""
    rng = np.random.default_rng([SEED, 4, WAVES.index(wave)])
    rows = surveyed(order=4)
    rows = rows[rows["wave"] == wave]
    cells = told(rows.index, WORDS, PREFER_NOT)
    header = _qualtrics_header()
    lines = []

    def line(kind: str, progress: int, answered: Mapping[str, str]) -> list[str]:
        begin, end, seconds = sent_off(rng, wave)
        own = {"StartDate": begin, "EndDate": end, "RecordedDate": end, "Status": kind,
               "Progress": str(progress), "Duration (in seconds)": str(seconds),
               "Finished": str(progress == 100), "ResponseId": _response_id(rng),
               "DistributionChannel": "preview" if "Preview" in kind else "anonymous",
               "UserLanguage": "EN"}
        return [(own | answered).get(name, "") for name in header[0]]

    for place, (row, person) in enumerate(rows.iterrows()):
        answered = {"Q1": person["participant"], "Q2": ROLES[0], "Q3": str(person["group"])}
        answered |= {f"{BLOCKS[name]}_{n}": str(cells.loc[row, f"{name}_{n}"])
                     for name, items in ITEMS.items() for n in range(1, items + 1)}
        if place == 2:
            answered |= {"Q2": ROLES[1], "Q2_2_TEXT": "resident, on leave"}
        if place == 5:
            answered["Q6"] = "Thank you,\nthe room was cold"
        if place == 7:   # begun on a telephone, given up after four statements, done the next day
            few = {f"Q4_{n}": answered[f"Q4_{n}"] for n in range(1, 5)}
            lines.append(line("IP Address", 38, {"Q1": person["participant"], **few}))
        lines.append(line("IP Address", 100, answered))
    tried = {"Q1": "test", "Q2": ROLES[0], "Q3": "1"}
    tried |= {name: words(0) for name, words in (
        (f"{BLOCKS[of]}_{n}", WORDS[of]) for of in ITEMS for n in range(1, ITEMS[of] + 1))}
    return [*header, line("Survey Preview", 100, tried), *lines]


def qualtrics(folder: Path) -> None:
    for wave in SURVEYED:
        write(folder / f"{wave}.csv", csv_text(qualtrics_rows(wave)))
    missing = toml_map({word: reason for reason, word in PREFER_NOT.items()})
    ignored = ",\n  ".join(json.dumps(name) for name in OF_PEOPLE)
    readings = "\n".join(f"""[reading."{wave}.csv"]
missing = {missing}
ignore = [
  {ignored},
]
""" for wave in SURVEYED)
    write(folder / "study.toml", study_toml("Qualtrics with choice text", f"""
[files]
responses = {{baseline = "baseline.csv", month6 = "month6.csv"}}

{readings}
[columns]
participant = "Q1"
group = "Q3"

[instruments.teq]
items = "Q4_{{n}}"
{label_table("teq")}

[instruments.who5]
items = "Q5_{{n}}"
{label_table("who5")}
"""))


LEGACY = ("ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress",
          "IPAddress", "Status", "StartDate", "EndDate", "Finished")
RECODED_REFUSED, RECODED_NOT_APPLICABLE = 8, 9


def qualtrics_legacy(folder: Path) -> None:
    """Two header lines, V1 to V10, recodes that begin at 1, byte order mark, a comma too many."""
    rng = np.random.default_rng([SEED, 5])
    rows = surveyed(order=5)
    cells = told(rows.index, {name: lambda code: str(code + 1) for name in ITEMS},
                 {REFUSED: str(RECODED_REFUSED), NOT_APPLICABLE: str(RECODED_NOT_APPLICABLE)})
    asked = [("Q1", "Study number"), ("wave", "wave"), ("Q3", "Number of the Balint group")]
    for name, block in BLOCKS.items():
        asked += [(f"{block}_{n}", f"How often? - Statement {n}")
                  for n in range(1, ITEMS[name] + 1)]
    place = [(name, name) for name in ("LocationLatitude", "LocationLongitude",
                                       "LocationAccuracy")]
    header = [[*(f"V{n}" for n in range(1, 11)), *(name for name, _ in (*asked, *place)), ""],
              [*LEGACY, *(words for _, words in (*asked, *place)), ""]]
    lines = []
    for row, person in rows.iterrows():
        begin, end, _ = sent_off(rng, person["wave"])
        own = [_response_id(rng), "Default Response Set", "Anonymous", "", "", "", "0", begin, end,
               "1"]
        lines.append([*own, person["participant"], person["wave"], str(person["group"]),
                      *cells.loc[row], *[""] * 4])
    write(folder / "export.csv", csv_text([*header, *lines], end="\r\n"), "utf-8-sig")
    codes = (f'missing_codes = {{{RECODED_REFUSED} = "{REFUSED}", '
             f'{RECODED_NOT_APPLICABLE} = "{NOT_APPLICABLE}"}}')
    write(folder / "study.toml", study_toml("Qualtrics in its older form", f"""
[files]
responses = "export.csv"

[reading."export.csv"]
ignore = ["Name", "EmailAddress", "IPAddress"]   # "Anonymous" throughout, and two empty ones

[columns]
participant = "Q1"
group = "Q3"

[instruments.teq]
items = "Q4_{{n}}"
coding = "coded_1_5"
{codes}

[instruments.who5]
items = "Q5_{{n}}"
coding = {{min = 1, max = 6}}
{codes}
"""))
