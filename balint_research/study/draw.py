"""One draw of a synthetic study: who was there, what they answered, which sessions they saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from balint_research.errors import StudyError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.study.answers import Numbers
from balint_research.study.course import Course, ScaleTruth, plan_courses

SimulatedDesign = Literal["individually_randomised", "single_group"]

TREATED, CONTROL = "balint", "waitlist"

CODE_LETTERS = "ABCDFGHJKLMNPQRSTUVWXYZ"  # without E (1E5), I and O
MOST_PEOPLE = len(CODE_LETTERS) * 9000
HELD = 0.95      # share of the planned sessions that took place
UNEVEN = 8.0     # the smaller, the more people differ in how often they come


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `simulate_study` was asked for; its fields are the arguments of that function."""

    design: SimulatedDesign
    groups: int
    group_size: int
    controls: int
    waves: tuple[str, ...]
    truth: Mapping[str, ScaleTruth]
    between_scales: float
    dropout: float
    unanswered: float
    sessions: tuple[int, int]
    attendance: float
    title: str
    primary_outcome: str
    primary_wave: str

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise StudyError("\n".join(["The study cannot be simulated.", *faults]))

    @property
    def treated(self) -> int:
        return self.groups * self.group_size

    @property
    def people(self) -> int:
        return self.treated + self.controls

    @cached_property
    def keys(self) -> dict[str, Instrument]:
        ids = dict.fromkeys(name.partition(".")[0] for name in self.truth)
        return {id_: load_instrument(id_) for id_ in ids}

    @cached_property
    def courses(self) -> dict[str, Course]:
        return plan_courses(self.keys, self.truth, len(self.waves))


def draw_tables(plan: Plan, seed: int) -> dict[str, pd.DataFrame]:
    """The tables of one draw: ``participants responses sessions attendance``."""
    rng = np.random.default_rng(seed)
    participants = _participants(plan, rng)
    responses = _responses(plan, participants, rng)
    sessions = _sessions(plan, rng)
    attendance = _attendance(plan, participants, sessions, rng)
    shown = participants.drop(columns="arm") if plan.design == "single_group" else participants
    return {
        "participants": shown.sort_values("participant", ignore_index=True),
        "responses": responses,
        "sessions": sessions,
        "attendance": attendance,
    }


def _faults(plan: Plan) -> list[str]:
    controls = 0 if plan.design == "single_group" else 1
    shares = ("between_scales", "dropout", "unanswered")
    fewest, most = plan.sessions
    checks = [
        (len(plan.waves) >= 2 and len(set(plan.waves)) == len(plan.waves),
         "waves: at least two different names are needed"),
        (bool(plan.truth), "truth: at least one scale is needed"),
        (plan.groups >= 1, "groups: at least 1"),
        (plan.group_size >= 1, "group_size: at least 1"),
        (plan.controls >= controls, f"controls: at least {controls}"),
        (plan.people <= MOST_PEOPLE, f"people: at most {MOST_PEOPLE}"),
        (1 <= fewest <= most, "sessions: fewest and most, at least 1 and in this order"),
        (0 < plan.attendance < 1, "attendance: a share between 0 and 1, without both"),
        *[(0 <= getattr(plan, name) < 1, f"{name}: a share from 0 to below 1") for name in shares],
        (plan.primary_wave in plan.waves[1:], "primary_wave: a wave after the baseline"),
    ]
    return [f"  {sentence}" for good, sentence in checks if not good]


