"""What needs somebody today, in order, each with its reason: pure, from referrals and the time.

The care manager's order is domain.md section 8; what has ended and is not closed always has a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from referral_hub.referrals import clocks, outcome
from referral_hub.referrals.lifecycle import ENDED_STATES
from referral_hub.referrals.model import Party, Referral, State, Urgency

REQUESTER_ORDER = (
    "urgent_overdue",
    "not_helped",
    "next_service",
    "question",
    "disputed",
    "acknowledge_served",
    "waitlist_confirm",
    "quality_alarm",
    "partner_overdue",
    "close",
    "draft",
)
OWNER_ORDER = ("urgent_overdue", "overdue", "question", "new_urgent", "new", "contact", "waitlist_confirm", "resume", "progress")
COORDINATOR_ORDER = ("urgent_overdue", "overdue", "disputed")

SAYS: dict[str, str] = {
    "urgent_overdue": "Urgent and late",
    "not_helped": "The patient says this did not help",
    "next_service": "The answer was no: the next service is ready",
    "question": "A question waits for you",
    "disputed": "The answers about the help differ",
    "acknowledge_served": "Help is reported: check and close",
    "waitlist_confirm": "Still on the list? Time to confirm",
    "quality_alarm": "A need has waited 20 days for its first referral",
    "partner_overdue": "The partner is late",
    "close": "Ended: close it",
    "draft": "A draft is not sent yet",
    "overdue": "Late",
    "new_urgent": "New and urgent: answer this first",
    "new": "New: answer it",
    "contact": "Make contact",
    "resume": "The pause ends",
    "progress": "Say how it goes on",
}

NO_ANSWERS = (State.DECLINED, State.EXPIRED, State.NOT_SERVED)
_SOON = timedelta(days=5)


def is_overdue(referral: Referral, now: datetime) -> bool:
    """Whether the party whose move it is has let the due time pass."""
    return referral.whose_move is not None and referral.due_at is not None and referral.due_at < now


def reason_for(referral: Referral, party: Party, now: datetime) -> str | None:
    """Why this referral is on the party's worklist (a key of SAYS), or None: nothing to do today."""
    if party is Party.REQUESTER:
        return _requester(referral, now)
    if party is Party.OWNER:
        return _owner(referral, now)
    if party is Party.COORDINATOR:
        return _coordinator(referral, now)
    return None


def _requester(referral: Referral, now: datetime) -> str | None:
    if referral.state in (State.CLOSED, State.ENTERED_IN_ERROR):
        return "not_helped" if referral.state is State.CLOSED and _reopens(referral) else None
    overdue = is_overdue(referral, now)
    tests = (
        ("urgent_overdue", overdue and referral.urgency is Urgency.URGENT),
        ("not_helped", outcome.patient_says_no(referral.outcome)),
        ("next_service", referral.state in NO_ANSWERS),
        ("question", referral.open_question is not None and referral.whose_move is Party.REQUESTER),
        ("disputed", outcome.is_disputed(referral.outcome)),
        ("acknowledge_served", referral.state is State.SERVED),
        ("waitlist_confirm", referral.state is State.WAITLISTED and overdue),
        ("partner_overdue", overdue and referral.whose_move is Party.OWNER),
        ("close", referral.state in ENDED_STATES),
        ("draft", referral.state is State.DRAFT),
    )
    return next((reason for reason, holds in tests if holds), None)


def _reopens(referral: Referral) -> bool:
    """A patient's "not helped" that came after the close."""
    return outcome.patient_says_no(referral.outcome) and referral.closed_at is not None and referral.updated_at > referral.closed_at


def _owner(referral: Referral, now: datetime) -> str | None:
    if referral.whose_move is not Party.OWNER:
        return None
    if is_overdue(referral, now):
        return "urgent_overdue" if referral.urgency is Urgency.URGENT else "overdue"
    if referral.open_question is not None:
        return "question"
    if referral.state is State.SENT:
        return "new_urgent" if referral.urgency is Urgency.URGENT else "new"
    if referral.state is State.ACCEPTED:
        return "contact"
    near = referral.due_at is not None and referral.due_at - now <= _SOON
    later = {State.WAITLISTED: "waitlist_confirm", State.ON_HOLD: "resume", State.IN_SERVICE: "progress"}
    return later.get(referral.state) if near else None


def _coordinator(referral: Referral, now: datetime) -> str | None:
    if referral.state is not State.CLOSED and outcome.is_disputed(referral.outcome):
        return "disputed"
    if referral.whose_move is not Party.OWNER or not is_overdue(referral, now) or referral.due_at is None:
        return None
    if referral.urgency is Urgency.URGENT:
        return "urgent_overdue"
    grace = clocks.CLOCKS[referral.clock].grace_days if referral.clock in clocks.CLOCKS else 0
    return "overdue" if clocks.due_after(grace, referral.due_at, "America/New_York") < now else None


def order_worklist(referrals: Iterable[Referral], party: Party, now: datetime) -> list[tuple[str, Referral]]:
    """(reason, referral) of everything that needs this party, most pressing first; ties by due time, then id."""
    order = {Party.REQUESTER: REQUESTER_ORDER, Party.OWNER: OWNER_ORDER, Party.COORDINATOR: COORDINATOR_ORDER}[party]
    found = [(reason, one) for one in referrals if (reason := reason_for(one, party, now)) is not None]
    return sorted(found, key=lambda line: (order.index(line[0]), line[1].due_at is None, line[1].due_at or now, line[1].id))
