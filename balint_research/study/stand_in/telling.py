"""What a stand-in says of itself: that nobody answered, and what it knows of the real data."""

import json
from collections.abc import Sequence

from balint_research.errors import number_of, quoted
from balint_research.study.privacy.folder import PACKAGE
from balint_research.study.stand_in.answers import ALIKE
from balint_research.study.stand_in.columns import PLACEHOLDERS, Layout
from balint_research.study.stand_in.known import Known
from balint_research.study.study import Study

KIND = "stand-in"


def readme(study: Study, known: Known, layout: Layout, files: Sequence[str], seed: int) -> str:
    """The text of `README.md`."""
    like = ("a release of the study" if layout.released
            else "the study's own tables (no release of it is possible)")
    gone = [name for name in study.covariates if name not in layout.order]
    return "\n".join([
        f"# SYNTHETIC STAND-IN: {' '.join(study.title.split())}", "",
        "**SYNTHETIC data: nobody answered these questionnaires, nobody sat in these groups.** "
        f"Every row was drawn at random (seed {seed}). Write and try an analysis on it; never cite "
        "it, never report its results.", "",
        f"Its columns and files are those of {like}: {quoted(files)}. An analysis that runs here "
        "runs there.", "",
        *_knows(known, layout),
        *([f"The covariates {quoted(gone)} are not in it: a release would leave them out.", ""]
          if gone else []),
    ])


def _knows(known: Known, layout: Layout) -> list[str]:
    scales = quoted(known.scales) or "of no scale"
    return [
        "## What it knows of the real data", "",
        "- `study.toml`: what was planned;",
        f"- people by arm, and answers by arm and wave, to the nearest multiple of {known.k} (at "
        f"least {known.k} people an arm); groups of at least {known.k};",
        f"- mean, SD and alpha at the first wave, and the mean by arm and wave, each of at least "
        f"{number_of(known.k, 'person', 'people')}: {scales};",
        f"- mean and SD of the numbers among the columns of the participants: "
        f"{quoted(name for name in layout.numbers if name in known.numbers) or 'none'}.", "",
        "SDs are rounded to one significant digit, means to a fifth of the SD, alphas to 0.05. No "
        "row of the real data is in it. Texts are those that `study.toml` names under "
        f"[privacy.levels], else {quoted(PLACEHOLDERS)}. Answers to other scales are drawn without "
        f"a pattern. The scores of a person correlate (latent: {ALIKE:g}), over scales and waves; "
        "members of a group do not resemble each other; sessions and attendance are invented.", "",
    ]


def manifest(results: dict[str, str], seed: int) -> str:
    """`manifest.json`: whose result it is and the hashes of its files, so that it is replaced."""
    told = {"package": PACKAGE, "kind": KIND, "synthetic": True, "seed": seed,
            "results": results}
    return json.dumps(told, indent=2) + "\n"
