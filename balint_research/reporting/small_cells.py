"""What may be shown of an evaluation: every cell of fewer than five people is taken out here.

Tables, figures and the report start from `shown(evaluation)` and from nothing else, so there is
one gate. A person who answered belongs to a cell; how many were asked and how many answered is
told wherever it is five or more, because nobody may be dropped in silence.
"""

import re
from dataclasses import dataclass, fields, replace

import pandas as pd

from balint_research.analysis.alternatives import MEAN_OF_WAVES
from balint_research.analysis.words import FITTED_ON, UNEVEN_BASELINE
from balint_research.evaluation import Evaluation
from balint_research.reporting.format import SMALLEST_CELL, counted, label, listed

RESULT = ["instrument", "scale", "wave", "arm"]
ESTIMATED = ["estimate", "se", "df", "low", "high", "statistic", "p", "p_adjusted", "n",
             "effect_size", "effect_low", "effect_high", "better"]
# Sentences of a note from which a hidden cell follows: the rows of a model, and how far its arm was
# from the other at the baseline.
ROWS = re.compile(rf"{FITTED_ON} [^.]*\. ?")
APART = re.compile(re.escape(UNEVEN_BASELINE).replace(re.escape("{size:.2f}"), r"\S+") + " ?")
DESCRIBED = ["n", "mean", "sd", "median", "q1", "q3", "floor_share", "ceiling_share"]


@dataclass(frozen=True, kw_only=True)
class Shown(Evaluation):
    """An evaluation without its small cells.

    Attributes
    ----------
    suppressed : one sentence for each table from which something was taken out.

    Every frame has one more column: ``suppressed``, True where a value was taken out of the row.
    `scores` has lost the rows of the suppressed cells.
    """

    suppressed: tuple[str, ...] = ()


def shown(evaluation: Evaluation) -> Shown:
    """The evaluation with every cell below five people taken out, and told.

    An estimate between arms goes too where one of its arms is hidden, for the hidden arm's change
    would follow from the other two numbers. Shown twice is the same as shown once.
    """
    if isinstance(evaluation, Shown):
        return evaluation
    parts = {field.name: getattr(evaluation, field.name) for field in fields(Evaluation)}
    safe = Shown(**parts)
    descriptives = _descriptives(evaluation.descriptives)
    few = _small(evaluation.change["n"]) | _few_pairs(evaluation, descriptives)
    change = _without(evaluation.change, few, ESTIMATED)
    change = _without(change, _small(evaluation.change["n_asked"]), ["n_asked"])
    comparison = _comparison(evaluation, change)
    safe = replace(
        safe,
        flow=_flow(evaluation.flow),
        attendance=_attendance(evaluation.attendance),
        completeness=_completeness(evaluation.completeness),
        descriptives=descriptives,
        change=change,
        comparison=comparison,
        effects=_effects(evaluation.effects, change, comparison),
        groups=_groups(evaluation.groups, change),
        alternatives=_alternatives(evaluation, change, comparison),
        sensitivity=_sensitivity(evaluation.sensitivity),
        reasons=_without(evaluation.reasons, _small(evaluation.reasons["people"]),
                         ["answers", "people"]),
        links=_links(evaluation.links),
        linked=_linked(evaluation.linked),
        items=_without(evaluation.items, _small(evaluation.items["n"]), ["n", "low", "high"]),
        reliability=_reliability(evaluation.reliability, _completeness(evaluation.completeness)),
    )
    hidden = {tuple(row) for frame in (descriptives, change)
              for row in frame.loc[frame["suppressed"], ["instrument", "scale"]].to_numpy()}
    safe = replace(
        safe, change=_without_rows(safe.change, hidden),
        comparison=_without_rows(safe.comparison, hidden),
        alternatives=_without_rows(safe.alternatives, hidden),
        sensitivity=_without_rows(safe.sensitivity, hidden), warnings=_warnings(safe, hidden))
    if safe.flow["suppressed"].any():   # answers over all waves, from which those of one follow
        safe = replace(safe, items=safe.items.assign(n=float("nan")))
    safe = replace(safe, scores=_scores(evaluation.scores, safe.descriptives),
                   data=replace(evaluation.data, files=_files(evaluation.data.files, safe.flow)))
    return replace(safe, suppressed=_told(safe))


def _small(people: pd.Series) -> pd.Series:
    """True for one to four people; nobody is not a small cell."""
    return ((people > 0) & (people < SMALLEST_CELL)).fillna(False).astype(bool)


