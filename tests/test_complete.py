"""Keys that their user completes: the template, the finished key, and what contradicts it.

Every finished key here is invented: it has the structure that is known and made-up items.
"""

import dataclasses
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from balint_research.errors import KeyFileError, ScoringError
from balint_research.scoring import user_key
from balint_research.scoring.complete import template
from balint_research.scoring.library import list_instruments, load_instrument, shipped
from balint_research.scoring.score import score
from tests.extremes import by_hand, documents

SHIPPED = documents()
COMPLETABLE = [name for name, document in SHIPPED.items() if "user_key" in document]
LIKERT5, LIKERT6 = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]

Scales = dict[str, dict[str, Any]]


def scale(items: Sequence[int], reversed_: Sequence[int] = (), **other: Any) -> dict[str, Any]:
    return {"items": [*items], "reversed": [*reversed_], "score": "sum", **other}


def thirds(count: int, names: Sequence[str], **other: Any) -> Scales:
    """Items dealt out one by one, the first of each scale reversed."""
    dealt = {name: list(range(1 + i, count + 1, len(names))) for i, name in enumerate(names)}
    return {name: scale(items, items[:1], **other) for name, items in dealt.items()}


RPQ40 = [
    "reflective_in_action", "reflective_on_action", "reflective_with_others", "self_appraisal",
    "desire_for_improvement", "confidence_general", "confidence_communication", "uncertainty",
    "stress", "job_satisfaction",
]  # fmt: skip
MZQ = ["refusing_self_reflection", "emotional_awareness", "psychic_equivalence",
       "affect_regulation"]
BIPM = {"interest": scale(range(1, 9), [2]), "insight": scale(range(9, 15), [9, 14])}

# name, form -> number of items, codes, scales: all invented.
FINISHED: dict[str, tuple[str, int, list[int], Scales]] = {
    "bipm": ("bipm", 14, [0, 1, 2, 3], BIPM),
    "bgsq": ("bgsq", 12, LIKERT5, thirds(
        12, ["transference_reflection", "learning", "case_mirroring"], score="mean")),
    "mzq": ("mzq", 15, LIKERT5, {**thirds(15, MZQ), "total": scale(range(1, 16))}),
    "mzq, total only": ("mzq", 15, LIKERT5, {"total": scale(range(1, 16), [3])}),
    "ppos": ("ppos", 18, LIKERT6, {"sharing": scale(range(1, 10), [9], score="mean"),
                                   "caring": scale(range(10, 19), [13, 17], score="mean")}),
    "rpq, 40 items": ("rpq", 40, LIKERT6, thirds(40, RPQ40)),
    "rpq, 30 items": ("rpq", 30, LIKERT6, thirds(
        30, ["reflective_practice_10", "confidence_general", "uncertainty", "job_satisfaction"])),
    "rpq, 10 items": ("rpq", 10, LIKERT6, {"reflective_practice_10": scale(range(1, 11))}),
    "pms": ("pms", 45, [1, 2, 3, 4], {"total": scale(range(1, 46), [4, 40])}),
    "gras": ("gras", 23, LIKERT5, {"total": scale(range(1, 24), [5])}),
    "ddprq10": ("ddprq10", 10, LIKERT6, {"total": scale(range(1, 11), [8])}),
    "gsaq": ("gsaq", 8, [0, 1, 2, 3], {"total": scale(range(1, 9), score="mean")}),
    "kjeldmand2004": ("kjeldmand2004", 3, [*range(11)], {"item_level": scale([1])}),
    "pmi": ("pmi", 11, [*range(1, 10)], {}),
}


def filled_in(name: str, items: int, codes: list[int], scales: Scales) -> str:
    """The template with every FILL IN done: scales not given are deleted, with their figures."""
    head, *blocks = re.split(r"\n(?=\[)", template(load_instrument(name)))
    texts = [head]
    for block in blocks:
        section = block[1:block.index("]")]
        if section == "items" and '""' in block:
            block = "\n".join(["[items]", *(f'{n} = "invented {n}"' for n in range(1, items + 1))])
        if section.startswith("scales.") and "items = []" in block:
            if section[7:] not in scales:
                continue
            block = _scale(block, codes, scales[section[7:]])
        texts.append(block.replace("codes = []", f"codes = {codes}"))
    text = "\n".join(texts)
    there = {*scales, *SHIPPED[name].get("scales", {})}
    text = re.sub(r'  \{scale = "(\w+)".*\n', lambda row: row[0] if row[1] in there else "", text)
    for empty, full in {'rule = ""': 'rule = "none published"', 'open_doubts = ""':
                        'open_doubts = "none"', 'what = ""': 'what = "table 2"'}.items():
        text = text.replace(empty, full)
    return text


