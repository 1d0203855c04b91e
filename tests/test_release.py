"""What goes of a study and what does not, counted and compared without the code that made it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pycanon import anonymity  # type: ignore[import-untyped]

from balint_research.errors import PrivacyError
from balint_research.study.contracts import StudyData
from balint_research.study.release.guarantee import check_tables
from balint_research.study.release.item_fields import item_levels
from balint_research.study.release.left_out import at_least
from balint_research.study.release.prepare import Release, prepare_release
from balint_research.study.scores import score_study
from balint_research.study.study import Study, read_study
from tests import release_study, study_folder
from tests.release_study import SECRETS

DOCS = Path(__file__).resolve().parents[1] / "docs" / "release.md"
Made = tuple[Study, StudyData, Release]
ITEMS = [f"who5_{n}" for n in range(1, 6)] + [f"jspppe_{n}" for n in range(1, 6)]


@pytest.fixture
def made() -> Made:
    return (*release_study.read(), release_study.prepared())


@pytest.fixture
def open_to_all() -> Release:
    return release_study.prepared(public=True)


def cells(release: Release) -> Iterator[str]:
    """Every cell and every column's name of every table, as text."""
    for table in release.tables.values():
        yield from map(str, table.columns)
        for column in table:
            yield from table[column].dropna().astype("str")


def values_by(scores: pd.DataFrame, person: str) -> dict[tuple[Any, str, str], float]:
    known = scores.dropna(subset="value")
    return dict(zip(zip(known[person], known["wave"], known["scale"], strict=True),
                    known["value"], strict=True))


# --- what goes -----------------------------------------------------------------------------------


def test_nothing_that_identifies_is_in_any_table(made: Made) -> None:
    text = "\n".join(cells(made[2]))
    assert [secret for secret in SECRETS if secret in text] == []
    assert not re.search(r"KX\d|G-|Okafor|patient-|words \d", text)


def test_columns_come_in_their_order(made: Made) -> None:
    release = made[2]
    steps = release.choice.levels
    assert list(steps) == ["group", "role", "years_of_practice", "training_year"]
    kept = [name for name, step in steps.items() if step is not None]
    assert list(release.tables["participants"]) == ["person", "arm", *kept, "parking", "note"]
    assert list(release.tables["responses"]) == ["person", "wave", "rater", "week", *ITEMS]
    assert list(release.tables["scores"]) == [
        "person", "wave", "instrument", "scale", "value", "answered", "items", "status"]


def test_every_answer_that_goes_is_as_it_was(made: Made) -> None:
    """People are nobody any more, so the forms are compared as a bag."""
    _, data, release = made
    staying = data.responses[data.responses["participant"].isin(release.choice.people.index)]
    arm = data.participants.set_index("participant")["arm"]
    before = Counter(zip(staying["participant"].map(arm), staying["wave"],
                         *(staying[item].replace(99, -1).fillna(-1) for item in ITEMS),
                         strict=True))
    after = release.tables["responses"]
    arm = release.tables["participants"].set_index("person")["arm"]
    assert before == Counter(zip(after["person"].map(arm), after["wave"],
                                 *(after[item].fillna(-1).astype(float) for item in ITEMS),
                                 strict=True))
    assert sum(before.values()) > 150


def test_a_persons_rows_stay_together(made: Made) -> None:
    """Found again by the answers of the baseline: role, arm, scores and raters are theirs."""
    study, data, release = made
    tables = release.tables
    own = data.responses[data.responses["rater"] == "self"]
    first = own[own["wave"] == "pre"].set_index("participant")[ITEMS[:5]].apply(tuple, axis=1)
    rows = tables["responses"]
    new = rows[rows["wave"] == "pre"].set_index("person")[ITEMS[:5]].astype(float).apply(
        tuple, axis=1)
    once = first[~first.duplicated(keep=False)]
    who = {answers: person for person, answers in once.items()}
    pairs = {int(str(number)): who[answers] for number, answers in new.items() if answers in who}
    assert len(pairs) > 25
    expected = values_by(score_study(study, data), "participant")
    told = values_by(tables["scores"], "person")
    before = dict(zip(data.participants["participant"], data.participants["role"], strict=True))
    roles = dict(zip(tables["participants"]["person"], tables["participants"]["role"], strict=True))
    assert {(pairs[number], wave, scale): value for (number, wave, scale), value in told.items()
            if number in pairs} == {key: value for key, value in expected.items()
                                    if key[0] in pairs.values()}
    for number, person in pairs.items():
        assert roles[number] == before[str(person)]
        forms = data.responses[data.responses["participant"] == person]
        assert (tables["responses"]["person"] == number).sum() == len(forms)


