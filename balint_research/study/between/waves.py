"""Waves together: none is empty, a copy of another, or of other people."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.between.people import written_otherwise
from balint_research.study.contracts import given
from balint_research.study.findings import found
from balint_research.study.layouts import SELF, Part
from balint_research.study.study import Study

COPIED_ANSWERS = 20  # that many equal answers of people with varied answers are no chance


def waves_together(study: Study, parts: Sequence[Part]) -> Iterator[Issue]:
    """Empty, copied and unconnected waves, and instruments without an answer where given."""
    answers = pd.concat([part.frame.assign(file=part.file) for part in parts])
    by_wave = {wave: answers[answers["wave"] == wave] for wave in study.waves}
    files = {wave: "/".join(rows["file"].unique()) or None for wave, rows in by_wave.items()}
    for wave, rows in by_wave.items():
        if rows.empty:
            yield found("empty_wave", file=parts[0].file, wave=wave)
    yield from _given_and_answered(study, by_wave, files)
    yield from _by_other_raters(study, answers)
    filled = {wave: rows for wave, rows in by_wave.items() if not rows.empty}
    yield from _copies(filled, files)
    yield from _unconnected(study, filled, files)


def _given_and_answered(
    study: Study, by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    for name, use in study.instruments.items():
        words = {"instrument": use.key.label, "id": name}
        for wave, rows in by_wave.items():
            cells = given(study, rows, name)
            answered = cells.any(axis=1)
            if wave in use.waves and not cells.empty and not answered.any():
                yield found("no_answers", file=files[wave], wave=wave, words=words)
            elif wave not in use.waves and answered.any():
                yield found("not_given", file=files[wave], wave=wave,
                            rows=rows.index[answered], words=words)


def _by_other_raters(study: Study, answers: pd.DataFrame) -> Iterator[Issue]:
    """Answers that nobody would score: by others on oneself, or by oneself among others'."""
    for name, use in study.instruments.items():
        answered = answers[given(study, answers, name).any(axis=1)]
        own = answered["rater"] == SELF
        rule, unused = ("wrong_rater", ~own) if use.key.respondent == "self" else (
            "own_form", own & bool((~own).any()))
        for file, rows in answered[unused].groupby("file"):
            yield found(rule, file=str(file), column="rater", rows=rows.index,
                        words={"instrument": use.key.label})


def _copies(
    by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    for first, second in combinations(by_wave, 2):
        if _is_copy(by_wave[first], by_wave[second]):
            yield found("copied_wave", file=files[second], wave=second, other=first, how="")


def _is_copy(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Every person of both waves gave the same answers, and too many for chance.

    Only people whose own answers vary count: all zeros twice is a healthy person, not a copy.
    """
    keys = ["participant", "rater"]
    items = [column for column in first.columns if column not in (*keys, "wave", "file")]
    one, two = (rows.drop_duplicates(keys).set_index(keys)[items] for rows in (first, second))
    both = one.index.intersection(two.index)
    one, two = one.loc[both], two.loc[both]
    asked = one.notna().any() & two.notna().any()
    one, two = one.loc[:, asked], two.loc[:, asked]
    if not ((one == two) | (one.isna() & two.isna())).all(axis=None):
        return False
    varied = one.nunique(axis=1) > 1
    return int(one[varied].notna().sum().sum()) >= COPIED_ANSWERS


def _unconnected(
    study: Study, by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    if study.baseline not in by_wave:
        return
    first = by_wave[study.baseline]["participant"]
    for wave, rows in by_wave.items():
        if wave != study.baseline and not rows["participant"].isin(first).any():
            yield found("no_common_participant", file=files[wave], wave=wave,
                        baseline=study.baseline, evidence=written_otherwise(rows, first))
