"""A link by which a partner confirms its listing without an account: what is mailed, and what of it is kept (a hash only). Pure.

The token has 192 bits. It is bound to one organization, runs out, can be switched off, and its uses are counted.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

TOKEN_BYTES = 24
VALID_DAYS = 60
QUARTER = timedelta(days=91)
"""An organization is asked at most once in this time."""
MOST_USES = 100


class ConfirmationLink(Struct, frozen=True, kw_only=True):
    """One mail to one recipient: queued, sent, used. `link_hash` is of the token that was mailed last."""

    id: UUID
    organization_id: UUID
    recipient: str
    """Address; never logged. Empty: nobody is known who could be asked."""
    account_id: UUID | None = None
    """Whose address it is; None: it stands in the directory."""
    link_hash: str | None = None
    """SHA-256; None until it is handed over."""
    created_at: datetime
    due_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    last_error: str | None = None
    expires_at: datetime
    revoked_at: datetime | None = None
    uses: int = 0
    used_at: datetime | None = None


def mint_token() -> str:
    """A fresh token, to be mailed once."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """SHA-256, hex: the token is long and random, a leaked table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_open(link: ConfirmationLink, now: datetime) -> bool:
    """Whether the link still does anything."""
    return link.revoked_at is None and now < link.expires_at and link.uses < MOST_USES


SUBJECT = "Is your listing still right?"
"""Nothing personal: a subject is read on lock screens and in logs."""


def write_mail(address: str, valid_until: str) -> str:
    """The body; `address` is the page to look at."""
    return (
        "Care teams send people to your services by what is listed on Referral Hub.\n\n"
        "Please look at what they read, and say with one button that it is right, or what is wrong:\n"
        f"{address}\n\n"
        f"The link works until {valid_until} and needs no account. Opening it changes nothing.\n"
        "Please do not pass it on: whoever has it can confirm your listing. Please do not answer this mail.\n"
    )
