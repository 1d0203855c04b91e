"""What is known of people: counted once more by hand, and every fault at once."""

import pandas as pd
import pytest

from balint_research.errors import DataError
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.known import (
    answered_at,
    attendance_share,
    known,
    sensitive_values,
)
from balint_research.study.scores import score_study
from balint_research.study.study import Study
from balint_research.study.validate import read_data
from tests.privacy_studies import ITEMS, data_of, study_with
from tests.study_folder import PEOPLE, TOML, TREATED, tables, write

Example = tuple[Study, StudyData]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The small study, in which T01 never answered and C01 only at the first wave."""
    files = tables()
    files["participants.csv"][0].append("year")
    for i, row in enumerate(files["participants.csv"][1:]):
        row.append(str(1 + i % 3) if i else "")
    files["responses.csv"] = [
        [*row[:2], *([""] * 5 if row[0] == "T01" or row[:2] == ["C01", "post"] else row[2:])]
        for row in files["responses.csv"]]
    toml = TOML + '[privacy]\nquasi_identifiers = ["year", "waves", "attendance", "role"]\n'
    study = write(tmp_path_factory.mktemp("study"), files, toml)
    return study, read_data(study)


def test_columns_and_order(example: Example) -> None:
    people = known(*example)
    assert people.columns.tolist() == ["arm", "group", "year", "waves", "attendance", "role"]
    assert people.index.tolist() == PEOPLE
    assert people.index.name == "participant"
    assert people["year"].isna().tolist() == [True] + [False] * 17
    assert people.loc[["T02", "T03"], "year"].tolist() == [2.0, 3.0]


def test_the_pattern_of_waves(example: Example) -> None:
    waves = known(*example)["waves"]
    assert waves.to_dict() == dict.fromkeys(PEOPLE, "pre, post") | {
        "T01": "no wave", "C01": "pre"}
    assert answered_at(*example).sum().to_dict() == {"pre": 17, "post": 16}


def test_attendance_counted_by_hand(example: Example) -> None:
    """G1: all at S1, three at S2; G2: three at S3, S4 was not held; who waits has no session."""
    share = known(*example)["attendance"]
    expected = [100.0] * 3 + [50.0] * 3 + [100.0] * 3 + [0.0] * 3
    assert share[TREATED].tolist() == expected
    assert share.drop(TREATED).isna().all()


def test_attendance_with_dated_memberships() -> None:
    """Who moved after the first week is offered one session of each group."""
    people = pd.DataFrame({"participant": ["a", "b", "c"], "arm": "balint",
                           "group": ["X", "X", "Y"]})
    sessions = pd.DataFrame({
        "session": ["x1", "x2", "y1", "y2"], "group": ["X", "X", "Y", "Y"],
        "week": [1.0, 2.0, 1.0, 2.0], "minutes": 90.0, "mode": "video", "held": True,
        "leaders": "l"})
    attendance = pd.DataFrame({
        "participant": ["a", "a", "b", "c"], "session": ["x1", "y2", "x1", "y1"],
        "status": ["present", "late", "excused", "left_early"], "presented": False})
    memberships = pd.DataFrame({"participant": ["a", "a"], "group": ["X", "Y"],
                                "from_week": [1.0, 2.0], "to_week": [1.0, None]})
    share = attendance_share(data_of(people, sessions=sessions, attendance=attendance,
                                     memberships=memberships))
    assert share.to_dict() == {"a": 100.0, "b": 0.0, "c": 50.0}


def test_arm_and_group_are_left_out_where_nobody_has_one() -> None:
    people = pd.DataFrame({"participant": ["a", "b"], "arm": pd.Series([None, None], dtype="str"),
                           "group": pd.Series([None, "X"], dtype="str"), "unit": [1, 2]})
    study = study_with(quasi_identifiers=("unit", "group"))
    assert known(study, data_of(people)).columns.tolist() == ["group", "unit"]
    bare = people.assign(group=people["arm"])
    assert known(study_with(), data_of(bare)).columns.tolist() == []


def test_every_fault_at_once() -> None:
    people = pd.DataFrame({"participant": ["a", "b"], "arm": "balint", "group": "X",
                           "role": ["Zebra", "nurse"]})
    study = study_with(quasi_identifiers=("unit", "attendance", "role", "waves"),
                       harmless=("shoe",), levels={"role": ({"nurse": "staff"},)})
    with pytest.raises(DataError) as caught:
        known(study, data_of(people))
    assert [(issue.rule, issue.column) for issue in caught.value.issues] == [
        ("no_such_column", "unit"), ("no_attendance", "attendance"),
        ("no_such_harmless_column", "shoe"), ("value_without_level", "role")]
    assert "Zebra" not in str(caught.value)


def test_the_primary_outcome_is_sensitive_unless_scales_are_declared(example: Example) -> None:
    study, data = example
    scores = score_study(study, data)
    values = sensitive_values(study, data, scores)
    assert list(values) == ["who5.percent at pre", "who5.percent at post"]
    pre = values["who5.percent at pre"]
    assert pre.index.tolist() == PEOPLE
    raw = data.responses[data.responses["wave"].eq("pre")].set_index("participant")[ITEMS]
    by_hand = (4 * raw.sum(axis=1, skipna=False)).dropna()
    assert pre.dropna().to_dict() == {person: f"{score:g}" for person, score in by_hand.items()}
    assert pre.isna().sum() == 1


def test_values_told_apart_by_the_declared_bounds() -> None:
    people = pd.DataFrame({"participant": ["a", "b", "c", "d"], "arm": "balint", "group": "X"})
    scores = pd.DataFrame({"participant": ["a", "b", "c"], "wave": "pre", "instrument": "who5",
                           "scale": "percent", "value": [28.0, 49.0, 50.0]})
    study = study_with(sensitive={"who5.percent": (28.0, 50.0)})
    values = sensitive_values(study, data_of(people), scores)
    assert values["who5.percent at pre"].tolist()[:3] == ["28 to under 50", "28 to under 50",
                                                          "50 and over"]
    assert values["who5.percent at pre"].isna().tolist() == [False] * 3 + [True]
    assert values["who5.percent at post"].isna().all()


def test_nobody_answered() -> None:
    people = pd.DataFrame({"participant": ["a"], "arm": "balint", "group": "X"})
    study = study_with(quasi_identifiers=("waves",))
    assert known(study, data_of(people))["waves"].tolist() == ["no wave"]
