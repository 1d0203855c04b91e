"""A key that its user completes: a commented template to fill in, and the check of the result.

Where the items of a questionnaire could not be read in an accessible source, its key file holds
what is known and says what to copy from where (`user_key`). What is known is also what the
finished key is held against: number of items, codes, ranges, which scales share no item.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument, KeyStatus, Scale, UnscoredScale
from balint_research.scoring.user_key import KeyForm

SUPPLIED: KeyStatus = "supplied_by_user"
FILL = "# FILL IN"


def completable(key: Instrument) -> bool:
    """Whether something of the key is left for its user to fill in."""
    return key.user_key is not None


def template(key: Instrument) -> str:
    """A commented key file (TOML) with everything that is known; what is not says FILL IN.

    It is no valid key before it is filled in: loading it lists what is missing.

    Raises
    ------
    ScoringError : the key is established, there is nothing to complete.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> text = template(load_instrument("bipm"))
    >>> [line for line in text.splitlines() if line.startswith("items = []")][0]
    'items = []   # FILL IN: item numbers'
    """
    if not completable(key):
        raise ScoringError(
            f"The key of {key.label} ({key.id}) is {key.key_status}: there is nothing to complete. "
            f"`balint instruments {key.id}` shows it."
        )
    blocks = [_heading(key), _identity(key), _response(key), _items(key), *_scales(key),
              _missing(key), *_variants(key), _example(key), _rights(key), _evidence(key)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def completion_faults(own: Instrument, known: Instrument) -> Iterator[str]:
    """Where a completed key contradicts what is known of its questionnaire, with its path."""
    codes = known.response.codes
    if codes and own.response.codes != codes:
        yield f"response.codes: the form has the codes {_list(codes)}"
    if known.response.must_declare and not own.response.must_declare:
        yield "response.must_declare: must be true; this form is stored in either direction"
    if known.map_columns_by == "content" and own.map_columns_by != "content":
        yield "map_columns_by: must be 'content'; the printed order of the items is not certain"
    for name, established in known.scales.items():
        if name in own.scales:
            yield from (f"scales.{name}{fault}"
                        for fault in _established_faults(own.scales[name], established))
    for name, scale in known.unscored_scales.items():
        if name in own.scales:
            yield from (f"scales.{name}{fault}" for fault in _scale_faults(own, name, scale))
    forms = known.user_key.forms if known.user_key else ()
    if forms:
        yield from _form_faults(own, forms)


def with_known_norms(own: Instrument, known: Instrument) -> Instrument:
    """The completed key with the published figures of its scales, to hold the study's beside."""
    there = {(norm.scale, norm.population) for norm in own.reference.norms}
    figures = [replace(norm, scale=norm.target, target=None) for norm in known.reference.norms
               if norm.target in own.scales and (norm.target, norm.population) not in there]
    norms = (*own.reference.norms, *figures)
    return replace(own, reference=replace(own.reference, norms=norms))


def _established_faults(own: Scale, known: Scale) -> Iterator[str]:
    """A scale that is established is not for its user to change."""
    for part in ("items", "reversed"):
        if set(getattr(own, part)) != set(getattr(known, part)):
            yield f".{part}: this scale is established with {_list(getattr(known, part)) or 'none'}"


def _scale_faults(own: Instrument, name: str, known: UnscoredScale) -> Iterator[str]:
    scale = own.scales[name]
    if known.n_items is not None and len(scale.items) != known.n_items:
        yield f".items: has {len(scale.items)} items; this scale is known to have {known.n_items}"
    if known.range is not None and scale.range != known.range:
        low, high = known.range
        yield f".range: this scale is known to run from {low:g} to {high:g}"
    if known.higher_means not in (None, "neutral", scale.higher_means):
        yield f".higher_means: a higher score is known to mean '{known.higher_means}'"


