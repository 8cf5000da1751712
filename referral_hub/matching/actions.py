"""What can be asked of the directory: which services fit a patient, which fit a word, whether one fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching import poverty
from referral_hub.matching.answers import (
    Facet,
    HeldDocument,
    HomeUsed,
    Marks,
    Match,
    MatchAnswer,
    SearchAnswer,
    SearchRequest,
    ServiceFound,
    Snapshot,
)
from referral_hub.matching.area_median import find_median, with_medians
from referral_hub.matching.candidates import (
    Asked,
    Candidate,
    Ranked,
    distance_is,
    held_documents,
    rank_listings,
    within_reach,
)
from referral_hub.matching.cost_table import costs_now
from referral_hub.matching.criteria import read_stored_rule
from referral_hub.matching.directory_search import directory_of
from referral_hub.matching.eligibility import judge
from referral_hub.matching.facts import (
    LONGEST_SEARCH,
    Facts,
    Home,
    MatchRequest,
    check_facts,
    facts_as_json,
    field_error,
    read_moment,
    read_windows,
    ready_facts,
    withhold_declined,
)
from referral_hub.matching.index import finder_of, index_of, records_of
from referral_hub.matching.kinds import Kinds
from referral_hub.matching.match_index import Hit, MatchIndex, Query
from referral_hub.matching.median_table import medians_now
from referral_hub.matching.questions import name_answer, rank_questions
from referral_hub.matching.ranking import add_up
from referral_hub.matching.reach import METRES_PER_MILE, is_blank
from referral_hub.matching.referrer_table import add_referrer
from referral_hub.matching.referrers import referrers_in
from referral_hub.matching.search.excerpts import excerpt, mark
from referral_hub.matching.search.model import SearchQuery, Words
from referral_hub.matching.travel import (
    ESTIMATE,
    MOST_ROUTED,
    ROUTED,
    SAYS,
    Stop,
    point_to_visit,
    reroute,
    routed_minutes,
    travel_of,
)
from referral_hub.partners.freshness import availability
from referral_hub.partners.geocoding import geocoder_of
from referral_hub.partners.hours import zone_of
from referral_hub.partners.listing import Listing
from referral_hub.partners.model import TaxonomyTerm
from referral_hub.permissions import require
from referral_hub.ports import TravelTime
from referral_hub.unit_of_work import Work

__all__ = [
    "MatchRequest",
    "SearchRequest",
    "explain_answer",
    "get_listing",
    "judge_listing",
    "list_listings",
    "list_terms",
    "match_of",
    "match_services",
    "query_of",
    "rank_services",
    "reindex",
    "search_services",
]

LARGEST_PAGE = 100
LONGEST_LANGUAGE = 60


def match_services(work: Work, request: MatchRequest, costs: Mapping[str, float] | None = None) -> MatchAnswer:
    """The services that may help, best first. A `patient_id` is the caller's matter: the facts are in the request.

    `costs` is a whole table to count by instead of the one in force.

    Raises:
        Invalid: with the path of each fault.
    """
    require(work.actor, "match:run")
    asked, query, index = query_of(work, request, costs)
    travel = travel_of(work.hub)
    is_routed = travel.source == ROUTED
    wanted = msgspec.structs.replace(query, limit=max(request.limit, MOST_ROUTED)) if is_routed else query
    found = finder_of(work.hub, index).find(wanted, whole=True)
    ranked = rank_listings(records_of(work, [hit.id for hit in found.hits]), asked)
    travelled = [ESTIMATE] * len(ranked)
    if is_routed:
        ranked, travelled = _reroute(travel, ranked, asked)
    shown = ranked[: request.limit]
    return MatchAnswer(
        matches=[match_of(one, asked, source) for one, source in zip(shown, travelled, strict=False)],
        questions=rank_questions(_with_asked(found.settled, shown), ready_facts(asked.facts, work.now.date())),
        total=found.total,
        unplaced=found.unplaced,
        enough=found.enough,
        index_version=index.number,
        home=_home_used(asked),
    )


def rank_services(work: Work, request: MatchRequest) -> list[Hit]:
    """The best of a match as ids with their minutes and verdicts, by the estimate of travel; nothing else is looked at.

    Raises:
        Invalid: with the path of each fault.
    """
    require(work.actor, "match:run")
    _, query, index = query_of(work, request)
    return finder_of(work.hub, index).find(query, whole=False).hits


def query_of(work: Work, request: MatchRequest, costs: Mapping[str, float] | None = None) -> tuple[Asked, Query, MatchIndex]:
    """(the request made ready, what to look for, the index that is in force).

    Raises:
        Invalid: with the path of each fault.
    """
    index, kinds = index_of(work)
    _check_needs(kinds, request.needs)
    asked = _asked(work, request, costs_now(work) if costs is None else costs)
    return asked, Query(asked=asked, needs=request.needs, search=request.search, limit=request.limit), index


def _reroute(travel: TravelTime, ranked: list[Ranked], asked: Asked) -> tuple[list[Ranked], list[str]]:
    """The order by a routing server's minutes, and where each number comes from."""
    home = asked.home
    place = None if home is None or home.latitude is None or home.longitude is None else (home.latitude, home.longitude)
    times = routed_minutes(travel, place, [point_to_visit(one.listing) for one in ranked], asked.mode)
    stops = [Stop(one.score.costs, one.listing.service.name, one.listing.id) for one in ranked]
    placed = reroute(stops, times)
    return [msgspec.structs.replace(ranked[one.number], score=one.score) for one in placed], [one.travel_is for one in placed]


