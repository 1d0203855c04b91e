"""A `study.toml` that is no TOML, of the wrong types, or that cannot be meant."""

from collections.abc import Callable
from pathlib import Path

from tests import study_folder
from tests.bad_input.corpus import SMALL, Case

FILE = "study.toml"

# Faults of type, all of one file: each with the path and words that must be told.
TYPES = """
[study]
title = 7
design = "single"
waves = "pre"
primary_outcome = ["who5.percent"]
primary_wave = 2
baseline = true
covariates = "age"
synthetic = "no"
wavs = ["pre"]
[files]
responses = 7
participants = ["participants.csv"]
memberships = 1
sessions = false
attendance = {a = 1}
attendence = "attendance.csv"
[arms]
control = ["waitlist"]
treated = "balint"
kontrol = "waitlist"
[columns]
participant = 7
wave = ["wave"]
[values]
wave = "pre"
arm = {1 = 2}
arms = {1 = "a"}
[resolve]
duplicate_rows = "keep"
[instruments.who5]
items = 7
coding = 3
item_order = 1
already_reversed = "yes"
missing_codes = "99"
missing = {min_share = "half"}
waves = "pre"
seconds = 3
directions_checked = "yes"
itemss = "{id}_{n}"
"""
TYPE_FAULTS = (
    "study.title: must be text", "study.design: must be one of", "study.waves: must be a list",
    "study.primary_outcome: must be text", "study.primary_wave: must be text",
    "study.baseline: must be text", "study.covariates: must be a list",
    "study.synthetic: must be true or false",
    "study.wavs: is not a known key; did you mean 'waves'?",
    "files.responses: must be", "files.participants: must be text",
    "files.memberships: must be text", "files.sessions: must be text",
    "files.attendance: must be text",
    "files.attendence: is not a known key; did you mean 'attendance'?",
    "arms.control: must be text", "arms.treated: must be a list",
    "arms.kontrol: is not a known key; did you mean 'control'?",
    "columns.participant: must be text", "columns.wave: must be text",
    "values.wave: must be a table", "values.arm.1: must be text",
    "values.arms: is not a known key; did you mean 'arm'?",
    "resolve.duplicate_rows: must be one of", "instruments.who5.items: must be",
    "instruments.who5.coding: must be", "instruments.who5.item_order: must be text",
    "instruments.who5.already_reversed: must be", "instruments.who5.missing_codes: must be",
    "instruments.who5.missing.min_share: must be a number",
    "instruments.who5.waves: must be a list", "instruments.who5.seconds: must be text",
    "instruments.who5.directions_checked: must be true or false",
    "instruments.who5.itemss: is not a known key; did you mean 'items'?",
)

# Well formed, and wrong thirty times.
MEANING = """
[study]
title = "A study that cannot be meant"
design = "individually_randomised"
waves = ["pre", "post", "post", " "]
baseline = "first"
primary_wave = "last"
primary_outcome = "phq9.totall"
covariates = ["arm", "age", "age"]
[arms]
control = "waitlist"
treated = ["waitlist", "balint", "balint"]
[files]
participants = "../participants.csv"
responses = "responses.csv"
sessions = "responses.csv"
attendance = "/attendance.csv"
[columns]
participant = "ID"
person = "ID"
wave = "ID"
arm = "sessions.arm"
group = " "
[values.wave]
1 = "before"
[values.arm]
1 = "balimt"
[instruments.who5]
items = "{id}_{m}"
coding = {min = 5, max = 0}
item_order = "article"
missing_codes = [3]
waves = ["pre", "later"]
[instruments.gad7]
items = "gad_{n"
coding = {lowest = 0, max = 3}
already_reversed = [9]
missing = {min_share = 7}
[instruments.gad8]
[instruments.phq9]
items = ["phq_1", "phq_1"]
waves = []
"""
MEANING_FAULTS = (
    "study.waves: 'post' stands twice", "study.waves: a name is empty",
    "study.baseline: there is no wave 'first'", "study.primary_wave: there is no wave 'last'",
    "study.primary_outcome: there is no scale of phq9 'totall'; did you mean 'total'?",
    "study.covariates: 'age' stands twice",
    "study.covariates: 'arm' is no covariate",
    "arms.treated: 'balint' stands twice", "arms.treated: 'waitlist' is already the control arm",
    "files.participants: must be a file inside the folder",
    "files.attendance: must be a file inside the folder",
    "files.sessions: 'responses.csv' is already the file of files.responses",
    "columns.person: there is no column 'person'", "columns.wave: the column 'ID' is already",
    "columns.arm: can be taken from participants or responses only",
    "columns.group: must name a column", "values.wave.1: there is no wave 'before'",
    "values.arm.1: there is no arm 'balimt'; did you mean 'balint'?",
    "instruments.who5.items: '{id}_{m}' has a brace with another name",
    "instruments.who5.coding: ", "instruments.who5.item_order: ",
    "instruments.who5.waves: there is no wave 'later'",
    "instruments.gad7.items: 'gad_{n' has a brace without its partner",
    "instruments.gad7.coding.lowest: there is no key 'lowest'",
    "instruments.gad7.coding.min: is missing",
    "instruments.gad8: There is no instrument 'gad8'. Did you mean 'gad7'?",
    "instruments.phq9.items: the column 'phq_1' stands for two items",
    "instruments.phq9.waves: must name at least one", "instruments.phq9.items: ",
)


