"""What became of the help: four answers, up to three witnesses, nothing overwritten.

An outcome is {witness: answer}; each answer says how it was given and when. Referral state, service
received and need met are three truths: they are never derived from one another here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct

Received = Literal["none", "partial", "full", "ongoing"]
Addressed = Literal["met", "partly", "unmet", "too_early"]
Witness = Literal["partner", "patient", "care_manager"]
WITNESSES: tuple[Witness, ...] = ("partner", "patient", "care_manager")


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One witness's four answers; None is "not answered"."""

    contact_made: bool | None = None
    received: Received | None = None
    quantity: str | None = None
    """As people say it: "two boxes", "12 nights"."""
    received_on: date | None = None
    need: Addressed | None = None
    would_use_again: bool | None = None
    barriers: list[str] = []
    method: str = "portal"
    """portal | phone | in_person | letter | message"""
    said_on: date | None = None
    note: str | None = None


_SIDES: dict[str, dict[Any, str]] = {
    "contact_made": {True: "yes", False: "no"},
    "received": {"none": "no", "partial": "yes", "full": "yes", "ongoing": "yes"},
    "need": {"met": "yes", "partly": "yes", "unmet": "no"},
}


def is_disputed(outcome: Mapping[str, Mapping[str, Any]] | None) -> bool:
    """Whether two witnesses contradict each other on contact, receipt or need; silence contradicts nobody."""
    for question, sides in _SIDES.items():
        said = {sides[answer[question]] for answer in (outcome or {}).values() if answer.get(question) in sides}
        if len(said) > 1:
            return True
    return False


def patient_says_no(outcome: Mapping[str, Mapping[str, Any]] | None) -> bool:
    """Whether the patient says that help did not come or did not meet the need."""
    answer = (outcome or {}).get("patient", {})
    return answer.get("received") == "none" or answer.get("need") == "unmet"


def need_status_of(outcome: Mapping[str, Mapping[str, Any]] | None) -> str:
    """The need's status when nobody assesses it apart: what the witness closest to the patient said, else unknown."""
    for witness in ("patient", "care_manager", "partner"):
        said = (outcome or {}).get(witness, {}).get("need")
        if said in ("met", "partly", "unmet"):
            return str(said)
    return "unknown"
