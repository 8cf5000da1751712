"""Printing a patient's letter, opening it, answering it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Struct

from referral_hub.accounts import SignInTry, short_name
from referral_hub.actors import Actor, Channel, Role
from referral_hub.care.model import Fact, FactAnswer, LetterCode, Need, Patient
from referral_hub.errors import FieldError, IllegalMove, Invalid, TooManyTries
from referral_hub.ids import new_id
from referral_hub.letters import codes
from referral_hub.letters.compose import compose_letter
from referral_hub.letters.hours import HORIZON_DAYS
from referral_hub.letters.model import LetterFacts, Paper, Person, Place, Travel
from referral_hub.letters.render import render_letter
from referral_hub.letters.sentences import AWAITS_CALL, NEXT, is_neutral, tell_status
from referral_hub.matching import reach
from referral_hub.partners.hours import Interval, open_intervals, zone_of
from referral_hub.partners.listing import Document, Listing, ListingDetails
from referral_hub.permissions import require
from referral_hub.referrals import actions as referral_actions
from referral_hub.referrals.clocks import add_business_days
from referral_hub.referrals.model import Referral
from referral_hub.unit_of_work import Hub, Work
from referral_hub.words import Words, written_language

LETTER_HOLDER = Actor(account_id=None, organization_id=None, role=Role.PATIENT, name="Patient", channel=Channel.LETTER)
"""Who asks when a letter is opened; the code decides whose it is."""

ANSWERS: dict[str, dict[str, Any]] = {
    "got_it": {"contact_made": True, "received": "full"},
    "did_not": {"received": "none"},
    "something_else": {"need": "unmet", "barriers": ["something_else"]},
}
"""What each of the three answers says of the help, as the patient's witness."""

LONGEST_WORDS = 500
MOST_PEER_TRIES = 20
PEER_WINDOW = timedelta(minutes=15)
_GRACE_DAYS = 2
"""Business days that a late partner gets in a letter that is printed after the due time."""
_UNSENT = "Send the referral first: a letter is about a referral that was sent."
_NO_BIRTH_DATE = "Add the birth date to the patient's record: its year opens the letter."
_LETTER_ITSELF = "referral_letter"


class PrintedLetter(Struct, frozen=True, kw_only=True):
    """The PDF, and the record of its code (hashes only: code and link stand nowhere but on the paper)."""

    pdf: bytes
    code: LetterCode
    language: str
    """What it is written in; English where the patient's language is not written yet."""


class LetterDesk(Struct, frozen=True, kw_only=True):
    """What a care manager sees before printing."""

    referral_id: UUID
    patient: str
    language: str
    """The patient's, whether it is written or not."""
    is_neutral: bool
    """Neither partner nor need will be named."""
    obstacle: str
    """Why no letter can be printed now; empty where one can."""
    printed: list[LetterCode]
    """Newest first."""


class LetterView(Struct, frozen=True, kw_only=True):
    """What the holder of a letter may see: one sentence, and whom to call."""

    language: str
    is_superseded: bool
    """The referral has moved into another cycle, or was a mistake: the paper is out of date."""
    status: str
    manager: Person


def letter_desk(work: Work, referral_id: UUID) -> LetterDesk:
    """What there is to know before printing; raises NotFound for who is no party of the referral."""
    actor = require(work.actor, "letter:write")
    referral = work.referrals.get_for(actor, referral_id)
    patient = work.care.patient_for(actor, referral.patient_id)
    need = work.care.need_for(actor, referral.need_id)
    unsent = _UNSENT if referral.state not in NEXT else ""
    return LetterDesk(
        referral_id=referral.id,
        patient=f"{patient.given_name} {patient.family_name}".strip(),
        language=patient.language,
        is_neutral=_is_neutral(patient, need, work.listings.get(referral.service_at_location_id)),
        obstacle=unsent or ("" if patient.birth_date else _NO_BIRTH_DATE),
        printed=work.care.letter_codes_for(actor, referral.id),
    )


def revoke_letters(work: Work, referral_id: UUID) -> int:
    """Switch off the codes of every letter about a referral; how many were open."""
    actor = require(work.actor, "letter:write")
    referral = work.referrals.get_for(actor, referral_id)
    return work.care.revoke_letter_codes(referral.id, work.now)


def print_letter(
    work: Work, referral_id: UUID, *, language: str | None = None, large: bool = False, free_days: Sequence[int] = ()
) -> PrintedLetter:
    """A letter about the referral's present cycle, with a new code.

    `language` (ISO 639-1) is the patient's where it is None; `free_days` are the weekdays on which the patient can
    go (Monday 0), empty for any.

    Raises:
        NotFound: no such referral, or somebody else's.
        IllegalMove: the referral was not sent yet, or was made in error.
        Invalid: the patient's birth date, which opens the letter, is missing.
    """
    actor = require(work.actor, "letter:write")
    referral = work.referrals.get_for(actor, referral_id)
    if referral.state not in NEXT:
        raise IllegalMove(_UNSENT, state=referral.state.value)
    patient = work.care.patient_for(actor, referral.patient_id)
    if patient.birth_date is None:
        fault = FieldError("birth_date", _NO_BIRTH_DATE)
        raise Invalid("The letter needs the patient's birth date.", errors=(fault,))
    written = written_language(language or patient.language)
    minted = codes.mint_code(
        referral_id=referral.id, cycle=referral.cycle, patient=patient, language=written, now=work.now, by=actor.account_id
    )
    facts = _gather(work, actor, referral, patient, minted, large=large, free_days=sorted(set(free_days)))
    pdf = render_letter(compose_letter(facts), made_at=work.now)
    return PrintedLetter(pdf=pdf, code=work.care.add_letter_code(minted.record), language=written)


