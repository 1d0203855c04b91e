"""Scores and results, without those of a few people and those from which these would follow."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from balint_research.analysis.alternatives import MEAN_OF_WAVES
from balint_research.analysis.change import NOBODY_CHANGED, SAME_CHANGE
from balint_research.evaluation import Evaluation
from balint_research.reporting.cells.complement import taken_out
from balint_research.reporting.cells.counts import asked_hidden
from balint_research.reporting.cells.differences import (
    RESULT,
    Described,
    described,
    described_rows,
)
from balint_research.reporting.cells.gate import Gate, Place, others_of_same_number, places, without

ESTIMATED = ["estimate", "se", "df", "low", "high", "statistic", "p", "p_adjusted", "n",
             "effect_size", "effect_low", "effect_high", "better"]
NUMBERS = [name for name in ESTIMATED if name != "n"]
DESCRIBED = ["n", "mean", "sd", "median", "q1", "q3", "floor_share", "ceiling_share"]
SHARES = ("floor_share", "ceiling_share")
OF_CHANGE, TELL_SDS = "d_av", ("d_b", "d_rm")   # with d_av they tell both SDs of the pairs
ONE_DIFFERENCE = "difference in mean change"   # a comparison that is one change less another


@dataclass(frozen=True, kw_only=True)
class Results:
    """The safe frames of what was described and estimated."""

    descriptives: pd.DataFrame
    change: pd.DataFrame
    comparison: pd.DataFrame
    effects: pd.DataFrame
    whom: Described
    hidden: set[Place]   # instrument, scale, arm, wave of the cells of a few people
    moved: bool          # whether an earlier report hid scores that could be shown otherwise


def results(evaluation: Evaluation, flow: pd.DataFrame, gate: Gate) -> Results:
    """Descriptives, change, comparison and effects, each with what the others would give away."""
    told = evaluation.descriptives
    few = gate.few(told["n"]) | gate.few(told["n_asked"])
    hidden = set(places(told[few], RESULT))
    same = _all_alike(evaluation)
    change_few = gate.few(evaluation.change["n"]) | _few_pairs(evaluation, hidden, gate)
    change_moved = gate.moved("change", evaluation.change)
    whom = described(evaluation, change_few | change_moved | same, gate.smallest)
    change = _change(evaluation, flow, whom, change_few | change_moved, same)
    table = described_rows(evaluation, whom)
    moved = gate.moved("descriptives", table) | _others(table, gate)
    descriptives = _descriptives(evaluation, table, flow, moved, gate)
    small = set(places(evaluation.change[change_few | change_moved], RESULT))
    comparison = _comparison(evaluation, flow, change, small, gate)
    return Results(
        descriptives=descriptives, change=change, comparison=comparison,
        effects=_effects(evaluation, change, comparison, whom), whom=whom, moved=bool(moved.any()),
        hidden=hidden | set(places(evaluation.change[change_few], RESULT)))


def groups(evaluation: Evaluation, hidden: set[Place], gate: Gate) -> pd.DataFrame:
    """Variances between groups of arms whose result may be shown."""
    table = evaluation.groups
    rows = pd.Series([one in hidden for one in places(table, RESULT)], index=table.index,
                     dtype=bool)
    return without(table, rows | gate.few(table["people"]) | gate.moved("groups", table),
                   ["people", "variance", "icc", "low", "high"])


def alternatives(evaluation: Evaluation, found: Results, gate: Gate) -> pd.DataFrame:
    """Other analyses of a result go where the result goes; the mean of waves with any of them."""
    table = evaluation.alternatives
    main = found.comparison if evaluation.study.arms else found.change
    gone = set(places(main.loc[main["suppressed"].astype(bool)], RESULT))
    arms = {one[:3] for one in gone}
    rows = pd.Series(
        [one in gone or (analysis == MEAN_OF_WAVES and one[:3] in arms)
         for analysis, one in zip(table["analysis"], places(table, RESULT), strict=True)],
        index=table.index, dtype=bool)
    return without(table, rows | gate.few(table["n"]) | gate.moved("alternatives", table),
                   [*ESTIMATED, "n_asked"])


def sensitivity(table: pd.DataFrame, main: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Without the numbers from which the results of a few flagged people would follow.

    The two estimates and their n would give back the mean of those who are left out of the second:
    whether both read alike is all that is told of a few.
    """
    if table.empty:
        return table.assign(suppressed=pd.Series(dtype=bool))
    gone = set(places(main.loc[main["suppressed"].astype(bool)], RESULT))
    few = gate.few(table["flagged"]) | gate.few(table["n"]) | gate.moved("sensitivity", table)
    with_it = pd.Series([one in gone for one in places(table, RESULT)], index=table.index)
    return without(without(table, few | with_it, ESTIMATED), few, ["flagged"])


