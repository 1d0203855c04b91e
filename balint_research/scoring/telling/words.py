"""A key in plain words: each fact is said in one way, on the terminal, in Jupyter and on paper.

`key_tables.py` lays these words out as tables, `to_complete.py` has those for an incomplete key;
`card.py` and the key sheets show them.
"""

from collections.abc import Iterable, Iterator, Sequence

from balint_research.scoring.instrument import (
    Band,
    BandSet,
    ChangeValue,
    CodingVariant,
    Instrument,
    ItemOrderVariant,
    Norm,
    Rights,
    Scale,
    UnscoredScale,
)

Facts = tuple[tuple[str, str], ...]  # what it is about, and what is said of it

SUPPLIED_BY_USER = "key supplied by the user"
NOT_GIVEN = "not given"
NONE_HERE = "none in this key file"  # not "none published": what is unverified does not ship
NO_SCALE = "in no scale: not scored (a filler, or not assigned)"
BAND_RULE = (
    "Both printed ends belong to a band. A score between two bands belongs to the lower one, so "
    "that each band reaches up to the lower end of the next. Sets are never mixed."
)

_STATUS = {
    "established": "established",
    "partial": "partial (the scales named here can be scored, something else is open)",
    "not_established": "not established (it cannot be scored before it is completed)",
    "supplied_by_user": SUPPLIED_BY_USER,
}
_MEANS = {"better": "better", "worse": "worse", "neutral": "neither better nor worse"}
_RESPONDENT = {
    "self": "self-report", "patient": "answered by the patient",
    "observer": "answered by an observer",
}
_WORDING = {
    "allowed": "its wording may be passed on", "not_allowed": "its wording must not be passed on",
    "unclear": "whether its wording may be passed on is unclear",
}


def title(key: Instrument) -> str:
    """Abbreviation and name, or the name alone."""
    return f"{key.abbreviation}: {key.name}" if key.abbreviation else key.name


def status_words(key: Instrument) -> str:
    """How far the key can be trusted to be complete; says so where its user supplied it."""
    return _STATUS[key.key_status]


def doubts_words(key: Instrument) -> str:
    return key.evidence.open_doubts or "none noted"


def overview(key: Instrument) -> Facts:
    """What the questionnaire is, how far its key is established, and who holds it."""
    return (
        ("Measures", key.construct.replace("_", " ")),
        ("Made for", f"{key.intended_for}; {_RESPONDENT[key.respondent]}"),
        ("Version", key.version),
        ("Reference", key.citation + (f"; doi:{key.doi}" if key.doi else "")),
        ("Status", f"{status_words(key)}; confidence {key.confidence}"),
        ("Open doubts", doubts_words(key)),
        *(() if key.map_columns_by == "number" else ((
            "Item numbers",
            "the printed order is not certain: columns are matched by content, never by number"),)),
        ("Unanswered items", key.missing.rule),
        ("Rights", rights_words(key.rights)),
    )


def rights_words(rights: Rights) -> str:
    """Who holds the questionnaire, where it is to be had, and whether its wording may travel."""
    return "; ".join([
        rights.status.replace("_", " "), _WORDING[rights.wording_redistributable],
        f"holder: {rights.holder}", f"to be had from: {rights.obtain_from}",
        *([rights.notes] if rights.notes else []),
    ])


# --- answers -------------------------------------------------------------------------------------


def answers_words(key: Instrument) -> str:
    """Every code with its label, as far as there are labels.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> answers_words(load_instrument("rfq8"))
    '1 = strongly disagree, 2, 3, 4, 5, 6, 7 = strongly agree'
    """
    codes = key.response.codes
    if not codes:
        return "not established: to be taken from the official form"
    anchors = key.response.anchors
    labels = listed(f"{code} = {anchors[str(code)]}" if str(code) in anchors else code
                    for code in codes)
    return labels if anchors else f"{labels} (labels {NOT_GIVEN})"


def other_answers_words(key: Instrument) -> tuple[str, ...]:
    """The items that carry other labels for the same codes, with these labels."""
    return tuple(
        f"{items_words(other.items)}: "
        + ", ".join(f"{code} = {label}" for code, label in other.anchors.items())
        for other in key.response.other_anchors
    )


def answers_notes(key: Instrument) -> tuple[str, ...]:
    """What has to be known beside the labels: direction, an extra option, a note of the key."""
    response = key.response
    return (
        *(["The direction of the codes differs between studies and the numbers do not show it: "
           "the coding must be declared."] if response.must_declare else []),
        *([f"No answer: {response.not_applicable}."] if response.not_applicable else []),
        *([f"Note: {response.notes}"] if response.notes else []),
    )


