"""What another table of costs would make of a match, before it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.matching.actions import match_services
from referral_hub.matching.answers import Match
from referral_hub.matching.cost_table import costs_now
from referral_hub.matching.costs import check_costs
from referral_hub.matching.facts import MatchRequest
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

FIRST = 5
"""How many of the order are shown."""
DEPTH = 200
"""How far down a service is looked for; farther down has no place."""


class Moved(Struct, frozen=True):
    """One service in both orders; a place is None beyond `DEPTH`."""

    match: Match
    """As counted by the tried table; by the table in force where it has no place in the tried order."""
    place: int | None
    was: int | None
    minutes_before: float | None


class Trial(Struct, frozen=True):
    """The first of the tried order, and those of the present first that are no longer among them."""

    first: list[Moved]
    gone: list[Moved]
    total: int


def try_costs(work: Work, minutes: Mapping[str, object], request: MatchRequest) -> Trial:
    """The same match by the table in force and by `minutes`; nothing is kept. For coordinators.

    Raises:
        Invalid: `minutes.NAME` for each row that cannot be, or the path of what is wrong with the request.
    """
    require(work.actor, "cost:write")
    tried = check_costs(minutes)
    request = msgspec.structs.replace(request, limit=DEPTH)
    before = match_services(work, request, costs_now(work))
    after = match_services(work, request, tried)
    was = _places(before.matches)
    place = _places(after.matches)
    by_id = {match.service_at_location_id: match for match in before.matches}

    def moved(match: Match) -> Moved:
        listing_id = match.service_at_location_id
        earlier = by_id.get(listing_id)
        return Moved(match, place.get(listing_id), was.get(listing_id), earlier.minutes if earlier else None)

    tried_by_id = {match.service_at_location_id: match for match in after.matches}
    first = after.matches[:FIRST]
    ids = {match.service_at_location_id for match in first}
    gone = [tried_by_id.get(match.service_at_location_id, match) for match in before.matches[:FIRST]]
    return Trial(
        first=[moved(match) for match in first],
        gone=[moved(match) for match in gone if match.service_at_location_id not in ids],
        total=after.total,
    )


def _places(matches: list[Match]) -> dict[UUID, int]:
    return {match.service_at_location_id: number for number, match in enumerate(matches, start=1)}
