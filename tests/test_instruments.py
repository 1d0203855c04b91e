"""The shipped key files: what they are, that their scores come out, and what they must not hold."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyfile import schema
from balint_research.scoring.library import list_instruments, load_instrument, shipped
from balint_research.scoring.score import score
from tests.extremes import PAGE, by_hand, documents, extremes, middle, page

PARTIAL = ["gcs7", "pmi", "ppos", "wcw"]
INCOMPLETE = [
    "bgsq", "bipm", "ddprq10", "gras", "gsaq", "kjeldmand2004", "mzq", "pms", "rpq",
]
BY_CONTENT = ["gcs7", "jspppe", "mbi_ss", "pmi", "wcw"]

# What each key holds: worked examples, their scores, bands, statements on cut-offs, norms, change
# values, reference results. A figure that is added changes a number here: write down in the key
# where it was read. Nothing enters that was only remembered.
HELD = {
    "ambi": (1, 3, 0, 1, 0, 0, 0), "bat12": (2, 10, 0, 0, 5, 0, 1),
    "bat23": (2, 10, 9, 2, 10, 0, 1), "bes_a": (3, 9, 0, 0, 2, 0, 0),
    "bgsq": (0, 0, 0, 0, 3, 0, 0), "bipm": (0, 0, 0, 0, 3, 1, 0),
    "brief_cope": (4, 56, 0, 1, 0, 0, 0), "brs": (3, 3, 3, 0, 4, 0, 0),
    "care": (3, 3, 0, 1, 4, 0, 0), "cbi": (4, 12, 12, 0, 1, 0, 0),
    "cdrisc10": (1, 1, 0, 1, 1, 0, 0), "ddprq10": (0, 0, 0, 0, 1, 0, 0),
    "eq22": (4, 4, 0, 0, 3, 0, 1), "eq40": (1, 1, 4, 0, 2, 0, 0), "ffmq15": (2, 12, 0, 0, 5, 0, 0),
    "ffmq39": (2, 12, 0, 0, 5, 0, 0), "gad7": (4, 4, 5, 0, 0, 0, 0),
    "gcq_s": (2, 6, 0, 0, 3, 0, 0), "gcs7": (1, 1, 0, 0, 2, 0, 0), "gras": (0, 0, 0, 0, 1, 1, 0),
    "gsaq": (0, 0, 0, 0, 1, 0, 0), "gse": (3, 6, 0, 1, 2, 0, 0), "iri": (3, 12, 0, 1, 4, 0, 2),
    "jse_hp": (5, 14, 0, 1, 0, 0, 0), "jse_s": (5, 14, 2, 0, 6, 0, 0),
    "jspppe": (1, 1, 0, 0, 3, 0, 0), "k10": (4, 4, 8, 0, 0, 0, 0),
    "kjeldmand2004": (0, 0, 0, 0, 1, 0, 0), "maas": (2, 2, 0, 0, 3, 0, 0),
    "mbi_2item": (1, 2, 2, 1, 5, 0, 1), "mbi_gs": (1, 3, 9, 2, 3, 0, 0),
    "mbi_hss": (2, 6, 24, 4, 9, 1, 0), "mbi_ss": (1, 3, 2, 1, 6, 0, 0),
    "ments": (2, 8, 0, 0, 9, 1, 0), "mini_z_burnout": (1, 1, 2, 0, 3, 0, 2),
    "msq_short": (1, 4, 0, 0, 4, 0, 0), "mzq": (0, 0, 0, 0, 6, 0, 0),
    "olbi": (3, 9, 1, 1, 6, 0, 0), "pfi": (2, 8, 3, 0, 8, 1, 0), "phq9": (8, 16, 6, 0, 1, 0, 0),
    "pmi": (1, 4, 0, 0, 2, 0, 0), "pms": (0, 0, 0, 0, 4, 0, 0), "ppos": (4, 4, 0, 0, 10, 0, 0),
    "proqol5": (3, 9, 9, 3, 4, 0, 0), "pss10": (4, 12, 3, 0, 5, 0, 0),
    "pss14": (2, 2, 0, 1, 0, 0, 0), "pss4": (3, 3, 0, 1, 0, 0, 0), "qcae": (3, 24, 0, 0, 4, 0, 1),
    "rfq8": (4, 8, 0, 0, 0, 0, 0), "rpq": (0, 0, 0, 0, 3, 0, 0), "scs_sf": (2, 14, 3, 0, 1, 0, 0),
    "smbm": (1, 4, 1, 1, 0, 0, 0), "sris": (2, 8, 0, 0, 2, 0, 0), "tas20": (3, 12, 3, 0, 4, 0, 0),
    "teq": (4, 4, 1, 0, 3, 0, 0), "ucla20": (3, 3, 0, 1, 1, 0, 0), "ucla3": (1, 1, 3, 0, 0, 0, 0),
    "uwes9": (2, 8, 0, 0, 0, 0, 0), "wcw": (1, 3, 0, 0, 5, 0, 0), "who5": (4, 8, 2, 0, 1, 1, 0),
}  # fmt: skip

# Told as a doubt in `evidence` or `rights`; never beside what is computed or shown as a figure.
DOUBTED = re.compile(r"verif(?!ication script)|presum|not confirm|assum|suppos", re.IGNORECASE)
REMEMBERED = re.compile(
    r"unverified|recalled|recollect|general knowledge|from memory|believed|candidate|remember"
    r"|re-?checked|do not ship",
    re.IGNORECASE,
)
FIGURES = {"response", "items", "scales", "missing", "coding_variants", "item_order_variants",
           "unusable_variants", "unscored_scales", "band_sets", "reference", "examples"}
# The page that prints this composite does not say how efficacy enters it; it is a statement only.
DOUBT_TOLD_IN_PLACE = "mbi_gs.band_sets.weighted_composite"

KEYS = documents()
SCORED = [key for key, document in KEYS.items() if "scales" in document]


def texts(part: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a document with its path."""
    if isinstance(part, str):
        yield path, part
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) \
        else ()
    for name, value in inner:
        yield from texts(value, f"{path}.{name}")