def open_letter(work: Work, secret: str, birth_year: str, *, peer: str | None = None) -> LetterView | None:
    """What the letter's holder may see; None where code and year do not open a letter, whatever the cause.

    `secret` is the link's token or the code as typed, `peer` who asks, for the limit on tries. A failed try is counted:
    the caller's transaction must be kept.

    Raises:
        TooManyTries: this peer failed too often.
    """
    found = _unlock(work, secret, birth_year, peer)
    return None if found is None else _show(work, found)


def answer_letter(work: Work, secret: str, birth_year: str, answer: str, words: str = "", *, peer: str | None = None) -> LetterView | None:
    """Record the patient's answer (a key of ANSWERS) as a witness of the referral; None as in open_letter.

    A letter that is out of date records nothing: its view says so.

    Raises:
        Invalid: no such answer, or too many words.
        TooManyTries: this peer failed too often.
    """
    found = _unlock(work, secret, birth_year, peer)
    if found is None:
        return None
    view = _show(work, found)
    if view.is_superseded:
        return view
    text = " ".join(words.split())
    faults = [] if answer in ANSWERS else [FieldError("answer", "Choose one answer.")]
    if len(text) > LONGEST_WORDS:
        faults.append(FieldError("words", f"Keep it under {LONGEST_WORDS} letters."))
    if faults:
        raise Invalid("Some answers need another look.", errors=tuple(faults))
    outcome = ANSWERS[answer] | {"method": "letter", "said_on": work.now.date().isoformat(), "note": text or None}
    referral_actions.answer_by_letter(work, found, "witness", {"witness": "patient", "outcome": outcome})
    return view


# Opening


def _unlock(work: Work, secret: str, birth_year: str, peer: str | None) -> LetterCode | None:
    """The code's record, if it is open and the year is right; a failed try is counted against both code and peer."""
    require(work.actor, "letter:answer")
    subject = hashlib.sha256(f"letter:{peer}".encode()).hexdigest()
    if peer and len(work.accounts.tries_since(subject, work.now - PEER_WINDOW)) >= MOST_PEER_TRIES:
        raise TooManyTries("Too many tries. Wait 15 minutes, or call the number on the letter.", retry_at=work.now + PEER_WINDOW)
    by_code, by_link = codes.hashes_of(secret)
    code = work.care.letter_code_by_link(by_link) or work.care.letter_code_by_code(by_code)
    if code is not None and codes.is_open(code, work.now):
        if codes.fits_year(work.care.patient_of_letter(code), birth_year):
            return code
        work.care.count_letter_try(code)
    if peer:
        work.accounts.add_try(SignInTry(id=new_id(), subject=subject, at=work.now))
    return None


def _show(work: Work, code: LetterCode) -> LetterView:
    referral = work.referrals.of_letter(code)
    patient = work.care.patient_of_letter(code)
    manager = _care_manager(work, referral, patient, None)
    words = Words(code.language)
    if referral.cycle != code.cycle or referral.state not in NEXT:
        return LetterView(language=words.language, is_superseded=True, status="", manager=manager)
    listing = work.listings.get(referral.service_at_location_id)
    status = tell_status(
        words,
        referral.state,
        partner=listing.organization.name,
        due_on=_due_on(work, referral, listing),
        expected_on=referral.expected_on,
        safe=_is_neutral(patient, work.care.need_of_letter(code), listing),
    )
    return LetterView(language=words.language, is_superseded=False, status=status, manager=manager)


# Gathering


def _gather(
    work: Work, actor: Actor, referral: Referral, patient: Patient, minted: codes.Minted, *, large: bool, free_days: list[int]
) -> LetterFacts:
    listing = work.listings.get(referral.service_at_location_id)
    details = work.listings.details([listing.id])[listing.id]
    need = work.care.need_for(actor, referral.need_id)
    today = work.now.astimezone(zone_of(listing.timezone)).date()
    return LetterFacts(
        language=minted.record.language,
        safe=_is_neutral(patient, need, listing),
        large=large,
        today=today,
        given_name=patient.given_name,
        family_name=patient.family_name,
        address=_address_of(patient),
        sender=work.directory.organization(referral.requester_id).name,
        care_manager=_care_manager(work, referral, patient, actor),
        state=referral.state,
        due_on=_due_on(work, referral, listing),
        expected_on=referral.expected_on,
        place=_place(listing, details, need, referral, _held(work.care.facts_for(actor, patient.id)), _opens(listing, today)),
        free_days=free_days,
        travel=_travel(patient, listing),
        code=minted.code,
        link=link_of(work.hub, minted.token),
        site=link_of(work.hub, "").rstrip("/").split("://", 1)[-1],
        expires_on=minted.record.expires_at.astimezone(zone_of(listing.timezone)).date(),
    )


