"""Single cells of a foreign table as values of ours: pure, with None where a cell says nothing usable."""

from __future__ import annotations

import math
import re
from datetime import date

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\.?", re.IGNORECASE)
_YES = frozenset({"yes", "true", "1", "y", "t"})
_PHONE_TYPES = {"voice": "voice", "hotline": "voice", "fax": "fax", "tty": "textphone", "sms": "text", "text": "text", "cell": "cell"}
SHORT_CODES = frozenset({"211", "311", "411", "511", "711", "811", "911", "988"})
_DIGITS = 10


def is_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().lower() in _YES


def find_email(text: str) -> str | None:
    """The first mail address in a cell, in lower case."""
    found = _EMAIL.search(text)
    return found.group().rstrip(".").lower() if found else None


def clean_url(text: str) -> tuple[str | None, str | None]:
    """(address, remark): https:// is added where there is no scheme; (None, remark) where it is no address."""
    plain = text.strip().strip("`'\"<>, ")
    if not plain:
        return None, None
    remark: str | None = None if plain == text.strip() else "stray characters around the address"
    if re.match(r"https?://", plain, re.IGNORECASE) is None:
        if ":" in plain.split("/")[0] or "@" in plain:
            return None, "this is no web address"
        plain, remark = f"https://{plain}", "the address has no https://"
    host = re.sub(r"^https?://", "", plain, flags=re.IGNORECASE).split("/")[0]
    if " " in plain or not re.fullmatch(r"[\w.-]+\.[A-Za-z]{2,}(:\d+)?", host):
        return None, "this is no web address"
    return plain, remark


def clean_phone(text: str) -> tuple[str | None, str | None]:
    """(number, remark): letters become digits, short codes stay; (None, remark) where nobody could call it."""
    if "@" in text:
        return None, "this is a mail address, not a telephone number"
    plain = text.strip().upper()
    digits = re.sub(r"\D", "", plain.translate(_KEYPAD))
    if digits in SHORT_CODES:
        return digits, None
    if len(digits) == _DIGITS + 1 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) == _DIGITS and digits[0] in "01":
        return None, f"no number begins with {digits[0]}"
    if len(digits) != _DIGITS:
        foreign = plain.startswith("+") and len(digits) > _DIGITS - 3
        return (plain, None) if foreign else (None, f"a number of {len(digits)} digits cannot be called")
    number = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return number, "letters in the number" if re.search("[A-Z]", plain) else None


def phone_type(text: str) -> str | None:
    """The HSDS word for a kind of telephone."""
    return _PHONE_TYPES.get(text.strip().lower())


def read_time(text: str) -> str | None:
    """`HH:MM` of a wall clock (`9am`, `4:00 PM`, `08:00`, `17:30:00`); None where it is none."""
    found = _TIME.fullmatch(text.strip().removesuffix("Z"))
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:  # the hours of a twelve-hour clock
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def read_day(text: str) -> tuple[int, int, int] | None:
    """(year, month, day) of `January 01, 0001`, `12/24/2015`, `12/24/15` or `2015-12-24`; year 1 means every year."""
    plain = text.strip()
    if found := re.fullmatch(r"([A-Za-z]+)\.? (\d{1,2}),? (\d{1,4})", plain):
        months = [index for index, name in enumerate(_MONTHS, start=1) if len(found[1]) > 2 and name.startswith(found[1].lower())]
        parts = (int(found[3]), months[0] if months else 0, int(found[2]))
    elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})", plain):
        year = int(found[3])
        parts = (year + 2000 if len(found[3]) == 2 else year, int(found[1]), int(found[2]))
    elif found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", plain):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    else:
        return None
    try:
        date(4 if parts[0] == 1 else parts[0], parts[1], parts[2])  # year 4 is a leap year: 29 February comes round
    except ValueError:
        return None
    return parts


def read_number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def split_list(text: str) -> list[str]:
    """Items of a comma separated cell, without empty ones."""
    return [item.strip() for item in re.split(r"[,;]", text) if item.strip()]
