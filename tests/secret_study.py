"""Two studies full of secrets: one that stops, and one in which nothing refuses them."""

from collections.abc import Mapping
from pathlib import Path

from tests.study_folder import ITEMS, Rows, answers, as_csv

TOML = """
[study]
title = "A synthetic study with secrets"
design = "individually_randomised"
waves = ["pre", "post"]
primary_outcome = "who5.percent"
synthetic = true

[arms]
control = "waitlist"
treated = ["balint"]

[files]
participants = "participants.csv"
responses = "responses.csv"
sessions = "sessions.csv"
attendance = "attendance.csv"

[reading."participants.csv"]
ignore = ["mail", "tel"]

[privacy]
quasi_identifiers = ["role"]

[instruments.who5]
"""

PEOPLE, TREATED, GROUPS = 64, 36, 3
# The place of a secret -> how it reads in row i. No other cell, name or word has any of these.
SECRETS: Mapping[str, str] = {
    "participant": "zqxperson{i}", "group": "zqxcircle{i}", "session": "zqxmeeting{i}",
    "leader": "zqxlead{i}", "unused": "zqxshoe{i}", "comment": "I dreamt of zqxdream{i} again.",
    "topic": "zqxtopic{i} of the ward", "ignored mail": "zqx{i}mail@example.org",
    "ignored telephone": "+49 30 765432{i:02}", "code": "zqxcode{i}",
    "formula": '=HYPERLINK("zqxcell{i}")', "markup": "<b>zqx&mark{i}</b>",
}


def secret(place: str, i: int = 0) -> str:
    """The secret of a place in row i."""
    return SECRETS[place].format(i=i)


def group_of(i: int) -> int:
    """The group of a treated person."""
    return i % GROUPS


def quiet() -> dict[str, Rows]:
    """Secrets where nothing refuses them: ids, labels, columns that are not used, free text."""
    people = [["participant", "arm", "group", "role", "shoe", "mail", "tel", "link_code", "cell",
               "mark"]]
    for i in range(PEOPLE):
        treated = i < TREATED
        people.append([
            secret("participant", i), "balint" if treated else "waitlist",
            secret("group", group_of(i)) if treated else "", ("resident", "fellow")[i % 2],
            *(secret(place, i) for place in ("unused", "ignored mail", "ignored telephone", "code",
                                             "formula", "markup"))])
    responses = [["participant", "wave", *ITEMS, "comment"]]
    for wave, name in enumerate(("pre", "post")):
        responses += [[secret("participant", i), name, *answers(i, wave), secret("comment", i)]
                      for i in range(PEOPLE)]
    held = [(group, n) for group in range(GROUPS) for n in range(4)]
    sessions = [["session", "group", "week", "minutes", "held", "leaders", "topic"]]
    sessions += [[secret("session", 10 * group + n), secret("group", group), str(n + 1), "90",
                  "yes", f"{secret('leader', group)} {secret('leader', 9)}",
                  secret("topic", 10 * group + n)] for group, n in held]
    attended = [["participant", "session", "status", "presented", "note"]]
    attended += [[secret("participant", i), secret("session", 10 * group_of(i) + n),
                  "present" if (i + n) % 4 else "absent", "no", secret("comment", 100 + i)]
                 for i in range(TREATED) for n in range(4)]
    return {"participants.csv": people, "responses.csv": responses, "sessions.csv": sessions,
            "attendance.csv": attended}


# What is planted into the study that stops: file, row, column -> the secret.
LOUD: Mapping[tuple[str, int, int], str] = {
    ("participants.csv", 1, 0): "Zqxanna Quetzal", ("participants.csv", 2, 1): "zqxarm",
    ("participants.csv", 4, 4): "zqxloud@example.org", ("participants.csv", 5, 4): "192.0.2.217",
    ("participants.csv", 6, 4): "https://x.org/redcap/record_home.php?pid=4&id=zqx7",
    ("responses.csv", 1, 0): "zqxnobody", ("responses.csv", 2, 1): "zqxwave",
    ("responses.csv", 3, 2): "zqxanswer", ("responses.csv", 4, 3): "7712399",
    ("sessions.csv", 1, 1): "zqxnogroup", ("sessions.csv", 2, 2): "zqxweek",
    ("sessions.csv", 3, 3): "zqxminutes", ("sessions.csv", 4, 4): "zqxheld",
    ("sessions.csv", 5, 5): "Zqxlouise Quetzal", ("attendance.csv", 1, 0): "zqxstranger",
    ("attendance.csv", 2, 1): "zqxnosession", ("attendance.csv", 3, 2): "zqxstatus",
    ("attendance.csv", 4, 3): "zqxpresented", ("attendance.csv", 5, 4): "+43 1 98765432",
}
BORN, RATERS = "1971-03-{:02}", "zqxrater{}"


def loud() -> dict[str, Rows]:
    """The same with a secret in every column of every table; days of birth and raters besides."""
    files = quiet()
    for (file, row, column), text in LOUD.items():
        files[file][row][column] = text
    for i, person in enumerate(files["participants.csv"]):
        person.append("q99" if i == 0 else BORN.format(i % 28 + 1))
    for i, response in enumerate(files["responses.csv"]):
        response.append("rater" if i == 0 else RATERS.format(i))
    return files


def all_secrets() -> dict[str, str]:
    """Every secret -> the place where it was planted."""
    found = {secret(place, i): place for place in SECRETS for i in range(PEOPLE + 100)}
    found |= {text: ", ".join(map(str, place)) for place, text in LOUD.items()}
    found |= {BORN.format(i + 1): "birth date" for i in range(28)}
    return found | {RATERS.format(i): "rater" for i in range(2 * PEOPLE)}


def write(folder: Path, files: Mapping[str, Rows]) -> Path:
    """The study in a new folder."""
    folder.mkdir()
    for name, rows in files.items():
        (folder / name).write_text(as_csv(rows), encoding="utf-8")
    (folder / "study.toml").write_text(TOML, encoding="utf-8")
    return folder
