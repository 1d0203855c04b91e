"""Which fields of a REDCap project could be which questionnaire: proposals for a person."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from balint_research.scoring.exchange.propose_cells import Column, guess_cells
from balint_research.scoring.exchange.propose_coding import UNDECIDED, CodingGuess, guess_coding
from balint_research.scoring.exchange.propose_names import (
    EXACT,
    FAMILY,
    NONE,
    Series,
    families,
    hint,
    nearness,
    series_of,
)
from balint_research.scoring.exchange.redcap import Field, read_dictionary
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import list_instruments, load_instrument

COLUMNS = ["instrument", "items", "coding", "already_reversed", "missing_codes", "matched",
           "n_items", "evidence", "confidence", "toml"]
LEVELS = ("high", "medium", "low")
FEWEST = 5  # items: shorter questionnaires are not proposed by number and codes alone

# How the numbers of the names fit the items of the key, best last.
Shape = Literal["in_order", "shifted", "some", "more", "all"]
SHAPES: tuple[Shape, ...] = ("in_order", "shifted", "some", "more", "all")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Fields that could be the items of a questionnaire, and what speaks for it."""

    key: Instrument
    fields: Mapping[int, Field]  # item -> field
    pattern: str | None
    shape: Shape
    by_name: int                 # EXACT, FAMILY or NONE
    by_form: int
    nearness: int
    extra: tuple[str, ...]       # fields of the same series that are no item
    coding: CodingGuess

    @property
    def hint(self) -> int:
        return max(self.by_name, self.by_form)

    @property
    def strength(self) -> tuple[int, bool, int, int, int]:
        """What makes one candidate for a field better than another, in this order."""
        return (self.hint, self.coding.fits, SHAPES.index(self.shape), self.nearness,
                len(self.fields))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields.values())

    @property
    def items(self) -> str | list[str] | dict[int, str]:
        """The columns as `items` takes them."""
        names = {n: field.name for n, field in self.fields.items()}
        if self.pattern is not None:
            return self.pattern
        return list(names.values()) if len(names) == len(self.key.items) else names


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is said of a candidate: how certain it is, and why."""

    confidence: str
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]
    rivals: tuple[str, ...]      # ids that the same fields could be


def propose_items(
    dictionary: "str | Path | pd.DataFrame",
    instruments: str | Iterable[str] | None = None,
    *,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Which questionnaires could be in a REDCap project, and how `study.toml` would say so.

    Use it to start a `study.toml`. Every row is a proposal: a person lays it beside the printed
    form and the codebook before anything is scored.

    Parameters
    ----------
    dictionary : path of the project's data dictionary (CSV), or a frame of it; with the headings
        of REDCap's download or the names of its API.
    instruments : ids to look for (default: all keys that are established).
    folder : a folder of own key files, searched first.

    Returns
    -------
    frame, one row a proposal, the most certain first; empty where nothing is recognised.

    ``instrument`` : id.
    ``items``, ``coding``, ``already_reversed``, ``missing_codes`` : as `score` takes them. ``"?"``
        stands where the dictionary does not decide; `score` and `study.toml` refuse it. `items`
        is missing for keys whose columns must be matched by content.
    ``matched``, ``n_items`` : items with a field, items of the key.
    ``evidence`` : what speaks for it and against it; warnings begin with ``WARNING``.
    ``confidence`` : ``high`` (the field or form names hold the id or abbreviation, the numbers are
        just those of the items, the codes fit and the labels of the choices agree with the key's
        anchors), ``medium`` (a hint in the names, numbers and codes fit) or ``low``. Only one
        possible questionnaire and no warning for the first two.
    ``toml`` : the table ``[instruments.<id>]``, marked as a proposal.

    Notes
    -----
    Evidence is: names that follow a pattern with the right numbers (``mbi_1``, ``mbi01``,
    ``q7_mbi``), the name of the form, the number of the choices' codes and their order. What an
    item says is never read. Without any hint in the names, five or more fields numbered from 1
    whose codes fit are proposed as every questionnaire they could be. Two questionnaires of one
    family with as many items and the same codes are both listed: only the form can tell.

    Raises
    ------
    ScoringError : an unknown instrument.
    DataError : the file cannot be read, or is no data dictionary.

    Checked against the exports of this package (each gives itself back) and against five public
    dictionaries without questionnaires.

    Examples
    --------
    >>> fields = [f"gad7_{n}" for n in range(1, 8)]
    >>> choices = "1, not at all | 2, several days | 3, over half the days | 4, nearly every day"
    >>> found = propose_items(pd.DataFrame({
    ...     "field_name": fields, "form_name": "anxiety", "field_type": "radio",
    ...     "select_choices_or_calculations": choices}))
    >>> print(found["toml"].iloc[0])
    # PROPOSAL from a REDCap dictionary (confidence: high). Confirm it against the printed form.
    [instruments.gad7]
    items = "gad7_{n}"
    coding = {min = 1, max = 4}
    """
    fields = [field for field in read_dictionary(dictionary) if field.answerable]
    keys = keys_of(instruments, folder)
    found = candidates_of(fields, keys)
    rows = [_row(candidate, found, keys) for candidate in found]
    rows.sort(key=lambda row: LEVELS.index(str(row["confidence"])))
    # objects, so that None stays None: a row can be given to `score` as it is
    frame = pd.DataFrame(rows, columns=COLUMNS, dtype="object")
    return frame.astype({"matched": "int64", "n_items": "int64"})


