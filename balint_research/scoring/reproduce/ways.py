"""The ways in which a paper may have scored otherwise, each with what to do about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Literal

from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.plan import AS_PRINTED, Plan, coding_map

AS_IT_IS = "columns as declared"
LOWEST = "gaps filled with the lowest code"
EVERY_ROW = "every row"
WHOLE_FORM = "rows complete on the whole questionnaire"

OTHER_UNIT = "The same scores in another unit: convert before you compare; no score is wrong."
OTHER_CODES = (
    "The paper counts the codes from {base}: convert before you compare. If it says that it counts "
    "as the key does, the file may be stored otherwise: look at its codebook and declare `coding`."
)
OTHER_RULE = (
    "The paper treats unanswered items otherwise than the {rule}: see what its methods say, and "
    "say so where you compare."
)
OTHER_ROWS = "See whether these are the people of the paper: give `reproduce` their rows only."
OTHER_STATISTIC = "The scores may be the same: compute the figure as the paper does to compare it."
OTHER_N = "The scores may be the same: the paper counts other people than those with a score."
WRONG_TURN = (
    "No code of the form gives this. The paper, or its file, turned the items with a wrong sum: "
    "nothing to change here."
)
WITHOUT = (
    "See whether the form, or the scale, of the paper lacks the item; `score` takes the scale as "
    "the key has it."
)
OTHER_SCALE = "See whether the paper names the scales as the key does."
PLAIN = "The paper adds the answers up as they were given: compare with that only."
OTHER_ORDER = "See in which order the form prints the items: then {declare}."
OTHER_DIRECTION = (
    "Compare {items} with the form and its codebook. If the file stores {them} the other way round "
    "than you declared, {declare}; if not, the paper scored {them} so."
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One departure from what was declared: which fields of a `Way` it sets, and the words."""

    family: str
    what: str
    remedy: str
    fields: Mapping[str, Any] = field(repr=False)
    steps: int = 1


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to score a scale: as declared but for its `changes`.

    Attributes
    ----------
    scale : whose figures.
    reading, rows : how the columns are read, and which rows are used.
    turned : items in the other direction than the key has them; `left_out` an item not added.
    recoded, off : whether answers are recoded; what is added to every reversed item.
    counted_from : the lowest code, where the codes are numbered anew.
    combine, multiplied : how answered items become a score, and whether the sum is multiplied.
    share : least share of answered items (None: the rule declared); `prorated` or summed only;
        `gaps_as_zero`: gaps count as 0.
    sd, alpha, counted : the statistic that is printed as SD, alpha and n.
    """

    scale: str
    reading: str = AS_IT_IS
    rows: str = EVERY_ROW
    turned: frozenset[int] = frozenset()
    left_out: int | None = None
    recoded: bool = True
    off: int = 0
    counted_from: int | None = None
    combine: Literal["sum", "mean", "percent"]
    multiplied: bool = True
    share: float | None = None
    prorated: bool = True
    gaps_as_zero: bool = False
    sd: Literal["n - 1", "n", "error"] = "n - 1"
    alpha: Literal["listwise", "pairwise", "standardised"] = "listwise"
    counted: Literal["scores", "rows", "answered"] = "scores"
    changes: tuple[Change, ...] = ()

    @property
    def steps(self) -> int:
        """How far it is from what was declared."""
        return sum(change.steps for change in self.changes)

    def changed(self, *changes: Change) -> "Way":
        fields = {name: value for change in changes for name, value in change.fields.items()}
        return replace(self, **fields, changes=(*self.changes, *changes))


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the changes of a scale depend on.

    Attributes
    ----------
    name, plan : the scale, and the settled request.
    form : item of the key -> number on the study's form.
    orders : reading of the columns in another item order -> what would have to be declared.
    rows : names of the subsets of rows.
    gaps : whether any answer to the scale is missing.
    """

    name: str
    plan: Plan
    form: Mapping[int, int]
    orders: Mapping[str, str]
    rows: Sequence[str]
    gaps: bool

    @property
    def key(self) -> Instrument:
        return self.plan.instrument

    @property
    def scale(self) -> Scale:
        return self.key.scales[self.name]


