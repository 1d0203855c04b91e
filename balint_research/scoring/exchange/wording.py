"""Item wording that a licensed user keeps.

The wording of a questionnaire never ships with the package. Who has the right to use it keeps it
in a file of their own, outside the repository: exports can then show it (`export_instrument`), and
`find_wording` refuses to publish it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from balint_research.errors import DataError, Issue, ScoringError
from balint_research.scoring.exchange.delimited import names, read_rows
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument

COLUMNS = ("item", "language", "text")
INSTRUMENT = "instrument"
LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # no form can show them
LINE_BREAK = re.compile(r"\r\n?")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The item texts of one questionnaire in one language.

    `texts` maps an item number of the key to its wording; items may be missing. Neither `repr`
    nor `str` shows it, so that it does not end up in a log or a notebook by accident.

    Examples
    --------
    >>> Wording(instrument="teq", language="en", texts={1: "An invented text."})
    Wording(instrument='teq', language='en')
    """

    instrument: str
    language: str
    texts: Mapping[int, str] = field(repr=False)


def read_wording(
    path: str | Path,
    instrument: str | Path | Instrument,
    *,
    language: str | None = None,
    folder: Path | None = None,
) -> Wording:
    """The wording of one questionnaire out of a file that its licensed user keeps.

    Use it to give an export the texts of the official form. Keep the file outside the repository
    and outside every folder that is shared; `find_wording` checks what is about to be published.

    Parameters
    ----------
    path : CSV file in UTF-8 (comma, semicolon or tab) with the columns ``item`` (number of the
        key), ``language`` (a code such as ``en`` or ``pt-BR``) and ``text``; with a column
        ``instrument`` (id) where one file covers several questionnaires. Other columns are
        ignored.
    instrument : id of a key, path of a key file, or an `Instrument`.
    language : which language, where the file has several; capitals do not count.
    folder : a folder of own key files, searched first.

    Returns
    -------
    `Wording`. Texts are as written, without blanks around them; a line break is one ``\\n``.

    Raises
    ------
    ScoringError : an unknown instrument, or one whose key is not established.
    DataError : every fault of the file at once, by row number, without any text: a column is
        missing, a row has more cells than the header, an item is not of the key or stands twice
        in a language, a text is empty or holds control characters, a language is no code, the
        language asked for is not there, or there are several and none was asked for. Also a file
        that is missing, not in UTF-8 or not CSV. Rows of other instruments are not looked at.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     file = Path(place) / "wording.csv"
    ...     _ = file.write_text("item,language,text\\n1,en,An invented text.\\n", encoding="utf-8")
    ...     read_wording(file, "teq").texts[1]
    ...     _ = file.write_text("item,language,text\\n17,en,\\n", encoding="utf-8")
    ...     read_wording(file, "teq")
    Traceback (most recent call last):
    balint_research.errors.DataError: 2 faults were found; nothing was computed.
      1. wording.csv, column 'item', row 2: 1 row has no item of TEQ. Allowed: whole numbers 1 to \
16. Number the rows as the key file does. [wording_item]
      2. wording.csv, column 'text', row 2: 1 row has no text. Fill it in, or remove the row. \
[wording_empty]
    """
    key = load_instrument(instrument, folder)
    refuse_incomplete(key)
    lines = _lines(read_rows(path, (*COLUMNS, INSTRUMENT)), key, Path(path).name)
    issues = list(_line_issues(lines, key)) + list(_language_issues(lines, language, key))
    if issues:
        raise DataError([_in(Path(path).name, issue) for issue in issues])
    chosen = [line for line in lines if language is None or _same(line.language, language)]
    return Wording(
        instrument=key.id, language=chosen[0].language,
        texts={int(line.item): line.text for line in chosen},
    )


def refuse_incomplete(key: Instrument) -> None:
    """A key that is not established has no certain item numbers to lay texts or columns against.

    Raises
    ------
    ScoringError : says where the official form is to be had.
    """
    if not key.items or key.key_status == "not_established":
        raise ScoringError(
            f"{key.label} ({key.id}) has no established key, so its items cannot be numbered. "
            f"Complete the key from the official source first ({key.rights.obtain_from}): "
            f"`balint instruments {key.id} --complete DIR` writes the template."
        )


# --- the file, row by row ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One row of the file that belongs to the questionnaire."""

    row: int
    item: str
    language: str
    text: str = field(repr=False)


def _lines(rows: list[list[str]], key: Instrument, file: str) -> list[_Line]:
    header = names(rows)
    cells = {row: cells for row, cells in enumerate(rows[1:], 2) if any(c.strip() for c in cells)}
    issues = list(_layout_issues(header, cells))
    if issues:
        raise DataError([_in(file, issue) for issue in issues])
    padded = {row: [*line, *[""] * len(header)] for row, line in cells.items()}
    values = {row: {name: line[header.index(name)].strip() for name in header}
              for row, line in padded.items()}
    mine = {row: line for row, line in values.items()
            if INSTRUMENT not in header or _same(line[INSTRUMENT], key.id)}
    if not mine:
        raise DataError([_in(file, _no_rows(key, INSTRUMENT in header))])
    return [
        _Line(row=row, item=line["item"], language=line["language"],
              text=LINE_BREAK.sub("\n", line["text"]))
        for row, line in mine.items()
    ]


