"""Linking waves: small cases worked by hand, and what holds for every code."""

from collections.abc import Sequence
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import DataError
from balint_research.study.contracts import LINKED
from balint_research.study.link.link import LinkReport, link_waves

ELEMENTS = {"day": "day", "mother": "letters:2", "month": "month", "town": "text",
            "siblings": "number:0-15"}
ANNA = ("7", "an", "5", "Ulm", "2")
BEN = ("21", "jo", "3", "Bern", "0")
CORA = ("30", "ev", "12", "Graz", "1")
DORA = ("14", "li", "9", "Kiel", "4")
EVA = ("2", "su", "7", "Lyon", "3")
Code = Sequence[str | None]
Row = tuple[Code, str | None]     # a code and a constant


def wave(*codes: Code, **more: Sequence[object]) -> pd.DataFrame:
    """Labelled as lines of a file, so that places and labels are not the same."""
    frame = pd.DataFrame(list(codes), columns=list(ELEMENTS))
    for name, cells in more.items():
        frame[name] = pd.Series(list(cells), dtype="object")
    return frame.set_axis(range(2, len(frame) + 2))


def changed(code: Code, **elements: str | None) -> Code:
    return [elements.get(name, cell) for name, cell in zip(ELEMENTS, code, strict=True)]


def linked(*waves: pd.DataFrame, budget: float = 1, **how: object) -> LinkReport:
    names = ["pre", "post"] if len(waves) == 2 else [f"t{i}" for i in range(len(waves))]
    return link_waves(*waves, elements=ELEMENTS, names=names, budget=budget, seed=1,
                      **how)  # type: ignore[arg-type]


def people(report: LinkReport) -> set[frozenset[tuple[str, int]]]:
    """The partition of rows into participants."""
    rows = report.links.groupby("participant")[["wave", "row"]]
    return {frozenset(zip(own["wave"], own["row"], strict=True)) for _, own in rows}


def levels(report: LinkReport, wave: str = "post") -> list[str]:
    return list(report.links.loc[report.links["wave"] == wave, "how"])


OTHERS = (CORA, DORA, EVA)

# --- each way of being linked ---------------------------------------------------------------------


@pytest.mark.parametrize(("post", "level"), [
    (ANNA, "exact"),
    (("07", " AN", "Mai", "ulm", "2.0"), "exact"),
    (changed(ANNA, town="Ulme"), "one_edit"),           # a letter added
    (changed(ANNA, town="Uml"), "one_edit"),            # two letters swapped
    (changed(ANNA, mother="am"), "one_edit"),           # a letter changed
    (changed(ANNA, day="8"), "one_element"),            # a single sign is another value
    (changed(ANNA, town="Bonn"), "one_element"),
    (changed(ANNA, town=None), "one_element"),          # missing
    (changed(ANNA, day="77"), "one_element"),           # no such day counts as missing
    (changed(ANNA, day=None, town=None), "single"),     # two elements, no constants
    (changed(ANNA, day="8", town="Bonn"), "single"),
])
def test_how_one_pair_is_linked(post: Code, level: str) -> None:
    report = linked(wave(ANNA, BEN, *OTHERS), wave(post, *OTHERS))
    assert levels(report) == [level, "exact", "exact", "exact"]
    assert levels(report, "pre") == [level, "single", "exact", "exact", "exact"]


@pytest.mark.parametrize(("gender", "level"), [
    (("w", "w"), "two_elements"),
    (("W ", "w"), "two_elements"),
    (("w", "m"), "single"),
    (("w", None), "single"),        # every constant must be there
])
def test_two_elements_need_every_constant(gender: tuple[str, str | None], level: str) -> None:
    pre = wave(ANNA, *OTHERS, gender=[gender[0], "m", "m", "m"])
    post = wave(changed(ANNA, day="8", town="Bonn"), *OTHERS, gender=[gender[1], "m", "m", "m"])
    assert levels(linked(pre, post, constants=["gender"]))[0] == level


