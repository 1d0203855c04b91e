"""A `study.toml` that is well formed and cannot be right: every fault of meaning, with its path."""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from balint_research.errors import ScoringError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.plan import WIDEST
from balint_research.study.document import InstrumentTable, StudyDocument
from balint_research.study.meaning_dates import date_faults, day_column_faults
from balint_research.study.meaning_files import TABLES, file_faults, reading_faults, unknown
from balint_research.study.meaning_privacy import privacy_faults

# What `[columns]` may rename. The first line is of a person and may also come from the responses.
OF_A_PERSON = ("arm", "group", "role", "specialty", "training_year", "gender", "age_band", "site")
RENAMED = (
    "participant", *OF_A_PERSON, "wave", "rater", "session", "week", "minutes", "mode", "held",
    "leaders", "status", "presented", "from_week", "to_week",
    "answered_on", "allocated_on", "held_on", "from_date", "to_date",
)
WITHOUT_ARMS = ("single_group", "cross_sectional")


def faults_of_meaning(
    document: StudyDocument, keys: Mapping[str, Instrument], folder: Path
) -> list[str]:
    """Sentences, each beginning with its path; `keys` are the instruments that could be loaded."""
    return [
        *_wave_faults(document),
        *_arm_faults(document),
        *file_faults(document, folder),
        *reading_faults(document, folder),
        *_column_faults(document),
        *_value_faults(document),
        *_primary_faults(document, keys),
        *_covariate_faults(document),
        *privacy_faults(document, keys),
        *date_faults(document),
        *day_column_faults(document),
        *_instrument_faults(document, keys),
    ]


def split_column(named: str) -> tuple[str | None, str]:
    """The table and the column of ``"responses.intervention"``; no table for a plain name."""
    table, dot, column = named.partition(".")
    return (table, column) if dot and table in TABLES else (None, named)


# --- waves and arms -------------------------------------------------------------------------------


def _wave_faults(document: StudyDocument) -> Iterator[str]:
    study = document.study
    yield from _list_faults("study.waves", study.waves)
    for name in ("baseline", "primary_wave"):
        wave = getattr(study, name)
        if wave is not None and wave not in study.waves:
            yield f"study.{name}: {unknown(wave, study.waves, 'wave')}"
    waves = tuple(dict.fromkeys(study.waves))  # a wave named twice is told above
    baseline = study.baseline or next(iter(waves), None)
    if study.design == "cross_sectional" and len(study.waves) > 1:
        yield "study.waves: a cross_sectional study has one wave; choose another design for more"
    if study.design != "cross_sectional" and len(study.waves) == 1:
        yield (f"study.waves: the design {study.design} needs at least two waves; with one it is "
               "cross_sectional")
    if study.primary_wave is not None and study.primary_wave == baseline and len(waves) > 1:
        yield "study.primary_wave: is the baseline; name a later wave"
    elif _is_before(study.primary_wave, baseline, waves):
        yield "study.primary_wave: lies before the baseline; name a later wave"
    if baseline in waves[1:] and baseline == (study.primary_wave or waves[-1]):
        yield "study.baseline: is the last wave; set primary_wave to a wave after the baseline"


def _covariate_faults(document: StudyDocument) -> Iterator[str]:
    covariates = document.study.covariates
    yield from _list_faults("study.covariates", covariates) if covariates else ()
    for name in ("participant", "arm", "group"):
        if name in covariates:
            yield (f"study.covariates: '{name}' is no covariate; name columns that describe people "
                   "before the groups began")
    if covariates and document.arms is None:
        yield ("study.covariates: adjust the comparison of arms, and there are none; remove the "
               "line or describe the arms")
    if covariates and document.files.participants is None:
        yield "study.covariates: are columns of the participants, and files.participants is missing"


def _is_before(wave: str | None, baseline: str | None, waves: Sequence[str]) -> bool:
    known = wave in waves and baseline in waves
    return known and waves.index(str(wave)) < waves.index(str(baseline))


def _arm_faults(document: StudyDocument) -> Iterator[str]:
    arms, design = document.arms, document.study.design
    if arms is None:
        if design not in WITHOUT_ARMS:
            yield (f"arms: is missing; the design {design} needs one control arm and at least one "
                   "treated arm")
        return
    if design in WITHOUT_ARMS:
        yield f"arms: a {design} study has no arms; remove the table or choose another design"
    yield from _list_faults("arms.treated", arms.treated)
    if not arms.control.strip():
        yield "arms.control: must not be empty"
    if arms.control in arms.treated:
        yield f"arms.treated: '{arms.control}' is already the control arm"


