"""A release becomes a folder: tables, four descriptions of them, and the disclosure report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.files import (
    MANIFEST,
    check_target,
    harmless_cell,
    sha256,
    whole_folder,
    write_text_whole,
)
from balint_research.reporting.methods import versions
from balint_research.reporting.release.about import about
from balint_research.reporting.release.codebook import codebook_page
from balint_research.reporting.release.disclosure import disclosure, disclosure_page
from balint_research.reporting.release.frictionless import datapackage
from balint_research.reporting.release.psych_ds import dataset_description
from balint_research.reporting.release.readme import readme
from balint_research.reporting.release.schema_script import schema_script
from balint_research.study.contracts import StudyData
from balint_research.study.privacy.folder import KIND, MISSING, PACKAGE, TABLES
from balint_research.study.release.prepare import Release, prepare_release
from balint_research.study.study import Study


def release(
    study: Study, data: StudyData, *, out: str | Path, public: bool = False,
    earlier: Sequence[str | Path] = (), title: str | None = None, authors: str | None = None,
) -> Path:
    """Write an anonymised data set of a study, or refuse and say why.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`). `[privacy]`
        of the study says what an outsider may know, and which columns are harmless.
    out : folder to make; it must not exist, or be empty, or hold an earlier result of ours.
    public : for a file that everybody can get: k is at least 11.
    earlier : folders of earlier releases of this study, which must not give anybody away together
        with this one.
    title, authors : of the data set; by default the study's title.

    Returns
    -------
    the folder: ``README.md``, ``data/description-*_data.csv`` (participants, responses, scores,
    and sessions where groups are told), ``codebook.html``, ``dataset_description.json``
    (Psych-DS), ``datapackage.json`` (Frictionless), ``schema.py`` (pandera), ``disclosure.html``,
    ``disclosure.json`` and ``manifest.json``.

    Raises
    ------
    PrivacyError : people would be identifiable; lists every reason and what can be given instead.
    OutputError : the folder cannot be written.

    See Also
    --------
    prepare_release : the same without writing; says how it is checked.

    Examples
    --------
    >>> import tempfile
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     truth = {"teq.total": br.ScaleTruth(mean=45, sd=7, alpha=0.8, stability=0.6)}
    ...     study = br.read_study(br.simulate_study(f"{place}/study", seed=1, truth=truth))
    ...     folder = release(study, br.read_data(study), out=f"{place}/open")
    ...     print(sorted(path.name for path in (folder / "data").iterdir())[0])
    description-participants_data.csv
    """
    check_target(out)
    return write_release(
        prepare_release(study, data, public=public, earlier=earlier), out, title=title,
        authors=authors)


def write_release(
    prepared: Release, out: str | Path, *, title: str | None = None, authors: str | None = None
) -> Path:
    """Write what `prepare_release` gave; see `release`."""
    told = about(prepared, title=title, authors=authors)
    texts = {
        "README.md": readme(prepared, told),
        "codebook.html": codebook_page(prepared, told),
        "dataset_description.json": _json(dataset_description(prepared, told)),
        "datapackage.json": _json(datapackage(prepared, told)),
        "schema.py": schema_script(prepared),
        "disclosure.html": disclosure_page(prepared, told),
        "disclosure.json": _json(disclosure(prepared, told)),
    }
    tables = {TABLES[name]: _csv(table) for name, table in prepared.tables.items()}
    with whole_folder(out) as place:
        (place / "data").mkdir()
        for name, text in {**texts, **tables}.items():
            write_text_whole(place / name, text)
        results = {name: sha256(place / name) for name in sorted({**texts, **tables})}
        write_text_whole(place / MANIFEST, _json(_manifest(prepared, results)))
    return Path(out)


def _manifest(prepared: Release, results: dict[str, str]) -> dict[str, Any]:
    """What was made of what, so that a later release can be checked against it."""
    study = prepared.study
    return {
        "package": PACKAGE, "kind": KIND, "k": prepared.k, "public": prepared.public,
        "known": [harmless_cell(name) for name in prepared.choice.people],
        "levels": dict(prepared.choice.levels),
        "earlier": list(prepared.earlier), "versions": versions(),
        "study": {"title": study.title, "design": study.design, "synthetic": study.synthetic},
        "results": results,
    }


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, na_rep=MISSING, lineterminator="\n")


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
