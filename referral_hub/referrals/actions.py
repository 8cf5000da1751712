"""What people do with referrals. Every move goes through one door: move_referral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from referral_hub.actors import SYSTEM, Actor, Role
from referral_hub.care import actions as care_actions
from referral_hub.care.consent import consent_covers
from referral_hub.care.model import Consent, LetterCode, Need, NeedStatus, Patient
from referral_hub.errors import Conflict, ConsentMissing, FieldError, Invalid, NotFound, StaleVersion
from referral_hub.ids import new_id
from referral_hub.matching import actions as matching_actions
from referral_hub.matching.facts import read_match_request
from referral_hub.matching.reach import METRES_PER_MILE, USUAL_MILES
from referral_hub.partners.model import ServiceStatus
from referral_hub.permissions import allowed, require
from referral_hub.referrals import clocks, lifecycle, notices, reasons, sentences, views
from referral_hub.referrals import worklist as lines
from referral_hub.referrals.inputs import carried_of, read_input
from referral_hub.referrals.model import Delivery, Event, Party, Referral, State, Urgency
from referral_hub.referrals.outcome import is_disputed, need_status_of
from referral_hub.referrals.views import EventBy, EventView, Labelled, ReferralView
from referral_hub.storage.referrals import CARE_ROLES, PARTNER_ROLES, PlaceNames
from referral_hub.unit_of_work import Work

LARGEST_PAGE = 100
NAMED_NEXT = 5
"""Lines of the worklist that name the next service already: each is a match of its own."""
_MOVING = ("referral:request", "referral:answer", "referral:coordinate")


class ReferralFilters(msgspec.Struct, frozen=True, kw_only=True):
    """What `list_referrals` may be asked for."""

    states: tuple[State, ...] = ()
    owner_id: UUID | None = None
    requester_id: UUID | None = None
    patient_id: UUID | None = None
    need_id: UUID | None = None
    overdue: bool | None = None
    page: int = 1
    per_page: int = 25


class ReferralList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ReferralView]
    total: int
    page: int
    per_page: int


class NextService(msgspec.Struct, frozen=True, kw_only=True):
    """A service that could be asked next."""

    service_at_location_id: UUID
    service: str
    organization: str
    verdict: str
    minutes: float
    availability: str


class WorklistLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs the asker today."""

    reason: str
    says: str
    overdue: bool
    referral_id: UUID | None = None
    referral: ReferralView | None = None
    need_id: UUID | None = None
    patient_id: UUID | None = None


class Worklist(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WorklistLine]
    total: int


def create_referral(
    work: Work,
    need_id: UUID,
    service_at_location_id: UUID,
    urgency: Urgency = Urgency.ROUTINE,
    note: str | None = None,
    override_reason: str | None = None,
    *,
    send: bool = False,
) -> ReferralView:
    """A draft with its eligibility snapshot; with `send` it is sent in the same step.

    Raises:
        NotFound: the need is not of the asker's organization, or there is no such service.
        Invalid: a rule does not fit and `override_reason` is empty, or the service takes no referrals.
        Conflict: the need has an open referral to the same service.
        ConsentMissing: the consent does not cover the partner, the need or the day.
    """
    actor = require(work.actor, "referral:request")
    need = work.care.need_for(actor, need_id)
    place = _open_place(work, service_at_location_id)
    _refuse_double(work, actor, need, place)
    day = care_actions.today_of(work, need.organization_id)
    _consent_for(work.care.consents_for(actor, need.patient_id), need, place, day)
    snapshot = _judge(work, actor, need.patient_id, place.id)
    _refuse_unfit(snapshot, override_reason)
    draft = _draft(work, actor, need, place, snapshot)
    draft = replace(draft, urgency=urgency, note=note, override_reason=override_reason)
    event = _event(work, actor, None, draft, "create", {"verdict": snapshot.get("verdict")})
    work.referrals.add(draft, event)
    if send:
        return _move(work, actor, draft, "send", draft.version, {})
    return _view(work, actor, draft)


