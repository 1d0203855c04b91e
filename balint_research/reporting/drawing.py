"""How our figures look: colours that stay apart for every eye and in grey, type, and sizes."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from balint_research.study.study import Study

WIDTH = 7.2  # inches: 183 mm, two columns of a journal
INK, QUIET, FAINT = "#222222", "#595959", "#d9d9d9"

# Okabe M, Ito K, Color Universal Design, 2008, without yellow (too light on white paper).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1)))

# For names in scripts that DejaVu Sans lacks, where the machine has one of these.
OTHER_SCRIPTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC",
                 "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans", "Yu Gothic",
                 "Malgun Gothic", "Arial Unicode MS", "Noto Sans Arabic", "Noto Sans Thai")


def _families() -> list[str]:
    """DejaVu Sans comes with matplotlib and is the same everywhere; others only fill its gaps."""
    installed = set(fontManager.get_font_names())
    return ["DejaVu Sans", *(name for name in OTHER_SCRIPTS if name in installed)]


STYLE: Any = {
    "font.family": _families(),
    "text.parse_math": False,             # a dollar sign in a name is a dollar sign
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",               # no font is needed to see it
    "svg.hashsalt": "balint_research",    # the same figure gives the same file
    "pdf.fonttype": 3,                    # outlines: TrueType subsets take a third of a run
}


@dataclass(frozen=True)
class ArmStyle:
    """Colour, marker and line of one arm; the control is black, open and dashed."""

    colour: str
    marker: str
    line: Any
    fill: str


class ReportFigure(Figure):
    """A matplotlib figure without pyplot that a notebook shows as a picture."""

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        with style():
            canvas: Any = FigureCanvasAgg(self)
            canvas.print_png(picture)
        return picture.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Our type and colours for the time of the block; what the user has set comes back.

    A letter that no font has is drawn as a box; matplotlib's warning would spell it out.
    """
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        yield


def new_figure(height: float, width: float = WIDTH) -> ReportFigure:
    """An empty figure, in inches, that keeps its labels from overlapping."""
    figure = ReportFigure(figsize=(width, height), dpi=144, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def arm_styles(study: Study) -> dict[str | None, ArmStyle]:
    """The look of each arm, in the order of every table; None is a study without arms."""
    if study.arms is None:
        return {None: ArmStyle(COLOURS[0], MARKERS[0], LINES[0], COLOURS[0])}
    looks: dict[str | None, ArmStyle] = {
        arm: ArmStyle(COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], LINES[i % len(LINES)],
                      COLOURS[i % len(COLOURS)])
        for i, arm in enumerate(study.arms.treated)
    }
    looks[study.arms.control] = ArmStyle("#000000", "o", (0, (2.5, 1.2)), "white")
    return looks


def bare(axes: Axes) -> None:
    """No frame and no ticks: for diagrams and for text."""
    axes.set_axis_off()


def nothing_to_show(why: str) -> ReportFigure:
    """A small figure that says why it is empty."""
    figure = new_figure(0.6)
    axes = figure.add_subplot()
    bare(axes)
    axes.text(0, 0.5, why, va="center", transform=axes.transAxes, color=QUIET)
    return figure
