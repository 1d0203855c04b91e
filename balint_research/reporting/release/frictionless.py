"""`datapackage.json`: a release as a Frictionless data package with a schema for each table."""

from typing import Any

from balint_research.reporting.release.about import About
from balint_research.study.privacy.folder import MISSING, PERSON, TABLES
from balint_research.study.release.fields import KEYS, Field
from balint_research.study.release.prepare import Release

TYPES = {"text": "string", "whole number": "integer", "number": "number", "yes or no": "boolean"}


def datapackage(release: Release, about: About) -> dict[str, Any]:
    """The package with one resource a table: types, constraints, missing values and keys.

    References
    ----------
    https://specs.frictionlessdata.io/data-package/ and /table-schema/
    """
    return {
        "profile": "tabular-data-package",
        "name": "balint-release",
        "title": about.title,
        "description": about.description,
        "keywords": list(about.keywords),
        "resources": [_resource(name, fields) for name, fields in release.fields.items()],
    }


def _resource(name: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(field) for field in fields], "missingValues": [MISSING],
        "primaryKey": list(KEYS[name]),
    }
    if name in ("responses", "scores"):
        schema["foreignKeys"] = [{"fields": PERSON, "reference": {
            "resource": "participants", "fields": PERSON}}]
    return {"profile": "tabular-data-resource", "name": name, "path": TABLES[name],
            "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "schema": schema}


def _field(field: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    if field.levels:
        constraints["enum"] = [_value(field, level) for level in field.levels]
    if field.range and not field.levels:
        low, high = field.range
        constraints |= {"minimum": _number(field, low), "maximum": _number(field, high)}
    described = {"name": field.name, "title": field.title, "type": TYPES[field.kind]}
    return described | ({"constraints": constraints} if constraints else {})


def _value(field: Field, level: str) -> str | int | float:
    return level if field.kind == "text" else _number(field, float(level))


def _number(field: Field, number: float) -> int | float:
    return int(number) if field.kind == "whole number" else number
