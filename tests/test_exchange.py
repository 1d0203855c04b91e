"""Instruments in the formats of REDCap, FHIR and LimeSurvey, read back as those programs read."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.errors import ScoringError
from balint_research.scoring.exchange.export import Kind, export_columns, export_instrument
from balint_research.scoring.exchange.fhir import ORDINAL
from balint_research.scoring.exchange.wording import Wording
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import list_instruments, load_instrument
from balint_research.scoring.score import score

KINDS = get_args(Kind)
KEYS = [key for name in list_instruments()["id"]
        if (key := load_instrument(name)).key_status != "not_established"]
INCOMPLETE = sorted(set(list_instruments()["id"]) - {key.id for key in KEYS})
each_key = pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id)
each_kind = pytest.mark.parametrize("kind", KINDS)

AWKWARD = {
    1: "Tab\there, \"quoted\", 'single' | pipe, comma; semicolon",
    2: "first line\nsecond line\n\nfourth",
    3: "<b>bold</b> & <script>alert(1)</script> &lt;b&gt; <br />",
    4: "${x} {TOKEN:FIRSTNAME} {if(1==1, 'a', 'b')} \\{y\\}",
    5: "=1+1",
    6: "+cmd|' /C calc'!A0",
    7: "@SUM(1;2)",
    8: "-2",
    9: '"whole text in quotes, with ""doubled"" ones"',
    10: "[record_id] and [first_name][last_name]",
    11: "Ünï¢ødé 雨 🎈 \u2028 end",
    12: "back\\slash \\\" and \\t",
}

# What an export says: item -> text, item -> {code: label}.
Read = tuple[dict[int, str], dict[int, dict[int, str]]]


def number(name: str, key: Instrument) -> int:
    assert name.startswith(f"{key.id}_"), name
    return int(name.removeprefix(f"{key.id}_"))


def read_redcap(text: str, key: Instrument) -> Read:
    """As REDCap: choices split at pipes, the code before the first comma; labels are HTML."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))[1:]
    texts, options = {}, {}
    for row in rows:
        n = number(row["Variable / Field Name"], key)
        texts[n] = html.unescape(row["Field Label"])
        choices = [choice.split(",", 1) for choice in
                   row["Choices, Calculations, OR Slider Labels"].split("|")]
        options[n] = {int(code): html.unescape(label.strip()) for code, label in choices}
    return texts, options


def read_fhir(text: str, key: Instrument) -> Read:
    """As a FHIR server: the R4B model takes it, then code and display of each option."""
    items = json.loads(Questionnaire.model_validate_json(text).model_dump_json())["item"]
    texts = {number(item["linkId"], key): item["text"] for item in items}
    options = {number(item["linkId"], key): {
        int(option["valueCoding"]["code"]): option["valueCoding"]["display"]
        for option in item["answerOption"]} for item in items}
    return texts, options


def lime_rows(text: str) -> list[dict[str, str]]:
    """As LimeSurvey's TSVImportSurvey: any line end is one, and outer quotes are cut once more."""
    lines = re.sub(r"\r\n|[\n\v\f\r\x85\u2028\u2029]", "\n", text)
    rows = list(csv.DictReader(io.StringIO(lines, newline=""), delimiter="\t"))
    return [{name: cell[1:-1].replace('""', '"') if re.fullmatch('".*"', cell) else cell
             for name, cell in row.items()} for row in rows]


def shown(cell: str) -> str:
    return html.unescape(cell.replace("<br />", "\n"))


def read_limesurvey(text: str, key: Instrument) -> Read:
    """As LimeSurvey: subquestions and answers belong to the question above them."""
    columns = {column: n for n, column in export_columns(key, "limesurvey").items()}
    texts: dict[int, str] = {}
    options: dict[int, dict[int, str]] = {}
    question, items = "", list[int]()
    for row in lime_rows(text):
        if row["class"] == "Q":
            question, items = row["name"], []
        elif row["class"] == "SQ":
            items.append(columns[f"{question}[{row['name']}]"])
            texts[items[-1]], options[items[-1]] = shown(row["text"]), {}
        elif row["class"] == "A":
            for n in items:
                options[n][int(row["name"])] = shown(row["text"])
    return texts, options


READERS: dict[str, Callable[[str, Instrument], Read]] = {
    "redcap": read_redcap, "fhir": read_fhir, "limesurvey": read_limesurvey}


def expected_options(key: Instrument, n: int) -> dict[int, str]:
    others = [other.anchors for other in key.response.other_anchors if n in other.items]
    anchors = others[0] if others else key.response.anchors
    options = {code: anchors.get(str(code), str(code)) for code in key.response.codes}
    return options | ({99: "not applicable"} if key.response.not_applicable else {})


