"""A key file becomes an `Instrument`, or every fault at once, each with its path.

Faults of type (a word where a number belongs, an unknown key) come first, all together; when
there are none, faults of meaning (an item that does not exist, overlapping bands), all together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from balint_research.errors import KeyFileError
from balint_research.scoring.instrument import (
    BandSet,
    CodingVariant,
    Instrument,
    ItemOrderVariant,
    Scale,
    UnusableVariant,
)
from balint_research.strict_toml import TomlFault, build, json_schema, read_toml

GIST_WORDS = 5       # a gist is a fact about an item, never its wording
RESERVED = "as_printed"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
CLOSE = 1e-6         # printed ranges are exact; this only absorbs binary fractions


def read_key(path: Path) -> Instrument:
    """The instrument of a key file.

    Raises
    ------
    KeyFileError : the file is not a valid key; the text lists every fault with its path.

    Examples
    --------
    >>> from balint_research.scoring.library import shipped
    >>> read_key(shipped("instruments") / "teq.toml").name
    'Toronto Empathy Questionnaire'
    """
    try:
        key = build(Instrument, read_toml(path))
    except TomlFault as fault:
        raise KeyFileError(_listed(path, fault.faults)) from None
    refuse_faults(path, list(faults_of_meaning(key, path.stem)))
    return key


def refuse_faults(path: Path, faults: Sequence[str]) -> None:
    """KeyFileError that lists the faults of a key file, where there are any."""
    if faults:
        raise KeyFileError(_listed(path, faults))


def faults_of_meaning(key: Instrument, file_name: str) -> Iterator[str]:
    """Every sentence about something that is well formed and cannot be right."""
    yield from _identity_faults(key, file_name)
    yield from _empty_texts(key, "")
    yield from _response_faults(key)
    yield from _item_faults(key)
    yield from _twin_scales(key)
    for name, scale in key.scales.items():
        yield from (f"scales.{name}{fault}" for fault in _scale_faults(scale, name, key))
    yield from _missing_faults(key)
    for name, unusable in key.unusable_variants.items():
        yield from (f"unusable_variants.{name}{f}" for f in _unusable_faults(unusable, name, key))
    for name, coding in key.coding_variants.items():
        yield from (f"coding_variants.{name}{f}" for f in _coding_faults(coding, name, key))
    for name, order in key.item_order_variants.items():
        yield from (f"item_order_variants.{name}{f}" for f in _order_faults(order, key))
    for name, bands in key.band_sets.items():
        yield from (f"band_sets.{name}{fault}" for fault in _band_faults(bands, key))
    yield from _reference_faults(key)
    yield from _example_faults(key)
    yield from _user_key_faults(key)


def possible_range(scale: Scale, codes: Sequence[int]) -> tuple[float, float]:
    """The lowest and the highest score the key can give, from its codes alone.

    Examples
    --------
    >>> scale = Scale(name="s", items=(1, 2), score="sum", range=(0, 8), higher_means="better")
    >>> possible_range(scale, (0, 1, 2, 3, 4))
    (0.0, 8.0)
    """
    if scale.score == "criteria":
        return 0.0, 1.0
    values = [float(code) for code in (scale.recode or {code: code for code in codes}).values()]
    low, high = min(values), max(values)
    if scale.score == "mean":
        return low, high
    factor = len(scale.items) * scale.multiply
    return low * factor, high * factor


def schema() -> dict[str, Any]:
    """The JSON schema of a key file (`instruments/schema.json`)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "balint_research key file",
        **json_schema(Instrument),
    }


def _listed(path: Path, faults: Sequence[str]) -> str:
    count = len(faults)
    heading = f"{path.name}: {count} fault{'s' if count != 1 else ''} in this key file."
    return "\n".join([heading, *(f"  {fault}" for fault in faults)])


def _identity_faults(key: Instrument, file_name: str) -> Iterator[str]:
    if key.id != file_name:
        yield f"id: must be the name of the file ('{file_name}')"
    if not NAME.fullmatch(key.id) or key.id != key.id.lower():
        yield "id: must be lower-case letters, digits and underscores, starting with a letter"
    if key.key_status == "not_established" and key.scales:
        yield "scales: must be empty while key_status is 'not_established'"
    if key.key_status != "not_established" and not key.scales:
        yield f"scales: key_status '{key.key_status}' needs at least one scale"


def _empty_texts(part: Any, path: str) -> Iterator[str]:
    """Texts left empty, at any depth; the gists of the items are told by their own rule."""
    if isinstance(part, str) and not part.strip():
        yield f"{path}: is empty"
    inner: Iterable[tuple[str, Any]] = ()
    if is_dataclass(part):
        inner = ((f"{path}.{name}" if path else name, getattr(part, name))
                 for name in part.__dataclass_fields__ if (path, name) != ("", "items"))
    elif isinstance(part, Mapping):
        inner = ((f"{path}.{name}", value) for name, value in part.items())
    elif isinstance(part, tuple):
        inner = ((f"{path}[{i}]", value) for i, value in enumerate(part))
    for place, value in inner:
        yield from _empty_texts(value, place)


