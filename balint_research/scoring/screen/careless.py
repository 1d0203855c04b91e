"""Careless answering: forms that look as if nobody read them. Flagged, never deleted."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from balint_research.errors import ROWS_SHOWN, DataError, Issue, Severity
from balint_research.scoring.instrument import Instrument
from balint_research.scoring.keyed import KeyedAnswers, keyed_answers
from balint_research.scoring.plan import Coding, Items, form_numbers
from balint_research.scoring.refuse import framed
from balint_research.scoring.screen.answer_patterns import (
    Floats,
    Marks,
    answered_stretch,
    constant,
    expected_twins,
    half_agreement,
    longest,
    row_means,
    run_lengths,
    twins,
)
from balint_research.scoring.screen.careless_rules import (
    USUAL,
    CarelessRules,
    Form,
    directions,
    flagged,
)

COLUMNS = (
    "answered", "long_string", "longest_possible", "irv", "even_odd", "even_odd_scales",
    "seconds_per_item", "duplicate_of_other", "expected_twins", "flags",
)  # fmt: skip
PAIRED = 4  # items: the fewest with two pairs


def careless(
    frame: Any,
    instrument: str | Path | Instrument,
    *,
    items: Items = "{id}_{n}",
    coding: Coding | None = None,
    item_order: str | None = None,
    already_reversed: bool | Iterable[int] = False,
    missing_codes: Iterable[float] = (),
    folder: Path | None = None,
    seconds: str | None = None,
    rules: CarelessRules = USUAL,
) -> pd.DataFrame:
    """Signs of careless answering in one questionnaire, one row a form; nothing is removed.

    Use it before the analysis to see which forms deserve a second look, and after it to ask
    whether the result depends on them. No index proves carelessness: two that agree say more than
    one, and a form without a flag is not thereby shown to be attentive. Give one wave at a time:
    a form is compared with all others of the frame, and a person's own earlier form is no
    duplicate of another respondent.

    Parameters
    ----------
    frame, instrument, items, coding, item_order, already_reversed, missing_codes, folder : as
        `score`. `item_order` matters: a run is one in the order of the form that was shown.
    seconds : column with the seconds spent on this form (not on a longer survey: that would hide
        a form that was rushed through).
    rules : the cut-offs, with their sources.

    Returns
    -------
    frame, one row a row of `frame`, with its index:
        ``answered`` : number of items answered,
        ``long_string`` : longest run of one and the same answer, as the person gave it, in the
        order of the form; a missing answer breaks a run; 0 for an empty form,
        ``longest_possible`` : the longest run this form could have had (its longest stretch
        without a missing answer),
        ``irv`` : intra-individual response variability: standard deviation (n - 1) of the
        answers, in the codes of the key; missing with fewer than 2 answers,
        ``even_odd`` : even-odd consistency, 1 where the halves agree; missing with fewer than 3
        scales of four or more items, hence for every questionnaire of one or two scales, and
        where a half does not vary over the scales,
        ``even_odd_scales`` : number of scales behind it,
        ``seconds_per_item`` : seconds / items answered; missing without `seconds`,
        ``duplicate_of_other`` : number of other rows with exactly the same answers and gaps;
        missing where the form is not compared: fewer than `rules.least_items` answers, or the
        same answer throughout, as given or after reversing (floor patterns, which many share),
        ``expected_twins`` : number of such rows to expect by coincidence,
        ``flags`` : names of the rules that flag the form, with spaces between, empty where none
        does: ``long_string irv_zero even_odd too_fast duplicate``.

    Raises
    ------
    ScoringError, DataError : as `score`; DataError also where the times are missing, not
        numbers, or negative.

    Notes
    -----
    *Direction.* Items point in both directions where a higher answer is better for one and worse
    for another: by reversal within a scale, or between scales (MBI: exhaustion and
    accomplishment). In scales that are neither better nor worse: reversal within the scale.

    *Runs.* Items that the frame does not hold (fillers, the rest of a longer form) are passed
    over. `long_string` of a form with a gap may be short although all its answers are the same:
    ``irv_zero`` flags that, by the same rules of direction and of the ends of the codes.

    *Even-odd.* A scale that shares items with a smaller one (a total) is left out; the order
    within a scale is that of the key. The package `careless` 1.2 for R turns the sign round.

    *Coincidence.* `expected_twins` takes the items as independent among people of about one
    level (tenths of the mean over the items, turned to one direction). Among 767 students
    answering the PHQ-9, independence among all would give 198 pairs of twins, this gives 717, and
    there are 676; CES-D, 287 people: 0, 9 and 9 pairs. Short forms in large samples have so many
    honest twins that none is flagged; of copies planted among 60 simulated people, those of forms
    of 16 items or more are mostly found.

    Checked against the definitions of the R package `careless`, written out in base R on invented
    answers with gaps (`tests/oracles/careless.R`).

    References
    ----------
    Long string, even-odd: Johnson JA. J Res Pers 2005;39:103-129. IRV: Dunn AM et al. J Bus
    Psychol 2018;33:105-121. Overview: Meade AW, Craig SB. Psychol Methods 2012;17:437-455.
    Yentes RD, Wilhelm F. careless, R package 1.2.2. Why twins need an expected number: Simmons K
    et al. Evaluating a new proposal for detecting data falsification in surveys. Pew Research
    Center 2016.

    Examples
    --------
    >>> forms = pd.DataFrame([[3] * 16, [0, 4, 1, 4, 3, 4, 0, 3, 4, 1, 0, 1, 4, 1, 0, 4]],
    ...                      columns=[f"teq_{n}" for n in range(1, 17)]).assign(time=[20, 95])
    >>> found = careless(forms, "teq", seconds="time")
    >>> found[["answered", "long_string", "irv", "seconds_per_item"]]
       answered  long_string       irv  seconds_per_item
    0        16           16  0.000000            1.2500
    1        16            1  1.746425            5.9375
    >>> found["flags"].tolist()
    ['long_string irv_zero too_fast', '']

    The rows to leave out of a sensitivity analysis, here by position:

    >>> forms[found["flags"] != ""].index.tolist()
    [0]
    """
    keyed = keyed_answers(
        frame, instrument, items=items, coding=coding, item_order=item_order,
        already_reversed=already_reversed, missing_codes=missing_codes, folder=folder,
    )
    time = None if seconds is None else form_times(frame, seconds)
    return careless_answers(keyed, item_order=item_order, seconds=time, rules=rules)


def careless_answers(
    keyed: KeyedAnswers, *, item_order: str | None, seconds: Floats | None,
    rules: CarelessRules = USUAL,
) -> pd.DataFrame:
    """The same for answers that are keyed already; `seconds` has one number a form."""
    form = _form(keyed, item_order)
    indices = _indices(keyed, form, rules)
    time = np.nan if seconds is None else seconds
    indices["seconds_per_item"] = time / indices["answered"].where(indices["answered"] > 0)
    indices["flags"] = _joined(flagged(indices, form, rules), indices.index)
    return indices[list(COLUMNS)]


def careless_issues(
    found: pd.DataFrame,
    key: Instrument,
    *,
    rules: CarelessRules = USUAL,
    file: str | None = None,
    wave: str | None = None,
    lines: Sequence[int] | None = None,
) -> tuple[Issue, ...]:
    """What `careless` found, as one Issue a rule: how many forms, never which answers.

    Parameters
    ----------
    found : the frame of `careless`, made with the same `rules`.
    key : the instrument.
    file, wave : the place, where it is known.
    lines : line number of each row of `found`, for the reader who looks it up.

    Returns
    -------
    Issues of severity ``"warn"`` or ``"note"`` (never ``"stop"``: a flag is no proof), in the
    order of the rules; none for a rule that flags nobody.

    Examples
    --------
    >>> from balint_research.scoring.library import load_instrument
    >>> forms = pd.DataFrame([[3] * 16, [0, 4] * 8], columns=[f"teq_{n}" for n in range(1, 17)])
    >>> for issue in careless_issues(careless(forms, "teq"), load_instrument("teq"), lines=[2, 3]):
    ...     print(issue.severity, issue)
    warn row 2: 1 form of TEQ has one and the same answer to a long run of items (half of the form \
where they contradict each other, else most of it). Evidence: 1 of 2 forms with answers (50.0 %). \
Look at it beside other signs of carelessness. Nothing was deleted: report the primary outcome \
with and without it. [careless_long_string]
    note row 2: 1 form of TEQ has the same answer to every item answered. Evidence: 1 of 2 forms \
