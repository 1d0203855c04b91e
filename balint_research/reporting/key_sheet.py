"""A questionnaire's key as text, to lay beside the printed form."""

from collections.abc import Iterator, Sequence

from balint_research.scoring.examples import run_examples
from balint_research.scoring.instrument import Instrument


def key_text(instrument: Instrument) -> str:
    """The key of one questionnaire: codes, variants, scales, and how its worked examples came out.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> print(key_text(load_instrument("teq")).splitlines()[3])
    Key: established, confidence high; 4 of 4 scores of its worked examples come out right
    """

    results = run_examples(instrument)
    right = sum(result.agrees for result in results)
    codes = [f"{code} {instrument.response.anchors.get(str(code), '')}".strip()
             for code in instrument.response.codes]
    lines = [
        f"{instrument.id}: {instrument.name}",
        f"Version: {instrument.version}",
        f"Citation: {instrument.citation}",
        f"Key: {instrument.key_status}, confidence {instrument.confidence}; "
        f"{right} of {len(results)} scores of its worked examples come out right",
        f"Rights: {instrument.rights.status}; from {instrument.rights.obtain_from}",
        f"Codes: {', '.join(codes)}",
        f"Missing answers: {instrument.missing.rule}",
        *_variants(instrument),
        *(line for name in instrument.scales for line in _scale(instrument, name)),
    ]
    return "\n".join(lines)


def _variants(instrument: Instrument) -> Iterator[str]:
    if instrument.response.must_declare:
        yield "The direction of the codes differs between studies: --coding must be given."
    for name, coding in instrument.coding_variants.items():
        yield f"--coding {name}: {coding.what}"
    for name, order in instrument.item_order_variants.items():
        yield f"--item-order {name}: {order.what}"


def _scale(instrument: Instrument, name: str) -> Iterator[str]:
    scale = instrument.scales[name]
    low, high = scale.range
    turned = f"; reversed: {_listed(scale.reversed)}" if scale.reversed else ""
    yield ""
    yield f"{instrument.id}_{name}: {scale.name}"
    yield f"  {scale.score} of items {_listed(scale.items)}{turned}"
    yield f"  {low:g} to {high:g}; higher means {scale.higher_means}"
    yield f"  needs {scale.min_answered or 'all'} of {len(scale.items)} items answered"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
