"""What a cell that names a person looks like, kind by kind.

Each function takes the filled cells of a column and whether they differ between people, and gives
True for the cells that name somebody. Names and birth dates differ between people: a column of few
distinct values is a site, a degree or a wave.
"""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address

import pandas as pd

Looks = Callable[[pd.Series, bool], pd.Series]

ENOUGH = 0.8      # share of the filled cells from which a whole column is of a kind
SOME = 0.1        # a column of people is mostly names that no list holds
FEWEST_NAMES = 5  # distinct cells from which capitalised words alone are taken for names
OLDEST, YOUNGEST = 1920, date.today().year - 18  # years in which a participant can be born

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<![\w.+-])(?<!\d\s)(?:\+|00|\(?0)[\d\s()./-]{6,20}\d(?![\w-])")
PHONE_US = re.compile(
    r"(?<![\w.+-])(?:1[\s.-])?(?:\(\d{3}\)\s?|\d{3}[.\s-])\d{3}[.\s-]\d{4}(?![\w-])")
PHONE_DIGITS = r"0[1-9]\d{7,11}|00[1-9]\d{8,12}|[2-9]\d{9}"
VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2}){3}")
# Numbers that are no telephone: years, months, times of day and money, each from one to another.
SPANS = re.compile(
    r"(?:19|20)\d\d\s?[-/–]\s?(?:19|20)\d\d|\b\d{1,2}/(?:19|20)\d\d\b"
    r"|\b\d{1,2}[.:]?\d\d\s?[-–]\s?\d{1,2}[.:]?\d\d\b"
    r"|(?<!\d)(?<![\d+][ .,])(?<!\+)[1-9]\d{0,2}(?:[ .,]\d{3})+(?!\d)")
DAY, MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
MONTH_NAME = (r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|jän|mär|mai|okt|dez"
              r"|fév|fev|avr|jui|aoû|aou|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott)[^\W\d_]*\.?")
TIME = r"(?:[T\ ]+\d\d?:[\d:.]+(?:Z|[+-][\d:]+)?)?"
DATE = re.compile(
    rf"""(?<![\d.+-])(?:
        (?P<y1>(?:19|20)\d\d)[-/.]{MONTH}[-/.]{DAY}
      | (?:{DAY}[-/.\ ]+{MONTH}|{MONTH}[-/.\ ]+{DAY})(?:[-/.\ ]+(?P<y2>(?:19|20)\d\d)
                                                    |[-/.](?P<y3>\d\d))
      | (?P<y4>(?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
      | {DAY}[-.\ ]*(?:de\ )?{MONTH_NAME}[-.\ ]*(?:de\ )?(?:(?P<y5>(?:19|20)\d\d)|(?P<y6>\d\d))
      | {MONTH_NAME}\ +{DAY},?\ +(?P<y7>(?:19|20)\d\d)
    ){TIME}(?![.-]?\d)""", re.VERBOSE | re.IGNORECASE)
PAIR = re.compile(r"[(\[]?([+-]?\d{1,2}[.,]\d{3,})\s*[,;\s]\s*([+-]?\d{1,3}[.,]\d{3,})[)\]]?")
DEGREES = re.compile(r"""\d{1,3}(?:\.\d+)?\s?°.*[NSEWO]|POINT\s?\(""")
TITLED = re.compile(
    r"(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Mme|M|Sr|Sra)\.?\s+(?!(?:[Mm]ed|[Pp]hil|Rer|Dent)\b)"
    r"[A-ZÀ-Þ][\w'’-]+.*")
WORD = re.compile(r"(?:[^\W\d_]|[.'’-])+")
BETWEEN_NAMES = re.compile(r"\s*[&;/]\s*|\s+(?:and|und|et|y)\s+")
PARTICLES = frozenset((
    "van", "von", "de", "del", "da", "di", "der", "den", "la", "le", "bin", "al", "el", "dos",
))

