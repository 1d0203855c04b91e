"""Between the arms: how much more did the treated change than the controls?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.change import Units, group_notes, person_changes, units_of
from balint_research.analysis.effect import (
    independent_yardsticks,
    pre_post_control_yardstick,
    rescaled_effects,
)
from balint_research.study.study import Study

Floats = np.ndarray[Any, np.dtype[np.float64]]

TWO_GROUPS = (
    "Warning: two groups cannot carry a test of the method apart from these two groups; the "
    "interval and the p value rest on very few degrees of freedom."
)
NO_GROUP_VARIANCE = (
    "The groups differ from each other no more than their members do: the estimated variance "
    "between groups is 0; the groups remain the units of the test all the same."
)
NO_SPREAD = (
    "The changes do not vary within either arm, so there is no spread to estimate an interval from."
)


@dataclass(frozen=True, slots=True)
class GroupVariance:
    """Variance between groups (tau2, never below 0), within groups, and their ICC."""

    between: float
    within: float
    icc: float


@dataclass(frozen=True, slots=True)
class _Contrast:
    """Complete pairs of a treated arm and of the control, with their units."""

    label: dict[str, Any]
    arms: tuple[str, str]
    pairs: tuple[pd.DataFrame, pd.DataFrame]
    units: tuple[Units, Units]


def compare_arms(
    scores: pd.DataFrame, study: Study, *, asked: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Difference in change since the baseline: each treated arm minus the control.

    Members of a Balint group share the group; controls share nothing. So the unit of an arm with
    groups is the mean change of a group (unweighted), the unit of an arm without groups is a
    person, and the two sets are compared by Welch's test:

        SE^2 = s_T^2 / k + s_C^2 / n_C
        df   = SE^4 / ((s_T^2 / k)^2 / (k - 1) + (s_C^2 / n_C)^2 / (n_C - 1))

    with s_T the SD of the k group means and s_C that of the n_C controls. With groups of equal
    size this is the partially nested model with unequal variances, fitted by REML, with
    Satterthwaite's df. Everybody counts in the arm as allocated.

    Parameters
    ----------
    scores : long scores (`score_study`).
    study : what was planned; without arms the result is empty.
    asked : people by ``arm wave`` in a column `people` (`flow`); without it everyone in `scores`.

    Returns
    -------
    `Estimates`, one row an outcome, later wave and treated arm (`arm`). `n` and `n_asked` count
    both arms; `n_groups` counts groups with scores. `effect_size` is smd: the difference
    divided by the pooled SD of the scores at that wave (not of the changes), with Hedges'
    correction; its interval is that of the estimate, rescaled.
    With one group in an arm that has groups the difference is shown and the test refused in
    `note`; with two, `note` warns.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not.

    Notes
    -----
    Checked against lme4 + lmerTest and nlme on a fixed partially nested data set (heteroscedastic
    model), and R ``t.test`` (Welch) on people and on group means.
    """
    return arm_results(scores, study, asked=asked)[0]


