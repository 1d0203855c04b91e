"""Every rule about linking waves in words. A code, or a part of one, has no way in."""

from typing import Any

from balint_research.errors import Issue, Rule, worded

RULES: dict[str, Rule] = {
    # --- what was asked for -----------------------------------------------------------------------
    "element_spelling": Rule(
        "The element '{element}' is spelt in a way that is not known.",
        "Correct it."),
    "element_twice": Rule("The element '{element}' is named twice.", "Name it once."),
    "no_elements": Rule("No element of the code is named.",
                        "Name the columns that together are the code, and what each holds."),
    "too_few_waves": Rule("Fewer than two waves are given.", "Give one table a wave."),
    "wave_names": Rule(
        "The names of the waves do not fit the tables.",
        "Give each wave a name of its own: letters, digits, '_' and '-'."),
    "budget": Rule("The budget is no share.", "Give a number above 0 and not above 1."),
    "tolerance": Rule("This tolerance is not known.", "Use one of these, or leave it out."),
    # --- the tables -------------------------------------------------------------------------------
    "no_column": Rule(
        "The column is missing; it is named as {role}.",
        "Correct the name, or leave it out."),
    "two_roles": Rule(
        "The column is named as an element and as a constant.",
        "An element of the code is compared anyway: leave it out of the constants."),
    "compared_element": Rule(
        "The column is named as an element and as one to compare.",
        "Compare columns that are no part of the code."),
    "participant_taken": Rule(
        "The table has a column 'participant' already, and the new ids need this name.",
        "Rename or delete the column; where it holds ids, the waves need no linking."),
    "row_labels": Rule(
        "The rows of the table are not labelled by whole numbers, each once.",
        "Use `frame.reset_index(drop=True)` before."),
    "no_codes": Rule("No row of the wave has a code.", "Check which columns hold the code."),
    "too_alike": Rule(
        "There are more candidate pairs between '{first}' and '{second}' than can be looked at: "
        "the code tells too few people apart.",
        "Check which columns hold the code; more elements are needed."),
    # --- what was noticed -------------------------------------------------------------------------
    "invalid_element": Rule(
        "{cells} {are} not what this element can be, and count as missing.",
        "Nothing, if these are slips; else correct how the element is declared.", "warn"),
    "missing_mark": Rule(
        "{cells} {hold} 'NA', taken as letters.",
        "If the export writes NA where there is no answer, empty these cells.", "warn"),
    "no_code": Rule(
        "{rows} {have} no code at all and cannot be linked.", "Nothing.", "note"),
    "duplicate_code": Rule(
        "{rows} {have} the code of another row of the same wave; none of them is linked by itself.",
        "Look whether one person answered twice: then keep one row. Two people with one code "
        "stay apart unless a person decides.", "warn"),
    "exact_beyond_budget": Rule(
        "Even identical codes of '{first}' and '{second}' will belong to different people too "
        "often: the code tells too few people apart.",
        "If a code stands twice in a wave because somebody answered twice, keep one of the rows "
        "and link again. Else look on every link between them as doubtful, and ask for more "
        "elements at the next wave.", "warn"),
    "alike_rows": Rule(
        "{rows} {are} alike with another row of the same wave in all but one element, and chance "
        "lets hardly any be expected.",
        "Look whether one person answered twice: then keep one row. These rows count as different "
        "people where the tolerance is chosen.", "note"),
    "no_constants": Rule(
        "Two differing elements are asked for, and no constants are declared.",
        "Nothing, or name columns that do not change: gender, year of training, group, site.",
        "note"),
    "tolerance_lowered": Rule(
        "Between '{first}' and '{second}' the tolerance asked for would link too many wrong "
        "pairs; '{used}' is used.",
        "Nothing. The table of expected wrong links shows why.", "note"),
    "to_decide": Rule(
        "{pairs} of rows could be the same person, and no rule may choose.",
        "Let a person decide, and give the decisions back.", "note"),
    "conflict": Rule(
        "{links} contradict each other across the waves and are not made.",
        "Let a person decide.", "warn"),
    "names_a_person": Rule(
        "The column is kept beside the new ids, and may tell who a row is: {why}",
        "Delete it from the file and link again, unless it must be kept.", "warn"),
    # --- decisions --------------------------------------------------------------------------------
    "decision_columns": Rule(
        "The decisions have no column '{column_needed}'.",
        "Fill in the file that lists what is to be decided, and give it back."),
    "decision_word": Rule(
        "{rows} {have} a decision that is neither yes nor no.", "Write yes or no, or nothing."),
    "decision_unknown": Rule(
        "{rows} {are} about pairs that are not to be decided.",
        "Give the file that was written for these tables with these settings."),
    "decision_changed": Rule(
        "{rows} {are} about rows whose wave has changed since: rows or codes differ.",
        "Link without decisions, and decide in the file written then."),
    "decision_both": Rule(
        "{rows} {are} about a pair that is decided twice and differently.", "Decide it once."),
    "partner_twice": Rule(
        "{rows} {are} decided to be the same person as two rows of one other wave.",
        "Say yes to one pair only."),
    "decision_contradicts": Rule(
        "{rows} {are} decided to be the same person as rows that belong to another one at the "
        "same wave.",
        "Say no to one of the pairs."),
    # --- an earlier key ---------------------------------------------------------------------------
    "key_columns": Rule(
        "The earlier key has no column '{column_needed}'.", "Give the file as it was written."),
    "key_differs": Rule(
        "{rows} of the earlier key {are} not in this table with the code of then.",
        "Use the same files as before and add the new wave, or start with a new key."),
    "ids_changed": Rule(
        "{rows} of the earlier key {have} another id now, because links changed.",
        "Results made with the earlier ids no longer fit: link them again.", "warn"),
}


def found(rule: str, **about: Any) -> Issue:
    """One rule of this module as an `Issue`; `about` as in `errors.worded`.

    Examples
    --------
    >>> print(found("no_code", wave="post", rows=[7, 3]))
    wave 'post', rows 3, 7: 2 rows have no code at all and cannot be linked. Nothing. [no_code]
    """
    return worded(RULES, rule, **about)
