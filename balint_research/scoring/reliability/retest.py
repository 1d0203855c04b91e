"""Stability: the scores of two waves with nothing between them that should change them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import Coding, Items, output_names
from balint_research.scoring.reliability import coefficients as co
from balint_research.scoring.reliability.reliability import FEWEST, refuse_confidence
from balint_research.scoring.score import score

WAVES = ("first", "second")

TOO_FEW = "Fewer than 3 people have a score in both waves, so nothing is estimated."
NO_DIFFERENCES = "The people do not differ in either wave, so there is no intraclass correlation."
ONE_SHIFT = "Everybody moved by the same amount, so there is no interval."
FLAT_WAVE = "In one wave everybody has the same score, so there is no correlation r."

_NUMBERS = ("icc_2_1", "icc_2_1_low", "icc_2_1_high", "icc_3_1", "icc_3_1_low", "icc_3_1_high",
            "r", "mean_difference", "sem_retest")
_KINDS = (
    {"instrument": "string", "scale": "string"}
    | dict.fromkeys(("n_first", "n_second", "n"), "int64")
    | dict.fromkeys(_NUMBERS, "float64") | {"note": "string"}
)


def retest(
    first: Any,
    second: Any,
    instrument: str | Path | Instrument,
    *,
    by: str = "participant",
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    min_share: float | None = None,
    confidence: float = 0.95,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Agreement and consistency of the scores of two waves, person by person.

    Use it for two waves without an intervention between them (a waiting time, controls): with
    one, true change would count as unreliability.

    Parameters
    ----------
    first, second : the answers of the two waves, one row a person; any frame that `score` takes.
    instrument, items, coding, item_order, already_reversed, missing_codes, min_share, folder : as
        in `score`, the same for both waves; the scores follow its rules for missing answers.
    by : the column that names the person, in both frames.
    confidence : of the intervals, between 0 and 1.

    Returns
    -------
    Frame, one row a scale (yes/no criteria are left out)
        ``instrument scale`` : ids,
        ``n_first n_second n`` : scores of each wave, and people with a score in both,
        ``icc_2_1 icc_2_1_low icc_2_1_high`` : agreement, ICC(2,1): the same score again,
        ``icc_3_1 icc_3_1_low icc_3_1_high`` : consistency, ICC(3,1): apart from a shift of all,
        ``r`` : Pearson's correlation,
        ``mean_difference`` : second minus first, in units of the score,
        ``sem_retest`` : standard error of measurement, SD of the differences / sqrt(2),
        ``note`` : rows that cannot be paired, and why a figure is missing.

    Raises
    ------
    ScoringError, DataError : as `score`; a wave without the column `by`; a person with two rows in
        one wave; ids that are numbers in one wave and text in the other.

    Notes
    -----
    ICC from the mean squares of people, waves and error, two-way (Shrout & Fleiss 1979), intervals
    from F as there; 2 in ICC(2,1) takes the waves as a sample of waves, 3 as these two. Nothing is
    estimated from fewer than 3 people.

    Checked against the printed example of Shrout & Fleiss, R ``psych::ICC``, and ``pingouin``.

    Examples
    --------
    >>> import pandas as pd
    >>> from balint_research.scoring.reliability.retest import retest
    >>> may = pd.DataFrame({"participant": list("abcde")}
    ...                    | {f"who5_{n}": [1, 2, 3, 4, 5] for n in range(1, 6)})
    >>> june = may.assign(who5_1=[2, 2, 4, 3, 5], participant=list("abcdf"))
    >>> row = retest(may, june, "who5").loc[1]
    >>> print(row["scale"], row["n_first"], row["n_second"], row["n"])
    percent 5 5 4
    >>> f"{row['icc_2_1']:.3f} ({row['icc_2_1_low']:.3f} to {row['icc_2_1_high']:.3f})"
    '0.990 (0.885 to 0.999)'
    """
    refuse_confidence(confidence)
    key = load_instrument(instrument, folder)
    values = {name: output_names(key, name)[0]
              for name, scale in key.scales.items() if scale.criteria is None}
    how = {"items": items, "coding": coding, "item_order": item_order,
           "already_reversed": already_reversed, "missing_codes": missing_codes,
           "min_share": min_share}
    one, two = (
        _by_person(_scored(frame, key, how, wave), by, wave, list(values.values()))
        for frame, wave in zip((first, second), WAVES, strict=True)
    )
    _refuse_unlike(one, two, by)
    rows = [
        {"instrument": key.id, "scale": scale, **_figures(one[value], two[value], by, confidence)}
        for scale, value in values.items()
    ]
    return pd.DataFrame(rows, columns=list(_KINDS)).astype(_KINDS)