def declared_way(name: str, key: Instrument) -> Way:
    """The scale as it is scored here."""
    score = key.scales[name].score
    assert score != "criteria"   # refused with the published figures
    return Way(scale=name, combine=score)


def single_changes(request: Request) -> list[Change]:
    """Every change that is tried alone, the plainest first."""
    return [
        *_directions(request), *_items(request), *_units(request), *_codes(request),
        *(_gaps(request) if request.gaps else ()), *_rows(request), *_statistics(request),
    ]


def two_changes(changes: Sequence[Change], request: Request) -> Iterator[tuple[Change, ...]]:
    """Two changes at once: of different kinds, or the direction of two items."""
    for one, other in combinations(changes, 2):
        if one.family != other.family and not _at_odds(one, other):
            yield one, other
    for pair in combinations(request.scale.items, 2):
        yield (replace(_direction(frozenset(pair), request), steps=2),)


def step(key: Instrument) -> int:
    """How far two codes of the key lie apart (evenly, which the loader demands)."""
    return (key.response.high - key.response.low) // (len(key.response.codes) - 1)


def _at_odds(one: Change, other: Change) -> bool:
    """Two changes of one thing; or codes numbered anew where that changes nothing, or too much:
    percent of the range, a gap that counts as 0, a scale that may be recoded."""
    both = {**one.fields, **other.fields}
    unnumbered = both.get("combine") == "percent" or {"gaps_as_zero", "scale"} & both.keys()
    return bool(one.fields.keys() & other.fields.keys() or both.keys() >= {"gaps_as_zero", "off"}
                or ("counted_from" in both and unnumbered))


# --- the items -----------------------------------------------------------------------------------


def _directions(request: Request) -> Iterator[Change]:
    """The reversed items as they are, all items turned, and every item turned alone."""
    items, turned = frozenset(request.scale.items), frozenset(request.scale.reversed)
    wanted = [turned, items, *(frozenset({n}) for n in request.scale.items)]
    yield from (_direction(one, request) for one in dict.fromkeys(wanted) if one)


def _direction(items: frozenset[int], request: Request) -> Change:
    turned = request.scale.reversed
    every = len(items) > 1 and items == frozenset(request.scale.items)
    if every:
        what = "codes in the other direction (every item turned round)"
    elif len(items) > 1 and items == frozenset(turned):
        what = "no item reversed (or reversed twice)"
    else:
        what = ", ".join(f"item {n} {'not ' * (n in turned)}reversed" for n in sorted(items))
    meant = "the direction of the codes" if every else (
        f"item{'s' * (len(items) > 1)} " + " and ".join(_listed(items)))
    return Change(
        family="items", what=what, fields={"turned": items},
        remedy=OTHER_DIRECTION.format(
            items=meant, them="it" if len(items) == 1 else "them",
            declare=(every and _turned_coding(request)) or _stored_reversed(items, request),
        ),
    )


def _listed(items: Iterable[int]) -> list[str]:
    *first, last = map(str, sorted(items))
    return [*([", ".join(first)] if first else []), last]


def _stored_reversed(items: frozenset[int], request: Request) -> str:
    """What to declare where these items are stored the other way round than declared."""
    stored = sorted(request.form[n] for n in request.plan.turned_back ^ items)
    return f"declare `already_reversed={stored}`" if stored else "leave out `already_reversed`"


def _turned_coding(request: Request) -> str | None:
    """The coding of the key that is the declared one turned round, where there is one."""
    ends = request.key.response.low + request.key.response.high
    wanted = {stored: ends - code for stored, code in request.plan.coded.items()}
    for name in (AS_PRINTED, *request.key.coding_variants):
        if coding_map(request.key, name) == wanted:
            return f"declare `coding='{name}'`"
    return None


