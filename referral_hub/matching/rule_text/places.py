"""Where people must live, in prose: `Residents of Harford County`, `ZIP codes 21215 and 21216`, `Maryland residents`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from referral_hub.matching.counties import find_county

STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO", "Connecticut": "CT",
    "Delaware": "DE", "D.C.": "DC", "DC": "DC", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL",
    "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD",
    "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT",
    "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI",
    "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
"""As prose names them; Washington and New York may be cities and are left out."""

_STATE = "|".join(re.escape(name) for name in sorted(STATES, key=len, reverse=True))
_WORD = r"[A-Z][A-Za-z'’]*\.?"
_COUNTY = rf"{_WORD}(?:\s+{_WORD}){{0,3}}?\s+(?:City\s+(?:and|or|&)\s+County|County|City)|Counties\s+of\s+{_WORD}"
_PLACE = rf"(?:{_COUNTY}|(?:the\s+)?(?:State|state)\s+of\s+(?:{_STATE})|(?:{_STATE})(?![A-Za-z]))"
_JOIN = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+)"
_COUNTIES = rf"(?:{_WORD},\s+)*{_WORD},?\s+(?:and|or|&)\s+{_WORD}\s+[Cc]ounties"
_PLACES = rf"(?P<places>{_COUNTIES}|{_PLACE}(?:{_JOIN}{_PLACE})*)"
_ZIPS = rf"(?i:zip\s*codes?)\s*:?\s*(?P<zips>\d{{5}}(?:{_JOIN}\d{{5}})*)"
_RESIDENT = r"(?i:residents?)"
_LIVING = r"(?i:live|lives|living|reside|resides|residing)\s+in\s+(?:the\s+)?"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![A-Za-z]-)\b{_PLACES}\s+{_RESIDENT}\b",
        rf"\b{_RESIDENT}\s+of\s+(?:the\s+)?(?:{_PLACES}|{_ZIPS})",
        rf"\b(?:who\s+)?{_LIVING}(?:{_PLACES}|{_ZIPS})",
        rf"(?:\b\d{{1,3}}[\s-]days?\s+)?\b{_PLACES}\s+(?i:residency)\b",
    )
)
_PARTS = (
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "central",
    "upper",
    "lower",
    "inner",
    "greater",
    "downtown",
    "mid",
    "outer",
)
_NO_NAMES = {"all", "any", "homeless", "adult", "senior", "eligible", "disabled", "uninsured", "open", "serves", "for", "only", "current", "must", "low", "income", "income-eligible", "to", "be", "no", "the", "non", "most"}  # fmt: skip


class PlaceFound(NamedTuple):
    """Where a residence stands."""

    start: int
    end: int
    criterion: dict[str, Any]


def find_places(text: str, state: str | None) -> Iterator[PlaceFound]:
    """Every residence whose places are all known; `state` (two letters) tells which Montgomery County is meant."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            before = re.search(r"([A-Za-z]+)[\s-]+$", text[: found.start()])
            if before and before[1].lower() in _PARTS:
                continue
            if groups.get("zips"):
                yield PlaceFound(found.start(), found.end(), {"type": "lives_in", "postal_codes": re.findall(r"\d{5}", groups["zips"])})
                continue
            criterion = _read_places(groups["places"], state)
            if criterion:
                yield PlaceFound(found.start(), found.end(), criterion)


def _read_places(words: str, state: str | None) -> dict[str, Any] | None:
    """Places as a criterion; None unless each of them is known."""
    counties: list[str] = []
    states: list[str] = []
    cities: list[str] = []
    if re.search(r"\s[Cc]ounties$", words):
        words = ", ".join(f"{name} County" for name in re.split(_JOIN, words[: -len(" counties")]))
    for place in re.split(_JOIN, re.sub(r"(\w+)\s+City\s+(?:and|or|&)\s+County", r"\1 City, \1 County", words)):
        named = STATES.get(re.sub(r"^(?:the\s+)?[Ss]tate\s+of\s+", "", place))
        name = _without_quantifiers(place)
        county = find_county(name, state) if named is None else None
        if named is not None:
            states.append(named)
        elif county is not None:
            counties.append(county)
        elif name.endswith(" City") and name.split()[0].lower() not in _PARTS:
            cities.append(name)
        else:
            return None
    lists = {"counties": counties, "cities": cities, "states": states}
    return {"type": "lives_in", **{name: sorted(set(values)) for name, values in lists.items() if values}}


def _without_quantifiers(place: str) -> str:
    """`All Baltimore County` is Baltimore County."""
    words = place.split()
    while len(words) > 2 and words[0].lower() in _NO_NAMES:
        words = words[1:]
    return " ".join(words)
