"""Steps on the referral page: their words and icons, which is the big one, how a form becomes what a move carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from referral_hub.referrals import reasons
from referral_hub.referrals.model import Party, State
from referral_hub.referrals.sentences import AFTER_CONTACT
from web.forms import many, one


class Step(Struct, frozen=True):
    """How an action is offered."""

    action: str
    words: str
    icon: str
    bare: bool = False
    """One tap, nothing to fill in."""
    danger: bool = False


STEPS: dict[str, Step] = {
    step.action: step
    for step in (
        Step("send", "Send it", "send", bare=True),
        Step("accept", "Accept", "check"),
        Step("waitlist", "Put on the list", "hourglass"),
        Step("decline", "Decline", "cross"),
        Step("attempt", "Note a contact", "phone"),
        Step("appointment", "Make an appointment", "today"),
        Step("start", "Help began", "heart"),
        Step("serve", "Report help given", "check"),
        Step("still-working", "Still working on it", "clock"),
        Step("resume", "Go on again", "arrow", bare=True),
        Step("close", "Close the loop", "flag"),
        Step("answer", "Answer the question", "speech"),
        Step("question", "Ask a question", "question"),
        Step("witness", "Note what the patient says", "speech"),
        Step("hold", "Pause", "pause"),
        Step("give-up", "Could not help", "cross"),
        Step("forward", "Pass on to another service", "arrow"),
        Step("reopen", "Open again", "back"),
        Step("undo-accept", "Take back the yes", "back", bare=True),
        Step("withdraw", "Withdraw", "back", danger=True),
        Step("mark-error", "Was made in error", "warning", danger=True),
    )
}

BIG: dict[tuple[State, Party], tuple[str, ...]] = {
    (State.DRAFT, Party.REQUESTER): ("send",),
    (State.SENT, Party.OWNER): ("accept",),
    (State.ACCEPTED, Party.OWNER): ("attempt",),
    (State.WAITLISTED, Party.OWNER): ("start",),
    (State.IN_SERVICE, Party.OWNER): ("serve",),
    (State.ON_HOLD, Party.OWNER): ("resume",),
    (State.SERVED, Party.REQUESTER): ("close",),
    (State.NOT_SERVED, Party.REQUESTER): ("close",),
    (State.DECLINED, Party.REQUESTER): ("close",),
    (State.WITHDRAWN, Party.REQUESTER): ("close",),
    (State.EXPIRED, Party.REQUESTER): ("close",),
    (State.FORWARDED, Party.REQUESTER): ("close",),
}
"""The step that stands first; an open question goes before it."""
REACHED = ("start",)
BESIDE: dict[State, tuple[str, ...]] = {
    State.SENT: ("waitlist", "decline"),
    State.ACCEPTED: ("start", "attempt", "appointment", "serve", "give-up"),
    State.WAITLISTED: ("still-working", "decline", "serve", "give-up"),
    State.IN_SERVICE: ("still-working", "appointment", "give-up"),
    State.ON_HOLD: ("start", "give-up"),
}
"""For the partner: what stands right under it; everything else is under "More"."""
HIDDEN = ("viewed", "expire")

RECEIVED = (("full", "Yes, all of it"), ("partial", "Yes, a part"), ("ongoing", "Yes, and it goes on"), ("none", "No"))
ADDRESSED = (("met", "Yes"), ("partly", "Partly"), ("unmet", "No"), ("too_early", "Too early to say"))
NEED_STATUS = (("met", "Met"), ("partly", "Partly met"), ("unmet", "Not met"), ("unknown", "Not known"))
RESULTS = (
    ("reached", "Reached them"),
    ("no_answer", "No answer"),
    ("left_message", "Left a message"),
    ("wrong_contact", "Wrong number or address"),
    ("no_show", "They did not come"),
)
METHODS = (("phone", "Phone"), ("text", "Text message"), ("mail", "Mail"), ("in_person", "In person"))
OUTCOME_WORDS: dict[str, dict[Any, str]] = {
    "contact_made": {True: "Contact was made", False: "No contact"},
    "received": {
        "full": "Help received in full",
        "partial": "Help received in part",
        "ongoing": "Help is going on",
        "none": "No help received",
    },
    "need": {
        "met": "The need is met",
        "partly": "The need is partly met",
        "unmet": "The need is not met",
        "too_early": "Too early to say",
    },
    "would_use_again": {True: "Would use it again", False: "Would not use it again"},
}
WITNESS_WORDS = {"partner": "The partner", "patient": "The patient", "care_manager": "The care manager"}


class Offer(Struct, frozen=True):
    """The steps of a referral page in their places."""

    big: tuple[Step, ...]
    beside: tuple[Step, ...]
    more: tuple[Step, ...]


def offer_steps(open_actions: list[str], state: State, party: Party | None, clock: str | None = None) -> Offer:
    """Where each open action stands for this party; once the patient was reached, the next thing is that help begins."""
    open_ = [name for name in open_actions if name in STEPS and name not in HIDDEN]
    reached = state is State.ACCEPTED and party is Party.OWNER and clock in AFTER_CONTACT
    big = () if party is None else REACHED if reached else BIG.get((state, party), ())
    first = [name for name in (["answer"] if "answer" in open_ else big) if name in open_]
    near = [name for name in (BESIDE.get(state, ()) if party is Party.OWNER else ()) if name in open_ and name not in first]
    if first == ["answer"]:
        near = [name for name in big if name in open_ and name not in near] + near
    rest = [name for name in STEPS if name in open_ and name not in first and name not in near]
    return Offer(*(tuple(STEPS[name] for name in names) for names in (first, near, rest)))


class TileGroup(Struct, frozen=True):
    """Reasons of one side; the first side stands open."""

    words: str
    tiles: list[dict[str, str]]


SIDE_WORDS = {
    "partner": "On our side",
    "requester": "On our side",
    "patient": "On the patient's side",
    "contact": "Contact did not work",
}


def tiles_for(action: str) -> list[TileGroup]:
    """The reasons of an ending as tiles by side, one's own side first, in the words of who chooses."""
    hints = {"rule": "say which rule", "document": "say which one", "attempts": "say how many tries", "text": "say it in a few words"}
    rows = reasons.reasons_for(action)
    return [
        TileGroup(
            words,
            [
                {"value": f"{row.side}/{row.code}", "words": row.partner, "hint": ", ".join(hints[name] for name in row.must)}
                for row in rows
                if row.side == side
            ],
        )
        for side, words in SIDE_WORDS.items()
        if any(row.side == side for row in rows)
    ]


def read_carried(data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """What the move carries, from the form's texts: names as in referrals.inputs, outcomes nested."""
    carried: dict[str, Any] = {}
    outcome: dict[str, Any] = {}
    for name in data:
        text = one(data, name)
        if name in ("version", "_csrf_token") or not text:
            continue
        if name.startswith("outcome."):
            field = name.removeprefix("outcome.")
            outcome[field] = many(data, name) if field == "barriers" else text
        elif name == "side_reason":
            carried["side"], _, carried["reason"] = text.partition("/")
        elif name == "at":
            carried["at"] = _local(text, zone)
        else:
            carried[name] = text
    if outcome:
        carried["outcome"] = outcome
    return carried


def _local(text: str, zone: ZoneInfo) -> str:
    """A datetime-local field's text with the offset of the page's zone; what is none stays for the check to refuse."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def say_outcome(answer: Mapping[str, Any]) -> list[str]:
    """One witness's answers as sentences."""
    said = [f"{words[answer[name]]}." for name, words in OUTCOME_WORDS.items() if answer.get(name) in words]
    if answer.get("quantity"):
        said.append(f"How much: {answer['quantity']}.")
    if answer.get("note"):
        said.append(f"“{answer['note']}”")
    return said
