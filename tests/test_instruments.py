"""The shipped key files: their examples, their schema, and what they must not hold."""

import json

import pytest

from balint_research.scoring.examples import run_examples
from balint_research.scoring.keyfile import schema
from balint_research.scoring.library import list_instruments, load_instrument, shipped

SHIPPED = sorted(path.stem for path in shipped("instruments").glob("*.toml"))

# Worked examples and scores of the fact files these keys were made from.
EXAMPLES = {
    "cbi": (4, 12), "gad7": (4, 4), "iri": (3, 12), "jse_hp": (5, 14), "jse_s": (5, 14),
    "mbi_2item": (1, 2), "mbi_hss": (2, 6), "ments": (2, 8), "olbi": (3, 9), "phq9": (8, 16),
    "sris": (2, 8), "tas20": (3, 12), "teq": (4, 4), "who5": (4, 8),
}  # fmt: skip


def test_the_list_of_shipped_keys() -> None:
    assert sorted(EXAMPLES) == SHIPPED
    frame = list_instruments()
    assert frame["id"].tolist() == SHIPPED
    assert list(frame.columns) == [
        "id", "name", "construct", "items", "scales", "rights", "key_status", "confidence",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_every_worked_example_comes_out(name: str) -> None:
    key = load_instrument(name)
    results = run_examples(key)
    assert (len(key.examples), len(results)) == EXAMPLES[name]
    assert [result for result in results if not result.agrees] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_unverified_ships(name: str) -> None:
    text = (shipped("instruments") / f"{name}.toml").read_text(encoding="utf-8").lower()
    assert [word for word in ("unverified", "recalled", "not re-checked") if word in text] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_extremes_and_reversal_of_every_scale(name: str) -> None:
    """All answers at one end give the end of the range that the reversed items imply."""
    import pandas as pd

    from balint_research.scoring.score import score

    key = load_instrument(name)
    columns = [f"{name}_{n}" for n in key.items]
    low, high = key.response.low, key.response.high
    frame = pd.DataFrame([[low] * len(columns), [high] * len(columns)], columns=columns)
    scored = score(frame, key, coding="as_printed")
    for scale_id, scale in key.scales.items():
        values = scored[f"{name}_{scale_id}"]
        assert values.between(*scale.range).all()
        if not scale.reversed and scale.score != "criteria":
            assert values.tolist() == list(scale.range)
        if scale.score in ("sum", "mean") and scale.recode is None:
            assert values.sum() == pytest.approx(sum(scale.range))


def test_the_schema_is_current() -> None:
    stored = json.loads((shipped("instruments") / "schema.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(schema())), "renew it with `make schema`"
