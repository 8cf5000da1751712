"""The oracle's clock: whether a place is open at any moment of some windows, day by day and minute by minute.

Knows what the generator writes and more: weekly, daily and monthly rows, the nth or last weekday, days of the
month, every nth week from a start, a count, dates from and to, exceptions, hours past midnight. Yearly rows
count only by their own date.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from referral_hub.partners.listing import OpenHours

Window = tuple[datetime, datetime]
_DAY = timedelta(days=1)
_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONDAY = date(2000, 1, 3)


def is_open(rows: Sequence[OpenHours], zone: ZoneInfo, windows: Iterable[Window]) -> bool:
    """Whether some moment of a window lies in opening hours that no exception takes away."""
    for start, end in windows:
        first, last = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date()
        closed = [span for row in rows if row.closed for span in _closed_spans(row, first, last + _DAY, zone)]
        for row in rows:
            if row.closed:
                continue
            for opens, closes in _open_spans(row, first, last, zone):
                if _is_left(max(opens, start), min(closes, end), closed):
                    return True
    return False


def _is_left(start: datetime, end: datetime, closed: list[Window]) -> bool:
    """Whether anything of a span is outside all closures: between two neighbouring edges nothing changes."""
    if end <= start:
        return False
    edges = sorted({start, end, *(edge for span in closed for edge in span if start < edge < end)})
    return any(not any(shut <= a and b <= reopened for shut, reopened in closed) for a, b in pairwise(edges))


def _open_spans(row: OpenHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Window]:
    opens, closes = _clock(row.opens_at), _clock(row.closes_at)
    if opens is None or closes is None:
        return
    for day in _dates(first, last):
        if _occurs(row, day):
            yield _at(day, opens, zone), _at(day, closes + (24 * 60 if closes <= opens else 0), zone)


def _closed_spans(row: OpenHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Window]:
    opens, closes = _clock(row.opens_at), _clock(row.closes_at)
    for day in _dates(first, last):
        if row.freq or row.byday or row.bymonthday:
            applies = _occurs(row, day)
        else:
            start = row.dtstart or row.valid_from
            applies = start is not None and start <= day <= (row.valid_to or row.until or row.valid_from or start)
        if not applies:
            continue
        if opens is None or closes is None:
            yield _at(day, 0, zone), _at(day, 24 * 60, zone)
        else:
            yield _at(day, opens, zone), _at(day, closes + (24 * 60 if closes <= opens else 0), zone)


def _dates(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _DAY


def _clock(text: str | None) -> int | None:
    """Minutes after midnight of HH:MM."""
    if not text:
        return None
    hours, _, minutes = text.strip().partition(":")
    return int(hours) * 60 + int(minutes[:2])


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    noted = datetime.combine(day + days * _DAY, datetime.min.time(), zone).replace(hour=rest // 60, minute=rest % 60)
    return noted.astimezone(UTC)


def _occurs(row: OpenHours, day: date) -> bool:
    starts = [one for one in (row.valid_from, row.dtstart) if one is not None]
    ends = [one for one in (row.valid_to, row.until) if one is not None]
    if any(day < one for one in starts) or any(day > one for one in ends):
        return False
    if not (row.freq or row.byday or row.bymonthday):
        return day == row.dtstart if row.dtstart is not None else row.valid_from is not None and row.valid_to is not None
    counted_from = row.dtstart or row.valid_from
    if row.count:
        if counted_from is None:
            return False
        held = sum(_fits(row, one, counted_from) for one in _dates(counted_from, day))
        return _fits(row, day, counted_from) and held <= row.count
    if counted_from is None and ((row.interval or 1) != 1 or (row.freq or "").upper() == "YEARLY"):
        return False
    return _fits(row, day, counted_from)


def _fits(row: OpenHours, day: date, counted_from: date | None) -> bool:
    """Whether a day is one of a rule's, counting from a start."""
    of_month = row.bymonthday or any(sign.isdigit() for sign in row.byday or "")
    freq = (row.freq or ("MONTHLY" if of_month else "WEEKLY")).strip().upper()
    start, every = counted_from or _MONDAY, row.interval or 1
    byday = [part.strip().upper() for part in (row.byday or "").split(",") if part.strip()]
    monthdays = [int(part) for part in (row.bymonthday or "").split(",") if part.strip()]
    length = calendar.monthrange(day.year, day.month)[1]
    if monthdays and day.day not in monthdays and day.day - length - 1 not in monthdays:
        return False
    weekday = _NAMES[day.weekday()]
    if freq == "DAILY":
        return (day - start).days % every == 0 and (not byday or weekday in {part[-2:] for part in byday})
    if freq == "WEEKLY":
        weeks = ((day - timedelta(days=day.weekday())) - (start - timedelta(days=start.weekday()))).days // 7
        wanted = {part[-2:] for part in byday}
        if not wanted and not monthdays:
            wanted = {_NAMES[start.weekday()]} if row.dtstart else set()
        return weeks % every == 0 and (weekday in wanted or (bool(monthdays) and not byday))
    if freq == "MONTHLY":
        if ((day.year - start.year) * 12 + day.month - start.month) % every:
            return False
        if not byday and not monthdays:
            return row.dtstart is not None and day.day == start.day
        nth, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        return not byday or any(part in (weekday, f"{nth}{weekday}", f"+{nth}{weekday}", f"{from_end}{weekday}") for part in byday)
    return freq == "YEARLY" and (day.year - start.year) % every == 0 and (day.month, day.day) == (start.month, start.day)
