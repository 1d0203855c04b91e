"""A paper's figures beside ours: what agrees, and which fault explains what does not.

The papers' figures are worked out here with plain pandas, or were published with open data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from balint_research.errors import DataError, ScoringError
from balint_research.scoring.instrument import Instrument, ItemOrderVariant
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import settle
from balint_research.scoring.reproduce.figures import Sheet, figures, tables
from balint_research.scoring.reproduce.printed import Printed, read_published
from balint_research.scoring.reproduce.reproduce import Reproduction, reproduce
from balint_research.scoring.reproduce.ways import (
    AS_IT_IS,
    LOWEST,
    Request,
    Way,
    declared_way,
    single_changes,
    two_changes,
)
from balint_research.scoring.score import score
from tests.reliability_frames import questionnaire, scale, sheet, simple

KEYS = Path(__file__).parent / "real_studies"
SAME = 1e-12   # relative: the same arithmetic in another order

CODES = range(5)
KEY = simple(6, CODES, reversed=(2, 5))
ITEMS = [f"made_{n}" for n in range(1, 7)]


def simulated(items: int = 6, *, gaps: bool, turned: Sequence[int] = (2, 5),
              seed: int = 3) -> pd.DataFrame:
    """Answers 0 to 4 of 200 people to items that hang together, some of them turned."""
    chance = np.random.default_rng(seed)
    trait = chance.normal(size=(200, 1))
    level = chance.uniform(1.2, 2.8, size=items)
    answers = np.clip(np.rint(level + trait + chance.normal(size=(200, items))), 0, 4)
    for n in turned:
        answers[:, n - 1] = 4 - answers[:, n - 1]
    frame = sheet(answers.tolist())
    if gaps:
        frame = frame.mask(chance.random(frame.shape) < 0.08)
        frame.iloc[0] = np.nan
    return frame


WHOLE, GAPS = simulated(gaps=False), simulated(gaps=True)


# --- the paper, worked out with pandas ------------------------------------------------------------


def alpha_of(items: pd.DataFrame) -> float:
    """Cronbach's alpha of the complete rows, straight from its formula."""
    complete, k = items.dropna(), items.shape[1]
    return float(k / (k - 1) * (1 - complete.var().sum() / complete.sum(axis=1).var()))


def paper(scores: "pd.Series[Any]", items: pd.DataFrame, **other: float) -> dict[str, str]:
    """What a paper prints of these scores, to four decimals."""
    found = {"mean": scores.mean(), "sd": scores.std(), "alpha": alpha_of(items)} | other
    return {"n": str(int(other.get("n", scores.count())))} | {
        name: f"{value:.4f}" for name, value in found.items() if name != "n"}


def keyed(frame: pd.DataFrame, turned: Sequence[int] = (2, 5), ends: int = 4) -> pd.DataFrame:
    """The items of the made-up key, these turned."""
    return frame[ITEMS].assign(**{f"made_{n}": ends - frame[f"made_{n}"] for n in turned})


def total(items: pd.DataFrame) -> "pd.Series[Any]":
    """The plain sum of forms with every item."""
    return items.sum(axis=1, skipna=False)


def prorated(items: pd.DataFrame, share: float) -> "pd.Series[Any]":
    answered = items.notna().sum(axis=1)
    wanted = (answered >= share * items.shape[1]) & (answered > 0)
    return (items.mean(axis=1) * items.shape[1])[wanted]


def top(found: Reproduction, count: int = 1) -> list[str]:
    return found.causes["alternative"].head(count).tolist()


def explained(found: Reproduction) -> str:
    """The one way that gives every published figure."""
    assert found.verdict["explain_all"].tolist() == [1], found.verdict["verdict"][0]
    assert (found.causes["rank"] == 1).sum() == 1
    assert found.causes["distance"][0] == 0
    return str(found.causes["alternative"][0])


# --- mine is what `score` gives -------------------------------------------------------------------

