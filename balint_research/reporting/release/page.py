"""The frame that the pages of a release share: escaped, self-contained, no request."""

from collections.abc import Sequence
from typing import Any

from balint_research.reporting.release.about import SYNTHETIC, About


def page(
    template: str, heading: str, contents: Sequence[tuple[str, str]], about: About,
     **parts: Any,
) -> str:
    """A page of a release as HTML; `contents` are anchors and headings in order."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from balint_research import __version__

    environment = Environment(
        loader=PackageLoader("balint_research.reporting"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    return environment.get_template(template).render(
        page=heading, contents=contents, about=about,
        synthetic_words=SYNTHETIC, version=__version__, **parts,
    )
