"""A slow question is asked of the cells only that a quick pattern lets through."""

from collections.abc import Callable

import pandas as pd


def asked(cells: pd.Series, likely: pd.Series, question: Callable[[str], bool]) -> pd.Series:
    """True for the likely cells of which the question is true.

    Examples
    --------
    >>> asked(pd.Series(["a", "b"]), pd.Series([True, False]), str.isalpha).tolist()
    [True, False]
    """
    answers = [bool(maybe) and question(cell) for cell, maybe in zip(cells, likely, strict=True)]
    return pd.Series(answers, index=cells.index, dtype=bool)