def linked(evaluation: Evaluation, whom: Described, gate: Gate) -> pd.DataFrame:
    """Both sides go where one is small: it would follow from the other and the whole."""
    table = evaluation.linked
    if table.empty:
        return table.assign(suppressed=pd.Series(dtype=bool))
    few = gate.few(table["n_linked"]) | gate.few(table["n_single"]) | gate.moved("linked", table)
    few |= _linked_apart(evaluation, whom, gate)
    return without(table, few, [str(name) for name in table.select_dtypes("number")])


def scores(scores: pd.DataFrame, descriptives: pd.DataFrame) -> pd.DataFrame:
    """The rows of people whose arm, wave and scale may be shown."""
    hidden = set(places(descriptives.loc[descriptives["n"].isna()
                                         & descriptives["suppressed"]], RESULT))
    keep = np.array([one not in hidden for one in places(scores, RESULT)], dtype=bool)
    return scores[keep] if hidden else scores


def _descriptives(
    evaluation: Evaluation, table: pd.DataFrame, flow: pd.DataFrame, moved: pd.Series, gate: Gate
) -> pd.DataFrame:
    """Small arms; shares without k people on either side; order statistics of a few people.

    A quartile has a quarter of the people beyond it, and a median half: of few people it is the
    score of one of them. Where everybody has the same score, the mean is everybody's score.
    """
    hidden = gate.few(table["n"]) | gate.few(table["n_asked"]) | moved
    safe = without(table, hidden, DESCRIBED)
    safe = without(safe, asked_hidden(table, flow) | gate.few(table["n_asked"]), ["n_asked"])
    safe = without(safe, (table["sd"] == 0) & ~hidden, [name for name in DESCRIBED if name != "n"])
    shares = _shares(table, gate.smallest)
    binary = pd.Series([evaluation.study.scale(*own).score == "criteria" for own in
                        zip(table["instrument"], table["scale"], strict=True)], index=table.index)
    for name in SHARES:
        safe[name] = safe[name].mask(shares[name])
        safe[f"{name}_suppressed"] = safe[name].isna() & (table["n"] > 0)
    yes_no = binary & (shares["floor_share"] | shares["ceiling_share"])   # the mean is a share
    safe[["mean", "sd", "median", "q1", "q3"]] = safe[["mean", "sd", "median", "q1", "q3"]].mask(
        yes_no)
    safe["median"] = safe["median"].mask(table["n"] < 2 * gate.smallest)
    quartiles = table["n"] < 4 * gate.smallest
    safe[["q1", "q3"]] = safe[["q1", "q3"]].mask(quartiles)
    return safe


def _others(table: pd.DataFrame, gate: Gate) -> "pd.Series[bool]":
    """Rows that describe those with both waves, and may have lost as many people as have joined."""
    found = pd.Series(False, index=table.index)
    for tables in gate.earlier:
        if "descriptives" in tables:
            found |= others_of_same_number(tables["descriptives"], table, "descriptives")
    return found & table["both_waves"].astype(bool)


