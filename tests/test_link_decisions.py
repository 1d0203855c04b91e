"""What a person decides is read back, or refused with every fault at once."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError
from balint_research.study.link.link import link_waves
from tests.test_link import ANNA, BEN, ELEMENTS, OTHERS, changed, levels, linked, people, wave

PRE = wave(ANNA, BEN, *OTHERS)
POST = wave(changed(ANNA, town="Bonn"), changed(ANNA, day="8"), BEN)


def answered(report: object, *answers: str) -> pd.DataFrame:
    """The list to be decided, its decisions filled in from the top."""
    frame: pd.DataFrame = report.to_decide  # type: ignore[attr-defined]
    filled = [*answers, *[""] * (len(frame) - len(answers))]
    return frame[["pair"]].assign(decision=filled)


def test_yes_links_and_closes_the_tie() -> None:
    report = linked(PRE, POST)
    again = linked(PRE, POST, decisions=answered(report, "yes"))
    assert levels(again) == ["decided", "single", "exact"]
    assert again.to_decide.empty      # Anna's row of pre has its partner
    assert again.decisions["decision"].tolist() == ["yes"]
    assert again.per_wave["decided"].tolist() == [1, 1]


def test_no_closes_one_pair_and_links_nothing_by_itself() -> None:
    report = linked(PRE, POST)
    again = linked(PRE, POST, decisions=answered(report, "no"))
    assert levels(again) == ["single", "single", "exact"]
    assert again.to_decide["pair"].tolist() == [report.to_decide["pair"][1]]
    both = linked(PRE, POST, decisions=answered(report, "no", "No"))
    assert both.to_decide.empty and set(levels(both)) == {"single", "exact"}


@pytest.mark.parametrize(("word", "same"), [
    ("JA", True), (" oui", True), ("1", True), ("sí", True), ("nein", False), ("0", False),
    ("NON", False)])
def test_words_of_other_languages(word: str, same: bool) -> None:
    again = linked(PRE, POST, decisions=answered(linked(PRE, POST), word))
    assert again.decisions["decision"].tolist() == ["yes" if same else "no"]


def test_a_conflict_over_three_waves_can_be_decided() -> None:
    waves = [wave(changed(ANNA, day="8")), wave(ANNA),
             wave(changed(ANNA, town="Bonn"), changed(ANNA, day="8", month="6"))]
    report = linked(*waves)
    assert set(report.to_decide["why"]) == {"conflict"}
    listed = report.to_decide.set_index(["wave_a", "wave_b"])["pair"]
    chosen = pd.DataFrame({"pair": [listed["t0", "t1"], listed["t1", "t2"]], "decision": "yes"})
    again = linked(*waves, decisions=chosen)
    assert people(again) == {frozenset({("t0", 2), ("t1", 2), ("t2", 2)}), frozenset({("t2", 3)})}
    assert again.to_decide.empty
    assert again.links["how"].tolist() == ["decided"] * 3 + ["single"]
    assert "conflict" in [issue.rule for issue in report.issues]
    assert "conflict" not in [issue.rule for issue in again.issues]


def test_every_fault_is_told_at_once_with_its_line() -> None:
    report = linked(PRE, POST)
    token = report.to_decide["pair"][0]
    frame = pd.DataFrame({
        "pair": [token, token, token, "pre:9+post:9#00000000", token[:-8] + "00000000", "zq-17"],
        "decision": ["yes", "no", "zq-17", "yes", "yes", "yes"]}, index=range(2, 8))
    with pytest.raises(DataError) as fault:
        linked(PRE, POST, decisions=frame)
    assert {issue.rule: issue.rows for issue in fault.value.issues} == {
        "decision_both": (3,), "decision_word": (4,), "decision_unknown": (5, 7),
        "decision_changed": (6,)}
    assert "zq-17" not in str(fault.value)


def test_a_file_without_its_columns_is_refused() -> None:
    with pytest.raises(DataError, match=r"no column 'pair'(.|\n)*no column 'decision'"):
        linked(PRE, POST, decisions=pd.DataFrame({"x": [1]}))


def test_two_partners_at_one_wave_are_refused() -> None:
    report = linked(PRE, POST)
    with pytest.raises(DataError) as fault:
        linked(PRE, POST, decisions=answered(report, "yes", "yes"))
    assert [(issue.rule, issue.wave, issue.rows) for issue in fault.value.issues] == [
        ("partner_twice", "pre", (2,))]


def test_a_decision_against_a_link_of_another_wave_is_refused() -> None:
    """t1's second row is t2's already, and t0 has its own partner at t2."""
    twin = changed(ANNA, siblings="3")
    waves = [wave(ANNA), wave(twin, twin), wave(ANNA)]
    report = linked(*waves)
    assert report.links["how"].tolist() == ["exact", "single", "single", "exact"]
    pairs = report.to_decide.set_index(["wave_a", "row_a", "wave_b", "row_b"])["pair"]
    wrong = pd.DataFrame({"pair": [pairs["t0", 2, "t1", 2], pairs["t1", 3, "t2", 2]],
                          "decision": "yes"})
    with pytest.raises(DataError) as fault:
        linked(*waves, decisions=wrong)
    assert {issue.rule for issue in fault.value.issues} == {"decision_contradicts"}


@pytest.mark.parametrize("change", [
    lambda frame: frame.assign(day=["7", "22", "30", "14", "2"]),    # somebody else's code
    lambda frame: frame.set_axis(range(3, 8)),                       # a line moved
])
def test_decisions_for_a_changed_wave_are_noticed(change: object) -> None:
    decisions = answered(linked(PRE, POST), "yes")
    with pytest.raises(DataError, match=r"decision_changed|decision_unknown"):
        linked(change(PRE), POST, decisions=decisions)  # type: ignore[operator]


def test_tokens_hold_no_code_and_cannot_be_guessed_from_one() -> None:
    """The hash is keyed by all codes: another row in the file changes it, with the code kept."""
    report = linked(PRE, POST)
    more = linked(PRE, pd.concat([POST, wave(OTHERS[0]).set_axis([9])]))
    assert report.to_decide["row_a"].tolist() == more.to_decide["row_a"].tolist()
    assert not set(report.to_decide["pair"]) & set(more.to_decide["pair"])


def test_a_csv_is_read_back(tmp_path: Path) -> None:
    report = linked(PRE, POST)
    path = tmp_path / "decided.csv"
    report.to_decide.assign(decision=["", "yes"]).to_csv(path, index=False, sep=";")
    assert levels(linked(PRE, POST, decisions=path)) == ["single", "decided", "exact"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_decisions_are_done_as_said_and_nothing_else_changes(data: st.DataObject) -> None:
    """Whatever is answered (one yes a row at most), exactly the yes pairs become links."""
    code = st.tuples(st.sampled_from(["7", "21"]), st.sampled_from(["an", "jo"]),
                     st.sampled_from(["3", "12"]), st.sampled_from(["Ulm", "Ulme", "Bern"]),
                     st.just("1"))
    pre, post = (wave(*data.draw(st.lists(code, min_size=1, max_size=7))) for _ in range(2))
    report = linked(pre, post)
    rows = report.to_decide.to_dict(orient="records")
    chosen: dict[str, str] = {}
    taken: set[tuple[str, int]] = set()
    for row in rows:
        sides = {("pre", row["row_a"]), ("post", row["row_b"])}
        answer = data.draw(st.sampled_from(["", "no", "yes"]))
        if answer == "yes" and sides & taken:
            answer = "no"
        taken |= sides if answer == "yes" else set()
        chosen[row["pair"]] = answer
    decisions = pd.DataFrame({"pair": list(chosen), "decision": list(chosen.values())}, dtype="str")
    again = link_waves(pre, post, elements=ELEMENTS, names=["pre", "post"], budget=1, seed=1,
                       decisions=decisions)
    before = {rows for rows in people(report) if len(rows) > 1}
    decided = {frozenset({("pre", row["row_a"]), ("post", row["row_b"])})
               for row in rows if chosen[row["pair"]] == "yes"}
    assert {rows for rows in people(again) if len(rows) > 1} == before | decided
    assert not set(again.to_decide["pair"]) & {pair for pair, answer in chosen.items() if answer}
    assert set(again.decisions["pair"]) == {pair for pair, answer in chosen.items() if answer}
