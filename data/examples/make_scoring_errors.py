"""Writes the example export `scoring_errors` anew: `python data/examples/make_scoring_errors.py`.

The data are SYNTHETIC, and wrong on purpose. Three steps, each a function: what attentive people
tick (`clean`, nothing is found in it), what was ticked, with the careless forms (`ticked`, the
truth that correct scoring gives back), and what the export makes of it (`exported`). The test
`tests/test_scoring_errors.py` holds that what is committed is what this script writes, and that
every fault of `FAULTS` is found by the rule it names.
"""

import json
import shutil
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import balint_research as br
from balint_research import ScaleTruth

PLACE = Path(__file__).with_name("scoring_errors")

# One whose clean answers raise nothing at all.
SEED = 20260401
WAVES = ("baseline", "month3")
ONCE = ("cbi", "olbi", "who5", "phq9")   # given at the baseline only
TRUTH: Mapping[str, ScaleTruth] = {
    "mbi_hss.emotional_exhaustion": ScaleTruth(mean=25, sd=10.5, alpha=0.89, stability=0.75),
    "mbi_hss.depersonalization": ScaleTruth(mean=9, sd=5.5, alpha=0.76, stability=0.65),
    "mbi_hss.personal_accomplishment": ScaleTruth(mean=35, sd=7, alpha=0.76, stability=0.65),
    "cbi.personal": ScaleTruth(mean=44, sd=18, alpha=0.87, stability=0.75),
    "cbi.work": ScaleTruth(mean=45, sd=18, alpha=0.88, stability=0.75),
    "cbi.client": ScaleTruth(mean=35, sd=18, alpha=0.85, stability=0.75),
    "teq.total": ScaleTruth(mean=44, sd=8.5, alpha=0.82, stability=0.8),
    "jse_hp.perspective_taking": ScaleTruth(
        mean=55, sd=7.5, alpha=0.85, stability=0.75, effect=0.3),
    "jse_hp.compassionate_care": ScaleTruth(
        mean=44, sd=6.5, alpha=0.83, stability=0.75, effect=0.3),
    "jse_hp.patients_shoes": ScaleTruth(mean=9.5, sd=2.5, alpha=0.62, stability=0.6, effect=0.2),
    "olbi.exhaustion": ScaleTruth(mean=2.8, sd=0.55, alpha=0.8, stability=0.75),
    "olbi.disengagement": ScaleTruth(mean=2.3, sd=0.55, alpha=0.78, stability=0.75),
    "sris.self_reflection": ScaleTruth(mean=50, sd=9, alpha=0.87, stability=0.8),
    "sris.insight": ScaleTruth(mean=33, sd=6, alpha=0.83, stability=0.8),
    "who5.raw": ScaleTruth(mean=14, sd=4.8, alpha=0.85, stability=0.75),
    "phq9.total": ScaleTruth(mean=7, sd=4.8, alpha=0.85, stability=0.75),
}

