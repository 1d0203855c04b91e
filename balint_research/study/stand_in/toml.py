"""The `study.toml` of a stand-in: the study's own declarations, for the stand-in's files."""

from collections.abc import Iterator

from balint_research.study.privacy.folder import TABLES
from balint_research.study.propose.toml_text import key, pair
from balint_research.study.stand_in.columns import Layout
from balint_research.study.study import InstrumentUse, Study

FILES = {name: f"{name}.csv" for name in ("participants", "responses", "sessions", "attendance")}


def study_toml(study: Study, layout: Layout) -> str:
    """The text of the file; it reads like that of any study."""
    return "\n".join([
        "# SYNTHETIC: a stand-in that was drawn at random; nobody answered.", "",
        *_study(study, layout), *_arms(study), *_files(layout), *_columns(layout),
        *(line for name, use in study.instruments.items() for line in _instrument(name, use)), "",
    ])


def file_names(layout: Layout) -> dict[str, str]:
    """Table -> its file."""
    if layout.released:
        return dict(TABLES)
    return FILES


def _study(study: Study, layout: Layout) -> Iterator[str]:
    yield "[study]"
    yield pair("title", f"{study.title} (synthetic stand-in)")
    yield pair("design", study.design)
    yield pair("waves", study.waves)
    yield pair("baseline", study.baseline)
    yield pair("primary_outcome", study.primary_outcome)
    yield pair("primary_wave", study.primary_wave)
    covariates = [name for name in study.covariates if name in layout.order]
    if covariates:
        yield pair("covariates", covariates)
    yield pair("synthetic", True)
    yield ""


def _arms(study: Study) -> Iterator[str]:
    if study.arms:
        yield from ("[arms]", pair("control", study.arms.control),
                    pair("treated", study.arms.treated), "")


def _files(layout: Layout) -> Iterator[str]:
    """Sessions of a release are numbered within their group: they are no ids, and not named."""
    names = file_names(layout)
    yield "[files]"
    yield from (pair(name, names[name]) for name in ("participants", "responses"))
    if not layout.released:
        yield from (pair(name, names[name]) for name in ("sessions", "attendance")
                    if getattr(layout, name))
    yield ""


def _columns(layout: Layout) -> Iterator[str]:
    if layout.released:
        yield from ("[columns]", pair("participant", layout.person), "")


def _instrument(name: str, use: InstrumentUse) -> Iterator[str]:
    coding = use.coding
    yield f"[instruments.{key(name)}]"
    by_number = use.key.map_columns_by == "number"
    yield pair("items", "{id}_{n}" if by_number else {n: f"{name}_{n}" for n in use.form_numbers})
    if coding is not None:
        yield pair("coding", coding if isinstance(coding, str)
                   else {"min": coding[0], "max": coding[1]})
    if use.item_order is not None:
        yield pair("item_order", use.item_order)
    if use.already_reversed:
        yield pair("already_reversed", use.already_reversed)
    if use.missing_codes:
        yield pair("missing_codes", use.missing_codes)
    if use.min_share is not None:
        yield pair("missing", {"min_share": use.min_share})
    yield pair("waves", use.waves)
    if use.directions_checked:
        yield pair("directions_checked", True)
    yield ""
