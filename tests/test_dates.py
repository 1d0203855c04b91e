"""Days in the files: read as exports write them, counted as weeks, and never kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from balint_research.errors import Issue, StudyError
from balint_research.study import validate
from balint_research.study.days import read_days
from balint_research.study.validate import check_data, read_data
from tests.dated_study import DATED, START, dated_tables, day
from tests.study_folder import PEOPLE, Rows, texts, write

Change = Callable[[dict[str, Rows]], object]
EVERY_DAY = [date(2023, 1, 1) + timedelta(days=n) for n in range(5 * 365 + 1)]  # a leap year inside
# How survey programs and spreadsheets write a day; read back by the standard library.
FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S+01:00", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y",
    "%m/%d/%Y %H:%M:%S", "%d-%m-%Y", "%m/%d/%y %H:%M:%S", "%d.%m.%y", "%d/%m/%Y %I:%M:%S %p",
    "%Y/%m/%d %I:%M:%S %p GMT+1", "%d %b %Y", "%d-%b-%Y", "%d. %B %Y", "%B %d, %Y",
)


@pytest.fixture
def only_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screening of the answers and the search for people have tests of their own, and take time."""
    monkeypatch.setattr(validate, "screened", lambda study, parts: ((), frozenset()))
    monkeypatch.setattr(validate, "look_for_people", lambda study, sources, findings: None)


def column(*cells: str | None) -> pd.Series:
    """A column of text."""
    return pd.Series(cells, dtype="str")


def rules(issues: tuple[Issue, ...]) -> list[tuple[str, str | None, str | None, int | None]]:
    """Rule, file, column and number of each issue."""
    return [(issue.rule, issue.file, issue.column, issue.count) for issue in issues]


# --- cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_day_of_five_years_is_read_as_it_was_written(form: str) -> None:
    moments = [datetime(one.year, one.month, one.day, 15, 4, 9) for one in EVERY_DAY]
    read = read_days(column(*(moment.strftime(form) for moment in moments)))
    assert read.right and not len(read.serial)
    assert read.days.dt.date.tolist() == EVERY_DAY


@pytest.mark.parametrize(("cell", "month"), [
    ("4. Jänner 2025", 1), ("4 février 2025", 2), ("4. März 2025", 3), ("4 avr. 2025", 4),
    ("4 de mayo de 2025", 5), ("4 juin 2025", 6), ("4 juillet 2025", 7), ("4 août 2025", 8),
    ("4 settembre 2025", 9), ("4. Okt. 2025", 10), ("4 novembre 2025", 11), ("4. Dez. 2025", 12)])
def test_months_have_names_in_other_languages(cell: str, month: int) -> None:
    assert read_days(column(cell)).days.dt.date.tolist() == [date(2025, month, 4)]


def test_excel_counts_days_and_says_so() -> None:
    """25569 days lie between Excel's day 0 and 1970: the number that every converter uses."""
    numbers = [(one - date(1970, 1, 1)).days + 25569 for one in EVERY_DAY]
    read = read_days(column(*(f"{number}.5" for number in numbers)))
    assert read.days.dt.date.tolist() == EVERY_DAY
    assert len(read.serial) == len(EVERY_DAY)


def test_day_or_month_is_told_by_the_column_and_else_open() -> None:
    assert read_days(column("03/04/2025", "13/04/2025")).days.dt.month.tolist() == [4, 4]
    assert read_days(column("03/04/2025", "04/13/2025")).days.dt.month.tolist() == [3, 4]
    assert read_days(column("03/04/2025", "05/05/2025", None)).open.tolist() == [0]
    assert read_days(column("05/05/2025", "6/6/2025")).right
    assert read_days(column("03.04.2025")).days.dt.month.tolist() == [4]   # points: the day first
    assert read_days(column("03.04.2025", "04.13.2025")).days.dt.month.tolist() == [3, 4]
    assert read_days(column("03-04-2025", "13/04/2025")).open.tolist() == [0]  # each mark by itself


def test_what_is_no_day_is_told_apart() -> None:
    read = read_days(column(
        "31/02/2025", "2025-02-29", "30. Februar 2025", "soon", "2025", "12:30", "2025-03-04 soon",
        "99999", "1.5", "25/12/2025", "12/25/2025", "03/04/2025", "04/04/2025", None, " "))
    assert read.nowhere.tolist() == [0, 1, 2]
    assert read.unreadable.tolist() == [3, 4, 5, 6, 7, 8, 14]
    assert read.mixed.tolist() == [9, 10, 11]
    assert read.days.notna().tolist() == [False] * 12 + [True, False, False]


# --- a study -------------------------------------------------------------------------------------


