"""The services of a match as its page shows them: whether each fits and why, what to bring, when it is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from referral_hub.matching.answers import Match, Snapshot
from referral_hub.matching.eligibility import Finding, NearMiss
from referral_hub.partners.listing import Listing
from web.facts import topics_of
from web.format import listed
from web.minutes import Bar, bar_of, longest
from web.room import Meter, draw_room
from web.windows import CHOICES, say_open


class Reasons(Struct, frozen=True):
    """Why something fits, may fit or does not: the words of a verdict chip."""

    verdict: str
    """eligible | maybe | ineligible"""
    findings: tuple[Finding, ...]
    ask: str
    """What the questions that are open are about."""
    ways: tuple[tuple[str, ...], ...]
    """What stands against it: each way is enough, the reasons of one way only together."""
    near: str
    """What would have to change, where little would do."""


class Result(Struct, frozen=True, kw_only=True):
    """One match of the list."""

    number: int
    match: Match
    reasons: Reasons
    bar: Bar
    open: str
    room: Meter | None
    full: bool
    bring: tuple[str, ...]
    """Papers to bring; one that is known to be missing says so."""
    held: tuple[str, ...]
    who: str
    """The organization and the place, as far as the service's name does not tell."""
    takes: bool
    covered: bool


class Shown(Struct, frozen=True, kw_only=True):
    """How a list of matches is to be read: the way of going, the times chosen, now."""

    mode: str
    windows: str
    now: datetime
    zone: ZoneInfo


def results_of(
    matches: Sequence[Match],
    listings: Mapping[UUID, Listing],
    covered: Collection[UUID],
    shown: Shown,
    *,
    first: int = 1,
    scale: float = 0.0,
) -> list[Result]:
    """Every match as it is shown. `covered` holds the organizations that the patient's consent names."""
    scale = scale or scale_of(matches)
    return [_result(match, number, listings, covered, shown, scale) for number, match in enumerate(matches, start=first)]


def scale_of(matches: Iterable[Match]) -> float:
    """Minutes that the longest bar of a page stands for."""
    return longest(match.minutes for match in matches)


def _result(match: Match, number: int, listings: Mapping[UUID, Listing], covered: Collection[UUID], shown: Shown, scale: float) -> Result:
    listing = listings.get(match.service_at_location_id)
    return Result(
        number=number,
        match=match,
        reasons=reasons_of(match),
        bar=bar_of(match, shown.mode, topics_of(match.ask), scale),
        open=_say_open(match, shown),
        room=draw_room(match.availability, listing.capacity, shown.now) if listing else None,
        full=match.availability == "full",
        bring=tuple(paper.name + (" (does not have it yet)" if paper.held is False else "") for paper in match.documents if not paper.held),
        held=tuple(paper.name for paper in match.documents if paper.held),
        who=_say_who(match),
        takes=listing.referrable if listing else False,
        covered=match.organization.id in covered,
    )


def reasons_of(judged: Match | Snapshot) -> Reasons:
    """The reasons of a verdict in short sentences."""
    return Reasons(
        judged.verdict,
        tuple(judged.findings),
        listed(topics_of(judged.ask)),
        tuple(tuple(_sentence(finding.says) for finding in way) for way in judged.failing),
        _say_near(judged.near_misses),
    )


def _say_near(misses: Sequence[NearMiss]) -> str:
    near = listed(miss.says.rstrip(".") for miss in misses)
    return _sentence(near) if near else ""


def _sentence(words: str) -> str:
    """With a capital at the beginning and a full stop at the end."""
    said = words.strip()
    return said[:1].upper() + said[1:] + ("" if said[-1:] in (".", "!", "?") else ".")


def _say_open(match: Match, shown: Shown) -> str:
    said = say_open(match.open, shown.now, shown.zone, most=3 if shown.windows else 1)
    if shown.windows:
        when = dict(CHOICES)[shown.windows].lower()
        return f"{when}: {said}" if said else f"not known to be open on {when}"
    return said or "hours not known: call first"


def _say_who(match: Match) -> str:
    who = "" if match.organization.name == match.service.name else match.organization.name
    return ", ".join(part for part in (who, _say_place(match)) if part) or match.organization.name


def _say_place(match: Match) -> str:
    """The place without what was just read: of "Harbor Pantry, Eastern Avenue" at Harbor Pantry the avenue."""
    if match.confidential or match.delivered or match.remote:
        return ""
    name = match.location.name
    if name in match.service.name:
        return ""
    for said in (match.service.name, match.organization.name):
        name = name.removeprefix(said).lstrip(" ,-")
    return name


def headline(matches: Sequence[Match], total: int, name: str) -> str:
    """How many fit and may fit, before anything else is read."""
    fit = sum(match.verdict == "eligible" for match in matches)
    may = sum(match.verdict == "maybe" for match in matches)
    if not matches:
        return f"No service fits {name} yet."
    if total > len(matches):
        counts = listed([f"{count} {words}" for count, words in ((fit, "fit" if fit > 1 else "fits"), (may, "may fit")) if count])
        return f"{total} services may help {name}. Of the best {len(matches)} here, {counts}."
    if not fit:
        return f"{_services(may)} may fit {name}."
    return f"{_services(fit)} {'fits' if fit == 1 else 'fit'} {name}" + (f", and {may} may fit." if may else ".")


def _services(count: int) -> str:
    return f"{count} service{'' if count == 1 else 's'}"
