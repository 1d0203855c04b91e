"""Random participant ids that say nothing about the code, the row or the order of the file."""

import random
import secrets
from collections.abc import Collection

# No vowels and no signs that are mistaken for each other: no word and no number comes of it.
LETTERS = "CDFGHJKMNPRTVWX"
SIGNS = LETTERS + "34679"
LENGTH = 7


def new_ids(number: int, seed: int | None = None, taken: Collection[str] = ()) -> list[str]:
    """So many different ids; they begin with a letter, so that no program makes a number of them.

    Without `seed` they come from the system's source of secrets. With a seed they can be drawn
    again by anyone who knows it: for examples and tests.

    Examples
    --------
    >>> new_ids(2, seed=1) == new_ids(2, seed=1), len(set(new_ids(500)))
    (True, 500)
    """
    source = secrets.SystemRandom() if seed is None else random.Random(seed)
    used = set(taken)
    ids: list[str] = []
    while len(ids) < number:
        made = source.choice(LETTERS) + "".join(source.choice(SIGNS) for _ in range(LENGTH - 1))
        if made not in used:
            used.add(made)
            ids.append(made)
    return ids
