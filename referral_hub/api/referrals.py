"""Referrals for programs: one POST a move, each with its own input; GETs change nothing."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from referral_hub.actors import Actor
from referral_hub.api.idempotency import answer_once
from referral_hub.paging import MOST_PAGES
from referral_hub.referrals import actions, reading
from referral_hub.referrals.inputs import INPUTS, CreateReferral, MoveInput, carried_of
from referral_hub.referrals.model import State
from referral_hub.referrals.views import EventView, ReferralView
from referral_hub.unit_of_work import Hub


class EventList(msgspec.Struct, frozen=True):
    items: list[EventView]


class NextServices(msgspec.Struct, frozen=True):
    items: list[reading.NextService]


@post("/referrals", sync_to_thread=True)
def create_referral(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], request: Request[Any, Any, Any], data: JSONBody[CreateReferral]
) -> Response[bytes]:
    """A draft with its eligibility snapshot; `"send": true` sends it in the same step."""
    return answer_once(
        hub,
        actor,
        request,
        data,
        lambda work: actions.create_referral(
            work, data.need_id, data.service_at_location_id, data.urgency, data.note, data.override_reason, send=data.send
        ),
        status=201,
    )


@get("/referrals", sync_to_thread=True)
def list_referrals(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    states: Annotated[list[State] | None, QueryParameter(name="state")] = None,
    owner: Annotated[UUID | None, QueryParameter()] = None,
    requester: Annotated[UUID | None, QueryParameter()] = None,
    overdue: Annotated[bool | None, QueryParameter()] = None,
    page: Annotated[int, QueryParameter(ge=1, le=MOST_PAGES)] = 1,
    per_page: Annotated[int, QueryParameter(ge=1, le=reading.LARGEST_PAGE)] = 25,
) -> reading.ReferralList:
    """Your referrals, the latest change first."""
    filters = reading.ReferralFilters(
        states=tuple(states or ()), owner_id=owner, requester_id=requester, overdue=overdue, page=page, per_page=per_page
    )
    with hub.read(actor) as work:
        return reading.list_referrals(work, filters)


@get("/referrals/{referral_id:uuid}", sync_to_thread=True)
def show_referral(hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]) -> ReferralView:
    """A referral as you may see it, with what you may do now."""
    with hub.read(actor) as work:
        return reading.get_referral(work, referral_id)


@get("/referrals/{referral_id:uuid}/events", sync_to_thread=True)
def show_events(hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]) -> EventList:
    """The timeline, oldest first."""
    with hub.read(actor) as work:
        return EventList(reading.referral_events(work, referral_id))


@get("/referrals/{referral_id:uuid}/next-services", sync_to_thread=True)
def show_next_services(hub: NamedDependency[Hub], actor: NamedDependency[Actor], referral_id: FromPath[UUID]) -> NextServices:
    """The best services for the need that were not asked yet."""
    with hub.read(actor) as work:
        return NextServices(reading.next_services(work, referral_id))


def _move_handler(action: str, kind: type[MoveInput]) -> HTTPRouteHandler:
    """The endpoint of one action, with the action's own input."""

    def move(
        hub: NamedDependency[Hub],
        actor: NamedDependency[Actor],
        request: Request[Any, Any, Any],
        referral_id: FromPath[UUID],
        data: JSONBody[Any],
    ) -> Response[bytes]:
        return answer_once(
            hub,
            actor,
            request,
            data,
            lambda work: actions.move_referral(work, referral_id, action, data.version, carried_of(data)),
            status=200,
        )

    name = action.replace("-", "_")
    move.__name__ = f"{name}_referral"
    move.__doc__ = f"The step “{action}”: 409 with the open actions when it is not open now, or when `version` is old."
    move.__annotations__ = {
        "hub": NamedDependency[Hub],
        "actor": NamedDependency[Actor],
        "request": Request[Any, Any, Any],
        "referral_id": FromPath[UUID],
        "data": JSONBody[kind],  # type: ignore[misc, valid-type]  # a type made at run time
        "return": Response[bytes],
    }
    return post(f"/referrals/{{referral_id:uuid}}/{action}", sync_to_thread=True, status_code=200, operation_id=f"{name}_referral")(move)


handlers = [
    create_referral,
    list_referrals,
    show_referral,
    show_events,
    show_next_services,
    *(_move_handler(action, kind) for action, kind in INPUTS.items()),
]