REQUESTS: dict[str, dict[str, Any]] = {
    "cbi": {}, "gcq_s": {}, "mbi_hss": {"min_share": 0.8}, "olbi": {"coding": "disagree_first"},
    "pss10": {"already_reversed": True}, "rfq8": {}, "sris": {"item_order": "grouped"}, "who5": {},
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_mine_is_what_score_gives(name: str) -> None:
    key, chance = load_instrument(name), np.random.default_rng(5)
    answers = chance.choice(key.response.codes, (40, len(key.items))).astype(float)
    answers[chance.random(answers.shape) < 0.1] = np.nan
    frame = pd.DataFrame(answers, columns=[f"{name}_{n}" for n in key.items])
    request = REQUESTS[name]
    scored = score(frame, key, **request)
    how = {argument: value for argument, value in request.items() if argument != "min_share"}
    expected = {
        one: {"n": (values := scored[f"{name}_{one}"]).count(), "mean": values.mean(),
              "sd": values.std(), "alpha": alpha_of(items), "median": values.median(),
              "min": values.min(), "max": values.max()}
        for one, items in keyed_answers(frame, key, **how).scales.items()
    }
    found = reproduce(frame, key, published=expected, shown=1, **request).comparison
    for one, rows in found.groupby("scale", sort=False):
        assert rows["mine"].tolist() == pytest.approx([*expected[str(one)].values()], rel=SAME)
    assert found["scale"].drop_duplicates().tolist() == [*expected]
    assert found["agrees"].all()


def test_the_comparison_in_closed_form() -> None:
    """Five forms of two items: sums 0 to 8; variances 2.5 and 2.5 + 2 * 2.5; alpha 1."""
    frame = sheet([[n, n] for n in range(5)])
    published = {"total": {"n": 5, "mean": "4.0", "sd": "3.16", "alpha": ".95", "median": 4,
                           "min": 0, "max": 7}}
    rows = reproduce(frame, simple(2, CODES), published=published).comparison
    assert rows.to_dict("list") == {
        "instrument": ["made"] * 7, "scale": ["total"] * 7,
        "figure": ["n", "mean", "sd", "alpha", "median", "min", "max"],
        "published": [5, 4, 3.16, 0.95, 4, 0, 7], "mine": [5, 4, 10**0.5, 1, 4, 0, 8],
        "difference": pytest.approx([0, 0, 10**0.5 - 3.16, 0.05, 0, 0, 1]),
        "tolerance": pytest.approx([0.5, 0.05, 0.005, 0.005, 0.5, 0.5, 0.5]),
        "agrees": [True, True, True, False, True, True, False],
    }  # fmt: skip


# --- a fault of every kind, put in on purpose -----------------------------------------------------

ONE_CHANGE: dict[str, tuple[pd.DataFrame, Callable[[pd.DataFrame], dict[str, str]]]] = {
    "item 3 reversed": (WHOLE, lambda x: paper(total(k := keyed(x, (2, 3, 5))), k)),
    "item 5 not reversed": (WHOLE, lambda x: paper(total(k := keyed(x, (2,))), k)),
    "no item reversed (or reversed twice)":
        (WHOLE, lambda x: paper(total(x[ITEMS]), x[ITEMS])),
    "codes in the other direction (every item turned round)":
        (WHOLE, lambda x: paper(total(4 - (k := keyed(x))), k)),
    "item 4 left out":
        (WHOLE, lambda x: paper(total(k := keyed(x).drop(columns="made_4")), k)),
    "item 2 left out":
        (GAPS, lambda x: paper(total(k := keyed(x).drop(columns="made_2")), k)),
    "reversed items as 5 - answer (the key: 4 - answer)":
        (WHOLE, lambda x: paper(total(k := keyed(x, ends=5)), k)),
    "reversed items as 2 - answer (the key: 4 - answer)":
        (GAPS, lambda x: paper(total(k := keyed(x, ends=2)), k)),
    "mean of the items": (GAPS, lambda x: paper(total(k := keyed(x)) / 6, k)),
    "percent of the possible range (0 to 100)":
        (WHOLE, lambda x: paper(total(k := keyed(x)) / 24 * 100, k)),
    "codes counted from 1": (GAPS, lambda x: paper(total(k := 1 + keyed(x)), k)),
    "at least 80 % of the items answered": (GAPS, lambda x: paper(prorated(k := keyed(x), 0.8), k)),
    "at least 50 % of the items answered": (GAPS, lambda x: paper(prorated(k := keyed(x), 0.5), k)),
    "answered items summed, without proration":
        (GAPS, lambda x: paper((k := keyed(x)).sum(axis=1, min_count=1), k)),
    "unanswered items counted as 0":
        (GAPS, lambda x: paper(total(k := keyed(x).fillna(0)), k)),
    "unanswered items counted as the lowest code":
        (GAPS, lambda x: paper(total(k := keyed(x.fillna(0))), k)),
    "SD divided by n, not n - 1":
        (WHOLE, lambda x: paper(total(k := keyed(x)), k, sd=total(k).std(ddof=0))),
    "standard error of the mean printed as SD":
        (WHOLE, lambda x: paper(total(k := keyed(x)), k, sd=total(k).std() / 200**0.5)),
    "n counts every row": (GAPS, lambda x: paper(total(k := keyed(x)), k, n=200)),
    "n counts the forms with an answer": (GAPS, lambda x: paper(total(k := keyed(x)), k, n=199)),
    "alpha from pairwise covariances":
        (GAPS, lambda x: paper(total(k := keyed(x)), k, alpha=6 / 5 * (
            1 - np.trace(k.cov()) / k.cov().to_numpy().sum()))),
    "standardised alpha (of the correlations)":
        (WHOLE, lambda x: paper(total(k := keyed(x)), k, alpha=6 / 5 * (
            1 - 6 / k.corr().to_numpy().sum()))),
}  # fmt: skip


@pytest.mark.parametrize("fault", ONE_CHANGE)
def test_one_change_is_found(fault: str) -> None:
    frame, published = ONE_CHANGE[fault]
    found = reproduce(frame, KEY, published={"total": published(frame)})
    assert explained(found) == fault
    assert not found.comparison["agrees"].all()
    assert found.causes["agrees_on"][0] == "n, mean, sd, alpha"
    assert found.causes["remedy"].notna()[0]


def test_complete_forms_instead_of_the_rule_that_was_declared() -> None:
    published = paper(total(items := keyed(GAPS)), items)
    found = reproduce(GAPS, KEY, published={"total": published}, min_share=0.5)
    assert explained(found) == "only forms with every item of the scale"
    assert str(found.causes["remedy"][0]).endswith("To score so, leave out `min_share`.")
    other = reproduce(GAPS, KEY, published={"total": paper(prorated(items, 0.8), items)})
    assert str(other.causes["remedy"][0]).endswith("To score so, declare `min_share=0.8`.")


def test_no_rule_can_be_declared_against_a_published_one() -> None:
    ruled = replace(KEY, scales={"total": replace(KEY.scales["total"], min_answered=6)})
    published = {"total": paper(prorated(items := keyed(GAPS), 0.5), items)}
    found = reproduce(GAPS, ruled, published=published)
    assert explained(found) == "at least 50 % of the items answered"
    assert found.causes["remedy"][0] == (
        "The paper treats unanswered items otherwise than the published rule of the key: see what "
        "its methods say, and say so where you compare.")


def test_sum_instead_of_a_mean_and_without_the_factor() -> None:
    mean = simple(6, CODES, reversed=(2, 5), score="mean")
    times = simple(6, CODES, reversed=(2, 5), multiply=4)
    published = {"total": paper(total(items := keyed(WHOLE)), items)}
    assert explained(reproduce(WHOLE, mean, published=published)) == "sum of the items"
    assert explained(reproduce(WHOLE, times, published=published)) == "sum of the items"


def test_codes_of_a_key_that_do_not_start_at_0_or_1() -> None:
    key = simple(6, range(0, 125, 25), reversed=(2, 5), score="mean")
    for base in (0, 1):
        items = base + keyed(WHOLE)
        published = {"total": paper(items.mean(axis=1), items)}
        found = reproduce(25 * WHOLE, key, published=published, shown=999)
        assert explained(found) == f"codes counted from {base}"
        assert not found.causes["alternative"].str.startswith("reversed items as").any()


def test_answers_that_the_paper_did_not_recode() -> None:
    key = questionnaire(CODES, total=scale(
        range(1, 7), CODES, reversed=(2, 5), recode={0: 0, 1: 0, 2: 1, 3: 2, 4: 2}))
    published = {"total": paper(total(items := keyed(WHOLE)), items)}
    assert explained(reproduce(WHOLE, key, published=published)) == "answers not recoded"


def two_scales() -> Instrument:
    return questionnaire(CODES, first=scale((1, 2, 3), CODES, reversed=(2,)),
                         second=scale((4, 5, 6), CODES, reversed=(5,)))


def test_two_scales_whose_names_are_exchanged() -> None:
    items = keyed(WHOLE)
    one, other = items[ITEMS[:3]], items[ITEMS[3:]]
    found = reproduce(WHOLE, two_scales(), published={
        "second": paper(total(one), one), "first": paper(total(other), other)})
    best = found.causes[found.causes["rank"] == 1]
    assert best[["scale", "alternative"]].to_numpy().tolist() == [
        ["first", "the figures of scale 'second'"], ["second", "the figures of scale 'first'"]]


def test_only_forms_complete_on_the_whole_questionnaire() -> None:
    items = keyed(GAPS).dropna()[ITEMS[:3]]
    found = reproduce(GAPS, two_scales(), published={"first": paper(total(items), items)})
    assert explained(found) == "only rows complete on the whole questionnaire"


def test_the_paper_is_about_one_group() -> None:
    frame = WHOLE.assign(wave=np.resize(["may", "june", "july"], 200),
                         rare=["a", "b"] + 198 * ["c"])
    items = keyed(frame)[frame["wave"] == "june"]
    published = {"total": paper(total(items), items)}
    found = reproduce(frame, KEY, published=published, by="wave")
    assert explained(found) == "only rows with wave 'june'"
    assert found.verdict["verdict"][0] == (
        "None of 4 published figures is reproduced. 1 of 27 other ways to score gives every "
        "figure: only rows with wave 'june'. The published n is that of: only rows with wave "
        "'june'; only rows with wave 'may'.")
    unknown = reproduce(frame, KEY, published=published, by="rare")
    assert "No simple subset of the rows has the published n. 2 groups with fewer than 5 rows " \
        "are not looked at." in unknown.verdict["verdict"][0]


def test_another_item_order_of_the_key() -> None:
    """The file has the grouped order; the paper's scorer knew it, and we did not declare it."""
    chance = np.random.default_rng(8)
    frame = pd.DataFrame(chance.integers(1, 7, (150, 20)).astype(float),
                         columns=[f"sris_{n}" for n in range(1, 21)])
    for declared, other, declare in ((None, "grouped", "declare `item_order='grouped'`"),
                                     ("grouped", None, "leave out `item_order`")):
        right = score(frame, "sris", item_order=other)["sris_insight"]
        published = {"insight": {"n": 150, "mean": f"{right.mean():.4f}",
                                 "sd": f"{right.std():.4f}"}}
        found = reproduce(frame, "sris", published=published, item_order=declared)
        assert "order" in explained(found)
        assert found.causes["remedy"][0] == (
            f"See in which order the form prints the items: then {declare}.")


@pytest.mark.parametrize("stored", [True, [2, 4]])
def test_another_item_order_of_items_that_are_stored_reversed(stored: Any) -> None:
    """Items 1 and 2 are numbers 4 and 2 of the form, and stored reversed."""
    order = ItemOrderVariant(what="made up", kind="other_order", here=(1, 4), there=(4, 1),
                             effect="scores_change", source="made up")
    key = replace(questionnaire(CODES, first=scale((1, 2, 3), CODES, reversed=(1, 2)),
                                second=scale((4, 5, 6), CODES)), item_order_variants={"it": order})
    items = WHOLE[["made_4", "made_2", "made_3"]]   # as stored, which is as keyed
    published = {"first": paper(total(items), items)}
    agreed = reproduce(WHOLE, key, published=published, item_order="it", already_reversed=stored)
    assert agreed.verdict["reproduced"].tolist() == [4]
    found = reproduce(WHOLE, key, published=published, already_reversed=stored)
    assert explained(found) == "items in the order 'it'"


# --- two changes at once --------------------------------------------------------------------------


def test_two_items_turned() -> None:
    published = {"total": paper(total(items := keyed(WHOLE, (3, 5))), items)}
    found = reproduce(WHOLE, KEY, published=published)
    assert explained(found) == "item 2 not reversed, item 3 reversed"
    assert "No single change gives every figure. 1 of " in found.verdict["verdict"][0]
    assert "declare `already_reversed=[2, 3]`" in found.causes["remedy"][0]


def test_two_changes_of_different_kinds() -> None:
    published = {"total": paper(total(items := 1 + keyed(WHOLE, (2, 3, 5))) / 6, items)}
    found = reproduce(WHOLE, KEY, published=published)
    assert found.verdict["explain_all"].tolist() == [0]   # three changes: never claimed
    published = {"total": paper(total(items := keyed(WHOLE, (2, 3, 5))) / 6, items)}
    found = reproduce(WHOLE, KEY, published=published)
    assert explained(found) == "item 3 reversed + mean of the items"
    assert str(found.causes["remedy"][0]).startswith("Compare item 3 with")
    assert str(found.causes["remedy"][0]).endswith("no score is wrong.")


TWO_CHANGES: dict[str, Callable[[], dict[str, str]]] = {
    "item 3 reversed + unanswered items counted as the lowest code":
        lambda: paper(total(k := keyed(GAPS.fillna(0), (2, 3, 5))), k),
    "item 1 left out + at least 80 % of the items answered":
        lambda: paper(prorated(k := keyed(GAPS).drop(columns="made_1"), 0.8), k),
    "reversed items as 5 - answer (the key: 4 - answer) + answered items summed, without proration":
        lambda: paper((k := keyed(GAPS, ends=5)).sum(axis=1, min_count=1), k),
    "mean of the items + codes counted from 1":
        lambda: paper(total(k := 1 + keyed(GAPS)) / 6, k),
    "at least 50 % of the items answered + SD divided by n, not n - 1":
        lambda: paper(s := prorated(k := keyed(GAPS), 0.5), k, sd=s.std(ddof=0)),
    "item 3 reversed + n counts every row":
        lambda: paper(total(k := keyed(GAPS, (2, 3, 5))), k, n=200),
}  # fmt: skip


@pytest.mark.parametrize("faults", TWO_CHANGES)
def test_two_changes_of_every_kind(faults: str) -> None:
    found = reproduce(GAPS, KEY, published={"total": TWO_CHANGES[faults]()})
    assert explained(found) == faults
    assert "No single change gives every figure." in found.verdict["verdict"][0]


def test_two_changes_that_do_not_give_every_figure_are_not_shown() -> None:
    found = reproduce(WHOLE, KEY, published={"total": {"mean": "17.00", "sd": "2.00"}}, shown=999)
    assert found.verdict["tried"][0] > 100
    assert not found.causes["alternative"].str.contains("+", regex=False).any()
    assert "None of" in found.verdict["verdict"][0]


# --- every way, scored slowly by hand -------------------------------------------------------------


def by_hand(way: Way, raw: pd.DataFrame, key: Instrument) -> tuple["pd.Series[Any]", pd.DataFrame]:
    """Scores and items of any way, an item at a time; codes one step apart, every item needed."""
    spec = key.scales[way.scale]
    filled = raw.fillna(key.response.low) if way.reading == LOWEST else raw
    items = {}
    for n in spec.items:
        answer = filled[f"made_{n}"]
        if n in spec.reversed:
            answer = key.response.low + key.response.high + way.off - answer
        if n in way.turned:
            answer = key.response.low + key.response.high - answer
        if spec.recode and way.recoded:
            answer = answer.map(spec.recode)
        if way.counted_from is not None:
            answer = answer - key.response.low + way.counted_from
        if n != way.left_out:
            items[n] = answer.fillna(0) if way.gaps_as_zero else answer
    table = pd.DataFrame(items)
    answered = table.notna().sum(axis=1)
    scores = table.mean(axis=1) if way.prorated else table.sum(axis=1) / table.shape[1]
    if way.combine == "sum":
        scores = scores * table.shape[1] * (spec.multiply if way.multiplied else 1)
    if way.combine == "percent":
        values = [*spec.recode.values()] if spec.recode and way.recoded else key.response.codes
        scores = 100 * (scores - min(values)) / (max(values) - min(values))
    needed = len(items) if way.share is None else max(1, way.share * len(items))
    return scores[answered >= needed], table


RICH = {
    "sum": (KEY, "total"),
    "recoded": (questionnaire(
        CODES, total=scale((1, 2, 3, 4), CODES, reversed=(2,), score="mean",
                           recode={0: 0, 1: 0, 2: 1, 3: 3, 4: 7}),
        other=scale((4, 5, 6), CODES, reversed=(5,), multiply=3)), "total"),
    "times": (questionnaire(
        CODES, total=scale((4, 5, 6), CODES, reversed=(5,), multiply=3),
        other=scale((1, 2, 3), CODES, recode={0: 0, 1: 0, 2: 1, 3: 3, 4: 7})), "total"),
}  # fmt: skip


@pytest.mark.parametrize("case", RICH)
def test_every_way_is_scored_as_by_hand(case: str) -> None:
    key, name = RICH[case]
    plan = settle(key, "{id}_{n}", None, None, False, (), None)
    raw = GAPS.set_axis([*range(1, 7)], axis="columns")
    rows = np.ones(200, dtype=bool)
    sheets = Sheet(plan=plan, rows={"every row": rows}, form_counts=rows,
                   tables=tables({AS_IT_IS: raw, LOWEST: raw.fillna(0)}, key))
    request = Request(name=name, plan=plan, form={n: n for n in range(1, 7)}, orders={}, rows=(),
                      gaps=True)
    changes = single_changes(request)
    pairs = [*two_changes(changes, request)]
    tried = pairs if case == "sum" else pairs[::3]   # for speed
    for chosen in [(), *((one,) for one in changes), *tried]:
        way = declared_way(name, key).changed(*chosen)
        mine = figures(way, sheets)
        scores, items = by_hand(way, GAPS, key)
        length = len(scores)
        spread = {"n - 1": scores.std(), "n": scores.std(ddof=0),
                  "error": scores.std() / length**0.5}[way.sd]
        asked = GAPS[[f"made_{n}" for n in key.scales[way.scale].items]].notna().any(axis=1)
        counted = {"scores": length, "rows": 200, "answered": asked.sum()}[way.counted]
        assert [mine["n"], mine["mean"], mine["sd"]] == pytest.approx(
            [counted, scores.mean(), spread], rel=1e-9), way.changes
        if way.alpha == "listwise":
            assert mine["alpha"] == pytest.approx(alpha_of(items), rel=1e-9), way.changes
    assert len(pairs) > 200
    numbered_anew = [other.what for two in pairs for one, other in permutations(two, 2)
                     if "counted from" in one.what]
    assert not any(what.startswith(("the figures of", "percent", "unanswered items counted as 0"))
                   for what in numbered_anew)
    words = {one.what for one in changes}
    assert ("codes counted from 1" in words) is (case != "recoded")
    assert ("answers not recoded" in words) is (case == "recoded")


def test_a_rule_for_the_whole_form() -> None:
    """Forms with fewer than six answers have no score, though the scale could be prorated."""
    key = replace(two_scales(), missing=replace(KEY.missing, min_answered_form=6))
    one = keyed(GAPS)[ITEMS[:3]]
    scores = prorated(one, 0.5)[GAPS.notna().all(axis=1)]
    published = {"first": paper(scores, one)}
    agrees(reproduce(GAPS, key, published=published, min_share=0.5), 4)
    other = {"first": paper(prorated(one, 0.5), one)}
    found = reproduce(GAPS, key, published=other, min_share=0.5)
    assert explained(found) == "at least 50 % of the items answered"
    assert "min_share" not in found.causes["remedy"][0]


# --- what the figures cannot tell -----------------------------------------------------------------


def test_ways_that_the_figures_do_not_tell_apart_share_a_rank() -> None:
    """Alpha and SD are the same for all codes turned, and for codes counted from 1."""
    items = keyed(WHOLE)
    published = {"total": {"sd": f"{total(items).std():.4f}", "alpha": f"{alpha_of(items):.4f}"}}
    found = reproduce(WHOLE, KEY, published=published)
    tied = found.causes[found.causes["rank"] == 1]
    assert tied["alternative"].tolist() == [
        "as declared", "codes in the other direction (every item turned round)",
        "reversed items as 5 - answer (the key: 4 - answer)",
        "reversed items as 3 - answer (the key: 4 - answer)",
        "reversed items as 6 - answer (the key: 4 - answer)",
        "reversed items as 2 - answer (the key: 4 - answer)", "codes counted from 1",
    ]  # fmt: skip
    assert set(tied["note"]) == {
        "Shares its rank with 6 others: these figures do not tell them apart."}
    assert found.causes["rank"].tolist()[7] == 8
    assert found.verdict["verdict"][0].startswith(
        "Every published figure is reproduced. So do 6 of 24 other ways to score: these figures "
        "do not tell them apart: codes in the other direction")


def test_the_same_scores_are_one_way() -> None:
    """With one scale, complete on it and on the whole questionnaire are the same forms."""
    found = reproduce(GAPS, KEY, published={"total": paper(total(items := keyed(GAPS)), items)},
                      min_share=0.5)
    assert found.causes["note"][0] == (
        "The same scores: only rows complete on the whole questionnaire.")
    assert found.verdict["explain_all"].tolist() == [1]


def test_agreement_by_chance_is_counted() -> None:
    """The number of other ways with one printed text of every figure, counted one by one."""
    items = keyed(WHOLE, (2, 3, 5))
    for digits in (0, 1, 2):
        published = {"total": {"mean": f"{total(items).mean():.{digits}f}",
                               "sd": f"{total(items).std():.{digits}f}"}}
        found = reproduce(WHOLE, KEY, published=published, shown=999)
        ways = found.causes
        printed = [(f"{mean:.{digits}f}", f"{sd:.{digits}f}")
                   for mean, sd in zip(ways["mean"], ways["sd"], strict=True)]
        pairs = sum(one == other for one, other in combinations(printed, 2))
        assert found.verdict["by_chance"][0] == pytest.approx(2 * pairs / len(ways))
        assert found.verdict["tried"][0] == len(ways) - 1


def test_the_order_of_the_causes() -> None:
    found = reproduce(GAPS, KEY, published={"total": {"n": 111, "mean": "11.1", "sd": "5.00"}},
                      shown=999).causes
    agreed = [0 if words == "nothing" else len(words.split(", ")) for words in found["agrees_on"]]
    order = list(zip([-count for count in agreed], found["distance"], strict=True))
    assert order == sorted(order)
    assert found["rank"].tolist() == [order.index(place) + 1 for place in order]


def test_the_distance_in_closed_form() -> None:
    """Mean off by 4 of SD 2, SD by half of it, alpha by 0.2, n by a fifth: mean square 4.33 / 4."""
    frame = sheet([[n, n] for n in (1, 2, 2, 3, 2, 2)])
    deviation = (2 / 5) ** 0.5
    published = {"total": {"n": 5, "mean": 4 - 4 * deviation, "sd": 2 * 2 * deviation,
                           "alpha": "0.80"}}
    declared = reproduce(frame, simple(2, CODES), published=published, shown=1).causes
    row = declared[declared["alternative"] == "as declared"].iloc[0]
    printed_sd = 4 * deviation
    parts = [(6 - 5) / 5, 4 * deviation / printed_sd, 0.5, 0.2]
    assert row["distance"] == pytest.approx(np.sqrt(np.mean(np.square(parts))), rel=1e-9)


def test_the_distance_where_the_paper_has_no_spread() -> None:
    published = {"total": {"mean": 2, "sd": 0}}
    found = reproduce(sheet([[n, n] for n in range(5)]), simple(2, CODES), published=published)
    row = found.causes.set_index("alternative").loc["as declared"]
    assert row["distance"] == pytest.approx(np.sqrt((2**2 + 10) / 2))


def test_the_declared_way_is_always_shown() -> None:
    published = {"total": paper(total(items := keyed(WHOLE, (2, 3, 5))), items)}
    found = reproduce(WHOLE, KEY, published=published, shown=1).causes
    assert found["alternative"].tolist() == ["item 3 reversed", "as declared"]
    assert found["remedy"].isna().tolist() == [False, True]


# --- remedies -------------------------------------------------------------------------------------


def remedy(frame: pd.DataFrame, published: Mapping[str, str], key: Any = KEY,
           **request: Any) -> str:
    return str(reproduce(frame, key, published={"total": published}, **request).causes["remedy"][0])


def test_what_to_declare_for_a_turned_item() -> None:
    published = paper(total(items := keyed(WHOLE)), items)
    broken = WHOLE.assign(made_3=4 - WHOLE["made_3"])
    assert remedy(broken, published) == (
        "Compare item 3 with the form and its codebook. If the file stores it the other way round "
        "than you declared, declare `already_reversed=[3]`; if not, the paper scored it so.")
    assert "leave out `already_reversed`" in remedy(WHOLE, published, already_reversed=[3])
    assert "leave out `already_reversed`" in remedy(WHOLE, published, already_reversed=True)
    assert "declare `already_reversed=[2, 5]`" in remedy(keyed(WHOLE), published)
    order = ItemOrderVariant(what="made up", kind="other_order", here=(1, 3), there=(3, 1),
                             effect="scores_change", source="made up")
    key = replace(KEY, item_order_variants={"it": order})
    moved = WHOLE.assign(made_1=4 - WHOLE["made_3"], made_3=WHOLE["made_1"])
    assert "declare `already_reversed=[1]`" in remedy(moved, published, key, item_order="it")
    after = reproduce(broken, KEY, published={"total": published}, already_reversed=[3])
    assert after.verdict["reproduced"].tolist() == [4]


def test_the_coding_that_turns_every_item_is_named() -> None:
    chance = np.random.default_rng(2)
    frame = pd.DataFrame(chance.integers(1, 5, (60, 16)), columns=[f"olbi_{n}" for n in
                                                                  range(1, 17)])
    right = score(frame, "olbi", coding="as_printed")["olbi_exhaustion"]
    published = {"exhaustion": {"n": 60, "mean": f"{right.mean():.4f}", "sd": f"{right.std():.4f}"}}
    found = reproduce(frame, "olbi", published=published, coding="disagree_first")
    assert explained(found) == "codes in the other direction (every item turned round)"
    assert "Compare the direction of the codes with the form" in found.causes["remedy"][0]
    assert "declare `coding='as_printed'`" in found.causes["remedy"][0]


# --- real data ------------------------------------------------------------------------------------


def source(folder: Path, *analyses: str) -> dict[str, float]:
    """What was published with a data set, under the names of `reproduce`."""
    rows = pd.read_csv(folder / "expected_results.csv")
    found: dict[str, float] = {}
    for analysis in analyses:
        part = rows[rows["analysis"] == analysis]
        found |= dict(zip(part["quantity"], part["value"].astype(float), strict=True))
    names = {"n": "n", "mean": "mean", "sd": "sd", "min": "min", "max": "max",
             "alpha_raw_complete_cases": "alpha"}
    return {ours: found[theirs] for theirs, ours in names.items() if theirs in found}


def agrees(found: Reproduction, count: int) -> None:
    assert found.verdict["reproduced"].tolist() == [count]
    assert found.comparison["agrees"].all()


@pytest.mark.parametrize(
    ("name", "items", "analyses"),
    [("phq9", "phq{n}", ("phq_score", "PHQ-9")), ("gad7", "gad{n}", ("gad_score", "GAD-7"))])
def test_mexican_students(
    shared_data: Path, name: str, items: str, analyses: tuple[str, str]
) -> None:
    folder = shared_data / "phq_gad_medstudents_mx"
    frame, published = pd.read_csv(folder / "items.csv"), {"total": source(folder, *analyses)}
    agrees(reproduce(frame, name, published=published, items=items), 6)
    column = items.format(n=4)
    broken = frame.assign(**{column: 3 - frame[column]})
    found = reproduce(broken, name, published=published, items=items, digits=2)
    assert explained(found) == "item 4 reversed"


def test_nhanes(shared_data: Path) -> None:
    from balint_research.study.read.read import read_table

    folder = shared_data / "phq9_nhanes_2021_2023"
    frame, columns = read_table(folder / "DPQ_L.xpt"), [f"DPQ0{n}0" for n in range(1, 10)]
    frame = frame[columns].astype("float64")
    published = {"total": source(folder, "PHQ9 complete")}
    agrees(reproduce(frame, "phq9", published=published, items=columns, missing_codes=[7, 9]), 5)


def test_internet_programme_and_the_one_sum_with_a_gap(shared_data: Path) -> None:
    """The authors' 495th sum is of a form with an unanswered item: the n and the rule show it."""
    folder = shared_data / "qwb_icbt_longitudinal"
    frame = pd.read_csv(folder / "items_wide.csv")
    key = load_instrument(KEYS / "qwb" / "instruments" / "qwb.toml")
    how: dict[str, Any] = {"instrument": key, "items": "QWB_{n}_screening"}
    published = {"total": source(folder, "QWB_screening_SUM", "QWB screening")}
    found = reproduce(frame, published=published, **how)
    assert found.comparison.set_index("figure")["agrees"].to_dict() == {
        "n": False, "mean": False, "sd": False, "alpha": True, "min": True, "max": True}
    assert explained(found) == "answered items summed, without proration"
    told = source(folder, "QWB_SUM_post")
    agrees(reproduce(frame, key, published={"total": told}, items="QWB_{n}_post"), 5)


@cache
def cesd() -> Instrument:
    return load_instrument(KEYS / "pospsy" / "instruments" / "cesd.toml")


def pospsy(shared_data: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    frame = pd.read_csv(shared_data / "pospsy_rct_items" / "items_long_as_published.csv")
    how = {"instrument": cesd(), "items": "cesd{n:02}", "coding": (1, 4)}
    return frame[frame["occasion"] == 0], how


@pytest.mark.parametrize("arm", [1, 4])
def test_the_arm_that_the_figures_are_of(shared_data: Path, arm: int) -> None:
    frame, how = pospsy(shared_data)
    told = source(shared_data / "pospsy_rct_items", f"cesdTotal corrected occasion 0 arm {arm}")
    found = reproduce(frame, published={"total": told}, by="intervention", **how)
    assert explained(found) == f"only rows with intervention '{arm}'"
    agrees(reproduce(frame[frame["intervention"] == arm], published={"total": told}, **how), 5)


def test_reversed_items_of_a_real_scale(shared_data: Path) -> None:
    """CES-D: alpha as published; the key's four reversed items, reversed in the file already."""
    frame, how = pospsy(shared_data)
    scores = pd.read_csv(shared_data / "pospsy_rct_items" / "expected_scores_corrected.csv")
    authors = scores.loc[scores["occasion"] == 0, "cesdTotal"]
    told = source(shared_data / "pospsy_rct_items", "CES-D 20 occasion 0 (4,8,12,16 reversed)")
    published = {"total": told | {"n": len(authors), "mean": f"{authors.mean():.2f}",
                                  "sd": f"{authors.std():.2f}"}}
    agrees(reproduce(frame, published=published, **how), 4)
    columns = ["cesd04", "cesd08", "cesd12", "cesd16"]
    twice = frame.assign(**{column: 5 - frame[column] for column in columns})
    found = reproduce(twice, published=published, **how)
    assert explained(found) == "no item reversed (or reversed twice)"


GRIT = questionnaire(range(1, 6), total=scale(range(1, 9), range(1, 6), reversed=(1, 3, 5, 6),
                                              score="mean"))


@pytest.mark.parametrize("item", range(1, 9))
def test_every_item_of_a_real_scale_broken_in_turn(shared_data: Path, item: int) -> None:
    folder, column = shared_data / "wellbeing_3waves", f"grit0{item}"
    frame = pd.read_csv(folder / "wave1_raw.csv")
    published = {"total": {name: f"{value:.2f}" for name, value in source(folder, "grit1").items()
                           if name in ("mean", "sd")} | {"n": 200, "alpha": alpha_text(frame)}}
    agrees(reproduce(frame, GRIT, published=published, items="grit{n:02}"), 4)
    broken = frame.assign(**{column: 6 - frame[column]})
    found = reproduce(broken, GRIT, published=published, items="grit{n:02}")
    direction = "not reversed" if item in (1, 3, 5, 6) else "reversed"
    assert explained(found) == f"item {item} {direction}"


def alpha_text(frame: pd.DataFrame) -> str:
    items = frame[[f"grit0{n}" for n in range(1, 9)]]
    turned = items.assign(**{f"grit0{n}": 6 - items[f"grit0{n}"] for n in (1, 3, 5, 6)})
    return f"{alpha_of(turned):.2f}"


# --- the demonstration, whole ---------------------------------------------------------------------


def test_the_whole_table_of_a_demonstration() -> None:
    published = {"total": {"n": 200, "mean": f"{total(items := keyed(WHOLE)).mean():.2f}",
                           "sd": f"{total(items).std():.2f}", "alpha": f"{alpha_of(items):.2f}"}}
    broken = WHOLE.assign(made_3=4 - WHOLE["made_3"])
    found = reproduce(broken, KEY, published=published, shown=3)
    assert found.verdict.to_dict("list") == {
        "instrument": ["made"], "scale": ["total"], "published": [4], "reproduced": [1],
        "tried": [24], "explain_all": [1], "by_chance": [2 / 25],
        "verdict": ["1 of 4 published figures is reproduced (n). 1 of 24 other ways to score "
                    "gives every figure: item 3 reversed."],
    }  # fmt: skip
    assert text(found.comparison) == """\
instrument scale figure  published    mine  difference  tolerance  agrees
      made total      n    200.000 200.000       0.000      0.500    True
      made total   mean     13.320  12.615      -0.705      0.005   False
      made total     sd      5.670   4.223      -1.447      0.005   False
      made total  alpha      0.850   0.567      -0.283      0.005   False"""
    shown = found.causes.drop(columns=["instrument", "scale", "agrees_on", "note", "remedy"])
    assert text(shown) == """\
 rank                              alternative   mean    sd  alpha   n  distance
    1                          item 3 reversed 13.325 5.674  0.849 200     0.000
    2 standardised alpha (of the correlations) 12.615 4.223  0.567 200     0.200
    3                              as declared 12.615 4.223  0.567 200     0.200"""
    assert found.causes["agrees_on"].tolist() == ["n, mean, sd, alpha", "n", "n"]
    assert found.causes["note"].isna().all()
    assert found.causes["remedy"].fillna("").tolist() == [
        "Compare item 3 with the form and its codebook. If the file stores it the other way round "
        "than you declared, declare `already_reversed=[3]`; if not, the paper scored it so.",
        "The scores may be the same: compute the figure as the paper does to compare it.", "",
    ]


def text(frame: pd.DataFrame) -> str:
    return str(frame.to_string(index=False, float_format="%.3f"))


# --- frames of every kind -------------------------------------------------------------------------


def test_other_frames_give_the_same() -> None:
    published = {"total": paper(total(items := keyed(GAPS, (2, 3, 5))), items)}
    frame = GAPS.assign(wave=np.resize(["may", "june"], 200))
    expected = reproduce(frame, KEY, published=published, by="wave")
    other = pl.from_pandas(frame)
    for given in (other, other.lazy(), frame.set_index(np.zeros(200))):
        found = reproduce(given, KEY, published=published, by="wave")
        pd.testing.assert_frame_equal(found.causes, expected.causes)
        pd.testing.assert_frame_equal(found.verdict, expected.verdict)
    pd.testing.assert_frame_equal(frame[ITEMS], GAPS)


def test_columns_that_hold_scores_already_are_no_matter() -> None:
    published = {"total": paper(total(items := keyed(WHOLE)), items)}
    agrees(reproduce(score(WHOLE, KEY), KEY, published=published), 4)


# --- what is printed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [("24.30", Printed(24.3, 0.005)), (24.3, Printed(24.3, 0.05)), (".81", Printed(0.81, 0.005)),
     ("−0.5", Printed(-0.5, 0.05)), (" 7 ", Printed(7.0, 0.5)), (7, Printed(7.0, 0.5)),
     ("7.", Printed(7.0, 0.5)), (np.float32(24.3), Printed(24.3, 0.05)),
     (np.int64(24), Printed(24.0, 0.5))],
)  # fmt: skip
def test_the_last_printed_digit_gives_the_tolerance(value: Any, expected: Printed) -> None:
    read = read_published({"total": {"mean": value}}, KEY, None)["total"]["mean"]
    assert read.value == expected.value
    assert read.tolerance == pytest.approx(expected.tolerance)


