"""A partner's own services and how much room each has, changed with one tap; for the coordinator, everybody's."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import Invalid
from referral_hub.matching.actions import list_listings
from referral_hub.matching.suggestions import count_suggestions
from referral_hub.paging import page_of
from referral_hub.partners.listing import Listing
from referral_hub.partners.room import RoomAccount, confirm_capacity, set_capacity, tell_room
from referral_hub.partners.units import PLACES
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Hub, Work
from web.forms import Filled, Form, filled_by, one
from web.paging import PageNumber
from web.room import SAME, Meter, Said, Tap, ask_again, draw_room, full_taps, is_number, number_taps, read_tap, same_tap, say_account
from web.site import render

PER_PAGE = 25
FIELDS = ("available", "maximum", "unit", "until")


@get("/listings", sync_to_thread=True)
def list_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], page: PageNumber = 1
) -> Response[str]:
    """Each service at each place with its room."""
    return _page(request, hub, actor, max(page, 1), Filled(), None)


@post("/listings/{listing_id:uuid}/capacity", sync_to_thread=True)
def change(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Say how much room there is, with a tap or as a number; seen by the next match."""
    require(actor, "capacity:write")
    page = page_of(one(data, "page"))
    tap = one(data, "tap")
    form = Filled()
    try:
        with hub.begin(actor) as work:
            listing = work.directory.service_at_location_for(actor, listing_id)
            if tap == SAME:
                confirm_capacity(work, listing.id)
            else:
                said, form = _read(data, listing.id, work.now, ZoneInfo(work.listings.get(listing.id).timezone))
                if said is not None:
                    set_capacity(work, listing.id, **_counted(data), available=said.available, until=said.until)
    except Invalid as fault:
        form = filled_by(fault, data, FIELDS, prefix=str(listing_id))
    if form.errors or form.message:
        return _page(request, hub, actor, page, form, listing_id, status=400)
    return Redirect(f"/listings?page={page}#listing-{listing_id}" if page > 1 else f"/listings#listing-{listing_id}", status_code=303)


def _read(data: dict[str, Any], listing_id: UUID, now: datetime, zone: ZoneInfo) -> tuple[Said | None, Filled]:
    """What the tap or the fields say; else the form with its faults."""
    tap = one(data, "tap")
    texts = {name: one(data, name) for name in ("available", "maximum")}
    wanted = ("maximum",) if tap else ("available", "maximum")
    errors = {name: "Give a whole number." for name in wanted if not is_number(texts[name]) and (texts[name] or name == "available")}
    until, said = None, read_tap(tap, now, zone) if tap else None
    if tap and said is None:
        errors["available"] = "Choose one of the buttons, or give a number."
    if not tap and (text := one(data, "until")):
        try:
            until = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min, zone)
        except (ValueError, OverflowError):
            errors["until"] = "Give a date."
    if errors:
        return None, Filled(values=data, errors=errors, prefix=str(listing_id))
    return said or Said(int(texts["available"]), until), Filled()


def _counted(data: dict[str, Any]) -> dict[str, Any]:
    """What the figure counts, as the card had it."""
    maximum = one(data, "maximum")
    whole = one(data, "whole_service") == "yes"
    return {"maximum": int(maximum) if maximum else None, "unit": one(data, "unit") or PLACES, "whole_service": whole}


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, page: int, form: Filled, tried: UUID | None, *, status: int = 200
) -> Response[str]:
    require(actor, "capacity:write")
    with hub.read(actor) as work:
        listings, total = _listings(work, actor, page)
        told = tell_room(work, listings)
        suggested = count_suggestions(work) if allowed(actor, "rule:confirm") else 0
    rooms = [_card(listing, told.get(listing.id), hub.now(), form if listing.id == tried else None) for listing in listings]
    every = allowed(actor, "directory:write")
    return render(
        request,
        hub,
        actor,
        "listings.html",
        status=status,
        rooms=rooms,
        form=form,
        tried=tried,
        every=every,
        may_change=allowed(actor, "listing:write"),
        suggested=suggested,
        total=total,
        page=page,
        pages=-(-total // PER_PAGE),
    )


def _listings(work: Work, actor: Actor, page: int) -> tuple[list[Listing], int]:
    if allowed(actor, "directory:write"):
        return list_listings(work, page=page, per_page=PER_PAGE)
    if actor.organization_id is None:
        return [], 0
    own = work.directory.organization_rows(actor.organization_id).service_at_location
    found = sorted(work.listings.some([row.id for row in own]).values(), key=lambda listing: (listing.service.name, listing.location.name))
    return found[(page - 1) * PER_PAGE : page * PER_PAGE], len(found)


class Card(Struct, frozen=True, kw_only=True):
    """One service at one place, what was said of its room, and the buttons that say it anew."""

    listing: Listing
    meter: Meter
    account: RoomAccount | None
    differs: str
    """What was said, where others see something else."""
    ends: date | None
    """The place's day on which the figure stops to count; None where only a word of the partner ends it."""
    asks: str
    """Whether there is room again."""
    same: Tap | None
    numbers: list[Tap]
    full: list[Tap]
    form: Filled


def _card(listing: Listing, account: RoomAccount | None, now: datetime, tried: Filled | None) -> Card:
    zone = ZoneInfo(listing.timezone)
    return Card(
        listing=listing,
        meter=draw_room(listing.availability, listing.capacity, now),
        account=account,
        differs=say_account(account) if account else "",
        ends=account.known_until.astimezone(zone).date() if account and account.known_until else None,
        asks=ask_again(account) if account else "",
        same=same_tap(account, now) if account else None,
        numbers=number_taps(account.maximum if account else None),
        full=full_taps(now.astimezone(zone).date()),
        form=tried or Filled(values=_values(account), prefix=str(listing.id)),
    )


def _values(account: RoomAccount | None) -> dict[str, str]:
    if account is None:
        return {"unit": PLACES}
    return {"available": str(account.stated), "maximum": str(account.maximum or ""), "unit": account.unit}


handlers = [list_page, change]
