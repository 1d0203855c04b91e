"""The two result frames every analysis returns, and what all analyses agree on.

`Estimates` holds one row a contrast, `Effects` one row a standardised difference. Nothing here
is rounded; missing text is `pd.NA`, a missing number is NaN.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from balint_research.errors import AnalysisError
from balint_research.scoring.instrument import HigherMeans
from balint_research.study.study import Study

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

CONFIDENCE = 0.95

# Scores move in steps of at least 1 / (items x answered); anything closer than this is the same
# score, written differently by floating-point arithmetic.
SAME = 1e-9

_ESTIMATES = {
    "instrument": "string", "scale": "string", "contrast": "string", "wave": "string",
    "estimate": "float64", "se": "float64", "df": "float64", "low": "float64", "high": "float64",
    "statistic": "float64", "p": "float64", "p_adjusted": "float64",
    "n": "int64", "n_asked": "int64", "n_groups": "int64",
    "effect_size": "float64", "effect_low": "float64", "effect_high": "float64",
    "effect_name": "string", "better": "boolean", "method": "string", "note": "string",
    "arm": "string",
}
_EFFECTS = {
    "instrument": "string", "scale": "string", "contrast": "string", "wave": "string",
    "arm": "string", "effect_name": "string", "value": "float64", "low": "float64",
    "high": "float64", "sd_used": "float64",
}
_MAY_BE_MISSING = {"method", "note", "arm", "effect_name", "better"}
_SHARES = {"p", "p_adjusted"}
_SCORES = ("participant", "wave", "arm", "group", "instrument", "scale", "value")

if TYPE_CHECKING:
    ESTIMATES: DataFrameSchema
    EFFECTS: DataFrameSchema
else:

    def __getattr__(name: str) -> Any:  # pandera costs half a second: only when it is asked for
        columns = {"ESTIMATES": _ESTIMATES, "EFFECTS": _EFFECTS}.get(name)
        if columns is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _schema(name)


def estimates_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as an `Estimates` frame; what a row does not say is missing.

    Examples
    --------
    >>> estimates_frame([]).columns[:4].tolist()
    ['instrument', 'scale', 'contrast', 'wave']
    """
    return _checked("ESTIMATES", rows)


def effects_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as an `Effects` frame; what a row does not say is missing."""
    return _checked("EFFECTS", rows)


def outcomes(study: Study) -> list[tuple[str, str]]:
    """(instrument, scale) of every outcome of the study, the primary one first.

    An outcome is a scale that is neither secondary nor a yes/no criterion, of an instrument given
    at the baseline and at least one later wave. A cross-sectional study has no change, hence none.
    """
    if study.design == "cross_sectional":
        return []
    found = [
        (instrument, scale)
        for instrument, use in study.instruments.items()
        if later_waves(study, instrument)
        for scale, key in use.key.scales.items()
        if not key.secondary and key.score != "criteria"
    ]
    return sorted(found, key=lambda outcome: ".".join(outcome) != study.primary_outcome)


def later_waves(study: Study, instrument: str) -> list[str]:
    """Waves after the baseline at which the instrument is given; none if not given at baseline."""
    given = study.instruments[instrument].waves
    after = study.waves[study.waves.index(study.baseline) + 1:]
    return [wave for wave in after if wave in given] if study.baseline in given else []


def arms_of(study: Study) -> tuple[str | None, ...]:
    """The arms in order, or one nameless arm where the study has none."""
    return study.arms.all if study.arms else (None,)


def check_scores(scores: pd.DataFrame, study: Study) -> None:
    """Refuse scores that cannot be paired: columns or arms missing, a person twice at a wave."""
    absent = [column for column in _SCORES if column not in scores.columns]
    if absent:
        raise AnalysisError(
            f"The scores lack the column{_s(absent)} {', '.join(absent)}. "
            "Use the frame that score_study returns."
        )
    twice = int(scores.duplicated(["participant", "wave", "instrument", "scale"]).sum())
    if twice:
        raise AnalysisError(
            f"{twice} row{'s' if twice != 1 else ''} of the scores repeat a participant, wave and "
            "scale. "
            "Keep one row of each: `duplicate_rows` under [resolve] in study.toml says which."
        )
    if study.arms and not scores["arm"].isin(study.arms.all).all():
        others = int(scores.loc[~scores["arm"].isin(study.arms.all), "participant"].nunique())
        raise AnalysisError(
            f"{others} participant{'s' if others != 1 else ''} of the scores belong to no arm of "
            f"the study. Allowed: {', '.join(study.arms.all)}. Correct the arm column, or map its "
            "values under [values.arm] in study.toml."
        )


def in_arm(frame: pd.DataFrame, arm: str | None) -> pd.DataFrame:
    """Rows of one arm; every row where the study has no arms."""
    return frame if arm is None else frame[(frame["arm"] == arm).fillna(False)]


def cells(frame: pd.DataFrame, study: Study) -> dict[tuple[Hashable, ...], pd.DataFrame]:
    """The rows of each (instrument, scale, wave, arm) that has any; no arms: the arm is None."""
    key = ["instrument", "scale", "wave"]
    return {
        (*of, arm): rows
        for arm in arms_of(study)
        for of, rows in in_arm(frame, arm).groupby(key, observed=True)
    }


def groups_of(scores: pd.DataFrame, asked: pd.DataFrame | None, arm: str | None) -> int:
    """Groups of an arm as allocated (`flow`), else those that appear in the scores."""
    if asked is None or "groups" not in asked:
        return int(in_arm(scores, arm)["group"].nunique())
    groups = in_arm(asked, arm)["groups"]
    return int(groups.max()) if len(groups) else 0


def people_asked(
    scores: pd.DataFrame, asked: pd.DataFrame | None, arm: str | None, wave: str
) -> int:
    """People of an arm asked at a wave: from the flow (``arm wave people``), else all scored."""
    if asked is None:
        return int(in_arm(scores, arm)["participant"].nunique())
    return int(in_arm(asked[asked["wave"] == wave], arm)["people"].sum())


def t_interval(estimate: float, se: float, df: float) -> tuple[float, float]:
    """Two-sided interval of an estimate by Student's t at `CONFIDENCE`."""
    from scipy.special import stdtrit

    reach = float(stdtrit(df, (1 + CONFIDENCE) / 2)) * se
    return estimate - reach, estimate + reach


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p of Student's t; fractional df are allowed."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(statistic)))


