"""One state, three readers: what a referral says of itself, and times as people say them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from referral_hub.referrals import reasons
from referral_hub.referrals.model import Party, Referral, State

READERS = ("care_manager", "partner", "patient")

S = State
SENTENCES: dict[State, tuple[str, str, str]] = {
    S.DRAFT: ("Not sent yet.", "", ""),
    S.SENT: (
        "Waiting for {partner}. Answer due {when}.",
        "New. Please answer by {when}.",
        "We asked {partner} to help. You should hear by {date}.",
    ),
    S.ACCEPTED: (
        "{partner} said yes. First contact due {when}.",
        "Yours. Contact {name} by {when}.",
        "{partner} said yes. They will contact you by {date}.",
    ),
    S.WAITLISTED: (
        "On {partner}'s list, expected {expected}. Other options: {options}.",
        "On your list. Confirm by {date}.",
        "You are on a list at {partner}, likely until {expected}.",
    ),
    S.IN_SERVICE: ("Help has begun ({since}).", "Helping since {since}.", "{partner} is helping you."),
    S.ON_HOLD: ("Paused until {expected}: {reason}.", "Paused until {expected}.", "This is paused until {expected}."),
    S.SERVED: (
        "{partner} reports help given. Check and close.",
        "Done. Waiting for {sender} to close.",
        "{partner} told us you got help. Is that right?",
    ),
    S.NOT_SERVED: (
        "{partner} could not help: {reason}. Next: {service}.",
        "Ended: {reason}.",
        "{partner} could not help. We are looking for another place.",
    ),
    S.DECLINED: (
        "{partner} said no: {reason}. Next: {service}.",
        "Declined: {reason}.",
        "{partner} cannot help now. We are looking for another place.",
    ),
    S.WITHDRAWN: ("Withdrawn: {reason}.", "Withdrawn by {sender}. Nothing to do.", "This request was stopped."),
    S.EXPIRED: ("No answer in {days}. Next: {service}.", "Expired.", "{partner} did not answer. We are looking for another place."),
    S.FORWARDED: ("Passed on to {other}.", "Passed on.", "{partner} passed your request to {other}."),
    S.CLOSED: ("Closed: need {need}.", "Closed.", "This request is closed."),
    S.ENTERED_IN_ERROR: ("Entered in error.", "Entered in error. Nothing to do.", "This request was a mistake. Nothing to do."),
}
"""Care manager, partner, patient (look.md); a part that is not known leaves its sentence out."""

SAFE: dict[State, str] = {
    S.DRAFT: "",
    S.SENT: "We asked for you. You should hear by {date}.",
    S.ACCEPTED: "The answer is yes. You will hear by {date}.",
    S.WAITLISTED: "You are on a list, likely until {expected}.",
    S.IN_SERVICE: "It has begun.",
    S.ON_HOLD: "This is paused until {expected}.",
    S.SERVED: "We were told that it is done. Is that right?",
    S.NOT_SERVED: "It did not work out. We are looking for another way.",
    S.DECLINED: "The answer is no for now. We are looking for another way.",
    S.WITHDRAWN: "This request was stopped.",
    S.EXPIRED: "No answer came. We are looking for another way.",
    S.FORWARDED: "Your request was passed on.",
    S.CLOSED: "This request is closed.",
    S.ENTERED_IN_ERROR: "This request was a mistake. Nothing to do.",
}
"""The patient's sentences in safe mode: neither partner nor need."""

NEED_WORDS = {"met": "met", "partly": "partly met", "unmet": "not met", "unknown": "not known"}
_NOON = 12


class Names(Struct, frozen=True, kw_only=True):
    """The names that a sentence may use; what the reader may not see, or nobody knows, is None."""

    partner: str
    sender: str
    patient: str | None = None
    other: str | None = None
    """The partner that a forwarded request went to."""
    next_service: str | None = None
    options: int | None = None


def say(referral: Referral, reader: str, names: Names, now: datetime, timezone: str, *, safe: bool = False) -> str:
    """The referral's sentence for `care_manager`, `partner` or `patient`; times are said in `timezone`."""
    template = SAFE[referral.state] if safe and reader == "patient" else SENTENCES[referral.state][READERS.index(reader)]
    facts = _facts(referral, reader, names, now, timezone)
    parts = [part.strip().rstrip(".") for part in template.split(". ")]
    said = [part.format(**facts) for part in parts if part and not _lacks(part, facts)]
    return " ".join(one if one.endswith("?") else f"{one}." for one in said)


