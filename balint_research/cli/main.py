"""The entry point of `balint`: the application with all its commands.

The order of the imports is the order in which `balint --help` lists the commands.
"""

# isort: off
from balint_research.cli.base import app
from balint_research.cli import study as study
from balint_research.cli import starting as starting
from balint_research.cli import linking as linking
from balint_research.cli import release as release
from balint_research.cli import questionnaires as questionnaires
from balint_research.cli import score as score
from balint_research.cli import lab as lab

__all__ = ["app"]
