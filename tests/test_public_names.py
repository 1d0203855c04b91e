"""The public names: what users type does not change without a line in CHANGELOG.md."""

from importlib.metadata import version

import pytest

import balint_research as br

NAMES = [
    "AnalysisError", "BalintError", "DataError", "Element", "Evaluation", "GaussianFit",
    "Instrument", "Issue", "KeyFileError", "LinkReport", "Memberships", "OutputError",
    "PrivacyError", "Proposal", "RandomEffect", "RandomSlopes", "Release", "Reproduction",
    "Residual", "ScaleTruth", "ScoringError", "Study", "StudyData", "StudyError", "careless",
    "check_data", "check_privacy", "compare_arms", "compare_waves", "contrasts", "describe",
    "evaluate", "example", "export_columns", "export_instrument", "f_test", "figures",
    "find_wording", "fit_gaussian", "icc", "item_analysis", "item_figure", "item_map", "link_waves",
    "linkage_rates", "list_instruments", "load_instrument", "marginal_contrasts", "marginal_means",
    "parametric_bootstrap", "prepare_release", "profile_interval", "propose_items", "propose_study",
    "read_data", "read_study", "read_table", "read_wording", "release", "reliability", "reproduce",
    "retest", "score", "score_study", "screen", "simulate_codes", "simulate_study", "tables",
    "write_faults", "write_links", "write_report", "write_results", "write_stand_in",
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
