"""How often tests with few groups find an effect that is not there: writes few_groups.csv.

`python benchmarks/few_groups.py` simulates trials with people in groups on one side and single
people on the other, analyses each with the default model (group_model.py) and with what else is
used for such trials, and counts p values below 5 %. `--help` tells what can be changed.

A data set: `groups` groups of 8 against as many single controls, normal scores, no effect. In
both arms the variance is 1 at every wave and any two waves correlate by 0.6; a group has an effect
on its members' scores after the baseline, whose variance is the ICC. With three waves half of that
variance is the same at both later waves and half new at each, and the last wave is tested.

All methods are linear in the outcome but for the weights, which an effect of the treatment does not
change. So the share of 95 % intervals that cover the truth is 1 less the rejections, whatever the
true effect: one simulation shows both.

Every data set has a seed of its own, so neither workers nor a restart change any result. Finished
chunks are kept in a folder (`--work`), and what is there is not computed again unless this script,
the engine or a library it rests on has changed.
"""

import argparse
import csv
import hashlib
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.progress import track
from scipy import stats

import balint_research
from balint_research.analysis.group_model import Layout, fitted_model
from balint_research.analysis.mixed.contrasts import contrasts
from balint_research.analysis.mixed.design import Design
from balint_research.analysis.mixed.fit import GaussianFit, fitted
from balint_research.analysis.mixed.likelihood import with_outcome

RESULT = Path(__file__).with_suffix(".csv")
SEED = 20
SIZE = 8             # people in a group
CORRELATION = 0.6    # of any two waves
LEVEL = 0.05
DATA_SETS, CHUNK = 2000, 50
OF_MIXEDLM = 1000    # data sets: it takes most of the time, so it comes last and gets the first
SAME = 1e-6          # how far the short way to a fit may lie from the usual one
ARMS = ("treated", "control")

KR, KEPT, SATTERTHWAITE, CR2 = "kr_dropped", "kr_kept", "satterthwaite", "cr2"
NO_GROUPS, OLS, WELCH = "no_group_term", "ols_ancova", "cluster_t_test"
MIXEDLM, MIXEDLM_ANY = "mixedlm", "mixedlm_any"
WORDS = {
    KR: "default model (Kenward-Roger, zero components dropped)",
    KEPT: "same, zero components kept", SATTERTHWAITE: "same, Satterthwaite",
    CR2: "same, CR2", NO_GROUPS: "same model without the group term, Kenward-Roger",
    WELCH: "Welch test, group means of change against controls",
    OLS: "ANCOVA without groups (OLS)",
    MIXEDLM: "statsmodels `MixedLM`, fits that converged",
    MIXEDLM_ANY: "statsmodels `MixedLM`, every fit with a p value",
}
ENGINE: dict[str, dict[str, Any]] = {
    KR: {}, KEPT: {"drop_zero": False}, SATTERTHWAITE: {"df": "satterthwaite"},
    CR2: {"df": "cr2"}}


class Cell(NamedTuple):
    """One kind of trial."""

    waves: int
    groups: int
    icc: float

    @property
    def people(self) -> int:
        """In both arms."""
        return 2 * SIZE * self.groups


class Test(NamedTuple):
    """What one method says about one data set; `fault` is empty where it gave a p value."""

    method: str
    p: float
    df: float
    zero: bool | None = None
    fault: str = ""


ICCS = (0.0, 0.02, 0.05, 0.12)
CELLS = (*(Cell(2, groups, icc) for groups in (2, 3, 4, 6, 10) for icc in ICCS),
         Cell(3, 4, 0.0), Cell(3, 4, 0.05))