def test_a_known_constant_that_differs_rules_out_a_tolerant_link() -> None:
    post = changed(ANNA, town="Ulme")
    for gender, level in ((["m"], "single"), ([None], "one_edit"), (["w"], "one_edit")):
        report = linked(wave(ANNA, gender=["w"]), wave(post, gender=gender), constants=["gender"])
        assert levels(report) == [level]
        assert report.to_decide.empty


def test_identical_codes_with_other_constants_are_for_a_person() -> None:
    report = linked(wave(ANNA, gender=["w"]), wave(ANNA, gender=["m"]), constants=["gender"])
    assert levels(report) == ["single"]
    assert report.to_decide[["row_a", "row_b", "why"]].to_numpy().tolist() == [
        [2, 2, "constants_differ"]]


def test_the_surer_link_is_made_first_and_leaves_the_other_alone() -> None:
    """Post has Anna's code and one that differs in one element: nobody but Anna wrote the first."""
    report = linked(wave(ANNA), wave(changed(ANNA, town="Bonn"), ANNA))
    assert levels(report) == ["single", "exact"]
    assert report.to_decide.empty


def test_two_elements_missing_in_one_row_are_not_linked() -> None:
    bare = (None, None, None, None, "2")
    report = linked(wave(ANNA, bare), wave(bare, (None,) * 5))
    assert set(report.links["how"]) == {"single"}
    assert report.per_wave["without_code"].tolist() == [0, 1]


# --- ties, duplicates -----------------------------------------------------------------------------


def test_a_tie_is_listed_and_not_resolved() -> None:
    post = [changed(ANNA, town="Bonn"), changed(ANNA, day="8")]
    report = linked(wave(ANNA, BEN), wave(*post))
    assert set(report.links["how"]) == {"single"}
    listed = report.to_decide[["component", "row_a", "row_b", "level", "why", "differing"]]
    assert listed.to_numpy().tolist() == [[1, 2, 2, "one_element", "tie", "town"],
                                          [1, 2, 3, "one_element", "tie", "day"]]
    assert report.per_wave[["ambiguous", "unmatched"]].to_numpy().tolist() == [[1, 1], [2, 0]]


def test_a_tie_counts_from_both_sides() -> None:
    """Each row of pre has one candidate only, but it is the same one."""
    report = linked(wave(changed(ANNA, town="Bonn"), changed(ANNA, day="8"), *OTHERS),
                    wave(ANNA, *OTHERS))
    assert levels(report) == ["single", "exact", "exact", "exact"]
    assert len(report.to_decide) == 2


def test_one_slip_does_not_win_over_one_element_where_both_are_used() -> None:
    post = [changed(ANNA, town="Ulme"), changed(ANNA, day="8")]
    report = linked(wave(ANNA, *OTHERS), wave(*post, *OTHERS))
    assert levels(report)[:2] == ["single", "single"]
    assert report.to_decide["level"].tolist() == ["one_edit", "one_element"]
    strict = linked(wave(ANNA, *OTHERS), wave(*post, *OTHERS), tolerance="one_edit")
    assert levels(strict)[:2] == ["one_edit", "single"]


def test_a_code_that_stands_twice_in_a_wave_is_never_linked() -> None:
    report = linked(wave(ANNA, BEN, ANNA), wave(ANNA, BEN))
    assert levels(report, "pre") == ["single", "exact", "single"]
    assert report.to_decide[["row_a", "row_b", "why"]].to_numpy().tolist() == [
        [2, 2, "duplicate"], [4, 2, "duplicate"]]
    assert report.per_wave["duplicates"].tolist() == [2, 0]
    assert [issue.rows for issue in report.issues if issue.rule == "duplicate_code"] == [(2, 4)]


