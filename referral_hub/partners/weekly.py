"""Hours compiled for many questions at once: the open minutes of a week, where a schedule is the same every week.

Monday 0:00 of the place's own clock is minute 0, the week has 10,080. Where both sides are given, a
schedule is open in one of the windows exactly when `overlaps` says so; where one is None, only
`hours.open_intervals` knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from referral_hub.partners.hours import Interval, zone_of
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.recurrence import has_rule, read_byday, read_clock

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_NEAR = timedelta(days=2)
"""A night's opening that meets a window began less than this before it: no change of the clocks may lie between."""
_DAY = timedelta(days=1)
"""No zone changes its clocks there and back within one."""

Minute = TypeVar("Minute", int, float)


def weekly_spans(schedule: Sequence[OpenHours]) -> list[tuple[int, int]] | None:
    """The open minutes of a week, in order and apart; empty: never open.

    None where weeks differ: a row with a date, a count, an interval or another rhythm than weekly, or an exception.
    """
    pieces: list[tuple[int, int]] = []
    for row in schedule:
        if row.closed or _has_dates(row):
            return None
        opens, closes = read_clock(row.opens_at), read_clock(row.closes_at)
        if not has_rule(row) or opens is None or closes is None:
            continue  # says nothing certain, opens nothing
        byday = read_byday(row.byday)
        if byday is None:
            continue
        if (row.freq or "WEEKLY").strip().upper() != "WEEKLY" or row.bymonthday or any(nth for nth, _ in byday):
            return None
        until = closes if closes > opens else closes + DAY_MINUTES
        for _, weekday in byday:
            midnight = weekday * DAY_MINUTES
            pieces += _within_week((midnight + opens) % WEEK_MINUTES, (midnight + until) % WEEK_MINUTES)
    return _joined(pieces)


def local_spans(windows: Iterable[Interval], timezone: str) -> list[tuple[float, float]] | None:
    """The windows as minutes of a week on a zone's clocks, in order and apart.

    None where the clocks are changed within or near one of them: minutes of a week cannot tell that hour.
    """
    zone = zone_of(timezone)
    pieces: list[tuple[float, float]] = []
    for window in windows:
        if window.start >= window.end:
            continue
        moment, last = window.start - _NEAR, window.end + _NEAR
        offset = last.astimezone(zone).utcoffset()
        while moment < last:
            if moment.astimezone(zone).utcoffset() != offset:
                return None
            moment += _DAY
        if window.end - window.start >= 7 * _DAY:
            pieces.append((0, WEEK_MINUTES))
        else:
            pieces += _within_week(_minute_of_week(window.start.astimezone(zone)), _minute_of_week(window.end.astimezone(zone)))
    return _joined(pieces)


def overlaps(spans: Iterable[tuple[int, int]], windows: Iterable[tuple[float, float]]) -> bool:
    """Whether an open span and a window have a moment in common; touching is none."""
    windows = list(windows)
    return any(start < until and since < end for start, end in spans for since, until in windows)


def _has_dates(row: OpenHours) -> bool:
    dates = (row.dtstart, row.until, row.valid_from, row.valid_to)
    return any(day is not None for day in dates) or bool(row.count) or (row.interval or 1) != 1


def _minute_of_week(local: datetime) -> float:
    whole = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
    return whole + (local.second + local.microsecond / 1_000_000) / 60


def _within_week(start: Minute, end: Minute) -> list[tuple[Minute, Minute]]:
    """A span shorter than a week, cut where Sunday ends; at or before its start it ends a week later."""
    if start < end:
        return [(start, end)]
    return [(0, end), (start, WEEK_MINUTES)] if end > 0 else [(start, WEEK_MINUTES)]


def _joined(pieces: Iterable[tuple[Minute, Minute]]) -> list[tuple[Minute, Minute]]:
    joined: list[tuple[Minute, Minute]] = []
    for start, end in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
