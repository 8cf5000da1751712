"""What partners and coordinators change of a listing: hours, words, contact, languages, papers, area, pause.

Each change is a change set, so that it is shown to the coordinator and can be undone. `seen` is the section's version as
the editor was shown it: who edits what somebody else has changed meanwhile is told so, and nothing is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.contacts import Fault, normal_email, normal_phone
from referral_hub.errors import FieldError, Invalid, StaleVersion
from referral_hub.ids import new_id
from referral_hub.partners import listing_sections as sections
from referral_hub.partners.areas import merge_areas, polygons_of, read_area
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.federal_holidays import federal_holidays
from referral_hub.partners.history import ChangeCause, ChangeSet, RecordChange
from referral_hub.partners.imports.confidential import hide_place
from referral_hub.partners.listing import Area
from referral_hub.partners.listing_sections import (
    EditContact,
    EditDocuments,
    EditHours,
    EditLanguages,
    EditServiceArea,
    EditWords,
    Own,
    own_of,
)
from referral_hub.partners.model import DirectoryRows, Language, Phone, RequiredDocument, Row, Schedule, Service, ServiceArea
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

YEAR_DAYS = 365
LONGEST_PROSE = 10_000
_READ: dict[str, Callable[[Own], Any]] = {
    "hours": lambda own: own.schedule,
    "words": sections.words_of,
    "contact": lambda own: (own.service.email, own.service.url, own.phone),
    "languages": lambda own: own.language,
    "documents": lambda own: own.required_document,
    "area": lambda own: own.service_area,
    "eligibility": lambda own: (own.service.rule, own.service.eligibility_description, own.service.minimum_age, own.service.maximum_age),
    "pause": lambda own: (own.service.status, own.service.referrable),
}
"""What each section is made of."""
SECTIONS = tuple(_READ)


class ListingEditor(Struct, frozen=True):
    """A listing for whoever may change it."""

    own: Own
    versions: dict[str, str]
    """By section; to be given back with a change."""
    area: Area | None
    """What its rows add up to."""


def get_editor(work: Work, listing_id: UUID) -> ListingEditor:
    """A listing of the asker's organization (for a coordinator any) with the version of each section.

    Raises:
        NotFound: there is none, or it is another organization's.
    """
    own = _own(work, listing_id)
    return ListingEditor(own, {name: version_of(own, name) for name in SECTIONS}, area_of(own))


def version_of(own: Own, section: str) -> str:
    """Changes whenever the section does, and with nothing else."""
    return hashlib.sha256(msgspec.json.encode(_READ[section](own), order="deterministic")).hexdigest()[:16]


def area_of(own: Own) -> Area | None:
    """The area that the listing's rows add up to; None: everywhere."""
    typed = (read_area(row.area, row.extent, row.extent_type) for row in own.service_area)
    return merge_areas([area for area in typed if area])


def edit_hours(work: Work, listing_id: UUID, edit: EditHours, seen: str, *, only_here: bool = False) -> None:
    """Set when a listing is open; rows of other rhythms (every second week, days of the month) stay as they are.

    `only_here`: where the hours are those of the service at every place, they are changed at this one alone.

    Raises:
        NotFound, StaleVersion: as `get_editor`, and the hours were changed since they were read.
        Invalid: a day before the one it follows; `errors` name the lines.
    """
    own = _editable(work, listing_id, "hours", seen)
    texts = {f"times[{n}].note": one.note for n, one in enumerate(edit.times)}
    texts |= {f"closures[{n}].note": one.note for n, one in enumerate(edit.closures)}
    _refuse([*sections.faults_of_hours(edit), *_tells_place(work, own, texts)])
    _, other = sections.hours_of(own.schedule)
    held, owner = _scope(own, own.schedule, only_here=only_here)
    wanted = [Schedule(id=new_id(), **owner, **fields) for fields in sections.schedule_of(edit)]
    kept = [row if row in held else msgspec.structs.replace(row, id=new_id(), **{**_NOBODY, **owner}) for row in other]
    _store(work, own, "Hours", schedule=sections.replace_rows(held, [*wanted, *kept]))


