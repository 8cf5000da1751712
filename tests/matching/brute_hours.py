"""Opening hours minute by minute, with a calendar of its own: no datetime, no zone file, no recurrence library.

Days are numbers (0 is 1 January 1970), times are minutes after midnight UTC of day 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from referral_hub.partners.listing import OpenHours

DAY = 1440
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@cache
def number(day: date) -> int:
    """A date's number: years, leap years, months and days counted one after the other."""
    days = sum(366 if is_leap(year) else 365 for year in range(1970, day.year))
    return days + sum(month_length(day.year, month) for month in range(1, day.month)) + day.day - 1


@cache
def parts(day: int) -> tuple[int, int, int]:
    """(year, month, day of the month)."""
    year = 1970
    while day >= (366 if is_leap(year) else 365):
        day -= 366 if is_leap(year) else 365
        year += 1
    month = 1
    while day >= month_length(year, month):
        day -= month_length(year, month)
        month += 1
    return year, month, day + 1


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    return 28 + is_leap(year) if month == 2 else 30 if month in (4, 6, 9, 11) else 31


def weekday(day: int) -> int:
    """0 is Monday; 1 January 1970 was a Thursday."""
    return (day + 3) % 7


def first_sunday(year: int, month: int) -> int:
    first = number(date(year, month, 1))
    return next(day for day in range(first, first + 7) if weekday(day) == 6)


@cache
def summer(timezone: str, year: int) -> list[tuple[int, int]]:
    """When summer time begins and ends, in UTC minutes: as the laws of 2007 (United States) and 2008 (Lord Howe) have it."""
    if timezone == "America/New_York":
        return [((first_sunday(year, 3) + 7) * DAY + 2 * 60 + 300, first_sunday(year, 11) * DAY + 2 * 60 + 240)]
    if timezone == "Australia/Lord_Howe":
        return [(first_sunday(year, 10) * DAY + 2 * 60 - 630, first_sunday(year + 1, 4) * DAY + 2 * 60 - 660)]
    return []


STANDARD = {"America/New_York": -300, "America/Phoenix": -420, "Australia/Lord_Howe": 630, "UTC": 0}
SUMMER = {"America/New_York": 60, "Australia/Lord_Howe": 30}


def offset(timezone: str, minute: int, year: int) -> int:
    """Minutes east of UTC at a UTC minute of about that year."""
    is_summer = any(begin <= minute < end for near in (year - 1, year, year + 1) for begin, end in summer(timezone, near))
    return STANDARD[timezone] + (SUMMER[timezone] if is_summer else 0)


def instant(timezone: str, day: int, clock: int) -> int:
    """The UTC minute of a wall-clock time: the first of two; of a skipped one what it would have been without the change.

    So RFC 5545, 3.3.5, has it.
    """
    wall, year = day * DAY + clock, parts(day)[0]
    early = [wall - east for east in (STANDARD[timezone] + SUMMER.get(timezone, 0), STANDARD[timezone])]
    real = [minute for minute in early if minute + offset(timezone, minute, year) == wall]
    if real:
        return min(real)
    (change,) = [begin for near in (year - 1, year) for begin, _ in summer(timezone, near) if abs(begin - early[0]) < DAY]
    return wall - offset(timezone, change - 1, year)


