"""Facts on pages: how each is called, how it is asked, how it is said, how a form's text becomes one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from referral_hub.care.facts import MAPS, write_facts
from referral_hub.care.model import Fact, FactAnswer
from referral_hub.matching.ages import say_age
from referral_hub.matching.referrers import KINDS
from web.format import listed, say_money
from web.forms import many, one

LANGUAGES: tuple[tuple[str, str], ...] = (
    ("en", "English"),
    ("es", "Spanish"),
    ("ar", "Arabic"),
    ("zh", "Chinese"),
    ("fr", "French"),
    ("ht", "Haitian Creole"),
    ("ko", "Korean"),
    ("ne", "Nepali"),
    ("pt", "Portuguese"),
    ("ru", "Russian"),
    ("am", "Amharic"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("ase", "American Sign Language"),
)
LANGUAGE_WORDS = dict(LANGUAGES)
YES_NO = (("yes", "Yes"), ("no", "No"))
ANSWERS = (*YES_NO, ("", "Not known"), ("declined", "Prefers not to say"))

LABELS: dict[str, str] = {
    "age": "Age",
    "household_size": "People in the household",
    "annual_income": "Household income a year",
    "languages": "Languages",
    "members": "Others in the household",
    "visits": "Last visit",
    "accessibility": "Needs to get in",
    "enrolled.snap": "SNAP (food stamps)",
    "enrolled.wic": "WIC",
    "enrolled.medicaid": "Medicaid",
    "enrolled.medicare": "Medicare",
    "enrolled.ssi": "SSI",
    "enrolled.tanf": "TANF (cash help)",
    "enrolled.liheap": "LIHEAP (energy help)",
    "statuses.veteran": "Veteran",
    "statuses.pregnant": "Pregnant",
    "statuses.disabled": "Has a disability",
    "statuses.unhoused": "Without steady housing",
    "statuses.survivor": "Survivor of violence (only if offered)",
    "statuses.reentry": "Home from jail or prison",
    "statuses.refugee": "Refugee or asylum seeker",
    "statuses.student": "Student",
    "statuses.employed": "Works for pay",
    "insurance.medicaid": "Insured by Medicaid",
    "insurance.medicare": "Insured by Medicare",
    "insurance.private": "Private insurance",
    "insurance.none": "No insurance",
    "documents.photo_id": "Photo ID",
    "documents.proof_of_address": "Proof of address",
    "documents.proof_of_income": "Proof of income",
    "documents.social_security_card": "Social Security card",
    "documents.birth_certificate": "Birth certificate",
    "documents.medicaid_card": "Medicaid card",
    "documents.medicare_card": "Medicare card",
    "documents.lease": "Lease",
    "documents.eviction_notice": "Eviction notice",
    "documents.utility_bill": "Utility bill",
    "documents.referral_letter": "Referral letter",
    "documents.doctor_note": "Doctor's note",
    "documents.immunization_record": "Immunization record",
    **{f"referred_by.{kind}": f"Referred by {words}" for kind, words in KINDS.items()},
    "home.postal_code": "ZIP code",
    "home.city": "City",
    "home.county": "County",
    "home.state": "State",
}
TOPICS: dict[str, str] = {
    "age": "age",
    "household_size": "household size",
    "annual_income": "income",
    "languages": "language",
    "members": "who else lives there",
    "visits": "last visit",
    "statuses.veteran": "time in the military",
    "statuses.pregnant": "pregnancy",
    "statuses.disabled": "disability",
    "statuses.unhoused": "a steady home",
    "statuses.reentry": "time in jail or prison",
    "statuses.refugee": "refugee or asylum",
    "statuses.student": "school",
    "statuses.employed": "work",
    "insurance.medicaid": "Medicaid",
    "insurance.medicare": "Medicare",
    "insurance.private": "private insurance",
    "insurance.none": "health insurance",
}
"""What a question is about, in a word or two: "May fit, ask about: income". Others go by the first words of their label."""
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("enrolled", "Programs", "Which of these do they get now?"),
    ("statuses", "Situation", "Which of these fit? Ask only what you need."),
    ("insurance", "Health insurance", "How are they insured?"),
    ("documents", "Papers", "Which papers do they have at hand?"),
)
_MONTHS = re.compile(r"(\d{1,2}) *mo(?:nths?)?\.?", re.IGNORECASE)
NUMBERS = ("household_size", "annual_income", "age")
HOME = {"home.postal_code": "postal_code", "home.city": "city", "home.state": "state", "home.county": "county"}
"""Facts that are parts of the patient's address."""


class Line(Struct, frozen=True):
    """A fact as a patient's page shows it."""

    name: str
    label: str
    said: str
    kind: str
    """known | declined | unknown"""
    fact: Fact | None = None


def label_of(name: str) -> str:
    return LABELS.get(name, name.replace(".", " ").replace("_", " "))


def topic_of(name: str) -> str:
    """What a question about a fact is about: `income`, `SNAP`, `ZIP code`."""
    return TOPICS.get(name) or label_of(name).partition(" (")[0]


def topics_of(names: Iterable[str]) -> list[str]:
    """The topics of several facts, each once."""
    return list(dict.fromkeys(topic_of(name) for name in names))