CHECK = 9             # the number that the attention check took in the JSE block
CHECK_ANSWER = 2      # what it asks to tick
STRAIGHT, RUSHED = 3, 2   # forms of the JSE a wave
GAP = 10              # which form of the baseline has no answer to item 4 of the PHQ-9
LEFT_OUT = 6          # further answers to the WHO-5 that nobody gave
FLIPPED = 6           # the item of the SRIS stored the other way round


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault that was put in: how it is found, and what is declared or done about it."""

    what: str
    instrument: str
    rule: str
    severity: str
    mended: str
    column: str | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)   # what has to be said before


def columns(instrument: str, items: int, moved: Mapping[int, str]) -> list[str]:
    """The columns in item order, where some items have a column of another name."""
    return [moved.get(n, f"{instrument}_{n}") for n in range(1, items + 1)]


OLBI = {"coding": "disagree_first"}
JSE = {"seconds": "jse_hp_seconds"}
DECLARED: Mapping[str, Mapping[str, Any]] = {
    "mbi_hss": {"coding": "coded_1_7"},
    "cbi": {"coding": "coded_1_5", "item_order": "article_2005"},
    "teq": {"already_reversed": True},
    "jse_hp": {"items": columns("jse_hp", 20, {n: f"jse_hp_{n + 1}" for n in range(CHECK, 21)}),
               **JSE},
    "olbi": {"items": columns("olbi", 16, {7: "olbi_7b"}), **OLBI},
    "sris": {"already_reversed": [FLIPPED]},
    "who5": {"items": columns("who5", 5, {3: "who5_3b"}), "missing_codes": [99]},
    "phq9": {"items": columns("phq9", 9, {4: "phq9_4_paper", 6: "phq9_6_paper"})},
}
FAULTS = (
    Fault(what="MBI-HSS is stored 1 to 7; its key says 0 to 6",
          instrument="mbi_hss", rule="shifted_coding", severity="stop",
          mended='`coding = "coded_1_7"`'),
    Fault(what="CBI is stored 1 to 5; its key says 0, 25, 50, 75, 100",
          instrument="cbi", rule="shifted_coding", severity="stop",
          mended='`coding = "coded_1_5"`'),
    Fault(what="CBI was printed in the order of the 2005 article, so that other numbers are other "
               "items",
          instrument="cbi", rule="other_order", severity="stop", declared={"coding": "coded_1_5"},
          mended='`item_order = "article_2005"`'),
    Fault(what="TEQ: the eight reversed items were reversed before the export",
          instrument="teq", rule="already_reversed", severity="stop",
          mended="`already_reversed = true`"),
    Fault(what=f"JSE-HP: an attention check took the number {CHECK}, so that later items stand "
               "one off",
          instrument="jse_hp", rule="shifted_columns", severity="stop",
          mended="`items`, one column an item"),
    Fault(what="JSE-HP: three forms a wave have one and the same answer throughout",
          instrument="jse_hp", rule="careless_long_string", severity="warn",
          declared=DECLARED["jse_hp"],
          mended="nothing is deleted; the outcome is reported with and without them"),
    Fault(what="JSE-HP: five forms a wave were filled in at an impossible speed",
          instrument="jse_hp", rule="careless_too_fast", severity="warn", declared=JSE,
          mended="nothing is deleted; the outcome is reported with and without them"),
    Fault(what="OLBI: item 7 is in the export twice, and the first copy holds a default",
          instrument="olbi", rule="constant_item", severity="warn", column="olbi_7",
          declared=OLBI, mended='`items`, with `olbi_7b` for item 7'),
    Fault(what=f"SRIS: item {FLIPPED} alone is stored the other way round",
          instrument="sris", rule="polarity", severity="warn", column=f"sris_{FLIPPED}",
          mended=f"`already_reversed = [{FLIPPED}]`"),
    Fault(what="WHO-5: 99 stands for no answer",
          instrument="who5", rule="missing_codes", severity="stop", column="who5_1",
          mended="`missing_codes = [99]`"),
    Fault(what="WHO-5: item 3 is in the export twice, and the first copy was never shown",
          instrument="who5", rule="unanswered_item", severity="warn", column="who5_3",
          mended="`items`, with `who5_3b` for item 3"),
    Fault(what="PHQ-9: somebody filled a gap with the mean of the column",
          instrument="phq9", rule="fractional", severity="stop", column="phq9_4",
          mended="`items`, with `phq9_4_paper`, as on the paper form, for item 4"),
    Fault(what="PHQ-9: one answer was typed as a word",
          instrument="phq9", rule="text_answers", severity="stop", column="phq9_6",
          mended="`items`, with `phq9_6_paper`, as on the paper form, for item 6"),
    Fault(what="one form of the baseline was entered twice, under two codes: seen in every "
               "questionnaire that is long enough",
          instrument="sris", rule="careless_duplicate", severity="warn",
          mended="nothing is deleted; look up whose form it is"),
)


# --- what people ticked --------------------------------------------------------------------------


@cache
def _drawn() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """People, their raw answers, and the truth behind both."""
    with tempfile.TemporaryDirectory() as place:
        folder = br.simulate_study(
            Path(place) / "drawn", seed=SEED, groups=6, group_size=8, controls=44, waves=WAVES,
            truth=TRUTH, dropout=0.04, unanswered=0.002,
        )
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        people, answers = (pd.read_csv(folder / f"{name}.csv")
                           for name in ("participants", "responses"))
    items = [column for column in answers if column not in ("participant", "wave")]
    return people, answers.astype(dict.fromkeys(items, "Int64")), truth


def clean() -> pd.DataFrame:
    """What attentive people tick, in the codes of the keys, with the time their JSE took."""
    _, answers, _ = _drawn()
    rng = np.random.default_rng(SEED)
    seconds = np.exp(rng.normal(np.log(130), 0.3, len(answers)))
    answers = answers.assign(jse_hp_seconds=np.clip(seconds, 60, 400).astype(int))
    first = _baseline(answers).index
    for row in rng.choice(first, LEFT_OUT, replace=False):
        answers.loc[row, f"who5_{rng.choice([1, 2, 4, 5])}"] = pd.NA
    answers.loc[first[GAP], "phq9_4"] = pd.NA
    once = [column for column in answers if column.startswith(ONCE)]
    answers.loc[~answers.index.isin(first), once] = pd.NA
    return answers


def _baseline(answers: pd.DataFrame) -> pd.DataFrame:
    return answers[answers["wave"] == WAVES[0]]


def ticked() -> pd.DataFrame:
    """What was ticked: some did not read the JSE, and one form was entered under two codes."""
    answers, rng = clean(), np.random.default_rng(SEED + 1)
    jse = [f"jse_hp_{n}" for n in range(1, 21)]
    for wave in WAVES:
        rows = rng.choice(answers.index[answers["wave"] == wave], STRAIGHT + RUSHED + 2,
                          replace=False)
        straight, fast = rows[:STRAIGHT], rows[:STRAIGHT + RUSHED]
        answers.loc[straight, jse] = 4
        answers.loc[fast, "jse_hp_seconds"] = rng.integers(12, 30, len(fast))
        if wave == WAVES[0]:
            copied, copy = rows[-2:]
            forms = [name for name in answers if name not in ("participant", "wave")]
            answers.loc[copy, forms] = answers.loc[copied, forms].to_numpy()
    return answers


# --- what the export makes of it -----------------------------------------------------------------


def exported() -> pd.DataFrame:
    """The export: what was ticked, stored with every fault of `FAULTS`."""
    answers = ticked()
    blocks = [_mbi, _cbi, _teq, _jse, _olbi, _sris, _who5, _phq9]
    return pd.concat([answers[["participant", "wave"]], *(block(answers) for block in blocks)],
                     axis="columns")


def _items(answers: pd.DataFrame, instrument: str) -> pd.DataFrame:
    key = br.load_instrument(instrument)
    return answers[[f"{instrument}_{n}" for n in key.items]]


def _mbi(answers: pd.DataFrame) -> pd.DataFrame:
    return _items(answers, "mbi_hss") + 1


def _cbi(answers: pd.DataFrame) -> pd.DataFrame:
    order = br.load_instrument("cbi").item_order_variants["article_2005"]
    place = dict(zip(order.here, order.there, strict=True))
    stored = _items(answers, "cbi") // 25 + 1
    renamed = stored.rename(columns={f"cbi_{n}": f"cbi_{there}" for n, there in place.items()})
    return renamed[[f"cbi_{n}" for n in range(1, 20)]]


def _teq(answers: pd.DataFrame) -> pd.DataFrame:
    stored = _items(answers, "teq").copy()
    turned = [f"teq_{n}" for n in br.load_instrument("teq").scales["total"].reversed]
    stored[turned] = 4 - stored[turned]
    return stored


def _jse(answers: pd.DataFrame) -> pd.DataFrame:
    """The careless tick the attention check like everything else; then the time."""
    stored = _items(answers, "jse_hp")
    alike = stored.nunique(axis="columns") == 1
    check = pd.Series(CHECK_ANSWER, index=stored.index).mask(alike, stored["jse_hp_1"])
    stored = stored.set_axis(DECLARED["jse_hp"]["items"], axis="columns")
    stored.insert(CHECK - 1, f"jse_hp_{CHECK}", check)
    return stored.assign(jse_hp_seconds=answers["jse_hp_seconds"])


def _olbi(answers: pd.DataFrame) -> pd.DataFrame:
    """1 = strongly disagree, while the printed form has 1 = strongly agree."""
    stored = 5 - _items(answers, "olbi")
    default = pd.Series(3, index=stored.index, dtype="Int64").where(answers["wave"] == WAVES[0])
    return stored.assign(olbi_7b=stored["olbi_7"], olbi_7=default)


def _sris(answers: pd.DataFrame) -> pd.DataFrame:
    return _items(answers, "sris").assign(**{f"sris_{FLIPPED}": 7 - answers[f"sris_{FLIPPED}"]})


def _who5(answers: pd.DataFrame) -> pd.DataFrame:
    stored = _items(answers, "who5").copy()
    first = _baseline(answers).index
    stored.loc[first] = stored.loc[first].fillna(99)
    return stored.assign(who5_3b=stored["who5_3"], who5_3=pd.NA)


def _phq9(answers: pd.DataFrame) -> pd.DataFrame:
    """One gap filled in, one word; what the paper form says stands in a column of its own."""
    paper = _items(answers, "phq9")
    stored = paper.astype(object)
    first = _baseline(answers)
    stored.loc[first.index[GAP], "phq9_4"] = 0.9
    stored.loc[first.index[first["phq9_6"] == 1][0], "phq9_6"] = "one"
    looked_up = {f"phq9_{n}_paper": paper[f"phq9_{n}"] for n in (4, 6)}
    return stored.assign(**looked_up)


# --- the files -----------------------------------------------------------------------------------


def make(folder: Path) -> Path:
    """The example in a new folder."""
    folder.mkdir(parents=True)
    people, _, drawn = _drawn()
    for name, table in (("participants", people), ("responses", exported())):
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    texts = {"study.toml": STUDY, "corrected.toml": _corrected(), "README.md": _readme(),
             "truth.json": json.dumps(_truth(drawn), indent=2) + "\n"}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def published() -> dict[str, dict[str, str]]:
    """What an invented paper prints on the SRIS of these people at the baseline."""
    first = _baseline(ticked())
    scored, consistency = br.score(first, "sris"), br.reliability(first, "sris")
    alphas = consistency.set_index("scale")["alpha"]
    figures = {}
    for scale in ("self_reflection", "insight"):
        values = scored[f"sris_{scale}"].dropna()
        figures[scale] = {"n": f"{len(values)}", "mean": f"{values.mean():.2f}",
                          "sd": f"{values.std():.2f}", "alpha": f"{alphas[scale]:.2f}"}
    return figures


def _truth(drawn: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "synthetic": True,
        "faults": [{"what": fault.what, "rule": fault.rule, "severity": fault.severity}
                   for fault in FAULTS],
        "published": {"sris": published()},
        "baseline_only": list(ONCE),
        "drawn_from": drawn,
    }


HEADING = """# SYNTHETIC: written by make_scoring_errors.py; nobody answered.{about}

