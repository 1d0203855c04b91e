"""Addresses on the web that lead to one person's record, answers or page."""

import re

import pandas as pd

URL = re.compile(r"(?:https?://|\bwww\.)[^\s\"'<>]+", re.IGNORECASE)
# One such address is enough: it names a record, a token or a page of a person.
OF_ONE = re.compile(
    r"record_home|dataentry/|[?&](?:id|rid|uid|pid|record|record_?id|participant\w*|respondent\w*"
    r"|token|user\w*|email|q_dl|contact\w*)=|linkedin\.com/in/|orcid\.org/\d|facebook\.com/"
    r"|instagram\.com/|researchgate\.net/profile/|/(?:patients?|participants?|respondents?|records?"
    r"|people|person|users?|profiles?)/[\w.@-]*\w", re.IGNORECASE)
# These are for all, or for one, as the addresses in a column differ or do not.
OF_A_SURVEY = re.compile(
    r"redcap|/surveys?\b|qualtrics|/jfe/|survey|limesurvey|typeform|/forms?/|kobotoolbox|record"
    r"|response|questionnaire|/s/|/r/", re.IGNORECASE)


def record_urls(cells: pd.Series, varied: bool) -> pd.Series:
    """Addresses of records, and addresses of a survey that differ between people.

    A column with one address in every cell leads everybody to one place.
    """
    links = cells.map(lambda cell: URL.findall(cell))
    filled = links[links.map(bool)]
    if len(filled) == 0 or (not varied and len(cells) == 1):
        return pd.Series(False, index=cells.index)
    look = [OF_ONE, OF_A_SURVEY] if varied else [OF_ONE]
    hits = filled[[any(form.search(url) for form in look for url in urls) for urls in filled]]
    return pd.Series(cells.index.isin(hits.index), index=cells.index)
