"""Shipped and own key files: the only place that knows where they lie."""

from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from balint_research.errors import KeyFileError, ScoringError
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyfile import read_key, refuse_faults
from balint_research.strict_toml import TomlFault, read_toml

if TYPE_CHECKING:
    import pandas as pd

Shipped = Literal["instruments", "notebooks", "examples"]

# In a wheel the folders lie inside the package; in a checkout they stand beside it.
_IN_CHECKOUT = {"instruments": "instruments", "notebooks": "notebooks", "examples": "data/examples"}


def shipped(kind: Shipped) -> Path:
    """The folder of the shipped key files, notebooks or example studies."""
    package = Path(str(files("balint_research")))
    packed = package / f"_{kind}"
    return packed if packed.is_dir() else package.parent / _IN_CHECKOUT[kind]


def example(name: str) -> Path:
    """The folder of a shipped example study, in a checkout and in an installed wheel.

    Examples
    --------
    >>> example("balint_cohort").name
    'balint_cohort'
    >>> example("balint_kohort")
    Traceback (most recent call last):
    balint_research.errors.ScoringError: There is no example 'balint_kohort'. Allowed: \
'balint_cohort', 'messy', 'scoring_errors'.
    """
    folders = {path.parent.name: path.parent for path in shipped("examples").glob("*/study.toml")}
    if name not in folders:
        listed = ", ".join(f"'{known}'" for known in sorted(folders))
        raise ScoringError(f"There is no example '{name}'. Allowed: {listed}.")
    return folders[name]


def load_instrument(
    source: str | Path | Instrument, folder: Path | None = None
) -> Instrument:
    """One instrument, by its id or from a key file of one's own.

    Parameters
    ----------
    source : id (``"mbi_hss"``), path of a ``.toml`` key file, or an `Instrument` (given back).
    folder : a folder of own key files, searched before the shipped ones.

    Returns
    -------
    `Instrument`. A key file of one's own has `key_status` ``supplied_by_user``, whatever the file
    says; before it is given back it is held against what is known of its questionnaire
    (`user_key` of the shipped key), and its worked examples are run. Those of the shipped keys
    are run by the tests and by ``balint instruments ID``.

    Raises
    ------
    ScoringError : no instrument has this id; names the nearest one.
    KeyFileError : the key file has faults (lists every one with its path), contradicts what is
        known of its questionnaire, or shares its id with another file of the folder.

    Examples
    --------
    >>> load_instrument("teq").scales["total"].range
    (0.0, 64.0)
    >>> load_instrument("tec")
    Traceback (most recent call last):
    balint_research.errors.ScoringError: There is no instrument 'tec'. Did you mean 'teq'? \
`balint instruments` lists all.
    """
    if isinstance(source, Instrument):
        return source
    if isinstance(source, Path) or source.endswith(".toml"):
        return _own(Path(source))
    if folder is not None:
        _refuse_twins(folder)
    if folder is not None and (folder / f"{source}.toml").is_file():
        return _own(folder / f"{source}.toml")
    return _shipped_key(source, folder)


def list_instruments(folder: Path | None = None) -> "pd.DataFrame":
    """All instruments, one row each.

    Returns
    -------
    frame with ``id name construct items scales rights key_status confidence``: `items` the number
    of items, `scales` the ids of the scales, separated by spaces.

    Examples
    --------
    >>> list_instruments().set_index("id").loc["gad7", ["construct", "scales"]].tolist()
    ['anxiety', 'total']
    """
    import pandas as pd

    keys = [load_instrument(name, folder) for name in _ids(folder)]
    return pd.DataFrame(
        {
            "id": [key.id for key in keys],
            "name": [key.name for key in keys],
            "construct": [key.construct for key in keys],
            "items": [len(key.items) for key in keys],
            "scales": [" ".join(key.scales) for key in keys],
            "rights": [key.rights.status for key in keys],
            "key_status": [key.key_status for key in keys],
            "confidence": [key.confidence for key in keys],
        }
    )


def _ids(folder: Path | None = None) -> list[str]:
    own = folder.glob("*.toml") if folder is not None else ()
    return sorted({path.stem for path in (*shipped("instruments").glob("*.toml"), *own)})


def _shipped_key(name: str, folder: Path | None = None) -> Instrument:
    path = shipped("instruments") / f"{name}.toml"
    if not name.isidentifier() or not path.is_file():
        near = get_close_matches(name, _ids(folder), n=1, cutoff=0.5)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ScoringError(
            f"There is no instrument '{name}'.{hint} `balint instruments` lists all."
        )
    return _read(path)


@cache
def _read(path: Path) -> Instrument:
    return read_key(path)


def _own(path: Path) -> Instrument:
    """A key of the user's: held against what is known of its questionnaire, and marked as such."""
    if path.resolve().parent == shipped("instruments").resolve():
        return _read(path.resolve())
    from balint_research.scoring.complete import (
        SUPPLIED,
        completable,
        completion_faults,
        with_known_norms,
    )
    from balint_research.scoring.examples import refuse_wrong_examples

    key = read_key(path)
    if key.scales:
        key = replace(key, key_status=SUPPLIED)
    known = _shipped_key(key.id) if key.id in _ids() else key
    if completable(known):
        refuse_faults(path, list(completion_faults(key, known)))
        key = with_known_norms(key, known)
    refuse_wrong_examples(key, path)
    return key


def _refuse_twins(folder: Path) -> None:
    """Two key files of one folder that say the same id: which of them counts is a guess."""
    by_id: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.toml")):
        with suppress(TomlFault):   # told when that file is loaded
            name = str(read_toml(path).get("id", path.stem)).lower()
            by_id.setdefault(name, []).append(path.name)
    twins = {name: paths for name, paths in by_id.items() if len(paths) > 1}
    if twins:
        raise KeyFileError("\n".join(
            f"{folder.name}: {' and '.join(paths)} both say id = \"{name}\". Each key has an id of "
            "its own, which is the name of its file: rename or remove one of them."
            for name, paths in twins.items()))
