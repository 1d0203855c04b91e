"""Scores of one outcome as the rows and fixed effects of the model that a design calls for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.group_model import Layout
from balint_research.analysis.words import EVERYBODY_ALIKE
from balint_research.study.study import Study

ALL = "everyone"   # the one arm of a study without arms


def arm_layout(
    scores: pd.DataFrame, study: Study, instrument: str, sides: tuple[str, str],
    known: Mapping[str, int], covariates: pd.DataFrame | None,
) -> Layout:
    """Treated arm and control: with a common mean at the baseline, or adjusted for the baseline.

    `scores` are those of one outcome; `known` counts the groups of each arm as allocated.
    """
    grouped = tuple(side for side in sides if known[side])
    compared = est.later_waves(study, instrument)
    adjusted, notes = study.design == "controlled", list[str]()
    waves = compared if adjusted else [study.baseline, *compared]
    frame = _rows(scores, waves, sides, grouped)
    if adjusted:
        frame, notes = _with_baseline(frame, scores, study.baseline)
    elif _alike(frame, study.baseline):
        notes = [EVERYBODY_ALIKE.format(wave=study.baseline)]
        waves = compared
        frame = _at(frame, waves)
    frame, terms, more = _with_covariates(frame, covariates)
    frame = _with_indicators(frame, compared, sides[0])
    number = range(len(waves))
    effects = [f"effect_{k}" for k in number if waves[k] in compared]
    slopes = [f"wave_{k}:{term}" for term in [*(["pre"] if adjusted else []), *terms]
              for k in number]
    words = ("adjusted for the baseline score" if adjusted else
             "common mean at the baseline" if study.baseline in waves else "without the baseline")
    if terms:
        words += f"{' and' if adjusted else ', adjusted'} for {' and '.join(study.covariates)}"
    return Layout(
        frame=frame, formula=_formula([f"wave_{k}" for k in number], effects, slopes),
        waves=tuple(waves), later=tuple(compared), arms=sides, grouped=grouped,
        one_variance=study.design == "cluster_randomised" or (adjusted and len(grouped) > 1),
        by_arm=True, words=words, notes=(*notes, *more))


def wave_layout(
    scores: pd.DataFrame, study: Study, instrument: str, arm: str | None
) -> Layout:
    """One arm with groups: the change where there is one later wave, else a mean at each wave."""
    later = est.later_waves(study, instrument)
    waves = [study.baseline, *later]
    frame = _rows(scores, waves, (arm,), (arm,))
    if len(later) == 1:
        pre = frame[frame["wave"] == study.baseline].set_index("participant")["value"]
        frame, waves = _at(frame, later), later
        frame = frame.assign(value=frame["value"] - frame["participant"].map(pre))
        frame = frame[frame["value"].notna()].reset_index(drop=True)
    frame = _with_indicators(frame, later, "")
    return Layout(
        frame=frame, formula=_formula([f"wave_{k}" for k in range(len(waves))], [], []),
        waves=tuple(waves), later=tuple(later), arms=(arm or ALL,), grouped=(arm or ALL,),
        one_variance=False, by_arm=False,
        words="mean change" if len(later) == 1 else "mean at each wave")


def _alike(frame: pd.DataFrame, wave: str) -> bool:
    """Whether everybody has the same score at a wave: then it tells nothing."""
    values = frame.loc[frame["wave"] == wave, "value"]
    return len(values) > 0 and float(values.max() - values.min()) <= est.SAME


def _at(frame: pd.DataFrame, waves: Sequence[str]) -> pd.DataFrame:
    """The rows of some waves."""
    kept = frame[frame["wave"].isin(list(waves))].reset_index(drop=True)
    return kept.assign(wave=kept["wave"].cat.set_categories(list(waves)))


def _formula(means: Sequence[str], effects: Sequence[str], slopes: Sequence[str]) -> str:
    return f"value ~ 0 + {' + '.join([*means, *effects, *slopes])}"


def _rows(
    scores: pd.DataFrame, waves: Sequence[str], arms: Sequence[str | None],
    grouped: Sequence[str | None],
) -> pd.DataFrame:
    """Rows with a value, with names of groups that no two arms share.

    A person without a group in an arm with groups is a group of one.
    """
    rows = scores[scores["value"].notna() & scores["wave"].isin(waves)]
    rows = rows.assign(arm=ALL if arms[0] is None else rows["arm"].astype("object"))
    names = [arm or ALL for arm in arms]
    rows = rows[rows["arm"].isin(names)].reset_index(drop=True)
    belongs = rows["arm"].isin([arm or ALL for arm in grouped])
    without = rows["group"].isna()
    name = ("group " + rows["group"].astype("object").astype(str)).where(
        ~without, "person " + rows["participant"].astype(str))
    group = (rows["arm"].astype(str) + " " + name).astype("object").where(belongs, None)
    return pd.DataFrame({
        "value": rows["value"].astype("float64"), "participant": rows["participant"].astype(str),
        "arm": pd.Categorical(rows["arm"], categories=names),
        "wave": pd.Categorical(rows["wave"], categories=list(waves)),
        "group": group, "unit": group.where(belongs, "person " + rows["participant"].astype(str)),
        "alone": (belongs & without).to_numpy(dtype=bool),
    })


def _with_indicators(frame: pd.DataFrame, later: Sequence[str], treated: str) -> pd.DataFrame:
    """Columns ``wave_k``, ``effect_k``, ``post`` and ``post <arm>``, as `Layout` says."""
    post = frame["wave"].isin(list(later)).to_numpy()
    waves = list(frame["wave"].cat.categories)
    here = {k: (frame["wave"] == wave).to_numpy() for k, wave in enumerate(waves)}
    is_treated = (frame["arm"] == treated).to_numpy()
    made: dict[str, Any] = {f"wave_{k}": at for k, at in here.items()}
    made |= {f"effect_{k}": at & is_treated for k, at in here.items() if waves[k] in later}
    made["post"] = post
    made |= {f"post {arm}": post & (frame["arm"] == arm).to_numpy()
             for arm in frame["arm"].cat.categories}
    numbers = {name: np.asarray(values, dtype="float64") for name, values in made.items()}
    return pd.concat([frame, pd.DataFrame(numbers, index=frame.index)], axis=1)


def _with_baseline(
    frame: pd.DataFrame, scores: pd.DataFrame, baseline: str
) -> tuple[pd.DataFrame, list[str]]:
    """A column `pre`, the baseline score less its mean; who has none cannot be adjusted."""
    before = scores[scores["wave"] == baseline]
    known = before.set_index(before["participant"].astype(str))["value"].astype("float64")
    pre = frame["participant"].map(known).astype("float64")
    lost = int(frame.loc[pre.isna(), "participant"].nunique())
    frame = frame.assign(pre=pre - pre.mean())[pre.notna()].reset_index(drop=True)
    notes = [f"{lost} {'person has' if lost == 1 else 'people have'} no score at the baseline and "
             "cannot be adjusted for it: left out."] if lost else []
    return frame, notes


def _with_covariates(
    frame: pd.DataFrame, covariates: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Columns ``covariate_i``; numbers less their mean; who lacks one is left out and counted."""
    if covariates is None:
        return frame, [], []
    names = [name for name in covariates.columns if name != "participant"]
    terms = [f"covariate_{i}" for i in range(len(names))]
    own = covariates.set_index(covariates["participant"].astype(str))
    for term, name in zip(terms, names, strict=True):
        values = frame["participant"].map(own[name])
        is_number = pd.api.types.is_numeric_dtype(own[name].dtype)
        frame = frame.assign(**{term: values.astype("float64") - values.astype("float64").mean()
                                if is_number else values.astype("object")})
    complete = frame[terms].notna().all(axis=1)
    lost = int(frame.loc[~complete, "participant"].nunique())
    notes = [f"{lost} {'person lacks' if lost == 1 else 'people lack'} a covariate: left out."
             ] if lost else []
    return frame[complete].reset_index(drop=True), terms, notes