def cases() -> list[Case]:
    """What is no TOML, then every fault of type at once, then every fault of meaning at once."""
    return [*_no_toml(), *_limits(), *_small_faults(),
            _toml("faults-of-type", TYPES, *TYPE_FAULTS, f"{len(TYPE_FAULTS)} faults were found"),
            _toml("faults-of-meaning", MEANING, *MEANING_FAULTS)]


def _toml(name: str, text: str | bytes, *says: str, stops: bool = True) -> Case:
    content = text if isinstance(text, bytes) else text.encode()
    return Case(name=f"toml-{name}", file=FILE, files={FILE: content}, says=says, stops=stops)


def _no_toml() -> list[Case]:
    def folder(path: Path) -> None:
        path.mkdir()

    return [
        _toml("no-bytes", b"", "study: is missing", "files: is missing"),
        _toml("table-left-open", SMALL.replace("[files]", "[files"), "not valid TOML", "line"),
        _toml("text-left-open", SMALL.replace('"responses.csv"', '"responses.csv'),
              "not valid TOML"),
        _toml("key-twice", SMALL.replace("[files]", 'title = "b"\n[files]'), "not valid TOML"),
        _toml("table-twice", SMALL + "[files]\n", "not valid TOML"),
        _toml("nul", SMALL.encode() + b"# \x00\n", "not valid TOML"),
        _toml("older-encoding", SMALL.replace("A syn", "Für syn").encode("latin-1"),
              "not text in UTF-8"),
        _toml("utf-16", SMALL.encode("utf-16"), "not text in UTF-8"),
        _toml("is-a-workbook", b"PK\x03\x04\x14\x00\xff\xfe", "UTF-8"),
        _toml("is-json", b'{"study": {"title": "a"}}', "not valid TOML"),
        _toml("byte-order-mark", b"\xef\xbb\xbf" + SMALL.encode(), stops=False),
        _toml("line-ends-of-windows", SMALL.replace("\n", "\r\n"), stops=False),
        Case(name="toml-is-a-folder", file=FILE, files={FILE: folder}, says=("a folder",)),
        Case(name="toml-is-not-there", file=FILE, files={FILE: None}, says=("does not exist",)),
    ]


def _limits() -> list[Case]:
    """What a parser may trip over rather than refuse."""
    deep = "x = " + "[" * 5000 + "]" * 5000 + "\n"
    return [
        _toml("brackets-five-thousand-deep", deep + SMALL, "not valid TOML"),
        _toml("braces-five-thousand-deep", "x = " + "{a=" * 5000 + "1" + "}" * 5000 + "\n" + SMALL,
              "not valid TOML"),
        _toml("names-two-thousand-deep", ".".join("a" * 2000) + " = 1\n" + SMALL, FILE),
        _toml("number-of-five-thousand-digits", f"x = {'7' * 5000}\n" + SMALL, "not valid TOML"),
        _toml("share-that-is-no-number", SMALL + "missing = {min_share = nan}\n",
              "instruments.who5.missing.min_share"),
        _toml("code-without-end", SMALL + "missing_codes = [inf]\n",
              "instruments.who5.missing_codes"),
        Case(name="toml-codes-from-one-end-of-the-numbers-to-the-other",
             toml=SMALL + "coding = {min = -9000000000000000000, max = 9000000000000000000}\n",
             rules=("shifted_coding",)),
        _toml("day-for-a-wave", SMALL.replace('"pre"', "2026-01-05"),
              "study.waves[0]: must be text, not a date"),
        Case(name="toml-pattern-that-fills-the-memory", file=FILE, heavy=True,
             toml=SMALL + 'items = "{id}_{n:99999999}"\n', says=("instruments.who5.items",)),
        _toml("pattern-with-an-attribute", SMALL + 'items = "{id}_{n.__class__}"\n',
              "instruments.who5.items"),
        _toml("pattern-with-a-format-of-no-meaning", SMALL + 'items = "{id}_{n:!!}"\n',
              "instruments.who5.items"),
    ]


def _small_faults() -> list[Case]:
    def small(name: str, change: Callable[[str], str], *says: str) -> Case:
        text = change(SMALL)
        assert text != SMALL
        return _toml(name, text, *says)

    arms = study_folder.TOML
    return [
        small("unknown-instrument", lambda t: t.replace("instruments.who5", "instruments.who55"),
              "Did you mean 'who5'?"),
        small("instrument-by-a-path", lambda t: t.replace(
            "instruments.who5", 'instruments."../../who5"'), "There is no instrument"),
        small("unknown-scale", lambda t: t.replace("who5.percent", "who5.percentage"),
              "did you mean 'percent'?"),
        small("one-wave", lambda t: t.replace('"pre", "post"', '"pre"'), "cross_sectional"),
        small("no-waves", lambda t: t.replace('"pre", "post"', ""), "study.waves"),
        small("no-instrument", lambda t: t.replace("[instruments.who5]", "[instruments]"),
              "instruments: names no instrument"),
        small("no-design", lambda t: t.replace('design = "single_group"\n', ""),
              "study.design: is missing"),
        small("file-of-each-wave-and-one-missing", lambda t: t.replace(
            'responses = "responses.csv"', 'responses = {pre = "a.csv"}'),
              "no file is named for the wave 'post'"),
        _toml("arms-missing", arms.replace("[arms]", "[values.arm]").replace(
            'control = "waitlist"\ntreated = ["balint"]\n', ""), "arms: is missing"),
        _toml("table-for-a-name", SMALL.replace("[files]", "[study.files]"), "files: is missing"),
    ]
