"""Releases of the same study that were made before: what is known of each person from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.contracts import StudyData, instrument_of
from balint_research.study.privacy.again import Pool, found_again
from balint_research.study.privacy.known import known
from balint_research.study.privacy.levels import TEXT, wider_forms
from balint_research.study.privacy.released import Released, read_released
from balint_research.study.privacy.rules import found
from balint_research.study.study import Study

NOT_IN_IT = "not in it"


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What earlier releases tell of the people of a study.

    Attributes
    ----------
    classes : one row a person (index participant), one column a release, named by its folder: the
        class of the person in it as text, or "not in it".
    gone : the same of every person of an earlier release who is not among the present people; its
        index means nothing.
    k : release -> the k that it was made with.
    unsure : people who may as well be of another class, or new: others have the same answers, and
        nothing that is known tells them apart.
    """

    classes: pd.DataFrame
    gone: pd.DataFrame
    k: Mapping[str, int]
    unsure: frozenset[str] = frozenset()


def nothing_earlier(people: pd.Index) -> Earlier:
    """No earlier release."""
    return Earlier(classes=pd.DataFrame(index=people), gone=pd.DataFrame(), k={})


def earlier_classes(study: Study, data: StudyData, folders: Sequence[str | Path]) -> Earlier:
    """The class of every person in each earlier release of a study.

    Two releases together must not tell more than each by itself: whoever holds both knows who is
    in a class of the first and in a class of the second, or in one and not in the other. `choose`
    counts with these classes.

    Parameters
    ----------
    study, data : what was planned, and its present data (`read_study`, `read_data`).
    folders : the folders of the earlier releases, in any order.

    Returns
    -------
    `Earlier`. The ids of a release are random, so people are found again as anybody who holds the
    answers would: by all their answers to the items and at the waves that both have; then by
    answers to which others came later; then by answers most of which are equal, for some may have
    been corrected. People whose answers are equal are told apart by their arm, group and
    quasi-identifiers (`found_again`). Whoever is not found counts as gone, and the present person
    as new.

    Raises
    ------
    DataError : every fault of every folder: it is no release of ours, or a file is not as it was
        written, or none of its people is found.
    """
    releases = _read(folders)
    here = _pool(study, data)
    pools = [here]
    faults: list[Issue] = []
    unsure: set[str] = set()
    for name, release in releases.items():
        left, matched = release.pool, 0
        for pool in pools:
            pairs, either = found_again(pool, left, release.classes)
            unsure |= either if pool is here else set()
            told = {person: release.classes[row] for row, person in pairs.items()}
            pool.classes[name] = pool.classes.index.map(told).astype(TEXT)
            left = left.without(pairs)
            matched += len(pairs)
        if not matched:
            faults.append(found("nobody_found", file=name))
        left.classes[name] = release.classes.loc[left.classes.index]
        pools.append(left)
    if faults:
        raise DataError(faults)
    names = list(releases)
    tables = [pool.classes.reindex(columns=names).fillna(NOT_IN_IT) for pool in pools]
    return Earlier(classes=tables[0], gone=pd.concat(tables[1:], ignore_index=True)
                   if len(tables) > 1 else pd.DataFrame(),
                   k={name: release.k for name, release in releases.items()},
                   unsure=frozenset(unsure))


def _read(folders: Sequence[str | Path]) -> dict[str, Released]:
    """The releases by the names of their folders; `DataError` with the faults of all of them."""
    releases: dict[str, Released] = {}
    faults: list[Issue] = []
    for number, folder in enumerate(folders, 1):
        name = Path(folder).resolve().name
        name = name if name not in releases else f"{name} ({number})"
        try:
            releases[name] = read_released(folder)
        except DataError as fault:
            faults += fault.issues
    if faults:
        raise DataError(faults)
    return releases


def _pool(study: Study, data: StudyData) -> Pool:
    """The present people: their answers, and every form in which they may have been told."""
    people = known(study, data)
    more = data.participants.set_index("participant")
    people = people.join(more.drop(columns=people.columns, errors="ignore"))
    items = [column for column in data.responses if instrument_of(study, str(column))]
    answers = data.responses.set_index(["participant", "wave"])[items]
    told = {name: wider_forms(people[name], study.privacy.levels.get(name, ()))
            for name in people.columns}
    return Pool(answers=answers.rename_axis(["person", "wave"]), told=told,
                classes=pd.DataFrame(index=people.index, dtype=TEXT))
