"""Patients, their facts and their consents."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.api.idempotency import answer_once
from referral_hub.care import actions
from referral_hub.care.model import ChangePatient, Consent, Fact, Patient, RecordConsent, RegisterPatient
from referral_hub.paging import MOST_PAGES
from referral_hub.unit_of_work import Hub, Work


class PatientWithFacts(Patient, frozen=True, kw_only=True):
    """A patient with what is known of them today, in the shape of a match request."""

    facts: dict[str, Any]


class PatientList(Struct, frozen=True, kw_only=True):
    items: list[Patient]
    total: int
    page: int


class FactsOnRecord(Struct, frozen=True, kw_only=True):
    """`facts` as a match would take them today; `answers` as they were given, with date and source."""

    facts: dict[str, Any]
    answers: list[Fact]


class RevokeConsent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str | None = None


@post("/patients", sync_to_thread=True)
def register(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], request: Request[Any, Any, Any], data: JSONBody[RegisterPatient]
) -> Response[bytes]:
    """Register a patient of one's organization."""
    return answer_once(hub, actor, request, data, lambda work: actions.register_patient(work, data), status=201)


@get("/patients", sync_to_thread=True)
def list_patients(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    page: Annotated[int, QueryParameter(le=MOST_PAGES)] = 1,
    per_page: FromQuery[int] = 25,
) -> PatientList:
    """The patients of one's organization by name, at most 100 a page. No search here: a name would stand in the address."""
    with hub.read(actor) as work:
        found = actions.list_patients(work, None, page=page, per_page=per_page)
    return PatientList(items=found.patients, total=found.total, page=max(page, 1))


@get("/patients/{patient_id:uuid}", sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]) -> PatientWithFacts:
    """One patient with what is known of them."""
    with hub.read(actor) as work:
        patient = actions.get_patient(work, patient_id)
        known = actions.patient_facts(work, patient_id)
    return PatientWithFacts(**{name: getattr(patient, name) for name in patient.__struct_fields__}, facts=known)


@patch("/patients/{patient_id:uuid}", sync_to_thread=True)
def change(hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: JSONBody[ChangePatient]) -> Patient:
    """Change the fields that are given; `version` as it was read."""
    with hub.begin(actor) as work:
        return actions.change_patient(work, patient_id, data)


@get("/patients/{patient_id:uuid}/facts", sync_to_thread=True)
def show_facts(hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]) -> FactsOnRecord:
    """What is known, and when and from whom it came."""
    with hub.read(actor) as work:
        return _facts_on_record(work, patient_id)


@put("/patients/{patient_id:uuid}/facts", sync_to_thread=True)
def put_facts(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID], data: JSONBody[dict[str, Any]]
) -> FactsOnRecord:
    """Replace what is known, in the shape of a match request's `facts` (that key may stand around it).

    A fact that is not given becomes unknown.
    """
    with hub.begin(actor) as work:
        actions.put_facts(work, patient_id, _unwrapped(data))
        return _facts_on_record(work, patient_id)


@get("/patients/{patient_id:uuid}/consents", sync_to_thread=True)
def list_consents(hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]) -> list[Consent]:
    """All consents of a patient, newest first."""
    with hub.read(actor) as work:
        return actions.list_consents(work, patient_id)


@post("/patients/{patient_id:uuid}/consents", sync_to_thread=True)
def record_consent(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    patient_id: FromPath[UUID],
    data: JSONBody[RecordConsent],
) -> Response[bytes]:
    """Record what the patient lets whom see."""
    return answer_once(hub, actor, request, data, lambda work: actions.record_consent(work, patient_id, data), status=201)


@post("/consents/{consent_id:uuid}/revoke", status_code=200, sync_to_thread=True)
def revoke_consent(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    consent_id: FromPath[UUID],
    data: JSONBody[RevokeConsent | None] = None,
) -> Response[bytes]:
    """Revoke a consent, from this moment on."""
    reason = data.reason if data else None
    return answer_once(hub, actor, request, data, lambda work: actions.revoke_consent(work, consent_id, reason))


def _unwrapped(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """The facts themselves: a body cut out of a match request has them under `facts`."""
    inner = data.get("facts")
    return inner if isinstance(inner, dict) and len(data) == 1 else data


def _facts_on_record(work: Work, patient_id: UUID) -> FactsOnRecord:
    return FactsOnRecord(facts=actions.patient_facts(work, patient_id), answers=actions.get_facts(work, patient_id))


handlers = [register, list_patients, show, change, show_facts, put_facts, list_consents, record_consent, revoke_consent]
