"""The tables [instruments.<id>] of a proposed study.toml, and what looks like one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from balint_research.errors import number_of
from balint_research.scoring.exchange.propose_cells import Column
from balint_research.scoring.exchange.propose_coding import UNDECIDED
from balint_research.study.propose.draft import Draft
from balint_research.study.propose.questionnaires import Recognised, Unknown, how, missing_codes
from balint_research.study.propose.toml_text import (
    CONFIRM,
    FILL,
    as_pattern,
    comment,
    key,
    on_one_line,
    pair,
    shown,
    value,
)
from balint_research.study.propose.waves_in_names import MARK

Lines = Iterator[str]

# A dictionary has fields and choices; an export has columns and answers.
SAID = {
    "the labels of the choices do not show whether they run as the key's anchors do":
        "no labels in the file show whether they run as the key's anchors do",
    "field names": "column names", "fields": "columns", "field for": "column for",
    "the labels of the choices": "the labels of the answers", "choices": "answers",
}


def instrument_blocks(draft: Draft) -> Iterator[Lines]:
    """One block each: what was recognised, then what was not."""
    yield from (_instrument(one, draft) for one in draft.known)
    if not draft.known:
        yield _no_instrument()
    yield from (_unknown(one, draft) for one in draft.unknown)


def _instrument(one: Recognised, draft: Draft) -> Lines:
    guess = one.candidate.coding
    yield f"[instruments.{key(one.key.id)}]"
    evidence = "; ".join(evidence_of(one, draft))
    yield from comment(f"{evidence} (confidence: {one.told.confidence}).", CONFIRM)
    for warning in warnings_of(one, draft):
        yield from comment(f"{warning}.", f"{CONFIRM}, WARNING")
    by_content = one.key.map_columns_by == "content"
    if not by_content:
        yield pair("items", _items(one, draft))
    for name, of in how(one).items():
        line = pair(name, of)
        options = f"   # {FILL}: one of {', '.join(guess.options)}" if guess.options else \
            f"   # {FILL}: how the answers are stored"
        yield line + (options if of == UNDECIDED and name == "coding" else
                      f"   # {FILL}: false, or a list of items" if of == UNDECIDED else "")
    yield from _labels(one, draft)
    if codes := missing_codes(one):
        counts = _counts(one)
        yield from comment(f"codes outside the answers, and usual for none: {counts}. A table, as "
                           "in {9 = \"refused\"}, keeps the reasons.", CONFIRM)
        yield pair("missing_codes", codes)
    if one.waves != draft.layout.waves and one.waves:
        yield from comment("it has no answer at the other waves.", CONFIRM)
        yield pair("waves", one.waves)
    if by_content:
        yield from _by_content(one, draft)


def evidence_of(one: Recognised, draft: Draft) -> list[str]:
    """What speaks for it."""
    return _in_columns(one, one.told.evidence, draft)


def warnings_of(one: Recognised, draft: Draft) -> list[str]:
    """What speaks against it."""
    return _in_columns(one, one.warnings, draft)


def _in_columns(one: Recognised, texts: Sequence[str], draft: Draft) -> list[str]:
    """Sentences about a dictionary in the words of an export."""
    if not any(isinstance(field, Column) for field in one.candidate.fields.values()):
        return [readable(text, draft) for text in texts]
    said = []
    for text in texts:
        start, mark, names = text.partition(": ")  # names of columns stay as they are
        for theirs, ours in SAID.items():
            start = start.replace(theirs, ours)
        said.append(readable(start + mark + names, draft))
    return said


def _items(one: Recognised, draft: Draft) -> str | list[str] | Mapping[str, str]:
    """The columns, with every brace that is not ours doubled."""
    items = one.items
    if isinstance(items, str):  # a pattern: its own braces are places, other names have none
        return readable(items, draft)
    if isinstance(items, list):
        return [_as_named(name, draft) for name in items]
    return {str(n): _as_named(name, draft) for n, name in items.items()}


def _as_named(name: str, draft: Draft) -> str:
    return readable(as_pattern(name), draft)


def readable(name: str, draft: Draft) -> str:
    """A name with its wave as `items` writes it; only where waves were taken out of names."""
    return name.replace(MARK, "{wave}") if draft.layout.stems else name


def _labels(one: Recognised, draft: Draft) -> Lines:
    labels, alone = _listed(one, draft)
    if alone:
        yield from comment(f"not listed here: {number_of(alone, 'text')} that no second cell "
                           "holds. Look whether it is an answer.", f"{CONFIRM}, WARNING")
    if not labels:
        return
    if any(code is None for code in labels.values()):
        yield from comment("which code each text of an answer stands for.", FILL)
    else:
        yield from comment("the code of each text of an answer.", CONFIRM)
    ordered = sorted(labels, key=lambda text: (labels[text] is None, labels[text] or 0, text))
    codes = {text: FILL if labels[text] is None else labels[text] for text in ordered}
    yield pair("labels", codes)


def _listed(one: Recognised, draft: Draft) -> tuple[dict[str, int | None], int]:
    """Texts and their codes; what stands once and is no anchor may be a note, and is counted."""
    seen: Counter[str] = Counter()
    for column in (column for other in draft.known for column in other.columns):
        seen.update(column.texts)
    labels = dict(one.candidate.coding.labels)
    listed = {text: code for text, code in labels.items() if code is not None or seen[text] > 1}
    return listed, len(labels) - len(listed)


def _counts(one: Recognised) -> str:
    counted = {code: sum(column.seen.get(code, 0) for column in one.columns)
               for code in one.candidate.coding.missing_codes}
    return ", ".join(f"{code} ({number_of(times, 'answer')})" for code, times in counted.items())


def _by_content(one: Recognised, draft: Draft) -> Lines:
    """A table to fill in by hand; "?" is no column, so that it cannot be used unfilled."""
    names = sorted(readable(name, draft) for name in one.candidate.names)
    yield from comment(f"the columns to be matched by content: {shown(names, 99)}.", FILL)
    yield f"[instruments.{key(one.key.id)}.items]"
    for n, gist in sorted(one.key.items.items()):
        yield f'{n} = "{UNDECIDED}"   # {on_one_line(gist)}'


def _no_instrument() -> Lines:
    yield from comment("no questionnaire was recognised. Name each one that was given, and how its "
                       "columns are called; `balint instruments` lists those with a key.", FILL)
    yield "# [instruments.teq]"
    yield '# items = "teq_{n}"'


def _unknown(one: Unknown, draft: Draft) -> Lines:
    codes = f"codes {one.codes[0]} to {one.codes[-1]}" if one.codes else "texts"
    could = (f" By number and codes alone it could be {', '.join(one.could_be)}: only the form can "
             "tell.") if one.could_be else ""
    yield from comment(
        f"Not recognised: {shown([readable(one.pattern, draft)])}, {len(one.names)} columns, "
        f"{codes}.{could} Give a key file in the folder `instruments`, or leave it out.")
    yield f"# [instruments.{key(one.id)}]"
    yield f"# items = {value(readable(one.pattern, draft))}"