def _participants(plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """People in the order of their allocation; the codes follow no order."""
    size, treated = plan.people, np.arange(plan.people) < plan.treated
    groups = [f"G{i // plan.group_size + 1}" if t else None for i, t in enumerate(treated)]
    return pd.DataFrame({
        "participant": _codes(size, rng),
        "arm": np.where(treated, TREATED, CONTROL),
        "group": pd.array(groups, dtype="str"),
        "role": rng.choice(["resident", "fellow"], size, p=[0.75, 0.25]),
        "training_year": rng.choice([1, 2, 3, 4], size, p=[0.35, 0.3, 0.2, 0.15]),
        "gender": rng.choice(["female", "male"], size, p=[0.6, 0.4]),
        "age_band": rng.choice(["25-29", "30-34", "35-39"], size, p=[0.45, 0.4, 0.15]),
    })


def _codes(size: int, rng: np.random.Generator) -> list[str]:
    """Random codes: a letter (so that no program takes them for numbers) and four digits."""
    numbers = rng.choice(MOST_PEOPLE, size, replace=False)
    return [f"{CODE_LETTERS[number // 9000]}{1000 + number % 9000}" for number in numbers]


def _responses(plan: Plan, participants: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    latent = _latent(plan, rng)
    answers: dict[str, Numbers] = {}
    for course, scores in zip(plan.courses.values(), latent, strict=True):
        raw = course.raw_answers(scores.ravel(), rng)
        names = [f"{course.instrument.id}_{n}" for n in course.scale.items]
        answers |= dict(zip(names, raw.T, strict=True))
    for key in plan.keys.values():
        for name in (f"{key.id}_{n}" for n in key.items):
            if name not in answers:  # a filler, in no scale: any answer
                answers[name] = rng.choice(key.response.codes, latent[0].size)
    columns = [f"{key.id}_{n}" for key in plan.keys.values() for n in sorted(key.items)]
    items = pd.DataFrame(answers)[columns].astype("Int64")
    items = items.mask(rng.random(items.shape) < plan.unanswered)
    items.insert(0, "participant", np.tile(participants["participant"], len(plan.waves)))
    items.insert(1, "wave", np.repeat(plan.waves, plan.people))
    stays = items[_still_there(plan, rng).ravel()]
    return stays.sort_values("participant", kind="stable").reset_index(drop=True)


def _latent(plan: Plan, rng: np.random.Generator) -> Numbers:
    """Latent scores (scale x wave x person), each normal with variance 1."""
    courses = list(plan.courses.values())
    person, occasion, group = (
        _alike(plan.between_scales, courses, shape, rng)
        for shape in ((1, plan.people), (len(plan.waves), plan.people), (1, plan.groups))
    )
    latent = np.empty(occasion.shape)
    of_group = np.arange(plan.treated) // plan.group_size
    for s, course in enumerate(courses):
        own = course.person_share**0.5 * person[s] + (1 - course.person_share)**0.5 * occasion[s]
        shift, icc = (np.array(x)[:, None] for x in (course.treated_shift, course.group_share))
        in_group = icc**0.5 * group[s][:, of_group] + (1 - icc)**0.5 * own[:, : plan.treated]
        latent[s] = own + np.array(course.control_shift)[:, None]
        latent[s, :, : plan.treated] = in_group + shift
    return latent


def _alike(correlation: float, courses: list[Course], shape: tuple[int, int],
           rng: np.random.Generator) -> Numbers:
    """Standard normal numbers (scale x shape) that correlate between scales, by direction."""
    common = rng.standard_normal(shape)
    own = rng.standard_normal((len(courses), *shape))
    direction = np.array([course.direction for course in courses], dtype=float)[:, None, None]
    mixed: Numbers = direction * correlation**0.5 * common + (1 - correlation)**0.5 * own
    return mixed


def _still_there(plan: Plan, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who has a response row (wave x person): everyone at the baseline, nobody after leaving."""
    leaves = rng.random((len(plan.waves), plan.people)) < plan.dropout
    leaves[0] = False
    return ~np.logical_or.accumulate(leaves, axis=0)


def _sessions(plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    fewest, most = plan.sessions
    counts = rng.integers(fewest, most + 1, plan.groups)
    modes = rng.choice(["in person", "online"], plan.groups, p=[0.75, 0.25])
    rows = [
        (f"G{g}-{week:02}", f"G{g}", week, 90, modes[g - 1], f"L{2 * g - 1} L{2 * g}")
        for g, count in enumerate(counts, 1) for week in range(1, count + 1)
    ]
    columns = ["session", "group", "week", "minutes", "mode", "leaders"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(5, "held", np.where(rng.random(len(table)) < HELD, "yes", "no"))
    return table


def _attendance(plan: Plan, participants: pd.DataFrame, sessions: pd.DataFrame,
                rng: np.random.Generator) -> pd.DataFrame:
    """One row a member and held session; one of those who came presented a case."""
    members = participants.iloc[: plan.treated]
    shares = rng.beta(UNEVEN * plan.attendance, UNEVEN * (1 - plan.attendance), plan.treated)
    rows = members[["participant", "group"]].assign(share=shares).merge(
        sessions.loc[sessions["held"] == "yes", ["session", "group"]], on="group",
    ).sort_values(["session", "participant"], ignore_index=True)
    came = rng.random(len(rows)) < rows["share"].to_numpy()
    rows["status"] = np.where(
        came,
        rng.choice(["present", "late", "left_early"], len(rows), p=[0.88, 0.08, 0.04]),
        rng.choice(["excused", "absent"], len(rows)),
    )
    order = pd.Series(rng.random(len(rows))).where(came)
    presenter = order.groupby(rows["session"]).transform("min")
    rows["presented"] = np.where(order == presenter, "yes", "no")
    return rows[["participant", "session", "status", "presented"]]