def _with_asked(settled: Mapping[str, float], shown: Sequence[Ranked]) -> Mapping[str, float]:
    """What is counted, and what a shown service asks for though its answer alone would settle nothing."""
    asks = {fact: 0.0 for one in shown for fact in one.judgement.ask}
    return asks | {fact: count for fact, count in settled.items() if count or fact in asks}


def judge_listing(work: Work, listing_id: UUID, facts: Facts | Mapping[str, Any], referrer_id: UUID | None = None) -> Snapshot:
    """Whether a household fits one listing, as it is kept with a referral; `referrer_id`: who refers, where it is not the asker.

    Raises:
        NotFound: there is no such listing.
        Invalid: the facts cannot be read.
    """
    require(work.actor, "directory:read")
    listing = work.listings.get(listing_id)
    known = add_referrer(work, read_facts(facts), referrer_id)
    rule = read_stored_rule(listing.rule)
    today = work.now.astimezone(zone_of(listing.timezone)).date()
    judged = with_medians(known, medians_now(work))
    judgement = judge(rule, judged, today)
    ready = ready_facts(known, today)
    region = poverty.region_of(known.home.state if known.home else None)
    return Snapshot(
        verdict=judgement.verdict.word,
        findings=judgement.findings,
        ask=judgement.ask,
        failing=judgement.failing,
        near_misses=judgement.near_misses,
        # With the age of the day in place of the birth date, and of who refers what the rule asks: a record needs no more.
        facts=dict(facts_as_json(msgspec.structs.replace(ready, birth_date=None, referred_by=referrers_in(rule, ready)))),
        rule=listing.rule,
        guideline_year=poverty.guideline_on(region, today).year,
        area_median=find_median(ready_facts(judged, today), today)[0],
        at=work.now.isoformat(),
    )


def read_facts(facts: Facts | Mapping[str, Any]) -> Facts:
    """Facts out of their JSON; raises Invalid with the path of the fault."""
    if isinstance(facts, Facts):
        return check_facts(facts)
    try:
        return check_facts(msgspec.convert(dict(facts), Facts))
    except msgspec.ValidationError as fault:
        error = field_error(fault)
        raise Invalid("The facts need another look.", errors=(FieldError(f"facts.{error.field}", error.message),)) from fault


