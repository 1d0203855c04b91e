"""A key as a form to fill in: texts and answer options, before any survey program's format."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from balint_research.errors import ScoringError
from balint_research.scoring.exchange.wording import Wording, refuse_incomplete
from balint_research.scoring.instrument import Instrument

NO_ANSWER_LABEL = "not applicable"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet computes such a cell


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer that can be chosen; `scored` is False where it counts as no answer."""

    code: int
    label: str
    scored: bool = True


@dataclass(frozen=True, kw_only=True)
class Block:
    """Neighbouring items that share their answer options."""

    items: tuple[int, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class Form:
    """What every export needs to know of a questionnaire.

    `texts` holds the user's wording where there is one, else a placeholder that says which item
    it is; `placeholders` the items that have none.
    """

    key: Instrument
    language: str
    texts: Mapping[int, str] = field(repr=False)
    placeholders: tuple[int, ...]
    blocks: tuple[Block, ...]

    @property
    def no_answer_code(self) -> int | None:
        """The code of the extra option that counts as no answer, where the form has one."""
        codes = {option.code for block in self.blocks for option in block.options
                 if not option.scored}
        return min(codes, default=None)


def form_of(key: Instrument, wording: Wording | None) -> Form:
    """The form of a key with an established structure.

    Raises
    ------
    ScoringError : the key is not established, or the wording is of another questionnaire.
    """
    refuse_incomplete(key)
    mine = _fitting(wording, key)
    numbers = sorted(key.items)
    return Form(
        key=key,
        language=wording.language if wording else "en",
        texts={n: mine.get(n, _placeholder(n, key)) for n in numbers},
        placeholders=tuple(n for n in numbers if n not in mine),
        blocks=tuple(
            Block(items=tuple(items), options=options)
            for options, items in groupby(numbers, key=lambda n: options_of(key, n))
        ),
    )


def options_of(key: Instrument, n: int) -> tuple[Option, ...]:
    """The answer options of item n in the codes of the key, from low to high."""
    anchors = anchors_of(key, n)
    answers = tuple(Option(code=code, label=anchors.get(str(code), str(code)))
                    for code in key.response.codes)
    if key.response.not_applicable is None:
        return answers
    return (*answers, Option(code=not_applicable_code(key), label=NO_ANSWER_LABEL, scored=False))


def anchors_of(key: Instrument, n: int) -> Mapping[str, str]:
    """Code (as text) -> words of the answer, as item n carries them."""
    others = (other.anchors for other in key.response.other_anchors if n in other.items)
    return next(others, key.response.anchors)


def not_applicable_code(key: Instrument) -> int:
    """99, or 999 where 99 could be an answer: outside the codes of the key, so never scored."""
    return 99 if key.response.high < 99 else 999


def as_html(text: str, active: Mapping[int, str]) -> str:
    """The text as HTML that shows it and does nothing.

    `active` maps further characters that the survey program acts upon to what shows them. The
    file may be opened in a spreadsheet: no text starts a formula.
    """
    shown = html.escape(text, quote=False)
    if shown.startswith(FORMULA_SIGNS):
        return f"&#{ord(shown[0])};{shown[1:].translate(active)}"
    return shown.translate(active)


def _fitting(wording: Wording | None, key: Instrument) -> Mapping[int, str]:
    if wording is None:
        return {}
    if not isinstance(wording, Wording):
        raise ScoringError("`wording` must be what `read_wording` gives, or None.")
    if wording.instrument != key.id:
        raise ScoringError(
            f"The wording is of '{wording.instrument}', the key is '{key.id}'. Read the wording of "
            "this questionnaire."
        )
    unknown = sorted(set(wording.texts) - set(key.items))
    if unknown:
        raise ScoringError(
            f"The wording names items that {key.label} does not have: "
            f"{', '.join(str(n) for n in unknown)}. Allowed: 1 to {len(key.items)}."
        )
    return wording.texts


def _placeholder(n: int, key: Instrument) -> str:
    return (
        f"{key.label}, item {n} ({key.items[n]}): put in the wording of the official form; this "
        "is no item text"
    )
