"""The directory as a table for people: one row a service at a place, in words, for a coordinator's spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from referral_hub.matching.candidates import with_room_now
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.partners.listing import Area, Listing, ListingDetails, OpenHours, PhoneNumber
from referral_hub.partners.spreadsheet_cells import neutralize
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

PART = 500
"""Listings in memory at once."""
_DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
_WEEKS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last"}
_ROOM = {"open": "has room", "waitlist": "keeps a list", "full": "full", "unknown": "not known"}


class _Row:
    """What the cells of a row are told from."""

    def __init__(self, listing: Listing, details: ListingDetails, names: Mapping[str, str]) -> None:
        self.listing = listing
        self.details = details
        self.names = names
        """Code of a taxonomy term -> its name."""


def write_directory_sheet(work: Work) -> Iterator[bytes]:
    """The table as CSV in UTF-8 with a byte order mark (spreadsheets ask for it), by organization and service, in parts.

    No cell runs as a formula. A confidential place has no address in it. For coordinators.
    """
    require(work.actor, "directory:write")
    return _write(work)


def _write(work: Work) -> Iterator[bytes]:
    names = {term.code: term.name for term in work.listings.terms()}
    yield "\ufeff".encode() + _lines([[heading for heading, _ in COLUMNS]])
    ids = _in_order(work)
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        listings, details = work.listings.some(part), work.listings.details(part)
        rows = [_Row(with_room_now(listings[one], work.now), details[one], names) for one in part if one in listings and one in details]
        yield _lines([[neutralize(tell(row)) for _, tell in COLUMNS] for row in rows])


def _in_order(work: Work) -> list[UUID]:
    """Every listing by the names of its organization and its service."""
    organizations = {one.id: one.name for one in work.directory.every("organization")}
    services = {one.id: (organizations[one.organization_id], one.name) for one in work.directory.every("service")}
    every = [(*services[one.service_id], one.id) for one in work.directory.every("service_at_location")]
    return [listing_id for _, _, listing_id in sorted(every)]


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def say_opening(hours: OpenHours) -> str:
    """One row of opening hours in short words; "" where it says nothing."""
    if hours.closed:
        days = [day.isoformat() for day in (hours.valid_from, hours.valid_to) if day]
        return f"closed {' to '.join(dict.fromkeys(days))}" if days else ""
    times = f"{hours.opens_at}-{hours.closes_at}" if hours.opens_at and hours.closes_at else ""
    days = [_say_day(day.strip()) for day in (hours.byday or "").split(",") if day.strip()]
    if hours.bymonthday:
        days.append(f"day {hours.bymonthday} of the month")
    every = f"every {hours.interval} weeks" if hours.interval and hours.interval > 1 and hours.freq == "WEEKLY" else ""
    return " ".join(part for part in (", ".join(days), times, every) if part) or (hours.description or "")


def _say_day(day: str) -> str:
    week, name = day[:-2], _DAYS.get(day[-2:], day[-2:])
    return f"{_WEEKS.get(week, week)} {name}" if week else name


def _for_whom(row: _Row) -> str:
    rule = read_stored_rule(row.listing.rule)
    return describe(rule) if rule else row.details.eligibility_description or ""


def _say_area(area: Area | None) -> str:
    if area is None:
        return ""
    parts = [
        f"{word} {', '.join(values)}"
        for word, values in (("ZIP", area.postal_codes), ("county", area.counties), ("city", area.cities), ("state", area.states))
        if values
    ]
    if area.radius_m is not None:
        parts.append(f"within {area.radius_m:,.0f} m")
    if area.polygon or area.polygons:
        parts.append("a drawn area")
    return "; ".join(parts)


def _say_room(listing: Listing) -> str:
    room = listing.capacity
    if room is None or listing.availability == "unknown":
        return _ROOM["unknown"]
    of = f" of {room.maximum}" if room.maximum is not None else ""
    return f"{_ROOM[listing.availability]}: {room.available}{of} {room.unit}"


def _say_phone(phone: PhoneNumber) -> str:
    return f"{phone.number} ext. {phone.extension}" if phone.extension else phone.number


COLUMNS: tuple[tuple[str, Callable[[_Row], str]], ...] = (
    ("Organization", lambda row: row.listing.organization.name),
    ("Service", lambda row: row.listing.service.name),
    ("Kind of help", lambda row: "; ".join(sorted(row.names.get(code, code) for code in row.listing.terms))),
    ("Status", lambda row: row.details.status),
    ("Takes referrals", lambda row: "yes" if row.listing.referrable else "no"),
    ("How", lambda row: "comes to the patient" if row.listing.delivered else "by phone or online" if row.listing.remote else "visit"),
    ("Place", lambda row: row.listing.location.name),
    ("Address", lambda row: ", ".join(row.details.address or ())),
    ("Telephone", lambda row: "; ".join(map(_say_phone, row.details.phones))),
    ("Mail", lambda row: row.details.email or ""),
    ("Website", lambda row: row.details.website or ""),
    ("Hours", lambda row: "; ".join(filter(None, map(say_opening, row.listing.schedule)))),
    ("For whom", _for_whom),
    ("Area", lambda row: _say_area(row.listing.service_area)),
    ("Documents", lambda row: "; ".join(document.name for document in row.listing.documents)),
    ("Languages", lambda row: ", ".join(row.listing.languages)),
    ("With interpreter", lambda row: ", ".join(row.listing.interpreted_languages)),
    ("Accessibility", lambda row: ", ".join(row.listing.accessibility)),
    ("Fees", lambda row: row.details.fees_description or ""),
    ("Room", lambda row: _say_room(row.listing)),
    ("Last confirmed", lambda row: row.listing.assured_date.isoformat() if row.listing.assured_date else ""),
    ("Description", lambda row: row.details.description or ""),
    ("Listing", lambda row: str(row.listing.id)),
)
"""Heading -> what stands below it."""
