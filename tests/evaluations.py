"""Hand-made evaluations to show: synthetic studies with the columns that `evaluate` gives.

The numbers are drawn with a fixed seed and summarised by a few lines of their own, so that the
tests of the reporting room do not lean on the rooms before it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from balint_research.evaluation import Evaluation
from balint_research.scoring.instrument import (
    Evidence,
    HigherMeans,
    Instrument,
    Missing,
    Response,
    Rights,
    Scale,
    Source,
)
from balint_research.study.contracts import StudyData
from balint_research.study.study import Arms, Design, Files, InstrumentUse, Study

ESTIMATES = [
    "instrument", "scale", "contrast", "wave", "estimate", "se", "df", "low", "high", "statistic",
    "p", "p_adjusted", "n", "n_asked", "n_groups", "effect_size", "effect_low", "effect_high",
    "effect_name", "better", "method", "note", "arm",
]  # fmt: skip
NUMBERS = ["se", "df", "low", "high", "statistic", "p", "p_adjusted", "effect_size", "effect_low",
           "effect_high"]


def instrument(
    name: str, label: str, scales: dict[str, tuple[str, tuple[float, float], HigherMeans]],
    min_answered: int | None = None,
) -> Instrument:
    """A made-up questionnaire with the given scales, five items each."""
    return Instrument(
        id=label.lower(), name=name, abbreviation=label, construct="made up", respondent="self",
        intended_for="tests", version="first made-up version", key_status="established",
        confidence="high", citation=f"Nobody A, Noone B. The {name} & its <key>. J Made Up 2020",
        doi="10.0000/made.up", response=Response(codes=(0, 1, 2, 3, 4, 5, 6)),
        items=dict.fromkeys(range(1, 6), "made up"),
        rights=Rights(status="public_domain", wording_redistributable="allowed",
                      holder="nobody", obtain_from="nowhere"),
        evidence=Evidence(disagreements="none", sources=(Source(what="made up"),)),
        missing=Missing(rule="at least 4 of 5 items of a scale"),
        scales={
            id_: Scale(name=words, items=(1, 2, 3, 4, 5), score="sum", range=span,
                       higher_means=means, min_answered=min_answered)
            for id_, (words, span, means) in scales.items()
        },
    )


def burnout() -> Instrument:
    return instrument("Synthetic Burnout Inventory", "SBI", {
        "exhaustion": ("Emotional exhaustion", (0, 54), "worse"),
        "accomplishment": ("Personal accomplishment", (0, 48), "better"),
    }, min_answered=4)


def empathy() -> Instrument:
    return instrument("Synthetic Empathy Questionnaire", "SEQ", {
        "total": ("Empathy", (20, 140), "better"),
        "style": ("Style of listening", (1, 7), "neutral"),
    })


def screening() -> Instrument:
    return instrument("Synthetic Screening List", "SSL", {"total": ("Distress", (0, 27), "worse")})


@cache
def controlled_study() -> Evaluation:
    """Three waves, one treated arm of 6 groups of 8, 44 controls; empathy is at its ceiling."""
    people = _people({"balint": (6, 8), "waitlist": (0, 44)})
    study = _study("individually_randomised", Arms(control="waitlist", treated=("balint",)),
                   ("baseline", "month6", "month12"))
    shift = {("sbi", "exhaustion", "balint"): -5.0, ("sbi", "accomplishment", "balint"): -2.5,
             ("seq", "total", "balint"): 0.6, ("seq", "style", "balint"): 0.3}
    return _evaluation(study, people, shift)


@cache
def one_group_study() -> Evaluation:
    """As the controlled study, with one treated group of 12: every comparison is refused."""
    people = _people({"balint": (1, 12), "waitlist": (0, 20)})
    study = _study("individually_randomised", Arms(control="waitlist", treated=("balint",)),
                   ("baseline", "month6"))
    return _evaluation(study, people, {("sbi", "exhaustion", "balint"): -5.0})


@cache
def single_group_study() -> Evaluation:
    """No arms: one programme of 9 people before and after, without groups or sessions."""
    people = _people({"": (0, 9)}).assign(arm=None, group=None)
    study = _study("single_group", None, ("before", "after"))
    return _evaluation(study, people, {("sbi", "exhaustion", None): -6.0})


@cache
def four_arm_study() -> Evaluation:
    """Four arms without groups, six occasions; one arm shrinks below five people at the end."""
    arms = Arms(control="early_memories",
                treated=("signature_strengths", "three_good_things", "gratitude_visit"))
    people = _people({"signature_strengths": (0, 40), "three_good_things": (0, 38),
                      "gratitude_visit": (0, 8), "early_memories": (0, 42)})
    study = _study("individually_randomised", arms,
                   tuple(f"occasion_{i}" for i in range(6)))
    shift: dict[tuple[str, str, str | None], float] = {
        ("sbi", "exhaustion", "three_good_things"): -3.0}
    return _evaluation(study, people, shift, few=("gratitude_visit", "occasion_5"))


def _study(design: Design, arms: Arms | None, waves: tuple[str, ...]) -> Study:
    first = waves[:1]
    uses = {"sbi": InstrumentUse(key=burnout(), waves=waves),
            "seq": InstrumentUse(key=empathy(), waves=waves, min_share=0.8),
            "ssl": InstrumentUse(key=screening(), waves=first)}
    return Study(
        title="Groups for <first-year> residents & others", design=design, waves=waves,
        baseline=waves[0], primary_outcome="sbi.exhaustion", primary_wave=waves[1],
        files=Files(responses="responses.csv"), instruments=uses, folder=Path("study"),
        path=Path("study/study.toml"), arms=arms, synthetic=True,
    )


def _people(arms: dict[str, tuple[int, int]]) -> pd.DataFrame:
    rows: list[tuple[str, str, str | None]] = []
    for arm, (groups, size) in arms.items():
        for i in range(max(groups, 1) * size):
            rows.append((f"p{len(rows):03}", arm, f"g{i // size + 1}" if groups else None))
    return pd.DataFrame(rows, columns=["participant", "arm", "group"])


def _evaluation(
    study: Study, people: pd.DataFrame, shift: dict[Any, float],
    few: tuple[str, str] | None = None,
) -> Evaluation:
    scores = _scores(study, people, shift, few)
    change = _change(scores, study)
    comparison = _comparison(scores, study)
    effects = pd.concat([change, comparison])[
        ["instrument", "scale", "contrast", "wave", "arm", "effect_name", "effect_size",
         "effect_low", "effect_high", "se"]
    ].rename(columns={"effect_size": "value", "effect_low": "low", "effect_high": "high",
                      "se": "sd_used"})
    refused = comparison["note"].notna().any() if not comparison.empty else False
    return Evaluation(
        study=study, data=_data(people, study), scores=scores, flow=_flow(scores, people, study),
        attendance=_attendance(people), completeness=_completeness(scores),
        descriptives=descriptives(scores, study), change=change, comparison=comparison,
        effects=effects, groups=_groups(scores, study), alternatives=_alternatives(study, change,
                                                                                   comparison),
        sensitivity=_sensitivity(change), reasons=pd.DataFrame(
            columns=["instrument", "wave", "reason", "answers", "people"]),
        links=pd.DataFrame(columns=["wave", "how", "people"]), linked=pd.DataFrame(),
        items=_items(study),
        reliability=_reliability(study, scores),
        warnings=("One treated group: nothing is tested.",) if refused else (),
    )


def _groups(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Mean squares of the groups of an arm, at every later wave."""
    rows: list[tuple[Any, ...]] = []
    later = scores[(scores["wave"] != study.baseline) & scores["group"].notna()]
    for (id_, scale, wave, arm), part in later.groupby(
        ["instrument", "scale", "wave", "arm"], sort=False
    ):
        by_group = part.dropna(subset=["value"]).groupby("group")["value"]
        if by_group.ngroups < 2:
            continue
        within = by_group.var().mean()
        between = max(by_group.mean().var() - within / by_group.size().mean(), 0.0)
        rows.append((id_, scale, wave, arm, by_group.ngroups, int(by_group.size().sum()), between,
                     between / (between + within), 0.0, 0.5))
    return pd.DataFrame(rows, columns=["instrument", "scale", "wave", "arm", "groups", "people",
                                       "variance", "icc", "low", "high"])


