"""Due times: business days where the partner is. Expectations are counted on a wall calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from referral_hub.referrals import clocks, lifecycle
from referral_hub.referrals.model import Party, State, Urgency
from tests.referrals.test_table import referral_in

BALTIMORE = "America/New_York"
HONOLULU = "Pacific/Honolulu"


def at(text: str, zone: str = BALTIMORE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "clock", "due"),
    [
        ("2026-11-23T09:00", "ACKNOWLEDGE", "2026-11-25T17:00"),  # Monday: Wednesday
        ("2026-11-24T09:00", "ACKNOWLEDGE", "2026-11-27T17:00"),  # Tuesday: Thursday is Thanksgiving
        ("2026-11-25T23:59", "ACKNOWLEDGE", "2026-11-30T17:00"),  # Wednesday night: Friday, Monday
        ("2026-11-28T10:00", "ACKNOWLEDGE", "2026-12-01T17:00"),  # Saturday: Monday, Tuesday
        ("2026-07-01T10:00", "CONTACT", "2026-07-06T17:00"),  # 4 July is a Saturday: observed on Friday
        ("2026-12-31T10:00", "REVIEW", "2027-01-06T17:00"),  # New Year
        ("2026-03-06T10:00", "ACKNOWLEDGE", "2026-03-10T17:00"),  # over the change to summer time
        ("2026-10-30T10:00", "ACKNOWLEDGE", "2026-11-03T17:00"),  # and back
        ("2026-11-23T09:00", "PROGRESS", "2027-01-07T17:00"),  # 30 business days without Thanksgiving, Christmas, New Year
    ],
)
def test_a_clock_is_due_at_the_end_of_its_last_business_day(start: str, clock: str, due: str) -> None:
    assert clocks.due_at(clock, at(start), BALTIMORE) == at(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-23T09:00", "2026-11-23T17:00"),
        ("2026-11-23T16:59", "2026-11-23T17:00"),
        ("2026-11-23T17:00", "2026-11-24T17:00"),
        ("2026-11-25T18:00", "2026-11-27T17:00"),
        ("2026-11-28T10:00", "2026-11-30T17:00"),
    ],
)
def test_an_urgent_answer_is_due_the_same_day(start: str, due: str) -> None:
    assert clocks.due_at("ACKNOWLEDGE", at(start), BALTIMORE, Urgency.URGENT) == at(due)


def test_the_day_is_the_partners() -> None:
    """Tuesday 3 am in UTC is still Monday in Honolulu."""
    start = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert clocks.due_at("CONTACT", start, HONOLULU) == at("2026-11-25T17:00", HONOLULU)
    assert clocks.due_at("CONTACT", start, BALTIMORE) == at("2026-11-25T17:00")


def test_five_in_the_afternoon_stays_five_over_the_change_of_time() -> None:
    due = clocks.due_at("ACKNOWLEDGE", at("2026-03-06T10:00"), BALTIMORE)
    assert due.astimezone(UTC).hour == 21
    assert clocks.due_at("ACKNOWLEDGE", at("2026-03-03T10:00"), BALTIMORE).astimezone(UTC).hour == 22


def test_only_an_unanswered_referral_has_a_hard_stop() -> None:
    assert clocks.stop_at("ACKNOWLEDGE", at("2026-11-23T09:00"), BALTIMORE) == at("2026-12-14T17:00")
    assert [name for name in clocks.CLOCKS if clocks.stop_at(name, at("2026-11-23T09:00"), BALTIMORE)] == ["ACKNOWLEDGE"]


def test_counting_and_adding_agree() -> None:
    start = date(2026, 11, 20)
    for days in range(1, 40):
        assert clocks.count_business_days(start, clocks.add_business_days(start, days)) == days


def test_a_pause_keeps_the_business_days_that_were_left() -> None:
    """Paused on Monday with PROGRESS due in 30 business days, resumed ten days later: 30 again."""
    started = lifecycle.advance(referral_in("accepted"), "start", Party.OWNER, {"began_on": date(2026, 11, 23)}, at("2026-11-23T09:00"))
    assert started.due_at == at("2027-01-07T17:00")
    held = lifecycle.advance(started, "hold", Party.OWNER, {"text": "away", "resume_on": date(2026, 12, 5)}, at("2026-11-30T09:00"))
    assert (held.due_at, held.clock) == (at("2026-12-07T17:00"), "RESUME")  # 5 December is a Saturday
    resumed = lifecycle.advance(held, "resume", Party.OWNER, {}, at("2026-12-07T09:00"))
    assert (resumed.state, resumed.clock) == (State.IN_SERVICE, "PROGRESS")
    assert resumed.due_at == at("2027-01-14T17:00")  # five business days later than before


def test_attempts_run_from_the_first_failed_one() -> None:
    accepted = lifecycle.advance(referral_in("sent"), "accept", Party.OWNER, {}, at("2026-11-23T09:00"))
    assert accepted.due_at == at("2026-11-25T17:00")
    tried = lifecycle.advance(accepted, "attempt", Party.OWNER, {"result": "no_answer"}, at("2026-11-24T09:00"))
    assert (tried.clock, tried.due_at) == ("ATTEMPTS", at("2026-12-04T17:00"))
    again = lifecycle.advance(tried, "attempt", Party.OWNER, {"result": "left_message"}, at("2026-11-25T15:00"))
    assert again.due_at == tried.due_at
    assert lifecycle.advance(again, "attempt", Party.OWNER, {"result": "reached"}, at("2026-11-27T15:00")).clock == "PROGRESS"
