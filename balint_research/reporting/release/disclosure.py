"""What was taken out of a release and why, what was counted, and what that does not protect."""

from typing import Any

from balint_research.files import harmless_cell
from balint_research.reporting import format as to
from balint_research.reporting.release.about import About
from balint_research.reporting.release.codebook import values_words
from balint_research.reporting.release.page import page
from balint_research.reporting.text_table import TextTable
from balint_research.study.release.left_out import COLUMNS, at_least
from balint_research.study.release.levels import level_words
from balint_research.study.release.prepare import Release
from balint_research.study.study import Study

LIMITS = (
    "k counts what is declared as known. Whoever knows more of a person (an answer they talked "
    "about, how many forms were filled in about them) may still find them.",
    "Members of a group know more of each other than any declaration holds.",
    "Classes are counted over people. Of those who answered at a later wave a class may hold "
    "fewer: the table of waves counts them.",
    "At which waves a person answered can be seen, unless 'waves' is among the quasi-identifiers; "
    "the table above counts what follows if it is known.",
    "l counts different values of the declared outcomes. Where nearly all of a class have high "
    "scores, the class tells nearly as much; other answers are not counted.",
    "A class of k people still gives a chance of 1 in k to whoever guesses.",
    "Data of other sources, and releases that were not named when this one was made, are not "
    "counted.",
    "Whoever takes part can find their own row, and who else is in their class.",
)
CONTENTS = (
    ("promise", "What was promised"), ("levels", "How finely people are told"),
    ("counts", "What was counted"), ("left-out", "What does not go"),
    ("earlier", "Earlier releases"), ("limits", "What this does not protect against"),
)


def disclosure_page(release: Release, about: About) -> str:
    """The disclosure report as one page of HTML that needs nothing else."""
    choice = release.choice
    return page(
        "disclosure.html.j2", "Disclosure report", CONTENTS, about,
        promise=promise(release), levels=_levels(release), counts=_counts(release),
        waves=TextTable(
            name="waves", title="Smallest class among those who answered",
            head=("Wave", "People"), rows=_rows(choice.at_waves)),
        diversity=TextTable(
            name="diversity", title="Fewest different values in a class (l)",
            head=("Outcome and wave", "Values"),
            rows=tuple((_outcome(release.study, name), count)
                       for name, count in _rows(choice.diversity))),
        left_out=TextTable(
            name="left_out", title="Every column, table and row that does not go",
            head=("Table", "What", "Why", "Number"),
            rows=tuple((row.table, to.sentence_case(row.what), row.reason, row.number or to.NOTHING)
                       for row in to.records(release.left_out))),
        earlier=earlier_words(release), limits=LIMITS,
    )


def disclosure(release: Release, about: About) -> dict[str, Any]:
    """The same for programs."""
    choice = release.choice
    return {
        "title": about.title, "synthetic": release.study.synthetic, "k": release.k,
        "l": release.study.privacy.l, "public": release.public, "promise": promise(release),
        "levels": {column: {"step": step, "words": level_words(column, step)}
                   for column, step in choice.levels.items()},
        "people": len(choice.people), "people_left_out": _left_out(release),
        "classes": choice.classes,
        "smallest_class": choice.smallest_class,
        "smallest_class_wildcard": choice.smallest_class_wildcard,
        "smallest_class_with_pattern_of_waves": choice.with_pattern,
        "smallest_class_at_waves": dict(choice.at_waves),
        "fewest_values_of_outcomes": dict(choice.diversity),
        "left_out": [dict(zip(COLUMNS, map(str, row), strict=True))
                     for row in release.left_out.itertuples(index=False)],
        "earlier": list(release.earlier), "limits": list(LIMITS),
    }


def promise(release: Release) -> list[str]:
    """What holds of everybody in the release."""
    privacy = release.study.privacy
    columns = to.listed([f"'{name}'" for name in release.choice.people])
    outcomes = to.listed([_outcome(release.study, name) for name in
                          privacy.sensitive or [release.study.primary_outcome]])
    return [
        f"Everybody shares all that is told of {columns or 'them'} with at least {release.k} "
        "people, themselves included; a missing value counts as a value of its own.",
        f"Each class of people has at least {to.counted(privacy.l, 'different value')} of "
        f"{outcomes} at each wave at which its arm has scores.",
        "Of each arm nobody is left out, or at least as many people as a class needs: nobody "
        "follows from a report about everybody." if not release.choice.new_left_out else
        "New people who are too few to be told apart from those of an earlier release are left "
        "out. Who they are would follow from a report about everybody: give none beside it.",
        "No names, ids, dates, free text, topics of sessions or records of who came to which "
        "session are in any file.",
    ]


def earlier_words(release: Release) -> str:
    """Which earlier releases this one was checked against."""
    if not release.earlier:
        return ("No earlier release was named. If there is one, this release must not be given "
                "away before it was checked against it.")
    names = to.listed([f"'{name}'" for name in release.earlier])
    return (f"Checked against {names}: whoever holds all of them cannot form a set of fewer people "
            "than a class needs, by class here and class there.")


def level_lines(release: Release) -> list[str]:
    """How each column goes, as lines for a terminal."""
    return [f"{column}: {words}" for column, words, _ in _levels(release).rows]


def _levels(release: Release) -> TextTable:
    told = {field.name: values_words(field) for field in release.fields["participants"]}
    rows = [("arm", "always told", told["arm"])] if "arm" in release.choice.people else []
    rows += [(column, level_words(column, step), told.get(harmless_cell(column), to.NOTHING))
             for column, step in release.choice.levels.items()]
    return TextTable(name="levels", title="The step that was taken for each column",
                     head=("Column", "How it goes", "Values"), rows=tuple(rows))


def _outcome(study: Study, name: str) -> str:
    """``instrument.scale``, or the same with a wave, as a reader knows it."""
    outcome, at, wave = name.partition(" at ")
    instrument, _, scale = outcome.partition(".")
    label = f"{study.instruments[instrument].key.label}: {study.scale(instrument, scale).name}"
    return f"{label} at {wave}" if at else label


def _counts(release: Release) -> TextTable:
    choice = release.choice
    rows = (
        ("People in the data set", to.count(len(choice.people))),
        ("People left out", _left_out(release)),
        ("Classes", to.count(choice.classes)),
        ("Smallest class, a missing value as a value of its own", to.count(choice.smallest_class)),
        ("Smallest class, a missing value as any value",
         to.count(choice.smallest_class_wildcard)),
        ("Smallest class if it were known at which waves each person answered",
         to.count(choice.with_pattern)),
    )
    return TextTable(name="counts", title="People and classes", head=("What", "Number"), rows=rows)


def _left_out(release: Release) -> str:
    return at_least(len(release.choice.left_out), release.k)


def _rows(numbers: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, to.count(number)) for name, number in numbers.items())
