"""The printable key sheet: complete, escaped, and in a real browser on screen, phone and paper."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader

from balint_research.errors import ScoringError
from balint_research.reporting import key_page as page_module
from balint_research.reporting.key_page import key_page
from balint_research.scoring.exchange.wording import Wording
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import list_instruments, load_instrument
from tests.key_html import CHOICES, hostile, tables, text, texts

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
A4_WIDTH = 688  # pixels: 210 mm less the margins of 14 mm, at 96 dots an inch
WORDING = Wording(instrument="who5", language="de",
                  texts={1: "Ein erfundener Satz <1>.", 3: "Drei."})


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def keys() -> list[Instrument]:
    return [load_instrument(name) for name in list_instruments()["id"]]


@pytest.fixture
def examples_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring the examples of every key takes seconds; what comes of them has tests of its own."""
    monkeypatch.setattr(page_module, "run_examples", lambda key: [])


# --- what is said --------------------------------------------------------------------------------


def test_every_item_with_its_direction_and_a_box() -> None:
    rows = tables(key_page(load_instrument("cbi")))["Every item of the form"]
    assert rows[0] == ["Item", "Gist", "Direction and scale", "Agrees with the form"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(1, 20)]
    assert rows[13] == ["13", "energy left for relationships",
                        "reversed (100 − answer) in Work-related burnout",
                        "[item 13 agrees with the form]"]
    assert rows[1][2] == "as answered in Personal burnout"


def test_fillers_are_told_and_counted() -> None:
    page = key_page(load_instrument("eq40"))
    rows = tables(page)["Every item of the form"]
    assert "60 items; 40 scored; 20 in no scale." in text(page)
    unscored = [row[0] for row in rows if row[2].startswith("in no scale: not scored")]
    assert len(unscored) == 20 and unscored[:3] == ["2", "3", "5"]


def test_cut_offs_say_to_whom_a_bound_belongs() -> None:
    page = key_page(load_instrument("cbi"))
    assert tables(page)["Cut-offs of the set four_levels_in_wide_use"][:5] == [
        ["Scale", "Band", "As printed", "Scores that belong to it"],
        ["Personal burnout", "moderate", "50 to 74.99", "50 to below 75"],
        ["Personal burnout", "high", "75 to 99.99", "75 to below 100"],
        ["Personal burnout", "severe", "100 to 100", "100 only"],
        ["Personal burnout", "no band in this set", "not printed", "below 50"],
    ]
    assert "A score between two bands belongs to the lower one" in text(page)
    assert "Source: Borritz & Kristensen 2004 normative report (PUMA)" in text(page)


def test_a_set_that_ends_within_the_scale_leaves_the_rest_without_a_band() -> None:
    rows = tables(key_page(load_instrument("who5")))["Cut-offs of the set topp_2015_50"]
    assert rows[1][2:] == ["0 to 50", "0 to 50"]
    assert rows[2][1:] == ["no band in this set", "not printed", "above 50"]


def test_published_figures_under_their_names() -> None:
    figures = tables(key_page(load_instrument("who5")))["Published figures"]
    assert figures[1] == [
        "Well-being, percentage score", "Sri Lankan community sample, Sinhala version",
        "n 267; alpha 0.85; retest r 0.72; retest: 2 weeks; ICC .82", "PMC7488505 abstract"]
    page = text(key_page(load_instrument("who5")))
    assert "important change 10 (percent): ten points on the 0-100 score" in page


def test_worked_examples_and_whether_they_come_out() -> None:
    key = load_instrument("teq")
    shown = "Worked examples: answers in the order of the items"
    assert {row[3] for row in tables(key_page(key))[shown][1:]} == {"yes"}
    wrong = replace(key.examples[0], scores={"total": 1.0})
    row = tables(key_page(replace(key, examples=(wrong,))))[shown][1]
    right = key.examples[0].scores["total"]
    assert row[2:4] == ["total 1", f"no: total: the key gives {right:.4f}, the example says 1"]


