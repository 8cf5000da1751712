"""The life of a referral as one table, and the one function that assigns a state.

MOVES is domain.md section 5: from, action, to, who, what must be given, and what follows. STEPS are the
events inside a state. Everything else reads these two: buttons, the API, docs/lifecycle.md and tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from referral_hub.errors import FieldError, IllegalMove, Invalid
from referral_hub.referrals import clocks, reasons
from referral_hub.referrals.model import Event, Party, Referral, State

BACK = "back"
"""Target of `resume`: the state in which the pause began."""
CHOSEN = "chosen"
"""Target of `reopen`: `sent` or `in_service`, as the move says."""

_REQUESTER = frozenset({Party.REQUESTER})
_OWNER = frozenset({Party.OWNER})
_PATIENT_SIDE = frozenset({Party.REQUESTER, Party.PATIENT})
_BOTH = frozenset({Party.REQUESTER, Party.OWNER})
_SYSTEM = frozenset({Party.SYSTEM})


class Move(Struct, frozen=True):
    """One row: from these states an action leads to another, by these parties."""

    sources: tuple[State, ...]
    action: str
    target: str
    """A state, BACK or CHOSEN."""
    by: frozenset[Party]
    must: tuple[str, ...]
    effect: str
    """In words, for docs/lifecycle.md."""
    within: Mapping[Party, timedelta] = {}
    """How long after the present state began (mark-error: after the referral was made) a party may still do it."""


class Step(Struct, frozen=True):
    """An event inside a state: it changes facts and clocks, never the state."""

    sources: tuple[State, ...]
    action: str
    by: frozenset[Party]
    must: tuple[str, ...]
    effect: str


class Standing(Struct, frozen=True):
    """What a state means for everybody."""

    whose_move: Party | None
    clock: str | None
    holds_slot: bool
    says: str
    fhir: str
    """FHIR Task.status."""


S = State
STANDING: dict[State, Standing] = {
    S.DRAFT: Standing(Party.REQUESTER, "DRAFT", False, "being prepared", "draft"),
    S.SENT: Standing(Party.OWNER, "ACKNOWLEDGE", True, "with the partner, no answer yet", "requested"),
    S.ACCEPTED: Standing(Party.OWNER, "CONTACT", True, "the partner will serve", "accepted"),
    S.WAITLISTED: Standing(Party.OWNER, "WAITLIST", False, "on the partner's list", "on-hold"),
    S.IN_SERVICE: Standing(Party.OWNER, "PROGRESS", True, "help has begun", "in-progress"),
    S.ON_HOLD: Standing(Party.OWNER, "RESUME", True, "paused until a date", "on-hold"),
    S.SERVED: Standing(Party.REQUESTER, "REVIEW", False, "the partner reports the outcome", "completed"),
    S.NOT_SERVED: Standing(Party.REQUESTER, "NEXT_STEP", False, "the partner tried, no service", "failed"),
    S.DECLINED: Standing(Party.REQUESTER, "NEXT_STEP", False, "the partner said no", "rejected"),
    S.WITHDRAWN: Standing(Party.REQUESTER, "NEXT_STEP", False, "recalled or cancelled", "cancelled"),
    S.EXPIRED: Standing(Party.REQUESTER, "NEXT_STEP", False, "no answer in time", "cancelled"),
    S.FORWARDED: Standing(Party.REQUESTER, "NEXT_STEP", False, "handed on to another partner", "cancelled"),
    S.CLOSED: Standing(None, None, False, "the loop is closed", "keeps its last"),
    S.ENTERED_IN_ERROR: Standing(None, None, False, "never valid", "entered-in-error"),
}
SLOT_STATES = frozenset(state for state, standing in STANDING.items() if standing.holds_slot)
OPEN_STATES = (S.DRAFT, S.SENT, S.ACCEPTED, S.WAITLISTED, S.IN_SERVICE, S.ON_HOLD)
ENDED_STATES = (S.SERVED, S.NOT_SERVED, S.DECLINED, S.WITHDRAWN, S.EXPIRED, S.FORWARDED)
"""Over, but not yet closed: on the care manager's worklist."""
_RUNNING = (S.SENT, S.ACCEPTED, S.WAITLISTED, S.IN_SERVICE, S.ON_HOLD)

