"""REDCap dictionaries to proposals for study.toml: what is recognised, told, and left undecided.

All field labels here are invented; none may show in a proposal.
"""

import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest

from balint_research.errors import DataError, ScoringError, StudyError
from balint_research.scoring.exchange.export import export_instrument
from balint_research.scoring.exchange.propose import COLUMNS, propose_items
from balint_research.scoring.library import list_instruments, load_instrument
from balint_research.scoring.score import score
from balint_research.study.study import Study, read_study

LABEL = "Zebras are invented"
OFTEN = ["never", "rarely", "sometimes", "often", "always"]
AGREE = ["strongly agree", "agree", "disagree", "strongly disagree"]


def choices(labels: Sequence[str], first: int = 0) -> str:
    return " | ".join(f"{code}, {label}" for code, label in enumerate(labels, first))


PLAIN = choices([""] * 7)
TEQ = choices(OFTEN)


def dictionary(
    names: Sequence[str], options: str | Sequence[str] = PLAIN, form: str = "survey",
    kind: str = "radio",
) -> pd.DataFrame:
    """A dictionary as REDCap's API gives it."""
    return pd.DataFrame({
        "field_name": names, "form_name": form, "section_header": "", "field_type": kind,
        "field_label": LABEL, "select_choices_or_calculations": options})


def numbered(pattern: str, count: int, first: int = 1) -> list[str]:
    return [pattern.format(n=n) for n in range(first, first + count)]


def proposed(frame: pd.DataFrame, name: str) -> pd.Series:
    """The one proposal for an instrument; no label shows in it."""
    found = propose_items(frame)
    assert LABEL not in found.to_csv()
    rows = found[found["instrument"] == name]
    assert len(rows) == 1, found[["instrument", "items"]]
    return rows.iloc[0]


def read(tmp_path: Path, toml: object, outcome: str) -> Study:
    """The proposal pasted into a study."""
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\ntitle = "t"\ndesign = "single_group"\nwaves = ["a", "b"]\n'
        f'primary_outcome = "{outcome}"\n[files]\nresponses = "r.csv"\n{toml}\n',
        encoding="utf-8")
    return read_study(path)


# --- our own exports -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything() -> pd.DataFrame:
    """A project that holds every questionnaire of the package."""
    keys = [load_instrument(name) for name in list_instruments()["id"]]
    return pd.concat([
        pd.read_csv(io.StringIO(export_instrument(key, "redcap")), dtype="str")
        for key in keys if key.key_status != "not_established"])


def test_every_export_gives_itself_back(everything: pd.DataFrame) -> None:
    found = propose_items(everything).set_index("instrument")
    assert sorted(found.index) == sorted(set(everything["Form Name"]))
    for name, row in found.iterrows():
        key = load_instrument(str(name))
        by_content = key.map_columns_by == "content"
        assert row["items"] == (None if by_content else f"{name}_{{n}}")
        assert row["coding"] == ("as_printed" if key.response.must_declare else None)
        assert row["already_reversed"] is False
        assert row["missing_codes"] == ((99,) if key.response.not_applicable else ())
        assert (row["matched"], row["n_items"]) == (
            0 if by_content else len(key.items), len(key.items))
        told = row["confidence"] == "high" or by_content or not key.response.anchors
        assert told, (name, row["evidence"])


def test_one_export_alone_gives_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.csv"
    path.write_text(export_instrument("cbi", "redcap"), encoding="utf-8-sig")
    found = propose_items(path)
    assert list(found.columns) == COLUMNS
    assert found["instrument"].tolist() == ["cbi"]
    assert found["evidence"].iloc[0] == (
        "19 fields for 19 items; the field names hold the id or abbreviation; the form's name "
        "holds the id or abbreviation; the codes of the choices are the key's (0, 25, 50, 75, "
        "100); the labels of the choices agree with the key's anchors (19 of 19 fields); the form "
        "exists in another order, 'article_2005' (order of the 2005 journal article: work block "
        "starts with the frequency items, the reversed item is number 10; client items 15 and 16 "
        "swapped): compare, and declare `item_order` if it is that one")


