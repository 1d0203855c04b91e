"""The layout of `study.toml`, and how it becomes a `Study` with every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from balint_research.errors import KeyFileError, ScoringError
from balint_research.scoring.instrument import Instrument
from balint_research.strict_toml import STRICT, TomlFault
from balint_research.study.read.reading import Reading
from balint_research.study.study import (
    KEY_FOLDER,
    Arms,
    Dates,
    Design,
    DuplicateRows,
    Files,
    InstrumentUse,
    Privacy,
    Study,
)

Values = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class StudyTable:
    """`[study]`: what was planned."""

    __pydantic_config__ = STRICT
    title: str
    design: Design
    waves: tuple[str, ...]
    primary_outcome: str
    primary_wave: str | None = None
    baseline: str | None = None
    covariates: tuple[str, ...] = ()
    synthetic: bool = False
    confirmed: bool = True


@dataclass(frozen=True, kw_only=True)
class ValuesTable:
    """`[values.wave]` and `[values.arm]`: value in the export = our label."""

    __pydantic_config__ = STRICT
    wave: dict[str, str] = field(default_factory=dict)
    arm: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ResolveTable:
    """`[resolve]`: what is done about rows that would otherwise stop the run."""

    __pydantic_config__ = STRICT
    duplicate_rows: DuplicateRows | None = None


@dataclass(frozen=True, kw_only=True)
class MissingTable:
    """`missing = {min_share = 0.8}`: the study's own rule for unanswered items."""

    __pydantic_config__ = STRICT
    min_share: float


@dataclass(frozen=True, kw_only=True)
class InstrumentTable:
    """`[instruments.<id>]`: how the export holds one instrument."""

    __pydantic_config__ = STRICT
    items: str | tuple[str, ...] | dict[int, str] = "{id}_{n}"
    coding: str | dict[str, int] | None = None
    item_order: str | None = None
    already_reversed: bool | tuple[int, ...] = False
    missing_codes: tuple[float, ...] | dict[float, str] = ()
    labels: dict[str, float] = field(default_factory=dict)
    missing: MissingTable | None = None
    waves: tuple[str, ...] | None = None
    seconds: str | None = None
    directions_checked: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every column name or pattern that `items` gives."""
        if isinstance(self.items, str):
            return (self.items,)
        return tuple(self.items.values() if isinstance(self.items, dict) else self.items)

    @property
    def by_suffix(self) -> bool:
        """Whether the wave is part of the column names."""
        return any("{wave}" in name for name in self.names)

    @property
    def no_answer(self) -> tuple[float, ...]:
        """The codes that mean no answer, with or without a reason."""
        return tuple(self.missing_codes)

    @property
    def reasons(self) -> dict[float, str]:
        """Code -> why there is no answer, where `missing_codes` says so."""
        return self.missing_codes if isinstance(self.missing_codes, dict) else {}

    @property
    def code_range(self) -> str | tuple[int, int] | None:
        """`coding` as `score` takes it; {min, max} becomes a pair."""
        if isinstance(self.coding, dict):
            return self.coding["min"], self.coding["max"]
        return self.coding


@dataclass(frozen=True, kw_only=True)
class StudyDocument:
    """The whole file."""

    __pydantic_config__ = STRICT
    study: StudyTable
    files: Files
    instruments: dict[str, InstrumentTable]
    arms: Arms | None = None
    columns: dict[str, str] = field(default_factory=dict)
    values: ValuesTable = field(default_factory=ValuesTable)
    resolve: ResolveTable = field(default_factory=ResolveTable)
    reading: dict[str, Reading] = field(default_factory=dict)
    privacy: Privacy = field(default_factory=Privacy)
    dates: Dates = field(default_factory=Dates)

    @property
    def waves_as_suffixes(self) -> bool:
        """Whether any instrument has the wave in its column names."""
        return any(use.by_suffix for use in self.instruments.values())

    def waves_of(self, use: InstrumentTable) -> tuple[str, ...]:
        """The waves at which an instrument was given, in the study's order."""
        if use.waves is None:
            return self.study.waves
        return tuple(wave for wave in self.study.waves if wave in use.waves)


def planned(document: StudyDocument, path: Path, folder: Path) -> Study:
    """The study of a well-formed document; `TomlFault` with every fault of meaning."""
    from balint_research.study.item_columns import shared_columns
    from balint_research.study.meaning import faults_of_meaning

    keys, faults = _loaded_keys(document, path.parent / KEY_FOLDER)
    faults += faults_of_meaning(document, keys, folder)
    if faults:
        raise TomlFault(faults)
    study = document.study
    plan = Study(
        title=study.title, design=study.design, waves=study.waves,
        baseline=study.baseline or study.waves[0],
        primary_outcome=study.primary_outcome,
        primary_wave=study.primary_wave or study.waves[-1], covariates=study.covariates,
        files=document.files, arms=document.arms, synthetic=study.synthetic,
        instruments={
            name: _use(document, use, keys[name]) for name, use in document.instruments.items()
        },
        columns=document.columns,
        values={"wave": document.values.wave, "arm": document.values.arm},
        duplicate_rows=document.resolve.duplicate_rows, reading=document.reading,
        privacy=document.privacy, dates=document.dates,
        confirmed=study.confirmed,
        folder=folder, path=path,
    )
    if faults := list(shared_columns(plan)):
        raise TomlFault(faults)
    return plan


def _loaded_keys(
    document: StudyDocument, folder: Path
) -> tuple[dict[str, Instrument], list[str]]:
    """The keys that can be used, and why the others cannot."""
    from balint_research.scoring.library import load_instrument

    keys: dict[str, Instrument] = {}
    faults: list[str] = []
    for name in document.instruments:
        try:
            keys[name] = load_instrument(name, folder)
        except (ScoringError, KeyFileError) as fault:
            faults.append(f"instruments.{name}: {fault}")
    return keys, faults


def _use(document: StudyDocument, use: InstrumentTable, key: Instrument) -> InstrumentUse:
    return InstrumentUse(
        key=key, items=use.items, coding=use.code_range, item_order=use.item_order,
        already_reversed=use.already_reversed, missing_codes=use.no_answer,
        missing_reasons=use.reasons, labels=use.labels,
        min_share=use.missing.min_share if use.missing else None,
        waves=document.waves_of(use), seconds=use.seconds,
        directions_checked=use.directions_checked,
    )
