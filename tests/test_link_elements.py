"""Cells of a code in one spelling, and what is refused."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balint_research.errors import DataError
from balint_research.study.link.codes import coded
from balint_research.study.link.elements import Element, elements_of, normalised, parse_elements
from balint_research.study.link.months import MONTHS, folded


def one(text: object, spelling: str) -> str | None:
    """The cell as it is compared; "invalid" where it is no such element."""
    made = normalised(pd.Series([text], dtype=object), Element.parse(spelling))[0]
    return "invalid" if made is None else made or None


@pytest.mark.parametrize(("spelling", "written", "compared"), [
    # days: leading zeros, a final .0, blanks, ordinals
    ("day", "07", "7"), ("day", "7.0", "7"), ("day", 7.0, "7"), ("day", " 7 ", "7"),
    ("day", "7.", "7"), ("day", "7th", "7"), ("day", "21st", "21"), ("day", "1er", "1"),
    ("day", "2º", "2"), ("day", "32", "invalid"), ("day", "0", "invalid"), ("day", "-7", "invalid"),
    ("day", "7.5", "invalid"), ("day", "seven", "invalid"), ("day", "7O", "invalid"),
    ("day", "", None), ("day", None, None), ("day", float("nan"), None), ("day", "?", None),
    ("day", "NA", None), ("day", "-", None), ("day:1-28", "29", "invalid"),
    # months: numbers and names
    ("month", "03", "3"), ("month", "March", "3"), ("month", "märz", "3"), ("month", "MARS", "3"),
    ("month", "Jänner", "1"), ("month", "août", "8"), ("month", "agosto", "8"),
    ("month", "Sept.", "9"), ("month", "settembre", "9"), ("month", "março", "3"),
    ("month", "maart", "3"), ("month", "mei", "5"), ("month", "okt", "10"), ("month", "Dez", "12"),
    ("month", "juin", "6"), ("month", "juillet", "7"), ("month", "jui", "invalid"),
    ("month", "ju", "invalid"), ("month", "červen", "6"), ("month", "červenec", "7"),
    ("month", "otto", "invalid"), ("month", "nove", "invalid"), ("month", "13", "invalid"),
    # years
    ("year:1940-2010", "1985", "1985"), ("year:1940-2010", "85", "1985"),
    ("year:1940-2010", "05", "2005"), ("year:1940-2010", "1939", "invalid"),
    ("year:1940-2010", "30", "invalid"), ("year", "85", "invalid"),
    # numbers: none in words
    ("number:0-15", "none", "0"), ("number:0-15", "Keine", "0"), ("number:0-15", "aucun", "0"),
    ("number:0-15", "ninguno", "0"), ("number:0-15", "00", "0"), ("number:0-15", "2,0", "2"),
    ("number:0-15", "16", "invalid"), ("number:1-15", "none", "invalid"),
    ("number", "1234", "1234"), ("number:0-15", "٣", "invalid"),
    # letters: case, accents, marks
    ("letters:2", "Jü", "JU"), ("letters:2", "jü", "JU"), ("letters:2", "é-v", "EV"),
    ("letters:2", "JO", "JO"), ("letters:2", "ß", "SS"), ("letters:2", "øæ", "invalid"),
    ("letters:3", "øæ", "OAE"), ("letters:2", "J", "invalid"), ("letters:2", "Jon", "invalid"),
    ("letters:2", "J1", "invalid"), ("letters:1-3", "J", "J"), ("letters", "Anna", "ANNA"),
    # text: letters and digits as they are
    ("text", "Bad  Tölz", "BADTOLZ"), ("text", "bad-toelz", "BADTOELZ"), ("text", "007", "7"),
    ("text", "7.0", "7"), ("text", "0", "0"), ("text", "O'Brien", "OBRIEN"), ("text", "7a", "7A"),
])
def test_one_spelling(spelling: str, written: object, compared: str | None) -> None:
    assert one(written, spelling) == compared


@pytest.mark.parametrize("name", ["január", "Jänner", "januari", "styczeń", "ocak", "ianuarie",
                                  "leden", "enero", "gennaio", "janeiro", "janvier"])
def test_january_in_eleven_languages(name: str) -> None:
    assert MONTHS[folded(name)] == 1


def test_own_words_for_none() -> None:
    element = Element("letters", length=1, none=("no sister",))
    cells = pd.Series(["No Sister", "A", "0", "none"])
    assert normalised(cells, element) == ["0", "A", "0", None]


def test_na_is_a_pair_of_letters_unless_the_file_writes_na_for_empty() -> None:
    """Nadia's first letters; but an export that has NA in a column of numbers means nothing."""
    frame = pd.DataFrame({"mother": ["NA", "Jo"], "day": ["3", "4"]})
    elements = elements_of({"mother": "letters:2", "day": "day"})
    kept = coded({"pre": frame}, elements, [])
    assert kept.spellings[0] == ("JO", "NA")
    assert [issue.rule for issue in kept.issues] == ["missing_mark"]
    empty = coded({"pre": frame.assign(day=["3", "NA"])}, elements, [])
    assert empty.spellings[0] == ("JO",)
    assert empty.issues == ()


@pytest.mark.parametrize("spelling", [
    "day", "day:1-28", "month", "year:1940-2010", "number", "number:0-15", "letters", "letters:2",
    "letters:1-3", "text",
])
def test_a_spelling_is_read_as_it_is_written(spelling: str) -> None:
    assert Element.parse(Element.parse(spelling).spelling) == Element.parse(spelling)


@pytest.mark.parametrize("spelling", [
    "", "days", "day:7", "day:9-3", "month:1-12", "text:3", "letters:0", "letters:3-2", "number:5",
    "day:a-b", "year:2010-1940",
])
def test_an_unknown_spelling_is_refused(spelling: str) -> None:
    with pytest.raises(DataError, match="spelt in a way"):
        Element.parse(spelling)


def test_faults_of_a_line_are_told_together() -> None:
    with pytest.raises(DataError) as fault:
        parse_elements("a=day:9, b=foo, c")
    assert [issue.rule for issue in fault.value.issues] == ["element_spelling"] * 2
    with pytest.raises(DataError, match="named twice"):
        parse_elements("a=day, a=month")
    with pytest.raises(DataError, match="No element"):
        parse_elements(" , ")


@pytest.mark.parametrize(("spelling", "possible"), [
    ("day", 31), ("month", 12), ("letters:2", 676), ("letters:1-2", 702), ("letters", None),
    ("number:0-15", 16), ("number", None), ("text", None), ("year:1940-2010", 71),
])
def test_how_many_values_an_element_can_have(spelling: str, possible: int | None) -> None:
    assert Element.parse(spelling).possible == possible


@given(st.text(max_size=12), st.sampled_from(["day", "month", "letters:1-4", "number", "text"]))
def test_any_text_becomes_a_value_or_is_refused_and_stays_what_it_became(
    text: str, spelling: str
) -> None:
    made = one(text, spelling)
    assert made is None or made == "invalid" or one(made, spelling) == made


@given(st.text(alphabet="aäàéßøZ -'", min_size=1, max_size=8))
def test_case_accents_and_blanks_do_not_matter(text: str) -> None:
    assert folded(f" {text.upper()} ") == folded(text)
