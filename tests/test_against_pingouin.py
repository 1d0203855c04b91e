"""The estimates beside pingouin, an implementation that is not ours."""

import numpy as np
import pingouin as pg
import pytest

from balint_research.analysis.arms import compare_arms
from balint_research.analysis.change import compare_waves
from balint_research.analysis.estimates import holm
from tests.scores_frames import BALINT, rows, study, two_arms

SAME = 1e-9  # the same closed forms; pingouin rounds nothing in these columns
ITERATED = 1e-7   # where a search ends, not a closed form
PRE = [30, 28, 35, 31, 26, 33, 27, 29, 36, 25, 34, 32, 24, 30, 28, 31, 37, 26, 33, 29, 27]
POST = [25, 27, 29, 30, 20, 26, 28, 24, 30, 25, 31, 33, 20, 27, 29, 25, 30, 26, 28, 27, 22]


def test_paired_change() -> None:
    row = compare_waves(rows({"pre": PRE, "post": POST}), study()).iloc[0]
    theirs = pg.ttest(np.array(POST), np.array(PRE), paired=True).iloc[0]
    assert row["statistic"] == pytest.approx(float(theirs["T"]), rel=SAME)
    assert row["p"] == pytest.approx(float(theirs["p_val"]), rel=SAME)
    assert row["df"] == theirs["dof"]


def test_arms_without_groups() -> None:
    """A baseline at which all are alike tells nothing: then the model is Welch's test."""
    scores = two_arms({"pre": [0] * 9, "post": POST[:9]}, {"pre": [0] * 12, "post": POST[9:]})
    row = compare_arms(scores, study(design="individually_randomised", arms=BALINT)).iloc[0]
    theirs = pg.ttest(POST[:9], POST[9:], correction=True).iloc[0]
    assert row["statistic"] == pytest.approx(float(theirs["T"]), rel=ITERATED)
    assert row["p"] == pytest.approx(float(theirs["p_val"]), rel=ITERATED)
    assert row["df"] == pytest.approx(float(theirs["dof"]), rel=ITERATED)


def test_holm() -> None:
    p = np.array([0.2, 0.01, 0.04, 0.03, 0.9])
    assert holm(p) == pytest.approx(pg.multicomp(p, method="holm")[1], rel=SAME)


