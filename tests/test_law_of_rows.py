"""The law of rows: for every file, rows in = rows used + rows left out, each with its reason.

Studies are made at random, with every defect that does not stop a run. What must come out is
counted a second time, row by row, by a program that knows nothing of the package.
"""

import csv
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balint_research.study import validate
from balint_research.study.contracts import StudyData
from balint_research.study.validate import check_data
from tests.study_folder import ITEMS, PEOPLE, TOML, Rows, answers, tables, write

MARKS = ("", "NA", ".", " ")   # how an id can be missing
LAYOUTS = ("rows", "files", "suffix", "redcap", "qualtrics")
RESOLUTIONS = ("keep_first", "keep_last", "drop_all")
NO_ID = "no {} id"
REPEATS = "repeats participant and wave ({})"
PREVIEW, OPEN, REPEATING = "preview, test or spam", "not sent off", "row of a repeating instrument"
# The rule by which each reason is told.
RULES = {"no ": "no_id", "repeats": "duplicates_resolved", "preview": "no_response",
         "not sent": "unfinished", "row of": "of_repeating"}


@dataclass
class Made:
    """A study's files, the header lines of each, and how many of its rows go for which reason."""

    files: dict[str, Rows]
    toml: str
    resolution: str
    headers: Counter[str] = field(default_factory=Counter)
    gone: dict[str, Counter[str]] = field(default_factory=dict)

    def lose(self, file: str, reason: str) -> None:
        """One row of a file less."""
        self.gone.setdefault(file, Counter())[reason] += 1


def base_toml(resolution: str) -> str:
    """The study with memberships, and what is done about duplicates."""
    text = TOML.replace("[files]", '[files]\nmemberships = "memberships.csv"')
    return f'{text}[resolve]\nduplicate_rows = "{resolution}"\n'


def made(layout: str, resolution: str, seed: int) -> Made:
    """A study with defects in every file."""
    draw = random.Random(seed)
    files = tables()
    files["memberships.csv"] = [["participant", "group", "from_week", "to_week"],
                                *([person, "G1", "1", ""] for person in PEOPLE[:3])]
    study = Made(files, base_toml(resolution), resolution)
    rows = [[person, wave, *answers(i, w)] for w, wave in enumerate(("pre", "post"))
            for i, person in enumerate(PEOPLE) if draw.random() > 0.1]
    for _ in range(draw.randrange(3)):               # forms without an answer
        draw.choice(rows)[2:] = [""] * 5
    {"rows": as_rows, "files": as_files, "suffix": as_suffixes, "redcap": as_redcap,
     "qualtrics": as_qualtrics}[layout](study, rows, draw)
    for name, key in (("participants.csv", "participant"), ("memberships.csv", "participant"),
                      ("sessions.csv", "session"), ("attendance.csv", "participant")):
        without_ids(study, name, key, draw)
    for name in study.files:
        blank_lines(study, name, draw)
    return study


def without_ids(study: Made, file: str, key: str, draw: random.Random) -> None:
    """Rows that name nobody, and rows that hold nothing but marks for no answer."""
    rows = study.files[file]
    for _ in range(draw.randrange(3)):
        row = list(draw.choice(rows[1 + study.headers[file]:]))
        row[0] = draw.choice(MARKS)
        if not any(cell.strip() for cell in row):
            row[-1] = "NA"
        rows.append(row)
        study.lose(file, NO_ID.format(key))
    if draw.random() < 0.5:
        rows.append(["NA"] * len(rows[0]))
        study.lose(file, NO_ID.format(key))


def blank_lines(study: Made, file: str, draw: random.Random) -> None:
    """Lines with nothing in them, which are no rows."""
    for _ in range(draw.randrange(3)):
        place = draw.randrange(1 + study.headers[file], len(study.files[file]) + 1)
        study.files[file].insert(place, [""] * len(study.files[file][0]))


def repeated(study: Made, file: str, rows: Rows, keys: int, draw: random.Random) -> Rows:
    """Some rows twice or three times, and what the resolution leaves of them."""
    more = [list(row) for row in draw.choices(rows, k=draw.randrange(4))]
    everything = [*rows, *more]
    times = Counter(tuple(row[:keys]) for row in everything)
    for number in times.values():
        dropped = 0 if number == 1 else number if study.resolution == "drop_all" else number - 1
        for _ in range(dropped):
            study.lose(file, REPEATS.format(study.resolution))
    return everything


def as_rows(study: Made, rows: Rows, draw: random.Random) -> None:
    """Every wave a row, one of them perhaps answered at a wave that was not given."""
    file = "responses.csv"
    study.files[file] = [["participant", "wave", *ITEMS],
                         *repeated(study, file, rows, 2, draw)]
    if draw.random() < 0.5:
        study.files[file][0] += [f"phq9_{n}" for n in range(1, 10)]
        for row in study.files[file][1:]:
            row += [str(draw.randrange(4)) for _ in range(9)]
        study.toml += '[instruments.phq9]\nwaves = ["pre"]\n'
    without_ids(study, file, "participant", draw)


def as_files(study: Made, rows: Rows, draw: random.Random) -> None:
    """A file a wave."""
    study.toml = study.toml.replace('responses = "responses.csv"',
                                    'responses = {pre = "pre.csv", post = "post.csv"}')
    del study.files["responses.csv"]
    for wave in ("pre", "post"):
        file = f"{wave}.csv"
        own = [[row[0], *row[2:]] for row in rows if row[1] == wave]
        study.files[file] = [["participant", *ITEMS], *repeated(study, file, own, 1, draw)]
        without_ids(study, file, "participant", draw)


