"""Change within people: every later wave minus the baseline."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.arm_models import GROUPS, group_variance
from balint_research.analysis.effect import paired_effects, paired_yardsticks, rescaled_effects
from balint_research.analysis.group_model import GroupModel, fitted_model, model_icc
from balint_research.analysis.layouts import wave_layout
from balint_research.analysis.mixed.degrees import Df
from balint_research.analysis.model_contrast import How, model_contrast
from balint_research.analysis.signed_rank import wilcoxon_signed_rank
from balint_research.analysis.words import empty_groups, people_alone
from balint_research.study.study import Study

EXACT_BELOW = 20  # pairs: with fewer, the exact test does not lean on a normal distribution

DESCRIBED_ONLY = (
    "The change within one arm is described and not tested: the comparison between the arms is "
    "the test."
)
NOT_TESTED = "The change is described and not tested, as was asked for."
TOO_FEW = (
    "Fewer than two people have scores at both waves, so a change cannot be estimated."
)
NOBODY_CHANGED = "Nobody's score changed, so there is no spread to estimate an interval from."
SAME_CHANGE = (
    "Everybody's score changed by the same amount, so there is no spread to estimate an interval "
    "from."
)
ONE_GROUP = (
    "All of these people belong to one group: the interval holds for people of this group and "
    "says nothing about other groups."
)
PEOPLE_ONE_BY_ONE = (
    "Fewer than two groups have people with scores at both waves, so people are counted one by "
    "one: the interval says nothing about other groups."
)


@dataclass(frozen=True, kw_only=True)
class WaveResults:
    """`Estimates`, `Effects`, and the variances between groups (as `group_variances`)."""

    estimates: pd.DataFrame
    effects: pd.DataFrame
    groups: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Contrast:
    """Complete pairs of an arm at a wave; `known` groups were allocated; `model` with groups."""

    label: dict[str, Any]
    pairs: pd.DataFrame
    known: int
    model: GroupModel | None

    @property
    def groups(self) -> int:
        """Groups with complete pairs."""
        return int(self.pairs["group"].nunique())

    @property
    def alone(self) -> int:
        """People without a group in an arm that has groups."""
        return int(self.pairs["group"].isna().sum()) if self.known else 0


def person_changes(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Every complete pair: a person's score at the baseline and at a later wave.

    Returns
    -------
    Frame ``participant arm group instrument scale wave pre post change`` for the outcomes of the
    study; `change` is post minus pre. People without a score at one of the two waves have no row.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not.
    """
    est.check_scores(scores, study)
    key = ["participant", "instrument", "scale"]
    scored = scores[scores["value"].notna()]
    before = scored[scored["wave"] == study.baseline]
    before = before[[*key, "value"]].rename(columns={"value": "pre"})
    wanted = [
        (instrument, scale, wave)
        for instrument, scale in est.outcomes(study)
        for wave in est.later_waves(study, instrument)
    ]
    outcomes = pd.DataFrame(wanted, columns=["instrument", "scale", "wave"], dtype="string")
    after = scored.merge(outcomes, on=["instrument", "scale", "wave"])
    pairs = after.rename(columns={"value": "post"}).merge(before, on=key, validate="many_to_one")
    pairs = pairs.astype({"pre": "float64", "post": "float64"})
    pairs["change"] = pairs["post"] - pairs["pre"]
    return pairs[["participant", "arm", "group", "instrument", "scale", "wave",
                  "pre", "post", "change"]]


