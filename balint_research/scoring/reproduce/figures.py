"""The figures of a scale, scored in one of many ways: arrays in, numbers out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil

import numpy as np
import pandas as pd

from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.plan import AS_PRINTED, TOLERANCE, Plan
from balint_research.scoring.reliability import coefficients as co
from balint_research.scoring.reliability.reliability import covariances
from balint_research.scoring.reproduce.ways import AS_IT_IS, LOWEST, Way, step

FEWEST = 5   # forms: figures of fewer would tell what a person answered

Table = tuple[str, str, bool]   # reading of the columns, scale, recoded or not
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Keyed:
    """The answers to one scale (forms x items, NaN for a gap), as keyed and with all turned."""

    items: tuple[int, ...]
    as_keyed: co.Floats
    turned: co.Floats

    @cached_property
    def answered(self) -> Mask:
        return ~np.isnan(self.as_keyed)

    @cached_property
    def filled(self) -> co.Floats:
        return np.nan_to_num(self.as_keyed)

    @cached_property
    def turn(self) -> co.Floats:
        """What turning an item adds to the answer; nothing where there is none."""
        return np.nan_to_num(self.turned - self.as_keyed)


@dataclass(frozen=True, eq=False)
class Sheet:
    """All that the figures of a way can need.

    Attributes
    ----------
    plan : the settled request.
    tables : the answers of each scale, by reading of the columns and with or without its recode.
    rows : name of a subset of the forms -> which forms.
    form_counts : whether enough items of the whole form are answered for any score.
    """

    plan: Plan
    tables: Mapping[Table, Keyed]
    rows: Mapping[str, Mask]
    form_counts: Mask
    covariances: dict[tuple[object, ...], co.Floats] = field(default_factory=dict)


def tables(readings: Mapping[str, pd.DataFrame], key: Instrument) -> dict[Table, Keyed]:
    """The answers of every scale that adds up, in every reading.

    `readings` : raw answers in the codes of the key, one column an item, named by its number.
    """
    added = {name: scale for name, scale in key.scales.items() if scale.criteria is None}
    plain = {name: replace(scale, recode=None) for name, scale in added.items() if scale.recode}
    kinds = [(name, recoded, scale) for recoded, scales in ((True, added), (False, plain))
             for name, scale in scales.items()]
    # a key whose scales are these and, turned, these again, and all readings one below the other:
    # one pass over the answers for all
    every = {f"{way} {i}": scale if way == "as keyed" else _turned(scale)
             for i, (_, _, scale) in enumerate(kinds) for way in ("as keyed", "turned")}
    stacked = pd.concat(readings.values(), ignore_index=True)
    found = keyed_answers(
        stacked.rename(columns=str), replace(key, scales=every), coding=AS_PRINTED,
        items={int(n): str(n) for n in stacked.columns},
    ).scales
    forms = len(stacked) // len(readings)
    return {
        (reading, name, recoded): Keyed(scale.items, *(
            found[f"{way} {i}"].to_numpy(float)[place * forms:(place + 1) * forms]
            for way in ("as keyed", "turned")))
        for place, reading in enumerate(readings)
        for i, (name, recoded, scale) in enumerate(kinds)
    }


def figures(way: Way, sheet: Sheet) -> dict[str, float]:
    """n, mean, SD, alpha, median, least and most of the scores; NaN below five forms."""
    keyed = sheet.tables[way.reading, way.scale, way.recoded]
    rows = sheet.rows[way.rows]
    scores = _scores(way, keyed, sheet)[rows]
    used = scores[~np.isnan(scores)]
    found = dict.fromkeys(("mean", "sd", "median", "min", "max"), np.nan)
    if len(used) >= FEWEST:
        sd = float(used.std(ddof=0 if way.sd == "n" else 1))
        found = {"mean": float(used.mean()), "sd": sd / len(used)**0.5 if way.sd == "error" else sd,
                 "median": float(np.median(used)), "min": float(used.min()),
                 "max": float(used.max())}
    given = sheet.tables[AS_IT_IS, way.scale, way.recoded] if way.reading == LOWEST else keyed
    counted = {"scores": len(used), "rows": int(rows.sum()),
               "answered": int(given.answered[rows].any(axis=1).sum())}
    return {"n": float(counted[way.counted]), "alpha": _alpha(way, keyed, sheet), **found}


def _turned(scale: Scale) -> Scale:
    return replace(scale, reversed=tuple(n for n in scale.items if n not in scale.reversed))


# --- scores --------------------------------------------------------------------------------------


def _scores(way: Way, keyed: Keyed, sheet: Sheet) -> co.Floats:
    """Every form's score, NaN where it has none; in the order of arithmetic of `score`."""
    scale = sheet.plan.instrument.scales[way.scale]
    total, answered, items = _totals(way, keyed, sheet)
    known = np.maximum(answered, 1)
    if way.combine == "sum":
        scores = total * items / known if way.prorated else total
        scores = scores * (scale.multiply if way.multiplied else 1)
    else:
        scores = total / (known if way.prorated else items)
    if way.combine == "percent":
        low, high = _ends(way, sheet.plan.instrument)
        scores = 100 * (scores - low) / (high - low)
    usable = answered >= _least(way, items, sheet.plan)
    if way.share is None:
        usable = usable & sheet.form_counts
    return np.where(usable, scores, np.nan)


