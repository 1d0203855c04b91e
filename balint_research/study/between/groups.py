"""Arms and groups: everybody has one, and groups have the size that groups have."""

from collections.abc import Iterator

import pandas as pd

from balint_research.errors import Issue, number_of
from balint_research.study.between.people import people_words
from balint_research.study.findings import found
from balint_research.study.study import Study

SMALLEST_GROUP, LARGEST_GROUP = 6, 10  # what is asked for; others are told, never refused


def arms_and_groups(
    study: Study, people: pd.DataFrame, answered: pd.Series, file: str
) -> Iterator[Issue]:
    """Arms without people, groups across arms, people without the group that others have."""
    if study.arms is not None:
        for arm in study.arms.all:
            if not people["arm"].eq(arm).any():
                yield found("empty_arm", file=file, arm=arm)
        yield from _control_groups(study, people, file)
    yield from _without_group(study, people, answered, file)
    in_group = people.dropna(subset="group")
    across = in_group.groupby("group")["arm"].nunique()
    if (across > 1).any():
        rows = in_group.index[in_group["group"].isin(across.index[across > 1])]
        yield found("group_in_two_arms", file=file, column="group", rows=rows,
                    count=int((across > 1).sum()))
    yield from _unusual_sizes(study, in_group, file)


def _control_groups(study: Study, people: pd.DataFrame, file: str) -> Iterator[Issue]:
    assert study.arms is not None
    controls = people["group"].notna() & people["arm"].eq(study.arms.control)
    if controls.any() and study.design != "cluster_randomised":
        yield found("control_group", file=file, column="group", rows=people.index[controls],
                    words=people_words(int(controls.sum())))


def _without_group(
    study: Study, people: pd.DataFrame, answered: pd.Series, file: str
) -> Iterator[Issue]:
    """People who answered without the group that others of their arm have, or a cluster."""
    grouped = people["group"].notna()
    if study.design == "cluster_randomised":
        if not grouped.all():
            yield found("cluster_missing", file=file, column="group", rows=people.index[~grouped],
                        count=int((~grouped).sum()), words=people_words(int((~grouped).sum())))
        return
    members = {"this study": pd.Series(True, index=people.index)} if study.arms is None else {
        f"the arm '{arm}'": people["arm"].eq(arm) for arm in study.arms.all}
    for whom, inside in members.items():
        without = inside & ~grouped & people["participant"].isin(answered)
        if without.any() and (inside & grouped).any():
            yield found("group_missing", file=file, column="group", rows=people.index[without],
                        count=int(without.sum()), whom=whom, words=people_words(int(without.sum())))


def _unusual_sizes(study: Study, in_group: pd.DataFrame, file: str) -> Iterator[Issue]:
    """Groups smaller or larger than Balint groups should be; those of controls are none."""
    if study.arms is not None:
        in_group = in_group[in_group["arm"] != study.arms.control]
    sizes = in_group.groupby("group").size()
    unusual = ~sizes.between(SMALLEST_GROUP, LARGEST_GROUP)
    if unusual.any():
        least, most = int(sizes.min()), int(sizes.max())
        has = "the groups of this study have" if len(sizes) > 1 else "the group of this study has"
        span = f"from {least} to {most} people" if least < most else number_of(
            least, "person", "people")
        yield found("group_size", file=file, column="group", count=int(unusual.sum()),
                    evidence=f"{has} {span}")
