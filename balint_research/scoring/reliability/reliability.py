"""Internal consistency of every scale: how well its items hang together in these answers."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.plan import TOLERANCE, Coding, Items
from balint_research.scoring.reliability import coefficients as co

Gaps = Literal["listwise", "pairwise"]

FEWEST = 3  # forms: with two, every correlation is 1 or -1

ONE_ITEM = "A scale of one item has no internal consistency."
TOO_FEW = "Fewer than 3 forms can be used, so nothing is estimated."
NO_SPREAD = "The total of the scale does not vary, so nothing is estimated."
NEVER_TOGETHER = (
    "Some items were not answered together often enough for a pairwise covariance, so nothing is "
    "estimated."
)
CONTRADICTORY = (
    "The pairwise covariances contradict each other, so nothing is estimated: use "
    "missing='listwise'."
)
NEGATIVE = (
    "Alpha is negative: on average the items go against each other. `item_analysis` shows which; "
    "see whether they are reversed as the key says."
)

_NUMBERS = ("alpha", "alpha_low", "alpha_high", "omega", "spearman_brown", "min_item_rest", "sd",
            "sem", "floor_share", "ceiling_share")
_KINDS = (
    dict.fromkeys(("instrument", "scale"), "string")
    | dict.fromkeys(("items", "n_rows", "n"), "int64") | {"missing": "string"}
    | dict.fromkeys(_NUMBERS, "float64") | {"note": "string"}
)


def reliability(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    missing: Gaps = "listwise",
    confidence: float = 0.95,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Internal consistency of every scale of a questionnaire in these answers.

    Use it on the forms of one wave: forms of one person at several waves are not independent,
    and the interval would be too narrow. `item_analysis` shows the items one by one, `retest` the
    stability between two waves.

    Parameters
    ----------
    frame, instrument, items, coding, item_order, already_reversed, missing_codes, folder : as in
        `score`: one row a form, raw answers.
    missing : ``"listwise"`` uses the forms on which every item of the scale is answered;
        ``"pairwise"`` takes each covariance from the forms that answer both items.
    confidence : of the interval of alpha, between 0 and 1.

    Returns
    -------
    Frame, one row a scale (scales that count criteria and do not add up are left out)
        ``instrument scale`` : ids,
        ``items`` : number of items,
        ``n_rows n`` : forms that came in and forms used (``"pairwise"``: with at least one answer),
        ``missing`` : as asked for,
        ``alpha alpha_low alpha_high`` : Cronbach's alpha (raw) with Feldt's interval for `n` forms,
        ``omega`` : McDonald's omega total of a one-factor model,
        ``spearman_brown`` : for scales of two items only,
        ``min_item_rest`` : the lowest correlation of an item with the sum of the others,
        ``sd sem`` : standard deviation of the score and standard error of measurement, in its
        units,
        ``floor_share ceiling_share`` : shares of the forms with every item answered whose score is
        the lowest, or the highest, of the scale,
        ``note`` : how many forms are left out and why, and why a figure is missing.

    Raises
    ------
    ScoringError, DataError : as `score`; `missing` or `confidence` that has no meaning.

    Notes
    -----
    With the covariance matrix C of the k items as scored (reversed, recoded):

    * ``alpha = k / (k - 1) * (1 - trace(C) / sum(C))``;
    * interval: ``1 - (1 - alpha) * F`` with the quantiles of F(n - 1, (n - 1)(k - 1)) (Feldt,
      Woodruff & Salih 1987). `psych::alpha` and `pingouin.cronbach_alpha` put in the number of
      rows, also those that listwise leaves out; here n is the number of forms used. With
      ``"pairwise"`` that is every form with an answer, as there, though single covariances rest
      on fewer: the interval is then somewhat too narrow;
    * ``omega = (sum l)^2 / ((sum l)^2 + sum u)``, loadings l and unique variances u of the
      one-factor maximum-likelihood model (statsmodels ``Factor``) on the scale of the items;
      missing, with the reason in the note, for fewer than 3 items, a constant item, a Heywood case
      (a uniqueness of at most 0.005, the bound of R ``factanal``) and where it does not converge;
    * ``spearman_brown = 2 r / (1 + r)``;
    * ``sd`` from the sum of C (``"listwise"``: the SD of the scores), in units of the score as the
      key scores it; ``sem = sd * sqrt(1 - alpha)``.

    A constant item stays an item of the scale (`psych::alpha` drops it). Nothing is estimated from
    fewer than 3 forms.

    Checked against R ``psych::alpha`` and ``psych::alpha.ci`` (attitude; bfi with missing answers,
    both ways), R ``factanal`` (the same, and PHQ-9 and GAD-7 of 783 students), ``pingouin``, and
    the alphas of four open data sets.

    Examples
    --------
    >>> import pandas as pd
    >>> import balint_research as br
    >>> from balint_research.scoring.reliability.reliability import reliability
    >>> responses = pd.read_csv(br.example("balint_cohort") / "responses.csv")
    >>> baseline = responses[responses["wave"] == "baseline"]
    >>> found = reliability(baseline, "mbi_hss").set_index("scale")
    >>> row = found.loc["emotional_exhaustion"]
    >>> f"{row['alpha']:.2f} ({row['alpha_low']:.2f} to {row['alpha_high']:.2f})"
    '0.88 (0.83 to 0.91)'
    >>> f"omega {row['omega']:.2f}, SEM {row['sem']:.1f} points"
    'omega 0.88, SEM 3.6 points'
    >>> row["note"]
    '3 of 92 forms have a gap in this scale and are left out.'
    """
    refuse_unknown_gaps(missing)
    refuse_confidence(confidence)
    given = keyed_answers(
        frame, instrument, items=items, coding=coding, item_order=item_order,
        already_reversed=already_reversed, missing_codes=missing_codes, folder=folder,
    )
    key = given.plan.instrument
    rows = [
        {"instrument": key.id, "scale": name,
         **_figures(answers, key.scales[name], missing, confidence)}
        for name, answers in given.scales.items()
    ]
    return pd.DataFrame(rows, columns=list(_KINDS)).astype(_KINDS)


