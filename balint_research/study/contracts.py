"""The five tables of a study: what each column must be, and the checked data they become.

The contracts are pandera schemas over the canonical frames. pandera's own messages print cells,
so `broken` turns every failure into an Issue of ours: column, number and lines, nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from balint_research.errors import Issue, quoted
from balint_research.study.findings import found
from balint_research.study.study import Study

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

STATUSES = ("present", "late", "left_early", "excused", "absent")
LINKED = ("exact", "one_edit", "one_element", "two_elements", "decided", "single")
LINK_KEY = "balint_link_key"  # first column of the key of linked codes, which nothing reads
ATTENDED = ("present", "late", "left_early")

COLUMNS = {
    "participants": ("participant", "arm", "group"),
    "memberships": ("participant", "group", "from_week", "to_week"),
    "responses": ("participant", "wave", "rater"),
    "sessions": ("session", "group", "week", "minutes", "mode", "held", "leaders"),
    "attendance": ("participant", "session", "status", "presented"),
    "links": ("participant", "wave", "how"),
}
REASON_COLUMNS = ("participant", "wave", "rater", "instrument", "item", "reason")
NUMBERS = ("week", "minutes", "from_week", "to_week", "allocated_week")
YES_NO = ("held", "presented")


@dataclass(frozen=True, kw_only=True)
class StudyData:
    """The checked tables of one study (`br.read_data`).

    Attributes
    ----------
    participants : ``participant arm group`` (text, missing where none) + covariates, and
        ``allocated_week`` where the file has the day of allocation; one row a person.
    memberships : ``participant group from_week to_week`` or empty.
    responses : ``participant wave rater`` (text) + one numeric column an item named
        ``{instrument}_{n}`` with n as on the study's form; one row a person, wave and rater.
        `rater` is "self" where the study has no raters. Raw codes, as exported.
    sessions : ``session group week minutes mode held leaders`` or empty.
    attendance : ``participant session status presented`` or empty.
    missing_reasons : ``participant wave rater instrument item reason``: every item without an
        answer for which the file or study.toml says why (refused, not applicable ...).
    links : ``participant wave how`` of people whose rows were linked by codes (`link_waves`), or
        empty.
    weeks : ``participant wave rater week``: the week in which a row was answered, counted from the
        start of the study; rows without a date are not in it.
    left_out : ``table file reason rows``: every row that is not used, and why.
    files : ``table file sha256 rows_in rows_used``, one row a file read.
    issues : notes and warnings found on the way (nothing that stops).
    """

    participants: pd.DataFrame
    memberships: pd.DataFrame
    responses: pd.DataFrame
    sessions: pd.DataFrame
    attendance: pd.DataFrame
    missing_reasons: pd.DataFrame
    links: pd.DataFrame
    left_out: pd.DataFrame
    files: pd.DataFrame
    weeks: pd.DataFrame = field(default_factory=lambda: no_weeks())
    issues: tuple[Issue, ...] = ()


def no_weeks() -> pd.DataFrame:
    """The weeks of a study without dates."""
    return pd.DataFrame(columns=["participant", "wave", "rater", "week"]).astype(
        {"participant": "str", "wave": "str", "rater": "str", "week": float})


def participants_contract(study: Study) -> "DataFrameSchema":
    """One row a person; an arm of the study where it has arms; covariates as they come."""
    import pandera.pandas as pa

    arms = study.arms.all if study.arms else ()
    known = pa.Check(lambda arm: arm.isin(arms), name="unknown_arm")
    return pa.DataFrameSchema({
        "participant": pa.Column(_text(), unique=True),
        "arm": pa.Column(_text(), known if arms else None, nullable=not arms),
        "group": pa.Column(_text(), nullable=True),
    })


def memberships_contract() -> "DataFrameSchema":
    """One row a stay of a person in a group; open where a week is missing."""
    import pandera.pandas as pa

    ordered = pa.Check(lambda frame: ~(frame["to_week"] < frame["from_week"]),
                       name="weeks_reversed")
    return pa.DataFrameSchema({
        "participant": pa.Column(_text()),
        "group": pa.Column(_text()),
        "from_week": pa.Column(float, nullable=True),
        "to_week": pa.Column(float, nullable=True),
    }, checks=ordered, unique=["participant", "group", "from_week"])


def responses_contract(study: Study) -> "DataFrameSchema":
    """Person, wave and rater, and every item within the codes of its declared coding."""
    import pandera.pandas as pa

    waves = pa.Check(lambda wave: wave.isin(study.waves), name="unknown_wave")
    columns = {
        "participant": pa.Column(_text()),
        "wave": pa.Column(_text(), waves),
        "rater": pa.Column(_text()),
    }
    for name, use in study.instruments.items():
        codes = _codes(study, name)
        columns |= {
            f"{name}_{n}": pa.Column(float, pa.Check(_within(codes), name="range"), nullable=True,
                                     required=False)
            for n in use.form_numbers
        }
    return pa.DataFrameSchema(columns)


def sessions_contract() -> "DataFrameSchema":
    """One row a session; a session counts unless `held` says it was not."""
    import pandera.pandas as pa

    not_negative = pa.Check(lambda minutes: minutes >= 0, name="negative")
    return pa.DataFrameSchema({
        "session": pa.Column(_text(), unique=True),
        "group": pa.Column(_text(), nullable=True),
        "week": pa.Column(float, nullable=True),
        "minutes": pa.Column(float, not_negative, nullable=True),
        "mode": pa.Column(_text(), nullable=True),
        "held": pa.Column(bool),
        "leaders": pa.Column(_text(), nullable=True),
    })


def attendance_contract() -> "DataFrameSchema":
    """One row a person and session, with one of the five statuses."""
    import pandera.pandas as pa

    known = pa.Check(lambda status: status.isin(STATUSES), name="unknown_status")
    return pa.DataFrameSchema({
        "participant": pa.Column(_text()),
        "session": pa.Column(_text()),
        "status": pa.Column(_text(), known),
        "presented": pa.Column(bool),
    }, unique=["participant", "session"])


def links_contract(study: Study) -> "DataFrameSchema":
    """One row a person and wave, with how it was linked to the person's other waves."""
    import pandera.pandas as pa

    waves = pa.Check(lambda wave: wave.isin(study.waves), name="unknown_wave")
    known = pa.Check(lambda how: how.isin(LINKED), name="unknown_how")
    return pa.DataFrameSchema({
        "participant": pa.Column(_text()),
        "wave": pa.Column(_text(), waves),
        "how": pa.Column(_text(), known),
    }, unique=["participant", "wave"])


