"""The faults of a study as one page to read and to work through, what to do first at the top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from balint_research.errors import Issue, StudyError, number_of, printable
from balint_research.files import write_text_whole
from balint_research.reporting.text_table import TextTable, rows_of
from balint_research.scoring.telling.card import inline_html
from balint_research.scoring.telling.words import sentence
from balint_research.study.contracts import StudyData
from balint_research.study.rules_of_files import FILE_RULES
from balint_research.study.study import Study

if TYPE_CHECKING:
    from jinja2 import Template

MARK = "balint_research: faults of a study"  # in the head of every such page
OF_TOML = "study_toml"
# What stops everything behind it: a file that cannot be read, a column that is not there.
FIRST = frozenset((
    *FILE_RULES, OF_TOML, "missing_column", "missing_covariate", "empty_column", "item_missing",
    "column_nowhere", "no_start",
))
WITHOUT_FILE = "Between the files"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing to do: the faults of one rule that ask for the same, each with its place."""

    rule: str
    do: str
    allowed: str | None
    faults: tuple[tuple[str, str, str | None], ...]  # what, where, evidence


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the page: what it is about, and the entries of each file."""

    anchor: str
    title: str
    lead: str
    counted: str
    files: tuple[tuple[str, tuple[Entry, ...]], ...]


# anchor, severity, whether of FIRST, title, what to do about it, in the order of the work
PARTS = (
    ("first", "stop", True, "What stops everything else",
     "Begin here: as long as a file or a column cannot be read, what depends "
     "on it cannot be judged, and more may be found afterwards."),
    ("stop", "stop", False, "What stops the run",
     "Nothing is computed before each of these is mended, in the files or in study.toml."),
    ("warn", "warn", None, "Warnings: look at these before the analysis",
     "The study can be evaluated with them. Each may be right as it is, or a fault that nobody "
     "would see in the results."),
    ("note", "note", None, "Notes", "Nothing has to be done about these; they are told so that "
     "nothing happens in silence."),
)


def write_faults(
    study: Study | None, issues: Sequence[Issue], data: StudyData | None, path: str | Path
) -> Path:
    """Write everything that was found about a study as one HTML file that needs nothing else.

    Parameters
    ----------
    study : the study; None where its `study.toml` cannot be used.
    issues : what `check_data` found, or `faults_of_toml` of a `StudyError`.
    data : the checked tables, for the rows read, used and left out; None where the run stops.
    path : the file to write; an existing file is replaced.

    Returns
    -------
    The path. The page makes no request, prints on A4 and reads on a phone; everything that came
    from a file is escaped, and no cell of a file is in it.

    Raises
    ------
    OutputError : the place cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from balint_research.scoring.library import example
    >>> from balint_research.study.study import read_study
    >>> from balint_research.study.validate import check_data
    >>> study = read_study(example("balint_cohort"))
    >>> data, issues = check_data(study)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     page = write_faults(study, issues, data, Path(place) / "faults.html")
    ...     is_faults_page(page)
    True
    """
    return write_text_whole(path, faults_page(study, issues, data))


def faults_of_toml(fault: StudyError, file: str = "study.toml") -> tuple[Issue, ...]:
    """Every fault of a `study.toml` as an Issue of its own."""
    return tuple(
        Issue(rule=OF_TOML, what=sentence(printable(line, longest=None)), file=file,
              do="Correct this in study.toml; no data file was read.")
        for line in fault.faults or [str(fault)])


def is_faults_page(path: Path) -> bool:
    """Whether a file is such a page, which a newer one may replace."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f'content="{MARK}"'.encode() in file.read(1000)


def faults_page(
    study: Study | None, issues: Sequence[Issue], data: StudyData | None
) -> str:
    """The page as text; see `write_faults`."""
    from balint_research import __version__

    parts = [part for about in PARTS if (part := _part(about, issues))]
    stops = sum(issue.severity == "stop" for issue in issues)
    return _template().render(
        mark=MARK, version=__version__, parts=parts, stops=stops,
        title=study.title if study else "study.toml", synthetic=bool(study and study.synthetic),
        verdict=_verdict(study, stops), tables=_rows(data) if data is not None else (),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("balint_research.reporting"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    safe = environment.filters["safe"]
    environment.filters["inline"] = lambda text: safe(inline_html(text))
    return environment.get_template("faults.html.j2")


def _verdict(study: Study | None, stops: int) -> str:
    if study is None:
        return (f"{number_of(stops, 'fault')} in study.toml: the study cannot be read, and no data "
                "file was looked at.")
    if stops:
        verb = "stops" if stops == 1 else "stop"
        return f"{number_of(stops, 'fault')} {verb} the run: nothing was computed."
    return "No faults: the study can be evaluated."


def _part(
    about: tuple[str, str, bool | None, str, str], issues: Iterable[Issue]
) -> Part | None:
    anchor, severity, first, title, lead = about
    mine = [issue for issue in issues if issue.severity == severity
            and (first is None or (issue.rule in FIRST) is first)]
    if not mine:
        return None
    files = dict.fromkeys(issue.file for issue in mine)
    return Part(anchor=anchor, title=title, lead=lead, counted=number_of(len(mine), "finding"),
                files=tuple((printable(file or WITHOUT_FILE),
                             _entries(issue for issue in mine if issue.file == file))
                            for file in files))


def _entries(issues: Iterable[Issue]) -> tuple[Entry, ...]:
    """The issues of one file; those of one rule that ask for the same stand together."""
    together: dict[tuple[str, str, str | None], list[Issue]] = {}
    for issue in issues:
        together.setdefault((issue.rule, issue.do, issue.allowed), []).append(issue)
    return tuple(
        Entry(rule=rule, do=do, allowed=allowed, faults=tuple(
            (issue.what, replace(issue, file=None).place, issue.evidence) for issue in same))
        for (rule, do, allowed), same in together.items())


def _rows(data: StudyData) -> tuple[TextTable, ...]:
    """Rows read, used and left out by file; and every reason."""
    files = TextTable(
        name="files", title="Rows read, used and left out, by file", texts=2,
        head=("Table", "File", "Rows in", "Rows used", "Left out"),
        rows=rows_of(data.files, lambda row: (
            row.table, row.file, str(row.rows_in), str(row.rows_used),
            str(row.rows_in - row.rows_used))))
    if data.left_out.empty:
        return (files,)
    return files, TextTable(
        name="left_out", title="Rows left out, with the reason", texts=3,
        head=("Table", "File", "Reason", "Rows"),
        rows=rows_of(data.left_out, lambda row: (
            row.table, row.file, row.reason, str(row.rows))))