def _without(frame: pd.DataFrame, rows: pd.Series, columns: list[str]) -> pd.DataFrame:
    """A copy with `columns` missing in `rows`, and the rows marked as suppressed as well."""
    taken = frame.copy()
    present = [column for column in columns if column in frame]
    taken[present] = taken[present].astype(object).mask(rows).infer_objects()
    already = frame.get("suppressed", False)
    return taken.assign(suppressed=rows.astype(bool) | already)


def _flow(flow: pd.DataFrame) -> pd.DataFrame:
    safe = flow
    for column in ("people", "asked", "answered"):
        safe = _without(safe, _small(flow[column]), [column])
    return safe


def _attendance(attendance: pd.DataFrame) -> pd.DataFrame:
    """Small groups, and where an arm has just one of them its next smallest group as well."""
    if attendance.empty:
        return attendance.assign(suppressed=pd.Series(dtype=bool))
    small = _small(attendance["people"])
    for _, arm in attendance.groupby("arm", dropna=False):
        others = arm.loc[~small[arm.index]]
        if small[arm.index].sum() == 1 and not others.empty:
            smallest = int(others["people"].astype(float).to_numpy().argmin())
            small.loc[others.index[smallest]] = True
    return _without(attendance, small, ["people", "offered", "attended", "share"])


def _completeness(completeness: pd.DataFrame) -> pd.DataFrame:
    """Both parts of a pair go when one is small: their sum is known from `answered` and `n`."""
    safe = completeness.assign(scored=completeness["complete"] + completeness["prorated"])
    parts = ["complete", "prorated", "too_few", "empty"]
    result = _without(safe, _small(safe["scored"]) | _small(safe["answered"]), [*parts, "scored"])
    result = _without(result, _small(safe["answered"]), ["answered"])
    for pair in (parts[:2], parts[2:]):
        small = _small(completeness[pair[0]]) | _small(completeness[pair[1]])
        result = _without(result, small, pair)
    return result


def _descriptives(descriptives: pd.DataFrame) -> pd.DataFrame:
    """Small arms, and a share at the end of a scale that stands for one to four people."""
    asked = _small(descriptives["n_asked"])
    hidden = _small(descriptives["n"]) | asked
    safe = _without(_without(descriptives, hidden, DESCRIBED), asked, ["n_asked"])
    for share in ("floor_share", "ceiling_share"):
        people = (descriptives[share] * descriptives["n"]).astype(float)
        few = (people > 0.5) & (people < SMALLEST_CELL - 0.5)  # share times n: a whole number
        safe[share] = safe[share].mask(few)
        safe[f"{share}_suppressed"] = few | hidden
    return safe