# --- a scale -------------------------------------------------------------------------------------


def items_words(numbers: Sequence[int]) -> str:
    """``item 13`` or ``items 1, 2, 3``."""
    return f"item{'' if len(numbers) == 1 else 's'} {listed(numbers)}"


def scale_words(scale: Scale) -> str:
    """The printed name, marked where the scale is secondary."""
    return f"{scale.name} (secondary: described, never compared)" if scale.secondary else scale.name


def score_words(scale: Scale) -> str:
    """How the answers become the score, after reversing.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> score_words(load_instrument("who5").scales["percent"])
    'sum of items 1, 2, 3, 4, 5, times 4'
    >>> score_words(load_instrument("rfq8").scales["rfq_u"])
    'mean of items 2, 4, 5, 6, 7, 8, recoded (after reversing): 1, 2, 3, 4, 5, 6, 7 become \
0, 0, 0, 0, 1, 2, 3'
    """
    if scale.criteria is not None:
        return _criteria_words(scale)
    one = len(scale.items) == 1
    how = "answer to" if one else f"{scale.score} of"
    return "".join([
        f"{how} {items_words(scale.items)}",
        f", recoded{' (after reversing)' if scale.reversed else ''}: "
        f"{listed(scale.recode)} become {listed(scale.recode.values())}" if scale.recode else "",
        f", times {number(scale.multiply)}" if scale.multiply != 1 else "",
    ])


def _criteria_words(scale: Scale) -> str:
    assert scale.criteria is not None
    rule = scale.criteria
    least, most = rule.count
    several = f"{least} to {most}" if most < len(scale.items) else f"at least {least}"
    by_code: dict[int, list[int]] = {}
    for n, code in rule.at_least.items():
        by_code.setdefault(code, []).append(n)
    counts = ", ".join(f"{items_words(items)} from {code} up" for code, items in by_code.items())
    return (f"1 (yes) where at least one of {items_words(rule.any_of)} counts and "
            f"{several} of the {len(scale.items)} items count, else 0 (no); what counts: {counts}")


def reversed_words(scale: Scale, key: Instrument) -> str:
    """Which items are turned round, and how.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> cbi = load_instrument("cbi")
    >>> reversed_words(cbi.scales["work"], cbi), reversed_words(cbi.scales["client"], cbi)
    ('13 (100 − answer)', 'none')
    """
    if not scale.reversed:
        return "none"
    return f"{listed(scale.reversed)} ({_turned(key)})"


def range_words(span: tuple[float, float] | None) -> str:
    return NOT_GIVEN if span is None else f"{number(span[0])} to {number(span[1])}"


def direction_words(scale: Scale | UnscoredScale) -> str:
    """What a higher score means, with the note where a word is not enough."""
    note = scale.higher_means_note if isinstance(scale, Scale) else None
    means = _MEANS[scale.higher_means] if scale.higher_means else NOT_GIVEN
    return f"{means} ({note})" if note else means


def needs_words(scale: Scale, key: Instrument) -> str:
    """How many items have to be answered, and what becomes of the gaps.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> gse, gcq = load_instrument("gse"), load_instrument("gcq_s")
    >>> needs_words(gse.scales["total"], gse)
    'at least 7 of 10 items (sum × 10 / number answered)'
    >>> needs_words(gcq.scales["conflict"], gcq)
    'at least 1 of 4 items (mean of those answered), and 8 of the 12 items of the form'
    """
    items = len(scale.items)
    least = items if scale.min_answered is None else scale.min_answered
    gaps = "mean of those answered" if scale.score == "mean" else \
        f"sum × {items} / number answered"
    own = f"at least {least} of {items} items ({gaps})" if least < items else \
        "its one item" if items == 1 else f"all {items} items"
    form = key.missing.min_answered_form
    return own if form is None else f"{own}, and {form} of the {len(key.items)} items of the form"


def rule_notes(key: Instrument) -> tuple[str, ...]:
    """What holds for scales without a published rule for unanswered items, where there are any."""
    if all(scale.min_answered is not None for scale in key.scales.values()):
        return ()
    yes_no = any(scale.criteria is not None for scale in key.scales.values())
    return (
        "Where no rule for unanswered items is published every item is needed, unless the study "
        "declares another rule (`min_share`).",
        *(["A yes/no rule always needs every item."] if yes_no else []),
    )


def scale_notes(key: Instrument) -> tuple[str, ...]:
    """What the sources add to a scale: their own formula, and notes."""
    return tuple(
        f"{scale.name}: {text}" for scale in key.scales.values()
        for text in (scale.formula, scale.notes)
        if text and (text is scale.formula or text not in (scale.formula or ""))
    )


