"""A cell of a data package as the value that its column holds. Pure.

Of a hub's own export a value stands as it was. Of anybody else's, what cannot be meant is mended or left
out, with a remark: ages of 200 for "no limit", points outside the world, addresses without https://.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from referral_hub.partners.imports import cells
from referral_hub.partners.model import ServiceStatus
from referral_hub.partners.tabular import Column

NO_LIMIT = 120
"""Years; an age limit from here on limits nobody."""


class Value(Struct, frozen=True):
    """What a cell says: the value (None: nothing), and what was odd about it and done with it."""

    value: Any = None
    problem: str | None = None
    done: str = "stored without it"


def read_exactly(column: Column, text: str) -> Value:
    """A cell that a hub wrote."""
    if column.type == "string":
        if column.choices and text and text not in column.choices:
            return Value(None, f"{_shown(text)} is none of {', '.join(column.choices)}")
        return Value(text or None)
    return _READ[column.type](column, text.strip()) if text.strip() else Value()


def read_kindly(kind: str, column: Column, text: str) -> Value:
    """A cell that somebody else wrote."""
    plain = text.strip()
    if not plain:
        return Value()
    mend = _MENDED.get(f"{kind}.{column.field}") or _MENDED.get(column.field)
    if mend is not None:
        return mend(plain)
    if column.choices:
        return _choice(column, plain)
    return Value(plain) if column.type == "string" else _READ[column.type](column, plain)


def _choice(column: Column, text: str) -> Value:
    found = next((choice for choice in column.choices if choice.lower() == text.lower()), None)
    return Value(found) if found is not None else Value(None, f"{_shown(text)} is none of {', '.join(column.choices)}")


def _number(column: Column, text: str) -> Value:
    value = cells.read_number(text)
    if value is None:
        return Value(None, f"{_shown(text)} is no number")
    if not column.is_whole:
        return Value(value)
    whole = int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else int(value)
    return Value(whole) if whole == value and abs(whole) < 1 << 62 else Value(None, f"{_shown(text)} is no whole number")


def _boolean(_column: Column, text: str) -> Value:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = known.get(text.lower())
    return Value(found) if found is not None else Value(None, f"{_shown(text)} is neither true nor false")


def _date(_column: Column, text: str) -> Value:
    day = cells.read_day(text.partition("T")[0])
    return Value(date(*day)) if day and day[0] > 1 else Value(None, f"{_shown(text)} is no date")


def _datetime(_column: Column, text: str) -> Value:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Value(None, f"{_shown(text)} is no time such as 2026-11-23T09:00:00-05:00")
    return Value(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _time(_column: Column, text: str) -> Value:
    found = cells.read_time(re.sub(r"(Z|[+-]\d{2}:?\d{2})$", "", text))
    return Value(found) if found is not None else Value(text)


def _json(kind: type) -> Callable[[Column, str], Value]:
    def read(_column: Column, text: str) -> Value:
        try:
            found = msgspec.json.decode(text)
        except msgspec.DecodeError as fault:
            return Value(None, f"the cell is not JSON ({fault})")
        return Value(found) if isinstance(found, kind) else Value(None, f"the cell is no JSON {'object' if kind is dict else 'list'}")

    return read


def _website(text: str) -> Value:
    found, remark = cells.clean_url(text)
    return Value(found, remark, "mended" if found else "stored without it")


def _email(text: str) -> Value:
    found = cells.find_email(text)
    return Value(found) if found else Value(None, f"{_shown(text)} is no mail address")


def _phone(text: str) -> Value:
    found, remark = cells.clean_phone(text.strip("\"' "))
    if found is None and "@" not in text and re.search(r"\d{3}", text):
        return Value(text.strip("\"' "), remark, "stored as it stands")
    return Value(found, remark, "mended" if found else "stored without it")


def _extension(text: str) -> Value:
    found = re.search(r"\d{1,9}", text)
    return Value(int(found.group())) if found else Value(None, f"{_shown(text)} is no extension")


def _degrees(most: int) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        value = cells.read_number(text)
        if value is None or not math.isfinite(value) or abs(value) > most:
            return Value(None, f"{_shown(text)} lies outside -{most} to {most} degrees", "stored without a point")
        return Value(value)

    return read


def _age(text: str) -> Value:
    value = cells.read_number(text)
    if value is None or value < 0:
        return Value(None, f"{_shown(text)} is no age")
    return Value(value) if value < NO_LIMIT else Value(None, f"an age of {_shown(text)} means no limit", "stored as no limit")


def _status(text: str) -> Value:
    found = next((status for status in ServiceStatus if status.value == text.lower()), None)
    return Value(found) if found else Value(ServiceStatus.INACTIVE, f"{_shown(text)} is no status", "stored as inactive")


def _frequency(text: str) -> Value:
    return Value(text.upper())


def _shown(text: str) -> str:
    """A foreign cell as it may stand in a report."""
    plain = re.sub(r"[^\x20-\x7e\xa0-\u1fff]", "?", text)
    return plain if len(plain) <= 40 else f"{plain[:37]}..."


_READ: dict[str, Callable[[Column, str], Value]] = {
    "string": lambda _column, text: Value(text),
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "object": _json(dict),
    "array": _json(list),
}
_MENDED: dict[str, Callable[[str], Value]] = {
    "url": _website,
    "website": _website,
    "email": _email,
    "assurer_email": _email,
    "phone.number": _phone,
    "phone.extension": _extension,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "minimum_age": _age,
    "maximum_age": _age,
    "schedule.freq": _frequency,
    "service.status": _status,
}
"""Field, or kind and field -> how a foreign cell of it is read."""
