"""What the tests of the card and of the key sheet share: tables read back, texts walked."""

from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

from balint_research.scoring.instrument import Instrument


class _Reader(HTMLParser):
    """Tables by their caption, as rows of cells; and all the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.words: list[str] = []
        self.place: list[str] = []
        self.rows: list[list[str]] = []
        self.caption = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows, self.caption = [], ""
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        elif tag == "input" and dict(attrs).get("type") == "checkbox":
            self.rows[-1][-1] += f"[{dict(attrs)['aria-label']}]"
        if tag in ("th", "td", "caption", "style"):
            self.place.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.place and tag == self.place[-1]:
            self.place.pop()
        if tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data: str) -> None:
        inside = self.place[-1] if self.place else ""
        if inside == "style":
            return
        self.words.append(data)
        if inside == "caption":
            self.caption += data
        elif inside:
            self.rows[-1][-1] += data


def tables(html: str) -> dict[str, list[list[str]]]:
    """Caption -> rows of cells, heads included."""
    reader = _Reader()
    reader.feed(html)
    return reader.tables


def text(html: str) -> str:
    """All the text, blanks made one."""
    reader = _Reader()
    reader.feed(html)
    return " ".join("".join(reader.words).split())


def texts(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a key with its path; names of scales, sets and variants are texts, too."""
    if isinstance(part, str):
        yield path, part
    elif is_dataclass(part):
        for name in part.__dataclass_fields__:
            yield from texts(getattr(part, name), f"{path}.{name}")
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from texts(value, f"{path}.{name}")
            if not str(name).isdigit():
                yield f"{path}.name", str(name)
    elif isinstance(part, tuple):
        for value in part:
            yield from texts(value, f"{path}[]")


# Texts that choose among few, or point to a part of the key: shown in words, not as they stand.
CHOICES = ("id", "scale", "respondent", "key_status", "confidence", "map_columns_by", "score",
           "higher_means", "kind", "effect", "status", "wording_redistributable", "how", "sign")


def hostile(key: Instrument) -> Instrument:
    """The key with a piece of HTML in every text that is shown as it stands."""

    def marked(part: Any, name: str) -> Any:
        if isinstance(part, str):
            return part if name in CHOICES or part == "none" else f"{part}<b>&\"'</b>"
        if is_dataclass(part) and not isinstance(part, type):
            return replace(part, **{field: marked(getattr(part, field), field)
                                    for field in part.__dataclass_fields__})
        if isinstance(part, dict):
            return {key: marked(value, name) for key, value in part.items()}
        if isinstance(part, tuple):
            return tuple(marked(value, "" if name == "answers" else name) for value in part)
        return part

    changed: Instrument = marked(key, "")
    return changed
