"""Which participant id each row gets: a new one, or the one of an earlier key."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.link.accept import Node, Pair, chains
from balint_research.study.link.codes import Coded
from balint_research.study.link.elements import as_text, normalised
from balint_research.study.link.ids import new_ids
from balint_research.study.link.rules import found


def participants(
    nodes: Sequence[Node], links: Sequence[Pair], coded: Coded, *,
    key: pd.DataFrame | None, frames: Mapping[str, pd.DataFrame], seed: int | None,
) -> tuple[dict[Node, str], list[Issue]]:
    """Row -> participant id, and how many rows of the earlier key have another one now."""
    earlier = _earlier(key, coded, frames) if key is not None else {}
    linked = [rows for rows, _ in chains(links)]
    inside = {node for rows in linked for node in rows}
    people = [*linked, *([node] for node in nodes if node not in inside)]
    # an id that two people would claim goes to the one who holds its earliest row
    owner: dict[str, Node] = {}
    for node in sorted(earlier):
        owner.setdefault(earlier[node], node)
    kept = [next((earlier[node] for node in sorted(rows)
                  if node in earlier and owner[earlier[node]] == node), None) for rows in people]
    fresh = iter(new_ids(kept.count(None), seed, taken=set(earlier.values())))
    ids = {node: name for rows, old in zip(people, kept, strict=True)
           for name in [old or next(fresh)] for node in rows}
    changed = [node for node, name in earlier.items() if ids[node] != name]
    return ids, [found("ids_changed", count=len(changed))] if changed else []


def _earlier(
    key: pd.DataFrame, coded: Coded, frames: Mapping[str, pd.DataFrame]
) -> dict[Node, str]:
    """Row -> id of the earlier key, whose rows must all be there with the code of then."""
    absent = [found("key_columns", column_needed=column)
              for column in ("participant", "wave", "row") if column not in key]
    if absent:
        raise DataError(absent)
    place = {(wave.name, str(label)): (number, row) for number, wave in enumerate(coded.waves)
             for row, label in enumerate(wave.rows.tolist())}
    where = [place.get((as_text(wave), as_text(row)))
             for wave, row in zip(key["wave"], key["row"], strict=True)]
    there = [node is not None for node in where]
    for column, element in coded.elements.items():
        if column not in key:
            continue
        told = {name: normalised(frame[column], element) for name, frame in frames.items()}
        then = normalised(key[column], element)
        there = [known and node is not None
                 and told[coded.waves[node[0]].name][node[1]] == text
                 for known, node, text in zip(there, where, then, strict=True)]
    lost = Counter(as_text(wave) for wave, known in zip(key["wave"], there, strict=True)
                   if not known)
    if lost:
        names = {wave.name for wave in coded.waves}
        raise DataError([found("key_differs", wave=name if name in names else None, count=rows)
                         for name, rows in sorted(lost.items())])
    return {node: as_text(name)
            for node, name in zip(where, key["participant"], strict=True) if node is not None}
