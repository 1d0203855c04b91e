"""What no single table shows: people, groups, sessions and waves must fit together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.contracts import given
from balint_research.study.findings import found
from balint_research.study.layouts import SELF, Part
from balint_research.study.study import Study

SMALLEST_GROUP, LARGEST_GROUP = 6, 19  # sizes of real groups; others are told, never refused
COPIED_ANSWERS = 20  # that many equal answers of people with varied answers are no chance


def _people(count: int) -> dict[str, str]:
    """The words of an issue about people."""
    return {"people": number_of(count, "person", "people"),
            "have_people": "has" if count == 1 else "have",
            "are_people": "is" if count == 1 else "are"}


# --- people --------------------------------------------------------------------------------------


def unknown_people(
    rows: pd.DataFrame, file: str, known: pd.Series, table: str
) -> Iterator[Issue]:
    """Rows of people who are not in the participants file."""
    strangers = rows[~rows["participant"].isin(known)]
    if not strangers.empty:
        yield found("unknown_participant", file=file, column="participant", rows=strangers.index,
                    count=len(strangers), table=table,
                    evidence=_written_otherwise(strangers, known),
                    words=_people(strangers["participant"].nunique()))


def _written_otherwise(strangers: pd.DataFrame, known: pd.Series) -> str | None:
    """How many would be found if ids were compared without case, leading zeros and a final .0."""
    ids = strangers["participant"].drop_duplicates()
    alike = _plain(ids).isin(_plain(known)).sum()
    if not alike:
        return None
    return (f"{number_of(int(alike), 'id')} differ only in capitals, leading zeros or a final .0"
            if alike > 1 else "1 id differs only in capitals, leading zeros or a final .0")


def _plain(ids: pd.Series) -> pd.Series:
    return ids.str.lower().str.replace(r"\.0$|^0+(?=.)", "", regex=True)


def ids_alike(people: pd.DataFrame, file: str) -> Iterator[Issue]:
    """Ids that would be the same if they were written alike."""
    alike = _plain(people["participant"].drop_duplicates()).duplicated(keep=False)
    if alike.any():
        yield found("ids_alike", file=file, column="participant", count=int(alike.sum()))


def never_answered(people: pd.DataFrame, answered: pd.Series, table: str) -> Iterator[Issue]:
    """Participants without a single response: allocated, asked, and counted."""
    silent = ~people["participant"].isin(answered)
    if silent.any():
        yield found("never_answered", file=table, rows=people.index[silent], table=table,
                    count=int(silent.sum()), words=_people(int(silent.sum())))


def arms_and_groups(
    study: Study, people: pd.DataFrame, answered: pd.Series, file: str
) -> Iterator[Issue]:
    """Arms without people, groups across arms, people without the group that others have."""
    if study.arms is not None:
        for arm in study.arms.all:
            if not people["arm"].eq(arm).any():
                yield found("empty_arm", file=file, arm=arm)
        yield from _control_groups(study, people, file)
    yield from _without_group(study, people, answered, file)
    in_group = people.dropna(subset="group")
    across = in_group.groupby("group")["arm"].nunique()
    if (across > 1).any():
        rows = in_group.index[in_group["group"].isin(across.index[across > 1])]
        yield found("group_in_two_arms", file=file, column="group", rows=rows,
                    count=int((across > 1).sum()))
    sizes = in_group.groupby("group").size()
    unusual = ~sizes.between(SMALLEST_GROUP, LARGEST_GROUP)
    if unusual.any():
        yield found("group_size", file=file, column="group", count=int(unusual.sum()))


def _control_groups(study: Study, people: pd.DataFrame, file: str) -> Iterator[Issue]:
    assert study.arms is not None
    controls = people["group"].notna() & people["arm"].eq(study.arms.control)
    if controls.any() and study.design != "cluster_randomised":
        yield found("control_group", file=file, column="group", rows=people.index[controls],
                    words=_people(int(controls.sum())))


def _without_group(
    study: Study, people: pd.DataFrame, answered: pd.Series, file: str
) -> Iterator[Issue]:
    """People who answered without the group that others of their arm have, or a cluster."""
    grouped = people["group"].notna()
    if study.design == "cluster_randomised":
        if not grouped.all():
            yield found("cluster_missing", file=file, column="group", rows=people.index[~grouped],
                        count=int((~grouped).sum()), words=_people(int((~grouped).sum())))
        return
    members = {"this study": pd.Series(True, index=people.index)} if study.arms is None else {
        f"the arm '{arm}'": people["arm"].eq(arm) for arm in study.arms.all}
    for whom, inside in members.items():
        without = inside & ~grouped & people["participant"].isin(answered)
        if without.any() and (inside & grouped).any():
            yield found("group_missing", file=file, column="group", rows=people.index[without],
                        count=int(without.sum()), whom=whom, words=_people(int(without.sum())))


# --- sessions ------------------------------------------------------------------------------------


def sessions_and_groups(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Sessions of groups that nobody is in, and sessions of no group where there are groups."""
    known = pd.concat([people["group"], memberships["group"]]).dropna()
    yield from _unknown_groups(sessions, known, file)
    nobodys = sessions.index[sessions["group"].isna()]
    if len(nobodys) and len(known):
        yield found("session_without_group", file=file, column="group", rows=nobodys)


