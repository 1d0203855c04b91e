"""What a questionnaire means: the frozen record of one key file.

Field names are those of `instruments/README.md`; every code (response, ranges, reversal, bands)
is in the canonical coding of the printed form. No item wording anywhere: a gist is at most five
words of our own.
"""

from dataclasses import dataclass, field
from typing import Literal

from balint_research.scoring.user_key import UserKey
from balint_research.strict_toml import STRICT

KeyStatus = Literal["established", "partial", "not_established", "supplied_by_user"]
Confidence = Literal["high", "medium", "low"]
HigherMeans = Literal["better", "worse", "neutral"]
Method = Literal["sum", "mean", "criteria"]


@dataclass(frozen=True, kw_only=True)
class OtherAnchors:
    """Items that carry another set of words for the same codes."""

    __pydantic_config__ = STRICT
    items: tuple[int, ...]
    anchors: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Response:
    """The answers that are allowed, in the canonical coding.

    `codes` is empty only in an incomplete key: they are part of what its user fills in.
    """

    __pydantic_config__ = STRICT
    codes: tuple[int, ...] = ()
    anchors: dict[str, str] = field(default_factory=dict)
    other_anchors: tuple[OtherAnchors, ...] = ()
    not_applicable: str | None = None
    must_declare: bool = False
    notes: str | None = None

    @property
    def low(self) -> int:
        return min(self.codes)

    @property
    def high(self) -> int:
        return max(self.codes)


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """A yes/no rule: at least one of `any_of` counts, and `count` (least, most) items count."""

    __pydantic_config__ = STRICT
    at_least: dict[int, int]
    any_of: tuple[int, ...]
    count: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One score: its items, which of them are reversed, how they are combined."""

    __pydantic_config__ = STRICT
    name: str
    items: tuple[int, ...]
    score: Method
    range: tuple[float, float]
    higher_means: HigherMeans
    reversed: tuple[int, ...] = ()
    recode: dict[int, float] | None = None
    multiply: float = 1
    criteria: Criteria | None = None
    min_answered: int | None = None
    formula: str | None = None
    secondary: bool = False
    higher_means_note: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Missing:
    """The published rule for unanswered items, in words, and the limit for the whole form."""

    __pydantic_config__ = STRICT
    rule: str
    min_answered_form: int | None = None


@dataclass(frozen=True, kw_only=True)
class CodingVariant:
    """Another way the answers are stored; `codes` is stored code -> code of this key."""

    __pydantic_config__ = STRICT
    what: str
    codes: dict[int, int]
    how_to_tell: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ItemOrderVariant:
    """Another numbering: item `here[i]` of this key is number `there[i]` on the other form."""

    __pydantic_config__ = STRICT
    what: str
    kind: Literal["other_order", "parent_form"]
    here: tuple[int, ...]
    there: tuple[int, ...]
    effect: Literal["scores_change", "labels_only"]
    source: str
    instrument: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnusableVariant:
    """A coding or an item order that is known of and cannot be chosen: why, and what instead."""

    __pydantic_config__ = STRICT
    kind: Literal["coding", "item_order"]
    what: str
    why: str
    instead: str


@dataclass(frozen=True, kw_only=True)
class UnscoredScale:
    """A scale that is described and never scored, with the reason."""

    __pydantic_config__ = STRICT
    name: str
    reason: str
    n_items: int | None = None
    range: tuple[float, float] | None = None
    higher_means: HigherMeans | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Band:
    """A named stretch of a scale; both bounds belong to it as printed."""

    __pydantic_config__ = STRICT
    label: str
    low: float
    high: float
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a source says about reading a score, without bounds."""

    __pydantic_config__ = STRICT
    what: str
    source: str
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class BandSet:
    """One system of cut-offs; systems are never mixed.

    A score belongs to the band with the highest `low` not above it; below the first `low` and above
    the last `high` it has none.
    """

    __pydantic_config__ = STRICT
    source: str
    bands: dict[str, tuple[Band, ...]] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Norm:
    """Published figures of one scale in one population."""

    __pydantic_config__ = STRICT
    population: str
    source: str
    scale: str | None = None
    target: str | None = None
    n: int | None = None
    mean: float | None = None
    sd: float | None = None
    alpha: float | None = None
    alpha_range: tuple[float, float] | None = None
    retest_r: float | None = None
    retest_range: tuple[float, float] | None = None
    retest_interval: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeValue:
    """A published important change, or how far a scale moved in a study."""

    __pydantic_config__ = STRICT
    kind: Literal["mcid", "responsiveness"]
    what: str
    source: str
    scale: str | None = None
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceResult:
    """A figure a scorer can be tested against with open data."""

    __pydantic_config__ = STRICT
    what: str
    result: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Norms, change values and reference results that were read in their source."""

    __pydantic_config__ = STRICT
    norms: tuple[Norm, ...] = ()
    change: tuple[ChangeValue, ...] = ()
    results: tuple[ReferenceResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Example:
    """Answers with the scores they must give; the loader's test runs every one."""

    __pydantic_config__ = STRICT
    answers: tuple[int | Literal["none"], ...]
    scores: dict[str, float | Literal["none"]]
    kind: Literal["published", "open_data", "derived"]
    source: str


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Who holds the questionnaire, and what may be done with its wording."""

    __pydantic_config__ = STRICT
    status: Literal[
        "public_domain", "open_licence", "free_for_research", "free_with_permission",
        "licensed", "unclear",
    ]
    wording_redistributable: Literal["allowed", "not_allowed", "unclear"]
    holder: str
    obtain_from: str
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a fact of the key was read."""

    __pydantic_config__ = STRICT
    what: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How the key was checked, and with what result."""

    __pydantic_config__ = STRICT
    how: Literal["data", "source"]
    what: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Another version of the questionnaire, and how it differs."""

    __pydantic_config__ = STRICT
    what: str
    difference: str | None = None