def test_a_twin_is_not_linked_at_a_looser_level_either() -> None:
    """Gender leaves one of the twins as the only candidate, and it is still a twin."""
    pre = wave(ANNA, ANNA, gender=["w", "m"])
    post = wave(changed(ANNA, town="Ulme"), gender=["w"])
    report = linked(pre, post, constants=["gender"])
    assert set(report.links["how"]) == {"single"}
    assert report.to_decide["why"].tolist() == ["duplicate"]


def test_rows_of_a_wave_that_are_alike_beyond_chance_are_named() -> None:
    """Thirty people whose codes differ in every element, and one who answered twice with a slip."""
    crowd = [(str(i + 1), "abcdefghijklmnopqrstuvwxyzABCD"[i] + "xy"[i > 25], str(i % 12 + 1),
              f"town{i}", str(i % 16)) for i in range(30)]
    pre, post = wave(*crowd, changed(crowd[4], town="twon4")), wave(*crowd)
    told = [issue for issue in linked(pre, post).issues if issue.rule == "alike_rows"]
    assert [(issue.wave, issue.rows) for issue in told] == [("pre", (6, 32))]
    coarse = wave(*product("12", ["an", "jo"], "12", ["Ulm", "Bern"], "01"))
    rules = [issue.rule for issue in linked(coarse, coarse, tolerance="exact").issues]
    assert "exact_beyond_budget" not in rules and "alike_rows" not in rules   # chance explains them


# --- three waves ----------------------------------------------------------------------------------


def test_somebody_may_miss_the_middle_wave() -> None:
    report = linked(wave(ANNA, BEN), wave(BEN), wave(ANNA, BEN))
    assert people(report) == {frozenset({("t0", 2), ("t2", 2)}),
                              frozenset({("t0", 3), ("t1", 2), ("t2", 3)})}


def test_a_chain_links_rows_that_differ_in_two_elements() -> None:
    """t0 and t2 differ in two elements and meet by way of t1 only."""
    report = linked(wave(changed(ANNA, day="8")), wave(ANNA), wave(changed(ANNA, town="Ulme")))
    assert len(people(report)) == 1
    assert report.links["how"].tolist() == ["one_element", "one_edit", "one_edit"]
    assert report.per_pair_of_waves["through"].tolist() == [0, 1, 0]


def test_how_is_never_exact_for_two_codes_that_only_a_slip_holds_together() -> None:
    other = changed(ANNA, town="Ulme")
    report = linked(wave(ANNA), wave(ANNA), wave(other), wave(other))
    assert len(people(report)) == 1
    assert report.links["how"].tolist() == ["exact", "exact", "one_edit", "one_edit"]


def test_a_chain_with_two_rows_of_a_wave_is_for_a_person() -> None:
    """t0 ~ t1 (day), t1 ~ t2 (town), but t0 ~ another row of t2 (month): two rows of t2."""
    first, middle = changed(ANNA, day="8"), ANNA
    last = [changed(ANNA, town="Bonn"), changed(ANNA, day="8", month="6")]
    report = linked(wave(first), wave(middle), wave(*last))
    assert set(report.links["how"]) == {"single"}
    assert report.to_decide["why"].tolist() == ["conflict"] * 3
    assert report.to_decide["component"].nunique() == 1
    assert "conflict" in [issue.rule for issue in report.issues]


def test_a_chain_whose_ends_have_other_candidates_is_for_a_person() -> None:
    """t0 has two candidates in t2, so t1 must not decide which of them it is."""
    first = changed(ANNA, day="8")
    last = [changed(ANNA, day="8", town="Bonn"), changed(ANNA, day="8", month="6"),
            changed(ANNA, siblings="3")]
    report = linked(wave(first), wave(ANNA), wave(*last))
    assert set(report.links["how"]) == {"single"}
    assert sorted(report.to_decide["why"]) == ["conflict", "conflict", "tie", "tie"]


