"""What each column of a release is: one list, of which all four descriptions are made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from balint_research.files import harmless_cell
from balint_research.study.privacy.choose import Choice
from balint_research.study.privacy.folder import PERSON
from balint_research.study.release.item_fields import item_levels, item_titles
from balint_research.study.release.levels import level_words, ordered_values
from balint_research.study.study import Study

Kind = Literal["text", "whole number", "number", "yes or no"]
Role = Literal["id", "arm", "quasi-identifier", "harmless", "time", "rater", "item", "score",
               "session"]

# What tells the rows of a table apart, and where a column of it is explained.
KEYS: Mapping[str, tuple[str, ...]] = {
    "participants": (PERSON,), "responses": (PERSON, "wave", "rater"),
    "scores": (PERSON, "wave", "instrument", "scale"), "sessions": ("group", "session"),
}
STATUS = {
    "complete": "every item of the scale was answered",
    "prorated": "enough items were answered, the score is prorated as the key says",
    "too_few": "too few items were answered, no score",
    "empty": "no item was answered, no score",
}
MOST_LEVELS = 30  # of a column of texts; with more it is described, not listed


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of one table of a release.

    Attributes
    ----------
    name : as it stands in the file. title : what it is, in words; never an item's wording.
    kind : of its values. role : what it is for.
    levels : every allowed value, as it stands in the file, with what it means; empty where there
        are too many to list.
    range : lowest and highest allowed number, where the values are not listed.
    required : whether a cell may not be missing.
    unit : of the numbers. source : citation of the questionnaire.
    """

    name: str
    title: str
    kind: Kind
    role: Role
    levels: Mapping[str, str] = field(default_factory=dict)
    range: tuple[float, float] | None = None
    required: bool = False
    unit: str | None = None
    source: str | None = None


def release_fields(
    study: Study, tables: Mapping[str, pd.DataFrame], choice: Choice
) -> dict[str, tuple[Field, ...]]:
    """Table -> its columns in their order, described from the study and the finished tables."""
    fields = {
        "participants": tuple(_of_people(study, tables["participants"], choice)),
        "responses": tuple(_of_answers(study, tables["responses"])),
        "scores": tuple(_of_scores(study, tables["scores"])),
    }
    if "sessions" in tables:
        fields["sessions"] = tuple(_of_sessions(tables["sessions"]))
    return fields


def _of_people(study: Study, table: pd.DataFrame, choice: Choice) -> Iterator[Field]:
    for name in table.columns:
        if name == PERSON:
            yield _person(table, "random number of the person, new in every release")
        elif name == "arm":
            yield Field(name="arm", title="arm of the study", kind="text", role="arm",
                        levels=_arms(study), required=True)
        else:
            yield _of_a_person(study, name, table[name], choice)


def _of_a_person(study: Study, name: str, values: pd.Series, choice: Choice) -> Field:
    """A quasi-identifier at its step, or a harmless column."""
    names = {harmless_cell(column): column for column in choice.levels}
    required = not values.isna().any()
    if name not in names:
        return Field(name=name, title=f"{_spaced(name)}, as in the study", kind=kind_of(values),
                     role="harmless", levels=_listed(values), required=required,
                     range=_range(values))
    column = names[name]
    title = "group, under a new name in every release" if column == "group" else _spaced(column)
    step = choice.levels[column] or 0
    return Field(name=name, title=f"{title}, {level_words(column, step)}", kind="text",
                 role="quasi-identifier", required=required,
                 levels=dict.fromkeys(ordered_values(study, column, step, values), ""))


def _of_answers(study: Study, table: pd.DataFrame) -> Iterator[Field]:
    titles, levels = item_titles(study), item_levels(study)
    for name in table.columns:
        if name in titles:
            instrument = name.rpartition("_")[0]
            yield Field(name=name, title=titles[name], kind=kind_of(table[name]), role="item",
                        levels=levels[name], source=study.instruments[instrument].key.citation)
        else:
            yield _of_a_row(study, name, table)


