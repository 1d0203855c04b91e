"""The codebook and the disclosure report in a real browser: offline, on a phone, on paper."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from balint_research.reporting.release.write import write_release
from tests import release_study

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
A4_WIDTH = 688  # pixels: 210 mm less the margins of 14 mm, at 96 dots an inch
PAGES = ["codebook.html", "disclosure.html"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(release_study.prepared(), tmp_path_factory.mktemp("release") / "open",
                         title="A " + "rather" * 20 + " long title")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(params=PAGES)
def opened(
    request: pytest.FixtureRequest, browser: Browser, folder: Path
) -> Iterator[tuple[Page, list[str], Path]]:
    """A page in a browser that is offline, every address it asked for, and where it is."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / request.param).as_uri())
    yield page, asked, folder / request.param
    context.close()


def test_the_pages_serve_everyone(opened: tuple[Page, list[str], Path]) -> None:
    """No request but the page, headings in order, no axe violation, no sideways scrolling."""
    from axe_core_python.sync_playwright import Axe

    page, asked, path = opened
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    links = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.hash.slice(1))")
    assert links and all(page.evaluate("id => !!document.getElementById(id)", link)
                         for link in links)
    page.evaluate(  # rows are alike: the first six of a table stand for all
        "document.querySelectorAll('tbody tr:nth-child(n+7)').forEach(row => row.remove())")
    found: dict[str, Any] = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found["violations"]] == []


def test_on_paper_no_table_is_cut(opened: tuple[Page, list[str], Path]) -> None:
    page = opened[0]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    reach = page.evaluate(
        "Math.max(...[...document.querySelectorAll('table')]"
        ".map(one => one.getBoundingClientRect().right))")
    assert reach <= A4_WIDTH + 0.5
    paper = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    text = "".join(sheet.extract_text() for sheet in paper.pages).replace(" ", "")
    last = page.evaluate("[...document.querySelectorAll('tbody tr:last-child th')]"
                         ".map(cell => cell.innerText)")
    assert len(last) > 3
    assert [cell for cell in last if cell.replace(" ", "") not in text.replace("\n", "")] == []
