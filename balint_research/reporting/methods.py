"""The methods paragraph, written from the objects that made the numbers: it cannot drift."""

import platform
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from balint_research.evaluation import Evaluation
from balint_research.reporting import format as to
from balint_research.reporting.linking import LINKED_BY
from balint_research.reporting.small_cells import shown
from balint_research.scoring.instrument import Instrument, Scale
from balint_research.study.study import InstrumentUse, Study

# What a reader needs to run it again; all of them take part in the numbers.
LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "formulaic", "narwhals")

DESIGNS = {
    "single_group": "This was one programme observed before and after (no comparison group)",
    "controlled": "This was a controlled study without randomisation",
    "individually_randomised": "This was an individually randomised study",
    "cluster_randomised": "This was a cluster-randomised study",
    "cross_sectional": "This was a cross-sectional study",
}
LIMITS = {
    "single_group": "There was no comparison group: change over time cannot be put down to the "
                    "groups, since time, expectation and regression to the mean act as well.",
    "controlled": "People were not allocated at random: the arms may have differed from the "
                  "start, and the difference may have other reasons than the groups.",
    "individually_randomised": "Members of a group share their group and its leaders; the number "
                               "of groups, more than the number of people, limits how much can "
                               "be known.",
    "cluster_randomised": "Whole clusters were allocated; the number of clusters, more than the "
                          "number of people, limits how much can be known.",
    "cross_sectional": "Everything was measured once: nothing can be said about change.",
}
EFFECTS = {
    "smd": "standardised mean difference (difference between the arms by the pooled SD of the "
           "scores at that wave)",
    "d_av": "d_av (mean change by the average SD of the two waves)",
}

def methods_paragraph(evaluation: Evaluation) -> str:
    """Design, questionnaires, missing answers, analysis and software, ready for an article.

    Every figure and name comes from the study, its keys and the frames of results: the test named
    is the one in the `method` column, the versions are those that ran. Paragraphs are separated
    by an empty line.

    Returns
    -------
    str : plain text, five paragraphs.
    """
    parts = (_design(evaluation) + _linking(evaluation), _questionnaires(evaluation.study),
             _missing(evaluation), _analysis(evaluation), _software())
    return "\n\n".join(parts)


def limits(evaluation: Evaluation) -> list[str]:
    """What the results cannot say: by design, by the numbers, and by what was suppressed."""
    said = [_cause(evaluation)]
    said += list(shown(evaluation).warnings)
    if not evaluation.change.empty:
        said.append(
            f"Intervals are {to.percent(to.CONFIDENCE)} intervals for each result by itself; they "
            "are not widened for the number of outcomes."
        )
    allocated = "People are counted in the arm they were allocated to. "
    said.append(
        f"{allocated if evaluation.study.arms else ''}Each result rests on the scores people gave; "
        "those who stopped answering may differ from the others in more than these scores show."
    )
    safe = shown(evaluation)
    if safe.suppressed:
        said.append(
            f"Cells of fewer than {safe.smallest_cell} people are not shown, in tables, figures "
            f"and files alike: {'; '.join(safe.suppressed)}."
        )
    return said


def versions() -> dict[str, str]:
    """Version of this package, of Python and of each library that takes part in the numbers."""
    return {
        "balint_research": _version("balint-research"),
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
    }


def missing_rule(use: InstrumentUse) -> str:
    """The rule by which scales with unanswered items were, or were not, scored.

    Where the scales of one questionnaire have different rules, each is told with its scales.
    """
    scales: dict[str, list[str]] = {}
    for scale in use.key.scales.values():
        scales.setdefault(_scale_rule(scale, use), []).append(scale.name)
    if len(scales) == 1:
        return next(iter(scales))
    return "; ".join(f"{to.listed(names)}: {rule}" for rule, names in scales.items())


