"""TOML plus a dataclass gives an object, or every fault at once with its path.

Used by key files and by `study.toml`. The reading is strict: unknown keys are refused with the
nearest known one, ``"no"`` is not a boolean, ``"3"`` is not a number. The only place that
imports pydantic; its own messages print the input, so they are translated here.
"""

import datetime
import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")

# What a dataclass must carry as `__pydantic_config__` (a plain dict: no import where it is used).
STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}
TOO_DEEP = "not valid TOML: it is nested too deeply"
MANY_PARTS = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){100}")
LARGEST = 1_000_000  # bytes: a hundred times the longest key file


class TomlFault(Exception):
    """A TOML file that cannot become the object asked for; `faults` are sentences with a path."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read_toml(path: Path) -> dict[str, Any]:
    """The document as a dictionary; raises `TomlFault` with the place for what is not TOML."""
    try:
        if path.stat().st_size > LARGEST:
            raise TomlFault([f"the file is too large for TOML written by hand; allowed: "
                             f"{LARGEST:,} bytes"])
        text = path.read_text(encoding="utf-8-sig")
        if MANY_PARTS.search(text):  # tomllib would take minutes
            raise TomlFault([TOO_DEEP])
        return tomllib.loads(text)
    except FileNotFoundError:
        raise TomlFault(["the file does not exist"]) from None
    except IsADirectoryError:
        raise TomlFault(["this is a folder, not a file"]) from None
    except PermissionError:
        raise TomlFault(["the file cannot be read: no permission"]) from None
    except UnicodeDecodeError:
        raise TomlFault(["the file is not text in UTF-8"]) from None
    except tomllib.TOMLDecodeError as fault:
        raise TomlFault([f"not valid TOML: {fault}"]) from None
    except ValueError:  # Python reads no whole number of thousands of digits
        raise TomlFault(["not valid TOML: a number has too many digits"]) from None
    except RecursionError:
        raise TomlFault([TOO_DEEP]) from None


def build(kind: type[T], document: Mapping[str, Any]) -> T:
    """The document as an object of the dataclass `kind`, or `TomlFault` with every fault.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Band:
    ...     __pydantic_config__ = STRICT
    ...     label: str
    ...     low: float
    >>> build(Band, {"label": "high", "low": 27})
    Band(label='high', low=27.0)
    >>> build(Band, {"label": 3, "lov": 27})
    Traceback (most recent call last):
    balint_research.strict_toml.TomlFault: label: must be text
    low: is missing
    lov: is not a known key; did you mean 'low'?
    """
    from pydantic import ValidationError

    try:
        odd = [*_odd_keys(document, kind, ""), *_odd_values(document, "")]
    except RecursionError:  # dotted names thousands deep
        raise TomlFault([TOO_DEEP]) from None
    if odd:
        raise TomlFault(odd)
    try:
        built: T = _adapter(kind).validate_json(json.dumps(document))
        return built
    except ValidationError as error:
        raise TomlFault(_sentences(error, kind)) from None


def json_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of a dataclass, for editors that complete and check TOML."""
    schema: dict[str, Any] = _adapter(kind).json_schema()
    return schema


def _adapter(kind: type[Any]) -> Any:
    if kind not in _ADAPTERS:  # building one takes longer than all reading
        from pydantic import TypeAdapter

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[type[Any], Any] = {}


# pydantic's kind of fault -> our words; `{name}` is filled from its context, never from the input.
_WORDS = {
    "missing": "is missing",
    "string_type": "must be text",
    "bool_type": "must be true or false (without quotes)",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "dict_type": "must be a table",
    "dataclass_type": "must be a table",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "date_from_datetime_parsing": "must be a date, written \"2025-09-01\"",
    "date_parsing": "must be a date, written \"2025-09-01\"",
    "date_type": "must be a date, written \"2025-09-01\"",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
}


def _sentences(error: Any, kind: type[Any]) -> list[str]:
    sentences: list[str] = []
    unions: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_input=False):
        place, branch = _place(fault["loc"])
        if branch:
            unions.setdefault(place, []).append(_words(fault))
            continue
        if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            known = _known_keys(kind, fault["loc"][:-1])
            sentences.append(f"{place}: {_unknown(str(fault['loc'][-1]), known)}")
        else:
            sentences.append(f"{place}: {_words(fault)}")
    for place, words in unions.items():
        sentences.append(f"{place}: {_either(words)}")
    return sentences


def _either(words: list[str]) -> str:
    """``must be a number or 'none'``: what each branch of a union asks for, in one sentence."""
    first, *others = dict.fromkeys(words)
    return " or ".join([first, *(re.sub(r"^must be (one of )?", "", other) for other in others)])


def _words(fault: Mapping[str, Any]) -> str:
    words = _WORDS.get(fault["type"], "has a value that is not allowed")
    return words.format(**fault.get("ctx", {}))


# Names pydantic puts into a path for the branch of a union that was tried.
_BRANCHES = {
    "str", "int", "float", "bool", "list", "dict", "tuple", "bool_type", "constrained-str",
}


def _place(loc: tuple[Any, ...]) -> tuple[str, bool]:
    words: list[str] = []
    for part in loc:
        if isinstance(part, str) and (part.split("[")[0] in _BRANCHES or "[" in part):
            if part == "[key]":
                continue
            return "".join(words) or "(top level)", True
        if isinstance(part, int):
            words.append(f"[{part}]")
        else:
            words.append(f".{part}" if words else str(part))
    return "".join(words) or "(top level)", False


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
    return f"is not a known key; {hint}"


def _known_keys(kind: Any, loc: tuple[Any, ...]) -> list[str]:
    """Field names of the dataclass that stands at this place of the document."""
    for part in loc:
        kind = _inside(kind, part)
    fields = getattr(_dataclass_in(kind), "__dataclass_fields__", {})
    return [name for name, field in fields.items() if field.init]


def _odd_keys(document: Any, kind: Any, path: str) -> Iterator[str]:
    """Number keys such as ``01``: JSON would let them overwrite item 1 without a word."""
    if not isinstance(document, Mapping):
        return
    numbered = _maps_numbers(kind)
    for key, value in document.items():
        place = f"{path}.{key}" if path else str(key)
        if numbered and key.strip().isdigit() and str(int(key)) != key:
            yield f"{place}: the number must be written {int(key)}, without leading zeros"
        yield from _odd_keys(value, _inside(kind, key), place)


def _odd_values(value: Any, path: str) -> Iterator[str]:
    """Values that TOML has and JSON has not: dates, and numbers without end."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _odd_values(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _odd_values(inner, f"{path}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path}: must be a finite number"
    elif isinstance(value, datetime.date | datetime.time):
        yield f"{path}: must be text, not a date (put it into quotes)"


def _maps_numbers(kind: Any) -> bool:
    if getattr(kind, "__origin__", None) is dict:
        return bool(kind.__args__[0] is int)
    return any(_maps_numbers(argument) for argument in getattr(kind, "__args__", ()))


def _inside(kind: Any, part: Any) -> Any:
    holder = _dataclass_in(kind)
    if isinstance(part, str) and part in getattr(holder, "__dataclass_fields__", {}):
        return get_type_hints(holder)[part]
    arguments = getattr(kind, "__args__", ())
    inner = [argument for argument in arguments if argument is not Ellipsis]
    return inner[-1] if inner else None


def _dataclass_in(kind: Any) -> Any:
    """The dataclass itself, or the first one among the members of a union or container."""
    if hasattr(kind, "__dataclass_fields__"):
        return kind
    for argument in getattr(kind, "__args__", ()):
        found = _dataclass_in(argument)
        if found is not None:
            return found
    return None