def _facts(referral: Referral, reader: str, names: Names, now: datetime, timezone: str) -> dict[str, str | None]:
    due = None if referral.state is State.ACCEPTED and referral.clock in AFTER_CONTACT else referral.due_at
    waited = (referral.state_since - referral.sent_at).days if referral.sent_at else 0
    reason = (
        referral.reason_text
        if referral.state is State.ON_HOLD
        else reasons.say_reason(referral.reason_side, referral.reason_code, reader, referral.reason_text)
    )
    return {
        "partner": names.partner,
        "sender": names.sender,
        "name": names.patient or "the patient",
        "other": names.other,
        "service": names.next_service,
        "options": None if names.options is None else str(names.options),
        "when": say_when(due, now, timezone) if due else None,
        "date": say_day(due.astimezone(ZoneInfo(timezone)).date(), now, timezone) if due else None,
        "since": say_day(referral.state_since.astimezone(ZoneInfo(timezone)).date(), now, timezone),
        "expected": say_expected(referral.expected_on, now, timezone),
        "reason": reason,
        "days": f"{waited} day" if waited == 1 else f"{waited} days",
        "need": NEED_WORDS.get(referral.need_status or "unknown", "not known"),
    }


AFTER_CONTACT = ("APPOINTMENT", "PROGRESS")
"""Once the patient was reached, an accepted referral's clock is no longer the first contact's."""


def _lacks(part: str, facts: dict[str, str | None]) -> bool:
    return any(value is None and f"{{{name}}}" in part for name, value in facts.items())


def say_whose_move(referral: Referral, names: Names, now: datetime, timezone: str) -> str:
    """Who, what, by when: "Harbor Pantry answers by tomorrow 5 pm"; what is late says so. Empty once closed."""
    if referral.whose_move is None or referral.due_at is None:
        return ""
    who = names.partner if referral.whose_move is Party.OWNER else names.sender
    what = _VERBS.get(referral.clock or "", "answers")
    late = referral.due_at < now
    return f"{who} {what} by {say_when(referral.due_at, now, timezone)}" + (" (late)." if late else ".")


_VERBS = {
    "DRAFT": "sends or withdraws the draft",
    "ACKNOWLEDGE": "answers",
    "CONTACT": "makes the first contact",
    "ATTEMPTS": "reaches the patient",
    "APPOINTMENT": "says how the appointment went",
    "WAITLIST": "confirms the place on the list",
    "PROGRESS": "says how the help goes on",
    "RESUME": "resumes or ends the pause",
    "ANSWER": "answers the question",
    "REVIEW": "checks and closes",
    "NEXT_STEP": "finds the next step and closes",
}


def say_time(moment: datetime) -> str:
    """A wall-clock time: "5 pm", "9:30 am", "noon"."""
    if (moment.hour, moment.minute) == (_NOON, 0):
        return "noon"
    hour = (moment.hour - 1) % 12 + 1
    return f"{hour}{f':{moment.minute:02d}' if moment.minute else ''} {'am' if moment.hour < _NOON else 'pm'}"


def say_day(day: date, now: datetime, timezone: str) -> str:
    """A day as people say it: today, tomorrow, Thursday, December 3, January 4, 2028."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    distance = (day - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if distance in near:
        return near[distance]
    if 1 < distance < 7:  # a weekday's name is clear within one week
        return f"{day:%A}"
    return f"{day:%B} {day.day}" + ("" if day.year == today.year else f", {day.year}")


def say_when(moment: datetime, now: datetime, timezone: str) -> str:
    """A time as people say it: "tomorrow 5 pm", in `timezone`."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{say_day(local.date(), now, timezone)} {say_time(local)}"


def say_expected(given: str | None, now: datetime, timezone: str) -> str | None:
    """A waitlist's date in words, or its place on the list as it was given."""
    if not given:
        return None
    try:
        return say_day(date.fromisoformat(given), now, timezone)
    except ValueError:
        return given
