"""What people do for their patients: register, know, agree, name a need, find what fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from referral_hub.care import facts as fact_rules
from referral_hub.care.consent import HOW_GIVEN, PURPOSE, SENSITIVE_TERMS
from referral_hub.care.details import EARLIEST_BIRTH, check_patient
from referral_hub.care.model import (
    ChangePatient,
    Consent,
    Fact,
    Need,
    OpenNeed,
    Patient,
    PatientPage,
    RecordConsent,
    RegisterPatient,
)
from referral_hub.errors import Denied, FieldError, Invalid, StaleVersion
from referral_hub.ids import new_id
from referral_hub.matching.actions import match_services, read_facts
from referral_hub.matching.answers import MatchAnswer
from referral_hub.matching.facts import MatchRequest
from referral_hub.partners import taxonomy
from referral_hub.partners.geocoding import geocoder_of
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

LONGEST_NOTE = 4000
CONSENT_YEARS = 1
SOURCES = ("patient", "household", "record", "screening")
_PLACE = ("address_1", "city", "state", "postal_code")
_POINT = ("county", "latitude", "longitude")


def register_patient(work: Work, given: RegisterPatient) -> Patient:
    """A new patient of the asker's organization, with the asker as single point of contact.

    Raises:
        Invalid: `errors` names each field that cannot be kept.
    """
    actor = require(work.actor, "patient:write")
    if actor.organization_id is None:
        raise Denied("Patients are registered by people of an organization.")
    details = {name: getattr(given, name) for name in given.__struct_fields__ if name != "facts"}
    patient, faults = check_patient(
        Patient(
            id=new_id(),
            organization_id=actor.organization_id,
            care_manager_id=actor.account_id,
            created_at=work.now,
            updated_at=work.now,
            **details,
        ),
        today_of(work, actor.organization_id),
    )
    answers, fact_faults = fact_rules.read_facts(given.facts)
    _refuse(faults + fact_faults)
    patient = work.care.add_patient(_placed(work, patient))
    work.care.put_facts(patient, _facts(work, patient.id, answers, "patient"))
    return patient


def list_patients(work: Work, search: str | None = None, *, page: int = 1, per_page: int = 25) -> PatientPage:
    """A page of the asker's organization's patients by name; every word of `search` must fit."""
    actor = require(work.actor, "patient:read")
    return work.care.patients_for(actor, search, page=page, per_page=per_page)


def get_patient(work: Work, patient_id: UUID) -> Patient:
    """A patient of the asker's organization; raises NotFound for anybody else's."""
    actor = require(work.actor, "patient:read")
    return work.care.patient_for(actor, patient_id)


def change_patient(work: Work, patient_id: UUID, given: ChangePatient) -> Patient:
    """Change the fields that are given.

    A new address forgets the point and the county of the old one, unless new ones are given too; the county
    then follows from the ZIP code.

    Raises:
        StaleVersion: the patient was changed since `version` was read; facts: version.
        Invalid: `errors` names each field that cannot be kept.
    """
    actor = require(work.actor, "patient:write")
    stored = work.care.patient_for(actor, patient_id)
    if given.version != stored.version:
        raise StaleVersion(
            "The patient's record was changed since you read it. Read it again and repeat your change.", version=stored.version
        )
    changes = {
        name: getattr(given, name) for name in given.__struct_fields__ if name != "version" and getattr(given, name) is not msgspec.UNSET
    }
    if any(name in changes and changes[name] != getattr(stored, name) for name in _PLACE):
        changes = dict.fromkeys(_POINT) | changes
    patient, faults = check_patient(
        msgspec.structs.replace(stored, **changes, version=stored.version + 1, updated_at=work.now), today_of(work, stored.organization_id)
    )
    if patient.care_manager_id is not None and patient.care_manager_id != stored.care_manager_id:
        faults += _check_care_manager(work, patient)
    _refuse(faults)
    return work.care.save_patient(_placed(work, patient))


def get_facts(work: Work, patient_id: UUID) -> list[Fact]:
    """The answers on record, with date and source, by name."""
    actor = require(work.actor, "patient:read")
    return work.care.facts_for(actor, patient_id)


def put_facts(work: Work, patient_id: UUID, given: Mapping[str, Any], *, source: str = "patient", keep_others: bool = False) -> list[Fact]:
    """Take the facts given, in the shape of a match request, as what is known of the patient.

    A fact that is not given becomes unknown, unless `keep_others`. An answer that stays the same keeps
    its date and source.

    Raises:
        Invalid: an unknown fact or a value that cannot be; nothing is stored.
    """
    actor = require(work.actor, "patient:write")
    patient = work.care.patient_for(actor, patient_id)
    answers, faults = fact_rules.read_facts(given)
    if source not in SOURCES:
        faults.append(FieldError("source", f"must be one of {', '.join(SOURCES)}"))
    _refuse(faults)
    stored = {fact.name: fact for fact in work.care.facts_for(actor, patient_id)}
    changed = {
        name: answer for name, answer in answers.items() if name not in stored or (stored[name].answer, stored[name].value) != answer
    }
    gone = () if keep_others else stored.keys() - answers.keys()
    work.care.put_facts(patient, _facts(work, patient_id, changed, source), remove=gone)
    return work.care.facts_for(actor, patient_id)


def patient_facts(work: Work, patient_id: UUID) -> dict[str, Any]:
    """What is known of a patient today, in the shape of a match request's `facts`.

    `birth_date` comes from the patient, `age` follows from it (an age on record stands in where there is none),
    `home` from the address.
    """
    actor = require(work.actor, "patient:read")
    patient = work.care.patient_for(actor, patient_id)
    return facts_of(patient, work.care.facts_for(actor, patient_id), today_of(work, patient.organization_id))


def facts_of(patient: Patient, facts: list[Fact], day: date) -> dict[str, Any]:
    """As patient_facts, of records at hand."""
    known = fact_rules.write_facts(facts)
    if patient.birth_date is not None:
        known |= {"age": fact_rules.age_in_years(patient.birth_date, day), "birth_date": patient.birth_date.isoformat()}
        if {"age", "birth_date"}.intersection(known.get(fact_rules.DECLINED, ())):
            known[fact_rules.DECLINED] = [name for name in known[fact_rules.DECLINED] if name not in ("age", "birth_date")]
    if "languages" not in known.get(fact_rules.DECLINED, ()):
        known.setdefault("languages", [patient.language])
    parts = ("postal_code", "city", "state", "county", "latitude", "longitude")
    home = {name: getattr(patient, name) for name in parts if getattr(patient, name) is not None}
    if home:
        known["home"] = home
    said = {"home", *(f"home.{name}" for name in home)} if home else set()
    if said.intersection(known.get(fact_rules.DECLINED, ())):
        known[fact_rules.DECLINED] = [name for name in known[fact_rules.DECLINED] if name not in said]
    return known


def match_for_patient(work: Work, patient_id: UUID, request: MatchRequest) -> MatchAnswer:
    """The services that may help a patient: the facts on record, with those of the request over them.

    Raises:
        NotFound: the patient is somebody else's.
        Invalid: with the path of each fault.
    """
    asked = {name: value for name, value in msgspec.to_builtins(request.facts).items() if value is not None}
    facts = read_facts(fact_rules.merge_facts(patient_facts(work, patient_id), asked))
    return match_services(work, msgspec.structs.replace(request, facts=facts))


def record_consent(work: Work, patient_id: UUID, given: RecordConsent) -> Consent:
    """Record what the patient lets whom see. Without days it holds from today for a year.

    Raises:
        Invalid: `errors` names each field that cannot be kept.
    """
    actor = require(work.actor, "patient:write")
    patient = work.care.patient_for(actor, patient_id)
    today = today_of(work, patient.organization_id)
    starts_on = given.starts_on or today
    ends_on = given.ends_on or _years_later(starts_on, CONSENT_YEARS)
    known = work.directory.records("organization", given.recipients).keys()
    tests = (
        ("purpose", given.purpose == PURPOSE, f"must be {PURPOSE}"),
        ("categories", bool(given.categories), "must name at least one kind of need"),
        ("categories", all(code in CATEGORIES for code in given.categories), f"may name {', '.join(sorted(CATEGORIES))}"),
        ("recipients", known >= set(given.recipients), "names an organization that we do not know"),
        ("how_given", given.how_given in HOW_GIVEN, f"must be one of {', '.join(HOW_GIVEN)}"),
        ("ends_on", ends_on >= starts_on, "must not be before the first day"),
        ("ends_on", ends_on >= today, "must not be in the past"),
    )
    _refuse([FieldError(field, message) for field, holds, message in tests if not holds])
    return work.care.save_consent(
        Consent(
            id=new_id(),
            patient_id=patient.id,
            purpose=given.purpose,
            recipients=list(dict.fromkeys(given.recipients)),
            categories=list(dict.fromkeys(given.categories)),
            starts_on=starts_on,
            ends_on=ends_on,
            how_given=given.how_given,
            recorded_by=actor.account_id,
            recorded_at=work.now,
        )
    )


def revoke_consent(work: Work, consent_id: UUID, reason: str | None = None) -> Consent:
    """Revoke a consent, from this moment on; a consent that is revoked already stays as it is."""
    actor = require(work.actor, "patient:write")
    consent = work.care.consent_for(actor, consent_id)
    if consent.revoked_at is not None:
        return consent
    _refuse(_check_note("reason", reason))
    patient = work.care.patient_for(actor, consent.patient_id)
    work.answers.forget(work.referrals.ids_of_patient(actor, patient.id), keeps=patient.organization_id)
    return work.care.save_consent(msgspec.structs.replace(consent, revoked_at=work.now, revoked_reason=(reason or "").strip() or None))


def list_consents(work: Work, patient_id: UUID) -> list[Consent]:
    """All consents of a patient, newest first."""
    actor = require(work.actor, "patient:read")
    return work.care.consents_for(actor, patient_id)


def open_need(work: Work, patient_id: UUID, given: OpenNeed) -> Need:
    """Open a need of a patient, confirmed with them.

    Raises:
        Invalid: the term is not in the taxonomy, or not in the domain that is given.
    """
    actor = require(work.actor, "patient:write")
    patient = work.care.patient_for(actor, patient_id)
    today = today_of(work, patient.organization_id)
    domain = taxonomy.domain_of(given.term) if given.term in taxonomy.BY_CODE else None
    confirmed_on = given.confirmed_on or today
    faults = _check_note("note", given.note)
    if domain is None:
        faults.append(FieldError("term", "is not a term of the taxonomy (GET /api/taxonomy-terms lists them)"))
    elif given.domain not in (None, domain):
        faults.append(FieldError("domain", f"must be {domain}, the domain of the term"))
    if not EARLIEST_BIRTH <= confirmed_on <= today:
        faults.append(FieldError("confirmed_on", "must not be in the future"))
    _refuse(faults)
    return work.care.add_need(
        Need(
            id=new_id(),
            patient_id=patient.id,
            organization_id=patient.organization_id,
            domain=str(domain),
            term=given.term,
            note=(given.note or "").strip() or None,
            confirmed_on=confirmed_on,
            created_at=work.now,
            created_by=actor.account_id,
        )
    )


def get_need(work: Work, need_id: UUID) -> Need:
    """A need of a patient of the asker's organization; raises NotFound for anybody else's."""
    actor = require(work.actor, "patient:read")
    return work.care.need_for(actor, need_id)


def list_needs(work: Work, patient_id: UUID) -> list[Need]:
    """The needs of a patient, newest first."""
    actor = require(work.actor, "patient:read")
    return work.care.needs_for(actor, patient_id)


CATEGORIES = frozenset({term.code for term in taxonomy.TERMS if term.parent is None} | SENSITIVE_TERMS)
"""What a consent's categories may name."""


