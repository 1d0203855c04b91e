"""What the whole suite shares: what a machine may lack, and the rule that a skip is a failure.

Chromium and the shared data sets may be missing on a reader's machine: the tests that need them
are skipped with the reason. In the complete run (`BALINT_COMPLETE_RUN=1`, set by `.ci/run`) any
skip fails the run.
"""

import os
import shutil
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets, which are never committed: `../shared/data` beside the checkout."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not here (../shared/data beside the checkout)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium browser."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the complete run, list what was skipped and fail."""
    if os.environ.get("BALINT_COMPLETE_RUN") != "1":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped:
        reporter.section("skipped in the complete run: this fails it", red=True)
        for report in skipped:
            reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else ""
            reporter.line(f"{report.nodeid}: {reason}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
