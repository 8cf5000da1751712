"""Opening hours as a person says them: the weekdays that repeat, and the days that do not."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from referral_hub.partners.hours import Interval
from referral_hub.words import Words, mark

HORIZON_DAYS = 28
"""Four of each weekday: three alike are a habit, two are first-and-third."""

_HABIT = 3
_DATES_SHOWN = 4

Hours = tuple[tuple[time, time], ...]


def say_hours(words: Words, opens: list[Interval], today: date, free_days: list[int]) -> list[str]:
    """One line a group of weekdays with the same hours, then single dates; empty when it never opens on these days.

    `free_days` are weekdays (Monday 0); empty means any. `opens` covers HORIZON_DAYS from today.
    """
    by_date = _hours_by_date(opens)
    habits: dict[Hours, list[tuple[int, list[date]]]] = defaultdict(list)
    single: list[tuple[date, Hours]] = []
    for weekday in free_days or range(7):
        dates = [day for day in (today + timedelta(days=n) for n in range(HORIZON_DAYS)) if day.weekday() == weekday]
        usual = max((by_date.get(day, ()) for day in dates), key=lambda hours: sum(by_date.get(day) == hours for day in dates))
        closed = [day for day in dates if day not in by_date]
        if usual and sum(by_date.get(day) == usual for day in dates) >= _HABIT:
            habits[usual].append((weekday, closed))
            single += [(day, by_date[day]) for day in dates if day in by_date and by_date[day] != usual]
        else:
            single += [(day, by_date[day]) for day in dates if day in by_date]
    lines = [_say_habit(words, hours, days) for hours, days in habits.items()]
    lines += [
        words.say(mark("{day}: {hours}"), day=_capital(words.day(day)), hours=_say_spans(words, hours))
        for day, hours in sorted(single)[:_DATES_SHOWN]
    ]
    return lines


def _hours_by_date(opens: list[Interval]) -> dict[date, Hours]:
    spans: dict[date, list[tuple[time, time]]] = defaultdict(list)
    for span in sorted(opens):
        start = span.start
        while span.end - start > timedelta(days=1):  # open around the clock: day by day
            midnight = datetime.combine(start.date() + timedelta(days=1), time(0), start.tzinfo)
            spans[start.date()].append((start.time(), time(0)))
            start = midnight
        spans[start.date()].append((start.time(), span.end.time()))
    return {day: tuple(each) for day, each in spans.items()}


def _say_habit(words: Words, hours: Hours, days: list[tuple[int, list[date]]]) -> str:
    ordered = sorted(days)
    line = words.say(
        mark("{day}: {hours}"),
        day=_capital(words.listed(words.weekday(number) for number, _ in ordered)),
        hours=_say_spans(words, hours),
    )
    closed = sorted(day for _, dates in ordered for day in dates)
    if closed:
        line += " " + words.say(mark("(closed {days})"), days=words.listed(words.short_day(day) for day in closed))
    return line


def _say_spans(words: Words, hours: Hours) -> str:
    return words.listed(_say_span(words, start, end) for start, end in hours)


def _say_span(words: Words, start: time, end: time) -> str:
    if start == end:
        return words.say(mark("all day and night"))
    return words.say(mark("{start} to {end}"), start=words.clock(start), end=words.clock(end))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
