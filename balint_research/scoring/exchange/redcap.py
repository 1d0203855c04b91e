"""A form as a REDCap data dictionary, and a dictionary read back as fields."""

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from balint_research.errors import DataError, Issue, ScoringError
from balint_research.scoring.exchange.delimited import read_rows
from balint_research.scoring.exchange.form import Block, Form, Option, as_html

if TYPE_CHECKING:
    import pandas as pd

# Heading of REDCap's export -> name in its API, in REDCap's order.
COLUMNS = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Section Header": "section_header",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Field Note": "field_note",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Text Validation Min": "text_validation_min",
    "Text Validation Max": "text_validation_max",
    "Identifier?": "identifier",
    "Branching Logic (Show field only if...)": "branching_logic",
    "Required Field?": "required_field",
    "Custom Alignment": "custom_alignment",
    "Question Number (surveys only)": "question_number",
    "Matrix Group Name": "matrix_group_name",
    "Matrix Ranking?": "matrix_ranking",
    "Field Annotation": "field_annotation",
}
NEEDED = ("field_name", "form_name", "field_type", "select_choices_or_calculations")
FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 100
MOST_CODES = 100   # a typed number with more values is no answer scale
# Labels are HTML; REDCap fills in what stands in square brackets, and splits choices at pipes.
ACTIVE = str.maketrans({"[": "&#91;", "]": "&#93;", "|": "&#124;"})
TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a dictionary; its label is other people's wording and is never read.

    `choices` maps a code to its label and is empty where the field has none; `answerable` is
    False where the field cannot hold one code (checkboxes, dates, calculations, texts).
    """

    name: str
    form: str
    choices: Mapping[int, str]
    answerable: bool


# --- writing -------------------------------------------------------------------------------------


def dictionary_of(form: Form) -> str:
    """The data dictionary; fields are ``{id}_{n}``, blocks of several items are matrices.

    Raises
    ------
    ScoringError : REDCap does not take the id as part of a field name.
    """
    _refuse_names(form)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS.values()), restval="", lineterminator="\r\n")
    csv.writer(text, lineterminator="\r\n").writerow(COLUMNS)
    writer.writerow({"field_name": "record_id", "form_name": form.key.id, "field_type": "text",
                     "field_label": "Record ID"})
    header = as_html(form.key.name, ACTIVE)
    for k, block in enumerate(form.blocks, 1):
        matrix = f"{form.key.id}_matrix{k}" if len(block.items) > 1 else ""
        for n in block.items:
            row = _row(n, block, form) | {"matrix_group_name": matrix, "section_header": header}
            writer.writerow(row)
            header = ""
    return text.getvalue()


def _row(n: int, block: Block, form: Form) -> dict[str, str]:
    return {
        "field_name": f"{form.key.id}_{n}",
        "form_name": form.key.id,
        "field_type": "radio",
        "field_label": as_html(form.texts[n], ACTIVE),
        "select_choices_or_calculations": " | ".join(map(_choice, block.options)),
        "question_number": str(n),
        "field_annotation": _annotation(form),
    }


def _choice(option: Option) -> str:
    return f"{option.code}, {as_html(option.label, ACTIVE)}"


def _annotation(form: Form) -> str:
    code = form.no_answer_code
    return "" if code is None else f"{code} means no answer: score with missing_codes = {code}"


def _refuse_names(form: Form) -> None:
    longest = max((f"{form.key.id}_{n}" for n in form.texts), key=len)
    if not FIELD_NAME.fullmatch(longest) or len(longest) > LONGEST_NAME:
        raise ScoringError(
            f"REDCap does not take the field name '{longest}'. Allowed: small letters, digits and "
            f"single underscores, at most {LONGEST_NAME} characters. Give the key a shorter id."
        )


# --- reading -------------------------------------------------------------------------------------


def read_dictionary(dictionary: "str | Path | pd.DataFrame") -> list[Field]:
    """The fields of a data dictionary, in its order.

    Parameters
    ----------
    dictionary : path of the CSV, or a frame; with the headings of REDCap's export or the names
        of its API.

    Raises
    ------
    DataError : the file cannot be read, or is no data dictionary.
    """
    file, rows = _rows(dictionary)
    header = [_api_name(cell) for cell in rows[0]]
    missing = [name for name in NEEDED if header.count(name) != 1]
    if missing:
        headings = {name: heading for heading, name in COLUMNS.items()}
        raise DataError([
            Issue(rule="redcap_columns", file=file, column=headings[name],
                  what="The column is missing, or stands there more than once.",
                  allowed=f"'{headings[name]}', or '{name}' as the API writes it",
                  do="Download the data dictionary from REDCap again.")
            for name in missing
        ])
    cells = ([*row, *[""] * len(header)] for row in rows[1:] if any(c.strip() for c in row))
    return [_field(dict(zip(header, row, strict=False))) for row in cells]


def _rows(dictionary: "str | Path | pd.DataFrame") -> tuple[str | None, list[list[str]]]:
    if isinstance(dictionary, str | Path):
        known = {name.casefold() for pair in COLUMNS.items() for name in pair}
        return Path(dictionary).name, read_rows(dictionary, known)
    filled = dictionary.astype("object").where(dictionary.notna(), "")
    cells = [[str(cell) for cell in row] for row in filled.itertuples(index=False)]
    return None, [[str(name) for name in dictionary.columns], *cells]


def _api_name(heading: str) -> str:
    plain = {name.casefold(): api for name, api in COLUMNS.items()}
    name = heading.strip().casefold()
    # older versions: "Choices OR Calculations"
    return "select_choices_or_calculations" if name.startswith("choices") else plain.get(name, name)


def _field(row: Mapping[str, str]) -> Field:
    kind, checked = _kind(row)
    typed = kind in ("text", "slider") and checked in ("", "integer", "number")
    return Field(
        name=row["field_name"].strip(), form=row["form_name"].strip(), choices=dict(_choices(row)),
        answerable=kind in ("radio", "dropdown", "yesno", "truefalse") or typed,
    )


def _kind(row: Mapping[str, str]) -> tuple[str, str]:
    checked = row.get("text_validation_type_or_show_slider_number", "")
    return row["field_type"].strip().casefold(), checked.strip().casefold()


def _choices(row: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The options with a whole number as code; a number typed between two bounds has options."""
    kind, checked = _kind(row)
    if kind in ("radio", "dropdown"):
        for choice in row["select_choices_or_calculations"].split("|"):
            code, _, label = choice.partition(",")
            if re.fullmatch(r"[+-]?\d+", code.strip()):
                yield int(code), html.unescape(TAG.sub("", label)).strip()
    elif kind in ("yesno", "truefalse"):
        yield from ((0, ""), (1, ""))
    elif kind == "text" and checked == "integer":
        low, high = row.get("text_validation_min", ""), row.get("text_validation_max", "")
        if low.isdigit() and high.isdigit() and int(low) < int(high) <= int(low) + MOST_CODES:
            yield from ((code, "") for code in range(int(low), int(high) + 1))