def groups_of_members(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Memberships of groups that neither a participant nor a session has."""
    yield from _unknown_groups(memberships, pd.concat([people["group"], sessions["group"]]), file)


def _unknown_groups(rows: pd.DataFrame, known: pd.Series, file: str) -> Iterator[Issue]:
    strange = rows.index[rows["group"].notna() & ~rows["group"].isin(known)]
    if len(strange):
        yield found("unknown_group", file=file, column="group", rows=strange)


def shared_sessions(
    people: pd.DataFrame, memberships: pd.DataFrame, attendance: pd.DataFrame, file: str
) -> Iterator[Issue]:
    """Without a sessions file a session is that of the group whose members came, if it is one."""
    own = pd.concat([people[["participant", "group"]], memberships[["participant", "group"]]])
    came = attendance[["participant", "session"]].merge(own.dropna(), on="participant")
    groups = came.groupby("session")["group"].nunique()
    if (groups > 1).any():
        yield found("session_of_two_groups", file=file, column="session",
                    count=int((groups > 1).sum()))


def attendance_and_sessions(
    people: pd.DataFrame, memberships: pd.DataFrame, sessions: pd.DataFrame,
    attendance: pd.DataFrame, files: Mapping[str, str],
) -> Iterator[Issue]:
    """Attendance at sessions that do not exist, were not held, or are another group's."""
    file = files["attendance"]
    joined = attendance.reset_index(names="line").merge(
        sessions[["session", "group", "held"]], on="session", how="left", indicator=True)
    strange = joined["_merge"].eq("left_only")
    if strange.any():
        yield found("unknown_session", file=file, column="session",
                    rows=joined.loc[strange, "line"], table=files["sessions"])
    came = joined[joined["status"].isin(("present", "late", "left_early")) & ~strange]
    idle = came[~came["held"].astype(bool)]
    if not idle.empty:
        yield found("not_held", file=file, column="session", rows=idle["line"])
    own = pd.concat([people[["participant", "group"]], memberships[["participant", "group"]]])
    pairs = pd.MultiIndex.from_frame(own.dropna())
    guests = came[came["group"].notna()
                  & ~pd.MultiIndex.from_frame(came[["participant", "group"]]).isin(pairs)]
    if not guests.empty:
        yield found("other_group", file=file, column="session", rows=guests["line"])


# --- waves ---------------------------------------------------------------------------------------


def waves_together(study: Study, parts: Sequence[Part]) -> Iterator[Issue]:
    """Empty, copied and unconnected waves, and instruments without an answer where given."""
    answers = pd.concat([part.frame.assign(file=part.file) for part in parts])
    by_wave = {wave: answers[answers["wave"] == wave] for wave in study.waves}
    files = {wave: "/".join(rows["file"].unique()) or None for wave, rows in by_wave.items()}
    for wave, rows in by_wave.items():
        if rows.empty:
            yield found("empty_wave", file=parts[0].file, wave=wave)
    yield from _given_and_answered(study, by_wave, files)
    yield from _by_other_raters(study, answers)
    filled = {wave: rows for wave, rows in by_wave.items() if not rows.empty}
    yield from _copies(filled, files)
    yield from _unconnected(study, filled, files)


def _given_and_answered(
    study: Study, by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    for name, use in study.instruments.items():
        words = {"instrument": use.key.label, "id": name}
        for wave, rows in by_wave.items():
            cells = given(study, rows, name)
            answered = cells.any(axis=1)
            if wave in use.waves and not cells.empty and not answered.any():
                yield found("no_answers", file=files[wave], wave=wave, words=words)
            elif wave not in use.waves and answered.any():
                yield found("not_given", file=files[wave], wave=wave,
                            rows=rows.index[answered], words=words)


def _by_other_raters(study: Study, answers: pd.DataFrame) -> Iterator[Issue]:
    """Answers that nobody would score: by others on oneself, or by oneself among others'."""
    for name, use in study.instruments.items():
        answered = answers[given(study, answers, name).any(axis=1)]
        own = answered["rater"] == SELF
        rule, unused = ("wrong_rater", ~own) if use.key.respondent == "self" else (
            "own_form", own & bool((~own).any()))
        for file, rows in answered[unused].groupby("file"):
            yield found(rule, file=str(file), column="rater", rows=rows.index,
                        words={"instrument": use.key.label})


def _copies(
    by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    for first, second in combinations(by_wave, 2):
        if _is_copy(by_wave[first], by_wave[second]):
            yield found("copied_wave", file=files[second], wave=second, other=first, how="")


def _is_copy(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Every person of both waves gave the same answers, and too many for chance.

    Only people whose own answers vary count: all zeros twice is a healthy person, not a copy.
    """
    keys = ["participant", "rater"]
    items = [column for column in first.columns if column not in (*keys, "wave", "file")]
    one, two = (rows.drop_duplicates(keys).set_index(keys)[items] for rows in (first, second))
    both = one.index.intersection(two.index)
    one, two = one.loc[both], two.loc[both]
    asked = one.notna().any() & two.notna().any()
    one, two = one.loc[:, asked], two.loc[:, asked]
    if not ((one == two) | (one.isna() & two.isna())).all(axis=None):
        return False
    varied = one.nunique(axis=1) > 1
    return int(one[varied].notna().sum().sum()) >= COPIED_ANSWERS


def _unconnected(
    study: Study, by_wave: Mapping[str, pd.DataFrame], files: Mapping[str, str | None]
) -> Iterator[Issue]:
    if study.baseline not in by_wave:
        return
    first = by_wave[study.baseline]["participant"]
    for wave, rows in by_wave.items():
        if wave != study.baseline and not rows["participant"].isin(first).any():
            yield found("no_common_participant", file=files[wave], wave=wave,
                        baseline=study.baseline, evidence=_written_otherwise(rows, first))
