"""What the columns of an export hold, as far as they can be the items of a questionnaire."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import pandas as pd

from balint_research.scoring.exchange.propose_cells import Column, means_no_answer
from balint_research.study.looks import BY_CONTENT
from balint_research.study.read.table import NUMBER, ColumnFacts, TextTable

MOST_CODES = 25    # distinct whole numbers of an answer scale
MOST_TEXTS = 12    # distinct texts of an answer scale
LONGEST_TEXT = 80  # signs of an answer's text
FEW = 0.05         # share of cells in a column of codes that may be anything else
# "3 = often", "3 (often)", "3": the text says its code itself
CODED = re.compile(r"([+-]?\d{1,3})\s*(?:[-=:.)(–—]\s*(.*?)\)?\s*)?")

# Columns that survey programs add, by the name they give them.
OF_THE_PROGRAM = re.compile(
    r"redcap_.*|.*_complete|.*___.*|startdate|enddate|status|ipaddress|progress|finished|"
    r"duration.*|recordeddate|responseid|responseset|recipient.*|externalreference|"
    r"externaldatareference|location(latitude|longitude|accuracy)|distributionchannel|"
    r"userlanguage|.*_text|submitdate|lastpage|startlanguage|seed|datestamp|refurl|token|"
    r"interviewtime|grouptime\d+|(.*[\W_])?timestamp|start time|completion time",
    re.IGNORECASE)


def item_columns(table: TextTable, without: Collection[str] = ()) -> list[Column]:
    """The columns that can hold answers, in the file's order."""
    frame, columns = table.frame, []
    for name in map(str, frame.columns):
        if name in without or OF_THE_PROGRAM.fullmatch(name):
            continue
        column = column_of_cells(name, frame[name], table.decimal, table.facts.get(name))
        if column is not None:
            columns.append(column)
    return columns


def column_of_cells(
    name: str, cells: pd.Series, decimal: str, facts: ColumnFacts | None = None
) -> Column | None:
    """The column as codes or as texts of an answer scale; None where it can be neither."""
    filled = {str(cell): int(times) for cell, times in cells.value_counts(sort=False).items()}
    column = Column(
        name=name, form=(facts.form if facts else None) or "", answerable=True,
        choices=_labels(facts.labels) if facts else {})
    codes = _whole_numbers(filled, decimal)
    odd = {text: times for text, times in filled.items() if text not in codes}
    said = {text: times for text, times in odd.items() if not means_no_answer(text)}
    stray = sum(said.values()) <= FEW * sum(filled.values()) or max(said.values()) == 1
    if not filled or (codes and stray):
        seen: Counter[int] = Counter()
        for text, times in codes.items():
            seen[_code(text, decimal)] += times
        return replace(column, seen=seen, odd=odd) if len(seen) <= MOST_CODES else None
    if len(filled) > MOST_TEXTS or any(len(text) > LONGEST_TEXT for text in filled):
        return None
    texts = pd.Series(list(filled), dtype="str")
    if any(look(texts, False).any() for look in BY_CONTENT.values()):
        return None  # they name people: no answers, and never to be written down
    return _of_texts(column, filled)


def _of_texts(column: Column, filled: Mapping[str, int]) -> Column:
    said = {text: match for text in filled if (match := CODED.fullmatch(text))}
    codes = [int(match[1]) for match in said.values()]
    if len(said) < len(filled) or len(set(codes)) < len(codes):
        return replace(column, texts=dict(filled))
    seen: Counter[int] = Counter()
    for text, match in said.items():
        seen[int(match[1])] += filled[text]
    labels = {int(match[1]): match[2] or "" for match in said.values()}
    coded = {text: int(match[1]) for text, match in said.items()}
    return replace(column, seen=seen, choices=labels, coded=coded)


def together(columns: Iterable[Column]) -> Column:
    """One item at several waves as one column: all that was ever answered."""
    first, *others = columns
    seen, texts, odd = Counter(first.seen), Counter(first.texts), Counter(first.odd)
    choices: dict[int, str] = {}
    coded: dict[str, int] = {}
    for other in others:
        seen.update(other.seen)
        texts.update(other.texts)
        odd.update(other.odd)
    for one in (first, *others):
        choices |= dict(one.choices)
        coded |= dict(one.coded)
    return replace(first, seen=seen, texts=texts, choices=choices, coded=coded, odd=odd)


def _labels(labels: Mapping[str, str]) -> dict[int, str]:
    """The value labels of whole numbers; codes of letters are no answers that can be scored."""
    whole = {text: label for text, label in labels.items()
             if re.fullmatch(r"[+-]?\d+(\.0+)?", text)}
    return {int(float(text)): label for text, label in whole.items()}


def _whole_numbers(filled: Mapping[str, int], decimal: str) -> dict[str, int]:
    number = re.compile(NUMBER.replace("{mark}", decimal))
    return {text: times for text, times in filled.items()
            if number.fullmatch(text) and float(text.replace(decimal, ".")).is_integer()}


def _code(text: str, decimal: str) -> int:
    return int(float(text.replace(decimal, ".")))