# --- columns and values --------------------------------------------------------------------------


def _column_faults(document: StudyDocument) -> Iterator[str]:
    owners: dict[str, str] = {}
    for ours, named in document.columns.items():
        place = f"columns.{ours}"
        if ours not in RENAMED:
            yield f"{place}: {unknown(ours, RENAMED, 'column')}"
            continue
        table, column = split_column(named)
        if not column.strip():
            yield f"{place}: must name a column"
        if table is not None and ours in OF_A_PERSON and table not in ("participants", "responses"):
            yield f"{place}: can be taken from participants or responses only"
        if table == "participants" and document.files.participants is None:
            yield f"{place}: [files] names no participants file"
        if named in owners:
            yield f"{place}: the column '{column}' is already {owners[named]}"
        owners.setdefault(named, ours)


def _value_faults(document: StudyDocument) -> Iterator[str]:
    values, waves = document.values, document.study.waves
    for theirs, ours in values.wave.items():
        if ours not in waves:
            yield f"values.wave.{theirs}: {unknown(ours, waves, 'wave')}"
    if document.waves_as_suffixes:
        for wave in _twice(values.wave.values()):
            yield f"values.wave: '{wave}' has two suffixes; a wave has one in the column names"
    if document.arms is None and values.arm:
        yield "values.arm: the study has no [arms]"
    for theirs, ours in values.arm.items():
        if document.arms is not None and ours not in document.arms.all:
            yield f"values.arm.{theirs}: {unknown(ours, document.arms.all, 'arm')}"


# --- outcomes and instruments --------------------------------------------------------------------


def _primary_faults(document: StudyDocument, keys: Mapping[str, Instrument]) -> Iterator[str]:
    place, study = "study.primary_outcome", document.study
    instrument, dot, scale = study.primary_outcome.partition(".")
    if not dot:
        yield f"{place}: must be an instrument and one of its scales, as in 'teq.total'"
        return
    if instrument not in document.instruments:
        yield f"{place}: {unknown(instrument, document.instruments, 'instrument of the study')}"
        return
    if instrument not in keys:
        return  # told under the instrument
    scales = keys[instrument].scales
    if scale not in scales:
        yield f"{place}: {unknown(scale, scales, f'scale of {instrument}')}"
        return
    if scales[scale].secondary or scales[scale].score == "criteria":
        yield (f"{place}: '{scale}' of {instrument} is described, never compared (a secondary "
               "scale or a yes/no rule); choose another scale")
    given = document.waves_of(document.instruments[instrument])
    for name, wave in (("baseline", study.baseline or next(iter(study.waves), None)),
                       ("primary wave", study.primary_wave or next(iter(study.waves[-1:]), None))):
        if wave in study.waves and wave not in given:
            yield f"{place}: {instrument} is not given at the {name} '{wave}'"


def _instrument_faults(
    document: StudyDocument, keys: Mapping[str, Instrument]
) -> Iterator[str]:
    if not document.instruments:
        yield "instruments: names no instrument"
    for name, use in document.instruments.items():
        place = f"instruments.{name}"
        yield from _use_wave_faults(place, use, document)
        yield from _coding_faults(place, use)
        yield from _pattern_faults(place, use)
        if name in keys:
            yield from _scoring_faults(place, use, keys[name])


def _use_wave_faults(place: str, use: InstrumentTable, document: StudyDocument) -> Iterator[str]:
    if use.waves is not None:
        yield from _list_faults(f"{place}.waves", use.waves)
        for wave in use.waves:
            if wave not in document.study.waves:
                yield f"{place}.waves: {unknown(wave, document.study.waves, 'wave')}"
    several = len(document.waves_of(use)) > 1
    if document.waves_as_suffixes and not use.by_suffix and several:
        yield (f"{place}.items: needs {{wave}}, as another instrument has it; or declare the one "
               "wave at which it is given")


def _coding_faults(place: str, use: InstrumentTable) -> Iterator[str]:
    if not isinstance(use.coding, dict):
        return
    for key in use.coding:
        if key not in ("min", "max"):
            yield f"{place}.coding.{key}: {unknown(key, ('min', 'max'), 'key')}"
    for key in ("min", "max"):
        if key not in use.coding:
            yield f"{place}.coding.{key}: is missing"


