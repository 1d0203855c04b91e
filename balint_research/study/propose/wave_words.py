"""Words for waves: how they are written in columns, cells and file names, and their order."""

import re
from collections.abc import Iterable, Sequence

# A wave's word and its place in time: before, at the start, during, at the end, later.
PLACES = {
    "screening": 0, "screen": 0, "eligibility": 0,
    "baseline": 1, "base": 1, "bl": 1, "pre": 1, "pretest": 1, "before": 1, "intake": 1,
    "enrollment": 1, "enrolment": 1, "entry": 1, "start": 1, "vorher": 1, "prä": 1, "prae": 1,
    "vortest": 1, "beginn": 1, "avant": 1, "antes": 1, "prima": 1, "initial": 1,
    "mid": 2, "midterm": 2, "middle": 2, "half": 2, "halftime": 2, "halfway": 2, "mitte": 2,
    "interim": 2,
    "post": 3, "posttest": 3, "after": 3, "end": 3, "discharge": 3, "exit": 3, "nachher": 3,
    "nachtest": 3, "ende": 3, "final": 3, "apres": 3, "après": 3, "despues": 3, "después": 3,
    "dopo": 3,
    "followup": 4, "follow": 4, "fu": 4, "katamnese": 4, "catamnesis": 4, "seguimiento": 4,
}
UNITS = {"day": 1, "days": 1, "d": 1, "tag": 1, "tage": 1,
         "week": 7, "weeks": 7, "wk": 7, "wks": 7, "woche": 7, "wochen": 7,
         "month": 30, "months": 30, "mo": 30, "mon": 30, "m": 30, "monat": 30, "monate": 30,
         "mois": 30, "mes": 30, "meses": 30,
         "year": 365, "years": 365, "yr": 365, "y": 365, "jahr": 365, "jahre": 365, "an": 365}
COUNTED = {"t", "w", "v", "tp", "time", "timepoint", "wave", "welle", "visit", "vis", "occasion",
           "zeitpunkt", "mzp", "mp", "phase", "assessment", "measurement", "round", "session",
           "survey", "moment", "ola", "vague", "temps", "tiempo"}
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9,
           "twelve": 12, "first": 1, "second": 2, "third": 3, "fourth": 4}
# Words that stand beside them and say nothing by themselves.
BESIDE = {"up", "test", "line", "of", "treatment", "intervention", "training", "measure"}
WORD = re.compile(r"[^\W\d_]+|\d+")


def is_wave_word(text: str) -> bool:
    """Whether a part of a name can only be a wave: every word of it belongs to time.

    Examples
    --------
    >>> [is_wave_word(text) for text in ("T1", "one_year_followup", "m6", "phq", "3", "total")]
    [True, True, True, False, False, False]
    """
    words = [word.casefold() for word in WORD.findall(text)]
    known = PLACES.keys() | UNITS.keys() | COUNTED | NUMBERS.keys() | BESIDE
    if not words or not all(word.isdigit() or word in known for word in words):
        return False
    named = any(word in PLACES for word in words)
    numbered = any(word.isdigit() or word in NUMBERS for word in words)
    return named or (numbered and any(word in UNITS or word in COUNTED for word in words))


def speaks_of_time(text: str) -> bool:
    """Whether any word of a label belongs to time."""
    words = {word.casefold() for word in WORD.findall(text)}
    return bool(words & (PLACES.keys() | UNITS.keys() | COUNTED))


def in_order(waves: Sequence[str]) -> list[str]:
    """The waves in their order in time, where their words tell it; else as they came.

    Examples
    --------
    >>> in_order(["post", "month12", "month6", "baseline"])
    ['baseline', 'post', 'month6', 'month12']
    >>> in_order(["b", "a"])
    ['b', 'a']
    """
    places = {wave: _place(wave) for wave in waves}
    if any(place is None for place in places.values()):
        return list(waves)
    return sorted(waves, key=lambda wave: places[wave] or (0, 0))


def _place(wave: str) -> tuple[float, float] | None:
    """Kind of time and time: a word comes before what is counted in days."""
    words = [word.casefold() for word in WORD.findall(wave)]
    numbers = [int(word) if word.isdigit() else NUMBERS[word] for word in words
               if word.isdigit() or word in NUMBERS]
    number = numbers[0] if numbers else 0
    unit = next((UNITS[word] for word in words if word in UNITS), None)
    place = next((PLACES[word] for word in words if word in PLACES), None)
    if unit is not None and numbers:
        return (4, number * unit) if number else (1, 0)
    if place is not None:
        return place, number
    if numbers and (len(words) == 1 or any(word in COUNTED for word in words)):
        return 1, number
    return None


def plain_names(values: Iterable[str]) -> dict[str, str]:
    """A name for each value of a wave or arm: one word stays, others lose blanks and capitals.

    Examples
    --------
    >>> plain_names(["Month 6", "0", "pre", "VIS1"])
    {'Month 6': 'month_6', '0': '0', 'pre': 'pre', 'VIS1': 'VIS1'}
    """
    listed = list(values)
    names = [value if re.fullmatch(r"\w+", value) else
             re.sub(r"\W+", "_", value).strip("_").casefold() or value for value in listed]
    if len(set(names)) < len(names):
        names = listed
    return dict(zip(listed, names, strict=True))


def numbered(values: Sequence[str], word: str) -> dict[str, str]:
    """Names for values that are numbers: ``t0``, ``arm_2``; others as `plain_names` gives them."""
    if all(re.fullmatch(r"\d+(\.0+)?", value.strip()) for value in values):
        return {value: f"{word}{value.strip().partition('.')[0]}" for value in values}
    return plain_names(values)
