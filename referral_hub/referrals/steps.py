"""One step of a referral: what it needs, the move itself, and what it sets in motion elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from referral_hub.actors import SYSTEM, Actor
from referral_hub.care import actions as care_actions
from referral_hub.care.consent import consent_covers
from referral_hub.care.model import Consent, Need, NeedStatus, Patient
from referral_hub.errors import ConsentMissing, FieldError, Invalid, NotFound, StaleVersion
from referral_hub.ids import new_id
from referral_hub.matching import actions as matching_actions
from referral_hub.matching.named_criterion import criterion_meant
from referral_hub.partners import correcting, room
from referral_hub.partners.model import Reservation
from referral_hub.referrals import clocks, lifecycle, reasons
from referral_hub.referrals.model import Event, Party, Referral, State
from referral_hub.referrals.parties import party_of
from referral_hub.referrals.recipients import make_deliveries
from referral_hub.referrals.views import Sight, sight_of
from referral_hub.storage.referrals import PlaceNames
from referral_hub.unit_of_work import Work


def save_step(work: Work, actor: Actor, referral: Referral, action: str, given: dict[str, Any]) -> Referral:
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
    _settle_slot(work, referral, after, place)
    event = make_event(work, actor, referral, after, action, given)
    saved = work.referrals.save(after, event, make_deliveries(work, after, event, party, place))
    if saved is None:
        raise stale_version(work, actor, work.referrals.get_for(actor, referral.id))
    _follow(work, actor, referral, saved, action, given, place)
    if sight_of(saved, Party.OWNER, covered=True) is Sight.NOTHING:
        work.answers.forget([saved.id], keeps=saved.requester_id)
    return saved


def _prepare(work: Work, referral: Referral, party: Party, action: str, given: dict[str, Any]) -> tuple[Referral, dict[str, Any]]:
    """What a step needs beside its input: consent and a fresh verdict to send, consent to reopen or forward."""
    if action not in ("send", "reopen", "forward"):
        return referral, given
    need = work.care.needs_of_referrals(SYSTEM, [referral.id])[referral.id]
    consents = work.care.consents_of_referrals(SYSTEM, [referral.id])[referral.id]
    place = open_place(work, given["target"] if action == "forward" else referral.service_at_location_id)
    day = care_actions.today_of(work, referral.requester_id)
    if action == "forward" and place.id == referral.service_at_location_id:
        raise Invalid("It is at this service already.", errors=(FieldError("target", "Choose another service."),))
    try:
        consent = consent_for(consents, need, place, day)
    except ConsentMissing as fault:
        if party is Party.OWNER and action == "forward":
            message = f"{fault.detail} Propose it to the care manager with a question instead."
            raise ConsentMissing(message) from fault
        raise
    if action != "send":
        return referral, given
    snapshot = _judge_of(work, referral.id, place.id)
    return replace(referral, eligibility=snapshot), given | {"consent_id": str(consent.id)}


def _settle_slot(work: Work, before: Referral, after: Referral, place: PlaceNames) -> None:
    """Keep a place for the referral exactly while its state holds one."""
    if after.holds_slot:
        is_answered = after.state is not State.SENT
        if not before.holds_slot or is_answered != (before.state is not State.SENT):
            kept = Reservation(
                id=after.id,
                service_id=place.service_id,
                service_at_location_id=after.service_at_location_id,
                since=work.now,
                is_answered=is_answered,
            )
            work.room.keep_place(kept, work.now)
    elif before.holds_slot:
        work.room.give_back(after.id, work.now)


def _follow(work: Work, actor: Actor, before: Referral, after: Referral, action: str, given: dict[str, Any], place: PlaceNames) -> None:
    """What a step sets in motion elsewhere: the need's status, the reason's consequence, the child referral."""
    if action in ("close", "reopen"):
        need = work.care.needs_of_referrals(SYSTEM, [after.id])[after.id]
        status = NeedStatus(str(after.need_status)) if action == "close" else NeedStatus.OPEN
        if need.status is not status:
            work.care.save_need(replace(need, status=status, version=need.version + 1))
    elif action in ("decline", "give-up"):
        _apply_consequence(work, after, place)
        _open_corrections(work, after, place, given)
    elif action == "forward":
        _send_child(work, actor, before, given["target"], given.get("text"))


def _apply_consequence(work: Work, after: Referral, place: PlaceNames) -> None:
    consequence = reasons.REASONS[(str(after.reason_side), str(after.reason_code))].consequence
    if consequence is reasons.Consequence.NO_ROOM:
        room.note_refusal(work, place.id, place.service_id)
    elif consequence is reasons.Consequence.PAUSE_SERVICE:
        room.pause_service(work, place.service_id)
    elif consequence is reasons.Consequence.CLOSE_LISTING:
        room.pause_service(work, place.service_id, is_closed=True)


def _open_corrections(work: Work, after: Referral, place: PlaceNames, given: Mapping[str, Any]) -> None:
    """What the partner's reason says of the directory; of its words only the criterion that it means is told, in our own."""
    if after.reason_side != reasons.Side.PARTNER:
        return
    service = work.directory.records("service", [place.service_id]).get(place.service_id)
    detail = criterion_meant(service.rule if service else None, given.get("rule"))
    correcting.note_decline(work, place.id, place.organization_id, str(after.reason_code), detail=detail, referral_id=after.id)


