"""Change within people: every later wave minus the baseline, complete pairs only."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.effect import paired_effects, paired_yardsticks, rescaled_effects
from balint_research.study.study import Study

Floats = np.ndarray[Any, np.dtype[np.float64]]

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
SAME_GROUP_CHANGE = (
    "The mean change is the same in every group, so there is no spread between groups to estimate "
    "an interval from."
)
ONE_GROUP = (
    "All of these people belong to one group: the interval holds for people of this group and "
    "says nothing about other groups."
)
PEOPLE_ONE_BY_ONE = (
    "Fewer than two groups have people with scores at both waves, so people are counted one by "
    "one: the interval says nothing about other groups."
)
TWO_GROUPS = (
    "Warning: two groups cannot carry a test of the method apart from these two groups; the "
    "interval rests on very few degrees of freedom."
)
UNEQUAL_GROUPS = (
    "The groups differ in size: the mean of each group counts the same, whatever its size."
)


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's test: sum of the positive ranks, exact two-sided p, pairs used, zeros dropped."""

    statistic: float
    p: float
    n: int
    zeros: int


@dataclass(frozen=True, slots=True)
class Units:
    """What varies independently in one arm: the means of groups, or single people.

    `alone` counts people without a group in an arm that has groups (each is a unit of its own),
    `empty` the groups in which nobody has both scores, `single` the groups with one such person.
    """

    changes: Floats
    people: int
    groups: int
    alone: int
    empty: int
    single: int
    equal_sizes: bool

    @property
    def grouped(self) -> bool:
        """Whether the arm has groups at all, with or without scores."""
        return self.groups + self.empty > 0


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
) -> pd.DataFrame:
    """Mean change since the baseline, by arm, for every outcome and later wave.

    People with a score at both waves are used (`n`), of those who were asked (`n_asked`).

    * No groups, or one: mean paired difference with the interval of the paired t; p from the
      exact Wilcoxon signed-rank test with fewer than 20 pairs, else from the paired t test.
    * Two groups or more: one-sample t on the unweighted mean changes of the groups, because
      members of a group share what happens in it; df = units - 1.

    Parameters
    ----------
    scores : long scores (`score_study`).
    study : what was planned.
    test : whether to test; None tests where the study has no arms and only describes where it
        has, because there the comparison between the arms is the test.
    asked : people by ``arm wave`` in a column `people` (`flow`); without it everyone in `scores`.

    Returns
    -------
    `Estimates`, one row an outcome, arm and later wave; `statistic` is t, or for Wilcoxon the sum
    of the positive ranks; `effect_size` is d_av. Whatever cannot be computed is missing and
    `note` says why.

    Raises
    ------
    AnalysisError : the scores lack columns, repeat a person, or hold an arm the study has not.

    Notes
    -----
    Checked against R ``t.test(paired = TRUE)``, ``t.test`` of group means, and
    ``coin::wilcoxsign_test(distribution = "exact", zero.method = "Wilcoxon")``.
    """
    return wave_results(scores, study, test=test, asked=asked)[0]


