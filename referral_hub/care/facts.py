"""The facts about a patient and the household: which there are, what their values may be.

Outside, facts have the shape of a match request ({"enrolled": {"snap": true}, "declined": [...]});
on record each answer is one row with a dotted name (`enrolled.snap`). No row: unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from referral_hub.care.model import Fact, FactAnswer
from referral_hub.errors import FieldError
from referral_hub.matching.ages import age_on

DECLINED = "declined"
OLDEST_YEARS = 130
LARGEST_HOUSEHOLD = 40
LARGEST_INCOME = 100_000_000

MAPS: dict[str, tuple[str, ...]] = {
    "enrolled": ("snap", "wic", "medicaid", "medicare", "ssi", "tanf", "liheap"),
    "statuses": ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed"),
    "insurance": ("medicaid", "medicare", "private", "none"),
    "documents": (
        "photo_id",
        "proof_of_address",
        "proof_of_income",
        "social_security_card",
        "birth_certificate",
        "medicaid_card",
        "medicare_card",
        "lease",
        "eviction_notice",
        "utility_bill",
        "referral_letter",
        "doctor_note",
        "immunization_record",
    ),
}
"""Facts that are maps of yes and no; each key is a fact of its own (`enrolled.snap`)."""


def _number(least: float, most: float, *, whole: bool) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not least <= value <= most:
            return f"must be a {'whole ' if whole else ''}number from {least:,} to {most:,}"
        return None

    return check


def _words(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.isascii() and word for word in value):
        return "must be a list of words"
    return None


def is_language(code: object) -> bool:
    """Whether this looks like an ISO 639-1 or 639-3 code, in lower case (`es`, `ase`)."""
    return isinstance(code, str) and 2 <= len(code) <= 3 and code.isascii() and code.isalpha() and code.islower()


def _languages(value: Any) -> str | None:
    if not isinstance(value, list) or not value or not all(is_language(code) for code in value):
        return "must be a list of language codes such as en or es"
    return None


_age = _number(0, OLDEST_YEARS, whole=False)
_MEMBER_MAPS = ("enrolled", "statuses", "insurance")
_MEMBER_FLAGS = MAPS["statuses"]


def _members(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) >= LARGEST_HOUSEHOLD:
        return "must be a list of the other people of the household"
    for index, member in enumerate(value):
        if not isinstance(member, dict):
            return f'person {index + 1} must be an object such as {{"age": 3}}'
        for name, answer in member.items():
            if answer is None:
                continue
            if name == "age":
                fault = _age(answer)
            elif name in _MEMBER_MAPS:
                fault = _answers(name, answer)
            elif name in _MEMBER_FLAGS:
                fault = None if isinstance(answer, bool) else "must be true or false"
            else:
                fault = "is not something we keep about a member of the household"
            if fault:
                return f"person {index + 1}: {name} {fault}"
    return None


def _answers(name: str, value: Any) -> str | None:
    if not isinstance(value, dict) or not all(key in MAPS[name] and isinstance(answer, bool | None) for key, answer in value.items()):
        return f"must be true or false for any of {', '.join(MAPS[name])}"
    return None


def _visits(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(day, str) and _is_day(day) for day in value):
        return "must be a list of days such as 2026-11-23"
    return None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "age": _age,
    "household_size": _number(1, LARGEST_HOUSEHOLD, whole=True),
    "annual_income": _number(0, LARGEST_INCOME, whole=False),
    "languages": _languages,
    "members": _members,
    "visits": _visits,
    "accessibility": _words,
}
"""Facts that are one value: what is wrong with a value, or None."""

NAMES = frozenset({*CHECKS, *(f"{name}.{key}" for name, keys in MAPS.items() for key in keys)})
"""Every name a fact may have on record."""

HOME_PARTS = frozenset({"home.postal_code", "home.city", "home.county", "home.state"})
"""Parts of the address that a patient may decline to say."""
ELSEWHERE = {
    "home": "is the patient's address: change it on the patient",
    "birth_date": "is on the patient: change it there",
}
Answers = dict[str, tuple[FactAnswer, Any]]


def read_facts(given: Mapping[str, Any]) -> tuple[Answers, list[FieldError]]:
    """Answers by dotted name out of facts in the shape of a match request, and what is wrong with them.

    A key of a map may also stand by its dotted name. A value of None is unknown and is left out. What is both
    answered and declined counts as declined.
    """
    answers: Answers = {}
    faults: list[FieldError] = []
    for name, value in given.items():
        if name == DECLINED or value is None:
            continue
        first, dot, key = name.partition(".")
        if name in MAPS:
            _read_map(name, value, answers, faults)
        elif dot and first in MAPS:
            _read_map(first, {key: value}, answers, faults)
        elif name in CHECKS:
            fault = CHECKS[name](value)
            if fault:
                faults.append(FieldError(f"facts.{name}", fault))
            else:
                answers[name] = (FactAnswer.KNOWN, value)
        else:
            faults.append(FieldError(f"facts.{name}", ELSEWHERE.get(name, "is not a fact we know")))
    _read_declined(given.get(DECLINED) or [], answers, faults)
    return answers, faults


def _read_declined(declined: Any, answers: Answers, faults: list[FieldError]) -> None:
    if not isinstance(declined, list):
        faults.append(FieldError("facts.declined", "must be a list of names of facts"))
        return
    for name in declined:
        if isinstance(name, str) and name in MAPS:  # the whole map: what is not answered in it
            answers |= {f"{name}.{key}": (FactAnswer.DECLINED, None) for key in MAPS[name] if f"{name}.{key}" not in answers}
        elif isinstance(name, str) and (name in NAMES or name in ELSEWHERE or name in HOME_PARTS):
            answers[name] = (FactAnswer.DECLINED, None)
        else:
            faults.append(FieldError("facts.declined", "names something that is not a fact we know"))


def _read_map(name: str, value: Any, answers: Answers, faults: list[FieldError]) -> None:
    if not isinstance(value, dict):
        faults.append(FieldError(f"facts.{name}", "must be an object of yes and no answers"))
        return
    for key, answer in value.items():
        if key not in MAPS[name]:
            faults.append(FieldError(f"facts.{name}.{key}", "is not a fact we know"))
        elif not isinstance(answer, bool | None):
            faults.append(FieldError(f"facts.{name}.{key}", "must be true or false"))
        elif answer is not None:
            answers[f"{name}.{key}"] = (FactAnswer.KNOWN, answer)


def write_facts(facts: Iterable[Fact]) -> dict[str, Any]:
    """Facts on record in the shape of a match request: maps nested, the declined in a list of names."""
    written: dict[str, Any] = {}
    declined = []
    for fact in facts:
        if fact.answer is FactAnswer.DECLINED:
            declined.append(fact.name)
            continue
        name, dot, key = fact.name.partition(".")
        if dot:
            written.setdefault(name, {})[key] = fact.value
        else:
            written[name] = fact.value
    if declined:
        written[DECLINED] = sorted(declined)
    return written


def merge_facts(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Stored facts with those of a request over them; None in a request changes nothing.

    Maps go together key by key. A home is taken whole: a new ZIP code with the old point would be nobody's home.
    A request that answers what the patient declined has the answer; one that declines hides the stored value.
    """
    merged: dict[str, Any] = {name: dict(value) if isinstance(value, dict) else value for name, value in stored.items() if name != DECLINED}
    for name, value in asked.items():
        if name == DECLINED or value is None:
            continue
        if name in MAPS:
            merged[name] = {**(merged.get(name) or {}), **{key: answer for key, answer in value.items() if answer is not None}}
        else:
            merged[name] = value
            if name == "age":  # as the request has it, not as the birth date on record tells
                merged.pop("birth_date", None)
    withheld = set(asked.get(DECLINED) or ())
    for name in withheld:
        _drop(merged, name)
    if "birth_date" in withheld and asked.get("age") is None:  # the age on record follows from it
        merged.pop("age", None)
    still = {name for name in stored.get(DECLINED) or () if not _has(merged, name)} | withheld
    return {**merged, DECLINED: sorted(still)}


def _has(facts: Mapping[str, Any], name: str) -> bool:
    first, dot, key = name.partition(".")
    return key in facts.get(first, {}) if dot else first in facts


def _drop(facts: dict[str, Any], name: str) -> None:
    first, dot, key = name.partition(".")
    if dot and isinstance(facts.get(first), dict):
        facts[first].pop(key, None)
    elif not dot:
        facts.pop(first, None)
        if first == "age":
            facts.pop("birth_date", None)


def age_in_years(birth_date: date, day: date) -> float:
    """Years lived on a day, to thousandths, as matching counts them: 6 months are 0.5."""
    return round(age_on(birth_date, day), 3)