def _scale(block: str, codes: list[int], rule: dict[str, Any]) -> str:
    factor = len(rule["items"]) if rule["score"] == "sum" else 1
    for field, value in ({"range": [codes[0] * factor, codes[-1] * factor]} | rule).items():
        told = f'"{value}"' if isinstance(value, str) else value
        block = re.sub(rf"^{field} = .*$", f"{field} = {told}", block, flags=re.MULTILINE)
    return block


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, name: str, text: str) -> list[str]:
    with pytest.raises(KeyFileError) as caught:
        load_instrument(written(folder, name, text))
    return str(caught.value).splitlines()


# --- the template --------------------------------------------------------------------------------


def test_which_keys_can_be_completed() -> None:
    frame = list_instruments()
    status = frame["key_status"][frame["id"].isin(COMPLETABLE)]
    assert status.value_counts().to_dict() == {"not_established": 9, "partial": 2}
    assert {name for name, *_ in FINISHED.values()} == {*COMPLETABLE}


def test_an_established_key_has_nothing_to_complete() -> None:
    for name in ("who5", "gcs7"):
        with pytest.raises(ScoringError) as caught:
            template(load_instrument(name))
        label, status = SHIPPED[name]["abbreviation"], SHIPPED[name]["key_status"]
        assert str(caught.value) == (
            f"The key of {label} ({name}) is {status}: there is nothing to complete. `balint "
            f"instruments {name}` shows it."
        )


@pytest.mark.parametrize("name", COMPLETABLE)
def test_a_template_is_toml_and_refused_with_everything_to_fill_in(
    name: str, tmp_path: Path
) -> None:
    text, known = template(load_instrument(name)), SHIPPED[name]
    parsed = tomllib.loads(text)
    assert list(parsed["scales"]) == [*known.get("scales", {}), *known.get("unscored_scales", {})]
    open_items = [] if "items" in known else [*parsed["items"]]
    expected = [
        "evidence.open_doubts: is empty", "evidence.sources[0].what: is empty",
        "missing.rule: is empty",
        *([] if "codes" in known.get("response", {}) else [
            "response.codes: must be at least two codes, each once, from low to high"]),
        *(f"items.{n}: a gist has one to 5 words, this has 0 (key files hold no item wording)"
          for n in open_items),
        *(f"scales.{scale}.items: a scale needs at least one item"
          for scale in known.get("unscored_scales", {})),
    ]
    heading, *found = refusal(tmp_path, name, text)
    assert heading == f"{name}.toml: {len(expected)} faults in this key file."
    assert sorted(line.strip() for line in found) == sorted(expected)


def test_the_refusal_of_an_untouched_template_in_full(tmp_path: Path) -> None:
    assert refusal(tmp_path, "gsaq", template(load_instrument("gsaq"))) == [
        "gsaq.toml: 6 faults in this key file.",
        "  evidence.sources[0].what: is empty",
        "  evidence.open_doubts: is empty",
        "  missing.rule: is empty",
        "  response.codes: must be at least two codes, each once, from low to high",
        "  items.1: a gist has one to 5 words, this has 0 (key files hold no item wording)",
        "  scales.total.items: a scale needs at least one item",
    ]


@pytest.mark.parametrize("name", COMPLETABLE)
def test_a_template_holds_no_figure_that_the_key_does_not_hold(name: str) -> None:
    lines = [
        line for line in template(load_instrument(name)).splitlines()
        if not re.match(r'\d+ = ""$|range = \[0, 0\]|# anchors = ', line)  # what is to fill in
    ]
    known = (shipped("instruments") / f"{name}.toml").read_text(encoding="utf-8")
    assert figures("\n".join(lines)) - figures(known) == set()
    assert len(figures(known)) > 5


