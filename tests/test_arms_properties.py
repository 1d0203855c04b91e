"""Random small studies: a result with a note or a sentence saying why not, and never a crash."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from balint_research.analysis.arms import arm_results, compare_arms
from balint_research.analysis.change import compare_waves
from balint_research.study.study import Design, Study
from tests.scores_frames import BALINT, study

WAVES = ("pre", "mid", "post")
DESIGNS: tuple[Design, ...] = ("individually_randomised", "controlled", "cluster_randomised")
# Without shrinking: the rows come from a seed, and a smaller seed is no simpler study.
QUIET = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow],
                 phases=(Phase.explicit, Phase.reuse, Phase.generate))


@st.composite
def studies(draw: st.DrawFn) -> tuple[pd.DataFrame, Study]:
    """Groups of 1 to 4 or none in each arm, two or three waves, gaps, few or equal scores."""
    seed = draw(st.integers(0, 10_000))
    waves = WAVES[:draw(st.integers(2, 3))] if draw(st.booleans()) else ("pre", "post")
    steps = draw(st.sampled_from([1, 2, 30]))          # 1: everybody has the same score
    missing = draw(st.sampled_from([0.0, 0.2, 0.6]))
    random = np.random.default_rng(seed)
    records = []
    for arm in BALINT.all:
        sizes = draw(st.lists(st.integers(1, 4), min_size=0, max_size=4))
        people = sum(sizes) or draw(st.integers(0, 5))
        groups = np.repeat(np.arange(len(sizes)), sizes) if sizes else None
        for i in range(people):
            group = None if groups is None or random.random() < 0.1 else f"g{groups[i]}"
            for wave in waves:
                value = None if random.random() < missing else float(random.integers(0, steps))
                records.append((f"{arm}{i}", wave, arm, group, "strain", "total", value))
    columns = ["participant", "wave", "arm", "group", "instrument", "scale", "value"]
    scores = pd.DataFrame(records, columns=columns).astype(
        dict.fromkeys(columns[:-1], "string") | {"value": "float64"})
    return scores, study(design=draw(st.sampled_from(DESIGNS)), arms=BALINT, waves=waves)


def check(frame: pd.DataFrame) -> None:
    """What holds for every result."""
    shown, tested = frame["estimate"].notna(), frame["se"].notna()
    assert frame["note"].notna().all()   # a result says on what it rests, or why there is none
    assert (frame.loc[shown, "method"].notna()).all() and not (tested & ~shown).any()
    sure = frame[tested]
    assert (sure["se"] > 0).all() and (sure["df"] > 0).all()
    assert (sure["low"] < sure["estimate"]).all() and (sure["estimate"] < sure["high"]).all()
    assert frame["p"].dropna().between(0, 1).all() and not (frame["p"].notna() & ~tested).any()
    assert (frame["n"] <= frame["n_asked"]).all()


@QUIET
@given(studies(), st.integers(0, 1000))
def test_every_study_has_a_result_or_a_sentence(
    case: tuple[pd.DataFrame, Study], seed: int
) -> None:
    """Also with other names, another order of rows, and another unit of the scores."""
    scores, ours = case
    results = arm_results(scores, ours)
    one = results.estimates
    assert one["wave"].tolist() == list(ours.waves[1:])
    check(one)
    groups = results.groups
    assert groups["icc"].between(0, 1).all() and (groups["variance"] >= 0).all()
    known = groups.dropna(subset="low")
    assert ((known["low"] <= known["icc"]) & (known["icc"] <= known["high"])).all()
    other = scores.assign(participant="z" + scores["participant"], group=scores["group"] + "x")
    two = compare_arms(other.sample(frac=1, random_state=seed), ours)
    three = compare_arms(scores.assign(value=100 - 10 * scores["value"]), ours)
    for name, factor in (("estimate", -10), ("se", 10), ("df", 1), ("p", 1)):
        values = one[name].tolist()
        assert values == pytest.approx(two[name].tolist(), rel=1e-4, abs=1e-6, nan_ok=True)
        assert (factor * one[name]).tolist() == pytest.approx(
            three[name].tolist(), rel=1e-3, abs=1e-5, nan_ok=True)
    within = compare_waves(scores, ours)
    assert len(within) == 2 * len(ours.waves[1:]) and within["note"].notna().all()
