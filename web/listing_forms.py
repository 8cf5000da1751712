"""The forms of a listing's sections: what stands in their fields, and the section that is read out of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching.counties import find_county, say_county
from referral_hub.matching.facts import field_error
from referral_hub.partners import listing_sections as sections
from referral_hub.partners.listing_edits import (
    ListingEditor,
    edit_contact,
    edit_documents,
    edit_hours,
    edit_languages,
    edit_service_area,
    edit_words,
    federal_closures,
)
from referral_hub.partners.listing_sections import (
    EditContact,
    EditDocuments,
    EditHours,
    EditLanguages,
    EditServiceArea,
    EditWords,
    Own,
)
from referral_hub.unit_of_work import Work
from web.forms import many, one

S = TypeVar("S", bound=sections.Section)
METRES_A_MILE = 1609.344
MORE = 2
"""Empty lines beneath those that are filled in."""
_PARTS = re.compile(r"[,;\s]+")
_LINES = re.compile(r"[;\n]+")
_NUMBERED = re.compile(r"\[(\d+)\]")

Data = Mapping[str, Any]
Values = dict[str, Any]


class SectionForm(Struct, frozen=True, kw_only=True):
    """One section: its page, how it fills the form, how a form becomes it, how it is stored."""

    name: str
    title: str
    lead: str
    lists: tuple[str, ...]
    """Its repeated parts."""
    fill: Callable[[ListingEditor, Work], Values]
    save: Callable[[Work, Any, Data, str], None]
    """(work, listing id, form, seen)"""
    noun: str = ""
    owner: Callable[[Own], str] | None = None
    """Whose the rows are, where it can be somebody wider than the listing."""


def count_lines(data: Data, name: str) -> int:
    """How many lines of a repeated part a form holds, the empty ones at its end left out."""
    numbers = [int(key.split(".")[1]) for key in data if re.fullmatch(rf"{name}\.\d{{1,3}}\.\w+", key) and many(data, key)]
    return max(numbers, default=-1) + 1


def lines_in(data: Data, name: str, kind: type[sections.Section]) -> list[Values]:
    """The lines of a repeated part; a line in the middle that is empty is taken away."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    found = []
    for number in range(count_lines(data, name)):
        line: Values = {}
        for field in fields.values():
            values = many(data, f"{name}.{number}.{field.name}")
            if values:
                line[field.name] = values if "list" in str(field.type) else values[0]
        if line:
            found.append(line)
    return found


def fill_lines(name: str, lines: Sequence[sections.Section]) -> Values:
    """The fields of the lines of a repeated part."""
    return {
        f"{name}.{number}.{field}": [str(part) for part in value] if isinstance(value, list) else "" if value is None else str(value)
        for number, line in enumerate(lines)
        for field, value in msgspec.to_builtins(line).items()
    }


def read_section(kind: type[S], given: Values) -> S:
    """A section out of texts; raises Invalid with the field of the fault as the form calls it."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as fault:
        found = field_error(fault)
        raise Invalid("Some answers need another look.", errors=(FieldError(found.field, _say(found)),)) from fault


def form_field(path: str) -> str:
    """`times[0].opens_at` as the form calls it: `times.0.opens_at`; a whole list by its first line's box."""
    return _NUMBERED.sub(r".\1", path)


def _say(fault: FieldError) -> str:
    last = fault.field.rpartition(".")[2]
    if last in ("opens_at", "closes_at"):
        return "Give a time, such as 9:00."
    if last == "days":
        return "Choose at least one day."
    return fault.message


# Hours


def _fill_hours(editor: ListingEditor, _work: Work) -> Values:
    edit, _ = sections.hours_of(editor.own.schedule)
    return fill_lines("times", edit.times) | fill_lines("closures", edit.closures)


def read_hours(data: Data, today: Any) -> EditHours:
    """The hours of a form; the federal holidays that are not there yet, if they were asked for."""
    given = {"times": lines_in(data, "times", sections.OpeningTime), "closures": lines_in(data, "closures", sections.Closure)}
    for closure in given["closures"]:
        closure.setdefault("last", closure.get("first"))
    edit = read_section(EditHours, given)
    if one(data, "holidays"):
        edit = msgspec.structs.replace(edit, closures=[*edit.closures, *federal_closures(today, edit.closures)])
    return edit