@dataclass(frozen=True, kw_only=True)
class BalintUse:
    """A Balint study that used the questionnaire."""

    __pydantic_config__ = STRICT
    study: str
    design: str | None = None
    result: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Why the key can be trusted, and where sources differ."""

    __pydantic_config__ = STRICT
    disagreements: str
    sources: tuple[Source, ...]
    open_doubts: str | None = None
    verification: tuple[Verification, ...] = ()
    variants: tuple[Variant, ...] = ()
    use_in_balint_research: tuple[BalintUse, ...] = ()
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One questionnaire as its key file describes it.

    Read it with `load_instrument`; `items` maps an item number (as text, as TOML keys are) to a
    gist of at most five words. `scales` maps a scale id to its `Scale`; `key_status` says whether
    the scales may be scored.
    """

    __pydantic_config__ = STRICT
    id: str
    name: str
    construct: str
    respondent: Literal["self", "patient", "observer"]
    intended_for: str
    version: str
    key_status: KeyStatus
    confidence: Confidence
    citation: str
    rights: Rights
    evidence: Evidence
    missing: Missing
    response: Response = field(default_factory=Response)
    items: dict[int, str] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)
    abbreviation: str | None = None
    doi: str | None = None
    map_columns_by: Literal["number", "content"] = "number"
    coding_variants: dict[str, CodingVariant] = field(default_factory=dict)
    item_order_variants: dict[str, ItemOrderVariant] = field(default_factory=dict)
    unusable_variants: dict[str, UnusableVariant] = field(default_factory=dict)
    unscored_scales: dict[str, UnscoredScale] = field(default_factory=dict)
    band_sets: dict[str, BandSet] = field(default_factory=dict)
    reference: Reference = field(default_factory=Reference)
    examples: tuple[Example, ...] = ()
    user_key: UserKey | None = None

    @property
    def from_user(self) -> bool:
        """Whether the key was supplied by the user: every output says so."""
        return self.key_status == "supplied_by_user"

    @property
    def label(self) -> str:
        """The abbreviation where there is one, else the name."""
        return self.abbreviation or self.name

    @property
    def reversed_anywhere(self) -> tuple[int, ...]:
        """Every item that at least one scale reverses, in order."""
        return tuple(sorted({n for scale in self.scales.values() for n in scale.reversed}))

    @property
    def scored_items(self) -> tuple[int, ...]:
        """Every item that at least one scale uses, in order; the others are fillers."""
        return tuple(sorted({n for scale in self.scales.values() for n in scale.items}))

    def _repr_html_(self) -> str:
        """What Jupyter shows of it."""
        from balint_research.scoring.telling.card import card_html

        return card_html(self)
