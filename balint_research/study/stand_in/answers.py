"""Answers of a stand-in: with the known moments where a scale has some, else without a pattern."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from balint_research.errors import StudyError
from balint_research.scoring.plan import Plan, form_numbers, settle
from balint_research.study.answers import AnswerModel, Numbers, fit_answers, solve, total_moments
from balint_research.study.course import FARTHEST_SHIFT, points_per_total
from balint_research.study.release.item_fields import stored_codes
from balint_research.study.stand_in.known import Arm, Known, Moments, scales_apart
from balint_research.study.study import InstrumentUse, Study

ALIKE = 0.3  # correlation of the latent scores of a person, over scales and waves


def drawn_answers(
    study: Study, known: Known, wave: str, arms: Sequence[Arm], level: Numbers,
    rng: np.random.Generator, *, by_others: bool | None,
) -> pd.DataFrame:
    """One row a form of these people at one wave, one column ``{instrument}_{n}`` an item.

    Codes are stored as the study declares it: its coding, its numbering, its reversed items.
    Any two scores of a person correlate by about `ALIKE` times their reliability, in the direction
    of better and worse, also over waves; members of a group do not resemble each other.

    Parameters
    ----------
    arms, level : the arm of each person, and what their scores have in common.
    by_others : True for forms that others fill in, False for the person's own, None for all.
    """
    columns: dict[str, Numbers] = {}
    for name, use in study.instruments.items():
        own = use.key.respondent == "self"
        if wave in use.waves and by_others in (None, not own):
            columns |= _instrument(name, use, known, wave, arms, level, rng)
    return pd.DataFrame(columns, index=range(len(arms))).astype("Int64")


def _instrument(
    name: str, use: InstrumentUse, known: Known, wave: str, arms: Sequence[Arm],
    level: Numbers, rng: np.random.Generator,
) -> dict[str, Numbers]:
    raw = {n: rng.choice(use.key.response.codes, len(arms)) for n in use.key.items}
    ends = use.key.response.low + use.key.response.high
    for scale_id in scales_apart(use.key):
        moments = known.scales.get(f"{name}.{scale_id}")
        keyed = None if moments is None else _with_moments(
            use.key.response.codes, moments, wave, arms, level, rng)
        if moments is not None and keyed is not None:
            raw |= {n: ends - drawn if n in moments.scale.reversed else drawn
                    for n, drawn in zip(moments.scale.items, keyed.T, strict=True)}
    plan = settle(use.key, **use.how, min_share=use.min_share)
    there = form_numbers(use.key, use.item_order)
    return {f"{name}_{there[n]}": _stored(plan, n, drawn) for n, drawn in raw.items()}


def _stored(plan: Plan, n: int, raw: Numbers) -> Numbers:
    """Codes of the printed form as the study's export stores them."""
    codes = {code: stored for stored, code in stored_codes(plan, n).items()}
    return np.array([codes[int(answer)] for answer in raw], dtype=float)


def _with_moments(
    codes: tuple[int, ...], moments: Moments, wave: str, arms: Sequence[Arm],
    level: Numbers, rng: np.random.Generator,
) -> Numbers | None:
    """Keyed answers (person x item), or None where no answers have such moments."""
    factor = points_per_total(moments.scale)
    try:
        model = fit_answers(codes, items=len(moments.scale.items), mean=moments.mean / factor,
                            sd=moments.sd / factor, alpha=moments.alpha)
    except StudyError:
        return None
    shifts = {arm: _shift(model, moments, arm, wave, factor) for arm in dict.fromkeys(arms)}
    better = -1 if moments.scale.higher_means == "worse" else 1
    own = rng.standard_normal(len(arms))
    latent = better * ALIKE**0.5 * level + (1 - ALIKE)**0.5 * own
    return model.draw(latent + np.array([shifts[arm] for arm in arms]), rng)


def _shift(model: AnswerModel, moments: Moments, arm: Arm, wave: str, factor: float) -> float:
    """How far the latent score of an arm lies from the baseline's, as its mean tells."""
    mean = moments.means.get((arm, wave))
    if mean is None:
        return 0.0
    try:
        return solve(lambda shift: total_moments(model, shift).mean - mean / factor,
                     (-FARTHEST_SHIFT, FARTHEST_SHIFT), "the mean lies at the end of the scale")
    except StudyError:
        return 0.0
