"""A request to score, settled: which column is which item, and what each code means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from math import ceil
from numbers import Integral
from string import Formatter

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument, Scale

Items = str | Sequence[str] | Mapping[int, str]
Coding = str | tuple[int, int] | Mapping[str, int]

AS_PRINTED = "as_printed"
WIDEST = 2        # signs after the colon of a pattern: {n:02}
TOLERANCE = 1e-9  # how far an answer read from a float may lie from its code


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A request to score, settled: what is left is arithmetic."""

    instrument: Instrument
    columns: Mapping[int, str]                 # item of this key -> column
    coded: Mapping[int, int]                   # stored code -> code of the key
    turned_back: frozenset[int]                # items stored reversed
    missing_codes: tuple[float, ...]
    least: Mapping[str, int]                   # scale -> least number of answered items


def settle(
    key: Instrument,
    items: Items,
    coding: Coding | None,
    item_order: str | None,
    already_reversed: bool | Iterable[int],
    missing_codes: Iterable[float],
    min_share: float | None,
) -> Plan:
    _refuse_wrong_kinds(items, coding, already_reversed, missing_codes, min_share)
    if not key.scales:
        raise ScoringError(no_key(key))
    coded = coding_map(key, coding)
    return Plan(
        instrument=key,
        columns=item_columns(key, items, item_order),
        coded=coded,
        turned_back=_turned_back(key, already_reversed, item_order),
        missing_codes=_missing_codes(key, missing_codes, coded),
        least={name: _least(scale, min_share) for name, scale in key.scales.items()},
    )


def without_absent_fillers(plan: Plan, header: Iterable[str]) -> Plan:
    """The plan for a frame that leaves out items no scale uses (exports often do)."""
    there, scored = set(header), set(plan.instrument.scored_items)
    columns = {n: column for n, column in plan.columns.items() if n in scored or column in there}
    return replace(plan, columns=columns)


def no_key(key: Instrument) -> str:
    """Why a questionnaire cannot be scored, and the way to a key, step by step."""
    source = key.user_key.take_from[0] if key.user_key else key.rights.obtain_from
    return (
        f"{key.label} ({key.id}) has no established key, so it cannot be scored. Step 1: "
        f"`balint instruments {key.id} --complete my-study/instruments` writes a template. "
        f"Step 2: fill it in from the official source: {source}. Step 3: `balint instruments "
        f"my-study/instruments/{key.id}.toml` checks it. Step 4: score with that key file; a study "
        "finds it in its folder `instruments`."
    )


def _refuse_wrong_kinds(
    items: object, coding: object, already_reversed: object, missing_codes: object,
    min_share: object,
) -> None:
    """Arguments of a kind that has no meaning here, named in the words of the docstring."""
    pair = coding.values() if isinstance(coding, Mapping) else coding
    wrong = {
        "items": not isinstance(items, str | Sequence | Mapping)
        and "a pattern, a list in item order, or a mapping item -> column",
        "coding": not (coding is None or isinstance(coding, str) or (
            isinstance(pair, Iterable) and [isinstance(x, Integral) for x in pair] == [True, True]
            and (not isinstance(coding, Mapping) or set(coding) == {"min", "max"})))
        and "an id, 'as_printed', or {'min': 1, 'max': 7}",
        "already_reversed": not isinstance(already_reversed, bool | Iterable)
        and "True, False or a list of item numbers",
        "missing_codes": (isinstance(missing_codes, str) or not isinstance(missing_codes, Iterable))
        and "a list of codes, as in [99]",
        "min_share": not isinstance(min_share, int | float | None)
        and "a number above 0 and at most 1",
    }
    faults = [f"`{name}` must be {words}." for name, words in wrong.items() if words]
    if faults:
        raise ScoringError(" ".join(faults))