def _form_faults(own: Instrument, forms: Sequence[KeyForm]) -> Iterator[str]:
    """The key against the form that has as many items (or the only one that is known)."""
    fitting = [form for form in forms if form.n_items in (None, len(own.items))]
    if not fitting:
        sizes = " or ".join(str(form.n_items) for form in forms)
        yield f"items: has {len(own.items)} items; the form is known to have {sizes}"
        return
    form = fitting[0]
    if form.n_scales is not None and len(own.scales) != form.n_scales:
        yield (f"scales: has {len(own.scales)}; the form of {form.n_items} items is known to have "
               f"{form.n_scales}")
    there = [name for name in form.each_item_once if name in own.scales]
    if there:
        yield from _partition_faults(own, form, there)


def _partition_faults(own: Instrument, form: KeyForm, there: Sequence[str]) -> Iterator[str]:
    absent = [name for name in form.each_item_once if name not in there]
    if absent:
        yield f"scales: {_list(absent)} missing; every item belongs to one of " \
              f"{_list(form.each_item_once)}"
        return
    for one, other in combinations(there, 2):
        shared = sorted({*own.scales[one].items} & {*own.scales[other].items})
        if shared:
            yield f"scales.{other}.items: shares {_list(shared)} with {one}; they share no item"
    left = sorted({*own.items} - {n for name in there for n in own.scales[name].items})
    if left:
        yield f"scales: {_list(left)} in none of {_list(there)}; every item belongs to one of them"


# --- the template, block by block ----------------------------------------------------------------


def _heading(key: Instrument) -> str:
    assert key.user_key is not None
    user = key.user_key
    lines = [
        f"{key.name}: a key to complete ({user.purpose}).",
        "",
        "Take it from:",
        *(f"  - {source}" for source in user.take_from),
        *(["", "To fill in:"] if user.fill_in else []),
        *(f"  - {entry.field}" + (f": {entry.expected}" if entry.expected else "")
          for entry in user.fill_in),
        *(["", "What has to be true of the finished key:"] if user.constraints else []),
        *(f"  - {constraint}" for constraint in user.constraints),
        *(["", "Published figures to lay your own beside:"] if user.compare_with else []),
        *(f"  - {one.scale}: {one.figure} ({one.population})" for one in user.compare_with),
        "",
        f"Every {FILL.strip('# ')} below is yours. Facts only: numbers, directions, ranges, and a",
        "gist of at most five words of your own for each item, never its wording.",
        f"Check it with: balint instruments PATH/{key.id}.toml",
    ]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _identity(key: Instrument) -> str:
    known = {
        "id": key.id, "name": key.name, "abbreviation": key.abbreviation,
        "construct": key.construct, "respondent": key.respondent,
        "intended_for": key.intended_for, "version": key.version,
    }
    lines = _pairs(known)
    lines[-1] += f"   {FILL}: the form actually given, if it is another"
    if key.map_columns_by != "number":
        lines.append(f'map_columns_by = "{key.map_columns_by}"')
    return "\n".join([*lines, f'key_status = "{SUPPLIED}"', 'confidence = "low"'
                      f"   {FILL}: high, once a second person has checked it against the form",
                      *_pairs({"citation": key.citation, "doi": key.doi})])


def _response(key: Instrument) -> str:
    codes = list(key.response.codes)
    anchors = {str(code): text for code, text in key.response.anchors.items()}
    told = [f"anchors = {_toml(anchors)}"] if anchors else [
        f'# anchors = {{1 = "...", 2 = "..."}}   {FILL}: labels of the answers, as far as printed']
    where = "" if codes else f"   {FILL}: every code of the form, from low to high"
    others = [{"items": list(one.items), "anchors": one.anchors}
              for one in key.response.other_anchors]
    return "\n".join([
        "[response]", f"codes = {_toml(codes)}{where}", *told,
        *_pairs({"other_anchors": others or None, "not_applicable": key.response.not_applicable,
                 "must_declare": key.response.must_declare or None}),
    ])


