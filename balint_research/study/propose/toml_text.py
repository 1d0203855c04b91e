"""TOML, written so that any name comes back as it was: quotes, braces, line ends, any script."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")
WIDTH = 98
CONFIRM, FILL = "CONFIRM", "FILL IN"
KEPT = FILL.replace(" ", "\N{NO-BREAK SPACE}")  # the two words stay on one line


def value(of: Any) -> str:
    """A text, number, boolean, list or inline table.

    Examples
    --------
    >>> value({"say \\"x\\"": ["a\\nb", 1, True]})
    '{"say \\\\"x\\\\"" = ["a\\\\nb", 1, true]}'
    """
    if isinstance(of, Mapping):
        return "{" + ", ".join(f"{key(name)} = {value(one)}" for name, one in of.items()) + "}"
    if isinstance(of, str):
        return quoted(of)
    if isinstance(of, Sequence):
        return "[" + ", ".join(value(one) for one in of) + "]"
    return json.dumps(of)


def quoted(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, but JSON leaves the sign DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: object) -> str:
    """A key, in quotation marks where it needs them."""
    text = str(name)
    return text if BARE.fullmatch(text) else quoted(text)


def pair(name: object, of: Any) -> str:
    return f"{key(name)} = {value(of)}"


def comment(text: str, mark: str = "") -> list[str]:
    """A comment of as many lines as it needs, whatever signs the text has."""
    first = f"# {mark}: " if mark else "# "
    lines = textwrap.wrap(on_one_line(text).replace(FILL, KEPT), WIDTH, initial_indent=first,
                          subsequent_indent="#   ", break_long_words=False,
                          break_on_hyphens=False)
    return [line.replace(KEPT, FILL) for line in lines]


def shown(names: Iterable[object], most: int = 8) -> str:
    """Names of columns or files for a comment: in quotation marks, nothing that ends a line."""
    listed = [_plain(str(name)) for name in names]
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")


LONGEST = 60  # a column that is called as its question is cut


def _plain(name: str) -> str:
    short = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    return f"'{on_one_line(short)}'"


def on_one_line(text: str) -> str:
    """The text for a comment: without signs that end a line or that TOML does not take there."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def as_pattern(name: str) -> str:
    """A column's name where `items` reads braces as places to fill in."""
    return name.replace("{", "{{").replace("}", "}}")
