"""The rules about reading one data file, in words; filled as `study/findings.py` says."""

from balint_research.errors import Rule

REEXPORT = "Export it again"

FILE_RULES: dict[str, Rule] = {
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
}
