"""The page of faults: what to do first, complete, escaped, and in a browser for everyone."""

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
from typer.testing import CliRunner

from balint_research.cli.main import app
from balint_research.errors import Issue, StudyError
from balint_research.reporting.faults_page import (
    FIRST,
    faults_of_toml,
    faults_page,
    is_faults_page,
    write_faults,
)
from balint_research.study.findings import RULES, found
from balint_research.study.study import Study
from balint_research.study.validate import check_data
from tests.key_html import tables, text
from tests.study_folder import TOML, write
from tests.study_folder import tables as files_of_study

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]
A4_WIDTH = 680  # pixels: 210 mm less the margins of 15 mm, at 96 dots an inch
HOSTILE = "<b>&\"'</b>"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small right study."""
    return write(tmp_path_factory.mktemp("right"))


@pytest.fixture
def issues() -> tuple[Issue, ...]:
    """One issue or more of every part, in an order of nobody's choice."""
    return (
        found("ignored_columns", file="responses.csv", count=2),
        found("range", file="responses.csv", column="who5_2", rows=[4, 9], allowed="0 to 5",
              instrument="WHO-5", id="who5"),
        found("group_size", file="participants.csv", column="group", count=1,
              evidence="the groups of this study have from 5 to 6 people"),
        found("missing_file", file="sessions.csv"),
        found("range", file="responses.csv", column="who5_3", rows=[5], allowed="0 to 5",
              instrument="WHO-5", id="who5"),
        found("two_arms", column="arm", count=1, people="1 person", have_people="has"),
        found("missing_column", file="responses.csv", column="wave", ours="wave"),
        found("off_plan", file="responses.csv", column="answered_on", wave="post", rows=[20]),
    )


def places(page: str, *words: str) -> list[int]:
    """Where each of the words first stands; all of them do."""
    told = text(page)
    assert [word for word in words if word not in told] == []
    return [told.index(word) for word in words]


# --- what is said --------------------------------------------------------------------------------


def test_what_to_do_first_stands_first_and_by_file(
    study: Study, issues: tuple[Issue, ...]
) -> None:
    page = faults_page(study, issues, None)
    order = places(
        page, "5 faults stop the run: nothing was computed.", "What stops everything else (2 find",
        "Begin here", "The file does not exist.", "The column that holds 'wave' is missing.",
        "What stops the run Nothing is computed", "2 findings of one kind",
        "column 'who5_2', rows 4, 9: 2 answers are outside the codes of WHO-5.",
        "column 'who5_3', row 5: 1 answer is outside", "Between the files",
        "1 person has two arms.", "look at these before the analysis The study can",
        "1 group has fewer than 6", "1 row is answered in another week than planned.",
        "Notes Nothing has to be done", "2 columns are ignored", "rows are not counted yet")
    assert order == sorted(order)


def test_every_issue_has_its_place_evidence_limit_and_remedy(
    study: Study, issues: tuple[Issue, ...]
) -> None:
    told = text(faults_page(study, issues, None))
    for issue in issues:
        parts = [issue.what, issue.do.replace("`", ""), issue.rule, issue.allowed, issue.evidence,
                 issue.file]
        assert [part for part in parts if part and part not in told] == []


def test_a_right_study_shows_its_rows(tmp_path: Path) -> None:
    files = files_of_study()
    files["responses.csv"][3][0] = ""
    files["attendance.csv"].append(["", "S1", "present", "no"])
    data, found_issues = check_data(write(tmp_path, files))
    page = faults_page(write(tmp_path, files), found_issues, data)
    assert "No faults: the study can be evaluated." in text(page)
    shown = tables(page)
    assert shown["Rows read, used and left out, by file"] == [
        ["Table", "File", "Rows in", "Rows used", "Left out"],
        ["participants", "participants.csv", "18", "18", "0"],
        ["responses", "responses.csv", "36", "35", "1"],
        ["sessions", "sessions.csv", "4", "4", "0"],
        ["attendance", "attendance.csv", "16", "15", "1"]]
    assert shown["Rows left out, with the reason"][1:] == [
        ["responses", "responses.csv", "no participant id", "1"],
        ["attendance", "attendance.csv", "no participant id", "1"]]
    assert "Synthetic data" not in page


