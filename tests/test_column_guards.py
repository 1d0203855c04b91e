"""Columns that hold other items than they are taken for: by their names, by their correlations."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import Issue
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import form_numbers, settle
from balint_research.scoring.screen.columns import following_column
from balint_research.scoring.screen.screen import screen
from tests.guard_frames import CODES, MIXED, ONE_WAY, PARTS, answers, rules, shipped, told, turned
from tests.reliability_frames import questionnaire, scale, simple

BRIEF = questionnaire(CODES, **{   # seven pairs of items, as in the Brief COPE
    f"s{i}": scale([2 * i - 1, 2 * i], CODES) for i in range(1, 8)})
CHECK = np.resize([3.0, 3, 3, 3, 3, 3, 3, 3, 3, 1], 400)   # "please tick 3": most do


def found(issues: tuple[Issue, ...], *names: str) -> Issue:
    [issue] = [issue for issue in issues if issue.rule in names]
    return issue


def inserted(frame: pd.DataFrame, before: int) -> pd.DataFrame:
    """A check question becomes item `before`; the columns are numbered through."""
    wider = frame.copy()
    wider.insert(before - 1, "check", CHECK[:len(frame)])
    return wider.set_axis([f"made_{n}" for n in range(1, wider.shape[1] + 1)], axis=1)


# --- names ---------------------------------------------------------------------------------------


def named(columns: Sequence[str], key: Instrument = MIXED) -> list[tuple[str, str | None]]:
    """What is told about columns of these names, listed in the order of the items."""
    frame = answers(key).set_axis(list(columns), axis=1)
    return [(issue.rule, issue.evidence) for issue in screen(frame, key, items=list(columns))
            if issue.rule == "names_and_numbers"]


def test_a_check_question_in_a_list_of_columns() -> None:
    frame = answers(MIXED)
    frame.insert(3, "check", CHECK[:60])
    issues = screen(frame, MIXED, items=list(frame.columns[:8]))
    issue = found(issues, "names_and_numbers")
    assert str(issue) == (
        "The numbers in the names of the columns do not follow the items of made. Evidence: first "
        "at item 4, which is the column 'check'. Check that each column holds the item it is given "
        "for. If they do, nothing. [names_and_numbers]"
    )
    assert issue.severity == "warn"


@pytest.mark.parametrize(("columns", "first"), [
    ("q1 q2 q3 q4 q6 q7 q8 q9", "first at item 5, which is the column 'q6'"),     # one is left out
    ("q1 q2 q4 q3 q5 q6 q7 q8", "first at item 3, which is the column 'q4'"),     # exchanged
    ("q1 check q2 q3 q4 q5 q6 q7", "first at item 2, which is the column 'check'"),
    ("w2_q1 w2_q2 w2_q3 w2_q5 w2_q6 w2_q7 w2_q8 w2_q9",
     "first at item 4, which is the column 'w2_q5'"),
])  # fmt: skip
def test_where_the_numbers_break_off(columns: str, first: str) -> None:
    assert named(columns.split()) == [("names_and_numbers", first)]


@pytest.mark.parametrize("columns", [
    "q1 q2 q3 q4 q5 q6 q7 q8", "q01 q02 q03 q04 q05 q06 q07 q08",
    "q11 q12 q13 q14 q15 q16 q17 q18",                            # a block inside a longer survey
    "q1_post q2_post q3_post q4_post q5_post q6_post q7_post q8_post",
    "t2_1 t2_2 t2_3 t2_4 t2_5 t2_6 t2_7 t2_8", "1_t2 2_t2 3_t2 4_t2 5_t2 6_t2 7_t2 8_t2",
    "a b c d e f g h", "v a1 b c d e f g",                        # hardly any numbers
    "q7 q3 q8 q1 q5 q2 q6 q4",                                    # another numbering on purpose
])  # fmt: skip
def test_names_that_contradict_nothing(columns: str) -> None:
    assert named(columns.split()) == []


def test_a_pattern_cannot_contradict_itself_and_a_content_key_is_mapped_by_hand() -> None:
    assert rules(answers(MIXED), MIXED, items="made_{n}") == []
    by_content = replace(MIXED, map_columns_by="content")
    mapping = {n: f"made_{n}" for n in (1, 2, 4, 3, 5, 6, 7, 8)}
    assert "names_and_numbers" not in rules(answers(MIXED), by_content, items=mapping)


def test_strangers_between_the_items() -> None:
    frame = answers(MIXED)
    frame.insert(4, "check", 3)
    assert [str(issue) for issue in screen(frame, MIXED)] == [
        "column 'check': 1 column that is no item of made stands between its items. Check that the "
        "item columns are matched by name and not by position. [stranger_inside]"
    ]
    assert told(screen(frame, MIXED)) == [("stranger_inside", "note", "check")]
    frame.insert(6, "time", 9)
    assert found(screen(frame, MIXED), "stranger_inside").what == (
        "2 columns that are no item of made stand between its items.")


def test_other_questionnaires_around_and_between_are_no_strangers() -> None:
    around = answers(MIXED).assign(other=1)[["other", *answers(MIXED)]].assign(last=2)
    assert rules(around, MIXED) == []
    between = answers(MIXED)
    for n in range(20):   # a whole other block between the two halves
        between.insert(4, f"x{n}", 1)
    assert rules(between, MIXED) == []


@pytest.mark.parametrize(("items", "following"), [
    ("made_{n}", "made_9"), ("q{n:02}", "q09"), ("w2_q{n}_post", "w2_q9_post"),
    (list("abcdefgh"), None), ([f"q{n}" for n in range(11, 19)], "q19"),
    ({n: f"v{n + 91}" for n in range(1, 9)}, "v100"),
])  # fmt: skip
def test_the_name_of_the_column_that_follows(items: object, following: str | None) -> None:
    plan = settle(MIXED, items, None, None, False, (), None)  # type: ignore[arg-type]
    assert following_column(plan, form_numbers(MIXED, None)) == following


# --- correlations --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [MIXED, PARTS, BRIEF])
@pytest.mark.parametrize("seed", range(3))
def test_columns_in_their_places_raise_nothing(key: Instrument, seed: int) -> None:
    assert rules(answers(key, 60, seed), key) == []


def test_a_check_question_that_was_numbered_as_an_item() -> None:
    issues = screen(inserted(answers(PARTS), 4), PARTS)
    assert [str(issue) for issue in issues if not issue.rule.startswith("careless")] == [
        "From about item 4 of the form on, the columns of made seem to be moved by one. Evidence: "
        "mean correlation in the direction of the key 0.12 as declared, 0.36 when read so (gain "
        "0.23, standard error 0.05, n 60), over the pairs of items concerned -0.05 and 0.36. Look "
        "for an extra column in the block, such as a check question, and give `items` as a mapping "
        "item -> column. [shifted_columns]"
    ]


def test_it_is_seen_without_the_last_column_too() -> None:
    frame = inserted(answers(PARTS), 4).iloc[:, :10]
    issue = found(screen(frame, PARTS), "shifted_columns")
    assert issue.what.startswith("From about item 4 of the form on")
    assert "Look for an extra column" in issue.do


def test_a_lost_column() -> None:
    frame = answers(PARTS).drop(columns="made_4")
    frame["next"] = CHECK[:60]   # the first answer of what follows
    frame = frame.set_axis([f"made_{n}" for n in range(1, 11)], axis=1)
    issue = found(screen(frame, PARTS), "shifted_columns")
    assert "Look for a lost column (item 4 of the form)" in issue.do


@pytest.mark.parametrize("key", [MIXED, BRIEF])
def test_other_patterns_of_a_key_show_it_too(key: Instrument) -> None:
    """Directions in one scale, and parts without any reversed item."""
    frame = inserted(answers(key, 100, strength=0.8), 4)
    assert "shifted_columns" in rules(frame, key)


def test_moved_columns_hide_what_follows_from_them() -> None:
    """Ten Issues about items that run against their scales would all be the same fault."""
    issues = screen(inserted(answers(PARTS), 2), PARTS)
    assert "shifted_columns" in [issue.rule for issue in issues]
    assert not {"polarity", "polarity_uncertain", "weak_item"} & {issue.rule for issue in issues}


def test_where_another_reading_means_the_same_nothing_is_said() -> None:
    """One scale, all forward: columns moved by one give the same total but for the ends."""
    assert "shifted_columns" not in rules(inserted(answers(ONE_WAY), 3), ONE_WAY)


def test_two_exchanged_columns() -> None:
    frame = answers(PARTS).rename(columns={"made_1": "made_4", "made_4": "made_1"})
    issues = screen(frame, PARTS)
    assert [str(issue) for issue in issues if not issue.rule.startswith("careless")] == [
        "Items 1 and 4 of the form fit made better when each stands for the other. Evidence: mean "
        "correlation in the direction of the key 0.21 as declared, 0.35 when read so (gain 0.13, "
        "standard error 0.03, n 60), over the pairs of items concerned 0.05 and 0.38. Look up in "
        "the codebook which column holds which, and give `items` as a mapping item -> column. "
        "[swapped_columns]"
    ]
    mapping = {n: f"made_{n}" for n in PARTS.items} | {1: "made_4", 4: "made_1"}
    assert "swapped_columns" not in rules(frame, PARTS, items=mapping)


def test_one_item_turned_round_is_not_taken_for_two_exchanged_ones() -> None:
    """Exchanged with a weak item of the other direction, a strong turned one would fit better."""
    for seed in range(5):
        frame = answers(MIXED, 80, seed, strength=0.8)
        weak = answers(MIXED, 80, seed + 50, strength=0.8)["made_5"]
        frame["made_5"] = weak.where(np.arange(80) < 50, frame["made_5"])
        assert rules(turned(frame, MIXED, 3), MIXED)[0] == "polarity"


@pytest.mark.parametrize(("name", "order"), [
    ("cbi", "article_2005"), ("sris", "grouped"), ("jse_hp", "article_2002_factor_order"),
    ("jse_s", "article_2002_factor_order"),
])  # fmt: skip
def test_another_verified_order_is_named(name: str, order: str) -> None:
    """The study's file follows another form; then the key's own, and the variant is declared."""
    key = load_instrument(name)
    frame = connected(name)
    numbers = form_numbers(key, order)
    stored = frame.rename(columns={f"{name}_{n}": f"{name}_{numbers[n]}" for n in key.items})
    issue = found(screen(stored, name), "other_order")
    assert key.item_order_variants[order].what in issue.what
    assert f'declare `item_order = "{order}"`' in issue.do
    assert "other_order" not in rules(stored, name, item_order=order)
    back = found(screen(frame, name, item_order=order), "other_order")
    assert back.what.endswith("another numbering better: that of the key itself.")
    assert "leave `item_order` out" in back.do


def connected(name: str) -> pd.DataFrame:
    """Answers whose parts hang together in the directions of the largest scale."""
    key = load_instrument(name)
    frame = shipped(name, 120, seed=3)
    if "total" not in key.scales:
        return frame
    total = replace(key, scales={"total": key.scales["total"]})
    return ((frame + 2 * answers(total, 120, seed=4)) / 3).round()


def test_fillers_may_be_absent() -> None:
    """EQ-40: the form has 60 items, 20 of them are scored by nothing."""
    frame = shipped("eq40", 80)
    scored = [f"eq40_{n}" for n in load_instrument("eq40").scored_items]
    assert rules(frame, "eq40") == rules(frame[scored], "eq40") == []


def test_gaps_and_empty_columns_do_not_hide_it() -> None:
    frame = inserted(answers(PARTS, 120, gaps=0.08), 4)
    assert "shifted_columns" in rules(frame, PARTS)
    assert "shifted_columns" in rules(frame.assign(made_9=np.nan), PARTS)
    assert rules(answers(PARTS, 120, gaps=0.2), PARTS) == []


def test_expecting_more_correlations_is_no_gain() -> None:
    """One item beside a scale, all of one kind: as part of it, more pairs would fit the key."""
    key = questionnaire(CODES, alone=scale([1], CODES), together=scale(range(2, 8), CODES))
    common = np.random.default_rng(1).normal(size=(400, 1))
    levels = 2 + common + np.random.default_rng(2).normal(size=(400, 7))
    frame = pd.DataFrame(np.clip(np.rint(levels), 0, 4), columns=list(answers(key)))
    assert rules(frame, key) == []


def test_columns_matched_by_content_are_in_no_order_that_could_be_moved() -> None:
    by_content = replace(PARTS, map_columns_by="content")
    mapping = {n: f"made_{n}" for n in PARTS.items}
    frame = inserted(answers(PARTS), 4)
    assert "shifted_columns" in rules(frame, PARTS, items=mapping)
    assert "shifted_columns" not in rules(frame, by_content, items=mapping)


def test_of_few_forms_nothing_is_said() -> None:
    assert "shifted_columns" not in rules(inserted(answers(PARTS, 19, strength=0.9), 4), PARTS)
    assert "shifted_columns" in rules(inserted(answers(PARTS, 25, strength=0.9), 4), PARTS)


def test_a_following_column_of_something_else_does_no_harm() -> None:
    """made_11 is here the next questionnaire, or text, or empty."""
    frame = answers(PARTS)
    for other in (np.arange(60.0), np.nan, "text", pd.Timestamp(2026, 1, 1), True, 3.0):
        assert rules(frame.assign(made_11=other), PARTS) == []


def test_a_short_form_inside_its_parent_is_read_there() -> None:
    key = load_instrument("pss10")
    numbers = form_numbers(key, "pss14_numbers")
    frame = shipped("pss10").rename(columns={f"pss10_{n}": f"v{numbers[n]}" for n in key.items})
    assert "names_and_numbers" not in rules(frame, "pss10", items="v{n}",
                                            item_order="pss14_numbers")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_the_place_is_found_within_two_items(seed: int, before: int) -> None:
    frame = inserted(answers(PARTS, 200, seed, strength=0.8), before)
    place = int(found(screen(frame, PARTS), "shifted_columns").what.split("item ")[1].split()[0])
    assert abs(place - before) <= 2


def test_a_questionnaire_of_one_item_and_of_two() -> None:
    for items in (1, 2):
        assert rules(answers(simple(items, CODES)), simple(items, CODES)) == []
