"""What a study says of its links: counts, the result without doubtful links, nothing of few."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from balint_research.evaluation import Evaluation, evaluate
from balint_research.reporting import linking
from balint_research.reporting.methods import methods_paragraph
from balint_research.reporting.small_cells import shown
from balint_research.study.linked import exact_links_only, linked_otherwise
from balint_research.study.validate import check_data, read_data
from tests.study_folder import Rows, write

TOML = """
[study]
title = "Codes"
design = "single_group"
waves = ["pre", "post"]
primary_outcome = "who5.percent"
[files]
responses = "responses.csv"
links = "links.csv"
[instruments.who5]
"""
EXACT, EDITED, LOST = 16, 6, 8


def files() -> dict[str, Rows]:
    """Sixteen people with equal codes, six with a typing error, eight seen only before."""
    rows, links = [["participant", "wave", *(f"who5_{n}" for n in range(1, 6))]], [
        ["participant", "wave", "how"]]
    for i in range(EXACT + EDITED + LOST):
        how = "exact" if i < EXACT else "one_edit" if i < EXACT + EDITED else "single"
        for wave in ("pre", "post")[: 1 if how == "single" else 2]:
            shift = (wave == "post") * (2 if how == "exact" and i % 3 else -1)
            cells = [str(min(5, max(0, (i * 3 + n * n) % 5 + shift))) for n in range(5)]
            rows.append([f"k{i:02}", wave, *cells])
            links.append([f"k{i:02}", wave, how])
    return {"responses.csv": rows, "links.csv": links}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    study = write(tmp_path_factory.mktemp("links"), files(), TOML)
    return evaluate(study, read_data(study))


def test_links_are_counted_by_wave_and_kind(result: Evaluation) -> None:
    assert result.links.to_numpy().tolist() == [
        ["pre", "exact", EXACT], ["pre", "one_edit", EDITED], ["pre", "single", LOST],
        ["post", "exact", EXACT], ["post", "one_edit", EDITED]]


def test_people_without_equal_codes_become_two_of_one_wave(result: Evaluation) -> None:
    apart = exact_links_only(result.data)
    assert len(linked_otherwise(result.data)) == EDITED
    waves = apart.responses.groupby("participant")["wave"].nunique()
    assert waves.value_counts().to_dict() == {1: LOST + 2 * EDITED, 2: EXACT}
    assert set(apart.participants["participant"]) == set(waves.index)
    assert apart.participants["participant"].is_unique
    assert len(apart.responses) == len(result.data.responses)


def test_the_primary_result_again_with_equal_codes(result: Evaluation) -> None:
    rows = result.sensitivity
    assert rows["analysis"].tolist() == ["all forms", "exact links only"]
    assert rows["flagged"].tolist() == [0, EDITED]
    assert rows["n"].tolist() == [EXACT + EDITED, EXACT]
    # by hand: the mean change of the people whose codes are equal
    scored = result.scores[result.scores["scale"] == "percent"]
    wide = scored.pivot(index="participant", columns="wave", values="value")
    change = (wide["post"] - wide["pre"]).sort_index()
    assert rows["estimate"].tolist() == pytest.approx(
        [change.mean(), change.iloc[:EXACT].mean()])
    sentence, = linking.links_words(result)
    assert sentence.startswith(f"{EDITED} people were linked by codes that are not equal. With "
                               "equal codes only, these rows being people of one wave, the primary "
                               "result of ")


def test_linked_people_against_the_others_at_the_baseline(result: Evaluation) -> None:
    row = result.linked[result.linked["scale"] == "percent"].iloc[0]
    pre = result.scores[(result.scores["wave"] == "pre") & (result.scores["scale"] == "percent")
                        ].set_index("participant")["value"].sort_index()
    linked, others = pre.iloc[:EXACT + EDITED], pre.iloc[EXACT + EDITED:]
    assert (row["n_linked"], row["n_single"]) == (EXACT + EDITED, LOST)
    assert row["mean_linked"] == pytest.approx(linked.mean())
    assert row["sd_single"] == pytest.approx(others.std())
    df = len(pre) - 2
    pooled = (((len(linked) - 1) * linked.var() + (len(others) - 1) * others.var()) / df) ** 0.5
    uncorrected = (linked.mean() - others.mean()) / pooled
    assert row["effect_size"] == pytest.approx(uncorrected * (1 - 3 / (4 * df - 1)), rel=1e-3)
    text = linking.linked_text(result)
    assert text is not None
    assert [cells[1] for cells in text.rows] == [str(EXACT + EDITED)] * len(text.rows)


def test_of_few_links_nothing_follows(result: Evaluation) -> None:
    few = replace(result, links=pd.DataFrame(
        [["pre", "exact", 16], ["pre", "one_edit", 3], ["pre", "single", 8],
         ["post", "exact", 16], ["post", "one_edit", 6]], columns=["wave", "how", "people"]))
    assert shown(few).links["suppressed"].tolist() == [False, True, True, False, False]
    text = linking.links_text(few)
    assert text is not None
    assert [row[2] for row in text.rows] == ["16", "hidden", "hidden", "16", "6"]
    alone = replace(result, linked=result.linked.assign(n_single=2))
    table = linking.linked_text(alone)
    assert table is not None
    assert all(row[1:] == ("hidden", "–", "hidden", "–", "–") for row in table.rows)


def test_the_report_shows_the_links(result: Evaluation) -> None:
    from balint_research.reporting.pictures import pictures, printed
    from balint_research.reporting.report import csv_tables, report_page

    page = report_page(result, printed(pictures(result), ["svg"]))
    assert "How the waves were linked" in page
    assert "codes with one slip inside one element" in page
    assert {"links", "linked", "sensitivity"} <= set(csv_tables(result))
    assert any("Rows that could not be linked" in text for text in result.warnings)


def test_the_methods_say_how_the_waves_were_linked(result: Evaluation) -> None:
    assert ("The waves were linked by self-generated codes, where neither row had another "
            "candidate: by equal codes and codes with one slip inside one element. Rows without a "
            "partner count as people seen at one wave.") in methods_paragraph(result)
    nobody = replace(result, links=result.links.head(0))
    assert "linked" not in methods_paragraph(nobody)


def test_a_link_of_nobody_or_of_no_kind_stops(tmp_path: Path) -> None:
    changed = files()
    changed["links.csv"][1] = ["nobody", "later", "guessed"]
    issues = check_data(write(tmp_path, changed, TOML))[1]
    ours = [issue for issue in issues if issue.file == "links.csv"]
    assert {issue.rule for issue in ours} == {"unknown_participant", "unknown_wave", "unknown_how"}
    assert not any(issue.severity == "stop" for issue in issues if issue not in ours)


def test_reasons_are_counted_and_few_are_hidden(tmp_path: Path) -> None:
    changed = files()
    for row in changed["responses.csv"][1:13]:
        row[3] = "8"
    changed["responses.csv"][1][4] = "9"
    toml = TOML + 'missing_codes = {8 = "not applicable", 9 = "refused"}\n'
    study = write(tmp_path, changed, toml)
    result = evaluate(study, read_data(study))
    assert result.reasons.to_numpy().tolist() == [
        ["who5", "pre", "not applicable", 6, 6], ["who5", "pre", "refused", 1, 1],
        ["who5", "post", "not applicable", 6, 6]]
    text = linking.reasons_text(result)
    assert text is not None
    assert text.rows[0] == ("WHO-5", "pre", "not applicable", "6", "6")
    assert text.rows[1] == ("WHO-5", "pre", "refused", "< 5", "< 5")
