"""Frames become figures: each function takes an `Evaluation` and returns a matplotlib Figure.

No pyplot and no lasting settings: a figure can be adjusted and saved like any other. Small cells
are gone before anything is drawn, and every picture can be read in grey. Positions come from the
frames; the one thing worked out here is the interval of a mean from its n, mean and SD.
"""

import textwrap
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from balint_research.errors import AnalysisError
from balint_research.evaluation import Evaluation
from balint_research.reporting import drawing
from balint_research.reporting import format as to
from balint_research.reporting.drawing import INK, QUIET, ArmStyle, arm_styles, new_figure, style
from balint_research.reporting.naming import primary_first, scale_label
from balint_research.reporting.small_cells import Shown, shown
from balint_research.scoring.instrument import Scale

ARMS_IN_A_ROW = 3      # more panels than this share two rows
LINES_IN_A_FOREST = 30
COLUMNS_IN_A_GRID = 12
LETTER = 0.0083        # inches a letter takes, for each point of type
BOX = (0.84, 0.56)     # of a column and a line of the flow diagram


def change(evaluation: Evaluation, instrument: str, scale: str) -> Figure:
    """One outcome over the waves: a thin line a person, and the mean with its 95 % interval.

    Lines of people whose waves few others share are not drawn, and none in a public version. Arms
    stand side by side on one scale of points; the number of people is written at each wave.
    The interval is that of a mean of people, t with n - 1 df; it shows the spread and is no test
    (groups are taken into account in the tables).

    Parameters
    ----------
    instrument, scale : ids, e.g. ``"mbi_hss", "emotional_exhaustion"``.

    Returns
    -------
    matplotlib.figure.Figure : one axes for each arm, in the order of the tables.

    Raises
    ------
    AnalysisError : the study has no such scale; names those it has.
    """
    safe = shown(evaluation)
    described = _only(safe.descriptives, instrument, scale)
    if described.empty:
        raise AnalysisError(_no_such_scale(safe, instrument, scale))
    people = _only(safe.lines, instrument, scale)
    waves = [wave for wave in safe.study.waves if wave in set(described["wave"])]
    with style():
        looks = arm_styles(safe.study)
        panels = _panels(len(looks))
        for axes, (arm, look) in zip(panels, looks.items(), strict=True):
            _person_lines(axes, _arm(people, arm), waves, look)
            _means(axes, _arm(described, arm), waves, look)
            _name_waves(axes, _arm(described, arm), waves, len(panels), safe.few)
            axes.set_title(to.sentence_case(to.label(arm)), color=look.colour)
        _name_points(panels, safe, instrument, scale)
        return panels[0].figure  # type: ignore[return-value]


def comparison(evaluation: Evaluation) -> Figure:
    """Every outcome and wave in effect sizes, the primary outcome first: a forest plot.

    Turned by each scale's own direction so that right is better for the treated arm; a scale
    without a better direction is drawn as it is, and marked. A comparison that was refused shows
    its estimate without an interval. More than 30 lines do not fit a page: then the primary wave
    alone is shown, and the axis says so.
    """
    safe = shown(evaluation)
    frame = primary_first(safe.comparison, safe)
    frame = _few_enough(frame[frame["effect_size"].notna()], safe)
    if frame.empty:
        return drawing.nothing_to_show("There is no comparison between arms to show.")
    with style():
        outcomes = list(frame.groupby(["instrument", "scale"], sort=False))
        figure = new_figure(0.75 + 0.2 * (len(frame) + 1.2 * len(outcomes)))
        axes = figure.add_subplot()
        place = 0.0
        for (instrument, scale), rows in outcomes:
            _outcome_heading(axes, place, safe, str(instrument), str(scale))
            for row in to.records(rows):
                place += 1
                _effect(axes, place, row, safe)
            place += 1.3
        _finish_forest(axes, place, safe, list(frame["wave"].unique()))
        return figure