def test_an_example_without_a_score() -> None:
    key = load_instrument("jse_s")
    rows = tables(key_page(key))["Worked examples: answers in the order of the items"]
    assert any("no-answer" in row[1] and "total no score" in row[2] for row in rows)


@pytest.mark.usefixtures("examples_not_run")
def test_nothing_of_a_key_file_is_left_out(keys: list[Instrument]) -> None:
    """Every text of every key stands on its page; codes and numbers have tests of their own."""
    for key in keys:
        page = text(key_page(key)).casefold()
        shown = [
            (path, words.replace("_", " ") if path == ".construct" else words)
            for path, words in texts(key)
            if path.rpartition(".")[2].removesuffix("[]") not in CHOICES
            and "examples[].scores" not in path and "examples[].answers" not in path
        ]
        missing = [path for path, words in shown
                   if " ".join(words.replace("`", "").casefold().split()) not in page]
        assert missing == [], key.id


@pytest.mark.usefixtures("examples_not_run")
def test_what_is_missing_is_said(keys: list[Instrument]) -> None:
    """No cell without a word, and no part of the page without a word."""
    for key in keys:
        page = key_page(key)
        assert [cell for table in tables(page).values() for row in table for cell in row
                if not cell.strip()] == []
        told = text(page)
        absent = {
            "Worked examples": key.examples, "Cut-offs": key.band_sets,
            "Means, standard deviations and reliabilities of others": key.reference.norms,
            "Important change and responsiveness": key.reference.change,
            "Other codings that can be chosen by name": key.coding_variants,
            "Other item orders that can be chosen": key.item_order_variants,
            "Codings and orders that are known of and cannot be used": key.unusable_variants,
            "Scales that are described and not scored": key.unscored_scales,
            "Verification": key.evidence.verification, "Other versions": key.evidence.variants,
            "Used in Balint research": key.evidence.use_in_balint_research,
        }
        for what, part in absent.items():
            assert (f"{what}: none in this key file." in told) is (not part), (key.id, what)


@pytest.mark.usefixtures("examples_not_run")
def test_everything_is_escaped(keys: list[Instrument]) -> None:
    for key in keys:
        page = key_page(hostile(key))
        assert "<b>" not in page and "&lt;b&gt;&amp;" in page


def test_an_incomplete_key_can_be_printed_too() -> None:
    page = text(key_page(load_instrument("bipm")))
    assert "Status of this key: not established (it cannot be scored before it is comp" in page
    assert "No item numbers are established: they have to come from the official form." in page
    assert "No scale is established: nothing can be scored." in page
    assert "What a researcher must copy from the primary article" in page
    assert "balint instruments bipm --complete DIR writes a commented template" in page


def test_what_must_not_be_overlooked_stands_at_the_top() -> None:
    top = {name: text(key_page(load_instrument(name))).partition("Measures")[0]
           for name in ("cbi", "olbi", "pmi")}
    assert "declare" not in top["cbi"] and "Status of this key" not in top["cbi"]
    assert "Direction of the codes: a study has to declare it" in top["olbi"]
    assert "The item numbers are not those of the printed form" in top["pmi"]
    own = key_page(replace(load_instrument("teq"), key_status="supplied_by_user"))
    assert "Status of this key: key supplied by the user." in text(own).partition("Measures")[0]


def test_a_place_for_the_checker_to_sign() -> None:
    page = key_page(load_instrument("who5"))
    for label in ("Name", "Date", "Form used (edition, language, year)", "What does not agree",
                  "Signature"):
        assert f">{label}</label>" in page


# --- licensed wording ----------------------------------------------------------------------------


