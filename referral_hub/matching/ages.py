"""Ages to the day: years and months lived, and the day on which an age is reached.

A month or a year is complete at the start of its anniversary. Where the month has no such day, the
anniversary is the first of the next: who was born on 29 February is a year older on 1 March of a common
year. Source: Code of Maryland, General Provisions, section 1-303 (Computation of age).
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta

MONTHS = 12
SAID_IN_MONTHS_BELOW = 24
_ROUNDING = 0.01
"""Of a month: ages on record are rounded to thousandths of a year."""


_THOUSANDTH = 0.001
"""A year, as ages on record are rounded: a range that ends so much before an age ends on the day before it."""


def age_on(birth_date: date, day: date) -> float:
    """Years lived on a day: whole months, and the lived part of the running one. On a birthday the age is whole."""
    months = (day.year - birth_date.year) * MONTHS + day.month - birth_date.month
    if day < anniversary(birth_date, months):
        months -= 1
    last, following = anniversary(birth_date, months), anniversary(birth_date, months + 1)
    return (months + (day - last).days / (following - last).days) / MONTHS


def anniversary(birth_date: date, months: int) -> date:
    """The day on which so many months are complete."""
    years, month = divmod(birth_date.month - 1 + months, MONTHS)
    try:
        return date(birth_date.year + years, month + 1, birth_date.day)
    except ValueError:
        years, month = divmod(birth_date.month + months, MONTHS)
        return date(birth_date.year + years, month + 1, 1)


def day_of_age(birth_date: date, years: float, today: date, within_days: int, *, past: bool = False) -> date | None:
    """The first day after today, within so many, with this age (`past`: with more than it); None where there is none."""
    days = [today + timedelta(days=ahead) for ahead in range(1, within_days + 1)]
    # Ages never fall, so the days that fit are the last ones.
    found = bisect_left(days, 1, key=lambda day: int(_reached(age_on(birth_date, day), years, past=past)))
    return days[found] if found < len(days) else None


def _reached(age: float, years: float, *, past: bool) -> bool:
    return age > years if past else age >= years


def say_age(age: float) -> str:
    """As people say it: whole years, below two whole months; the fraction of a year would tell the birthday."""
    months = int(age * MONTHS + _ROUNDING)
    return f"{int(age)}" if months >= SAID_IN_MONTHS_BELOW else say_months(months)


def say_limit(years: float) -> str:
    """An age that a rule names: `60`, `6 months`."""
    months = years * MONTHS
    if 0 < years < SAID_IN_MONTHS_BELOW / MONTHS and years != int(years) and abs(months - round(months)) < _ROUNDING:
        return say_months(round(months))
    return f"{years:g}"


def say_last(years: float) -> str:
    """The last age of a range. 12.999 lasts until the thirteenth birthday and is said `12`; 0.249 is `2 months`."""
    end = round(years + _THOUSANDTH, 3)
    if end == years or abs(end * MONTHS - round(end * MONTHS)) >= _ROUNDING:
        return say_limit(years)
    if end == int(end) and end * MONTHS >= SAID_IN_MONTHS_BELOW:
        return f"{int(end) - 1}"
    return say_months(round(end * MONTHS) - 1) if end * MONTHS < SAID_IN_MONTHS_BELOW else say_limit(years)


def say_months(months: int) -> str:
    """`1 month`, `6 months`."""
    return f"{months} month{'' if months == 1 else 's'}"
