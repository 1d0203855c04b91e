"""How long mixed models take: `python benchmarks/mixed.py`; `--help` tells what can be left out.

One run measures all: Kenward-Roger inference beside R's lmer and statsmodels' MixedLM on the same
rows, how the time grows with the number of participants, and 1,000 refits on two workers. What is
compared takes turns, after a first round that does not count, so that a busy moment strikes all
alike, and the best time counts; how far the usual one (the median) lies above it tells how noisy
the machine was. R (with lme4, lmerTest, pbkrtest) is timed from within, without its start; where it
is absent, its row says so. Before anything is timed, all must give the same numbers.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.progress import track

from balint_research.analysis.mixed.bootstrap import CHUNK, parametric_bootstrap
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.fit import GaussianFit, fit_gaussian
from balint_research.analysis.mixed.terms import RandomEffect, Residual
from balint_research.errors import AnalysisError

WAVES = ("w0", "w1", "w2")
ARMS = ("treated", "control")
GROUPS, SIZE, CONTROLS = 6, 8, 48
SEED = 2           # no variance at 0, for there pbkrtest has other df (`drop_zero` of contrasts)
PEOPLE = (100, 1_000, 10_000)
LEFT_OUT = 0.1     # share of rows missing where the growth is measured
SAME = 1e-4        # how far two programs may lie apart, by the size of the number
DRAWS, AFTER = 1000, 2   # refits, and runs of them that count
R_GOAL, STATSMODELS_GOAL = 1 / 20, 1 / 4
LINEAR = 1.1       # exponent of the growth that counts as linear: noise moves it by some 0.05
MOST_SECONDS, MOST_REFITS = 2.0, 15.0

FORMULA = "y ~ wave + t_w1 + t_w2"
EFFECT = {"treated at w2": {"t_w2": 1.0}}
GROUP_EFFECTS = (RandomEffect(by="group", times="treated_post"),
                 RandomEffect(by=("group", "wave"), times="treated_post"))
COMPONENTS = (RandomEffect(by="person"), *GROUP_EFFECTS)
# what a trial with a baseline gets by default (`group_model.py`)
BY_ARM = Residual(kind="unstructured", within="person", over="wave", by="arm", shared=WAVES[:1])

# Two ways in R to the effect at the last wave, of which the faster one is the yardstick, and the
# usual call, which tests all coefficients. For each line it reads, the script does each once.
R_WAYS = ("lmerTest::lmer, contest1D", "lme4::lmer, pbkrtest::KRmodcomp",
          "lmerTest::lmer, summary: all coefficients")
R_ONE = 2   # ways that test one coefficient
R_SCRIPT = r"""
for (name in c("lme4", "lmerTest", "pbkrtest")) {
  if (!requireNamespace(name, quietly = TRUE)) {
    cat(sprintf('{"absent": "%s"}\n', name))
    quit()
  }
}
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
model <- y ~ wave + t_w1 + t_w2 + (1 | person) + (0 + treated_post | top) +
  (0 + treated_post | top:wave)
row <- c(0, 0, 0, 0, 1)
ways <- list(
  function() {
    fit <- lmerTest::lmer(model, d)
    test <- lmerTest::contest1D(fit, row, ddf = "Kenward-Roger")
    c(test[["Estimate"]], test[["Std. Error"]], test[["df"]])
  },
  function() {
    fit <- lme4::lmer(model, d)
    test <- pbkrtest::KRmodcomp(fit, matrix(row, 1))$stats
    estimate <- lme4::fixef(fit)[[5]]
    c(estimate, abs(estimate) / sqrt(test$Fstat), test$ddf)
  },
  function() {
    fit <- lmerTest::lmer(model, d)
    unname(coef(summary(fit, ddf = "Kenward-Roger"))[5, 1:3])
  })
version <- function(name) paste(name, packageVersion(name))
cat(sprintf('{"versions": "R %s.%s, %s"}\n', R.version$major, R.version$minor,
            paste(sapply(c("lme4", "lmerTest", "pbkrtest"), version), collapse = ", ")))
