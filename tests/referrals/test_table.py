"""Every state, action and party: allowed exactly where domain.md section 5 says. Written by hand from that page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from referral_hub.errors import IllegalMove, Invalid
from referral_hub.ids import new_id
from referral_hub.referrals import lifecycle
from referral_hub.referrals.model import Party, Referral, State

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ANA = new_id()

# state: {party: moves}; the step events are below. The author's 24 hours and the like are tested apart.
MOVES: dict[str, dict[str, str]] = {
    "draft": {"requester": "send withdraw mark-error", "patient": "send withdraw", "coordinator": "mark-error"},
    "sent": {
        "requester": "withdraw forward mark-error",
        "owner": "accept waitlist decline forward",
        "patient": "withdraw",
        "system": "expire",
        "coordinator": "mark-error",
    },
    "accepted": {
        "requester": "hold withdraw forward mark-error",
        "owner": "start hold serve give-up undo-accept forward",
        "patient": "withdraw",
        "coordinator": "mark-error",
    },
    "waitlisted": {
        "requester": "withdraw forward mark-error",
        "owner": "decline start serve give-up forward",
        "patient": "withdraw",
        "coordinator": "mark-error",
    },
    "in_service": {
        "requester": "hold withdraw mark-error",
        "owner": "hold serve give-up",
        "patient": "withdraw",
        "coordinator": "mark-error",
    },
    "on_hold": {
        "requester": "resume withdraw mark-error",
        "owner": "start resume give-up",
        "patient": "withdraw",
        "coordinator": "mark-error",
    },
    "served": {"requester": "close mark-error", "system": "close", "coordinator": "mark-error"},
    "not_served": {"requester": "close reopen mark-error", "owner": "reopen", "coordinator": "mark-error"},
    "declined": {"requester": "close reopen mark-error", "owner": "reopen", "coordinator": "mark-error"},
    "withdrawn": {"requester": "close mark-error", "coordinator": "mark-error"},
    "expired": {"requester": "close reopen mark-error", "owner": "reopen", "coordinator": "mark-error"},
    "forwarded": {"requester": "close mark-error", "coordinator": "mark-error"},
    "closed": {"requester": "reopen mark-error", "owner": "reopen", "coordinator": "mark-error"},
    "entered_in_error": {},
}
EVENTS: dict[str, dict[str, str]] = {
    "draft": {},
    "sent": {"requester": "question answer witness", "owner": "viewed question answer", "patient": "witness"},
    "accepted": {"requester": "appointment question answer witness", "owner": "attempt appointment question answer", "patient": "witness"},
    "waitlisted": {"requester": "question answer witness", "owner": "question answer still-working", "patient": "witness"},
    "in_service": {
        "requester": "appointment question answer witness",
        "owner": "appointment question answer still-working",
        "patient": "witness",
    },
    "on_hold": {"requester": "question answer witness", "owner": "question answer", "patient": "witness"},
    "served": {"requester": "witness", "patient": "witness"},
    "not_served": {"requester": "witness", "patient": "witness"},
    "declined": {"requester": "witness", "patient": "witness"},
    "withdrawn": {"requester": "witness", "patient": "witness"},
    "expired": {"requester": "witness", "patient": "witness"},
    "forwarded": {"requester": "witness", "patient": "witness"},
    "closed": {"requester": "witness", "patient": "witness"},
    "entered_in_error": {},
}
TARGETS = {
    "send": "sent",
    "accept": "accepted",
    "waitlist": "waitlisted",
    "decline": "declined",
    "start": "in_service",
    "hold": "on_hold",
    "resume": "in_service",
    "serve": "served",
    "give-up": "not_served",
    "undo-accept": "sent",
    "withdraw": "withdrawn",
    "expire": "expired",
    "forward": "forwarded",
    "close": "closed",
    "reopen": "sent",
    "mark-error": "entered_in_error",
}
CARRIED: dict[str, dict[str, Any]] = {
    "send": {"consent_id": "c"},
    "waitlist": {"expected": "2026-12-15"},
    "decline": {"side": "partner", "reason": "no_capacity"},
    "start": {"began_on": date(2026, 11, 23)},
    "hold": {"text": "In hospital", "resume_on": date(2026, 12, 1)},
    "serve": {"outcome": {"received": "full"}},
    "give-up": {"side": "contact", "reason": "unable_to_contact", "attempts": 3},
    "withdraw": {"side": "patient", "reason": "no_longer_needed"},
    "expire": {"clock": "ACKNOWLEDGE"},
    "forward": {"target": "t"},
    "close": {"need_status": "met", "next_step": "none"},
    "reopen": {"text": "again"},
    "mark-error": {"text": "wrong patient"},
    "attempt": {"result": "no_answer"},
    "appointment": {"at": NOW + timedelta(days=2)},
    "question": {"text": "?"},
    "answer": {"text": "!"},
    "witness": {"witness": "patient", "outcome": {"received": "full"}},
}
ACTIONS = sorted({*TARGETS, "viewed", "attempt", "appointment", "question", "answer", "still-working", "witness"})


def referral_in(state: str) -> Referral:
    """A referral made and moved just now by Ana."""
    some = [UUID(int=n) for n in range(1, 7)]
    return Referral(
        id=some[0],
        patient_id=some[1],
        need_id=some[2],
        service_at_location_id=some[3],
        requester_id=some[4],
        owner_id=some[5],
        state=State(state),
        version=3,
        created_by=ANA,
        eligibility={"verdict": "eligible"},
        paused_from=State.IN_SERVICE,
        whose_move=lifecycle.STANDING[State(state)].whose_move,
        clock=lifecycle.STANDING[State(state)].clock,
        created_at=NOW,
        state_since=NOW,
        sent_at=None if state == "draft" else NOW,
        updated_at=NOW,
    )


def expected(state: str, party: str) -> set[str]:
    return set(MOVES[state].get(party, "").split()) | set(EVENTS[state].get(party, "").split())


def test_the_table_above_names_every_state() -> None:
    assert set(MOVES) == set(EVENTS) == {state.value for state in State}


@pytest.mark.parametrize(("state", "party"), list(product([s.value for s in State], [p.value for p in Party])))
def test_open_actions_are_those_of_the_page(state: str, party: str) -> None:
    assert set(lifecycle.open_actions(State(state), Party(party))) == expected(state, party)


@pytest.mark.parametrize(("state", "action", "party"), list(product([s.value for s in State], ACTIONS, [p.value for p in Party])))
def test_a_step_is_taken_exactly_where_the_page_allows_it(state: str, action: str, party: str) -> None:
    before = referral_in(state)
    if action == "answer":
        before = replace(before, open_question="?", whose_move=Party(party))
    if action not in expected(state, party):
        with pytest.raises(IllegalMove) as told:
            lifecycle.advance(before, action, Party(party), CARRIED.get(action, {}), NOW, account_id=ANA)
        assert told.value.facts["state"] == state
        assert told.value.facts["version"] == 3
        assert set(told.value.facts["open_actions"]) <= expected(state, party)
        return
    after = lifecycle.advance(before, action, Party(party), CARRIED.get(action, {}), NOW, account_id=ANA)
    assert after.state == TARGETS.get(action, state)
    assert after.version == 4
    assert after.updated_at == NOW


MUST = {
    "send": {"consent_id"},
    "waitlist": {"expected"},
    "decline": {"reason"},
    "start": {"began_on"},
    "hold": {"text", "resume_on"},
    "serve": {"outcome"},
    "give-up": {"reason"},
    "withdraw": {"reason"},
    "expire": {"clock"},
    "forward": {"target"},
    "close": {"need_status", "next_step"},
    "reopen": {"text"},
    "mark-error": {"text"},
    "attempt": {"result"},
    "appointment": {"at"},
    "question": {"text"},
    "answer": {"text"},
    "witness": {"witness", "outcome"},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_step_without_what_it_must_carry_is_refused(action: str) -> None:
    state, party = next((s, p) for s in MOVES for p in ("owner", "requester", "system") if action in expected(s, p))
    before = referral_in(state)
    if action == "answer":
        before = replace(before, open_question="?", whose_move=Party(party))
    if action not in MUST:
        assert lifecycle.advance(before, action, Party(party), {}, NOW, account_id=ANA).version == 4
        return
    with pytest.raises(Invalid) as told:
        lifecycle.advance(before, action, Party(party), {}, NOW, account_id=ANA)
    assert {fault.field for fault in told.value.errors} == MUST[action]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "action", "party", "limit"),
    [
        ("accepted", "undo-accept", Party.OWNER, timedelta(hours=24)),
        ("declined", "reopen", Party.OWNER, timedelta(days=30)),
        ("closed", "reopen", Party.OWNER, timedelta(days=30)),
        ("sent", "mark-error", Party.REQUESTER, timedelta(hours=24)),
    ],
)
def test_what_is_limited_in_time_ends(state: str, action: str, party: Party, limit: timedelta) -> None:
    before = referral_in(state)
    for later, is_open in ((limit - HOUR, True), (limit, True), (limit + HOUR, False)):
        assert (action in lifecycle.open_now(before, party, NOW + later, ANA)) is is_open, later


def test_only_the_author_marks_an_error_and_the_coordinator_always() -> None:
    before = referral_in("sent")
    assert "mark-error" not in lifecycle.open_now(before, Party.REQUESTER, NOW, new_id())
    assert "mark-error" not in lifecycle.open_now(before, Party.REQUESTER, NOW, None)
    assert "mark-error" in lifecycle.open_now(before, Party.COORDINATOR, NOW + timedelta(days=400), new_id())


def test_the_requester_may_reopen_at_any_time() -> None:
    assert "reopen" in lifecycle.open_now(referral_in("closed"), Party.REQUESTER, NOW + timedelta(days=400), ANA)


def test_an_answer_needs_a_question_and_a_second_question_waits() -> None:
    before = referral_in("sent")
    assert "answer" not in lifecycle.open_now(before, Party.OWNER, NOW)
    asked = lifecycle.advance(before, "question", Party.OWNER, {"text": "?"}, NOW)
    assert "answer" in lifecycle.open_now(asked, Party.REQUESTER, NOW)
    assert "answer" not in lifecycle.open_now(asked, Party.OWNER, NOW)
    assert "question" not in lifecycle.open_now(asked, Party.OWNER, NOW)


def test_what_does_not_fit_is_sent_only_with_a_reason() -> None:
    before = replace(referral_in("draft"), eligibility={"verdict": "ineligible"})
    with pytest.raises(Invalid) as told:
        lifecycle.advance(before, "send", Party.REQUESTER, {"consent_id": "c"}, NOW)
    assert [fault.field for fault in told.value.errors] == ["override_reason"]
    assert (
        lifecycle.advance(replace(before, override_reason="agreed"), "send", Party.REQUESTER, {"consent_id": "c"}, NOW).state is State.SENT
    )
    with pytest.raises(Invalid):
        lifecycle.advance(replace(before, eligibility={}), "send", Party.REQUESTER, {"consent_id": "c"}, NOW)


def test_reopened_in_service_skips_the_answer() -> None:
    after = lifecycle.advance(referral_in("closed"), "reopen", Party.REQUESTER, {"text": "again", "to": "in_service"}, NOW)
    assert (after.state, after.cycle, after.clock) == (State.IN_SERVICE, 2, "PROGRESS")
    with pytest.raises(Invalid):
        lifecycle.advance(referral_in("closed"), "reopen", Party.REQUESTER, {"text": "again", "to": "served"}, NOW)


def test_resume_goes_back_to_where_the_pause_began() -> None:
    for state in ("accepted", "in_service"):
        held = lifecycle.advance(referral_in(state), "hold", Party.OWNER, CARRIED["hold"], NOW)
        assert lifecycle.advance(held, "resume", Party.REQUESTER, {}, NOW).state == state