def test_days_become_weeks_and_no_day_is_kept(tmp_path: Path) -> None:
    data = read_data(write(tmp_path, dated_tables(), DATED))
    assert data.issues == ()
    answered = data.weeks.groupby("wave")["week"].unique()
    assert [sorted(answered[wave]) for wave in ("pre", "post")] == [[-1.0], [10.0]]
    assert len(data.weeks) == len(data.responses) == 36
    assert data.weeks.columns.tolist() == ["participant", "wave", "rater", "week"]
    assert data.participants["allocated_week"].tolist() == [0.0] * 18
    assert data.sessions["week"].tolist() == [1.0, 2.0, 1.0, 2.0]
    assert data.memberships[["from_week", "to_week"]].to_numpy().tolist() == [[0, 12], [0, 2]]
    for frame in (data.participants, data.responses, data.sessions, data.memberships, data.weeks):
        assert not any(str(START.year) in str(cell) for cell in frame.to_numpy().ravel())
        assert not any(kind.kind == "M" for kind in frame.dtypes if hasattr(kind, "kind"))


@pytest.mark.usefixtures("only_days")
def test_columns_of_days_may_have_other_names_and_gaps(tmp_path: Path) -> None:
    files = dated_tables()
    names = {"allocated_on": "drawn", "answered_on": "RecordedDate", "held_on": "Datum",
             "from_date": "joined", "to_date": "left"}
    for rows in files.values():
        rows[0] = [names.get(name, name) for name in rows[0]]
    files["responses.csv"][1][-1] = ""
    files["memberships.csv"][1][-1] = "NA"
    toml = DATED + "[columns]\n" + "".join(f'{ours} = "{own}"\n' for ours, own in names.items())
    data = read_data(write(tmp_path, files, toml))
    assert len(data.weeks) == 35 and data.issues == ()
    assert data.memberships["to_week"].isna().tolist() == [True, False]
    assert "drawn" not in data.participants.columns


@pytest.mark.usefixtures("only_days")
def test_each_wave_has_its_own_day_where_a_row_holds_several(tmp_path: Path) -> None:
    files = dated_tables()
    pre, post = ({row[0]: row[2:] for row in files["responses.csv"] if row[1] == wave}
                 for wave in ("pre", "post"))
    header = [f"{name}_{wave}" for wave in ("T0", "T1") for name in (
        *(f"who5_{n}" for n in range(1, 6)), "answered_on")]
    files["responses.csv"] = [["participant", *header],
                              *([person, *pre[person], *post[person]] for person in PEOPLE)]
    toml = DATED.replace("[instruments.who5]", '[values.wave]\nT0 = "pre"\nT1 = "post"\n'
                         '[instruments.who5]\nitems = "{id}_{n}_{wave}"')
    study = write(tmp_path, files, toml)
    data = read_data(study)
    assert data.weeks.groupby("wave")["week"].unique().map(list).to_dict() == {
        "pre": [-1.0], "post": [10.0]}
    for row in files["responses.csv"]:
        row.append("answered_on" if row[0] == "participant" else day(0))
    assert [issue.rule for issue in check_data(write(tmp_path, files, toml))[1]] == [
        "day_of_which_wave"]
    renamed = toml + '[columns]\nanswered_on = "day {wave}"\n'
    assert rules(check_data(write(tmp_path, files, renamed))[1]) == [
        ("missing_column", "responses.csv", "day T0", None),
        ("missing_column", "responses.csv", "day T1", None)]


def no_start(files: dict[str, Rows]) -> None:
    """A day in one column only, so that one rule is told."""
    for name, columns in (("participants.csv", 1), ("memberships.csv", 2)):
        for row in files[name]:
            del row[-columns:]
    files["sessions.csv"][0][2] = "when"


def put(file: str, place: int, *cells: str) -> Change:
    """Cells into the first rows of a column."""
    def change(files: dict[str, Rows]) -> None:
        for row, cell in zip(files[file][1:], cells, strict=False):
            row[place] = cell
    return change


def beside(file: str, *cells: str) -> Change:
    """A column more."""
    def change(files: dict[str, Rows]) -> None:
        for row, cell in zip(files[file], cells, strict=True):
            row.append(cell)
    return change


def slashes(files: dict[str, Rows]) -> None:
    """Every day of the sessions as 05/03/2025, in two ways to read."""
    for row, cell in zip(files["sessions.csv"][1:], ("05/03/2025", "11/03/2025", "10/03/2025",
                                                      "12/03/2025"), strict=True):
        row[2] = cell


