"""An evaluation becomes one page to read, or a folder with the page and all that is behind it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from balint_research.errors import OutputError
from balint_research.evaluation import Evaluation
from balint_research.files import harmless_frame, sha256, whole_folder, write_text_whole
from balint_research.reporting import format as to
from balint_research.reporting import linking, methods, quality
from balint_research.reporting.naming import outcomes_of, scale_label, user_keys
from balint_research.reporting.pictures import KINDS, Picture, change_name, pictures, printed
from balint_research.reporting.reading import read_result
from balint_research.reporting.small_cells import Shown, shown
from balint_research.reporting.tables import (
    alternatives_text,
    attendance_text,
    completeness_text,
    descriptives_text,
    effects_text,
    estimates_text,
    files_text,
    flow_text,
    groups_text,
    left_out_text,
)
from balint_research.reporting.text_table import TextTable


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the page shows of one scale."""

    title: str
    anchor: str
    primary: bool
    picture: Picture
    readings: tuple[str, ...]
    tables: tuple[TextTable, ...]


def write_report(evaluation: Evaluation, path: str | Path, *, public: bool = False) -> Path:
    """Write the report as one HTML file that needs nothing else, and return where it is.

    The page makes no request, prints on A4, reads on a phone and names what it does not show.
    Everything that came from a file is escaped.

    Parameters
    ----------
    evaluation : what `evaluate` gave.
    path : the file to write; an existing file is replaced.
    public : for anybody to read: no cell of fewer than 11 people, no line of a person (`shown`).

    Raises
    ------
    OutputError : the place cannot be written.

    Examples
    --------
    ``br.write_report(br.evaluate(study, data), "report.html")``
    """
    safe = shown(evaluation, public=public)
    return write_text_whole(path, report_page(safe, printed(pictures(safe), ["svg"])))


def write_results(
    evaluation: Evaluation, folder: str | Path, *, started: datetime | None = None,
    public: bool = False, earlier: Sequence[str | Path] = (),
) -> Path:
    """Write the whole folder of results, which appears complete or not at all.

    ``report.html``; ``figures/`` (SVG, PDF, PNG at 300 dpi); ``tables/*.csv`` (not rounded, small
    cells taken out); ``scores.csv`` (one row a person, wave and scale: for the team, not to be
    passed on, and not in a public version); ``manifest.json`` (versions, hashes, rows in, used and
    left out with reasons).

    Parameters
    ----------
    evaluation : what `evaluate` gave.
    folder : must not exist, or be empty, or hold an earlier result of ours.
    started : when the run began; now, if not given.
    public : for anybody to read: no cell of fewer than 11 people, no row and no line of a person.
    earlier : folders of earlier results of this study that others have: what differs from them by
        fewer than k people is taken out, because both together would tell of these few (`shown`).

    Raises
    ------
    OutputError : the place cannot be used.
    PrivacyError : an earlier folder is none of ours or was changed.

    Examples
    --------
    ``br.write_results(result, "for-the-web", public=True, earlier=["report-of-spring"])``
    """
    began = started or datetime.now(UTC)
    if Path(folder).resolve() in [Path(place).resolve() for place in earlier]:
        raise OutputError(f"'{folder}' is one of the earlier reports and would be replaced; others "
                          "have it. Name another folder.")
    safe = shown(evaluation, public=public, earlier=earlier)
    drawn = printed(pictures(safe), KINDS)
    with whole_folder(folder) as place:
        for picture in drawn.values():
            _save_picture(picture, place / "figures")
        for name, frame in csv_tables(safe).items():
            _save_csv(frame, place / "tables" / f"{name}.csv")
        if not safe.public:
            _save_csv(_with_key(evaluation.scores, safe), place / "scores.csv")
        write_text_whole(place / "report.html", report_page(safe, drawn))
        told = manifest(safe, began) | {"results": _hashes(place)}
        write_text_whole(place / "manifest.json", json.dumps(told, indent=2, ensure_ascii=False))
    return Path(folder)