def _send_child(work: Work, actor: Actor, parent: Referral, target: UUID, text: str | None) -> None:
    """The referral that the next partner gets: same need, same sender, the parent's clock."""
    need = work.care.needs_of_referrals(SYSTEM, [parent.id])[parent.id]
    place = open_place(work, target)
    snapshot = _judge_of(work, parent.id, place.id)
    if snapshot.get("verdict") == "ineligible" and not text:
        raise Invalid(
            "The patient does not meet a rule of that service.", errors=(FieldError("text", "Say why it goes there all the same."),)
        )
    draft = replace(
        make_draft(work, actor, need, place, snapshot),
        requester_id=parent.requester_id,
        created_by=parent.created_by,
        parent_id=parent.id,
        urgency=parent.urgency,
        note=parent.note,
        override_reason=text,
    )
    work.referrals.add(
        draft, make_event(work, actor, None, draft, "create", {"verdict": snapshot.get("verdict"), "parent_id": str(parent.id)})
    )
    consents = work.care.consents_of_referrals(SYSTEM, [parent.id])[parent.id]
    consent = consent_for(consents, need, place, care_actions.today_of(work, parent.requester_id))
    given = {"consent_id": str(consent.id)}
    sent = lifecycle.advance(draft, "send", Party.REQUESTER, given, work.now, timezone=place.timezone)
    sent = lifecycle.keep_clock(sent, parent)
    _settle_slot(work, draft, sent, place)
    event = make_event(work, actor, draft, sent, "send", given)
    work.referrals.save(sent, event, make_deliveries(work, sent, event, Party.REQUESTER, place))


# What a step is made of


def make_draft(work: Work, actor: Actor, need: Need, place: PlaceNames, snapshot: dict[str, Any]) -> Referral:
    """A new draft of the need's organization to the partner of the place."""
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


def make_event(work: Work, actor: Actor, before: Referral | None, after: Referral, action: str, given: Mapping[str, Any]) -> Event:
    """The history row of a step; `before` is None for the first."""
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


def open_place(work: Work, service_at_location_id: UUID) -> PlaceNames:
    """The place to refer to.

    Raises:
        NotFound: there is none.
        Invalid: it takes no referrals now.
    """
    place = work.referrals.places([service_at_location_id]).get(service_at_location_id)
    if place is None:
        raise NotFound
    if not place.is_open:
        fault = FieldError("service_at_location_id", "This service takes no referrals now.")
        raise Invalid("This service takes no referrals now.", errors=(fault,))
    return place


def consent_for(consents: Sequence[Consent], need: Need, place: PlaceNames, day: Any) -> Consent:
    """The consent that covers this partner and this need on this day; raises ConsentMissing with what it lacks."""
    for consent in consents:
        if consent_covers([consent], need.domain, place.organization_id, day, term=need.term):
            return consent
    gap = consent_covers(consents, need.domain, place.organization_id, day, term=need.term)
    raise ConsentMissing(gap.says if gap is not True else "The patient's consent does not cover this.")


def _judge_of(work: Work, referral_id: UUID, listing_id: UUID) -> dict[str, Any]:
    patient = work.care.patients_of_referrals(SYSTEM, [referral_id])[referral_id]
    return take_snapshot(work, patient, work.care.facts_of_referral(SYSTEM, referral_id), listing_id)


def take_snapshot(work: Work, patient: Patient, facts: list[Any], listing_id: UUID) -> dict[str, Any]:
    """The eligibility snapshot: what the service's rule says of the patient's facts today."""
    known = care_actions.facts_of(patient, facts, care_actions.today_of(work, patient.organization_id))
    plain: dict[str, Any] = msgspec.to_builtins(matching_actions.judge_listing(work, listing_id, known, patient.organization_id))
    return plain


def stale_version(work: Work, actor: Actor, referral: Referral) -> StaleVersion:
    """The error for a version that is not the present one, with what the asker may do now."""
    party = party_of(actor, referral)
    open_ = lifecycle.open_now(referral, party, work.now, actor.account_id) if party else ()
    return StaleVersion(
        f"This referral was changed since you read it: it is {referral.state.replace('_', ' ')} now. Look at it again, then repeat.",
        state=referral.state.value,
        version=referral.version,
        open_actions=list(open_),
    )