def _alternatives(
    study: Study, change: pd.DataFrame, comparison: pd.DataFrame
) -> pd.DataFrame:
    """The primary rows twice: as reported, and with a standard error half as large again."""
    frame = comparison if study.arms else change
    rows = frame[(frame["instrument"] + "." + frame["scale"] == study.primary_outcome)
                 & (frame["wave"] == study.primary_wave) & frame["se"].notna()]
    again = rows.assign(se=rows["se"] * 1.5, p=rows["p"].clip(lower=0.2))
    made = [part.assign(analysis=name) for name, part in (
        ("as reported", rows), ("cluster-robust (CR2)", again))]
    return pd.concat(made, ignore_index=True)


def _sensitivity(change: pd.DataFrame) -> pd.DataFrame:
    """No form was flagged."""
    return pd.DataFrame(columns=[*change.columns, "analysis", "flagged", "agrees"])


def _items(study: Study) -> pd.DataFrame:
    """Every item of every scale in a column of its own, with 40 answers."""
    return pd.DataFrame([
        {"instrument": id_, "item": n, "gist": use.key.items[n], "column": f"{id_}_{n}",
         "scale": name, "direction": "reversed" if n in scale.reversed else "forward",
         "stored": "raw", "n": 40, "low": float(use.key.response.low),
         "high": float(use.key.response.high)}
        for id_, use in study.instruments.items() for name, scale in use.key.scales.items()
        for n in scale.items
    ])