def today_of(work: Work, organization_id: UUID) -> date:
    """The day it is where the organization is."""
    return work.now.astimezone(ZoneInfo(work.directory.organization(organization_id).timezone)).date()


def _placed(work: Work, patient: Patient) -> Patient:
    """The patient with what the ZIP code tells of county, city and state, where nobody said otherwise."""
    spot = geocoder_of(work.hub).locate(patient.postal_code) if patient.postal_code else None
    if spot is None:
        return patient
    return msgspec.structs.replace(
        patient, county=patient.county or spot.county, city=patient.city or spot.city, state=patient.state or spot.state
    )


def _check_care_manager(work: Work, patient: Patient) -> list[FieldError]:
    """The single point of contact is somebody who signs in for the patient's organization."""
    account = work.accounts.account(patient.care_manager_id) if patient.care_manager_id else None
    if account is None or account.organization_id != patient.organization_id or account.disabled_at is not None:
        return [FieldError("care_manager_id", "must be the account of a colleague")]
    return []


def _check_note(field: str, note: str | None) -> list[FieldError]:
    return [FieldError(field, f"must have at most {LONGEST_NOTE} characters")] if note and len(note) > LONGEST_NOTE else []


def _facts(work: Work, patient_id: UUID, answers: fact_rules.Answers, source: str) -> list[Fact]:
    actor = require(work.actor, "patient:write")
    return [
        Fact(
            id=new_id(),
            patient_id=patient_id,
            name=name,
            answer=answer,
            value=value,
            source=source,
            recorded_at=work.now,
            recorded_by=actor.account_id,
        )
        for name, (answer, value) in answers.items()
    ]


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise Invalid("Some answers cannot be kept; `errors` names each of them.", errors=tuple(faults))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
