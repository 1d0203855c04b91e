"""How the waves were linked and why answers are missing, to read: tables and sentences."""

from typing import Any

from balint_research.evaluation import EXACT_LINKS, Evaluation
from balint_research.reporting import format as to
from balint_research.reporting.naming import scale_label
from balint_research.reporting.quality import result_again, some_people
from balint_research.reporting.small_cells import Shown, shown
from balint_research.reporting.text_table import (
    TextTable,
    hidden_note,
    people,
    rows_of,
    withheld_note,
)

LINKED_BY = {
    "exact": "equal codes", "one_edit": "codes with one slip inside one element",
    "one_element": "codes of which one element differs or is missing",
    "two_elements": "codes of which two elements differ while the constant facts agree",
    "decided": "the decision of a person",
}


def links_text(evaluation: Evaluation) -> TextTable | None:
    """How many rows of each wave were linked, and how; nothing where no codes were linked."""
    safe = shown(evaluation)
    frame = safe.links
    if frame.empty:
        return None
    return TextTable(
        name="links",
        title="How the rows of the waves were linked",
        head=("Wave", "Linked by", "People"),
        rows=rows_of(frame, lambda row: (
            to.label(row.wave), LINKED_BY.get(row.how, "nothing: no partner at another wave"),
            people(row.people, row, to.WITHHELD))),
        texts=2,
        notes=("Self-generated codes. Rows without a partner stay in the analysis as people with "
               "one wave; a person with one wave says nothing of change.",
               *withheld_note(frame, "fewer than {} people, or the number that would give them "
                              "back", safe)),
    )


def linked_text(evaluation: Evaluation) -> TextTable | None:
    """Baseline scores of linked people against those without a partner."""
    safe = shown(evaluation)
    if safe.linked.empty:
        return None

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(safe.study.scale(row.instrument, row.scale))
        means = [to.NOTHING if to.is_missing(mean) else f"{to.number(mean, digits)} "
                 f"({to.number(sd, digits)})"
                 for mean, sd in ((row.mean_linked, row.sd_linked),
                                  (row.mean_single, row.sd_single))]
        return (scale_label(safe, row.instrument, row.scale),
                people(row.n_linked, row, to.WITHHELD), means[0],
                people(row.n_single, row, to.WITHHELD), means[1],
                to.with_interval(row.effect_size, row.effect_low, row.effect_high))

    return TextTable(
        name="linked",
        title=f"Linked people and the others at {safe.study.baseline}",
        head=("Scale", "n linked", "Mean (SD)", "n others", "Mean (SD)",
              "Difference in SD (interval)"),
        rows=rows_of(safe.linked, cells),
        texts=1,
        notes=("Others: people of the baseline without a partner at a later wave. Difference: smd, "
               f"linked minus others, with its {to.percent(to.CONFIDENCE)} interval; a "
               "description, which does not know of groups.",
               *withheld_note(safe.linked, "fewer than {} people on one of the sides, "
                              "or who would follow from other means", safe)),
    )


def links_words(evaluation: Evaluation) -> list[str]:
    """What the primary result says with equal codes only, in a sentence a row."""
    safe = shown(evaluation)
    rows = safe.sensitivity[safe.sensitivity["analysis"] == EXACT_LINKS]
    return [_sentence(safe, row) for row in to.records(rows)]


def _sentence(safe: Shown, row: Any) -> str:
    who = to.sentence_case(some_people(safe, row.flagged)) + (
        " was" if row.flagged == 1 else " were")
    return (f"{who} linked by codes that are not equal. With equal codes only, these rows being "
            f"people of one wave, the primary {result_again(safe, row, 'link')}.")


def reasons_text(evaluation: Evaluation) -> TextTable | None:
    """Why answers are missing, where the file or study.toml says so."""
    safe = shown(evaluation)
    if safe.reasons.empty:
        return None
    return TextTable(
        name="reasons",
        title="Why answers are missing",
        head=("Questionnaire", "Wave", "Reason", "Answers", "People"),
        rows=rows_of(safe.reasons, lambda row: (
            safe.study.instruments[row.instrument].key.label, to.label(row.wave), row.reason,
            people(row.answers, row, safe.few), people(row.people, row, safe.few))),
        texts=3,
        notes=("As the export or study.toml gives them; an empty cell has no reason.",
               *hidden_note(safe.reasons, safe)),
    )
