import numpy as np
import pandas as pd
import pytest

from balint_research.analysis import estimates as est
from balint_research.errors import AnalysisError
from balint_research.study.study import Arms
from tests.scores_frames import BALINT, case, instrument, rows, scale, study


def row(p: float | None, wave: str = "post", scale: str = "total") -> dict[str, object]:
    return {"instrument": "strain", "scale": scale, "contrast": "c", "wave": wave, "p": p,
            "n": 1, "n_asked": 1, "n_groups": 0}


def test_the_frames_have_the_columns_of_the_contract_in_order() -> None:
    assert " ".join(est.ESTIMATES.columns) == (
        "instrument scale contrast wave estimate se df low high statistic p p_adjusted n n_asked "
        "n_groups effect_size effect_low effect_high effect_name better method note arm"
    )
    assert " ".join(est.EFFECTS.columns) == (
        "instrument scale contrast wave arm effect_name value low high sd_used"
    )
    assert list(est.effects_frame([]).columns) == list(est.EFFECTS.columns)


def test_what_a_row_does_not_say_is_missing() -> None:
    frame = est.estimates_frame([row(None)])
    assert frame.loc[0, ["note", "method", "arm", "better"]].isna().all()
    assert np.isnan(frame["estimate"].to_numpy()).all()
    assert str(frame["note"].dtype) == "string" and str(frame["better"].dtype) == "boolean"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'NOPE'"):
        _ = est.NOPE  # type: ignore[attr-defined]


def test_holm_agrees_with_r() -> None:
    given = np.array(list(case("holm_given").values()))
    assert est.holm(given) == pytest.approx(list(case("holm").values()), rel=1e-12)
    assert est.holm(np.array([])).size == 0


def test_the_primary_contrasts_are_one_family_and_the_rest_another() -> None:
    """Three treated arms at the primary wave; three rows elsewhere, one of them without p."""
    ours = study(waves=("pre", "mid", "post"))
    given = [row(0.01), row(0.04), row(0.03), row(0.01, "mid"), row(None, "mid"),
             row(0.5, "post", "other")]
    adjusted = est.adjust(est.estimates_frame(given), ours)["p_adjusted"]
    assert adjusted[:4].tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(adjusted[4])
    assert adjusted[5] == pytest.approx(0.5)


def test_outcomes_leave_out_what_is_not_compared_and_begin_with_the_primary() -> None:
    first = instrument("other", total=scale(), second=scale(secondary=True),
                       case=scale(score="criteria"))
    once = instrument("screen", total=scale())
    ours = study(instruments=(first, once, instrument()), given={"screen": ("pre",)})
    assert est.outcomes(ours) == [("strain", "total"), ("other", "total")]


def test_a_cross_sectional_study_has_no_outcome_to_compare() -> None:
    assert est.outcomes(study(design="cross_sectional")) == []


def test_later_waves_need_the_baseline() -> None:
    waves = ("pre", "mid", "post")
    ours = study(waves=waves, instruments=(instrument(), instrument("late")),
                 given={"strain": ("pre", "post"), "late": ("mid", "post")})
    assert est.later_waves(ours, "strain") == ["post"]
    assert est.later_waves(ours, "late") == []


@pytest.mark.parametrize(("estimate", "higher_means", "better"), [
    (2.0, "better", True), (-2.0, "better", False), (2.0, "worse", False), (-2.0, "worse", True),
    (2.0, "neutral", None), (0.0, "better", None), (float("nan"), "worse", None),
])
def test_better_follows_the_direction_of_the_scale(
    estimate: float, higher_means: str, better: bool | None
) -> None:
    assert est.points_to_benefit(estimate, higher_means) is better  # type: ignore[arg-type]


def test_people_asked_come_from_the_flow_or_else_from_the_scores() -> None:
    scores = rows({"pre": [1, 2, 3], "post": [1]}, arm="balint")
    flow = pd.DataFrame({"arm": ["balint", "balint", "waitlist"], "wave": ["pre", "post", "post"],
                         "people": [8, 7, 6]})
    assert est.people_asked(scores, None, "balint", "post") == 3
    assert est.people_asked(scores, flow, "balint", "post") == 7
    assert est.people_asked(scores, flow, None, "post") == 13


def test_scores_without_their_columns_are_refused() -> None:
    with pytest.raises(AnalysisError) as error:
        est.check_scores(rows({"pre": [1]}).drop(columns=["group", "value"]), study())
    assert str(error.value) == (
        "The scores lack the columns group, value. Use the frame that score_study returns."
    )


def test_a_person_twice_at_a_wave_is_refused() -> None:
    scores = pd.concat([rows({"pre": [1]}), rows({"pre": [2]})])
    with pytest.raises(AnalysisError) as error:
        est.check_scores(scores, study())
    assert str(error.value) == (
        "1 row of the scores repeat a participant, wave and scale. Keep one row of each: "
        "`duplicate_rows` under [resolve] in study.toml says which."
    )


def test_an_arm_the_study_does_not_have_is_refused_without_naming_it() -> None:
    scores = rows({"pre": [1, 2]}, arm="secret")
    with pytest.raises(AnalysisError) as error:
        est.check_scores(scores, study(design="controlled", arms=BALINT))
    assert str(error.value) == (
        "2 participants of the scores belong to no arm of the study. Allowed: balint, waitlist. "
        "Correct the arm column, or map its values under [values.arm] in study.toml."
    )


def test_arms_stand_treated_first() -> None:
    arms = Arms(control="none", treated=("b", "a"))
    assert est.arms_of(study(design="controlled", arms=arms)) == ("b", "a", "none")
    assert est.arms_of(study()) == (None,)
