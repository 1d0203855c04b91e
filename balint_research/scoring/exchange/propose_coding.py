"""How the answers of a dictionary's fields are stored, against the codes and anchors of a key.

The codes alone do not show a direction. Where the labels of the choices can be compared with the
anchors of the key they decide; where they contradict it, or where several codings are possible,
the coding stays undecided: `UNDECIDED` stands in its place, which scoring and `study.toml` refuse.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from balint_research.errors import ScoringError
from balint_research.scoring.exchange.form import anchors_of
from balint_research.scoring.exchange.redcap import Field
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import AS_PRINTED, code_words, coding_map

Coding = str | dict[str, int] | None

UNDECIDED = "?"
NO_ANSWER = re.compile(
    r"\b(not applicable|does not apply|n/?a|no answer|prefer not|declin\w*|refus\w*|"
    r"don.?t know|do not know|unknown|missing|skip\w*)\b", re.IGNORECASE)
NO_ANSWER_CODES = {7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, -1, -7, -8, -9, -77, -88,
                   -97, -98, -99, -777, -888, -997, -998, -999}
ALIKE = 0.9      # labels are comparable where at least one is (nearly) an anchor of the key
CLEARLY = 0.5    # how much better one direction must fit than the other


@dataclass(frozen=True, kw_only=True)
class CodingGuess:
    """What the choices say, as `score` takes it, and why."""

    coding: Coding = None
    already_reversed: bool | str = False
    missing_codes: tuple[int, ...] = ()
    fits: bool = False        # the codes can be those of the key
    confirmed: bool = False   # the labels show the same direction as the key
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  # what an undecided coding could be
    labels: Mapping[str, int | None] = field(default_factory=dict)  # text of an answer -> code
    no_answer: tuple[str, ...] = ()  # texts that mean no answer

    @property
    def undecided(self) -> bool:
        return UNDECIDED in (self.coding, self.already_reversed)


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One way the answers may be stored: stored code -> code of the key."""

    coding: Coding
    codes: Mapping[int, int]

    @property
    def turns(self) -> bool:
        """The lowest stored code is the highest of the key."""
        return self.codes[min(self.codes)] > self.codes[max(self.codes)]

    @property
    def words(self) -> str:
        if isinstance(self.coding, dict):
            return f"{{min = {self.coding['min']}, max = {self.coding['max']}}}"
        return f'"{self.coding or AS_PRINTED}"'


def guess_coding(key: Instrument, fields: Mapping[int, Field]) -> CodingGuess:
    """The coding of the fields of one questionnaire; `fields` maps an item to its field."""
    if not any(field.choices for field in fields.values()):
        return unknown("the dictionary gives no answer options, so the codes are unknown")
    answers = {n: _answers(key, field) for n, field in fields.items()}
    kinds = {frozenset(codes) for codes in answers.values()}
    if len(kinds) > 1:
        return unknown(f"the fields have {len(kinds)} different sets of codes")
    stored = sorted(kinds.pop())
    ways = list(_ways(key, stored))
    if not ways:
        return unknown(
            f"the codes do not fit: {len(stored)} choices ({code_words(stored)}), the key has "
            f"{len(key.response.codes)} ({code_words(key.response.codes)})")
    missing = {code for field in fields.values() for code in field.choices} - set(stored)
    return _decided(key, answers, ways, tuple(sorted(missing)))


def unknown(why: str) -> CodingGuess:
    return CodingGuess(coding=UNDECIDED, warnings=(why,))


# --- codes ---------------------------------------------------------------------------------------


def _answers(key: Instrument, field: Field) -> dict[int, str]:
    """The choices that are answers: all, or those left without the ones that mean no answer."""
    choices = dict(field.choices)
    worded = {code: label for code, label in choices.items() if not NO_ANSWER.search(label)}
    return next((some for some in (choices, worded, _without_far_codes(worded))
                 if some and any(_ways(key, sorted(some)))), choices)


def _without_far_codes(choices: Mapping[int, str]) -> dict[int, str]:
    """Without the usual codes for "no answer" (9, 99 ...), where a gap parts them from the rest."""
    rest = [code for code in choices if code not in NO_ANSWER_CODES]
    if not rest:
        return {}
    low, high = min(rest), max(rest)
    return {code: label for code, label in choices.items()
            if code in rest or not is_far(code, low, high)}


def is_far(code: int, low: int, high: int) -> bool:
    """Whether a gap parts the code from answers from `low` to `high`."""
    return code > high + 1 or code < min(low, 0)


def options_for(key: Instrument, stored: list[int]) -> list[str]:
    """Every coding that `score` knows for these stored codes, as `coding` is written."""
    return [way.words for way in _ways(key, stored)]


def _ways(key: Instrument, stored: list[int]) -> Iterator[_Way]:
    """Every coding that `score` knows for these stored codes, the key's own first."""
    known: list[Mapping[int, int]] = []
    span: dict[str, int] = {"min": stored[0], "max": stored[-1]}
    codings: list[Coding] = [None if not key.response.must_declare else AS_PRINTED,
                             *key.coding_variants, span]
    for coding in codings:
        try:
            codes = coding_map(key, coding)
        except ScoringError:  # not as many steps as the key has codes
            continue
        if sorted(codes) == stored and codes not in known:
            known.append(codes)
            yield _Way(coding=coding, codes=codes)


# --- direction -----------------------------------------------------------------------------------


