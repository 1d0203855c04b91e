"""How the questionnaires of a study work: which column is which item, and reliability."""

import pandas as pd

from balint_research.scoring.reliability.reliability import reliability
from balint_research.scoring.screen.screen import item_map
from balint_research.study.contracts import StudyData
from balint_research.study.item_columns import is_suffixed, item_places
from balint_research.study.scores import forms_of
from balint_research.study.study import Study


def study_items(study: Study, data: StudyData) -> pd.DataFrame:
    """Which column of the export is which item of which scale, and what was seen in it.

    Returns
    -------
    frame, one row an instrument, item and scale, in the order of the forms: ``instrument`` and the
    columns of `item_map`. `column` is the file's (that of the first wave at which the instrument
    was given, where waves are suffixes); `n low high` are over all waves.
    """
    frames = []
    for name, use in study.instruments.items():
        found = item_map(forms_of(use, data.responses), use.key, **use.how)
        places = item_places(study, name, use.waves[0] if is_suffixed(study) else None)
        ours = {f"{name}_{n}": column for n, column in places.items()}
        found["column"] = found["column"].map(ours)
        frames.append(found.assign(instrument=name))
    items = pd.concat(frames, ignore_index=True)
    return items[["instrument", *(column for column in items if column != "instrument")]]


def study_reliability(study: Study, data: StudyData) -> pd.DataFrame:
    """Reliability of every scale at the first wave at which its instrument was given.

    Returns
    -------
    frame: ``wave`` and the columns of `reliability` (listwise). Later waves are left out: the same
    people answer again, and what a programme changes is no error of measurement.
    """
    frames = []
    for use in study.instruments.values():
        forms = forms_of(use, data.responses)
        first = forms[forms["wave"] == use.waves[0]]
        found = reliability(first, use.key, **use.how)
        frames.append(found.assign(wave=use.waves[0]))
    table = pd.concat(frames, ignore_index=True)
    return table[["instrument", "scale", "wave", *(
        column for column in table if column not in ("instrument", "scale", "wave"))]]
