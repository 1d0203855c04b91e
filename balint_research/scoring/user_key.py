"""What an incomplete key file says to the person who completes it, and how the copy is checked."""

from dataclasses import dataclass
from typing import Literal

from balint_research.strict_toml import STRICT


@dataclass(frozen=True, kw_only=True)
class FillIn:
    """One thing the user has to copy from the official source."""

    __pydantic_config__ = STRICT
    field: str
    expected: str | None = None


@dataclass(frozen=True, kw_only=True)
class KeyForm:
    """What is known of the structure of one form; a completed key must fit one of them.

    The scales of `each_item_once` share no item, and together they are all items of the form.
    """

    __pydantic_config__ = STRICT
    n_items: int | None = None
    n_scales: int | None = None
    each_item_once: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SignCheck:
    """A published correlation whose sign the completed key must give, too.

    `instrument` and `scale` name the shipped key of the other measure, where there is one.
    """

    __pydantic_config__ = STRICT
    correlate_with: str
    sign: Literal["positive", "negative"]
    expected_r: str
    source: str
    n: int | None = None
    instrument: str | None = None
    scale: str | None = None


@dataclass(frozen=True, kw_only=True)
class CompareWith:
    """A published figure to lay the completed key's own figure beside."""

    __pydantic_config__ = STRICT
    scale: str
    figure: str
    population: str
    source: str


@dataclass(frozen=True, kw_only=True)
class UserKey:
    """What the user copies from the official source, and how the copy is checked."""

    __pydantic_config__ = STRICT
    purpose: str
    take_from: tuple[str, ...]
    fill_in: tuple[FillIn, ...] = ()
    constraints: tuple[str, ...] = ()
    forms: tuple[KeyForm, ...] = ()
    sign_checks: tuple[SignCheck, ...] = ()
    compare_with: tuple[CompareWith, ...] = ()
