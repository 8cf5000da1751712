"""Whom we help: patients, what is known of them, what they let whom see, and what they need."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct, field


class Patient(Struct, frozen=True, kw_only=True):
    """FHIR Patient. Belongs to the organization that cares for it; `home` parts feed reach."""

    id: UUID
    organization_id: UUID
    given_name: str
    family_name: str
    birth_date: date | None = None
    phone: str | None = None
    email: str | None = None
    language: str = "en"
    """ISO 639-1 of the letter and the messages."""
    address_1: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    county: str | None = None
    """FIPS, five digits."""
    latitude: float | None = None
    longitude: float | None = None
    mode: str = "car"
    """How the patient gets about: car | transit | walk | none."""
    safe_mode: bool = False
    """What the patient holds names neither partner nor need."""
    care_manager_id: UUID | None = None
    """The account that is the patient's single point of contact."""
    version: int = 1
    created_at: datetime
    updated_at: datetime


class PatientPage(Struct, frozen=True, kw_only=True):
    """One page of a list of patients."""

    patients: list[Patient]
    total: int
    """Of all pages."""


class FactAnswer(StrEnum):
    KNOWN = "known"
    DECLINED = "declined"


class Fact(Struct, frozen=True, kw_only=True):
    """One answer about a patient or household; a fact without a row is unknown.

    `name` is a key of the match request's facts, dotted for maps: `household_size`, `annual_income`,
    `enrolled.snap`, `statuses.veteran`, `insurance.medicaid`, `languages`, `members`, `documents.photo_id`.
    """

    id: UUID
    patient_id: UUID
    name: str
    answer: FactAnswer
    value: Any = None
    """JSON; None when declined."""
    source: str = "patient"
    """patient | household | record | screening"""
    recorded_at: datetime
    recorded_by: UUID | None = None


class Consent(Struct, frozen=True, kw_only=True):
    """FHIR Consent: what the patient lets whom see, for what, until when."""

    id: UUID
    patient_id: UUID
    purpose: str = "referral"
    recipients: list[UUID] = field(default_factory=list)
    """Organizations; empty: any partner that a referral is sent to."""
    categories: list[str] = field(default_factory=list)
    """Domains (food, housing, transport ...); empty: none of them."""
    starts_on: date
    ends_on: date
    how_given: str
    """in_person | by_phone | in_writing | electronically"""
    recorded_by: UUID | None = None
    recorded_at: datetime
    revoked_at: datetime | None = None
    revoked_reason: str | None = None


class NeedStatus(StrEnum):
    """Where the need stands; apart from every referral's state."""

    OPEN = "open"
    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    UNKNOWN = "unknown"


class Need(Struct, frozen=True, kw_only=True):
    """FHIR Condition (SDOHCC): one problem of one patient in one domain, confirmed with the patient."""

    id: UUID
    patient_id: UUID
    organization_id: UUID
    domain: str
    """A top code of the hub's taxonomy: food | housing | transport ..."""
    term: str
    """Taxonomy code of what would help; covers its descendants."""
    note: str | None = None
    confirmed_on: date | None = None
    status: NeedStatus = NeedStatus.OPEN
    version: int = 1
    created_at: datetime
    created_by: UUID | None = None


class LetterCode(Struct, frozen=True, kw_only=True):
    """What a patient's letter can open: one referral's cycle, with a second item (year of birth)."""

    id: UUID
    referral_id: UUID
    cycle: int
    patient_id: UUID
    code_hash: str
    """SHA-256 of the typed code."""
    link_hash: str
    """SHA-256 of the token in the QR code's address."""
    language: str
    created_at: datetime
    created_by: UUID | None = None
    expires_at: datetime
    revoked_at: datetime | None = None
    tries: int = 0
    """Failed tries of the second item; five lock it."""
