"""Patients: the list, the page of one, register, change, facts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.care import actions as care
from referral_hub.care.facts import MAPS
from referral_hub.care.model import ChangePatient, Patient, RegisterPatient
from referral_hub.errors import HubError, Invalid, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.paging import page_of
from referral_hub.permissions import allowed, require
from referral_hub.referrals.reading import ReferralFilters, list_referrals
from referral_hub.unit_of_work import Hub
from web.facts import ANSWERS, GROUPS, LABELS, LANGUAGES, form_values, lines_of, read_facts_form
from web.forms import Filled, Form, filled_by, one, read_form
from web.paging import PageNumber
from web.site import render

PER_PAGE = 25
FIELDS = (
    "given_name",
    "family_name",
    "birth_date",
    "phone",
    "email",
    "language",
    "address_1",
    "city",
    "state",
    "postal_code",
    "mode",
    "safe_mode",
)


@get("/patients", sync_to_thread=True)
def list_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], page: PageNumber = 1
) -> Response[str]:
    """Everybody that the organization cares for, by name."""
    return _list(request, hub, actor, "", max(page, 1))


@post("/patients", sync_to_thread=True, status_code=200)
def search_page(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Response[str]:
    """The list for a name: by POST, so that no name stands in an address or a log. Changes nothing."""
    return _list(request, hub, actor, one(data, "search"), page_of(one(data, "page")))


def _list(request: Request[Any, Any, Any], hub: Hub, actor: Actor, search: str, page: int) -> Response[str]:
    with hub.read(actor) as work:
        found = care.list_patients(work, search or None, page=page, per_page=PER_PAGE)
    pages = -(-found.total // PER_PAGE)
    return render(
        request,
        hub,
        actor,
        "patients.html",
        found=found,
        search=search,
        page=page,
        pages=pages,
        form=Filled(values={"search": search}),
        may_write=allowed(actor, "patient:write"),
    )


@get("/patients/new", sync_to_thread=True)
def new_page(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[str]:
    """The form to register somebody."""
    require(actor, "patient:write")
    return _form(request, hub, actor, Filled(values={"language": "en", "mode": "car"}))


@post("/patients/new", sync_to_thread=True)
def register(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Response[Any]:
    """Register, then the facts that matching asks for."""
    require(actor, "patient:write")
    given, errors = read_form(data, RegisterPatient)
    if given is None:
        return _form(request, hub, actor, Filled(values=data, errors=errors), status=400)
    try:
        with hub.begin(actor) as work:
            patient = care.register_patient(work, given)
    except Invalid as fault:
        return _form(request, hub, actor, filled_by(fault, data, FIELDS), status=400)
    return Redirect(f"/patients/{patient.id}/facts", status_code=303)


def _form(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, form: Filled, *, patient: Patient | None = None, status: int = 200
) -> Response[str]:
    return render(request, hub, actor, "patient_form.html", status=status, form=form, patient=patient, languages=LANGUAGES)


@get("/patients/{patient_id:uuid}", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]
) -> Response[str]:
    """One patient: needs first, then referrals, consents, facts, contact."""
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
        facts = care.get_facts(work, patient_id)
        consents = care.list_consents(work, patient_id)
        needs = care.list_needs(work, patient_id)
        referrals = list_referrals(work, ReferralFilters(patient_id=patient_id, per_page=100)).items
        recipients = work.directory.records("organization", {one for consent in consents for one in consent.recipients})
        today = care.today_of(work, patient.organization_id)
    return render(
        request,
        hub,
        actor,
        "patient.html",
        patient=patient,
        lines=lines_of(facts),
        consents=consents,
        needs=needs,
        recipients=recipients,
        today=today,
        referrals={need.id: [one for one in referrals if one.need and one.need.id == need.id] for need in needs},
        may_write=allowed(actor, "patient:write"),
        form=Filled(),
    )


@get("/patients/{patient_id:uuid}/edit", sync_to_thread=True)
def edit_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]
) -> Response[str]:
    """Name, contact and address."""
    require(actor, "patient:write")
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
    return _form(request, hub, actor, Filled(values=_values(patient)), patient=patient)


@post("/patients/{patient_id:uuid}/edit", sync_to_thread=True)
def edit(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Keep the changes; what was changed meanwhile is shown instead of written over."""
    require(actor, "patient:write")
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
    cleared = {
        name: None for name in FIELDS if not one(data, name) and name not in ("given_name", "family_name", "language", "mode", "safe_mode")
    }
    given, errors = read_form({**data, "safe_mode": one(data, "safe_mode") or "false"}, ChangePatient)
    for name in ("given_name", "family_name"):
        if not one(data, name):
            errors[name] = "Fill this in."
    if given is None or errors:
        return _form(request, hub, actor, Filled(values=data, errors=errors), patient=patient, status=400)
    try:
        with hub.begin(actor) as work:
            care.change_patient(work, patient_id, msgspec.structs.replace(given, **cleared))
    except StaleVersion as fault:
        form = Filled(values=_values(patient), message=f"{fault.detail} The form shows the record as it is now.")
        return _form(request, hub, actor, form, patient=patient, status=status_of(fault))
    except HubError as fault:
        return _form(request, hub, actor, filled_by(fault, data, FIELDS), patient=patient, status=status_of(fault))
    return Redirect(f"/patients/{patient_id}", status_code=303)


def _values(patient: Patient) -> dict[str, Any]:
    said = {name: getattr(patient, name) for name in FIELDS}
    return {name: "true" if value is True else "" if value in (None, False) else str(value) for name, value in said.items()}


@get("/patients/{patient_id:uuid}/facts", sync_to_thread=True)
def facts_page(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]
) -> Response[str]:
    """What is known, in questions; all of it may stay open."""
    require(actor, "patient:write")
    with hub.read(actor) as work:
        facts = care.get_facts(work, patient_id)
    return _facts(request, hub, actor, patient_id, Filled(values=form_values(facts)))


@post("/patients/{patient_id:uuid}/facts", sync_to_thread=True)
def keep_facts(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Take the form as what is known now."""
    require(actor, "patient:write")
    with hub.read(actor) as work:
        facts, errors = read_facts_form(data, care.get_facts(work, patient_id))
    if errors:
        return _facts(request, hub, actor, patient_id, Filled(values=data, errors=errors), status=400)
    try:
        with hub.begin(actor) as work:
            care.put_facts(work, patient_id, facts)
    except Invalid as fault:
        again = Invalid(
            fault.detail, errors=tuple(msgspec.structs.replace(one, field=one.field.removeprefix("facts.")) for one in fault.errors)
        )
        return _facts(request, hub, actor, patient_id, filled_by(again, data, LABELS), status=400)
    return Redirect(f"/patients/{patient_id}", status_code=303)


def _facts(request: Request[Any, Any, Any], hub: Hub, actor: Actor, patient_id: UUID, form: Filled, *, status: int = 200) -> Response[str]:
    with hub.read(actor) as work:
        patient = care.get_patient(work, patient_id)
    groups = [(title, hint, [(f"{group}.{key}", LABELS[f"{group}.{key}"]) for key in MAPS[group]]) for group, title, hint in GROUPS]
    return render(
        request, hub, actor, "facts.html", status=status, patient=patient, form=form, groups=groups, answers=ANSWERS, languages=LANGUAGES
    )


handlers = [list_page, search_page, new_page, register, show, edit_page, edit, facts_page, keep_facts]
