"""What the command line is told about a code: one line of text, or a TOML file."""

from dataclasses import dataclass, field
from pathlib import Path

from balint_research.errors import StudyError
from balint_research.strict_toml import STRICT, TomlFault, build, read_toml
from balint_research.study.link.elements import parse_elements


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The TOML file of a linking; `elements` maps a column to the spelling of its element."""

    __pydantic_config__ = STRICT
    elements: dict[str, str]
    names: tuple[str, ...] = field(default=())
    constants: tuple[str, ...] = field(default=())
    compare: tuple[str, ...] = field(default=())
    budget: float | None = None


def settings_of(text: str) -> Settings:
    """The settings of ``"day=day:1-31, mother=letters:2"``, or of a file that ends with .toml.

    Raises
    ------
    DataError : a spelling is not known.
    StudyError : the TOML file cannot be used; every fault of it.

    Examples
    --------
    >>> settings_of("birth=day, mother=letters:2").elements
    {'birth': 'day:1-31', 'mother': 'letters:2'}
    """
    if not text.strip().endswith(".toml"):
        return Settings(elements={column: element.spelling
                                  for column, element in parse_elements(text).items()})
    path = Path(text.strip())
    try:
        return build(Settings, read_toml(path))
    except TomlFault as fault:
        lines = "\n".join(f"  {i}. {line}" for i, line in enumerate(fault.faults, 1))
        raise StudyError(f"'{path.name}' cannot be used:\n{lines}") from None
