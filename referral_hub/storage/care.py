"""Patients, facts, consents, needs and letter codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.actors import Actor, Role
from referral_hub.care.model import Consent, Fact, LetterCode, Need, Patient, PatientPage
from referral_hub.errors import NotFound, StaleVersion
from referral_hub.storage import rows
from referral_hub.storage.tables import care as tables
from referral_hub.storage.tables.referrals import referral

LARGEST_PAGE = 100
S = TypeVar("S", bound=msgspec.Struct)


class CareStore:
    """Patients, facts, consents, needs and letter codes; every fetcher takes the asker first.

    A patient belongs to the organization that cares for them: its people see the record, everybody
    else gets the same NotFound as for an id that does not exist. The two parties of a referral reach
    the patient through the referral (`..._of_referrals`); how much of it they may be shown is decided
    by the referral's state and the consent, not here.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # Patients

    def patient_for(self, actor: Actor, patient_id: UUID) -> Patient:
        """A patient of the asker's organization; raises NotFound for anybody else's."""
        statement = sa.select(tables.patient).where(tables.patient.c.id == patient_id, _own(actor, tables.patient.c.organization_id))
        return self._one(Patient, statement)

    def patients_for(self, actor: Actor, search: str | None = None, *, page: int = 1, per_page: int = 25) -> PatientPage:
        """A page (from 1, at most 100 a page) of the organization's patients by family name.

        Every word of `search` must be in the name, the phone number or the birth date (YYYY-MM-DD).
        """
        per_page = min(max(per_page, 1), LARGEST_PAGE)
        conditions = [_own(actor, tables.patient.c.organization_id), *(_has_word(word) for word in (search or "").split())]
        total = self._connection.execute(sa.select(sa.func.count()).select_from(tables.patient).where(*conditions)).scalar_one()
        statement = (
            sa.select(tables.patient)
            .where(*conditions)
            .order_by(sa.func.lower(tables.patient.c.family_name), sa.func.lower(tables.patient.c.given_name), tables.patient.c.id)
            .limit(per_page)
            .offset((max(page, 1) - 1) * per_page)
        )
        return PatientPage(patients=self._many(Patient, statement), total=total)

    def add_patient(self, patient: Patient) -> Patient:
        """Store a new patient."""
        rows.insert(self._connection, tables.patient, [patient])
        return patient

    def save_patient(self, patient: Patient) -> Patient:
        """Store a change; `patient.version` is one above the version that was read.

        Raises:
            StaleVersion: somebody else changed the patient in between.
        """
        changed = self._connection.execute(
            sa.update(tables.patient)
            .where(
                tables.patient.c.id == patient.id,
                tables.patient.c.organization_id == patient.organization_id,
                tables.patient.c.version == patient.version - 1,
            )
            .values(rows.to_row(patient))
        )
        if changed.rowcount == 0:
            raise StaleVersion("The patient's record was changed since you read it. Read it again and repeat your change.")
        return patient

    # Facts

    def facts_for(self, actor: Actor, patient_id: UUID) -> list[Fact]:
        """The answers on record by name; raises NotFound for somebody else's patient."""
        self.patient_for(actor, patient_id)
        return self._many(Fact, sa.select(tables.fact).where(tables.fact.c.patient_id == patient_id).order_by(tables.fact.c.name))

    def put_facts(self, patient: Patient, facts: Sequence[Fact], *, remove: Iterable[str] = ()) -> None:
        """Replace the answers of the same names and forget those named in `remove`."""
        names = {fact.name for fact in facts} | set(remove)
        if names:
            self._connection.execute(
                sa.delete(tables.fact).where(tables.fact.c.patient_id == patient.id, tables.fact.c.name.in_(sorted(names)))
            )
        rows.insert(self._connection, tables.fact, facts)

    # Consents

    def consents_for(self, actor: Actor, patient_id: UUID) -> list[Consent]:
        """All consents of a patient, newest first, the ended and revoked ones too."""
        self.patient_for(actor, patient_id)
        return self._consents([patient_id])

    def consent_for(self, actor: Actor, consent_id: UUID) -> Consent:
        """One consent of a patient of the asker's organization; raises NotFound for anybody else's."""
        statement = (
            sa.select(tables.consent)
            .join(tables.patient, tables.patient.c.id == tables.consent.c.patient_id)
            .where(tables.consent.c.id == consent_id, _own(actor, tables.patient.c.organization_id))
        )
        return self._one(Consent, statement)

    def save_consent(self, consent: Consent) -> Consent:
        """Insert, or store its revocation."""
        rows.upsert(self._connection, tables.consent, [consent])
        return consent

    # Needs

    def needs_for(self, actor: Actor, patient_id: UUID) -> list[Need]:
        """The needs of a patient, newest first; raises NotFound for somebody else's patient."""
        self.patient_for(actor, patient_id)
        statement = sa.select(tables.need).where(tables.need.c.patient_id == patient_id, _own(actor, tables.need.c.organization_id))
        return self._many(Need, statement.order_by(tables.need.c.created_at.desc(), tables.need.c.id.desc()))

    def need_for(self, actor: Actor, need_id: UUID) -> Need:
        """A need of the asker's organization; raises NotFound for anybody else's."""
        return self._one(Need, sa.select(tables.need).where(tables.need.c.id == need_id, _own(actor, tables.need.c.organization_id)))

    def add_need(self, need: Need) -> Need:
        """Store a new need."""
        rows.insert(self._connection, tables.need, [need])
        return need

    def save_need(self, need: Need) -> Need:
        """Store a change; `need.version` is one above the version that was read.

        Raises:
            StaleVersion: somebody else changed the need in between.
        """
        changed = self._connection.execute(
            sa.update(tables.need)
            .where(
                tables.need.c.id == need.id,
                tables.need.c.organization_id == need.organization_id,
                tables.need.c.version == need.version - 1,
            )
            .values(rows.to_row(need))
        )
        if changed.rowcount == 0:
            raise StaleVersion("The need was changed since you read it. Read it again and repeat your change.")
        return need

    # What the parties of a referral reach through it

    def patients_of_referrals(self, actor: Actor, referral_ids: Sequence[UUID]) -> dict[UUID, Patient]:
        """Patients by referral id, where the asker's organization is a party (or the asker is the system)."""
        return self._by_referral(actor, referral_ids, Patient, tables.patient, referral.c.patient_id)

    def needs_of_referrals(self, actor: Actor, referral_ids: Sequence[UUID]) -> dict[UUID, Need]:
        """Needs by referral id, where the asker's organization is a party (or the asker is the system)."""
        return self._by_referral(actor, referral_ids, Need, tables.need, referral.c.need_id)

    def patient_of_referral(self, actor: Actor, referral_id: UUID) -> Patient:
        """The patient of a referral that the asker is a party of; raises NotFound for anybody else's."""
        return _only(self.patients_of_referrals(actor, [referral_id]))

    def need_of_referral(self, actor: Actor, referral_id: UUID) -> Need:
        """The need of a referral that the asker is a party of; raises NotFound for anybody else's."""
        return _only(self.needs_of_referrals(actor, [referral_id]))

    def consents_of_referral(self, actor: Actor, referral_id: UUID) -> list[Consent]:
        """All consents of the referral's patient, newest first; raises NotFound for who is no party."""
        return self._consents([self.patient_of_referral(actor, referral_id).id])

    def consents_of_referrals(self, actor: Actor, referral_ids: Sequence[UUID]) -> dict[UUID, list[Consent]]:
        """All consents of each referral's patient, newest first, by referral id."""
        patients = self.patients_of_referrals(actor, referral_ids)
        found = self._consents({patient.id for patient in patients.values()})
        return {
            referral_id: [consent for consent in found if consent.patient_id == patient.id] for referral_id, patient in patients.items()
        }

    def facts_of_referral(self, actor: Actor, referral_id: UUID) -> list[Fact]:
        """The answers on record of the referral's patient; raises NotFound for who is no party."""
        patient = self.patient_of_referral(actor, referral_id)
        return self._many(Fact, sa.select(tables.fact).where(tables.fact.c.patient_id == patient.id).order_by(tables.fact.c.name))

    # Letter codes: the code itself, once found, is what lets its holder see one referral's cycle

    def add_letter_code(self, code: LetterCode) -> LetterCode:
        """Store a new code (hashes only)."""
        rows.insert(self._connection, tables.letter_code, [code])
        return code

    def letter_code_by_code(self, code_hash: str) -> LetterCode | None:
        """The letter whose typed code has this hash."""
        return self._first(LetterCode, sa.select(tables.letter_code).where(tables.letter_code.c.code_hash == code_hash))

    def letter_code_by_link(self, link_hash: str) -> LetterCode | None:
        """The letter whose link token has this hash."""
        return self._first(LetterCode, sa.select(tables.letter_code).where(tables.letter_code.c.link_hash == link_hash))

    def letter_codes_for(self, actor: Actor, referral_id: UUID) -> list[LetterCode]:
        """The codes of a referral of the asker's organization's patients, newest first."""
        statement = (
            sa.select(tables.letter_code)
            .join(tables.patient, tables.patient.c.id == tables.letter_code.c.patient_id)
            .where(tables.letter_code.c.referral_id == referral_id, _own(actor, tables.patient.c.organization_id))
        )
        return self._many(LetterCode, statement.order_by(tables.letter_code.c.created_at.desc(), tables.letter_code.c.id.desc()))

    def revoke_letter_codes(self, referral_id: UUID, now: datetime) -> int:
        """Revoke every code of a referral that is still open; how many there were."""
        statement = sa.update(tables.letter_code).where(
            tables.letter_code.c.referral_id == referral_id, tables.letter_code.c.revoked_at.is_(None)
        )
        return self._connection.execute(statement.values(revoked_at=now)).rowcount

    def count_letter_try(self, code: LetterCode) -> int:
        """Count one failed try of the second item; the number of tries now."""
        raised = sa.update(tables.letter_code).where(tables.letter_code.c.id == code.id).values(tries=tables.letter_code.c.tries + 1)
        return int(self._connection.execute(raised.returning(tables.letter_code.c.tries)).scalar_one())

    def patient_of_letter(self, code: LetterCode) -> Patient:
        """The patient who holds the letter."""
        return self._one(Patient, sa.select(tables.patient).where(tables.patient.c.id == code.patient_id))

    def need_of_letter(self, code: LetterCode) -> Need:
        """The need that the letter's referral is for."""
        c = tables.need.c
        statement = sa.select(tables.need).join(referral, referral.c.need_id == c.id)
        return self._one(Need, statement.where(referral.c.id == code.referral_id, c.patient_id == code.patient_id))

    # Rows

    def _by_referral(
        self, actor: Actor, referral_ids: Sequence[UUID], kind: type[S], table: sa.Table, key: sa.Column[Any]
    ) -> dict[UUID, S]:
        if not referral_ids:
            return {}
        statement = (
            sa.select(referral.c.id.label("of_referral"), table)
            .join(table, table.c.id == key)
            .where(referral.c.id.in_(referral_ids), _party(actor))
        )
        found = {}
        for row in self._connection.execute(statement):
            found[row.of_referral] = rows.from_row(kind, row)
        return found

    def _consents(self, patient_ids: Iterable[UUID]) -> list[Consent]:
        statement = sa.select(tables.consent).where(tables.consent.c.patient_id.in_(list(patient_ids)))
        return self._many(Consent, statement.order_by(tables.consent.c.recorded_at.desc(), tables.consent.c.id.desc()))

    def _many(self, kind: type[S], statement: sa.Select[Any]) -> list[S]:
        return [rows.from_row(kind, row) for row in self._connection.execute(statement)]

    def _first(self, kind: type[S], statement: sa.Select[Any]) -> S | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else rows.from_row(kind, row)

    def _one(self, kind: type[S], statement: sa.Select[Any]) -> S:
        found = self._first(kind, statement)
        if found is None:
            raise NotFound
        return found