# --- what comes back -----------------------------------------------------------------------------


@each_kind
@each_key
def test_every_key_comes_back_with_its_items_and_codes(key: Instrument, kind: Kind) -> None:
    texts, options = READERS[kind](export_instrument(key, kind), key)
    assert list(texts) == sorted(key.items)
    assert options == {n: expected_options(key, n) for n in key.items}
    for n, text in texts.items():
        assert text == (f"{key.label}, item {n} ({key.items[n]}): put in the wording of the "
                        "official form; this is no item text")


@each_kind
def test_awkward_wording_comes_through_unchanged(kind: Kind) -> None:
    key = load_instrument("teq")
    mine = Wording(instrument="teq", language="de-CH", texts=AWKWARD)
    texts, options = READERS[kind](export_instrument(key, kind, wording=mine), key)
    assert {n: texts[n] for n in AWKWARD} == AWKWARD
    assert texts[13].startswith("TEQ, item 13 (")  # no wording: the placeholder
    assert options == {n: expected_options(key, n) for n in key.items}


# No control characters: `read_wording` refuses them.
any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
                   min_size=1).filter(lambda text: text.strip())
nasty = st.lists(st.sampled_from(["<b>", "{x}", "${y}", "[z]", "|", ",", '"', "\t", "\n", "=",
                                  "&amp;", "\\", "'", "&#123;", "<br />", "a"]),
                 min_size=1).map("".join)


@settings(max_examples=40)
@given(one=any_text | nasty, two=any_text | nasty)
@each_kind
def test_any_wording_comes_through_unchanged(kind: Kind, one: str, two: str) -> None:
    key = load_instrument("mbi_2item")
    mine = Wording(instrument="mbi_2item", language="en", texts={1: one, 2: two})
    texts, options = READERS[kind](export_instrument(key, kind, wording=mine), key)
    assert texts == {1: one, 2: two}
    assert options == {n: expected_options(key, n) for n in key.items}


