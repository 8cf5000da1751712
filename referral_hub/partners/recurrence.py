"""On which days a schedule row falls, and what its fields say: RRULE parts as directories write them.

Days are of the place's own calendar. A row that says nothing certain has no day; a malformed one neither:
it is passed over, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from dateutil.rrule import rrulestr

from referral_hub.partners.listing import OpenHours

DAY = timedelta(days=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_NAMES = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}
_BYDAY = re.compile(r"^([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)$")
_MONTHDAY = re.compile(r"^[+-]?(0?[1-9]|[12]\d|3[01])$")
_CLOCK = re.compile(r"^\s*(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?\s*$")
EPOCH = date(2000, 1, 3)
"""A Monday: where a rule without a start and without an interval is counted from."""


def has_rule(row: OpenHours) -> bool:
    return bool(row.freq or row.byday or row.bymonthday)


def days_closed(row: OpenHours, first: date, last: date) -> list[date]:
    """The days from first to last that an exception is about; one that names a single day may leave out its end."""
    if has_rule(row):
        return days_of(row, first, last)
    start = row.dtstart or row.valid_from
    return days_between(start, row.valid_to or row.until or row.valid_from or start, first, last)


def days_between(start: date | None, end: date | None, first: date, last: date) -> list[date]:
    if start is None or end is None:
        return []
    begin, stop = max(start, first), min(end, last)
    return [begin + DAY * n for n in range((stop - begin).days + 1)]


def days_of(row: OpenHours, first: date, last: date) -> list[date]:
    """The days from first to last on which a row opens."""
    first = max(filter(None, (first, row.valid_from, row.dtstart)))
    last = min(filter(None, (last, row.valid_to, row.until)))
    if last < first:
        return []
    if not has_rule(row):
        if row.dtstart is not None:
            return [day for day in (row.dtstart,) if first <= day <= last]
        return days_between(row.valid_from, row.valid_to, first, last)
    byday = read_byday(row.byday)
    monthdays = read_monthdays(row.bymonthday)
    if byday is None or monthdays is None:
        return []
    ordinal = any(nth for nth, _ in byday)
    # The first Tuesday, or the 15th, is a matter of months, whether the row says so or not.
    freq = (row.freq or ("MONTHLY" if monthdays or ordinal else "WEEKLY")).strip().upper()
    interval = row.interval or 1
    if freq == "WEEKLY" and interval == 1 and not row.count and not monthdays and not ordinal:
        weekdays = {weekday for _, weekday in byday} or ({row.dtstart.weekday()} if row.dtstart else set())
        return [day for day in (first + DAY * n for n in range((last - first).days + 1)) if day.weekday() in weekdays]
    return _days_by_rule(row, first, last, freq=freq, interval=interval, byday=byday, monthdays=monthdays)


def _days_by_rule(
    row: OpenHours, first: date, last: date, *, freq: str, interval: int, byday: Sequence[tuple[int, int]], monthdays: list[int]
) -> list[date]:
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return []
    if freq == "WEEKLY":
        byday = [(0, weekday) for _, weekday in byday]
    elif freq != "DAILY" and any(nth for nth, _ in byday):
        # Beside a numbered day dateutil drops a plain one ("the first Monday and every Friday"): it is numbered too.
        most = 5 if freq == "MONTHLY" else 53
        byday = [(number, weekday) for nth, weekday in byday for number in ([nth] if nth else range(1, most + 1))]
    if row.dtstart is None and not (byday or monthdays or freq == "DAILY"):
        return []  # each week, or month, on which day?
    start = row.dtstart or row.valid_from
    if start is None:
        # Every second week, but from which? The third time, but since when? Nothing certain.
        if interval != 1 or row.count:
            return []
        start = EPOCH if freq != "YEARLY" else None
    if start is None or interval < 1:
        return []
    if interval == 1 and not row.count and (byday or monthdays):
        start = max(start, first)  # nothing is counted from the start, and years are long to walk through
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


@lru_cache(maxsize=1024)
def read_byday(text: str | None) -> tuple[tuple[int, int], ...] | None:
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
    return tuple(pairs)


def read_monthdays(text: str | None) -> list[int] | None:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    return [int(word) for word in words] if all(_MONTHDAY.match(word) for word in words) else None


@lru_cache(maxsize=4096)
def read_clock(clock: str | None) -> int | None:
    """Minutes after midnight of `HH:MM`, 24:00 included; an offset behind it is passed over: hours are the place's own."""
    found = _CLOCK.match(clock or "")
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= 24 * 60 else None  # minutes of an hour
