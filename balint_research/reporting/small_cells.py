"""What may be shown of an evaluation: every cell of fewer than k people is taken out here.

Tables, figures and the report start from `shown(evaluation)` and from nothing else, so there is
one gate. A person who answered belongs to a cell; how many were asked and how many answered is
told wherever it is k or more, because nobody may be dropped in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pandas as pd

from balint_research.errors import PrivacyError
from balint_research.evaluation import Evaluation
from balint_research.reporting.cells import counts, notes, results, told
from balint_research.reporting.cells.differences import lines
from balint_research.reporting.cells.earlier import changed, read_earlier
from balint_research.reporting.cells.gate import CELLS, Gate, places
from balint_research.reporting.format import WITHHELD, fewer_than
from balint_research.study.study import LEAST_K, PUBLIC_K, USUAL_K


@dataclass(frozen=True, kw_only=True)
class Shown(Evaluation):
    """An evaluation without its small cells.

    Attributes
    ----------
    smallest_cell : k, the fewest people of which anything is told.
    public : whether anybody may read it: then there is no row and no line of a person.
    suppressed : one phrase for each table from which something was taken out.
    why : the rules that took something out, in plain sentences.
    lines : the scores that may be drawn as lines of people.
    earlier : how many earlier reports were compared.

    Every frame has one more column: ``suppressed``, True where a value was taken out of the row;
    `descriptives` has ``both_waves`` as well, True where a row describes only people with a score
    at the baseline and the later wave. `scores` has lost the rows of the suppressed cells.
    """

    smallest_cell: int
    public: bool = False
    suppressed: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    lines: pd.DataFrame = field(default_factory=pd.DataFrame)
    earlier: int = 0

    @property
    def few(self) -> str:
        """What stands in place of a hidden number; not its size where an earlier report has one."""
        return WITHHELD if self.earlier else fewer_than(self.smallest_cell)


def shown(
    evaluation: Evaluation, smallest_cell: int | None = None, *, public: bool = False,
    earlier: Sequence[str | Path] = (),
) -> Shown:
    """The evaluation with every cell below k people taken out, and told.

    Taken out are the cells of fewer than k people; what would give them back by subtraction from a
    total (`taken_out`) or from another result; shares without k people on either side; quartiles
    of fewer than 4 k people and medians of fewer than 2 k; the answers of few people who missed a
    wave (`described`); and what differs from an earlier report by fewer than k people.

    Parameters
    ----------
    evaluation : what `evaluate` gave. Shown twice is the same as shown once.
    smallest_cell : k; ``[privacy] k`` of study.toml if not given.
    public : for readers anywhere: k is at least 11, and nothing of a single person stays.
    earlier : folders of results of this study that others have.

    Returns
    -------
    `Shown`.

    Raises
    ------
    PrivacyError : k is below 3; an earlier folder cannot be compared; or `evaluation` is shown
        already and was shown by a weaker rule than the one asked for now.

    Notes
    -----
    Not covered: coefficients of models (a comparison of arms that allows for the baseline is no
    mean of few people); the smd, whose SD at a later wave, with the SD of those described there,
    can be solved for one person without a baseline; scales that add up to another scale; and sums
    of three results or more.
    """
    privacy = evaluation.study.privacy
    k = replace(privacy, k=smallest_cell or privacy.k).smallest(public=public)
    if isinstance(evaluation, Shown):
        return _again(evaluation, k if public or smallest_cell else 0, public, bool(earlier))
    if k < LEAST_K:
        raise PrivacyError(f"A smallest cell of {k} hides nobody. Allowed: {LEAST_K} or more; "
                           f"{USUAL_K} is usual within a programme, {PUBLIC_K} for the public.")
    gate = Gate(smallest=k, public=public, earlier=read_earlier(earlier, evaluation.study.title))
    cells, scores_moved = _cells(evaluation, gate)
    safe = _closed(cells, evaluation, gate)
    if public:
        safe = _for_anybody(safe)
    moved = scores_moved or any(gate.moved(name, getattr(evaluation, name)).any()
                                for name in CELLS if name != "descriptives")
    drawn = evaluation.scores["value"].notna().sum() > len(safe.lines)
    safe = replace(safe, suppressed=told.suppressed(safe), earlier=len(gate.earlier))
    frames = {name: getattr(safe, name) for name in CELLS}
    return replace(safe, why=told.why(safe, bool(drawn), moved, changed(gate, frames)))


def _again(safe: Shown, k: int, public: bool, earlier: bool) -> Shown:
    """What was taken out cannot be told by a stricter rule afterwards."""
    if k > safe.smallest_cell or (public and not safe.public) or earlier:
        raise PrivacyError(
            "This evaluation was shown before, by a weaker rule than the one asked for now (cells "
            f"of {safe.smallest_cell} people). Start from what `evaluate` gave.")
    return safe


def _cells(evaluation: Evaluation, gate: Gate) -> tuple[Shown, bool]:
    """Every frame without its small cells; whether an earlier report hid some of the scores."""
    parts = {one.name: getattr(evaluation, one.name) for one in fields(Evaluation)}
    flow = counts.flow(evaluation.flow, gate)
    counted = counts.completeness(evaluation.completeness, gate)
    found = results.results(evaluation, flow, gate)
    main = found.comparison if evaluation.study.arms else found.change
    scores = results.scores(evaluation.scores, found.descriptives)
    return Shown(**parts | {
        "smallest_cell": gate.smallest, "public": gate.public, "flow": flow,
        "attendance": counts.attendance(evaluation.attendance, evaluation.flow, gate),
        "completeness": counted, "descriptives": found.descriptives, "change": found.change,
        "comparison": found.comparison, "effects": found.effects, "scores": scores,
        "groups": results.groups(evaluation, found.hidden, gate),
        "alternatives": results.alternatives(evaluation, found, gate),
        "sensitivity": results.sensitivity(evaluation.sensitivity, main, gate),
        "reasons": counts.reasons(evaluation.reasons, gate),
        "links": counts.links(evaluation.links, flow, gate),
        "linked": results.linked(evaluation, found.whom, gate),
        "items": counts.items(evaluation, flow, gate),
        "reliability": counts.reliability(evaluation, counted, found.descriptives, gate),
        "lines": lines(scores, found.whom, gate.smallest),
    }), found.moved


def _closed(safe: Shown, evaluation: Evaluation, gate: Gate) -> Shown:
    """Notes, warnings and rows of files, from which the cells that are gone would follow."""
    hidden = {own for frame in (safe.descriptives, safe.change)
              for own in places(frame.loc[frame["suppressed"] & frame["n"].isna()],
                                ["instrument", "scale"])}
    noted = {name: notes.without_few(getattr(safe, name), getattr(evaluation, name), hidden,
                                     evaluation, gate)
             for name in ("change", "comparison", "alternatives", "sensitivity")}
    data = replace(evaluation.data, files=counts.files(evaluation.data.files, safe.flow))
    return replace(
        safe, change=noted["change"], comparison=noted["comparison"],
        alternatives=noted["alternatives"], sensitivity=noted["sensitivity"], data=data,
        warnings=notes.warnings(evaluation, safe.flow, hidden, gate))


def _for_anybody(safe: Shown) -> Shown:
    """Without rows and lines of people, findings in the files, and groups that are not shown."""
    attendance = safe.attendance[safe.attendance["people"].notna()]
    return replace(safe, scores=safe.scores.head(0), lines=safe.lines.head(0),
                   attendance=attendance, data=replace(safe.data, issues=()))
