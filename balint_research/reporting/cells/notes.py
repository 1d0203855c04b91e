"""Sentences beside a result, without the numbers of a few people that they tell."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from balint_research.analysis.change import NOBODY_CHANGED, SAME_CHANGE, zeros_dropped
from balint_research.analysis.words import FITTED_ON, UNEVEN_BASELINE, one_person, people_alone
from balint_research.evaluation import Evaluation
from balint_research.reporting.cells.gate import Gate, Place, places

# Sentences from which a hidden cell follows: the rows of a model, and how far its arm was from the
# other at the baseline.
ROWS = re.compile(rf"{FITTED_ON} [^.]*\. ?")
APART = re.compile(re.escape(UNEVEN_BASELINE).replace(re.escape("{size:.2f}"), r"\S+") + " ?")
LOST = re.compile(r"^(Most|\d+) of (\d+) people(?= have no score of the primary outcome)")
SOME_UNCHANGED = "Some people did not change; the signed-rank test leaves these pairs out."


def without_few(
    results: pd.DataFrame, plain: pd.DataFrame, hidden: set[Place], evaluation: Evaluation,
    gate: Gate,
) -> pd.DataFrame:
    """Notes without what gives a hidden cell of the outcome, or a hidden result, away.

    Parameters
    ----------
    results, plain : the safe frame, and the same as it was.
    hidden : (instrument, scale) of outcomes with a hidden cell.
    """
    if results.empty:
        return results
    notes = []
    for (_, row), people, own in zip(results.iterrows(), plain["n"],
                                     places(results, ["instrument", "scale"]), strict=True):
        note = row["note"]
        if isinstance(note, str):
            note = _uncounted(note, people, evaluation, gate)
            if own in hidden or (row["suppressed"] and pd.isna(row["n"])):
                note = APART.sub("", ROWS.sub("", note))
            note = note.strip() or None
        notes.append(note)
    return results.assign(note=pd.Series(notes, index=results.index, dtype=results["note"].dtype))


def warnings(
    evaluation: Evaluation, flow: pd.DataFrame, hidden: set[Place], gate: Gate
) -> tuple[str, ...]:
    """Warnings repeat the note of the primary result; the rows of its model stand there."""
    primary = _primary_n(evaluation)
    told = [_uncounted(ROWS.sub("", text), primary, evaluation, gate)
            for text in evaluation.warnings]
    if evaluation.study.outcome in hidden:
        told = [APART.sub("", text) for text in told]
    part = flow["people"].isna().any() or evaluation.study.outcome in hidden
    return tuple(_lost(text.strip(), bool(part), gate) for text in told)


def _uncounted(note: str, people: Any, evaluation: Evaluation, gate: Gate) -> str:
    """A note in which no sentence counts a few people, or says the change of every single one."""
    for sentence, instead in _sentences(int(people), evaluation, gate).items():
        note = note.replace(sentence, instead)
    return re.sub(" {2,}", " ", note)


def _sentences(people: int, evaluation: Evaluation, gate: Gate) -> Mapping[str, str]:
    """Sentence that counts a few people -> what is said in its place."""
    arms = evaluation.study.arms
    few = range(1, gate.smallest)
    nearly_all = [people - number for number in few if people - number >= gate.smallest]
    said = dict.fromkeys((NOBODY_CHANGED, SAME_CHANGE), "")
    said |= {zeros_dropped(number): SOME_UNCHANGED for number in (*few, *nearly_all)}
    for arm in arms.all if arms else (None,):
        several = people_alone(arm, gate.smallest)
        fewer = several.replace(f"{gate.smallest} people", f"Fewer than {gate.smallest} people")
        said |= {people_alone(arm, number): fewer for number in few}
        said[one_person(str(arm))] = ""
    return said


def _lost(text: str, part: bool, gate: Gate) -> str:
    """The warning of lost people without numbers from which a few, or a hidden `part`, follow."""
    found = LOST.match(text)
    if found is None:
        return text
    lost, asked = found[1], int(found[2])
    if part:
        return f"More than a fifth of the people {text[found.end():].lstrip()}"
    if lost != "Most" and 0 < asked - int(lost) < gate.smallest:
        return f"Most{text[len(lost):]}"
    return text


def _primary_n(evaluation: Evaluation) -> int:
    """People behind the primary result, 0 where there is none."""
    frame = evaluation.comparison if evaluation.study.arms else evaluation.change
    rows = frame[(frame["instrument"] + "." + frame["scale"] == evaluation.study.primary_outcome)
                 & (frame["wave"] == evaluation.study.primary_wave)]
    return 0 if rows.empty else int(rows["n"].iloc[0])