def _own(actor: Actor, organization: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Rows of the asker's organization; the system, which belongs to none, is shown none."""
    return sa.false() if actor.organization_id is None else organization == actor.organization_id


def _party(actor: Actor) -> sa.ColumnElement[bool]:
    """Referrals that the asker's organization asks or is asked; the system tends all of them."""
    if actor.role is Role.SYSTEM:
        return sa.true()
    if actor.organization_id is None:
        return sa.false()
    return sa.or_(referral.c.requester_id == actor.organization_id, referral.c.owner_id == actor.organization_id)


def _has_word(word: str) -> sa.ColumnElement[bool]:
    name = tables.patient.c.given_name + " " + tables.patient.c.family_name
    tests = [sa.func.lower(name).contains(word.lower(), autoescape=True)]
    # SQLite's lower() leaves letters such as É as they are: the word as typed and capitalized finds those.
    tests += [name.contains(form, autoescape=True) for form in {word, word.capitalize()}]
    digits = "".join(filter(str.isdigit, word))
    if digits and not set(word) - set("0123456789+-()./"):
        tests.append(tables.patient.c.phone.contains(digits, autoescape=True))
        tests.append(sa.cast(tables.patient.c.birth_date, sa.Text) == word)
    return sa.or_(*tests)


def _only(found: dict[UUID, S]) -> S:
    if not found:
        raise NotFound
    return next(iter(found.values()))