def _response_faults(key: Instrument) -> Iterator[str]:
    codes = key.response.codes
    if not codes and key.key_status == "not_established":
        return
    if len(codes) < 2 or list(codes) != sorted(set(codes)):
        yield "response.codes: must be at least two codes, each once, from low to high"
    elif len({b - a for a, b in pairwise(codes)}) > 1:
        yield "response.codes: must be evenly spaced"
    yield from _anchor_faults("response.anchors", key.response.anchors, codes)
    for i, other in enumerate(key.response.other_anchors):
        path = f"response.other_anchors[{i}]"
        yield from _anchor_faults(f"{path}.anchors", other.anchors, codes)
        yield from _unknown_items(f"{path}.items", other.items, key)
    if key.response.must_declare and not key.coding_variants:
        yield "response.must_declare: needs at least one entry in coding_variants to choose from"


def _anchor_faults(
    path: str, anchors: Mapping[str, str], codes: Sequence[int]
) -> Iterator[str]:
    for code in anchors:
        if code not in {str(known) for known in codes}:
            yield f"{path}.{code}: is not a code (codes {_list(codes)})"


def _item_faults(key: Instrument) -> Iterator[str]:
    if not key.items and key.key_status != "not_established":
        yield "items: must name at least one item"
    if sorted(key.items) != list(range(1, len(key.items) + 1)):
        yield f"items: must be numbered 1 to {len(key.items)} without gaps"
    for n, gist in key.items.items():
        words = len(gist.split())
        if not 1 <= words <= GIST_WORDS:
            yield (
                f"items.{n}: a gist has one to {GIST_WORDS} words, this has {words} "
                "(key files hold no item wording)"
            )


def _twin_scales(key: Instrument) -> Iterator[str]:
    lower = [name.lower() for name in key.scales]
    for name in key.scales:
        if lower.count(name.lower()) > 1:
            yield f"scales.{name}: another scale has the same name but for capitals"


def _scale_faults(scale: Scale, name: str, key: Instrument) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield ": the name must be letters, digits and underscores, starting with a letter"
    if not scale.items:
        yield ".items: a scale needs at least one item"
        return
    yield from _unknown_items(".items", scale.items, key)
    yield from _repeated(".items", scale.items)
    yield from _repeated(".reversed", scale.reversed)
    for i, n in enumerate(scale.reversed):
        if n not in scale.items:
            yield f".reversed[{i}]: {n} is not an item of this scale (items {_list(scale.items)})"
    yield from _method_faults(scale, key)
    if scale.min_answered is not None and not 1 <= scale.min_answered <= len(scale.items):
        yield f".min_answered: must be 1 to {len(scale.items)}, the number of items"
    yield from _range_faults(scale, key)


def _method_faults(scale: Scale, key: Instrument) -> Iterator[str]:
    if (scale.score == "criteria") != (scale.criteria is not None):
        yield ".criteria: belongs to score = 'criteria', and only there"
    if scale.criteria:
        yield from _criteria_faults(scale, key)
    if scale.recode is not None and set(scale.recode) != set(key.response.codes):
        yield f".recode: must give a value for each code ({_list(key.response.codes)})"
    if scale.multiply <= 0 or (scale.multiply != 1 and scale.score != "sum"):
        yield ".multiply: must be above 0 and belongs to score = 'sum' only"


def _criteria_faults(scale: Scale, key: Instrument) -> Iterator[str]:
    assert scale.criteria is not None
    rule = scale.criteria
    if set(rule.at_least) != set(scale.items):
        yield ".criteria.at_least: must name each item of the scale once"
    for n, code in rule.at_least.items():
        if code not in key.response.codes:
            yield f".criteria.at_least.{n}: {code} is not a code"
    if not rule.any_of or not set(rule.any_of) <= set(scale.items):
        yield ".criteria.any_of: must be items of the scale, at least one"
    if not 1 <= rule.count[0] <= rule.count[1] <= len(scale.items):
        yield f".criteria.count: must be least and most, within 1 to {len(scale.items)}"
    if scale.min_answered is not None or scale.reversed or scale.recode:
        yield ".criteria: takes raw codes and all items: no reversed, recode or min_answered"


def _range_faults(scale: Scale, key: Instrument) -> Iterator[str]:
    low, high = possible_range(scale, key.response.codes)
    if abs(scale.range[0] - low) > CLOSE or abs(scale.range[1] - high) > CLOSE:
        yield (
            f".range: the items and codes give {low:g} to {high:g}, the file says "
            f"{scale.range[0]:g} to {scale.range[1]:g}; one of them is wrong"
        )


def _missing_faults(key: Instrument) -> Iterator[str]:
    least = key.missing.min_answered_form
    if least is not None and not 1 <= least <= len(key.items):
        yield f"missing.min_answered_form: must be 1 to {len(key.items)}, the number of items"