MOVES: tuple[Move, ...] = (
    Move((S.DRAFT,), "send", S.SENT, _PATIENT_SIDE, ("consent_id",), "reserves a slot; starts ACKNOWLEDGE; the partner is told"),
    Move((S.SENT,), "accept", S.ACCEPTED, _OWNER, (), "reveals contact and name; starts CONTACT"),
    Move((S.SENT,), "waitlist", S.WAITLISTED, _OWNER, ("expected",), "releases the slot; starts WAITLIST; other services are offered"),
    Move(
        (S.SENT, S.WAITLISTED),
        "decline",
        S.DECLINED,
        _OWNER,
        ("side", "reason"),
        "releases the slot; access ends; the reason's consequence; worklist",
    ),
    Move((S.ACCEPTED, S.WAITLISTED, S.ON_HOLD), "start", S.IN_SERVICE, _OWNER, ("began_on",), "holds a slot; starts PROGRESS"),
    Move((S.ACCEPTED, S.IN_SERVICE), "hold", S.ON_HOLD, _BOTH, ("text", "resume_on"), "the clock stands still until the resume date"),
    Move((S.ON_HOLD,), "resume", BACK, _BOTH, (), "the clock goes on with the days it had left"),
    Move((S.ACCEPTED, S.WAITLISTED, S.IN_SERVICE), "serve", S.SERVED, _OWNER, ("outcome",), "releases the slot; starts REVIEW"),
    Move(
        (S.ACCEPTED, S.WAITLISTED, S.IN_SERVICE, S.ON_HOLD),
        "give-up",
        S.NOT_SERVED,
        _OWNER,
        ("side", "reason"),
        "releases the slot; worklist with the ranked next service",
    ),
    Move(
        (S.ACCEPTED,),
        "undo-accept",
        S.SENT,
        _OWNER,
        (),
        "by mistake: contact and name are hidden again; starts ACKNOWLEDGE",
        {Party.OWNER: clocks.UNDO_ACCEPT},
    ),
    Move(OPEN_STATES, "withdraw", S.WITHDRAWN, _PATIENT_SIDE, ("side", "reason"), "releases the slot; access ends; everybody is told"),
    Move(
        (S.SENT,), "expire", S.EXPIRED, _SYSTEM, ("clock",), "releases the slot; access ends; both are told; the next service is proposed"
    ),
    Move(
        (S.SENT, S.ACCEPTED, S.WAITLISTED),
        "forward",
        S.FORWARDED,
        _BOTH,
        ("target",),
        "releases the slot; a child referral keeps lineage and clock",
    ),
    Move(ENDED_STATES, "close", S.CLOSED, _REQUESTER, ("need_status", "next_step"), "the loop is closed"),
    Move(
        (S.SERVED,),
        "close",
        S.CLOSED,
        _SYSTEM,
        ("need_status", "next_step"),
        "the loop closes by itself: undisputed, and REVIEW has run out",
    ),
    Move(
        (S.CLOSED, S.DECLINED, S.EXPIRED, S.NOT_SERVED),
        "reopen",
        CHOSEN,
        _BOTH,
        ("text",),
        "a new cycle; the earlier one stays as it was",
        {Party.OWNER: clocks.PARTNER_REOPEN},
    ),
    Move(
        tuple(state for state in State if state is not S.ENTERED_IN_ERROR),
        "mark-error",
        S.ENTERED_IN_ERROR,
        frozenset({Party.REQUESTER, Party.COORDINATOR}),
        ("text",),
        "out of all measures, kept in the audit; releases the slot",
        {Party.REQUESTER: clocks.MARK_ERROR},
    ),
)
STEPS: tuple[Step, ...] = (
    Step((S.SENT,), "viewed", _OWNER, (), "the partner has looked at it"),
    Step((S.ACCEPTED,), "attempt", _OWNER, ("result",), "reached: starts PROGRESS; else ATTEMPTS runs from the first attempt"),
    Step((S.ACCEPTED, S.IN_SERVICE), "appointment", _BOTH, ("at",), "starts APPOINTMENT at the appointment's time"),
    Step(_RUNNING, "question", _BOTH, ("text",), "the move goes to the other party; starts ANSWER"),
    Step(_RUNNING, "answer", _BOTH, ("text",), "the move and a fresh clock go back to the state's own party"),
    Step((S.WAITLISTED, S.IN_SERVICE), "still-working", _OWNER, (), "starts PROGRESS or WAITLIST again, and is counted"),
    Step(
        (*_RUNNING, *ENDED_STATES, S.CLOSED),
        "witness",
        _PATIENT_SIDE,
        ("witness", "outcome"),
        "adds one witness's answers; nothing is overwritten",
    ),
)
ACTIONS: tuple[str, ...] = tuple(dict.fromkeys((*(row.action for row in MOVES), *(row.action for row in STEPS))))

