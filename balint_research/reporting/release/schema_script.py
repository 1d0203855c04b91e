"""`schema.py`: a script that validates the tables of a release with pandera."""

from typing import Any

from balint_research.study.privacy.folder import MISSING, PARTICIPANTS, PERSON, TABLES
from balint_research.study.release.fields import KEYS, Field
from balint_research.study.release.prepare import Release


def schema_script(release: Release) -> str:
    """The script, made of the same fields as every other description.

    Names and values of the study stand in it as Python's own literals, so that none of them can
    become code.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("balint_research.reporting"), autoescape=False,  # no HTML: Python
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )
    environment.filters["repr"] = repr
    return environment.get_template("release_schema.py.j2").render(
        missing=MISSING, people=PARTICIPANTS, person=PERSON,
        tables=[_table(name, fields) for name, fields in release.fields.items()],
    )


def _table(name: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {"path": TABLES[name], "rows": list(KEYS[name]),
            "columns": [_column(field) for field in fields]}


def _column(field: Field) -> dict[str, Any]:
    numbers = field.kind in ("whole number", "number")
    return {"name": field.name, "type": "float" if numbers else "str",
            "checks": f"[{', '.join(_checks(field))}]", "nullable": not field.required}


def _checks(field: Field) -> list[str]:
    checks = ["pa.Check(whole, name='whole numbers')"] if field.kind == "whole number" else []
    levels: list[Any] = list(field.levels)
    if field.kind == "yes or no":
        levels = ["True", "False"]
    elif field.kind != "text":
        levels = [float(level) for level in levels]
    if levels:
        return [*checks, f"pa.Check.isin({levels!r})"]
    if field.range:
        low, high = field.range
        return [*checks, f"pa.Check.in_range({low!r}, {high!r})"]
    return checks
