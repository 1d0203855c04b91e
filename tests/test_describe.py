import numpy as np
import pandas as pd
import pytest

from balint_research.analysis.describe import describe
from tests.scores_frames import BALINT, case, instrument, rows, scale, study, two_arms


def test_figures_agree_with_r() -> None:
    scores = rows({"pre": [4, 8, 15, 16, 23, 42, 4, None]})
    row = describe(scores, study()).iloc[0]
    for name, value in case("describe").items():
        assert row[name] == pytest.approx(value, rel=1e-12)
    assert row["n_asked"] == 8


def test_floor_and_ceiling_are_shares_of_the_scored_people() -> None:
    row = describe(rows({"pre": [0, 0, 100, 50, None]}), study()).iloc[0]
    assert (row["floor_share"], row["ceiling_share"]) == (0.5, 0.25)


def test_every_arm_and_wave_has_a_row_also_without_answers() -> None:
    scores = two_arms({"pre": [10, 20], "post": [None, None]}, {"pre": [5]})
    asked = pd.DataFrame({"arm": ["balint", "waitlist"] * 2, "wave": ["pre"] * 2 + ["post"] * 2,
                          "people": [3, 2, 3, 2]})
    frame = describe(scores, study(design="controlled", arms=BALINT), asked=asked)
    assert " ".join(frame.columns) == (
        "instrument scale arm wave n_asked n mean sd median q1 q3 floor_share ceiling_share"
    )
    assert frame[["arm", "wave", "n_asked", "n"]].to_numpy().tolist() == [
        ["balint", "pre", 3, 2], ["balint", "post", 3, 0],
        ["waitlist", "pre", 2, 1], ["waitlist", "post", 2, 0],
    ]
    assert frame.iloc[1, 6:].isna().all()
    assert np.isnan(frame["sd"][2]) and frame["mean"][2] == 5


def test_every_scale_is_described_at_the_waves_it_was_given_at() -> None:
    once = instrument("screen", total=scale(), case=scale(score="criteria", secondary=True))
    ours = study(instruments=(instrument(), once), given={"screen": ("pre",)})
    frame = describe(rows({"pre": [1, 2], "post": [3, 4]}), ours)
    assert frame[["instrument", "scale", "wave"]].to_numpy().tolist() == [
        ["strain", "total", "pre"], ["strain", "total", "post"],
        ["screen", "total", "pre"], ["screen", "case", "pre"],
    ]
    assert frame["arm"].isna().all()