def _decided(
    key: Instrument, answers: Mapping[int, dict[int, str]], ways: list[_Way],
    missing: tuple[int, ...],
) -> CodingGuess:
    signs = [{n: _direction(key, n, labels, way) for n, labels in answers.items()}
             for way in ways]
    right = [way for way, sign in zip(ways, signs, strict=True)
             if 1 in sign.values() and -1 not in sign.values()]
    told = (f"missing codes {', '.join(map(str, missing))}",) if missing else ()
    if len(right) == 1:
        found = _confirmed(key, right[0], ways, signs[ways.index(right[0])])
    elif right or not any(any(sign.values()) for sign in signs):
        found = _unconfirmed(key, ways)
    else:
        found = _contradicted(key, ways, signs)
    return CodingGuess(
        coding=found.coding, already_reversed=found.already_reversed, missing_codes=missing,
        fits=True, confirmed=found.confirmed, evidence=(*found.evidence, *told),
        warnings=found.warnings, options=tuple(way.words for way in ways),
    )


def _direction(key: Instrument, n: int, labels: Mapping[int, str], way: _Way) -> int:
    """1 where the labels follow the anchors of item n, -1 where they run the other way, else 0."""
    anchors = anchors_of(key, n)
    turned = key.response.low + key.response.high
    same = sum(_alike(label, anchors.get(str(way.codes[code]), ""))
               for code, label in labels.items())
    other = sum(_alike(label, anchors.get(str(turned - way.codes[code]), ""))
                for code, label in labels.items())
    if max(same, other) < ALIKE or abs(same - other) < CLEARLY:
        return 0
    return 1 if same > other else -1


def _alike(label: str, anchor: str) -> float:
    """Shared words of all words (Jaccard): 1 for the same words, 0 for none in common."""
    one, two = (set(re.findall(r"[^\W\d_]+", text.casefold())) for text in (label, anchor))
    return len(one & two) / len(one | two) if one and two else 0.0


def _confirmed(
    key: Instrument, way: _Way, ways: list[_Way], sign: Mapping[int, int]
) -> CodingGuess:
    others = [other for other in ways if other is not way and _is_variant(key, other)]
    agree = sum(sign.values())
    return CodingGuess(
        coding=way.coding, confirmed=True, warnings=_turned(way),
        evidence=(_stored(key, way), f"the labels of the choices agree with the key's anchors "
                  f"({agree} of {len(sign)} fields)", *(_named(key, other) for other in others)),
    )


def _contradicted(
    key: Instrument, ways: list[_Way], signs: list[dict[int, int]]
) -> CodingGuess:
    """No coding makes every label agree: the choices of some items, or of all, run backwards."""
    straight = [sum(sign == 1 for sign in item.values()) for item in signs]
    best = straight.index(max(straight))
    reversed_items = [n for n, sign in sorted(signs[best].items()) if sign == -1]
    if max(straight) == 0:
        return CodingGuess(coding=UNDECIDED, warnings=(
            "the labels of the choices run the other way than the key's anchors, and no coding of "
            "the key is stored so: every score would be turned round",))
    return CodingGuess(
        coding=UNDECIDED if straight.count(max(straight)) > 1 else ways[best].coding,
        already_reversed=UNDECIDED, evidence=(_stored(key, ways[best]),),
        warnings=(
            f"the choices of items {', '.join(map(str, reversed_items))} run the other way than "
            f"those of the other items: stored reversed already, or mislabelled"
            f"{_expected(key, reversed_items)}",),
    )


def _expected(key: Instrument, items: list[int]) -> str:
    same = tuple(items) == key.reversed_anywhere
    return " (they are just the items that the key reverses)" if same else (
        " (they are not just the items that the key reverses)")


def _unconfirmed(key: Instrument, ways: list[_Way]) -> CodingGuess:
    """The labels do not decide: the codes do, and only where nothing else is possible."""
    named = tuple(_named(key, way) for way in ways if _is_variant(key, way))
    unseen = "the labels of the choices do not show whether they run as the key's anchors do"
    decided = not key.response.must_declare and (len(ways) == 1 or ways[0].coding is None)
    if not decided:
        return CodingGuess(coding=UNDECIDED, evidence=(unseen, *named), warnings=(
            "the stored codes do not settle the coding, and their direction cannot be seen",))
    told = dict.fromkeys([_stored(key, ways[0]), unseen, *named])
    return CodingGuess(coding=ways[0].coding, evidence=tuple(told), warnings=_turned(ways[0]))


def _turned(way: _Way) -> tuple[str, ...]:
    if not way.turns:
        return ()
    return (f"the choices are stored the other way round than the key's codes; coding {way.words} "
            "turns them",)


def _is_variant(key: Instrument, way: _Way) -> bool:
    return isinstance(way.coding, str) and way.coding in key.coding_variants


def _stored(key: Instrument, way: _Way) -> str:
    printed = code_words(key.response.codes)
    if way.coding in (None, AS_PRINTED):
        return f"the codes of the choices are the key's ({printed})"
    if isinstance(way.coding, dict):
        return (f"the choices are stored {way.coding['min']} to {way.coding['max']}, as many codes "
                f"as the key has ({printed})")
    return _named(key, way)


def _named(key: Instrument, way: _Way) -> str:
    variant = key.coding_variants[str(way.coding)]
    return f"the verified coding '{way.coding}' has these stored codes: {variant.what}"
