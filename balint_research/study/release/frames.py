"""The tables of a release: only what goes, under new names, in an order that tells nothing."""

from collections.abc import Mapping

import pandas as pd

from balint_research.files import harmless_frame
from balint_research.study.contracts import StudyData, instrument_of
from balint_research.study.privacy.choose import Choice
from balint_research.study.privacy.folder import PERSON, ROW
from balint_research.study.release.names import NewNames, split_leaders
from balint_research.study.release.weeks import weeks_since_baseline
from balint_research.study.study import Study

SCORES = (PERSON, "wave", "instrument", "scale", "value", "answered", "items", "status")
SESSIONS = ("group", "session", "week", "minutes", "mode", "held", "leaders")


def release_tables(
    study: Study, data: StudyData, scores: pd.DataFrame, choice: Choice, names: NewNames, *,
    again: bool = False,
) -> dict[str, pd.DataFrame]:
    """``participants responses scores``, and ``sessions`` where the groups are told as they are."""
    tables = {
        "participants": _participants(study, data, choice, names),
        "responses": _responses(study, data, choice, names, again=again),
        "scores": scores_table(study, scores, names.people),
    }
    if choice.levels.get("group") == 0 and not data.sessions.empty:
        tables["sessions"] = _sessions(data, names)
    return {name: harmless_frame(table) for name, table in tables.items()}


def item_columns(study: Study, responses: pd.DataFrame) -> list[str]:
    """The answers among the columns of the responses: without times and without notes."""
    return [column for column in responses.columns if instrument_of(study, column)]


def scores_table(
    study: Study, scores: pd.DataFrame, numbers: Mapping[str, int]
) -> pd.DataFrame:
    """The scores of the people who have a number, in the order of scales, waves and numbers."""
    rows = scores[scores["participant"].isin(numbers)]
    rows = rows.assign(**{PERSON: rows["participant"].map(numbers)})[list(SCORES)]
    scale = pd.factorize(rows["instrument"] + "." + rows["scale"])[0]
    return _ordered(rows.assign(scale_=scale), study, [PERSON], first=["scale_"]).drop(
        columns="scale_")


def _participants(
    study: Study, data: StudyData, choice: Choice, names: NewNames
) -> pd.DataFrame:
    known = choice.people.copy()
    if "group" in known:
        known["group"] = known["group"].map(names.groups)
    own = data.participants.set_index("participant")
    harmless = own.loc[known.index, list(study.privacy.harmless)]
    table = pd.concat([known, harmless.apply(_as_whole)], axis="columns")
    table.insert(0, PERSON, table.index.map(names.people))
    return table.sort_values(PERSON, ignore_index=True)


def _responses(
    study: Study, data: StudyData, choice: Choice, names: NewNames, *, again: bool
) -> pd.DataFrame:
    rows = data.responses[data.responses["participant"].isin(names.people)]
    table = pd.DataFrame({
        PERSON: rows["participant"].map(names.people),
        "wave": rows["wave"],
        "rater": [names.raters[key] for key in zip(rows["participant"], rows["rater"],
                                                   strict=True)],
        "week": weeks_since_baseline(study, data, rows, choice.people, choice.k,
                                     again=again),
    }, columns=list(ROW))
    items = item_columns(study, rows)
    whole = pd.concat([table, _without_missing_codes(study, rows[items])], axis="columns")
    for column in ("week", *items):
        whole[column] = _as_whole(whole[column])
    return _ordered(whole, study, [PERSON, "rater"])


def _without_missing_codes(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Why somebody did not answer stays with the team: its codes become missing values."""
    kept = answers.copy()
    for name in answers.columns:
        codes = study.instruments[str(instrument_of(study, name))].missing_codes
        kept[name] = answers[name].mask(answers[name].isin(codes))
    return kept


def _sessions(data: StudyData, names: NewNames) -> pd.DataFrame:
    """Sessions of the groups that go, numbered within their group in the order of the weeks."""
    rows = data.sessions[data.sessions["group"].isin(names.groups)]
    table = rows.assign(
        group=rows["group"].map(names.groups),
        leaders=rows["leaders"].map(lambda cell: _renamed(cell, names.leaders),
                                    na_action="ignore"),
    ).sort_values(["group", "week"], kind="stable", key=_natural, ignore_index=True)
    table["session"] = table.groupby("group").cumcount() + 1
    for column in ("week", "minutes"):
        table[column] = _as_whole(table[column])
    return table[list(SESSIONS)]


def _natural(column: pd.Series) -> pd.Series:
    """``group 10`` after ``group 9``."""
    return column.str.split().str[-1].astype(int) if column.name == "group" else column


def _renamed(cell: str, leaders: Mapping[str, str]) -> str:
    """Leaders in the order of their new names, so that the old order tells nothing."""
    return ", ".join(sorted({leaders[name] for name in split_leaders(cell)},
                            key=lambda name: int(name.split()[-1])))


def _ordered(
    table: pd.DataFrame, study: Study, then: list[str], first: list[str] | None = None
) -> pd.DataFrame:
    """Rows in the order of the waves, and of new names within a wave."""
    place = {wave: i for i, wave in enumerate(study.waves)}
    order = table.assign(wave_=table["wave"].map(place)).sort_values(
        [*(first or []), "wave_", *then], kind="stable")
    return order.drop(columns="wave_").reset_index(drop=True)


def _as_whole(column: pd.Series) -> pd.Series:
    """Numbers without a decimal point where all are whole; anything else as it is."""
    if not pd.api.types.is_numeric_dtype(column):
        return column
    values = column.astype(float)
    return values.astype("Int64") if bool((values.dropna() % 1 == 0).all()) else values