def _scale_rule(scale: Scale, use: InstrumentUse) -> str:
    form = use.key.missing.min_answered_form
    whole = "" if form is None else f" and {form} of the {len(use.key.items)} of the whole form"
    how = "mean of the answered items" if scale.score == "mean" else "total x items / answered"
    if scale.min_answered is not None:
        return (f"published rule, scored where at least {scale.min_answered} of the scale's "
                f"{len(scale.items)} items{whole} were answered ({how})")
    if use.min_share is not None and scale.score != "criteria":
        return (f"no published rule; as declared by the study, scored where at least "
                f"{to.percent(use.min_share)} of a scale's items{whole} were answered ({how}) and "
                "flagged as prorated")
    return f"no published rule: every item of a scale{whole} was needed"


def _design(evaluation: Evaluation) -> str:
    study = evaluation.study
    waves = to.listed([to.label(wave) for wave in study.waves])
    sentences = [
        f"{DESIGNS[study.design]}{_people(evaluation)}.",
        f"Questionnaires were answered at {waves}{_baseline(study)}.",
    ]
    outcome = _scale(study, study.primary_outcome)
    if outcome is not None:
        key, scale = outcome
        sentences.append(
            f"The primary outcome, declared beforehand, was {key.label}: {scale.name}, at "
            f"{to.label(study.primary_wave)}."
        )
    if study.synthetic:
        sentences.append("All data are synthetic: no real person took part.")
    return " ".join(sentences)


def _baseline(study: Study) -> str:
    told = study.baseline == "baseline"
    return "" if told else f"; the baseline was {to.label(study.baseline)}"


def _people(evaluation: Evaluation) -> str:
    """People and groups by arm at the baseline, or nothing where an arm is too small to tell."""
    flow = shown(evaluation).flow
    first = flow[flow["wave"] == evaluation.study.baseline]
    if first.empty or first["people"].isna().any():
        return ""
    arms = [_arm(row.arm, row.people, row.groups) for row in to.records(first)]
    total = to.counted(int(first["people"].sum()), "person", "people")
    return f" with {total}: {to.listed(arms)}" if evaluation.study.arms else f" with {arms[0]}"


def _arm(arm: object, people: float, groups: float) -> str:
    who = to.counted(people, "person", "people")
    grouped = "" if to.is_missing(groups) or groups == 0 else (
        f" ({to.counted(groups, 'group')})")
    return who + grouped if to.is_missing(arm) else f"{who} in {to.label(arm)}{grouped}"


def key_words(key: Instrument) -> str:
    """How far a key is established, or whose it is."""
    return "key supplied by the user" if key.from_user else to.label(key.key_status)


def _linking(evaluation: Evaluation) -> str:
    """How the waves of one person were brought together, where codes did it."""
    kinds = set(evaluation.links["how"])
    ways = [words for how, words in LINKED_BY.items() if how in kinds]
    if not ways:
        return ""
    return (f" The waves were linked by self-generated codes, where neither row had another "
            f"candidate: by {to.listed(ways)}. Rows without a partner count as people seen at one "
            "wave.")


def _questionnaires(study: Study) -> str:
    return " ".join(
        f"{use.key.name}{_stored(use)}{', key supplied by the user' if use.key.from_user else ''}"
        f", given at {to.listed([to.label(w) for w in use.waves])}: "
        f"version: {use.key.version}. Reference: {use.key.citation.rstrip('.')}"
        f"{_doi(use.key)}."
        for use in study.instruments.values()
    )


def _stored(use: InstrumentUse) -> str:
    """How the export holds the answers, where it is not as the printed form does."""
    parts = []
    if isinstance(use.coding, str):
        parts.append(f"in the coding '{use.coding}'")
    elif use.coding is not None:
        parts.append("as {} to {}".format(*use.coding))
    if use.item_order is not None:
        parts.append(f"in the item order '{use.item_order}'")
    if use.already_reversed is True:
        parts.append("with the reversed items already turned round")
    elif use.already_reversed:
        parts.append(f"with {_items(use.already_reversed)} already turned round")
    if use.missing_codes:
        codes = to.listed([f"{code:g}" for code in use.missing_codes])
        parts.append(f"with {codes} for no answer")
    return f" (stored {', '.join(parts)})" if parts else ""


