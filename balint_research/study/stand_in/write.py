"""A synthetic stand-in for data that cannot be given away: the same columns, nobody's answers."""

from pathlib import Path
from shutil import copyfile

import pandas as pd

from balint_research.errors import DataError, PrivacyError
from balint_research.files import check_target, sha256, whole_folder, write_text_whole
from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF
from balint_research.study.privacy.folder import MISSING
from balint_research.study.release.prepare import Release, prepare_release
from balint_research.study.stand_in.columns import layout_of
from balint_research.study.stand_in.draw import draw_tables
from balint_research.study.stand_in.known import known_of
from balint_research.study.stand_in.telling import manifest, readme
from balint_research.study.stand_in.toml import file_names, study_toml
from balint_research.study.study import KEY_FOLDER, STUDY_FILE, Study


def write_stand_in(
    study: Study, data: StudyData, *, out: str | Path, seed: int, public: bool = False
) -> Path:
    """Write a synthetic study that looks like a release of this one, for writing an analysis on.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).
    out : folder to make; it must not exist, or be empty, or hold an earlier result of ours.
    seed : of `numpy.random.default_rng`; the same seed and data give the same bytes.
    public : as of the release that it stands in for.

    Returns
    -------
    the folder, which `read_study` reads: ``study.toml README.md manifest.json`` and the tables
    with the columns and file names of a release, or of the study's own tables where no release is
    possible; key files of the study's own in ``instruments``.

    Raises
    ------
    OutputError : the folder cannot be written.

    Notes
    -----
    It knows of the real data (k is that of `[privacy]`): the columns; people and answers by arm
    and wave to the nearest multiple of k; groups of at least k; mean, SD and alpha of a scale at
    the first wave, its mean by arm and wave, mean and SD of numeric columns, each of at least k
    people and rounded (`coarse`). Texts are those that ``study.toml`` names, or placeholders.
    Where a scale's moments are known its answers have them (``study/answers.py``), else every
    code is as likely. A person's scores correlate alike in every study; members of a group do not.

    Examples
    --------
    >>> import tempfile
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     truth = {"teq.total": br.ScaleTruth(mean=45, sd=7, alpha=0.8, stability=0.6)}
    ...     study = br.read_study(br.simulate_study(f"{place}/study", seed=1, truth=truth))
    ...     folder = write_stand_in(study, br.read_data(study), out=f"{place}/copy", seed=2)
    ...     print(br.read_study(folder).title)
    Synthetic Balint study (synthetic stand-in)
    """
    check_target(out)
    prepared = _release(study, data, public)
    known = known_of(study, data)
    layout = layout_of(study, data, known, prepared)
    rated = bool((data.responses["rater"] != SELF).any())
    tables = draw_tables(study, known, layout, rated=rated, seed=seed)
    names = file_names(layout)
    texts = {names[name]: _csv(table) for name, table in tables.items()}
    texts |= {STUDY_FILE: study_toml(study, layout),
              "README.md": readme(study, known, layout, list(texts), seed)}
    with whole_folder(out) as place:
        if layout.released:
            (place / "data").mkdir()
        for name, text in texts.items():
            write_text_whole(place / name, text)
        keys = _copy_keys(study, place)
        results = {name: sha256(place / name) for name in sorted([*texts, *keys])}
        write_text_whole(place / "manifest.json", manifest(results, seed))
    return Path(out)


def _release(study: Study, data: StudyData, public: bool) -> Release | None:
    """The release that it stands in for, where one is possible."""
    try:
        return prepare_release(study, data, public=public)
    except (PrivacyError, DataError):
        return None


def _copy_keys(study: Study, place: Path) -> list[str]:
    """The key files of the study's own, without which its questionnaires could not be read."""
    own = study.path.parent / KEY_FOLDER
    names = [f"{KEY_FOLDER}/{name}.toml" for name in study.instruments
             if (own / f"{name}.toml").is_file()]
    if names:
        (place / KEY_FOLDER).mkdir()
    for name in names:
        copyfile(study.path.parent / name, place / name)
    return names


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, na_rep=MISSING, lineterminator="\n")