def flow(evaluation: Evaluation) -> Figure:
    """People and groups in each arm, wave by wave: who was asked, and who answered."""
    safe = shown(evaluation)
    waves = safe.study.waves
    with style():
        looks = arm_styles(safe.study)
        figure = new_figure(0.3 + 0.58 * (len(waves) + 1), width=min(
            drawing.WIDTH, 1.2 + 2.2 * len(looks)))
        axes = figure.add_subplot()
        drawing.bare(axes)
        axes.set(xlim=(-0.5, len(looks) - 0.5), ylim=(len(waves) + 0.4, -0.4))
        for column, (arm, look) in enumerate(looks.items()):
            _flow_column(axes, column, _arm(safe.flow, arm), safe, arm, look)
        for line, wave in enumerate(waves, 1):
            axes.annotate(textwrap.fill(to.label(wave), 14), (0, line), ha="right", va="center",
                          xycoords=("axes fraction", "data"), color=QUIET, annotation_clip=False)
        return figure


def attendance(evaluation: Evaluation) -> Figure:
    """Share of the offered places that was taken, one line a group that may be shown."""
    safe = shown(evaluation)
    frame = safe.attendance[safe.attendance["share"].notna()]
    if frame.empty:
        return drawing.nothing_to_show("There is no attendance to show.")
    with style():
        looks = arm_styles(safe.study)
        figure = new_figure(0.7 + 0.24 * len(frame))
        axes = figure.add_subplot()
        for place, row in enumerate(to.records(frame)):
            look = looks.get(row.arm, next(iter(looks.values())))
            axes.plot([0, 100 * row.share], [place, place], color=look.colour, lw=1.4,
                      ls=look.line)
            axes.plot(100 * row.share, place, look.marker, color=look.colour, mfc=look.fill, ms=6)
            axes.annotate(f"{to.percent(row.share)} of {to.count(row.offered)} places",
                          (100 * row.share, place), xytext=(8, 0), textcoords="offset points",
                          va="center", fontsize=7.5)
        axes.set_yticks(range(len(frame)), [_group_name(row) for row in to.records(frame)])
        axes.set(ylim=(len(frame) - 0.4, -0.6), xlim=(0, 125), xticks=range(0, 101, 25))
        axes.set_xlabel("Places taken, % of those offered in sessions held")
        axes.spines["bottom"].set_bounds(0, 100)
        return figure


def completeness(evaluation: Evaluation) -> Figure:
    """Share of those who answered at a wave who have a score: a line a scale, a column a wave."""
    safe = shown(evaluation)
    frame = safe.completeness
    if frame.empty:
        return drawing.nothing_to_show("There are no questionnaires to show.")
    with style():
        scales = list(dict.fromkeys(zip(frame["instrument"], frame["scale"], strict=True)))
        looks = arm_styles(safe.study)
        names = [textwrap.fill(scale_label(safe, *pair), 34) for pair in scales]
        panels = _grids(len(looks), len(safe.study.waves), len(scales))
        for axes, (arm, look) in zip(panels, looks.items(), strict=True):
            _share_grid(axes, _arm(frame, arm), scales, list(safe.study.waves), safe.few)
            axes.set_title(to.sentence_case(to.label(arm)), color=look.colour)
            first = axes.get_subplotspec().is_first_col()  # type: ignore[union-attr]
            axes.set_yticks(range(len(scales)), names if first else [""] * len(scales))
        figure = panels[0].figure
        figure.supxlabel("People with a score, % of those who answered "
                         "(no number: not given at this wave)", fontsize=8)
        return figure  # type: ignore[return-value]


def mean_interval(n: float, mean: float, sd: float) -> tuple[float, float]:
    """The 95 % interval of a mean of `n` people, t with n - 1 df; checked against scipy.stats."""
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 0.5 + to.CONFIDENCE / 2)) * sd / n**0.5
    return mean - reach, mean + reach


def _no_such_scale(safe: Shown, instrument: str, scale: str) -> str:
    known = [f"{name}.{own}" for name, use in safe.study.instruments.items()
             for own in use.key.scales]
    return f"The study has no scale '{instrument}.{scale}'. Allowed: {', '.join(known)}."


