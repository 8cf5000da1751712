"""How a record of the directory, or one of its fields, reads in one line."""

from __future__ import annotations

from typing import Any

from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.partners import taxonomy
from web import format as say

KINDS: dict[str, str] = {
    "organization": "Organization",
    "program": "Program",
    "service": "Service",
    "location": "Place",
    "service_at_location": "Offered here",
    "address": "Address",
    "contact": "Contact",
    "phone": "Phone",
    "schedule": "Hours",
    "language": "Language",
    "cost_option": "Cost",
    "required_document": "Papers",
    "service_area": "Area served",
    "service_capacity": "Room",
    "accessibility": "Access",
    "attribute": "Kind of help",
}
"""Table -> what a page calls it."""
FIELDS: dict[str, str] = {
    "eligibility_description": "Who it is for, in words",
    "rule": "Who it is for, as a rule",
    "assured_date": "Confirmed",
    "referrable": "Takes referrals",
    "interpretation_services": "Interpreting",
    "application_process": "How to apply",
    "fees_description": "Cost",
    "minimum_age": "Youngest age",
    "maximum_age": "Oldest age",
    "wait_time": "Wait",
    "alternate_name": "Other name",
    "url": "Website",
    "usual_ack_days": "Business days to an answer",
    "address_1": "Street",
    "address_2": "Second line",
    "state_province": "State",
    "postal_code": "ZIP code",
    "opens_at": "Opens",
    "closes_at": "Closes",
    "byday": "Days",
    "freq": "Repeats",
    "area": "Area served",
    "timezone": "Time zone",
    "location_type": "Kind of place",
    "precision": "How exact the point is",
    "sends": "Sends referrals",
    "reach": "How help and patient meet",
    "taxonomy_term_id": "Kind of help",
}
"""Field -> what a page calls it, where its own name does not say it."""
_WHICH = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last", "-2": "last but one"}
DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
_PLAIN = {
    "phone": ("number", "extension", "type", "description"),
    "address": ("address_1", "address_2", "city", "state_province", "postal_code"),
    "contact": ("name", "title", "email"),
    "language": ("name", "code", "note"),
    "cost_option": ("option", "amount", "amount_description"),
    "required_document": ("document",),
    "service_area": ("name", "description"),
    "accessibility": ("description", "code", "details"),
    "attribute": ("label", "value"),
}
"""Kind -> the fields that make its line, in order."""


def name_kind(kind: str) -> str:
    return KINDS.get(kind, say.say_code(kind).capitalize())


def name_what(kind: str, field: str) -> str:
    """What a difference or a correction is about: `Phone`, or `Service: website`."""
    if not field:
        return name_kind(kind)
    if field in KINDS:
        return f"{name_kind(kind)}: {name_kind(field).lower()}"
    return f"{name_kind(kind)}: {name_field(field).lower()}"


def name_field(field: str) -> str:
    return FIELDS.get(field) or say.say_code(field).capitalize()


def say_value(kind: str, field: str, value: Any) -> str:
    """One field's value (as JSON has it), or with `field` empty the whole record's, in one line."""
    if value in (None, "", [], {}):
        return "nothing"
    if not field:
        return say_record(kind, value)
    if field == "rule":
        rule = read_stored_rule(value)
        return describe(rule) if rule else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        parts = [(name, part) for name, part in value.items() if part not in (None, "", [], {})]
        return "; ".join(f"{name_field(name).lower()}: {say_value(kind, name, part)}" for name, part in parts)
    if isinstance(value, list):
        return ", ".join(str(part) for part in value[:12]) + (" ..." if len(value) > 12 else "")
    return str(value)


def say_record(kind: str, image: dict[str, Any]) -> str:
    """A whole record in one line."""
    if kind == "schedule":
        return _say_hours(image)
    if kind == "attribute" and (code := _TERMS.get(str(image.get("taxonomy_term_id")))):
        return say.term_name(code)
    names = _PLAIN.get(kind, ("name", "description"))
    given = [(name, str(image[name])) for name in names if image.get(name) not in (None, "")]
    return ", ".join(say.say_phone(text) if name == "number" else text for name, text in given) or "no details"


_TERMS = {str(term_id): code for code, term_id in taxonomy.TERM_IDS.items()}


def _say_hours(image: dict[str, Any]) -> str:
    days = ", ".join(_say_day(day) for day in str(image.get("byday") or "").split(",") if day)
    opens, closes = (str(image.get(name) or "")[:5] for name in ("opens_at", "closes_at"))
    hours = f"{opens} to {closes}" if opens and closes else ""
    span = " to ".join(str(image[name]) for name in ("valid_from", "valid_to") if image.get(name))
    closed = "closed" if image.get("closed") else ""
    parts = (closed, days, hours, f"({span})" if span else "", str(image.get("description") or ""))
    return " ".join(part for part in parts if part) or "no details"


def _say_day(byday: str) -> str:
    """`MO`, or with a number before it which one of the month, counted from the end where it is negative."""
    which, day = byday[:-2], DAYS.get(byday[-2:], byday)
    if not which:
        return day
    return f"{_WHICH.get(which, which)} {day}"