def arm_results(
    scores: pd.DataFrame, study: Study, *, asked: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `Estimates` of `compare_arms`, and the `Effects` that belong to them.

    `Effects` has every standardised difference in change, one row an outcome, later wave, treated
    arm and effect. smd divides by the pooled SD of the scores at that wave, glass_delta by the
    controls' SD there, d_ppc2 by the pooled pre-test SD (Morris 2008); all with Hedges'
    correction, n1 + n2 - 2 df (glass_delta n_control - 1).
    """
    rows, effects = [], []
    for contrast in _contrasts(scores, study, asked):
        result, notes = _difference(contrast)
        label = contrast.label
        effects += [{**label, **effect} for effect in result["effects"]]
        wave = label["wave"]
        higher_means = study.scale(label["instrument"], label["scale"]).higher_means
        rows.append({
            **label, **result,
            "n_asked": sum(est.people_asked(scores, asked, arm, wave) for arm in contrast.arms),
            "better": est.points_to_benefit(result["estimate"], higher_means),
            "note": " ".join(notes) or None,
        })
    return est.adjust(est.estimates_frame(rows), study), est.effects_frame(effects)


def group_variance(values: Any, groups: Any) -> GroupVariance:
    """Variance between and within groups from the mean squares, and the intraclass correlation.

    tau2 = (MSB - MSW) / m0, not below 0, with m0 = (N - sum m^2 / N) / (k - 1), the group size
    where all are equal. Missing with fewer than two groups or no group of two.

    Checked against lme4 and nlme on a fixed partially nested data set (equal groups).

    Examples
    --------
    >>> group_variance([1, 3, 5, 7], ["a", "a", "b", "b"])
    GroupVariance(between=7.0, within=2.0, icc=0.7777777777777778)
    """
    frame = pd.DataFrame({"value": np.asarray(values, dtype="float64"), "group": groups})
    frame = frame.dropna()
    by_group = frame.groupby("group", observed=True)["value"]
    sizes, n, k = by_group.size(), len(frame), by_group.ngroups
    if k < 2 or n == k:
        return GroupVariance(math.nan, math.nan, math.nan)
    means = by_group.transform("mean")
    within = float(((frame["value"] - means) ** 2).sum()) / (n - k)
    between_square = float(((means - frame["value"].mean()) ** 2).sum()) / (k - 1)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    between = max((between_square - within) / size, 0.0)
    both = between + within
    return GroupVariance(between, within, between / both if both > est.SAME**2 else math.nan)


def no_follow_up(arm: str) -> str:
    """Note: nobody of an arm has both scores."""
    return f"Nobody in arm '{arm}' has scores at both waves, so the arms cannot be compared."


def one_group(arm: str, groups: int) -> str:
    """Note, the refusal: an arm with groups of which fewer than two can be used."""
    if groups == 0:
        return (
            f"No group of arm '{arm}' has people with scores at both waves: the difference is "
            "shown and not tested."
        )
    return (
        f"Only one group of arm '{arm}' has people with scores at both waves, so the effect of the "
        "method and the effect of this one group cannot be told apart: the difference is shown and "
        "not tested."
    )


def one_person(arm: str) -> str:
    """Note: an arm without groups in which one person has both scores."""
    return (
        f"Only one person in arm '{arm}' has scores at both waves, so the difference cannot be "
        "tested."
    )


def _contrasts(
    scores: pd.DataFrame, study: Study, asked: pd.DataFrame | None
) -> Iterator[_Contrast]:
    """Every outcome, later wave and treated arm against the control."""
    changes = person_changes(scores, study)
    if study.arms is None:
        return
    control = study.arms.control
    nobody, changed = changes.iloc[:0], est.cells(changes, study)
    known = {arm: est.groups_of(scores, asked, arm) for arm in study.arms.all}
    for instrument, scale in est.outcomes(study):
        for wave in est.later_waves(study, instrument):
            for arm in study.arms.treated:
                label = {"instrument": instrument, "scale": scale, "wave": wave, "arm": arm,
                         "contrast": f"{arm} - {control}"}
                place = (instrument, scale, wave)
                pairs = (changed.get((*place, arm), nobody),
                         changed.get((*place, control), nobody))
                units = (units_of(pairs[0], known[arm]), units_of(pairs[1], known[control]))
                yield _Contrast(label, (arm, control), pairs, units)


def _difference(contrast: _Contrast) -> tuple[dict[str, Any], list[str]]:
    """Estimate, test and effects of one contrast, and what must be said about them."""
    treated, control = contrast.units
    result: dict[str, Any] = {
        "n": treated.people + control.people, "n_groups": treated.groups + control.groups,
        "estimate": math.nan, "effects": [],
    }
    absent = [no_follow_up(arm) for arm, units in _sides(contrast) if not units.people]
    if absent:
        return result, absent
    result["estimate"] = float(treated.changes.mean() - control.changes.mean())
    result["method"] = "difference in mean change, not tested"
    notes = [note for _, units in _sides(contrast) for note in group_notes(units)]
    refused = _refusals(contrast)
    if not refused:
        result |= _welch(treated.changes, control.changes)
        refused = [] if "se" in result else [NO_SPREAD]
    if "se" in result:
        result["method"] = _method(contrast)
        notes = [*_warnings(contrast), *notes]
    return result | _effects(contrast, result), list(dict.fromkeys([*refused, *notes]))


def _sides(contrast: _Contrast) -> Iterator[tuple[str, Units]]:
    return zip(contrast.arms, contrast.units, strict=True)


def _refusals(contrast: _Contrast) -> list[str]:
    """Why the difference must not be tested; empty where it may be."""
    refused = []
    for arm, units in _sides(contrast):
        if units.grouped and units.groups < 2:
            refused.append(one_group(arm, units.groups))
        elif len(units.changes) < 2:
            refused.append(one_person(arm))
    return refused


def _warnings(contrast: _Contrast) -> list[str]:
    warnings = [TWO_GROUPS] if any(units.groups == 2 for units in contrast.units) else []
    for own, units in zip(contrast.pairs, contrast.units, strict=True):
        if units.grouped and group_variance(own["change"], own["group"]).between == 0:
            warnings.append(NO_GROUP_VARIANCE)
    return warnings


def _welch(first: Floats, second: Floats) -> dict[str, float]:
    """Welch's test of two sets of units; nothing where neither varies."""
    estimate = float(first.mean() - second.mean())
    parts = [float(units.var(ddof=1)) / len(units) for units in (first, second)]
    se = math.sqrt(sum(parts))
    if max(float(np.ptp(first)), float(np.ptp(second))) <= est.SAME:
        return {}
    df = sum(parts) ** 2 / sum(
        part**2 / (len(units) - 1) for part, units in zip(parts, (first, second), strict=True)
    )
    low, high = est.t_interval(estimate, se, df)
    statistic = estimate / se
    return {"se": se, "df": df, "low": low, "high": high, "statistic": statistic,
            "p": est.t_p_value(statistic, df)}


def _method(contrast: _Contrast) -> str:
    treated, control = (units.grouped for units in contrast.units)
    if treated and control:
        return "Welch test on change: group means against group means"
    if treated:
        return "Welch test on change: treated group means against single controls"
    if control:
        return "Welch test on change: single treated people against control group means"
    return "Welch test on change, person by person"


def _effects(contrast: _Contrast, result: dict[str, Any]) -> dict[str, Any]:
    """The difference in SDs of the scores people have, not of their changes.

    The SD of changes shrinks as the two waves correlate, so the same difference would look larger
    in a study with a reliable measure and a short interval.
    """
    before = [own["pre"].to_numpy("float64") for own in contrast.pairs]
    after = [own["post"].to_numpy("float64") for own in contrast.pairs]
    span = (result["estimate"], result.get("low", math.nan), result.get("high", math.nan))
    yardsticks = [
        *independent_yardsticks(after[0], after[1]),
        pre_post_control_yardstick(before[0], before[1]),
    ]
    effects = rescaled_effects(*span, yardsticks).drop(columns="method").to_dict("records")
    smd = effects[0]
    return {"effects": effects, "effect_name": smd["effect_name"], "effect_size": smd["value"],
            "effect_low": smd["low"], "effect_high": smd["high"]}
