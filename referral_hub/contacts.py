"""Telephone numbers, mail addresses and lines of text in the one form in which they are kept."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

LONGEST_TEXT = 200
REGION = "US"
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


class Fault(Exception):
    """Why a value cannot be kept, as the end of a sentence about its field."""


def normal_phone(text: str) -> str:
    """A telephone number in E.164 (`(410) 555-0142` -> `+14105550142`); raises Fault."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as fault:
        raise Fault("is not a telephone number, such as 410-555-0142") from fault
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise Fault("is not a telephone number, such as 410-555-0142")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(text: str) -> str:
    """A mail address without blanks around it; raises Fault."""
    address = text.strip()
    if len(address) > LONGEST_TEXT or not _EMAIL.fullmatch(address) or not address.isprintable():
        raise Fault("is not a mail address, such as name@example.org")
    return address


def normal_text(text: str) -> str:
    """One line of text, composed (NFC), blanks trimmed; raises Fault."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > LONGEST_TEXT:
        raise Fault(f"must have at most {LONGEST_TEXT} characters")
    if not line.isprintable():
        raise Fault("must not hold characters that cannot be printed")
    return line