_MESSAGES = {
    "consent_id": "Record the patient's consent first.",
    "expected": "Give a date or a place on the list.",
    "began_on": "Give the date of the first service.",
    "text": "Say why, or what, in a few words.",
    "resume_on": "Give the date on which it goes on.",
    "outcome": "Say what became of the help.",
    "target": "Choose the service that it goes to.",
    "need_status": "Say whether the need is met, partly met, unmet or unknown.",
    "next_step": "Say what comes next, or that nothing is needed.",
    "clock": "Name the clock that ran out.",
    "result": "Say what came of the attempt.",
    "at": "Give the appointment's time.",
    "witness": "Say whose answer it is.",
}


def find_move(state: State, action: str, party: Party) -> Move | None:
    """The row that allows this, or None."""
    return next((row for row in MOVES if row.action == action and state in row.sources and party in row.by), None)


def find_step(state: State, action: str, party: Party) -> Step | None:
    """The event that is allowed inside this state, or None."""
    return next((row for row in STEPS if row.action == action and state in row.sources and party in row.by), None)


def open_actions(state: State, party: Party) -> tuple[str, ...]:
    """What this party may do in this state, in the order of the table, time limits aside."""
    return tuple(action for action in ACTIONS if find_move(state, action, party) or find_step(state, action, party))


def open_now(referral: Referral, party: Party, now: datetime, account_id: UUID | None = None) -> tuple[str, ...]:
    """What this party may do with this referral at this moment: time limits, authorship and questions count."""
    return tuple(action for action in open_actions(referral.state, party) if _is_open(referral, action, party, now, account_id))


def _is_open(referral: Referral, action: str, party: Party, now: datetime, account_id: UUID | None) -> bool:
    if action == "answer":
        return referral.open_question is not None and referral.whose_move is party
    if action == "question":
        return referral.open_question is None
    move = find_move(referral.state, action, party)
    if move is None:
        return find_step(referral.state, action, party) is not None
    if action == "mark-error" and party is Party.REQUESTER and (account_id is None or account_id != referral.created_by):
        return False
    if action == "reopen" and referral.sent_at is None:
        return False
    limit = move.within.get(party)
    return limit is None or now - (referral.created_at if action == "mark-error" else referral.state_since) <= limit


def advance(
    referral: Referral,
    action: str,
    party: Party,
    carried: Mapping[str, Any],
    now: datetime,
    *,
    account_id: UUID | None = None,
    timezone: str = "America/New_York",
) -> Referral:
    """The referral after the action: the only code that assigns a state.

    `carried` is what the move was given (names as in `must`, dates as dates); `timezone` is the partner's.

    Raises:
        IllegalMove: the table has no such move for this party now; facts: state, version, open_actions.
        Invalid: something that the move must carry is missing.
    """
    open_ = open_now(referral, party, now, account_id)
    if action not in open_:
        raise illegal(referral, action, open_)
    move = find_move(referral.state, action, party)
    if move is None:
        step = find_step(referral.state, action, party)
        if step is None:  # open_now found it, so this cannot be; the type checker does not know
            raise illegal(referral, action, open_)
        _check(action, step.must, carried)
        return _stay(referral, action, party, carried, now, timezone)
    _check(action, move.must, carried)
    _check_send(referral, action, carried)
    return _go(referral, move, carried, now, timezone)