def _pattern_faults(place: str, use: InstrumentTable) -> Iterator[str]:
    for name in use.names:
        try:
            parsed = [part for part in string.Formatter().parse(name) if part[1] is not None]
        except ValueError:
            yield f"{place}.items: '{name}' has a brace without its partner"
            continue
        allowed = {"n", "id", "wave"} if isinstance(use.items, str) else {"wave"}
        if any(field not in allowed for _, field, _, _ in parsed):
            listed = ", ".join(f"{{{field}}}" for field in sorted(allowed))
            yield f"{place}.items: '{name}' has a brace with another name than {listed}"
        elif any(len(spec or "") > WIDEST or sign for _, _, spec, sign in parsed):
            yield f"{place}.items: '{name}' has a brace that is not written {{n}} or {{n:02}}"
    for name in _twice(use.names):
        yield f"{place}.items: the column '{name}' stands for two items"


def _scoring_faults(place: str, use: InstrumentTable, key: Instrument) -> Iterator[str]:
    """What `score` refuses, asked for one line of the TOML after the other."""
    from balint_research.scoring.plan import allowed_codes, form_numbers, item_columns, no_key

    if not key.scales:
        yield f"{place}: {no_key(key)}"
        return
    if isinstance(use.coding, dict) and set(use.coding) != {"min", "max"}:
        return  # told above
    orders = list(_refused(f"{place}.item_order", form_numbers, key, use.item_order))
    yield from orders
    if not orders and not list(_pattern_faults(place, use)):
        yield from _refused(f"{place}.items", item_columns, key, _without_wave(use), use.item_order)
    order = use.item_order if use.item_order in key.item_order_variants else None  # told above
    coding = use.code_range
    refusals = list(_refused(f"{place}.coding", allowed_codes, key, coding))
    yield from refusals
    for name, value in (("already_reversed", use.already_reversed),
                        ("missing_codes", () if refusals else use.no_answer),
                        ("min_share", use.missing.min_share if use.missing else None)):
        path = "missing.min_share" if name == "min_share" else name
        options = {"coding": "as_printed" if refusals else coding, "item_order": order, name: value}
        yield from _refused(f"{place}.{path}", _settled, key, options)
    if not refusals:
        yield from _label_faults(place, use, key)
    if use.missing and all(scale.min_answered is not None for scale in key.scales.values()):
        yield f"{place}.missing: {key.label} has a published rule, which is used; remove this line"


def _label_faults(place: str, use: InstrumentTable, key: Instrument) -> Iterator[str]:
    from balint_research.scoring.plan import allowed_codes, code_words

    codes = allowed_codes(key, use.code_range)
    for label, code in use.labels.items():
        if not label.strip():
            yield f"{place}.labels: a label is empty"
        elif code not in codes and code not in use.no_answer:
            yield (f"{place}.labels: '{label}' becomes a code that {key.label} does not have; "
                   f"allowed: {code_words(codes)}")
    for reason in use.reasons.values():
        if not reason.strip():
            yield f"{place}.missing_codes: a reason is empty"


def _without_wave(use: InstrumentTable) -> Any:
    if isinstance(use.items, str):
        return use.items.replace("{wave}", "wave")
    return use.items


def _settled(key: Instrument, options: Mapping[str, Any]) -> None:
    from balint_research.scoring.plan import form_numbers, settle

    asked: dict[str, Any] = {
        "items": {n: f"{key.id}_{n}" for n in form_numbers(key, options["item_order"]).values()},
        "already_reversed": False, "missing_codes": (), "min_share": None,
    }
    settle(key, **(asked | dict(options)))


def _refused(place: str, verb: Any, *arguments: Any) -> Iterator[str]:
    try:
        verb(*arguments)
    except ScoringError as fault:
        yield f"{place}: {fault}"


# --- words ---------------------------------------------------------------------------------------


def _list_faults(place: str, names: Sequence[str]) -> Iterator[str]:
    if not names:
        yield f"{place}: must name at least one"
    if any(not name.strip() for name in names):
        yield f"{place}: a name is empty"
    for name in _twice(names):
        yield f"{place}: '{name}' stands twice"


def _twice(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
