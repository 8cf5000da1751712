"""The lines of a rule as forms: one form a kind of condition, and the criterion that is read out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from referral_hub.errors import FieldError, Invalid, InvalidRule
from referral_hub.matching.criteria import Rule, parse_rule
from referral_hub.matching.referrers import KINDS
from referral_hub.matching.rule_draft import MOST_LINES, Draft, count_lines, draft_of, plain_rule, with_line, without_line
from web.facts import LABELS, LANGUAGES
from web.forms import Choices, many, one
from web.listing_forms import read_area

Data = Mapping[str, Any]


def _names_of(fact: str) -> Choices:
    return tuple((name.partition(".")[2], words) for name, words in LABELS.items() if name.startswith(f"{fact}."))


INCOMES = (
    ("max_percent_of_poverty", "percent of the poverty guideline"),
    ("max_annual", "dollars a year"),
    ("max_monthly", "dollars a month"),
    ("max_percent_of_area_median", "percent of the area's median income"),
)
CHOICES: dict[str, Choices] = {
    "enrolled": _names_of("enrolled"),
    "status": _names_of("statuses"),
    "insured": _names_of("insurance"),
    "speaks": LANGUAGES,
    "referred_by": tuple(KINDS.items()),
}


class LineForm(Struct, frozen=True):
    """A kind of condition that can be added."""

    type: str
    words: str
    hint: str


LINES = (
    LineForm("age", "Age of the patient", "In years, half years too. Leave one empty for no limit."),
    LineForm("household", "Size of the household", "People who live together and share food and money."),
    LineForm("income", "Income at most", "Before taxes, of the whole household."),
    LineForm("enrolled", "Gets one of these benefits", "One is enough."),
    LineForm("status", "Is one of these", "One is enough."),
    LineForm("insured", "Insured by one of these", "One is enough."),
    LineForm("lives_in", "Lives in", "One list that holds the home is enough."),
    LineForm("member", "Somebody in the household", "The patient counts too. Both, if you fill in both."),
    LineForm("speaks", "Speaks one of these", "One is enough."),
    LineForm("visits", "Comes at most so often", "The coming visit counts."),
    LineForm("referred_by", "Is sent by", "One is enough."),
    LineForm("text", "Something that only a person can judge", "It keeps nobody out: care managers read it and ask."),
)


def read_draft(data: Data, stored: Rule | None) -> Draft:
    """The draft that the form carries; the stored rule where it carries none.

    Raises:
        Invalid: what is carried is no rule: somebody wrote the form by hand.
    """
    carried = one(data, "draft")
    if not carried:
        return draft_of(stored)
    try:
        given = msgspec.json.decode(carried)
        return draft_of(parse_rule(given) if given is not None else None)
    except (msgspec.DecodeError, InvalidRule, RecursionError) as fault:
        raise Invalid("The conditions of this form cannot be read. Open the page again.") from fault


def write_draft(draft: Draft) -> str:
    """The draft as a form carries it."""
    return msgspec.json.encode(plain_rule(draft)).decode()


def change_draft(draft: Draft, data: Data) -> Draft:
    """The draft after a button: `add:TYPE` (with `group` another way to meet that one), `remove:GROUP.LINE`.

    Raises:
        Invalid: the line cannot be read; `errors` name its fields as `TYPE.field`.
    """
    verb, _, what = one(data, "step").partition(":")
    if verb == "remove":
        group, _, line = what.partition(".")
        return without_line(draft, int(group), int(line)) if group.isdecimal() and line.isdecimal() else draft
    if verb != "add":
        return draft
    if count_lines(draft) >= MOST_LINES:
        raise Invalid(f"A rule has at most {MOST_LINES} conditions.")
    group = one(data, "group")
    return with_line(draft, read_line(what, data), int(group) if group.isdecimal() else None)


def read_line(kind: str, data: Data) -> Rule:
    """The criterion of one form; raises Invalid."""
    read = _READERS.get(kind)
    if read is None:
        raise Invalid("There is no such condition.")
    given: dict[str, Any] = {"type": kind, **read(data)}
    if one(data, "except"):
        given = {"type": "not", "of": given}
    try:
        return parse_rule(given)
    except InvalidRule as fault:
        errors = tuple(FieldError(f"{kind}.{found.field.removeprefix('of.')}", _say(found.message)) for found in fault.errors)
        raise Invalid("This condition needs another look.", errors=errors) from fault


def _say(message: str) -> str:
    if "below min" in message:
        return "This cannot be less than the other one."
    return "Give a number that makes sense here." if message.startswith("Expected") else message


def _range(prefix: str) -> Callable[[Data], dict[str, Any]]:
    def read(data: Data) -> dict[str, Any]:
        found = {end: _number(data, f"{prefix}.{end}") for end in ("min", "max")}
        if all(value is None for value in found.values()):
            raise Invalid("This condition needs another look.", errors=(FieldError(f"{prefix}.min", "Give at least one of the two."),))
        return found

    return read


def _names(prefix: str) -> Callable[[Data], dict[str, Any]]:
    def read(data: Data) -> dict[str, Any]:
        chosen = [name for name in many(data, f"{prefix}.any_of") if name in dict(CHOICES[prefix])]
        if not chosen:
            raise Invalid("This condition needs another look.", errors=(FieldError(f"{prefix}.any_of", "Choose at least one."),))
        return {"any_of": chosen}

    return read


def _income(data: Data) -> dict[str, Any]:
    unit, amount = one(data, "income.unit"), _number(data, "income.amount")
    if amount is None:
        raise Invalid("This condition needs another look.", errors=(FieldError("income.amount", "Give the limit."),))
    if unit not in dict(INCOMES):
        raise Invalid("This condition needs another look.", errors=(FieldError("income.unit", "Choose one of these."),))
    return {unit: amount}


def _lives_in(data: Data) -> dict[str, Any]:
    area = read_area({name.removeprefix("lives_in."): value for name, value in data.items() if name.startswith("lives_in.")})
    given = {name: getattr(area, name) for name in ("postal_codes", "counties", "cities", "states")}
    if not any(given.values()):
        fault = FieldError("lives_in.postal_codes", "Fill in at least one of the lists.")
        raise Invalid("This condition needs another look.", errors=(fault,))
    return given


def _member(data: Data) -> dict[str, Any]:
    low, high = _number(data, "member.min"), _number(data, "member.max")
    statuses = [name for name in many(data, "member.any_of") if name in dict(CHOICES["status"])]
    parts: list[dict[str, Any]] = []
    if low is not None or high is not None:
        parts.append({"type": "age", "min": low, "max": high})
    if statuses:
        parts.append({"type": "status", "any_of": statuses})
    if not parts:
        raise Invalid("This condition needs another look.", errors=(FieldError("member.min", "Give an age, or choose what somebody is."),))
    return {"who": parts[0] if len(parts) == 1 else {"type": "all", "of": parts}}


def _visits(data: Data) -> dict[str, Any]:
    return {"max": _needed(data, "visits.max"), "days": _needed(data, "visits.days")}


def _text(data: Data) -> dict[str, Any]:
    text = one(data, "text.text")
    if not text or len(text) > 2000:
        raise Invalid("This condition needs another look.", errors=(FieldError("text.text", "Write it in a sentence or two."),))
    return {"text": text}


def _number(data: Data, field: str) -> float | int | None:
    text = one(data, field).replace(",", "").removeprefix("$").removesuffix("%").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise Invalid("This condition needs another look.", errors=(FieldError(field, "Give a number."),))
    return int(number) if number == int(number) else number


def _needed(data: Data, field: str) -> float | int:
    number = _number(data, field)
    if number is None:
        raise Invalid("This condition needs another look.", errors=(FieldError(field, "Give a number."),))
    return number


_READERS: dict[str, Callable[[Data], dict[str, Any]]] = {
    "age": _range("age"),
    "household": _range("household"),
    "income": _income,
    "enrolled": _names("enrolled"),
    "status": _names("status"),
    "insured": _names("insured"),
    "lives_in": _lives_in,
    "member": _member,
    "speaks": _names("speaks"),
    "visits": _visits,
    "referred_by": _names("referred_by"),
    "text": _text,
}