def say_fact(name: str, value: Any) -> str:
    """A known value in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "age":
        return say_age(value)
    if name == "annual_income":
        return say_money(value)
    if name == "languages":
        return listed(LANGUAGE_WORDS.get(code, code) for code in value)
    if name == "members":
        return listed(_say_member(member) for member in value) or "nobody else"
    if isinstance(value, list):
        return listed(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _say_member(member: Mapping[str, Any]) -> str:
    age = say_age(member["age"]) if "age" in member else ""
    said = [f"{age} years" if age.isdigit() else age or "age not known"]
    said += [label_of(f"statuses.{name}").lower() for name, held in member.items() if held is True]
    return ", ".join(said)


def lines_of(facts: Iterable[Fact]) -> list[Line]:
    """What is on record, then the household's basics that are not."""
    held = {fact.name: fact for fact in facts}
    order = {name: place for place, name in enumerate(LABELS)}
    names = sorted({*held, "household_size", "annual_income"}, key=lambda name: order.get(name, len(order)))
    return [_line(name, held.get(name)) for name in names]


def _line(name: str, fact: Fact | None) -> Line:
    if fact is None:
        return Line(name, label_of(name), "Not known", "unknown")
    if fact.answer is FactAnswer.DECLINED:
        return Line(name, label_of(name), "Prefers not to say", "declined", fact)
    return Line(name, label_of(name), say_fact(name, fact.value), "known", fact)


def read_answer(name: str, text: str) -> Any:
    """The value of one answer as it was typed or pressed.

    Raises:
        ValueError: the text is no such value; the message says what would be.
    """
    text = text.strip()
    if name.partition(".")[0] in MAPS:
        if text not in ("yes", "no"):
            raise ValueError("Choose yes or no.")
        return text == "yes"
    if name == "age":
        return _years(text)
    if name in NUMBERS:
        return read_number(text)
    if name == "members":
        return [{"age": _years(part)} for part in _parts(text)]
    if name in ("languages", "visits", "accessibility"):
        return _parts(text)
    if not text:
        raise ValueError("Fill this in, or skip it.")
    return text.upper() if name == "home.state" else text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _years(text: str) -> float | int:
    """An age: a number of years, or of a baby `8 months`."""
    months = _MONTHS.fullmatch(text)
    return round(int(months[1]) / 12, 3) if months else read_number(text)


def read_number(text: str) -> float | int:
    """A number as people write it: `$21,000`.

    Raises:
        ValueError: it is none.
    """
    plain = text.replace("$", "").replace(",", "").strip()
    try:
        value = float(plain)
    except ValueError as fault:
        raise ValueError("Give a number.") from fault
    if not math.isfinite(value):
        raise ValueError("Give a number.")
    return int(value) if value.is_integer() else value


def form_values(facts: Iterable[Fact]) -> dict[str, Any]:
    """The facts on record as the fields of the facts form."""
    values: dict[str, Any] = {}
    for fact in facts:
        if fact.answer is FactAnswer.DECLINED:
            values[fact.name] = "declined"
            values[f"{fact.name}.declined"] = "yes"
        elif isinstance(fact.value, bool):
            values[fact.name] = "yes" if fact.value else "no"
        elif fact.name == "members":
            values[fact.name] = ", ".join(f"{member['age']:g}" for member in fact.value if "age" in member)
        elif fact.name == "languages":
            values[fact.name] = list(fact.value)
        elif isinstance(fact.value, list):
            values[fact.name] = ", ".join(fact.value)
        else:
            values[fact.name] = f"{fact.value:g}" if isinstance(fact.value, float) else str(fact.value)
    return values


def read_facts_form(data: Mapping[str, Any], stored: Iterable[Fact]) -> tuple[dict[str, Any], dict[str, str]]:
    """The facts of the whole form in the shape of a match request, and what is wrong by field.

    Members whose age did not change keep what else is known of them.
    """
    before = write_facts(stored)
    facts: dict[str, Any] = {name: before[name] for name in ("visits", "accessibility", "age") if name in before}
    declined: list[str] = [name for name in before.get("declined", []) if name in ("visits", "accessibility", "age", *HOME)]
    errors: dict[str, str] = {}
    for name in ("household_size", "annual_income", "members"):
        text = one(data, name)
        if one(data, f"{name}.declined") == "yes":
            declined.append(name)
        elif text:
            try:
                facts[name] = read_answer(name, text)
            except ValueError as fault:
                errors[name] = str(fault)
    if "members" in facts:
        facts["members"] = _keep_members(facts["members"], before.get("members") or [])
    if many(data, "languages"):
        facts["languages"] = many(data, "languages")
    for group, keys in MAPS.items():
        for key in keys:
            answer = one(data, f"{group}.{key}")
            if answer == "declined":
                declined.append(f"{group}.{key}")
            elif answer in ("yes", "no"):
                facts.setdefault(group, {})[key] = answer == "yes"
    return {**facts, "declined": declined}, errors


def _keep_members(given: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left = list(before)
    kept = []
    for member in given:
        same = next((one for one in left if one.get("age") == member["age"]), None)
        if same is not None:
            left.remove(same)
        kept.append(same or member)
    return kept
