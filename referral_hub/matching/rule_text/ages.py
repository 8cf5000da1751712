"""Ages in prose: `ages 5-12`, `60 and over`, `under 18`, `birth to 47 months`.

A range of whole years holds until the next birthday: "ages 5 to 12" includes a child of twelve and a half,
so its end is 12.999 (ages on record are rounded to thousandths of a year). "Up to 19" is read in favour of
the patient, as 19 included; "over 18" as 18 and over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_NUMBER = r"\d{1,3}(?!\d)(?:\.5|\s+1/2)?"
_UNIT = r"(?:\s*-?\s*(?:{kinds})\b\.?(?:[\s-]+(?:old\b|of\s+age\b))?)?"
_KINDS = r"years?|yrs?|months?|weeks?"
_BORN = r"(?:from\s+)?(?:birth|newborns?|infancy)"
_AGES = r"(?:\b(?:ages?d?|aged\s+from|between\s+the\s+ages\s+of|minimum\s+age(?:\s+of)?)\s*:?\s*)"
_TO = r"\s*(?:-|–|—|to|through|thru|until)\s*"
_OLDER = r"(?:and|or|&|-)\s*(?:older|over|up|above|beyond)\b"
_YOUNGER = r"(?:and|or|&)\s*(?:younger|under|below)\b"


def _unit(name: str) -> str:
    return f"(?P<{name}>{_UNIT.format(kinds=_KINDS)})"


_FORMS = (
    ("between", rf"(?P<ages>{_AGES})?(?P<low>(?<![\d$.,/]){_NUMBER}|\b{_BORN}){_unit('low_unit')}{_TO}(?:age\s+)?(?P<high>{_NUMBER}){_unit('unit')}(?!\d|[/,]\d|\s*(?:%|percent|th\b|st\b|nd\b|rd\b|days?\b|hours?\b|miles?\b|minutes?\b|grades?\b))"),
    ("between", rf"\bbetween\s+(?:the\s+)?(?:ages\s+(?:of\s+)?)?(?P<low>{_NUMBER})\s*(?:and|&)\s*(?P<high>{_NUMBER}){_unit('unit')}(?P<ages>)"),
    ("between", rf"\bages\s*:?\s*(?P<low>{_NUMBER})\s*(?:and|&)\s*(?P<high>{_NUMBER}){_unit('unit')}(?P<ages>)(?!\s*(?:and|or|&)\s*(?:older|over|up))"),
    ("at_least", rf"{_AGES}?(?:at\s+least\s+)?(?<![\d$.,/-])(?P<low>{_NUMBER}){_unit('unit')}\s*,?\s*{_OLDER}(?:\s+in\s+age\b)?(?:\s+years\s+of\s+age\b)?"),
    ("at_least", rf"{_AGES}?(?<![\d$.,/-])(?P<low>{_NUMBER}){_unit('unit')}\s*\+"),
    ("at_least", rf"\b(?:at\s+least|over|older\s+than|above)\s+(?:the\s+)?(?:age\s+(?:of\s+)?)?(?P<low>{_NUMBER})(?P<ages>){_unit('unit')}(?!\s*(?:%|percent|days?|hours?|miles|years?\s+(?!of\s+age|old)))"),
    ("at_least", rf"\bminimum\s+age(?:\s+(?:of|is))?\s*:?\s*(?P<low>{_NUMBER}){_unit('unit')}"),
    ("below", rf"\b(?:under|younger\s+than|below|less\s+than)\s+(?:the\s+)?(?:age\s+(?:of\s+)?)?(?P<high>{_NUMBER})(?P<ages>){_unit('unit')}(?!\s*(?:%|percent|days?|hours?|miles|[,.]\d))"),
    ("up_to", rf"\bup\s+(?:to|through)\s+(?:(?:the\s+)?age\s+(?:of\s+)?)?(?P<high>{_NUMBER}){_unit('unit')}(?!\s*(?:%|percent|days?|hours?|miles|times))"),
    ("up_to", rf"{_AGES}?(?<![\d$.,/-])(?P<high>{_NUMBER}){_unit('unit')}\s*,?\s*{_YOUNGER}"),
)  # fmt: skip
_PATTERNS = tuple((form, re.compile(pattern, re.IGNORECASE)) for form, pattern in _FORMS)
_IN_YEARS = {"month": 12.0, "week": 52.0}
OLDEST = 110
"""A larger number is no age."""


class AgeFound(NamedTuple):
    """Where an age stands; `clear`: the words themselves say that it is one (a bare `3-5` needs people before it)."""

    start: int
    end: int
    criterion: dict[str, Any]
    clear: bool


def find_ages(text: str) -> Iterator[AgeFound]:
    """Every age in a text; forms may overlap, the longest is meant."""
    for form, pattern in _PATTERNS:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            unit = groups.get("unit") or ""
            low = _years(groups.get("low"), groups.get("low_unit") or unit)
            high = _years(groups.get("high"), unit)
            if max(low or 0, high or 0) > OLDEST:
                continue
            if form == "between" and (low is None or high is None or high < low):
                continue
            criterion: dict[str, Any] = {"type": "age"}
            if low:
                criterion["min"] = low
            if high is not None:
                criterion["max"] = last_of(high, unit, below=form == "below")
            clear = form != "between" or bool(unit.strip()) or groups.get("ages") is not None or not str(groups.get("low"))[:1].isdigit()
            if len(criterion) > 1:
                yield AgeFound(found.start(), found.end(), criterion, clear)


def last_of(high: float, unit: str, *, below: bool) -> float:
    """The last age that counts, years to thousandths: "12" until the thirteenth birthday, "under 12" until the twelfth."""
    step = 1 / next((parts for word, parts in _IN_YEARS.items() if word in unit.lower()), 1.0)
    return round(high + (0 if below else step) - 0.001, 3)


def _years(number: str | None, unit: str) -> float | None:
    if number is None:
        return None
    if not number[0].isdigit():
        return 0.0
    value = float(number.split()[0]) + (0.5 if number.endswith("1/2") else 0)
    parts = next((parts for word, parts in _IN_YEARS.items() if word in unit.lower()), 1.0)
    whole = round(value / parts, 3)
    return int(whole) if whole == int(whole) else whole
