"""From stored answers to the codes of the key, and from there to keyed answers.

Used by scoring (as expressions over any frame) and by what looks at items one by one
(`keyed_answers`: pandas frames), so that both read an answer in one way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.library import load_instrument
from balint_research.scoring.plan import Coding, Items, Plan, settle, without_absent_fillers
from balint_research.scoring.refuse import framed, refuse_by_schema, refuse_out_of_range

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class KeyedAnswers:
    """The answers of one questionnaire as numbers, one row a form.

    Attributes
    ----------
    plan : the settled request: the key, and which column is which item.
    raw : one column an item (named by its number), in the codes of the key, not reversed; missing
        where there is no answer. Rows and index are those of the frame that came in.
    scales : scale id -> one column an item of the scale, reversed and recoded as it is scored.
        Scales of kind ``criteria`` are left out: they count and do not add up.
    """

    plan: Plan
    raw: "pd.DataFrame"
    scales: "Mapping[str, pd.DataFrame]"


def keyed_answers(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    folder: Path | None = None,
) -> KeyedAnswers:
    """The answers as every scale of the key sees them, item by item.

    Parameters and errors are those of `score`; answers outside the codes stop it.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"teq_1": [4.0], "teq_2": [0.0]} | {f"teq_{n}": [1.0]
    ...                        for n in range(3, 17)})
    >>> keyed_answers(answers, "teq").scales["total"].iloc[0, :4].tolist()
    [4.0, 4.0, 1.0, 3.0]
    """
    key = load_instrument(instrument, folder)
    plan = settle(key, items, coding, item_order, already_reversed, missing_codes, None)
    data: Any = framed(frame)
    plan = without_absent_fillers(plan, data.columns)
    refuse_by_schema(data, plan, outputs=False)
    answers = {n: cleaned(data, column, plan) for n, column in plan.columns.items()}
    refuse_out_of_range(data, answers, plan)
    raw = _collected(data, {n: canonical(answer, n, plan) for n, answer in answers.items()})
    return KeyedAnswers(plan=plan, raw=raw, scales={
        name: keyed_frame(raw, scale, key) for name, scale in key.scales.items()
        if scale.criteria is None
    })


def keyed_frame(raw: "pd.DataFrame", scale: Scale, key: Instrument) -> "pd.DataFrame":
    """The items of one scale as it adds them up: what `keyed` says, for a pandas frame."""
    answers = raw[list(scale.items)].copy()
    for n in scale.reversed:
        answers[n] = key.response.low + key.response.high - answers[n]
    if scale.recode is None:
        return answers
    recode = {float(code): float(value) for code, value in scale.recode.items()}
    recoded: pd.DataFrame = answers.apply(lambda item: item.round(0).map(recode))
    return recoded


def cleaned(data: Any, column: str, plan: Plan) -> nw.Expr:
    """The answer as a float with every kind of "no answer" as null."""
    answer = nw.col(column)
    if not _plain_float(data, column):
        answer = answer.cast(nw.Float64).fill_nan(None)
    if plan.missing_codes:
        declared = any_of([answer == code for code in plan.missing_codes])
        answer = nw.when(~declared).then(answer)
    return answer


def canonical(answer: nw.Expr, n: int, plan: Plan) -> nw.Expr:
    """The answer in the codes of the key, raw (not reversed)."""
    response = plan.instrument.response
    if any(stored != code for stored, code in plan.coded.items()):
        stored, codes = list(plan.coded), list(plan.coded.values())
        answer = answer.round(0).replace_strict(  # an answer may lie 1e-9 beside its code
            [float(code) for code in stored], [float(code) for code in codes],
            default=None, return_dtype=nw.Float64,
        )
    return response.low + response.high - answer if n in plan.turned_back else answer


def keyed(answer: nw.Expr, n: int, scale: Scale, key: Instrument) -> nw.Expr:
    """The answer as the scale adds it up: reversed, then recoded."""
    if n in scale.reversed:
        answer = key.response.low + key.response.high - answer
    if scale.recode:
        old, new = [float(k) for k in scale.recode], [float(v) for v in scale.recode.values()]
        answer = answer.round(0).replace_strict(old, new, default=None, return_dtype=nw.Float64)
    return answer


def any_of(conditions: Sequence[nw.Expr]) -> nw.Expr:
    """True where at least one of the conditions holds."""
    return reduce(or_, conditions)


def _plain_float(data: Any, column: str) -> bool:
    """A pandas column of numpy floats: NaN already is its null, and a cast would copy it."""
    if not data.implementation.is_pandas():
        return False
    kind = data.to_native()[column].dtype
    return getattr(kind, "kind", None) == "f" and type(kind).__module__.startswith("numpy")


def _collected(data: Any, columns: Mapping[int, nw.Expr]) -> "pd.DataFrame":
    """The columns as a pandas frame of floats, named by item number, with the index of a pandas
    frame that came in."""
    picked = data.select(*[answer.alias(str(n)) for n, answer in columns.items()])
    if isinstance(picked, nw.LazyFrame):
        picked = picked.collect(backend="pandas")
    frame: pd.DataFrame = picked.to_pandas().astype("float64")
    return frame.set_axis([int(name) for name in frame.columns], axis="columns")
