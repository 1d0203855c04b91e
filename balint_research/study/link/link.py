"""Link the waves of a study by self-generated identification codes."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balint_research.errors import DataError, Issue, number_of
from balint_research.study.contracts import LINKED
from balint_research.study.link.accept import (
    DECIDED,
    SINGLE,
    Node,
    Pair,
    chains,
    how_linked,
    pairs_of,
    unique_links,
    without_conflicts,
)
from balint_research.study.link.asked import Asked, asked_for
from balint_research.study.link.baseline import compared
from balint_research.study.link.codes import MISSING, Coded, coded
from balint_research.study.link.decide import decided, tokens
from balint_research.study.link.elements import Element
from balint_research.study.link.expected import agreement, expected_table
from balint_research.study.link.keep import participants
from balint_research.study.link.near import (
    EXACT,
    LEVELS,
    ONE_ELEMENT,
    TWO_ELEMENTS,
    Near,
    available,
    candidates,
)
from balint_research.study.link.rules import found
from balint_research.study.link.tell import summary, tables_html

BUDGET = 0.01
BY_CHANCE = 0.5  # alike pairs within a wave: from so many on, chance explains them
LINKS = ["participant", "wave", "row", "how"]
TO_DECIDE = [
    "pair", "component", "wave_a", "row_a", "wave_b", "row_b", "level", "why", "differing",
]


@dataclass(frozen=True, kw_only=True)
class LinkReport:
    """Who is who across the waves, and how sure that is. It holds no code and no part of one.

    Attributes
    ----------
    links : ``participant wave row how``, a row for every row of every wave. `row` is the label of
        the row in its table. `how` is ``exact``, ``one_edit`` (one edit or transposition inside one
        element), ``one_element`` (one element differs or is missing), ``two_elements`` (two do, and
        every constant agrees), ``decided`` (by a person) or ``single`` (no partner).
    to_decide : ``pair component wave_a row_a wave_b row_b level why differing``, the candidates
        that nobody chose. `pair` names the candidate in the decisions; `component` numbers those
        that hang together; `why` is ``tie``, ``duplicate`` (a code that stands twice in a wave),
        ``constants_differ`` or ``conflict`` (a chain that contradicts itself); `differing` names
        the elements that differ or are missing.
    per_wave : ``wave rows without_code invalid_elements duplicates`` and the number of rows that
        are ``exact one_edit one_element two_elements decided ambiguous unmatched``, which add up to
        `rows`.
    per_pair_of_waves : ``wave_a wave_b rows_a rows_b possible level`` (the loosest one used), the
        number of links ``exact one_edit one_element two_elements decided through`` (`through`: only
        by way of another wave), ``linked share ambiguous``.
    expected : ``wave_a wave_b level agreement by_frequencies by_near_pairs open_a open_b expected
        share allowed used``: an upper limit (`expected`) of the wrong links up to each level, and
        what it comes from; `share` divides it by the possible pairs. See `expected_table`.
    elements : ``column kind distinct agreement missing invalid``; `agreement` is the chance that
        two different people give the same.
    baseline : matched against unmatched at the first wave; see `baseline.compared`.
    decisions : ``pair decision``, what was decided by a person and used.
    issues : what was noticed.
    """

    links: pd.DataFrame
    to_decide: pd.DataFrame
    per_wave: pd.DataFrame
    per_pair_of_waves: pd.DataFrame
    expected: pd.DataFrame
    elements: pd.DataFrame
    baseline: pd.DataFrame
    decisions: pd.DataFrame
    budget: float
    issues: tuple[Issue, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The waves, in order."""
        return tuple(self.per_wave["wave"])

    def attach(self, *waves: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
        """The tables that were linked, with `participant` first and without the code.

        Rows stand in the order of the new ids, so that the order of answering is gone.
        """
        ids = [self.links[self.links["wave"] == wave].set_index("row")["participant"]
               for wave in self.names]
        code = list(self.elements["column"])
        return tuple(
            frame.drop(columns=code).assign(participant=own.reindex(frame.index).to_numpy())
            .pipe(lambda kept: kept[["participant", *kept.columns.drop("participant")]])
            .sort_values("participant", ignore_index=True)
            for frame, own in zip(waves, ids, strict=True))

    def __str__(self) -> str:
        return "\n".join(summary(self))

    def _repr_html_(self) -> str:
        return tables_html(self)


def link_waves(
    *waves: pd.DataFrame,
    elements: Mapping[str, Element | str] | Iterable[str],
    names: Sequence[str] | None = None,
    constants: Sequence[str] = (),
    compare: Sequence[str] = (),
    budget: float = BUDGET,
    tolerance: str | None = None,
    decisions: pd.DataFrame | str | Path | None = None,
    key: pd.DataFrame | None = None,
    seed: int | None = None,
) -> LinkReport:
    """Link the rows of two or more waves by the code that people made for themselves.

    Codes are brought into one spelling, compared element by element, and linked level by level:
    identical, one edit inside one element, one element, two elements where every constant agrees.
    A candidate becomes a link only if both rows have no other. A level is used only as far as the
    user's own codes let expect hardly any wrong link. Ties, codes that stand twice, and chains
    that contradict themselves are listed for a person. ``docs/linking.md`` explains each step.

    Parameters
    ----------
    waves : a table a wave, in order. Their index labels the rows (whole numbers, each once).
    elements : column -> what it holds (``"day:1-31"``, ``"month"``, ``"letters:2"``,
        ``"year:1940-2010"``, ``"number:0-15"``, ``"text"`` or an `Element`), or a list of columns.
    names : names of the waves; without them ``wave1``, ``wave2`` ...
    constants : columns that do not change (gender, year of training, group, site). Rows that
        differ in one of them are no candidates below the exact level.
    compare : columns of the first wave on which matched and unmatched rows are compared.
    budget : the largest share of wrong links among the possible pairs that may be expected.
    tolerance : the loosest level to use (``exact``, ``one_edit``, ``one_element``,
        ``two_elements``). It can only make the linking stricter than the budget does.
    decisions : ``pair decision`` (yes or no), or the CSV file that a person filled in.
    key : ``participant wave row`` of an earlier linking whose rows keep their ids.
    seed : makes the ids reproducible, and known to whoever knows the seed: for examples and tests.

    Returns
    -------
    LinkReport

    Raises
    ------
    DataError : every fault of what was asked for, then every fault of the decisions.

    Examples
    --------
    >>> pre = pd.DataFrame({"day": ["07", "21", "30"], "mother": ["an", "Jo", "EV"],
    ...                     "month": ["May", "3", "12"]})
    >>> post = pd.DataFrame({"day": ["12", "30", "7"], "mother": ["JO", "ev", "An"],
    ...                      "month": ["March", "Dezember", "mai"]})
    >>> report = link_waves(pre, post, seed=1, budget=0.5,
    ...                     elements={"day": "day", "mother": "letters:2", "month": "month"})
    >>> report.links.groupby("participant")["how"].unique().str.join("").tolist()
    ['exact', 'exact', 'one_edit']
    """
    asked = asked_for(waves, elements, names=names, constants=constants, compare=compare,
                      budget=budget, tolerance=tolerance)
    codes = coded(asked.waves, asked.elements, asked.constants)
    without = [found("no_codes", wave=wave.name) for wave in codes.waves
               if (wave.codes == MISSING).all()]
    if without:
        raise DataError(without)
    expected, links, open_, issues = _by_pairs(codes, asked)
    kept, conflicts = without_conflicts(links, open_, codes.waves)
    waiting = tokens([*open_, *conflicts], codes)
    reasons = {id(pair): "conflict" for pair in conflicts}
    answers = _decisions(decisions)
    yes, answered = decided(answers, waiting, kept) if answers is not None else ([], {})
    final = [*kept, *yes]
    still = _still_open(waiting, answered, final)
    nodes = [(place, row) for place, wave in enumerate(codes.waves) for row in range(len(wave))]
    how = how_linked(final)
    ids, more = participants(nodes, final, codes, key=key, frames=asked.waves, seed=seed)
    links_frame = pd.DataFrame(
        [(ids[node], codes.waves[node[0]].name, int(codes.waves[node[0]].rows[node[1]]),
          LINKED[how.get(node, SINGLE)]) for node in nodes], columns=LINKS)
    to_decide = _to_decide(still, codes, reasons)
    apart = int((to_decide["why"] == "conflict").sum())
    first = how_of(0, how, len(codes.waves[0])) != SINGLE
    return LinkReport(
        links=links_frame, to_decide=to_decide,
        per_wave=_per_wave(codes, how, still),
        per_pair_of_waves=_per_pair(codes, final, still, expected),
        expected=expected, elements=_elements(codes),
        baseline=compared(next(iter(asked.waves.values())), asked.compare, first),
        decisions=pd.DataFrame({"pair": list(answered), "decision": [
            "yes" if same else "no" for same in answered.values()]}, dtype="str"),
        budget=budget,
        issues=(*codes.issues, *_noticed(codes), *_alike(codes, expected), *issues, *more,
                *([found("conflict", count=apart, links=number_of(apart, "link"))]
                  if apart else []),
                *([found("to_decide", count=len(still), pairs=number_of(len(still), "pair"))]
                  if still else [])))


def how_of(wave: int, how: Mapping[Node, int], rows: int) -> Any:
    """The level by which each row of a wave is linked."""
    return np.array([how.get((wave, row), SINGLE) for row in range(rows)])


# --- the parts of it -----------------------------------------------------------------------------


def _by_pairs(
    codes: Coded, asked: Asked
) -> tuple[pd.DataFrame, list[Pair], list[Pair], list[Issue]]:
    """Every two waves on their own: what is expected, the links, and what stays open."""
    tables: list[pd.DataFrame] = []
    links: list[Pair] = []
    open_: list[Pair] = []
    issues: list[Issue] = []
    for i, j in combinations(range(len(codes.waves)), 2):
        a, b = codes.waves[i], codes.waves[j]
        table, level = expected_table(codes, a, b, budget=asked.budget, highest=asked.highest)
        near = _candidates(codes, i, j, level)
        linked, still = unique_links(near, a, b, level)
        links += pairs_of(linked, (i, j), a, b)
        open_ += pairs_of(still, (i, j), a, b)
        tables.append(table)
        issues += _about_levels(table, level, asked)
    return pd.concat(tables, ignore_index=True), links, open_, issues


def _candidates(codes: Coded, i: int, j: int, level: int) -> Near:
    a, b = codes.waves[i], codes.waves[j]
    near = candidates(a, b, level, codes.spellings)
    if near is None:
        raise DataError([found("too_alike", first=a.name, second=b.name)])
    return near


def _about_levels(table: pd.DataFrame, level: int, asked: Asked) -> list[Issue]:
    first, second = table["wave_a"].iloc[0], table["wave_b"].iloc[0]
    issues = []
    if not table["allowed"].iloc[EXACT]:
        issues.append(found("exact_beyond_budget", first=first, second=second))
    if asked.tolerance is not None and level < asked.highest:
        if asked.highest == TWO_ELEMENTS and not asked.constants:
            issues.append(found("no_constants"))
        else:
            issues.append(found("tolerance_lowered", first=first, second=second,
                                used=LEVELS[level]))
    return issues


def _decisions(given: pd.DataFrame | str | Path | None) -> pd.DataFrame | None:
    if given is None or isinstance(given, pd.DataFrame):
        return given
    from balint_research.study.read.read import read_text

    return read_text(Path(given)).frame


def _still_open(
    waiting: Mapping[str, Pair], answered: Mapping[str, bool], final: Sequence[Pair]
) -> dict[str, Pair]:
    """What is left: not answered, and no row of it has a partner at the other's wave by now."""
    partners = {(node, other[0]) for rows, _ in chains(final) for node in rows for other in rows}
    return {token: pair for token, pair in waiting.items()
            if token not in answered and (pair.first, pair.second[0]) not in partners
            and (pair.second, pair.first[0]) not in partners}


def _to_decide(
    still: Mapping[str, Pair], codes: Coded, reasons: Mapping[int, str]
) -> pd.DataFrame:
    part = {id(pair): number for number, (_, own) in enumerate(chains(still.values()), 1)
            for pair in own}
    rows = []
    for token, pair in still.items():
        (i, row_a), (j, row_b) = pair.first, pair.second
        a, b = codes.waves[i], codes.waves[j]
        left, right = a.codes[row_a], b.codes[row_b]
        apart = ~((left == right) & (left != MISSING))
        rows.append((
            token, part[id(pair)], a.name, int(a.rows[row_a]), b.name, int(b.rows[row_b]),
            LEVELS[pair.level], reasons.get(id(pair), pair.why),
            ", ".join(name for name, off in zip(codes.elements, apart, strict=True) if off)))
    frame = pd.DataFrame(rows, columns=TO_DECIDE)
    order = ["component", "wave_a", "row_a", "wave_b", "row_b"]
    return frame.sort_values(order, ignore_index=True)


def _per_wave(
    codes: Coded, how: Mapping[Node, int], still: Mapping[str, Pair]
) -> pd.DataFrame:
    waiting = {node for pair in still.values() for node in (pair.first, pair.second)}
    rows = []
    for place, wave in enumerate(codes.waves):
        levels = how_of(place, how, len(wave))
        open_ = sum((place, int(row)) in waiting for row in np.flatnonzero(levels == SINGLE))
        rows.append(
            {"wave": wave.name, "rows": len(wave),
             "without_code": int((wave.codes == MISSING).all(axis=1).sum()),
             "invalid_elements": int(codes.invalid.loc[[wave.name]].to_numpy().sum()),
             "duplicates": int(wave.twins.sum())}
            | {LINKED[level]: int((levels == level).sum()) for level in range(SINGLE)}
            | {"ambiguous": open_, "unmatched": int((levels == SINGLE).sum()) - open_})
    return pd.DataFrame(rows)


def _per_pair(
    codes: Coded, final: Sequence[Pair], still: Mapping[str, Pair], expected: pd.DataFrame
) -> pd.DataFrame:
    together = Counter((one[0], other[0]) for rows, _ in chains(final)
                       for one, other in combinations(rows, 2))
    levels = Counter((link.first[0], link.second[0], link.level) for link in final)
    open_ = Counter((pair.first[0], pair.second[0]) for pair in still.values())
    rows = []
    for i, j in combinations(range(len(codes.waves)), 2):
        a, b = codes.waves[i], codes.waves[j]
        here = expected[(expected["wave_a"] == a.name) & (expected["wave_b"] == b.name)]
        counts = {LINKED[level]: levels[i, j, level] for level in range(DECIDED + 1)}
        linked, possible = together[i, j], min(len(a), len(b))
        rows.append(
            {"wave_a": a.name, "wave_b": b.name, "rows_a": len(a), "rows_b": len(b),
             "possible": possible, "level": here["level"][here["used"]].iloc[-1]} | counts
            | {"through": linked - sum(counts.values()), "linked": linked,
               "share": linked / possible if possible else math.nan, "ambiguous": open_[i, j]})
    return pd.DataFrame(rows)


def _elements(codes: Coded) -> pd.DataFrame:
    rows = []
    for place, (column, element) in enumerate(codes.elements.items()):
        size = len(codes.spellings[place])
        counts = [np.bincount(numbers[numbers != MISSING], minlength=size)
                  for numbers in (wave.codes[:, place] for wave in codes.waves)]
        rows.append({
            "column": column, "kind": element.spelling, "distinct": size,
            "agreement": agreement(counts, element),
            "missing": int(codes.missing[column].sum()),
            "invalid": int(codes.invalid[column].sum())})
    return pd.DataFrame(rows)


def _noticed(codes: Coded) -> list[Issue]:
    issues = []
    for wave in codes.waves:
        empty = (wave.codes == MISSING).all(axis=1)
        if empty.any():
            issues.append(found("no_code", wave=wave.name, rows=wave.rows[empty]))
        if wave.twins.any():
            issues.append(found("duplicate_code", wave=wave.name, rows=wave.rows[wave.twins]))
    return issues


def _alike(codes: Coded, expected: pd.DataFrame) -> list[Issue]:
    """Rows of one wave that are alike although chance would not make them so."""
    issues = []
    one = expected[expected["level"] == LEVELS[ONE_ELEMENT]]
    pairs = {(a.name, b.name): len(a) * len(b) - min(len(a), len(b))
             for a, b in combinations(codes.waves, 2)}
    for wave in codes.waves:
        near = candidates(wave, None, ONE_ELEMENT, codes.spellings)
        if near is None or ONE_ELEMENT not in available(len(codes.elements), 0):
            continue
        close = near.at(near.level > EXACT)
        own = one[(one["wave_a"] == wave.name) | (one["wave_b"] == wave.name)]
        rates = [free / max(pairs[a, b], 1) for a, b, free in zip(
            own["wave_a"], own["wave_b"], own["by_frequencies"], strict=True)]
        if len(close) and max(rates) * len(wave) * (len(wave) - 1) / 2 < BY_CHANCE:
            places = np.unique(np.concatenate([close.first, close.second]))
            issues.append(found("alike_rows", wave=wave.name, rows=wave.rows[places]))
    return issues