def move_referral(work: Work, referral_id: UUID, action: str, version: int, carried: Mapping[str, Any]) -> ReferralView:
    """Take a step: the one door for every move and event of the contract (`action` is its word).

    Raises:
        Denied: the asker's role only reads.
        NotFound: no such referral, or somebody else's.
        Invalid: a field is unknown, wrong or missing.
        StaleVersion: the referral was changed since `version`; facts: state, version, open_actions.
        IllegalMove: not open now; facts: state, version, open_actions.
        ConsentMissing: the consent does not cover where it would go.
    """
    actor = _mover(work)
    given = carried_of(read_input(action, version, carried))
    return _move(work, actor, work.referrals.get_for(actor, referral_id), action, version, given)


def answer_by_letter(work: Work, code: LetterCode, action: str, carried: Mapping[str, Any]) -> Referral:
    """The patient's own step (`witness` or `withdraw`) through a letter whose code was checked before.

    Raises:
        Conflict: the letter belongs to an earlier cycle of the referral.
    """
    actor = require(work.actor, "letter:answer")
    referral = work.referrals.of_letter(code)
    if referral.cycle != code.cycle:
        raise Conflict("This letter was replaced by a newer one. Please use the newer letter, or call.")
    given = carried_of(read_input(action, referral.version, carried))
    return _save_step(work, actor, referral, action, given)


def record_view(work: Work, referral_id: UUID) -> Referral:
    """Note once in a cycle that the partner has looked at a new referral (asked for by a POST, never by a GET)."""
    actor = require(work.actor, "referral:answer")
    referral = work.referrals.get_for(actor, referral_id)
    seen = any(one.action == "viewed" and one.cycle == referral.cycle for one in work.referrals.events_for(actor, referral_id))
    return referral if seen or referral.state is not State.SENT else _save_step(work, actor, referral, "viewed", {})


def get_referral(work: Work, referral_id: UUID) -> ReferralView:
    """A referral as the asker may see it; raises NotFound for who is no party of it."""
    actor = require(work.actor, "referral:read")
    referral = work.referrals.get_for(actor, referral_id)
    return _views(work, actor, [referral], _next_names(work, actor, [referral]))[0]


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
    return ReferralList(items=_views(work, actor, found.referrals), total=found.total, page=filters.page, per_page=filters.per_page)


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
    sight = _parts(work, [referral]).sight(work, referral, party)
    owner = organizations[referral.owner_id][0]
    shown = []
    for event in events:
        person = people.get(event.account_id) if event.account_id else None
        name = None if person is None else views.short_name(person.name) if person.role in PARTNER_ROLES else person.name
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
    shown = {view.id: view for view in _views(work, actor, [referral for _, referral in found], named)}
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


def expire_due(work: Work) -> int:
    """Run the clocks that end by themselves: unanswered referrals expire, reviewed ones close. How many moved."""
    actor = require(work.actor, "clock:run")
    moved = 0
    for referral in work.referrals.to_expire(work.now):
        _save_step(work, actor, referral, "expire", {"clock": "ACKNOWLEDGE"})
        moved += 1
    for referral in work.referrals.to_close(work.now):
        if not is_disputed(referral.outcome):
            status = need_status_of(referral.outcome)
            _save_step(work, actor, referral, "close", {"need_status": status, "next_step": "Closed by itself: nobody objected in time."})
            moved += 1
    return moved


def party_of(actor: Actor, referral: Referral) -> Party | None:
    """As which party the asker acts on this referral; who only reads is the party that is read for."""
    if actor.role in CARE_ROLES and actor.organization_id == referral.requester_id:
        return Party.REQUESTER
    if actor.role in PARTNER_ROLES and actor.organization_id == referral.owner_id:
        return Party.OWNER
    return {Role.COORDINATOR: Party.COORDINATOR, Role.SYSTEM: Party.SYSTEM, Role.PATIENT: Party.PATIENT}.get(actor.role)


# One step


def _mover(work: Work) -> Actor:
    held = next((permission for permission in _MOVING if allowed(work.actor, permission)), _MOVING[0])
    return require(work.actor, held)


