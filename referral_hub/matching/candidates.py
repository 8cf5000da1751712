"""Which listings come into question, and what each costs: the match as a pure function of listings and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.eligibility import Judgement, judge, same_language
from referral_hub.matching.facts import Facts, Home, Mode, Span
from referral_hub.matching.ranking import Score, costs_of, score, sort_key
from referral_hub.matching.reach import EXACT, distance_m, holds_home, is_visited, surely_beyond, travel_minutes
from referral_hub.partners.freshness import availability
from referral_hub.partners.hours import Interval, open_ahead, zone_of
from referral_hub.partners.listing import Listing


class Asked(Struct, frozen=True, kw_only=True):
    """A match request, checked: what is declined is gone from `facts`, the home has what its ZIP code tells."""

    facts: Facts
    home: Home | None
    home_is_exact: bool
    """The home's point was given, not looked up."""
    mode: Mode
    max_distance_m: float | None
    windows: Sequence[Span]
    with_ineligible: bool
    with_full: bool
    costs: Mapping[str, float]
    """The table in force: minutes by name."""
    now: datetime


class Candidate(Struct, frozen=True):
    """A listing in reach; `distance_m` None where it is hidden, remote or not known."""

    listing: Listing
    distance_m: float | None


class Ranked(Struct, frozen=True):
    """A candidate judged, with its cost."""

    candidate: Candidate
    judgement: Judgement
    availability: str
    score: Score
    open: list[Interval] | None
    """Within the patient's windows; None where none were named."""


def rank_listings(listings: Iterable[Listing], asked: Asked) -> list[Ranked]:
    """Each listing judged and counted from its record, best first. That they are in reach was found out before."""
    ranked = [_rank(Candidate(listing, _distance_to(listing, asked.home)), asked) for listing in listings]
    return sorted(ranked, key=lambda one: sort_key(one.score, one.candidate.listing.service.name, one.candidate.listing.id))


def _distance_to(listing: Listing, home: Home | None) -> float | None:
    point = listing.point if is_visited(listing) else None
    if point is None or home is None or home.latitude is None or home.longitude is None:
        return None
    return distance_m(home.latitude, home.longitude, point.latitude, point.longitude)


def within_reach(listings: Iterable[Listing], home: Home | None, limit_m: float | None) -> list[Candidate]:
    """For a search: the listings with their distances, paused ones too; with a limit those that it holds.

    A hidden, delivered or remote one is a matter of its area, which only a home with a ZIP code can tell.
    """
    measured: dict[tuple[float, float], float | None] = {}
    found = []
    for listing in listings:
        metres = None
        if is_visited(listing):
            metres, within = _measure(listing, home, limit_m, measured)
            if limit_m is not None and (metres is None or not within):
                continue
        elif limit_m is not None and home is not None and home.postal_code and not holds_home(listing.service_area, home, listing.point):
            continue
        found.append(Candidate(listing, metres))
    return found


def _measure(
    listing: Listing, home: Home | None, limit_m: float | None, measured: dict[tuple[float, float], float | None]
) -> tuple[float | None, bool]:
    """(metres from home, whether within the limit); many services share a place, so each point is measured once."""
    point = listing.point
    if point is None or home is None or home.latitude is None or home.longitude is None:
        return None, True
    key = (point.latitude, point.longitude)
    if key not in measured:
        beyond = limit_m is not None and surely_beyond(home.latitude, home.longitude, *key, limit_m)
        measured[key] = None if beyond else distance_m(home.latitude, home.longitude, *key)
    metres = measured[key]
    return metres, metres is not None and (limit_m is None or metres <= limit_m)


def _rank(candidate: Candidate, asked: Asked) -> Ranked:
    listing = candidate.listing
    today = asked.now.astimezone(zone_of(listing.timezone)).date()
    judgement = judge(read_stored_rule(listing.rule), asked.facts, today)
    room = availability(listing.capacity, asked.now)
    windows = [Interval(span.start, span.end) for span in asked.windows]
    opened = open_ahead(listing.schedule, listing.timezone, windows, asked.now) if windows else None
    costs = costs_of(
        listing,
        verdict=judgement.verdict,
        availability=room,
        today=today,
        languages=asked.facts.languages,
        is_open=None if opened is None else bool(opened),
        minutes=asked.costs,
    )
    return Ranked(candidate, judgement, room, score(travel_minutes(asked.mode, candidate.distance_m), costs), opened)


def distance_is(candidate_distance: float | None, listing: Listing, *, home_is_exact: bool) -> str:
    """One of exact, about, none."""
    if candidate_distance is None or listing.point is None:
        return "none"
    return "exact" if home_is_exact and listing.point.precision in EXACT else "about"


def held_documents(listing: Listing, facts: Facts) -> list[tuple[str, bool | None]]:
    """(name, held) of each document: one of its alternatives does as well; None where nobody knows."""
    answer = []
    for document in listing.documents:
        known = [facts.documents.get(code) for code in (document.code, *document.alternatives) if code]
        held = True if True in known else False if known and None not in known else None
        answer.append((document.name, held))
    return answer


def speaks_any(listing: Listing, languages: Iterable[str]) -> bool:
    """Whether one of the languages is spoken or interpreted."""
    offered = [*listing.languages, *listing.interpreted_languages]
    return any(same_language(wanted, code) for wanted in languages for code in offered)


def with_room_now(listing: Listing, now: datetime) -> Listing:
    """The listing with its availability as of now: a figure's date may have passed since it was read."""
    return msgspec.structs.replace(listing, availability=availability(listing.capacity, now))
