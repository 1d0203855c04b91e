"""Writes the example `messy` anew: `python data/examples/messy/make_messy.py`.

The data are SYNTHETIC. One programme is drawn once (`making/programme.py`); then the same answers
are written as eight survey and statistics programs export them, and as sheets without ids. The
test `tests/test_messy_example.py` holds that what is committed is what this script writes, and
that every export gives the same scores.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from making.codes import SHEETS_OF_CODES, codes, sheet_of
from making.desktop import excel, spss
from making.files import csv_text, lines_of, study_toml, write
from making.forms import google_forms, limesurvey
from making.programme import (
    AWAY,
    CAME_LATE,
    GENDERS,
    GROUP_SIZE,
    GROUPS,
    LEFT,
    NEAR,
    NOT_APPLICABLE,
    NUMBERS,
    REFUSED,
    SEED,
    TIE,
    TWINS,
    UNANSWERED,
    WAVES,
    programme,
    surveyed,
    told,
    unknown_year,
)
from making.qualtrics import qualtrics, qualtrics_legacy
from making.redcap import redcap_labels, redcap_raw

PLACE = Path(__file__).parent
SCRIPTS = (Path(__file__).name, "making")


def plain(folder: Path) -> None:
    """A tidy table: what all exports amount to."""
    rows = surveyed()
    cells = told(rows.index, NUMBERS, {REFUSED: "-9", NOT_APPLICABLE: "-8"})
    people = programme().people.sort_values("participant")
    known = people.assign(gender=people["gender"].map(GENDERS), entry_year=unknown_year(people, ""))
    write(folder / "participants.csv", csv_text(lines_of(known)))
    write(folder / "responses.csv", csv_text(lines_of(rows[["participant", "wave"]].join(cells))))
    reasons = 'missing_codes = {-9 = "refused", -8 = "not applicable"}'
    write(folder / "study.toml", study_toml("as a plain table", f"""
[files]
participants = "participants.csv"
responses = "responses.csv"

[instruments.teq]
{reasons}

[instruments.who5]
{reasons}
"""))


EXPORTS: Mapping[str, tuple[Callable[[Path], None], Sequence[str]]] = {
    "redcap_raw": (redcap_raw, (
        "events", "a repeating instrument with rows of its own",
        "checkbox columns (`joined___1`)",
        "`*_complete` (some forms hold answers and are not complete)",
        "missing-data codes -99, -98 and UNK", "a data dictionary")),
    "redcap_labels": (redcap_labels, (
        "the same with labels: answers are words, headings are the labels of the fields",
        "several columns are named `Complete?`", "the dictionary turns it into codes")),
    "qualtrics": (qualtrics, (
        "a file a wave", "three header lines (German words in line 2, ImportId as JSON in line 3)",
        "choice text", "a preview",
        "a response that was only begun, by somebody who answered the next day",
        "a `_TEXT` column", "a line break inside a cell", "columns about people, all empty")),
    "qualtrics_legacy": (qualtrics_legacy, (
        "two header lines, V1 to V10", "a byte order mark, a comma too many",
        "numeric recodes that begin at 1; 8 and 9 for no answer",
        "a column `Name` that says Anonymous")),
    "limesurvey": (limesurvey, (
        "question[subquestion] as headings", "answer codes A1 to A6; A8 and A9 for no answer",
        "a response without submitdate")),
    "google_forms": (google_forms, (
        "sentences as headings", "choice text", "the month before the day",
        "words for the waves")),
    "spss": (spss, (
        "one row a person, the wave as a suffix", "value labels",
        "two codes that the file declares missing", "dates")),
    "excel": (excel, (
        "made by hand: a sheet a wave, and one with notes",
        "a header of two lines with merged cells", "decimal commas as text", "percentages",
        "words where there is no answer")),
}


def make(folder: Path) -> Path:
    """The example in a new folder."""
    plain(folder)
    for name, (export, _) in EXPORTS.items():
        export(folder / name)
    codes(folder / "codes")
    write(folder / "truth.json", json.dumps(_truth(), indent=1, ensure_ascii=False) + "\n")
    write(folder / "README.md", _readme())
    return folder


def rewrite() -> None:
    """The folder beside this script as it writes it, with nothing else in it."""
    with tempfile.TemporaryDirectory() as place:
        made = make(Path(place) / "messy")
        for old in PLACE.iterdir():
            if old.name not in SCRIPTS:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(made, PLACE, dirs_exist_ok=True)


def _truth() -> dict[str, Any]:
    drawn = programme()
    numbers = drawn.people["participant"]
    return {
        "synthetic": True,
        "who_wrote_each_line": {file: list(sheet_of(wave).people)
                                for wave, file in SHEETS_OF_CODES.items()},
        "codes_with_a_slip": {file: sheet_of(wave).with_slip
                              for wave, file in SHEETS_OF_CODES.items()},
        "two_people_with_one_code": [numbers[place] for place in TWINS],
        "tie": {"left_after_the_baseline": numbers[TIE[0]], "slip_at_month6": numbers[TIE[1]]},
        "near": {"left_after_the_baseline": numbers[NEAR[0]], "came_late": numbers[NEAR[1]]},
        "unanswered": [{"participant": numbers[place], "wave": wave, "items": list(items),
                        "reason": reason} for place, wave, items, reason in UNANSWERED],
        "drawn_from": drawn.truth,
    }


def _readme() -> str:
    sheets = [sheet_of(wave) for wave in WAVES]
    return README.format(
        seed=SEED, people=GROUPS * GROUP_SIZE, groups=GROUPS, size=GROUP_SIZE,
        left=len(LEFT), late=len(CAME_LATE), away=len(AWAY),
        slips=", ".join(f"{sheet.with_slip} of {len(sheet.people)}" for sheet in sheets),
        quirks="\n".join(f"| `{name}` | {'; '.join(quirks)} |"
                         for name, (_, quirks) in EXPORTS.items()))


README = """# SYNTHETIC EXPORTS: one programme, as eight programs would export it

