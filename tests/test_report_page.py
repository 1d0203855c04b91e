"""The report in a real browser, without a network: on a desk, on a phone, on paper."""

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from balint_research.evaluation import Evaluation
from balint_research.reporting.report import write_report
from balint_research.reporting.small_cells import shown
from balint_research.reporting.tables import estimates_text
from tests import evaluations

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
STUDIES: dict[str, Callable[[], Evaluation]] = {
    "controlled": evaluations.controlled_study, "single_group": evaluations.single_group_study,
    "four_arms": evaluations.four_arm_study,
}
A4_WIDTH = 680  # pixels: 210 mm less the margins of 15 mm, at 96 dots an inch


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=STUDIES)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Evaluation, Path]:
    study = STUDIES[request.param]()
    return study, write_report(study, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def opened(browser: Browser, written: tuple[Evaluation, Path]) -> Iterator[tuple[Page, list[str]]]:
    """The page in a browser that is offline, and every address it asked for."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(written[1].as_uri())
    yield page, asked
    context.close()


def test_the_page_asks_for_nothing_but_itself(
    opened: tuple[Page, list[str]], written: tuple[Evaluation, Path]
) -> None:
    page, asked = opened
    page.wait_for_load_state("load")
    assert [url for url in asked if not url.startswith("data:")] == [written[1].as_uri()]


def test_every_picture_is_there_and_has_words(opened: tuple[Page, list[str]]) -> None:
    pictures = opened[0].evaluate(
        "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.length])")
    assert len(pictures) >= 3
    assert all(loaded and words > 30 for loaded, words in pictures)


def test_a_phone_scrolls_down_only(opened: tuple[Page, list[str]]) -> None:
    page = opened[0]
    page.set_viewport_size({"width": 390, "height": 844})
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths == [390, 390]


def test_nothing_is_in_the_way_of_anyone(opened: tuple[Page, list[str]]) -> None:
    """On a phone, where tables and figures scroll and must be reached from the keyboard."""
    from axe_core_python.sync_playwright import Axe

    page = opened[0]
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(  # rows are alike: the first six of a table stand for all
        "document.querySelectorAll('tbody tr:nth-child(n+7)').forEach(row => row.remove())")
    found: dict[str, Any] = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found["violations"]] == []


def test_on_paper_no_table_is_cut(
    opened: tuple[Page, list[str]], written: tuple[Evaluation, Path]
) -> None:
    page = opened[0]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    reach = page.evaluate(
        "Math.max(...[...document.querySelectorAll('table, img')]"
        ".map(one => one.getBoundingClientRect().right))")
    assert reach <= A4_WIDTH + 0.5
    paper = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    text = " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())
    table = estimates_text(shown(written[0]), between=False, outcome=("sbi", "exhaustion"))
    for row in table.rows:
        assert row[-1] in text
    last = page.evaluate(
        "[...document.querySelectorAll('thead th:last-child')].map(head => head.innerText)")
    assert len(last) > 8
    assert [head for head in last if head not in text] == []
    box = paper.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((595, 842), abs=1.5)


def test_long_tables_wait_to_be_opened_on_screen_and_are_open_on_paper(
    opened: tuple[Page, list[str]]
) -> None:
    page = opened[0]
    seen = "[...document.querySelectorAll('details table')].map(table => table.checkVisibility())"
    assert len(page.evaluate(seen)) > 5
    assert not any(page.evaluate(seen))
    page.emulate_media(media="print")
    assert all(page.evaluate(seen))


def test_headings_come_in_order(opened: tuple[Page, list[str]]) -> None:
    levels = opened[0].evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
