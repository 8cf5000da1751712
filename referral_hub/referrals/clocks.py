"""When an answer is due: business days on the partner's calendar.

The day on which a clock starts does not count; a clock is due at the end of the business day (5 pm
where the partner is). Business days leave out weekends and United States federal holidays.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from referral_hub.partners.federal_holidays import federal_holidays
from referral_hub.referrals.model import Urgency

END_OF_DAY = time(17)


class Clock(Struct, frozen=True):
    """How long a party has, in business days."""

    name: str
    days: int
    says: str
    grace_days: int = 0
    """Business days after the due time before the partner's lead and the coordinator are told."""
    stop_days: int | None = None
    """Business days after which the referral expires by itself."""


CLOCKS: dict[str, Clock] = {
    clock.name: clock
    for clock in (
        Clock("DRAFT", 3, "send or withdraw the draft"),
        Clock("ACKNOWLEDGE", 2, "answer", grace_days=2, stop_days=14),
        Clock("CONTACT", 2, "make the first contact", grace_days=2),
        Clock("ATTEMPTS", 7, "reach the patient: three attempts at different hours", grace_days=2),
        Clock("APPOINTMENT", 1, "say how the appointment went", grace_days=2),
        Clock("WAITLIST", 30, "confirm the place on the list", grace_days=2),
        Clock("PROGRESS", 30, "say how the help goes on", grace_days=2),
        Clock("RESUME", 0, "resume or end the pause", grace_days=2),
        Clock("ANSWER", 2, "answer the question", grace_days=2),
        Clock("REVIEW", 3, "check and close"),
        Clock("NEXT_STEP", 3, "find the next step and close"),
    )
}
"""Days are defaults of the network; the names are stored on the referral."""

ATTEMPTS_ENOUGH = 3
CHECK_IN_DAYS = (14, 30)
"""Calendar days after which the patient is asked whether help came."""
ALARM_DAYS = 20
"""Calendar days that an open need may wait for its first referral (the NCQA SNS-E measure allows 30)."""
UNDO_ACCEPT = timedelta(hours=24)
MARK_ERROR = timedelta(hours=24)
PARTNER_REOPEN = timedelta(days=30)


def is_business_day(day: date) -> bool:
    """Whether partners can be expected to work: Monday to Friday, no federal holiday (as observed)."""
    return day.weekday() < 5 and day not in federal_holidays(day.year)  # Saturday is 5


def add_business_days(day: date, count: int) -> date:
    """The `count`-th business day after `day`; with 0, `day` itself or the first business day after it."""
    while count == 0 and not is_business_day(day):
        day += timedelta(days=1)
    while count > 0:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def count_business_days(start: date, end: date) -> int:
    """Business days after `start` up to and with `end`; 0 when `end` is not later."""
    return sum(is_business_day(start + timedelta(days=step)) for step in range(1, (end - start).days + 1))


def end_of_day(day: date, timezone: str) -> datetime:
    """Five in the afternoon of that day where the partner is."""
    return datetime.combine(day, END_OF_DAY, tzinfo=ZoneInfo(timezone))


def due_after(days: int, start: datetime, timezone: str) -> datetime:
    """The end of the `days`-th business day after `start`.

    With 0 days: the end of the same day, or of the next business day when that is past or none.
    """
    local = start.astimezone(ZoneInfo(timezone))
    day = local.date()
    if days == 0 and local.time() >= END_OF_DAY:
        day += timedelta(days=1)
    return end_of_day(add_business_days(day, days), timezone)


def due_at(clock: str, start: datetime, timezone: str, urgency: Urgency = Urgency.ROUTINE) -> datetime:
    """When a clock (a key of CLOCKS) that starts at `start` is due; an urgent referral is answered the same day."""
    same_day = urgency is Urgency.URGENT and clock in ("ACKNOWLEDGE", "CONTACT")
    return due_after(0 if same_day else CLOCKS[clock].days, start, timezone)


def stop_at(clock: str, start: datetime, timezone: str) -> datetime | None:
    """When the clock's hard stop falls, or None for a clock that has none."""
    days = CLOCKS[clock].stop_days
    return None if days is None else due_after(days, start, timezone)


def shift_due(due: datetime, paused_at: datetime, resumed_at: datetime, timezone: str) -> datetime:
    """The new due time of a clock that stood still from `paused_at` to `resumed_at`: it keeps its business days left."""
    zone = ZoneInfo(timezone)
    left = count_business_days(paused_at.astimezone(zone).date(), due.astimezone(zone).date())
    return due_after(left, resumed_at, timezone)


def half_way(start: datetime, due: datetime) -> datetime:
    """The time of the first reminder."""
    return start + (due - start) / 2
