"""The guards of scoring, run on every instrument and wave of a study's checked answers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from balint_research.errors import Issue
from balint_research.scoring.screen.screen import screen
from balint_research.study.findings import found
from balint_research.study.layouts import Part
from balint_research.study.scores import forms_of
from balint_research.study.study import InstrumentUse, Study

# Told by the rules of the tables already, with the lines of the file.
TOLD = {"text_answers", "range", "item_missing", "twin_columns", "item_twice", "unanswered"}
# One fault of the whole export, however many columns show it.
TOGETHER = {"missing_codes", "fractional", "declared_missing", "constant_item"}
# What answers out of range probably are.
WAYS_OUT = {"missing_codes", "fractional"}


def screened(
    study: Study, parts: Sequence[Part]
) -> tuple[list[Issue], set[tuple[str, str]]]:
    """What `screen` finds in the answers of each file, instrument and wave.

    The same finding at several waves of one file is one Issue, with the evidence of each wave. Also
    the columns (file, column) whose coding is moved as a whole: that explains all their answers
    outside the codes.
    """
    issues: list[Issue] = []
    explained: set[tuple[str, str]] = set()
    for part in parts:
        for name, use in study.instruments.items():
            by_wave = [issue for wave in use.waves
                       for issue in _one_wave(study, part, name, use, wave)]
            issues += _over_waves(by_wave)
            if any(issue.rule == "shifted_coding" for issue in by_wave):
                ours = set(use.how["items"].values())
                explained |= {(part.file, theirs) for column, theirs in part.names.items()
                              if column in ours}
    issues += [found("user_key", instrument=use.key.label) for use in study.instruments.values()
               if use.key.from_user]
    return issues, explained


def _one_wave(
    study: Study, part: Part, name: str, use: InstrumentUse, wave: str
) -> Iterator[Issue]:
    items = use.how["items"]
    needed = {column for n, column in items.items() if n not in use.fillers}
    forms = forms_of(use, part.frame[part.frame["wave"] == wave])
    if not needed <= set(part.names) or forms.empty:
        return
    forms = forms.rename(columns=dict(part.names))
    seconds = part.names.get(f"{name}_seconds")
    header = list(dict.fromkeys([*part.header, *forms.columns]))
    named = {n: part.names.get(column, column) for n, column in items.items()}
    issues = screen(
        forms.reindex(columns=header), use.key, **use.how | {"items": named}, seconds=seconds,
        directions_checked=use.directions_checked,
    )
    for issue in _over_columns([issue for issue in issues if issue.rule not in TOLD]):
        yield replace(issue, file=part.file, wave=wave if len(study.waves) > 1 else None)


def _over_columns(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Rules that concern the export as a whole: one Issue for all columns that show it."""
    grouped: dict[tuple[str, str], list[Issue]] = {}
    for issue in issues:
        if issue.rule in TOGETHER:
            grouped.setdefault((issue.rule, issue.do), []).append(issue)
        else:
            yield issue
    for (rule, _), several in grouped.items():
        together = several[0] if len(several) == 1 else replace(_together(
            several, f"{len(several)} columns, first '{several[0].column}'"), column=None)
        # these answers stop the run as `range`, with their lines; this is the way out of it
        yield replace(together, severity="note") if rule in WAYS_OUT else together


def _over_waves(issues: Sequence[Issue]) -> Iterator[Issue]:
    """The same finding at several waves becomes one, with the evidence of each."""
    grouped: dict[tuple[str, str | None, str, str], list[Issue]] = {}
    for issue in issues:
        key = (issue.rule, issue.column, issue.do, issue.what if issue.count is None else "")
        grouped.setdefault(key, []).append(issue)
    for same in grouped.values():
        told = "; ".join(f"{issue.wave}: {issue.evidence}" if issue.evidence else str(issue.wave)
                         for issue in same)
        yield same[0] if len(same) == 1 else replace(_together(same, told), wave=None)


def _together(several: Sequence[Issue], evidence: str) -> Issue:
    """One Issue for several that say the same of different places."""
    first = several[0]
    if first.count is None:
        return replace(first, evidence=evidence)
    count = sum(issue.count or 0 for issue in several)
    return replace(first, evidence=evidence, count=count, what=_recounted(first.what, count))


def _recounted(what: str, count: int) -> str:
    """The sentence of a rule with another number of answers or forms at its beginning."""
    found = re.match(r"\d+ (answer|form)s?( of .*?)? (?:is|are|has|have)\b", what)
    if found is None:
        return what
    verb = {"answer": ("is", "are"), "form": ("has", "have")}[found[1]][count != 1]
    nouns = found[1] + ("s" if count != 1 else "")
    return f"{count} {nouns}{found[2] or ''} {verb}{what[found.end():]}"


def flagged_forms(study: Study, responses: pd.DataFrame, instrument: str) -> pd.DataFrame:
    """``participant wave flags`` of the forms that signs of careless answering single out.

    `responses` are those of `StudyData`; the rules are those of `careless`, wave by wave.
    """
    from balint_research.scoring.screen.careless import careless

    use = study.instruments[instrument]
    seconds = f"{instrument}_seconds" if f"{instrument}_seconds" in responses else None
    found_at = []
    for wave in use.waves:
        rows = forms_of(use, responses[responses["wave"] == wave])
        flags = careless(rows, use.key, **use.how, seconds=seconds)["flags"]
        found_at.append(rows[["participant", "wave"]].assign(flags=flags))
    flagged = pd.concat(found_at, ignore_index=True)
    return flagged[flagged["flags"] != ""].reset_index(drop=True)
