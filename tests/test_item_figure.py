"""The figure of the items: read from its artists."""

import numpy as np
import pandas as pd
import pytest

from balint_research.errors import AnalysisError
from balint_research.reporting.item_figure import item_figure
from balint_research.scoring.exchange.wording import Wording


def analysis(*rows: tuple[str, int, bool, float]) -> pd.DataFrame:
    return pd.DataFrame([
        {"instrument": "demo", "scale": scale, "item": item, "gist": f"invented gist {item}",
         "reversed": turned, "n": 40, "item_rest_correlation": r}
        for scale, item, turned, r in rows
    ])


ITEMS = analysis(("total", 1, False, 0.5), ("total", 2, True, -0.25), ("total", 3, False, np.nan),
                 ("other_scale", 4, True, 0.31))


def test_one_panel_a_scale_with_its_n_and_one_mark_an_item() -> None:
    figure = item_figure(ITEMS)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Total (n = 40)", "Other scale (n = 40)"]
    marks = [(float(np.asarray(line.get_xdata())[0]), line.get_marker(),
              line.get_markerfacecolor())
             for line in figure.axes[0].lines if line.get_marker() in ("o", "s")]
    assert marks == [(0.5, "o", "#0072B2"), (-0.25, "s", "white")]
    texts = [text.get_text().strip() for text in figure.axes[0].texts]
    assert texts == ["0.50", "−0.25", "not defined"]


def test_an_item_against_its_scale_is_bold_and_inside_the_axis() -> None:
    axes = item_figure(ITEMS).axes[0]
    weights = {label.get_text(): label.get_fontweight() for label in axes.get_yticklabels()}
    assert weights == {"1 invented gist 1": "normal", "2 invented gist 2": "bold",
                       "3 invented gist 3": "normal"}
    assert axes.get_xlim()[0] < -0.25


def test_wording_takes_the_place_of_gists_and_says_so() -> None:
    long = "An invented text that is much longer than one line of this figure could ever hold, so"
    figure = item_figure(ITEMS, Wording(instrument="demo", language="en", texts={1: long}))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0].replace("\n", " ") == f"1 {long}" and "\n" in labels[0]
    assert labels[1] == "2 invented gist 2"
    assert "not to publish" in figure.get_supxlabel()
    assert "not to publish" not in item_figure(ITEMS).get_supxlabel()


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(AnalysisError, match="There is no item to draw"):
        item_figure(ITEMS.head(0))
    other = Wording(instrument="teq", language="en", texts={})
    with pytest.raises(AnalysisError) as caught:
        item_figure(ITEMS, other)
    assert str(caught.value) == ("The wording is that of teq, the analysis that of demo. Read the "
                                 "wording of the same questionnaire.")