def test_synthetic_data_are_called_so(study: Study) -> None:
    page = faults_page(replace(study, synthetic=True), (), None)
    assert "Synthetic data. Nobody in this study exists." in text(page)


def test_the_rules_that_come_first_exist_and_stop() -> None:
    known = [rule for rule in FIRST if rule in RULES]
    assert set(FIRST) - set(known) == {"study_toml"}
    assert {"missing_file", "encoding", "ragged_rows", "missing_column", "item_missing",
            "no_start"} <= set(known)


def test_everything_is_escaped(study: Study) -> None:
    issue = Issue(rule="range", what=HOSTILE, do=HOSTILE, file=HOSTILE, column=HOSTILE,
                  wave=HOSTILE, evidence=HOSTILE, allowed=HOSTILE)
    page = faults_page(replace(study, title=HOSTILE), [issue, issue], None)
    assert "<b>&" not in page and page.count("&lt;b&gt;&amp;") >= 10


# --- the command ---------------------------------------------------------------------------------


def run(*arguments: str | Path) -> Any:
    """`balint validate` in this process."""
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


def test_the_command_writes_the_page_and_says_the_same(tmp_path: Path) -> None:
    files = files_of_study()
    files["responses.csv"][3][2] = "9"
    write(tmp_path, files)
    page = tmp_path / "faults.html"
    result = run(tmp_path, "--html", page)
    assert result.exit_code == 1
    assert "[range]" in result.stdout and f"The page: {page}" in result.stdout
    assert is_faults_page(page) and "outside the codes" in page.read_text(encoding="utf-8")
    write(tmp_path)                                   # mended: the page is written anew
    assert run(tmp_path, "--html", page).exit_code == 0
    assert "No faults" in page.read_text(encoding="utf-8")


def test_a_file_that_is_no_such_page_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path)
    before = (tmp_path / "responses.csv").read_bytes()
    result = run(tmp_path, "--html", tmp_path / "responses.csv")
    assert result.exit_code == 1
    assert "exists already and was not replaced" in result.stderr
    assert (tmp_path / "responses.csv").read_bytes() == before
    nowhere = run(tmp_path, "--html", tmp_path / "none" / "page.html")
    assert nowhere.exit_code == 1 and "its folder does not exist" in nowhere.stderr


def test_a_study_toml_that_is_wrong_gets_a_page_too(tmp_path: Path) -> None:
    wrong = TOML.replace("design =", "dezign =").replace('"pre", "post"', '"pre", 2')
    (tmp_path / "study.toml").write_text(wrong, encoding="utf-8")
    page = tmp_path / "faults.html"
    result = run(tmp_path, "--html", page)
    assert result.exit_code == 1 and "did you mean 'design'?" in result.stderr
    told = text(page.read_text(encoding="utf-8"))
    assert "3 faults in study.toml: the study cannot be read" in told
    for fault in ("study.design: is missing.", "study.waves[1]: must be text.",
                  "study.dezign: is not a known key; did you mean 'design'?"):
        assert fault in told
    assert "'design'?." not in told
    assert "Correct this in study.toml; no data file was read." in told
    (only,) = faults_of_toml(StudyError("One thing."))
    assert only.severity == "stop" and only.rule in FIRST


# --- in a browser --------------------------------------------------------------------------------


def test_the_page_is_for_everyone(
    browser: Browser, study: Study, issues: tuple[Issue, ...], tmp_path: Path
) -> None:
    """No request; on a phone, from the keyboard and by a screen reader; whole on A4."""
    from axe_core_python.sync_playwright import Axe

    data, _ = check_data(study)
    file = write_faults(study, issues, data, tmp_path / "faults.html")
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    found_faults: dict[str, Any] = Axe().run(page)
    assert [(fault["id"], fault["nodes"][0]["html"][:120])
            for fault in found_faults["violations"]] == []
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate(
        "[...document.querySelectorAll('table, p, ul, dl')]"
        f".filter(one => one.getBoundingClientRect().right > {A4_WIDTH + 0.5}).length") == 0
    paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    box = paper.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((595, 842), abs=1.5)
    sheets = "".join(sheet.extract_text() for sheet in paper.pages)
    printed = "".join(normalize("NFKC", sheets).split())  # a PDF joins f and i to one sign
    assert [issue.what for issue in issues if "".join(issue.what.split()) not in printed] == []
    context.close()