def points_to_benefit(estimate: float, higher_means: HigherMeans) -> bool | None:
    """Whether the estimate points to benefit; None for a neutral scale, no estimate, or zero.

    Examples
    --------
    >>> points_to_benefit(-3.0, "worse")
    True
    >>> points_to_benefit(-3.0, "neutral") is None
    True
    """
    if higher_means == "neutral" or not abs(estimate) > SAME:
        return None
    return (estimate > 0) == (higher_means == "better")


def adjust(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Fill `p_adjusted` by Holm, separately for the primary contrasts and all the others.

    The primary contrasts are those of the primary outcome at the primary wave: one for each
    treated arm, adjusted together. Every other tested row belongs to the second family. A row
    without p stays without. Checked against R ``p.adjust(method = "holm")``.
    """
    name = frame["instrument"] + "." + frame["scale"]
    primary = (name == study.primary_outcome) & (frame["wave"] == study.primary_wave)
    adjusted = pd.Series(np.nan, index=frame.index, dtype="float64")
    for family in (primary, ~primary):
        tested = frame.index[(family & frame["p"].notna()).astype(bool)]
        adjusted.loc[tested] = holm(frame.loc[tested, "p"].to_numpy())
    return frame.assign(p_adjusted=adjusted)


def holm(p_values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
    """Holm-adjusted p values, in the order given (statsmodels ``multipletests``)."""
    if p_values.size == 0:
        return p_values
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(p_values, method="holm")[1])


def _checked(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    columns = _ESTIMATES if name == "ESTIMATES" else _EFFECTS
    missing: dict[str, Any] = {"string": pd.NA, "boolean": pd.NA, "float64": np.nan}
    frame = pd.DataFrame(
        {
            column: pd.Series(
                [missing[kind] if row.get(column) is None and kind in missing else row[column]
                 for row in rows],
                dtype=kind,
            )
            for column, kind in columns.items()
        }
    )
    return _schema(name).validate(frame)


@cache
def _schema(name: str) -> "DataFrameSchema":
    import pandera.pandas as pa

    columns = _ESTIMATES if name == "ESTIMATES" else _EFFECTS
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                pd.api.types.pandas_dtype(kind),
                pa.Check.in_range(0, 1) if column in _SHARES else None,
                nullable=kind == "float64" or column in _MAY_BE_MISSING,
            )
            for column, kind in columns.items()
        },
        strict=True,
        ordered=True,
        name=name.title(),
    )


def _s(things: Sequence[object]) -> str:
    return "s" if len(things) != 1 else ""