def report_page(evaluation: Evaluation, drawn: Mapping[str, Picture]) -> str:
    """The report as one page of HTML around pictures that are printed as SVG."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    safe = shown(evaluation)
    environment = Environment(
        loader=PackageLoader("balint_research.reporting"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment.get_template("report.html.j2").render(
        study=safe.study,
        public=safe.public,
        smallest_cell=safe.smallest_cell,
        why=safe.why,
        suppressed=safe.suppressed,
        brief=in_brief(safe),
        pictures=drawn,
        overview=_overview(safe),
        comparison=None if safe.comparison.empty else estimates_text(
            safe, between=True, wave=safe.study.primary_wave),
        alternatives=alternatives_text(safe),
        groups=groups_text(safe, wave=safe.study.primary_wave),
        outcomes=[_outcome(safe, pair, drawn) for pair in outcomes_of(safe)],
        described=_described(safe),
        effects=effects_text(safe, primary=True),
        methods=methods.methods_paragraph(safe).split("\n\n"),
        limits=methods.limits(safe),
        noticed=quality.told_issues(safe),
        careless=quality.careless_words(safe),
        linking=[text for text in (linking.links_text(safe), linking.linked_text(safe)) if text],
        linked_words=linking.links_words(safe),
        reasons=linking.reasons_text(safe),
        reliability=quality.reliability_text(safe),
        items=quality.items_texts(safe),
        instruments=[_instrument(use) for use in safe.study.instruments.values()],
        version=methods.versions()["balint_research"],
    )


def in_brief(evaluation: Evaluation) -> list[str]:
    """The primary result in a sentence or two, one for each treated arm."""
    safe = shown(evaluation)
    primary = safe.study.primary_outcome.split(".")
    frame = safe.change if safe.study.arms is None else safe.comparison
    rows = frame[(frame["instrument"] == primary[0]) & (frame["scale"] == primary[-1])
                 & (frame["wave"] == safe.study.primary_wave)]
    said = _readings(safe, rows, between=safe.study.arms is not None)
    own = user_keys(safe, primary[0])
    nothing = "The primary outcome was not measured before and after: nothing is compared."
    return [*said, *own] if said else [nothing]


def csv_tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """The frames as they may be shown, not rounded, by file name."""
    safe = shown(evaluation)
    frames = {
        "flow": safe.flow, "attendance": safe.attendance, "completeness": safe.completeness,
        "descriptives": safe.descriptives, "change": safe.change, "comparison": safe.comparison,
        "effects": safe.effects, "groups": safe.groups, "alternatives": safe.alternatives,
        "sensitivity": safe.sensitivity, "reasons": safe.reasons, "links": safe.links,
        "linked": safe.linked,
        "reliability": safe.reliability, "items": safe.items, "files": safe.data.files,
        "left_out": safe.data.left_out,
    }
    return {name: _with_key(frame, safe) for name, frame in frames.items() if not frame.empty}


def _with_key(frame: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    """A column that says whose key it is, where one of the study's keys is the user's own."""
    own = [name for name, use in evaluation.study.instruments.items() if use.key.from_user]
    if not own or "instrument" not in frame:
        return frame
    words = frame["instrument"].isin(own).map({True: "supplied by the user", False: "shipped"})
    return frame.assign(key=words)


def manifest(evaluation: Evaluation, started: datetime) -> dict[str, Any]:
    """What was run on what, so that it can be run again; no path of the machine, no answer."""
    safe = shown(evaluation)
    study, data = safe.study, safe.data
    files = data.files.drop(columns="suppressed")
    return {
        "package": "balint_research",
        "kind": "results",
        "public": safe.public,
        "started": started.isoformat(timespec="seconds"),
        "versions": methods.versions(),
        "study": {"title": study.title, "design": study.design, "synthetic": study.synthetic,
                  "file": study.path.name,
                  "sha256": sha256(study.path) if study.path.is_file() else None},
        "seed": None,  # no step from data to report draws random numbers
        "interval": to.CONFIDENCE,
        "smallest_cell": safe.smallest_cell,
        "suppressed": list(safe.suppressed),
        "why_suppressed": list(safe.why),
        "earlier_reports": safe.earlier,
        "instruments": {
            id_: {"version": use.key.version, "key_status": use.key.key_status,
                  "missing_rule": methods.missing_rule(use)}
            for id_, use in study.instruments.items()
        },
        "files": json.loads(files.to_json(orient="records")),
        "left_out": json.loads(data.left_out.to_json(orient="records")),
        "noticed": quality.told_issues(safe),
        "warnings": list(safe.warnings),
    }


def _overview(safe: Shown) -> dict[str, TextTable | None]:
    """The tables of the part on design, flow, attendance and completeness."""
    return {
        "flow": flow_text(safe),
        "attendance": attendance_text(safe) if not safe.attendance.empty else None,
        "completeness": completeness_text(safe),
        "files": files_text(safe),
        "left_out": left_out_text(safe) if not safe.data.left_out.empty else None,
    }


def _outcome(safe: Shown, pair: tuple[str, str], drawn: Mapping[str, Picture]) -> Outcome:
    """What is shown of one scale: the comparison of arms where there are arms, and the change."""
    compared = safe.study.arms is not None
    frame = safe.comparison if compared else safe.change
    rows = frame[(frame["instrument"] == pair[0]) & (frame["scale"] == pair[1])]
    kinds = (True, False) if compared else (False,)
    return Outcome(
        title=scale_label(safe, *pair), anchor="outcome-" + "-".join(pair),
        primary=".".join(pair) == safe.study.primary_outcome,
        picture=drawn[change_name(*pair)],
        readings=tuple(_readings(safe, rows, between=compared)),
        tables=(*(estimates_text(safe, between=kind, outcome=pair) for kind in kinds),
                descriptives_text(safe, pair)),
    )


def _readings(safe: Shown, rows: pd.DataFrame, *, between: bool) -> list[str]:
    """Each row as a sentence."""
    control = safe.study.arms.control if between and safe.study.arms else None
    several = between and safe.study.arms is not None and len(safe.study.arms.treated) > 1
    results = [{str(name): value for name, value in row.items()}
               for row in rows.to_dict(orient="records")]
    return [
        read_result(
            row, safe.study.scale(row["instrument"], row["scale"]), baseline=safe.study.baseline,
            control=control, at_best=_at_best(safe, row["instrument"], row["scale"], row["arm"]),
            name=scale_label(safe, row["instrument"], row["scale"]),
            alone=not several and _is_primary(safe, row), smallest_cell=safe.smallest_cell,
        )
        for row in results
    ]


def _is_primary(safe: Shown, row: Mapping[str, Any]) -> bool:
    """Whether a row is the primary outcome at the primary wave."""
    study = safe.study
    return (f"{row['instrument']}.{row['scale']}" == study.primary_outcome
            and row["wave"] == study.primary_wave)


def _at_best(safe: Shown, instrument: str, scale: str, arm: Any) -> float | None:
    """Share of the arm's people who are at the best possible score at the baseline."""
    means = safe.study.scale(instrument, scale).higher_means
    if means == "neutral":
        return None
    frame = safe.descriptives
    here = frame[(frame["instrument"] == instrument) & (frame["scale"] == scale)
                 & (frame["wave"] == safe.study.baseline)]
    if safe.study.arms is not None:
        here = here[here["arm"] == arm]
    share = here["ceiling_share" if means == "better" else "floor_share"]
    return None if share.empty else float(share.iloc[0])