**SYNTHETIC data: nobody answered these questionnaires, nobody sat in these groups.** Every number
was drawn by `make_messy.py` with seed {seed}. Use it to learn how exports look; never cite it,
never pool it with real studies.

{people} invented residents in {groups} Balint groups of {size} answer TEQ and WHO-5 at the
baseline and after six months; {left} leave after the baseline, {late} come late, {away} are away
at month6. `notebooks/04_import_and_link.ipynb` walks through it. No cell and no heading holds the
wording of an item: headings have numbers, or our own gist of the item, from its key file.

## The same answers, many times

Every folder has a `study.toml`; all of them, and the plain table that lies here, give the same
scores and the same reasons for missing answers (`tests/test_messy_example.py`).

| folder | quirks |
|---|---|
| here | a plain table: a row a person and wave; -9 and -8 mean no answer, as `study.toml` says |
{quirks}

Everywhere: ids with leading zeros, and rows in the order of answering (REDCap and SPSS: of ids).

## Three waves without ids

`codes` holds the same people's WHO-5 at three waves, on sheets without an id: five elements of a
code that people made for themselves, gender, the year in which the training began (it stays what
it is, while the year of training goes up), and the group.

| quirk | |
|---|---|
| slips | in about 18 % of the codes, as published (EU-DAP pilot 2007, Prev Med 44:174-177); \
here in {slips} |
| spellings that are no slips | 7, 07, 7.; March, march, 3, 03; none, keine, 0; capitals, blanks |
| two people with one code | a woman and a man |
| a tie | a slip at month6 makes a code fit its own person and another one, who has left |
| two people near each other | one left, one came late; their codes differ in two elements only |
| `codes_followup.csv` | from a German spreadsheet: semicolons, Windows-1252, German months |

`elements.toml` says what the elements are, `study.toml` is the study of the linked waves, and
`truth.json` tells who wrote each line.

Means, SDs and effects were chosen for the purpose; they are no norms of any questionnaire.
"""


if __name__ == "__main__":
    rewrite()
