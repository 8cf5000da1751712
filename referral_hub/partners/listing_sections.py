"""What a partner says of its own listing, section by section, and the directory's rows that say the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from referral_hub.errors import FieldError
from referral_hub.partners.listing import Area
from referral_hub.partners.model import (
    DirectoryRows,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Row,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral_hub.partners.model import ServiceArea as AreaRow

R = TypeVar("R", bound=Row)
Day = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
DAYS: tuple[Day, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST = 60
"""Lines of one section."""
LAST_WEEK = -1
LISTS = ("postal_codes", "counties", "cities", "states")
"""Parts of an area that are lists of places."""
Line = Annotated[str, Meta(max_length=500)]
Prose = Annotated[str, Meta(max_length=10_000)]
Code = Annotated[str, Meta(min_length=1, max_length=100)]
_OWNERS = ("service_at_location_id", "service_id", "location_id", "organization_id")
"""The narrowest first: its rows are the ones that count."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a listing that is changed at once."""


class OpeningTime(Section, frozen=True, kw_only=True):
    """Open on these days from `opens_at` to `closes_at` (`HH:MM` on the place's clock; not later than it opens: over midnight)."""

    days: Annotated[list[Day], Meta(min_length=1, max_length=7)]
    weeks: Annotated[list[Literal[1, 2, 3, 4, 5, -1]], Meta(max_length=6)] = []
    """Only in these weeks of the month, -1 for the last; none: every week."""
    opens_at: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)")]
    closes_at: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)")]
    first: date | None = None
    """Not before this day."""
    last: date | None = None
    note: Line | None = None


class Closure(Section, frozen=True, kw_only=True):
    """Closed from the first day to the last, both included."""

    first: date
    last: date
    note: Line | None = None


class EditHours(Section, frozen=True, kw_only=True):
    times: Annotated[list[OpeningTime], Meta(max_length=MOST)] = []
    closures: Annotated[list[Closure], Meta(max_length=MOST)] = []


class EditWords(Section, frozen=True, kw_only=True):
    """The prose that patients and care managers read."""

    description: Prose | None = None
    application_process: Prose | None = None
    fees_description: Prose | None = None
    wait_time: Line | None = None
    alert: Line | None = None


class PhoneLine(Section, frozen=True, kw_only=True):
    number: Annotated[str, Meta(min_length=1, max_length=100)]
    extension: Annotated[int, Meta(ge=0, le=99_999_999)] | None = None
    description: Line | None = None


class EditContact(Section, frozen=True, kw_only=True):
    email: Line | None = None
    url: Annotated[str, Meta(max_length=1000)] | None = None
    phones: Annotated[list[PhoneLine], Meta(max_length=20)] = []


class EditLanguages(Section, frozen=True, kw_only=True):
    """ISO 639 codes."""

    spoken: Annotated[list[Code], Meta(max_length=MOST)] = []
    interpreted: Annotated[list[Code], Meta(max_length=MOST)] = []


class Paper(Section, frozen=True, kw_only=True):
    document: Annotated[str, Meta(min_length=1, max_length=500)]
    code: Code | None = None
    alternatives: Annotated[list[Code], Meta(max_length=20)] = []


class EditDocuments(Section, frozen=True, kw_only=True):
    documents: Annotated[list[Paper], Meta(max_length=MOST)] = []


Places = Annotated[list[Code], Meta(max_length=5000)]


class EditServiceArea(Section, frozen=True, kw_only=True):
    """One list, or the radius, that holds the home is enough; nothing at all: everywhere."""

    postal_codes: Places = []
    counties: Places = []
    """FIPS, five digits."""
    cities: Places = []
    states: Places = []
    radius_m: Annotated[float, Meta(gt=0, le=5_000_000)] | None = None


class Own(Struct, frozen=True, kw_only=True):
    """A listing with the rows of each section that count for it, in the order of their ids."""

    organization: Organization
    service: Service
    location: Location
    listing: ServiceAtLocation
    schedule: list[Schedule]
    phone: list[Phone]
    language: list[Language]
    """Of the service; what is spoken at the place by everybody is another record's."""
    required_document: list[RequiredDocument]
    service_area: list[AreaRow]


def own_of(rows: DirectoryRows, listing: ServiceAtLocation) -> Own:
    """The listing out of all the rows of its service."""
    service = next(one for one in rows.service if one.id == listing.service_id)
    location = next(one for one in rows.location if one.id == listing.location_id)
    return Own(
        organization=next(one for one in rows.organization if one.id == service.organization_id),
        service=service,
        location=location,
        listing=listing,
        schedule=narrowest(rows.schedule, listing, service.organization_id),
        phone=narrowest(rows.phone, listing, service.organization_id),
        language=[one for one in rows.language if one.service_id == service.id],
        required_document=[one for one in rows.required_document if one.service_id == service.id],
        service_area=narrowest(rows.service_area, listing, service.organization_id),
    )


def narrowest(rows: Sequence[R], listing: ServiceAtLocation, organization_id: UUID) -> list[R]:
    """Those of the listing itself, else of its service, else of its place, else of its organization: as matching and letters have it."""
    ids = {
        "service_at_location_id": listing.id,
        "service_id": listing.service_id,
        "location_id": listing.location_id,
        "organization_id": organization_id,
    }
    for name in _OWNERS:
        found = [row for row in rows if getattr(row, name, None) == ids[name]]
        if found:
            return found
    return []


def owner_of(rows: Sequence[Row]) -> str:
    """Which column says whose these rows are; those of none are the listing's."""
    return next((name for name in _OWNERS if rows and getattr(rows[0], name, None) is not None), _OWNERS[0])


# Hours


