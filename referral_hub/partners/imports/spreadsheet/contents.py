"""What a cell looks like: tests of content, by which columns are guessed and shifted rows are noticed."""

from __future__ import annotations

import re
from collections.abc import Callable

from referral_hub.partners.imports import cells

STATES: dict[str, str] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT", "delaware": "DE",
    "district of columbia": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA",
    "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
    "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX",
    "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
    "guam": "GU", "virgin islands": "VI", "american samoa": "AS", "northern mariana islands": "MP",
}  # fmt: skip
"""Name (lower case) to the two letters of the post."""

_CODES = frozenset(STATES.values())
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?(?:\.0)?|\d{4}")
_STREET = re.compile(r"(?=.*[A-Za-z])(?:\d+[\w/-]*\s+\S.*|p\.?\s?o\.?\s?box\b.*)", re.IGNORECASE)
_HOURS = re.compile(r"\b\d{1,2}(?::\d\d)?\s*[ap]\.?m\b|\b(?:mon|tues?|wed|thu|fri|sat|sun)(?:days?|[a-z]{0,6}day)?\b", re.IGNORECASE)
_CITY = re.compile(r"[^\W\d_][^\W\d_.'’ -]*(?:[ .'’-]+[^\W\d_][^\W\d_.'’-]*){0,5}\.?")


def state_code(text: str) -> str | None:
    """The two letters of a state, from them or from its name; None where it is none."""
    plain = text.strip().rstrip(".").lower()
    return plain.upper() if plain.upper() in _CODES else STATES.get(plain)


def is_zip(text: str) -> bool:
    """A ZIP code, also one that a spreadsheet took the leading zero from."""
    return _ZIP.fullmatch(text.strip()) is not None


def is_number(text: str) -> bool:
    """A finite number."""
    return cells.read_number(text) is not None


def is_phone(text: str) -> bool:
    """A number that can be called, or several."""
    first = re.split(r"[;/,]|\bor\b|\s*x(?=\.?\s*\d)|\s*\bext", text.strip(), maxsplit=1, flags=re.IGNORECASE)[0]
    digits = len(re.sub(r"\D", "", first))
    return digits in (3, 7, 10, 11) and not is_zip(text) and "." not in re.sub(r"\d\.\d{3}|\.$", "", text) and cells.clean_phone(first)[0] is not None


def is_email(text: str) -> bool:
    """Holds a mail address."""
    return cells.find_email(text) is not None


def is_url(text: str) -> bool:
    """A web address, with or without a scheme."""
    return cells.clean_url(text)[0] is not None


def is_date(text: str) -> bool:
    """A calendar day, perhaps with a time behind it."""
    return cells.read_day(re.split(r"[T ]\d", text.strip(), maxsplit=1)[0]) is not None


def is_time(text: str) -> bool:
    """A time of day."""
    return cells.read_time(text) is not None


TESTS: dict[str, Callable[[str], bool]] = {
    "zip": is_zip,
    "state": lambda text: state_code(text) is not None,
    "phone": lambda text: is_phone(text) or is_email(text),
    "email": is_email,
    "url": is_url,
    "number": is_number,
    "date": is_date,
    "time": is_time,
    "hours": lambda text: _HOURS.search(text) is not None,
    "street": lambda text: _STREET.fullmatch(text.strip()) is not None,
    "city": lambda text: _CITY.fullmatch(text.strip()) is not None,
    "whole": lambda text: re.fullmatch(r"\d+(?:\.0)?", text.strip()) is not None,
    "words": lambda text: re.search(r"[^\W\d_]{2}", text) is not None,
}
"""Name of a test -> the test."""