[study]
title = "Scoring errors (synthetic example, wrong on purpose)"
design = "individually_randomised"
waves = ["baseline", "month3"]
primary_outcome = "jse_hp.total"
synthetic = true

[arms]
control = "waitlist"
treated = ["balint"]

[files]
participants = "participants.csv"
responses = "responses.csv"
"""
STUDY = HEADING.format(about="""
# As a user would first write it. `balint validate` lists what is wrong.""") + """
[instruments.mbi_hss]

[instruments.cbi]
waves = ["baseline"]

[instruments.teq]

[instruments.jse_hp]
seconds = "jse_hp_seconds"

[instruments.olbi]
waves = ["baseline"]
coding = "disagree_first"   # from the codebook: without this line the plan is refused

[instruments.sris]

[instruments.who5]
waves = ["baseline"]

[instruments.phq9]
waves = ["baseline"]
"""


def _corrected() -> str:
    listed = {name: _toml_list(how["items"]) for name, how in DECLARED.items() if "items" in how}
    return HEADING.format(about="""
# The same study, with what codebook and paper forms say.""") + f"""
[instruments.mbi_hss]
coding = "coded_1_7"

[instruments.cbi]
waves = ["baseline"]
coding = "coded_1_5"
item_order = "article_2005"

[instruments.teq]
already_reversed = true

