"""Whether the patient has agreed: one pure question over the consents on record (FHIR Consent)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from msgspec import Struct

from referral_hub.care.model import Consent

PURPOSE = "referral"
SENSITIVE_TERMS = frozenset({"domestic-violence-shelter", "victim-services", "substance-use", "immigration-help"})
"""Taxonomy codes that tell what their domain does not (survivors, 42 CFR Part 2, immigration): a
consent covers them only where its categories name the code itself."""

HOW_GIVEN = ("in_person", "by_phone", "in_writing", "electronically")


class Gap(StrEnum):
    """What is missing, in the order in which it is looked at."""

    NONE_ON_RECORD = "none_on_record"
    PURPOSE = "purpose"
    REVOKED = "revoked"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    CATEGORY = "category"
    SENSITIVE = "sensitive"
    RECIPIENT = "recipient"


SAYS: dict[Gap, str] = {
    Gap.NONE_ON_RECORD: "The patient has given no consent yet.",
    Gap.PURPOSE: "The patient's consent is for another purpose.",
    Gap.REVOKED: "The patient has revoked the consent.",
    Gap.NOT_STARTED: "The patient's consent has not started yet.",
    Gap.ENDED: "The patient's consent has ended.",
    Gap.CATEGORY: "The patient's consent does not cover this kind of need.",
    Gap.SENSITIVE: "This kind of need is sensitive: the patient's consent must name it.",
    Gap.RECIPIENT: "The patient's consent does not name this organization.",
}


class NotCovered(Struct, frozen=True):
    """Falsy, and says why: `if not covered` and `covered is True` both do the right thing."""

    gap: Gap

    def __bool__(self) -> Literal[False]:
        return False

    @property
    def says(self) -> str:
        """One sentence without personal data."""
        return SAYS[self.gap]


def consent_covers(
    consents: Iterable[Consent], domain: str, recipient_id: UUID, day: date, *, term: str | None = None
) -> Literal[True] | NotCovered:
    """True where one consent lets this recipient see a need of this domain on this day.

    `day` is the day where the patient is; the first and the last day both count. A revoked consent covers
    nothing from the moment it is revoked. Otherwise the gap of the consent that comes nearest.
    """
    order = list(Gap)
    nearest = Gap.NONE_ON_RECORD
    for consent in consents:
        gap = _gap(consent, domain, recipient_id, day, term)
        if gap is None:
            return True
        nearest = max(nearest, gap, key=order.index)
    return NotCovered(nearest)


def _gap(consent: Consent, domain: str, recipient_id: UUID, day: date, term: str | None) -> Gap | None:
    """What keeps this one consent from covering, or None."""
    sensitive = term in SENSITIVE_TERMS
    tests = (
        (Gap.PURPOSE, consent.purpose == PURPOSE),
        (Gap.REVOKED, consent.revoked_at is None),
        (Gap.NOT_STARTED, consent.starts_on <= day),
        (Gap.ENDED, day <= consent.ends_on),
        (Gap.CATEGORY, domain in consent.categories or term in consent.categories),
        (Gap.SENSITIVE, not sensitive or term in consent.categories),
        (Gap.RECIPIENT, not consent.recipients or recipient_id in consent.recipients),
    )
    return next((gap for gap, holds in tests if not holds), None)
