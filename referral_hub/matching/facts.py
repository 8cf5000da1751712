"""What is asked of a match: the request as it comes in, and the facts about one household.

A fact that is absent is unknown. One listed in `declined` is unknown too, whatever value stands
beside it, and is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct, field

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching.ages import age_on

MODES = ("car", "transit", "walk", "none")
Mode = Literal["car", "transit", "walk", "none"]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,60}$")]
Answers = Annotated[dict[Name, bool | None], Meta(max_length=200)]
Age = Annotated[float, Meta(ge=0, le=130)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
MAPS = ("enrolled", "statuses", "insurance", "documents", "referred_by")
LONGEST_WINDOW = timedelta(days=31)
LONGEST_PATH = 200
"""Characters of a fault that are told again: its name may be somebody's megabyte."""
LONGEST_SEARCH = 1_000
"""Characters; more is not a question that somebody typed."""
STATUSES = ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed")


class Home(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the household lives, as far as it is known."""

    postal_code: Annotated[str, Meta(pattern=r"^\d{5}(-\d{4})?$")] | None = None
    city: Annotated[str, Meta(max_length=100)] | None = None
    county: Annotated[str, Meta(pattern=r"^\d{5}$")] | None = None
    """FIPS, five digits."""
    state: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$")] | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another person of the household; a status may stand in `statuses` or by its own name."""

    age: Age | None = None
    enrolled: Answers = field(default_factory=dict)
    statuses: Answers = field(default_factory=dict)
    insurance: Answers = field(default_factory=dict)
    veteran: bool | None = None
    pregnant: bool | None = None
    disabled: bool | None = None
    unhoused: bool | None = None
    survivor: bool | None = None
    reentry: bool | None = None
    refugee: bool | None = None
    student: bool | None = None
    employed: bool | None = None

    def all_statuses(self) -> Answers:
        """Statuses from both places; one by its own name wins."""
        named = {name: getattr(self, name) for name in STATUSES if getattr(self, name) is not None}
        return {**self.statuses, **named}


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts about one patient and household."""

    age: Age | None = None
    birth_date: date | None = None
    """Where it is known, `age` follows from it on the day of the judgement, whatever stands in `age`."""
    household_size: Annotated[int, Meta(ge=1, le=99)] | None = None
    annual_income: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    """US dollars."""
    enrolled: Answers = field(default_factory=dict)
    statuses: Answers = field(default_factory=dict)
    insurance: Answers = field(default_factory=dict)
    documents: Answers = field(default_factory=dict)
    referred_by: Answers = field(default_factory=dict)
    """Who refers, by kind or by an organization's id: of a care manager the hub knows it (matching.referrers)."""
    languages: Annotated[list[Word], Meta(max_length=50)] | None = None
    """ISO 639, the preferred one first."""
    accessibility: Annotated[list[Word], Meta(max_length=50)] | None = None
    """What a place must offer."""
    members: Annotated[list[Member], Meta(max_length=99)] | None = None
    """The others of the household, without the patient."""
    visits: Annotated[list[date], Meta(max_length=1000)] | None = None
    """Days on which this kind of help was used."""
    home: Home | None = None
    declined: Annotated[list[Word], Meta(max_length=200)] = []

    def is_declined(self, name: str) -> bool:
        """Whether the patient chose not to answer a fact, or the whole map that it is part of.

        Who declines to give a birth date is not asked for an age either.
        """
        return name in self.declined or name.partition(".")[0] in self.declined or (name == "age" and "birth_date" in self.declined)


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time when the patient can go; RFC 3339 with offset, seconds may be left out."""

    start: Annotated[str, Meta(max_length=40)]
    end: Annotated[str, Meta(max_length=40)]


class MatchRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/matches."""

    needs: Annotated[list[Word], Meta(max_length=50)] = []
    """Taxonomy codes; each covers its descendants. None given: help of any kind."""
    patient_id: UUID | None = None
    facts: Facts = field(default_factory=Facts)
    mode: Mode = "car"
    max_distance_m: Annotated[float, Meta(ge=0, le=20_100_000)] | None = None
    windows: Annotated[list[Window], Meta(max_length=100)] = []
    search: Annotated[str, Meta(max_length=LONGEST_SEARCH)] | None = None
    include: Annotated[list[Literal["ineligible", "full"]], Meta(max_length=10)] = []
    limit: Annotated[int, Meta(ge=1, le=1000)] = 20


class Span(Struct, frozen=True):
    """A time from start (included) to end (not included), both aware."""

    start: datetime
    end: datetime


def read_match_request(given: object) -> MatchRequest:
    """A request out of JSON: bytes, text, or what they decode to.

    Raises:
        Invalid: with the path of the fault (`facts.home.latitude`).
    """
    try:
        if isinstance(given, bytes | str):
            return msgspec.json.decode(given, type=MatchRequest)
        return msgspec.convert(given, MatchRequest)
    except msgspec.ValidationError as fault:
        raise Invalid("The match request cannot be taken as it is.", errors=(field_error(fault),)) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Invalid("The match request is not JSON.", errors=(FieldError("body", str(fault)),)) from fault


_PATH = re.compile(r" - at `(?:key` in `)?\$?\.?(.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(.*)`$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(.*)`$", re.DOTALL)


def field_error(fault: msgspec.ValidationError) -> FieldError:
    """The path and the words of a fault that msgspec found."""
    text = str(fault)
    found = _PATH.search(text)
    path = found[1] if found else ""
    message = text[: found.start()] if found else text
    for pattern, words in ((_UNKNOWN, "is not a field we know"), (_MISSING, "is missing")):
        named = pattern.match(message)
        if named:
            path, message = (f"{path}.{named[1]}" if path else named[1]), words
    return FieldError(path[:LONGEST_PATH] or "body", message[:LONGEST_PATH])


def read_windows(windows: list[Window]) -> list[Span]:
    """The patient's windows as spans.

    Raises:
        Invalid: a time that is none, has no offset, or an end that is not after the start.
    """
    spans, faults = [], []
    for number, window in enumerate(windows):
        ends = []
        for name in ("start", "end"):
            moment = read_moment(getattr(window, name))
            if moment is None:
                faults.append(FieldError(f"windows[{number}].{name}", "must be a time with offset such as 2026-11-23T09:00-05:00"))
            else:
                ends.append(moment)
        if len(ends) == len(("start", "end")):
            if ends[1] <= ends[0]:
                faults.append(FieldError(f"windows[{number}].end", "must be after the start"))
            elif ends[1] - ends[0] > LONGEST_WINDOW:
                faults.append(FieldError(f"windows[{number}].end", f"must be at most {LONGEST_WINDOW.days} days after the start"))
            spans.append(Span(ends[0], ends[1]))
    if faults:
        raise Invalid("The times when the patient can go need another look.", errors=tuple(faults))
    return spans


def read_moment(text: str) -> datetime | None:
    """An aware time, or None where the text is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    # A year at the edge of the calendar cannot be moved to another zone: no window is there.
    return moment if moment.tzinfo is not None and 1900 < moment.year < 9000 else None


def check_facts(facts: Facts) -> Facts:
    """The facts, if they agree with each other.

    Raises:
        Invalid: half a coordinate, or a declined name that is no fact.
    """
    faults = []
    home = facts.home
    if home is not None and (home.latitude is None) != (home.longitude is None):
        lacking = "latitude" if home.latitude is None else "longitude"
        faults.append(FieldError(f"facts.home.{lacking}", "is missing: a point has both latitude and longitude"))
    for number, name in enumerate(facts.declined):
        first, dot, key = name.partition(".")
        if first not in Facts.__struct_fields__ or first == "declined" or (dot and (first not in (*MAPS, "home") or not key)):
            faults.append(FieldError(f"facts.declined[{number}]", "is not the name of a fact"))
    if faults:
        raise Invalid("The facts need another look.", errors=tuple(faults))
    return facts


def withhold_declined(facts: Facts) -> Facts:
    """The facts with every declined one unknown; `declined` itself stays, so that nobody asks again."""
    changes: dict[str, Any] = {}
    for name in facts.declined:
        first, dot, key = name.partition(".")
        if not dot:
            changes[first] = {} if first in MAPS else None
            if first == "age":  # or it would follow from the birth date
                changes["birth_date"] = None
        elif first in MAPS:
            changes[first] = {k: v for k, v in changes.get(first, getattr(facts, first)).items() if k != key}
        elif facts.home is not None and key in Home.__struct_fields__:
            home = changes.get("home", facts.home)
            changes["home"] = None if home is None else msgspec.structs.replace(home, **{key: None})
    home = changes.get("home")
    if home is not None and (home.latitude is None or home.longitude is None):
        changes["home"] = msgspec.structs.replace(home, latitude=None, longitude=None)
    return msgspec.structs.replace(facts, **changes) if changes else facts


def facts_on(facts: Facts, today: date) -> Facts:
    """The facts on a day, with the age that follows from the birth date; one in the future tells no age."""
    if facts.birth_date is None:
        return facts
    return msgspec.structs.replace(facts, age=age_on(facts.birth_date, today) if facts.birth_date <= today else None)


def ready_facts(facts: Facts, today: date) -> Facts:
    """The facts as rules are judged by: what is declined is unknown, the age is that of the day."""
    return facts_on(withhold_declined(facts) if facts.declined else facts, today)


def facts_of_member(facts: Facts, member: Member) -> Facts:
    """The facts as they are for another person of the household: what is the household's stays."""
    return msgspec.structs.replace(
        facts,
        age=member.age,
        birth_date=None,
        enrolled=member.enrolled,
        statuses=member.all_statuses(),
        insurance=member.insurance,
        languages=None,
        visits=None,
    )


def facts_as_json(facts: Facts) -> Mapping[str, Any]:
    """Only what is known, in the shape of a request: what a snapshot keeps."""
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    if plain.get("home"):
        plain["home"] = {name: value for name, value in plain["home"].items() if value is not None}
    return {name: value for name, value in plain.items() if value not in (None, {}, [])}
