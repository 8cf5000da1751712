"""Consent: what the patient agrees to share, recorded and revoked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care import actions as care
from referral_hub.care.consent import SENSITIVE_TERMS
from referral_hub.care.model import RecordConsent
from referral_hub.errors import Invalid
from referral_hub.partners import taxonomy
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub
from web.format import term_name
from web.forms import Filled, Form, filled_by, one, read_form
from web.pages.sign_in import local_path
from web.site import render

FIELDS = ("categories", "how_given", "starts_on", "ends_on")
DOMAINS = tuple((term.code, term.name) for term in taxonomy.DOMAINS)
SENSITIVE = tuple((code, term_name(code)) for code in sorted(SENSITIVE_TERMS))
HOW = (("in_person", "In person"), ("by_phone", "By phone"), ("in_writing", "In writing"), ("electronically", "Electronically"))


@get("/patients/{patient_id:uuid}/consents/new", sync_to_thread=True)
def new_page(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    patient_id: FromPath[UUID],
    back: FromQuery[str] = "",
    need: FromQuery[str] = "",
) -> Response[str]:
    """The form; open needs are ticked already."""
    require(actor, "patient:write")
    with hub.read(actor) as work:
        wanted = [one_need.domain for one_need in care.list_needs(work, patient_id) if one_need.status == "open"]
    codes = [*wanted, *([need] if need in SENSITIVE_TERMS else [])]
    return _form(request, hub, actor, patient_id, Filled(values={"categories": codes, "how_given": "in_person", "back": back}))


@post("/patients/{patient_id:uuid}/consents/new", sync_to_thread=True)
def record(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Record it and go back to where it was missing."""
    require(actor, "patient:write")
    given, errors = read_form(data, RecordConsent)
    if "categories" in errors:
        errors["categories"] = "Tick at least one kind of need."
    if given is None:
        return _form(request, hub, actor, patient_id, Filled(values=data, errors=errors), status=400)
    try:
        with hub.begin(actor) as work:
            care.record_consent(work, patient_id, given)
    except Invalid as fault:
        return _form(request, hub, actor, patient_id, filled_by(fault, data, FIELDS), status=400)
    return Redirect(local_path(one(data, "back")) if one(data, "back") else f"/patients/{patient_id}", status_code=303)


@post("/consents/{consent_id:uuid}/revoke", sync_to_thread=True)
def revoke(hub: NamedDependency[Hub], actor: NamedDependency[Actor], consent_id: FromPath[UUID], data: Form) -> Redirect:
    """Take it back: partners lose sight of what was shared under it."""
    with hub.begin(actor) as work:
        consent = care.revoke_consent(work, consent_id, one(data, "reason") or None)
    return Redirect(f"/patients/{consent.patient_id}", status_code=303)


def _form(request: Request[Any, Any, Any], hub: Hub, actor: Actor, patient_id: UUID, form: Filled, *, status: int = 200) -> Response[str]:
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
    return render(
        request, hub, actor, "consent_form.html", status=status, form=form, patient=patient, domains=DOMAINS, sensitive=SENSITIVE, how=HOW
    )


handlers = [new_page, record, revoke]
