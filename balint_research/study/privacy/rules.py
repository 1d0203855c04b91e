"""Every rule about what makes people identifiable, in words that hold numbers and no value."""

from typing import Any

from balint_research.errors import Issue, Rule, number_of, worded

AGGREGATES = ("Give aggregates (`balint report STUDY --public`) or a synthetic stand-in "
              "(`balint release STUDY --synthetic`) instead.")

RULES: dict[str, Rule] = {
    # --- what [privacy] declares and the data do not have ----------------------------------------
    "no_such_column": Rule(
        "[privacy] names a quasi-identifier that the participants do not have.",
        "Correct its name, or remove it."),
    "no_such_harmless_column": Rule(
        "[privacy] names a harmless column that the participants do not have.",
        "Correct its name, or remove it."),
    "no_attendance": Rule(
        "`attendance` is a quasi-identifier, and no session was offered to anybody.",
        "Name the file of the attendance under [files], or remove it."),
    "value_without_level": Rule(
        "{people} {have_people} a value that step {step} of its levels does not name.",
        "Name every value of the column in each step under [privacy.levels]."),
    "bounds_for_text": Rule(
        "Step {step} of its levels are bounds, and the column holds no number for {people}.",
        "Declare a table of values in place of the bounds under [privacy.levels]."),
    # --- the size of the study --------------------------------------------------------------------
    "few_people": Rule(
        "The study has {people}, fewer than {fewest}: no release tells anything of so few without "
        "telling who they are.", AGGREGATES),
    "small_arm": Rule(
        "An arm has {people}, fewer than {k}, and the arm is always told.", AGGREGATES),
    "no_level_protects": Rule(
        "Even with nothing told but the arm {people} would have to be left out, who share what is "
        "known of them with fewer than {k}, whose class has fewer than {l} values of a sensitive "
        "scale, or who are not found for sure in an earlier release; at most {most} may be "
        "(`most_left_out`; none, if that is fewer than {k}).", AGGREGATES),
    "not_a_release": Rule(
        "The folder is no release of balint_research: {why}.",
        "Name the folder that `balint release` wrote, as it wrote it."),
    "changed_since": Rule(
        "{files} of the release {are_not} as it was written.",
        "Name the folder as it was released; what others hold must be known to the byte."),
    "nobody_found": Rule(
        "None of its people is found among the present people by their answers.",
        "Name a release of this study; with another nothing can be subtracted."),
    "people_gone": Rule(
        "Fewer than {k} people of an earlier release are not among the present people, and a "
        "release of the others would tell who they are.",
        "Put them back, or give no second release of these people."),
    # --- classes ----------------------------------------------------------------------------------
    "small_classes": Rule(
        "{people} share all that is known of them as declared with fewer than {k}.",
        "Nothing: a release takes wider steps, leaves columns out, and then people; declare "
        "[privacy.levels], so that it has steps to take.", "warn"),
    "few_values": Rule(
        "{people} {are_people} in a class with fewer than {l} values of {scale}: whoever knows the "
        "class knows the value.",
        "Nothing: a release takes wider steps; or tell the values apart by more bounds under "
        "[privacy.sensitive].", "warn"),
    "small_groups": Rule(
        "{groups} {have} fewer than {k} people, and everybody knows who sat in their group.",
        "Nothing: a release leaves the group out; or declare which groups are told together under "
        "[privacy.levels].", "warn"),
    "left_between_waves": Rule(
        "{people} answered at '{first}' and not at '{second}', fewer than {k} of their class: "
        "whoever knows who left knows whose answers are missing.",
        "Nothing, if nobody outside can know who left; else add `waves` to the quasi-identifiers, "
        "so that every class answered at the same waves.",
        "warn"),
    # --- columns ----------------------------------------------------------------------------------
    "undeclared_column": Rule(
        "The column is neither a quasi-identifier nor harmless: a release leaves it out.",
        "Nothing, if this is meant; else declare it under [privacy].", "note"),
    "likely_known": Rule(
        "The column is declared as harmless and is named like what colleagues know of a person.",
        "Move it from `harmless` to `quasi_identifiers`, unless nobody outside can know it.",
        "warn"),
    "harmless_own": Rule(
        "The column is declared as harmless, and {people} {have_people} a value of their own in "
        "it: whoever has it in another list can join the two.",
        "Remove it from `harmless`, or make its values few and common."),
    "harmless_rare": Rule(
        "The column is declared as harmless, and {people} {have_people} a value that fewer than "
        "{k} share.",
        "Nothing, if nobody outside can know it of anybody; else move it to `quasi_identifiers`.",
        "warn"),
    "undeclared_and_likely_known": Rule(
        "The column is named like what colleagues know of a person, and is no quasi-identifier: a "
        "release leaves it out.",
        "Declare it as a quasi-identifier under [privacy], if a release should tell it.", "note"),
    # --- tables -----------------------------------------------------------------------------------
    "memberships_stay": Rule(
        "{people} changed the group. A release leaves the table of memberships out: colleagues "
        "know who moved.", "Nothing.", "note"),
    "attendance_stays": Rule(
        "A release leaves the table of attendance out: group members know who missed which "
        "evening.",
        "Nothing; `attendance` among the quasi-identifiers tells the share that each person came "
        "to.", "note"),
}


def found(rule: str, *, count: int | None = None, **about: Any) -> Issue:
    """One rule of this module as an `Issue`; `about` as in `errors.worded`.

    Examples
    --------
    >>> print(found("value_without_level", column="role", count=1, step="2"))
    column 'role': 1 person has a value that step 2 of its levels does not name. Name every value \
of the column in each step under [privacy.levels]. [value_without_level]
    """
    one = count == 1
    return worded(RULES, rule, count=count, people=number_of(count or 0, "person", "people"),
                  have_people="has" if one else "have", are_people="is" if one else "are", **about)