def illegal(referral: Referral, action: str, open_: tuple[str, ...]) -> IllegalMove:
    """The error for a move that is not open, with what is."""
    steps = ", ".join(open_) or "none for you"
    return IllegalMove(
        f"“{action}” is not open while this referral is {referral.state.replace('_', ' ')}. Open now: {steps}.",
        state=referral.state.value,
        version=referral.version,
        open_actions=list(open_),
    )


def _check(action: str, must: tuple[str, ...], carried: Mapping[str, Any]) -> None:
    if action in reasons.ALLOWED:
        faults = reasons.check_reason(action, carried)
    else:
        faults = tuple(FieldError(name, _MESSAGES[name]) for name in must if carried.get(name) in (None, "", {}))
    if faults:
        raise Invalid("Something that this step must carry is missing.", errors=faults)


def _check_send(referral: Referral, action: str, carried: Mapping[str, Any]) -> None:
    if action != "send":
        return
    verdict = referral.eligibility.get("verdict")
    if verdict is None:
        raise Invalid(
            "Eligibility was not judged yet.", errors=(FieldError("eligibility", "Judge the service against the patient's facts first."),)
        )
    if verdict == "ineligible" and not (referral.override_reason or carried.get("override_reason")):
        fault = FieldError("override_reason", "Say why it is sent although a rule does not fit.")
        raise Invalid("The patient does not meet a rule of this service.", errors=(fault,))


def _target(referral: Referral, move: Move, carried: Mapping[str, Any]) -> State:
    if move.target == BACK:
        return referral.paused_from or State.ACCEPTED
    if move.target == CHOSEN:
        to = str(carried.get("to") or State.SENT)
        if to not in (State.SENT, State.IN_SERVICE):
            raise Invalid("A referral is reopened as sent or in service.", errors=(FieldError("to", "Choose sent or in_service."),))
        return State(to)
    return State(move.target)


def _go(referral: Referral, move: Move, carried: Mapping[str, Any], now: datetime, timezone: str) -> Referral:
    """The referral in its next state, with that state's clock, slot and party."""
    target = _target(referral, move, carried)
    standing = STANDING[target]
    clock = standing.clock
    due = clocks.due_at(clock, now, timezone, referral.urgency) if clock else None
    if move.action == "hold":
        due = clocks.end_of_day(clocks.add_business_days(_as_date(carried["resume_on"], "resume_on"), 0), timezone)
    if move.action == "resume" and referral.paused_due_at and referral.paused_at:
        clock = referral.paused_clock
        due = clocks.shift_due(referral.paused_due_at, referral.paused_at, now, timezone)
    stop = clocks.stop_at(clock, now, timezone) if clock else None
    return replace(
        referral,
        state=target,
        version=referral.version + 1,
        state_since=now,
        updated_at=now,
        whose_move=standing.whose_move,
        clock=clock,
        due_at=due,
        hard_stop_at=stop,
        holds_slot=standing.holds_slot,
        open_question=None,
        **_pause(referral, move.action, now),
        **_carried(referral, move.action, carried, now),
    )


def _pause(referral: Referral, action: str, now: datetime) -> dict[str, Any]:
    """The marks of a pause: set by `hold`, cleared by every other move."""
    if action == "hold":
        return {"paused_from": referral.state, "paused_at": now, "paused_clock": referral.clock, "paused_due_at": referral.due_at}
    return {"paused_from": None, "paused_at": None, "paused_clock": None, "paused_due_at": None}


