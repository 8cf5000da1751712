"""When a patient can go, as a choice of a few words, and the times that it stands for."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from referral_hub.matching.facts import Window
from referral_hub.partners.hours import Interval
from web.format import listed, say_clock, say_day

CHOICES = (
    ("", "Any time"),
    ("mornings", "Weekday mornings"),
    ("afternoons", "Weekday afternoons"),
    ("evenings", "Weekday evenings"),
    ("weekends", "Weekends"),
)
_HOURS = {
    "mornings": (time(8), time(12)),
    "afternoons": (time(12), time(17)),
    "evenings": (time(17), time(21)),
    "weekends": (time(8), time(20)),
}
_SATURDAY = 5
_WEEK = 7
_DAY = timedelta(days=1)


def windows_of(choice: str, now: datetime, zone: ZoneInfo) -> list[Window]:
    """The windows of the next seven days, those that are over left out; none for any time."""
    if choice not in _HOURS:
        return []
    opens, closes = _HOURS[choice]
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=step) for step in range(_WEEK)]
    spans = [
        (datetime.combine(day, opens, zone), datetime.combine(day, closes, zone))
        for day in days
        if (day.weekday() >= _SATURDAY) == (choice == "weekends")
    ]
    return [Window(start=max(start, now).isoformat(), end=end.isoformat()) for start, end in spans if end > now]


def say_open(opened: list[Interval], now: datetime, zone: ZoneInfo, most: int = 1) -> str:
    """The nearest openings: "open now until 5 pm", "open tomorrow 9 am to noon and Friday 2 pm to 5 pm"; empty when none is known."""
    coming = [span for span in opened if span.end > now][:most]
    if not coming:
        return ""
    if coming[0].start <= now and coming[0].end - now > _DAY:
        return "open around the clock"
    return f"open {listed(_say_span(span, now, zone) for span in coming)}"


def _say_span(span: Interval, now: datetime, zone: ZoneInfo) -> str:
    today = now.astimezone(zone).date()
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    if span.start <= now:
        later = "" if end.date() == today else f" {say_day(end.date(), today)}"
        return f"now until{later} {say_clock(end.time())}"
    day = say_day(start.date(), today)
    return f"{day}{',' if day[-1].isdigit() else ''} {say_clock(start.time())} to {say_clock(end.time())}"
