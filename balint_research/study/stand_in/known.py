"""What a synthetic stand-in may know of the real data: counts and moments of at least k people."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from balint_research.scoring.instrument import Instrument, Scale
from balint_research.study.contracts import StudyData
from balint_research.study.flow import flow
from balint_research.study.psychometrics import study_reliability
from balint_research.study.scores import score_study
from balint_research.study.study import Study

Arm = str | None


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What is known of one scale; each number is that of at least k people.

    `mean`, `sd`, `alpha` are of all arms of at least k people at the first wave at which the
    questionnaire was given; `means` of the scores of one arm at one wave.
    """

    scale: Scale
    mean: float
    sd: float
    alpha: float
    means: Mapping[tuple[Arm, str], float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a stand-in is drawn from, beside `study.toml`.

    Attributes
    ----------
    people, groups : arm -> number of people, to the nearest multiple of k and at least k, and of
        groups, each of them of at least k.
    answered : (arm, wave) -> people with an answer, to the nearest multiple of k.
    scales : "instrument.scale" -> moments of scales that share no item.
    numbers : column of the participants -> mean, SD and whether it is whole, of all people.
    """

    k: int
    people: Mapping[Arm, int]
    groups: Mapping[Arm, int]
    answered: Mapping[tuple[Arm, str], int]
    scales: Mapping[str, Moments]
    numbers: Mapping[str, tuple[float, float, bool]]


def known_of(study: Study, data: StudyData) -> Known:
    """Everything that a stand-in of these data may know."""
    k = study.privacy.k
    rows = list(flow(study, data).to_dict(orient="records"))
    people = {_arm(row["arm"]): nearest(row["people"], k) or k for row in rows}
    return Known(
        k=k, people=people,
        groups={_arm(row["arm"]): min(row["groups"], people[_arm(row["arm"])] // k)
                for row in rows},
        answered={(_arm(row["arm"]), row["wave"]): min(nearest(row["answered"], k),
                                                      people[_arm(row["arm"])]) for row in rows},
        scales=dict(_moments(study, data, k)), numbers=dict(_numbers(data, k)),
    )


def nearest(count: int, k: int) -> int:
    """A number of people to the nearest multiple of k.

    Examples
    --------
    >>> [nearest(count, 5) for count in (0, 2, 3, 7, 8, 41)]
    [0, 0, 5, 5, 10, 40]
    """
    return (count + k // 2) // k * k


def _arm(value: object) -> Arm:
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _moments(study: Study, data: StudyData, k: int) -> Iterator[tuple[str, Moments]]:
    """Of scales that share no item, so that each item is drawn once."""
    scores = score_study(study, data).dropna(subset="value")
    alphas = _alphas(study, data, k)
    for name, use in study.instruments.items():
        for scale_id in scales_apart(use.key):
            rows = scores[(scores["instrument"] == name) & (scores["scale"] == scale_id)]
            means = _means(rows, k)
            first = rows[[(_arm(arm), wave) in means and wave == use.waves[0]
                          for arm, wave in zip(rows["arm"], rows["wave"], strict=True)]]
            alpha = alphas.get((name, scale_id))
            if alpha is not None and not first.empty:
                mean, sd = coarse(float(first["value"].mean()), float(first["value"].std()))
                yield f"{name}.{scale_id}", Moments(
                    scale=use.key.scales[scale_id], mean=mean, sd=sd, alpha=alpha,
                    means={cell: coarse(value, sd)[0] for cell, value in means.items()})


def coarse(mean: float, sd: float) -> tuple[float, float]:
    """The SD to one significant digit, the mean to the nearest fifth of it.

    Exact ones could be found again from what is drawn, for the seed is told; those of two
    stand-ins, or of a report, would then tell the value of whoever is in one of them only.

    Examples
    --------
    >>> coarse(25.34, 10.48), coarse(3.127, 0.0462)
    ((26.0, 10.0), (3.13, 0.05))
    """
    if not sd > 0:
        return mean, sd
    digit = 10.0 ** math.floor(math.log10(sd))
    wide = math.floor(sd / digit + 0.5) * digit
    return math.floor(5 * mean / wide + 0.5) * wide / 5, wide


def scales_apart(key: Instrument) -> list[str]:
    """Sums and means of answers that share no item, the shortest first: totals give way to parts.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> scales_apart(load_instrument("cbi")), scales_apart(load_instrument("who5"))
    (['personal', 'client', 'work'], ['raw'])
    """
    apart: list[str] = []
    taken: set[int] = set()
    for name, scale in sorted(key.scales.items(), key=lambda pair: len(pair[1].items)):
        if scale.score != "criteria" and scale.recode is None and taken.isdisjoint(scale.items):
            apart.append(name)
            taken.update(scale.items)
    return apart


def _means(rows: pd.DataFrame, k: int) -> dict[tuple[Arm, str], float]:
    cells = rows.groupby(["arm", "wave"], dropna=False)["value"].agg(["mean", "count"])
    large = cells.loc[cells["count"] >= k, "mean"]
    return {(_arm(arm), str(wave)): float(mean) for arm, wave, mean in zip(
        large.index.get_level_values("arm"), large.index.get_level_values("wave"), large,
        strict=True)}


def _alphas(study: Study, data: StudyData, k: int) -> dict[tuple[str, str], float]:
    """Cronbach's alpha at the first wave, of the people of arms of at least k."""
    arms = data.participants.groupby("arm", dropna=False)["participant"].transform("size")
    people = data.participants.loc[arms >= k, "participant"]
    rows = data.responses[data.responses["participant"].isin(people)]
    if rows.empty:
        return {}
    table = study_reliability(study, replace(data, responses=rows))
    known = table[(table["n"] >= k) & (table["alpha"] > 0) & (table["alpha"] < 1)]
    twentieths = (20 * known["alpha"].astype(float) + 0.5) // 1
    return dict(zip(zip(known["instrument"], known["scale"], strict=True),
                    twentieths.clip(1, 19) / 20, strict=True))


def _numbers(data: StudyData, k: int) -> Iterator[tuple[str, tuple[float, float, bool]]]:
    arms = data.participants.groupby("arm", dropna=False)["participant"].transform("size")
    for name, column in data.participants[arms >= k].items():
        values = column.dropna()
        if pd.api.types.is_numeric_dtype(column) and len(values) >= k and values.nunique() > 1:
            whole = bool((values % 1 == 0).all())
            yield str(name), (*coarse(float(values.mean()), float(values.std())), whole)