def compare_waves(
    scores: pd.DataFrame,
    study: Study,
    *,
    test: bool | None = None,
    asked: pd.DataFrame | None = None,
    df: Df = "kenward_roger",
    drop_zero: bool = True,
) -> pd.DataFrame:
    """Mean change since the baseline, by arm, for every outcome and later wave.

    * No groups, or one: people with a score at both waves; mean paired difference with the interval
      of the paired t; p from the exact Wilcoxon signed-rank test with fewer than 20 pairs, else
      from the paired t test.
    * Two groups or more: a mixed model (REML) with a random effect of the group, because members
      share what happens in it, and Kenward-Roger df. One later wave: of the change. Several: of all
      waves, with group and group x wave effects at the later ones and an unstructured residual;
      then everybody with any score is used.

    Parameters
    ----------
    scores : long scores (`score_study`).
    study : what was planned.
    test : whether to test; None tests where the study has no arms and only describes where it
        has, because there the comparison between the arms is the test.
    asked : people by ``arm wave`` in a column `people` (`flow`); without it everyone in `scores`.
    df, drop_zero : of the mixed model, as for `compare_arms`.

    Returns
    -------
    `Estimates`, one row an outcome, arm and later wave; `n` of those who were asked (`n_asked`);
    `statistic` is t, or for Wilcoxon the sum of the positive ranks; `effect_size` is d_av. Whatever
    cannot be computed is missing and `note` says why. With two groups the interval is that of CR2
    and there is no p value.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not.

    Notes
    -----
    Checked against R ``t.test(paired = TRUE)``, ``coin::wilcoxsign_test(distribution = "exact",
    zero.method = "Wilcoxon")``, and with groups of equal size ``t.test`` of the group means, which
    the mixed model then gives as well; the engine at `fit_gaussian` and `contrasts`.
    """
    found = wave_results(scores, study, test=test, asked=asked, df=df, drop_zero=drop_zero)
    return found.estimates


def wave_results(
    scores: pd.DataFrame,
    study: Study,
    *,
    test: bool | None = None,
    asked: pd.DataFrame | None = None,
    df: Df = "kenward_roger",
    drop_zero: bool = True,
) -> WaveResults:
    """The `Estimates` of `compare_waves`, and what belongs to them.

    `effects` has every standardised change within people (d_av, d_z, d_rm, d_b), one row an
    outcome, arm, later wave and effect. With two or more groups the interval is that of the mean
    change over groups, rescaled; otherwise that of `paired_effects`.
    """
    tested = study.arms is None if test is None else test
    untested = NOT_TESTED if test is False else DESCRIBED_ONLY
    rows, effects, groups = [], [], []
    for own in _contrasts(scores, study, asked):
        result, notes = _mean_change(own, tested, How(df=df, drop_zero=drop_zero))
        label = own.label
        effects += [{**label, **effect} for effect in result["effects"]]
        groups += _group_row(own, study)
        notes = notes if tested else [*notes, untested]
        higher_means = study.scale(label["instrument"], label["scale"]).higher_means
        rows.append({
            **label, **result,
            "n_asked": est.people_asked(scores, asked, label["arm"], label["wave"]),
            "better": est.points_to_benefit(result["estimate"], higher_means),
            "note": " ".join(dict.fromkeys(notes)) or None,
        })
    return WaveResults(
        estimates=est.adjust(est.estimates_frame(rows), study),
        effects=est.effects_frame(effects), groups=pd.DataFrame(groups, columns=GROUPS))


def zeros_dropped(count: int) -> str:
    """Note: pairs without change that Wilcoxon's test leaves out."""
    if count == 1:
        return "1 person did not change; the signed-rank test leaves this pair out."
    return f"{count} people did not change; the signed-rank test leaves these pairs out."


def _contrasts(
    scores: pd.DataFrame, study: Study, asked: pd.DataFrame | None
) -> Iterator[_Contrast]:
    """Every outcome, arm and later wave; arms with two groups or more have one model an outcome."""
    changes = person_changes(scores, study)
    nobody, pairs = changes.iloc[:0], est.cells(changes, study)
    known = {arm: est.groups_of(scores, asked, arm) for arm in est.arms_of(study)}
    for instrument, scale in est.outcomes(study):
        of = scores[(scores["instrument"] == instrument) & (scores["scale"] == scale)]
        for arm in est.arms_of(study):
            waves = est.later_waves(study, instrument)
            here = [pairs.get((instrument, scale, wave, arm), nobody) for wave in waves]
            several = any(rows["group"].nunique() >= 2 for rows in here)
            model = fitted_model(
                wave_layout(est.in_arm(of, arm), study, instrument, arm)) if several else None
            for wave, rows in zip(waves, here, strict=True):
                contrast = f"{wave} - {study.baseline}"
                label = {
                    "instrument": instrument, "scale": scale, "wave": wave, "arm": arm,
                    "contrast": contrast if arm is None else f"{arm}: {contrast}",
                }
                yield _Contrast(label=label, pairs=rows, known=known[arm], model=model)


