"""Items of questionnaires: which item a column is, and what its stored codes mean."""

from collections.abc import Mapping

from balint_research.scoring.exchange.form import anchors_of
from balint_research.scoring.plan import Plan, form_numbers, settle
from balint_research.study.study import InstrumentUse, Study


def item_titles(study: Study) -> dict[str, str]:
    """``{instrument}_{n}`` -> which item it is: a gist of the key file, never an item's wording.

    Numbers count as on the study's form.
    """
    return {f"{name}_{there}": f"item {there} of {use.key.label} ({use.key.items[n]})"
            for name, use in study.instruments.items()
            for n, there in form_numbers(use.key, use.item_order).items()}


def item_levels(study: Study) -> dict[str, Mapping[str, str]]:
    """``{instrument}_{n}`` -> every stored code, as it stands in the file, with what it means.

    The codes are those of the study's own coding, turned round where items are stored reversed.
    """
    plans = {name: settle(use.key, **use.how, min_share=use.min_share)
             for name, use in study.instruments.items()}
    return {f"{name}_{there}": _levels(use, plans[name], n)
            for name, use in study.instruments.items()
            for n, there in form_numbers(use.key, use.item_order).items()}


def stored_codes(plan: Plan, n: int) -> dict[int, int]:
    """Stored code -> code as a person would tick it on the printed form, for item n of the key.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> key = load_instrument("who5")
    >>> plan = settle(key, "{id}_{n}", (1, 6), None, [2], (), None)
    >>> stored_codes(plan, 1), stored_codes(plan, 2)
    ({1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}, {1: 5, 2: 4, 3: 3, 4: 2, 5: 1, 6: 0})
    """
    ends = plan.instrument.response.low + plan.instrument.response.high
    return {stored: ends - code if n in plan.turned_back else code
            for stored, code in plan.coded.items()}


def _levels(use: InstrumentUse, plan: Plan, n: int) -> dict[str, str]:
    anchors = anchors_of(use.key, n)
    return {f"{stored:g}": anchors.get(str(code), "")
            for stored, code in sorted(stored_codes(plan, n).items())}
