"""What needs somebody today: order and reasons, by domain.md section 8."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from referral_hub.ids import new_id
from referral_hub.referrals import worklist
from referral_hub.referrals.lifecycle import ENDED_STATES
from referral_hub.referrals.model import Party, Referral, State, Urgency
from tests.referrals.test_table import referral_in

NOW = datetime(2026, 12, 7, 14, 0, tzinfo=UTC)
LATE = NOW - timedelta(days=1)
SOON = NOW + timedelta(days=1)
NOT_HELPED = {"partner": {"received": "full"}, "patient": {"received": "none"}}
DISPUTED = {"partner": {"contact_made": True}, "patient": {"contact_made": False}}


def one(state: str, due: datetime | None = SOON, **changes: object) -> Referral:
    return replace(referral_in(state), id=new_id(), due_at=due, **changes)


def test_the_care_managers_order_is_the_one_of_the_page() -> None:
    lines = {
        "urgent_overdue": one("sent", LATE, urgency=Urgency.URGENT),
        "not_helped": one("served", outcome=NOT_HELPED),
        "next_service": one("declined"),
        "question": one("sent", open_question="?", whose_move=Party.REQUESTER),
        "disputed": one("served", outcome=DISPUTED),
        "acknowledge_served": one("served"),
        "waitlist_confirm": one("waitlisted", LATE),
        "partner_overdue": one("sent", LATE),
        "close": one("withdrawn"),
        "draft": one("draft"),
    }
    found = worklist.order_worklist(reversed(list(lines.values())), Party.REQUESTER, NOW)
    assert [reason for reason, _ in found] == list(lines)
    assert [referral.id for _, referral in found] == [referral.id for referral in lines.values()]


def test_the_partners_order_begins_with_what_is_late() -> None:
    lines = {
        "urgent_overdue": one("sent", LATE, urgency=Urgency.URGENT),
        "overdue": one("accepted", LATE),
        "question": one("accepted", open_question="?"),
        "new_urgent": one("sent", urgency=Urgency.URGENT),
        "new": one("sent"),
        "contact": one("accepted"),
        "waitlist_confirm": one("waitlisted"),
        "resume": one("on_hold"),
        "progress": one("in_service"),
    }
    found = worklist.order_worklist(reversed(list(lines.values())), Party.OWNER, NOW)
    assert [reason for reason, _ in found] == list(lines)


def test_within_a_reason_the_earliest_due_comes_first() -> None:
    first, second, third = one("declined", LATE), one("declined", SOON), one("declined", SOON + timedelta(hours=1))
    found = worklist.order_worklist([third, first, second], Party.REQUESTER, NOW)
    assert [referral.id for _, referral in found] == [first.id, second.id, third.id]


@pytest.mark.parametrize("state", ENDED_STATES)
def test_what_has_ended_is_on_the_care_managers_list_until_it_is_closed(state: State) -> None:
    assert worklist.reason_for(one(state), Party.REQUESTER, NOW) is not None
    assert worklist.reason_for(one(state), Party.OWNER, NOW) is None


def test_what_is_closed_or_going_well_asks_for_nothing() -> None:
    for quiet in (
        one("closed", None),
        one("entered_in_error", None),
        one("sent"),
        one("accepted"),
        one("in_service", NOW + timedelta(days=20)),
    ):
        assert worklist.reason_for(quiet, Party.REQUESTER, NOW) is None
    assert worklist.reason_for(one("in_service", NOW + timedelta(days=20)), Party.OWNER, NOW) is None
    assert worklist.reason_for(one("sent", open_question="?", whose_move=Party.REQUESTER), Party.OWNER, NOW) is None


def test_a_patient_who_was_not_helped_comes_back_after_the_close() -> None:
    closed = one("closed", None, outcome=NOT_HELPED, closed_at=NOW - timedelta(days=2), updated_at=NOW - timedelta(days=2))
    assert worklist.reason_for(closed, Party.REQUESTER, NOW) is None
    assert worklist.reason_for(replace(closed, updated_at=NOW), Party.REQUESTER, NOW) == "not_helped"


def test_the_coordinator_hears_after_the_grace() -> None:
    """Due Thursday, two business days of grace: Monday 5 pm."""
    due = datetime(2026, 12, 3, 22, 0, tzinfo=UTC)
    asked = one("sent", due)
    assert worklist.reason_for(asked, Party.COORDINATOR, datetime(2026, 12, 7, 21, 59, tzinfo=UTC)) is None
    assert worklist.reason_for(asked, Party.COORDINATOR, datetime(2026, 12, 7, 22, 1, tzinfo=UTC)) == "overdue"
    assert worklist.reason_for(replace(asked, urgency=Urgency.URGENT), Party.COORDINATOR, due + timedelta(minutes=1)) == "urgent_overdue"


def test_every_reason_has_a_place_and_words() -> None:
    orders = (*worklist.REQUESTER_ORDER, *worklist.OWNER_ORDER, *worklist.COORDINATOR_ORDER)
    assert set(orders) == set(worklist.SAYS)