def test_digits_say_what_a_number_does_not() -> None:
    read = read_published({"total": {"mean": 24.3, "n": 12}}, KEY, 2)["total"]
    assert [one.tolerance for one in read.values()] == pytest.approx([0.5, 0.005])


@pytest.mark.parametrize(("mine", "agreed"), [(24.295, True), (24.305, True), (24.2949, False),
                                              (24.3051, False), (float("nan"), False)])
def test_both_ends_of_the_rounding_agree(mine: float, agreed: bool) -> None:
    assert Printed(24.3, 0.005).agrees(mine) is agreed


def test_everything_that_is_wrong_with_what_is_published_at_once() -> None:
    key = load_instrument("phq9")
    wrong: Any = {
        "totl": {"mean": 1}, "major_depressive_syndrome": {"mean": 1}, 3: {"n": 1},
        "total": {"n": 7.5, "mean": "24,30", "sd": -1, "alpha": "1.2", "meen": 3, "median": None,
                  "min": True, "max": float("inf")},
    }  # fmt: skip
    with pytest.raises(ScoringError) as caught:
        reproduce(WHOLE, key, published=wrong, items=[*ITEMS, "a", "b", "c"], digits=16)
    number = "must be a number, or its printed text with a point ('24.30', '.81')."
    assert str(caught.value).splitlines() == [
        "12 faults in what is published:",
        "  1. `digits` must be a whole number from 0 to 15.",
        "  2. published['totl']: PHQ-9 has no such scale. Allowed: 'total'. Did you mean 'total'?",
        "  3. published['major_depressive_syndrome']: a yes/no rule does not add up, so it cannot "
        "be compared.",
        "  4. published[3]: PHQ-9 has no such scale. Allowed: 'total'.",
        "  5. published['total']['n']: must be a whole number of people.",
        f"  6. published['total']['mean']: {number}",
        "  7. published['total']['sd']: a standard deviation is not negative.",
        "  8. published['total']['alpha']: alpha is at most 1.",
        "  9. published['total']['meen']: there is no such figure. Allowed: 'n', 'mean', 'sd', "
        "'alpha', 'median', 'min', 'max'. Did you mean 'mean'?",
        f"  10. published['total']['median']: {number}",
        f"  11. published['total']['min']: {number}",
        f"  12. published['total']['max']: {number}",
    ]


