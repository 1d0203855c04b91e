"""How the questionnaires worked, to read: nothing below five people, nothing unsaid."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from balint_research.errors import Issue
from balint_research.evaluation import Evaluation
from balint_research.reporting import methods, naming, quality, report, tables
from balint_research.reporting.pictures import pictures
from balint_research.reporting.small_cells import shown
from tests import evaluations

FLAGGED = "Forms of {} show signs of careless answering. Without them the primary result{} {}"
KEPT = "Nobody was taken out of any other result."


@pytest.fixture(scope="module")
def study() -> Evaluation:
    return evaluations.controlled_study()


def with_flagged(study: Evaluation, flagged: int, *, agrees: bool = True) -> Evaluation:
    """The primary result once more without some people."""
    primary = study.comparison.head(1)
    again = primary.assign(n=primary["n"] - flagged, estimate=primary["estimate"] * 0.9)
    return replace(study, sensitivity=pd.concat([
        primary.assign(analysis="all forms", flagged=0, agrees=True),
        again.assign(analysis="without flagged forms", flagged=flagged, agrees=agrees),
    ], ignore_index=True))


def test_reliability_as_text(study: Evaluation) -> None:
    text = quality.reliability_text(study)
    assert text.head == ("Scale", "Wave", "Items", "n", "Alpha (interval)", "Omega",
                         "Lowest item-rest r", "SEM")
    assert text.rows[0][3:] == ("92", "0.83 (0.78 to 0.87)", "0.84", "0.31", "2.5")


def test_a_small_sample_shows_no_reliability(study: Evaluation) -> None:
    small = replace(study, reliability=study.reliability.assign(n=4))
    row = quality.reliability_text(small).rows[0]
    assert row[3:] == ("< 5", "–", "–", "–", "–")
    assert shown(small).reliability[["alpha", "n", "n_rows", "sem"]].isna().all(axis=None)


def test_the_map_of_columns_and_items(study: Evaluation) -> None:
    text = quality.items_texts(study)[0]
    assert text.head == ("Column", "Item (our words for it)", "Scale", "Direction", "Stored",
                         "Answers seen")
    key = next(iter(study.study.instruments.values())).key
    scale = next(iter(key.scales.values()))
    n = scale.items[0]
    assert text.rows[0] == (f"{key.id}_{n}", f"{n} {key.items[n]}", scale.name, "forward", "raw",
                            f"{key.response.low} to {key.response.high}")


def test_the_answers_of_few_have_no_range(study: Evaluation) -> None:
    few = replace(study, items=study.items.assign(n=4))
    assert {row[-1] for text in quality.items_texts(few) for row in text.rows} == {"–"}


def test_no_flag_no_sentence(study: Evaluation) -> None:
    assert quality.careless_words(study) == []


def test_the_result_without_flagged_forms_is_told_with_its_numbers(study: Evaluation) -> None:
    said = quality.careless_words(with_flagged(study, 6))[0]
    assert said.startswith("Forms of 6 people show signs of careless answering. Without them the "
                           "primary result of ")
    assert said.endswith("reads alike: it points the same way, and its interval leaves out zero, "
                         f"or does not, as with every form. {KEPT}")
    other = quality.careless_words(with_flagged(study, 6, agrees=False))[0]
    assert other.endswith(f"does not read alike: it depends on these forms. {KEPT}")


def test_of_a_few_flagged_people_no_number_is_told(study: Evaluation) -> None:
    """The two estimates and their n would give back the mean of those left out."""
    few = with_flagged(study, 3)
    assert quality.careless_words(few)[0] == FLAGGED.format(
        "fewer than 5 people", "", "reads alike: it points the same way, and its interval leaves "
        f"out zero, or does not, as with every form. {KEPT}")
    hidden = shown(few).sensitivity.iloc[1]
    assert hidden[["estimate", "low", "high", "n", "flagged", "effect_size"]].isna().all()
    assert "primary result without doubtful forms or links: 1 row" in shown(few).suppressed


def test_a_few_careless_forms_are_not_counted_in_the_report(study: Evaluation) -> None:
    def told(count: int) -> str:
        issue = Issue(rule="careless_too_fast", severity="warn", count=count, rows=(7,),
                      what=f"{count} forms of TEQ have answers given too fast.", do="Look.",
                      evidence=f"{count} of 40 forms")
        return quality.told_issues(replace(study, data=replace(study.data, issues=(issue,))))[0]

    assert told(6).startswith("rows 7 and 5 more: 6 forms of TEQ have")
    assert told(3) == "Fewer than 5 forms of TEQ have answers given too fast. Look. " \
                      "[careless_too_fast]"


# --- a key of the user's -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(study: Evaluation) -> Evaluation:
    """The same study where the first questionnaire is scored by a key of the user's."""
    planned = study.study
    name, use = next(iter(planned.instruments.items()))
    key = replace(use.key, key_status="supplied_by_user")
    changed = {**planned.instruments, name: replace(use, key=key)}
    return replace(study, study=replace(planned, instruments=changed))


def test_every_output_says_that_the_key_is_the_users(own: Evaluation, tmp_path: Path) -> None:
    label = next(iter(own.study.instruments.values())).key.label
    note = f"Key supplied by the user: {label}."
    for text in (tables.completeness_text(own), tables.descriptives_text(own),
                 tables.estimates_text(own, between=True), tables.effects_text(own),
                 quality.reliability_text(own)):
        assert note in text.notes, text.name
    drawn = pictures(own)
    assert note in drawn["completeness"].caption and note in drawn["comparison"].caption
    assert note in report.in_brief(own)
    assert "key supplied by the user" in methods.methods_paragraph(own)
    page = report.report_page(own, {name: replace(one, files={"svg": b""})
                                    for name, one in drawn.items()})
    assert "key supplied by the user, confidence" in page
    frames = report.csv_tables(own)
    assert set(frames["comparison"]["key"]) == {"supplied by the user", "shipped"}
    assert "key" not in frames["flow"]


def test_nothing_is_said_where_every_key_ships(study: Evaluation) -> None:
    assert naming.user_keys(study) == ()
    assert "key" not in report.csv_tables(study)["comparison"]