with answers (50.0 %). Look at it beside other signs of carelessness. Nothing was deleted: report \
the primary outcome with and without it. [careless_irv_zero]
    """
    answered = int((found["answered"] > 0).sum())
    flags = found["flags"].str.split()
    issues = []
    for rule, (severity, what) in _SENTENCES.items():
        marked = np.array([rule in names for names in flags], dtype=bool)
        if count := int(marked.sum()):
            rows = [] if lines is None else np.asarray(lines)[marked][:ROWS_SHOWN].tolist()
            issues.append(Issue(
                rule=f"careless_{rule}", severity=severity, file=file, wave=wave,
                what=_sentence(what, count, key, rules), count=count, rows=tuple(rows),
                evidence=f"{count} of {answered} forms with answers "
                         f"({100 * count / answered:.1f} %)",
                do=f"Look at {'it' if count == 1 else 'them'} beside other signs of carelessness. "
                   "Nothing was deleted: report the primary outcome with and without "
                   f"{'it' if count == 1 else 'them'}.",
            ))
    return tuple(issues)


_SENTENCES: dict[str, tuple[Severity, str]] = {
    "long_string": ("warn", "one and the same answer to a long run of items (half of the form "
                            "where they contradict each other, else most of it)."),
    "irv_zero": ("note", "the same answer to every item answered."),
    "even_odd": ("note", "halves of the scales that do not agree (even-odd consistency below "
                         "{rules.even_odd_below:g})."),
    "too_fast": ("warn", "answers given faster than {rules.least_seconds:g} s an item."),
    "duplicate": ("warn", "exactly the answers of another form, a pattern too rare for "
                          "coincidence."),
}


def _sentence(what: str, count: int, key: Instrument, rules: CarelessRules) -> str:
    forms = "form" if count == 1 else "forms"
    return f"{count} {forms} of {key.label} {'has' if count == 1 else 'have'} " + what.format(
        rules=rules
    )


# --- from answers to indices ---------------------------------------------------------------------


def _form(keyed: KeyedAnswers, item_order: str | None) -> Form:
    key = keyed.plan.instrument
    place = form_numbers(key, item_order)
    shown = sorted(map(int, keyed.raw.columns), key=place.__getitem__)
    return Form(
        answers=keyed.raw[shown].to_numpy(), low=key.response.low, high=key.response.high,
        directions=directions(key, shown),
    )


def _indices(keyed: KeyedAnswers, form: Form, rules: CarelessRules) -> pd.DataFrame:
    answers = form.answers
    agreement, scales = half_agreement(_paired_scales(keyed), len(answers))
    duplicates, expected = _twins(form, rules)
    return pd.DataFrame({
        "answered": (~np.isnan(answers)).sum(axis=1),
        "long_string": longest(run_lengths(answers)),
        "longest_possible": answered_stretch(answers),
        "irv": pd.DataFrame(answers).std(axis="columns", ddof=1).to_numpy(),
        "even_odd": agreement,
        "even_odd_scales": scales,
        "duplicate_of_other": duplicates,
        "expected_twins": expected,
    }, index=keyed.raw.index)


def _paired_scales(keyed: KeyedAnswers) -> list[Floats]:
    """Keyed answers of the scales with two item pairs that share no item with a smaller scale."""
    taken: set[int] = set()
    paired = []
    for scale in sorted(keyed.scales.values(), key=lambda scale: scale.shape[1]):
        numbers = set(map(int, scale.columns))
        if taken.isdisjoint(numbers):
            taken |= numbers
            paired += [scale.to_numpy()] if scale.shape[1] >= PAIRED else []
    return paired


def _twins(form: Form, rules: CarelessRules) -> tuple[pd.arrays.IntegerArray, Floats]:
    """Twins found and expected; missing where the form is not compared with the others."""
    turned = form.one_direction
    compared = (~np.isnan(form.answers)).sum(axis=1) >= rules.least_items
    compared &= ~constant(form.answers) & ~constant(turned)
    number = np.zeros(len(compared), dtype=np.int64)
    expected = np.full(len(compared), np.nan)
    if compared.any():
        number[compared] = twins(form.answers[compared])
        expected[compared] = expected_twins(form.answers[compared], row_means(turned[compared]))
    return pd.arrays.IntegerArray(number, ~compared), expected


def _joined(marks: dict[str, Marks], index: pd.Index) -> pd.Series:
    """The names of the rules that mark each row, with spaces between."""
    text = pd.Series("", index=index, dtype="str")
    for rule, marked in marks.items():
        text = text.where(~marked, text + f" {rule}")
    return text.str.strip()


# --- times ---------------------------------------------------------------------------------------


def form_times(frame: Any, column: str) -> Floats:
    """The seconds of each form as floats; refused where they cannot be."""
    data: Any = framed(frame)
    schema = data.collect_schema()
    if column not in schema:
        near = get_close_matches(column, list(schema), n=1)
        hint = f" The nearest column is '{near[0]}'." if near else ""
        _refuse("seconds_missing", column, f"The column with the times is missing.{hint}",
                "Name the column with the seconds spent on the form, or leave `seconds` out.")
    if not schema[column].is_numeric():
        _refuse("seconds_not_numeric", column, "The times are not stored as numbers.",
                "Give the seconds spent on the form as numbers.")
    picked = data.select(nw.col(column).cast(nw.Float64))
    if isinstance(picked, nw.LazyFrame):
        picked = picked.collect(backend="pandas")
    times = picked.to_pandas()[column].astype("float64").to_numpy()
    if count := int((times < 0).sum()):
        _refuse("seconds_negative", column,
                f"{count} time{'s are' if count != 1 else ' is'} below 0.",
                "Correct them, or leave them empty where the time is not known.", count)
    return np.asarray(times, dtype=np.float64)


def _refuse(rule: str, column: str, what: str, do: str, count: int | None = None) -> NoReturn:
    raise DataError([Issue(rule=rule, column=column, what=what, do=do, count=count,
                           allowed="seconds, 0 or more; empty where not known")])