def keys_of(
    instruments: str | Iterable[str] | None, folder: Path | None = None
) -> list[Instrument]:
    """The keys to look for: those asked for, or all, as far as their items are established."""
    names = list_instruments(folder)["id"] if instruments is None else instruments
    names = [names] if isinstance(names, str) else names
    keys = [load_instrument(name, folder) for name in names]
    return [key for key in keys if key.items and key.key_status != "not_established"]


# --- candidates ----------------------------------------------------------------------------------


def candidates_of(fields: Sequence[Field], keys: Sequence[Instrument]) -> list[Candidate]:
    """What the fields could be, the strongest first; two candidates may share fields.

    A field is one of a dictionary, or a column of an export (`Column`).
    """
    series = series_of(fields)
    found = _strongest([one for key in keys for one in _candidates(key, series, fields)])
    return sorted(found, key=lambda candidate: candidate.strength, reverse=True)


def _candidates(
    key: Instrument, series: Sequence[Series], fields: Sequence[Field]
) -> list[Candidate]:
    found = [one for numbered in series if (one := _by_numbers(key, numbered)) is not None]
    if any(candidate.hint for candidate in found):
        return found
    return [*found, *_by_forms(key, fields)]


def _by_numbers(key: Instrument, series: Series) -> Candidate | None:
    """The series as the items of the key, as far as its numbers and names allow."""
    by_name = hint(key, [series.prefix, series.suffix])
    by_form = hint(key, {field.form for field in series.fields.values()})
    found = _numbered(key, set(series.fields), max(by_name, by_form))
    if found is None:
        return None
    shape, number_of = found
    fields = {n: series.fields[number] for n, number in number_of.items()}
    candidate = Candidate(
        key=key, fields=fields, pattern=None if shape == "shifted" else series.pattern,
        shape=shape, by_name=by_name, by_form=by_form, nearness=nearness(key, series),
        extra=tuple(field.name for number, field in series.fields.items()
                    if number not in number_of.values()),
        coding=_coding(key, fields),
    )
    if candidate.hint == NONE and not candidate.coding.fits:
        return None
    return candidate


