"""Every rule about data files in words, and the list of what was found.

A rule says what is wrong and what to do. It is filled with numbers and with names that
`study.toml` or a key file declares; a cell's value has no way in.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from balint_research.errors import Issue, Rule, worded

REEXPORT = "Export it again"


RULES: dict[str, Rule] = {
    # --- a file -----------------------------------------------------------------------------------
    "missing_file": Rule(
        "The file does not exist.", "Put it into the folder of the study, or correct [files]."),
    "not_a_file": Rule("This is a folder, not a file.", "Name the file inside it."),
    "no_permission": Rule("The file cannot be read: no permission.", "Change its permissions."),
    "unknown_format": Rule(
        "The kind of file is not known by its ending.", "Save it as one of these."),
    "empty_file": Rule("The file is empty (0 bytes, or nothing but blank lines).",
                       f"{REEXPORT}."),
    "no_rows": Rule("The file has a header and no rows.", f"{REEXPORT} with its rows."),
    "encoding": Rule(
        "The text is not encoded in UTF-8{guess}.",
        "Save it as 'CSV UTF-8', so that letters with accents stay what they are."),
    "not_text": Rule(
        "The file is called CSV and holds no text{guess}.",
        "Give it the ending of its format, or save it as 'CSV UTF-8'."),
    "not_readable": Rule(
        "The file cannot be read as {format}: it is damaged, or another format under this ending.",
        f"Open it in the program that made it and save it again, or {REEXPORT.lower()}."),
    "several_sheets": Rule(
        "The workbook has {sheets} sheets with cells.",
        "Save the sheet with the data as a file of its own."),
    "formula_without_value": Rule(
        "{cells} {hold} a formula whose result was never stored.",
        "Open the workbook in a spreadsheet program and save it again, or save it as CSV."),
    "ragged_rows": Rule(
        "{rows} {have} more or fewer cells than the header.",
        "Look there for a comma, semicolon or line break without quotation marks around it."),
    "open_quote": Rule(
        "A quotation mark is opened and never closed.",
        "Remove it, or write it twice inside a quoted cell."),
    "no_header": Rule(
        "The first line looks like answers, not like column names.",
        "Put the column names into line 1."),
    "duplicate_column": Rule(
        "The columns {places} have one name (or line 1 holds answers).",
        "Rename or remove all but one, or put the column names into line 1."),
    # --- a table ----------------------------------------------------------------------------------
    "missing_column": Rule(
        "The column that holds '{ours}' is missing.",
        "Add it, or say under [columns] how it is named."),
    "missing_covariate": Rule(
        "The covariate '{ours}' is no column of the participants.",
        "Add the column, or correct `covariates` under [study]."),
    "empty_column": Rule("The column is empty.", "Fill it in, or correct [columns]."),
    "empty_required": Rule("{rows} {have} no value in a column that needs one.", "Fill it in."),
    "no_id": Rule(
        "{rows} {have} no {ours} and {are} left out.",
        "Nothing, if this is meant; else fill in the column.", "warn"),
    "duplicate_id": Rule(
        "{rows} share {ours} with another row.", "Keep one row for each {ours}."),
    "duplicate_rows": Rule(
        "{rows} share {key} with another row.",
        "Correct the file, or say which row counts: [resolve] duplicate_rows = \"keep_first\" "
        "(or \"keep_last\", \"drop_all\")."),
    "duplicates_resolved": Rule(
        "{rows} share {key} with another row; {resolution}.", "Nothing, if this is meant.", "note"),
    "unknown_wave": Rule(
        "{rows} {have} a wave that the study does not have.",
        "Correct the file, or map its labels under [values.wave]."),
    "unknown_wave_suffix": Rule(
        "{columns} {are} named like items of {instrument} at a wave that the study does not have, "
        "and {are} not used.",
        "Nothing, if this is meant; else add the wave, or map its suffix under [values.wave].",
        "warn"),
    "other_wave": Rule(
        "{rows} {have} another wave than the one that [files] gives this file.",
        "Correct [files], or the column; labels of the export are mapped under [values.wave]."),
    "column_nowhere": Rule(
        "No file has the column '{named}' that [columns] names for '{ours}'.",
        "Correct its name, or remove the line."),
    "unknown_arm": Rule(
        "{rows} {have} an arm that the study does not have.",
        "Correct the file, or map its labels under [values.arm]."),
    "unknown_status": Rule(
        "{rows} {have} a status that is not known.", "Use these words in the file."),
    "not_a_number": Rule("{cells} {are} not a number.", "Correct the file.{comma}"),
    "negative": Rule("{cells} {are} below 0.", "Correct the file."),
    "not_yes_no": Rule("{cells} {are} neither yes nor no.", "Correct the file."),
    "weeks_reversed": Rule(
        "In {rows} to_week lies before from_week.", "Correct from_week and to_week."),
    # --- the answers ------------------------------------------------------------------------------
    "item_missing": Rule(
        "{columns} of {instrument} {are} missing, first '{first}'.",
        "Correct the file, or say with `items` under [instruments.{id}] how the columns are "
        "named."),
    "item_extra": Rule(
        "{columns} {are} named like an item of {instrument} with a number it does not have.",
        "Check which version of the questionnaire was given. If these are no items, list the item "
        "columns with `items` under [instruments.{id}]."),
    "text_answers": Rule(
        "{answers} {are} text, not a number.",
        "Export the answers as numeric codes, not as labels.{comma}"),
    "range": Rule(
        "{answers} {are} outside the codes of {instrument}.",
        "Correct the file, or declare `missing_codes` or `coding` under [instruments.{id}]."),
    "not_given": Rule(
        "{rows} {hold} answers to {instrument} at a wave at which study.toml does not give it; "
        "they are not used.",
        "Nothing, if this is meant; else add the wave to its `waves`.", "warn"),
    "wrong_rater": Rule(
        "{rows} {hold} answers to {instrument} by another rater, and people answer it about "
        "themselves.",
        "Correct the column: 'self' or an empty cell is the person, everything else is somebody "
        "who answers about the person."),
    "own_form": Rule(
        "{rows} {hold} answers to {instrument} by the person; they are not used, because others "
        "answer it about the person.", "Nothing, if this is meant; else correct the column.",
        "warn"),
    "no_answers": Rule(
        "{instrument} has no answer at this wave.",
        "Correct the file, or leave the wave out of `waves` under [instruments.{id}]."),
    "user_key": Rule(
        "The key of {instrument} was supplied by the user.",
        "Have a second person check it against the official form.", "note"),
    "sign_against": Rule(
        "{instrument}, scored by the key you supplied, goes the wrong way with {other}: the "
        "published correlation is {sign}.",
        "Check the reversed items of the key, and the direction of both questionnaires."),
    "sign_agrees": Rule(
        "{instrument}, scored by the key you supplied, goes with {other} as published ({sign}).",
        "Nothing.", "note"),
    "sign_open": Rule(
        "Whether {instrument}, scored by the key you supplied, goes with {other} as published "
        "({sign}) cannot be told from these data.", "Nothing.", "note"),
    # --- people, waves and groups between the tables ----------------------------------------------
    "empty_wave": Rule(
        "The wave has no row.", "Correct the file or the `waves` of the study."),
    "unknown_participant": Rule(
        "{rows} {belong} to {people} who {are_people} not in {table}.",
        "Add them there, or correct the ids: they must be written alike in both files."),
    "ids_alike": Rule(
        "{ids} differ from another one only in capitals, leading zeros or a final .0, and are "
        "counted as different people.",
        "Nothing, if they are; else make the ids of each person equal.", "warn"),
    "never_answered": Rule(
        "{people} of {table} {have_people} no response at any wave.",
        "Nothing: they count as asked.", "note"),
    "two_arms": Rule(
        "{people} {have_people} two arms.", "Give each person the arm that was allocated."),
    "changing_value": Rule(
        "{people} {have_people} more than one value in this column.",
        "Give each person one value, or put the column into a participants file."),
    "empty_arm": Rule(
        "Nobody is in the arm '{arm}'.", "Correct the file, [arms], or [values.arm]."),
    "group_in_two_arms": Rule(
        "{groups} {have} people of more than one arm.",
        "Give each group a name of its own, also between arms."),
    "group_missing": Rule(
        "{people} of {whom} {have_people} no group, while others have one.",
        "Give everybody the group that was allocated, or a group of their own where none was."),
    "cluster_missing": Rule(
        "{people} {have_people} no group, the cluster that was randomised.",
        "Give everybody in every arm a group, or choose another design."),
    "control_group": Rule(
        "{people} of the control arm {have_people} a group.",
        "Nothing, if these are sham or waiting groups; else empty the cells.", "warn"),
    "group_size": Rule(
        "{groups} {have} fewer than 6 or more than 19 people.",
        "Nothing, if this is so; real Balint groups have from 6 to about 19.", "note"),
    "unknown_group": Rule(
        "{rows} {have} a group that no participant has.",
        "Correct the group: it must be written alike in both files."),
    "session_without_group": Rule(
        "{rows} {have} no group, while participants have groups.",
        "Say for each session which group's it was."),
    "session_of_two_groups": Rule(
        "{sessions} {have} attendance of people of more than one group.",
        "Add a sessions file, which says whose session each of them was."),
    "unknown_session": Rule(
        "{rows} {have} a session that is not in {table}.",
        "Add it there, or correct the session: it must be written alike in both files."),
    "other_group": Rule(
        "{rows} {are} attendance at a session of another group, which does not count.",
        "Nothing, if they were guests; people who change groups go into memberships.", "warn"),
    "not_held": Rule(
        "{rows} {are} attendance at a session that was not held, which does not count.",
        "Correct `held` or the attendance.", "warn"),
    "copied_wave": Rule(
        "The answers are those of the wave '{other}'{how}.",
        "One of the two is a copy: export that wave again."),
    "no_common_participant": Rule(
        "No participant of the baseline '{baseline}' is in this wave.",
        "Check that the ids are written alike at each wave; otherwise there is no change to "
        "measure."),
    # --- privacy ----------------------------------------------------------------------------------
    "direct_identifier": Rule(
        "{why}.",
        "Delete the column from the file, or code it; what names a person must not go further."),
}


def found(rule: str, **about: Any) -> Issue:
    """One rule of this module as an `Issue`; `about` as in `errors.worded`.

    Examples
    --------
    >>> print(found("no_id", file="responses.csv", column="ID", rows=[7, 3], ours="participant"))
    responses.csv, column 'ID', rows 3, 7: 2 rows have no participant and are left out. Nothing, \
