"""When a place is open: schedule rows (RRULE and exceptions) as intervals of real time.

Rows are wall clock in the place's zone: nine o'clock stays nine o'clock when summer time ends. A row that
says nothing certain (no day, no hours) opens nothing; a malformed one is passed over, never an error.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from referral_hub.partners.listing import OpenHours
from referral_hub.partners.recurrence import DAY, days_closed, days_of, read_clock

DAYS_AHEAD = 16 * DAY
"""From this morning to the end of the day in a fortnight, wherever its clock stands."""


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
    """What is open in the days to come, each span by the moments that it starts and ends at and as it is shown; for bisecting."""

    first: float
    last: float
    """What lies between these two is worked out. Moments are seconds since 1970."""
    starts: list[float]
    ends: list[float]
    shown: list[Interval]
    """In the place's own zone."""


class Window(NamedTuple):
    """When the patient can go: the interval, and the moments that it starts and ends at (seconds since 1970)."""

    interval: Interval
    start: float
    end: float


def open_ahead(packed: bytes, timezone: str, windows: Sequence[Window], today: date) -> list[Interval]:
    """As `open_intervals`, of a packed schedule and merged windows; `today` is the day at the place.

    What lies in the coming fortnight is cut out of what is open then, which is worked out once a day.
    """
    ahead = _ahead(packed, timezone, today)
    found: list[Interval] = []
    for window, start, end in windows:
        if start < ahead.first or end > ahead.last:
            return open_intervals(_read_schedule(packed), timezone, [window.interval for window in windows])
        some, beyond = bisect_right(ahead.ends, start), bisect_left(ahead.starts, end)
        if some >= beyond:
            continue
        pieces = ahead.shown[some:beyond]
        if ahead.starts[some] < start:
            pieces[0] = Interval(window.start.astimezone(zone_of(timezone)), pieces[0].end)
        if ahead.ends[beyond - 1] > end:
            pieces[-1] = Interval(pieces[-1].start, window.end.astimezone(zone_of(timezone)))
        found += pieces
    return found


@lru_cache(maxsize=8192)
def _ahead(packed: bytes, timezone: str, today: date) -> Ahead:
    zone = zone_of(timezone)
    days = Interval(_instant(today, 0, zone), _instant(today + DAYS_AHEAD, 0, zone))
    shown = open_intervals(_read_schedule(packed), timezone, [days])
    starts, ends = ([getattr(span, edge).timestamp() for span in shown] for edge in ("start", "end"))
    return Ahead(days.start.timestamp(), days.end.timestamp(), starts, ends, shown)


_read_schedule = msgspec.msgpack.Decoder(list[OpenHours]).decode


def merge_windows(windows: Iterable[Interval]) -> list[Window]:
    """The same times in order, each once."""
    merged = _merge([_in_zone(window, UTC) for window in windows])
    return [Window(window, window.start.timestamp(), window.end.timestamp()) for window in merged]


def _in_zone(span: Interval, zone: tzinfo) -> Interval:
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


@lru_cache(maxsize=32_768)
def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant, in UTC so that differences are real time; most places open at the same few times."""
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