def _items(key: Instrument) -> str:
    sizes = [form.n_items for form in key.user_key.forms if form.n_items] if key.user_key else []
    if key.items:
        return "\n".join(["[items]", *(f"{n} = {_toml(gist)}" for n, gist in key.items.items())])
    count = sizes[0] if sizes else 1
    other = f" ({' or '.join(map(str, sizes))} items, by form)" if len(sizes) > 1 else ""
    more = "" if sizes else ", one line an item"
    return "\n".join([f"[items]   {FILL}: at most five words of your own for each{other}{more}",
                      *(f'{n} = ""' for n in range(1, count + 1))])


def _scales(key: Instrument) -> Iterator[str]:
    for name, scale in key.scales.items():
        yield "\n".join([f"[scales.{name}]", *_pairs({
            "name": scale.name, "items": list(scale.items), "reversed": list(scale.reversed),
            "score": scale.score, "range": list(scale.range), "higher_means": scale.higher_means,
            "min_answered": scale.min_answered})])
    for name, unscored in key.unscored_scales.items():
        yield _scale_to_fill(name, unscored)


def _scale_to_fill(name: str, scale: UnscoredScale) -> str:
    count = f"{scale.n_items} item numbers" if scale.n_items else "item numbers"
    known_range = f"range = {_toml(list(scale.range))}" if scale.range else \
        f"range = [0, 0]   {FILL}: lowest and highest score as printed"
    means = scale.higher_means or "neutral"
    lines = [
        f"[scales.{name}]   {FILL}, or delete this scale",
        f"name = {_toml(scale.name)}",
        f"items = []   {FILL}: {count}",
        f"reversed = []   {FILL}: those scored lowest + highest - answer; leave empty if none",
        f'score = "sum"   {FILL}: sum or mean',
        known_range,
        f"higher_means = {_toml(means)}",
    ]
    return "\n".join([*(f"# {scale.notes}" for _ in [0] if scale.notes), *lines])


def _missing(key: Instrument) -> str:
    return "\n".join(["[missing]", f'rule = ""   {FILL}: the published rule for unanswered items, '
                      'or "none published"'])


def _variants(key: Instrument) -> Iterator[str]:
    """Codings and item orders that are established, as they are."""
    for name, coding in key.coding_variants.items():
        yield "\n".join([f"[coding_variants.{name}]", *_pairs({
            "what": coding.what, "codes": coding.codes, "how_to_tell": coding.how_to_tell,
            "source": coding.source})])
    for name, order in key.item_order_variants.items():
        yield "\n".join([f"[item_order_variants.{name}]", *_pairs({
            "what": order.what, "kind": order.kind, "here": list(order.here),
            "there": list(order.there), "effect": order.effect, "source": order.source,
            "instrument": order.instrument})])


def _example(key: Instrument) -> str:
    return "\n".join(f"# {line}" for line in (
        f"{FILL.strip('# ')}, worth the while: a worked example of the source.",
        "[[examples]]", "answers = [ ]   # one an item, \"none\" for no answer",
        "scores = { }    # scale = score", 'kind = "published"', 'source = "..."'))


def _rights(key: Instrument) -> str:
    rights = key.rights
    return "\n".join(["[rights]", *_pairs({
        "status": rights.status, "wording_redistributable": rights.wording_redistributable,
        "holder": rights.holder, "obtain_from": rights.obtain_from, "notes": rights.notes})])


def _evidence(key: Instrument) -> str:
    return "\n".join([
        "[evidence]",
        f'open_doubts = ""   {FILL}: what is still uncertain, or "none"',
        f"disagreements = {_toml(key.evidence.disagreements)}",
        f'sources = [{{what = ""}}]   {FILL}: where each fact was read (table, page, form)',
    ])


def _pairs(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]


def _toml(value: Any) -> str:
    """A value as TOML: JSON for texts, numbers and lists; an inline table for a dictionary."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(part)}" for name, part in value.items()) + "}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)
