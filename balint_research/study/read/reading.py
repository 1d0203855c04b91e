"""What a study declares about how one of its files is to be read."""

from dataclasses import dataclass, field
from typing import Literal

from balint_research.strict_toml import STRICT

Dialect = Literal[
    "plain", "redcap", "redcap_labels", "qualtrics", "qualtrics_legacy", "limesurvey",
    "google_forms", "microsoft_forms",
]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What `[reading."FILE"]` declares about one file: only what is not recognised rightly.

    Attributes
    ----------
    dialect : the program that wrote the file.
    encoding, separator, decimal : of a text file.
    dictionary : REDCap data dictionary beside the file: turns the labels of a labelled export, and
        its labelled header, into codes and field names.
    header_lines : number of lines that together name the columns (merged headers of hand-made
        sheets).
    unfinished : responses that were not sent off (Qualtrics, LimeSurvey) are left out, or kept.
    repeat_instrument : the repeating instrument of REDCap whose rows are used; without it the rows
        that belong to none.
    missing : text of a cell -> why there is no answer, in the whole file.
    ignore : columns that are not used at all, as if they were not in the file.
    """

    __pydantic_config__ = STRICT
    dialect: Dialect | None = None
    encoding: str | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    dictionary: str | None = None
    header_lines: int | None = None
    unfinished: Literal["leave_out", "keep"] = "leave_out"
    repeat_instrument: str | None = None
    missing: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()


def split_sheet(name: str) -> tuple[str, str | None]:
    """The file and the sheet of ``"study.xlsx#Pre"``; no sheet for a plain name.

    Examples
    --------
    >>> split_sheet("study.xlsx#Pre"), split_sheet("a#b.csv")
    (('study.xlsx', 'Pre'), ('a#b.csv', None))
    """
    workbook, mark, sheet = name.partition(".xlsx#")
    return (f"{workbook}.xlsx", sheet) if mark and sheet else (name, None)
