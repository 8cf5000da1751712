"""A partner confirms its listings from a mail: a page, a button, a POST; no account, no script.

The link is a secret: no page of it is kept, named to another site, or logged with its path. Opening it changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import HubError, NotFound
from referral_hub.http_status import status_of
from referral_hub.letters.hours import HORIZON_DAYS, say_hours
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import describe
from referral_hub.partners.confirming import confirm_services
from referral_hub.partners.correction import FAULTS
from referral_hub.partners.freshness import freshness
from referral_hub.partners.hours import Interval, open_intervals, zone_of
from referral_hub.partners.inviting import AskedListing, AskedPage, ask_partner, confirm_by_link, open_link, report_by_link, revoke_links
from referral_hub.unit_of_work import Hub
from referral_hub.words import Words
from web.forms import Filled, Form, filled_by, many, one
from web.pages.letter import PRIVATE
from web.site import render

SAID = {"right": "Thank you. It counts as confirmed from today.", "wrong": "Thank you. The coordinator reads it and will be in touch."}


class ServiceCard(Struct, frozen=True):
    """One service as patients read it, at each of its places."""

    places: list[dict[str, Any]]
    name: str
    service_id: UUID
    listing_id: UUID
    said: list[str]
    """What is said to be wrong of it."""
    fresh: str


@get("/c/{secret:str}", sync_to_thread=True)
def show(request: Request[Any, Any, Any], hub: NamedDependency[Hub], secret: FromPath[str], said: FromQuery[str] = "") -> Response[str]:
    """What patients read, and one button each."""
    return _page(request, hub, secret, Filled(), said=SAID.get(said, ""))


@post("/c/confirm", sync_to_thread=True)
def confirm(request: Request[Any, Any, Any], hub: NamedDependency[Hub], data: Form) -> Response[Any]:
    """All of this is right."""
    secret, chosen = one(data, "secret"), many(data, "service")
    try:
        with hub.begin(None) as work:
            done = confirm_by_link(work, secret, [_id(text) for text in chosen])
    except HubError as fault:
        return _page(request, hub, secret, Filled(message=fault.detail), status=status_of(fault))
    return _closed(request, hub) if done is None else Redirect(f"/c/{secret}?said=right", status_code=303, headers=PRIVATE)


@post("/c/wrong", sync_to_thread=True)
def wrong(request: Request[Any, Any, Any], hub: NamedDependency[Hub], data: Form) -> Response[Any]:
    """Something is wrong."""
    secret, listing = one(data, "secret"), one(data, "listing")
    try:
        with hub.begin(None) as work:
            done = report_by_link(work, secret, _id(listing), one(data, "words"))
    except HubError as fault:
        form = filled_by(fault, data, ("words",), prefix=listing)
        return _page(request, hub, secret, form, status=status_of(fault))
    return _closed(request, hub) if done is None else Redirect(f"/c/{secret}?said=wrong", status_code=303, headers=PRIVATE)


@post("/services/{service_id:uuid}/confirm", sync_to_thread=True)
def confirm_signed_in(hub: NamedDependency[Hub], actor: NamedDependency[Actor], service_id: FromPath[UUID], data: Form) -> Redirect:
    """The same by somebody who is signed in, of one service."""
    with hub.begin(actor) as work:
        confirm_services(work, [service_id])
    listing = one(data, "listing")
    return Redirect(f"/directory/{_id(listing)}/sources?said=right" if listing else "/directory-work", status_code=303)


@post("/organizations/{organization_id:uuid}/ask", sync_to_thread=True)
def ask(hub: NamedDependency[Hub], actor: NamedDependency[Actor], organization_id: FromPath[UUID]) -> Redirect:
    """The coordinator asks a partner by mail whether its listings are right."""
    with hub.begin(actor) as work:
        ask_partner(work, organization_id)
    return Redirect("/directory-work?said=asked", status_code=303)


@post("/organizations/{organization_id:uuid}/revoke-links", sync_to_thread=True)
def revoke(hub: NamedDependency[Hub], actor: NamedDependency[Actor], organization_id: FromPath[UUID]) -> Redirect:
    """Switch off every link that was mailed to a partner."""
    with hub.begin(actor) as work:
        revoke_links(work, organization_id)
    return Redirect("/directory-work?said=revoked", status_code=303)


def _page(
    request: Request[Any, Any, Any], hub: Hub, secret: str, form: Filled, *, said: str = "", status: int = 200
) -> Response[str]:
    with hub.read(None) as work:
        found = open_link(work, secret)
    if found is None:
        return _closed(request, hub)
    return render(
        request,
        hub,
        None,
        "confirm.html",
        status=status,
        headers=dict(PRIVATE),
        form=form,
        secret=secret,
        found=found,
        cards=_cards(hub, found),
        said=said,
        blank=lambda prefix: Filled(prefix=prefix),
    )


def _closed(request: Request[Any, Any, Any], hub: Hub) -> Response[str]:
    """The same words whatever keeps a link closed."""
    return render(request, hub, None, "confirm_closed.html", status=404, headers=dict(PRIVATE))


def _cards(hub: Hub, found: AskedPage) -> list[ServiceCard]:
    by_service: dict[UUID, list[AskedListing]] = {}
    for asked in found.listings:
        by_service.setdefault(asked.listing.service.id, []).append(asked)
    today = hub.now().astimezone(zone_of(found.timezone)).date()
    return [
        ServiceCard(
            places=[_place(hub, each) for each in places],
            name=places[0].listing.service.name,
            service_id=service_id,
            listing_id=places[0].listing.id,
            said=[_say(each.code, each.detail, each.words) for each in places[0].corrections],
            fresh=freshness(places[0].listing.assured_date, today).value,
        )
        for service_id, places in by_service.items()
    ]


def _say(code: str, detail: str, words: str | None) -> str:
    return ": ".join(part for part in (FAULTS[code].says, detail, words or "") if part)


def _place(hub: Hub, each: AskedListing) -> dict[str, Any]:
    """What a patient reads of one place; nothing of where a confidential one is."""
    listing = each.listing
    zone, now = zone_of(listing.timezone), hub.now()
    opens = open_intervals(listing.schedule, listing.timezone, [Interval(now, now + timedelta(days=HORIZON_DAYS))])
    rule = read_stored_rule(listing.rule)
    return {
        "listing": listing,
        "details": each.details,
        "hours": say_hours(Words("en"), opens, now.astimezone(zone).date(), []),
        "notes": [row.description for row in listing.schedule if row.description],
        "rule": describe(rule) if rule else "",
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


handlers = [show, confirm, wrong, confirm_signed_in, ask, revoke]