@pytest.mark.parametrize("wrong", [None, {}, {"total": {}}, {"total": 3}, [("total", 3)]])
def test_what_is_published_must_be_a_mapping_of_mappings(wrong: Any) -> None:
    with pytest.raises(ScoringError, match=r"1 fault in .*:\n  1\. .* figures.*'alpha': '.81'"):
        reproduce(WHOLE, KEY, published=wrong)


@pytest.mark.parametrize("digits", [-1, 16, 2.0, True, "2"])
def test_digits_must_be_a_number_of_decimals(digits: Any) -> None:
    with pytest.raises(ScoringError, match="`digits` must be a whole number from 0 to 15"):
        reproduce(WHOLE, KEY, published={"total": {"n": 200}}, digits=digits)


# --- refusals -------------------------------------------------------------------------------------


def test_a_group_column_that_is_not_there() -> None:
    with pytest.raises(ScoringError) as caught:
        reproduce(WHOLE.assign(wave=1), KEY, published={"total": {"n": 200}}, by="waves")
    assert str(caught.value) == (
        "The column 'waves' named in `by` is missing. Did you mean 'wave'?")


@pytest.mark.parametrize("shown", [0, "all", 2.5])
def test_rows_shown_must_be_a_number(shown: Any) -> None:
    with pytest.raises(ScoringError, match="`shown` must be a whole number of at least 1"):
        reproduce(WHOLE, KEY, published={"total": {"n": 200}}, shown=shown)