def item_columns(
    instrument: Instrument, items: Items, item_order: str | None = None
) -> dict[int, str]:
    """Item number of this key -> column, for a pattern, a list or a mapping.

    A pattern, a list or a mapping counts items as the study's form does; `item_order` turns
    these numbers into those of the key.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> item_columns(load_instrument("who5"), "W{n:02}")[5]
    'W05'
    """
    order = form_numbers(instrument, item_order)
    form = _form_columns(instrument, items, order)
    return {n: form[there] for n, there in order.items() if there in form}


def coding_map(instrument: Instrument, coding: Coding | None) -> dict[int, int]:
    """Stored code -> code of the key, in the declared coding (identity where none is)."""
    codes = instrument.response.codes
    if coding is None and instrument.response.must_declare:
        raise ScoringError(_must_declare(instrument))
    if coding is None or coding == AS_PRINTED:
        return {code: code for code in codes}
    if isinstance(coding, str):
        _refuse_unusable(coding, "coding", instrument)
        _known(coding, [AS_PRINTED, *instrument.coding_variants], "coding", instrument)
        return dict(instrument.coding_variants[coding].codes)
    moved = _shifted(instrument, coding)
    if instrument.response.must_declare and list(moved) == list(codes):
        raise ScoringError(_must_declare(instrument))   # the range alone tells no direction
    return moved


def allowed_codes(instrument: Instrument, coding: Coding | None) -> tuple[int, ...]:
    """The codes an answer may have in the declared coding, in order."""
    return tuple(sorted(coding_map(instrument, coding)))


def code_words(codes: Sequence[int]) -> str:
    """The allowed codes as words: ``whole numbers 0 to 4`` or ``0, 25, 50, 75, 100``."""
    consecutive = all(after - before == 1 for before, after in pairwise(codes))
    if consecutive and len(codes) > 2:
        return f"whole numbers {codes[0]} to {codes[-1]}"
    return ", ".join(str(code) for code in codes)