ISO = "write days as year-month-day (2025-03-14)."
FAULTS: dict[str, tuple[Change, list[str]]] = {
    "unreadable and impossible days, all at once": (
        lambda files: [put("responses.csv", -1, "soon", "2025-02-30")(files),
                       put("participants.csv", 4, "2025-04-31")(files)],
        ["responses.csv, column 'answered_on', row 2: 1 cell is not a day that can be read. "
         f"Correct the file: {ISO} [not_a_day]",
         "responses.csv, column 'answered_on', row 3: 1 cell holds a day that no calendar has. "
         f"Correct the file: {ISO} [no_such_day]",
         "participants.csv, column 'allocated_on', row 2: 1 cell holds a day that no calendar has. "
         f"Correct the file: {ISO} [no_such_day]"]),
    "day or month first": (
        slashes,
        ["sessions.csv, column 'held_on', rows 2, 3, 4, 5: Whether the day or the month comes "
         "first cannot be told in 4 cells: no cell of the column has a number above 12 in one of "
         f"the two places. Look at how the program wrote it, and {ISO} [day_or_month]"]),
    "day and month first": (
        put("sessions.csv", 2, "25/03/2025", "03/26/2025", "03/04/2025"),
        ["sessions.csv, column 'held_on', rows 2, 3, 4: The day comes first in some cells of the "
         "column and the month in others, so that 3 cells can be read in two ways or not at all. "
         f"Correct the file: {ISO} [days_mixed]"]),
    "another century": (
        put("memberships.csv", 2, "0225-03-03"),
        ["memberships.csv, column 'from_date', row 2: 1 cell holds a day more than 10 years from "
         "the start of the study. Correct the year, or `start` under [dates]. [far_day]"]),
    "days as numbers": (
        put("sessions.csv", 2, "45728", "45735", "45728", "45735"),
        ["sessions.csv, column 'held_on', rows 2, 3, 4, 5: 4 cells are numbers; they were read as "
         "Excel counts days (45720 is 2025-03-04). Compare some of them with the sheet; to be "
         f"sure, {ISO} [serial_days]"]),
    "a week that is not that of the day": (
        beside("sessions.csv", "week", "1", "7", "1", ""),
        ["sessions.csv, column 'week', row 3: 1 row has a week that is not the week of the day. "
         "Correct one of the two, or remove the column of weeks: weeks are counted from the start "
         "under [dates], the first is week 0. [week_and_day]"]),
    "a stay that ends before it begins": (
        put("memberships.csv", 3, day(-2)),
        ["memberships.csv, row 2: In 1 row to_week lies before from_week. Correct from_week and "
         "to_week. [weeks_reversed]",
         "attendance.csv, column 'session', rows 2, 8: 2 rows are attendance at a session of the "
         "person's group in a week in which the person was not in it, which does not count. "
         "Correct the memberships, or the attendance. [outside_stay]"]),
}


@pytest.mark.usefixtures("only_days")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_days_is_told_in_words(name: str, tmp_path: Path) -> None:
    change, expected = FAULTS[name]
    files = dated_tables()
    change(files)
    assert texts(check_data(write(tmp_path, files, DATED))[1]) == expected


@pytest.mark.usefixtures("only_days")
def test_days_need_the_start_of_the_study(tmp_path: Path) -> None:
    files = dated_tables()
    no_start(files)
    toml = DATED.replace(f'start = "{START}"\nwaves = {{pre = 0, post = 10}}\n', "")
    issues = check_data(write(tmp_path, files, toml))[1]
    assert texts(issues) == [
        "responses.csv, column 'answered_on': The column holds days, and the study does not say "
        "when it began. Declare the first day of week 0 under [dates] (start = \"2025-03-03\"), or "
        "list the column with `ignore` under [reading]. [no_start]"]
    quiet = toml + '[reading."responses.csv"]\nignore = ["answered_on"]\n'
    data = read_data(write(tmp_path, files, quiet))
    assert data.weeks.empty


@pytest.mark.usefixtures("only_days")
def test_a_day_of_a_row_without_id_stops_nothing(tmp_path: Path) -> None:
    files = dated_tables()
    files["responses.csv"].append(["", "pre", *"01234", "soon"])
    assert [issue.rule for issue in check_data(write(tmp_path, files, DATED))[1]] == ["no_id"]


def test_days_of_long_ago_are_no_birth_dates_where_they_are_declared(tmp_path: Path) -> None:
    files = {name: [[cell.replace("2025-", "2004-") for cell in row] for row in rows]
             for name, rows in dated_tables().items()}
    for place, row in enumerate(files["sessions.csv"][1:]):
        row[2] = f"2004-03-{10 + place:02}"
    toml = DATED.replace(str(START), "2004-03-03")
    assert [i.rule for i in check_data(write(tmp_path, files, toml))[1]
            if i.rule == "direct_identifier"] == []
    files["sessions.csv"][1][2] = "someone@example.org"
    assert ("direct_identifier", "held_on") in [
        (i.rule, i.column) for i in check_data(write(tmp_path, files, toml))[1]]


@pytest.mark.parametrize(("toml", "fault"), [
    ('answered_on = "day_{wave}"', "columns.answered_on: {wave} belongs to items that have the "
     "wave in their names"),
    ('allocated_on = "drawn"', "columns.allocated_on: is a column of the participants, and "
     "files.participants is missing")])
def test_columns_of_days_that_cannot_be_meant(toml: str, fault: str, tmp_path: Path) -> None:
    text = DATED.replace('participants = "participants.csv"\n', "") + f"[columns]\n{toml}\n"
    with pytest.raises(StudyError) as error:
        write(tmp_path, {}, text)
    assert error.value.faults == (fault,)


def test_a_day_of_several_waves_must_name_the_wave(tmp_path: Path) -> None:
    toml = DATED + 'items = "{id}_{n}_{wave}"\n[columns]\nanswered_on = "day"\n'
    with pytest.raises(StudyError, match=r"columns\.answered_on: needs \{wave\}, as the items"):
        write(tmp_path, {}, toml)