# Rejections in percent of an earlier simulation, by which the default was chosen; 1,000 to 2,000
# data sets a cell, so the smaller error is counted below. Of its model without the group term
# neither residual nor df is recorded, and of its ANCOVA that some may be a plain t test.
EARLIER_DATA_SETS = 2000
EARLIER: dict[tuple[int, int, tuple[float, ...]], dict[str, tuple[float, ...]]] = {
    (2, 3, (0.0, 0.05, 0.12)): {
        KR: (3.3, 3.9, 5.2), KEPT: (1.4, 2.5, 3.7), SATTERTHWAITE: (3.6, 4.1, 5.4),
        CR2: (3.9, 4.3, 6.0), OLS: (4.8, 7.5, 12.5), WELCH: (5.6, 5.5, 6.0)},
    (2, 6, (0.05, 0.12)): {
        KR: (4.7, 4.8), KEPT: (4.3, 4.6), SATTERTHWAITE: (4.9, 4.9), CR2: (5.4, 5.1),
        OLS: (8.1, 13.2), WELCH: (5.7, 5.7)},
    (2, 2, (0.0, 0.05, 0.12)): {
        KR: (4.4, 5.2, 6.7), KEPT: (1.2, 1.8, 2.4), SATTERTHWAITE: (4.8, 5.7, 7.5),
        CR2: (3.6, 3.6, 5.5), OLS: (6.0, 8.7, 11.8), WELCH: (6.7, 7.6, 8.5)},
    (3, 4, (0.0, 0.05)): {NO_GROUPS: (6.6, 10.6)},
}
AGREE = 2.0   # standard errors of a difference


# --- a trial without an effect -------------------------------------------------------------------