def search_services(work: Work, request: SearchRequest) -> SearchAnswer:
    """The directory by words, kind, place, time and language; paused services are found too, and last.

    Raises:
        Invalid: with the name of each parameter that cannot be used.
    """
    require(work.actor, "directory:read")
    directory = directory_of(work)
    _check_search(request, directory.kinds)
    home, is_exact = _home_near(work, request.near)
    found = directory.index.search(_search_query(work, request, home, directory.kinds))
    listings = work.listings.some(found.ids)
    descriptions = work.listings.descriptions(found.ids)
    candidates = within_reach([listings[one] for one in found.ids if one in listings], home, None)
    return SearchAnswer(
        items=[_service_found(work, one, descriptions.get(one.listing.id, ""), found.words, is_exact=is_exact) for one in candidates],
        total=found.total,
        page=request.page,
        per_page=request.per_page,
        facets=_facets(found.facets, directory.kinds),
        index_version=directory.number,
        corrected=found.corrected,
        is_partial=found.is_partial,
        answered_by=found.answered_by,
        fallback=found.fallback,
    )


def list_listings(work: Work, *, page: int, per_page: int, changed_since: str | None = None) -> tuple[list[Listing], int]:
    """(one page of everything that matching uses, how many there are), by id. For coordinators.

    Raises:
        Invalid: a page that cannot be, or a time that is none.
    """
    require(work.actor, "directory:write")
    faults = _page_faults(page, per_page)
    since = read_moment(changed_since) if changed_since else None
    if changed_since and since is None:
        faults.append(FieldError("changed_since", "must be a time with offset such as 2026-11-23T09:00:00-05:00"))
    if faults:
        raise Invalid("The request needs another look.", errors=tuple(faults))
    start = (page - 1) * per_page
    if since is None:
        return work.listings.page(start, per_page)
    changed = sorted(work.listings.changed_since(since), key=str)
    listings = work.listings.some(changed[start : start + per_page])
    return [listings[one] for one in changed[start : start + per_page] if one in listings], len(changed)


def get_listing(work: Work, listing_id: UUID) -> Listing:
    """One listing; raises NotFound for an unknown id."""
    require(work.actor, "directory:read")
    return work.listings.get(listing_id)


def list_terms(work: Work) -> list[tuple[TaxonomyTerm, str | None]]:
    """Every taxonomy term with its parent's code, by code."""
    require(work.actor, "directory:read")
    terms = work.listings.terms()
    codes = {term.id: term.code for term in terms}
    return [(term, codes.get(term.parent_id) if term.parent_id else None) for term in terms]


def reindex(work: Work) -> int:
    """Make every worker build its index anew with its next query; how many listings there are."""
    require(work.actor, "directory:write")
    return work.listings.rebuild()


def explain_answer(answer: MatchAnswer) -> list[str]:
    """Where each minute comes from, one line a cost, as `match --explain` prints it."""
    lines = []
    for place, match in enumerate(answer.matches, start=1):
        travel, *costs = add_up([match.travel_minutes, *(cost.minutes for cost in match.costs)], digits=1)
        lines.append(f"{place}. {match.service.name}, {match.organization.name}: {match.verdict}, {match.minutes:.1f} minutes")
        miles = None if match.distance_m is None else match.distance_m / METRES_PER_MILE
        travelled = "nothing to travel, or distance not known" if miles is None else f"{miles:.1f} miles, {match.distance_is}"
        lines.append(f"   {travel:6.1f}  {SAYS[match.travel_is]}, {travelled}")
        lines += [f"   {minutes:6.1f}  {cost.why}" for cost, minutes in zip(match.costs, costs, strict=True)]
        lines += [f"           {finding.verdict}: {finding.says}" for finding in match.findings]
    lines += [f"Ask next: {question.question} (would settle {question.settles})" for question in answer.questions[:3]]
    if answer.unplaced:
        lines.append(f"{answer.unplaced} more without coordinates: search finds them.")
    return lines


