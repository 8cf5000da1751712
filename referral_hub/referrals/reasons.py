"""Why a referral ended or stopped: sides, codes, what each must carry, what follows, and its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from referral_hub.errors import FieldError


class Side(StrEnum):
    """On whose side the reason lies."""

    PARTNER = "partner"
    PATIENT = "patient"
    CONTACT = "contact"
    REQUESTER = "requester"


class Consequence(StrEnum):
    """What a reason sets in motion."""

    NONE = "none"
    NO_ROOM = "no_room"
    """The published room is 0 until the partner confirms it again."""
    PAUSE_SERVICE = "pause_service"
    """The service stays in the directory, but nothing is sent to it."""
    CLOSE_LISTING = "close_listing"
    """The service is no longer active."""
    CORRECT_RULE = "correct_rule"
    CORRECT_AREA = "correct_area"
    CORRECT_TAXONOMY = "correct_taxonomy"
    CORRECT_LISTING = "correct_listing"
    ASK_DOCUMENT = "ask_document"
    CONNECTED = "connected"
    """The patient has the help already: it counts as connected."""


class Reason(Struct, frozen=True):
    """One code; the sentences are completed by "Harbor Pantry said no: ..."."""

    side: Side
    code: str
    care_manager: str
    partner: str
    patient: str
    must: tuple[str, ...] = ()
    """Fields that must come with it: rule, document, attempts, text."""
    consequence: Consequence = Consequence.NONE
    private: bool = False
    """Its text is for the partner and the coordinator only."""
    system_only: bool = False


_CANNOT = "they cannot help now"
_STOPPED = "this request was stopped"

_ROWS = (
    Reason(Side.PARTNER, "no_capacity", "no room now", "No room now", "they have no room now", consequence=Consequence.NO_ROOM),
    Reason(
        Side.PARTNER,
        "funding_exhausted",
        "the money for this help is used up",
        "Funding is used up",
        "they have used up their funds",
        consequence=Consequence.PAUSE_SERVICE,
    ),
    Reason(
        Side.PARTNER,
        "not_eligible",
        "the patient does not meet a rule",
        "Does not meet a rule",
        "this help has a rule that does not fit you",
        must=("rule",),
        consequence=Consequence.CORRECT_RULE,
    ),
    Reason(
        Side.PARTNER,
        "outside_service_area",
        "the home is outside the area",
        "Outside our area",
        "your home is outside their area",
        consequence=Consequence.CORRECT_AREA,
    ),
    Reason(
        Side.PARTNER,
        "service_not_offered",
        "this help is not offered there",
        "We do not offer this",
        "they do not offer this help",
        consequence=Consequence.CORRECT_TAXONOMY,
    ),
    Reason(
        Side.PARTNER,
        "missing_document",
        "a document is missing",
        "A document is missing",
        "a paper is missing",
        must=("document",),
        consequence=Consequence.ASK_DOCUMENT,
    ),
    Reason(
        Side.PARTNER,
        "language_or_access",
        "the language or the access does not fit",
        "Language or access does not fit",
        "the language or the building does not fit",
        consequence=Consequence.CORRECT_LISTING,
    ),
    Reason(
        Side.PARTNER,
        "already_enrolled",
        "the patient has this help already",
        "Already enrolled",
        "you have this help already",
        consequence=Consequence.CONNECTED,
    ),
    Reason(Side.PARTNER, "duplicate", "the same request came twice", "Came twice", "they had the same request already"),
    Reason(
        Side.PARTNER,
        "program_closed",
        "the program is closed",
        "Program is closed",
        "the program is closed",
        consequence=Consequence.CLOSE_LISTING,
    ),
    Reason(Side.PARTNER, "safety_or_conflict", "a reason that they keep private", "Safety or conflict (private)", _CANNOT, private=True),
    Reason(Side.PARTNER, "needs_assessment", "an assessment is needed first", "Needs an assessment first", "they need to know more first"),
    Reason(Side.PARTNER, "no_response", "no answer came", "No answer in time", "they did not answer", system_only=True),
    Reason(Side.PARTNER, "other", "another reason", "Another reason", _CANNOT, must=("text",)),
    Reason(Side.PATIENT, "no_longer_needed", "no longer needed", "No longer needed", "you no longer need it"),
    Reason(Side.PATIENT, "got_help_elsewhere", "help came from elsewhere", "Got help elsewhere", "you got help elsewhere"),
    Reason(Side.PATIENT, "declined_service", "the patient said no to it", "Patient said no", "you said no to it"),
    Reason(Side.PATIENT, "privacy", "the patient wants to keep this private", "Privacy", "you want to keep this private"),
    Reason(Side.PATIENT, "transport", "the patient cannot get there", "Cannot get there", "it is hard to get there"),
    Reason(Side.PATIENT, "schedule", "the times do not fit", "Times do not fit", "the times do not fit"),
    Reason(Side.PATIENT, "paperwork", "the paperwork is too much", "Paperwork", "the paperwork is too much"),
    Reason(Side.PATIENT, "competing_priorities", "other things come first", "Other things come first", "other things come first"),
    Reason(Side.PATIENT, "moved", "the patient moved", "Moved away", "you moved"),
    Reason(Side.PATIENT, "hospitalized", "the patient is in hospital", "In hospital", _STOPPED),
    Reason(Side.PATIENT, "deceased", "the patient has died", "Has died", _STOPPED),
    Reason(Side.PATIENT, "no_show", "the patient did not come", "Did not come", "the visit did not take place"),
    Reason(
        Side.CONTACT,
        "unable_to_contact",
        "the patient could not be reached",
        "Could not be reached",
        "they could not reach you",
        must=("attempts",),
    ),
    Reason(Side.CONTACT, "wrong_contact", "the phone or address is wrong", "Wrong phone or address", "they could not reach you"),
    Reason(Side.CONTACT, "unsafe_to_contact", "it is not safe to call", "Not safe to contact", _STOPPED),
    Reason(Side.REQUESTER, "sent_in_error", "sent by mistake", "Sent by mistake", _STOPPED),
    Reason(Side.REQUESTER, "need_changed", "the need has changed", "Need has changed", "your need has changed"),
    Reason(Side.REQUESTER, "better_match", "a better place was found", "A better place was found", "a better place was found"),
    Reason(Side.REQUESTER, "consent_withdrawn", "the patient took back consent", "Consent was taken back", "you asked to stop sharing"),
)
REASONS: dict[tuple[str, str], Reason] = {(row.side, row.code): row for row in _ROWS}

ALLOWED: dict[str, tuple[Side, ...]] = {
    "decline": (Side.PARTNER, Side.PATIENT, Side.CONTACT),
    "give-up": (Side.PARTNER, Side.PATIENT, Side.CONTACT),
    "withdraw": (Side.PATIENT, Side.REQUESTER, Side.CONTACT),
}
"""Which sides each ending may name."""


def reasons_for(action: str) -> tuple[Reason, ...]:
    """The reasons that a person may choose for an action, in the order of their tiles."""
    return tuple(row for row in _ROWS if row.side in ALLOWED.get(action, ()) and not row.system_only)


def check_reason(action: str, carried: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """The faults of `side`, `reason` and what must come with them; empty when there are none."""
    row = REASONS.get((str(carried.get("side")), str(carried.get("reason"))))
    if row is None or row.system_only or row.side not in ALLOWED[action]:
        codes = ", ".join(f"{one.side}/{one.code}" for one in reasons_for(action))
        return (FieldError("reason", f"Choose a side and a reason. Known here: {codes}."),)
    return tuple(
        FieldError(name, f"Say which {name} it is." if name != "text" else "Say the reason in a few words.")
        for name in row.must
        if not carried.get(name)
    )


def say_reason(side: str | None, code: str | None, reader: str, text: str | None = None) -> str:
    """The reason in the reader's words (care_manager | partner | patient); `text` is added for "other" alone."""
    row = REASONS.get((side or "", code or ""))
    if row is None:
        return text or "no reason given"
    sentence = {"care_manager": row.care_manager, "partner": row.partner}.get(reader, row.patient)
    return text if text and row.code == "other" and reader != "patient" else sentence
