"""What the scores look like at each wave: the table before any comparison."""

from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis.estimates import SAME, arms_of, cells, check_scores, people_asked
from balint_research.scoring.instrument import Scale
from balint_research.study.study import Study

_TEXT = ("instrument", "scale", "arm", "wave")
_COUNTS = ("n_asked", "n")
_NUMBERS = ("mean", "sd", "median", "q1", "q3", "floor_share", "ceiling_share")


def describe(
    scores: pd.DataFrame, study: Study, *, asked: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Descriptives of every scale the study uses, by arm and wave.

    One row an instrument, scale, arm and wave at which the instrument was given, also where
    nobody answered.

    Parameters
    ----------
    scores : long scores (`score_study`).
    study : what was planned.
    asked : people by ``arm wave`` in a column `people` (`flow`); without it everyone who appears
        in `scores` counts as asked at every wave.

    Returns
    -------
    Frame ``instrument scale arm wave n_asked n mean sd median q1 q3 floor_share ceiling_share``.
    `n` people have a score; quartiles interpolate linearly (type 7 of R ``quantile``); the floor
    and ceiling shares are the shares of the scored people at the lowest and highest possible
    score of the scale. The SD of one person and every figure of nobody are missing.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not.

    Notes
    -----
    Checked against R ``mean``, ``sd``, ``median`` and ``quantile(type = 7)``.
    """
    check_scores(scores, study)
    scored = scores[scores["value"].notna()].astype({"value": "float64"})
    nobody, by_cell = scored.iloc[:0], cells(scored, study)
    rows = [
        {
            "instrument": instrument, "scale": scale, "arm": arm, "wave": wave,
            "n_asked": people_asked(scores, asked, arm, wave),
            **_figures(by_cell.get((instrument, scale, wave, arm), nobody)["value"], key),
        }
        for instrument, use in study.instruments.items()
        for scale, key in use.key.scales.items()
        for arm in arms_of(study)
        for wave in study.waves
        if wave in use.waves
    ]
    frame = pd.DataFrame(rows, columns=[*_TEXT, *_COUNTS, *_NUMBERS])
    kinds = dict.fromkeys(_TEXT, "string") | dict.fromkeys(_COUNTS, "int64")
    return frame.astype(kinds | dict.fromkeys(_NUMBERS, "float64"))


def _figures(values: "pd.Series[float]", key: Scale) -> dict[str, Any]:
    low, high = key.range
    nobody = values.empty
    return {
        "n": len(values),
        "mean": values.mean(),
        "sd": values.std(),
        "median": values.median(),
        "q1": values.quantile(0.25),
        "q3": values.quantile(0.75),
        "floor_share": np.nan if nobody else (values <= low + SAME).mean(),
        "ceiling_share": np.nan if nobody else (values >= high - SAME).mean(),
    }
