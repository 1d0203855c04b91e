"""What was planned: the frozen record of one `study.toml`, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from balint_research.errors import StudyError
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.scoring.plan import form_numbers
from balint_research.strict_toml import STRICT, TomlFault, build, read_toml
from balint_research.study.read.reading import Reading

Design = Literal[
    "single_group", "controlled", "individually_randomised", "cluster_randomised",
    "cross_sectional",
]
DuplicateRows = Literal["keep_first", "keep_last", "drop_all"]

STUDY_FILE = "study.toml"
KEY_FOLDER = "instruments"   # the study's own key files, beside its study.toml


@dataclass(frozen=True, kw_only=True)
class Arms:
    """The control arm and the treated arms, each of which is compared with it."""

    __pydantic_config__ = STRICT
    control: str
    treated: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Treated arms first, then the control: the order of every table and figure."""
        return (*self.treated, self.control)


@dataclass(frozen=True, kw_only=True)
class Files:
    """File names inside the study's folder; `responses` is one name, or one a wave.

    A sheet of a workbook is named ``study.xlsx#Sheet``. `links` is what `balint link` wrote about
    rows that were linked by codes.
    """

    __pydantic_config__ = STRICT
    responses: str | Mapping[str, str]
    participants: str | None = None
    memberships: str | None = None
    sessions: str | None = None
    attendance: str | None = None
    links: str | None = None


@dataclass(frozen=True, kw_only=True)
class InstrumentUse:
    """How the study's export holds one instrument; `key` is the loaded key file."""

    key: Instrument
    items: str | tuple[str, ...] | Mapping[int, str] = "{id}_{n}"
    coding: str | tuple[int, int] | None = None
    item_order: str | None = None
    already_reversed: bool | tuple[int, ...] = False
    missing_codes: tuple[float, ...] = ()
    missing_reasons: Mapping[float, str] = field(default_factory=dict)  # code -> what it says
    labels: Mapping[str, float] = field(default_factory=dict)  # text of an answer -> stored code
    min_share: float | None = None
    waves: tuple[str, ...] = ()          # resolved: never empty
    seconds: str | None = None           # column with the time a form took
    directions_checked: bool = False     # a person has compared the directions with the form

    @property
    def is_part_of_form(self) -> bool:
        """Whether the items stand among those of a longer form."""
        variants = self.key.item_order_variants
        return self.item_order is not None and variants[self.item_order].kind == "parent_form"

    @property
    def how(self) -> dict[str, Any]:
        """How the checked responses hold its answers, as the verbs of scoring take it."""
        return {
            "items": {n: f"{self.key.id}_{n}" for n in self.form_numbers}, "coding": self.coding,
            "item_order": self.item_order, "already_reversed": self.already_reversed,
            "missing_codes": self.missing_codes,
        }

    @property
    def form_numbers(self) -> tuple[int, ...]:
        """The item numbers on the study's form, in order; the key's own without `item_order`."""
        return tuple(sorted(form_numbers(self.key, self.item_order).values()))

    @property
    def fillers(self) -> frozenset[int]:
        """The items on the study's form that no scale uses: an export may leave them out."""
        order, scored = form_numbers(self.key, self.item_order), self.key.scored_items
        return frozenset(there for n, there in order.items() if n not in scored)


Step = tuple[float, ...] | Mapping[str, str]

# Smallest cells in use: of some custodians, by custom, of public releases in the United States
# (El Emam, Guide to the De-Identification of Personal Health Information, 2013, chapter 29).
LEAST_K, USUAL_K, PUBLIC_K = 3, 5, 11


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """`[privacy]`: what an outsider may know of people, and how finely a release may tell it.

    Attributes
    ----------
    k : fewest people that share everything an outsider may know, and the smallest cell of a report.
    l : fewest values of each sensitive scale among them.
    quasi_identifiers : columns of the participants that an outsider may know, the most wanted first
        (`attendance` is the share of the sessions offered that a person came to, in per cent). Arm
        and group always count: people know who sat in their group.
    harmless : columns of the participants that nobody outside can know; they go as they are.
    levels : column -> its wider forms from fine to coarse. A step is a list of bounds for numbers
        (30, 40 gives under 30, 30 to under 40, 40 and over), or a table value -> wider value, both
        of the values as they stand in the file. What no step makes safe is left out.
    sensitive : ``"instrument.scale"`` -> bounds that tell its values apart; every value by itself
        where there are none. The primary outcome, if nothing is declared.
    most_left_out : largest share of the people whom a release may leave out.
    """

    __pydantic_config__ = STRICT
    k: int = USUAL_K
    l: int = 2  # noqa: E741 (the term of the field)
    quasi_identifiers: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    levels: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    sensitive: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    most_left_out: float = 0.05

    def smallest(self, *, public: bool) -> int:
        """k of what leaves the team, and of what anybody may read."""
        return max(self.k, PUBLIC_K) if public else self.k