def forms_used(answers: pd.DataFrame, missing: Gaps) -> pd.DataFrame:
    """The forms that the figures of a scale rest on: complete ones, or (pairwise) any answered."""
    return answers.dropna(how="any" if missing == "listwise" else "all")


def covariances(used: pd.DataFrame) -> co.Floats:
    """Covariances of the items, each from the forms that answer both."""
    if len(used) < FEWEST:
        return np.full((used.shape[1], used.shape[1]), np.nan)
    return used.cov(min_periods=2).to_numpy(dtype="float64")


def why_nothing(used: pd.DataFrame, covariance: co.Floats) -> str | None:
    """Why these answers have no internal consistency at all; None where they have."""
    if used.shape[1] == 1:
        return ONE_ITEM
    if len(used) < FEWEST:
        return TOO_FEW
    if np.isnan(covariance).any():
        return NEVER_TOGETHER
    value = co.alpha(covariance)
    if value > 1 or covariance.sum() < -co.NOTHING * np.trace(covariance):
        return CONTRADICTORY
    return NO_SPREAD if np.isnan(value) else None


def constant_items(covariance: co.Floats, names: Sequence[int]) -> list[int]:
    """The items that have the same answer on every form used."""
    variances = np.diag(covariance)
    return [n for n, variance in zip(names, variances, strict=True) if variance <= TOLERANCE**2]


def refuse_unknown_gaps(missing: object) -> None:
    """`missing` must be one of the two ways that are defined."""
    if missing not in ("listwise", "pairwise"):
        raise ScoringError(
            "`missing` must be 'listwise' (only forms with every item of the scale answered) or "
            "'pairwise' (each covariance from the forms that answer both items)."
        )