def test_a_chain_whose_ends_contradict_in_a_constant_is_for_a_person() -> None:
    waves = [wave(changed(ANNA, day="8"), gender=["w"]), wave(ANNA, gender=[None]),
             wave(changed(ANNA, town="Ulme"), gender=["m"])]
    report = linked(*waves, constants=["gender"])
    assert set(report.links["how"]) == {"single"}
    assert report.to_decide["why"].tolist() == ["conflict", "conflict"]


# --- counts ---------------------------------------------------------------------------------------


def test_the_counts_of_a_wave_add_up() -> None:
    pre = wave(ANNA, BEN, CORA, DORA, DORA, (None,) * 5)
    post = wave(ANNA, changed(BEN, town="Brn"), changed(CORA, day=None), DORA, EVA)
    table = linked(pre, post).per_wave.set_index("wave")
    assert dict(table.loc["pre"]) == {
        "rows": 6, "without_code": 1, "invalid_elements": 0, "duplicates": 2, "exact": 1,
        "one_edit": 1, "one_element": 1, "two_elements": 0, "decided": 0, "ambiguous": 2,
        "unmatched": 1}
    columns = ["exact", "one_edit", "one_element", "two_elements", "decided", "ambiguous",
               "unmatched"]
    assert (table[columns].sum(axis=1) == table["rows"]).all()


def test_elements_tell_no_values() -> None:
    report = linked(wave(ANNA, BEN, changed(CORA, day="99", town=None)), wave(ANNA))
    day, _, _, town, _ = report.elements.to_dict(orient="records")
    assert [day[what] for what in ("kind", "distinct", "missing", "invalid")] == [
        "day:1-31", 2, 0, 1]
    assert [town["missing"], town["invalid"]] == [1, 0]


def test_attach_gives_the_tables_with_ids_and_without_the_code() -> None:
    pre, post = wave(ANNA, BEN, teq_1=[3, 1]), wave(BEN, ANNA, teq_1=[2, 4])
    report = linked(pre, post)
    before, after = report.attach(pre, post)
    assert list(before.columns) == ["participant", "teq_1"]
    both = before.merge(after, on="participant")
    assert set(zip(both["teq_1_x"], both["teq_1_y"], strict=True)) == {(3, 4), (1, 2)}
    assert before["participant"].is_monotonic_increasing


# --- ids ------------------------------------------------------------------------------------------


def test_ids_are_random_unless_a_seed_is_given() -> None:
    waves = wave(ANNA, BEN), wave(ANNA)
    ids = [set(link_waves(*waves, elements=ELEMENTS, seed=seed).links["participant"])
           for seed in (None, None, 4, 4, 5)]
    assert ids[2] == ids[3]
    assert not ids[0] & ids[1] and not ids[3] & ids[4]


def test_an_earlier_key_keeps_the_ids_when_a_wave_is_added() -> None:
    pre, post = wave(ANNA, BEN), wave(BEN, CORA)
    first = link_waves(pre, post, elements=ELEMENTS, names=["pre", "post"])
    third = link_waves(pre, post, wave(CORA, ANNA), elements=ELEMENTS,
                       names=["pre", "post", "later"], key=first.links)
    both = first.links.merge(third.links, on=["wave", "row"])
    assert (both["participant_x"] == both["participant_y"]).all()
    later = third.links[third.links["wave"] == "later"]["participant"].tolist()
    assert later == [first.links["participant"][3], first.links["participant"][0]]
    assert "ids_changed" not in [issue.rule for issue in third.issues]


def test_ids_that_change_are_said() -> None:
    """Two people of the earlier key turn out to be one, by a looser level."""
    pre, post = wave(ANNA, BEN), wave(changed(ANNA, day="8"))
    first = linked(pre, post, tolerance="exact")
    second = linked(pre, post, key=first.links)
    assert [issue.count for issue in second.issues if issue.rule == "ids_changed"] == [1]
    assert second.links["participant"][0] == first.links["participant"][0]


