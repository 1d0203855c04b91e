"""Writes the example study `balint_cohort` anew: `python data/examples/make_balint_cohort.py`.

The data are SYNTHETIC. The test `tests/test_example.py` holds that what is committed is what this
script writes.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from balint_research.study.simulate import COHORT, simulate_study

# The first of 20260301, 20260302 ... with five people or more in every cell of arm and covariate.
SEED = 20260303
PLACE = Path(__file__).with_name("balint_cohort")


def make(folder: Path) -> Path:
    """The example study in a new folder: as `simulate_study`, with an effect that fades."""
    exhaustion = "mbi_hss.emotional_exhaustion"
    return simulate_study(
        folder,
        seed=SEED,
        groups=6,
        group_size=8,
        controls=44,
        waves=("baseline", "month6", "month12"),
        truth={**COHORT, exhaustion: replace(COHORT[exhaustion], effect=(-0.6, -0.45))},
        sessions=(12, 20),
        title="Balint groups for residents (synthetic example)",
        primary_outcome=exhaustion,
        primary_wave="month6",
    )


if __name__ == "__main__":
    shutil.rmtree(PLACE, ignore_errors=True)
    make(PLACE)
