"""The small study of `study_folder` with days: every day is as it should be."""

from datetime import date, timedelta

from tests import study_folder
from tests.study_folder import PEOPLE, TREATED, Rows, tables

START = date(2025, 3, 3)  # a Monday
DATED = study_folder.TOML.replace("[files]", f"""[dates]
start = "{START}"
waves = {{pre = 0, post = 10}}
[files]
memberships = "memberships.csv\"""")


def day(week: int, weekday: int = 0) -> str:
    """A day of a week of the study, as an export writes it."""
    return str(START + timedelta(days=7 * week + weekday))


def dated_tables() -> dict[str, Rows]:
    """Asked a week before the start and in week 10, allocated on the first day, two sessions.

    T01 and T02 are in memberships: T01 in group G1 throughout, T02 in G1 to the end of week 2.
    """
    files = tables()
    people = files["participants.csv"]
    people[0].append("allocated_on")
    for row in people[1:]:
        row.append(day(0))
    answers = files["responses.csv"]
    answers[0].append("answered_on")
    for row in answers[1:]:
        row.append(day(-1 if row[1] == "pre" else 10, PEOPLE.index(row[0]) % 5))
    sessions = files["sessions.csv"]
    sessions[0][2] = "held_on"
    for row in sessions[1:]:
        row[2] = day(int(row[2]), 2)
    files["memberships.csv"] = [
        ["participant", "group", "from_date", "to_date"],
        [TREATED[0], "G1", day(0), day(12)], [TREATED[1], "G1", day(0), day(2, 6)]]
    return files