def _check_needs(kinds: Kinds, needs: list[str]) -> None:
    unknown = [number for number, code in enumerate(needs) if code not in kinds.below]
    faults = [FieldError(f"needs[{number}]", "is not a code of the taxonomy") for number in unknown]
    if faults:
        raise Invalid("Some needs are not in the taxonomy.", errors=tuple(faults))


def _asked(work: Work, request: MatchRequest, costs: Mapping[str, float]) -> Asked:
    known = withhold_declined(add_referrer(work, check_facts(request.facts)))
    home, is_exact = _complete_home(work, known.home)
    return Asked(
        facts=with_medians(msgspec.structs.replace(known, home=home), medians_now(work)),
        home=home,
        home_is_exact=is_exact,
        mode=request.mode,
        max_distance_m=request.max_distance_m,
        windows=read_windows(request.windows),
        with_ineligible="ineligible" in request.include,
        with_full="full" in request.include,
        costs=costs,
        now=work.now,
    )


def _complete_home(work: Work, home: Home | None) -> tuple[Home | None, bool]:
    """(the home with what its ZIP code tells where no point was given, whether the point was given)."""
    if home is None or home.latitude is not None or home.postal_code is None:
        return home, home is not None and home.latitude is not None
    spot = geocoder_of(work.hub).locate(home.postal_code)
    if spot is None:
        return home, False
    filled = Home(
        postal_code=home.postal_code,
        city=home.city or spot.city,
        county=home.county or spot.county,
        state=home.state or spot.state,
        latitude=spot.latitude,
        longitude=spot.longitude,
    )
    return filled, False


def _home_used(asked: Asked) -> HomeUsed | None:
    home = asked.home
    if home is None or is_blank(home):
        return None
    precision = "none" if home.latitude is None else "exact" if asked.home_is_exact else "about"
    return HomeUsed(**{name: getattr(home, name) for name in home.__struct_fields__}, precision=precision)


def match_of(ranked: Ranked, asked: Asked, travel_is: str) -> Match:
    """One match as it is answered."""
    listing = ranked.listing
    return Match(
        service_at_location_id=listing.id,
        service=listing.service,
        organization=listing.organization,
        location=listing.location,
        verdict=ranked.judgement.verdict.word,
        findings=ranked.judgement.findings,
        ask=ranked.judgement.ask,
        failing=ranked.judgement.failing,
        near_misses=ranked.judgement.near_misses,
        documents=[HeldDocument(name, held) for name, held in held_documents(listing, asked.facts)],
        distance_m=ranked.distance_m,
        distance_is=distance_is(ranked.distance_m, listing, home_is_exact=asked.home_is_exact),
        minutes=ranked.score.minutes,
        travel_minutes=ranked.score.travel_minutes,
        travel_is=travel_is,
        costs=ranked.score.costs,
        availability=ranked.availability,
        open=ranked.open,
        languages=listing.languages,
        interpreted_languages=listing.interpreted_languages,
        terms=listing.terms,
        point=listing.point,
        confidential=listing.confidential,
        delivered=listing.delivered,
        remote=listing.remote,
        assured_date=listing.assured_date,
    )


def _page_faults(page: int, per_page: int) -> list[FieldError]:
    faults = []
    if not 1 <= page <= 1_000_000:
        faults.append(FieldError("page", "must be 1 or more"))
    if not 1 <= per_page <= LARGEST_PAGE:
        faults.append(FieldError("per_page", f"must be from 1 to {LARGEST_PAGE}"))
    return faults


