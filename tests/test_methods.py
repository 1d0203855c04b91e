"""The methods paragraph is written from the objects, and the limits from the design."""

from dataclasses import replace
from importlib.metadata import version

from balint_research.reporting.methods import limits, methods_paragraph, missing_rule, versions
from balint_research.scoring.library import load_instrument
from balint_research.study.study import InstrumentUse
from tests import evaluations


def test_design_questionnaires_and_analysis_are_told() -> None:
    design, questionnaires, missing, analysis, software = methods_paragraph(
        evaluations.controlled_study()).split("\n\n")
    assert design == (
        "This was an individually randomised study with 92 people: 48 people in balint (6 groups) "
        "and 44 people in waitlist. Questionnaires were answered at baseline, month6 and month12. "
        "The primary outcome, declared beforehand, was SBI: Emotional exhaustion, at month6. All "
        "data are synthetic: no real person took part.")
    assert ("Synthetic Screening List, given at baseline: version: first made-up version. "
            "Reference: Nobody A, Noone B. The Synthetic Screening List & its <key>. J Made Up "
            "2020. doi:10.0000/made.up.") in questionnaires
    assert missing == (
        "Unanswered items: SBI: published rule, scored where at least 4 of the scale's 5 items "
        "were answered (total x items / answered). SEQ: no published rule; as declared by the "
        "study, scored where at least 80 % of a scale's items were answered (total x items / "
        "answered) and flagged as prorated. SSL: no published rule: every item of a scale was "
        "needed. No score was imputed: people without a score at a wave are counted as asked and "
        "not used there.")
    assert analysis == (
        "Everybody was counted in the arm of allocation. Each treated arm was compared with the "
        "control: Welch test of group means against individuals. Change within arms was described, "
        "not tested: paired t interval. The intraclass correlation (ICC) is the share of the "
        "variance that lies between groups, with its 95 % profile-likelihood interval. Effect "
        "sizes are the standardised mean difference (difference between the arms by the pooled SD "
        "of the scores at that wave) and d_av (mean change by the average SD of the two waves), "
        "with Hedges' correction. p values were adjusted by Holm's method: the primary outcome at "
        "the primary wave by itself, all other results together. Intervals are 95 % confidence "
        "intervals.")
    assert f"pandas {version('pandas')}" in software


def test_a_study_without_arms_has_no_comparison_and_is_tested_within() -> None:
    text = methods_paragraph(evaluations.single_group_study())
    assert text.startswith("This was one programme observed before and after (no comparison group) "
                           "with 9 people. Questionnaires were answered at before and after; "
                           "the baseline was before.")
    assert "compared with the control" not in text
    assert "intraclass correlation" not in text   # nobody sat in a group
    assert "Change within people was tested: paired t interval." in text


def test_variances_at_zero_are_told_where_the_df_take_them_as_known() -> None:
    study = evaluations.controlled_study()
    for method, told in (("mixed model; Kenward-Roger df", True),
                         ("mixed model; Kenward-Roger df with variances at 0 kept", False)):
        other = replace(study, comparison=study.comparison.assign(method=method))
        assert ("Variances between groups that were estimated at 0 count as known for the degrees "
                "of freedom." in methods_paragraph(other)) is told


def test_several_methods_are_told_apart() -> None:
    """The name of one method holds semicolons of its own."""
    study = evaluations.controlled_study()
    change = study.change.assign(method=["mixed model; Kenward-Roger df", "t interval"]
                                 * (len(study.change) // 2))
    assert ("Change within arms was described, not tested: mixed model; Kenward-Roger df; or t "
            "interval.") in methods_paragraph(replace(study, change=change))


def test_several_treated_arms_are_adjusted_together() -> None:
    assert "(the contrasts of all treated arms together)" in methods_paragraph(
        evaluations.four_arm_study())


def test_a_declared_coding_is_told() -> None:
    study = evaluations.controlled_study()
    uses = dict(study.study.instruments) | {
        "sbi": replace(study.study.instruments["sbi"], coding=(1, 7)),
        "ssl": replace(study.study.instruments["ssl"], coding="as_printed")}
    text = methods_paragraph(replace(study, study=replace(study.study, instruments=uses)))
    assert "Synthetic Burnout Inventory (stored as 1 to 7)" in text
    assert "Synthetic Screening List (stored in the coding 'as_printed')" in text


def test_how_the_answers_are_stored_is_told() -> None:
    key = load_instrument("cbi")
    study = evaluations.controlled_study()
    use = InstrumentUse(key=key, coding="coded_1_5", item_order="article_2005",
                        already_reversed=(10,), missing_codes=(9, 99), waves=("baseline",))
    text = methods_paragraph(replace(study, study=replace(
        study.study, instruments={**study.study.instruments, "cbi": use})))
    assert ("Copenhagen Burnout Inventory (stored in the coding 'coded_1_5', in the item order "
            "'article_2005', with item 10 already turned round, with 9 and 99 for no answer), "
            "given at baseline:") in text


def test_an_arm_too_small_to_tell_hides_the_total() -> None:
    study = evaluations.controlled_study()
    flow = study.flow.assign(people=[48, 48, 48, 3, 3, 3])
    assert methods_paragraph(replace(study, flow=flow)).startswith(
        "This was an individually randomised study. ")


def test_a_published_rule_wins_over_a_declared_one() -> None:
    use = InstrumentUse(key=evaluations.burnout(), min_share=0.5, waves=("before",))
    assert missing_rule(use) == (
        "published rule, scored where at least 4 of the scale's 5 items were answered "
        "(total x items / answered)")


def test_scales_with_rules_of_their_own_are_told_apart() -> None:
    use = InstrumentUse(key=load_instrument("jse_hp"), waves=("before",))
    assert missing_rule(use) == (
        "Empathy total: published rule, scored where at least 16 of the scale's 20 items were "
        "answered (total x items / answered); Perspective taking, Compassionate care and Standing "
        "in the patient's shoes: no published rule: every item of a scale was needed")
    declared = missing_rule(replace(use, min_share=0.9))
    assert declared.endswith(
        "Standing in the patient's shoes: no published rule; as declared by the study, scored "
        "where at least 90 % of a scale's items were answered (total x items / answered) and "
        "flagged as prorated")


def test_the_limits_say_what_the_design_forbids() -> None:
    assert limits(evaluations.single_group_study())[0].startswith("There was no comparison group")
    assert limits(evaluations.controlled_study())[0].startswith("Members of a group share")
    assert limits(evaluations.four_arm_study())[0].startswith(
        "People were allocated at random and analysed one by one")
    assert "One treated group: nothing is tested." in limits(evaluations.one_group_study())


def test_the_limits_say_what_was_suppressed() -> None:
    assert "comparison of arms: 4 rows (gratitude visit)" in limits(
        evaluations.four_arm_study())[-1]


def test_the_versions_are_those_that_run() -> None:
    assert versions()["scipy"] == version("scipy")
    assert versions()["balint_research"] == version("balint-research")