def test_a_proposal_can_be_given_to_score(everything: pd.DataFrame) -> None:
    row = propose_items(everything, "olbi").iloc[0]
    answers = pd.DataFrame({f"olbi_{n}": [1, 4] for n in range(1, 17)})
    scored = score(answers, row["instrument"], items=row["items"], coding=row["coding"],
                   already_reversed=row["already_reversed"], missing_codes=row["missing_codes"])
    assert scored["olbi_exhaustion"].notna().all()


def test_the_headings_of_the_download_and_of_the_api_say_the_same(tmp_path: Path) -> None:
    text = export_instrument("who5", "redcap")
    path = tmp_path / "dictionary.csv"
    path.write_text(text, encoding="utf-8")
    api = dictionary(numbered("who5_{n}", 5), pd.read_csv(io.StringIO(text)).iloc[1:, 5].tolist(),
                     form="who5")
    pd.testing.assert_frame_equal(propose_items(path), propose_items(api))


# --- how fields are named ------------------------------------------------------------------------


@pytest.mark.parametrize(("names", "items"), [
    (numbered("mbi_{n}", 22), "mbi_{n}"),
    (numbered("mbi{n:02}", 22), "mbi{n:02}"),
    (numbered("q{n}_mbi", 22), "q{n}_mbi"),
    (numbered("pre_mbi_hss_{n}_v2", 22), "pre_mbi_hss_{n}_v2"),
    (numbered("mbihss{n:03}", 22), "mbihss{n:03}"),
])
def test_names_that_follow_a_pattern(names: list[str], items: str) -> None:
    row = proposed(dictionary(names), "mbi_hss")
    assert (row["items"], row["matched"], row["confidence"]) == (items, 22, "medium")


def test_the_order_of_the_dictionary_does_not_matter() -> None:
    frame = dictionary(numbered("mbi_{n}", 22)).sample(frac=1, random_state=1)
    assert proposed(frame, "mbi_hss")["items"] == "mbi_{n}"


def test_a_number_in_the_id_is_no_item_number() -> None:
    frame = pd.concat([dictionary(numbered("who5_{n}", 5), choices([""] * 6)),
                       dictionary(numbered("phq_{n}", 9), choices([""] * 4)),
                       dictionary(numbered("gad7_{n:02}", 7), choices([""] * 4))])
    found = propose_items(frame)
    assert sorted(zip(found["instrument"], found["items"], strict=True)) == [
        ("gad7", "gad7_{n:02}"), ("phq9", "phq_{n}"), ("who5", "who5_{n}")]


def test_the_form_may_name_it_and_the_numbers_count() -> None:
    row = proposed(dictionary(numbered("q{n}", 20), choices([""] * 7, 1), form="jse_s_t0"), "jse_s")
    assert (row["items"], row["confidence"]) == ("q{n}", "medium")
    assert "the form's name holds the id or abbreviation" in str(row["evidence"])
    assert "jse_hp would have as many items and the same codes" in str(row["evidence"])


def test_numbers_that_start_elsewhere_are_taken_in_order_with_a_warning() -> None:
    names = numbered("q{n}", 22, first=10)
    row = proposed(dictionary(names, form="mbi_hss"), "mbi_hss")
    assert (row["items"], row["confidence"]) == (names, "low")
    assert "WARNING: the numbers of the names are not those of the items" in str(row["evidence"])


def test_names_without_numbers_are_taken_in_order_with_a_warning() -> None:
    names = [f"item_{letter}" for letter in "abcdefg"]
    row = proposed(dictionary(names, choices([""] * 4), form="gad7"), "gad7")
    assert (row["items"], row["confidence"]) == (names, "low")
    assert "WARNING: the names carry no item numbers" in str(row["toml"])