def _move(work: Work, actor: Actor, referral: Referral, action: str, version: int, given: dict[str, Any]) -> ReferralView:
    if version != referral.version:
        raise _stale(work, actor, referral)
    return _view(work, actor, _save_step(work, actor, referral, action, given))


def _save_step(work: Work, actor: Actor, referral: Referral, action: str, given: dict[str, Any]) -> Referral:
    """Prepare, advance, settle the slot, store with event and deliveries, and set in motion what follows."""
    party = party_of(actor, referral)
    open_ = lifecycle.open_now(referral, party, work.now, actor.account_id) if party else ()
    if party is None or action not in open_:
        raise lifecycle.illegal(referral, action, open_)
    place = work.referrals.places([referral.service_at_location_id])[referral.service_at_location_id]
    if action == "start":
        given = {"began_on": work.now.astimezone(ZoneInfo(place.timezone)).date()} | given
    referral, given = _prepare(work, referral, party, action, given)
    after = lifecycle.advance(referral, action, party, given, work.now, account_id=actor.account_id, timezone=place.timezone)
    after = _settle_slot(work, referral, after, place)
    event = _event(work, actor, referral, after, action, given)
    saved = work.referrals.save(after, event, _deliveries(work, after, event, party, place))
    if saved is None:
        raise _stale(work, actor, work.referrals.get_for(actor, referral.id))
    _follow(work, actor, referral, saved, action, given, place)
    return saved


def _prepare(work: Work, referral: Referral, party: Party, action: str, given: dict[str, Any]) -> tuple[Referral, dict[str, Any]]:
    """What a step needs beside its input: consent and a fresh verdict to send, consent to reopen or forward."""
    if action not in ("send", "reopen", "forward"):
        return referral, given
    need = work.care.needs_of_referrals(SYSTEM, [referral.id])[referral.id]
    consents = work.care.consents_of_referrals(SYSTEM, [referral.id])[referral.id]
    place = _open_place(work, given["target"] if action == "forward" else referral.service_at_location_id)
    day = care_actions.today_of(work, referral.requester_id)
    if action == "forward" and place.id == referral.service_at_location_id:
        raise Invalid("It is at this service already.", errors=(FieldError("target", "Choose another service."),))
    try:
        consent = _consent_for(consents, need, place, day)
    except ConsentMissing as fault:
        if party is Party.OWNER and action == "forward":
            message = f"{fault.detail} Propose it to the care manager with a question instead."
            raise ConsentMissing(message) from fault
        raise
    if action != "send":
        return referral, given
    snapshot = _judge_of(work, referral.id, place.id)
    return replace(referral, eligibility=snapshot), given | {"consent_id": str(consent.id)}


def _settle_slot(work: Work, before: Referral, after: Referral, place: PlaceNames) -> Referral:
    """Take a place off the published room, or put it back; the referral remembers whether one was counted."""
    if after.holds_slot == before.holds_slot:
        return after
    if after.holds_slot:
        counted = work.referrals.take_slot(place, work.now)
        after = replace(after, slot_counted=counted)
    else:
        counted = before.slot_counted and work.referrals.give_slot(place, work.now)
        after = replace(after, slot_counted=False)
    if counted:
        work.changes.raise_number("directory")
    return after


def _follow(work: Work, actor: Actor, before: Referral, after: Referral, action: str, given: dict[str, Any], place: PlaceNames) -> None:
    """What a step sets in motion elsewhere: the need's status, the reason's consequence, the child referral."""
    if action in ("close", "reopen"):
        need = work.care.needs_of_referrals(SYSTEM, [after.id])[after.id]
        status = NeedStatus(str(after.need_status)) if action == "close" else NeedStatus.OPEN
        if need.status is not status:
            work.care.save_need(replace(need, status=status, version=need.version + 1))
    elif action in ("decline", "give-up"):
        _apply_consequence(work, after, place)
    elif action == "forward":
        _send_child(work, actor, before, given["target"], given.get("text"))


