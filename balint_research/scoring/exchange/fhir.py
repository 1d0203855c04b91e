"""A form as an HL7 FHIR R4 Questionnaire."""

import json
import uuid
from typing import Any

from balint_research.scoring.exchange.form import Block, Form, Option
from balint_research.scoring.instrument import Instrument

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"

# Who the answers are about. The clinician of a Balint study may be registered as either.
SUBJECTS = {
    "self": ["Patient", "Practitioner"],
    "patient": ["Practitioner"],
    "observer": ["Practitioner"],
}


def questionnaire_of(form: Form) -> str:
    """The Questionnaire as JSON; `linkId` is the name of the column, ``{id}_{n}``."""
    key = form.key
    resource: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "id": key.id.replace("_", "-"),
        "language": form.language,
        "url": urn_of(key),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn_of(key)}],
        "name": key.id.upper(),
        "title": key.name,
        "status": "draft",
        "subjectType": SUBJECTS[key.respondent],
        "description": _description(form),
        "copyright": _copyright(key),
        "item": [_item(n, block, form) for block in form.blocks for n in block.items],
    }
    return json.dumps(resource, ensure_ascii=False, indent=2) + "\n"


def urn_of(key: Instrument) -> str:
    """A name that is unique and the same every time, and claims no web address."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"balint_research/{key.id}").urn


def _item(n: int, block: Block, form: Form) -> dict[str, Any]:
    return {
        "linkId": f"{form.key.id}_{n}",
        "prefix": str(n),
        "text": form.texts[n],
        "type": "choice",
        "required": False,
        "repeats": False,
        "answerOption": [_option(option) for option in block.options],
    }


def _option(option: Option) -> dict[str, Any]:
    coding = {"valueCoding": {"code": str(option.code), "display": option.label}}
    if not option.scored:
        return coding
    return {"extension": [{"url": ORDINAL, "valueDecimal": option.code}], **coding}


def _description(form: Form) -> str:
    parts = [f"{form.key.name}, {form.key.version}."]
    if form.placeholders:
        parts += ["Items without wording carry a placeholder; put in the official form's text."]
    if form.no_answer_code is not None:
        parts += [f"Code {form.no_answer_code} means no answer and has no ordinal value."]
    return " ".join(parts)


def _copyright(key: Instrument) -> str:
    rights = key.rights
    return (
        f"Holder: {rights.holder}. Rights: {rights.status.replace('_', ' ')}. Redistribution of "
        f"the wording: {rights.wording_redistributable.replace('_', ' ')}. To be had from: "
        f"{rights.obtain_from}."
    )