def test_an_extra_question_and_a_missing_item_are_told() -> None:
    row = proposed(dictionary(numbered("phq9_{n}", 10), choices([""] * 4)), "phq9")
    assert (row["items"], row["matched"], row["confidence"]) == ("phq9_{n}", 9, "low")
    assert "goes on beyond the items: phq9_10" in str(row["evidence"])
    row = proposed(dictionary(numbered("phq9_{n}", 7, first=3), choices([""] * 4)), "phq9")
    assert (row["matched"], row["confidence"]) == (7, "low")
    assert "WARNING: no field for the items 1, 2" in str(row["evidence"])


def test_fillers_may_be_left_out() -> None:
    scored = load_instrument("eq40").scored_items
    row = proposed(dictionary([f"eq40_{n}" for n in scored], choices([""] * 4, 1)), "eq40")
    assert (row["items"], row["matched"], row["n_items"]) == ("eq40_{n}", 40, 60)


def test_numbers_in_tens_and_the_beginning_of_an_id_are_known() -> None:
    """NHANES calls the items of the PHQ-9 DPQ010 to DPQ090."""
    names = [f"DPQ0{n}0" for n in range(1, 10)]
    row = proposed(dictionary(names, choices([""] * 4)), "phq9")
    assert (row["items"], row["matched"]) == ("DPQ{n:02}0", 9)
    row = proposed(dictionary(numbered("kjeld{n}", 10), choices([""] * 5)), "pss10")
    assert row["confidence"] == "low"  # no key of ten items is called so: only number and codes
    row = proposed(dictionary(numbered("cdris{n}", 10), choices([""] * 5)), "cdrisc10")
    assert "the field names hold the beginning of its id only" in str(row["evidence"])


@pytest.mark.parametrize("waves", [2, 5, 6])
@pytest.mark.parametrize("pattern", ["who5_{n}_t{wave}", "t{wave}_who5_{n}"])
def test_waves_as_columns_are_told(pattern: str, waves: int) -> None:
    names = [pattern.format(n=n, wave=wave) for wave in range(waves) for n in range(1, 6)]
    found = propose_items(dictionary(names, choices([""] * 6)))
    assert found["items"].tolist() == [
        pattern.format(n="{n}", wave=wave) for wave in range(waves)]
    more = "1 more set" if waves == 2 else f"{waves - 1} more sets"
    assert all(f"{more} of fields could be the same questionnaire" in text
               for text in found["evidence"])


def test_one_item_is_proposed_by_its_own_name_only() -> None:
    five = choices([""] * 5, 1)
    assert proposed(dictionary(["mini_z_burnout_1"], five), "mini_z_burnout")["matched"] == 1
    assert propose_items(dictionary(["mini_1", "burnout_1"], five)).empty


def test_checkboxes_and_texts_are_no_items() -> None:
    for kind in ("checkbox", "calc", "notes", "descriptive"):
        assert propose_items(dictionary(numbered("teq_{n}", 16), TEQ, kind=kind)).empty


# --- how the answers are stored ------------------------------------------------------------------


def coded(options: str, name: str = "teq", count: int = 16) -> pd.Series:
    return proposed(dictionary(numbered(f"{name}_{{n}}", count), options), name)


def test_a_shift_is_proposed_as_the_lowest_and_highest_code() -> None:
    row = coded(choices(AGREE, 0), "gse", 10)
    assert (row["coding"], row["confidence"]) == ({"min": 0, "max": 3}, "medium")
    assert "coding = {min = 0, max = 3}" in str(row["toml"])


def test_a_verified_coding_is_named() -> None:
    row = coded(choices(OFTEN, 1))
    assert (row["coding"], row["confidence"]) == ("coded_1_5", "high")
    assert "the verified coding 'coded_1_5' has these stored codes" in str(row["evidence"])


