"""Columns that name a person: found by the column's name and by what its cells look like.

No model and no network: patterns of our own and the standard library. Item columns are not
looked at by content; free text is searched for e-mail, telephone and IP addresses only. Names and
birth dates differ between people: a column of few distinct values is a site, a degree or a wave.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from ipaddress import ip_address

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.findings import found, number_of
from balint_research.study.read import NO_ANSWER

# What a column is called once words that only say whose it is are taken away.
NAMED = {
    "names": (
        "name", "names", "first name", "last name", "full name", "given name", "family name",
        "middle name", "maiden name", "firstname", "lastname", "fullname", "forename", "surname",
        "vorname", "nachname", "familienname", "prenom", "prénom", "nom", "nombre", "apellido",
        "apellidos", "cognome", "nome", "nickname", "fname", "lname", "givenname", "familyname",
    ),
    "e-mail addresses": ("email", "e mail", "mail", "emails", "mail address", "correo"),
    "telephone numbers": (
        "phone", "telephone", "tel", "telefon", "téléphone", "telefono", "teléfono", "mobile",
        "cellphone", "handy", "fax", "cell phone", "mobile phone", "telephone mobile",
        "whatsapp", "handynummer", "telefonnummer",
    ),
    "IP addresses": ("ip", "ipaddress", "ip adress", "ip addr", "ip adresse"),
    "coordinates": (
        "lat", "latitude", "lon", "lng", "longitude", "gps", "coordinates", "coordinate",
        "geolocation", "latlng", "lat lon", "lat lng", "latitude longitude",
        "gps lat", "gps lon", "gps lng", "gps latitude", "gps longitude",
    ),
    "birth dates": (
        "dob", "birthdate", "birth date", "date birth", "birthday", "geburtsdatum", "geburtstag",
        "geb", "date naissance", "fecha nacimiento", "data nascita",
        "dateofbirth", "born",
    ),
    "postal addresses": ("street", "adresse", "strasse", "straße", "direccion", "indirizzo"),
    "official numbers": (
        "ssn", "social security", "passport", "mrn", "medical record", "national id", "nhs",
        "driving licence", "gmc",
    ),
}
QUALIFIERS = frozenset((
    "participant", "respondent", "recipient", "user", "student", "resident", "person", "your",
    "my", "the", "of", "de", "di", "du", "contact", "number", "no", "nr", "work", "office",
    "private", "address", "location", "emergency", "kin", "next", "doctor", "physician",
    "nurse", "leader", "patient", "what", "is", "home", "1", "2", "3",
))
POSTAL = ("address", "home address", "postal address", "work address")

# Words in a column's name that say of what day it is, when it is not the day of birth.
OTHER_DAYS = frozenset((
    "survey", "wave", "start", "started", "begin", "end", "ended", "graduation", "graduated",
    "licence", "license", "session", "visit", "interview", "recorded", "submitted", "completed",
    "consent", "entry", "enrolment", "enrollment", "response", "assessment",
))
YES_NO_WORDS = frozenset((
    "yes", "no", "true", "false", "ja", "nein", "oui", "non", "si", "sí", "unknown", "none",
))
MANY_TIMES = 4  # short values that repeat so often are codes

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<![\w.+-])(?:\+|00|\(?0)[\d\s()./-]{6,20}\d(?![\w-])")
PHONE_US = re.compile(r"(?<![\w.+-])(?:\(\d{3}\)\s?|\d{3}[.\s-])\d{3}[.\s-]\d{4}(?![\w-])")
VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2}){3}")
YEARS = re.compile(r"(?:19|20)\d\d\s?[-/–]\s?(?:19|20)\d\d")
DAY, MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
MONTH_NAME = (r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|jän|mär|mai|okt|dez)[^\W\d_]*"
              r"\.?")
DATE = re.compile(
    rf"""(?<![\d.+-])(?:
        (?P<y1>(?:19|20)\d\d)[-/.]{MONTH}[-/.]{DAY}(?:[T\ ]\d\d?:[\d:.]+(?:Z|[+-][\d:]+)?)?
      | (?:{DAY}[-/.\ ]+{MONTH}|{MONTH}[-/.\ ]+{DAY})(?:[-/.\ ]+(?P<y2>(?:19|20)\d\d)
                                                    |[-/.](?P<y3>\d\d))
      | (?P<y4>(?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
      | (?:{DAY}\.?\ +{MONTH_NAME}|{MONTH_NAME}\ +{DAY},?)\ +(?P<y5>(?:19|20)\d\d)
    )(?![.-]?\d)""", re.VERBOSE | re.IGNORECASE)
PAIR = re.compile(r"\(?([+-]?\d{1,2}\.\d{3,})\s*[,;\s]\s*([+-]?\d{1,3}\.\d{3,})\)?")
DEGREES = re.compile(r"""\d{1,3}\s?°\s?\d{1,2}\s?['′].*[NSEWO]""")
TITLED = re.compile(
    r"(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Mme|M|Sr|Sra)\.?\s+(?!(?:[Mm]ed|[Pp]hil|Rer|Dent)\b)"
    r"[A-ZÀ-Þ][\w'’-]+.*")
WORDS = re.compile(r"[A-ZÀ-Þ][\w'’-]+(?:,?\s+[A-ZÀ-Þ][\w.'’-]*){0,3}")
WORD = r"[A-ZÀ-Þ](?:[^\W\d_]|['’-])+"
FULL_NAME = re.compile(
    rf"{WORD},?\s+(?:(?:{WORD}|[A-Z]\.?|van|von|de|del|da|di)\s+)?(?:de[rn]\s+)?{WORD}")

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
CODED = ("names", "telephone numbers", "official numbers")  # may be asked for with yes or no
ENOUGH = 0.8   # share of the filled cells from which a whole column is of a kind
SOME = 0.1     # a column of people is mostly names that no list holds
FEWEST_NAMES = 5  # distinct cells from which capitalised words alone are taken for names
OLDEST, YOUNGEST = 1920, date.today().year - 18  # years in which a participant can be born

# the filled cells, and whether they differ between people -> which of them name a person
Looks = Callable[[pd.Series, bool], pd.Series]


def find_identifiers(
    frame: pd.DataFrame, file: str | None = None, *,
    items: Collection[str] = (), ids: Collection[str] = (),
) -> list[Issue]:
    """Direct identifiers in a frame: names, e-mail, telephone, IP, coordinates, birth dates.

    Parameters
    ----------
    frame : any frame; its index is given as the row numbers of the Issues.
    file : how the Issues name the file.
    items : item columns, which are not looked at.
    ids : columns of participant, session or group ids; runs of digits there are no telephone.

    Returns
    -------
    one Issue a column (rule ``direct_identifier``, severity ``stop``), never with a cell. Empty
    columns are no identifiers. Separate columns of latitudes and longitudes, birth years, and
    names in free text are only found by the column's name.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["01"], "E-Mail": ["x@example.org"], "group_name": ["A"]})
    >>> print(find_identifiers(frame)[0].sentence)
    The column is named like a column of e-mail addresses. Delete the column from the file, or \
code it; what names a person must not go further.
    """
    issues: list[Issue] = []
    for position, (name, column) in enumerate(frame.items(), 1):
        cells = column.dropna().astype("str").str.strip()
        cells = cells[~cells.isin(("", *NO_ANSWER))]
        if name in items or cells.empty:
            continue
        kind = kind_by_name(str(name))
        if kind and not (kind in CODED and _are_codes(cells)):
            issues.append(_issue(f"named like a column of {kind}", file, str(name), cells))
        else:
            varied = _differ_between_people(cells, frame, ids)
            issues.extend(_by_content(cells, varied, str(name), position, file, name in ids))
    return issues


def _are_codes(cells: pd.Series) -> bool:
    """At most three short values, as of yes and no, under whatever name."""
    values = set(cells.str.lower())
    if len(values) > 3:
        return False
    repeated = MANY_TIMES * len(values) <= len(cells)
    return all(value in YES_NO_WORDS or len(value) <= 2 or (repeated and len(value) <= 8)
               for value in values)


def _differ_between_people(cells: pd.Series, frame: pd.DataFrame, ids: Collection[str]) -> bool:
    """More than half of the cells are distinct, where a person's repeated value counts once."""
    person = next(iter(ids), None)
    of = frame[person].loc[cells.index] if person in frame.columns else cells.index.to_series()
    once = cells[~pd.DataFrame({"cell": cells, "of": of}).duplicated().to_numpy()]
    return bool(once.nunique() > len(once) / 2)


def kind_by_name(column: str) -> str | None:
    """What a column of this name holds, if it names a person.

    Examples
    --------
    >>> kind_by_name("RecipientFirstName"), kind_by_name("Date of birth"), kind_by_name("tel_2")
    ('names', 'birth dates', 'telephone numbers')
    >>> kind_by_name("group_name"), kind_by_name("email_sent"), kind_by_name("birth_year")
    (None, None, None)
    """
    column = re.sub(r"^[A-Za-z]{1,2}\d+[_.\s-]+(?=.*[A-Za-z])", "", column)  # Q1_, t2.
    spaced = _words(column)
    if " ".join(spaced) in POSTAL:
        return "postal addresses"
    core = " ".join(word for word in spaced if word not in QUALIFIERS)
    return next((kind for kind, names in NAMED.items() if core in names), None)


def _words(column: str) -> list[str]:
    """The words of a column's name, lower case."""
    return re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|[\W_]+",
                  " ", column).lower().split()


def _by_content(
    cells: pd.Series, varied: bool, name: str, position: int, file: str | None, is_id: bool
) -> Iterator[Issue]:
    for kind, looks in _LOOKS.items():
        if kind == "birth dates" and OTHER_DAYS.intersection(_words(name)):
            continue
        hits = cells[looks(cells, varied).to_numpy(dtype=bool)]
        if kind == "telephone numbers" and is_id:
            hits = hits[hits.str.startswith("+")]
        if not hits.empty:
            # a file without a header has cells where the names should be
            shown = name if not _shows_a_person(name) else f"number {position}"
            every = len(hits) == len(cells)
            look = "looks" if len(hits) == 1 else "look"
            why = "holds" if every else f"has {number_of(len(hits), 'cell')} that {look} like"
            yield _issue(f"{why} {kind}", file, shown, hits)
            return


def _issue(why: str, file: str | None, column: str, cells: pd.Series) -> Issue:
    verb = "is " if why.startswith("named") else ""
    rows = [int(line) for line in cells.index if isinstance(line, int)]
    return found("direct_identifier", file=file, column=column, rows=rows, count=len(cells),
                 why=f"The column {verb}{why}")


def _shows_a_person(text: str) -> bool:
    one = pd.Series([text])
    return any(looks(one, True).any() for looks in _LOOKS.values())


# --- what cells look like: each gives True for the cells that name a person ----------------------


def _emails(cells: pd.Series, varied: bool) -> pd.Series:
    return cells.str.contains(EMAIL)


def _phones(cells: pd.Series, varied: bool) -> pd.Series:
    return cells.map(_has_phone).astype(bool)


def _has_phone(cell: str) -> bool:
    """A telephone number in the text; neither a date, a range of years, nor padded with zeros."""
    text = YEARS.sub(" ", DATE.sub(" ", cell))
    numbers = [match.group() for match in PHONE.finditer(text)]
    written_out = [n for n in numbers if re.search(r"^\+|[\s()/-]", n)]
    written_out += [match.group() for match in PHONE_US.finditer(text)]
    return any(8 <= sum(map(str.isdigit, number)) <= 15 for number in written_out)


def _ip_addresses(cells: pd.Series, varied: bool) -> pd.Series:
    hits = cells.map(lambda cell: any(map(_is_ip, re.split(r"[\s,;()<>\"'=]+", cell))))
    return hits.astype(bool) & (varied | ~cells.str.fullmatch(VERSION))


def _is_ip(word: str) -> bool:
    if word.count(".") < 3 and word.count(":") < 2:
        return False
    try:
        ip_address(word.rstrip("."))
    except ValueError:
        return False
    return True


def _coordinates(cells: pd.Series, varied: bool) -> pd.Series:
    return cells.str.fullmatch(PAIR) | cells.str.contains(DEGREES)


def _birth_dates(cells: pd.Series, varied: bool) -> pd.Series:
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


def _names(cells: pd.Series, varied: bool) -> pd.Series:
    """Titles with a name, common given names with or without a surname, or the form of names."""
    words = cells.str.lower().str.replace(r"[,.]", " ", regex=True).str.split()
    place = words.map(PLACES.intersection).astype(bool)
    capitals = cells.str.fullmatch(WORDS) & ~place
    full = capitals & words.map(
        lambda parts: len(parts) > 1 and (parts[0] in GIVEN or parts[-1] in GIVEN)).astype(bool)
    if not varied:  # also a site may be called after a saint or a queen
        return full & words.map(lambda parts: len(parts) == 2 and parts[0] in GIVEN).astype(bool)
    people = full if full.mean() >= SOME else full & False
    single = capitals & words.map(lambda parts: len(parts) == 1 and parts[0] in GIVEN).astype(bool)
    if single.mean() >= ENOUGH / 2 and cells[single].nunique() >= 3:
        people = people | single
    formed = cells.str.fullmatch(FULL_NAME) & ~place
    distinct = cells.nunique()
    if distinct >= FEWEST_NAMES and cells[formed].nunique() > distinct / 2:
        people = people | formed
    return cells.str.fullmatch(TITLED) | people


_LOOKS: dict[str, Looks] = {
    "e-mail addresses": _emails,
    "IP addresses": _ip_addresses,
    "coordinates": _coordinates,
    "birth dates": _birth_dates,
    "telephone numbers": _phones,
    "names": _names,
}
