"""A linking in plain words: a few lines for the screen, a page to keep, tables for a notebook."""

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from balint_research.errors import number_of

if TYPE_CHECKING:
    from balint_research.study.link.link import LinkReport

LEVEL_WORDS = {
    "exact": "identical codes",
    "one_edit": "one slip inside one element",
    "one_element": "one element different or missing",
    "two_elements": "two elements different or missing, all constants equal",
}
COUNT_WORDS = {
    "exact": "with identical codes",
    "one_edit": "with one slip inside one element",
    "one_element": "with one element different or missing",
    "two_elements": "with two such elements and all constants equal",
    "decided": "decided by a person",
    "through": "by way of another wave",
}


def summary(report: "LinkReport") -> list[str]:
    """What came of it, a line for each two waves, and what is left to do."""
    lines = []
    for row in report.per_pair_of_waves.to_dict(orient="records"):
        parts = [f"{row[level]} {words}" for level, words in COUNT_WORDS.items() if row[level]]
        lines.append(
            f"{row['wave_a']} ({row['rows_a']} rows) and {row['wave_b']} ({row['rows_b']} rows): "
            f"{row['linked']} linked, {_percent(row['share'])} of the {row['possible']} possible"
            + (f" ({'; '.join(parts)})." if parts else "."))
        expected = _used(report.expected, row)
        lines.append(
            f"  Loosest level used: {LEVEL_WORDS[row['level']]}. Wrong links to be expected: at "
            f"most {_count(expected['expected'])}, {_percent(expected['share'], 2)} of the "
            f"possible pairs "
            f"(budget {_percent(report.budget, 2)}).")
    waiting = len(report.to_decide)
    if waiting:
        groups = report.to_decide["component"].nunique()
        lines.append(f"To be decided by a person: {number_of(waiting, 'pair')} in "
                     f"{number_of(groups, 'group')}.")
    people = report.links["participant"].nunique()
    single = int((report.links["how"] == "single").sum())
    verbs = ("has", "stays", "as somebody") if single == 1 else ("have", "stay", "as people")
    lines.append(f"{number_of(people, 'participant')} in {number_of(len(report.links), 'row')}; "
                 f"{number_of(single, 'row')} {verbs[0]} no partner and {verbs[1]} in the analysis "
                 f"{verbs[2]} seen once.")
    return lines


def page(report: "LinkReport", *, private: str) -> str:
    """The report as Markdown. It holds counts and names of columns, and no code."""
    parts = [
        "# Linking the waves", "\n".join(f"* {line.strip()}" for line in summary(report)),
        "A wrong link is worse than a lost one: it adds noise to change scores and cannot be seen "
        "later. So a pair was linked only where neither row had another candidate, and a level was "
        "used only where hardly any wrong link is to be expected. Compare the primary result "
        "with the one from identical codes alone (`how` = `exact` in `links.csv`).",
        "## Each wave", markdown(report.per_wave),
        "`duplicates` are rows whose whole code stands in another row of the same wave. The last "
        "seven columns add up to the rows.",
        "## Each two waves", markdown(report.per_pair_of_waves),
        "## Wrong links to be expected", markdown(report.expected),
        "`agreement` is the chance that two different people are alike at this level or a surer "
        "one: the larger of two figures, from the frequencies of the elements as if they were "
        "independent, and from rows within a wave that are alike. `by_frequencies` and "
        "`by_near_pairs` are the candidate pairs of different people among all rows that follow. "
        "`open_a` and `open_b` are the rows that no surer level has linked; `expected` is an upper "
        "limit of the wrong links among them and at the surer levels. `share` divides it by the "
        f"possible pairs; at most {_percent(report.budget, 2)} is allowed.",
        "## The elements of the code", markdown(report.elements),
        "`agreement` is the chance that two different people give the same.",
    ]
    if not report.baseline.empty:
        parts += ["## Matched and unmatched at the first wave", markdown(report.baseline),
                  "`difference` is in standard deviations; low and high are its 95 % interval."]
    if not report.to_decide.empty:
        told = report.to_decide.groupby(["why", "level"]).size().reset_index(name="pairs")
        parts += ["## To be decided", markdown(told),
                  f"The pairs stand in `to_decide.csv` of the folder `{private}`, with both codes "
                  "side by side. Write yes or no into the column `decision`, and link again with "
                  "`--decisions`."]
    if report.issues:
        parts += ["## Noticed", "\n".join(f"{i}. {issue}"
                                          for i, issue in enumerate(report.issues, 1))]
    parts += ["## Privacy",
              f"The codes and the key stay in the folder `{private}`. Never pass it on, and delete "
              "it when no further wave is to be linked."]
    return "\n\n".join(parts) + "\n"


def tables_html(report: "LinkReport") -> str:
    """The summary and the main tables as a fragment of HTML."""
    from html import escape

    frames = {"Each two waves": report.per_pair_of_waves, "Each wave": report.per_wave,
              "Wrong links to be expected": report.expected}
    lines = "".join(f"<li>{escape(line.strip())}</li>" for line in summary(report))
    shown = "".join(
        f"<p><strong>{title}</strong></p>"
        + frame.map(_cell).to_html(index=False, border=0) for title, frame in frames.items())
    return f'<div class="balint-links"><ul>{lines}</ul>{shown}</div>'


def markdown(frame: pd.DataFrame) -> str:
    """A frame as a table of Markdown, numbers to four significant digits."""
    head = [f"| {' | '.join(map(str, frame.columns))} |", "|" + "---|" * len(frame.columns)]
    rows = [f"| {' | '.join(_cell(cell).replace('|', chr(92) + '|') for cell in row)} |"
            for row in frame.itertuples(index=False, name=None)]
    return "\n".join([*head, *rows])


def _used(expected: pd.DataFrame, row: dict[Any, Any]) -> dict[Any, Any]:
    here = expected[(expected["wave_a"] == row["wave_a"]) & (expected["wave_b"] == row["wave_b"])
                    & expected["used"]]
    return dict(here.iloc[-1])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return "too many to count" if math.isinf(value) else f"{value:.4g}"
    return str(value)


def _count(value: float) -> str:
    if math.isinf(value):
        return "too many"
    return "less than 0.01" if 0 < value < 0.01 else f"{value:.3g}"


def _percent(share: float, digits: int = 0) -> str:
    if math.isnan(share):
        return "none"
    least = 10.0**-digits
    return f"< {least:g} %" if 0 < 100 * share < least / 2 else f"{100 * share:.{digits}f} %"
