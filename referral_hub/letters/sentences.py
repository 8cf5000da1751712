"""What the patient reads of a referral: where it stands, and what comes next.

Where it stands is said by the one table of referrals.sentences, in the patient's language and with exact days: a
paper lies on the table for weeks. English, short words: the letter is held to a reading grade of 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from referral_hub.care.consent import SENSITIVE_TERMS
from referral_hub.referrals.model import State
from referral_hub.referrals.sentences import READERS, SAFE, SENTENCES
from referral_hub.words import Words, mark

UNDATED: dict[State, tuple[str, str]] = {
    State.WAITLISTED: (mark("You are on a list at {partner}."), mark("You are on a list.")),
    State.ON_HOLD: (mark("This is paused."), mark("This is paused.")),
    State.FORWARDED: (mark("{partner} passed your request to another place."), mark("Your request was passed on.")),
}
"""Stands in where the state's sentence needs what nobody knows: (sentence, in safe mode)."""

_LOOKING = (
    mark("{manager} is looking for another place. You do not have to do anything now."),
    mark("{manager} is looking for more help. You do not have to do anything now."),
)
_CALL_IF_NEEDED = (mark("If you still need help, call {manager}."),) * 2

NEXT: dict[State, tuple[str, str]] = {
    State.SENT: (
        mark("{partner} reads our note and tells us yes or no. Then they call you."),
        mark("They read our note and tell us yes or no. Then you get a call."),
    ),
    State.ACCEPTED: (
        mark("{partner} calls you and sets a day with you. Keep your phone near you."),
        mark("You get a call to set a day. Keep your phone near you."),
    ),
    State.WAITLISTED: (
        mark("{partner} calls you when it is your turn. You can ask {manager} for another place at any time."),
        mark("You get a call when it is your turn. You can ask {manager} for more help at any time."),
    ),
    State.IN_SERVICE: (
        mark("{partner} tells us how it goes. {manager} will ask you, too."),
        mark("{manager} will ask you how it goes."),
    ),
    State.ON_HOLD: (mark("It goes on after the pause. {manager} can tell you more."),) * 2,
    State.SERVED: (mark("Tell us if you got what you need. If not, we look again."),) * 2,
    State.NOT_SERVED: _LOOKING,
    State.DECLINED: _LOOKING,
    State.WITHDRAWN: _CALL_IF_NEEDED,
    State.EXPIRED: _LOOKING,
    State.FORWARDED: (
        mark("The new place calls you. {manager} can tell you its name."),
        mark("You get a call. {manager} can tell you more."),
    ),
    State.CLOSED: _CALL_IF_NEEDED,
}
"""(Sentence, in safe mode) of what happens next. Draft and entered in error are not here: no letter is about them."""

GOES_THERE = frozenset({State.SENT, State.ACCEPTED, State.WAITLISTED, State.IN_SERVICE, State.ON_HOLD, State.SERVED})
"""States in which the letter says where and when to go; in the others the place has nothing to give."""

AWAITS_CALL = frozenset({State.SENT, State.ACCEPTED, State.WAITLISTED})
"""States in which somebody ought to call by a day."""


def is_neutral(*, safe_mode: bool, terms: Iterable[str]) -> bool:
    """Whether what the patient holds names neither partner nor need.

    Asked for by the patient, or by the kind of help: a paper found at home must not tell of it.
    """
    return safe_mode or bool(SENSITIVE_TERMS.intersection(terms))


def tell_status(words: Words, state: State, *, partner: str, due_on: date | None, expected_on: str | None, safe: bool) -> str:
    """Where the request stands; raises KeyError for a state that no letter is about.

    `expected_on` is a date (ISO) or a place on a list, as the partner gave it.
    """
    if state not in NEXT:
        raise KeyError(state)
    facts = {
        "partner": partner,
        "date": words.day(due_on) if due_on else None,
        "expected": _say_expected(words, expected_on),
        "other": None,
    }
    sentence = SAFE[state] if safe else SENTENCES[state][READERS.index("patient")]
    parts = [
        part for part in _split(words.say(sentence)) if not any(value is None and f"{{{name}}}" in part for name, value in facts.items())
    ]
    if not parts:
        return words.say(UNDATED[state][safe], partner=partner)
    return " ".join(part.format(**facts) for part in parts)


def tell_next(words: Words, state: State, *, partner: str, manager: str, safe: bool) -> str:
    """What happens now, and who does it."""
    return words.say(NEXT[state][safe], partner=partner, manager=manager)


def _split(text: str) -> list[str]:
    """Sentences with their stops."""
    parts = text.split(". ")
    return [part if number == len(parts) - 1 else f"{part}." for number, part in enumerate(parts)]


def _say_expected(words: Words, given: str | None) -> str | None:
    """A day in words; a place on a list ("12th") is no day, and the sentence does without."""
    try:
        return words.day(date.fromisoformat(given)) if given else None
    except ValueError:
        return None
