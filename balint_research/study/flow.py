"""Who was there: people and groups by wave, attendance, and how complete the answers are."""

import pandas as pd

from balint_research.study.contracts import ATTENDED, StudyData, given
from balint_research.study.stays import is_outside, stays_of
from balint_research.study.study import Study

STATUSES = ("complete", "prorated", "too_few", "empty")


def flow(study: Study, data: StudyData) -> pd.DataFrame:
    """People and groups by arm and wave.

    Returns
    -------
    frame ``arm wave people groups asked answered``, arms in the study's order (missing where it
    has none), waves in order:
        ``people``, ``groups`` : as allocated (all participants, also those who never answered),
        ``asked`` : people asked at that wave, which is everyone allocated,
        ``answered`` : people with at least one item answered at that wave.
    Rows that could not be used are in `StudyData.left_out`.
    """
    answered = who_answered(study, data)
    rows = []
    for arm, people in _by_arm(study, data.participants):
        for wave in study.waves:
            at_wave = answered.loc[answered["wave"] == wave, "participant"]
            rows.append({
                "arm": arm, "wave": wave, "people": len(people),
                "groups": people["group"].nunique(), "asked": len(people),
                "answered": int(people["participant"].isin(at_wave).sum()),
            })
    frame = pd.DataFrame(rows, columns=["arm", "wave", "people", "groups", "asked", "answered"])
    return frame.astype({"arm": "str", "wave": "str"})


def attendance(study: Study, data: StudyData) -> pd.DataFrame:
    """How many of the sessions offered were attended, by arm and group.

    Returns
    -------
    frame ``arm group people sessions_held offered attended share``, or an empty one where the
    study has no attendance:
        ``sessions_held`` : sessions of the group that were held,
        ``offered`` : held sessions summed over the people who could have come: those of the
            group, with `memberships` only within their weeks,
        ``attended`` : of these, present, late or left early (no record = not attended),
        ``share`` : attended / offered, missing where nothing was offered.
    Guests at another group's session and sessions that were not held do not count; `read_data`
    tells both.
    """
    columns = ["arm", "group", "people", "sessions_held", "offered", "attended", "share"]
    if data.attendance.empty:
        return pd.DataFrame(columns=columns).astype(
            {"arm": "str", "group": "str", "people": "int64", "sessions_held": "int64",
             "offered": "int64", "attended": "int64", "share": float})
    held = held_sessions(data)
    offers = sessions_offered(data, held)
    came = data.attendance.loc[data.attendance["status"].isin(ATTENDED),
                               ["participant", "session"]].assign(attended=1)
    offers = offers.merge(came, on=["participant", "session"], how="left")
    table = offers.groupby(["arm", "group"], dropna=False, sort=False).agg(
        people=("participant", "nunique"), offered=("session", "count"),
        attended=("attended", "count")).reset_index()
    table["sessions_held"] = table["group"].map(held.groupby("group", dropna=False)["session"]
                                                .nunique()).fillna(0).astype("int64")
    table["share"] = (table["attended"] / table["offered"]).where(table["offered"] > 0)
    arms = study.arms.all if study.arms else ()
    place = table["arm"].map({arm: i for i, arm in enumerate(arms)})
    ordered = table.assign(place=place).sort_values(["place", "group"], kind="stable")
    return ordered[columns].reset_index(drop=True)


def completeness(study: Study, data: StudyData, scores: pd.DataFrame) -> pd.DataFrame:
    """How many questionnaires could be scored, by scale, arm and wave.

    Returns
    -------
    frame ``instrument scale arm wave answered complete prorated too_few empty``: `answered` are
    the people with at least one item answered at that wave, as in `flow`, and equals the sum of
    the four that follow.
    """
    keys = ["instrument", "scale", "arm", "wave"]
    there = scores.merge(who_answered(study, data), on=["participant", "wave"])
    counts = there.groupby([*keys, "status"], dropna=False, sort=False).size()
    table = counts.unstack("status", fill_value=0).reindex(columns=list(STATUSES), fill_value=0)
    table.columns.name = None
    table.insert(0, "answered", table.sum(axis=1))
    table = table.astype("int64").reset_index()
    return _in_study_order(study, table)


def _in_study_order(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    scales = [f"{name}.{scale}" for name, use in study.instruments.items()
              for scale in use.key.scales]
    arms = study.arms.all if study.arms else ()
    order = pd.DataFrame({
        "scale": (table["instrument"] + "." + table["scale"]).map(_places(scales)),
        "arm": table["arm"].map(_places(arms)),
        "wave": table["wave"].map(_places(study.waves)),
    })
    return table.loc[order.sort_values(["scale", "arm", "wave"]).index].reset_index(drop=True)


def _places(names: "list[str] | tuple[str, ...]") -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _by_arm(
    study: Study, people: pd.DataFrame
) -> "list[tuple[str | None, pd.DataFrame]]":
    if study.arms is None:
        return [(None, people)]
    return [(arm, people[people["arm"] == arm]) for arm in study.arms.all]


def who_answered(study: Study, data: StudyData) -> pd.DataFrame:
    """``participant wave`` of everyone with at least one item answered at that wave."""
    some = data.responses[pd.concat(
        [given(study, data.responses, name) for name in study.instruments], axis=1).any(axis=1)]
    return some[["participant", "wave"]].drop_duplicates()


def held_sessions(data: StudyData) -> pd.DataFrame:
    """``session group week`` of the sessions held; without a sessions table, those attended."""
    if not data.sessions.empty:
        return data.sessions.loc[data.sessions["held"], ["session", "group", "week"]]
    known = data.attendance.merge(data.participants[["participant", "group"]], on="participant")
    if known["group"].notna().any():  # who came without a group brings no session with them
        known = known.dropna(subset="group")
    return known[["session", "group"]].drop_duplicates().assign(week=float("nan"))


def sessions_offered(data: StudyData, held: pd.DataFrame) -> pd.DataFrame:
    """``participant arm group session``: every held session a person could have come to."""
    stays = stays_of(data.participants, data.memberships)
    if held["group"].notna().all():  # else there is one group without a name
        stays = stays.dropna(subset="group")
    offers = stays.merge(held, on="group", how="left")
    outside = is_outside(offers["week"], offers["from_week"], offers["to_week"])
    offers = offers.assign(session=offers["session"].mask(outside))
    return offers.drop_duplicates(["participant", "group", "session"])  # stays may overlap
