"""Outcomes as a reader knows them, the primary one first."""

import pandas as pd

from balint_research.evaluation import Evaluation
from balint_research.reporting import format as to


def primary_first(frame: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """The rows of the primary outcome before all others, otherwise in their order."""
    is_primary = (frame["instrument"] + "." + frame["scale"]) == evaluation.study.primary_outcome
    return pd.concat([frame[is_primary], frame[~is_primary]])


def outcomes_of(evaluation: Evaluation) -> list[tuple[str, str]]:
    """(instrument, scale) of every outcome that was compared over time, the primary one first."""
    pairs = primary_first(evaluation.change, evaluation)[["instrument", "scale"]]
    return [(str(one), str(two)) for one, two in pairs.drop_duplicates().to_numpy()]


def scale_label(evaluation: Evaluation, instrument: str, scale: str) -> str:
    """Scale and instrument as a reader knows them, e.g. ``MBI-HSS: Emotional exhaustion``."""
    key = evaluation.study.instruments[instrument].key
    return f"{key.label}: {key.scales[scale].name}"


def user_keys(evaluation: Evaluation, instrument: str | None = None) -> tuple[str, ...]:
    """The note that says whose key it is, where a key (of `instrument`) is the user's own."""
    own = [use.key.label for name, use in evaluation.study.instruments.items()
           if use.key.from_user and instrument in (None, name)]
    return (f"Key supplied by the user: {to.listed(own)}.",) if own else ()
