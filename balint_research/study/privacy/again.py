"""The same people in two tables without common ids, found as whoever holds both would find them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Signature = frozenset[tuple[object, ...]]
Weights = NDArray[np.float64]

# What counts more in finding a person: all answers equal, all answers there, nearly all of them
# there (one was corrected), then what is known.
EQUAL, CONTAINED, NEAR, SILENT = 1e6, 1e4, 1e3, 1.0
NEARLY_ALL = 0.8  # share of equal answers; of two people it is far smaller
FEWEST_ANSWERS = 10  # of fewer, two people may have so many in common by chance


@dataclass(frozen=True, kw_only=True)
class Pool:
    """People and what two tables can share of them.

    Attributes
    ----------
    answers : index person and wave, one column an item; one row a form.
    told : column -> every form in which it may have been told, over the people.
    classes : one row a person, and what was found so far, one column a release.
    """

    answers: pd.DataFrame
    told: Mapping[str, Sequence[pd.Series]]
    classes: pd.DataFrame

    def without(self, people: Collection[str]) -> "Pool":
        """The pool without some of its people."""
        stay = self.classes.index.difference(list(people), sort=False)
        there = self.answers.index.get_level_values(0).isin(stay)
        return replace(self, answers=self.answers[there], classes=self.classes.loc[stay].copy(),
                       told={name: [form.loc[stay] for form in forms]
                             for name, forms in self.told.items()})


def found_again(pool: Pool, rows: Pool, classes: pd.Series) -> tuple[dict[str, str], set[str]]:
    """Person of `rows` -> person of `pool`, each at most once; and people who are not sure.

    First those whose answers nobody else has. The others are put together so that they agree best:
    equal answers, then answers of which the present ones are more, then what is known of them,
    where a value that is told under another name (groups are renamed) is learned from those who
    are found. An answer may have been corrected: whoever shares 0.8 of them is found as well.
    Whoever shares fewer with everybody is not found, unless neither ever answered.

    A person of `pool` is not sure where another way to put people together agrees as well, and
    gives the person another of the `classes` of `rows`, or none.
    """
    mine, theirs = _signatures(pool, rows), _signatures(rows, pool)
    pairs = _found_by_answers(mine, theirs)
    left = [person for person in theirs if person not in pairs]
    taken = set(pairs.values())
    free = [person for person in mine if person not in taken]
    if not left or not free:
        return pairs, set()
    weights = _weights([mine[person] for person in free], [theirs[person] for person in left])
    agree = _agreement(pool, rows, free, left, pairs)
    weights = np.where(weights > 0, weights + agree, 0.0)
    matched, unsure = _best(weights, pd.factorize(classes.loc[left])[0])
    return (pairs | {left[i]: free[j] for i, j in matched}, {free[j] for j in unsure})


def _signatures(pool: Pool, other: Pool) -> dict[str, Signature]:
    """The answered forms of each person, as far as both pools have the wave and the item."""
    items = pool.answers.columns.intersection(other.answers.columns).sort_values()
    waves = other.answers.index.unique(level=1)
    answers = pool.answers[pool.answers.index.isin(waves, level=1)][items]
    answers = answers[answers.notna().any(axis=1).astype(bool)]
    forms: dict[str, list[tuple[object, ...]]] = {person: [] for person in pool.classes.index}
    cells = answers.fillna(-np.inf).itertuples(index=False, name=None)
    for (person, wave), row in zip(answers.index.tolist(), cells, strict=True):
        forms[person].append((wave, *row))
    return {person: _numbered(rows) for person, rows in forms.items()}


def _numbered(rows: list[tuple[object, ...]]) -> Signature:
    """The forms as a set in which two equal ones are two."""
    return frozenset((number, *row) for row, many in Counter(rows).items()
                     for number in range(many))


def _found_by_answers(
    mine: Mapping[str, Signature], theirs: Mapping[str, Signature]
) -> dict[str, str]:
    """Those whose answers are those of one person in each pool."""
    here, there = Counter(mine.values()), Counter(theirs.values())
    owner = {signature: person for person, signature in mine.items()}
    return {person: owner[signature] for person, signature in theirs.items()
            if signature and here[signature] == 1 and there[signature] == 1}


def _weights(mine: Sequence[Signature], theirs: Sequence[Signature]) -> Weights:
    """How well answers fit: equal, contained in the present ones, or none on one side."""
    weights = np.zeros((len(theirs), len(mine)))
    for i, old in enumerate(theirs):
        for j, new in enumerate(mine):
            if old == new:
                weights[i, j] = EQUAL
            elif old <= new:
                weights[i, j] = CONTAINED if old else SILENT
            elif (share := _share(old, new)) >= NEARLY_ALL:
                weights[i, j] = NEAR * share
    return weights


def _share(old: Signature, new: Signature) -> float:
    """How many of the old answers are there, of the waves that both have."""
    waves = {row[1] for row in old} & {row[1] for row in new}
    cells = [{(row[1], place, value) for row in rows if row[1] in waves
              for place, value in enumerate(row[2:]) if value != -np.inf} for rows in (old, new)]
    enough = len(cells[0]) >= FEWEST_ANSWERS
    return len(cells[0] & cells[1]) / len(cells[0]) if enough else 0.0


def _agreement(
    pool: Pool, rows: Pool, free: list[str], left: list[str],
    pairs: Mapping[str, str],
) -> Weights:
    """In how many columns the told value is one that the person's value may have become."""
    agree = np.zeros((len(left), len(free)))
    for name, (told, *_) in rows.told.items():
        if name not in pool.told:
            continue
        forms = pool.told[name]
        learned = _learned(forms[0], told, pairs)
        same = np.zeros(agree.shape, dtype=bool)
        for form in (*forms, forms[0].map(learned)):
            values = form.loc[free].astype(object).fillna("").to_numpy()
            same |= np.equal.outer(told.loc[left].astype(object).fillna("").to_numpy(), values)
        agree += same
    return agree