def _numbered(
    key: Instrument, numbers: set[int], certainty: int
) -> tuple[Shape, dict[int, int]] | None:
    """Item -> number in the names; the looser the fit, the clearer the names must be."""
    items, least = set(key.items), EXACT if len(key.items) == 1 else FAMILY
    if set(key.scored_items) <= numbers <= items and (
            certainty >= least or (certainty == NONE and len(items) >= FEWEST
                                   and key.map_columns_by == "number")):
        return "all", {n: n for n in sorted(numbers)}
    if certainty == EXACT and len(items) > 1 and items < numbers:
        return "more", {n: n for n in sorted(items)}
    if certainty >= FAMILY and len(items) > 1 and len(numbers) == len(items) and (
            max(numbers) - min(numbers) == len(items) - 1):
        return "shifted", dict(zip(sorted(items), sorted(numbers), strict=True))
    if certainty == EXACT and len(numbers & items) > 1 and numbers < items:
        return "some", {n: n for n in sorted(numbers & items)}
    return None


def _by_forms(key: Instrument, fields: Sequence[Field]) -> list[Candidate]:
    """Forms named after the questionnaire with as many fitting fields, numbered or not."""
    found = []
    for form in dict.fromkeys(field.form for field in fields):
        inside = [field for field in fields if field.form == form and field.choices]
        if len(inside) != len(key.items) or not hint(key, [form]):
            continue
        placed = dict(zip(sorted(key.items), inside, strict=True))
        found.append(Candidate(
            key=key, fields=placed, pattern=None, shape="in_order", by_name=NONE,
            by_form=hint(key, [form]), nearness=0, extra=(), coding=_coding(key, placed)))
    return [candidate for candidate in found if candidate.coding.fits]


def _coding(key: Instrument, fields: Mapping[int, Field]) -> CodingGuess:
    """By the choices of a dictionary, or by what the cells of the columns hold."""
    columns = {n: field for n, field in fields.items() if isinstance(field, Column)}
    return guess_cells(key, columns) if columns else guess_coding(key, fields)


