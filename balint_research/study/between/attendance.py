"""Attendance: only at sessions that were held, of the person's own group, while in that group."""

from collections.abc import Iterator, Mapping

import pandas as pd

from balint_research.errors import Issue
from balint_research.study.between.people import people_words
from balint_research.study.contracts import ATTENDED
from balint_research.study.findings import found
from balint_research.study.stays import is_outside, stays_of
from balint_research.study.study import Study


def attendance_and_sessions(
    study: Study, people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame,
    attendance: pd.DataFrame, files: Mapping[str, str],
) -> Iterator[Issue]:
    """Attendance at sessions that do not exist, were not held, or in which the person was not."""
    file = files["attendance"]
    joined = attendance.reset_index(names="line").merge(
        sessions[["session", "group", "week", "held"]], on="session", how="left", indicator=True)
    strange = joined["_merge"].eq("left_only")
    if strange.any():
        yield found("unknown_session", file=file, column="session",
                    rows=joined.loc[strange, "line"], table=files["sessions"])
    came = joined[joined["status"].isin(ATTENDED) & ~strange]
    idle = came[~came["held"].astype(bool)]
    if not idle.empty:
        yield found("not_held", file=file, column="session", rows=idle["line"])
    came = came[came["participant"].isin(people["participant"])]  # others are told already
    placed = _placed(came, stays_of(people, memberships))
    yield from _not_their_sessions(study, placed, file)
    yield from _two_at_once(placed[placed["held"].astype(bool)], file)


def shared_sessions(
    study: Study, people: pd.DataFrame, memberships: pd.DataFrame, attendance: pd.DataFrame,
    file: str,
) -> Iterator[Issue]:
    """Without a sessions file a session is that of the group whose members came, if it is one."""
    own = pd.concat([people[["participant", "group"]], memberships[["participant", "group"]]])
    came = attendance[attendance["participant"].isin(people["participant"])]
    came = came[came["status"].isin(ATTENDED)].reset_index(names="line")
    groups = attendance.merge(own.dropna(), on="participant").groupby("session")["group"].nunique()
    if (groups > 1).any():
        yield found("session_of_two_groups", file=file, column="session",
                    count=int((groups > 1).sum()))
    stays = stays_of(people, memberships)
    if stays["group"].notna().any():
        without = came[~came["participant"].isin(stays.dropna(subset="group")["participant"])]
        yield from _of_no_group(study, without.merge(
            people[["participant", "arm"]].drop_duplicates("participant"), on="participant"), file)


def _placed(came: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Attendance with the person's arm, and how the session stands to the person's groups.

    ``anywhere`` : the person has a group at all; ``own`` : the session was of one of them;
    ``inside`` : and in a week in which the person was in it.
    """
    arms = stays.drop_duplicates("participant").set_index("participant")["arm"]
    grouped = stays.dropna(subset="group")
    pairs = came.merge(grouped.drop(columns="arm"), on=["participant", "group"])
    inside = pairs[~is_outside(pairs["week"], pairs["from_week"], pairs["to_week"])]
    return came.assign(
        arm=came["participant"].map(arms),
        anywhere=came["participant"].isin(grouped["participant"]),
        own=came["line"].isin(pairs["line"]), inside=came["line"].isin(inside["line"]))


def _not_their_sessions(study: Study, placed: pd.DataFrame, file: str) -> Iterator[Issue]:
    of_a_group = placed[placed["group"].notna()]
    strangers = of_a_group[~of_a_group["own"]]
    yield from _of_no_group(study, strangers[~strangers["anywhere"] | _controls(study, strangers)],
                            file)
    guests = strangers[strangers["anywhere"] & ~_controls(study, strangers)]
    if not guests.empty:
        yield found("other_group", file=file, column="session", rows=guests["line"])
    outside = of_a_group[of_a_group["own"] & ~of_a_group["inside"]]
    if not outside.empty:
        yield found("outside_stay", file=file, column="session", rows=outside["line"])


def _of_no_group(study: Study, strangers: pd.DataFrame, file: str) -> Iterator[Issue]:
    """Attendance of people of the control arm, and of people who were allocated to no group."""
    controls = _controls(study, strangers)
    for rule, rows in (("control_attends", strangers[controls]),
                       ("attends_without_group", strangers[~controls])):
        if not rows.empty:
            yield found(rule, file=file, column="participant", rows=rows["line"])


def _controls(study: Study, rows: pd.DataFrame) -> pd.Series:
    if study.arms is None:
        return pd.Series(False, index=rows.index)
    return rows["arm"].eq(study.arms.control)


def _two_at_once(placed: pd.DataFrame, file: str) -> Iterator[Issue]:
    """People at two groups' sessions in one week, unless their memberships say so."""
    dated = placed.dropna(subset=["group", "week"])
    weeks = dated.groupby(["participant", "week"])
    twice = weeks["group"].transform("nunique").gt(1) & ~weeks["inside"].transform("all")
    if twice.any():
        yield found("two_groups_at_once", file=file, column="session",
                    rows=dated.loc[twice, "line"],
                    words=people_words(dated.loc[twice, "participant"].nunique()))