def _save_hours(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    edit_hours(work, listing_id, read_hours(data, work.now.date()), seen, only_here=bool(one(data, "only_here")))


# Words, contact, languages, papers


def _fill_words(editor: ListingEditor, _work: Work) -> Values:
    return {name: value or "" for name, value in msgspec.structs.asdict(sections.words_of(editor.own)).items()}


def _save_words(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    given = {name: one(data, name) or None for name in EditWords.__struct_fields__}
    edit_words(work, listing_id, read_section(EditWords, given), seen)


def _fill_contact(editor: ListingEditor, _work: Work) -> Values:
    contact = sections.contact_of(editor.own)
    return {"email": contact.email or "", "url": contact.url or "", **fill_lines("phones", contact.phones)}


def _save_contact(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    given = {"email": one(data, "email") or None, "url": one(data, "url") or None, "phones": lines_in(data, "phones", sections.PhoneLine)}
    edit_contact(work, listing_id, read_section(EditContact, given), seen, only_here=bool(one(data, "only_here")))


def _fill_languages(editor: ListingEditor, _work: Work) -> Values:
    return {**msgspec.structs.asdict(sections.languages_of(editor.own))}


def _save_languages(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    given = {name: many(data, name) for name in EditLanguages.__struct_fields__}
    edit_languages(work, listing_id, read_section(EditLanguages, given), seen)


def _fill_documents(editor: ListingEditor, _work: Work) -> Values:
    return fill_lines("documents", sections.documents_of(editor.own).documents)


def _save_documents(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    edit_documents(work, listing_id, read_section(EditDocuments, {"documents": lines_in(data, "documents", sections.Paper)}), seen)


# Service area


def _fill_area(editor: ListingEditor, _work: Work) -> Values:
    return area_values(sections.area_of(editor.area))


def area_values(area: EditServiceArea) -> Values:
    """The fields of an area; a county that the map does not show is written with its name."""
    return {
        "postal_codes": ", ".join(area.postal_codes),
        "cities": "; ".join(area.cities),
        "states": ", ".join(area.states),
        "counties": area.counties,
        "miles": "" if area.radius_m is None else f"{area.radius_m / METRES_A_MILE:.4g}",
        "drawn": "keep",
    }


def read_area(data: Data) -> EditServiceArea:
    """The area of a form; raises Invalid for a county that is not known."""
    counties = many(data, "counties")
    for text in (part.strip() for part in _LINES.split(one(data, "other_counties"))):
        if text:
            counties.append(_county(text))
    miles = one(data, "miles")
    given: Values = {
        "postal_codes": [part for part in _PARTS.split(one(data, "postal_codes")) if part],
        "cities": [part.strip() for part in re.split(r"[,;\n]+", one(data, "cities")) if part.strip()],
        "states": [part for part in _PARTS.split(one(data, "states")) if part],
        "counties": counties,
    }
    if miles:
        try:
            given["radius_m"] = round(float(miles) * METRES_A_MILE, 1)
        except ValueError:
            raise Invalid("Some answers need another look.", errors=(FieldError("miles", "Give a number of miles."),)) from None
    try:
        return read_section(EditServiceArea, given)
    except Invalid as fault:
        errors = tuple(FieldError("miles" if one.field == "radius_m" else one.field, one.message) for one in fault.errors)
        raise Invalid(fault.detail, errors=errors) from fault


def _county(text: str) -> str:
    name, _, state = text.rpartition(",")
    code = text if re.fullmatch(r"\d{5}", text) and say_county(text) != text else find_county(name.strip(), state.strip().upper() or None)
    if code is None:
        message = f"“{text[:40]}” is no county that is known. Write it with its state, such as Harford County, MD."
        raise Invalid("Some answers need another look.", errors=(FieldError("other_counties", message),))
    return code


def _save_area(work: Work, listing_id: Any, data: Data, seen: str) -> None:
    edit_service_area(
        work, listing_id, read_area(data), seen, keep_drawn=one(data, "drawn") == "keep", only_here=bool(one(data, "only_here"))
    )


_ALL = (
    SectionForm(
        name="hours",
        title="Opening hours",
        lead="A patient is sent only when you are open. Say it as it is this week.",
        lists=("times", "closures"),
        fill=_fill_hours,
        save=_save_hours,
        noun="These hours are those",
        owner=lambda own: sections.owner_of(own.schedule),
    ),
    SectionForm(
        name="words",
        title="What patients read",
        lead="Short sentences. No abbreviations that only insiders know.",
        lists=(),
        fill=_fill_words,
        save=_save_words,
    ),
    SectionForm(
        name="contact",
        title="Contact",
        lead="Where a patient or a care manager reaches somebody.",
        lists=("phones",),
        fill=_fill_contact,
        save=_save_contact,
        noun="These numbers are those",
        owner=lambda own: sections.owner_of(own.phone),
    ),
    SectionForm(
        name="languages",
        title="Languages",
        lead="What your people speak, and what an interpreter can do.",
        lists=(),
        fill=_fill_languages,
        save=_save_languages,
    ),
    SectionForm(
        name="documents",
        title="What to bring",
        lead="Each paper that you ask for keeps somebody away. Ask for what you need.",
        lists=("documents",),
        fill=_fill_documents,
        save=_save_documents,
    ),
    SectionForm(
        name="area",
        title="Whose homes you serve",
        lead="One list that holds a patient's home is enough. Nothing at all: everywhere.",
        lists=(),
        fill=_fill_area,
        save=_save_area,
        noun="This area is that",
        owner=lambda own: sections.owner_of(own.service_area),
    ),
)
SECTIONS = {form.name: form for form in _ALL}
