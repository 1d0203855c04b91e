"""Item by item: how each item of a scale goes with the others."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.keyed import KeyedAnswers, keyed_answers
from balint_research.scoring.plan import TOLERANCE, Coding, Items
from balint_research.scoring.reliability import coefficients as co
from balint_research.scoring.reliability.reliability import (
    FEWEST,
    Gaps,
    constant_items,
    covariances,
    forms_used,
    refuse_unknown_gaps,
    why_nothing,
)

CONSTANT = "The item does not vary, so it has no correlation."
REST_CONSTANT = "The sum of the other items does not vary."
ONE_LEFT = "Without it one item is left, which has no alpha."

_NUMBERS = ("mean", "sd", "item_rest_correlation", "alpha_if_dropped", "floor_share",
            "ceiling_share")
_KINDS = (
    {"instrument": "string", "scale": "string", "item": "int64", "gist": "string",
     "column": "string", "reversed": "bool", "n": "int64"}
    | dict.fromkeys(_NUMBERS, "float64") | {"note": "string"}
)


def item_analysis(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    missing: Gaps = "listwise",
    folder: Path | None = None,
) -> pd.DataFrame:
    """How every item goes with the rest of its scale: mean, item-rest correlation, alpha without.

    Use it where `reliability` gives a low or negative alpha, and to see whether every item points
    the way the key says: an item stored the other way round has a clearly negative correlation.

    Parameters
    ----------
    frame, instrument, items, coding, item_order, already_reversed, missing_codes, folder : as in
        `score`: one row a form, raw answers.
    missing : ``"listwise"`` or ``"pairwise"``, as in `reliability`; the figures rest on the same
        forms as its alpha.

    Returns
    -------
    Frame, one row an item of a scale (an item of two scales has two rows)
        ``instrument scale`` : ids,
        ``item gist column`` : number and gist of the key, and the column it was read from,
        ``reversed`` : whether the scale reverses it,
        ``n`` : answers used,
        ``mean sd`` : of the answers as the scale adds them up (reversed, recoded),
        ``item_rest_correlation`` : with the sum of the other items (corrected item-total),
        ``alpha_if_dropped`` : alpha of the other items,
        ``floor_share ceiling_share`` : shares of the answers at the lowest and highest value the
        item can add,
        ``note`` : why a figure is missing.

    Raises
    ------
    ScoringError, DataError : as `score`; `missing` that has no meaning.

    Notes
    -----
    With the covariance matrix C: ``r_i = sum_j C_ij / sqrt(C_ii * sum_jk C_jk)`` over the other
    items j, k; alpha as in `reliability`, without row and column i. Nothing is estimated from
    fewer than 3 forms.

    Checked against ``r.drop``, ``alpha.drop``, n, mean and sd of R ``psych::alpha`` (attitude; bfi
    with missing answers, both ways).

    Examples
    --------
    >>> import pandas as pd
    >>> from balint_research.scoring.reliability.item_analysis import item_analysis
    >>> answers = pd.DataFrame({"who5_1": [3, 4, 2, 5, 3], "who5_2": [3, 4, 3, 4, 2],
    ...                         "who5_3": [2, 4, 2, 4, 3], "who5_4": [3, 1, 4, 0, 3],
    ...                         "who5_5": [4, 3, 2, 4, 3]})
    >>> shown = item_analysis(answers, "who5").query("scale == 'percent'")
    >>> [f"{r:.2f}" for r in shown["item_rest_correlation"]]
    ['0.72', '0.33', '0.25', '-0.99', '0.33']

    Item 4 is stored the other way round:

    >>> turned = item_analysis(answers.assign(who5_4=5 - answers["who5_4"]), "who5")
    >>> f"{turned['item_rest_correlation'].min():.2f}"
    '0.52'
    """
    refuse_unknown_gaps(missing)
    given = keyed_answers(
        frame, instrument, items=items, coding=coding, item_order=item_order,
        already_reversed=already_reversed, missing_codes=missing_codes, folder=folder,
    )
    rows = [row for name in given.scales for row in _item_rows(given, name, missing)]
    return pd.DataFrame(rows, columns=list(_KINDS)).astype(_KINDS)


def _item_rows(given: KeyedAnswers, name: str, missing: Gaps) -> list[dict[str, Any]]:
    key = given.plan.instrument
    scale, used = key.scales[name], forms_used(given.scales[name], missing)
    figures = _figures(used)
    return [
        {"instrument": key.id, "scale": name, "item": n, "gist": key.items[n],
         "column": given.plan.columns[n], "reversed": n in scale.reversed,
         **_of_one_item(used[n], scale, key), **figures[n]}
        for n in scale.items
    ]


def _of_one_item(answers: "pd.Series[float]", scale: Scale, key: Instrument) -> dict[str, Any]:
    """What an item says by itself; of fewer than 3 answers only their number."""
    known = answers.dropna()
    if len(known) < FEWEST:
        return {"n": len(known)}
    values = list(scale.recode.values()) if scale.recode else key.response.codes
    return {
        "n": len(known), "mean": known.mean(), "sd": known.std(),
        "floor_share": (known <= min(values) + TOLERANCE).mean(),
        "ceiling_share": (known >= max(values) - TOLERANCE).mean(),
    }


def _figures(used: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Item -> correlation with the rest, alpha without it, and what is missing why."""
    covariance, names = covariances(used), [int(n) for n in used.columns]
    nothing = why_nothing(used, covariance)
    if nothing:
        return {n: {"note": nothing} for n in names}
    correlations = co.item_rest_correlations(covariance)
    alphas = co.alphas_if_dropped(covariance)
    constant = constant_items(covariance, names)
    return {
        n: {"item_rest_correlation": r, "alpha_if_dropped": alpha,
            "note": _note(n in constant, r, len(names))}
        for n, r, alpha in zip(names, correlations, alphas, strict=True)
    }


def _note(constant: bool, correlation: float, items: int) -> str | None:
    alone = [ONE_LEFT] if items == 2 else []
    if constant:
        return " ".join([CONSTANT, *alone])
    flat = [REST_CONSTANT] if np.isnan(correlation) else []
    return " ".join([*flat, *alone]) or None
