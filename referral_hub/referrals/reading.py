"""What people see of referrals: one, lists, the timeline, what needs them today and the services to ask next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from referral_hub.accounts import short_name
from referral_hub.actors import Actor
from referral_hub.care import actions as care_actions
from referral_hub.errors import FieldError, Invalid
from referral_hub.matching import actions as matching_actions
from referral_hub.matching.facts import read_match_request
from referral_hub.matching.reach import METRES_PER_MILE, USUAL_MILES
from referral_hub.permissions import require
from referral_hub.referrals import clocks, views
from referral_hub.referrals import worklist as lines
from referral_hub.referrals.model import Party, Referral, State
from referral_hub.referrals.parties import gather_parts, party_of, show_referrals
from referral_hub.referrals.views import EventBy, EventView, ReferralView
from referral_hub.storage.referrals import CARE_ROLES, PARTNER_ROLES
from referral_hub.unit_of_work import Work

LARGEST_PAGE = 100
NAMED_NEXT = 5
"""Lines of the worklist that name the next service already: each is a match of its own."""


class ReferralFilters(Struct, frozen=True, kw_only=True):
    """What `list_referrals` may be asked for."""

    states: tuple[State, ...] = ()
    owner_id: UUID | None = None
    requester_id: UUID | None = None
    patient_id: UUID | None = None
    need_id: UUID | None = None
    overdue: bool | None = None
    page: int = 1
    per_page: int = 25


class ReferralList(Struct, frozen=True, kw_only=True):
    items: list[ReferralView]
    total: int
    page: int
    per_page: int


class NextService(Struct, frozen=True, kw_only=True):
    """A service that could be asked next."""

    service_at_location_id: UUID
    service: str
    organization: str
    verdict: str
    minutes: float
    availability: str


class WorklistLine(Struct, frozen=True, kw_only=True):
    """One thing that needs the asker today."""

    reason: str
    says: str
    overdue: bool
    referral_id: UUID | None = None
    referral: ReferralView | None = None
    need_id: UUID | None = None
    patient_id: UUID | None = None


class Worklist(Struct, frozen=True, kw_only=True):
    items: list[WorklistLine]
    total: int


def get_referral(work: Work, referral_id: UUID) -> ReferralView:
    """A referral as the asker may see it; raises NotFound for who is no party of it."""
    actor = require(work.actor, "referral:read")
    referral = work.referrals.get_for(actor, referral_id)
    return show_referrals(work, actor, [referral], _next_names(work, actor, [referral]))[0]


def list_referrals(work: Work, filters: ReferralFilters) -> ReferralList:
    """A page of the asker's referrals, the latest change first; at most 100 a page."""
    actor = require(work.actor, "referral:read")
    if not 1 <= filters.per_page <= LARGEST_PAGE or filters.page < 1:
        fault = FieldError("per_page" if filters.page >= 1 else "page", f"Pages count from 1 and hold 1 to {LARGEST_PAGE}.")
        raise Invalid("This page cannot be shown.", errors=(fault,))
    found = work.referrals.list_for(
        actor,
        now=work.now,
        states=filters.states,
        owner_id=filters.owner_id,
        requester_id=filters.requester_id,
        patient_id=filters.patient_id,
        need_id=filters.need_id,
        overdue=filters.overdue,
        page=filters.page,
        per_page=filters.per_page,
    )
    return ReferralList(items=show_referrals(work, actor, found.referrals), total=found.total, page=filters.page, per_page=filters.per_page)


