"""Exports of Qualtrics: two or three header lines, and rows that are no responses.

Line 1 names the columns, line 2 holds the questions in the language of the survey, line 3 the
ImportId of each column as JSON. The older export has no line 3 and calls its first ten columns V1
to V10; line 2 says what they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from balint_research.study.findings import found
from balint_research.study.read.cells import Heading, Line, and_, places
from balint_research.study.read.reading import Reading
from balint_research.study.read.table import ColumnFacts, TextTable, without_rows

IMPORT_ID = re.compile(r"""\{\s*['"]ImportId['"]\s*:\s*['"]([^'"]+)['"].*\}""", re.DOTALL)
OWN_COLUMNS = frozenset((
    "StartDate", "EndDate", "RecordedDate", "ResponseId", "Progress", "Finished",
    "Duration (in seconds)", "DistributionChannel", "UserLanguage", "Status", "IPAddress",
))
DATES = ("StartDate", "EndDate", "RecordedDate")
SUREST = frozenset(("ResponseId", "RecordedDate", "Duration (in seconds)"))  # nobody else's
ENOUGH = 3              # of its own columns
LEGACY_COLUMN = re.compile(r"V\d{1,2}")
ROLES = {"status": ("status",), "finished": ("finished",), "response": ("_recordId", "responseid")}

# The status is a sum of these: 1 preview, 2 test, 4 imported, 8 spam, 16 offline, 32 employees.
NO_RESPONSE = 1 | 2 | 8
HIGHEST_STATUS = 63
USED = frozenset(("ip address", "imported", "offline", "offline response", "ex", "ip-adresse"))
NOT_USED = re.compile(r"preview|test|spam|vorschau|aperçu|vista previa|anteprima", re.IGNORECASE)
UNFINISHED = frozenset(("0", "false", "falsch", "faux", "falso", "no", "nein", "non", "onwaar"))
PREVIEWS = "preview, test or spam"
NOT_SENT = "not sent off"


def evidence(lines: Sequence[Line]) -> str | None:
    """By which header the present export is recognised."""
    if len(lines) > 2 and _import_ids(lines[2]):
        return f"line {lines[2][0]} holds the ImportId of each column"
    own = OWN_COLUMNS.intersection(lines[0][1])
    surest = sorted(own & SUREST)
    if not surest or len(own) < ENOUGH:
        return None
    return f"{len(own)} columns with its names, such as {surest[0]}"


def legacy_evidence(lines: Sequence[Line]) -> str | None:
    """By which header the older export is recognised."""
    if len(lines) < 2 or not LEGACY_COLUMN.fullmatch(lines[0][1][0]):
        return None
    known = [_plain(cell) for cell in lines[1][1]]
    return "line 2 says that V1 is the ResponseID" if known[0] == "responseid" else None


def heading(lines: Sequence[Line]) -> Heading:
    """The names, questions and rows of the present export."""
    ids = _import_ids(lines[2]) if len(lines) > 2 else []
    names = lines[0][1]
    questions = lines[1][1] if ids or _is_questions(lines) else []
    body = lines[3 if ids else 2 if questions else 1:]
    names, twice = _told_apart(names, ids)
    known = {_plain(name): name for name in names}
    known |= {_plain(of): name for name, of in zip(names, ids, strict=False) if of}
    # the names of the file itself go into the Issue later, with its name
    issues = [found("two_names", places=and_(which)) for which in twice]
    return Heading(names, body, questions, _roles(known), issues)


def legacy_heading(lines: Sequence[Line]) -> Heading:
    """The names, questions and rows of the older export."""
    (_, coded), (_, questions), *body = lines
    names = [question if LEGACY_COLUMN.fullmatch(name) and question else name
             for name, question in zip(coded, [*questions, *[""] * len(coded)], strict=False)]
    return Heading(names, body, questions, _roles({_plain(name): name for name in names}))


def responses(table: TextTable, roles: Mapping[str, str], reading: Reading) -> TextTable:
    """Without previews, tests and spam, and without what was not sent off."""
    issues = []
    if (status := roles.get("status")) in table.frame.columns:
        words = table.frame[status].str.casefold().astype("object")
        number = words.where(words.str.fullmatch(r"\d{1,2}").fillna(False).astype(bool))
        bits = number.fillna(0).astype(int)
        coded = number.notna() & bits.le(HIGHEST_STATUS)
        no_response = coded & (bits & NO_RESPONSE).astype(bool)
        no_response |= words.str.contains(NOT_USED).fillna(False).astype(bool)
        strange = words.notna() & ~(coded | words.isin(USED) | no_response)
        for rule, rows in (("no_response", no_response), ("response_status", strange)):
            if rows.any():
                issues.append(found(rule, file=table.file, column=status, rows=rows.index[rows]))
        table = without_rows(table, no_response, PREVIEWS)
    finished = roles.get("finished")
    if finished in table.frame.columns and reading.unfinished == "leave_out":
        # a statistics file carries words for its codes, and they may be the other way round
        labels = table.facts.get(str(finished), ColumnFacts()).labels
        words = table.frame[finished].map(lambda code: labels.get(code, code), na_action="ignore")
        open_ = words.astype("str").str.casefold().isin(UNFINISHED)
        if open_.any():
            issues.append(found("unfinished", file=table.file, column=finished,
                                rows=open_.index[open_]))
        table = without_rows(table, open_, NOT_SENT)
    return replace(table, issues=(*table.issues, *issues))


def _import_ids(line: Line) -> list[str]:
    """The ImportId of each column; nothing where one cell is something else."""
    found_in = [IMPORT_ID.fullmatch(cell) for cell in line[1] if cell]
    if not found_in or not all(found_in):
        return []
    matches = [IMPORT_ID.fullmatch(cell) for cell in line[1]]
    return [match[1] if match else "" for match in matches]


def _is_questions(lines: Sequence[Line]) -> bool:
    """Whether line 2 has words where answers have dates."""
    if len(lines) < 2:
        return False
    below = dict(zip(lines[0][1], lines[1][1], strict=False))
    dates = [below[name] for name in DATES if below.get(name)]
    return bool(dates) and not any(re.search(r"\d", cell) for cell in dates)


def _told_apart(names: Sequence[str], ids: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Columns of one name, and those without a name, are called by their ImportId."""
    told = list(names)
    twice = []
    for name in dict.fromkeys(names):
        where = places(names, name)
        own = [ids[place - 1] for place in where if place <= len(ids) and ids[place - 1]]
        if (len(where) > 1 or not name) and len(set(own)) == len(where) and not (
                set(own) & set(names)):
            for place, new in zip(where, own, strict=True):
                told[place - 1] = new
            twice += [where] if name else []
    return told, twice


def _roles(known: Mapping[str, str]) -> dict[str, str]:
    """Which column says whether it is a response, and whether it was sent off."""
    return {role: known[_plain(name)] for role, names in ROLES.items()
            for name in names if _plain(name) in known}


def _plain(name: str) -> str:
    return name.replace(" ", "").casefold()
