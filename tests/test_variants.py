"""The same answers stored otherwise score the same: codings, item orders, directions.

Everything here is built from the key files as TOML and compared with scores worked out by hand
(`tests/extremes.py`), so that the package never checks itself.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from balint_research.errors import ScoringError
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import coding_map
from balint_research.scoring.score import score
from tests.extremes import by_hand, documents

KEYS = documents()
SCORED = [name for name, document in KEYS.items() if "scales" in document]

# What a study may choose, by key. A new entry was read in the source that the key names.
CODINGS = {
    "ambi": ["position_from_every_day", "coded_1_7"], "brief_cope": ["coded_0_3"],
    "brs": ["coded_0_4"], "cbi": ["coded_0_4", "coded_1_5", "coded_1_5_always_first"],
    "gcq_s": ["coded_1_7"], "iri": ["coded_1_5"], "k10": ["coded_0_4", "coded_1997_survey"],
    "maas": ["almost_never_first"], "mbi_2item": ["coded_1_7"], "mbi_gs": ["coded_1_7"],
    "mbi_hss": ["coded_1_7"], "msq_short": ["satisfied_first"], "olbi": ["disagree_first"],
    "pfi": ["coded_1_5"], "ppos": ["disagree_first"], "pss10": ["coded_1_5"],
    "pss14": ["coded_1_5"], "pss4": ["coded_1_5"], "qcae": ["agree_first"], "teq": ["coded_1_5"],
    "ucla3": ["coded_0_2"], "uwes9": ["coded_1_7"],
    "who5": ["printed_left_to_right_1_6", "turned_0_5"],
}  # fmt: skip
ORDERS = {
    "ambi": ["mbi_hss_numbers"], "bat12": ["bat23_numbers"], "cbi": ["article_2005"],
    "cdrisc10": ["cdrisc25_numbers"], "eq22": ["eq60_numbers"], "ffmq15": ["ffmq39_numbers"],
    "jse_hp": ["article_2002_factor_order"], "jse_s": ["article_2002_factor_order"],
    "mbi_2item": ["mbi_hss_numbers"], "pss10": ["pss14_numbers"], "scs_sf": ["scs26_numbers"],
    "sris": ["grouped"], "uwes9": ["uwes17_numbers"],
}  # fmt: skip
UNUSABLE = {
    "bat23": ["general_version"], "cdrisc10": ["coded_1_5"], "eq22": ["disagree_first"],
    "eq40": ["disagree_first"], "gse": ["coded_0_3"], "jse_hp": ["coded_0_6"],
    "k10": ["depressed_mood_first"], "mbi_gs": ["german_order"], "mbi_ss": ["interleaved"],
    "mini_z_burnout": ["mini_z_total"], "olbi": ["coded_0_3_agree_first"],
    "pss14": ["pss10_numbers"], "pss4": ["pss10_numbers", "pss14_numbers"],
    "smbm": ["coded_0_6"], "who5": ["coded_1_6"],
}  # fmt: skip

Person = Mapping[int, int | None]  # item of the key -> answer in the key's codes


def people(name: str, count: int, seed: int) -> list[Person]:
    """Random answers, a fifth of them missing in every second person."""
    codes, items = KEYS[name]["response"]["codes"], len(KEYS[name]["items"])
    chance = np.random.default_rng(seed)
    drawn = chance.choice(codes, (count, items))
    gaps = (chance.random((count, items)) < 0.2) & (np.arange(count) % 2 == 1)[:, None]
    return [
        {n: None if gaps[i, n - 1] else int(drawn[i, n - 1]) for n in range(1, items + 1)}
        for i in range(count)
    ]


def turned(name: str, person: Person, items: Sequence[int]) -> Person:
    """The answers with these items turned round: lowest + highest - answer."""
    ends = KEYS[name]["response"]["codes"][0] + KEYS[name]["response"]["codes"][-1]
    return {n: ends - a if a is not None and n in items else a for n, a in person.items()}


def reversed_anywhere(name: str) -> list[int]:
    scales = KEYS[name]["scales"].values()
    return sorted({n for scale in scales for n in scale.get("reversed", [])})


def agree(name: str, scored: pl.DataFrame, expected: Sequence[Person]) -> None:
    """Every score of the frame is that of the person, worked out by hand."""
    for scale in KEYS[name]["scales"]:
        ours = scored[f"{name}_{scale}"].to_list()
        hand = [by_hand(KEYS[name], scale, person) for person in expected]
        assert [value is None for value in ours] == [value is None for value in hand]
        assert [value or 0 for value in ours] == pytest.approx(
            [value or 0 for value in hand], abs=1e-12
        )


def in_columns(rows: Sequence[Person], named: Mapping[int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {column: [row[n] for row in rows] for n, column in named.items()},
        schema_overrides=dict.fromkeys(named.values(), pl.Int64),
    )


def refusal(name: str, **request: Any) -> str:
    columns = {f"{name}_{n}": [1] for n in KEYS[name]["items"]}
    with pytest.raises(ScoringError) as caught:
        score(pd.DataFrame(columns), name, **request)
    return str(caught.value)


# --- variants of coding and of item order --------------------------------------------------------


def test_the_variants_that_can_be_chosen_and_those_that_cannot() -> None:
    for part, named in {"coding_variants": CODINGS, "item_order_variants": ORDERS,
                        "unusable_variants": UNUSABLE}.items():
        found = {name: [*getattr(load_instrument(name), part)] for name in KEYS}
        assert {name: ids for name, ids in found.items() if ids} == named


def stored(name: str, rows: Sequence[Person], coding: str | None) -> list[Person]:
    """The answers as a file in this coding holds them."""
    if coding is None:
        return [*rows]
    codes = KEYS[name]["coding_variants"][coding]["codes"]
    store = {code: int(kept) for kept, code in codes.items()}
    return [{n: None if a is None else store[a] for n, a in row.items()} for row in rows]


def on_the_form(name: str, order: str | None) -> dict[int, int]:
    """Item of the key -> number on the other form."""
    items = range(1, len(KEYS[name]["items"]) + 1)
    if order is None:
        return {n: n for n in items}
    variant = KEYS[name]["item_order_variants"][order]
    moved = dict(zip(variant["here"], variant["there"], strict=True))
    return {n: moved.get(n, n) for n in items}


@pytest.mark.parametrize("name", sorted({*CODINGS, *ORDERS}))
def test_a_file_stored_otherwise_scores_as_the_key(name: str) -> None:
    rows = people(name, 16, seed=len(name))
    requests = [*product([None, *CODINGS.get(name, [])], [None, *ORDERS.get(name, [])])]
    for coding, order in requests[1:]:  # the first is the key's own form
        there = on_the_form(name, order)
        assert len({*there.values()}) == len(there)
        frame = in_columns(stored(name, rows, coding), {n: f"x{there[n]}" for n in there})
        scored = score(frame, name, items="x{n}", coding=coding or "as_printed", item_order=order)
        agree(name, scored, rows)


@pytest.mark.parametrize("name", sorted({*CODINGS, *ORDERS}))
def test_reversed_items_are_counted_as_the_form_does(name: str) -> None:
    """The last coding and order of the key together, and its reversed items stored reversed."""
    rows, back = people(name, 16, seed=2), reversed_anywhere(name)
    coding = [None, *CODINGS.get(name, [])][-1]
    order = [None, *ORDERS.get(name, [])][-1]
    there = on_the_form(name, order)
    kept = stored(name, [turned(name, row, back) for row in rows], coding)
    frame = in_columns(kept, {n: f"x{there[n]}" for n in there})
    scored = score(frame, name, items="x{n}", coding=coding or "as_printed", item_order=order,
                   already_reversed=[there[n] for n in back])
    agree(name, scored, rows)


@pytest.mark.parametrize("name", sorted(UNUSABLE))
def test_a_variant_that_no_source_establishes_is_refused_with_what_is_known(name: str) -> None:
    for variant, known in KEYS[name]["unusable_variants"].items():
        assert refusal(name, **{known["kind"]: variant}) == (
            f"{KEYS[name]['abbreviation']}: `{known['kind']}` '{variant}' cannot be used. What it "
            f"is: {known['what']}. Why: {known['why']}. Instead: {known['instead']}."
        )


def test_two_of_these_refusals_in_full() -> None:
    assert refusal("who5", coding="coded_1_6") == (
        "WHO-5: `coding` 'coded_1_6' cannot be used. What it is: 1 = at no time to 6 = all of the "
        "time. Why: not seen in a source that can be named. Instead: coding = {min = 1, max = 6} "
        "where the codebook of the study shows these codes in the same direction."
    )
    assert refusal("pss4", coding="as_printed", item_order="pss10_numbers") == (
        "PSS-4: `item_order` 'pss10_numbers' cannot be used. What it is: the four items inside the "
        "PSS-10. Why: no map was seen in a source. Instead: give `items` as a mapping item -> "
        "column, matched by content."
    )


def test_the_shift_that_is_advised_instead_is_accepted() -> None:
    advised = [
        (name, int(low), int(high))
        for name, ids in UNUSABLE.items()
        for variant in ids
        for low, high in re.findall(r"min = (\d), max = (\d)",
                                    KEYS[name]["unusable_variants"][variant]["instead"])
    ]
    assert [name for name, *_ in advised] == [
        "cdrisc10", "gse", "jse_hp", "olbi", "smbm", "who5",
    ]  # fmt: skip
    for name, low, high in advised:
        codes = KEYS[name]["response"]["codes"]
        assert coding_map(load_instrument(name), {"min": low, "max": high}) == {
            low + i: code for i, code in enumerate(codes)
        }


def test_the_refusal_of_ppos_without_its_direction() -> None:
    assert refusal("ppos") == (
        "PPOS is stored in either direction, and the numbers do not show which: a wrong choice "
        "turns every score round. Declare `coding`. Allowed: 'as_printed': 1 = strongly agree, "
        "6 = strongly disagree; 'disagree_first': 1 = strongly disagree to 6 = strongly agree; in "
        "that coding exactly the other 15 items are the ones to recode. Look it up in the codebook "
        "of the survey."
    )
    assert [name for name in SCORED if load_instrument(name).response.must_declare] == [
        "olbi", "ppos",
    ]  # fmt: skip


# --- laws of reversal, for every key -------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1))
@example(seed=1)
@settings(max_examples=1, deadline=None)
def test_laws_of_reversal_and_order(seed: int) -> None:
    """All laws and all keys at once: one scoring of a key costs far more than its rows.

    Turning every answer round mirrors each sum and mean (without recode) within its range; a file
    whose reversed items are stored reversed (every second key, the others with the next seed)
    scores as the raw file does; the order of rows and of columns does not matter.
    """
    for i, name in enumerate(SCORED):
        stored_reversed = (i + seed) % 2 == 0
        items = range(1, len(KEYS[name]["items"]) + 1)
        raw = people(name, 12, seed)
        both = [*raw, *(turned(name, row, items) for row in raw)]
        shuffled = np.random.default_rng(seed).permutation(len(both)).tolist()
        columns = {n: f"q{n}" for n in reversed(items)}
        back = reversed_anywhere(name) if stored_reversed else []
        frame = in_columns([turned(name, both[j], back) for j in shuffled], columns)
        scored = score(frame, name, items=columns, coding="as_printed",
                       already_reversed=stored_reversed)
        agree(name, scored, [both[j] for j in shuffled])
        for scale, rule in KEYS[name]["scales"].items():
            if rule["score"] == "criteria" or "recode" in rule:
                continue
            found = dict(zip(shuffled, scored[f"{name}_{scale}"].to_list(), strict=True))
            for j in range(len(raw)):
                straight, round_ = found[j], found[j + len(raw)]
                mirrored = None if straight is None else sum(rule["range"]) - straight
                assert mirrored == pytest.approx(round_, abs=1e-9)


# --- by name -------------------------------------------------------------------------------------

Scores = list[list[float | None]]  # a person's scores, in the order of the scales


def scores(name: str, *forms: Sequence[int | None], **request: Any) -> Scores:
    """The scores of each person, whose answers stand in the order of the form."""
    frame = pd.DataFrame(forms, columns=[f"{name}_{i + 1}" for i in range(len(forms[0]))],
                         dtype="float64")
    scored = score(frame, name, **request)
    values = scored[[f"{name}_{scale}" for scale in KEYS[name]["scales"]]].to_numpy().tolist()
    return [[None if value != value else value for value in row] for row in values]


def test_olbi_as_printed_and_mirrored() -> None:
    printed = [4, 1, 1, 1, 4, 1, 4, 1, 1, 4, 1, 1, 4, 4, 4, 4]
    mirrored = [5 - x for x in printed]
    assert scores("olbi", printed, mirrored, coding="as_printed") == [[4, 4, 4], [1, 1, 1]]
    assert scores("olbi", mirrored, coding="disagree_first") == [[4, 4, 4]]
    assert scores("olbi", [x - 1 for x in printed], coding={"min": 0, "max": 3}) == [[4, 4, 4]]
    assert refusal("olbi") == (
        "OLBI is stored in either direction, and the numbers do not show which: a wrong choice "
        "turns every score round. Declare `coding`. Allowed: 'as_printed': 1 = strongly agree, "
        "2 = agree, 3 = disagree, 4 = strongly disagree; 'disagree_first': 1 = strongly disagree "
        "to 4 = strongly agree (most software); in that coding the items to recode are the other "
        "eight: 1, 5, 7, 10, 13, 14, 15, 16. Look it up in the codebook of the survey."
    )


def test_cbi_in_both_orders() -> None:
    article = [0] * 9 + [100] + [0] * 9
    assert scores("cbi", article, item_order="article_2005") == [[0, 0, 0]]
    assert scores("cbi", [0] * 19, [100] * 19) == [
        pytest.approx([0, 100 / 7, 0], abs=1e-12), pytest.approx([100, 600 / 7, 100], abs=1e-12),
    ]  # fmt: skip
    # stored 1-5 with the article's reversed item turned round already: all 1 is no burnout at all
    assert scores("cbi", [1] * 19, item_order="article_2005", coding="coded_1_5",
                  already_reversed=[10]) == [[0, 0, 0]]


@pytest.mark.parametrize("name", ["jse_s", "jse_hp"])
def test_jse_with_four_and_with_five_gaps(name: str) -> None:
    assert next(iter(KEYS[name]["scales"])) == "total"
    found = scores(name, [4] * 16 + [None] * 4, [None] * 4 + [4] * 16, [4] * 15 + [None] * 5)
    assert [row[0] for row in found] == [80, 80, None]


def test_care_with_two_and_with_three_gaps() -> None:
    assert scores("care", [4] * 8 + [None] * 2, [4] * 7 + [None] * 3) == [[40], [None]]


def test_gse_with_three_and_with_four_gaps() -> None:
    assert scores("gse", [3] * 7 + [None] * 3, [3] * 6 + [None] * 4) == [[30, 3], [None, None]]


def test_rfq8_at_both_ends() -> None:
    assert [*KEYS["rfq8"]["scales"]] == ["rfq_c", "rfq_u"]
    assert scores("rfq8", [1] * 8, [7] * 8, [7, 7, 7, 7, 7, 7, 1, 7]) == [
        [3.0, 0.5], [0, 2.5], [0, 3],
    ]  # fmt: skip


def test_gcq_s_needs_eight_answers_on_the_form_and_one_on_the_scale() -> None:
    full = [6, 6, 0, 6, 0, 0, 0, 6, 0, 0, 6, 0]  # engaged is items 1, 2, 4, 8, 11
    eight = [None if n in {1, 2, 4, 8} else answer for n, answer in enumerate(full, 1)]
    seven = [None if n in {1, 2, 4, 8, 11} else answer for n, answer in enumerate(full, 1)]
    assert scores("gcq_s", full, eight, seven) == [[6, 0, 0], [6, 0, 0], [None, None, None]]


def test_ppos_both_ways() -> None:
    best = [1 if n in {9, 13, 17} else 6 for n in range(1, 19)]
    assert scores("ppos", best, coding="as_printed") == [[6]]
    assert scores("ppos", [7 - x for x in best], coding="disagree_first") == [[6]]