def _shares(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Where a share at an end of the scale stands for a few people, or leaves a few over.

    Below, between and above add up to n. In fewer than 2 k people no share has k on either side,
    so 0 % and 100 % are hidden with the rest.
    """
    numbers = table[["n", *SHARES]].astype(float).to_numpy()
    hidden = []
    for n, low, high in numbers:
        people = {name: 0.0 if np.isnan(share) else float(np.rint(share * n))
                  for name, share in zip(SHARES, (low, high), strict=True)}
        people["between"] = n - sum(people.values())
        small = [name for name, number in people.items() if 0 < number < smallest]
        gone = taken_out(people, small, [list(people)], smallest) if small else set()
        hidden.append([n > 0 and (n < 2 * smallest or name in gone) for name in SHARES])
    return pd.DataFrame(hidden, columns=list(SHARES), index=table.index, dtype=bool)


def _change(
    evaluation: Evaluation, flow: pd.DataFrame, whom: Described, few: pd.Series, same: pd.Series
) -> pd.DataFrame:
    table = evaluation.change
    withheld = pd.Series([one in whom.withheld for one in places(table, RESULT)],
                         index=table.index, dtype=bool)
    safe = without(table, few, ESTIMATED)
    safe = without(safe, withheld | same, NUMBERS)
    sizes = pd.Series([one in whom.no_size for one in places(table, RESULT)], index=table.index,
                      dtype=bool)
    names = ["effect_size", "effect_low", "effect_high"]
    safe[names] = safe[names].mask(sizes)
    return without(safe, asked_hidden(table, flow), ["n_asked"])


def _all_alike(evaluation: Evaluation) -> "pd.Series[bool]":
    """Changes that are everybody's own change: there is no spread to give an interval from."""
    change = evaluation.change
    return (change["estimate"].notna() & change["se"].isna()
            & change["note"].fillna("").str.contains(f"{NOBODY_CHANGED}|{SAME_CHANGE}"))


def _comparison(
    evaluation: Evaluation, flow: pd.DataFrame, change: pd.DataFrame, small: set[Place], gate: Gate
) -> pd.DataFrame:
    """Comparisons of which one arm is hidden; with a withheld change, if they are a plain one."""
    table, arms = evaluation.comparison, evaluation.study.arms
    if table.empty or arms is None:
        return table.assign(suppressed=pd.Series(dtype=bool))
    withheld = set(places(change[change["suppressed"].astype(bool)], RESULT))
    plain = table["method"].fillna("").str.startswith(ONE_DIFFERENCE)
    rows = []
    for one, simple in zip(places(table, RESULT), plain, strict=True):
        either = {one, (*one[:2], arms.control, one[3])}
        rows.append(bool(either & small) or (simple and bool(either & withheld)))
    few = pd.Series(rows, index=table.index, dtype=bool) | gate.few(table["n"])
    safe = without(table, few | gate.moved("comparison", table), ESTIMATED)
    return without(safe, asked_hidden(table, flow, [arms.control]), ["n_asked"])


def _effects(
    evaluation: Evaluation, change: pd.DataFrame, comparison: pd.DataFrame, whom: Described
) -> pd.DataFrame:
    """Effects go with their result, and where the SDs of the pairs would give a few people away."""
    effects = evaluation.effects
    key = ["instrument", "scale", "contrast", "wave"]
    gone = {one for frame in (change, comparison) if not frame.empty
            for one in places(frame.loc[frame["estimate"].isna()
                                        & frame["suppressed"].astype(bool)], key)}
    sizes = [(name == OF_CHANGE and one in whom.no_size) or (
        name in TELL_SDS and one in whom.no_sds)
        for one, name in zip(places(effects, RESULT), effects["effect_name"], strict=True)]
    rows = pd.Series([one in gone for one in places(effects, key)], index=effects.index,
                     dtype=bool) | np.array(sizes, dtype=bool)
    rows |= _of_others(effects, evaluation, whom)
    return without(effects, rows, ["value", "low", "high", "sd_used"])


def _of_others(frame: pd.DataFrame, evaluation: Evaluation, whom: Described) -> "pd.Series[bool]":
    """Differences between arms in SDs of a few people more than the arm is described of.

    The SD and mean of the described, and the SD of all, can be solved for one who is not. The smd
    stays: it is how the report tells the result.
    """
    arms, baseline = evaluation.study.arms, evaluation.study.baseline
    found = []
    for one, name in zip(places(frame, RESULT), frame["effect_name"], strict=True):
        wave = {"glass_delta": one[3], "d_ppc2": baseline}.get(str(name))
        sides = (one[2], arms.control) if arms else ()
        found.append(any((*one[:2], arm, wave) in whom.lone for arm in sides))
    return pd.Series(found, index=frame.index, dtype=bool)


def _few_pairs(evaluation: Evaluation, hidden: set[Place], gate: Gate) -> "pd.Series[bool]":
    """Rows of the change behind which a hidden cell, or fewer than k complete pairs, stands.

    `n` of a mixed model counts whoever has any score, and would not tell it.
    """
    baseline, of = evaluation.study.baseline, ["instrument", "scale"]
    scored = evaluation.scores[evaluation.scores["value"].notna()]
    before = scored.loc[scored["wave"] == baseline, ["participant", *of]]
    pairs = scored.merge(before, on=["participant", *of]).groupby(RESULT, dropna=False).size()
    people = dict(zip(places(pairs.index.to_frame(), RESULT), pairs, strict=True))
    few = [0 < people.get(one, 0) < gate.smallest or one in hidden
           or (*one[:3], baseline) in hidden for one in places(evaluation.change, RESULT)]
    return pd.Series(few, index=evaluation.change.index, dtype=bool)


def _linked_apart(evaluation: Evaluation, whom: Described, gate: Gate) -> "pd.Series[bool]":
    """Scales at which the linked people differ by a few from others whose mean is told as well."""
    study, links = evaluation.study, evaluation.data.links
    alone = links.loc[(links["wave"] == study.baseline) & (links["how"] == "single"), "participant"]
    both = frozenset(links.loc[links["wave"] == study.baseline, "participant"].astype(str)
                     ) - frozenset(alone.astype(str))
    found = []
    for scale in places(evaluation.linked, ["instrument", "scale"]):
        first = [people for one, people in whom.people.items()
                 if one[:2] == scale and one[3] == study.baseline]
        later = [people for one, people in whom.pairs.items() if one[:2] == scale]
        known = [frozenset[str]().union(*first), *later] if len(first) == 1 else [
            frozenset[str]().union(*first)]
        scored = evaluation.scores
        here = both & frozenset(scored.loc[
            (scored["instrument"] == scale[0]) & (scored["scale"] == scale[1])
            & (scored["wave"] == study.baseline) & scored["value"].notna(),
            "participant"].astype(str))
        found.append(any(0 < len(here ^ other) < gate.smallest for other in known))
    return pd.Series(found, index=evaluation.linked.index, dtype=bool)
