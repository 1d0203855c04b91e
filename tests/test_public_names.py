"""The public names: what users type does not change without a line in CHANGELOG.md."""

from importlib.metadata import version

import pytest

import balint_research as br

NAMES = [
    "AnalysisError", "BalintError", "DataError", "Evaluation", "Instrument", "Issue",
    "KeyFileError", "OutputError", "ScaleTruth", "ScoringError", "Study", "StudyData",
    "StudyError",
    "compare_arms", "compare_waves", "describe", "evaluate", "example", "figures",
    "list_instruments", "load_instrument", "read_data", "read_study", "score", "score_study",
    "simulate_study", "tables", "write_report", "write_results",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert [name for name in dir(br) if not name.startswith("_")] == NAMES


def test_every_public_name_leads_somewhere() -> None:
    for name in NAMES:
        assert getattr(br, name).__doc__, name


def test_an_unknown_name_is_refused(name: str = "scoer") -> None:
    with pytest.raises(AttributeError, match="has no attribute 'scoer'"):
        getattr(br, name)


def test_the_version_is_the_one_of_the_project() -> None:
    assert br.__version__ == version("balint-research")
