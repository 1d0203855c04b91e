"""Which fields of a dictionary are numbered alike, and which questionnaire their names hint at."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from balint_research.scoring.exchange.redcap import Field
from balint_research.scoring.instrument import Instrument

EXACT, FAMILY, NONE = 2, 1, 0  # the id or abbreviation; its first letters (mbi); neither
TOO_COMMON = {"brief", "mini"}  # first words of ids that name no questionnaire
SHORTENED = 5                   # letters from which the beginning of an id names it

# What large public surveys call the items: DPQ010 to DPQ090 in the files of the US survey NHANES
# (CDC/NCHS, documentation of the file DPQ).
ALIASES: Mapping[str, frozenset[str]] = {"phq9": frozenset({"dpq"})}


@dataclass(frozen=True, kw_only=True)
class Series:
    """Fields whose names differ in one number only; `width` is 2 where it is written 01."""

    prefix: str
    suffix: str
    width: int | None  # None: written in two ways
    fields: Mapping[int, Field]

    @property
    def pattern(self) -> str | None:
        """The names as `items` takes them, where one pattern gives them all."""
        if self.width is None or re.search(r"[{}]", self.prefix + self.suffix):
            return None
        return f"{self.prefix}{{n{f':0{self.width}' if self.width else ''}}}{self.suffix}"


def series_of(fields: Iterable[Field]) -> list[Series]:
    """Every series of the fields; a name with two numbers belongs to two."""
    found: dict[tuple[str, str], dict[str, Field]] = {}
    for field in fields:
        for number in re.finditer(r"\d+", field.name):
            place = field.name[: number.start()], field.name[number.end():]
            found.setdefault(place, {}).setdefault(number[0], field)
    return [
        Series(prefix=prefix, suffix=f"{tens}{suffix}", width=_width(list(written)),
               fields={int(number): field for number, field in sorted(
                   written.items(), key=lambda pair: int(pair[0]))})
        for (prefix, suffix), numbers in found.items()
        for tens, written in _numberings(numbers)
    ]


def _numberings(numbers: Mapping[str, Field]) -> Iterable[tuple[str, Mapping[str, Field]]]:
    """The numbers as they are written; those that go up in tens also without their last nought."""
    yield "", numbers
    if len(numbers) > 2 and all(re.fullmatch(r"\d+0", number) for number in numbers):
        yield "0", {number[:-1]: field for number, field in numbers.items()}


def hint(key: Instrument, texts: Iterable[str]) -> int:
    """How clearly the texts (parts of field names, form names) name the questionnaire."""
    held = {name for text in texts for name in _runs(text)}
    own_names = _own_names(key)
    if held & own_names:
        return EXACT
    begun = any(len(name) >= SHORTENED and own.startswith(name) for name in held - TOO_COMMON
                for own in own_names)
    return FAMILY if begun or held & families(key) else NONE


def nearness(key: Instrument, series: Series) -> int:
    """2 where the name of the questionnaire stands right before the number (`who5_1`), 1 where it
    follows (`q1_who5`), else 0: of two numbers in a name, the nearer one is the item."""
    before, after = _words(series.prefix), _words(series.suffix)
    known = _own_names(key) | families(key)
    if known & {"".join(before[i:]) for i in range(len(before))}:
        return 2
    return int(bool(known & {"".join(after[: i + 1]) for i in range(len(after))}))


def families(key: Instrument) -> set[str]:
    """The letters an id or abbreviation begins with: `mbi` of `mbi_hss`."""
    names = {re.match("[a-z]*", name.lower()) for name in (key.id, key.abbreviation or key.id)}
    return {name[0] for name in names if name and len(name[0]) > 1} - TOO_COMMON


def _own_names(key: Instrument) -> set[str]:
    names = {"".join(_words(name)) for name in (key.id, key.abbreviation or key.id)}
    return names | ALIASES.get(key.id, frozenset())


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", text.lower())


@lru_cache(maxsize=4096)  # every key asks for the same texts
def _runs(text: str) -> frozenset[str]:
    """Neighbouring words of the text, written together: `mbi_hss_` holds mbi, hss and mbihss.

    At most four: no name of a questionnaire has more, and whole questions have hundreds.
    """
    words = _words(text)
    return frozenset("".join(words[i:j]) for i in range(len(words))
                     for j in range(i + 1, min(i + 4, len(words)) + 1))


def _width(numbers: Sequence[str]) -> int | None:
    padded = [number for number in numbers if number.startswith("0") and number != "0"]
    if not padded:
        return 0
    widths = {len(number) for number in numbers}
    return widths.pop() if len(widths) == 1 else None