[instruments.jse_hp]
seconds = "jse_hp_seconds"
items = {listed["jse_hp"]}   # jse_hp_{CHECK} is the attention check

[instruments.olbi]
waves = ["baseline"]
coding = "disagree_first"
items = {listed["olbi"]}   # olbi_7 holds a default

[instruments.sris]
already_reversed = [{FLIPPED}]

[instruments.who5]
waves = ["baseline"]
missing_codes = [99]
items = {listed["who5"]}   # who5_3 was never shown

[instruments.phq9]
waves = ["baseline"]
items = {listed["phq9"]}   # two answers looked up on the paper forms
"""


def _toml_list(names: list[str]) -> str:
    lines = textwrap.wrap(", ".join(f'"{name}"' for name in names), 92)
    return "[\n" + "".join(f"  {line}\n" for line in lines) + "]"


def _readme() -> str:
    rows = "\n".join(
        f"| {fault.what} | `{fault.rule}` ({fault.severity})"
        f" | {fault.mended} |"
        for fault in FAULTS)
    return README.format(seed=SEED, rows=rows)


README = """# SYNTHETIC EXPORT: scoring errors, put in on purpose

**SYNTHETIC data: nobody answered these questionnaires, nobody sat in these groups, and the export
is wrong on purpose.** Every number was drawn by `data/examples/make_scoring_errors.py` with seed
{seed}. Use it to learn how errors look; never cite it, never pool it with real studies.