def _scored(frame: Any, key: Instrument, how: Mapping[str, Any], wave: str) -> Any:
    """The frame with its scores; a fault says in which wave it is."""
    try:
        return score(frame, key, **how)
    except DataError as fault:
        raise DataError([replace(issue, wave=wave) for issue in fault.issues]) from None


def _by_person(scored: Any, by: str, wave: str, columns: list[str]) -> pd.DataFrame:
    """The scores of one wave with the person as index; refused where a person has two rows."""
    data: Any = nw.from_native(scored)
    if by not in data.collect_schema():
        raise DataError([Issue(
            rule="by_missing", column=by, wave=wave,
            what="The column that names the person is missing.",
            do="Say with `by` which column it is.",
        )])
    picked = data.select(by, *columns)
    if isinstance(picked, nw.LazyFrame):
        picked = picked.collect(backend="pandas")
    frame: pd.DataFrame = picked.to_pandas().set_index(by).astype("float64")
    known = frame.index[frame.index.notna()]
    twice = int(known[known.duplicated(keep=False)].nunique())
    if twice:
        people = "1 person has" if twice == 1 else f"{twice} people have"
        raise DataError([Issue(
            rule="person_twice", column=by, wave=wave, count=twice,
            what=f"{people} more than one row in this wave.",
            do="Keep one row a person and wave.",
        )])
    return frame


def _refuse_unlike(first: pd.DataFrame, second: pd.DataFrame, by: str) -> None:
    """1 and "1" are different people to pandas: without a word, nobody would be paired."""
    known = [wave.index.dropna().infer_objects() for wave in (first, second)]
    if all(map(len, known)) and len({pd.api.types.is_numeric_dtype(ids) for ids in known}) == 2:
        raise DataError([Issue(
            rule="by_kinds", column=by,
            what="The ids are numbers in one wave and text in the other.",
            do="Read both as text, so that nobody is lost.",
        )])


def _figures(
    first: "pd.Series[float]", second: "pd.Series[float]", by: str, confidence: float
) -> dict[str, Any]:
    known = [wave.dropna() for wave in (first, second)]
    named = [wave[wave.index.notna()] for wave in known]
    pairs = pd.concat(named, axis="columns", join="inner").to_numpy(dtype="float64")
    result: dict[str, Any] = {"n_first": len(known[0]), "n_second": len(known[1]), "n": len(pairs)}
    notes = [
        _nameless(len(all_) - len(with_id), wave, by)
        for all_, with_id, wave in zip(known, named, WAVES, strict=True)
        if len(all_) > len(with_id)
    ]
    if len(pairs) < FEWEST:
        return {**result, "note": " ".join([*notes, TOO_FEW])}
    figures, more = _stability(pairs, confidence)
    return {**result, **figures, "note": " ".join([*notes, *more]) or None}


def _stability(pairs: co.Floats, confidence: float) -> tuple[dict[str, float], list[str]]:
    """Every figure of people x two waves, and what must be said about them."""
    differences = pairs[:, 1] - pairs[:, 0]
    figures = co.intraclass_correlations(pairs, confidence)
    flat = bool((np.ptp(pairs, axis=0) < co.SAME_SCORE).any())
    figures |= {
        "r": np.nan if flat else float(np.corrcoef(pairs[:, 0], pairs[:, 1])[0, 1]),
        "mean_difference": float(differences.mean()),
        "sem_retest": float(differences.std(ddof=1) / np.sqrt(2)),
    }
    if np.isnan(figures["icc_3_1"]):
        return figures, [NO_DIFFERENCES]
    no_error = np.isnan(figures["icc_3_1_low"])
    return figures, [*([ONE_SHIFT] if no_error else []), *([FLAT_WAVE] if flat else [])]


def _nameless(count: int, wave: str, by: str) -> str:
    have = "score has" if count == 1 else "scores have"
    return f"{count} {have} no `{by}` in the {wave} wave and cannot be paired."
