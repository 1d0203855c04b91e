"""Between the arms: how far apart are treated and controls, and how sure can we be?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.arm_models import ArmModel, arm_models, group_variances
from balint_research.analysis.effect import (
    independent_yardsticks,
    pre_post_control_yardstick,
    rescaled_effects,
)
from balint_research.analysis.mixed.degrees import Df
from balint_research.analysis.model_contrast import How, model_contrast, untested
from balint_research.analysis.words import (
    UNEVEN_BASELINE,
    empty_groups,
    no_clusters,
    no_follow_up,
    one_group,
    one_person,
    people_alone,
)
from balint_research.errors import AnalysisError
from balint_research.study.study import Study


@dataclass(frozen=True, kw_only=True)
class ArmResults:
    """`Estimates`, `Effects`, and the variances between groups (`group_variances`)."""

    models: tuple[ArmModel, ...]
    estimates: pd.DataFrame
    effects: pd.DataFrame
    groups: pd.DataFrame


def compare_arms(
    scores: pd.DataFrame,
    study: Study,
    *,
    asked: pd.DataFrame | None = None,
    participants: pd.DataFrame | None = None,
    df: Df = "kenward_roger",
    drop_zero: bool = True,
    by_arm: bool = True,
) -> pd.DataFrame:
    """Each treated arm against the control, by the model that the declared design calls for.

    Members of a Balint group share the group; controls share nothing. A mixed model (REML) with a
    random effect of the group at the waves after the baseline carries that, and Kenward-Roger's
    degrees of freedom carry that the groups are few.

    * ``individually_randomised``: every wave is an outcome; the arms share their mean at the
      baseline, where allocation cannot have acted. An arm with groups has a group effect of its
      own, and with two later waves or more group x wave. Everybody with any score is used.
    * ``cluster_randomised``: the same, with one variance of the clusters in all arms.
    * ``controlled``: the waves after the baseline, adjusted for the baseline score (x wave): people
      were not allocated by chance, so each arm has a baseline of its own.

    The residual is unstructured over waves, by arm; where people are too few or the search does
    not end: unstructured, heterogeneous compound symmetry, compound symmetry. `method` names what
    was fitted. Covariates that the study declares enter x wave. Everybody counts in the arm as
    allocated; each treated arm has a model of its own with the control.

    Parameters
    ----------
    scores : long scores (`score_study`).
    study : what was planned; without arms the result is empty.
    asked : people by ``arm wave`` in a column `people` (`flow`); without it everyone in `scores`.
    participants : frame with `participant` and the covariates that the study declares.
    df : ``kenward_roger``, ``satterthwaite`` or ``cr2`` (clusters: groups, and people without one).
    drop_zero : variances estimated at 0 count as known for the df; False keeps them (pbkrtest).
    by_arm : whether residual covariances may differ between the arms.

    Returns
    -------
    `Estimates`, one row an outcome, later wave and treated arm (`arm`). `estimate` is treated -
    control at the wave, given the baseline as above. `n` counts the people of both arms in the
    model, `n_groups` the groups with scores at the wave. `effect_size` is smd: the difference
    divided by the pooled SD of the scores at that wave, with Hedges' correction; its interval is
    that of the estimate, rescaled. `note` says on how many people, groups and rows the model was
    fitted, and what lies at the boundary.

    One group in an arm with groups: the difference is shown, the test refused. Two: interval by CR2
    with its df, no p value. Two clusters an arm (cluster-randomised): tested, with a warning.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not; a
        declared covariate is not given.

    Notes
    -----
    The engine is checked at `fit_gaussian` and `contrasts`. Fitted to balanced changes it gives the
    closed form, Welch's test of group means against single controls, on a fixed data set also had
    with nlme and lme4. Type I error and coverage by simulation: ``benchmarks/few_groups.csv``.

    References
    ----------
    Liang KY, Zeger SL. Sankhya B 2000;62:134-148 (common mean at the baseline). Candlish J et al.
    BMC Med Res Methodol 2018;18:105. Kenward MG, Roger JH. Biometrics 1997;53:983-997.

    Examples
    --------
    >>> import balint_research as br
    >>> study = br.read_study(br.example("balint_cohort"))
    >>> scores = br.score_study(study, br.read_data(study))
    >>> primary = scores[scores["scale"] == "emotional_exhaustion"]
    >>> row = compare_arms(primary, study).iloc[0]
    >>> print(row["contrast"], row["wave"], row["n_groups"], sep=", ")
    balint - waitlist, month6, 6
    >>> row["method"].split(", ")[0]
    'mixed model (REML): common mean at the baseline'
    """
    models = arm_models(scores, study, asked=asked, participants=participants, by_arm=by_arm)
    rows, _ = _rows(list(models), study, scores, asked, How(df=df, drop_zero=drop_zero))
    return est.adjust(est.estimates_frame(rows), study)


def arm_results(
    scores: pd.DataFrame, study: Study, *, asked: pd.DataFrame | None = None,
    participants: pd.DataFrame | None = None,
) -> ArmResults:
    """The `Estimates` of `compare_arms`, and what belongs to them.

    `effects` has every standardised difference, one row an outcome, later wave, treated arm and
    effect: smd divides by the pooled SD of the scores at that wave, glass_delta by the controls' SD
    there, d_ppc2 by the pooled SD at the baseline (Morris 2008); all with Hedges' correction.
    """
    models = tuple(arm_models(scores, study, asked=asked, participants=participants))
    rows, effects = _rows(models, study, scores, asked, How())
    return ArmResults(models=models, estimates=est.adjust(est.estimates_frame(rows), study),
                      effects=est.effects_frame(effects), groups=group_variances(models))


def contrast_row(
    own: ArmModel, study: Study, wave: str, how: How, *, scores: pd.DataFrame,
    asked: pd.DataFrame | None, weights: Mapping[str, float] | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A row of `Estimates` at a wave and its effects; `weights` for another contrast."""
    result, notes = _result(own, wave, how, weights)
    effects = _effects(own, wave, result)
    smd = effects[0] if effects else {}
    treated, control = own.sides
    higher_means = study.scale(own.instrument, own.scale).higher_means
    return {
        "instrument": own.instrument, "scale": own.scale, "wave": wave, "arm": treated,
        "contrast": f"{treated} - {control}", **result,
        "n": own.layout.people, "n_groups": sum(own.at(arm, wave).groups for arm in own.sides),
        "n_asked": sum(est.people_asked(scores, asked, arm, wave) for arm in own.sides),
        "effect_name": smd.get("effect_name"), "effect_size": smd.get("value"),
        "effect_low": smd.get("low"), "effect_high": smd.get("high"),
        "better": est.points_to_benefit(result["estimate"], higher_means),
        "note": " ".join(dict.fromkeys(notes)) or None,
    }, effects


