"""Every rule about data files in words, and the list of what was found.

A rule says what is wrong and what to do. It is filled with numbers and with names that
`study.toml` or a key file declares; a cell's value has no way in.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from balint_research.errors import Issue, Rule, worded
from balint_research.study.rules_between import BETWEEN_RULES
from balint_research.study.rules_of_dates import DATE_RULES
from balint_research.study.rules_of_files import FILE_RULES

RULES: dict[str, Rule] = {
    **FILE_RULES,
    **DATE_RULES,
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
    "unknown_how": Rule(
        "{rows} {have} a kind of link that is not known.",
        "Use links.csv as `balint link` wrote it."),
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
        "{columns} {are} named like an item of {instrument} with a number it does not have, first "
        "'{first}'.",
        "Check which version of the questionnaire was given. If these are no items, list the item "
        "columns with `items` under [instruments.{id}]."),
    "text_answers": Rule(
        "{answers} {are} text, not a number.",
        "Export the answers as numeric codes{by_label}.{comma}"),
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
    **BETWEEN_RULES,
    # --- privacy ----------------------------------------------------------------------------------
    "direct_identifier": Rule(
        "{why}.",
        "Delete the column from the file, or code it; what names a person must not go further."),
    "free_text": Rule(
        "The column holds {cells} of free text.",
        "Nothing, if the file stays with the team; leave the column out before it goes further: "
        "what is said in the group stays in the group.", "warn"),
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
