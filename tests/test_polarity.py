"""Directions: item-rest correlations as in R, intervals as another bootstrap gives them, and what
is said about items and files that run the wrong way, and about small and weak ones."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.screen import polarity
from balint_research.scoring.screen.polarity import (
    Agreement,
    directed_scales,
    item_rest,
    reversed_blocks,
)
from balint_research.scoring.screen.resample import correlations, percentiles, resampled
from balint_research.scoring.screen.screen import SEED, screen
from tests.guard_frames import CODES, MIXED, ONE_WAY, PARTS, answers, rules, shipped, told, turned
from tests.reliability_frames import answers as published
from tests.reliability_frames import questionnaire, scale, simple
from tests.scores_frames import ORACLES

CLOSED_FORM = 1e-12   # both sides compute one correlation with doubles
# Ends of an interval of 1000 resamples against 20,000 in R: over 60 seeds ours spread with a
# standard deviation of at most 0.025 (95 %) and 0.035 (99 %; a little too narrow): four of them.
MONTE_CARLO, MONTE_CARLO_99 = 0.1, 0.14
NOBODY = ("lowest_never_used", "note", None)   # rated 0
SETS = {"strong": 6, "gaps": 8, "loose": 5}


@pytest.fixture(scope="module")
def in_r() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "polarity.csv", comment="#")


def one_set(
    in_r: pd.DataFrame, name: str
) -> tuple[Instrument, pd.DataFrame, dict[str, list[float]]]:
    """Key, answers and R's figures of one data set."""
    items = SETS[name]
    rows = in_r[in_r["set"] == name]
    numbers = rows[[f"i{n}" for n in range(1, items + 1)]].astype(float)
    sheet = numbers[rows["kind"] == "answers"].set_axis(
        [f"made_{n}" for n in range(1, items + 1)], axis=1)
    figures = {kind: numbers[rows["kind"] == kind].iloc[0].tolist()
               for kind in rows["kind"].unique() if kind != "answers"}
    return simple(items, CODES, reversed=(2, 5)), sheet, figures


