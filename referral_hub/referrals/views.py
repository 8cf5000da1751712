"""A referral as one reader may see it: staged by state and consent (domain.md section 9).

Before accept the partner sees the need, the area and the eligibility facts that its own rule asks for;
contact and name after accept; nothing of the patient after the end, or once consent no longer covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from referral_hub.care.model import Need, Patient
from referral_hub.referrals import reasons
from referral_hub.referrals.model import Event, Party, Referral, State


class Sight(StrEnum):
    """How much of the patient a reader may see."""

    ALL = "all"
    CONTACT = "contact"
    NEED = "need"
    NOTHING = "nothing"


_BEFORE_ACCEPT = frozenset({State.SENT, State.WAITLISTED})
_AFTER_ACCEPT = frozenset({State.ACCEPTED, State.IN_SERVICE, State.ON_HOLD, State.SERVED})


class Labelled(Struct, frozen=True):
    id: UUID
    name: str


class PatientPart(Struct, frozen=True, kw_only=True):
    """What of the patient is shown; None: not shown at this stage, or not known."""

    area: str | None = None
    """City and the first three digits of the postal code."""
    id: UUID | None = None
    """For the requester only."""
    name: str | None = None
    birth_date: date | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    address: str | None = None
    safe_mode: bool | None = None


class NeedPart(Struct, frozen=True, kw_only=True):
    id: UUID
    domain: str
    term: str
    status: str | None = None
    note: str | None = None


class ReasonPart(Struct, frozen=True, kw_only=True):
    side: str
    code: str
    says: str
    text: str | None = None


class ReferralView(Struct, frozen=True, kw_only=True):
    """The JSON of `GET /api/referrals/{id}` and what pages show."""

    id: UUID
    state: State
    version: int
    cycle: int
    urgency: str
    open_actions: list[str]
    """What the asker may do now."""
    whose_move: Party | None
    due_at: datetime | None
    overdue: bool
    clock: str | None
    says: str
    """The state's sentence for this reader."""
    next: str
    """Whose move: who, what, by when."""
    requester: Labelled
    owner: Labelled
    service: Labelled
    location: Labelled
    service_at_location_id: UUID
    timezone: str
    """The partner's: due times are said in it."""
    sight: Sight
    patient: PatientPart | None
    need: NeedPart | None
    note: str | None
    eligibility: dict[str, Any]
    override_reason: str | None
    assignee: str | None
    expected_on: str | None
    reason: ReasonPart | None
    open_question: str | None
    outcome: dict[str, Any] | None
    disputed: bool
    need_status: str | None
    next_step: str | None
    parent_id: UUID | None
    child_id: UUID | None
    created_at: datetime
    state_since: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime


class EventBy(Struct, frozen=True, kw_only=True):
    role: str
    name: str | None
    """People who work for partners: first name and initial."""
    organization: str | None


class EventView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    cycle: int
    action: str
    from_state: State | None
    to_state: State
    at: datetime
    by: EventBy
    channel: str
    details: dict[str, Any]
    says: str


def sight_of(referral: Referral, party: Party | None, *, covered: bool) -> Sight:
    """How much this party may see; `covered`: a consent covers the partner and the need today."""
    if party in (Party.REQUESTER, Party.SYSTEM):
        return Sight.ALL
    if party is Party.COORDINATOR:
        return Sight.NEED
    if party is not Party.OWNER or not covered:
        return Sight.NOTHING
    if referral.state in _BEFORE_ACCEPT:
        return Sight.NEED
    return Sight.CONTACT if referral.state in _AFTER_ACCEPT else Sight.NOTHING


def show_patient(patient: Patient, sight: Sight) -> PatientPart | None:
    """The patient's part for this sight."""
    if sight is Sight.NOTHING:
        return None
    area = ", ".join(part for part in (patient.city, f"{patient.postal_code[:3]}xx" if patient.postal_code else None) if part) or None
    if sight is Sight.NEED:
        return PatientPart(area=area)
    return PatientPart(
        area=area,
        id=patient.id if sight is Sight.ALL else None,
        name=f"{patient.given_name} {patient.family_name}",
        birth_date=patient.birth_date if sight is Sight.ALL else None,
        phone=patient.phone,
        email=patient.email,
        language=patient.language,
        address=", ".join(part for part in (patient.address_1, patient.city, patient.state, patient.postal_code) if part) or None,
        safe_mode=patient.safe_mode,
    )


def show_need(need: Need, sight: Sight) -> NeedPart | None:
    """The need's part for this sight; its note and status are the requester's."""
    if sight is Sight.NOTHING:
        return None
    own = sight is Sight.ALL
    return NeedPart(id=need.id, domain=need.domain, term=need.term, status=need.status if own else None, note=need.note if own else None)


def show_eligibility(snapshot: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """The snapshot; for a partner only the verdict and the facts that its own rule asks for."""
    if sight is Sight.ALL:
        return dict(snapshot)
    if sight is Sight.NOTHING:
        return {}
    asked = set(facts_asked(snapshot.get("rule")))
    facts = {name: _without_birthday(name, value) for name, value in _flat(snapshot.get("facts") or {}) if name in asked}
    findings = [
        {**one, "says": _NEAR_BIRTHDAY.sub("", str(one.get("says", "")))}
        for one in snapshot.get("findings") or ()
        if not str(one.get("criterion", "")).startswith("lives_in")
    ]
    return {"verdict": snapshot.get("verdict"), "facts": facts, "findings": findings}


def _without_birthday(name: str, value: Any) -> Any:
    """Ages in whole years, below two in whole months: the fraction of a year would tell the day of birth."""
    if name == "members" and isinstance(value, list):
        return [{key: _without_birthday(key, one) for key, one in member.items()} for member in value]
    if name != "age" or not isinstance(value, int | float):
        return value
    return int(value) if value >= _COUNTED_IN_YEARS else round(int(value * 12 + _ROUNDING) / 12, 2)


_NEAR_BIRTHDAY = re.compile(r", and turns \d+(\.\d+)? in about \d+ \w+")
"""What a finding says of a near miss."""
_COUNTED_IN_YEARS = 2
_ROUNDING = 0.01
"""Of a month: ages on record are rounded to thousandths of a year."""

_ASKS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "household": ("household_size",),
    "member": ("members",),
    "income": ("annual_income", "household_size"),
    "speaks": ("languages",),
    "visits": ("visits",),
}
_ASKS_MAP = {"enrolled": "enrolled", "status": "statuses", "insured": "insurance"}