def wave_results(
    scores: pd.DataFrame,
    study: Study,
    *,
    test: bool | None = None,
    asked: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `Estimates` of `compare_waves`, and the `Effects` that belong to them.

    `Effects` has every standardised change within people (d_av, d_z, d_rm, d_b), one row an
    outcome, arm, later wave and effect. With two or more groups the interval is that of the mean
    change over groups, rescaled; otherwise that of `paired_effects`.
    """
    tested = study.arms is None if test is None else test
    untested = NOT_TESTED if test is False else DESCRIBED_ONLY
    rows, effects = [], []
    for label, pairs, known_groups in _contrasts(scores, study, asked):
        result, notes = _mean_change(pairs, known_groups)
        effects += [{**label, **effect} for effect in result["effects"]]
        if tested:
            extra, more = _test(pairs, result)
            result, notes = result | extra, notes + more
        else:
            notes = [*notes, untested]
        higher_means = study.scale(label["instrument"], label["scale"]).higher_means
        rows.append({
            **label, **result,
            "n_asked": est.people_asked(scores, asked, label["arm"], label["wave"]),
            "better": est.points_to_benefit(result["estimate"], higher_means),
            "note": " ".join(notes) or None,
        })
    return est.adjust(est.estimates_frame(rows), study), est.effects_frame(effects)


def units_of(pairs: pd.DataFrame, known_groups: int) -> Units:
    """The independent units among the complete pairs of one arm and wave.

    `known_groups` is the number of groups the arm has, with or without scores at this wave.
    """
    members = pairs[pairs["group"].notna()]
    means = members.groupby("group", observed=True)["change"].agg(["mean", "size"])
    alone = pairs.loc[pairs["group"].isna(), "change"].to_numpy(dtype="float64")
    return Units(
        changes=np.concatenate([means["mean"].to_numpy(dtype="float64"), alone]),
        people=len(pairs),
        groups=len(means),
        alone=len(alone) if known_groups else 0,
        empty=known_groups - len(means),
        single=int((means["size"] == 1).sum()),
        equal_sizes=bool(means["size"].nunique() <= 1),
    )


def group_notes(units: Units) -> list[str]:
    """What a reader must know of the groups of one arm, beside their number."""
    if not units.grouped:
        return []
    return [
        *([UNEQUAL_GROUPS] if not units.equal_sizes else []),
        *([one_member(units.single)] if units.single else []),
        *([empty_groups(units.empty)] if units.empty else []),
        *([people_alone(units.alone)] if units.alone else []),
    ]


def one_member(count: int) -> str:
    """Note: groups in which one person has both scores."""
    if count == 1:
        return "In 1 group only one person has scores at both waves, and stands for the group."
    return f"In {count} groups only one person has scores at both waves, and stands for the group."


def empty_groups(count: int) -> str:
    """Note: groups in which nobody has both scores."""
    if count == 1:
        return "1 group has nobody with scores at both waves and is left out."
    return f"{count} groups have nobody with scores at both waves and are left out."


def people_alone(count: int) -> str:
    """Note: people without a group in an arm with groups."""
    if count == 1:
        return "1 person of this arm belongs to no group and counts as a group of one."
    return f"{count} people of this arm belong to no group and count as groups of one each."


def zeros_dropped(count: int) -> str:
    """Note: pairs without change that Wilcoxon's test leaves out."""
    if count == 1:
        return "1 person did not change; the signed-rank test leaves this pair out."
    return f"{count} people did not change; the signed-rank test leaves these pairs out."


def wilcoxon_signed_rank(differences: Any) -> SignedRank:
    """Exact Wilcoxon signed-rank test, also under ties; zeros are dropped and counted.

    Tied differences share their mean rank. The null distribution of the sum of the positive ranks
    is the convolution over the observed ranks (each positive or negative with probability 1/2);
    p is the probability of a sum at least as far from its mean. Differences closer than 1e-9
    count as tied, so that 0.3 and 0.1 + 0.2 are the same change. `scipy.stats.wilcoxon` with
    ``method="exact"`` is not used: it ignores ties.

    Returns
    -------
    `SignedRank`; statistic and p are missing when every difference is zero or there is none.

    Notes
    -----
    Checked against full enumeration up to 12 pairs and, with ties and zeros, R
    ``coin::wilcoxsign_test(distribution = "exact", zero.method = "Wilcoxon")``.

    Examples
    --------
    >>> wilcoxon_signed_rank([1, 2, 2, 3, 0])
    SignedRank(statistic=10.0, p=0.125, n=4, zeros=1)
    """
    given = np.asarray(differences, dtype="float64")
    given = given[~np.isnan(given)]
    used = given[np.abs(given) > est.SAME]
    zeros = len(given) - len(used)
    if not len(used):
        return SignedRank(math.nan, math.nan, 0, zeros)
    doubled = _doubled_ranks(np.abs(used))
    positive, total = int(doubled[used > 0].sum()), int(doubled.sum())
    chances = np.ones(1)
    for rank in doubled:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    distance = np.abs(2 * np.arange(total + 1) - total)
    p = float(chances[distance >= abs(2 * positive - total)].sum())
    return SignedRank(positive / 2, min(p, 1.0), len(used), zeros)


def _doubled_ranks(sizes: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Twice the mid-ranks, which are whole numbers also for ties."""
    order = np.argsort(sizes, kind="stable")
    new_value = np.diff(sizes[order], prepend=-np.inf) > est.SAME
    tie = np.cumsum(new_value) - 1
    count = np.bincount(tie)
    last = np.cumsum(count)
    doubled = np.empty(len(sizes), dtype="int64")
    doubled[order] = (2 * last - count + 1)[tie]
    return doubled


def _contrasts(
    scores: pd.DataFrame, study: Study, asked: pd.DataFrame | None
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, int]]:
    """Label, complete pairs and number of groups of every outcome, arm and later wave."""
    changes = person_changes(scores, study)
    nobody, pairs = changes.iloc[:0], est.cells(changes, study)
    groups = {arm: est.groups_of(scores, asked, arm) for arm in est.arms_of(study)}
    for instrument, scale in est.outcomes(study):
        for arm in est.arms_of(study):
            for wave in est.later_waves(study, instrument):
                contrast = f"{wave} - {study.baseline}"
                label = {
                    "instrument": instrument, "scale": scale, "wave": wave, "arm": arm,
                    "contrast": contrast if arm is None else f"{arm}: {contrast}",
                }
                yield label, pairs.get((instrument, scale, wave, arm), nobody), groups[arm]


def _mean_change(
    pairs: pd.DataFrame, known_groups: int
) -> tuple[dict[str, Any], list[str]]:
    """Estimate, interval and effects of one contrast, and what must be said about them."""
    units = units_of(pairs, known_groups)
    by_group = units.groups >= 2
    values = units.changes if by_group else pairs["change"].to_numpy(dtype="float64")
    result: dict[str, Any] = {"n": units.people, "n_groups": units.groups, "estimate": math.nan,
                              "effects": []}
    if len(values) < 2:
        return result, [TOO_FEW]
    result["estimate"] = float(values.mean())
    result["method"] = "mean change of the groups, t interval" if by_group else (
        "mean paired difference, t interval")
    notes = _spread_notes(units, by_group)
    if np.ptp(values) <= est.SAME:
        return result, [*notes, _no_spread(values, by_group)]
    result["se"] = float(values.std(ddof=1)) / math.sqrt(len(values))
    result["df"] = float(len(values) - 1)
    result["low"], result["high"] = est.t_interval(result["estimate"], result["se"], result["df"])
    return result | _effects(pairs, result, by_group), notes


def _spread_notes(units: Units, by_group: bool) -> list[str]:
    if by_group:
        return [*([TWO_GROUPS] if units.groups == 2 else []), *group_notes(units)]
    if not units.grouped:
        return []
    one_group = units.groups == 1 and not units.alone
    left_out = [empty_groups(units.empty)] if units.empty else []
    return [ONE_GROUP if one_group else PEOPLE_ONE_BY_ONE, *left_out]


def _no_spread(values: Floats, by_group: bool) -> str:
    if by_group:
        return SAME_GROUP_CHANGE
    return NOBODY_CHANGED if abs(values[0]) <= est.SAME else SAME_CHANGE


def _effects(pairs: pd.DataFrame, result: dict[str, Any], by_group: bool) -> dict[str, Any]:
    pre, post = pairs["pre"].to_numpy("float64"), pairs["post"].to_numpy("float64")
    if by_group:
        yardsticks = paired_yardsticks(pre, post)
        frame = rescaled_effects(result["estimate"], result["low"], result["high"], yardsticks)
    else:
        frame = paired_effects(pre, post)
    effects = frame.drop(columns="method").to_dict("records")
    first = effects[0]
    return {"effects": effects, "effect_name": first["effect_name"],
            "effect_size": first["value"], "effect_low": first["low"],
            "effect_high": first["high"]}


def _test(pairs: pd.DataFrame, result: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Statistic, p and method of one contrast that has an interval."""
    if "se" not in result:
        return {}, []
    if result["n_groups"] < 2 and result["n"] < EXACT_BELOW:
        signed = wilcoxon_signed_rank(pairs["change"])
        method = "exact Wilcoxon signed-rank test; mean paired difference, t interval"
        notes = [zeros_dropped(signed.zeros)] if signed.zeros else []
        return {"statistic": signed.statistic, "p": signed.p, "method": method}, notes
    statistic = result["estimate"] / result["se"]
    method = "paired t test" if result["n_groups"] < 2 else "t test of the mean changes of groups"
    return {"statistic": statistic, "p": est.t_p_value(statistic, result["df"]),
            "method": method}, []
