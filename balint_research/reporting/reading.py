"""What a result says, in one fixed sentence for each kind of result.

The direction of benefit comes from the instrument's key, never from a sign; a difference is called
clear only when its interval leaves out zero and its adjusted p value agrees; a wide interval is
never read as "no effect". Nothing here speaks of causes: that is a matter of the design, and the
limits say it.
"""

import re
from collections.abc import Mapping
from typing import Any

from balint_research.analysis.words import FITTED_ON, TWO_CLUSTERS, TWO_GROUPS
from balint_research.reporting import format as to
from balint_research.scoring.instrument import Scale

LEVEL = 0.05
# Share at the best possible score from which a scale is said to have a ceiling: Terwee CB et al.,
# J Clin Epidemiol 2007;60:34-42 ("more than 15 %"; the boundary itself does not count).
CEILING_SHARE = 0.15
# With few pairs the interval is that of the mean and the p value that of the ranks.
RANKS_DISAGREE = (
    "The interval of the mean change includes zero, while the test of the ranks has p below "
    f"{LEVEL}: most people changed in one direction, and a few large changes make the mean "
    "uncertain; a hint, not a finding."
)


def read_result(
    row: Mapping[str, Any],
    scale: Scale,
    *,
    baseline: str,
    control: str | None = None,
    at_best: float | None = None,
    name: str | None = None,
    alone: bool = False,
    smallest_cell: int | None = None,
) -> str:
    """One result as a person would say it: what was seen, how sure, and which way is better.

    Parameters
    ----------
    row : a row of `Estimates`.
    scale : the key of the scale, for its name and direction.
    baseline : name of the baseline wave.
    control : the control arm where the row compares two arms; None for a change within one.
    at_best : share of people at the best possible score at the baseline, if known.
    name : what to call the outcome; the scale's own name if not given.
    alone : whether this result is adjusted with no other, so that its adjusted p is its p.
    smallest_cell : the fewest people of which anything is told, where the row was suppressed.

    Returns
    -------
    str : the finding; its reading (benefit, disadvantage, unsettled, neutral, refused,
        described); with two groups or clusters, how little these can tell; and, above 15 % of
        people at the best score, the ceiling.

    Examples
    --------
    >>> scale = Scale(name="Empathy", items=(1, 2), score="sum", range=(2, 14),
    ...               higher_means="better")
    >>> row = {"wave": "month6", "arm": "balint", "estimate": 1.5, "low": 0.5, "high": 2.5,
    ...        "p": 0.004, "p_adjusted": 0.012, "n": 80, "n_asked": 92, "note": None}
    >>> print(read_result(row, scale, baseline="start", control="waitlist"))
    Empathy at month6: allowing for scores at start, the difference balint − waitlist was 1.50 \
points (95 % interval 0.50 to 2.50; p = 0.004, adjusted p = 0.012; n = 80 of 92 asked). Higher \
scores are better: this favours balint, and the interval leaves out zero.
    """
    outcome = f"{name or scale.name} at {to.label(row['wave'])}"
    if to.is_missing(row["estimate"]):
        return f"{outcome}: {_nothing_shown(row, smallest_cell)}"
    certainty = "; ".join(_certainty(row, to.digits_of(scale), alone))
    parts = [f"{outcome}: {_finding(row, scale, baseline, control)} ({certainty}).",
             _meaning(row, scale, control), *_few(row)]
    if at_best is not None and not to.is_missing(at_best) and at_best > CEILING_SHARE:
        arm = "" if to.is_missing(row.get("arm")) else f" of {to.label(row['arm'])}"
        parts.append(
            f"At {to.label(baseline)} {to.percent(at_best)}{arm} were already at the best possible "
            "score, which leaves little room to improve."
        )
    return " ".join(parts)


def _finding(row: Mapping[str, Any], scale: Scale, baseline: str, control: str | None) -> str:
    """What was seen."""
    digits = to.digits_of(scale)
    points = f"{to.number(row['estimate'], digits)} points"
    if control is not None:
        return (f"allowing for scores at {to.label(baseline)}, the difference "
                f"{to.label(row['arm'])} {to.MINUS} {to.label(control)} was {points}")
    arm = "" if to.is_missing(row.get("arm")) else f" in {to.label(row['arm'])}"
    return f"the mean change since {to.label(baseline)}{arm} was {points}"