@dataclass(frozen=True, kw_only=True)
class Dates:
    """`[dates]`: when the study began, and in which week each wave was planned.

    `start` is the first day of week 0; dates in the files become weeks from there. `waves` are the
    planned weeks; an answer may lie `tolerance` weeks from them.
    """

    __pydantic_config__ = STRICT
    start: date | None = None
    waves: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 4.0


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything `study.toml` declares, checked and with every default filled in.

    `folder` is where the data files lie (the folder of `path` unless `read_study` was told
    another one).
    """

    title: str
    design: Design
    waves: tuple[str, ...]               # in order
    baseline: str
    primary_outcome: str                 # "instrument.scale"
    primary_wave: str
    files: Files
    instruments: Mapping[str, InstrumentUse]
    folder: Path
    path: Path
    arms: Arms | None = None
    covariates: tuple[str, ...] = ()     # columns of the participants that the analysis adjusts for
    synthetic: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)  # our name -> their column
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # see `labels`
    duplicate_rows: DuplicateRows | None = None
    reading: Mapping[str, Reading] = field(default_factory=dict)  # file, without its sheet
    privacy: Privacy = field(default_factory=Privacy)
    dates: Dates = field(default_factory=Dates)
    confirmed: bool = True               # False: proposed by `balint init`, not yet looked at

    @property
    def outcome(self) -> tuple[str, str]:
        """Instrument and scale of the primary outcome."""
        instrument, _, scale = self.primary_outcome.partition(".")
        return instrument, scale

    def scale(self, instrument: str, scale: str) -> Scale:
        """The key of one scale that the study uses."""
        return self.instruments[instrument].key.scales[scale]

    def labels(self, kind: Literal["arm", "wave"]) -> Mapping[str, str]:
        """Value in the export -> our label, of the arms or the waves."""
        return self.values.get(kind, {})


def read_study(path: str | Path, data_folder: str | Path | None = None) -> Study:
    """The study that a `study.toml` declares.

    Parameters
    ----------
    path : the study's folder, or its `study.toml`. Own key files are looked up in the folder
        `instruments` beside it before the shipped ones.
    data_folder : where the data files lie, if not beside `study.toml` (data that must not be
        copied). File names are then read from there, and still may not point outside.

    Returns
    -------
    `Study`, with every default filled in. No data file is opened: that is `read_data`.

    Raises
    ------
    StudyError : lists every fault with its path in the TOML. Faults of type (a word where a
        number belongs, an unknown key) come first, all together; when there are none, faults of
        meaning (an arm that is control and treated, an unknown scale), all together.

    Examples
    --------
    >>> import tempfile
    >>> text = '''
    ... [study]
    ... title = "Balint groups for residents"
    ... design = "single_group"
    ... waves = ["baseline", "month6"]
    ... primary_outcome = "teq.total"
    ... [files]
    ... responses = "responses.csv"
    ... [instruments.teq]
    ... '''
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "study.toml").write_text(text, encoding="utf-8")
    >>> read_study(folder).primary_wave
    'month6'
    >>> _ = (folder / "study.toml").write_text(text.replace("desi", "dezi"), encoding="utf-8")
    >>> read_study(folder)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    balint_research.errors.StudyError: ...study.toml: 2 faults were found; nothing was read.
      1. study.design: is missing
      2. study.dezign: is not a known key; did you mean 'design'?
    """
    from balint_research.study.document import StudyDocument, planned

    file = Path(path) / STUDY_FILE if Path(path).is_dir() else Path(path)
    folder = file.parent if data_folder is None else Path(data_folder)
    try:
        return planned(build(StudyDocument, read_toml(file)), file, folder)
    except TomlFault as fault:
        raise StudyError(_listed(file, fault.faults), fault.faults) from None


def _listed(path: Path, faults: list[str]) -> str:
    number = f"{len(faults)} fault{'s were' if len(faults) != 1 else ' was'} found"
    lines = [f"  {i}. {fault}" for i, fault in enumerate(faults, 1)]
    return "\n".join([f"{path}: {number}; nothing was read.", *lines])