def drawn(cell: Cell, data_set: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Scores, people x waves: the treated group by group, then the controls."""
    key = (cell.waves, cell.groups, int(np.rint(1000 * cell.icc)), data_set)
    rng = np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))
    later, treated = cell.waves - 1, SIZE * cell.groups
    lasting = cell.icc / 2 if later > 1 else 0.0
    passing = cell.icc - lasting
    everyone = np.full((cell.waves, cell.waves), CORRELATION)
    np.fill_diagonal(everyone, 1.0)
    member = everyone.copy()   # what is left once the group is known
    member[1:, 1:] -= lasting + passing * np.eye(later)
    normal = rng.standard_normal((cell.people, cell.waves))
    scores = np.vstack([normal[:treated] @ np.linalg.cholesky(member).T,
                        normal[treated:] @ np.linalg.cholesky(everyone).T])
    shared = (np.sqrt(lasting) * rng.standard_normal((cell.groups, 1))
              + np.sqrt(passing) * rng.standard_normal((cell.groups, later)))
    scores[:treated, 1:] += np.repeat(shared, SIZE, axis=0)
    return scores


def rows_of(cell: Cell) -> pd.DataFrame:
    """The rows of a cell, person by person, as `arm_layout` makes them, without the scores."""
    person = np.repeat(np.arange(cell.people), cell.waves)
    wave = np.tile(np.arange(cell.waves), cell.people)
    treated, post = person < SIZE * cell.groups, wave > 0
    names = waves_of(cell)
    group = pd.Series([f"treated group {n // SIZE}" for n in person], dtype=object).where(
        treated, None)
    return pd.DataFrame({
        "value": 0.0, "participant": [f"{n}" for n in person],
        "arm": pd.Categorical(np.where(treated, *ARMS), categories=ARMS),
        "wave": pd.Categorical(np.array(names)[wave], categories=names), "group": group,
        "unit": group.where(treated, pd.Series([f"person {n}" for n in person], dtype=object)),
        "alone": False,
        **{f"wave_{k}": (wave == k).astype(float) for k in range(cell.waves)},
        **{f"effect_{k}": ((wave == k) & treated).astype(float) for k in range(1, cell.waves)},
        "post": post.astype(float), "post treated": (post & treated).astype(float),
        "post control": (post & ~treated).astype(float)})


def waves_of(cell: Cell) -> tuple[str, ...]:
    return ("baseline", *(f"later {k}" for k in range(1, cell.waves)))


def fixed_of(cell: Cell) -> list[str]:
    return [*(f"wave_{k}" for k in range(cell.waves)),
            *(f"effect_{k}" for k in range(1, cell.waves))]


def layout_of(cell: Cell, scores: Any, with_groups: bool) -> Layout:
    """The layout of an individually randomised trial whose treated people have groups, or not.

    Without groups the people are the units, as they are of an arm that has none.
    """
    frame, names = rows_of(cell).assign(value=scores.ravel()), waves_of(cell)
    if not with_groups:
        frame = frame.assign(group=None, unit="person " + frame["participant"])
    return Layout(
        frame=frame, formula=f"value ~ 0 + {' + '.join(fixed_of(cell))}", waves=names,
        later=names[1:], arms=ARMS, grouped=ARMS[:1] if with_groups else (), one_variance=False,
        by_arm=True, words="common mean at the baseline")


# --- methods -------------------------------------------------------------------------------------


def usual_fit(cell: Cell, scores: Any, with_groups: bool) -> tuple[GaussianFit, bool]:
    """The fit that a report would use, and whether it has the first residual structure."""
    model = fitted_model(layout_of(cell, scores, with_groups))
    if model.fit is None:
        raise SystemExit(f"{cell}: no model can be fitted. {' '.join(model.notes)}")
    return model.fit, "unstructured residual for each arm" in model.words


class Shared(NamedTuple):
    """What all data sets of a cell share: the design, and its fixed effects."""

    design: Design
    fixed: np.ndarray[Any, np.dtype[np.float64]]


def shared_of(cell: Cell, with_groups: bool) -> Shared:
    fit, first = usual_fit(cell, drawn(cell, 0), with_groups)
    if not first:
        raise SystemExit(f"{cell}: not the first residual structure in the first data set.")
    return Shared(fit.design, rows_of(cell)[fixed_of(cell)].to_numpy())


def short_fit(shared: Shared, scores: Any) -> GaussianFit:
    """The same fit, from a design made once: only the outcome differs."""
    (made, fixed), y = shared, scores.ravel()
    left = y - fixed @ np.linalg.lstsq(fixed, y, rcond=None)[0]
    scale = float(np.sqrt(left @ left / (len(y) - fixed.shape[1])))
    return fitted(replace(made, data=with_outcome(made.data, y / scale), scale=scale, y=y), "reml")


def model_tests(
    cell: Cell, models: dict[bool, Shared], scores: Any, checked: bool
) -> Iterator[Test]:
    """The default model with each kind of df, and where it is asked for the one without groups."""
    for with_groups, shared in models.items():
        methods = ENGINE if with_groups else {NO_GROUPS: {}}
        fit, fault = short_fit(shared, scores), ""
        if not fit.converged:   # a report would go on to the next residual structure
            (fit, _), fault = usual_fit(cell, scores, with_groups), "no convergence"
        usual = usual_fit(cell, scores, with_groups)[0] if checked else None
        zero = any(name in fit.boundary for name in ("group", "group x wave"))
        for method, how in methods.items():
            p, df = p_and_df(cell, fit, how)
            if usual is not None and not np.allclose(
                    p_and_df(cell, usual, how), (p, df), rtol=SAME, atol=0):
                raise SystemExit(f"{cell}, {method}: the short way differs from the usual one.")
            yield Test(method, p, df, zero if with_groups else None, fault)


def p_and_df(cell: Cell, fit: GaussianFit, how: dict[str, Any]) -> tuple[float, float]:
    """Of the difference at the last wave."""
    found = contrasts(fit, {"effect": {f"effect_{cell.waves - 1}": 1.0}}, **how)
    return float(found["p"].iloc[0]), float(found["df"].iloc[0])


def simple_tests(cell: Cell, scores: Any) -> Iterator[Test]:
    """What takes no mixed model: last wave given the first without groups; means of groups."""
    treated = SIZE * cell.groups
    x, y = ancova(cell, scores)
    inverse = np.linalg.inv(x.T @ x)
    estimate = inverse @ (x.T @ y)
    left, df = y - x @ estimate, len(y) - x.shape[1]
    t = estimate[2] / np.sqrt(left @ left / df * inverse[2, 2])
    yield Test(OLS, float(2 * stats.t.sf(abs(t), df)), df)
    change = scores[:, -1] - scores[:, 0]
    means = change[:treated].reshape(cell.groups, SIZE).mean(axis=1)
    welch = stats.ttest_ind(means, change[treated:], equal_var=False)
    yield Test(WELCH, float(welch.pvalue), float(welch.df))


def ancova(cell: Cell, scores: Any) -> tuple[Any, Any]:
    """Columns 1, first wave, treated; and the last wave."""
    treated = np.arange(cell.people) < SIZE * cell.groups
    return np.column_stack([np.ones(cell.people), scores[:, 0], treated]), scores[:, -1]


def mixedlm_tests(cell: Cell, scores: Any, checked: bool) -> Iterator[Test]:
    """``post ~ pre + treated`` with an effect ``0 + treated`` of each group, as its users write it.

    They give each control a group of one. One group of all controls has the same likelihood, for
    its effect is multiplied by 0, and takes a fifth of the time; the first of a chunk shows it.
    Only the word on convergence may differ: there it hangs on the last digits.
    """
    p, fault = mixedlm(cell, scores, singles=False)
    if checked:
        other = mixedlm(cell, scores, singles=True)[0]
        if np.isfinite([p, other]).all() and abs(p - other) > SAME:
            raise SystemExit(f"{cell}, MixedLM: the coding of the controls matters.")
    yield Test(MIXEDLM, p, np.nan, fault=fault)
    yield Test(MIXEDLM_ANY, p, np.nan, fault="" if fault == "no convergence" else fault)


def mixedlm(cell: Cell, scores: Any, singles: bool) -> tuple[float, str]:
    """p (z) and fault: a singular matrix, no convergence by its own word, or no standard error."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    x, y = ancova(cell, scores)
    person, treated = np.arange(cell.people), SIZE * cell.groups
    groups = np.where(person < treated, person // SIZE, treated + (person if singles else 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")   # it warns of optimisers it tries in vain
        try:
            found = MixedLM(y, x, groups=groups, exog_re=x[:, 2:]).fit()
        except np.linalg.LinAlgError:
            return np.nan, "singular"
        p = float(found.pvalues[2])
    if not np.isfinite(p):
        return np.nan, "no standard error"
    return p, "" if found.converged else "no convergence"


def most_tests(
    cell: Cell, models: dict[bool, Shared], scores: Any, checked: bool
) -> Iterator[Test]:
    """All but MixedLM."""
    yield from model_tests(cell, models, scores, checked)
    if cell.waves == 2:   # these use the first and the last wave only, so that more are no news
        yield from simple_tests(cell, scores)


# --- chunks, kept in a folder --------------------------------------------------------------------


def folder_of(work: Path) -> Path:
    """A place for the chunks of this script with this engine and these libraries."""
    engine = Path(balint_research.__file__).parent / "analysis"
    sources = [Path(__file__), engine / "group_model.py", *sorted((engine / "mixed").glob("*.py"))]
    state = hashlib.sha256()
    for source in sources:
        state.update(source.read_bytes())
    for name in ("numpy", "scipy", "statsmodels"):
        state.update(f"{name} {version(name)}".encode())
    return work / state.hexdigest()[:12]


class Chunk(NamedTuple):
    """Data sets that are done at once: from `start`, with MixedLM or with all other methods."""

    cell: Cell
    by_mixedlm: bool
    start: int

    def path(self, folder: Path) -> Path:
        cell, what = self.cell, "mixedlm" if self.by_mixedlm else "most"
        return folder / f"{cell.waves}_{cell.groups}_{cell.icc}_{what}_{self.start:05d}.csv"


def chunks(data_sets: int) -> list[Chunk]:
    """All cells in turn, so that they grow alike."""
    most = [Chunk(cell, False, start) for start in range(0, data_sets, CHUNK) for cell in CELLS]
    return most + [Chunk(cell, True, start) for start in range(0, min(data_sets, OF_MIXEDLM), CHUNK)
                   for cell in CELLS if cell.waves == 2]


def compute(folder: Path, chunk: Chunk, until: float) -> None:
    """One chunk, which appears whole or not at all; none once the time is over."""
    if time.time() > until:
        return
    cell, tests_of = chunk.cell, partial(mixedlm_tests, chunk.cell)
    if not chunk.by_mixedlm:
        kinds = (True,) if cell.waves == 2 else (True, False)   # without groups: see EARLIER
        models = {with_groups: shared_of(cell, with_groups) for with_groups in kinds}
        tests_of = partial(most_tests, cell, models)
    rows = [(*cell, data_set, *test) for data_set in range(chunk.start, chunk.start + CHUNK)
            for test in tests_of(drawn(cell, data_set), checked=data_set == chunk.start)]
    unfinished = chunk.path(folder).with_suffix(f".{os.getpid()}")
    pd.DataFrame(rows, columns=[*Cell._fields, "data_set", *Test._fields]).to_csv(
        unfinished, index=False)
    unfinished.replace(chunk.path(folder))


def run(folder: Path, data_sets: int, jobs: int, minutes: float) -> None:
    """What is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    until = time.time() + 60 * minutes
    missing = [chunk for chunk in chunks(data_sets) if not chunk.path(folder).exists()]
    steps = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(compute)(folder, chunk, until) for chunk in missing)
    for _ in bar(steps, len(missing)):
        pass


def bar(steps: Iterable[Any], total: int) -> Iterable[Any]:
    """A progress bar on a terminal; nothing in a pipe, where it would fill the file."""
    return track(steps, "chunks", total=total) if sys.stdout.isatty() else steps


def collected(folder: Path, data_sets: int) -> pd.DataFrame:
    """One row a data set and method."""
    found = [pd.read_csv(place, dtype={"zero": "boolean"}, keep_default_na=False,
                         na_values={"p": [""], "df": [""], "zero": [""]})
             for chunk in chunks(data_sets) if (place := chunk.path(folder)).exists()]
    if not found:
        raise SystemExit("No chunk is finished yet.")
    return pd.concat(found, ignore_index=True)


# --- rates ---------------------------------------------------------------------------------------


def rates(tests: pd.DataFrame) -> pd.DataFrame:
    """One row a cell and method; shares are of the data sets in which the method gave a p value.

    `error` is the Monte-Carlo standard error of the rejections; `zero_variance` the share of fits
    in which a variance between groups was estimated at 0; `failed` counts what gave no p value, or
    none that its program stands for.
    """
    rows = []
    for key, own in tests.groupby(["waves", "groups", "icc", "method"], sort=False):
        ok = own[(own["fault"] == "") & own["p"].notna()]
        rejected = float((ok["p"] < LEVEL).mean()) if len(ok) else np.nan
        rows.append({
            **dict(zip(("waves", "groups", "icc", "method"), key, strict=True)),
            "n": len(own), "failed": len(own) - len(ok),
            "singular": int((own["fault"] == "singular").sum()),
            "no_convergence": int((own["fault"] == "no convergence").sum()),
            "rejections": rejected, "coverage": 1 - rejected,
            "error": float(np.sqrt(rejected * (1 - rejected) / len(ok))) if len(ok) else np.nan,
            "zero_variance": ok["zero"].astype("Float64").mean(), "mean_df": ok["df"].mean()})
    order = {method: i for i, method in enumerate(WORDS)}
    return pd.DataFrame(rows).sort_values(
        ["waves", "groups", "icc", "method"], ignore_index=True,
        key=lambda column: column.map(order) if column.name == "method" else column)


def written(table: pd.DataFrame, result: Path) -> None:
    digits = {"rejections": 4, "coverage": 4, "error": 4, "zero_variance": 3, "mean_df": 1}
    with result.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for row in table.to_dict("records"):
            writer.writerow([
                ("" if pd.isna(value) else f"{value:.{digits[name]}f}") if name in digits
                else value for name, value in row.items()])


def percent(table: pd.DataFrame, cell: Cell, method: str, column: str = "rejections") -> str:
    own = of(table, cell, method)
    return "" if own is None or pd.isna(own[column]) else f"{100 * own[column]:.1f}"


def of(table: pd.DataFrame, cell: Cell, method: str) -> dict[str, Any] | None:
    at = table[(table["waves"] == cell.waves) & (table["groups"] == cell.groups)
               & (table["icc"] == cell.icc) & (table["method"] == method)]
    return None if at.empty else {str(name): value for name, value in at.iloc[0].items()}


def markdown(table: pd.DataFrame) -> Iterator[str]:
    """Rejections in percent, two waves: a row a method, a column a number of groups."""
    groups = sorted({cell.groups for cell in CELLS if cell.waves == 2})
    yield (f"| rejections in %, ICC {' / '.join(f'{icc:g}' for icc in ICCS)} | "
           + " | ".join(f"{number} groups" for number in groups) + " |")
    yield "|---" * (len(groups) + 1) + "|"

    def line(name: str, cells: Sequence[str]) -> str:
        return f"| {name} | {' | '.join(cells)} |"

    for method, name in WORDS.items():
        cells = [" / ".join(percent(table, Cell(2, number, icc), method) for icc in ICCS)
                 for number in groups]
        if any(cell.strip(" /") for cell in cells):
            yield line(name, cells)
    yield line("fits with the group variance at 0", [
        " / ".join(percent(table, Cell(2, number, icc), KR, "zero_variance") for icc in ICCS)
        for number in groups])
    yield line("`MixedLM`: no result or no convergence", [
        " / ".join(share_failed(table, Cell(2, number, icc)) for icc in ICCS)
        for number in groups])
    three = [cell for cell in CELLS if cell.waves > 2]
    yield ""
    yield f"Three waves, 4 groups, ICC {' / '.join(f'{cell.icc:g}' for cell in three)}:"
    yield from (f"{name}: {' / '.join(percent(table, cell, method) for cell in three)}"
                for method, name in WORDS.items() if percent(table, three[0], method))


def share_failed(table: pd.DataFrame, cell: Cell) -> str:
    own = of(table, cell, MIXEDLM)
    return "" if own is None else f"{100 * own['failed'] / own['n']:.1f}"


def agreement(table: pd.DataFrame) -> Iterator[str]:
    """Each rate of the earlier simulation beside the one found, the default first."""
    yield "| method | waves, groups, ICC | earlier | now | difference / its error | |"
    yield "|---|---|---|---|---|---|"
    for method in WORDS:
        away: list[float] = []
        for (waves, groups, iccs), told in EARLIER.items():
            for icc, before in zip(iccs, told.get(method, ()), strict=False):
                own = of(table, Cell(waves, groups, icc), method)
                if own is None or pd.isna(own["rejections"]):
                    continue
                n, now = own["n"] - own["failed"], own["rejections"]
                both = (n * now + EARLIER_DATA_SETS * before / 100) / (n + EARLIER_DATA_SETS)
                error = np.sqrt(both * (1 - both) * (1 / n + 1 / EARLIER_DATA_SETS))
                away.append(float((now - before / 100) / error))
                word = "agrees" if abs(away[-1]) <= AGREE else "**does not agree**"
                yield (f"| {method} | {waves}, {groups}, {icc:g} | {before} | {100 * now:.1f} | "
                       f"{away[-1]:+.1f} | {word} |")
        if away:
            chance = stats.chi2.sf(sum(x * x for x in away), len(away))
            yield f"| {method} | all {len(away)} together | | | | p = {chance:.2g} |"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Error rates of tests with few groups.")
    parser.add_argument("--data-sets", type=int, default=DATA_SETS,
                        help=f"in each cell, in steps of {CHUNK} (default {DATA_SETS})")
    parser.add_argument("--jobs", type=int, default=2, help="workers (default 2)")
    parser.add_argument("--minutes", type=float, default=np.inf,
                        help="no chunk begins later; 0 tells what is there")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "few_groups",
                        help="folder that keeps finished chunks (default: a temporary one)")
    parser.add_argument("--result", type=Path, default=RESULT, help="table that is written")
    return parser.parse_args()


def main() -> None:
    wanted = options()
    folder = folder_of(wanted.work)
    run(folder, wanted.data_sets, wanted.jobs, wanted.minutes)
    table = rates(collected(folder, wanted.data_sets))
    written(table, wanted.result)
    for line in (*markdown(table), "", *agreement(table)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
