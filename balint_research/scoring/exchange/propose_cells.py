"""How the answers are stored, by what the columns of an export hold: codes or texts.

A dictionary lists every choice; cells only show those that somebody made. So the codes seen are
completed to those of a coding that the key knows, where just one coding explains them. Texts are
laid beside the key's anchors, and become codes only where they are the same words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from balint_research.errors import number_of
from balint_research.scoring.exchange.form import anchors_of
from balint_research.scoring.exchange.propose_coding import (
    NO_ANSWER,
    NO_ANSWER_CODES,
    UNDECIDED,
    CodingGuess,
    guess_coding,
    is_far,
    options_for,
    unknown,
)
from balint_research.scoring.exchange.redcap import Field
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import AS_PRINTED, code_words

FEW = 0.01      # share of answers outside the codes that may be slips of the keyboard
ENOUGH = 100    # answers from which a share says something


@dataclass(frozen=True, kw_only=True)
class Column(Field):
    """A column of an export. `choices` holds the value labels that the file carries, if any.

    `seen` counts the whole numbers in its cells, `texts` the texts where the cells are no codes.
    `coded` maps a text to the code that it says itself ("3 = often"); its codes are then `seen`.
    `odd` counts the texts beside codes.
    """

    seen: Mapping[int, int] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    coded: Mapping[str, int] = field(default_factory=dict)
    odd: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        return sum(self.seen.values()) + sum(self.texts.values())


def guess_cells(key: Instrument, columns: Mapping[int, Column]) -> CodingGuess:
    """The coding of the columns of one questionnaire; `columns` maps an item to its column."""
    if any(column.texts for column in columns.values()):
        return _from_texts(key, columns)
    held: Counter[int] = Counter()
    for column in columns.values():
        held.update(column.seen)
        held.update(dict.fromkeys(column.choices, 0))
    if not held:
        return unknown("the columns hold no answer, so the codes are unknown")
    found = _from_codes(key, columns, held)
    labels = {text: code for column in columns.values() for text, code in column.coded.items()}
    no_answer, unread = odd_texts(columns.values())
    told = (f"{number_of(unread, 'cell')} {'is' if unread == 1 else 'are'} no whole number",)
    return replace(found, labels=labels, no_answer=no_answer,
                   warnings=(*found.warnings, *(told if unread else ())))


def odd_texts(columns: Iterable[Column]) -> tuple[tuple[str, ...], int]:
    """Texts beside codes: those that mean no answer, and how many cells hold others."""
    odd: Counter[str] = Counter()
    for column in columns:
        odd.update(column.odd)
    no_answer = tuple(text for text in odd if means_no_answer(text))
    return no_answer, sum(times for text, times in odd.items() if text not in no_answer)


# Missing-data codes that REDCap proposes, and other signs for no answer.
SIGNS = {"unk", "ni", "inv", "nask", "asku", "nav", "msk", "np", "nd", "nk", "na", "n/a", "n.a.",
         "k.a.", "-"}


def means_no_answer(text: str) -> bool:
    """Whether the text of a cell says that there is no answer.

    Examples
    --------
    >>> [means_no_answer(text) for text in ("UNK", "Prefer not to say", "keine Angabe", "never")]
    [True, True, True, False]
    """
    return text.strip().casefold() in SIGNS or bool(NO_ANSWER.search(text)) or bool(
        re.search(r"keine (angabe|antwort)|wei(ss|ß) (es )?nicht|sans réponse", text.casefold()))


# --- codes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fit:
    """What one way of storing answers makes of the codes seen."""

    stored: list[int]
    missing: tuple[int, ...]     # usual codes for "no answer"
    strays: int                  # answers that are neither
    ends: bool                   # the lowest and the highest code are there


def _from_codes(
    key: Instrument, columns: Mapping[int, Column], held: Mapping[int, int]
) -> CodingGuess:
    worded = {code for column in columns.values() for code, label in column.choices.items()
              if NO_ANSWER.search(label)}
    labelled = {code for column in columns.values() for code in column.choices} - worded
    fits = [fit for stored in _storages(key, held)
            if (fit := _fit(stored, held, worded, labelled)) is not None]
    clean = [fit for fit in fits if not fit.strays]
    whole = [fit for fit in clean if fit.ends]
    chosen = whole[:1] or (clean if len(clean) == 1 else [])
    if not chosen and len(clean) > 1:
        return _not_settled(key, clean, held)
    chosen = chosen or sorted((fit for fit in fits if fit.ends), key=lambda fit: fit.strays)[:1]
    if not chosen:
        codes = sorted(held)
        shown = code_words(codes) if len(codes) < 12 else f"{codes[0]} to {codes[-1]}"
        return unknown(f"the codes do not fit: seen are {shown}, the key has "
                       f"{code_words(key.response.codes)}")
    return _completed(key, columns, chosen[0])


def _storages(key: Instrument, held: Mapping[int, int]) -> Iterator[list[int]]:
    """Every set of stored codes that a coding of the key has, the key's own first."""
    steps = len(key.response.codes)
    sets = [list(key.response.codes),
            *(sorted(variant.codes) for variant in key.coding_variants.values()),
            list(range(steps)), list(range(1, steps + 1))]
    known: list[list[int]] = []
    for stored in sets:
        if stored not in known and (stored == sets[0] or options_for(key, stored)):
            known.append(stored)
            yield stored


