"""The fitted model of every outcome in each treated arm and the control."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.group_model import GroupModel, Layout, fitted_model, model_icc
from balint_research.analysis.layouts import arm_layout
from balint_research.errors import AnalysisError
from balint_research.study.study import Design, Study

GROUPS = ["instrument", "scale", "wave", "arm", "groups", "people", "variance", "icc", "low",
          "high"]


@dataclass(frozen=True)
class Counts:
    """People, groups, and people without a group (in an arm with groups)."""

    people: int = 0
    groups: int = 0
    alone: int = 0


@dataclass(frozen=True, kw_only=True)
class ArmModel:
    """The model of one outcome in a treated arm and the control, and who was to be in it.

    `known` counts the groups of each arm as allocated; `scores` are those of the two arms; `counts`
    tells who is in the model, by arm and wave.
    """

    instrument: str
    scale: str
    sides: tuple[str, str]
    design: Design
    baseline: str
    model: GroupModel
    known: dict[str, int]
    scores: pd.DataFrame
    counts: Mapping[tuple[str, str], Counts]

    @property
    def layout(self) -> Layout:
        """Rows and fixed effects."""
        return self.model.layout

    def at(self, arm: str, wave: str) -> Counts:
        """Who of an arm is in the model at a wave."""
        return self.counts.get((arm, wave), Counts())


def arm_models(
    scores: pd.DataFrame, study: Study, *, asked: pd.DataFrame | None = None,
    participants: pd.DataFrame | None = None, by_arm: bool = True,
    only: tuple[str, str, str] | None = None,
) -> Iterator[ArmModel]:
    """Outcome by outcome, treated arm by treated arm; nothing where the study has no arms.

    `only` names one instrument, scale and treated arm.
    """
    est.check_scores(scores, study)
    if study.arms is None:
        return
    covariates = _covariates(study, participants)
    for instrument, scale in est.outcomes(study):
        of = scores[(scores["instrument"] == instrument) & (scores["scale"] == scale)]
        for arm in study.arms.treated:
            if only not in (None, (instrument, scale, arm)):
                continue
            sides = (arm, study.arms.control)
            known = {side: est.groups_of(of, asked, side) for side in sides}
            layout = arm_layout(of, study, instrument, sides, known, covariates)
            yield ArmModel(
                instrument=instrument, scale=scale, sides=sides, design=study.design,
                baseline=study.baseline, model=fitted_model(layout, by_arm=by_arm), known=known,
                scores=of[of["arm"].isin(sides) & of["value"].notna()],
                counts=_counts(layout.frame))


def group_variances(models: Sequence[ArmModel]) -> pd.DataFrame:
    """How alike the members of a group are: ``instrument scale wave arm groups people variance icc
    low high``, one row an outcome, later wave and arm with groups."""
    rows, seen = [], set()
    for own in models:
        for arm in own.sides:
            for wave in own.layout.later:
                place = (own.instrument, own.scale, wave, arm)
                share = None if place in seen else model_icc(own.model, arm, wave)
                if share is None:
                    continue
                seen.add(place)
                here = own.at(arm, wave)
                rows.append((*place, here.groups, here.people, group_variance(own.model, arm),
                             share.estimate, share.low, share.high))
    return pd.DataFrame(rows, columns=GROUPS)


def group_variance(model: GroupModel, arm: str) -> float:
    """Estimated variance between the groups of an arm at one wave (group, and group x wave)."""
    if model.fit is None:
        return math.nan
    variances = model.fit.variances
    return float(variances.loc[variances["parameter"].isin(model.between[arm]), "estimate"].sum())


def _counts(frame: pd.DataFrame) -> dict[tuple[str, str], Counts]:
    """Who has a row, by arm and wave."""
    return {
        (str(arm), str(wave)): Counts(
            people=int(rows["participant"].nunique()), alone=int(rows["alone"].sum()),
            groups=int(rows.loc[~rows["alone"], "group"].nunique()))
        for (arm, wave), rows in frame.groupby(["arm", "wave"], observed=True)
    }


def _covariates(study: Study, participants: pd.DataFrame | None) -> pd.DataFrame | None:
    """``participant`` and the declared covariates."""
    if not study.covariates:
        return None
    absent = [name for name in study.covariates
              if participants is None or name not in participants.columns]
    if participants is None or absent:
        raise AnalysisError(
            f"The study declares the covariates {', '.join(study.covariates)}; {', '.join(absent)} "
            "cannot be found. Give `participants=data.participants`.")
    return participants[["participant", *study.covariates]]