def edit_words(work: Work, listing_id: UUID, edit: EditWords, seen: str) -> None:
    """Set the prose of a service, at all its places. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "words", seen)
    given = {name: _text(getattr(edit, name)) for name in edit.__struct_fields__}
    _refuse(_tells_place(work, own, given))
    _store(work, own, "Words", service=given)


def edit_contact(work: Work, listing_id: UUID, edit: EditContact, seen: str, *, only_here: bool = False) -> None:
    """Set mail address, website and telephone numbers; numbers are kept in E.164. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "contact", seen)
    faults: list[FieldError] = []
    email = _checked(faults, "email", edit.email, normal_email)
    url = _checked(faults, "url", edit.url, _website)
    numbers = [_checked(faults, f"phones[{n}].number", one.number, normal_phone) for n, one in enumerate(edit.phones)]
    faults += _tells_place(work, own, {f"phones[{n}].description": one.description for n, one in enumerate(edit.phones)})
    _refuse(faults)
    held, owner = _scope(own, own.phone, only_here=only_here)
    wanted = [
        _like(held, Phone(id=new_id(), **owner, number=number or one.number, extension=one.extension, description=_text(one.description)))
        for one, number in zip(edit.phones, numbers, strict=True)
    ]
    _store(work, own, "Contact", service={"email": email, "url": url}, phone=sections.replace_rows(held, wanted))


def edit_languages(work: Work, listing_id: UUID, edit: EditLanguages, seen: str) -> None:
    """Set which languages the service's people speak, and which an interpreter does. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "languages", seen)
    named = [row for row in own.language if not row.code]
    spoken = [Language(id=new_id(), service_id=own.service.id, code=code) for code in dict.fromkeys(edit.spoken)]
    interpreted = [code for code in dict.fromkeys(edit.interpreted) if code not in edit.spoken]
    through = [Language(id=new_id(), service_id=own.service.id, code=code, interpreted=True) for code in interpreted]
    wanted = [*spoken, *through, *named]
    held = {(row.code, row.interpreted): row for row in own.language}
    wanted = [held.get((row.code, row.interpreted), row) for row in wanted]  # with its note, if it has one
    _store(work, own, "Languages", language=sections.replace_rows(own.language, wanted))


def edit_documents(work: Work, listing_id: UUID, edit: EditDocuments, seen: str) -> None:
    """Set what patients have to bring. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "documents", seen)
    _refuse(_tells_place(work, own, {f"documents[{n}].document": one.document for n, one in enumerate(edit.documents)}))
    uris = {row.document: row.uri for row in own.required_document}
    wanted = [
        RequiredDocument(
            id=new_id(),
            service_id=own.service.id,
            document=one.document.strip(),
            code=one.code,
            alternatives=one.alternatives,
            uri=uris.get(one.document.strip()),
        )
        for one in edit.documents
    ]
    _store(work, own, "What to bring", required_document=sections.replace_rows(own.required_document, wanted))


def edit_service_area(
    work: Work, listing_id: UUID, edit: EditServiceArea, seen: str, *, keep_drawn: bool = True, only_here: bool = False
) -> None:
    """Set whose homes a listing serves. Raises as `edit_hours`.

    `keep_drawn`: what is drawn as a polygon stays part of it.
    """
    own = _editable(work, listing_id, "area", seen)
    present = area_of(own)
    lists = {name: sorted(set(_places(name, getattr(edit, name)))) for name in sections.LISTS}
    _refuse(_faults_of_places(lists))
    area = msgspec.convert({**lists, "radius_m": edit.radius_m}, Area)
    if keep_drawn and present is not None and polygons_of(present):
        area = msgspec.structs.replace(area, polygon=present.polygon, polygons=present.polygons)
    held, owner = _scope(own, own.service_area, only_here=only_here)
    prose = [row for row in held if read_area(row.area, row.extent, row.extent_type) is None]
    wanted = [] if area == Area() else [ServiceArea(id=new_id(), **_without(owner, ServiceArea), area=_plain(area))]
    _store(work, own, "Service area", service_area=sections.replace_rows(held, [*prose, *wanted]))


