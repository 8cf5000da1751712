"""A referral: one request to one service_at_location for one need (FHIR ServiceRequest and Task)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct, field


class State(StrEnum):
    """domain.md section 5; `status` is left to FHIR and HSDS."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    IN_SERVICE = "in_service"
    ON_HOLD = "on_hold"
    SERVED = "served"
    NOT_SERVED = "not_served"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FORWARDED = "forwarded"
    CLOSED = "closed"
    ENTERED_IN_ERROR = "entered_in_error"


class Party(StrEnum):
    """Who may move, or whose move it is."""

    REQUESTER = "requester"
    OWNER = "owner"
    COORDINATOR = "coordinator"
    PATIENT = "patient"
    SYSTEM = "system"


class Urgency(StrEnum):
    ROUTINE = "routine"
    URGENT = "urgent"


class Referral(Struct, frozen=True, kw_only=True):
    """The present of a referral; its past is in the events. Only lifecycle.advance() assigns `state`."""

    id: UUID
    patient_id: UUID
    need_id: UUID
    service_at_location_id: UUID
    requester_id: UUID
    """Organization that asks."""
    owner_id: UUID
    """Organization that is asked."""
    state: State = State.DRAFT
    version: int = 1
    cycle: int = 1
    urgency: Urgency = Urgency.ROUTINE
    note: str | None = None
    created_by: UUID | None = None
    """Account; the care manager who is told."""
    assignee: str | None = None
    """Partner's person, as the partner names them."""
    eligibility: dict[str, Any] = field(default_factory=dict)
    """The snapshot: verdict, findings, facts, rule, guideline year, at."""
    override_reason: str | None = None
    whose_move: Party | None = Party.REQUESTER
    """None once closed."""
    clock: str | None = None
    """The running clock's name (a key of clocks.CLOCKS)."""
    due_at: datetime | None = None
    paused_from: State | None = None
    """The state that `resume` goes back to."""
    paused_at: datetime | None = None
    paused_clock: str | None = None
    """The clock that stood still when the pause began; `resume` starts it again with the days it had left."""
    paused_due_at: datetime | None = None
    hard_stop_at: datetime | None = None
    """When an unanswered referral expires; a forwarded one keeps its parent's."""
    expected_on: str | None = None
    """Waitlist date or position, or resume date, as given."""
    reason_side: str | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    outcome: dict[str, Any] | None = None
    """Who said what of the help: {partner: {...}, patient: {...}, care_manager: {...}}."""
    need_status: str | None = None
    """Given at close: met | partly | unmet | unknown."""
    next_step: str | None = None
    parent_id: UUID | None = None
    """The referral that was forwarded to this one."""
    holds_slot: bool = False
    """True exactly in the states that hold one (lifecycle.SLOT_STATES): then it has a reservation in the directory."""
    open_question: str | None = None
    created_at: datetime
    state_since: datetime
    sent_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime


class Event(Struct, frozen=True, kw_only=True):
    """One step of a referral: history, audit and outbox in one row. Never changed, never removed."""

    id: UUID
    referral_id: UUID
    version: int
    """The referral's version after the event; the one before is version - 1."""
    cycle: int
    action: str
    from_state: State | None
    to_state: State
    at: datetime
    account_id: UUID | None
    organization_id: UUID | None
    role: str
    channel: str
    details: dict[str, Any] = field(default_factory=dict)
    """What the move carried (reason, date, outcome ...)."""


class Delivery(Struct, frozen=True, kw_only=True):
    """One message that an event owes somebody; `id` lets the receiver drop doubles."""

    id: UUID
    event_id: UUID
    referral_id: UUID
    channel: str
    """mail | text"""
    recipient: str
    """Address; never logged."""
    kind: str
    """Which sentence: `referral_sent`, `referral_moved`, `reminder` ..."""
    facts: dict[str, Any] = field(default_factory=dict)
    due_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    last_error: str | None = None
