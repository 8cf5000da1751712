"""As which party somebody meets a referral, and what of it that party is shown now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from referral_hub.actors import SYSTEM, Actor, Role
from referral_hub.care.consent import consent_covers
from referral_hub.care.model import Consent, Need, Patient
from referral_hub.permissions import allowed
from referral_hub.referrals import lifecycle, sentences, views
from referral_hub.referrals import worklist as lines
from referral_hub.referrals.model import Party, Referral, State
from referral_hub.referrals.outcome import is_disputed
from referral_hub.referrals.views import Labelled, ReferralView
from referral_hub.storage.referrals import CARE_ROLES, PARTNER_ROLES, PlaceNames
from referral_hub.unit_of_work import Work

MOVING = ("referral:request", "referral:answer", "referral:coordinate")
"""Who holds one of these takes steps; who holds none only reads."""


def party_of(actor: Actor, referral: Referral) -> Party | None:
    """As which party the asker acts on this referral; who only reads is the party that is read for."""
    if actor.role in CARE_ROLES and actor.organization_id == referral.requester_id:
        return Party.REQUESTER
    if actor.role in PARTNER_ROLES and actor.organization_id == referral.owner_id:
        return Party.OWNER
    return {Role.COORDINATOR: Party.COORDINATOR, Role.SYSTEM: Party.SYSTEM, Role.PATIENT: Party.PATIENT}.get(actor.role)


class Parts(Struct, frozen=True):
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


def gather_parts(work: Work, referrals: Sequence[Referral]) -> Parts:
    """Everything in a handful of queries, however many referrals; the asker was let in before."""
    ids = [one.id for one in referrals]
    children = work.referrals.children_of(ids)
    places = work.referrals.places({one.service_at_location_id for one in [*referrals, *children.values()]})
    return Parts(
        needs=work.care.needs_of_referrals(SYSTEM, ids),
        patients=work.care.patients_of_referrals(SYSTEM, ids),
        consents=work.care.consents_of_referrals(SYSTEM, ids),
        places=places,
        organizations=work.referrals.organization_names({one for item in referrals for one in (item.requester_id, item.owner_id)}),
        children=children,
    )


def show_referral(work: Work, actor: Actor, referral: Referral) -> ReferralView:
    """One referral as the asker may see it; the asker was let in before."""
    return show_referrals(work, actor, [referral])[0]


def show_referrals(
    work: Work, actor: Actor, referrals: Sequence[Referral], named: Mapping[UUID, str] = MappingProxyType({})
) -> list[ReferralView]:
    """Views in order; `named`: the next service's name where it was looked for."""
    if not referrals:
        return []
    parts = gather_parts(work, referrals)
    return [_show(work, actor, one, parts, named.get(one.id)) for one in referrals]


def _show(work: Work, actor: Actor, referral: Referral, parts: Parts, next_service: str | None) -> ReferralView:
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
    reads_only = not any(allowed(actor, permission) for permission in MOVING)
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
