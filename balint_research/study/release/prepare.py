"""A study becomes what may be given away: tables in which nobody stands out, or a refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from balint_research.errors import Issue, PrivacyError, number_of
from balint_research.study.contracts import StudyData
from balint_research.study.identifiers import find_identifiers
from balint_research.study.privacy.check import check_privacy
from balint_research.study.privacy.choose import Choice, choose
from balint_research.study.privacy.earlier import earlier_classes
from balint_research.study.privacy.folder import PERSON
from balint_research.study.release.fields import Field, release_fields
from balint_research.study.release.frames import release_tables
from balint_research.study.release.guarantee import check_tables
from balint_research.study.release.left_out import left_out
from balint_research.study.release.names import new_names
from balint_research.study.scores import score_study
from balint_research.study.study import Study

TAKEN = (PERSON,)  # names of our own columns that no column of the participants may have


@dataclass(frozen=True, kw_only=True)
class Release:
    """What may be given away of a study; nothing is written yet.

    Attributes
    ----------
    study : what was planned.
    choice : which step of each column was taken, and the proof (`choose`).
    k : fewest people who share everything that is known of them.
    public : whether it was made for a public file.
    tables : ``participants responses scores``, and ``sessions`` where the groups are told as they
        are:
        participants : ``person arm group``, quasi-identifiers, harmless columns; one row a person
            in random order; `person` and the names of groups are new in every release.
        responses : ``person wave rater week`` and ``{instrument}_{n}``, as in `StudyData`.
        scores : ``person wave instrument scale value answered items status``, as `score_study`.
        sessions : ``group session week minutes mode held leaders``.
    fields : table -> what each column is, in its order.
    left_out : ``table what reason number``: everything that does not go, and why.
    earlier : names of the earlier releases it was checked against.
    """

    study: Study
    choice: Choice
    k: int
    public: bool
    tables: Mapping[str, pd.DataFrame]
    fields: Mapping[str, tuple[Field, ...]]
    left_out: pd.DataFrame = field(repr=False)
    earlier: tuple[str, ...] = ()


def prepare_release(
    study: Study, data: StudyData, *, public: bool = False, earlier: Sequence[str | Path] = ()
) -> Release:
    """What may be given away of a study, checked once more in the finished tables.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).
    public : for a file that everybody can get: k is at least 11.
    earlier : folders of earlier releases of this study. Whoever holds both must not be able to
        subtract them to fewer than k people.

    Returns
    -------
    `Release`. Nothing is written; two calls give other random numbers.

    Raises
    ------
    PrivacyError : a release would make people identifiable; lists every reason, and what can be
        given instead.
    DataError : a folder of `earlier` is no release of ours, or is not as it was written.

    Notes
    -----
    How the steps are chosen: `choose`. The classes of the finished tables are counted once more by
    plain grouping, and the tables are searched once more for direct identifiers.

    Examples
    --------
    >>> import tempfile
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     truth = {"teq.total": br.ScaleTruth(mean=45, sd=7, alpha=0.8, stability=0.6)}
    ...     study = br.read_study(br.simulate_study(place, seed=1, truth=truth))
    ...     release = prepare_release(study, br.read_data(study))
    >>> release.k, release.choice.levels, list(release.tables["participants"].columns)
    (5, {'group': 0}, ['person', 'arm', 'group'])
    """
    _refuse([*_stopping(check_privacy(study, data, public=public)), *_names_taken(study)])
    k = study.privacy.smallest(public=public)
    scores = score_study(study, data)
    before = earlier_classes(study, data, earlier) if earlier else None
    choice = choose(study, data, scores, k=k, earlier=before)
    names = new_names(choice.people, data)
    tables = release_tables(study, data, scores, choice, names, again=before is not None)
    check_tables(study, tables, choice)
    _refuse(_people_in(tables))
    return Release(
        study=study, choice=choice, k=k, public=public, tables=tables,
        fields=release_fields(study, tables, choice), left_out=left_out(study, data, choice),
        earlier=tuple(before.k) if before else (),
    )


def _stopping(issues: Sequence[Issue]) -> list[str]:
    return [str(issue) for issue in issues if issue.severity == "stop"]


def _names_taken(study: Study) -> list[str]:
    wanted = (*study.privacy.quasi_identifiers, *study.privacy.harmless)
    return [f"column '{name}' of the participants is named like a column of the release. Rename it "
            "in the file, or leave it out of [privacy]." for name in wanted if name in TAKEN]


def _people_in(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Direct identifiers in the finished tables; answers and scores are numbers."""
    found = []
    for name in ("participants", "sessions"):
        if name in tables:
            found += find_identifiers(tables[name], f"the table of {name}", ids=(PERSON, "group"))
    texts = tables["responses"][["wave", "rater"]].drop_duplicates(ignore_index=True)
    found += find_identifiers(texts, "the table of responses")
    return _stopping(found)


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        number = number_of(len(faults), "reason")
        lines = [f"  {i}. {fault}" for i, fault in enumerate(faults, 1)]
        raise PrivacyError("\n".join([
            f"The study cannot be released: {number}. Nothing was written.", *lines]))