def _reliability(study: Study, scores: pd.DataFrame) -> pd.DataFrame:
    """The same coefficients for every scale, with the people scored at its first wave."""
    rows = []
    for id_, use in study.instruments.items():
        for name, scale in use.key.scales.items():
            first = scores[(scores["instrument"] == id_) & (scores["scale"] == name)
                           & (scores["wave"] == use.waves[0])]
            rows.append({
                "instrument": id_, "scale": name, "wave": use.waves[0],
                "items": len(scale.items), "n_rows": len(first), "n": int(first["value"].count()),
                "missing": "listwise", "alpha": 0.83, "alpha_low": 0.78, "alpha_high": 0.87,
                "omega": 0.84, "spearman_brown": np.nan, "min_item_rest": 0.31, "sd": 6.0,
                "sem": 2.5, "floor_share": 0.0, "ceiling_share": 0.0, "note": None,
            })
    return pd.DataFrame(rows)


def _scores(
    study: Study, people: pd.DataFrame, shift: dict[Any, float], few: tuple[str, str] | None
) -> pd.DataFrame:
    random = np.random.default_rng(7)
    frames = []
    for id_, use in study.instruments.items():
        for scale, key in use.key.scales.items():
            low, high = key.range
            person = random.normal(0, 0.12, len(people))
            level = 0.93 if (id_, scale) == ("seq", "total") else 0.5
            for i, wave in enumerate(use.waves):
                moved = [shift.get((id_, scale, arm), 0.0) if i else 0.0
                         for arm in people["arm"]]
                points = low + (high - low) * (level + person
                                               + random.normal(0, 0.06, len(people))) + moved
                value = np.clip(points.round(1 if high < 20 else 0), low, high)
                gone = random.random(len(people)) < 0.02 + 0.05 * i
                if few:
                    gone &= (people["arm"] != few[0]).to_numpy()
                value[gone] = np.nan
                if few and wave == few[1]:
                    value[(people["arm"] == few[0]).to_numpy().nonzero()[0][3:]] = np.nan
                status = np.where(np.isnan(value), "empty", "complete").astype(object)
                status[random.random(len(people)) < 0.08] = "prorated"
                status[np.isnan(value)] = "empty"
                frames.append(people.assign(
                    wave=wave, instrument=id_, scale=scale, value=value, answered=5, items=5,
                    status=status, raters=1,
                ))
    return pd.concat(frames, ignore_index=True)


