"""Telephone numbers of foreign tables: E.164 and extension for comparing, the national form for showing."""

from __future__ import annotations

import re

import phonenumbers
from msgspec import Struct

REGION = "US"
_EXTENSION = re.compile(r"(?:;|,|\b)\s*(?:ext(?:ension|n)?\b\.?|x|opt(?:ion)?\b\.?|#)\s*:?\s*(\d{1,7})\s*$", re.IGNORECASE)
_LONGEST = 60
"""Characters; more is a sentence, not a number."""


class Telephone(Struct, frozen=True):
    """A number that can be called: `e164` (`+14105550142`), `national` (`(410) 555-0142`), `extension` of digits or ""."""

    e164: str
    national: str
    extension: str = ""


def read_telephone(text: str) -> Telephone | None:
    """One number with its extension (`410.555.0142 x12`, `1-800-555-FOOD`, `+44 20 7946 0018`); None where nobody could call it.

    Only numbers that could exist by their length and area code are taken; short codes (211, 988) are none.
    """
    plain = text.strip()
    if not plain or len(plain) > _LONGEST or "@" in plain:
        return None
    found = _EXTENSION.search(plain)
    extension = found[1] if found else ""
    plain = plain[: found.start()] if found else plain
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.extension:
        extension, number.extension = extension or number.extension, None
    whole = str(number.national_number)
    if not phonenumbers.is_possible_number(number) or (number.country_code == 1 and (len(whole) != 10 or whole[0] in "01")):
        return None
    shown = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 1 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return Telephone(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), phonenumbers.format_number(number, shown), extension
    )
