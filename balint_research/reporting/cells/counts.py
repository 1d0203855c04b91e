"""Tables that count people, without their small cells and what would give these back."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from balint_research.evaluation import Evaluation
from balint_research.reporting.cells.complement import taken_out
from balint_research.reporting.cells.gate import Gate, Place, places, without
from balint_research.reporting.format import digits_of, is_missing, records, rounded

PARTS = ("complete", "prorated", "too_few", "empty")
SPLIT = (PARTS[:2], PARTS[2:])   # with a score, without: both sums are told
OF_ITEMS = ("n", "low", "high")


def flow(flow: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Each number by itself; whatever adds arms or waves up goes where one of them is hidden."""
    safe = flow
    for column in ("people", "asked", "answered"):
        hidden = gate.few(flow[column]) | gate.moved("flow", flow, [column])
        safe = without(safe, hidden, [column])
    return safe


def attendance(attendance: pd.DataFrame, flow: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Small groups of an arm, and what would give them back; shares of nearly none or nearly all.

    Places taken, or not taken, below the smallest cell say of everybody in a group of known members
    that they came, or did not.
    """
    if attendance.empty:
        return attendance.assign(suppressed=pd.Series(dtype=bool))
    small = gate.few(attendance["people"]) | gate.moved("attendance", attendance)
    arms = dict(zip(places(flow, ["arm"]), flow["people"].astype(float), strict=True))
    for arm, groups in attendance.groupby(np.array(places(attendance, ["arm"])).ravel()):
        size = dict(groups["people"].astype(float))
        gone = taken_out(size, small[small].index.intersection(groups.index), [list(size)],
                         gate.smallest)
        alone = arms.get((str(arm),), 0.0) - sum(size.values())
        if not gone and 0 < alone < gate.smallest:
            gone = {min(size, key=lambda group: size[group])}
        small |= small.index.isin(list(gone))
    safe = without(attendance, small, ["people", "offered", "attended", "share"])
    missed = attendance["offered"] - attendance["attended"]
    least = attendance["attended"].where(attendance["attended"] < missed, missed)
    ends = (least < gate.smallest) & (attendance["offered"] > 0)
    return without(safe, ends, ["attended", "share"])


def completeness(completeness: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """The four ways to be scored or not; how many have a score is known, and how many have none."""
    safe = completeness.assign(scored=completeness["complete"] + completeness["prorated"])
    few = {name: gate.few(safe[name]) | gate.moved("completeness", safe, [name])
           for name in (*PARTS, "scored", "answered")}
    rows = range(len(safe))
    counts = {(row, part): float(safe[part].iloc[row]) for row in rows for part in PARTS}
    gone = taken_out(counts, [cell for cell in counts if few[cell[1]].iloc[cell[0]]],
                     [[(row, part) for part in pair] for row in rows for pair in SPLIT],
                     gate.smallest)
    for part in PARTS:
        hidden = pd.Series([(row, part) in gone for row in rows], index=safe.index, dtype=bool)
        few[part] = hidden | few["scored"] | few["answered"]
    few["scored"] |= few["answered"]
    result = safe
    for name, hidden in few.items():
        result = without(result, hidden, [name])
    return result


def links(links: pd.DataFrame, flow: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Small kinds of link, and what would give them back: how many rows a wave has is known.

    A wave goes as a whole where the flow hides an arm of it: the kinds add up to all arms.
    """
    small = gate.few(links["people"]) | gate.moved("links", links)
    size = dict(links["people"].astype(float))
    waves = [list(wave.index) for _, wave in links.groupby("wave")]
    gone = taken_out(size, small[small].index, waves, gate.smallest)
    hidden_waves = set(flow.loc[flow["answered"].isna(), "wave"])
    hidden = links["wave"].isin(hidden_waves) | links.index.isin(list(gone))
    return without(links, hidden, ["people"])


def reasons(reasons: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Reasons of a few people; no total of them is told anywhere."""
    hidden = gate.few(reasons["people"]) | gate.moved("reasons", reasons)
    return without(reasons, hidden, ["answers", "people"])


def files(files: pd.DataFrame, flow: pd.DataFrame) -> pd.DataFrame:
    """Without the rows of a table from which a hidden number of people would follow."""
    hidden = pd.Series(False, index=files.index)
    for table, people in (("participants", "people"), ("responses", "answered")):
        hidden |= (files["table"] == table) & bool(flow[people].isna().any())
    return without(files, hidden, ["rows_in", "rows_used"])


def items(evaluation: Evaluation, flow: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    """Items without the lowest or highest answer of a few people.

    `n` counts the answers of all waves, from which those of one follow: it goes where the flow
    hides anything.
    """
    items = evaluation.items
    few = gate.few(items["n"]) | gate.moved("items", items)
    if flow["suppressed"].any():
        items = items.assign(n=float("nan"))
    safe = without(items, few, OF_ITEMS)
    return without(safe, _few_at_an_end(evaluation, gate), ["low", "high"])


def _few_at_an_end(evaluation: Evaluation, gate: Gate) -> "pd.Series[bool]":
    """Items of which fewer than k people gave the lowest, or the highest, answer that was seen.

    A report that goes out does not tell the answers of anyone, so there all are.
    """
    items, answers = evaluation.items, evaluation.data.responses
    if gate.public:
        return pd.Series(True, index=items.index)
    columns = _our_columns(evaluation)
    few = []
    for row in records(items):
        ours = columns.get((str(row.instrument), str(row.column)))
        known = ours in answers
        people = [answers.loc[answers[ours] == end, "participant"].nunique() if known else 0
                  for end in (row.low, row.high)]
        few.append(not is_missing(row.low) and min(people) < gate.smallest)
    return pd.Series(few, index=items.index, dtype=bool)


def _our_columns(evaluation: Evaluation) -> dict[tuple[str, str], str]:
    """The column of the checked answers behind each instrument's column of the file."""
    from balint_research.study.item_columns import is_suffixed, item_places

    study = evaluation.study
    return {
        (name, column): f"{name}_{number}"
        for name, use in study.instruments.items()
        for number, column in item_places(
            study, name, use.waves[0] if is_suffixed(study) else None).items()
    }


def reliability(
    evaluation: Evaluation, counted: pd.DataFrame, described: pd.DataFrame, gate: Gate
) -> pd.DataFrame:
    """Small samples, and shares at the end of a scale that stand for a few people.

    `n` counts all arms: it goes as well where one arm is hidden in `counted` (the safe
    completeness), which would follow from the others. Where a few people more or fewer are
    described, their scores could be solved for: the SD goes, and the SEM is as precise as printed
    and goes as well with fewer than 4 k forms.
    """
    table = evaluation.reliability
    numbers = [str(name) for name in table.select_dtypes("number") if name != "items"]
    few = gate.few(table["n"]) | gate.few(table["n_rows"]) | gate.moved("reliability", table)
    safe = without(table, few, numbers)
    safe.loc[safe["suppressed"], "note"] = pd.NA
    where = places(table, ["instrument", "scale", "wave"])
    unlike = _unlike(table, described, gate)
    for share in ("floor_share", "ceiling_share"):
        people = (table[share] * table["n"]).astype(float).map(np.rint)
        ends = gate.few(people) | gate.few(table["n"] - people)
        safe[share] = safe[share].mask(ends | unlike | (table["n"] < 2 * gate.smallest))
    safe["sd"] = safe["sd"].mask(unlike)
    safe["sem"] = [rounded(row.sem, digits_of(evaluation.study.scale(row.instrument, row.scale)))
                   if few_others else row.sem
                   for row, few_others in zip(records(safe), unlike, strict=True)]
    safe["sem"] = safe["sem"].mask(unlike & (table["n"] < 4 * gate.smallest))
    hidden = set(places(counted.loc[counted["scored"].isna()], ["instrument", "scale", "wave"]))
    of_hidden = pd.Series([one in hidden for one in where], index=table.index, dtype=bool)
    safe[["n", "n_rows"]] = safe[["n", "n_rows"]].astype(object).mask(of_hidden).infer_objects()
    safe["note"] = safe["note"].mask(of_hidden)
    return safe


def _unlike(table: pd.DataFrame, described: pd.DataFrame, gate: Gate) -> "pd.Series[bool]":
    """Scales whose coefficients rest on a few people more or fewer than the described scores."""
    key = ["instrument", "scale", "wave"]
    people: dict[Place, float] = {}
    for one, number in zip(places(described, key), described["n"].astype(float), strict=True):
        people[one] = people.get(one, 0.0) + number
    others = pd.Series([people.get(one, np.nan) for one in places(table, key)], index=table.index)
    return gate.few((others - table["n"]).abs()) | others.isna()


def asked_hidden(frame: pd.DataFrame, flow: pd.DataFrame, control: Sequence[str] = ()
                 ) -> "pd.Series[bool]":
    """Rows whose arm, or the control they are compared with, is too small in the flow to tell."""
    hidden = set(places(flow.loc[flow["people"].isna()], ["arm"]))
    of_control = bool(hidden & {(arm,) for arm in control})
    either = [arm in hidden or of_control for arm in places(frame, ["arm"])]
    return pd.Series(either, index=frame.index, dtype=bool)