def _coding_faults(coding: CodingVariant, name: str, key: Instrument) -> Iterator[str]:
    if name == RESERVED:
        yield f": '{RESERVED}' is reserved for the coding of the key itself"
    if sorted(coding.codes.values()) != sorted(key.response.codes):
        yield f".codes: must lead to each code of the key once ({_list(key.response.codes)})"
    stored = sorted(coding.codes)
    if len({b - a for a, b in pairwise(stored)}) > 1:
        yield ".codes: the stored codes must be evenly spaced"
    led_to = [coding.codes[code] for code in stored]
    if led_to not in (sorted(led_to), sorted(led_to, reverse=True)):
        yield ".codes: must keep the order of the answers, or turn it round as a whole"


def _unusable_faults(
    variant: UnusableVariant, name: str, key: Instrument
) -> Iterator[str]:
    usable = key.coding_variants if variant.kind == "coding" else key.item_order_variants
    if name in usable or name == RESERVED:
        yield ": a variant of this name can be chosen; it cannot be both"


def _user_key_faults(key: Instrument) -> Iterator[str]:
    """What an incomplete key says of the key to come must speak of scales it describes."""
    if key.key_status == "not_established" and key.user_key is None:
        yield "user_key: must say what to take from where while key_status is 'not_established'"
    described = {*key.scales, *key.unscored_scales}
    for i, form in enumerate(key.user_key.forms if key.user_key else ()):
        for scale in form.each_item_once:
            if scale not in described:
                yield f"user_key.forms[{i}].each_item_once: '{scale}' is no scale of this file"


def _order_faults(order: ItemOrderVariant, key: Instrument) -> Iterator[str]:
    if len(order.here) != len(order.there):
        yield ".there: must have as many numbers as 'here'"
        return
    yield from _unknown_items(".here", order.here, key)
    yield from _repeated(".here", order.here)
    yield from _repeated(".there", order.there)
    if order.kind == "other_order" and set(order.here) != set(order.there):
        yield ".there: another order has the same numbers as 'here', otherwise arranged"
    if order.kind == "parent_form" and set(order.here) != set(key.items):
        yield ".here: a parent form lists every item of this key"


def _band_faults(bands: BandSet, key: Instrument) -> Iterator[str]:
    for scale, entries in bands.bands.items():
        if scale not in key.scales:
            yield f".bands.{scale}: is not a scale of this key (scales {_list(key.scales)})"
            continue
        low, high = key.scales[scale].range
        for i, band in enumerate(entries):
            if band.low > band.high:
                yield f".bands.{scale}[{i}]: low {band.low:g} is above high {band.high:g}"
            if band.low < low or band.high > high:
                yield f".bands.{scale}[{i}]: lies outside the scale ({low:g} to {high:g})"
        for i, (one, other) in enumerate(pairwise(entries)):
            if other.low <= one.high:
                yield f".bands.{scale}[{i + 1}]: overlaps the band before it"


def _reference_faults(key: Instrument) -> Iterator[str]:
    scales = {
        "norms": [row.scale for row in key.reference.norms],
        "change": [row.scale for row in key.reference.change],
    }
    for kind, rows in scales.items():
        for i, scale in enumerate(rows):
            if scale is not None and scale not in key.scales:
                yield f"reference.{kind}[{i}].scale: is not a scale of this key"
    for i, norm in enumerate(key.reference.norms):
        if norm.sd is not None and norm.sd < 0:
            yield f"reference.norms[{i}].sd: is below 0"
        for alpha in (norm.alpha, *(norm.alpha_range or ())):
            if alpha is not None and alpha > 1:
                yield f"reference.norms[{i}].alpha: is above 1"


def _example_faults(key: Instrument) -> Iterator[str]:
    allowed = {*key.response.codes, "none"}
    for i, example in enumerate(key.examples):
        if len(example.answers) != len(key.items):
            yield (
                f"examples[{i}].answers: has {len(example.answers)} answers, the key has "
                f"{len(key.items)} items"
            )
        if not set(example.answers) <= allowed:
            yield f"examples[{i}].answers: answers must be codes or 'none'"
        for scale in example.scores:
            if scale not in key.scales:
                yield f"examples[{i}].scores.{scale}: is not a scale of this key"


def _unknown_items(path: str, items: Sequence[int], key: Instrument) -> Iterator[str]:
    for i, n in enumerate(items):
        if n not in key.items:
            yield f"{path}[{i}]: {n} is not an item (items 1-{len(key.items)})"


def _repeated(path: str, numbers: Sequence[int]) -> Iterator[str]:
    for n in sorted({n for n in numbers if list(numbers).count(n) > 1}):
        yield f"{path}: {n} stands there more than once"


def _list(values: Sequence[Any] | Mapping[str, Any]) -> str:
    return ", ".join(str(value) for value in values)
