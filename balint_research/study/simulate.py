"""Synthetic studies with known truth: a whole study folder that nobody ever answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

from balint_research.files import check_target, whole_folder, write_text_whole
from balint_research.study.course import ScaleTruth, known_truth
from balint_research.study.draw import CONTROL, TREATED, Plan, SimulatedDesign, draw_tables

# Chosen for the example: moments a group of residents could show, no published norm; the effect
# on exhaustion is moderate, the others are small, empathy starts near its ceiling.
COHORT: Mapping[str, ScaleTruth] = {
    "mbi_hss.emotional_exhaustion": ScaleTruth(
        mean=25, sd=10.5, alpha=0.88, stability=0.65, effect=-0.6),
    "mbi_hss.depersonalization": ScaleTruth(
        mean=9, sd=5.5, alpha=0.75, stability=0.55, effect=-0.35),
    "mbi_hss.personal_accomplishment": ScaleTruth(
        mean=35, sd=7, alpha=0.75, stability=0.55, effect=0.25),
    "jse_hp.perspective_taking": ScaleTruth(
        mean=59, sd=6.5, alpha=0.82, stability=0.6, effect=0.2),
    "jse_hp.compassionate_care": ScaleTruth(
        mean=49.5, sd=5, alpha=0.75, stability=0.55, effect=0.15),
    "jse_hp.patients_shoes": ScaleTruth(
        mean=10.5, sd=2.3, alpha=0.55, stability=0.4, effect=0.1),
    "ments.self": ScaleTruth(mean=28, sd=5.5, alpha=0.8, stability=0.65, effect=0.3),
    "ments.other": ScaleTruth(mean=38, sd=5, alpha=0.78, stability=0.6, effect=0.25),
    "ments.motivation": ScaleTruth(mean=38.5, sd=5.5, alpha=0.78, stability=0.6, effect=0.2),
}


def simulate_study(
    folder: str | Path,
    *,
    seed: int,
    design: SimulatedDesign = "individually_randomised",
    groups: int = 6,
    group_size: int = 8,
    controls: int = 44,
    waves: Sequence[str] = ("baseline", "month6", "month12"),
    truth: Mapping[str, ScaleTruth] = COHORT,
    between_scales: float = 0.3,
    dropout: float = 0.06,
    unanswered: float = 0.004,
    sessions: tuple[int, int] = (12, 20),
    attendance: float = 0.75,
    title: str = "Synthetic Balint study",
    primary_outcome: str | None = None,
    primary_wave: str | None = None,
) -> Path:
    """Write a complete synthetic study with known truth into a new folder.

    Use it for teaching, for trying an analysis before the data are there, and for tests: the
    folder reads like any other (`read_study`), declares ``synthetic = true`` and says so in its
    README.

    Parameters
    ----------
    folder : place of the study; it must not exist, or be empty.
    seed : of `numpy.random.default_rng`; the same seed and arguments give the same bytes.
    design : ``"individually_randomised"`` (Balint groups against a wait list) or
        ``"single_group"`` (Balint groups only, every effect is a change since the baseline).
    groups, group_size : number of Balint groups and people in each.
    controls : people without a group; a ``single_group`` study has none.
    waves : names in order; the first is the baseline.
    truth : ``"instrument.scale"`` -> `ScaleTruth`. The scales of one instrument must not share an
        item and must hold every scored item; the truth of its other scales (totals) follows.
    between_scales : correlation of the latent scores of two scales, negative where one means
        better and the other worse.
    dropout : chance to leave the study at each later wave; who has left does not come back.
    unanswered : chance that a single item is left out.
    sessions : fewest and most sessions of a group, one a week.
    attendance : mean share of its held sessions that a person comes to.
    title, primary_outcome, primary_wave : as in ``study.toml``; by default the first scale of
        `truth` at the last wave.

    Returns
    -------
    The folder: ``study.toml participants.csv responses.csv sessions.csv attendance.csv
    truth.json README.md``.

    Raises
    ------
    StudyError : the arguments contradict each other, or no answers have the moments asked for.
    OutputError : the folder cannot be written.

    Notes
    -----
    The truth, in the words of ``truth.json``: at the baseline every score has the declared mean,
    SD and alpha, and correlates by `stability` with the same score at another wave (exactly for
    untreated people whose mean does not move). At a later wave the untreated mean has moved by
    ``trend * sd``, the treated mean by ``(trend + effect) * sd``; the scores of two members of
    one Balint group correlate by `icc`, those of anyone else by nothing. Missingness and
    attendance depend on nothing. Item answers are drawn as ``balint_research.study.answers``
    describes, reversed items stored as ``low + high - keyed``.

    Checked by drawing: over many seeds all of these are recovered within Monte-Carlo error, and
    the moments agree with numerical integration (``tests/test_simulate.py``,
    ``tests/test_answers.py``).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     study = simulate_study(Path(place) / "trial", seed=1, groups=3, controls=24)
    ...     print(sorted(path.name for path in study.iterdir()))
    ['README.md', 'attendance.csv', 'participants.csv', 'responses.csv', 'sessions.csv', \
'study.toml', 'truth.json']
    """
    check_target(folder)
    plan = Plan(
        design=design, groups=groups, group_size=group_size,
        controls=controls if design != "single_group" else 0, waves=tuple(waves), truth=truth,
        between_scales=between_scales, dropout=dropout, unanswered=unanswered, sessions=sessions,
        attendance=attendance, title=title,
        primary_outcome=primary_outcome or next(iter(truth), ""),
        primary_wave=primary_wave or waves[-1],
    )
    tables = draw_tables(plan, seed)
    with whole_folder(folder) as work:
        for name, table in tables.items():
            table.to_csv(work / f"{name}.csv", index=False, lineterminator="\n")
        write_text_whole(work / "study.toml", _study_toml(plan))
        write_text_whole(work / "truth.json", _as_json({"seed": seed, **truth_of(plan)}))
        write_text_whole(work / "README.md", _readme(plan, seed))
    return Path(folder)


def truth_of(plan: Plan) -> dict[str, Any]:
    """What the draws follow, as plain values; the content of ``truth.json`` without the seed."""
    elsewhere = ("truth", "title", "primary_outcome", "primary_wave")
    settings = {f.name: getattr(plan, f.name) for f in fields(plan) if f.name not in elsewhere}
    return {
        "synthetic": True,
        **settings,
        "scales": {name: asdict(truth) for name, truth in plan.truth.items()},
        "scores": known_truth(plan.courses, plan.waves, plan.between_scales),
    }


def _study_toml(plan: Plan) -> str:
    text = partial(json.dumps, ensure_ascii=False)  # also the quoting of TOML
    arms = [] if plan.design == "single_group" else [
        "[arms]", f'control = "{CONTROL}"', f'treated = ["{TREATED}"]', "",
    ]
    return "\n".join([
        "# SYNTHETIC: written by simulate_study; nobody answered. The truth is in truth.json.",
        "",
        "[study]",
        f"title = {text(plan.title)}",
        f'design = "{plan.design}"',
        f"waves = [{', '.join(map(text, plan.waves))}]",
        f'primary_outcome = "{plan.primary_outcome}"',
        f"primary_wave = {text(plan.primary_wave)}",
        "synthetic = true",
        "",
        *arms,
        "[files]",
        *(f'{name} = "{name}.csv"'
          for name in ("participants", "responses", "sessions", "attendance")),
        *(line for id_ in plan.keys for line in ("", f"[instruments.{id_}]", 'items = "{id}_{n}"')),
        "",
    ])


def _readme(plan: Plan, seed: int) -> str:
    people = f"{plan.groups} Balint groups of {plan.group_size}"
    if plan.design != "single_group":
        people += f" and {plan.controls} people on a wait list"
    return f"""# SYNTHETIC STUDY: {plan.title}

**SYNTHETIC data: nobody answered these questionnaires, nobody sat in these groups.** Every number
was drawn by `balint_research.simulate_study` with seed {seed}. Use it to learn and to test;
never cite it, never pool it with real studies.

{people}; waves: {", ".join(plan.waves)}.

| file | what it holds |
|---|---|
| `study.toml` | what was planned |
| `participants.csv` | participant, arm, group and four covariates |
| `responses.csv` | participant, wave and the raw answer to every item |
| `sessions.csv` | the sessions of each group |
| `attendance.csv` | who came to which session that was held |
| `truth.json` | what the numbers were drawn from: means, SDs, effects, dropout, attendance |

Means, SDs and effects were chosen for the purpose; they are no norms of any questionnaire.
"""


def _as_json(truth: Mapping[str, Any]) -> str:
    return json.dumps(_shortened(truth), indent=2) + "\n"


def _shortened(value: Any) -> Any:
    """Numbers with 9 significant digits: the last ones differ between processors."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, Mapping):
        return {key: _shortened(inner) for key, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list | tuple) else value