def _check_search(request: SearchRequest, kinds: Kinds) -> None:
    faults = _page_faults(request.page, request.per_page)
    if any(code not in kinds.below for code in request.taxonomy):
        faults.append(FieldError("taxonomy", "is not a code of the taxonomy"))
    if request.within_m is not None and not 0 <= request.within_m <= 20_100_000:
        faults.append(FieldError("within_m", "must be metres, 0 or more"))
    if request.within_m is not None and not request.near:
        faults.append(FieldError("near", "is needed to measure within_m: LAT,LON or a ZIP code"))
    if len(request.search) > LONGEST_SEARCH:
        faults.append(FieldError("search", f"must be at most {LONGEST_SEARCH:,} characters"))
    if request.language is not None and len(request.language) > LONGEST_LANGUAGE:
        faults.append(FieldError("language", f"must be at most {LONGEST_LANGUAGE} characters"))
    if request.open_at and read_moment(request.open_at) is None:
        faults.append(FieldError("open_at", "must be a time with offset such as 2026-11-23T09:00:00-05:00"))
    if faults:
        raise Invalid("The search needs another look.", errors=tuple(faults))


def _home_near(work: Work, near: str | None) -> tuple[Home | None, bool]:
    """(where distances are measured from, whether that is a point and not a ZIP code)."""
    if not near:
        return None, False
    parts = near.split(",")
    if len(parts) == 1 and near.strip()[:5].isdigit():
        home, _ = _complete_home(work, Home(postal_code=near.strip()))
        if home is not None and home.latitude is not None:
            return home, False
        raise Invalid("The search needs another look.", errors=(FieldError("near", "is not a ZIP code that we know"),))
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        latitude = longitude = float("nan")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid("The search needs another look.", errors=(FieldError("near", "must be LAT,LON in degrees or a ZIP code"),))
    return Home(latitude=latitude, longitude=longitude), True


def _search_query(work: Work, request: SearchRequest, home: Home | None, kinds: Kinds) -> SearchQuery:
    """A request that was checked, as an index reads it."""
    return SearchQuery(
        now=work.now,
        text=request.search,
        kinds=frozenset(below for code in request.taxonomy for below in kinds.below[code]) if request.taxonomy else None,
        language=request.language or None,
        open_at=read_moment(request.open_at) if request.open_at else work.now if request.open_now else None,
        free=request.free,
        without_documents=request.no_documents,
        home=home,
        within_m=request.within_m,
        first=(request.page - 1) * request.per_page,
        count=request.per_page,
    )


def _service_found(work: Work, one: Candidate, description: str, words: Words, *, is_exact: bool) -> ServiceFound:
    listing, snippet = one.listing, excerpt(description, words)
    return ServiceFound(
        service_at_location_id=listing.id,
        service=listing.service,
        organization=listing.organization,
        location=listing.location,
        terms=listing.terms,
        snippet=snippet.text,
        marks=Marks(
            service=mark(listing.service.name, words).marks,
            organization=mark(listing.organization.name, words).marks,
            snippet=snippet.marks,
        ),
        distance_m=one.distance_m,
        distance_is=distance_is(one.distance_m, listing, home_is_exact=is_exact),
        point=listing.point,
        availability=availability(listing.capacity, work.now),
        languages=listing.languages,
        interpreted_languages=listing.interpreted_languages,
        assured_date=listing.assured_date,
        confidential=listing.confidential,
        delivered=listing.delivered,
        remote=listing.remote,
        active=listing.active,
        referrable=listing.referrable,
    )


_FACET_NAMES = {"open": {"now": "Open now"}, "cost": {"free": "Free of charge"}, "documents": {"none": "No papers needed"}}


def _facets(counts: Mapping[str, Mapping[str, int]], kinds: Kinds) -> dict[str, list[Facet]]:
    """Counts with names, the most frequent first; distances the nearest first."""

    def name(facet: str, value: str) -> str:
        if facet == "taxonomy":
            return kinds.names.get(value) or name_answer("", value)
        if facet == "distance":
            return f"Within {int(value) / METRES_PER_MILE:.0f} mile{'' if int(value) < 2 * METRES_PER_MILE else 's'}"
        return _FACET_NAMES.get(facet, {}).get(value) or name_answer("languages" if facet == "language" else "", value)

    return {
        facet: [
            Facet(value, name(facet, value), count)
            for value, count in sorted(values.items(), key=lambda one: (int(one[0]) if facet == "distance" else -one[1], one[0]))
        ]
        for facet, values in counts.items()
    }
