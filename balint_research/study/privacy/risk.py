"""How many people share what an outsider may know, and how many values they have.

A programme is its own population: nobody is drawn from it and nothing is weighted, so the risk
that a person of a class is named rightly by whoever knows the class is 1 / its size.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Missing = Literal["category", "wildcard"]
Codes = NDArray[np.int64]
UNKNOWN = -1  # code of a missing value


def class_sizes(
    people: pd.DataFrame, columns: Sequence[str], *, missing: Missing
) -> pd.Series:
    """How many people share everything in some columns, for every row (k-anonymity).

    Parameters
    ----------
    people : one row a person; any index.
    columns : what is known of a person; with none everybody shares everything.
    missing : how a missing value counts:
        ``"category"`` : as a value of its own: people share it with others who lack it;
        ``"wildcard"`` : as any value: it matches every value and every value matches it. Whom a
            person matches is then no class any more: b may match a and c, which do not match.

    Returns
    -------
    Series of int64 over the index of `people`, named ``people``: the person included, so at least
    1. Its minimum is k. The risk of a person is 1 / size, without sampling weights.

    Raises
    ------
    KeyError : `people` lacks a column.

    Notes
    -----
    ``"category"`` is how pycanon counts, ``"wildcard"`` how sdcMicro's freqCalc counts; no
    wildcard count is below the category count. Checked against pycanon 1.3.6 on random frames,
    against the printed counts of sdcMicro's test data with and without missing values, and against
    a loop over all pairs (``tests/test_privacy_risk.py``).

    References
    ----------
    Samarati & Sweeney 1998, SRI-CSL-98-04 (k-anonymity).

    Examples
    --------
    >>> people = pd.DataFrame({"year": ["1", "1", "2", None], "role": ["a", "a", "a", "a"]})
    >>> class_sizes(people, ["year", "role"], missing="category").tolist()
    [2, 2, 1, 1]
    >>> class_sizes(people, ["year", "role"], missing="wildcard").tolist()
    [3, 3, 2, 4]
    """
    if missing == "category":
        counts = class_counts(class_codes(people, columns))
    else:
        counts = _matches(people, columns).sum(axis=1)
    return pd.Series(counts, index=people.index, name="people", dtype="int64")


def distinct_values(
    people: pd.DataFrame, columns: Sequence[str], sensitive: pd.Series, *, missing: Missing
) -> pd.Series:
    """How many values of a sensitive column the people of a class have (distinct l-diversity).

    Parameters
    ----------
    people, columns : as in `class_sizes`.
    sensitive : the sensitive value of each person, over the index of `people`.
    missing : as in `class_sizes` for `columns`; and for `sensitive`:
        ``"category"`` : a missing value is a value of its own (pycanon);
        ``"wildcard"`` : a missing value could be any, so it adds none.

    Returns
    -------
    Series of int64 over the index of `people`, named ``values``: from 0 (nobody of the class has a
    value, counted as a wildcard) upwards. Its minimum is l.

    Raises
    ------
    KeyError : `people` lacks a column.
    ValueError : `sensitive` has another index than `people`.

    Notes
    -----
    Checked against pycanon 1.3.6 on random frames, against the printed numbers of sdcMicro's
    example of seven rows, and against a loop over all pairs (``tests/test_privacy_risk.py``).

    References
    ----------
    Machanavajjhala et al. 2007, ACM TKDD 1(1):3 (l-diversity).

    Examples
    --------
    >>> people = pd.DataFrame({"year": ["1", "1", "1", "2"]})
    >>> score = pd.Series([30.0, 30.0, None, 12.0])
    >>> distinct_values(people, ["year"], score, missing="category").tolist()
    [2, 2, 2, 1]
    >>> distinct_values(people, ["year"], score, missing="wildcard").tolist()
    [1, 1, 1, 1]
    """
    if not sensitive.index.equals(people.index):
        raise ValueError("`sensitive` must have the index of `people`.")
    values = codes_of(sensitive)
    if missing == "category":
        counts = value_counts(class_codes(people, columns), np.where(values < 0, values.max(
            initial=UNKNOWN) + 1, values))
    else:
        told = np.equal.outer(values, np.unique(values[values != UNKNOWN])).astype(np.float32)
        # float32 for the fast matrix product; counts stay whole, being at most the people
        counts = (_matches(people, columns).astype(np.float32) @ told > 0).sum(axis=1)
    return pd.Series(counts, index=people.index, name="values", dtype="int64")


def class_codes(people: pd.DataFrame, columns: Sequence[str] | None = None) -> Codes:
    """The class of every row by some columns, or all, as a number from 0.

    A missing value is a value of its own.
    """
    codes = np.zeros(len(people), dtype=np.int64)
    for column in people.columns if columns is None else columns:
        codes = joined(codes, codes_of(people[column]))
    return codes


def joined(codes: Codes, others: Codes) -> Codes:
    """The classes that two sets of classes make together, numbered from 0."""
    pairs = codes * (others.max(initial=0) + 2) + others + 1
    return np.unique(pairs, return_inverse=True)[1].astype(np.int64).reshape(-1)


def class_counts(codes: Codes) -> Codes:
    """How many rows are of each row's class."""
    return np.bincount(codes, minlength=1)[codes].astype(np.int64)


def value_counts(codes: Codes, values: Codes) -> Codes:
    """How many values, the unknown ones left aside, there are in each row's class."""
    told, width = values != UNKNOWN, values.max(initial=0) + 1
    pairs = np.unique(codes[told] * width + values[told])
    counts = np.bincount(pairs // width, minlength=codes.max(initial=0) + 1)
    return counts[codes].astype(np.int64)


def codes_of(values: pd.Series) -> Codes:
    """The values of a column as numbers from 0, and -1 where one is missing."""
    return pd.factorize(values)[0].astype(np.int64)


def _matches(people: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Who could be whom: people x people, a missing value standing for any."""
    same = np.ones((len(people), len(people)), dtype=bool)
    for column in columns:
        codes = codes_of(people[column])
        open_ = codes == UNKNOWN
        same &= np.equal.outer(codes, codes) | open_ | open_[:, np.newaxis]
    return same