# Common given names; a column of people shows several of them even where most are rarer.
GIVEN = frozenset((
    "adam", "ahmed", "aisha", "alex", "alexander", "alice", "ali", "amelia", "ana", "andrea",
    "andreas", "andrew", "anna", "anne", "anthony", "antonio", "barbara", "ben", "benjamin",
    "carlos", "caroline", "catherine", "charlotte", "chen", "christian", "christine", "claire",
    "clara", "claudia", "daniel", "david", "deborah", "diana", "edward", "elena", "eleonore",
    "elias", "elizabeth", "ella", "emily", "emma", "eric", "erik", "eva", "fatima", "felix",
    "francesca", "frank", "gabriel", "george", "giulia", "hanna", "hannah", "hans", "heidi",
    "helen", "helena", "henry", "ibrahim", "isabella", "ivan", "jack", "jacob", "james", "jan",
    "jane", "jean", "jennifer", "jessica", "joao", "johan", "johann", "john", "jonas", "jose",
    "josef", "joseph", "juan", "julia", "karen", "karin", "karl", "katharina", "kevin", "laura",
    "lars", "lea", "lena", "leo", "leon", "lisa", "louis", "louise", "lucas", "lucia", "luca",
    "luis", "lukas", "manuel", "marc", "marco", "margaret", "maria", "marie", "mark", "markus",
    "marta", "martha", "martin", "mary", "matthew", "max", "maya", "mei", "michael", "michelle",
    "miguel", "mohamed", "mohammad", "mohammed", "monika", "muhammad", "nadia", "natalia",
    "nicholas", "nicole", "nina", "noah", "nora", "oliver", "olivia", "omar", "pablo",
    "patricia", "paul", "paula", "pedro", "peter", "philipp", "pierre", "rachel", "ravi",
    "rebecca", "richard", "robert", "rosa", "ruth", "sabine", "samuel", "sandra", "sara",
    "sarah", "sofia", "sophia", "sophie", "stefan", "stephen", "steven", "susan", "susanne",
    "thomas", "tim", "tomas", "ursula", "victor", "victoria", "wei", "william", "wolfgang",
    "xin", "yan", "yusuf",
))
PLACES = frozenset((
    "university", "hospital", "clinic", "clinics", "college", "school", "centre", "center",
    "institute", "ward", "department", "practice", "surgery", "medicine", "city", "street",
    "foundation", "trust", "infirmary", "group", "gruppe", "team", "st", "saint", "san", "santa",
    "royal", "queen", "king",
))


def emails(cells: pd.Series, varied: bool) -> pd.Series:
    return cells.str.contains(EMAIL)


def phones(cells: pd.Series, varied: bool) -> pd.Series:
    """Numbers written as telephone numbers are; bare digits only where a whole column has them."""
    digits = cells.str.fullmatch(PHONE_DIGITS)
    bare = varied and digits.mean() >= ENOUGH
    return cells.map(_has_phone).astype(bool) | (digits & bare)


def _has_phone(cell: str) -> bool:
    """A telephone number in the text; neither a date, a span, nor padded with zeros."""
    text = SPANS.sub(" ", DATE.sub(" ", cell))
    numbers = [match.group() for match in PHONE.finditer(text)]
    written_out = [n for n in numbers if re.search(r"^\+|[\s()/-]", n)]
    written_out += [match.group() for match in PHONE_US.finditer(text)]
    return any(8 <= sum(map(str.isdigit, number)) <= 15 for number in written_out)


def ip_addresses(cells: pd.Series, varied: bool) -> pd.Series:
    """Addresses also inside a text; four numbers of at most two digits are a version."""
    hits = cells.map(lambda cell: any(map(_is_ip, re.split(r"[\s,;()<>\"'=]+", cell))))
    return hits.astype(bool) & ~cells.str.fullmatch(VERSION)


