"""People who sign in, their sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from referral_hub.actors import Role


class Account(Struct, frozen=True, kw_only=True):
    id: UUID
    email: str
    """Lower case."""
    name: str
    role: Role
    organization_id: UUID
    password_hash: str | None = None
    created_at: datetime
    disabled_at: datetime | None = None


class Session(Struct, frozen=True, kw_only=True):
    """`id_hash` is SHA-256 of the cookie's value."""

    id_hash: str
    account_id: UUID
    created_at: datetime
    expires_at: datetime
    seen_at: datetime


class ApiToken(Struct, frozen=True, kw_only=True):
    id: UUID
    account_id: UUID
    token_hash: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class SignInTry(Struct, frozen=True, kw_only=True):
    """A failed sign-in; `subject` is a hash of the address or of the peer."""

    id: UUID
    subject: str
    at: datetime


class IdempotentAnswer(Struct, frozen=True, kw_only=True):
    """The first answer to a key, given again for 24 hours."""

    account_id: UUID
    key: str
    request_hash: str
    status: int
    body: str
    created_at: datetime


def short_name(name: str) -> str:
    """First name and initial: "Pia P."."""
    first, _, last = name.partition(" ")
    return f"{first} {last[0]}." if last else first
