"""The needs of a patient."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from referral_hub.actors import Actor
from referral_hub.api.idempotency import answer_once
from referral_hub.care import actions
from referral_hub.care.model import Need, OpenNeed
from referral_hub.unit_of_work import Hub


@post("/patients/{patient_id:uuid}/needs", sync_to_thread=True)
def open_need(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    patient_id: FromPath[UUID],
    data: JSONBody[OpenNeed],
) -> Response[bytes]:
    """Open a need, confirmed with the patient."""
    return answer_once(hub, actor, request, data, lambda work: actions.open_need(work, patient_id, data), status=201)


@get("/patients/{patient_id:uuid}/needs", sync_to_thread=True)
def list_needs(hub: NamedDependency[Hub], actor: NamedDependency[Actor], patient_id: FromPath[UUID]) -> list[Need]:
    """The needs of a patient, newest first."""
    with hub.read(actor) as work:
        return actions.list_needs(work, patient_id)


@get("/needs/{need_id:uuid}", sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], need_id: FromPath[UUID]) -> Need:
    """One need."""
    with hub.read(actor) as work:
        return actions.get_need(work, need_id)


handlers = [open_need, list_needs, show]
