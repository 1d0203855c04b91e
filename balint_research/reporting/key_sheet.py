"""A questionnaire's key as text, to read on a terminal."""

from collections.abc import Iterator
from textwrap import wrap

from balint_research.scoring.examples import run_examples
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.telling import words
from balint_research.scoring.telling.to_complete import next_steps, to_complete

WIDTH = 100  # columns


def key_text(instrument: Instrument) -> str:
    """The key of one questionnaire in lines of at most 100 columns.

    What it is and how far it is established, open doubts, codes, variants that can and that
    cannot be chosen, every scale, cut-offs in brief; of an incomplete key what is known, and what
    to take from where. A word that is longer than a line (an address) stays whole.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> print(key_text(load_instrument("teq")).splitlines()[0])
    teq: Toronto Empathy Questionnaire (TEQ)
    """
    blocks = [
        _about(instrument), _variants(instrument), _left_to_user(instrument),
        *(_scale(instrument, name) for name in instrument.scales),
        _unscored(instrument), _cut_offs(instrument),
    ]
    return "\n\n".join(text for block in blocks if (text := "\n".join(block)))


def _about(key: Instrument) -> Iterator[str]:
    short = f" ({key.abbreviation})" if key.abbreviation else ""
    yield from _wrapped(f"{key.id}: {key.name}{short}")
    for term, text in words.overview(key):
        yield from _wrapped(f"{term}: {text}")
    yield from _wrapped(f"Worked examples: {_examples(key)}")
    yield from _wrapped(f"Codes: {words.answers_words(key)}")
    for text in (*words.other_answers_words(key), *words.answers_notes(key)):
        yield from _wrapped(text, indent=2)


def _examples(key: Instrument) -> str:
    results = run_examples(key)
    if not results:
        return words.NONE_HERE
    right = sum(result.agrees for result in results)
    return f"{right} of {len(results)} scores come out right"


def _variants(key: Instrument) -> Iterator[str]:
    for name, coding in key.coding_variants.items():
        yield from _wrapped(f"--coding {name}: {coding.what}")
    for name, order in key.item_order_variants.items():
        yield from _wrapped(f"--item-order {name}: {order.what}")
    for name, variant in key.unusable_variants.items():
        yield from _wrapped(
            f"Cannot be used ({variant.kind.replace('_', ' ')} {name}): {variant.what}. Why: "
            f"{variant.why}. Instead: {variant.instead}")


def _left_to_user(key: Instrument) -> Iterator[str]:
    if key.user_key is not None:
        yield from _wrapped(f"To complete: {key.user_key.purpose}")
    for heading, lines in to_complete(key):
        yield f"  {heading}:"
        for line in lines:
            yield from _wrapped(f"- {line}", indent=4)
    for step in next_steps(key):
        yield from _wrapped(f"Next: {step}", indent=2)


def _scale(key: Instrument, name: str) -> Iterator[str]:
    scale = key.scales[name]
    yield from _wrapped(f"{key.id}_{name}: {words.scale_words(scale)}")
    for text in (
        words.score_words(scale),
        f"reversed: {words.reversed_words(scale, key)}",
        f"{words.range_words(scale.range)}; higher means {words.direction_words(scale)}",
        f"answers needed: {words.needs_words(scale, key)}",
    ):
        yield from _wrapped(text, indent=2)


def _unscored(key: Instrument) -> Iterator[str]:
    for name, scale in key.unscored_scales.items():
        known = [
            *([f"{scale.n_items} items"] if scale.n_items else []),
            *([words.range_words(scale.range)] if scale.range else []),
            f"higher means {words.direction_words(scale)}",
            *([scale.notes] if scale.notes else []),
        ]
        yield from _wrapped(
            f"Not scored, {name}: {scale.name} ({'; '.join(known)}): {scale.reason}")


def _cut_offs(key: Instrument) -> Iterator[str]:
    if not key.band_sets:
        yield f"Cut-offs: {words.NONE_HERE}"
        return
    yield "Cut-offs (sets are never mixed):"
    for name, bands in key.band_sets.items():
        yield from _wrapped(f"{name}: {bands.source}", indent=2)
        for line in words.bands_brief(bands):
            yield from _wrapped(line, indent=4)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of a text; those after the first stand two columns further in."""
    return wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2),
        break_long_words=False, break_on_hyphens=False,
    )
