"""Strict reading: every fault at once, each with its path, never the input."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from balint_research.strict_toml import STRICT, TomlFault, build, json_schema, read_toml


@dataclass(frozen=True)
class Part:
    __pydantic_config__ = STRICT
    n: int
    mode: str | tuple[int, ...] | dict[int, str] = ""


@dataclass(frozen=True)
class Whole:
    __pydantic_config__ = STRICT
    items: dict[int, str]
    parts: dict[str, Part] = field(default_factory=dict)
    flag: bool = False


def faults(document: dict[str, object]) -> list[str]:
    with pytest.raises(TomlFault) as caught:
        build(Whole, document)
    return caught.value.faults


def test_a_good_document_becomes_the_object() -> None:
    whole = build(Whole, {"items": {"1": "a", "2": "b"}, "parts": {"x": {"n": 1, "mode": [1, 2]}}})
    assert whole == Whole(items={1: "a", 2: "b"}, parts={"x": Part(n=1, mode=(1, 2))})


def test_every_fault_of_type_is_told_at_once() -> None:
    document = {
        "items": {"a": "x"},
        "parts": {"x": {"n": "1", "mod": [1]}, "y": 3, "z": {"n": 1, "mode": 2.5}},
        "flag": "no",
        "flagg": 1,
    }
    assert sorted(faults(document)) == [
        "flag: must be true or false (without quotes)",
        "flagg: is not a known key; did you mean 'flag'?",
        "items.a: must be a whole number",
        "parts.x.mod: is not a known key; did you mean 'mode'?",
        "parts.x.n: must be a whole number",
        "parts.y: must be a table",
        "parts.z.mode: must be text or a list or a table",
    ]


def test_a_number_key_with_a_leading_zero_would_overwrite_and_is_refused() -> None:
    assert faults({"items": {"01": "a", "1": "b"}}) == [
        "items.01: the number must be written 1, without leading zeros"
    ]


def test_an_unknown_key_without_a_near_one_gets_the_list() -> None:
    assert faults({"items": {}, "zzz": 1}) == [
        "zzz: is not a known key; known keys: items, parts, flag"
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = ", "not valid TOML: Invalid value (at end of document)"),
        (b"a = '\xff'", "the file is not text in UTF-8"),
        (None, "the file does not exist"),
    ],
)
def test_an_unreadable_file_gets_a_sentence(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TomlFault) as caught:
        read_toml(path)
    assert caught.value.faults == [sentence]


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(TomlFault, match="this is a folder, not a file"):
        read_toml(tmp_path)


def test_the_schema_forbids_unknown_keys() -> None:
    assert json_schema(Whole)["additionalProperties"] is False


@pytest.mark.parametrize(("text", "fault"), [
    ("a = " + "[" * 5000 + "]" * 5000, "not valid TOML: it is nested too deeply"),
    (".".join("a" * 5000) + " = 1", "not valid TOML: it is nested too deeply"),
    ("a = " + "9" * 5000, "not valid TOML: a number has too many digits"),
    ("a = '" + "x" * 1_000_000 + "'",
     "the file is too large for TOML written by hand; allowed: 1,000,000 bytes"),
])
def test_toml_made_to_break_the_reader_gets_a_sentence(
    text: str, fault: str, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TomlFault) as caught:
        build(Whole, read_toml(tmp_path / "a.toml"))
    assert caught.value.faults == [fault]


def test_dates_and_numbers_without_end_are_no_values() -> None:
    assert faults({"items": {"1": date(2026, 1, 5)}, "parts": {"x": {"mode": [float("inf")]}}}) == [
        "items.1: must be text, not a date (put it into quotes)",
        "parts.x.mode[0]: must be a finite number"]
