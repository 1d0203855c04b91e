"""Exports of LimeSurvey: headings as codes, as questions or as both; responses not sent off."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from balint_research.study.findings import found
from balint_research.study.read.cells import Heading, Line
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import NO_ANSWER, TextTable, without_rows

# The same columns where the headings are questions, in English, German and French.
SENT_OFF = ("submitdate", "Date submitted", "Datum Abgeschickt", "Date de soumission")
BESIDE = (
    "lastpage", "startlanguage", "seed", "Last page", "Start language", "Seed", "Letzte Seite",
    "Start-Sprache", "Zufallsgeneratorstartwert", "Dernière page", "Langue de départ",
)
RESPONSE = ("id", "Response ID", "Antwort ID", "ID de la réponse")
# "Q1[SQ001]. How often ...": the code and what was asked
CODE_AND_TEXT = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[^\]]*\])*)\. (.*)", re.DOTALL)
SUBQUESTION = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\[[A-Za-z0-9_]+\])+")
NOT_SENT = "not sent off"


def evidence(lines: Sequence[Line]) -> str | None:
    """By which headings the export is recognised."""
    names = heading(lines).names
    sent = [name for name in names if name in SENT_OFF]
    beside = [name for name in names if name in BESIDE]
    if sent and beside:
        return f"columns such as {sent[0]} and {beside[0]}"
    parts = sum(bool(SUBQUESTION.fullmatch(name)) for name in names)
    if names[0] == "id" and parts > 1:
        return f"{parts} columns named question[subquestion]"
    return None


def heading(lines: Sequence[Line]) -> Heading:
    """The codes as names, where every heading begins with one; the questions beside them."""
    (_, names), *body = lines
    split = [CODE_AND_TEXT.fullmatch(name) for name in names if name]
    codes = [match[1] for match in split if match]
    if codes and len(codes) == len(split) and len(set(codes)) == len(codes):
        pairs = [CODE_AND_TEXT.fullmatch(name) for name in names]
        names = [pair[1] if pair else "" for pair in pairs]
        return Heading(names, body, [pair[2] if pair else "" for pair in pairs], _roles(names))
    return Heading(names, body, roles=_roles(names))


def responses(table: TextTable, roles: Mapping[str, str], reading: Reading) -> TextTable:
    """Without the responses that were not sent off."""
    sent = roles.get("sent")
    if sent not in table.frame.columns or reading.unfinished == "keep":
        return table
    open_ = table.frame[sent].isna() | table.frame[sent].isin(NO_ANSWER)
    if not open_.any():
        return table
    issue = found("unfinished", file=table.file, column=sent, rows=open_.index[open_])
    table = without_rows(table, open_, NOT_SENT)
    return replace(table, issues=(*table.issues, issue))


def _roles(names: Sequence[str]) -> dict[str, str]:
    roles = {"sent": SENT_OFF, "response": RESPONSE}
    return {role: name for role, known in roles.items() for name in names if name in known}
