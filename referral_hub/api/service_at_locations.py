"""Listings as matching sees them, and how much room each has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from referral_hub.actors import Actor
from referral_hub.matching import actions
from referral_hub.partners import actions as partner_actions
from referral_hub.partners import room
from referral_hub.partners.listing import Capacity, Listing
from referral_hub.unit_of_work import Hub


class ListingWithWords(Listing, frozen=True, kw_only=True):
    """A listing with everything that a search goes by."""

    words: list[str]
    """Stems of every text and of its synonyms, sorted: a search finds the listing by these and by no others."""


class ListingPage(Struct, frozen=True):
    items: list[ListingWithWords]
    total: int
    page: int
    per_page: int


class SetCapacity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much room there is, requests that wait for an answer included; without `until` the figure holds until it is too old."""

    available: Annotated[int, Meta(ge=0, le=1_000_000)]
    maximum: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    unit: Annotated[str, Meta(min_length=1, max_length=60)] = "places"
    until: Annotated[datetime, Meta(tz=True)] | None = None
    whole_service: bool = False
    """The figure is of all places of the service together, save those that have one of their own."""


@get("/service-at-locations", sync_to_thread=True)
def list_all(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    page: Annotated[int, QueryParameter(name="page")] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 100,
    changed_since: Annotated[str | None, QueryParameter(name="changed_since", description="RFC 3339 time with offset.")] = None,
) -> ListingPage:
    """Everything that matching uses, flat; for coordinators."""
    with hub.read(actor) as work:
        listings, total = actions.list_listings(work, page=page, per_page=per_page, changed_since=changed_since)
        words = partner_actions.list_words(work, [listing.id for listing in listings])
    items = [ListingWithWords(**structs.asdict(listing), words=words.get(listing.id, [])) for listing in listings]
    return ListingPage(items, total, page, per_page)


@put("/service-at-locations/{listing_id:uuid}/capacity", sync_to_thread=True)
def set_capacity(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: JSONBody[SetCapacity]
) -> Capacity:
    """Say how much room there is; the next match sees it. Answers with what others see: requests that wait are taken off."""
    with hub.begin(actor) as work:
        stored = room.set_capacity(
            work,
            listing_id,
            available=data.available,
            maximum=data.maximum,
            unit=data.unit,
            until=data.until,
            whole_service=data.whole_service,
        )
    return Capacity(
        available=stored.available,
        unit=data.unit.strip(),
        updated=stored.updated,
        maximum=stored.maximum,
        until=stored.until,
        waitlist=stored.waitlist,
    )


handlers = [list_all, set_capacity]