def refuse_confidence(confidence: object) -> None:
    """`confidence` must be a share."""
    if not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise ScoringError("`confidence` must lie between 0 and 1 (0.95 means 95 %).")


def _figures(
    answers: pd.DataFrame, scale: Scale, missing: Gaps, confidence: float
) -> dict[str, Any]:
    used = forms_used(answers, missing)
    covariance = covariances(used)
    result: dict[str, Any] = {
        "items": len(scale.items), "n_rows": len(answers), "n": len(used), "missing": missing,
        **_ends(used, scale),
    }
    notes = _left_out(len(answers), len(used), missing)
    nothing = why_nothing(used, covariance)
    if nothing != CONTRADICTORY:
        result["sd"] = _unit(scale) * np.sqrt(max(covariance.sum(), 0.0))
    if nothing:
        return {**result, "note": _text([*notes, nothing])}
    estimates, more = _consistency(covariance, len(used), scale.items, confidence)
    gaps = _gaps(used) if missing == "pairwise" else []
    sem = result["sd"] * np.sqrt(1 - estimates["alpha"])
    return {**result, **estimates, "sem": sem, "note": _text([*notes, *gaps, *more])}


def _consistency(
    covariance: co.Floats, n: int, names: Sequence[int], confidence: float
) -> tuple[dict[str, float], list[str]]:
    """Every coefficient of a scale that has alpha, and what must be said about them."""
    value = co.alpha(covariance)
    low, high = co.feldt_interval(value, n, len(names), confidence)
    omega, why_not = co.omega_total(covariance)
    correlations = co.item_rest_correlations(covariance)
    known = correlations[~np.isnan(correlations)]
    estimates = {
        "alpha": value, "alpha_low": low, "alpha_high": high, "omega": omega,
        "spearman_brown": co.spearman_brown(covariance) if len(names) == 2 else np.nan,
        "min_item_rest": known.min() if len(known) else np.nan,
    }
    constant = constant_items(covariance, names)
    notes = [
        *([NEGATIVE] if value < 0 else []),
        *([_constant(constant)] if constant else []),
        *([why_not] if why_not else []),
    ]
    return estimates, notes


def _ends(used: pd.DataFrame, scale: Scale) -> dict[str, float]:
    """Floor and ceiling, from forms whose score needs no proration."""
    complete = used.dropna()
    if len(complete) < FEWEST:
        return {"floor_share": np.nan, "ceiling_share": np.nan}
    scores, (low, high) = complete.sum(axis=1) * _unit(scale), scale.range
    return {"floor_share": float((scores <= low + TOLERANCE).mean()),
            "ceiling_share": float((scores >= high - TOLERANCE).mean())}


def _unit(scale: Scale) -> float:
    """What one point of the sum of the items is in the score."""
    return 1 / len(scale.items) if scale.score == "mean" else scale.multiply


def _left_out(rows: int, used: int, missing: Gaps) -> list[str]:
    lost = rows - used
    if not lost:
        return []
    have, are = ("has", "is") if lost == 1 else ("have", "are")
    lack = "a gap in this scale" if missing == "listwise" else "no answer to this scale"
    return [f"{lost} of {rows} form{'s' * (rows != 1)} {have} {lack} and {are} left out."]


def _gaps(used: pd.DataFrame) -> list[str]:
    """How many forms the pairs of items rest on, where they differ from `n`."""
    answered = used.notna().to_numpy(dtype="int64")
    together = (answered.T @ answered)[np.triu_indices(used.shape[1], k=1)]
    if together.min() == len(used):
        return []
    return [
        f"A pair of items rests on {together.min()} to {together.max()} forms; the interval counts "
        f"{len(used)} and is somewhat too narrow."
    ]


def _constant(items: Sequence[int]) -> str:
    named = ", ".join(str(n) for n in items)
    one = len(items) == 1
    return f"{'Item' if one else 'Items'} {named} {'does' if one else 'do'} not vary."


def _text(notes: Sequence[str]) -> str | None:
    return " ".join(notes) or None
