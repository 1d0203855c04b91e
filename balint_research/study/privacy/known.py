"""What an outsider may know of each person, and what it must not tell."""

from collections.abc import Iterator, Mapping

import pandas as pd

from balint_research.errors import DataError, Issue
from balint_research.study.contracts import ATTENDED, StudyData
from balint_research.study.flow import held_sessions, sessions_offered, who_answered
from balint_research.study.privacy.levels import TEXT, as_text, banded, level_faults
from balint_research.study.privacy.rules import found
from balint_research.study.study import Study

ATTENDANCE, WAVES = "attendance", "waves"
DERIVED = (ATTENDANCE, WAVES)  # reserved names: no columns of the participants
NO_WAVE = "no wave"            # pattern of a person who never answered


def known(study: Study, data: StudyData) -> pd.DataFrame:
    """What an outsider may know of each person, as it stands in the data.

    Parameters
    ----------
    study, data : what was planned, and its checked data (`read_study`, `read_data`).

    Returns
    -------
    frame, one row a person (index ``participant``, in the order of the participants):
        ``arm``, ``group`` : each left out where nobody has one,
        then the quasi-identifiers of `[privacy]` in their order, numbers or text. Two are derived:
            ``attendance`` : per cent of the sessions offered that the person came to, missing
                where none was offered,
            ``waves`` : the waves at which at least one item was answered, as in
                ``"baseline, month6"``, or ``"no wave"``.

    Raises
    ------
    DataError : all faults at once: a quasi-identifier or harmless column that the participants do
        not have; `attendance` without sessions; levels that do not fit the values.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> import balint_research as br
    >>> with tempfile.TemporaryDirectory() as place:
    ...     study = br.read_study(br.simulate_study(place, seed=1, groups=3, controls=24))
    ...     data = br.read_data(study)
    >>> privacy = replace(study.privacy, quasi_identifiers=("gender", "waves"))
    >>> known(replace(study, privacy=privacy), data).columns.tolist()
    ['arm', 'group', 'gender', 'waves']
    """
    people = known_columns(study, data)
    faults = [*column_faults(study, data), *level_faults(people, study.privacy.levels)]
    if faults:
        raise DataError(faults)
    return people


def column_faults(study: Study, data: StudyData) -> Iterator[Issue]:
    """Columns that `[privacy]` names and the data do not have."""
    privacy, header = study.privacy, data.participants.columns
    for column in privacy.quasi_identifiers:
        if column == ATTENDANCE:
            if attendance_share(data).isna().all():
                yield found("no_attendance", column=column)
        elif column not in header and column not in DERIVED:
            yield found("no_such_column", column=column)
    for column in privacy.harmless:
        if column not in header:
            yield found("no_such_harmless_column", column=column)


def sensitive_values(
    study: Study, data: StudyData, scores: pd.DataFrame
) -> Mapping[str, pd.Series]:
    """The values that membership of a class must not tell.

    Parameters
    ----------
    study, data : as in `known`.
    scores : what `score_study` returns.

    Returns
    -------
    ``"instrument.scale at wave"`` -> a text column over the participants, missing where there is
    no score: every scale under `[privacy.sensitive]`, or else the primary outcome, at each wave at
    which its instrument is given. Values are told apart by the declared bounds, or each by itself
    where there are none.
    """
    declared = study.privacy.sensitive or {study.primary_outcome: ()}
    people = pd.Index(data.participants["participant"])
    values = {}
    for name, bounds in declared.items():
        instrument, _, scale = name.partition(".")
        of_scale = scores[scores["instrument"].eq(instrument) & scores["scale"].eq(scale)]
        for wave in study.instruments[instrument].waves:
            at_wave = of_scale[of_scale["wave"] == wave].set_index("participant")["value"]
            told = at_wave.reindex(people).astype(float)
            values[f"{name} at {wave}"] = banded(told, bounds) if bounds else as_text(told)
    return values


def answered_at(study: Study, data: StudyData) -> pd.DataFrame:
    """Who answered at least one item at each wave: participants x waves, True or False."""
    rows = who_answered(study, data)
    people = pd.Index(data.participants["participant"])
    return pd.DataFrame({wave: people.isin(rows.loc[rows["wave"] == wave, "participant"])
                         for wave in study.waves}, index=people)


def attendance_share(data: StudyData) -> pd.Series:
    """Per cent of the sessions offered to each participant that the person came to."""
    people = pd.Index(data.participants["participant"])
    if data.attendance.empty:
        return pd.Series(float("nan"), people, name=ATTENDANCE)
    came = data.attendance.loc[data.attendance["status"].isin(ATTENDED),
                               ["participant", "session"]].assign(came=1)
    offers = sessions_offered(data, held_sessions(data)).dropna(subset="session")
    told = offers.merge(came, on=["participant", "session"], how="left")
    by_person = told.groupby("participant")["came"].agg(["count", "size"])
    share = 100 * by_person["count"] / by_person["size"]
    return share.reindex(people).rename(ATTENDANCE)


def known_columns(study: Study, data: StudyData) -> pd.DataFrame:
    """`known` without the columns that the participants do not have, and without a refusal."""
    people = data.participants.set_index("participant")
    columns = {name: people[name] for name in ("arm", "group") if people[name].notna().any()}
    for name in study.privacy.quasi_identifiers:
        if name == ATTENDANCE:
            columns[name] = attendance_share(data)
        elif name == WAVES:
            columns[name] = wave_pattern(study, data)
        elif name in people and name not in columns:
            columns[name] = people[name]
    return pd.DataFrame(columns, index=people.index)


def wave_pattern(study: Study, data: StudyData) -> pd.Series:
    """The waves at which each participant answered, in words."""
    answered = answered_at(study, data)
    patterns = [", ".join(wave for wave, there in zip(study.waves, row, strict=True) if there)
                for row in answered.to_numpy()]
    return pd.Series(patterns, answered.index, dtype=TEXT, name=WAVES).replace("", NO_WAVE)