def _described(safe: Shown) -> TextTable | None:
    """Scales that are described and never compared: given at one wave only, or secondary."""
    compared = set(outcomes_of(safe))
    frame = safe.descriptives
    pairs = list(zip(frame["instrument"], frame["scale"], strict=True))
    rest = frame[[pair not in compared for pair in pairs]]
    if rest.empty:
        return None
    return descriptives_text(replace(safe, descriptives=rest))


def _instrument(use: Any) -> dict[str, str]:
    """What is told of one questionnaire: its source, its rights, how far its key is checked."""
    key = use.key
    return {
        "name": f"{key.label}: {key.name}" if key.label != key.name else key.name,
        "citation": key.citation + (f" doi:{key.doi}" if key.doi else ""),
        "version": key.version,
        "key": f"{methods.key_words(key)}, confidence {key.confidence}",
        "doubts": key.evidence.open_doubts or "none told",
        "missing": methods.missing_rule(use),
        "rights": f"{to.label(key.rights.status)}; holder: {key.rights.holder}; to be had from: "
                  f"{key.rights.obtain_from}",
    }


def _unbroken(text: str) -> str:
    """Spaces that must not end a line made firm: before ``%`` and around ``=`` and ``<``."""
    return re.sub(r" (?=%)|(?<=\b[pn]) (?=[=<>])|(?<=[=<>]) (?=[\d.])", "\u00a0", text)


def _save_picture(picture: Picture, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for kind, data in picture.files.items():
        (folder / f"{picture.name}.{kind}").write_bytes(data)


def _save_csv(frame: pd.DataFrame, path: Path) -> None:
    """A frame as CSV; texts that a spreadsheet would run as a formula are made harmless."""
    path.parent.mkdir(exist_ok=True)
    harmless_frame(frame).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}
