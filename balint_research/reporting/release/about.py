"""What a release says of itself: title, description, how to cite it, what it does not hold."""

from dataclasses import dataclass

from balint_research.reporting import format as to
from balint_research.study.release.prepare import Release

DESIGNS = {
    "single_group": "one group over time", "controlled": "controlled, not randomised",
    "individually_randomised": "randomised, person by person",
    "cluster_randomised": "randomised, group by group", "cross_sectional": "asked once",
}
SYNTHETIC = "SYNTHETIC data: nobody answered these questionnaires."


@dataclass(frozen=True, kw_only=True)
class About:
    """The texts that every description of a release shares."""

    title: str
    summary: str
    synthetic: bool
    authors: str | None
    keywords: tuple[str, ...]

    @property
    def description(self) -> str:
        """The summary; where nobody answered, it says so first."""
        return f"{SYNTHETIC} {self.summary}" if self.synthetic else self.summary

    @property
    def citation(self) -> str:
        """How to cite the data, as far as it is known."""
        who = f"{self.authors}. " if self.authors else ""
        return f"{who}{self.title} [anonymised data set]."


def about(release: Release, *, title: str | None = None, authors: str | None = None) -> About:
    """What a release says of itself."""
    study = release.study
    told = "synthetic" in study.title.lower()
    label = " (synthetic data)" if study.synthetic and not told else ""
    people = len(release.tables["participants"])
    waves = to.counted(len(study.waves), "wave")
    return About(
        title=f"{title or study.title}{label}", authors=authors, synthetic=study.synthetic,
        summary=(
            "Anonymised data of a Balint group outcome study: "
            f"{to.counted(people, 'person', 'people')}, {waves} ({', '.join(study.waves)}), "
            f"design: {DESIGNS[study.design]}. Everybody shares what is known of them with at "
            f"least {release.k} people of the data set, themselves included."),
        keywords=("Balint group", *(use.key.label for use in study.instruments.values())),
    )
