"""Columns that name a person: found by the column's name and by what its cells look like.

No model and no network: patterns of our own and the standard library. Item columns are not
looked at by content; free text is searched for e-mail addresses only.
"""

import re
from collections.abc import Callable, Collection, Iterator
from ipaddress import ip_address

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.findings import found, number_of

# What a column is called once words that only say whose it is are taken away.
NAMED = {
    "names": (
        "name", "names", "first name", "last name", "full name", "given name", "family name",
        "middle name", "maiden name", "firstname", "lastname", "fullname", "forename", "surname",
        "vorname", "nachname", "familienname", "prenom", "prénom", "nom", "nombre", "apellido",
        "apellidos", "cognome", "nome", "nickname",
    ),
    "e-mail addresses": ("email", "e mail", "mail", "emails", "mail address", "correo"),
    "telephone numbers": (
        "phone", "telephone", "tel", "telefon", "téléphone", "telefono", "teléfono", "mobile",
        "cellphone", "handy", "fax", "cell phone", "mobile phone", "telephone mobile",
        "whatsapp",
    ),
    "IP addresses": ("ip", "ipaddress", "ip adress"),
    "coordinates": (
        "lat", "latitude", "lon", "lng", "longitude", "gps", "coordinates", "coordinate",
        "geolocation", "latlng", "lat lon", "lat lng", "latitude longitude",
    ),
    "birth dates": (
        "dob", "birthdate", "birth date", "date birth", "birthday", "geburtsdatum", "geburtstag",
        "geb", "date naissance", "fecha nacimiento", "data nascita",
    ),
    "postal addresses": ("street", "adresse", "strasse", "straße", "direccion", "indirizzo"),
    "official numbers": (
        "ssn", "social security", "passport", "mrn", "medical record", "national id", "nhs",
        "driving licence",
    ),
}
QUALIFIERS = frozenset((
    "participant", "respondent", "recipient", "user", "student", "resident", "person", "your",
    "my", "the", "of", "de", "di", "du", "contact", "number", "no", "nr", "work", "office",
    "private", "address", "location", "emergency", "kin", "next", "doctor", "physician",
    "nurse", "leader", "patient", "what", "is", "1", "2", "3",
))
POSTAL = ("address", "home address", "postal address", "work address")

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?:\+|00|\(?0)[\d\s()./-]{6,20}\d")
PHONE_US = re.compile(r"(?:\(\d{3}\)\s?|\d{3}[.\s-])\d{3}[.\s-]\d{4}")
DATE = re.compile(
    r"(?P<y1>\d{4})[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/. ]+\d{1,2}[-/. ]+(?P<y2>\d{4})")
PAIR = re.compile(r"\(?([+-]?\d{1,2}\.\d{3,})\s*[,;\s]\s*([+-]?\d{1,3}\.\d{3,})\)?")
DEGREES = re.compile(r"""\d{1,3}\s?°\s?\d{1,2}\s?['′].*[NSEWO]""")
TITLED = re.compile(r"(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Mme|M|Sr|Sra)\.?\s+[A-ZÀ-Þ][\w'’-]+.*")
WORDS = re.compile(r"[A-ZÀ-Þ][\w'’-]+(?:,?\s+[A-ZÀ-Þ][\w.'’-]*){0,3}")

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
    "foundation", "trust",
))
ENOUGH = 0.8   # share of the filled cells from which a whole column is of a kind
SOME = 0.1     # a column of people is mostly names that no list holds
OLDEST_STUDY_DATE = 2010  # days before this year, over several years, are not dates of a survey

Looks = Callable[[pd.Series], pd.Series]


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
        cells = cells[cells != ""]
        if name in items or cells.empty:
            continue
        if kind := kind_by_name(str(name)):
            issues.append(_issue(f"named like a column of {kind}", file, str(name), cells))
        else:
            issues.extend(_by_content(cells, str(name), position, file, name in ids))
    return issues


def kind_by_name(column: str) -> str | None:
    """What a column of this name holds, if it names a person.

    Examples
    --------
    >>> kind_by_name("RecipientFirstName"), kind_by_name("Date of birth"), kind_by_name("tel_2")
    ('names', 'birth dates', 'telephone numbers')
    >>> kind_by_name("group_name"), kind_by_name("email_sent"), kind_by_name("birth_year")
    (None, None, None)
    """
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|[\W_]+",
                    " ", column).lower().split()
    if " ".join(spaced) in POSTAL:
        return "postal addresses"
    core = " ".join(word for word in spaced if word not in QUALIFIERS)
    return next((kind for kind, names in NAMED.items() if core in names), None)


def _by_content(
    cells: pd.Series, name: str, position: int, file: str | None, is_id: bool
) -> Iterator[Issue]:
    for kind, looks in _LOOKS.items():
        hits = cells[looks(cells).to_numpy(dtype=bool)]
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
    return any(looks(one).any() for looks in _LOOKS.values())


# --- what cells look like: each gives True for the cells that name a person ----------------------


def _emails(cells: pd.Series) -> pd.Series:
    return cells.str.contains(EMAIL)


def _phones(cells: pd.Series) -> pd.Series:
    digits = cells.str.count(r"\d")
    international = cells.str.fullmatch(PHONE) & ~cells.str.fullmatch(DATE)
    written_out = cells.str.contains(r"^\+|[\s()/-]", regex=True)  # not a number padded with zeros
    hits = (international & written_out) | cells.str.fullmatch(PHONE_US)
    return hits & digits.between(8, 15)


def _ip_addresses(cells: pd.Series) -> pd.Series:
    return cells.map(_is_ip).astype(bool)


def _is_ip(cell: str) -> bool:
    if cell.count(".") != 3 and cell.count(":") < 2:
        return False
    try:
        ip_address(cell)
    except ValueError:
        return False
    return True


def _coordinates(cells: pd.Series) -> pd.Series:
    return cells.str.fullmatch(PAIR) | cells.str.contains(DEGREES)


def _birth_dates(cells: pd.Series) -> pd.Series:
    """A whole column of days that lie before any survey and spread over several years."""
    parts = cells.str.extract(f"^{DATE.pattern}$")
    years = pd.to_numeric(parts["y1"].fillna(parts["y2"])).dropna()
    of_birth = (
        len(years) >= ENOUGH * len(cells) and years.between(1900, OLDEST_STUDY_DATE).all()
        and (years.nunique() > 1 or len(years) == 1)
    )
    return pd.Series(of_birth and cells.index.isin(years.index), index=cells.index)


def _names(cells: pd.Series) -> pd.Series:
    """Titles with a name, or capitalised words that begin or end with a common given name."""
    titled = cells.str.fullmatch(TITLED)
    capitals = cells.str.fullmatch(WORDS)
    words = cells.str.lower().str.replace(",", " ").str.split()
    known = words.map(lambda parts: len(parts) > 1 and not PLACES.intersection(parts)
                      and (parts[0] in GIVEN or parts[-1] in GIVEN)).astype(bool)
    single = words.map(lambda parts: len(parts) == 1 and parts[0] in GIVEN).astype(bool)
    full = capitals & known
    people = full if full.mean() >= SOME else full & False
    if single.mean() >= ENOUGH / 2 and cells[single].nunique() >= 3:
        people = people | (capitals & single)
    return titled | people


_LOOKS: dict[str, Looks] = {
    "e-mail addresses": _emails,
    "IP addresses": _ip_addresses,
    "coordinates": _coordinates,
    "birth dates": _birth_dates,
    "telephone numbers": _phones,
    "names": _names,
}