def _layout_issues(header: list[str], cells: Mapping[int, list[str]]) -> Iterator[Issue]:
    for name in COLUMNS:
        if header.count(name) != 1:
            what = "is missing" if name not in header else "stands there more than once"
            yield Issue(
                rule="wording_columns", column=name, what=f"The column {what}.",
                allowed="item, language, text, and instrument if wanted",
                do="Put the names of the columns into line 1.",
            )
    longer = [row for row, line in cells.items()
              if any(cell.strip() for cell in line[len(header):])]
    if longer:
        yield _issue("wording_cells", longer, "{rows} {have} more cells than the header.",
                     "Put quotation marks around a text that holds the separator.")


def _no_rows(key: Instrument, by_instrument: bool) -> Issue:
    if by_instrument:
        return Issue(
            rule="wording_instrument", column=INSTRUMENT,
            what=f"No row of the file is of {key.label}.", allowed=f"'{key.id}'",
            do="Write the id of the instrument into this column.",
        )
    return Issue(rule="no_rows", what="The file has a header and no rows.",
                 do="Add a row for each item.")


def _line_issues(lines: Sequence[_Line], key: Instrument) -> Iterator[Issue]:
    unknown = [line.row for line in lines if not _is_item(line.item, key)]
    if unknown:
        yield _issue("wording_item", unknown, f"{{rows}} {{have}} no item of {key.label}.",
                     "Number the rows as the key file does.", column="item",
                     allowed=f"whole numbers 1 to {len(key.items)}")
    yield from _twice_issues([line for line in lines if _is_item(line.item, key)])
    empty = [line.row for line in lines if not line.text]
    if empty:
        yield _issue("wording_empty", empty, "{rows} {have} no text.",
                     "Fill it in, or remove the row.", column="text")
    signs = [line.row for line in lines if CONTROL_SIGNS.search(line.text)]
    if signs:
        yield _issue("wording_sign", signs, "{rows} {have} control characters in the text.",
                     "Type the text anew; such characters come with copying from a PDF.",
                     column="text")


def _twice_issues(lines: Sequence[_Line]) -> Iterator[Issue]:
    seen: set[tuple[int, str]] = set()
    again: list[_Line] = []
    for line in lines:
        place = int(line.item), line.language.casefold()
        again += [line] if place in seen else []
        seen.add(place)
    if again:
        items = sorted({int(line.item) for line in again})
        yield _issue("wording_twice", [line.row for line in again],
                     "{rows} {give} an item that has a text in this language already.",
                     "Keep one row for each item and language.", column="item",
                     evidence=f"item{'s' if len(items) > 1 else ''} {', '.join(map(str, items))}")


def _language_issues(
    lines: Sequence[_Line], asked: str | None, key: Instrument
) -> Iterator[Issue]:
    wrong = [line.row for line in lines if not LANGUAGE_CODE.fullmatch(line.language)]
    if wrong:
        yield _issue("wording_language", wrong, "{rows} {have} no language code.",
                     "Write the code of the language into every row.", column="language",
                     allowed="a code such as en, de or pt-BR")
    found = {line.language.casefold(): line.language
             for line in reversed(lines) if line.row not in wrong}
    listed = ", ".join(sorted(found.values())) or "none"
    if asked is not None and asked.casefold() not in found:
        yield Issue(rule="wording_language_absent", column="language",
                    what=f"There is no wording of {key.label} in the language asked for.",
                    allowed=f"the languages of the file ({listed})",
                    do="Choose one of them with `language`.")
    if asked is None and len(found) > 1:
        yield Issue(rule="wording_languages", column="language",
                    what=f"The file has {len(found)} languages and none was chosen.",
                    allowed=listed, do="Choose one with `language`.")


def _is_item(cell: str, key: Instrument) -> bool:
    return cell.isascii() and cell.isdigit() and int(cell) in key.items


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _issue(
    rule: str, rows: Sequence[int], what: str, do: str, *, column: str | None = None,
    allowed: str | None = None, evidence: str | None = None,
) -> Issue:
    """An Issue about rows: `{rows} {have}` becomes "1 row has" or "3 rows have"."""
    one = len(rows) == 1
    words = {"rows": f"{len(rows)} row{'' if one else 's'}", "have": "has" if one else "have",
             "give": "gives" if one else "give"}
    return Issue(rule=rule, what=what.format(**words), do=do, column=column, allowed=allowed,
                 evidence=evidence, rows=tuple(rows), count=len(rows))


def _in(file: str, issue: Issue) -> Issue:
    return replace(issue, file=file)