input <- file("stdin", "r")
while (length(readLines(input, 1))) {
  told <- sapply(ways, function(way) {
    gc()   # as system.time does
    start <- Sys.time()
    result <- way()
    c(as.numeric(difftime(Sys.time(), start, units = "secs")), result)
  })
  cat(sprintf('{"told": [%s]}\n', paste(sprintf("%.10g", told), collapse = ", ")))
  flush(stdout())
}
"""


@dataclass(frozen=True)
class Inference:
    """What one program says about the effect at the last wave."""

    estimate: float
    se: float
    df: float


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float | None
    usual: float | None = None
    result: str = ""
    goal: str = ""
    met: bool | None = None

    def line(self) -> str:
        cells = [self.what, *("" if x is None else f"{x:.4f}" for x in (self.seconds, self.usual)),
                 self.result, self.goal, {None: "", True: "met", False: "**not met**"}[self.met]]
        return f"| {' | '.join(cells)} |"


HEAD = ("| mixed models | seconds | median | result | goal | |", "|---|---|---|---|---|---|")


# --- the clock -----------------------------------------------------------------------------------


def bar(steps: Iterable[Any], total: float | None = None, what: str = "") -> Iterable[Any]:
    """A progress bar on a terminal; nothing in a pipe, where it would fill the file."""
    return track(steps, what, total=total, transient=True) if sys.stdout.isatty() else steps


def timed(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def each_timed(task: Callable[[], object]) -> list[float]:
    return [timed(task)]


def rounds(tasks: Sequence[Callable[[], Sequence[float]]], runs: int, what: str) -> list[
        tuple[float, float]]:
    """Best and median seconds of all that the tasks time; they take turns, the first not counted.

    A task gives the seconds it measured itself, for R is timed from within.
    """
    times = [[x for task in tasks for x in task()] for _ in bar(range(runs + 1), runs + 1, what)]
    counted = np.array(times[1:])
    return [(float(best), float(usual)) for best, usual in zip(
        counted.min(axis=0), np.median(counted, axis=0), strict=True)]


def speed_of_python() -> float:
    """Seconds of ten million turns of an empty loop: tells machines and busy moments apart."""
    def turns() -> None:
        for _ in range(10_000_000):
            pass

    return min(timed(turns) for _ in range(3))


# --- a partially nested trial --------------------------------------------------------------------


def trial(seed: int) -> pd.DataFrame:
    """6 groups of 8 and 48 controls at three waves; the groups differ only after the start."""
    rng = np.random.default_rng(seed)
    people, treated = GROUPS * SIZE + CONTROLS, GROUPS * SIZE
    person = np.repeat(np.arange(people), len(WAVES))
    wave = np.tile(np.arange(len(WAVES)), people)
    group = np.where(person < treated, person // SIZE, -1)
    post = ((group >= 0) & (wave > 0)).astype(float)
    shared = rng.normal(0, 3, GROUPS)[group] + rng.normal(0, 2.5, (GROUPS, len(WAVES)))[group, wave]
    y = (30 + rng.normal(0, 4, people)[person] - 0.5 * wave + post * (shared - 3)
         + rng.normal(0, 3, len(person)))
    name = np.array([f"p{n:03d}" for n in range(people)], dtype=object)[person]
    level = np.array([f"g{n}" for n in range(GROUPS)] + [None], dtype=object)[group]
    return pd.DataFrame({
        "y": y.round(3), "person": name, "group": level, "wave": np.array(WAVES)[wave],
        "t_w1": post * (wave == 1), "t_w2": post * (wave == 2), "treated_post": post,
        # R and statsmodels drop rows without a group: there a control is a group of one, whose
        # effect is multiplied by 0
        "top": np.where(group >= 0, level, name)})


def ours_fitted(frame: pd.DataFrame) -> GaussianFit:
    return fit_gaussian(frame, FORMULA, components=COMPONENTS)


def ours(frame: pd.DataFrame) -> Inference:
    (found,) = contrasts(ours_fitted(frame), EFFECT)[["estimate", "se", "df"]].to_numpy().tolist()
    return Inference(*found)


def ours_all(frame: pd.DataFrame) -> pd.DataFrame:
    return contrasts(ours_fitted(frame))


def statsmodels_result(frame: pd.DataFrame) -> Any:
    """As its manual says: `groups` are independent, everything within them is a component."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    parts = {"person": "0 + C(person)", "group": "0 + treated_post",
             "group:wave": "0 + C(wave):treated_post"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")   # it warns of optimisers it tries in vain
        return MixedLM.from_formula(FORMULA, frame, groups="top", vc_formula=parts).fit()


def near(who: str, what: str, mine: float, theirs: float, size: float | None = None) -> None:
    """Stops where two programs do not say the same."""
    if not abs(mine - theirs) <= SAME * (size or abs(mine)):
        raise SystemExit(f"{who}: {what} {theirs:.8g} where ours is {mine:.8g}. Nothing is timed.")


# --- R -------------------------------------------------------------------------------------------


