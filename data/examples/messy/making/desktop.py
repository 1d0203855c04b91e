"""SPSS, and a workbook made by hand."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from making.files import study_toml, toml_map, write
from making.programme import (
    ANSWERS,
    COLUMNS,
    FIRST_DAYS,
    GENDERS,
    GROUPS,
    ITEMS,
    NOT_APPLICABLE,
    NUMBERS,
    REFUSED,
    SEED,
    YEAR_UNKNOWN,
    programme,
    surveyed,
    told,
)

SAV_REFUSED, SAV_NOT_APPLICABLE = -99, -98
SUFFIX = {"baseline": "t1", "month6": "t2"}
SAV_DATE, SAV_TIME = slice(92, 101), slice(101, 109)   # when the file was made, in its header


def spss(folder: Path) -> None:
    """One row a person, the wave as a suffix; labels; two codes that are declared missing."""
    import pyreadstat

    drawn = programme()
    rows = surveyed()
    codes = told(rows.index, NUMBERS, {REFUSED: str(SAV_REFUSED),
                                       NOT_APPLICABLE: str(SAV_NOT_APPLICABLE)})
    people = drawn.people.sort_values("participant")
    wide = pd.DataFrame({
        "id": people["participant"], "balint_group": people["group"].astype(float),
        "gender": people["gender"].astype(float), "entry_year": people["entry_year"].astype(float),
        "rec_date": FIRST_DAYS["month6"],
    }).reset_index(drop=True)
    wide.loc[wide["id"] == drawn.people.loc[YEAR_UNKNOWN, "participant"], "entry_year"] = np.nan
    items = {}
    for wave, suffix in SUFFIX.items():
        of_wave = rows["wave"] == wave
        cells = codes[of_wave].set_axis(rows.loc[of_wave, "participant"], axis="index")
        cells = cells.reindex(wide["id"])
        items |= {f"{column}_{suffix}": pd.to_numeric(cells[column]).to_numpy(dtype=float)
                  for column in COLUMNS}
    wide = pd.concat([wide, pd.DataFrame(items)], axis="columns")
    no_answer = {SAV_REFUSED: REFUSED, SAV_NOT_APPLICABLE: NOT_APPLICABLE}
    labels: dict[str, dict[float, str]] = {
        name: {**ANSWERS[name.partition("_")[0]], **no_answer} for name in items}
    labels |= {"gender": dict(GENDERS),
               "balint_group": {n: f"Group {n}" for n in range(1, GROUPS + 1)}}
    path = folder / "survey.sav"
    path.parent.mkdir(parents=True, exist_ok=True)
    pyreadstat.write_sav(
        wide, str(path), file_label="SYNTHETIC: nobody answered",
        column_labels={"id": "Study number", "rec_date": "Last day of the survey"},
        variable_value_labels=labels,
        missing_ranges={name: [SAV_REFUSED, SAV_NOT_APPLICABLE] for name in items})
    content = bytearray(path.read_bytes())
    content[SAV_DATE], content[SAV_TIME] = b"01 Jul 26", b"00:00:00"
    path.write_bytes(bytes(content))
    write(folder / "study.toml", study_toml("SPSS", """
[files]
responses = "survey.sav"

[columns]
participant = "id"
group = "balint_group"

[values.wave]
t1 = "baseline"
t2 = "month6"

[instruments.teq]
items = "teq_{n}_{wave}"

[instruments.who5]
items = "who5_{n}_{wave}"
"""))


SHEETS = {"baseline": "Pre", "month6": "Post"}
OWN_COLUMNS = ("Nr", "Group", "Gender", "Hours a week", "Sessions")


def excel(folder: Path) -> None:
    """A sheet a wave, a header of two lines with merged cells, commas, percentages."""
    from openpyxl import Workbook

    rng = np.random.default_rng([SEED, 8])
    rows = surveyed(order=8)
    cells = told(rows.index, NUMBERS, {REFUSED: "refused", NOT_APPLICABLE: "n.a."})
    book = Workbook()
    book.remove(book.worksheets[0])
    for wave, title in SHEETS.items():
        sheet = book.create_sheet(title)
        first = len(OWN_COLUMNS) + 1
        for name, items in ITEMS.items():
            sheet.cell(1, first, {"teq": "Empathy", "who5": "Well-being"}[name])
            sheet.merge_cells(start_row=1, end_row=1, start_column=first,
                              end_column=first + items - 1)
            first += items
        sheet.append([*OWN_COLUMNS, *(n for items in ITEMS.values()
                                      for n in range(1, items + 1))])
        for row, person in rows[rows["wave"] == wave].iterrows():
            hours = f"{rng.integers(76, 112) / 2:g}".replace(".", ",")
            share = float(rng.integers(8, 21)) / 20
            answers = [int(cell) if cell.isdigit() else cell or None for cell in cells.loc[row]]
            sheet.append([person["participant"], int(person["group"]), GENDERS[person["gender"]],
                          hours, share if wave == "month6" else None, *answers])
            sheet.cell(sheet.max_row, len(OWN_COLUMNS)).number_format = "0%"
    notes = book.create_sheet("Notes")
    notes.append(["SYNTHETIC: nobody answered. n.a. = not applicable"])
    path = folder / "survey.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    path.write_bytes(_without_time(path))
    missing = toml_map({"refused": REFUSED, "n.a.": NOT_APPLICABLE})
    write(folder / "study.toml", study_toml("Excel, made by hand", f"""
[files]
responses = {{baseline = "survey.xlsx#Pre", month6 = "survey.xlsx#Post"}}

[reading."survey.xlsx"]
header_lines = 2      # "Empathy" over 1 to 16 becomes Empathy_1 to Empathy_16
decimal = ","
missing = {missing}

[columns]
participant = "Nr"
group = "Group"

[instruments.teq]
items = "Empathy_{{n}}"

[instruments.who5]
items = "Well-being_{{n}}"
"""))


def _without_time(path: Path) -> bytes:
    """A workbook without the times at which it was made, and not compressed: always equal."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-07-01T00:00:00Z",
                             old.read(name))
            new.writestr(zipfile.ZipInfo(name, (2026, 7, 1, 0, 0, 0)), content)
    return made.getvalue()
