"""Columns that name a person: found by the column's name and by what its cells look like.

No model and no network: patterns of our own (`looks.py`) and the standard library. Item columns
are not looked at by content; free text is searched for e-mail, telephone and IP addresses only.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.findings import found
from balint_research.study.looks import BY_CONTENT, is_full_name, people
from balint_research.study.read.table import NO_ANSWER

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
        "mobil", "cellphone", "handy", "fax", "cell phone", "mobile phone", "telephone mobile",
        "whatsapp", "handynummer", "telefonnummer",
    ),
    "IP addresses": ("ip", "ipaddress", "ip adress", "ip addr", "ip adresse"),
    "coordinates": (
        "lat", "latitude", "lon", "lng", "longitude", "gps", "coordinates", "coordinate",
        "geolocation", "latlng", "lat lon", "lat lng", "latitude longitude", "gps coordinates",
        "gps lat", "gps lon", "gps lng", "gps latitude", "gps longitude",
    ),
    "birth dates": (
        "dob", "birthdate", "birth date", "date birth", "birthday", "geburtsdatum", "geburtstag",
        "geb", "date naissance", "fecha nacimiento", "data nascita",
        "dateofbirth", "born",
    ),
    "postal addresses": (
        "street", "adresse", "strasse", "straße", "direccion", "indirizzo", "anschrift",
    ),
    "official numbers": (
        "ssn", "social security", "passport", "mrn", "medical record", "national id", "nhs",
        "driving licence", "gmc", "svnr",
    ),
}
QUALIFIERS = frozenset((
    "participant", "respondent", "recipient", "user", "student", "resident", "person", "your",
    "my", "the", "of", "de", "di", "du", "contact", "number", "no", "nr", "work", "office",
    "private", "address", "location", "emergency", "kin", "next", "doctor", "physician",
    "nurse", "leader", "patient", "what", "is", "home", "numéro", "numero", "nummer", "1", "2",
    "3",
))
POSTAL = ("address", "home address", "postal address", "work address")

# Words in a column's name that say of what day it is, when it is not the day of birth.
OTHER_DAYS = frozenset((
    "survey", "wave", "start", "started", "begin", "end", "ended", "graduation", "graduated",
    "licence", "license", "session", "visit", "interview", "recorded", "submitted", "completed",
    "consent", "entry", "enrolment", "enrollment", "response", "assessment", "approbation",
    "qualified", "qualification", "hired", "employed", "joined", "registered", "registration",
    "degree", "exam", "since",
))
# Words in a column's name that say that its capitalised words are no people.
NO_PEOPLE = frozenset((
    "site", "hospital", "clinic", "school", "university", "college", "practice", "department",
    "ward", "room", "place", "city", "country", "region", "topic", "theme", "title", "session",
    "specialty", "speciality", "role", "profession", "position", "degree", "language", "mode",
    "programme", "program", "event",
))
NO_TELEPHONES = frozenset(("id", "seed", "token", "code", "timestamp"))
YES_NO_WORDS = frozenset((
    "yes", "no", "true", "false", "ja", "nein", "oui", "non", "si", "sí", "unknown", "none",
))
MANY_TIMES = 4  # short values that repeat so often are codes
LONGEST_CODE = 12


SHORT_CODE = r"[A-Za-z]{0,2}\d{1,4}"  # names nobody: no telephone, no date, no place is so short


def find_identifiers(
    frame: pd.DataFrame, file: str | None = None, *,
    items: Collection[str] = (), ids: Collection[str] = (), persons: Collection[str] = (),
    named: bool = True,
) -> list[Issue]:
    """Direct identifiers in a frame: names, e-mail, telephone, IP, coordinates, birth dates.

    Parameters
    ----------
    frame : any frame; its index is given as the row numbers of the Issues.
    file : how the Issues name the file.
    items : item columns, which are not looked at.
    ids : columns of participant, session or group ids; runs of digits there are no telephone.
    persons : of these, the columns whose cells stand for people (participant, leaders, rater):
        there a single full name is one too many.
    named : False where line 1 may hold cells instead of names: columns are told by their number.

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
        if kind and not _is_something_else(kind, cells):
            issues.append(_issue(f"named like a column of {kind}", file, str(name), cells))
        elif not cells.str.fullmatch(SHORT_CODE).all():
            varied = _differ_between_people(cells, frame, ids)
            issues.extend(replace(issue, column=issue.column if named and _is_a_name(str(name))
                                  else f"number {position}")
                          for issue in _by_content(cells, varied, str(name), file, ids, persons))
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
    column = re.sub(r"\(.*?\)|\[.*?\]", " ", column)                             # (optional)
    column = re.sub(r"^[A-Za-z]{1,2}\d+[_.\s-]+(?=.*[A-Za-z])", "", column)      # Q1_, t2.
    if " ".join(_words(column)) in POSTAL:
        return "postal addresses"
    pieces = re.split(r"[,/&;]|\b(?:und|and|et|or|oder)\b", column)
    cores = {core for piece in pieces for core in _cores(piece)}
    return next((kind for kind, names in NAMED.items() if cores.intersection(names)), None)