def _fit(
    stored: list[int], held: Mapping[int, int], worded: set[int], labelled: set[int]
) -> _Fit | None:
    outside = [code for code in held if code not in stored]
    missing = [code for code in outside if code in worded or (
        code in NO_ANSWER_CODES and is_far(code, stored[0], stored[-1]))]
    rest = [code for code in outside if code not in missing]
    strays, answers = sum(held[code] for code in rest), sum(held.values())
    if labelled.intersection(rest) or (strays and (
            answers < ENOUGH or strays > FEW * answers)):
        return None
    if not any(code in held for code in stored):
        return None
    ends = stored[0] in held and stored[-1] in held
    return _Fit(stored, tuple(sorted(missing)), strays, ends)


def _not_settled(
    key: Instrument, fits: Sequence[_Fit], held: Mapping[int, int]
) -> CodingGuess:
    """Only part of the answer scale was used, and more than one coding has that part."""
    options = dict.fromkeys(words for fit in fits for words in options_for(key, fit.stored))
    missing = tuple(dict.fromkeys(code for fit in fits for code in fit.missing))
    seen = [code for code in sorted(held) if code not in missing]
    return CodingGuess(
        coding=UNDECIDED, missing_codes=missing, options=tuple(options),
        warnings=(f"only the codes {', '.join(map(str, seen))} were used, which more than one "
                  "coding has",))


def _completed(key: Instrument, columns: Mapping[int, Column], fit: _Fit) -> CodingGuess:
    """As if the file listed every choice of this coding."""
    codes = [*fit.stored, *fit.missing]
    listed = {n: replace(column, choices={code: column.choices.get(code, "") for code in codes})
              for n, column in columns.items()}
    found = guess_coding(key, listed)
    if not fit.strays:
        return found
    told = (f"{number_of(fit.strays, 'answer')} {'has' if fit.strays == 1 else 'have'} a code that "
            "is neither an answer nor a usual code for none")
    return replace(found, warnings=(*found.warnings, told))


# --- texts ---------------------------------------------------------------------------------------


def _from_texts(key: Instrument, columns: Mapping[int, Column]) -> CodingGuess:
    texts = dict.fromkeys(text for column in columns.values() for text in column.texts)
    labels = {text: _code_of(key, columns, text) for text in texts}
    no_answer = tuple(text for text, code in labels.items()
                      if code is None and means_no_answer(text))
    labels = {text: code for text, code in labels.items() if text not in no_answer}
    known = [code for code in labels.values() if code is not None]
    if not labels or len(known) < len(labels):
        return CodingGuess(
            coding=None, labels=labels, no_answer=no_answer, warnings=(
                f"the answers are texts, and {len(known)} of {len(labels)} are anchors of the key "
                "word by word: say which code each of the others stands for",))
    ordered = dict(sorted(labels.items(), key=lambda pair: pair[1] or 0))
    return CodingGuess(
        coding=AS_PRINTED if key.response.must_declare else None, labels=ordered,
        no_answer=no_answer, fits=len(known) > 1, confirmed=True,
        evidence=(f"the answers are texts, {len(known)} in all, each word by word an anchor of the "
                  "key",))


def _code_of(key: Instrument, columns: Mapping[int, Column], text: str) -> int | None:
    """The code whose anchor has the same words, where every item that has the text agrees."""
    codes = {int(code) for n, column in columns.items() if text in column.texts
             for code, anchor in anchors_of(key, n).items() if _words(anchor) == _words(text)}
    return codes.pop() if len(codes) == 1 else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold().replace("’", "'"))
