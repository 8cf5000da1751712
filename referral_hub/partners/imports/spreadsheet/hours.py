"""When it is open: hours by weekday, hours in words, and dated slots with their places.

Of hours in words only what is certain opens anything (`prose_hours`); the rest is stored as it stands, as a
schedule that has a description and no hours.
"""

from __future__ import annotations

from datetime import date

from referral_hub.ids import new_id
from referral_hub.partners import model
from referral_hub.partners.imports import cells
from referral_hub.partners.imports.spreadsheet.draft import Draft, MappedRow
from referral_hub.partners.imports.spreadsheet.offers import put_capacity
from referral_hub.partners.imports.spreadsheet.weekdays import WEEKDAYS, read_day_hours, read_days, read_week
from referral_hub.partners.prose_hours import HoursReading, read_hours, schedules_of


def read_schedules(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation) -> None:
    """Every schedule that a row gives its listing."""
    for day, code in WEEKDAYS.items():
        _weekday(draft, row, key, listing, day, code)
    _columns(draft, row, key, listing)
    _prose(draft, row, key, listing)
    _slots(draft, row, key, listing)


def _weekly(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, byday: str, opens: str, closes: str) -> None:
    record = model.Schedule(id=new_id(), service_at_location_id=listing.id, freq="WEEKLY", byday=byday, opens_at=opens, closes_at=closes)
    draft.put("schedule", f"{key}:{byday}:{opens}", record, row)


def _words(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, name: str, text: str) -> None:
    record = model.Schedule(id=new_id(), service_at_location_id=listing.id, description=text)
    draft.put("schedule", f"{key}:{name}", record, row, {"description": "schedule.text"})


def _weekday(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, day: str, code: str) -> None:
    field = f"schedule.{day}"
    text = row.get(field)
    if not text:
        return
    spans = read_day_hours(text)
    if spans is None:
        _take(draft, row, key, listing, field, day, f"{day.capitalize()}: {text}")
        return
    for opens, closes in spans:
        _weekly(draft, row, key, listing, code, opens, closes)


def _columns(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation) -> None:
    """Weekdays in one column, times in two."""
    days, first, last = (row.get(f"schedule.{name}") for name in ("days", "opens_at", "closes_at"))
    if not (first or last):
        if days:
            row.say("schedule.days", "weekdays without hours", "kept as words")
            _words(draft, row, key, listing, "days", days)
        return
    codes, opens, closes = read_days(days), cells.read_time(first), cells.read_time(last)
    for field, value, words in (("days", codes, "these are no weekdays"), ("opens_at", opens, "this is no time"), ("closes_at", closes, "this is no time")):
        if value is None:
            row.say(f"schedule.{field}", words, "kept as words")
            _words(draft, row, key, listing, "columns", " ".join(part for part in (days, first, "-" if last else "", last) if part))
            return
    for code in codes or []:
        _weekly(draft, row, key, listing, code, opens or "", closes or "")


def _prose(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation) -> None:
    text = row.get("schedule.text")
    if not text:
        return
    week = read_week(text)
    if week is not None:
        for byday, opens, closes in week:
            _weekly(draft, row, key, listing, byday, opens, closes)
        return
    _take(draft, row, key, listing, "schedule.text", "text", text)


def _take(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, field: str, name: str, text: str) -> None:
    """What is certain of hours in words opens; where anything is left, the whole text is kept beside it."""
    reading = read_hours(text)
    for schedule in schedules_of(reading, new_id, service_at_location_id=listing.id):
        draft.put("schedule", f"{key}:{schedule.byday}:{schedule.opens_at}", schedule, row)
    row.say(field, _say(reading), "read" if not reading.left else "read in part, and kept as words" if reading.rows else "kept as words")
    if reading.left or not (reading.rows or reading.closed):
        _words(draft, row, key, listing, name, text)


def _say(reading: HoursReading) -> str:
    reasons = "; ".join(dict.fromkeys(left.reason for left in reading.left))
    return f"hours in words: {reasons}" if reasons else "hours in words"


def _slots(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation) -> None:
    """Dated openings; the places of the next one are the room that there is."""
    days = row.lines("slot.date")
    if not days:
        return
    opens, closes, places = (row.lines(f"slot.{name}") for name in ("opens_at", "closes_at", "capacity"))
    past, coming = 0, []
    for index, text in enumerate(days):
        parts = cells.read_day(text.split("T")[0].strip()) if text else None
        times = [cells.read_time(column[index]) if index < len(column) else None for column in (opens, closes)]
        if parts is None:
            row.say("slot.date", "this is no date", "stored without this date")
        elif None in times:
            row.say("slot.opens_at" if times[0] is None else "slot.closes_at", "a date without its hours", "stored without this date")
        elif (day := date(*parts)) < draft.today:
            past += 1
        else:
            record = model.Schedule(
                id=new_id(), service_at_location_id=listing.id, valid_from=day, valid_to=day, dtstart=day, opens_at=times[0], closes_at=times[1]
            )
            draft.put("schedule", f"{key}:{day}:{times[0]}", record, row)
            coming.append((day, times[1] or "", places[index] if index < len(places) else ""))
    if past:
        row.say("slot.date", f"{past} of {len(days)} dates have passed", "stored without them")
    _room(draft, row, key, listing, min(coming) if coming else None)


def _room(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, slot: tuple[date, str, str] | None) -> None:
    if slot is None or not slot[2]:
        return
    number = cells.read_number(slot[2])
    if number is None or number < 0 or number != int(number):
        row.say("slot.capacity", f"{slot[2][:20]} is no number of places", "stored without it")
        return
    put_capacity(draft, row, key, listing, int(number), int(number), "places", f"Places on {slot[0]}")
    draft.ends[key] = slot[:2]
