"""Today: what needs the reader, most pressing first."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from referral_hub.actors import Actor, Role
from referral_hub.care import actions as care
from referral_hub.permissions import allowed
from referral_hub.referrals.model import State
from referral_hub.referrals.parties import MOVING
from referral_hub.referrals.reading import ReferralFilters, WorklistLine, list_referrals, worklist
from referral_hub.unit_of_work import Hub, Work
from web.site import render

STEPS: dict[str, tuple[str, str]] = {
    "urgent_overdue": ("warning", "Look and step in"),
    "not_helped": ("speech", "See what went wrong"),
    "next_service": ("arrow", "See the next service"),
    "question": ("question", "Answer the question"),
    "disputed": ("scales", "Compare the answers"),
    "acknowledge_served": ("check", "Check and close"),
    "waitlist_confirm": ("hourglass", "Confirm the list"),
    "quality_alarm": ("search", "Find services"),
    "partner_overdue": ("clock", "Ask, or choose another"),
    "close": ("flag", "Close it"),
    "draft": ("send", "Send or withdraw"),
    "overdue": ("warning", "Look at it now"),
    "new_urgent": ("inbox", "Answer now"),
    "new": ("inbox", "Answer"),
    "contact": ("phone", "Make contact"),
    "resume": ("pause", "Go on or end it"),
    "progress": ("heart", "Say how it goes"),
}
"""A worklist line's reason -> icon and the words of its button."""
PRESSING = ("urgent_overdue", "overdue", "partner_overdue")
WITH_PARTNER = (State.ACCEPTED, State.IN_SERVICE, State.WAITLISTED, State.ON_HOLD)


@get("/", sync_to_thread=True)
def today(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[Any]:
    """The care manager's worklist, the partner's inbox, the coordinator's overview."""
    if not allowed(actor, "worklist:read"):
        return Redirect("/directory")
    with hub.read(actor) as work:
        found = worklist(work)
        people = _people(work, actor, found.items)
        figures = _figures(work, actor)
    kind = {Role.PARTNER_STAFF: "partner", Role.PARTNER_LEAD: "partner", Role.COORDINATOR: "coordinator"}.get(actor.role, "care_manager")
    return render(
        request, hub, actor, "today.html", lines=found.items, people=people, figures=figures, kind=kind, steps=STEPS, pressing=PRESSING,
        may_act=any(allowed(actor, permission) for permission in MOVING),
    )


def _people(work: Work, actor: Actor, lines: list[WorklistLine]) -> dict[Any, str]:
    """Names for lines that stand without a referral (a need that waits), for who may see patients."""
    if not allowed(actor, "patient:read"):
        return {}
    wanted = {line.patient_id for line in lines if line.referral is None and line.patient_id}
    patients = [care.get_patient(work, one) for one in wanted]
    return {one.id: f"{one.given_name} {one.family_name}" for one in patients}


def _figures(work: Work, actor: Actor) -> list[tuple[str, int, str]]:
    """(words, number, where to look) of the referrals under way."""
    counted = (
        ("waiting for an answer", (State.SENT,), "state=sent"),
        ("under way", WITH_PARTNER, "state=open"),
        ("late", (), "overdue=yes"),
    )
    return [
        (
            words,
            list_referrals(work, ReferralFilters(states=states, overdue=True if not states else None, per_page=1)).total,
            f"/referrals?{query}",
        )
        for words, states, query in counted
        if allowed(actor, "referral:read")
    ]


handlers = [today]