def referral_events(work: Work, referral_id: UUID) -> list[EventView]:
    """The timeline, oldest first, as the asker may see it."""
    actor = require(work.actor, "referral:read")
    referral = work.referrals.get_for(actor, referral_id)
    events = work.referrals.events_for(actor, referral_id)
    party = party_of(actor, referral)
    if party is Party.OWNER:
        first = next((one.version for one in events if one.to_state is not State.DRAFT), 0)
        events = [one for one in events if one.version >= first]
    people = work.referrals.people({one.account_id for one in events if one.account_id})
    organizations = work.referrals.organization_names({one.organization_id for one in events if one.organization_id} | {referral.owner_id})
    sight = gather_parts(work, [referral]).sight(work, referral, party)
    owner = organizations[referral.owner_id][0]
    shown = []
    for event in events:
        person = people.get(event.account_id) if event.account_id else None
        name = None if person is None else short_name(person.name) if person.role in PARTNER_ROLES else person.name
        place = organizations.get(event.organization_id) if event.organization_id else None
        by = EventBy(role=event.role, name=name, organization=place[0] if place else None)
        shown.append(views.show_event(event, by, owner, party, sight))
    return shown


def worklist(work: Work) -> Worklist:
    """What needs the asker today, most pressing first, each with its reason."""
    actor = require(work.actor, "worklist:read")
    party = Party.REQUESTER if actor.role in CARE_ROLES else Party.OWNER if actor.role in PARTNER_ROLES else Party.COORDINATOR
    found = lines.order_worklist(work.referrals.open_for(actor), party, work.now)
    first = [referral for reason, referral in found if reason == "next_service"][:NAMED_NEXT]
    named = _next_names(work, actor, first)
    shown = {view.id: view for view in show_referrals(work, actor, [referral for _, referral in found], named)}
    answer = [
        WorklistLine(
            reason=reason,
            says=lines.SAYS[reason],
            overdue=lines.is_overdue(referral, work.now),
            referral_id=referral.id,
            referral=shown[referral.id],
            need_id=referral.need_id if party is Party.REQUESTER else None,
            patient_id=referral.patient_id if party is Party.REQUESTER else None,
        )
        for reason, referral in found
    ]
    if party is Party.REQUESTER:
        since = work.now - timedelta(days=clocks.ALARM_DAYS)
        alarms = [
            WorklistLine(
                reason="quality_alarm", says=lines.SAYS["quality_alarm"], overdue=True, need_id=need.id, patient_id=need.patient_id
            )
            for need in work.referrals.needs_waiting(actor, since)
        ]
        rank = lines.REQUESTER_ORDER.index
        answer = sorted(answer + alarms, key=lambda line: rank(line.reason))
    return Worklist(items=answer, total=len(answer))


def next_services(work: Work, referral_id: UUID, limit: int = 3) -> list[NextService]:
    """The best services for the referral's need that were not asked yet, in the match's order, none farther than usual."""
    actor = require(work.actor, "referral:request")
    return _next_services(work, actor, work.referrals.get_for(actor, referral_id), limit)


def _next_services(work: Work, actor: Actor, referral: Referral, limit: int) -> list[NextService]:
    need = work.care.need_for(actor, referral.need_id)
    patient = work.care.patient_for(actor, need.patient_id)
    asked = {one.service_at_location_id for one in work.referrals.of_need(actor, need.id) if one.state is not State.ENTERED_IN_ERROR}
    facts = care_actions.patient_facts(work, patient.id)
    given = {"needs": [need.term], "facts": facts, "mode": patient.mode, "limit": limit + len(asked)}
    near = {**given, "max_distance_m": USUAL_MILES * METRES_PER_MILE} if facts.get("home") else given
    found = matching_actions.match_services(work, read_match_request(near)).matches
    return [
        NextService(
            service_at_location_id=one.service_at_location_id,
            service=one.service.name,
            organization=one.organization.name,
            verdict=one.verdict,
            minutes=one.minutes,
            availability=one.availability,
        )
        for one in found
        if one.service_at_location_id not in asked
    ][:limit]


def _next_names(work: Work, actor: Actor, referrals: Sequence[Referral]) -> dict[UUID, str]:
    """The name of the next service by referral id, where the answer was no and the asker cares for the patient."""
    named: dict[UUID, str] = {}
    for referral in referrals:
        if referral.state in lines.NO_ANSWERS and party_of(actor, referral) is Party.REQUESTER:
            best = _next_services(work, actor, referral, 1)
            named |= {referral.id: best[0].service} if best else {}
    return named