def hours_of(schedule: Sequence[Schedule]) -> tuple[EditHours, list[Schedule]]:
    """The times and closures of a schedule, and the rows that are of another rhythm than these can say."""
    times, closures, other = [], [], []
    for row in schedule:
        if (closure := _closure(row)) is not None:
            closures.append(closure)
        elif (time := _time(row)) is not None:
            times.append(time)
        else:
            other.append(row)
    return EditHours(times=times, closures=sorted(closures, key=lambda one: (one.first, one.last))), other


def _closure(row: Schedule) -> Closure | None:
    has_rhythm = row.freq or row.byday or row.bymonthday or row.opens_at or row.closes_at or row.count or row.interval
    first = row.valid_from or row.dtstart
    if not row.closed or has_rhythm or first is None:
        return None
    return Closure(first=first, last=row.valid_to or row.until or first, note=row.description)


def _time(row: Schedule) -> OpeningTime | None:
    if row.closed or row.count or row.bymonthday or (row.interval or 1) != 1 or not row.byday or row.dtstart or row.until:
        return None
    days: list[str] = []
    weeks: set[int] = set()
    for part in row.byday.replace(" ", "").upper().split(","):
        day, week = part[-2:], part[:-2]
        if week and week.lstrip("+-").isdigit():
            weeks.add(int(week))
        elif week:
            return None
        days.append(day)
    numbered = sum(1 for part in row.byday.split(",") if len(part.strip()) > 2)
    if numbered not in (0, len(days)) or (numbered and len(set(days)) * len(weeks) != numbered):
        return None
    if (row.freq or "WEEKLY").upper() != ("MONTHLY" if numbered else "WEEKLY") and (row.freq or not numbered):
        return None
    given = {
        "days": [day for day in DAYS if day in days],
        "weeks": sorted(weeks, key=lambda week: (week < 0, week)),
        "opens_at": _clock(row.opens_at),
        "closes_at": _clock(row.closes_at),
        "first": row.valid_from,
        "last": row.valid_to,
        "note": row.description,
    }
    try:
        return msgspec.convert(given, OpeningTime)
    except msgspec.ValidationError:
        return None


def _clock(text: str | None) -> str | None:
    """`9:00` and `09:00:00` as `09:00`; what is not a clock stays as it is."""
    parts = (text or "").split(":")
    if len(parts) in (2, 3) and all(part.isdigit() for part in parts) and (len(parts) == 2 or parts[2] == "00"):
        return f"{int(parts[0]):02}:{parts[1]}"
    return text


def schedule_of(edit: EditHours) -> list[dict[str, Any]]:
    """The fields of the schedule rows that say these hours, without ids and owners."""
    rows: list[dict[str, Any]] = []
    for time in edit.times:
        days = [day for day in DAYS if day in time.days]
        byday = ",".join(f"{week}{day}" for week in time.weeks for day in days) if time.weeks else ",".join(days)
        rows.append(
            {
                "freq": "MONTHLY" if time.weeks else "WEEKLY",
                "byday": byday,
                "opens_at": time.opens_at,
                "closes_at": time.closes_at,
                "valid_from": time.first,
                "valid_to": time.last,
                "description": time.note,
            }
        )
    rows += [{"closed": True, "valid_from": one.first, "valid_to": one.last, "description": one.note} for one in edit.closures]
    return rows


def faults_of_hours(edit: EditHours) -> list[FieldError]:
    """What the types alone do not forbid."""
    faults = []
    for number, time in enumerate(edit.times):
        if time.first and time.last and time.last < time.first:
            faults.append(FieldError(f"times[{number}].last", "The last day cannot be before the first."))
        if LAST_WEEK in time.weeks and len(time.weeks) > 1 and 5 in time.weeks:
            faults.append(FieldError(f"times[{number}].weeks", "A fifth week is the last one: choose one of the two."))
    for number, closure in enumerate(edit.closures):
        if closure.last < closure.first:
            faults.append(FieldError(f"closures[{number}].last", "The last day cannot be before the first."))
    return faults


# The other sections


def words_of(own: Own) -> EditWords:
    return EditWords(**{name: getattr(own.service, name) for name in EditWords.__struct_fields__})


def contact_of(own: Own) -> EditContact:
    phones = [PhoneLine(number=row.number, extension=row.extension, description=row.description) for row in own.phone]
    return EditContact(email=own.service.email, url=own.service.url, phones=phones)


def languages_of(own: Own) -> EditLanguages:
    """Languages without a code stay as they are and are not part of it."""
    return EditLanguages(
        spoken=sorted({row.code for row in own.language if row.code and not row.interpreted}),
        interpreted=sorted({row.code for row in own.language if row.code and row.interpreted}),
    )


def documents_of(own: Own) -> EditDocuments:
    papers = [Paper(document=row.document, code=row.code, alternatives=row.alternatives) for row in own.required_document]
    return EditDocuments(documents=papers)


def area_of(area: Area | None) -> EditServiceArea:
    """The lists and the radius of an area; what is drawn is no part of it."""
    if area is None:
        return EditServiceArea()
    return EditServiceArea(**{name: getattr(area, name) for name in EditServiceArea.__struct_fields__})


# Rows that stay


def replace_rows(held: Sequence[R], wanted: Iterable[R]) -> tuple[list[R], list[UUID]]:
    """(rows to store, ids to delete): a wanted row that is held already, its id aside, stays as it is."""
    left = list(held)
    added = []
    for row in wanted:
        same = next((one for one in left if _says(one) == _says(row)), None)
        if same is None:
            added.append(row)
        else:
            left.remove(same)
    return added, [one.id for one in left]


def _says(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__ if name != "id"}
