"""What can go wrong, said in a way a person can act on.

Every error of the package is a `BalintError`. A fault found in a file is an `Issue`: a frozen
record of what, where, how often, what is allowed and what to do. It never holds a cell's value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from unicodedata import category

Severity = Literal["stop", "warn", "note"]

ROWS_SHOWN = 8  # enough to find the place, few enough to read
UNPRINTED = ("Cc", "Cf", "Zl", "Zp")  # Unicode's controls, directions, ends of lines
LETTERS_SHOWN = 80  # of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One fault, or one thing worth knowing, found in a file or a frame.

    Parameters
    ----------
    rule : name of the rule that found it, e.g. ``"range"``; stable, so that tests and users can
        refer to it.
    what : the fault as a sentence, without any cell's value.
    do : what the reader can do about it, as a sentence.
    severity : ``"stop"`` (nothing is computed), ``"warn"`` or ``"note"``.
    file, column, wave : the place, as far as it is known.
    count : number of cells or rows concerned.
    rows : first row numbers concerned: lines of the file as a spreadsheet shows them (the header
        is line 1). Empty for a frame without a file and for a lazy frame.
    evidence : numbers about the whole column, never one cell.
    allowed : what would have been accepted.

    Examples
    --------
    >>> issue = Issue(rule="range", what="2 answers are outside the codes.", column="teq_3",
    ...               allowed="whole numbers 0 to 4", do="Correct the file, or declare `coding`.",
    ...               count=2, rows=(4, 9))
    >>> print(issue)
    column 'teq_3', rows 4, 9: 2 answers are outside the codes. Allowed: whole numbers 0 to 4. \
Correct the file, or declare `coding`. [range]
    """

    rule: str
    what: str
    do: str
    severity: Severity = "stop"
    file: str | None = None
    column: str | None = None
    wave: str | None = None
    count: int | None = None
    rows: tuple[int, ...] = field(default=())
    evidence: str | None = None
    allowed: str | None = None

    def __str__(self) -> str:
        return f"{_prefixed(self.place)}{self.sentence} [{self.rule}]"

    @property
    def place(self) -> str:
        """File, column, wave and first rows, as words; empty where none is known."""
        parts = [printable(self.file or "")]
        parts += [f"column '{printable(self.column)}'"] if self.column else []
        parts += [f"wave '{printable(self.wave)}'"] if self.wave else []
        parts += [_row_words(self.rows, self.count)] if self.rows else []
        return ", ".join(part for part in parts if part)

    @property
    def sentence(self) -> str:
        """The fault, the evidence, what is allowed and what to do, in this order."""
        parts = [self.what]
        parts += [f"Evidence: {self.evidence}."] if self.evidence else []
        parts += [f"Allowed: {self.allowed}."] if self.allowed else []
        return " ".join([*parts, self.do])


@dataclass(frozen=True, slots=True)
class Rule:
    """The words of a rule: what is wrong, what to do about it, and whether it stops the run."""

    what: str
    do: str
    severity: Severity = "stop"


def worded(
    rules: Mapping[str, Rule],
    rule: str,
    *,
    file: str | None = None,
    column: str | None = None,
    wave: str | None = None,
    rows: Iterable[int] = (),
    count: int | None = None,
    allowed: str | None = None,
    evidence: str | None = None,
    severity: Severity | None = None,
    words: Mapping[str, str] | None = None,
    **more: str,
) -> Issue:
    """One of the rules as an `Issue`, with its numbers and names (`words`, `more`) filled in.

    A number of things is written ``{rows}``, ``{answers}``, ``{items}`` ..., and its verb
    ``{have}``, ``{are}`` ...: both follow `count` (the number of `rows` where it is not given).

    Examples
    --------
    >>> rules = {"late": Rule("{rows} {are} late in {place}.", "Nothing, if meant.", "note")}
    >>> worded(rules, "late", rows=[4], place="the file").sentence
    '1 row is late in the file. Nothing, if meant.'
    """
    lines = tuple(sorted({int(row) for row in rows}))
    number = count if count is not None else (len(lines) or None)
    names = {**(words or {}), **more}
    filled = {"comma": "", "guess": "", **_counted(number or 0),
              **{name: printable(text, longest=None) for name, text in names.items()}}
    return Issue(
        rule=rule, what=rules[rule].what.format(**filled), do=rules[rule].do.format(**filled),
        severity=severity or rules[rule].severity, file=file, column=column, wave=wave,
        count=number, rows=lines, allowed=allowed, evidence=evidence,
    )


def printable(name: str, longest: int | None = LETTERS_SHOWN) -> str:
    """A name from a file as it may be printed: no sign that steers a terminal, not without end.

    Examples
    --------
    >>> printable("teq\x1b[31m_1\u202e"), printable("x" * 100)[-3:]
    ('teq [31m_1 ', 'xx…')
    """
    plain = "".join(" " if category(sign) in UNPRINTED else sign for sign in name)
    return plain if longest is None or len(plain) <= longest else f"{plain[:longest]}…"


def number_of(count: int, one: str, many: str | None = None) -> str:
    """``1 person``, ``2 people``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def quoted(names: Iterable[str]) -> str:
    """Declared names as a list in words."""
    return ", ".join(f"'{name}'" for name in names)


def _counted(count: int) -> dict[str, str]:
    nouns = {f"{noun}s": number_of(count, noun)
             for noun in ("row", "cell", "answer", "column", "group", "id", "session", "item",
                          "form")}
    many = ("have", "are", "hold", "belong")
    verbs = ("has", "is", "holds", "belongs") if count == 1 else many
    return nouns | dict(zip(many, verbs, strict=True))


class BalintError(Exception):
    """Base of every error the package raises on purpose: its text is for the user to read."""


class KeyFileError(BalintError):
    """A key file (`instruments/<id>.toml`) cannot be used; lists every fault with its path."""


class StudyError(BalintError):
    """A `study.toml` cannot be used; lists every fault with its path, also in `faults`."""

    def __init__(self, text: str, faults: Sequence[str] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__(text)


class ScoringError(BalintError):
    """The request to score cannot be carried out (unknown instrument, coding, columns ...)."""


class AnalysisError(BalintError):
    """The analysis asked for cannot be done on these data; says why not and what can."""


class OutputError(BalintError):
    """A result cannot be written where it was asked for."""


class PrivacyError(BalintError):
    """What was asked for would make people identifiable; says why, and what can be given."""


class DataError(BalintError):
    """The data break at least one rule; `issues` holds every fault found.

    Examples
    --------
    >>> fault = Issue(rule="empty_file", what="The file is empty.", do="Export it again.",
    ...               file="responses.csv")
    >>> print(DataError([fault]))
    1 fault was found; nothing was computed.
      1. responses.csv: The file is empty. Export it again. [empty_file]
    """

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__(numbered(self.issues))


def numbered(issues: Sequence[Issue]) -> str:
    """All issues as one text: a heading that counts them and a numbered line for each."""
    count = len(issues)
    heading = f"{count} fault{'s were' if count != 1 else ' was'} found; nothing was computed."
    return "\n".join([heading, *(f"  {i}. {issue}" for i, issue in enumerate(issues, 1))])


def _prefixed(place: str) -> str:
    return f"{place}: " if place else ""


def _row_words(rows: tuple[int, ...], count: int | None) -> str:
    shown = ", ".join(str(row) for row in rows[:ROWS_SHOWN])
    more = (count or len(rows)) - min(len(rows), ROWS_SHOWN)
    label = "row" if len(rows) == 1 and more <= 0 else "rows"
    return f"{label} {shown}" + (f" and {more} more" if more > 0 else "")
