"""One run of a study: every frame the design calls for, ready to show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from balint_research.analysis.alternatives import arm_alternatives, wave_alternatives
from balint_research.analysis.arms import ArmResults, arm_results, compare_arms
from balint_research.analysis.change import WaveResults, compare_waves, wave_results
from balint_research.analysis.describe import describe
from balint_research.analysis.estimates import outcomes
from balint_research.analysis.links import linked_at_baseline
from balint_research.analysis.words import FITTED_ON, TWO_CLUSTERS
from balint_research.study.contracts import StudyData
from balint_research.study.flow import attendance, completeness, flow
from balint_research.study.linked import exact_links_only, linked_otherwise, links, reasons
from balint_research.study.psychometrics import study_items, study_reliability
from balint_research.study.scores import score_study
from balint_research.study.screening import flagged_forms
from balint_research.study.study import Study

WITHOUT_FLAGGED = "without flagged forms"
EXACT_LINKS = "exact links only"
UNLINKED = (" Rows that could not be linked count as people of their own here, so fewer may be "
            "missing.")
LOSS_WORTH_SAYING = 0.2  # share of people without the primary result: the usual line for concern


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Everything one run of a study produced; figures, tables and the report only show it.

    Attributes
    ----------
    study, data : what was planned, and the checked data.
    scores : long, one row a person, wave and scale (`score_study`).
    flow : ``arm wave people groups asked answered`` (people and groups as allocated; `answered`:
        at least one item of that wave).
    attendance : ``arm group people sessions_held offered attended share`` or empty.
    completeness : ``instrument scale arm wave answered complete prorated too_few empty``.
    descriptives : ``instrument scale arm wave n_asked n mean sd median q1 q3 floor_share
        ceiling_share``.
    change : `Estimates` of the change within each arm since the baseline.
    comparison : `Estimates` between each treated arm and the control; empty without arms.
    effects : `Effects`, every standardised difference under its own name.
    groups : ``instrument scale wave arm groups people variance icc low high``: the variance between
        the groups of an arm and the intraclass correlation, with its 95 % profile-likelihood
        interval, of every outcome and later wave for which a group effect was fitted.
    alternatives : `Estimates` of the primary result by other methods (column ``analysis``, the
        first row of an arm as reported); empty where nothing was tested or no group is there.
    sensitivity : `Estimates` of the primary outcome at the primary wave, once as reported (``all
        forms``), once ``without flagged forms`` and once with ``exact links only`` (column
        ``analysis``; ``flagged``: people whose form of the primary outcome shows signs of careless
        answering at a wave that counts, or who were linked otherwise than by equal codes;
        ``agrees``: the result points the same way, and its interval leaves out zero, or does not,
        as reported). Empty where there is nothing to leave out.
    reasons : ``instrument wave reason answers people``: why answers are missing, where it is known.
    links : ``wave how people`` of a study whose waves were linked by codes, else empty.
    linked : baseline scores of linked people against those who could not be linked
        (`linked_at_baseline`).
    items : which column is which item (`study_items`).
    reliability : alpha, omega and more of every scale (`study_reliability`).
    warnings : sentences a reader must know that follow from these data.
    """

    study: Study
    data: StudyData
    scores: pd.DataFrame
    flow: pd.DataFrame
    attendance: pd.DataFrame
    completeness: pd.DataFrame
    descriptives: pd.DataFrame
    change: pd.DataFrame
    comparison: pd.DataFrame
    effects: pd.DataFrame
    groups: pd.DataFrame
    alternatives: pd.DataFrame
    sensitivity: pd.DataFrame
    reasons: pd.DataFrame
    links: pd.DataFrame
    linked: pd.DataFrame
    items: pd.DataFrame
    reliability: pd.DataFrame
    warnings: tuple[str, ...]


def evaluate(study: Study, data: StudyData) -> Evaluation:
    """Score, describe and analyse a study as its declared design calls for.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).

    Returns
    -------
    `Evaluation`; each frame is documented at the function that makes it: `score_study`, `flow`,
    `attendance`, `completeness`, `describe`, `compare_waves`, `compare_arms`.

    Raises
    ------
    DataError, ScoringError, AnalysisError : as those functions; not for data from `read_data`.

    Examples
    --------
    >>> import balint_research as br
    >>> study = br.read_study(br.example("balint_cohort"))
    >>> result = br.evaluate(study, br.read_data(study))
    >>> result.comparison.loc[0, ["instrument", "scale", "contrast"]].tolist()
    ['mbi_hss', 'emotional_exhaustion', 'balint - waitlist']
    """
    scores = score_study(study, data)
    people = flow(study, data)
    within = wave_results(scores, study, asked=people)
    between = arm_results(scores, study, asked=people, participants=data.participants)
    main = between.estimates if study.arms else within.estimates
    return Evaluation(
        study=study,
        data=data,
        scores=scores,
        flow=people,
        attendance=attendance(study, data),
        completeness=completeness(study, data, scores),
        descriptives=describe(scores, study, asked=people),
        change=within.estimates,
        comparison=between.estimates,
        effects=_together(within.effects, between.effects),
        groups=between.groups if study.arms else within.groups,
        alternatives=_alternatives(study, data, scores, people, within, between),
        sensitivity=_sensitivity(study, data, scores, people, main),
        reasons=reasons(study, data),
        links=links(study, data),
        linked=linked_at_baseline(scores, study, data),
        items=study_items(study, data),
        reliability=study_reliability(study, data),
        warnings=tuple(_warnings(study, data, scores, people, main)),
    )


