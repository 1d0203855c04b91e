"""What a study knows of how its rows were linked by codes, and what it says without doubtful links.

`balint link` gives each person a random id and writes into links.csv how each row was linked. Rows
without a partner stay as people with one wave.
"""

from dataclasses import replace

import pandas as pd

from balint_research.study.contracts import LINKED, StudyData
from balint_research.study.study import Study

EXACT = "exact"
SINGLE = "single"


def links(study: Study, data: StudyData) -> pd.DataFrame:
    """How many rows of each wave were linked, and how.

    Returns
    -------
    frame ``wave how people``, waves in the study's order and kinds of link from the surest on; only
    kinds that occur; empty where the study has no links file.
    """
    counts = data.links.groupby(["wave", "how"]).size()
    rows = [{"wave": wave, "how": how, "people": int(counts[wave, how])}
            for wave in study.waves for how in LINKED if (wave, how) in counts]
    return pd.DataFrame(rows, columns=["wave", "how", "people"]).astype(
        {"wave": "str", "how": "str", "people": "int64"})


def linked_otherwise(data: StudyData) -> pd.Series:
    """The people one of whose rows was linked in another way than by equal codes."""
    doubtful = ~data.links["how"].isin((EXACT, SINGLE))
    return data.links.loc[doubtful, "participant"].drop_duplicates()


def exact_links_only(data: StudyData) -> StudyData:
    """The data in which rows that were not linked by equal codes are people of their own."""
    apart = data.links[data.links["participant"].isin(linked_otherwise(data))
                       & (data.links["how"] != EXACT)]
    names = apart.set_index(["participant", "wave"]).index
    own = pd.Series([f"{person} at {wave}" for person, wave in names], index=names, dtype="str")
    rows = pd.MultiIndex.from_frame(data.responses[["participant", "wave"]])
    renamed = own.reindex(rows).to_numpy()
    responses = data.responses.assign(
        participant=data.responses["participant"].where(pd.isna(renamed), renamed).astype("str"))
    people = data.participants.set_index("participant")
    stayed = people[people.index.isin(responses["participant"])
                    | ~people.index.isin(apart["participant"])]
    parted = people.loc[names.get_level_values("participant")].set_axis(own.to_numpy())
    together = pd.concat([stayed, parted]).rename_axis("participant").reset_index()
    return replace(data, participants=together.astype({"participant": "str"}),
                   responses=responses)


def reasons(study: Study, data: StudyData) -> pd.DataFrame:
    """Why answers are missing, where the file or study.toml says so.

    Returns
    -------
    frame ``instrument wave reason answers people``: unanswered items and the people they are of;
    empty where no reason is known.
    """
    columns = ["instrument", "wave", "reason", "answers", "people"]
    told = data.missing_reasons
    if told.empty:
        return pd.DataFrame(columns=columns).astype({"answers": "int64", "people": "int64"})
    counts = told.groupby(["instrument", "wave", "reason"], as_index=False).agg(
        answers=("item", "size"), people=("participant", "nunique"))
    order = counts.assign(
        instrument=counts["instrument"].map({name: i for i, name in enumerate(study.instruments)}),
        wave=counts["wave"].map({wave: i for i, wave in enumerate(study.waves)}),
        answers=-counts["answers"])
    ordered = order.sort_values(["instrument", "wave", "answers", "reason"]).index
    return counts.loc[ordered, columns].reset_index(drop=True)
