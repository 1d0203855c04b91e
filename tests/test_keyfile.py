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