@cache
def scored(name: str) -> tuple[list[list[int | None]], pl.DataFrame]:
    """People and their scores: those of the worked examples, the three extremes, 40 by chance.

    Scored once for all tests, in Polars: the quickest with a few rows and many items.
    """
    document = KEYS[name]
    codes, items = document["response"]["codes"], len(document["items"])
    people: list[list[int | None]] = [
        *([None if a == "none" else a for a in row["answers"]] for row in document["examples"]),
        *([code] * items for code in (codes[0], codes[-1], middle(codes))),
    ]
    chance = np.random.default_rng(items)
    for share in np.linspace(0, 0.6, 40):
        drawn, answered = chance.choice(codes, items).tolist(), chance.random(items) >= share
        people.append([a if there else None for a, there in zip(drawn, answered, strict=True)])
    columns = {n: f"q{n}" for n in range(1, items + 1)}
    frame = pl.DataFrame(people, schema=dict.fromkeys(columns.values(), pl.Int64), orient="row")
    return people, score(frame, name, items=columns, coding="as_printed")


# --- what ships ----------------------------------------------------------------------------------


def test_the_list_of_shipped_keys() -> None:
    frame = list_instruments()
    assert frame["id"].tolist() == sorted(HELD)
    assert list(frame.columns) == [
        "id", "name", "construct", "items", "scales", "rights", "key_status", "confidence",
    ]  # fmt: skip
    status = frame.set_index("id")["key_status"]
    assert status.value_counts().to_dict() == {
        "established": 47, "not_established": 9, "partial": 4,
    }  # fmt: skip
    assert status[status == "partial"].index.tolist() == PARTIAL
    assert status[status == "not_established"].index.tolist() == INCOMPLETE


def test_what_each_key_holds() -> None:
    found = {}
    for name in HELD:
        key = load_instrument(name)
        sets = key.band_sets.values()
        found[name] = (
            len(key.examples), sum(len(example.scores) for example in key.examples),
            sum(len(bands) for one in sets for bands in one.bands.values()),
            sum(len(one.statements) for one in sets), len(key.reference.norms),
            len(key.reference.change), len(key.reference.results),
        )
    assert found == HELD
    assert [sum(column) for column in zip(*found.values(), strict=True)][:2] == [131, 391]


@pytest.mark.parametrize("name", SCORED)
def test_every_worked_example_comes_out(name: str) -> None:
    ours = scored(name)[1]
    for i, example in enumerate(KEYS[name]["examples"]):
        for scale, expected in example["scores"].items():
            if expected == "none":
                assert ours[f"{name}_{scale}"][i] is None
            else:  # printed with four decimals
                assert ours[f"{name}_{scale}"][i] == pytest.approx(expected, abs=5e-5)


