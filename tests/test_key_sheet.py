"""The key of a questionnaire as text, to read on a terminal."""

from dataclasses import replace

import pytest

from balint_research.reporting.key_sheet import WIDTH, key_text
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import list_instruments, load_instrument


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[Instrument, str]]:
    """Every shipped key and its text, without the worked examples: to score them takes seconds."""
    keys = [load_instrument(name) for name in list_instruments()["id"]]
    return {key.id: (key, key_text(replace(key, examples=()))) for key in keys}


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_the_whole_text_of_a_short_key() -> None:
    lines = key_text(load_instrument("who5")).splitlines()
    assert lines[:3] == ["who5: WHO-Five Well-Being Index (WHO-5)", "Measures: wellbeing",
                         "Made for: general population from about 9 years; adults; self-report"]
    assert "Status: established; confidence high" in lines
    assert "Worked examples: 8 of 8 scores come out right" in lines
    start = lines.index("who5_percent: Well-being, percentage score")
    assert lines[start + 1 : start + 5] == [
        "  sum of items 1, 2, 3, 4, 5, times 4",
        "  reversed: none",
        "  0 to 100; higher means better",
        "  answers needed: all 5 items",
    ]
    assert lines[-6:] == [
        "",
        "Cut-offs (sets are never mixed):",
        "  topp_2015_50: Topp 2015 as implemented in two public scoring libraries; equals raw "
        "score below 13",
        "    percent: reduced well-being, screen for depression: 0 to 50",
        "  topp_2015_28: Topp 2015 as cited by a public scoring library",
        "    percent: likely depression: 0 to 28",
    ]


def test_open_doubts_and_variants_that_cannot_be_used() -> None:
    text = unwrapped(key_text(load_instrument("who5")))
    assert "Open doubts: no published missing rule; answer order reversed in some" in text
    assert ("Cannot be used (coding coded_1_6): 1 = at no time to 6 = all of the time. Why: not "
            "seen in a source that can be named. Instead: coding = {min = 1, max = 6}") in text


def test_labels_that_only_some_items_carry() -> None:
    text = unwrapped(key_text(load_instrument("cbi")))
    assert "Codes: 0 = never/almost never, 25 = seldom, 50 = sometimes" in text
    assert "items 7, 8, 9, 14, 15, 16, 17: 0 = very low degree, 25 = low degree" in text


def test_a_key_that_must_be_declared_says_so() -> None:
    text = unwrapped(key_text(load_instrument("olbi")))
    assert ("The direction of the codes differs between studies and the numbers do not show it: "
            "the coding must be declared.") in text
    assert "--coding disagree_first: 1 = strongly disagree to 4 = strongly agree" in text


def test_a_partial_key_names_its_open_point() -> None:
    text = unwrapped(key_text(load_instrument("ppos")))
    assert "Status: partial (the scales named here can be scored, something else is open)" in text
    assert "To complete: what must be copied before the two subscales can be scored" in text
    assert ("Not scored, sharing: sharing (9 items; higher means better): no list of its items was "
            "confirmed") in text


def test_an_incomplete_key_leads_to_a_finished_one() -> None:
    key = load_instrument("bipm")
    text = unwrapped(key_text(key))
    assert "Status: not established (it cannot be scored before it is completed); conf" in text
    assert "Codes: not established: to be taken from the official form" in text
    assert "to be had from: the authors or the table of items in the primary article" in text
    assert "Take it from: - Nyklicek and Denollet, Psychol Assess 2009;21(1):32-44: the tab" in text
    assert "- scales.interest.items: item numbers" in text
    assert "What is known of the form: - 14 items; every item in exactly one of interest" in text
    assert "Next: `balint instruments bipm --complete DIR` writes a commented template" in text
    assert "Not scored, total: BIPM total (14 items; higher means better; sum of interest" in text


def test_signs_that_a_finished_key_has_to_give() -> None:
    text = unwrapped(key_text(load_instrument("pms")))
    assert ("mindfulness (MAAS) [key maas, scale mean]: positive correlation (published: 0.41, n "
            "103; Beitel 2005, abstract)") in text


def test_a_users_key_says_so() -> None:
    text = key_text(replace(load_instrument("teq"), key_status="supplied_by_user"))
    assert "Status: key supplied by the user; confidence high" in text.splitlines()


def test_cut_offs_in_brief() -> None:
    text = unwrapped(key_text(load_instrument("gad7")))
    assert ("total: minimal: 0 to below 5; mild: 5 to below 10; moderate: 10 to below 15; severe: "
            "15 to 21") in text
    assert "Cut-offs: none in this key file" in key_text(load_instrument("rfq8")).splitlines()


def test_an_example_that_does_not_come_out_is_counted() -> None:
    key = load_instrument("teq")
    right = len(key.examples)
    wrong = replace(key.examples[0], scores={"total": 1.0})
    text = key_text(replace(key, examples=(wrong, *key.examples[1:])))
    assert f"Worked examples: {right - 1} of {right} scores come out right" in text


def test_every_shipped_key_can_be_shown_with_every_scale(
    shown: dict[str, tuple[Instrument, str]]
) -> None:
    for name, (key, text) in shown.items():
        assert [scale for scale in key.scales if f"\n{name}_{scale}: " not in text] == []
        told = unwrapped(text)
        assert [scale for scale in key.unscored_scales
                if f"Not scored, {scale}: {key.unscored_scales[scale].name} (" not in told] == []
        assert [variant for variant in key.unusable_variants
                if f"Cannot be used ({key.unusable_variants[variant].kind.replace('_', ' ')} "
                   f"{variant}): " not in told] == []


def test_no_line_is_wider_than_a_terminal(shown: dict[str, tuple[Instrument, str]]) -> None:
    assert WIDTH == 100
    wide = [line for _, text in shown.values() for line in text.splitlines()
            if len(line) > WIDTH and len(line.split()) > 1]
    assert wide == []
