"""The tables of a stand-in, drawn at random from what may be known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from balint_research.study.answers import Numbers
from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF
from balint_research.study.privacy.known import NO_WAVE, WAVES
from balint_research.study.release.frames import scores_table
from balint_research.study.scores import score_study
from balint_research.study.stand_in.answers import drawn_answers
from balint_research.study.stand_in.columns import Layout
from balint_research.study.stand_in.known import Arm, Known
from balint_research.study.study import Study
from balint_research.study.tables import empty

SESSIONS, MINUTES, CAME = 12, 90, 0.75  # of a group; share of the sessions that a person comes to
RATERS = ("rater 1", "rater 2")


@dataclass(frozen=True, kw_only=True)
class People:
    """Everybody of a stand-in before they have names: arms, groups, and who answers when."""

    frame: pd.DataFrame       # arm, group; one row a person
    answers: pd.DataFrame     # one column a wave: True where the person answers
    level: Numbers            # what the scores of a person have in common, good where high


def draw_tables(
    study: Study, known: Known, layout: Layout, *, rated: bool, seed: int
) -> dict[str, pd.DataFrame]:
    """``participants responses``, and ``sessions attendance`` as the layout has them."""
    rng = np.random.default_rng(seed)
    people = _people(study, known, rng)
    tables = {"participants": _participants(people, layout, rng),
              "responses": _responses(study, known, layout, people, rated, rng)}
    if layout.released:
        tables["scores"] = _scores(study, tables, layout)
    groups = [group for group in pd.unique(people.frame["group"]) if pd.notna(group)]
    if layout.sessions:
        tables["sessions"] = _sessions(groups, layout)
    if layout.attendance and layout.sessions:
        tables["attendance"] = _attendance(tables["participants"], tables["sessions"], rng)
    return tables


def _people(study: Study, known: Known, rng: np.random.Generator) -> People:
    frames, answers, before = [], [], 0
    for arm, size in known.people.items():
        groups = known.groups[arm]
        names = [f"group {before + i % groups + 1}" if groups else None for i in range(size)]
        frames.append(pd.DataFrame({"arm": arm, "group": pd.array(names, dtype="str")}))
        stays = rng.permutation(size)
        answers.append(pd.DataFrame({
            wave: stays < known.answered[(arm, wave)] for wave in study.waves}))
        before += groups
    order = rng.permutation(sum(known.people.values()))
    frame, there = (pd.concat(parts, ignore_index=True).loc[order].reset_index(drop=True)
                    for parts in (frames, answers))
    return People(frame=frame, answers=there, level=rng.standard_normal(len(frame)))


def _participants(people: People, layout: Layout, rng: np.random.Generator) -> pd.DataFrame:
    size = len(people.frame)
    columns = {layout.person: ids(size, layout)}
    for name in layout.order:
        if name in ("arm", "group"):
            columns[name] = people.frame[name]
        elif name == WAVES:
            columns[name] = people.answers.apply(
                lambda row: ", ".join(row.index[row]) or NO_WAVE, axis="columns")
        elif name in layout.texts:
            columns[name] = pd.Series(rng.choice(layout.texts[name], size))
        elif name in layout.numbers:
            mean, sd, whole = layout.numbers[name]
            drawn = rng.normal(mean, sd, size)
            columns[name] = pd.Series(np.rint(drawn).astype(int) if whole else drawn)
    return pd.DataFrame(columns)[list(layout.order)]


def ids(size: int, layout: Layout) -> pd.Series:
    """Numbers as in a release, or codes as a study has them."""
    numbers = pd.Series(range(1, size + 1))
    return numbers if layout.released else "S" + numbers.astype("str").str.zfill(4)


def _responses(
    study: Study, known: Known, layout: Layout, people: People, rated: bool,
    rng: np.random.Generator,
) -> pd.DataFrame:
    who = ids(len(people.frame), layout)
    parts = []
    for wave in study.waves:
        there = people.answers[wave].to_numpy()
        arms: list[Arm] = people.frame.loc[there, "arm"].tolist()
        level = people.level[there]
        for rater in _raters(study, wave) if rated else (SELF,):
            rows = pd.DataFrame({layout.person: who[there], "wave": wave, "rater": rater})
            answers = drawn_answers(study, known, wave, arms, level, rng,
                                    by_others=_by(rater, rated))
            parts.append(pd.concat([rows, answers.set_index(rows.index)], axis="columns"))
    table = pd.concat(parts, ignore_index=True)
    if layout.released:
        table["week"] = np.nan
    first = [layout.person, "wave", "rater", *(["week"] if layout.released else [])]
    return table.reindex(columns=[*first, *layout.items])


def _scores(
    study: Study, tables: dict[str, pd.DataFrame], layout: Layout
) -> pd.DataFrame:
    """The drawn answers, scored as those of a study are."""
    renamed = {name: table.rename(columns={layout.person: "participant"})
               for name, table in tables.items()}
    people = renamed["participants"].reindex(columns=["participant", "arm", "group"])
    nothing = pd.DataFrame()
    data = StudyData(
        participants=people, responses=renamed["responses"], memberships=empty("memberships"),
        sessions=empty("sessions"), attendance=empty("attendance"), links=empty("links"),
        missing_reasons=nothing, left_out=nothing, files=nothing)
    numbers = {number: number for number in people["participant"]}
    return scores_table(study, score_study(study, data), numbers)


def _raters(study: Study, wave: str) -> list[str]:
    """Who fills in a form at a wave of a study that has raters."""
    own = {use.key.respondent == "self" for use in study.instruments.values() if wave in use.waves}
    return [*([SELF] if True in own else []), *(RATERS if False in own else ())]


def _by(rater: str, rated: bool) -> bool | None:
    """Forms about the person or by the person; None where the study has no raters: both."""
    return rater != SELF if rated else None


def _sessions(groups: list[str], layout: Layout) -> pd.DataFrame:
    rows = [(group, week if layout.released else f"{group}-{week:02}", week, MINUTES, "in person",
             True, f"leader {number}")
            for number, group in enumerate(groups, 1) for week in range(1, SESSIONS + 1)]
    names = ["group", "session", "week", "minutes", "mode", "held", "leaders"]
    return pd.DataFrame(rows, columns=names)


def _attendance(
    participants: pd.DataFrame, sessions: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    rows = participants[["participant", "group"]].dropna().merge(
        sessions[["group", "session"]], on="group")
    came = rng.random(len(rows)) < CAME
    return rows[["participant", "session"]].assign(
        status=np.where(came, "present", "absent"), presented="no")
