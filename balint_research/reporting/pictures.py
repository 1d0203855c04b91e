"""The pictures of a report: which there are, their words, and how they become files.

The files of a picture are printed side by side on several cores; a picture is drawn and laid out
once for all of them. The same picture gives the same bytes, on any day.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from balint_research.evaluation import Evaluation
from balint_research.reporting import alt_text, figures
from balint_research.reporting import format as to
from balint_research.reporting.drawing import style
from balint_research.reporting.naming import outcomes_of, scale_label, user_keys
from balint_research.reporting.small_cells import Shown, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("svg", "pdf", "png")
RESOLUTION = 300  # dots an inch, as journals ask for
PACKED = 1  # of 9: hardly larger than the default of 6, in half of its time
CORES = 4   # more do not pay: each has to start Python and load matplotlib first


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One figure with its file name, its caption and its words for those who do not see it.

    `files` holds its bytes by kind (``svg pdf png``) once it is `printed`.
    """

    name: str
    caption: str
    alt: str
    draw: Callable[[], "Figure"]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The figure as an address that holds the figure itself: nothing is fetched."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.files['svg']).decode()}"


def pictures(evaluation: Evaluation) -> dict[str, Picture]:
    """Every figure of the report by its file name, in the order of the page."""
    safe = shown(evaluation)
    made = [*_overview_pictures(safe), *_comparison_picture(safe)]
    made += [_change_picture(safe, *pair) for pair in outcomes_of(safe)]
    return {picture.name: picture for picture in made}


def printed(drawn: Mapping[str, Picture], kinds: Sequence[str]) -> dict[str, Picture]:
    """The pictures with their files of these kinds."""
    from joblib import Parallel, cpu_count, delayed

    jobs = min(CORES, cpu_count()) if len(kinds) > 1 else 1  # one kind alone is printed sooner here
    files = Parallel(n_jobs=jobs)(delayed(_files)(one.draw, kinds) for one in drawn.values())
    return {name: replace(one, files=own)
            for (name, one), own in zip(drawn.items(), files, strict=True)}


def _files(draw: Callable[[], "Figure"], kinds: Sequence[str]) -> dict[str, bytes]:
    figure = draw()
    with style():
        if engine := figure.get_layout_engine():
            engine.execute(figure)
    figure.set_layout_engine("none")  # laid out once for all its files
    return {kind: _drawn(figure, kind) for kind in kinds}


def change_name(instrument: str, scale: str) -> str:
    """The file name of the picture of one scale, without its ending."""
    return f"change_{instrument}_{scale}"


def _overview_pictures(safe: Shown) -> Iterator[Picture]:
    yield Picture(name="flow", caption="People and groups in each arm, and who answered at each "
                  "wave.", alt=alt_text.flow(safe), draw=partial(figures.flow, safe))
    if safe.attendance.get("share", pd.Series(dtype=float)).notna().any():
        yield Picture(
            name="attendance", alt=alt_text.attendance(safe),
            draw=partial(figures.attendance, safe),
            caption="Places taken in the sessions that were held, by group.")
    yield Picture(name="completeness", caption="People with a score, of those who answered, by "
                  "scale, arm and wave. Darker means more are missing." + _own(safe),
                  alt=alt_text.completeness(safe), draw=partial(figures.completeness, safe))


def _comparison_picture(safe: Shown) -> Iterator[Picture]:
    if safe.comparison["effect_size"].isna().all():
        return
    yield Picture(
        name="comparison", alt=alt_text.comparison(safe), draw=partial(figures.comparison, safe),
        caption="Difference between the arms, in effect sizes with "
                f"{to.percent(to.CONFIDENCE)} intervals, turned so that right is better for the "
                "treated arm. Signs differ from the tables where a lower score is better."
                + _own(safe))


def _change_picture(safe: Shown, instrument: str, scale: str) -> Picture:
    groups = bool((safe.flow["groups"] > 0).any())
    lines = _lines_words(safe, instrument, scale)
    return Picture(
        name=change_name(instrument, scale), alt=alt_text.change(safe, instrument, scale),
        draw=partial(figures.change, safe, instrument, scale),
        caption=f"{scale_label(safe, instrument, scale)}. {lines} of the "
                f"people with a score (n), with its {to.percent(to.CONFIDENCE)} interval. The "
                f"interval shows the spread of people and is no test"
                f"{'; the table takes groups into account' if groups else ''}."
                f"{_own(safe, instrument)}")


def _lines_words(safe: Shown, instrument: str, scale: str) -> str:
    """Whether people are drawn one by one, and whether all of them are."""
    if safe.public:
        return "Public version, without lines of people. Mean"
    told = safe.scores[(safe.scores["instrument"] == instrument)
                       & (safe.scores["scale"] == scale) & safe.scores["value"].notna()]
    drawn = safe.lines[(safe.lines["instrument"] == instrument) & (safe.lines["scale"] == scale)]
    if len(drawn) == len(told):
        return "One thin line a person; mean"
    return ("One thin line a person, but for those who could be told apart by the waves they "
            "missed; mean")


def _own(safe: Shown, instrument: str | None = None) -> str:
    return "".join(f" {note}" for note in user_keys(safe, instrument))


def _drawn(figure: "Figure", kind: str) -> bytes:
    """A figure as the bytes of a file.

    Printed through the canvas of each format: `savefig` draws everything twice.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    data = BytesIO()
    canvas: Any  # matplotlib does not type what its canvases print
    with style():
        if kind == "svg":
            canvas = FigureCanvasSVG(figure)
            canvas.print_svg(data, metadata={"Date": None})
        elif kind == "pdf":
            canvas = FigureCanvasPdf(figure)
            canvas.print_pdf(data, metadata={"CreationDate": None})
        else:
            figure.set_dpi(RESOLUTION)
            canvas = FigureCanvasAgg(figure)
            canvas.print_png(data, pil_kwargs={"compress_level": PACKED})
    return data.getvalue()
