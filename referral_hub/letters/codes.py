"""Codes of letters: what is typed, what is scanned, and what of them is kept (hashes only).

A typed code has 16 of 25 symbols, 74 bits; a link's token has 192 bits. Neither opens anything by itself: the
year of birth is asked, and five wrong years lock the letter.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from referral_hub.care.model import LetterCode, Patient
from referral_hub.ids import new_id

ALPHABET = "23456789ACDEFHJKMNPRTVWXY"
"""No two symbols that a tired eye takes for each other."""

_LOOK_ALIKES = str.maketrans({"Z": "2", "S": "5", "G": "6", "B": "8", "U": "V"})
"""What somebody may read for a symbol -> the symbol."""

CODE_LENGTH = 16
GROUP = 4
CODE_BITS = CODE_LENGTH * math.log2(len(ALPHABET))
TOKEN_BYTES = 24
VALID_DAYS = 90
MOST_TRIES = 5


class Minted(Struct, frozen=True, kw_only=True):
    """A new letter's secrets, to be printed once, and the record to keep."""

    code: str
    """Grouped by four, as it is printed."""
    token: str
    record: LetterCode


def mint_code(*, referral_id: UUID, cycle: int, patient: Patient, language: str, now: datetime, by: UUID | None) -> Minted:
    """A code and a token for one cycle of a referral, valid for 90 days."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    record = LetterCode(
        id=new_id(),
        referral_id=referral_id,
        cycle=cycle,
        patient_id=patient.id,
        code_hash=hash_secret(plain),
        link_hash=hash_secret(token),
        language=language,
        created_at=now,
        created_by=by,
        expires_at=now + timedelta(days=VALID_DAYS),
    )
    return Minted(code=group_code(plain), token=token, record=record)


def group_code(plain: str) -> str:
    """`ABCD-EFGH-JKMN-PRTV`."""
    return "-".join(plain[start : start + GROUP] for start in range(0, len(plain), GROUP))


def read_code(typed: str) -> str | None:
    """The code somebody meant: case, spaces, dashes and look-alikes do not matter; None if it cannot be one."""
    plain = "".join(typed.upper().replace("-", " ").split()).translate(_LOOK_ALIKES)
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(ALPHABET) else None


def hash_secret(secret: str) -> str:
    """SHA-256, hex. The secrets are long and random: no salt is needed, and a leaked table opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hashes_of(token_or_code: str) -> tuple[str, str]:
    """(hash if it is a typed code, hash if it is a link's token); look for either."""
    plain = read_code(token_or_code)
    return hash_secret(plain or token_or_code), hash_secret(token_or_code)


def is_open(code: LetterCode, now: datetime) -> bool:
    """Whether the second item is still worth asking: not revoked, not expired, not locked."""
    return code.revoked_at is None and now < code.expires_at and code.tries < MOST_TRIES


def fits_year(patient: Patient, birth_year: str) -> bool:
    """Whether the second item is right; compared in constant time."""
    year = str(patient.birth_date.year) if patient.birth_date else ""
    return hmac.compare_digest(year.encode(), birth_year.strip().encode()) and bool(year)
