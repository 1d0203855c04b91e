"""Checked answers to scores: one row a person, wave and scale."""

import pandas as pd

from balint_research.scoring.score import score
from balint_research.study.contracts import StudyData
from balint_research.study.layouts import SELF
from balint_research.study.study import InstrumentUse, Study

COLUMNS = ("participant", "wave", "arm", "group", "instrument", "scale", "value", "answered",
           "items", "status", "raters")


def score_study(study: Study, data: StudyData) -> pd.DataFrame:
    """Every scale of every instrument of a study, in long form.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).

    Returns
    -------
    frame, one row for each person, wave and scale, for each wave at which the instrument was
    given and the person has a row of answers (also an empty one):
        ``participant wave arm group instrument scale`` : who, when, what,
        ``value`` : the score, missing where too few items were answered,
        ``answered``, ``items`` : items answered, and items of the scale,
        ``status`` : ``complete``, ``prorated``, ``too_few`` or ``empty``,
        ``raters`` : number of forms behind the value (1 for self-report with a value).
    Rows are in the order of the study: instruments, scales, waves, participants.

    Notes
    -----
    Self-report uses the rows whose rater is ``self``. Forms that patients or observers fill in
    about the person use every other rater, or all rows where the study has no raters: `value` is
    the unweighted mean over the raters whose form could be scored, `answered` and `items` are
    sums over their forms, and `status` is ``prorated`` as soon as one of these forms is.

    Raises
    ------
    ScoringError, DataError : as `score`; not for data that came from `read_data`.
    """
    frames = [_instrument_scores(name, use, data) for name, use in study.instruments.items()]
    scores = pd.concat(frames, ignore_index=True)
    people = data.participants[["participant", "arm", "group"]]
    scores = scores.merge(people, on="participant", how="left", validate="many_to_one")
    place = {person: i for i, person in enumerate(people["participant"])}
    order = pd.DataFrame({
        "scale": pd.factorize(scores["instrument"] + "." + scores["scale"])[0],
        "wave": scores["wave"].map({wave: i for i, wave in enumerate(study.waves)}),
        "person": scores["participant"].map(place),
    })
    ordered = order.sort_values(["scale", "wave", "person"], kind="stable").index
    return scores.loc[ordered, list(COLUMNS)].reset_index(drop=True)


def _instrument_scores(name: str, use: InstrumentUse, data: StudyData) -> pd.DataFrame:
    scored = score(forms_of(use, data.responses), use.key, **use.how, min_share=use.min_share)
    scales = [_long(scored, name, scale, use) for scale in use.key.scales]
    return pd.concat(scales, ignore_index=True)


def forms_of(use: InstrumentUse, responses: pd.DataFrame) -> pd.DataFrame:
    """The forms of one instrument: the person's own, or those of others about the person.

    Returns
    -------
    ``participant wave rater``, its item columns and, where declared, the time each form took.
    """
    ours = {*use.how["items"].values(), f"{use.key.id}_seconds", "participant", "wave", "rater"}
    rows = responses.loc[responses["wave"].isin(use.waves), responses.columns.isin(ours)]
    own = rows["rater"] == SELF
    if use.key.respondent == "self":
        return rows[own]
    items = rows.columns.intersection(list(use.how["items"].values()))
    answered = rows[items].notna().any(axis=1)
    return rows[~own] if (answered & ~own).any() else rows


def _long(scored: pd.DataFrame, name: str, scale: str, use: InstrumentUse) -> pd.DataFrame:
    column = f"{name}_{scale}"
    forms = pd.DataFrame({
        "participant": scored["participant"],
        "wave": scored["wave"],
        "value": scored[column].astype(float),
        "answered": scored[f"{column}_answered"].astype("int64"),
        "items": len(use.key.scales[scale].items),
        "status": scored[f"{column}_status"].astype("str"),
    })
    if use.key.respondent == "self":
        long = forms.assign(raters=forms["value"].notna().astype("int64"))
    else:
        long = _averaged(forms)
    return long.assign(instrument=name, scale=scale)


def _averaged(forms: pd.DataFrame) -> pd.DataFrame:
    """One row a person and wave: the forms with a value where there is one, else all of them."""
    scored = forms["value"].notna()
    any_scored = scored.groupby([forms["participant"], forms["wave"]]).transform("any")
    used = forms[scored | ~any_scored]
    rank = used["status"].map({"empty": 0, "too_few": 1, "complete": 2, "prorated": 3})
    grouped = used.assign(rank=rank).groupby(["participant", "wave"], sort=False)
    long = grouped.agg(
        value=("value", "mean"), answered=("answered", "sum"), items=("items", "sum"),
        rank=("rank", "max"), raters=("value", "count"),
    ).reset_index()
    words = {0: "empty", 1: "too_few", 2: "complete", 3: "prorated"}
    long["status"] = long["rank"].map(words).astype("str")
    return long.drop(columns="rank")
