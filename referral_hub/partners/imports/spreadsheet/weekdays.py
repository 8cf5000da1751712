"""Hours by weekday in plain cells (`9:00 AM - 5:00 PM`, `Closed`); what is not certain is left to a reader of prose."""

from __future__ import annotations

import re

from referral_hub.partners.imports.cells import read_time

WEEKDAYS: dict[str, str] = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}
_CLOSED = re.compile(r"(?:closed|none|by appointment only|no hours?)\.?", re.IGNORECASE)
_ALWAYS = re.compile(r"(?:open )?(?:24 ?(?:hours|hrs)(?: a day)?|24/7)\.?", re.IGNORECASE)
_TIME = r"\d{1,2}(?::\d{2}){0,2}\s*(?:[ap]\.?\s?m\.?)?"
_SPAN = re.compile(rf"({_TIME})\s*(?:-|–|—|to|until|til)\s*({_TIME})", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,|;|&|\band\b|\n)\s*")
_LINE = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s*[:\-–]?\s*(.*)", re.IGNORECASE)


def read_day_hours(text: str) -> list[tuple[str, str]] | None:
    """(opens, closes) of one day's cell, `HH:MM`; [] where it says closed, None where it cannot be read with certainty."""
    plain = text.strip()
    if not plain or _CLOSED.fullmatch(plain):
        return []
    if _ALWAYS.fullmatch(plain):
        return [("00:00", "00:00")]
    spans = []
    for part in _BETWEEN.split(plain):
        found = _SPAN.fullmatch(part.strip())
        span = _read_span(found[1], found[2]) if found else None
        if span is None:
            return None
        spans.append(span)
    return spans


def read_week(text: str) -> list[tuple[str, str, str]] | None:
    """(weekday, opens, closes) of lines that each begin with a weekday; None where one is anything else."""
    found: list[tuple[str, str, str]] = []
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in lines:
        parts = _LINE.fullmatch(line)
        spans = read_day_hours(parts[2]) if parts and parts[2] else None
        if parts is None or spans is None:
            return None
        code = next(code for day, code in WEEKDAYS.items() if day.startswith(parts[1].lower()))
        found += [(code, opens, closes) for opens, closes in spans]
    return found if lines else None


def read_days(text: str) -> list[str] | None:
    """Weekday codes of `Monday`, `Mon, Wed`, `Mon-Fri`; None where it is something else."""
    plain = text.strip().lower()
    names = list(WEEKDAYS)
    if found := re.fullmatch(r"([a-z]{2,9})\.?\s*(?:-|–|to|through|thru)\s*([a-z]{2,9})\.?", plain):
        first, last = _day(found[1]), _day(found[2])
        if first is None or last is None:
            return None
        count = (names.index(last) - names.index(first)) % 7 + 1
        return [WEEKDAYS[names[(names.index(first) + step) % 7]] for step in range(count)]
    days = [_day(part.strip(" .")) for part in re.split(r"[,;/&\n]|\band\b", plain) if part.strip(" .")]
    return [WEEKDAYS[day] for day in days if day] if days and all(days) else None


def _day(word: str) -> str | None:
    found = [day for day in WEEKDAYS if len(word) > 1 and (day.startswith(word) or f"{day}s" == word)]
    return found[0] if len(found) == 1 else None


def _read_span(opens: str, closes: str) -> tuple[str, str] | None:
    """A span whose halves of the day are certain: each end says am or pm, or both are of a clock of 24 hours with minutes."""
    halves = [bool(re.search(r"[ap]\.?\s?m", end, re.IGNORECASE)) for end in (opens, closes)]
    first, last = read_time(_plain(opens)), read_time(_plain(closes))
    if first is None or last is None:
        return None
    if all(halves):
        return first, last
    certain = not any(halves) and ":" in opens and ":" in closes and (opens.strip()[:1] == "0" or int(last[:2]) > 12)
    return (first, last) if certain else None


def _plain(end: str) -> str:
    return re.sub(r"\s|\.", "", end)