def _items(numbers: tuple[int, ...]) -> str:
    listed = to.listed([str(n) for n in sorted(numbers)])
    return f"item {listed}" if len(numbers) == 1 else f"items {listed}"


def _doi(key: Instrument) -> str:
    return f". doi:{key.doi}" if key.doi else ""


def _missing(evaluation: Evaluation) -> str:
    uses = evaluation.study.instruments.values()
    rules = ". ".join(f"{use.key.label}: {missing_rule(use)}" for use in uses)
    return (f"Unanswered items: {rules}. No score was imputed: people without a score at a wave "
            "are counted as asked and not used there.")


def _analysis(evaluation: Evaluation) -> str:
    sentences = []
    if not evaluation.comparison.empty:
        sentences.append(
            "Everybody was counted in the arm of allocation. Each treated arm was compared with "
            f"the control: {_methods(evaluation.comparison)}."
        )
    if not evaluation.change.empty:
        verb = "tested" if evaluation.change["p"].notna().any() else "described, not tested"
        sentences.append(f"Change within {'arms' if evaluation.study.arms else 'people'} was "
                         f"{verb}: {_methods(evaluation.change)}.")
    sentences += [_groups(evaluation), _effect_sizes(evaluation), _adjustment(evaluation)]
    sentences.append(f"Intervals are {to.percent(to.CONFIDENCE)} confidence intervals.")
    return " ".join(sentence for sentence in sentences if sentence)


def _methods(frame: pd.DataFrame) -> str:
    names = [str(name) for name in frame["method"].dropna().unique()]
    return "; or ".join(names) or "no method (nothing could be estimated)"


def _groups(evaluation: Evaluation) -> str:
    """What the group effects mean for the df; nothing where none was fitted."""
    if evaluation.groups.empty:
        return ""
    methods = pd.concat([evaluation.comparison["method"], evaluation.change["method"]]).dropna()
    dropped = methods.str.endswith("Kenward-Roger df").any()
    zero = ("Variances between groups that were estimated at 0 count as known for the degrees of "
            "freedom. " if dropped else "")
    return (f"{zero}The intraclass correlation (ICC) is the share of the variance that lies "
            f"between groups, with its {to.percent(to.CONFIDENCE)} profile-likelihood interval.")


def _effect_sizes(evaluation: Evaluation) -> str:
    names = pd.concat([evaluation.comparison["effect_name"], evaluation.change["effect_name"]])
    told = [EFFECTS.get(str(name), str(name)) for name in names.dropna().unique()]
    return f"Effect sizes are the {to.listed(told)}, with Hedges' correction." if told else ""


def _adjustment(evaluation: Evaluation) -> str:
    adjusted = pd.concat([evaluation.comparison["p_adjusted"], evaluation.change["p_adjusted"]])
    if not adjusted.notna().any():
        return ""
    arms = evaluation.study.arms
    together = " (the contrasts of all treated arms together)" if arms and len(arms.treated) > 1 \
        else ""
    return (f"p values were adjusted by Holm's method: the primary outcome at the primary wave "
            f"by itself{together}, all other results together.")


def _cause(evaluation: Evaluation) -> str:
    """What the design alone forbids to say."""
    design = evaluation.study.design
    if design == "individually_randomised" and not (evaluation.flow["groups"] > 0).any():
        return ("People were allocated at random and analysed one by one; random allocation does "
                "not make up for those who stopped answering.")
    return LIMITS[design]


def _software() -> str:
    ran = versions()
    libraries = ", ".join(f"{name} {ran[name]}" for name in LIBRARIES)
    return (f"Scoring and analysis were done with balint_research {ran['balint_research']} on "
            f"Python {ran['python']} ({libraries}).")


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _scale(study: Study, outcome: str) -> tuple[Instrument, Scale] | None:
    instrument, _, scale = outcome.partition(".")
    use = study.instruments.get(instrument)
    return (use.key, use.key.scales[scale]) if use and scale in use.key.scales else None
