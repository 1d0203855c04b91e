"""A linking becomes two folders: results without a code, and the key that is kept apart."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.errors import DataError, Issue, OutputError
from balint_research.files import (
    MANIFEST,
    check_target,
    harmless_frame,
    sha256,
    whole_folder,
    write_text_whole,
)
from balint_research.study.contracts import LINK_KEY
from balint_research.study.identifiers import find_identifiers
from balint_research.study.link.elements import as_text
from balint_research.study.link.link import LinkReport
from balint_research.study.link.rules import found
from balint_research.study.link.tell import page
from balint_research.study.read.read import read_text
from balint_research.study.read.reading import split_sheet

KEY_CELL = "private: do not pass on"
KEY, TO_DECIDE, DECISIONS = "key.csv", "to_decide.csv", "decisions.csv"


def write_links(
    report: LinkReport, waves: Mapping[str, pd.DataFrame], out: str | Path,
    private: str | Path | None = None, *, files: Mapping[str, Path] | None = None,
    constants: tuple[str, ...] = (), more: Mapping[str, Any] | None = None,
) -> tuple[Path, Path]:
    """Write the results into `out` and the key into `private`; both appear whole or not at all.

    `out`: a CSV a wave (`participant` first, without the code, rows in the order of the ids),
    ``links.csv`` (participant, wave, how), ``linkage.md``, ``tables/*.csv``, ``manifest.json``.
    `private` (readable by its owner only; `out` with "-private" where not given): ``key.csv``,
    ``to_decide.csv`` (both codes side by side, an empty column `decision`), ``decisions.csv``.

    Parameters
    ----------
    report, waves : what `link_waves` gave, and the tables it was given, by the names of the waves.
    files : wave -> the file it was read from; its name goes into the key, its hash into the
        manifest.
    constants : columns that are shown beside the codes in ``to_decide.csv``.
    more : what else the manifest tells.

    Raises
    ------
    OutputError : a place cannot be used, or decisions that lie there would be lost.
    """
    began = datetime.now(UTC)
    results, hidden = check_places(out, private)
    refuse_lost_decisions(hidden, report)
    sources = files or {}
    with whole_folder(results) as place, whole_folder(hidden) as apart:
        apart.chmod(0o700)
        for name, frame in private_tables(report, waves, sources, constants).items():
            _save(frame, apart / name)
            (apart / name).chmod(0o600)
        _manifest(apart, {"started": began.isoformat(timespec="seconds"), "private": True})
        (apart / MANIFEST).chmod(0o600)

        for wave, frame in zip(report.names, report.attach(*waves.values()), strict=True):
            _save(frame, place / f"{wave}.csv", harmless=False)
        order = ["participant", "wave"]
        _save(report.links[["participant", "wave", "how"]].sort_values(order, kind="stable"),
              place / "links.csv")
        (place / "tables").mkdir()
        for name, frame in tables(report).items():
            _save(frame, place / "tables" / f"{name}.csv")
        write_text_whole(place / "linkage.md", page(report, private=hidden.name))
        _manifest(place, _told(report, sources, began) | dict(more or {}))
    return results, hidden


def tables(report: LinkReport) -> dict[str, pd.DataFrame]:
    """The tables of the results by file name."""
    frames = {
        "per_wave": report.per_wave, "per_pair_of_waves": report.per_pair_of_waves,
        "expected": report.expected, "elements": report.elements, "baseline": report.baseline,
    }
    return {name: frame for name, frame in frames.items() if not frame.empty}


def private_tables(
    report: LinkReport, waves: Mapping[str, pd.DataFrame], files: Mapping[str, Path],
    constants: tuple[str, ...] = (),
) -> dict[str, pd.DataFrame]:
    """The key, what is to be decided with the codes side by side, and what was decided."""
    code = list(report.elements["column"])
    cells = {wave: frame[[*code, *constants]].map(as_text) for wave, frame in waves.items()}
    links = report.links
    key = pd.DataFrame({
        LINK_KEY: KEY_CELL, "participant": links["participant"], "wave": links["wave"],
        "file": [Path(files.get(wave, "")).name for wave in links["wave"]], "row": links["row"]})
    own = pd.concat([cells[wave][code] for wave in report.names], ignore_index=True)
    made = {KEY: pd.concat([key, own], axis=1)}
    if not report.to_decide.empty:
        open_ = report.to_decide
        beside = {
            f"{column}_{side}": [cells[wave][column].loc[row] for wave, row in zip(
                open_[f"wave_{side}"], open_[f"row_{side}"], strict=True)]
            for column in [*code, *constants] for side in "ab"}
        made[TO_DECIDE] = pd.DataFrame(
            {LINK_KEY: KEY_CELL} | {name: open_[name] for name in open_} | beside
            | {"decision": ""})
    if not report.decisions.empty:
        made[DECISIONS] = report.decisions
    return made


def check_places(out: str | Path, private: str | Path | None = None) -> tuple[Path, Path]:
    """Both folders as absolute paths, or an `OutputError`; nothing is written."""
    results = check_target(out)
    hidden = check_target(results.with_name(f"{results.name}-private")
                          if private is None else private)
    if results == hidden or results in hidden.parents or hidden in results.parents:
        raise OutputError(
            "The key cannot lie in the folder of the results, nor the results in that of the key: "
            "one is passed on and the other must not be. Name two folders side by side.")
    return results, hidden


def earlier_key(private: Path) -> pd.DataFrame | None:
    """The key of an earlier linking, if the folder holds one."""
    path = private / KEY
    if not path.is_file():
        return None
    frame = read_text(path).frame
    if LINK_KEY not in frame:
        raise OutputError(f"'{path.name}' in '{private.name}' is no key of an earlier linking. "
                          "Name another folder.")
    return frame


def refuse_lost_decisions(private: Path, report: LinkReport) -> None:
    """Decisions of a person that lie in the folder and were not given would be overwritten."""
    given = set(report.decisions["pair"])
    for name in (TO_DECIDE, DECISIONS):
        path = private / name
        if not path.is_file():
            continue
        try:
            frame = read_text(path).frame
        except DataError:
            continue
        if not {"pair", "decision"} <= set(frame.columns):
            continue
        lost = set(frame.loc[frame["decision"].notna(), "pair"]) - given
        if lost:
            raise OutputError(
                f"'{name}' in '{private.name}' holds {len(lost)} decisions that this linking does "
                f"not use, and they would be lost. Give the file with --decisions, or move it "
                "elsewhere.")


def kept_identifiers(
    report: LinkReport, waves: Mapping[str, pd.DataFrame]
) -> Iterator[Issue]:
    """Columns that stay beside the new ids and look as if they named a person."""
    code = list(report.elements["column"])
    for wave, frame in waves.items():
        for issue in find_identifiers(frame.drop(columns=code)):
            yield found("names_a_person", wave=wave, column=issue.column, why=issue.what)


def _told(
    report: LinkReport, files: Mapping[str, Path], began: datetime
) -> dict[str, Any]:
    """What was linked and how, so that it can be done again; no cell and no path."""
    return {
        "started": began.isoformat(timespec="seconds"),
        "waves": [
            {"wave": wave, "rows": int(rows)}
            | ({"file": files[wave].name, "sha256": sha256(split_sheet(str(files[wave]))[0])}
               if wave in files else {})
            for wave, rows in zip(report.names, report.per_wave["rows"], strict=True)],
        "elements": dict(zip(report.elements["column"], report.elements["kind"], strict=True)),
        "budget": report.budget,
        "levels": report.per_pair_of_waves[["wave_a", "wave_b", "level"]].to_dict(
            orient="records"),
        "decisions": len(report.decisions),
        "noticed": [str(issue) for issue in report.issues],
    }


def _manifest(folder: Path, told: Mapping[str, Any]) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    text = {"package": "balint_research", **told, "results": hashes}
    write_text_whole(folder / MANIFEST, json.dumps(text, indent=2, ensure_ascii=False))


def _save(frame: pd.DataFrame, path: Path, *, harmless: bool = True) -> None:
    """A frame as CSV. What a spreadsheet would run as a formula is made harmless, except in the
    data of a wave, which stay as they are."""
    safe = harmless_frame(frame) if harmless else frame
    write_text_whole(path, safe.to_csv(index=False, lineterminator="\n"))