def item_words(n: int, key: Instrument) -> str:
    """In which scales an item counts, and in which direction in each.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> item_words(7, load_instrument("rfq8")), item_words(3, load_instrument("phq9"))[:37]
    ('reversed (8 − answer), then recoded, in Uncertainty about mental states', 'as answered in \
Depression severity; c')
    """
    uses: dict[str, list[str]] = {}
    for scale in key.scales.values():
        if n in scale.items:
            uses.setdefault(_item_direction(n, scale, key), []).append(scale.name)
    return "; ".join(f"{how} in {', '.join(names)}" for how, names in uses.items()) or NO_SCALE


def _item_direction(n: int, scale: Scale, key: Instrument) -> str:
    if scale.criteria is not None:
        return f"counts from {scale.criteria.at_least[n]} up"
    if n in scale.reversed:
        return f"reversed ({_turned(key)}){', then recoded,' if scale.recode else ''}"
    return "recoded" if scale.recode else "as answered"


def _turned(key: Instrument) -> str:
    return f"{key.response.low + key.response.high} − answer"


# --- variants ------------------------------------------------------------------------------------


def coding_words(variant: CodingVariant) -> str:
    """Stored codes and what they stand for."""
    return f"stored {listed(variant.codes)} stand for {listed(variant.codes.values())}"


def order_words(variant: ItemOrderVariant) -> str:
    """Which number an item of this key has on the other form."""
    moved = zip(variant.here, variant.there, strict=True)
    return f"here = {variant.instrument or 'there'}: " + ", ".join(
        f"{here} = {there}" for here, there in moved)


# --- cut-offs and published figures --------------------------------------------------------------


def band_words(bands: Sequence[Band], i: int) -> str:
    """The scores that belong to band i of a scale, up to the lower end of the next one.

    Examples
    --------
    >>> bands = [Band(label="mild", low=5, high=9), Band(label="severe", low=10, high=21)]
    >>> band_words(bands, 0), band_words(bands, 1)
    ('5 to below 10', '10 to 21')
    """
    low, high = bands[i].low, bands[i].high
    if i + 1 < len(bands):
        return f"{number(low)} to below {number(bands[i + 1].low)}"
    return f"{number(low)} only" if low == high else range_words((low, high))


def bandless_words(bands: Sequence[Band], scale: Scale) -> str | None:
    """The scores of a scale that no band of a set covers."""
    below = f"below {number(bands[0].low)}" if bands[0].low > scale.range[0] else ""
    above = f"above {number(bands[-1].high)}" if bands[-1].high < scale.range[1] else ""
    return " and ".join(part for part in (below, above) if part) or None


def bands_brief(bands: BandSet) -> Iterator[str]:
    """One line a scale of a set of cut-offs, and one a rule over several scales."""
    for scale, entries in bands.bands.items():
        yield f"{scale}: " + "; ".join(
            f"{band.label}: {band_words(entries, i)}" for i, band in enumerate(entries))
    yield from (statement.what for statement in bands.statements)


def norm_words(norm: Norm) -> str:
    """The published figures of one population, each under its name."""
    named = {
        "n": norm.n, "mean": norm.mean, "SD": norm.sd, "alpha": norm.alpha,
        "alpha from": norm.alpha_range, "retest r": norm.retest_r,
        "retest r from": norm.retest_range,
    }
    figures = [
        f"{name} {range_words(value) if isinstance(value, tuple) else number(value)}"
        for name, value in named.items() if value is not None
    ]
    figures += [f"retest: {norm.retest_interval}"] if norm.retest_interval else []
    figures += [norm.notes] if norm.notes else []
    return "; ".join(figures) or "no figures"


def change_words(change: ChangeValue) -> str:
    """A published important change, or how far a scale moved."""
    kind = {"mcid": "important change", "responsiveness": "responsiveness"}[change.kind]
    value = "" if change.value is None else f" {number(change.value)}"
    scale = f" ({change.scale})" if change.scale else ""
    return f"{kind}{value}{scale}: {change.what}. Source: {change.source}"


# --- small pieces --------------------------------------------------------------------------------


def listed(values: Iterable[object]) -> str:
    """Values with commas between them, numbers as they are printed."""
    return ", ".join(number(v) if isinstance(v, int | float) else str(v) for v in values)


def sentence(text: str) -> str:
    """The text with a full stop at its end, one and no more."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def number(value: float) -> str:
    """A printed figure: no decimals where there are none.

    Examples
    --------
    >>> number(100.0), number(104.2857), number(0.605)
    ('100', '104.2857', '0.605')
    """
    return f"{value:.10g}"