def _apply_consequence(work: Work, after: Referral, place: PlaceNames) -> None:
    consequence = reasons.REASONS[(str(after.reason_side), str(after.reason_code))].consequence
    if consequence is reasons.Consequence.NO_ROOM:
        changed = work.referrals.clear_room(place, work.now)
    elif consequence is reasons.Consequence.PAUSE_SERVICE:
        changed = work.referrals.pause_service(place.service_id, None, work.now)
    elif consequence is reasons.Consequence.CLOSE_LISTING:
        changed = work.referrals.pause_service(place.service_id, ServiceStatus.INACTIVE, work.now)
    else:
        return
    if changed:
        work.changes.raise_number("directory")


def _send_child(work: Work, actor: Actor, parent: Referral, target: UUID, text: str | None) -> None:
    """The referral that the next partner gets: same need, same sender, the parent's clock."""
    need = work.care.needs_of_referrals(SYSTEM, [parent.id])[parent.id]
    place = _open_place(work, target)
    snapshot = _judge_of(work, parent.id, place.id)
    if snapshot.get("verdict") == "ineligible" and not text:
        raise Invalid(
            "The patient does not meet a rule of that service.", errors=(FieldError("text", "Say why it goes there all the same."),)
        )
    draft = replace(
        _draft(work, actor, need, place, snapshot),
        requester_id=parent.requester_id,
        created_by=parent.created_by,
        parent_id=parent.id,
        urgency=parent.urgency,
        note=parent.note,
        override_reason=text,
    )
    work.referrals.add(draft, _event(work, actor, None, draft, "create", {"verdict": snapshot.get("verdict"), "parent_id": str(parent.id)}))
    consents = work.care.consents_of_referrals(SYSTEM, [parent.id])[parent.id]
    consent = _consent_for(consents, need, place, care_actions.today_of(work, parent.requester_id))
    given = {"consent_id": str(consent.id)}
    sent = lifecycle.advance(draft, "send", Party.REQUESTER, given, work.now, timezone=place.timezone)
    sent = _settle_slot(work, draft, lifecycle.keep_clock(sent, parent), place)
    event = _event(work, actor, draft, sent, "send", given)
    work.referrals.save(sent, event, _deliveries(work, sent, event, Party.REQUESTER, place))


def _draft(work: Work, actor: Actor, need: Need, place: PlaceNames, snapshot: dict[str, Any]) -> Referral:
    due = clocks.due_at("DRAFT", work.now, place.timezone)
    return Referral(
        id=new_id(),
        patient_id=need.patient_id,
        need_id=need.id,
        service_at_location_id=place.id,
        requester_id=need.organization_id,
        owner_id=place.organization_id,
        created_by=actor.account_id,
        eligibility=snapshot,
        clock="DRAFT",
        due_at=due,
        created_at=work.now,
        state_since=work.now,
        updated_at=work.now,
    )


def _event(work: Work, actor: Actor, before: Referral | None, after: Referral, action: str, given: Mapping[str, Any]) -> Event:
    return Event(
        id=new_id(),
        referral_id=after.id,
        version=after.version,
        cycle=after.cycle,
        action=action,
        from_state=before.state if before else None,
        to_state=after.state,
        at=work.now,
        account_id=actor.account_id,
        organization_id=actor.organization_id,
        role=actor.role.value,
        channel=actor.channel.value,
        details={name: msgspec.to_builtins(value) for name, value in given.items()},
    )


def _deliveries(work: Work, after: Referral, event: Event, party: Party, place: PlaceNames) -> list[Delivery]:
    told = notices.who_is_told(event.action, party, was_sent=after.sent_at is not None)
    addresses = [
        one for to in told for one in (requester_addresses(work, after) if to is Party.REQUESTER else owner_addresses(work, place))
    ]
    kind = notices.kind_of(event.action)
    return [
        Delivery(id=new_id(), event_id=event.id, referral_id=after.id, channel="mail", recipient=address, kind=kind, due_at=work.now)
        for address in dict.fromkeys(addresses)
    ]


def requester_addresses(work: Work, referral: Referral) -> list[str]:
    """The care manager who sent it; when that account is gone, all of the organization's."""
    people = work.referrals.people_of(referral.requester_id, [Role.CARE_MANAGER])
    return [one.email for one in people if one.id == referral.created_by] or [one.email for one in people]