def _sensitivity(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Without the numbers from which the results of a few flagged people would follow.

    The two estimates and their n would give back the mean of those who are left out of the second:
    whether both read alike is all that is told of fewer than five.
    """
    if sensitivity.empty:
        return sensitivity.assign(suppressed=pd.Series(dtype=bool))
    few = _small(sensitivity["flagged"]) | _small(sensitivity["n"])
    return _without(sensitivity, few, [*ESTIMATED, "flagged"])


def _links(links: pd.DataFrame) -> pd.DataFrame:
    """Small kinds of link; of a wave with one of them its next smallest as well.

    How many rows a wave has is known, and one hidden kind would follow from the others.
    """
    small = _small(links["people"])
    for _, wave in links.groupby("wave"):
        others = wave.loc[~small[wave.index]]
        if small[wave.index].sum() == 1 and not others.empty:
            smallest = int(others["people"].astype(float).to_numpy().argmin())
            small.loc[others.index[smallest]] = True
    return _without(links, small, ["people"])


def _linked(linked: pd.DataFrame) -> pd.DataFrame:
    """Both sides go where one is small: it would follow from the other and the whole."""
    if linked.empty:
        return linked.assign(suppressed=pd.Series(dtype=bool))
    few = _small(linked["n_linked"]) | _small(linked["n_single"])
    return _without(linked, few, [str(name) for name in linked.select_dtypes("number")])


def _reliability(reliability: pd.DataFrame, completeness: pd.DataFrame) -> pd.DataFrame:
    """Small samples, and shares at the end of a scale that stand for one to four people.

    `n` counts all arms: it goes as well where one arm is hidden in the (safe) completeness, which
    would follow from the other arms.
    """
    numbers = [str(name) for name in reliability.select_dtypes("number") if name != "items"]
    safe = _without(reliability, _small(reliability["n"]) | _small(reliability["n_rows"]), numbers)
    safe.loc[safe["suppressed"], "note"] = pd.NA
    for share in ("floor_share", "ceiling_share"):
        people = (reliability[share] * reliability["n"]).astype(float)
        safe[share] = safe[share].mask((people > 0.5) & (people < SMALLEST_CELL - 0.5))
    place = ["instrument", "scale", "wave"]
    hidden = {tuple(row) for row in
              completeness.loc[completeness["scored"].isna(), place].to_numpy()}
    of_hidden = pd.Series([tuple(row) in hidden for row in reliability[place].to_numpy()],
                          index=reliability.index, dtype=bool)
    safe[["n", "n_rows"]] = safe[["n", "n_rows"]].astype(object).mask(of_hidden).infer_objects()
    safe["note"] = safe["note"].mask(of_hidden)
    return safe


def _files(files: pd.DataFrame, flow: pd.DataFrame) -> pd.DataFrame:
    """Without the rows of a table from which a hidden number of people would follow."""
    hidden = pd.Series(False, index=files.index)
    for table, people in (("participants", "people"), ("responses", "answered")):
        hidden |= (files["table"] == table) & bool(flow[people].isna().any())
    return _without(files, hidden, ["rows_in", "rows_used"])


def _comparison(evaluation: Evaluation, change: pd.DataFrame) -> pd.DataFrame:
    comparison = evaluation.comparison
    if comparison.empty or evaluation.study.arms is None:
        return comparison.assign(suppressed=pd.Series(dtype=bool))
    control = evaluation.study.arms.control

    def of(rows: pd.Series) -> pd.Series:
        """The comparisons in which one of the two arms is among these rows of the change."""
        hidden = {tuple(row) for row in change.loc[rows, RESULT].to_numpy()}
        either = [
            (*key, arm) in hidden or (*key, control) in hidden
            for *key, arm in comparison[RESULT].to_numpy()
        ]
        return pd.Series(either, index=comparison.index, dtype=bool)

    small = of(change["suppressed"]) | _small(comparison["n"])
    result = _without(comparison, small, ESTIMATED)
    return _without(result, of(change["n_asked"].isna()), ["n_asked"])


def _effects(
    effects: pd.DataFrame, change: pd.DataFrame, comparison: pd.DataFrame
) -> pd.DataFrame:
    key = ["instrument", "scale", "contrast", "wave"]
    hidden = {
        tuple(row)
        for frame in (change, comparison)
        for row in frame.loc[frame["suppressed"], key].to_numpy()
    }
    rows = pd.Series([tuple(row) in hidden for row in effects[key].to_numpy()],
                     index=effects.index, dtype=bool)
    return _without(effects, rows, ["value", "low", "high", "sd_used"])


def _few_pairs(evaluation: Evaluation, descriptives: pd.DataFrame) -> pd.Series:
    """Rows of the change behind which a hidden cell, or fewer than five complete pairs, stands.

    `n` of a mixed model counts whoever has any score, and would not tell it.
    """
    baseline, change, of = evaluation.study.baseline, evaluation.change, ["instrument", "scale"]
    hidden = _places(descriptives.loc[descriptives["suppressed"]])
    scored = evaluation.scores[evaluation.scores["value"].notna()]
    before = scored.loc[scored["wave"] == baseline, ["participant", *of]]
    pairs = scored.merge(before, on=["participant", *of]).groupby(RESULT, dropna=False).size()
    people = {tuple(_known(place)): number for place, number in pairs.items()}
    rows = [tuple(_known(row)) for row in change[RESULT].to_numpy()]
    few = [0 < people.get(place, 0) < SMALLEST_CELL or place in hidden
           or (*place[:2], baseline, place[3]) in hidden for place in rows]
    return pd.Series(few, index=change.index, dtype=bool)


def _without_rows(results: pd.DataFrame, hidden: set[tuple[object, ...]]) -> pd.DataFrame:
    """Notes without what gives a hidden cell of the outcome, or a hidden result, away."""
    if results.empty:
        return results
    outcomes = results[["instrument", "scale"]].to_numpy()
    notes = [
        APART.sub("", ROWS.sub("", note)).strip() or None
        if isinstance(note, str) and (tuple(outcome) in hidden or taken) else note
        for note, outcome, taken in zip(results["note"], outcomes, results["suppressed"],
                                        strict=True)
    ]
    return results.assign(note=pd.Series(notes, index=results.index, dtype=results["note"].dtype))


def _warnings(safe: Shown, hidden: set[tuple[object, ...]]) -> tuple[str, ...]:
    """Warnings repeat the note of the primary result; the rows of its model stand there."""
    told = [ROWS.sub("", text).strip() for text in safe.warnings]
    if safe.study.outcome in hidden:
        told = [APART.sub("", text).strip() for text in told]
    return tuple(told)


def _groups(groups: pd.DataFrame, change: pd.DataFrame) -> pd.DataFrame:
    """Variances between groups of arms of which the change may be shown."""
    hidden = _places(change.loc[change["suppressed"].astype(bool)])
    rows = pd.Series([tuple(_known(row)) in hidden for row in groups[RESULT].to_numpy()],
                     index=groups.index, dtype=bool)
    return _without(groups, rows | _small(groups["people"]),
                    ["people", "variance", "icc", "low", "high"])


def _alternatives(
    evaluation: Evaluation, change: pd.DataFrame, comparison: pd.DataFrame
) -> pd.DataFrame:
    """Other analyses of a result go where the result goes; the mean of waves with any of them."""
    alternatives = evaluation.alternatives
    results = comparison if evaluation.study.arms else change
    gone = results.loc[results["suppressed"].astype(bool)]
    hidden, arms = _places(gone), {(*row[:2], row[3]) for row in _places(gone)}
    rows = pd.Series(
        [place in hidden or (analysis == MEAN_OF_WAVES and (*place[:2], place[3]) in arms)
         for analysis, place in zip(
             alternatives["analysis"], map(tuple, map(_known, alternatives[RESULT].to_numpy())),
             strict=True)],
        index=alternatives.index, dtype=bool)
    safe = _without(alternatives, rows | _small(alternatives["n"]), ESTIMATED)
    return safe.assign(n_asked=safe["n_asked"].astype(object).mask(safe["suppressed"])
                       .infer_objects())


def _places(rows: pd.DataFrame) -> set[tuple[object, ...]]:
    return {tuple(_known(row)) for row in rows[RESULT].to_numpy()}


def _scores(scores: pd.DataFrame, descriptives: pd.DataFrame) -> pd.DataFrame:
    """The rows of people whose arm, wave and scale may be shown."""
    hidden = descriptives.loc[descriptives["suppressed"], RESULT]
    if hidden.empty:
        return scores
    left_out = {tuple(_known(row)) for row in hidden.to_numpy()}
    keep = [tuple(_known(row)) not in left_out for row in scores[RESULT].to_numpy()]
    return scores.loc[keep]


def _known(row: object) -> list[object]:
    """Missing arms as None, so that two of them are equal."""
    return [None if pd.isna(value) else value for value in row]  # type: ignore[attr-defined]


def _told(safe: Shown) -> tuple[str, ...]:
    """What was taken out, by table, in words."""
    tables = {
        "people and groups": safe.flow, "attendance": safe.attendance,
        "completeness": safe.completeness, "scores by arm and wave": safe.descriptives,
        "change within arms": safe.change, "comparison of arms": safe.comparison,
    }
    told = [f"{name}: {counted(int(frame['suppressed'].sum()), 'row')}" for name, frame in {
        "reliability": safe.reliability, "columns and items": safe.items,
        "primary result without doubtful forms or links": safe.sensitivity,
        "links": safe.links, "linked people and others": safe.linked,
        "reasons of missing answers": safe.reasons,
        "groups": safe.groups, "other analyses": safe.alternatives,
    }.items() if frame["suppressed"].any()]
    for name, frame in tables.items():
        rows = frame.loc[frame["suppressed"].astype(bool)]
        if not rows.empty:
            arms = listed([label(arm) for arm in rows["arm"].drop_duplicates()])
            told.append(f"{name}: {counted(len(rows), 'row')} ({arms})")
    few = ["floor_share_suppressed", "ceiling_share_suppressed"]
    shares = int((safe.descriptives[few].any(axis=1) & ~safe.descriptives["suppressed"]).sum())
    if shares:
        told.append(f"shares at the end of a scale: {counted(shares, 'row')}")
    return tuple(told)
