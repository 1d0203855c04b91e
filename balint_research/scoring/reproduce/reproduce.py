"""Does my scoring reproduce the paper? Its figures beside mine, and what would explain them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from balint_research.errors import DataError, Issue, ScoringError, number_of
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyed import keyed_answers
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import Coding, Items, Plan, form_numbers, settle
from balint_research.scoring.refuse import framed
from balint_research.scoring.reproduce.figures import FEWEST, Mask, Sheet, tables
from balint_research.scoring.reproduce.printed import Printed, Published, read_published
from balint_research.scoring.reproduce.search import Search, Tried, search
from balint_research.scoring.reproduce.ways import (
    AS_IT_IS,
    EVERY_ROW,
    LOWEST,
    WHOLE_FORM,
    Request,
)

Orders = Mapping[str, tuple[pd.DataFrame, str]]   # reading -> answers, and what to declare

WORDS = 5   # ways named in a sentence; `causes` has the others

_VERDICT = (
    {"instrument": "string", "scale": "string"}
    | dict.fromkeys(("published", "reproduced", "tried", "explain_all"), "int64")
    | {"by_chance": "float64", "verdict": "string"}
)
_COMPARISON = (
    dict.fromkeys(("instrument", "scale", "figure"), "string")
    | dict.fromkeys(("published", "mine", "difference", "tolerance"), "float64")
    | {"agrees": "bool"}
)
_CAUSES = (
    {"instrument": "string", "scale": "string", "rank": "int64", "alternative": "string",
     "agrees_on": "string"}
    | dict.fromkeys(("mean", "sd", "alpha"), "float64")
    | {"n": "int64", "distance": "float64", "note": "string", "remedy": "string"}
)


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """A paper's figures beside one's own.

    Attributes
    ----------
    verdict : one row a scale: what the two other frames say, in sentences.
    comparison : one row a scale and published figure.
    causes : one row a scale and way to score it, the likeliest first.

    The columns are told in `reproduce`.
    """

    verdict: pd.DataFrame
    comparison: pd.DataFrame
    causes: pd.DataFrame


def reproduce(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    published: Published,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    min_share: float | None = None,
    folder: Path | None = None,
    digits: int | None = None,
    by: str | None = None,
    shown: int = 10,
) -> Reproduction:
    """The figures that a paper prints beside one's own, and what would explain a difference.

    Use it on open data whose paper prints means, SDs or alphas, before the same key and the same
    declarations score your own data: a wrong direction, range or item order shows nowhere else.

    Parameters
    ----------
    frame, instrument, items, coding, item_order, already_reversed, missing_codes, min_share,
        folder : as in `score`, one row a form, raw answers.
    published : scale -> figure -> value. Figures are ``n`` (forms with a score), ``mean``, ``sd``,
        ``alpha``, ``median``, ``min`` and ``max``, any of them. A value is the printed text
        (``"24.30"``) or a number; a number has the digits that Python shows of it (24.3, not
        24.30), and the last digit gives the tolerance: half of its unit.
    digits : decimals of every figure but n, where they are numbers with other digits than those
        printed.
    by : a column whose values name groups of rows (wave, arm): is the paper about one of them?
        Groups of fewer than 5 rows are not looked at.
    shown : rows of `causes` a scale (at least 1); how scoring was declared always has one, too.

    Returns
    -------
    `Reproduction`, three frames (scales that count criteria and do not add up are left out)

    * ``verdict``: ``instrument scale``; ``published reproduced``, numbers of figures; ``tried``,
      number of other ways to score; ``explain_all``, how many of these have every published
      figure; ``by_chance``; ``verdict``, sentences.
    * ``comparison``: ``instrument scale figure``; ``published mine difference`` (mine less
      published); ``tolerance``; ``agrees``.
    * ``causes``: ``instrument scale``; ``rank``; ``alternative``, what would be otherwise;
      ``agrees_on``, the published figures it gives; ``mean sd alpha n`` with it; ``distance``;
      ``note``, what cannot be told apart; ``remedy``, what to look at and what to declare.

    Raises
    ------
    ScoringError : as `score`; what is published that cannot be read, every fault at once; a column
        `by` that is not there.
    DataError : as `score`; fewer than 5 forms with an answer to a scale.

    Notes
    -----
    Every way starts from the raw answers and the arithmetic of the key. Tried are: no item
    reversed (or twice), the codes in the other direction, each item turned, each left out, the
    item orders of the key, another scale of it, no recode, reversed items from a wrong sum; sum,
    mean, percent of the range; codes counted from 0 or 1; where answers are missing, seven rules;
    forms complete on the whole questionnaire and the groups of `by`; SD with n, the standard error
    as SD, standardised and pairwise alpha, n of all rows. Where none gives every figure, two
    changes at once are tried (two items turned, or changes of two kinds); they are shown only
    where they give every figure. Ways that give the same figures in these answers are one way.

    Order: the number of figures agreed on, then ``distance``, then simplicity. The distance is the
    root mean square over the published figures of: 0 where the figure agrees; else the difference
    in published SD (mean, median, min, max), as it is (alpha), as a share of the published figure
    (SD, n). Ways with one number and distance share a rank: these figures cannot tell them apart.
    ``by_chance`` is how many other ways tried have all figures of a way in the printed digits, on
    average over the ways: well below 1, an agreement says much; about 1 or more, little.

    Not found: which people a smaller n leaves out beyond these groups, imputed answers, three
    changes at once. Figures of fewer than 5 forms are not computed.

    Mine is what `score` gives, and alpha as in `reliability` (listwise). Checked against `score`
    with shipped keys of every kind; every way against a slow scoring by hand; and against the
    published figures of five open data sets, with items turned round on purpose.

    Examples
    --------
    A file with item 8 stored the other way round:

    >>> import pandas as pd
    >>> import balint_research as br
    >>> from balint_research.scoring.reproduce.reproduce import reproduce
    >>> responses = pd.read_csv(br.example("balint_cohort") / "responses.csv")
    >>> broken = responses[responses["wave"] == "baseline"].assign(
    ...     mbi_hss_8=lambda rows: 6 - rows["mbi_hss_8"])
    >>> paper = {"emotional_exhaustion": {"n": 89, "mean": "24.13", "sd": "10.30", "alpha": ".88"}}
    >>> found = reproduce(broken, "mbi_hss", published=paper)
    >>> found.verdict["verdict"][0]
    '1 of 4 published figures is reproduced (n). 1 of 33 other ways to score gives every figure: \
item 8 reversed.'
    >>> found.causes["remedy"][0]
    'Compare item 8 with the form and its codebook. If the file stores it the other way round than \
you declared, declare `already_reversed=[8]`; if not, the paper scored it so.'
    """
    key = load_instrument(instrument, folder)
    plan = settle(key, items, coding, item_order, already_reversed, missing_codes, min_share)
    printed = read_published(published, key, digits)
    _refuse_shown(shown)
    data = _in_memory(frame)
    raw = keyed_answers(
        data, key, items=plan.columns, coding=coding, missing_codes=plan.missing_codes,
        already_reversed=sorted(plan.turned_back),
    ).raw
    orders = dict(_other_orders(raw, plan, item_order, whole=already_reversed is True))
    groups, small = _groups(data, by)
    sheet = _sheet(raw, plan, orders, groups)
    _refuse_few(sheet, printed)
    found = {
        name: search(_request(name, sheet, orders, item_order), sheet, figures)
        for name, figures in printed.items()
    }
    return Reproduction(
        verdict=_frame((_verdict(found[name], printed[name], name, key, small)
                        for name in found), _VERDICT),
        comparison=_frame((row for name in found
                           for row in _comparison(found[name], printed[name], name, key)),
                          _COMPARISON),
        causes=_frame((row for name in found for row in _causes(found[name], name, key, shown)),
                      _CAUSES),
    )


# --- the answers ---------------------------------------------------------------------------------


def _in_memory(frame: Any) -> Any:
    """The frame itself; a lazy one collected, so that its rows stand in one order throughout."""
    data = framed(frame)
    return data.collect(backend="pandas").to_native() if isinstance(data, nw.LazyFrame) else frame


def _other_orders(
    raw: pd.DataFrame, plan: Plan, item_order: str | None, *, whole: bool
) -> Iterator[tuple[str, tuple[pd.DataFrame, str]]]:
    """The columns as items in another order of the key: the answers, and what to declare for it.

    `whole` : all reversed items are declared as stored reversed, in whatever order they stand.
    """
    key, form = plan.instrument, form_numbers(plan.instrument, item_order)
    ends = key.response.low + key.response.high
    there = [int(n) for n in raw.columns]
    stored = {n: ends - raw[n] if n in plan.turned_back else raw[n] for n in there}
    column = {form[n]: n for n in there}
    for variant in (None, *key.item_order_variants):
        order = form_numbers(key, variant)
        moved = {n: column[order[n]] for n in key.scored_items if order[n] in column}
        if len(moved) < len(key.scored_items) or all(n == m for n, m in moved.items()):
            continue
        back = {n for n, m in moved.items()
                if (n in key.reversed_anywhere if whole else m in plan.turned_back)}
        table = pd.DataFrame({n: ends - stored[m] if n in back else stored[m]
                              for n, m in moved.items()})
        yield (
            f"the order '{variant}'" if variant else "the key's own order",
            (table, f"declare `item_order='{variant}'`" if variant else "leave out `item_order`"),
        )


def _groups(data: Any, by: str | None) -> tuple[dict[str, Mask], int]:
    """The rows of every group of at least five, by its words; and the number of other groups."""
    if by is None:
        return {}, 0
    columns = framed(data).columns
    if by not in columns:
        near = get_close_matches(by, columns, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ScoringError(f"The column '{by}' named in `by` is missing.{hint}")
    values = framed(data).get_column(by).to_pandas().reset_index(drop=True)
    sizes = values.value_counts()
    groups = {f"rows with {by} '{level}'": (values == level).to_numpy()
              for level in sorted(sizes.index[sizes >= FEWEST], key=str)}
    return groups, int((sizes < FEWEST).sum())


def _sheet(
    raw: pd.DataFrame, plan: Plan, orders: Orders, groups: Mapping[str, Mask]
) -> Sheet:
    key = plan.instrument
    readings = {AS_IT_IS: raw} | {reading: table for reading, (table, _) in orders.items()}
    if raw.isna().any(axis=None):
        readings[LOWEST] = raw.fillna(key.response.low)
    whole = raw[list(key.scored_items)].notna().all(axis=1).to_numpy()
    return Sheet(
        plan=plan, tables=tables(readings, key),
        rows={EVERY_ROW: np.ones(len(raw), dtype=bool), WHOLE_FORM: whole, **groups},
        form_counts=(raw.notna().sum(axis=1) >= (key.missing.min_answered_form or 0)).to_numpy(),
    )


def _request(
    name: str, sheet: Sheet, orders: Orders, item_order: str | None
) -> Request:
    return Request(
        name=name, plan=sheet.plan, form=form_numbers(sheet.plan.instrument, item_order),
        orders={reading: declare for reading, (_, declare) in orders.items()},
        rows=[rows for rows in sheet.rows if rows != EVERY_ROW],
        gaps=not sheet.tables[AS_IT_IS, name, True].answered.all(),
    )


def _refuse_shown(shown: object) -> None:
    if not isinstance(shown, int) or shown < 1:
        raise ScoringError("`shown` must be a whole number of at least 1.")


def _refuse_few(sheet: Sheet, names: Iterable[str]) -> None:
    key = sheet.plan.instrument
    few = [name for name in names
           if sheet.tables[AS_IT_IS, name, True].answered.any(axis=1).sum() < FEWEST]
    if few:
        raise DataError([Issue(
            rule="too_few_forms",
            what=f"Fewer than {FEWEST} forms have an answer to the scale '{name}' of {key.label}.",
            do="Nothing is compared: the figures would tell what a person answered.",
        ) for name in few])


# --- the frames ----------------------------------------------------------------------------------


def _frame(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(kinds)).astype(kinds)


def _comparison(
    found: Search, published: Mapping[str, Printed], name: str, key: Instrument
) -> Iterator[dict[str, Any]]:
    for figure, printed in published.items():
        mine = found.declared.figures[figure]
        yield {
            "instrument": key.id, "scale": name, "figure": figure, "published": printed.value,
            "mine": mine, "difference": mine - printed.value, "tolerance": printed.tolerance,
            "agrees": printed.agrees(mine),
        }


def _causes(found: Search, name: str, key: Instrument, shown: int) -> Iterator[dict[str, Any]]:
    for place, (one, rank) in enumerate(zip(found.ways, found.ranks, strict=True)):
        if place < shown or not one.way.changes:
            yield {
                "instrument": key.id, "scale": name, "rank": rank, "alternative": one.words,
                "agrees_on": ", ".join(one.agrees_on) or "nothing",
                **{figure: one.figures[figure] for figure in ("mean", "sd", "alpha", "n")},
                "distance": one.distance, "note": _note(one, found.ranks.count(rank) - 1),
                "remedy": " ".join(change.remedy for change in one.way.changes) or None,
            }


def _note(one: Tried, tied: int) -> str | None:
    notes = [f"The same scores: {'; '.join(one.same)}."] if one.same else []
    notes += [f"Shares its rank with {number_of(tied, 'other')}: these figures do not tell them "
              "apart."] if tied else []
    return " ".join(notes) or None


def _verdict(
    found: Search, published: Mapping[str, Printed], name: str, key: Instrument, small: int
) -> dict[str, Any]:
    return {
        "instrument": key.id, "scale": name, "published": len(published),
        "reproduced": len(found.declared.agrees_on), "tried": found.tried,
        "explain_all": len(found.complete), "by_chance": found.by_chance,
        "verdict": " ".join(_sentences(found, published, small)),
    }


# --- in words ------------------------------------------------------------------------------------


def _sentences(
    found: Search, published: Mapping[str, Printed], small: int
) -> Iterator[str]:
    agrees = found.declared.agrees_on
    yield _reproduced(agrees, len(published))
    yield from _explained(found) if found.declared.distance else _also(found)
    if "n" in published and "n" not in agrees:
        yield _subsets(found)
    if small:
        yield (f"{number_of(small, 'group')} with fewer than {FEWEST} rows "
               f"{'is' if small == 1 else 'are'} not looked at.")


def _reproduced(agrees: Sequence[str], published: int) -> str:
    if len(agrees) == published:
        return "Every published figure is reproduced." if published > 1 else (
            "The published figure is reproduced.")
    of = f"of {number_of(published, 'published figure')}"
    if not agrees:
        return f"None {of} is reproduced."
    return (f"{len(agrees)} {of} {'is' if len(agrees) == 1 else 'are'} reproduced "
            f"({', '.join(agrees)}).")


def _also(found: Search) -> Iterator[str]:
    """What else would give the figures that are reproduced."""
    if found.complete:
        yield (f"So {'does' if len(found.complete) == 1 else 'do'} {len(found.complete)} of "
               f"{number_of(found.tried, 'other way')} to score: these figures do not tell them "
               f"apart: {_named(found.complete)}.")


def _explained(found: Search) -> Iterator[str]:
    """What gives every figure, or comes nearest to it."""
    tried = number_of(found.tried, "other way")
    if found.complete:
        if found.pairs:
            yield "No single change gives every figure."
        many = len(found.complete) > 1
        yield (f"{len(found.complete)} of {tried} to score {'give' if many else 'gives'} every "
               f"figure{', and they do not tell them apart' * many}: {_named(found.complete)}.")
        return
    yield f"None of {tried} to score, with one change or two, gives every figure."
    best = [one for one, rank in zip(found.ways, found.ranks, strict=True) if rank == 1]
    least = min(found.ways, key=lambda one: one.distance)
    if all(one.way.changes for one in best):
        yield f"Nearest ({', '.join(best[0].agrees_on) or 'no figure agrees'}): {_named(best)}."
    if least.way.changes and least not in best:
        yield f"Least distance: {least.words}."


def _subsets(found: Search) -> str:
    """The simple subsets of rows that have the published n."""
    fitting = [one for one in found.ways if "n" in one.agrees_on and one.way.steps == 1
               and one.way.changes[0].family in ("rows", "gaps", "n")]
    if not fitting:
        return "No simple subset of the rows has the published n."
    return f"The published n is that of: {_named(fitting)}."


def _named(ways: Sequence[Tried]) -> str:
    more = len(ways) - WORDS
    listed = "; ".join(one.words for one in ways[:WORDS])
    return listed + (f"; and {more} more" if more > 0 else "")