def test_an_earlier_key_of_other_files_is_refused() -> None:
    pre, post = wave(ANNA, BEN), wave(BEN)
    key = linked(pre, post).links.merge(
        pd.concat([pre.assign(wave="pre"), post.assign(wave="post")]).reset_index(names="row"),
        on=["wave", "row"])
    assert linked(pre, post, key=key).links["participant"].tolist() == key["participant"].tolist()
    with pytest.raises(DataError, match=r"wave 'pre'.*2 rows of the earlier key"):
        linked(wave(BEN, ANNA), post, key=key)
    with pytest.raises(DataError, match="no column 'row'"):
        linked(pre, post, key=key.drop(columns="row"))


# --- what is refused ------------------------------------------------------------------------------


def test_every_fault_of_the_request_is_told_at_once() -> None:
    pre = wave(ANNA).assign(participant="x")
    with pytest.raises(DataError) as fault:
        link_waves(pre, wave(ANNA).drop(columns="day"), elements=ELEMENTS | {"x": "foo"},
                   names=["a", "a"], constants=["gender"], compare=["age"], budget=0,
                   tolerance="none")
    assert sorted(issue.rule for issue in fault.value.issues) == sorted([
        "element_spelling", "wave_names", "budget", "tolerance",
        "no_column", "no_column", "no_column", "participant_taken"])


def test_every_fault_of_the_tables_is_told_at_once() -> None:
    pre = wave(ANNA, BEN, participant=["x", "y"]).set_axis([1, 1])
    with pytest.raises(DataError) as fault:
        link_waves(pre, wave(ANNA).drop(columns="day"), elements=ELEMENTS, constants=["town"],
                   compare=["siblings", "age"])
    assert sorted(issue.rule for issue in fault.value.issues) == sorted([
        "two_roles", "compared_element", "no_column", "no_column", "participant_taken",
        "row_labels"])


@pytest.mark.parametrize(("names", "right"), [
    (["pre", "post"], True), (["t0", "T0"], False), (["pre"], False), (["a/b", "c"], False),
    (["links", "post"], False), (["", "post"], False),
])
def test_names_of_waves_become_names_of_files(names: list[str], right: bool) -> None:
    if right:
        assert link_waves(wave(ANNA), wave(ANNA), elements=ELEMENTS, names=names)
        return
    with pytest.raises(DataError, match="names of the waves"):
        link_waves(wave(ANNA), wave(ANNA), elements=ELEMENTS, names=names)


def test_one_wave_and_a_wave_without_codes_are_refused() -> None:
    with pytest.raises(DataError, match="Fewer than two"):
        link_waves(wave(ANNA), elements=ELEMENTS)
    with pytest.raises(DataError, match="wave2': No row"):
        link_waves(wave(ANNA), wave((None,) * 5), elements=ELEMENTS)


def test_a_code_that_tells_nobody_apart_is_refused() -> None:
    crowd = pd.DataFrame({"a": ["x"] * 2000})
    with pytest.raises(DataError, match="tells too few people apart"):
        link_waves(crowd, crowd, elements=["a"])


def test_summary_and_html_hold_the_counts_and_no_code() -> None:
    report = linked(wave(ANNA, BEN, *OTHERS), wave(ANNA, changed(BEN, town="Brn"), *OTHERS))
    assert "5 linked, 100 % of the 5 possible" in str(report)
    assert "4 with identical codes; 1 with one slip" in str(report)
    html = report._repr_html_()
    assert "<table" in html and "5 linked" in html
    for text in (str(report), html, *(table.to_csv() for table in (
            report.elements, report.expected, report.per_wave, report.to_decide))):
        assert not any(word in text.upper() for word in ("ULM", "BERN", "GRAZ", "KIEL", "LYON"))


# --- what holds for every code --------------------------------------------------------------------

