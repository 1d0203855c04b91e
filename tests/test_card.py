"""What Jupyter shows of an instrument: complete, escaped, readable for everyone."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from balint_research.scoring.instrument import Band, Instrument, Scale
from balint_research.scoring.library import list_instruments, load_instrument
from balint_research.scoring.telling import words
from balint_research.scoring.telling.card import card_html
from tests.key_html import hostile, tables, text

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
INCOMPLETE = ["bgsq", "bipm", "ddprq10", "gras", "gsaq", "kjeldmand2004", "mzq", "pms", "rpq"]
LIGHT, DARK = "color: #000; background: #fff", "color: #e0e0e0; background: #111"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def keys() -> list[Instrument]:
    return [load_instrument(name) for name in list_instruments()["id"]]


def notebook(cards: list[str], *colours: str) -> str:
    """Cards as the outputs of a page, with the rules for tables that JupyterLab sets."""
    outputs = zip(cards, colours or [LIGHT] * len(cards), strict=True)
    return (
        '<!DOCTYPE html><html lang="en"><head><title>Notebook</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
        "body { margin: 0 } main { padding: 12px; font: 14px sans-serif }"
        ".out td, .out th { text-align: right; vertical-align: middle; border: none }"
        "</style></head><body><main><h1>Notebook</h1><h2>A chapter</h2>"
        + "".join(f'<div class="out" style="{style}">{card}</div>' for card, style in outputs)
        + "</main></body></html>"
    )


# --- what is said --------------------------------------------------------------------------------


def test_jupyter_shows_the_card() -> None:
    key = load_instrument("cbi")
    assert key._repr_html_() == card_html(key)


def test_a_card_in_full() -> None:
    shown = tables(card_html(load_instrument("cbi")))
    brief = dict(shown["In brief"])
    assert brief["Status"] == "established; confidence high"
    assert brief["Open doubts"] == "three bands in wide use are not from the authors"
    assert brief["Unanswered items"].startswith("fewer than 3 of 6 (personal)")
    assert brief["Rights"].startswith(
        "free for research; whether its wording may be passed on is unclear; holder: authors / ")
    assert shown["Scales"] == [
        ["Scale", "Score", "Reversed", "Range", "Higher means", "Answers needed"],
        ["Personal burnout [cbi_personal]", "mean of items 1, 2, 3, 4, 5, 6", "none", "0 to 100",
         "worse", "at least 3 of 6 items (mean of those answered)"],
        ["Work-related burnout [cbi_work]", "mean of items 7, 8, 9, 10, 11, 12, 13",
         "13 (100 − answer)", "0 to 100", "worse",
         "at least 4 of 7 items (mean of those answered)"],
        ["Client-related burnout [cbi_client]", "mean of items 14, 15, 16, 17, 18, 19", "none",
         "0 to 100", "worse", "at least 3 of 6 items (mean of those answered)"],
    ]
    assert shown["Answers: the codes of the printed form"][:2] == [
        ["Code", "Label (other items)", "Label (items 7, 8, 9, 14, 15, 16, 17)"],
        ["0", "never/almost never", "very low degree"],
    ]
    codings = shown["Other codings that can be chosen"]
    assert [row[0] for row in codings] == [
        "coding\N{NO-BREAK SPACE}=", "coded_0_4", "coded_1_5", "coded_1_5_always_first"]
    assert codings[3][2] == "stored 1, 2, 3, 4, 5 stand for 100, 75, 50, 25, 0"
    order = shown["Other item orders that can be chosen"][1]
    assert order[0] == "article_2005" and order[3] == "scores are wrong without it"
    assert order[2] == ("here = there: 7 = 11, 8 = 13, 9 = 12, 10 = 7, 11 = 8, 12 = 9, 13 = 10, "
                        "15 = 16, 16 = 15")
    assert shown["Verification"][1][1] == "source"


def test_what_cannot_be_used_is_told_with_what_to_do_instead() -> None:
    rows = tables(card_html(load_instrument("who5")))["Known of, but cannot be used"]
    assert rows[1][:2] == ["coded_1_6", "coding"]
    assert rows[1][4].startswith("coding = {min = 1, max = 6}")


def test_an_incomplete_key_says_what_to_take_from_where() -> None:
    key = load_instrument("bipm")
    card = card_html(key)
    assert "not established (it cannot be scored before it is completed)" in text(card)
    assert key.user_key is not None
    for line in (*key.user_key.take_from, *key.user_key.constraints):
        assert line in text(card)
    assert "<code>balint instruments bipm --complete DIR</code> writes a commented" in card
    assert "Scales" not in tables(card) and "Scales that are not scored" in tables(card)
    assert "Codes: not established: to be taken from the official form." in text(card)


def test_every_incomplete_key_leads_to_its_template(keys: list[Instrument]) -> None:
    incomplete = [key for key in keys if key.key_status == "not_established"]
    assert [key.id for key in incomplete] == INCOMPLETE
    for key in incomplete:
        assert f"balint instruments {key.id} --complete DIR" in text(card_html(key))


def test_a_users_key_says_so() -> None:
    key = load_instrument("teq")
    assert words.SUPPLIED_BY_USER == "key supplied by the user"
    assert "key supplied by the user" not in card_html(key)
    own = card_html(replace(key, key_status="supplied_by_user"))
    assert dict(tables(own)["In brief"])["Status"] == "key supplied by the user; confidence high"


def test_columns_that_must_not_be_matched_by_number() -> None:
    for name, told in (("pmi", True), ("cbi", False)):
        assert ("never by number" in text(card_html(load_instrument(name)))) is told


def test_every_scale_of_every_key_has_a_full_row(keys: list[Instrument]) -> None:
    for key in keys:
        shown = tables(card_html(key))
        rows = shown["Scales"][1:] if key.scales else []
        assert len(rows) == len(key.scales)
        for row, (name, scale) in zip(rows, key.scales.items(), strict=True):
            assert row[0].endswith(f"[{key.id}_{name}]") and scale.name in row[0]
            assert row[3] == f"{scale.range[0]:g} to {scale.range[1]:g}"
        assert all(cell.strip() for table in shown.values() for line in table for cell in line)


def test_everything_is_escaped(keys: list[Instrument]) -> None:
    for key in keys:
        card = card_html(hostile(key))
        assert "<b>" not in card and "&lt;b&gt;&amp;" in card


# --- words ---------------------------------------------------------------------------------------


def test_the_kinds_of_score_in_words() -> None:
    scale = {name: load_instrument(name).scales for name in ("who5", "phq9", "pmi", "eq40")}
    assert words.score_words(scale["who5"]["percent"]) == "sum of items 1, 2, 3, 4, 5, times 4"
    assert words.score_words(scale["pmi"]["interest"]) == "answer to item 1"
    assert words.score_words(scale["eq40"]["total"]).endswith(
        "59, 60, recoded (after reversing): 1, 2, 3, 4 become 2, 1, 0, 0")
    counts = "items 1, 2, 3, 4, 5, 6, 7, 8 from 2 up, item 9 from 1 up"
    assert words.score_words(scale["phq9"]["major_depressive_syndrome"]) == (
        "1 (yes) where at least one of items 1, 2 counts and at least 5 of the 9 items count, "
        f"else 0 (no); what counts: {counts}")
    assert words.score_words(scale["phq9"]["other_depressive_syndrome"]) == (
        "1 (yes) where at least one of items 1, 2 counts and 2 to 4 of the 9 items count, "
        f"else 0 (no); what counts: {counts}")


@pytest.mark.parametrize(("name", "scale", "expected"), [
    ("gse", "total", "at least 7 of 10 items (sum × 10 / number answered)"),
    ("phq9", "total", "all 9 items"),
    ("mini_z_burnout", "burnout", "its one item"),
    ("gcq_s", "avoiding",
     "at least 1 of 3 items (mean of those answered), and 8 of the 12 items of the form"),
])
def test_the_answers_that_are_needed(name: str, scale: str, expected: str) -> None:
    key = load_instrument(name)
    assert words.needs_words(key.scales[scale], key) == expected


@pytest.mark.parametrize(("name", "item", "expected"), [
    ("cbi", 13, "reversed (100 − answer) in Work-related burnout"),
    ("phq9", 9, "as answered in Depression severity; counts from 1 up in Screening algorithm: "
                "major depressive syndrome (yes/no), Screening algorithm: other depressive "
                "syndrome (yes/no)"),
    ("eq40", 2, "in no scale: not scored (a filler, or not assigned)"),
    ("eq40", 4, "reversed (5 − answer), then recoded, in Empathy Quotient"),
    ("eq40", 1, "recoded in Empathy Quotient"),
])
def test_an_item_in_words(name: str, item: int, expected: str) -> None:
    assert words.item_words(item, load_instrument(name)) == expected


def test_an_item_that_only_some_scales_reverse() -> None:
    key = load_instrument("pss10")
    turned = {name: 4 in scale.reversed for name, scale in key.scales.items() if 4 in scale.items}
    assert set(turned.values()) == {True, False}
    told = words.item_words(4, key).split("; ")
    assert len(told) == 2 and {part.split(" in ")[0] for part in told} == {
        "as answered", "reversed (4 − answer)"}


def test_a_score_belongs_where_the_words_say(keys: list[Instrument]) -> None:
    """The band with the highest low not above it; none below the first and above the last."""

    def says(told: str, score: float) -> bool:
        if told.endswith(" only"):
            return score == float(told.removesuffix(" only"))
        low, _, high = told.partition(" to ")
        if high.startswith("below "):
            return float(low) <= score < float(high.removeprefix("below "))
        return float(low) <= score <= float(high)

    seen = 0
    for key in keys:
        for part in key.band_sets.values():
            for name, bands in part.bands.items():
                low, high = key.scales[name].range
                edges = [low, high, *(edge for band in bands for edge in (band.low, band.high))]
                for score in {*edges, *(edge + 0.003 for edge in edges if edge < high)}:
                    below = [i for i, band in enumerate(bands) if band.low <= score]
                    expected = below[-1:] if score <= bands[-1].high else []
                    told = [i for i in range(len(bands)) if says(words.band_words(bands, i), score)]
                    assert told == expected, (key.id, name, score)
                    seen += 1
    assert seen > 200


def test_the_scores_that_have_no_band() -> None:
    scale = Scale(name="s", items=(1,), score="sum", range=(0, 10), higher_means="worse")
    middle, whole = Band(label="some", low=2, high=8), Band(label="all", low=0, high=10)
    assert words.bandless_words([middle], scale) == "below 2 and above 8"
    assert words.bandless_words([whole], scale) is None


def test_figures_are_said_as_printed() -> None:
    assert [words.number(x) for x in (100.0, 14.2857, 104.2857, 74.99, 6337, 0.605)] == [
        "100", "14.2857", "104.2857", "74.99", "6337", "0.605"]


# --- in a browser --------------------------------------------------------------------------------


def test_nothing_is_in_the_way_of_anyone(browser: Browser) -> None:
    """Light and dark, on a narrow screen, where tables scroll and must be reached by keyboard."""
    from axe_core_python.sync_playwright import Axe

    cards = [card_html(load_instrument(name)) for name in ("bipm", "cbi", "who5")]
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(notebook(cards, LIGHT, DARK, DARK))
    found: dict[str, Any] = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found["violations"]] == []
    page.close()


def test_a_narrow_screen_scrolls_down_only(browser: Browser, keys: list[Instrument]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(notebook([card_html(key) for key in keys]))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_the_text_of_the_tables_has_the_colour_of_the_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(notebook([card_html(load_instrument("cbi"))], "color: rgb(9, 8, 7)"))
    colours = page.evaluate(
        "[...document.querySelectorAll('.balint-key *')].map(e => getComputedStyle(e).color)")
    assert set(colours) == {"rgb(9, 8, 7)"}
    page.close()


def test_a_card_asks_for_nothing_and_needs_no_template_engine() -> None:
    card = card_html(load_instrument("cbi"))
    assert "<script" not in card and "<link" not in card and "url(" not in card
    code = ("import sys\nfrom balint_research.scoring.library import load_instrument\n"
            "load_instrument('cbi')._repr_html_()\n"
            "assert not {'jinja2', 'pandas'} & set(sys.modules)")
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