def test_anchors_in_reverse_order_are_warned_of_and_not_decided() -> None:
    row = coded(choices(OFTEN[::-1]))
    assert (row["coding"], row["confidence"]) == ("?", "low")
    assert ("WARNING: the labels of the choices run the other way than the key's anchors, and no "
            "coding of the key is stored so") in str(row["evidence"])
    assert 'coding = "?"  # one of: "as_printed"' in str(row["toml"])


def test_a_verified_coding_explains_reversed_anchors() -> None:
    row = coded(choices(AGREE[::-1], 1), "olbi", 16)
    assert (row["coding"], row["confidence"]) == ("disagree_first", "low")
    assert ("WARNING: the choices are stored the other way round than the key's codes; coding "
            '"disagree_first" turns them') in str(row["toml"])


def test_labels_decide_between_two_codings_and_without_them_nothing_does() -> None:
    always = ["always", "often", "sometimes", "seldom", "never/almost never"]
    assert coded(choices(always[::-1], 1), "cbi", 19)["coding"] == "coded_1_5"
    assert coded(choices(always, 1), "cbi", 19)["coding"] == "coded_1_5_always_first"
    row = coded(choices([""] * 5, 1), "cbi", 19)
    assert (row["coding"], row["confidence"]) == ("?", "low")
    assert 'coding = "?"  # one of: "coded_1_5", "coded_1_5_always_first"' in str(row["toml"])


def test_a_direction_that_must_be_declared_is_never_assumed() -> None:
    assert coded(choices(AGREE, 1), "olbi")["coding"] == "as_printed"
    row = coded(choices(["a", "b", "c", "d"], 1), "olbi")
    assert (row["coding"], row["confidence"]) == ("?", "low")
    assert 'one of: "as_printed", "disagree_first"' in str(row["toml"])


def test_a_shift_and_a_turned_coding_of_the_same_codes_are_not_confused() -> None:
    """WHO-5 stored 1 to 6: a verified coding runs the other way, a plain shift does not."""
    row = coded(choices([""] * 6, 1), "who5", 5)
    assert row["coding"] == "?"
    assert '"printed_left_to_right_1_6", {min = 1, max = 6}' in str(row["toml"])


def test_choices_turned_for_some_items_are_warned_of() -> None:
    turned = load_instrument("teq").reversed_anywhere
    options = [choices(OFTEN) if n not in turned else
               " | ".join(f"{4 - code}, {label}" for code, label in enumerate(OFTEN))
               for n in range(1, 17)]
    row = coded(options, count=16)  # type: ignore[arg-type]
    assert (row["coding"], row["already_reversed"], row["confidence"]) == (None, "?", "low")
    numbers = ", ".join(map(str, turned))
    assert (f"WARNING: the choices of items {numbers} run the other way than those of the other "
            "items: stored reversed already, or mislabelled (they are just the items that the key "
            "reverses)") in str(row["evidence"])


@pytest.mark.parametrize(("options", "missing"), [
    (f"{choices(OFTEN)} | 9, Prefer not to answer", (9,)),
    (f"{choices(OFTEN)} | 5, <i>N/A</i>", (5,)),
    (f"{choices(OFTEN)} | 99, x | -1, y", (-1, 99)),
])
def test_codes_for_no_answer_are_proposed(options: str, missing: tuple[int, ...]) -> None:
    row = coded(options)
    assert (row["coding"], row["missing_codes"]) == (None, missing)
    assert f"missing_codes = {list(missing)}" in str(row["toml"])


@pytest.mark.parametrize("options", [
    choices([""] * 4), choices([""] * 10), choices(OFTEN) + " | 5, very often",
    "a, never | b, always", "0, never | 10, rarely | 11, sometimes | 12, often | 13, always",
])
def test_codes_that_do_not_fit_are_undecided(options: str) -> None:
    row = coded(options)
    assert (row["coding"], row["confidence"]) == ("?", "low")
    assert 'coding = "?"  # how answers are stored' in str(row["toml"])


