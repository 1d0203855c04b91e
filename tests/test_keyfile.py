"""Key files: every fault at once, each with its path; nothing lax."""

import re
from pathlib import Path

import pytest

from balint_research.errors import KeyFileError, ScoringError
from balint_research.scoring.keyfile import read_key
from balint_research.scoring.library import load_instrument, shipped

GOOD = """
id = "demo"
name = "A demonstration"
construct = "empathy"
respondent = "self"
intended_for = "nobody"
version = "1"
key_status = "established"
confidence = "low"
citation = "none"

[response]
codes = [0, 1, 2, 3, 4]

[items]
1 = "first"
2 = "second"
3 = "third"

[scales.total]
name = "Total"
items = [1, 2, 3]
reversed = [2]
score = "sum"
range = [0, 12]
higher_means = "better"

[missing]
rule = "none published"

[band_sets.demo]
source = "none"
bands.total = [
  {label = "low", low = 0, high = 5},
  {label = "high", low = 6, high = 12},
]

[[examples]]
answers = [4, 0, 4]
scores = {total = 12}
kind = "derived"
source = "follows from the key"

[rights]
status = "unclear"
wording_redistributable = "unclear"
holder = "nobody"
obtain_from = "nowhere"

[evidence]
disagreements = "none"
sources = [{what = "none"}]
"""