def as_suffixes(study: Made, rows: Rows, draw: random.Random) -> None:
    """A row a person; some hold no answer at any wave."""
    file, empty = "responses.csv", [""] * 5
    cells = {(row[0], row[1]): row[2:] for row in rows}
    wide = [[person, *cells.get((person, "pre"), empty), *cells.get((person, "post"), empty)]
            for person in PEOPLE]
    for _ in range(draw.randrange(3)):
        draw.choice(wide)[1:] = [""] * 10
    study.files[file] = [
        ["participant", *(f"{item}_{wave}" for wave in ("pre", "post") for item in ITEMS)],
        *repeated(study, file, wide, 1, draw)]
    study.toml = study.toml.replace("[instruments.who5]",
                                    '[instruments.who5]\nitems = "{id}_{n}_{wave}"')
    without_ids(study, file, "participant", draw)


def as_redcap(study: Made, rows: Rows, draw: random.Random) -> None:
    """Events as waves, and rows of a diary that repeats."""
    file = "responses.csv"
    exported = [[row[0], f"{row[1]}_arm_1", "", "", *row[2:]] for row in rows]
    exported = repeated(study, file, exported, 2, draw)
    for _ in range(draw.randrange(1, 6)):
        exported.insert(draw.randrange(len(exported)),
                        [draw.choice(PEOPLE), "pre_arm_1", "diary", "1", *[""] * 5])
        study.lose(file, REPEATING)
    study.files[file] = [["participant", "redcap_event_name", "redcap_repeat_instrument",
                          "redcap_repeat_instance", *ITEMS], *exported]
    study.toml = study.toml.replace("[instruments.who5]", """[columns]
wave = "redcap_event_name"
[values.wave]
pre_arm_1 = "pre"
post_arm_1 = "post"
[instruments.who5]""")


def as_qualtrics(study: Made, rows: Rows, draw: random.Random) -> None:
    """Three header lines; previews and responses that were not sent off among the others."""
    file = "responses.csv"
    header = ["participant", "wave", "Status", "Finished", *ITEMS]
    exported = repeated(study, file, [[*row[:2], "IP Address", "True", *row[2:]] for row in rows],
                        2, draw)
    ids = [f'{{"ImportId":"QID{place}"}}' for place in range(len(header))]
    ids[2:4] = ['{"ImportId":"status"}', '{"ImportId":"finished"}']
    study.files[file] = [header, [f"Question {name}" for name in header], ids, *exported]
    study.headers[file] = 2
    without_ids(study, file, "participant", draw)
    for status, finished, reason in (("Survey Preview", "True", PREVIEW),
                                     ("IP Address", "False", OPEN)):
        for _ in range(draw.randrange(3)):
            study.files[file].insert(draw.randrange(3, len(study.files[file])),
                                     [draw.choice(PEOPLE), "pre", status, finished, *"12345"])
            study.lose(file, reason)


# --- counted a second time -----------------------------------------------------------------------


def raw_rows(path: Path, headers: int) -> int:
    """Lines of a file below its header in which anything stands."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines = [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    return len(lines) - 1 - headers


def rows_in_frames(data: StudyData, layout: str) -> Iterator[tuple[str, int]]:
    """How many rows of each file are really in the frames."""
    for table in ("participants", "memberships", "sessions", "attendance"):
        yield f"{table}.csv", len(getattr(data, table))
    if layout == "files":
        yield from ((f"{wave}.csv", int((data.responses["wave"] == wave).sum()))
                    for wave in ("pre", "post"))
    elif layout == "suffix":
        yield "responses.csv", data.responses["participant"].nunique()
    else:
        yield "responses.csv", len(data.responses)


def told_rows(data: StudyData, file: str, reason: str) -> int:
    """The rows that the sentence about a reason counts."""
    rule = next(rule for start, rule in RULES.items() if reason.startswith(start))
    (issue,) = [issue for issue in data.issues if issue.rule == rule and issue.file == file]
    assert "left out" in issue.what or "is used" in issue.what
    return issue.count or 0


def check_law(layout: str, resolution: str, seed: int) -> None:
    """One study: in = used + left out, used = in the frames, and each reason in words."""
    study = made(layout, resolution, seed)
    with tempfile.TemporaryDirectory() as place:
        data, issues = check_data(write(Path(place), study.files, study.toml))
        assert data is not None, [str(issue) for issue in issues if issue.severity == "stop"]
        in_frames = dict(rows_in_frames(data, layout))
        assert set(data.files["file"]) == set(study.files) == set(in_frames)
        for file, rows_in, used in data.files[["file", "rows_in", "rows_used"]].to_numpy():
            left = data.left_out[data.left_out["file"] == file]
            assert rows_in == raw_rows(Path(place) / file, study.headers[file])
            assert rows_in == used + left["rows"].sum()
            assert used == in_frames[file], file
            gone = Counter(dict(zip(left["reason"], left["rows"], strict=True)))
            assert gone == study.gone.get(file, Counter()), file
            for reason, rows in gone.items():
                told = told_rows(data, file, reason)
                assert told == rows or (reason.startswith("repeats") and told >= rows)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=3, deadline=None)
@given(resolution=st.sampled_from(RESOLUTIONS), seed=st.integers(0, 10_000))
def test_rows_in_are_rows_used_and_rows_left_out(layout: str, resolution: str, seed: int) -> None:
    quiet: Callable[..., object] = lambda study, parts: ((), frozenset())  # noqa: E731
    with patch.object(validate, "screened", quiet), patch.object(
            validate, "look_for_people", lambda study, sources, findings: None):
        check_law(layout, resolution, seed)
