"""What partners say of their room: a new figure, the same as before, and what their refusals say without words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from referral_hub.accounts import short_name
from referral_hub.errors import FieldError, Invalid
from referral_hub.ids import new_id
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.listing import Listing
from referral_hub.partners.model import DirectoryRows, ServiceAtLocation, ServiceCapacity, ServiceStatus, Unit
from referral_hub.partners.units import PLACES
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

LONGEST_UNIT = 100
"""Letters of what is counted."""


def set_capacity(
    work: Work,
    service_at_location_id: UUID,
    *,
    available: int,
    maximum: int | None = None,
    unit: str = PLACES,
    until: datetime | None = None,
    whole_service: bool = False,
) -> ServiceCapacity:
    """Say how much room one listing has, or with `whole_service` all places of its service together; replaces the figure before.

    Requests that still wait for an answer are taken off the figure; whoever was accepted before it is counted in it.
    Returns the figure as others see it now.

    Raises:
        NotFound: no such listing, or another organization's (for partner staff).
        Invalid: negative, more available than the maximum, or `until` in the past.
    """
    actor = require(work.actor, "capacity:write")
    listing = work.directory.service_at_location_for(actor, service_at_location_id)
    _check(available, maximum, unit, until, work.now)
    work.room.lock()
    held = _own_figures(work, listing, whole_service=whole_service)
    name = unit.strip()
    counted = work.directory.unit(name) or Unit(id=new_id(), name=name)
    capacity = ServiceCapacity(
        id=held[0].id if held else new_id(),
        service_id=listing.service_id,
        service_at_location_id=None if whole_service else listing.id,
        unit_id=counted.id,
        available=available,
        maximum=maximum,
        updated=work.now,
        until=until,
        waitlist=held[0].waitlist if held else False,
        description=held[0].description if held else None,
        stated=available,
        said_at=work.now,
        said_by=actor.account_id,
    )
    return _say(work, capacity, [counted], held[1:])


def confirm_capacity(work: Work, service_at_location_id: UUID) -> ServiceCapacity:
    """Say that the figure that counts at a listing is still right: its age begins anew, what is reserved stays reserved.

    Where requests were turned away for lack of room since, it says that there is room again, as much as was said before.

    Raises:
        NotFound: no such listing, or another organization's (for partner staff).
        Invalid: there is no figure, or the date until which it was said is past.
    """
    actor = require(work.actor, "capacity:write")
    listing = work.directory.service_at_location_for(actor, service_at_location_id)
    work.room.lock()
    figure = work.room.figure_of(listing.id, listing.service_id)
    if figure is None or (figure.until is not None and figure.until <= work.now):
        fault = FieldError("available", "Say how much room there is now.")
        raise Invalid("There is no figure that could be confirmed.", errors=(fault,))
    stated = figure.available if figure.stated is None else figure.stated
    again = replace(figure, stated=stated, said_at=work.now, said_by=actor.account_id, refusals=0, updated=work.now)
    if figure.refusals:
        return _say(work, replace(again, available=stated), [], [])
    with recorded(work, ChangeCause.ROOM, _title(work, "The room was confirmed", again.service_id)):
        work.directory.save(DirectoryRows(service_capacity=[again]))
    return again


def note_refusal(work: Work, service_at_location_id: UUID, service_id: UUID) -> ServiceCapacity:
    """A request was turned away for lack of room: there is none until the partner says so again. Nobody is asked whether they may.

    The figure that was said stays beside it, so that one tap brings it back.
    """
    work.room.lock()
    figure = work.room.figure_of(service_at_location_id, service_id)
    units: list[Unit] = []
    if figure is None:
        units = [work.directory.unit(PLACES) or Unit(id=new_id(), name=PLACES)]
        figure = ServiceCapacity(
            id=new_id(),
            service_id=service_id,
            service_at_location_id=service_at_location_id,
            unit_id=units[0].id,
            available=0,
            updated=work.now,
        )
    stated = figure.available if figure.stated is None else figure.stated
    refused = replace(figure, stated=stated, available=0, refusals=figure.refusals + 1, updated=work.now)
    with recorded(work, ChangeCause.ROOM, _title(work, "A request was turned away for lack of room", service_id)):
        work.directory.save(DirectoryRows(unit=units, service_capacity=[refused]))
    return refused


def pause_service(work: Work, service_id: UUID, *, is_closed: bool = False) -> None:
    """Send nothing more to a service, whose money is used up; or whose program has ended: then it is inactive as well.

    It follows from what the partner said, so nobody is asked whether they may.
    """
    work.room.lock()
    for service in work.directory.records("service", [service_id]).values():
        status = ServiceStatus.INACTIVE if is_closed else service.status
        title = "A partner said that its program is closed" if is_closed else "A partner said that its funding is used up"
        with recorded(work, ChangeCause.ROOM, _title(work, title, service_id)):
            paused = replace(service, referrable=False, status=status, last_modified=work.now)
            work.directory.save(DirectoryRows(service=[paused]))


class RoomAccount(Struct, frozen=True, kw_only=True):
    """A figure of room as those see it who say it."""

    stated: int
    """As it was said."""
    available: int
    """As others see it, until it is too old."""
    kept: int
    """Places taken off what was said."""
    unit: str
    maximum: int | None
    until: datetime | None
    """The date that was said with it."""
    known_until: datetime | None
    """After this others are told that nobody knows; None while only a word of the partner ends it."""
    said_at: datetime
    said_by: str | None
    """First name and initial; None where it came with an import."""
    refusals: int
    is_shared: bool
    """It is of all places of the service together."""


def tell_room(work: Work, listings: Sequence[Listing]) -> dict[UUID, RoomAccount]:
    """What was said of the room at these listings, by their ids; without those of which nothing was said.

    The caller has fetched the listings for an asker who may say how much room they have.
    """
    require(work.actor, "capacity:write")
    figures = work.room.figures_of_listings([listing.id for listing in listings])
    kept = work.room.kept_for({figure.id for figure in figures.values()})
    people = work.accounts.accounts({figure.said_by for figure in figures.values() if figure.said_by})
    told = {}
    for listing in listings:
        figure = figures.get(listing.id)
        if figure is None or listing.capacity is None:
            continue
        teller = people.get(figure.said_by) if figure.said_by else None
        told[listing.id] = RoomAccount(
            stated=figure.available if figure.stated is None else figure.stated,
            available=figure.available,
            kept=kept[figure.id],
            unit=listing.capacity.unit,
            maximum=figure.maximum,
            until=figure.until,
            known_until=listing.capacity.until,
            said_at=listing.capacity.updated,
            said_by=short_name(teller.name) if teller else None,
            refusals=figure.refusals,
            is_shared=figure.service_at_location_id is None,
        )
    return told


def _own_figures(work: Work, listing: ServiceAtLocation, *, whole_service: bool) -> list[ServiceCapacity]:
    if not whole_service:
        return list(work.directory.children_of("service_capacity", "service_at_location_id", [listing.id]))
    every: list[ServiceCapacity] = work.directory.children_of("service_capacity", "service_id", [listing.service_id])
    return [figure for figure in every if figure.service_at_location_id is None]


def _title(work: Work, what: str, service_id: UUID) -> str:
    """What was done, and to which service."""
    names = [service.name for service in work.directory.records("service", [service_id]).values()]
    return ": ".join([what, *names])[:200]


def _say(work: Work, capacity: ServiceCapacity, units: list[Unit], doubled: list[ServiceCapacity]) -> ServiceCapacity:
    with recorded(work, ChangeCause.ROOM, _title(work, "The room was said anew", capacity.service_id)):
        work.directory.delete("service_capacity", [other.id for other in doubled])
        work.directory.save(DirectoryRows(unit=units, service_capacity=[capacity]))
    work.room.recast(capacity, work.now)
    found: ServiceCapacity = work.directory.records("service_capacity", [capacity.id])[capacity.id]
    return found


def _check(available: int, maximum: int | None, unit: str, until: datetime | None, now: datetime) -> None:
    errors = []
    if available < 0:
        errors.append(FieldError("available", "Room cannot be less than 0."))
    if maximum is not None and maximum < max(available, 0):
        errors.append(FieldError("maximum", "The maximum cannot be less than what is available."))
    if not unit.strip():
        errors.append(FieldError("unit", "Say what is counted, such as beds or places."))
    elif len(unit) > LONGEST_UNIT or not unit.isprintable():
        errors.append(FieldError("unit", f"Say what is counted in a few words on one line, at most {LONGEST_UNIT} letters."))
    if until is not None and until <= now:
        errors.append(FieldError("until", "The figure must hold beyond this moment."))
    if errors:
        raise Invalid("The room cannot be stored like this.", errors=tuple(errors))
