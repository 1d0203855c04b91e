"""What a person has to decide, and the decisions read back.

A pair of rows is named by a token without anything of the code: its waves, its rows, and a short
hash keyed by all codes of both waves, so that decisions made for other files are noticed.
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.link.accept import DECIDED, Node, Pair, chains, twice_in_a_wave
from balint_research.study.link.codes import Coded, Codes
from balint_research.study.link.elements import as_text
from balint_research.study.link.months import folded
from balint_research.study.link.rules import found

YES = frozenset(map(folded, ("yes", "y", "true", "1", "ja", "j", "oui", "o", "sí", "sim")))
NO = frozenset(map(folded, ("no", "n", "false", "0", "nein", "nee", "non", "não")))
_HASH = 8  # hexadecimal signs: one in four thousand million to miss a changed file
_TOKEN = re.compile(r"(?P<place>.+)#[0-9a-f]{8}")


def tokens(pairs: Sequence[Pair], coded: Coded) -> dict[str, Pair]:
    """Token -> pair."""
    secret: dict[tuple[int, int], bytes] = {}
    made = {}
    for pair in pairs:
        waves = (pair.first[0], pair.second[0])
        if waves not in secret:
            secret[waves] = b"".join(digest(coded, coded.waves[wave]) for wave in waves)
        place = "+".join(f"{coded.waves[wave].name}:{coded.waves[wave].rows[row]}"
                         for wave, row in (pair.first, pair.second))
        keyed = hmac.new(secret[waves], place.encode(), hashlib.sha256).hexdigest()
        made[f"{place}#{keyed[:_HASH]}"] = pair
    return made


def digest(coded: Coded, wave: Codes) -> bytes:
    """A hash of the rows and codes of a wave that does not depend on the order of the rows."""
    lines = sorted(
        f"{label}\t" + "\t".join(words[number] if number >= 0 else ""
                                 for words, number in zip(coded.spellings, numbers, strict=True))
        for label, numbers in zip(wave.rows.tolist(), wave.codes.tolist(), strict=True))
    return hashlib.sha256("\n".join([*coded.elements, *lines]).encode()).digest()


def decided(
    decisions: pd.DataFrame, waiting: Mapping[str, Pair], links: Sequence[Pair]
) -> tuple[list[Pair], dict[str, bool]]:
    """The pairs decided to be one person, as links, and every answer by its token.

    Raises
    ------
    DataError : every fault of the decisions at once.
    """
    absent = [found("decision_columns", column_needed=column)
              for column in ("pair", "decision") if column not in decisions]
    if absent:
        raise DataError(absent)
    answers, issues = _answers(decisions, waiting)
    if issues:
        raise DataError(issues)
    yes = [Pair(pair.first, pair.second, DECIDED, pair.element)
           for token, pair in waiting.items() if answers.get(token)]
    if issues := [*_twice(yes, waiting), *_contradicting(yes, links, waiting)]:
        raise DataError(issues)
    return yes, {token: answers[token] for token in waiting if token in answers}


def _answers(
    decisions: pd.DataFrame, waiting: Mapping[str, Pair]
) -> tuple[dict[str, bool], list[Issue]]:
    """Token -> whether it is one person; blank decisions are left out."""
    asked = decisions["pair"].map(as_text).tolist()
    words = [folded(as_text(cell)) for cell in decisions["decision"]]
    lines = [int(line) if isinstance(line, int) else place
             for place, line in enumerate(decisions.index)]
    places = {_place(token) for token in waiting}
    faults: dict[str, list[int]] = {}
    answers: dict[str, bool] = {}
    for line, token, word in zip(lines, asked, words, strict=True):
        if not word:
            continue
        if word not in YES | NO:
            faults.setdefault("decision_word", []).append(line)
        elif token not in waiting:
            rule = "decision_changed" if _place(token) in places else "decision_unknown"
            faults.setdefault(rule, []).append(line)
        elif answers.setdefault(token, word in YES) != (word in YES):
            faults.setdefault("decision_both", []).append(line)
    return answers, [found(rule, rows=rows, count=len(rows),
                           allowed="yes, no, or empty" if rule == "decision_word" else None)
                     for rule, rows in faults.items()]


def _place(token: str) -> str:
    parts = _TOKEN.fullmatch(token)
    return parts["place"] if parts else ""


def _twice(yes: Sequence[Pair], waiting: Mapping[str, Pair]) -> list[Issue]:
    partners = Counter((node, other[0]) for pair in yes
                       for node, other in ((pair.first, pair.second), (pair.second, pair.first)))
    return _by_wave("partner_twice", {node for (node, _), times in partners.items() if times > 1},
                    waiting)


def _contradicting(
    yes: Sequence[Pair], links: Sequence[Pair], waiting: Mapping[str, Pair]
) -> list[Issue]:
    """Decisions that would put two rows of one wave into one person, through other links."""
    wrong = {node for rows, own in chains([*links, *yes]) if twice_in_a_wave(rows)
             for pair in own if pair.level == DECIDED for node in (pair.first, pair.second)}
    partners = Counter((node, other[0]) for pair in yes
                       for node, other in ((pair.first, pair.second), (pair.second, pair.first)))
    told = {node for (node, _), times in partners.items() if times > 1}
    return _by_wave("decision_contradicts", wrong, waiting) if not told else []


def _by_wave(rule: str, nodes: set[Node], waiting: Mapping[str, Pair]) -> list[Issue]:
    labels: dict[Node, tuple[str, int]] = {}
    for token, pair in waiting.items():
        sides = _place(token).split("+")
        for node, side in zip((pair.first, pair.second), sides, strict=True):
            name, _, row = side.rpartition(":")
            labels[node] = (name, int(row))
    by_wave: dict[str, list[int]] = {}
    for node in sorted(nodes):
        wave, label = labels[node]
        by_wave.setdefault(wave, []).append(label)
    return [found(rule, wave=name, rows=rows) for name, rows in by_wave.items()]
