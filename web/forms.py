"""Forms: what was typed, what is wrong with it, and the Struct it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.enums import RequestEncodingType
from litestar.params import Body

from referral_hub.errors import FieldError, HubError
from referral_hub.matching.costs import WHY
from web.format import say_code

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""A handler's `data: Form`: names to texts, to lists of texts where a name came more than once."""

T = TypeVar("T")
Choices = Sequence[tuple[str, str]]

_PLAIN: tuple[tuple[str, str], ...] = (
    ("missing required field", "Fill this in."),
    ("Expected `int", "Give a whole number."),
    ("Expected `float", "Give a number."),
    ("Expected `date", "Give a date."),
    ("Invalid RFC3339 encoded datetime", "Give a date and a time."),
    ("Invalid RFC3339 encoded date", "Give a date."),
    ("Expected `datetime", "Give a date and a time."),
    ("Invalid enum value", "Choose one of these."),
    ("Invalid UUID", "Choose one of these."),
    ("Expected `str` of length", "This is too long or empty."),
)
"""Beginnings of msgspec's messages -> words that say how to mend it."""


class Filled(msgspec.Struct, kw_only=True):
    """What a page shows in its fields: values as typed and faults by field."""

    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    message: str = ""
    prefix: str = ""
    """Before every id, where a page holds several forms."""

    def value(self, name: str) -> str:
        """As typed; the first where there are several."""
        return one(self.values, name)

    def id_of(self, name: str, key: str = "") -> str:
        return "-".join(part for part in (self.prefix, key, name) if part).replace(".", "-")

    def summary(self) -> list[dict[str, str]]:
        """The faults with links to their fields, for the error summary."""
        return [{"text": f"{name_field(name)}: {_small(message)}", "href": f"#{self.id_of(name)}"} for name, message in self.errors.items()]

    def options(self, name: str, choices: Choices) -> list[dict[str, Any]]:
        return [{"value": value, "text": words, "selected": self.value(name) == value} for value, words in choices]

    def radios(self, name: str, choices: Choices) -> list[dict[str, Any]]:
        return [{"value": value, "text": words, "checked": self.value(name) == value} for value, words in choices]

    def checks(self, name: str, choices: Choices) -> list[dict[str, Any]]:
        chosen = many(self.values, name)
        return [{"value": value, "text": words, "checked": value in chosen} for value, words in choices]


FIELD_WORDS = {
    "side_reason": "Reason",
    "term": "Kind of help",
    "value": "Answer",
    "at": "Time",
    "text": "Words",
    "outcome.received": "Help received",
    "how_given": "How it was given",
    "categories": "What may be shared",
    "began_on": "First day",
    "postal_code": "ZIP code",
    "address_1": "Street",
    "near": "ZIP code",
    "expected": "Date or place on the list",
    "resume_on": "Until",
    "lines": "Lines",
    **{f"minutes.{name}": why for name, why in WHY.items()},
}


def name_field(name: str) -> str:
    """What the error summary calls a field."""
    return FIELD_WORDS.get(name) or say_code(name.rpartition(".")[2]).capitalize()


def _small(message: str) -> str:
    return message[:1].lower() + message[1:]


def one(data: Mapping[str, Any], name: str) -> str:
    """The field's text without spaces around it; empty when it did not come."""
    values = many(data, name)
    return values[0] if values else ""


def many(data: Mapping[str, Any], name: str) -> list[str]:
    """Every text that came under the name (checkboxes)."""
    value = data.get(name)
    values = value if isinstance(value, list | tuple) else [value]
    return [str(part).strip() for part in values if part not in (None, "")]


def read_form(data: Mapping[str, Any], kind: type[T]) -> tuple[T | None, dict[str, str]]:
    """The Struct of a form, or None with a sentence for every field that does not fit.

    Empty texts count as absent; a list field takes every value of its name; fields that the Struct
    does not have are left alone (the forgery token, the button).
    """
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]  # T is a Struct
        values = many(data, field.encode_name)
        if not values:
            if field.required:
                errors[field.encode_name] = "Fill this in."
            continue
        try:
            if _is_list(field.type):
                given[field.name] = msgspec.convert(values, field.type, strict=False)
            else:
                given[field.name] = msgspec.convert(values[0], field.type, strict=False)
        except msgspec.ValidationError as fault:
            errors[field.encode_name] = say_fault(str(fault))
    return (None, errors) if errors else (kind(**given), {})


def say_fault(message: str) -> str:
    """A validation message in words that say how to mend it."""
    return next((plain for beginning, plain in _PLAIN if message.startswith(beginning) or beginning in message), "This does not fit here.")


def filled_by(error: HubError, data: Mapping[str, Any], fields: Iterable[str], prefix: str = "") -> Filled:
    """The form again after an action refused it: each fault at its field, the rest in the summary."""
    known = set(fields)
    errors = {fault.field: plain_fault(fault) for fault in error.errors if fault.field in known}
    rest = [plain_fault(fault) for fault in error.errors if fault.field not in known]
    message = " ".join([error.detail, *rest]) if rest or not error.errors else error.title
    return Filled(values=data, errors=errors, message=message, prefix=prefix)


def plain_fault(fault: FieldError) -> str:
    """The field error's sentence, with the library's own wording made plain."""
    if "`" in fault.message or fault.message.startswith("Object missing"):
        return say_fault(fault.message)
    return f"This {fault.message}." if fault.message[:1].islower() else fault.message


def _is_list(kind: Any) -> bool:
    inner = getattr(kind, "__origin__", None)
    if inner is Annotated:
        inner = getattr(kind.__args__[0], "__origin__", None)
    return inner in (list, tuple, frozenset, set)