def figures(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def test_an_item_list_of_a_template_is_as_long_as_the_form() -> None:
    lengths = {name: len(tomllib.loads(template(load_instrument(name)))["items"])
               for name in COMPLETABLE}
    assert lengths == {
        "bgsq": 1, "bipm": 14, "ddprq10": 10, "gras": 23, "gsaq": 1, "kjeldmand2004": 1,
        "mzq": 15, "pmi": 11, "pms": 45, "ppos": 18, "rpq": 40,
    }  # fmt: skip


# --- the finished key ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", FINISHED)
def test_a_finished_key_is_its_users_and_scores(form: str, tmp_path: Path) -> None:
    name, items, codes, scales = FINISHED[form]
    text = filled_in(name, items, codes, scales)
    written(tmp_path, name, text)
    key = load_instrument(name, tmp_path)
    assert (key.key_status, len(key.items)) == ("supplied_by_user", items)
    assert {*scales} == {*key.scales} - {*SHIPPED[name].get("scales", {})}
    document = tomllib.loads(text)
    people = np.random.default_rng(items).choice(codes, (12, items)).tolist()
    columns = {n: f"q{n}" for n in range(1, items + 1)}
    frame = pl.DataFrame(people, schema=list(columns.values()), orient="row")
    scored = score(frame, name, items=columns, coding="as_printed", folder=tmp_path)
    for scale_id in key.scales:
        hand = [by_hand(document, scale_id, dict(enumerate(row, 1))) for row in people]
        assert scored[f"{name}_{scale_id}"].to_list() == pytest.approx(hand, abs=1e-12)


def test_the_shipped_key_stays_incomplete_beside_the_finished_one(tmp_path: Path) -> None:
    written(tmp_path, "bipm", filled_in(*FINISHED["bipm"]))
    assert load_instrument("bipm").key_status == "not_established"
    listed = list_instruments(tmp_path).set_index("id").loc["bipm"]
    assert [listed[column] for column in ("items", "scales", "key_status")] == [
        14, "interest insight", "supplied_by_user",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["established", "partial", "supplied_by_user"])
def test_every_own_key_is_supplied_by_its_user_whatever_it_says(
    status: str, tmp_path: Path
) -> None:
    own = (shipped("instruments") / "ucla3.toml").read_text(encoding="utf-8")
    own = own.replace('key_status = "established"', f'key_status = "{status}"')
    path = written(tmp_path, "ucla3", own)
    assert load_instrument(path).key_status == "supplied_by_user"
    assert load_instrument("ucla3", tmp_path).key_status == "supplied_by_user"
    renamed = own.replace('id = "ucla3"', 'id = "ours"')
    assert load_instrument(written(tmp_path, "ours", renamed)).key_status == "supplied_by_user"
    assert load_instrument(shipped("instruments") / "ucla3.toml").key_status == "established"


def test_a_key_that_must_be_declared_keeps_this_when_it_is_completed(tmp_path: Path) -> None:
    written(tmp_path, "ppos", filled_in(*FINISHED["ppos"]))
    key = load_instrument("ppos", tmp_path)
    assert key.response.must_declare
    assert list(key.coding_variants) == ["disagree_first"]


# --- what contradicts what is known --------------------------------------------------------------


def changed(form: str, **changes: Any) -> tuple[str, str]:
    name, items, codes, scales = FINISHED[form]
    return name, filled_in(name, changes.get("items", items), codes,
                           changes.get("scales", scales))


@pytest.mark.parametrize(
    ("form", "changes", "lines"),
    [
        ("bipm", {"scales": {**BIPM, "insight": scale(range(8, 15), [9])}},
         ["scales.insight.items: shares 8 with interest; they share no item"]),
        ("bipm", {"scales": {**BIPM, "insight": scale(range(10, 15))}},
         ["scales: 9 in none of interest, insight; every item belongs to one of them"]),
        ("bipm", {"scales": {**BIPM, "insight": scale(range(7, 14))}},
         ["scales.insight.items: shares 7, 8 with interest; they share no item",
          "scales: 14 in none of interest, insight; every item belongs to one of them"]),
        ("bipm", {"scales": {"interest": scale(range(1, 15))}},
         ["scales: insight missing; every item belongs to one of interest, insight"]),
        ("bipm", {"items": 13, "scales": {"interest": scale(range(1, 9)),
                                          "insight": scale(range(9, 14))}},
         ["items: has 13 items; the form is known to have 14"]),
        ("bipm", {"scales": {**BIPM, "insight": scale(range(9, 15), higher_means="worse")}},
         ["scales.insight.higher_means: a higher score is known to mean 'better'"]),
        ("bipm", {"scales": {**BIPM, "total": scale(range(1, 14))}},
         ["scales.total.items: has 13 items; this scale is known to have 14"]),
        ("mzq", {"scales": {**thirds(15, MZQ), "total": scale(range(1, 15))}},
         ["scales.total.items: has 14 items; this scale is known to have 15",
          "scales.total.range: this scale is known to run from 15 to 75"]),
        ("gras", {"scales": {"total": scale(range(1, 24), score="mean")}},
         ["scales.total.range: this scale is known to run from 23 to 115"]),
        ("ppos", {"scales": {"sharing": scale(range(1, 9)), "caring": scale(range(9, 19))}},
         ["scales.sharing.items: has 8 items; this scale is known to have 9",
          "scales.caring.items: has 10 items; this scale is known to have 9"]),
        ("rpq, 30 items", {"scales": thirds(30, RPQ40[:3])},
         ["scales: has 3; the form of 30 items is known to have 4"]),
        ("rpq, 10 items", {"scales": thirds(10, RPQ40[:2])},
         ["scales: has 2; the form of 10 items is known to have 1"]),
        ("rpq, 40 items", {"items": 20, "scales": thirds(20, RPQ40)},
         ["items: has 20 items; the form is known to have 40 or 30 or 10"]),
        ("rpq, 40 items", {"scales": thirds(40, RPQ40[:8])},
         ["scales: stress, job_satisfaction missing; every item belongs to one of "
          + ", ".join(RPQ40)]),
        ("pms", {"items": 44, "scales": {"access": scale(range(1, 45))}},
         ["items: has 44 items; the form is known to have 45"]),
    ],
)  # fmt: skip
def test_a_finished_key_that_contradicts_what_is_known(
    form: str, changes: dict[str, Any], lines: list[str], tmp_path: Path
) -> None:
    name, text = changed(form, **changes)
    count = f"{len(lines)} fault{'s' if len(lines) > 1 else ''}"
    assert refusal(tmp_path, name, text) == [
        f"{name}.toml: {count} in this key file.", *(f"  {line}" for line in lines),
    ]  # fmt: skip


def test_other_codes_than_those_of_the_form(tmp_path: Path) -> None:
    name, text = changed("mzq, total only")
    text = text.replace("codes = [1, 2, 3, 4, 5]", "codes = [0, 1, 2, 3, 4]")
    assert refusal(tmp_path, name, text.replace("range = [15, 75]", "range = [0, 60]")) == [
        "mzq.toml: 2 faults in this key file.",
        "  response.codes: the form has the codes 1, 2, 3, 4, 5",
        "  scales.total.range: this scale is known to run from 15 to 75",
    ]


def test_a_printed_range_that_the_items_do_not_give(tmp_path: Path) -> None:
    name, text = changed("bipm", scales={**BIPM, "insight": scale(range(9, 15), range=[0, 24])})
    assert refusal(tmp_path, name, text) == [
        "bipm.toml: 1 fault in this key file.",
        "  scales.insight.range: the items and codes give 0 to 18, the file says 0 to 24; one of "
        "them is wrong",
    ]


def test_a_worked_example_of_the_source_has_to_come_out(tmp_path: Path) -> None:
    name, text = changed("bipm")
    told = """
[[examples]]
answers = [3, 0, 3, 3, 3, 3, 3, 3, 0, 3, 3, 3, 3, 0]
scores = {interest = 24, insight = INSIGHT}
kind = "published"
source = "invented"
"""
    right = written(tmp_path, name, text + told.replace("INSIGHT", "18"))
    assert load_instrument(right).key_status == "supplied_by_user"
    assert refusal(tmp_path, name, text + told.replace("INSIGHT", "12")) == [
        "bipm.toml: 1 worked example and the key do not agree; check both against the official "
        "source.",
        "  examples[0].scores.insight: the key gives 18, the example says 12",
    ]


def test_every_field_of_the_user_key_is_explained() -> None:
    page = (shipped("instruments") / "README.md").read_text(encoding="utf-8")
    fields = {
        field.name for kind in vars(user_key).values() if dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
    }
    assert len(fields) > 15
    assert [field for field in sorted(fields) if not re.search(rf"\b{field}\b", page)] == []
