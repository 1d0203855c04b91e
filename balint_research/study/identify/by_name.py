"""What a column holds, told by its name."""

import re

import pandas as pd

from balint_research.study.identify.dates import DATE

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
        "whatsapp", "handynummer", "telefonnummer", "phonenumber",
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
    "licence numbers": (
        "licence", "license", "medical licence", "medical license", "gmc", "gmc ref",
        "gmc reference", "gmc registration", "nmc pin", "npi", "dea", "lanr", "arztnummer",
        "lebenslange arztnummer", "efn", "rpps", "adeli", "riziv", "inami", "big",
        "big registration", "ahpra", "ahpra registration", "mcr", "hcpc", "registration",
        "medical registration", "professional registration", "approbationsnummer",
        "approbations", "colegiado", "matricula", "matrícula", "lanrnummer", "gln",
    ),
    "official numbers": (
        "ssn", "social security", "passport", "mrn", "medical record", "national id", "nhs",
        "driving licence", "svnr", "nino", "national insurance",
        "sozialversicherungsnummer", "versicherungsnummer", "ahv", "bsn", "personnummer",
        "nir", "sécurité sociale", "securite sociale", "codice fiscale", "tax id", "steuer id",
    ),
    "device ids": (
        "mac", "imei", "device id", "deviceid", "subscriberid", "subscriber id", "simserial",
        "sim serial", "android id",
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
YES_NO_WORDS = frozenset((
    "yes", "no", "true", "false", "ja", "nein", "oui", "non", "si", "sí", "unknown", "none",
))
NUMBERS = ("licence numbers", "official numbers", "device ids")
LONG_NUMBER = r"\d{4}|(?=\D*\d)[\w:-]{8}"
FEW = 0.2       # share of long numbers up to which a column holds something else
MANY_TIMES = 4  # short values that repeat so often are codes
LONGEST_CODE = 12


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
    if " ".join(words_of(column)) in POSTAL:
        return "postal addresses"
    pieces = re.split(r"[,/&;]|\b(?:und|and|et|or|oder)\b", column)
    cores = {core for piece in pieces for core in _cores(piece)}
    return next((kind for kind, names in NAMED.items() if cores.intersection(names)), None)


def _cores(piece: str) -> tuple[str, str]:
    """What is left of a name without the words that say whose it is; and that without spaces."""
    words = [word for word in words_of(piece) if word not in QUALIFIERS]
    return " ".join(words), "".join(words)


def words_of(column: str) -> list[str]:
    """The words of a column's name, lower case."""
    return re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|[\W_]+",
                  " ", column).lower().split()


def is_something_else(kind: str, cells: pd.Series) -> bool:
    """Cells that only share the name: yes and no, a side, a year, a number of practitioners."""
    if kind == "birth dates" and cells.str.fullmatch(r"\d{1,4}").all():
        return True
    if kind == "coordinates" and not cells.str.contains(r"\d[.,]\d|°", regex=True).any():
        return True
    if kind in NUMBERS and _are_long_numbers(cells).mean() <= FEW:
        return True  # a status, a year, a day, how many
    return _are_codes(cells, longest=8 if kind == "names" else LONGEST_CODE)


def _are_long_numbers(cells: pd.Series) -> pd.Series:
    no_number = cells.str.fullmatch(r"(?:19|20)\d\d") | cells.str.fullmatch(DATE)
    return cells.str.contains(LONG_NUMBER) & ~no_number


def _are_codes(cells: pd.Series, longest: int) -> bool:
    """At most three short values, as of yes and no."""
    values = set(cells.str.lower())
    if len(values) > 3:
        return False
    repeated = MANY_TIMES * len(values) <= len(cells)
    return all(value in YES_NO_WORDS or len(value) <= 2 or (repeated and len(value) <= longest)
               for value in values)