def _cores(piece: str) -> tuple[str, str]:
    """What is left of a name without the words that say whose it is; and that without spaces."""
    words = [word for word in _words(piece) if word not in QUALIFIERS]
    return " ".join(words), "".join(words)


def _words(column: str) -> list[str]:
    """The words of a column's name, lower case."""
    return re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|[\W_]+",
                  " ", column).lower().split()


def _is_something_else(kind: str, cells: pd.Series) -> bool:
    """Cells that only share the name: yes and no, a side, a year, a number of practitioners."""
    if kind == "birth dates" and cells.str.fullmatch(r"\d{1,4}").all():
        return True
    if kind == "coordinates" and not cells.str.contains(r"\d[.,]\d|°", regex=True).any():
        return True
    return _are_codes(cells, longest=8 if kind == "names" else LONGEST_CODE)


def _are_codes(cells: pd.Series, longest: int) -> bool:
    """At most three short values, as of yes and no."""
    values = set(cells.str.lower())
    if len(values) > 3:
        return False
    repeated = MANY_TIMES * len(values) <= len(cells)
    return all(value in YES_NO_WORDS or len(value) <= 2 or (repeated and len(value) <= longest)
               for value in values)


def _differ_between_people(cells: pd.Series, frame: pd.DataFrame, ids: Collection[str]) -> bool:
    """More than half of the cells are distinct, where a person's repeated value counts once."""
    person = next(iter(ids), None)
    of = frame[person].loc[cells.index] if person in frame.columns else cells.index.to_series()
    once = cells[~pd.DataFrame({"cell": cells, "of": of}).duplicated().to_numpy()]
    return bool(once.nunique() > len(once) / 2)


def _by_content(
    cells: pd.Series, varied: bool, name: str, file: str | None,
    ids: Collection[str], persons: Collection[str],
) -> Iterator[Issue]:
    words = set(_words(name))
    other = {"birth dates": OTHER_DAYS, "names": NO_PEOPLE} if name not in persons else {}
    looks = BY_CONTENT | ({"names": people} if name in persons else {})
    for kind, look in looks.items():
        if words.intersection(other.get(kind, ())):
            continue
        hits = cells[look(cells, varied).to_numpy(dtype=bool)]
        if kind == "telephone numbers" and (name in ids or words.intersection(NO_TELEPHONES)):
            hits = hits[hits.str.startswith("+")]
        if not hits.empty:
            every = len(hits) == len(cells)
            verb = "looks" if len(hits) == 1 else "look"
            why = "holds" if every else f"has {number_of(len(hits), 'cell')} that {verb} like"
            yield _issue(f"{why} {kind}", file, name, hits)
            return


def _issue(why: str, file: str | None, column: str, cells: pd.Series) -> Issue:
    verb = "is " if why.startswith("named") else ""
    rows = [int(line) for line in cells.index if isinstance(line, int)]
    return found("direct_identifier", file=file, column=column, rows=rows, count=len(cells),
                 why=f"The column {verb}{why}")


def _is_a_name(text: str) -> bool:
    """Whether it names a column; a quotation mark left open makes names of many cells."""
    return "\n" not in text and not _shows_a_person(text)


def _shows_a_person(text: str) -> bool:
    one = pd.Series([text])
    return is_full_name(text) or any(look(one, True).any() for look in BY_CONTENT.values())