def _certainty(row: Mapping[str, Any], digits: int, alone: bool) -> list[str]:
    """Interval, p and n, the interval first."""
    parts = []
    if not to.is_missing(row["low"]):
        inside = to.interval(row["low"], row["high"], digits)
        parts.append(f"{to.percent(to.CONFIDENCE)} interval {inside}")
    if not to.is_missing(row["p"]):
        adjusted = row["p_adjusted"]
        words = to.p_equals(row["p"])
        parts.append(words if alone or to.is_missing(adjusted)
                     else f"{words}, {to.p_equals(adjusted, 'adjusted p')}")
    parts.append(f"n = {to.count(row['n'])} of {to.count(row['n_asked'])} asked")
    return parts


def _meaning(row: Mapping[str, Any], scale: Scale, control: str | None) -> str:
    """The reading: refused, neutral, unsettled, clear or no more than a hint, in this order."""
    if to.is_missing(row["low"]):
        return _refused(row)
    beyond = row["low"] > 0 or row["high"] < 0
    if scale.higher_means == "neutral":
        zero = "leaves out" if beyond else "includes"
        return ("The key names no better direction for this scale, so the difference is called "
                f"neither a benefit nor a disadvantage; the interval {zero} zero.")
    if not beyond:
        by_ranks = control is None and _p(row) < LEVEL
        return RANKS_DISAGREE if by_ranks else _unsettled(row, scale, control)
    return f"{_direction(scale)}: {_favours(row, scale, control)}, {_clear_or_hint(row)}."


def _direction(scale: Scale) -> str:
    return f"{'Higher' if scale.higher_means == 'better' else 'Lower'} scores are better"


def _favours(row: Mapping[str, Any], scale: Scale, control: str | None) -> str:
    good = (row["estimate"] > 0) == (scale.higher_means == "better")
    if control is None:
        return "this is an improvement" if good else "this is a deterioration"
    return f"this favours {to.label(row['arm'] if good else control)}"


def _p(row: Mapping[str, Any]) -> float:
    """The adjusted p value where there is one, else p; 1 where nothing was tested."""
    p = row["p"] if to.is_missing(row["p_adjusted"]) else row["p_adjusted"]
    return 1.0 if to.is_missing(p) else float(p)


def _clear_or_hint(row: Mapping[str, Any]) -> str:
    if to.is_missing(row["p"]):
        return "and the interval leaves out zero; it describes and is not a test"
    if _p(row) < LEVEL:
        return "and the interval leaves out zero"
    name = "p value" if to.is_missing(row["p_adjusted"]) else "adjusted p value"
    return (f"and the interval leaves out zero, but the {name} is not below "
            f"{to.number(LEVEL)}: a hint, not a finding")


def _unsettled(row: Mapping[str, Any], scale: Scale, control: str | None) -> str:
    """An interval over zero: how far the truth may lie on either side."""
    digits = to.digits_of(scale)
    best, worst = ((row["high"], -row["low"]) if scale.higher_means == "better"
                   else (-row["low"], row["high"]))
    better, worse = (("improvement", "deterioration") if control is None
                     else ("benefit", "disadvantage"))
    who = "" if control is None else f" for {to.label(row['arm'])}"
    return (f"The interval includes zero: it reaches from {_article(better)} {better} of "
            f"{to.number(best, digits)} to {_article(worse)} {worse} of "
            f"{to.number(worst, digits)} points{who}, so these data show neither a difference "
            "nor that there is none.")


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _refused(row: Mapping[str, Any]) -> str:
    """No interval, and the reason as the analysis gives it."""
    note = "" if to.is_missing(row["note"]) else str(row["note"])
    why = re.sub(rf"{FITTED_ON} [^.]*\. ?", "", note)   # n says it
    return f"No interval is given. {why}".rstrip()


def _few(row: Mapping[str, Any]) -> list[str]:
    """What two groups or clusters forbid, where an interval could be read as a test."""
    if to.is_missing(row["low"]) or to.is_missing(row["note"]):
        return []
    return [sentence for sentence in (TWO_GROUPS, TWO_CLUSTERS) if sentence in str(row["note"])]


def _nothing_shown(row: Mapping[str, Any], smallest_cell: int | None) -> str:
    if row.get("suppressed"):
        few = "too few" if smallest_cell is None else f"fewer than {smallest_cell}"
        return f"not shown, because {few} people would be described or would follow from it."
    why = "" if to.is_missing(row["note"]) or not row["note"] else f": {row['note'].rstrip('.')}"
    return f"no result{why}."
