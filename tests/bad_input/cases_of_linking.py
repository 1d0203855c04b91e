"""Waves that cannot be linked by their codes: files, elements, decisions, an earlier key."""

import json
from collections.abc import Callable, Mapping

from tests.bad_input.corpus import CODE, MAIL, NAME, NOTE, PHONE, Case, Content, sparse
from tests.study_folder import Rows, as_csv

DAYS, MOTHERS = "day=day", "mother=letters:2"
ELEMENTS = f"{DAYS}, {MOTHERS}, birth=month, siblings=number:0-15"
PAIR = "pre:2+post:2#0a1b2c3d"


def wave(later: int = 0) -> Rows:
    """Fifteen people, of whom one wrote something else than was asked for at each place."""
    rows = [["day", "mother", "birth", "siblings", "score", "remarks"]]
    rows += [[str(i * 2 + 1), "abcdefghijklmno"[i] + "tz", str(i % 12 + 1), str(i % 4),
              str((i * 7 + later) % 10), ""] for i in range(15)]
    rows[3] = [PHONE, CODE, MAIL, NAME, "3", NOTE]
    for row in rows[1:]:
        row[1] = row[1] if row[1] == CODE else row[1][:2]
    return rows


def cases() -> list[Case]:
    """The right files first, then faults of files, of the call, of decisions, of the key."""
    return [
        _link("right", {}, stops=False),
        *_files(), *_calls(), *_decisions(), *_places(),
    ]


def _link(name: str, files: Mapping[str, Content | None], *rules: str, says: tuple[str, ...] = (),
          file: str = "post.csv", more: tuple[str, ...] = (), elements: str = ELEMENTS,
          stops: bool = True, exits: int | None = None, heavy: bool = False) -> Case:
    right: dict[str, Content | None] = {
        "pre.csv": as_csv(wave()).encode(), "post.csv": as_csv(wave(1)).encode()}
    return Case(
        name=f"link-{name}", command="link", files={**right, **files}, rules=rules, says=says,
        file=file, stops=stops, exits=exits, heavy=heavy, bare=True,
        arguments=("pre.csv", "post.csv", "--elements", elements, "-o", "linked", *more))


def _files() -> list[Case]:
    def changed(change: Callable[[Rows], object]) -> bytes:
        rows = wave(1)
        change(rows)
        return as_csv(rows).encode()

    def nobody(rows: Rows) -> None:
        for row in rows[1:]:
            row[:4] = ["", "", "", ""]

    right = as_csv(wave(1)).encode()
    return [
        _link("wave-of-no-bytes", {"post.csv": b""}, "empty_file"),
        _link("wave-that-is-a-workbook", {"post.csv": b"PK\x03\x04" + right}, "not_text"),
        _link("wave-with-an-open-quotation-mark", {"post.csv": right.replace(b"\n9,", b'\n"9,')},
              "open_quote"),
        _link("both-waves-damaged", {"pre.csv": b"", "post.csv": right + b"1,2\n"}, "empty_file",
              "ragged_rows"),
        _link("wave-of-two-gigabytes", {"post.csv": sparse(2 << 30, right)}, "large_file",
              heavy=True),
        _link("element-without-its-column", {"post.csv": right.replace(b"mother", b"mum")},
              "no_column", says=("column 'mother'",)),
        _link("wave-without-a-code", {"post.csv": changed(nobody)}, "no_codes"),
        _link("wave-with-ids", {"post.csv": right.replace(b"remarks", b"participant")},
              "participant_taken"),
        _link("wave-that-is-not-there", {"post.csv": None}, exits=2, says=("does not exist",)),
    ]


def _calls() -> list[Case]:
    return [
        _link("element-of-an-unknown-kind", {}, "element_spelling", elements="day=dya",
              file="'day=dya'"),
        _link("element-twice", {}, "element_twice", elements="day=day, day=month", file="day"),
        _link("no-element", {}, "no_elements", elements=" ", file=""),
        _link("constant-without-its-column", {}, "no_column", more=("--constants", "gender"),
              says=("column 'gender'",), file="pre.csv"),
        _link("budget-that-is-no-share", {}, "budget", more=("--budget", "7"), file=""),
        _link("names-that-are-too-few", {}, exits=2, more=("--names", "pre"), file="--names",
              says=("1 names for 2 files",)),
        _link("elements-in-no-toml", {"code.toml": b"elements = {day = "}, elements="code.toml",
              says=("not valid TOML",), file="code.toml"),
        _link("elements-of-a-wrong-type", {"code.toml": b"elements = 7\nbudgett = 1\n"},
              elements="code.toml", file="code.toml",
              says=("elements: must be a table", "did you mean 'budget'?")),
    ]


def _decisions() -> list[Case]:
    def decided(name: str, content: Content, *rules: str, says: tuple[str, ...] = ()) -> Case:
        return _link(f"decisions-{name}", {"decisions.csv": content}, *rules, says=says,
                     file="decisions.csv", more=("--decisions", "decisions.csv"))

    def rows(pair: str, *words: str) -> bytes:
        return as_csv([["pair", "decision"], *[[pair, word] for word in words]]).encode()

    return [
        decided("of-no-bytes", b"", "empty_file"),
        decided("without-a-decision", as_csv([["pair", "why"], [PAIR, NAME]]).encode(),
                "decision_columns", says=("'decision'",)),
        decided("in-free-words", rows(PAIR, f"{NAME} says so"), "decision_word",
                says=("row 2", "yes, no, or empty")),
        decided("about-an-unknown-pair", rows(CODE, "yes"), "decision_unknown", says=("row 2",)),
        decided("of-other-files", rows(PAIR, "yes"), "decision_unknown"),
        decided("cut-in-the-middle", b"pair,decision\n" + PAIR.encode(), "ragged_rows"),
        decided("with-bytes-of-no-text", b"pair,decision\n\x00\x01" + NAME.encode(), "not_text"),
    ]


def _places() -> list[Case]:
    manifest = {"linked/manifest.json": json.dumps(
        {"package": "balint_research", "results": {"key.csv": "0"}}).encode()}
    return [
        _link("folder-of-somebody-else", {"linked/notes.txt": NOTE.encode()}, file="linked",
              says=("not empty",)),
        _link("folder-of-ours-with-notes", {**manifest, "linked/notes.txt": NOTE.encode()},
              file="linked", says=("notes.txt",)),
        _link("key-inside-the-results", {}, file="folder", more=("--key", "linked/key"),
              says=("cannot lie",)),
        _link("key-that-is-none", {
            "linked-private/manifest.json": manifest["linked/manifest.json"],
            "linked-private/key.csv": as_csv([["id", "code"], ["1", CODE]]).encode()},
            file="key.csv", says=("no key of an earlier linking",)),
        _link("key-of-no-bytes", {
            "linked-private/manifest.json": manifest["linked/manifest.json"],
            "linked-private/key.csv": b""}, "empty_file", file="key.csv"),
    ]
