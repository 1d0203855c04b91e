"""Estimated marginal means, and the contrasts of arms and waves that are made of them."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.degrees import Df
from balint_research.analysis.mixed.design import estimable, model_rows
from balint_research.analysis.mixed.fit import GaussianFit
from balint_research.analysis.mixed.likelihood import Floats
from balint_research.errors import AnalysisError


def marginal_means(
    fit: GaussianFit, by: Sequence[str], *, grid: pd.DataFrame | None = None,
    df: Df = "kenward_roger", drop_zero: bool = True,
) -> pd.DataFrame:
    """Means the model gives for the levels of some columns, all others held equal.

    Other categorical columns of the formula are averaged over their levels, each counting the
    same; other numbers are held at their mean over the rows used.

    Parameters
    ----------
    fit : of `fit_gaussian`.
    by : columns of the formula, such as ``["arm", "wave"]``.
    grid : frame with the combinations wanted: the columns of `by`, and columns that follow from
        them (an indicator of the treated at later waves); all combinations of the levels of `by`
        that occur, if not given.
    df, drop_zero : as for `contrasts`.

    Returns
    -------
    frame: the columns of `by`, then ``estimate se df low high``.

    Raises
    ------
    AnalysisError : a column is not in the formula, or a mean cannot be estimated because a
        combination of levels does not occur.

    Notes
    -----
    Checked against R emmeans with Kenward-Roger df.

    Examples
    --------
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> frame = pd.DataFrame({"y": [1.0, 3, 5, 7], "arm": list("aabb")})
    >>> marginal_means(fit_gaussian(frame, "y ~ arm"), ["arm"])[["arm", "estimate", "df"]]
      arm  estimate   df
    0   a       2.0  2.0
    1   b       6.0  2.0
    """
    labels, rows = _mean_rows(fit, list(by), grid)
    result = _of_rows(fit, rows, df, drop_zero)
    return pd.concat([labels, result[["estimate", "se", "df", "low", "high"]]], axis=1)


def marginal_contrasts(
    fit: GaussianFit, *, arm: str, wave: str, control: str, baseline: str,
    grid: pd.DataFrame | None = None, df: Df = "kenward_roger", drop_zero: bool = True,
) -> pd.DataFrame:
    """Arms at each wave, change from the baseline by arm, and the difference in change.

    Parameters
    ----------
    fit : of `fit_gaussian`; its formula has the two columns.
    arm, wave : names of the columns.
    control, baseline : the level of each that the others are compared with.
    grid, df, drop_zero : as for `marginal_means`.

    Returns
    -------
    frame ``kind arm wave estimate se df low high statistic p``; kind is ``arms`` (arm - control at
    the wave), ``change`` (wave - baseline in the arm) or ``difference in change`` (change in the
    arm - change in the control).

    Raises
    ------
    AnalysisError : as `marginal_means`; also where control or baseline is no level.

    Notes
    -----
    Checked against R emmeans (``contrast``, Kenward-Roger df).

    Examples
    --------
    >>> from balint_research.analysis.mixed.fit import fit_gaussian
    >>> frame = pd.DataFrame({"y": [1.0, 3, 5, 7, 2, 4, 9, 8], "arm": list("aaaabbbb"),
    ...                       "wave": ["w0", "w0", "w1", "w1"] * 2})
    >>> fit = fit_gaussian(frame, "y ~ arm * wave")
    >>> marginal_contrasts(fit, arm="arm", wave="wave", control="a", baseline="w0")[
    ...     ["kind", "arm", "wave", "estimate"]]
                       kind arm wave  estimate
    0                  arms   b   w0       1.0
    1                  arms   b   w1       2.5
    2                change   a   w1       4.0
    3                change   b   w1       5.5
    4  difference in change   b   w1       1.5
    """
    labels, rows = _mean_rows(fit, [arm, wave], grid)
    place = {(str(a), str(w)): row for a, w, row in zip(
        labels[arm], labels[wave], rows, strict=True)}
    arms, waves = (list(dict.fromkeys(labels[name].astype(str))) for name in (arm, wave))
    for level, known, column in ((control, arms, arm), (baseline, waves, wave)):
        if level not in known:
            raise AnalysisError(
                f"'{level}' is no level of {column}. Allowed: {', '.join(known)}.")
    others = [name for name in arms if name != control]
    later = [name for name in waves if name != baseline]
    made: list[tuple[str, str, str, Floats]] = []
    made += [("arms", a, w, place[a, w] - place[control, w]) for a, w in product(others, waves)]
    made += [("change", a, w, place[a, w] - place[a, baseline]) for a, w in product(arms, later)]
    made += [("difference in change", a, w,
              place[a, w] - place[a, baseline] - place[control, w] + place[control, baseline])
             for a, w in product(others, later)]
    result = _of_rows(fit, np.array([row for *_, row in made]), df, drop_zero)
    names = pd.DataFrame([row[:3] for row in made], columns=["kind", "arm", "wave"])
    return pd.concat([names, result.drop(columns="contrast")], axis=1)


def _of_rows(fit: GaussianFit, rows: Floats, df: Df, drop_zero: bool) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(fit.design.columns))
    return contrasts(fit, frame, df=df, drop_zero=drop_zero)


def _mean_rows(
    fit: GaussianFit, by: list[str], grid: pd.DataFrame | None
) -> tuple[pd.DataFrame, Floats]:
    """The combinations wanted, and for each the weights of the coefficients."""
    made, frame = fit.design, fit.design.frame
    columns = [name for name in frame.columns if name in made.terms]
    wanted = _combinations(frame, by, columns) if grid is None else grid.reset_index(drop=True)
    absent = [name for name in by if name not in wanted.columns or name not in columns]
    if absent and grid is None:
        raise AnalysisError(
            f"{', '.join(absent)} is not in the formula {made.formula}. Give a `grid` with the "
            "columns that follow from it.")
    rest = [name for name in columns if name not in wanted.columns]
    others = _combinations(frame, [name for name in rest if not _is_number(frame[name])], rest)
    for name in rest:
        if _is_number(frame[name]):
            others[name] = float(frame[name].astype("float64").mean())
    crossed = wanted.assign(combination=range(len(wanted))).merge(others, how="cross")
    for name in columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            crossed[name] = crossed[name].astype(frame[name].dtype)
    full = model_rows(made, crossed[columns] if columns else crossed)
    mean = np.array([full[(crossed["combination"] == i).to_numpy()].mean(axis=0)
                     for i in range(len(wanted))])
    return wanted[list(by)], estimable(made, mean)


def _combinations(frame: pd.DataFrame, by: list[str], known: list[str]) -> pd.DataFrame:
    """All combinations of the levels of some columns; one row without columns if there is none."""
    absent = [name for name in by if name not in known]
    if absent:
        raise AnalysisError(
            f"{', '.join(absent)}: no column of the formula. Give a `grid` with the columns of the "
            "formula that follow from it.")
    levels = [_levels(frame[name]) for name in by]
    return pd.DataFrame(list(product(*levels)), columns=by, index=None)


def _levels(values: pd.Series) -> list[object]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [level for level in values.cat.categories if (values == level).any()]
    return sorted(values.unique())


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)
