"""What each action takes: one Struct an action, for endpoints and forms alike; unknown fields are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.referrals.model import Urgency
from referral_hub.referrals.outcome import Answer

Text = Annotated[str, Meta(min_length=1, max_length=2000)]
Line = Annotated[str, Meta(min_length=1, max_length=200)]


class CreateReferral(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    need_id: UUID
    service_at_location_id: UUID
    urgency: Urgency = Urgency.ROUTINE
    note: Text | None = None
    override_reason: Text | None = None
    send: bool = False


class MoveInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version` is the referral's as it was read."""

    version: int


class ReasonInput(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    side: Line
    reason: Line
    text: Text | None = None
    rule: Line | None = None
    document: Line | None = None
    attempts: Annotated[int, Meta(ge=1, le=100)] | None = None


class SendReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    override_reason: Text | None = None


class AcceptReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    assignee: Line | None = None


class WaitlistReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    expected: Line
    """A date, or a place on the list ("12th")."""


class DeclineReferral(ReasonInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class StartReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    began_on: date | None = None
    """The first service event; without it, today where the partner is."""
    what: Line | None = None


class HoldReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text
    resume_on: date


class ResumeReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ServeReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outcome: Answer


class GiveUpReferral(ReasonInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class UndoAcceptReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WithdrawReferral(ReasonInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ForwardReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    target: UUID
    """service_at_location."""
    text: Text | None = None


class CloseReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    need_status: Literal["met", "partly", "unmet", "unknown"]
    next_step: Text
    outcome: Answer | None = None


class ReopenReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text
    to: Literal["sent", "in_service"] = "sent"


class MarkErrorReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class ViewedReferral(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class AttemptContact(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    result: Literal["reached", "no_answer", "left_message", "wrong_contact", "no_show"]
    method: Literal["phone", "text", "mail", "in_person"] = "phone"
    text: Text | None = None


class MakeAppointment(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: Annotated[datetime, Meta(tz=True)]
    text: Text | None = None


class AskQuestion(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class AnswerQuestion(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text


class SayStillWorking(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text | None = None
    expected: Line | None = None


class AddWitness(MoveInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    witness: Literal["patient", "care_manager"]
    outcome: Answer


INPUTS: dict[str, type[MoveInput]] = {
    "send": SendReferral,
    "accept": AcceptReferral,
    "waitlist": WaitlistReferral,
    "decline": DeclineReferral,
    "start": StartReferral,
    "hold": HoldReferral,
    "resume": ResumeReferral,
    "serve": ServeReferral,
    "give-up": GiveUpReferral,
    "undo-accept": UndoAcceptReferral,
    "withdraw": WithdrawReferral,
    "forward": ForwardReferral,
    "close": CloseReferral,
    "reopen": ReopenReferral,
    "mark-error": MarkErrorReferral,
    "viewed": ViewedReferral,
    "attempt": AttemptContact,
    "appointment": MakeAppointment,
    "question": AskQuestion,
    "answer": AnswerQuestion,
    "still-working": SayStillWorking,
    "witness": AddWitness,
}
"""Every action that a person can take; `expire` is the system's alone."""


def read_input(action: str, version: int, carried: Mapping[str, Any]) -> MoveInput:
    """The action's Struct from loose values (a form's texts, a parsed body); empty texts count as absent.

    Raises:
        Invalid: an unknown action or field, or a value that does not fit; `errors` names the field.
    """
    kind = INPUTS.get(action)
    if kind is None:
        raise Invalid(f"There is no action “{action}”.", errors=(FieldError("action", f"Known: {', '.join(INPUTS)}."),))
    given = {name: value for name, value in carried.items() if value not in (None, "")}
    try:
        return msgspec.convert({**given, "version": version}, kind, strict=False)
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(" - at `$.")
        field = path.rstrip("`") or (message.split("`")[1] if "`" in message else "")
        raise Invalid("Some answers need another look.", errors=(FieldError(field, message),)) from fault


def carried_of(given: MoveInput) -> dict[str, Any]:
    """What a move carries, without the version and what was left empty; dates stay dates, answers become plain."""
    values = {name: getattr(given, name) for name in given.__struct_fields__ if name != "version"}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if not isinstance(value, Answer):
        return value
    return {name: said for name, said in msgspec.to_builtins(value).items() if said is not None and said != []}
