"""Are the people whose rows could be linked like those whose rows could not?"""

import pandas as pd

from balint_research.analysis.effect import independent_effects
from balint_research.study.contracts import StudyData
from balint_research.study.linked import SINGLE
from balint_research.study.study import Study

COLUMNS = ("instrument", "scale", "n_linked", "mean_linked", "sd_linked", "n_single",
           "mean_single", "sd_single", "effect_size", "effect_low", "effect_high")


def linked_at_baseline(scores: pd.DataFrame, study: Study, data: StudyData) -> pd.DataFrame:
    """Baseline scores of people whose baseline was linked to a later wave, against the others.

    Returns
    -------
    frame ``instrument scale n_linked mean_linked sd_linked n_single mean_single sd_single
    effect_size effect_low effect_high``, a row a scale that has both; the effect size is ``smd``
    (linked minus single, `independent_effects`), with its 95 % interval. Empty without links.

    Notes
    -----
    A description, not a test: with few people a large difference can be chance, and people of one
    group are alike. Checked against ``effectsize::hedges_g`` through `independent_effects`.
    """
    if data.links.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    links = data.links[data.links["wave"] == study.baseline]
    single = links.loc[links["how"] == SINGLE, "participant"]
    there = scores[(scores["wave"] == study.baseline) & scores["value"].notna()
                   & scores["participant"].isin(links["participant"])]
    rows = []
    for (instrument, scale), part in there.groupby(["instrument", "scale"], sort=False):
        alone = part["participant"].isin(single)
        values, others = part.loc[~alone, "value"], part.loc[alone, "value"]
        if values.empty or others.empty:
            continue
        effect = independent_effects(values, others).iloc[0]
        rows.append((instrument, scale, len(values), values.mean(), values.std(), len(others),
                     others.mean(), others.std(), effect["value"], effect["low"], effect["high"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))
