"""What a user names of a covariance: random effects, memberships, and the residual.

Each of them becomes known matrices times parameters (`parts.py` says which parameters).
"""

from dataclasses import dataclass
from typing import Literal

ResidualKind = Literal[
    "independent", "compound_symmetry", "heterogeneous_compound_symmetry", "ar1", "unstructured"
]


@dataclass(frozen=True, kw_only=True)
class RandomEffect:
    """One variance: every level of `by` has an effect of its own, multiplied by `times`.

    A row in which `by` is missing has no such effect: controls without a group need none, which is
    what makes a design partially nested.

    Attributes
    ----------
    by : column, or columns whose combinations are the levels (``("group", "wave")``).
    times : numeric column the effect is multiplied by; 1 if not given. A column that is 1 at the
        later waves of the treated arm and 0 elsewhere gives the group effect of that arm only.
    name : what the component is called in results; by default its columns joined by ``:``.
    """

    by: str | tuple[str, ...]
    times: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class RandomSlopes:
    """Correlated effects of every level of `by` on several columns, with free (co)variances.

    Attributes
    ----------
    by : column whose levels have the effects.
    of : numeric columns the effects are multiplied by; ``"1"`` is the intercept.
    name : what the component is called; by default `by`.
    """

    by: str
    of: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Memberships:
    """One variance of groups of which a row may have several, each with a weight.

    For people who change groups or sit in two: the effect of a row is the sum of its groups'
    effects times the weights (multiple membership).

    Attributes
    ----------
    groups : columns with the groups of a row; a missing one counts nothing.
    weights : numeric columns, as many as `groups`; usually they add up to 1.
    name : what the component is called; by default the columns joined by ``+``.
    """

    groups: tuple[str, ...]
    weights: tuple[str, ...]
    name: str | None = None


Component = RandomEffect | RandomSlopes | Memberships


@dataclass(frozen=True, kw_only=True)
class Residual:
    """Covariance of what is left within a person.

    Attributes
    ----------
    kind : ``independent`` (one variance), ``compound_symmetry`` (one variance and one
        covariance), ``heterogeneous_compound_symmetry`` (a variance for each wave, one
        correlation), ``ar1`` (one variance; correlation rho to the power of the distance of two
        waves in their order), ``unstructured`` (every variance and covariance of the waves).
    within : column of the person; needed for all kinds but ``independent``.
    over : column of the wave; needed for the last three kinds. Its order is that of its
        categories, else the sorted one.
    by : column whose levels (arms; for ``independent`` also waves) have parameters of their own.
    shared : waves whose variance all levels of `by` share (``unstructured`` only).
    weights : numeric column; the variance of a row is divided by it (``independent`` only).
    """

    kind: ResidualKind = "independent"
    within: str | None = None
    over: str | None = None
    by: str | None = None
    shared: tuple[str, ...] = ()
    weights: str | None = None
