"""`README.md`: what a release is, how to cite it, and what is not in it."""

from balint_research.reporting.release.about import SYNTHETIC, About
from balint_research.study.privacy.folder import MISSING, TABLES
from balint_research.study.release.prepare import Release

FILES = {
    "codebook.html": "what every column is, for people",
    "dataset_description.json": "the same for programs (Psych-DS)",
    "datapackage.json": "the same for programs (Frictionless data package)",
    "schema.py": "checks the tables: `python schema.py` (needs pandera)",
    "disclosure.html": "what was taken out and why, what was counted, what it does not protect "
                       "against",
    "disclosure.json": "the same for programs",
    "manifest.json": "versions, and the SHA-256 of every file",
}
ROWS = {
    "participants": "one row a person: arm, group, what is told of each",
    "responses": "one row a person, wave and rater: every answer as it was stored",
    "scores": "one row a person, wave and scale",
    "sessions": "one row a session of a group",
}


def readme(release: Release, about: About) -> str:
    """The text of the file."""
    banner = [f"**{SYNTHETIC}**", ""] if release.study.synthetic else []
    tables = [f"| `{TABLES[name]}` | {ROWS[name]} |" for name in release.tables]
    others = [f"| `{name}` | {what} |" for name, what in FILES.items()]
    return "\n".join([
        f"# {_plain(about.title)}", "", *banner, _plain(about.summary), "",
        f"A missing value is written `{MISSING}`.", "",
        "| file | what it holds |", "|---|---|", *tables, *others, "",
        "## What is not in it", "",
        "Names, ids, dates, free text, topics of sessions, who came to which session, who moved to "
        "which group, the wording of the questionnaires. `disclosure.html` lists every column, "
        "table and row that was taken out, and why.", "",
        "Do not try to find out who anybody is, and do not join these data with others for that.",
        "", "## How to cite", "", _plain(about.citation), "",
        "Cite the questionnaires as well; `codebook.html` names their sources.", "",
    ])


def _plain(text: str) -> str:
    """A title as Markdown shows it: on one line, no HTML and no links."""
    safe = " ".join(text.split())
    for sign in "\\`*_[]<>":
        safe = safe.replace(sign, f"\\{sign}")
    return safe