def _flow(scores: pd.DataFrame, people: pd.DataFrame, study: Study) -> pd.DataFrame:
    scored = scores[scores["value"].notna()]
    rows = []
    for arm, members in people.groupby("arm", dropna=False, sort=False):
        for wave in study.waves:
            here = scored[(scored["wave"] == wave)
                          & scored["participant"].isin(members["participant"])]
            rows.append((arm, wave, len(members), members["group"].nunique(), len(members),
                         here["participant"].nunique()))
    return pd.DataFrame(rows, columns=["arm", "wave", "people", "groups", "asked", "answered"])


def _attendance(people: pd.DataFrame) -> pd.DataFrame:
    columns = ["arm", "group", "people", "sessions_held", "offered", "attended", "share"]
    rows: list[tuple[Any, ...]] = []
    for (arm, group), members in people.dropna(subset=["group"]).groupby(["arm", "group"]):
        size = len(members)
        attended = 12 * size - 9 - 3 * len(rows)
        rows.append((arm, group, size, 12, 12 * size, attended, attended / (12 * size)))
    return pd.DataFrame(rows, columns=columns)


def _completeness(scores: pd.DataFrame) -> pd.DataFrame:
    key = ["instrument", "scale", "arm", "wave"]
    counts = scores.groupby([*key, "status"], dropna=False, sort=False).size().unstack(
        fill_value=0)
    counts = counts.reindex(columns=["complete", "prorated", "too_few", "empty"], fill_value=0)
    counts.insert(0, "answered", counts.sum(axis=1))
    return counts.reset_index()


