"""A contrast of a design's model: what may be tested with so many groups, and what must be said."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from balint_research.analysis.group_model import GroupModel, at_boundary, fitted_on
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.degrees import Df
from balint_research.analysis.words import (
    DF_WORDS,
    NO_SPREAD,
    TWO_CLUSTERS,
    TWO_GROUPS,
    unreliable,
)
from balint_research.errors import AnalysisError

UNRELIABLE_DF = 4.0   # CR2 with fewer does not hold its level


@dataclass(frozen=True, kw_only=True)
class How:
    """How the uncertainty is had, and whether zero variances count as known."""

    df: Df = "kenward_roger"
    drop_zero: bool = True


def model_contrast(
    model: GroupModel, weights: Mapping[str, float], how: How, *, two: bool,
    clusters: bool = False,
) -> tuple[dict[str, Any], list[str]]:
    """Estimate, interval, test and `method` of a contrast, and sentences about them.

    With `two` groups the interval is that of CR2 and there is no test; two `clusters` are tested,
    zero variances kept, for else they might count as many people. `model` has a fit.
    """
    if model.fit is None:
        raise AnalysisError("No model could be fitted.")
    if two:
        how = replace(how, drop_zero=False) if clusters else How(df="cr2")
    found = contrasts(model.fit, {"contrast": dict(weights)}, df=how.df,
                      drop_zero=how.drop_zero).iloc[0]
    result: dict[str, Any] = {str(name): float(value) for name, value in found.items()
                              if name != "contrast"}
    if math.isnan(result["se"]):
        return untested(model, result["estimate"], NO_SPREAD)
    weak = [TWO_CLUSTERS if clusters else TWO_GROUPS] if two else []
    if how.df == "cr2" and result["df"] < UNRELIABLE_DF:
        weak.append(unreliable(result["df"], UNRELIABLE_DF))
    if two and not clusters:
        del result["p"], result["statistic"]
    kept = "" if how.drop_zero or how.df == "cr2" else " with variances at 0 kept"
    result["method"] = f"{model.words}; {DF_WORDS[how.df]}{kept}"
    taken = how.drop_zero and how.df != "cr2"
    return result, [*weak, fitted_on(model), *at_boundary(model, taken=taken)]


def untested(
    model: GroupModel, estimate: float, *why: str
) -> tuple[dict[str, Any], list[str]]:
    """The estimate alone, and why."""
    result = {"estimate": estimate, "method": f"{model.words}; not tested"}
    return result, [*why, fitted_on(model), *at_boundary(model, taken=False)]