92 invented clinicians, 48 of them in six Balint groups and 44 on a wait list, answer eight
questionnaires at the baseline and four of them again at month3.
`notebooks/02_scoring_and_screening.ipynb` walks through it.

| file | what it holds |
|---|---|
| `study.toml` | the plan as a user would first write it: `balint validate` stops |
| `corrected.toml` | the same plan with what codebook and paper forms say: nothing stops |
| `participants.csv` | participant, arm, group and four covariates |
| `responses.csv` | participant, wave and the answer to every item, as exported |
| `truth.json` | what the answers were drawn from, the faults, and what a paper would print |

## What is wrong with it

`br.screen` finds each fault by the rule named here.

| fault | rule | what mends it |
|---|---|---|
{rows}
| OLBI is stored 1 = strongly disagree; the printed form has 1 = strongly agree. The numbers \
cannot show it | scoring is refused until it is declared | `coding = "disagree_first"` |

Some faults hide others: the order of the CBI shows only when its coding is declared. Where other
items stand in the columns (CBI, JSE-HP), the reversed items run against the others, too: that
follows from the columns, and to declare them `already_reversed` would be the wrong cure.

The answers of attentive people, before the faults, raise nothing, and `corrected.toml` gives
exactly the scores of what was ticked; both is tested (`tests/test_scoring_errors.py`). Means, SDs
and effects were chosen for the purpose; they are no norms of any questionnaire.
"""


if __name__ == "__main__":
    shutil.rmtree(PLACE, ignore_errors=True)
    make(PLACE)
