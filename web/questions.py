"""The next question: the card that asks it, with the field that it needs, and the answer read out of the form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from referral_hub.care.facts import MAPS
from referral_hub.matching.ages import say_age
from referral_hub.matching.counties import find_county
from referral_hub.matching.questions import word_question
from web.facts import LANGUAGES, YES_NO, read_answer, read_number
from web.forms import Choices, many, one

PERIODS: dict[str, tuple[str, float]] = {
    "year": ("a year", 1),
    "month": ("a month", 12),
    "two_weeks": ("every two weeks", 26),
    "week": ("a week", 52),
}
"""How often an income comes in -> its words, and how often that is in a year."""
PEOPLE = tuple((str(count), str(count)) for count in range(1, 7))
"""Households that are one press away; a larger one is typed."""
MEMBER_FLAGS = (
    ("pregnant", "Is pregnant"),
    ("disabled", "Has a disability"),
    ("veteran", "Served in the military"),
    ("student", "Is a student"),
)
"""What is asked of the others of a household once their ages are known. What is not ticked counts as no."""
MOST_ROWS = 8
USUAL_ROWS = 4
WORDS = {"annual_income": "About how much money does your household take in, before taxes?"}
"""Questions that are put in other words where the card has a field for part of it."""
_KINDS = {
    "age": "number",
    "household_size": "people",
    "annual_income": "income",
    "languages": "languages",
    "members": "members",
    "visits": "date",
    "home.postal_code": "zip",
}
_HINTS = {
    "age": "In years. Of a baby in months, such as 8 months.",
    "household_size": "Yourself too.",
    "annual_income": "In dollars, all of you together. A good guess is enough.",
    "languages": "Tick each one.",
    "members": "Each one's age in years. Of a baby in months, such as 8 months.",
    "visits": "The last day. A good guess is enough.",
    "home.postal_code": "Five digits. A shelter or a friend's home counts too.",
    "home.state": "Two letters, such as MD.",
    "home.county": "With its state, such as Harford County, MD.",
}


class Person(Struct, frozen=True):
    """One row of the household: a name for the row, and the age as typed before."""

    label: str
    age: str = ""


class Card(Struct, frozen=True, kw_only=True):
    """One question in the patient's words; `kind` says which field it has."""

    fact: str
    words: str
    kind: str
    """yes_no | number | people | income | zip | date | languages | members | flags | text"""
    hint: str = ""
    choices: Choices = ()
    people: tuple[Person, ...] = ()


def card_of(name: str, known: Mapping[str, Any]) -> Card:
    """The card of a fact; `known` is what is on record, in the shape of a match request's facts."""
    words = WORDS.get(name) or word_question(name)
    if name.partition(".")[0] in MAPS:
        return Card(fact=name, words=words, kind="yes_no", choices=YES_NO)
    members = known.get("members")
    if name == "members" and members:
        people = tuple(Person(_say_person(member, number)) for number, member in enumerate(members, start=1))
        return Card(
            fact=name,
            words="Does one of these fit the others in your home?",
            kind="flags",
            hint="Tick what fits. What is not ticked counts as no.",
            choices=MEMBER_FLAGS,
            people=people,
        )
    kind = _KINDS.get(name, "text")
    choices: Choices = {"people": PEOPLE, "languages": LANGUAGES, "income": [(key, said) for key, (said, _) in PERIODS.items()]}.get(
        kind, ()
    )
    return Card(
        fact=name, words=words, kind=kind, hint=_HINTS.get(name, ""), choices=choices, people=_rows(known) if kind == "members" else ()
    )


def _rows(known: Mapping[str, Any]) -> tuple[Person, ...]:
    """As many rows as the household has others."""
    size = known.get("household_size")
    count = min(max(int(size) - 1, 1), MOST_ROWS) if size else USUAL_ROWS
    return tuple(Person(f"Person {number}") for number in range(1, count + 1))


def _say_person(member: Mapping[str, Any], number: int) -> str:
    age = member.get("age")
    if age is None:
        return f"Person {number}"
    said = say_age(age)
    return f"The one who is {said}" if said.isdigit() else f"The baby of {said}"


def read_reply(name: str, data: Mapping[str, Any], known: Mapping[str, Any], today: date) -> Any:
    """The value of the answer on a card's form, as the fact has it.

    Raises:
        ValueError: what was given is no such value; the message says what would be.
    """
    match name:
        case "household_size":
            return read_answer(name, one(data, "more") or one(data, "value"))
        case "annual_income":
            return _yearly(one(data, "value"), one(data, "per"))
        case "languages":
            return _languages(many(data, "value"))
        case "members":
            return _members(data, known.get("members") or [])
        case "visits":
            return _visits(one(data, "value"), today)
        case "home.postal_code":
            return _zip_code(one(data, "value"))
        case "home.county":
            return _county(one(data, "value"), (known.get("home") or {}).get("state"))
        case _:
            return read_answer(name, one(data, "value"))


def _yearly(text: str, per: str) -> float | int:
    amount = round(read_number(text) * PERIODS.get(per, PERIODS["year"])[1], 2)
    return int(amount) if float(amount).is_integer() else amount


def _languages(given: list[str]) -> list[str]:
    codes = [code.strip() for text in given for code in text.split(",") if code.strip()]
    if not codes:
        raise ValueError("Tick at least one.")
    return list(dict.fromkeys(codes))


def _members(data: Mapping[str, Any], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ages on the first card, what fits whom on the second; what else is known of somebody stays."""
    if one(data, "flags"):
        return [{**member, **_flags(many(data, f"person-{number}"))} for number, member in enumerate(before, start=1)]
    if one(data, "value") == "nobody":
        return []
    ages = [part.strip() for text in many(data, "value") for part in text.replace(";", ",").split(",") if part.strip()]
    if not ages:
        raise ValueError("Give an age, or say that nobody else lives here.")
    return [{"age": read_answer("age", age)} for age in ages]


def _flags(ticked: list[str]) -> dict[str, bool]:
    return {flag: flag in ticked for flag, _ in MEMBER_FLAGS}


def _visits(text: str, today: date) -> list[str]:
    if text == "never":
        return []
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        raise ValueError("Give a day, or say never.") from fault
    if day > today:
        raise ValueError("Give a day that has been.")
    return [day.isoformat()]


def _zip_code(text: str) -> str:
    digits = text.replace(" ", "")
    if not (len(digits) == 5 and digits.isascii() and digits.isdigit()):
        raise ValueError("Give five digits, such as 21201.")
    return digits


def _county(text: str, state: str | None) -> str:
    name, comma, after = text.rpartition(",")
    if comma and len(after.strip()) == 2:
        text, state = name, after.strip().upper()
    code = find_county(text, state) or find_county(f"{text} County", state)
    if code is None:
        raise ValueError("Give the county and its state, such as Harford County, MD.")
    return code
