"""The primary result by other methods: how much hangs on the one that was chosen."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from balint_research.analysis import estimates as est
from balint_research.analysis.arm_models import ArmModel, arm_models
from balint_research.analysis.arms import ArmResults, contrast_row, two_groups
from balint_research.analysis.change import person_changes, wave_results
from balint_research.analysis.model_contrast import How
from balint_research.study.study import Study

REPORTED = "as reported"
KEPT = "variances at 0 kept in the degrees of freedom"
METHODS: dict[str, How] = {
    "Satterthwaite df": How(df="satterthwaite"),
    "cluster-robust (CR2)": How(df="cr2"),
}
ONE_RESIDUAL = "one residual covariance for both arms"
MEAN_OF_WAVES = "mean of the later waves"
CLUSTER_MEANS = "t test of the cluster means of change"


def arm_alternatives(
    results: ArmResults, study: Study, scores: pd.DataFrame, *,
    asked: pd.DataFrame | None = None, participants: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The primary comparison as reported, and by other methods.

    Returns
    -------
    `Estimates` with a first column ``analysis``; p is not adjusted. Empty where the primary
    comparison is not tested at all. The methods:
        zero variances kept (where one is 0), Satterthwaite df, CR2,
        one residual covariance for both arms,
        mean of the later waves (where there are several),
        t test of the cluster means of change (cluster-randomised).
    """
    outcome = study.outcome
    rows = []
    for own in (own for own in results.models if (own.instrument, own.scale) == outcome):
        made = list(_of_arm(own, study, scores, asked, participants))
        rows += made if len(made) > 1 else []
    return _frame(rows)


def wave_alternatives(
    scores: pd.DataFrame, study: Study, reported: pd.DataFrame, *,
    asked: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The same for the change in a study without arms; empty without two groups."""
    instrument, scale = study.outcome
    own = scores[(scores["instrument"] == instrument) & (scores["scale"] == scale)]
    first = _primary(reported, study)
    if first.empty or first["n_groups"].iloc[0] <= 2 or first["se"].isna().all():
        return _frame([])   # two groups: the result is CR2 already
    made = [(REPORTED, first)]
    boundary = first["note"].fillna("").str.contains("estimated at 0").iloc[0]
    methods = {**({KEPT: How(drop_zero=False)} if boundary else {}), **METHODS}
    for analysis, how in methods.items():
        again = wave_results(own, study, asked=asked, df=how.df, drop_zero=how.drop_zero)
        made.append((analysis, _primary(again.estimates, study)))
    return pd.concat([rows.assign(analysis=analysis)[["analysis", *rows.columns]]
                      for analysis, rows in made], ignore_index=True)


def _of_arm(
    own: ArmModel, study: Study, scores: pd.DataFrame, asked: pd.DataFrame | None,
    participants: pd.DataFrame | None,
) -> Iterator[dict[str, Any]]:
    def row(
        analysis: str, model: ArmModel, how: How, weights: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        made, _ = contrast_row(model, study, study.primary_wave, how, scores=scores, asked=asked,
                               weights=weights)
        return {"analysis": analysis, **made}

    reported = row(REPORTED, own, How())
    yield reported
    fit = own.model.fit
    if "se" not in reported or fit is None:
        return
    clusters = own.design == "cluster_randomised"
    few = two_groups(own, study.primary_wave)
    if fit.boundary and not few:
        yield row(KEPT, own, How(drop_zero=False))
    for analysis, how in METHODS.items() if clusters or not few else ():
        yield row(analysis, own, how)
    (shared,) = arm_models(scores, study, asked=asked, participants=participants, by_arm=False,
                           only=(own.instrument, own.scale, own.sides[0]))
    if shared.model.words != own.model.words:
        yield row(ONE_RESIDUAL, shared, How())
    places = [k for k, name in enumerate(own.layout.waves)
              if name in own.layout.later and all(own.at(arm, name).people for arm in own.sides)]
    if len(places) > 1:
        weights = {f"effect_{k}": 1 / len(places) for k in places}
        yield row(MEAN_OF_WAVES, own, How(), weights)
    if clusters:
        yield {**reported, "analysis": CLUSTER_MEANS, **_cluster_means(own, study)}


def _cluster_means(own: ArmModel, study: Study) -> dict[str, Any]:
    """Two-sample t test (pooled SD) of the unweighted mean changes of the clusters."""
    from scipy import stats

    scores = own.scores[(own.scores["instrument"] == own.instrument)
                        & (own.scores["scale"] == own.scale)]
    changes = person_changes(scores, study)
    here = changes[changes["wave"] == study.primary_wave]
    treated, control = (
        here[here["arm"] == arm].groupby("group", observed=True)["change"].mean().to_numpy()
        for arm in own.sides)
    empty = dict.fromkeys(("estimate", "se", "df", "low", "high", "statistic", "p"))
    if min(len(treated), len(control)) < 2:
        return {**empty, "method": CLUSTER_MEANS, "note": "Too few clusters with pairs."}
    test = stats.ttest_ind(treated, control)
    estimate, df = float(treated.mean() - control.mean()), float(test.df)
    se = estimate / float(test.statistic)
    low, high = est.t_interval(estimate, se, df)
    return {"estimate": estimate, "se": se, "df": df, "low": low, "high": high,
            "statistic": float(test.statistic), "p": float(test.pvalue), "method": CLUSTER_MEANS,
            "n": len(here), "note": None}


def _primary(estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    instrument, scale = study.outcome
    return estimates[(estimates["instrument"] == instrument) & (estimates["scale"] == scale)
                     & (estimates["wave"] == study.primary_wave)]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = est.estimates_frame([{name: value for name, value in row.items()
                                  if name != "analysis"} for row in rows])
    frame.insert(0, "analysis", pd.Series([row["analysis"] for row in rows], dtype="string"))
    return frame