def _of_a_row(study: Study, name: str, table: pd.DataFrame) -> Field:
    if name == PERSON:
        return _person(table, "who answered, or whom the answers are about")
    if name == "wave":
        return _wave(study)
    if name == "rater":
        return Field(name=name, title="who filled in the form: the person, or somebody about the "
                     "person (numbered within the person)", kind="text", role="rater",
                     levels=_listed(table[name]), required=True)
    none = "; none is told in this release" if table[name].isna().all() else ""
    return Field(name=name, title="weeks since the person's own answer at the baseline; missing "
                 f"where it is not known or would single people out{none}", kind="whole number",
                 role="time", range=_range(table[name]), unit="weeks")


def _of_scores(study: Study, table: pd.DataFrame) -> Iterator[Field]:
    scales = [(name, id_, scale) for name, use in study.instruments.items()
              for id_, scale in use.key.scales.items()]
    names: dict[str, list[str]] = {}
    for name, id_, scale in scales:
        names.setdefault(id_, []).append(f"{study.instruments[name].key.label}: {scale.name}")
    yield _person(table, "whom the score is about")
    yield _wave(study)
    yield Field(name="instrument", title="questionnaire", kind="text", role="score", required=True,
                levels={name: use.key.name for name, use in study.instruments.items()})
    yield Field(name="scale", title="scale of the questionnaire", kind="text", role="score",
                required=True, levels={id_: "; ".join(told) for id_, told in names.items()})
    yield Field(name="value", title="score, by the key of the questionnaire", kind="number",
                role="score", unit="points", range=(
                    min(scale.range[0] for *_, scale in scales),
                    max(scale.range[1] for *_, scale in scales)))
    for name, title in (("answered", "items answered"), ("items", "items of the scale")):
        yield Field(name=name, title=f"number of {title}, over all forms", kind="whole number",
                    role="score", required=True, range=_range(table[name]), unit="items")
    yield Field(name="status", title="how the score came about", kind="text", role="score",
                levels=STATUS, required=True)


def _of_sessions(table: pd.DataFrame) -> Iterator[Field]:
    titles = {
        "group": "group, under the name of this release",
        "session": "number of the session within its group, in the order of the weeks",
        "week": "week of the session since the start of the study", "minutes": "length",
        "mode": "how the group met", "held": "whether the session took place",
        "leaders": "who led it, under new names",
    }
    units = {"week": "weeks", "minutes": "minutes"}
    for name, title in titles.items():
        yield Field(name=name, title=title, kind=kind_of(table[name]), role="session",
                    required=not table[name].isna().any(), unit=units.get(name),
                    levels=_listed(table[name]), range=_range(table[name]))


def kind_of(values: pd.Series) -> Kind:
    """What the cells of a finished column are."""
    if pd.api.types.is_bool_dtype(values):
        return "yes or no"
    if pd.api.types.is_integer_dtype(values):
        return "whole number"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _person(table: pd.DataFrame, title: str) -> Field:
    return Field(name=PERSON, title=title, kind="whole number", role="id", required=True,
                 range=_range(table[PERSON]))


def _wave(study: Study) -> Field:
    levels = dict.fromkeys(study.waves, "")
    if study.baseline != "baseline":
        levels[study.baseline] = "the baseline"
    return Field(name="wave", title="wave of the study", kind="text", role="time", required=True,
                 levels=levels)


def _arms(study: Study) -> dict[str, str]:
    arms = study.arms
    return {arm: "control" if arm == arms.control else "treated" for arm in arms.all} if arms else {
    }


def _listed(values: pd.Series) -> dict[str, str]:
    """The texts of a column, where they are few enough to list."""
    if kind_of(values) != "text":
        return {}
    texts = sorted(values.dropna().unique())
    return dict.fromkeys(map(str, texts), "") if len(texts) <= MOST_LEVELS else {}


def _range(values: pd.Series) -> tuple[float, float] | None:
    numbers = values.dropna()
    if kind_of(values) not in ("whole number", "number") or numbers.empty:
        return None
    return float(numbers.min()), float(numbers.max())


def _spaced(name: str) -> str:
    return name.replace("_", " ")