small_code = st.tuples(
    st.sampled_from(["7", "21", "12", None]), st.sampled_from(["an", "na", "jo"]),
    st.sampled_from(["3", "12"]), st.sampled_from(["Ulm", "Ulme", "Bern", None]),
    st.sampled_from(["0", "1"]))
small_wave = st.lists(st.tuples(small_code, st.sampled_from(["w", "m", None])), min_size=1,
                      max_size=8)


def made(rows: Sequence[tuple[Code, str | None]]) -> pd.DataFrame:
    return wave(*(code for code, _ in rows), gender=[gender for _, gender in rows])


def open_pairs(report: LinkReport) -> set[tuple[frozenset[tuple[str, int]], str, str]]:
    return {(frozenset({(row["wave_a"], row["row_a"]), (row["wave_b"], row["row_b"])}),
             row["level"], row["why"]) for row in report.to_decide.to_dict(orient="records")}


@settings(max_examples=25, deadline=None)
@given(small_wave, small_wave, small_wave, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    a: list[Row], b: list[Row], c: list[Row], random: object
) -> None:
    waves = [made(rows) for rows in (a, b, c)]
    mixed = [table.loc[random.sample(list(table.index), len(table))]  # type: ignore[attr-defined]
             for table in waves]
    one = linked(*waves, constants=["gender"])
    other = linked(*mixed, constants=["gender"])
    assert people(one) == people(other)
    assert open_pairs(one) == open_pairs(other)
    assert set(one.to_decide["pair"]) == set(other.to_decide["pair"])
    key = ["wave", "row"]
    assert (one.links.sort_values(key)["how"].tolist()
            == other.links.sort_values(key)["how"].tolist())


@settings(max_examples=25, deadline=None)
@given(small_wave, small_wave, st.sampled_from([0.05, 0.5, 1.0]))
def test_the_order_of_waves_does_not_matter(
    a: list[Row], b: list[Row], budget: float
) -> None:
    pre, post = made(a), made(b)
    how = {"elements": ELEMENTS, "constants": ["gender"], "budget": budget, "seed": 1}
    one = link_waves(pre, post, names=["pre", "post"], **how)  # type: ignore[arg-type]
    other = link_waves(post, pre, names=["post", "pre"], **how)  # type: ignore[arg-type]
    assert people(one) == people(other)
    assert open_pairs(one) == open_pairs(other)


@settings(max_examples=25, deadline=None)
@given(small_wave, small_wave, small_wave)
def test_nobody_has_two_rows_at_a_wave_and_links_are_as_told(
    a: list[Row], b: list[Row], c: list[Row]
) -> None:
    waves = [made(rows) for rows in (a, b, c)]
    report = linked(*waves, constants=["gender"])
    assert not report.links.duplicated(["participant", "wave"]).any()
    assert len(report.links) == sum(map(len, waves))
    sizes = report.links.groupby("participant")["wave"].transform("size")
    assert ((sizes == 1) == (report.links["how"] == "single")).all()
    assert set(report.links["how"]) <= set(LINKED)
    exact = report.links[report.links["how"] == "exact"]
    tables = dict(zip(report.names, waves, strict=True))
    for _, own in exact.groupby("participant"):
        codes = {tuple(tables[row["wave"]].loc[row["row"], list(ELEMENTS)])
                 for row in own.to_dict(orient="records")}
        assert len(codes) == 1


@settings(max_examples=25, deadline=None)
@given(small_wave, small_wave)
def test_somebody_else_never_makes_two_people_one(
    a: list[Row], b: list[Row]
) -> None:
    """A row that is far from all others changes no exact link, and makes no link of others."""
    stranger: Code = ("30", "zz", "9", "Zagreb", "9")
    pre, post = made(a), made(b)
    before = linked(pre, post, constants=["gender"], tolerance="exact")
    after = linked(pre, made([*b, (stranger, "w")]), constants=["gender"], tolerance="exact")
    new = frozenset({("post", len(b) + 2)})
    assert people(after) == people(before) | {new}