def owner_addresses(work: Work, place: PlaceNames, roles: Sequence[Role] = (Role.PARTNER_STAFF, Role.PARTNER_LEAD)) -> list[str]:
    """The partner's people; without accounts, the address in the directory."""
    people = [one.email for one in work.referrals.people_of(place.organization_id, roles)]
    listed = next((one for one in (place.service_email, place.organization_email) if one), None)
    return people or ([listed] if listed else [])


# Guards


def _stale(work: Work, actor: Actor, referral: Referral) -> StaleVersion:
    party = party_of(actor, referral)
    open_ = lifecycle.open_now(referral, party, work.now, actor.account_id) if party else ()
    return StaleVersion(
        f"This referral was changed since you read it: it is {referral.state.replace('_', ' ')} now. Look at it again, then repeat.",
        state=referral.state.value,
        version=referral.version,
        open_actions=list(open_),
    )


def _open_place(work: Work, service_at_location_id: UUID) -> PlaceNames:
    place = work.referrals.places([service_at_location_id]).get(service_at_location_id)
    if place is None:
        raise NotFound
    if not place.is_open:
        fault = FieldError("service_at_location_id", "This service takes no referrals now.")
        raise Invalid("This service takes no referrals now.", errors=(fault,))
    return place


def _consent_for(consents: Sequence[Consent], need: Need, place: PlaceNames, day: Any) -> Consent:
    """The consent that covers this partner and this need on this day."""
    for consent in consents:
        if consent_covers([consent], need.domain, place.organization_id, day, term=need.term):
            return consent
    gap = consent_covers(consents, need.domain, place.organization_id, day, term=need.term)
    raise ConsentMissing(gap.says if gap is not True else "The patient's consent does not cover this.")


def _refuse_double(work: Work, actor: Actor, need: Need, place: PlaceNames) -> None:
    for one in work.referrals.of_need(actor, need.id):
        if one.service_at_location_id == place.id and one.state in lifecycle.OPEN_STATES:
            raise Conflict("This need has an open referral to the same service already.")


def _refuse_unfit(snapshot: Mapping[str, Any], override_reason: str | None) -> None:
    if snapshot.get("verdict") == "ineligible" and not override_reason:
        fault = FieldError("override_reason", "Say why it is sent although a rule does not fit.")
        raise Invalid("The patient does not meet a rule of this service.", errors=(fault,))


def _judge(work: Work, actor: Actor, patient_id: UUID, listing_id: UUID) -> dict[str, Any]:
    patient = work.care.patient_for(actor, patient_id)
    return _snapshot(work, patient, work.care.facts_for(actor, patient_id), listing_id)


def _judge_of(work: Work, referral_id: UUID, listing_id: UUID) -> dict[str, Any]:
    patient = work.care.patients_of_referrals(SYSTEM, [referral_id])[referral_id]
    return _snapshot(work, patient, work.care.facts_of_referral(SYSTEM, referral_id), listing_id)


def _snapshot(work: Work, patient: Patient, facts: list[Any], listing_id: UUID) -> dict[str, Any]:
    known = care_actions.facts_of(patient, facts, care_actions.today_of(work, patient.organization_id))
    plain: dict[str, Any] = msgspec.to_builtins(matching_actions.judge_listing(work, listing_id, known))
    return plain


# Views


class _Parts(msgspec.Struct, frozen=True):
    """What belongs to a set of referrals, by referral id (places and organizations by their own)."""

    needs: dict[UUID, Need]
    patients: dict[UUID, Patient]
    consents: dict[UUID, list[Consent]]
    places: dict[UUID, PlaceNames]
    organizations: dict[UUID, tuple[str, str]]
    children: dict[UUID, Referral]

    def sight(self, work: Work, referral: Referral, party: Party | None) -> views.Sight:
        """How much of the patient the party may see now."""
        need = self.needs[referral.id]
        day = work.now.astimezone(ZoneInfo(self.organizations[referral.requester_id][1])).date()
        covered = consent_covers(self.consents[referral.id], need.domain, referral.owner_id, day, term=need.term) is True
        return views.sight_of(referral, party, covered=covered)