def written(tmp_path: Path, text: str, name: str = "demo") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """The lines of the error after replacing parts of the good key file."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    with pytest.raises(KeyFileError) as caught:
        load_instrument(written(tmp_path, text))
    return [line.strip() for line in str(caught.value).splitlines()]


def test_the_good_key_loads_and_its_example_runs(tmp_path: Path) -> None:
    assert load_instrument(written(tmp_path, GOOD)).scales["total"].reversed == (2,)


def test_faults_of_type_come_first_and_all_at_once(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        ('higher_means = "better"', 'higher_means = "good"\nsecondary = "no"'),
        ("items = [1, 2, 3]", 'items = [1, 2, "3"]\nitem = 1'),
        ("range = [0, 12]", "range = [0, 11]"),  # a fault of meaning waits its turn
        ('id = "demo"\n', ""),
    ) == [
        "demo.toml: 5 faults in this key file.",
        "id: is missing",
        "scales.total.items[2]: must be a whole number",
        "scales.total.higher_means: must be one of 'better', 'worse' or 'neutral'",
        "scales.total.secondary: must be true or false (without quotes)",
        "scales.total.item: is not a known key; did you mean 'items'?",
    ]


def test_faults_of_meaning_come_all_at_once(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        ('id = "demo"', 'id = "other"'),
        ("reversed = [2]", "reversed = [2, 22]\nmin_answered = 9"),
        ("range = [0, 12]", "range = [0, 15]"),
        ('3 = "third"', '3 = "this gist is far too long"'),
        ('{label = "high", low = 6, high = 12}', '{label = "high", low = 5, high = 16}'),
        ("answers = [4, 0, 4]", "answers = [4, 0]"),
    ) == [
        "demo.toml: 8 faults in this key file.",
        "id: must be the name of the file ('demo')",
        "items.3: a gist has one to 5 words, this has 6 (key files hold no item wording)",
        "scales.total.reversed[1]: 22 is not an item of this scale (items 1, 2, 3)",
        "scales.total.min_answered: must be 1 to 3, the number of items",
        "scales.total.range: the items and codes give 0 to 12, the file says 0 to 15; one of "
        "them is wrong",
        "band_sets.demo.bands.total[1]: lies outside the scale (0 to 15)",
        "band_sets.demo.bands.total[1]: overlaps the band before it",
        "examples[0].answers: has 2 answers, the key has 3 items",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("codes = [0, 1, 2, 3, 4]", "codes = [0, 1, 3]",
         "response.codes: must be evenly spaced"),
        ("codes = [0, 1, 2, 3, 4]", "codes = [4, 3, 2, 1, 0]",
         "response.codes: must be at least two codes, each once, from low to high"),
        ("codes = [0, 1, 2, 3, 4]", 'codes = [0, 1, 2, 3, 4]\nanchors = {7 = "always"}',
         "response.anchors.7: is not a code (codes 0, 1, 2, 3, 4)"),
        ("codes = [0, 1, 2, 3, 4]", "codes = [0, 1, 2, 3, 4]\nmust_declare = true",
         "response.must_declare: needs at least one entry in coding_variants to choose from"),
        ("items = [1, 2, 3]", "items = [1, 2, 3, 4]",
         "scales.total.items[3]: 4 is not an item (items 1-3)"),
        ("items = [1, 2, 3]", "items = [1, 2, 2]",
         "scales.total.items: 2 stands there more than once"),
        ("items = [1, 2, 3]", "items = []", "scales.total.items: a scale needs at least one item"),
        ('3 = "third"', '4 = "third"', "items: must be numbered 1 to 3 without gaps"),
        ('3 = "third"', '03 = "third"',
         "items.03: the number must be written 3, without leading zeros"),
        ('score = "sum"', 'score = "mean"\nmultiply = 2',
         "scales.total.multiply: must be above 0 and belongs to score = 'sum' only"),
        ('score = "sum"', 'score = "sum"\nrecode = {0 = 0, 1 = 1}',
         "scales.total.recode: must give a value for each code (0, 1, 2, 3, 4)"),
        ('score = "sum"', 'score = "criteria"',
         "scales.total.criteria: belongs to score = 'criteria', and only there"),
        ("bands.total", "bands.totl", "band_sets.demo.bands.totl: is not a scale of this key "
         "(scales total)"),
        ("answers = [4, 0, 4]", "answers = [4, 0, 9]",
         "examples[0].answers: answers must be codes or 'none'"),
        ("scores = {total = 12}", "scores = {sum = 12}",
         "examples[0].scores.sum: is not a scale of this key"),
        ("[rights]", "[coding_variants.as_printed]\nwhat = \"x\"\ncodes = {1 = 0, 2 = 1, 3 = 2, "
         "4 = 3, 5 = 3}\nhow_to_tell = \"x\"\nsource = \"x\"\n\n[rights]",
         "coding_variants.as_printed: 'as_printed' is reserved for the coding of the key itself"),
        ("[rights]", "[item_order_variants.o]\nwhat = \"x\"\nkind = \"other_order\"\n"
         "here = [1, 2]\nthere = [2, 3]\neffect = \"scores_change\"\nsource = \"x\"\n\n[rights]",
         "item_order_variants.o.there: another order has the same numbers as 'here', otherwise "
         "arranged"),
        ('key_status = "established"', 'key_status = "not_established"',
         "scales: must be empty while key_status is 'not_established'"),
        ("[missing]", "[missing]\nmin_answered_form = 4",
         "missing.min_answered_form: must be 1 to 3, the number of items"),
    ],
)  # fmt: skip
def test_each_fault_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in faults(tmp_path, (old, new))


def test_a_wrong_worked_example_of_an_own_key_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, ("scores = {total = 12}", "scores = {total = 8}")) == [
        "demo.toml: 1 worked example and the key do not agree; check both against the official "
        "source.",
        "examples[0].scores.total: the key gives 12, the example says 8",
    ]


def test_a_file_that_is_not_toml_or_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=re.escape("demo.toml: 1 fault in this key file.")):
        read_key(written(tmp_path, "id = "))
    with pytest.raises(KeyFileError, match="the file does not exist"):
        load_instrument(tmp_path / "absent.toml")


def test_an_own_key_in_the_study_folder_comes_first(tmp_path: Path) -> None:
    own = (shipped("instruments") / "who5.toml").read_text(encoding="utf-8")
    written(tmp_path, own.replace('name = "WHO-Five', 'name = "Our WHO-Five'), "who5")
    assert load_instrument("who5", tmp_path).name == "Our WHO-Five Well-Being Index"
    assert load_instrument("who5").name == "WHO-Five Well-Being Index"
    assert load_instrument("teq", tmp_path).id == "teq"


def test_an_unknown_instrument_names_the_nearest() -> None:
    with pytest.raises(ScoringError) as caught:
        load_instrument("mbi_hs")
    assert str(caught.value) == (
        "There is no instrument 'mbi_hs'. Did you mean 'mbi_hss'? `balint instruments` lists all."
    )


# --- thirty faults at once -----------------------------------------------------------------------

THIRTY_OF_TYPE = """
id = 7
name = ["A demonstration"]
construct = "empathy"
respondent = "themselves"
intended_for = true
version = "1"
key_status = "certain"
confidence = "low"
map_column_by = "number"