def _alternatives(
    study: Study, data: StudyData, scores: pd.DataFrame, people: pd.DataFrame,
    within: WaveResults, between: ArmResults,
) -> pd.DataFrame:
    """The primary result by other methods: of the comparison where there are arms."""
    if study.arms is None:
        return wave_alternatives(scores, study, within.estimates, asked=people)
    return arm_alternatives(between, study, scores, asked=people, participants=data.participants)


def _sensitivity(
    study: Study, data: StudyData, scores: pd.DataFrame, people: pd.DataFrame,
    results: pd.DataFrame,
) -> pd.DataFrame:
    """The primary result again, without what there is to doubt."""
    reported = _primary(study, results)
    again = [] if reported.empty else [
        part for part in (_without_flagged(study, data, scores, people),
                          _with_exact_links(study, data)) if part is not None]
    if not again:
        return pd.DataFrame(columns=[*results.columns, "analysis", "flagged", "agrees"])
    return pd.concat([
        reported.assign(analysis="all forms", flagged=0, agrees=True),
        *(part.assign(agrees=_reads_alike(reported, part)) for part in again),
    ], ignore_index=True)


def _without_flagged(
    study: Study, data: StudyData, scores: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame | None:
    """Without the forms that show signs of careless answering, where there are any."""
    instrument, scale = study.outcome
    flagged = flagged_forms(study, data.responses, instrument)
    flagged = flagged[flagged["wave"].isin((study.baseline, study.primary_wave))]
    if flagged.empty:
        return None
    ours = scores[(scores["instrument"] == instrument) & (scores["scale"] == scale)]
    marks = flagged[["participant", "wave"]].drop_duplicates().assign(flagged=True)
    left = ours.merge(marks, on=["participant", "wave"], how="left")["flagged"].isna().to_numpy()
    kept = ours.assign(value=ours["value"].where(left))
    return _main(study, kept, people, data).assign(
        analysis=WITHOUT_FLAGGED, flagged=int(flagged["participant"].nunique()))


def _with_exact_links(study: Study, data: StudyData) -> pd.DataFrame | None:
    """With people whose codes were not equal as people of one wave, where there are any."""
    number = len(linked_otherwise(data))
    if not number:
        return None
    apart = exact_links_only(data)
    again = _main(study, score_study(study, apart), flow(study, apart), apart)
    return again.assign(analysis=EXACT_LINKS, flagged=number)


def _main(
    study: Study, scores: pd.DataFrame, people: pd.DataFrame, data: StudyData
) -> pd.DataFrame:
    """The primary result of these scores: of the comparison where there are arms."""
    results = (compare_arms(scores, study, asked=people, participants=data.participants)
               if study.arms else compare_waves(scores, study, asked=people))
    return _primary(study, results)


def _reads_alike(one: pd.DataFrame, other: pd.DataFrame) -> list[bool]:
    """Row by row: the same sign, and zero inside both intervals or outside both."""
    def reads(rows: pd.DataFrame) -> list[tuple[bool, bool]]:
        return [(low > 0 or high < 0, estimate > 0) for low, high, estimate in zip(
            rows["low"], rows["high"], rows["estimate"], strict=True)]

    return [first == second for first, second in zip(reads(one), reads(other), strict=True)]


def _primary(study: Study, results: pd.DataFrame) -> pd.DataFrame:
    """The rows of the primary outcome at the primary wave."""
    name = results["instrument"] + "." + results["scale"]
    return results[(name == study.primary_outcome) & (results["wave"] == study.primary_wave)]


def _together(*effects: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in effects if not frame.empty]
    return pd.concat(filled, ignore_index=True) if filled else effects[0]


def _warnings(
    study: Study, data: StudyData, scores: pd.DataFrame, people: pd.DataFrame,
    results: pd.DataFrame,
) -> Iterator[str]:
    yield from _primary_notes(study, results)
    yield from _only_described(study)
    yield from _lost(study, data, scores, people)


def _primary_notes(study: Study, results: pd.DataFrame) -> Iterator[str]:
    """Why the primary result is refused or weak: too important for a footnote."""
    for _, row in _primary(study, results).iterrows():
        if pd.isna(row["note"]) or not (pd.isna(row["p"]) or TWO_CLUSTERS in row["note"]):
            continue
        # how many rows a model had is no warning, and a hidden cell might follow from it
        told = re.sub(rf"{FITTED_ON} [^.]*\.( |$)", "", row["note"]).strip()
        if told:
            yield f"Primary outcome, {row['contrast']}: {told}"


def _only_described(study: Study) -> Iterator[str]:
    compared = {instrument for instrument, _ in outcomes(study)}
    for name, use in study.instruments.items():
        if name not in compared and study.design != "cross_sectional":
            waves = " and ".join(use.waves)
            yield (
                f"{use.key.label} was given at {waves} only, which shows no change since the "
                "baseline: it is described and not compared."
            )


def _lost(
    study: Study, data: StudyData, scores: pd.DataFrame, people: pd.DataFrame
) -> Iterator[str]:
    instrument, _, scale = study.primary_outcome.partition(".")
    primary = scores[(scores["instrument"] == instrument) & (scores["scale"] == scale)]
    scored = primary[primary["value"].notna() & (primary["wave"] == study.primary_wave)]
    asked = int(people.loc[people["wave"] == study.primary_wave, "people"].sum())
    known = int(scored["participant"].nunique())
    lost = asked - known
    if asked and lost / asked > LOSS_WORTH_SAYING:
        few = 0 < known < study.privacy.k  # then also what is lost would tell how many they are
        yield (
            f"{'Most' if few else lost} of {asked} people have no score of the primary outcome at "
            f"{study.primary_wave}; if they differ from the others, so may the result."
            + ("" if data.links.empty else UNLINKED)
        )
