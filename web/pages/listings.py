"""A partner's own services and how much room each has, changed with one tap; for the coordinator, everybody's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.errors import Invalid
from referral_hub.matching.actions import list_listings
from referral_hub.matching.suggestions import count_suggestions
from referral_hub.partners.listing import Listing
from referral_hub.partners.room import set_capacity
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Hub, Work
from web.forms import Filled, Form, filled_by, one
from web.room import draw_room
from web.site import render

PER_PAGE = 25
FIELDS = ("available", "maximum", "unit")


@get("/listings", sync_to_thread=True)
def list_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], page: FromQuery[int] = 1
) -> Response[str]:
    """Each service at each place with its room."""
    return _page(request, hub, actor, max(page, 1), Filled(), None)


@post("/listings/{listing_id:uuid}/capacity", sync_to_thread=True)
def change(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Say how much room there is; seen by the next match."""
    require(actor, "capacity:write")
    texts = {name: one(data, name) for name in ("available", "maximum")}
    errors = {name: "Give a whole number." for name, text in texts.items() if not text.isdigit() and (text or name == "available")}
    if errors:
        return _page(request, hub, actor, 1, Filled(values=data, errors=errors, prefix=str(listing_id)), listing_id, status=400)
    try:
        with hub.begin(actor) as work:
            set_capacity(
                work,
                listing_id,
                available=int(texts["available"]),
                maximum=int(texts["maximum"]) if texts["maximum"] else None,
                unit=one(data, "unit") or "places",
            )
    except Invalid as fault:
        return _page(request, hub, actor, 1, filled_by(fault, data, FIELDS, prefix=str(listing_id)), listing_id, status=400)
    return Redirect(f"/listings#listing-{listing_id}", status_code=303)


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, page: int, form: Filled, tried: UUID | None, *, status: int = 200
) -> Response[str]:
    require(actor, "capacity:write")
    with hub.read(actor) as work:
        listings, total = _listings(work, actor, page)
        suggested = count_suggestions(work) if allowed(actor, "rule:confirm") else 0
    rooms = [
        {
            "listing": listing,
            "meter": draw_room(listing.availability, listing.capacity, hub.now()),
            "steps": _steps(listing),
            "form": form if listing.id == tried else Filled(values=_values(listing), prefix=str(listing.id)),
        }
        for listing in listings
    ]
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


def _steps(listing: Listing) -> list[int]:
    """The one-tap figures: none, one less, one more, all."""
    if listing.capacity is None:
        return []
    available, maximum = listing.capacity.available, listing.capacity.maximum
    steps = [0, available - 1, available + 1, *([maximum] if maximum else [])]
    return sorted({step for step in steps if step >= 0 and step != available and (maximum is None or step <= maximum)})


def _values(listing: Listing) -> dict[str, str]:
    if listing.capacity is None:
        return {"unit": "places"}
    known = listing.capacity
    return {"available": str(known.available), "maximum": str(known.maximum or ""), "unit": known.unit}


handlers = [list_page, change]
