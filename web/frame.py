"""The frame of every page: who is signed in, for whom, and where they can go."""

from __future__ import annotations

from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.partners.model import Organization
from referral_hub.permissions import allowed
from referral_hub.unit_of_work import Hub
from web.today import count_today


class Link(Struct, frozen=True):
    href: str
    words: str
    icon: str
    here: bool = False
    count: int = 0
    """How many things there need the reader."""


class Frame(Struct, frozen=True, kw_only=True):
    name: str = ""
    """Empty: nobody is signed in."""
    organization: str = ""
    timezone: str = "America/New_York"
    links: tuple[Link, ...] = ()


LINKS: tuple[tuple[str, str, str, str], ...] = (
    ("/", "Today", "today", "worklist:read"),
    ("/patients", "Patients", "people", "patient:read"),
    ("/referrals", "Referrals", "send", "referral:read"),
    ("/listings", "Our services", "room", "capacity:write"),
    ("/directory-work", "To fix", "list", "provenance:read"),
    ("/directory", "Find help", "search", "directory:read"),
    ("/costs", "Minutes", "clock", "cost:write"),
)
"""href, words, icon, the permission that shows it."""

BELOW = {"/directory-work": ("/imports", "/duplicates", "/directory-changes", "/rule-suggestions", "/differences")}
"""Of a link: the pages that are reached from its page, and stand under no link of their own."""

OPEN_LINKS = (Link("/sign-in", "Sign in", "sign-in"),)


def frame_of(hub: Hub, actor: Actor | None, path: str) -> Frame:
    """The frame for this asker on the page at `path`."""
    if actor is None:
        return Frame(links=tuple(_at(link, path) for link in OPEN_LINKS))
    count = 0
    organization = None
    with hub.read(actor) as work:
        if allowed(actor, "worklist:read"):
            count = count_today(work)
        if actor.organization_id is not None:
            organization = work.directory.organization(actor.organization_id)
    return make_frame(actor, organization, count, path)


def make_frame(actor: Actor, organization: Organization | None, count: int, path: str) -> Frame:
    """As frame_of, of records at hand."""
    links = [
        _at(Link(href, words, icon, count=count if href == "/" else 0), path)
        for href, words, icon, permission in LINKS
        if allowed(actor, permission)
    ]
    if organization is None:
        return Frame(name=actor.name, links=tuple(links))
    return Frame(name=actor.name, organization=organization.name, timezone=organization.timezone, links=tuple(links))


def _at(link: Link, path: str) -> Link:
    here = any(path == href or (href != "/" and path.startswith(f"{href}/")) for href in (link.href, *BELOW.get(link.href, ())))
    return Link(link.href, link.words, link.icon, here, link.count)
