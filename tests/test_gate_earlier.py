"""Two reports of one study are not to be subtracted to fewer than k people."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balint_research.errors import PrivacyError
from balint_research.evaluation import Evaluation
from balint_research.reporting.small_cells import Shown, shown
from tests.gate_studies import Values, draw, lost, programme, written


def described_people(safe: Shown, values: Values, wave: int) -> frozenset[int]:
    """The people behind a row of the descriptives, nobody where it is not told."""
    row = safe.descriptives.iloc[wave]
    if np.isnan(row["mean"]):
        return frozenset()
    here = ~np.isnan(values)
    people = here.all(axis=1) if row["both_waves"] else here[:, wave]
    found = frozenset(np.flatnonzero(people).tolist())
    assert len(found) == row["n"]
    return found


def changed_people(safe: Shown, values: Values) -> frozenset[int]:
    told = pd.notna(safe.change["estimate"].iloc[0])
    return frozenset(np.flatnonzero((~np.isnan(values)).all(axis=1)).tolist() if told else [])


@settings(max_examples=6, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(0, 9), st.integers(0, 6))
def test_nothing_told_twice_can_be_subtracted_to_a_few_people(
    tmp_path_factory: pytest.TempPathFactory, seed: int, joined: int, late: int
) -> None:
    """Between the reports some people join and some of those who were missing answer."""
    random = np.random.default_rng(seed)
    now = draw(random, 20 + joined)
    now = lost(now, slice(0, int(random.integers(0, 8))), 1)
    then = lost(now[:20], slice(20 - late, 20), 1)
    first = shown(programme(then))
    folder = written(first, tmp_path_factory.mktemp("first") / "results")
    second = shown(programme(now), earlier=[folder])
    pairs = [(described_people(first, then, j), described_people(second, now, j)) for j in (0, 1)]
    pairs.append((changed_people(first, then), changed_people(second, now)))
    for before, after in pairs:
        if before and after:
            assert not 0 < len(before ^ after) < 5, (len(before), len(after))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Values, Path]:
    values = draw(np.random.default_rng(11), 24)
    safe = shown(programme(values[:20]))
    return values, written(safe, tmp_path_factory.mktemp("told") / "results")


@pytest.mark.parametrize(("people", "told"), [(20, True), (22, False), (24, False)])
def test_a_few_more_people_hide_the_new_numbers(
    reports: tuple[Values, Path], people: int, told: bool
) -> None:
    values, folder = reports
    raw = programme(values[:people])
    safe = shown(raw, earlier=[folder])
    for frame in (safe.descriptives[["n", "mean", "sd"]], safe.change[["n", "estimate"]],
                  safe.effects[["value", "sd_used"]], safe.flow[["people", "answered"]]):
        assert (frame.notna() if told else frame.isna()).all(axis=None)
    assert any("earlier report" in sentence for sentence in safe.why) is not told
    assert shown(raw).descriptives["mean"].notna().all()


def test_five_more_people_may_be_told(reports: tuple[Values, Path]) -> None:
    values, folder = reports
    more = np.vstack([values[:20], draw(np.random.default_rng(12), 5)])
    assert shown(programme(more), earlier=[folder]).change["estimate"].notna().all()


def test_other_numbers_of_as_many_people_are_told_as_a_note(reports: tuple[Values, Path]) -> None:
    values, folder = reports
    other = values[:20].copy()
    other[3, 1] = 54 - other[3, 1]
    safe = shown(programme(other), earlier=[folder])
    assert safe.change["estimate"].notna().all()
    assert any(sentence.startswith("As many people as in an earlier report, but other numbers")
               and "change" in sentence for sentence in safe.why)


def test_every_earlier_report_counts(
    reports: tuple[Values, Path], tmp_path: Path
) -> None:
    """Six more than in the first, two more than in the second."""
    values, folder = reports
    more = np.vstack([values, draw(np.random.default_rng(13), 2)])
    second = written(shown(programme(values)), tmp_path / "second")
    assert shown(programme(more), earlier=[folder]).descriptives["mean"].notna().all()
    assert shown(programme(more), earlier=[folder, second]).descriptives["mean"].isna().all()


def test_every_folder_that_cannot_be_compared_is_told_at_once(
    reports: tuple[Values, Path], tmp_path: Path
) -> None:
    values, folder = reports
    raw = programme(values)
    broken = written(shown(raw), tmp_path / "broken")
    (broken / "tables" / "change.csv").write_text("n\n1\n", encoding="utf-8")
    other = written(shown(_titled(raw, "Another")), tmp_path / "other")
    with pytest.raises(PrivacyError) as error:
        shown(raw, earlier=[folder, broken, other, tmp_path / "nothing"])
    said = str(error.value)
    assert "1. 'broken': tables/change.csv is not as it was written." in said
    assert "2. 'other' is of another study" in said
    assert "3. 'nothing' is no results folder of ours." in said
    assert str(tmp_path) not in said


def _titled(raw: Evaluation, title: str) -> Evaluation:
    from dataclasses import replace

    return replace(raw, study=replace(raw.study, title=title))