@cache
def falls_on(row: OpenHours, day: int) -> bool:
    """Whether a rule names a day, bounds and count aside."""
    start = first_day(row)
    year, month, of_month = parts(day)
    names = [word.strip() for word in (row.byday or "").split(",") if word.strip()]
    monthdays = [int(word) for word in (row.bymonthday or "").split(",") if word]
    freq = row.freq or ("MONTHLY" if monthdays or any(name[0] in "-+12345" for name in names) else "WEEKLY")
    every = row.interval or 1
    if start is None and every != 1:
        return False
    if freq == "DAILY":
        names = [name[-2:] for name in names]
        in_step = start is None or (day - start) % every == 0
        return in_step and (not names or WEEKDAYS[weekday(day)] in names) and (not monthdays or is_monthday(day, monthdays))
    if freq == "WEEKLY":
        if not names and row.dtstart is None:
            return False
        in_step = start is None or ((day - weekday(day)) - (start - weekday(start))) // 7 % every == 0
        wanted = [name[-2:] for name in names] or [WEEKDAYS[weekday(start or 0)]]
        return in_step and WEEKDAYS[weekday(day)] in wanted and (not monthdays or is_monthday(day, monthdays))
    if row.dtstart is None and not (names or monthdays):
        return False
    if start is not None:
        first_year, first_month, first_of_month = parts(start)
        if ((year - first_year) * 12 + month - first_month) % every:
            return False
        if not (names or monthdays):
            return of_month == first_of_month
    length = month_length(year, month)
    nth, from_end = (of_month - 1) // 7 + 1, -((length - of_month) // 7 + 1)
    here = WEEKDAYS[weekday(day)]
    by_name = not names or any(name[-2:] == here and name[:-2] in ("", str(nth), f"+{nth}", str(from_end)) for name in names)
    return by_name and (not monthdays or is_monthday(day, monthdays))


def is_monthday(day: int, monthdays: Iterable[int]) -> bool:
    year, month, of_month = parts(day)
    return any(wanted in (of_month, of_month - month_length(year, month) - 1) for wanted in monthdays)


def first_day(row: OpenHours) -> int | None:
    start = row.dtstart or row.valid_from
    return None if start is None else number(start)


def has_day(row: OpenHours, day: int) -> bool:
    """Whether a row is about a day."""
    start, valid_from, valid_to = first_day(row), row.valid_from, row.valid_to
    if not (row.freq or row.byday or row.bymonthday):
        if row.closed and start is not None:
            end = valid_to or row.until or valid_from or row.dtstart
            return end is not None and start <= day <= number(end)
        is_day = day == number(row.dtstart) if row.dtstart is not None else valid_from is not None and valid_to is not None
        return is_day and is_within(row, day)
    if row.count and start is None:
        return False
    if not (is_within(row, day) and (start is None or day >= start) and falls_on(row, day)):
        return False
    return not row.count or sum(falls_on(row, earlier) for earlier in range(start or 0, day + 1)) <= row.count


def is_within(row: OpenHours, day: int) -> bool:
    begins = [number(bound) for bound in (row.valid_from, row.dtstart) if bound]
    ends = [number(bound) for bound in (row.valid_to, row.until) if bound]
    return all(day >= bound for bound in begins) and all(day <= bound for bound in ends)


def clock(text: str | None) -> int | None:
    return None if text is None else int(text[:2]) * 60 + int(text[3:5])


def spans(row: OpenHours, timezone: str, days: Iterable[int]) -> list[tuple[int, int]]:
    """From and to, in UTC minutes, of what a row opens or closes on these days."""
    opens, closes = clock(row.opens_at), clock(row.closes_at)
    if opens is None or closes is None:
        if not row.closed:
            return []
        opens, closes = 0, DAY
    until = closes if closes > opens else closes + DAY

    def at(day: int, minutes: int) -> int:
        return instant(timezone, day + minutes // DAY, minutes % DAY)

    return [(at(day, opens), at(day, until)) for day in days if has_day(row, day)]


def open_minutes(schedule: list[OpenHours], timezone: str, windows: list[tuple[int, int]]) -> set[int]:
    """Every UTC minute of the windows at which a place is open."""
    found: set[int] = set()
    for start, end in windows:
        days = range(start // DAY - 4, end // DAY + 5)
        minutes: set[int] = set()
        for row in sorted(schedule, key=lambda row: row.closed):
            for since, until in spans(row, timezone, days):
                (minutes.difference_update if row.closed else minutes.update)(range(since, until))
        found |= minutes & set(range(start, end))
    return found