class R:
    """A running R that fits and tests once whenever it is asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.input: IO[str] | None = process.stdin
        started = self._read()
        self.absent = started.get("absent", "")
        self.versions = started.get("versions", "")

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("R ended before it answered.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __call__(self) -> list[tuple[float, Inference]]:
        """Seconds and result of each way."""
        assert self.input is not None
        self.input.write("go\n")
        self.input.flush()
        told = self._read()["told"]
        return [(told[i], Inference(*told[i + 1:i + 4])) for i in range(0, len(told), 4)]


@contextmanager
def running_r(frame: pd.DataFrame) -> Iterator[R | None]:
    """R with the rows of the frame, or None where there is no R."""
    program = shutil.which("Rscript")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as place:
        script, rows = Path(place) / "fit.R", Path(place) / "rows.csv"
        script.write_text(R_SCRIPT, encoding="utf-8")
        frame.drop(columns="group").to_csv(rows, index=False)
        with subprocess.Popen(
            [program, "--vanilla", str(script), str(rows)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process:
            yield R(process)
            if process.stdin is not None:
                process.stdin.close()   # R ends with its input


# --- what is measured ----------------------------------------------------------------------------


def beside_others(runs: int) -> Iterator[Row]:
    """Kenward-Roger inference beside R and statsmodels."""
    frame = trial(SEED)
    mine = ours(frame)
    with running_r(frame) as r:
        tasks: list[Callable[[], Sequence[float]]] = [
            partial(each_timed, partial(task, frame))
            for task in (ours, ours_all, ours_fitted, statsmodels_result)]
        theirs = statsmodels_result(frame)
        fit = ours_fitted(frame)
        # not its standard error: it has that from the second derivatives by all parameters
        # together, so that it differs in the third digit although the variances do not
        effect = float(fit.coefficients.set_index("term")["estimate"]["t_w2"])
        near("statsmodels", "estimate", effect, float(theirs.fe_params["t_w2"]))
        near("statsmodels", "log-likelihood", 0.0, float(theirs.llf) - fit.loglik, size=1.0)
        if r is not None and not r.absent:
            for name, (_, told) in zip(R_WAYS, r(), strict=True):
                for what in ("estimate", "se", "df"):
                    near(name, what, getattr(mine, what), getattr(told, what))
            tasks.append(lambda: [seconds for seconds, _ in r()])
        found = rounds(tasks, runs, "KR, R, statsmodels")
    one, every, fitting, models, *in_r = found
    size = f"{GROUPS} x {SIZE} + {CONTROLS} x {len(WAVES)}"
    if r is None:
        yield Row("R", None, result="not measured: no Rscript")
    elif r.absent:
        yield Row("R", None, result=f"not measured: R lacks {r.absent}")
    for name, times in zip(R_WAYS, in_r, strict=False):
        yield Row(name, *times, r.versions if r else "")
    yield Row("statsmodels MixedLM, fit only", *models)
    yield Row(f"ours, fit only, {size}", *fitting)
    if in_r:
        yield beside("KR of the last wave", one, min(in_r[:R_ONE]), "the faster R", R_GOAL)
        yield beside("KR of all coefficients", every, in_r[R_ONE], "R's summary", None)
    yield beside("KR of the last wave", one, models, "statsmodels", STATSMODELS_GOAL)


def beside(what: str, mine: tuple[float, float], theirs: tuple[float, float], whose: str,
           goal: float | None) -> Row:
    ratio = mine[0] / theirs[0]
    return Row(f"ours, fit and {what}", *mine, f"1/{1 / ratio:.1f} of {whose}",
               f"at most 1/{1 / goal:.0f}" if goal else "", ratio <= goal if goal else None)


def large_trial(people: int) -> pd.DataFrame:
    """Half of the people treated in groups of 8 (the last may be smaller), rows missing."""
    rng = np.random.default_rng([SEED, people])
    person = np.repeat(np.arange(people), len(WAVES))
    wave = np.tile(np.arange(len(WAVES)), people)
    treated = person < people // 2
    groups = math.ceil(people / 2 / SIZE)
    group = np.where(treated, person // SIZE, 0)
    shared = rng.normal(0, 2, groups)[group] + rng.normal(0, 1.5, (groups, len(WAVES)))[group, wave]
    y = (30 + rng.normal(0, 4, people)[person] - 0.5 * wave + treated * (wave > 0) * (shared - 2)
         + rng.normal(0, 3, len(person)))
    frame = pd.DataFrame({
        "y": y, "person": [f"p{n}" for n in person], "group": [f"g{n}" for n in group],
        "arm": np.where(treated, *ARMS), "wave": np.array(WAVES)[wave],
        "t_w1": (treated & (wave == 1)).astype(float),
        "t_w2": (treated & (wave == 2)).astype(float),
        "treated_post": (treated & (wave > 0)).astype(float)})
    frame["group"] = frame["group"].where(treated, None)
    frame["unit"] = frame["group"].where(treated, frame["person"])
    return frame[rng.random(len(frame)) >= LEFT_OUT].reset_index(drop=True)


def default_model(frame: pd.DataFrame) -> None:
    """Fit and Kenward-Roger test of the last wave."""
    fit = fit_gaussian(frame, FORMULA, blocks="unit", components=GROUP_EFFECTS, residual=BY_ARM)
    if not contrasts(fit, EFFECT)["df"].gt(0).all():
        raise SystemExit("The effect has no df: nothing is timed.")


def growth(people: Sequence[int], runs: int) -> Iterator[Row]:
    frames = [large_trial(number) for number in people]
    tasks: list[Callable[[], Sequence[float]]] = [
        partial(each_timed, partial(default_model, frame)) for frame in frames]
    found = rounds(tasks, runs, "growth")
    for frame, number, (seconds, usual) in zip(frames, people, found, strict=True):
        largest = number >= max(PEOPLE)
        yield Row(f"default model with KR, {number:,} participants, {len(frame):,} rows",
                  seconds, usual, f"{1e6 * seconds / number:.0f} us a participant",
                  f"under {MOST_SECONDS:.0f} s" if largest else "",
                  seconds < MOST_SECONDS if largest else None)
    steps = [(number, best) for number, (best, _) in zip(people, found, strict=True)]
    for (less, early), (more, late) in pairwise(steps):
        exponent = math.log(late / early) / math.log(more / less)
        yield Row(f"growth from {less:,} to {more:,}", None, None, f"exponent {exponent:.2f}",
                  f"linear (at most {LINEAR})", exponent <= LINEAR)


def simulated(seeds: Sequence[int]) -> int:
    """How many data sets were drawn, fitted and tested; a fit that does not end is not."""
    done = 0
    for seed in seeds:
        with suppress(AnalysisError):
            done += ours(trial(seed)).df > 0
    return done


def refits(draws: int, jobs: int) -> Iterator[Row]:
    """The bootstrap of one trial, and as many new trials that are fitted and tested."""
    fit = ours_fitted(trial(SEED))

    def bootstrap(number: int) -> None:
        result = parametric_bootstrap(fit, EFFECT, draws=number, seed=1, jobs=jobs,
                                      progress=partial(bar, what="bootstrap"))
        if result.failed > number / 100:
            raise SystemExit(f"{result.failed} of {number} refits did not end.")

    def simulation(number: int) -> None:
        chunks = [range(i, min(i + CHUNK, number)) for i in range(0, number, CHUNK)]
        steps = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(simulated)(chunk) for chunk in chunks)
        if sum(bar(steps, len(chunks), "simulation")) < number * 0.99:
            raise SystemExit("More than 1 % of the simulated data sets gave no inference.")

    # the workers start and import before the clock does
    bootstrap(2 * CHUNK * jobs)
    simulation(2 * CHUNK * jobs)
    times = np.array([[timed(partial(bootstrap, draws)), timed(partial(simulation, draws))]
                      for _ in range(AFTER)])
    goal = MOST_REFITS if draws == DRAWS else None
    for name, column, most in zip(("bootstrap refits", "simulated data sets, fit and KR"), times.T,
                                  (goal, None), strict=True):
        best = float(column.min())
        yield Row(f"{draws:,} {name}, {jobs} workers", best, float(np.median(column)),
                  f"{1e3 * best / draws:.1f} ms each", f"under {most:.0f} s" if most else "",
                  best < most if most else None)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Times of the mixed models, as ratios within one run.")
    parts = ("others", "growth", "refits")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts,
                        help="what is measured; all, if not given")
    parser.add_argument("--runs", type=int, default=9, help="runs that count (default 9)")
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE,
                        help="numbers of participants for the growth")
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"refits (default {DRAWS})")
    parser.add_argument("--jobs", type=int, default=2, help="workers of the refits (default 2)")
    return parser.parse_args()


def main() -> None:
    wanted = options()
    before = speed_of_python()
    measured = {"others": lambda: beside_others(wanted.runs),
                "growth": lambda: growth(sorted(wanted.people), wanted.runs),
                "refits": lambda: refits(wanted.draws, wanted.jobs)}
    sys.stdout.write("\n".join(HEAD) + "\n")
    for part in wanted.parts:
        for row in measured[part]():
            sys.stdout.write(row.line() + "\n")
            sys.stdout.flush()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    sys.stdout.write(f"\n10 million turns of an empty Python loop: {before:.2f} s before, "
                     f"{speed_of_python():.2f} s after{load}\n")


if __name__ == "__main__":
    main()