def _strongest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without those whose fields fit another questionnaire, or another numbering, better."""
    return [
        one for one in candidates
        if not any(other.strength > one.strength and other.names & one.names
                   for other in candidates)
    ]


# --- what is told --------------------------------------------------------------------------------


def told_of(
    candidate: Candidate, found: Sequence[Candidate], keys: Sequence[Instrument]
) -> Told:
    """What speaks for and against a candidate, beside the others that were found."""
    rivals = sorted({other.key.id for other in found
                     if other.key.id != candidate.key.id and other.names & candidate.names})
    warnings = tuple(_warnings(candidate, rivals))
    return Told(confidence=_confidence(candidate, bool(warnings)), warnings=warnings,
                evidence=tuple(_evidence(candidate, found, keys)), rivals=tuple(rivals))


def _row(
    candidate: Candidate, found: Sequence[Candidate], keys: Sequence[Instrument]
) -> dict[str, object]:
    told = told_of(candidate, found, keys)
    warnings = [f"WARNING: {text}" for text in told.warnings]
    guess = candidate.coding
    by_content = candidate.key.map_columns_by == "content"
    return {
        "instrument": candidate.key.id,
        "items": None if by_content else candidate.items,
        "coding": guess.coding,
        "already_reversed": guess.already_reversed,
        "missing_codes": guess.missing_codes,
        "matched": 0 if by_content else len(candidate.fields),
        "n_items": len(candidate.key.items),
        "evidence": "; ".join([*told.evidence, *warnings]),
        "confidence": told.confidence,
        "toml": "\n".join(_toml(candidate, told.confidence, warnings)),
    }


def _confidence(candidate: Candidate, warned: bool) -> str:
    guess = candidate.coding
    if warned or candidate.hint == NONE or guess.undecided:
        return "low"
    if candidate.hint == EXACT and candidate.shape == "all" and guess.confirmed:
        return "high"
    return "medium"


def _warnings(candidate: Candidate, rivals: Sequence[str]) -> list[str]:
    key, found = candidate.key, list(candidate.coding.warnings)
    absent = [str(n) for n in key.scored_items if n not in candidate.fields]
    if absent:
        found.append(f"no field for the items {', '.join(absent)}")
    if candidate.shape == "shifted":
        numbers = "the numbers of the names are not those of the items"
        found.append(f"{numbers}; the fields are taken in their order")
    if candidate.shape == "in_order":
        found.append("the names carry no item numbers; the fields of the form are taken in order")
    if candidate.extra:
        found.append(f"the numbering goes on beyond the items: {', '.join(candidate.extra)}")
    if key.map_columns_by == "content":
        found.append("the printed order is not certain: match each column by content, by hand")
    if rivals:
        found.append(f"the same fields could be {' or '.join(rivals)}; only the form can tell")
    return found


def _evidence(
    candidate: Candidate, found: Sequence[Candidate], keys: Sequence[Instrument]
) -> list[str]:
    key = candidate.key
    told = [f"{len(candidate.fields)} fields for {len(key.items)} items"]
    told += _hint_words("the field names hold", candidate.by_name)
    told += _hint_words("the form's name holds", candidate.by_form)
    told += ["neither field names nor form name it"] if candidate.hint == NONE else []
    told += candidate.coding.evidence
    told += _look_alikes(candidate, found, keys)
    told += [
        f"the form exists in another order, '{name}' ({order.what}): compare, and declare "
        f"`item_order` if it is that one"
        for name, order in key.item_order_variants.items()
        if order.kind == "other_order" and order.effect == "scores_change"
    ]
    again = sum(other.key.id == key.id for other in found) - 1
    told += [f"{again} more set{'s' if again > 1 else ''} of fields could be the same "
             "questionnaire: waves as columns (put {wave} into `items`)?"] if again else []
    return told


def _hint_words(where: str, clearly: int) -> list[str]:
    words = {EXACT: "the id or abbreviation", FAMILY: "the beginning of its id only"}
    return [f"{where} {words[clearly]}"] if clearly in words else []


def _look_alikes(
    candidate: Candidate, found: Sequence[Candidate], keys: Sequence[Instrument]
) -> list[str]:
    """Keys of the family that number and codes cannot tell apart, though the names do."""
    key, told = candidate.key, {other.key.id for other in found}
    alike = [other.id for other in keys
             if other.id not in told and families(other) & families(key)
             and len(other.items) == len(key.items)
             and other.response.codes == key.response.codes]
    return [f"{' and '.join(alike)} would have as many items and the same codes"] if alike else []


def _toml(candidate: Candidate, confidence: str, warnings: Sequence[str]) -> list[str]:
    key, guess = candidate.key, candidate.coding
    lines = [
        f"# PROPOSAL from a REDCap dictionary (confidence: {confidence}). Confirm it against the "
        "printed form.",
        *(f"# {text}" for text in warnings),
        f"[instruments.{key.id}]",
    ]
    by_content = key.map_columns_by == "content"
    lines += [] if by_content else [f"items = {_toml_value(candidate.items)}"]
    if guess.coding is not None:
        lines.append(f"coding = {_toml_value(guess.coding)}{_choice(guess)}")
    if guess.already_reversed:
        lines.append(f'already_reversed = "{guess.already_reversed}"  # false, or a list of items')
    if guess.missing_codes:
        lines.append(f"missing_codes = {list(guess.missing_codes)}")
    return [*lines, *(_stub(candidate) if by_content else [])]


def _stub(candidate: Candidate) -> list[str]:
    """A table to fill in by hand; "?" is no column, so that it cannot be used unfilled."""
    key = candidate.key
    return [
        f"# columns to be matched: {', '.join(sorted(candidate.names))}",
        f"[instruments.{key.id}.items]",
        *(f'{n} = "{UNDECIDED}"  # {gist}' for n, gist in sorted(key.items.items())),
    ]


def _choice(guess: CodingGuess) -> str:
    if guess.coding != UNDECIDED:
        return ""
    options = f"one of: {', '.join(guess.options)}" if guess.options else "how answers are stored"
    return f"  # {options}"


def _toml_value(value: str | list[str] | Mapping[int, str] | Mapping[str, int]) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{name} = {json.dumps(item)}" for name, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=False)