def test_the_schema_is_current() -> None:
    stored = json.loads((shipped("instruments") / "schema.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(schema())), "renew it with `make schema`"


# --- what must not be in a key -------------------------------------------------------------------


def test_nothing_that_was_only_remembered_ships() -> None:
    told = [(path, text) for name, key in KEYS.items() for path, text in texts(key, name)]
    assert len(told) > 5000  # the walk reaches every text
    assert [path for path, text in told if REMEMBERED.search(text)] == []
    doubtful = [path for path, text in told
                if path.split(".")[1] in FIGURES and DOUBTED.search(text)]
    assert [path for path in doubtful if not path.startswith(DOUBT_TOLD_IN_PLACE)] == []


def test_what_is_chosen_by_name_or_shown_as_a_figure_names_its_source() -> None:
    """A row without a source could not be looked up; the reader of key files refuses it, too."""
    rows = [
        (name, row.get("source"))
        for name, key in KEYS.items()
        for part in ("coding_variants", "item_order_variants", "band_sets")
        for row in key.get(part, {}).values()
    ] + [
        (name, row.get("source"))
        for name, key in KEYS.items()
        for rows in key.get("reference", {}).values()
        for row in rows
    ]
    assert [name for name, source in rows if not source] == []


def test_gists_are_no_wording() -> None:
    gists = [(name, n, gist) for name, key in KEYS.items()
             for n, gist in key.get("items", {}).items()]
    assert [row for row in gists if not 1 <= len(row[2].split()) <= 5] == []
    # a statement to agree with speaks as "I", or ends as a sentence does
    assert [row for row in gists if re.search(r"\bI\b|[.?!]$", row[2])] == []


def test_a_key_has_no_place_for_wording() -> None:
    places = {path.split(".", 1)[1] for name, key in KEYS.items() for path, _ in texts(key, name)}
    assert [p for p in places if re.search(r"wording(?!_redistributable)|text|question", p)] == []


# --- scores against the hand-written ones --------------------------------------------------------


def test_the_page_of_extremes_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it with `make extremes`"


def test_the_page_of_extremes_names_every_scale() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(load_instrument(name).scales) for name in HELD) == 156
    assert text.splitlines()[-1] == (
        f"Incomplete keys, which have no score: {', '.join(f'`{name}`' for name in INCOMPLETE)}."
    )


@pytest.mark.parametrize("name", SCORED)
def test_scores_are_those_worked_out_by_hand(name: str) -> None:
    document = KEYS[name]
    people, ours = scored(name)
    ends = slice(len(document["examples"]), len(document["examples"]) + 3)
    for scale in document["scales"]:
        mine = ours[f"{name}_{scale}"].to_list()
        hand = [by_hand(document, scale, dict(enumerate(person, 1))) for person in people]
        assert [value is None for value in mine] == [value is None for value in hand]
        assert [value or 0 for value in mine] == pytest.approx(
            [value or 0 for value in hand], abs=1e-12)
        assert mine[ends] == pytest.approx(extremes(document, scale), abs=1e-12)


# --- keys that may not be scored, or only with care ----------------------------------------------


@pytest.mark.parametrize("name", INCOMPLETE)
def test_an_incomplete_key_refuses_with_the_way_to_a_key(name: str) -> None:
    key = load_instrument(name)
    assert (key.scales, key.items, key.examples, key.band_sets) == ({}, {}, (), {})
    assert (key.coding_variants, key.item_order_variants) == ({}, {})
    assert key.user_key is not None
    with pytest.raises(ScoringError) as caught:
        score(pd.DataFrame({f"{name}_1": [1]}), name)
    assert str(caught.value) == (
        f"{KEYS[name].get('abbreviation', KEYS[name]['name'])} ({name}) has no established key, so "
        f"it cannot be scored. Step 1: `balint instruments {name} --complete "
        "my-study/instruments` writes a template. Step 2: fill it in from the official source: "
        f"{KEYS[name]['user_key']['take_from'][0]}. Step 3: `balint instruments "
        f"my-study/instruments/{name}.toml` checks it. Step 4: score with that key file; a study "
        "finds it in its folder `instruments`."
    )


def test_the_refusal_of_an_incomplete_key_in_full() -> None:
    with pytest.raises(ScoringError) as caught:
        score(pd.DataFrame({"gsaq_1": [1]}), "gsaq")
    assert str(caught.value) == (
        "G-SAQ (gsaq) has no established key, so it cannot be scored. Step 1: `balint instruments "
        "gsaq --complete my-study/instruments` writes a template. Step 2: fill it in from the "
        "official source: the open preprint (Fritzsche 2020, doi 10.21203/rs.3.rs-33641/v1) or its "
        "authors: the items, the answers, mean or sum. Step 3: `balint instruments "
        "my-study/instruments/gsaq.toml` checks it. Step 4: score with that key file; a study "
        "finds it in its folder `instruments`."
    )


def test_the_keys_whose_printed_order_is_uncertain() -> None:
    assert [
        name for name in HELD if load_instrument(name).map_columns_by == "content"
    ] == BY_CONTENT


@pytest.mark.parametrize("name", BY_CONTENT)
def test_columns_of_such_a_key_are_named_one_by_one(name: str) -> None:
    key = load_instrument(name)
    answers = {n: key.examples[0].answers[n - 1] for n in key.items}
    frame = pd.DataFrame([{f"q{n}": answer for n, answer in answers.items()}])
    refusal = (
        f"The printed order of {key.label} is not certain, so columns cannot be matched by number. "
        "Give `items` as a mapping item -> column, matched by content."
    )
    for items in ("q{n}", "{id}_{n}", [f"q{n}" for n in key.items]):
        with pytest.raises(ScoringError) as caught:
            score(frame, name, items=items)
        assert str(caught.value) == refusal
    scored = score(frame, name, items={n: f"q{n}" for n in key.items})
    for scale, expected in key.examples[0].scores.items():
        assert scored[f"{name}_{scale}"].item() == pytest.approx(expected, abs=5e-5)


# --- what the keys say of other things must exist ------------------------------------------------


def test_sign_checks_speak_of_shipped_scales() -> None:
    named = []
    for name in HELD:
        user = load_instrument(name).user_key
        for check in user.sign_checks if user else ():
            assert (check.instrument is None) == (check.scale is None)
            if check.instrument and check.scale:
                named.append((name, check.instrument, check.scale, check.sign))
                assert check.scale in load_instrument(check.instrument).scales
    assert named == [("pms", "maas", "mean", "positive"), ("pms", "tas20", "total", "negative")]


# Published figures of an incomplete key that are of several of its scales, or of its single items.
SEVERAL = {
    ("bgsq", "three scales"): 3, ("bipm", "interest and insight"): 2, ("mzq", "four subscales"): 4,
    ("pms", "factors"): 5, ("rpq", "ten scales"): 10, ("rpq", "seven scales"): 7,
}  # fmt: skip


@pytest.mark.parametrize("name", INCOMPLETE)
def test_figures_of_an_incomplete_key_are_of_scales_it_describes(name: str) -> None:
    key = load_instrument(name)
    assert key.reference.norms
    for norm in key.reference.norms:
        assert norm.scale is None  # it has none
        assert norm.target is not None
        described = norm.target.replace(" ", "_") in key.unscored_scales
        several = SEVERAL.get((name, norm.target), len(key.unscored_scales) + 1)
        assert described or several <= len(key.unscored_scales)


def test_unscored_scales_say_why_and_nothing_scores_them() -> None:
    for name in HELD:
        key = load_instrument(name)
        assert not {*key.unscored_scales} & {*key.scales}
        for scale in key.unscored_scales.values():
            assert scale.reason in {
                "items or direction not established", "no list of its items was confirmed",
            }
    assert [n for n in HELD if load_instrument(n).unscored_scales] == [
        "bes_a", *sorted([*INCOMPLETE, "ppos"]),
    ]


def test_parent_forms_are_keys_or_well_known_longer_forms() -> None:
    parents = {
        variant.instrument for name in HELD
        for variant in load_instrument(name).item_order_variants.values() if variant.instrument
    }
    assert parents - {*HELD} == {"cdrisc25", "scs26", "uwes17"}
    for name in HELD:
        for variant in load_instrument(name).item_order_variants.values():
            if variant.instrument in HELD:
                parent: Instrument = load_instrument(variant.instrument)
                assert {*variant.there} <= {*parent.items}
