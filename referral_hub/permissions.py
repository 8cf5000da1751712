"""Role -> permissions, once, for actions, endpoints and pages.

A permission is `subject:verb`. Whether a record is *yours* is a question for the fetchers
(`get_for(actor, id)`), not for this map.
"""

from __future__ import annotations

from referral_hub.actors import Actor, Role
from referral_hub.errors import Denied, Unauthenticated

_READ_DIRECTORY = {"directory:read"}
_READ_CARE = _READ_DIRECTORY | {"listing:report", "patient:read", "referral:read", "worklist:read", "match:run"}
_PARTNER = _READ_DIRECTORY | {"referral:read", "referral:answer", "worklist:read", "capacity:write", "rule:confirm"}
_STANDS_FOR = {"listing:confirm", "listing:report", "provenance:read"}

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.CARE_VIEWER: frozenset(_READ_CARE),
    Role.CARE_MANAGER: frozenset(_READ_CARE | {"patient:write", "referral:request", "letter:write"}),
    Role.PARTNER_STAFF: frozenset(_PARTNER | _STANDS_FOR),
    Role.PARTNER_LEAD: frozenset(_PARTNER | _STANDS_FOR | {"listing:write"}),
    Role.COORDINATOR: frozenset(
        _READ_DIRECTORY
        | _STANDS_FOR
        | {"directory:write", "listing:write", "capacity:write", "rule:confirm", "referral:read", "referral:coordinate", "worklist:read"}
        | {"match:run", "cost:write", "median:write", "referrer:write", "account:write"}
    ),
    Role.AUDITOR: frozenset(_READ_DIRECTORY | {"audit:read"}),
    Role.PATIENT: frozenset({"letter:answer"}),
    Role.SYSTEM: frozenset({"directory:read", "directory:write", "account:write", "clock:run", "match:run"}),
}

WORDS: dict[str, str] = {
    "directory:read": "look up services",
    "directory:write": "change the directory",
    "listing:write": "change a listing",
    "listing:confirm": "confirm a listing",
    "listing:report": "say that a listing is wrong",
    "provenance:read": "see where a listing comes from",
    "capacity:write": "say how much room there is",
    "rule:confirm": "confirm suggested rules",
    "patient:read": "see patients",
    "patient:write": "change patients",
    "referral:read": "see referrals",
    "referral:request": "send and close referrals",
    "referral:answer": "answer referrals",
    "referral:coordinate": "step in on any referral",
    "worklist:read": "see a worklist",
    "match:run": "match a patient with services",
    "cost:write": "set what a cost is in minutes",
    "median:write": "fill in the median incomes of areas",
    "referrer:write": "say what kind of organization a sender is",
    "letter:write": "print letters",
    "letter:answer": "answer a letter",
    "account:write": "manage accounts",
    "audit:read": "read the audit trail",
    "clock:run": "run the clocks",
}


def allowed(actor: Actor | None, permission: str) -> bool:
    """Whether this asker's role holds the permission (`subject:verb`, a key of WORDS)."""
    return actor is not None and permission in PERMISSIONS[actor.role]


def require(actor: Actor | None, permission: str) -> Actor:
    """The asker, if allowed.

    Raises:
        Unauthenticated: nobody is signed in.
        Denied: the role does not hold the permission; the sentence names the roles that do.
    """
    if actor is None:
        raise Unauthenticated("Sign in to do this.")
    if permission not in PERMISSIONS[actor.role]:
        people = [role for role in PERMISSIONS if role not in (Role.SYSTEM, Role.PATIENT)]
        holders = ", ".join(role.replace("_", " ") for role in people if permission in PERMISSIONS[role])
        raise Denied(f"Your role ({actor.role.replace('_', ' ')}) may not {WORDS[permission]}. Roles that may: {holders or 'none'}.")
    return actor