def _learned(
    mine: pd.Series, told: pd.Series, pairs: Mapping[str, str]
) -> dict[str, str]:
    """Value -> how it was told most often of those who are found."""
    if not pairs:
        return {}
    both = pd.DataFrame({"mine": mine.loc[list(pairs.values())].to_numpy(),
                         "told": told.loc[list(pairs)].to_numpy()}).dropna()
    counts = both.value_counts().reset_index().drop_duplicates("mine")
    return dict(zip(counts["mine"], counts["told"], strict=True))


def _best(
    weights: Weights, classes: NDArray[np.intp]
) -> tuple[list[tuple[int, int]], set[int]]:
    """Row and column of each pair of the heaviest matching, and columns that are not sure."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(weights, maximize=True)
    paired = weights[rows, columns] > 0
    rows, columns = rows[paired], columns[paired]
    return (list(zip(rows.tolist(), columns.tolist(), strict=True)),
            set(_not_sure(weights, classes, rows, columns).tolist()))


def _not_sure(
    weights: Weights, classes: NDArray[np.intp], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Columns that could change places with another, or with none, at no loss."""
    free = np.setdiff1d(np.arange(weights.shape[1]), columns)
    idle = np.setdiff1d(np.arange(weights.shape[0]), rows)
    own = weights[rows, columns]
    crossed = weights[np.ix_(rows, columns)]
    other = np.not_equal.outer(classes[rows], classes[rows])
    swap = other & (crossed > 0) & (crossed.T > 0) & (
        crossed + crossed.T >= np.add.outer(own, own))
    instead = weights[np.ix_(rows, free)] >= own[:, np.newaxis]
    elsewhere = (weights[np.ix_(idle, columns)] >= own) & np.not_equal.outer(
        classes[idle], classes[rows])
    return np.concatenate([
        columns[swap.any(axis=1) | instead.any(axis=1) | elsewhere.any(axis=0)],
        free[instead.any(axis=0)]])