def _panels(arms: int) -> list[Axes]:
    """One axes for each arm, all on one scale of points."""
    columns = arms if arms <= ARMS_IN_A_ROW else (arms + 1) // 2
    rows = -(-arms // columns)
    figure = new_figure(2.9 if rows == 1 else 2.5 * rows, drawing.WIDTH if arms > 1 else 4.6)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for spare in grid[arms:]:
        spare.remove()
    return list(grid[:arms])


def _person_lines(axes: Axes, people: pd.DataFrame, waves: list[str], look: ArmStyle) -> None:
    """One thin line a person; a missing wave breaks it, so nothing is drawn that was not said."""
    if people.empty:
        return
    wide = people.pivot_table(index="participant", columns="wave", values="value",
                              observed=True).reindex(columns=waves)
    values = wide.to_numpy(dtype=float)
    places = np.broadcast_to(np.arange(len(waves)), values.shape)
    axes.add_collection(LineCollection(list(np.stack([places, values], axis=2)), colors=look.colour,
                                       lw=0.6, alpha=0.33, zorder=1, gid="people"))
    axes.plot(places.ravel(), values.ravel(), ".", color=look.colour, ms=1.6, alpha=0.33, zorder=1)


def _means(axes: Axes, described: pd.DataFrame, waves: list[str], look: ArmStyle) -> None:
    known = described.set_index("wave").reindex(waves)
    means = known["mean"].astype(float)
    axes.plot(range(len(waves)), means, color="white", lw=3.6, zorder=3)  # lifts it off the lines
    axes.plot(range(len(waves)), means, color=look.colour, lw=1.8, ls=look.line, zorder=4,
              marker=look.marker, mfc=look.fill, mew=1.2, ms=5.5, gid="mean")
    for place, row in enumerate(to.records(known)):
        if to.is_missing(row.sd) or not row.n > 1:
            continue
        low, high = mean_interval(float(row.n), float(row.mean), float(row.sd))
        axes.plot([place, place], [low, high], color=look.colour, lw=1.8, zorder=3.5,
                  solid_capstyle="butt", marker="_", ms=7, mew=1.4, gid="interval")


def _name_waves(
    axes: Axes, described: pd.DataFrame, waves: list[str], panels: int, few: str
) -> None:
    """Waves, and under each how many people have a score there."""
    known = described.set_index("wave").reindex(waves)
    columns = panels if panels <= ARMS_IN_A_ROW else (panels + 1) // 2
    people = [(few if to.is_missing(row.n) else to.count(row.n)).replace(" ", "")
              for row in to.records(known)]
    _set_waves(axes, waves, (drawing.WIDTH - 0.7) / columns,
               [f"\nn = {n}" for n in people])
    axes.set_xlim(-0.35, len(waves) - 0.65)


def _set_waves(axes: Axes, waves: list[str], width: float, below: list[str] | None = None) -> None:
    """Wave names in the room they have: broken between words, then smaller, then slanting."""
    slot = width / len(waves)
    longest = max(len(word) for wave in waves for word in to.label(wave).split())
    fits = [size for size in (7.5, 7, 6.5, 6) if longest * LETTER * size <= slot]
    size = fits[0] if fits else 6.5
    letters = max(longest, int(slot / LETTER / size))
    names = [textwrap.fill(to.label(wave), letters if fits else 100, break_long_words=False) + tail
             for wave, tail in zip(waves, below or [""] * len(waves), strict=True)]
    axes.set_xticks(range(len(waves)), names, fontsize=size)
    if not fits:
        axes.tick_params(axis="x", labelrotation=40)


def _name_points(panels: list[Axes], safe: Shown, instrument: str, scale: str) -> None:
    """The scale's name and direction; its ends where the data come near them."""
    key = safe.study.scale(instrument, scale)
    figure = panels[0].figure
    better = {"better": "higher is better", "worse": "lower is better",
              "neutral": "no better direction"}[key.higher_means]
    low, high = key.range
    figure.supylabel(f"{textwrap.fill(scale_label(safe, instrument, scale), 40)}\n"
                     f"points from {to.plain(low)} to {to.plain(high)}, {better}",
                     fontsize=8, multialignment="center")
    bottom, top = panels[0].get_ylim()
    for axes in panels:
        axes.set_ylim(max(bottom, low - 0.03 * (top - bottom)),
                      min(top, high + 0.03 * (top - bottom)))
        for end in (low, high):
            if bottom < end < top:
                axes.axhline(end, color=QUIET, lw=0.5, ls=(0, (1, 2)), zorder=0)


def _outcome_heading(axes: Axes, place: float, safe: Shown, instrument: str, scale: str) -> None:
    primary = f"{instrument}.{scale}" == safe.study.primary_outcome
    neutral = safe.study.scale(instrument, scale).higher_means == "neutral"
    words = scale_label(safe, instrument, scale)
    words += ", primary outcome" if primary else ""
    words += ", no better direction: not turned" if neutral else ""
    axes.annotate(words, (0, place), xycoords=("axes fraction", "data"), xytext=(-4, 0),
                  textcoords="offset points", annotation_clip=False, va="center", ha="left",
                  fontsize=8, fontweight="bold" if primary else "normal",
                  bbox={"fc": "white", "ec": "none", "pad": 1.5})  # the line of zero stops here


def _effect(axes: Axes, place: float, row: Any, safe: Shown) -> None:
    """One line of the forest: point, interval, and both as text on the right."""
    look = arm_styles(safe.study)[row.arm]
    value, low, high = turned(row, safe.study.scale(row.instrument, row.scale))
    if not to.is_missing(low):
        axes.plot([low, high], [place, place], color=look.colour, lw=1.4, ls="-",
                  solid_capstyle="butt", gid="interval")
    axes.plot(value, place, look.marker, color=look.colour, ms=5.5,
              mfc="white" if to.is_missing(low) else look.colour, gid="effect")
    words = to.with_interval(value, low, high)
    axes.annotate(words if not to.is_missing(low) else f"{words} (no interval)", (1, place),
                  xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                  va="center", annotation_clip=False, fontsize=7.5)
    arms = safe.study.arms
    several = arms is not None and len(arms.treated) > 1
    name = f"{to.label(row.arm)}, {to.label(row.wave)}" if several else to.label(row.wave)
    axes.annotate(name, (0, place), xycoords=("axes fraction", "data"), xytext=(-8, 0),
                  textcoords="offset points", ha="right", va="center", annotation_clip=False,
                  fontsize=7.5)


def turned(row: Any, scale: Scale) -> tuple[float, float, float]:
    """An effect size with its interval so that more is better; a neutral scale stays as it is."""
    if scale.higher_means != "worse":
        return row.effect_size, row.effect_low, row.effect_high
    return -row.effect_size, -row.effect_high, -row.effect_low


def _few_enough(frame: pd.DataFrame, safe: Shown) -> pd.DataFrame:
    """All comparisons, or those of the primary wave where all would not fit a page."""
    if len(frame) <= LINES_IN_A_FOREST:
        return frame
    return frame[frame["wave"] == safe.study.primary_wave]


def _finish_forest(axes: Axes, bottom: float, safe: Shown, waves: list[str]) -> None:
    axes.axvline(0, color=INK, lw=0.7, zorder=0)
    reach = max(abs(limit) for limit in axes.get_xlim()) * 1.05
    axes.set(xlim=(-reach, reach), ylim=(bottom - 0.3, -0.8), yticks=[])
    axes.spines["left"].set_visible(False)
    arms = safe.study.arms
    treated = "the treated arm" if arms is None or len(arms.treated) > 1 else to.label(
        arms.treated[0])
    control = to.label(arms.control if arms else None)
    at = f" at {to.label(waves[0])}" if len(waves) == 1 else ""
    axes.set_xlabel(f"\N{LEFTWARDS ARROW} favours {control}      "
                    f"standardised difference{at}      "
                    f"favours {treated} \N{RIGHTWARDS ARROW}")


def _flow_column(
    axes: Axes, column: int, rows: pd.DataFrame, safe: Shown, arm: str | None, look: ArmStyle
) -> None:
    """The boxes of one arm from top to bottom, joined by arrows."""
    first = rows[rows["wave"] == safe.study.baseline]
    texts = [_allocated(first, arm, safe.few)]
    by_wave = rows.set_index("wave")
    for wave in safe.study.waves:
        if wave not in by_wave.index:
            texts.append("not asked")
            continue
        row = by_wave.loc[wave]
        answered, asked = (safe.few if to.is_missing(row[what]) else to.count(row[what])
                           for what in ("answered", "asked"))
        texts.append(f"{answered} of {asked} answered")
    for line, text in enumerate(texts):
        axes.add_patch(_box(column, line, look, first=line == 0))
        axes.text(column, line, text, ha="center", va="center", linespacing=1.3,
                  fontweight="bold" if line == 0 else "normal",
                  fontsize=8 if len(arm_styles(safe.study)) <= ARMS_IN_A_ROW else 7)
        if line:
            axes.annotate("", (column, line - BOX[1] / 2), (column, line - 1 + BOX[1] / 2),
                          arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 0.8,
                                      "shrinkA": 0, "shrinkB": 0})