@settings(max_examples=25, deadline=None)
@given(small_wave, small_wave, small_code)
def test_one_more_row_never_makes_a_link_of_others_at_the_exact_level(
    a: list[Row], b: list[Row], code: Code
) -> None:
    """Whoever is added, those who were there are linked as before, or not any more."""
    pre = made(a)
    before = people(linked(pre, made(b), tolerance="exact"))
    after = people(linked(pre, made([*b, (code, "w")]), tolerance="exact"))
    new = ("post", len(b) + 2)
    assert all(rows in before for rows in after if len(rows) > 1 and new not in rows)


# --- the rules once more, written slowly ----------------------------------------------------------

ORDER = ["exact", "one_edit", "one_element", "two_elements"]


def is_edit(one: str, other: str) -> bool:
    """One sign changed, added or left out, or two neighbours swapped; not of a single sign."""
    if one == other or max(len(one), len(other)) < 2:
        return False
    signs = sorted({*one, *other})
    swapped = {one[:i] + one[i + 1] + one[i] + one[i + 2:] for i in range(len(one) - 1)}
    shorter = {one[:i] + one[i + 1:] for i in range(len(one))}
    put = {one[:i] + sign + one[i + skip:] for i in range(len(one) + 1) for sign in signs
           for skip in (0, 1)}
    return other in swapped | shorter | put


def level_of(a: Row, b: Row) -> tuple[str | None, bool]:
    """The level of two rows, and whether identical codes contradict in the constant."""
    agree = [x is not None and x == y for x, y in zip(a[0], b[0], strict=True)]
    against = None not in (a[1], b[1]) and a[1] != b[1]
    if all(agree):
        return "exact", against
    if against or agree.count(False) > 2:
        return None, False
    if agree.count(False) == 2:
        return ("two_elements" if a[1] is not None and a[1] == b[1] else None), False
    x, y = a[0][agree.index(False)], b[0][agree.index(False)]
    edit = x is not None and y is not None and is_edit(x.upper(), y.upper())
    return ("one_edit" if edit else "one_element"), False


def slowly(a: Sequence[Row], b: Sequence[Row], loosest: str) -> dict[tuple[int, int], str]:
    """Links as docs/linking.md words them, pair by pair."""
    edges = {(i, j): level_of(x, y) for i, x in enumerate(a) for j, y in enumerate(b)}
    used = ORDER[:ORDER.index(loosest) + 1]
    edges = {pair: what for pair, what in edges.items() if what[0] in used}
    full = [[code for code, _ in rows if None not in code] for rows in (a, b)]
    links: dict[tuple[int, int], str] = {}
    for level in used:
        rivals = used[:used.index(level) + 1]
        if level == "one_edit" and "one_element" in used:
            rivals = [*rivals, "one_element"]
        free = [pair for pair, what in edges.items() if what[0] in rivals
                and not any(pair[0] == i or pair[1] == j for i, j in links)]
        for i, j in free:
            alone = sum(p == i for p, _ in free) == 1 and sum(q == j for _, q in free) == 1
            twin = full[0].count(a[i][0]) > 1 or full[1].count(b[j][0]) > 1
            if alone and not twin and edges[i, j] == (level, False):
                links[i, j] = level
    return links


@settings(max_examples=60, deadline=None)
@given(small_wave, small_wave, st.sampled_from(ORDER))
def test_links_are_those_of_the_rules_written_slowly(
    a: list[Row], b: list[Row], loosest: str
) -> None:
    report = linked(made(a), made(b), constants=["gender"], tolerance=loosest)
    used = report.per_pair_of_waves["level"].item()
    frame = report.links.merge(report.links, on="participant")
    frame = frame[(frame["wave_x"] == "pre") & (frame["wave_y"] == "post")]
    found = {(row["row_x"] - 2, row["row_y"] - 2): row["how_x"]
             for row in frame.to_dict(orient="records")}
    assert found == slowly(a, b, used)
