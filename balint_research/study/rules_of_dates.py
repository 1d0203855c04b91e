"""The rules about days in the files, in words; filled as `study/findings.py` says."""

from balint_research.errors import Rule

WRITE_ISO = "write days as year-month-day (2025-03-14)"

DATE_RULES: dict[str, Rule] = {
    "no_start": Rule(
        "The column holds days, and the study does not say when it began.",
        "Declare the first day of week 0 under [dates] (start = \"2025-03-03\"), or list the "
        "column with `ignore` under [reading]."),
    "not_a_day": Rule(
        "{cells} {are} not a day that can be read.", f"Correct the file: {WRITE_ISO}."),
    "no_such_day": Rule(
        "{cells} {hold} a day that no calendar has.", f"Correct the file: {WRITE_ISO}."),
    "day_or_month": Rule(
        "Whether the day or the month comes first cannot be told in {cells}: no cell of the column "
        "has a number above 12 in one of the two places.",
        f"Look at how the program wrote it, and {WRITE_ISO}."),
    "days_mixed": Rule(
        "The day comes first in some cells of the column and the month in others, so that {cells} "
        "can be read in two ways or not at all.", f"Correct the file: {WRITE_ISO}."),
    "far_day": Rule(
        "{cells} {hold} a day more than {years} years from the start of the study.",
        "Correct the year, or `start` under [dates]."),
    "serial_days": Rule(
        "{cells} {are} numbers; they were read as Excel counts days (45720 is 2025-03-04).",
        f"Compare some of them with the sheet; to be sure, {WRITE_ISO}.", "warn"),
    "day_of_which_wave": Rule(
        "The column is not used: a row holds several waves, and it names no wave.",
        "Say under [columns] how the days of each wave are named (answered_on = "
        "\"answered_on_{{wave}}\").", "warn"),
    "week_and_day": Rule(
        "{rows} {have} a week that is not the week of the day.",
        "Correct one of the two, or remove the column of weeks: weeks are counted from the start "
        "under [dates], the first is week 0."),
}