def test_the_users_wording_stands_beside_the_gists() -> None:
    page = key_page(load_instrument("who5"), WORDING)
    rows = tables(page)["Every item of the form"]
    assert rows[0][2] == "Wording (licensed, yours)"
    assert [row[2] for row in rows[1:4]] == [
        "Ein erfundener Satz <1>.", "no wording in your file", "Drei."]
    assert page.count('<td lang="de">') == 2
    assert "it must not be passed on, published or put into a repository" in text(page)
    assert "No wording of the questionnaire is part of this page." not in page


def test_without_wording_the_page_says_that_it_has_none() -> None:
    page = key_page(load_instrument("who5"))
    assert "No wording of the questionnaire is part of this page." in page
    assert "Wording (licensed" not in page and "must not be passed on, published" not in page


def test_the_wording_of_another_questionnaire_is_refused() -> None:
    with pytest.raises(ScoringError, match=r"The wording is of 'who5', the key is 'teq'\."):
        key_page(load_instrument("teq"), WORDING)


def test_wording_needs_items_to_stand_beside() -> None:
    with pytest.raises(ScoringError, match=r"BIPM .* has no established key"):
        key_page(load_instrument("bipm"), replace(WORDING, instrument="bipm"))


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Between them every part a page can have."""
    written = {name: key_page(load_instrument(name)) for name in ("bipm", "proqol5")}
    return {**written, "who5": key_page(load_instrument("who5"), WORDING)}


def test_the_page_asks_for_nothing_but_itself(
    browser: Browser, pages: dict[str, str], tmp_path: Path
) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "sheet.html"
    file.write_text(pages["bipm"], encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_load_state("load")
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    context.close()


@pytest.mark.parametrize("name", ["bipm", "who5"])
def test_nothing_is_in_the_way_of_anyone(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    """On a phone, where tables scroll and must be reached from the keyboard."""
    from axe_core_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(pages[name])
    page.evaluate(  # rows are alike: the first three of a table stand for all
        "document.querySelectorAll('tbody tr:nth-child(n+4)').forEach(row => row.remove())")
    found: dict[str, Any] = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found["violations"]] == []
    page.close()


def test_headings_come_in_order_and_the_language_is_told(
    browser: Browser, pages: dict[str, str]
) -> None:
    page = browser.new_page()
    for content in pages.values():
        page.set_content(content)
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
        assert levels[0] == 1 and levels.count(1) == 1 and levels.count(2) > 10
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert page.evaluate("document.documentElement.lang") == "en"
    page.close()


@pytest.mark.usefixtures("examples_not_run")
def test_no_table_is_cut_on_paper_and_a_phone_scrolls_down_only(
    browser: Browser, keys: list[Instrument]
) -> None:
    """All keys at once: one head, and the body of every page."""
    written = [key_page(key) for key in keys]
    head = written[0].partition("<body>")[0]
    bodies = [one.partition("<body>")[2].partition("</body>")[0] for one in written]
    page = browser.new_page(viewport={"width": A4_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    page.set_content(f"{head}<body>{''.join(bodies)}</body></html>")
    wide = page.evaluate(
        "[...document.querySelectorAll('table, p, ul, input')]"
        f".filter(one => one.getBoundingClientRect().right > {A4_WIDTH + 0.5})"
        ".map(one => one.innerText.slice(0, 80))")
    assert wide == []
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_on_paper_it_is_a4_and_complete(browser: Browser, pages: dict[str, str]) -> None:

    def plain(text: str) -> str:
        """Without blanks, and with ligatures taken apart: what a PDF gives back."""
        return "".join(normalize("NFKC", text).split())

    page = browser.new_page()
    page.set_content(pages["proqol5"])
    paper = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    box = paper.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((595, 842), abs=1.5)
    printed = plain("".join(sheet.extract_text() for sheet in paper.pages))
    cells = [cell for table in tables(pages["proqol5"]).values() for row in table for cell in row]
    assert len(cells) > 200
    assert [cell for cell in cells if cell[0] != "[" and plain(cell) not in printed] == []
    page.close()
