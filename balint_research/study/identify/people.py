"""What a cell that holds somebody's name looks like; names differ between people."""

import re

import pandas as pd

from balint_research.study.identify.dates import ENOUGH

SOME = 0.1        # a column of people is mostly names that no list holds
FEWEST_NAMES = 5  # distinct cells from which capitalised words alone are taken for names

TITLED = re.compile(
    r"(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Mme|M|Sr|Sra)\.?\s+(?!(?:[Mm]ed|[Pp]hil|Rer|Dent)\b)"
    r"[A-ZÀ-Þ][\w'’-]+.*")
TITLED_INSIDE = re.compile(
    r"(?:^|\W)(?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Mme|Sr|Sra)\.?\s+(?!(?:[Mm]ed|[Pp]hil|Rer|Dent)\b)"
    r"[A-ZÀ-Þ][\w’-]{2,}")
GENITIVE = re.compile(r"([A-ZÀ-Þ][^\W\d_]+)(?:['’]s|['’])\s+\w")
OWNERS = frozenset((
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "women",
    "men", "children", "doctor", "resident", "nurse", "trainee", "student", "gp", "physician",
    "registrar", "people", "today", "mary", "queen", "king", "fellow", "intern", "senior", "junior",
    "master", "bachelor", "beginner", "leader", "parent", "teacher", "patient",
))
OF_A_GROUP = frozenset((
    "group", "gruppe", "groupe", "grupo", "gruppo", "groep", "team", "balint", "balintgruppe",
    "seminar", "session", "of", "von", "de", "with", "mit", "the", "s",
))
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


def labels(cells: pd.Series, varied: bool) -> pd.Series:
    """Names inside what a group or a session is called: a title, a genitive, a given name.

    A surname alone beside "group" cannot be told from a town or a colour.
    """
    named = cells.str.contains(TITLED_INSIDE) | cells.map(_is_a_genitive).astype(bool)
    return named | cells.map(_is_called_after).astype(bool) | names(cells, varied)


def _is_a_genitive(cell: str) -> bool:
    match = GENITIVE.match(cell)
    return match is not None and match.group(1).lower().rstrip("s") not in OWNERS


def _is_called_after(cell: str) -> bool:
    """One given name beside words for a group."""
    words = re.findall(r"[^\W\d_]+", cell.lower())
    rest = [word for word in words if word not in OF_A_GROUP]
    return len(words) > len(rest) == 1 and rest[0] in GIVEN
