"""What each figure shows, in words and from the same numbers, for those who do not see it."""

import pandas as pd

from balint_research.evaluation import Evaluation
from balint_research.reporting import format as to
from balint_research.reporting.naming import primary_first, scale_label
from balint_research.reporting.small_cells import shown


def change(evaluation: Evaluation, instrument: str, scale: str) -> str:
    """The means by arm and wave of one outcome."""
    safe = shown(evaluation)
    frame = safe.descriptives
    frame = frame[(frame["instrument"] == instrument) & (frame["scale"] == scale)]
    digits = to.digits_of(evaluation.study.scale(instrument, scale))
    arms = []
    for arm, rows in frame.groupby("arm", dropna=False, sort=False):
        means = [f"{to.label(row.wave)} {_mean(row.mean, digits, row.n)}"
                 for row in to.records(rows)]
        arms.append(f"{to.sentence_case(to.label(arm))}: {', '.join(means)}.")
    drawn = "The mean" if safe.public else "One thin line a person and the mean"
    return (f"{scale_label(evaluation, instrument, scale)}. {drawn} "
            f"with its {to.percent(to.CONFIDENCE)} interval. Means: {' '.join(arms)}")


def comparison(evaluation: Evaluation) -> str:
    """Every comparison of arms at the primary wave, in effect sizes as the tables print them."""
    safe = shown(evaluation)
    frame = primary_first(safe.comparison, safe)
    frame = frame[(frame["wave"] == safe.study.primary_wave) & frame["effect_size"].notna()]
    results = [
        f"{scale_label(safe, row.instrument, row.scale)}, {to.label(row.arm)}: "
        f"{to.with_interval(row.effect_size, row.effect_low, row.effect_high)}"
        for row in to.records(frame)
    ]
    return (f"Standardised differences between the arms at {to.label(safe.study.primary_wave)}, "
            f"before they are turned so that right is better. {'; '.join(results)}.")


def flow(evaluation: Evaluation) -> str:
    """People asked and answering, by arm and wave."""
    safe = shown(evaluation)
    frame = safe.flow
    arms = []
    for arm, rows in frame.groupby("arm", dropna=False, sort=False):
        waves = [f"{to.label(row.wave)} {_of(row.answered, row.asked, safe.few)}"
                 for row in to.records(rows)]
        arms.append(f"{to.sentence_case(to.label(arm))}: {', '.join(waves)}.")
    return f"People who answered, of those asked. {' '.join(arms)}"


def attendance(evaluation: Evaluation) -> str:
    """Share of places taken, by group."""
    frame = shown(evaluation).attendance
    frame = frame[frame["share"].notna()]
    groups = [f"{to.label(row.group)} {to.percent(row.share)}" for row in to.records(frame)]
    return f"Share of the offered places that was taken, by group: {', '.join(groups)}."


def completeness(evaluation: Evaluation) -> str:
    """The range of shares with a score, and where the lowest is."""
    frame = shown(evaluation).completeness
    known = frame[frame["scored"].notna() & (frame["answered"] > 0)]
    if known.empty:
        return "Share of people with a score: nothing can be shown."
    share = (known["scored"] / known["answered"]).astype(float)
    row = known.iloc[int(share.to_numpy().argmin())]
    return ("Share of those who answered with a score, by scale, arm and wave: from "
            f"{to.percent(share.min())} "
            f"({scale_label(evaluation, row['instrument'], row['scale'])}, "
            f"{to.label(row['arm'])}, "
            f"{to.label(row['wave'])}) to {to.percent(share.max())}.")


def _mean(mean: float, digits: int, n: float) -> str:
    return "not shown" if pd.isna(mean) else f"{to.number(mean, digits)} (n = {to.count(n)})"


def _of(answered: float, asked: float, few: str) -> str:
    said = [few if pd.isna(number) else to.count(number) for number in (answered, asked)]
    return " of ".join(said)
