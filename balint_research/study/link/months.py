"""The names of the months in the languages in which Balint groups meet, and words for none.

Facts of general knowledge, written down for this package; each list begins with January. A name is
also known by its beginning, from three letters on, where that fits one month only.
"""

import unicodedata

# Letters that have no accent to take away.
_LETTERS = str.maketrans({
    "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss",
})

_NAMES = (
    # English, German, German in Austria, French, Spanish, Italian, Portuguese, Dutch
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    # Danish and Norwegian, Swedish, Hungarian, Polish, Czech, Romanian, Turkish
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "január február március április május június július augusztus szeptember október november "
    "december",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad "
    "grudzień",
    "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie "
    "decembrie",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
)
_SHORTEST = 3
_NUMBERS = ("UNO", "SETTE", "OTTO", "NOVE")  # not beginnings of months, but 1, 7, 8 and 9

_NONE = (
    "none no nil nobody zero nought keine keiner keines keins kein niemand aucun aucune zéro "
    "ninguno ninguna ningun cero nadie nessuno nessuna nenhum nenhuma geen ingen inga inget "
    "żaden żadne brak žádný žádné nincs niciun niciunul yok hiç"
)


def folded(text: str) -> str:
    """A text without case, accents, blanks and marks: letters and digits only, in capitals.

    ``ä`` becomes ``A`` and ``ß`` becomes ``SS``. ``ae`` stays: it also stands in names such as
    Michael, and the same rule must hold for both.

    Examples
    --------
    >>> folded(" Müller-Groß "), folded("O'Brien"), folded("Øst"), folded("?")
    ('MULLERGROSS', 'OBRIEN', 'OST', '')
    """
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(sign for sign in apart if sign.isalnum()).upper()


def _months() -> dict[str, int]:
    whole = {folded(name): month for names in _NAMES for month, name in enumerate(names.split(), 1)}
    begun: dict[str, set[int]] = {}
    for name, month in whole.items():
        for length in range(_SHORTEST, len(name)):
            begun.setdefault(name[:length], set()).add(month)
    clear = {start: next(iter(months)) for start, months in begun.items() if len(months) == 1
             and start not in _NUMBERS}
    return clear | whole


MONTHS = _months()
NONE_WORDS = frozenset(folded(word) for word in _NONE.split())
