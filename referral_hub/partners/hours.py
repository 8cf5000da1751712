"""When a place is open: schedule rows (RRULE and exceptions) as intervals of real time.

Rows are wall clock in the place's zone: nine o'clock stays nine o'clock when summer time ends. A row that
says nothing certain (no day, no hours) opens nothing; a malformed one is passed over, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr
from msgspec import Struct

from referral_hub.partners.listing import OpenHours

_DAY = timedelta(days=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_NAMES = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}
_BYDAY = re.compile(r"^([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)$")
_MONTHDAY = re.compile(r"^-?([1-9]|[12]\d|3[01])$")
_CLOCK = re.compile(r"^\s*(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?\s*$")
_EPOCH = date(2000, 1, 3)
"""A Monday: where a rule without a start and without an interval is counted from."""


class Interval(Struct, frozen=True, order=True):
    """Open from start to end, aware."""

    start: datetime
    end: datetime


def open_intervals(schedule: Sequence[OpenHours], timezone: str, windows: Iterable[Interval]) -> list[Interval]:
    """The times within the windows at which a place is open, in order, in the place's own zone."""
    zone = zone_of(timezone)
    found: list[Interval] = []
    for window in windows:
        first, last = window.start.astimezone(zone).date() - _DAY, window.end.astimezone(zone).date()
        opened = [span for row in schedule if not row.closed for span in _spans(row, first, last, zone)]
        if not opened:
            continue
        taken = [span for row in schedule if row.closed for span in _closures(row, first, last, zone)]
        found += [piece for span in _subtract(_merge(opened), _merge(taken)) if (piece := _meet(span, window))]
    return [Interval(span.start.astimezone(zone), span.end.astimezone(zone)) for span in _merge(found)]


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
    opens, closes = _minutes(row.opens_at), _minutes(row.closes_at)
    if opens is None or closes is None:
        return
    for day in _days(row, first, last):
        # At or before its opening it closes on the next day.
        yield Interval(_instant(day, opens, zone), _instant(day if closes > opens else day + _DAY, closes, zone))


def _closures(row: OpenHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Interval]:
    """What an exception takes away: its hours on its days, or the days from midnight to midnight."""
    opens, closes = _minutes(row.opens_at), _minutes(row.closes_at)
    last += _DAY
    days = _days(row, first, last) if _has_rule(row) else _days_between(row.valid_from, row.valid_to or row.valid_from, first, last)
    for day in days:
        if opens is None or closes is None:
            yield Interval(_instant(day, 0, zone), _instant(day + _DAY, 0, zone))
        else:
            yield Interval(_instant(day, opens, zone), _instant(day if closes > opens else day + _DAY, closes, zone))


def _has_rule(row: OpenHours) -> bool:
    return bool(row.freq or row.byday or row.bymonthday)


def _days_between(start: date | None, end: date | None, first: date, last: date) -> list[date]:
    if start is None or end is None:
        return []
    begin, stop = max(start, first), min(end, last)
    return [begin + _DAY * n for n in range((stop - begin).days + 1)]


def _days(row: OpenHours, first: date, last: date) -> list[date]:
    """The days from first to last on which a row opens."""
    first = max(filter(None, (first, row.valid_from, row.dtstart)))
    last = min(filter(None, (last, row.valid_to, row.until)))
    if last < first:
        return []
    if not _has_rule(row):
        if row.dtstart is not None:
            return [day for day in (row.dtstart,) if first <= day <= last]
        return _days_between(row.valid_from, row.valid_to, first, last)
    freq = (row.freq or ("MONTHLY" if row.bymonthday else "WEEKLY")).upper()
    byday = _read_byday(row.byday)
    monthdays = _read_monthdays(row.bymonthday)
    if byday is None or monthdays is None:
        return []
    interval = row.interval or 1
    ordinal = any(nth for nth, _ in byday)
    if freq == "WEEKLY" and interval == 1 and not row.count and not monthdays and not ordinal:
        weekdays = {weekday for _, weekday in byday} or ({row.dtstart.weekday()} if row.dtstart else set())
        return [day for day in (first + _DAY * n for n in range((last - first).days + 1)) if day.weekday() in weekdays]
    return _days_by_rule(row, first, last, freq=freq, interval=interval, byday=byday, monthdays=monthdays)


def _days_by_rule(
    row: OpenHours, first: date, last: date, *, freq: str, interval: int, byday: list[tuple[int, int]], monthdays: list[int]
) -> list[date]:
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return []
    if freq == "WEEKLY":
        byday = [(0, weekday) for _, weekday in byday]
    start = row.dtstart or row.valid_from
    if start is None:
        # Every second week, but from which? The third time, but since when? Nothing certain.
        if interval != 1 or row.count or not (byday or monthdays or freq == "DAILY"):
            return []
        start = _EPOCH if freq != "YEARLY" else None
    if start is None or interval < 1:
        return []
    text = f"FREQ={freq};INTERVAL={interval}"
    if byday:
        text += ";BYDAY=" + ",".join(f"{nth or ''}{_WEEKDAYS[weekday]}" for nth, weekday in byday)
    if monthdays:
        text += ";BYMONTHDAY=" + ",".join(map(str, monthdays))
    if row.count:
        text += f";COUNT={row.count}"
    rule = rrulestr(text, dtstart=datetime.combine(start, datetime.min.time()))  # naive: whole days of the place's calendar
    noon = datetime.min.time()
    return [moment.date() for moment in rule.between(datetime.combine(first, noon), datetime.combine(last, noon), inc=True)]


def _read_byday(text: str | None) -> list[tuple[int, int]] | None:
    """(n-th or 0, weekday) pairs; None where a part is no day."""
    pairs = []
    for part in (text or "").replace(";", ",").split(","):
        word = part.strip()
        if not word:
            continue
        found = _BYDAY.match(_DAY_NAMES.get(word.lower(), word.upper()))
        if found is None:
            return None
        pairs.append((int(found[1] or 0), _WEEKDAYS.index(found[2])))
    return pairs


def _read_monthdays(text: str | None) -> list[int] | None:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    return [int(word) for word in words] if all(_MONTHDAY.match(word) for word in words) else None


def _minutes(clock: str | None) -> int | None:
    """Minutes after midnight of `HH:MM`, 24:00 included; an offset behind it is passed over: hours are the place's own."""
    found = _CLOCK.match(clock or "")
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= 24 * 60 else None  # minutes of an hour


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant, in UTC so that differences are real time."""
    if minutes == 24 * 60:
        day, minutes = day + _DAY, 0
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
