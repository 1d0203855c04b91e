"""A key that its user supplied: do its scores go with other measures as published?"""

import math
from collections.abc import Iterator

import pandas as pd

from balint_research.errors import Issue, ScoringError
from balint_research.scoring.library import load_instrument
from balint_research.scoring.user_key import SignCheck
from balint_research.study.findings import found
from balint_research.study.study import InstrumentUse, Study

FEWEST = 20        # people with both scores: below, a correlation says nothing
Z_95 = 1.959963984540054


def sign_issues(study: Study, scores: pd.DataFrame) -> Iterator[Issue]:
    """The published correlations of a user's key with other measures of the study, by their sign.

    `scores` is the long frame of `score_study`; the baseline is judged, scale by scale. The
    interval is Fisher's: a sign it contradicts stops the run, one it does not settle is a note.
    """
    first = scores[scores["wave"] == study.baseline]
    wide = first.pivot_table(index="participant", columns=["instrument", "scale"], values="value")
    for name, use in study.instruments.items():
        for check in _checks(use):
            other = (check.instrument, check.scale)
            for scale, key in use.key.scales.items():
                if other in wide and (name, scale) in wide and not key.secondary:
                    yield from _judged(wide[[(name, scale), other]].dropna(), check, use, scale)


def _checks(use: InstrumentUse) -> tuple[SignCheck, ...]:
    """What the shipped, incomplete key of the same questionnaire says of other measures."""
    if not use.key.from_user:
        return ()
    try:
        known = load_instrument(use.key.id)
    except ScoringError:   # a questionnaire of the user's own: nothing is known of it
        return ()
    return known.user_key.sign_checks if known.user_key else ()


def _judged(
    pairs: pd.DataFrame, check: SignCheck, use: InstrumentUse, scale: str
) -> Iterator[Issue]:
    if len(pairs) < FEWEST or (pairs.nunique() < 2).any():
        return
    r = float(pairs.iloc[:, 0].corr(pairs.iloc[:, 1]))
    low, high = fisher_interval(r, len(pairs))
    against = high < 0 if check.sign == "positive" else low > 0
    settled = against or (low > 0 if check.sign == "positive" else high < 0)
    rule = "sign_against" if against else "sign_agrees" if settled else "sign_open"
    stops = against and not use.directions_checked
    yield found(
        rule, instrument=f"{use.key.label} {use.key.scales[scale].name}",
        other=check.correlate_with, sign=check.sign,
        severity="stop" if stops else "warn" if against else "note",
        evidence=f"r {r:.2f} (95 % {low:.2f} to {high:.2f}, n {len(pairs)}); published: "
                 f"{check.expected_r}" + (f", n {check.n}" if check.n else "")
                 + f" ({check.source})",
    )


def fisher_interval(r: float, n: int) -> tuple[float, float]:
    """Fisher's 95 % interval of a correlation: ``tanh(atanh(r) -+ 1.96 / sqrt(n - 3))``.

    Examples
    --------
    >>> [f"{end:.4f}" for end in fisher_interval(0.5, 28)]
    ['0.1560', '0.7358']
    """
    if abs(r) >= 1:
        return r, r
    centre, half = math.atanh(r), Z_95 / math.sqrt(n - 3)
    return math.tanh(centre - half), math.tanh(centre + half)
