"""Sending: what will be sent, what the partner will see, whether the patient agreed, and the step itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care import actions as care
from referral_hub.care.consent import consent_covers
from referral_hub.errors import Conflict, ConsentMissing, Invalid, NotFound
from referral_hub.http_status import status_of
from referral_hub.matching import actions as matching
from referral_hub.permissions import require
from referral_hub.referrals.actions import create_referral
from referral_hub.referrals.model import Urgency
from referral_hub.referrals.views import Sight, facts_asked, show_patient
from referral_hub.unit_of_work import Hub
from web.facts import label_of, say_fact
from web.forms import Filled, Form, filled_by, one
from web.results import reasons_of
from web.room import draw_room
from web.site import render

FIELDS = ("urgency", "note", "override_reason")


@get("/needs/{need_id:uuid}/send/{listing_id:uuid}", sync_to_thread=True)
def send_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    need_id: FromPath[UUID],
    listing_id: FromPath[UUID],
) -> Response[str]:
    """What will be sent, what the partner will see, and whether the patient agreed."""
    require(actor, "referral:request")
    return _send_page(request, hub, actor, need_id, listing_id, Filled(values={"urgency": "routine"}))


@post("/needs/{need_id:uuid}/send/{listing_id:uuid}", sync_to_thread=True)
def send(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    need_id: FromPath[UUID],
    listing_id: FromPath[UUID],
    data: Form,
) -> Response[Any]:
    """Send it, or keep it as a draft."""
    require(actor, "referral:request")
    urgency = Urgency(one(data, "urgency")) if one(data, "urgency") in list(Urgency) else Urgency.ROUTINE
    try:
        with hub.begin(actor) as work:
            view = create_referral(
                work,
                need_id,
                listing_id,
                urgency,
                one(data, "note") or None,
                one(data, "override_reason") or None,
                send=one(data, "step") != "draft",
            )
    except (Invalid, Conflict, ConsentMissing) as fault:
        return _send_page(request, hub, actor, need_id, listing_id, filled_by(fault, data, FIELDS), status=status_of(fault))
    return Redirect(f"/referrals/{view.id}", status_code=303)


def _send_page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, need_id: UUID, listing_id: UUID, form: Filled, *, status: int = 200
) -> Response[str]:
    with hub.read(actor) as work:
        need = care.get_need(work, need_id)
        patient = care.get_patient(work, need.patient_id)
        listing = matching.get_listing(work, listing_id)
        if not listing.active:
            raise NotFound
        facts = care.patient_facts(work, patient.id)
        snapshot = matching.judge_listing(work, listing_id, facts)
        covered = consent_covers(
            care.list_consents(work, patient.id),
            need.domain,
            listing.organization.id,
            care.today_of(work, patient.organization_id),
            term=need.term,
        )
    asked = [(label_of(name), _said(facts, name)) for name in dict.fromkeys(facts_asked(listing.rule))]
    return render(
        request,
        hub,
        actor,
        "send.html",
        status=status,
        need=need,
        patient=patient,
        listing=listing,
        snapshot=snapshot,
        covered=covered is True,
        gap="" if covered is True else covered.says,
        before=show_patient(patient, Sight.NEED),
        after=show_patient(patient, Sight.CONTACT),
        asked=asked,
        form=form,
        reasons=reasons_of(snapshot),
        room=draw_room(listing.availability, listing.capacity, hub.now()),
        back=f"/needs/{need.id}/send/{listing.id}",
    )


def _said(facts: dict[str, Any], name: str) -> str:
    first, _, key = name.partition(".")
    value = (facts.get(first) or {}).get(key) if key else facts.get(first)
    return "not known" if value is None else say_fact(name, value)


handlers = [send_page, send]
