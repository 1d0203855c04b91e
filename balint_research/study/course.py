"""The course of a score over the waves, in both arms: what was declared, solved for its draws."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from balint_research.errors import StudyError
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.study.answers import (
    AnswerModel,
    Numbers,
    TotalMoments,
    fit_answers,
    shared_covariance,
    solve,
    total_moments,
)

FARTHEST_SHIFT = 8.0  # of a latent score, in its SDs


@dataclass(frozen=True, kw_only=True)
class ScaleTruth:
    """What is true of one score of a synthetic study.

    Attributes
    ----------
    mean, sd, alpha : of the score at the baseline, in both arms.
    stability : correlation of the score with itself at another wave.
    effect : treated minus untreated at the later waves, in SDs of the baseline; one number, or
        one for each later wave.
    trend : change without treatment, likewise.
    icc : correlation of two members of one group at the later waves; one of everyone in the
        group, the baseline comes before the group has met.
    """

    mean: float
    sd: float
    alpha: float
    stability: float
    effect: float | tuple[float, ...] = 0.0
    trend: float | tuple[float, ...] = 0.0
    icc: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Course:
    """One declared scale: its answer model and the latent numbers that give its truth.

    The latent score of an untreated person at a wave is ``control_shift`` plus
    ``sqrt(person_share) * person + sqrt(1 - person_share) * occasion``; of a treated person
    ``treated_shift`` plus ``sqrt(group_share) * group + sqrt(1 - group_share)`` times the same.
    Shifts and group shares have one number a wave, the baseline first.
    """

    instrument: Instrument
    scale: Scale
    model: AnswerModel
    direction: int
    person_share: float
    control_shift: tuple[float, ...]
    treated_shift: tuple[float, ...]
    group_share: tuple[float, ...]

    def raw_answers(self, latent: Numbers, rng: np.random.Generator) -> Numbers:
        """Answers as a person would tick them (person x item): reversed items turned round."""
        keyed = self.model.draw(latent, rng)
        ends = self.instrument.response.low + self.instrument.response.high
        turned = np.isin(self.scale.items, self.scale.reversed)
        return np.where(turned, ends - keyed, keyed)


def plan_courses(keys: Mapping[str, Instrument], truth: Mapping[str, ScaleTruth],
                 waves: int) -> dict[str, Course]:
    """``instrument.scale`` -> `Course`, or `StudyError` with every fault of the declaration."""
    faults = [*_unknown_scales(keys, truth), *_wrong_numbers(truth, waves)]
    faults = faults or [fault for key in keys.values() for fault in _wrong_items(key, truth)]
    if faults:
        raise StudyError("\n".join(["The study cannot be simulated.", *faults]))
    return {name: _course(name, keys, declared, waves) for name, declared in truth.items()}


def known_truth(courses: Mapping[str, Course], waves: tuple[str, ...],
                between_scales: float) -> dict[str, dict[str, Any]]:
    """Mean and SD at the baseline, and the means of both arms, of every scale the courses fill.

    Scales that were declared and those that follow from them (totals), in points of the score;
    lookup and yes/no scales are left out.
    """
    known = {}
    for key in {id(c.instrument): c.instrument for c in courses.values()}.values():
        parts = [course for course in courses.values() if course.instrument is key]
        for scale_id, scale in key.scales.items():
            if scale.score != "criteria" and scale.recode is None:
                known[f"{key.id}.{scale_id}"] = _scale_truth(scale, parts, waves, between_scales)
    return known


def points_per_total(scale: Scale) -> float:
    """The factor from the sum of the keyed answers to the score."""
    return scale.multiply / (len(scale.items) if scale.score == "mean" else 1)


def _course(name: str, keys: Mapping[str, Instrument], declared: ScaleTruth,
            waves: int) -> Course:
    key, scale = _scale(name, keys)
    factor = points_per_total(scale)
    try:
        model = fit_answers(
            key.response.codes, items=len(scale.items), mean=declared.mean / factor,
            sd=declared.sd / factor, alpha=declared.alpha,
        )
        trend, effect = (_by_wave(x, waves) for x in (declared.trend, declared.effect))
        points = declared.sd / factor
        control = tuple(_shift(model, points * t) for t in trend)
        treated = tuple(_shift(model, points * (t + e)) for t, e in zip(trend, effect, strict=True))
        later = (_latent_correlation(model, shift, declared.icc) for shift in treated[1:])
        return Course(
            instrument=key, scale=scale, model=model,
            direction=-1 if scale.higher_means == "worse" else 1,
            person_share=_latent_correlation(model, 0.0, declared.stability),
            control_shift=control, treated_shift=treated, group_share=(0.0, *later),
        )
    except StudyError as fault:
        raise StudyError(f"The study cannot be simulated.\n  truth.{name}: {fault}") from None


def _shift(model: AnswerModel, points: float) -> float:
    """How far the latent score must move for the total to move by so many points."""
    if points == 0:
        return 0.0
    goal = total_moments(model).mean + points
    return solve(
        lambda shift: total_moments(model, shift).mean - goal, (-FARTHEST_SHIFT, FARTHEST_SHIFT),
        "the effect or trend moves the mean to the end of the scale. Declare a smaller one.",
    )


def _latent_correlation(model: AnswerModel, shift: float, correlation: float) -> float:
    """The correlation of two latent scores that gives two totals this correlation."""
    total = total_moments(model, shift)
    return solve(
        lambda r: shared_covariance(total, total, r) - correlation * total.variance, (0.0, 1.0),
        "stability and icc must lie between 0 and the reliability of the score "
        "(about its alpha).",
    )


def _scale_truth(scale: Scale, parts: list[Course], waves: tuple[str, ...],
                 between_scales: float) -> dict[str, Any]:
    factor = points_per_total(scale)
    baseline = [(part, _part_moments(part, scale, 0.0)) for part in parts]
    sd = factor * _variance(baseline, between_scales) ** 0.5
    by_wave = {}
    for index, wave in enumerate(waves):
        control, treated = (
            factor * sum(_part_moments(part, scale, shifts[index]).mean
                         for part, shifts in zip(parts, arm, strict=True))
            for arm in ([p.control_shift for p in parts], [p.treated_shift for p in parts])
        )
        by_wave[wave] = {
            "control_mean": control, "treated_mean": treated, "difference": treated - control,
            "effect": (treated - control) / sd,
        }
    return {"mean": by_wave[waves[0]]["control_mean"], "sd": sd, "waves": by_wave}


def _part_moments(part: Course, scale: Scale, shift: float) -> TotalMoments:
    """Moments of what the items of one declared scale bring to the total of another."""
    signs = [
        (n in scale.items) * (1 if (n in scale.reversed) == (n in part.scale.reversed) else -1)
        for n in part.scale.items
    ]
    return total_moments(part.model, shift, np.array(signs, dtype=float))


def _variance(parts: list[tuple[Course, TotalMoments]], between_scales: float) -> float:
    variance = 0.0
    for i, (one, total) in enumerate(parts):
        variance += total.variance
        for other, other_total in parts[:i]:
            r = latent_correlation_of_scales(one, other, between_scales)
            variance += 2 * shared_covariance(total, other_total, r)
    return variance


def latent_correlation_of_scales(one: Course, other: Course, between_scales: float) -> float:
    """Correlation of the latent scores of two scales at one wave."""
    shares = one.person_share, other.person_share
    together = np.prod(shares) ** 0.5 + np.prod([1 - share for share in shares]) ** 0.5
    return float(one.direction * other.direction * between_scales * together)


def _by_wave(declared: float | tuple[float, ...], waves: int) -> tuple[float, ...]:
    later = declared if isinstance(declared, tuple) else (declared,) * (waves - 1)
    return (0.0, *later)


def _scale(name: str, keys: Mapping[str, Instrument]) -> tuple[Instrument, Scale]:
    instrument_id, _, scale_id = name.partition(".")
    return keys[instrument_id], keys[instrument_id].scales[scale_id]


def _unknown_scales(keys: Mapping[str, Instrument],
                    truth: Mapping[str, ScaleTruth]) -> Iterator[str]:
    for name in truth:
        instrument_id, _, scale_id = name.partition(".")
        scales = keys[instrument_id].scales
        if scale_id not in scales:
            yield f"  truth.{name}: no such scale; {instrument_id} has {', '.join(scales)}"
        elif scales[scale_id].score == "criteria" or scales[scale_id].recode is not None:
            yield f"  truth.{name}: only sums and means of the answers can be simulated"


def _wrong_numbers(truth: Mapping[str, ScaleTruth], waves: int) -> Iterator[str]:
    for name, declared in truth.items():
        if not declared.sd > 0:
            yield f"  truth.{name}.sd: must be above 0"
        if not 0 < declared.alpha < 1:
            yield f"  truth.{name}.alpha: must lie between 0 and 1"
        for field in ("stability", "icc"):
            if not 0 <= getattr(declared, field) < 1:
                yield f"  truth.{name}.{field}: must lie from 0 to below 1"
        for field in ("effect", "trend"):
            given = getattr(declared, field)
            if isinstance(given, tuple) and len(given) != waves - 1:
                yield (f"  truth.{name}.{field}: {len(given)} numbers for {waves - 1} waves "
                       "after the baseline")


def _wrong_items(key: Instrument, truth: Mapping[str, ScaleTruth]) -> Iterator[str]:
    """Every scored item must lie in exactly one declared scale."""
    declared = [
        key.scales[scale_id] for instrument_id, _, scale_id in (n.partition(".") for n in truth)
        if instrument_id == key.id
    ]
    for n in sorted({n for scale in key.scales.values() for n in scale.items}):
        holders = sum(n in scale.items for scale in declared)
        if holders != 1:
            yield (f"  truth: item {n} of {key.id} is in {holders} of the declared scales; "
                   "declare scales that share no item and hold every one")
