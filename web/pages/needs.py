"""Open a need of a patient."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care import actions as care
from referral_hub.care.model import OpenNeed
from referral_hub.errors import Invalid
from referral_hub.partners import taxonomy
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub
from web.forms import Filled, Form, filled_by, read_form
from web.site import render

FIELDS = ("term", "note", "confirmed_on")


@get("/patients/{patient_id:uuid}/needs/new", sync_to_thread=True)
def new_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]
) -> Response[str]:
    """What kind of help, in the words of the taxonomy."""
    require(actor, "patient:write")
    return _form(request, hub, actor, patient_id, Filled())


@post("/patients/{patient_id:uuid}/needs/new", sync_to_thread=True)
def open_need(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Open it and go to the services that fit."""
    require(actor, "patient:write")
    given, errors = read_form(data, OpenNeed)
    if "term" in errors:
        errors["term"] = "Choose what would help."
    if given is None:
        return _form(request, hub, actor, patient_id, Filled(values=data, errors=errors), status=400)
    try:
        with hub.begin(actor) as work:
            need = care.open_need(work, patient_id, given)
    except Invalid as fault:
        return _form(request, hub, actor, patient_id, filled_by(fault, data, FIELDS), status=400)
    return Redirect(f"/needs/{need.id}/match", status_code=303)


def _form(request: Request[Any, Any, Any], hub: Hub, actor: Actor, patient_id: UUID, form: Filled, *, status: int = 200) -> Response[str]:
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
    groups = [(domain, [term for term in taxonomy.TERMS if term.parent == domain.code]) for domain in taxonomy.DOMAINS]
    return render(request, hub, actor, "need_form.html", status=status, form=form, patient=patient, groups=groups)


handlers = [new_page, open_need]
