"""How well the questionnaires worked, to read: columns and items, reliability, careless answers."""

from dataclasses import replace
from typing import Any

import pandas as pd

from balint_research.evaluation import WITHOUT_FLAGGED, Evaluation
from balint_research.reporting import format as to
from balint_research.reporting.naming import scale_label, user_keys
from balint_research.reporting.small_cells import Shown, shown
from balint_research.reporting.text_table import TextTable

PAIR = 2   # items: one factor needs three


def reliability_text(evaluation: Evaluation) -> TextTable:
    """Alpha, omega, lowest item-rest correlation and standard error of measurement, by scale."""
    safe = shown(evaluation)
    frame = safe.reliability

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(evaluation.study.scale(row.instrument, row.scale))
        return (
            scale_label(evaluation, row.instrument, row.scale), to.label(row.wave),
            to.count(row.items), _forms(row, safe.few),
            to.with_interval(row.alpha, row.alpha_low, row.alpha_high),
            to.number(row.spearman_brown if row.items == PAIR else row.omega),
            to.number(row.min_item_rest), to.number(row.sem, digits),
        )

    return TextTable(
        name="reliability",
        title="Reliability of each scale where it was first given",
        head=("Scale", "Wave", "Items", "n", "Alpha (interval)", "Omega", "Lowest item-rest r",
              "SEM"),
        rows=tuple(cells(row) for row in to.records(frame)),
        texts=2,
        notes=(
            "n: forms with every item of the scale answered. Alpha: Cronbach's alpha with Feldt's "
            f"{to.percent(to.CONFIDENCE)} interval. Omega: total, of one factor (two items: "
            "Spearman-Brown). Item-rest r: "
            "correlation of an item with the rest of its scale. SEM: standard error of "
            "measurement, in points of the scale.",
            *user_keys(evaluation),
        ),
    )


def _forms(row: Any, few: str) -> str:
    """n, or that it is hidden: few forms, or an arm of few would follow from it."""
    if not to.is_missing(row.n):
        return to.count(row.n)
    return few if row.suppressed else to.WITHHELD


def items_texts(evaluation: Evaluation) -> tuple[TextTable, ...]:
    """One table an instrument: column, item, scale, direction, answers seen."""
    safe = shown(evaluation)
    return tuple(
        _items_text(safe, name, safe.items[safe.items["instrument"] == name])
        for name in evaluation.study.instruments
    )


def _items_text(safe: Shown, name: str, frame: pd.DataFrame) -> TextTable:
    key = safe.study.instruments[name].key

    seen = "left to the team" if safe.public else (
        f"lowest to highest code over all waves, where at least {safe.smallest_cell} people gave "
        "each of them")

    def cells(row: Any) -> tuple[str, ...]:
        scale = "no scale" if to.is_missing(row.scale) else key.scales[row.scale].name
        ends = to.NOTHING if to.is_missing(row.low) else (
            f"{to.plain(row.low)} to {to.plain(row.high)}")
        return (str(row.column), f"{row.item} {row.gist}", scale,
                to.NOTHING if to.is_missing(row.direction) else row.direction, row.stored, ends)

    return TextTable(
        name=f"items_{name}",
        title=f"{key.label}: which column is which item",
        head=("Column", "Item (our words for it)", "Scale", "Direction", "Stored", "Answers seen"),
        rows=tuple(cells(row) for row in to.records(frame)),
        texts=5,
        notes=("Direction: as the scale adds the item up. Stored: raw, or reversed as study.toml "
               f"declares. Answers seen: {seen}.",),
    )


def careless_words(evaluation: Evaluation) -> list[str]:
    """What the primary result says without the forms that look careless, in a sentence a row."""
    safe = shown(evaluation)
    return [_careless_sentence(safe, row) for row in to.records(safe.sensitivity)
            if row.analysis == WITHOUT_FLAGGED]


def _careless_sentence(safe: Shown, row: Any) -> str:
    who = some_people(safe, row.flagged)
    return (f"Forms of {who} show signs of careless answering. Without them the primary "
            f"{result_again(safe, row, 'form')}. Nobody was taken out of any other result.")


def some_people(safe: Shown, flagged: Any) -> str:
    """A number of people who were doubted, as far as it may be told."""
    if not to.is_missing(flagged):
        return to.counted(flagged, "person", "people")
    return "some people" if safe.earlier else f"fewer than {safe.smallest_cell} people"


def result_again(evaluation: Evaluation, row: Any, what: str) -> str:
    """A result of another analysis in words, and whether it reads as with every `what`."""
    study = evaluation.study
    digits = to.digits_of(study.scale(row.instrument, row.scale))
    contrast = f" ({to.label(row.contrast)})" if study.arms and len(study.arms.treated) > 1 else ""
    result = "" if row.suppressed or to.is_missing(row.estimate) else (
        f" of {to.number(row.estimate, digits)} ({to.percent(to.CONFIDENCE)} interval "
        f"{to.interval(row.low, row.high, digits)}; n = {to.count(row.n)})")
    reads = ("reads alike: it points the same way, and its interval leaves out zero, or does not, "
             f"as with every {what}" if row.agrees
             else f"does not read alike: it depends on these {what}s")
    return f"result{contrast}{result} {reads}"


def told_issues(evaluation: Evaluation) -> list[str]:
    """What was noticed in the data, without numbers of people below the smallest cell."""
    safe = shown(evaluation)
    return [str(_without_few(issue, safe.smallest_cell)) for issue in safe.data.issues]


def _without_few(issue: Any, smallest_cell: int) -> Any:
    few = issue.rule.startswith("careless_") and 0 < (issue.count or 0) < smallest_cell
    if not few:
        return issue
    count = f"{issue.count} form"
    what = issue.what.replace(count + "s", count, 1).replace(
        count, f"Fewer than {smallest_cell} forms", 1)
    return replace(issue, what=what, evidence=None, count=None, rows=())
