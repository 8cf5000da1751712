"""Which listings come into question, and what each costs: the match as a pure function of listings and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec
from msgspec import Struct

from referral_hub.matching.criteria import read_packed_rule
from referral_hub.matching.eligibility import OPEN_TO_ALL, Judgement, RuleForm, judge_form, make_form, same_language
from referral_hub.matching.facts import Facts, Home, Mode, Span, ready_facts
from referral_hub.matching.ranking import Score, costs_of, score, sort_key
from referral_hub.matching.reach import EXACT, distance_m, holds_home, is_visited, surely_beyond, travel_minutes
from referral_hub.partners.freshness import availability
from referral_hub.partners.hours import Interval, merge_windows, open_ahead, zone_of
from referral_hub.partners.listing import Listing, PackedListing

WEEK = timedelta(days=7)
"""So far ahead opening hours are told where the patient named no times."""


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
    """A listing in reach judged, with its cost."""

    listing: PackedListing
    distance_m: float | None
    judgement: Judgement
    availability: str
    score: Score
    open: list[Interval]
    """Within the patient's windows; without windows, of the next seven days."""


def rank_listings(listings: Iterable[PackedListing], asked: Asked) -> list[Ranked]:
    """Each listing judged and counted from its record, best first. That they are in reach was found out before."""
    ranker = _Ranker(asked)
    ranked = [ranker.rank(listing) for listing in listings]
    return sorted(ranked, key=lambda one: sort_key(one.score, one.listing.service.name, one.listing.id))


class _Ranker:
    """One request, and what its listings have in common: worked out once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        coming_week = Interval(asked.now, asked.now + WEEK)
        self._windows = merge_windows([Interval(span.start, span.end) for span in asked.windows] or [coming_week])
        self._days: dict[str, date] = {}
        self._facts: dict[date, Facts] = {}
        self._judgements: dict[tuple[bytes, date], Judgement] = {}

    def rank(self, listing: PackedListing) -> Ranked:
        asked, today = self._asked, self._today_at(listing.timezone)
        metres = _distance_to(listing, asked.home)
        judgement = self._judge(bytes(listing.rule), today)
        room = availability(listing.capacity, asked.now)
        opened = open_ahead(bytes(listing.schedule), listing.timezone, self._windows, today)
        costs = costs_of(
            listing,
            verdict=judgement.verdict,
            availability=room,
            today=today,
            languages=asked.facts.languages,
            is_open=bool(opened) if asked.windows else None,
            minutes=asked.costs,
        )
        return Ranked(listing, metres, judgement, room, score(travel_minutes(asked.mode, metres), costs), opened)

    def _today_at(self, timezone: str) -> date:
        if timezone not in self._days:
            self._days[timezone] = self._asked.now.astimezone(zone_of(timezone)).date()
        return self._days[timezone]

    def _judge(self, rule: bytes, today: date) -> Judgement:
        if rule == _NO_RULE:
            return OPEN_TO_ALL
        found = self._judgements.get((rule, today))
        if found is None:
            if today not in self._facts:
                self._facts[today] = ready_facts(self._asked.facts, today)
            found = self._judgements[rule, today] = judge_form(_form_of(rule), self._facts[today], today)
        return found


_NO_RULE = msgspec.msgpack.encode(None)


@lru_cache(maxsize=4096)
def _form_of(packed: bytes) -> RuleForm | None:
    """Many listings have the same rule, and the same ones are shown again and again."""
    rule = read_packed_rule(packed)
    return None if rule is None else make_form(rule)


def _distance_to(listing: PackedListing, home: Home | None) -> float | None:
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


def distance_is(candidate_distance: float | None, listing: Listing | PackedListing, *, home_is_exact: bool) -> str:
    """One of exact, about, none."""
    if candidate_distance is None or listing.point is None:
        return "none"
    return "exact" if home_is_exact and listing.point.precision in EXACT else "about"


def held_documents(listing: PackedListing, facts: Facts) -> list[tuple[str, bool | None]]:
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
