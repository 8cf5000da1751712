"""Which listings come into question, and what each costs: the match as a pure function of listings and facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.matching.criteria import Rule
from referral_hub.matching.eligibility import Judgement, Verdict, judge, same_language
from referral_hub.matching.expected import expected_settled
from referral_hub.matching.facts import Facts, Home, Mode, Span
from referral_hub.matching.questions import Question, rank_questions
from referral_hub.matching.ranking import Score, costs_of, score, sort_key
from referral_hub.matching.reach import EXACT, distance_m, holds_home, is_visited, surely_beyond, travel_minutes
from referral_hub.partners.freshness import availability
from referral_hub.partners.hours import Interval, open_intervals, zone_of
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
    rule: Rule | None
    rule_key: int
    distance_m: float | None


class Ranked(Struct, frozen=True):
    """A candidate judged, with its cost."""

    candidate: Candidate
    judgement: Judgement
    availability: str
    score: Score
    open: list[Interval] | None
    """Within the patient's windows; None where none were named."""


class Found(Struct, frozen=True):
    """Everything that a match answers, before it is cut to a page."""

    ranked: list[Ranked]
    questions: list[Question]
    unplaced: int


class Entry(Struct, frozen=True):
    """A listing with its rule ready to be judged. Listings with the same rule share one `rule_key`."""

    listing: Listing
    rule: Rule | None
    rule_key: int


def find_matches(entries: Iterable[Entry], asked: Asked, only: Collection[UUID] | None = None) -> Found:
    """The matches among entries of the requested terms, best first; `only` restricts to the hits of a search."""
    candidates, unplaced = gather([entry for entry in entries if only is None or entry.listing.id in only], asked)
    judged: dict[tuple[int, object], Judgement] = {}
    ranked = []
    for candidate in candidates:
        room = availability(candidate.listing.capacity, asked.now)
        if room == "full" and not asked.with_full:
            continue
        judgement = _judge_once(candidate, asked, judged)
        if judgement.verdict is Verdict.INELIGIBLE and not asked.with_ineligible:
            continue
        ranked.append(_rank(candidate, judgement, room, asked))
    ranked.sort(key=lambda one: sort_key(one.score, one.candidate.listing.service.name, one.candidate.listing.id))
    return Found(ranked, _questions(ranked, asked), unplaced)


def gather(entries: Iterable[Entry], asked: Asked) -> tuple[list[Candidate], int]:
    """(what is active, referrable, accessible and in reach; how many places only their missing point keeps out)."""
    needs = set(asked.facts.accessibility or ())
    measured: dict[tuple[float, float], float | None] = {}
    found, unplaced = [], 0
    for entry in entries:
        listing = entry.listing
        if not (listing.active and listing.referrable) or not needs.issubset(listing.accessibility):
            continue
        visited = is_visited(listing)
        if visited and asked.mode == "none":
            continue
        metres = None
        if visited and asked.max_distance_m is not None and listing.point is None:
            unplaced += holds_home(listing.service_area, asked.home, None)
            continue
        if visited:
            metres, within = _measure(listing, asked.home, asked.max_distance_m, measured)
            if not within:
                continue
        if holds_home(listing.service_area, asked.home, listing.point):
            found.append(Candidate(listing, entry.rule, entry.rule_key, metres))
    return found, unplaced


def within_reach(entries: Iterable[Entry], home: Home | None, limit_m: float | None) -> list[Candidate]:
    """For a search: the listings with their distances, paused ones too; with a limit those that it holds.

    A hidden, delivered or remote one is a matter of its area, which only a home with a ZIP code can tell.
    """
    measured: dict[tuple[float, float], float | None] = {}
    found = []
    for entry in entries:
        listing, metres = entry.listing, None
        if is_visited(listing):
            metres, within = _measure(listing, home, limit_m, measured)
            if limit_m is not None and (metres is None or not within):
                continue
        elif limit_m is not None and home is not None and home.postal_code and not holds_home(listing.service_area, home, listing.point):
            continue
        found.append(Candidate(listing, entry.rule, entry.rule_key, metres))
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


def _judge_once(candidate: Candidate, asked: Asked, judged: dict[tuple[int, object], Judgement]) -> Judgement:
    """Equal rules have equal verdicts on one day."""
    today = asked.now.astimezone(zone_of(candidate.listing.timezone)).date()
    key = (candidate.rule_key, today)
    if key not in judged:
        judged[key] = judge(candidate.rule, asked.facts, today)
    return judged[key]


def _rank(candidate: Candidate, judgement: Judgement, room: str, asked: Asked) -> Ranked:
    listing = candidate.listing
    windows = [Interval(span.start, span.end) for span in asked.windows]
    opened = open_intervals(listing.schedule, listing.timezone, windows) if windows else None
    costs = costs_of(
        listing,
        verdict=judgement.verdict,
        availability=room,
        today=asked.now.astimezone(zone_of(listing.timezone)).date(),
        languages=asked.facts.languages,
        is_open=None if opened is None else bool(opened),
        minutes=asked.costs,
    )
    return Ranked(candidate, judgement, room, score(travel_minutes(asked.mode, candidate.distance_m), costs), opened)


def _questions(ranked: Sequence[Ranked], asked: Asked) -> list[Question]:
    """Each fact that some found service asks for, with how many services its answer is expected to settle."""
    undecided: dict[date, dict[int, tuple[Rule, int]]] = {}
    for one in ranked:
        rule, key = one.candidate.rule, one.candidate.rule_key
        if rule is None or one.judgement.verdict is not Verdict.UNKNOWN:
            continue
        of_day = undecided.setdefault(asked.now.astimezone(zone_of(one.candidate.listing.timezone)).date(), {})
        of_day[key] = (rule, of_day[key][1] + 1 if key in of_day else 1)
    settled: Counter[str] = Counter()
    for today, rules in undecided.items():
        settled.update(expected_settled(rules.values(), asked.facts, today))
    return rank_questions(settled, asked.facts)


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