def test_fields_with_different_codes_are_undecided() -> None:
    row = coded([TEQ] * 15 + [choices(OFTEN, 1)])  # type: ignore[arg-type]
    assert row["coding"] == "?"
    assert "the fields have 2 different sets of codes" in str(row["evidence"])


def test_typed_numbers_have_codes_where_they_have_bounds() -> None:
    frame = dictionary(numbered("teq_{n}", 16), "", kind="text").assign(
        text_validation_type_or_show_slider_number="integer", text_validation_min="1",
        text_validation_max="5")
    assert proposed(frame, "teq")["coding"] == "coded_1_5"
    row = proposed(frame.assign(text_validation_min=""), "teq")
    assert (row["coding"], row["confidence"]) == ("?", "low")
    assert propose_items(frame.assign(
        text_validation_type_or_show_slider_number="date_ymd")).empty


# --- ambiguity -----------------------------------------------------------------------------------


def test_two_questionnaires_that_only_the_form_can_tell() -> None:
    found = propose_items(dictionary(numbered("jse_{n}", 20), choices([""] * 7, 1)))
    assert found["instrument"].tolist() == ["jse_hp", "jse_s"]
    assert found["confidence"].tolist() == ["low", "low"]
    assert "the same fields could be jse_s; only the form can tell" in found["evidence"].iloc[0]
    assert "the same fields could be jse_hp; only the form can tell" in found["evidence"].iloc[1]


def test_without_a_name_all_that_fit_are_told_and_none_is_decided() -> None:
    found = propose_items(dictionary(numbered("q{n}", 10), choices([""] * 5)))
    assert set(found["confidence"]) == {"low"}
    assert {"cdrisc10", "pss10", "k10"} <= set(found["instrument"])
    assert all("neither field names nor form name it" in text for text in found["evidence"])
    assert propose_items(dictionary(numbered("q{n}", 10), choices([""] * 12))).empty


def test_the_clearer_name_wins() -> None:
    found = propose_items(dictionary(numbered("jse_hp_{n}", 20), choices([""] * 7, 1)))
    assert found["instrument"].tolist() == ["jse_hp"]


def test_only_the_questionnaires_asked_for() -> None:
    frame = dictionary(numbered("q{n}", 10), choices([""] * 5))
    assert propose_items(frame, ["pss10", "bipm"])["instrument"].tolist() == ["pss10"]
    with pytest.raises(ScoringError, match="There is no instrument 'pss11'"):
        propose_items(frame, ["pss11"])


# --- the proposal as part of a study -------------------------------------------------------------


def test_a_decided_proposal_reads_as_a_study(tmp_path: Path) -> None:
    row = coded(f"{choices(OFTEN, 1)} | 99, no answer")
    use = read(tmp_path, row["toml"], "teq.total").instruments["teq"]
    assert (use.items, use.coding, use.missing_codes) == ("teq_{n}", "coded_1_5", (99,))


def test_lists_and_tables_of_columns_read_as_a_study(tmp_path: Path) -> None:
    names = numbered("q{n}", 22, first=10)
    row = proposed(dictionary(names, form="mbi_hss"), "mbi_hss")
    study = read(tmp_path, row["toml"], "mbi_hss.emotional_exhaustion")
    assert study.instruments["mbi_hss"].items == tuple(names)


def test_what_is_undecided_is_refused_by_the_study(tmp_path: Path) -> None:
    row = coded(choices([""] * 5, 1), "cbi", 19)
    with pytest.raises(StudyError, match=r"CBI has no coding '\?'"):
        read(tmp_path, row["toml"], "cbi.work")
    with pytest.raises(StudyError, match=r"instruments.teq.already_reversed: must be"):
        read(tmp_path, '[instruments.teq]\nalready_reversed = "?"', "teq.total")