def store_eligibility(work: Work, listing_id: UUID, rule: dict[str, Any] | None, text: str | None, seen: str) -> None:
    """Set who a service is for: a rule that was read before (`matching.rule_edits`), and prose. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "eligibility", seen)
    words = _text(text)
    if words is not None and len(words) > LONGEST_PROSE:
        raise Invalid("This text is too long.", errors=(FieldError("text", f"Use at most {LONGEST_PROSE:,} characters."),))
    _refuse(_tells_place(work, own, {"text": words, "rule": " ".join(_texts_in(rule))}))
    _store(
        work, own, "Who it is for", service={"rule": rule, "eligibility_description": words, "minimum_age": None, "maximum_age": None}
    )


def _texts_in(rule: Any) -> list[str]:
    """The sentences of a rule, however deep, each ended."""
    if isinstance(rule, list):
        return [text for part in rule for text in _texts_in(part)]
    if not isinstance(rule, dict):
        return []
    own = [f"{str(rule['text']).rstrip('.')}."] if rule.get("type") == "text" and rule.get("text") else []
    return own + [text for value in rule.values() for text in _texts_in(value)]


def set_paused(work: Work, listing_id: UUID, *, paused: bool, seen: str) -> None:
    """Take no referrals for a while, or take them again; the service is found by name all the time. Raises as `edit_hours`."""
    own = _editable(work, listing_id, "pause", seen)
    _store(work, own, "Paused" if paused else "Takes referrals again", service={"referrable": not paused})


def list_changes(work: Work, listing_id: UUID, *, limit: int = 20) -> list[tuple[ChangeSet, list[RecordChange]]]:
    """What was changed of a listing, the latest first, for whoever may change it."""
    own = _own(work, listing_id)
    parts: list[Row] = [own.service, own.listing, *own.schedule, *own.phone, *own.language, *own.required_document, *own.service_area]
    touched = {row.id for row in parts}
    touched |= work.history.ids_of_owners([own.service.id, own.listing.id])
    return work.history.changes_of(touched, limit=limit)


# How a change is made


_NOBODY: dict[str, None] = {"service_at_location_id": None, "service_id": None, "location_id": None}


def _own(work: Work, listing_id: UUID) -> Own:
    actor = require(work.actor, "listing:write")
    listing = work.directory.service_at_location_for(actor, listing_id)
    return own_of(work.directory.service_rows([listing.service_id], public=False), listing)


def _editable(work: Work, listing_id: UUID, section: str, seen: str) -> Own:
    own = _own(work, listing_id)
    if version_of(own, section) != seen:
        raise StaleVersion("Somebody else changed this since you opened it. It stands here as it is now: look, then repeat your change.")
    return own


def _scope(own: Own, rows: Sequence[Any], *, only_here: bool) -> tuple[list[Any], dict[str, Any]]:
    """(the rows that the new ones take the place of, whose the new ones are)."""
    owner = sections.owner_of(rows)
    if only_here or owner == "service_at_location_id":
        return (list(rows) if owner == "service_at_location_id" else []), {"service_at_location_id": own.listing.id}
    return list(rows), {owner: getattr(rows[0], owner)}


def _without(owner: dict[str, Any], kind: type[Row]) -> dict[str, Any]:
    """The owner as far as records of this kind can have it; a narrower one otherwise."""
    return {name: value for name, value in owner.items() if name in kind.__struct_fields__}


def _like(held: Iterable[Phone], wanted: Phone) -> Phone:
    """The held number that says the same, however it is written; its kind (fax, hotline) stays."""
    for row in held:
        if _dialled(row.number) == wanted.number and row.extension == wanted.extension:
            return msgspec.structs.replace(row, description=wanted.description)
    return wanted


def _dialled(number: str) -> str:
    try:
        return normal_phone(number)
    except Fault:
        return number


def _store(work: Work, own: Own, title: str, *, service: dict[str, Any] | None = None, **rows: tuple[list[Any], list[UUID]]) -> None:
    """Write what is different, as one change set; nothing at all where nothing is."""
    changed: Service = msgspec.structs.replace(own.service, **(service or {}))
    if changed == own.service and not any(added or gone for added, gone in rows.values()):
        return
    given = DirectoryRows(service=[msgspec.structs.replace(changed, last_modified=work.now)])
    with recorded(work, ChangeCause.EDIT, f"{title}: {own.service.name}"[:200]):
        for kind, (added, gone) in rows.items():
            stored = {row.id for row in added}
            work.directory.delete(kind, [one for one in gone if one not in stored])
            setattr(given, kind, added)
        work.directory.save(given)


def _plain(area: Area) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(area)
    return {name: value for name, value in plain.items() if value not in (None, [])}


# What cannot be taken


def _refuse(faults: Sequence[FieldError]) -> None:
    if faults:
        raise Invalid("Some answers need another look.", errors=tuple(faults))


def _checked(faults: list[FieldError], field: str, text: str | None, normal: Callable[[str], str]) -> str | None:
    given = (text or "").strip()
    if not given:
        return None
    try:
        return normal(given)
    except Fault as fault:
        faults.append(FieldError(field, f"This {fault}."))
        return None


def _website(text: str) -> str:
    address = text if "://" in text else f"https://{text}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or not address.isprintable() or " " in address:
        raise Fault("is not an address of a website, such as www.example.org")
    return address


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None


def _places(name: str, given: Iterable[str]) -> list[str]:
    texts = [" ".join(text.split()) for text in given]
    return [text.upper() if name == "states" else text for text in texts if text]


def _faults_of_places(lists: dict[str, list[str]]) -> list[FieldError]:
    shapes: tuple[tuple[str, int, Callable[[str], bool], str], ...] = (
        ("postal_codes", 5, str.isdecimal, "is no ZIP code of five digits"),
        ("counties", 5, str.isdecimal, "is no county code (FIPS, five digits)"),
        ("states", 2, str.isalpha, "is no state of two letters"),
    )
    return [
        FieldError(name, f"“{place[:40]}” {words}.")
        for name, length, fits, words in shapes
        for place in lists[name]
        if len(place) != length or not fits(place) or not place.isascii()
    ][:20]


def _tells_place(work: Work, own: Own, texts: dict[str, str | None]) -> list[FieldError]:
    """Where an organization has a confidential place, none of its texts may tell where that is."""
    places = work.directory.children_of("location", "organization_id", [own.organization.id])
    secret = [place.id for place in places if place.confidential]
    if not secret:
        return []
    sealed = work.directory.records("sealed_location", secret).values()
    lines = [line for one in sealed for line in (one.address, *one.address.values()) if isinstance(line, dict)]
    streets = [str(line["address_1"]) for line in lines if line.get("address_1")]
    return [
        FieldError(field, "A sentence here may tell where a confidential place is. Leave it out: the patient is told in person.")
        for field, text in texts.items()
        if hide_place(text, streets, every_place=own.location.confidential)[1]
    ]


def federal_closures(today: date, held: Sequence[sections.Closure]) -> list[sections.Closure]:
    """The federal holidays of the coming year on which a listing is not closed yet."""
    coming = {day: name for year in (today.year, today.year + 1) for day, name in federal_holidays(year).items()}
    return [
        sections.Closure(first=day, last=day, note=name)
        for day, name in sorted(coming.items())
        if 0 <= (day - today).days <= YEAR_DAYS and not any(one.first <= day <= one.last for one in held)
    ]
