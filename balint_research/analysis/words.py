"""Fixed sentences of the analyses: why something is refused, weak, or left out."""

DF_WORDS = {
    "kenward_roger": "Kenward-Roger df", "satterthwaite": "Satterthwaite df",
    "cr2": "cluster-robust (CR2) with Satterthwaite df",
}
FITTED_ON = "Fitted on"   # begins the sentence that counts people, groups and rows

TWO_GROUPS = (
    "Two groups cannot carry a test of the method apart from these two groups: the interval is "
    "cluster-robust (CR2) and no p value is given."
)
TWO_CLUSTERS = (
    "Warning: two clusters in an arm are hardly a test of the method apart from these clusters; "
    "the interval and the p value rest on very few degrees of freedom."
)
EVERYBODY_ALIKE = (
    "Everybody has the same score at {wave}, which tells nothing: that wave is not in the model."
)
NO_SPREAD = "The data leave no spread from which an interval could be had."
UNEVEN_BASELINE = (
    "People were not allocated by chance: at the baseline the arms differed by {size:.2f} SD."
)


def unreliable(df: float, least: float) -> str:
    """Note: CR2 with too few degrees of freedom."""
    return (f"The interval is unreliable: cluster-robust inference needs at least {least:g} "
            f"degrees of freedom and has {df:.1f}.")


def no_follow_up(arm: str, wave: str) -> str:
    """Note: nobody of an arm has a score at a wave."""
    return f"Nobody in arm '{arm}' has a score at {wave}, so the arms cannot be compared there."


def one_group(arm: str, groups: int) -> str:
    """Note, the refusal: an arm with groups of which fewer than two can be used."""
    if groups == 0:
        return (
            f"No group of arm '{arm}' has people with scores at this wave: the difference is shown "
            "and not tested."
        )
    return (
        f"Only one group of arm '{arm}' has people with scores at this wave, so the effect of the "
        "method and the effect of this one group cannot be told apart: the difference is shown and "
        "not tested."
    )


def no_clusters(arm: str) -> str:
    """Note, the refusal: clusters were allocated, and none is recorded."""
    return (
        f"Clusters were allocated, but those of arm '{arm}' are not recorded: the difference is "
        "shown and not tested. Give the column `group` in the participants."
    )


def one_person(arm: str) -> str:
    """Note: an arm without groups in which one person has a score."""
    return f"Only one person in arm '{arm}' has a score at this wave: the difference is not tested."


def empty_groups(arm: str | None, count: int) -> str:
    """Note: groups in which nobody has a score."""
    where = f" of arm '{arm}'" if arm else ""
    if count == 1:
        return f"1 group{where} has nobody with a score at this wave and does not count there."
    return f"{count} groups{where} have nobody with a score at this wave and do not count there."


def people_alone(arm: str | None, count: int) -> str:
    """Note: people without a group in an arm with groups."""
    where = f"of arm '{arm}' " if arm else ""
    if count == 1:
        return f"1 person {where}belongs to no group and counts as a group of one."
    return f"{count} people {where}belong to no group and count as groups of one each."
