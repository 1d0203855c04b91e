"""Which mixed model a design calls for, and the first residual structure that can be fitted.

One model covers one outcome in one or two arms at all waves. What may be tested with it is a matter
of the design and of the number of groups (`arms.py`, `change.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.profile import Share, icc
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from balint_research.analysis.words import FITTED_ON
from balint_research.errors import AnalysisError

ENOUGH_PAIRS = 4    # people seen at both of two waves: with fewer the likelihood has no maximum
ENOUGH_PEOPLE = 2   # people for each variance and covariance of the residual
BETWEEN = ("group", "group x wave")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is modelled: rows, fixed effects and groups, before anything is fitted.

    Attributes
    ----------
    frame : one row a person and wave: ``value participant arm wave``; `group`, missing where an
        arm has no groups; `alone`, True for a group of one that stands for a person without a
        group; `unit`, the group, else the person; then a 0/1 column ``wave_k`` for each of `waves`,
        ``effect_k`` for the treated at wave k, ``post`` and ``post <arm>`` for the later waves;
        other columns of `formula`.
    formula : outcome and fixed effects.
    waves : in order; `later` those at which groups and treatment can act.
    arms : in order; the first is the treated one.
    grouped : arms whose people belong to groups.
    one_variance : the groups of all arms share one variance (cluster-randomised).
    by_arm : whether the residual may differ between the arms.
    words : the fixed part in words.
    notes : sentences about people or rows that could not be used.
    """

    frame: pd.DataFrame
    formula: str
    waves: tuple[str, ...]
    later: tuple[str, ...]
    arms: tuple[str, ...]
    grouped: tuple[str, ...]
    one_variance: bool
    by_arm: bool
    words: str
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """People with at least one row."""
        return int(self.frame["participant"].nunique())


@dataclass(frozen=True, kw_only=True)
class GroupModel:
    """A layout with its fit, or with the reason why there is none.

    `words` names fixed effects, groups and residual; `notes` what a reader must know; `between`
    maps each grouped arm to the parameters of its variance between groups.
    """

    layout: Layout
    fit: GaussianFit | None
    words: str
    notes: tuple[str, ...]
    between: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Structure:
    """A residual structure, its name, and how many people of an arm, or in all, it needs."""

    words: str
    residual: Residual
    needs: int
    each_arm: bool = False


def fitted_model(layout: Layout, *, by_arm: bool = True) -> GroupModel:
    """The model with the first structure of the declared order that can be fitted.

    Unstructured by arm, unstructured, heterogeneous compound symmetry, compound symmetry: a
    structure is passed over where people are too few for it or the search does not end. Where the
    data cannot tell group x wave from the rest, it is left out.
    """
    passed, notes, why = list[str](), list(layout.notes), "There are too few people for a model."
    for structure in _structures(layout, by_arm):
        lacking = _lacking(layout, structure)
        if lacking:
            passed.append(f"{structure.words} ({lacking})")
            continue
        for groups in _groups(layout):
            try:
                fit = fit_gaussian(layout.frame, layout.formula, blocks="unit",
                                   components=groups.effects, residual=structure.residual)
            except AnalysisError as error:
                why = str(error)
                continue
            if not fit.converged:
                why = "The search for the largest likelihood did not end."
                continue
            words = ", ".join([layout.words, *groups.words, structure.words])
            told = [f"Passed over: {'; '.join(passed)}."] if passed else []
            return GroupModel(
                layout=layout, fit=fit, words=f"mixed model (REML): {words}",
                notes=(*notes, *groups.notes, *told), between=groups.between)
        passed.append(f"{structure.words} (cannot be fitted)")
    return GroupModel(layout=layout, fit=None, words="", notes=(*notes, why), between={})


def model_icc(model: GroupModel, arm: str, wave: str) -> Share | None:
    """The intraclass correlation of an arm's groups at a wave; None without a group variance.

    Its interval is missing where the data are too few for the likelihood to be followed.
    """
    if model.fit is None or not model.between.get(arm):
        return None
    between, within = model.between[arm], _within(model.fit, arm, wave)
    try:
        return icc(model.fit, between, within)
    except AnalysisError:
        return icc(model.fit, between, within, interval=False)


def fitted_on(model: GroupModel) -> str:
    """Sentence: on how many people, groups and rows the model was fitted."""
    frame = model.layout.frame
    groups = int(frame.loc[~frame["alone"], "group"].nunique())
    number = f", {groups} group{'s' if groups != 1 else ''}" if groups else ""
    rows = model.fit.n_rows if model.fit else len(frame)
    return (f"{FITTED_ON} {_counted(model.layout.people, 'person', 'people')}{number} and "
            f"{_counted(rows, 'row', 'rows')}.")


def at_boundary(model: GroupModel, *, taken: bool) -> list[str]:
    """What lies at the boundary, and what that means; `taken`: as known for the df."""
    fit = model.fit
    if fit is None or not fit.boundary:
        return []
    known = " and taken as 0 for the degrees of freedom" if taken else ""
    between = dict.fromkeys(name for names in model.between.values() for name in names)
    told = []
    for name in (name for name in between if name in fit.boundary):
        why = ("each group's effect is the same at every later wave" if name.startswith(BETWEEN[1])
               else "the groups differ no more than by chance")
        told.append(f"The variance of {name} was estimated at 0 ({why}){known}.")
    others = [name for name in fit.boundary if name not in between]
    return [*told, *([f"At the end of what is possible: {', '.join(others)}."] if others else [])]