def test_what_is_undecided_is_refused_by_score() -> None:
    answers = pd.DataFrame({f"teq_{n}": [1] for n in range(1, 17)})
    with pytest.raises(ScoringError, match=r"TEQ has no coding '\?'"):
        score(answers, "teq", coding="?")
    with pytest.raises(ScoringError, match="names items that TEQ does not have"):
        score(answers, "teq", already_reversed="?")  # type: ignore[arg-type]


def test_columns_to_be_matched_by_content_are_listed_and_never_numbered(tmp_path: Path) -> None:
    row = proposed(dictionary(numbered("gcs7_{n}", 7), choices([""] * 5, 1)), "gcs7")
    assert (row["items"], row["matched"], row["confidence"]) == (None, 0, "low")
    table = tomllib.loads(str(row["toml"]))["instruments"]["gcs7"]["items"]
    assert table == {str(n): "?" for n in range(1, 8)}
    assert "# columns to be matched: gcs7_1, gcs7_2," in str(row["toml"])
    answers = pd.DataFrame({f"gcs7_{n}": [1] for n in range(1, 8)})
    with pytest.raises(DataError):
        score(answers, "gcs7", items={int(n): name for n, name in table.items()})


# --- dictionaries --------------------------------------------------------------------------------


def test_real_dictionaries_without_questionnaires_give_none(shared_data: Path) -> None:
    paths = sorted((shared_data / "messy_redcap").glob("*dictionary.csv"))
    assert len(paths) == 5
    for path in paths:
        assert propose_items(path).empty


def test_a_questionnaire_inside_a_real_dictionary_is_found(shared_data: Path) -> None:
    real = pd.read_csv(shared_data / "messy_redcap" / "longitudinal__dictionary.csv", dtype="str")
    ours = pd.read_csv(io.StringIO(export_instrument("phq9", "redcap")), dtype="str").iloc[1:]
    found = propose_items(pd.concat([real, ours]))
    assert found[["instrument", "items", "confidence"]].to_dict("records") == [
        {"instrument": "phq9", "items": "phq9_{n}", "confidence": "high"}]


@pytest.mark.parametrize(("old", "new"), [
    ("Choices, Calculations, OR Slider Labels", "Choices OR Calculations"),
    ("Variable / Field Name", " variable / field name "),
])
def test_headings_of_other_versions_are_known(old: str, new: str) -> None:
    frame = pd.read_csv(io.StringIO(export_instrument("teq", "redcap")), dtype="str")
    assert propose_items(frame.rename(columns={old: new}))["instrument"].tolist() == ["teq"]


def test_a_file_that_is_no_dictionary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("record_id,Form Name\n1,secret\n", encoding="utf-8")
    with pytest.raises(DataError) as told:
        propose_items(path)
    assert [(issue.rule, issue.column) for issue in told.value.issues] == [
        ("redcap_columns", "Variable / Field Name"), ("redcap_columns", "Field Type"),
        ("redcap_columns", "Choices, Calculations, OR Slider Labels")]
    assert str(told.value.issues[0]) == (
        "data.csv, column 'Variable / Field Name': The column is missing, or stands there more "
        "than once. Allowed: 'Variable / Field Name', or 'field_name' as the API writes it. "
        "Download the data dictionary from REDCap again. [redcap_columns]")
    with pytest.raises(DataError, match="The file does not exist"):
        propose_items(tmp_path / "nowhere.csv")


def test_no_label_and_no_choice_of_the_dictionary_shows() -> None:
    hidden: Mapping[str, str] = {
        "field_label": "Secretlabel", "section_header": "Secretheader",
        "field_note": "Secretnote", "field_annotation": "Secretannotation"}
    frame = dictionary(numbered("teq_{n}", 16), choices([f"Secretchoice{i}" for i in range(5)]))
    found = propose_items(frame.assign(**hidden))
    assert len(found) == 1
    assert not re.search("secret", found.to_csv(), re.IGNORECASE)