def broken(
    contract: "DataFrameSchema", frame: pd.DataFrame, study: Study, *,
    file: str, names: Mapping[str, str] | None = None,
) -> list[Issue]:
    """Every place where a frame breaks its contract, in our words.

    `frame` is indexed by the lines of the file; `names` maps our column names to those of the
    file. Only the column, the name of the check and the lines are taken from pandera.
    """
    from pandera.errors import SchemaErrors

    try:
        contract.validate(frame, lazy=True)
    except SchemaErrors as fault:
        cases = fault.failure_cases
    else:
        return []
    cases = cases.assign(rule=cases["check"].map(_rule_name))
    whole_frame = cases["schema_context"].eq("DataFrameSchema")
    cases["column"] = cases["column"].mask(whole_frame).astype(object)
    key = " and ".join(contract.unique or ())
    return [
        _issue(rule, None if pd.isna(column) else str(column), lines, study, file, names or {}, key)
        for (column, rule), lines in cases.groupby(["column", "rule"], dropna=False, sort=False)[
            "index"]
    ]


def allowed_words(study: Study, rule: str, instrument: str | None = None) -> str | None:
    """What a rule would have accepted, in words that only declare."""
    from balint_research.scoring.plan import allowed_codes, code_words

    if rule == "unknown_arm" and study.arms:
        return quoted((*study.labels("arm"), *study.arms.all))
    if rule == "unknown_wave":
        return quoted((*study.labels("wave"), *study.waves))
    if rule == "unknown_status":
        return ", ".join(STATUSES)
    if rule == "unknown_how":
        return ", ".join(LINKED)
    if rule == "range" and instrument:
        use = study.instruments[instrument]
        missing = ", ".join(f"{code:g}" for code in use.missing_codes)
        words = code_words(allowed_codes(use.key, use.coding))
        return words + (f", and {missing} for no answer" if missing else "")
    return None


def instrument_of(study: Study, column: str) -> str | None:
    """The instrument of a canonical item column ``{instrument}_{n}``."""
    name, _, number = column.rpartition("_")
    return name if number.isdigit() and name in study.instruments else None


def given(study: Study, responses: pd.DataFrame, instrument: str) -> pd.DataFrame:
    """Which item cells of an instrument hold an answer: neither empty nor a missing code."""
    items = [column for column in responses.columns if instrument_of(study, column) == instrument]
    cells = responses[items]
    return cells.notna() & ~cells.isin(study.instruments[instrument].missing_codes)


def _text() -> pd.StringDtype:
    return pd.StringDtype(na_value=float("nan"))


def _codes(study: Study, instrument: str) -> tuple[float, ...]:
    from balint_research.scoring.plan import allowed_codes

    use = study.instruments[instrument]
    return (*allowed_codes(use.key, use.coding), *use.missing_codes)


def _within(codes: tuple[float, ...]) -> Any:
    return lambda answers: answers.isin(codes)


# pandera's name of a failure -> our rule; our own checks carry the rule as their name
_RULES = {
    "not_nullable": "empty_required",
    "field_uniqueness": "duplicate_id",
    "multiple_fields_uniqueness": "duplicate_id",
}


def _rule_name(check: str) -> str:
    return _RULES.get(check, check)


def _issue(
    rule: str, column: str | None, lines: pd.Series, study: Study, file: str,
    names: Mapping[str, str], key: str,
) -> Issue:
    instrument = instrument_of(study, column) if column else None
    words = {"ours": column or key}
    if instrument:
        words |= {"instrument": study.instruments[instrument].key.label, "id": instrument}
    return found(rule, file=file, column=names.get(column, column) if column else None,
                 rows=lines, allowed=allowed_words(study, rule, instrument), words=words)
