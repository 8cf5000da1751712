"""What people do with referrals. Every move goes through one door: move_referral."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from referral_hub.actors import Actor
from referral_hub.care import actions as care_actions
from referral_hub.care.model import LetterCode, Need
from referral_hub.errors import Conflict, FieldError, Invalid
from referral_hub.permissions import allowed, require
from referral_hub.referrals import lifecycle
from referral_hub.referrals.inputs import carried_of, read_input
from referral_hub.referrals.model import Referral, State, Urgency
from referral_hub.referrals.parties import MOVING, show_referral
from referral_hub.referrals.steps import consent_for, make_draft, make_event, open_place, save_step, stale_version, take_snapshot
from referral_hub.referrals.views import ReferralView
from referral_hub.storage.referrals import PlaceNames
from referral_hub.unit_of_work import Work


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
    place = open_place(work, service_at_location_id)
    _refuse_double(work, actor, need, place)
    day = care_actions.today_of(work, need.organization_id)
    consent_for(work.care.consents_for(actor, need.patient_id), need, place, day)
    snapshot = _judge(work, actor, need.patient_id, place.id)
    _refuse_unfit(snapshot, override_reason)
    draft = make_draft(work, actor, need, place, snapshot)
    draft = replace(draft, urgency=urgency, note=note, override_reason=override_reason)
    event = make_event(work, actor, None, draft, "create", {"verdict": snapshot.get("verdict")})
    work.referrals.add(draft, event)
    if send:
        return _move(work, actor, draft, "send", draft.version, {})
    return show_referral(work, actor, draft)


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
    return save_step(work, actor, referral, action, given)


def record_view(work: Work, referral_id: UUID) -> Referral:
    """Note once in a cycle that the partner has looked at a new referral (asked for by a POST, never by a GET)."""
    actor = require(work.actor, "referral:answer")
    referral = work.referrals.get_for(actor, referral_id)
    seen = any(one.action == "viewed" and one.cycle == referral.cycle for one in work.referrals.events_for(actor, referral_id))
    return referral if seen or referral.state is not State.SENT else save_step(work, actor, referral, "viewed", {})


def _mover(work: Work) -> Actor:
    held = next((permission for permission in MOVING if allowed(work.actor, permission)), MOVING[0])
    return require(work.actor, held)


def _move(work: Work, actor: Actor, referral: Referral, action: str, version: int, given: dict[str, Any]) -> ReferralView:
    if version != referral.version:
        raise stale_version(work, actor, referral)
    return show_referral(work, actor, save_step(work, actor, referral, action, given))


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
    return take_snapshot(work, patient, work.care.facts_for(actor, patient_id), listing_id)
