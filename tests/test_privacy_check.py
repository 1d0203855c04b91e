"""`check_privacy`: each finding, a twin that stays silent, and no value in any of them."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import Issue
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.check import check_privacy
from balint_research.study.privacy.rules import RULES
from tests.privacy_studies import ITEMS, data_of, study_with
from tests.test_privacy_choose import large, people_of

QUIET = people_of({"A": 8, "B": 8})


def rules_of(data: StudyData, **privacy: Any) -> dict[str, Issue]:
    """The issues by rule; each rule once."""
    issues = check_privacy(study_with(**privacy), data)
    assert len({issue.rule for issue in issues}) == len(issues)
    return {issue.rule: issue for issue in issues}


def with_people(**columns: Any) -> StudyData:
    """The quiet study with more columns of its people."""
    return replace(QUIET, participants=QUIET.participants.assign(**columns))


def test_a_study_in_which_nobody_stands_out() -> None:
    assert check_privacy(study_with(), QUIET) == ()


def test_classes_counted_both_ways() -> None:
    roles = pd.Series(["x"] * 5 + [None] * 3 + ["x"] * 28, dtype="str")
    issue = rules_of(with_people(role=roles), quasi_identifiers=("role",))["small_classes"]
    assert (issue.severity, issue.count) == ("warn", 3)
    assert issue.what == "3 people share all that is known of them as declared with fewer than 5."
    assert issue.evidence == ("3 people with a missing value as a value of its own, 0 with it as "
                              "any value")
    fine = rules_of(with_people(role=roles), quasi_identifiers=("role",), k=3)
    assert "small_classes" not in fine


def test_groups_below_k() -> None:
    found = rules_of(people_of({"A": 8, "B": 4, "C": 2}))
    assert (found["small_groups"].count, found["small_groups"].severity) == (2, "warn")
    assert found["small_groups"].what == ("2 groups have fewer than 5 people, and everybody knows "
                                          "who sat in their group.")
    assert found["small_classes"].count == 6


def test_values_below_l() -> None:
    rows = QUIET.responses.copy()
    first = rows["participant"].isin(QUIET.participants["participant"][:8])
    rows.loc[first & rows["wave"].eq("post"), ITEMS] = 2.0
    data = replace(QUIET, responses=rows)
    issue = rules_of(data)["few_values"]
    assert (issue.count, issue.severity, issue.evidence) == (8, "warn", "at 1 of 2 waves")
    assert issue.what == ("8 people are in a class with fewer than 2 values of who5.percent: "
                          "whoever knows the class knows the value.")
    assert "few_values" not in rules_of(data, l=1)
    everybody = replace(QUIET, responses=rows.assign(**dict.fromkeys(ITEMS, 2.0)))
    found = rules_of(everybody)
    assert found["few_values"].count == 36
    assert found["no_level_protects"].severity == "stop"


def test_who_left_between_waves() -> None:
    people = QUIET.participants["participant"].tolist()
    gone = {*people[:2], *people[8:16]}  # two of one group, all of the other
    rows = QUIET.responses
    rows = rows[~(rows["participant"].isin(gone) & rows["wave"].eq("post"))]
    data = replace(QUIET, responses=rows.reset_index(drop=True))
    found = rules_of(data, l=1, quasi_identifiers=("group",))
    issue = found["left_between_waves"]
    assert (issue.count, issue.severity, issue.wave) == (2, "warn", "post")
    assert issue.what == ("2 people answered at 'pre' and not at 'post', fewer than 5 of their "
                          "class: whoever knows who left knows whose answers are missing.")
    assert "left_between_waves" not in rules_of(data, l=1, quasi_identifiers=("group", "waves"))


def test_too_few_people_stop() -> None:
    issues = check_privacy(study_with(), people_of({"A": 8}, controls=3))
    assert [(issue.rule, issue.count, issue.severity) for issue in issues] == [
        ("few_people", 11, "stop"), ("small_arm", 3, "stop"), ("small_classes", 3, "warn")]


def test_what_the_data_do_not_have_stops() -> None:
    issues = check_privacy(study_with(quasi_identifiers=("unit", "attendance", "role"),
                                      harmless=("shoe",), levels={"role": ({"x": "y"},)}),
                           with_people(role=["Zebra", "x"] * 18))
    assert [(issue.rule, issue.column) for issue in issues if issue.severity == "stop"] == [
        ("no_such_column", "unit"), ("no_attendance", "attendance"),
        ("no_such_harmless_column", "shoe"), ("value_without_level", "role")]
    assert "Zebra" not in "".join(map(str, issues))


def test_columns_that_a_release_leaves_out() -> None:
    data = with_people(TrainingYear=1, site_of_work="x", shoe=2, colour=["r", "g"] * 18)
    issues = check_privacy(study_with(harmless=("shoe", "site_of_work")), data)
    assert [(issue.rule, issue.column, issue.severity) for issue in issues] == [
        ("likely_known", "site_of_work", "warn"),
        ("undeclared_and_likely_known", "TrainingYear", "note"),
        ("undeclared_column", "colour", "note")]


def test_harmless_columns_by_which_people_can_be_joined_or_stand_out() -> None:
    measured = np.random.default_rng(1).normal(size=36)
    data = with_people(locker=range(36), hobby=["chess"] * 33 + ["falconry"] * 3, shoe=measured,
                       colour=["r", "g"] * 18)
    issues = check_privacy(study_with(harmless=("locker", "hobby", "shoe", "colour")), data)
    assert [(issue.rule, issue.column, issue.severity, issue.count) for issue in issues] == [
        ("harmless_own", "locker", "stop", 36), ("harmless_rare", "hobby", "warn", 3)]
    assert "falconry" not in "".join(map(str, issues))


def test_a_public_file_is_checked_at_eleven() -> None:
    """Classes of few: safe at 3, not at 11."""
    data = with_people(role=["x", "y"] * 18)
    study = study_with(k=3, quasi_identifiers=("role",))
    rules = [{issue.rule for issue in check_privacy(study, data, public=public)}
             for public in (False, True)]
    assert ["small_classes" in found for found in rules] == [False, True]


def test_tables_that_a_release_leaves_out() -> None:
    people = QUIET.participants["participant"].tolist()
    members = pd.DataFrame({"participant": [people[0], people[0], people[1]],
                            "group": ["A", "B", "A"], "from_week": [0.0, 4.0, 0.0],
                            "to_week": [3.0, None, None]})
    attendance = pd.DataFrame({"participant": people[:2], "session": "S1", "status": "present",
                               "presented": False})
    found = rules_of(data_of(QUIET.participants, QUIET.responses, memberships=members,
                             attendance=attendance))
    assert {rule: (issue.severity, issue.count) for rule, issue in found.items()} == {
        "memberships_stay": ("note", 1), "attendance_stays": ("note", None)}


@pytest.mark.parametrize(("table", "column", "value"), [
    ("participants", "contact", "zebra.okapi@example.org"), ("sessions", "leaders", "Zoe Okapi"),
    ("memberships", "note", "+44 20 7946 0991"), ("attendance", "device", "203.0.113.77"),
    ("responses", "rater", "okapi@example.org"), ("links", "mail", "okapi@example.org"),
])
def test_direct_identifiers_in_every_table(table: str, column: str, value: str) -> None:
    frame: pd.DataFrame = getattr(QUIET, table)
    rows = frame if len(frame) else pd.DataFrame(
        {name: ["A"] for name in frame.columns}, index=[0])
    tables: dict[str, Any] = {table: rows.assign(**{column: value})}
    data = replace(QUIET, **tables)
    hits = [issue for issue in check_privacy(study_with(), data)
            if issue.rule == "direct_identifier"]
    assert [(hit.file, hit.column, hit.severity, hit.rows) for hit in hits] == [
        (table, column, "stop", ())]
    assert value not in str(hits[0])


def test_free_text_stops_where_it_would_go_out() -> None:
    words = [f"I was {n} times sad about what she said there." for n in range(36)]
    data = with_people(comment=words)
    assert rules_of(data)["free_text"].severity == "warn"
    for privacy in ({"harmless": ("comment",)}, {"quasi_identifiers": ("comment",)}):
        issue = rules_of(data, **privacy)["free_text"]
        assert (issue.severity, issue.file, issue.column, issue.rows) == (
            "stop", "participants", "comment", ())


def test_no_rule_without_words_and_a_test() -> None:
    """Every rule of the module is asserted in a test of privacy."""
    here = Path(__file__).parent
    tests = "".join(path.read_text(encoding="utf-8") for path in here.glob("test_privacy_*.py"))
    words = {"people_gone": "Fewer than 5 people of an earlier release"}
    assert [rule for rule in RULES if words.get(rule, f'"{rule}"') not in tests
            and f"[{rule}]" not in tests] == []


def test_two_thousand_people_and_twelve_waves() -> None:
    """About 2 s where the machine is quiet."""
    study, data = large()
    started = time.perf_counter()
    found = {issue.rule for issue in check_privacy(study, data)}
    assert time.perf_counter() - started < 20
    assert {"small_classes", "few_values"} <= found


def test_a_value_never_stands_in_an_issue() -> None:
    rng = np.random.default_rng(2)
    secret = [f"zq{n}" for n in rng.integers(100, 999, 36)]
    data = with_people(role=secret, colour=secret, year=rng.integers(10**6, 10**7, 36))
    told = "".join(map(repr, check_privacy(
        study_with(quasi_identifiers=("role", "year"), harmless=("colour",),
                   levels={"role": ({"x": "y"}, (3,)), "year": ({"1": "y"},)}), data)))
    assert not any(value in told for value in secret)
    assert not any(str(year) in told for year in data.participants["year"])