if this is meant; else fill in the column. [no_id]
    """
    return worded(RULES, rule, **about)


@dataclass
class Findings:
    """What was found so far: the issues, and every row that is not used."""

    issues: list[Issue] = field(default_factory=list)
    left_out: list[tuple[str, str, str, int]] = field(default_factory=list)

    def add(self, issues: Iterable[Issue]) -> None:
        """Note some issues."""
        self.issues.extend(issues)

    def explain(self, issues: Iterable[Issue], columns: Container[tuple[str, str]]) -> None:
        """Note issues; what explains answers outside the codes in these columns takes their place.

        A coding that is moved as a whole is one fault of these columns (file, column), and not one
        a column; it comes first.
        """
        found = list(issues)
        others = [issue for issue in self.issues if not (
            issue.rule == "range" and (issue.file, issue.column) in columns)]
        first = [issue for issue in found if issue.rule == "shifted_coding"]
        self.issues[:] = [*first, *others, *(issue for issue in found if issue not in first)]

    def leave_out(self, table: str, file: str, reason: str, rows: int) -> None:
        """Note rows of a file that are not used, and why."""
        if rows:
            self.left_out.append((table, file, reason, rows))

    def rows_left_out(self, file: str) -> int:
        """How many rows of a file are not used."""
        return sum(rows for _, of, _, rows in self.left_out if of == file)

    @property
    def stopped(self) -> bool:
        """Whether anything found stops the run."""
        return any(issue.severity == "stop" for issue in self.issues)