def _allocated(first: pd.DataFrame, arm: str | None, few: str) -> str:
    name = to.sentence_case(to.label(arm))
    if first.empty:
        return name
    row = first.iloc[0]
    people = (f"{few} people" if to.is_missing(row["people"]) else
              to.counted(row["people"], "person", "people"))
    groups = "" if to.is_missing(row["groups"]) or row["groups"] == 0 else (
        f" in {to.counted(row['groups'], 'group')}")
    return f"{name}\n{people}{groups}"


def _grids(arms: int, waves: int, scales: int) -> list[Axes]:
    """One grid for each arm, in two rows where the waves of all arms do not fit one line."""
    columns = arms if arms * waves <= COLUMNS_IN_A_GRID else max(1, (arms + 1) // 2)
    rows = -(-arms // columns)
    figure = new_figure(0.35 + rows * (0.6 + 0.25 * scales),
                        min(drawing.WIDTH, 2.6 + 0.8 * columns * waves))
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for spare in grid[arms:]:
        spare.remove()
    return list(grid[:arms])


def _share_grid(
    axes: Axes, frame: pd.DataFrame, scales: list[tuple[str, str]], waves: list[str], few: str
) -> None:
    """Shares as text on a grey that deepens with what is missing."""
    for row in to.records(frame):
        line, column = scales.index((row.instrument, row.scale)), waves.index(row.wave)
        known = not (to.is_missing(row.scored) or to.is_missing(row.answered) or row.answered == 0)
        share = row.scored / row.answered if known else 0
        unknown = few.replace(" ", "") if row.suppressed else to.NOTHING
        axes.add_patch(_cell(column, line, str(0.97 - 0.45 * (1 - share) if known else 1.0)))
        axes.text(column, line, to.percent(share).replace(" %", "") if known else unknown,
                  ha="center", va="center", fontsize=7.5)
    columns = axes.get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]
    _set_waves(axes, waves, (cast("Figure", axes.figure).get_figwidth() - 1.9) / columns)
    axes.set(xlim=(-0.5, len(waves) - 0.5), ylim=(len(scales) - 0.5, -0.5))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cell(column: int, line: int, grey: str) -> Rectangle:
    return Rectangle((column - 0.48, line - 0.46), 0.96, 0.92, fc=grey, ec="none", zorder=0)


def _box(column: int, line: int, look: ArmStyle, *, first: bool) -> Rectangle:
    width, height = BOX
    return Rectangle((column - width / 2, line - height / 2), width, height, fc="white",
                     ec=look.colour, lw=1.4 if first else 0.8, ls=look.line if first else "-")


def _group_name(row: Any) -> str:
    return f"{to.label(row.group)} (n = {to.count(row.people)})"


def _only(frame: pd.DataFrame, instrument: str, scale: str) -> pd.DataFrame:
    return frame[(frame["instrument"] == instrument) & (frame["scale"] == scale)]


def _arm(frame: pd.DataFrame, arm: str | None) -> pd.DataFrame:
    """The rows of one arm; all rows in a study without arms."""
    return frame if arm is None else frame[frame["arm"] == arm]