def test_raters_are_counted_within_a_person(made: Made) -> None:
    table = made[2].tables["responses"]
    assert set(table["rater"]) == {"self", "rater 1", "rater 2"}
    for _, rows in table[table["rater"] != "self"].groupby("person"):
        assert sorted(rows["rater"]) == [f"rater {n + 1}" for n in range(len(rows))]


def test_sessions_are_numbered_in_the_order_of_the_weeks(made: Made) -> None:
    table = made[2].tables["sessions"]
    assert list(table) == ["group", "session", "week", "minutes", "mode", "held", "leaders"]
    assert sorted(set(table["group"])) == ["group 1", "group 2", "group 3"]
    for _, rows in table.groupby("group"):
        assert rows["session"].tolist() == rows["week"].tolist() == [1, 2, 3]
    leaders = {group: set(rows["leaders"]) for group, rows in table.groupby("group")}
    assert all(len(names) == 1 and re.fullmatch(r"leader \d, leader \d", names.pop())
               for names in leaders.values())


def test_without_groups_there_are_no_sessions(open_to_all: Release) -> None:
    release = open_to_all
    assert release.k == 11
    assert release.choice.levels["group"] is None
    assert set(release.tables) == {"participants", "responses", "scores"}
    assert ("sessions", "the whole table") in set(
        zip(release.left_out["table"], release.left_out["what"], strict=True))


def test_no_text_starts_a_formula(made: Made) -> None:
    assert "'=1+1" in set(made[2].tables["participants"]["note"])
    assert [cell for cell in cells(made[2]) if cell[:1] in "=+@"] == []


def test_no_columns_name_starts_a_formula(made: Made) -> None:
    study, data, _ = made
    privacy = replace(study.privacy, quasi_identifiers=("=role",), harmless=("@note",), levels={})
    people = data.participants.rename(columns={"role": "=role", "note": "@note"})
    release = prepare_release(replace(study, privacy=privacy), replace(data, participants=people))
    assert list(release.tables["participants"]) == ["person", "arm", "group", "'=role", "'@note"]
    assert [field.role for field in release.fields["participants"]] == [
        "id", "arm", "quasi-identifier", "quasi-identifier", "harmless"]


def test_a_second_release_has_other_numbers(made: Made) -> None:
    study, data, release = made
    again = prepare_release(study, data)
    for table in (release, again):
        assert table.tables["participants"]["person"].tolist() == list(
            range(1, len(table.choice.people) + 1))
    one, other = (table.tables["responses"][ITEMS].fillna(-1).to_numpy().tolist()
                  for table in (release, again))
    assert one != other
    assert sorted(map(str, one)) == sorted(map(str, other))


# --- what protects -------------------------------------------------------------------------------


def test_pycanon_finds_the_k_that_was_promised(made: Made) -> None:
    release = made[2]
    known = list(release.choice.people)
    table = release.tables["participants"].fillna(dict.fromkeys(known, "NA"))
    assert anonymity.k_anonymity(table, known) == release.choice.smallest_class >= release.k == 5


@pytest.mark.parametrize("public", [False, True])
def test_pycanon_finds_the_l_that_was_promised(
    made: Made, open_to_all: Release, public: bool
) -> None:
    study, _, release = made
    release = open_to_all if public else release
    known = list(release.choice.people)
    scores = release.tables["scores"]
    for wave in study.waves:
        own = scores[(scores["wave"] == wave) & (scores["scale"] == "percent")].dropna(
            subset="value")
        table = own.merge(release.tables["participants"], on="person").fillna(
            dict.fromkeys(known, "NA")).astype({"value": "str"})
        told = release.choice.diversity[f"who5.percent at {wave}"]
        assert anonymity.l_diversity(table, known, ["value"]) == told >= study.privacy.l


def broken(made: Made, table: str, change: pd.DataFrame) -> str:
    study, _, release = made
    with pytest.raises(PrivacyError) as fault:
        check_tables(study, {**release.tables, table: change}, release.choice)
    return str(fault.value)