def directed(key: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    return directed_scales(keyed_answers(frame, key).raw, key)["total"]


def found(issues: tuple[Issue, ...], rule: str) -> Issue:
    [issue] = [issue for issue in issues if issue.rule == rule]
    return issue


# --- against R -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_item_rest_correlations_are_those_of_psych(in_r: pd.DataFrame, name: str) -> None:
    key, frame, figures = one_set(in_r, name)
    ours = item_rest(directed(key, frame))
    np.testing.assert_allclose(ours, figures["item_rest"], rtol=0, atol=CLOSED_FORM)
    assert len(directed(key, frame).dropna()) == figures["n"][0]


@pytest.mark.parametrize("name", SETS)
def test_intervals_agree_with_a_bootstrap_in_r(in_r: pd.DataFrame, name: str) -> None:
    key, frame, figures = one_set(in_r, name)
    complete = directed(key, frame).dropna().to_numpy()
    rest = complete.sum(axis=1, keepdims=True) - complete
    low, high = percentiles(
        resampled(lambda w: correlations(complete, rest, w), len(complete), SEED), 95)
    np.testing.assert_allclose(low, figures["low"], rtol=0, atol=MONTE_CARLO)
    np.testing.assert_allclose(high, figures["high"], rtol=0, atol=MONTE_CARLO)


@pytest.mark.parametrize("name", SETS)
def test_the_reversed_items_as_a_block_agree_with_r(in_r: pd.DataFrame, name: str) -> None:
    key, frame, figures = one_set(in_r, name)
    scales = {"total": directed(key, frame)}
    judged = reversed_blocks(scales, key, SEED).judged
    if figures["block"][0] > 0:
        assert judged == {}   # nothing to judge, and no time spent on it
        return
    block = judged["total"]
    assert block.n == figures["n"][0]
    assert block.r == pytest.approx(figures["block"][0], abs=CLOSED_FORM)
    assert block.level == 95   # neither interval excludes 0: the usual one is told
    assert figures["block_low"][0] < block.low < block.high < figures["block_high"][0]


def test_the_interval_of_99_per_cent_agrees_with_r(in_r: pd.DataFrame) -> None:
    for name in SETS:
        key, frame, figures = one_set(in_r, name)
        complete = directed(key, frame).dropna().to_numpy()
        back = np.isin(range(1, complete.shape[1] + 1), (2, 5))
        sums = complete[:, back].sum(axis=1)[:, None], complete[:, ~back].sum(axis=1)[:, None]
        drawn = resampled(partial(correlations, *sums), len(complete), SEED)
        ends = np.concatenate(percentiles(drawn, 99))
        theirs = [figures["block_low"][0], figures["block_high"][0]]
        np.testing.assert_allclose(ends, theirs, rtol=0, atol=MONTE_CARLO_99)


def by_hand(one: np.ndarray, other: np.ndarray, resamples: int) -> Iterator[float]:
    """The bootstrap as a textbook writes it: draw people, correlate, again."""
    rng = np.random.default_rng(5)
    for _ in range(resamples):
        drawn = rng.integers(0, len(one), len(one))
        yield float(np.corrcoef(one[drawn], other[drawn])[0, 1])


@pytest.mark.parametrize("people", [25, 60, 200])
def test_intervals_agree_with_a_plain_loop_and_roughly_with_fisher(people: int) -> None:
    rng = np.random.default_rng(people)
    one = rng.normal(size=people)
    other = 0.5 * one + rng.normal(size=people)
    low, high = percentiles(
        resampled(lambda w: correlations(one[:, None], other[:, None], w), people, SEED), 95)
    plain = np.percentile(list(by_hand(one, other, 4000)), (2.5, 97.5))
    np.testing.assert_allclose([low[0], high[0]], plain, rtol=0, atol=MONTE_CARLO)
    z = np.arctanh(np.corrcoef(one, other)[0, 1])
    fisher = np.tanh(z + np.array([-1.96, 1.96]) / np.sqrt(people - 3))
    np.testing.assert_allclose([low[0], high[0]], fisher, rtol=0, atol=0.15)


def test_the_mis_keyed_scale_of_psychtools() -> None:
    """Vignette of psychTools: alpha(attitude, keys = c("complaints", "critical")); r.drop -0.75.

    Departments, not people, rated from 0 to 100: our codes are whole numbers, and so are these.
    """
    names = ["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"]
    frame = published("reliability_attitude.csv")
    issues = screen(frame, simple(7, range(101), reversed=(2, 6)), items=names)
    assert told(issues) == [("already_reversed", "stop", None), NOBODY]
    assert "(2, 6) look reversed already" in issues[0].what
    assert str(issues[0].evidence).endswith("n 30), item-rest correlations -0.75 (2), -0.27 (6)")
    assert told(screen(frame, simple(7, range(101)), items=names)) == [NOBODY]
    one_wrong = screen(frame, simple(7, range(101), reversed=(2,)), items=names)
    assert "(2) look reversed already" in one_wrong[0].what
    stored = frame.assign(complaints=100 - frame["complaints"])
    assert told(screen(stored, simple(7, range(101)), items=names)) == [
        ("polarity", "warn", "complaints"), NOBODY]


# --- single items --------------------------------------------------------------------------------


def test_right_directions_raise_nothing() -> None:
    for key in (MIXED, PARTS, ONE_WAY):
        assert rules(answers(key), key) == []


def test_one_item_stored_the_other_way_round() -> None:
    issues = screen(turned(answers(MIXED), MIXED, 3), MIXED)
    assert [str(issue) for issue in issues] == [
        "column 'made_3': Item 3 of made runs against the rest of its scale. Evidence: item-rest "
        "correlation -0.48 (95 % -0.67 to -0.21, n 60) with the scale total; alpha 0.66, with the "
        "item turned round 0.82. Check its direction in the codebook, and that the column holds "
        "this item. [polarity]"
    ]
    assert issues[0].severity == "warn"


def test_a_negative_correlation_that_chance_can_explain() -> None:
    issues = screen(turned(answers(MIXED, 25, seed=1, strength=0.45), MIXED, 3), MIXED)
    issue = found(issues, "polarity_uncertain")
    assert issue.severity == "note"
    assert issue.what == ("Item 3 of made has a negative item-rest correlation, which chance can "
                          "explain.")
    assert "polarity" not in [issue.rule for issue in issues]


def test_a_small_negative_correlation_is_noise_or_a_weak_item() -> None:
    """Above -0.05 nobody is accused, however many people there are."""
    frame = answers(MIXED, 2000, seed=2).assign(made_3=np.resize([0.0, 1, 2, 3, 4], 2000))
    assert -0.05 < item_rest(directed(MIXED, frame))[3] < 0
    issues = screen(frame, MIXED)
    assert told(issues) == [("weak_item", "note", "made_3")]
    issue = found(issues, "weak_item")
    assert issue.what == "Item 3 of made hardly hangs together with the rest of its scale."
    assert "no sign of a wrong direction" in issue.do


@pytest.mark.parametrize(("r", "high", "rule"), [
    (-0.30, -0.10, "polarity"), (-0.051, -0.01, "polarity"), (-0.30, 0.0, "polarity_uncertain"),
    (-0.05, 0.10, "polarity_uncertain"), (-0.049, -0.01, "weak_item"), (-0.001, 0.2, "weak_item"),
])  # fmt: skip
def test_where_the_lines_lie(
    monkeypatch: pytest.MonkeyPatch, r: float, high: float, rule: str
) -> None:
    monkeypatch.setattr(polarity, "_agreement",
                        lambda name, *_: Agreement(name, 60, r, r - 0.2, high))
    assert rule in rules(turned(answers(MIXED), MIXED, 3), MIXED)


def test_below_twenty_complete_forms_nothing_is_said() -> None:
    right = answers(MIXED, strength=0.9)
    wrong, already = turned(right, MIXED, 3), turned(right, MIXED, 2, 5, 6, 8)
    assert rules(wrong.head(19), MIXED) == rules(already.head(19), MIXED) == []
    assert rules(wrong.head(20), MIXED) == ["polarity"]
    assert rules(already.head(20), MIXED) == ["already_reversed"]
    gappy = wrong.head(20).copy()
    gappy.loc[0, "made_7"] = np.nan
    assert rules(gappy, MIXED) == []


def test_an_item_that_nobody_answered_does_not_silence_the_others() -> None:
    frame = turned(answers(MIXED), MIXED, 3).assign(made_7=np.nan)
    assert rules(frame, MIXED) == ["polarity", "unanswered_item"] or rules(frame, MIXED) == [
        "unanswered_item", "polarity"]


def test_a_constant_item_has_no_direction() -> None:
    assert rules(answers(MIXED).assign(made_3=2.0), MIXED) == ["constant_item"]


def test_of_two_items_none_can_be_called_the_wrong_one() -> None:
    pair = simple(2, CODES)
    assert rules(turned(answers(pair), pair, 2), pair) == []


def test_an_item_runs_against_all_its_scales_or_none() -> None:
    """PSS-10: the total reverses what the subscale of self-efficacy does not."""
    assert rules(pss10(60), "pss10") == []
    assert rules(pss10(60).assign(pss10_5=lambda x: 4 - x["pss10_5"]), "pss10") == ["polarity"]


def pss10(people: int) -> pd.DataFrame:
    """Stress and self-efficacy, whose correlation is negative before anything is reversed."""
    rng = np.random.default_rng(4)
    stress = rng.normal(size=people)
    table = {}
    for n in range(1, 11):
        way = -1 if n in (4, 5, 7, 8) else 1
        level = 2 + 0.9 * way * stress + 0.7 * rng.normal(size=people)
        table[f"pss10_{n}"] = np.clip(np.rint(level), 0, 4)
    return pd.DataFrame(table)


def test_a_rare_answer_does_not_look_sure() -> None:
    """One answer differs: most resamples draw it never, seldom or often; -0.2 is no finding."""
    frame = answers(ONE_WAY)
    top = int(frame.drop(columns="made_3").sum(axis=1).to_numpy().argmin())
    frame["made_3"] = 0.0
    frame.loc[top, "made_3"] = 4.0
    assert rules(frame, ONE_WAY) == ["polarity_uncertain"]


def test_numbers_are_those_of_the_form() -> None:
    """CBI in the order of the article: item 13 of the key is number 10 there."""
    frame = shipped("cbi", 80)
    article = frame.rename(columns={
        "cbi_13": "cbi_10", "cbi_10": "cbi_7", "cbi_11": "cbi_8", "cbi_12": "cbi_9",
        "cbi_7": "cbi_11", "cbi_8": "cbi_12", "cbi_9": "cbi_13", "cbi_15": "cbi_16",
        "cbi_16": "cbi_15"})
    assert rules(article, "cbi", item_order="article_2005") == []
    backwards = article.assign(cbi_10=100 - article["cbi_10"], cbi_3=100 - article["cbi_3"])
    block, item = screen(backwards, "cbi", item_order="article_2005")
    assert (block.rule, item.rule) == ("already_reversed", "polarity")
    assert "(10) look reversed already" in block.what
    assert (item.column, item.what[:12]) == ("cbi_3", "Item 3 of CB")


# --- a whole file --------------------------------------------------------------------------------


def test_a_file_reversed_beforehand_is_one_stop() -> None:
    already = turned(answers(MIXED), MIXED, 2, 5, 6, 8)
    assert [str(issue) for issue in screen(already, MIXED)] == [
        "The items that the key of made reverses (2, 5, 6, 8) look reversed already: scored as "
        "declared, they run against the other items. Evidence: total: correlation of the reversed "
        "items with the others -0.73 (99 % -0.86 to -0.47, n 60), item-rest correlations -0.17 "
        "(2), -0.27 (5), -0.21 (6), -0.21 (8). Compare the codebook with the form: are they stored "
        "reversed (then declare `already_reversed = true`), or do the columns hold other items? "
        "[already_reversed]"
    ]
    assert told(screen(already, MIXED)) == [("already_reversed", "stop", None)]
    assert rules(already, MIXED, already_reversed=True) == []


def test_a_file_reversed_twice_is_one_stop() -> None:
    issues = screen(answers(MIXED), MIXED, already_reversed=True)
    assert told(issues) == [("reversed_twice", "stop", None)]
    assert issues[0].what == (
        "Items declared as stored reversed (2, 5, 6, 8) look raw: scored as declared, they run "
        "against the other items of made.")
    assert "(then take them out of `already_reversed`)" in issues[0].do


def test_a_person_who_has_checked_the_directions_is_warned_only() -> None:
    already = turned(answers(MIXED), MIXED, 2, 5, 6, 8)
    assert told(screen(already, MIXED, directions_checked=True)) == [
        ("already_reversed", "warn", None)]


def test_one_part_reversed_beforehand_is_named_by_its_items() -> None:
    issue = screen(turned(answers(PARTS), PARTS, 3, 9), PARTS)[0]
    assert (issue.rule, "(3, 9)" in issue.what) == ("already_reversed", True)
    assert "`already_reversed = [3, 9]`" in issue.do
    both = screen(turned(answers(PARTS), PARTS, 2, 3, 8, 9), PARTS)[0]
    assert "(2, 3, 8, 9)" in both.what and "`already_reversed = true`" in both.do


def test_what_is_declared_already_is_kept_in_the_remedy() -> None:
    frame = turned(answers(PARTS), PARTS, 2, 3, 8, 9)
    issue = screen(frame, PARTS, already_reversed=[3, 9])[0]
    assert "(2, 8)" in issue.what
    assert "`already_reversed = true`" in issue.do   # [3, 9] and [2, 8] together
    assert rules(frame, PARTS, already_reversed=True) == []


def test_an_uncertain_block_is_told_as_uncertain() -> None:
    weak = answers(MIXED, 30, seed=7, strength=0.35)
    issues = screen(turned(weak, MIXED, 2, 5, 6, 8), MIXED)
    assert told(issues) == [("reversal_uncertain", "note", None)]   # and none about single items
    issue = found(issues, "reversal_uncertain")
    assert issue.severity == "note"
    assert issue.what == (
        "The items that the key of made reverses (2, 5, 6, 8) have a negative correlation with the "
        "other items, which chance can explain.")
    assert "the data alone do not settle it" in issue.do


def test_between_95_and_99_per_cent_it_is_a_warning() -> None:
    severities = set()
    for seed in range(12):
        weak = turned(answers(MIXED, 30, seed=seed, strength=0.45), MIXED, 2, 5, 6, 8)
        for issue in screen(weak, MIXED):
            if issue.rule == "already_reversed":
                severities.add((issue.severity, "99 %" in str(issue.evidence)))
    assert severities == {("stop", True), ("warn", False)}


def test_a_part_in_the_right_direction_denies_that_of_the_whole() -> None:
    """Two parts with a negative correlation: the reversed items of the first are right."""
    key = questionnaire(CODES, first=scale([1, 2, 3, 4], CODES, reversed=[1, 2]),
                        second=scale([5, 6, 7, 8], CODES),
                        total=scale(range(1, 9), CODES, reversed=[1, 2]))
    rng = np.random.default_rng(2)
    first = rng.normal(size=(200, 1))
    second = -0.95 * first + 0.3 * rng.normal(size=(200, 1))
    ways = np.array([[-1, -1, 1, 1]])
    levels = np.hstack([first * ways, second * [[1, 1, 1, 1]]]) + 0.4 * rng.normal(size=(200, 8))
    frame = pd.DataFrame(np.clip(np.rint(2 + levels), 0, 4),
                         columns=[f"made_{n}" for n in range(1, 9)])
    assert not {"already_reversed", "reversal_uncertain"} & set(rules(frame, key))


@pytest.mark.parametrize("name", ["eq22", "eq40"])
def test_recoded_scales_are_judged_before_recoding(name: str) -> None:
    assert not {"already_reversed", "polarity"} & set(rules(shipped(name, 80), name))
    key = load_instrument(name)
    already = turned(shipped(name, 80), key, *key.reversed_anywhere)
    assert rules(already, name)[0] == "already_reversed"


def test_a_recoding_without_direction_is_left_alone() -> None:
    codes = range(5)
    key = questionnaire(codes, total=scale([1, 2, 3, 4], codes, reversed=[2],
                                           recode={0: 2, 1: 1, 2: 0, 3: 1, 4: 2}))
    assert rules(turned(answers(key), key, 3), key) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([20, 35, 60]), st.integers(1, 8))
def test_turning_an_item_turns_its_correlation(seed: int, people: int, item: int) -> None:
    frame = answers(MIXED, people, seed)
    before = item_rest(directed(MIXED, frame))
    after = item_rest(directed(MIXED, turned(frame, MIXED, item)))
    assert after[item] == pytest.approx(-before[item], abs=CLOSED_FORM, nan_ok=True)