def test_figures_of_fewer_than_five_forms_are_refused() -> None:
    few = GAPS.copy()
    few.iloc[4:] = np.nan
    with pytest.raises(DataError) as caught:
        reproduce(few, two_scales(), published={"first": {"n": 3}, "second": {"n": 3}})
    assert str(caught.value).splitlines() == [
        "2 faults were found; nothing was computed.",
        "  1. Fewer than 5 forms have an answer to the scale 'first' of made. Nothing is "
        "compared: the figures would tell what a person answered. [too_few_forms]",
        "  2. Fewer than 5 forms have an answer to the scale 'second' of made. Nothing is "
        "compared: the figures would tell what a person answered. [too_few_forms]",
    ]


def test_no_figure_of_fewer_than_five_scores() -> None:
    frame = WHOLE.copy()
    frame.loc[4:, "made_1"] = np.nan   # four complete forms
    published = {"total": {"n": 4, "mean": 9, "alpha": ".9"}}
    found = reproduce(frame, KEY, published=published, shown=999)
    assert found.comparison["mine"].isna().tolist() == [False, True, True]
    assert (found.causes.loc[found.causes["alternative"] != "as declared", "n"] >= 5).all()


def test_the_errors_of_scoring_are_those_of_score() -> None:
    with pytest.raises(DataError, match="outside the codes"):
        reproduce(WHOLE + 1, KEY, published={"total": {"n": 200}})
    with pytest.raises(ScoringError, match="There is no instrument 'phq8'"):
        reproduce(WHOLE, "phq8", published={"total": {"n": 200}})