def _mean_change(
    own: _Contrast, tested: bool, how: How
) -> tuple[dict[str, Any], list[str]]:
    """Estimate, interval, test and effects of one contrast, and what must be said about them."""
    pre, post = (own.pairs[name].to_numpy("float64") for name in ("pre", "post"))
    change = post - pre
    result: dict[str, Any] = {"n": len(change), "n_groups": own.groups, "estimate": math.nan,
                              "effects": []}
    if len(change) < 2:
        return result, [TOO_FEW]
    result["estimate"] = float(change.mean())
    if own.groups >= 2 and own.model is not None:
        more, notes = _by_groups(own, own.model, tested, how)
        result |= more
        if "se" not in result:
            return result, notes
        frame = rescaled_effects(result["estimate"], result["low"], result["high"],
                                 paired_yardsticks(pre, post))
        return result | _told_effects(frame), notes
    notes = _units_notes(own)
    result["method"] = "mean paired difference, t interval"
    if np.ptp(change) <= est.SAME:
        return result, [*notes, NOBODY_CHANGED if abs(change[0]) <= est.SAME else SAME_CHANGE]
    result["se"] = float(change.std(ddof=1)) / math.sqrt(len(change))
    result["df"] = float(len(change) - 1)
    result["low"], result["high"] = est.t_interval(result["estimate"], result["se"], result["df"])
    result |= _told_effects(paired_effects(pre, post))
    if tested:
        extra, more_notes = _paired_test(own.pairs, result)
        result, notes = result | extra, notes + more_notes
    return result, notes


def _by_groups(
    own: _Contrast, model: GroupModel, tested: bool, how: How
) -> tuple[dict[str, Any], list[str]]:
    """The mean change by the mixed model; nothing but the notes where it could not be fitted."""
    if model.fit is None:
        return {"method": "mean paired difference, not tested"}, list(model.notes)
    layout = model.layout
    weights = {f"wave_{layout.waves.index(own.label['wave'])}": 1.0}
    if len(layout.later) > 1:
        weights["wave_0"] = -1.0
    result, notes = model_contrast(model, weights, how, two=own.groups == 2)
    notes += [people_alone(None, own.alone)] if own.alone else []
    empty = own.known - own.groups
    notes += [empty_groups(None, empty)] if empty > 0 else []
    if not tested:
        result = {name: value for name, value in result.items() if name not in ("p", "statistic")}
    return result | {"n": layout.people}, [*notes, *model.notes]


def _group_row(own: _Contrast, study: Study) -> list[tuple[Any, ...]]:
    """The variance between the groups of an arm at a wave, and its ICC."""
    if own.model is None or study.arms is not None:
        return []   # with arms the comparison of arms tells it
    (arm,) = own.model.layout.arms
    share = model_icc(own.model, arm, own.label["wave"])
    if share is None:
        return []
    place = tuple(own.label[name] for name in ("instrument", "scale", "wave", "arm"))
    return [(*place, own.groups, len(own.pairs), group_variance(own.model, arm), share.estimate,
             share.low, share.high)]


def _units_notes(own: _Contrast) -> list[str]:
    """What people who are counted one by one say about groups."""
    if not own.known:
        return []
    one_group = own.groups == 1 and not own.alone
    empty = own.known - own.groups
    left_out = [empty_groups(None, empty)] if empty > 0 else []
    return [ONE_GROUP if one_group else PEOPLE_ONE_BY_ONE, *left_out]


def _told_effects(frame: pd.DataFrame) -> dict[str, Any]:
    effects = frame.drop(columns="method").to_dict("records")
    first = effects[0]
    return {"effects": effects, "effect_name": first["effect_name"],
            "effect_size": first["value"], "effect_low": first["low"],
            "effect_high": first["high"]}


def _paired_test(
    pairs: pd.DataFrame, result: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Statistic, p and method of people counted one by one."""
    if result["n"] < EXACT_BELOW:
        signed = wilcoxon_signed_rank(pairs["change"])
        method = "exact Wilcoxon signed-rank test; mean paired difference, t interval"
        notes = [zeros_dropped(signed.zeros)] if signed.zeros else []
        return {"statistic": signed.statistic, "p": signed.p, "method": method}, notes
    statistic = result["estimate"] / result["se"]
    return {"statistic": statistic, "p": est.t_p_value(statistic, result["df"]),
            "method": "paired t test"}, []
