"""The page and the folder of results."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from balint_research.errors import Issue, OutputError
from balint_research.evaluation import Evaluation
from balint_research.files import sha256
from balint_research.reporting import report
from balint_research.reporting.pictures import Picture, pictures
from tests import evaluations

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def study() -> Evaluation:
    return evaluations.controlled_study()


@pytest.fixture(scope="module")
def folder(study: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report.write_results(study, tmp_path_factory.mktemp("run") / "result", started=STARTED)


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def without_pictures(evaluation: Evaluation) -> dict[str, Picture]:
    return {name: replace(one, files={"svg": b""})
            for name, one in pictures(evaluation).items()}


def words_of(evaluation: Evaluation) -> str:
    """The page with empty pictures: drawing them is the slow part and says nothing here."""
    return report.report_page(evaluation, without_pictures(evaluation))


def test_the_folder_holds_everything(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    names = ["attendance", "change_sbi_accomplishment", "change_sbi_exhaustion",
             "change_seq_style", "change_seq_total", "comparison", "completeness", "flow"]
    tables = ["alternatives", "attendance", "change", "comparison", "completeness",
              "descriptives", "effects", "files", "flow", "groups", "items", "left_out",
              "reliability"]
    assert files == {
        "report.html", "scores.csv", "manifest.json",
        *(f"figures/{name}.{kind}" for name in names for kind in ("svg", "pdf", "png")),
        *(f"tables/{name}.csv" for name in tables),
    }


def test_the_same_study_gives_the_same_files(
    tmp_path: Path
) -> None:
    study = evaluations.single_group_study()
    folder = report.write_results(study, tmp_path / "once", started=STARTED)
    again = report.write_results(study, tmp_path / "again", started=STARTED)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


def test_pictures_have_300_dots_an_inch(folder: Path) -> None:
    head = (folder / "figures" / "change_sbi_exhaustion.png").read_bytes()[:24]
    assert int.from_bytes(head[16:20]) == 2160  # 7.2 inches


def test_the_manifest_says_what_was_run_on_what(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert told["package"] == "balint_research"
    assert told["started"] == "2026-01-02T03:04:05+00:00"
    assert told["seed"] is None
    assert told["files"][0] == {"table": "responses", "file": "responses.csv", "sha256": "0" * 64,
                                "rows_in": 285, "rows_used": 276}
    assert told["left_out"] == [{"table": "responses", "file": "responses.csv",
                                 "reason": "=the row has no <participant>", "rows": 9}]
    assert {"balint_research", "python", "pandas", "scipy"} <= set(told["versions"])
    assert told["instruments"]["seq"]["missing_rule"].startswith("no published rule; as declared")
    assert told["results"]["report.html"] == sha256(folder / "report.html")


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(folder: Path) -> None:
    with (folder / "tables" / "left_out.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1][2] == "'=the row has no <participant>"


def test_csv_numbers_are_not_rounded(study: Evaluation, folder: Path) -> None:
    written = pd.read_csv(folder / "tables" / "comparison.csv")
    assert written["estimate"].tolist() == pytest.approx(study.comparison["estimate"].tolist(),
                                                         rel=1e-14)


def test_scores_are_written_in_full_for_the_team(study: Evaluation, folder: Path) -> None:
    assert len(pd.read_csv(folder / "scores.csv")) == len(study.scores)


def test_small_cells_are_in_no_table_of_the_folder(tmp_path: Path) -> None:
    frames = report.csv_tables(evaluations.four_arm_study())
    for name in ("descriptives", "change", "comparison"):
        frame = frames[name]
        rows = frame[(frame["arm"] == "gratitude_visit") & (frame["wave"] == "occasion_5")]
        assert rows["suppressed"].all()
        assert rows["n"].isna().all(), name
    people = [frames["flow"]["answered"], frames["descriptives"]["n"], frames["change"]["n"]]
    assert min(float(column.min()) for column in people) >= 5


def test_everything_from_a_file_is_escaped(page: str) -> None:
    assert "<h1>Groups for &lt;first-year&gt; residents &amp; others</h1>" in page
    assert "=the row has no &lt;participant&gt;" in page
    assert "its &lt;key&gt;" in page
    for raw in ("<first-year>", "<participant>", "<key>"):
        assert raw not in page


def test_synthetic_data_are_called_synthetic_and_real_data_are_not(
    study: Evaluation, page: str
) -> None:
    assert "<strong>Synthetic data.</strong>" in page
    real = replace(study, study=replace(study.study, synthetic=False, title="Groups"))
    said = words_of(real)
    assert "ynthetic data" not in said


def test_in_brief_is_the_primary_result(study: Evaluation) -> None:
    (sentence,) = report.in_brief(study)
    assert sentence.startswith("SBI: Emotional exhaustion at month6: allowing for scores at "
                               "baseline, the difference balint − waitlist was −")
    assert sentence.endswith("Lower scores are better: this favours balint, and the interval "
                             "leaves out zero.")
    assert len(report.in_brief(evaluations.four_arm_study())) == 3


def test_in_brief_without_arms_is_the_change() -> None:
    (sentence,) = report.in_brief(evaluations.single_group_study())
    assert sentence.startswith("SBI: Emotional exhaustion at after: the mean change since ")


def test_in_brief_says_when_there_is_no_change_to_show(study: Evaluation) -> None:
    once = replace(study, study=replace(study.study, primary_outcome="ssl.total"))
    assert report.in_brief(once) == [
        "The primary outcome was not measured before and after: nothing is compared."]


def test_a_ceiling_is_told_with_its_outcome(page: str) -> None:
    assert "were already at the best possible score, which leaves little room to improve." in page


def test_the_order_of_the_page(page: str) -> None:
    parts = ["In brief", "Design and flow", "Attendance", "How complete the questionnaires are",
             "Arms compared", "Groups and methods", "Outcomes", "Described, not compared",
             "Methods", "Limits", "Questionnaires"]
    places = [page.index(f">{part}</h") for part in parts]
    assert places == sorted(places)
    assert page.index("SBI: Emotional exhaustion<span") < page.index("SEQ: Empathy</h3>")


def test_groups_and_methods_have_a_section_and_a_link(page: str) -> None:
    section = page.partition('<section id="groups">')[2].partition("</section>")[0]
    titles = ("How alike the members of a group are at month6",
              "The primary outcome by other methods")
    assert [section.count(f"<caption>{title}") for title in titles] == [1, 1]
    assert "Members of a group share its sessions and its leaders." in section
    assert page.count('href="#groups"') == 1


def test_the_section_is_there_only_for_what_there_is_to_say() -> None:
    study = evaluations.controlled_study()
    assert 'id="groups"' not in words_of(evaluations.one_group_study())
    without = words_of(replace(study, groups=study.groups.iloc[:0]))
    assert "The primary outcome by other methods" in without
    assert "Members of a group share its sessions" not in without
    nothing = replace(study, groups=study.groups.iloc[:0],
                      alternatives=study.alternatives.iloc[:0])
    assert "#groups" not in words_of(nothing)
    assert not {"groups", "alternatives"} & set(report.csv_tables(nothing))


def test_the_files_of_groups_and_methods_hold_every_row_unrounded(
    study: Evaluation, folder: Path
) -> None:
    groups = pd.read_csv(folder / "tables" / "groups.csv")
    assert groups.columns.tolist() == [*study.groups.columns, "suppressed"]
    assert groups["icc"].tolist() == pytest.approx(study.groups["icc"].tolist(), rel=1e-14)
    assert groups["wave"].unique().tolist() == ["month6", "month12"]
    others = pd.read_csv(folder / "tables" / "alternatives.csv")
    assert others["analysis"].tolist() == ["as reported", "cluster-robust (CR2)"]
    assert others["se"].tolist() == pytest.approx(study.alternatives["se"].tolist(), rel=1e-14)
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["results"]
    for name in ("groups", "alternatives"):
        path = f"tables/{name}.csv"
        assert told[path] == sha256(folder / path)


def test_what_was_noticed_is_told(study: Evaluation) -> None:
    issue = Issue(rule="sizes", what="A group has 14 people.", do="Look.", severity="warn")
    noticed = replace(study, data=replace(study.data, issues=(issue,)))
    said = words_of(noticed)
    assert "A group has 14 people. Look. [sizes]" in unescape(said)


def test_an_earlier_result_is_replaced_and_anything_else_refused(
    study: Evaluation, tmp_path: Path
) -> None:
    single = evaluations.single_group_study()
    target = report.write_results(single, tmp_path / "result")
    assert report.write_results(single, target) == target
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(OutputError):
        report.write_results(single, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_fault_on_the_way_leaves_nothing(
    study: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> dict[str, object]:
        raise OSError("disk full")

    monkeypatch.setattr(report, "manifest", fail)
    with pytest.raises(OSError, match="disk full"):
        report.write_results(evaluations.single_group_study(), tmp_path / "result")
    assert list(tmp_path.iterdir()) == []


def test_a_script_in_a_file_is_text() -> None:
    """In the title, an arm, a group, a reason and the name of a file."""
    study = evaluations.controlled_study()
    script = "<script>alert(1)</script>"
    assert study.study.arms is not None
    arms = replace(study.study.arms, treated=(script,))
    named = {
        name: getattr(study, name).replace({"arm": {"balint": script}})
        for name in ("scores", "flow", "completeness", "descriptives", "change", "comparison",
                     "effects", "groups", "alternatives")
    }
    attendance = study.attendance.assign(arm=script, group=script)
    data = replace(study.data, files=study.data.files.assign(file=script),
                   left_out=study.data.left_out.assign(reason=script))
    hostile = replace(study, study=replace(study.study, title=script, arms=arms), data=data,
                      attendance=attendance, warnings=(script,), **named)
    said = words_of(hostile)
    assert "<script" not in said
    assert said.count("&lt;script&gt;") > 20
