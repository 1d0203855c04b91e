"""Waves that stand in the names of the item columns: ``QWB_1_post``, ``t2_phq_3``, ``gad7pre``."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from balint_research.study.propose.wave_words import in_order, is_wave_word

MARK = "\ue000"   # stands for the wave in a name; no column is written with it
MOST_WAVES = 10
FEWEST_ITEMS = 3  # numbers that must come back at each wave, where its word is no word for a wave
ALIKE = 0.8       # how alike the numbers must be
# Ends of a name that are no waves although they come back with every item.
OTHER_ENDS = re.compile(r"(text|other|rt|time|sec|seconds|r|rev|reversed|score|raw|recode[d]?|"
                        r"[a-z]|\d+)", re.IGNORECASE)
LONGEST_NAME = 60  # longer ones are questions, not codes of items
BOUNDARY = re.compile(r"[\s_.\-]+")


@dataclass(frozen=True)
class Unfolded:
    """The names without their waves: name with `MARK` -> wave -> column."""

    waves: tuple[str, ...]                        # as written in the names, in order
    columns: Mapping[str, Mapping[str, str]]


def unfold(names: Sequence[str]) -> Unfolded | None:
    """The waves in the names, or None where there are none.

    Examples
    --------
    >>> found = unfold(["id", *(f"phq_{n}_{t}" for t in ("post", "pre") for n in (1, 2, 3))])
    >>> found.waves, sorted(found.columns)[0].replace(MARK, "{wave}")
    (('pre', 'post'), 'phq_1_{wave}')
    """
    if any(MARK in name for name in names):
        return None
    stems = _by_words(names) or _by_ends(names)
    if not stems:
        return None
    written = [wave for name in names for columns in stems.values()
               for wave, column in columns.items() if column == name]
    waves = in_order(list(dict.fromkeys(written)))
    return Unfolded(tuple(waves), stems)


def _by_words(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Names that hold a word for a wave, where the rest comes back with another one.

    "pre_1" can be the wave "pre" of item 1 or a wave of its own: what makes most items come back
    at the same waves is right.
    """
    options: dict[str, dict[str, str]] = defaultdict(dict)
    for name in (name for name in names if len(name) <= LONGEST_NAME):
        for start, end in _wave_places(name):
            stem = f"{name[:start]}{MARK}{name[end:]}"
            if re.search(r"\w", stem.replace(MARK, "")):
                options[stem].setdefault(name[start:end], name)
    together = Counter(frozenset(columns) for columns in options.values()
                       if 1 < len(columns) <= MOST_WAVES)
    # one stem alone can be items that are numbered like waves (t1 to t16)
    often = sorted((waves for waves, stems in together.items() if stems > 1),
                   key=lambda waves: (-together[waves] * len(waves), -together[waves],
                                      sum(map(len, waves)), sorted(waves)))
    if not often:
        return {}
    known = set(often[0])
    for waves in often[1:]:
        if known & waves and len(known | waves) <= MOST_WAVES:
            known |= waves
    several = {stem for stem, columns in options.items()
               if len(columns) > 1 and known.issuperset(columns)}
    shapes = {_shape(stem) for stem in several}
    return _each_column_once({
        stem: columns for stem, columns in options.items()
        if stem in several or (len(columns) == 1 and _shape(stem) in shapes
                               and known.issuperset(columns))})


def _wave_places(name: str) -> Iterator[tuple[int, int]]:
    """Where words for time stand, between separators or letters and digits."""
    cuts = sorted({0, len(name), *(at for match in BOUNDARY.finditer(name) for at in match.span()),
                   *(i for i in range(1, len(name)) if _changes(name[i - 1], name[i]))})
    for start, end in combinations(cuts, 2):
        if _is_whole(name, start, end) and is_wave_word(name[start:end]):
            yield start, end


def _changes(before: str, after: str) -> bool:
    """Between two signs a name can be cut: digit and letter, small and capital."""
    return (before.isdigit() and after.isalpha()) or (before.isalpha() and after.isdigit()) or (
        before.islower() and after.isupper())


def _is_whole(name: str, start: int, end: int) -> bool:
    """The part neither begins nor ends with a separator, nor splits a number from its letter."""
    part = name[start:end]
    if not part or BOUNDARY.match(part[0]) or BOUNDARY.match(part[-1]):
        return False
    # "t1" of "phqt1" would cut a word; "_t1" and "9t1" do not
    return not (start and name[start - 1].isalpha() and part[0].isalpha()
                and not part[0].isupper())


def _shape(stem: str) -> tuple[bool, bool]:
    return stem.startswith(MARK), stem.endswith(MARK)


def _by_ends(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Numbered names that come back with another ending, whatever its word is."""
    ends: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in names:
        for match in re.finditer(r"(\d+)[\s_.\-]+(?=[^\W\d])(?P<end>\w[\w\s.\-]*)$", name):
            if not OTHER_ENDS.fullmatch(match["end"]):
                ends[name[: match.start()]][match["end"]][match[1]] = name
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    waves: set[str] = set()
    for by_end in ends.values():
        several = [end for end, numbers in by_end.items() if len(numbers) >= FEWEST_ITEMS]
        if len(several) > 1 and _alike([set(by_end[end]) for end in several]):
            waves.update(several)
    if not 1 < len(waves) <= MOST_WAVES:
        return {}
    for by_end in ends.values():
        for end in waves.intersection(by_end):
            for name in by_end[end].values():
                stems[f"{name.removesuffix(end)}{MARK}"][end] = name
    return _each_column_once(stems)


def _alike(numbers: Sequence[set[str]]) -> bool:
    shared, either = set.intersection(*numbers), set.union(*numbers)
    return len(shared) >= ALIKE * len(either)


def _each_column_once(stems: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """A name with two words for time belongs to the stem that comes back at most waves."""
    ordered = sorted(stems.items(), key=lambda pair: -len(pair[1]))
    taken: set[str] = set()
    kept: dict[str, dict[str, str]] = {}
    for stem, columns in ordered:
        left = {wave: name for wave, name in columns.items() if name not in taken}
        if left and len(left) == len(columns):
            kept[stem] = left
            taken.update(left.values())
    return kept
