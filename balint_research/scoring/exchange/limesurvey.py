"""A form as LimeSurvey's tab-separated survey structure.

Columns and row classes are those of LimeSurvey's manual ("Tab Separated Value survey structure");
what happens to a cell was read in its importer (`TSVImportSurvey`).
"""

import csv
import io

from balint_research.errors import ScoringError
from balint_research.scoring.exchange.form import Block, Form, as_html

COLUMNS = ("class", "type/scale", "name", "relevance", "text", "help", "language", "validation",
           "mandatory", "other", "default", "same_default")
ARRAY = "F"            # the type of question whose subquestions share their answers
LONGEST_CODE = 20      # signs of a question's code: letters and digits, a letter first
LONGEST_ANSWER = 5     # signs of an answer's code: letters and digits

# Texts are HTML in which LimeSurvey computes what stands in braces. A tab or line break would end
# a cell for some readers; line separators are turned into line breaks by the importer.
ACTIVE = str.maketrans({
    '"': "&quot;", "{": "&#123;", "}": "&#125;", "\t": "&#9;", "\n": "<br />",
    "\r": "&#13;", "\u2028": "&#8232;", "\u2029": "&#8233;",
})


def survey_of(form: Form) -> str:
    """The survey structure: one group, one array question for each block of items.

    Raises
    ------
    ScoringError : LimeSurvey cannot store a code of the key as it is.
    """
    _refuse_codes(form)
    rows = [
        {"class": "S", "name": "language", "text": form.language},
        {"class": "SL", "name": "surveyls_title", "text": as_html(form.key.name, ACTIVE)},
        {"class": "G", "name": as_html(form.key.label, ACTIVE), "relevance": "1"},
    ]
    for code, block in zip(_question_codes(form), form.blocks, strict=True):
        rows += _array(code, block, form)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", delimiter="\t", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(row | {"language": form.language} for row in rows)
    return text.getvalue()


def columns_of(form: Form) -> dict[int, str]:
    """Item -> heading in a response export with question codes: ``teq[3]``."""
    return {
        n: f"{code}[{n}]"
        for code, block in zip(_question_codes(form), form.blocks, strict=True)
        for n in block.items
    }


def _array(code: str, block: Block, form: Form) -> list[dict[str, str]]:
    question = {"class": "Q", "type/scale": ARRAY, "name": code, "relevance": "1",
                "text": as_html(form.key.label, ACTIVE), "mandatory": "N", "other": "N"}
    items = [{"class": "SQ", "type/scale": "0", "name": str(n), "relevance": "1",
              "text": as_html(form.texts[n], ACTIVE)} for n in block.items]
    answers = [{"class": "A", "type/scale": "0", "name": str(option.code),
                "text": as_html(option.label, ACTIVE)} for option in block.options]
    return [question, *items, *answers]


def _refuse_codes(form: Form) -> None:
    codes = {str(option.code) for block in form.blocks for option in block.options}
    wrong = sorted(code for code in codes if not code.isdigit() or len(code) > LONGEST_ANSWER)
    if wrong:
        raise ScoringError(
            f"LimeSurvey cannot store these codes of {form.key.label}: {', '.join(wrong)}. "
            f"Allowed: whole numbers without sign, at most {LONGEST_ANSWER} digits. Use another "
            "format."
        )


def _question_codes(form: Form) -> list[str]:
    """One code a block: the id without underscores, numbered where there are several blocks."""
    name = form.key.id.replace("_", "")
    if len(form.blocks) == 1:
        return [name[:LONGEST_CODE]]
    parts = [f"p{k}" for k in range(1, len(form.blocks) + 1)]
    return [name[:LONGEST_CODE - len(part)] + part for part in parts]