[response]
codes = [0, "1", 2]
anchors = {0 = 0}
must_declare = "yes"
other_anchors = {items = [1]}

[items]
1 = 1

[scales.total]
items = "1-3"
reversed = [true]
score = "average"
range = [0]
higher_means = "good"
secondary = "no"
multiply = "4"
revresed = []

[missing]
rules = "none published"

[coding_variants.shifted]
what = "x"
codes = {1 = "0"}
how_to_tell = "x"
source = "x"

[band_sets.demo]
source = "x"
bands.total = [{label = "low", low = "0", high = 5}]

[reference]
norms = [{population = "x", source = "x", n = "100"}]

[[examples]]
answers = [4, "nothing", 4]
scores = {total = "12"}
kind = "derived"
source = "x"

[rights]
status = "free"
wording_redistributable = "unclear"
holder = "x"
obtain_from = "x"

[evidence]
disagreements = "none"
sources = "none"
"""

THIRTY_OF_MEANING = """
id = "other"
name = "A demonstration"
construct = "empathy"
respondent = "self"
intended_for = "nobody"
version = "1"
key_status = "established"
confidence = "low"
citation = "none"

[response]
codes = [0, 1, 3]
anchors = {7 = "always"}

[items]
1 = "first"
2 = "this gist is far too long"
4 = "third"

[scales."2nd"]
name = "Second"
items = [1, 2]
score = "sum"
range = [0, 6]
higher_means = "better"

[scales.empty]
name = "Empty"
items = []
score = "sum"
range = [0, 1]
higher_means = "better"

[scales.total]
name = "Total"
items = [1, 2, 2, 5]
reversed = [2, 22]
score = "mean"
recode = {0 = 0, 1 = 1}
multiply = 4
range = [0, 2]
higher_means = "better"
min_answered = 9

[scales.case]
name = "Case"
items = [1, 2]
score = "criteria"
criteria = {at_least = {1 = 2}, any_of = [1], count = [1, 2]}
range = [0, 2]
higher_means = "worse"

[missing]
rule = "none published"
min_answered_form = 4

[coding_variants.as_printed]
what = "x"
codes = {1 = 0, 2 = 1, 3 = 1}
how_to_tell = "x"
source = "x"

[item_order_variants.grouped]
what = "x"
kind = "other_order"
here = [1, 2, 2]
there = [2, 3, 4]
effect = "scores_change"
source = "x"

[unusable_variants.grouped]
kind = "item_order"
what = "x"
why = "x"
instead = "x"

[band_sets.demo]
source = "x"
bands.total = [
  {label = "low", low = 0, high = 1},
  {label = "high", low = 1, high = 7},
]
bands.totl = [{label = "low", low = 0, high = 5}]

[reference]
norms = [{scale = "sum", population = "x", source = "x"}]

[[examples]]
answers = [1, 0]
scores = {sum = 12}
kind = "derived"
source = "x"

[rights]
status = "unclear"
wording_redistributable = "unclear"
holder = "x"
obtain_from = "x"

[evidence]
disagreements = "none"
sources = [{what = "x"}]