def _known(name: str, allowed: Sequence[str], what: str, key: Instrument) -> None:
    if name in allowed:
        return
    near = get_close_matches(name, allowed, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    listed = ", ".join(f"'{option}'" for option in allowed) or "none"
    raise ScoringError(f"{key.label} has no {what} '{name}'. Allowed: {listed}.{hint}")


def _refuse_unusable(name: str, kind: str, key: Instrument) -> None:
    """A variant that is known of and not established is no typing error: say what is known."""
    variant = key.unusable_variants.get(name)
    if variant is not None and variant.kind == kind:
        raise ScoringError(
            f"{key.label}: `{kind}` '{name}' cannot be used. What it is: {variant.what}. Why: "
            f"{variant.why}. Instead: {variant.instead}."
        )


def _must_declare(key: Instrument) -> str:
    options = "; ".join(f"'{name}': {v.what}" for name, v in key.coding_variants.items())
    anchors = ", ".join(f"{code} = {text}" for code, text in key.response.anchors.items())
    return (
        f"{key.label} is stored in either direction, and the numbers do not show which: a wrong "
        f"choice turns every score round. Declare `coding`. Allowed: '{AS_PRINTED}': {anchors}; "
        f"{options}. Look it up in the codebook of the survey."
    )


def _shifted(key: Instrument, coding: tuple[int, int] | Mapping[str, int]) -> dict[int, int]:
    low, high = (coding["min"], coding["max"]) if isinstance(coding, Mapping) else coding
    codes = key.response.codes
    step, rest = divmod(high - low, len(codes) - 1) if high > low else (0, 1)
    if rest:
        raise ScoringError(
            f"coding {low} to {high} does not fit {key.label}: it has {len(codes)} codes "
            f"({code_words(codes)}). Give the lowest and the highest code stored, {len(codes)} "
            "evenly spaced codes in the same direction."
        )
    return {low + i * step: code for i, code in enumerate(codes)}


def form_numbers(key: Instrument, item_order: str | None) -> dict[int, int]:
    """Item number of the key -> number on the study's form (the same without `item_order`)."""
    if item_order is None:
        return {n: n for n in key.items}
    _refuse_unusable(item_order, "item_order", key)
    _known(item_order, list(key.item_order_variants), "item order", key)
    variant = key.item_order_variants[item_order]
    moved = dict(zip(variant.here, variant.there, strict=True))
    return {n: moved.get(n, n) for n in key.items}


def _form_columns(key: Instrument, items: Items, order: Mapping[int, int]) -> dict[int, str]:
    wanted = sorted(order.values())
    if isinstance(items, Mapping):
        needed = [order[n] for n in key.scored_items]
        absent, extra = sorted(set(needed) - set(items)), sorted(set(items) - set(wanted))
        if absent or extra:
            raise ScoringError(
                f"`items` must name the column of each item of {key.label} ({len(needed)} items)."
                + (f" Missing: {_numbers(absent)}." if absent else "")
                + (f" Unknown: {_numbers(extra)}." if extra else "")
            )
        return dict(items)
    if key.map_columns_by == "content":
        raise ScoringError(
            f"The printed order of {key.label} is not certain, so columns cannot be matched by "
            "number. Give `items` as a mapping item -> column, matched by content."
        )
    if isinstance(items, str):
        return {n: _named(items, key, n) for n in wanted}
    if len(items) != len(wanted):
        raise ScoringError(
            f"`items` has {len(items)} columns; {key.label} has {len(wanted)} items."
        )
    return dict(zip(wanted, items, strict=True))


def _named(pattern: str, key: Instrument, n: int) -> str:
    try:
        # a width of millions would fill the memory with one name
        narrow = all(len(spec or "") <= WIDEST for _, _, spec, _ in Formatter().parse(pattern))
        name = pattern.format(n=n, id=key.id) if narrow else ""
        different = narrow and name != pattern.format(n=n + 1, id=key.id)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        different = False
    if not different:
        raise ScoringError(
            f"The pattern '{pattern}' does not name the items of {key.label}. Write {{n}} where "
            "the item number stands ({n:02} for 01) and {id} for the instrument."
        )
    return name


def _turned_back(
    key: Instrument, already_reversed: bool | Iterable[int], item_order: str | None
) -> frozenset[int]:
    """Items of the key that are stored reversed; they are named as the study's form counts."""
    if isinstance(already_reversed, bool):
        return frozenset(key.reversed_anywhere if already_reversed else ())
    items = {there: n for n, there in form_numbers(key, item_order).items()}
    named = set(already_reversed)
    unknown = sorted(named - set(items))
    if unknown:
        raise ScoringError(
            f"`already_reversed` names items that {key.label} does not have: {_numbers(unknown)}. "
            f"Allowed: {code_words(sorted(items))}."
        )
    return frozenset(items[n] for n in named)


def _missing_codes(
    key: Instrument, codes: Iterable[float], coded: Mapping[int, int]
) -> tuple[float, ...]:
    missing = tuple(codes)
    answers = [code for code in missing if code in coded]
    if answers:
        raise ScoringError(
            f"`missing_codes` {_numbers(answers)} are answers of {key.label} in this coding "
            f"({code_words(sorted(coded))}). Remove them, or declare the `coding`."
        )
    return missing


def _least(scale: Scale, min_share: float | None) -> int:
    """Least number of answered items: the published rule, else the declared one, else all."""
    if scale.min_answered is not None:
        return scale.min_answered
    if min_share is None or scale.score == "criteria":
        return len(scale.items)
    if not 0 < min_share <= 1:
        raise ScoringError("`min_share` must be above 0 and at most 1 (0.8 means 80 %).")
    return ceil(min_share * len(scale.items) - TOLERANCE)


def _numbers(values: Iterable[float]) -> str:
    return ", ".join(str(value) for value in values)


def output_names(key: Instrument, scale: str) -> tuple[str, str, str]:
    """The columns of one scale: value, number answered, status."""
    name = f"{key.id}_{scale}"
    return name, f"{name}_answered", f"{name}_status"