def _is_ip(word: str) -> bool:
    if word.count(".") < 3 and word.count(":") < 2:
        return False
    try:
        ip_address(re.sub(r"(?<=\.\d)(\d{0,2}):\d+$", r"\1", word.rstrip(".")))
    except ValueError:
        return False
    return True


def coordinates(cells: pd.Series, varied: bool) -> pd.Series:
    return cells.str.fullmatch(PAIR) | cells.str.contains(DEGREES)


def birth_dates(cells: pd.Series, varied: bool) -> pd.Series:
    """Days that differ between people, in years in which participants are born."""
    years = cells.map(_year_of).dropna()
    years = years[years.between(OLDEST, YOUNGEST)]
    of_birth = (varied and len(years) >= ENOUGH * len(cells)
                and (years.nunique() > 1 or len(years) == 1))
    return pd.Series(of_birth and cells.index.isin(years.index), index=cells.index)


def _year_of(cell: str) -> float:
    """The year of a date; one of two digits is the latest that is not to come."""
    match = DATE.fullmatch(cell)
    if match is None:
        return float("nan")
    year = int(next(filter(None, match.groups())))
    if year >= 100:
        return year
    return year + (2000 if year <= date.today().year % 100 else 1900)


def names(cells: pd.Series, varied: bool) -> pd.Series:
    """Titles with a name, common given names with or without a surname, or the form of names."""
    words = cells.str.lower().str.replace(r"[,.]", " ", regex=True).str.split()
    place = words.map(PLACES.intersection).astype(bool)
    known = words.map(lambda parts: 1 < len(parts) < 5 and (
        parts[0] in GIVEN or parts[-1] in GIVEN)).astype(bool) & ~place
    known &= cells.str.fullmatch(r"[^\d_]+")
    capitals = cells.str[:1].str.isupper().astype(bool)
    if not varied:  # also a site may be called after a saint or a queen
        two = words.map(lambda parts: len(parts) == 2 and parts[0] in GIVEN).astype(bool)
        return known & two & capitals
    people = known if known.mean() >= SOME else known & False
    single = capitals & words.map(lambda parts: len(parts) == 1 and parts[0] in GIVEN).astype(bool)
    if single.mean() >= ENOUGH / 2 and cells[single].nunique() >= 3:
        people = people | single
    formed = cells.map(is_full_name).astype(bool) & ~place
    distinct = cells.nunique()
    if distinct >= FEWEST_NAMES and cells[formed].nunique() > distinct / 2:
        people = people | formed
    return cells.str.fullmatch(TITLED) | people


def people(cells: pd.Series, varied: bool) -> pd.Series:
    """Names in a column whose cells stand for people: there one of them is enough."""
    full = cells.map(lambda cell: any(map(is_full_name, BETWEEN_NAMES.split(cell)))).astype(bool)
    return full | names(cells, varied)


def is_full_name(cell: str) -> bool:
    """Two to four words in the form of a name, in any script.

    Examples
    --------
    >>> is_full_name("Łukasz Żak"), is_full_name("O'Neill, Aoife"), is_full_name("resident 2")
    (True, True, False)
    """
    words = cell.replace(",", " ").split()
    if not words or not all(WORD.fullmatch(word) for word in words):
        return False
    if cell.lower() == cell.upper():  # a script without capitals
        return 2 <= len(words) <= 4 or (len(words) == 1 and 2 <= len(cell) <= 4)
    bare = [word.strip(".'’-") for word in words]
    capitals = all(word[:1].isupper() or word in PARTICLES for word in bare)
    ends = all(word[:1].isupper() and len(word) > 1 for word in (bare[0], bare[-1]))
    return 2 <= len(words) <= 4 and capitals and ends


BY_CONTENT: dict[str, Looks] = {
    "e-mail addresses": emails,
    "IP addresses": ip_addresses,
    "coordinates": coordinates,
    "birth dates": birth_dates,
    "telephone numbers": phones,
    "names": names,
}
