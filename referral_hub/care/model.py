"""Whom we help: patients, what is known of them, what they let whom see, and what they need."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field


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


class RegisterPatient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to register a patient; the fields of Patient."""

    given_name: str
    family_name: str
    birth_date: date | None = None
    phone: str | None = None
    email: str | None = None
    language: str = "en"
    address_1: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    county: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    mode: str = "car"
    safe_mode: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    """In the shape of a match request."""


class ChangePatient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to change a patient: `version` as it was read, and the fields that change."""

    version: int
    given_name: str | UnsetType = UNSET
    family_name: str | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    language: str | UnsetType = UNSET
    address_1: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    postal_code: str | UnsetType | None = UNSET
    county: str | UnsetType | None = UNSET
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    mode: str | UnsetType = UNSET
    safe_mode: bool | UnsetType = UNSET
    care_manager_id: UUID | UnsetType | None = UNSET


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


class RecordConsent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to record a consent; without days it holds from today for a year."""

    categories: list[str]
    """Domains, and the codes of sensitive terms that are to be covered too."""
    how_given: str
    purpose: str = "referral"
    recipients: list[UUID] = field(default_factory=list)
    starts_on: date | None = None
    ends_on: date | None = None


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


class OpenNeed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to open a need; `domain` may be left out, the term has one."""

    term: str
    domain: str | None = None
    note: str | None = None
    confirmed_on: date | None = None
    """The day on which the patient confirmed it; without one, today."""


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
