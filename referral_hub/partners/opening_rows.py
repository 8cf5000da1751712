"""Hours compiled for many questions at once: schedule rows as numbers that a loop over days can read.

Minutes are of the place's own clock, counted from the day 0 of `date.toordinal`. Where both sides are given, a
schedule is open in one of the windows exactly as `hours.open_intervals` has it; where one is None, only that knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from referral_hub.partners.hours import zone_of
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.recurrence import EPOCH, has_rule, read_byday, read_clock, read_monthdays

DAY_MINUTES = 24 * 60
EPOCH_MINUTES = date(1970, 1, 1).toordinal() * DAY_MINUTES
WEEKDAYS, NTH_WEEKDAY, EVERY_DAY, MONTH_DAY = range(4)
WHOLE_DAY = -1
FIRST_DAY, LAST_DAY = 1, date.max.toordinal()
_NEAR = timedelta(days=3)
"""A night's opening that meets a window began less than two days before it: no change of the clocks may lie between."""
_DAY = timedelta(days=1)


class OpeningRow(Struct, frozen=True):
    """One rhythm with its hours: `days` are bits of weekdays (Monday 1); `nth` of the month, from its end where negative (0: each)."""

    closed: bool
    kind: int
    days: int
    nth: int
    opens: int
    closes: int
    first: int
    last: int
    weeks: int = 1
    """Every so many weeks, counted from the Monday `since`."""
    since: int = 0


def opening_rows(schedule: Sequence[OpenHours]) -> list[OpeningRow] | None:
    """The rows of a schedule; rows that open nothing are left out.

    None where a rhythm is another than of weeks, n-th weekdays or days of the month.
    """
    found: list[OpeningRow] = []
    for row in schedule:
        opens, closes = read_clock(row.opens_at), read_clock(row.closes_at)
        if opens is None or closes is None:
            if not row.closed:
                continue  # says nothing certain, opens nothing
            opens, closes = 0, WHOLE_DAY
        made = _rhythms(row, opens, closes)
        if made is None:
            return None
        found += made
    return found


def _rhythms(row: OpenHours, opens: int, closes: int) -> list[OpeningRow] | None:
    first = max((day.toordinal() for day in (row.valid_from, row.dtstart) if day), default=FIRST_DAY)
    last = min((day.toordinal() for day in (row.valid_to, row.until) if day), default=LAST_DAY)
    if not has_rule(row):
        start, end = row.valid_from, row.valid_to
        if row.closed:
            start = row.dtstart or row.valid_from
            end = row.valid_to or row.until or row.valid_from or start
            first, last = FIRST_DAY, LAST_DAY  # an exception's own days are all that counts
        elif row.dtstart is not None:
            start = end = row.dtstart
        if start is None or end is None:
            return []
        first, last = max(first, start.toordinal()), min(last, end.toordinal())
        return [OpeningRow(row.closed, EVERY_DAY, 0, 0, opens, closes, first, last)]
    byday, monthdays = read_byday(row.byday), read_monthdays(row.bymonthday)
    if byday is None or monthdays is None:
        return []
    freq = (row.freq or ("MONTHLY" if monthdays or any(nth for nth, _ in byday) else "WEEKLY")).strip().upper()
    weeks = row.interval or 1
    if row.count or (monthdays and byday):
        return None
    if freq == "WEEKLY" and not monthdays and not any(nth for nth, _ in byday) and weeks >= 1:
        start = row.dtstart if weeks == 1 else row.dtstart or row.valid_from
        if weeks > 1 and start is None:
            return []  # every second week, but from which?
        weekdays = {weekday for _, weekday in byday} or ({row.dtstart.weekday()} if row.dtstart else set())
        since = start.toordinal() - start.weekday() if start else 0
        return [OpeningRow(row.closed, WEEKDAYS, sum(1 << day for day in weekdays), 0, opens, closes, first, last, weeks, since)]
    if freq == "MONTHLY" and (byday or monthdays) and weeks == 1:
        first = max(first, EPOCH.toordinal()) if row.dtstart is None and row.valid_from is None else first
        if monthdays:
            return [OpeningRow(row.closed, MONTH_DAY, 0, day, opens, closes, first, last) for day in monthdays]
        return [OpeningRow(row.closed, NTH_WEEKDAY, 1 << weekday, nth, opens, closes, first, last) for nth, weekday in byday]
    return None


def minute_of(moment: datetime) -> float:
    """Minutes of UTC, counted from the day 0 of `date.toordinal`."""
    return moment.timestamp() / 60 + EPOCH_MINUTES


@lru_cache(maxsize=4096)
def clock_ahead(timezone: str, first: int, last: int) -> int | None:
    """Minutes that a zone's clocks are ahead of UTC from one day to another (UTC, `date.toordinal`).

    None where the clocks are changed within or near those days.
    """
    start = datetime.fromordinal(first).replace(tzinfo=UTC) - _NEAR
    end = datetime.fromordinal(last + 1).replace(tzinfo=UTC) + _NEAR
    years = range(start.year, end.year + 1)
    if any(start.timestamp() <= change <= end.timestamp() for year in years for change in clock_changes(timezone, year)):
        return None
    offset = start.astimezone(zone_of(timezone)).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60) if offset.total_seconds() % 60 == 0 else None


@lru_cache(maxsize=1024)
def clock_changes(timezone: str, year: int) -> tuple[float, ...]:
    """When in a year, to the day, a zone's clocks are changed: the ends of the days (UTC, seconds) within which they are."""
    zone = zone_of(timezone)
    days = [datetime(year, 1, 1, tzinfo=UTC) + _DAY * n for n in range(367)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return tuple(later.timestamp() for before, after, later in zip(offsets, offsets[1:], days[1:], strict=False) if before != after)
