"""`dataset_description.json`: a release as Psych-DS describes it (JSON-LD, schema.org)."""

from collections.abc import Iterator
from typing import Any

from balint_research.reporting.release.about import About
from balint_research.study.release.fields import Field
from balint_research.study.release.prepare import Release


def dataset_description(release: Release, about: About) -> dict[str, Any]:
    """The metadata that Psych-DS asks for, with every column of every file.

    A column that stands in several files (``person``, ``wave``) is described once, with all that
    is said of it.

    References
    ----------
    https://psych-ds.github.io/ ; the rules of its validator: `name`, `description` and
    `variableMeasured` are required, every header of a CSV must be a name in `variableMeasured`.
    """
    return {
        "@context": "http://schema.org/",
        "@type": "Dataset",
        "name": about.title,
        "description": about.description,
        "keywords": list(about.keywords),
        "variableMeasured": list(_variables(release)),
    }


def _variables(release: Release) -> Iterator[dict[str, Any]]:
    by_name: dict[str, list[Field]] = {}
    for fields in release.fields.values():
        for field in fields:
            by_name.setdefault(field.name, []).append(field)
    for name, same in by_name.items():
        described = {"@type": "PropertyValue", "name": name,
                     "description": "; ".join(dict.fromkeys(field.title for field in same))}
        levels = {value: meaning for field in same for value, meaning in field.levels.items()}
        yield described | _bounds(same) | _unit(same[0]) | _values(levels)


def _bounds(same: list[Field]) -> dict[str, Any]:
    ranges = [field.range for field in same if field.range]
    if not ranges:
        return {}
    return {"minValue": min(low for low, _ in ranges), "maxValue": max(high for _, high in ranges)}


def _unit(field: Field) -> dict[str, Any]:
    return {"unitText": field.unit} if field.unit else {}


def _values(levels: dict[str, str]) -> dict[str, Any]:
    if not levels:
        return {}
    return {"valueReference": [
        {"@type": "PropertyValue", "name": meaning or value, "value": value}
        for value, meaning in levels.items()]}