def _parts(work: Work, referrals: Sequence[Referral]) -> _Parts:
    """Everything in a handful of queries, however many referrals; the asker was let in before."""
    ids = [one.id for one in referrals]
    children = work.referrals.children_of(ids)
    places = work.referrals.places({one.service_at_location_id for one in [*referrals, *children.values()]})
    return _Parts(
        needs=work.care.needs_of_referrals(SYSTEM, ids),
        patients=work.care.patients_of_referrals(SYSTEM, ids),
        consents=work.care.consents_of_referrals(SYSTEM, ids),
        places=places,
        organizations=work.referrals.organization_names({one for item in referrals for one in (item.requester_id, item.owner_id)}),
        children=children,
    )


def _view(work: Work, actor: Actor, referral: Referral) -> ReferralView:
    return _views(work, actor, [referral])[0]


def _views(work: Work, actor: Actor, referrals: Sequence[Referral], named: Mapping[UUID, str] = MappingProxyType({})) -> list[ReferralView]:
    """Views in order; `named`: the next service's name where it was looked for."""
    if not referrals:
        return []
    parts = _parts(work, referrals)
    return [_show(work, actor, one, parts, named.get(one.id)) for one in referrals]


def _show(work: Work, actor: Actor, referral: Referral, parts: _Parts, next_service: str | None) -> ReferralView:
    party = party_of(actor, referral)
    sight = parts.sight(work, referral, party)
    place = parts.places[referral.service_at_location_id]
    sender = parts.organizations[referral.requester_id][0]
    child = parts.children.get(referral.id)
    patient = views.show_patient(parts.patients[referral.id], sight)
    names = sentences.Names(
        partner=place.organization,
        sender=sender,
        patient=patient.name if patient else None,
        other=parts.places[child.service_at_location_id].organization if child else None,
        next_service=next_service,
    )
    told = replace(referral, reason_text=views.show_reason_text(referral, party, sight))
    paused_untold = referral.state is State.ON_HOLD and told.reason_text is None
    reader = "partner" if party is Party.OWNER or paused_untold else "care_manager"
    reads_only = not any(allowed(actor, permission) for permission in _MOVING)
    open_ = () if party is None or reads_only else lifecycle.open_now(referral, party, work.now, actor.account_id)
    free = sight in (views.Sight.ALL, views.Sight.CONTACT)
    return ReferralView(
        id=referral.id,
        state=referral.state,
        version=referral.version,
        cycle=referral.cycle,
        urgency=referral.urgency,
        open_actions=list(open_),
        whose_move=referral.whose_move,
        due_at=referral.due_at,
        overdue=lines.is_overdue(referral, work.now),
        clock=referral.clock,
        says=sentences.say(told, reader, names, work.now, place.timezone),
        next=sentences.say_whose_move(referral, names, work.now, place.timezone),
        requester=Labelled(referral.requester_id, sender),
        owner=Labelled(referral.owner_id, place.organization),
        service=Labelled(place.service_id, place.service),
        location=Labelled(place.location_id, place.location),
        service_at_location_id=place.id,
        timezone=place.timezone,
        sight=sight,
        patient=patient,
        need=views.show_need(parts.needs[referral.id], sight),
        note=referral.note if free else None,
        eligibility=views.show_eligibility(referral.eligibility, sight),
        override_reason=referral.override_reason if free else None,
        assignee=referral.assignee,
        expected_on=referral.expected_on,
        reason=views.show_reason(referral, party, sight),
        open_question=None if sight is views.Sight.NOTHING else referral.open_question,
        outcome=referral.outcome if free else None,
        disputed=is_disputed(referral.outcome),
        need_status=referral.need_status,
        next_step=referral.next_step if sight is views.Sight.ALL else None,
        parent_id=referral.parent_id,
        child_id=child.id if child and party is not Party.OWNER else None,
        created_at=referral.created_at,
        state_since=referral.state_since,
        sent_at=referral.sent_at,
        closed_at=referral.closed_at,
        updated_at=referral.updated_at,
    )
