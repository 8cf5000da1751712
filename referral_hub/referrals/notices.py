"""Who is told of a step: the other party, quietly unless there is something to do or to know."""

from __future__ import annotations

from referral_hub.referrals.model import Party

_TELLS_OTHER = frozenset(
    {
        "send",
        "accept",
        "waitlist",
        "decline",
        "start",
        "hold",
        "resume",
        "serve",
        "give-up",
        "undo-accept",
        "withdraw",
        "forward",
        "reopen",
        "mark-error",
        "appointment",
        "question",
        "answer",
    }
)
_TELLS_REQUESTER_OF_PATIENT = frozenset({"witness", "withdraw"})

SUBJECTS: dict[str, str] = {
    "referral_sent": "A referral waits for your answer",
    "referral_moved": "A referral has moved",
    "question": "A question waits for your answer",
    "reminder": "A referral still waits for you",
    "late": "A referral is late",
}
"""Nothing personal: a subject is read on lock screens and in logs."""


def who_is_told(action: str, by: Party, *, was_sent: bool) -> tuple[Party, ...]:
    """The parties that get a message; a partner that was never asked is told nothing."""
    if by is Party.SYSTEM:
        told: tuple[Party, ...] = (Party.REQUESTER, Party.OWNER) if action == "expire" else ()
    elif by is Party.OWNER:
        told = (Party.REQUESTER,) if action in _TELLS_OTHER else ()
    elif by is Party.PATIENT:
        told = tuple(
            party for party, actions in ((Party.REQUESTER, _TELLS_REQUESTER_OF_PATIENT), (Party.OWNER, _TELLS_OTHER)) if action in actions
        )
    else:
        told = (Party.OWNER,) if action in _TELLS_OTHER else ()
    return tuple(party for party in told if party is not Party.OWNER or was_sent)


def kind_of(action: str) -> str:
    """Which message: a key of SUBJECTS."""
    return {"send": "referral_sent", "reopen": "referral_sent", "question": "question"}.get(action, "referral_moved")


def write_mail(kind: str, address: str) -> tuple[str, str]:
    """(subject, body) of a message; `address` is the page to sign in at."""
    subject = SUBJECTS[kind]
    return (
        subject,
        f"{subject}.\n\nSign in to see it:\n{address}\n\nThis message says nothing about anybody on purpose. Please do not answer it.\n",
    )
