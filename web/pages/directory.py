"""Find help: search the directory as list and map, and the page of one service at one place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import IO, Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from referral_hub.actors import Actor
from referral_hub.errors import Invalid
from referral_hub.letters.hours import HORIZON_DAYS, say_hours
from referral_hub.matching import actions as matching
from referral_hub.matching.answers import SearchAnswer, SearchRequest
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.directory_sheet import write_directory_sheet
from referral_hub.matching.eligibility import describe
from referral_hub.partners import taxonomy
from referral_hub.partners.freshness import freshness
from referral_hub.partners.hours import Interval, open_intervals, zone_of
from referral_hub.partners.listing import Listing
from referral_hub.permissions import allowed
from referral_hub.unit_of_work import Hub
from referral_hub.words import Words
from web.facts import LANGUAGES
from web.forms import Filled, filled_by
from web.map import Home, Picture, Place, draw_map, postal_codes
from web.narrowing import choices_of, marked
from web.paging import PageNumber
from web.room import draw_room
from web.site import render
from web.windows import say_open

PER_PAGE = 20
PIECE = 1 << 16
"""Bytes of a table that are sent at once."""
METRES_A_MILE = 1609.344
MILES = (("", "Any distance"), ("1", "1 mile"), ("2", "2 miles"), ("5", "5 miles"), ("10", "10 miles"), ("25", "25 miles"))
TERMS = (("", "Any help"), *((term.code, term.name if term.parent is None else f"– {term.name}") for term in taxonomy.TERMS))
FIELDS = ("search", "taxonomy", "near", "within", "language")
NARROWING = ("open", "free", "papers")
"""Fields that only links set; the form keeps them."""


@get("/directory", sync_to_thread=True)
def search_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    search: FromQuery[str] = "",
    taxonomy: FromQuery[str] = "",
    near: FromQuery[str] = "",
    within: FromQuery[str] = "",
    language: FromQuery[str] = "",
    open_: Annotated[str, QueryParameter(name="open")] = "",
    free: FromQuery[str] = "",
    papers: FromQuery[str] = "",
    page: PageNumber = 1,
) -> Response[str]:
    """What was found, numbered, beside its map. The query names words and a ZIP code, never a person."""
    values = {"search": search, "taxonomy": taxonomy, "near": near, "within": within, "language": language}
    values |= {"open": open_, "free": free, "papers": papers}
    metres = float(within) * METRES_A_MILE if within in dict(MILES) and within and near else None
    wanted = SearchRequest(
        search=search,
        taxonomy=[taxonomy] if taxonomy else [],
        near=near.strip() or None,
        within_m=metres,
        language=language or None,
        open_now=bool(open_),
        free=bool(free),
        no_documents=bool(papers),
        page=max(page, 1),
        per_page=PER_PAGE,
    )
    form, found = Filled(values=values), None
    with hub.read(actor) as work:
        try:
            found = matching.search_services(work, wanted)
        except Invalid as fault:
            form = filled_by(fault, values, FIELDS)
        listings = work.listings.some([one.service_at_location_id for one in found.items]) if found else {}
    week = [Interval(hub.now(), hub.now() + timedelta(days=7))]
    opens = {
        one.id: say_open(open_intervals(one.schedule, one.timezone, week), hub.now(), zone_of(one.timezone)) for one in listings.values()
    }
    return render(
        request,
        hub,
        actor,
        "directory.html",
        status=200 if found else 400,
        form=form,
        found=found,
        first=(max(page, 1) - 1) * PER_PAGE,
        opens=opens,
        groups=choices_of(found, values) if found else [],
        narrowed={name: value for name, value in values.items() if value and name in NARROWING},
        marked=marked,
        terms=TERMS,
        miles=MILES,
        languages=(("", "Any language"), *LANGUAGES),
        picture=_picture(found, near, (max(page, 1) - 1) * PER_PAGE) if found else None,
        pages=-(-found.total // PER_PAGE) if found else 0,
        may_take=allowed(actor, "directory:write"),
        query=urlencode({name: value for name, value in values.items() if value}),
    )


def _picture(found: SearchAnswer, near: str, first: int) -> Picture | None:
    places = [
        Place(number, f"{one.service.name}, {one.organization.name}", one.point.latitude, one.point.longitude)
        for number, one in enumerate(found.items, start=first + 1)
        if one.point is not None and not one.confidential
    ]
    home = next((Home(latitude, longitude, about=True) for code, latitude, longitude in postal_codes() if code == near.strip()[:5]), None)
    return draw_map(places, home) if places else None


@get("/directory/{listing_id:uuid}", sync_to_thread=True)
def service_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    listing_id: FromPath[UUID],
    said: FromQuery[str] = "",
) -> Response[str]:
    """One service at one place: what it is, when, for whom, what to bring, how much room."""
    with hub.read(actor) as work:
        listing = matching.get_listing(work, listing_id)
        details = work.listings.details([listing_id])[listing_id]
    zone = zone_of(listing.timezone)
    now = hub.now()
    today = now.astimezone(zone).date()
    opens = open_intervals(listing.schedule, listing.timezone, [Interval(now, now + timedelta(days=HORIZON_DAYS))])
    rule = read_stored_rule(listing.rule)
    places = (
        [Place(1, listing.location.name, listing.point.latitude, listing.point.longitude)]
        if listing.point and not listing.confidential
        else []
    )
    return render(
        request,
        hub,
        actor,
        "service.html",
        listing=listing,
        details=details,
        hours=say_hours(Words("en"), opens, today, []),
        open_next=say_open(opens, now, zone),
        rule=describe(rule) if rule else "",
        fresh=freshness(listing.assured_date, today).value,
        room=draw_room(listing.availability, listing.capacity, now),
        picture=draw_map(places, None) if places else None,
        traced=_may_trace(actor, listing),
        reports=allowed(actor, "listing:report"),
        reported=said == "reported",
        notes=[row.description for row in listing.schedule if row.description],
    )


@get("/directory.csv", sync_to_thread=True)
def directory_sheet(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Stream:
    """The whole directory as a table for a coordinator's spreadsheet; read to its end before the first byte leaves."""
    with hub.read(actor) as work, ExitStack() as stack:
        table = write_directory_sheet(work)
        kept = stack.enter_context(tempfile.TemporaryFile())
        kept.writelines(table)
        stack.pop_all()  # it is closed when it is sent
    return Stream(
        _pieces(kept),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="directory-{hub.now():%Y-%m-%d}.csv"'},
        background=BackgroundTask(kept.close),
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def _may_trace(actor: Actor, listing: Listing) -> bool:
    own = allowed(actor, "directory:write") or actor.organization_id == listing.organization.id
    return own and allowed(actor, "provenance:read")


handlers = [search_page, service_page, directory_sheet]
