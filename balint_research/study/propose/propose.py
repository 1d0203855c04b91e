"""A complete study.toml proposed from exports: every line for a person to confirm."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from balint_research.errors import Issue, StudyError
from balint_research.study.propose.draft import Draft, draft_of
from balint_research.study.propose.telling import findings_of
from balint_research.study.propose.writing import toml_of


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A study that nobody has confirmed yet.

    Attributes
    ----------
    toml : the text of study.toml; every proposed line is marked CONFIRM, what no export tells says
        FILL IN. `read_data` refuses it until a person removes ``confirmed = false``.
    findings : ``what value evidence confidence``, one row a finding.
    issues : what has to be done about the files first (columns that name people ...).
    files : name in the study's folder -> the file to copy there, byte for byte.
    keys : likewise the own key files that were asked for, for its folder ``instruments``.
    """

    toml: str
    findings: pd.DataFrame
    issues: tuple[Issue, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    keys: Mapping[str, Path] = field(default_factory=dict)


def propose_study(
    paths: str | Path | Iterable[str | Path],
    *,
    dictionary: str | Path | None = None,
    title: str | None = None,
    instruments: Iterable[str | Path] | None = None,
) -> Proposal:
    """What study.toml would say about one or more exports, for a person to confirm.

    Parameters
    ----------
    paths : the exports. Several tables with answers are one a wave, in this order unless their
        names tell another; a table of people (ids once each, no items), of sessions or of
        attendance is recognised. The sheets of a workbook are tables.
    dictionary : REDCap data dictionary of the project (CSV).
    title : title of the study.
    instruments : ids to look for (default: every established key). Paths of own key files are
        looked for beside the shipped ones, or beside the ids where there are any.

    Returns
    -------
    `Proposal`. No comment of its text, finding or issue holds what a participant wrote: labels of
    waves and arms, and texts of answer scales, stand only where study.toml needs them as keys.

    Raises
    ------
    DataError : an export or the dictionary cannot be read.
    ScoringError : an unknown instrument.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "export.csv"
    >>> header = ",".join(["id", "wave", *(f"who5_{n}" for n in range(1, 6))])
    >>> rows = [f"{i},{wave},0,1,2,3,5" for i in range(9) for wave in ("pre", "post")]
    >>> _ = path.write_text("\\n".join([header, *rows]), encoding="utf-8")
    >>> proposal = propose_study(path)
    >>> [line for line in proposal.toml.splitlines() if line.startswith(("waves", "items"))]
    ['waves = ["pre", "post"]', 'items = "who5_{n}"']
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    listed = [Path(path).absolute() for path in given]  # "." has no name
    if not listed:
        raise StudyError("There is no export to propose a study from: name at least one file.")
    draft = draft_of(listed, Path(dictionary).absolute() if dictionary else None, title,
                     instruments)
    return Proposal(toml=toml_of(draft), findings=findings_of(draft),
                    issues=_issues(draft), files=draft.copies, keys={
                        f"{name}.toml": path for name, path in draft.own_keys.items()})


def _issues(draft: Draft) -> tuple[Issue, ...]:
    notes = [issue for _, source in draft.parts.all for issue in source.table.issues]
    return (*draft.people, *notes)
