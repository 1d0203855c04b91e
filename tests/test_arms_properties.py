"""Random small studies: a result with a note or a sentence saying why not, and never a crash."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balint_research.analysis.arms import arm_results, compare_arms
from balint_research.analysis.change import compare_waves
from balint_research.study.study import Design, Study
from tests.scores_frames import BALINT, study

WAVES = ("pre", "mid", "post")
DESIGNS: tuple[Design, ...] = ("individually_randomised", "controlled", "cluster_randomised")
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
@given(studies())
def test_every_study_has_a_result_or_a_sentence(case: tuple[pd.DataFrame, Study]) -> None:
    scores, ours = case
    results = arm_results(scores, ours)
    assert results.estimates["wave"].tolist() == list(ours.waves[1:])
    check(results.estimates)
    groups = results.groups
    assert ((groups["low"] <= groups["icc"]) & (groups["icc"] <= groups["high"])).all()
    assert (groups["icc"].between(0, 1) & (groups["variance"] >= 0)).all()
    within = compare_waves(scores, ours)
    assert len(within) == 2 * len(ours.waves[1:]) and within["note"].notna().all()


@QUIET
@given(studies(), st.integers(0, 1000))
def test_order_and_names_do_not_matter(case: tuple[pd.DataFrame, Study], seed: int) -> None:
    scores, ours = case
    other = scores.assign(participant="z" + scores["participant"], group=scores["group"] + "x")
    other = other.sample(frac=1, random_state=seed)
    one, two = compare_arms(scores, ours), compare_arms(other, ours)
    for name in ("estimate", "se", "df", "p"):
        assert one[name].tolist() == pytest.approx(two[name].tolist(), rel=1e-4, nan_ok=True)


@QUIET
@given(studies())
def test_the_unit_of_the_scores_does_not_matter(case: tuple[pd.DataFrame, Study]) -> None:
    scores, ours = case
    one, two = compare_arms(scores, ours), compare_arms(
        scores.assign(value=100 - 10 * scores["value"]), ours)
    assert (-10 * one["estimate"]).tolist() == pytest.approx(
        two["estimate"].tolist(), rel=1e-4, abs=1e-6, nan_ok=True)
    for name in ("df", "p"):
        assert one[name].tolist() == pytest.approx(two[name].tolist(), rel=1e-3, nan_ok=True)