def test_finished_tables_that_break_the_promise_are_not_written(made: Made) -> None:
    study, _, release = made
    people, answers, scores = (release.tables[name] for name in (
        "participants", "responses", "scores"))
    check_tables(study, release.tables, release.choice)
    alone = people.assign(role=people["role"].where(people["person"] > 1, "director"))
    assert "classes of k people" in broken(made, "participants", alone)
    twice = pd.concat([people, people.iloc[:1]])
    assert "each person once" in broken(made, "participants", twice)
    stranger = answers.assign(person=answers["person"].where(answers.index > 0, 999))
    assert "nobody who was left out" in broken(made, "responses", stranger)
    week = answers.assign(week=pd.Series([7.0]).reindex(answers.index))
    assert "weeks that k people share" in broken(made, "responses", week)
    alike = scores.assign(value=40.0)
    assert "2 values of a sensitive scale" in broken(made, "scores", alike)
    other = release.tables["sessions"].assign(group="group 9")
    assert "groups of people who go" in broken(made, "sessions", other)


def test_everything_that_stands_in_the_way_is_told_at_once(made: Made) -> None:
    study, data, _ = made
    notes = [f"call person{i}@example.org" for i in range(len(data.participants))]
    people = data.participants.assign(note=notes, person=1.0)
    privacy = replace(study.privacy, harmless=("note", "person"))
    with pytest.raises(PrivacyError) as fault:
        prepare_release(replace(study, privacy=privacy), replace(data, participants=people))
    said = str(fault.value)
    assert said.startswith("The study cannot be released: 3 reasons. Nothing was written.")
    assert "[direct_identifier]" in said and "[harmless_own]" in said
    assert "column 'note'" in said and "'person' of the participants is named like" in said
    assert "example.org" not in said


# --- what is told --------------------------------------------------------------------------------


def test_every_column_and_table_goes_or_is_told_why_not(made: Made) -> None:
    _, data, release = made
    told = release.left_out
    whole = set(told.loc[told["what"] == "the whole table", "table"])
    going = {"participants": {*release.tables["participants"]},
             "responses": {*release.tables["responses"]},
             "sessions": {*release.tables["sessions"]}}
    for name in ("participants", "memberships", "responses", "sessions", "attendance",
                 "missing_reasons", "links", "weeks"):
        table = getattr(data, name)
        if not len(table) or name in whole:
            continue
        text = " ".join(told.loc[told["table"] == name, "what"])
        for column in table.columns:
            new = {"participant": "person"}.get(column, column)
            assert new in going[name] or f"'{column}'" in text, (name, column)
    assert {"attendance", "missing_reasons"} <= whole
    assert "column 'team'" in set(told["what"])
    assert told["reason"].str.len().min() > 10


def test_no_small_number_is_told() -> None:
    assert [at_least(count, 5) for count in (0, 1, 4, 5, 12)] == [
        "0", "fewer than 5", "fewer than 5", "5", "12"]


def test_every_field_describes_its_column(made: Made) -> None:
    release = made[2]
    for name, table in release.tables.items():
        fields = release.fields[name]
        assert [field.name for field in fields] == list(table.columns)
        for field in fields:
            column = table[field.name].dropna()
            assert field.title
            assert not field.required or not table[field.name].isna().any()
            if field.levels:
                assert {f"{cell:g}" if field.kind != "text" else cell for cell in column} <= set(
                    field.levels)
            if field.range:
                assert column.between(*field.range).all()


def test_codes_are_told_as_they_are_stored(made: Made) -> None:
    """Coded 1 to 6 in place of 0 to 5; item 2 is stored reversed; 99, no answer, does not go."""
    levels = item_levels(made[0])
    plain, turned = levels["who5_1"], levels["who5_2"]
    assert list(plain) == ["1", "2", "3", "4", "5", "6"]
    assert plain["6"] == turned["1"] != plain["1"] == turned["6"]


def test_the_example_of_the_guide_is_a_study(tmp_path: Path) -> None:
    """`docs/release.md` shows `[privacy]` as `read_study` takes it."""
    shown = DOCS.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    toml = study_folder.TOML.replace("[instruments.who5]",
                                     "[instruments.who5]\n[instruments.mbi_hss]")
    (tmp_path / "study.toml").write_text(toml + shown, encoding="utf-8")
    privacy = read_study(tmp_path).privacy
    assert privacy.quasi_identifiers == ("role", "years_of_practice", "attendance")
    assert privacy.sensitive == {"mbi_hss.emotional_exhaustion": (27,)}
