"""Whatever the parties do, in whatever order: what must always hold, holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from referral_hub.errors import IllegalMove
from referral_hub.ids import new_id
from referral_hub.referrals import lifecycle, worklist
from referral_hub.referrals.model import Event, Party, Referral, State
from tests.referrals.test_table import ANA, CARRIED, referral_in

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SLOT_HOLDERS = {"sent", "accepted", "in_service", "on_hold"}
OVER = {"closed", "entered_in_error"}
ENDED = {"served", "not_served", "declined", "withdrawn", "expired", "forwarded"}

steps = st.lists(st.tuples(st.integers(0, 999), st.sampled_from(list(Party)), st.integers(min_value=0, max_value=30 * 24)), max_size=40)
"""(choice, party, hours since the step before): mostly a step that is open, so that walks go far; each fifth any step."""


def check(referral: Referral, now: datetime) -> None:
    over = referral.state in OVER
    assert (referral.whose_move is None) == over
    assert (referral.due_at is None) == over
    assert (referral.clock is None) == over
    assert referral.holds_slot == (referral.state in SLOT_HOLDERS)
    assert (referral.paused_from is not None) == (referral.state == "on_hold")
    assert (referral.hard_stop_at is not None) == (referral.state == "sent")
    if referral.state in ENDED:
        assert worklist.reason_for(referral, Party.REQUESTER, now) is not None
    if not over and referral.due_at is not None and referral.due_at < now:
        whose = worklist.reason_for(referral, referral.whose_move or Party.SYSTEM, now)
        assert whose is not None


@settings(max_examples=300, deadline=None)
@given(steps)
def test_any_walk_keeps_the_invariants_and_its_events_replay(walk: list[tuple[int, Party, int]]) -> None:
    now = NOW
    referral = replace(referral_in("draft"), version=1, paused_from=None, due_at=NOW + timedelta(days=3), clock="DRAFT")
    events = [event_of(None, referral, "create", now)]
    for choice, party, hours in walk:
        now += timedelta(hours=hours)
        open_ = lifecycle.open_now(referral, party, now, ANA)
        choices = lifecycle.ACTIONS if choice % 5 == 0 or not open_ else open_
        action = choices[choice % len(choices)]
        carried = CARRIED.get(action, {}) | ({"at": now + timedelta(hours=30)} if action == "appointment" else {})
        try:
            after = lifecycle.advance(referral, action, party, carried, now, account_id=ANA)
        except IllegalMove:
            assert action not in open_
            continue
        assert action in open_
        assert after.version == referral.version + 1
        events.append(event_of(referral, after, action, now))
        referral = after
        check(referral, now)
    assert lifecycle.replay(events) is referral.state
    assert len(events) == referral.version


def event_of(before: Referral | None, after: Referral, action: str, now: datetime) -> Event:
    return Event(
        id=new_id(),
        referral_id=after.id,
        version=after.version,
        cycle=after.cycle,
        action=action,
        from_state=before.state if before else None,
        to_state=after.state,
        at=now,
        account_id=None,
        organization_id=None,
        role="",
        channel="",
    )


def test_replay_refuses_a_gap_and_a_step_that_no_row_has() -> None:
    draft = replace(referral_in("draft"), version=1)
    sent = replace(draft, version=2, state=State.SENT)
    good = [event_of(None, draft, "create", NOW), event_of(draft, sent, "send", NOW)]
    assert lifecycle.replay(good) is State.SENT
    for bad in (
        good[1:],
        [good[0], event_of(draft, replace(sent, state=State.SERVED), "serve", NOW)],
        [good[0], replace(good[1], version=3)],
    ):
        try:
            lifecycle.replay(bad)
        except ValueError:
            continue
        raise AssertionError(bad)
