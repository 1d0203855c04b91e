"""Frames become tables to read: formatted text first, then a great-tables table of it.

Each public function takes an `Evaluation` and returns a `great_tables.GT` to show in a notebook
or to style further. The report's page draws the same `TextTable` through its own template, with
a caption and row headers. Small cells are gone before a number becomes text.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from balint_research.errors import Issue
from balint_research.evaluation import Evaluation
from balint_research.reporting import format as to
from balint_research.reporting.naming import primary_first, scale_label, user_keys
from balint_research.reporting.small_cells import Shown, shown
from balint_research.reporting.text_table import (
    TextTable,
    footnotes,
    great_table,
    hidden_note,
    marks,
    people,
    rows_of,
    withheld_note,
)

if TYPE_CHECKING:
    from great_tables import GT


def flow(evaluation: Evaluation) -> "GT":
    """People and groups, by arm and wave."""
    return great_table(flow_text(evaluation))


def attendance(evaluation: Evaluation) -> "GT":
    """Sessions attended, by group."""
    return great_table(attendance_text(evaluation))


def completeness(evaluation: Evaluation) -> "GT":
    """How many questionnaires gave a score, by scale, arm and wave."""
    return great_table(completeness_text(evaluation))


def descriptives(evaluation: Evaluation) -> "GT":
    """n, mean, SD, quartiles and shares at the ends, by scale, arm and wave."""
    return great_table(descriptives_text(evaluation))


def change(evaluation: Evaluation) -> "GT":
    """Change since the baseline within each arm, for every outcome."""
    return great_table(estimates_text(evaluation, between=False))


def outcomes(evaluation: Evaluation) -> "GT":
    """The main table: arms compared on every outcome, or the change where there are no arms.

    Examples
    --------
    ``br.tables.outcomes(br.evaluate(study, data))`` as the last line of a notebook cell.
    """
    return great_table(estimates_text(evaluation, between=evaluation.study.arms is not None))


def effects(evaluation: Evaluation) -> "GT":
    """Every standardised difference under its own name."""
    return great_table(effects_text(evaluation))


def issues(found: Iterable[Issue]) -> "GT":
    """What `screen` or `read_data` noticed: gravity, place, what it is, the evidence, what to do.

    Examples
    --------
    ``br.tables.issues(br.screen(answers, "teq"))`` as the last line of a notebook cell.
    """
    rows = tuple((issue.severity, issue.place or to.NOTHING, issue.what,
                  issue.evidence or to.NOTHING, issue.do, issue.rule) for issue in found)
    return great_table(TextTable(
        name="issues", title="What was noticed" if rows else "Nothing was noticed",
        head=("Gravity", "Place", "What", "Evidence", "What to do", "Rule"), rows=rows, texts=6,
    ))


def flow_text(evaluation: Evaluation) -> TextTable:
    safe = shown(evaluation)
    frame = safe.flow
    return TextTable(
        name="flow",
        title="People and groups, by arm and wave",
        head=("Arm", "Wave", "People", "Groups", "Asked", "Answered"),
        rows=rows_of(frame, lambda row: (
            to.label(row.arm), to.label(row.wave), people(row.people, row, safe.few),
            to.count(row.groups or None),
            people(row.asked, row, safe.few), people(row.answered, row, safe.few),
        )),
        texts=2,
        notes=hidden_note(frame, safe),
    )


def attendance_text(evaluation: Evaluation) -> TextTable:
    safe = shown(evaluation)
    frame = safe.attendance
    return TextTable(
        name="attendance",
        title="Sessions attended, by group",
        head=("Arm", "Group", "People", "Sessions held", "Places offered", "Attended", "Share"),
        rows=rows_of(frame, lambda row: (
            to.label(row.arm), to.label(row.group), people(row.people, row, to.WITHHELD),
            to.count(row.sessions_held), people(row.offered, row, to.WITHHELD),
            people(row.attended, row, to.WITHHELD),
            to.WITHHELD if row.suppressed and to.is_missing(row.share) else to.percent(row.share),
        )),
        texts=2,
        notes=withheld_note(frame, "a group of fewer than {0} people, or the next smallest that "
                             "would give it back; and fewer than {0} places taken, or missed, "
                             "which would tell it of everybody in the group", safe),
    )


def completeness_text(evaluation: Evaluation) -> TextTable:
    safe = shown(evaluation)
    frame = safe.completeness
    notes = ("Answered = people with at least one item answered at that wave. With a score = "
             "complete + prorated (some items unanswered, scored by the rule that the methods "
             "name). Too few = items answered, but not enough of them for a score.",)
    return TextTable(
        name="completeness",
        title="Questionnaires with a score, by scale, arm and wave",
        head=("Scale", "Arm", "Wave", "Answered", "With a score", "Complete", "Prorated", "Too few",
              "Empty"),
        rows=rows_of(frame, lambda row: (
            scale_label(evaluation, row.instrument, row.scale), to.label(row.arm),
            to.label(row.wave), people(row.answered, row, safe.few),
            people(row.scored, row, safe.few),
            *(people(part, row, to.WITHHELD)
              for part in (row.complete, row.prorated, row.too_few, row.empty)),
        )),
        texts=3,
        notes=(*notes, *withheld_note(
            frame, "a count of fewer than {} people, or the count that would give it back", safe),
               *user_keys(evaluation)),
    )


def descriptives_text(
    evaluation: Evaluation, outcome: tuple[str, str] | None = None
) -> TextTable:
    """All scales, or the one of `outcome` (instrument, scale) without naming it in each row."""
    safe = shown(evaluation)
    frame = _of(safe.descriptives, outcome)

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(evaluation.study.scale(row.instrument, row.scale))
        of = f"{people(row.n, row, safe.few)}{'*' if row.both_waves else ''} of " + (
            safe.few if to.is_missing(row.n_asked) else to.count(row.n_asked))
        return (
            *_named(evaluation, row, outcome), to.label(row.arm), to.label(row.wave), of,
            to.number(row.mean, digits), to.number(row.sd, digits),
            to.with_interval(row.median, row.q1, row.q3, digits),
            *(to.WITHHELD if few else to.percent(share) for share, few in (
                (row.floor_share, row.floor_share_suppressed),
                (row.ceiling_share, row.ceiling_share_suppressed))),
        )

    return TextTable(
        name="descriptives",
        title="Scores by arm and wave",
        head=(*_naming(outcome), "Arm", "Wave", "n of asked", "Mean", "SD",
              "Median (quartiles)", "At lowest", "At highest"),
        rows=rows_of(frame, cells),
        texts=2 + len(_naming(outcome)),
        notes=("At lowest, at highest: share of the people with a score who are at the lowest or "
               "highest score the scale allows.",
               *_descriptives_notes(frame, safe),
               *user_keys(evaluation, outcome[0] if outcome else None)),
    )


def estimates_text(
    evaluation: Evaluation, *, between: bool, outcome: tuple[str, str] | None = None,
    wave: str | None = None,
) -> TextTable:
    """The comparison of arms (`between`) or the change within them; of one outcome, one wave."""
    safe = shown(evaluation)
    frame = _of(safe.comparison if between else safe.change, outcome)
    frame = primary_first(frame, evaluation) if outcome is None else frame
    frame = frame if wave is None else frame[frame["wave"] == wave]
    several = not between or _several_treated(evaluation)
    tested = bool(frame["p"].notna().any())
    common, letters = footnotes(frame["note"])

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(evaluation.study.scale(row.instrument, row.scale))
        test = (to.number(row.df, 1), to.p_value(row.p), to.p_value(row.p_adjusted))
        return (
            *_named(evaluation, row, outcome),
            *((_contrast(row, evaluation, between),) if several else ()),
            *(() if wave else (to.label(row.wave),)), people(row.n, row, safe.few),
            _estimate(row, digits) + marks(row.note, letters),
            to.interval(row.low, row.high, digits), *(test if tested else test[:1]),
            to.with_interval(row.effect_size, row.effect_low, row.effect_high),
        )

    size = " / ".join(frame["effect_name"].dropna().unique()) or "Effect size"
    test = ("df", "p", "Adjusted p") if tested else ("df",)
    return TextTable(
        name="comparison" if between else "change",
        title=_estimates_title(evaluation, between, tested, wave),
        head=(*_naming(outcome), *(("Arms" if between else "Arm",) if several else ()),
              *(() if wave else ("Wave",)), "n", "Difference" if between else "Change",
              f"{to.percent(to.CONFIDENCE)} interval", *test, f"{size} (interval)"),
        rows=rows_of(frame, cells),
        texts=len(_naming(outcome)) + several + (wave is None),
        notes=(*common, *(f"{letter} {note}" for note, letter in letters.items()),
               *_model_note(frame), *_estimates_hidden(frame, safe),
               *user_keys(evaluation, outcome[0] if outcome else None)),
    )


def groups(evaluation: Evaluation) -> "GT":
    """How alike the members of a group are: variance between groups and ICC, by outcome."""
    return great_table(groups_text(evaluation))


def groups_text(evaluation: Evaluation, *, wave: str | None = None) -> TextTable:
    """Variance between groups and ICC of all waves, or of one."""
    safe = shown(evaluation)
    frame = primary_first(safe.groups, evaluation)
    frame = frame if wave is None else frame[frame["wave"] == wave]
    arms = evaluation.study.arms is not None

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(evaluation.study.scale(row.instrument, row.scale))
        return (
            scale_label(evaluation, row.instrument, row.scale),
            *((to.label(row.arm),) if arms else ()), *(() if wave else (to.label(row.wave),)),
            to.count(row.groups), people(row.people, row, safe.few),
            to.number(row.variance, digits),
            to.with_interval(row.icc, row.low, row.high),
        )

    return TextTable(
        name="groups",
        title=f"How alike the members of a group are{f' at {to.label(wave)}' if wave else ''}",
        head=("Scale", *(("Arm",) if arms else ()), *(() if wave else ("Wave",)), "Groups",
              "People", "Variance between groups", "ICC (interval)"),
        rows=rows_of(frame, cells), texts=1 + arms + (wave is None),
        notes=("ICC: share of the variance that lies between groups; profile-likelihood "
               f"{to.percent(to.CONFIDENCE)} interval. 0: the groups differ no more than by "
               "chance. With few groups the interval is wide: small values do not show that groups "
               "do not matter.", *hidden_note(frame, safe), *user_keys(evaluation)),
    )


def alternatives(evaluation: Evaluation) -> "GT":
    """The primary result as reported, and by other methods."""
    return great_table(alternatives_text(evaluation))


def alternatives_text(evaluation: Evaluation) -> TextTable:
    """One row a method; with several treated arms, one block an arm."""
    safe = shown(evaluation)
    frame = safe.alternatives
    several = _several_treated(evaluation)
    instrument, scale = evaluation.study.outcome
    digits = to.digits_of(evaluation.study.scale(instrument, scale))
    tested = bool(frame["p"].notna().any())

    def cells(row: Any) -> tuple[str, ...]:
        return (
            row.analysis, *((_contrast(row, evaluation, True),) if several else ()),
            people(row.n, row, safe.few), to.number(row.estimate, digits),
            to.number(row.se, digits),
            to.interval(row.low, row.high, digits), to.number(row.df, 1),
            *((to.p_value(row.p),) if tested else ()),
        )

    return TextTable(
        name="alternatives", title="The primary outcome by other methods",
        head=("Analysis", *(("Arms",) if several else ()), "n", "Difference"
              if evaluation.study.arms else "Change", "SE",
              f"{to.percent(to.CONFIDENCE)} interval", "df", *(("p",) if tested else ())),
        rows=rows_of(frame, cells), texts=1 + several,
        notes=("The first line is the result; the others show how much it depends on the method."
               + (" p is not adjusted." if tested else ""),
               *hidden_note(frame, safe), *user_keys(evaluation, instrument)),
    )


def effects_text(evaluation: Evaluation, *, primary: bool = False) -> TextTable:
    """Every effect size, or only those of the primary outcome at the primary wave."""
    safe = shown(evaluation)
    frame = primary_first(safe.effects, evaluation)
    if primary:
        outcome = frame["instrument"] + "." + frame["scale"] == evaluation.study.primary_outcome
        frame = frame[outcome & (frame["wave"] == evaluation.study.primary_wave)]

    def cells(row: Any) -> tuple[str, ...]:
        digits = to.digits_of(evaluation.study.scale(row.instrument, row.scale))
        return (
            scale_label(evaluation, row.instrument, row.scale),
            to.label(row.contrast).replace(" - ", f" {to.MINUS} "), row.effect_name,
            to.number(row.value), to.interval(row.low, row.high), to.number(row.sd_used, digits),
        )

    return TextTable(
        name="effects",
        title="Standardised differences, each under its own name",
        head=("Scale", "Contrast", "Effect size", "Value", f"{to.percent(to.CONFIDENCE)} interval",
              "SD used"),
        rows=rows_of(frame, cells),
        texts=3,
        notes=(*withheld_note(frame, "goes with its result", safe), *user_keys(evaluation)),
    )


def files_text(evaluation: Evaluation) -> TextTable:
    """Rows in and rows used, by file."""
    safe = shown(evaluation)
    frame = safe.data.files
    return TextTable(
        name="files",
        title="Rows read and used, by file",
        head=("Table", "File", "Rows in", "Rows used", "Left out"),
        rows=rows_of(frame, lambda row: (
            to.label(row.table), str(row.file), *(people(rows, row, to.WITHHELD) for rows in (
                row.rows_in, row.rows_used, row.rows_in - row.rows_used)),
        )),
        texts=2,
        notes=withheld_note(frame, "fewer than {} people at a wave or in an arm would "
                             "follow from it", safe),
    )


def left_out_text(evaluation: Evaluation) -> TextTable:
    """Every row that is not used, and why."""
    return TextTable(
        name="left_out",
        title="Rows left out, with the reason",
        head=("Table", "File", "Reason", "Rows"),
        rows=rows_of(evaluation.data.left_out, lambda row: (
            to.label(row.table), str(row.file), str(row.reason), to.count(row.rows),
        )),
        texts=3,
    )


def _of(frame: pd.DataFrame, outcome: tuple[str, str] | None) -> pd.DataFrame:
    if outcome is None:
        return frame
    return frame[(frame["instrument"] == outcome[0]) & (frame["scale"] == outcome[1])]


def _naming(outcome: tuple[str, str] | None) -> tuple[str, ...]:
    return () if outcome else ("Scale",)


def _named(evaluation: Evaluation, row: Any, outcome: object) -> tuple[str, ...]:
    return () if outcome else (scale_label(evaluation, row.instrument, row.scale),)


def _several_treated(evaluation: Evaluation) -> bool:
    arms = evaluation.study.arms
    return arms is not None and len(arms.treated) > 1


def _estimates_title(
    evaluation: Evaluation, between: bool, tested: bool, wave: str | None
) -> str:
    at = f" at {to.label(wave)}" if wave else ""
    untested = "" if tested else " (described, not tested)"
    arms = evaluation.study.arms
    if not between or arms is None:
        return f"Change since {to.label(evaluation.study.baseline)}{at}{untested}"
    who = "each arm" if _several_treated(evaluation) else to.label(arms.treated[0])
    contrast = f"{who} {to.MINUS} {to.label(arms.control)}"
    return f"Difference{at}, allowing for the baseline: {contrast}{untested}"


def _contrast(row: Any, evaluation: Evaluation, between: bool) -> str:
    arms = evaluation.study.arms
    if between and arms:
        return f"{to.label(row.arm)} {to.MINUS} {to.label(arms.control)}"
    return to.label(row.arm if arms else None)


def _descriptives_notes(frame: pd.DataFrame, safe: Shown) -> Iterator[str]:
    """What is hidden, what is not given of so few, and whom a row describes."""
    k = safe.smallest_cell
    yield from hidden_note(frame[frame["n"].isna()], safe)
    if frame[["floor_share_suppressed", "ceiling_share_suppressed"]].any(axis=None):
        yield (f"{to.WITHHELD}: fewer than {k} people at that end of the scale or short of it, or "
               f"a share of fewer than {2 * k} people.")
    there = frame[frame["n"] > 0]
    if there[["median", "q1"]].isna().any(axis=None):
        yield f"Medians are given from {2 * k} people on, quartiles from {4 * k} on."
    if frame["both_waves"].any():
        yield (f"*: those with a score at the baseline and at a later wave. Of fewer than {k} "
               "others, the scores would follow from the change.")


def _estimate(row: Any, digits: int) -> str:
    """The estimate, or that it is hidden though the people are not."""
    hidden = row.suppressed and to.is_missing(row.estimate) and not to.is_missing(row.n)
    return to.WITHHELD if hidden else to.number(row.estimate, digits)


def _estimates_hidden(frame: pd.DataFrame, safe: Shown) -> tuple[str, ...]:
    """The footnotes on small cells, and on results that would give away a few people."""
    gone = frame["suppressed"] & frame["estimate"].isna() & frame["n"].notna()
    return (*hidden_note(frame[~gone], safe), *withheld_note(
        frame[gone], "the answers of fewer than {} people, or everybody's change, would follow "
        "from it", safe))


def _model_note(frame: pd.DataFrame) -> tuple[str, ...]:
    """The footnote on n where a model used more people than have a score at the wave."""
    if not frame["method"].fillna("").str.startswith("mixed model").any():
        return ()
    return ("n: people with a score in the model, at whichever wave.",)