def _totals(way: Way, keyed: Keyed, sheet: Sheet) -> tuple[co.Floats, co.Floats, int]:
    """Sum of the answered items and their number, form by form; and the number of items."""
    key, places = sheet.plan.instrument, {n: i for i, n in enumerate(keyed.items)}
    kept = [places[n] for n in keyed.items if n != way.left_out]
    turned = [places[n] for n in way.turned]
    answered = keyed.answered[:, kept].sum(axis=1, dtype=float)
    total = keyed.filled[:, kept].sum(axis=1) + keyed.turn[:, turned].sum(axis=1)
    if way.off:
        moved = [places[n] for n in key.scales[way.scale].reversed]
        total = total + way.off * keyed.answered[:, moved].sum(axis=1)
    if way.counted_from is not None:
        total = (total - key.response.low * answered) / step(key) + way.counted_from * answered
    if way.gaps_as_zero:
        answered = np.full(len(answered), float(len(kept)))
    return total, answered, len(kept)


def _least(way: Way, items: int, plan: Plan) -> int:
    if way.share is None:
        return min(plan.least[way.scale], items)
    return max(1, ceil(way.share * items - TOLERANCE))


def _ends(way: Way, key: Instrument) -> tuple[float, float]:
    """The lowest and the highest value that an item adds."""
    recode = key.scales[way.scale].recode
    if recode and way.recoded:
        return min(recode.values()), max(recode.values())
    return key.response.low, key.response.high


# --- alpha ---------------------------------------------------------------------------------------


def _alpha(way: Way, keyed: Keyed, sheet: Sheet) -> float:
    """Alpha of the items as added up; it does not depend on units or on constants."""
    gaps = not keyed.answered.all()
    kept = [n for n in keyed.items if n != way.left_out]
    items = kept if gaps else list(keyed.items)   # without gaps, the forms used are always the same
    both = _covariance(way, items, keyed, sheet)
    places = [items.index(n) + len(items) * (n in way.turned) for n in kept]
    chosen = both[np.ix_(places, places)]
    if np.isnan(chosen).any():
        return np.nan
    if way.alpha == "standardised":
        spread = np.sqrt(np.diag(chosen))
        if not spread.all():
            return np.nan
        chosen = chosen / np.outer(spread, spread)
    return co.alpha(chosen)


def _covariance(way: Way, items: Sequence[int], keyed: Keyed, sheet: Sheet) -> co.Floats:
    """Covariances of the items as keyed, then of the items turned; each is computed once."""
    pairwise = way.alpha == "pairwise"
    asked = (way.reading, way.scale, way.recoded, way.rows, *items, way.gaps_as_zero, pairwise)
    if asked not in sheet.covariances:
        places, rows = [keyed.items.index(n) for n in items], sheet.rows[way.rows]
        table = np.hstack([keyed.as_keyed[:, places], keyed.turned[:, places]])[rows]
        frame = pd.DataFrame(np.nan_to_num(table) if way.gaps_as_zero else table)
        used = frame.dropna(how="all" if pairwise else "any")
        sheet.covariances[asked] = covariances(used if len(used) >= FEWEST else used[:0])
    return sheet.covariances[asked]
