"""When a place is open: schedule rows (RRULE and exceptions) as intervals of real time.

Rows are wall clock in the place's zone: nine o'clock stays nine o'clock when summer time ends. A row that
says nothing certain (no day, no hours) opens nothing; a malformed one is passed over, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from referral_hub.partners.listing import OpenHours
from referral_hub.partners.recurrence import DAY, days_closed, days_of, read_clock

DAYS_AHEAD = 9 * DAY
"""From this morning to the end of the day in a week, wherever its clock stands."""


class Interval(Struct, frozen=True, order=True):
    """Open from start to end, aware."""

    start: datetime
    end: datetime


def open_intervals(schedule: Sequence[OpenHours], timezone: str, windows: Iterable[Interval]) -> list[Interval]:
    """The times within the windows at which a place is open, in order, in the place's own zone."""
    zone = zone_of(timezone)
    found: list[Interval] = []
    for window in windows:
        first, last = window.start.astimezone(zone).date() - DAY, window.end.astimezone(zone).date()
        opened = [span for row in schedule if not row.closed for span in _spans(row, first, last, zone)]
        if not opened:
            continue
        taken = [span for row in schedule if row.closed for span in _closures(row, first, last, zone)]
        found += [piece for span in _subtract(_merge(opened), _merge(taken)) if (piece := _meet(span, window))]
    return [_in_zone(span, zone) for span in _merge(found)]


class Ahead(Struct, frozen=True):
    """What is open in the days to come: the same spans in UTC, which compare, and in the place's zone, which are shown."""

    start: datetime
    end: datetime
    spans: list[tuple[Interval, Interval]]


def open_ahead(schedule: Sequence[OpenHours], timezone: str, windows: Sequence[Interval], now: datetime) -> list[Interval]:
    """As `open_intervals`; windows within the coming week are cut out of what is open then, which is worked out once a day."""
    zone = zone_of(timezone)
    ahead = _ahead(tuple(schedule), timezone, now.astimezone(zone).date())
    if any(window.start < ahead.start or window.end > ahead.end for window in windows):
        return open_intervals(schedule, timezone, windows)
    pieces = [piece for window in windows for piece in _pieces(ahead.spans, window, zone)]
    if len(windows) == 1:
        return [shown for _, shown in pieces]
    return [_in_zone(span, zone) for span in _merge([span for span, _ in pieces])]


def _pieces(spans: Iterable[tuple[Interval, Interval]], window: Interval, zone: ZoneInfo) -> Iterator[tuple[Interval, Interval]]:
    """Spans as far as they lie in a window, as instants and as they are shown."""
    for span, shown in spans:
        if span.start >= window.end:
            return
        if window.start <= span.start and span.end <= window.end:
            yield span, shown
        elif piece := _meet(span, window):
            yield piece, _in_zone(piece, zone)


@lru_cache(maxsize=4096)
def _ahead(schedule: tuple[OpenHours, ...], timezone: str, today: date) -> Ahead:
    zone = zone_of(timezone)
    days = Interval(_instant(today, 0, zone), _instant(today + DAYS_AHEAD, 0, zone))
    shown = open_intervals(schedule, timezone, [days])
    return Ahead(days.start, days.end, [(Interval(span.start.astimezone(UTC), span.end.astimezone(UTC)), span) for span in shown])


def _in_zone(span: Interval, zone: ZoneInfo) -> Interval:
    return Interval(span.start.astimezone(zone), span.end.astimezone(zone))


def is_open_at(schedule: Sequence[OpenHours], timezone: str, moment: datetime) -> bool:
    """Whether a place is open at one moment."""
    return bool(open_intervals(schedule, timezone, [Interval(moment, moment + timedelta(seconds=1))]))


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """An IANA zone; a name that is none counts as New York's, the network's default."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("America/New_York")


def _spans(row: OpenHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Interval]:
    opens, closes = read_clock(row.opens_at), read_clock(row.closes_at)
    if opens is None or closes is None:
        return
    for day in days_of(row, first, last):
        # At or before its opening it closes on the next day.
        yield Interval(_instant(day, opens, zone), _instant(day if closes > opens else day + DAY, closes, zone))


def _closures(row: OpenHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Interval]:
    """What an exception takes away: its hours on its days, or the days from midnight to midnight."""
    opens, closes = read_clock(row.opens_at), read_clock(row.closes_at)
    for day in days_closed(row, first, last):
        if opens is None or closes is None:
            yield Interval(_instant(day, 0, zone), _instant(day + DAY, 0, zone))
        else:
            yield Interval(_instant(day, opens, zone), _instant(day if closes > opens else day + DAY, closes, zone))


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant, in UTC so that differences are real time."""
    if minutes == 24 * 60:
        day, minutes = day + DAY, 0
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone).astimezone(UTC)


def _merge(spans: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _subtract(spans: list[Interval], taken: list[Interval]) -> list[Interval]:
    """Spans without what is taken; both merged."""
    left = []
    for span in spans:
        start = span.start
        for hole in taken:
            if hole.end <= start or hole.start >= span.end:
                continue
            if hole.start > start:
                left.append(Interval(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Interval(start, span.end))
    return left


def _meet(span: Interval, window: Interval) -> Interval | None:
    start, end = max(span.start, window.start), min(span.end, window.end)
    return Interval(start, end) if start < end else None
