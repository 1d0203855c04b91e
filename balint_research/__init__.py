"""Score, validate, analyse and show Balint group outcome studies.

The public names are imported when they are first used, so that ``import balint_research`` costs
nothing: ``import balint_research as br``, then ``br.score(...)``, ``br.read_study(...)`` and so
on. `dir(br)` lists them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from balint_research.analysis.arms import compare_arms
    from balint_research.analysis.change import compare_waves
    from balint_research.analysis.describe import describe
    from balint_research.analysis.mixed.bootstrap import parametric_bootstrap
    from balint_research.analysis.mixed.contrasts import contrasts, f_test
    from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
    from balint_research.analysis.mixed.means import marginal_contrasts, marginal_means
    from balint_research.analysis.mixed.profile import icc, profile_interval
    from balint_research.analysis.mixed.terms import (
        Memberships,
        RandomEffect,
        RandomSlopes,
        Residual,
    )
    from balint_research.errors import (
        AnalysisError,
        BalintError,
        DataError,
        Issue,
        KeyFileError,
        OutputError,
        PrivacyError,
        ScoringError,
        StudyError,
    )
    from balint_research.evaluation import Evaluation, evaluate
    from balint_research.reporting import figures, tables
    from balint_research.reporting.faults_page import write_faults
    from balint_research.reporting.item_figure import item_figure
    from balint_research.reporting.release.write import release
    from balint_research.reporting.report import write_report, write_results
    from balint_research.scoring.exchange.export import export_columns, export_instrument
    from balint_research.scoring.exchange.propose import propose_items
    from balint_research.scoring.exchange.published import find_wording
    from balint_research.scoring.exchange.wording import read_wording
    from balint_research.scoring.instrument import Instrument
    from balint_research.scoring.library import example, list_instruments, load_instrument
    from balint_research.scoring.reliability.item_analysis import item_analysis
    from balint_research.scoring.reliability.reliability import reliability
    from balint_research.scoring.reliability.retest import retest
    from balint_research.scoring.reproduce.reproduce import Reproduction, reproduce
    from balint_research.scoring.score import score
    from balint_research.scoring.screen.careless import careless
    from balint_research.scoring.screen.screen import item_map, screen
    from balint_research.study.contracts import StudyData
    from balint_research.study.course import ScaleTruth
    from balint_research.study.link.elements import Element
    from balint_research.study.link.link import LinkReport, link_waves
    from balint_research.study.link.simulate import linkage_rates, simulate_codes
    from balint_research.study.link.write import write_links
    from balint_research.study.privacy.check import check_privacy
    from balint_research.study.propose.propose import Proposal, propose_study
    from balint_research.study.read.read import read_table
    from balint_research.study.release.prepare import Release, prepare_release
    from balint_research.study.scores import score_study
    from balint_research.study.simulate import simulate_study
    from balint_research.study.stand_in.write import write_stand_in
    from balint_research.study.study import Study, read_study
    from balint_research.study.validate import check_data, read_data

# Public name -> module that holds it.
_WHERE = {
    "AnalysisError": "errors",
    "BalintError": "errors",
    "DataError": "errors",
    "Element": "study.link.elements",
    "Evaluation": "evaluation",
    "GaussianFit": "analysis.mixed.fit",
    "Instrument": "scoring.instrument",
    "Issue": "errors",
    "KeyFileError": "errors",
    "LinkReport": "study.link.link",
    "Memberships": "analysis.mixed.terms",
    "OutputError": "errors",
    "PrivacyError": "errors",
    "Proposal": "study.propose.propose",
    "RandomEffect": "analysis.mixed.terms",
    "RandomSlopes": "analysis.mixed.terms",
    "Release": "study.release.prepare",
    "Reproduction": "scoring.reproduce.reproduce",
    "Residual": "analysis.mixed.terms",
    "ScaleTruth": "study.course",
    "ScoringError": "errors",
    "Study": "study.study",
    "StudyData": "study.contracts",
    "StudyError": "errors",
    "careless": "scoring.screen.careless",
    "check_data": "study.validate",
    "check_privacy": "study.privacy.check",
    "compare_arms": "analysis.arms",
    "compare_waves": "analysis.change",
    "contrasts": "analysis.mixed.contrasts",
    "describe": "analysis.describe",
    "evaluate": "evaluation",
    "example": "scoring.library",
    "export_columns": "scoring.exchange.export",
    "export_instrument": "scoring.exchange.export",
    "f_test": "analysis.mixed.contrasts",
    "figures": "reporting.figures",
    "find_wording": "scoring.exchange.published",
    "fit_gaussian": "analysis.mixed.fit",
    "icc": "analysis.mixed.profile",
    "item_analysis": "scoring.reliability.item_analysis",
    "item_figure": "reporting.item_figure",
    "item_map": "scoring.screen.screen",
    "link_waves": "study.link.link",
    "linkage_rates": "study.link.simulate",
    "list_instruments": "scoring.library",
    "load_instrument": "scoring.library",
    "marginal_contrasts": "analysis.mixed.means",
    "marginal_means": "analysis.mixed.means",
    "parametric_bootstrap": "analysis.mixed.bootstrap",
    "prepare_release": "study.release.prepare",
    "profile_interval": "analysis.mixed.profile",
    "propose_items": "scoring.exchange.propose",
    "propose_study": "study.propose.propose",
    "read_data": "study.validate",
    "read_study": "study.study",
    "read_table": "study.read.read",
    "read_wording": "scoring.exchange.wording",
    "release": "reporting.release.write",
    "reliability": "scoring.reliability.reliability",
    "reproduce": "scoring.reproduce.reproduce",
    "retest": "scoring.reliability.retest",
    "score": "scoring.score",
    "score_study": "study.scores",
    "screen": "scoring.screen.screen",
    "simulate_codes": "study.link.simulate",
    "simulate_study": "study.simulate",
    "tables": "reporting.tables",
    "write_faults": "reporting.faults_page",
    "write_links": "study.link.write",
    "write_report": "reporting.report",
    "write_results": "reporting.report",
    "write_stand_in": "study.stand_in.write",
}

_MODULES = {"figures", "tables"}  # these names stand for the module itself

__all__ = [
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

# Hidden from the type checker, which would otherwise accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _WHERE:
            raise AttributeError(f"module 'balint_research' has no attribute '{name}'")
        module = import_module(f"balint_research.{_WHERE[name]}")
        return module if name in _MODULES else getattr(module, name)

    def __dir__() -> list[str]:
        return [*__all__, "__version__"]
