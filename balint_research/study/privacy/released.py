"""A release as others hold it, read back from its folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.errors import DataError, number_of, quoted
from balint_research.files import sha256
from balint_research.study.privacy.again import Pool
from balint_research.study.privacy.folder import (
    KEYS,
    KIND,
    MANIFEST,
    MISSING,
    PACKAGE,
    PARTICIPANTS,
    PERSON,
    RESPONSES,
    ROW,
)
from balint_research.study.privacy.levels import TEXT
from balint_research.study.privacy.rules import found


@dataclass(frozen=True, kw_only=True)
class Released:
    """An earlier release: `classes` are over its persons, `pool` what their rows tell."""

    k: int
    classes: pd.Series
    pool: Pool


def read_released(folder: str | Path) -> Released:
    """A release of ours, as it was written.

    Raises
    ------
    DataError : the folder is no release of ours, or a file is not as it was written.
    """
    place = Path(folder)
    manifest = _manifest(place)
    _check_files(place, manifest["results"])
    people = _table(place / PARTICIPANTS, place.name, PERSON).set_index(PERSON)
    if absent := [name for name in manifest["known"] if name not in people]:
        raise _no_release(place.name, f"{number_of(len(absent), 'column')} of `known` in its "
                                      f"{MANIFEST} {'is' if len(absent) == 1 else 'are'} not there")
    told = people[list(manifest["known"])].astype(TEXT)
    rows = _table(place / RESPONSES, place.name, *ROW)
    items = [column for column in rows if column not in ROW]
    try:
        answers = rows.set_index([PERSON, "wave"])[items].astype(float)
    except ValueError:
        raise _no_release(place.name, f"{RESPONSES} holds answers that are no numbers") from None
    classes = told.fillna(MISSING).agg(" / ".join, axis=1) if len(told.columns) else (
        pd.Series("everybody", people.index))
    classes += _weeks(rows).reindex(people.index).fillna("")
    pool = Pool(answers=answers, told={name: (told[name],) for name in manifest["known"]},
                classes=pd.DataFrame(index=people.index, dtype=TEXT))
    return Released(k=manifest["k"], classes=classes, pool=pool)


def _weeks(rows: pd.DataFrame) -> "pd.Series[str]":
    """The weeks that are told of each person: known as the class is."""
    own = rows[(rows["rater"] == "self") & rows["week"].notna()]
    return (" / " + own["wave"] + " " + own["week"]).groupby(own[PERSON]).agg("".join)


def _manifest(place: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _no_release(place.name, f"it has no {MANIFEST} that can be read") from None
    if not isinstance(manifest, dict) or manifest.get("package") != PACKAGE or (
            manifest.get("kind") != KIND):
        raise _no_release(place.name, f"its {MANIFEST} is of something else")
    fits = {"k": isinstance(manifest.get("k"), int), "results": isinstance(
        manifest.get("results"), dict), "known": isinstance(manifest.get("known"), list)}
    lacking = [key for key in KEYS if not fits.get(key, True)]
    if not lacking:
        lacking = [file for file in (PARTICIPANTS, RESPONSES) if file not in manifest["results"]]
    if lacking:
        raise _no_release(place.name, f"its {MANIFEST} does not tell {', '.join(lacking)}")
    return manifest


def _check_files(place: Path, results: dict[str, str]) -> None:
    """Every file that the manifest names, as it was when it was written."""
    changed = [file for file, written in results.items()
               if not (place / file).is_file() or sha256(place / file) != written]
    if changed:
        raise DataError([found("changed_since", file=place.name, count=len(changed),
                               files=number_of(len(changed), "file"),
                               are_not="is not" if len(changed) == 1 else "are not")])


def _table(path: Path, release: str, *needed: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=TEXT, keep_default_na=False, na_values=[MISSING])
    except (ValueError, OSError):
        raise _no_release(release, f"its {path.name} cannot be read") from None
    if absent := [name for name in needed if name not in table]:
        raise _no_release(release, f"its {path.name} has no column {quoted(absent)}")
    return table


def _no_release(name: str, why: str) -> DataError:
    return DataError([found("not_a_release", file=name, why=why)])
