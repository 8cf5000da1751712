"""How pages say things: times as people say them, miles, money, phones, words for codes."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from markupsafe import Markup
from msgspec import Struct

from referral_hub.partners import taxonomy
from referral_hub.partners.units import name_unit

METERS_A_MILE = 1609.344


class Reading(Struct, frozen=True):
    """When and where a page is read."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


READING: ContextVar[Reading] = ContextVar("reading")
"""Set while a page is written; macros have no other way to know it."""

ENGLISH = Locale.parse("en_US")
_WEEK = 6
_MINUTE = 60
_HOUR = 3600

DOMAIN_ICONS = {
    "food": "basket",
    "housing": "roof",
    "transport": "wheel",
    "utilities": "bolt",
    "health": "heart",
    "income": "coin",
    "family": "people",
    "legal": "scales",
    "employment": "briefcase",
    "education": "cap",
    "goods": "bag",
    "safety": "shield",
}

STATE_TAGS: dict[str, tuple[str, str, str]] = {
    "draft": ("quiet", "edit", "Draft"),
    "sent": ("info", "send", "Sent"),
    "accepted": ("good", "check", "Accepted"),
    "waitlisted": ("wait", "hourglass", "On a list"),
    "in_service": ("good", "heart", "Being helped"),
    "on_hold": ("wait", "pause", "Paused"),
    "served": ("good", "check", "Served"),
    "not_served": ("bad", "cross", "Not served"),
    "declined": ("bad", "cross", "Declined"),
    "withdrawn": ("quiet", "back", "Withdrawn"),
    "expired": ("bad", "clock", "No answer"),
    "forwarded": ("quiet", "arrow", "Passed on"),
    "closed": ("quiet", "flag", "Closed"),
    "entered_in_error": ("quiet", "cross", "Made in error"),
}
"""state -> (colour, icon, word)."""

VERDICT_TAGS = {
    "eligible": ("check", "Fits"),
    "maybe": ("question", "May fit"),
    "ineligible": ("cross", "Does not fit"),
}

NEED_WORDS = {"open": "Open", "met": "Met", "partly": "Partly met", "unmet": "Not met", "unknown": "Not known"}

MODE_WORDS = {"car": "by car", "transit": "by bus or train", "walk": "on foot", "none": "cannot travel"}


def say_clock(moment: time) -> str:
    """`5 pm`, `9:30 am`, `noon`."""
    if moment.hour == 12 and moment.minute == 0:
        return "noon"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def say_day(day: date, today: date) -> str:
    """`today`, `tomorrow`, `Thursday` (within six days ahead), `Dec 4`, `Dec 4, 2025`."""
    away = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if away in near:
        return near[away]
    if 1 < away <= _WEEK:
        return f"{day:%A}"
    if -_WEEK <= away < -1:
        return f"last {day:%A}"
    year = "" if day.year == today.year or abs(away) < 180 else f", {day.year}"
    return f"{day:%b} {day.day}{year}"


def say_time(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`tomorrow 5 pm`, `Dec 4, 9:30 am`; in the reader's zone."""
    local = moment.astimezone(zone)
    day = say_day(local.date(), now.astimezone(zone).date())
    return f"{day}{',' if day[-1].isdigit() else ''} {say_clock(local.time())}"


def say_exact(moment: datetime, zone: ZoneInfo) -> str:
    """`Tuesday, November 24, 2026, 5:00 pm EST`."""
    local = moment.astimezone(zone)
    clock = f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
    return f"{local:%A}, {local:%B} {local.day}, {local.year}, {clock} {local:%Z}"


def say_ago(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`just now`, `20 min ago`, `3 h ago`, then as `say_time`."""
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min ago"
    if seconds < 8 * _HOUR:
        return f"{int(seconds // _HOUR)} h ago"
    return say_time(moment, now, zone)


def say_distance(meters: float | None, about: bool = False) -> str:
    """`about 2.3 mi`, `under 0.1 mi`, `12 mi`; empty when there is none."""
    if meters is None:
        return ""
    miles = meters / METERS_A_MILE
    if miles < 0.1:
        return "under 0.1 mi"
    said = f"{miles:.1f}" if miles < 10 else f"{miles:.0f}"
    return f"{'about ' if about else ''}{said} mi"


def say_minutes(minutes: float) -> str:
    """`27 min`, `1 h 35 min`."""
    whole = round(minutes)
    if whole < 90:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def say_money(amount: float | None) -> str:
    """`$21,000`; cents only where there are some."""
    if amount is None:
        return ""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def say_phone(number: str) -> str:
    """`(410) 555-0123`; what is no number stays as it was written."""
    read = _read_phone(number)
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.NATIONAL) if read else number


def phone_link(number: str) -> str:
    """`tel:+14105550123`, or empty for what is no number."""
    read = _read_phone(number)
    return "tel:" + phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164) if read else ""


def _read_phone(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        read = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return None
    return read if phonenumbers.is_possible_number(read) else None


def say_code(code: str) -> str:
    """`photo_id` -> `photo id`: a code's words where no better ones are at hand."""
    return code.replace("_", " ").replace("-", " ")


def term_name(code: str) -> str:
    """The name of a taxonomy code; the code itself where it is not ours."""
    term = taxonomy.BY_CODE.get(code)
    return term.name if term else say_code(code)


def domain_icon(code: str) -> str:
    """The symbol of the domain that a taxonomy code belongs to."""
    term = taxonomy.BY_CODE.get(code)
    while term is not None and term.parent is not None:
        term = taxonomy.BY_CODE.get(term.parent)
    return DOMAIN_ICONS.get(term.code if term else code, "info")


def say_age(born: date, today: date) -> str:
    """`67 years`, `8 months`."""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 24:
        return f"{months} month{'' if months == 1 else 's'}"
    return f"{months // 12} years"


def say_language(code: str) -> str:
    """`Spanish` for `es`; an unknown code stays as it is."""
    return str(ENGLISH.languages.get(code, {"ase": "American Sign Language"}.get(code, code)))


def listed(words: Any) -> str:
    """`a, b and c`."""
    parts = [str(word) for word in words]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _time_tag(exact: datetime, zone: ZoneInfo, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact.isoformat(), say_exact(exact, zone), words)


def when(moment: datetime) -> Markup:
    """A `<time>` that says the moment as people do, with the exact time on hover."""
    reading = READING.get()
    return _time_tag(moment, reading.zone, say_time(moment, reading.now, reading.zone))


def ago(moment: datetime) -> Markup:
    """A `<time>` that says how long ago."""
    reading = READING.get()
    return _time_tag(moment, reading.zone, say_ago(moment, reading.now, reading.zone))


def day(value: date) -> Markup:
    """A `<time>` of a whole day."""
    exact = f"{value:%A}, {value:%B} {value.day}, {value.year}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), exact, say_day(value, READING.get().today))


def age(born: date) -> str:
    """How old somebody is today."""
    return say_age(born, READING.get().today)


def days_between(start: datetime, end: datetime) -> int:
    """Whole days."""
    return (end - start) // timedelta(days=1)


def many(unit: str) -> str:
    """What room is counted in, as many: `food boxes`."""
    return name_unit(2, unit)


FILTERS = {
    "many": many,
    "when": when,
    "ago": ago,
    "day": day,
    "age": age,
    "clock_time": say_clock,
    "distance": say_distance,
    "minutes": say_minutes,
    "money": say_money,
    "phone": say_phone,
    "phone_link": phone_link,
    "code": say_code,
    "term": term_name,
    "domain_icon": domain_icon,
    "language": say_language,
    "listed": listed,
}