def descriptives(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """People, mean and spread of each arm, wave and scale."""
    rows = []
    for (id_, scale, arm, wave), part in scores.groupby(
        ["instrument", "scale", "arm", "wave"], dropna=False, sort=False
    ):
        value = part["value"].dropna()
        low, high = study.scale(str(id_), str(scale)).range
        rows.append((id_, scale, arm, wave, len(part), len(value), value.mean(), value.std(),
                     value.median(), value.quantile(0.25), value.quantile(0.75),
                     (value == low).mean(), (value == high).mean()))
    return pd.DataFrame(rows, columns=[
        "instrument", "scale", "arm", "wave", "n_asked", "n", "mean", "sd", "median", "q1", "q3",
        "floor_share", "ceiling_share"])


def _changes(scores: pd.DataFrame, study: Study, id_: str, scale: str, wave: str) -> pd.DataFrame:
    part = scores[(scores["instrument"] == id_) & (scores["scale"] == scale)]
    wide = part.pivot(index="participant", columns="wave", values="value")
    who = part.drop_duplicates("participant").set_index("participant")[["arm", "group"]]
    return who.assign(change=wide[wave] - wide[study.baseline])


def _outcomes(study: Study) -> list[tuple[str, str, str]]:
    return [(id_, scale, wave) for id_, use in study.instruments.items() for scale in use.key.scales
            for wave in study.waves[1:] if len(use.waves) > 1]


def _row(study: Study, id_: str, scale: str, wave: str, **values: Any) -> dict[str, Any]:
    key = study.scale(id_, scale)
    estimate = values["estimate"]
    better = None if key.higher_means == "neutral" else (estimate > 0) == (
        key.higher_means == "better")
    return dict.fromkeys(ESTIMATES) | {"instrument": id_, "scale": scale, "wave": wave,
                                       "better": better} | values


def _change(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    rows = []
    for id_, scale, wave in _outcomes(study):
        changes = _changes(scores, study, id_, scale, wave)
        for arm in study.arms.all if study.arms else (None,):
            asked = changes if arm is None else changes[changes["arm"] == arm]
            used = asked["change"].dropna()
            se = used.std() / len(used) ** 0.5
            t = used.mean() / se
            reach = stats.t.ppf(0.975, len(used) - 1) * se
            p = float(2 * stats.t.sf(abs(t), len(used) - 1)) if arm is None else np.nan
            size, half = used.mean() / used.std(), 2 / len(used) ** 0.5
            rows.append(_row(
                study, id_, scale, wave, estimate=used.mean(), se=se, df=len(used) - 1,
                low=used.mean() - reach, high=used.mean() + reach, statistic=t, p=p,
                p_adjusted=min(1.0, 2 * p), n=len(used), n_asked=len(asked), n_groups=0,
                effect_size=size, effect_low=size - half, effect_high=size + half,
                effect_name="d_av", method="paired t interval", arm=arm,
                contrast=f"{arm}: {wave} - {study.baseline}" if arm else
                f"{wave} - {study.baseline}",
                note=None if arm is None else "described, not tested",
            ))
    return pd.DataFrame(rows, columns=ESTIMATES)


def _comparison(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    rows = []
    if study.arms is None:
        return pd.DataFrame(columns=ESTIMATES)
    for id_, scale, wave in _outcomes(study):
        changes = _changes(scores, study, id_, scale, wave)
        control = changes.loc[changes["arm"] == study.arms.control, "change"].dropna()
        for arm in study.arms.treated:
            asked = changes[changes["arm"] == arm]
            used = asked.dropna(subset=["change"])
            grouped = used["group"].notna().any()
            units = used.groupby("group")["change"].mean() if grouped else used["change"]
            result = dict[str, Any](
                estimate=units.mean() - control.mean(), n=len(used) + len(control),
                n_asked=len(asked) + (changes["arm"] == study.arms.control).sum(),
                n_groups=used["group"].nunique(), effect_name="smd", arm=arm,
                contrast=f"{arm} - {study.arms.control}",
                method="Welch test of group means against individuals",
                effect_size=(units.mean() - control.mean()) / control.std(),
                note="one treated group: the method cannot be told apart from it",
            )
            if len(units) > 1:
                result |= _welch(units, control) | {"note": None}
            rows.append(_row(study, id_, scale, wave, **result))
    return pd.DataFrame(rows, columns=ESTIMATES).astype(dict.fromkeys(NUMBERS, float))


def _welch(units: "pd.Series[float]", control: "pd.Series[float]") -> dict[str, Any]:
    test = stats.ttest_ind(units, control, equal_var=False)
    inside = test.confidence_interval(0.95)
    p = float(test.pvalue)
    return {"se": (units.mean() - control.mean()) / test.statistic, "df": test.df,
            "low": inside.low, "high": inside.high, "statistic": test.statistic, "p": p,
            "p_adjusted": min(1.0, 3 * p), "effect_low": inside.low / control.std(),
            "effect_high": inside.high / control.std()}


def _answers(people: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Everybody once: the lowest code of every item from one, the highest from the next."""
    names = people["participant"].to_numpy()
    items = {f"{id_}_{n}": [(use.key.response.low, use.key.response.high)[i % 2]
                            for i in range(len(names))]
             for id_, use in study.instruments.items() for n in use.key.items}
    return pd.DataFrame({"participant": names, "wave": study.baseline, **items})


def _data(people: pd.DataFrame, study: Study) -> StudyData:
    empty = pd.DataFrame()
    return StudyData(
        participants=people, memberships=empty, responses=_answers(people, study),
        sessions=empty, attendance=empty, missing_reasons=empty, links=empty,
        left_out=pd.DataFrame([("responses", "responses.csv", "=the row has no <participant>", 9)],
                              columns=["table", "file", "reason", "rows"]),
        files=pd.DataFrame([("responses", "responses.csv", "0" * 64, 285, 276)],
                           columns=["table", "file", "sha256", "rows_in", "rows_used"]),
    )
