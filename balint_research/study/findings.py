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
        "Save it as 'CSV UTF-8', or declare its `encoding` under [reading], so that letters with "
        "accents stay what they are."),
    "encoding_declared": Rule(
        "The text is not encoded in {encoding}, which is declared.",
        "Correct `encoding` under [reading], or remove it."),
    "unknown_encoding": Rule(
        "No encoding has the declared name.", "Correct `encoding` under [reading]."),
    "letters_inside": Rule(
        "The texts in {format} are not in the encoding that it names.",
        "Declare their `encoding` under [reading] (of older files often windows-1252), or save it "
        "again in a newer version of the program."),
    "large_file": Rule(
        "The file is larger than the data of any such study, and may not fit into the memory.",
        "Check that it is the right file; export only the columns and rows of this study."),
    "too_large_unpacked": Rule(
        "The workbook is unpacked larger than the data of any such study, and may not fit into the "
        "memory.",
        "Check that it is the right file; save only the sheet with the data, as CSV."),
    "many_columns": Rule(
        "The file has more columns than any such study.",
        "Check that it is the right file and how its columns are separated; export only the "
        "columns of this study."),
    "many_cells": Rule(
        "The file has more cells than any such study.",
        "Check that it is the right file; export only the columns and rows of this study."),
    "long_cell": Rule(
        "A cell has more than {longest} characters.",
        "Look for a quotation mark that is opened and never closed, or shorten the text."),
    "not_text": Rule(
        "The file is called CSV and holds no text{guess}.",
        "Give it the ending of its format, or save it as 'CSV UTF-8'."),
    "not_readable": Rule(
        "The file cannot be read as {format}: it is damaged, or another format under this ending.",
        f"Open it in the program that made it and save it again, or {REEXPORT.lower()}."),
    "several_sheets": Rule(
        "The workbook has {sheets} sheets with cells.",
        "Name the sheet behind the file, as in 'study.xlsx#Name of the sheet', or save it as a "
        "file of its own."),
    "unknown_sheet": Rule(
        "The workbook has no sheet of that name with cells.",
        "Correct the name behind the '#'; capitals and blanks count."),
    "merged_header": Rule(
        "A line of the header has merged cells, which stand over more than one column.",
        "Declare under [reading] how many lines name the columns together (header_lines = 2), the "
        "last with one name a column; or remove the lines above the names."),
    "second_header": Rule(
        "The first line names fewer than half of the columns that the next line fills.",
        "Remove what stands above the names; or declare under [reading] how many lines name the "
        "columns together (header_lines = 2)."),
    "header_lines_nowhere": Rule(
        "`header_lines` under [reading] does not fit the file.", "Correct it."),
    "merged_cells": Rule(
        "{rows} {have} merged cells, whose value belongs to more than one row or column.",
        "Split them, and write into each cell what is meant there."),
    "percent": Rule(
        "{cells} {are} shown as a percentage: where the sheet shows 25 %, the file holds 0.25, "
        "which is read.",
        "Nothing, if 0.25 is meant; else give the cells a number format.", "warn"),
    "decimal_comma": Rule(
        "The commas inside the cells of this column were read as decimal commas.",
        "Nothing, if they are; else declare decimal = \".\" under [reading].", "warn"),
    "not_of_this_format": Rule(
        "`{declared}` under [reading] does not apply to {format}.", "Remove it{or_else}."),
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
    # --- a survey program -------------------------------------------------------------------------
    "dialect": Rule(
        "Read as {export}.", "Nothing, if this is so; else declare `dialect` under [reading].",
        "note"),
    "dialect_nowhere": Rule(
        "This is not {export}, which is declared.", "Correct `dialect` under [reading]."),
    "no_response": Rule(
        "{rows} {are} left out: previews, tests or spam, no responses.",
        "Nothing, if this is meant.", "warn"),
    "response_status": Rule(
        "{rows} {have} a status of the survey program that is not known; they are used.",
        "Check that they are no previews or tests; else delete them.", "warn"),
    "unfinished": Rule(
        "{rows} {are} left out: the survey was begun and not sent off.",
        "Nothing, if this is meant; else declare unfinished = \"keep\" under [reading].", "warn"),
    "of_repeating": Rule(
        "{rows} {are} left out: they belong to repeating instruments.",
        "Nothing, if the answers of this study are not there; else declare `repeat_instrument` "
        "under [reading].", "note"),
    "not_of_repeating": Rule(
        "{rows} {are} left out: they do not belong to the repeating instrument that is declared.",
        "Nothing, if this is meant.", "note"),
    "repeating_nowhere": Rule(
        "No row belongs to the repeating instrument that is declared.",
        "Correct `repeat_instrument` under [reading]; it must be written as in the column "
        "redcap_repeat_instrument."),
    "all_left_out": Rule(
        "Not one of the {rows} is used: {reasons}.",
        "Export the responses, or correct [reading]."),
    "form_not_complete": Rule(
        "{forms} {hold} answers and {are} not marked complete; they are used.",
        "Nothing, if this is meant; else check them in REDCap.", "note"),
    "arm_added": Rule(
        "The column '{added}' was added: the number of the arm at the end of each event.",
        "Nothing.", "note"),
    "no_dictionary": Rule(
        "The export holds labels instead of codes, and no dictionary is declared: they stay text.",
        "Export the raw data; or declare the data dictionary under [reading] (dictionary = "
        "\"FILE.csv\").", "warn"),
    "unknown_label": Rule(
        "{cells} {hold} a label that the dictionary does not have for this field.",
        "If it is the label of a missing-data code, declare it with `missing` under [reading]; "
        "else use the dictionary of this export, or export the raw data."),
    "label_of_two_codes": Rule(
        "{cells} {hold} a label that the dictionary gives to more than one code of this field.",
        "Export the raw data."),
    "label_of_two_fields": Rule(
        "The heading of {columns} is the label of more than one field of the dictionary (column "
        "{places}).",
        "Export with the names of the fields as headings, or export the raw data."),
    "unknown_heading": Rule(
        "The heading of {columns} is in the dictionary neither as a field nor as a label (column "
        "{places}).",
        "Use the dictionary of this export, or export the raw data."),
    "two_names": Rule(
        "The columns {places} have one name; they were named by their ImportId.",
        "Nothing, if they are not used.", "warn"),
    "ignored_nowhere": Rule(
        "The file has no such column, which `ignore` under [reading] names.",
        "Correct its name, or remove it from the list."),
    "ignored_columns": Rule(
        "{columns} {are} ignored, as study.toml says.", "Nothing, if this is meant.", "note"),
    "not_confirmed": Rule(
        "This study.toml is a proposal that nobody has confirmed.",
        "Lay every line marked CONFIRM beside the questionnaire and the codebook, correct it, and "
        "remove the line `confirmed = false`."),
    "link_key": Rule(
        "This is the key of linked codes, which must not go further.",
        "Keep it apart from the study, and name the file that `balint link` wrote for it."),
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