def facts_asked(rule: Any) -> Iterator[str]:
    """Dotted names of the facts that a rule asks for; the home stays out: the area is shown instead."""
    if not isinstance(rule, Mapping):
        return
    kind = str(rule.get("type"))
    yield from _ASKS.get(kind, ())
    if kind in _ASKS_MAP:
        yield from (f"{_ASKS_MAP[kind]}.{code}" for code in rule.get("any_of") or ())
    inner = rule.get("of") or ()
    for one in inner if isinstance(inner, list) else [inner]:
        yield from facts_asked(one)


def _flat(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def show_reason(referral: Referral, party: Party | None, sight: Sight) -> ReasonPart | None:
    """Why it ended; a private reason's code is for the partner and the coordinator."""
    if referral.reason_code is None or referral.reason_side is None:
        return None
    reader = {Party.OWNER: "partner", Party.PATIENT: "patient"}.get(party or Party.PATIENT, "care_manager")
    hidden = _is_private(referral) and party not in (Party.OWNER, Party.COORDINATOR)
    text = show_reason_text(referral, party, sight)
    says = reasons.say_reason(referral.reason_side, referral.reason_code, reader, text)
    return ReasonPart(side=referral.reason_side, code="private" if hidden else referral.reason_code, says=says, text=text)


def show_reason_text(referral: Referral, party: Party | None, sight: Sight) -> str | None:
    """What was written freely as the reason: for who sees the patient, for the partner whose own no it is, and,
    where it is private, for partner and coordinator alone.
    """
    if _is_private(referral):
        is_shown = party in (Party.OWNER, Party.COORDINATOR)
    else:
        is_own = party is Party.OWNER and referral.state in (State.DECLINED, State.NOT_SERVED)
        is_shown = is_own or sight in (Sight.ALL, Sight.CONTACT)
    return referral.reason_text if is_shown else None


def _is_private(referral: Referral) -> bool:
    row = reasons.REASONS.get((str(referral.reason_side), str(referral.reason_code)))
    return row is not None and row.private


SAID: dict[str, str] = {
    "create": "Draft made",
    "send": "Sent to {owner}",
    "accept": "{owner} said yes",
    "waitlist": "{owner} put it on the list",
    "decline": "{owner} said no: {reason}",
    "start": "Help began",
    "hold": "Paused",
    "resume": "Goes on",
    "serve": "{owner} reports help given",
    "give-up": "{owner} could not help: {reason}",
    "undo-accept": "{owner} took back its yes",
    "withdraw": "Withdrawn: {reason}",
    "expire": "No answer in time",
    "forward": "Passed on",
    "close": "Closed",
    "reopen": "Opened again",
    "mark-error": "Marked as entered in error",
    "viewed": "{owner} has looked at it",
    "attempt": "Contact tried: {result}",
    "appointment": "Appointment made",
    "question": "Asked: {text}",
    "answer": "Answered: {text}",
    "still-working": "Still working on it",
    "witness": "What the {witness} says of the help was noted",
}
_PUBLIC_DETAILS = frozenset(
    {"side", "reason", "rule", "document", "attempts", "expected", "began_on", "resume_on", "result", "method", "clock", "to"}
)
_RESULTS = {
    "reached": "reached",
    "no_answer": "no answer",
    "left_message": "left a message",
    "wrong_contact": "wrong number or address",
    "no_show": "did not come",
}


def show_event(event: Event, by: EventBy, owner: str, party: Party | None, sight: Sight) -> EventView:
    """One line of the timeline; without sight of the patient nothing that was written freely is shown."""
    details = dict(event.details)
    row = reasons.REASONS.get((str(details.get("side")), str(details.get("reason"))))
    if row is not None and row.private and party not in (Party.OWNER, Party.COORDINATOR):
        details |= {"reason": "private"}
        details.pop("text", None)
    if sight in (Sight.NOTHING, Sight.NEED) and party in (Party.OWNER, Party.COORDINATOR):
        open_now = sight is Sight.NEED and event.action in ("question", "answer")
        details = {name: value for name, value in details.items() if name in _PUBLIC_DETAILS or (open_now and name == "text")}
    reader = "partner" if party is Party.OWNER else "care_manager"
    facts = {
        "owner": owner,
        "reason": reasons.say_reason(event.details.get("side"), event.details.get("reason"), reader, details.get("text")),
        "result": _RESULTS.get(str(details.get("result")), "tried"),
        "text": details.get("text") or "(not shown)",
        "witness": str(details.get("witness", "reader")).replace("_", " "),
    }
    said = SAID.get(event.action, event.action).format(**facts).rstrip(".")
    return EventView(
        id=event.id,
        version=event.version,
        cycle=event.cycle,
        action=event.action,
        from_state=event.from_state,
        to_state=event.to_state,
        at=event.at,
        by=by,
        channel=event.channel,
        details=details,
        says=said if said.endswith("?") else f"{said}.",
    )
