"""The items of a questionnaire as a figure: how each goes with the rest of its scale."""

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from balint_research.errors import AnalysisError
from balint_research.reporting import format as to
from balint_research.reporting.drawing import COLOURS, FAINT, INK, QUIET, new_figure, style
from balint_research.scoring.exchange.wording import Wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 0.19        # inches a line of text
LETTERS = 58       # of a wording, in one line
LOWEST = -0.2      # the axis reaches lower only where an item does


def item_figure(analysis: pd.DataFrame, wording: Wording | None = None) -> "Figure":
    """Item-rest correlation of every item, scale by scale, with n.

    Reversed items are open squares, items below zero are named in bold: their direction needs a
    look (`screen` says how sure that is).

    Parameters
    ----------
    analysis : what `item_analysis` gave for one questionnaire.
    wording : your own item texts (`read_wording`) in place of our gists. Such a figure holds
        licensed wording and says so: it is for your own use.

    Returns
    -------
    A matplotlib figure, 183 mm wide.

    Raises
    ------
    AnalysisError : there is nothing to draw, or the wording is of another questionnaire.

    Examples
    --------
    >>> import balint_research as br
    >>> responses = pd.read_csv(br.example("balint_cohort") / "responses.csv")
    >>> first = responses[responses["wave"] == "baseline"]
    >>> figure = item_figure(br.item_analysis(first, "mbi_hss"))
    >>> figure.axes[0].get_title(loc="left")
    'Emotional exhaustion (n = 89)'
    """
    _refuse(analysis, wording)
    scales = list(dict.fromkeys(analysis["scale"]))
    reach = (min(LOWEST, float(analysis["item_rest_correlation"].min()) - 0.05), 1.0)
    labels = {scale: _labels(analysis[analysis["scale"] == scale], wording) for scale in scales}
    lines = {scale: sum(label.count("\n") + 1 for label in labels[scale]) for scale in scales}
    with style():
        note = 0.5 if wording is None else 0.7
        figure = new_figure(note + sum(LINE * n + 0.5 for n in lines.values()))
        grid = figure.subplots(len(scales), 1, squeeze=False, sharex=True,
                               height_ratios=[lines[scale] + 1 for scale in scales])
        for axes, scale in zip(grid[:, 0], scales, strict=True):
            _panel(axes, analysis[analysis["scale"] == scale], labels[scale], reach)
        grid[-1, 0].set_xlabel("correlation of the item with the rest of its scale")
        _explain(figure, wording)
    return figure


def _refuse(analysis: pd.DataFrame, wording: Wording | None) -> None:
    if analysis.empty:
        raise AnalysisError("There is no item to draw: `analysis` has no row.")
    names = ", ".join(sorted(set(map(str, analysis["instrument"]))))
    if wording is not None and names != wording.instrument:
        raise AnalysisError(
            f"The wording is that of {wording.instrument}, the analysis that of {names}. Read the "
            "wording of the same questionnaire."
        )


def _labels(rows: pd.DataFrame, wording: Wording | None) -> list[str]:
    """Number and gist of each item, or its wording in as many lines as it needs."""
    texts = wording.texts if wording else {}
    return ["\n".join(textwrap.wrap(f"{item} {texts.get(int(item), gist)}", LETTERS))
            for item, gist in zip(rows["item"], rows["gist"], strict=True)]


def _panel(
    axes: "Axes", rows: pd.DataFrame, labels: list[str], reach: tuple[float, float]
) -> None:
    """The items of one scale, from top to bottom in the order of the key."""
    heights = [label.count("\n") + 1 for label in labels]
    places = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    for row, place in zip(to.records(rows), places, strict=True):
        r = row.item_rest_correlation
        if to.is_missing(r):
            axes.text(0, place, " not defined", va="center", fontsize=7, color=QUIET)
            continue
        axes.hlines(place, 0, r, color=FAINT, lw=1.2, zorder=1)
        axes.plot(r, place, marker="s" if row.reversed else "o", ms=4.5, mew=1.1, zorder=2,
                  color=COLOURS[0], mfc="white" if row.reversed else COLOURS[0])
        axes.text(reach[1] * 1.02, place, to.number(r), va="center", fontsize=7)
    axes.axvline(0, color=INK, lw=0.7, zorder=0)
    axes.set(xlim=reach, ylim=(sum(heights) + 0.2, -0.2), yticks=places)
    axes.set_yticklabels(labels)
    for label, r in zip(axes.get_yticklabels(), rows["item_rest_correlation"], strict=True):
        label.set_fontweight("bold" if r < 0 else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    name, people = rows["scale"].iloc[0], rows["n"].iloc[0]
    axes.set_title(f"{to.sentence_case(to.label(name))} (n = {to.count(people)})")


def _explain(figure: "Figure", wording: Wording | None) -> None:
    """What the marks mean; with wording, that the figure must not go further."""
    text = "circle: scored forward    open square: reversed    bold: runs against its scale"
    if wording is not None:
        text += "\nwith the licensed wording of the questionnaire: for your own use, not to publish"
    figure.supxlabel(text, fontsize=7, color=QUIET)

