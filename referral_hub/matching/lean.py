"""What the match index needs of a stored listing; parts that are often equal stay unread."""

from __future__ import annotations

from datetime import date, datetime
from math import inf
from uuid import UUID
from zlib import adler32, crc32

import msgspec
from msgspec import Raw, Struct

from referral_hub.matching import kernel
from referral_hub.matching.ranking import SLOW_ACK_DAYS

NOTHING = bytes([0xC0])
"""None in MessagePack."""
PROSE = msgspec.msgpack.encode({"text": "", "type": "text"})
"""Every rule that is only prose is as open as every other."""


class LeanNamed(Struct):
    name: str


class LeanPoint(Struct):
    latitude: float
    longitude: float


class LeanCapacity(Struct):
    available: int
    until: datetime | None = None
    waitlist: bool = False


class Lean(Struct):
    """A stored partners.listing.Listing, in part."""

    id: UUID
    service: LeanNamed
    terms: Raw
    point: LeanPoint | None
    confidential: bool
    delivered: bool
    remote: bool
    service_area: Raw
    rule: Raw
    schedule: Raw
    timezone: str
    languages: Raw
    interpreted_languages: Raw
    accessibility: Raw
    capacity: LeanCapacity | None
    assured_date: date | None
    usual_ack_days: float | None
    active: bool
    referrable: bool


read_lean = msgspec.msgpack.Decoder(Lean).decode


def rule_of(lean: Lean) -> bytes:
    """The stored rule, any prose for every other."""
    rule = bytes(lean.rule)
    return PROSE if rule.startswith(b"\x82\xa4text") and rule.endswith(b"\xa4type\xa4text") else rule  # keys are stored in their order


def room_of(capacity: LeanCapacity | None) -> int:
    """As partners.freshness.availability, the date of the figure aside."""
    if capacity is None:
        return kernel.ROOM_UNKNOWN
    if capacity.available > 0:
        return kernel.ROOM_OPEN
    return kernel.ROOM_WAITLIST if capacity.waitlist else kernel.ROOM_FULL


def flags_of(lean: Lean) -> int:
    """What a row is, in bits of the kernel."""
    flags = kernel.LIVE if lean.active and lean.referrable else 0
    if not (lean.delivered or lean.remote or lean.confidential):
        flags |= kernel.VISITED
    if lean.usual_ack_days is not None and lean.usual_ack_days > SLOW_ACK_DAYS:
        flags |= kernel.SLOW
    return flags if lean.point is None else flags | kernel.PLACED


def day_of(assured: date | None) -> int:
    """The day on which a listing was confirmed as the kernel counts; one before the first day is as stale as that."""
    return 0 if assured is None else min(max(assured.toordinal() - kernel.FIRST_DAY, 1), kernel.LAST_DAY)


def until_of(lean: Lean) -> float:
    """When the figure of a listing's room ends, in seconds; infinity for never."""
    return inf if lean.capacity is None or lean.capacity.until is None else lean.capacity.until.timestamp()


def second_of(until: float) -> int:
    """The second in which a figure of room ends, from 1970; NEVER for none."""
    return kernel.NEVER if until >= kernel.NEVER else max(int(until), 0)


def digest_of(words: str) -> int:
    """Whether a listing's search words changed shows in this. Nobody gains by two texts that look alike."""
    said = words.encode()
    return crc32(said) | adler32(said) << 32