[user_key]
purpose = "x"
take_from = ["x"]
forms = [{each_item_once = ["patience"]}]
"""


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(KeyFileError) as caught:
        load_instrument(written(tmp_path, text))
    return str(caught.value)


def test_thirty_faults_of_type_get_thirty_lines(tmp_path: Path) -> None:
    assert refusal(tmp_path, THIRTY_OF_TYPE) == """\
demo.toml: 30 faults in this key file.
  id: must be text
  name: must be text
  respondent: must be one of 'self', 'patient' or 'observer'
  intended_for: must be text
  key_status: must be one of 'established', 'partial', 'not_established' or 'supplied_by_user'
  citation: is missing
  rights.status: must be one of 'public_domain', 'open_licence', 'free_for_research', \
'free_with_permission', 'licensed' or 'unclear'
  evidence.sources: must be a list
  missing.rule: is missing
  missing.rules: is not a known key; did you mean 'rule'?
  response.codes[1]: must be a whole number
  response.anchors.0: must be text
  response.other_anchors: must be a list
  response.must_declare: must be true or false (without quotes)
  items.1: must be text
  scales.total.name: is missing
  scales.total.items: must be a list
  scales.total.score: must be one of 'sum', 'mean' or 'criteria'
  scales.total.range[1]: is missing
  scales.total.higher_means: must be one of 'better', 'worse' or 'neutral'
  scales.total.reversed[0]: must be a whole number
  scales.total.multiply: must be a number
  scales.total.secondary: must be true or false (without quotes)
  scales.total.revresed: is not a known key; did you mean 'reversed'?
  coding_variants.shifted.codes.1: must be a whole number
  band_sets.demo.bands.total[0].low: must be a number
  reference.norms[0].n: must be a whole number
  map_column_by: is not a known key; did you mean 'map_columns_by'?
  examples[0].answers[1]: must be a whole number or 'none'
  examples[0].scores.total: must be a number or 'none'"""


def test_thirty_faults_of_meaning_get_thirty_lines(tmp_path: Path) -> None:
    assert refusal(tmp_path, THIRTY_OF_MEANING) == """\
demo.toml: 30 faults in this key file.
  id: must be the name of the file ('demo')
  response.codes: must be evenly spaced
  response.anchors.7: is not a code (codes 0, 1, 3)
  items: must be numbered 1 to 3 without gaps
  items.2: a gist has one to 5 words, this has 6 (key files hold no item wording)
  scales.2nd: the name must be letters, digits and underscores, starting with a letter
  scales.empty.items: a scale needs at least one item
  scales.total.items[3]: 5 is not an item (items 1-3)
  scales.total.items: 2 stands there more than once
  scales.total.reversed[1]: 22 is not an item of this scale (items 1, 2, 2, 5)
  scales.total.recode: must give a value for each code (0, 1, 3)
  scales.total.multiply: must be above 0 and belongs to score = 'sum' only
  scales.total.min_answered: must be 1 to 4, the number of items
  scales.total.range: the items and codes give 0 to 1, the file says 0 to 2; one of them is wrong
  scales.case.criteria.at_least: must name each item of the scale once
  scales.case.criteria.at_least.1: 2 is not a code
  scales.case.range: the items and codes give 0 to 1, the file says 0 to 2; one of them is wrong
  missing.min_answered_form: must be 1 to 3, the number of items
  unusable_variants.grouped: a variant of this name can be chosen; it cannot be both
  coding_variants.as_printed: 'as_printed' is reserved for the coding of the key itself
  coding_variants.as_printed.codes: must lead to each code of the key once (0, 1, 3)
  item_order_variants.grouped.here: 2 stands there more than once
  item_order_variants.grouped.there: another order has the same numbers as 'here', otherwise \
