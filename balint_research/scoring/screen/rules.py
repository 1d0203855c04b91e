"""Every guard against a scoring error in words: what is wrong, what to do, how grave it is."""

from typing import Any

from balint_research.errors import Issue, Rule, worded

RULES: dict[str, Rule] = {
    # --- answers ----------------------------------------------------------------------------------
    "text_answers": Rule(
        "{answers} {are} not numeric.",
        "Export the answers as numeric codes, not as text or labels."),
    "fractional": Rule(
        "{answers} {are} between two codes of {instrument}.",
        "Look there for means, percentages or answers that were filled in: score raw answers."),
    "range": Rule(
        "{answers} {are} outside the codes of {instrument}.",
        "Correct the file, declare `missing_codes`, or declare the `coding` in which the answers "
        "are stored."),
    "missing_codes": Rule(
        "{answers} {are} probably a code for no answer ({codes}).",
        "If so, declare `missing_codes = [{codes}]`; else correct the file."),
    "declared_missing": Rule(
        "{answers} {are} a declared missing code: no answer.",
        "Nothing, if this is meant.", "note"),
    "shifted_coding": Rule(
        "The answers of {instrument} are not stored in the codes of its key.",
        "Look it up in the codebook. If it is so, declare {remedy}."),
    "lowest_never_used": Rule(
        "Nobody gave the lowest answer of {instrument} to any item.",
        "Look up in the codebook whether the answers are stored one step higher; then declare "
        "{remedy}.", "note"),
    # --- items ------------------------------------------------------------------------------------
    "constant_item": Rule(
        "Everybody gave the same answer to an item of {instrument}.",
        "Check that the column holds this item, and not a default or a check question.", "warn"),
    "unanswered_item": Rule(
        "Nobody answered this item.",
        "Check that the column holds this item; a form without it is another version of the "
        "questionnaire.", "warn"),
    "unanswered": Rule(
        "Nobody answered {instrument}.",
        "Check that these columns hold its items, and that it was given to these people.", "warn"),
    # --- direction --------------------------------------------------------------------------------
    "already_reversed": Rule(
        "The items that the key of {instrument} reverses ({numbers}) look reversed already: scored "
        "as declared, they run against the other items.",
        "Compare the codebook with the form: are they stored reversed (then declare "
        "`already_reversed = {remedy}`), or do the columns hold other items?"),
    "reversed_twice": Rule(
        "Items declared as stored reversed ({numbers}) look raw: scored as declared, they run "
        "against the other items of {instrument}.",
        "Compare the codebook with the form: are they stored raw (then take them out of "
        "`already_reversed`), or do the columns hold other items?"),
    "reversal_uncertain": Rule(
        "The items that the key of {instrument} reverses ({numbers}) have a negative correlation "
        "with the other items, which chance can explain.",
        "Look up in the codebook whether they are stored reversed; the data alone do not settle "
        "it.", "note"),
    "polarity": Rule(
        "Item {item} of {instrument} runs against the rest of its scale.",
        "Check its direction in the codebook, and that the column holds this item.", "warn"),
    "polarity_uncertain": Rule(
        "Item {item} of {instrument} has a negative item-rest correlation, which chance can "
        "explain.",
        "Look at its direction in the codebook; the data alone do not settle it.", "note"),
    "weak_item": Rule(
        "Item {item} of {instrument} hardly hangs together with the rest of its scale.",
        "Nothing: so small a negative correlation is noise or a weak item, no sign of a wrong "
        "direction.", "note"),
    # --- columns ----------------------------------------------------------------------------------
    "shifted_columns": Rule(
        "From about item {item} of the form on, the columns of {instrument} seem to be moved by "
        "one.",
        "Look for {cause}, and give `items` as a mapping item -> column.", "warn"),
    "swapped_columns": Rule(
        "Items {first} and {second} of the form fit {instrument} better when each stands for the "
        "other.",
        "Look up in the codebook which column holds which, and give `items` as a mapping item -> "
        "column.", "warn"),
    "other_order": Rule(
        "The items of {instrument} fit another numbering better: {what}.",
        "Look up which form was given. If it is this one, {remedy}.",
        "warn"),
    "stranger_inside": Rule(
        "{columns} that {are} no item of {instrument} {stand} between its items.",
        "Check that the item columns are matched by name and not by position.", "note"),
    "names_and_numbers": Rule(
        "The numbers in the names of the columns do not follow the items of {instrument}.",
        "Check that each column holds the item it is given for. If they do, nothing.", "warn"),
    # --- published figures ------------------------------------------------------------------------
    "far_mean": Rule(
        "The mean of {scale} is more than 2 SD from every verified reference that gives an SD.",
        "Nothing, if these people are so; else check coding and directions.", "note"),
    "far_alpha": Rule(
        "Cronbach's alpha of {scale} is more than 0.15 from every verified reference.",
        "Nothing, if these people are so; else check directions and columns.", "note"),
}


def guard(rule: str, **about: Any) -> Issue:
    """One rule of this module as an `Issue`; `about` as in `errors.worded`."""
    return worded(RULES, rule, **about)