def _items(request: Request) -> Iterator[Change]:
    """Items left out, taken from other columns, of another scale, or keyed with another sum."""
    scale, key = request.scale, request.key
    for n in scale.items if len(scale.items) > 1 else ():
        yield Change(family="items", what=f"item {n} left out", remedy=WITHOUT,
                     fields={"left_out": n})
    for reading, declare in request.orders.items():
        yield Change(family="items", what=f"items in {reading}", fields={"reading": reading},
                     remedy=OTHER_ORDER.format(declare=declare))
    for name, other in key.scales.items():
        if name != request.name and other.criteria is None:
            yield Change(family="items", what=f"the figures of scale '{name}'", remedy=OTHER_SCALE,
                         fields={"scale": name, "combine": other.score})
    if scale.recode:
        yield Change(family="items", what="answers not recoded", remedy=PLAIN,
                     fields={"recoded": False})
    elif scale.reversed and step(key) == 1:
        ends = key.response.low + key.response.high
        for off in (1, -1, 2, -2):
            yield Change(family="items", fields={"off": off}, remedy=WRONG_TURN,
                         what=f"reversed items as {ends + off} - answer (the key: {ends} - answer)")


# --- units ---------------------------------------------------------------------------------------


def _units(request: Request) -> Iterator[Change]:
    units = {"sum": "sum of the items", "mean": "mean of the items",
             "percent": "percent of the possible range (0 to 100)"}
    multiplied = request.scale.score == "sum" and request.scale.multiply != 1
    for combine, what in units.items():
        if combine != request.scale.score or multiplied:
            yield Change(family="unit", what=what, remedy=OTHER_UNIT,
                         fields={"combine": combine, "multiplied": False})


def _codes(request: Request) -> Iterator[Change]:
    if request.scale.recode:
        return
    for base in (0, 1):
        if (request.key.response.low, step(request.key)) != (base, 1):
            yield Change(family="codes", what=f"codes counted from {base}",
                         remedy=OTHER_CODES.format(base=base), fields={"counted_from": base})


# --- gaps, rows, statistics ----------------------------------------------------------------------


def _gaps(request: Request) -> Iterator[Change]:
    published = request.scale.min_answered is not None
    free = not published and request.key.missing.min_answered_form is None
    other = OTHER_RULE.format(rule="published rule of the key" if published else "rule used here")
    rules: dict[str, dict[str, Any]] = {
        "only forms with every item of the scale": {"share": 1.0},
        "at least 80 % of the items answered": {"share": 0.8},
        "at least 50 % of the items answered": {"share": 0.5},
        "at least one item answered": {"share": 0.0},
        "answered items summed, without proration": {"share": 0.0, "prorated": False},
        "unanswered items counted as 0": {"share": 0.0, "gaps_as_zero": True},
        "unanswered items counted as the lowest code": {"share": 0.0, "reading": LOWEST},
    }
    for what, fields in rules.items():
        declare = free and set(fields) == {"share"} and fields["share"] > 0
        how = "leave out `min_share`" if fields["share"] == 1 else (
            f"declare `min_share={fields['share']}`")
        yield Change(family="gaps", what=what, fields=fields,
                     remedy=f"{other} To score so, {how}." if declare else other)


def _rows(request: Request) -> Iterator[Change]:
    for name in request.rows:
        yield Change(family="rows", what=f"only {name}", fields={"rows": name}, remedy=OTHER_ROWS)


def _statistics(request: Request) -> Iterator[Change]:
    statistics: dict[str, dict[str, Any]] = {
        "SD divided by n, not n - 1": {"sd": "n"},
        "standard error of the mean printed as SD": {"sd": "error"},
        "standardised alpha (of the correlations)": {"alpha": "standardised"},
    }
    if request.gaps:
        statistics["alpha from pairwise covariances"] = {"alpha": "pairwise"}
    for what, fields in statistics.items():
        yield Change(family=next(iter(fields)), what=what, fields=fields, remedy=OTHER_STATISTIC)
    counts = {"n counts every row": "rows", "n counts the forms with an answer": "answered"}
    for what, counted in counts.items():
        yield Change(family="n", what=what, fields={"counted": counted}, remedy=OTHER_N)
