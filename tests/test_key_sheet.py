"""The key of a questionnaire as text, to lay beside the printed form."""

from dataclasses import replace

from balint_research.reporting.key_sheet import key_text
from balint_research.scoring.library import list_instruments, load_instrument


def test_the_whole_text_of_a_short_key() -> None:
    lines = key_text(load_instrument("who5")).splitlines()
    assert lines[0] == "who5: WHO-Five Well-Being Index"
    assert lines[3].startswith("Key: established, confidence high; ")
    assert lines[5].startswith("Codes: 0 at no time, 1 some of the time, 2 under half the time, ")
    assert lines[-4:] == [
        "who5_percent: Well-being, percentage score",
        "  sum of items 1, 2, 3, 4, 5",
        "  0 to 100; higher means better",
        "  needs all of 5 items answered",
    ]


def test_a_key_that_must_be_declared_says_so() -> None:
    text = key_text(load_instrument("olbi"))
    assert "The direction of the codes differs between studies: --coding must be given." in text


def test_an_example_that_does_not_come_out_is_counted() -> None:
    key = load_instrument("teq")
    right = len(key.examples)
    wrong = replace(key.examples[0], scores={"total": 1.0})
    text = key_text(replace(key, examples=(wrong, *key.examples[1:])))
    assert f"{right - 1} of {right} scores of its worked examples come out right" in text


def test_every_shipped_key_can_be_shown_with_every_scale() -> None:
    for name in list_instruments()["id"]:
        key = load_instrument(name)
        text = key_text(key)
        assert [scale for scale in key.scales if f"\n{name}_{scale}: " not in text] == []