def _rows(
    models: Sequence[ArmModel], study: Study, scores: pd.DataFrame, asked: pd.DataFrame | None,
    how: How,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `Estimates` and `Effects`: outcome by outcome, wave by wave, arm by arm."""
    rows, effects = [], []
    for outcome in est.outcomes(study):
        of_outcome = [own for own in models if (own.instrument, own.scale) == outcome]
        for wave in est.later_waves(study, outcome[0]):
            for own in of_outcome:
                row, more = contrast_row(own, study, wave, how, scores=scores, asked=asked)
                rows.append(row)
                label = {name: row[name]
                         for name in ("instrument", "scale", "wave", "arm", "contrast")}
                effects += [{**label, **effect} for effect in more]
    return rows, effects


def _result(
    own: ArmModel, wave: str, how: How, weights: Mapping[str, float] | None
) -> tuple[dict[str, Any], list[str]]:
    """Estimate, and test where the design and the number of groups allow one."""
    absent = [no_follow_up(arm, wave) for arm in own.sides if not own.at(arm, wave).people]
    if absent:
        return {"estimate": math.nan}, absent
    refused = _refusals(own, wave)
    try:
        result, notes = model_contrast(
            own.model, weights or {f"effect_{own.layout.waves.index(wave)}": 1.0}, how,
            two=two_groups(own, wave), clusters=own.design == "cluster_randomised")
    except AnalysisError as error:
        why = [str(error)] if own.model.fit else own.model.notes
        return _described(own, wave), [*refused, *why]
    if refused:
        result, notes = untested(own.model, result["estimate"], *refused)
    return result, [*notes, *_told(own, wave)]


def _refusals(own: ArmModel, wave: str) -> list[str]:
    """Why the difference must not be tested; empty where it may be."""
    refused = []
    for arm in own.sides:
        if own.known[arm]:
            groups = own.at(arm, wave).groups
            refused += [one_group(arm, groups)] if groups < 2 else []
        elif own.design == "cluster_randomised":
            refused.append(no_clusters(arm))
        elif own.at(arm, wave).people < 2:
            refused.append(one_person(arm))
    return refused


def two_groups(own: ArmModel, wave: str) -> bool:
    """Whether an arm with groups has two of them at this wave."""
    return any(own.known[arm] and own.at(arm, wave).groups == 2 for arm in own.sides)


def _told(own: ArmModel, wave: str) -> list[str]:
    """Who stands apart, how uneven the arms were, and what the model says of itself."""
    notes: list[str] = []
    for arm in own.sides:
        alone = own.at(arm, wave).alone
        empty = own.known[arm] - own.at(arm, wave).groups if own.known[arm] else 0
        notes += [people_alone(arm, alone)] if alone else []
        notes += [empty_groups(arm, empty)] if empty > 0 else []
    if own.design == "controlled":
        notes += _imbalance(own)
    return [*notes, *own.model.notes]


def _imbalance(own: ArmModel) -> list[str]:
    """How far apart the arms were at the baseline, in SDs."""
    before = _scores_at(own, own.baseline)
    if min(len(values) for values in before) < 2:
        return []
    difference = float(before[0].mean() - before[1].mean())
    smd = rescaled_effects(difference, math.nan, math.nan,
                           independent_yardsticks(*before)[:1])["value"][0]
    return [] if math.isnan(smd) else [UNEVEN_BASELINE.format(size=smd)]


def _described(own: ArmModel, wave: str) -> dict[str, Any]:
    """The difference in mean change where no model can be fitted."""
    pre = own.scores[own.scores["wave"] == own.baseline].set_index("participant")["value"]
    post = own.scores[own.scores["wave"] == wave].set_index("participant")
    change = (post["value"] - pre).dropna()
    arms = own.scores.drop_duplicates("participant").set_index("participant")["arm"]
    means = change.astype("float64").groupby(arms.reindex(change.index)).mean()
    if not set(own.sides) <= set(means.index):
        return {"estimate": math.nan}
    return {"estimate": float(means[own.sides[0]] - means[own.sides[1]]),
            "method": "difference in mean change, not tested"}


def _effects(own: ArmModel, wave: str, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The difference in SDs of the scores people have, not of their changes.

    The SD of changes shrinks as the two waves correlate, so the same difference would look larger
    in a study with a reliable measure and a short interval.
    """
    if math.isnan(result["estimate"]):
        return []
    before, after = _scores_at(own, own.baseline), _scores_at(own, wave)
    span = (result["estimate"], result.get("low", math.nan), result.get("high", math.nan))
    yardsticks = [*independent_yardsticks(*after), pre_post_control_yardstick(*before)]
    frame = rescaled_effects(*span, yardsticks).drop(columns="method")
    return [{str(name): value for name, value in row.items()}
            for row in frame.to_dict("records")]


def _scores_at(own: ArmModel, wave: str) -> tuple[Any, Any]:
    """The scores of both arms at a wave."""
    at = own.scores[own.scores["wave"] == wave]
    treated, control = (at.loc[at["arm"] == arm, "value"].to_numpy(dtype="float64")
                        for arm in own.sides)
    return treated, control
