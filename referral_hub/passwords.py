"""Passwords and secrets: what is good enough, how it is made, how it is kept (never itself, only a hash)."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256
FEWEST_CHARACTERS = 5
"""Different ones in a password: `aaaaaaaaaaaa` and `121212121212` are guessed at once."""
# fmt: off
COMMON = frozenset({
    "password1234", "password12345", "password123456", "passwordpassword", "mypassword123", "changeme1234", "changemechangeme",
    "letmein12345", "welcome12345", "welcome123456", "administrator", "qwertyuiop123", "qwertyuiop12", "qwertyuiopasdf",
    "qwerty123456", "qwerty1234567", "1q2w3e4r5t6y", "1qaz2wsx3edc", "zaq12wsxcde3", "abc123456789", "abcdefghijkl",
    "abcdefgh1234", "iloveyou1234", "iloveyouiloveyou", "sunshine1234", "princess1234", "football1234", "baseball1234",
    "superman1234", "trustno1trustno1", "123456789012", "1234567890123", "12345678901234", "1234567890qwerty", "0123456789012",
    "987654321098", "correcthorsebatterystaple", "referralhub1", "referralhub123",
})
# fmt: on
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5
TOKEN_PREFIX = "rh_"  # noqa: S105  # nosec B105  # how a token begins, so that scanners know one that got out


def fault_of_password(password: str, email: str) -> str | None:
    """What is wrong with a new password, as the end of a sentence, or None."""
    lowered = password.lower()
    if len(password) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if lowered.strip() == email.lower() or lowered.strip() == email.lower().partition("@")[0]:
        return "must not be the mail address"
    if lowered in COMMON or len(set(lowered)) < FEWEST_CHARACTERS:
        return "is one of the first that a stranger would try"
    return None


def new_password() -> str:
    """A password of 20 letters and digits that are told apart when read aloud (about 99 bits)."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def hash_password(password: str) -> str:
    """Argon2id with 19 MiB, two passes, one lane; about 50 ms."""
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether this is the password behind the hash. Without a hash the same work is done, and the answer is no."""
    try:
        _HASHER.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def new_secret() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """An API token: a prefix and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: enough for secrets that nobody can guess, and it can be looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
