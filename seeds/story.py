"""What seeds/data/people.json holds: accounts, patients and what happened to their referrals.

Days count back from the day of loading, clock times are local, and a text such as `day+2` or
`day+2T10:30` stands for a date or a time from that day on. So the sample is as fresh as its loading.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

from referral_hub.actors import Role
from referral_hub.referrals.model import Urgency

DATA = Path(__file__).parent / "data"
NETWORK = DATA / "network"
PEOPLE = DATA / "people.json"
WRITTEN_FOR = date(2026, 11, 23)
"""The day on which the dates in the network's files are right; loading moves them along."""
ZONE = ZoneInfo("America/New_York")
_RELATIVE = re.compile(r"day([+-]\d+)(?:T(\d\d:\d\d))?")


class SampleAccount(Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    name: str
    role: Role
    organization: UUID


class SampleRevocation(Struct, frozen=True, forbid_unknown_fields=True):
    days_ago: int
    at: str
    reason: str


class SampleConsent(Struct, frozen=True, forbid_unknown_fields=True):
    categories: list[str]
    how_given: str
    revoked: SampleRevocation | None = None


class SampleNeed(Struct, frozen=True, forbid_unknown_fields=True):
    term: str
    days_ago: int
    note: str | None = None


class SamplePatient(Struct, frozen=True, forbid_unknown_fields=True):
    """`by` is the account that registers the patient; the rest are the fields of RegisterPatient."""

    key: str
    by: str
    days_ago: int
    at: str
    given_name: str
    family_name: str
    birth_date: date
    language: str
    city: str
    state: str
    postal_code: str
    county: str
    mode: str
    facts: dict[str, Any]
    consent: SampleConsent
    needs: list[SampleNeed]
    phone: str | None = None
    email: str | None = None
    address_1: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    safe_mode: bool = False


class SampleStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a referral; `create` sends too, unless `send` is false."""

    action: str
    by: str
    days_ago: int
    at: str
    carries: dict[str, Any] = field(default_factory=dict)
    send: bool = True


class SampleReferral(Struct, frozen=True, forbid_unknown_fields=True):
    patient: str
    need: str
    """The term of one of the patient's needs."""
    listing: UUID
    listing_is: str
    """The listing in words, for who reads the file."""
    steps: list[SampleStep]
    urgency: Urgency = Urgency.ROUTINE
    note: str | None = None
    override_reason: str | None = None


class SampleRoom(Struct, frozen=True, forbid_unknown_fields=True):
    """What a partner said of its room."""

    listing: UUID
    by: str
    available: int
    maximum: int
    unit: str
    days_ago: int
    at: str


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    accounts: list[SampleAccount]
    patients: list[SamplePatient]
    referrals: list[SampleReferral]
    clock_days_ago: list[int]
    """The mornings on which the clocks ran."""
    room: list[SampleRoom]


@cache
def read_sample() -> Sample:
    """The people of the sample, as they are written."""
    return msgspec.json.decode(PEOPLE.read_bytes(), type=Sample)


class Calendar(Struct, frozen=True):
    """Turns days and clock times of the sample into moments around `now`."""

    now: datetime

    @property
    def today(self) -> date:
        """The day it is in the sample's city."""
        return self.now.astimezone(ZONE).date()

    def moment(self, days_ago: int, at: str) -> datetime:
        """That clock time so many days ago; what would lie ahead happens now."""
        return min(self._local(-days_ago, at), self.now)

    def resolve(self, value: Any) -> Any:
        """A carried value with every `day+2` in it made a date or a time."""
        if isinstance(value, dict):
            return {name: self.resolve(item) for name, item in value.items()}
        found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        if found[2]:
            return self._local(int(found[1]), found[2]).isoformat()
        return (self.today + timedelta(days=int(found[1]))).isoformat()

    def _local(self, days: int, at: str) -> datetime:
        return datetime.combine(self.today + timedelta(days=days), time.fromisoformat(at), tzinfo=ZONE)