def link_of(hub: Hub, token: str) -> str:
    """The address of a letter's page, as the QR code has it."""
    address = urlsplit(hub.settings.base_url)
    return f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}/r/{token}"


def _place(
    listing: Listing, details: ListingDetails, need: Need, referral: Referral, held: Mapping[str, bool], opens: list[Interval]
) -> Place:
    return Place(
        organization=listing.organization.name,
        service=listing.service.name,
        term=need.term if need.term in listing.terms or not listing.terms else listing.terms[0],
        reach="remote" if listing.remote else "delivered" if listing.delivered else "visit",
        confidential=listing.confidential,
        address=[] if listing.confidential else details.address or [],
        phones=[phone.number for phone in details.phones if (phone.type or "voice").lower() not in ("fax", "tty", "text")],
        ask_for=short_name(referral.assignee) if referral.assignee else None,
        languages=listing.languages,
        interpreted=listing.interpreted_languages,
        opens=opens,
        papers=[_paper(document, held) for document in listing.documents],
        fees=details.fees_description or next((fee.option for fee in details.fees if fee.option), None),
        directions=None if listing.confidential else details.transportation,
    )


def _paper(document: Document, held: Mapping[str, bool]) -> Paper:
    """A required document as the patient stands to it; another one that does as well counts as this one."""
    if document.code == _LETTER_ITSELF:
        return Paper(name=document.name, code=document.code, held=True)
    other = next((code for code in document.alternatives if held.get(code)), None)
    if other is not None and not (document.code and held.get(document.code)):
        return Paper(name=document.name, code=other, held=True)
    known = held.get(document.code) if document.code else None
    return Paper(name=document.name, code=document.code, held=known, alternatives=document.alternatives)


def _held(facts: Sequence[Fact]) -> dict[str, bool]:
    """Document code -> whether the patient has it, as far as that was asked and answered."""
    prefix = "documents."
    return {
        fact.name.removeprefix(prefix): bool(fact.value)
        for fact in facts
        if fact.name.startswith(prefix) and fact.answer is FactAnswer.KNOWN
    }


def _opens(listing: Listing, today: date) -> list[Interval]:
    start = datetime.combine(today, time(0), zone_of(listing.timezone))
    return open_intervals(listing.schedule, listing.timezone, [Interval(start, start + timedelta(days=HORIZON_DAYS))])


def _travel(patient: Patient, listing: Listing) -> Travel | None:
    if patient.mode not in reach.TRAVEL or listing.point is None or not reach.is_visited(listing):
        return None
    if patient.latitude is None or patient.longitude is None:
        return None
    metres = reach.distance_m(patient.latitude, patient.longitude, listing.point.latitude, listing.point.longitude)
    return Travel(mode=patient.mode, minutes=reach.travel_minutes(patient.mode, metres), miles=metres / reach.METRES_PER_MILE)


def _is_neutral(patient: Patient, need: Need, listing: Listing) -> bool:
    return is_neutral(safe_mode=patient.safe_mode, terms=[need.term, *listing.terms])


def _due_on(work: Work, referral: Referral, listing: Listing) -> date | None:
    """The day by which the patient ought to hear; a partner who is late gets two business days more."""
    if referral.due_at is None or referral.state not in AWAITS_CALL:
        return None
    zone = zone_of(listing.timezone)
    due, today = referral.due_at.astimezone(zone).date(), work.now.astimezone(zone).date()
    return due if due > today or (due == today and referral.due_at > work.now) else add_business_days(today, _GRACE_DAYS)


def _care_manager(work: Work, referral: Referral, patient: Patient, asker: Actor | None) -> Person:
    """The patient's point of contact: the care manager on record, else who sent the referral, else who asks."""
    known = [each for each in (patient.care_manager_id, referral.created_by) if each]
    account = next((found for each in known if (found := work.accounts.account(each)) and found.disabled_at is None), None)
    phones = work.directory.children_of("phone", "organization_id", [referral.requester_id])
    phone = next((each.number for each in phones if (each.type or "voice").lower() != "fax"), None)
    if account is not None:
        return Person(name=account.name, phone=phone)
    name = asker.name if asker else work.directory.organization(referral.requester_id).name
    return Person(name=name, phone=phone)


def _address_of(patient: Patient) -> list[str]:
    """The lines of an envelope; empty unless the street is known."""
    if not patient.address_1:
        return []
    place = " ".join(filter(None, (f"{patient.city}," if patient.city else None, patient.state, patient.postal_code)))
    return [patient.address_1, place] if place else [patient.address_1]