@settings(max_examples=40)
@given(text=any_text | nasty)
def test_nothing_is_computed_or_filled_in(text: str) -> None:
    mine = Wording(instrument="mbi_2item", language="en", texts={1: text})
    redcap = list(csv.reader(io.StringIO(
        export_instrument("mbi_2item", "redcap", wording=mine), newline="")))
    structure = export_instrument("mbi_2item", "limesurvey", wording=mine)
    survey = lime_rows(structure)
    assert '"' not in structure  # so that no reader's rules for quotation marks matter
    label, question = redcap[2][4], next(row["text"] for row in survey if row["class"] == "SQ")
    assert not re.search(r"[<>\[\]]", label)
    assert not re.search(r"[<>{}\t\n]", question.replace("<br />", ""))
    cells = [cell for row in redcap for cell in row] + [c for row in survey for c in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\n"))]


def test_the_length_of_a_redcap_file_is_not_changed_by_a_text_with_lines() -> None:
    mine = Wording(instrument="teq", language="en", texts=AWKWARD)
    rows = list(csv.reader(io.StringIO(
        export_instrument("teq", "redcap", wording=mine), newline="")))
    assert {len(row) for row in rows} == {18}
    assert len(rows) == 1 + 1 + 16


# --- scored without any mapping ------------------------------------------------------------------


def extremes(key: Instrument, kind: Kind, columns: dict[int, str]) -> pd.DataFrame:
    """Everybody's lowest and highest answer, in the codes that the export offers."""
    _, options = READERS[kind](export_instrument(key, kind), key)
    codes = {n: [code for code in options[n] if code != 99] for n in options}
    return pd.DataFrame({columns[n]: [min(codes[n]), max(codes[n])] for n in codes})


# One array and several, an underscore in the id, a direction to declare, columns by content.
@pytest.mark.parametrize(("name", "kind"), [
    ("mbi_2item", "redcap"), ("olbi", "redcap"), ("cbi", "limesurvey"), ("jspppe", "limesurvey"),
    ("uwes9", "fhir")])
def test_answers_given_in_the_exported_form_are_scored(name: str, kind: Kind) -> None:
    key = load_instrument(name)
    columns = export_columns(key, kind)
    by_name = kind != "limesurvey" and key.map_columns_by == "number"
    scored = score(
        extremes(key, kind, columns), key, items="{id}_{n}" if by_name else columns,
        coding="as_printed" if key.response.must_declare else None, missing_codes=[99])
    for name, scale in key.scales.items():
        if not scale.reversed and scale.score != "criteria" and scale.recode is None:
            assert scored[f"{key.id}_{name}"].tolist() == pytest.approx(list(scale.range))


def test_not_applicable_is_no_answer() -> None:
    care = pd.DataFrame({f"care_{n}": [4, 99 if n < 3 else 4] for n in range(1, 11)})
    assert score(care, "care", missing_codes=[99])["care_total"].tolist() == [40.0, 40.0]
    text = export_instrument("care", "redcap")
    assert text.count("99 means no answer: score with missing_codes = 99") == 10
    assert "Code 99 means no answer" in export_instrument("care", "fhir")


# --- REDCap --------------------------------------------------------------------------------------


def test_the_dictionary_has_the_columns_of_redcap(shared_data: Path) -> None:
    ours = next(csv.reader(io.StringIO(export_instrument("teq", "redcap"))))
    for path in (shared_data / "messy_redcap").glob("*dictionary.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert next(csv.reader(file)) == ours


@each_key
def test_redcap_takes_the_names(key: Instrument) -> None:
    rows = list(csv.DictReader(io.StringIO(export_instrument(key, "redcap"), newline="")))
    names = [row["Variable / Field Name"] for row in rows]
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    for row in rows[1:]:
        assert re.fullmatch("[a-z][a-z0-9_]{0,25}", row["Variable / Field Name"])
        assert (row["Field Type"], row["Required Field?"], row["Form Name"]) == (
            "radio", "", key.id)


def test_neighbours_with_the_same_options_are_a_matrix() -> None:
    rows = list(csv.DictReader(io.StringIO(export_instrument("cbi", "redcap"), newline="")))
    groups = [row["Matrix Group Name"] for row in rows[1:]]
    assert groups == ["cbi_matrix1"] * 6 + ["cbi_matrix2"] * 3 + ["cbi_matrix3"] * 4 + [
        "cbi_matrix4"] * 4 + ["cbi_matrix5"] * 2
    options = {row["Matrix Group Name"]: row["Choices, Calculations, OR Slider Labels"]
               for row in rows[1:]}
    assert options["cbi_matrix1"] == (
        "0, never/almost never | 25, seldom | 50, sometimes | 75, often | 100, always")
    assert options["cbi_matrix2"].startswith("0, very low degree | 25, low degree")
    single = csv.DictReader(io.StringIO(export_instrument("mini_z_burnout", "redcap"), newline=""))
    assert [row["Matrix Group Name"] for row in single] == ["", ""]


def own_key(tmp_path: Path, name: str, old: str = "", new: str = "") -> Path:
    """The invented key of instruments/README.md under another name."""
    page = (Path(__file__).parents[1] / "instruments" / "README.md").read_text(encoding="utf-8")
    block = page.partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / f"{name}.toml"
    path.write_text(block.replace('id = "demo"', f'id = "{name}"').replace(old, new, 1)
                    if old else block.replace('id = "demo"', f'id = "{name}"'), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["two__lines", "ends_", "a" * 100])
def test_a_name_that_redcap_refuses_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScoringError, match="REDCap does not take the field name"):
        export_instrument(own_key(tmp_path, name), "redcap")


def test_an_anchor_with_a_pipe_stays_one_choice(tmp_path: Path) -> None:
    path = own_key(tmp_path, "mine", '1 = "seldom"', '1 = "now | then, <seldom>"')
    key = load_instrument(path)
    for kind in KINDS:
        _, options = READERS[kind](export_instrument(path, kind), key)
        assert options[1] == {0: "never", 1: "now | then, <seldom>", 2: "sometimes", 3: "often",
                              4: "always"}


# --- FHIR ----------------------------------------------------------------------------------------


@each_key
def test_the_questionnaire_is_valid_fhir(key: Instrument) -> None:
    form = json.loads(export_instrument(key, "fhir"))
    model = Questionnaire.model_validate(form)
    assert (form["resourceType"], model.status, model.title) == (
        "Questionnaire", "draft", key.name)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", form["url"])
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", form["id"])
    assert re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", form["name"])
    assert key.rights.holder in form["copyright"]
    for item in form["item"]:
        assert (item["type"], f"{key.id}_{item['prefix']}") == ("choice", item["linkId"])
        assert [option["extension"][0] for option in item["answerOption"][:len(
            key.response.codes)]] == [
            {"url": ORDINAL, "valueDecimal": code} for code in key.response.codes]


def test_no_answer_has_no_ordinal_value() -> None:
    option = json.loads(export_instrument("care", "fhir"))["item"][0]["answerOption"][-1]
    assert option == {"valueCoding": {"code": "99", "display": "not applicable"}}


def test_names_are_the_same_every_time_and_differ_between_instruments() -> None:
    urls = [json.loads(export_instrument(key, "fhir"))["url"] for key in KEYS]
    assert len(set(urls)) == len(KEYS)
    assert json.loads(export_instrument("teq", "fhir"))["url"] == urls[
        [key.id for key in KEYS].index("teq")]


# --- LimeSurvey ----------------------------------------------------------------------------------


@each_key
def test_limesurvey_takes_the_structure(key: Instrument) -> None:
    rows = lime_rows(export_instrument(key, "limesurvey"))
    assert [row["class"] for row in rows[:4]] == ["S", "SL", "G", "Q"]
    assert (rows[0]["name"], rows[0]["text"]) == ("language", "en")
    assert (rows[1]["name"], shown(rows[1]["text"])) == ("surveyls_title", key.name)
    questions = [row for row in rows if row["class"] == "Q"]
    assert {row["type/scale"] for row in questions} == {"F"}
    assert len({row["name"] for row in questions}) == len(questions)
    for row in questions:
        assert re.fullmatch("[a-zA-Z][a-zA-Z0-9]{0,19}", row["name"])
    for row in rows:
        if row["class"] in ("SQ", "A"):
            assert re.fullmatch("[a-zA-Z0-9]{1,5}", row["name"])
        assert row["language"] == "en"


def test_the_columns_of_a_limesurvey_export() -> None:
    assert export_columns("teq", "limesurvey")[16] == "teq[16]"
    assert export_columns("mbi_hss", "limesurvey")[3] == "mbihss[3]"
    assert {column.split("[")[0] for column in export_columns("cbi", "limesurvey").values()} == {
        f"cbip{k}" for k in range(1, 6)}
    assert export_columns("mbi_hss", "redcap")[3] == "mbi_hss_3"


def test_codes_that_limesurvey_cannot_store_are_told(tmp_path: Path) -> None:
    path = own_key(tmp_path, "mine")
    text = path.read_text(encoding="utf-8").partition("[coding_variants")[0]
    text = text.replace("[0, 1, 2, 3, 4]", "[-2, -1, 0, 1, 2]").replace("[0, 20]", "[-10, 10]")
    text = text.replace("[0, 4]", "[-2, 2]")
    text = re.sub("anchors = .*", "", text) + (
        '[rights]\nstatus = "public_domain"\nwording_redistributable = "allowed"\n'
        'holder = "nobody"\nobtain_from = "nowhere"\n'
        '[evidence]\ndisagreements = "none"\nsources = [{what = "invented"}]\n')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScoringError, match="LimeSurvey cannot store these codes of DEMO: -1, -2"):
        export_instrument(path, "limesurvey")
    assert read_redcap(export_instrument(path, "redcap"), load_instrument(path))[1][1] == {
        code: str(code) for code in (-2, -1, 0, 1, 2)}


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", INCOMPLETE)
def test_a_key_that_is_not_established_is_refused(name: str) -> None:
    key = load_instrument(name)
    with pytest.raises(ScoringError) as told:
        export_instrument(name, "fhir")
    assert str(told.value) == (
        f"{key.label} ({name}) has no established key, so its items cannot be numbered. Complete "
        f"the key from the official source first ({key.rights.obtain_from}): `balint instruments "
        f"{name} --complete DIR` writes the template.")


def test_a_mistyped_format_is_refused() -> None:
    with pytest.raises(ScoringError) as told:
        export_instrument("teq", "redcat")  # type: ignore[arg-type]
    assert str(told.value) == ("There is no format 'redcat'. Allowed: 'redcap', 'fhir', "
                               "'limesurvey'. Did you mean 'redcap'?")


@pytest.mark.parametrize(("wording", "words"), [
    (Wording(instrument="who5", language="en", texts={1: "a"}),
     "The wording is of 'who5', the key is 'teq'. Read the wording of this questionnaire."),
    (Wording(instrument="teq", language="en", texts={0: "a", 17: "b"}),
     "The wording names items that TEQ does not have: 0, 17. Allowed: 1 to 16."),
    ({1: "a"}, "`wording` must be what `read_wording` gives, or None."),
])
def test_wording_that_does_not_fit_is_refused(wording: Wording, words: str) -> None:
    with pytest.raises(ScoringError) as told:
        export_instrument("teq", "redcap", wording=wording)
    assert str(told.value) == words