@dataclass(frozen=True)
class _Groups:
    """Random effects of the groups, the names of their variances by arm, words and notes."""

    effects: tuple[RandomEffect, ...]
    between: dict[str, tuple[str, ...]]
    words: tuple[str, ...]
    notes: tuple[str, ...]


def _groups(layout: Layout) -> Iterator[_Groups]:
    """The group effects of the design; then without group x wave, where there was one."""
    for by_wave in ((True, False) if len(layout.later) > 1 else (False,)):
        effects: list[RandomEffect] = []
        between: dict[str, tuple[str, ...]] = {}
        words: list[str] = []
        notes: list[str] = []
        for arms, times, suffix, where in _group_terms(layout):
            own = _of_groups(layout, times, suffix, by_wave)
            if not own:
                notes.append(_no_two(where))
                continue
            effects += own
            between |= dict.fromkeys(arms, tuple(str(effect.name) for effect in own))
            names = "group and group x wave effects" if by_wave else "group effect"
            words.append(f"{names} {where}".strip())
        yield _Groups(tuple(effects), between, tuple(words), tuple(notes))


def _group_terms(layout: Layout) -> Iterator[tuple[tuple[str, ...], str, str, str]]:
    """Of each variance between groups: its arms, the column it acts by, its suffix, words."""
    if layout.one_variance and layout.grouped:
        yield layout.grouped, "post", "", "in every arm, one variance"
        return
    for arm in layout.grouped:
        yield ((arm,), f"post {arm}", f" ({arm})" if len(layout.grouped) > 1 else "",
               f"in {arm}" if len(layout.arms) > 1 else "")


def _of_groups(
    layout: Layout, times: str, suffix: str, by_wave: bool
) -> list[RandomEffect]:
    """A group effect, and group x wave; none where no two people share a group.

    With one group the effect cannot be told from that of the treatment, and with one person a group
    not from the person.
    """
    own = layout.frame[layout.frame[times] == 1]
    sizes = own.groupby("group", observed=True)["participant"].nunique()
    if len(sizes) < 2 or sizes.max() < 2:
        return []
    made = [RandomEffect(by="group", times=times, name=BETWEEN[0] + suffix)]
    if by_wave:
        made.append(RandomEffect(by=("group", "wave"), times=times, name=BETWEEN[1] + suffix))
    return made


def _no_two(where: str) -> str:
    told = f" {where}" if where else ""
    return (f"No variance between groups{told} can be estimated: that takes two groups with two "
            "people in one of them.")


def _structures(layout: Layout, by_arm: bool) -> Iterator[_Structure]:
    """The declared order; the last holds for any data with two rows a person."""
    waves = [wave for wave in layout.waves if (layout.frame["wave"] == wave).any()]
    number = len(waves)
    pairs = number * (number + 1) // 2
    plain = Residual(kind="unstructured", within="participant", over="wave")
    differ = by_arm and layout.by_arm and len(layout.arms) > 1
    if number == 1:
        if differ:
            yield _Structure("a residual variance for each arm", Residual(by="arm"),
                             ENOUGH_PEOPLE, each_arm=True)
        yield _Structure("one residual variance", Residual(), ENOUGH_PEOPLE)
        return
    if differ:
        first = tuple(wave for wave in waves if wave not in layout.later)
        shared = f", one variance at {first[0]}" if first else ""
        yield _Structure(
            f"unstructured residual for each arm{shared}",
            replace(plain, by="arm", shared=first), ENOUGH_PEOPLE * pairs, each_arm=True)
    yield _Structure("one unstructured residual", plain, ENOUGH_PEOPLE * pairs)
    if number > 2:
        yield _Structure("heterogeneous compound symmetry",
                         replace(plain, kind="heterogeneous_compound_symmetry"),
                         ENOUGH_PEOPLE * (number + 1))
    yield _Structure("compound symmetry (person intercept)",
                     Residual(kind="compound_symmetry", within="participant"), 0)


def _lacking(layout: Layout, structure: _Structure) -> str:
    """Why there are too few people for a structure; empty where there are enough."""
    people = layout.frame.groupby("arm", observed=True)["participant"].nunique()
    few = [arm for arm in layout.arms if people.get(arm, 0) < structure.needs]
    if structure.each_arm and few:
        return f"arm {few[0]} has fewer than {structure.needs} people"
    if people.sum() < structure.needs:
        return f"fewer than {structure.needs} people"
    if structure.residual.kind == "unstructured" and _fewest_pairs(
            layout, structure.each_arm) < ENOUGH_PAIRS:
        return f"fewer than {ENOUGH_PAIRS} people seen at two of the waves"
    return ""


def _fewest_pairs(layout: Layout, each_arm: bool) -> int:
    """The least number of people, of an arm or of all, that two waves have in common."""
    frame = layout.frame
    waves, wave = np.unique(frame["wave"].cat.codes, return_inverse=True)
    person = pd.factorize(frame["participant"])[0]
    arm = frame["arm"].cat.codes.to_numpy() if each_arm else np.zeros(len(frame), dtype="int64")
    fewest = []
    for own in np.unique(arm):
        seen = np.zeros((int(person.max()) + 1, len(waves)))
        seen[person[arm == own], wave[arm == own]] = 1
        fewest.append(int((seen.T @ seen).min()))
    return min(fewest, default=0)


def _within(fit: GaussianFit, arm: str, wave: str) -> list[str]:
    """The residual variances of an arm at a wave, by the names that the structure gave them."""
    known = fit.variances.loc[~fit.variances["random"], "parameter"].tolist()
    for name in (f"residual {arm} {wave}", f"residual {wave}", f"residual {arm}",
                 "residual variance", "residual"):
        if name in known:
            return [name]
    return []


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
