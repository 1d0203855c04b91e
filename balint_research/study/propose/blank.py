"""A new study to fill in: a study.toml that explains itself, and the four tables with headers."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from balint_research.scoring.instrument import Instrument
from balint_research.scoring.library import load_instrument
from balint_research.study.propose.toml_text import FILL, key, on_one_line, pair, value
from balint_research.study.study import STUDY_FILE

PARTICIPANTS = ("participant", "arm", "group", "role", "specialty", "training_year", "gender",
                "age_band", "site")
SESSIONS = ("session", "group", "week", "minutes", "mode", "held")
ATTENDANCE = ("participant", "session", "status", "presented")


def blank_study(
    *, title: str | None = None, instruments: Iterable[str | Path] = ()
) -> dict[str, str]:
    """File name -> text of a new study; own key files are not copied, only named.

    `read_study` takes it once every FILL IN is replaced.

    Examples
    --------
    >>> sorted(blank_study())
    ['attendance.csv', 'participants.csv', 'responses.csv', 'sessions.csv', 'study.toml']
    >>> blank_study(instruments=["who5"])["responses.csv"]
    'participant,wave,who5_1,who5_2,who5_3,who5_4,who5_5\\n'
    """
    keys = [load_instrument(one if not str(one).endswith(".toml") else Path(one))
            for one in instruments]
    items = [f"{one.id}_{n}" for one in keys for n in sorted(one.items)]
    return {
        STUDY_FILE: _toml(title, keys),
        "participants.csv": _header(PARTICIPANTS),
        "responses.csv": _header(["participant", "wave", *items]),
        "sessions.csv": _header(SESSIONS),
        "attendance.csv": _header(ATTENDANCE),
    }


def _header(columns: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(columns)
    return text.getvalue()


def _toml(title: str | None, keys: Sequence[Instrument]) -> str:
    outcome = next((f"{one.id}.{name}" for one in keys for name, scale in one.scales.items()
                    if not scale.secondary and scale.score != "criteria"), None)
    head = HEAD.format(
        title=value(title or f"{FILL}: the title of the study"), fill=FILL,
        outcome=value(outcome or f"{FILL}: instrument.scale"))
    return "\n".join([head, *(_instruments(keys)), TAIL])


def _instruments(keys: Sequence[Instrument]) -> Iterator[str]:
    if not keys:
        yield f'[instruments.{value(FILL)}]            # the id, as in [instruments.teq]'
        yield 'items = "{id}_{n}"                    # teq_1, teq_2 ...'
    for i, one in enumerate(keys):
        yield from [""] if i else []
        yield f"[instruments.{key(one.id)}]   # {on_one_line(one.label)}: {len(one.items)} items"
        if one.map_columns_by == "content":
            yield f"[instruments.{key(one.id)}.items]   # match each column by content"
            yield from (f"{pair(str(n), f'{one.id}_{n}')}   # {on_one_line(gist)}"
                        for n, gist in sorted(one.items.items()))
            continue
        yield 'items = "{id}_{n}"'
        if one.response.must_declare:
            options = ", ".join(value(name) for name in ("as_printed", *one.coding_variants))
            yield f'coding = "{FILL}"   # how answers are stored: one of {options}'


HEAD = '''# What was planned. Lines with a # explain, or are examples: remove the # to use one.
# Replace every {fill}; then check everything with `balint validate` and the name of this folder.

[study]
title = {title}
# single_group            one group of people, before and after
# controlled              with a control arm, not drawn by lot
# individually_randomised people were drawn by lot
# cluster_randomised      whole groups or sites were drawn by lot
# cross_sectional         one wave
design = "{fill}"
waves = ["baseline", "{fill}"]        # in order, as they stand in responses.csv
# baseline = "baseline"                # the first wave, unless another one is named here
primary_outcome = {outcome}   # one scale of one instrument, as in "teq.total"
# primary_wave = "month6"              # default: the last
# covariates = ["gender"]              # columns of participants.csv that arms are adjusted for

# Only with a control arm; delete these three lines in a study of one group. `treated` may name
# more than one; each is compared with the control.
[arms]
control = "{fill}"                    # as it stands in participants.csv
treated = ["{fill}: the treated arm"]

[files]
participants = "participants.csv"      # one row a person
responses = "responses.csv"            # one row a person and wave, one column an item
sessions = "sessions.csv"              # one row a session; delete the line where there are none
attendance = "attendance.csv"          # one row a person and session; likewise
# memberships = "memberships.csv"      # participant, group, from_week, to_week: only where people
#                                      # change groups
# links = "links.csv"                  # what `balint link` wrote
# One file a wave:    responses = {{baseline = "t0.csv", month6 = "t1.csv"}}
# Sheets of a book:   responses = {{baseline = "study.xlsx#Pre", month6 = "study.xlsx#Post"}}
# Waves as endings of columns: put {{wave}} into `items` below, as in "teq_{{n}}_{{wave}}"

# Where columns have other names: our name = theirs.
# [columns]
# participant = "record_id"
# wave = "redcap_event_name"

# Where waves and arms are called otherwise in the files: their label = ours.
# [values.wave]
# baseline_arm_1 = "baseline"
# [values.arm]
# 1 = "balint"

# Rows that share participant and wave stop the run, unless this says which of them counts:
# keep_first, keep_last, drop_all.
# [resolve]
# duplicate_rows = "keep_first"

# How a file is to be read, where it is not recognised rightly.
# [reading."responses.csv"]
# separator = ";"
# decimal = ","
# missing = {{"-99" = "not answered"}}

# Days in the files (answered_on, allocated_on, held_on) become weeks from here.
# [dates]
# start = "2025-09-01"
# waves = {{baseline = 0, month6 = 26}}

# What an outsider may know of people, the most wanted first: docs/release.md.
# [privacy]
# k = 5
# quasi_identifiers = ["role", "training_year"]

# One table for each questionnaire; `balint instruments` lists those with a key. A key file of
# your own goes into the folder `instruments`, and its table here has its id.'''

TAIL = '''# coding = {min = 1, max = 5}            # only where stored otherwise than in the key
# missing_codes = {99 = "refused"}       # codes that mean no answer
# labels = {"Never" = 0, "Always" = 4}   # only where the file holds texts: their codes
# missing = {min_share = 0.8}            # only where the key publishes no rule
# waves = ["baseline"]                   # only where not given at every wave
'''