def _carried(referral: Referral, action: str, carried: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The fields that each action writes from what it was given."""
    ended = {"reason_side": carried.get("side"), "reason_code": carried.get("reason"), "reason_text": carried.get("text")}
    fields: dict[str, dict[str, Any]] = {
        "send": {"sent_at": now, "override_reason": carried.get("override_reason") or referral.override_reason},
        "accept": {"assignee": carried.get("assignee") or referral.assignee, "expected_on": None},
        "undo-accept": {"assignee": None},
        "waitlist": {"expected_on": str(carried.get("expected"))},
        "start": {"expected_on": None},
        "hold": {"expected_on": str(carried.get("resume_on")), "reason_text": carried.get("text")},
        "resume": {"expected_on": None, "reason_text": None},
        "serve": {"outcome": {**(referral.outcome or {}), "partner": carried.get("outcome")}},
        "decline": ended,
        "give-up": ended,
        "withdraw": ended,
        "expire": {"reason_side": reasons.Side.PARTNER.value, "reason_code": "no_response"},
        "close": {
            "need_status": carried.get("need_status"),
            "next_step": carried.get("next_step"),
            "closed_at": now,
            "outcome": _with_close(referral, carried),
        },
        "reopen": {
            "cycle": referral.cycle + 1,
            "sent_at": now,
            "closed_at": None,
            "outcome": None,
            "need_status": None,
            "next_step": None,
            "reason_side": None,
            "reason_code": None,
            "reason_text": None,
            "expected_on": None,
        },
        "mark-error": {"reason_text": carried.get("text")},
    }
    return fields.get(action, {})


def _with_close(referral: Referral, carried: Mapping[str, Any]) -> dict[str, Any] | None:
    said = carried.get("outcome")
    return {**(referral.outcome or {}), "care_manager": said} if said else referral.outcome


def _stay(referral: Referral, action: str, party: Party, carried: Mapping[str, Any], now: datetime, timezone: str) -> Referral:
    """The referral after an event inside its state."""
    own = STANDING[referral.state]
    changes: dict[str, Any] = {}
    if action == "attempt" and referral.clock in ("CONTACT", "ATTEMPTS"):
        if carried["result"] == "reached":
            changes = _clock("PROGRESS", now, timezone)
        elif referral.clock == "CONTACT":
            changes = _clock("ATTEMPTS", now, timezone)
    elif action == "appointment":
        changes = _clock("APPOINTMENT", carried["at"], timezone)
    elif action == "question":
        other = Party.OWNER if party is Party.REQUESTER else Party.REQUESTER
        changes = {"open_question": carried["text"], "whose_move": other, **_clock("ANSWER", now, timezone)}
    elif action == "answer":
        resume = _clock(own.clock or "ANSWER", now, timezone)
        if referral.state is State.ON_HOLD and referral.expected_on:
            resume["due_at"] = clocks.end_of_day(clocks.add_business_days(_as_date(referral.expected_on, "resume_on"), 0), timezone)
        changes = {"open_question": None, "whose_move": own.whose_move, **resume}
    elif action == "still-working":
        expected = carried.get("expected")
        changes = {**_clock(own.clock or "PROGRESS", now, timezone), **({"expected_on": str(expected)} if expected else {})}
    elif action == "witness":
        changes = {"outcome": {**(referral.outcome or {}), carried["witness"]: carried["outcome"]}}
    return replace(referral, version=referral.version + 1, updated_at=now, **changes)


def _clock(name: str, start: datetime, timezone: str) -> dict[str, Any]:
    return {"clock": name, "due_at": clocks.due_at(name, start, timezone)}


def _as_date(value: Any, field: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as fault:
        raise Invalid("A date is needed.", errors=(FieldError(field, "Give a date such as 2026-12-01."),)) from fault


def keep_clock(child: Referral, parent: Referral) -> Referral:
    """The sent child of a forwarded referral with the parent's first sending time, hard stop and, if it still runs, due time."""
    return replace(
        child,
        sent_at=parent.sent_at,
        due_at=parent.due_at if parent.clock == "ACKNOWLEDGE" else child.due_at,
        hard_stop_at=parent.hard_stop_at if parent.state is State.SENT else child.hard_stop_at,
    )


def replay(events: Iterable[Event]) -> State | None:
    """The state that the events lead to, in order of their versions.

    Raises:
        ValueError: a step is missing, or one is in no table.
    """
    state: State | None = None
    for version, event in enumerate(sorted(events, key=lambda one: one.version), start=1):
        if event.version != version or event.from_state != state:
            message = f"event {event.version} does not follow version {version - 1} in state {state}"
            raise ValueError(message)
        if state is not None and not _leads(state, event.action, event.to_state):
            message = f"no row leads from {state} by {event.action} to {event.to_state}"
            raise ValueError(message)
        state = event.to_state
    return state


def _leads(state: State, action: str, to: State) -> bool:
    if any(row.action == action and state in row.sources for row in STEPS):
        return to is state
    targets = [row.target for row in MOVES if row.action == action and state in row.sources]
    return any(target in (to, BACK, CHOSEN) for target in targets)