arranged
  band_sets.demo.bands.total[1]: lies outside the scale (0 to 2)
  band_sets.demo.bands.total[1]: overlaps the band before it
  band_sets.demo.bands.totl: is not a scale of this key (scales 2nd, empty, total, case)
  reference.norms[0].scale: is not a scale of this key
  examples[0].answers: has 2 answers, the key has 3 items
  examples[0].scores.sum: is not a scale of this key
  user_key.forms[0].each_item_once: 'patience' is no scale of this file"""


# --- one fault, its whole text -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([("items = [1, 2, 3]", "items = [1, 2, 3, 4]"), ("range = [0, 12]", "range = [0, 16]")],
         "scales.total.items[3]: 4 is not an item (items 1-3)"),
        ([("reversed = [2]", "reversed = [22]")],
         "scales.total.reversed[0]: 22 is not an item of this scale (items 1, 2, 3)"),
        ([("low = 6, high = 12", "low = 5, high = 12")],
         "band_sets.demo.bands.total[1]: overlaps the band before it"),
        ([("low = 6, high = 12", "low = 6, high = 13")],
         "band_sets.demo.bands.total[1]: lies outside the scale (0 to 12)"),
        ([("low = 6, high = 12", "low = 12, high = 6")],
         "band_sets.demo.bands.total[1]: low 12 is above high 6"),
        ([("items = [1, 2, 3]", "items = []")],
         "scales.total.items: a scale needs at least one item"),
        ([('3 = "third"', '3 = "this gist is far too long"')],
         "items.3: a gist has one to 5 words, this has 6 (key files hold no item wording)"),
        ([('3 = "third"', '3 = ""')],
         "items.3: a gist has one to 5 words, this has 0 (key files hold no item wording)"),
        ([('name = "A demonstration"', 'name = " "')], "name: is empty"),
        ([("codes = [0, 1, 2, 3, 4]",
           'codes = [0, 1, 2, 3, 4]\nother_anchors = [{items = [9], anchors = {3 = "often"}}]')],
         "response.other_anchors[0].items[0]: 9 is not an item (items 1-3)"),
        ([("[rights]", '[item_order_variants.inside]\nwhat = "x"\nkind = "parent_form"\n'
           'here = [1]\nthere = [4]\neffect = "scores_change"\nsource = "x"\n\n[rights]')],
         "item_order_variants.inside.here: a parent form lists every item of this key"),
        ([("[rights]", '[unusable_variants.as_printed]\nkind = "coding"\nwhat = "x"\nwhy = "x"\n'
           'instead = "x"\n\n[rights]')],
         "unusable_variants.as_printed: a variant of this name can be chosen; it cannot be both"),
    ],
)  # fmt: skip
def test_the_whole_text_of_one_fault(
    tmp_path: Path, changes: list[tuple[str, str]], sentence: str
) -> None:
    assert faults(tmp_path, *changes) == ["demo.toml: 1 fault in this key file.", sentence]


def test_an_incomplete_key_must_say_what_is_missing(tmp_path: Path) -> None:
    text = GOOD[:GOOD.index("[response]")] + "[missing]" + GOOD.split("[missing]")[1]
    text = text[:text.index("[band_sets")] + text[text.index("[rights]"):]
    text = text.replace('"established"', '"not_established"')
    assert refusal(tmp_path, text) == (
        "demo.toml: 1 fault in this key file.\n"
        "  user_key: must say what to take from where while key_status is 'not_established'"
    )
    told = '[user_key]\npurpose = "the total"\ntake_from = ["the article"]\n'
    key = load_instrument(written(tmp_path, text + told))
    assert (key.key_status, key.scales, key.items) == ("not_established", {}, {})


def test_two_key_files_with_one_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD.replace('id = "demo"', 'id = "Demo"'), "copy_of_demo")
    for name in ("demo", "who5"):  # whichever is asked for: the folder is ambiguous
        with pytest.raises(KeyFileError) as caught:
            load_instrument(name, tmp_path)
        assert str(caught.value) == (
            f'{tmp_path.name}: copy_of_demo.toml and demo.toml both say id = "demo". Each key has '
            "an id of its own, which is the name of its file: rename or remove one of them."
        )
    (tmp_path / "copy_of_demo.toml").unlink()
    assert load_instrument("demo", tmp_path).key_status == "supplied_by_user"
