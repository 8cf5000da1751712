"""Corrections: a field of the directory of which somebody has said that it is wrong. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.partners.provenance import WHOLE

LONGEST_WORDS = 500


class CorrectionState(StrEnum):
    """What became of a correction."""

    OPEN = "open"
    DONE = "done"
    """The field is right now."""
    DISMISSED = "dismissed"
    """It was right all the time."""


class Correction(Struct, frozen=True, kw_only=True):
    """One field (`field` empty: the whole record; the name of a kind: which records of it) that is said to be wrong.

    One for each record, field and detail: said again, it counts; said again after it was closed, it is open again.
    """

    id: UUID
    organization_id: UUID
    service_id: UUID
    service_at_location_id: UUID
    """The listing at which it was noticed last."""
    kind: str
    record_id: UUID
    field: str
    detail: str = ""
    """Which part of the field, in the hub's own words (`ages 60 and over`)."""
    code: str
    """A key of FAULTS or of DECLINES: what was said last."""
    said_by: str
    """partner (whose listing it is) | another partner | coordinator | care team"""
    words: str | None = None
    """As a reporter typed them; never taken from a referral, which is about a patient."""
    referral_id: UUID | None = None
    """Where a decline said it last, for those who may see that referral."""
    times: int = 1
    opened_at: datetime
    said_at: datetime
    state: CorrectionState = CorrectionState.OPEN
    decided_at: datetime | None = None
    decided_by: UUID | None = None


class Fault(Struct, frozen=True):
    """Something that may be wrong with a listing: its tile, what a correction says, what to do next, and on which fields it is."""

    code: str
    tile: str
    says: str
    step: str
    fields: tuple[tuple[str, str], ...]
    """(kind, field) of the listing's records."""


_ROWS = (
    Fault("hours", "The hours are wrong", "Hours are wrong", "Ask when it is open.", (("service", "schedule"),)),
    Fault("closed", "It is closed for good", "It is closed", "Ask whether it is closed for good.", (("service", "status"),)),
    Fault("phone", "The phone number is wrong", "Phone number is wrong", "Find the right number.", (("service", "phone"),)),
    Fault("address", "The address is wrong", "Address is wrong", "Find where it is now.", (("location", "address"),)),
    Fault("eligibility", "It is for other people", "Who it is for is wrong", "Ask who is helped.", (("service", "rule"),)),
    Fault("area", "It serves another area", "Area is wrong", "Ask which homes it serves.", (("service", "service_area"),)),
    Fault("not_offered", "This help is not offered", "Help is not offered", "Ask what is offered.", (("service", "attribute"),)),
    Fault("language", "The languages are wrong", "Languages are wrong", "Ask which languages are spoken.", (("service", "language"),)),
    Fault("access", "The building is not as described", "Access is wrong", "Ask how one gets in.", (("location", "accessibility"),)),
    Fault("papers", "Other papers are needed", "Papers are wrong", "Ask what to bring.", (("service", "required_document"),)),
    Fault("cost", "The cost is wrong", "Cost is wrong", "Ask what it costs.", (("service", "cost_option"),)),
    Fault("other", "Something else", "Something is wrong", "Read what was said, and ask.", (("service", WHOLE),)),
)
FAULTS: dict[str, Fault] = {row.code: row for row in _ROWS}
"""What somebody may report, in the order of the tiles."""

DECLINES: dict[str, tuple[str, ...]] = {
    "not_eligible": ("eligibility",),
    "outside_service_area": ("area",),
    "service_not_offered": ("not_offered",),
    "program_closed": ("closed",),
    "language_or_access": ("language", "access"),
}
"""A partner's reason for a no -> the faults of the directory that it points to. Other reasons say nothing of the directory."""


def said_again(known: Correction | None, now: Correction) -> Correction:
    """What stands after it was said: a new one, one more time, or open again."""
    if known is None:
        return now
    return msgspec.structs.replace(
        now,
        id=known.id,
        times=known.times + 1,
        opened_at=known.opened_at if known.state is CorrectionState.OPEN else now.opened_at,
        words=now.words or known.words,
        referral_id=now.referral_id or known.referral_id,
    )
