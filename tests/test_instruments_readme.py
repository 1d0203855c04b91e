"""`instruments/README.md`: its example is a key file, and every field is explained."""

import dataclasses
import re
from pathlib import Path

import pandas as pd
import pytest

from balint_research.scoring import instrument
from balint_research.scoring.examples import run_examples
from balint_research.scoring.library import load_instrument, shipped
from balint_research.scoring.score import score

TEXT = (shipped("instruments") / "README.md").read_text(encoding="utf-8")
LAYOUT = [kind for kind in vars(instrument).values() if dataclasses.is_dataclass(kind)]


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) == 1
    path = tmp_path / "demo.toml"
    path.write_text(blocks[0], encoding="utf-8")
    return path


def test_the_example_loads_and_its_examples_come_out(demo: Path) -> None:
    key = load_instrument(demo)
    results = run_examples(key)
    assert [result.agrees for result in results] == [True] * 4
    assert [result.computed for result in results] == [17.5, 3.5, None, None]
    assert list(key.coding_variants) == ["coded_1_5"]
    assert list(key.item_order_variants) == ["second_form"]
    assert key.scales["patience"].secondary


def test_the_variants_of_the_example_score_the_same_person_alike(demo: Path) -> None:
    printed = pd.DataFrame([[4, 0, 3, 2, 1]], columns=[f"demo_{n}" for n in range(1, 6)])
    second_form = printed.set_axis([f"demo_{n}" for n in (1, 2, 4, 5, 3)], axis=1)
    totals = [
        score(printed, demo)["demo_total"].item(),
        score(printed + 1, demo, coding="coded_1_5")["demo_total"].item(),
        score(second_form, demo, item_order="second_form")["demo_total"].item(),
    ]
    assert totals == [16, 16, 16]


@pytest.mark.parametrize(
    "field",
    sorted({field.name for kind in LAYOUT for field in dataclasses.fields(kind)}),
)
def test_every_field_of_the_layout_is_explained(field: str) -> None:
    assert re.search(rf"\b{field}\b", TEXT)
