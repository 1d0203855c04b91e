"""The rules about what must fit together between tables and waves, in words (see `findings.py`)."""

from balint_research.errors import Rule

BETWEEN_RULES: dict[str, Rule] = {
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
        "{groups} {have} fewer than 6 or more than 10 people.",
        "Nothing, if this is so: 6 to 10 is what the literature asks for, and real Balint groups "
        "have from 6 to about 19; else correct the groups.", "warn"),
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
    "outside_stay": Rule(
        "{rows} {are} attendance at a session of the person's group in a week in which the person "
        "was not in it, which does not count.",
        "Correct the memberships, or the attendance.", "warn"),
    "control_attends": Rule(
        "{rows} {are} attendance of people of the control arm, which does not count.",
        "Check the arm and the attendance: who was in a group is no control.", "warn"),
    "attends_without_group": Rule(
        "{rows} {are} attendance of people who were allocated to no group, which does not count.",
        "Give them the group that was allocated, or correct the attendance.", "warn"),
    "two_groups_at_once": Rule(
        "{people} {have_people} attendance at sessions of two groups in the same week.",
        "Check the attendance: nobody changes groups within a week unless memberships says so.",
        "warn"),
    "before_study": Rule(
        "{rows} {have} a session in a week before the study began (week 0).",
        "Correct the week, or `start` under [dates].", "warn"),
    "after_study": Rule(
        "{rows} {have} a session after the last wave that was planned.",
        "Nothing, if the groups went on: no wave can show what these sessions did; else correct "
        "the week, or `waves` under [dates].", "warn"),
    "stays_overlap": Rule(
        "{people} {have_people} stays in groups that overlap in time.",
        "Give the earlier stay its last week (or day); who leaves and joins in one week has it "
        "in both.", "warn"),
    "stay_elsewhere": Rule(
        "{people} {have_people} memberships, and none of them in the group that {table} gives.",
        "Correct one of the two: the group of the participants is the one that was allocated.",
        "warn"),
    "control_member": Rule(
        "{people} of the control arm {have_people} memberships of a group.",
        "Check the arm and the memberships: who was in a group is no control.", "warn"),
    "leader_in_study": Rule(
        "{rows} {have} a leader whose id is that of a participant ({people}).",
        "Nothing, if the ids are alike by chance: give leaders ids of their own. Leaders are no "
        "people of the study: take them out of the participants and their answers out of the "
        "responses.", "warn"),
    "rater_in_study": Rule(
        "{rows} {have} a rater whose id is that of a participant.",
        "Nothing, if participants rate each other, or the ids are alike by chance; for the person "
        "write 'self' or leave the cell empty.", "warn"),
    "baseline_after_allocation": Rule(
        "{rows} of the baseline {are} answered after the day on which the person was allocated.",
        "Check both days: whoever knows the arm answers otherwise. Say it in the report of the "
        "study if it is so.", "warn"),
    "baseline_after_session": Rule(
        "{rows} of the baseline {are} answered after the first session of the person's group.",
        "Check both days: a baseline is no baseline once the groups have begun. Say it in the "
        "report of the study if it is so.", "warn"),
    "off_plan": Rule(
        "{rows} {are} answered in another week than planned.",
        "Check the days and the waves; if it is so, say it in the report of the study, or set "
        "`tolerance` under [dates].", "warn"),
    "waves_reversed": Rule(
        "{people} {have_people} answered the wave '{later}' before the wave '{earlier}'.",
        "Check the days and the labels of the waves: two waves may be exchanged.", "warn"),
    "waves_same_day": Rule(
        "{people} {have_people} answered the waves '{earlier}' and '{later}' on the same day, most "
        "of those who answered both.",
        "Check that neither is a copy or was filled in later from memory.", "warn"),
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
}
