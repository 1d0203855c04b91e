"""What was found, one row each: for the terminal and for who calls `propose_study`."""

from collections.abc import Iterator

import pandas as pd

from balint_research.errors import number_of
from balint_research.study.propose.draft import Draft
from balint_research.study.propose.layout import Layout
from balint_research.study.propose.questionnaires import Recognised
from balint_research.study.propose.roles import Role
from balint_research.study.propose.sources import Source
from balint_research.study.propose.toml_text import FILL
from balint_research.study.propose.writing import dialect_evidence
from balint_research.study.propose.writing_instruments import evidence_of, readable, warnings_of

COLUMNS = ["what", "value", "evidence", "confidence"]


def findings_of(draft: Draft) -> pd.DataFrame:
    """``what value evidence confidence``, one row a finding."""
    return pd.DataFrame(list(_findings(draft)), columns=COLUMNS, dtype="str")


def _findings(draft: Draft) -> Iterator[tuple[str, str, str, str]]:
    layout, given = draft.layout, draft.allocation
    for name, source in draft.parts.all:
        yield "table", f"{source.name}: {name}", _size(source), "high"
        if source.table.dialect != "plain":
            yield "dialect", source.table.dialect, dialect_evidence(source), "high"
    yield _role("participant", layout.person)
    yield "waves", ", ".join(layout.waves), _waves_evidence(layout), layout.confidence
    for ours, role in (("arm", given.arm), ("group", given.group)):
        if role is not None:
            yield _role(ours, role)
    for one in draft.known:
        warnings = (f"WARNING: {text}" for text in warnings_of(one, draft))
        yield ("instrument", f"{one.key.id}: {_short(one, draft)}",
               "; ".join([*evidence_of(one, draft), *warnings]), one.told.confidence)
    for unknown in draft.unknown:
        yield ("not recognised", readable(unknown.pattern, draft),
               f"{len(unknown.names)} columns", "low")


def _size(source: Source) -> str:
    rows, columns = source.table.frame.shape
    return f"{number_of(rows, 'row')}, {number_of(columns, 'column')}"


def _role(ours: str, role: Role | None) -> tuple[str, str, str, str]:
    if role is None:
        return ours, FILL, "no column was found", "low"
    return ours, role.column, role.evidence, role.confidence


def _waves_evidence(layout: Layout) -> str:
    return "; ".join([layout.evidence, *layout.warnings])


def _short(one: Recognised, draft: Draft) -> str:
    items = one.items
    if isinstance(items, str):
        return readable(items, draft)
    return number_of(len(items), "column")
