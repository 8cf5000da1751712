"""What can go wrong, in the words of the field.

Each class is one word (`code`) that a program can rely on and one sentence (`detail`) that a person
can act on. No class knows of HTTP: `http_status` maps them, for the API and the pages alike.
A detail never holds personal data: it may be logged.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One fault of one input field; `field` is a dotted path (`facts.household_size`, `of[1].min`)."""

    field: str
    message: str


class HubError(Exception):
    """Base of every error that a caller may be shown."""

    code: ClassVar[str] = "hub_error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = (), **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.facts = facts


class Invalid(HubError):
    """The input cannot be taken as it is; `errors` names each field."""

    code = "invalid"
    title = "Some answers need another look"


class InvalidRule(Invalid):
    """An eligibility rule that does not parse; `errors[0].field` is the path of the fault."""

    code = "invalid_rule"
    title = "This eligibility rule cannot be read"


class Unauthenticated(HubError):
    """Nobody is signed in, or the token or password is not valid."""

    code = "unauthenticated"
    title = "Please sign in"


class Denied(HubError):
    """The asker's role does not allow this; the detail says which role does."""

    code = "denied"
    title = "Your role does not allow this"


class NotFound(HubError):
    """No such record for this asker: the same words whether it is absent or somebody else's."""

    code = "not_found"
    title = "Not found"

    def __init__(self, detail: str = "There is no such record, or it is not yours to see.") -> None:
        super().__init__(detail)


class IllegalMove(HubError):
    """The table has no such move from here; facts: state, version, open_actions."""

    code = "illegal_move"
    title = "This step is not open now"


class StaleVersion(HubError):
    """Somebody changed the record since it was read; facts: state, version, open_actions."""

    code = "stale_version"
    title = "This was changed by somebody else"


class Conflict(HubError):
    """The change contradicts what is stored (a duplicate, a second open referral for one need)."""

    code = "conflict"
    title = "This contradicts what is stored"


class ConsentMissing(HubError):
    """The patient's consent does not cover this recipient, category or day."""

    code = "consent_missing"
    title = "The patient has not agreed to this"


class IdempotencyMismatch(HubError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_mismatch"
    title = "This key was used for another request"


class TooManyTries(HubError):
    """A limit on tries was reached; the detail says when to try again."""

    code = "too_many_tries"
    title = "Too many tries"


class TooLarge(HubError):
    """The input is larger than the limit that the detail names."""

    code = "too_large"
    title = "This is too large"


class ImportRefused(HubError):
    """A source cannot be imported as a whole; nothing was stored. `errors` names file, row and field."""

    code = "import_refused"
    title = "Nothing was imported"


class ExportRefused(HubError):
    """An export cannot be written where it was to go; nothing is left behind."""

    code = "export_refused"
    title = "Nothing was exported"


class SchemaOutdated(HubError):
    """The database has another schema than this program."""

    code = "schema_outdated"
    title = "The database needs `referral-hub migrate`"


class BadSettings(HubError):
    """The environment holds a value that cannot be used."""

    code = "bad_settings"
    title = "A setting cannot be used"


class Unavailable(HubError):
    """A part that is needed does not answer now (database busy, disk full); nothing was changed."""

    code = "unavailable"
    title = "Not available right now"
